// SPDX-License-Identifier: GPL-2.0
/*
 * Lanes: who makes a call. The thread of lane 1 stays from program to program;
 * children are killed at the end of each, as what they hold must go with them.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* How often a call is interrupted that does not return. */
#define LIMIT		6000

_Thread_local unsigned int this_lane;
static pthread_t thread;

static int futex_wait(int *word, int value, long ns)
{
	struct timespec limit = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	return syscall(SYS_futex, word, FUTEX_WAIT, value, ns ? &limit : NULL, NULL, 0);
}

static void futex_set(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void interrupted(int signal)
{
	(void)signal;
}

/* Until what exec() has started catches it, it would end the process. */
void hold_signals(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupted };

	/* Without SA_RESTART: what sleeps ends. */
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	hold_signals(false);
}

/* Makes the calls of a lane, which is this thread's, until it ends. */
void lane_main(unsigned int number)
{
	struct lane *lane = &shared->lanes[number];
	bool exits;
	int todo;

	this_lane = number;
	for (;;) {
		while (!(todo = __atomic_load_n(&lane->todo, __ATOMIC_ACQUIRE)))
			futex_wait(&lane->todo, 0, 0);
		exits = is_op(&shared->program.calls[todo - 1], "exit");
		perform(todo - 1);
		/* After that the program can already be the next one. */
		futex_set(&lane->todo, 0);
		if (!exits)
			continue;
		if (number == 1)
			pthread_exit(NULL);
		_exit(0);
	}
}

static void *thread_main(void *unused)
{
	sigset_t clock;

	(void)unused;
	sigemptyset(&clock);
	sigaddset(&clock, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &clock, NULL);
	shared->lanes[1].tid = syscall(SYS_gettid);
	cover_lane(1);
	lane_main(1);
}

static void child_main(unsigned int number)
{
	struct lane *lane = &shared->lanes[number];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	cover_lane(number);
	lane->pid = lane->tid = syscall(SYS_gettid);
	lane_main(number);
}

/* Of lanes that are not there, the thread id is 0. */
static void lane_start(unsigned int number)
{
	struct lane *lane = &shared->lanes[number];
	int pid;

	if (lane->tid)
		return;
	lane->todo = 0;
	if (number == 1) {
		lane->pid = getpid();
		if (pthread_create(&thread, NULL, thread_main, NULL)) {
			perror("fuzz: pthread_create");
			exit(1);
		}
		while (!__atomic_load_n(&lane->tid, __ATOMIC_ACQUIRE))
			sched_yield();
		return;
	}
	pid = fork();
	if (!pid)
		child_main(number);
	if (pid < 0) {
		perror("fuzz: fork");
		exit(1);
	}
	lane->pid = lane->tid = pid;
}

static void lane_ended(unsigned int number)
{
	struct lane *lane = &shared->lanes[number];

	if (number == 1)
		pthread_join(thread, NULL);
	else
		waitpid(lane->pid, NULL, 0);
	lane->pid = lane->tid = 0;
	lane->todo = 0;
}

/* A child that has ended though nobody told it to, as after an oops. */
static bool lane_lost(unsigned int number)
{
	struct lane *lane = &shared->lanes[number];
	siginfo_t info = { 0 };

	if (number < 2 || waitid(P_PID, lane->pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	    !info.si_pid)
		return false;
	complain("the process of lane %u ended by itself, with status %d", number, info.si_status);
	lane_ended(number);
	return true;
}

/* Where a lane is that does not return, for who has to find out. */
static void tell_where(const struct lane *lane)
{
	static const char *const files[] = { "wchan", "syscall", "stat", "stack" };
	char path[64], line[512];
	FILE *file;

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", lane->pid, lane->tid, files[i]);
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			printf("# fuzz: %s: %.*s\n", files[i], (int)strcspn(line, "\n"), line);
		if (file)
			fclose(file);
		else
			printf("# fuzz: %s: %s\n", path, strerror(errno));
	}
	printf("# fuzz: its call is %d\n", lane->todo);
}

/* Waits for the call that a lane makes; it is interrupted, when it takes long. */
static void lane_wait(unsigned int number)
{
	struct lane *lane = &shared->lanes[number];
	unsigned int times = 0;
	int todo;

	while ((todo = __atomic_load_n(&lane->todo, __ATOMIC_ACQUIRE))) {
		futex_wait(&lane->todo, todo, shared->patience * 1000000l);
		if (!__atomic_load_n(&lane->todo, __ATOMIC_ACQUIRE))
			break;
		if (lane_lost(number))
			return;
		syscall(SYS_tgkill, lane->pid, lane->tid, SIGUSR1);
		if (++times == LIMIT) {
			complain("lane %u does not return from its call", number);
			tell_where(lane);
			return;
		}
	}
}

/* Makes a call in its lane. */
void lane_run(unsigned int at)
{
	const struct call *call = &shared->program.calls[at];
	struct lane *lane = &shared->lanes[call->lane];

	if (!call->lane) {
		perform(at);
		return;
	}
	lane_start(call->lane);
	lane_wait(call->lane);
	if (!lane->tid)
		return;
	futex_set(&lane->todo, at + 1);
	if (call->async && !is_op(call, "exit"))
		return;
	lane_wait(call->lane);
	if (is_op(call, "exit") && lane->tid)
		lane_ended(call->lane);
}

/* Ends a lane but the first, in the middle of what it does. */
bool lane_kill(unsigned int number)
{
	struct lane *lane = &shared->lanes[number % LANES];

	number %= LANES;
	if (!number || !lane->tid)
		return false;
	if (number == 1) {
		/* A thread cannot be killed alone. */
		lane_wait(1);
		return true;
	}
	kill(lane->pid, SIGKILL);
	lane_ended(number);
	return true;
}

static void set_processors(unsigned long mask)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned int i = 0; i < 64; i++)
		if (mask >> i & 1)
			CPU_SET(i, &set);
	for (unsigned int i = 0; i < LANES; i++)
		if (shared->lanes[i].tid)
			sched_setaffinity(shared->lanes[i].tid, sizeof(set), &set);
}

/*
 * On one processor lanes take turns in a fraction of the time; on several they meet.
 */
void lanes_spread(bool wanted)
{
	static int spread = -1;

	if (spread != wanted)
		set_processors(wanted ? ~0ul : 1);
	spread = wanted;
}

void lanes_begin(void)
{
	catch_signals();
	shared->lanes[0].pid = shared->lanes[0].tid = getpid();
	cover_lane(0);
}

void lanes_end(void)
{
	for (unsigned int number = 1; number < LANES; number++)
		lane_kill(number);
}

/* Goes on where exec() was called. */
void lane_again(unsigned int number)
{
	struct lane *lane = &shared->lanes[number];
	int todo;

	share_again();
	todo = lane->todo;
	catch_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (todo) {
		shared->results[todo - 1] = 0;
		__atomic_store_n(&shared->done[todo - 1], true, __ATOMIC_RELEASE);
		futex_set(&lane->todo, 0);
	}
	lane_main(number);
}
