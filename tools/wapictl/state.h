/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is particular to an object: its name, the state of its type, who waits.
 */
#ifndef WAPICTL_STATE_H
#define WAPICTL_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "listing.h"

/* "PID COMMAND", or "PID/TID COMMAND" for a thread that has another id. */
#define THREAD_NAME_SIZE	128
void thread_name(char name[THREAD_NAME_SIZE], const struct listing *listing,
		 int32_t pid, int32_t tid);

/* "owned by 17 worker", "3 of 5", "manual", "17 ended"; "-" if there is none. */
#define STATE_TEXT_SIZE		192
void state_text(char text[STATE_TEXT_SIZE], const struct listing *listing,
		const struct wapi_handle_record *handle);

/* In quotes, escaped and cut off; "-" if it has none. */
#define NAME_TEXT_SIZE		224
void name_text(char text[NAME_TEXT_SIZE], const struct name *name);

/* For how long a waiter has waited, in seconds. */
double waiter_seconds(const struct listing *listing,
		      const struct wapi_waiter_record *waiter);

/* The same for JSON; null for what there is not. */
json_t *json_state(const struct listing *listing,
		   const struct wapi_handle_record *handle);
json_t *json_name(const struct name *name);
json_t *json_waiters(const struct listing *listing, uint32_t handle);

#endif /* WAPICTL_STATE_H */
