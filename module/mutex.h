/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mutexes, and those that are abandoned.
 */
#ifndef WAPI_MUTEX_H
#define WAPI_MUTEX_H

#include <linux/wapi.h>

#include "object.h"

struct wapi_client;
struct wapi_owner;

void wapi_mutex_take(struct wapi_object *object, struct wapi_owner *owner,
		     struct wapi_client *client);
void wapi_mutex_abandon_read(struct wapi_object *object);
void wapi_mutex_settle_owned(struct wapi_object *object);

/**
 * wapi_mutex_settle - let those who wait for a mutex have it if its owner is ending
 * @object: any locked object
 */
static inline void wapi_mutex_settle(struct wapi_object *object)
{
	if (wapi_object_type(object) == WAPI_TYPE_MUTEX && !wapi_object_is_set(object))
		wapi_mutex_settle_owned(object);
}

void wapi_mutex_abandon_all_of_client(struct wapi_client *client);
void wapi_mutex_abandon_all_of_owner(struct wapi_owner *owner);

#endif /* WAPI_MUTEX_H */
