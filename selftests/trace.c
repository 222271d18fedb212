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
	EXPECT_EQ(2, told(self, "wapi_close", "handle=%08x type=6", handle));
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
	EXPECT_EQ(2, told(self, "wapi_wait_begin", "count=1 flags=0"));
	EXPECT_EQ(1, told(self, "wapi_wait_end", "err=0 index=0"));
	EXPECT_EQ(1, told(self, "wapi_wait_end", "err=%d", -ETIMEDOUT));
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
