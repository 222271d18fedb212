// SPDX-License-Identifier: GPL-2.0
/*
 * Rows: handles in memory that processes share, each with a mutex and a
 * condition variable, in the manner of the 2002 client library: who ends while
 * it holds one leaves it locked for ever.
 *
 * A wait for several locks them all, lets all go and begins anew if one is
 * taken, and sleeps on one condition variable that every set wakes.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "row.h"

enum { HANDLES = 64 };

struct shared_handle {
	uint32_t type;
	bool signalled, manual;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
};

static struct shared {
	pthread_mutex_t mutex;		/* of all that wait for several */
	pthread_cond_t cond;
	struct shared_handle handles[HANDLES];
} *shared;

/* As the library did, or a little later, which saves two switches. */
static bool signal_late;

static void init(pthread_mutex_t *mutex, pthread_cond_t *cond)
{
	pthread_mutexattr_t mutexattr;
	pthread_condattr_t condattr;

	MUST(!pthread_mutexattr_init(&mutexattr));
	MUST(!pthread_mutexattr_setpshared(&mutexattr, PTHREAD_PROCESS_SHARED));
	MUST(!pthread_mutex_init(mutex, &mutexattr));
	MUST(!pthread_condattr_init(&condattr));
	MUST(!pthread_condattr_setpshared(&condattr, PTHREAD_PROCESS_SHARED));
	MUST(!pthread_cond_init(cond, &condattr));
}

static void begin(unsigned long argument)
{
	(void)argument;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(shared != MAP_FAILED);
	init(&shared->mutex, &shared->cond);
	for (int i = 0; i < HANDLES; i++) {
		shared->handles[i].type = 6;
		init(&shared->handles[i].mutex, &shared->handles[i].cond);
	}
}

static void set(struct shared_handle *handle)
{
	MUST(!pthread_mutex_lock(&handle->mutex));
	MUST(!pthread_mutex_lock(&shared->mutex));
	handle->signalled = true;
	if (!signal_late)
		MUST(!pthread_cond_signal(&handle->cond));
	MUST(!pthread_cond_broadcast(&shared->cond));
	MUST(!pthread_mutex_unlock(&shared->mutex));
	MUST(!pthread_mutex_unlock(&handle->mutex));
	if (signal_late)
		MUST(!pthread_cond_signal(&handle->cond));
}

static void acquire_locked(struct shared_handle *handle)
{
	if (!handle->manual)
		handle->signalled = false;
}

static void wait_one(struct shared_handle *handle)
{
	MUST(!pthread_mutex_lock(&handle->mutex));
	while (!handle->signalled)
		MUST(!pthread_cond_wait(&handle->cond, &handle->mutex));
	acquire_locked(handle);
	MUST(!pthread_mutex_unlock(&handle->mutex));
}

static void unlock(struct shared_handle *handles, int count)
{
	while (count--)
		MUST(!pthread_mutex_unlock(&handles[count].mutex));
}

static void lock(struct shared_handle *handles, int count)
{
	for (int i = 0; i < count; i++)
		while (pthread_mutex_trylock(&handles[i].mutex)) {
			unlock(handles, i);
			usleep(rand() % 10000);
			i = 0;
		}
}

static int wait_any(struct shared_handle *handles, int count)
{
	int first;

	for (;;) {
		lock(handles, count);
		for (first = 0; first < count && !handles[first].signalled; first++)
			;
		if (first < count)
			acquire_locked(&handles[first]);
		/* So that no set goes unseen between the two. */
		if (first == count)
			MUST(!pthread_mutex_lock(&shared->mutex));
		unlock(handles, count);
		if (first < count)
			return first;
		MUST(!pthread_cond_wait(&shared->cond, &shared->mutex));
		MUST(!pthread_mutex_unlock(&shared->mutex));
	}
}

static void set_wait(void)
{
	set(&shared->handles[0]);
	wait_one(&shared->handles[0]);
}

static void begin_any(unsigned long argument)
{
	begin(argument);
	shared->handles[HANDLES - 1].signalled = true;
	shared->handles[HANDLES - 1].manual = true;
}

static void any(void)
{
	MUST(wait_any(shared->handles, HANDLES) == HANDLES - 1);
}

static void *answer(void *unused)
{
	for (;;) {
		wait_one(&shared->handles[0]);
		set(&shared->handles[1]);
	}
	return unused;
}

static void begin_round_trip(unsigned long argument)
{
	pthread_t partner;

	begin(argument);
	signal_late = argument;
	MUST(!pthread_create(&partner, NULL, answer, NULL));
}

static void round_trip(void)
{
	set(&shared->handles[0]);
	wait_one(&shared->handles[1]);
}

const struct row shared_handle_rows[] = {
	{ "2002", "set + wait, in shared memory", begin, 0, set_wait },
	{ "2002", "any of 64, last one set, in shared memory", begin_any, 0, any },
	{ "2002", "round trip, in shared memory", begin_round_trip, false, round_trip },
	{ "2002", "round trip, in shared memory, signalled when unlocked",
	  begin_round_trip, true, round_trip },
	{ 0 }
};
