// SPDX-License-Identifier: GPL-2.0
/*
 * Objects: what is shared.
 *
 * An object is created unpublished and is either aborted or published, with one
 * reference of the client that asked for it.  It lives until nobody holds a
 * reference; whoever unlocks it then takes it apart.
 *
 * wapi_object.lock is the outermost spin lock, see wapi_internal.h.
 */
#include <linux/slab.h>

#include "wapi_internal.h"

static struct kmem_cache *wapi_object_cache;

/* As Mono registered them in 2002. */
static const u8 wapi_type_caps_table[WAPI_TYPE_COUNT] = {
	[WAPI_TYPE_THREAD]	= WAPI_CAP_WAIT,
	[WAPI_TYPE_SEM]		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_MUTEX]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL | WAPI_CAP_OWN,
	[WAPI_TYPE_EVENT]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_PROCESS]	= WAPI_CAP_WAIT,
};

/**
 * wapi_type_caps - what can be done with objects of a type
 * @type: &enum wapi_type
 *
 * Return: WAPI_CAP_* bits
 */
u32 wapi_type_caps(u32 type)
{
	return wapi_type_caps_table[type];
}

static void wapi_object_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(wapi_object_cache, container_of(rcu, struct wapi_object, rcu));
}

/* The one way out, for an object that nobody can find any more. */
static void wapi_object_free(struct wapi_object *object)
{
	WARN_ON_ONCE(object->references || object->clients);
	if (object->block)
		wapi_arena_free(&object->domain->arena, object->block);
	call_rcu(&object->rcu, wapi_object_free_rcu);
}

/**
 * wapi_object_create - make an object that nobody can find yet
 * @client: who asks for it
 * @type: &enum wapi_type
 *
 * Return: the object, to be published or aborted; or -ENOMEM, -ENOSPC
 */
struct wapi_object *wapi_object_create(struct wapi_client *client, u32 type)
{
	struct wapi_object *object;
	int err;

	object = kmem_cache_zalloc(wapi_object_cache, GFP_KERNEL_ACCOUNT);
	if (!object)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&object->lock);
	INIT_LIST_HEAD(&object->holders);
	object->domain = client->domain;
	object->type = type;

	err = wapi_handle_reserve(&object->domain->handles, &object->handle);
	if (err) {
		kmem_cache_free(wapi_object_cache, object);
		return ERR_PTR(err);
	}
	return object;
}

/**
 * wapi_object_publish - let an object be found
 * @object: the object, complete
 * @client: who gets the first reference
 */
void wapi_object_publish(struct wapi_object *object, struct wapi_client *client)
{
	spin_lock(&object->lock);
	wapi_reference_first(object, client);
	wapi_handle_publish(&object->domain->handles, object);
	spin_unlock(&object->lock);
}

/**
 * wapi_object_abort - undo wapi_object_create()
 * @object: the object, not published
 *
 * Context: may sleep.
 */
void wapi_object_abort(struct wapi_object *object)
{
	wapi_handle_unreserve(&object->domain->handles, object->handle);
	wapi_object_free(object);
}

/**
 * wapi_object_lock - find an object by its handle and lock it
 * @domain: where to look
 * @handle: any number
 *
 * Return: the locked object, which has references, or NULL
 */
struct wapi_object *wapi_object_lock(struct wapi_domain *domain, u32 handle)
{
	struct wapi_object *object;

	rcu_read_lock();
	object = wapi_handle_find(&domain->handles, handle);
	if (object) {
		spin_lock(&object->lock);
		if (!object->references) {
			spin_unlock(&object->lock);
			object = NULL;
		}
	}
	rcu_read_unlock();
	return object;
}

/**
 * wapi_object_unlock - unlock an object, and free it without a reference left
 * @object: the locked object; not to be used any more if true is returned
 *
 * Context: may sleep after unlocking.
 *
 * Return: whether it is gone
 */
bool wapi_object_unlock(struct wapi_object *object)
	__releases(&object->lock)
{
	bool gone = !object->references;

	if (gone)
		wapi_handle_remove(&object->domain->handles, object);
	spin_unlock(&object->lock);
	if (gone)
		wapi_object_free(object);
	return gone;
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
	struct wapi_client *client = request->client;
	struct wapi_arena *arena = &client->domain->arena;
	struct wapi_arena_block *block = NULL;
	struct wapi_object *object;
	int err;

	if (args->flags || args->pad ||
	    args->type == WAPI_TYPE_UNUSED || args->type >= WAPI_TYPE_COUNT ||
	    (args->data && !args->data_size) || (args->block && args->data_size))
		return -EINVAL;

	object = wapi_object_create(client, args->type);
	if (IS_ERR(object))
		return PTR_ERR(object);

	if (args->data_size)
		block = wapi_arena_alloc(arena, args->data_size);
	else if (args->block)
		block = wapi_block_take(client, args->block);
	if (IS_ERR(block)) {
		err = PTR_ERR(block);
		goto abort;
	}
	if (args->data) {
		err = wapi_arena_fill(arena, block, u64_to_user_ptr(args->data));
		if (err) {
			wapi_arena_free(arena, block);
			goto abort;
		}
	}

	args->block = block ? block->offset : 0;
	args->handle = object->handle;
	request->object = object;
	request->block = block;
	return 0;

abort:
	wapi_object_abort(object);
	return err;
}

/**
 * wapi_new_commit - publish the object, now that the caller knows its handle
 * @request: the request
 */
void wapi_new_commit(struct wapi_request *request)
{
	if (request->block)
		wapi_block_give_object(request->block, request->object);
	wapi_object_publish(request->object, request->client);
}

/**
 * wapi_new_undo - the caller could not be told the handle
 * @request: the request
 */
void wapi_new_undo(struct wapi_request *request)
{
	struct wapi_client *client = request->client;

	/* A block that was the caller's own is so again. */
	if (request->block && request->args.new.data_size)
		wapi_arena_free(&client->domain->arena, request->block);
	else if (request->block)
		wapi_block_give_client(request->block, client);
	wapi_object_abort(request->object);
}

/**
 * wapi_query_locked - WAPI_IOC_QUERY
 * @request: the request, with the locked object
 *
 * Return: 0 or -EINVAL
 */
int wapi_query_locked(struct wapi_request *request)
{
	struct wapi_query *args = &request->args.query;
	struct wapi_object *object = request->object;

	if (args->flags)
		return -EINVAL;
	args->type = object->type;
	args->caps = wapi_type_caps(object->type);
	args->references = object->references;
	args->own_references = request->reference->count;
	args->clients = object->clients;
	args->signalled = object->signalled;
	args->block = object->block ? object->block->offset : 0;
	args->block_size = object->block ? object->block->size : 0;
	return 0;
}

int wapi_object_cache_create(void)
{
	wapi_object_cache = KMEM_CACHE(wapi_object, 0);
	return wapi_object_cache ? 0 : -ENOMEM;
}

void wapi_object_cache_destroy(void)
{
	rcu_barrier();
	kmem_cache_destroy(wapi_object_cache);
}
