/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handles: a process's own names of objects.
 *
 * A value is a multiple of 4; the two low bits are ignored.  Two handles to one
 * object are two values, each closed by itself; a closed one is invalid though the
 * object lives on, and the lowest that is free is the next.  A process has up to
 * 65,536.  A child that was made by fork() has none of its parent's.
 */
#ifndef WAPI_WIN32_HANDLE_H
#define WAPI_WIN32_HANDLE_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* For SetHandleInformation(). */
#define HANDLE_FLAG_INHERIT		0x00000001U
#define HANDLE_FLAG_PROTECT_FROM_CLOSE	0x00000002U

/* For DuplicateHandle(). */
#define DUPLICATE_CLOSE_SOURCE		0x00000001U
#define DUPLICATE_SAME_ACCESS		0x00000002U

/**
 * CloseHandle() - close a handle
 * @handle: the handle; of a pseudo-handle there is nothing to close
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE for what is no handle or is
 * protected from being closed
 */
BOOL WINAPI CloseHandle(HANDLE handle);

/**
 * DuplicateHandle() - make another handle to the object of one
 * @source_process: whose @source is: a handle of a process, or a pseudo-handle
 * @source: the handle; GetCurrentProcess() is @source_process, GetCurrentThread() the
 *          calling thread
 * @target_process: whose the new handle will be; NULL only with DUPLICATE_CLOSE_SOURCE,
 *                  to close @source and do nothing else
 * @target: out: the new handle, which is good in @target_process; may be NULL
 * @access: not looked at
 * @inherit: whether children of @target_process inherit it
 * @options: DUPLICATE_SAME_ACCESS, which is what happens anyway, and
 *           DUPLICATE_CLOSE_SOURCE: @source is closed, even if all else fails
 *
 * Another process must use this library, or have been started by CreateProcess(), and
 * handles of files and pipes cannot come from or go to one.
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE for any of the handles,
 * ERROR_INVALID_PARAMETER for other options, ERROR_ACCESS_DENIED if @target_process
 * has ended, ERROR_NOT_SUPPORTED for what cannot be done as above,
 * ERROR_NO_SYSTEM_RESOURCES if it has no room
 */
BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source, HANDLE target_process,
			    LPHANDLE target, DWORD access, BOOL inherit, DWORD options);

/**
 * GetHandleInformation() - tell the flags of a handle
 * @handle: the handle
 * @flags: out: HANDLE_FLAG_INHERIT, HANDLE_FLAG_PROTECT_FROM_CLOSE
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE
 */
BOOL WINAPI GetHandleInformation(HANDLE handle, LPDWORD flags);

/**
 * SetHandleInformation() - change the flags of a handle
 * @handle: the handle
 * @mask: which of them are changed
 * @flags: to what
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE, or ERROR_INVALID_PARAMETER for
 * other flags
 */
BOOL WINAPI SetHandleInformation(HANDLE handle, DWORD mask, DWORD flags);

/**
 * CompareObjectHandles() - are two handles of one object?
 * @first: a handle
 * @second: another one
 *
 * Return: TRUE, or FALSE with ERROR_NOT_SAME_OBJECT, or ERROR_INVALID_HANDLE
 */
BOOL WINAPI CompareObjectHandles(HANDLE first, HANDLE second);

#include <wapi/end.h>

#endif /* WAPI_WIN32_HANDLE_H */
