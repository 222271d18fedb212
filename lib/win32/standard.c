// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The standard handles: of the descriptors 0, 1 and 2, until somebody sets others.
 *
 * The handle of a descriptor is made when it is first asked for.  A forked child's are
 * made anew, of the descriptors.
 */
#include "internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#define COUNT	3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	bool is_known;
	HANDLE handle;
} standard[COUNT];

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		standard[i].is_known = false;
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor(104))) static void start(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

bool win32_fd_is_writable(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/* Which one it is, or COUNT. */
static unsigned int index_of(DWORD which)
{
	return STD_INPUT_HANDLE - which < COUNT ? STD_INPUT_HANDLE - which : COUNT;
}

/* What the process was started with, or the descriptor; FALSE with the last error set. */
static BOOL find_locked(unsigned int index, HANDLE *handle)
{
	if (win32_heritage_standard(index, handle))
		return TRUE;
	*handle = NULL;
	/* Where it was closed before, what this library opened itself may be there. */
	if (fcntl(index, F_GETFD) < 0 || wapi_client_fd(win32_client()) == (int)index)
		return TRUE;
	*handle = win32_file_handle(index, true);
	return *handle ? TRUE : FALSE;
}

WIN32_EXPORT HANDLE WINAPI GetStdHandle(DWORD which)
{
	unsigned int index = index_of(which);
	HANDLE handle = INVALID_HANDLE_VALUE;

	if (index == COUNT) {
		win32_fail(ERROR_INVALID_HANDLE);
		return handle;
	}
	/* What is made when it is first used takes locks before this one. */
	if (!win32_client())
		return handle;
	pthread_mutex_lock(&lock);
	if (!standard[index].is_known)
		standard[index].is_known = find_locked(index, &standard[index].handle);
	if (standard[index].is_known)
		handle = standard[index].handle;
	pthread_mutex_unlock(&lock);
	return handle;
}

WIN32_EXPORT BOOL WINAPI SetStdHandle(DWORD which, HANDLE handle)
{
	unsigned int index = index_of(which);

	if (index == COUNT)
		return win32_fail(ERROR_INVALID_HANDLE);
	pthread_mutex_lock(&lock);
	standard[index].is_known = true;
	standard[index].handle = handle;
	pthread_mutex_unlock(&lock);
	return TRUE;
}

bool win32_standard_is_set(unsigned int index, HANDLE *handle)
{
	bool is_known;

	pthread_mutex_lock(&lock);
	is_known = standard[index].is_known;
	*handle = standard[index].handle;
	pthread_mutex_unlock(&lock);
	return is_known || win32_heritage_standard(index, handle);
}
