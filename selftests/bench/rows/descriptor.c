// SPDX-License-Identifier: GPL-2.0
/* Rows: what Linux offers as descriptors: eventfd, pidfd, memfd, pipes. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "row.h"
#include "syscall.h"

static int there[2], back[2];

static void add_one(int fd)
{
	uint64_t one = 1;

	MUST(sys3(SYS_write, fd, (long)&one, sizeof(one)) == sizeof(one));
}

static void take(int fd)
{
	uint64_t value;

	MUST(sys3(SYS_read, fd, (long)&value, sizeof(value)) == sizeof(value));
}

static void *answer(void *unused)
{
	for (;;) {
		take(there[0]);
		add_one(back[1]);
	}
	return unused;
}

static void begin_round_trip(void)
{
	pthread_t partner;

	MUST(!pthread_create(&partner, NULL, answer, NULL));
}

static void round_trip(void)
{
	add_one(there[1]);
	take(back[0]);
}

/* One descriptor is both ends of it. */
static void begin_eventfd(unsigned long argument)
{
	(void)argument;
	there[0] = there[1] = eventfd(0, EFD_CLOEXEC);
	back[0] = back[1] = eventfd(0, EFD_CLOEXEC);
	MUST(there[0] >= 0 && back[0] >= 0);
}

static void begin_eventfd_round_trip(unsigned long argument)
{
	begin_eventfd(argument);
	begin_round_trip();
}

static void begin_pipe(unsigned long argument)
{
	(void)argument;
	MUST(!pipe2(there, O_CLOEXEC));
	MUST(!pipe2(back, O_CLOEXEC));
}

static void begin_pipe_round_trip(unsigned long argument)
{
	begin_pipe(argument);
	begin_round_trip();
}

static void write_read(void)
{
	add_one(there[1]);
	take(there[0]);
}

static void close_fd(long fd)
{
	MUST(fd >= 0);
	MUST(!sys1(SYS_close, fd));
}

static void eventfd_close(void)
{
	close_fd(sys2(SYS_eventfd2, 0, EFD_CLOEXEC));
}

static long pid;

static void begin_pidfd(unsigned long argument)
{
	(void)argument;
	pid = getpid();
}

static void pidfd_close(void)
{
	close_fd(sys2(SYS_pidfd_open, pid, 0));
}

static void memfd_close(void)
{
	close_fd(sys2(SYS_memfd_create, (long)"bench", MFD_CLOEXEC));
}

const struct row descriptor_rows[] = {
	{ "eventfd", "create + close", .round = eventfd_close, .garbage = true },
	{ "eventfd", "write + read", begin_eventfd, 0, write_read },
	{ "eventfd", "round trip", begin_eventfd_round_trip, 0, round_trip },
	{ "pipe", "write + read", begin_pipe, 0, write_read },
	{ "pipe", "round trip", begin_pipe_round_trip, 0, round_trip },
	{ "pidfd", "open + close", begin_pidfd, 0, pidfd_close, .garbage = true },
	{ "memfd", "create + close", .round = memfd_close, .garbage = true },
	{ 0 }
};
