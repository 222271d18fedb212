/* SPDX-License-Identifier: GPL-2.0 */
/* Threads for the tests of locks: to start, to find asleep, to join. */
#ifndef WIN32_THREADS_H
#define WIN32_THREADS_H

#include "wapi_test.h"

#include <pthread.h>

#include <wapi/win32.h>

#define LAST_ERROR	0x600d

struct worker {
	void (*work)(struct worker *worker);
	void *subject;
	int number;		/* for the test's own use, as are the next two */
	BOOL result;
	DWORD error;
	pthread_t thread;
	volatile pid_t tid;
	volatile bool ended;
};

static inline void *worker_run(void *argument)
{
	struct worker *worker = argument;

	worker->tid = gettid();
	worker->work(worker);
	worker->ended = true;
	return NULL;
}

/* 0 or -errno. */
static inline int start_worker(struct worker *worker, void (*work)(struct worker *worker),
			       void *subject)
{
	worker->work = work;
	worker->subject = subject;
	worker->tid = 0;
	worker->ended = false;
	return -pthread_create(&worker->thread, NULL, worker_run, worker);
}

static inline bool worker_is_in_a_futex(struct worker *worker)
{
	char path[64], line[256] = "";
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", worker->tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(line, sizeof(line), file) && line[0] >= '0' && line[0] <= '9')
		number = strtol(line, NULL, 10);
	fclose(file);
#ifdef SYS_futex_time64
	if (number == SYS_futex_time64)
		return true;
#endif
	return number == SYS_futex;
}

/* Does it sleep in a lock?  Waits until it does, or has ended. */
static inline bool worker_sleeps(struct worker *worker)
{
	return within(20, worker->ended || (worker->tid && worker_is_in_a_futex(worker))) &&
	       !worker->ended;
}

/* Starts one that is to sleep; 0 or -errno. */
static inline int start_sleeping_worker(struct worker *worker,
					void (*work)(struct worker *worker), void *subject)
{
	int error = start_worker(worker, work, subject);

	if (error)
		return error;
	return worker_sleeps(worker) ? 0 : -ETIMEDOUT;
}

/* 0; -ETIMEDOUT if it has not ended after a while. */
static inline int join_worker(struct worker *worker)
{
	if (!within(20, worker->ended))
		return -ETIMEDOUT;
	return -pthread_join(worker->thread, NULL);
}

/* All that another thread does, at once; 0 or -errno. */
static inline int let_another(struct worker *worker, void (*work)(struct worker *worker),
			      void *subject)
{
	int error = start_worker(worker, work, subject);

	return error ? error : join_worker(worker);
}

#endif /* WIN32_THREADS_H */
