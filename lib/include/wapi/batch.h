/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Batches: several requests in one system call.
 *
 * What a request is, and what it can go wrong with, is in <linux/wapi.h>.
 */
#ifndef WAPI_BATCH_H
#define WAPI_BATCH_H

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_batch() - make several requests in one call: %WAPI_IOC_BATCH
 * @client: the client
 * @requests: the requests, in the order in which they are made; each is told its
 *            own result
 * @count: how many, 1 to %WAPI_BATCH_MAX
 * @flags: 0, or %WAPI_BATCH_STOP: make none after one that failed
 * @made: out: how many were made, failed ones included; may be NULL
 *
 * Not in one step: others may come in between.  The structure of a request is
 * read when its turn comes, so that it can be where an earlier one has written.
 *
 * Return: 0 if the batch was made, whatever its requests came to; -EINVAL for a
 * @count that is 0 or too many or for unknown @flags; -EFAULT if @requests cannot
 * be read and written; -ENOTTY if the module is older than batches; or another
 * negative errno.
 */
int wapi_batch(struct wapi_client *client, struct wapi_batch_request *requests,
	       uint32_t count, uint32_t flags, uint32_t *made);

#include <wapi/end.h>

#endif /* WAPI_BATCH_H */
