/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waits: until any or all of several objects are signalled.
 *
 * A wait for any handle is ended by the signalled one with the lowest index, and
 * acquires only that: an event that resets itself is reset, a semaphore's count
 * goes down by one, a mutex is owned by the calling thread, once more if it is
 * already.  A wait for all acquires nothing until it can acquire all together.
 * Threads that wait for one object are served in the order in which they began.
 *
 * Times are nanoseconds.  A deadline is a time of CLOCK_MONOTONIC, as
 * wapi_deadline() makes it, %WAPI_WAIT_FOREVER for none, or 0 not to wait at all.
 * So it holds however often a wait is interrupted by signal handlers, which no
 * function here returns for.  None is a cancellation point: what it acquired would
 * be lost.
 *
 * A mutex whose owner ended is acquired like any other: the wait succeeds, and
 * tells.  What the mutex guards may be half changed then.
 */
#ifndef WAPI_WAIT_H
#define WAPI_WAIT_H

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * struct wapi_waited - how a wait ended
 * @index: which handle ended it; 0 after a wait for all
 * @abandoned: the index of the first handle whose mutex was acquired from an
 *             owner that had ended, or %WAPI_WAIT_NOT_ABANDONED
 * @abandoned_tid: the thread id of that owner, 0 if it is not seen here
 */
struct wapi_waited {
	uint32_t index;
	uint32_t abandoned;
	int32_t abandoned_tid;
};

/**
 * wapi_deadline() - the time that is so far from now
 * @ns: how far, in nanoseconds; less than 0 for ever
 *
 * Return: a time of CLOCK_MONOTONIC in nanoseconds, or %WAPI_WAIT_FOREVER
 */
int64_t wapi_deadline(int64_t ns);

/**
 * wapi_wait_one() - wait for one object
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @timeout: for how long, in nanoseconds from now; less than 0 for ever, 0 not
 *           to wait at all
 * @waited: out: whether a mutex was abandoned; may be NULL
 *
 * Return: 0, -ETIMEDOUT, -EBADF if the client holds no reference, -EOPNOTSUPP
 * for an object that cannot be waited for, or another negative errno.
 */
int wapi_wait_one(struct wapi_client *client, uint32_t handle, int64_t timeout,
		  struct wapi_waited *waited);

/**
 * wapi_wait_any() - wait for any of several objects
 * @client: the client
 * @handles: @count handles that it holds references to
 * @count: how many, at most %WAPI_WAIT_MAX; 0 to wait for the time only
 * @deadline: when to give up
 * @waited: out: which one, and whether it was abandoned; may be NULL
 *
 * Return: as wapi_wait_one(); -EINVAL for too many.
 */
int wapi_wait_any(struct wapi_client *client, const uint32_t *handles,
		  uint32_t count, int64_t deadline, struct wapi_waited *waited);

/**
 * wapi_wait_all() - wait for all of several objects together
 * @client: the client
 * @handles: @count handles that it holds references to, none of them twice
 * @count: how many, at most %WAPI_WAIT_MAX
 * @deadline: when to give up
 * @waited: out: whether a mutex was abandoned; may be NULL
 *
 * Return: as wapi_wait_any(); -EINVAL for a handle that is there twice too.
 */
int wapi_wait_all(struct wapi_client *client, const uint32_t *handles,
		  uint32_t count, int64_t deadline, struct wapi_waited *waited);

/**
 * wapi_signal_and_wait() - signal an object and begin to wait in one step
 * @client: the client
 * @signal: what to signal first: the event is set, the mutex is released once,
 *          or the semaphore is released
 * @signal_count: by how much a semaphore is released; else 0
 * @handle: what to wait for
 * @timeout: as for wapi_wait_one()
 * @waited: out: as for wapi_wait_one()
 *
 * Nobody who sees the one can act before the other.  After -ETIMEDOUT @signal
 * was signalled; after any other error it was not.
 *
 * Return: as wapi_wait_one(); for @signal also -EPERM and -EOVERFLOW as
 * wapi_mutex_release() and wapi_sem_release() give them, -EOPNOTSUPP if it
 * cannot be signalled, -EINVAL for a wrong @signal_count or a @signal of 0.
 */
int wapi_signal_and_wait(struct wapi_client *client, uint32_t signal,
			 uint32_t signal_count, uint32_t handle,
			 int64_t timeout, struct wapi_waited *waited);

/**
 * wapi_wait() - wait, with all that the kernel offers: %WAPI_IOC_WAIT
 * @client: the client
 * @wait: the request, in and out; what is not used must be zero
 *
 * The way to an alert event, a deadline of CLOCK_REALTIME, and a wait for several
 * after signalling.  Made again as it is when a signal handler interrupted it.
 *
 * Return: 0, or a negative errno that &struct wapi_wait tells of.  Nothing is
 * written after an error, but for -ETIMEDOUT, after which &wapi_wait.signal and
 * &wapi_wait.signal_count are 0, as what they asked for was done.
 */
int wapi_wait(struct wapi_client *client, struct wapi_wait *wait);

#include <wapi/end.h>

#endif /* WAPI_WAIT_H */
