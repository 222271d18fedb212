// SPDX-License-Identifier: GPL-2.0
/*
 * Sieges: what a user can do to the module for as long as it likes, and that
 * nothing is left of it.  WAPI_SIEGE_SECONDS in the environment is for how long;
 * WAPI_STORM_PERCENT scales what is counted.  What was done is told at the end of
 * each test, in lines of "# siege: ".
 *
 * What a death leaves of tokens and owners is counted in storm.c; limits that are
 * reached, and the memory cgroup that pays, are in limits.c and memcg.c.
 */
#include "wait_test.h"

#define NAMES 8

static long siege_seconds(void)
{
	const char *seconds = getenv("WAPI_SIEGE_SECONDS");

	return seconds ? atol(seconds) : 2;
}

/* An object of any type, sometimes with a name that others use; or -errno. */
static int new_of_any_type(int fd, __u64 *seed)
{
	struct wapi_new new = new_request(1 + next_random(seed) % (WAPI_TYPE_COUNT - 1));
	char name[32];
	int handle, pidfd = -1;

	switch (new.type) {
	case WAPI_TYPE_EVENT:
		new.flags = next_random(seed) % 2 ? WAPI_NEW_MANUAL : WAPI_NEW_SIGNALLED;
		break;
	case WAPI_TYPE_SEM:
		new.count = next_random(seed) % 3;
		new.maximum = 3;
		break;
	case WAPI_TYPE_MUTEX:
		new.flags = next_random(seed) % 2 ? WAPI_NEW_OWNED : 0;
		break;
	case WAPI_TYPE_THREAD:
		new.flags = WAPI_NEW_SELF;
		break;
	case WAPI_TYPE_PROCESS:
		pidfd = syscall(SYS_pidfd_open, next_random(seed) % 2 ? getpid() : getppid(), 0);
		new.flags = WAPI_NEW_PIDFD;
		new.pidfd = pidfd;
		break;
	}
	if (next_random(seed) % 3 == 0) {
		/* Of one type each: a name of another type would be refused. */
		new.name = address(name);
		new.name_size = snprintf(name, sizeof(name), "siege %u %llu", new.type,
					next_random(seed) % NAMES);
	}
	handle = new_object(fd, new);
	if (pidfd >= 0)
		close(pidfd);
	return handle;
}

/*
 * Requests without end, in whatever state the objects are.  Refusals are part of
 * it; what matters is what is left.
 */
static void besiege(int fd, __u64 seed)
{
	int handles[16] = { 0 };

	for (;;) {
		unsigned int i = next_random(&seed) % 16;
		struct wapi_mark mark = { .handle = handles[i], .inherit = 1 };
		struct wapi_dup dup = {
			.handle = handles[i],
			.flags = next_random(&seed) % 2 ? WAPI_DUP_MOVE : 0,
			.pid = getppid(),
		};
		int other;

		switch (next_random(&seed) % 12) {
		case 0: case 1: case 2:
			if (handles[i] > 0)
				close_handle(fd, handles[i]);
			handles[i] = new_of_any_type(fd, &seed);
			break;
		case 3:
			take(fd, handles[i]);
			break;
		case 4:
			wait_any(fd, handles, 1 + next_random(&seed) % 16, 1);
			break;
		case 5:
			wait_all(fd, &handles[i], 1, 1);
			break;
		case 6:
			set(fd, handles[i]);
			release_semaphore(fd, handles[i], 1);
			break;
		case 7:
			release_mutex(fd, handles[i]);
			pulse(fd, handles[i]);
			break;
		case 8:
			attach_block(fd, handles[i], new_block(fd, next_random(&seed) % 5000));
			break;
		case 9:
			wapi_ioctl(fd, WAPI_IOC_MARK, &mark);
			wapi_ioctl(fd, WAPI_IOC_DUP, &dup);
			break;
		case 10:
			other = object_to_fd(fd, handles[i], O_CLOEXEC | O_NONBLOCK);
			if (other >= 0)
				close(other);
			break;
		case 11:
			for (__u32 after = 0, n = 0; n < 4; n++) {
				struct wapi_search search = search_request(after, 0);

				if (wapi_ioctl(fd, WAPI_IOC_SEARCH, &search))
					break;
				after = search.found;
				open_handle(fd, after);
			}
			break;
		}
	}
}

/* A program that was started anew takes over what it may, and goes on. */
static int play(const char *role, int line, int fd)
{
	struct wapi_inherit inherit = { 0 };

	(void)line;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	REQUIRE(!strcmp(role, "besieger"));
	/* What the program before opened is good for nothing here. */
	REQUIRE(wapi_ioctl(fd, WAPI_IOC_INHERIT, &inherit) == -ESTALE);
	close(fd);
	fd = open_device();
	REQUIRE(fd >= 0);
	wapi_ioctl(fd, WAPI_IOC_INHERIT, &inherit);
	besiege(fd, 1 + getpid());
	return 0;
}

/* Shared by all processes of a test. */
struct counts {
	_Atomic unsigned long forks, execs, kills, rounds;
};

FIXTURE(siege)
{
	int fd;
	long long module_references;
	struct counts *counts;
};

FIXTURE_SETUP(siege)
{
	self->module_references = module_references();
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->counts = mmap(NULL, sizeof(*self->counts), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->counts);
}

FIXTURE_TEARDOWN(siege)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_TRUE(within(SOON, module_references() == self->module_references));
}

/* A child that may fork once more, or run the program anew, and never ends. */
static void be_killed(struct counts *counts, __u64 seed)
{
	pid_t self = getpid();
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Not closed when another program is run. */
	fd = open(WAPI_DEVICE, O_RDWR);
	REQUIRE(fd >= 0);
	switch (next_random(&seed) % 3) {
	case 0:
		counts->execs++;
		become_role("besieger", -1, fd);
		_exit(97);
	case 1:
		/* The client of its parent is not its own. */
		counts->forks++;
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != self)
				_exit(98);
			REQUIRE(new_handle(fd, WAPI_TYPE_FILE) == -ESTALE);
			fd = open_device();
			REQUIRE(fd >= 0);
		}
		break;
	}
	besiege(fd, seed);
}

/* One of those that make and kill, until the time is over. */
static void make_and_kill(struct counts *counts, double end, __u64 seed)
{
	enum { CHILDREN = 4 };
	pid_t children[CHILDREN] = { 0 };
	int status;

	/* What forks in a child and loses its parent is still to be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (seconds() < end) {
		unsigned int i = next_random(&seed) % CHILDREN;

		if (children[i] > 0) {
			REQUIRE(!kill(children[i], SIGKILL));
			REQUIRE(waitpid(children[i], &status, 0) == children[i]);
			REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
			counts->kills++;
		}
		counts->forks++;
		children[i] = fork();
		REQUIRE(children[i] >= 0);
		if (!children[i])
			be_killed(counts, seed);
		usleep(next_random(&seed) % 4000);
	}
	for (unsigned int i = 0; i < CHILDREN; i++)
		if (children[i] > 0)
			kill(children[i], SIGKILL);
	while (waitpid(-1, &status, 0) > 0)
		;
}

TEST_F_TIMEOUT(siege, of_forks_execs_and_kills_over_all_types_leaves_nothing, 7200)
{
	enum { MAKERS = 4 };
	double end = seconds() + siege_seconds();
	struct peer makers[MAKERS];

	for (unsigned int i = 0; i < MAKERS; i++) {
		if (!start_peer(&makers[i])) {
			make_and_kill(self->counts, end, 77 + i);
			_exit(0);
		}
	}
	for (unsigned int i = 0; i < MAKERS; i++)
		EXPECT_EQ(0, wait_for_peer(&makers[i]));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_LT(0, self->counts->execs);
	EXPECT_LT(0, self->counts->kills);
	printf("# siege: %ld seconds of forks, execs and kills\n", siege_seconds());
	printf("# siege: %lu forked\n# siege: %lu run anew\n# siege: %lu killed at work\n",
	       self->counts->forks, self->counts->execs, self->counts->kills);
}

TEST_F_TIMEOUT(siege, of_a_million_handles_in_one_client_ends_with_it, 3600)
{
	unsigned long number = scaled(1000000);
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();

		REQUIRE(fd >= 0);
		for (unsigned long i = 0; i < number; i++)
			REQUIRE(new_handle(fd, 1 + i % (WAPI_TYPE_COUNT - 1)) > 0);
		REQUIRE(!send_to(&victim, 1));
		pause();
	}
	/* Longer than a peer is waited for. */
	ASSERT_TRUE(within(3000, read_info(self->fd).handles == number));
	EXPECT_EQ(1, receive(&victim));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	printf("# siege: %lu handles in one client that was killed\n", number);
}

/* Sends @fd over a socket into the socket's own other end, and both ends too. */
static void send_in_a_cycle(const int *fds, unsigned int count, const int *ends)
{
	struct peer here = { .line = ends[0] }, there = { .line = ends[1] };

	for (unsigned int i = 0; i < count; i++) {
		REQUIRE(!send_fd_to(&here, i, fds[i]));
		REQUIRE(!send_fd_to(&there, i, fds[i]));
	}
	REQUIRE(!send_fd_to(&here, 0, ends[1]));
	REQUIRE(!send_fd_to(&there, 0, ends[0]));
}

/* The kernel looks for what nobody can reach when a socket is released. */
static void release_a_socket(void)
{
	close(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

TEST_F_TIMEOUT(siege, of_descriptors_in_cycles_of_sockets_leaves_nothing, 900)
{
	unsigned long cycles = scaled(2000);
	struct peer sender;

	if (!start_peer(&sender)) {
		for (unsigned long i = 0; i < cycles; i++) {
			int fds[3], ends[2], handle;

			REQUIRE(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
			fds[0] = open_device();
			REQUIRE(fds[0] >= 0);
			handle = new_event(fds[0], WAPI_NEW_SIGNALLED);
			REQUIRE(handle > 0);
			fds[1] = object_to_fd(fds[0], handle, O_CLOEXEC);
			REQUIRE(fds[1] >= 0);
			/* The client's, by another number. */
			fds[2] = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
			REQUIRE(fds[2] >= 0);
			send_in_a_cycle(fds, 3, ends);
			for (unsigned int n = 0; n < 3; n++)
				close(fds[n]);
			close(ends[0]);
			close(ends[1]);
		}
		REQUIRE(!send_to(&sender, 1));
		pause();
	}
	ASSERT_EQ(1, receive(&sender));
	/* It lives, and nobody can reach what it has sent. */
	within(10 * SOON, (release_a_socket(), !*count_difference(self->fd, 0, 0, 0, 1)));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&sender));
	printf("# siege: %lu cycles of sockets with descriptors in them\n", cycles);
}

/* Takes the mutex, is stopped, and when it goes on releases it. */
static void hold_while_stopped(struct peer *parent, __u32 mutex)
{
	int fd = open_device();

	REQUIRE(fd >= 0);
	REQUIRE(!open_handle(fd, mutex));
	REQUIRE(take(fd, mutex) == 0);
	REQUIRE(!send_to(parent, 1));
	raise(SIGSTOP);
	REQUIRE(release_mutex(fd, mutex) == 0);
	REQUIRE(!send_to(parent, 2));
	pause();
}

TEST_F_TIMEOUT(siege, by_a_stopped_holder_ends_when_it_goes_on_or_dies, 900)
{
	unsigned long rounds = scaled(200);
	int mutex = new_mutex(self->fd, 0), event = new_event(self->fd, 0), status;

	ASSERT_LT(0, mutex);
	ASSERT_LT(0, event);
	for (unsigned long i = 0; i < rounds; i++) {
		struct sleeper waiter;
		struct peer holder;

		if (!start_peer(&holder))
			hold_while_stopped(&holder, mutex);
		ASSERT_EQ(1, receive(&holder));
		ASSERT_EQ(holder.pid, waitpid(holder.pid, &status, WUNTRACED));
		ASSERT_TRUE(WIFSTOPPED(status));
		/* It holds what it holds; nobody else is held up by that. */
		ASSERT_EQ(-ETIMEDOUT, wait_one(self->fd, mutex, 1));
		ASSERT_EQ(0, set(self->fd, event));
		ASSERT_EQ(0, take(self->fd, event));
		ASSERT_EQ(0, start_sleeper(&waiter, self->fd, &mutex, 1, 0, FOREVER));
		if (i % 2) {
			kill(holder.pid, SIGCONT);
			ASSERT_EQ(2, receive(&holder));
			ASSERT_EQ(0, join_sleeper(&waiter));
			ASSERT_EQ(WAPI_WAIT_NOT_ABANDONED, waiter.wait.abandoned);
			ASSERT_EQ(128 + SIGKILL, kill_peer(&holder));
		} else {
			ASSERT_EQ(128 + SIGKILL, kill_peer(&holder));
			ASSERT_EQ(0, join_sleeper(&waiter));
			ASSERT_EQ(0, waiter.wait.abandoned);
			ASSERT_EQ(holder.pid, waiter.wait.abandoned_tid);
		}
		/* The thread that had it has ended. */
		ASSERT_EQ(0, take(self->fd, mutex));
		ASSERT_EQ(0, release_mutex(self->fd, mutex));
	}
	EXPECT_EQ(1, close_handle(self->fd, mutex));
	EXPECT_EQ(1, close_handle(self->fd, event));
	printf("# siege: %lu holders stopped\n", rounds);
}

/* What a wait that a signal came into is about. */
FIXTURE(interrupted)
{
	int fd, semaphore;
	timer_t timer;
	unsigned long acquired, interrupted;
};

FIXTURE_VARIANT(interrupted)
{
	bool restarts;
	unsigned int sleeps;	/* us until the token comes; 0: it is there */
};

FIXTURE_VARIANT_ADD(interrupted, that_need_not_sleep) { .sleeps = 0 };
FIXTURE_VARIANT_ADD(interrupted, that_need_not_sleep_and_restart) { .restarts = true };
FIXTURE_VARIANT_ADD(interrupted, that_sleep) { .sleeps = 50 };
FIXTURE_VARIANT_ADD(interrupted, that_sleep_and_restart) { .sleeps = 50, .restarts = true };

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

FIXTURE_SETUP(interrupted)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct sigaction action = {
		.sa_handler = count_signal,
		.sa_flags = variant->restarts ? SA_RESTART : 0,
	};

	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->semaphore = new_semaphore(self->fd, 0, 1);
	ASSERT_LT(0, self->semaphore);
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &event, &self->timer));
	signals = 0;
}

FIXTURE_TEARDOWN(interrupted)
{
	timer_delete(self->timer);
	EXPECT_EQ(1, close_handle(self->fd, self->semaphore));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
}

static void signal_me_in(timer_t timer, unsigned long ns)
{
	struct itimerspec when = { .it_value = { 0, 1 + ns } };

	timer_settime(timer, 0, &when, NULL);
}

/*
 * The signal comes a little later each time, so that in the end it has come at
 * each instruction of a wait: at every time of it, where time counts
 * instructions.  Each wait either has the token or has left it.
 */
TEST_F_TIMEOUT(interrupted, have_taken_the_token_or_left_it, 3600)
{
	unsigned long rounds = scaled(20000);
	double begin;
	unsigned long step, longest;

	/* From before the wait until after it. */
	begin = seconds();
	for (unsigned int i = 0; i < 100; i++) {
		ASSERT_EQ(0, release_semaphore(self->fd, self->semaphore, 1));
		ASSERT_EQ(0, take(self->fd, self->semaphore));
	}
	longest = (seconds() - begin) * 1e9 / 100 * 3 + variant->sleeps * 1000;
	step = longest / rounds + 1;

	for (unsigned long i = 0; i < rounds; i++) {
		unsigned long ns = i * step % longest;
		int result, left;

		if (!variant->sleeps)
			ASSERT_EQ(0, release_semaphore(self->fd, self->semaphore, 1));
		signal_me_in(self->timer, ns);
		if (variant->sleeps) {
			__s64 until = clock_ns(CLOCK_MONOTONIC) + variant->sleeps * 1000ll;
			struct wapi_wait wait = wait_request(&self->semaphore, 1, 0, 0);

			/* A time that comes while the signal does. */
			wait.timeout = until;
			result = run_wait(self->fd, &wait);
			ASSERT_TRUE(result == -ETIMEDOUT || result == -EINTR);
			ASSERT_TRUE(result == -EINTR || clock_ns(CLOCK_MONOTONIC) >= until);
			self->interrupted += result == -EINTR;
			ASSERT_EQ(0, release_semaphore(self->fd, self->semaphore, 1));
			result = take(self->fd, self->semaphore);
		} else {
			result = wait_one(self->fd, self->semaphore, FOREVER);
		}
		left = count_of(self->fd, self->semaphore);
		if (result == 0) {
			ASSERT_EQ(0, left);
			self->acquired++;
		} else {
			ASSERT_EQ(-EINTR, result);
			ASSERT_EQ(1, left);
			self->interrupted++;
			ASSERT_EQ(0, wait_one(self->fd, self->semaphore, FOREVER));
			self->acquired++;
		}
	}
	EXPECT_EQ(rounds, self->acquired);
	EXPECT_LT(0, signals);
	if (variant->sleeps && !variant->restarts)
		EXPECT_LT(0, self->interrupted);
	if (variant->restarts)
		EXPECT_EQ(0, self->interrupted);
	printf("# siege: %lu waits that a signal came into, every %lu ns\n", rounds, step);
}

EXECABLE_MAIN(play)
#define main harness_main
TEST_HARNESS_MAIN
