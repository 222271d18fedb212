/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wapictl - what its commands share
 *
 * A command is a function in a file of its own and a row of the table in
 * main.c.  It lives for one call: memory is allocated until it ends, and
 * running out of memory ends it.
 */
#ifndef WAPICTL_H
#define WAPICTL_H

#include <stdbool.h>
#include <stddef.h>

struct wapi_client;

/* What wapictl exits with. */
enum {
	STATUS_OK = 0,
	STATUS_FAILED = 1,	/* doctor: found a problem */
	STATUS_USAGE = 2,
};

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *synopsis;
	const char *summary;
};

int command_ps(int argc, char **argv);
int command_scratch(int argc, char **argv);
int command_info(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_help(int argc, char **argv);

const struct command *command_find(const char *name);
void command_usage(const struct command *command);

/* Options that commands have in common. */
#define OPTION_ALL	(1 << 0)
#define OPTION_JSON	(1 << 1)

struct options {
	bool all;
	bool json;
};

/*
 * Takes the options that the mask names and no arguments.  Returns false when
 * the command must not go on but end with *status.
 */
bool options_parse(int argc, char **argv, unsigned int mask,
		   struct options *options, int *status);

/* Say what is wrong, with the command's name before it. */
__attribute__((format(printf, 1, 2))) int failed(const char *format, ...);
__attribute__((format(printf, 1, 2))) int usage_error(const char *format, ...);

/* Ends the program if there was no memory. */
void *need(void *memory);

/* Opens the client, or says why not and what tells more. */
bool connect_client(struct wapi_client **client);

#endif /* WAPICTL_H */
