/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Semaphores: a count, of which each wait takes one. */
#ifndef WAPI_SEM_H
#define WAPI_SEM_H

#include <stdbool.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_sem_new() - make a semaphore, or open the one of that name
 * @client: the client; it gets one reference
 * @flags: %WAPI_NEW_EXCLUSIVE: the name must not be taken
 * @count: its count, not more than @maximum
 * @maximum: its greatest count; 0 for 2^31 - 1
 * @name: its name, or NULL for none; see <wapi/name.h>
 * @handle: out: the handle
 * @existed: out: whether it was there before; may be NULL
 *
 * Return: as wapi_event_new(); -EINVAL for a bad count too.
 */
int wapi_sem_new(struct wapi_client *client, uint32_t flags, uint32_t count,
		 uint32_t maximum, const char *name, uint32_t *handle,
		 bool *existed);

/**
 * wapi_sem_release() - add to a semaphore's count: %WAPI_IOC_SEM_RELEASE
 * @client: the client
 * @handle: a semaphore
 * @count: how much, not 0
 * @previous: out: the count before; may be NULL
 *
 * Return: 0, -EOVERFLOW if the count would exceed the maximum, -EINVAL for 0,
 * -EBADF if the client holds no reference, -EOPNOTSUPP for another type, or
 * another negative errno.
 */
int wapi_sem_release(struct wapi_client *client, uint32_t handle,
		     uint32_t count, uint32_t *previous);

#include <wapi/end.h>

#endif /* WAPI_SEM_H */
