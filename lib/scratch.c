// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Scratch memory: blocks, and addresses in the client's mapping of the arena,
 * which client.c makes because it lives and dies with the descriptor.
 *
 * Which blocks there are, and whose, is known to the kernel alone; it is asked
 * each time.
 */
#include "internal.h"

WAPI_EXPORT int wapi_scratch(struct wapi_client *client, size_t size,
			     uint64_t *block)
{
	struct wapi_scratch request = { .size = size };
	int error;

	error = libwapi_request(client, WAPI_IOC_SCRATCH, &request);
	if (!error)
		*block = request.block;
	return error;
}

WAPI_EXPORT int wapi_scratch_free(struct wapi_client *client, uint64_t block)
{
	struct wapi_scratch_free request = { .block = block };

	return libwapi_request(client, WAPI_IOC_SCRATCH_FREE, &request);
}

WAPI_EXPORT int wapi_block(struct wapi_client *client, uint64_t offset,
			   struct wapi_block *block)
{
	struct wapi_block request = { .offset = offset };
	int error;

	error = libwapi_request(client, WAPI_IOC_BLOCK, &request);
	if (!error)
		*block = request;
	return error;
}

WAPI_EXPORT int wapi_scratch_map(struct wapi_client *client, void **base,
				 size_t *size)
{
	size_t mapped;
	char *arena;
	int error;

	error = libwapi_map(client, &arena, &mapped);
	if (error)
		return error;
	*base = arena;
	if (size)
		*size = mapped;
	return 0;
}

int libwapi_extent(struct wapi_client *client, uint64_t offset, char **address,
		   size_t *room)
{
	struct wapi_block block;
	uint64_t end;
	size_t size;
	char *arena;
	int error;

	error = wapi_block(client, offset, &block);
	if (error)
		return error;
	if (!block.own)
		return -EPERM;
	error = libwapi_map(client, &arena, &size);
	if (error)
		return error;
	end = block.block + block.size;
	if (end > size)
		return -ENOMEM;

	*address = arena + offset;
	*room = end - offset;
	return 0;
}

WAPI_EXPORT int wapi_scratch_ptr(struct wapi_client *client, uint64_t offset,
				 size_t length, void **ptr)
{
	char *address;
	size_t room;
	int error;

	if (!length)
		return -EINVAL;
	error = libwapi_extent(client, offset, &address, &room);
	if (error)
		return error;
	if (length > room)
		return -EFAULT;
	*ptr = address;
	return 0;
}

WAPI_EXPORT int wapi_scratch_offset(struct wapi_client *client, const void *ptr,
				    uint64_t *offset)
{
	struct wapi_block block;
	uintptr_t distance;
	size_t size;
	char *arena;
	int error;

	arena = libwapi_mapped(client, &size);
	distance = (uintptr_t)ptr - (uintptr_t)arena;
	if (!arena || distance >= size)
		return -EFAULT;
	error = wapi_block(client, distance, &block);
	if (error)
		return error;
	if (!block.own)
		return -EPERM;
	*offset = distance;
	return 0;
}
