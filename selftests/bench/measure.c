// SPDX-License-Identifier: GPL-2.0
/* What a round of an operation costs: see measure.h. */
#include <stdlib.h>
#include <time.h>

#include "measure.h"

#define USUAL_EFFORT {				\
	.warm = 60 * 1000 * 1000,		\
	.window = 60 * 1000 * 1000,		\
	.repeats = 3,				\
	.longer = 10,				\
	.pause = 300 * 1000 * 1000,		\
}

struct effort effort = USUAL_EFFORT;
const struct effort usual_effort = USUAL_EFFORT;

/* Short windows: most of them pass without another program on the processor. */
const struct effort time_effort = {
	.warm = 20 * 1000 * 1000,
	.window = 2 * 1000 * 1000,
	.repeats = 31,
	.longer = 1,
	.pause = 50 * 1000 * 1000,
	.median = true,
};

int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Never inlined: each round is called in the same way, the empty one too. */
__attribute__((noinline))
int64_t time_rounds(void (*round)(void), unsigned long rounds)
{
	int64_t start = now();

	for (unsigned long i = 0; i < rounds; i++)
		round();
	return now() - start;
}

unsigned long warm_up(void (*round)(void))
{
	int64_t start = now(), taken;
	unsigned long rounds = 1;

	/* The last, longest try tells how many fill the window. */
	do {
		taken = time_rounds(round, rounds);
		if (taken < effort.warm / 8)
			rounds *= 2;
	} while (now() - start < effort.warm);
	while (taken > 0 && taken < effort.window) {
		taken *= 2;
		rounds *= 2;
	}
	return rounds;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct figure figure_of(double *ns, int repeats, unsigned long rounds)
{
	int edge = effort.median ? repeats / 4 : 0;
	double sum = 0;

	for (int i = 0; i < repeats; i++)
		sum += ns[i];
	qsort(ns, repeats, sizeof(ns[0]), compare);
	return (struct figure){
		.ns = effort.median ? ns[repeats / 2] : sum / repeats,
		.best = ns[edge],
		.worst = ns[repeats - 1 - edge],
		.rounds = rounds,
	};
}

static struct figure measure_all(void (*round)(void))
{
	unsigned long rounds = warm_up(round);
	double ns[REPEATS_MAX];

	for (int i = 0; i < effort.repeats; i++)
		ns[i] = (double)time_rounds(round, rounds) / rounds;
	return figure_of(ns, effort.repeats, rounds);
}

static void do_nothing(void)
{
}

double empty_round(void)
{
	static double ns = -1;

	if (ns < 0)
		ns = measure_all(do_nothing).ns;
	return ns;
}

struct figure measure_ratio(void (*round)(void), void (*reference)(void))
{
	unsigned long reference_rounds = warm_up(reference);
	unsigned long rounds = warm_up(round);
	double ratios[REPEATS_MAX], empty = empty_round();

	for (int i = 0; i < effort.repeats; i++) {
		double unit = time_rounds(reference, reference_rounds);
		double ns = time_rounds(round, rounds);

		ratios[i] = (ns / rounds - empty) / (unit / reference_rounds - empty);
	}
	return figure_of(ratios, effort.repeats, rounds);
}

struct figure measure(void (*round)(void))
{
	double empty = empty_round();
	struct figure figure = measure_all(round);

	figure.ns -= empty;
	figure.best -= empty;
	figure.worst -= empty;
	return figure;
}
