/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An object as a descriptor.
 */
#ifndef WAPI_POLL_H
#define WAPI_POLL_H

struct wapi_object;

void wapi_pollers_wake(struct wapi_object *object);
void wapi_pollers_free(struct wapi_object *object);

#endif /* WAPI_POLL_H */
