/* SPDX-License-Identifier: GPL-2.0 */
/* The client whose requests are measured as libwapi makes them. */
#ifndef BENCH_LIB_CLIENT_H
#define BENCH_LIB_CLIENT_H

#include <wapi/wapi.h>

#include "row.h"

extern struct wapi_client *lib_client;

/* Makes lib_client one. */
void open_lib_client(void);

#endif /* BENCH_LIB_CLIENT_H */
