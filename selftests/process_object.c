// SPDX-License-Identifier: GPL-2.0
/*
 * A process object is signalled when the process ends, whoever its parent is,
 * and keeps what is known of it, when it is reaped and its id is another's too.
 *
 * What the kernel tells the parent is the truth that all is compared with.
 * An object that is signalled may still be pinned for a moment, so whether a
 * close destroyed it shows in the counts at the end of each test.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "wait_test.h"

static int pidfd_of(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

FIXTURE(process)
{
	int fd;
	struct peer child;
};

FIXTURE_SETUP(process)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(process)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
}

/* Does what it is told: ends with the status that comes, or by that signal. */
#define BY_SIGNAL 1000
static void obey(struct peer *parent)
{
	__s64 order = receive(parent);

	if (order >= BY_SIGNAL)
		kill(getpid(), order - BY_SIGNAL);
	_exit(order);
}

/*
 * Whose process it is
 */
TEST_F(process, of_a_child_is_signalled_by_its_end)
{
	struct sleeper sleeper;
	__u32 handle;

	if (!start_peer(&self->child))
		obey(&self->child);
	handle = new_process(self->fd, self->child.pid);
	ASSERT_LT(0, (int)handle);
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, handle));
	EXPECT_EQ(0, is_signalled(self->fd, handle));
	EXPECT_EQ(0, state_of(self->fd, handle).flags);
	EXPECT_EQ(self->child.pid, state_of(self->fd, handle).pid);
	EXPECT_EQ(WAPI_CAP_WAIT, look(self->fd, handle).caps);
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &handle, 1, 0, 20000));
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(0, send_to(&self->child, 42));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	/* It is not reaped yet, and stays signalled. */
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(42, wait_for_peer(&self->child));
	EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, state_of(self->fd, handle).flags);
	EXPECT_EQ(42 << 8, state_of(self->fd, handle).exit_status);
	EXPECT_EQ(self->child.pid, state_of(self->fd, handle).pid);
	EXPECT_LE(0, close_handle(self->fd, handle));
}

TEST_F(process, of_a_child_is_signalled_when_its_parent_has_been_told)
{
	for (int i = 0; i < 50; i++) {
		__u32 handle;

		if (!start_peer(&self->child))
			obey(&self->child);
		handle = new_process(self->fd, self->child.pid);
		ASSERT_LT(0, (int)handle);
		EXPECT_EQ(0, send_to(&self->child, i));
		EXPECT_EQ(i, wait_for_peer(&self->child));
		ASSERT_EQ(0, take(self->fd, handle));
		ASSERT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN,
			  state_of(self->fd, handle).flags);
		ASSERT_EQ(i << 8, state_of(self->fd, handle).exit_status);
		ASSERT_LE(0, close_handle(self->fd, handle));
	}
}

TEST_F(process, of_a_sibling_is_signalled_by_its_end)
{
	struct peer watcher;

	if (!start_peer(&self->child))
		obey(&self->child);
	if (!start_peer(&watcher)) {
		int fd = open_device(), handle = new_process(fd, self->child.pid);

		REQUIRE(fd >= 0 && handle > 0 && take(fd, handle) == -ETIMEDOUT);
		send_to(&watcher, 1);
		REQUIRE(wait_one(fd, handle, 20000) == 0);
		_exit(state_of(fd, handle).exit_status >> 8);
	}
	ASSERT_EQ(1, receive(&watcher));
	EXPECT_EQ(0, send_to(&self->child, 43));
	EXPECT_EQ(43, wait_for_peer(&watcher));
	EXPECT_EQ(43, wait_for_peer(&self->child));
}

TEST_F(process, of_a_grandchild_and_of_an_orphan_is_signalled_by_its_end)
{
	struct peer grandchild;
	__u32 handles[2];

	if (!start_peer(&self->child)) {
		if (!fork_peer(&grandchild)) {
			/* The one that is told to end, and the one that is left. */
			pid_t pid = fork();

			if (!pid)
				for (;;)
					pause();
			send_to(&self->child, getpid());
			send_to(&self->child, pid);
			obey(&self->child);
		}
		for (;;)
			pause();
	}
	handles[0] = new_process(self->fd, receive(&self->child));
	handles[1] = new_process(self->fd, receive(&self->child));
	ASSERT_LT(0, (int)handles[0]);
	ASSERT_LT(0, (int)handles[1]);
	EXPECT_EQ(0, send_to(&self->child, 44));
	EXPECT_EQ(0, wait_any(self->fd, handles, 2, 20000));
	EXPECT_EQ(44 << 8, state_of(self->fd, handles[0]).exit_status);
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, handles[1]));
	EXPECT_EQ(0, kill(state_of(self->fd, handles[1]).pid, SIGTERM));
	EXPECT_EQ(0, wait_one(self->fd, handles[1], 20000));
	EXPECT_EQ(SIGTERM, state_of(self->fd, handles[1]).exit_status);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->child));
	EXPECT_LE(0, close_handle(self->fd, handles[0]));
	EXPECT_LE(0, close_handle(self->fd, handles[1]));
}

TEST_F(process, of_the_parent_is_signalled_by_its_end)
{
	if (!start_peer(&self->child)) {
		pid_t parent = getpid();

		if (!fork()) {
			int fd = open_device(), handle = new_process(fd, parent);

			REQUIRE(fd >= 0 && handle > 0 && take(fd, handle) == -ETIMEDOUT);
			send_to(&self->child, 1);
			REQUIRE(wait_one(fd, handle, 20000) == 0);
			send_to(&self->child, state_of(fd, handle).exit_status);
			_exit(0);
		}
		for (;;)
			pause();
	}
	ASSERT_EQ(1, receive(&self->child));
	kill(self->child.pid, SIGUSR1);
	EXPECT_EQ(SIGUSR1, receive(&self->child));
	EXPECT_EQ(128 + SIGUSR1, wait_for_peer(&self->child));
}

TEST_F(process, of_another_user_is_signalled_by_its_end)
{
	struct peer nobody;

	if (geteuid())
		SKIP(return, "needs to be root");
	if (!start_peer(&self->child))
		obey(&self->child);
	if (!start_peer(&nobody)) {
		int fd, handle;

		REQUIRE(!become(NOBODY));
		fd = open_device();
		handle = new_process(fd, self->child.pid);
		REQUIRE(fd >= 0 && handle > 0);
		send_to(&nobody, 1);
		REQUIRE(wait_one(fd, handle, 20000) == 0);
		_exit(state_of(fd, handle).exit_status);
	}
	ASSERT_EQ(1, receive(&nobody));
	EXPECT_EQ(0, send_to(&self->child, BY_SIGNAL + SIGTERM));
	EXPECT_EQ(SIGTERM, wait_for_peer(&nobody));
	EXPECT_EQ(128 + SIGTERM, wait_for_peer(&self->child));
}

TEST_F(process, of_the_caller_is_not_signalled_and_goes_with_the_domain)
{
	int fd = open_device();
	__u32 handle = new_process(fd, getpid());

	/* A client is in its domain from its first request on. */
	EXPECT_COUNTS(self->fd, 1, 1, 0, 2);
	EXPECT_EQ(-ETIMEDOUT, take(fd, handle));
	EXPECT_EQ(getpid(), state_of(fd, handle).pid);
	/* It runs and so it stays, until nobody could open it any more. */
	EXPECT_EQ(0, close(fd));
	EXPECT_COUNTS(self->fd, 1, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
	self->fd = open_device();
	EXPECT_EQ(-EBADF, open_handle(self->fd, handle));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

/*
 * What is known of its end
 */
FIXTURE(status)
{
	int fd;
};

FIXTURE_VARIANT(status)
{
	int order;
	bool core;
	void (*end)(void);
};

static void *exit_as_5(void *unused)
{
	usleep(20000);
	syscall(SYS_exit, 5);
	return unused;
}

/* The last thread's code is the process's, or the main thread's: ask the kernel. */
static void end_thread_by_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_as_5, NULL);
	syscall(SYS_exit, 3);
}

static void *exit_group_as_9(void *unused)
{
	syscall(SYS_exit_group, 9);
	return unused;
}

static void end_by_another_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_group_as_9, NULL);
	for (;;)
		pause();
}

static void *fault(void *unused)
{
	raise(SIGSEGV);
	return unused;
}

static void end_by_fault_of_another_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, fault, NULL);
	for (;;)
		pause();
}

static void end_after_execve(void)
{
	execl("/bin/sh", "sh", "-c", "exit 17", NULL);
	/* No shell: that says so too. */
	_exit(17);
}

FIXTURE_VARIANT_ADD(status, exit_0) { .order = 0 };
FIXTURE_VARIANT_ADD(status, exit_1) { .order = 1 };
FIXTURE_VARIANT_ADD(status, exit_255) { .order = 255 };
FIXTURE_VARIANT_ADD(status, killed) { .order = BY_SIGNAL + SIGKILL };
FIXTURE_VARIANT_ADD(status, terminated) { .order = BY_SIGNAL + SIGTERM };
FIXTURE_VARIANT_ADD(status, real_time_signal) { .order = BY_SIGNAL + 64 };
FIXTURE_VARIANT_ADD(status, aborted_without_core) { .order = BY_SIGNAL + SIGABRT };
FIXTURE_VARIANT_ADD(status, aborted_with_core) { .order = BY_SIGNAL + SIGABRT, .core = true };
FIXTURE_VARIANT_ADD(status, fault_with_core) { .order = BY_SIGNAL + SIGSEGV, .core = true };
FIXTURE_VARIANT_ADD(status, thread_by_thread) { .end = end_thread_by_thread };
FIXTURE_VARIANT_ADD(status, by_another_thread) { .end = end_by_another_thread };
FIXTURE_VARIANT_ADD(status, fault_of_another_thread) {
	.end = end_by_fault_of_another_thread, .core = true,
};
FIXTURE_VARIANT_ADD(status, after_execve) { .end = end_after_execve };

FIXTURE_SETUP(status)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(status)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
}

/* As /proc tells it, in clock ticks of CLOCK_BOOTTIME. */
static __s64 start_in_ticks(pid_t pid)
{
	char path[64], line[512], *field;
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	field = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	for (i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	return field ? atoll(field) : -EIO;
}

TEST_F(status, is_what_wait_tells_and_stays_after_reaping)
{
	char dir[] = "/tmp/wapi-core-XXXXXX";
	struct wapi_state state[2];
	struct peer child;
	siginfo_t info = { 0 };
	__s64 begin, ticks;
	__u32 handle;
	int status;

	if (!start_peer(&child)) {
		struct rlimit core = { variant->core ? 1 << 20 : 0, 1 << 20 };

		/* A core file must go somewhere. */
		if (variant->core && (!mkdtemp(dir) || chdir(dir)))
			REQUIRE(!chdir("/"));
		setrlimit(RLIMIT_CORE, &core);
		if (!variant->end)
			obey(&child);
		receive(&child);
		variant->end();
	}
	handle = new_process(self->fd, child.pid);
	ASSERT_LT(0, (int)handle);
	ticks = start_in_ticks(child.pid);
	EXPECT_EQ(ticks, (__s64)state_of(self->fd, handle).start_time / 10000000);
	begin = clock_ns(CLOCK_BOOTTIME);
	EXPECT_EQ(0, send_to(&child, variant->order));
	EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
	state[0] = state_of(self->fd, handle);
	/* Signalled is ended: it can be reaped without more ado. */
	ASSERT_EQ(0, waitid(P_PID, child.pid, &info, WEXITED | WNOWAIT));
	ASSERT_EQ(child.pid, waitpid(child.pid, &status, 0));
	state[1] = state_of(self->fd, handle);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, state[i].flags);
		EXPECT_EQ(status, state[i].exit_status);
		EXPECT_EQ(child.pid, state[i].pid);
		EXPECT_EQ(0, state[i].tid);
		EXPECT_EQ(ticks, (__s64)state[i].start_time / 10000000);
		EXPECT_LE(begin, (__s64)state[i].end_time);
		EXPECT_LE((__s64)state[i].end_time, clock_ns(CLOCK_BOOTTIME));
	}
	/* Later, the id is nobody's, and may be told or not; all else stays. */
	EXPECT_LE(0, close_handle(self->fd, handle));
	close(child.line);
}

TEST_F(process, that_is_not_reaped_yet_is_ended_with_its_status)
{
	struct wapi_state state;
	siginfo_t info = { 0 };
	__u32 handle;

	if (!start_peer(&self->child))
		obey(&self->child);
	EXPECT_EQ(0, send_to(&self->child, BY_SIGNAL + SIGTERM));
	ASSERT_EQ(0, waitid(P_PID, self->child.pid, &info, WEXITED | WNOWAIT));
	handle = new_process(self->fd, self->child.pid);
	ASSERT_LT(0, (int)handle);
	EXPECT_EQ(0, take(self->fd, handle));
	state = state_of(self->fd, handle);
	EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, state.flags);
	EXPECT_EQ(SIGTERM, state.exit_status);
	EXPECT_LT(0, state.start_time);
	EXPECT_LE(state.start_time, state.end_time);
	EXPECT_EQ(128 + SIGTERM, wait_for_peer(&self->child));
	EXPECT_EQ(SIGTERM, state_of(self->fd, handle).exit_status);
	EXPECT_LE(0, close_handle(self->fd, handle));
}

TEST_F(process, that_was_reaped_between_pidfd_open_and_the_call_is_ended)
{
	struct wapi_state state;
	__u32 handle;
	__s64 made;
	int pidfd;

	if (!start_peer(&self->child))
		obey(&self->child);
	pidfd = pidfd_of(self->child.pid);
	ASSERT_LE(0, pidfd);
	EXPECT_EQ(0, send_to(&self->child, 7));
	EXPECT_EQ(7, wait_for_peer(&self->child));
	handle = new_process_of_pidfd(self->fd, pidfd);
	ASSERT_LT(0, (int)handle);
	made = clock_ns(CLOCK_BOOTTIME);
	usleep(20000);
	EXPECT_EQ(0, take(self->fd, handle));
	state = state_of(self->fd, handle);
	EXPECT_EQ(WAPI_STATE_ENDED, state.flags);
	EXPECT_EQ(0, state.exit_status);
	/* When it ended is not known any more, but that it had. */
	EXPECT_EQ(0, state.start_time);
	EXPECT_LT(0, state.end_time);
	EXPECT_GE(made, (__s64)state.end_time);
	EXPECT_LE(0, close_handle(self->fd, handle));
	close(pidfd);
}

TEST_F(process, that_ended_between_pidfd_open_and_the_call_is_ended_with_its_status)
{
	struct wapi_state state;
	siginfo_t info;
	__u32 handle;
	int pidfd;

	if (!start_peer(&self->child))
		obey(&self->child);
	pidfd = pidfd_of(self->child.pid);
	ASSERT_LE(0, pidfd);
	EXPECT_EQ(0, send_to(&self->child, 7));
	ASSERT_EQ(0, waitid(P_PID, self->child.pid, &info, WEXITED | WNOWAIT));
	handle = new_process_of_pidfd(self->fd, pidfd);
	ASSERT_LT(0, (int)handle);
	EXPECT_EQ(0, take(self->fd, handle));
	state = state_of(self->fd, handle);
	EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, state.flags);
	EXPECT_EQ(7 << 8, state.exit_status);
	EXPECT_LT(0, state.start_time);
	EXPECT_LE(state.start_time, state.end_time);
	EXPECT_EQ(7, wait_for_peer(&self->child));
	EXPECT_LE(0, close_handle(self->fd, handle));
	close(pidfd);
}

TEST_F(process, that_ends_while_the_object_is_made_is_never_missed)
{
	int known = 0, late = 0;

	for (int i = 0; i < 400; i++) {
		pid_t pid = fork();
		__u32 handle;
		int pidfd;

		if (!pid) {
			/* About as long as the parent needs, a little more or less. */
			for (volatile int spin = (i % 40) * 3000; spin; spin--)
				;
			_exit(33);
		}
		pidfd = pidfd_of(pid);
		ASSERT_LE(0, pidfd);
		handle = new_process_of_pidfd(self->fd, pidfd);
		ASSERT_LT(0, (int)handle);
		late += is_signalled(self->fd, handle);
		ASSERT_EQ(0, wait_one(self->fd, handle, 20000));
		ASSERT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN,
			  state_of(self->fd, handle).flags);
		ASSERT_EQ(33 << 8, state_of(self->fd, handle).exit_status);
		known++;
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		ASSERT_LE(0, close_handle(self->fd, handle));
		close(pidfd);
	}
	TH_LOG("%d of %d had ended before", late, known);
}

TEST_F(process, whose_main_thread_ended_first_has_not_ended)
{
	__u32 handle;

	if (!start_peer(&self->child)) {
		static struct peer *parent;
		pthread_t thread;

		parent = &self->child;
		pthread_create(&thread, NULL, (void *(*)(void *))(void *)obey, parent);
		syscall(SYS_exit, 3);
	}
	handle = new_process(self->fd, self->child.pid);
	ASSERT_LT(0, (int)handle);
	EXPECT_TRUE(within(20, thread_state(self->child.pid) != 'S'));
	usleep(50000);
	EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handle, 100));
	EXPECT_EQ(0, state_of(self->fd, handle).flags);
	/* The same for an object that is made only now. */
	EXPECT_EQ(0, close_handle(self->fd, handle));
	EXPECT_EQ(0, open_handle(self->fd, handle));
	{
		__u32 second = new_process(self->fd, self->child.pid);
		__u32 both[2] = { handle, second };

		ASSERT_LT(0, (int)second);
		EXPECT_EQ(-ETIMEDOUT, take(self->fd, second));
		EXPECT_EQ(0, send_to(&self->child, 6));
		EXPECT_EQ(0, wait_all(self->fd, both, 2, 20000));
		EXPECT_EQ(6, wait_for_peer(&self->child));
		EXPECT_EQ(6 << 8, state_of(self->fd, handle).exit_status);
		EXPECT_EQ(6 << 8, state_of(self->fd, second).exit_status);
		EXPECT_LE(0, close_handle(self->fd, second));
	}
	EXPECT_LE(0, close_handle(self->fd, handle));
}

TEST_F(process, that_calls_execve_has_not_ended)
{
	__u32 handle;

	if (!start_peer(&self->child)) {
		receive(&self->child);
		execl("/bin/sh", "sh", "-c", "kill -STOP $$; exit 21", NULL);
		_exit(94);
	}
	handle = new_process(self->fd, self->child.pid);
	ASSERT_LT(0, (int)handle);
	EXPECT_EQ(0, send_to(&self->child, 1));
	/* Stopped by the program that it runs now: no end either. */
	EXPECT_EQ(self->child.pid, waitpid(self->child.pid, NULL, WUNTRACED));
	EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handle, 100));
	EXPECT_EQ(0, kill(self->child.pid, SIGCONT));
	EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
	EXPECT_EQ(21 << 8, state_of(self->fd, handle).exit_status);
	EXPECT_EQ(21, wait_for_peer(&self->child));
	EXPECT_LE(0, close_handle(self->fd, handle));
}

/*
 * What is no process
 */
FIXTURE(no_pidfd)
{
	int fd;
};

FIXTURE_VARIANT(no_pidfd)
{
	int (*open)(void);
};

static int no_descriptor(void)
{
	return -1;
}

static int closed_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static int regular_file(void)
{
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static int directory_of_a_process(void)
{
	return open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int path_only(void)
{
	return open("/", O_PATH | O_CLOEXEC);
}

static int event_descriptor(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static int timer(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
}

static int epoll(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static int memory_named_like_a_pidfd(void)
{
	return syscall(SYS_memfd_create, "[pidfd]", 1);
}

#define NO_PIDFD(name) FIXTURE_VARIANT_ADD(no_pidfd, name) { .open = name }
NO_PIDFD(no_descriptor);
NO_PIDFD(closed_descriptor);
NO_PIDFD(regular_file);
NO_PIDFD(directory_of_a_process);
NO_PIDFD(path_only);
NO_PIDFD(event_descriptor);
NO_PIDFD(timer);
NO_PIDFD(epoll);
NO_PIDFD(memory_named_like_a_pidfd);
NO_PIDFD(open_device);

FIXTURE_SETUP(no_pidfd)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(no_pidfd)
{
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

TEST_F(no_pidfd, is_refused_with_EBADF)
{
	struct wapi_new new = new_request(WAPI_TYPE_PROCESS);

	new.flags = WAPI_NEW_PIDFD;
	new.pidfd = variant->open();
	EXPECT_STREQ("", refused(EBADF, self->fd, WAPI_IOC_NEW, &new));
	if (new.pidfd >= 0)
		close(new.pidfd);
}

TEST_F(process, takes_a_pidfd_only_where_it_belongs)
{
	int pidfd = pidfd_of(getpid());
	struct wapi_new new;

	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		if (type == WAPI_TYPE_PROCESS)
			continue;
		new = new_request(type);
		new.flags = WAPI_NEW_PIDFD;
		new.pidfd = pidfd;
		EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	}
	new = new_request(WAPI_TYPE_PROCESS);
	new.pidfd = pidfd;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	new.flags = WAPI_NEW_PIDFD | WAPI_NEW_SELF;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	new.flags = WAPI_NEW_PIDFD | WAPI_NEW_SIGNALLED;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	close(pidfd);
}

TEST_F(process, without_a_pidfd_is_a_record_that_is_never_signalled)
{
	__u32 handle = new_handle(self->fd, WAPI_TYPE_PROCESS);

	EXPECT_EQ(-ETIMEDOUT, take(self->fd, handle));
	EXPECT_EQ(0, state_of(self->fd, handle).pid);
	EXPECT_EQ(0, state_of(self->fd, handle).flags);
	EXPECT_EQ(-EOPNOTSUPP, set(self->fd, handle));
	EXPECT_LE(0, close_handle(self->fd, handle));
}

/* With a name it is published before the caller is told. */
TEST_F(process, that_could_not_be_told_of_is_not_left_behind)
{
	struct wapi_new *new = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pidfd = pidfd_of(getpid());

	ASSERT_NE(MAP_FAILED, new);
	*new = new_request(WAPI_TYPE_PROCESS);
	new->flags = WAPI_NEW_PIDFD;
	new->pidfd = pidfd;
	ASSERT_EQ(0, mprotect(new, 4096, PROT_READ));
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_NEW, new, 0));
	ASSERT_EQ(0, mprotect(new, 4096, PROT_READ | PROT_WRITE));
	new->name = address("myself");
	new->name_size = 6;
	ASSERT_EQ(0, mprotect(new, 4096, PROT_READ));
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_NEW, new, 0));
	close(pidfd);
}

/*
 * Ids that come again
 */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

struct clone3_arguments {
	__aligned_u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
		      set_tid, set_tid_size, cgroup;
};

/* Like fork(), with an id that is free; or -errno. */
static pid_t fork_as(pid_t pid)
{
	struct clone3_arguments arguments = {
		.exit_signal = SIGCHLD, .set_tid = address(&pid), .set_tid_size = 1,
	};
	long result = syscall(SYS_clone3, &arguments, sizeof(arguments));

	return result < 0 ? -errno : (pid_t)result;
}

TEST_F(process, whose_id_is_anothers_now_stays_ended_with_its_status)
{
	__u32 handles[2];
	pid_t pid, again;

	pid = fork();
	if (!pid)
		for (;;)
			pause();
	handles[0] = new_process(self->fd, pid);
	ASSERT_LT(0, (int)handles[0]);
	kill(pid, SIGUSR2);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));

	again = fork_as(pid);
	if (!again)
		for (;;)
			pause();
	if (again == -EPERM || again == -ENOSYS || again == -EINVAL)
		SKIP(return, "no process can be made with the same id: %s", strerror(-again));
	ASSERT_EQ(pid, again);
	handles[1] = new_process(self->fd, pid);
	ASSERT_LT(0, (int)handles[1]);
	EXPECT_EQ(0, wait_one(self->fd, handles[0], 20000));
	EXPECT_EQ(SIGUSR2, state_of(self->fd, handles[0]).exit_status);
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, handles[1]));
	EXPECT_EQ(0, state_of(self->fd, handles[1]).flags);
	EXPECT_LT(state_of(self->fd, handles[0]).end_time,
		  state_of(self->fd, handles[1]).start_time + 10000000);
	kill(pid, SIGTERM);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(0, wait_one(self->fd, handles[1], 20000));
	EXPECT_EQ(SIGUSR2, state_of(self->fd, handles[0]).exit_status);
	EXPECT_EQ(SIGTERM, state_of(self->fd, handles[1]).exit_status);
	EXPECT_LE(0, close_handle(self->fd, handles[0]));
	EXPECT_LE(0, close_handle(self->fd, handles[1]));
}

TEST_F(process, reaped_before_the_call_is_not_the_one_that_has_its_id_now)
{
	pid_t pid, again;
	__u32 handle;
	int pidfd;

	pid = fork();
	if (!pid)
		_exit(0);
	pidfd = pidfd_of(pid);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	again = fork_as(pid);
	if (!again)
		for (;;)
			pause();
	if (again < 0)
		SKIP(return, "no process can be made with the same id: %s", strerror(-again));
	handle = new_process_of_pidfd(self->fd, pidfd);
	ASSERT_LT(0, (int)handle);
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(WAPI_STATE_ENDED, state_of(self->fd, handle).flags);
	EXPECT_LE(0, close_handle(self->fd, handle));
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	close(pidfd);
}

/* Its end is noted by the kernel just when the last client of the domain ends. */
TEST_F(process, of_itself_with_a_data_block_goes_with_its_domain)
{
	for (int i = 0; i < 300; i++) {
		struct peer child;

		if (!start_peer(&child)) {
			int fd = open_private_domain(), handle;

			REQUIRE(fd >= 0);
			handle = new_process(fd, getpid());
			REQUIRE(handle > 0);
			REQUIRE(!attach_block(fd, handle, new_block(fd, 4096)));
			_exit(0);
		}
		ASSERT_EQ(0, wait_for_peer(&child));
	}
}

/* By its object, which names it for ever; the one that has its id has a client too. */
TEST_F(process, that_ended_is_given_nothing_though_another_has_its_id)
{
	struct wapi_dup dup = { .handle = new_event(self->fd, 0) };
	struct peer first, second;
	pid_t pid;

	for (int i = 0; i < 2; i++) {
		struct peer *peer = i ? &second : &first;
		int lines[2];

		ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines));
		pid = i ? fork_as(first.pid) : fork();
		if (!pid) {
			struct peer parent = { .line = lines[1] };
			int fd = open_device();

			REQUIRE(fd >= 0 && read_info(fd).abi_version);
			send_to(&parent, 1);
			receive(&parent);
			for (;;)
				pause();
		}
		if (pid < 0)
			SKIP(return, "no process can be made with the same id: %s",
			     strerror(-pid));
		*peer = (struct peer){ .pid = pid, .line = lines[0] };
		close(lines[1]);
		ASSERT_EQ(1, receive(peer));
		if (i)
			break;
		dup.process = new_process(self->fd, pid);
		ASSERT_LT(0, (int)dup.process);
		EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_DUP, &dup));
		EXPECT_EQ(128 + SIGKILL, kill_peer(peer));
	}
	ASSERT_EQ(first.pid, second.pid);
	EXPECT_EQ(-ESRCH, wapi_ioctl(self->fd, WAPI_IOC_DUP, &dup));
	EXPECT_QUERY(self->fd, dup.handle, 1, 1, 1);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&second));
	EXPECT_LE(0, close_handle(self->fd, dup.process));
	EXPECT_EQ(1, close_handle(self->fd, dup.handle));
}

/*
 * How long the object lives
 */
TEST_F(process, that_runs_keeps_its_object_for_whoever_opens_it_again)
{
	struct wapi_new new = new_request(WAPI_TYPE_PROCESS);
	struct wapi_open_name open = {
		.name = address("server"), .name_size = 6, .type = WAPI_TYPE_PROCESS,
	};

	if (!start_peer(&self->child))
		obey(&self->child);
	new.flags = WAPI_NEW_PIDFD;
	new.pidfd = pidfd_of(self->child.pid);
	new.name = address("server");
	new.name_size = 6;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(0, close_handle(self->fd, new.handle));
	EXPECT_COUNTS(self->fd, 1, 0, 0, 1);
	EXPECT_EQ(-EBADF, take(self->fd, new.handle));

	EXPECT_EQ(0, open_handle(self->fd, new.handle));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, new.handle));
	EXPECT_EQ(0, close_handle(self->fd, new.handle));
	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_OPEN_NAME, &open));
	EXPECT_EQ(new.handle, open.handle);
	EXPECT_EQ(self->child.pid, state_of(self->fd, new.handle).pid);
	EXPECT_EQ(0, close_handle(self->fd, new.handle));

	/* And when it has ended nobody could. */
	EXPECT_EQ(0, send_to(&self->child, 0));
	EXPECT_EQ(0, wait_for_peer(&self->child));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(-EBADF, open_handle(self->fd, new.handle));
	open.handle = 0;
	EXPECT_EQ(-ENOENT, wapi_ioctl(self->fd, WAPI_IOC_OPEN_NAME, &open));
	close(new.pidfd);
}

TEST_F(process, that_runs_does_not_keep_a_domain_without_clients)
{
	__u32 handles[100];

	if (!start_peer(&self->child)) {
		/* A copy of the descriptor would keep the client. */
		close(self->fd);
		send_to(&self->child, 1);
		obey(&self->child);
	}
	ASSERT_EQ(1, receive(&self->child));
	for (int i = 0; i < 100; i++) {
		handles[i] = new_process(self->fd, self->child.pid);
		ASSERT_LT(0, (int)handles[i]);
		if (i % 2) {
			ASSERT_EQ(0, close_handle(self->fd, handles[i]));
		}
	}
	EXPECT_COUNTS(self->fd, 100, 50, 0, 1);
	EXPECT_EQ(0, close(self->fd));
	self->fd = open_device();
	ASSERT_LE(0, self->fd);
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(-EBADF, open_handle(self->fd, handles[i]));
	EXPECT_EQ(0, send_to(&self->child, 0));
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

TEST_F(process, can_have_thousands_of_objects)
{
	enum { OBJECTS = 4000 };
	__u32 *handles = calloc(OBJECTS, sizeof(*handles));
	struct wapi_wait wait;

	ASSERT_NE(NULL, handles);
	if (!start_peer(&self->child))
		obey(&self->child);
	for (int i = 0; i < OBJECTS; i++) {
		handles[i] = new_process(self->fd, self->child.pid);
		ASSERT_LT(0, (int)handles[i]);
	}
	EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, OBJECTS, 0));
	EXPECT_EQ(0, send_to(&self->child, 12));
	wait = wait_request(handles, OBJECTS, WAPI_WAIT_ALL, 60000);
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(12, wait_for_peer(&self->child));
	for (int i = 0; i < OBJECTS; i++) {
		ASSERT_EQ(12 << 8, state_of(self->fd, handles[i]).exit_status);
		ASSERT_LE(0, close_handle(self->fd, handles[i]));
	}
	free(handles);
}

TEST_F(process, is_told_apart_from_hundreds_of_others)
{
	enum { PROCESSES = 300 };
	__u32 handles[PROCESSES];
	pid_t pids[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		handles[i] = new_process(self->fd, pids[i]);
		ASSERT_LT(0, (int)handles[i]);
	}
	for (int n = 0; n < PROCESSES; n++) {
		int i = n * 7 % PROCESSES;

		ASSERT_EQ(-ETIMEDOUT, take(self->fd, handles[i]));
		kill(pids[i], SIGKILL);
		ASSERT_EQ(0, wait_one(self->fd, handles[i], 20000));
		ASSERT_EQ(pids[i], waitpid(pids[i], NULL, 0));
		ASSERT_EQ(SIGKILL, state_of(self->fd, handles[i]).exit_status);
		ASSERT_LE(0, close_handle(self->fd, handles[i]));
	}
}

TEST_HARNESS_MAIN
