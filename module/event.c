// SPDX-License-Identifier: GPL-2.0
/*
 * Events: set or not.
 *
 * One that is reset by hand lets all waits through while it is set; the other
 * lets one through and resets itself.  Files, consoles, sockets and pipes have
 * the state of an event that is reset by hand.
 */
#include "brief.h"
#include "client.h"
#include "object.h"
#include "queue.h"
#include "request.h"
#include "type.h"

/* The types whose users set and reset them. */
#define WAPI_EVENTS	(BIT(WAPI_TYPE_EVENT) | BIT(WAPI_TYPE_FILE) | BIT(WAPI_TYPE_CONSOLE) | \
			 BIT(WAPI_TYPE_SOCKET) | BIT(WAPI_TYPE_PIPE))

static int wapi_event_create(struct wapi_object *object, struct wapi_client *client,
			     const struct wapi_new *args)
{
	if (args->flags & WAPI_NEW_MANUAL)
		WRITE_ONCE(object->state, object->state | WAPI_ENTRY_KEEPS);
	wapi_object_set_signalled(object, args->flags & WAPI_NEW_SIGNALLED);
	return 0;
}

static bool wapi_event_is_manual(const struct wapi_object *object)
{
	return object->state & WAPI_ENTRY_KEEPS;
}

static void wapi_event_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index)
{
	if (!wapi_event_is_manual(object))
		wapi_object_set_signalled(object, false);
}

static void wapi_event_unacquire(struct wapi_object *object)
{
	if (!wapi_event_is_manual(object))
		wapi_object_set_signalled(object, true);
}

static int wapi_event_signal(struct wapi_object *object, u32 count)
{
	if (count)
		return -EINVAL;
	wapi_object_set_signalled(object, true);
	return 0;
}

static void wapi_event_describe(const struct wapi_object *object, struct pid_namespace *pids,
				struct wapi_state *state)
{
	if (wapi_event_is_manual(object))
		state->flags |= WAPI_STATE_MANUAL;
}

const struct wapi_type_ops wapi_event_type = {
	.caps		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	.new_flags	= WAPI_NEW_SIGNALLED | WAPI_NEW_MANUAL,
	.create		= wapi_event_create,
	.acquire	= wapi_event_acquire,
	.unacquire	= wapi_event_unacquire,
	.signal		= wapi_event_signal,
	.describe	= wapi_event_describe,
};

const struct wapi_type_ops wapi_record_type = {
	.caps		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	.entry		= WAPI_ENTRY_KEEPS,
	.new_flags	= WAPI_NEW_SIGNALLED,
	.create		= wapi_event_create,
	.acquire	= wapi_event_acquire,
	.unacquire	= wapi_event_unacquire,
	.signal		= wapi_event_signal,
};

/* Tell the state before.  Return: 0, -EINVAL, -EOPNOTSUPP or -EAGAIN */
static __always_inline int wapi_event_tell(struct wapi_object *object, struct wapi_word word,
					   void __user *result)
{
	/* The second field is padding. */
	if (unlikely(word.second))
		return -EINVAL;
	if (unlikely(!(WAPI_EVENTS & BIT(wapi_object_type(object)))))
		return -EOPNOTSUPP;
	return wapi_tell_word(result, wapi_object_is_set(object), 0);
}

/**
 * wapi_set_locked - WAPI_IOC_SET
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: 0, or an error that &struct wapi_signal tells of; -EAGAIN
 */
int wapi_set_locked(struct wapi_object *object, struct wapi_client *client,
		    struct wapi_word word, void __user *result)
{
	int err = wapi_event_tell(object, word, result);

	if (unlikely(err))
		return err;
	wapi_object_set_signalled(object, true);
	wapi_wake_waiters(object);
	return 0;
}

/**
 * wapi_reset_locked - WAPI_IOC_RESET
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: as wapi_set_locked()
 */
int wapi_reset_locked(struct wapi_object *object, struct wapi_client *client,
		      struct wapi_word word, void __user *result)
{
	int err = wapi_event_tell(object, word, result);

	if (!err)
		wapi_object_set_signalled(object, false);
	return err;
}

/**
 * wapi_pulse_locked - WAPI_IOC_PULSE: set the event for those who wait now
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: as wapi_set_locked()
 */
int wapi_pulse_locked(struct wapi_object *object, struct wapi_client *client,
		      struct wapi_word word, void __user *result)
{
	int err = wapi_event_tell(object, word, result);

	if (err)
		return err;
	wapi_object_set_signalled(object, true);
	wapi_wake_waiters(object);
	wapi_object_set_signalled(object, false);
	return 0;
}
