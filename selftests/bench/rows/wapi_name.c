// SPDX-License-Identifier: GPL-2.0
/* Rows: objects with names. */
#include "client.h"

static const char name[] = "bench of names";
static uint32_t handle;

static void begin(unsigned long argument)
{
	(void)argument;
	open_client();
}

static void begin_named(unsigned long argument)
{
	open_client();
	handle = new_named(argument, name);
}

static void end_named(void)
{
	close_handle(handle);
}

static void new_named_close(void)
{
	close_handle(new_named(WAPI_TYPE_EVENT, name));
}

static void open_named_close(void)
{
	struct wapi_open_name r = {
		.name = (uintptr_t)name, .name_size = sizeof(name) - 1,
	};

	request(client, WAPI_IOC_OPEN_NAME, &r);
	close_handle(r.handle);
}

const struct row wapi_name_rows[] = {
	{ "wapi", "new with a name + close", begin, 0, new_named_close, .garbage = true },
	{ "wapi", "new of a name that is there + close", begin_named, WAPI_TYPE_EVENT,
	  new_named_close, end_named },
	{ "wapi", "open by name + close", begin_named, WAPI_TYPE_EVENT,
	  open_named_close, end_named },
	{ 0 }
};
