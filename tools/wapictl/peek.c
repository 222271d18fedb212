// SPDX-License-Identifier: GPL-2.0
/*
 * A look at the beginnings of data blocks.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "peek.h"

/* How many pages mincore() is asked about at a time. */
#define WINDOW	4096

static char *arena;
static size_t arena_size;
static size_t page_size;

static unsigned char resident[WINDOW];
static uint64_t window;		/* the number of its first page */

void peek_begin(struct wapi_client *client)
{
	void *base;

	if (wapi_scratch_map(client, &base, &arena_size))
		return;
	page_size = sysconf(_SC_PAGESIZE);
	window = UINT64_MAX;
	arena = base;
}

void peek_end(void)
{
	arena = NULL;
}

static bool page_resident(uint64_t page)
{
	uint64_t first = page - page % WINDOW;
	size_t size = arena_size - first * page_size;

	if (first != window) {
		if (size > WINDOW * page_size)
			size = WINDOW * page_size;
		window = first;
		memset(resident, 0, sizeof(resident));
		mincore(arena + first * page_size, size, resident);
	}
	return resident[page - first] & 1;
}

/*
 * Reading a page that nobody wrote yet would allocate it: a look must not
 * change what it looks at.
 */
static bool in_memory(uint64_t offset, size_t size)
{
	uint64_t last = (offset + size - 1) / page_size;

	for (uint64_t page = offset / page_size; page <= last; page++)
		if (!page_resident(page))
			return false;
	return true;
}

size_t peek_read(void *bytes, size_t size, uint64_t block, uint64_t block_size)
{
	if (size > block_size)
		size = block_size;
	if (!arena || !block || !size || block >= arena_size ||
	    size > arena_size - block || !in_memory(block, size))
		return 0;
	memcpy(bytes, arena + block, size);
	return size;
}
