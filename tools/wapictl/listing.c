// SPDX-License-Identifier: GPL-2.0
/*
 * What a domain holds, read in one go and joined.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "listing.h"
#include "text.h"
#include "wapictl.h"

static int record_add(const void *record, void *context)
{
	struct records *records = context;

	if (records->count == records->room) {
		records->room = records->room ? 2 * records->room : 64;
		records->data = need(reallocarray(records->data, records->room,
						  records->size));
	}
	memcpy((char *)records->data + records->count++ * records->size, record,
	       records->size);
	return 0;
}

static int records_read(struct records *records, struct wapi_client *client,
			uint32_t what, uint64_t domain, size_t size)
{
	*records = (struct records){ .size = size };
	return wapi_list(client, what, domain, size, record_add, records);
}

#define COMPARE(a, b)	(((a) > (b)) - ((a) < (b)))

static int compare_references(const void *left, const void *right)
{
	const struct wapi_reference_record *a = left, *b = right;

	return COMPARE(a->handle, b->handle) ?: COMPARE(a->client, b->client);
}

static int compare_clients(const void *left, const void *right)
{
	const struct wapi_client_record *a = left, *b = right;

	return COMPARE(a->id, b->id);
}

static void records_sort(struct records *records,
			 int (*compare)(const void *, const void *))
{
	/* The C library wants an address even for no records. */
	if (records->count)
		qsort(records->data, records->count, records->size, compare);
}

/*
 * Clients come last, so that one that is missing has ended, and is not one that
 * had not begun yet.
 */
static int listing_read(struct listing *listing, struct wapi_client *client,
			unsigned int what)
{
	uint64_t domain = listing->domain.id;
	int error = 0;

	if (what & LISTING_HANDLES) {
		error = records_read(&listing->handles, client,
				     WAPI_LIST_HANDLES, domain,
				     sizeof(struct wapi_handle_record));
		if (!error)
			error = records_read(&listing->references, client,
					     WAPI_LIST_REFERENCES, domain,
					     sizeof(struct wapi_reference_record));
	}
	if (!error && (what & LISTING_BLOCKS))
		error = records_read(&listing->blocks, client,
				     WAPI_LIST_BLOCKS, domain,
				     sizeof(struct wapi_block_record));
	if (!error)
		error = records_read(&listing->clients, client,
				     WAPI_LIST_CLIENTS, domain,
				     sizeof(struct wapi_client_record));
	if (error)
		return error;

	records_sort(&listing->references, compare_references);
	records_sort(&listing->clients, compare_clients);
	return 0;
}

static void listing_count_clients(struct listing *listing)
{
	const struct wapi_client_record *client = listing->clients.data;

	listing->client_count = 0;
	for (size_t i = 0; i < listing->clients.count; i++)
		listing->client_count += !client[i].own;
}

static void listing_free(struct listing *listing)
{
	free(listing->handles.data);
	free(listing->references.data);
	free(listing->blocks.data);
	free(listing->clients.data);
}

static int domain_read(struct wapi_client *client,
		       const struct wapi_domain_record *domain,
		       unsigned int what, listing_function *each, void *data)
{
	struct listing listing = { .domain = *domain };
	int error = listing_read(&listing, client, what);

	if (!error) {
		listing_count_clients(&listing);
		each(client, &listing, data);
	}
	listing_free(&listing);

	/* A domain that ended meanwhile is none. */
	return error == -ENOENT && !domain->own ? 0 : error;
}

bool listing_may_read_all(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       data[0].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
}

int listing_each(struct wapi_client *client, bool all, unsigned int what,
		 listing_function *each, void *data)
{
	const struct wapi_domain_record *domain;
	struct records domains;
	int error;

	error = records_read(&domains, client, WAPI_LIST_DOMAINS, 0,
			     sizeof(struct wapi_domain_record));
	domain = domains.data;
	for (size_t i = 0; i < domains.count && !error; i++)
		if (all || domain[i].own)
			error = domain_read(client, &domain[i], what, each,
					    data);
	free(domains.data);

	if (error)
		return failed("cannot list: %s", strerror(-error));
	return STATUS_OK;
}

const struct wapi_reference_record *
listing_references(const struct listing *listing, uint32_t handle,
		   size_t *count)
{
	const struct wapi_reference_record *all = listing->references.data;
	size_t low = 0, high = listing->references.count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all[middle].handle < handle)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < listing->references.count; end++)
		if (all[end].handle != handle)
			break;
	*count = end - low;
	return all + low;
}

const struct wapi_client_record *
listing_client(const struct listing *listing, uint64_t id)
{
	const struct wapi_client_record key = { .id = id };

	if (!listing->clients.count)
		return NULL;
	return bsearch(&key, listing->clients.data, listing->clients.count,
		       sizeof(key), compare_clients);
}

void client_name(char name[CLIENT_NAME_SIZE],
		 const struct wapi_client_record *client, uint64_t id)
{
	char command[sizeof(client->comm) * TEXT_ESCAPED + 1];

	if (!client) {
		snprintf(name, CLIENT_NAME_SIZE, "client %llu, ended",
			 (unsigned long long)id);
		return;
	}
	text_escape(command, client->comm,
		    text_length(client->comm, sizeof(client->comm)));
	if (client->pid)
		snprintf(name, CLIENT_NAME_SIZE, "%d %s", client->pid, command);
	else
		snprintf(name, CLIENT_NAME_SIZE, "? %s", command);
}
