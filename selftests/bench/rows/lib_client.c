// SPDX-License-Identifier: GPL-2.0
/* The client whose requests are measured as libwapi makes them. */
#include "client.h"
#include "lib_client.h"

struct wapi_client *lib_client;

/* In use as the client of the other rows is. */
void open_lib_client(void)
{
	uint32_t handle;

	MUST(!wapi_client_open(&lib_client));
	for (int i = 0; i < USED_HANDLES; i++) {
		MUST(!wapi_new(lib_client, WAPI_TYPE_EVENT, &handle));
		MUST(!wapi_close(lib_client, handle, NULL));
	}
	for (int i = 0; i < OTHER_HANDLES; i++)
		MUST(!wapi_new(lib_client, WAPI_TYPE_EVENT, &handle));
}
