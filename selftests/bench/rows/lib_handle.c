// SPDX-License-Identifier: GPL-2.0
/* Rows: handles, through libwapi. */
#include "lib_client.h"

static uint32_t handle;

static void begin(unsigned long type)
{
	open_lib_client();
	MUST(!wapi_new(lib_client, type, &handle));
}

static void open_close(void)
{
	MUST(!wapi_open(lib_client, handle, NULL));
	MUST(!wapi_close(lib_client, handle, NULL));
}

static void new_close(void)
{
	uint32_t new;

	MUST(!wapi_new(lib_client, WAPI_TYPE_EVENT, &new));
	MUST(!wapi_close(lib_client, new, NULL));
}

static void query(void)
{
	struct wapi_query query;

	MUST(!wapi_query(lib_client, handle, &query));
}

const struct row lib_handle_rows[] = {
	{ "libwapi", "open + close", begin, WAPI_TYPE_EVENT, open_close },
	{ "libwapi", "new + close, event", begin, WAPI_TYPE_EVENT, new_close,
	  .garbage = true },
	{ "libwapi", "query", begin, WAPI_TYPE_EVENT, query },
	{ 0 }
};
