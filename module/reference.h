/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The right to use an object.
 */
#ifndef WAPI_REFERENCE_H
#define WAPI_REFERENCE_H

#include <linux/types.h>

#include "client.h"
#include "find.h"
#include "map.h"
#include "object.h"

struct wapi_name;
struct wapi_open;

struct wapi_object *wapi_reference_lock_other(struct wapi_client *client, u32 handle);

/* How many references a client holds, and whether children may inherit them. */
#define WAPI_REFERENCE_COUNT	0x7fffffffU
#define WAPI_REFERENCE_INHERIT	0x80000000U

/**
 * struct wapi_counts - a leaf of the references of a client
 * @counts: for each handle, a count and WAPI_REFERENCE_INHERIT; 0 if none is
 *          held; written under wapi_object.lock
 */
struct wapi_counts {
	u32 counts[WAPI_LEAF_SIZE];
};

/**
 * wapi_reference_of - the references of a client to an object
 * @object: the locked object
 * @client: the client
 *
 * Return: the client's count, or NULL if it has none
 */
static inline u32 *wapi_reference_of(struct wapi_object *object, struct wapi_client *client)
{
	u32 index = wapi_handle_index(object->handle);
	struct wapi_counts *leaf = wapi_map_leaf(&client->counts, index);
	u32 *reference;

	if (unlikely(!leaf))
		return NULL;
	reference = &leaf->counts[index % WAPI_LEAF_SIZE];
	return *reference ? reference : NULL;
}

/**
 * wapi_reference_lock - find an object that a client holds references to and lock it
 * @client: the client
 * @handle: any number
 *
 * Return: the locked object, or NULL
 */
static inline struct wapi_object *wapi_reference_lock(struct wapi_client *client, u32 handle)
{
	struct wapi_object *const *recent = &client->recent[handle % WAPI_RECENT], *object;

	wapi_find_begin();
	object = READ_ONCE(*recent);
	if (likely(object)) {
		wapi_object_lock_kept(object);
		/* If it still is there now, so is the reference. */
		if (likely(object->handle == handle && READ_ONCE(*recent) == object)) {
			wapi_find_end();
			return object;
		}
		wapi_object_unlock_other(object);
	}
	wapi_find_end();
	return wapi_reference_lock_other(client, handle);
}

int wapi_reference_make_room(struct wapi_client *client, u32 handle);

/**
 * wapi_reference_prepare - get the memory that a reference to an object needs
 * @client: the client
 * @handle: of the object
 *
 * Return: 0 or -ENOMEM
 */
static inline int wapi_reference_prepare(struct wapi_client *client, u32 handle)
{
	if (likely(wapi_map_leaf(&client->counts, wapi_handle_index(handle))))
		return 0;
	return wapi_reference_make_room(client, handle);
}

void wapi_reference_first(struct wapi_object *object, struct wapi_client *client);
int wapi_reference_take(struct wapi_object *object, struct wapi_client *client);

/**
 * struct wapi_sought - what an object that is looked for by name must be
 * @name: the name that it must have
 * @type: the type that it must have, or %WAPI_TYPE_UNUSED for any
 * @exclusive: it must not be there at all
 */
struct wapi_sought {
	struct wapi_name *name;
	u32 type;
	bool exclusive;
};

int wapi_reference_add(struct wapi_client *client, u32 handle, const struct wapi_sought *sought,
		       struct wapi_open *added);
void wapi_reference_remove(struct wapi_client *client, u32 handle);
void wapi_reference_drop_all(struct wapi_client *client);
void wapi_reference_mark(struct wapi_object *object, struct wapi_client *client, bool inherit);
u32 wapi_reference_peek(struct wapi_client *client, u32 handle);
u32 wapi_reference_next_inheritable(struct wapi_client *client, u32 *index);
void wapi_references_free(struct wapi_client *client);

#endif /* WAPI_REFERENCE_H */
