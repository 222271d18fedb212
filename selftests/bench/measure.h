/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a round of an operation costs, in nanoseconds of the guest's clock.
 *
 * With counted instructions a nanosecond is half an instruction, and a figure
 * is the same in every boot.  It is a mean over many timer ticks, so that what
 * an operation leaves to be done later (memory freed after a grace period, by a
 * softirq or a kernel thread) is in it, and the ticks take the same share of
 * every row, the null ioctl's included.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

/* The most repeats that there can be. */
#define REPEATS_MAX 31

/**
 * struct effort - how much to measure
 * @warm: how long to run before, in ns
 * @window: how long one repeat is at least, in ns
 * @repeats: how many there are
 * @pause: how long to do nothing after each process, in ns
 * @longer: how many windows long the repeats of a row are that leaves garbage
 * @median: the median of them counts, as others disturb; else the mean
 */
struct effort {
	int64_t warm, window, pause;
	int repeats, longer;
	bool median;
};

/**
 * struct figure - what was measured
 * @ns: what a round takes, in ns, without the loop's own; the mean or the median
 *      of the repeats; or whatever else was measured
 * @best: the least of them, or the lower quartile if it is the median
 * @worst: the most of them, or the upper quartile
 * @rounds: how many there were in a repeat
 */
struct figure {
	double ns, best, worst;
	unsigned long rounds;
};

/* What is made now; the usual one, and that by a clock that others disturb. */
extern struct effort effort;
extern const struct effort usual_effort, time_effort;

int64_t now(void);
/* ns of a loop that makes @rounds rounds. */
int64_t time_rounds(void (*round)(void), unsigned long rounds);
/* Warms up, and returns how many rounds fill the window: a power of 2. */
unsigned long warm_up(void (*round)(void));
struct figure measure(void (*round)(void));
/* How many rounds of @reference a round takes: they take turns. */
struct figure measure_ratio(void (*round)(void), void (*reference)(void));
/* For what is not made of rounds: @repeats figures of one's own. */
struct figure figure_of(double *ns, int repeats, unsigned long rounds);
/* ns of a round that does nothing; it is taken off all others. */
double empty_round(void);

#endif /* BENCH_MEASURE_H */
