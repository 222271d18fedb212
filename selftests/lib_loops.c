// SPDX-License-Identifier: GPL-2.0
/*
 * The event loops that programs have: each waits for a named event that another
 * process sets, twice, as it would wait for a socket.
 */
#include "lib_test.h"

#include <sys/epoll.h>

#include <glib-unix.h>
#include <systemd/sd-event.h>
#include <uv.h>

#define NAME "wapi selftest of loops"
#define TIMES 2

FIXTURE(loop)
{
	struct wapi_client *client;
	uint32_t event;
	int fd, times, error;
	struct peer setter;
};

/* Sets the event each time that it is asked to. */
static void set_by_name(struct peer *parent)
{
	struct wapi_client *client;
	uint32_t event;

	CHILD_ASSERT(!wapi_client_open(&client));
	CHILD_ASSERT(!wapi_open_name(client, NAME, WAPI_TYPE_EVENT, &event, NULL));
	while (receive(parent) == 1)
		CHILD_ASSERT(!wapi_set(client, event, NULL));
	_exit(0);
}

FIXTURE_SETUP(loop)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_event_new(self->client, 0, NAME, &self->event, NULL));
	ASSERT_EQ(0, wapi_to_fd(self->client, self->event, O_CLOEXEC | O_NONBLOCK, &self->fd));
	if (!fork_peer(&self->setter))
		set_by_name(&self->setter);
	ASSERT_EQ(0, send_to(&self->setter, 1));
}

FIXTURE_TEARDOWN(loop)
{
	EXPECT_EQ(TIMES, self->times);
	EXPECT_EQ(0, self->error);
	/* Each was taken once. */
	EXPECT_EQ(-EAGAIN, wapi_fd_read(self->fd, NULL));
	EXPECT_EQ(0, send_to(&self->setter, 0));
	EXPECT_EQ(0, wait_for_peer(&self->setter));
	close(self->fd);
	wapi_client_close(self->client);
}

/* What each loop calls.  Return: whether to go on */
static bool is_set(FIXTURE_DATA(loop) *self)
{
	int error = wapi_fd_read(self->fd, NULL);

	/* Another may have been first; not here. */
	if (error) {
		self->error = error;
		return false;
	}
	self->times++;
	if (self->times < TIMES)
		send_to(&self->setter, 1);
	return self->times < TIMES;
}

static void on_uv(uv_poll_t *poll, int status, int events)
{
	FIXTURE_DATA(loop) *self = poll->data;

	if (status || !(events & UV_READABLE))
		self->error = -EPROTO;
	if (self->error || !is_set(self))
		uv_poll_stop(poll);
}

TEST_F(loop, of_libuv)
{
	uv_poll_t poll = { .data = self };
	uv_loop_t loop;

	ASSERT_EQ(0, uv_loop_init(&loop));
	ASSERT_EQ(0, uv_poll_init(&loop, &poll, self->fd));
	ASSERT_EQ(0, uv_poll_start(&poll, UV_READABLE, on_uv));
	EXPECT_EQ(0, uv_run(&loop, UV_RUN_DEFAULT));
	uv_close((uv_handle_t *)&poll, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	EXPECT_EQ(0, uv_loop_close(&loop));
}

struct glib_loop {
	FIXTURE_DATA(loop) *self;
	GMainLoop *loop;
};

static gboolean on_glib(gint fd, GIOCondition condition, gpointer data)
{
	struct glib_loop *glib = data;

	if (fd != glib->self->fd || !(condition & G_IO_IN))
		glib->self->error = -EPROTO;
	if (!glib->self->error && is_set(glib->self))
		return G_SOURCE_CONTINUE;
	g_main_loop_quit(glib->loop);
	return G_SOURCE_REMOVE;
}

TEST_F(loop, of_glib)
{
	struct glib_loop glib = { .self = self, .loop = g_main_loop_new(NULL, FALSE) };

	ASSERT_LT(0, g_unix_fd_add(self->fd, G_IO_IN, on_glib, &glib));
	g_main_loop_run(glib.loop);
	g_main_loop_unref(glib.loop);
}

static int on_systemd(sd_event_source *source, int fd, uint32_t events, void *data)
{
	FIXTURE_DATA(loop) *self = data;

	if (fd != self->fd || !(events & EPOLLIN))
		self->error = -EPROTO;
	if (self->error || !is_set(self))
		return sd_event_exit(sd_event_source_get_event(source), 0);
	return 0;
}

TEST_F(loop, of_systemd)
{
	sd_event *loop;

	ASSERT_LE(0, sd_event_new(&loop));
	ASSERT_LE(0, sd_event_add_io(loop, NULL, self->fd, EPOLLIN, on_systemd, self));
	EXPECT_EQ(0, sd_event_loop(loop));
	sd_event_unref(loop);
}

TEST_HARNESS_MAIN
