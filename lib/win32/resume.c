// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Resuming: the first thread of a process that was created suspended.
 *
 * It waits for an event before its program begins.  Which, is in the record of its
 * process, so that whoever has a handle of the thread can set it.  The new process has
 * the only descriptor that keeps the event alive: when the program has begun, or the
 * process has ended, there is no event any more.
 */
#include "record.h"

#include <errno.h>

/* The process of which a thread is the first, that has not begun yet; 0 or an errno. */
static int find_process(struct wapi_client *client, uint32_t thread, uint32_t *process)
{
	char name[WIN32_IDENTITY_SIZE];
	struct wapi_query query;
	int error;

	error = wapi_query(client, thread, &query);
	if (error)
		return error;
	if (query.type != WAPI_TYPE_THREAD || !query.state.tid ||
	    query.state.flags & WAPI_STATE_ENDED)
		return -ESRCH;
	/* Of another thread than the first this is the name of no process. */
	error = win32_name_of_process(query.state.tid, name);
	return error ? error : wapi_open_name(client, name, WAPI_TYPE_PROCESS, process, NULL);
}

/* Of those who do this at once one is told that it was the first. */
static bool set_event(struct wapi_client *client, uint32_t event)
{
	struct wapi_open opened;
	bool was_set = true;

	if (wapi_open(client, event, &opened))
		return false;
	if (opened.type != WAPI_TYPE_EVENT || wapi_set(client, event, &was_set))
		was_set = true;
	wapi_close(client, event, NULL);
	return !was_set;
}

bool win32_process_resume(uint32_t thread, DWORD *previous)
{
	struct wapi_client *client = win32_client();
	struct win32_table *table;
	uint32_t process, event;
	bool done = false;

	if (!client || find_process(client, thread, &process))
		return false;
	table = win32_table_of(client, process);
	event = table ? atomic_load(&win32_record_of(table)->resume) : 0;
	if (event) {
		done = set_event(client, event);
		/* From now on it is a thread as others are. */
		atomic_compare_exchange_strong(&win32_record_of(table)->resume, &event, 0);
	}
	wapi_close(client, process, NULL);
	if (done)
		*previous = 1;
	return done;
}
