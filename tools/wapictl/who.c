// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl who - who owns a named object, who waits for it, who uses it
 */
#include <stdio.h>

#include <wapi/wapi.h>

#include "json.h"
#include "listing.h"
#include "named.h"
#include "state.h"
#include "text.h"
#include "wapictl.h"

struct who {
	uint32_t handle;
	bool json;
	bool found;
};

static void print_waiters(const struct listing *listing, uint32_t handle)
{
	const struct wapi_waiter_record *waiter;
	char name[THREAD_NAME_SIZE];
	size_t count;

	waiter = listing_waiters(listing, handle, &count);
	for (size_t i = 0; i < count; i++, waiter++) {
		thread_name(name, listing, waiter->pid, waiter->tid);
		printf("waits: %s, for %.1f s%s\n", name,
		       waiter_seconds(listing, waiter),
		       waiter->all ? ", with others" : "");
	}
}

/* This command's own client is no user. */
static const struct wapi_client_record *
user_of(const struct listing *listing,
	const struct wapi_reference_record *reference, bool *own)
{
	const struct wapi_client_record *client;

	client = listing_client(listing, reference->client);
	*own = client && client->own;
	return client;
}

static void print_users(const struct listing *listing, uint32_t handle)
{
	const struct wapi_reference_record *reference;
	const struct wapi_client_record *client;
	char name[CLIENT_NAME_SIZE];
	size_t count;
	bool own;

	reference = listing_references(listing, handle, &count);
	for (size_t i = 0; i < count; i++, reference++) {
		client = user_of(listing, reference, &own);
		if (own)
			continue;
		client_name(name, client, reference->client);
		printf("uses:  %s\n", name);
	}
}

static void who_text(const struct listing *listing,
		     const struct wapi_handle_record *handle)
{
	char name[NAME_TEXT_SIZE], state[STATE_TEXT_SIZE];

	name_text(name, listing_name(listing, handle->handle));
	state_text(state, listing, handle);
	printf("%s %s, handle %08x: %s, %s\n", wapi_type_name(handle->type),
	       name, handle->handle, state,
	       handle->signalled ? "signalled" : "not signalled");
	print_waiters(listing, handle->handle);
	print_users(listing, handle->handle);
}

static json_t *json_user(const struct wapi_client_record *client,
			 const struct wapi_reference_record *reference)
{
	json_t *pid = client && client->pid ? json_integer(client->pid) :
					      json_null();
	json_t *command = client ?
		json_text(client->comm,
			  text_length(client->comm, sizeof(client->comm))) :
		json_null();

	return json_pack("{s:I, s:o, s:o, s:I}",
			 "client", (json_int_t)reference->client,
			 "pid", pid, "command", command,
			 "references", (json_int_t)reference->references);
}

static json_t *json_users(const struct listing *listing, uint32_t handle)
{
	const struct wapi_reference_record *reference;
	const struct wapi_client_record *client;
	json_t *array = need(json_array());
	size_t count;
	bool own;

	reference = listing_references(listing, handle, &count);
	for (size_t i = 0; i < count; i++, reference++) {
		client = user_of(listing, reference, &own);
		if (!own)
			json_array_append_new(array,
					      need(json_user(client,
							     reference)));
	}
	return array;
}

static void who_json(const struct listing *listing,
		     const struct wapi_handle_record *handle)
{
	emit_begin(NULL, '{');
	emit("handle", json_integer(handle->handle));
	emit("type", json_string(wapi_type_name(handle->type)));
	emit("name", json_name(listing_name(listing, handle->handle)));
	emit("signalled", json_boolean(handle->signalled));
	emit("state", json_state(listing, handle));
	emit("waiters", json_waiters(listing, handle->handle));
	emit("users", json_users(listing, handle->handle));
	emit_end();
}

static void who_of(struct wapi_client *client, const struct listing *listing,
		   void *data)
{
	const struct wapi_handle_record *handle = listing->handles.data;
	struct who *who = data;

	(void)client;
	for (size_t i = 0; i < listing->handles.count && !who->found; i++) {
		if (handle[i].handle != who->handle)
			continue;
		who->found = true;
		if (who->json)
			who_json(listing, &handle[i]);
		else
			who_text(listing, &handle[i]);
	}
}

int command_who(int argc, char **argv)
{
	struct wapi_client *client;
	struct options options;
	struct who who = { 0 };
	int status;

	if (!options_parse(argc, argv, OPTION_JSON | OPTION_NAME, &options,
			   &status))
		return status;
	/* Holding it, so that it stays while it is looked at. */
	if (!connect_client(&client) ||
	    !named_open(client, *options.names, WAPI_TYPE_UNUSED, &who.handle,
			NULL))
		return STATUS_FAILED;
	who.json = options.json;
	status = listing_each(client, false, LISTING_HANDLES, who_of, &who);
	wapi_client_close(client);
	return status;
}
