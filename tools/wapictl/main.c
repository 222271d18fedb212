// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl - look at what /dev/wapi holds, and use it from a shell
 *
 * The table of commands, and finding the one that is asked for.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wapi/wapi.h>

#include "wapictl.h"

static const struct command commands[] = {
	{ "ps", command_ps, "ps [--all] [--json]",
	  "show every handle and who uses it" },
	{ "who", command_who, "who [--json] NAME",
	  "show who owns a named object, who waits for it, who uses it" },
	{ "scratch", command_scratch, "scratch [--all] [--json]",
	  "show the blocks of the arena and its free space" },
	{ "info", command_info, "info [--json]",
	  "show versions, limits and counts" },
	{ "doctor", command_doctor, "doctor [--json]",
	  "find out why /dev/wapi does not work, and what to do" },
	{ "lock", command_lock,
	  "lock [--timeout S] [--conflict-exit-code N] NAME -- COMMAND...",
	  "run a command while a named mutex is held" },
	{ "event", command_event,
	  "event create [--manual] [--set] [--exclusive] NAME [-- COMMAND...] |\n"
	  "  event set|reset|pulse NAME | event wait [--timeout S] NAME",
	  "make, set, reset, pulse a named event, or wait for it" },
	{ "sem", command_sem,
	  "sem create [--count N] [--maximum N] [--exclusive] NAME [-- COMMAND...] |\n"
	  "  sem acquire [--maximum N] [--timeout S] NAME [-- COMMAND...] |\n"
	  "  sem release [--count N] NAME",
	  "make a named semaphore, take from it, give to it" },
	{ "wait", command_wait, "wait [--all] [--timeout S] NAME...",
	  "wait for any or all of several named objects" },
	{ "run", command_run, "run NAME -- COMMAND...",
	  "run a command as a named process, for whose end others wait" },
	{ "help", command_help, "help [COMMAND]",
	  "show this, or how to use one command" },
};

#define COMMAND_COUNT	(sizeof(commands) / sizeof(commands[0]))

static const struct command *running;

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

const struct command *command_running(void)
{
	return running;
}

void command_usage(const struct command *command)
{
	printf("Usage: wapictl %s\n%s.\n", command->synopsis, command->summary);
}

static void complain(const char *format, va_list arguments)
{
	fflush(stdout);
	fprintf(stderr, "wapictl%s%s: ", running ? " " : "",
		running ? running->name : "");
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

int failed(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(format, arguments);
	va_end(arguments);
	return STATUS_FAILED;
}

int usage_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(format, arguments);
	va_end(arguments);
	fprintf(stderr, "Try 'wapictl help%s%s'.\n", running ? " " : "",
		running ? running->name : "");
	return STATUS_USAGE;
}

void *need(void *memory)
{
	if (!memory)
		exit(failed("out of memory"));
	return memory;
}

bool connect_client(struct wapi_client **client)
{
	int error = wapi_client_open(client);

	if (error)
		failed("cannot open /dev/wapi: %s; 'wapictl doctor' tells more",
		       strerror(-error));
	return !error;
}

int command_help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return usage_error("unexpected argument '%s'", argv[2]);
	if (argc == 2) {
		command = command_find(argv[1]);
		if (!command)
			return usage_error("no command '%s'", argv[1]);
		command_usage(command);
		return STATUS_OK;
	}

	puts("Usage: wapictl COMMAND [OPTION...]\n"
	     "Looks at what /dev/wapi holds, and uses it from a shell.\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	puts("\n"
	     "  --all      all domains, not only your own; needs CAP_SYS_ADMIN\n"
	     "  --json     print JSON\n"
	     "  --version  print the version\n\n"
	     "Exit status: 0 well, 1 failed or a problem found, 2 wrong usage, 124 the time\n"
	     "is up; that of COMMAND if one was run, 125 if it could not be.");
	return STATUS_OK;
}

static int run(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return usage_error("which command?");
	if (!strcmp(argv[1], "--version")) {
		printf("wapictl, libwapi %s\n", wapi_version());
		return STATUS_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return command_help(1, argv);

	command = command_find(argv[1]);
	if (!command)
		return usage_error(argv[1][0] == '-' ? "no option '%s'" :
						       "no command '%s'",
				   argv[1]);
	running = command;
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status;

	/* A million lines go out in large pieces. */
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	status = run(argc, argv);

	/* A listing that could not be written is no listing. */
	if (fflush(stdout) || ferror(stdout))
		return failed("cannot write: %s", strerror(errno));
	return status;
}
