// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Spawning: how a process is started that is no child of its parent's.
 *
 * Programs written for Windows never call wait(), so what they start must not become a
 * zombie of theirs; and those that do call wait(), for children of their own, must not
 * find one that they do not know.  So there is a helper between the two, which ends as
 * soon as the new process has begun: then the new one is a child of init, which waits
 * for it.  The helper gives no SIGCHLD, and only who asks for it by __WCLONE finds it.
 *
 *   parent                      helper                      new process
 *   clone ----------------------> clone ----------------------> hello
 *   its pidfd, object, block   <- hello <----------------------
 *   names ---------------------------------------------------> makes its thread's object
 *   handles                    <- known <---------------------- and a descriptor
 *   go ------------------------------------------------------> descriptors, directory...
 *                              <- started, failed <------------ execve()
 *   waits for the helper          ends
 *
 * The new process tells the helper by a pipe that nobody else has, so that its end is
 * that of the pipe, whatever else in the parent calls fork() meanwhile.  Until it
 * begins, it dies with its helper, and that with the parent.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bool win32_spawn_read(int fd, void *message, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, (char *)message + done, size - done);
		if (n > 0)
			done += n;
		else if (!n || errno != EINTR)
			return false;
	}
	return true;
}

/* Less than PIPE_BUF, so in one piece or not at all. */
bool win32_spawn_write(int fd, const void *message, size_t size)
{
	ssize_t n;

	do
		n = write(fd, message, size);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size;
}

static void close_both(const int pipe[2])
{
	close(pipe[0]);
	close(pipe[1]);
}

/* Both ends apart from the descriptors that the new process will have as 0, 1 and 2. */
static int make_pipe(int ends[2])
{
	int i, fd, error;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	for (i = 0; i < 2; i++) {
		fd = win32_fd_above_standard(ends[i]);
		if (fd < 0) {
			error = -errno;
			close_both(ends);
			return error;
		}
		ends[i] = fd;
	}
	return 0;
}

/*
 * The system call itself: what fork() would do beside, such as taking locks, is for
 * children that go on with this program.
 */
static pid_t clone_helper(void)
{
	return syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

/* The next message, unless the helper ended without one. */
static int await(struct win32_spawn *spawn, struct told_message *message)
{
	struct pollfd fds[2] = {
		{ .fd = spawn->told, .events = POLLIN },
		{ .fd = spawn->helper_fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		;
	/* What it said before it ended is there too. */
	if (!(fds[0].revents & POLLIN) ||
	    !win32_spawn_read(spawn->told, message, sizeof(*message)) ||
	    message->what == TOLD_ENDED)
		return -ECANCELED;
	if (message->what == TOLD_FAILED)
		return -message->value;
	return 0;
}

static void wait_for_helper(struct win32_spawn *spawn)
{
	while (waitpid(spawn->helper, NULL, __WCLONE) < 0 && errno == EINTR)
		;
}

/* Its hello; the helper lives, and so the id is still that of the new process. */
static int meet(struct win32_spawn *spawn)
{
	struct pollfd helper = { .fd = spawn->helper_fd, .events = POLLIN };
	struct told_message message;
	int error;

	error = await(spawn, &message);
	if (error)
		return error;
	if (message.what != TOLD_HELLO)
		return -EPROTO;
	spawn->pid = message.value;
	spawn->pidfd = win32_open_pidfd(spawn->pid);
	if (spawn->pidfd < 0)
		return spawn->pidfd == -ESRCH ? -ECANCELED : spawn->pidfd;
	if (!poll(&helper, 1, 0))
		return 0;
	close(spawn->pidfd);
	spawn->pidfd = -1;
	return -ECANCELED;
}

static int begin(struct win32_spawn *spawn, const int go[2], const int told[2])
{
	pid_t parent = getpid();

	spawn->helper = clone_helper();
	if (spawn->helper < 0)
		return -errno;
	if (!spawn->helper) {
		/* Whose end the new process must see is the parent's only. */
		close(go[1]);
		close(told[0]);
		win32_spawn_help(spawn, go[0], told[1], parent);
	}
	/* A child that nobody has waited for: its id is its own. */
	spawn->helper_fd = win32_open_pidfd(spawn->helper);
	if (spawn->helper_fd < 0) {
		kill(spawn->helper, SIGKILL);
		wait_for_helper(spawn);
		return spawn->helper_fd;
	}
	return 0;
}

static void end(struct win32_spawn *spawn)
{
	close(spawn->go);
	close(spawn->told);
	wait_for_helper(spawn);
	close(spawn->helper_fd);
}

int win32_spawn_begin(struct win32_spawn *spawn)
{
	int go[2], told[2], cancel, error;
	sigset_t all;

	error = make_pipe(go);
	if (error)
		return error;
	error = make_pipe(told);
	if (error) {
		close_both(go);
		return error;
	}
	/* No handler of this program may run in the helper, or after it. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &spawn->mask);
	spawn->pidfd = -1;
	error = begin(spawn, go, told);
	pthread_sigmask(SIG_SETMASK, &spawn->mask, NULL);
	pthread_setcancelstate(cancel, NULL);
	close(go[0]);
	close(told[1]);
	spawn->go = go[1];
	spawn->told = told[0];
	if (error) {
		close(spawn->go);
		close(spawn->told);
		return error;
	}
	error = meet(spawn);
	if (error)
		win32_spawn_give_up(spawn);
	return error;
}

/* To a process that may be gone, which is no reason for a signal. */
static int tell(struct win32_spawn *spawn, const void *message, size_t size)
{
	static const struct timespec now;
	sigset_t pipe, mask, pending;
	bool told;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe, &mask);
	told = win32_spawn_write(spawn->go, message, size);
	if (!told && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return told ? 0 : -ECANCELED;
}

int win32_spawn_identify(struct win32_spawn *spawn, const char *process_name,
			 const char *thread_name, int *fd)
{
	struct told_message message;
	struct go_message go = { 0 };
	int error;

	snprintf(go.process, sizeof(go.process), "%s", process_name);
	snprintf(go.thread, sizeof(go.thread), "%s", thread_name);
	error = tell(spawn, &go, sizeof(go));
	if (!error)
		error = await(spawn, &message);
	if (error)
		return error;
	if (message.what != TOLD_KNOWN)
		return -EPROTO;
	*fd = message.value;
	return 0;
}

int win32_spawn_start(struct win32_spawn *spawn, enum win32_spawn_step *step)
{
	struct told_message message = { 0 };
	int error;

	error = tell(spawn, "", 1);
	if (!error)
		error = await(spawn, &message);
	*step = error && message.what == TOLD_FAILED ? message.step : WIN32_SPAWN_OTHER;
	if (!error && message.what != TOLD_STARTED && message.what != TOLD_READY)
		error = -EPROTO;
	if (error) {
		win32_spawn_give_up(spawn);
		return error;
	}
	end(spawn);
	return 0;
}

void win32_spawn_give_up(struct win32_spawn *spawn)
{
	if (spawn->pidfd >= 0) {
		win32_signal_pidfd(spawn->pidfd, SIGKILL);
		close(spawn->pidfd);
		spawn->pidfd = -1;
	}
	win32_signal_pidfd(spawn->helper_fd, SIGKILL);
	end(spawn);
}
