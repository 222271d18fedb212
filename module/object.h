/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is shared.
 */
#ifndef WAPI_OBJECT_H
#define WAPI_OBJECT_H

#include <linux/build_bug.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <linux/wapi.h>

#include "domain.h"
#include "find.h"
#include "handle.h"

struct pid;
struct wapi_alarm;
struct wapi_client;
struct wapi_name;
struct wapi_owner;
struct wapi_pollers;
struct wapi_running;

/* The state of each type; guarded by wapi_object.lock. */

struct wapi_semaphore {
	u32 count;
	u32 maximum;
};

/* It is not signalled to an owner who has taken it that often. */
#define WAPI_MUTEX_COUNT_MAX	U32_MAX

/**
 * struct wapi_mutex - the state of a mutex
 * @count: how often the owner has taken it
 * @owner: the thread that has it, or NULL; nothing else is ever at this place
 * @client: the client through which @owner took it, or NULL for a descriptor
 * @in_owner: in wapi_owner.mutexes of @listed_owner; wapi_owner.lock
 * @in_client: in wapi_client.mutexes of @listed_client; wapi_client.lock
 * @listed_owner: the last one that took it, or NULL
 * @listed_client: the last one through which it was taken, or NULL
 * @abandoned_by: the owner that ended with it, until the next one releases it
 */
struct wapi_mutex {
	u32 count;
	struct wapi_owner *owner;
	struct wapi_client *client;
	struct list_head in_owner;
	struct list_head in_client;
	struct wapi_owner *listed_owner;
	struct wapi_client *listed_client;
	struct pid *abandoned_by;
};

/**
 * struct wapi_timer - the state of a timer
 * @sets: how often it was set or stopped
 * @taken: what @sets was when a wait was last satisfied
 * @no_owner: where a mutex has its owner; never written
 * @alarm: tells that it is due, see timer.c
 * @due: when it is to be signalled next, or last was to be
 * @period: in nanoseconds, or 0
 * @realtime: @due is of CLOCK_REALTIME, not of CLOCK_MONOTONIC
 * @armed: it is to be signalled at @due
 */
struct wapi_timer {
	u32 sets;
	u32 taken;
	const struct wapi_owner *no_owner;
	struct wapi_alarm *alarm;
	ktime_t due;
	u64 period;
	bool realtime;
	bool armed;
};

/**
 * struct wapi_object - what is shared
 *
 * Lives while a client holds a reference or something pins it.  Its memory may
 * be that of another object as soon as it is gone, but of an object always: who
 * found it under RCU takes its lock and looks whether it is still the one.
 *
 * All fields are guarded by @lock, but those that never change: @handle, @domain
 * and, once it is published, @entry.  A frozen object is changed
 * only while wapi_domain.freeze is held too, see freeze.c.
 *
 * @lock: also guards the references to the object in all clients
 * @handle: its handle
 * @references: references of all clients
 * @pins: what else keeps it alive; its own state, waits, descriptors
 * @frozen: how many waits have frozen it
 * @state: what its entry in the state table tells
 * @entry: its entry in the state table; or @state before it is published
 * @domain: where it is
 * @watched: how many waits there are in @waiters, and 1 more with @pollers
 * @waiters: who waits for it, in the order of service
 * @pollers: who polls a descriptor of it, or NULL before there was one
 * @clients: how many clients hold references
 * @mark: of a wait that looks for a handle that is there twice
 * @block: the data block, or NULL
 * @name: its name, or NULL; set before it is published
 * @running: the process or thread; or NULL, for a record or another type
 * @semaphore: state of a semaphore
 * @mutex: state of a mutex
 * @timer: state of a timer
 *
 * By pahole, on x86-64: what a request looks at is in the first line, and the rest
 * is only looked at when there is something there, or by the type.
 *
 *   lock 0, handle 4, references 8, pins 12, frozen 16, state 20, entry 24,
 *   domain 32, watched 40, clients 44, waiters 48
 *   --- 64 ---
 *   pollers 64, mark 72, block 80, name 88, running 96, the state of its type 104
 *   --- 128 ---
 *   mutex goes on to 184: size 184, a hole of 4 behind its count
 */
struct wapi_object {
	spinlock_t lock;
	u32 handle;
	u32 references;
	u32 pins;
	u32 frozen;
	u32 state;
	u32 *entry;
	struct wapi_domain *domain;
	u32 watched;
	u32 clients;
	struct list_head waiters;
	struct wapi_pollers *pollers;
	const void *mark;
	struct wapi_arena_block *block;
	struct wapi_name *name;
	struct wapi_running *running;
	/*
	 * Who looks without the lock, and finds that it is a mutex or stands for a
	 * process, may follow a pointer when it is an object of another type already.
	 * So these pointers are never where something else has a number.
	 */
	union {
		struct wapi_semaphore semaphore;
		struct wapi_mutex mutex;
		struct wapi_timer timer;
	};
};

static_assert(offsetof(struct wapi_mutex, owner) >= sizeof(struct wapi_semaphore));
static_assert(offsetof(struct wapi_mutex, owner) == offsetof(struct wapi_timer, no_owner));
static_assert(sizeof(struct wapi_timer) <= sizeof(struct wapi_mutex));

struct wapi_object *wapi_object_create(struct wapi_client *client, const struct wapi_new *args);
void wapi_object_publish_locked(struct wapi_object *object, struct wapi_client *client);
void wapi_object_abort(struct wapi_object *object);
void wapi_object_lock_freeze(struct wapi_object *object);
void wapi_object_thaw_locked(struct wapi_object *object);
void wapi_object_free_locked(struct wapi_object *object, struct wapi_client *client);
void wapi_object_free_spare(struct wapi_client *client);
struct wapi_object *wapi_object_pin(struct wapi_domain *domain, u32 handle);
void wapi_object_unpin(struct wapi_object *object);
int wapi_object_cache_create(void);
void wapi_object_cache_destroy(void);

static inline u32 wapi_object_type(const struct wapi_object *object)
{
	return READ_ONCE(object->state) & WAPI_ENTRY_TYPE;
}

/**
 * wapi_object_is_gone - has nobody a reference, and does nothing pin it?
 * @object: the locked object
 *
 * Return: whether it is gone
 */
static inline bool wapi_object_is_gone(const struct wapi_object *object)
{
	return !object->references && !object->pins;
}

/**
 * wapi_object_lock_kept - lock an object, and wapi_domain.freeze if it is frozen
 * @object: the object; if only RCU keeps it, it may be gone or another one
 */
static inline void wapi_object_lock_kept(struct wapi_object *object)
{
	spin_lock(&object->lock);
	if (unlikely(object->frozen))
		wapi_object_lock_freeze(object);
}

/**
 * wapi_object_tell - write what has become of an object into the state table
 * @object: the locked object
 *
 * Only when it is to be unlocked: what is signalled and goes to somebody who
 * waits is never to be seen in between.
 */
static inline void wapi_object_tell(struct wapi_object *object)
{
	if (READ_ONCE(*object->entry) != object->state)
		/* Who reads it with acquire semantics sees what was before; states.c. */
		smp_store_release(object->entry, object->state);
}

/**
 * wapi_object_unlock_kept - unlock an object that cannot be gone
 * @object: the locked object
 */
static inline void wapi_object_unlock_kept(struct wapi_object *object)
{
	spinlock_t *freeze = unlikely(object->frozen) ? &object->domain->freeze : NULL;

	wapi_object_tell(object);
	spin_unlock(&object->lock);
	if (unlikely(freeze))
		spin_unlock(freeze);
}

/**
 * wapi_object_unlock_other - unlock an object that was not the one that was meant
 * @object: the locked object; it may be gone, or not be published
 */
static inline void wapi_object_unlock_other(struct wapi_object *object)
{
	spinlock_t *freeze = unlikely(object->frozen) ? &object->domain->freeze : NULL;

	spin_unlock(&object->lock);
	if (unlikely(freeze))
		spin_unlock(freeze);
}

/**
 * wapi_object_is_still - is an object there, and that of a handle?
 * @object: the locked object; if only RCU keeps it, it may be gone or another one
 * @handle: the handle by which it was found
 *
 * Memory that is gone is made another object without its lock: its handle is written
 * before its pin, which is looked at before the handle here.
 *
 * Return: whether it is
 */
static inline bool wapi_object_is_still(const struct wapi_object *object, u32 handle)
{
	/* Pairs with wapi_object_create(). */
	return (object->references || smp_load_acquire(&object->pins)) &&
	       READ_ONCE(object->handle) == handle;
}

/**
 * wapi_object_lock_found - lock an object that was found by its handle
 * @object: the object, which RCU or a pin keeps
 * @handle: the handle
 *
 * Return: true; or false if the object is gone, and then nothing is locked
 */
static inline bool wapi_object_lock_found(struct wapi_object *object, u32 handle)
{
	wapi_object_lock_kept(object);
	if (likely(wapi_object_is_still(object, handle)))
		return true;
	wapi_object_unlock_other(object);
	return false;
}

/**
 * wapi_object_lock_live - lock an object that may be gone, or be another by now
 * @object: the object, which RCU keeps
 *
 * Return: true; or false if it is gone, and then nothing is locked
 */
static inline bool wapi_object_lock_live(struct wapi_object *object)
{
	return wapi_object_lock_found(object, READ_ONCE(object->handle));
}

/**
 * wapi_object_lock - find an object by its handle and lock it
 * @domain: where to look
 * @handle: any number
 *
 * Return: the object, locked as by wapi_object_lock_kept(), or NULL
 */
static inline struct wapi_object *wapi_object_lock(struct wapi_domain *domain, u32 handle)
{
	struct wapi_object *object;

	wapi_find_begin();
	object = wapi_handle_at(&domain->handles, wapi_handle_index(handle));
	if (object && !wapi_object_lock_found(object, handle))
		object = NULL;
	wapi_find_end();
	return object;
}

/**
 * wapi_object_unlock_by - unlock an object, and free it if it is gone
 * @object: the locked object, not to be used any more
 * @client: who may use the memory for the next one; or NULL
 *
 * Context: may sleep after unlocking.
 */
static inline void wapi_object_unlock_by(struct wapi_object *object, struct wapi_client *client)
{
	if (likely(!wapi_object_is_gone(object)))
		wapi_object_unlock_kept(object);
	else
		wapi_object_free_locked(object, client);
}

/**
 * wapi_object_unlock - unlock an object, and free it if it is gone
 * @object: the locked object, not to be used any more
 *
 * Context: may sleep after unlocking.
 */
static inline void wapi_object_unlock(struct wapi_object *object)
{
	wapi_object_unlock_by(object, NULL);
}

/**
 * wapi_object_set_signalled - change whether anybody's wait would be satisfied
 * @object: the locked object, or one that is not published
 * @signalled: whether it would; told when it is unlocked
 */
static inline void wapi_object_set_signalled(struct wapi_object *object, bool signalled)
{
	u32 state = object->state & ~WAPI_ENTRY_SIGNALLED;

	if (signalled)
		state |= WAPI_ENTRY_SIGNALLED;
	WRITE_ONCE(object->state, state);
}

/**
 * wapi_object_is_set - would anybody's wait for the object be satisfied?
 * @object: the object; if it is not locked, the answer may be outdated
 *
 * Return: whether it would; of a mutex, process or thread it may still be
 * signalled for somebody
 */
static inline bool wapi_object_is_set(const struct wapi_object *object)
{
	return READ_ONCE(object->state) & WAPI_ENTRY_SIGNALLED;
}

#endif /* WAPI_OBJECT_H */
