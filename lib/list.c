// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Listings.  The buffer is on the stack, so that whoever is called back can
 * leave in whatever way it likes and nothing is left behind.
 */
#include "internal.h"

#define BUFFER_SIZE	16384
#define MAX_RECORD	8192	/* as in the module */

WAPI_EXPORT int wapi_list(struct wapi_client *client, uint32_t what,
			  uint64_t domain, size_t record_size,
			  wapi_list_fn *each, void *context)
{
	union {
		uint64_t align;
		char bytes[BUFFER_SIZE];
	} buffer;
	struct wapi_list request = {
		.what = what,
		.domain = domain,
		.records = (uintptr_t)buffer.bytes,
		.record_size = record_size,
	};
	uint32_t i;
	int result;

	if (!record_size || record_size > MAX_RECORD)
		return -EINVAL;
	request.capacity = BUFFER_SIZE / record_size;

	for (;;) {
		result = libwapi_request(client, WAPI_IOC_LIST, &request);
		if (result || !request.count)
			return result;
		for (i = 0; i < request.count; i++) {
			result = each(buffer.bytes + i * record_size, context);
			if (result)
				return result;
		}
		request.count = 0;
	}
}
