/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors of objects, for event loops: poll(), epoll, io_uring.
 *
 * Such a descriptor is readable while a wait of the polling thread for the object
 * would be satisfied; reading it is such a wait.  It keeps the object alive and
 * can be passed to any process.
 */
#ifndef WAPI_POLL_H
#define WAPI_POLL_H

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_to_fd() - make a descriptor of an object: %WAPI_IOC_TO_FD
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @flags: O_CLOEXEC, O_NONBLOCK or 0
 * @fd: out: the descriptor, to be closed with close()
 *
 * Return: 0, -EBADF if the client holds no reference, -EOPNOTSUPP for an object
 * that cannot be waited for, -EINVAL for another flag, -EMFILE, or another
 * negative errno.
 */
int wapi_to_fd(struct wapi_client *client, uint32_t handle, uint32_t flags,
	       int *fd);

/**
 * wapi_from_fd() - the handle of a descriptor's object: %WAPI_IOC_FROM_FD
 * @client: the client; it gets one reference
 * @fd: a descriptor made by wapi_to_fd() in this domain; it remains the caller's
 * @handle: out: the handle
 * @type: out: its &enum wapi_type; may be NULL
 *
 * Return: 0, -EBADF if @fd is no such descriptor, -ESTALE if it is of another
 * domain, -EOVERFLOW if the client has 2^31 - 1 references already, or another
 * negative errno.
 */
int wapi_from_fd(struct wapi_client *client, int fd, uint32_t *handle,
		 uint32_t *type);

/**
 * wapi_fd_read() - wait for the object of a descriptor, and acquire it
 * @fd: a descriptor made by wapi_to_fd()
 * @acquired: out: whether a mutex was abandoned; may be NULL
 *
 * Of several who are told that it is readable, one may find that another was
 * first: an event loop wants O_NONBLOCK and takes -EAGAIN for nothing.  Made
 * again when a signal handler interrupted it.
 *
 * Return: 0, -EAGAIN if it is not signalled and O_NONBLOCK is set, or what
 * read() gives.
 */
int wapi_fd_read(int fd, struct wapi_acquired *acquired);

#include <wapi/end.h>

#endif /* WAPI_POLL_H */
