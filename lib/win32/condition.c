// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Condition variables: a word of 32 bits that every waking changes.  A thread reads
 * it as long as it has the lock and sleeps while it is the same; so a waking between
 * the two keeps it from sleeping.
 */
#include "futex.h"
#include "internal.h"

#define ANYBODY	1U	/* has slept, or is about to, since all were woken */
#define WAKING	2U	/* what one counts */

static win32_word *word_of(PCONDITION_VARIABLE variable)
{
	return (win32_word *)variable;
}

/* To be called with the lock. */
static uint32_t prepare_to_sleep(PCONDITION_VARIABLE variable)
{
	return __atomic_fetch_or(word_of(variable), ANYBODY, __ATOMIC_SEQ_CST) | ANYBODY;
}

/* And without it.  A signal handler ends no sleep. */
static bool sleep_while(PCONDITION_VARIABLE variable, uint32_t value,
			const struct timespec *deadline)
{
	win32_word *word = word_of(variable);

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		if (!win32_futex_wait(word, value, WIN32_FUTEX_ANY, deadline))
			return false;
	return true;
}

/* What changes, as well as who sleeps, has come before: the lock saw to that. */
static void wake(PCONDITION_VARIABLE variable, int count, uint32_t who_remains)
{
	win32_word *word = word_of(variable);
	uint32_t value = __atomic_load_n(word, __ATOMIC_SEQ_CST);

	do {
		if (!(value & ANYBODY))
			return;
	} while (!__atomic_compare_exchange_n(word, &value,
					      ((value + WAKING) & ~ANYBODY) | who_remains, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	win32_futex_wake(word, count, WIN32_FUTEX_ANY);
}

WIN32_EXPORT void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE variable)
{
	variable->Ptr = NULL;
}

WIN32_EXPORT BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE variable,
						  PCRITICAL_SECTION section,
						  DWORD milliseconds)
{
	struct timespec time;
	const struct timespec *deadline = win32_futex_deadline(&time, milliseconds);
	uint32_t value;
	bool woken;

	if (!win32_critical_is_own(section))
		return win32_fail(ERROR_NOT_OWNER);
	value = prepare_to_sleep(variable);
	LeaveCriticalSection(section);
	woken = sleep_while(variable, value, deadline);
	EnterCriticalSection(section);
	return woken ? TRUE : win32_fail(ERROR_TIMEOUT);
}

WIN32_EXPORT BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE variable,
						   PSRWLOCK lock, DWORD milliseconds,
						   ULONG flags)
{
	struct timespec time;
	const struct timespec *deadline = win32_futex_deadline(&time, milliseconds);
	bool shared = flags & CONDITION_VARIABLE_LOCKMODE_SHARED;
	uint32_t value;
	bool woken;

	if (flags & ~CONDITION_VARIABLE_LOCKMODE_SHARED)
		return win32_fail(ERROR_INVALID_PARAMETER);
	value = prepare_to_sleep(variable);
	if (!(shared ? win32_srwlock_release_shared(lock) :
		       win32_srwlock_release_exclusive(lock)))
		return win32_fail(ERROR_NOT_OWNER);
	woken = sleep_while(variable, value, deadline);
	if (shared)
		AcquireSRWLockShared(lock);
	else
		AcquireSRWLockExclusive(lock);
	return woken ? TRUE : win32_fail(ERROR_TIMEOUT);
}

WIN32_EXPORT void WINAPI WakeConditionVariable(PCONDITION_VARIABLE variable)
{
	wake(variable, 1, ANYBODY);
}

WIN32_EXPORT void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE variable)
{
	wake(variable, INT_MAX, 0);
}
