// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl lock - run a command while a named mutex is held
 */
#include <wapi/wapi.h>

#include "child.h"
#include "named.h"
#include "wapictl.h"

int command_lock(int argc, char **argv)
{
	struct wapi_client *client;
	struct options options;
	const char *name;
	uint32_t handle;
	int status;

	if (!options_parse(argc, argv, OPTIONS_TIMEOUT | OPTION_NAME |
			   OPTION_COMMAND | OPTION_MUST_COMMAND, &options,
			   &status))
		return status;
	name = *options.names;
	if (!connect_client(&client) ||
	    !named_done(name, wapi_mutex_new(client, 0, name, &handle, NULL)))
		return STATUS_NOT_RUN;
	status = named_wait(client, name, handle, &options);
	if (status)
		return status;

	status = child_run(options.command, true, NULL, NULL);
	wapi_mutex_release(client, handle, NULL);
	return status;
}
