// SPDX-License-Identifier: GPL-2.0
/*
 * A table on standard output.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wapictl.h"

/* Rather one ragged row than a table wider than a screen. */
#define WIDEST	40

void table_begin(struct table *table, const struct table_column *columns,
		 size_t count)
{
	table->columns = columns;
	table->column_count = count;
	table->cell_count = 0;
	table->begun = false;
	for (size_t i = 0; i < count; i++)
		table->width[i] = strlen(columns[i].heading);
}

static void print_row(const struct table *table, const char *const *cells)
{
	size_t last = table->column_count - 1;

	for (size_t i = 0; i <= last; i++) {
		int width = table->width[i];

		if (table->columns[i].right)
			printf("%*s", width, cells[i]);
		else
			printf("%-*s", i < last ? width : 0, cells[i]);
		fputs(i < last ? "  " : "\n", stdout);
	}
}

static void print_headings(const struct table *table)
{
	const char *headings[TABLE_COLUMNS];

	for (size_t i = 0; i < table->column_count; i++)
		headings[i] = table->columns[i].heading;
	print_row(table, headings);
}

static void widen(struct table *table)
{
	for (size_t i = 0; i < table->cell_count; i++) {
		size_t *width = &table->width[i % table->column_count];
		size_t length = strlen(table->cells[i]);

		if (length > *width && length <= WIDEST)
			*width = length;
	}
}

static void flush(struct table *table)
{
	widen(table);
	if (!table->begun && table->cell_count)
		print_headings(table);
	table->begun |= table->cell_count > 0;

	for (size_t i = 0; i < table->cell_count; i += table->column_count)
		print_row(table, (const char *const *)table->cells + i);
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	table->cell_count = 0;
}

void table_cell(struct table *table, const char *format, ...)
{
	char **cell = &table->cells[table->cell_count];
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(cell, format, arguments) < 0)
		need(NULL);
	va_end(arguments);

	if (++table->cell_count == TABLE_BATCH * table->column_count)
		flush(table);
}

void table_end(struct table *table)
{
	flush(table);
}
