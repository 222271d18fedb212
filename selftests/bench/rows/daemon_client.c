// SPDX-License-Identifier: GPL-2.0
/* Rows: requests to a daemon like that of 2002; its asking side. */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <signal.h>
#include <unistd.h>

#include "daemon.h"
#include "row.h"

static int line;
static uint32_t handle;

static uint32_t ask_daemon(uint32_t type, uint32_t value)
{
	struct daemon_request request = { .type = type, .value = value };
	struct daemon_reply reply;

	MUST(write(line, &request, sizeof(request)) == sizeof(request));
	MUST(read(line, &reply, sizeof(reply)) == sizeof(reply));
	return reply.value;
}

/* A daemon of one's own, which ends with its client, and a line to it. */
static void begin(unsigned long live)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), shm;
	socklen_t length = sizeof(sa_family_t);
	void *segment;
	pid_t pid;

	MUST(listener >= 0);
	/* The kernel finds a name. */
	MUST(!bind(listener, (struct sockaddr *)&address, length));
	MUST(!listen(listener, 5));
	length = sizeof(address);
	MUST(!getsockname(listener, (struct sockaddr *)&address, &length));

	shm = shmget(IPC_PRIVATE, DAEMON_SEGMENT, 0600);
	MUST(shm >= 0);
	segment = shmat(shm, NULL, 0);
	MUST(segment != (void *)-1);
	MUST(!shmctl(shm, IPC_RMID, NULL));

	pid = fork();
	MUST(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		daemon_serve(listener, segment);
		_exit(0);
	}
	line = socket(AF_UNIX, SOCK_STREAM, 0);
	MUST(line >= 0);
	MUST(!connect(line, (struct sockaddr *)&address, length));
	for (; live; live--) {
		handle = ask_daemon(DAEMON_NEW, 6);
		MUST(handle);
	}
}

static void new_close(void)
{
	uint32_t new = ask_daemon(DAEMON_NEW, 6);

	MUST(new);
	MUST(ask_daemon(DAEMON_CLOSE, new));
}

static void open_close(void)
{
	MUST(ask_daemon(DAEMON_OPEN, handle));
	/* One remains. */
	MUST(!ask_daemon(DAEMON_CLOSE, handle));
}

static void scratch_free(void)
{
	uint32_t index = ask_daemon(DAEMON_SCRATCH, 64);

	MUST(index);
	ask_daemon(DAEMON_SCRATCH_FREE, index);
}

const struct row daemon_rows[] = {
	{ "2002", "new + close", begin, 0, new_close },
	{ "2002", "open + close", begin, 1, open_close },
	{ "2002", "scratch 64 B + free", begin, 0, scratch_free },
	{ "2002", "new + close, 100 handles live", begin, 100, new_close },
	{ "2002", "new + close, 1000 handles live", begin, 1000, new_close },
	{ "2002", "new + close, 4090 handles live", begin, 4090, new_close },
	{ 0 }
};
