/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command that wapictl runs as a child while it holds something.
 *
 * What it holds is its own: the child inherits neither client nor handles.
 */
#ifndef WAPICTL_CHILD_H
#define WAPICTL_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* Called when the child is there, but before the command begins. */
typedef bool child_function(pid_t pid, void *data);

/*
 * Runs a command, or not if the function, which may be NULL, returns false.  With
 * @guarded it gets SIGTERM should wapictl be killed, since nothing is held then.
 *
 * Signals that other processes send to wapictl go on to the command, so that
 * whoever ends wapictl ends it.  Those of the terminal have reached it already.
 *
 * Returns what to exit with: the command's exit status, or as a shell has it.
 */
int child_run(char **command, bool guarded, child_function *begin, void *data);

/*
 * Without a command: until somebody wants wapictl to end, who may do so since
 * child_none_yet().
 */
void child_none_yet(void);
void child_none(void);

#endif /* WAPICTL_CHILD_H */
