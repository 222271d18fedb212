// SPDX-License-Identifier: GPL-2.0
/*
 * A worker: makes a handle for every file of its share, tells the others their
 * numbers, opens theirs and checks the names that it finds there.
 *
 * It can end at any call of step(), and under SIGKILL at any instruction.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wapi/wapi.h>

#include "demo.h"

struct worker {
	struct board *board;
	struct tally *tally;
	int me;
	struct wapi_client *client;
	uint32_t *held;			/* every reference, for closing them */
	size_t held_count;
	size_t held_room;
	struct share seen[WORKERS];	/* what came of each other worker */
	bool inbox_ended;
	uint64_t end_after;		/* with a fate: handles to make */
	int steps_left;			/* and requests after that */
};

__attribute__((format(printf, 2, 3)))
static void give_up(struct worker *worker, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(worker->tally->why, sizeof(worker->tally->why), format,
		  arguments);
	va_end(arguments);
	worker->tally->failed = true;
	_exit(1);
}

static void crash(void)
{
	const struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	*(volatile int *)NULL = 0;	/* NOLINT: that is what it is for */
}

/* The client's descriptor and the pipes are closed by this, all O_CLOEXEC. */
static void become_other(struct worker *worker)
{
	dup2(worker->board->other_input, STDIN_FILENO);
	dup2(worker->board->other_output, STDOUT_FILENO);
	execl("/proc/self/exe", "demo", OTHER_PROGRAM, NULL);
	give_up(worker, "execl: %s", strerror(errno));
}

/* Before each request: the moment can have come. */
static void step(struct worker *worker)
{
	enum fate fate = worker->board->fate[worker->me];

	if (fate == FATE_LIVES || fate == FATE_KILLED ||
	    worker->tally->made < worker->end_after || worker->steps_left--)
		return;
	if (fate == FATE_CRASHES)
		crash();
	else
		become_other(worker);
}

static void hold(struct worker *worker, uint32_t handle)
{
	if (worker->held_count == worker->held_room) {
		worker->held_room = worker->held_room * 2 + 1024;
		worker->held = reallocarray(worker->held, worker->held_room,
					    sizeof(*worker->held));
		if (!worker->held)
			give_up(worker, "out of memory");
	}
	worker->held[worker->held_count++] = handle;
}

/* Is it a file of the tree, and one that another worker had to make? */
static void check_name(struct worker *worker, uint32_t handle, const char *name)
{
	int share = share_of(name);
	struct stat file;

	if (lstat(name, &file))
		give_up(worker, "handle %08x: no file '%s'", handle, name);
	if (share == worker->me)
		give_up(worker, "handle %08x: '%s' came from another worker",
			handle, name);
	worker->seen[share].files++;
	worker->seen[share].sum += hash_of(name);
	worker->tally->checked++;
}

static void open_handle(struct worker *worker, uint32_t handle)
{
	struct wapi_open opened;
	char *name;
	int error;

	step(worker);
	error = wapi_open(worker->client, handle, &opened);
	if (error == -EBADF) {
		worker->tally->refused++;
		return;
	}
	if (error || opened.type != WAPI_TYPE_FILE)
		give_up(worker, "open %08x: %s, type %u", handle,
			strerror(-error), opened.type);
	hold(worker, handle);
	worker->tally->opened++;

	step(worker);
	error = wapi_load_string(worker->client, opened.block, &name);
	if (error)
		give_up(worker, "name of %08x: %s", handle, strerror(-error));
	check_name(worker, handle, name);
	free(name);
}

/* Opens what the others have told of so far; waits for more if it may. */
static void read_inbox(struct worker *worker, int timeout)
{
	int inbox = worker->board->inbox[worker->me][0];
	struct pollfd wait = { .fd = inbox, .events = POLLIN };
	uint32_t handles[512];
	ssize_t size;

	if (worker->inbox_ended) {
		poll(NULL, 0, timeout);
		return;
	}
	poll(&wait, 1, timeout);
	while ((size = read(inbox, handles, sizeof(handles))) > 0)
		for (size_t i = 0; i < size / sizeof(*handles); i++)
			open_handle(worker, handles[i]);
	worker->inbox_ended = size == 0;
}

/* An inbox can be full, and its reader wait for us: go on reading ours. */
static void tell(struct worker *worker, int other, uint32_t handle)
{
	int inbox = worker->board->inbox[other][1];

	while (write(inbox, &handle, sizeof(handle)) < 0) {
		if (errno == EPIPE)
			return;
		if (errno != EAGAIN)
			give_up(worker, "tell: %s", strerror(errno));
		read_inbox(worker, 1);
	}
}

static void wait_stage(struct worker *worker, enum stage stage)
{
	while ((int)worker->board->stage < (int)stage)
		read_inbox(worker, 5);
}

static bool make_handle(const char *path, void *data)
{
	struct worker *worker = data;
	uint32_t handle;
	int error;

	if (share_of(path) != worker->me)
		return true;
	step(worker);
	error = wapi_new_data(worker->client, WAPI_TYPE_FILE, path,
			      strlen(path) + 1, &handle, NULL);
	if (error)
		give_up(worker, "new: %s", strerror(-error));
	hold(worker, handle);
	worker->tally->made++;

	for (int other = 0; other < WORKERS; other++)
		if (other != worker->me)
			tell(worker, other, handle);
	read_inbox(worker, 0);
	if (worker->tally->made == worker->board->share[worker->me].files / 3)
		wait_stage(worker, STAGE_THE_REST);
	return true;
}

/* Every inbox ends when nobody is left who could write to it. */
static void close_others_inboxes(struct board *board, int me)
{
	for (int other = 0; other < WORKERS; other++)
		if (other != me)
			close(board->inbox[other][1]);
}

static void keep_own_ends(struct board *board, int me)
{
	close(board->inbox[me][1]);
	for (int other = 0; other < WORKERS; other++)
		if (other != me)
			close(board->inbox[other][0]);
}

/* Of those who lived, every name has come, and come once. */
static void check_shares(struct worker *worker)
{
	for (int other = 0; other < WORKERS; other++) {
		const struct share *want = &worker->board->share[other];
		const struct share *seen = &worker->seen[other];

		if (other == worker->me || worker->board->tally[other].dead)
			continue;
		if (seen->files != want->files || seen->sum != want->sum)
			give_up(worker, "%llu of %llu names of worker %d",
				(unsigned long long)seen->files,
				(unsigned long long)want->files, other + 1);
	}
}

/* One reference at a time; the others just exit. */
static void close_handles(struct worker *worker)
{
	for (size_t i = 0; i < worker->held_count; i++)
		if (wapi_close(worker->client, worker->held[i], NULL))
			give_up(worker, "cannot close %08x", worker->held[i]);
	if (worker->held_count &&
	    wapi_close(worker->client, worker->held[0], NULL) != -EBADF)
		give_up(worker, "%08x was closed twice", worker->held[0]);
}

static void choose_end(struct worker *worker)
{
	uint64_t files = worker->board->share[worker->me].files;

	srandom(getpid());
	worker->end_after = files / 3 + 1 + random() % (files / 3 + 1);
	worker->steps_left = random() % 20;
}

static void work(struct worker *worker)
{
	int error = wapi_client_open(&worker->client);

	if (error)
		give_up(worker, "cannot open /dev/wapi: %s", strerror(-error));
	error = tree_walk(worker->board->root, make_handle, worker);
	if (error)
		give_up(worker, "cannot walk %s: %s", worker->board->root,
			strerror(-error));

	close_others_inboxes(worker->board, worker->me);
	while (!worker->inbox_ended)
		read_inbox(worker, -1);
	worker->tally->finished = true;
}

int worker_run(struct board *board, int me)
{
	struct worker worker = {
		.board = board, .tally = &board->tally[me], .me = me,
	};
	char name[24];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "worker-%d", me + 1);
	prctl(PR_SET_NAME, name);
	signal(SIGPIPE, SIG_IGN);
	keep_own_ends(board, me);
	choose_end(&worker);

	work(&worker);
	wait_stage(&worker, STAGE_LEAVE);
	check_shares(&worker);
	if (me == 0)
		close_handles(&worker);
	/* No cleaning up: that is what this is about. */
	_exit(0);
}
