/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sharing: references that one process of a domain gives to another.
 *
 * A handle has the same value for all clients of a domain.  What is given is the
 * right to use it.
 */
#ifndef WAPI_SHARE_H
#define WAPI_SHARE_H

#include <stdbool.h>
#include <sys/types.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_dup() - give the client of another process a reference: %WAPI_IOC_DUP
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @pid: the process
 * @flags: 0, or %WAPI_DUP_MOVE: the client's reference goes over
 * @references: out: references of the client that remain; may be NULL
 *
 * The reference goes to the first client that the process has in this domain.
 *
 * Return: 0, -ESRCH if there is no such process or it has no client in this
 * domain, -EBADF if the client holds no reference, -EINVAL for another flag,
 * -EOVERFLOW if the other client has 2^31 - 1 references already, or another
 * negative errno.
 */
int wapi_dup(struct wapi_client *client, uint32_t handle, pid_t pid,
	     uint32_t flags, uint32_t *references);

/**
 * wapi_dup_to() - give the client of another process a reference: %WAPI_IOC_DUP
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @process: a process object, which names the process for ever
 * @flags: as for wapi_dup()
 * @references: out: as for wapi_dup()
 *
 * Return: as wapi_dup(); -EBADF for @process too, -EOPNOTSUPP if it is of another
 * type.
 */
int wapi_dup_to(struct wapi_client *client, uint32_t handle, uint32_t process,
		uint32_t flags, uint32_t *references);

/**
 * wapi_mark() - let children inherit a handle, or not: %WAPI_IOC_MARK
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @inherit: whether children may inherit it
 * @previous: out: what it was; may be NULL
 *
 * What counts is what is marked at the moment of the child's first use of the
 * client, or of its wapi_inherit().
 *
 * Return: 0, -EBADF if the client holds no reference, or another negative errno.
 */
int wapi_mark(struct wapi_client *client, uint32_t handle, bool inherit,
	      bool *previous);

/**
 * wapi_inherit() - take over what the parent lets inherit: %WAPI_IOC_INHERIT
 * @client: the client
 * @count: out: number of handles that it got a reference to; may be NULL
 *
 * For a program that was started by execve(): a forked child's client has done it
 * at its first use.  The handles have the values that they have in the parent,
 * and are marked inheritable.
 *
 * Return: 0, -ESRCH if the parent has no client in this domain, -EOVERFLOW if a
 * count would overflow, and then none is taken over, or another negative errno.
 */
int wapi_inherit(struct wapi_client *client, uint32_t *count);

#include <wapi/end.h>

#endif /* WAPI_SHARE_H */
