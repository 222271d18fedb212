// SPDX-License-Identifier: GPL-2.0
/*
 * References: a client's right to use an object, counted.
 *
 * A client has one struct wapi_reference for each object that it may use.  The
 * first client's is part of the object, so that most objects cost no other
 * allocation; those of later clients are found in the client by handle index.
 * A reference lives while its count is not 0.
 *
 * References are guarded by the lock of their object; the list of a client's
 * references by wapi_client.lock inside it.
 */
#include <linux/slab.h>

#include "wapi_internal.h"

/* A client and an object count in 31 and 32 bits; see struct wapi_open. */
#define WAPI_REFERENCES_OF_CLIENT_MAX	S32_MAX
#define WAPI_REFERENCES_OF_OBJECT_MAX	U32_MAX

/**
 * wapi_reference_of - the references of a client to an object
 * @object: the locked object
 * @client: the client
 *
 * Return: the client's references, or NULL if it has none
 */
struct wapi_reference *wapi_reference_of(struct wapi_object *object, struct wapi_client *client)
{
	lockdep_assert_held(&object->lock);
	if (object->first.client == client)
		return &object->first;
	return xa_load(&client->later, wapi_handle_index(object->handle));
}

/* Connect a reference with a count of 1. */
static void wapi_reference_link(struct wapi_reference *reference, struct wapi_object *object,
				struct wapi_client *client)
{
	lockdep_assert_held(&object->lock);
	reference->client = client;
	reference->object = object;
	reference->count = 1;
	list_add_tail(&reference->in_object, &object->holders);
	object->references++;
	object->clients++;

	spin_lock(&client->lock);
	list_add_tail(&reference->in_client, &client->references);
	client->nr_references++;
	spin_unlock(&client->lock);
}

/**
 * wapi_reference_first - a client's first reference to an object that has room for it
 * @object: the locked object, whose @first is not in use
 * @client: the client
 */
void wapi_reference_first(struct wapi_object *object, struct wapi_client *client)
{
	wapi_reference_link(&object->first, object, client);
}

/**
 * wapi_reference_drop - take references from a client
 * @reference: the client's references to a locked object; gone if none is left
 * @count: how many, not more than there are
 */
void wapi_reference_drop(struct wapi_reference *reference, u32 count)
{
	struct wapi_object *object = reference->object;
	struct wapi_client *client = reference->client;

	lockdep_assert_held(&object->lock);
	object->references -= count;
	reference->count -= count;
	if (reference->count)
		return;

	spin_lock(&client->lock);
	list_del(&reference->in_client);
	client->nr_references--;
	spin_unlock(&client->lock);

	list_del(&reference->in_object);
	object->clients--;
	if (reference == &object->first) {
		reference->client = NULL;
	} else {
		xa_erase(&client->later, wapi_handle_index(object->handle));
		kfree(reference);
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
	struct wapi_reference *reference;
	struct wapi_object *object;

	for (;;) {
		/* RCU keeps the object from when the client's lock is left. */
		rcu_read_lock();
		spin_lock(&client->lock);
		reference = list_first_entry_or_null(&client->references, struct wapi_reference,
						     in_client);
		object = reference ? reference->object : NULL;
		spin_unlock(&client->lock);
		if (!object) {
			rcu_read_unlock();
			break;
		}
		spin_lock(&object->lock);
		rcu_read_unlock();

		reference = wapi_reference_of(object, client);
		if (!WARN_ON_ONCE(!reference))
			wapi_reference_drop(reference, reference->count);
		wapi_object_unlock(object);
		cond_resched();
	}
	WARN_ON_ONCE(client->nr_references || !xa_empty(&client->later));
}

/*
 * Count one more, if no memory is needed for it or @spare gives it; @spare is
 * used up then.  Return -EAGAIN if there is not enough.
 */
static int wapi_reference_take(struct wapi_object *object, struct wapi_client *client,
			       struct wapi_reference **spare)
{
	struct wapi_reference *reference = wapi_reference_of(object, client);
	u32 index = wapi_handle_index(object->handle);

	if (object->references == WAPI_REFERENCES_OF_OBJECT_MAX)
		return -EOVERFLOW;
	if (reference) {
		if (reference->count == WAPI_REFERENCES_OF_CLIENT_MAX)
			return -EOVERFLOW;
		reference->count++;
		object->references++;
		return 0;
	}
	if (!object->first.client) {
		wapi_reference_first(object, client);
		return 0;
	}
	if (!*spare ||
	    xa_is_err(xa_store(&client->later, index, *spare, GFP_NOWAIT | __GFP_NOWARN)))
		return -EAGAIN;
	wapi_reference_link(*spare, object, client);
	*spare = NULL;
	return 0;
}

/* Get what wapi_reference_take() may need while no lock is held. */
static int wapi_reference_prepare(struct wapi_client *client, u32 handle,
				  struct wapi_reference **spare)
{
	if (!*spare)
		*spare = kzalloc(sizeof(**spare), GFP_KERNEL_ACCOUNT);
	if (!*spare)
		return -ENOMEM;
	return xa_reserve(&client->later, wapi_handle_index(handle), GFP_KERNEL_ACCOUNT);
}

/**
 * wapi_open - WAPI_IOC_OPEN
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_open tells of
 */
int wapi_open(struct wapi_request *request)
{
	struct wapi_open *args = &request->args.open;
	struct wapi_client *client = request->client;
	struct wapi_reference *spare = NULL;
	struct wapi_object *object;
	bool prepared = false;
	int err;

	if (args->flags)
		return -EINVAL;

	for (;;) {
		object = wapi_object_lock(client->domain, args->handle);
		if (!object) {
			err = -EBADF;
			break;
		}
		err = wapi_reference_take(object, client, &spare);
		if (!err) {
			args->type = object->type;
			args->references = wapi_reference_of(object, client)->count;
			args->block = object->block ? object->block->offset : 0;
		}
		wapi_object_unlock(object);
		if (err != -EAGAIN)
			break;

		err = wapi_reference_prepare(client, args->handle, &spare);
		if (err)
			break;
		prepared = true;
	}
	/* Not every thread that prepared the slot filled it. */
	if (prepared)
		xa_release(&client->later, wapi_handle_index(args->handle));
	kfree(spare);
	return err;
}

/**
 * wapi_open_undo - the caller could not be told of the reference
 * @request: the request
 */
void wapi_open_undo(struct wapi_request *request)
{
	struct wapi_client *client = request->client;
	struct wapi_reference *reference;
	struct wapi_object *object;

	object = wapi_object_lock(client->domain, request->args.open.handle);
	if (!object)
		return;
	reference = wapi_reference_of(object, client);
	if (reference)
		wapi_reference_drop(reference, 1);
	wapi_object_unlock(object);
}

/**
 * wapi_close_locked - WAPI_IOC_CLOSE: tell what closing will come to
 * @request: the request, with the locked object
 *
 * Return: 0 or -EINVAL
 */
int wapi_close_locked(struct wapi_request *request)
{
	struct wapi_close *args = &request->args.close;

	if (args->flags)
		return -EINVAL;
	args->references = request->reference->count - 1;
	args->destroyed = request->object->references == 1;
	return 0;
}

/**
 * wapi_close_commit_locked - close, now that the caller knows
 * @request: the request, with the locked object
 */
void wapi_close_commit_locked(struct wapi_request *request)
{
	wapi_reference_drop(request->reference, 1);
}
