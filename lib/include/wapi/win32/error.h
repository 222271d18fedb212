/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last error of a thread, with Windows' numbers. */
#ifndef WAPI_WIN32_ERROR_H
#define WAPI_WIN32_ERROR_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

#define NO_ERROR			0U
#define ERROR_SUCCESS			0U
#define ERROR_INVALID_FUNCTION		1U
#define ERROR_FILE_NOT_FOUND		2U
#define ERROR_PATH_NOT_FOUND		3U
#define ERROR_TOO_MANY_OPEN_FILES	4U
#define ERROR_ACCESS_DENIED		5U
#define ERROR_INVALID_HANDLE		6U
#define ERROR_NOT_ENOUGH_MEMORY		8U
#define ERROR_INVALID_DATA		13U
#define ERROR_OUTOFMEMORY		14U
#define ERROR_NOT_READY			21U
#define ERROR_GEN_FAILURE		31U
#define ERROR_NOT_SUPPORTED		50U
#define ERROR_INVALID_PARAMETER		87U
#define ERROR_INSUFFICIENT_BUFFER	122U
#define ERROR_INVALID_NAME		123U
#define ERROR_BUSY			170U
#define ERROR_ALREADY_EXISTS		183U
#define ERROR_FILENAME_EXCED_RANGE	206U
#define ERROR_NOT_OWNER			288U
#define ERROR_TOO_MANY_POSTS		298U
#define ERROR_MR_MID_NOT_FOUND		317U
#define ERROR_ARITHMETIC_OVERFLOW	534U
#define ERROR_NOACCESS			998U
#define ERROR_NO_UNICODE_TRANSLATION	1113U
#define ERROR_NO_SYSTEM_RESOURCES	1450U
#define ERROR_TIMEOUT			1460U
#define ERROR_NOT_SAME_OBJECT		1656U

/**
 * GetLastError() - why the calling thread's last call failed
 *
 * A call that succeeds leaves it alone where nothing else is said.
 *
 * Return: an ERROR_ number
 */
DWORD WINAPI GetLastError(void);

/**
 * SetLastError() - set what GetLastError() tells the calling thread
 * @error: any number
 */
void WINAPI SetLastError(DWORD error);

#include <wapi/end.h>

#endif /* WAPI_WIN32_ERROR_H */
