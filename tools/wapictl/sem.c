// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl sem - make a named semaphore, take from it, give to it
 */
#include <wapi/wapi.h>

#include "child.h"
#include "named.h"
#include "wapictl.h"

static int sem_create(const struct options *options)
{
	uint32_t flags = options->exclusive ? WAPI_NEW_EXCLUSIVE : 0;
	const char *name = *options->names;
	uint32_t handle, count = options->count;
	struct wapi_client *client;
	bool existed;

	if (count == COUNT_NOT_GIVEN)
		count = options->maximum;
	if (!named_connect(&client, options) ||
	    !named_done(name, wapi_sem_new(client, flags, count,
					   options->maximum, name, &handle,
					   &existed)))
		return options_failed(options);
	return named_hold(name, handle, existed, options);
}

/* With a maximum it is made if it is not there, so that nobody need hold it. */
static bool sem_open_or_make(struct wapi_client *client,
			     const struct options *options, uint32_t *handle)
{
	const char *name = *options->names;

	if (!options->maximum)
		return named_open(client, name, WAPI_TYPE_SEM, handle, NULL);
	return named_done(name, wapi_sem_new(client, 0, options->maximum,
					     options->maximum, name, handle,
					     NULL));
}

static int sem_acquire(const struct options *options)
{
	const char *name = *options->names;
	struct wapi_client *client;
	uint32_t handle;
	int status;

	if (!connect_client(&client) ||
	    !sem_open_or_make(client, options, &handle))
		return options_failed(options);
	status = named_wait(client, name, handle, options);
	if (status || !options->command)
		return status;

	status = child_run(options->command, true, NULL, NULL);
	named_done(name, wapi_sem_release(client, handle, 1, NULL));
	return status;
}

static int sem_release(const struct options *options)
{
	const char *name = *options->names;
	uint32_t handle, count = options->count;
	struct wapi_client *client;

	if (count == COUNT_NOT_GIVEN)
		count = 1;
	if (!connect_client(&client) ||
	    !named_open(client, name, WAPI_TYPE_SEM, &handle, NULL) ||
	    !named_done(name, wapi_sem_release(client, handle, count, NULL)))
		return STATUS_FAILED;
	return STATUS_OK;
}

int command_sem(int argc, char **argv)
{
	static const struct verb verbs[] = {
		{ "create", sem_create, OPTION_COUNT | OPTION_MAXIMUM |
		  OPTION_EXCLUSIVE | OPTION_NAME | OPTION_COMMAND },
		{ "acquire", sem_acquire, OPTION_MAXIMUM | OPTIONS_TIMEOUT |
		  OPTION_NAME | OPTION_COMMAND },
		{ "release", sem_release, OPTION_COUNT | OPTION_NAME },
	};

	return verbs_run(argc, argv, verbs, sizeof(verbs) / sizeof(verbs[0]));
}
