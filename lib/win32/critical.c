// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Critical sections.  The lock is LockCount; the other fields are its owner's, but
 * that others may look whether they are the owner.
 */
#include <pthread.h>
#include <string.h>

#include "futex.h"
#include "internal.h"

/* LockCount.  All zeros is what nobody has initialised: free too. */
#define FREE		(-1)
#define ENTERED		(-2)
#define WAITED_FOR	(-6)	/* entered, and perhaps waited for */

#define SPIN_COUNT_MASK	0x00ffffff

static _Thread_local pid_t own_tid;

static void forget_tid(void)
{
	own_tid = 0;
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_tid);
}

/* As in OwningThread.  The thread that forks is another in the child. */
static HANDLE own_id(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (!own_tid) {
		pthread_once(&once, watch_forks);
		own_tid = gettid();
	}
	return (HANDLE)(ULONG_PTR)own_tid;
}

bool win32_critical_is_own(PCRITICAL_SECTION section)
{
	return __atomic_load_n(&section->OwningThread, __ATOMIC_RELAXED) == own_id();
}

static bool take_if_free(LPCRITICAL_SECTION section, LONG taken)
{
	LONG count = __atomic_load_n(&section->LockCount, __ATOMIC_RELAXED);

	while (count == FREE || count == 0)
		if (__atomic_compare_exchange_n(&section->LockCount, &count, taken, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

static bool take_spinning(LPCRITICAL_SECTION section)
{
	for (ULONG_PTR i = __atomic_load_n(&section->SpinCount, __ATOMIC_RELAXED); i; i--) {
		YieldProcessor();
		if (take_if_free(section, ENTERED))
			return true;
	}
	return false;
}

/* Who has slept does not know whether others do, and takes it as if they did. */
static void take_sleeping(LPCRITICAL_SECTION section)
{
	while (!take_if_free(section, WAITED_FOR)) {
		LONG entered = ENTERED;

		__atomic_compare_exchange_n(&section->LockCount, &entered, WAITED_FOR, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		win32_futex_wait((win32_word *)&section->LockCount, (uint32_t)WAITED_FOR,
				 WIN32_FUTEX_ANY, NULL);
	}
}

static void give_up(LPCRITICAL_SECTION section)
{
	LONG before = __atomic_exchange_n(&section->LockCount, FREE, __ATOMIC_RELEASE);

	if (before == WAITED_FOR)
		win32_futex_wake((win32_word *)&section->LockCount, 1, WIN32_FUTEX_ANY);
}

static void begin_owning(LPCRITICAL_SECTION section)
{
	__atomic_store_n(&section->OwningThread, own_id(), __ATOMIC_RELAXED);
	section->RecursionCount = 1;
}

/* With one processor nobody can leave it while another looks. */
static ULONG_PTR useful_spin_count(DWORD count)
{
	static _Atomic long processors;

	if (!processors)
		processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors == 1 ? 0 : count & SPIN_COUNT_MASK;
}

WIN32_EXPORT void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION section)
{
	InitializeCriticalSectionAndSpinCount(section, 0);
}

WIN32_EXPORT BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section,
							       DWORD spin_count)
{
	*section = (CRITICAL_SECTION){
		.DebugInfo = (PRTL_CRITICAL_SECTION_DEBUG)(LONG_PTR)-1,
		.LockCount = FREE,
		.SpinCount = useful_spin_count(spin_count),
	};
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION section,
						     DWORD spin_count, DWORD flags)
{
	if (flags & ~CRITICAL_SECTION_NO_DEBUG_INFO)
		return win32_fail(ERROR_INVALID_PARAMETER);
	return InitializeCriticalSectionAndSpinCount(section, spin_count);
}

WIN32_EXPORT DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION section,
						      DWORD spin_count)
{
	return (DWORD)__atomic_exchange_n(&section->SpinCount, useful_spin_count(spin_count),
					  __ATOMIC_RELAXED);
}

WIN32_EXPORT void WINAPI EnterCriticalSection(LPCRITICAL_SECTION section)
{
	if (win32_critical_is_own(section)) {
		section->RecursionCount++;
		return;
	}
	if (!take_if_free(section, ENTERED) && !take_spinning(section))
		take_sleeping(section);
	begin_owning(section);
}

WIN32_EXPORT BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION section)
{
	if (win32_critical_is_own(section)) {
		section->RecursionCount++;
		return TRUE;
	}
	if (!take_if_free(section, ENTERED))
		return FALSE;
	begin_owning(section);
	return TRUE;
}

WIN32_EXPORT void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION section)
{
	if (!win32_critical_is_own(section))
		return;
	if (--section->RecursionCount)
		return;
	__atomic_store_n(&section->OwningThread, NULL, __ATOMIC_RELAXED);
	give_up(section);
}

WIN32_EXPORT void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION section)
{
	memset(section, 0, sizeof(*section));
}
