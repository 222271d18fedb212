/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who waits for what.
 */
#ifndef WAPI_QUEUE_H
#define WAPI_QUEUE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/tracepoint-defs.h>
#include <linux/types.h>

#include "object.h"

struct pid;
struct task_struct;
struct wapi_client;
struct wapi_owner;

/**
 * struct wapi_waiter - a wait in the queue of one object
 * @in_object: in wapi_object.waiters; wapi_object.lock
 * @wait: the wait
 * @object: the object, which it pins
 * @index: of the handle in the wait
 * @all: it is one of all that the wait needs together
 * @queued: it was put into the queue; of the waiting thread alone
 */
struct wapi_waiter {
	struct list_head in_object;
	struct wapi_thread_wait *wait;
	struct wapi_object *object;
	u32 index;
	bool all;
	bool queued;
};

/**
 * struct wapi_thread_wait - a thread that waits
 * @task: the thread
 * @client: through which it waits, or NULL for a descriptor
 * @owner: the thread as an owner of mutexes, or NULL if none is among the objects
 * @outcome: the index of what ended it, or one of the numbers below
 * @all: all objects are needed together
 * @count: number of objects; the alert object is behind them
 * @total: number of objects, the alert object included
 * @handles: the handles of the objects
 * @objects: the objects
 * @waiters: as many, or NULL while there is no memory for them
 * @signalled: what it has signalled, pinned until the attempt is over
 * @since: when it began, in nanoseconds of CLOCK_MONOTONIC
 * @abandoned: index of the first mutex acquired from an owner that had ended
 * @abandoned_by: that owner
 */
struct wapi_thread_wait {
	struct task_struct *task;
	struct wapi_client *client;
	struct wapi_owner *owner;
	atomic_t outcome;
	bool all;
	u32 count;
	u32 total;
	const u32 *handles;
	struct wapi_object **objects;
	struct wapi_waiter *waiters;
	struct wapi_object *signalled;
	u64 since;
	u32 abandoned;
	struct pid *abandoned_by;
};

#define WAPI_WAIT_PENDING	(-1)
#define WAPI_WAIT_GIVEN_UP	(-2)

bool wapi_wait_end(struct wapi_thread_wait *wait, int outcome);
bool wapi_wait_is_pending(struct wapi_thread_wait *wait);
void wapi_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index);
bool wapi_wait_all_signalled(const struct wapi_thread_wait *wait);
void wapi_acquire_all(struct wapi_thread_wait *wait, struct wapi_object *locked);
void wapi_enqueue_locked(struct wapi_thread_wait *wait, u32 index);
void wapi_dequeue_all(struct wapi_thread_wait *wait);
void wapi_wait_was_abandoned(struct wapi_thread_wait *wait, u32 index, struct pid *by);
void wapi_serve(struct wapi_object *object);

DECLARE_TRACEPOINT(wapi_signal);

/**
 * wapi_wake_waiters - let waits have an object that has been signalled
 * @object: the locked object
 */
static inline void wapi_wake_waiters(struct wapi_object *object)
{
	if (unlikely(object->watched) || tracepoint_enabled(wapi_signal))
		wapi_serve(object);
}

#endif /* WAPI_QUEUE_H */
