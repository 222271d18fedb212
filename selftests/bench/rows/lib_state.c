// SPDX-License-Identifier: GPL-2.0
/* Rows: what libwapi reads in the state table, with no system call. */
#include <errno.h>

#include "lib_client.h"

static uint32_t handle;

static void begin(unsigned long type)
{
	open_lib_client();
	MUST(!wapi_new(lib_client, type, &handle));
}

static void type(void)
{
	MUST(wapi_handle_type(lib_client, handle) == WAPI_TYPE_EVENT);
}

static void capabilities(void)
{
	MUST(wapi_handle_test_capabilities(lib_client, handle, WAPI_CAP_WAIT) == 1);
}

static void signalled(void)
{
	MUST(wapi_handle_is_signalled(lib_client, handle) == 0);
}

static void wait_in_vain(void)
{
	MUST(wapi_wait_one(lib_client, handle, 0, NULL) == -ETIMEDOUT);
}

const struct row lib_state_rows[] = {
	{ "libwapi", "type of a handle", begin, WAPI_TYPE_EVENT, type },
	{ "libwapi", "capabilities of a handle", begin, WAPI_TYPE_EVENT, capabilities },
	{ "libwapi", "signalled state of a handle", begin, WAPI_TYPE_EVENT, signalled },
	{ "libwapi", "wait for one that is not, no time", begin, WAPI_TYPE_EVENT,
	  wait_in_vain },
	{ 0 }
};
