/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waitable timers: signalled at a time, once or again after each period.
 *
 * A timer is signalled by the kernel, in whatever process it was set, and belongs to
 * none.  Its completion routine is called by the thread that set it, when that waits
 * alertably: see <wapi/win32/apc.h>.  Names are those of all objects: see
 * <wapi/win32/event.h>.
 */
#ifndef WAPI_WIN32_TIMER_H
#define WAPI_WIN32_TIMER_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* For CreateWaitableTimerEx(). */
#define CREATE_WAITABLE_TIMER_MANUAL_RESET	0x00000001U
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION	0x00000002U	/* as all are here */

/* Rights, which are not looked at. */
#define TIMER_QUERY_STATE			0x00000001U
#define TIMER_MODIFY_STATE			0x00000002U
#define TIMER_ALL_ACCESS			0x001f0003U

/**
 * typedef PTIMERAPCROUTINE - what a thread calls when a timer has been signalled
 * @argument: what was given to SetWaitableTimer()
 * @low: the lower half of the time at which it was due, as in a FILETIME
 * @high: the upper half
 */
typedef VOID (*PTIMERAPCROUTINE)(LPVOID argument, DWORD low, DWORD high);

/**
 * CreateWaitableTimerA() - make a timer, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @manual_reset: it stays signalled until it is set anew, else it satisfies one wait
 * @name: its name, UTF-8; or NULL for none
 *
 * A new timer is not signalled, and not set.
 *
 * Return: the handle, with ERROR_ALREADY_EXISTS as the last error if the timer was
 * there already, and 0 if not; or NULL with ERROR_INVALID_HANDLE if the name is that of
 * an object of another type, or an error of the name or of resources
 */
HANDLE WINAPI CreateWaitableTimerA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
				   LPCSTR name);

/**
 * CreateWaitableTimerW() - CreateWaitableTimerA() with a name in UTF-16
 * @attributes: as there
 * @manual_reset: as there
 * @name: its name; or NULL for none
 *
 * Return: as CreateWaitableTimerA()
 */
HANDLE WINAPI CreateWaitableTimerW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
				   LPCWSTR name);

/**
 * CreateWaitableTimerExA() - make a timer, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @name: its name, UTF-8; or NULL for none
 * @flags: CREATE_WAITABLE_TIMER_MANUAL_RESET, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
 * @access: not looked at
 *
 * Return: as CreateWaitableTimerA(); ERROR_INVALID_PARAMETER for other flags
 */
HANDLE WINAPI CreateWaitableTimerExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name,
				     DWORD flags, DWORD access);

/**
 * CreateWaitableTimerExW() - CreateWaitableTimerExA() with a name in UTF-16
 * @attributes: as there
 * @name: its name; or NULL for none
 * @flags: as there
 * @access: not looked at
 *
 * Return: as CreateWaitableTimerExA()
 */
HANDLE WINAPI CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name,
				     DWORD flags, DWORD access);

/**
 * OpenWaitableTimerA() - open the timer of a name
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name, UTF-8
 *
 * Return: the handle; or NULL with ERROR_FILE_NOT_FOUND if there is none of that name,
 * ERROR_INVALID_HANDLE if it is of another type, ERROR_INVALID_PARAMETER for NULL, or
 * another error of the name
 */
HANDLE WINAPI OpenWaitableTimerA(DWORD access, BOOL inherit, LPCSTR name);

/**
 * OpenWaitableTimerW() - OpenWaitableTimerA() with a name in UTF-16
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name
 *
 * Return: as OpenWaitableTimerA()
 */
HANDLE WINAPI OpenWaitableTimerW(DWORD access, BOOL inherit, LPCWSTR name);

/**
 * SetWaitableTimer() - set a timer, anew if it was set
 * @timer: the timer
 * @due: when it is signalled, in units of 100 ns: negative, a time from now; else a
 *       time in UTC, as in a FILETIME, and then it follows who sets the clock
 * @period: in milliseconds, after which it is signalled again and again; 0 for once
 * @routine: called by this thread when it waits alertably after that; or NULL
 * @argument: given to @routine
 * @resume: the system is to wake from its sleep for it, which it cannot
 *
 * The timer is not signalled until then, and a routine that waits to be called for
 * what it was set to before is not called any more.  If the thread ends, a timer that
 * it set with a routine is stopped.
 *
 * Return: TRUE, with ERROR_NOT_SUPPORTED as the last error if @resume; or FALSE with
 * ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER if @period is negative, ERROR_NOACCESS
 * if @due is NULL, ERROR_NOT_ENOUGH_MEMORY
 */
BOOL WINAPI SetWaitableTimer(HANDLE timer, const LARGE_INTEGER *due, LONG period,
			     PTIMERAPCROUTINE routine, LPVOID argument, BOOL resume);

/**
 * CancelWaitableTimer() - stop a timer
 * @timer: the timer
 *
 * It stays signalled if it is, but becomes so no more until it is set anew, and a
 * routine that waits to be called is not called any more.
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE
 */
BOOL WINAPI CancelWaitableTimer(HANDLE timer);

#ifdef UNICODE
#define CreateWaitableTimer	CreateWaitableTimerW
#define CreateWaitableTimerEx	CreateWaitableTimerExW
#define OpenWaitableTimer	OpenWaitableTimerW
#else
#define CreateWaitableTimer	CreateWaitableTimerA
#define CreateWaitableTimerEx	CreateWaitableTimerExA
#define OpenWaitableTimer	OpenWaitableTimerA
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_TIMER_H */
