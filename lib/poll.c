// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Descriptors of objects.  They belong to whoever has them, not to a client.
 */
#include "internal.h"

#include <unistd.h>

WAPI_EXPORT int wapi_to_fd(struct wapi_client *client, uint32_t handle,
			   uint32_t flags, int *fd)
{
	struct wapi_to_fd request = { .handle = handle, .flags = flags };
	int error;

	error = libwapi_request(client, WAPI_IOC_TO_FD, &request);
	if (!error)
		*fd = request.fd;
	return error;
}

WAPI_EXPORT int wapi_from_fd(struct wapi_client *client, int fd,
			     uint32_t *handle, uint32_t *type)
{
	struct wapi_from_fd request = { .fd = fd };
	int error;

	error = libwapi_request(client, WAPI_IOC_FROM_FD, &request);
	if (error)
		return error;
	*handle = request.handle;
	if (type)
		*type = request.type;
	return 0;
}

WAPI_EXPORT int wapi_fd_read(int fd, struct wapi_acquired *acquired)
{
	struct wapi_acquired told;
	ssize_t count;

	do {
		count = read(fd, &told, sizeof(told));
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	/* Not one of ours. */
	if (count != sizeof(told))
		return -EIO;
	if (acquired)
		*acquired = told;
	return 0;
}
