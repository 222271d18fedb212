// SPDX-License-Identifier: GPL-2.0
/*
 * References: a client's right to use an object, counted.
 *
 * A client has a count for each handle, in leaves of many that come with the
 * first reference to one of them and stay as long as the client: so taking and
 * dropping references mostly allocates nothing.  A count that is not 0 keeps the
 * object alive, so its handle stays the same meanwhile.
 *
 * Counts are guarded by the lock of their object.  So is what a client finds
 * quickly: while an object that is locked is in wapi_client.recent, the client
 * holds a reference to it.  What is read there before is only a guess:
 *
 *   who makes a request             who closes the last reference
 *   -------------------             -----------------------------
 *   object = recent
 *                                   lock, recent = NULL, count = 0, unlock
 *   lock object
 *   recent is not object: unlock,
 *   and look for its handle
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "brief.h"
#include "client.h"
#include "find.h"
#include "handle.h"
#include "map.h"
#include "name.h"
#include "object.h"
#include "reference.h"
#include "request.h"
#include "trace.h"

/* A client and an object count in 31 and 32 bits; see struct wapi_open. */
#define WAPI_REFERENCES_OF_CLIENT_MAX	WAPI_REFERENCE_COUNT
#define WAPI_REFERENCES_OF_OBJECT_MAX	U32_MAX

static __always_inline u32 *wapi_reference_place(struct wapi_client *client, u32 handle)
{
	u32 index = wapi_handle_index(handle);
	struct wapi_counts *leaf = wapi_map_leaf(&client->counts, index);

	return leaf ? &leaf->counts[index % WAPI_LEAF_SIZE] : NULL;
}

/**
 * wapi_reference_peek - does a client hold references?
 * @client: the client, which RCU keeps
 * @handle: to which object; the answer is about whatever has its index
 *
 * Return: how many; if it is not the caller's own client, it may be outdated
 */
u32 wapi_reference_peek(struct wapi_client *client, u32 handle)
{
	u32 *reference = wapi_reference_place(client, handle);

	return reference ? READ_ONCE(*reference) & WAPI_REFERENCE_COUNT : 0;
}

/**
 * wapi_reference_make_room - add the leaf that a reference to an object needs
 * @client: the client
 * @handle: of the object
 *
 * Return: 0 or -ENOMEM
 */
int wapi_reference_make_room(struct wapi_client *client, u32 handle)
{
	struct wapi_counts *leaf;
	int err;

	leaf = kzalloc(sizeof(*leaf), GFP_KERNEL_ACCOUNT);
	if (!leaf)
		return -ENOMEM;
	err = wapi_map_add(&client->counts, wapi_handle_index(handle), leaf);
	if (err)
		kfree(leaf);
	return err == -EEXIST ? 0 : err;
}

/**
 * wapi_reference_lock_other - the same as wapi_reference_lock(), if it is not recent
 * @client: the client
 * @handle: any number
 *
 * Return: the locked object, or NULL
 */
struct wapi_object *wapi_reference_lock_other(struct wapi_client *client, u32 handle)
{
	struct wapi_object *object = wapi_object_lock(client->domain, handle);

	if (!object)
		return NULL;
	if (!wapi_reference_of(object, client)) {
		wapi_object_unlock_kept(object);
		return NULL;
	}
	WRITE_ONCE(client->recent[handle % WAPI_RECENT], object);
	return object;
}

/**
 * wapi_reference_first - give a client its first reference to an object
 * @object: the locked object
 * @client: the client, with the memory for it
 */
void wapi_reference_first(struct wapi_object *object, struct wapi_client *client)
{
	lockdep_assert_held(&object->lock);
	WRITE_ONCE(*wapi_reference_place(client, object->handle), 1);
	WRITE_ONCE(client->recent[object->handle % WAPI_RECENT], object);
	object->references++;
	object->clients++;
	atomic_long_inc(&client->nr_references);
}

/* Count one more reference at its place.  Return: 0 or -EOVERFLOW */
static __always_inline int wapi_reference_count(struct wapi_object *object,
						struct wapi_client *client, u32 *reference)
{
	lockdep_assert_held(&object->lock);
	if (unlikely(object->references == WAPI_REFERENCES_OF_OBJECT_MAX ||
		     (*reference & WAPI_REFERENCE_COUNT) == WAPI_REFERENCES_OF_CLIENT_MAX))
		return -EOVERFLOW;
	if (*reference) {
		WRITE_ONCE(*reference, *reference + 1);
		object->references++;
	} else {
		wapi_reference_first(object, client);
	}
	return 0;
}

/**
 * wapi_reference_take - give a client one more reference to an object
 * @object: the locked object
 * @client: the client
 *
 * Return: 0; -EOVERFLOW; -EAGAIN if wapi_reference_prepare() must be called first
 */
int wapi_reference_take(struct wapi_object *object, struct wapi_client *client)
{
	u32 *reference = wapi_reference_place(client, object->handle);

	return likely(reference) ? wapi_reference_count(object, client, reference) : -EAGAIN;
}

static __always_inline void wapi_reference_uncount(struct wapi_object *object,
						   struct wapi_client *client,
						   u32 *reference, u32 count)
{
	struct wapi_object **recent;

	lockdep_assert_held(&object->lock);
	trace_wapi_close(object, client, count);
	object->references -= count;
	if ((*reference & WAPI_REFERENCE_COUNT) != count) {
		WRITE_ONCE(*reference, *reference - count);
		return;
	}
	recent = &client->recent[object->handle % WAPI_RECENT];
	if (READ_ONCE(*recent) == object)
		WRITE_ONCE(*recent, NULL);
	WRITE_ONCE(*reference, 0);
	object->clients--;
	atomic_long_dec(&client->nr_references);
}

/* Take references, not more than there are, from a client. */
static void wapi_reference_drop(struct wapi_object *object, struct wapi_client *client,
				u32 *reference, u32 count)
{
	wapi_reference_uncount(object, client, reference, count);
}

/* Drop what a client holds to the objects of one leaf. */
static void wapi_reference_drop_leaf(struct wapi_client *client, u32 index,
				     struct wapi_counts *leaf)
{
	struct wapi_slots *slots = wapi_map_leaf(&client->domain->handles.map, index);
	struct wapi_object *object;
	u32 i;

	for (i = 0; i < WAPI_LEAF_SIZE; i++) {
		if (!leaf->counts[i])
			continue;
		/* Nobody else drops it, so the object that has the index stays. */
		object = (struct wapi_object *)slots->slots[i];
		wapi_object_lock_kept(object);
		wapi_reference_drop(object, client, &leaf->counts[i],
				    leaf->counts[i] & WAPI_REFERENCE_COUNT);
		wapi_object_unlock(object);
	}
}

/**
 * wapi_reference_drop_all - take all references from a client that ends
 * @client: the client, which makes no requests any more
 *
 * Context: may sleep.
 */
void wapi_reference_drop_all(struct wapi_client *client)
{
	struct wapi_counts *leaf;
	u32 index = 0;

	while (atomic_long_read(&client->nr_references)) {
		leaf = wapi_map_next(&client->counts, &index);
		if (WARN_ON_ONCE(!leaf))
			break;
		wapi_reference_drop_leaf(client, index, leaf);
		index += WAPI_LEAF_SIZE;
		cond_resched();
	}
}

/**
 * wapi_references_free - free what the references of a client needed
 * @client: the client, which nobody looks at any more
 */
void wapi_references_free(struct wapi_client *client)
{
	wapi_map_destroy(&client->counts, (void (*)(void *))kfree);
}

/* Is a locked object what was looked for?  Return: 0 or an error */
static int wapi_reference_check(struct wapi_object *object, const struct wapi_sought *sought)
{
	if (!wapi_name_is_of(sought->name, object))
		return -EBADF;
	if (sought->type && wapi_object_type(object) != sought->type)
		return -EPROTOTYPE;
	return sought->exclusive ? -EEXIST : 0;
}

/**
 * wapi_reference_add - give a client one more reference
 * @client: the client, which cannot end meanwhile
 * @handle: to which object
 * @sought: what the object must be, or NULL
 * @added: out: type, references of the client, data block
 *
 * Context: may sleep.
 *
 * Return: 0, -EBADF, -EOVERFLOW or -ENOMEM; -EPROTOTYPE or -EEXIST if it is not
 * what it must be
 */
int wapi_reference_add(struct wapi_client *client, u32 handle, const struct wapi_sought *sought,
		       struct wapi_open *added)
{
	struct wapi_object *object;
	int err;

	do {
		object = wapi_object_lock(client->domain, handle);
		if (!object)
			return -EBADF;
		err = sought ? wapi_reference_check(object, sought) : 0;
		if (!err)
			err = wapi_reference_take(object, client);
		if (!err) {
			added->type = wapi_object_type(object);
			added->references = *wapi_reference_of(object, client) &
					    WAPI_REFERENCE_COUNT;
			added->block = object->block ? object->block->offset : 0;
			trace_wapi_open(object, client);
		}
		wapi_object_unlock(object);
		if (err != -EAGAIN)
			return err;
		err = wapi_reference_prepare(client, handle);
	} while (!err);
	return err;
}

/**
 * wapi_reference_remove - undo wapi_reference_add()
 * @client: the client
 * @handle: of the object
 *
 * Context: may sleep.
 */
void wapi_reference_remove(struct wapi_client *client, u32 handle)
{
	struct wapi_object *object;
	u32 *reference;

	object = wapi_object_lock(client->domain, handle);
	if (!object)
		return;
	reference = wapi_reference_of(object, client);
	if (reference)
		wapi_reference_drop(object, client, reference, 1);
	wapi_object_unlock(object);
}

/**
 * wapi_reference_mark - say whether children may inherit it
 * @object: a locked object
 * @client: a client that holds references to it
 * @inherit: whether they may
 */
void wapi_reference_mark(struct wapi_object *object, struct wapi_client *client, bool inherit)
{
	u32 *reference = wapi_reference_of(object, client);

	lockdep_assert_held(&object->lock);
	WRITE_ONCE(*reference, (*reference & WAPI_REFERENCE_COUNT) |
		   (inherit ? WAPI_REFERENCE_INHERIT : 0));
	if (inherit)
		set_bit(wapi_handle_index(object->handle) >> WAPI_LEAF_BITS, client->inheritable);
}

/* The handle that has an index, if the client lets it be inherited; else 0. */
static u32 wapi_reference_inheritable(struct wapi_client *client, u32 index, const u32 *reference)
{
	const struct wapi_object *object;
	u32 handle = 0;

	if (!(READ_ONCE(*reference) & WAPI_REFERENCE_INHERIT))
		return 0;
	wapi_find_begin();
	object = wapi_handle_at(&client->domain->handles, index);
	if (object) {
		handle = READ_ONCE(object->handle);
		/* If the object has gone, was it before or after the handle was read? */
		if (wapi_handle_index(handle) != index ||
		    !(READ_ONCE(*reference) & WAPI_REFERENCE_INHERIT))
			handle = 0;
	}
	wapi_find_end();
	return handle;
}

/**
 * wapi_reference_next_inheritable - the next handle that children may inherit
 * @client: the client, which cannot end meanwhile
 * @index: in: the lowest index that it may have; out: the next index to look at
 *
 * Looks at the leaves only where handles were ever marked.
 *
 * Return: the handle, which may be stale at once, or 0
 */
u32 wapi_reference_next_inheritable(struct wapi_client *client, u32 *index)
{
	u32 leaf, handle;

	while (*index < WAPI_SLOTS_MAX) {
		leaf = find_next_bit(client->inheritable, WAPI_LEAVES, *index >> WAPI_LEAF_BITS);
		if (leaf != *index >> WAPI_LEAF_BITS) {
			*index = leaf << WAPI_LEAF_BITS;
			continue;
		}
		handle = wapi_reference_inheritable(client, *index,
						    wapi_reference_place(client, *index));
		(*index)++;
		if (handle)
			return handle;
	}
	return 0;
}

/**
 * wapi_open_locked - WAPI_IOC_OPEN
 * @object: the locked object
 * @client: whose request it is
 * @word: not used
 * @result: where to tell
 *
 * Return: 0, or an error that &struct wapi_open tells of; -EAGAIN
 */
static __always_inline int wapi_open_locked(struct wapi_object *object,
					    struct wapi_client *client, struct wapi_word word,
					    void __user *result)
{
	struct {
		u32 type, references;
		u64 block;
	} told;
	u32 *reference;
	int err;

	reference = wapi_reference_place(client, object->handle);
	if (unlikely(!reference))
		return -EAGAIN;
	err = wapi_reference_count(object, client, reference);
	if (unlikely(err))
		return err;
	told.type = wapi_object_type(object);
	told.references = *reference & WAPI_REFERENCE_COUNT;
	told.block = object->block ? object->block->offset : 0;
	err = wapi_copy_out_locked(result, &told, sizeof(told));
	if (unlikely(err))
		wapi_reference_drop(object, client, reference, 1);
	else
		trace_wapi_open(object, client);
	return err;
}

/**
 * wapi_open - WAPI_IOC_OPEN, which is brief but for what it tells, and that the client
 *	       need not have a reference, but gets one
 * @client: whose request it is
 * @arg: its structure
 * @batched: it is one of a batch
 *
 * Return: 0, or an error that &struct wapi_open tells of
 */
int wapi_open(struct wapi_client *client, void __user *arg, bool batched)
{
	const size_t told = offsetof(struct wapi_open, type);
	const size_t size = sizeof(struct wapi_open);
	struct wapi_object *object;
	struct wapi_word word;
	u32 handle;
	int err;

	err = wapi_read_brief(&handle, &word, arg) ?: wapi_check_both_pages(arg, size);
	if (unlikely(err))
		return err;
	for (;;) {
		object = wapi_reference_lock(client, handle);
		if (unlikely(!object))
			object = wapi_object_lock(client->domain, handle);
		if (unlikely(!object))
			return -EBADF;
		err = wapi_open_locked(object, client, word, arg + told);
		wapi_object_unlock(object);
		if (likely(err != -EAGAIN))
			return err;
		/* The memory that a new reference needs may be missing too. */
		err = wapi_make_room(arg + told, size - told) ?:
		      wapi_reference_prepare(client, handle);
		if (err)
			return err;
	}
}

/**
 * wapi_open_name - WAPI_IOC_OPEN_NAME
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_open_name tells of
 */
int wapi_open_name(struct wapi_request *request)
{
	struct wapi_open_name *args = &request->args.open_name;
	struct wapi_client *client = request->client;
	struct wapi_sought sought = { .type = args->type };
	struct wapi_open opened;
	u32 handle;
	int err;

	if (args->flags || args->type >= WAPI_TYPE_COUNT)
		return -EINVAL;
	sought.name = wapi_name_read(args->name, args->name_size);
	if (IS_ERR(sought.name))
		return PTR_ERR(sought.name);
	do {
		handle = wapi_name_find(client->domain, sought.name);
		err = handle ? wapi_reference_add(client, handle, &sought, &opened) : -ENOENT;
		/* It went; perhaps another has the name by now. */
	} while (err == -EBADF);
	wapi_name_put(sought.name);
	if (err)
		return err;
	args->handle = handle;
	args->found_type = opened.type;
	args->references = opened.references;
	args->block = opened.block;
	return 0;
}

/**
 * wapi_open_name_undo - the caller could not be told of the reference
 * @request: the request
 */
void wapi_open_name_undo(struct wapi_request *request)
{
	wapi_reference_remove(request->client, request->args.open_name.handle);
}

/**
 * wapi_close_locked - WAPI_IOC_CLOSE
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: as &typedef wapi_brief_t
 */
int wapi_close_locked(struct wapi_object *object, struct wapi_client *client,
		      struct wapi_word word, void __user *result)
{
	u32 *reference = wapi_reference_of(object, client);
	int err;

	err = wapi_tell_word(result, (*reference & WAPI_REFERENCE_COUNT) - 1,
			     object->references == 1 && !object->pins);
	if (unlikely(err))
		return err;
	wapi_reference_uncount(object, client, reference, 1);
	return wapi_object_is_gone(object) ? WAPI_BRIEF_GONE : 0;
}
