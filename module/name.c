// SPDX-License-Identifier: GPL-2.0
/*
 * Names: objects that are found by name, one name space for all types of a
 * domain.
 *
 * A name is put into the table together with its object, under the object's
 * lock, and taken out under it when the object goes.  Who looks for a name without
 * a lock gets a handle, and under the lock of the object that has it by then looks
 * again: for the object may have gone, and most names are in memory that may be
 * another name's at any time:
 *
 *   who looks for "a"               who closes "a", and makes "b" in its memory
 *   -----------------               -------------------------------------------
 *   finds "a"
 *                                   takes "a" out, writes "b" and its handle
 *   reads the handle
 *   locks the object: it is "b",
 *   so looks for "a" again
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/once.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/word-at-a-time.h>

#include "domain.h"
#include "name.h"
#include "object.h"
#include "request.h"

/* So that nobody can choose names that meet in one bucket. */
static u32 wapi_name_seed __read_mostly;

/**
 * struct wapi_name - a name, and which object has it
 * @in_names: in wapi_domain.names, once it is bound
 * @session: the session that it is bound to, or NULL
 * @handle: of the object, once it is bound
 * @hash: of @session and the name
 * @size: of the name without its scope prefix, in bytes
 * @is_long: it is that of a struct wapi_long_name
 * @bytes: the name
 */
struct wapi_name {
	struct rhash_head in_names;
	struct pid *session;
	u32 handle;
	u32 hash;
	u16 size;
	bool is_long;
	char bytes[];
};

/* Of more than this, a name is long; others have all the same size. */
#define WAPI_SHORT_NAME	(64 - offsetof(struct wapi_name, bytes))

/**
 * struct wapi_long_name - a name that is freed after a grace period
 * @rcu: frees it
 * @name: the name
 */
struct wapi_long_name {
	struct rcu_head rcu;
	struct wapi_name name;
};

static struct kmem_cache *wapi_name_cache;

static u32 wapi_name_hash(const void *data, u32 unused, u32 seed)
{
	const struct wapi_name *name = data;

	return name->hash;
}

static bool wapi_name_differs(const struct wapi_name *one, const struct wapi_name *other)
{
	return one->hash != other->hash || one->session != other->session ||
	       one->size != other->size || memcmp(one->bytes, other->bytes, one->size);
}

static int wapi_name_compare(struct rhashtable_compare_arg *arg, const void *data)
{
	/* Without a lock it may just become another, and is looked at again. */
	return data_race(wapi_name_differs(arg->key, data));
}

static const struct rhashtable_params wapi_name_params = {
	.head_offset = offsetof(struct wapi_name, in_names),
	.key_len = sizeof(struct wapi_name),
	.hashfn = wapi_name_hash,
	.obj_hashfn = wapi_name_hash,
	.obj_cmpfn = wapi_name_compare,
	.automatic_shrinking = true,
};

/* How many of the bytes are a scope prefix; which one decides on *@session. */
static u32 wapi_name_scope(const char *bytes, u32 size, struct pid **session)
{
	static const char global[] = "Global\\", local[] = "Local\\";

	if (likely(bytes[0] != global[0] && bytes[0] != local[0]))
		return 0;
	if (size >= sizeof(global) - 1 && !memcmp(bytes, global, sizeof(global) - 1))
		return sizeof(global) - 1;
	if (size >= sizeof(local) - 1 && !memcmp(bytes, local, sizeof(local) - 1)) {
		rcu_read_lock();
		*session = get_pid(task_session(current));
		rcu_read_unlock();
		return sizeof(local) - 1;
	}
	return 0;
}

static bool wapi_name_is_well_formed(const struct wapi_name *name)
{
	const struct word_at_a_time find = WORD_AT_A_TIME_CONSTANTS;
	const unsigned long backslashes = REPEAT_BYTE('\\');
	unsigned long word, found;
	u32 i;

	if (name->size < sizeof(word))
		return !memchr(name->bytes, 0, name->size) &&
		       !memchr(name->bytes, '\\', name->size);
	for (i = 0; i < name->size; i += sizeof(word)) {
		/* The last word has some of what was looked at before. */
		i = min_t(u32, i, name->size - sizeof(word));
		memcpy(&word, name->bytes + i, sizeof(word));
		if (has_zero(word, &found, &find) || has_zero(word ^ backslashes, &found, &find))
			return false;
	}
	return true;
}

static struct wapi_name *wapi_name_alloc(u32 size)
{
	struct wapi_long_name *long_name;
	struct wapi_name *name;
	bool is_long = size > WAPI_SHORT_NAME;

	if (is_long) {
		long_name = kmalloc(struct_size(long_name, name.bytes, size), GFP_KERNEL_ACCOUNT);
		name = long_name ? &long_name->name : NULL;
	} else {
		name = kmem_cache_alloc(wapi_name_cache, GFP_KERNEL_ACCOUNT);
	}
	if (name) {
		name->session = NULL;
		name->is_long = is_long;
	}
	return name;
}

/**
 * wapi_name_put - free a name that was not bound
 * @name: the name, or NULL
 */
void wapi_name_put(struct wapi_name *name)
{
	if (!name)
		return;
	put_pid(name->session);
	if (name->is_long)
		kfree(container_of(name, struct wapi_long_name, name));
	else
		kmem_cache_free(wapi_name_cache, name);
}

/**
 * wapi_name_read - take a name from a user
 * @address: of the name in user memory
 * @size: its size in bytes, not 0
 *
 * Return: the name, to be bound or to be given to wapi_name_put(); or -EINVAL,
 * -EFAULT, -ENOMEM
 */
struct wapi_name *wapi_name_read(u64 address, u32 size)
{
	struct wapi_name *name;
	u32 prefix;
	int err;

	if (!size || size > WAPI_NAME_MAX)
		return ERR_PTR(-EINVAL);
	name = wapi_name_alloc(size);
	if (!name)
		return ERR_PTR(-ENOMEM);
	err = -EFAULT;
	if (wapi_copy_in_bytes(name->bytes, u64_to_user_ptr(address), size))
		goto put;

	prefix = wapi_name_scope(name->bytes, size, &name->session);
	name->size = size - prefix;
	if (prefix)
		memmove(name->bytes, name->bytes + prefix, name->size);
	err = -EINVAL;
	if (!name->size || !wapi_name_is_well_formed(name))
		goto put;
	name->hash = jhash(name->bytes, name->size,
			   wapi_name_seed ^ hash_ptr(name->session, 32));
	return name;
put:
	wapi_name_put(name);
	return ERR_PTR(err);
}

/**
 * wapi_name_find - the handle of the object that has a name
 * @domain: where to look
 * @name: the name
 *
 * Return: the handle, of an object that must be looked at by wapi_name_is_of(); or
 * 0 if nothing has the name
 */
u32 wapi_name_find(struct wapi_domain *domain, struct wapi_name *name)
{
	struct wapi_name *found;
	u32 handle = 0;

	rcu_read_lock();
	found = rhashtable_lookup(&domain->names, name, wapi_name_params);
	if (found)
		handle = READ_ONCE(found->handle);
	rcu_read_unlock();
	return handle;
}

/**
 * wapi_name_is_of - does an object have a name?
 * @name: the name
 * @object: the locked object
 *
 * Return: whether it does
 */
bool wapi_name_is_of(const struct wapi_name *name, const struct wapi_object *object)
{
	lockdep_assert_held(&object->lock);
	return object->name && !wapi_name_differs(name, object->name);
}

/**
 * wapi_name_bind - give a name to an object that is about to be published
 * @object: the locked object, which owns the name from now on
 * @name: the name
 *
 * Return: 0; -EEXIST if the name is taken; -ENOMEM
 */
int wapi_name_bind(struct wapi_object *object, struct wapi_name *name)
{
	struct wapi_name *found;

	lockdep_assert_held(&object->lock);
	WRITE_ONCE(name->handle, object->handle);
	found = rhashtable_lookup_get_insert_key(&object->domain->names, name, &name->in_names,
						 wapi_name_params);
	if (IS_ERR(found))
		return -ENOMEM;
	if (found)
		return -EEXIST;
	object->name = name;
	return 0;
}

/**
 * wapi_name_unbind - free the name of an object that is gone
 * @object: the locked object, which has one
 */
void wapi_name_unbind(struct wapi_object *object)
{
	struct wapi_name *name = object->name;

	lockdep_assert_held(&object->lock);
	rhashtable_remove_fast(&object->domain->names, &name->in_names, wapi_name_params);
	object->name = NULL;
	if (name->is_long) {
		put_pid(name->session);
		kfree_rcu(container_of(name, struct wapi_long_name, name), rcu);
	} else {
		wapi_name_put(name);
	}
}

/**
 * wapi_name_describe - tell the name of an object in a listing
 * @object: the locked object, which has a name
 * @record: where to
 * @pids: the PID namespace to tell the session of
 */
void wapi_name_describe(const struct wapi_object *object, struct wapi_name_record *record,
			struct pid_namespace *pids)
{
	const struct wapi_name *name = object->name;

	record->handle = object->handle;
	record->size = name->size;
	record->session = pid_nr_ns(name->session, pids);
	record->pad = 0;
	memcpy(record->name, name->bytes, name->size);
	memset(record->name + name->size, 0, sizeof(record->name) - name->size);
}

int wapi_names_init(struct wapi_domain *domain)
{
	get_random_once(&wapi_name_seed, sizeof(wapi_name_seed));
	return rhashtable_init(&domain->names, &wapi_name_params);
}

void wapi_names_destroy(struct wapi_domain *domain)
{
	rhashtable_destroy(&domain->names);
}

int wapi_name_cache_create(void)
{
	wapi_name_cache = kmem_cache_create("wapi_name", offsetof(struct wapi_name, bytes) +
					    WAPI_SHORT_NAME, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	return wapi_name_cache ? 0 : -ENOMEM;
}

void wapi_name_cache_destroy(void)
{
	kmem_cache_destroy(wapi_name_cache);
}
