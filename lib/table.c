// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The memory of a client: the state table, and what stands in front of it.  It
 * lives as long as the client; in a forked child it is there too, but says
 * nothing.
 *
 *	| known   | view    | states |
 *	| 4 MiB   | 64 KiB  | 4 MiB  |
 *	                    ^ struct wapi_client *
 *
 *	known	which handles the client holds references to, see held.c
 *	view	what of the client is true in this process only
 *	states	the state table of <linux/wapi.h>, or as long as that is not
 *		mapped, zeros, by which no handle is live
 *
 * The kernel fills known and view with zeros in a child (MADV_WIPEONFORK), so
 * that a child believes nothing that it has of its parent, however it was made.
 * What it inherits as states may be the table of another domain, and is not looked
 * at until its own is mapped in its place.  That is done at the child's first use
 * of the client, if it has no other threads then; else requests are made instead,
 * for good.  So what is in the view and not atomic is written only while no other
 * thread can see the client, and then read like constants.
 *
 * Of known and states, only what is touched takes memory.
 */
#include "internal.h"

#include <sys/mman.h>

#define STATES_SIZE	sizeof(struct wapi_client)
#define WHOLE_SIZE	(LIBWAPI_KNOWN_SIZE + LIBWAPI_VIEW_SIZE + STATES_SIZE)
/* Where there is no room for that: no known, and a page of zeros as states. */
#define LEAST_SIZE	((size_t)2 * LIBWAPI_VIEW_SIZE)

_Static_assert(STATES_SIZE == WAPI_STATES_SIZE, "an entry for each handle");
_Static_assert(sizeof(struct libwapi_view) <= LIBWAPI_VIEW_SIZE, "room for it");

static char *reserve(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* A huge page for a few bytes would be waste. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	if (!madvise(memory, size, MADV_WIPEONFORK))
		return memory;
	munmap(memory, size);
	return NULL;
}

struct wapi_client *libwapi_memory(bool *whole)
{
	char *memory = reserve(WHOLE_SIZE);

	*whole = memory;
	if (memory)
		return (void *)(memory + LIBWAPI_KNOWN_SIZE + LIBWAPI_VIEW_SIZE);
	memory = reserve(LEAST_SIZE);
	return memory ? (void *)(memory + LIBWAPI_VIEW_SIZE) : NULL;
}

void libwapi_memory_free(struct wapi_client *client, bool whole)
{
	if (whole)
		munmap(libwapi_known(client), WHOLE_SIZE);
	else
		munmap(libwapi_view(client), LEAST_SIZE);
}

/*
 * First mapped elsewhere: what can fail, does so while there is still something
 * for other threads to read.
 */
bool libwapi_table_map(struct wapi_client *client, int fd)
{
	void *table = mmap(NULL, STATES_SIZE, PROT_READ, MAP_SHARED, fd,
			   WAPI_STATES_OFFSET);

	if (table == MAP_FAILED)
		return false;
	if (mremap(table, STATES_SIZE, STATES_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   client) != MAP_FAILED)
		return true;
	munmap(table, STATES_SIZE);
	/* Should it have taken away what was there. */
	(void)mmap(client, STATES_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
		   MAP_NORESERVE | MAP_FIXED, -1, 0);
	return false;
}

void libwapi_known_wipe(struct wapi_client *client)
{
	_Atomic uint32_t *known = libwapi_known(client);
	size_t i;

	/* Of locked memory, nothing is given up. */
	if (!madvise(known, LIBWAPI_KNOWN_SIZE, MADV_DONTNEED))
		return;
	for (i = 0; i < LIBWAPI_KNOWN_SIZE / sizeof(*known); i++)
		atomic_store_explicit(&known[i], 0, memory_order_relaxed);
}
