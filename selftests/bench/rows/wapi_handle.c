// SPDX-License-Identifier: GPL-2.0
/* Rows: handles made, opened, closed and asked about. */
#include <sys/syscall.h>
#include <unistd.h>

#include "client.h"

static uint32_t handle, type, flags;
static int pidfd = -1;

/* An object that another reference is taken to. */
static void begin_object(unsigned long argument)
{
	open_client();
	handle = new_object(argument, 0);
}

static void end_object(void)
{
	close_handle(handle);
}

static void begin_type(unsigned long argument)
{
	open_client();
	type = argument;
	flags = 0;
}

static void begin_self(unsigned long argument)
{
	begin_type(argument);
	flags = WAPI_NEW_SELF;
}

static void begin_pidfd(unsigned long argument)
{
	begin_type(argument);
	pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	MUST(pidfd >= 0);
}

static void end_pidfd(void)
{
	close(pidfd);
}

static void open_close(void)
{
	open_handle(handle);
	close_handle(handle);
}

static void new_close(void)
{
	close_handle(new_object(type, flags));
}

static void new_pidfd_close(void)
{
	struct wapi_new r = {
		.type = WAPI_TYPE_PROCESS, .flags = WAPI_NEW_PIDFD, .pidfd = pidfd,
	};

	request(client, WAPI_IOC_NEW, &r);
	close_handle(r.handle);
}

static void new_data_close(void)
{
	static const char data[64] = "data";
	struct wapi_new r = {
		.type = WAPI_TYPE_FILE, .data = (uintptr_t)data,
		.data_size = sizeof(data),
	};

	request(client, WAPI_IOC_NEW, &r);
	close_handle(r.handle);
}

static void query(void)
{
	struct wapi_query r = { .handle = handle };

	request(client, WAPI_IOC_QUERY, &r);
}

static void search(void)
{
	struct wapi_search r = { .after = 0 };

	request(client, WAPI_IOC_SEARCH, &r);
}

static void info(void)
{
	read_info(client);
}

#define NEW(name, number) \
	{ "wapi", "new + close, " name, begin_type, number, new_close, \
	  .garbage = true }

const struct row wapi_handle_rows[] = {
	{ "wapi", "open + close", begin_object, WAPI_TYPE_EVENT, open_close, end_object },
	NEW("file", WAPI_TYPE_FILE),
	NEW("console", WAPI_TYPE_CONSOLE),
	NEW("thread", WAPI_TYPE_THREAD),
	NEW("sem", WAPI_TYPE_SEM),
	NEW("mutex", WAPI_TYPE_MUTEX),
	NEW("event", WAPI_TYPE_EVENT),
	NEW("socket", WAPI_TYPE_SOCKET),
	NEW("find", WAPI_TYPE_FIND),
	NEW("process", WAPI_TYPE_PROCESS),
	NEW("pipe", WAPI_TYPE_PIPE),
	{ "wapi", "new + close, this thread", begin_self, WAPI_TYPE_THREAD, new_close,
	  .garbage = true },
	{ "wapi", "new + close, process of a pidfd", begin_pidfd, WAPI_TYPE_PROCESS,
	  new_pidfd_close, end_pidfd, .garbage = true },
	{ "wapi", "new + close, file with 64 B of data", begin_type, WAPI_TYPE_FILE,
	  new_data_close, .garbage = true },
	{ "wapi", "query", begin_object, WAPI_TYPE_EVENT, query, end_object },
	{ "wapi", "search, first one", begin_object, WAPI_TYPE_EVENT, search, end_object },
	{ "wapi", "info", begin_object, WAPI_TYPE_EVENT, info, end_object },
	{ 0 }
};
