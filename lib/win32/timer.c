// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waitable timers by their Win32 names.  Their state is the kernel's; see routine.c for
 * the routines that threads call.
 */
#include "internal.h"

static HANDLE create(LPSECURITY_ATTRIBUTES attributes, DWORD flags, struct win32_name *name)
{
	struct wapi_client *client = win32_client();
	uint32_t timer = 0, new_flags = 0;
	bool existed = false;
	int error;

	if (flags & CREATE_WAITABLE_TIMER_MANUAL_RESET)
		new_flags |= WAPI_NEW_MANUAL;
	if (!client)
		return win32_not_created(name);
	error = wapi_timer_new(client, new_flags, name->kernel, &timer, &existed);
	return win32_created(name, error, timer, existed, attributes);
}

static bool flags_are_known(DWORD flags)
{
	if (!(flags & ~(CREATE_WAITABLE_TIMER_MANUAL_RESET |
			CREATE_WAITABLE_TIMER_HIGH_RESOLUTION)))
		return true;
	return win32_fail(ERROR_INVALID_PARAMETER);
}

WIN32_EXPORT HANDLE WINAPI CreateWaitableTimerExA(LPSECURITY_ATTRIBUTES attributes,
						  LPCSTR text, DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!flags_are_known(flags) || !win32_name_a(&name, text, false))
		return NULL;
	return create(attributes, flags, &name);
}

WIN32_EXPORT HANDLE WINAPI CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES attributes,
						  LPCWSTR text, DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!flags_are_known(flags) || !win32_name_w(&name, text, false))
		return NULL;
	return create(attributes, flags, &name);
}

static DWORD flags_of(BOOL manual_reset)
{
	return manual_reset ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0;
}

WIN32_EXPORT HANDLE WINAPI CreateWaitableTimerA(LPSECURITY_ATTRIBUTES attributes,
						BOOL manual_reset, LPCSTR name)
{
	return CreateWaitableTimerExA(attributes, name, flags_of(manual_reset),
				      TIMER_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI CreateWaitableTimerW(LPSECURITY_ATTRIBUTES attributes,
						BOOL manual_reset, LPCWSTR name)
{
	return CreateWaitableTimerExW(attributes, name, flags_of(manual_reset),
				      TIMER_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI OpenWaitableTimerA(DWORD access, BOOL inherit, LPCSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_a(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_TIMER, inherit);
}

WIN32_EXPORT HANDLE WINAPI OpenWaitableTimerW(DWORD access, BOOL inherit, LPCWSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_w(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_TIMER, inherit);
}

/* When, as the kernel is told; what is out of its reach is never. */
static int64_t due_of(LONGLONG ticks, uint32_t *flags)
{
	uint64_t units;

	if (ticks < 0) {
		*flags = 0;
		units = -(uint64_t)ticks;
	} else {
		*flags = WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME;
		/* A time before 1970 has passed in any case. */
		units = ticks > WIN32_UNIX_EPOCH ? (uint64_t)(ticks - WIN32_UNIX_EPOCH) : 0;
	}
	if (units > (uint64_t)WAPI_TIMER_NEVER / 100)
		return WAPI_TIMER_NEVER;
	return (int64_t)units * 100;
}

WIN32_EXPORT BOOL WINAPI SetWaitableTimer(HANDLE handle, const LARGE_INTEGER *due, LONG period,
					  PTIMERAPCROUTINE routine, LPVOID argument,
					  BOOL resume)
{
	struct win32_routine *prepared = NULL;
	struct wapi_timer_set told;
	uint32_t timer, flags;
	int64_t at;
	int error;

	if (!due)
		return win32_fail(ERROR_NOACCESS);
	if (period < 0)
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (!win32_handle_object_of(handle, WAPI_TYPE_TIMER, &timer))
		return FALSE;
	if (routine) {
		prepared = win32_routine_prepare(routine, argument);
		if (!prepared)
			return FALSE;
	}
	at = due_of(due->QuadPart, &flags);
	error = wapi_timer_set(win32_client(), timer, flags, at,
			       (uint64_t)period * WIN32_NS_PER_MS, &told);
	if (error) {
		win32_routine_discard(prepared);
		return win32_fail_errno(error);
	}
	win32_routine_forget_of(timer);
	if (prepared)
		win32_routine_add(prepared, &told);
	if (resume)
		SetLastError(ERROR_NOT_SUPPORTED);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI CancelWaitableTimer(HANDLE handle)
{
	uint32_t timer;
	int error;

	if (!win32_handle_object_of(handle, WAPI_TYPE_TIMER, &timer))
		return FALSE;
	error = wapi_timer_cancel(win32_client(), timer, NULL);
	if (error)
		return win32_fail_errno(error);
	win32_routine_forget_of(timer);
	return TRUE;
}
