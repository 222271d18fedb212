// SPDX-License-Identifier: GPL-2.0
/*
 * Named objects, as a shell uses them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "named.h"
#include "wapictl.h"

static const char *meaning(int error)
{
	switch (error) {
	case -ENOENT:
		return "there is none of that name";
	case -EEXIST:
		return "there is one of that name already";
	case -EPROTOTYPE:
		return "an object of another type has that name";
	case -EINVAL:
		return "not a name, or not a good value";
	case -EOVERFLOW:
		return "it would have more than its maximum";
	case -EOPNOTSUPP:
		return "cannot be waited for";
	case -ENOSPC:
		return "a limit of the domain is reached";
	default:
		return strerror(-error);
	}
}

bool named_done(const char *name, int error)
{
	if (error)
		failed("'%s': %s", name, meaning(error));
	return !error;
}

bool named_open(struct wapi_client *client, const char *name, uint32_t type,
		uint32_t *handle, uint32_t *found_type)
{
	return named_done(name, wapi_open_name(client, name, type, handle,
					       found_type));
}

void named_abandoned(const char *name, const struct wapi_waited *waited)
{
	if (waited->abandoned == WAPI_WAIT_NOT_ABANDONED)
		return;
	if (waited->abandoned_tid)
		failed("'%s' was abandoned: its owner, thread %d, ended without releasing it",
		       name, waited->abandoned_tid);
	else
		failed("'%s' was abandoned: its owner ended without releasing it",
		       name);
}

int named_wait(struct wapi_client *client, const char *name, uint32_t handle,
	       const struct options *options)
{
	struct wapi_waited waited;
	int error;

	error = wapi_wait_one(client, handle, options->timeout, &waited);
	if (error == -ETIMEDOUT)
		return options->timeout_status;
	if (!named_done(name, error))
		return options_failed(options);
	named_abandoned(name, &waited);
	return STATUS_OK;
}

bool named_connect(struct wapi_client **client, const struct options *options)
{
	/* Whoever sees the object may end who holds it. */
	if (!options->command)
		child_none_yet();
	return connect_client(client);
}

int named_hold(const char *name, uint32_t handle, bool existed,
	       const struct options *options)
{
	if (existed)
		failed("'%s' was there already, and stays as it is", name);
	if (options->command)
		return child_run(options->command, false, NULL, NULL);
	/* Who reads it knows that the object is there. */
	printf("%08x\n", handle);
	fflush(stdout);
	child_none();
	return STATUS_OK;
}
