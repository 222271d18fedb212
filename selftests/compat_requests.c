// SPDX-License-Identifier: GPL-2.0
/* What each request does, for a 32-bit program. */
#include "requests.c"
