// SPDX-License-Identifier: GPL-2.0
/*
 * What a program has reached: pairs of places of the module that were passed one
 * after the other, as KCOV tells. Where there is no KCOV, pairs of results of
 * calls, which say less.
 */
#include "fuzz.h"

#include <sys/mman.h>

#include <linux/kcov.h>

#define AREA_WORDS	(1ul << 16)
#define SIGNALS		(1u << 20)
#define POINTS		(1u << 16)

bool guided;
static uint64_t *areas[LANES];
static unsigned char signals[SIGNALS];
static uint64_t points[POINTS];
static unsigned int nr_points;

void cover_begin(void)
{
	int fd;

	for (unsigned int lane = 0; lane < LANES; lane++) {
		fd = open("/sys/kernel/debug/kcov", O_RDWR);
		if (fd < 0)
			return;
		own_fd(fd, FD_KCOV + lane);
		if (ioctl(FD_KCOV + lane, KCOV_INIT_TRACE, AREA_WORDS)) {
			perror("fuzz: KCOV_INIT_TRACE");
			exit(1);
		}
		areas[lane] = mmap(NULL, AREA_WORDS * 8, PROT_READ | PROT_WRITE, MAP_SHARED,
				   FD_KCOV + lane, 0);
		if (areas[lane] == MAP_FAILED) {
			perror("fuzz: mmap of kcov");
			exit(1);
		}
	}
	guided = true;
}

/* Has this thread, which is that lane, watched. */
void cover_lane(unsigned int lane)
{
	if (guided && ioctl(FD_KCOV + lane, KCOV_ENABLE, KCOV_TRACE_PC)) {
		perror("fuzz: KCOV_ENABLE");
		_exit(1);
	}
}

void cover_reset(void)
{
	for (unsigned int lane = 0; guided && lane < LANES; lane++)
		__atomic_store_n(&areas[lane][0], 0, __ATOMIC_RELAXED);
}

static uint64_t mix(uint64_t number)
{
	number *= 0x9e3779b97f4a7c15ull;
	return number ^ number >> 29;
}

static bool note(uint64_t signal, bool keep)
{
	unsigned char *seen = &signals[mix(signal) % SIGNALS];

	if (*seen)
		return false;
	*seen = keep;
	return true;
}

static void note_point(uint64_t point)
{
	unsigned int at = mix(point) % POINTS;

	while (points[at] && points[at] != point)
		at = (at + 1) % POINTS;
	if (!points[at] && nr_points < POINTS / 2) {
		points[at] = point;
		nr_points++;
	}
}

static unsigned int new_results(bool keep)
{
	const struct program *program = &shared->program;
	unsigned int found = 0;
	uint64_t last = 0, this;

	for (unsigned int i = 0; i < program->nr_calls; i++) {
		this = (uint64_t)program->calls[i].op << 32;
		if (shared->results[i] < 0)
			this |= -shared->results[i];
		note_point(this + 1);
		found += note(last * 31 + this, keep);
		last = this;
	}
	return found;
}

/* How much the last program has reached that none did before; if told to, for good. */
unsigned int cover_new(bool keep)
{
	unsigned int found = 0;
	uint64_t last, n;

	if (!guided)
		return new_results(keep);
	for (unsigned int lane = 0; lane < LANES; lane++) {
		n = __atomic_load_n(&areas[lane][0], __ATOMIC_RELAXED);
		last = 0;
		for (uint64_t i = 1; i <= n && i < AREA_WORDS; i++) {
			found += note(last * 31 + areas[lane][i], keep);
			if (areas[lane][i] != last)
				note_point(areas[lane][i]);
			last = areas[lane][i];
		}
	}
	return found;
}

unsigned int cover_points(void)
{
	return nr_points;
}
