/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mutexes: owned by one thread, as often as it has taken them.
 *
 * A wait takes a mutex; see <wapi/wait.h>.  When the thread that owns it ends,
 * or the client through which it took it, the next one that waits gets it at
 * once and is told so.
 */
#ifndef WAPI_MUTEX_H
#define WAPI_MUTEX_H

#include <stdbool.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_mutex_new() - make a mutex, or open the one of that name
 * @client: the client; it gets one reference
 * @flags: %WAPI_NEW_OWNED: owned by the calling thread, unless it existed;
 *         %WAPI_NEW_EXCLUSIVE: the name must not be taken
 * @name: its name, or NULL for none; see <wapi/name.h>
 * @handle: out: the handle
 * @existed: out: whether it was there before; may be NULL
 *
 * Return: as wapi_event_new().
 */
int wapi_mutex_new(struct wapi_client *client, uint32_t flags, const char *name,
		   uint32_t *handle, bool *existed);

/**
 * wapi_mutex_release() - release a mutex once: %WAPI_IOC_MUTEX_RELEASE
 * @client: the client
 * @handle: a mutex that the calling thread owns
 * @count: out: how often the thread still has it; may be NULL
 *
 * Return: 0, -EPERM if the calling thread is not its owner, -EBADF if the client
 * holds no reference, -EOPNOTSUPP for another type, or another negative errno.
 */
int wapi_mutex_release(struct wapi_client *client, uint32_t handle,
		       uint32_t *count);

#include <wapi/end.h>

#endif /* WAPI_MUTEX_H */
