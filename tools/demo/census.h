/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module itself counts in this user's domain, through a client that
 * holds nothing.
 */
#ifndef DEMO_CENSUS_H
#define DEMO_CENSUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct board;

struct census {
	uint64_t handles;
	uint64_t references;
	uint64_t blocks;
	uint64_t arena_used;
	uint64_t clients;	/* the story's own not counted */
	bool dead_client;	/* one of them is a dead worker's */
};

/* Ends the demo if the module does not answer. */
struct census take_census(const struct board *board, const pid_t *pids);

#endif /* DEMO_CENSUS_H */
