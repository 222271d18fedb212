// SPDX-License-Identifier: GPL-2.0
/*
 * Threads: signalled from their end on.
 *
 * A thread makes the object that stands for itself, and can tell its exit code
 * before it ends, which the kernel does not know of.
 */
#include <linux/pid.h>

#include "wapi_internal.h"

static int wapi_thread_create(struct wapi_object *object, struct wapi_client *client,
			      const struct wapi_new *args)
{
	struct wapi_owner *owner;

	if (!(args->flags & WAPI_NEW_SELF))
		return 0;
	/* So that wapi_owner_exec() knows the thread by the id that it has now. */
	owner = wapi_owner_get();
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	return wapi_running_watch(object, task_pid(current), false);
}

const struct wapi_type_ops wapi_thread_type = {
	.caps		= WAPI_CAP_WAIT,
	.new_flags	= WAPI_NEW_SELF,
	.create		= wapi_thread_create,
	.abort		= wapi_running_abort,
	.destroy	= wapi_running_destroy,
	.is_signalled	= wapi_running_is_signalled,
	.acquire	= wapi_running_acquire,
	.unacquire	= wapi_running_unacquire,
	.describe	= wapi_running_describe,
};

/**
 * wapi_thread_exit_locked - WAPI_IOC_THREAD_EXIT
 * @request: the request, with the locked object
 *
 * Return: 0, or an error that &struct wapi_thread_exit tells of
 */
int wapi_thread_exit_locked(struct wapi_request *request)
{
	struct wapi_thread_exit *args = &request->args.thread_exit;
	struct wapi_object *object = request->object;

	if (args->flags || args->pad)
		return -EINVAL;
	if (object->type != WAPI_TYPE_THREAD)
		return -EOPNOTSUPP;
	if (!object->running || object->running->pid != task_pid(current))
		return -EPERM;
	object->running->status = args->status;
	object->running->status_known = true;
	return 0;
}
