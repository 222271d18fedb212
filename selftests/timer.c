// SPDX-License-Identifier: GPL-2.0
/*
 * Timers: what clocks signal, and when; who gets it; and what ends it.
 *
 * What each operation does in each state of a timer is in states.c.  Of time
 * nothing is expected but that it is never early.
 */
#include <poll.h>
#include <sys/epoll.h>

#include "subjects.h"

#define MS 1000000ll
#define HOUR (3600 * 1000 * MS)

FIXTURE(timer) {
	int fd;
};

FIXTURE_SETUP(timer)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(timer)
{
	close(self->fd);
}

/* By each clock, as long as it is from now. */
static const struct way {
	const char *name;
	__u32 flags;
	clockid_t clock;
} ways[] = {
	{ "relative", 0, CLOCK_MONOTONIC },
	{ "monotonic", WAPI_TIMER_ABSOLUTE, CLOCK_MONOTONIC },
	{ "realtime", WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME, CLOCK_REALTIME },
};

#define FOR_EACH_WAY(each) \
	for (const struct way *each = ways; each < ways + ARRAY_SIZE(ways); each++)

static __s64 from_now(const struct way *way, __s64 time)
{
	return way->flags & WAPI_TIMER_ABSOLUTE ? clock_ns(way->clock) + time : time;
}

static void sleep_until(clockid_t clock, __s64 time)
{
	struct timespec until = { .tv_sec = time / 1000000000, .tv_nsec = time % 1000000000 };

	while (clock_nanosleep(clock, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* ---- its time ---- */

TEST_F(timer, a_new_one_is_not_set)
{
	for (__u32 manual = 0; manual <= WAPI_NEW_MANUAL; manual += WAPI_NEW_MANUAL) {
		int handle = new_timer(self->fd, manual);
		struct wapi_query query;

		ASSERT_LT(0, handle);
		query = look(self->fd, handle);
		EXPECT_EQ(WAPI_TYPE_TIMER, query.type);
		EXPECT_EQ(WAPI_CAP_WAIT, query.caps);
		EXPECT_EQ(0, query.signalled);
		EXPECT_EQ(manual ? WAPI_STATE_MANUAL : 0, query.state.flags);
		EXPECT_EQ(0, query.state.count);
		EXPECT_EQ(0, query.state.due);
		EXPECT_EQ(0, query.state.period);
		EXPECT_EQ(-ETIMEDOUT, take(self->fd, handle));
		EXPECT_EQ(0, cancel_timer(self->fd, handle));
	}
}

TEST_F(timer, it_is_signalled_at_its_time_and_never_before)
{
	FOR_EACH_WAY(way) {
		for (int i = 0; i < 40; i++) {
			int handle = new_timer(self->fd, i % 2 ? WAPI_NEW_MANUAL : 0);
			__s64 due = i % 7 * MS / 2 + i;
			__s64 at = clock_ns(way->clock) + due;
			struct wapi_timer_set set;

			set = timer_request(handle, way->flags, from_now(way, due), 0);
			ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
			EXPECT_LE(at, set.at);
			EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
			EXPECT_LE(set.at, clock_ns(way->clock)) {
				TH_LOG("%s", way->name);
			}
			close_handle(self->fd, handle);
		}
	}
}

TEST_F(timer, who_asks_at_its_time_sees_that_it_is_signalled)
{
	struct wapi_timer_set set;

	FOR_EACH_WAY(way) {
		for (int i = 0; i < 100; i++) {
			int manual = i % 2, handle = new_timer(self->fd, manual ? WAPI_NEW_MANUAL : 0);

			set = timer_request(handle, way->flags, from_now(way, MS), 0);
			ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
			sleep_until(way->clock, set.at);
			if (i % 4 < 2) {
				EXPECT_EQ(1, is_signalled(self->fd, handle));
				EXPECT_EQ(0, state_of(self->fd, handle).flags & WAPI_STATE_ARMED);
			}
			EXPECT_EQ(0, take(self->fd, handle)) {
				TH_LOG("%s", way->name);
			}
			/* What was taken is not there again when the kernel gets to it. */
			if (i % 8 < 2)
				usleep(1000);
			EXPECT_EQ(manual ? 0 : -ETIMEDOUT, take(self->fd, handle));
			EXPECT_EQ(0, cancel_timer(self->fd, handle));
			close_handle(self->fd, handle);
		}
	}
}

TEST_F(timer, a_time_that_has_passed_is_now_and_the_last_one_is_never)
{
	int handle = new_timer(self->fd, 0);
	struct wapi_state state;

	EXPECT_EQ(0, set_timer(self->fd, handle, 0, 0, 0));
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(0, set_timer(self->fd, handle, WAPI_TIMER_ABSOLUTE, 0, 0));
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(0, set_timer(self->fd, handle, WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME,
			       clock_ns(CLOCK_REALTIME) - HOUR, 0));
	EXPECT_EQ(0, take(self->fd, handle));

	FOR_EACH_WAY(way) {
		__s64 never[] = { WAPI_TIMER_NEVER, WAPI_TIMER_NEVER - 1 };

		for (unsigned int i = 0; i < ARRAY_SIZE(never); i++) {
			EXPECT_EQ(0, set_timer(self->fd, handle, way->flags, never[i],
					       i ? MS : 0));
			EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handle, 3));
			state = state_of(self->fd, handle);
			EXPECT_TRUE(state.flags & WAPI_STATE_ARMED);
			EXPECT_LE((__u64)WAPI_TIMER_NEVER - 1, state.due);
		}
	}
}

TEST_F(timer, what_it_was_set_to_is_told)
{
	int handle = new_timer(self->fd, WAPI_NEW_MANUAL);
	struct wapi_state state, listing;
	struct wapi_timer_set set;
	__u32 count = 0;

	FOR_EACH_WAY(way) {
		for (__u64 period = 0; period <= 7 * MS; period += 7 * MS) {
			set = timer_request(handle, way->flags, from_now(way, HOUR), period);
			ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
			EXPECT_EQ(0, set.previous);
			EXPECT_EQ(count > 0, set.armed);
			EXPECT_EQ(++count, set.count);
			EXPECT_EQ(0, set.pad);
			state = state_of(self->fd, handle);
			EXPECT_EQ(count, state.count);
			EXPECT_EQ((__u64)set.at, state.due);
			EXPECT_EQ(period, state.period);
			EXPECT_EQ(WAPI_STATE_MANUAL | WAPI_STATE_ARMED |
				  (way->clock == CLOCK_REALTIME ? WAPI_STATE_REALTIME : 0),
				  state.flags);
			listing = listed(self->fd, handle).state;
			EXPECT_EQ(0, memcmp(&state, &listing, sizeof(state)));
			if (way->flags & WAPI_TIMER_ABSOLUTE) {
				EXPECT_EQ(set.due, set.at);
			} else {
				EXPECT_GE(clock_ns(CLOCK_MONOTONIC) + HOUR, set.at);
			}
		}
	}
	/* What a cancelled one last was set to is told still. */
	EXPECT_EQ(1, cancel_timer(self->fd, handle));
	state = state_of(self->fd, handle);
	EXPECT_EQ(WAPI_STATE_MANUAL | WAPI_STATE_REALTIME, state.flags);
	EXPECT_EQ((__u64)set.at, state.due);
	EXPECT_EQ(count + 1, state.count);
}

/* ---- whom it lets go ---- */

TEST_F(timer, one_that_is_manual_lets_all_go_and_any_other_the_first)
{
	for (int manual = 0; manual <= 1; manual++) {
		int handle = new_timer(self->fd, manual ? WAPI_NEW_MANUAL : 0);
		struct sleeper sleepers[3];

		for (int i = 0; i < 3; i++)
			ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &handle, 1, 0,
						   FOREVER));
		EXPECT_EQ(0, set_timer(self->fd, handle, 0, 2 * MS, 0));
		for (int i = 0; i < 3; i++) {
			EXPECT_EQ(0, join_sleeper(&sleepers[i]));
			if (manual)
				continue;
			if (i < 2) {
				EXPECT_TRUE(sleeps(&sleepers[i + 1]));
				EXPECT_EQ(0, is_signalled(self->fd, handle));
				EXPECT_EQ(0, set_timer(self->fd, handle, 0, i * MS, 0));
			}
		}
		EXPECT_EQ(manual, is_signalled(self->fd, handle));
	}
}

TEST_F(timer, who_comes_late_does_not_take_it_from_who_waits)
{
	struct wapi_timer_set set;

	for (int i = 0; i < 50; i++) {
		int handle = new_timer(self->fd, 0);
		struct sleeper sleeper;

		ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &handle, 1, 0, FOREVER));
		set = timer_request(handle, 0, MS, 0);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
		sleep_until(CLOCK_MONOTONIC, set.at);
		/* Neither by a wait nor by setting it anew. */
		if (i % 2) {
			EXPECT_EQ(-ETIMEDOUT, take(self->fd, handle));
		} else {
			EXPECT_EQ(0, set_timer(self->fd, handle, 0, HOUR, 0));
		}
		ASSERT_EQ(0, join_sleeper(&sleeper));
		EXPECT_LE(set.at, sleeper.end);
		close_handle(self->fd, handle);
	}
}

TEST_F(timer, waits_for_any_and_for_all_go_with_other_objects)
{
	int timer = new_timer(self->fd, 0), event = new_event(self->fd, 0);
	int other = new_timer(self->fd, WAPI_NEW_MANUAL);
	int any[] = { event, timer, other };
	struct sleeper sleeper;

	EXPECT_EQ(0, set_timer(self->fd, timer, 0, 2 * MS, 0));
	EXPECT_EQ(1, wait_any(self->fd, any, 3, 20000));
	EXPECT_EQ(0, set_timer(self->fd, other, 0, 0, 0));
	EXPECT_EQ(2, wait_any(self->fd, any, 3, 20000));

	/* For all: nothing is taken until all can be. */
	EXPECT_EQ(0, set_timer(self->fd, timer, 0, 0, 0));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, any, 3, WAPI_WAIT_ALL, FOREVER));
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(1, is_signalled(self->fd, timer));
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, is_signalled(self->fd, timer));
	EXPECT_EQ(0, is_signalled(self->fd, event));

	/* The timer is the last one that is missing. */
	EXPECT_EQ(0, set(self->fd, event));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, any, 3, WAPI_WAIT_ALL, FOREVER));
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(0, set_timer(self->fd, timer, 0, MS, 0));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(0, is_signalled(self->fd, event));

	/* All is taken at the time of the last timer, without sleeping too. */
	for (int i = 0; i < 20; i++) {
		struct wapi_timer_set both = timer_request(other, 0, MS, 0);

		EXPECT_EQ(0, set(self->fd, event));
		EXPECT_EQ(0, set_timer(self->fd, timer, 0, MS / 2, 0));
		EXPECT_LE(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &both));
		sleep_until(CLOCK_MONOTONIC, both.at);
		EXPECT_EQ(0, wait_all(self->fd, any, 3, i % 2 ? 0 : 20000));
		EXPECT_EQ(-ETIMEDOUT, wait_all(self->fd, any, 3, 0));
	}
}

TEST_F(timer, it_is_signalled_by_clocks_only)
{
	int timer = new_timer(self->fd, 0), event = new_event(self->fd, WAPI_NEW_SIGNALLED);
	const unsigned long requests[] = { WAPI_IOC_SET, WAPI_IOC_RESET, WAPI_IOC_PULSE };
	struct wapi_signal signal;
	struct wapi_wait wait;

	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++) {
		signal = (struct wapi_signal){ .handle = timer, .previous = POISON32 };
		EXPECT_REFUSED(EOPNOTSUPP, self->fd, requests[i], &signal);
	}
	wait = wait_request(&event, 1, 0, 0);
	wait.signal = timer;
	EXPECT_REFUSED(EOPNOTSUPP, self->fd, WAPI_IOC_WAIT, &wait);
	wait.timeout = WAPI_WAIT_FOREVER;
	EXPECT_REFUSED(EOPNOTSUPP, self->fd, WAPI_IOC_WAIT, &wait);
	wait = wait_request(&event, 1, 0, 0);
	wait.alert = timer;
	EXPECT_REFUSED(EOPNOTSUPP, self->fd, WAPI_IOC_WAIT, &wait);
	EXPECT_EQ(1, is_signalled(self->fd, event));
}

TEST_F(timer, it_can_be_waited_for_when_another_object_is_signalled_first)
{
	int timer = new_timer(self->fd, 0), event = new_event(self->fd, 0);
	struct wapi_wait wait;

	for (int i = 0; i < 10; i++) {
		EXPECT_EQ(0, set_timer(self->fd, timer, 0, i * MS / 4, 0));
		wait = wait_request(&timer, 1, 0, 20000);
		wait.signal = event;
		EXPECT_EQ(0, run_wait(self->fd, &wait));
		EXPECT_EQ(0, take(self->fd, event));
	}
}

/* ---- periods ---- */

TEST_F(timer, a_periodic_one_is_signalled_in_each_period_and_never_before)
{
	FOR_EACH_WAY(way) {
		int handle = new_timer(self->fd, 0);
		struct wapi_timer_set set;
		__s64 last = 0, due;

		set = timer_request(handle, way->flags, from_now(way, 3 * MS), MS);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
		for (int i = 0; i < 30; i++) {
			ASSERT_EQ(0, wait_one(self->fd, handle, 20000));
			EXPECT_LE(set.at + i * MS, clock_ns(way->clock)) {
				TH_LOG("%s", way->name);
			}
			due = state_of(self->fd, handle).due;
			EXPECT_EQ(0, (due - set.at) % MS);
			/* The next one may have passed already. */
			EXPECT_LE(last, due);
			last = due;
		}
		EXPECT_EQ(1, cancel_timer(self->fd, handle));
		take(self->fd, handle);
		EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handle, 5));
		close_handle(self->fd, handle);
	}
}

TEST_F(timer, periods_in_which_nobody_waited_do_not_add_up)
{
	const __u32 realtime = WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME;
	int timer = new_timer(self->fd, 0), manual = new_timer(self->fd, WAPI_NEW_MANUAL);
	__s64 now = clock_ns(CLOCK_REALTIME), due = now - 25 * HOUR - HOUR / 2;

	EXPECT_EQ(0, set_timer(self->fd, timer, realtime, due, HOUR));
	EXPECT_EQ(0, set_timer(self->fd, manual, realtime, due, HOUR));
	EXPECT_EQ((__u64)due + 26 * HOUR, state_of(self->fd, timer).due);
	EXPECT_EQ((__u64)due + 26 * HOUR, state_of(self->fd, manual).due);
	EXPECT_TRUE(state_of(self->fd, timer).flags & WAPI_STATE_ARMED);
	EXPECT_EQ(0, take(self->fd, timer));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, timer));
	EXPECT_EQ((__u64)due + 26 * HOUR, state_of(self->fd, timer).due);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, take(self->fd, manual));
	EXPECT_EQ(1, cancel_timer(self->fd, timer));
	EXPECT_EQ(1, cancel_timer(self->fd, manual));
	EXPECT_EQ(1, is_signalled(self->fd, manual));
}

/* How many timers of the kernel's run for ours; -1 if that cannot be known. */
static int alarms(void)
{
	FILE *file = fopen("/proc/timer_list", "re");
	char line[256];
	int count = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "wapi_alarm") != NULL;
	fclose(file);
	return count;
}

TEST_F(timer, periods_in_which_nobody_waited_cost_nothing)
{
	int handles[50];

	EXPECT_EQ(0, set_timer(self->fd, new_timer(self->fd, 0), 0, HOUR, 0));
	if (alarms() != 1)
		SKIP(return, "/proc/timer_list does not tell");
	for (int i = 0; i < 50; i++) {
		handles[i] = new_timer(self->fd, i % 2 ? WAPI_NEW_MANUAL : 0);
		EXPECT_EQ(0, set_timer(self->fd, handles[i], 0, i * MS / 10,
				       WAPI_TIMER_PERIOD_MIN));
	}
	EXPECT_TRUE(within(20, alarms() == 1));
	usleep(10000);
	EXPECT_EQ(1, alarms());
	/* And each goes on. */
	for (int i = 0; i < 50; i++) {
		EXPECT_EQ(0, take(self->fd, handles[i]));
		EXPECT_EQ(0, wait_one(self->fd, handles[i], 20000));
	}
}

TEST_F(timer, a_periodic_one_serves_those_who_wait_in_turn)
{
	int handle = new_timer(self->fd, 0);
	struct sleeper sleepers[4];

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &handle, 1, 0, FOREVER));
	EXPECT_EQ(0, set_timer(self->fd, handle, 0, MS, MS));
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
		EXPECT_TRUE(!i || sleepers[i - 1].end <= sleepers[i].end + 50 * MS);
	}
	EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
}

/* ---- setting it anew, and cancelling ---- */

TEST_F(timer, setting_it_anew_takes_the_signal_back_and_moves_the_time)
{
	for (int manual = 0; manual <= 1; manual++) {
		int handle = new_timer(self->fd, manual ? WAPI_NEW_MANUAL : 0);
		struct wapi_timer_set set;

		EXPECT_EQ(0, set_timer(self->fd, handle, 0, 0, 0));
		set = timer_request(handle, 0, HOUR, 0);
		EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
		EXPECT_EQ(1, set.previous);
		EXPECT_EQ(0, set.armed);
		EXPECT_EQ(0, is_signalled(self->fd, handle));
		/* Sooner, and later, and by another clock. */
		EXPECT_EQ(0, set_timer(self->fd, handle, 0, MS, 0));
		EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
		set_timer(self->fd, handle, 0, 2 * MS, 0);
		set_timer(self->fd, handle, 0, HOUR, 0);
		EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handle, 6));
		FOR_EACH_WAY(first) {
			FOR_EACH_WAY(second) {
				set_timer(self->fd, handle, first->flags, from_now(first, 2 * MS),
					  MS);
				set_timer(self->fd, handle, second->flags,
					  from_now(second, HOUR), MS);
				EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handle, 5));
			}
		}
		/* What was periodic is so no more. */
		set_timer(self->fd, handle, 0, 0, MS);
		set_timer(self->fd, handle, 0, 0, 0);
		EXPECT_EQ(0, take(self->fd, handle));
		EXPECT_EQ(manual ? 0 : -ETIMEDOUT, wait_one(self->fd, handle, 5));
	}
}

TEST_F(timer, one_that_is_cancelled_is_signalled_no_more_and_stays_so_if_it_was)
{
	for (int manual = 0; manual <= 1; manual++) {
		int handle = new_timer(self->fd, manual ? WAPI_NEW_MANUAL : 0);

		FOR_EACH_WAY(way) {
			/* In time, which a busy machine may not be at first. */
			do {
				set_timer(self->fd, handle, way->flags,
					  from_now(way, 3 * MS), MS);
				EXPECT_EQ(1, cancel_timer(self->fd, handle));
				EXPECT_EQ(0, cancel_timer(self->fd, handle));
			} while (is_signalled(self->fd, handle));
			EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, handle, 6));
		}
		EXPECT_EQ(0, set_timer(self->fd, handle, 0, 0, 0));
		EXPECT_EQ(0, cancel_timer(self->fd, handle));
		EXPECT_EQ(1, is_signalled(self->fd, handle));
		EXPECT_EQ(1, set_timer(self->fd, handle, 0, 0, MS));
		EXPECT_EQ(1, cancel_timer(self->fd, handle));
		EXPECT_EQ(1, is_signalled(self->fd, handle));
		EXPECT_EQ(0, take(self->fd, handle));
		EXPECT_EQ(manual ? 0 : -ETIMEDOUT, wait_one(self->fd, handle, 5));
	}
}

/* ---- who sets the clock ---- */

TEST_F(timer, one_by_the_real_time_follows_who_sets_the_clock)
{
	const __u32 realtime = WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME;
	int timer = new_timer(self->fd, 0), monotonic = new_timer(self->fd, 0);
	struct timespec time;
	struct sleeper sleeper;
	__s64 now;

	clock_gettime(CLOCK_REALTIME, &time);
	if (clock_settime(CLOCK_REALTIME, &time))
		SKIP(return, "the clock cannot be set here");
	now = clock_ns(CLOCK_REALTIME);
	EXPECT_EQ(0, set_timer(self->fd, timer, realtime, now + HOUR, HOUR));
	EXPECT_EQ(0, set_timer(self->fd, monotonic, WAPI_TIMER_ABSOLUTE,
			       clock_ns(CLOCK_MONOTONIC) + HOUR, 0));
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &timer, 1, 0, FOREVER));
	EXPECT_TRUE(sleeps(&sleeper));

	/* Beyond its time, and what is periodic goes on from there. */
	time.tv_sec += 3600 + 10;
	ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &time));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, timer));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, monotonic));
	EXPECT_EQ((__u64)now + 2 * HOUR, state_of(self->fd, timer).due);
	time.tv_sec += 3600;
	ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &time));
	EXPECT_EQ(0, take(self->fd, timer));

	/* Back: what would have been soon is later. */
	now = clock_ns(CLOCK_REALTIME);
	EXPECT_EQ(0, set_timer(self->fd, timer, realtime, now + 20 * MS, 0));
	time.tv_sec -= 2 * 3600 + 20;
	ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &time));
	EXPECT_EQ(-ETIMEDOUT, wait_one(self->fd, timer, 40));
	EXPECT_EQ(1, cancel_timer(self->fd, timer));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, monotonic));
}

/* ---- whose it is ---- */

static int open_named(int fd, const char *name)
{
	struct wapi_new new = new_request(WAPI_TYPE_TIMER);

	set_name(&new, name);
	return new_object(fd, new);
}

TEST_F(timer, processes_share_one_by_its_name)
{
	int handle = open_named(self->fd, "shared timer"), fd;
	struct wapi_timer_set set;
	struct peer peer;
	pid_t pid;

	ASSERT_LT(0, handle);
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		fd = open_device();
		REQUIRE(open_named(fd, "shared timer") == handle);
		set = timer_request(handle, 0, 2 * MS, 0);
		REQUIRE(!wapi_ioctl(fd, WAPI_IOC_TIMER_SET, &set));
		send_to(&peer, set.at);
		receive(&peer);
		_exit(set_timer(fd, handle, 0, 2 * MS, 0) < 0);
	}
	set.at = receive(&peer);
	ASSERT_LT(0, set.at);
	EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
	EXPECT_LE(set.at, clock_ns(CLOCK_MONOTONIC));
	EXPECT_EQ(1, state_of(self->fd, handle).count);
	send_to(&peer, 0);
	EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
	EXPECT_EQ(2, state_of(self->fd, handle).count);
	EXPECT_EQ(0, wait_for_peer(&peer));
}

TEST_F(timer, it_goes_on_when_who_set_it_is_killed)
{
	int handle = open_named(self->fd, "orphan");
	struct peer peer;
	pid_t pid = fork_peer(&peer);

	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open_device();

		REQUIRE(open_named(fd, "orphan") == handle);
		REQUIRE(!set_timer(fd, handle, 0, 20 * MS, MS));
		send_to(&peer, 0);
		for (;;)
			pause();
	}
	ASSERT_EQ(0, receive(&peer));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(timer, it_goes_with_the_last_reference_though_it_is_armed)
{
	struct peer peer;
	int handle;
	pid_t pid;

	/* About when it is due, just before, just after, and long before. */
	for (int i = 0; i < 500; i++) {
		handle = new_timer(self->fd, i % 2 ? WAPI_NEW_MANUAL : 0);
		ASSERT_LT(0, handle);
		ASSERT_EQ(0, set_timer(self->fd, handle, 0, i % 50 ? i % 50 * 4000 : HOUR, MS));
		if (i % 3)
			usleep(i % 50);
		ASSERT_EQ(1, close_handle(self->fd, handle));
	}
	EXPECT_EQ(0, read_info(self->fd).handles);

	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open_device();

		for (int i = 0; i < 200; i++)
			REQUIRE(!set_timer(fd, new_timer(fd, 0), 0, i * 20000, MS));
		send_to(&peer, 0);
		for (;;)
			pause();
	}
	ASSERT_EQ(0, receive(&peer));
	EXPECT_EQ(200, read_info(self->fd).handles);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
	EXPECT_TRUE(within(20, read_info(self->fd).handles == 0));
}

TEST_F(timer, who_waits_for_it_or_has_its_descriptor_keeps_it_going)
{
	int handle = new_timer(self->fd, 0), fd;
	struct wapi_acquired acquired;
	struct sleeper sleeper;

	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &handle, 1, 0, FOREVER));
	EXPECT_EQ(0, set_timer(self->fd, handle, 0, 10 * MS, 0));
	EXPECT_EQ(0, close_handle(self->fd, handle));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_TRUE(within(20, read_info(self->fd).handles == 0));

	handle = new_timer(self->fd, 0);
	fd = object_to_fd(self->fd, handle, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_timer(self->fd, handle, 0, 5 * MS, MS));
	EXPECT_EQ(0, close_handle(self->fd, handle));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(sizeof(acquired), read(fd, &acquired, sizeof(acquired)));
	close(fd);
	EXPECT_TRUE(within(20, read_info(self->fd).handles == 0));
}

/* ---- as a descriptor ---- */

TEST_F(timer, its_descriptor_is_readable_from_its_time_on)
{
	int handle = new_timer(self->fd, 0), fd, epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	struct wapi_acquired acquired;
	struct wapi_timer_set set;
	struct pollfd poll_fd;

	fd = object_to_fd(self->fd, handle, O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	poll_fd = (struct pollfd){ .fd = fd, .events = POLLIN };
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));
	for (int i = 0; i < 20; i++) {
		set = timer_request(handle, 0, i * MS / 4, 0);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
		if (i % 2) {
			EXPECT_EQ(1, poll(&poll_fd, 1, 20000));
		} else {
			EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 20000));
		}
		EXPECT_LE(set.at, clock_ns(CLOCK_MONOTONIC));
		EXPECT_EQ(sizeof(acquired), read(fd, &acquired, sizeof(acquired)));
		EXPECT_EQ(-1, read(fd, &acquired, sizeof(acquired)));
		EXPECT_EQ(EAGAIN, errno);
		EXPECT_EQ(0, poll(&poll_fd, 1, 0));
	}
	/* Who reads may find it due before the poll was told. */
	set = timer_request(handle, 0, MS, MS);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_TIMER_SET, &set));
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(1, poll(&poll_fd, 1, 20000));
		ASSERT_EQ(sizeof(acquired), read(fd, &acquired, sizeof(acquired)));
	}
	close(epoll);
	close(fd);
}

/* ---- the state table ---- */

TEST_F(timer, its_entry_says_to_ask_while_it_is_not_signalled)
{
	const __u32 *table = map_states(self->fd);

	ASSERT_NE(MAP_FAILED, table);
	for (int manual = 0; manual <= 1; manual++) {
		int handle = new_timer(self->fd, manual ? WAPI_NEW_MANUAL : 0);
		__u32 told = WAPI_TYPE_TIMER | WAPI_ENTRY_ASK | (manual ? WAPI_ENTRY_KEEPS : 0);

		EXPECT_EQ(told, told_of(table, handle));
		set_timer(self->fd, handle, 0, 0, 0);
		EXPECT_EQ(told | WAPI_ENTRY_SIGNALLED, told_of(table, handle));
		set_timer(self->fd, handle, 0, HOUR, 0);
		EXPECT_EQ(told, told_of(table, handle));
		set_timer(self->fd, handle, 0, 2 * MS, 0);
		EXPECT_TRUE(within(20, told_of(table, handle) == (told | WAPI_ENTRY_SIGNALLED)));
		EXPECT_EQ(0, take(self->fd, handle));
		EXPECT_EQ(manual ? told | WAPI_ENTRY_SIGNALLED : told, told_of(table, handle));
	}
}

/* ---- what is refused ---- */

TEST_F(timer, each_field_that_is_wrong_is_refused_and_the_timer_goes_on)
{
	int handle = new_timer(self->fd, WAPI_NEW_MANUAL);
	struct wapi_timer_set set, good = timer_request(handle, 0, HOUR, HOUR);
	struct wapi_timer_cancel cancel = { .handle = handle, .armed = POISON32 };
	const __s64 dues[] = { -1, -HOUR, (__s64)(1ull << 63) };
	const __u64 periods[] = {
		1, WAPI_TIMER_PERIOD_MIN - 1, 1ull << 63, (1ull << 63) + HOUR, ~0ull,
	};

	ASSERT_EQ(0, set_timer(self->fd, handle, 0, HOUR, HOUR));
	for (unsigned int bit = 0; bit < 32; bit++) {
		set = good;
		set.flags = 1u << bit;
		/* The one of the two that are known makes sense only with the other. */
		if (set.flags != WAPI_TIMER_ABSOLUTE) {
			EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_SET, &set);
		}
		set.flags |= WAPI_TIMER_ABSOLUTE;
		if (bit > 1) {
			EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_SET, &set);
		}
		set = good;
		set.pad = 1u << bit;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_SET, &set);
		cancel.flags = 1u << bit;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_CANCEL, &cancel);
		cancel.flags = 0;
		cancel.pad = 1u << bit;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_CANCEL, &cancel);
		cancel.pad = 0;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(dues); i++) {
		set = good;
		set.due = dues[i];
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_SET, &set);
		set.flags = WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_SET, &set);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(periods); i++) {
		set = good;
		set.period = periods[i];
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_TIMER_SET, &set);
	}
	EXPECT_EQ(1, state_of(self->fd, handle).count);

	/* What is just right. */
	EXPECT_EQ(0, set_timer(self->fd, handle, 0, HOUR, WAPI_TIMER_PERIOD_MIN));
	EXPECT_EQ(0, set_timer(self->fd, handle, 0, 0, (1ull << 63) - 1));
	EXPECT_EQ((1ull << 63) - 1, state_of(self->fd, handle).due);
}

TEST_F(timer, what_is_no_timer_or_not_here_is_refused)
{
	int other = open_device(), foreign = new_timer(other, 0);
	struct wapi_timer_cancel cancel;
	struct wapi_timer_set set;

	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		if (type == WAPI_TYPE_TIMER)
			continue;
		set = timer_request(new_handle(self->fd, type), 0, HOUR, 0);
		EXPECT_REFUSED(EOPNOTSUPP, self->fd, WAPI_IOC_TIMER_SET, &set);
		cancel = (struct wapi_timer_cancel){ .handle = set.handle, .armed = POISON32 };
		EXPECT_REFUSED(EOPNOTSUPP, self->fd, WAPI_IOC_TIMER_CANCEL, &cancel);
	}
	const __u32 bad[] = {
		0, foreign, ~0u, new_timer(self->fd, 0) + (1u << WAPI_HANDLE_INDEX_BITS),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		set = timer_request(bad[i], 0, HOUR, 0);
		EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_TIMER_SET, &set);
		cancel = (struct wapi_timer_cancel){ .handle = bad[i], .armed = POISON32 };
		EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_TIMER_CANCEL, &cancel);
	}
	close(other);
}

/* ---- in a batch ---- */

TEST_F(timer, it_can_be_set_and_looked_at_in_a_batch)
{
	__u32 handle = new_timer(self->fd, 0);
	struct wapi_timer_set set = timer_request(handle, 0, 0, 0);
	struct wapi_timer_cancel cancel = { .handle = handle, .armed = POISON32 };
	struct wapi_wait wait = wait_request(&handle, 1, 0, 0);
	struct wapi_wait again = wait_request(&handle, 1, 0, 0);
	struct wapi_batch_request requests[] = {
		batched(WAPI_IOC_TIMER_SET, &set), batched(WAPI_IOC_WAIT, &wait),
		batched(WAPI_IOC_WAIT, &again), batched(WAPI_IOC_TIMER_CANCEL, &cancel),
	};

	ASSERT_EQ(4, make_batch(self->fd, requests, 4, 0));
	EXPECT_EQ(0, requests[0].result);
	EXPECT_EQ(0, requests[1].result);
	EXPECT_EQ(-ETIMEDOUT, requests[2].result);
	EXPECT_EQ(0, requests[3].result);
	EXPECT_EQ(0, set.previous);
	EXPECT_EQ(1, set.count);
	EXPECT_EQ(0, cancel.armed);
}

/* ---- all at once ---- */

struct crowd {
	int fd;
	_Atomic __u32 handles[8];
	atomic_bool stop;
	atomic_ulong done, early;
};

/* Every thread does everything, to the same few timers. */
static void *crowd_member(void *argument)
{
	struct crowd *crowd = argument;
	__u64 seed = syscall(SYS_gettid);
	struct wapi_timer_set set;
	__u32 handles[8], i;

	while (!crowd->stop) {
		__u64 dice = next_random(&seed);
		const struct way *way = &ways[dice / 8 % 3];

		i = dice / 32 % 8;
		for (int j = 0; j < 8; j++)
			handles[j] = crowd->handles[j];
		switch (dice % 8) {
		case 0:
		case 1:
			set = timer_request(handles[i], way->flags,
					    from_now(way, dice / 256 % 100 * 10000),
					    dice / 65536 % 2 ? MS : 0);
			wapi_ioctl(crowd->fd, WAPI_IOC_TIMER_SET, &set);
			break;
		case 2:
			cancel_timer(crowd->fd, handles[i]);
			break;
		case 3:
			wait_any(crowd->fd, handles, 8, 1);
			break;
		case 4:
			wait_all(crowd->fd, handles, 2, 1);
			break;
		case 5:
			take(crowd->fd, handles[i]);
			break;
		case 6:
			look(crowd->fd, handles[i]);
			break;
		case 7:
			if (dice / 512 % 8)
				break;
			/* Another in its place. */
			i = atomic_exchange(&crowd->handles[i],
					    new_timer(crowd->fd, dice % 2 ? WAPI_NEW_MANUAL : 0));
			close_handle(crowd->fd, i);
			break;
		}
		crowd->done++;
	}
	return NULL;
}

TEST_F(timer, many_threads_may_set_cancel_wait_and_close_at_once)
{
	struct crowd crowd = { .fd = self->fd };
	pthread_t threads[6];
	int handle;

	for (int i = 0; i < 8; i++)
		crowd.handles[i] = new_timer(self->fd, 0);
	for (int i = 0; i < 6; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, crowd_member, &crowd));
	EXPECT_TRUE(within(60, crowd.done >= scaled(60000)));
	crowd.stop = true;
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(8, read_info(self->fd).handles);
	for (int i = 0; i < 8; i++) {
		/* Each is as good as new. */
		handle = crowd.handles[i];
		EXPECT_LE(0, set_timer(self->fd, handle, 0, MS, 0));
		EXPECT_EQ(0, wait_one(self->fd, handle, 20000));
		EXPECT_EQ(1, close_handle(self->fd, handle));
	}
}

TEST_HARNESS_MAIN
