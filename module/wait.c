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

#include "request.h"
#include "trace.h"

/* How many objects a wait has room for without allocating, and a wait that sleeps. */
#define WAPI_FEW		64
#define WAPI_FEW_WAITERS	8

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

	err = wapi_wait_any(wait, !nonblock);
	if (err == -EAGAIN && !nonblock) {
		err = wapi_sleep(wait, &never);
		wapi_dequeue_all(wait);
	}
	return err;
}

/* An object that the client holds a reference to, by its handle, or NULL. */
static __always_inline struct wapi_object *wapi_wait_find_one(struct wapi_client *client, u32 handle)
{
	struct wapi_object *object;

	/* It is held as long as it is there, and that was so just now. */
	object = READ_ONCE(client->recent[handle % WAPI_RECENT]);
	if (likely(object && READ_ONCE(object->handle) == handle))
		return object;

	object = wapi_handle_at(&client->domain->handles, wapi_handle_index(handle));
	if (!object || READ_ONCE(object->handle) != handle ||
	    !wapi_reference_peek(client, handle))
		return NULL;
	return object;
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
			 struct wapi_deadline *deadline, bool tried)
{
	struct wapi_waiter *few = wait->waiters;
	bool poll, queue;
	int err;

	/* A signal is given once, and in one step with queueing. */
	poll = (args->signal || tried) && wapi_deadline_has_passed(deadline);
	queue = (args->signal || tried) && !poll;
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

static int wapi_wait_tell(const struct wapi_request *request)
{
	size_t told = request->told;

	return request->size > told ? wapi_copy_out(request->result + told,
						    (void *)&request->args + told,
						    request->size - told) : 0;
}

/*
 * Wait for the objects of @wait->handles, of which wait.total - args->count are
 * the alert's, and tell; all that was acquired is given back if that fails.
 */
static int wapi_wait_and_tell(struct wapi_request *request, struct wapi_thread_wait *wait)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_deadline deadline = {
		.time = args->timeout,
		.clock = args->flags & WAPI_WAIT_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC,
	};
	struct wapi_waiter few_waiters[WAPI_FEW_WAITERS] __uninitialized;
	int err;

	/* What it signals cannot be undone, so be sure that it can be told. */
	if (args->signal && wapi_wait_tell(request))
		return -EFAULT;
	wait->waiters = few_waiters;
	trace_wapi_wait_begin(request->client, args->count, args->flags, args->timeout);
	err = wapi_wait_run(wait, args, &deadline, request->tried);
	trace_wapi_wait_end(request->client, err, atomic_read(&wait->outcome));
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

/*
 * Can the wait just have a locked object, and need not be told of anything?
 * Becomes that of an owner of mutexes if it is a mutex.
 */
static __always_inline bool wapi_wait_is_easy(const struct wapi_object *object,
					      struct wapi_thread_wait *wait)
{
	if (likely(wapi_object_type(object) != WAPI_TYPE_MUTEX))
		return wapi_object_is_set(object);
	wait->owner = wapi_owner_find();
	return wait->owner && !object->mutex.abandoned_by &&
	       (wapi_object_is_set(object) || object->mutex.owner == wait->owner);
}

/* Tell that the first or all were acquired.  Return: as wapi_copy_out_locked() */
static __always_inline int wapi_wait_tell_easy(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	const size_t told = offsetof(struct wapi_wait, signal_count);

	args->index = 0;
	args->abandoned = WAPI_WAIT_NOT_ABANDONED;
	args->abandoned_tid = 0;
	return wapi_copy_out_locked(request->result + told, (void *)args + told,
				    offsetof(struct wapi_wait, pad) - told);
}

/* Is it sure that a wait for a locked object, which is not easy, must sleep? */
static bool wapi_wait_is_vain(const struct wapi_object *object)
{
	return !(object->state & (WAPI_ENTRY_ASK | WAPI_ENTRY_SIGNALLED)) &&
	       wapi_type_of(object)->caps & WAPI_CAP_WAIT;
}

/*
 * The wait for one object that is signalled, which needs none of all that.
 *
 * Return: 0, -EBADF or -EFAULT; -ETIMEDOUT if it is not signalled; -EAGAIN for all
 * other cases, and nothing was done
 */
static __always_inline int wapi_wait_one(struct wapi_request *request,
					 struct wapi_thread_wait *wait)
{
	struct wapi_client *client = request->client;
	struct wapi_object *object;
	u32 handle;
	int err;

	err = wapi_copy_in_u32(&handle, u64_to_user_ptr(request->args.wait.handles));
	if (unlikely(err))
		return err;
	object = wapi_reference_lock(client, handle);
	if (unlikely(!object))
		return -EBADF;
	wait->owner = NULL;
	wait->client = client;
	if (likely(wapi_wait_is_easy(object, wait)))
		err = wapi_wait_tell_easy(request);
	else
		err = wapi_wait_is_vain(object) ? -ETIMEDOUT : -EAGAIN;
	if (unlikely(err))
		goto unlock;
	if (wait->owner)
		wapi_mutex_take(object, wait->owner, client);
	else
		wapi_type_of(object)->acquire(object, wait, 0);
unlock:
	wapi_object_unlock_kept(object);
	return err;
}

/*
 * The wait for a few objects that are all signalled.
 *
 * Who holds wapi_domain.freeze, and nobody else, may lock several objects at once.
 *
 * Return: as wapi_wait_one()
 */
static noinline int wapi_wait_all_few(struct wapi_request *request, struct wapi_thread_wait *wait)
{
	struct wapi_object *objects[WAPI_FEW_WAITERS] __uninitialized, *object;
	u32 handles[WAPI_FEW_WAITERS] __uninitialized;
	struct wapi_wait *args = &request->args.wait;
	struct wapi_client *client = request->client;
	spinlock_t *freeze = &client->domain->freeze;
	u32 count = args->count, locked = 0, i, j;
	int err;

	if (wapi_copy_in_bytes(handles, u64_to_user_ptr(args->handles), count * sizeof(*handles)))
		return -EFAULT;
	wait->owner = NULL;
	wait->client = client;
	rcu_read_lock();
	for (i = 0; i < count; i++) {
		object = wapi_wait_find_one(client, handles[i]);
		if (unlikely(!object))
			goto undecided;
		for (j = 0; j < i; j++)
			if (unlikely(objects[j] == object))
				goto undecided;
		objects[i] = object;
	}

	spin_lock(freeze);
	do {
		object = objects[locked];
		spin_lock_nest_lock(&object->lock, freeze);
		if (object->handle != handles[locked++] || wapi_object_is_gone(object) ||
		    !wapi_wait_is_easy(object, wait)) {
			err = -EAGAIN;
			goto unlock;
		}
	} while (locked < count);
	err = wapi_wait_tell_easy(request);
	for (i = 0; !err && i < count; i++)
		if (!(objects[i]->state & WAPI_ENTRY_KEEPS))
			wapi_acquire(objects[i], wait, i);
unlock:
	while (locked) {
		object = objects[--locked];
		/* The last one may not be what was meant. */
		if (!err)
			wapi_object_tell(object);
		spin_unlock(&object->lock);
	}
	spin_unlock(freeze);
	rcu_read_unlock();
	return err;
undecided:
	rcu_read_unlock();
	return -EAGAIN;
}

static __always_inline bool wapi_wait_is_well_formed(const struct wapi_request *request)
{
	const struct wapi_wait *args = &request->args.wait;

	return !(args->flags & ~(WAPI_WAIT_ALL | WAPI_WAIT_REALTIME)) &&
	       (args->count == 1 || args->count <= WAPI_WAIT_MAX) &&
	       !args->pad[0] && !args->pad[1] && (!args->signal_count || args->signal) &&
	       (!request->batched || !args->timeout);
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
	struct wapi_thread_wait wait __uninitialized;

	if (!wapi_wait_is_well_formed(request))
		return -EINVAL;
	wapi_wait_init(&wait, request->client);
	wait.all = args->flags & WAPI_WAIT_ALL;
	wait.count = args->count;
	wait.total = args->count + !!args->alert;
	return wait.total <= WAPI_FEW ? wapi_wait_few(request, &wait) :
					wapi_wait_many(request, &wait);
}

/**
 * wapi_wait_quick - the same, with a structure of our size
 * @request: the request
 *
 * Return: as wapi_wait()
 */
int wapi_wait_quick(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_thread_wait wait __uninitialized;
	int err = -EAGAIN;

	if (unlikely(!wapi_wait_is_well_formed(request)))
		return -EINVAL;
	/* Who traces wants to be told of every wait. */
	if (trace_wapi_wait_begin_enabled() || trace_wapi_wait_end_enabled()) {
		request->tried = false;
		return wapi_wait(request);
	}
	if (!args->alert && !args->signal) {
		if (args->count == 1)
			err = wapi_wait_one(request, &wait);
		else if (args->flags & WAPI_WAIT_ALL && args->count &&
			 args->count <= WAPI_FEW_WAITERS)
			err = wapi_wait_all_few(request, &wait);
	}
	if (likely(!err))
		return 0;
	request->tried = err == -ETIMEDOUT;
	return err == -EAGAIN || (request->tried && args->timeout > 0) ? wapi_wait(request) : err;
}
