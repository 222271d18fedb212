// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stopping threads: suspended ones, and those that are made to end.
 *
 * A thread has a control word.  Who suspends it counts up there, and sends it a signal
 * if it was not suspended; in the handler the thread parks: it says so in the word, and
 * sleeps by it until the count is 0.  Who suspends waits until it is parked, so that
 * nothing runs there any more when SuspendThread() returns.  A new thread is held in
 * the same way, until whoever makes it has a handle.
 *
 *	the word		the thread
 *	a count, or HELD	is to park
 *	PARKED			has parked
 *	TERMINATED		is to leave by the system call, parked or not
 *	ENDED			is as good as gone: is not stopped any more
 */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SIGNAL	(SIGRTMAX - 1)

/* Only one of them has a time_t of 64 bits everywhere. */
#ifdef SYS_futex_time64
#define FUTEX	SYS_futex_time64
#else
#define FUTEX	SYS_futex
#endif

static int futex_wait(atomic_uint *word, unsigned int is, const struct timespec *time)
{
	return syscall(FUTEX, word, FUTEX_WAIT_PRIVATE, is, time, NULL, 0) ? -errno : 0;
}

void win32_thread_wake(struct win32_thread *thread)
{
	syscall(FUTEX, &thread->control, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool win32_park(struct win32_thread *self)
{
	unsigned int word = atomic_load(&self->control);

	for (;;) {
		if (word & WIN32_TERMINATED)
			win32_thread_cut(self, (DWORD)atomic_load(&self->termination));
		if (!(word & (WIN32_SUSPENDED | WIN32_HELD))) {
			if (atomic_compare_exchange_weak(&self->control, &word,
							 word & ~WIN32_PARKED))
				return !(word & WIN32_QUIT);
			continue;
		}
		if (word & WIN32_PARKED)
			futex_wait(&self->control, word, NULL);
		else if (atomic_compare_exchange_weak(&self->control, &word,
						      word | WIN32_PARKED))
			win32_thread_wake(self);
		word = atomic_load(&self->control);
	}
}

void win32_wait_parked(struct win32_thread *thread)
{
	const struct timespec a_while = { .tv_nsec = 100000000 };
	unsigned int word;

	for (;;) {
		word = atomic_load(&thread->control);
		if (!(word & (WIN32_SUSPENDED | WIN32_HELD)) ||
		    word & (WIN32_PARKED | WIN32_TERMINATED | WIN32_ENDED))
			return;
		/* Nobody wakes us if it leaves by a system call of its own. */
		if (futex_wait(&thread->control, word, &a_while) == -ETIMEDOUT &&
		    !(word & WIN32_HELD) && win32_tid_is_gone(thread->tid))
			return;
	}
}

/* Of a thread that this library does not know, or that has ended, it is not ours. */
static void park_in_handler(int signal)
{
	struct win32_thread *self = win32_self_known();
	int before = errno;
	DWORD last_error;

	(void)signal;
	if (!self || atomic_load(&self->control) & WIN32_ENDED)
		return;
	last_error = GetLastError();
	win32_park(self);
	SetLastError(last_error);
	errno = before;
}

static void block_all(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

static void park_here(struct win32_thread *self)
{
	sigset_t before;

	block_all(&before);
	win32_park(self);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void win32_suspend_init(void)
{
	struct sigaction action = { .sa_handler = park_in_handler, .sa_flags = SA_RESTART };

	/* Who is suspended runs no other handler. */
	sigfillset(&action.sa_mask);
	sigaction(SIGNAL, &action, NULL);
}

void win32_suspend_allow(void)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

static int send_signal(const struct win32_thread *thread)
{
	return syscall(SYS_tgkill, getpid(), thread->tid, SIGNAL) ? -errno : 0;
}

/* A thread to be stopped: one that has ended cannot be. */
static struct win32_thread *get(HANDLE handle)
{
	struct win32_thread *thread = win32_thread_get(handle);

	if (!thread && GetLastError() == ERROR_GEN_FAILURE)
		win32_fail(ERROR_ACCESS_DENIED);
	return thread;
}

/* Count up.  NO_ERROR, or why not. */
static DWORD count(struct win32_thread *thread, DWORD *previous)
{
	unsigned int word = atomic_load(&thread->control);

	do {
		if (word & (WIN32_TERMINATED | WIN32_ENDED))
			return ERROR_ACCESS_DENIED;
		*previous = word & WIN32_SUSPENDED;
		if (*previous == MAXIMUM_SUSPEND_COUNT)
			return ERROR_SIGNAL_REFUSED;
	} while (!atomic_compare_exchange_weak(&thread->control, &word, word + 1));
	return NO_ERROR;
}

/* Count down, if it is not 0; what it was. */
static DWORD uncount(struct win32_thread *thread)
{
	unsigned int word = atomic_load(&thread->control);

	do {
		if (!(word & WIN32_SUSPENDED))
			return 0;
	} while (!atomic_compare_exchange_weak(&thread->control, &word, word - 1));
	win32_thread_wake(thread);
	return word & WIN32_SUSPENDED;
}

static DWORD suspend(struct win32_thread *thread, DWORD *previous)
{
	DWORD error = count(thread, previous);
	int failed;

	if (error)
		return error;
	if (thread == win32_self_known()) {
		park_here(thread);
		return NO_ERROR;
	}
	failed = *previous ? 0 : send_signal(thread);
	if (failed) {
		uncount(thread);
		return failed == -ESRCH ? ERROR_ACCESS_DENIED : ERROR_NO_SYSTEM_RESOURCES;
	}
	win32_wait_parked(thread);
	return NO_ERROR;
}

WIN32_EXPORT DWORD WINAPI SuspendThread(HANDLE handle)
{
	struct win32_thread *thread = get(handle);
	DWORD previous = (DWORD)-1, error;

	if (!thread)
		return (DWORD)-1;
	error = suspend(thread, &previous);
	win32_thread_put(thread);
	if (!error)
		return previous;
	win32_fail(error);
	return (DWORD)-1;
}

/* The first thread of a process that was created suspended, of whoever. */
static bool let_begin(HANDLE handle, DWORD *previous)
{
	uint32_t object;

	return win32_handle_object_of(handle, WAPI_TYPE_THREAD, &object) &&
	       win32_process_resume(object, previous);
}

WIN32_EXPORT DWORD WINAPI ResumeThread(HANDLE handle)
{
	DWORD before = GetLastError(), previous;
	struct win32_thread *thread = win32_thread_get(handle);

	if (!thread) {
		switch (GetLastError()) {
		case ERROR_NOT_SUPPORTED:
			if (!let_begin(handle, &previous))
				return (DWORD)-1;
			SetLastError(before);
			return previous;
		case ERROR_GEN_FAILURE:
			/* One that has ended is not suspended. */
			SetLastError(before);
			return 0;
		default:
			return (DWORD)-1;
		}
	}
	previous = uncount(thread);
	win32_thread_put(thread);
	return previous;
}

static DWORD terminate(struct win32_thread *thread, DWORD code)
{
	uint64_t none = 0;
	int failed;

	/* The first code counts. */
	if (!atomic_compare_exchange_strong(&thread->termination, &none,
					    UINT64_C(1) << 32 | code))
		return NO_ERROR;
	if (atomic_fetch_or(&thread->control, WIN32_TERMINATED) & WIN32_ENDED)
		return ERROR_ACCESS_DENIED;
	win32_thread_wake(thread);
	failed = send_signal(thread);
	if (failed && failed != -ESRCH)
		return ERROR_NO_SYSTEM_RESOURCES;
	return NO_ERROR;
}

WIN32_EXPORT BOOL WINAPI TerminateThread(HANDLE handle, DWORD code)
{
	struct win32_thread *thread = get(handle);
	sigset_t before;
	DWORD error;

	if (!thread)
		return FALSE;
	if (thread == win32_self_known()) {
		win32_thread_put(thread);
		block_all(&before);
		win32_thread_cut(thread, code);
	}
	error = terminate(thread, code);
	win32_thread_put(thread);
	return error ? win32_fail(error) : TRUE;
}
