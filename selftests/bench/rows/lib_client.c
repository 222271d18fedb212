// SPDX-License-Identifier: GPL-2.0
/* The client whose requests are measured as libwapi makes them. */
#include "lib_client.h"

struct wapi_client *lib_client;

void open_lib_client(void)
{
	MUST(!wapi_client_open(&lib_client));
}
