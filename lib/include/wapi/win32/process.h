/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes: made by CreateProcess(), found by their ids, signalled when they end.
 *
 * A program is a Linux program, and paths are Linux's.  Its arguments come from the
 * command line by Microsoft's rules for C programs.  What CreateProcess() starts is no
 * child for wait(): its parent need not, and cannot, wait for it otherwise than by its
 * handle.
 */
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

/* For CreateProcess(). */
#define DEBUG_PROCESS			0x00000001U
#define DEBUG_ONLY_THIS_PROCESS		0x00000002U
#ifndef CREATE_SUSPENDED
#define CREATE_SUSPENDED		0x00000004U
#endif
#define DETACHED_PROCESS		0x00000008U
#define CREATE_NEW_CONSOLE		0x00000010U
#define NORMAL_PRIORITY_CLASS		0x00000020U
#define IDLE_PRIORITY_CLASS		0x00000040U
#define HIGH_PRIORITY_CLASS		0x00000080U
#define REALTIME_PRIORITY_CLASS		0x00000100U
#define CREATE_NEW_PROCESS_GROUP	0x00000200U
#define CREATE_UNICODE_ENVIRONMENT	0x00000400U
#define CREATE_SEPARATE_WOW_VDM		0x00000800U
#define CREATE_SHARED_WOW_VDM		0x00001000U
#define BELOW_NORMAL_PRIORITY_CLASS	0x00004000U
#define ABOVE_NORMAL_PRIORITY_CLASS	0x00008000U
#define INHERIT_PARENT_AFFINITY		0x00010000U
#define CREATE_PROTECTED_PROCESS	0x00040000U
#define EXTENDED_STARTUPINFO_PRESENT	0x00080000U
#define CREATE_SECURE_PROCESS		0x00400000U
#define CREATE_BREAKAWAY_FROM_JOB	0x01000000U
#define CREATE_PRESERVE_CODE_AUTHZ_LEVEL 0x02000000U
#define CREATE_DEFAULT_ERROR_MODE	0x04000000U
#define CREATE_NO_WINDOW		0x08000000U

/* Flags of STARTUPINFO. */
#define STARTF_USESHOWWINDOW	0x00000001U
#define STARTF_USESIZE		0x00000002U
#define STARTF_USEPOSITION	0x00000004U
#define STARTF_USECOUNTCHARS	0x00000008U
#define STARTF_USEFILLATTRIBUTE	0x00000010U
#define STARTF_RUNFULLSCREEN	0x00000020U
#define STARTF_FORCEONFEEDBACK	0x00000040U
#define STARTF_FORCEOFFFEEDBACK	0x00000080U
#define STARTF_USESTDHANDLES	0x00000100U

/* How a program begins; what is of windows is not looked at. */
typedef struct _STARTUPINFOA {
	DWORD cb;		/* the size of this structure */
	LPSTR lpReserved;
	LPSTR lpDesktop;
	LPSTR lpTitle;
	DWORD dwX;
	DWORD dwY;
	DWORD dwXSize;
	DWORD dwYSize;
	DWORD dwXCountChars;
	DWORD dwYCountChars;
	DWORD dwFillAttribute;
	DWORD dwFlags;		/* STARTF_*: whether the last three are used */
	WORD wShowWindow;
	WORD cbReserved2;
	LPBYTE lpReserved2;
	HANDLE hStdInput;	/* to be inherited, as all handles */
	HANDLE hStdOutput;
	HANDLE hStdError;
} STARTUPINFOA, *LPSTARTUPINFOA;

/* The same with text in UTF-16. */
typedef struct _STARTUPINFOW {
	DWORD cb;
	LPWSTR lpReserved;
	LPWSTR lpDesktop;
	LPWSTR lpTitle;
	DWORD dwX;
	DWORD dwY;
	DWORD dwXSize;
	DWORD dwYSize;
	DWORD dwXCountChars;
	DWORD dwYCountChars;
	DWORD dwFillAttribute;
	DWORD dwFlags;
	WORD wShowWindow;
	WORD cbReserved2;
	LPBYTE lpReserved2;
	HANDLE hStdInput;
	HANDLE hStdOutput;
	HANDLE hStdError;
} STARTUPINFOW, *LPSTARTUPINFOW;

/* What CreateProcess() made; both handles are to be closed. */
typedef struct _PROCESS_INFORMATION {
	HANDLE hProcess;
	HANDLE hThread;		/* of the first thread */
	DWORD dwProcessId;	/* Linux's, as the next */
	DWORD dwThreadId;
} PROCESS_INFORMATION, *PPROCESS_INFORMATION, *LPPROCESS_INFORMATION;

/**
 * CreateProcessA() - start a program
 * @application: its path, or NULL: it is the first word of @command_line.  That is
 *               looked for in the directory of the calling program, in the current
 *               directory and in those of PATH, if it has no "/"; unquoted, its spaces
 *               may be of a path, of which the shortest that exists is taken.  Where
 *               there is none, the same with ".exe" is looked for, if it has no dot.
 * @command_line: the words that it gets as its arguments, its name first; or NULL: it
 *                is @application
 * @process_attributes: whether children inherit the process's handle; may be NULL
 * @thread_attributes: whether they inherit the first thread's; may be NULL
 * @inherit: whether the process gets the caller's inheritable handles, under the same
 *           values
 * @flags: CREATE_SUSPENDED: it begins when ResumeThread() is called;
 *         CREATE_UNICODE_ENVIRONMENT; CREATE_NEW_PROCESS_GROUP; DETACHED_PROCESS and
 *         CREATE_NO_WINDOW, without the terminal and in a session of its own; a class of
 *         priority; those that say nothing here are taken too
 * @environment: "name=value" strings, each ending in a zero, and one more at the end;
 *               UTF-16 with CREATE_UNICODE_ENVIRONMENT; or NULL: the caller's
 * @directory: where it begins, or NULL: the caller's current directory
 * @startup: with STARTF_USESTDHANDLES its standard handles; else it has the caller's
 * @information: out: handles and ids
 *
 * Return: TRUE; or FALSE with ERROR_FILE_NOT_FOUND or ERROR_PATH_NOT_FOUND if there is
 * no such program, ERROR_ACCESS_DENIED if it may not be executed,
 * ERROR_BAD_EXE_FORMAT if it is none, ERROR_DIRECTORY if @directory cannot be entered,
 * ERROR_FILENAME_EXCED_RANGE for a command line above 32,767 characters,
 * ERROR_NOT_SUPPORTED for flags of which there is nothing here,
 * ERROR_INVALID_PARAMETER for others and for what must not be NULL,
 * ERROR_PRIVILEGE_NOT_HELD for a class of priority that the caller may not give,
 * ERROR_PROCESS_ABORTED if it was killed before it began, or another error of resources
 */
BOOL WINAPI CreateProcessA(LPCSTR application, LPSTR command_line,
			   LPSECURITY_ATTRIBUTES process_attributes,
			   LPSECURITY_ATTRIBUTES thread_attributes, BOOL inherit,
			   DWORD flags, LPVOID environment, LPCSTR directory,
			   LPSTARTUPINFOA startup, LPPROCESS_INFORMATION information);

/**
 * CreateProcessW() - CreateProcessA() with text in UTF-16
 * @application: as there
 * @command_line: as there; it is not written to
 * @process_attributes: as there
 * @thread_attributes: as there
 * @inherit: as there
 * @flags: as there
 * @environment: as there: UTF-8 without CREATE_UNICODE_ENVIRONMENT
 * @directory: as there
 * @startup: as there
 * @information: out: as there
 *
 * Return: as CreateProcessA(); ERROR_NO_UNICODE_TRANSLATION for malformed text
 */
BOOL WINAPI CreateProcessW(LPCWSTR application, LPWSTR command_line,
			   LPSECURITY_ATTRIBUTES process_attributes,
			   LPSECURITY_ATTRIBUTES thread_attributes, BOOL inherit,
			   DWORD flags, LPVOID environment, LPCWSTR directory,
			   LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information);

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

#ifdef UNICODE
#define CreateProcess		CreateProcessW
typedef STARTUPINFOW STARTUPINFO;
typedef LPSTARTUPINFOW LPSTARTUPINFO;
#else
#define CreateProcess		CreateProcessA
typedef STARTUPINFOA STARTUPINFO;
typedef LPSTARTUPINFOA LPSTARTUPINFO;
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_PROCESS_H */
