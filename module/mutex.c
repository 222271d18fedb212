// SPDX-License-Identifier: GPL-2.0
/*
 * Mutexes: owned by a thread, as often as it has taken them.
 *
 * A mutex that is owned pins itself.  When its owner ends, or the client
 * through which it was taken, it is abandoned: the next thread acquires it and
 * is told, once.
 */
#include <linux/pid.h>

#include "brief.h"
#include "client.h"
#include "mutex.h"
#include "object.h"
#include "owner.h"
#include "queue.h"
#include "request.h"
#include "trace.h"
#include "type.h"

static bool wapi_mutex_is_signalled(const struct wapi_object *object, const struct wapi_owner *by)
{
	const struct wapi_owner *owner = READ_ONCE(object->mutex.owner);

	if (owner && owner == by)
		return object->mutex.count != WAPI_MUTEX_COUNT_MAX;
	return !owner || wapi_owner_is_ending(owner);
}

/*
 * A mutex stays in the lists of who took it last, so that who takes it again and
 * again need not go through them.  These find it when an owner or client ends.
 */
static void wapi_mutex_unlist_owner(struct wapi_mutex *mutex)
{
	struct wapi_owner *owner = mutex->listed_owner;

	if (!owner)
		return;
	spin_lock(&owner->lock);
	list_del(&mutex->in_owner);
	spin_unlock(&owner->lock);
	mutex->listed_owner = NULL;
}

static void wapi_mutex_unlist_client(struct wapi_mutex *mutex)
{
	struct wapi_client *client = mutex->listed_client;

	if (!client)
		return;
	spin_lock(&client->lock);
	list_del(&mutex->in_client);
	spin_unlock(&client->lock);
	mutex->listed_client = NULL;
}

static noinline void wapi_mutex_list_owner(struct wapi_mutex *mutex, struct wapi_owner *owner)
{
	wapi_mutex_unlist_owner(mutex);
	spin_lock(&owner->lock);
	list_add_tail(&mutex->in_owner, &owner->mutexes);
	spin_unlock(&owner->lock);
	mutex->listed_owner = owner;
}

static noinline void wapi_mutex_list_client(struct wapi_mutex *mutex, struct wapi_client *client)
{
	wapi_mutex_unlist_client(mutex);
	spin_lock(&client->lock);
	list_add_tail(&mutex->in_client, &client->mutexes);
	spin_unlock(&client->lock);
	mutex->listed_client = client;
}

static __always_inline void wapi_mutex_own(struct wapi_object *object, struct wapi_owner *owner,
					   struct wapi_client *client)
{
	struct wapi_mutex *mutex = &object->mutex;

	if (unlikely(mutex->listed_owner != owner))
		wapi_mutex_list_owner(mutex, owner);
	if (unlikely(client && mutex->listed_client != client))
		wapi_mutex_list_client(mutex, client);
	WRITE_ONCE(mutex->owner, owner);
	mutex->client = client;
	mutex->count = 1;
	object->pins++;
	wapi_object_set_signalled(object, false);
}

static void wapi_mutex_disown(struct wapi_object *object)
{
	struct wapi_mutex *mutex = &object->mutex;

	WRITE_ONCE(mutex->owner, NULL);
	object->pins--;
	wapi_object_set_signalled(object, true);
}

static void wapi_mutex_abandon(struct wapi_object *object)
{
	struct wapi_mutex *mutex = &object->mutex;

	put_pid(mutex->abandoned_by);
	mutex->abandoned_by = get_pid(mutex->owner->pid);
	trace_wapi_abandon(object, mutex->abandoned_by);
	wapi_mutex_disown(object);
}

/**
 * wapi_mutex_abandon_read - abandon a mutex that was taken by reading a descriptor
 * @object: any locked object, without a descriptor left
 */
void wapi_mutex_abandon_read(struct wapi_object *object)
{
	if (wapi_object_type(object) != WAPI_TYPE_MUTEX || !object->mutex.owner ||
	    object->mutex.client)
		return;
	wapi_mutex_abandon(object);
	wapi_wake_waiters(object);
}

/**
 * wapi_mutex_settle_owned - let those who wait for a mutex have it if its owner is ending
 * @object: a locked mutex that has an owner
 *
 * Before somebody who comes later than they, but earlier than the owner's work
 * item.  Without a reference left, the mutex may be gone by that: that is left
 * to the work item.
 */
void wapi_mutex_settle_owned(struct wapi_object *object)
{
	struct wapi_owner *owner = object->mutex.owner;

	if (!object->references || !wapi_owner_is_ending(owner))
		return;
	wapi_mutex_abandon(object);
	wapi_wake_waiters(object);
}

static int wapi_mutex_create(struct wapi_object *object, struct wapi_client *client,
			     const struct wapi_new *args)
{
	struct wapi_owner *owner;

	object->mutex.owner = NULL;
	object->mutex.client = NULL;
	object->mutex.listed_owner = NULL;
	object->mutex.listed_client = NULL;
	object->mutex.abandoned_by = NULL;
	object->mutex.count = 0;
	wapi_object_set_signalled(object, true);
	if (!(args->flags & WAPI_NEW_OWNED))
		return 0;
	owner = wapi_owner_get();
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	wapi_mutex_own(object, owner, client);
	return 0;
}

static void wapi_mutex_abort(struct wapi_object *object)
{
	if (object->mutex.owner)
		wapi_mutex_disown(object);
}

static void wapi_mutex_destroy(struct wapi_object *object)
{
	wapi_mutex_unlist_owner(&object->mutex);
	wapi_mutex_unlist_client(&object->mutex);
	put_pid(object->mutex.abandoned_by);
}

/**
 * wapi_mutex_take - let a thread own a mutex that was not abandoned, once more
 * @object: the locked object, which nobody else owns
 * @owner: the thread
 * @client: through which it takes it
 */
void wapi_mutex_take(struct wapi_object *object, struct wapi_owner *owner,
		     struct wapi_client *client)
{
	if (object->mutex.owner)
		object->mutex.count++;
	else
		wapi_mutex_own(object, owner, client);
}

static void wapi_mutex_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index)
{
	struct wapi_mutex *mutex = &object->mutex;

	if (mutex->owner == wait->owner) {
		mutex->count++;
		return;
	}
	/* Its thread is past the point where it could release it. */
	if (mutex->owner)
		wapi_mutex_abandon(object);
	if (mutex->abandoned_by)
		wapi_wait_was_abandoned(wait, index, get_pid(mutex->abandoned_by));
	wapi_mutex_own(object, wait->owner, wait->client);
}

static void wapi_mutex_unacquire(struct wapi_object *object)
{
	if (--object->mutex.count == 0)
		wapi_mutex_disown(object);
}

/* Unlike an owner that could not be told, one that releases it knows. */
static void wapi_mutex_let_go(struct wapi_object *object)
{
	struct wapi_mutex *mutex = &object->mutex;

	if (--mutex->count)
		return;
	wapi_mutex_disown(object);
	if (likely(!mutex->abandoned_by))
		return;
	put_pid(mutex->abandoned_by);
	mutex->abandoned_by = NULL;
}

static bool wapi_mutex_is_own(const struct wapi_object *object)
{
	return object->mutex.owner && object->mutex.owner->task == current;
}

static int wapi_mutex_signal(struct wapi_object *object, u32 count)
{
	if (count)
		return -EINVAL;
	if (!wapi_mutex_is_own(object))
		return -EPERM;
	wapi_mutex_let_go(object);
	return 0;
}

static void wapi_mutex_describe(const struct wapi_object *object, struct pid_namespace *pids,
				struct wapi_state *state)
{
	const struct wapi_mutex *mutex = &object->mutex;

	if (mutex->owner && !wapi_owner_is_ending(mutex->owner)) {
		state->tid = pid_nr_ns(mutex->owner->pid, pids);
		state->pid = task_tgid_nr_ns(mutex->owner->task, pids);
		state->count = mutex->count;
	} else if (mutex->owner || mutex->abandoned_by) {
		state->flags |= WAPI_STATE_ABANDONED;
		state->tid = pid_nr_ns(mutex->owner ? mutex->owner->pid : mutex->abandoned_by,
				       pids);
	}
}

const struct wapi_type_ops wapi_mutex_type = {
	.caps		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL | WAPI_CAP_OWN,
	.entry		= WAPI_ENTRY_ASK,
	.new_flags	= WAPI_NEW_OWNED,
	.create		= wapi_mutex_create,
	.abort		= wapi_mutex_abort,
	.destroy	= wapi_mutex_destroy,
	.is_signalled	= wapi_mutex_is_signalled,
	.acquire	= wapi_mutex_acquire,
	.unacquire	= wapi_mutex_unacquire,
	.signal		= wapi_mutex_signal,
	.describe	= wapi_mutex_describe,
};

/* Of the two that have lists of mutexes, an owner or a client, one is meant. */
static bool wapi_mutex_is_held_by(const struct wapi_mutex *mutex, const struct wapi_owner *owner,
				  const struct wapi_client *client)
{
	return client ? mutex->client == client : mutex->owner == owner;
}

static bool wapi_mutex_is_listed_by(const struct wapi_mutex *mutex,
				    const struct wapi_owner *owner,
				    const struct wapi_client *client)
{
	return client ? mutex->listed_client == client : mutex->listed_owner == owner;
}

/*
 * Empty a list of mutexes that is guarded by @lock, and abandon those that are
 * owned.  The lock of an object goes before it, so each is found first, then
 * locked, then looked at again.  One that is gone is taken out by who frees it.
 */
static void wapi_mutex_abandon_all(struct list_head *mutexes, size_t node, spinlock_t *lock,
				   struct wapi_owner *owner, struct wapi_client *client)
{
	struct wapi_object *object;
	struct wapi_mutex *mutex;

	for (;;) {
		cond_resched();
		object = NULL;
		rcu_read_lock();
		spin_lock(lock);
		if (!list_empty(mutexes))
			object = (void *)mutexes->next - node;
		spin_unlock(lock);
		if (!object || !wapi_object_lock_live(object)) {
			rcu_read_unlock();
			if (!object)
				return;
			continue;
		}
		rcu_read_unlock();
		mutex = &object->mutex;
		/* Another may have taken it meanwhile; it may be another object. */
		if (wapi_object_type(object) != WAPI_TYPE_MUTEX ||
		    (!wapi_mutex_is_held_by(mutex, owner, client) &&
		     !wapi_mutex_is_listed_by(mutex, owner, client))) {
			wapi_object_unlock_other(object);
			continue;
		}
		if (mutex->owner && wapi_mutex_is_held_by(mutex, owner, client)) {
			wapi_mutex_abandon(object);
			wapi_wake_waiters(object);
		}
		if (owner && mutex->listed_owner == owner)
			wapi_mutex_unlist_owner(mutex);
		if (client && mutex->listed_client == client)
			wapi_mutex_unlist_client(mutex);
		wapi_object_unlock(object);
	}
}

/**
 * wapi_mutex_abandon_all_of_owner - abandon the mutexes of a thread that has ended
 * @owner: the thread
 */
void wapi_mutex_abandon_all_of_owner(struct wapi_owner *owner)
{
	wapi_mutex_abandon_all(&owner->mutexes, offsetof(struct wapi_object, mutex.in_owner),
			       &owner->lock, owner, NULL);
}

/**
 * wapi_mutex_abandon_all_of_client - abandon the mutexes taken through a client that ends
 * @client: the client
 */
void wapi_mutex_abandon_all_of_client(struct wapi_client *client)
{
	wapi_mutex_abandon_all(&client->mutexes, offsetof(struct wapi_object, mutex.in_client),
			       &client->lock, NULL, client);
}

/**
 * wapi_mutex_release_locked - WAPI_IOC_MUTEX_RELEASE
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: 0, or an error that &struct wapi_mutex_release tells of; -EAGAIN
 */
int wapi_mutex_release_locked(struct wapi_object *object, struct wapi_client *client,
			      struct wapi_word word, void __user *result)
{
	int err;

	/* The second field is padding. */
	if (word.second)
		return -EINVAL;
	if (wapi_object_type(object) != WAPI_TYPE_MUTEX)
		return -EOPNOTSUPP;
	if (!wapi_mutex_is_own(object))
		return -EPERM;
	err = wapi_tell_word(result, object->mutex.count - 1, 0);
	if (unlikely(err))
		return err;
	wapi_mutex_let_go(object);
	wapi_wake_waiters(object);
	return 0;
}
