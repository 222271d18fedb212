// SPDX-License-Identifier: GPL-2.0
/*
 * Events: set or not.
 *
 * One that is reset by hand lets all waits through while it is set; the other
 * lets one through and resets itself.  Files, consoles, sockets and pipes have
 * the state of an event that is reset by hand.
 */
#include "wapi_internal.h"

static int wapi_event_create(struct wapi_object *object, struct wapi_client *client,
			     const struct wapi_new *args)
{
	object->event.manual = args->flags & WAPI_NEW_MANUAL;
	object->event.set = args->flags & WAPI_NEW_SIGNALLED;
	return 0;
}

static int wapi_record_create(struct wapi_object *object, struct wapi_client *client,
			      const struct wapi_new *args)
{
	object->event.manual = true;
	object->event.set = args->flags & WAPI_NEW_SIGNALLED;
	return 0;
}

static bool wapi_event_is_signalled(const struct wapi_object *object, const struct wapi_owner *by)
{
	return object->event.set;
}

static void wapi_event_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index)
{
	if (!object->event.manual)
		object->event.set = false;
}

static void wapi_event_unacquire(struct wapi_object *object)
{
	if (!object->event.manual)
		object->event.set = true;
}

static int wapi_event_signal(struct wapi_object *object, u32 count)
{
	if (count)
		return -EINVAL;
	object->event.set = true;
	return 0;
}

static void wapi_event_describe(const struct wapi_object *object, struct pid_namespace *pids,
				struct wapi_state *state)
{
	if (object->event.manual)
		state->flags |= WAPI_STATE_MANUAL;
}

const struct wapi_type_ops wapi_event_type = {
	.caps		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	.new_flags	= WAPI_NEW_SIGNALLED | WAPI_NEW_MANUAL,
	.create		= wapi_event_create,
	.is_signalled	= wapi_event_is_signalled,
	.acquire	= wapi_event_acquire,
	.unacquire	= wapi_event_unacquire,
	.signal		= wapi_event_signal,
	.describe	= wapi_event_describe,
};

const struct wapi_type_ops wapi_record_type = {
	.caps		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	.new_flags	= WAPI_NEW_SIGNALLED,
	.create		= wapi_record_create,
	.is_signalled	= wapi_event_is_signalled,
	.acquire	= wapi_event_acquire,
	.unacquire	= wapi_event_unacquire,
	.signal		= wapi_event_signal,
};

/**
 * wapi_signal_locked - WAPI_IOC_SET, WAPI_IOC_RESET, WAPI_IOC_PULSE: tell the state before
 * @request: the request, with the locked object
 *
 * Return: 0, -EINVAL or -EOPNOTSUPP
 */
int wapi_signal_locked(struct wapi_request *request)
{
	struct wapi_signal *args = &request->args.signal;

	if (args->flags || args->pad)
		return -EINVAL;
	if (wapi_type_of(request->object)->signal != wapi_event_signal)
		return -EOPNOTSUPP;
	args->previous = request->object->event.set;
	return 0;
}

/**
 * wapi_set_commit_locked - set the event
 * @request: the request, with the locked object
 */
void wapi_set_commit_locked(struct wapi_request *request)
{
	request->object->event.set = true;
	wapi_wake_waiters(request->object);
}

/**
 * wapi_reset_commit_locked - reset the event
 * @request: the request, with the locked object
 */
void wapi_reset_commit_locked(struct wapi_request *request)
{
	request->object->event.set = false;
}

/**
 * wapi_pulse_commit_locked - set the event for those who wait now
 * @request: the request, with the locked object
 */
void wapi_pulse_commit_locked(struct wapi_request *request)
{
	request->object->event.set = true;
	wapi_wake_waiters(request->object);
	request->object->event.set = false;
}
