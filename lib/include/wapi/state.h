/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * States: what a live handle is, and whether it is signalled, by a look at memory
 * that the kernel keeps up to date.
 *
 * These functions make a system call only if they must.  They need no reference:
 * they tell of any handle that is live in the domain, as wapi_search() does, and
 * what they tell may change at once if nothing else prevents that.  Where the
 * memory cannot be had, they ask the kernel, and tell the same.
 *
 * Who sees an object signalled sees also what was written, in memory that both
 * share, before it was signalled.
 */
#ifndef WAPI_STATE_H
#define WAPI_STATE_H

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_handle_type() - what a handle is of
 * @client: the client
 * @handle: the handle
 *
 * Return: &enum wapi_type, more than 0; -EBADF if no such handle is live in the
 * domain; or another negative errno.
 */
int wapi_handle_type(struct wapi_client *client, uint32_t handle);

/**
 * wapi_handle_test_capabilities() - what can be done with a handle
 * @client: the client
 * @handle: the handle
 * @caps: WAPI_CAP_* bits
 *
 * Return: 1 if objects of its type have all of @caps, 0 if not; -EBADF if no such
 * handle is live in the domain; or another negative errno.
 */
int wapi_handle_test_capabilities(struct wapi_client *client, uint32_t handle,
				  uint32_t caps);

/**
 * wapi_handle_is_signalled() - would a wait for a handle be satisfied now?
 * @client: the client
 * @handle: the handle
 *
 * With a reference, a wait of the calling thread: its own mutex is signalled.
 * Without one, a wait of a thread that owns no mutex.  Of a mutex that is owned,
 * and of a process or thread that has not ended, this is a system call.
 *
 * Return: 1 if it would, 0 if not; -EBADF if no such handle is live in the domain;
 * or another negative errno.
 */
int wapi_handle_is_signalled(struct wapi_client *client, uint32_t handle);

#include <wapi/end.h>

#endif /* WAPI_STATE_H */
