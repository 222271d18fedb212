// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Completion routines of waitable timers: called by the thread that set the timer, when
 * it waits alertably after the timer was due.
 *
 * Each is in the list of its thread, which evaluates when it is due: see apc.c.  Any
 * thread, of any process, may set the timer anew or stop it meanwhile.  The kernel
 * counts that, so a routine whose timer has another count, or is gone, is not called
 * any more.  That is looked at when it is due; the memory of such a one is freed when
 * the thread sets the next timer with a routine, or ends.
 */
#include "internal.h"

#include <stdlib.h>
#include <time.h>

struct win32_routine {
	struct win32_apc_timer timer;	/* the first, see routine_of() */
	uint32_t object;		/* the kernel's handle, without a reference */
	uint32_t count;			/* the timer's, as long as it is for us */
	bool realtime;
	int64_t due;			/* when next, of its clock */
	int64_t period;			/* in ns, or 0 */
	int64_t since;			/* when it was set, of CLOCK_REALTIME */
	PTIMERAPCROUTINE routine;
	LPVOID argument;
};

/* There are no others in the list. */
static const struct win32_routine *routine_of(const struct win32_apc_timer *timer)
{
	return (const struct win32_routine *)timer;
}

static int64_t now_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * WIN32_NS_PER_SECOND + now.tv_nsec;
}

static int64_t now_of_its_clock(const struct win32_routine *routine)
{
	return now_of(routine->realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC);
}

/* As a time of CLOCK_MONOTONIC. */
static int64_t due_of(const struct win32_routine *routine)
{
	int64_t at;

	if (!routine->realtime || routine->due == WAPI_TIMER_NEVER)
		return routine->due;
	if (__builtin_add_overflow(routine->due - now_of(CLOCK_REALTIME),
				   now_of(CLOCK_MONOTONIC), &at))
		return WAPI_WAIT_FOREVER;
	return at;
}

/* Is the timer still what it was set to with this routine? */
static bool is_set(const struct win32_routine *routine)
{
	struct wapi_client *client = win32_client();
	struct wapi_query query = { 0 };

	return client && !wapi_query(client, routine->object, &query) &&
	       query.type == WAPI_TYPE_TIMER && query.state.count == routine->count;
}

static int64_t when_due(const struct win32_apc_timer *timer)
{
	const struct win32_routine *routine = routine_of(timer);
	int64_t at = due_of(routine);

	if (at > now_of(CLOCK_MONOTONIC) || is_set(routine))
		return at;
	return WAPI_WAIT_FOREVER;
}

/* When the timer was signalled, as in a FILETIME: not before it was set. */
static uint64_t ticks_of(const struct win32_routine *routine)
{
	int64_t at = routine->due;

	if (!routine->realtime)
		at += now_of(CLOCK_REALTIME) - now_of(CLOCK_MONOTONIC);
	else if (at < routine->since)
		at = routine->since;
	return (uint64_t)(at / 100 + WIN32_UNIX_EPOCH);
}

/* As the kernel does: periods that have passed meanwhile do not add up. */
static void pass(struct win32_routine *routine)
{
	int64_t now = now_of_its_clock(routine);
	int64_t periods = now > routine->due ? (now - routine->due) / routine->period : 0;

	routine->due += periods * routine->period;
	if (__builtin_add_overflow(routine->due, routine->period, &routine->due))
		routine->due = WAPI_TIMER_NEVER;
}

static void run(struct win32_apc_timer *timer)
{
	struct win32_routine *routine = (struct win32_routine *)timer;
	struct win32_routine copy = *routine;
	uint64_t ticks = ticks_of(routine);

	/* It may set the timer anew, or never return. */
	if (routine->period) {
		pass(routine);
	} else {
		win32_apc_remove_timer(&win32_self_known()->apcs, timer);
		free(routine);
	}
	copy.routine(copy.argument, (DWORD)ticks, (DWORD)(ticks >> 32));
}

/* Nobody is there any more to call it: then the timer is stopped, as it is. */
static void forget(struct win32_apc_timer *timer)
{
	struct win32_routine *routine = (struct win32_routine *)timer;

	if (is_set(routine))
		wapi_timer_cancel(win32_client(), routine->object, NULL);
	free(routine);
}

/* Free those that will not be called any more. */
static void sweep(struct win32_apcs *apcs)
{
	struct win32_apc_timer *timer, *next;
	const struct win32_routine *routine;

	for (timer = apcs->timers; timer; timer = next) {
		next = timer->next;
		routine = routine_of(timer);
		if (due_of(routine) > now_of(CLOCK_MONOTONIC) || is_set(routine))
			continue;
		win32_apc_remove_timer(apcs, timer);
		free(timer);
	}
}

struct win32_routine *win32_routine_prepare(PTIMERAPCROUTINE function, LPVOID argument)
{
	struct win32_routine *routine;

	if (!win32_self())
		return NULL;
	routine = malloc(sizeof(*routine));
	if (!routine) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	*routine = (struct win32_routine){
		.timer = { .due = when_due, .run = run, .forget = forget },
		.since = now_of(CLOCK_REALTIME),
		.routine = function,
		.argument = argument,
	};
	return routine;
}

void win32_routine_discard(struct win32_routine *routine)
{
	free(routine);
}

void win32_routine_add(struct win32_routine *routine, const struct wapi_timer_set *told)
{
	struct win32_apcs *apcs = &win32_self_known()->apcs;

	routine->object = told->handle;
	routine->count = told->count;
	routine->realtime = told->flags & WAPI_TIMER_REALTIME;
	routine->due = told->at;
	routine->period = (int64_t)told->period;
	sweep(apcs);
	win32_apc_add_timer(apcs, &routine->timer);
}

void win32_routine_forget_of(uint32_t object)
{
	struct win32_thread *self = win32_self_known();
	struct win32_apc_timer *timer, *next;

	for (timer = self ? self->apcs.timers : NULL; timer; timer = next) {
		next = timer->next;
		if (routine_of(timer)->object != object)
			continue;
		win32_apc_remove_timer(&self->apcs, timer);
		free(timer);
	}
}
