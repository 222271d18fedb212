// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl run - run a command as a named process, for whose end others wait
 */
#include <wapi/wapi.h>

#include "child.h"
#include "named.h"
#include "wapictl.h"

struct named_process {
	struct wapi_client *client;
	const char *name;
};

/* The name is there before the command begins. */
static bool give_name(pid_t pid, void *data)
{
	struct named_process *process = data;
	uint32_t handle;

	return named_done(process->name,
			  wapi_process_new_pid(process->client,
					       WAPI_NEW_EXCLUSIVE, pid,
					       process->name, &handle, NULL));
}

int command_run(int argc, char **argv)
{
	struct named_process process;
	struct options options;
	int status;

	if (!options_parse(argc, argv, OPTION_NAME | OPTION_COMMAND |
			   OPTION_MUST_COMMAND, &options, &status))
		return status;
	process.name = *options.names;
	if (!connect_client(&process.client))
		return STATUS_NOT_RUN;
	return child_run(options.command, false, give_name, &process);
}
