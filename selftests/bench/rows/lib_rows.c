// SPDX-License-Identifier: GPL-2.0
/* The rows of libwapi's own cost: what it adds to a request, or saves of it. */
#include <stddef.h>

#include "row.h"

extern const struct row lib_handle_rows[];
extern const struct row lib_state_rows[];
extern const struct row lib_wait_rows[];

const struct row *const tables[] = {
	lib_handle_rows, lib_state_rows, lib_wait_rows, NULL
};
