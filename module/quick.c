// SPDX-License-Identifier: GPL-2.0
/*
 * Quick waits: those for one object, or a few, that need little of what a wait may
 * need.  Where one turns out to need more, nothing was done, and it is made the
 * other way; see wait.c.
 */
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "client.h"
#include "exact.h"
#include "find.h"
#include "mutex.h"
#include "object.h"
#include "owner.h"
#include "queue.h"
#include "reference.h"
#include "trace.h"
#include "type.h"
#include "wait.h"

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
	       (wapi_object_is_set(object) ||
		(object->mutex.owner == wait->owner &&
		 object->mutex.count != WAPI_MUTEX_COUNT_MAX));
}

static __always_inline void wapi_wait_fill_in(struct wapi_wait *args)
{
	args->index = 0;
	args->abandoned = WAPI_WAIT_NOT_ABANDONED;
	args->abandoned_tid = 0;
}

/* Tell that the first or all were acquired.  Return: as wapi_copy_out_locked() */
static __always_inline int wapi_wait_tell_easy(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	const size_t told = offsetof(struct wapi_wait, signal_count);

	wapi_wait_fill_in(args);
	return wapi_copy_out_locked(request->result + told, (void *)args + told,
				    offsetof(struct wapi_wait, pad) - told);
}

/* Is it sure that a wait for a locked object, which is not easy, must sleep? */
static bool wapi_wait_is_vain(const struct wapi_object *object)
{
	return !(object->state & (WAPI_ENTRY_ASK | WAPI_ENTRY_SIGNALLED)) &&
	       wapi_type_of(object)->caps & WAPI_CAP_WAIT;
}

/* Begin to wait for a locked object, and to be seen in listings. */
static __always_inline void wapi_quick_enqueue(struct wapi_thread_wait *wait,
					       struct wapi_client *client,
					       struct wapi_object **object, u32 *handle,
					       struct wapi_waiter *waiter)
{
	wapi_wait_init(wait, client);
	wait->since = ktime_get_ns();
	wait->handles = handle;
	wait->objects = object;
	wait->waiters = waiter;
	wait->count = 1;
	wait->total = 1;
	wapi_enqueue_locked(wait, 0);
}

/* Sleep, and tell how the wait ended.  Return: as wapi_wait() */
static __always_inline int wapi_quick_sleep(struct wapi_request *request,
					    struct wapi_thread_wait *wait,
					    struct wapi_deadline *deadline)
{
	int err = wapi_sleep(wait, deadline);

	wapi_dequeue_all(wait);
	if (likely(!err)) {
		wapi_wait_fill_in(&request->args.wait);
		if (likely(!wapi_wait_tell(request)))
			return 0;
	}
	return wapi_wait_tell_end(request, wait, err);
}

/* Wait for one locked object, which is unlocked.  Return: as wapi_wait() */
static noinline int wapi_quick_sleep_for(struct wapi_request *request,
					 struct wapi_object *object, u32 handle)
{
	struct wapi_deadline deadline = wapi_wait_deadline(&request->args.wait);
	struct wapi_thread_wait wait __uninitialized;
	struct wapi_waiter waiter __uninitialized;

	wapi_quick_enqueue(&wait, request->client, &object, &handle, &waiter);
	wapi_object_unlock_kept(object);
	return wapi_quick_sleep(request, &wait, &deadline);
}

/*
 * The wait for one object that is signalled, or that it must sleep for.
 *
 * Return: as wapi_wait(); -EAGAIN for all other cases, and nothing was done
 */
static __always_inline int wapi_wait_one(struct wapi_request *request,
					 struct wapi_thread_wait *wait)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_client *client = request->client;
	struct wapi_deadline deadline;
	struct wapi_object *object;
	u32 handle;
	int err;

	err = wapi_copy_in_u32(&handle, u64_to_user_ptr(args->handles));
	if (unlikely(err))
		return err;
	object = wapi_reference_lock(client, handle);
	if (unlikely(!object))
		return -EBADF;
	wait->owner = NULL;
	wait->client = client;
	if (unlikely(!wapi_wait_is_easy(object, wait))) {
		err = -EAGAIN;
		if (!wapi_wait_is_vain(object))
			goto unlock;
		deadline = wapi_wait_deadline(args);
		if (!wapi_deadline_has_passed(&deadline))
			return wapi_quick_sleep_for(request, object, handle);
		err = -ETIMEDOUT;
		goto unlock;
	}
	err = wapi_wait_tell_easy(request);
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
 * Lock two objects, neither of which is needed by a wait for all.  Return: whether
 * they are still there, and then freeze is held; else nothing is
 */
static bool wapi_lock_two(spinlock_t *freeze, struct wapi_object *one, u32 handle_of_one,
			  struct wapi_object *other, u32 handle_of_other)
{
	spin_lock(freeze);
	spin_lock_nest_lock(&one->lock, freeze);
	spin_lock_nest_lock(&other->lock, freeze);
	if (likely(wapi_object_is_still(one, handle_of_one) &&
		   wapi_object_is_still(other, handle_of_other) &&
		   !one->frozen && !other->frozen))
		return true;
	spin_unlock(&other->lock);
	spin_unlock(&one->lock);
	spin_unlock(freeze);
	return false;
}

/*
 * Signal an object and wait for another, in one step, both of types that ask
 * nobody who they are.
 *
 * Return: as wapi_wait(); -EAGAIN if it is another case, and nothing was done
 */
static noinline int wapi_signal_and_wait(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_client *client = request->client;
	spinlock_t *freeze = &client->domain->freeze;
	struct wapi_deadline deadline = wapi_wait_deadline(args);
	struct wapi_thread_wait wait __uninitialized;
	struct wapi_waiter waiter __uninitialized;
	struct wapi_object *signal, *object;
	u32 handle;
	int err;

	if (wapi_copy_in_u32(&handle, u64_to_user_ptr(args->handles)))
		return -EFAULT;
	if (handle == args->signal || wapi_deadline_has_passed(&deadline))
		return -EAGAIN;
	/* What it signals cannot be undone, so be sure that it can be told. */
	if (wapi_wait_tell(request))
		return -EFAULT;

	wapi_find_begin();
	signal = wapi_wait_find_one(client, args->signal);
	object = wapi_wait_find_one(client, handle);
	if (!signal || !object ||
	    !wapi_lock_two(freeze, signal, args->signal, object, handle)) {
		wapi_find_end();
		return -EAGAIN;
	}
	err = -EAGAIN;
	if (!wapi_wait_is_vain(object) || signal->state & WAPI_ENTRY_ASK ||
	    !wapi_type_of(signal)->signal)
		goto unlock;
	err = wapi_type_of(signal)->signal(signal, args->signal_count);
	if (!err) {
		wapi_quick_enqueue(&wait, client, &object, &handle, &waiter);
		wapi_wake_waiters(signal);
	}
unlock:
	wapi_object_tell(signal);
	spin_unlock(&object->lock);
	spin_unlock(&signal->lock);
	spin_unlock(freeze);
	wapi_find_end();
	if (err)
		return err;

	args->signal = 0;
	args->signal_count = 0;
	/*
	 * If who was woken is to run before this thread anyway, let it: often it
	 * satisfies the wait, which then need not sleep.
	 */
	cond_resched();
	return wapi_quick_sleep(request, &wait, &deadline);
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
		if (!wapi_object_is_still(object, handles[locked++]) ||
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

/* As wapi_wait(). */
static __always_inline int wapi_wait_quickly(struct wapi_request *request)
{
	struct wapi_wait *args = &request->args.wait;
	struct wapi_thread_wait wait __uninitialized;
	int err = -EAGAIN;

	if (unlikely(!wapi_wait_is_well_formed(request)))
		return -EINVAL;
	/* Who traces wants to be told of every wait. */
	if (trace_wapi_wait_begin_enabled() || trace_wapi_wait_end_enabled())
		return wapi_wait(request);
	if (!args->alert && args->signal && args->count == 1) {
		err = wapi_signal_and_wait(request);
	} else if (!args->alert && !args->signal) {
		if (args->count == 1)
			err = wapi_wait_one(request, &wait);
		else if (args->flags & WAPI_WAIT_ALL && args->count &&
			 args->count <= WAPI_FEW_WAITERS)
			err = wapi_wait_all_few(request, &wait);
	}
	return unlikely(err == -EAGAIN) ? wapi_wait(request) : err;
}

/* WAPI_IOC_WAIT, whose structure never had another size. */
WAPI_EXACT_TELLS(wapi_wait_quick, wapi_wait, wapi_wait_quickly)
