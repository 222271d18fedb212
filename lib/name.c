// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names.  A string here is an address and a size to the kernel, which checks
 * what is in it; to the kernel a size of 0 is no name, here an empty string is
 * a wrong one.
 */
#include "internal.h"

#include <string.h>

static int name_size(const char *name, uint32_t *size)
{
	size_t length = strnlen(name, WAPI_NAME_MAX + 1);

	if (!length || length > WAPI_NAME_MAX)
		return -EINVAL;
	*size = length;
	return 0;
}

int libwapi_new_named(struct wapi_client *client, struct wapi_new *request,
		      const char *name, uint32_t *handle, bool *existed)
{
	int error;

	if (name) {
		error = name_size(name, &request->name_size);
		if (error)
			return error;
		request->name = (uintptr_t)name;
	}
	error = libwapi_request(client, WAPI_IOC_NEW, request);
	if (error)
		return error;
	*handle = request->handle;
	if (existed)
		*existed = request->existed;
	return 0;
}

WAPI_EXPORT int wapi_open_name(struct wapi_client *client, const char *name,
			       uint32_t type, uint32_t *handle,
			       uint32_t *found_type)
{
	struct wapi_open_name request = {
		.name = (uintptr_t)name,
		.type = type,
	};
	int error;

	error = name_size(name, &request.name_size);
	if (!error)
		error = libwapi_request(client, WAPI_IOC_OPEN_NAME, &request);
	if (error)
		return error;
	*handle = request.handle;
	if (found_type)
		*found_type = request.found_type;
	return 0;
}
