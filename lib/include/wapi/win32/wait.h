/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting: for one object, for any or all of several, for a time.
 *
 * A wait that an object ends acquires it: an event that resets itself is reset, a
 * semaphore's count goes down by one, the calling thread owns the mutex, once more if it
 * does already.  A wait for any acquires the first one of the array that is signalled and
 * nothing else, a wait for all nothing until it can acquire all together.  A wait that
 * fails has acquired nothing.
 *
 * Times are milliseconds and never cut short; 0 does not wait, INFINITE does for ever.
 * Success and WAIT_TIMEOUT leave the last error as it is.
 */
#ifndef WAPI_WIN32_WAIT_H
#define WAPI_WIN32_WAIT_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

#define MAXIMUM_WAIT_OBJECTS	64

/* How a wait ended.  To the first two, the index of the object is added. */
#define WAIT_OBJECT_0		0x00000000U
#define WAIT_ABANDONED_0	0x00000080U
#define WAIT_ABANDONED		WAIT_ABANDONED_0
#define WAIT_IO_COMPLETION	0x000000c0U
#define WAIT_TIMEOUT		0x00000102U
#define WAIT_FAILED		0xffffffffU

/**
 * WaitForSingleObject() - wait for an object
 * @object: the object; of pseudo-handles, the process and the thread that wait, neither
 *          of which ends meanwhile
 * @milliseconds: for how long
 *
 * Return: WAIT_OBJECT_0; WAIT_ABANDONED_0 if it is a mutex that its owner left behind;
 * WAIT_TIMEOUT; or WAIT_FAILED with ERROR_INVALID_HANDLE for what is no handle or of
 * nothing that can be waited for
 */
DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD milliseconds);

/**
 * WaitForSingleObjectEx() - wait for an object, and for what is queued to the thread
 * @object: as for WaitForSingleObject()
 * @milliseconds: for how long
 * @alertable: whether the wait is alertable: see <wapi/win32/apc.h>
 *
 * Return: as WaitForSingleObject(); WAIT_IO_COMPLETION if something that was queued has
 * been run
 */
DWORD WINAPI WaitForSingleObjectEx(HANDLE object, DWORD milliseconds, BOOL alertable);

/**
 * WaitForMultipleObjects() - wait for any or all of several objects
 * @count: how many, from 1 to MAXIMUM_WAIT_OBJECTS
 * @objects: the objects; no pseudo-handles; with @all, each object once, whether under
 *           one value or under two
 * @all: for all of them, not for any
 * @milliseconds: for how long
 *
 * Return: WAIT_OBJECT_0 + the index of the object that ended it, with @all + 0;
 * WAIT_ABANDONED_0 + the index of a mutex that its owner left behind, with @all the
 * first one; WAIT_TIMEOUT; or WAIT_FAILED with ERROR_INVALID_HANDLE for any of the
 * objects, ERROR_INVALID_PARAMETER for @count, a NULL @objects or an object that is
 * there twice
 */
DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *objects, BOOL all,
				    DWORD milliseconds);

/**
 * WaitForMultipleObjectsEx() - wait for any or all of several objects, and for what is
 *				queued to the thread
 * @count: as for WaitForMultipleObjects()
 * @objects: as there
 * @all: as there
 * @milliseconds: for how long
 * @alertable: whether the wait is alertable: see <wapi/win32/apc.h>
 *
 * Return: as WaitForMultipleObjects(); WAIT_IO_COMPLETION if something that was queued
 * has been run
 */
DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *objects, BOOL all,
				      DWORD milliseconds, BOOL alertable);

/**
 * SignalObjectAndWait() - signal an object and begin to wait in one step
 * @signal: what to signal: the event is set, the mutex released once, or the semaphore
 *          by one
 * @object: what to wait for, as for WaitForSingleObject()
 * @milliseconds: for how long
 * @alertable: whether the wait is alertable: see <wapi/win32/apc.h>
 *
 * Nobody who sees the one can act before the other; but if something is queued already
 * and the wait is alertable, then @signal is signalled, that is run, and there is no
 * wait.  After WAIT_FAILED nothing was signalled.
 *
 * Return: as WaitForSingleObjectEx(); WAIT_FAILED with ERROR_INVALID_HANDLE for @signal
 * too, ERROR_NOT_OWNER and ERROR_TOO_MANY_POSTS as for ReleaseMutex() and
 * ReleaseSemaphore()
 */
DWORD WINAPI SignalObjectAndWait(HANDLE signal, HANDLE object, DWORD milliseconds,
				 BOOL alertable);

/**
 * Sleep() - wait for a time
 * @milliseconds: for how long; 0 lets other threads run
 */
void WINAPI Sleep(DWORD milliseconds);

/**
 * SleepEx() - wait for a time, and for what is queued to the thread
 * @milliseconds: for how long; 0 lets other threads run
 * @alertable: whether the wait is alertable: see <wapi/win32/apc.h>
 *
 * Return: 0, or WAIT_IO_COMPLETION if something that was queued has been run
 */
DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable);

#include <wapi/end.h>

#endif /* WAPI_WIN32_WAIT_H */
