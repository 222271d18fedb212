// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mutexes by their Win32 names.  Who owns one is the kernel's to know, and so is what
 * becomes of it when that thread ends; nothing is kept here.
 */
#include "internal.h"

#include <errno.h>

static HANDLE create(LPSECURITY_ATTRIBUTES attributes, DWORD flags, struct win32_name *name)
{
	uint32_t mutex = 0, owned = flags & CREATE_MUTEX_INITIAL_OWNER ? WAPI_NEW_OWNED : 0;
	struct wapi_client *client = win32_client();
	bool existed = false;
	int error;

	if (!client)
		return win32_not_created(name);
	error = wapi_mutex_new(client, owned, name->kernel, &mutex, &existed);
	return win32_created(name, error, mutex, existed, attributes);
}

static bool flags_are_known(DWORD flags)
{
	if (!(flags & ~CREATE_MUTEX_INITIAL_OWNER))
		return true;
	return win32_fail(ERROR_INVALID_PARAMETER);
}

WIN32_EXPORT HANDLE WINAPI CreateMutexExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR text,
					  DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!flags_are_known(flags) || !win32_name_a(&name, text, false))
		return NULL;
	return create(attributes, flags, &name);
}

WIN32_EXPORT HANDLE WINAPI CreateMutexExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR text,
					  DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!flags_are_known(flags) || !win32_name_w(&name, text, false))
		return NULL;
	return create(attributes, flags, &name);
}

WIN32_EXPORT HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner,
					LPCSTR name)
{
	return CreateMutexExA(attributes, name,
			      initial_owner ? CREATE_MUTEX_INITIAL_OWNER : 0,
			      MUTEX_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner,
					LPCWSTR name)
{
	return CreateMutexExW(attributes, name,
			      initial_owner ? CREATE_MUTEX_INITIAL_OWNER : 0,
			      MUTEX_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI OpenMutexA(DWORD access, BOOL inherit, LPCSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_a(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_MUTEX, inherit);
}

WIN32_EXPORT HANDLE WINAPI OpenMutexW(DWORD access, BOOL inherit, LPCWSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_w(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_MUTEX, inherit);
}

WIN32_EXPORT BOOL WINAPI ReleaseMutex(HANDLE handle)
{
	uint32_t mutex;
	int error;

	if (!win32_handle_object_of(handle, WAPI_TYPE_MUTEX, &mutex))
		return FALSE;
	error = wapi_mutex_release(win32_client(), mutex, NULL);
	if (error == -EPERM)
		return win32_fail(ERROR_NOT_OWNER);
	return error ? win32_fail_errno(error) : TRUE;
}
