// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Grants: what was duplicated into programs that have not used this library yet.
 *
 * Such a program has no client that could hold a reference, but it has a table, which
 * CreateProcess() made.  So there its handle is pending, and this process holds the
 * reference, until the program has taken one itself, in inherit.c, or has ended.
 */
#include "record.h"

#include <pthread.h>
#include <stdlib.h>

struct grant {
	struct grant *next;
	uint32_t process;
	uint32_t object;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct grant *_Atomic grants;	/* written with the lock held */

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

/* They are references of its parent's. */
static void after_fork_in_child(void)
{
	struct grant *grant = grants, *next;

	for (; grant; grant = next) {
		next = grant->next;
		free(grant);
	}
	grants = NULL;
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor(106))) static void start(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

bool win32_grant_hold(struct wapi_client *client, uint32_t process, uint32_t object)
{
	struct grant *grant = malloc(sizeof(*grant));

	if (!grant)
		return false;
	if (wapi_open(client, process, NULL)) {
		free(grant);
		return false;
	}
	grant->process = process;
	grant->object = object;
	pthread_mutex_lock(&lock);
	grant->next = grants;
	grants = grant;
	pthread_mutex_unlock(&lock);
	return true;
}

static bool is_over(struct wapi_client *client, const struct grant *grant)
{
	struct win32_record *record = win32_record_find(client, grant->process);
	struct wapi_query query;

	return !record || atomic_load(&record->is_waiting) == WIN32_TAKEN ||
	       wapi_query(client, grant->process, &query) ||
	       query.state.flags & WAPI_STATE_ENDED;
}

void win32_grant_end(struct wapi_client *client)
{
	struct grant *left = NULL, *grant, *next;

	if (!atomic_load(&grants))
		return;
	pthread_mutex_lock(&lock);
	for (grant = grants; grant; grant = next) {
		next = grant->next;
		if (is_over(client, grant)) {
			wapi_close(client, grant->object, NULL);
			wapi_close(client, grant->process, NULL);
			free(grant);
		} else {
			grant->next = left;
			left = grant;
		}
	}
	grants = left;
	pthread_mutex_unlock(&lock);
}
