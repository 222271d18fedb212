// SPDX-License-Identifier: GPL-2.0
/*
 * Listings: all domains, or all clients, handles, references, blocks, waiters or
 * names of one.
 *
 * A listing is read a buffer at a time, and goes on at a cursor that names the
 * next thing by its id, index or offset, so it needs no memory between calls and
 * does not mind what comes and goes.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arena.h"
#include "block.h"
#include "client.h"
#include "domain.h"
#include "handle.h"
#include "info.h"
#include "name.h"
#include "object.h"
#include "queue.h"
#include "reference.h"
#include "request.h"
#include "type.h"

#define WAPI_LIST_BUFFER	65536
#define WAPI_RECORD_MAX		8192

/**
 * struct wapi_listing - a buffer being filled
 * @client: who asks
 * @domain: which domain is listed
 * @cursor: where to go on
 * @buffer: zeroed memory for the records
 * @record_size: bytes from one to the next
 * @capacity: how many have room
 * @count: how many there are
 * @err: why there is nothing to tell, or 0
 */
struct wapi_listing {
	struct wapi_client *client;
	struct wapi_domain *domain;
	u64 *cursor;
	void *buffer;
	u32 record_size;
	u32 capacity;
	u32 count;
	int err;
};

static bool wapi_listing_is_full(const struct wapi_listing *listing)
{
	return listing->count == listing->capacity;
}

static void wapi_listing_add(struct wapi_listing *listing, const void *record, size_t size)
{
	memcpy(listing->buffer + listing->count * listing->record_size, record,
	       min_t(size_t, size, listing->record_size));
	listing->count++;
}

static void wapi_list_domains(struct wapi_listing *listing)
{
	bool all = capable(CAP_SYS_ADMIN);
	struct wapi_domain *domain;

	while (!wapi_listing_is_full(listing) &&
	       (domain = wapi_domain_next(listing->cursor[0]))) {
		struct wapi_domain_record record = {
			.id = domain->id,
			.uid = from_kuid_munged(current_user_ns(), domain->uid),
			.own = domain == listing->client->domain,
			.clients = wapi_just_now(domain->nr_clients),
			.handles = wapi_just_now(domain->handles.live),
			.blocks = wapi_just_now(domain->arena.count),
			.arena_used = wapi_just_now(domain->arena.used),
			.arena_resident = wapi_arena_resident(&domain->arena),
			.max_arena = domain->limits.arena,
			.refused = atomic64_read(&domain->refused),
		};

		if (all || record.own)
			wapi_listing_add(listing, &record, sizeof(record));
		listing->cursor[0] = domain->id + 1;
		wapi_domain_put(domain);
	}
}

static void wapi_list_clients(struct wapi_listing *listing)
{
	struct pid_namespace *pids = task_active_pid_ns(current);
	unsigned long id = listing->cursor[0];
	struct wapi_client *client;

	rcu_read_lock();
	for (client = xa_find(&listing->domain->clients, &id, ULONG_MAX, XA_PRESENT);
	     client && !wapi_listing_is_full(listing);
	     client = xa_find_after(&listing->domain->clients, &id, ULONG_MAX, XA_PRESENT)) {
		struct wapi_client_record record = {
			.id = client->id,
			.pid = pid_nr_ns(client->process, pids),
			.own = client == listing->client,
			.handles = atomic_long_read(&client->nr_references),
			.blocks = wapi_just_now(client->nr_blocks),
			.refused = atomic64_read(&client->refused),
		};

		memcpy(record.comm, client->comm, sizeof(record.comm));
		wapi_listing_add(listing, &record, sizeof(record));
		listing->cursor[0] = client->id + 1;
	}
	rcu_read_unlock();
}

/* The next object from the cursor on, locked. */
static struct wapi_object *wapi_listing_next_object(struct wapi_listing *listing)
{
	struct wapi_domain *domain = listing->domain;
	struct wapi_search next = {};
	struct wapi_object *object;

	for (;;) {
		if (!wapi_handle_next(&domain->handles, min_t(u64, listing->cursor[0],
							      WAPI_SLOTS_MAX),
				      WAPI_TYPE_UNUSED, &next))
			return NULL;
		object = wapi_object_lock(domain, next.found);
		if (object)
			return object;
	}
}

static void wapi_list_handles(struct wapi_listing *listing)
{
	struct wapi_object *object;

	while (!wapi_listing_is_full(listing) && (object = wapi_listing_next_object(listing))) {
		struct wapi_handle_record record = {
			.handle = object->handle,
			.type = wapi_object_type(object),
			.references = object->references,
			.clients = object->clients,
			.block = object->block ? object->block->offset : 0,
			.block_size = object->block ? object->block->size : 0,
		};

		record.signalled = wapi_object_describe(object, NULL, &record.state);
		wapi_listing_add(listing, &record, sizeof(record));
		listing->cursor[0] = wapi_handle_index(object->handle) + 1;
		wapi_object_unlock(object);
		cond_resched();
	}
}

/*
 * List what is in a list of each object.  The cursor is a handle index, and how
 * much of that object's list was listed before.
 */
static void wapi_list_of_objects(struct wapi_listing *listing,
				 bool (*list)(struct wapi_listing *listing,
					      struct wapi_object *object, u64 skip))
{
	struct wapi_object *object;

	while (!wapi_listing_is_full(listing) && (object = wapi_listing_next_object(listing))) {
		if (wapi_handle_index(object->handle) != listing->cursor[0])
			listing->cursor[1] = 0;
		listing->cursor[0] = wapi_handle_index(object->handle);
		if (list(listing, object, listing->cursor[1])) {
			listing->cursor[0]++;
			listing->cursor[1] = 0;
		}
		wapi_object_unlock(object);
		cond_resched();
	}
}

/* Add a record of an object's list.  Return: whether there was room for it. */
static bool wapi_listing_add_of_object(struct wapi_listing *listing, const void *record,
				       size_t size)
{
	if (wapi_listing_is_full(listing))
		return false;
	wapi_listing_add(listing, record, size);
	listing->cursor[1]++;
	return true;
}

/* Is the object that had the handle before still there? */
static bool wapi_listing_is_live(const struct wapi_listing *listing, u32 handle)
{
	const struct wapi_object *object;

	object = wapi_handle_at(&listing->domain->handles, wapi_handle_index(handle));
	return object && READ_ONCE(object->handle) == handle;
}

/*
 * List the holders of an object, which are found by looking at clients.  The
 * object is not locked that long, so each count is looked at while the handle is
 * known to be the same before and after.
 *
 * Return: whether there was room for all
 */
static bool wapi_list_holders(struct wapi_listing *listing, u32 handle, u32 holders)
{
	struct xarray *clients = &listing->domain->clients;
	unsigned long id = listing->cursor[1];
	struct wapi_client *client;
	bool all = true;

	/* Where a buffer ended in between, it is not known how many are left. */
	if (id)
		holders = U32_MAX;

	rcu_read_lock();
	for (client = xa_find(clients, &id, ULONG_MAX, XA_PRESENT);
	     client && holders;
	     client = xa_find_after(clients, &id, ULONG_MAX, XA_PRESENT)) {
		struct wapi_reference_record record = {
			.handle = handle,
			.references = wapi_reference_peek(client, handle),
			.client = client->id,
		};

		if (!record.references || !wapi_listing_is_live(listing, handle))
			continue;
		if (wapi_listing_is_full(listing)) {
			all = false;
			break;
		}
		wapi_listing_add(listing, &record, sizeof(record));
		listing->cursor[1] = client->id + 1;
		holders--;
	}
	rcu_read_unlock();
	return all;
}

/* The cursor is a handle index, and the id of the next client to look at. */
static void wapi_list_references(struct wapi_listing *listing)
{
	struct wapi_object *object;
	u32 handle, holders;

	while (!wapi_listing_is_full(listing) && (object = wapi_listing_next_object(listing))) {
		handle = object->handle;
		holders = object->clients;
		wapi_object_unlock(object);

		if (wapi_handle_index(handle) != listing->cursor[0])
			listing->cursor[1] = 0;
		listing->cursor[0] = wapi_handle_index(handle);
		if (wapi_list_holders(listing, handle, holders)) {
			listing->cursor[0]++;
			listing->cursor[1] = 0;
		}
		cond_resched();
	}
}

static bool wapi_list_queue(struct wapi_listing *listing, struct wapi_object *object, u64 skip)
{
	struct pid_namespace *pids = task_active_pid_ns(current);
	struct wapi_waiter *waiter;

	list_for_each_entry(waiter, &object->waiters, in_object) {
		struct wapi_waiter_record record = {
			.handle = object->handle,
			.tid = task_pid_nr_ns(waiter->wait->task, pids),
			.pid = task_tgid_nr_ns(waiter->wait->task, pids),
			.all = waiter->all,
			.since = waiter->wait->since,
		};

		if (skip)
			skip--;
		else if (!wapi_listing_add_of_object(listing, &record, sizeof(record)))
			return false;
	}
	return true;
}

static void wapi_list_waiters(struct wapi_listing *listing)
{
	wapi_list_of_objects(listing, wapi_list_queue);
}

static void wapi_list_names(struct wapi_listing *listing)
{
	struct pid_namespace *pids = task_active_pid_ns(current);
	struct wapi_name_record *record;
	struct wapi_object *object;

	record = kmalloc(sizeof(*record), GFP_KERNEL_ACCOUNT);
	if (!record) {
		listing->err = -ENOMEM;
		return;
	}
	while (!wapi_listing_is_full(listing) && (object = wapi_listing_next_object(listing))) {
		if (object->name) {
			wapi_name_describe(object, record, pids);
			wapi_listing_add(listing, record, sizeof(*record));
		}
		listing->cursor[0] = wapi_handle_index(object->handle) + 1;
		wapi_object_unlock(object);
		cond_resched();
	}
	kfree(record);
}

static void wapi_list_blocks(struct wapi_listing *listing)
{
	struct wapi_block_record record = {};

	while (!wapi_listing_is_full(listing) &&
	       wapi_block_next(&listing->domain->arena, listing->cursor[0], &record)) {
		wapi_listing_add(listing, &record, sizeof(record));
		listing->cursor[0] = round_up(record.block + record.size, WAPI_BLOCK_ALIGN);
		cond_resched();
	}
}

static void (*const wapi_lists[])(struct wapi_listing *listing) = {
	[WAPI_LIST_DOMAINS]	= wapi_list_domains,
	[WAPI_LIST_CLIENTS]	= wapi_list_clients,
	[WAPI_LIST_HANDLES]	= wapi_list_handles,
	[WAPI_LIST_REFERENCES]	= wapi_list_references,
	[WAPI_LIST_BLOCKS]	= wapi_list_blocks,
	[WAPI_LIST_WAITERS]	= wapi_list_waiters,
	[WAPI_LIST_NAMES]	= wapi_list_names,
};

/* Which domain is meant; to be given back. */
static struct wapi_domain *wapi_list_domain(struct wapi_client *client, u64 id)
{
	struct wapi_domain *domain;

	if (id && id != client->domain->id && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	if (!id)
		id = client->domain->id;
	domain = wapi_domain_next(id);
	if (domain && domain->id != id) {
		wapi_domain_put(domain);
		domain = NULL;
	}
	return domain ?: ERR_PTR(-ENOENT);
}

/**
 * wapi_list - WAPI_IOC_LIST
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_list tells of
 */
int wapi_list(struct wapi_request *request)
{
	struct wapi_list *args = &request->args.list;
	void __user *records = u64_to_user_ptr(args->records);
	struct wapi_listing listing = {
		.client = request->client,
		.cursor = args->cursor,
		.record_size = args->record_size,
	};
	size_t size;
	int err = 0;

	if (args->flags || args->pad || !args->capacity ||
	    args->what >= ARRAY_SIZE(wapi_lists) || !wapi_lists[args->what] ||
	    !args->record_size || args->record_size > WAPI_RECORD_MAX || args->record_size % 8)
		return -EINVAL;
	listing.capacity = min(args->capacity, WAPI_LIST_BUFFER / args->record_size);

	listing.domain = wapi_list_domain(request->client, args->domain);
	if (IS_ERR(listing.domain))
		return PTR_ERR(listing.domain);
	listing.buffer = kvzalloc(listing.capacity * listing.record_size, GFP_KERNEL_ACCOUNT);
	if (!listing.buffer) {
		err = -ENOMEM;
		goto put;
	}

	wapi_lists[args->what](&listing);
	err = listing.err;

	/* Write all of it or nothing. */
	size = listing.count * listing.record_size;
	if (!err && size && (fault_in_safe_writeable(records, size) ||
			     copy_to_user(records, listing.buffer, size)))
		err = -EFAULT;
	args->count = listing.count;
	kvfree(listing.buffer);
put:
	wapi_domain_put(listing.domain);
	return err;
}
