/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be initialised once in a process, by whoever comes first. */
#ifndef WAPI_WIN32_ONCE_H
#define WAPI_WIN32_ONCE_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* All zeros is one that nobody has initialised. */
typedef union _RTL_RUN_ONCE {
	PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE;

typedef RTL_RUN_ONCE INIT_ONCE;
typedef PRTL_RUN_ONCE PINIT_ONCE, LPINIT_ONCE;

#define RTL_RUN_ONCE_INIT		{ 0 }
#define INIT_ONCE_STATIC_INIT		RTL_RUN_ONCE_INIT

#define INIT_ONCE_CHECK_ONLY		0x1U
#define INIT_ONCE_ASYNC			0x2U
#define INIT_ONCE_INIT_FAILED		0x4U

/* So many low bits of the context are 0. */
#define INIT_ONCE_CTX_RESERVED_BITS	2

/*
 * Makes what is to be made, with the third parameter as the place for a pointer to
 * keep; FALSE: it could not.
 */
typedef BOOL (CALLBACK *PINIT_ONCE_FN)(PINIT_ONCE InitOnce, PVOID Parameter, PVOID *Context);

/**
 * InitOnceInitialize() - make one, as INIT_ONCE_STATIC_INIT does
 * @InitOnce: where
 */
void WINAPI InitOnceInitialize(PINIT_ONCE InitOnce);

/**
 * InitOnceExecuteOnce() - let a function initialise, if that is not done yet
 * @InitOnce: what tells whether it is
 * @InitFn: the function; while it runs in one thread, others wait here
 * @Parameter: for the function
 * @Context: out: the pointer that the function gave; or NULL
 *
 * If the function fails, the next caller's is run, or that of one who waits.
 *
 * Return: TRUE, which leaves the last error alone; FALSE with the last error of the
 * function, if that returned FALSE; with ERROR_INVALID_PARAMETER, if what it gave has low
 * bits, which is a failure too, or if initialisation has begun with INIT_ONCE_ASYNC
 */
BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE InitOnce, PINIT_ONCE_FN InitFn, PVOID Parameter,
				LPVOID *Context);

/**
 * InitOnceBeginInitialize() - begin to initialise, if that is not done yet
 * @lpInitOnce: what tells whether it is
 * @dwFlags: 0: one thread initialises, and others wait here until it has called
 *           InitOnceComplete(); INIT_ONCE_ASYNC: several may at once, and the first that
 *           completes counts; INIT_ONCE_CHECK_ONLY: only tell
 * @fPending: out: TRUE: the caller is to initialise and then to call InitOnceComplete();
 *            FALSE: it is done
 * @lpContext: out, if it is done: the pointer that belongs to it; or NULL
 *
 * Return: TRUE, which leaves the last error alone; FALSE with ERROR_GEN_FAILURE, if
 * INIT_ONCE_CHECK_ONLY finds that it is not done; with ERROR_INVALID_PARAMETER, if there is
 * another flag or both of these, or if it has begun with INIT_ONCE_ASYNC and this is without,
 * or the reverse.  The outputs are left alone then
 */
BOOL WINAPI InitOnceBeginInitialize(LPINIT_ONCE lpInitOnce, DWORD dwFlags, PBOOL fPending,
				    LPVOID *lpContext);

/**
 * InitOnceComplete() - end what InitOnceBeginInitialize() has begun
 * @lpInitOnce: the same
 * @dwFlags: 0 or INIT_ONCE_ASYNC, as there; INIT_ONCE_INIT_FAILED: it could not be done, and
 *           the next may try, which is not for INIT_ONCE_ASYNC
 * @lpContext: a pointer to keep, whose low INIT_ONCE_CTX_RESERVED_BITS bits are 0; NULL with
 *             INIT_ONCE_INIT_FAILED
 *
 * Return: TRUE, which leaves the last error alone; FALSE with ERROR_GEN_FAILURE, if it is
 * done already, as by another with INIT_ONCE_ASYNC, or has not begun; with
 * ERROR_INVALID_PARAMETER, if flags or pointer are not as told
 */
BOOL WINAPI InitOnceComplete(LPINIT_ONCE lpInitOnce, DWORD dwFlags, LPVOID lpContext);

#include <wapi/end.h>

#endif /* WAPI_WIN32_ONCE_H */
