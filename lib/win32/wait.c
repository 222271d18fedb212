// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waits.  All that is decided about objects is decided by the kernel, in one request.
 * What is queued to the thread that waits is looked at before, and again when the
 * request ends for it: see apc.c.
 */
#include "internal.h"

#include <errno.h>

struct wait {
	struct wapi_client *client;
	struct win32_apcs *apcs;	/* the calling thread's; NULL: not alertable */
	int64_t deadline;		/* 0: do not wait */
	uint32_t objects[MAXIMUM_WAIT_OBJECTS];
	struct wapi_wait request;	/* count 0: a pseudo-handle, which only takes time */
};

static BOOL begin(struct wait *wait, DWORD milliseconds, BOOL alertable)
{
	struct win32_thread *self;

	wait->client = win32_client();
	if (!wait->client)
		return FALSE;
	wait->apcs = NULL;
	if (alertable) {
		self = win32_self();
		if (!self)
			return FALSE;
		wait->apcs = &self->apcs;
	}
	wait->deadline = win32_deadline(milliseconds);
	wait->request = (struct wapi_wait){ .handles = (uintptr_t)wait->objects };
	return TRUE;
}

/* One more object to wait for. */
static BOOL add(struct wait *wait, HANDLE handle)
{
	uint32_t object;
	int can;

	if (!win32_handle_object(handle, &object))
		return FALSE;
	can = wapi_handle_test_capabilities(wait->client, object, WAPI_CAP_WAIT);
	if (can <= 0)
		return win32_fail(ERROR_INVALID_HANDLE);
	wait->objects[wait->request.count++] = object;
	return TRUE;
}

/* The one object to wait for; of the thread and its process, there is no end to see. */
static BOOL add_single(struct wait *wait, HANDLE handle)
{
	if (handle == WIN32_PSEUDO_PROCESS || handle == WIN32_PSEUDO_THREAD)
		return TRUE;
	return add(wait, handle);
}

/* Before anything is run, be sure that the kernel will not refuse it. */
static bool is_twice(const struct wait *wait)
{
	for (uint32_t i = 0; i < wait->request.count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (wait->objects[i] == wait->objects[j])
				return true;
	return false;
}

static int signal_alone(struct wait *wait)
{
	struct wapi_wait request = {
		.signal = wait->request.signal,
		.signal_count = wait->request.signal_count,
	};
	int error;

	/* For nothing, and for no time. */
	error = wapi_wait(wait->client, &request);
	if (error != -ETIMEDOUT)
		return error;
	wait->request.signal = 0;
	wait->request.signal_count = 0;
	return 0;
}

/* Return: 0, WIN32_ALERTED if something was run, or an error of signalling */
static int run_what_is_pending(struct wait *wait)
{
	int error;

	if (!wait->apcs || !win32_apc_is_pending(wait->apcs))
		return 0;
	error = wait->request.signal ? signal_alone(wait) : 0;
	if (error)
		return error;
	return win32_apc_run(wait->apcs) ? WIN32_ALERTED : 0;
}

/* A request that nothing but its objects and its deadline ends. */
static int wait_unalerted(struct wait *wait)
{
	struct wapi_wait *request = &wait->request;
	struct wapi_waited waited;
	int error;

	request->timeout = wait->deadline;
	request->alert = 0;
	if (request->signal || request->flags || !request->count)
		return wapi_wait(wait->client, request);
	/* This one looks before it asks. */
	error = wapi_wait_any(wait->client, wait->objects, request->count, wait->deadline,
			      &waited);
	if (!error) {
		request->index = waited.index;
		request->abandoned = waited.abandoned;
	}
	return error;
}

/* Return: 0, -ETIMEDOUT, WIN32_ALERTED or an error */
static int wait_for_it(struct wait *wait)
{
	struct wapi_wait *request = &wait->request;
	int64_t next;
	int result;

	for (;;) {
		result = run_what_is_pending(wait);
		if (result)
			return result;
		if (!wait->apcs || !wait->deadline)
			return wait_unalerted(wait);
		next = win32_apc_next_timer(wait->apcs);
		request->timeout = next < wait->deadline ? next : wait->deadline;
		result = win32_apc_wait(wait->apcs, wait->client, request);
		/* A timer may be due now, or what woke us may be run already. */
		if (result != WIN32_ALERTED &&
		    (result != -ETIMEDOUT || request->timeout == wait->deadline))
			return result;
	}
}

static DWORD wait_and_tell(struct wait *wait)
{
	int result = wait_for_it(wait);

	switch (result) {
	case 0:
		if (wait->request.abandoned != WAPI_WAIT_NOT_ABANDONED)
			return WAIT_ABANDONED_0 + wait->request.abandoned;
		return WAIT_OBJECT_0 + wait->request.index;
	case WIN32_ALERTED:
		return WAIT_IO_COMPLETION;
	case -ETIMEDOUT:
		return WAIT_TIMEOUT;
	case -EPERM:
		win32_fail(ERROR_NOT_OWNER);
		return WAIT_FAILED;
	case -EOVERFLOW:
		win32_fail(ERROR_TOO_MANY_POSTS);
		return WAIT_FAILED;
	default:
		win32_fail_errno(result);
		return WAIT_FAILED;
	}
}

WIN32_EXPORT DWORD WINAPI WaitForSingleObjectEx(HANDLE object, DWORD milliseconds,
						BOOL alertable)
{
	struct wait wait;

	if (!begin(&wait, milliseconds, alertable) || !add_single(&wait, object))
		return WAIT_FAILED;
	return wait_and_tell(&wait);
}

WIN32_EXPORT DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD milliseconds)
{
	return WaitForSingleObjectEx(object, milliseconds, FALSE);
}

WIN32_EXPORT DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *objects,
						   BOOL all, DWORD milliseconds,
						   BOOL alertable)
{
	struct wait wait;

	if (!count || count > MAXIMUM_WAIT_OBJECTS || !objects) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return WAIT_FAILED;
	}
	if (!begin(&wait, milliseconds, alertable))
		return WAIT_FAILED;
	for (DWORD i = 0; i < count; i++)
		if (!add(&wait, objects[i]))
			return WAIT_FAILED;
	if (all) {
		if (is_twice(&wait)) {
			win32_fail(ERROR_INVALID_PARAMETER);
			return WAIT_FAILED;
		}
		wait.request.flags = WAPI_WAIT_ALL;
	}
	return wait_and_tell(&wait);
}

WIN32_EXPORT DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *objects, BOOL all,
						 DWORD milliseconds)
{
	return WaitForMultipleObjectsEx(count, objects, all, milliseconds, FALSE);
}

/* What SignalObjectAndWait() signals. */
static BOOL set_signal(struct wait *wait, HANDLE handle)
{
	uint32_t object;
	int type;

	if (!win32_handle_object(handle, &object))
		return FALSE;
	type = wapi_handle_type(wait->client, object);
	if (type != WAPI_TYPE_EVENT && type != WAPI_TYPE_MUTEX && type != WAPI_TYPE_SEM)
		return win32_fail(ERROR_INVALID_HANDLE);
	wait->request.signal = object;
	wait->request.signal_count = type == WAPI_TYPE_SEM;
	return TRUE;
}

WIN32_EXPORT DWORD WINAPI SignalObjectAndWait(HANDLE signal, HANDLE object,
					      DWORD milliseconds, BOOL alertable)
{
	struct wait wait;

	if (!begin(&wait, milliseconds, alertable) || !set_signal(&wait, signal) ||
	    !add_single(&wait, object))
		return WAIT_FAILED;
	return wait_and_tell(&wait);
}
