// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is queued to a thread: functions that it calls itself when it waits alertably,
 * and routines of waitable timers that become due at a time.
 *
 * Anybody pushes to a list without a lock; only the thread takes from it, and keeps
 * what it took in order.  A thread that has ended has a list that nothing can be pushed
 * to, so that who pushes knows.  Who pushes wakes the thread if it sleeps:
 *
 *	who waits				who pushes
 *
 *	sleeps = how				pushed = the new one
 *	------ full barrier ------		------ full barrier ------
 *	nothing is pushed: sleep		sleeps is how: wake it so
 *
 * So one of them sees the other.  A thread may be woken in vain and then sleeps again.
 *
 * Timers need no thread of their own: an alertable wait ends when the first is due.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* How a thread sleeps, and so how it is woken. */
enum {
	AWAKE,
	IN_SLEEP,	/* by the semaphore: needs no client */
	IN_WAIT,	/* by the event */
};

struct win32_apc {
	struct win32_apc *next;
	int64_t queued;		/* when, of CLOCK_MONOTONIC */
	void (*function)(ULONG_PTR data);
	ULONG_PTR data;
};

/* Stands in the list of a thread that has ended. */
static struct win32_apc ended;

void win32_apc_begin(struct win32_apcs *apcs)
{
	*apcs = (struct win32_apcs){ .sleeps = AWAKE };
	sem_init(&apcs->wake, 0, 0);
}

/* No more than an exchange: a thread may end in a signal handler. */
void win32_apc_end(struct win32_apcs *apcs)
{
	struct win32_apc *pushed = atomic_exchange(&apcs->pushed, &ended);

	if (pushed != &ended)
		apcs->left = pushed;
}

static void free_all(struct win32_apc *apc)
{
	while (apc) {
		struct win32_apc *next = apc->next;

		free(apc);
		apc = next;
	}
}

void win32_apc_free(struct win32_apcs *apcs)
{
	struct wapi_client *client;

	win32_apc_end(apcs);
	free_all(apcs->left);
	free_all(apcs->first);
	while (apcs->timers) {
		struct win32_apc_timer *timer = apcs->timers;

		apcs->timers = timer->next;
		timer->forget(timer);
	}
	client = apcs->alert ? win32_client() : NULL;
	if (client)
		wapi_close(client, apcs->alert, NULL);
	sem_destroy(&apcs->wake);
}

/* False if the thread has ended. */
static bool push(struct win32_apcs *apcs, struct win32_apc *apc)
{
	struct win32_apc *last = atomic_load(&apcs->pushed);

	do {
		if (last == &ended)
			return false;
		apc->next = last;
	} while (!atomic_compare_exchange_weak(&apcs->pushed, &last, apc));
	return true;
}

DWORD win32_apc_queue(struct win32_apcs *apcs, void (*function)(ULONG_PTR), ULONG_PTR data)
{
	struct win32_apc *apc = malloc(sizeof(*apc));

	if (!apc)
		return ERROR_NOT_ENOUGH_MEMORY;
	*apc = (struct win32_apc){
		.queued = wapi_deadline(0),
		.function = function,
		.data = data,
	};
	if (!push(apcs, apc)) {
		free(apc);
		return ERROR_GEN_FAILURE;
	}
	switch (atomic_exchange(&apcs->sleeps, AWAKE)) {
	case IN_SLEEP:
		sem_post(&apcs->wake);
		break;
	case IN_WAIT:
		wapi_set(win32_client(), apcs->alert, NULL);
		break;
	default:
		break;
	}
	return NO_ERROR;
}

void win32_apc_add_timer(struct win32_apcs *apcs, struct win32_apc_timer *timer)
{
	timer->next = apcs->timers;
	apcs->timers = timer;
}

bool win32_apc_remove_timer(struct win32_apcs *apcs, struct win32_apc_timer *timer)
{
	struct win32_apc_timer **at = &apcs->timers;

	while (*at && *at != timer)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = timer->next;
	return true;
}

/* The timer that is due first, or NULL. */
static struct win32_apc_timer *first_timer(const struct win32_apcs *apcs, int64_t *due)
{
	struct win32_apc_timer *timer, *first = NULL;
	int64_t at;

	*due = WAPI_WAIT_FOREVER;
	for (timer = apcs->timers; timer; timer = timer->next) {
		at = timer->due(timer);
		if (at < *due) {
			*due = at;
			first = timer;
		}
	}
	return first;
}

int64_t win32_apc_next_timer(const struct win32_apcs *apcs)
{
	int64_t due;

	first_timer(apcs, &due);
	return due;
}

/* Has anything been pushed?  Not any more, when the thread ends. */
static bool is_pushed(const struct win32_apcs *apcs)
{
	struct win32_apc *pushed = atomic_load(&apcs->pushed);

	return pushed && pushed != &ended;
}

/* Put what was pushed behind what the thread has already. */
static void take_pushed(struct win32_apcs *apcs)
{
	struct win32_apc *apc = atomic_exchange(&apcs->pushed, NULL), *in_order = NULL;
	struct win32_apc **end = &apcs->first;

	while (apc) {
		struct win32_apc *before = apc->next;

		apc->next = in_order;
		in_order = apc;
		apc = before;
	}
	while (*end)
		end = &(*end)->next;
	*end = in_order;
}

bool win32_apc_is_pending(const struct win32_apcs *apcs)
{
	if (apcs->first || is_pushed(apcs))
		return true;
	return apcs->timers && win32_apc_next_timer(apcs) <= wapi_deadline(0);
}

/* Run what was queued or became due first of all. */
static bool run_one(struct win32_apcs *apcs)
{
	struct win32_apc_timer *timer = NULL;
	struct win32_apc copy, *apc;
	int64_t due;

	if (is_pushed(apcs))
		take_pushed(apcs);
	if (apcs->timers)
		timer = first_timer(apcs, &due);
	apc = apcs->first;
	if (timer && due <= (apc ? apc->queued : wapi_deadline(0))) {
		timer->run(timer);
		return true;
	}
	if (!apc)
		return false;
	/* It may never return. */
	copy = *apc;
	apcs->first = apc->next;
	free(apc);
	copy.function(copy.data);
	return true;
}

bool win32_apc_run(struct win32_apcs *apcs)
{
	bool any = false;

	while (run_one(apcs))
		any = true;
	return any;
}

/* Go to sleep, unless something is there to run. */
static bool begin_sleep(struct win32_apcs *apcs, int how)
{
	atomic_store(&apcs->sleeps, how);
	if (!apcs->first && !is_pushed(apcs))
		return true;
	atomic_store(&apcs->sleeps, AWAKE);
	return false;
}

void win32_apc_sleep(struct win32_apcs *apcs, int64_t deadline)
{
	struct timespec until = win32_timespec_of(deadline);
	int result;

	if (!begin_sleep(apcs, IN_SLEEP))
		return;
	do {
		/* A time_t of 32 bits has no room for ever. */
		if (deadline == WAPI_WAIT_FOREVER)
			result = sem_wait(&apcs->wake);
		else
			result = sem_clockwait(&apcs->wake, CLOCK_MONOTONIC, &until);
	} while (result && errno == EINTR);
	atomic_store(&apcs->sleeps, AWAKE);
}

int win32_apc_wait(struct win32_apcs *apcs, struct wapi_client *client,
		   struct wapi_wait *request)
{
	int error;

	/* Made by the first wait that needs it; who pushes sees it before the rest. */
	if (!apcs->alert) {
		error = wapi_event_new(client, 0, NULL, &apcs->alert, NULL);
		if (error)
			return error;
	}
	request->alert = apcs->alert;
	if (!begin_sleep(apcs, IN_WAIT))
		return WIN32_ALERTED;
	error = wapi_wait(client, request);
	atomic_store(&apcs->sleeps, AWAKE);
	if (!error && request->index == request->count)
		return WIN32_ALERTED;
	return error;
}

WIN32_EXPORT DWORD WINAPI QueueUserAPC(PAPCFUNC function, HANDLE handle, ULONG_PTR data)
{
	struct win32_thread *thread;
	DWORD error;

	thread = win32_thread_get(handle);
	if (!thread)
		return 0;
	error = function ? win32_apc_queue(&thread->apcs, function, data) :
			   ERROR_INVALID_PARAMETER;
	win32_thread_put(thread);
	if (error)
		win32_fail(error);
	return !error;
}
