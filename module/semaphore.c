// SPDX-License-Identifier: GPL-2.0
/*
 * Semaphores: a count that a wait takes one of, and that has a maximum.
 */
#include "brief.h"
#include "client.h"
#include "object.h"
#include "queue.h"
#include "request.h"
#include "type.h"

static void wapi_semaphore_set_count(struct wapi_object *object, u32 count)
{
	object->semaphore.count = count;
	wapi_object_set_signalled(object, count);
}

static int wapi_semaphore_create(struct wapi_object *object, struct wapi_client *client,
				 const struct wapi_new *args)
{
	u32 maximum = args->maximum ?: S32_MAX;

	if (maximum > S32_MAX || args->count > maximum)
		return -EINVAL;
	object->semaphore.maximum = maximum;
	wapi_semaphore_set_count(object, args->count);
	return 0;
}

static void wapi_semaphore_acquire(struct wapi_object *object, struct wapi_thread_wait *wait,
				   u32 index)
{
	wapi_semaphore_set_count(object, object->semaphore.count - 1);
}

/* Others may have released it to its maximum meanwhile. */
static void wapi_semaphore_unacquire(struct wapi_object *object)
{
	if (object->semaphore.count < object->semaphore.maximum)
		wapi_semaphore_set_count(object, object->semaphore.count + 1);
}

static int wapi_semaphore_check(const struct wapi_object *object, u32 count)
{
	if (!count)
		return -EINVAL;
	if (count > object->semaphore.maximum - object->semaphore.count)
		return -EOVERFLOW;
	return 0;
}

static int wapi_semaphore_signal(struct wapi_object *object, u32 count)
{
	int err = wapi_semaphore_check(object, count);

	if (!err)
		wapi_semaphore_set_count(object, object->semaphore.count + count);
	return err;
}

static void wapi_semaphore_describe(const struct wapi_object *object, struct pid_namespace *pids,
				    struct wapi_state *state)
{
	state->count = object->semaphore.count;
	state->maximum = object->semaphore.maximum;
}

const struct wapi_type_ops wapi_semaphore_type = {
	.caps		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	.create		= wapi_semaphore_create,
	.acquire	= wapi_semaphore_acquire,
	.unacquire	= wapi_semaphore_unacquire,
	.signal		= wapi_semaphore_signal,
	.describe	= wapi_semaphore_describe,
};

/**
 * wapi_sem_release_locked - WAPI_IOC_SEM_RELEASE
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: 0, or an error that &struct wapi_sem_release tells of; -EAGAIN
 */
int wapi_sem_release_locked(struct wapi_object *object, struct wapi_client *client,
			    struct wapi_word word, void __user *result)
{
	u32 previous = object->semaphore.count;
	int err;

	if (wapi_object_type(object) != WAPI_TYPE_SEM)
		return -EOPNOTSUPP;
	err = wapi_semaphore_check(object, word.first);
	if (!err)
		err = wapi_tell_word(result, word.first, previous);
	if (unlikely(err))
		return err;
	wapi_semaphore_set_count(object, previous + word.first);
	wapi_wake_waiters(object);
	return 0;
}
