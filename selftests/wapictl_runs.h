/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs of wapictl, and what they came to.  wapictl is taken from the path.
 */
#ifndef WAPI_WAPICTL_RUNS_H
#define WAPI_WAPICTL_RUNS_H

#include <stdarg.h>

#include "json_path.h"
#include "wapi_test.h"

/* What a run of wapictl came to; overwritten by the next. */
static struct {
	int status;
	char *out;
	char *err;
} run;

static inline char *read_whole(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, size + 1);

	if (pread(fd, text, size, 0) != size)
		strcpy(text, "");
	close(fd);
	return text;
}

/* Runs it in a shell; true if it exited with this. */
static inline bool wapictl(int status, const char *arguments)
{
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	char command[256];
	pid_t pid;

	snprintf(command, sizeof(command), "exec wapictl %s", arguments);
	free(run.out);
	free(run.err);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	waitpid(pid, &run.status, 0);
	run.status = WIFEXITED(run.status) ? WEXITSTATUS(run.status) : -1;
	run.out = read_whole(out);
	run.err = read_whole(err);
	if (run.status != status)
		printf("# wapictl %s: exit status %d\n# %s%s\n", arguments,
		       run.status, run.out, run.err);
	return run.status == status;
}

static inline bool prints(const char *format, ...)
{
	char text[256];
	va_list arguments;
	bool found;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	found = strstr(run.out, text) || strstr(run.err, text);
	if (!found)
		printf("# no '%s' in:\n# %s%s\n", text, run.out, run.err);
	return found;
}

/* The value at a path of the printed JSON; static memory. */
static inline const char *value(const char *path)
{
	static char text[512];
	char *found = json_path(run.out, path);

	snprintf(text, sizeof(text), "%s", found);
	free(found);
	return text;
}

static inline bool only_printable(const char *text)
{
	for (; *text; text++)
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			return false;
	return true;
}

#endif /* WAPI_WAPICTL_RUNS_H */
