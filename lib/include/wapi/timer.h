/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timers: signalled at a time, once or again after each period. */
#ifndef WAPI_TIMER_H
#define WAPI_TIMER_H

#include <stdbool.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_timer_new() - make a timer, or open the one of that name
 * @client: the client; it gets one reference
 * @flags: %WAPI_NEW_MANUAL: when it is signalled it stays so until it is set anew,
 *         else it satisfies one wait; %WAPI_NEW_EXCLUSIVE: the name must not be
 *         taken
 * @name: its name, or NULL for none; see <wapi/name.h>
 * @handle: out: the handle
 * @existed: out: whether it was there before; may be NULL
 *
 * A new timer is not set.
 *
 * Return: as wapi_event_new(); -EINVAL from a module without timers.
 */
int wapi_timer_new(struct wapi_client *client, uint32_t flags, const char *name,
		   uint32_t *handle, bool *existed);

/**
 * wapi_timer_set() - set a timer, anew if it was set: %WAPI_IOC_TIMER_SET
 * @client: the client
 * @handle: a timer
 * @flags: 0: @due is a time from now; %WAPI_TIMER_ABSOLUTE: a time of
 *         CLOCK_MONOTONIC, or with %WAPI_TIMER_REALTIME too of CLOCK_REALTIME
 * @due: when it is signalled, in nanoseconds, not negative; %WAPI_TIMER_NEVER
 * @period: after how many nanoseconds it is signalled again and again, at least
 *          %WAPI_TIMER_PERIOD_MIN; 0 for once
 * @told: out: what the kernel tells; may be NULL
 *
 * It is not signalled until then, whatever it was before.
 *
 * Return: 0, -EINVAL for a time, period or flags that cannot be, -EBADF if the
 * client holds no reference, -EOPNOTSUPP for another type, -ENOTTY from a module
 * without timers, or another negative errno.
 */
int wapi_timer_set(struct wapi_client *client, uint32_t handle, uint32_t flags,
		   int64_t due, uint64_t period, struct wapi_timer_set *told);

/**
 * wapi_timer_cancel() - stop a timer: %WAPI_IOC_TIMER_CANCEL
 * @client: the client
 * @handle: a timer
 * @armed: out: whether it was yet to be signalled; may be NULL
 *
 * It stays signalled if it is.
 *
 * Return: 0, -EBADF if the client holds no reference, -EOPNOTSUPP for another
 * type, or another negative errno.
 */
int wapi_timer_cancel(struct wapi_client *client, uint32_t handle, bool *armed);

#include <wapi/end.h>

#endif /* WAPI_TIMER_H */
