// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Beginning: what the new process and its helper do until its program runs.
 *
 * Both are copies of a process that may have had many threads, so that only what is
 * safe in a signal handler may be called here: no memory is allocated, no lock taken.
 * Requests are made of /dev/wapi directly.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What getdents64() gives. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static void tell(int told, enum told what, int value, enum win32_spawn_step step)
{
	struct told_message message = { .what = what, .value = value, .step = step };

	win32_spawn_write(told, &message, sizeof(message));
}

__attribute__((noreturn)) static void fail(int told, int error, enum win32_spawn_step step)
{
	tell(told, TOLD_FAILED, error, step);
	_exit(1);
}

/* Die with the process that this is from, which may have done so already. */
static void live_no_longer_than(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

/* What is opened must be none of these, which the program finds open. */
static void fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Tell what the new process tells, until it has begun. */
static void relay(int from, int told)
{
	struct told_message message;
	bool executes = false;

	while (win32_spawn_read(from, &message, sizeof(message))) {
		executes = message.what == TOLD_EXECUTES;
		if (!executes)
			win32_spawn_write(told, &message, sizeof(message));
		if (message.what == TOLD_READY || message.what == TOLD_FAILED)
			return;
	}
	/* Its end of the pipe was closed: by execve(), or as it was killed. */
	tell(told, executes ? TOLD_STARTED : TOLD_ENDED, 0, WIN32_SPAWN_OTHER);
}

void win32_spawn_help(const struct win32_spawn *spawn, int go, int told, pid_t parent)
{
	pid_t self = getpid(), pid;
	int own[2];

	live_no_longer_than(parent);
	fill_standard();
	if (pipe2(own, O_CLOEXEC))
		fail(told, errno, WIN32_SPAWN_OTHER);
	pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid < 0)
		fail(told, errno, WIN32_SPAWN_OTHER);
	if (!pid) {
		close(told);
		close(own[0]);
		win32_spawn_become(spawn, go, own[1], self);
	}
	close(go);
	close(own[1]);
	relay(own[0], told);
	_exit(0);
}

/* The thread's object. */
static int make_thread(int device, const char *name)
{
	struct wapi_new request = {
		.type = WAPI_TYPE_THREAD,
		.flags = WAPI_NEW_SELF,
		.name = (uintptr_t)name,
		.name_size = strlen(name),
	};

	return ioctl(device, WAPI_IOC_NEW, &request) ? errno : 0;
}

/* A descriptor of this process's object, which keeps what it is given alive. */
static int open_self(int device, const char *name, int *fd)
{
	struct wapi_open_name open = {
		.name = (uintptr_t)name,
		.name_size = strlen(name),
		.type = WAPI_TYPE_PROCESS,
	};
	struct wapi_to_fd to_fd = { 0 };

	if (ioctl(device, WAPI_IOC_OPEN_NAME, &open))
		return errno;
	to_fd.handle = open.handle;
	if (ioctl(device, WAPI_IOC_TO_FD, &to_fd))
		return errno;
	*fd = to_fd.fd;
	return 0;
}

/* A client, to be ended when its parent has a reference to the thread's object too. */
static int identify(int go, int told)
{
	struct go_message names;
	int device, error, fd = -1;

	if (!win32_spawn_read(go, &names, sizeof(names)))
		_exit(1);
	device = open("/dev/wapi", O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail(told, errno, WIN32_SPAWN_OTHER);
	error = make_thread(device, names.thread);
	if (!error)
		error = open_self(device, names.process, &fd);
	if (error)
		fail(told, error, WIN32_SPAWN_OTHER);
	tell(told, TOLD_KNOWN, fd, WIN32_SPAWN_OTHER);
	return device;
}

/* Each may be in the place of another, so all are first copied away. */
static int set_standard(const struct win32_spawn *spawn)
{
	int copies[3], i;

	for (i = 0; i < 3; i++) {
		copies[i] = spawn->standard[i] >= 0 ?
			    fcntl(spawn->standard[i], F_DUPFD_CLOEXEC, 3) :
			    open("/dev/null", O_RDWR | O_CLOEXEC);
		if (copies[i] < 0)
			return errno;
	}
	for (i = 0; i < 3; i++)
		if (dup2(copies[i], i) < 0)
			return errno;
	for (i = 0; i < 3; i++)
		close(copies[i]);
	return 0;
}

static int set_inherited(const struct win32_spawn *spawn)
{
	size_t i;

	for (i = 0; i < spawn->heritage->count; i++)
		if (fcntl(spawn->heritage->gifts[i].fd, F_SETFD, 0))
			return errno;
	return 0;
}

/* Handlers are not there any more; what is ignored stays so, as after any execve(). */
static void reset_handlers(void)
{
	struct sigaction action;
	int i;

	for (i = 1; i < _NSIG; i++) {
		if (sigaction(i, NULL, &action) || action.sa_handler == SIG_IGN)
			continue;
		memset(&action, 0, sizeof(action));
		action.sa_handler = SIG_DFL;
		sigaction(i, &action, NULL);
	}
}

static void prepare(const struct win32_spawn *spawn, int told)
{
	int error;

	if (spawn->new_session ? setsid() < 0 : spawn->new_group && setpgid(0, 0))
		fail(told, errno, WIN32_SPAWN_OTHER);
	if (spawn->has_nice && setpriority(PRIO_PROCESS, 0, spawn->nice))
		fail(told, errno, WIN32_SPAWN_PRIORITY);
	if (spawn->directory && chdir(spawn->directory))
		fail(told, errno, WIN32_SPAWN_DIRECTORY);
	error = set_inherited(spawn);
	if (!error)
		error = set_standard(spawn);
	if (error)
		fail(told, error, WIN32_SPAWN_OTHER);
	reset_handlers();
}

static int number_of(const char *name)
{
	int number = 0;

	if (!*name)
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9')
			return -1;
		number = 10 * number + *name - '0';
	}
	return number;
}

/*
 * While it waits to be resumed, it has no descriptor that its program will not have:
 * others may wait for the end of a pipe.
 */
static void close_unneeded(int needed)
{
	char buffer[2048] __attribute__((aligned(8)));
	int directory, fd, flags;
	struct entry *entry;
	long n, at;

	directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return;
	while ((n = syscall(SYS_getdents64, directory, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < n; at += entry->size) {
			entry = (struct entry *)(buffer + at);
			fd = number_of(entry->name);
			flags = fd >= 0 ? fcntl(fd, F_GETFD) : -1;
			if (flags >= 0 && flags & FD_CLOEXEC && fd != needed &&
			    fd != directory)
				close(fd);
		}
	}
	close(directory);
}

/* Until somebody sets the event, which this descriptor keeps alive. */
static void await_resume(const struct win32_spawn *spawn)
{
	struct wapi_acquired acquired;
	ssize_t n;

	close_unneeded(spawn->resume_fd);
	do
		n = read(spawn->resume_fd, &acquired, sizeof(acquired));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(acquired))
		_exit(1);
}

void win32_spawn_become(const struct win32_spawn *spawn, int go, int told, pid_t helper)
{
	char byte;
	int device;

	live_no_longer_than(helper);
	tell(told, TOLD_HELLO, getpid(), WIN32_SPAWN_OTHER);
	device = identify(go, told);
	if (!win32_spawn_read(go, &byte, sizeof(byte)))
		_exit(1);
	/* What others would give it now, would be lost with the program's beginning. */
	close(device);
	prepare(spawn, told);
	/* From here on it lives for itself. */
	prctl(PR_SET_PDEATHSIG, 0);
	if (spawn->resume_fd >= 0) {
		tell(told, TOLD_READY, 0, WIN32_SPAWN_OTHER);
		pthread_sigmask(SIG_SETMASK, &spawn->mask, NULL);
		await_resume(spawn);
		execve(spawn->path, spawn->arguments, spawn->environment);
		/* Nobody can be told any more, but by an exit code. */
		_exit(win32_program_error(errno));
	}
	tell(told, TOLD_EXECUTES, 0, WIN32_SPAWN_OTHER);
	pthread_sigmask(SIG_SETMASK, &spawn->mask, NULL);
	execve(spawn->path, spawn->arguments, spawn->environment);
	fail(told, errno, WIN32_SPAWN_PROGRAM);
}
