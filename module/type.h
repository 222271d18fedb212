/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the types do differently; event.c and so on: how.
 */
#ifndef WAPI_TYPE_H
#define WAPI_TYPE_H

#include <linux/nospec.h>
#include <linux/types.h>

#include <linux/wapi.h>

#include "object.h"

struct pid_namespace;
struct wapi_client;
struct wapi_owner;
struct wapi_thread_wait;

/**
 * struct wapi_type_ops - what the objects of a type do
 *
 * All functions but @create and @destroy are called with the object locked.
 *
 * @caps: WAPI_CAP_* bits
 * @entry: WAPI_ENTRY_* bits that the entries of all its objects have
 * @new_flags: WAPI_NEW_* bits that go with the type, besides those of names
 * @create: sets the initial state of an object that is not yet published
 * @abort: takes back what @create keeps the object alive by
 * @destroy: frees what the state needs, of an object that is gone
 * @is_signalled: with %WAPI_ENTRY_ASK: would a wait of a thread be satisfied,
 *                though not anybody's? The thread is given as an owner of
 *                mutexes, or NULL
 * @acquire: a wait is satisfied
 * @unacquire: undo @acquire
 * @signal: signal it as a part of a wait; the caller wakes waiters then
 * @describe: tell the state
 */
struct wapi_type_ops {
	u8 caps;
	u8 entry;
	u32 new_flags;
	int (*create)(struct wapi_object *object, struct wapi_client *client,
		      const struct wapi_new *args);
	void (*abort)(struct wapi_object *object);
	void (*destroy)(struct wapi_object *object);
	bool (*is_signalled)(const struct wapi_object *object, const struct wapi_owner *by);
	void (*acquire)(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index);
	void (*unacquire)(struct wapi_object *object);
	int (*signal)(struct wapi_object *object, u32 count);
	void (*describe)(const struct wapi_object *object, struct pid_namespace *pids,
			 struct wapi_state *state);
};

extern const struct wapi_type_ops wapi_event_type;
extern const struct wapi_type_ops wapi_record_type;
extern const struct wapi_type_ops wapi_mutex_type;
extern const struct wapi_type_ops wapi_semaphore_type;
extern const struct wapi_type_ops wapi_process_type;
extern const struct wapi_type_ops wapi_thread_type;
extern const struct wapi_type_ops wapi_timer_type;

extern const struct wapi_type_ops *const wapi_types[WAPI_TYPE_COUNT];

/**
 * wapi_type - what objects of a type do
 * @type: any number
 *
 * Return: the type, or NULL if there is none of that number
 */
static inline const struct wapi_type_ops *wapi_type(u32 type)
{
	if (unlikely(type >= WAPI_TYPE_COUNT))
		return NULL;
	return wapi_types[array_index_nospec(type, WAPI_TYPE_COUNT)];
}

/**
 * wapi_type_of - what an object does
 * @object: the object
 *
 * Return: its type
 */
static inline const struct wapi_type_ops *wapi_type_of(const struct wapi_object *object)
{
	return wapi_types[wapi_object_type(object)];
}

/**
 * wapi_object_is_signalled - would a wait for the object be satisfied now?
 * @object: the object; if it is not locked, the answer may be outdated
 * @by: the thread that would wait, or NULL
 *
 * Return: whether it would
 */
static inline bool wapi_object_is_signalled(const struct wapi_object *object,
					    const struct wapi_owner *by)
{
	return wapi_object_is_set(object) ||
	       (READ_ONCE(object->state) & WAPI_ENTRY_ASK &&
		wapi_type_of(object)->is_signalled(object, by));
}

bool wapi_object_describe(const struct wapi_object *object, const struct wapi_owner *by,
			  struct wapi_state *state);

#endif /* WAPI_TYPE_H */
