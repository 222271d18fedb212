/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Atomic operations on variables, in whatever memory they are: between processes too.
 *
 * A variable must be aligned to its size.  In a structure of a 32-bit program a
 * LONG64 is not, if nothing is done for it.
 *
 * Every function is a full barrier: what is before it in the program is done before
 * it, and what is after it is done after.  Those whose names have Acquire, Release or
 * NoFence promise less, and are the same.
 */
#ifndef WAPI_WIN32_INTERLOCKED_H
#define WAPI_WIN32_INTERLOCKED_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/**
 * MemoryBarrier() - let all before it be done before all that is after it
 */
static inline void MemoryBarrier(void)
{
	__sync_synchronize();
}

/**
 * YieldProcessor() - tell the processor that this is a loop that waits
 */
static inline void YieldProcessor(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ __volatile__("pause" : : : "memory");
#elif defined(__aarch64__)
	__asm__ __volatile__("yield" : : : "memory");
#else
	__asm__ __volatile__("" : : : "memory");
#endif
}

/**
 * InterlockedIncrement() - add 1; from the highest number to the lowest
 * @Addend: the variable
 *
 * Return: the new value
 */
static inline LONG InterlockedIncrement(LONG volatile *Addend)
{
	return __sync_add_and_fetch(Addend, 1);
}

/**
 * InterlockedDecrement() - subtract 1; from the lowest number to the highest
 * @Addend: the variable
 *
 * Return: the new value
 */
static inline LONG InterlockedDecrement(LONG volatile *Addend)
{
	return __sync_sub_and_fetch(Addend, 1);
}

/**
 * InterlockedAdd() - add a number
 * @Addend: the variable
 * @Value: what to add
 *
 * Return: the new value
 */
static inline LONG InterlockedAdd(LONG volatile *Addend, LONG Value)
{
	return __sync_add_and_fetch(Addend, Value);
}

/**
 * InterlockedExchangeAdd() - add a number
 * @Addend: the variable
 * @Value: what to add
 *
 * Return: the value before
 */
static inline LONG InterlockedExchangeAdd(LONG volatile *Addend, LONG Value)
{
	return __sync_fetch_and_add(Addend, Value);
}

/**
 * InterlockedExchangeSubtract() - subtract a number
 * @Addend: the variable
 * @Value: what to subtract
 *
 * Return: the value before
 */
static inline ULONG InterlockedExchangeSubtract(ULONG volatile *Addend, ULONG Value)
{
	return __sync_fetch_and_sub(Addend, Value);
}

/**
 * InterlockedExchange() - set a variable
 * @Target: the variable
 * @Value: its new value
 *
 * Return: the value before
 */
static inline LONG InterlockedExchange(LONG volatile *Target, LONG Value)
{
	LONG old;

	/* The builtin for this is but half a barrier. */
	do {
		old = *Target;
	} while (!__sync_bool_compare_and_swap(Target, old, Value));
	return old;
}

/**
 * InterlockedCompareExchange() - set a variable if it has a certain value
 * @Destination: the variable
 * @ExChange: its new value
 * @Comperand: the value that it must have
 *
 * Return: the value before, which is @Comperand if it was set
 */
static inline LONG InterlockedCompareExchange(LONG volatile *Destination, LONG ExChange,
					      LONG Comperand)
{
	return __sync_val_compare_and_swap(Destination, Comperand, ExChange);
}

/**
 * InterlockedAnd() - keep some bits and clear the others
 * @Destination: the variable
 * @Value: the bits to keep
 *
 * Return: the value before
 */
static inline LONG InterlockedAnd(LONG volatile *Destination, LONG Value)
{
	return __sync_fetch_and_and(Destination, Value);
}

/**
 * InterlockedOr() - set some bits
 * @Destination: the variable
 * @Value: the bits to set
 *
 * Return: the value before
 */
static inline LONG InterlockedOr(LONG volatile *Destination, LONG Value)
{
	return __sync_fetch_and_or(Destination, Value);
}

/**
 * InterlockedXor() - turn some bits over
 * @Destination: the variable
 * @Value: the bits to turn over
 *
 * Return: the value before
 */
static inline LONG InterlockedXor(LONG volatile *Destination, LONG Value)
{
	return __sync_fetch_and_xor(Destination, Value);
}

/**
 * InterlockedBitTestAndSet() - set one bit
 * @Base: the variable
 * @Bit: which, from 0, the lowest; all but the five low bits of it are ignored
 *
 * Return: 1 if the bit was set before, else 0
 */
static inline BOOLEAN InterlockedBitTestAndSet(LONG volatile *Base, LONG Bit)
{
	LONG mask = (LONG)((ULONG)1 << (Bit & 31));

	return (__sync_fetch_and_or(Base, mask) & mask) != 0;
}

/**
 * InterlockedBitTestAndReset() - clear one bit
 * @Base: the variable
 * @Bit: which, as for InterlockedBitTestAndSet()
 *
 * Return: 1 if the bit was set before, else 0
 */
static inline BOOLEAN InterlockedBitTestAndReset(LONG volatile *Base, LONG Bit)
{
	LONG mask = (LONG)((ULONG)1 << (Bit & 31));

	return (__sync_fetch_and_and(Base, ~mask) & mask) != 0;
}

/**
 * InterlockedBitTestAndComplement() - turn one bit over
 * @Base: the variable
 * @Bit: which, as for InterlockedBitTestAndSet()
 *
 * Return: 1 if the bit was set before, else 0
 */
static inline BOOLEAN InterlockedBitTestAndComplement(LONG volatile *Base, LONG Bit)
{
	LONG mask = (LONG)((ULONG)1 << (Bit & 31));

	return (__sync_fetch_and_xor(Base, mask) & mask) != 0;
}

/**
 * InterlockedExchangePointer() - set a pointer
 * @Target: the variable
 * @Value: its new value
 *
 * Return: the value before
 */
static inline PVOID InterlockedExchangePointer(PVOID volatile *Target, PVOID Value)
{
	PVOID old;

	do {
		old = *Target;
	} while (!__sync_bool_compare_and_swap(Target, old, Value));
	return old;
}

/**
 * InterlockedCompareExchangePointer() - set a pointer if it has a certain value
 * @Destination: the variable
 * @Exchange: its new value
 * @Comperand: the value that it must have
 *
 * Return: the value before, which is @Comperand if it was set
 */
static inline PVOID InterlockedCompareExchangePointer(PVOID volatile *Destination,
						      PVOID Exchange, PVOID Comperand)
{
	return __sync_val_compare_and_swap(Destination, Comperand, Exchange);
}

/*
 * The same for other sizes: with 64 in their names for LONG64, 16 for SHORT, 8 for
 * CHAR; and by the names that promise less of the order.
 */

#define WAPI_INTERLOCKED_BY_1(name, type, builtin)					\
static inline type name(__typeof__(type) volatile *Addend)				\
{											\
	return builtin(Addend, 1);							\
}

#define WAPI_INTERLOCKED_BY(name, type, builtin)					\
static inline type name(__typeof__(type) volatile *Destination, type Value)		\
{											\
	return builtin(Destination, Value);						\
}

#define WAPI_INTERLOCKED_EXCHANGE(name, type)						\
static inline type name(__typeof__(type) volatile *Target, type Value)			\
{											\
	type old;									\
											\
	do {										\
		old = *Target;								\
	} while (!__sync_bool_compare_and_swap(Target, old, Value));			\
	return old;									\
}

#define WAPI_INTERLOCKED_COMPARE(name, type)						\
static inline type name(__typeof__(type) volatile *Destination, type ExChange,		\
			type Comperand)	\
{											\
	return __sync_val_compare_and_swap(Destination, Comperand, ExChange);		\
}

/* @keep: what inverts the mask for a builtin that needs those that stay. */
#define WAPI_INTERLOCKED_BIT(name, type, builtin, keep)					\
static inline BOOLEAN name(__typeof__(type) volatile *Base, type Bit)			\
{											\
	type mask = (type)((ULONG64)1 << (Bit & (type)(8 * sizeof(type) - 1)));		\
											\
	return (builtin(Base, keep mask) & mask) != 0;					\
}

WAPI_INTERLOCKED_BY_1(InterlockedIncrement64, LONG64, __sync_add_and_fetch)
WAPI_INTERLOCKED_BY_1(InterlockedDecrement64, LONG64, __sync_sub_and_fetch)
WAPI_INTERLOCKED_BY(InterlockedAdd64, LONG64, __sync_add_and_fetch)
WAPI_INTERLOCKED_BY(InterlockedExchangeAdd64, LONG64, __sync_fetch_and_add)
WAPI_INTERLOCKED_EXCHANGE(InterlockedExchange64, LONG64)
WAPI_INTERLOCKED_COMPARE(InterlockedCompareExchange64, LONG64)
WAPI_INTERLOCKED_BY(InterlockedAnd64, LONG64, __sync_fetch_and_and)
WAPI_INTERLOCKED_BY(InterlockedOr64, LONG64, __sync_fetch_and_or)
WAPI_INTERLOCKED_BY(InterlockedXor64, LONG64, __sync_fetch_and_xor)
WAPI_INTERLOCKED_BIT(InterlockedBitTestAndSet64, LONG64, __sync_fetch_and_or, +)
WAPI_INTERLOCKED_BIT(InterlockedBitTestAndReset64, LONG64, __sync_fetch_and_and, ~)
WAPI_INTERLOCKED_BIT(InterlockedBitTestAndComplement64, LONG64, __sync_fetch_and_xor, +)

WAPI_INTERLOCKED_BY_1(InterlockedIncrement16, SHORT, __sync_add_and_fetch)
WAPI_INTERLOCKED_BY_1(InterlockedDecrement16, SHORT, __sync_sub_and_fetch)
WAPI_INTERLOCKED_EXCHANGE(InterlockedExchange16, SHORT)
WAPI_INTERLOCKED_COMPARE(InterlockedCompareExchange16, SHORT)
WAPI_INTERLOCKED_BY(InterlockedAnd16, SHORT, __sync_fetch_and_and)
WAPI_INTERLOCKED_BY(InterlockedOr16, SHORT, __sync_fetch_and_or)
WAPI_INTERLOCKED_BY(InterlockedXor16, SHORT, __sync_fetch_and_xor)

WAPI_INTERLOCKED_EXCHANGE(InterlockedExchange8, CHAR)
WAPI_INTERLOCKED_BY(InterlockedAnd8, CHAR, __sync_fetch_and_and)
WAPI_INTERLOCKED_BY(InterlockedOr8, CHAR, __sync_fetch_and_or)
WAPI_INTERLOCKED_BY(InterlockedXor8, CHAR, __sync_fetch_and_xor)

/* Windows writes the size before the order in And, Or and Xor, else behind it. */
#define WAPI_INTERLOCKED_ORDERS(make, name, bits, ...)					\
	make(name##Acquire##bits, __VA_ARGS__)						\
	make(name##Release##bits, __VA_ARGS__)						\
	make(name##NoFence##bits, __VA_ARGS__)

#define WAPI_INTERLOCKED_ALL_ORDERS(bits, type)						\
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_BY_1, InterlockedIncrement, bits, type,	\
			__sync_add_and_fetch)						\
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_BY_1, InterlockedDecrement, bits, type,	\
			__sync_sub_and_fetch)						\
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_BY, InterlockedAdd, bits, type,		\
			__sync_add_and_fetch)						\
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_BY, InterlockedExchangeAdd, bits, type,	\
			__sync_fetch_and_add)						\
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_COMPARE, InterlockedCompareExchange, bits, type) \
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_BY, InterlockedAnd##bits, , type,		\
			__sync_fetch_and_and)						\
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_BY, InterlockedOr##bits, , type,		\
			__sync_fetch_and_or)						\
WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_BY, InterlockedXor##bits, , type,		\
			__sync_fetch_and_xor)						\
WAPI_INTERLOCKED_EXCHANGE(InterlockedExchangeAcquire##bits, type)			\
WAPI_INTERLOCKED_EXCHANGE(InterlockedExchangeNoFence##bits, type)

WAPI_INTERLOCKED_ALL_ORDERS(, LONG)
WAPI_INTERLOCKED_ALL_ORDERS(64, LONG64)

WAPI_INTERLOCKED_ORDERS(WAPI_INTERLOCKED_COMPARE, InterlockedCompareExchangePointer, , PVOID)
WAPI_INTERLOCKED_EXCHANGE(InterlockedExchangePointerAcquire, PVOID)
WAPI_INTERLOCKED_EXCHANGE(InterlockedExchangePointerNoFence, PVOID)

#undef WAPI_INTERLOCKED_ALL_ORDERS
#undef WAPI_INTERLOCKED_ORDERS
#undef WAPI_INTERLOCKED_BIT
#undef WAPI_INTERLOCKED_COMPARE
#undef WAPI_INTERLOCKED_EXCHANGE
#undef WAPI_INTERLOCKED_BY
#undef WAPI_INTERLOCKED_BY_1

#include <wapi/end.h>

#endif /* WAPI_WIN32_INTERLOCKED_H */
