/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client whose requests are measured, made as a program makes them that
 * makes system calls itself: a structure filled in for each.  A request that
 * fails ends the run.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <linux/wapi.h>

#include "row.h"
#include "syscall.h"

/*
 * What every figure is a ratio to: a request that the driver does not know, so
 * the cost of getting there and back.  Nothing else says which it is.
 */
#define NULL_IOCTL	_IO(WAPI_IOC_MAGIC, 0xff)

extern int client;

/* A descriptor of a new client, which has made its first request. */
int new_client(void);
/*
 * Makes client one, if it is not yet, that has been in use: it holds a few handles
 * besides those that are measured, and the table's slots are taken in turns, as
 * they are after the first of some thousand handles.
 */
enum { OTHER_HANDLES = 10, USED_HANDLES = 3000 };
void open_client(void);

/* 0 or -errno. */
static inline long ask(int fd, unsigned long number, void *argument)
{
	return sys3(SYS_ioctl, fd, number, (long)argument);
}

static inline void request(int fd, unsigned long number, void *argument)
{
	long error = ask(fd, number, argument);

	if (__builtin_expect(error < 0, 0))
		die("request %#lx: %s", number, strerror(-error));
}

static inline uint32_t new_object_by(int fd, uint32_t type, uint32_t flags)
{
	struct wapi_new r = { .type = type, .flags = flags };

	request(fd, WAPI_IOC_NEW, &r);
	return r.handle;
}

static inline uint32_t new_object(uint32_t type, uint32_t flags)
{
	return new_object_by(client, type, flags);
}

static inline uint32_t new_event(void)
{
	return new_object(WAPI_TYPE_EVENT, 0);
}

static inline uint32_t new_set_event(void)
{
	return new_object(WAPI_TYPE_EVENT, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
}

static inline uint32_t new_named(uint32_t type, const char *name)
{
	struct wapi_new r = {
		.type = type, .name = (uintptr_t)name, .name_size = strlen(name),
	};

	request(client, WAPI_IOC_NEW, &r);
	return r.handle;
}

static inline void open_handle_by(int fd, uint32_t handle)
{
	struct wapi_open r = { .handle = handle };

	request(fd, WAPI_IOC_OPEN, &r);
}

static inline void open_handle(uint32_t handle)
{
	open_handle_by(client, handle);
}

static inline void close_handle(uint32_t handle)
{
	struct wapi_close r = { .handle = handle };

	request(client, WAPI_IOC_CLOSE, &r);
}

static inline void signal_handle(unsigned long number, uint32_t handle)
{
	struct wapi_signal r = { .handle = handle };

	request(client, number, &r);
}

static inline void set_event(uint32_t handle)
{
	signal_handle(WAPI_IOC_SET, handle);
}

static inline void release_mutex(uint32_t handle)
{
	struct wapi_mutex_release r = { .handle = handle };

	request(client, WAPI_IOC_MUTEX_RELEASE, &r);
}

static inline void release_semaphore(uint32_t handle)
{
	struct wapi_sem_release r = { .handle = handle, .count = 1 };

	request(client, WAPI_IOC_SEM_RELEASE, &r);
}

/* The index of what ended it. */
static inline uint32_t wait_for(const uint32_t *handles, uint32_t count,
				uint32_t flags, uint32_t signal)
{
	struct wapi_wait r = {
		.handles = (uintptr_t)handles,
		.count = count,
		.flags = flags,
		.timeout = WAPI_WAIT_FOREVER,
		.signal = signal,
	};

	request(client, WAPI_IOC_WAIT, &r);
	return r.index;
}

static inline void wait_one(uint32_t handle)
{
	wait_for(&handle, 1, 0, 0);
}

static inline uint64_t new_block(uint64_t size)
{
	struct wapi_scratch r = { .size = size };

	request(client, WAPI_IOC_SCRATCH, &r);
	return r.block;
}

static inline void free_block(uint64_t block)
{
	struct wapi_scratch_free r = { .block = block };

	request(client, WAPI_IOC_SCRATCH_FREE, &r);
}

static inline struct wapi_info read_info(int fd)
{
	struct wapi_info r = { 0 };

	request(fd, WAPI_IOC_INFO, &r);
	return r;
}

#endif /* BENCH_CLIENT_H */
