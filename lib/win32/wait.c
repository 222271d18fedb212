// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waits.  All that is decided about objects is decided by the kernel, in one request.
 */
#include "internal.h"

#include <errno.h>

#define NS_PER_MS	INT64_C(1000000)

struct wait {
	struct wapi_client *client;
	int64_t deadline;		/* 0: do not wait */
	uint32_t objects[MAXIMUM_WAIT_OBJECTS];
	struct wapi_wait request;	/* count 0: a pseudo-handle, which only takes time */
};

static int64_t deadline_of(DWORD milliseconds)
{
	if (milliseconds == INFINITE)
		return WAPI_WAIT_FOREVER;
	return milliseconds ? wapi_deadline(milliseconds * NS_PER_MS) : 0;
}

static BOOL begin(struct wait *wait, DWORD milliseconds)
{
	wait->client = win32_client();
	if (!wait->client)
		return FALSE;
	wait->deadline = deadline_of(milliseconds);
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

/* The kernel refuses it too, but not before all else. */
static bool is_twice(const struct wait *wait)
{
	for (uint32_t i = 0; i < wait->request.count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (wait->objects[i] == wait->objects[j])
				return true;
	return false;
}

static int wait_for_it(struct wait *wait)
{
	struct wapi_wait *request = &wait->request;
	struct wapi_waited waited;
	int error;

	request->timeout = wait->deadline;
	if (request->flags || !request->count)
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

static DWORD wait_and_tell(struct wait *wait)
{
	int result = wait_for_it(wait);

	switch (result) {
	case 0:
		if (wait->request.abandoned != WAPI_WAIT_NOT_ABANDONED)
			return WAIT_ABANDONED_0 + wait->request.abandoned;
		return WAIT_OBJECT_0 + wait->request.index;
	case -ETIMEDOUT:
		return WAIT_TIMEOUT;
	default:
		win32_fail_errno(result);
		return WAIT_FAILED;
	}
}

WIN32_EXPORT DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD milliseconds)
{
	struct wait wait;

	if (!begin(&wait, milliseconds) || !add_single(&wait, object))
		return WAIT_FAILED;
	return wait_and_tell(&wait);
}

WIN32_EXPORT DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *objects, BOOL all,
						 DWORD milliseconds)
{
	struct wait wait;

	if (!count || count > MAXIMUM_WAIT_OBJECTS || !objects) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return WAIT_FAILED;
	}
	if (!begin(&wait, milliseconds))
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
