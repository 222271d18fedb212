// SPDX-License-Identifier: GPL-2.0
/*
 * Objects: what is shared.
 *
 * An object is created unpublished and is either aborted or published, with one
 * reference of the client that asked for it.  It lives until nobody holds a
 * reference and nothing pins it; whoever unlocks it then takes it apart.
 *
 * wapi_object.lock is the outermost spin lock, see main.c.
 */
#include <linux/slab.h>

#include "arena.h"
#include "client.h"
#include "domain.h"
#include "handle.h"
#include "name.h"
#include "object.h"
#include "owner.h"
#include "poll.h"
#include "reference.h"
#include "request.h"
#include "trace.h"
#include "type.h"

static struct kmem_cache *wapi_object_cache;

/*
 * Once for each piece of memory: others may look at an object, and lock it, when
 * it is gone, and even when it is the next one already.
 */
static void wapi_object_construct(void *memory)
{
	struct wapi_object *object = memory;

	memset(object, 0, sizeof(*object));
	spin_lock_init(&object->lock);
	INIT_LIST_HEAD(&object->waiters);
}

/*
 * Memory comes from, and goes to, the client's spare first: it was charged to the
 * same process, and many an object is made, used and closed before the next.
 */
static struct wapi_object *wapi_object_alloc(struct wapi_client *client)
{
	struct wapi_object *object = NULL;

	if (READ_ONCE(client->spare))
		object = xchg(&client->spare, NULL);
	return object ?: kmem_cache_alloc(wapi_object_cache, GFP_KERNEL_ACCOUNT);
}

static void wapi_object_give_back(struct wapi_object *object, struct wapi_client *client)
{
	if (client && !READ_ONCE(client->spare))
		object = xchg(&client->spare, object);
	if (object)
		kmem_cache_free(wapi_object_cache, object);
}

/**
 * wapi_object_free_spare - free the memory that a client kept
 * @client: the client, which makes no requests any more
 */
void wapi_object_free_spare(struct wapi_client *client)
{
	if (client->spare)
		kmem_cache_free(wapi_object_cache, client->spare);
	client->spare = NULL;
}

/* The one way out, for an object that nobody can find any more. */
static void wapi_object_free(struct wapi_object *object, struct wapi_client *client)
{
	const struct wapi_type_ops *type = wapi_type_of(object);

	WARN_ON_ONCE(object->clients || object->frozen || !list_empty(&object->waiters));
	if (type->destroy)
		type->destroy(object);
	if (object->pollers)
		wapi_pollers_free(object);
	if (object->block)
		wapi_arena_free(&object->domain->arena, object->block);
	wapi_object_give_back(object, client);
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
	const struct wapi_type_ops *type = wapi_types[args->type];
	struct wapi_domain *domain = client->domain;
	struct wapi_object *object;
	u32 handle;
	int err;

	object = wapi_object_alloc(client);
	if (!object)
		return ERR_PTR(-ENOMEM);
	err = wapi_handle_reserve(&domain->handles, args->type, &handle);
	if (err)
		goto free;
	/* So that publishing it cannot fail. */
	err = wapi_reference_prepare(client, handle);
	if (err)
		goto unreserve;

	/* Who took it for the object before has its handle, which this never was. */
	WRITE_ONCE(object->handle, handle);
	WRITE_ONCE(object->state, (handle & WAPI_ENTRY_GENERATION) | type->entry | args->type);
	object->entry = &object->state;
	object->domain = domain;
	object->watched = 0;
	object->pollers = NULL;
	object->mark = NULL;
	object->block = NULL;
	object->name = NULL;
	object->running = NULL;
	/* Who has it locked all the same: pairs with wapi_object_is_still(). */
	smp_store_release(&object->pins, 1);

	err = type->create ? type->create(object, client, args) : 0;
	if (!err)
		return object;
	spin_lock(&object->lock);
	object->pins = 0;
	spin_unlock(&object->lock);
unreserve:
	wapi_handle_unreserve(&domain->handles, args->type, handle);
free:
	wapi_object_give_back(object, client);
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

	wapi_handle_unreserve(&object->domain->handles, wapi_object_type(object), object->handle);
	spin_lock(&object->lock);
	if (type->abort)
		type->abort(object);
	object->pins--;
	spin_unlock(&object->lock);
	wapi_object_free(object, NULL);
}

/**
 * wapi_object_lock_freeze - lock a frozen object's domain, and then it again
 * @object: the locked object
 *
 * It may be thawed meanwhile, and be gone, and be another.
 */
void wapi_object_lock_freeze(struct wapi_object *object)
{
	struct wapi_domain *domain;

	do {
		domain = object->domain;
		spin_unlock(&object->lock);
		spin_lock(&domain->freeze);
		spin_lock(&object->lock);
		if (object->frozen && object->domain == domain)
			return;
		spin_unlock(&domain->freeze);
	} while (object->frozen);
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
 * wapi_object_free_locked - unlock and free an object that is gone
 * @object: the locked object
 * @client: who may use the memory for the next one; or NULL
 *
 * Context: may sleep after unlocking.
 */
void wapi_object_free_locked(struct wapi_object *object, struct wapi_client *client)
{
	struct wapi_domain *domain = object->domain;

	/*
	 * What kept the object until now kept the domain, and may be about to let it
	 * go: a client that ends, for one, does not wait for who has the object
	 * locked.  A request keeps it anyway.
	 */
	if (!client)
		wapi_domain_hold(domain);
	/* What is frozen is waited for, and so not gone. */
	wapi_handle_remove(&object->domain->handles, object);
	if (object->name)
		wapi_name_unbind(object);
	spin_unlock(&object->lock);
	wapi_object_free(object, client);
	if (!client)
		wapi_domain_put(domain);
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
	wapi_object_lock_kept(object);
	object->pins--;
	wapi_object_unlock(object);
}

/**
 * wapi_query_locked - WAPI_IOC_QUERY
 * @request: the request, with the locked object
 *
 * Return: 0, -EINVAL or -EAGAIN
 */
int wapi_query_locked(struct wapi_request *request)
{
	struct wapi_query *args = &request->args.query;
	struct wapi_object *object = request->object;
	const struct wapi_owner *by = NULL;

	if (args->flags)
		return -EINVAL;
	if (object->state & WAPI_ENTRY_ASK)
		by = wapi_owner_find();
	args->type = wapi_object_type(object);
	args->caps = wapi_type_of(object)->caps;
	args->references = object->references;
	args->own_references = *request->reference & WAPI_REFERENCE_COUNT;
	args->clients = object->clients;
	args->block = object->block ? object->block->offset : 0;
	args->block_size = object->block ? object->block->size : 0;
	args->signalled = wapi_object_describe(object, by, &args->state);
	if (*request->reference & WAPI_REFERENCE_INHERIT)
		args->state.flags |= WAPI_STATE_INHERIT;
	return wapi_tell(request);
}

int wapi_object_cache_create(void)
{
	wapi_object_cache = kmem_cache_create("wapi_object", sizeof(struct wapi_object), 0,
					      SLAB_TYPESAFE_BY_RCU, wapi_object_construct);
	return wapi_object_cache ? 0 : -ENOMEM;
}

void wapi_object_cache_destroy(void)
{
	kmem_cache_destroy(wapi_object_cache);
}
