// SPDX-License-Identifier: GPL-2.0
/*
 * wapi's demo: the story
 *
 *   demo [DIRECTORY]
 *
 * Six workers share the names of all files below a directory; three of them die
 * in the middle of it, each in another way; in the end nothing is left.  Exits
 * with 0 if all of that was so.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <wapi/wapi.h>

#include "census.h"
#include "demo.h"

#define DEFAULT_ROOT	"/usr/include"
#define FEWEST_FILES	100
#define LINES_SHOWN	7
#define PATIENCE	300	/* seconds for a step, on the slowest machine */

static struct board *board;
static pid_t pids[WORKERS];
static int other_began;		/* to read: the other program has begun */
static int other_lives;		/* to close: it may end */

static const enum fate fates[WORKERS] = {
	[1] = FATE_KILLED, [3] = FATE_CRASHES, [4] = FATE_EXECS,
};

void fail(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("\nwapi demo: FAILED: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	for (int i = 0; i < WORKERS; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	exit(1);
}

static void must(bool well, const char *what)
{
	if (!well)
		fail("%s: %s", what, strerror(errno));
}

/* What all workers have done together, or only those with a fate or without. */
static unsigned long total(size_t counter, bool living_only)
{
	unsigned long sum = 0;

	for (int i = 0; i < WORKERS; i++)
		if (!living_only || !fates[i])
			sum += *(atomic_ulong *)((char *)&board->tally[i] +
						 counter);
	return sum;
}

#define TOTAL(counter)		total(offsetof(struct tally, counter), false)
#define TOTAL_LIVING(counter)	total(offsetof(struct tally, counter), true)

static int count_fates(void)
{
	int count = 0;

	for (int i = 0; i < WORKERS; i++)
		count += fates[i] != FATE_LIVES;
	return count;
}

static uint64_t total_files(void)
{
	uint64_t files = 0;

	for (int i = 0; i < WORKERS; i++)
		files += board->share[i].files;
	return files;
}

/* A worker that ends by itself had something to say. */
static void check_worker(int i)
{
	int status;

	if (pids[i] <= 0 || !waitpid(pids[i], &status, WNOHANG))
		return;
	pids[i] = 0;
	fail("worker %d ended too early: %s", i + 1,
	     board->tally[i].failed ? board->tally[i].why : "it did not say why");
}

/* Waits until it is so. */
static void await(bool (*so)(void), const char *what)
{
	time_t end = time(NULL) + PATIENCE;

	while (!so()) {
		for (int i = 0; i < WORKERS; i++)
			if (!fates[i] || board->stage == STAGE_A_THIRD)
				check_worker(i);
		if (time(NULL) > end)
			fail("%s: not in %d seconds", what, PATIENCE);
		usleep(500);
	}
}

static bool count_file(const char *path, void *data)
{
	struct share *share = &board->share[share_of(path)];

	(void)data;
	share->files++;
	share->sum += hash_of(path);
	return true;
}

static void set_up(const char *root)
{
	int error;

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(board != MAP_FAILED, "mmap");
	board->root = root;
	memcpy(board->fate, fates, sizeof(fates));
	error = tree_walk(root, count_file, NULL);
	if (error)
		fail("cannot walk %s: %s", root, strerror(-error));
	if (total_files() < FEWEST_FILES)
		fail("%s has fewer than %d files", root, FEWEST_FILES);
}

static void open_pipe(int ends[2])
{
	must(!pipe2(ends, O_CLOEXEC), "pipe");
}

static void start_workers(void)
{
	int began[2], lives[2];

	for (int i = 0; i < WORKERS; i++)
		must(!pipe2(board->inbox[i], O_CLOEXEC | O_NONBLOCK), "pipe");
	open_pipe(began);
	open_pipe(lives);
	board->other_output = began[1];
	board->other_input = lives[0];
	other_began = began[0];
	other_lives = lives[1];

	fflush(stdout);
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		must(pids[i] >= 0, "fork");
		if (!pids[i]) {
			close(other_lives);
			_exit(worker_run(board, i));
		}
	}
	for (int i = 0; i < WORKERS; i++) {
		close(board->inbox[i][0]);
		close(board->inbox[i][1]);
	}
	close(began[1]);
	close(lives[0]);
}

/* Prints the beginning and the end of what wapictl ps prints. */
static void print_lines(FILE *table)
{
	char *line = NULL, *last = NULL;
	size_t size = 0, last_size = 0;
	unsigned long count = 0;

	while (getline(&line, &size, table) > 0) {
		if (count++ < LINES_SHOWN) {
			printf("      %s", line);
			continue;
		}
		free(last);
		last = strdup(line);
		last_size = count - LINES_SHOWN - 1;
	}
	if (last_size)
		printf("      ... and %zu handles more\n", last_size);
	if (last)
		printf("      %s", last);
	free(line);
	free(last);
}

static void show_table(void)
{
	FILE *table;

	puts("      $ wapictl ps");
	fflush(stdout);
	table = popen("wapictl ps", "re");
	must(table, "wapictl");
	print_lines(table);
	if (pclose(table))
		fail("wapictl ps did not work");
	putchar('\n');
}

static void expect(const char *what, uint64_t is, uint64_t should)
{
	if (is != should)
		fail("%llu %s, not %llu", (unsigned long long)is, what,
		     (unsigned long long)should);
}

static bool third_done(void)
{
	for (int i = 0; i < WORKERS; i++)
		if (board->tally[i].made != board->share[i].files / 3)
			return false;
	return TOTAL(opened) == TOTAL(made) * (WORKERS - 1);
}

static bool victim_deep_in_work(void)
{
	static unsigned long moment;

	if (!moment)
		moment = 1 + random() % (board->share[1].files / 3);
	return board->tally[1].made > board->share[1].files / 3 + moment;
}

static bool living_finished(void)
{
	for (int i = 0; i < WORKERS; i++)
		if (!fates[i] && !board->tally[i].finished)
			return false;
	return true;
}

/* Waits for a worker to end; returns its status. */
static int bury(int i)
{
	int status;

	must(waitpid(pids[i], &status, 0) == pids[i], "waitpid");
	board->tally[i].dead = true;
	return status;
}

static void tell_end(int i, const char *how)
{
	printf("    worker-%d, process %d, at file %lu of %llu: %s\n", i + 1,
	       pids[i], (unsigned long)board->tally[i].made,
	       (unsigned long long)board->share[i].files, how);
	if (take_census(board, pids).dead_client)
		fail("a client has outlived its process");
}

static void end_by_signal(int i, int signal, const char *how)
{
	int status = bury(i);

	if (!WIFSIGNALED(status) || WTERMSIG(status) != signal)
		fail("worker %d: %s", i + 1, board->tally[i].why);
	tell_end(i, how);
}

static void end_by_exec(int i)
{
	struct pollfd wait = { .fd = other_began, .events = POLLIN };
	char byte;

	if (poll(&wait, 1, PATIENCE * 1000) != 1 ||
	    read(other_began, &byte, 1) != 1)
		fail("worker %d did not become another program: %s", i + 1,
		     board->tally[i].why);
	board->tally[i].dead = true;
	tell_end(i, "became another program, which goes on");
}

static void part_one(void)
{
	printf("1.  %d workers make a handle for each file of their share, with its name in scratch\n"
	       "    memory.  They tell each other the numbers of the handles and nothing else, open\n"
	       "    them, and check the names that they find.  A third of the work is done:\n\n",
	       WORKERS);
	await(third_done, "a third of the work");
	show_table();
}

static void part_two(void)
{
	puts("2.  They go on, and three of them come to an end in the middle of it:\n");
	board->stage = STAGE_THE_REST;
	await(victim_deep_in_work, "the middle of the work");
	kill(pids[1], SIGKILL);
	end_by_signal(1, SIGKILL, "killed with SIGKILL");
	end_by_signal(3, SIGSEGV, "crashed with SIGSEGV");
	end_by_exec(4);
	putchar('\n');
}

/* What the dead held is gone; what the living opened of theirs is there. */
static void part_three(void)
{
	struct census census;

	await(living_finished, "the rest of the work");
	puts("3.  The others have finished.  What the dead held was released at once; what they\n"
	     "    had made is still there where a living worker had opened it:\n");
	show_table();

	census = take_census(board, pids);
	expect("clients", census.clients, WORKERS - count_fates());
	expect("references", census.references,
	       TOTAL_LIVING(made) + TOTAL_LIVING(opened));
	expect("blocks", census.blocks, census.handles);
}

static struct census part_four(void)
{
	struct census census;
	int status;

	puts("4.  One worker closes its handles one by one, the others just exit:\n");
	board->stage = STAGE_LEAVE;
	for (int i = 0; i < WORKERS; i++) {
		if (fates[i])
			continue;
		status = bury(i);
		if (status)
			fail("worker %d: %s", i + 1, board->tally[i].why);
	}
	show_table();

	census = take_census(board, pids);
	expect("handles", census.handles, 0);
	expect("references", census.references, 0);
	expect("blocks", census.blocks, 0);
	expect("bytes of scratch memory", census.arena_used, 0);
	expect("clients", census.clients, 0);

	close(other_lives);
	if (bury(4))
		fail("the other program had a descriptor of /dev/wapi");
	return census;
}

static void print_result(const struct census *census)
{
	expect("names checked", TOTAL_LIVING(checked), TOTAL_LIVING(opened));
	printf("wapi demo: all well: %llu files, %lu handles made, %lu opened by number and their names checked, %lu numbers of the dead refused, %d of %d workers killed, crashed or replaced; left over: %llu handles, %llu blocks, %llu references\n",
	       (unsigned long long)total_files(), TOTAL(made), TOTAL(checked),
	       TOTAL(refused), count_fates(), WORKERS,
	       (unsigned long long)census->handles,
	       (unsigned long long)census->blocks,
	       (unsigned long long)census->references);
}

int main(int argc, char **argv)
{
	const char *root = argc > 1 ? argv[1] : DEFAULT_ROOT;
	struct census census;

	if (argc > 1 && !strcmp(argv[1], OTHER_PROGRAM))
		return other_program();
	if (argc > 2 || root[0] == '-') {
		fputs("Usage: demo [DIRECTORY]\n", stderr);
		return 2;
	}

	srandom(time(NULL) ^ getpid());
	set_up(root);
	census = take_census(board, pids);
	if (census.clients)
		fail("/dev/wapi is in use by this user; the demo counts to 0");
	printf("wapi: the names of %llu files in %s, shared by %d processes\n\n",
	       (unsigned long long)total_files(), root, WORKERS);

	start_workers();
	part_one();
	part_two();
	part_three();
	census = part_four();
	print_result(&census);
	return 0;
}
