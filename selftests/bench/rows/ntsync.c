// SPDX-License-Identifier: GPL-2.0
/*
 * Rows: ntsync, events of Windows NT as descriptors, where the kernel has it.
 * Linux 6.14 is the first that can be asked for more than a semaphore.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "row.h"
#include "syscall.h"

#if __has_include(<linux/ntsync.h>)
#include <linux/ntsync.h>
#endif

static const char *missing(void)
{
	if (access("/dev/ntsync", R_OK | W_OK))
		return "this kernel has no /dev/ntsync";
#ifndef NTSYNC_IOC_EVENT_SET
	return "built without a <linux/ntsync.h> that has events";
#endif
	return NULL;
}

#ifdef NTSYNC_IOC_EVENT_SET
static int device, objects[64], count;

static int new_event(int manual, int signalled)
{
	struct ntsync_event_args r = { .manual = manual, .signaled = signalled };
	long fd = sys3(SYS_ioctl, device, NTSYNC_IOC_CREATE_EVENT, (long)&r);

	MUST(fd >= 0);
	return fd;
}

static void begin(unsigned long argument)
{
	device = open("/dev/ntsync", O_RDWR | O_CLOEXEC);
	MUST(device >= 0);
	for (count = 0; count < (int)argument; count++)
		objects[count] = new_event(0, 0);
}

static void begin_any(unsigned long argument)
{
	begin(argument - 1);
	objects[count++] = new_event(1, 1);
}

static void begin_all(unsigned long argument)
{
	begin(0);
	while (count < (int)argument)
		objects[count++] = new_event(1, 1);
}

static void set_one(int fd)
{
	uint32_t previous;

	MUST(!sys3(SYS_ioctl, fd, NTSYNC_IOC_EVENT_SET, (long)&previous));
}

static uint32_t wait_for(unsigned long request, int *fds, int fd_count)
{
	struct ntsync_wait_args r = {
		.timeout = UINT64_MAX, .objs = (uintptr_t)fds, .count = fd_count,
	};

	r.owner = 1;
	MUST(!sys3(SYS_ioctl, device, request, (long)&r));
	return r.index;
}

static void create_close(void)
{
	MUST(!sys1(SYS_close, new_event(0, 0)));
}

static void set(void)
{
	set_one(objects[0]);
}

static void set_wait(void)
{
	set_one(objects[0]);
	wait_for(NTSYNC_IOC_WAIT_ANY, objects, 1);
}

static void any(void)
{
	MUST(wait_for(NTSYNC_IOC_WAIT_ANY, objects, count) == (uint32_t)count - 1);
}

static void all(void)
{
	wait_for(NTSYNC_IOC_WAIT_ALL, objects, count);
}

static void *answer(void *unused)
{
	for (;;) {
		wait_for(NTSYNC_IOC_WAIT_ANY, &objects[0], 1);
		set_one(objects[1]);
	}
	return unused;
}

static void begin_round_trip(unsigned long argument)
{
	pthread_t partner;

	begin(argument);
	MUST(!pthread_create(&partner, NULL, answer, NULL));
}

static void round_trip(void)
{
	set_one(objects[0]);
	wait_for(NTSYNC_IOC_WAIT_ANY, &objects[1], 1);
}
#define ROW(name, begin, argument, round) \
	{ "ntsync", name, begin, argument, round, .garbage = true, .missing = missing }
#else
#define ROW(name, ...) { "ntsync", name, .missing = missing }
#endif

const struct row ntsync_rows[] = {
	ROW("create + close", begin, 0, create_close),
	ROW("set", begin, 1, set),
	ROW("set + wait", begin, 1, set_wait),
	ROW("any of 64, last one set", begin_any, 64, any),
	ROW("all of 2, both set", begin_all, 2, all),
	ROW("round trip", begin_round_trip, 2, round_trip),
	{ 0 }
};
