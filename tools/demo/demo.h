/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wapi's demo: processes that share handles, and die
 *
 * The *story* starts the workers, tells what happens and counts at the end; it
 * talks to the workers through the *board*, a page of memory that the processes
 * inherit.  The workers tell each other numbers of handles through pipes, the
 * inboxes, and nothing else.
 */
#ifndef DEMO_H
#define DEMO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORKERS	6

/* What becomes of a worker in the middle of its work. */
enum fate {
	FATE_LIVES,
	FATE_KILLED,	/* by the story, with SIGKILL, at any instant */
	FATE_CRASHES,	/* writes to address 0 */
	FATE_EXECS,	/* becomes another program */
};

/* How far the workers may go; each waits for the story here. */
enum stage {
	STAGE_A_THIRD,
	STAGE_THE_REST,
	STAGE_LEAVE,
};

/* The files of one worker: how many, and the sum of their names' hashes. */
struct share {
	uint64_t files;
	uint64_t sum;
};

struct tally {
	atomic_ulong made;	/* handles, by this worker */
	atomic_ulong opened;	/* handles of others */
	atomic_ulong checked;	/* names behind those, found right */
	atomic_ulong refused;	/* handles whose maker had died */
	atomic_bool finished;	/* all made, and all of the others opened */
	atomic_bool dead;	/* set by the story */
	bool failed;
	char why[256];
};

struct board {
	const char *root;
	struct share share[WORKERS];
	enum fate fate[WORKERS];
	atomic_int stage;
	struct tally tally[WORKERS];
	int inbox[WORKERS][2];	/* a pipe each: [0] to read, [1] to write */
	int other_input;	/* what the other program reads until it ends */
	int other_output;	/* where it says that it has begun */
};

/* Whose share a file is, decided by its name alone. */
int share_of(const char *path);
uint64_t hash_of(const char *path);

/*
 * Walks the tree and calls the function with every file's path until it returns
 * false.  Returns 0 or a negative errno.
 */
int tree_walk(const char *root, bool (*each)(const char *path, void *data),
	      void *data);

/* Ends the demo, and the workers with it. */
__attribute__((format(printf, 1, 2), noreturn))
void fail(const char *format, ...);

/* A worker's whole life; returns what the process exits with. */
int worker_run(struct board *board, int me);

/* The program that the worker with that fate becomes. */
#define OTHER_PROGRAM	"--other-program"
int other_program(void);

#endif /* DEMO_H */
