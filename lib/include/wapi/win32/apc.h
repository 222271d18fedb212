/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asynchronous procedure calls: functions that are queued to a thread, and that it
 * calls itself when it next waits alertably: all of them, in the order in which they
 * were queued, those included that they queue themselves.
 *
 * A thread that was not yet started calls what is queued to it before all else.
 */
#ifndef WAPI_WIN32_APC_H
#define WAPI_WIN32_APC_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/**
 * typedef PAPCFUNC - what QueueUserAPC() has called
 * @data: what was given to it
 */
typedef void (*PAPCFUNC)(ULONG_PTR data);

/**
 * QueueUserAPC() - have a function called by a thread
 * @function: the function
 * @thread: the thread, of the calling process; or the pseudo-handle of the calling one
 * @data: given to @function
 *
 * A thread that waits alertably is woken.
 *
 * Return: not 0; or 0 with ERROR_GEN_FAILURE if the thread has ended,
 * ERROR_INVALID_HANDLE if it is none, ERROR_NOT_SUPPORTED if it is of another process,
 * ERROR_INVALID_PARAMETER if @function is NULL, ERROR_NOT_ENOUGH_MEMORY
 */
DWORD WINAPI QueueUserAPC(PAPCFUNC function, HANDLE thread, ULONG_PTR data);

#include <wapi/end.h>

#endif /* WAPI_WIN32_APC_H */
