// SPDX-License-Identifier: GPL-2.0
/*
 * bench - measure rows, and print them as lines of tab-separated fields
 *
 *	bench [-t] [-o PATTERN | NAME...]
 *	bench -l NAME
 *
 * All, or those that an extended regular expression is found in, or those of
 * that name; names that are none of its rows it leaves to others.  Each is
 * measured in a process of its own.
 *
 *	row	<group/name>	<figure>	<unit>	<ns>	<best>	<worst>	<rounds>
 *	missing	<group/name>	<why>
 *
 * The unit is "null" for a ratio to the null ioctl, which comes first.  With -t
 * by a clock that runs on while others have the machine: many short tries that
 * take turns with the null ioctl, of which the median counts, and
 *
 *	time	<group/name>	<ratio>	null	<ratio>	<quartiles>	<rounds>
 *
 * With -l rounds are made for a while, so that they can be watched, each after a
 * call of round_begins().
 */
#include <regex.h>
#include <stdio.h>
#include <unistd.h>

#include "row.h"

void round_begins(void);

static regex_t pattern;
static bool patterned;

static bool is_wanted(const struct row *row, char **names)
{
	char name[256];

	if (patterned) {
		snprintf(name, sizeof(name), "%s/%s", row->group, row->name);
		return !regexec(&pattern, name, 0, NULL, 0);
	}
	if (!*names)
		return true;
	for (; *names; names++)
		if (row_is(row, *names))
			return true;
	return false;
}

static void measure_one(const struct row *row, bool by_turns, double null_ns)
{
	const char *why = row->missing ? row->missing() : NULL;
	struct figure figure;

	if (by_turns && (why || row->special))
		return;
	if (why) {
		printf("missing\t%s/%s\t%s\n", row->group, row->name, why);
	} else if (by_turns) {
		figure = measure_row_by_turns(row);
		print_figure("time", row->group, row->name, &figure, "null", 1);
	} else {
		figure = measure_row_apart(row);
		print_figure("row", row->group, row->name, &figure, row->unit, null_ns);
	}
}

/* A unit that grows makes all figures smaller: it can have a bar, too. */
static void print_instructions(const struct figure *null)
{
	struct figure figure = *null;

	figure.ns /= 2;
	figure.best /= 2;
	figure.worst /= 2;
	print_figure("row", null_row.group, "ioctl, instructions", &figure,
		     "instructions", 1);
}

__attribute__((noinline))
void round_begins(void)
{
	asm volatile("");
}

static void loop(const struct row *row)
{
	int64_t end;

	MUST(row->round);
	if (row->begin)
		row->begin(row->argument);
	warm_up(row->round);
	puts("looping");
	fflush(stdout);
	for (end = now() + 2000000000ll; now() < end;)
		for (int i = 0; i < 1000; i++) {
			round_begins();
			row->round();
		}
}

int main(int argc, char **argv)
{
	bool by_turns = false;
	struct figure null;
	int option;

	while ((option = getopt(argc, argv, "l:o:t")) != -1)
		switch (option) {
		case 'l':
			loop(row_is(&null_row, optarg) ? &null_row : find_row(optarg));
			return 0;
		case 'o':
			patterned = true;
			MUST(!regcomp(&pattern, optarg, REG_EXTENDED | REG_NOSUB));
			break;
		case 't':
			by_turns = true;
			effort = time_effort;
			break;
		default:
			return 2;
		}

	null = measure_row_apart(&null_row);
	if (!by_turns) {
		print_figure("row", null_row.group, null_row.name, &null, NULL, null.ns);
		print_instructions(&null);
	}
	for (int i = 0; tables[i]; i++)
		for (const struct row *row = tables[i]; row->group; row++)
			if (is_wanted(row, argv + optind))
				measure_one(row, by_turns, null.ns);
	return 0;
}
