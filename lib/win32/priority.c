// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Priorities of threads: nice values, each thread's own, as far as the system lets
 * them be changed; and what was asked for, which the thread's block remembers.
 */
#include "internal.h"

#include <errno.h>
#include <sys/resource.h>

#define LEAST_NICE	(-20)
#define MOST_NICE	19

/* How far a priority is from the normal one; false if it is none. */
static bool niceness_of(int priority, int base, int *nice)
{
	switch (priority) {
	case THREAD_PRIORITY_IDLE:
		*nice = MOST_NICE;
		return true;
	case THREAD_PRIORITY_TIME_CRITICAL:
		*nice = LEAST_NICE;
		return true;
	case THREAD_PRIORITY_LOWEST:
	case THREAD_PRIORITY_BELOW_NORMAL:
	case THREAD_PRIORITY_NORMAL:
	case THREAD_PRIORITY_ABOVE_NORMAL:
	case THREAD_PRIORITY_HIGHEST:
		*nice = base - 5 * priority;
		break;
	default:
		return false;
	}
	if (*nice < LEAST_NICE)
		*nice = LEAST_NICE;
	if (*nice > MOST_NICE)
		*nice = MOST_NICE;
	return true;
}

void win32_priority_begin(struct win32_thread *thread)
{
	struct win32_thread_block *block = thread->block;

	atomic_store(&block->base, thread->base);
	if (thread->priority == THREAD_PRIORITY_NORMAL)
		return;
	/* Without the right to, it remains what it has inherited. */
	if (setpriority(PRIO_PROCESS, 0, thread->base))
		atomic_store(&block->priority, thread->priority);
}

static DWORD set(const struct wapi_query *query, int priority)
{
	struct win32_thread_block *block = win32_thread_block_of(query);
	int nice;

	if (!block)
		return ERROR_INVALID_HANDLE;
	if (!niceness_of(priority, atomic_load(&block->base), &nice))
		return ERROR_INVALID_PARAMETER;
	/* Also for one that ends just now. */
	if (query->state.flags & WAPI_STATE_ENDED ||
	    setpriority(PRIO_PROCESS, query->state.tid, nice))
		return ERROR_ACCESS_DENIED;
	atomic_store(&block->priority, priority);
	return NO_ERROR;
}

WIN32_EXPORT BOOL WINAPI SetThreadPriority(HANDLE thread, int priority)
{
	struct wapi_query query;
	uint32_t object;
	DWORD error;

	if (!win32_thread_hold(thread, &object, &query))
		return FALSE;
	error = set(&query, priority);
	wapi_close(win32_client(), object, NULL);
	return error ? win32_fail(error) : TRUE;
}

WIN32_EXPORT int WINAPI GetThreadPriority(HANDLE thread)
{
	struct win32_thread_block *block;
	int priority = THREAD_PRIORITY_ERROR_RETURN;
	struct wapi_query query;
	uint32_t object;

	if (!win32_thread_hold(thread, &object, &query))
		return THREAD_PRIORITY_ERROR_RETURN;
	block = win32_thread_block_of(&query);
	if (block)
		priority = atomic_load(&block->priority);
	else
		win32_fail(ERROR_INVALID_HANDLE);
	wapi_close(win32_client(), object, NULL);
	return priority;
}
