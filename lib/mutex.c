// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mutexes.  Taking one is a wait: see wait.c.
 */
#include "internal.h"

WAPI_EXPORT int wapi_mutex_new(struct wapi_client *client, uint32_t flags,
			       const char *name, uint32_t *handle,
			       bool *existed)
{
	struct wapi_new request = { .type = WAPI_TYPE_MUTEX, .flags = flags };

	return libwapi_new_named(client, &request, name, handle, existed);
}

WAPI_EXPORT int wapi_mutex_release(struct wapi_client *client, uint32_t handle,
				   uint32_t *count)
{
	struct wapi_mutex_release request = { .handle = handle };
	int error;

	error = libwapi_request(client, WAPI_IOC_MUTEX_RELEASE, &request);
	if (!error && count)
		*count = request.count;
	return error;
}
