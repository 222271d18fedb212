/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table on standard output.
 *
 * Rows are printed a batch at a time, as wide as the widest so far, so that a
 * million of them need no more memory than a few.
 */
#ifndef WAPICTL_TABLE_H
#define WAPICTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS	11
#define TABLE_BATCH	256

struct table_column {
	const char *heading;
	bool right;
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	size_t width[TABLE_COLUMNS];
	char *cells[TABLE_BATCH * TABLE_COLUMNS];
	size_t cell_count;
	bool begun;
};

void table_begin(struct table *table, const struct table_column *columns,
		 size_t count);
/* The cell after the last one; the cells are ASCII. */
__attribute__((format(printf, 2, 3)))
void table_cell(struct table *table, const char *format, ...);
/* Prints what is left; nothing at all if there were no rows. */
void table_end(struct table *table);

#endif /* WAPICTL_TABLE_H */
