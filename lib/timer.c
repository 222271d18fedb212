// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Timers.  Waiting for one is in wait.c.
 */
#include "internal.h"

WAPI_EXPORT int wapi_timer_new(struct wapi_client *client, uint32_t flags,
			       const char *name, uint32_t *handle,
			       bool *existed)
{
	struct wapi_new request = { .type = WAPI_TYPE_TIMER, .flags = flags };

	return libwapi_new_named(client, &request, name, handle, existed);
}

WAPI_EXPORT int wapi_timer_set(struct wapi_client *client, uint32_t handle,
			       uint32_t flags, int64_t due, uint64_t period,
			       struct wapi_timer_set *told)
{
	struct wapi_timer_set request = {
		.handle = handle,
		.flags = flags,
		.due = due,
		.period = period,
	};
	int error;

	error = libwapi_request(client, WAPI_IOC_TIMER_SET, &request);
	if (!error && told)
		*told = request;
	return error;
}

WAPI_EXPORT int wapi_timer_cancel(struct wapi_client *client, uint32_t handle,
				  bool *armed)
{
	struct wapi_timer_cancel request = { .handle = handle };
	int error;

	error = libwapi_request(client, WAPI_IOC_TIMER_CANCEL, &request);
	if (!error && armed)
		*armed = request.armed;
	return error;
}
