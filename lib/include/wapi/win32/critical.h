/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Critical sections: locks of one process that their owner may enter again. */
#ifndef WAPI_WIN32_CRITICAL_H
#define WAPI_WIN32_CRITICAL_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

#define CRITICAL_SECTION_NO_DEBUG_INFO	0x01000000U

/* There is none: of a critical section that is initialised DebugInfo is -1. */
typedef struct _RTL_CRITICAL_SECTION_DEBUG *PRTL_CRITICAL_SECTION_DEBUG;

/*
 * To look at, not to change.  One that is all zeros is not initialised: DebugInfo
 * tells.  It can be entered and left all the same.
 */
typedef struct _RTL_CRITICAL_SECTION {
	PRTL_CRITICAL_SECTION_DEBUG DebugInfo;
	LONG LockCount;		/* -1 free; -2 entered; -6 and perhaps waited for */
	LONG RecursionCount;	/* how many times its owner has entered it */
	HANDLE OwningThread;	/* the thread's id, or NULL */
	HANDLE LockSemaphore;	/* NULL */
	ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, *PRTL_CRITICAL_SECTION;

typedef RTL_CRITICAL_SECTION CRITICAL_SECTION;
typedef PRTL_CRITICAL_SECTION PCRITICAL_SECTION, LPCRITICAL_SECTION;

/**
 * InitializeCriticalSection() - make a critical section, without spinning
 * @lpCriticalSection: where
 */
void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/**
 * InitializeCriticalSectionAndSpinCount() - make a critical section
 * @lpCriticalSection: where
 * @dwSpinCount: how often to look again before sleeping; the upper 8 bits are ignored,
 *               and with one processor it is 0
 *
 * Return: TRUE
 */
BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION lpCriticalSection,
						  DWORD dwSpinCount);

/**
 * InitializeCriticalSectionEx() - make a critical section
 * @lpCriticalSection: where
 * @dwSpinCount: as for InitializeCriticalSectionAndSpinCount()
 * @Flags: 0 or CRITICAL_SECTION_NO_DEBUG_INFO, which changes nothing
 *
 * Return: TRUE; FALSE with ERROR_INVALID_PARAMETER, if there is another flag
 */
BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION lpCriticalSection,
					DWORD dwSpinCount, DWORD Flags);

/**
 * SetCriticalSectionSpinCount() - change how often to look before sleeping
 * @lpCriticalSection: the critical section
 * @dwSpinCount: as for InitializeCriticalSectionAndSpinCount()
 *
 * Return: the number before
 */
DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION lpCriticalSection,
					 DWORD dwSpinCount);

/**
 * EnterCriticalSection() - own a critical section, waiting for it if need be
 * @lpCriticalSection: the critical section
 *
 * Its owner may enter it again, and must leave it as many times.
 */
void WINAPI EnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/**
 * TryEnterCriticalSection() - own a critical section if that needs no waiting
 * @lpCriticalSection: the critical section
 *
 * Return: TRUE, and it is entered once more; FALSE: another thread owns it, and the
 * last error is left alone
 */
BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/**
 * LeaveCriticalSection() - undo one entering
 * @lpCriticalSection: the critical section
 *
 * Nothing happens if another thread owns it, or none.  (Windows breaks it then.)
 */
void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/**
 * DeleteCriticalSection() - make it one that is not initialised, all zeros
 * @lpCriticalSection: the critical section, which nobody owns or waits for
 */
void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

#include <wapi/end.h>

#endif /* WAPI_WIN32_CRITICAL_H */
