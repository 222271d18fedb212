/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of races share: two threads or processes that do something at
 * the same time, round after round.
 */
#ifndef WAPI_ROUNDS_H
#define WAPI_ROUNDS_H

#include <stdatomic.h>

#include "observe.h"

/*
 * Two sides that start each round at the same time.  They spin, as a wake-up
 * takes longer than what is to be raced; but not if there is but one processor.
 */
struct rounds {
	atomic_uint arrived;
	atomic_uint round;
};

static inline void meet(struct rounds *rounds)
{
	unsigned int round = atomic_load(&rounds->round), spins = 0;

	if (atomic_fetch_add(&rounds->arrived, 1) == 1) {
		atomic_store(&rounds->arrived, 0);
		atomic_fetch_add(&rounds->round, 1);
		return;
	}
	while (atomic_load(&rounds->round) == round)
		if (++spins % 256 == 0)
			sched_yield();
}

/* Makes one side a little late, now this one and now that. */
static inline void stagger(__u64 *seed)
{
	__u64 dice = next_random(seed);

	for (volatile unsigned int i = dice / 8 % (dice % 8 ? 128 : 4096); i; i--)
		;
}

/* Zeros, also for children; or MAP_FAILED. */
static inline void *shared_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Where two processors run two sides, neither moves about. */
static inline void stay_on_processor(int number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

#endif /* WAPI_ROUNDS_H */
