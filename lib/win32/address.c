// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sleeping on variables of any size.  A futex has 32 bits, so what sleeps is not in the
 * variable: each address has one of some counters, and a waking counts on.  Who sleeps
 * reads the counter before it looks at the variable, so no waking is lost between.
 *
 * Others whose variable has the same counter are woken too, and those who sleep on the
 * same when one is enough: they return, as they may for nothing.
 */
#include "futex.h"
#include "internal.h"

#define COUNTER_BITS	8

static struct counter {
	win32_word wakings;
	win32_word sleepers;	/* in this process, or about to be */
} counters[1 << COUNTER_BITS];

/* Neighbours in one structure have different ones, mostly. */
static struct counter *counter_of(const volatile VOID *address)
{
	ULONG64 number = (ULONG_PTR)address;

	return &counters[number * 0x9e3779b97f4a7c15U >> (64 - COUNTER_BITS)];
}

/* Who changes it while it is read wakes afterwards, so it may be read in parts. */
static bool is_equal(const volatile VOID *address, const VOID *value, SIZE_T size)
{
	switch (size) {
	case 1:
		return *(const volatile uint8_t *)address == *(const uint8_t *)value;
	case 2:
		return *(const volatile uint16_t *)address == *(const uint16_t *)value;
	case 4:
		return *(const volatile uint32_t *)address == *(const uint32_t *)value;
	default:
		return *(const volatile uint64_t *)address == *(const uint64_t *)value;
	}
}

WIN32_EXPORT BOOL WINAPI WaitOnAddress(volatile VOID *address, PVOID value, SIZE_T size,
				       DWORD milliseconds)
{
	struct counter *counter = counter_of(address);
	struct timespec time;
	const struct timespec *deadline = win32_futex_deadline(&time, milliseconds);
	bool in_time = true;
	uint32_t wakings;

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return win32_fail(ERROR_INVALID_PARAMETER);
	__atomic_add_fetch(&counter->sleepers, 1, __ATOMIC_SEQ_CST);
	wakings = __atomic_load_n(&counter->wakings, __ATOMIC_SEQ_CST);
	if (is_equal(address, value, size))
		in_time = win32_futex_wait(&counter->wakings, wakings, WIN32_FUTEX_ANY, deadline);
	__atomic_sub_fetch(&counter->sleepers, 1, __ATOMIC_SEQ_CST);
	return in_time ? TRUE : win32_fail(ERROR_TIMEOUT);
}

WIN32_EXPORT void WINAPI WakeByAddressAll(PVOID address)
{
	struct counter *counter = counter_of(address);

	/* A full barrier: what the caller has changed is to be seen before. */
	__sync_fetch_and_add(&counter->wakings, 1);
	if (__atomic_load_n(&counter->sleepers, __ATOMIC_SEQ_CST))
		win32_futex_wake(&counter->wakings, INT_MAX, WIN32_FUTEX_ANY);
}

/* Which of those with one counter sleep on this variable is not known. */
WIN32_EXPORT void WINAPI WakeByAddressSingle(PVOID address)
{
	WakeByAddressAll(address);
}
