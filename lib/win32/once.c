// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is initialised once: a pointer whose two low bits tell how far that is.  While
 * one thread is at it the pointer has nothing else in it, but that others wait.
 */
#include "futex.h"
#include "internal.h"

#define STATE		((ULONG_PTR)(1 << INIT_ONCE_CTX_RESERVED_BITS) - 1)
#define NOT_BEGUN	((ULONG_PTR)0)
#define BEGUN		((ULONG_PTR)1)	/* by one, who is waited for */
#define DONE		((ULONG_PTR)2)	/* the other bits are the context */
#define BEGUN_ASYNC	((ULONG_PTR)3)	/* by any number, who do not wait */

#define WAITED_FOR	(BEGUN | 4)

static ULONG_PTR load(PINIT_ONCE once)
{
	return (ULONG_PTR)__atomic_load_n(&once->Ptr, __ATOMIC_ACQUIRE);
}

/* On failure @value is what it is. */
static bool change(PINIT_ONCE once, ULONG_PTR *value, ULONG_PTR to)
{
	return __atomic_compare_exchange_n(&once->Ptr, (PVOID *)value, (PVOID)to, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* The half of the pointer that has the low bits. */
static win32_word *word_of(PINIT_ONCE once)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (win32_word *)(once + 1) - 1;
#else
	return (win32_word *)once;
#endif
}

static void wait_for_other(PINIT_ONCE once, ULONG_PTR value)
{
	if (value == WAITED_FOR || change(once, &value, WAITED_FOR))
		win32_futex_wait(word_of(once), WAITED_FOR, WIN32_FUTEX_ANY, NULL);
}

static BOOL tell_done(ULONG_PTR value, PBOOL pending, LPVOID *context)
{
	if (context)
		*context = (LPVOID)(value & ~STATE);
	*pending = FALSE;
	return TRUE;
}

WIN32_EXPORT void WINAPI InitOnceInitialize(PINIT_ONCE once)
{
	once->Ptr = NULL;
}

WIN32_EXPORT BOOL WINAPI InitOnceBeginInitialize(LPINIT_ONCE once, DWORD flags,
						 PBOOL pending, LPVOID *context)
{
	ULONG_PTR mine = flags & INIT_ONCE_ASYNC ? BEGUN_ASYNC : BEGUN;
	ULONG_PTR value = load(once);

	if (flags & ~(INIT_ONCE_CHECK_ONLY | INIT_ONCE_ASYNC) ||
	    flags == (INIT_ONCE_CHECK_ONLY | INIT_ONCE_ASYNC))
		return win32_fail(ERROR_INVALID_PARAMETER);
	for (;; value = load(once)) {
		if ((value & STATE) == DONE)
			return tell_done(value, pending, context);
		if (flags & INIT_ONCE_CHECK_ONLY)
			return win32_fail(ERROR_GEN_FAILURE);
		if (value == NOT_BEGUN) {
			if (!change(once, &value, mine))
				continue;
			break;
		}
		if ((value & STATE) != mine)
			return win32_fail(ERROR_INVALID_PARAMETER);
		if (mine == BEGUN_ASYNC)
			break;
		wait_for_other(once, value);
	}
	*pending = TRUE;
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI InitOnceComplete(LPINIT_ONCE once, DWORD flags, LPVOID context)
{
	ULONG_PTR begun = flags & INIT_ONCE_ASYNC ? BEGUN_ASYNC : BEGUN;
	ULONG_PTR to = (ULONG_PTR)context | DONE;
	ULONG_PTR value = load(once);

	/* One of the two, or none. */
	if (flags & ~(INIT_ONCE_ASYNC | INIT_ONCE_INIT_FAILED) ||
	    flags == (INIT_ONCE_ASYNC | INIT_ONCE_INIT_FAILED) || (ULONG_PTR)context & STATE)
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (flags & INIT_ONCE_INIT_FAILED) {
		if (context)
			return win32_fail(ERROR_INVALID_PARAMETER);
		to = NOT_BEGUN;
	}
	do {
		if (value == NOT_BEGUN || (value & STATE) == DONE)
			return win32_fail(ERROR_GEN_FAILURE);
		if ((value & STATE) != begun)
			return win32_fail(ERROR_INVALID_PARAMETER);
	} while (!change(once, &value, to));
	if (value == WAITED_FOR)
		win32_futex_wake(word_of(once), INT_MAX, WIN32_FUTEX_ANY);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN function,
					     PVOID parameter, LPVOID *context)
{
	PVOID made = NULL;
	DWORD error;
	BOOL pending = FALSE;

	if (!InitOnceBeginInitialize(once, 0, &pending, context))
		return FALSE;
	if (!pending)
		return TRUE;
	if (function(once, parameter, &made) && InitOnceComplete(once, 0, made)) {
		if (context)
			*context = made;
		return TRUE;
	}
	/* The function's own error, or what is wrong with the pointer that it gave. */
	error = GetLastError();
	InitOnceComplete(once, INIT_ONCE_INIT_FAILED, NULL);
	return win32_fail(error);
}
