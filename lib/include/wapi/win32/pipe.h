/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes. */
#ifndef WAPI_WIN32_PIPE_H
#define WAPI_WIN32_PIPE_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/**
 * CreatePipe() - make a pipe without a name
 * @read: out: its end for ReadFile()
 * @write: out: its end for WriteFile()
 * @attributes: whether children inherit both; may be NULL
 * @size: how much it may hold, in bytes: a suggestion; 0 for the usual
 *
 * Return: TRUE; or FALSE with ERROR_INVALID_PARAMETER for a NULL, or
 * ERROR_TOO_MANY_OPEN_FILES, or another error of resources
 */
BOOL WINAPI CreatePipe(PHANDLE read, PHANDLE write, LPSECURITY_ATTRIBUTES attributes,
		       DWORD size);

#include <wapi/end.h>

#endif /* WAPI_WIN32_PIPE_H */
