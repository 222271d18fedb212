// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes.  To the kernel they are named by a pidfd, which says that the
 * caller may see the process, and which no other process can get.
 */
#include "internal.h"

#include <sys/syscall.h>
#include <unistd.h>

WAPI_EXPORT int wapi_process_new(struct wapi_client *client, uint32_t flags,
				 int pidfd, const char *name, uint32_t *handle,
				 bool *existed)
{
	struct wapi_new request = {
		.type = WAPI_TYPE_PROCESS,
		.flags = flags | WAPI_NEW_PIDFD,
		.pidfd = pidfd,
	};

	return libwapi_new_named(client, &request, name, handle, existed);
}

WAPI_EXPORT int wapi_process_new_pid(struct wapi_client *client, uint32_t flags,
				     pid_t pid, const char *name,
				     uint32_t *handle, bool *existed)
{
	int error, pidfd;

	/* Sets FD_CLOEXEC; younger than some C libraries. */
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return -errno;
	error = wapi_process_new(client, flags, pidfd, name, handle, existed);
	close(pidfd);
	return error;
}
