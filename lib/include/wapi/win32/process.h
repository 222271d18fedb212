/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes: found by their ids, signalled when they end. */
#ifndef WAPI_WIN32_PROCESS_H
#define WAPI_WIN32_PROCESS_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

#define STILL_ACTIVE	259U

/* Rights, of which PROCESS_TERMINATE is looked at by OpenProcess(). */
#define PROCESS_TERMINATE			0x0001U
#define PROCESS_CREATE_THREAD			0x0002U
#define PROCESS_VM_OPERATION			0x0008U
#define PROCESS_VM_READ				0x0010U
#define PROCESS_VM_WRITE			0x0020U
#define PROCESS_DUP_HANDLE			0x0040U
#define PROCESS_CREATE_PROCESS			0x0080U
#define PROCESS_SET_QUOTA			0x0100U
#define PROCESS_SET_INFORMATION			0x0200U
#define PROCESS_QUERY_INFORMATION		0x0400U
#define PROCESS_SUSPEND_RESUME			0x0800U
#define PROCESS_QUERY_LIMITED_INFORMATION	0x1000U
#define PROCESS_ALL_ACCESS			0x001fffffU

/**
 * OpenProcess() - a handle of the process of an id
 * @access: with PROCESS_TERMINATE the caller must be permitted to end it; else not
 *          looked at
 * @inherit: whether children inherit the handle
 * @id: the process id
 *
 * Return: the handle; or NULL with ERROR_INVALID_PARAMETER if there is no such process,
 * ERROR_ACCESS_DENIED
 */
HANDLE WINAPI OpenProcess(DWORD access, BOOL inherit, DWORD id);

/**
 * ExitProcess() - end the calling process
 * @code: what GetExitCodeProcess() tells
 *
 * As exit(): what was registered with atexit() is run.
 */
#ifdef __GNUC__
__attribute__((__noreturn__))
#endif
void WINAPI ExitProcess(UINT code);

/**
 * TerminateProcess() - end a process at once
 * @process: the process
 * @code: what GetExitCodeProcess() tells
 *
 * It has not ended yet when this returns: wait for it.
 *
 * Return: TRUE; or FALSE with ERROR_INVALID_HANDLE, or ERROR_ACCESS_DENIED if it has
 * ended, or the caller may not
 */
BOOL WINAPI TerminateProcess(HANDLE process, UINT code);

/**
 * GetExitCodeProcess() - with what a process ended
 * @process: the process, of whoever
 * @code: out: STILL_ACTIVE while it runs; what ExitProcess() or TerminateProcess() was
 *        given; else what exit() was, or 128 and the number of the signal that ended it
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE
 */
BOOL WINAPI GetExitCodeProcess(HANDLE process, LPDWORD code);

/**
 * GetCurrentProcess() - a pseudo-handle of the calling process
 *
 * Return: (HANDLE)-1, which need not be closed
 */
HANDLE WINAPI GetCurrentProcess(void);

/**
 * GetCurrentProcessId() - the id of the calling process
 *
 * Return: the id, which is Linux's
 */
DWORD WINAPI GetCurrentProcessId(void);

/**
 * GetProcessId() - the id of a process
 * @process: the process
 *
 * Return: the id; or 0 with ERROR_INVALID_HANDLE
 */
DWORD WINAPI GetProcessId(HANDLE process);

/**
 * GetProcessTimes() - when a process began and ended, and how long it ran
 * @process: the process
 * @creation: out: when it began
 * @exit: out: when it ended; zeros while it runs
 * @kernel: out: how long it ran in the kernel, all its threads together
 * @user: out: how long elsewhere
 *
 * Return: TRUE; or FALSE with ERROR_INVALID_HANDLE, ERROR_NOT_SUPPORTED if it has ended:
 * how long it ran is not known any more
 */
BOOL WINAPI GetProcessTimes(HANDLE process, LPFILETIME creation, LPFILETIME exit,
			    LPFILETIME kernel, LPFILETIME user);

/**
 * GetProcessWorkingSetSize() - how much memory is kept for a process
 * @process: the process
 * @minimum: out: what it has at least: 0, as Linux keeps nothing
 * @maximum: out: its limit of resident memory; all bits set for none
 *
 * Return: TRUE; or FALSE with ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED if it has ended
 * or the caller may not ask
 */
BOOL WINAPI GetProcessWorkingSetSize(HANDLE process, PSIZE_T minimum, PSIZE_T maximum);

/**
 * EnumProcesses() - the ids of all processes that the caller can see
 * @ids: out: the ids, as many as there is room for
 * @size: of @ids, in bytes
 * @needed: out: how many bytes were written
 *
 * If that is all of @size there may be more.
 *
 * Return: TRUE, or FALSE with an error
 */
BOOL WINAPI EnumProcesses(LPDWORD ids, DWORD size, LPDWORD needed);

/**
 * K32EnumProcesses() - EnumProcesses() by its other name
 * @ids: as there
 * @size: as there
 * @needed: as there
 *
 * Return: as there
 */
BOOL WINAPI K32EnumProcesses(LPDWORD ids, DWORD size, LPDWORD needed);

/**
 * WaitForInputIdle() - wait until a process with windows waits for input
 * @process: the process
 * @milliseconds: not used
 *
 * No process has windows here; of console programs it returns at once.
 *
 * Return: WAIT_FAILED, 0xFFFFFFFF, with ERROR_NOT_GUI_PROCESS or ERROR_INVALID_HANDLE
 */
DWORD WINAPI WaitForInputIdle(HANDLE process, DWORD milliseconds);

#include <wapi/end.h>

#endif /* WAPI_WIN32_PROCESS_H */
