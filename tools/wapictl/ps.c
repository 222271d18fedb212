// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl ps - every handle and who uses it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wapi/wapi.h>

#include "json.h"
#include "listing.h"
#include "peek.h"
#include "show.h"
#include "state.h"
#include "table.h"
#include "text.h"
#include "wapictl.h"

/* How much of a data block is shown, how many clients of a handle, waiters. */
#define BYTES_OF_TEXT	48
#define BYTES_OF_HEX	16
#define CLIENTS_SHOWN	2
#define WAITERS_SHOWN	2

static const struct table_column columns[] = {
	{ "HANDLE", false }, { "TYPE", false }, { "REFS", true },
	{ "SIGNAL", false }, { "NAME", false }, { "STATE", false },
	{ "WAITERS", false }, { "BLOCK", true }, { "SIZE", true },
	{ "CLIENTS", false }, { "DATA", false },
};

#define COLUMN_COUNT	(sizeof(columns) / sizeof(columns[0]))

/* "17 worker x2, 18 worker, +5": references beyond one, clients beyond some. */
static void clients_cell(struct table *table, const struct listing *listing,
			 const struct wapi_handle_record *handle)
{
	char cell[CLIENTS_SHOWN * (CLIENT_NAME_SIZE + 16) + 32] = "";
	const struct wapi_reference_record *reference;
	char name[CLIENT_NAME_SIZE];
	size_t count, shown, length = 0;

	reference = listing_references(listing, handle->handle, &count);
	shown = count > CLIENTS_SHOWN ? CLIENTS_SHOWN : count;
	for (size_t i = 0; i < shown; i++, reference++) {
		client_name(name, listing_client(listing, reference->client),
			    reference->client);
		length += sprintf(cell + length, "%s%s", i ? ", " : "", name);
		if (reference->references > 1)
			length += sprintf(cell + length, " x%u",
					  reference->references);
	}
	if (count > shown)
		sprintf(cell + length, ", +%zu", count - shown);
	table_cell(table, "%s", count ? cell : "-");
}

static void name_cell(struct table *table, const struct listing *listing,
		      const struct wapi_handle_record *handle)
{
	char text[NAME_TEXT_SIZE];

	name_text(text, listing_name(listing, handle->handle));
	table_cell(table, "%s", text);
}

static void state_cell(struct table *table, const struct listing *listing,
		       const struct wapi_handle_record *handle)
{
	char text[STATE_TEXT_SIZE];

	state_text(text, listing, handle);
	table_cell(table, "%s", text);
}

/* "17 worker 3.5 s, 18 worker 0.1 s, +5": those who have waited longest. */
static void waiters_cell(struct table *table, const struct listing *listing,
			 const struct wapi_handle_record *handle)
{
	char cell[WAITERS_SHOWN * (THREAD_NAME_SIZE + 32) + 32] = "";
	const struct wapi_waiter_record *waiter;
	char name[THREAD_NAME_SIZE];
	size_t count, shown, length = 0;

	waiter = listing_waiters(listing, handle->handle, &count);
	shown = count > WAITERS_SHOWN ? WAITERS_SHOWN : count;
	for (size_t i = 0; i < shown; i++, waiter++) {
		thread_name(name, listing, waiter->pid, waiter->tid);
		length += sprintf(cell + length, "%s%s %.1f s", i ? ", " : "",
				  name, waiter_seconds(listing, waiter));
	}
	if (count > shown)
		sprintf(cell + length, ", +%zu", count - shown);
	table_cell(table, "%s", count ? cell : "-");
}

static void text_cell(struct table *table, const void *bytes, size_t length,
		      bool more)
{
	char text[BYTES_OF_TEXT * TEXT_ESCAPED + 1];

	text_escape(text, bytes, length);
	table_cell(table, "\"%s\"%s", text, more ? "..." : "");
}

static void hex_cell(struct table *table, const void *bytes, size_t length,
		     bool more)
{
	char hex[BYTES_OF_HEX * 2 + 1];

	text_hex(hex, bytes, length);
	table_cell(table, "%s%s", hex, more ? "..." : "");
}

static void data_cell(struct table *table,
		      const struct wapi_handle_record *handle)
{
	char bytes[BYTES_OF_TEXT];
	size_t count = peek_read(bytes, sizeof(bytes), handle->block,
				 handle->block_size);
	size_t length = text_length(bytes, count);

	if (!count)
		table_cell(table, "-");
	else if (text_likely(bytes, length))
		text_cell(table, bytes, length,
			  length == count && count < handle->block_size);
	else if (count > BYTES_OF_HEX)
		hex_cell(table, bytes, BYTES_OF_HEX, true);
	else
		hex_cell(table, bytes, count, false);
}

static void handle_row(struct table *table, const struct listing *listing,
		       const struct wapi_handle_record *handle)
{
	table_cell(table, "%08x", handle->handle);
	table_cell(table, "%s", wapi_type_name(handle->type));
	table_cell(table, "%u", handle->references);
	table_cell(table, handle->signalled ? "yes" : "no");
	name_cell(table, listing, handle);
	state_cell(table, listing, handle);
	waiters_cell(table, listing, handle);
	if (handle->block) {
		table_cell(table, "%#llx", (unsigned long long)handle->block);
		table_cell(table, "%llu",
			   (unsigned long long)handle->block_size);
	} else {
		table_cell(table, "-");
		table_cell(table, "-");
	}
	clients_cell(table, listing, handle);
	data_cell(table, handle);
}

static void print_totals(const struct listing *listing)
{
	const struct wapi_handle_record *handle = listing->handles.data;
	uint64_t references = 0, blocks = listing->domain.blocks;

	for (size_t i = 0; i < listing->handles.count; i++)
		references += handle[i].references;
	printf("%zu handle%s, %llu reference%s, %llu client%s, %llu block%s\n",
	       listing->handles.count, plural(listing->handles.count),
	       (unsigned long long)references, plural(references),
	       (unsigned long long)listing->client_count,
	       plural(listing->client_count), (unsigned long long)blocks,
	       plural(blocks));
}

static void ps_text(struct wapi_client *client, const struct listing *listing)
{
	const struct wapi_handle_record *handle = listing->handles.data;
	struct table table;

	if (listing->domain.own)
		peek_begin(client);
	table_begin(&table, columns, COLUMN_COUNT);
	for (size_t i = 0; i < listing->handles.count; i++)
		handle_row(&table, listing, &handle[i]);
	table_end(&table);
	print_totals(listing);
	peek_end();
}

static json_t *json_handle_clients(const struct listing *listing,
				   const struct wapi_handle_record *handle)
{
	const struct wapi_reference_record *reference;
	json_t *array = need(json_array()), *client;
	size_t count;

	reference = listing_references(listing, handle->handle, &count);
	for (size_t i = 0; i < count; i++, reference++) {
		client = json_pack("{s:I, s:I}", "id", (json_int_t)reference->client,
				   "references", (json_int_t)reference->references);
		json_array_append_new(array, need(client));
	}
	return array;
}

static json_t *json_data(const struct wapi_handle_record *handle)
{
	char bytes[BYTES_OF_TEXT], hex[BYTES_OF_TEXT * 2 + 1];
	size_t count = peek_read(bytes, sizeof(bytes), handle->block,
				 handle->block_size);
	size_t length = text_length(bytes, count);
	json_t *text = NULL;

	if (!handle->block)
		return json_null();
	text_hex(hex, bytes, count);
	/* Half of a character at the end would refuse the whole string. */
	while (text_likely(bytes, length) && !text && length)
		text = json_stringn(bytes, length--);
	return json_pack("{s:I, s:I, s:o?, s:s?}",
			 "offset", (json_int_t)handle->block,
			 "size", (json_int_t)handle->block_size,
			 "text", text, "begins", count ? hex : NULL);
}

static json_t *json_handle(const struct listing *listing,
			   const struct wapi_handle_record *handle)
{
	char name[9];

	snprintf(name, sizeof(name), "%08x", handle->handle);
	return json_pack("{s:I, s:s, s:s, s:I, s:b, s:o, s:o, s:o, s:o, s:o}",
			 "handle", (json_int_t)handle->handle, "hex", name,
			 "type", wapi_type_name(handle->type),
			 "references", (json_int_t)handle->references,
			 "signalled", handle->signalled != 0,
			 "name", json_name(listing_name(listing,
							handle->handle)),
			 "state", json_state(listing, handle),
			 "waiters", json_waiters(listing, handle->handle),
			 "block", json_data(handle),
			 "clients", json_handle_clients(listing, handle));
}

static json_t *json_client(const struct wapi_client_record *client)
{
	json_t *command = json_text(client->comm,
		text_length(client->comm, sizeof(client->comm)));
	json_t *pid = client->pid ? json_integer(client->pid) : json_null();

	return json_pack("{s:I, s:o, s:o, s:I, s:I, s:I}",
			 "id", (json_int_t)client->id, "pid", pid,
			 "command", command,
			 "handles", (json_int_t)client->handles,
			 "blocks", (json_int_t)client->blocks,
			 "refused", (json_int_t)client->refused);
}

static void ps_json(struct wapi_client *client, const struct listing *listing)
{
	const struct wapi_handle_record *handle = listing->handles.data;
	const struct wapi_client_record *record = listing->clients.data;

	if (listing->domain.own)
		peek_begin(client);
	emit_begin("clients", '[');
	for (size_t i = 0; i < listing->clients.count; i++)
		if (!record[i].own)
			emit(NULL, json_client(&record[i]));
	emit_end();
	emit_begin("handles", '[');
	for (size_t i = 0; i < listing->handles.count; i++)
		emit(NULL, json_handle(listing, &handle[i]));
	emit_end();
	peek_end();
}

int command_ps(int argc, char **argv)
{
	static const struct show show = {
		.what = LISTING_HANDLES, .text = ps_text, .json = ps_json,
	};

	return show_domains(argc, argv, &show);
}
