/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waits for all, and with a signal.
 */
#ifndef WAPI_FREEZE_H
#define WAPI_FREEZE_H

#include <linux/types.h>

struct wapi_domain;
struct wapi_object;
struct wapi_thread_wait;

int wapi_wait_frozen(struct wapi_thread_wait *wait, struct wapi_domain *domain,
		     struct wapi_object *signal, u32 signal_handle, u32 signal_count,
		     bool queue);

#endif /* WAPI_FREEZE_H */
