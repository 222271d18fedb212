// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl scratch - the blocks of the arena and its free space
 */
#include <stdio.h>

#include <wapi/wapi.h>

#include "json.h"
#include "listing.h"
#include "show.h"
#include "table.h"
#include "text.h"
#include "wapictl.h"

static const struct table_column columns[] = {
	{ "BLOCK", true }, { "SIZE", true }, { "OWNER", false },
};

#define COLUMN_COUNT	(sizeof(columns) / sizeof(columns[0]))

struct space {
	uint64_t used;		/* in blocks, rounded up as the arena does it */
	uint64_t free;
	uint64_t largest;	/* the largest gap */
	uint64_t gaps;
};

static uint64_t align(uint64_t size)
{
	return (size + WAPI_BLOCK_ALIGN - 1) & ~(uint64_t)(WAPI_BLOCK_ALIGN - 1);
}

static void space_gap(struct space *space, uint64_t from, uint64_t to)
{
	if (to <= from)
		return;
	space->gaps++;
	space->free += to - from;
	if (to - from > space->largest)
		space->largest = to - from;
}

/* The blocks are listed by their offsets; none begins at 0. */
static struct space space_of(const struct listing *listing)
{
	const struct wapi_block_record *block = listing->blocks.data;
	uint64_t end = WAPI_BLOCK_ALIGN;
	struct space space = { 0 };

	for (size_t i = 0; i < listing->blocks.count; i++) {
		space_gap(&space, end, block[i].block);
		space.used += align(block[i].size);
		end = block[i].block + align(block[i].size);
	}
	space_gap(&space, end, listing->domain.max_arena);
	return space;
}

/* 0: all that is free is one gap; near 1: it is in crumbs. */
static double fragmentation(const struct space *space)
{
	if (!space->free)
		return 0;
	return 1 - (double)space->largest / space->free;
}

static void owner_cell(struct table *table, const struct listing *listing,
		       const struct wapi_block_record *block)
{
	char name[CLIENT_NAME_SIZE];

	if (block->owner_kind == WAPI_OWNER_OBJECT) {
		table_cell(table, "handle %08x", (unsigned int)block->owner);
		return;
	}
	client_name(name, listing_client(listing, block->owner), block->owner);
	table_cell(table, "%s", name);
}

static void print_totals(const struct listing *listing)
{
	struct space space = space_of(listing);

	printf("%zu block%s, %llu bytes; %llu in memory\n",
	       listing->blocks.count, plural(listing->blocks.count),
	       (unsigned long long)space.used,
	       (unsigned long long)listing->domain.arena_resident);
	printf("%llu bytes free in %llu gap%s, the largest %llu; fragmentation %.1f %%\n",
	       (unsigned long long)space.free, (unsigned long long)space.gaps,
	       plural(space.gaps), (unsigned long long)space.largest,
	       100 * fragmentation(&space));
}

static void scratch_text(struct wapi_client *client,
			 const struct listing *listing)
{
	const struct wapi_block_record *block = listing->blocks.data;
	struct table table;

	(void)client;
	table_begin(&table, columns, COLUMN_COUNT);
	for (size_t i = 0; i < listing->blocks.count; i++) {
		table_cell(&table, "%#llx", (unsigned long long)block[i].block);
		table_cell(&table, "%llu", (unsigned long long)block[i].size);
		owner_cell(&table, listing, &block[i]);
	}
	table_end(&table);
	print_totals(listing);
}

static json_t *json_owner(const struct listing *listing,
			  const struct wapi_block_record *block)
{
	const struct wapi_client_record *client;
	json_t *pid, *command;

	if (block->owner_kind == WAPI_OWNER_OBJECT)
		return json_pack("{s:I}", "handle", (json_int_t)block->owner);

	client = listing_client(listing, block->owner);
	pid = client && client->pid ? json_integer(client->pid) : json_null();
	command = client ? json_text(client->comm, text_length(client->comm,
						sizeof(client->comm))) :
			   json_null();
	return json_pack("{s:I, s:o, s:o}", "client", (json_int_t)block->owner,
			 "pid", pid, "command", command);
}

static void scratch_json(struct wapi_client *client,
			 const struct listing *listing)
{
	const struct wapi_block_record *block = listing->blocks.data;
	struct space space = space_of(listing);

	(void)client;
	emit("arena", json_integer(listing->domain.max_arena));
	emit("used", json_integer(space.used));
	emit("resident", json_integer(listing->domain.arena_resident));
	emit("free", json_integer(space.free));
	emit("gaps", json_integer(space.gaps));
	emit("largest_gap", json_integer(space.largest));
	emit("fragmentation", json_real(fragmentation(&space)));
	emit_begin("blocks", '[');
	for (size_t i = 0; i < listing->blocks.count; i++)
		emit(NULL, json_pack("{s:I, s:I, s:o}",
				     "offset", (json_int_t)block[i].block,
				     "size", (json_int_t)block[i].size,
				     "owner", json_owner(listing, &block[i])));
	emit_end();
}

int command_scratch(int argc, char **argv)
{
	static const struct show show = {
		.what = LISTING_BLOCKS, .text = scratch_text,
		.json = scratch_json,
	};

	return show_domains(argc, argv, &show);
}
