/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calling program: where it is, and the command line that it was started with. */
#ifndef WAPI_WIN32_PROGRAM_H
#define WAPI_WIN32_PROGRAM_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/**
 * GetCommandLineA() - the command line of the calling program
 *
 * As CreateProcess() was given it; else made of the arguments, with quotes where they
 * are needed.
 *
 * Return: the text, which must not be changed; NULL with ERROR_NOT_ENOUGH_MEMORY
 */
LPSTR WINAPI GetCommandLineA(void);

/**
 * GetCommandLineW() - GetCommandLineA() in UTF-16
 *
 * Return: as there; NULL with ERROR_NO_UNICODE_TRANSLATION if it is no valid UTF-8
 */
LPWSTR WINAPI GetCommandLineW(void);

/**
 * CommandLineToArgvW() - the words of a command line
 * @command_line: the command line; if it is empty, the one word is the path of the
 *                calling program
 * @count: out: how many
 *
 * Return: the words, and a NULL behind the last, all in one piece of memory for
 * LocalFree(); or NULL with ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY
 */
LPWSTR *CommandLineToArgvW(LPCWSTR command_line, int *count);

/* No module but the program has a handle here, and that is NULL. */
typedef HANDLE HMODULE, HINSTANCE;

/**
 * GetModuleFileNameA() - the path of the calling program
 * @module: NULL: the program; there are no others
 * @path: out: the path
 * @size: room for it, in characters
 *
 * Return: its length; or @size with ERROR_INSUFFICIENT_BUFFER if it was cut off to
 * @size characters, the final zero included; or 0 with ERROR_MOD_NOT_FOUND,
 * ERROR_INSUFFICIENT_BUFFER for a size of 0, or another error
 */
DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR path, DWORD size);

/**
 * GetModuleFileNameW() - GetModuleFileNameA() in UTF-16
 * @module: as there
 * @path: out: the path
 * @size: as there
 *
 * Return: as there
 */
DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR path, DWORD size);

#ifdef UNICODE
#define GetCommandLine		GetCommandLineW
#define GetModuleFileName	GetModuleFileNameW
#else
#define GetCommandLine		GetCommandLineA
#define GetModuleFileName	GetModuleFileNameA
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_PROGRAM_H */
