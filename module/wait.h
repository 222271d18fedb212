/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two ways of a wait have in common: wait.c makes any, quick.c those for
 * one object, or a few, that need little.
 */
#ifndef WAPI_WAIT_H
#define WAPI_WAIT_H

#include <linux/ktime.h>
#include <linux/time.h>

#include "client.h"
#include "handle.h"
#include "object.h"
#include "queue.h"
#include "reference.h"
#include "request.h"

/* How many objects a wait has room for without allocating, and a wait that sleeps. */
#define WAPI_FEW		64
#define WAPI_FEW_WAITERS	8

/**
 * struct wapi_deadline - when a wait gives up
 * @time: absolute, or KTIME_MAX for never
 * @clock: of which clock
 */
struct wapi_deadline {
	ktime_t time;
	clockid_t clock;
};

static inline struct wapi_deadline wapi_wait_deadline(const struct wapi_wait *args)
{
	return (struct wapi_deadline) {
		.time = args->timeout,
		.clock = args->flags & WAPI_WAIT_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC,
	};
}

/* Tell how a wait stands.  Return: 0 or -EFAULT */
static __always_inline int wapi_wait_tell(const struct wapi_request *request)
{
	const size_t told = offsetof(struct wapi_wait, signal);

	return wapi_copy_out(request->result + told, (void *)&request->args.wait + told,
			     offsetof(struct wapi_wait, pad) - told);
}

/* An object that the client holds a reference to, by its handle, or NULL. */
static __always_inline struct wapi_object *wapi_wait_find_one(struct wapi_client *client,
							      u32 handle)
{
	struct wapi_object *object;

	/* It is held as long as it is there, and that was so just now. */
	object = READ_ONCE(client->recent[handle % WAPI_RECENT]);
	if (likely(object && READ_ONCE(object->handle) == handle))
		return object;

	object = wapi_handle_at(&client->domain->handles, wapi_handle_index(handle));
	if (!object || READ_ONCE(object->handle) != handle ||
	    !wapi_reference_peek(client, handle))
		return NULL;
	return object;
}

void wapi_wait_init(struct wapi_thread_wait *wait, struct wapi_client *client);
int wapi_wait_for_object(struct wapi_thread_wait *wait, struct wapi_object *object, bool nonblock);
void wapi_wait_give_back(struct wapi_object *object);
int wapi_sleep(struct wapi_thread_wait *wait, struct wapi_deadline *deadline);
bool wapi_deadline_has_passed(const struct wapi_deadline *deadline);
int wapi_wait_tell_end(struct wapi_request *request, struct wapi_thread_wait *wait, int err);

#endif /* WAPI_WAIT_H */
