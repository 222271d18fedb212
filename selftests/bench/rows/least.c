// SPDX-License-Identifier: GPL-2.0
/* Rows: what costs least, with the kernel and without it. */
#include <stdlib.h>

#include "row.h"
#include "syscall.h"

static void get_parent(void)
{
	MUST(sys1(SYS_getppid, 0) > 0);
}

static void malloc_free(void)
{
	void *memory = malloc(64);

	/* The compiler must believe that it is used. */
	asm volatile("" : "+r"(memory) : : "memory");
	MUST(memory);
	free(memory);
}

const struct row least_rows[] = {
	{ "getppid", "getppid", .round = get_parent },
	{ "malloc", "malloc 64 B + free", .round = malloc_free },
	{ 0 }
};
