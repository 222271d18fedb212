// SPDX-License-Identifier: GPL-2.0
/*
 * The options that commands have in common.
 */
#include <getopt.h>
#include <stdio.h>

#include "wapictl.h"

static const struct option known[] = {
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* One option; returns false if the command does not go on. */
static bool option_take(int found, char **argv, unsigned int mask,
			struct options *options, int *status)
{
	if (found == 'h') {
		command_usage(command_find(argv[0]));
		*status = STATUS_OK;
		return false;
	}
	if (found == '?' || !(found & mask)) {
		/* In a cluster of letters getopt is not past the word yet. */
		if (found == '?' && optopt > ' ' && optopt <= '~' &&
		    optopt != 'h')
			*status = usage_error("no option '-%c'", optopt);
		else
			*status = usage_error("no option '%s'",
					      argv[optind - 1]);
		return false;
	}
	options->all |= found == OPTION_ALL;
	options->json |= found == OPTION_JSON;
	return true;
}

bool options_parse(int argc, char **argv, unsigned int mask,
		   struct options *options, int *status)
{
	int found;

	*options = (struct options){ 0 };
	opterr = 0;
	while ((found = getopt_long(argc, argv, "+h", known, NULL)) != -1)
		if (!option_take(found, argv, mask, options, status))
			return false;
	if (optind < argc) {
		*status = usage_error("unexpected argument '%s'", argv[optind]);
		return false;
	}
	return true;
}
