// SPDX-License-Identifier: LGPL-2.1-or-later
/* Semaphores by their Win32 names.  The count is the kernel's; nothing is kept here. */
#include "internal.h"

#include <errno.h>

/* To the kernel, a maximum of 0 is the greatest there is, and nothing is negative. */
static bool are_good(LONG count, LONG maximum, DWORD flags)
{
	if (count >= 0 && maximum > 0 && count <= maximum && !flags)
		return true;
	win32_fail(ERROR_INVALID_PARAMETER);
	return false;
}

static HANDLE create(LPSECURITY_ATTRIBUTES attributes, LONG count, LONG maximum,
		     struct win32_name *name)
{
	struct wapi_client *client = win32_client();
	uint32_t semaphore = 0;
	bool existed = false;
	int error;

	if (!client)
		return win32_not_created(name);
	error = wapi_sem_new(client, 0, count, maximum, name->kernel, &semaphore, &existed);
	return win32_created(name, error, semaphore, existed, attributes);
}

WIN32_EXPORT HANDLE WINAPI CreateSemaphoreExA(LPSECURITY_ATTRIBUTES attributes,
					      LONG initial_count, LONG maximum_count,
					      LPCSTR text, DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!are_good(initial_count, maximum_count, flags) ||
	    !win32_name_a(&name, text, false))
		return NULL;
	return create(attributes, initial_count, maximum_count, &name);
}

WIN32_EXPORT HANDLE WINAPI CreateSemaphoreExW(LPSECURITY_ATTRIBUTES attributes,
					      LONG initial_count, LONG maximum_count,
					      LPCWSTR text, DWORD flags, DWORD access)
{
	struct win32_name name;

	(void)access;
	if (!are_good(initial_count, maximum_count, flags) ||
	    !win32_name_w(&name, text, false))
		return NULL;
	return create(attributes, initial_count, maximum_count, &name);
}

WIN32_EXPORT HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes,
					    LONG initial_count, LONG maximum_count,
					    LPCSTR name)
{
	return CreateSemaphoreExA(attributes, initial_count, maximum_count, name, 0,
				  SEMAPHORE_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES attributes,
					    LONG initial_count, LONG maximum_count,
					    LPCWSTR name)
{
	return CreateSemaphoreExW(attributes, initial_count, maximum_count, name, 0,
				  SEMAPHORE_ALL_ACCESS);
}

WIN32_EXPORT HANDLE WINAPI OpenSemaphoreA(DWORD access, BOOL inherit, LPCSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_a(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_SEM, inherit);
}

WIN32_EXPORT HANDLE WINAPI OpenSemaphoreW(DWORD access, BOOL inherit, LPCWSTR text)
{
	struct win32_name name;

	(void)access;
	if (!win32_name_w(&name, text, true))
		return NULL;
	return win32_open_name(&name, WAPI_TYPE_SEM, inherit);
}

WIN32_EXPORT BOOL WINAPI ReleaseSemaphore(HANDLE handle, LONG count, LPLONG previous)
{
	uint32_t semaphore, before;
	int error;

	if (!win32_handle_object_of(handle, WAPI_TYPE_SEM, &semaphore))
		return FALSE;
	if (count <= 0)
		return win32_fail(ERROR_INVALID_PARAMETER);
	error = wapi_sem_release(win32_client(), semaphore, count, &before);
	if (error == -EOVERFLOW)
		return win32_fail(ERROR_TOO_MANY_POSTS);
	if (error)
		return win32_fail_errno(error);
	if (previous)
		*previous = before;
	return TRUE;
}
