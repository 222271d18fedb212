// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An event loop that waits for a named event like for a socket.
 *
 *   cc loop.c -o loop $(pkg-config --cflags --libs libwapi)
 *   ./loop
 *
 * and meanwhile, in another terminal:
 *
 *   wapictl event set doorbell
 *
 * It also waits for its standard input, and ends when that does, or with ^C.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <wapi/wapi.h>

#define NAME	"doorbell"

static void check(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "loop: %s: %s\n", what, strerror(-error));
	exit(1);
}

static void watch(int loop, int fd)
{
	struct epoll_event in = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &in))
		check(-errno, "epoll");
}

/* Readable is a hint: another process may have been first at the event. */
static void answer(int bell)
{
	int error = wapi_fd_read(bell, NULL);

	if (error == -EAGAIN)
		return;
	check(error, "read");
	puts("somebody is at the door");
	fflush(stdout);
}

static void copy_input(void)
{
	char line[256];
	ssize_t count = read(STDIN_FILENO, line, sizeof(line));

	if (count <= 0)
		exit(0);
	printf("input: %.*s", (int)count, line);
	fflush(stdout);
}

int main(void)
{
	int bell, loop = epoll_create1(EPOLL_CLOEXEC);
	struct wapi_client *client;
	struct epoll_event ready;
	uint32_t handle;

	if (loop < 0)
		check(-errno, "epoll");
	check(wapi_client_open(&client), "/dev/wapi");
	check(wapi_event_new(client, 0, NAME, &handle, NULL), NAME);
	check(wapi_to_fd(client, handle, O_CLOEXEC | O_NONBLOCK, &bell), NAME);
	watch(loop, bell);
	watch(loop, STDIN_FILENO);

	for (;;) {
		if (epoll_wait(loop, &ready, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			check(-errno, "epoll");
		}
		if (ready.data.fd == bell)
			answer(bell);
		else
			copy_input();
	}
}
