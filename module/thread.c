// SPDX-License-Identifier: GPL-2.0
/*
 * Threads: signalled from their end on.
 *
 * A thread makes the object that stands for itself, and can tell its exit code
 * before it ends, which the kernel does not know of.
 */
#include <linux/pid.h>

#include "brief.h"
#include "client.h"
#include "object.h"
#include "owner.h"
#include "request.h"
#include "running.h"
#include "type.h"

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
	.entry		= WAPI_ENTRY_ASK | WAPI_ENTRY_KEEPS,
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
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: 0, or an error that &struct wapi_thread_exit tells of
 */
int wapi_thread_exit_locked(struct wapi_object *object, struct wapi_client *client,
			    struct wapi_word word, void __user *result)
{
	/* The second field is padding. */
	if (word.second)
		return -EINVAL;
	if (wapi_object_type(object) != WAPI_TYPE_THREAD)
		return -EOPNOTSUPP;
	if (!object->running || object->running->pid != task_pid(current))
		return -EPERM;
	object->running->status = word.first;
	object->running->status_known = true;
	return 0;
}
