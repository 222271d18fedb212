// SPDX-License-Identifier: GPL-2.0
/*
 * Brief requests: what seldom happens to one; see brief.h.
 */
#include "brief.h"
#include "client.h"

/**
 * wapi_make_brief_again - go on with a brief request that did not just succeed
 * @client: whose request it is
 * @arg: its structure
 * @run: what it does
 * @err: what it ended in so far
 *
 * Memory that is not there is faulted in, and the request is made from its
 * beginning.
 *
 * Return: 0 or an error
 */
int wapi_make_brief_again(struct wapi_client *client, void __user *arg, wapi_brief_t *run, int err)
{
	if (err != -EAGAIN)
		return err;
	err = wapi_make_room(arg + offsetof(struct wapi_brief, word), sizeof(struct wapi_word));
	return err ?: wapi_make_brief(client, arg, run);
}
