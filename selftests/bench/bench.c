// SPDX-License-Identifier: GPL-2.0
/*
 * bench - measure rows, and print them as lines of tab-separated fields
 *
 *	row	<group/name>	<ratio>	<ns per round>	<best>	<worst>	<rounds>
 *	missing	<group/name>	<why>
 */
#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "row.h"

static const struct row *const tables[] = {
	wapi_handle_rows, wapi_name_rows, wapi_signal_rows, wapi_wait_rows,
	wapi_scratch_rows, wapi_share_rows, wapi_end_rows,
};

static const struct row *doing;

void die(const char *format, ...)
{
	const char *why = strerror(errno);
	va_list arguments;

	fprintf(stderr, "bench: %s/%s: ", doing ? doing->group : "",
		doing ? doing->name : "");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, " (errno: %s)\n", why);
	_exit(1);
}

/* In a process of its own, with which all goes that it made. */
static struct figure run(const struct row *row)
{
	static struct figure *figure;
	int status;
	pid_t pid;

	doing = row;
	if (!figure)
		figure = mmap(NULL, sizeof(*figure), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(figure != MAP_FAILED);
	empty_round();
	pid = fork();
	MUST(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (row->begin)
			row->begin(row->argument);
		*figure = row->special ? row->special() : measure(row->round);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	if (status)
		exit(1);
	/* What it left behind is not the next one's. */
	usleep(300 * 1000);
	return *figure;
}

static void print(const struct row *row, const struct figure *figure, double unit)
{
	printf("row\t%s/%s\t%.4f\t%.2f\t%.2f\t%.2f\t%lu\n", row->group, row->name,
	       figure->ns / unit, figure->ns, figure->best, figure->worst,
	       figure->rounds);
	fflush(stdout);
}

static bool matches(const regex_t *pattern, const struct row *row)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/%s", row->group, row->name);
	return !regexec(pattern, name, 0, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *only = "";
	struct figure null;
	regex_t pattern;
	int option;

	while ((option = getopt(argc, argv, "o:r:")) != -1)
		switch (option) {
		case 'o':
			only = optarg;
			break;
		case 'r':
			effort.repeats = atoi(optarg);
			break;
		default:
			return 2;
		}
	MUST(effort.repeats > 0 && effort.repeats <= REPEATS_MAX);
	MUST(!regcomp(&pattern, only, REG_EXTENDED | REG_NOSUB));

	null = run(null_rows);
	print(null_rows, &null, null.ns);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct row *row = tables[i]; row->group; row++) {
			const char *why = row->missing ? row->missing() : NULL;
			struct figure figure;

			if (!matches(&pattern, row))
				continue;
			if (why) {
				printf("missing\t%s/%s\t%s\n", row->group,
				       row->name, why);
				continue;
			}
			figure = run(row);
			print(row, &figure, null.ns);
		}
	return 0;
}
