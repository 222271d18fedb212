// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The last error: one number for each thread, and what libwapi's errors are in it.
 */
#include "internal.h"

#include <errno.h>

static _Thread_local DWORD last_error;

WIN32_EXPORT DWORD WINAPI GetLastError(void)
{
	return last_error;
}

WIN32_EXPORT void WINAPI SetLastError(DWORD error)
{
	last_error = error;
}

BOOL win32_fail(DWORD error)
{
	last_error = error;
	return FALSE;
}

DWORD win32_error_of(int error)
{
	static const struct {
		int error;
		DWORD code;
	} errors[] = {
		{ EBADF,	ERROR_INVALID_HANDLE },
		{ EOPNOTSUPP,	ERROR_INVALID_HANDLE },
		{ EPROTOTYPE,	ERROR_INVALID_HANDLE },
		{ EINVAL,	ERROR_INVALID_PARAMETER },
		{ ENOENT,	ERROR_FILE_NOT_FOUND },
		{ EEXIST,	ERROR_ALREADY_EXISTS },
		{ EPERM,	ERROR_ACCESS_DENIED },
		{ EACCES,	ERROR_ACCESS_DENIED },
		{ ESRCH,	ERROR_INVALID_PARAMETER },
		{ EFAULT,	ERROR_NOACCESS },
		{ ENOMEM,	ERROR_NOT_ENOUGH_MEMORY },
		{ ENOSPC,	ERROR_NO_SYSTEM_RESOURCES },
		{ EMFILE,	ERROR_TOO_MANY_OPEN_FILES },
		{ ENFILE,	ERROR_TOO_MANY_OPEN_FILES },
		{ EOVERFLOW,	ERROR_ARITHMETIC_OVERFLOW },
		{ EBUSY,	ERROR_BUSY },
		{ ETIMEDOUT,	ERROR_TIMEOUT },
		/* The module is not loaded, or another one; the client has ended. */
		{ ENODEV,	ERROR_NOT_READY },
		{ EPROTONOSUPPORT, ERROR_NOT_SUPPORTED },
		{ ENOTTY,	ERROR_NOT_SUPPORTED },
		{ ESTALE,	ERROR_NOT_READY },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].error == -error)
			return errors[i].code;
	return ERROR_GEN_FAILURE;
}

BOOL win32_fail_errno(int error)
{
	return win32_fail(win32_error_of(error));
}
