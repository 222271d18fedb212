// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks: whose an allocation in the arena is.
 *
 * A block belongs to the client that allocated it, and ends with it, or to the
 * object that it was attached to as its data block, and is freed with that.
 * While it is taken from one and not yet given to the other, it belongs to
 * nobody and is not to be seen.
 *
 * Ownership is guarded by wapi_arena.lock.
 */
#include "arena.h"
#include "block.h"
#include "brief.h"
#include "client.h"
#include "object.h"
#include "reference.h"
#include "request.h"

static struct wapi_arena *wapi_arena_of(struct wapi_client *client)
{
	return &client->domain->arena;
}

static bool wapi_block_is_seen(const struct wapi_arena_block *block)
{
	return block->client || block->object;
}

static void wapi_block_disown_locked(struct wapi_arena_block *block)
{
	list_del_init(&block->in_client);
	block->client->nr_blocks--;
	block->client = NULL;
}

/**
 * wapi_block_take - take a block away from the client that owns it
 * @client: who should own it
 * @offset: its offset, as the client says
 *
 * Return: the block, which belongs to nobody; or -EINVAL if there is none,
 * -EPERM if it is not the client's
 */
struct wapi_arena_block *wapi_block_take(struct wapi_client *client, u64 offset)
{
	struct wapi_arena *arena = wapi_arena_of(client);
	struct wapi_arena_block *block;

	spin_lock(&arena->lock);
	block = wapi_arena_next_locked(arena, offset);
	if (!block || !wapi_block_is_seen(block) || block->offset != offset)
		block = ERR_PTR(-EINVAL);
	else if (block->client != client)
		block = ERR_PTR(-EPERM);
	else
		wapi_block_disown_locked(block);
	spin_unlock(&arena->lock);
	return block;
}

/**
 * wapi_block_give_client - give a block to a client
 * @block: a block that belongs to nobody, or to an object of the same domain
 * @client: its owner from now on
 */
void wapi_block_give_client(struct wapi_arena_block *block, struct wapi_client *client)
{
	struct wapi_arena *arena = wapi_arena_of(client);

	spin_lock(&arena->lock);
	block->object = NULL;
	block->client = client;
	list_add_tail(&block->in_client, &client->blocks);
	client->nr_blocks++;
	spin_unlock(&arena->lock);
}

/**
 * wapi_block_give_object - make a block an object's data block
 * @block: a block that belongs to nobody
 * @object: its owner from now on, locked or not yet published
 */
void wapi_block_give_object(struct wapi_arena_block *block, struct wapi_object *object)
{
	struct wapi_arena *arena = &object->domain->arena;

	spin_lock(&arena->lock);
	block->object = object;
	spin_unlock(&arena->lock);
	object->block = block;
}

/**
 * wapi_block_free_all - free the blocks of a client that ends
 * @client: the client, which makes no requests any more
 *
 * Context: may sleep.
 */
void wapi_block_free_all(struct wapi_client *client)
{
	struct wapi_arena *arena = wapi_arena_of(client);
	struct wapi_arena_block *block;

	for (;;) {
		spin_lock(&arena->lock);
		block = list_first_entry_or_null(&client->blocks, struct wapi_arena_block,
						 in_client);
		if (block)
			wapi_block_disown_locked(block);
		spin_unlock(&arena->lock);
		if (!block)
			break;
		wapi_arena_free(arena, block);
		cond_resched();
	}
}

/**
 * wapi_scratch - WAPI_IOC_SCRATCH
 * @request: the request
 *
 * Return: 0, -EINVAL, -ENOSPC or -ENOMEM
 */
int wapi_scratch(struct wapi_request *request)
{
	struct wapi_scratch *args = &request->args.scratch;
	struct wapi_arena_block *block;

	if (args->flags || args->pad || !args->size)
		return -EINVAL;
	block = wapi_arena_alloc(wapi_arena_of(request->client), args->size);
	if (IS_ERR(block))
		return PTR_ERR(block);
	args->block = block->offset;
	request->block = block;
	return 0;
}

/**
 * wapi_scratch_commit - the caller knows its block
 * @request: the request
 */
void wapi_scratch_commit(struct wapi_request *request)
{
	wapi_block_give_client(request->block, request->client);
}

/**
 * wapi_scratch_undo - the caller could not be told of its block
 * @request: the request
 */
void wapi_scratch_undo(struct wapi_request *request)
{
	wapi_arena_free(wapi_arena_of(request->client), request->block);
}

/**
 * wapi_scratch_free - WAPI_IOC_SCRATCH_FREE
 * @request: the request
 *
 * Return: 0, -EINVAL or -EPERM
 */
int wapi_scratch_free(struct wapi_request *request)
{
	struct wapi_scratch_free *args = &request->args.scratch_free;
	struct wapi_arena_block *block;

	if (args->flags || args->pad)
		return -EINVAL;
	block = wapi_block_take(request->client, args->block);
	if (IS_ERR(block))
		return PTR_ERR(block);
	wapi_arena_free(wapi_arena_of(request->client), block);
	return 0;
}

/* Give a block of the caller's to the object.  Return: as wapi_attach_locked() */
static int wapi_attach_give(struct wapi_object *object, struct wapi_client *client, u64 offset,
			    void __user *result)
{
	struct wapi_arena_block *block;
	int err;

	if (object->block)
		return -EBUSY;
	block = wapi_block_take(client, offset);
	if (IS_ERR(block))
		return PTR_ERR(block);
	err = wapi_copy_out_locked(result, &offset, sizeof(offset));
	if (err)
		wapi_block_give_client(block, client);
	else
		wapi_block_give_object(block, object);
	return err;
}

/* Take the data block away from the object.  Return: as wapi_attach_locked() */
static int wapi_attach_take(struct wapi_object *object, struct wapi_client *client,
			    void __user *result)
{
	struct wapi_arena_block *block = object->block;
	int err;

	if (!block)
		return -ENOENT;
	err = wapi_copy_out_locked(result, &block->offset, sizeof(block->offset));
	if (err)
		return err;
	object->block = NULL;
	wapi_block_give_client(block, client);
	return 0;
}

/**
 * wapi_attach_locked - WAPI_IOC_ATTACH
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: 0, or an error that &struct wapi_attach tells of; -EAGAIN
 */
int wapi_attach_locked(struct wapi_object *object, struct wapi_client *client,
		       struct wapi_word word, void __user *result)
{
	u64 offset;

	/* It is one field of that size. */
	memcpy(&offset, &word, sizeof(offset));
	return offset ? wapi_attach_give(object, client, offset, result) :
			wapi_attach_take(object, client, result);
}

static void wapi_block_describe_locked(const struct wapi_arena_block *block,
				       struct wapi_block_record *record)
{
	record->block = block->offset;
	record->size = block->size;
	record->pad = 0;
	if (block->client) {
		record->owner_kind = WAPI_OWNER_CLIENT;
		record->owner = block->client->id;
	} else {
		record->owner_kind = WAPI_OWNER_OBJECT;
		record->owner = block->object->handle;
	}
}

/**
 * wapi_block_next - describe the block at or after an offset
 * @arena: a domain's arena
 * @offset: any number
 * @record: out: the block
 *
 * Return: whether there is one
 */
bool wapi_block_next(struct wapi_arena *arena, u64 offset, struct wapi_block_record *record)
{
	struct wapi_arena_block *block;

	spin_lock(&arena->lock);
	block = wapi_arena_next_locked(arena, offset);
	while (block && !wapi_block_is_seen(block))
		block = wapi_arena_next_locked(arena, block->end);
	if (block)
		wapi_block_describe_locked(block, record);
	spin_unlock(&arena->lock);
	return block;
}

/* May the client use, by right, what belongs to the object with this handle? */
static bool wapi_block_is_usable(struct wapi_client *client, u32 handle)
{
	struct wapi_object *object = wapi_object_lock(client->domain, handle);
	bool usable;

	if (!object)
		return false;
	usable = wapi_reference_of(object, client);
	wapi_object_unlock(object);
	return usable;
}

/**
 * wapi_block - WAPI_IOC_BLOCK
 * @request: the request
 *
 * Return: 0, -EINVAL or -ENOENT
 */
int wapi_block(struct wapi_request *request)
{
	struct wapi_block *args = &request->args.block_of;
	struct wapi_client *client = request->client;
	struct wapi_block_record record;

	if (args->flags || args->pad)
		return -EINVAL;
	if (!wapi_block_next(wapi_arena_of(client), args->offset, &record) ||
	    args->offset < record.block || args->offset - record.block >= record.size)
		return -ENOENT;
	args->block = record.block;
	args->size = record.size;
	args->owner_kind = record.owner_kind;
	args->owner = record.owner;
	if (record.owner_kind == WAPI_OWNER_CLIENT)
		args->own = record.owner == client->id;
	else
		args->own = wapi_block_is_usable(client, record.owner);
	return 0;
}
