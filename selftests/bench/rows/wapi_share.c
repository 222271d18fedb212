// SPDX-License-Identifier: GPL-2.0
/* Rows: references given to others, and objects as descriptors. */
#include <fcntl.h>
#include <unistd.h>

#include "client.h"

static uint32_t handle;
static int fd;

static void begin(unsigned long argument)
{
	(void)argument;
	open_client();
	handle = new_event();
}

static void end(void)
{
	close_handle(handle);
}

static void begin_fd(unsigned long argument)
{
	struct wapi_to_fd r = { .flags = O_CLOEXEC };

	begin(argument);
	r.handle = handle;
	request(client, WAPI_IOC_TO_FD, &r);
	fd = r.fd;
}

static void end_fd(void)
{
	close(fd);
	end();
}

/* To oneself, where the other process would close it. */
static void dup_close(void)
{
	struct wapi_dup r = { .handle = handle, .pid = 0 };

	r.pid = getpid();
	request(client, WAPI_IOC_DUP, &r);
	close_handle(handle);
}

static void mark(void)
{
	struct wapi_mark r = { .handle = handle, .inherit = 1 };

	request(client, WAPI_IOC_MARK, &r);
}

static void to_fd_close(void)
{
	struct wapi_to_fd r = { .handle = handle, .flags = O_CLOEXEC };

	request(client, WAPI_IOC_TO_FD, &r);
	close(r.fd);
}

static void from_fd_close(void)
{
	struct wapi_from_fd r = { .fd = fd };

	request(client, WAPI_IOC_FROM_FD, &r);
	close_handle(r.handle);
}

const struct row wapi_share_rows[] = {
	{ "wapi", "dup + close (and getpid)", begin, 0, dup_close, end },
	{ "wapi", "mark", begin, 0, mark, end },
	{ "wapi", "to a descriptor + close", begin, 0, to_fd_close, end,
	  .garbage = true },
	{ "wapi", "from a descriptor + close", begin_fd, 0, from_fd_close, end_fd },
	{ 0 }
};
