// SPDX-License-Identifier: GPL-2.0
/*
 * A mutex is never lost with its owner: however a thread ends, the next one
 * that wants the mutex has it at once and is told abandoned, once, with the
 * thread id of the one that ended.  And a thread object is signalled by every
 * kind of end.
 *
 * Where a test has joined the thread, or waited for the process, nothing may
 * still be on its way: it asks with a timeout that has passed.
 */
#include <semaphore.h>

#include "wait_test.h"

static pid_t own_tid(void)
{
	return syscall(SYS_gettid);
}

/* 0 if that acquired the mutex and nothing was told of an owner's end. */
static int take_plainly(int fd, __u32 handle, long ms)
{
	struct wapi_wait wait = wait_request(&handle, 1, 0, ms);
	int index = run_wait(fd, &wait);

	if (index)
		return index;
	return wait.abandoned == WAPI_WAIT_NOT_ABANDONED && !wait.abandoned_tid ? 0 : -EPROTO;
}

static void release_after(struct sleeper *sleeper)
{
	if (!sleeper->result)
		release_mutex(sleeper->fd, sleeper->handles[0]);
}

/* A thread that owns mutexes, and ends when it is told to in the way of @leave. */
struct owner {
	int fd;
	__u32 handles[64];
	int count;			/* of handles */
	int times;			/* each is taken; 0 for once */
	void (*leave)(void);		/* NULL: it is cancelled */
	void (*before)(struct owner *owner);

	pthread_t thread;
	sem_t ready, go;
	pid_t tid;
	int result;
};

static void *owner_run(void *argument)
{
	struct owner *owner = argument;

	owner->tid = own_tid();
	for (int i = 0; i < owner->count * (owner->times ? owner->times : 1); i++)
		if (take_plainly(owner->fd, owner->handles[i % owner->count], 0))
			owner->result = -EPROTO;
	if (owner->before)
		owner->before(owner);
	sem_post(&owner->ready);
	sem_wait(&owner->go);
	if (owner->leave)
		owner->leave();
	/* Whoever is cancelled is so in the second one. */
	sem_wait(&owner->go);
	return NULL;
}

static int start_owner(struct owner *owner)
{
	sem_init(&owner->ready, 0, 0);
	sem_init(&owner->go, 0, 0);
	if (pthread_create(&owner->thread, NULL, owner_run, owner))
		return -EAGAIN;
	sem_wait(&owner->ready);
	return owner->result;
}

static void let_owner_end(struct owner *owner)
{
	sem_post(&owner->go);
	if (!owner->leave)
		pthread_cancel(owner->thread);
}

static void end_owner(struct owner *owner)
{
	let_owner_end(owner);
	pthread_join(owner->thread, NULL);
}

static void leave_by_pthread_exit(void)
{
	pthread_exit(NULL);
}

static void leave_by_exit_system_call(void)
{
	syscall(SYS_exit, 3);
}

FIXTURE(domain)
{
	int fd;
	__u32 mutex;
};

FIXTURE_SETUP(domain)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->mutex = new_mutex(self->fd, 0);
	ASSERT_LT(0, (int)self->mutex);
}

FIXTURE_TEARDOWN(domain)
{
	EXPECT_EQ(1, close_handle(self->fd, self->mutex));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
}

/*
 * Threads that end while their process lives
 */
FIXTURE(thread_leaves)
{
	int fd;
	__u32 mutex;
	struct owner owner;
};

FIXTURE_VARIANT(thread_leaves)
{
	void (*leave)(void);
};

FIXTURE_VARIANT_ADD(thread_leaves, by_pthread_exit) { .leave = leave_by_pthread_exit };
FIXTURE_VARIANT_ADD(thread_leaves, by_exit_system_call) { .leave = leave_by_exit_system_call };
FIXTURE_VARIANT_ADD(thread_leaves, by_cancellation) { .leave = NULL };

FIXTURE_SETUP(thread_leaves)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->mutex = new_mutex(self->fd, 0);
	ASSERT_LT(0, (int)self->mutex);
	self->owner = (struct owner){
		.fd = self->fd, .handles = { self->mutex }, .count = 1,
		.leave = variant->leave,
	};
}

FIXTURE_TEARDOWN(thread_leaves)
{
	EXPECT_EQ(1, close_handle(self->fd, self->mutex));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
}

TEST_F(thread_leaves, and_who_waits_has_the_mutex_and_is_told_once)
{
	struct sleeper sleeper;

	ASSERT_EQ(0, start_owner(&self->owner));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, self->mutex));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &self->mutex, 1, 0, 20000));
	EXPECT_TRUE(sleeps(&sleeper));
	sleeper.after = release_after;
	end_owner(&self->owner);
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, sleeper.wait.abandoned);
	EXPECT_EQ(self->owner.tid, sleeper.wait.abandoned_tid);
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

TEST_F(thread_leaves, and_after_the_join_the_mutex_is_free_at_once)
{
	/* Again and again, as a delay would not show every time. */
	for (int i = 0; i < 50; i++) {
		ASSERT_EQ(0, start_owner(&self->owner));
		end_owner(&self->owner);
		ASSERT_EQ(0, wait_abandoned(self->fd, self->mutex, self->owner.tid, 0));
		ASSERT_EQ(0, release_mutex(self->fd, self->mutex));
		ASSERT_EQ(0, take_plainly(self->fd, self->mutex, 0));
		ASSERT_EQ(0, release_mutex(self->fd, self->mutex));
	}
}

TEST_F(thread_leaves, however_often_it_had_taken_the_mutex)
{
	self->owner.times = 1000;
	ASSERT_EQ(0, start_owner(&self->owner));
	EXPECT_EQ(1000, count_of(self->fd, self->mutex));
	end_owner(&self->owner);
	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, self->owner.tid, 0));
	EXPECT_EQ(1, count_of(self->fd, self->mutex));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

TEST_F(thread_leaves, and_each_of_its_mutexes_is_told_once)
{
	self->owner.count = 64;
	for (int i = 1; i < 64; i++) {
		self->owner.handles[i] = new_mutex(self->fd, 0);
		ASSERT_LT(0, (int)self->owner.handles[i]);
	}
	ASSERT_EQ(0, start_owner(&self->owner));
	end_owner(&self->owner);
	for (int i = 0; i < 64; i++) {
		ASSERT_EQ(0, wait_abandoned(self->fd, self->owner.handles[i],
					    self->owner.tid, 0));
		ASSERT_EQ(0, release_mutex(self->fd, self->owner.handles[i]));
		ASSERT_EQ(0, take_plainly(self->fd, self->owner.handles[i], 0));
		ASSERT_EQ(0, release_mutex(self->fd, self->owner.handles[i]));
		if (i)
			ASSERT_EQ(1, close_handle(self->fd, self->owner.handles[i]));
	}
}

TEST_F(thread_leaves, and_query_tells_so_until_somebody_has_the_mutex)
{
	struct wapi_query query;

	self->owner.times = 3;
	ASSERT_EQ(0, start_owner(&self->owner));
	query = look(self->fd, self->mutex);
	EXPECT_EQ(0, query.signalled);
	EXPECT_EQ(0, query.state.flags & WAPI_STATE_ABANDONED);
	EXPECT_EQ(getpid(), query.state.pid);
	EXPECT_EQ(self->owner.tid, query.state.tid);
	EXPECT_EQ(3, query.state.count);
	end_owner(&self->owner);

	query = look(self->fd, self->mutex);
	EXPECT_EQ(1, query.signalled);
	EXPECT_EQ(WAPI_STATE_ABANDONED, query.state.flags & WAPI_STATE_ABANDONED);
	EXPECT_EQ(0, query.state.pid);
	EXPECT_EQ(self->owner.tid, query.state.tid);
	EXPECT_EQ(0, query.state.count);

	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, self->owner.tid, 0));
	query = look(self->fd, self->mutex);
	EXPECT_EQ(0, query.state.flags & WAPI_STATE_ABANDONED);
	EXPECT_EQ(own_tid(), query.state.tid);
	EXPECT_EQ(1, query.state.count);
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	query = look(self->fd, self->mutex);
	EXPECT_EQ(1, query.signalled);
	EXPECT_EQ(0, query.state.flags & WAPI_STATE_ABANDONED);
	EXPECT_EQ(0, query.state.tid);
}

static void close_own_handle(struct owner *owner)
{
	/* Not destroyed, as it is owned. */
	owner->result = close_handle(owner->fd, owner->handles[0]);
}

TEST_F(thread_leaves, after_the_last_handle_was_closed_and_the_mutex_goes)
{
	self->owner.handles[0] = new_mutex(self->fd, 0);
	self->owner.before = close_own_handle;
	ASSERT_EQ(0, start_owner(&self->owner));
	EXPECT_COUNTS(self->fd, 2, 1, 0, 1);
	end_owner(&self->owner);
	EXPECT_COUNTS_SOON(self->fd, 1, 1, 0, 1);
	EXPECT_EQ(-EBADF, open_handle(self->fd, self->owner.handles[0]));
}

TEST_F(thread_leaves, after_its_handle_was_closed_and_who_opened_it_again_is_told)
{
	__u32 mutex = new_mutex(self->fd, 0);

	self->owner.handles[0] = mutex;
	self->owner.before = close_own_handle;
	ASSERT_EQ(0, start_owner(&self->owner));
	ASSERT_EQ(0, open_handle(self->fd, mutex));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, mutex));
	EXPECT_EQ(self->owner.tid, state_of(self->fd, mutex).tid);
	end_owner(&self->owner);
	EXPECT_EQ(0, wait_abandoned(self->fd, mutex, self->owner.tid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(thread_leaves, and_a_wait_for_all_has_both_mutexes_and_tells_the_first)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
	__u32 handles[3] = { event, self->mutex, new_mutex(self->fd, 0) };
	struct sleeper sleeper;

	self->owner.handles[1] = handles[2];
	self->owner.count = 2;
	/* One that sleeps, then one that comes after the end. */
	ASSERT_EQ(0, start_owner(&self->owner));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, 3, WAPI_WAIT_ALL, 20000));
	EXPECT_TRUE(sleeps(&sleeper));
	end_owner(&self->owner);
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(1, sleeper.wait.abandoned);
	EXPECT_EQ(self->owner.tid, sleeper.wait.abandoned_tid);

	/* And now from the sleeper, which has ended too. */
	for (int i = 1; i < 3; i++) {
		EXPECT_EQ(0, wait_abandoned(self->fd, handles[i], sleeper.tid, 0));
		EXPECT_EQ(0, release_mutex(self->fd, handles[i]));
	}
	ASSERT_EQ(0, start_owner(&self->owner));
	end_owner(&self->owner);
	sleeper.wait = wait_request(handles, 3, WAPI_WAIT_ALL, 0);
	EXPECT_EQ(0, run_wait(self->fd, &sleeper.wait));
	EXPECT_EQ(1, sleeper.wait.abandoned);
	EXPECT_EQ(self->owner.tid, sleeper.wait.abandoned_tid);
	for (int i = 1; i < 3; i++) {
		EXPECT_EQ(0, release_mutex(self->fd, handles[i]));
		EXPECT_EQ(0, take_plainly(self->fd, handles[i], 0));
		EXPECT_EQ(0, release_mutex(self->fd, handles[i]));
	}
	EXPECT_EQ(1, close_handle(self->fd, event));
	EXPECT_EQ(1, close_handle(self->fd, handles[2]));
}

/*
 * Processes that end
 */
static int *volatile nowhere;

static void end_by_kill(struct peer *parent, int fd)
{
	(void)parent;
	(void)fd;
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static void end_by_fault(struct peer *parent, int fd)
{
	(void)parent;
	(void)fd;
	*nowhere = 1;
}

static void end_by_exit_group(struct peer *parent, int fd)
{
	(void)parent;
	(void)fd;
	syscall(SYS_exit_group, 0);
}

static void end_by_exit(struct peer *parent, int fd)
{
	(void)parent;
	(void)fd;
	syscall(SYS_exit, 0);
}

static void *run_exit_group(void *unused)
{
	syscall(SYS_exit_group, 0);
	return unused;
}

static void end_by_exit_group_of_another_thread(struct peer *parent, int fd)
{
	pthread_t thread;

	(void)parent;
	(void)fd;
	pthread_create(&thread, NULL, run_exit_group, NULL);
	for (;;)
		pause();
}

static void end_by_execve(struct peer *parent, int fd)
{
	(void)fd;
	become_role("stay", parent->line, -1);
}

static void end_by_execve_keeping_the_descriptor(struct peer *parent, int fd)
{
	fcntl(fd, F_SETFD, 0);
	become_role("stay", parent->line, fd);
}

struct exec_in_thread {
	struct peer *parent;
	int fd;
};

static void *run_execve(void *argument)
{
	struct exec_in_thread *exec = argument;

	become_role("stay", exec->parent->line, -1);
	return NULL;
}

static void end_by_execve_of_another_thread(struct peer *parent, int fd)
{
	struct exec_in_thread exec = { parent, fd };
	pthread_t thread;

	pthread_create(&thread, NULL, run_execve, &exec);
	for (;;)
		pause();
}

static void end_by_close(struct peer *parent, int fd)
{
	close(fd);
	send_to(parent, 2);
	receive(parent);
	_exit(0);
}

static void end_by_return(struct peer *parent, int fd)
{
	(void)fd;
	/* A main() of its own, with a client of its own. */
	become_role("return", parent->line, -1);
}

static void *stay_and_answer(void *argument)
{
	struct peer *parent = argument;

	send_to(parent, 2);
	receive(parent);
	_exit(0);
}

static void end_by_pthread_exit_of_main(struct peer *parent, int fd)
{
	static struct peer copy;
	pthread_t thread;

	(void)fd;
	copy = *parent;
	pthread_create(&thread, NULL, stay_and_answer, &copy);
	/* What the C library does there is not needed, and could unwind. */
	syscall(SYS_exit, 0);
}

FIXTURE(process_ends)
{
	int fd;
	__u32 mutex;
	struct peer victim;
	pid_t tid;
};

FIXTURE_VARIANT(process_ends)
{
	void (*end)(struct peer *parent, int fd);
	int status;
	bool lives;	/* on as a process; it says 2 when that has been done */
};

#define WAY(name, ...)							\
	FIXTURE_VARIANT_ADD(process_ends, by_##name) { .end = end_by_##name, __VA_ARGS__ }

WAY(kill, .status = 128 + SIGKILL);
WAY(fault, .status = 128 + SIGSEGV);
WAY(exit_group, .status = 0);
WAY(exit_group_of_another_thread, .status = 0);
WAY(exit, .status = 0);
WAY(return, .status = 0);
WAY(execve, .status = 0, .lives = true);
WAY(execve_keeping_the_descriptor, .status = 0, .lives = true);
WAY(execve_of_another_thread, .status = 0, .lives = true);
WAY(pthread_exit_of_main, .status = 0, .lives = true);
WAY(close, .status = 0, .lives = true);

static void victim_main(struct peer *parent, __u32 mutex, int times,
			void (*end)(struct peer *parent, int fd))
{
	struct rlimit none = { 0, 0 };
	int fd = open_device();

	setrlimit(RLIMIT_CORE, &none);
	REQUIRE(fd >= 0 && !open_handle(fd, mutex));
	if (end == end_by_return) {
		REQUIRE(!send_to(parent, mutex));
		end(parent, fd);
	}
	for (int i = 0; i < times; i++)
		REQUIRE(!take_plainly(fd, mutex, 0));
	REQUIRE(!send_to(parent, own_tid()));
	receive(parent);
	end(parent, fd);
	_exit(95);
}

/* What this program is after it has been started by a test as a role. */
static int play(const char *role, int line, int fd)
{
	struct peer parent = { .pid = getppid(), .line = line };
	__u64 mutex = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!strcmp(role, "stay")) {
		send_to(&parent, 2);
		receive(&parent);
		return 0;
	}
	REQUIRE(!strcmp(role, "return"));
	fd = open_device();
	REQUIRE(fd >= 0 && !receive_from(&parent, &mutex) && !open_handle(fd, mutex));
	for (int i = 0; i < 5; i++)
		REQUIRE(!take_plainly(fd, mutex, 0));
	REQUIRE(!send_to(&parent, own_tid()));
	receive(&parent);
	return 0;
}

FIXTURE_SETUP(process_ends)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->mutex = new_mutex(self->fd, 0);
	ASSERT_LT(0, (int)self->mutex);
	if (!start_peer(&self->victim))
		victim_main(&self->victim, self->mutex, 5, variant->end);
	self->tid = receive(&self->victim);
	if (variant->end == end_by_return) {
		ASSERT_EQ(self->mutex, (__u32)self->tid);
		ASSERT_EQ(0, send_to(&self->victim, self->mutex));
		self->tid = receive(&self->victim);
	}
	ASSERT_EQ(self->victim.pid, self->tid);
	ASSERT_EQ(-ETIMEDOUT, take(self->fd, self->mutex));
}

FIXTURE_TEARDOWN(process_ends)
{
	EXPECT_EQ(1, close_handle(self->fd, self->mutex));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
}

TEST_F(process_ends, and_who_waits_has_the_mutex_and_is_told_once)
{
	struct sleeper sleeper;

	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &self->mutex, 1, 0, 20000));
	EXPECT_TRUE(sleeps(&sleeper));
	sleeper.after = release_after;
	ASSERT_EQ(0, send_to(&self->victim, 1));
	/* Not only with its process, which may live on. */
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, sleeper.wait.abandoned);
	EXPECT_EQ(self->tid, sleeper.wait.abandoned_tid);
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	if (variant->lives) {
		EXPECT_EQ(2, receive(&self->victim));
		EXPECT_EQ(0, send_to(&self->victim, 1));
	}
	EXPECT_EQ(variant->status, wait_for_peer(&self->victim));
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

TEST_F(process_ends, and_the_mutex_is_free_at_once)
{
	ASSERT_EQ(0, send_to(&self->victim, 1));
	/* Who lives on has done it when it says so; else its parent is told. */
	if (variant->lives) {
		EXPECT_EQ(2, receive(&self->victim));
	} else {
		EXPECT_EQ(variant->status, wait_for_peer(&self->victim));
	}
	/* A thread that ends beside others cannot say that it has. */
	if (variant->end == end_by_pthread_exit_of_main ||
	    variant->end == end_by_execve_keeping_the_descriptor) {
		EXPECT_TRUE(within(SOON, is_signalled(self->fd, self->mutex)));
	}
	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, self->tid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	if (variant->lives) {
		EXPECT_EQ(128 + SIGKILL, kill_peer(&self->victim));
	}
}

/*
 * Owners, in all other ways
 */
TEST_F(domain, the_first_in_the_queue_is_told_and_no_other)
{
	struct owner owner = {
		.fd = self->fd, .handles = { self->mutex }, .count = 1,
		.leave = leave_by_pthread_exit,
	};
	struct sleeper sleepers[4];

	ASSERT_EQ(0, start_owner(&owner));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &self->mutex, 1, 0, 20000));
		EXPECT_TRUE(sleeps(&sleepers[i]));
		sleepers[i].after = release_after;
	}
	end_owner(&owner);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
		EXPECT_EQ(i ? WAPI_WAIT_NOT_ABANDONED : 0, sleepers[i].wait.abandoned);
		EXPECT_EQ(i ? 0 : owner.tid, sleepers[i].wait.abandoned_tid);
	}
}

TEST_F(domain, a_wait_for_all_tells_the_index_of_the_one_that_was_abandoned)
{
	__u32 handles[3] = { new_mutex(self->fd, 0), new_mutex(self->fd, 0), self->mutex };
	struct wapi_wait wait = wait_request(handles, 3, WAPI_WAIT_ALL, 0);
	struct owner owner = {
		.fd = self->fd, .handles = { self->mutex }, .count = 1,
		.leave = leave_by_pthread_exit,
	};

	ASSERT_EQ(0, start_owner(&owner));
	end_owner(&owner);
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(2, wait.abandoned);
	EXPECT_EQ(owner.tid, wait.abandoned_tid);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, release_mutex(self->fd, handles[i]));
	EXPECT_EQ(1, close_handle(self->fd, handles[0]));
	EXPECT_EQ(1, close_handle(self->fd, handles[1]));
}

TEST_F(domain, a_wait_for_any_leaves_the_other_abandoned)
{
	__u32 handles[2] = { self->mutex, new_mutex(self->fd, 0) };
	struct wapi_wait wait = wait_request(handles, 2, 0, 0);
	struct owner owner = {
		.fd = self->fd, .handles = { handles[0], handles[1] }, .count = 2,
		.leave = leave_by_pthread_exit,
	};

	ASSERT_EQ(0, start_owner(&owner));
	end_owner(&owner);
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(0, wait.abandoned);
	EXPECT_EQ(owner.tid, wait.abandoned_tid);
	EXPECT_EQ(0, release_mutex(self->fd, handles[0]));
	EXPECT_EQ(0, wait_abandoned(self->fd, handles[1], owner.tid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, handles[1]));
	EXPECT_EQ(1, close_handle(self->fd, handles[1]));
}

/* Who cannot be told has not been told: the structure can be read, not written. */
TEST_F(domain, an_acquisition_that_cannot_be_told_leaves_all_abandoned)
{
	__u32 handles[2] = { self->mutex, new_mutex(self->fd, 0) };
	struct wapi_wait *wait = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct owner owner = {
		.fd = self->fd, .handles = { handles[0], handles[1] }, .count = 2,
		.leave = leave_by_pthread_exit,
	};

	ASSERT_NE(MAP_FAILED, wait);
	ASSERT_EQ(0, start_owner(&owner));
	end_owner(&owner);
	for (int i = 0; i < 2; i++) {
		*wait = wait_request(handles, 2, i ? WAPI_WAIT_ALL : 0, 0);
		ASSERT_EQ(0, mprotect(wait, 4096, PROT_READ));
		EXPECT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_WAIT, wait));
		ASSERT_EQ(0, mprotect(wait, 4096, PROT_READ | PROT_WRITE));
	}
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, wait_abandoned(self->fd, handles[i], owner.tid, 0));
		EXPECT_EQ(0, release_mutex(self->fd, handles[i]));
	}
	EXPECT_EQ(1, close_handle(self->fd, handles[1]));
}

TEST_F(domain, a_forked_child_is_not_the_owner_and_its_end_abandons_nothing)
{
	struct peer owner, child;
	__u64 value;

	if (!start_peer(&owner)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && !open_handle(fd, self->mutex));
		REQUIRE(!take_plainly(fd, self->mutex, 0));
		if (!fork_peer(&child)) {
			int own = open_device();

			REQUIRE(own >= 0 && !open_handle(own, self->mutex));
			REQUIRE(release_mutex(own, self->mutex) == -EPERM);
			REQUIRE(release_mutex(fd, self->mutex) == -ESTALE);
			REQUIRE(take(own, self->mutex) == -ETIMEDOUT);
			_exit(0);
		}
		REQUIRE(wait_for_peer(&child) == 0);
		send_to(&owner, 1);
		receive(&owner);
		REQUIRE(release_mutex(fd, self->mutex) == 0);
		send_to(&owner, 1);
		receive(&owner);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&owner));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, self->mutex));
	EXPECT_EQ(owner.pid, state_of(self->fd, self->mutex).tid);
	EXPECT_EQ(0, state_of(self->fd, self->mutex).flags & WAPI_STATE_ABANDONED);
	send_to(&owner, 1);
	ASSERT_EQ(0, receive_from(&owner, &value));
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&owner));
}

TEST_F(domain, the_end_of_a_parent_abandons_though_its_child_has_the_descriptor)
{
	struct peer owner;
	pid_t child;
	int status;

	/* So that this process can wait for the child of a child. */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	if (!start_peer(&owner)) {
		int fd = open_device();
		pid_t pid;

		REQUIRE(fd >= 0 && !open_handle(fd, self->mutex));
		REQUIRE(!take_plainly(fd, self->mutex, 0));
		pid = fork();
		if (!pid)
			for (;;)
				pause();
		send_to(&owner, pid);
		for (;;)
			pause();
	}
	child = receive(&owner);
	ASSERT_LT(0, child);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&owner));
	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, owner.pid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	EXPECT_EQ(0, kill(child, SIGKILL));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

TEST_F(domain, a_client_that_ends_abandons_what_was_taken_through_it_and_no_more)
{
	int other = open_device();
	__u32 mine = new_mutex(self->fd, WAPI_NEW_OWNED);
	struct sleeper sleeper;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, open_handle(other, self->mutex));
	ASSERT_EQ(0, take_plainly(other, self->mutex, 0));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &self->mutex, 1, 0, 20000));
	EXPECT_TRUE(sleeps(&sleeper));
	sleeper.after = release_after;
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, sleeper.wait.abandoned);
	EXPECT_EQ(own_tid(), sleeper.wait.abandoned_tid);
	/* It lives, but has it no more. */
	EXPECT_EQ(-EPERM, release_mutex(self->fd, self->mutex));
	EXPECT_EQ(0, release_mutex(self->fd, mine));
	EXPECT_EQ(1, close_handle(self->fd, mine));
}

TEST_F(domain, who_lost_a_mutex_with_its_client_is_told_so_itself)
{
	int other = open_device();

	ASSERT_EQ(0, open_handle(other, self->mutex));
	ASSERT_EQ(0, take_plainly(other, self->mutex, 0));
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(WAPI_STATE_ABANDONED,
		  state_of(self->fd, self->mutex).flags & WAPI_STATE_ABANDONED);
	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, own_tid(), 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

TEST_F(domain, another_process_cannot_release)
{
	struct wapi_mutex_release release = { .handle = self->mutex, .count = POISON32 };
	struct peer owner;

	if (!start_peer(&owner))
		victim_main(&owner, self->mutex, 1, end_by_exit_group);
	ASSERT_EQ(owner.pid, receive(&owner));
	EXPECT_STREQ("", refused(EPERM, self->fd, WAPI_IOC_MUTEX_RELEASE, &release));
	send_to(&owner, 1);
	EXPECT_EQ(0, wait_for_peer(&owner));
	/* Abandoned is not owned either. */
	EXPECT_STREQ("", refused(EPERM, self->fd, WAPI_IOC_MUTEX_RELEASE, &release));
	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, owner.pid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
	EXPECT_STREQ("", refused(EPERM, self->fd, WAPI_IOC_MUTEX_RELEASE, &release));
}

TEST_F(domain, another_thread_of_the_process_cannot_release)
{
	struct wapi_mutex_release release = { .handle = self->mutex, .count = POISON32 };
	struct owner owner = {
		.fd = self->fd, .handles = { self->mutex }, .count = 1,
		.leave = leave_by_pthread_exit,
	};

	ASSERT_EQ(0, start_owner(&owner));
	EXPECT_STREQ("", refused(EPERM, self->fd, WAPI_IOC_MUTEX_RELEASE, &release));
	EXPECT_EQ(1, count_of(self->fd, self->mutex));
	end_owner(&owner);
	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, owner.tid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

TEST_F(domain, the_owner_may_take_and_release_through_any_of_its_clients)
{
	int other = open_device();

	ASSERT_EQ(0, open_handle(other, self->mutex));
	ASSERT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	ASSERT_EQ(0, take_plainly(other, self->mutex, 0));
	EXPECT_EQ(2, count_of(self->fd, self->mutex));
	EXPECT_EQ(1, release_mutex(other, self->mutex));
	EXPECT_EQ(0, release_mutex(other, self->mutex));
	EXPECT_EQ(-EPERM, release_mutex(other, self->mutex));
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(0, take_plainly(self->fd, self->mutex, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

TEST_F(domain, a_mutex_made_owned_is_owned_once_and_abandoned_like_any)
{
	__u32 mutex = new_mutex(self->fd, WAPI_NEW_OWNED);
	struct peer owner;

	EXPECT_EQ(own_tid(), state_of(self->fd, mutex).tid);
	EXPECT_EQ(getpid(), state_of(self->fd, mutex).pid);
	EXPECT_EQ(1, count_of(self->fd, mutex));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(1, close_handle(self->fd, mutex));

	if (!start_peer(&owner)) {
		int fd = open_device();

		REQUIRE(fd >= 0);
		send_to(&owner, new_mutex(fd, WAPI_NEW_OWNED));
		receive(&owner);
		_exit(0);
	}
	mutex = receive(&owner);
	ASSERT_EQ(0, open_handle(self->fd, mutex));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, mutex));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&owner));
	EXPECT_EQ(0, wait_abandoned(self->fd, mutex, owner.pid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(domain, a_mutex_made_owned_that_could_not_be_told_is_not_left_behind)
{
	struct wapi_new *new = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, new);
	*new = new_request(WAPI_TYPE_MUTEX);
	new->flags = WAPI_NEW_OWNED;
	ASSERT_EQ(0, mprotect(new, 4096, PROT_READ));
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_NEW, new, 0));
	/* The same with a name, which is published before. */
	ASSERT_EQ(0, mprotect(new, 4096, PROT_READ | PROT_WRITE));
	new->name = address("owned");
	new->name_size = 5;
	ASSERT_EQ(0, mprotect(new, 4096, PROT_READ));
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_NEW, new, 0));
}

TEST_F(domain, a_wait_that_a_dead_thread_had_begun_takes_nothing)
{
	struct peer owner, waiter;

	if (!start_peer(&owner))
		victim_main(&owner, self->mutex, 1, end_by_exit_group);
	ASSERT_EQ(owner.pid, receive(&owner));
	if (!start_peer(&waiter)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && !open_handle(fd, self->mutex));
		send_to(&waiter, 1);
		wait_one(fd, self->mutex, FOREVER);
		_exit(94);
	}
	ASSERT_EQ(1, receive(&waiter));
	EXPECT_TRUE(within(20, waiters_of(self->fd, self->mutex) == 1));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&waiter));
	EXPECT_EQ(0, waiters_of(self->fd, self->mutex));
	send_to(&owner, 1);
	EXPECT_EQ(0, wait_for_peer(&owner));
	EXPECT_EQ(0, wait_abandoned(self->fd, self->mutex, owner.pid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, self->mutex));
}

/*
 * Thread objects.  One that is signalled may still be pinned for a moment, so
 * whether a close destroyed it shows in the counts at the end of each test.
 */
struct subject {
	int fd;
	__u32 handle;
	__s32 status;
};

static _Thread_local struct subject subject_of_this;

static void make_thread_object(struct owner *owner)
{
	struct subject *subject = &subject_of_this;

	subject->handle = new_thread(owner->fd);
	owner->handles[0] = subject->handle;
	owner->result = (int)subject->handle < 0 ? (int)subject->handle : 0;
	if (!owner->result && owner->times)
		owner->result = set_exit_code(owner->fd, subject->handle, owner->times);
}

TEST_F(thread_leaves, and_its_thread_object_is_signalled)
{
	__s64 before = clock_ns(CLOCK_BOOTTIME);
	struct wapi_query query;
	struct sleeper sleeper;
	__u32 handle;

	self->owner.count = 0;
	self->owner.before = make_thread_object;
	self->owner.times = -1234567;
	ASSERT_EQ(0, start_owner(&self->owner));
	handle = self->owner.handles[0];

	query = look(self->fd, handle);
	EXPECT_EQ(WAPI_TYPE_THREAD, query.type);
	EXPECT_EQ(WAPI_CAP_WAIT, query.caps);
	EXPECT_EQ(0, query.signalled);
	EXPECT_EQ(self->owner.tid, query.state.tid);
	EXPECT_EQ(WAPI_STATE_EXIT_KNOWN, query.state.flags);
	EXPECT_EQ(-1234567, query.state.exit_status);
	EXPECT_EQ(0, query.state.end_time);
	/* The kernel's start is that of the clone, in a clock tick at most off. */
	EXPECT_LE(before - 20000000, (__s64)query.state.start_time);
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, handle));

	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &handle, 1, 0, 20000));
	EXPECT_TRUE(sleeps(&sleeper));
	end_owner(&self->owner);
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, sleeper.wait.abandoned);
	/* And stays so. */
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(0, take(self->fd, handle));
	query = look(self->fd, handle);
	EXPECT_EQ(1, query.signalled);
	EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, query.state.flags);
	EXPECT_EQ(-1234567, query.state.exit_status);
	EXPECT_LT(query.state.start_time, query.state.end_time);
	EXPECT_LE((__s64)query.state.end_time, clock_ns(CLOCK_BOOTTIME));
	EXPECT_LE(0, close_handle(self->fd, handle));
}

TEST_F(thread_leaves, and_after_the_join_its_thread_object_is_signalled_at_once)
{
	self->owner.count = 0;
	self->owner.before = make_thread_object;
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, start_owner(&self->owner));
		end_owner(&self->owner);
		ASSERT_EQ(0, take(self->fd, self->owner.handles[0]));
		ASSERT_LE(0, close_handle(self->fd, self->owner.handles[0]));
	}
}

TEST_F(domain, a_thread_that_told_no_exit_code_has_none)
{
	struct owner owner = {
		.fd = self->fd, .leave = leave_by_exit_system_call, .before = make_thread_object,
	};

	ASSERT_EQ(0, start_owner(&owner));
	end_owner(&owner);
	EXPECT_TRUE(within(SOON, is_signalled(self->fd, owner.handles[0])));
	EXPECT_EQ(WAPI_STATE_ENDED, state_of(self->fd, owner.handles[0]).flags);
	EXPECT_EQ(0, state_of(self->fd, owner.handles[0]).exit_status);
	EXPECT_LE(0, close_handle(self->fd, owner.handles[0]));
}

static void tell_two_exit_codes(struct owner *owner)
{
	int fd = owner->fd;
	__u32 handle = new_thread(fd);

	owner->handles[0] = handle;
	owner->result = set_exit_code(fd, handle, 5) ||
			state_of(fd, handle).exit_status != 5 ||
			set_exit_code(fd, handle, 0) ||
			/* Its thread pins it. */
			close_handle(fd, handle) != 0 || open_handle(fd, handle);
}

TEST_F(domain, the_last_exit_code_that_a_thread_told_counts)
{
	struct owner owner = {
		.fd = self->fd, .leave = leave_by_pthread_exit, .before = tell_two_exit_codes,
	};
	__u32 handle;

	ASSERT_EQ(0, start_owner(&owner));
	handle = owner.handles[0];
	EXPECT_EQ(owner.tid, state_of(self->fd, handle).tid);
	EXPECT_EQ(WAPI_STATE_EXIT_KNOWN, state_of(self->fd, handle).flags);
	EXPECT_EQ(0, state_of(self->fd, handle).exit_status);
	end_owner(&owner);
	EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
	EXPECT_EQ(0, state_of(self->fd, handle).exit_status);
	EXPECT_LE(0, close_handle(self->fd, handle));
}

TEST_F(domain, nobody_else_can_tell_a_threads_exit_code)
{
	struct owner owner = {
		.fd = self->fd, .leave = leave_by_pthread_exit, .before = make_thread_object,
		.times = 7,
	};
	struct wapi_thread_exit exit;
	struct peer other;
	__u32 record = new_handle(self->fd, WAPI_TYPE_THREAD);

	ASSERT_EQ(0, start_owner(&owner));
	exit = (struct wapi_thread_exit){ .handle = owner.handles[0], .status = 8 };
	/* Another thread of the process. */
	EXPECT_STREQ("", refused(EPERM, self->fd, WAPI_IOC_THREAD_EXIT, &exit));
	/* Another process. */
	if (!start_peer(&other)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && !open_handle(fd, owner.handles[0]));
		REQUIRE(set_exit_code(fd, owner.handles[0], 8) == -EPERM);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_EQ(7, state_of(self->fd, owner.handles[0]).exit_status);
	end_owner(&owner);
	EXPECT_TRUE(within(SOON, is_signalled(self->fd, owner.handles[0])));
	EXPECT_STREQ("", refused(EPERM, self->fd, WAPI_IOC_THREAD_EXIT, &exit));
	EXPECT_EQ(7, state_of(self->fd, owner.handles[0]).exit_status);
	/* A record stands for nobody, and no other type has an exit code. */
	exit.handle = record;
	EXPECT_STREQ("", refused(EPERM, self->fd, WAPI_IOC_THREAD_EXIT, &exit));
	exit.handle = self->mutex;
	EXPECT_STREQ("", refused(EOPNOTSUPP, self->fd, WAPI_IOC_THREAD_EXIT, &exit));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, record));
	EXPECT_LE(0, close_handle(self->fd, record));
	EXPECT_LE(0, close_handle(self->fd, owner.handles[0]));
}

/* Like process_ends, for the object of its main thread and of another one. */
struct thread_pair {
	struct peer *parent;
	int fd;
	sem_t ready;
	__u32 handle;
};

static void *second_thread(void *argument)
{
	struct thread_pair *pair = argument;

	pair->handle = new_thread(pair->fd);
	REQUIRE(!set_exit_code(pair->fd, pair->handle, 22));
	sem_post(&pair->ready);
	for (;;)
		pause();
}

static void threads_main(struct peer *parent, void (*end)(struct peer *parent, int fd))
{
	struct thread_pair pair = { .parent = parent, .fd = open_device() };
	struct rlimit none = { 0, 0 };
	pthread_t thread;
	int handle;

	setrlimit(RLIMIT_CORE, &none);
	REQUIRE(pair.fd >= 0);
	handle = new_thread(pair.fd);
	REQUIRE(handle > 0 && !set_exit_code(pair.fd, handle, 11));
	sem_init(&pair.ready, 0, 0);
	REQUIRE(!pthread_create(&thread, NULL, second_thread, &pair));
	sem_wait(&pair.ready);
	REQUIRE(!send_to(parent, handle) && !send_to(parent, pair.handle));
	receive(parent);
	end(parent, pair.fd);
	_exit(0);
}

TEST_F(domain, thread_objects_outlive_their_threads_and_process)
{
	void (*ends[])(struct peer *parent, int fd) = {
		end_by_kill, end_by_fault, end_by_exit_group,
		end_by_exit_group_of_another_thread,
	};
	struct peer victim;
	__u32 handles[2];

	for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (!start_peer(&victim))
			threads_main(&victim, ends[i]);
		handles[0] = receive(&victim);
		handles[1] = receive(&victim);
		ASSERT_EQ(0, open_handle(self->fd, handles[0]));
		ASSERT_EQ(0, open_handle(self->fd, handles[1]));
		EXPECT_EQ(victim.pid, state_of(self->fd, handles[0]).tid);
		EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, 2, 0));
		send_to(&victim, 1);
		EXPECT_EQ(0, wait_all(self->fd, handles, 2, 20000));
		wait_for_peer(&victim);
		EXPECT_EQ(11, state_of(self->fd, handles[0]).exit_status);
		EXPECT_EQ(22, state_of(self->fd, handles[1]).exit_status);
		EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN,
			  state_of(self->fd, handles[0]).flags);
		EXPECT_LE(0, close_handle(self->fd, handles[0]));
		EXPECT_LE(0, close_handle(self->fd, handles[1]));
	}
}

TEST_F(domain, a_main_thread_that_ends_first_is_signalled_alone)
{
	struct peer victim;
	__u32 handles[2];

	if (!start_peer(&victim))
		threads_main(&victim, end_by_exit);
	handles[0] = receive(&victim);
	handles[1] = receive(&victim);
	ASSERT_EQ(0, open_handle(self->fd, handles[0]));
	ASSERT_EQ(0, open_handle(self->fd, handles[1]));
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_one(self->fd, handles[0], 20000));
	EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handles[1], 50));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
	EXPECT_EQ(0, wait_one(self->fd, handles[1], 20000));
	EXPECT_LE(0, close_handle(self->fd, handles[0]));
	EXPECT_LE(0, close_handle(self->fd, handles[1]));
}

/* execve() ends all threads of the process but the one that calls it. */
TEST_F(domain, execve_ends_the_other_threads)
{
	struct peer victim;
	__u32 handles[2];

	if (!start_peer(&victim))
		threads_main(&victim, end_by_execve);
	handles[0] = receive(&victim);
	handles[1] = receive(&victim);
	ASSERT_EQ(0, open_handle(self->fd, handles[0]));
	ASSERT_EQ(0, open_handle(self->fd, handles[1]));
	send_to(&victim, 1);
	EXPECT_EQ(2, receive(&victim));
	EXPECT_EQ(0, wait_one(self->fd, handles[1], 20000));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
	EXPECT_EQ(0, wait_one(self->fd, handles[0], 20000));
	EXPECT_LE(0, close_handle(self->fd, handles[0]));
	EXPECT_LE(0, close_handle(self->fd, handles[1]));
}

static void *exec_second(void *argument)
{
	struct thread_pair *pair = argument;

	pair->handle = new_thread(pair->fd);
	sem_post(&pair->ready);
	receive(pair->parent);
	become_role("stay", pair->parent->line, -1);
	return NULL;
}

/* It takes over the main thread's id, so that nobody has its own any more. */
TEST_F(domain, a_thread_that_calls_execve_beside_others_ends_under_its_id)
{
	struct peer victim;
	__u32 handle;

	if (!start_peer(&victim)) {
		struct thread_pair pair = { .parent = &victim, .fd = open_device() };
		pthread_t thread;

		sem_init(&pair.ready, 0, 0);
		REQUIRE(pair.fd >= 0 && !pthread_create(&thread, NULL, exec_second, &pair));
		sem_wait(&pair.ready);
		REQUIRE(!send_to(&victim, pair.handle));
		for (;;)
			pause();
	}
	handle = receive(&victim);
	ASSERT_EQ(0, open_handle(self->fd, handle));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, handle));
	send_to(&victim, 1);
	EXPECT_EQ(2, receive(&victim));
	EXPECT_EQ(0, wait_one(self->fd, handle, 5000));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
	EXPECT_EQ(0, wait_one(self->fd, handle, 5000));
	EXPECT_LE(0, close_handle(self->fd, handle));
}

EXECABLE_MAIN(play)
#define main harness_main
TEST_HARNESS_MAIN
