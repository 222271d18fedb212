/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A row: an operation that is measured, and how it is set up.
 *
 * Each is measured in a process of its own, which ends with it.  What fails
 * ends the run: a number is only printed for what was done.
 */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include "measure.h"

/**
 * struct row - an operation to measure
 * @group: what it belongs to, the first part of its name
 * @name: its name in the group
 * @begin: sets it up, or NULL
 * @argument: for @begin
 * @round: does it once
 * @end: undoes what @begin did, or NULL; only needed where many rows are
 *       measured in one process
 * @special: measures it, in the place of @round
 * @unit: "null", the usual one if NULL: printed as a ratio to the null ioctl
 * @missing: says why it cannot be measured here, or returns NULL; or NULL
 */
struct row {
	const char *group, *name;
	void (*begin)(unsigned long argument);
	unsigned long argument;
	void (*round)(void);
	void (*end)(void);
	struct figure (*special)(void);
	const char *unit;
	const char *(*missing)(void);
};

/* Ends the program, and says what could not be done in which row, and errno. */
__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *format, ...);

#define MUST(condition) do {						\
	if (__builtin_expect(!(condition), 0))				\
		die("%s:%d: not true: %s", __FILE__, __LINE__, #condition); \
} while (0)

/* The tables of rows, each in the file of that name, with an empty last one. */
extern const struct row null_rows[];
extern const struct row wapi_handle_rows[];
extern const struct row wapi_name_rows[];
extern const struct row wapi_signal_rows[];
extern const struct row wapi_wait_rows[];
extern const struct row wapi_scratch_rows[];
extern const struct row wapi_share_rows[];
extern const struct row wapi_end_rows[];

#endif /* BENCH_ROW_H */
