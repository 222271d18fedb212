// SPDX-License-Identifier: GPL-2.0
/*
 * growth - what operations cost while much lives
 *
 *	growth [AXIS...]
 *
 * Of all axes, or of those named, lines of tab-separated fields:
 *
 *	growth	<axis>	<group/name>	<x>	<ratio to the null ioctl>	<ns>
 *
 * and of the axis "million", what a million handles cost against ten:
 *
 *	row	million/<name>	<how many times>	times	...
 *
 * All that lives is in the domain, and where it can be in the client, of whom
 * the operations are asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "client.h"

#define MILLION 1000000

static const struct effort short_effort = {
	.warm = 15 * 1000 * 1000,
	.window = 15 * 1000 * 1000,
	.repeats = 2,
	.longer = 4,
	.pause = 300 * 1000 * 1000,
};

static double null_ns;

static bool is_among(const char *name, char **names)
{
	while (*names)
		if (!strcmp(*names++, name))
			return true;
	return false;
}


/* How much of what the axis is about there is. */
static unsigned long live;

/* There are some to begin with. */
static void grow_handles(unsigned long to)
{
	if (live < OTHER_HANDLES)
		live = OTHER_HANDLES;
	for (; live < to; live++)
		new_event();
}

static int *clients;

/* Each with an object of its own. */
static void grow_clients(unsigned long to)
{
	clients = realloc(clients, to * sizeof(*clients));
	MUST(clients);
	for (; live < to; live++) {
		clients[live] = new_client();
		new_object_by(clients[live], WAPI_TYPE_EVENT, 0);
	}
}

static void grow_names(unsigned long to)
{
	char name[32];

	for (; live < to; live++) {
		snprintf(name, sizeof(name), "growth %lu", live);
		new_named(WAPI_TYPE_EVENT, name);
	}
}

static uint64_t *blocks;
static uint64_t seed = 1;

/* Small, fast and the same in every run. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Mostly small, few large: as many bytes come from each power of two. */
static uint64_t random_size(void)
{
	uint64_t bits = 4 + __builtin_ctzll(next_random() | 1 << 8);

	return (1 << bits) + next_random() % (1 << bits);
}

/*
 * In the time of a day blocks come and go: each of @steps frees one at random and
 * makes another.
 */
static void grow_blocks(unsigned long to)
{
	unsigned long steps = to < 1000 ? 100000 : 200000;

	blocks = realloc(blocks, to * sizeof(*blocks));
	MUST(blocks);
	for (; live < to; live++)
		blocks[live] = new_block(random_size());
	while (steps--) {
		uint64_t *block = &blocks[next_random() % live];

		free_block(*block);
		*block = new_block(random_size());
	}
}

/* @label is what the row is called where its argument is not its own. */
struct measured {
	const char *row, *label;
};

static const struct measured operations[] = {
	{ "wapi/open + close" },
	{ "wapi/new + close, event" },
	{ "wapi/new with a name + close" },
	{ "wapi/open by name + close" },
	{ "wapi/scratch 64 B + free" },
	{ "wapi/set" },
	{ "wapi/set + wait" },
	{ "wapi/any of 64, last one set" },
	{ "wapi/all of 2, both set" },
	{ "wapi/mutex lock + unlock" },
	{ "wapi/recursive lock + unlock" },
	{ "wapi/semaphore release + acquire" },
	{ "wapi/round trip, set + wait" },
	{ "wapi/round trip, signal-and-wait" },
	{ "wapi/query" },
	{ "wapi/search, first one" },
	{ 0 }
};
static const struct measured waits[] = {
	{ "wapi/any of 64, last one set", "wapi/any of them, last one set" },
	{ "wapi/all of 64, all set", "wapi/all of them, all set" },
	{ 0 }
};
static const struct measured scratches[] = {
	{ "wapi/scratch 64 B + free" },
	{ "wapi/scratch 4096 B + free" },
	{ "wapi/block" },
	{ "wapi/new + close, file with 64 B of data" },
	{ 0 }
};
static const struct measured requests[] = {
	{ "2002/new + close" },
	{ "2002/open + close" },
	{ 0 }
};

/**
 * struct axis - what there is more and more of
 * @name: its name
 * @from: how much there is at first
 * @to: and at last; between them are the powers of ten
 * @grow: makes what is missing, or NULL if that is what the rows do, told by
 *        their argument
 * @rows: what is measured
 */
static const struct axis {
	const char *name;
	unsigned long from, to;
	void (*grow)(unsigned long to);
	const struct measured *rows;
} axes[] = {
	{ "handles", 10, MILLION, grow_handles, operations },
	{ "clients", 1, 1000, grow_clients, operations },
	{ "names", 1, 100000, grow_names, operations },
	{ "blocks", 1, 100000, grow_blocks, scratches },
	{ "waited", 1, WAPI_WAIT_MAX, NULL, waits },
	{ "daemon", 10, 4090, NULL, requests },
	{ 0 }
};

static void measure_point(const struct axis *axis,
			  const struct measured *measured, unsigned long x)
{
	struct row row = *find_row(measured->row);
	struct figure figure;

	if (axis->grow) {
		figure = measure_row(&row);
	} else {
		row.argument = x;
		figure = measure_row_apart(&row);
	}
	printf("growth\t%s\t%s\t%lu\t%.4f\t%.2f\n", axis->name,
	       measured->label ?: measured->row, x, figure.ns / null_ns, figure.ns);
	fflush(stdout);
}

/* Tables that grew are rebuilt in the background. */
static void settle(void)
{
	sleep(2);
}

static void follow(const void *argument)
{
	const struct axis *axis = argument;

	if (axis->grow)
		open_client();
	for (unsigned long x = axis->from;; x = x * 10 < axis->to ? x * 10 : axis->to) {
		if (axis->grow) {
			axis->grow(x);
			settle();
		}
		for (const struct measured *measured = axis->rows; measured->row;
		     measured++)
			measure_point(axis, measured, x);
		if (x == axis->to)
			break;
	}
}

static void compare_million(const void *unused)
{
	enum { ROWS = sizeof(operations) / sizeof(operations[0]) - 1 };
	struct figure few[ROWS], many;

	(void)unused;
	open_client();
	grow_handles(10);
	for (int i = 0; i < ROWS; i++)
		few[i] = measure_row(find_row(operations[i].row));
	grow_handles(MILLION);
	settle();
	MUST(read_info(client).handles == MILLION);
	for (int i = 0; i < ROWS; i++) {
		many = measure_row(find_row(operations[i].row));
		many.ns /= few[i].ns;
		many.best /= few[i].worst;
		many.worst /= few[i].best;
		print_figure("row", "million", strchr(operations[i].row, '/') + 1,
			     &many, "times", 1);
	}
}

/* One descriptor for each client. */
static void allow_descriptors(rlim_t count)
{
	struct rlimit limit = { .rlim_cur = count, .rlim_max = count };

	MUST(!setrlimit(RLIMIT_NOFILE, &limit));
}

int main(int argc, char **argv)
{
	struct figure null = measure_row_apart(&null_row);

	null_ns = null.ns;
	allow_descriptors(4096);
	for (const struct axis *axis = axes; axis->name; axis++)
		if (argc < 2 || is_among(axis->name, argv + 1)) {
			effort = short_effort;
			run_apart(follow, axis);
		}
	if (argc < 2 || is_among("million", argv + 1)) {
		effort = usual_effort;
		run_apart(compare_million, NULL);
	}
	return 0;
}
