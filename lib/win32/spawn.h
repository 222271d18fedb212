/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Spawning: starting a process that is nobody's child, and what the processes say to
 * each other meanwhile.
 */
#ifndef WIN32_SPAWN_H
#define WIN32_SPAWN_H

#include <signal.h>

#include "heritage.h"

struct win32_spawn {
	const char *path;
	char *const *arguments;
	char *const *environment;
	const char *directory;		/* or NULL */
	int standard[3];		/* descriptors, -1 for none */
	const struct win32_heritage *heritage;
	bool new_group;
	bool new_session;
	bool has_nice;
	int nice;
	int resume_fd;			/* wait until it can be read; or -1 */

	/* From win32_spawn_begin() on. */
	pid_t pid;
	int pidfd;

	/* Its own. */
	pid_t helper;
	int helper_fd;
	int go;
	int told;
	sigset_t mask;
};

/* What went wrong, as one error may mean several things. */
enum win32_spawn_step {
	WIN32_SPAWN_OTHER,
	WIN32_SPAWN_DIRECTORY,
	WIN32_SPAWN_PRIORITY,
	WIN32_SPAWN_PROGRAM,
};

/* The process is there, and waits.  0 or a negative errno. */
int win32_spawn_begin(struct win32_spawn *spawn);

/* It makes an object for its thread, and a descriptor of its own object. */
int win32_spawn_identify(struct win32_spawn *spawn, const char *process_name,
			 const char *thread_name, int *fd);

/* It begins; -ECANCELED if it was killed before that.  Ends what win32_spawn_begin() began. */
int win32_spawn_start(struct win32_spawn *spawn, enum win32_spawn_step *step);

/* It does not. */
void win32_spawn_give_up(struct win32_spawn *spawn);

/* What the new process, or its helper, tells. */
enum told {
	TOLD_HELLO,	/* value: its process id */
	TOLD_KNOWN,	/* value: its descriptor of its own object */
	TOLD_READY,	/* it waits to be resumed */
	TOLD_EXECUTES,	/* it is about to; only to the helper */
	TOLD_STARTED,	/* it did; from the helper */
	TOLD_FAILED,	/* value: an errno; step: of what */
	TOLD_ENDED,	/* it was killed; from the helper */
};

struct told_message {
	uint32_t what;
	int32_t value;
	uint32_t step;		/* enum win32_spawn_step */
};

/* What it is told: who it is; and then one byte, to begin. */
struct go_message {
	char process[WIN32_IDENTITY_SIZE];
	char thread[WIN32_IDENTITY_SIZE];
};

/* Whole messages: less is the end of the other side.  For any process. */
bool win32_spawn_read(int fd, void *message, size_t size);
bool win32_spawn_write(int fd, const void *message, size_t size);

/* The helper, which makes the new process and tells what becomes of it. */
__attribute__((noreturn)) void win32_spawn_help(const struct win32_spawn *spawn, int go,
						int told, pid_t parent);

/* The new process; does not return. */
__attribute__((noreturn)) void win32_spawn_become(const struct win32_spawn *spawn, int go,
						  int told, pid_t helper);

#endif /* WIN32_SPAWN_H */
