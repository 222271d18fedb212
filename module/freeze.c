// SPDX-License-Identifier: GPL-2.0
/*
 * Freezing: objects that stay as they are while a wait decides.
 *
 * A wait for all of several objects, or one that signals an object first, must
 * see them all as they are at one moment.  It takes wapi_domain.freeze and then
 * freezes each object, holding one object's lock at a time:
 *
 *   wait for all of A and B     who sets A
 *   -----------------------     ----------
 *   lock freeze
 *   lock A, A.frozen++, unlock
 *                               lock A, sees it frozen, unlock
 *                               lock freeze ... (waits)
 *   lock B, B.frozen++, unlock
 *   reads A and B as they are;
 *   not both: queue on both,
 *   and leave both frozen
 *   unlock freeze
 *                               lock A, set A, go through its queue: reads B,
 *                               which nobody else can change now
 *
 * So an object that is frozen is changed only while freeze is held, and who
 * holds freeze may read it without its lock; wapi_object_lock() sees to that.
 * While the wait sleeps, what it needs together stays frozen.
 */
#include "wapi_internal.h"

static int wapi_freeze_one(struct wapi_object *object, const void *mark)
{
	int err = 0;

	spin_lock(&object->lock);
	wapi_mutex_settle(object);
	if (wapi_object_is_gone(object))
		err = -EBADF;
	else if (mark && object->mark == mark)
		err = -EINVAL;
	else
		object->frozen++;
	if (!err && mark)
		object->mark = mark;
	spin_unlock(&object->lock);
	return err;
}

static void wapi_thaw_one(struct wapi_object *object)
{
	spin_lock(&object->lock);
	object->mark = NULL;
	object->frozen--;
	spin_unlock(&object->lock);
}

/* Freeze the objects of a wait; only with all of them must each be there once. */
static int wapi_freeze(struct wapi_thread_wait *wait)
{
	u32 i;
	int err;

	for (i = 0; i < wait->total; i++) {
		err = wapi_freeze_one(wait->objects[i],
				      wait->all && i < wait->count ? wait : NULL);
		if (err) {
			while (i--)
				wapi_thaw_one(wait->objects[i]);
			return err;
		}
	}
	return 0;
}

/* Decide on a wait whose objects are frozen.  Return: 0 if satisfied, or -EAGAIN */
static int wapi_wait_decide(struct wapi_thread_wait *wait)
{
	u32 i = 0;

	if (wait->all && wait->count) {
		if (wapi_wait_all_signalled(wait)) {
			wapi_wait_end(wait, 0);
			wapi_acquire_all(wait, NULL);
			return 0;
		}
		i = wait->count;
	}
	for (; i < wait->total; i++) {
		struct wapi_object *object = wait->objects[i];

		if (!wapi_object_is_signalled(object, wait->owner))
			continue;
		wapi_wait_end(wait, i);
		spin_lock(&object->lock);
		wapi_acquire(object, wait, i);
		spin_unlock(&object->lock);
		return 0;
	}
	return -EAGAIN;
}

/* Signal an object, and leave it pinned: a released mutex may be gone by that. */
static int wapi_signal_frozen(struct wapi_thread_wait *wait, struct wapi_object *object,
			      u32 count)
{
	int err;

	err = wapi_freeze_one(object, NULL);
	if (err)
		return err;
	spin_lock(&object->lock);
	object->pins++;
	wait->signalled = object;
	err = wapi_type_of(object)->signal(object, count);
	if (!err)
		wapi_wake_waiters(object);
	spin_unlock(&object->lock);
	wapi_thaw_one(object);
	return err;
}

/**
 * wapi_wait_frozen - signal, decide, and queue, in one step
 * @wait: the wait, with its objects, which RCU keeps
 * @domain: where they are
 * @signal: what to signal first, or NULL
 * @signal_count: how often, for a semaphore
 * @queue: queue if it is not satisfied
 *
 * Return: 0 if the wait was satisfied; -EAGAIN if not; or another error, and then
 * nothing was done
 */
int wapi_wait_frozen(struct wapi_thread_wait *wait, struct wapi_domain *domain,
		     struct wapi_object *signal, u32 signal_count, bool queue)
{
	struct wapi_object *object;
	u32 i;
	int err;

	spin_lock(&domain->freeze);
	err = wapi_freeze(wait);
	if (err)
		goto unlock;
	if (signal)
		err = wapi_signal_frozen(wait, signal, signal_count);
	if (!err)
		err = wapi_wait_decide(wait);
	for (i = 0; i < wait->total; i++) {
		object = wait->objects[i];
		spin_lock(&object->lock);
		object->mark = NULL;
		if (err == -EAGAIN && queue)
			wapi_enqueue_locked(wait, i);
		/* What is needed together stays frozen until it is off the queue. */
		if (err != -EAGAIN || !queue || !wait->waiters[i].all)
			object->frozen--;
		spin_unlock(&object->lock);
	}
unlock:
	spin_unlock(&domain->freeze);
	return err;
}
