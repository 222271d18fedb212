// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files: descriptors of this process that handles are of.
 *
 * A file lives as long as handles of it, or calls that use it, and its descriptor is
 * closed with it.  The table of handles has its index here.  A forked child has none.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* One for each handle that a process can have, at most. */
#define FILES_MAX	WIN32_HANDLES

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct win32_file **files;	/* by their index; NULL: free */
static uint32_t room;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

/* Its handles are gone, so nobody could close what is open. */
static void after_fork_in_child(void)
{
	uint32_t i;

	for (i = 0; i < room; i++) {
		if (files[i] && files[i]->fd > STDERR_FILENO)
			close(files[i]->fd);
		free(files[i]);
	}
	free(files);
	files = NULL;
	room = 0;
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor(102))) static void start(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

int win32_fd_above_standard(int fd)
{
	int above;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (above >= 0)
		close(fd);
	return above;
}

/* A free index, or -1. */
static int64_t find_room_locked(void)
{
	struct win32_file **more;
	uint32_t i;

	for (i = 0; i < room; i++)
		if (!files[i])
			return i;
	if (room >= FILES_MAX)
		return -1;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what it is of */
	more = realloc(files, (room + 64) * sizeof(*more));
	if (!more)
		return -1;
	files = more;
	for (i = room; i < room + 64; i++)
		files[i] = NULL;
	room += 64;
	return room - 64;
}

bool win32_file_new(int fd, uint32_t *index)
{
	struct win32_file *file = malloc(sizeof(*file));
	int64_t found = -1;

	if (file) {
		file->fd = fd;
		file->users = 1;
		pthread_mutex_lock(&lock);
		found = find_room_locked();
		if (found >= 0) {
			file->index = found;
			files[found] = file;
		}
		pthread_mutex_unlock(&lock);
	}
	if (found < 0) {
		free(file);
		close(fd);
		return win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	}
	*index = found;
	return true;
}

HANDLE win32_file_handle(int fd, bool inherit)
{
	uint32_t index = WIN32_NO_FILE;

	return win32_file_new(fd, &index) ? win32_handle_add_file(index, inherit) : NULL;
}

/*
 * The descriptors of standard streams are not left free: whatever is opened next would
 * be written to by whoever writes there.
 */
static void close_file(struct win32_file *file)
{
	int null;

	if (file->fd > STDERR_FILENO) {
		close(file->fd);
	} else {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null >= 0) {
			dup2(null, file->fd);
			close(null);
		} else {
			close(file->fd);
		}
	}
	free(file);
}

void win32_file_put(struct win32_file *file)
{
	bool is_last;

	pthread_mutex_lock(&lock);
	is_last = !--file->users;
	if (is_last)
		files[file->index] = NULL;
	pthread_mutex_unlock(&lock);
	if (is_last)
		close_file(file);
}

/* With the lock held, a handle that is there keeps its file. */
struct win32_file *win32_file_get(HANDLE handle)
{
	struct win32_file *file = NULL;
	uint32_t index;

	/* What is made when it is first used takes locks before this one. */
	if (!win32_client())
		return NULL;
	pthread_mutex_lock(&lock);
	if (win32_handle_file(handle, &index)) {
		if (index < room)
			file = files[index];
		if (file)
			file->users++;
		else
			win32_fail(ERROR_INVALID_HANDLE);
	}
	pthread_mutex_unlock(&lock);
	return file;
}

bool win32_file_hold(uint32_t index)
{
	bool is_there;

	pthread_mutex_lock(&lock);
	is_there = index < room && files[index];
	if (is_there)
		files[index]->users++;
	pthread_mutex_unlock(&lock);
	return is_there;
}

void win32_file_close(uint32_t index)
{
	struct win32_file *file = NULL;

	pthread_mutex_lock(&lock);
	if (index < room)
		file = files[index];
	pthread_mutex_unlock(&lock);
	/* It has the reference of the handle that is closed. */
	if (file)
		win32_file_put(file);
}
