/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Creating a process: what CreateProcess() was asked for, and what is made of it before
 * anything is started.
 */
#ifndef WIN32_CREATE_PROCESS_H
#define WIN32_CREATE_PROCESS_H

#include "spawn.h"

/* What is asked for, with text in UTF-8. */
struct win32_request {
	const char *application;
	const char *command_line;
	const char *directory;
	const void *environment;
	bool inherit;
	bool inherit_process;
	bool inherit_thread;
	DWORD flags;
	DWORD startup_flags;
	HANDLE standard[3];
};

/* What is made of it, and what is to be freed. */
struct win32_creation {
	const struct win32_process *process;
	struct win32_spawn spawn;
	struct win32_heritage heritage;
	char *path;
	char *line;
	char **arguments;
	char **environment;
	struct win32_file *files[3];	/* standard ones, in use until it has begun */
	uint32_t event;			/* that resumes it, or 0 */
	HANDLE process_handle;
	HANDLE thread_handle;
};

/* Is it in order?  FALSE with the last error set, as in all that follows. */
BOOL win32_create_check(const struct win32_request *request);

/* Find the program, its arguments and its environment; what it inherits; the rest. */
BOOL win32_create_prepare(struct win32_creation *creation,
			  const struct win32_request *request);

#endif /* WIN32_CREATE_PROCESS_H */
