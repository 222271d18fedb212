/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slim reader/writer locks: of one process, exclusive for one thread or shared by
 * many.  None can be acquired again by who has it, in whatever mode.
 */
#ifndef WAPI_WIN32_SRWLOCK_H
#define WAPI_WIN32_SRWLOCK_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* All zeros is a lock that is free. */
typedef struct _RTL_SRWLOCK {
	PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK;

typedef RTL_SRWLOCK SRWLOCK, *PSRWLOCK;

#define RTL_SRWLOCK_INIT	{ 0 }
#define SRWLOCK_INIT		RTL_SRWLOCK_INIT

/**
 * InitializeSRWLock() - make a lock, as SRWLOCK_INIT does
 * @SRWLock: where
 */
void WINAPI InitializeSRWLock(PSRWLOCK SRWLock);

/**
 * AcquireSRWLockExclusive() - have a lock alone, waiting for it if need be
 * @SRWLock: the lock
 *
 * Who waits so is waited for by those who would share the lock later.
 */
void WINAPI AcquireSRWLockExclusive(PSRWLOCK SRWLock);

/**
 * AcquireSRWLockShared() - share a lock, waiting for it if need be
 * @SRWLock: the lock
 */
void WINAPI AcquireSRWLockShared(PSRWLOCK SRWLock);

/**
 * TryAcquireSRWLockExclusive() - have a lock alone if that needs no waiting
 * @SRWLock: the lock
 *
 * Return: nonzero: it is acquired; 0: it is not, and the last error is left alone
 */
BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK SRWLock);

/**
 * TryAcquireSRWLockShared() - share a lock if that needs no waiting
 * @SRWLock: the lock
 *
 * Return: nonzero: it is acquired; 0: it is not, and the last error is left alone
 */
BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK SRWLock);

/**
 * ReleaseSRWLockExclusive() - give back a lock that was had alone
 * @SRWLock: the lock
 *
 * Nothing happens if nobody has it alone.  (Windows ends the program then.)
 */
void WINAPI ReleaseSRWLockExclusive(PSRWLOCK SRWLock);

/**
 * ReleaseSRWLockShared() - give back a lock that was shared
 * @SRWLock: the lock
 *
 * Nothing happens if nobody shares it.  (Windows ends the program then.)
 */
void WINAPI ReleaseSRWLockShared(PSRWLOCK SRWLock);

#include <wapi/end.h>

#endif /* WAPI_WIN32_SRWLOCK_H */
