// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a thread tells of itself to all processes, in the data block of its object:
 * there it is found as long as anybody has a handle.
 */
#include "internal.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAGIC		0x54336e57u		/* Wn3T */

static int attach_block(struct wapi_client *client, uint32_t object)
{
	uint64_t block;
	int error;

	error = wapi_scratch(client, sizeof(struct win32_thread_block), &block);
	if (error)
		return error;
	error = wapi_attach(client, object, block);
	if (error)
		wapi_scratch_free(client, block);
	return error;
}

int win32_block_make(struct wapi_client *client, uint32_t object,
		     struct win32_thread_block **made)
{
	struct win32_thread_block *block;
	struct wapi_query query;
	void *memory;
	int error;

	error = wapi_query(client, object, &query);
	if (!error && !query.block) {
		error = attach_block(client, object);
		if (!error)
			error = wapi_query(client, object, &query);
	}
	if (!error)
		error = wapi_scratch_ptr(client, query.block, sizeof(*block), &memory);
	if (error)
		return error;
	block = memory;
	*made = block;
	if (atomic_load(&block->magic) == MAGIC)
		return 0;
	atomic_store(&block->pid, getpid());
	atomic_store(&block->base, getpriority(PRIO_PROCESS, 0));
	atomic_store(&block->created, query.state.start_time ?
		     win32_date_of(query.state.start_time) : win32_now());
	atomic_store(&block->magic, MAGIC);
	return 0;
}

struct win32_thread_block *win32_thread_block_of(const struct wapi_query *query)
{
	struct win32_thread_block *block;
	void *memory;

	if (!query->block || query->block_size < sizeof(*block) ||
	    wapi_scratch_ptr(win32_client(), query->block, sizeof(*block), &memory))
		return NULL;
	block = memory;
	return atomic_load(&block->magic) == MAGIC ? block : NULL;
}

static uint64_t units_of(struct timeval time)
{
	return (uint64_t)time.tv_sec * WIN32_TICKS_PER_SECOND + (uint64_t)time.tv_usec * 10;
}

void win32_block_note_times(struct win32_thread_block *block)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		return;
	atomic_store(&block->user, units_of(usage.ru_utime));
	atomic_store(&block->kernel, units_of(usage.ru_stime));
}
