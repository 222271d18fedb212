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

#include <linux/uaccess.h>

#include "wapi_internal.h"

/**
 * struct wapi_word - the second half of a brief structure
 * @first: its first field
 * @second: its second field
 */
struct wapi_word {
	u32 first;
	u32 second;
};

/**
 * struct wapi_brief - what brief structures have in common
 * @handle: the object
 * @flags: must be 0
 * @word: what the request is given and tells
 */
struct wapi_brief {
	u32 handle;
	u32 flags;
	struct wapi_word word;
};

/**
 * struct wapi_request - a request under way
 * @client: who asks
 * @result: where the structure is in user memory
 * @told: of the structure, where results begin; a multiple of 8 bytes
 * @size: of the structure, as far as both sides know it; 0 if it has no results
 * @batched: it is one of a batch, and must not sleep
 * @tried: a wait whose object was just seen not to be signalled
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
	bool tried;
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
		struct wapi_brief brief;
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
	} args;
};

/*
 * Structures are small, and their sizes multiples of 8 bytes: words are copied
 * in a fraction of the time of a call to copy_from_user().
 */
static __always_inline int wapi_copy_in(void *to, const void __user *from, size_t size)
{
	size_t i;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS))
		return copy_from_user(to, from, size) ? -EFAULT : 0;
	if (!user_read_access_begin(from, size))
		return -EFAULT;
#pragma GCC unroll 16
	for (i = 0; i < size; i += sizeof(unsigned long))
		unsafe_get_user(*(unsigned long *)(to + i), (unsigned long __user *)(from + i),
				fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

/* The same, for a few bytes of any number. */
static inline int wapi_copy_in_bytes(void *to, const void __user *from, size_t size)
{
	const size_t word = sizeof(unsigned long);
	size_t i;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) || size > 64)
		return copy_from_user(to, from, size) ? -EFAULT : 0;
	if (!user_read_access_begin(from, size))
		return -EFAULT;
	for (i = 0; i + word <= size; i += word)
		unsafe_get_user(*(unsigned long *)(to + i), (unsigned long __user *)(from + i),
				fault);
	/* The rest, together with some of what was read before. */
	if (i < size && size >= word) {
		i = size - word;
		unsafe_get_user(*(unsigned long *)(to + i), (unsigned long __user *)(from + i),
				fault);
		i = size;
	}
	for (; i < size; i++)
		unsafe_get_user(*(u8 *)(to + i), (u8 __user *)(from + i), fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

static __always_inline int wapi_copy_in_u32(u32 *to, const u32 __user *from)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS))
		return get_user(*to, from);
	if (!user_read_access_begin(from, sizeof(*from)))
		return -EFAULT;
	unsafe_get_user(*to, from, fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

/* The same, into registers. */
static __always_inline int wapi_copy_in_brief(struct wapi_brief *to, const void __user *from)
{
	const u64 __user *words = from;
	union {
		u64 word;
		struct { u32 handle, flags; };
		struct wapi_word second;
	} head, tail;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) || !IS_ENABLED(CONFIG_64BIT))
		return copy_from_user(to, from, sizeof(*to)) ? -EFAULT : 0;
	if (!user_read_access_begin(from, sizeof(*to)))
		return -EFAULT;
	unsafe_get_user(head.word, words, fault);
	unsafe_get_user(tail.word, words + 1, fault);
	user_read_access_end();
	to->handle = head.handle;
	to->flags = head.flags;
	to->word = tail.second;
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

static __always_inline int wapi_copy_out(void __user *to, const void *from, size_t size)
{
	size_t i;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS))
		return copy_to_user(to, from, size) ? -EFAULT : 0;
	if (!user_write_access_begin(to, size))
		return -EFAULT;
#pragma GCC unroll 8
	for (i = 0; i + sizeof(unsigned long) <= size; i += sizeof(unsigned long))
		unsafe_put_user(*(unsigned long *)(from + i), (unsigned long __user *)(to + i),
				fault);
	/* A caller may know a part of a field. */
	for (; i < size; i++)
		unsafe_put_user(*(u8 *)(from + i), (u8 __user *)(to + i), fault);
	user_write_access_end();
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

/* With a spin lock held, memory that is not there is not faulted in anyway. */
#define WAPI_LOCKS_SLEEP	(IS_ENABLED(CONFIG_PREEMPT_RT) || !IS_ENABLED(CONFIG_PREEMPT_COUNT))

/*
 * Copy out with an object locked.  Return: 0; -EAGAIN if the memory is not there:
 * to be faulted in, or refused, by the dispatcher, when everything is again as it
 * was.
 */
static __always_inline int wapi_copy_out_locked(void __user *to, const void *from, size_t size)
{
	int err;

	if (WAPI_LOCKS_SLEEP)
		pagefault_disable();
	err = wapi_copy_out(to, from, size);
	if (WAPI_LOCKS_SLEEP)
		pagefault_enable();
	return unlikely(err) ? -EAGAIN : 0;
}

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

/**
 * wapi_tell_word - tell the result of a brief request
 * @result: where to
 * @first: the first field
 * @second: the second field
 *
 * Context: with the object locked.
 *
 * Return: 0 or -EAGAIN, see wapi_copy_out_locked()
 */
static __always_inline int wapi_tell_word(void __user *result, u32 first, u32 second)
{
	const struct wapi_word word = { first, second };

	return wapi_copy_out_locked(result, &word, sizeof(word));
}

long wapi_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int wapi_make(struct wapi_client *client, unsigned int cmd, void __user *arg);
int wapi_make_room(void __user *result, size_t size);
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
int wapi_wait_quick(struct wapi_request *request);
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

/* The functions of brief requests, which are given the locked object. */
int wapi_open_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_close_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_attach_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_set_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_reset_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_pulse_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_mutex_release_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_sem_release_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_thread_exit_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);
int wapi_mark_locked(struct wapi_object *object, struct wapi_client *client,
		struct wapi_word word, void __user *result);

#endif /* WAPI_REQUEST_H */
