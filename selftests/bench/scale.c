// SPDX-License-Identifier: GPL-2.0
/*
 * scale - how much more two processors do than one
 *
 *	scale
 *
 * Two workers do what one does, on one object or on one each; as threads with
 * one client, or as processes with a client each.  One and two take turns, many
 * times, as others disturb: the median of the ratios counts.
 *
 *	scale	<group/name>	<same|different|no>	<threads|processes>	<ratio>	<quartiles>
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "client.h"

enum { REPEATS = 15, WINDOW = 10 * 1000 };	/* us */

/**
 * struct worker - a thread or process on a processor of its own
 * @contest: what it does
 * @cpu: where
 * @handle: with a wapi object
 * @fd: with a descriptor
 * @memory: with a page that it shares with the other one, or does not
 * @rounds: how many rounds it made
 */
struct worker {
	const struct contest *contest;
	int cpu;
	uint32_t handle;
	int fd;
	void *memory;
	unsigned long rounds;
};

/**
 * struct contest - what workers do
 * @group: the first part of its name
 * @name: its name
 * @make: makes an object for a worker; NULL: none has one
 * @share: makes another worker's object usable for this one, in the same process
 *         or in another; NULL: nothing to do
 * @round: one round
 */
struct contest {
	const char *group, *name;
	void (*make)(struct worker *worker);
	void (*share)(struct worker *worker);
	void (*round)(struct worker *worker);
};

static void make_event(struct worker *worker)
{
	worker->handle = new_event();
}

static void make_mutex(struct worker *worker)
{
	worker->handle = new_object(WAPI_TYPE_MUTEX, 0);
}

/* A reference of one's own, so that both may be closed. */
static void share_handle(struct worker *worker)
{
	open_handle(worker->handle);
}

static void null_round(struct worker *worker)
{
	(void)worker;
	ask(client, NULL_IOCTL, NULL);
}

static void set(struct worker *worker)
{
	set_event(worker->handle);
}

static void lock_unlock(struct worker *worker)
{
	wait_one(worker->handle);
	release_mutex(worker->handle);
}

static void query(struct worker *worker)
{
	struct wapi_query r = { .handle = worker->handle };

	request(client, WAPI_IOC_QUERY, &r);
}

static void open_close(struct worker *worker)
{
	open_handle(worker->handle);
	close_handle(worker->handle);
}

static void new_close(struct worker *worker)
{
	(void)worker;
	close_handle(new_event());
}

static void scratch_free(struct worker *worker)
{
	(void)worker;
	free_block(new_block(64));
}

static void make_eventfd(struct worker *worker)
{
	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	MUST(worker->fd >= 0);
}

/* Who writes before it reads never sleeps. */
static void write_read(struct worker *worker)
{
	uint64_t value = 1;

	MUST(sys3(SYS_write, worker->fd, (long)&value, sizeof(value)) == sizeof(value));
	MUST(sys3(SYS_read, worker->fd, (long)&value, sizeof(value)) == sizeof(value));
}

static void make_page(struct worker *worker)
{
	worker->memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(worker->memory != MAP_FAILED);
}

static void wake_nobody(struct worker *worker)
{
	MUST(!sys3(SYS_futex, (long)worker->memory, FUTEX_WAKE, 1));
}

static void make_robust(struct worker *worker)
{
	pthread_mutexattr_t attr;

	make_page(worker);
	MUST(!pthread_mutexattr_init(&attr));
	MUST(!pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
	MUST(!pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
	MUST(!pthread_mutex_init(worker->memory, &attr));
}

static void robust_lock_unlock(struct worker *worker)
{
	MUST(!pthread_mutex_lock(worker->memory));
	MUST(!pthread_mutex_unlock(worker->memory));
}

static void make_semaphore(struct worker *worker)
{
	make_page(worker);
	MUST(!sem_init(worker->memory, 1, 0));
}

static void post_wait(struct worker *worker)
{
	MUST(!sem_post(worker->memory));
	MUST(!sem_wait(worker->memory));
}

static void make_file(struct worker *worker)
{
	char path[] = "/tmp/scale.XXXXXX";

	worker->fd = mkstemp(path);
	MUST(worker->fd >= 0);
	worker->memory = strdup(path);
}

/* The lock is the open file's: another one. */
static void share_file(struct worker *worker)
{
	worker->fd = open(worker->memory, O_RDWR | O_CLOEXEC);
	MUST(worker->fd >= 0);
}

static void flock_unlock(struct worker *worker)
{
	MUST(!sys2(SYS_flock, worker->fd, LOCK_EX));
	MUST(!sys2(SYS_flock, worker->fd, LOCK_UN));
}

static void get_parent(struct worker *worker)
{
	(void)worker;
	sys1(SYS_getppid, 0);
}

static const struct contest contests[] = {
	{ "null", "ioctl", NULL, NULL, null_round },
	{ "wapi", "set", make_event, share_handle, set },
	{ "wapi", "mutex lock + unlock", make_mutex, share_handle, lock_unlock },
	{ "wapi", "query", make_event, share_handle, query },
	{ "wapi", "open + close", make_event, share_handle, open_close },
	{ "wapi", "new + close, event", NULL, NULL, new_close },
	{ "wapi", "scratch 64 B + free", NULL, NULL, scratch_free },
	{ "getppid", "getppid", NULL, NULL, get_parent },
	{ "eventfd", "write + read", make_eventfd, NULL, write_read },
	{ "futex", "wake nobody", make_page, NULL, wake_nobody },
	{ "pthread", "robust shared mutex lock + unlock", make_robust, NULL,
	  robust_lock_unlock },
	{ "POSIX", "sem_post + wait", make_semaphore, NULL, post_wait },
	{ "flock", "lock + unlock", make_file, share_file, flock_unlock },
	{ 0 }
};

/* What processes share. */
static struct shared {
	struct worker workers[2];
	atomic_int ready;
	atomic_bool go, stop;
} *shared;

static void work(struct worker *worker)
{
	unsigned long rounds = 0;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(worker->cpu, &cpus);
	MUST(!sched_setaffinity(0, sizeof(cpus), &cpus));
	/* Warm: caches and stacks are there. */
	for (int i = 0; i < 100; i++)
		worker->contest->round(worker);
	atomic_fetch_add(&shared->ready, 1);
	while (!atomic_load(&shared->go))
		sched_yield();
	while (!atomic_load_explicit(&shared->stop, memory_order_relaxed)) {
		worker->contest->round(worker);
		rounds++;
	}
	worker->rounds = rounds;
}

static void *work_as_thread(void *worker)
{
	work(worker);
	return NULL;
}

static pid_t work_as_process(struct worker *worker, bool same)
{
	pid_t pid = fork();

	MUST(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	client = -1;
	open_client();
	if (!same && worker->contest->make)
		worker->contest->make(worker);
	else if (same && worker->contest->share)
		worker->contest->share(worker);
	work(worker);
	_exit(0);
}

/* Rounds a ns of @count workers; 0 if one of them had no processor all the time. */
static double try(const struct contest *contest, bool same, bool processes, int count)
{
	pthread_t threads[2];
	pid_t pids[2];
	double rounds = 0;
	bool starved = false;
	int64_t start;
	int status;

	memset(shared, 0, sizeof(*shared));
	for (int i = 0; i < count; i++) {
		struct worker *worker = &shared->workers[i];

		if (i && same) {
			*worker = shared->workers[0];
			/* That of the first process was made below. */
			if (!processes && contest->share)
				contest->share(worker);
		} else {
			worker->contest = contest;
			if (contest->make && (same || !processes))
				contest->make(worker);
		}
		worker->cpu = i;
	}
	for (int i = 0; i < count; i++) {
		if (processes)
			pids[i] = work_as_process(&shared->workers[i], same);
		else
			MUST(!pthread_create(&threads[i], NULL, work_as_thread,
					     &shared->workers[i]));
	}
	while (atomic_load(&shared->ready) < count) {
		MUST(!processes || waitpid(-1, &status, WNOHANG) == 0);
		usleep(1000);
	}
	start = now();
	atomic_store(&shared->go, true);
	usleep(WINDOW);
	atomic_store(&shared->stop, true);
	start = now() - start;
	for (int i = 0; i < count; i++) {
		if (processes)
			MUST(waitpid(pids[i], &status, 0) == pids[i] && !status);
		else
			MUST(!pthread_join(threads[i], NULL));
		starved |= !shared->workers[i].rounds;
		rounds += shared->workers[i].rounds;
	}
	return starved ? 0 : rounds / start;
}

static double run(const struct contest *contest, bool same, bool processes, int count)
{
	double result = 0;

	for (int tries = 0; !result; tries++) {
		MUST(tries < 100);
		result = try(contest, same, processes, count);
	}
	return result;
}

struct variant {
	const struct contest *contest;
	bool same, processes;
};

static void compete(const void *argument)
{
	const struct variant *variant = argument;
	double ratios[REPEATS], one, two;
	struct figure figure;

	open_client();
	for (int i = 0; i < REPEATS; i++) {
		one = run(variant->contest, variant->same, variant->processes, 1);
		two = run(variant->contest, variant->same, variant->processes, 2);
		ratios[i] = two / one;
	}
	figure = figure_of(ratios, REPEATS, 0);
	printf("scale\t%s/%s\t%s\t%s\t%.3f\t%.3f\t%.3f\n",
	       variant->contest->group, variant->contest->name,
	       !variant->contest->make ? "no" : variant->same ? "same" : "different",
	       variant->processes ? "processes" : "threads",
	       figure.ns, figure.best, figure.worst);
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(shared != MAP_FAILED);
	MUST(sysconf(_SC_NPROCESSORS_ONLN) >= 2);
	effort = time_effort;
	for (const struct contest *contest = contests; contest->group; contest++)
		for (int i = 0; i < 4; i++) {
			struct variant variant = { contest, i & 2, i & 1 };

			if (variant.same && !contest->make)
				continue;
			run_apart(compete, &variant);
		}
	return 0;
}
