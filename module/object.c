// SPDX-License-Identifier: GPL-2.0
/*
 * Objects: what is shared.
 *
 * An object is created unpublished and is either aborted or published, with one
 * reference of the client that asked for it.  It lives until nobody holds a
 * reference and nothing pins it; whoever unlocks it then takes it apart.
 *
 * wapi_object.lock is the outermost spin lock, see wapi_internal.h.
 */
#include <linux/slab.h>

#include "trace.h"
#include "wapi_internal.h"

static struct kmem_cache *wapi_object_cache;

static void wapi_object_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(wapi_object_cache, container_of(rcu, struct wapi_object, rcu));
}

/* The one way out, for an object that nobody can find any more. */
static void wapi_object_free(struct wapi_object *object)
{
	const struct wapi_type_ops *type = wapi_type_of(object);

	WARN_ON_ONCE(object->references || object->clients || object->pins || object->frozen ||
		     object->waiting);
	if (type->destroy)
		type->destroy(object);
	wapi_pollers_free(object);
	if (object->block)
		wapi_arena_free(&object->domain->arena, object->block);
	call_rcu(&object->rcu, wapi_object_free_rcu);
}

/**
 * wapi_object_create - make an object that nobody can find yet
 * @client: who asks for it
 * @args: its type and initial state
 *
 * Return: the object, pinned, to be published or aborted; or -ENOMEM, -ENOSPC,
 * or an error of the type
 */
struct wapi_object *wapi_object_create(struct wapi_client *client, const struct wapi_new *args)
{
	const struct wapi_type_ops *type = wapi_type(args->type);
	struct wapi_object *object;
	int err;

	object = kmem_cache_zalloc(wapi_object_cache, GFP_KERNEL_ACCOUNT);
	if (!object)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&object->lock);
	INIT_LIST_HEAD(&object->holders);
	INIT_LIST_HEAD(&object->waiters);
	object->domain = client->domain;
	object->type = args->type;
	object->pins = 1;

	err = wapi_handle_reserve(&object->domain->handles, &object->handle);
	if (err)
		goto free;
	err = type->create ? type->create(object, client, args) : 0;
	if (err)
		goto unreserve;
	return object;

unreserve:
	wapi_handle_unreserve(&object->domain->handles, object->handle);
free:
	kmem_cache_free(wapi_object_cache, object);
	return ERR_PTR(err);
}

/**
 * wapi_object_publish_locked - let an object be found
 * @object: the object, complete, locked
 * @client: who gets the first reference, in place of the pin
 */
void wapi_object_publish_locked(struct wapi_object *object, struct wapi_client *client)
{
	wapi_reference_first(object, client);
	object->pins--;
	wapi_handle_publish(&object->domain->handles, object);
	trace_wapi_new(object, client);
}

/**
 * wapi_object_abort - undo wapi_object_create()
 * @object: the object, not published
 *
 * Context: may sleep.
 */
void wapi_object_abort(struct wapi_object *object)
{
	const struct wapi_type_ops *type = wapi_type_of(object);

	wapi_handle_unreserve(&object->domain->handles, object->handle);
	spin_lock(&object->lock);
	if (type->abort)
		type->abort(object);
	object->pins--;
	spin_unlock(&object->lock);
	wapi_object_free(object);
}

/**
 * wapi_object_is_gone - has nobody a reference, and does nothing pin it?
 * @object: the locked object
 *
 * Return: whether it is gone
 */
bool wapi_object_is_gone(const struct wapi_object *object)
{
	return !object->references && !object->pins;
}

/**
 * wapi_object_lock_found - lock an object, and wapi_domain.freeze if it is frozen
 * @object: the object, which RCU or a pin keeps
 *
 * Return: true; or false if the object is gone, and then nothing is locked
 */
bool wapi_object_lock_found(struct wapi_object *object)
{
	spin_lock(&object->lock);
	if (unlikely(object->frozen)) {
		spin_unlock(&object->lock);
		spin_lock(&object->domain->freeze);
		spin_lock(&object->lock);
		if (!object->frozen)
			spin_unlock(&object->domain->freeze);
	}
	if (!wapi_object_is_gone(object))
		return true;
	spin_unlock(&object->lock);
	return false;
}

/**
 * wapi_object_lock - find an object by its handle and lock it
 * @domain: where to look
 * @handle: any number
 *
 * Return: the object, locked as by wapi_object_lock_found(), or NULL
 */
struct wapi_object *wapi_object_lock(struct wapi_domain *domain, u32 handle)
{
	struct wapi_object *object;

	rcu_read_lock();
	object = wapi_handle_find(&domain->handles, handle);
	if (object && !wapi_object_lock_found(object))
		object = NULL;
	rcu_read_unlock();
	return object;
}

/**
 * wapi_object_thaw_locked - end one freezing of an object
 * @object: the locked object; wapi_domain.freeze is held too, as it is frozen
 */
void wapi_object_thaw_locked(struct wapi_object *object)
{
	if (!--object->frozen)
		spin_unlock(&object->domain->freeze);
}

/**
 * wapi_object_unlock_kept - unlock an object that cannot be gone
 * @object: the locked object
 */
void wapi_object_unlock_kept(struct wapi_object *object)
{
	bool frozen = object->frozen;

	spin_unlock(&object->lock);
	if (unlikely(frozen))
		spin_unlock(&object->domain->freeze);
}

/**
 * wapi_object_unlock - unlock an object, and free it if it is gone
 * @object: the locked object; not to be used any more if true is returned
 *
 * Context: may sleep after unlocking.
 *
 * Return: whether it is gone
 */
bool wapi_object_unlock(struct wapi_object *object)
{
	if (!wapi_object_is_gone(object)) {
		wapi_object_unlock_kept(object);
		return false;
	}
	/* What is frozen is waited for, and so not gone. */
	wapi_handle_remove(&object->domain->handles, object);
	wapi_name_unbind(object);
	spin_unlock(&object->lock);
	wapi_object_free(object);
	return true;
}

/**
 * wapi_object_pin - keep an object alive
 * @domain: where to look
 * @handle: any number
 *
 * Return: the object, for wapi_object_unpin(), or NULL
 */
struct wapi_object *wapi_object_pin(struct wapi_domain *domain, u32 handle)
{
	struct wapi_object *object = wapi_object_lock(domain, handle);

	if (!object)
		return NULL;
	object->pins++;
	wapi_object_unlock_kept(object);
	return object;
}

/**
 * wapi_object_unpin - undo one pinning of an object
 * @object: the object, freed if it is gone
 *
 * Context: may sleep.
 */
void wapi_object_unpin(struct wapi_object *object)
{
	wapi_object_lock_found(object);
	object->pins--;
	wapi_object_unlock(object);
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
	args->caps = wapi_type_of(object)->caps;
	args->references = object->references;
	args->own_references = request->reference->count;
	args->clients = object->clients;
	args->signalled = wapi_object_is_signalled(object, wapi_owner_find(current));
	args->block = object->block ? object->block->offset : 0;
	args->block_size = object->block ? object->block->size : 0;
	wapi_object_describe(object, &args->state);
	if (request->reference->inherit)
		args->state.flags |= WAPI_STATE_INHERIT;
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
