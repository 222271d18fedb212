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
#include <time.h>
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

/* Most names are short; their records are not. */
static int name_add(const void *record, void *context)
{
	const struct wapi_name_record *found = record;
	struct name name = {
		.handle = found->handle,
		.size = found->size,
		.session = found->session,
		.bytes = need(malloc(found->size + 1)),
	};

	memcpy(name.bytes, found->name, name.size);
	return record_add(&name, context);
}

static int names_read(struct records *names, struct wapi_client *client,
		      uint64_t domain)
{
	*names = (struct records){ .size = sizeof(struct name) };
	return wapi_list(client, WAPI_LIST_NAMES, domain,
			 sizeof(struct wapi_name_record), name_add, names);
}

static void names_free(struct records *names)
{
	struct name *name = names->data;

	for (size_t i = 0; i < names->count; i++)
		free(name[i].bytes);
	free(names->data);
}

#define COMPARE(a, b)	(((a) > (b)) - ((a) < (b)))

static int compare_references(const void *left, const void *right)
{
	const struct wapi_reference_record *a = left, *b = right;

	return COMPARE(a->handle, b->handle) ?: COMPARE(a->client, b->client);
}

static int compare_waiters(const void *left, const void *right)
{
	const struct wapi_waiter_record *a = left, *b = right;

	return COMPARE(a->handle, b->handle) ?: COMPARE(a->since, b->since);
}

static int compare_names(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	return COMPARE(a->handle, b->handle);
}

static int compare_clients(const void *left, const void *right)
{
	const struct wapi_client_record *a = left, *b = right;

	return COMPARE(a->id, b->id);
}

static int compare_processes(const void *left, const void *right)
{
	const struct wapi_client_record *a = left, *b = right;

	return COMPARE(a->pid, b->pid);
}

static void records_sort(struct records *records,
			 int (*compare)(const void *, const void *))
{
	/* The C library wants an address even for no records. */
	if (records->count)
		qsort(records->data, records->count, records->size, compare);
}

static uint64_t monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int handles_read(struct listing *listing, struct wapi_client *client)
{
	uint64_t domain = listing->domain.id;
	int error;

	error = records_read(&listing->handles, client, WAPI_LIST_HANDLES,
			     domain, sizeof(struct wapi_handle_record));
	if (!error)
		error = records_read(&listing->references, client,
				     WAPI_LIST_REFERENCES, domain,
				     sizeof(struct wapi_reference_record));
	if (!error)
		error = records_read(&listing->waiters, client,
				     WAPI_LIST_WAITERS, domain,
				     sizeof(struct wapi_waiter_record));
	listing->now = monotonic_now();
	if (!error)
		error = names_read(&listing->names, client, domain);
	return error;
}

static void records_copy(struct records *copy, const struct records *records)
{
	*copy = (struct records){ .size = records->size };
	for (size_t i = 0; i < records->count; i++)
		record_add((char *)records->data + i * records->size, copy);
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

	if (what & LISTING_HANDLES)
		error = handles_read(listing, client);
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
	records_sort(&listing->waiters, compare_waiters);
	records_sort(&listing->names, compare_names);
	records_sort(&listing->clients, compare_clients);
	records_copy(&listing->processes, &listing->clients);
	records_sort(&listing->processes, compare_processes);
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
	free(listing->waiters.data);
	names_free(&listing->names);
	free(listing->blocks.data);
	free(listing->clients.data);
	free(listing->processes.data);
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

/* Each of the records begins with its handle. */
static uint32_t handle_at(const struct records *records, size_t index)
{
	return *(const uint32_t *)((const char *)records->data +
				   index * records->size);
}

/* The records of a handle, lying one behind the other. */
static const void *records_of(const struct records *records, uint32_t handle,
			      size_t *count)
{
	size_t low = 0, high = records->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (handle_at(records, middle) < handle)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < records->count; end++)
		if (handle_at(records, end) != handle)
			break;
	*count = end - low;
	return (const char *)records->data + low * records->size;
}

const struct wapi_reference_record *
listing_references(const struct listing *listing, uint32_t handle,
		   size_t *count)
{
	return records_of(&listing->references, handle, count);
}

const struct wapi_waiter_record *
listing_waiters(const struct listing *listing, uint32_t handle, size_t *count)
{
	return records_of(&listing->waiters, handle, count);
}

const struct name *listing_name(const struct listing *listing, uint32_t handle)
{
	size_t count;
	const struct name *name = records_of(&listing->names, handle, &count);

	return count ? name : NULL;
}

const struct wapi_client_record *
listing_client_of(const struct listing *listing, int32_t pid)
{
	const struct wapi_client_record key = { .pid = pid };

	if (!pid || !listing->processes.count)
		return NULL;
	return bsearch(&key, listing->processes.data, listing->processes.count,
		       sizeof(key), compare_processes);
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
