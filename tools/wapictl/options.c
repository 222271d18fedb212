// SPDX-License-Identifier: GPL-2.0
/*
 * The options that commands have in common, and what follows them.
 *
 * Options and names may be mixed, up to a "--".  Behind that is a command with
 * options of its own.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wapictl.h"

static const struct option known[] = {
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "conflict-exit-code", required_argument, NULL, OPTION_CONFLICT },
	{ "manual", no_argument, NULL, OPTION_MANUAL },
	{ "set", no_argument, NULL, OPTION_SET },
	{ "exclusive", no_argument, NULL, OPTION_EXCLUSIVE },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "maximum", required_argument, NULL, OPTION_MAXIMUM },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* What getopt gives for a word that is no option, and for a missing value. */
#define WORD	1
#define MISSING	':'

static bool parse_number(const char *text, unsigned long least,
			 unsigned long most, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno &&
	       *number >= least && *number <= most;
}

/* In seconds; what is longer does not fit, and is for ever. */
#define LONGEST	9e9

/* Seconds, with a fraction or not. */
static bool parse_seconds(const char *text, int64_t *ns)
{
	double seconds;
	char *end;

	seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(seconds) || seconds < 0)
		return false;
	*ns = seconds < LONGEST ? (int64_t)(seconds * 1e9) : -1;
	return true;
}

static int option_wrong(int found, char **argv)
{
	const char *word = argv[optind - 1];

	if (found == MISSING)
		return usage_error("'%s' needs a value", word);
	/* In a cluster of letters getopt is not past the word yet. */
	if (found == '?' && optopt > ' ' && optopt <= '~' && optopt != 'h')
		return usage_error("no option '-%c'", optopt);
	return usage_error("no option '%s'", word);
}

/* An option that has a value; returns whether it is a good one. */
static bool option_value(int found, struct options *options)
{
	unsigned long number = 0;
	bool good = true;

	if (found == OPTION_TIMEOUT) {
		good = parse_seconds(optarg, &options->timeout);
	} else if (found == OPTION_CONFLICT) {
		good = parse_number(optarg, 0, 255, &number);
		options->timeout_status = number;
	} else if (found == OPTION_COUNT) {
		good = parse_number(optarg, 0, INT32_MAX, &number);
		options->count = number;
	} else if (found == OPTION_MAXIMUM) {
		good = parse_number(optarg, 1, INT32_MAX, &number);
		options->maximum = number;
	}
	return good;
}

/* One option or name; returns false if the command does not go on. */
static bool option_take(int found, char **argv, unsigned int mask,
			struct options *options, int *status)
{
	if (found == 'h') {
		command_usage(command_running());
		*status = STATUS_OK;
		return false;
	}
	if (found == WORD) {
		options->names[options->name_count++] = optarg;
		return true;
	}
	if (found == '?' || found == MISSING || !(found & mask)) {
		*status = option_wrong(found, argv);
		return false;
	}
	if (!option_value(found, options)) {
		*status = usage_error("'%s' is no good value here", optarg);
		return false;
	}
	options->all |= found == OPTION_ALL;
	options->json |= found == OPTION_JSON;
	options->manual |= found == OPTION_MANUAL;
	options->set |= found == OPTION_SET;
	options->exclusive |= found == OPTION_EXCLUSIVE;
	return true;
}

/* Cuts the command off.  Returns how many words are before it. */
static int command_cut(int argc, char **argv, struct options *options)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		options->command = argv + i + 1;
		argv[i] = NULL;
		return i;
	}
	return argc;
}

/* What is wrong with what follows the options; what a command exits with. */
static int options_check(unsigned int mask, const struct options *options)
{
	size_t most = mask & OPTION_NAMES ? SIZE_MAX :
		      mask & OPTION_NAME ? 1 : 0;

	if (options->name_count > most)
		return usage_error("unexpected argument '%s'%s",
				   options->names[most],
				   mask & OPTION_COMMAND ?
				   "; a command comes behind '--'" : "");
	if (most && !options->name_count)
		return usage_error("which name?");
	if (options->command && !(mask & OPTION_COMMAND) && *options->command)
		return usage_error("unexpected argument '%s'",
				   *options->command);
	if (mask & OPTION_COMMAND && options->command && !*options->command)
		return usage_error("no command behind '--'");
	if (mask & OPTION_MUST_COMMAND && !options->command)
		return usage_error("which command? It comes behind '--'");
	return STATUS_OK;
}

bool options_parse(int argc, char **argv, unsigned int mask,
		   struct options *options, int *status)
{
	int found;

	*options = (struct options){
		.timeout = -1,
		.timeout_status = STATUS_TIMEOUT,
		.count = COUNT_NOT_GIVEN,
		.names = need(calloc(argc + 1, sizeof(char *))),
	};
	argc = command_cut(argc, argv, options);
	opterr = 0;
	while ((found = getopt_long(argc, argv, "-:h", known, NULL)) != -1)
		if (!option_take(found, argv, mask, options, status))
			return false;
	*status = options_check(mask, options);
	return *status == STATUS_OK;
}

int options_failed(const struct options *options)
{
	return options->command ? STATUS_NOT_RUN : STATUS_FAILED;
}

int verbs_run(int argc, char **argv, const struct verb *verbs, size_t count)
{
	struct options options;
	int status;

	if (argc < 2)
		return usage_error("to do what?");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		if (!options_parse(argc - 1, argv + 1, verbs[i].mask, &options,
				   &status))
			return status;
		return verbs[i].run(&options);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		command_usage(command_running());
		return STATUS_OK;
	}
	return usage_error("cannot '%s'", argv[1]);
}
