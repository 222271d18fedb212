/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The record of a process, behind its table of handles in the block of its object: what
 * is known of its end, and what it was given by who started it, see heritage.h.
 */
#ifndef WIN32_RECORD_H
#define WIN32_RECORD_H

#include "internal.h"

/* A standard handle that is of the descriptor, as nobody has set another. */
#define WIN32_OF_DESCRIPTOR	UINT32_MAX

/* Of an object without a handle. */
#define WIN32_NO_NUMBER		UINT32_MAX

enum { WIN32_TAKEN, WIN32_WAITS, WIN32_BEING_TAKEN };

struct win32_legacy {
	uint32_t number;	/* of the handle, or WIN32_NO_NUMBER */
	int32_t fd;
	uint32_t is_file;
	uint32_t reserved;
};

/* In memory that others can write, with one layout for 32 and 64 bits. */
struct win32_record {
	/* What exit.c knows of the end. */
	_Atomic uint64_t exited;
	_Atomic uint64_t terminated;
	_Atomic uint32_t is_waiting;	/* the heritage, to be taken over: one of these */
	_Atomic uint32_t resume;	/* an event, see resume.c; or 0 */
	uint32_t legacies;
	uint32_t standard[3];		/* values, 0 for none, or WIN32_OF_DESCRIPTOR */
	uint32_t command_line_size;	/* with its zero; behind the legacies */
	uint32_t reserved;
	struct win32_legacy legacy[];
};

_Static_assert(sizeof(struct win32_record) == 48, "one layout for all processes");

struct win32_record *win32_record_of(struct win32_table *table);

/* Of the process of an object that the caller holds a reference to, or NULL. */
struct win32_record *win32_record_find(struct wapi_client *client, uint32_t process);

#endif /* WIN32_RECORD_H */
