// SPDX-License-Identifier: GPL-2.0
/*
 * Waits: the one place where threads sleep.
 *
 * A wait is attempted first; only if it cannot be satisfied does the thread put
 * itself into the queue of each object, see queue.c, and sleep until somebody
 * who signals one satisfies the wait, or until it gives up.  A wait for all of
 * its objects, or one that signals another first, is decided by freeze.c.
 */
#include <linux/hrtimer.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "client.h"
#include "freeze.h"
#include "mutex.h"
#include "object.h"
#include "owner.h"
#include "queue.h"
#include "request.h"
#include "trace.h"
#include "type.h"
#include "wait.h"

/**
 * wapi_wait_init - begin a wait of the current thread
 * @wait: the wait
 * @client: through which it waits, or NULL for a descriptor
 */
void wapi_wait_init(struct wapi_thread_wait *wait, struct wapi_client *client)
{
	wait->task = current;
	wait->client = client;
	wait->owner = NULL;
	atomic_set(&wait->outcome, WAPI_WAIT_PENDING);
	wait->all = false;
	wait->waiters = NULL;
	wait->signalled = NULL;
	wait->since = 0;
	wait->abandoned = WAPI_WAIT_NOT_ABANDONED;
	wait->abandoned_by = NULL;
}

/* Is one of the objects before @index signalled? */
static bool wapi_wait_is_lower(const struct wapi_thread_wait *wait, u32 index)
{
	u32 i;

	for (i = 0; i < index; i++)
		/* It is right at one moment, which is all that is asked. */
		if (data_race(wapi_object_is_signalled(wait->objects[i], wait->owner)))
			return true;
	return false;
}

/*
 * Try one object, and queue on it if @queue is set.
 *
 * Return: 0 if the wait was satisfied; -EAGAIN if not; -ERESTART if one that is
 * looked at before was signalled before this one; -EBADF if the object is gone
 */
static int wapi_wait_try(struct wapi_thread_wait *wait, u32 index, bool queue)
{
	struct wapi_object *object = wait->objects[index];
	int err = -EAGAIN;

	if (!wapi_object_lock_found(object, wait->handles[index]))
		return -EBADF;
	wapi_mutex_settle(object);
	if (!wapi_object_is_signalled(object, wait->owner)) {
		if (queue)
			wapi_enqueue_locked(wait, index);
	} else if (!queue && wapi_wait_is_lower(wait, index)) {
		/* Where it is queued already, that would have satisfied it. */
		err = -ERESTART;
	} else if (wapi_wait_end(wait, index)) {
		wapi_acquire(object, wait, index);
	}
	wapi_object_unlock_kept(object);
	return wapi_wait_is_pending(wait) ? err : 0;
}

/* Try each object in turn.  Return: as wapi_wait_try(), but for -ERESTART */
static int wapi_wait_any(struct wapi_thread_wait *wait, bool queue)
{
	struct wapi_object **objects = wait->objects;
	u32 total = wait->total, i;
	int err;

	for (i = 0; i < total; i++) {
		/* Only to pass by what is not signalled; what is, is locked first. */
		if (!queue && !data_race(wapi_object_is_signalled(objects[i], wait->owner)))
			continue;
		err = wapi_wait_try(wait, i, queue);
		if (err == -ERESTART)
			i = U32_MAX;
		else if (err != -EAGAIN)
			return err;
	}
	return -EAGAIN;
}

/**
 * wapi_sleep - sleep until a wait is satisfied, or give up
 * @wait: the wait, queued
 * @deadline: when to give up
 *
 * Return: 0, -ETIMEDOUT or -ERESTARTSYS
 */
int wapi_sleep(struct wapi_thread_wait *wait, struct wapi_deadline *deadline)
{
	ktime_t *time = deadline->time == KTIME_MAX ? NULL : &deadline->time;
	int err = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (!wapi_wait_is_pending(wait))
			break;
		if (signal_pending(current)) {
			err = -ERESTARTSYS;
			break;
		}
		if (!schedule_hrtimeout_range_clock(time, 0, HRTIMER_MODE_ABS,
						    deadline->clock)) {
			err = -ETIMEDOUT;
			break;
		}
	}
	__set_current_state(TASK_RUNNING);
	/* Who satisfied it meanwhile has acquired for it. */
	return err && wapi_wait_end(wait, WAPI_WAIT_GIVEN_UP) ? err : 0;
}

/**
 * wapi_deadline_has_passed - is it time to give up?
 * @deadline: the deadline
 *
 * Return: whether it is
 */
bool wapi_deadline_has_passed(const struct wapi_deadline *deadline)
{
	ktime_t now;

	if (deadline->time == KTIME_MAX)
		return false;
	if (deadline->time <= 0)
		return true;
	now = deadline->clock == CLOCK_REALTIME ? ktime_get_real() : ktime_get();
	return deadline->time <= now;
}

/**
 * wapi_wait_for_object - wait for one object that is pinned
 * @wait: the wait, initialised
 * @object: the object
 * @nonblock: do not sleep
 *
 * Return: 0, -EAGAIN, -ERESTARTSYS or -ENOMEM
 */
int wapi_wait_for_object(struct wapi_thread_wait *wait, struct wapi_object *object, bool nonblock)
{
	struct wapi_deadline never = { .time = KTIME_MAX, .clock = CLOCK_MONOTONIC };
	struct wapi_waiter waiter = { };
	int err;

	if (wapi_object_type(object) == WAPI_TYPE_MUTEX) {
		wait->owner = wapi_owner_get();
		if (IS_ERR(wait->owner))
			return PTR_ERR(wait->owner);
	}
	wait->handles = &object->handle;
	wait->objects = &object;
	wait->waiters = &waiter;
	wait->count = 1;
	wait->total = 1;
	wait->since = ktime_get_ns();

	trace_wapi_wait_begin(NULL, &object->handle, 1, 0, nonblock ? 0 : WAPI_WAIT_FOREVER);
	err = wapi_wait_any(wait, !nonblock);
	if (err == -EAGAIN && !nonblock) {
		err = wapi_sleep(wait, &never);
		wapi_dequeue_all(wait);
	}
	trace_wapi_wait_end(NULL, err, atomic_read(&wait->outcome));
	return err;
}

/*
 * Find the objects of a wait, all of which the client must hold references to.
 *
 * Context: under rcu_read_lock(), which alone keeps them.
 *
 * Return: 0; -ENXIO if the thread must become an owner of mutexes first; or an
 * error of the request
 */
static int wapi_wait_find(struct wapi_thread_wait *wait, const struct wapi_wait *args)
{
	struct wapi_object *object;
	u32 i;

	for (i = 0; i < wait->total; i++) {
		object = wapi_wait_find_one(wait->client, wait->handles[i]);
		if (!object)
			return -EBADF;
		if (!(wapi_type_of(object)->caps & WAPI_CAP_WAIT) ||
		    (i == args->count && wapi_object_type(object) != WAPI_TYPE_EVENT))
			return -EOPNOTSUPP;
		if (wapi_object_type(object) == WAPI_TYPE_MUTEX && !wait->owner) {
			wait->owner = wapi_owner_find();
			if (!wait->owner)
				return -ENXIO;
		}
		wait->objects[i] = object;
	}
	return 0;
}

/* Decide on a wait, together with what it signals.  Return as wapi_wait_frozen(). */
static int wapi_wait_together(struct wapi_thread_wait *wait, struct wapi_wait *args, bool queue)
{
	struct wapi_object *signal = NULL;
	int err;

	if (args->signal) {
		signal = wapi_wait_find_one(wait->client, args->signal);
		if (!signal)
			return -EBADF;
		if (!wapi_type_of(signal)->signal)
			return -EOPNOTSUPP;
	}
	err = wapi_wait_frozen(wait, wait->client->domain, signal, args->signal,
			       args->signal_count, queue);
	if (!err || err == -EAGAIN) {
		args->signal = 0;
		args->signal_count = 0;
	}
	return err;
}

/* One attempt at a wait, with or without queueing.  Return as wapi_wait_frozen(). */
static int wapi_wait_attempt(struct wapi_thread_wait *wait, struct wapi_wait *args, bool queue)
{
	int err;

	rcu_read_lock();
	err = wapi_wait_find(wait, args);
	if (!err) {
		if (wait->all || args->signal)
			err = wapi_wait_together(wait, args, queue);
		else
			err = wapi_wait_any(wait, queue);
	}
	rcu_read_unlock();
	if (wait->signalled)
		wapi_object_unpin(wait->signalled);
	wait->signalled = NULL;
	return err;
}

/* Make room for a place in each object's queue, of which some may be there. */
static int wapi_wait_make_waiters(struct wapi_thread_wait *wait)
{
	if (wait->total <= WAPI_FEW_WAITERS)
		memset(wait->waiters, 0, wait->total * sizeof(*wait->waiters));
	else
		wait->waiters = kvcalloc(wait->total, sizeof(*wait->waiters), GFP_KERNEL_ACCOUNT);
	return wait->waiters ? 0 : -ENOMEM;
}

/* Attempt a wait, sleep, and see how it ended. */
static int wapi_wait_run(struct wapi_thread_wait *wait, struct wapi_wait *args,
			 struct wapi_deadline *deadline)
{
	struct wapi_waiter *few = wait->waiters;
	bool poll, queue;
	int err;

	/* A signal is given once, and in one step with queueing. */
	poll = args->signal && wapi_deadline_has_passed(deadline);
	queue = args->signal && !poll;
	for (;;) {
		if (queue) {
			err = wapi_wait_make_waiters(wait);
			if (err)
				return err;
			wait->since = ktime_get_ns();
		}
		err = wapi_wait_attempt(wait, args, queue);
		if (err == -ENXIO) {
			wait->owner = wapi_owner_get();
			if (!IS_ERR(wait->owner))
				continue;
			err = PTR_ERR(wait->owner);
		}
		if (err != -EAGAIN || queue)
			break;
		if (poll || wapi_deadline_has_passed(deadline)) {
			err = -ETIMEDOUT;
			break;
		}
		queue = true;
	}

	if (queue) {
		if (err == -EAGAIN)
			err = wapi_sleep(wait, deadline);
		else if (err && !wapi_wait_end(wait, WAPI_WAIT_GIVEN_UP))
			err = 0;
		wapi_dequeue_all(wait);
	}
	if (wait->waiters != few)
		kvfree(wait->waiters);
	return err;
}

/**
 * wapi_wait_give_back - undo an acquisition by the current thread
 * @object: what it has acquired, pinned
 *
 * Context: may sleep.
 */
void wapi_wait_give_back(struct wapi_object *object)
{
	wapi_object_lock_kept(object);
	wapi_type_of(object)->unacquire(object);
	wapi_wake_waiters(object);
	wapi_object_unlock(object);
}

/* The caller could not be told what it has acquired. */
static void wapi_wait_undo(struct wapi_thread_wait *wait)
{
	u32 first = atomic_read(&wait->outcome), last = first, i;
	struct wapi_object *object;

	if (wait->all && first < wait->count)
		last = wait->count - 1;
	for (i = first; i <= last; i++) {
		object = wapi_object_pin(wait->client->domain, wait->handles[i]);
		if (!object)
			continue;
		wapi_wait_give_back(object);
		wapi_object_unpin(object);
	}
}

/**
 * wapi_wait_tell_end - tell how a wait ended; all that was acquired is given back if
 *			that fails
 * @request: the wait's
 * @wait: the wait
 * @err: what it ended in
 *
 * Return: @err or -EFAULT
 */
int wapi_wait_tell_end(struct wapi_request *request, struct wapi_thread_wait *wait, int err)
{
	struct wapi_wait *args = &request->args.wait;

	if (err && !wapi_is_no_refusal(err))
		return err;
	if (!err) {
		args->index = atomic_read(&wait->outcome);
		args->abandoned = wait->abandoned;
		args->abandoned_tid = wait->abandoned_by ? pid_vnr(wait->abandoned_by) : 0;
	}
	/* So that the call can be made again, it is told what was done of it. */
	if (wapi_wait_tell(request)) {
		if (!err)
			wapi_wait_undo(wait);
		err = -EFAULT;
	}
	put_pid(wait->abandoned_by);
	return err;
}

/*
 * Wait for the objects of @wait->handles, of which wait.total - args->count are
 * the alert's, and tell.
 */
static int wapi_wait_and_tell(struct wapi_request *request, struct wapi_thread_wait *wait)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_deadline deadline = wapi_wait_deadline(args);
	struct wapi_waiter few_waiters[WAPI_FEW_WAITERS] __uninitialized;
	int err;

	/* What it signals cannot be undone, so be sure that it can be told. */
	if (args->signal && wapi_wait_tell(request))
		return -EFAULT;
	wait->waiters = few_waiters;
	trace_wapi_wait_begin(request->client, wait->handles, args->count, args->flags,
			      args->timeout);
	err = wapi_wait_run(wait, args, &deadline);
	trace_wapi_wait_end(request->client, err, atomic_read(&wait->outcome));
	return wapi_wait_tell_end(request, wait, err);
}

/* Wait with handles and objects in memory of their own. */
static int wapi_wait_many(struct wapi_request *request, struct wapi_thread_wait *wait)
{
	struct wapi_wait *args = &request->args.wait;
	u32 *handles;
	int err = -EFAULT;

	wait->objects = kvmalloc(wait->total * (sizeof(*wait->objects) + sizeof(*handles)),
				 GFP_KERNEL_ACCOUNT);
	if (!wait->objects)
		return -ENOMEM;
	handles = (u32 *)&wait->objects[wait->total];
	handles[wait->total - 1] = args->alert;
	wait->handles = handles;
	if (!copy_from_user(handles, u64_to_user_ptr(args->handles),
			    args->count * sizeof(*handles)))
		err = wapi_wait_and_tell(request, wait);
	kvfree(wait->objects);
	return err;
}

static int wapi_wait_few(struct wapi_request *request, struct wapi_thread_wait *wait)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_object *objects[WAPI_FEW] __uninitialized;
	u32 handles[WAPI_FEW] __uninitialized;

	handles[wait->total - !!wait->total] = args->alert;
	wait->handles = handles;
	wait->objects = objects;
	if (wapi_copy_in_bytes(handles, u64_to_user_ptr(args->handles),
			       args->count * sizeof(*handles)))
		return -EFAULT;
	return wapi_wait_and_tell(request, wait);
}

/**
 * wapi_wait - make any wait
 * @request: the request, which is well formed
 *
 * Return: 0, or an error that &struct wapi_wait tells of
 */
int wapi_wait(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_thread_wait wait __uninitialized;

	wapi_wait_init(&wait, request->client);
	wait.all = args->flags & WAPI_WAIT_ALL;
	wait.count = args->count;
	wait.total = args->count + !!args->alert;
	return wait.total <= WAPI_FEW ? wapi_wait_few(request, &wait) :
					wapi_wait_many(request, &wait);
}
