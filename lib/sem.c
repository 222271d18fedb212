// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Semaphores.  Taking one from the count is a wait: see wait.c.
 */
#include "internal.h"

WAPI_EXPORT int wapi_sem_new(struct wapi_client *client, uint32_t flags,
			     uint32_t count, uint32_t maximum, const char *name,
			     uint32_t *handle, bool *existed)
{
	struct wapi_new request = {
		.type = WAPI_TYPE_SEM,
		.flags = flags,
		.count = count,
		.maximum = maximum,
	};

	return libwapi_new_named(client, &request, name, handle, existed);
}

WAPI_EXPORT int wapi_sem_release(struct wapi_client *client, uint32_t handle,
				 uint32_t count, uint32_t *previous)
{
	struct wapi_sem_release request = { .handle = handle, .count = count };
	int error;

	error = libwapi_request(client, WAPI_IOC_SEM_RELEASE, &request);
	if (!error && previous)
		*previous = request.previous;
	return error;
}
