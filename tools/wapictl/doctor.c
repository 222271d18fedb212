// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl doctor - why /dev/wapi does not work, and what to do
 *
 * What the checks report, kept and printed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "json.h"
#include "show.h"
#include "text.h"
#include "wapictl.h"

#define FINDINGS	16

struct finding {
	const char *about;
	enum verdict verdict;
	char *found;
	char *advice;
};

static struct finding findings[FINDINGS];
static size_t finding_count;

static const char *const verdict_names[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_NOTE] = "note",
	[VERDICT_PROBLEM] = "problem",
};

/* Escaped, for there can be names of files in it. */
static char *sentence(const char *format, va_list arguments)
{
	char *plain, *escaped;

	if (vasprintf(&plain, format, arguments) < 0)
		need(NULL);
	escaped = need(malloc(strlen(plain) * TEXT_ESCAPED + 1));
	text_escape(escaped, plain, strlen(plain));
	free(plain);
	return escaped;
}

void report(const char *about, enum verdict verdict, const char *format, ...)
{
	struct finding *finding = &findings[finding_count];
	va_list arguments;

	if (finding_count == FINDINGS)
		return;
	finding_count++;
	finding->about = about;
	finding->verdict = verdict;
	va_start(arguments, format);
	finding->found = sentence(format, arguments);
	va_end(arguments);
}

void advise(const char *format, ...)
{
	struct finding *finding = &findings[finding_count - 1];
	va_list arguments;

	free(finding->advice);
	va_start(arguments, format);
	finding->advice = sentence(format, arguments);
	va_end(arguments);
}

bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool found;

	if (!file)
		return false;
	found = fgets(line, size, file);
	fclose(file);
	if (found)
		line[strcspn(line, "\n")] = '\0';
	return found;
}

static size_t count_problems(void)
{
	size_t count = 0;

	for (size_t i = 0; i < finding_count; i++)
		count += findings[i].verdict == VERDICT_PROBLEM;
	return count;
}

static void print_findings(size_t problems)
{
	for (size_t i = 0; i < finding_count; i++) {
		const struct finding *finding = &findings[i];

		printf("%-8s %-10s %s\n", verdict_names[finding->verdict],
		       finding->about, finding->found);
		if (finding->advice)
			printf("%19s -> %s\n", "", finding->advice);
	}
	if (problems)
		printf("%zu problem%s found\n", problems, plural(problems));
	else
		puts("all well");
}

static void emit_findings(size_t problems)
{
	emit_begin(NULL, '{');
	emit("problems", json_integer(problems));
	emit_begin("findings", '[');
	for (size_t i = 0; i < finding_count; i++)
		emit(NULL, json_pack("{s:s, s:s, s:s, s:s?}",
				     "about", findings[i].about, "verdict",
				     verdict_names[findings[i].verdict],
				     "found", findings[i].found,
				     "advice", findings[i].advice));
	emit_end();
	emit_end();
}

static void free_findings(void)
{
	for (size_t i = 0; i < finding_count; i++) {
		free(findings[i].found);
		free(findings[i].advice);
	}
}

int command_doctor(int argc, char **argv)
{
	struct options options;
	size_t problems;
	int status;

	if (!options_parse(argc, argv, OPTION_JSON, &options, &status))
		return status;

	check_kernel();
	check_module();
	if (!module_loaded())
		check_signature();
	check_device();
	check_requests();

	problems = count_problems();
	if (options.json)
		emit_findings(problems);
	else
		print_findings(problems);
	free_findings();
	return problems ? STATUS_FAILED : STATUS_OK;
}
