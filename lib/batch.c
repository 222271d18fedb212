// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Batches: several requests in one system call.  They are the kernel's own, with
 * its structures; only what they mean for the handles is of interest here.
 */
#include "internal.h"

#include <sys/ioctl.h>

/*
 * Of which size its structure is, is another's matter; and so is which handle it
 * is about, as an earlier request of the batch can write it.
 */
static bool gives_back(uint32_t request)
{
	return _IOC_TYPE(request) == WAPI_IOC_MAGIC &&
	       (_IOC_NR(request) == _IOC_NR(WAPI_IOC_CLOSE) ||
		_IOC_NR(request) == _IOC_NR(WAPI_IOC_DUP));
}

static bool any_gives_back(const struct wapi_batch_request *requests,
			   uint32_t count)
{
	uint32_t i;

	/* The kernel does not look at more, or at none. */
	if (!requests || count > WAPI_BATCH_MAX)
		return false;
	for (i = 0; i < count; i++) {
		if (gives_back(requests[i].cmd))
			return true;
	}
	return false;
}

WAPI_EXPORT int wapi_batch(struct wapi_client *client,
			   struct wapi_batch_request *requests, uint32_t count,
			   uint32_t flags, uint32_t *made)
{
	struct wapi_batch request = {
		.requests = (uintptr_t)requests,
		.count = count,
		.flags = flags,
	};
	int error;

	if (any_gives_back(requests, count))
		error = libwapi_request_forgetting(client, WAPI_IOC_BATCH, &request);
	else
		error = libwapi_request(client, WAPI_IOC_BATCH, &request);
	if (!error && made)
		*made = request.made;
	return error;
}
