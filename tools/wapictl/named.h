/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Named objects, as a shell uses them.
 *
 * Whatever fails is said here, with the name that it is about.
 */
#ifndef WAPICTL_NAMED_H
#define WAPICTL_NAMED_H

#include <stdbool.h>
#include <stdint.h>

#include <wapi/wapi.h>

struct options;

/* Says what went wrong with a name; true if nothing did. */
bool named_done(const char *name, int error);

/* Opens an object that is there, of a type or WAPI_TYPE_UNUSED for any. */
bool named_open(struct wapi_client *client, const char *name, uint32_t type,
		uint32_t *handle, uint32_t *found_type);

/* Says who left a mutex behind, if it was. */
void named_abandoned(const char *name, const struct wapi_waited *waited);

/*
 * Waits for an object, as long as the options say.  Returns STATUS_OK or what to
 * exit with.
 */
int named_wait(struct wapi_client *client, const char *name, uint32_t handle,
	       const struct options *options);

/* As connect_client(), for who is to make an object and named_hold() it. */
bool named_connect(struct wapi_client **client, const struct options *options);

/*
 * Holds an object that was made or opened: while the command runs, or without one
 * until somebody wants wapictl to end.  Returns what to exit with.
 */
int named_hold(const char *name, uint32_t handle, bool existed,
	       const struct options *options);

#endif /* WAPICTL_NAMED_H */
