// SPDX-License-Identifier: GPL-2.0
/*
 * What is particular to an object: its name, the state of its type, who waits.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "json.h"
#include "state.h"
#include "text.h"
#include "wapictl.h"

/* How much of a name is shown. */
#define BYTES_OF_NAME	40

#define NS		1e9

void thread_name(char name[THREAD_NAME_SIZE], const struct listing *listing,
		 int32_t pid, int32_t tid)
{
	const struct wapi_client_record *client;
	char command[sizeof(client->comm) * TEXT_ESCAPED + 1] = "?";
	int length;

	client = listing_client_of(listing, pid);
	if (client)
		text_escape(command, client->comm,
			    text_length(client->comm, sizeof(client->comm)));
	length = pid ? snprintf(name, THREAD_NAME_SIZE, "%d", pid) :
		       snprintf(name, THREAD_NAME_SIZE, "?");
	if (tid != pid)
		length += snprintf(name + length, THREAD_NAME_SIZE - length,
				   "/%d", tid);
	snprintf(name + length, THREAD_NAME_SIZE - length, " %s", command);
}

static void mutex_text(char text[STATE_TEXT_SIZE],
		       const struct listing *listing,
		       const struct wapi_state *state)
{
	char owner[THREAD_NAME_SIZE];

	if (state->flags & WAPI_STATE_ABANDONED) {
		snprintf(text, STATE_TEXT_SIZE, "abandoned by thread %d",
			 state->tid);
	} else if (!state->count) {
		strcpy(text, "free");
	} else {
		thread_name(owner, listing, state->pid, state->tid);
		if (state->count > 1)
			snprintf(text, STATE_TEXT_SIZE, "owned by %s x%u",
				 owner, state->count);
		else
			snprintf(text, STATE_TEXT_SIZE, "owned by %s", owner);
	}
}

static void sem_text(char text[STATE_TEXT_SIZE], const struct wapi_state *state)
{
	if (state->maximum == INT32_MAX)
		snprintf(text, STATE_TEXT_SIZE, "%u", state->count);
	else
		snprintf(text, STATE_TEXT_SIZE, "%u of %u", state->count,
			 state->maximum);
}

static bool is_record_only(const struct wapi_state *state)
{
	return !state->start_time && !(state->flags & WAPI_STATE_ENDED);
}

static void process_text(char text[STATE_TEXT_SIZE],
			 const struct wapi_state *state)
{
	int status = state->exit_status;

	if (is_record_only(state))
		strcpy(text, "-");
	else if (!(state->flags & WAPI_STATE_ENDED))
		snprintf(text, STATE_TEXT_SIZE, "%d runs", state->pid);
	else if (!(state->flags & WAPI_STATE_EXIT_KNOWN))
		strcpy(text, "ended");
	else if (WIFSIGNALED(status))
		snprintf(text, STATE_TEXT_SIZE, "killed by signal %d",
			 WTERMSIG(status));
	else
		snprintf(text, STATE_TEXT_SIZE, "exited with %d",
			 WEXITSTATUS(status));
}

static void thread_text(char text[STATE_TEXT_SIZE],
			const struct wapi_state *state)
{
	if (is_record_only(state))
		strcpy(text, "-");
	else if (!(state->flags & WAPI_STATE_ENDED))
		snprintf(text, STATE_TEXT_SIZE, "%d runs", state->tid);
	else if (!(state->flags & WAPI_STATE_EXIT_KNOWN))
		strcpy(text, "ended");
	else
		snprintf(text, STATE_TEXT_SIZE, "ended with %d",
			 state->exit_status);
}

/* "manual", "auto, in 2.5 s", "auto, in 0.3 s, every 1.0 s", "manual, never". */
static void timer_text(char text[STATE_TEXT_SIZE],
		       const struct wapi_state *state)
{
	struct timespec now;
	double left;
	int length;

	length = sprintf(text, state->flags & WAPI_STATE_MANUAL ? "manual" : "auto");
	if (!(state->flags & WAPI_STATE_ARMED))
		return;
	if (state->due == WAPI_TIMER_NEVER) {
		strcpy(text + length, ", never");
		return;
	}
	clock_gettime(state->flags & WAPI_STATE_REALTIME ? CLOCK_REALTIME :
							   CLOCK_MONOTONIC, &now);
	left = state->due / NS - now.tv_sec - now.tv_nsec / NS;
	length += sprintf(text + length, ", in %.1f s", left > 0 ? left : 0);
	if (state->period)
		sprintf(text + length, ", every %g s", state->period / NS);
}

void state_text(char text[STATE_TEXT_SIZE], const struct listing *listing,
		const struct wapi_handle_record *handle)
{
	const struct wapi_state *state = &handle->state;

	switch (handle->type) {
	case WAPI_TYPE_EVENT:
		strcpy(text, state->flags & WAPI_STATE_MANUAL ? "manual" :
								"auto");
		break;
	case WAPI_TYPE_MUTEX:
		mutex_text(text, listing, state);
		break;
	case WAPI_TYPE_SEM:
		sem_text(text, state);
		break;
	case WAPI_TYPE_PROCESS:
		process_text(text, state);
		break;
	case WAPI_TYPE_THREAD:
		thread_text(text, state);
		break;
	case WAPI_TYPE_TIMER:
		timer_text(text, state);
		break;
	default:
		strcpy(text, "-");
	}
}

void name_text(char text[NAME_TEXT_SIZE], const struct name *name)
{
	char escaped[BYTES_OF_NAME * TEXT_ESCAPED + 1];
	size_t shown;
	int length;

	if (!name) {
		strcpy(text, "-");
		return;
	}
	shown = name->size < BYTES_OF_NAME ? name->size : BYTES_OF_NAME;
	text_escape(escaped, name->bytes, shown);
	length = snprintf(text, NAME_TEXT_SIZE, "\"%s\"%s", escaped,
			  shown < name->size ? "..." : "");
	if (name->session)
		snprintf(text + length, NAME_TEXT_SIZE - length,
			 " of session %d", name->session);
}

/* The clock of another time namespace may be behind. */
double waiter_seconds(const struct listing *listing,
		      const struct wapi_waiter_record *waiter)
{
	if (listing->now < waiter->since)
		return 0;
	return (listing->now - waiter->since) / NS;
}

static json_t *json_id(int32_t id)
{
	return id ? json_integer(id) : json_null();
}

static json_t *json_command(const struct listing *listing, int32_t pid)
{
	const struct wapi_client_record *client;

	client = listing_client_of(listing, pid);
	return client ? json_text(client->comm, text_length(client->comm,
						sizeof(client->comm))) :
			json_null();
}

static json_t *json_mutex(const struct listing *listing,
			  const struct wapi_state *state)
{
	bool abandoned = state->flags & WAPI_STATE_ABANDONED;
	json_t *owner = json_null();

	if (state->count)
		owner = json_pack("{s:o, s:o, s:o}",
				  "pid", json_id(state->pid),
				  "tid", json_id(state->tid),
				  "command", json_command(listing, state->pid));
	return json_pack("{s:o, s:I, s:b, s:o}", "owner", owner,
			 "recursion", (json_int_t)state->count,
			 "abandoned", abandoned,
			 "abandoned_by",
			 json_id(abandoned ? state->tid : 0));
}

/* As the times of the kernel: of the clock that also counts while suspended. */
static json_t *json_time(uint64_t ns)
{
	return ns ? json_real(ns / NS) : json_null();
}

static json_t *json_running(const struct wapi_handle_record *handle)
{
	const struct wapi_state *state = &handle->state;
	bool known = state->flags & WAPI_STATE_EXIT_KNOWN;
	bool process = handle->type == WAPI_TYPE_PROCESS;
	bool killed = known && process && WIFSIGNALED(state->exit_status);
	json_t *code = json_null(), *signal = json_null();

	if (is_record_only(state))
		return json_null();
	if (killed)
		signal = json_integer(WTERMSIG(state->exit_status));
	else if (known)
		code = json_integer(process ? WEXITSTATUS(state->exit_status) :
					      state->exit_status);
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}",
			 process ? "pid" : "tid",
			 json_id(process ? state->pid : state->tid),
			 "ended", !!(state->flags & WAPI_STATE_ENDED),
			 "exit_code", code, "signal", signal,
			 "start_time", json_time(state->start_time),
			 "end_time", json_time(state->end_time));
}

/* Its times are of its own clock. */
static json_t *json_timer(const struct wapi_state *state)
{
	bool never = state->due == WAPI_TIMER_NEVER;

	return json_pack("{s:b, s:b, s:s, s:o, s:o, s:I}",
			 "manual", !!(state->flags & WAPI_STATE_MANUAL),
			 "armed", !!(state->flags & WAPI_STATE_ARMED),
			 "clock", state->flags & WAPI_STATE_REALTIME ?
				  "realtime" : "monotonic",
			 "due", json_time(never ? 0 : state->due),
			 "period", json_time(state->period),
			 "count", (json_int_t)state->count);
}

json_t *json_state(const struct listing *listing,
		   const struct wapi_handle_record *handle)
{
	const struct wapi_state *state = &handle->state;

	switch (handle->type) {
	case WAPI_TYPE_EVENT:
		return json_pack("{s:b}", "manual",
				 !!(state->flags & WAPI_STATE_MANUAL));
	case WAPI_TYPE_MUTEX:
		return json_mutex(listing, state);
	case WAPI_TYPE_SEM:
		return json_pack("{s:I, s:I}",
				 "count", (json_int_t)state->count,
				 "maximum", (json_int_t)state->maximum);
	case WAPI_TYPE_PROCESS:
	case WAPI_TYPE_THREAD:
		return json_running(handle);
	case WAPI_TYPE_TIMER:
		return json_timer(state);
	default:
		return json_null();
	}
}

json_t *json_name(const struct name *name)
{
	if (!name)
		return json_null();
	return json_pack("{s:o, s:o}",
			 "text", json_text(name->bytes, name->size),
			 "session", json_id(name->session));
}

json_t *json_waiters(const struct listing *listing, uint32_t handle)
{
	const struct wapi_waiter_record *waiter;
	json_t *array = need(json_array()), *one;
	size_t count;

	waiter = listing_waiters(listing, handle, &count);
	for (size_t i = 0; i < count; i++, waiter++) {
		one = json_pack("{s:o, s:o, s:o, s:b, s:o, s:f}",
				"pid", json_id(waiter->pid),
				"tid", json_id(waiter->tid),
				"command", json_command(listing, waiter->pid),
				"all", waiter->all != 0,
				"since", json_time(waiter->since),
				"seconds", waiter_seconds(listing, waiter));
		json_array_append_new(array, need(one));
	}
	return array;
}
