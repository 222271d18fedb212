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

#include "trace.h"
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

/**
 * wapi_reference_is_held - does a client hold a reference?
 * @object: an object that RCU keeps
 * @client: the caller's own client, so that the answer is as good as any
 *
 * Return: whether it does
 */
bool wapi_reference_is_held(struct wapi_object *object, struct wapi_client *client)
{
	return READ_ONCE(object->first.client) == client ||
	       xa_load(&client->later, wapi_handle_index(object->handle));
}

/* Connect a reference with a count of 1. */
static void wapi_reference_link(struct wapi_reference *reference, struct wapi_object *object,
				struct wapi_client *client)
{
	lockdep_assert_held(&object->lock);
	WRITE_ONCE(reference->client, client);
	reference->object = object;
	reference->count = 1;
	reference->inherit = false;
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
		WRITE_ONCE(reference->client, NULL);
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
		if (!wapi_object_lock_found(object)) {
			rcu_read_unlock();
			WARN_ON_ONCE(1);
			break;
		}
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
 * wapi_reference_add - give a client one more reference
 * @client: the client, which cannot end meanwhile
 * @handle: to which object
 * @added: out: type, references of the client, data block
 *
 * Context: may sleep.
 *
 * Return: 0, -EBADF, -EOVERFLOW or -ENOMEM
 */
int wapi_reference_add(struct wapi_client *client, u32 handle, struct wapi_open *added)
{
	struct wapi_reference *spare = NULL;
	struct wapi_object *object;
	bool prepared = false;
	int err;

	for (;;) {
		object = wapi_object_lock(client->domain, handle);
		if (!object) {
			err = -EBADF;
			break;
		}
		err = wapi_reference_take(object, client, &spare);
		if (!err) {
			added->type = object->type;
			added->references = wapi_reference_of(object, client)->count;
			added->block = object->block ? object->block->offset : 0;
			trace_wapi_open(object, client);
		}
		wapi_object_unlock(object);
		if (err != -EAGAIN)
			break;

		err = wapi_reference_prepare(client, handle, &spare);
		if (err)
			break;
		prepared = true;
	}
	/* Not every thread that prepared the slot filled it. */
	if (prepared)
		xa_release(&client->later, wapi_handle_index(handle));
	kfree(spare);
	return err;
}

/**
 * wapi_reference_remove - undo wapi_reference_add()
 * @client: the client
 * @handle: of the object
 *
 * Context: may sleep.
 */
void wapi_reference_remove(struct wapi_client *client, u32 handle)
{
	struct wapi_reference *reference;
	struct wapi_object *object;

	object = wapi_object_lock(client->domain, handle);
	if (!object)
		return;
	reference = wapi_reference_of(object, client);
	if (reference)
		wapi_reference_drop(reference, 1);
	wapi_object_unlock(object);
}

/**
 * wapi_reference_mark - say whether children may inherit it
 * @reference: a client's references to a locked object
 * @inherit: whether they may
 */
void wapi_reference_mark(struct wapi_reference *reference, bool inherit)
{
	struct wapi_client *client = reference->client;

	spin_lock(&client->lock);
	reference->inherit = inherit;
	if (inherit)
		list_move(&reference->in_client, &client->references);
	else
		list_move_tail(&reference->in_client, &client->references);
	spin_unlock(&client->lock);
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

	if (args->flags)
		return -EINVAL;
	return wapi_reference_add(request->client, args->handle, args);
}

/**
 * wapi_open_undo - the caller could not be told of the reference
 * @request: the request
 */
void wapi_open_undo(struct wapi_request *request)
{
	wapi_reference_remove(request->client, request->args.open.handle);
}

/**
 * wapi_open_name - WAPI_IOC_OPEN_NAME
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_open_name tells of
 */
int wapi_open_name(struct wapi_request *request)
{
	struct wapi_open_name *args = &request->args.open_name;
	struct wapi_client *client = request->client;
	struct wapi_open opened;
	struct wapi_name *name;
	u32 handle;
	u8 type;
	int err;

	if (args->flags || args->type >= WAPI_TYPE_COUNT)
		return -EINVAL;
	name = wapi_name_read(args->name, args->name_size);
	if (IS_ERR(name))
		return PTR_ERR(name);
	do {
		handle = wapi_name_find(client->domain, name, &type);
		if (!handle)
			err = -ENOENT;
		else if (args->type && type != args->type)
			err = -EPROTOTYPE;
		else
			err = wapi_reference_add(client, handle, &opened);
		/* It went; perhaps another has the name by now. */
	} while (err == -EBADF);
	wapi_name_put(name);
	if (err)
		return err;
	args->handle = handle;
	args->found_type = opened.type;
	args->references = opened.references;
	args->block = opened.block;
	return 0;
}

/**
 * wapi_open_name_undo - the caller could not be told of the reference
 * @request: the request
 */
void wapi_open_name_undo(struct wapi_request *request)
{
	wapi_reference_remove(request->client, request->args.open_name.handle);
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
	args->destroyed = request->object->references == 1 && !request->object->pins;
	return 0;
}

/**
 * wapi_close_commit_locked - close, now that the caller knows
 * @request: the request, with the locked object
 */
void wapi_close_commit_locked(struct wapi_request *request)
{
	trace_wapi_close(request->object, request->client);
	wapi_reference_drop(request->reference, 1);
}
