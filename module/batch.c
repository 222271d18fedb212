// SPDX-License-Identifier: GPL-2.0
/*
 * Batches: several requests in one call.
 *
 * Each is made as if it were alone, one after the other: what is saved is the
 * system call.
 */
#include <linux/pagemap.h>
#include <linux/sched/signal.h>

#include "request.h"

static int wapi_batch_make(struct wapi_client *client,
			   struct wapi_batch_request __user *place, s32 *result)
{
	struct wapi_batch_request request;

	if (wapi_copy_in(&request, place, sizeof(request)))
		return -EFAULT;
	*result = wapi_make(client, request.cmd, u64_to_user_ptr(request.arg));
	if (unlikely(*result) && !wapi_is_no_refusal(*result))
		wapi_client_refused(client);
	return put_user(*result, &place->result);
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
	s32 result = 0;
	int err;

	if (args->flags & ~WAPI_BATCH_STOP || args->pad || !args->count ||
	    args->count > WAPI_BATCH_MAX)
		return -EINVAL;
	/* What is made cannot be unmade, so be sure that it can be told. */
	err = wapi_make_room(request->result, request->size) ?:
	      wapi_make_room(place, args->count * sizeof(*place));
	if (err)
		return err;

	for (args->made = 0; place < end; place++) {
		if (result && args->flags & WAPI_BATCH_STOP)
			break;
		err = wapi_batch_make(request->client, place, &result);
		if (err)
			return err;
		args->made++;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	for (; place < end; place++)
		if (put_user(-ECANCELED, &place->result))
			return -EFAULT;
	return 0;
}
