// SPDX-License-Identifier: GPL-2.0
/*
 * Waits, for any and for all: what ends them, what they acquire, who comes
 * first, and that whatever else happens nothing is lost.
 */
#include "wait_test.h"

/* Two clients of one domain where nobody else is. */
FIXTURE(wait) {
	int fd, other;
};

FIXTURE_SETUP(wait)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->other = open_device();
	ASSERT_LE(0, self->other);
	ASSERT_EQ(0, read_info(self->other).refused);
}

FIXTURE_TEARDOWN(wait)
{
	close(self->fd);
	close(self->other);
}

#define ALL4 15u

/* Four objects of types that a wait changes, or does not; bits say which are signalled. */
static int make_four(int fd, __u32 *handles, unsigned int signalled)
{
	handles[0] = new_event(fd, signalled & 1 ? WAPI_NEW_SIGNALLED : 0);
	handles[1] = new_semaphore(fd, signalled & 2 ? 1 : 0, 5);
	handles[2] = new_mutex(fd, 0);
	handles[3] = new_event(fd, WAPI_NEW_MANUAL | (signalled & 8 ? WAPI_NEW_SIGNALLED : 0));
	for (int i = 0; i < 4; i++)
		if ((int)handles[i] <= 0)
			return -EPROTO;
	return 0;
}

/* Another thread, which has a mutex for as long as it is told. */
struct holder {
	int fd;
	__u32 handle;
	pthread_t thread;
	_Atomic int state;	/* 1: it has it; 2: it is to release it; -1: failed */
};

static void *hold_mutex(void *argument)
{
	struct holder *holder = argument;

	holder->state = take(holder->fd, holder->handle) ? -1 : 1;
	while (holder->state == 1)
		usleep(500);
	if (holder->state == 2)
		release_mutex(holder->fd, holder->handle);
	return NULL;
}

static int start_holder(struct holder *holder, int fd, __u32 handle)
{
	*holder = (struct holder){ .fd = fd, .handle = handle };
	if (pthread_create(&holder->thread, NULL, hold_mutex, holder))
		return -EAGAIN;
	return within(20, holder->state) && holder->state == 1 ? 0 : -EPROTO;
}

static void end_holder(struct holder *holder)
{
	holder->state = 2;
	pthread_join(holder->thread, NULL);
}

/* Which of four are signalled, to this thread. */
static unsigned int signalled_of(int fd, const __u32 *handles)
{
	unsigned int bits = 0;

	for (int i = 0; i < 4; i++)
		bits |= is_signalled(fd, handles[i]) << i;
	return bits;
}

/* ---- any ---- */

TEST_F(wait, any_takes_the_lowest_that_is_signalled_and_nothing_else)
{
	struct holder holder;
	__u32 handles[4];
	int lowest;

	for (unsigned int bits = 0; bits <= ALL4; bits++) {
		ASSERT_EQ(0, make_four(self->fd, handles, bits));
		if (!(bits & 4))
			ASSERT_EQ(0, start_holder(&holder, self->fd, handles[2]));
		ASSERT_EQ(bits, signalled_of(self->fd, handles));
		lowest = bits ? __builtin_ctz(bits) : -ETIMEDOUT;
		EXPECT_EQ(lowest, wait_any(self->fd, handles, 4, 0));
		/* Of these two kinds one is gone then. */
		EXPECT_EQ(lowest == 0 || lowest == 1 ? bits & (bits - 1) : bits,
			  signalled_of(self->fd, handles));
		EXPECT_EQ(lowest == 1 ? 0 : bits >> 1 & 1, count_of(self->fd, handles[1]));
		EXPECT_EQ(lowest == 2 || !(bits & 4), count_of(self->fd, handles[2]));
		if (!(bits & 4))
			end_holder(&holder);
	}
}

TEST_F(wait, any_that_sleeps_takes_only_what_ends_it)
{
	struct sleeper sleeper;
	struct holder holder;
	__u32 handles[4];

	for (int which = 0; which < 4; which++) {
		ASSERT_EQ(0, make_four(self->fd, handles, 0));
		ASSERT_EQ(0, start_holder(&holder, self->fd, handles[2]));
		prepare_sleeper(&sleeper, self->fd, handles, 4, 0, FOREVER);
		sleeper.stay = true;
		ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
		switch (which) {
		case 0:
			EXPECT_EQ(0, set(self->fd, handles[0]));
			break;
		case 1:
			EXPECT_EQ(0, release_semaphore(self->fd, handles[1], 2));
			break;
		case 2:
			end_holder(&holder);
			break;
		case 3:
			EXPECT_EQ(0, set(self->fd, handles[3]));
			break;
		}
		ASSERT_TRUE(has_ended(&sleeper));
		EXPECT_EQ(which, sleeper.result);
		EXPECT_EQ(0, is_signalled(self->fd, handles[0]));
		EXPECT_EQ(which == 1 ? 1 : 0, count_of(self->fd, handles[1]));
		EXPECT_EQ(which == 2, state_of(self->fd, handles[2]).tid == sleeper.tid);
		EXPECT_EQ(which == 3, is_signalled(self->fd, handles[3]));
		for (int i = 0; i < 4; i++)
			EXPECT_TRUE(within(SOON, waiters_of(self->fd, handles[i]) == 0));
		EXPECT_EQ(which, join_sleeper(&sleeper));
		if (which != 2)
			end_holder(&holder);
	}
}

TEST_F(wait, any_for_the_same_handle_twice_takes_one)
{
	int semaphore = new_semaphore(self->fd, 2, 5);
	__u32 handles[3] = { semaphore, semaphore, semaphore };
	struct sleeper sleeper;

	EXPECT_EQ(0, wait_any(self->fd, handles, 3, 0));
	EXPECT_EQ(1, count_of(self->fd, semaphore));
	EXPECT_EQ(0, wait_any(self->fd, handles, 3, 0));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, 3, 0, FOREVER));
	EXPECT_EQ(0, release_semaphore(self->fd, semaphore, 3));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(2, count_of(self->fd, semaphore));
	EXPECT_EQ(0, waiters_of(self->fd, semaphore));
}

/* ---- all ---- */

TEST_F(wait, all_takes_nothing_until_it_can_take_all)
{
	struct holder holder;
	__u32 handles[4];

	for (unsigned int bits = 0; bits < ALL4; bits++) {
		ASSERT_EQ(0, make_four(self->fd, handles, bits));
		if (!(bits & 4))
			ASSERT_EQ(0, start_holder(&holder, self->fd, handles[2]));
		/* Without sleeping, and with. */
		EXPECT_EQ(-ETIMEDOUT, wait_all(self->fd, handles, 4, 0));
		EXPECT_EQ(bits, signalled_of(self->fd, handles));
		EXPECT_EQ(-ETIMEDOUT, wait_all(self->fd, handles, 4, 3));
		EXPECT_EQ(bits, signalled_of(self->fd, handles));
		EXPECT_EQ(!(bits & 4), count_of(self->fd, handles[2]));
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(0, waiters_of(self->fd, handles[i]));
		if (!(bits & 4))
			end_holder(&holder);
	}
	ASSERT_EQ(0, make_four(self->fd, handles, ALL4));
	EXPECT_EQ(0, wait_all(self->fd, handles, 4, 0));
	EXPECT_EQ(4 | 8, signalled_of(self->fd, handles));
	EXPECT_EQ(0, count_of(self->fd, handles[1]));
	EXPECT_EQ(1, count_of(self->fd, handles[2]));
}

TEST_F(wait, all_that_sleeps_is_ended_by_the_last_of_them)
{
	struct sleeper sleeper;
	struct holder holder;
	__u32 handles[4];

	for (int last = 0; last < 4; last++) {
		ASSERT_EQ(0, make_four(self->fd, handles, 0));
		ASSERT_EQ(0, start_holder(&holder, self->fd, handles[2]));
		prepare_sleeper(&sleeper, self->fd, handles, 4, WAPI_WAIT_ALL, FOREVER);
		sleeper.stay = true;
		ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
		for (int i = 1; i <= 4; i++) {
			int which = (last + i) % 4;

			ASSERT_TRUE(sleeps(&sleeper));
			if (which == 2)
				end_holder(&holder);
			else if (which == 1)
				release_semaphore(self->fd, handles[1], 2);
			else
				set(self->fd, handles[which]);
			/* All that were are still signalled. */
			if (i < 4) {
				for (int j = 1; j <= i; j++)
					EXPECT_EQ(1, is_signalled(self->fd, handles[(last + j) % 4]));
			}
		}
		ASSERT_TRUE(has_ended(&sleeper));
		EXPECT_EQ(0, sleeper.result);
		EXPECT_EQ(2 | 8, signalled_of(self->fd, handles));
		EXPECT_EQ(1, count_of(self->fd, handles[1]));
		EXPECT_EQ(sleeper.tid, state_of(self->fd, handles[2]).tid);
		EXPECT_EQ(0, join_sleeper(&sleeper));
	}
}

TEST_F(wait, all_is_not_satisfied_by_what_was_signalled_one_after_the_other)
{
	__u32 handles[2] = { new_event(self->fd, 0), new_event(self->fd, 0) };
	struct sleeper sleeper;

	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, 2, WAPI_WAIT_ALL, FOREVER));
	EXPECT_EQ(0, set(self->fd, handles[0]));
	EXPECT_EQ(1, reset(self->fd, handles[0]));
	EXPECT_EQ(0, set(self->fd, handles[1]));
	EXPECT_TRUE(sleeps(&sleeper));
	/* Another one takes what it would have needed. */
	EXPECT_EQ(0, take(self->fd, handles[1]));
	EXPECT_EQ(0, set(self->fd, handles[0]));
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(0, set(self->fd, handles[1]));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, is_signalled(self->fd, handles[0]));
	EXPECT_EQ(0, is_signalled(self->fd, handles[1]));
}

TEST_F(wait, all_refuses_the_same_handle_twice)
{
	__u32 handles[4];
	struct wapi_wait wait;

	for (int i = 0; i < 4; i++)
		for (int j = i + 1; j < 4; j++) {
			ASSERT_EQ(0, make_four(self->fd, handles, ALL4));
			handles[j] = handles[i];
			wait = wait_request(handles, 4, WAPI_WAIT_ALL, 0);
			EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_WAIT, &wait);
			/* Nor is any of them left different for others. */
			EXPECT_EQ(ALL4, signalled_of(self->fd, handles));
			EXPECT_EQ(0, wait_all(self->fd, handles, j, 0));
		}
}

TEST_F(wait, all_takes_a_mutex_that_the_thread_has_once_more)
{
	__u32 handles[2] = { new_mutex(self->fd, WAPI_NEW_OWNED), new_event(self->fd, 0) };

	EXPECT_EQ(-ETIMEDOUT, wait_all(self->fd, handles, 2, 3));
	EXPECT_EQ(1, count_of(self->fd, handles[0]));
	EXPECT_EQ(0, set(self->fd, handles[1]));
	EXPECT_EQ(0, wait_all(self->fd, handles, 2, 0));
	EXPECT_EQ(2, count_of(self->fd, handles[0]));
	EXPECT_EQ(0, is_signalled(self->fd, handles[1]));
}

static void *take_all_of(void *argument)
{
	struct sleeper *sleeper = argument;

	for (int i = 0; i < 3; i++)
		if (take(sleeper->fd, sleeper->handles[i]))
			sleeper->result = -EPROTO;
	sleeper->tid = syscall(SYS_gettid);
	return NULL;
}

struct own_and_wait {
	int fd;
	__u32 handles[2];
	_Atomic pid_t tid;
	int result, count;
};

static void *own_one_and_wait_for_both(void *argument)
{
	struct own_and_wait *own = argument;

	own->result = take(own->fd, own->handles[0]);
	own->tid = syscall(SYS_gettid);
	if (!own->result)
		own->result = wait_all(own->fd, own->handles, 2, FOREVER);
	own->count = count_of(own->fd, own->handles[0]);
	while (!own->result && release_mutex(own->fd, own->handles[0]) > 0)
		;
	return NULL;
}

TEST_F(wait, all_that_sleeps_takes_a_mutex_that_the_thread_has_once_more)
{
	struct own_and_wait own = {
		.fd = self->fd, .handles = { new_mutex(self->fd, 0), new_event(self->fd, 0) },
	};
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, own_one_and_wait_for_both, &own));
	ASSERT_TRUE(within(20, own.tid && waiters_of(self->fd, own.handles[1]) == 1));
	EXPECT_EQ(1, count_of(self->fd, own.handles[0]));
	/* Another thread makes the rest to be had, which does not have the mutex. */
	EXPECT_EQ(0, set(self->fd, own.handles[1]));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, own.result);
	EXPECT_EQ(2, own.count);
	EXPECT_EQ(0, is_signalled(self->fd, own.handles[1]));
	EXPECT_EQ(0, take(self->fd, own.handles[0]));
	EXPECT_EQ(0, release_mutex(self->fd, own.handles[0]));
}

TEST_F(wait, all_tells_the_first_of_several_abandoned_mutexes)
{
	__u32 handles[4] = {
		new_event(self->fd, WAPI_NEW_SIGNALLED), new_mutex(self->fd, 0),
		new_mutex(self->fd, 0), new_mutex(self->fd, 0),
	};
	struct sleeper dead = { .fd = self->fd };
	struct wapi_wait wait;

	memcpy(dead.handles, handles + 1, 3 * sizeof(__u32));
	ASSERT_EQ(0, pthread_create(&dead.thread, NULL, take_all_of, &dead));
	pthread_join(dead.thread, NULL);
	ASSERT_EQ(0, dead.result);
	wait = wait_request(handles, 4, WAPI_WAIT_ALL, 5000);
	ASSERT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(1, wait.abandoned);
	EXPECT_EQ(dead.tid, wait.abandoned_tid);
	for (int i = 1; i < 4; i++)
		EXPECT_EQ(0, release_mutex(self->fd, handles[i]));
}

/* ---- how many ---- */

TEST_F(wait, any_of_4096_is_ended_by_the_last)
{
	__u32 *handles = calloc(WAPI_WAIT_MAX + 1, sizeof(*handles));
	struct sleeper sleeper;

	for (int i = 0; i < WAPI_WAIT_MAX; i++)
		ASSERT_LT(0, (int)(handles[i] = new_event(self->fd, 0)));
	EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, WAPI_WAIT_MAX, 0));
	EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, WAPI_WAIT_MAX, 1));
	EXPECT_EQ(0, set(self->fd, handles[WAPI_WAIT_MAX - 1]));
	EXPECT_EQ(WAPI_WAIT_MAX - 1, wait_any(self->fd, handles, WAPI_WAIT_MAX, 0));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, WAPI_WAIT_MAX, 0, FOREVER));
	EXPECT_EQ(0, set(self->fd, handles[WAPI_WAIT_MAX - 1]));
	EXPECT_EQ(WAPI_WAIT_MAX - 1, join_sleeper(&sleeper));
	EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, WAPI_WAIT_MAX, 0));
	EXPECT_EQ(0, for_each_waiter(self->fd, NULL, NULL));
	free(handles);
}

TEST_F(wait, all_of_4096_is_ended_by_the_last)
{
	__u32 *handles = calloc(WAPI_WAIT_MAX + 1, sizeof(*handles));
	struct sleeper sleeper;

	for (int i = 0; i < WAPI_WAIT_MAX; i++)
		ASSERT_LT(0, (int)(handles[i] = new_event(self->fd,
						i == 17 ? 0 : WAPI_NEW_SIGNALLED)));
	EXPECT_EQ(-ETIMEDOUT, wait_all(self->fd, handles, WAPI_WAIT_MAX, 0));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, WAPI_WAIT_MAX,
				   WAPI_WAIT_ALL, FOREVER));
	EXPECT_EQ(1, is_signalled(self->fd, handles[WAPI_WAIT_MAX - 1]));
	EXPECT_EQ(0, set(self->fd, handles[17]));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	/* All were taken. */
	EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, WAPI_WAIT_MAX, 0));
	for (int i = 0; i < WAPI_WAIT_MAX; i++)
		ASSERT_EQ(0, set(self->fd, handles[i]));
	EXPECT_EQ(0, wait_all(self->fd, handles, WAPI_WAIT_MAX, 0));
	EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, WAPI_WAIT_MAX, 0));
	free(handles);
}

TEST_F(wait, for_4096_of_all_types_can_have_an_alert_and_signal_first)
{
	static __u32 handles[WAPI_WAIT_MAX];
	__u32 alert = new_event(self->fd, 0), signal = new_semaphore(self->fd, 0, 10);
	struct sleeper sleeper;

	for (int i = 0; i < WAPI_WAIT_MAX; i++)
		handles[i] = i == 7 ? new_semaphore(self->fd, 0, 1) :
			     i == 4000 ? new_mutex(self->fd, 0) :
			     new_event(self->fd, WAPI_NEW_MANUAL);
	/* The mutex is there, so an any-wait takes it; a wait for all needs the rest. */
	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		prepare_sleeper(&sleeper, self->fd, handles, flags ? WAPI_WAIT_MAX : 4000, flags,
				FOREVER);
		sleeper.wait.alert = alert;
		sleeper.wait.signal = signal;
		sleeper.wait.signal_count = 3;
		ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
		EXPECT_EQ(3 + 3 * (int)flags, count_of(self->fd, signal));
		EXPECT_EQ(1, waiters_of(self->fd, handles[3999]));
		EXPECT_EQ(0, set(self->fd, alert));
		EXPECT_EQ(flags ? WAPI_WAIT_MAX : 4000, join_sleeper(&sleeper));
		EXPECT_EQ(0, is_signalled(self->fd, alert));
		EXPECT_EQ(0, count_of(self->fd, handles[4000]));
		EXPECT_EQ(0, waiters_of(self->fd, handles[3999]));
	}
	EXPECT_EQ(0, release_semaphore(self->fd, handles[7], 1));
	for (int i = 0; i < WAPI_WAIT_MAX; i++)
		if (i != 7 && i != 4000)
			ASSERT_EQ(0, set(self->fd, handles[i]));
	EXPECT_EQ(0, wait_all(self->fd, handles, WAPI_WAIT_MAX, 0));
	EXPECT_EQ(0, count_of(self->fd, handles[7]));
	EXPECT_EQ(1, count_of(self->fd, handles[4000]));
	EXPECT_EQ(0, release_mutex(self->fd, handles[4000]));
}

TEST_F(wait, more_than_4096_are_refused)
{
	__u32 *handles = calloc(WAPI_WAIT_MAX + 1, sizeof(*handles));
	static const __u32 counts[] = { WAPI_WAIT_MAX + 1, 0x7fffffff, 0x80000000, ~0u };
	struct wapi_wait wait;

	handles[0] = new_event(self->fd, WAPI_NEW_SIGNALLED);
	for (int i = 1; i <= WAPI_WAIT_MAX; i++)
		handles[i] = handles[0];
	EXPECT_EQ(0, wait_any(self->fd, handles, WAPI_WAIT_MAX, 0));
	EXPECT_EQ(0, set(self->fd, handles[0]));
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		wait = wait_request(handles, counts[i], 0, 0);
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_WAIT, &wait);
	}
	EXPECT_EQ(1, is_signalled(self->fd, handles[0]));
	free(handles);
}

TEST_F(wait, for_nothing_sleeps_until_the_time_or_the_alert)
{
	int alert = new_event(self->fd, 0);
	struct sleeper sleeper;
	struct wapi_wait wait;

	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		wait = wait_request(NULL, 0, flags, 30);
		EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
		EXPECT_LE(wait.timeout, clock_ns(CLOCK_MONOTONIC));

		prepare_sleeper(&sleeper, self->fd, NULL, 0, flags, FOREVER);
		sleeper.wait.alert = alert;
		ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
		EXPECT_EQ(1, waiters_of(self->fd, alert));
		EXPECT_EQ(0, set(self->fd, alert));
		/* The index of the alert is the count, which is 0. */
		EXPECT_EQ(0, join_sleeper(&sleeper));
		EXPECT_EQ(0, is_signalled(self->fd, alert));
	}
}

/* ---- bad handles ---- */

TEST_F(wait, a_bad_handle_at_any_position_is_refused_and_nothing_taken)
{
	__u32 stale = new_event(self->fd, WAPI_NEW_SIGNALLED);
	const struct {
		__u32 handle;
		int error;
	} bad[] = {
		{ 0, EBADF },
		{ 0x7fffffff, EBADF },
		{ ~0u, EBADF },
		{ stale, EBADF },
		/* This client holds no reference to it. */
		{ new_event(self->other, WAPI_NEW_SIGNALLED), EBADF },
		/* No type that can be waited for. */
		{ new_handle(self->fd, WAPI_TYPE_FIND), EOPNOTSUPP },
	};
	struct wapi_wait wait;
	__u32 handles[5];

	ASSERT_EQ(1, close_handle(self->fd, stale));
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		for (int at = 0; at < 5; at++)
			for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
				ASSERT_EQ(0, make_four(self->fd, handles, ALL4));
				memmove(handles + at + 1, handles + at, (4 - at) * sizeof(__u32));
				handles[at] = bad[i].handle;
				wait = wait_request(handles, 5, flags, FOREVER);
				EXPECT_REFUSED(bad[i].error, self->fd, WAPI_IOC_WAIT, &wait) {
					TH_LOG("%#x at %d", bad[i].handle, at);
				}
				memmove(handles + at, handles + at + 1, (4 - at) * sizeof(__u32));
				ASSERT_EQ(ALL4, signalled_of(self->fd, handles));
				for (int j = 0; j < 4; j++)
					close_handle(self->fd, handles[j]);
			}
}

TEST_F(wait, handles_at_a_bad_address_are_refused)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u32 event = new_event(self->fd, WAPI_NEW_SIGNALLED);
	struct wapi_wait wait;
	__u32 *last;

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, munmap(pages + page, page));
	last = (__u32 *)(pages + page) - 1;
	*last = event;
	wait = wait_request(last, 2, 0, 0);
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_WAIT, &wait);
	wait = wait_request(NULL, 1, 0, 0);
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_WAIT, &wait);
	wait = wait_request((void *)-8l, 1, 0, 0);
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_WAIT, &wait);
	wait = wait_request(last, WAPI_WAIT_MAX, 0, 0);
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_WAIT, &wait);
	EXPECT_EQ(1, is_signalled(self->fd, event));
	/* Only so far as it must be. */
	EXPECT_EQ(0, wait_any(self->fd, last, 1, 0));
}

/* ---- time ---- */

TEST_F(wait, a_timeout_never_comes_early_on_either_clock)
{
	static const int times[] = { 1, 5, 20, 100 };
	__u32 event = new_event(self->fd, 0);
	struct wapi_wait wait;
	__s64 begin;

	for (__u32 flags = 0; flags <= 3; flags++)
		for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
			clockid_t clock = flags & WAPI_WAIT_REALTIME ?
				CLOCK_REALTIME : CLOCK_MONOTONIC;

			begin = clock_ns(clock);
			wait = wait_request(&event, 1, flags, 0);
			wait.timeout = begin + times[i] * 1000000ll;
			EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
			EXPECT_LE(wait.timeout, clock_ns(clock));
			EXPECT_GE(begin + 2000000000ll, clock_ns(clock));
		}
}

TEST_F(wait, the_clocks_are_not_mistaken_for_each_other)
{
	__u32 event = new_event(self->fd, 0);
	struct wapi_wait wait = wait_request(&event, 1, WAPI_WAIT_REALTIME, 0);

	/* Of the one long ago, of the other far ahead: it began years before. */
	ASSERT_LT(clock_ns(CLOCK_MONOTONIC) + 3600000000000ll, clock_ns(CLOCK_REALTIME));
	wait.timeout = clock_ns(CLOCK_MONOTONIC) + 3600000000000ll;
	EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
	wait.flags = 0;
	wait.timeout = clock_ns(CLOCK_MONOTONIC) - 1;
	EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
}

TEST_F(wait, a_time_that_has_passed_polls)
{
	static const __s64 past[] = { 0, 1, -1, -1000000000, INT64_MIN };
	__u32 handles[2] = { new_event(self->fd, 0), new_semaphore(self->fd, 0, 100) };
	struct wapi_wait wait;
	double begin = seconds();

	for (__u32 flags = 0; flags <= 3; flags++)
		for (unsigned int i = 0; i < ARRAY_SIZE(past); i++) {
			wait = wait_request(handles, 2, flags, 0);
			wait.timeout = past[i];
			EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
			EXPECT_EQ(past[i], wait.timeout);
			/* And takes what is there. */
			set(self->fd, handles[0]);
			release_semaphore(self->fd, handles[1], 1);
			EXPECT_EQ(0, run_wait(self->fd, &wait));
			EXPECT_EQ(0, is_signalled(self->fd, handles[0]));
			while (take(self->fd, handles[1]) == 0)
				;
		}
	EXPECT_GT(5, seconds() - begin);
}

TEST_F(wait, forever_is_not_a_time)
{
	__u32 event = new_event(self->fd, 0);
	struct sleeper sleepers[2];

	for (int i = 0; i < 2; i++) {
		prepare_sleeper(&sleepers[i], self->fd, &event, 1, i ? WAPI_WAIT_REALTIME : 0,
				FOREVER);
		ASSERT_EQ(0, start_sleeper_at(&sleepers[i], &sleepers[i].wait));
	}
	usleep(50000);
	for (int i = 0; i < 2; i++)
		EXPECT_TRUE(sleeps(&sleepers[i]));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, set(self->fd, event));
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
	}
}

static long voluntary_switches(void)
{
	char line[128];
	long switches = -1;
	FILE *file = fopen("/proc/thread-self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "voluntary_ctxt_switches: %ld", &switches);
	if (file)
		fclose(file);
	return switches;
}

TEST_F(wait, polling_does_not_sleep)
{
	__u32 handles[4];
	long before;

	ASSERT_EQ(0, make_four(self->fd, handles, 2));
	/* So that only what is asked for is missing. */
	take(self->fd, handles[1]);
	EXPECT_EQ(-ETIMEDOUT, wait_all(self->fd, handles, 4, 0));
	before = voluntary_switches();
	ASSERT_LE(0, before);
	for (int i = 0; i < 2000; i++) {
		ASSERT_EQ(-ETIMEDOUT, take(self->fd, handles[0]));
		ASSERT_EQ(-ETIMEDOUT, wait_any(self->fd, handles, 2, 0));
		ASSERT_EQ(-ETIMEDOUT, wait_all(self->fd, handles, 4, 0));
		ASSERT_EQ(0, take(self->fd, handles[2]));
	}
	EXPECT_EQ(before, voluntary_switches());
}

/* ---- the alert ---- */

TEST_F(wait, an_alert_ends_a_wait_and_takes_nothing_else)
{
	struct sleeper sleeper;
	struct wapi_wait wait;
	__u32 handles[4];
	int alert;

	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		/* For all, three of four are there. */
		ASSERT_EQ(0, make_four(self->fd, handles, flags ? 1 | 2 | 4 : 4));
		take(self->fd, handles[2]);
		alert = new_event(self->fd, 0);
		if (!flags)
			handles[2] = handles[3];
		prepare_sleeper(&sleeper, self->fd, handles, 4, flags, FOREVER);
		if (flags)
			release_mutex(self->fd, handles[2]);
		sleeper.wait.alert = alert;
		ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
		EXPECT_EQ(0, set(self->fd, alert));
		EXPECT_EQ(4, join_sleeper(&sleeper));
		EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, sleeper.wait.abandoned);
		EXPECT_EQ(0, sleeper.wait.abandoned_tid);
		EXPECT_EQ(0, is_signalled(self->fd, alert));
		EXPECT_EQ(flags ? 1 | 2 | 4 : 0, signalled_of(self->fd, handles));
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(0, waiters_of(self->fd, handles[i]));

		/* Without sleeping too. */
		EXPECT_EQ(0, set(self->fd, alert));
		wait = wait_request(handles, 4, flags, 0);
		wait.alert = alert;
		EXPECT_EQ(4, run_wait(self->fd, &wait));
		EXPECT_EQ(0, is_signalled(self->fd, alert));
	}
}

TEST_F(wait, an_alert_loses_against_what_is_signalled)
{
	int alert = new_event(self->fd, WAPI_NEW_SIGNALLED);
	struct wapi_wait wait;
	__u32 handles[4];

	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		ASSERT_EQ(0, make_four(self->fd, handles, flags ? ALL4 : 8));
		if (!flags)
			handles[2] = handles[1];
		wait = wait_request(handles, 4, flags, 0);
		wait.alert = alert;
		EXPECT_EQ(flags ? 0 : 3, run_wait(self->fd, &wait));
		EXPECT_EQ(1, is_signalled(self->fd, alert));
	}
}

TEST_F(wait, an_alert_that_is_reset_by_hand_stays)
{
	int alert = new_event(self->fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
	struct wapi_wait wait = wait_request(NULL, 0, 0, 0);

	wait.alert = alert;
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(1, is_signalled(self->fd, alert));
}

TEST_F(wait, an_alert_among_the_handles_counts_as_a_handle)
{
	__u32 handles[2] = { new_event(self->fd, 0), new_event(self->fd, 0) };
	struct sleeper sleeper;

	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		prepare_sleeper(&sleeper, self->fd, handles, 2, flags, FOREVER);
		sleeper.wait.alert = handles[1];
		ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
		EXPECT_EQ(0, set(self->fd, handles[1]));
		/* Alone it is not all, but still the alert. */
		EXPECT_EQ(flags ? 2 : 1, join_sleeper(&sleeper));
		EXPECT_EQ(0, is_signalled(self->fd, handles[1]));
		EXPECT_EQ(0, waiters_of(self->fd, handles[1]));
	}
}

TEST_F(wait, only_an_event_can_be_an_alert)
{
	__u32 event = new_event(self->fd, WAPI_NEW_SIGNALLED);
	__u32 stale = new_event(self->fd, 0);
	struct wapi_new new;
	struct wapi_wait wait;

	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		if (type == WAPI_TYPE_EVENT)
			continue;
		new = new_request(type);
		new.count = type == WAPI_TYPE_SEM;
		wait = wait_request(&event, 1, 0, 0);
		wait.alert = new_object(self->fd, new);
		EXPECT_REFUSED(EOPNOTSUPP, self->fd, WAPI_IOC_WAIT, &wait);
	}
	wait = wait_request(&event, 1, 0, 0);
	wait.alert = 0x7fffffff;
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_WAIT, &wait);
	wait.alert = new_event(self->other, 0);
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_WAIT, &wait);
	ASSERT_EQ(1, close_handle(self->fd, stale));
	wait.alert = stale;
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_WAIT, &wait);
	EXPECT_EQ(1, is_signalled(self->fd, event));
}

/* ---- first come, first served ---- */

#define QUEUE 8

/* Lets one go; of a mutex the owner, which is this thread or was served last. */
static void let_one_go(int fd, int handle, struct sleeper *owner)
{
	switch (look(fd, handle).type) {
	case WAPI_TYPE_EVENT:
		set(fd, handle);
		break;
	case WAPI_TYPE_SEM:
		release_semaphore(fd, handle, 1);
		break;
	default:
		if (owner)
			owner->stay = false;
		else
			release_mutex(fd, handle);
	}
}

static void give_mutex_back(struct sleeper *sleeper)
{
	while (sleeper->stay)
		usleep(500);
	release_mutex(sleeper->fd, sleeper->handles[0]);
}

TEST_F(wait, who_came_first_is_served_first)
{
	const int handles[] = {
		new_event(self->fd, 0), new_semaphore(self->fd, 0, 100),
		new_mutex(self->fd, WAPI_NEW_OWNED),
	};
	struct sleeper sleepers[QUEUE];

	for (unsigned int i = 0; i < ARRAY_SIZE(handles); i++) {
		bool mutex = i == 2;

		for (int j = 0; j < QUEUE; j++) {
			prepare_sleeper(&sleepers[j], self->fd, &handles[i], 1, 0, FOREVER);
			sleepers[j].stay = mutex;
			sleepers[j].after = mutex ? give_mutex_back : NULL;
			ASSERT_EQ(0, start_sleeper_at(&sleepers[j], &sleepers[j].wait));
			ASSERT_EQ(j + 1, waiters_of(self->fd, handles[i]));
		}
		for (int j = 0; j < QUEUE; j++) {
			let_one_go(self->fd, handles[i], j ? &sleepers[j - 1] : NULL);
			ASSERT_TRUE(has_ended(&sleepers[j])) {
				TH_LOG("object %u, waiter %d", i, j);
			}
			EXPECT_EQ(0, sleepers[j].result);
			for (int k = j + 1; k < QUEUE; k++)
				ASSERT_FALSE(sleepers[k].ended);
			ASSERT_TRUE(within(SOON, waiters_of(self->fd, handles[i]) ==
						 QUEUE - 1 - j));
		}
		for (int j = 0; j < QUEUE; j++)
			EXPECT_EQ(0, join_sleeper(&sleepers[j]));
	}
}

TEST_F(wait, who_came_first_is_served_first_for_any_and_all_alike)
{
	__u32 both[2] = { new_semaphore(self->fd, 0, 100),
			  new_event(self->fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED) };
	struct sleeper sleepers[QUEUE];

	/* What the all-waiters need besides is there. */
	for (int i = 0; i < QUEUE; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, both, i % 2 ? 2 : 1,
					   i % 2 ? WAPI_WAIT_ALL : 0, FOREVER));
	for (int i = 0; i < QUEUE; i++) {
		EXPECT_EQ(0, release_semaphore(self->fd, both[0], 1));
		ASSERT_TRUE(has_ended(&sleepers[i]));
		for (int j = i + 1; j < QUEUE; j++)
			ASSERT_FALSE(sleepers[j].ended);
	}
	for (int i = 0; i < QUEUE; i++)
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
}

TEST_F(wait, who_cannot_have_all_does_not_keep_others_waiting)
{
	__u32 both[2] = { new_semaphore(self->fd, 0, 100), new_event(self->fd, WAPI_NEW_MANUAL) };
	struct sleeper sleepers[QUEUE];

	for (int i = 0; i < QUEUE; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, both, i % 2 ? 2 : 1,
					   i % 2 ? WAPI_WAIT_ALL : 0, FOREVER));
	for (int i = 0; i < QUEUE; i += 2) {
		EXPECT_EQ(0, release_semaphore(self->fd, both[0], 1));
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
	}
	/* Nobody left who could have it. */
	EXPECT_EQ(0, release_semaphore(self->fd, both[0], 3));
	for (int i = 1; i < QUEUE; i += 2)
		EXPECT_TRUE(sleeps(&sleepers[i]));
	EXPECT_EQ(3, count_of(self->fd, both[0]));
	/* Now the first three can, in this order, and the last one still not. */
	EXPECT_EQ(0, set(self->fd, both[1]));
	for (int i = 1; i < 6; i += 2)
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
	EXPECT_TRUE(sleeps(&sleepers[7]));
	EXPECT_EQ(0, release_semaphore(self->fd, both[0], 1));
	EXPECT_EQ(0, join_sleeper(&sleepers[7]));
	EXPECT_EQ(0, count_of(self->fd, both[0]));
}

TEST_F(wait, who_gave_up_is_passed_over)
{
	int semaphore = new_semaphore(self->fd, 0, 100);
	struct sleeper sleepers[3];

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &semaphore, 1, 0,
					   i == 0 ? 300 : FOREVER));
	EXPECT_EQ(-ETIMEDOUT, join_sleeper(&sleepers[0]));
	EXPECT_EQ(2, waiters_of(self->fd, semaphore));
	for (int i = 1; i < 3; i++) {
		EXPECT_EQ(0, release_semaphore(self->fd, semaphore, 1));
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
	}
	EXPECT_EQ(0, count_of(self->fd, semaphore));
}

/* ---- signal and wait ---- */

static struct wapi_wait signal_request_and_wait(__u32 signal, __u32 count,
						const void *handles, long ms)
{
	struct wapi_wait wait = wait_request(handles, 1, 0, ms);

	wait.signal = signal;
	wait.signal_count = count;
	return wait;
}

TEST_F(wait, signal_and_wait_signals_each_type)
{
	__u32 done = new_event(self->fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
	__u32 never = new_event(self->fd, 0);
	struct wapi_wait wait;
	__u32 handles[5] = {
		new_event(self->fd, 0), new_event(self->fd, WAPI_NEW_MANUAL),
		new_semaphore(self->fd, 1, 9), new_mutex(self->fd, WAPI_NEW_OWNED),
		new_handle(self->fd, WAPI_TYPE_PIPE),
	};

	take(self->fd, handles[3]);
	take(self->fd, handles[3]);
	/* Satisfied at once, timed out without sleeping, and with. */
	for (int way = 0; way < 3; way++) {
		for (int i = 0; i < 5; i++) {
			wait = signal_request_and_wait(handles[i], i == 2 ? 2 : 0,
						       way ? &never : &done,
						       way == 2 ? 5 : way ? 0 : FOREVER);
			EXPECT_EQ(way ? -ETIMEDOUT : 0, run_wait(self->fd, &wait));
			EXPECT_EQ(0, wait.signal);
			EXPECT_EQ(0, wait.signal_count);
		}
		EXPECT_EQ(1, reset(self->fd, handles[0]));
		EXPECT_EQ(1, reset(self->fd, handles[1]));
		EXPECT_EQ(3 + 2 * way, count_of(self->fd, handles[2]));
		EXPECT_EQ(2 - way, count_of(self->fd, handles[3]));
		EXPECT_EQ(1, reset(self->fd, handles[4]));
	}
	/* That was the last release. */
	EXPECT_EQ(-EPERM, release_mutex(self->fd, handles[3]));
}

TEST_F(wait, signal_and_wait_can_be_for_the_same_object)
{
	__u32 event = new_event(self->fd, 0), mutex = new_mutex(self->fd, WAPI_NEW_OWNED);
	__u32 semaphore = new_semaphore(self->fd, 0, 2), both[2] = { event, semaphore };
	struct sleeper sleeper;
	struct wapi_wait wait;

	wait = signal_request_and_wait(event, 0, &event, 0);
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(0, is_signalled(self->fd, event));
	wait = signal_request_and_wait(semaphore, 2, &semaphore, 0);
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(1, count_of(self->fd, semaphore));
	wait = signal_request_and_wait(mutex, 0, &mutex, 0);
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(1, count_of(self->fd, mutex));
	wait = wait_request(both, 2, WAPI_WAIT_ALL, 0);
	wait.signal = event;
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(0, is_signalled(self->fd, event));
	EXPECT_EQ(0, count_of(self->fd, semaphore));

	/* Who waits for it already comes first. */
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &event, 1, 0, FOREVER));
	wait = signal_request_and_wait(event, 0, &event, 0);
	EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
	EXPECT_EQ(0, join_sleeper(&sleeper));
}

TEST_F(wait, signal_and_wait_that_is_refused_did_neither)
{
	__u32 done = new_event(self->fd, WAPI_NEW_SIGNALLED), stale = new_event(self->fd, 0);
	__u32 bad = 0x7fffffff, find = new_handle(self->fd, WAPI_TYPE_FIND);
	__u32 event = new_event(self->fd, 0), full = new_semaphore(self->fd, 3, 4);
	__u32 idle = new_event(self->fd, 0);
	const struct {
		int error;
		__u32 signal, count;
		const __u32 *handle;
		__u32 alert;
	} wrong[] = {
		/* What is to be signalled can't be. */
		{ EPERM, new_mutex(self->fd, 0), 0, &done, 0 },
		{ EOVERFLOW, full, 2, &done, 0 },
		{ EOVERFLOW, full, ~0u, &done, 0 },
		{ EINVAL, full, 0, &done, 0 },
		{ EINVAL, event, 1, &done, 0 },
		{ EINVAL, new_mutex(self->fd, WAPI_NEW_OWNED), 1, &done, 0 },
		{ EINVAL, 0, 1, &done, 0 },
		{ EOPNOTSUPP, new_handle(self->fd, WAPI_TYPE_PROCESS), 0, &done, 0 },
		{ EOPNOTSUPP, new_thread(self->fd), 0, &done, 0 },
		{ EOPNOTSUPP, find, 0, &done, 0 },
		{ EBADF, bad, 0, &done, 0 },
		{ EBADF, stale, 0, &done, 0 },
		{ EBADF, new_event(self->other, 0), 0, &done, 0 },
		/* It could be, but the rest is wrong. */
		{ EBADF, event, 0, &bad, 0 },
		{ EBADF, full, 1, &bad, 0 },
		{ EOPNOTSUPP, event, 0, &find, 0 },
		{ EBADF, event, 0, &done, bad },
		{ EOPNOTSUPP, event, 0, &done, full },
	};
	struct wapi_wait wait;
	__u32 twice[2] = { done, done };

	ASSERT_EQ(1, close_handle(self->fd, stale));
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		const __u32 *handle = wrong[i].handle;

		/* With queueing and without, and where it would have to sleep. */
		for (int way = 0; way < 4; way++) {
			if (way >= 2 && handle == &done)
				handle = &idle;
			wait = signal_request_and_wait(wrong[i].signal, wrong[i].count,
						       handle, way % 2 ? FOREVER : 0);
			wait.alert = wrong[i].alert;
			EXPECT_REFUSED(wrong[i].error, self->fd, WAPI_IOC_WAIT, &wait) {
				TH_LOG("case %u, way %d", i, way);
			}
		}
	}
	wait = wait_request(twice, 2, WAPI_WAIT_ALL, FOREVER);
	wait.signal = event;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_WAIT, &wait);
	EXPECT_EQ(1, is_signalled(self->fd, done));
	EXPECT_EQ(0, is_signalled(self->fd, event));
	EXPECT_EQ(3, count_of(self->fd, full));
}

#define ROUNDS 10000

struct pulser {
	int fd;
	__u32 begin, pulsed;
	int rounds;
};

/* A pulse that comes before the other waits wakes nobody. */
static void *pulse_each_time(void *argument)
{
	struct pulser *pulser = argument;

	while (pulser->rounds < ROUNDS) {
		if (wait_one(pulser->fd, pulser->begin, 20000) || pulse(pulser->fd, pulser->pulsed))
			break;
		pulser->rounds++;
	}
	return NULL;
}

TEST_F(wait, signal_and_wait_is_one_step)
{
	struct pulser pulser = {
		.fd = self->fd, .begin = new_event(self->fd, 0),
		.pulsed = new_event(self->fd, 0),
	};
	struct wapi_wait wait;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, pulse_each_time, &pulser));
	for (int i = 0; i < ROUNDS; i++) {
		/* For any and for all, which go the same way. */
		wait = signal_request_and_wait(pulser.begin, 0, &pulser.pulsed, 20000);
		wait.flags = i % 2 ? WAPI_WAIT_ALL : 0;
		ASSERT_EQ(0, run_wait(self->fd, &wait)) {
			TH_LOG("round %d", i);
		}
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(ROUNDS, pulser.rounds);
}

/* ---- signal handlers ---- */

static atomic_int handled;

static void count_signal(int number)
{
	(void)number;
	handled++;
}

static void handle_signal(int flags)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };

	handled = 0;
	sigaction(SIGUSR1, &action, NULL);
}

TEST_F(wait, a_signal_handler_ends_a_wait_that_can_be_made_again_as_it_is)
{
	__u32 handles[2] = { new_event(self->fd, 0), new_event(self->fd, 0) };
	int semaphore = new_semaphore(self->fd, 0, 10);
	struct sleeper sleeper;
	__s64 deadline;

	handle_signal(0);
	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		prepare_sleeper(&sleeper, self->fd, handles, 2, flags, 600);
		deadline = sleeper.wait.timeout;
		sleeper.wait.signal = semaphore;
		sleeper.wait.signal_count = 2;
		for (int i = 1; i <= 3; i++) {
			ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
			ASSERT_EQ(0, pthread_kill(sleeper.thread, SIGUSR1));
			EXPECT_EQ(-EINTR, join_sleeper(&sleeper));
			EXPECT_EQ(i + 3 * (int)flags, handled);
			EXPECT_EQ(0, sleeper.wait.signal);
			EXPECT_EQ(0, sleeper.wait.signal_count);
			EXPECT_EQ(deadline, sleeper.wait.timeout);
			/* Given once. */
			EXPECT_EQ(2 + 2 * (int)flags, count_of(self->fd, semaphore));
			EXPECT_EQ(0, waiters_of(self->fd, handles[0]));
		}
		EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &sleeper.wait));
		EXPECT_LE(deadline, clock_ns(CLOCK_MONOTONIC));
		EXPECT_EQ(2 + 2 * (int)flags, count_of(self->fd, semaphore));
	}
}

TEST_F(wait, a_signal_handler_that_restarts_calls_does_not_end_a_wait)
{
	__u32 handles[2] = { new_event(self->fd, 0), new_event(self->fd, 0) };
	int semaphore = new_semaphore(self->fd, 0, 10);
	struct sleeper sleeper;
	__s64 deadline;

	handle_signal(SA_RESTART);
	prepare_sleeper(&sleeper, self->fd, handles, 2, 0, 800);
	deadline = sleeper.wait.timeout;
	sleeper.wait.signal = semaphore;
	sleeper.wait.signal_count = 2;
	ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
	for (int i = 1; i <= 5; i++) {
		ASSERT_EQ(0, pthread_kill(sleeper.thread, SIGUSR1));
		ASSERT_TRUE(within(5, handled == i));
		EXPECT_TRUE(sleeps(&sleeper));
	}
	EXPECT_EQ(2, count_of(self->fd, semaphore));
	EXPECT_EQ(-ETIMEDOUT, join_sleeper(&sleeper));
	EXPECT_LE(deadline, sleeper.end);
	EXPECT_EQ(2, count_of(self->fd, semaphore));

	prepare_sleeper(&sleeper, self->fd, handles, 2, WAPI_WAIT_ALL, FOREVER);
	ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
	ASSERT_EQ(0, pthread_kill(sleeper.thread, SIGUSR1));
	ASSERT_TRUE(within(5, handled == 6));
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(0, set(self->fd, handles[1]));
	EXPECT_EQ(0, set(self->fd, handles[0]));
	EXPECT_EQ(0, join_sleeper(&sleeper));
}

TEST_F(wait, who_was_interrupted_begins_anew_at_the_end)
{
	int semaphore = new_semaphore(self->fd, 0, 3);
	static const int served[] = { 1, 2, 0 };
	struct sleeper sleepers[3];

	handle_signal(SA_RESTART);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &semaphore, 1, 0, FOREVER));
	ASSERT_EQ(0, pthread_kill(sleepers[0].thread, SIGUSR1));
	ASSERT_TRUE(within(5, handled == 1 && sleeps(&sleepers[0]) &&
			   waiters_of(self->fd, semaphore) == 3));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, release_semaphore(self->fd, semaphore, 1));
		EXPECT_EQ(0, join_sleeper(&sleepers[served[i]]));
		for (int j = i + 1; j < 3; j++)
			EXPECT_TRUE(sleeps(&sleepers[served[j]]));
	}
}

/* ---- handles that are closed meanwhile ---- */

TEST_F(wait, a_handle_closed_meanwhile_is_waited_for_still)
{
	__u32 handles[2], flags;
	struct sleeper sleeper;

	for (flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		handles[0] = new_event(self->fd, 0);
		handles[1] = new_event(self->fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED * flags);
		ASSERT_EQ(0, open_handle(self->other, handles[0]));
		ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, 2, flags, FOREVER));
		EXPECT_EQ(0, close_handle(self->fd, handles[0]));
		EXPECT_EQ(0, close_handle(self->fd, handles[1]));
		EXPECT_EQ(-EBADF, take(self->fd, handles[0]));
		EXPECT_TRUE(sleeps(&sleeper));
		EXPECT_EQ(1, waiters_of(self->other, handles[0]));
		EXPECT_EQ(0, set(self->other, handles[0]));
		EXPECT_EQ(0, join_sleeper(&sleeper));
		EXPECT_EQ(0, is_signalled(self->other, handles[0]));
		/* What only the wait kept is gone. */
		EXPECT_EQ(-EBADF, open_handle(self->fd, handles[1]));
		EXPECT_EQ(1, close_handle(self->other, handles[0]));
		EXPECT_EQ(0, read_info(self->fd).handles);
	}
}

TEST_F(wait, an_object_that_nobody_has_lasts_as_long_as_the_wait)
{
	__u32 handles[2], flags;
	struct sleeper sleeper;

	for (flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		handles[0] = new_event(self->fd, 0);
		handles[1] = new_semaphore(self->fd, 0, 1);
		ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, 2, flags, 400));
		EXPECT_EQ(0, close_handle(self->fd, handles[0]));
		EXPECT_EQ(0, close_handle(self->fd, handles[1]));
		EXPECT_EQ(2, read_info(self->fd).handles);
		EXPECT_EQ(-ETIMEDOUT, join_sleeper(&sleeper));
		EXPECT_EQ(0, read_info(self->fd).handles);
		EXPECT_EQ(-EBADF, open_handle(self->fd, handles[0]));
		EXPECT_EQ(-EBADF, open_handle(self->fd, handles[1]));
	}
}

TEST_F(wait, an_object_that_is_waited_for_can_be_opened_again)
{
	__u32 event = new_event(self->fd, 0);
	struct sleeper sleeper;

	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &event, 1, WAPI_WAIT_ALL, FOREVER));
	EXPECT_EQ(0, close_handle(self->fd, event));
	EXPECT_EQ(0, open_handle(self->other, event));
	EXPECT_EQ(0, set(self->other, event));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(1, close_handle(self->other, event));
}

TEST_F(wait, a_wait_ends_with_its_process_and_leaves_nothing)
{
	__u32 handles[4], signalled = 1 | 2 | 4;
	struct peer peer;
	pid_t pid;

	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		ASSERT_EQ(0, make_four(self->fd, handles, flags ? signalled : 4));
		pid = start_peer(&peer);
		ASSERT_LE(0, pid);
		if (!pid) {
			int fd = open_device();

			for (int i = 0; i < 4; i++)
				REQUIRE(!open_handle(fd, handles[i]));
			/* A mutex that it has would be abandoned: not of this test. */
			wait_all(fd, handles, flags ? 4 : 2, FOREVER);
			_exit(1);
		}
		ASSERT_TRUE(within(20, waiters_of(self->fd, handles[1]) == 1));
		EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
		for (int i = 0; i < 4; i++)
			EXPECT_TRUE(within(SOON, waiters_of(self->fd, handles[i]) == 0));
		EXPECT_EQ(flags ? signalled : 4, signalled_of(self->fd, handles));
		/* None is frozen: each can be changed, and goes. */
		EXPECT_EQ(!!flags, set(self->fd, handles[0]));
		EXPECT_EQ(!!flags, release_semaphore(self->fd, handles[1], 1));
		EXPECT_EQ(0, set(self->fd, handles[3]));
		for (int i = 0; i < 4; i++)
			EXPECT_TRUE(within(SOON, look(self->fd, handles[i]).references == 1));
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(1, close_handle(self->fd, handles[i]));
	}
}

static void *wait_and_forget(void *argument)
{
	struct sleeper *sleeper = argument;

	sleeper->result = wait_all(sleeper->fd, sleeper->handles, 2, FOREVER);
	return NULL;
}

TEST_F(wait, a_thread_cancelled_in_a_wait_leaves_nothing)
{
	struct sleeper sleeper = { .fd = self->fd };
	pthread_t thread;

	sleeper.handles[0] = new_event(self->fd, WAPI_NEW_SIGNALLED);
	sleeper.handles[1] = new_event(self->fd, 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_and_forget, &sleeper));
	ASSERT_TRUE(within(10, waiters_of(self->fd, sleeper.handles[1]) == 1));
	pthread_cancel(thread);
	/* syscall() is no cancellation point for every libc: EINTR does as well. */
	handle_signal(0);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, waiters_of(self->fd, sleeper.handles[0]));
	EXPECT_EQ(0, waiters_of(self->fd, sleeper.handles[1]));
	EXPECT_EQ(1, is_signalled(self->fd, sleeper.handles[0]));
	EXPECT_EQ(1, close_handle(self->fd, sleeper.handles[0]));
	EXPECT_EQ(1, close_handle(self->fd, sleeper.handles[1]));
}

TEST_F(wait, what_is_frozen_ends_its_process_all_the_same)
{
	__u32 handles[2];
	struct sleeper sleeper;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	handles[0] = new_process(self->fd, pid);
	handles[1] = new_event(self->fd, WAPI_NEW_SIGNALLED);
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, 2, WAPI_WAIT_ALL, FOREVER));
	/* While it is frozen its handle goes, and then the process. */
	EXPECT_EQ(0, close_handle(self->fd, handles[0]));
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(1, is_signalled(self->fd, handles[1]));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, is_signalled(self->fd, handles[1]));
	EXPECT_TRUE(within(SOON, read_info(self->fd).handles == 1));
}

TEST_F(wait, a_frozen_mutex_whose_owner_ends_is_acquired_and_told)
{
	__u32 handles[2] = { new_mutex(self->fd, 0), new_event(self->fd, WAPI_NEW_SIGNALLED) };
	struct sleeper sleeper;
	struct peer peer;
	pid_t pid = start_peer(&peer);

	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open_device();

		REQUIRE(!open_handle(fd, handles[0]));
		REQUIRE(!take(fd, handles[0]));
		send_to(&peer, 0);
		for (;;)
			pause();
	}
	ASSERT_EQ(0, receive(&peer));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, handles, 2, WAPI_WAIT_ALL, FOREVER));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, sleeper.wait.abandoned);
	EXPECT_EQ(pid, sleeper.wait.abandoned_tid);
	EXPECT_EQ(0, is_signalled(self->fd, handles[1]));
}

/* ---- pulse ---- */

TEST_F(wait, a_pulse_releases_only_who_waits_now)
{
	struct sleeper sleepers[6];
	__u32 both[2];

	for (__u32 manual = 0; manual <= WAPI_NEW_MANUAL; manual += WAPI_NEW_MANUAL) {
		int woken = 0, expected = manual ? 5 : 1;

		both[0] = new_event(self->fd, manual);
		both[1] = new_event(self->fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
		EXPECT_EQ(0, pulse(self->fd, both[0]));
		/* The last waits for what it does not get, the others for any and all. */
		for (int i = 0; i < 5; i++)
			ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, both, i % 2 ? 2 : 1,
						   i % 2 ? WAPI_WAIT_ALL : 0, FOREVER));
		EXPECT_EQ(0, pulse(self->fd, both[0]));
		for (int i = 0; i < expected; i++)
			EXPECT_EQ(0, join_sleeper(&sleepers[i]));
		for (int i = 0; i < 5; i++)
			woken += sleepers[i].ended;
		EXPECT_EQ(expected, woken);
		EXPECT_EQ(0, is_signalled(self->fd, both[0]));
		/* Who comes now waits for the next one. */
		ASSERT_EQ(0, start_sleeper(&sleepers[5], self->fd, both, 1, 0, FOREVER));
		EXPECT_TRUE(sleeps(&sleepers[5]));
		for (int i = expected; i < 6; i++) {
			EXPECT_EQ(0, pulse(self->fd, both[0]));
			EXPECT_EQ(0, join_sleeper(&sleepers[i]));
		}
		EXPECT_EQ(0, waiters_of(self->fd, both[0]));
	}
}

TEST_F(wait, a_pulse_passes_over_who_cannot_have_all)
{
	__u32 both[2] = { new_event(self->fd, 0), new_event(self->fd, 0) };
	struct sleeper all, any;

	ASSERT_EQ(0, start_sleeper(&all, self->fd, both, 2, WAPI_WAIT_ALL, FOREVER));
	ASSERT_EQ(0, start_sleeper(&any, self->fd, both, 1, 0, FOREVER));
	EXPECT_EQ(0, pulse(self->fd, both[0]));
	EXPECT_EQ(0, join_sleeper(&any));
	EXPECT_TRUE(sleeps(&all));
	EXPECT_EQ(0, pulse(self->fd, both[0]));
	EXPECT_EQ(0, pulse(self->fd, both[1]));
	EXPECT_TRUE(sleeps(&all));
	/* A pulse does for the last of them. */
	EXPECT_EQ(0, set(self->fd, both[1]));
	EXPECT_EQ(0, pulse(self->fd, both[0]));
	EXPECT_EQ(0, join_sleeper(&all));
	EXPECT_EQ(0, is_signalled(self->fd, both[0]));
	EXPECT_EQ(0, is_signalled(self->fd, both[1]));
}

/* ---- many at once ---- */

struct runner {
	int fd;
	__u32 handles[3];
	int rounds, error;
	atomic_int *inside;
	pthread_t thread;
};

#define LAPS 2000

static void *run_laps(void *argument)
{
	struct runner *runner = argument;

	for (int i = 0; i < LAPS && !runner->error; i++) {
		runner->error = wait_all(runner->fd, runner->handles, 3, 20000);
		if (runner->error)
			break;
		/* Nobody else can have any of them now. */
		if (atomic_fetch_add(runner->inside, 1))
			runner->error = -EPROTO;
		atomic_fetch_sub(runner->inside, 1);
		release_mutex(runner->fd, runner->handles[1]);
		for (int j = 0; j < 3; j += 2)
			if (look(runner->fd, runner->handles[j]).type == WAPI_TYPE_EVENT)
				set(runner->fd, runner->handles[j]);
			else
				release_semaphore(runner->fd, runner->handles[j], 1);
		runner->rounds++;
	}
	return NULL;
}

TEST_F(wait, all_waiters_in_opposite_order_neither_deadlock_nor_starve)
{
	__u32 event = new_event(self->fd, WAPI_NEW_SIGNALLED), mutex = new_mutex(self->fd, 0);
	__u32 semaphore = new_semaphore(self->fd, 1, 1);
	struct runner runners[2] = {
		{ .fd = self->fd, .handles = { event, mutex, semaphore } },
		{ .fd = self->fd, .handles = { semaphore, mutex, event } },
	};
	atomic_int inside = 0;

	for (int i = 0; i < 2; i++) {
		runners[i].inside = &inside;
		ASSERT_EQ(0, pthread_create(&runners[i].thread, NULL, run_laps, &runners[i]));
	}
	for (int i = 0; i < 2; i++)
		pthread_join(runners[i].thread, NULL);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, runners[i].error);
		EXPECT_EQ(LAPS, runners[i].rounds);
	}
	EXPECT_EQ(1, is_signalled(self->fd, event));
	EXPECT_EQ(1, count_of(self->fd, semaphore));
	EXPECT_EQ(0, count_of(self->fd, mutex));
}

TEST_F(wait, who_waits_for_all_is_not_starved_by_who_waits_for_one)
{
	__u32 both[2] = { new_semaphore(self->fd, 0, 1), new_semaphore(self->fd, 0, 1) };
	struct sleeper all, any;

	/* The one came before the other and what both want is there: it is served. */
	ASSERT_EQ(0, start_sleeper(&all, self->fd, both, 2, WAPI_WAIT_ALL, FOREVER));
	ASSERT_EQ(0, start_sleeper(&any, self->fd, both + 1, 1, 0, FOREVER));
	EXPECT_EQ(0, release_semaphore(self->fd, both[0], 1));
	EXPECT_EQ(0, release_semaphore(self->fd, both[1], 1));
	EXPECT_EQ(0, join_sleeper(&all));
	EXPECT_TRUE(sleeps(&any));
	EXPECT_EQ(0, release_semaphore(self->fd, both[1], 1));
	EXPECT_EQ(0, join_sleeper(&any));
}

/* ---- structures that cannot be written ---- */

/* A page that holds one wait, and can be made unwritable. */
static struct wapi_wait *wait_page(struct wapi_wait wait)
{
	struct wapi_wait *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED)
		*page = wait;
	return page;
}

static int protect_wait(struct wapi_wait *page, int protection)
{
	return mprotect(page, sysconf(_SC_PAGESIZE), protection);
}

TEST_F(wait, nothing_is_taken_for_a_structure_that_cannot_be_written)
{
	struct wapi_wait *page;
	__u32 handles[4];

	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++)
		for (unsigned int at = 0; at < (flags ? 1 : 4); at++) {
			ASSERT_EQ(0, make_four(self->fd, handles, ALL4));
			page = wait_page(wait_request(handles + at, 4 - at, flags, FOREVER));
			ASSERT_NE(MAP_FAILED, page);
			ASSERT_EQ(0, protect_wait(page, PROT_READ));
			EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_WAIT, page,
						       sizeof(*page)));
			EXPECT_EQ(ALL4, signalled_of(self->fd, handles));
			EXPECT_EQ(1, count_of(self->fd, handles[1]));
			EXPECT_EQ(0, count_of(self->fd, handles[2]));
			EXPECT_EQ(-EPERM, release_mutex(self->fd, handles[2]));
			ASSERT_EQ(0, protect_wait(page, PROT_READ | PROT_WRITE));
			EXPECT_EQ(0, run_wait(self->fd, page));
			munmap(page, sysconf(_SC_PAGESIZE));
		}
}

TEST_F(wait, nothing_is_signalled_for_a_structure_that_cannot_be_written)
{
	__u32 semaphore = new_semaphore(self->fd, 0, 5), never = new_event(self->fd, 0);
	__u32 done = new_event(self->fd, WAPI_NEW_SIGNALLED);
	static const long times[] = { 0, 5, FOREVER };
	struct wapi_wait *page;

	for (int i = 0; i < 3; i++) {
		page = wait_page(signal_request_and_wait(semaphore, 1, i == 2 ? &done : &never,
							 times[i]));
		ASSERT_NE(MAP_FAILED, page);
		ASSERT_EQ(0, protect_wait(page, PROT_READ));
		EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_WAIT, page,
					       sizeof(*page)));
		EXPECT_EQ(0, count_of(self->fd, semaphore));
		munmap(page, sysconf(_SC_PAGESIZE));
	}
	EXPECT_EQ(1, is_signalled(self->fd, done));
}

TEST_F(wait, what_was_taken_is_given_back_if_the_structure_cannot_be_written_any_more)
{
	struct sleeper sleeper, next;
	struct wapi_wait *page;
	struct holder holder;
	__u32 handles[4];

	for (int which = 0; which < 5; which++) {
		__u32 flags = which == 4 ? WAPI_WAIT_ALL : 0;

		ASSERT_EQ(0, make_four(self->fd, handles, which == 4 ? 1 | 2 | 8 : 0));
		ASSERT_EQ(0, start_holder(&holder, self->fd, handles[2]));
		page = wait_page(wait_request(handles, 4, flags, FOREVER));
		ASSERT_NE(MAP_FAILED, page);
		sleeper = (struct sleeper){ .fd = self->fd };
		ASSERT_EQ(0, start_sleeper_at(&sleeper, page));
		ASSERT_EQ(0, protect_wait(page, PROT_READ));
		if (which == 1)
			EXPECT_EQ(0, release_semaphore(self->fd, handles[1], 1));
		if (which == 0 || which == 3)
			EXPECT_EQ(0, set(self->fd, handles[which]));
		if (which == 2 || which == 4)
			end_holder(&holder);
		EXPECT_EQ(-EFAULT, join_sleeper(&sleeper));
		EXPECT_EQ(which == 4 ? ALL4 : 1u << which, signalled_of(self->fd, handles));
		EXPECT_EQ(which == 1 || which == 4, count_of(self->fd, handles[1]));
		EXPECT_EQ(which != 2 && which != 4, count_of(self->fd, handles[2]));
		if (which != 2 && which != 4)
			end_holder(&holder);
		munmap(page, sysconf(_SC_PAGESIZE));
	}

	/* The next one who waits gets it. */
	ASSERT_EQ(0, make_four(self->fd, handles, 0));
	page = wait_page(wait_request(handles, 2, 0, FOREVER));
	sleeper = (struct sleeper){ .fd = self->fd };
	ASSERT_EQ(0, start_sleeper_at(&sleeper, page));
	ASSERT_EQ(0, start_sleeper(&next, self->fd, handles, 2, 0, FOREVER));
	ASSERT_EQ(0, protect_wait(page, PROT_READ));
	EXPECT_EQ(0, set(self->fd, handles[0]));
	EXPECT_EQ(-EFAULT, join_sleeper(&sleeper));
	EXPECT_EQ(0, join_sleeper(&next));
	EXPECT_EQ(0, is_signalled(self->fd, handles[0]));
	munmap(page, sysconf(_SC_PAGESIZE));
}

TEST_F(wait, an_abandoned_mutex_is_told_to_the_next_if_it_could_not_be_told)
{
	__u32 handles[3] = { new_mutex(self->fd, 0), new_mutex(self->fd, 0), 0 };
	struct sleeper dead = { .fd = self->fd }, sleeper = { .fd = self->fd };
	struct wapi_wait *page;

	/* Both are abandoned by one, and wanted by a third that can't be told. */
	handles[2] = new_mutex(self->fd, 0);
	memcpy(dead.handles, handles, sizeof(handles));
	ASSERT_EQ(0, pthread_create(&dead.thread, NULL, take_all_of, &dead));
	pthread_join(dead.thread, NULL);
	ASSERT_EQ(0, dead.result);
	ASSERT_TRUE(within(SOON, state_of(self->fd, handles[2]).flags & WAPI_STATE_ABANDONED));
	for (__u32 flags = 0; flags <= WAPI_WAIT_ALL; flags++) {
		page = wait_page(wait_request(handles, 2, flags, FOREVER));
		ASSERT_NE(MAP_FAILED, page);
		ASSERT_EQ(0, protect_wait(page, PROT_READ));
		EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_WAIT, page,
					       sizeof(*page)));
		munmap(page, sysconf(_SC_PAGESIZE));
	}
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, wait_abandoned(self->fd, handles[i], dead.tid, 0));
	/* And told once. */
	EXPECT_EQ(0, release_mutex(self->fd, handles[0]));
	EXPECT_EQ(-EPROTO, wait_abandoned(self->fd, handles[0], dead.tid, 0));

	/* The same where it was acquired while the thread slept. */
	handles[0] = new_mutex(self->fd, 0);
	handles[1] = new_mutex(self->fd, 0);
	handles[2] = new_event(self->fd, 0);
	page = wait_page(wait_request(handles, 3, WAPI_WAIT_ALL, FOREVER));
	memcpy(dead.handles, handles, sizeof(handles));
	dead.handles[2] = new_mutex(self->fd, 0);
	ASSERT_EQ(0, pthread_create(&dead.thread, NULL, take_all_of, &dead));
	pthread_join(dead.thread, NULL);
	ASSERT_TRUE(within(SOON, state_of(self->fd, handles[1]).flags & WAPI_STATE_ABANDONED));
	ASSERT_EQ(0, start_sleeper_at(&sleeper, page));
	ASSERT_EQ(0, protect_wait(page, PROT_READ));
	EXPECT_EQ(0, set(self->fd, handles[2]));
	EXPECT_EQ(-EFAULT, join_sleeper(&sleeper));
	EXPECT_EQ(1, is_signalled(self->fd, handles[2]));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, wait_abandoned(self->fd, handles[i], dead.tid, 0)) {
			TH_LOG("mutex %d", i);
		}
	}
	munmap(page, sysconf(_SC_PAGESIZE));
}

/* What is given back finds its place taken: the count stays within its maximum. */
TEST_F(wait, a_count_that_is_given_back_does_not_exceed_the_maximum)
{
	__u32 semaphore = new_semaphore(self->fd, 0, 1);
	struct sleeper sleeper;
	struct wapi_wait *page;

	for (int i = 0; i < 50; i++) {
		page = wait_page(wait_request(&semaphore, 1, 0, FOREVER));
		ASSERT_NE(MAP_FAILED, page);
		sleeper = (struct sleeper){ .fd = self->fd };
		ASSERT_EQ(0, start_sleeper_at(&sleeper, page));
		ASSERT_EQ(0, protect_wait(page, PROT_READ));
		/* The second one before the other wakes up; most often it is. */
		ASSERT_EQ(0, release_semaphore(self->fd, semaphore, 1));
		release_semaphore(self->fd, semaphore, 1);
		ASSERT_EQ(-EFAULT, join_sleeper(&sleeper));
		ASSERT_EQ(1, count_of(self->fd, semaphore));
		ASSERT_EQ(-EOVERFLOW, release_semaphore(self->fd, semaphore, 1));
		ASSERT_EQ(0, take(self->fd, semaphore));
		munmap(page, sysconf(_SC_PAGESIZE));
	}
}

TEST_F(wait, a_refusal_is_counted_and_a_timeout_or_a_signal_is_not)
{
	__u64 before = read_info(self->fd).refused;
	__u32 event = new_event(self->fd, 0);
	struct sleeper sleeper;

	EXPECT_EQ(-ETIMEDOUT, take(self->fd, event));
	EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, event, 2));
	handle_signal(0);
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &event, 1, 0, FOREVER));
	ASSERT_EQ(0, pthread_kill(sleeper.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, join_sleeper(&sleeper));
	EXPECT_EQ(before, read_info(self->fd).refused);
	EXPECT_EQ(-EBADF, take(self->fd, 0));
	EXPECT_EQ(before + 1, read_info(self->fd).refused);
}

TEST_HARNESS_MAIN
