/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads.  A handle of a thread is signalled from its end on, whichever way it ends.
 *
 * Every thread of the program is one, also the main thread and what pthread_create()
 * has made; see Documentation/win32-api.md for what is decided about those.
 */
#ifndef WAPI_WIN32_THREAD_H
#define WAPI_WIN32_THREAD_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* For CreateThread(). */
#define CREATE_SUSPENDED			0x00000004U
#define STACK_SIZE_PARAM_IS_A_RESERVATION	0x00010000U

/* The exit code of what goes on. */
#ifndef STILL_ACTIVE
#define STILL_ACTIVE		259U
#endif

#define MAXIMUM_SUSPEND_COUNT	127

#define THREAD_PRIORITY_IDLE		(-15)
#define THREAD_PRIORITY_LOWEST		(-2)
#define THREAD_PRIORITY_BELOW_NORMAL	(-1)
#define THREAD_PRIORITY_NORMAL		0
#define THREAD_PRIORITY_ABOVE_NORMAL	1
#define THREAD_PRIORITY_HIGHEST		2
#define THREAD_PRIORITY_TIME_CRITICAL	15
#define THREAD_PRIORITY_ERROR_RETURN	0x7fffffff

#define THREAD_TERMINATE			0x0001U
#define THREAD_SUSPEND_RESUME			0x0002U
#define THREAD_GET_CONTEXT			0x0008U
#define THREAD_SET_CONTEXT			0x0010U
#define THREAD_SET_INFORMATION			0x0020U
#define THREAD_QUERY_INFORMATION		0x0040U
#define THREAD_SET_THREAD_TOKEN			0x0080U
#define THREAD_IMPERSONATE			0x0100U
#define THREAD_DIRECT_IMPERSONATION		0x0200U
#define THREAD_SET_LIMITED_INFORMATION		0x0400U
#define THREAD_QUERY_LIMITED_INFORMATION	0x0800U
#define THREAD_ALL_ACCESS			0x001fffffU

/**
 * typedef PTHREAD_START_ROUTINE - what a thread runs
 * @parameter: what CreateThread() was given
 *
 * Return: the exit code
 */
typedef DWORD (*PTHREAD_START_ROUTINE)(LPVOID parameter);
typedef PTHREAD_START_ROUTINE LPTHREAD_START_ROUTINE;

/**
 * CreateThread() - make a thread
 * @attributes: whether the handle is inherited; may be NULL
 * @stack_size: the least size of its stack, or 0 for the usual one
 * @start: what it runs
 * @parameter: given to @start
 * @flags: CREATE_SUSPENDED: it waits for ResumeThread();
 *         STACK_SIZE_PARAM_IS_A_RESERVATION: the stack may be smaller than the usual one
 * @id: out: its id; may be NULL
 *
 * Return: a handle, or NULL with ERROR_INVALID_PARAMETER for other flags or a NULL
 * @start, ERROR_NOT_ENOUGH_MEMORY, or ERROR_NO_SYSTEM_RESOURCES
 */
HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack_size,
			   LPTHREAD_START_ROUTINE start, LPVOID parameter, DWORD flags,
			   LPDWORD id);

/**
 * OpenThread() - a handle of a thread, of any process of the domain
 * @access: not looked at
 * @inherit: whether children inherit it
 * @id: its id
 *
 * Return: a handle, or NULL with ERROR_INVALID_PARAMETER if there is no such thread, or
 * ERROR_NOT_SUPPORTED if this library does not know it yet
 */
HANDLE WINAPI OpenThread(DWORD access, BOOL inherit, DWORD id);

/**
 * ExitThread() - end the calling thread
 * @code: its exit code
 *
 * The last thread of the process ends that, with the same exit code.
 */
#ifdef __GNUC__
__attribute__((noreturn))
#endif
void WINAPI ExitThread(DWORD code);

/**
 * TerminateThread() - end a thread, whatever it is doing
 * @thread: the thread, of the calling process
 * @code: its exit code
 *
 * It runs nothing more.  What it held is released by the system as far as that knows of
 * it: its mutexes are abandoned.
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED if it has ended,
 * ERROR_NOT_SUPPORTED if it is of another process
 */
BOOL WINAPI TerminateThread(HANDLE thread, DWORD code);

/**
 * GetExitCodeThread() - tell the exit code of a thread
 * @thread: the thread, of any process
 * @code: out: STILL_ACTIVE as long as it has not ended, then its exit code; 0 if it
 *        ended without one
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE, or ERROR_INVALID_PARAMETER for a
 * NULL @code
 */
BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD code);

/**
 * SuspendThread() - let a thread run nothing
 * @thread: the thread, of the calling process
 *
 * Until ResumeThread() has been called as often.  When this returns, it does not run.
 *
 * Return: how often it had been suspended before, or (DWORD)-1 with
 * ERROR_INVALID_HANDLE, ERROR_SIGNAL_REFUSED at MAXIMUM_SUSPEND_COUNT,
 * ERROR_ACCESS_DENIED if it has ended, ERROR_NOT_SUPPORTED if it is of another process
 */
DWORD WINAPI SuspendThread(HANDLE thread);

/**
 * ResumeThread() - undo one SuspendThread(), or CREATE_SUSPENDED
 * @thread: the thread, of the calling process
 *
 * Return: how often it was suspended before: 1 if it goes on, 0 if it was not at all;
 * or (DWORD)-1 with ERROR_INVALID_HANDLE, ERROR_NOT_SUPPORTED if it is of another process
 */
DWORD WINAPI ResumeThread(HANDLE thread);

/**
 * GetCurrentThread() - the pseudo-handle of the calling thread
 *
 * Return: the same value in each
 */
HANDLE WINAPI GetCurrentThread(void);

/**
 * GetCurrentThreadId() - the id of the calling thread
 *
 * Return: the id, which is that of gettid()
 */
DWORD WINAPI GetCurrentThreadId(void);

/**
 * GetThreadId() - the id of a thread
 * @thread: the thread, of any process
 *
 * Return: the id, or 0 with ERROR_INVALID_HANDLE
 */
DWORD WINAPI GetThreadId(HANDLE thread);

/**
 * GetProcessIdOfThread() - the id of the process of a thread
 * @thread: the thread, of any process
 *
 * Return: the id, or 0 with ERROR_INVALID_HANDLE
 */
DWORD WINAPI GetProcessIdOfThread(HANDLE thread);

/**
 * SetThreadPriority() - set the priority of a thread
 * @thread: the thread, of any process
 * @priority: a THREAD_PRIORITY_ number
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER for another
 * number, ERROR_ACCESS_DENIED if the system does not allow it, or the thread has ended
 */
BOOL WINAPI SetThreadPriority(HANDLE thread, int priority);

/**
 * GetThreadPriority() - tell the priority of a thread
 * @thread: the thread, of any process
 *
 * Return: what was set last, or THREAD_PRIORITY_ERROR_RETURN with ERROR_INVALID_HANDLE
 */
int WINAPI GetThreadPriority(HANDLE thread);

/**
 * GetThreadTimes() - tell when a thread began and ended, and how long it ran
 * @thread: the thread, of any process
 * @created: out: when it began
 * @ended: out: when it ended; 0 as long as it has not
 * @kernel: out: how long it ran in the kernel, in units of 100 ns
 * @user: out: how long it ran in the program
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE, or ERROR_INVALID_PARAMETER for a
 * NULL pointer
 */
BOOL WINAPI GetThreadTimes(HANDLE thread, LPFILETIME created, LPFILETIME ended,
			   LPFILETIME kernel, LPFILETIME user);

/**
 * SwitchToThread() - let another thread run on this processor
 *
 * Return: TRUE if another one did
 */
BOOL WINAPI SwitchToThread(void);

#include <wapi/end.h>

#endif /* WAPI_WIN32_THREAD_H */
