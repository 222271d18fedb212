// SPDX-License-Identifier: GPL-2.0
/*
 * Rows: waits for several objects, and round trips of two threads.
 *
 * Waits for several are for events that stay set, so that a round is one call.
 */
#include <pthread.h>
#include <stdlib.h>

#include "client.h"

static uint32_t *handles;
static uint32_t count;

/* The last one is set. */
static void begin_any(unsigned long argument)
{
	open_client();
	count = argument;
	handles = calloc(count, sizeof(*handles));
	MUST(handles);
	for (uint32_t i = 0; i + 1 < count; i++)
		handles[i] = new_event();
	handles[count - 1] = new_set_event();
}

static void begin_all(unsigned long argument)
{
	open_client();
	count = argument;
	handles = calloc(count, sizeof(*handles));
	MUST(handles);
	for (uint32_t i = 0; i < count; i++)
		handles[i] = new_set_event();
}

static void end(void)
{
	for (uint32_t i = 0; i < count; i++)
		close_handle(handles[i]);
	free(handles);
}

static void wait_any(void)
{
	MUST(wait_for(handles, count, 0, 0) == count - 1);
}

static void wait_all(void)
{
	wait_for(handles, count, WAPI_WAIT_ALL, 0);
}

/* One that is not set, with a time that has passed. */
static void begin_unset(unsigned long argument)
{
	open_client();
	count = argument;
	handles = calloc(count, sizeof(*handles));
	MUST(handles);
	handles[0] = new_event();
}

static void try(void)
{
	struct wapi_wait r = { .handles = (uintptr_t)handles, .count = 1 };

	MUST(ask(client, WAPI_IOC_WAIT, &r) == -ETIMEDOUT);
}

/*
 * Two threads, of which always one sleeps: a wait for "there" ends in the
 * partner, which lets the wait for "back" end here.
 */
static uint32_t there, back;
static pthread_t partner;
static bool over;

static void *answer(void *unused)
{
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		wait_one(there);
		set_event(back);
	}
	return unused;
}

static void *answer_in_one_call(void *unused)
{
	wait_one(there);
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE))
		wait_for(&there, 1, 0, back);
	return unused;
}

static void begin_partner(void *(*run)(void *))
{
	open_client();
	there = new_event();
	back = new_event();
	over = false;
	MUST(!pthread_create(&partner, NULL, run, NULL));
}

static void begin_round_trip(unsigned long argument)
{
	(void)argument;
	begin_partner(answer);
}

static void begin_round_trip_in_one_call(unsigned long argument)
{
	(void)argument;
	begin_partner(answer_in_one_call);
}

static void end_round_trip(void)
{
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	set_event(there);
	MUST(!pthread_join(partner, NULL));
	close_handle(there);
	close_handle(back);
}

static void round_trip(void)
{
	set_event(there);
	wait_one(back);
}

static void round_trip_in_one_call(void)
{
	wait_for(&back, 1, 0, there);
}

const struct row wapi_wait_rows[] = {
	{ "wapi", "wait for one that is set", begin_any, 1, wait_any, end },
	{ "wapi", "wait for one that is not, no time", begin_unset, 1, try, end },
	{ "wapi", "any of 64, last one set", begin_any, 64, wait_any, end },
	{ "wapi", "all of 2, both set", begin_all, 2, wait_all, end },
	{ "wapi", "all of 64, all set", begin_all, 64, wait_all, end },
	{ "wapi", "round trip, set + wait", begin_round_trip, 0, round_trip,
	  end_round_trip },
	{ "wapi", "round trip, signal-and-wait", begin_round_trip_in_one_call, 0,
	  round_trip_in_one_call, end_round_trip },
	{ 0 }
};
