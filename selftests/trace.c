// SPDX-License-Identifier: GPL-2.0
/*
 * The module's tracepoints: each thing that happens to an object or a wait is
 * told, once, in the order in which it happened.  A trace instance of the test's
 * own is used, so that others' tracing is left alone.
 */
#include "wait_test.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "kselftest_harness.h"

#define INSTANCE "/sys/kernel/tracing/instances/wapi-selftest"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

FIXTURE(trace)
{
	int fd;
	char text[65536];
};

FIXTURE_SETUP(trace)
{
	int error;

	if (getuid())
		SKIP(return, "tracing needs root");
	if (access("/sys/kernel/tracing/instances", W_OK))
		SKIP(return, "tracefs is not mounted at /sys/kernel/tracing");
	error = mkdir(INSTANCE, 0700);
	ASSERT_TRUE(!error || errno == EEXIST);
	self->fd = open_device();
	ASSERT_LE(0, self->fd);
	ASSERT_LT(0, (int)read_info(self->fd).abi_version);
	ASSERT_EQ(0, write_file(INSTANCE "/events/wapi/enable", "1"));
	ASSERT_EQ(0, write_file(INSTANCE "/trace", "\n"));
}

FIXTURE_TEARDOWN(trace)
{
	close(self->fd);
	write_file(INSTANCE "/events/wapi/enable", "0");
	rmdir(INSTANCE);
}

/* Take in what was traced; the module must not be traced while that is done. */
static int read_trace(FIXTURE_DATA(trace) *self)
{
	int fd, error = write_file(INSTANCE "/events/wapi/enable", "0");
	ssize_t n, size = 0;

	if (error)
		return error;
	fd = open(INSTANCE "/trace", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, self->text + size, sizeof(self->text) - 1 - size)) > 0)
		size += n;
	close(fd);
	self->text[size] = '\0';
	return n < 0 ? -errno : 0;
}

/* How many lines tell of the event, with this in them? */
static int told(FIXTURE_DATA(trace) *self, const char *event, const char *format, ...)
{
	char what[256], name[64], *line = self->text, *end;
	va_list arguments;
	int count = 0;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(name, sizeof(name), " %s: ", event);
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		count += strstr(line, name) && strstr(line, what);
		*end = '\n';
	}
	return count;
}

TEST_F(trace, tells_of_new_open_and_close)
{
	__u32 handle = new_event(self->fd, 0);

	ASSERT_LE(0, open_handle(self->fd, handle));
	ASSERT_LE(0, close_handle(self->fd, handle));
	ASSERT_LE(0, close_handle(self->fd, handle));
	ASSERT_EQ(0, read_trace(self));
	EXPECT_EQ(1, told(self, "wapi_new", "handle=%08x type=6 references=1", handle));
	EXPECT_EQ(1, told(self, "wapi_open", "handle=%08x type=6 references=2", handle));
	EXPECT_EQ(1, told(self, "wapi_close", "handle=%08x type=6 count=1 references=1", handle));
	EXPECT_EQ(1, told(self, "wapi_close", "handle=%08x type=6 count=1 references=0", handle));
}

TEST_F(trace, tells_of_references_that_go_with_their_client)
{
	__u32 handle = new_event(self->fd, 0);
	int other = open_device();

	ASSERT_LE(0, other);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, open_handle(other, handle));
	ASSERT_EQ(0, close(other));
	ASSERT_EQ(0, read_trace(self));
	EXPECT_EQ(3, told(self, "wapi_open", "handle=%08x", handle));
	EXPECT_EQ(1, told(self, "wapi_close", "handle=%08x type=6 count=3 references=1", handle));
	EXPECT_EQ(1, told(self, "wapi_close", "handle=%08x", handle));
	close_handle(self->fd, handle);
}

TEST_F(trace, tells_of_references_however_they_come_and_go)
{
	struct wapi_new named = new_request(WAPI_TYPE_EVENT);
	struct wapi_dup dup = { .pid = getpid(), .flags = WAPI_DUP_MOVE };
	struct wapi_open_name open_name = { .name = address("traced"), .name_size = 6 };
	struct wapi_from_fd from_fd = { 0 };
	__u32 handle;

	named.name = address("traced");
	named.name_size = 6;
	handle = new_object(self->fd, named);
	ASSERT_LT(0, (int)handle);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_OPEN_NAME, &open_name));
	from_fd.fd = object_to_fd(self->fd, handle, O_CLOEXEC);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_FROM_FD, &from_fd));
	ASSERT_EQ(0, close(from_fd.fd));
	dup.handle = handle;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_DUP, &dup));
	for (int i = 0; i < 3; i++)
		ASSERT_LE(0, close_handle(self->fd, handle));
	ASSERT_EQ(0, read_trace(self));
	/* As many came as went. */
	EXPECT_EQ(1, told(self, "wapi_new", "handle=%08x", handle));
	EXPECT_EQ(3, told(self, "wapi_open", "handle=%08x", handle));
	EXPECT_EQ(4, told(self, "wapi_close", "handle=%08x", handle));
	EXPECT_EQ(1, told(self, "wapi_close", "handle=%08x type=6 count=1 references=0", handle));
}

TEST_F(trace, tells_of_signals_and_waits)
{
	__u32 handle = new_event(self->fd, 0);
	struct sleeper sleeper;

	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &handle, 1, 0, 5000));
	ASSERT_EQ(0, set(self->fd, handle));
	ASSERT_EQ(0, join_sleeper(&sleeper));
	ASSERT_EQ(-ETIMEDOUT, take(self->fd, handle));
	ASSERT_EQ(0, read_trace(self));
	EXPECT_EQ(1, told(self, "wapi_signal", "handle=%08x type=6 waiting=1", handle));
	EXPECT_EQ(2, told(self, "wapi_wait_begin", "count=1 flags=0 first=%08x", handle));
	EXPECT_EQ(1, told(self, "wapi_wait_end", "err=0 index=0"));
	EXPECT_EQ(1, told(self, "wapi_wait_end", "err=%d", -ETIMEDOUT));
}

TEST_F(trace, tells_of_signals_of_each_kind_and_of_no_others)
{
	int semaphore = new_semaphore(self->fd, 0, 5), mutex = new_mutex(self->fd, WAPI_NEW_OWNED);
	int event = new_event(self->fd, WAPI_NEW_MANUAL), process;
	struct wapi_wait wait = wait_request(&event, 1, 0, 0);
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	process = new_process(self->fd, pid);
	ASSERT_LT(0, process);
	ASSERT_EQ(0, take(self->fd, mutex));
	/* Still owned, so not signalled. */
	ASSERT_EQ(1, release_mutex(self->fd, mutex));
	ASSERT_EQ(0, release_semaphore(self->fd, semaphore, 2));
	ASSERT_EQ(0, pulse(self->fd, event));
	ASSERT_EQ(0, reset(self->fd, event));
	wait.signal = mutex;
	ASSERT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
	kill(pid, SIGKILL);
	ASSERT_EQ(0, wait_one(self->fd, process, 20000));
	waitpid(pid, NULL, 0);
	ASSERT_EQ(0, read_trace(self));
	EXPECT_EQ(1, told(self, "wapi_signal", "handle=%08x type=5", mutex));
	EXPECT_EQ(1, told(self, "wapi_signal", "handle=%08x type=4", semaphore));
	EXPECT_EQ(1, told(self, "wapi_signal", "handle=%08x type=6", event));
	EXPECT_EQ(1, told(self, "wapi_signal", "handle=%08x type=9", process));
}

TEST_F(trace, tells_of_waits_by_reading)
{
	__u32 handle = new_event(self->fd, WAPI_NEW_SIGNALLED);
	int fd = object_to_fd(self->fd, handle, O_CLOEXEC | O_NONBLOCK);
	struct wapi_acquired acquired;

	ASSERT_LE(0, fd);
	ASSERT_EQ(sizeof(acquired), read(fd, &acquired, sizeof(acquired)));
	ASSERT_EQ(-1, read(fd, &acquired, sizeof(acquired)));
	close(fd);
	ASSERT_EQ(0, read_trace(self));
	EXPECT_EQ(2, told(self, "wapi_wait_begin", "client=0 count=1 flags=0 first=%08x", handle));
	EXPECT_EQ(1, told(self, "wapi_wait_end", "client=0 err=0 index=0"));
	EXPECT_EQ(1, told(self, "wapi_wait_end", "client=0 err=%d", -EAGAIN));
}

/* Where the first line is that tells of the event, with this in it; or -1. */
static long place(FIXTURE_DATA(trace) *self, const char *event, const char *what)
{
	char name[64], *line = self->text, *end;
	bool found = false;

	snprintf(name, sizeof(name), " %s: ", event);
	for (; !found && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		found = strstr(line, name) && strstr(line, what);
		*end = '\n';
		if (found)
			return line - self->text;
	}
	return -1;
}

TEST_F(trace, tells_in_the_order_in_which_it_happens)
{
	static const char *const events[] = {
		"wapi_new", "wapi_open", "wapi_wait_begin", "wapi_signal", "wapi_close",
	};
	__u32 handle = new_event(self->fd, 0);
	struct sleeper sleeper;
	char what[32];
	long last = -1;

	ASSERT_EQ(0, open_handle(self->fd, handle));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &handle, 1, 0, 5000));
	ASSERT_EQ(0, set(self->fd, handle));
	ASSERT_EQ(0, join_sleeper(&sleeper));
	ASSERT_LE(0, close_handle(self->fd, handle));
	ASSERT_LE(0, close_handle(self->fd, handle));
	ASSERT_EQ(0, read_trace(self));
	snprintf(what, sizeof(what), "=%08x", handle);
	for (unsigned int i = 0; i < ARRAY_SIZE(events); i++) {
		EXPECT_LT(last, place(self, events[i], what))
			TH_LOG("%s", events[i]);
		last = place(self, events[i], what);
	}
}

static void *take_and_leave(void *argument)
{
	int *arguments = argument;

	arguments[2] = gettid();
	return (void *)(long)take(arguments[0], arguments[1]);
}

TEST_F(trace, tells_of_a_mutex_that_is_abandoned)
{
	int arguments[3] = { self->fd, new_mutex(self->fd, 0), 0 };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, take_and_leave, arguments));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, wait_one(self->fd, arguments[1], 1000));
	ASSERT_EQ(0, read_trace(self));
	EXPECT_EQ(1, told(self, "wapi_abandon", "handle=%08x owner=%d", arguments[1],
			  arguments[2]));
}

TEST_HARNESS_MAIN
