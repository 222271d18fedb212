// SPDX-License-Identifier: GPL-2.0
/* A row: how it is found, measured and printed. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "row.h"

/* For what goes wrong. */
static const struct row *measured;

void die(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	if (measured)
		fprintf(stderr, "%s/%s: ", measured->group, measured->name);
	va_start(arguments, format);
	errno = error;
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	_exit(1);
}

bool row_is(const struct row *row, const char *name)
{
	size_t length = strlen(row->group);

	return !strncmp(name, row->group, length) && name[length] == '/' &&
	       !strcmp(name + length + 1, row->name);
}

const struct row *find_row(const char *name)
{
	for (int i = 0; tables[i]; i++)
		for (const struct row *row = tables[i]; row->group; row++)
			if (row_is(row, name))
				return row;
	die("no row is called %s", name);
}

struct figure measure_row(const struct row *row)
{
	struct effort usual = effort;
	struct figure figure;

	measured = row;
	if (row->begin)
		row->begin(row->argument);
	if (row->garbage)
		effort.window *= effort.longer;
	figure = row->special ? row->special() : measure(row->round);
	effort = usual;
	if (row->end)
		row->end();
	return figure;
}

void run_apart(void (*run)(const void *argument), const void *argument)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	MUST(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(argument);
		fflush(stdout);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status))
		die("killed by signal %d", WTERMSIG(status));
	/* It has said why. */
	if (status)
		_exit(1);
	/* What it left behind is not the next one's. */
	usleep(effort.pause / 1000);
}

static struct figure *result;

static void measure_result(const void *row)
{
	*result = measure_row(row);
}

static void measure_ratio_result(const void *argument)
{
	const struct row *row = argument;

	null_row.begin(null_row.argument);
	if (row->begin)
		row->begin(row->argument);
	*result = measure_ratio(row->round, null_row.round);
}

static struct figure measure_apart(void (*measure_it)(const void *row),
				   const struct row *row)
{
	if (!result)
		result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(result != MAP_FAILED);
	/* For all, not for each. */
	empty_round();
	measured = row;
	run_apart(measure_it, row);
	return *result;
}

struct figure measure_row_apart(const struct row *row)
{
	return measure_apart(measure_result, row);
}

struct figure measure_row_by_turns(const struct row *row)
{
	return measure_apart(measure_ratio_result, row);
}

void print_figure(const char *kind, const char *group, const char *name,
		  const struct figure *figure, const char *unit, double null)
{
	printf("%s\t%s/%s\t%.4f\t%s\t%.2f\t%.2f\t%.2f\t%lu\n", kind, group, name,
	       unit ? figure->ns : figure->ns / null, unit ?: "null",
	       figure->ns, figure->best, figure->worst, figure->rounds);
	fflush(stdout);
}
