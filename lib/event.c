// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events.
 */
#include "internal.h"

WAPI_EXPORT int wapi_event_new(struct wapi_client *client, uint32_t flags,
			       const char *name, uint32_t *handle,
			       bool *existed)
{
	struct wapi_new request = { .type = WAPI_TYPE_EVENT, .flags = flags };

	return libwapi_new_named(client, &request, name, handle, existed);
}

static int signal_event(struct wapi_client *client, unsigned long what,
			uint32_t handle, bool *previous)
{
	struct wapi_signal request = { .handle = handle };
	int error;

	error = libwapi_request(client, what, &request);
	if (!error && previous)
		*previous = request.previous;
	return error;
}

WAPI_EXPORT int wapi_set(struct wapi_client *client, uint32_t handle,
			 bool *previous)
{
	return signal_event(client, WAPI_IOC_SET, handle, previous);
}

WAPI_EXPORT int wapi_reset(struct wapi_client *client, uint32_t handle,
			   bool *previous)
{
	return signal_event(client, WAPI_IOC_RESET, handle, previous);
}

WAPI_EXPORT int wapi_pulse(struct wapi_client *client, uint32_t handle,
			   bool *previous)
{
	return signal_event(client, WAPI_IOC_PULSE, handle, previous);
}
