/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A row: an operation that is measured, and how it is set up.
 *
 * What fails ends the run: a number is only printed for what was done.
 */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include <stdbool.h>

#include "measure.h"

/**
 * struct row - an operation to measure
 * @group: what it belongs to, the first part of its name
 * @name: its name in the group
 * @begin: sets it up, or NULL
 * @argument: for @begin
 * @round: does it once
 * @end: undoes what @begin did, or NULL; needed where several rows are measured
 *       in one process
 * @garbage: leaves memory to be freed after grace periods, by many at a time:
 *           needs longer for a mean that says something
 * @special: measures it, in the place of @round
 * @unit: of what @special measures, NULL for ns
 * @missing: says why it cannot be measured here, or returns NULL; or NULL
 */
struct row {
	const char *group, *name;
	void (*begin)(unsigned long argument);
	unsigned long argument;
	void (*round)(void);
	void (*end)(void);
	bool garbage;
	struct figure (*special)(void);
	const char *unit;
	const char *(*missing)(void);
};

/* Every table of rows, each ending with an empty one; then a NULL. */
extern const struct row *const tables[];

/* What every figure in ns is a ratio to. */
extern const struct row null_row;

/* Ends the program, and says what could not be done in which row. */
__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *format, ...);

/* errno may have nothing to do with it. */
#define MUST(condition) do {						\
	if (__builtin_expect(!(condition), 0))				\
		die("%s:%d: not true: %s (errno: %m)", __FILE__,	\
		    __LINE__, #condition);				\
} while (0)

/* "group/name" == @name */
bool row_is(const struct row *row, const char *name);
const struct row *find_row(const char *name);

/* Runs it in a process of its own, with which all goes that it made. */
void run_apart(void (*run)(const void *argument), const void *argument);

/* In this process. */
struct figure measure_row(const struct row *row);
/* In a process of its own. */
struct figure measure_row_apart(const struct row *row);
/* Likewise, as a ratio to the null ioctl, which takes turns with it. */
struct figure measure_row_by_turns(const struct row *row);

/*
 * A line of tab-separated fields for it:
 *
 *	<kind>	<group/name>	<figure>	<unit>	<ns>	<best>	<worst>	<rounds>
 *
 * The figure is a ratio to @null ns, and the unit "null", unless @unit tells.
 */
void print_figure(const char *kind, const char *group, const char *name,
		  const struct figure *figure, const char *unit, double null);

#endif /* BENCH_ROW_H */
