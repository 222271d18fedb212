// SPDX-License-Identifier: GPL-2.0
/* Every request at every size, of a 32-bit program. */
#include "sizes.c"
