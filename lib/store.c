// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is kept in blocks: copies, strings, arrays of strings.
 *
 * Any client of the domain can write to any block while it is read here.  So
 * what is in a block is looked at once, byte by byte, never beyond the block's
 * end as the kernel told it, and decisions are made on a private copy.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* What an array of strings begins with. */
typedef uint32_t count_t;

/* One look at the count; what it was is what counts from then on. */
static count_t read_count(const char *p)
{
	const volatile char *byte = p;
	char bytes[sizeof(count_t)];
	count_t count;
	size_t i;

	for (i = 0; i < sizeof(count); i++)
		bytes[i] = byte[i];
	memcpy(&count, bytes, sizeof(count));
	return count;
}

/* The length of the string at @p, or @room if it does not end in there. */
static size_t length_within(const char *p, size_t room)
{
	/* volatile: string functions may read a byte twice and be surprised. */
	const volatile char *byte = p;
	size_t length = 0;

	while (length < room && byte[length])
		length++;
	return length;
}

/* Allocate a block and tell where it is. */
static int new_block(struct wapi_client *client, size_t size, uint64_t *block,
		     char **address)
{
	size_t mapped;
	char *arena;
	int error;

	error = libwapi_map(client, &arena, &mapped);
	if (error)
		return error;
	error = wapi_scratch(client, size, block);
	if (error)
		return error;
	if (*block >= mapped || size > mapped - *block) {
		wapi_scratch_free(client, *block);
		return -ENOMEM;
	}
	*address = arena + *block;
	return 0;
}

WAPI_EXPORT int wapi_store(struct wapi_client *client, const void *data,
			   size_t size, uint64_t *block)
{
	uint64_t made;
	char *address;
	int error;

	error = new_block(client, size, &made, &address);
	if (error)
		return error;
	memcpy(address, data, size);
	*block = made;
	return 0;
}

WAPI_EXPORT int wapi_store_string(struct wapi_client *client,
				  const char *string, uint64_t *block)
{
	return wapi_store(client, string, strlen(string) + 1, block);
}

WAPI_EXPORT int wapi_lookup_string(struct wapi_client *client, uint64_t offset,
				   const char **string, size_t *length)
{
	size_t room, found;
	char *address;
	int error;

	error = libwapi_extent(client, offset, &address, &room);
	if (error)
		return error;
	found = length_within(address, room);
	if (found == room)
		return -EBADMSG;
	*string = address;
	*length = found;
	return 0;
}

WAPI_EXPORT int wapi_load_string(struct wapi_client *client, uint64_t offset,
				 char **copy)
{
	const char *string;
	size_t length;
	char *made;
	int error;

	error = wapi_lookup_string(client, offset, &string, &length);
	if (error)
		return error;
	made = malloc(length + 1);
	if (!made)
		return -ENOMEM;
	memcpy(made, string, length);
	made[length] = '\0';
	*copy = made;
	return 0;
}

WAPI_EXPORT int wapi_store_strings(struct wapi_client *client,
				   const char *const strings[], uint64_t *block)
{
	size_t i, size = sizeof(count_t);
	uint64_t made;
	count_t count;
	char *p;
	int error;

	for (i = 0; strings[i]; i++) {
		if (__builtin_add_overflow(size, strlen(strings[i]) + 1, &size))
			return -ENOSPC;
	}
	count = i;
	if (count != i)
		return -ENOSPC;

	error = new_block(client, size, &made, &p);
	if (error)
		return error;
	memcpy(p, &count, sizeof(count));
	p += sizeof(count);
	for (i = 0; i < count; i++)
		p = stpcpy(p, strings[i]) + 1;
	*block = made;
	return 0;
}

/* The size of @count strings at @p, or 0 if they do not end within @room. */
static size_t size_within(const char *p, count_t count, size_t room)
{
	size_t size = 0;

	for (; count; count--) {
		size_t length = length_within(p + size, room - size);

		size += length + 1;
		if (size > room)
			return 0;
	}
	return size;
}

WAPI_EXPORT int wapi_load_strings(struct wapi_client *client, uint64_t offset,
				  char ***strings)
{
	size_t i, room, size, pointers;
	char **made, *address, *p;
	count_t count;
	int error;

	error = libwapi_extent(client, offset, &address, &room);
	if (error)
		return error;
	if (room < sizeof(count))
		return -EBADMSG;
	count = read_count(address);
	address += sizeof(count);
	room -= sizeof(count);
	if (count > room)
		return -EBADMSG;
	size = size_within(address, count, room);
	if (count && !size)
		return -EBADMSG;

	if (__builtin_mul_overflow((size_t)count + 1, sizeof(*made), &pointers) ||
	    __builtin_add_overflow(pointers, size, &pointers))
		return -ENOMEM;
	made = malloc(pointers);
	if (!made)
		return -ENOMEM;
	p = (char *)(made + count + 1);
	memcpy(p, address, size);

	/* Changed meanwhile?  From here on it cannot. */
	if (size_within(p, count, size) != size) {
		free(made);
		return -EBADMSG;
	}
	for (i = 0; i < count; i++) {
		made[i] = p;
		p += strlen(p) + 1;
	}
	made[count] = NULL;
	*strings = made;
	return 0;
}

WAPI_EXPORT void wapi_free_strings(char **strings)
{
	free(strings);
}
