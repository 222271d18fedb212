/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exact requests: those that are made often enough to be compiled each for itself,
 * with the size of its structure and what it calls known.
 */
#ifndef WAPI_EXACT_H
#define WAPI_EXACT_H

#include "client.h"
#include "request.h"

/**
 * wapi_make_exact - make a request
 * @client: whose request it is
 * @arg: its structure
 * @batched: it is one of a batch
 * @size: of the structure
 * @told: where results begin in it
 * @end: where they end, or 0 if it tells them by itself, or has none
 * @run: as in &struct wapi_op
 * @commit: as there
 * @undo: as there
 *
 * Return: 0 or an error
 */
static __always_inline int wapi_make_exact(struct wapi_client *client, void __user *arg,
					   bool batched, size_t size, size_t told, size_t end,
					   int (*run)(struct wapi_request *request),
					   void (*commit)(struct wapi_request *request),
					   void (*undo)(struct wapi_request *request))
{
	/* Of the arguments, all that is read was copied in before. */
	struct wapi_request request __uninitialized;
	int err;

	if (unlikely(wapi_copy_in(&request.args, arg, size)))
		return -EFAULT;
	if (unlikely(wapi_check_both_pages(arg, size)))
		return -EFAULT;
	request.client = client;
	request.result = arg;
	request.batched = batched;
	err = run(&request);
	if (err || !end)
		return err;
	if (unlikely(wapi_copy_out(arg + told, (void *)&request.args + told, end - told))) {
		undo(&request);
		return -EFAULT;
	}
	commit(&request);
	return 0;
}

/* The request @name, of a structure of @type. */
#define WAPI_EXACT(name, type, first_result, last_result, run, commit, undo)	\
	int name(struct wapi_client *client, void __user *arg, bool batched) \
	{									\
		return wapi_make_exact(client, arg, batched, sizeof(struct type), \
				       round_down(offsetof(struct type, first_result), 8), \
				       round_up(offsetofend(struct type, last_result), 8), \
				       run, commit, undo);			\
	}

/* The same for one that tells its result by itself, or has none. */
#define WAPI_EXACT_TELLS(name, type, run)					\
	int name(struct wapi_client *client, void __user *arg, bool batched) \
	{									\
		return wapi_make_exact(client, arg, batched, sizeof(struct type), 0, 0, \
				       run, NULL, NULL);			\
	}

#endif /* WAPI_EXACT_H */
