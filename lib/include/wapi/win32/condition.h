/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Condition variables: what threads of one process sleep on who need something to
 * become true that a critical section or a slim reader/writer lock guards.
 *
 * A sleep may end for nothing, so its caller looks again whether what it waits for is
 * true.  No waking is lost to a thread that had the lock when it called.
 */
#ifndef WAPI_WIN32_CONDITION_H
#define WAPI_WIN32_CONDITION_H

#include <wapi/win32/critical.h>
#include <wapi/win32/srwlock.h>
#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* All zeros is one that nobody sleeps on. */
typedef struct _RTL_CONDITION_VARIABLE {
	PVOID Ptr;
} RTL_CONDITION_VARIABLE, *PRTL_CONDITION_VARIABLE;

typedef RTL_CONDITION_VARIABLE CONDITION_VARIABLE, *PCONDITION_VARIABLE;

#define RTL_CONDITION_VARIABLE_INIT	{ 0 }
#define CONDITION_VARIABLE_INIT		RTL_CONDITION_VARIABLE_INIT

#define RTL_CONDITION_VARIABLE_LOCKMODE_SHARED	0x1U
#define CONDITION_VARIABLE_LOCKMODE_SHARED	RTL_CONDITION_VARIABLE_LOCKMODE_SHARED

/**
 * InitializeConditionVariable() - make one, as CONDITION_VARIABLE_INIT does
 * @ConditionVariable: where
 */
void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE ConditionVariable);

/**
 * SleepConditionVariableCS() - leave a critical section and sleep, as one step
 * @ConditionVariable: what to sleep on
 * @CriticalSection: what to leave, and to enter again before returning
 * @dwMilliseconds: how long to sleep at most; 0: not; INFINITE: for as long as it takes
 *
 * It is left once.  Who has entered it more than once still owns it while sleeping.
 *
 * Return: TRUE, which leaves the last error alone; FALSE with ERROR_TIMEOUT, and the
 * critical section is entered again all the same; with ERROR_NOT_OWNER, if the thread
 * does not own it: nothing is done then
 */
BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE ConditionVariable,
				     PCRITICAL_SECTION CriticalSection,
				     DWORD dwMilliseconds);

/**
 * SleepConditionVariableSRW() - release a lock and sleep, as one step
 * @ConditionVariable: what to sleep on
 * @SRWLock: what to release, and to acquire again before returning
 * @dwMilliseconds: as for SleepConditionVariableCS()
 * @Flags: CONDITION_VARIABLE_LOCKMODE_SHARED if the thread shares the lock; 0 if it has
 *         it alone
 *
 * Return: TRUE, which leaves the last error alone; FALSE with ERROR_TIMEOUT, and the
 * lock is acquired again all the same; with ERROR_INVALID_PARAMETER, if there is another
 * flag, or ERROR_NOT_OWNER, if nobody has the lock so: nothing is done then
 */
BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE ConditionVariable,
				      PSRWLOCK SRWLock, DWORD dwMilliseconds, ULONG Flags);

/**
 * WakeConditionVariable() - wake one thread that sleeps, if any does
 * @ConditionVariable: on what
 */
void WINAPI WakeConditionVariable(PCONDITION_VARIABLE ConditionVariable);

/**
 * WakeAllConditionVariable() - wake all threads that sleep
 * @ConditionVariable: on what
 */
void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE ConditionVariable);

#include <wapi/end.h>

#endif /* WAPI_WIN32_CONDITION_H */
