// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sleeping: for a time, and for what is queued to the thread.  Needs no object of the
 * kernel, so that it cannot fail.
 */
#include "internal.h"

#include <errno.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

WIN32_EXPORT void WINAPI Sleep(DWORD milliseconds)
{
	int64_t deadline;
	struct timespec until;

	if (!milliseconds) {
		sched_yield();
		return;
	}
	deadline = win32_deadline(milliseconds);
	/* A time_t of 32 bits has no room for ever. */
	if (deadline == WAPI_WAIT_FOREVER)
		for (;;)
			pause();
	until = win32_timespec_of(deadline);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static DWORD sleep_alertably(struct win32_apcs *apcs, DWORD milliseconds)
{
	int64_t deadline = win32_deadline(milliseconds), next;

	for (;;) {
		if (win32_apc_run(apcs))
			return WAIT_IO_COMPLETION;
		if (!milliseconds) {
			sched_yield();
			return 0;
		}
		if (deadline != WAPI_WAIT_FOREVER && wapi_deadline(0) >= deadline)
			return 0;
		next = win32_apc_next_timer(apcs);
		win32_apc_sleep(apcs, next < deadline ? next : deadline);
	}
}

WIN32_EXPORT DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable)
{
	DWORD before = GetLastError();
	struct win32_thread *self = alertable ? win32_self() : NULL;

	if (self)
		return sleep_alertably(&self->apcs, milliseconds);
	/* Nothing can be queued to a thread that cannot be known. */
	SetLastError(before);
	Sleep(milliseconds);
	return 0;
}
