// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events by their Win32 names.  Their state is the kernel's; nothing is kept here. */
#include "internal.h"

static HANDLE create(LPSECURITY_ATTRIBUTES attributes, DWORD flags, struct win32_name *name)
{
	struct wapi_client *client = win32_client();
	uint32_t event = 0, new_flags = 0;
	bool existed = false;
	int error;

	if (flags & CREATE_EVENT_MANUAL_RESET)
		new_flags |= WAPI_NEW_MANUAL;
	if (flags & CREATE_EVENT_INITIAL_SET)
		new_flags |= WAPI_NEW_SIGNALLED;
	if (!client)
		return win32_not_created(name);
	error = wapi_event_new(client, new_flags, name->kernel, &event, &existed);
	return win32_created(name, error, event, existed, attributes);
}

static bool flags_are_known(DWORD flags)
{
	if (!(flags & ~(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)))
		return true;
	return win32_fail(ERROR_INVALID_PARAMETER);
}

WIN32_EXPORT HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR text,
					  DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!flags_are_known(flags) || !win32_name_a(&name, text, false))
		return NULL;
	return create(attributes, flags, &name);
}

WIN32_EXPORT HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR text,
					  DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!flags_are_known(flags) || !win32_name_w(&name, text, false))
		return NULL;
	return create(attributes, flags, &name);
}

static DWORD flags_of(BOOL manual_reset, BOOL initial_state)
{
	return (manual_reset ? CREATE_EVENT_MANUAL_RESET : 0) |
	       (initial_state ? CREATE_EVENT_INITIAL_SET : 0);
}

WIN32_EXPORT HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
					BOOL initial_state, LPCSTR name)
{
	return CreateEventExA(attributes, name, flags_of(manual_reset, initial_state),
			      EVENT_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
					BOOL initial_state, LPCWSTR name)
{
	return CreateEventExW(attributes, name, flags_of(manual_reset, initial_state),
			      EVENT_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI OpenEventA(DWORD access, BOOL inherit, LPCSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_a(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_EVENT, inherit);
}

WIN32_EXPORT HANDLE WINAPI OpenEventW(DWORD access, BOOL inherit, LPCWSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_w(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_EVENT, inherit);
}

static BOOL change(HANDLE handle,
		   int (*how)(struct wapi_client *client, uint32_t event, bool *previous))
{
	uint32_t event;
	int error;

	if (!win32_handle_object_of(handle, WAPI_TYPE_EVENT, &event))
		return FALSE;
	error = how(win32_client(), event, NULL);
	return error ? win32_fail_errno(error) : TRUE;
}

WIN32_EXPORT BOOL WINAPI SetEvent(HANDLE event)
{
	return change(event, wapi_set);
}

WIN32_EXPORT BOOL WINAPI ResetEvent(HANDLE event)
{
	return change(event, wapi_reset);
}

WIN32_EXPORT BOOL WINAPI PulseEvent(HANDLE event)
{
	return change(event, wapi_pulse);
}
