// SPDX-License-Identifier: GPL-2.0
/*
 * Batches: several requests in one call.
 *
 * Each is made as if it were alone, one after the other: what is saved is the
 * system call.
 */
#include <linux/sched/signal.h>

#include "request.h"

/* How many requests are made before others on this CPU may run. */
#define WAPI_BATCH_BREATH	32

/* Is the array there?  On each page, one is read, and its result written back. */
static int wapi_batch_check(struct wapi_batch_request __user *place, u32 count)
{
	const u32 page = PAGE_SIZE / sizeof(*place);
	s32 result;
	u64 arg __maybe_unused;
	u32 i = 0;

	for (;;) {
		if (get_user(result, &place[i].result) || put_user(result, &place[i].result) ||
		    get_user(arg, &place[i].arg))
			return -EFAULT;
		if (i == count - 1)
			return 0;
		i = min(i + page, count - 1);
	}
}

/**
 * wapi_batch - WAPI_IOC_BATCH
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_batch tells of
 */
int wapi_batch(struct wapi_request *request)
{
	struct wapi_batch *args = &request->args.batch;
	struct wapi_batch_request __user *place = u64_to_user_ptr(args->requests);
	struct wapi_batch_request __user *end = place + args->count;
	int result, err;

	if (args->flags & ~WAPI_BATCH_STOP || args->pad || !args->count ||
	    args->count > WAPI_BATCH_MAX)
		return -EINVAL;
	/* What is made cannot be unmade, so be sure that it can be told. */
	err = wapi_make_room(request->result, request->size) ?:
	      wapi_batch_check(place, args->count);
	if (err)
		return err;

	args->made = 0;
	do {
		result = wapi_make_next(request->client, place);
		if (unlikely(result > 0))
			return -EFAULT;
		place++;
		if (++args->made % WAPI_BATCH_BREATH == 0) {
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	} while (place < end && (likely(!result) || !(args->flags & WAPI_BATCH_STOP)));
	for (; place < end; place++)
		if (put_user(-ECANCELED, &place->result))
			return -EFAULT;
	return 0;
}
