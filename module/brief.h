/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Brief requests: those whose structure has 16 bytes, a handle that the client
 * holds a reference to, flags of which there are none, and a word of arguments and
 * results.  Most requests that are made are brief, and little is what they do, so
 * what each needs is made in one piece, from a function that is called with the
 * object locked.
 */
#ifndef WAPI_BRIEF_H
#define WAPI_BRIEF_H

#include "client.h"
#include "object.h"
#include "reference.h"
#include "user.h"

/**
 * struct wapi_brief_head - the first half of the structure of a brief request
 * @handle: the object
 * @flags: must be 0
 * @bits: both
 */
struct wapi_brief_head {
	union {
		struct {
			u32 handle;
			u32 flags;
		};
		u64 bits;
	};
};

/**
 * struct wapi_word - the second half
 * @first: what the request is given and tells
 * @second: more of that
 * @bits: both
 */
struct wapi_word {
	union {
		struct {
			u32 first;
			u32 second;
		};
		u64 bits;
	};
};

/**
 * struct wapi_brief - the structure of a brief request
 * @head: whose it is
 * @word: what it is given and tells
 */
struct wapi_brief {
	struct wapi_brief_head head;
	struct wapi_word word;
};

/*
 * What a brief request does: with @word, it tells into @result.  It must not sleep.
 * Return: 0; WAPI_BRIEF_GONE if the object has nobody any more; or an error, of which
 * -EAGAIN is that user memory is not there; then nothing was done
 */
#define WAPI_BRIEF_GONE		1

typedef int wapi_brief_t(struct wapi_object *object, struct wapi_client *client,
			 struct wapi_word word, void __user *result);

/**
 * wapi_read_brief - take a brief request from a user
 * @handle: out: the object
 * @word: out: the second half of its structure
 * @from: its structure
 *
 * Into registers: GCC aligns a structure of that size, at a cost.
 *
 * Return: 0; -EFAULT; -EINVAL if there are flags
 */
static __always_inline int wapi_read_brief(u32 *handle, struct wapi_word *word,
					   const struct wapi_brief __user *from)
{
	struct wapi_brief_head head;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) || !IS_ENABLED(CONFIG_64BIT)) {
		if (copy_from_user(&head, &from->head, sizeof(head)) ||
		    copy_from_user(word, &from->word, sizeof(*word)))
			return -EFAULT;
	} else {
		if (!user_read_access_begin(from, sizeof(*from)))
			return -EFAULT;
		unsafe_get_user(head.bits, &from->head.bits, fault);
		unsafe_get_user(word->bits, &from->word.bits, fault);
		user_read_access_end();
	}
	*handle = head.handle;
	return unlikely(head.flags) ? -EINVAL : 0;
fault:
	user_read_access_end();
	return -EFAULT;
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
	const struct wapi_word word = { .first = first, .second = second };

	return wapi_copy_out_locked(result, &word, sizeof(word));
}

int wapi_make_brief_again(struct wapi_client *client, void __user *arg, wapi_brief_t *run, int err);

/**
 * wapi_make_brief - make a brief request
 * @client: whose request it is
 * @arg: its structure
 * @run: what it does
 *
 * The result must be told before the object is unlocked, so user memory that is
 * not there is faulted in between two attempts.
 *
 * Return: 0 or an error
 */
static __always_inline int wapi_make_brief(struct wapi_client *client, void __user *arg,
					   wapi_brief_t *run)
{
	struct wapi_object *object;
	struct wapi_word word;
	u32 handle;
	int err;

	err = wapi_read_brief(&handle, &word, arg);
	if (unlikely(err))
		return err;
	object = wapi_reference_lock(client, handle);
	if (unlikely(!object))
		return -EBADF;
	err = run(object, client, word, arg + offsetof(struct wapi_brief, word));
	if (likely(!err)) {
		wapi_object_unlock_kept(object);
		return 0;
	}
	if (err == WAPI_BRIEF_GONE) {
		wapi_object_free_locked(object, client);
		return 0;
	}
	wapi_object_unlock_kept(object);
	return wapi_make_brief_again(client, arg, run, err);
}

wapi_brief_t wapi_close_locked, wapi_attach_locked, wapi_set_locked, wapi_reset_locked,
	     wapi_pulse_locked, wapi_mutex_release_locked, wapi_sem_release_locked,
	     wapi_thread_exit_locked, wapi_mark_locked, wapi_timer_cancel_locked;

#endif /* WAPI_BRIEF_H */
