/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The heritage: what a process that CreateProcess() started has from its parent.
 *
 * It is in the block of the child's own object, behind its table of handles, from
 * before the child's program begins: which handles it has is in the table, and here is
 * the descriptor that it has for each of them.  That of an object keeps it alive,
 * whatever becomes of the parent.  One more is of the child's own object, and so keeps
 * all this.
 *
 * The child's library takes the heritage over when it is first used: of each object it
 * gets a reference and closes the descriptor.  A program that does not use the library
 * has open descriptors, which are closed when it ends.
 */
#ifndef WIN32_HERITAGE_H
#define WIN32_HERITAGE_H

#include "record.h"

/* A handle that is inherited. */
struct win32_gift {
	uint32_t number;
	struct win32_slot slot;
	int fd;			/* that the child gets */
	bool is_shared;		/* with another one before it */
};

struct win32_heritage {
	struct win32_gift *gifts;
	size_t count;
	size_t room;
	/* The values of standard handles; of what is false here, that of the descriptor. */
	bool is_standard[3];
	uint32_t standard[3];
	uint32_t resume;
	const char *command_line;
};

/* What children inherit now; its descriptors are open here until it is freed. */
int win32_heritage_collect(const struct win32_process *process,
			   struct win32_heritage *heritage);
void win32_heritage_free(struct win32_heritage *heritage);

/* What is inherited under a value, or NULL. */
const struct win32_gift *win32_heritage_find(const struct win32_heritage *heritage,
					     HANDLE handle);

/* Give it to the process of an object that has no block yet. */
int win32_heritage_give(struct wapi_client *client, const struct win32_heritage *heritage,
			uint32_t process, struct win32_table **child);

/* And say which descriptor the child has of its own object. */
void win32_heritage_complete(struct win32_table *child, int fd);

#endif /* WIN32_HERITAGE_H */
