// SPDX-License-Identifier: GPL-2.0
/*
 * Storms: many threads that wait, release and are killed, and exact sums at the
 * end.  WAPI_STORM_PERCENT in the environment scales all of them; 100 is what
 * must hold.
 *
 * How the sums can be exact though processes die at any instruction: a thread
 * makes its requests in memory that it shares with the test, with poisoned
 * outputs.  A request writes its outputs if and only if it was carried out, and
 * the kernel is not interrupted between the two.  So after a death the test
 * knows of each request of the dead whether it had happened: a wait whose index
 * is poison has acquired nothing, a release whose count is poison has not
 * released.  What the dead still held is then put back by the test, but for
 * mutexes, which the kernel must have abandoned.
 */
#include <sys/prctl.h>

#include "wait_test.h"

static void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* A context switch in place costs less than one to another processor. */
static void stay_on_one_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* The process that calls it is killed @us later, wherever it is then. */
static void kill_me_in(unsigned long us)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec when = {
		.it_value = { us / 1000000, us % 1000000 * 1000 + 1 },
	};
	timer_t timer;

	REQUIRE(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	REQUIRE(!timer_settime(timer, 0, &when, NULL));
}

/* Any request that gives something back, with one output. */
struct giving {
	unsigned long request;
	union {
		struct wapi_signal signal;
		struct wapi_mutex_release mutex;
		struct wapi_sem_release semaphore;
	};
};

static void prepare_giving(struct giving *giving, __u32 type, __u32 handle)
{
	memset(giving, 0, sizeof(*giving));
	if (type == WAPI_TYPE_EVENT) {
		giving->request = WAPI_IOC_SET;
		giving->signal.handle = handle;
		giving->signal.previous = POISON32;
	} else if (type == WAPI_TYPE_MUTEX) {
		giving->request = WAPI_IOC_MUTEX_RELEASE;
		giving->mutex.handle = handle;
		giving->mutex.count = POISON32;
	} else {
		giving->request = WAPI_IOC_SEM_RELEASE;
		giving->semaphore.handle = handle;
		giving->semaphore.count = 1;
		giving->semaphore.previous = POISON32;
	}
}

static __u32 output_of(const struct giving *giving)
{
	switch (giving->request) {
	case WAPI_IOC_SET:
		return giving->signal.previous;
	case WAPI_IOC_MUTEX_RELEASE:
		return giving->mutex.count;
	default:
		return giving->semaphore.previous;
	}
}

/*
 * The storm of waits
 */
enum {
	OBJECTS = 64, HOT = 8, PROCESSES = 4, THREADS = 4, SET_MAX = 6,
	WAITS = 1000000, SHARE = 2000, PATIENCE_MS = 30000,
};

/* What one thread does, for the test to read when the thread is dead. */
struct journal {
	/*
	 * Odd while @wait and @givings are those of a wait that has begun.  The
	 * sums are those of [step / 2 % 2], so that they change with it.
	 */
	_Atomic __u64 step;
	__u64 waits[2], told[2];
	struct wapi_wait wait;
	__u32 handles[SET_MAX], objects[SET_MAX];
	struct giving givings[SET_MAX];
};

struct object {
	__u32 type, handle, tokens;
	/* Who has it, of what only one can have; 0 for nobody. */
	_Atomic __u32 holder;
};

struct storm {
	struct object objects[OBJECTS];
	struct journal journals[PROCESSES][THREADS];
	_Atomic int failed, line;
};

#define STORM_REQUIRE(storm, condition) do {				\
	if (!(condition)) {						\
		(storm)->failed++;					\
		(storm)->line = __LINE__;				\
	}								\
} while (0)

struct stormer {
	struct storm *storm;
	struct journal *journal;
	__u32 id;
	int fd;
	__u64 seed, quota;
	pthread_t thread;
};

/* A set of different objects, with one mutex at most: only one would be told. */
static __u32 choose_objects(struct stormer *stormer, bool all)
{
	struct journal *journal = stormer->journal;
	struct storm *storm = stormer->storm;
	__u32 wanted = 1 + next_random(&stormer->seed) % (all ? 4 : SET_MAX), count = 0;
	__u64 used = 0;
	bool mutex = false;

	while (count < wanted) {
		__u64 random = next_random(&stormer->seed);
		__u32 i = random >> 32 & 1 ? random % HOT : random % OBJECTS;
		struct object *object = &storm->objects[i];

		if (used >> i & 1 || (all && mutex && object->type == WAPI_TYPE_MUTEX)) {
			wanted--;
			continue;
		}
		used |= 1ull << i;
		mutex |= object->type == WAPI_TYPE_MUTEX;
		journal->objects[count] = i;
		journal->handles[count] = object->handle;
		prepare_giving(&journal->givings[count], object->type, object->handle);
		count++;
	}
	return count;
}

static void hold_and_give_back(struct stormer *stormer, __u32 k)
{
	struct journal *journal = stormer->journal;
	struct storm *storm = stormer->storm;
	struct object *object = &storm->objects[journal->objects[k]];
	struct giving *giving = &journal->givings[k];
	__u32 before, own = stormer->id;

	if (object->type != WAPI_TYPE_SEM) {
		before = atomic_exchange(&object->holder, own);
		/* Who died with a mutex could not say that it has it no more. */
		STORM_REQUIRE(storm, !before || (object->type == WAPI_TYPE_MUTEX &&
						 journal->wait.abandoned == k));
		if (!(next_random(&stormer->seed) % 4))
			sched_yield();
		STORM_REQUIRE(storm, atomic_compare_exchange_strong(&object->holder, &own, 0));
	}
	/* A token that were there twice would not fit when given back. */
	STORM_REQUIRE(storm, !wapi_ioctl(stormer->fd, giving->request, &giving->signal));
	if (object->type != WAPI_TYPE_SEM)
		STORM_REQUIRE(storm, !output_of(giving));
}

/* Return: whether something was acquired. */
static bool storm_once(struct stormer *stormer)
{
	struct journal *journal = stormer->journal;
	struct storm *storm = stormer->storm;
	bool all = next_random(&stormer->seed) % 2, poll = !(next_random(&stormer->seed) % 16);
	__u64 step = journal->step, now = step / 2 % 2, next = !now;
	__u32 count, first, last;
	int error;

	count = choose_objects(stormer, all && !(next_random(&stormer->seed) % 2 && !poll));
	all = all && count > 1;
	/* A set for any wait may have two mutexes, and is not waited for as a whole. */
	if (all) {
		int mutexes = 0;

		for (__u32 k = 0; k < count; k++)
			mutexes += storm->objects[journal->objects[k]].type == WAPI_TYPE_MUTEX;
		all = mutexes <= 1;
	}
	journal->wait = wait_request(journal->handles, count, all ? WAPI_WAIT_ALL : 0,
				     poll ? 0 : PATIENCE_MS);
	journal->waits[next] = journal->waits[now];
	journal->told[next] = journal->told[now];

	journal->step = step + 1;
	error = wapi_ioctl(stormer->fd, WAPI_IOC_WAIT, &journal->wait);
	if (error) {
		/* Nobody holds what it waits with: only a lost wake-up lasts so long. */
		STORM_REQUIRE(storm, poll && error == -ETIMEDOUT);
	} else {
		first = all ? 0 : journal->wait.index;
		last = all ? count - 1 : first;
		STORM_REQUIRE(storm, last < count);
		for (__u32 k = first; k <= last && k < count; k++)
			hold_and_give_back(stormer, k);
		journal->waits[next]++;
		journal->told[next] += journal->wait.abandoned != WAPI_WAIT_NOT_ABANDONED;
	}
	journal->step = step + 2;
	return !error;
}

static void *stormer_run(void *argument)
{
	struct stormer *stormer = argument;

	for (__u64 done = 0; done < stormer->quota && !stormer->storm->failed;)
		done += storm_once(stormer);
	return NULL;
}

/* One process of the storm, with a client of its own. */
static void storm_process(struct storm *storm, int slot, __u32 number, __u64 quota,
			  unsigned long killed_in)
{
	struct stormer stormers[THREADS];
	int fd = open_device();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	REQUIRE(fd >= 0);
	for (int i = 0; i < OBJECTS; i++)
		REQUIRE(!open_handle(fd, storm->objects[i].handle));
	if (killed_in)
		kill_me_in(killed_in);
	for (int i = 0; i < THREADS; i++) {
		stormers[i] = (struct stormer){
			.storm = storm, .journal = &storm->journals[slot][i], .fd = fd,
			.id = number * THREADS + i + 1, .quota = quota / THREADS,
			.seed = (number * THREADS + i + 1) * 0x9e3779b97f4a7c15ull,
		};
		REQUIRE(!pthread_create(&stormers[i].thread, NULL, stormer_run, &stormers[i]));
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(stormers[i].thread, NULL);
	/* Who is to be killed is, also if it was quicker than that. */
	if (killed_in)
		pause();
	_exit(0);
}

struct sums {
	__u64 waits, told, abandoned, put_back, inside;
};

/* Reads the journal of a thread that is dead, and puts back what it had. */
static void settle(struct storm *storm, int fd, struct journal *journal, struct sums *sums)
{
	__u64 now = journal->step / 2 % 2;
	__u32 first, last;

	sums->waits += journal->waits[now];
	sums->told += journal->told[now];
	if (journal->step % 2)
		sums->inside++;
	if (journal->step % 2 && journal->wait.index != POISON32) {
		first = journal->wait.flags & WAPI_WAIT_ALL ? 0 : journal->wait.index;
		last = journal->wait.flags & WAPI_WAIT_ALL ? journal->wait.count - 1 : first;
		sums->waits++;
		sums->told += journal->wait.abandoned != WAPI_WAIT_NOT_ABANDONED;
		for (__u32 k = first; k <= last; k++) {
			struct object *object = &storm->objects[journal->objects[k]];

			if (output_of(&journal->givings[k]) != POISON32)
				continue;
			if (object->type == WAPI_TYPE_MUTEX) {
				sums->abandoned++;
				continue;
			}
			sums->put_back++;
			object->holder = 0;
			STORM_REQUIRE(storm, !wapi_ioctl(fd, journal->givings[k].request,
							 &journal->givings[k].signal));
		}
	}
	memset(journal, 0, sizeof(*journal));
}

FIXTURE(storm)
{
	int fd;
	struct storm *storm;
	__u64 seed;
};

FIXTURE_SETUP(storm)
{
	self->seed = 88172645463325252ull;
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->storm = shared_memory(sizeof(*self->storm));
	ASSERT_NE(NULL, self->storm);
	for (int i = 0; i < OBJECTS; i++) {
		struct object *object = &self->storm->objects[i];

		/* The first few, which are wanted most, are of all types. */
		switch (i % 3) {
		case 0:
			object->type = WAPI_TYPE_MUTEX;
			object->handle = new_mutex(self->fd, 0);
			break;
		case 1:
			object->type = WAPI_TYPE_EVENT;
			object->handle = new_event(self->fd, WAPI_NEW_SIGNALLED);
			break;
		default:
			object->type = WAPI_TYPE_SEM;
			object->tokens = 1 + i / 3 % 3;
			object->handle = new_semaphore(self->fd, object->tokens,
						       object->tokens);
		}
		ASSERT_LT(0, (int)object->handle);
	}
}

FIXTURE_TEARDOWN(storm)
{
	for (int i = 0; i < OBJECTS; i++)
		EXPECT_EQ(1, close_handle(self->fd, self->storm->objects[i].handle));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	munmap(self->storm, sizeof(*self->storm));
}

TEST_F_TIMEOUT(storm, of_a_million_waits_neither_loses_nor_doubles_a_token, 900)
{
	__u64 total = scaled(WAITS), given_out = 0, started = 0, killed = 0;
	pid_t pids[PROCESSES] = { 0 };
	__u64 quotas[PROCESSES] = { 0 };
	double begin = seconds(), begun[PROCESSES] = { 0 }, duration = 0.05;
	struct storm *storm = self->storm;
	struct sums sums = { 0 };

	for (;;) {
		int slot, status = 0, running = 0;
		__u64 waits = sums.waits;
		pid_t pid;

		for (slot = 0; slot < PROCESSES; slot++) {
			unsigned long killed_in = 0;
			/* Rounded up to whole threads, it can be a few too many. */
			__u64 quota = total > given_out ? total - given_out : 0;

			if (!pids[slot] && quota && !storm->failed) {
				quota = quota > SHARE ? SHARE : (quota + THREADS - 1) / THREADS * THREADS;
				if (++started % 10 == 0)
					killed_in = 1 + next_random(&self->seed) %
							(unsigned long)(duration * 1e6);
				fflush(NULL);
				pids[slot] = fork();
				if (!pids[slot])
					storm_process(storm, slot, started, quota, killed_in);
				ASSERT_LT(0, pids[slot]);
				quotas[slot] = quota;
				given_out += quota;
				begun[slot] = seconds();
			}
			running += !!pids[slot];
		}
		if (!running)
			break;
		pid = wait(&status);
		for (slot = 0; slot < PROCESSES && pids[slot] != pid; slot++)
			;
		ASSERT_LT(slot, PROCESSES);
		pids[slot] = 0;
		for (int i = 0; i < THREADS; i++)
			settle(storm, self->fd, &storm->journals[slot][i], &sums);
		if (WIFSIGNALED(status)) {
			EXPECT_EQ(SIGKILL, WTERMSIG(status));
			killed++;
			/* Others do what it could not do. */
			given_out -= quotas[slot] - (sums.waits - waits);
		} else {
			EXPECT_EQ(0, WEXITSTATUS(status));
			EXPECT_TRUE(storm->failed || quotas[slot] == sums.waits - waits);
			duration += (seconds() - begun[slot] - duration) / 8;
		}
	}
	TH_LOG("%llu waits in %.0f s, %llu processes, %llu killed, %llu of their threads within a wait, %llu tokens put back, %llu mutexes abandoned",
	       sums.waits, seconds() - begin, started, killed, sums.inside, sums.put_back,
	       sums.abandoned);
	EXPECT_EQ(0, storm->failed) TH_LOG("last in line %d", storm->line);
	EXPECT_LE(total, sums.waits);
	EXPECT_GE(total + THREADS * PROCESSES, sums.waits);
	/* One in ten. */
	EXPECT_EQ(started / 10, killed);
	if (total == WAITS)
		EXPECT_LE(50, killed);

	EXPECT_COUNTS(self->fd, OBJECTS, OBJECTS, 0, 1);
	for (int i = 0; i < OBJECTS; i++) {
		struct object *object = &storm->objects[i];
		struct wapi_wait wait;

		EXPECT_EQ(0, waiters_of(self->fd, object->handle));
		if (object->type == WAPI_TYPE_SEM) {
			EXPECT_EQ(object->tokens, (__u32)count_of(self->fd, object->handle));
			continue;
		}
		if (object->type == WAPI_TYPE_EVENT) {
			EXPECT_EQ(0, object->holder);
			EXPECT_EQ(1, is_signalled(self->fd, object->handle));
			continue;
		}
		/* The last that were abandoned are told to the test. */
		wait = wait_request(&object->handle, 1, 0, 0);
		EXPECT_EQ(0, run_wait(self->fd, &wait));
		sums.told += wait.abandoned == 0;
		EXPECT_EQ(1, count_of(self->fd, object->handle));
		EXPECT_EQ(0, release_mutex(self->fd, object->handle));
	}
	EXPECT_EQ(sums.abandoned, sums.told);
}

/*
 * Ping-pong
 */
enum { ROUNDS = 100000 };

struct game {
	__u32 ping, pong;
	_Atomic __u64 rounds;
};

/* Return: 0, or the line of what went wrong */
static int play_rounds(struct game *game, int fd, __u64 rounds, bool serves, bool in_one_step)
{
	__u32 mine = serves ? game->pong : game->ping, yours = serves ? game->ping : game->pong;

	for (__u64 i = 0; i < rounds; i++) {
		struct wapi_wait wait = wait_request(&mine, 1, 0, PATIENCE_MS);

		if (serves && in_one_step) {
			wait.signal = yours;
			if (run_wait(fd, &wait) || wait.signal)
				return __LINE__;
			/* The other has counted before it answered. */
			if (game->rounds != i + 1)
				return __LINE__;
			continue;
		}
		if (serves && set(fd, yours))
			return __LINE__;
		if (run_wait(fd, &wait))
			return __LINE__;
		if (serves) {
			if (game->rounds != i + 1)
				return __LINE__;
			continue;
		}
		game->rounds++;
		if (set(fd, yours))
			return __LINE__;
	}
	return 0;
}

static int ping_pong(int fd, struct game *game, __u64 rounds, bool in_one_step)
{
	struct peer other;
	int line;

	game->rounds = 0;
	if (!start_peer(&other)) {
		fd = open_device();
		REQUIRE(fd >= 0);
		REQUIRE(!open_handle(fd, game->ping) && !open_handle(fd, game->pong));
		send_to(&other, 1);
		line = play_rounds(game, fd, rounds, false, in_one_step);
		if (line)
			fprintf(stderr, "# line %d in a child: not as it must be\n", line);
		_exit(!!line);
	}
	if (receive(&other) != 1)
		return __LINE__;
	line = play_rounds(game, fd, rounds, true, in_one_step);
	return wait_for_peer(&other) ? __LINE__ : line;
}

FIXTURE(ping_pong)
{
	int fd;
	struct game *game;
};

FIXTURE_VARIANT(ping_pong)
{
	bool in_one_step;
	bool on_one_processor;
	__u64 rounds;
};

FIXTURE_VARIANT_ADD(ping_pong, set_then_wait) { .rounds = ROUNDS, .on_one_processor = true };
FIXTURE_VARIANT_ADD(ping_pong, signal_and_wait) {
	.rounds = ROUNDS, .on_one_processor = true, .in_one_step = true,
};
/* Where wake-ups can be lost most easily, but every one costs an interrupt. */
FIXTURE_VARIANT_ADD(ping_pong, across_processors) { .rounds = ROUNDS / 10 };
FIXTURE_VARIANT_ADD(ping_pong, signal_and_wait_across_processors) {
	.rounds = ROUNDS / 10, .in_one_step = true,
};

FIXTURE_SETUP(ping_pong)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->game = shared_memory(sizeof(*self->game));
	ASSERT_NE(NULL, self->game);
	self->game->ping = new_event(self->fd, 0);
	self->game->pong = new_event(self->fd, 0);
}

FIXTURE_TEARDOWN(ping_pong)
{
	EXPECT_EQ(1, close_handle(self->fd, self->game->ping));
	EXPECT_EQ(1, close_handle(self->fd, self->game->pong));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
}

TEST_F_TIMEOUT(ping_pong, loses_no_wake_up, 600)
{
	__u64 rounds = scaled(variant->rounds);
	double begin = seconds();

	if (variant->on_one_processor)
		stay_on_one_processor();
	EXPECT_EQ(0, ping_pong(self->fd, self->game, rounds, variant->in_one_step));
	EXPECT_EQ(rounds, self->game->rounds);
	/* Every signal was consumed. */
	EXPECT_EQ(0, is_signalled(self->fd, self->game->ping));
	EXPECT_EQ(0, is_signalled(self->fd, self->game->pong));
	TH_LOG("%llu rounds in %.0f s", rounds, seconds() - begin);
}

/*
 * Holders that are killed
 */
enum { WAITERS = 4 };

struct hunt {
	__u32 mutex;
	_Atomic __u32 told, acquired, failed, running;
	_Atomic int last_tid;
	/* There is a holder; without one, wanting the mutex only costs time. */
	_Atomic bool active;
	_Atomic bool over;
	/* Of the holder, as in struct journal. */
	struct wapi_wait wait;
	struct giving giving;
	__u32 handle;
};

static void *hunter(void *argument)
{
	struct hunt *hunt = argument;
	int fd = open_device();
	__u32 mutex = hunt->mutex;

	REQUIRE(fd >= 0 && !open_handle(fd, mutex));
	hunt->running++;
	while (!hunt->over) {
		struct wapi_wait wait = wait_request(&mutex, 1, 0, PATIENCE_MS);

		if (!hunt->active) {
			usleep(100);
			continue;
		}
		if (run_wait(fd, &wait)) {
			hunt->failed++;
			break;
		}
		hunt->acquired++;
		if (wait.abandoned == 0) {
			hunt->last_tid = wait.abandoned_tid;
			hunt->told++;
		}
		if (release_mutex(fd, mutex))
			hunt->failed++;
	}
	close(fd);
	return NULL;
}

/* Two in each of two processes. */
static void hunters(struct hunt *hunt)
{
	pthread_t threads[WAITERS / 2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* So that a holder's start and end do not take long beside them. */
	if (nice(15) < 0)
		perror("# nice");
	for (int i = 0; i < WAITERS / 2; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, hunter, hunt));
	for (int i = 0; i < WAITERS / 2; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}

/* Takes and releases until it is killed. */
static void holder(struct hunt *hunt, __u64 seed)
{
	int fd = open_device();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	REQUIRE(fd >= 0 && !open_handle(fd, hunt->mutex));
	hunt->handle = hunt->mutex;
	/* It begins when all four want the mutex, which it has. */
	REQUIRE(wait_one(fd, hunt->mutex, PATIENCE_MS) == 0);
	hunt->active = true;
	REQUIRE(within(60, waiters_of(fd, hunt->mutex) == WAITERS));
	REQUIRE(release_mutex(fd, hunt->mutex) == 0);
	kill_me_in(1 + next_random(&seed) % (unsigned long)(600 * patience()));
	for (;;) {
		/* Given back is what was acquired, before either is poisoned. */
		hunt->wait = wait_request(&hunt->handle, 1, 0, PATIENCE_MS);
		atomic_thread_fence(memory_order_seq_cst);
		prepare_giving(&hunt->giving, WAPI_TYPE_MUTEX, hunt->mutex);
		atomic_thread_fence(memory_order_seq_cst);
		if (wapi_ioctl(fd, WAPI_IOC_WAIT, &hunt->wait))
			_exit(1);
		if (hunt->wait.abandoned != WAPI_WAIT_NOT_ABANDONED)
			_exit(2);
		for (volatile int spin = next_random(&seed) % 100000; spin; spin--)
			;
		if (wapi_ioctl(fd, WAPI_IOC_MUTEX_RELEASE, &hunt->giving.mutex))
			_exit(3);
	}
}

FIXTURE(hunt)
{
	int fd;
	struct hunt *hunt;
	pid_t pids[2];
};

/* 10,000 together that are killed while they have the mutex. */
FIXTURE_VARIANT(hunt)
{
	__u64 holders;
	bool on_one_processor;
};

FIXTURE_VARIANT_ADD(hunt, on_one_processor) { .holders = 9000, .on_one_processor = true };
FIXTURE_VARIANT_ADD(hunt, across_processors) { .holders = 1000 };

FIXTURE_SETUP(hunt)
{
	if (variant->on_one_processor)
		stay_on_one_processor();
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->hunt = shared_memory(sizeof(*self->hunt));
	ASSERT_NE(NULL, self->hunt);
	self->hunt->mutex = new_mutex(self->fd, 0);
	for (int i = 0; i < 2; i++) {
		self->pids[i] = fork();
		if (!self->pids[i])
			hunters(self->hunt);
	}
	ASSERT_TRUE(within(60, self->hunt->running == WAITERS));
}

FIXTURE_TEARDOWN(hunt)
{
	self->hunt->over = true;
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(self->pids[i], waitpid(self->pids[i], NULL, 0));
	EXPECT_EQ(1, close_handle(self->fd, self->hunt->mutex));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
}

TEST_F_TIMEOUT(hunt, of_each_holder_that_was_killed_exactly_one_waiter_is_told, 900)
{
	struct hunt *hunt = self->hunt;
	__u64 holders = scaled(variant->holders), seed = 2463534242ull, held = 0, kills;
	double begin = seconds();

	for (kills = 0; held < holders; kills++) {
		int status;
		pid_t pid;

		poison(&hunt->wait, sizeof(hunt->wait));
		memset(&hunt->giving, 0, sizeof(hunt->giving));
		next_random(&seed);
		pid = fork();
		if (!pid)
			holder(hunt, seed);
		ASSERT_LT(0, pid);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(SIGKILL, status);
		/* It had acquired and not released: see at the top. */
		if (hunt->wait.index != POISON32 && hunt->giving.request &&
		    output_of(&hunt->giving) == POISON32) {
			held++;
			ASSERT_TRUE(within(30, hunt->told == held)) TH_LOG("kill %llu", kills);
			ASSERT_EQ(pid, hunt->last_tid);
		}
		hunt->active = false;
		/* And not a second time, which would show at once or in the end. */
		ASSERT_EQ(held, hunt->told);
		ASSERT_EQ(0, hunt->failed);
	}
	TH_LOG("%llu killed in %.0f s, %llu of them with the mutex; it was acquired %u times",
	       kills, seconds() - begin, held, hunt->acquired);
	usleep(100000);
	EXPECT_EQ(held, hunt->told);
}

/*
 * Waits for all of sets that overlap
 */
enum { LAPS = 4000, BOTH = 3 };

struct overlap {
	/* What only the first wants, what only the other wants, what both want. */
	__u32 own[2], common[BOTH - 1];
	_Atomic __u64 laps[2], queued[2];
	_Atomic int inside, ready;
};

static void run_laps(struct overlap *overlap, int side)
{
	/* The one in this order, the other in the opposite one. */
	__u32 handles[BOTH] = { overlap->common[side], overlap->own[side],
				overlap->common[!side] };
	__u64 laps_of_other = 0;
	int fd = open_device();
	bool queued = false;

	REQUIRE(fd >= 0 && !open_handle(fd, overlap->own[!side]));
	for (int i = 0; i < BOTH; i++)
		REQUIRE(!open_handle(fd, handles[i]));
	overlap->ready++;
	while (overlap->ready < 2)
		sched_yield();
	for (__u64 lap = 0; lap < scaled(LAPS); lap++) {
		REQUIRE(!wait_all(fd, handles, BOTH, PATIENCE_MS));
		/* Nobody else can have them now. */
		REQUIRE(!overlap->inside++);
		overlap->inside--;
		overlap->laps[side]++;
		/* Who was in the queue when all was released was served first. */
		REQUIRE(!queued || overlap->laps[!side] > laps_of_other);
		laps_of_other = overlap->laps[!side];
		queued = waiters_of(fd, overlap->own[!side]) == 1;
		overlap->queued[side] += queued;
		REQUIRE(release_mutex(fd, overlap->common[0]) == 0);
		REQUIRE(release_semaphore(fd, overlap->common[1], 1) == 0);
		REQUIRE(set(fd, overlap->own[side]) == 0);
	}
	_exit(0);
}

FIXTURE(overlap)
{
	int fd;
};

FIXTURE_VARIANT(overlap)
{
	bool on_one_processor;
};

FIXTURE_VARIANT_ADD(overlap, on_one_processor) { .on_one_processor = true };
FIXTURE_VARIANT_ADD(overlap, across_processors) { .on_one_processor = false };

FIXTURE_SETUP(overlap)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(overlap)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
}

TEST_F_TIMEOUT(overlap, two_waiters_for_all_of_overlapping_sets_neither_deadlock_nor_starve, 600)
{
	struct overlap *overlap = shared_memory(sizeof(*overlap));
	struct peer sides[2];

	ASSERT_NE(NULL, overlap);
	if (variant->on_one_processor)
		stay_on_one_processor();
	overlap->common[0] = new_mutex(self->fd, 0);
	overlap->common[1] = new_semaphore(self->fd, 1, 1);
	for (int i = 0; i < 2; i++)
		overlap->own[i] = new_event(self->fd, WAPI_NEW_SIGNALLED);
	for (int i = 0; i < 2; i++)
		if (!start_peer(&sides[i]))
			run_laps(overlap, i);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, wait_for_peer(&sides[i]));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(scaled(LAPS), overlap->laps[i]);
		TH_LOG("side %d: in %llu of its laps the other was in the queue", i,
		       overlap->queued[i]);
	}
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(1, close_handle(self->fd, overlap->own[i]));
		EXPECT_EQ(1, close_handle(self->fd, overlap->common[i]));
	}
	munmap(overlap, sizeof(*overlap));
}

TEST_HARNESS_MAIN
