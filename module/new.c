// SPDX-License-Identifier: GPL-2.0
/*
 * New: making an object with its data block and name, or opening the one that
 * has the name.
 *
 * An object without a name is published when the caller has been told its
 * handle.  One with a name must be published before, together with the name, so
 * that of two clients who make it at once one finds the other's.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "arena.h"
#include "block.h"
#include "client.h"
#include "name.h"
#include "object.h"
#include "queue.h"
#include "reference.h"
#include "request.h"
#include "type.h"

static int wapi_new_check(const struct wapi_new *args)
{
	const struct wapi_type_ops *type = wapi_type(args->type);
	u32 flags = args->name_size ? WAPI_NEW_EXCLUSIVE : 0;

	/* Most ask for nothing but the type. */
	if (likely(type && !(args->flags & ~type->new_flags) &&
		   !(args->data | args->data_size | args->block | args->name |
		     args->name_size | args->count | args->maximum | args->pidfd |
		     args->pad | args->pad2)))
		return 0;
	if (!type || args->flags & ~(type->new_flags | flags) || args->pad || args->pad2 ||
	    (args->data && !args->data_size) || (args->block && args->data_size) ||
	    (args->name && !args->name_size) ||
	    ((args->count || args->maximum) && args->type != WAPI_TYPE_SEM) ||
	    (args->pidfd && !(args->flags & WAPI_NEW_PIDFD)))
		return -EINVAL;
	return 0;
}

/* The data block that is asked for, which belongs to nobody yet. */
static struct wapi_arena_block *wapi_new_block(struct wapi_client *client,
					       const struct wapi_new *args)
{
	struct wapi_arena *arena = &client->domain->arena;
	struct wapi_arena_block *block;
	int err;

	if (!args->data_size)
		return wapi_block_take(client, args->block);
	block = wapi_arena_alloc(arena, args->data_size);
	if (IS_ERR(block) || !args->data)
		return block;
	err = wapi_arena_fill(arena, block, u64_to_user_ptr(args->data));
	if (err) {
		wapi_arena_free(arena, block);
		return ERR_PTR(err);
	}
	return block;
}

/* Make the object and its data block, both to be published or aborted. */
static __always_inline int wapi_new_make(struct wapi_request *request)
{
	struct wapi_new *args = &request->args.new;
	struct wapi_arena_block *block;
	struct wapi_object *object;

	object = wapi_object_create(request->client, args);
	if (IS_ERR(object))
		return PTR_ERR(object);
	block = NULL;
	if (unlikely(args->data_size || args->block))
		block = wapi_new_block(request->client, args);
	if (IS_ERR(block)) {
		wapi_object_abort(object);
		return PTR_ERR(block);
	}
	request->object = object;
	request->block = block;
	return 0;
}

static void wapi_new_tell(struct wapi_request *request)
{
	struct wapi_new *args = &request->args.new;

	args->handle = request->object->handle;
	args->block = request->block ? request->block->offset : 0;
	args->existed = 0;
}

static void wapi_new_publish_locked(struct wapi_request *request)
{
	if (request->block)
		wapi_block_give_object(request->block, request->object);
	wapi_object_publish_locked(request->object, request->client);
}

/* Undo wapi_new_make(): a block that was the caller's own is so again. */
static void wapi_new_abort(struct wapi_request *request)
{
	struct wapi_client *client = request->client;

	if (request->block && request->args.new.data_size)
		wapi_arena_free(&client->domain->arena, request->block);
	else if (request->block)
		wapi_block_give_client(request->block, client);
	wapi_object_abort(request->object);
	request->object = NULL;
	request->block = NULL;
}

/* Open the object that has the name.  Return: 0; -EBADF if it has gone; ... */
static noinline int wapi_new_open(struct wapi_client *client, struct wapi_new *args,
				  struct wapi_name *name, u32 handle)
{
	const struct wapi_sought sought = {
		.name = name,
		.type = args->type,
		.exclusive = args->flags & WAPI_NEW_EXCLUSIVE,
	};
	struct wapi_open opened;
	int err;

	err = wapi_reference_add(client, handle, &sought, &opened);
	if (err)
		return err;
	args->handle = handle;
	args->block = opened.block;
	args->existed = 1;
	return 0;
}

/* Publish the object with its name.  Return: 0, -EEXIST if it is taken, -ENOMEM */
static int wapi_new_bind(struct wapi_request *request, struct wapi_name *name)
{
	struct wapi_object *object = request->object;
	int err;

	spin_lock(&object->lock);
	err = wapi_name_bind(object, name);
	if (!err) {
		wapi_new_tell(request);
		wapi_new_publish_locked(request);
	}
	spin_unlock(&object->lock);
	return err;
}

/* Make a named object, or open it: whichever can be done in one step. */
static noinline int wapi_new_named(struct wapi_request *request)
{
	struct wapi_new *args = &request->args.new;
	struct wapi_client *client = request->client;
	struct wapi_name *name;
	u32 handle;
	int err;

	name = wapi_name_read(args->name, args->name_size);
	if (IS_ERR(name))
		return PTR_ERR(name);
	for (;;) {
		handle = wapi_name_find(client->domain, name);
		if (handle) {
			err = wapi_new_open(client, args, name, handle);
			/* It went; perhaps another has the name by now. */
			if (err == -EBADF)
				continue;
			break;
		}
		err = wapi_new_make(request);
		if (err)
			break;
		err = wapi_new_bind(request, name);
		if (!err)
			return 0;
		wapi_new_abort(request);
		/* Somebody else was quicker? */
		if (err != -EEXIST)
			break;
	}
	wapi_name_put(name);
	return err;
}

/**
 * wapi_new - WAPI_IOC_NEW
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_new tells of
 */
int wapi_new(struct wapi_request *request)
{
	struct wapi_new *args = &request->args.new;
	int err;

	err = wapi_new_check(args);
	if (err)
		return err;
	if (args->name_size)
		return wapi_new_named(request);
	err = wapi_new_make(request);
	if (likely(!err))
		wapi_new_tell(request);
	return err;
}

/**
 * wapi_new_commit - publish the object, now that the caller knows its handle
 * @request: the request
 */
void wapi_new_commit(struct wapi_request *request)
{
	if (request->args.new.name_size)
		return;
	spin_lock(&request->object->lock);
	wapi_new_publish_locked(request);
	spin_unlock(&request->object->lock);
}

/* Take back a named object that was published, though others may use it by now. */
static void wapi_new_retract(struct wapi_request *request)
{
	struct wapi_new *args = &request->args.new;
	struct wapi_client *client = request->client;
	struct wapi_object *object = wapi_object_lock(client->domain, args->handle);
	const struct wapi_type_ops *type;

	if (!object)
		return;
	type = wapi_type_of(object);
	if (type->abort)
		type->abort(object);
	/* A block that was the caller's own must be so again. */
	if (object->block && !args->data_size) {
		wapi_block_give_client(object->block, client);
		object->block = NULL;
	}
	wapi_wake_waiters(object);
	wapi_object_unlock(object);
}

/**
 * wapi_new_undo - the caller could not be told the handle
 * @request: the request
 */
void wapi_new_undo(struct wapi_request *request)
{
	struct wapi_new *args = &request->args.new;

	if (!args->name_size) {
		wapi_new_abort(request);
		return;
	}
	if (!args->existed)
		wapi_new_retract(request);
	wapi_reference_remove(request->client, args->handle);
}
