// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Handles.  Nothing is kept here: a handle is a number, and what it means is
 * in the kernel.
 */
#include "internal.h"

#include <string.h>

static const char *const type_names[WAPI_TYPE_COUNT] = {
	[WAPI_TYPE_UNUSED]	= "unused",
	[WAPI_TYPE_FILE]	= "file",
	[WAPI_TYPE_CONSOLE]	= "console",
	[WAPI_TYPE_THREAD]	= "thread",
	[WAPI_TYPE_SEM]		= "sem",
	[WAPI_TYPE_MUTEX]	= "mutex",
	[WAPI_TYPE_EVENT]	= "event",
	[WAPI_TYPE_SOCKET]	= "socket",
	[WAPI_TYPE_FIND]	= "find",
	[WAPI_TYPE_PROCESS]	= "process",
	[WAPI_TYPE_PIPE]	= "pipe",
	[WAPI_TYPE_TIMER]	= "timer",
};

WAPI_EXPORT int wapi_new(struct wapi_client *client, uint32_t type,
			 uint32_t *handle)
{
	struct wapi_new request = { .type = type };
	int error;

	error = libwapi_request(client, WAPI_IOC_NEW, &request);
	if (!error)
		*handle = request.handle;
	return error;
}

WAPI_EXPORT int wapi_new_data(struct wapi_client *client, uint32_t type,
			      const void *data, size_t size, uint32_t *handle,
			      uint64_t *block)
{
	struct wapi_new request = {
		.type = type,
		.data = (uintptr_t)data,
		.data_size = size,
	};
	int error;

	/* To the kernel, a size of 0 is an object without a data block. */
	if (!size)
		return -EINVAL;
	error = libwapi_request(client, WAPI_IOC_NEW, &request);
	if (error)
		return error;
	*handle = request.handle;
	if (block)
		*block = request.block;
	return 0;
}

WAPI_EXPORT int wapi_new_block(struct wapi_client *client, uint32_t type,
			       uint64_t block, uint32_t *handle)
{
	struct wapi_new request = { .type = type, .block = block };
	int error;

	/* And so is block 0. */
	if (!block)
		return -EINVAL;
	error = libwapi_request(client, WAPI_IOC_NEW, &request);
	if (!error)
		*handle = request.handle;
	return error;
}

WAPI_EXPORT int wapi_open(struct wapi_client *client, uint32_t handle,
			  struct wapi_open *opened)
{
	struct wapi_open request = { .handle = handle };
	int error;

	error = libwapi_request(client, WAPI_IOC_OPEN, &request);
	if (!error && opened)
		*opened = request;
	return error;
}

WAPI_EXPORT int wapi_close(struct wapi_client *client, uint32_t handle,
			   struct wapi_close *closed)
{
	struct wapi_close request = { .handle = handle };
	int error;

	error = libwapi_request_giving(client, WAPI_IOC_CLOSE, &request, handle);
	if (!error && closed)
		*closed = request;
	return error;
}

WAPI_EXPORT int wapi_search(struct wapi_client *client, uint32_t after,
			    uint32_t type, uint32_t *found,
			    uint32_t *found_type)
{
	struct wapi_search request = { .after = after, .type = type };
	int error;

	error = libwapi_look_behind(client, &request);
	if (error)
		error = libwapi_request(client, WAPI_IOC_SEARCH, &request);
	if (error)
		return error;
	*found = request.found;
	if (found_type)
		*found_type = request.found_type;
	return 0;
}

WAPI_EXPORT int wapi_query(struct wapi_client *client, uint32_t handle,
			   struct wapi_query *query)
{
	struct wapi_query request = { .handle = handle };
	int error;

	error = libwapi_request(client, WAPI_IOC_QUERY, &request);
	if (!error)
		*query = request;
	return error;
}

WAPI_EXPORT int wapi_attach(struct wapi_client *client, uint32_t handle,
			    uint64_t block)
{
	struct wapi_attach request = { .handle = handle, .block = block };

	/* To the kernel, block 0 is to take the block away. */
	if (!block)
		return -EINVAL;
	return libwapi_request(client, WAPI_IOC_ATTACH, &request);
}

WAPI_EXPORT int wapi_detach(struct wapi_client *client, uint32_t handle,
			    uint64_t *block)
{
	struct wapi_attach request = { .handle = handle };
	int error;

	error = libwapi_request(client, WAPI_IOC_ATTACH, &request);
	if (!error)
		*block = request.block;
	return error;
}

WAPI_EXPORT const char *wapi_type_name(uint32_t type)
{
	return type < WAPI_TYPE_COUNT ? type_names[type] : "unknown";
}

WAPI_EXPORT int wapi_type_from_name(const char *name, uint32_t *type)
{
	uint32_t i;

	for (i = 0; i < WAPI_TYPE_COUNT; i++) {
		if (strcmp(name, type_names[i]) == 0) {
			*type = i;
			return 0;
		}
	}
	return -EINVAL;
}
