// SPDX-License-Identifier: GPL-2.0
/*
 * What the module itself counts in this user's domain.
 */
#include <string.h>

#include <wapi/wapi.h>

#include "census.h"
#include "demo.h"

static int count_reference(const void *record, void *context)
{
	const struct wapi_reference_record *reference = record;
	struct census *census = context;

	census->references += reference->references;
	return 0;
}

/* For a client of one of the dead. */
struct search {
	const struct board *board;
	const pid_t *pids;
	bool found;
};

static int find_dead(const void *record, void *context)
{
	const struct wapi_client_record *client = record;
	struct search *search = context;

	for (int i = 0; i < WORKERS; i++)
		if (search->board->tally[i].dead &&
		    client->pid == search->pids[i])
			search->found = true;
	return 0;
}

struct census take_census(const struct board *board, const pid_t *pids)
{
	struct search search = { .board = board, .pids = pids };
	struct census census = { 0 };
	struct wapi_client *client;
	struct wapi_info info;
	int error = wapi_client_open(&client);

	if (error)
		fail("cannot open /dev/wapi: %s; 'wapictl doctor' tells more",
		     strerror(-error));
	if (wapi_info(client, &info) ||
	    wapi_list(client, WAPI_LIST_REFERENCES, 0,
		      sizeof(struct wapi_reference_record), count_reference,
		      &census) ||
	    wapi_list(client, WAPI_LIST_CLIENTS, 0,
		      sizeof(struct wapi_client_record), find_dead, &search))
		fail("/dev/wapi does not tell what it holds");
	wapi_client_close(client);

	census.dead_client = search.found;
	census.handles = info.handles;
	census.blocks = info.blocks;
	census.arena_used = info.arena_used;
	census.clients = info.clients - 1;
	return census;
}
