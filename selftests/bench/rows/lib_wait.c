// SPDX-License-Identifier: GPL-2.0
/* Rows: signalling and waiting, through libwapi. */
#include "lib_client.h"

static uint32_t handle, handles[64];

static void begin_event(unsigned long argument)
{
	(void)argument;
	open_lib_client();
	MUST(!wapi_event_new(lib_client, 0, NULL, &handle, NULL));
}

static void begin_mutex(unsigned long argument)
{
	(void)argument;
	open_lib_client();
	MUST(!wapi_mutex_new(lib_client, 0, NULL, &handle, NULL));
}

static void begin_any(unsigned long argument)
{
	(void)argument;
	open_lib_client();
	for (int i = 0; i < 64; i++)
		MUST(!wapi_event_new(lib_client, i < 63 ? 0 :
				     WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED,
				     NULL, &handles[i], NULL));
}

static void set(void)
{
	MUST(!wapi_set(lib_client, handle, NULL));
}

static void wait_one(void)
{
	MUST(!wapi_wait_one(lib_client, handle, -1, NULL));
}

static void set_wait(void)
{
	set();
	wait_one();
}

static void lock_unlock(void)
{
	wait_one();
	MUST(!wapi_mutex_release(lib_client, handle, NULL));
}

static void any(void)
{
	struct wapi_waited waited;

	MUST(!wapi_wait_any(lib_client, handles, 64, WAPI_WAIT_FOREVER, &waited));
	MUST(waited.index == 63);
}

const struct row lib_wait_rows[] = {
	{ "libwapi", "set", begin_event, 0, set },
	{ "libwapi", "set + wait", begin_event, 0, set_wait },
	{ "libwapi", "mutex lock + unlock", begin_mutex, 0, lock_unlock },
	{ "libwapi", "any of 64, last one set", begin_any, 0, any },
	{ 0 }
};
