// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which object stands for a process or a thread: the one with a name that is made of
 * its id and of when it began, so that any process of the domain finds it, and none
 * takes it for that of a later one with the same id.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The number that is so many words behind @text; false if there is none. */
static bool number_behind(const char *text, int words, uint64_t *number)
{
	char *end;

	while (words-- && text)
		text = strchr(text + 1, ' ');
	if (!text)
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return end != text && !errno;
}

int win32_read_stat(const char *path, char *line, size_t size, const char **rest)
{
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do
		n = read(fd, line, size - 1);
	while (n < 0 && errno == EINTR);
	close(fd);
	if (n <= 0)
		return -ESRCH;
	line[n] = '\0';
	*rest = strrchr(line, ')');
	return *rest ? 0 : -ESRCH;
}

int win32_stat_of(pid_t pid, struct win32_stat *stat)
{
	char path[32], line[1024];
	const char *rest = NULL;
	int error;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	error = win32_read_stat(path, line, sizeof(line), &rest);
	if (error)
		return error;
	if (!number_behind(rest, 12, &stat->user) ||
	    !number_behind(rest, 13, &stat->kernel) || !number_behind(rest, 20, &stat->start))
		return -ESRCH;
	return 0;
}

int win32_name_of_process(pid_t pid, char name[WIN32_IDENTITY_SIZE])
{
	struct win32_stat stat = { 0 };
	int error = win32_stat_of(pid, &stat);

	if (!error)
		snprintf(name, WIN32_IDENTITY_SIZE, "\001win32 process %d %llu", pid,
			 (unsigned long long)stat.start);
	return error;
}

int win32_name_of_thread(pid_t tid, char name[WIN32_IDENTITY_SIZE])
{
	struct win32_stat stat = { 0 };
	int error = win32_stat_of(tid, &stat);

	if (!error)
		snprintf(name, WIN32_IDENTITY_SIZE, "\001win32 thread %d %llu", tid,
			 (unsigned long long)stat.start);
	return error;
}

int win32_open_pidfd(pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);

	return pidfd < 0 ? -errno : pidfd;
}

int win32_signal_pidfd(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) ? -errno : 0;
}

int win32_process_object_of(struct wapi_client *client, pid_t pid, int pidfd, uint32_t *object)
{
	char name[WIN32_IDENTITY_SIZE];
	int error;

	error = win32_name_of_process(pid, name);
	/* Is it still that process of which the start time was read? */
	if (!error && win32_signal_pidfd(pidfd, 0) == -ESRCH)
		error = -ESRCH;
	if (!error)
		error = wapi_process_new(client, 0, pidfd, name, object, NULL);
	return error;
}
