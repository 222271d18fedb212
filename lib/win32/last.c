// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The last thread of the process: how it is known.
 *
 * Asked by a thread that ends, perhaps in a signal handler: so this needs no memory.
 */
#include "internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The main thread that has ended is there until the process ends. */
static bool runs(pid_t tid)
{
	char path[48], line[256];
	const char *end;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	/* The state is the word behind. */
	return !win32_read_stat(path, line, sizeof(line), &end) && end[1] && end[2] != 'Z' &&
	       end[2] != 'X';
}

/* Whether any of these entries is of a thread that goes on. */
static bool any_goes_on(const char *entries, long size, bool (*leaves)(pid_t tid))
{
	const struct dirent64 *entry;
	pid_t self = gettid(), tid;

	for (long at = 0; at < size; at += entry->d_reclen) {
		entry = (const struct dirent64 *)(entries + at);
		tid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (tid && tid != self && !leaves(tid) && runs(tid))
			return true;
	}
	return false;
}

bool win32_thread_is_last(bool (*leaves)(pid_t tid))
{
	_Alignas(struct dirent64) char entries[2048];
	bool last = true;
	long size;
	int fd;

	fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	for (;;) {
		size = syscall(SYS_getdents64, fd, entries, sizeof(entries));
		if (size <= 0)
			break;
		if (any_goes_on(entries, size, leaves)) {
			last = false;
			break;
		}
	}
	close(fd);
	return last && !size;
}

_Noreturn void win32_exit_last(DWORD code, bool at_once)
{
	if (!at_once)
		ExitProcess(code);
	win32_exit_note(code);
	_exit((int)code);
}
