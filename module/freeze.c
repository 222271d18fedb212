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
#include "domain.h"
#include "freeze.h"
#include "mutex.h"
#include "object.h"
#include "owner.h"
#include "queue.h"
#include "type.h"

/*
 * Freeze an object, and tell whether @by could have it, which stays so until it is
 * thawed.  With @mark, each object must be there once.
 */
static int wapi_freeze_one(struct wapi_object *object, u32 handle, const void *mark,
			   const struct wapi_owner *by, bool *signalled)
{
	int err = 0;

	spin_lock(&object->lock);
	if (unlikely(!wapi_object_is_still(object, handle))) {
		spin_unlock(&object->lock);
		return -EBADF;
	}
	wapi_mutex_settle(object);
	if (wapi_object_is_gone(object)) {
		err = -EBADF;
	} else if (mark && object->mark == mark) {
		err = -EINVAL;
	} else {
		object->frozen++;
		*signalled = wapi_object_is_signalled(object, by);
		if (mark)
			object->mark = mark;
	}
	wapi_object_tell(object);
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

/*
 * Freeze the objects of a wait.
 *
 * Return: the index that satisfies it, 0 if all do; wait->total if it must wait;
 * or a negative error
 */
static int wapi_freeze(struct wapi_thread_wait *wait)
{
	u32 needed = wait->all ? wait->count : 0, satisfies = wait->total, missing = needed, i;
	bool signalled;
	int err;

	for (i = 0; i < wait->total; i++) {
		err = wapi_freeze_one(wait->objects[i], wait->handles[i],
				      i < needed ? wait : NULL, wait->owner, &signalled);
		if (unlikely(err)) {
			while (i--)
				wapi_thaw_one(wait->objects[i]);
			return err;
		}
		if (i < needed)
			missing -= signalled;
		else if (signalled && satisfies == wait->total)
			satisfies = i;
	}
	return needed && !missing ? 0 : satisfies;
}

/* The same as wapi_freeze() tells, of objects that are frozen. */
static int wapi_freeze_look(const struct wapi_thread_wait *wait)
{
	u32 i = 0;

	if (wait->all && wait->count) {
		if (wapi_wait_all_signalled(wait))
			return 0;
		i = wait->count;
	}
	for (; i < wait->total; i++)
		if (wapi_object_is_signalled(wait->objects[i], wait->owner))
			break;
	return i;
}

/* Signal an object, and leave it pinned: a released mutex may be gone by that. */
static int wapi_signal_frozen(struct wapi_thread_wait *wait, struct wapi_object *object,
			      u32 handle, u32 count)
{
	bool unused;
	int err;

	err = wapi_freeze_one(object, handle, NULL, NULL, &unused);
	if (err)
		return err;
	spin_lock(&object->lock);
	object->pins++;
	wait->signalled = object;
	err = wapi_type_of(object)->signal(object, count);
	if (!err)
		wapi_wake_waiters(object);
	wapi_object_tell(object);
	spin_unlock(&object->lock);
	wapi_thaw_one(object);
	return err;
}

/* Thaw the objects, and let the wait have what satisfies it, or queue on them. */
static void wapi_thaw(struct wapi_thread_wait *wait, u32 satisfies, bool queue)
{
	bool satisfied = satisfies < wait->total;
	u32 last = wait->all && satisfied && satisfies < wait->count ? wait->count - 1 : satisfies;
	struct wapi_object *object;
	u32 i;

	for (i = 0; i < wait->total; i++) {
		object = wait->objects[i];
		spin_lock(&object->lock);
		object->mark = NULL;
		if (satisfied) {
			if (i >= satisfies && i <= last)
				wapi_acquire(object, wait, i);
		} else if (queue) {
			wapi_enqueue_locked(wait, i);
		}
		/* What is needed together stays frozen until it is off the queue. */
		if (satisfied || !queue || !wait->waiters[i].all)
			object->frozen--;
		wapi_object_tell(object);
		spin_unlock(&object->lock);
	}
}

/**
 * wapi_wait_frozen - signal, decide, and queue, in one step
 * @wait: the wait, with its objects, which RCU keeps
 * @domain: where they are
 * @signal: what to signal first, or NULL
 * @signal_handle: its handle
 * @signal_count: how often, for a semaphore
 * @queue: queue if it is not satisfied
 *
 * Return: 0 if the wait was satisfied; -EAGAIN if not; or another error, and then
 * nothing was done
 */
int wapi_wait_frozen(struct wapi_thread_wait *wait, struct wapi_domain *domain,
		     struct wapi_object *signal, u32 signal_handle, u32 signal_count,
		     bool queue)
{
	int satisfies, err = 0;

	spin_lock(&domain->freeze);
	satisfies = wapi_freeze(wait);
	if (satisfies < 0) {
		err = satisfies;
		goto unlock;
	}
	if (signal) {
		err = wapi_signal_frozen(wait, signal, signal_handle, signal_count);
		if (err) {
			wapi_thaw(wait, wait->total, false);
			goto unlock;
		}
		/* What was signalled may be one of the objects. */
		satisfies = wapi_freeze_look(wait);
	}
	if (satisfies < wait->total)
		wapi_wait_end(wait, satisfies);
	else
		err = -EAGAIN;
	wapi_thaw(wait, satisfies, queue);
unlock:
	spin_unlock(&domain->freeze);
	return err;
}
