// SPDX-License-Identifier: GPL-2.0
/*
 * Semaphores: a count that a wait takes one of, and that has a maximum.
 */
#include "wapi_internal.h"

static int wapi_semaphore_create(struct wapi_object *object, struct wapi_client *client,
				 const struct wapi_new *args)
{
	u32 maximum = args->maximum ?: S32_MAX;

	if (maximum > S32_MAX || args->count > maximum)
		return -EINVAL;
	object->semaphore.count = args->count;
	object->semaphore.maximum = maximum;
	return 0;
}

static bool wapi_semaphore_is_signalled(const struct wapi_object *object,
					const struct wapi_owner *by)
{
	return object->semaphore.count;
}

static void wapi_semaphore_acquire(struct wapi_object *object, struct wapi_thread_wait *wait,
				   u32 index)
{
	object->semaphore.count--;
}

/* Others may have released it to its maximum meanwhile. */
static void wapi_semaphore_unacquire(struct wapi_object *object)
{
	if (object->semaphore.count < object->semaphore.maximum)
		object->semaphore.count++;
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
		object->semaphore.count += count;
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
	.is_signalled	= wapi_semaphore_is_signalled,
	.acquire	= wapi_semaphore_acquire,
	.unacquire	= wapi_semaphore_unacquire,
	.signal		= wapi_semaphore_signal,
	.describe	= wapi_semaphore_describe,
};

/**
 * wapi_sem_release_locked - WAPI_IOC_SEM_RELEASE: tell what the count was
 * @request: the request, with the locked object
 *
 * Return: 0, or an error that &struct wapi_sem_release tells of
 */
int wapi_sem_release_locked(struct wapi_request *request)
{
	struct wapi_sem_release *args = &request->args.sem_release;
	struct wapi_object *object = request->object;

	if (args->flags)
		return -EINVAL;
	if (object->type != WAPI_TYPE_SEM)
		return -EOPNOTSUPP;
	args->previous = object->semaphore.count;
	return wapi_semaphore_check(object, args->count);
}

/**
 * wapi_sem_release_commit_locked - add to the count
 * @request: the request, with the locked object
 */
void wapi_sem_release_commit_locked(struct wapi_request *request)
{
	request->object->semaphore.count += request->args.sem_release.count;
	wapi_wake_waiters(request->object);
}
