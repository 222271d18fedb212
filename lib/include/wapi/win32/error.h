/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last error: a number that each thread has. */
#ifndef WAPI_WIN32_ERROR_H
#define WAPI_WIN32_ERROR_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

#define ERROR_SUCCESS			0U
#define NO_ERROR			0U
#define ERROR_INVALID_PARAMETER		87U
#define ERROR_NOACCESS			998U

/**
 * GetLastError() - why the last function that failed in this thread did so
 *
 * A function that succeeds leaves it alone, if nothing else is said.
 *
 * Return: the number.
 */
DWORD WINAPI GetLastError(void);

/**
 * SetLastError() - set the last error of the calling thread
 * @dwErrCode: any number
 */
void WINAPI SetLastError(DWORD dwErrCode);

#include <wapi/end.h>

#endif /* WAPI_WIN32_ERROR_H */
