// SPDX-License-Identifier: GPL-2.0
/* The same program with 32 bits. */
#include "win32_bits.c"

_Static_assert(sizeof(void *) == 4, "to be built with -m32");
