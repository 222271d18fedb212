// SPDX-License-Identifier: GPL-2.0
/*
 * Processes: signalled from their end on, whoever their parent is.
 *
 * A process object is made from a pidfd, which says that its maker may see the
 * process; without one it is a record that is never signalled.
 */
#include <linux/file.h>
#include <linux/pid.h>

#include "client.h"
#include "compat.h"
#include "object.h"
#include "running.h"
#include "type.h"

static int wapi_process_create(struct wapi_object *object, struct wapi_client *client,
			       const struct wapi_new *args)
{
	struct file *file;
	struct pid *pid;
	int err = -EBADF;

	if (!(args->flags & WAPI_NEW_PIDFD))
		return 0;
	file = fget(args->pidfd);
	if (!file)
		return -EBADF;
	pid = wapi_compat_pidfd_pid(file);
	if (pid)
		err = wapi_running_watch(object, pid, true);
	fput(file);
	return err;
}

const struct wapi_type_ops wapi_process_type = {
	.caps		= WAPI_CAP_WAIT,
	.entry		= WAPI_ENTRY_ASK | WAPI_ENTRY_KEEPS,
	.new_flags	= WAPI_NEW_PIDFD,
	.create		= wapi_process_create,
	.abort		= wapi_running_abort,
	.destroy	= wapi_running_destroy,
	.is_signalled	= wapi_running_is_signalled,
	.acquire	= wapi_running_acquire,
	.unacquire	= wapi_running_unacquire,
	.describe	= wapi_running_describe,
};
