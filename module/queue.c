// SPDX-License-Identifier: GPL-2.0
/*
 * Queues: the waits of each object, served in the order in which they came.
 *
 * Who signals an object goes through its queue from the front and acquires it
 * for the waits that it can satisfy.  A wait is satisfied by whoever changes its
 * outcome from WAPI_WAIT_PENDING, and ended by its own thread in the same way:
 *
 *   waiting thread              who sets object 0       who sets object 1
 *   --------------              -----------------       -----------------
 *   queue on 0, queue on 1
 *   sleep                       outcome PENDING -> 0
 *                               acquire 0, wake         outcome is 0: leave
 *                                                       it, object 1 stays set
 *   timeout: outcome is 0,
 *   so it was satisfied
 *
 * A queue is guarded by the lock of its object.
 */
#include <linux/pid.h>
#include <linux/sched.h>

#include "object.h"
#include "poll.h"
#include "queue.h"
#include "trace.h"
#include "type.h"

/**
 * wapi_wait_was_abandoned - note that a mutex was acquired from an owner that ended
 * @wait: the wait
 * @index: of the mutex
 * @by: the owner; the wait takes over the reference
 */
void wapi_wait_was_abandoned(struct wapi_thread_wait *wait, u32 index, struct pid *by)
{
	if (index < wait->abandoned) {
		put_pid(wait->abandoned_by);
		wait->abandoned = index;
		wait->abandoned_by = by;
	} else {
		put_pid(by);
	}
}

/**
 * wapi_wait_end - decide on the outcome of a wait, unless it is decided
 * @wait: the wait
 * @outcome: the outcome
 *
 * Return: whether this is now its outcome
 */
bool wapi_wait_end(struct wapi_thread_wait *wait, int outcome)
{
	return atomic_cmpxchg(&wait->outcome, WAPI_WAIT_PENDING, outcome) == WAPI_WAIT_PENDING;
}

/**
 * wapi_wait_is_pending - is the outcome of a wait still open?
 * @wait: the wait
 *
 * Return: whether it is
 */
bool wapi_wait_is_pending(struct wapi_thread_wait *wait)
{
	return atomic_read(&wait->outcome) == WAPI_WAIT_PENDING;
}

/**
 * wapi_acquire - let a wait have a signalled object
 * @object: the locked object
 * @wait: the wait
 * @index: of the object in the wait
 */
void wapi_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index)
{
	wapi_type_of(object)->acquire(object, wait, index);
}

/**
 * wapi_wait_all_signalled - can all objects of a wait be acquired together?
 * @wait: the wait, whose objects are all frozen
 *
 * Return: whether they can
 */
bool wapi_wait_all_signalled(const struct wapi_thread_wait *wait)
{
	u32 i;

	for (i = 0; i < wait->count; i++)
		if (!wapi_object_is_signalled(wait->objects[i], wait->owner))
			return false;
	return true;
}

/**
 * wapi_acquire_all - let a wait have all its objects
 * @wait: the wait, whose objects are all frozen
 * @locked: the object whose lock the caller holds, or NULL
 *
 * This alone takes the lock of a second object while that of a first is held,
 * which is right since the caller holds wapi_domain.freeze.
 */
void wapi_acquire_all(struct wapi_thread_wait *wait, struct wapi_object *locked)
{
	struct wapi_object *object;
	u32 i;

	for (i = 0; i < wait->count; i++) {
		object = wait->objects[i];
		if (object != locked)
			spin_lock_nested(&object->lock, SINGLE_DEPTH_NESTING);
		wapi_acquire(object, wait, i);
		if (object != locked) {
			wapi_object_tell(object);
			spin_unlock(&object->lock);
		}
	}
}

static void wapi_leave_queue_locked(struct wapi_waiter *waiter)
{
	if (list_empty(&waiter->in_object))
		return;
	list_del_init(&waiter->in_object);
	waiter->object->watched--;
}

/* The wait stays while the object is locked, since it is to leave its queue. */
static void wapi_satisfy(struct wapi_waiter *waiter, struct wapi_object *object)
{
	struct wapi_thread_wait *wait = waiter->wait;

	if (waiter->all) {
		if (!wapi_wait_all_signalled(wait) || !wapi_wait_end(wait, 0))
			return;
		wapi_acquire_all(wait, object);
	} else {
		if (!wapi_wait_end(wait, waiter->index))
			return;
		wapi_acquire(object, wait, waiter->index);
	}
	wapi_leave_queue_locked(waiter);
	wake_up_process(wait->task);
}

/**
 * wapi_serve - let waits and polls, and who traces, have an object that has been signalled
 * @object: the locked object; called by wapi_wake_waiters() if there are any
 */
void wapi_serve(struct wapi_object *object)
{
	struct wapi_waiter *waiter, *next;

	lockdep_assert_held(&object->lock);
	/* An inner release of a mutex signals nothing. */
	if (trace_wapi_signal_enabled() && wapi_object_is_signalled(object, NULL))
		trace_wapi_signal(object);
	list_for_each_entry_safe(waiter, next, &object->waiters, in_object) {
		if (!wapi_object_is_signalled(object, NULL))
			return;
		wapi_satisfy(waiter, object);
	}
	if (object->pollers && wapi_object_is_signalled(object, NULL))
		wapi_pollers_wake(object);
}

/**
 * wapi_enqueue_locked - put a wait into the queue of one of its objects
 * @wait: the wait; it pins the object
 * @index: of the object, which is locked
 */
void wapi_enqueue_locked(struct wapi_thread_wait *wait, u32 index)
{
	struct wapi_object *object = wait->objects[index];
	struct wapi_waiter *waiter = &wait->waiters[index];

	lockdep_assert_held(&object->lock);
	waiter->wait = wait;
	waiter->object = object;
	waiter->index = index;
	waiter->all = wait->all && index < wait->count;
	waiter->queued = true;
	list_add_tail(&waiter->in_object, &object->waiters);
	object->watched++;
	object->pins++;
}

/**
 * wapi_dequeue_all - take a wait out of all queues
 * @wait: the wait, which is not pending any more
 *
 * Context: may sleep, since an object may have waited for that to go.
 */
void wapi_dequeue_all(struct wapi_thread_wait *wait)
{
	struct wapi_waiter *waiter;
	struct wapi_object *object;
	u32 i;

	for (i = 0; i < wait->total; i++) {
		waiter = &wait->waiters[i];
		if (!waiter->queued)
			continue;
		object = waiter->object;
		wapi_object_lock_kept(object);
		waiter->queued = false;
		wapi_leave_queue_locked(waiter);
		object->pins--;
		if (waiter->all)
			wapi_object_thaw_locked(object);
		wapi_object_unlock(object);
	}
}
