// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl wait - wait for any or all of several named objects
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <wapi/wapi.h>

#include "named.h"
#include "wapictl.h"

static bool open_all(struct wapi_client *client, const struct options *options,
		     uint32_t *handles, uint32_t *types)
{
	for (size_t i = 0; i < options->name_count; i++)
		if (!named_open(client, options->names[i], WAPI_TYPE_UNUSED,
				&handles[i], &types[i]))
			return false;
	return true;
}

/* Of two names of one object, as "x" and "Global\x", only one may be there. */
static bool are_different(const struct options *options, const uint32_t *handles)
{
	for (size_t i = 0; i < options->name_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (handles[i] != handles[j])
				continue;
			failed("'%s' and '%s' are one object",
			       options->names[j], options->names[i]);
			return false;
		}
	}
	return true;
}

/*
 * A mutex is not kept beyond the end of wapictl: the next one would be told that
 * it was abandoned.
 */
static void release(struct wapi_client *client, uint32_t handle, uint32_t type)
{
	if (type == WAPI_TYPE_MUTEX)
		wapi_mutex_release(client, handle, NULL);
}

static int wait_for(struct wapi_client *client, const struct options *options,
		    const uint32_t *handles, const uint32_t *types)
{
	int64_t deadline = options->timeout ? wapi_deadline(options->timeout) : 0;
	struct wapi_waited waited;
	int error;

	error = (options->all ? wapi_wait_all : wapi_wait_any)(client, handles,
			options->name_count, deadline, &waited);
	if (error == -ETIMEDOUT)
		return options->timeout_status;
	if (!named_done(*options->names, error))
		return STATUS_FAILED;

	if (waited.abandoned != WAPI_WAIT_NOT_ABANDONED)
		named_abandoned(options->names[waited.abandoned], &waited);
	if (options->all) {
		for (size_t i = 0; i < options->name_count; i++)
			release(client, handles[i], types[i]);
	} else {
		release(client, handles[waited.index], types[waited.index]);
		puts(options->names[waited.index]);
	}
	return STATUS_OK;
}

int command_wait(int argc, char **argv)
{
	struct wapi_client *client;
	struct options options;
	uint32_t *handles, *types;
	int status;

	if (!options_parse(argc, argv, OPTION_ALL | OPTIONS_TIMEOUT |
			   OPTION_NAMES, &options, &status))
		return status;
	if (options.name_count > WAPI_WAIT_MAX)
		return usage_error("more than %d names", WAPI_WAIT_MAX);
	if (!connect_client(&client))
		return STATUS_FAILED;
	handles = need(calloc(options.name_count, sizeof(*handles)));
	types = need(calloc(options.name_count, sizeof(*types)));
	if (!open_all(client, &options, handles, types) ||
	    (options.all && !are_different(&options, handles)))
		return STATUS_FAILED;
	return wait_for(client, &options, handles, types);
}
