/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads: signalled from their end on. */
#ifndef WAPI_THREAD_H
#define WAPI_THREAD_H

#include <stdbool.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_thread_new() - make an object for the calling thread, or open that of a name
 * @client: the client; it gets one reference
 * @flags: %WAPI_NEW_EXCLUSIVE: the name must not be taken
 * @name: its name, or NULL for none; see <wapi/name.h>
 * @handle: out: the handle
 * @existed: out: whether it was there before, and so may be of another thread;
 *           may be NULL
 *
 * Return: as wapi_event_new().
 */
int wapi_thread_new(struct wapi_client *client, uint32_t flags,
		    const char *name, uint32_t *handle, bool *existed);

/**
 * wapi_thread_exit() - set the exit code in advance: %WAPI_IOC_THREAD_EXIT
 * @client: the client
 * @handle: an object made by wapi_thread_new() in the calling thread
 * @status: any number; wapi_query() tells it from now on
 *
 * The thread goes on; what it set last counts.
 *
 * Return: 0, -EPERM if it is not the calling thread's, -EBADF if the client holds
 * no reference, -EOPNOTSUPP for another type, or another negative errno.
 */
int wapi_thread_exit(struct wapi_client *client, uint32_t handle,
		     int32_t status);

#include <wapi/end.h>

#endif /* WAPI_THREAD_H */
