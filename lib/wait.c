// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waits.
 *
 * Every wait has an absolute deadline, and the kernel takes out of a request what
 * it has done of it: so the request that a signal handler interrupted is made
 * again as it is, by the kernel itself (SA_RESTART) or by libwapi_request(), and
 * neither waits longer nor signals twice.
 *
 * A wait for any that does not sleep and acquires nothing need not be a request:
 * state.c looks whether it is one, as far as the kernel has once said that the
 * client holds references to all of the handles.
 */
#include "internal.h"

#include <time.h>

#define SECOND	1000000000LL

/* For more handles than this, a system call makes no difference. */
#define FEW	64

WAPI_EXPORT int64_t wapi_deadline(int64_t ns)
{
	struct timespec now;
	int64_t deadline;

	if (ns < 0)
		return WAPI_WAIT_FOREVER;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (__builtin_add_overflow(now.tv_sec * SECOND + now.tv_nsec, ns,
				   &deadline))
		return WAPI_WAIT_FOREVER;
	return deadline;
}

/* The deadline of a timeout; 0 needs no clock. */
static int64_t deadline_of(int64_t timeout)
{
	return timeout ? wapi_deadline(timeout) : 0;
}

static int wait_and_tell(struct wapi_client *client, struct wapi_wait *request,
			 struct wapi_waited *waited)
{
	int error;

	error = libwapi_request(client, WAPI_IOC_WAIT, request);
	if (!error && waited) {
		*waited = (struct wapi_waited){
			.index = request->index,
			.abandoned = request->abandoned,
			.abandoned_tid = request->abandoned_tid,
		};
	}
	return error;
}

static int ask_for_any(struct wapi_client *client, const uint32_t *handles,
		       uint32_t count, int64_t deadline,
		       struct wapi_waited *waited)
{
	struct wapi_wait request = {
		.handles = (uintptr_t)handles,
		.count = count,
		.timeout = deadline,
	};

	return wait_and_tell(client, &request, waited);
}

/* And learn that the client holds references to all of the handles. */
__attribute__((noinline))
static int ask_and_learn(struct wapi_client *client, const uint32_t *callers,
			 uint32_t count, struct wapi_waited *waited)
{
	uint32_t i, handles[FEW], tokens[FEW];
	int error;

	if (!libwapi_table(client))
		return ask_for_any(client, callers, count, 0, waited);

	/* What was asked about is what is learned of, whatever happens to the array. */
	for (i = 0; i < count; i++) {
		handles[i] = callers[i];
		tokens[i] = libwapi_learn(client, handles[i]);
	}
	error = ask_for_any(client, handles, count, 0, waited);
	if (error && error != -ETIMEDOUT)
		return error;
	for (i = 0; i < count; i++)
		libwapi_learned(client, handles[i], tokens[i]);
	return error;
}

/* A wait for any of few handles that does not sleep. */
__attribute__((noinline))
static int look_for_any(struct wapi_client *client, const uint32_t *handles,
			uint32_t count, struct wapi_waited *waited)
{
	uint32_t index = 0;
	int result;

	result = libwapi_look_for_any(client, handles, count, &index);
	if (result == LIBWAPI_LEARN)
		return ask_and_learn(client, handles, count, waited);
	if (result == LIBWAPI_ASK)
		return ask_for_any(client, handles, count, 0, waited);
	if (!result && waited) {
		*waited = (struct wapi_waited){
			.index = index,
			.abandoned = WAPI_WAIT_NOT_ABANDONED,
		};
	}
	return result;
}

WAPI_EXPORT int wapi_wait(struct wapi_client *client, struct wapi_wait *wait)
{
	return libwapi_request(client, WAPI_IOC_WAIT, wait);
}

WAPI_EXPORT int wapi_wait_one(struct wapi_client *client, uint32_t handle,
			      int64_t timeout, struct wapi_waited *waited)
{
	return wapi_wait_any(client, &handle, 1, deadline_of(timeout), waited);
}

WAPI_EXPORT int wapi_wait_any(struct wapi_client *client,
			      const uint32_t *handles, uint32_t count,
			      int64_t deadline, struct wapi_waited *waited)
{
	if (deadline <= 0 && handles && count && count <= FEW &&
	    !libwapi_acquires(client, handles, count))
		return look_for_any(client, handles, count, waited);
	return ask_for_any(client, handles, count, deadline, waited);
}

WAPI_EXPORT int wapi_wait_all(struct wapi_client *client,
			      const uint32_t *handles, uint32_t count,
			      int64_t deadline, struct wapi_waited *waited)
{
	struct wapi_wait request = {
		.handles = (uintptr_t)handles,
		.count = count,
		.flags = WAPI_WAIT_ALL,
		.timeout = deadline,
	};

	return wait_and_tell(client, &request, waited);
}

WAPI_EXPORT int wapi_signal_and_wait(struct wapi_client *client,
				     uint32_t signal, uint32_t signal_count,
				     uint32_t handle, int64_t timeout,
				     struct wapi_waited *waited)
{
	struct wapi_wait request = {
		.handles = (uintptr_t)&handle,
		.count = 1,
		.timeout = deadline_of(timeout),
		.signal = signal,
		.signal_count = signal_count,
	};

	/* To the kernel, 0 is to signal nothing. */
	if (!signal)
		return -EINVAL;
	return wait_and_tell(client, &request, waited);
}
