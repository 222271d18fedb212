/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment: the variables of the process, which are those of getenv() and
 * setenv() too.  So names are case-sensitive.
 */
#ifndef WAPI_WIN32_ENVIRONMENT_H
#define WAPI_WIN32_ENVIRONMENT_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/**
 * GetEnvironmentVariableA() - the value of a variable
 * @name: its name
 * @value: out: its value; not written to if there is too little room
 * @size: room for it, in characters; may be 0
 *
 * Return: the length of the value; or, if that and a zero find no room, how much is
 * needed, the zero included; or 0 with ERROR_ENVVAR_NOT_FOUND, ERROR_INVALID_PARAMETER
 */
DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR value, DWORD size);

/**
 * GetEnvironmentVariableW() - GetEnvironmentVariableA() in UTF-16
 * @name: as there
 * @value: out: as there
 * @size: as there
 *
 * Return: as there; 0 with ERROR_NO_UNICODE_TRANSLATION for malformed text
 */
DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR value, DWORD size);

/**
 * SetEnvironmentVariableA() - set a variable, or remove it
 * @name: its name, not empty and without "="
 * @value: its value, or NULL to remove it
 *
 * Return: TRUE; or FALSE with ERROR_INVALID_PARAMETER, ERROR_ENVVAR_NOT_FOUND for one to
 * remove that is not there, ERROR_NOT_ENOUGH_MEMORY
 */
BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value);

/**
 * SetEnvironmentVariableW() - SetEnvironmentVariableA() in UTF-16
 * @name: as there
 * @value: as there
 *
 * Return: as there; FALSE with ERROR_NO_UNICODE_TRANSLATION for malformed text
 */
BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value);

/**
 * GetEnvironmentStringsA() - a copy of all variables
 *
 * Return: "name=value" strings, each ending in a zero, and one more at the end; to be
 * freed with FreeEnvironmentStringsA(); or NULL with ERROR_NOT_ENOUGH_MEMORY
 */
LPSTR WINAPI GetEnvironmentStringsA(void);

/**
 * GetEnvironmentStringsW() - GetEnvironmentStringsA() in UTF-16
 *
 * Return: as there, to be freed with FreeEnvironmentStringsW(); NULL with
 * ERROR_NO_UNICODE_TRANSLATION if one of them is no valid UTF-8
 */
LPWSTR WINAPI GetEnvironmentStringsW(void);

/**
 * FreeEnvironmentStringsA() - free what GetEnvironmentStringsA() gave
 * @strings: it
 *
 * Return: TRUE
 */
BOOL WINAPI FreeEnvironmentStringsA(LPSTR strings);

/**
 * FreeEnvironmentStringsW() - free what GetEnvironmentStringsW() gave
 * @strings: it
 *
 * Return: TRUE
 */
BOOL WINAPI FreeEnvironmentStringsW(LPWSTR strings);

/**
 * ExpandEnvironmentStringsA() - put values in the place of %name%
 * @source: the text; what is no variable's name stays, with its two "%"
 * @destination: out: the text; not written to if there is too little room
 * @size: room for it, in characters; may be 0
 *
 * Return: its length with the final zero, which is what is needed if it is above @size;
 * or 0 with an error
 */
DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR source, LPSTR destination, DWORD size);

/**
 * ExpandEnvironmentStringsW() - ExpandEnvironmentStringsA() in UTF-16
 * @source: as there
 * @destination: out: as there
 * @size: as there
 *
 * Return: as there; 0 with ERROR_NO_UNICODE_TRANSLATION for malformed text
 */
DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR source, LPWSTR destination, DWORD size);

#ifdef UNICODE
#define GetEnvironmentVariable		GetEnvironmentVariableW
#define SetEnvironmentVariable		SetEnvironmentVariableW
#define GetEnvironmentStrings		GetEnvironmentStringsW
#define FreeEnvironmentStrings		FreeEnvironmentStringsW
#define ExpandEnvironmentStrings	ExpandEnvironmentStringsW
#else
#define GetEnvironmentVariable		GetEnvironmentVariableA
#define SetEnvironmentVariable		SetEnvironmentVariableA
#define GetEnvironmentStrings		GetEnvironmentStringsA
#define FreeEnvironmentStrings		FreeEnvironmentStringsA
#define ExpandEnvironmentStrings	ExpandEnvironmentStringsA
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_ENVIRONMENT_H */
