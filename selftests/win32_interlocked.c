// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: atomic operations, each size and each name of them. */
#include "wapi_test.h"

#include <wapi/win32.h>

#include <limits.h>
#include <pthread.h>

/*
 * What a function does to a variable that has one before it and one behind it, as
 * a text that says what is wrong, or NULL.
 */
#define effect(type, before, after, result, call) ({				\
	struct { volatile type low, variable, high; }				\
		v_ __attribute__((aligned(32)));				\
	volatile type *variable = &v_.variable;					\
	type low_, high_;							\
	const char *wrong_ = NULL;						\
										\
	poison((void *)&v_, sizeof(v_));					\
	low_ = v_.low;								\
	high_ = v_.high;							\
	*variable = (type)(before);						\
	if ((call) != (result))							\
		wrong_ = #call ": returned another value";			\
	else if (*variable != (type)(after))					\
		wrong_ = #call ": left another value";				\
	else if (v_.low != low_ || v_.high != high_)				\
		wrong_ = #call ": changed its neighbour";			\
	wrong_;									\
})

#define EXPECT_EFFECT(...) do {							\
	const char *said_ = effect(__VA_ARGS__);				\
										\
	EXPECT_EQ(NULL, said_) TH_LOG("%s", said_);				\
} while (0)

/* All orders of a function by its names; Windows writes 64 before or behind them. */
#define EXPECT_ALL(type, before, after, result, name, bits, ...) do {		\
	EXPECT_EFFECT(type, before, after, result, name##bits(__VA_ARGS__));	\
	EXPECT_EFFECT(type, before, after, result, name##Acquire##bits(__VA_ARGS__)); \
	EXPECT_EFFECT(type, before, after, result, name##Release##bits(__VA_ARGS__)); \
	EXPECT_EFFECT(type, before, after, result, name##NoFence##bits(__VA_ARGS__)); \
} while (0)

TEST(increment_and_decrement_return_the_new_value_and_wrap)
{
	EXPECT_ALL(LONG, 7, 8, 8, InterlockedIncrement, , variable);
	EXPECT_ALL(LONG, -1, 0, 0, InterlockedIncrement, , variable);
	EXPECT_ALL(LONG, INT32_MAX, INT32_MIN, INT32_MIN, InterlockedIncrement, , variable);
	EXPECT_ALL(LONG, 7, 6, 6, InterlockedDecrement, , variable);
	EXPECT_ALL(LONG, INT32_MIN, INT32_MAX, INT32_MAX, InterlockedDecrement, , variable);

	EXPECT_ALL(LONG64, UINT32_MAX, 1ll << 32, 1ll << 32, InterlockedIncrement, 64, variable);
	EXPECT_ALL(LONG64, INT64_MAX, INT64_MIN, INT64_MIN, InterlockedIncrement, 64, variable);
	EXPECT_ALL(LONG64, 1ll << 32, UINT32_MAX, UINT32_MAX, InterlockedDecrement, 64, variable);
	EXPECT_ALL(LONG64, INT64_MIN, INT64_MAX, INT64_MAX, InterlockedDecrement, 64, variable);

	EXPECT_EFFECT(SHORT, 255, 256, 256, InterlockedIncrement16(variable));
	EXPECT_EFFECT(SHORT, -1, 0, 0, InterlockedIncrement16(variable));
	EXPECT_EFFECT(SHORT, SHRT_MAX, SHRT_MIN, SHRT_MIN, InterlockedIncrement16(variable));
	EXPECT_EFFECT(SHORT, 256, 255, 255, InterlockedDecrement16(variable));
	EXPECT_EFFECT(SHORT, 0, -1, -1, InterlockedDecrement16(variable));
	EXPECT_EFFECT(SHORT, SHRT_MIN, SHRT_MAX, SHRT_MAX, InterlockedDecrement16(variable));
}

TEST(add_returns_the_new_value_and_exchange_add_the_old_one)
{
	EXPECT_ALL(LONG, 40, 42, 42, InterlockedAdd, , variable, 2);
	EXPECT_ALL(LONG, 40, 42, 40, InterlockedExchangeAdd, , variable, 2);
	EXPECT_ALL(LONG, 1, -1, 1, InterlockedExchangeAdd, , variable, -2);
	EXPECT_ALL(LONG, INT32_MAX, INT32_MIN + 1, INT32_MIN + 1, InterlockedAdd, , variable, 2);
	EXPECT_ALL(LONG64, 3ll << 40, 5ll << 40, 5ll << 40, InterlockedAdd, 64, variable,
		   2ll << 40);
	EXPECT_ALL(LONG64, 3ll << 40, 5ll << 40, 3ll << 40, InterlockedExchangeAdd, 64, variable,
		   2ll << 40);
	EXPECT_EFFECT(ULONG, 1, UINT32_MAX, 1u, InterlockedExchangeSubtract(variable, 2));
}

TEST(exchange_returns_the_old_value)
{
	EXPECT_EFFECT(LONG, -5, 6, -5, InterlockedExchange(variable, 6));
	EXPECT_EFFECT(LONG, -5, 6, -5, InterlockedExchangeAcquire(variable, 6));
	EXPECT_EFFECT(LONG, -5, 6, -5, InterlockedExchangeNoFence(variable, 6));
	EXPECT_EFFECT(LONG64, -5, 6ll << 40, -5, InterlockedExchange64(variable, 6ll << 40));
	EXPECT_EFFECT(LONG64, -5, 6, -5, InterlockedExchangeAcquire64(variable, 6));
	EXPECT_EFFECT(LONG64, -5, 6, -5, InterlockedExchangeNoFence64(variable, 6));
	EXPECT_EFFECT(SHORT, -5, 6, -5, InterlockedExchange16(variable, 6));
	EXPECT_EFFECT(CHAR, 5, 6, 5, InterlockedExchange8(variable, 6));
}

TEST(compare_exchange_sets_only_what_is_equal)
{
	EXPECT_ALL(LONG, 5, 6, 5, InterlockedCompareExchange, , variable, 6, 5);
	EXPECT_ALL(LONG, 5, 5, 5, InterlockedCompareExchange, , variable, 6, 4);
	EXPECT_ALL(LONG64, 5ll << 40, 6, 5ll << 40, InterlockedCompareExchange, 64, variable, 6,
		   5ll << 40);
	/* Equal in one half only. */
	EXPECT_ALL(LONG64, 5ll << 40, 5ll << 40, 5ll << 40, InterlockedCompareExchange, 64,
		   variable, 6, 0);
	EXPECT_ALL(LONG64, 7, 7, 7, InterlockedCompareExchange, 64, variable, 6, 1ll << 40);
	EXPECT_EFFECT(SHORT, 5, 6, 5, InterlockedCompareExchange16(variable, 6, 5));
	EXPECT_EFFECT(SHORT, 5, 5, 5, InterlockedCompareExchange16(variable, 6, 4));
}

TEST(bitwise_operations_return_the_old_value)
{
	EXPECT_ALL(LONG, 0xc, 0x8, 0xc, InterlockedAnd, , variable, 0xa);
	EXPECT_ALL(LONG, 0xc, 0xe, 0xc, InterlockedOr, , variable, 0xa);
	EXPECT_ALL(LONG, 0xc, 0x6, 0xc, InterlockedXor, , variable, 0xa);

	/* Bits of both halves. */
#define WIDE(x) ((LONG64)(x) << 40 | (x))
	EXPECT_ALL(LONG64, WIDE(0xc), WIDE(0x8), WIDE(0xc), InterlockedAnd64, , variable,
		   WIDE(0xa));
	EXPECT_ALL(LONG64, WIDE(0xc), WIDE(0xe), WIDE(0xc), InterlockedOr64, , variable,
		   WIDE(0xa));
	EXPECT_ALL(LONG64, WIDE(0xc), WIDE(0x6), WIDE(0xc), InterlockedXor64, , variable,
		   WIDE(0xa));

	EXPECT_EFFECT(SHORT, 0xc, 0x8, 0xc, InterlockedAnd16(variable, 0xa));
	EXPECT_EFFECT(SHORT, 0xc, 0xe, 0xc, InterlockedOr16(variable, 0xa));
	EXPECT_EFFECT(SHORT, 0xc, 0x6, 0xc, InterlockedXor16(variable, 0xa));
	EXPECT_EFFECT(CHAR, 0xc, 0x8, 0xc, InterlockedAnd8(variable, 0xa));
	EXPECT_EFFECT(CHAR, 0xc, 0xe, 0xc, InterlockedOr8(variable, 0xa));
	EXPECT_EFFECT(CHAR, 0xc, 0x6, 0xc, InterlockedXor8(variable, 0xa));
}

TEST(bit_tests_return_what_the_bit_was)
{
	EXPECT_EFFECT(LONG, 0, 1 << 3, 0, InterlockedBitTestAndSet(variable, 3));
	EXPECT_EFFECT(LONG, -1, -1, 1, InterlockedBitTestAndSet(variable, 31));
	EXPECT_EFFECT(LONG, 0, INT32_MIN, 0, InterlockedBitTestAndSet(variable, 31));
	EXPECT_EFFECT(LONG, 9, 1, 1, InterlockedBitTestAndReset(variable, 3));
	EXPECT_EFFECT(LONG, 1, 1, 0, InterlockedBitTestAndReset(variable, 3));
	EXPECT_EFFECT(LONG, 9, 1, 1, InterlockedBitTestAndComplement(variable, 3));
	EXPECT_EFFECT(LONG, 1, 9, 0, InterlockedBitTestAndComplement(variable, 3));
	/* No other variable's bits. */
	EXPECT_EFFECT(LONG, 0, 1 << 3, 0, InterlockedBitTestAndSet(variable, 32 + 3));

	EXPECT_EFFECT(LONG64, 0, INT64_MIN, 0, InterlockedBitTestAndSet64(variable, 63));
	EXPECT_EFFECT(LONG64, -1, -1, 1, InterlockedBitTestAndSet64(variable, 35));
	EXPECT_EFFECT(LONG64, 1ll << 35, 0, 1, InterlockedBitTestAndReset64(variable, 35));
	EXPECT_EFFECT(LONG64, 8, 8, 0, InterlockedBitTestAndReset64(variable, 35));
	EXPECT_EFFECT(LONG64, 8, 8 | 1ll << 35, 0,
		      InterlockedBitTestAndComplement64(variable, 35));
	EXPECT_EFFECT(LONG64, 1ll << 35, 0, 1, InterlockedBitTestAndComplement64(variable, 35));
	EXPECT_EFFECT(LONG64, 0, 8, 0, InterlockedBitTestAndSet64(variable, 64 + 3));
}

TEST(pointers_are_exchanged_whole)
{
	PVOID high = (PVOID)UINTPTR_MAX, low = (PVOID)1, other = &high;

	EXPECT_EFFECT(PVOID, low, high, low, InterlockedExchangePointer(variable, high));
	EXPECT_EFFECT(PVOID, high, NULL, high, InterlockedExchangePointerAcquire(variable, NULL));
	EXPECT_EFFECT(PVOID, high, low, high, InterlockedExchangePointerNoFence(variable, low));
	EXPECT_ALL(PVOID, high, low, high, InterlockedCompareExchangePointer, , variable, low,
		   high);
	EXPECT_ALL(PVOID, high, high, high, InterlockedCompareExchangePointer, , variable, low,
		   other);
}

#define THREADS	4
#define ROUNDS	5000

static struct {
	volatile LONG long_;
	volatile SHORT short_, neighbour;
	volatile LONG64 wide __attribute__((aligned(8)));
	volatile LONG bits, lock, exchanged, guarded;
	volatile CHAR chars[4];
} shared;

static void *count(void *argument)
{
	int own = (int)(intptr_t)argument;

	for (int i = 0; i < ROUNDS; i++) {
		InterlockedIncrement(&shared.long_);
		InterlockedIncrement16(&shared.short_);
		InterlockedDecrement16(&shared.neighbour);
		InterlockedExchangeAdd64(&shared.wide, UINT32_MAX);
		InterlockedBitTestAndComplement(&shared.bits, own);
		InterlockedExchange8(&shared.chars[own], (CHAR)(i & 0x7f));
		while (InterlockedExchange(&shared.lock, 1))
			sched_yield();
		shared.guarded++;
		InterlockedExchange(&shared.lock, 0);
		InterlockedBitTestAndSet(&shared.bits, 8 + own);
	}
	return NULL;
}

TEST(nothing_is_lost_between_threads)
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, count, (void *)i));
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
	EXPECT_EQ(THREADS * ROUNDS, shared.long_);
	EXPECT_EQ((SHORT)(THREADS * ROUNDS), shared.short_);
	EXPECT_EQ((SHORT)(-THREADS * ROUNDS), shared.neighbour);
	EXPECT_EQ((LONG64)UINT32_MAX * THREADS * ROUNDS, shared.wide);
	/* Turned over an even number of times; and then set. */
	EXPECT_EQ(0xf00, shared.bits);
	EXPECT_EQ(THREADS * ROUNDS, shared.guarded);
	for (int i = 0; i < THREADS; i++)
		EXPECT_EQ((ROUNDS - 1) & 0x7f, shared.chars[i]);
}

/*
 * Each of two threads stores to its own variable and loads the other's.  That both
 * load the old value is what a processor does that has no barrier between.
 */
#define LITMUS_ROUNDS	4000

static struct {
	volatile LONG arrived __attribute__((aligned(64)));
	struct {
		volatile LONG stored __attribute__((aligned(64)));
		volatile LONG loaded __attribute__((aligned(64)));
	} sides[2];
} litmus;

static void meet(LONG meeting)
{
	InterlockedIncrement(&litmus.arrived);
	for (int i = 0; litmus.arrived < 2 * meeting; i++)
		if (i > 1000)
			sched_yield();
}

static void store_and_load(int own, LONG round)
{
	volatile LONG other = 0;

	/* Which of the two is the first to leave the meeting is not known. */
	for (int i = own ? round % 32 : round / 32 % 32; i; i--)
		(void)other;
	litmus.sides[own].stored = round;
	if (round & 1)
		MemoryBarrier();
	else
		InterlockedExchange(&other, 1);
	litmus.sides[own].loaded = litmus.sides[!own].stored;
}

static void *litmus_thread(void *unused)
{
	for (LONG round = 1; round <= LITMUS_ROUNDS; round++) {
		meet(2 * round - 1);
		store_and_load(1, round);
		meet(2 * round);
	}
	return unused;
}

TEST(barriers_order_a_store_before_a_load)
{
	pthread_t thread;
	int both = 0;

	ASSERT_EQ(0, pthread_create(&thread, NULL, litmus_thread, NULL));
	for (LONG round = 1; round <= LITMUS_ROUNDS; round++) {
		meet(2 * round - 1);
		store_and_load(0, round);
		meet(2 * round);
		both += litmus.sides[0].loaded != round && litmus.sides[1].loaded != round;
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, both);
}

TEST_HARNESS_MAIN
