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
#include <linux/uaccess.h>

#include "trace.h"
#include "wapi_internal.h"

/* How many objects a wait has room for without allocating. */
#define WAPI_FEW	(WAPI_FEW_HANDLES + 1)

/**
 * struct wapi_deadline - when a wait gives up
 * @time: absolute, or KTIME_MAX for never
 * @clock: of which clock
 */
struct wapi_deadline {
	ktime_t time;
	clockid_t clock;
};

/**
 * wapi_wait_init - begin a wait of the current thread
 * @wait: the wait
 * @client: through which it waits, or NULL for a descriptor
 */
void wapi_wait_init(struct wapi_thread_wait *wait, struct wapi_client *client)
{
	memset(wait, 0, sizeof(*wait));
	wait->task = current;
	wait->client = client;
	wait->abandoned = WAPI_WAIT_NOT_ABANDONED;
	atomic_set(&wait->outcome, WAPI_WAIT_PENDING);
}

/* Is one of the objects before @index signalled? */
static bool wapi_wait_is_lower(const struct wapi_thread_wait *wait, u32 index)
{
	u32 i;

	for (i = 0; i < index; i++)
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

	if (!wapi_object_lock_found(object))
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
	u32 i;
	int err;

	for (i = 0; i < wait->total; i++) {
		if (!queue &&
		    !data_race(wapi_object_is_signalled(wait->objects[i], wait->owner)))
			continue;
		err = wapi_wait_try(wait, i, queue);
		if (err == -ERESTART)
			i = U32_MAX;
		else if (err != -EAGAIN)
			return err;
	}
	return -EAGAIN;
}

/* Sleep until the wait is satisfied, or give up. */
static int wapi_sleep(struct wapi_thread_wait *wait, struct wapi_deadline *deadline)
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

static bool wapi_deadline_has_passed(const struct wapi_deadline *deadline)
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

	if (object->type == WAPI_TYPE_MUTEX) {
		wait->owner = wapi_owner_get();
		if (IS_ERR(wait->owner))
			return PTR_ERR(wait->owner);
	}
	wait->objects = &object;
	wait->waiters = &waiter;
	wait->count = 1;
	wait->total = 1;
	wait->since = ktime_get_ns();

	err = wapi_wait_any(wait, !nonblock);
	if (err == -EAGAIN && !nonblock) {
		err = wapi_sleep(wait, &never);
		wapi_dequeue_all(wait);
	}
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
static int wapi_wait_find(struct wapi_thread_wait *wait, const struct wapi_wait *args,
			  const u32 *handles, struct wapi_object **signal)
{
	struct wapi_client *client = wait->client;
	struct wapi_object *object;
	u32 i;

	for (i = 0; i < wait->total; i++) {
		object = wapi_handle_find(&client->domain->handles,
					  i < args->count ? handles[i] : args->alert);
		if (!object || !wapi_reference_is_held(object, client))
			return -EBADF;
		if (!(wapi_type_of(object)->caps & WAPI_CAP_WAIT) ||
		    (i == args->count && object->type != WAPI_TYPE_EVENT))
			return -EOPNOTSUPP;
		if (object->type == WAPI_TYPE_MUTEX && !wait->owner) {
			wait->owner = wapi_owner_find(current);
			if (!wait->owner)
				return -ENXIO;
		}
		wait->objects[i] = object;
	}

	*signal = NULL;
	if (!args->signal)
		return 0;
	object = wapi_handle_find(&client->domain->handles, args->signal);
	if (!object || !wapi_reference_is_held(object, client))
		return -EBADF;
	if (!wapi_type_of(object)->signal)
		return -EOPNOTSUPP;
	*signal = object;
	return 0;
}

/* One attempt at a wait, with or without queueing.  Return as wapi_wait_frozen(). */
static int wapi_wait_attempt(struct wapi_thread_wait *wait, struct wapi_wait *args,
			     const u32 *handles, bool queue)
{
	struct wapi_domain *domain = wait->client->domain;
	struct wapi_object *signal;
	int err;

	rcu_read_lock();
	err = wapi_wait_find(wait, args, handles, &signal);
	if (!err && (wait->all || signal)) {
		err = wapi_wait_frozen(wait, domain, signal, args->signal_count, queue);
		if (!err || err == -EAGAIN) {
			args->signal = 0;
			args->signal_count = 0;
		}
	} else if (!err) {
		err = wapi_wait_any(wait, queue);
	}
	rcu_read_unlock();
	if (wait->signalled)
		wapi_object_unpin(wait->signalled);
	wait->signalled = NULL;
	return err;
}

/* Attempt a wait, sleep, and tell how it ended. */
static int wapi_wait_run(struct wapi_thread_wait *wait, struct wapi_wait *args,
			 const u32 *handles, struct wapi_deadline *deadline)
{
	struct wapi_waiter *few = wait->waiters;
	bool poll, queue;
	int err;

	/* A signal is given once, and in one step with queueing. */
	poll = args->signal && wapi_deadline_has_passed(deadline);
	queue = args->signal && !poll;
	for (;;) {
		if (queue && !wait->waiters)
			wait->waiters = kvcalloc(wait->total, sizeof(*wait->waiters),
						 GFP_KERNEL_ACCOUNT);
		if (queue && !wait->waiters)
			return -ENOMEM;
		if (queue)
			wait->since = ktime_get_ns();

		err = wapi_wait_attempt(wait, args, handles, queue);
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

static void wapi_wait_free_handles(struct wapi_request *request)
{
	if (request->handles != request->few_handles)
		kvfree(request->handles);
}

static int wapi_wait_read_handles(struct wapi_request *request)
{
	const struct wapi_wait *args = &request->args.wait;

	request->handles = request->few_handles;
	if (args->count > WAPI_FEW_HANDLES)
		request->handles = kvmalloc_array(args->count, sizeof(u32), GFP_KERNEL_ACCOUNT);
	if (!request->handles)
		return -ENOMEM;
	if (!copy_from_user(request->handles, u64_to_user_ptr(args->handles),
			    args->count * sizeof(u32)))
		return 0;
	wapi_wait_free_handles(request);
	return -EFAULT;
}

/**
 * wapi_wait - WAPI_IOC_WAIT
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_wait tells of
 */
int wapi_wait(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_object *few_objects[WAPI_FEW];
	struct wapi_waiter few_waiters[WAPI_FEW];
	struct wapi_deadline deadline = {
		.time = args->timeout,
		.clock = args->flags & WAPI_WAIT_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC,
	};
	struct wapi_thread_wait wait;
	int err;

	if (args->flags & ~(WAPI_WAIT_ALL | WAPI_WAIT_REALTIME) || args->count > WAPI_WAIT_MAX ||
	    args->pad[0] || args->pad[1] || (args->signal_count && !args->signal))
		return -EINVAL;
	err = wapi_wait_read_handles(request);
	if (err)
		return err;

	wapi_wait_init(&wait, request->client);
	wait.all = args->flags & WAPI_WAIT_ALL;
	wait.count = args->count;
	wait.total = args->count + !!args->alert;
	wait.objects = few_objects;
	if (wait.total <= WAPI_FEW) {
		memset(few_waiters, 0, wait.total * sizeof(*few_waiters));
		wait.waiters = few_waiters;
	} else {
		wait.objects = kvmalloc_array(wait.total, sizeof(*wait.objects),
					      GFP_KERNEL_ACCOUNT);
	}
	err = -ENOMEM;
	if (wait.objects) {
		trace_wapi_wait_begin(request->client, args->count, args->flags, args->timeout);
		err = wapi_wait_run(&wait, args, request->handles, &deadline);
		trace_wapi_wait_end(request->client, err, atomic_read(&wait.outcome));
	}
	if (wait.objects != few_objects)
		kvfree(wait.objects);
	if (err) {
		wapi_wait_free_handles(request);
		return err;
	}
	args->index = atomic_read(&wait.outcome);
	args->abandoned = wait.abandoned;
	args->abandoned_tid = wait.abandoned_by ? pid_vnr(wait.abandoned_by) : 0;
	request->abandoned_by = wait.abandoned_by;
	return 0;
}

/**
 * wapi_wait_commit - the caller knows what it has acquired
 * @request: the request
 */
void wapi_wait_commit(struct wapi_request *request)
{
	put_pid(request->abandoned_by);
	wapi_wait_free_handles(request);
}

/**
 * wapi_wait_give_back - undo an acquisition by the current thread
 * @object: what it has acquired; kept by RCU or a pin
 *
 * Context: may sleep.
 */
void wapi_wait_give_back(struct wapi_object *object)
{
	if (!wapi_object_lock_found(object))
		return;
	wapi_type_of(object)->unacquire(object);
	wapi_wake_waiters(object);
	wapi_object_unlock(object);
}

/**
 * wapi_wait_undo - the caller could not be told what it has acquired
 * @request: the request
 */
void wapi_wait_undo(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	u32 first = args->index, last = args->index, i;
	struct wapi_object *object;

	if (args->flags & WAPI_WAIT_ALL && args->index < args->count)
		last = args->count - 1;
	for (i = first; i <= last; i++) {
		object = wapi_object_pin(request->client->domain,
					 i < args->count ? request->handles[i] : args->alert);
		if (!object)
			continue;
		wapi_wait_give_back(object);
		wapi_object_unpin(object);
	}
	put_pid(request->abandoned_by);
	wapi_wait_free_handles(request);
}
