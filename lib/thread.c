// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads.
 */
#include "internal.h"

WAPI_EXPORT int wapi_thread_new(struct wapi_client *client, uint32_t flags,
				const char *name, uint32_t *handle,
				bool *existed)
{
	struct wapi_new request = {
		.type = WAPI_TYPE_THREAD,
		.flags = flags | WAPI_NEW_SELF,
	};

	return libwapi_new_named(client, &request, name, handle, existed);
}

WAPI_EXPORT int wapi_thread_exit(struct wapi_client *client, uint32_t handle,
				 int32_t status)
{
	struct wapi_thread_exit request = { .handle = handle, .status = status };

	return libwapi_request(client, WAPI_IOC_THREAD_EXIT, &request);
}
