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
#include <stdint.h>

struct wapi_client;

/* What wapictl exits with. */
enum {
	STATUS_OK = 0,
	STATUS_FAILED = 1,	/* doctor: found a problem */
	STATUS_USAGE = 2,
	STATUS_TIMEOUT = 124,	/* the time is up; as timeout(1) */
	STATUS_NOT_RUN = 125,	/* failed before a command could be run */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNALLED = 128,	/* and the signal: the command was killed */
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
int command_who(int argc, char **argv);
int command_lock(int argc, char **argv);
int command_event(int argc, char **argv);
int command_sem(int argc, char **argv);
int command_wait(int argc, char **argv);
int command_run(int argc, char **argv);
int command_help(int argc, char **argv);

const struct command *command_find(const char *name);
void command_usage(const struct command *command);
/* The one that runs. */
const struct command *command_running(void);

/* Options that commands have in common; not the code of any letter. */
#define OPTION_ALL		(1 << 8)
#define OPTION_JSON		(1 << 9)
#define OPTION_TIMEOUT		(1 << 10)	/* and what to exit with then */
#define OPTION_CONFLICT		(1 << 11)
#define OPTION_MANUAL		(1 << 12)
#define OPTION_SET		(1 << 13)
#define OPTION_EXCLUSIVE	(1 << 14)
#define OPTION_COUNT		(1 << 15)
#define OPTION_MAXIMUM		(1 << 16)

/* And what may follow them. */
#define OPTION_NAME		(1 << 20)	/* exactly one */
#define OPTION_NAMES		(1 << 21)	/* one or more */
#define OPTION_COMMAND		(1 << 22)	/* behind "--" */
#define OPTION_MUST_COMMAND	(1 << 23)	/* needs one */

#define OPTIONS_TIMEOUT		(OPTION_TIMEOUT | OPTION_CONFLICT)

#define COUNT_NOT_GIVEN		UINT32_MAX

struct options {
	bool all;
	bool json;
	bool manual;
	bool set;
	bool exclusive;
	int64_t timeout;	/* in nanoseconds, less than 0 for ever */
	int timeout_status;	/* what to exit with when the time is up */
	uint32_t count;		/* COUNT_NOT_GIVEN if it is not */
	uint32_t maximum;	/* 0 if it is not given */
	char **names;
	size_t name_count;
	char **command;		/* as for execvp(), or NULL */
};

/*
 * Takes the options, and what may follow, that the mask names.  Returns false
 * when the command must not go on but end with *status.
 */
bool options_parse(int argc, char **argv, unsigned int mask,
		   struct options *options, int *status);

/* What to exit with when something failed before the command was run. */
int options_failed(const struct options *options);

/* A command of commands, as "event set": its second word. */
struct verb {
	const char *name;
	int (*run)(const struct options *options);
	unsigned int mask;
};

/* Parses the options of the verb that is asked for, and runs it. */
int verbs_run(int argc, char **argv, const struct verb *verbs, size_t count);

/* Say what is wrong, with the command's name before it. */
__attribute__((format(printf, 1, 2))) int failed(const char *format, ...);
__attribute__((format(printf, 1, 2))) int usage_error(const char *format, ...);

/* Ends the program if there was no memory. */
void *need(void *memory);

/* Opens the client, or says why not and what tells more. */
bool connect_client(struct wapi_client **client);

#endif /* WAPICTL_H */
