// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl event - make, set, reset, pulse a named event, or wait for it
 */
#include <wapi/wapi.h>

#include "named.h"
#include "wapictl.h"

static int event_create(const struct options *options)
{
	const char *name = *options->names;
	struct wapi_client *client;
	uint32_t handle, flags = 0;
	bool existed;

	if (options->manual)
		flags |= WAPI_NEW_MANUAL;
	if (options->set)
		flags |= WAPI_NEW_SIGNALLED;
	if (options->exclusive)
		flags |= WAPI_NEW_EXCLUSIVE;
	if (!named_connect(&client, options) ||
	    !named_done(name, wapi_event_new(client, flags, name, &handle,
					     &existed)))
		return options_failed(options);
	return named_hold(name, handle, existed, options);
}

static int event_signal(const struct options *options,
			int (*signal)(struct wapi_client *client,
				      uint32_t handle, bool *previous))
{
	const char *name = *options->names;
	struct wapi_client *client;
	uint32_t handle;

	if (!connect_client(&client) ||
	    !named_open(client, name, WAPI_TYPE_EVENT, &handle, NULL) ||
	    !named_done(name, signal(client, handle, NULL)))
		return STATUS_FAILED;
	return STATUS_OK;
}

static int event_set(const struct options *options)
{
	return event_signal(options, wapi_set);
}

static int event_reset(const struct options *options)
{
	return event_signal(options, wapi_reset);
}

static int event_pulse(const struct options *options)
{
	return event_signal(options, wapi_pulse);
}

static int event_wait(const struct options *options)
{
	const char *name = *options->names;
	struct wapi_client *client;
	uint32_t handle;

	if (!connect_client(&client) ||
	    !named_open(client, name, WAPI_TYPE_EVENT, &handle, NULL))
		return STATUS_FAILED;
	return named_wait(client, name, handle, options);
}

int command_event(int argc, char **argv)
{
	static const struct verb verbs[] = {
		{ "create", event_create, OPTION_MANUAL | OPTION_SET |
		  OPTION_EXCLUSIVE | OPTION_NAME | OPTION_COMMAND },
		{ "set", event_set, OPTION_NAME },
		{ "reset", event_reset, OPTION_NAME },
		{ "pulse", event_pulse, OPTION_NAME },
		{ "wait", event_wait, OPTIONS_TIMEOUT | OPTION_NAME },
	};

	return verbs_run(argc, argv, verbs, sizeof(verbs) / sizeof(verbs[0]));
}
