// SPDX-License-Identifier: GPL-2.0
/* Rows: locks that a dead owner does not keep: of pthreads, and of files. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "row.h"
#include "syscall.h"

static pthread_mutex_t *mutex;
static int fd;

static void begin_mutex(unsigned long argument)
{
	pthread_mutexattr_t attr;

	(void)argument;
	mutex = mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(mutex != MAP_FAILED);
	MUST(!pthread_mutexattr_init(&attr));
	MUST(!pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
	MUST(!pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
	MUST(!pthread_mutex_init(mutex, &attr));
}

static void mutex_lock_unlock(void)
{
	MUST(!pthread_mutex_lock(mutex));
	MUST(!pthread_mutex_unlock(mutex));
}

static void begin_file(unsigned long argument)
{
	(void)argument;
	fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	MUST(fd >= 0);
}

static void end_file(void)
{
	close(fd);
}

static void flock_unlock(void)
{
	MUST(!sys2(SYS_flock, fd, LOCK_EX));
	MUST(!sys2(SYS_flock, fd, LOCK_UN));
}

static void lock_file(int command, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_len = 1 };

	MUST(!sys3(SYS_fcntl, fd, command, (long)&lock));
}

static void fcntl_lock_unlock(void)
{
	lock_file(F_SETLKW, F_WRLCK);
	lock_file(F_SETLKW, F_UNLCK);
}

static void ofd_lock_unlock(void)
{
	lock_file(F_OFD_SETLKW, F_WRLCK);
	lock_file(F_OFD_SETLKW, F_UNLCK);
}

const struct row lock_rows[] = {
	{ "pthread", "robust shared mutex lock + unlock", begin_mutex, 0,
	  mutex_lock_unlock },
	{ "flock", "lock + unlock", begin_file, 0, flock_unlock, end_file },
	{ "fcntl", "lock + unlock", begin_file, 0, fcntl_lock_unlock, end_file },
	{ "fcntl", "lock + unlock, of the open file", begin_file, 0,
	  ofd_lock_unlock, end_file },
	{ 0 }
};
