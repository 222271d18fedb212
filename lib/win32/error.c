// SPDX-License-Identifier: LGPL-2.1-or-later
/* The last error, which lives as long as its thread. */
#include "internal.h"

static _Thread_local DWORD last_error;

DWORD WINAPI GetLastError(void)
{
	return last_error;
}

void WINAPI SetLastError(DWORD error)
{
	last_error = error;
}

BOOL win32_fail(DWORD error)
{
	last_error = error;
	return FALSE;
}
