// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sharing.  What a forked child inherits, it takes over in client.c.
 */
#include "internal.h"

static int dup_reference(struct wapi_client *client, struct wapi_dup *request,
			 uint32_t *references)
{
	int error;

	error = libwapi_request_giving(client, WAPI_IOC_DUP, request,
				       request->handle);
	if (!error && references)
		*references = request->references;
	return error;
}

WAPI_EXPORT int wapi_dup(struct wapi_client *client, uint32_t handle, pid_t pid,
			 uint32_t flags, uint32_t *references)
{
	struct wapi_dup request = {
		.handle = handle,
		.flags = flags,
		.pid = pid,
	};

	return dup_reference(client, &request, references);
}

WAPI_EXPORT int wapi_dup_to(struct wapi_client *client, uint32_t handle,
			    uint32_t process, uint32_t flags,
			    uint32_t *references)
{
	struct wapi_dup request = {
		.handle = handle,
		.flags = flags,
		.process = process,
	};

	/* To the kernel, process 0 is to go by the process id. */
	if (!process)
		return -EBADF;
	return dup_reference(client, &request, references);
}

WAPI_EXPORT int wapi_mark(struct wapi_client *client, uint32_t handle,
			  bool inherit, bool *previous)
{
	struct wapi_mark request = { .handle = handle, .inherit = inherit };
	int error;

	if (inherit)
		libwapi_will_pass_on(client);
	error = libwapi_request(client, WAPI_IOC_MARK, &request);
	if (!error && previous)
		*previous = request.previous;
	return error;
}

WAPI_EXPORT int wapi_inherit(struct wapi_client *client, uint32_t *count)
{
	struct wapi_inherit request = { 0 };
	int error;

	libwapi_will_pass_on(client);
	error = libwapi_request(client, WAPI_IOC_INHERIT, &request);
	if (!error && count)
		*count = request.count;
	return error;
}
