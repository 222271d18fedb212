/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A daemon like that of 2002, rebuilt to be measured: one thread that serves
 * requests over Unix stream sockets, with a table of handles that is searched
 * from its beginning, and scratch memory in a SysV shared memory segment with
 * the headers in it.
 */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <stdint.h>

/* 0 is no handle, so that one less can be had. */
#define DAEMON_HANDLES		4096
#define DAEMON_SEGMENT		512000

enum daemon_request_type {
	DAEMON_NEW,
	DAEMON_OPEN,
	DAEMON_CLOSE,
	DAEMON_SCRATCH,
	DAEMON_SCRATCH_FREE,
};

/* As long as it was; @value is a type, a handle, a length or an index. */
struct daemon_request {
	uint32_t type;
	uint32_t value;
	uint32_t unused[8];
};

/* @value is a handle, a type, whether it was destroyed, or an index. */
struct daemon_reply {
	uint32_t type;
	uint32_t value;
	uint32_t unused[4];
};

/* Serves @listener, a listening socket, until its last client leaves. */
void daemon_serve(int listener, void *segment);

#endif /* BENCH_DAEMON_H */
