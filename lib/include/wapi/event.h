/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events: set or not, and waited for until they are set. */
#ifndef WAPI_EVENT_H
#define WAPI_EVENT_H

#include <stdbool.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_event_new() - make an event, or open the one of that name
 * @client: the client; it gets one reference
 * @flags: %WAPI_NEW_MANUAL: it stays set until it is reset, else a wait that it
 *         ends resets it; %WAPI_NEW_SIGNALLED: it is set from the beginning;
 *         %WAPI_NEW_EXCLUSIVE: the name must not be taken
 * @name: its name, or NULL for none; see <wapi/name.h>
 * @handle: out: the handle
 * @existed: out: whether it was there before; may be NULL
 *
 * Return: 0, -EEXIST if the name is taken and was not to be, -EPROTOTYPE if it
 * is of another type, -EINVAL for a malformed name or another flag, -ENOSPC at
 * the domain's limit of handles, or another negative errno.
 */
int wapi_event_new(struct wapi_client *client, uint32_t flags, const char *name,
		   uint32_t *handle, bool *existed);

/**
 * wapi_set() - set an event: %WAPI_IOC_SET
 * @client: the client
 * @handle: an event, or a file, console, socket or pipe whose users keep its
 *          state
 * @previous: out: whether it was set before; may be NULL
 *
 * Return: 0, -EBADF if the client holds no reference, -EOPNOTSUPP for another
 * type, or another negative errno.
 */
int wapi_set(struct wapi_client *client, uint32_t handle, bool *previous);

/**
 * wapi_reset() - reset an event: %WAPI_IOC_RESET
 * @client: the client
 * @handle: as for wapi_set()
 * @previous: out: whether it was set before; may be NULL
 *
 * Return: as wapi_set().
 */
int wapi_reset(struct wapi_client *client, uint32_t handle, bool *previous);

/**
 * wapi_pulse() - let go whoever waits for an event now: %WAPI_IOC_PULSE
 * @client: the client
 * @handle: as for wapi_set()
 * @previous: out: whether it was set before; may be NULL
 *
 * All of them, or one if the event resets itself.  It is reset after that.
 *
 * Return: as wapi_set().
 */
int wapi_pulse(struct wapi_client *client, uint32_t handle, bool *previous);

#include <wapi/end.h>

#endif /* WAPI_EVENT_H */
