/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests: what one is while it is under way, and how its result is told.
 *
 * Of most requests the dispatcher tells the result, and lets it take effect only
 * then, or takes it back; see ioctl.c.  One that is called with its object
 * locked, or that may sleep in between, tells by itself, just before it takes
 * effect.
 */
#ifndef WAPI_REQUEST_H
#define WAPI_REQUEST_H

#include "arena.h"
#include "client.h"
#include "object.h"
#include "user.h"

/**
 * struct wapi_request - a request under way
 * @client: who asks
 * @result: where the structure is in user memory
 * @told: of the structure, where results begin; a multiple of 8 bytes.  An exact
 *        request, see exact.h, has neither this nor @size
 * @size: of the structure, as far as both sides know it; 0 if it has no results
 * @batched: it is one of a batch, and must not sleep
 * @object: the locked object, or a new one that is not yet published
 * @reference: the client's references to the locked object
 * @block: a block that belongs to nobody until the request is committed
 * @file: a descriptor's file until the request is committed
 * @other: another client that the request concerns
 * @handles: handles that the request has to do with, allocated
 * @args: the structure that the caller passed, and gets back
 */
struct wapi_request {
	struct wapi_client *client;
	void __user *result;
	u16 told;
	u16 size;
	bool batched;
	struct wapi_object *object;
	union {
		u32 *reference;
		struct wapi_arena_block *block;
		struct file *file;
		struct wapi_client *other;
		u32 *handles;
	};
	union {
		u32 handle;
		struct wapi_info info;
		struct wapi_new new;
		struct wapi_search search;
		struct wapi_query query;
		struct wapi_scratch scratch;
		struct wapi_scratch_free scratch_free;
		struct wapi_block block_of;
		struct wapi_join join;
		struct wapi_list list;
		struct wapi_open_name open_name;
		struct wapi_wait wait;
		struct wapi_dup dup;
		struct wapi_inherit inherit;
		struct wapi_to_fd to_fd;
		struct wapi_from_fd from_fd;
		struct wapi_batch batch;
		struct wapi_timer_set timer_set;
	} args;
};

/**
 * wapi_tell - tell the result, or what of it the caller's size has
 * @request: the request, with its object locked
 *
 * Return: 0 or -EAGAIN, see wapi_copy_out_locked()
 */
static inline int wapi_tell(struct wapi_request *request)
{
	size_t told = request->told;

	if (unlikely(request->size <= told))
		return 0;
	return wapi_copy_out_locked(request->result + told, (void *)&request->args + told,
				    request->size - told);
}

long wapi_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int wapi_make_next(struct wapi_client *client, struct wapi_batch_request __user *place);
bool wapi_is_no_refusal(int err);

/*
 * The functions of the requests.  One that is given a locked object must not
 * sleep, and tells; an undo function takes back what a request did whose result
 * could not be told.
 */
int wapi_info(struct wapi_request *request);
int wapi_new(struct wapi_request *request);
void wapi_new_commit(struct wapi_request *request);
void wapi_new_undo(struct wapi_request *request);
int wapi_search(struct wapi_request *request);
int wapi_query_locked(struct wapi_request *request);
int wapi_scratch(struct wapi_request *request);
void wapi_scratch_commit(struct wapi_request *request);
void wapi_scratch_undo(struct wapi_request *request);
int wapi_scratch_free(struct wapi_request *request);
int wapi_block(struct wapi_request *request);
int wapi_join(struct wapi_request *request);
int wapi_list(struct wapi_request *request);
int wapi_open_name(struct wapi_request *request);
void wapi_open_name_undo(struct wapi_request *request);
int wapi_wait(struct wapi_request *request);
int wapi_dup(struct wapi_request *request);
void wapi_dup_commit(struct wapi_request *request);
void wapi_dup_undo(struct wapi_request *request);
int wapi_inherit(struct wapi_request *request);
void wapi_inherit_commit(struct wapi_request *request);
void wapi_inherit_undo(struct wapi_request *request);
int wapi_to_fd(struct wapi_request *request);
void wapi_to_fd_commit(struct wapi_request *request);
void wapi_to_fd_undo(struct wapi_request *request);
int wapi_from_fd(struct wapi_request *request);
void wapi_from_fd_undo(struct wapi_request *request);
int wapi_batch(struct wapi_request *request);
int wapi_timer_set_locked(struct wapi_request *request);

/* The requests of which it is known how long their structure is. */
typedef int wapi_exact_t(struct wapi_client *client, void __user *arg, bool batched);
wapi_exact_t wapi_open, wapi_wait_quick;

#endif /* WAPI_REQUEST_H */
