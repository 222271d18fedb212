// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: sleeping until a variable changes. */
#include "win32_threads.h"

static volatile ULONG64 variable;

struct subject {
	volatile VOID *address;
	ULONG64 value;
	SIZE_T size;
};

static BOOL is(volatile VOID *address, ULONG64 value, SIZE_T size, DWORD ms)
{
	union {
		uint8_t byte;
		uint16_t word;
		uint32_t dword;
		uint64_t qword;
	} copy;

	poison(&copy, sizeof(copy));
	switch (size) {
	case 1:
		copy.byte = (uint8_t)value;
		break;
	case 2:
		copy.word = (uint16_t)value;
		break;
	case 4:
		copy.dword = (uint32_t)value;
		break;
	default:
		copy.qword = value;
	}
	return WaitOnAddress(address, &copy, size, ms);
}

static void sleep_on(struct worker *worker)
{
	struct subject *subject = worker->subject;

	SetLastError(LAST_ERROR);
	worker->result = is(subject->address, subject->value, subject->size, INFINITE);
	worker->error = GetLastError();
}

TEST(another_value_does_not_sleep_whatever_the_size)
{
	static const SIZE_T sizes[] = { 1, 2, 4, 8 };

	for (int i = 0; i < 4; i++) {
		SIZE_T bits = 8 * sizes[i];

		/* Another in the highest bit only. */
		variable = 1ull << (bits - 1);
		SetLastError(LAST_ERROR);
		EXPECT_EQ(TRUE, is(&variable, 0, sizes[i], INFINITE));
		EXPECT_EQ(LAST_ERROR, GetLastError());
	}
}

TEST(timeout_is_not_early_whatever_the_size)
{
	static const SIZE_T sizes[] = { 1, 2, 4, 8 };

	for (int i = 0; i < 4; i++) {
		double start = seconds();

		/* What is behind the variable does not count. */
		variable = sizes[i] == 8 ? 7 : 7 | 1ull << 8 * sizes[i];
		SetLastError(LAST_ERROR);
		EXPECT_EQ(FALSE, is(&variable, 7, sizes[i], 30));
		EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
		EXPECT_GE((seconds() - start) * 1000, 30);
		SetLastError(LAST_ERROR);
		EXPECT_EQ(FALSE, is(&variable, 7, sizes[i], 0));
		EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
	}
}

TEST(other_sizes_are_refused)
{
	static const SIZE_T sizes[] = { 0, 3, 5, 16 };

	for (int i = 0; i < 4; i++) {
		SetLastError(LAST_ERROR);
		EXPECT_EQ(FALSE, is(&variable, 0, sizes[i], 0));
		EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	}
}

TEST(change_alone_wakes_nobody_and_a_waking_does)
{
	struct subject subject = { &variable, 0, 4 };
	struct worker workers[3] = { 0 };

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeping_worker(&workers[i], sleep_on, &subject));
	variable = 1;
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(worker_sleeps(&workers[i]));
	SetLastError(LAST_ERROR);
	WakeByAddressAll((PVOID)&variable);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, join_worker(&workers[i]));
		EXPECT_TRUE(workers[i].result);
		EXPECT_EQ(LAST_ERROR, workers[i].error);
	}
}

TEST(sleeper_is_woken_singly_and_without_a_change_too)
{
	struct subject subject = { &variable, 0, 8 };
	struct worker worker = { 0 };

	ASSERT_EQ(0, start_sleeping_worker(&worker, sleep_on, &subject));
	WakeByAddressSingle((PVOID)&variable);
	EXPECT_EQ(0, join_worker(&worker));
	EXPECT_TRUE(worker.result);
	EXPECT_EQ(LAST_ERROR, worker.error);
}

TEST(wakings_are_not_kept_for_later)
{
	WakeByAddressSingle((PVOID)&variable);
	WakeByAddressAll((PVOID)&variable);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(is(&variable, 0, 8, 20));
	EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
}

TEST(address_that_is_no_memory_can_be_woken)
{
	WakeByAddressSingle(NULL);
	WakeByAddressAll((PVOID)(ULONG_PTR)16);
}

/* As with condition variables: a waking between looking and sleeping is not lost. */
#define TURNS	3000

static volatile CHAR turn;

static void pass(struct worker *worker)
{
	for (int i = 0; i < TURNS; i++) {
		CHAR other = (CHAR)!worker->number;

		while (InterlockedOr8(&turn, 0) == other)
			if (!WaitOnAddress(&turn, &other, 1, 60000))
				worker->error++;
		InterlockedExchange8(&turn, other);
		WakeByAddressSingle((PVOID)&turn);
	}
}

TEST(no_waking_is_lost)
{
	struct worker workers[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		workers[i].number = i;
		ASSERT_EQ(0, start_worker(&workers[i], pass, NULL));
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_EQ(0, workers[i].error);
	}
}

TEST_HARNESS_MAIN
