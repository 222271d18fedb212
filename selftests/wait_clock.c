// SPDX-License-Identifier: GPL-2.0
/*
 * Waits, and a real-time clock that is set meanwhile: a deadline of that clock is a
 * time of it, whatever way it comes; one of the monotonic clock does not notice.
 */
#include "wait_test.h"

#define HOUR 3600

FIXTURE(wait_clock)
{
	int fd;
	__u32 event;
	bool skip;
	/* What was there, and when. */
	struct timespec real, monotonic;
};

FIXTURE_VARIANT(wait_clock)
{
	__u32 flags;
};

FIXTURE_VARIANT_ADD(wait_clock, any) { .flags = 0 };
FIXTURE_VARIANT_ADD(wait_clock, all) { .flags = WAPI_WAIT_ALL };

FIXTURE_SETUP(wait_clock)
{
	self->skip = true;
	clock_gettime(CLOCK_REALTIME, &self->real);
	clock_gettime(CLOCK_MONOTONIC, &self->monotonic);
	if (clock_settime(CLOCK_REALTIME, &self->real))
		SKIP(return, "the clock is not to be set here: %s", strerror(errno));
	self->skip = false;
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->event = new_event(self->fd, 0);
	ASSERT_LT(0, (int)self->event);
}

FIXTURE_TEARDOWN(wait_clock)
{
	struct timespec now;

	if (self->skip)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec += self->real.tv_sec - self->monotonic.tv_sec;
	clock_settime(CLOCK_REALTIME, &now);
	close(self->fd);
}

static int move_clock(long seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += seconds;
	return clock_settime(CLOCK_REALTIME, &now) ? -errno : 0;
}

static int start_waiter(struct sleeper *sleeper, int fd, __u32 event, __u32 flags,
			clockid_t clock, long in_seconds)
{
	prepare_sleeper(sleeper, fd, &event, 1,
			flags | (clock == CLOCK_REALTIME ? WAPI_WAIT_REALTIME : 0), FOREVER);
	sleeper->wait.timeout = clock_ns(clock) + in_seconds * 1000000000ll;
	return start_sleeper_at(sleeper, &sleeper->wait);
}

TEST_F(wait_clock, that_is_set_forward_ends_who_waits_for_a_time_of_it_and_nobody_else)
{
	struct sleeper real, monotonic;

	if (self->skip)
		return;
	ASSERT_EQ(0, start_waiter(&real, self->fd, self->event, variant->flags, CLOCK_REALTIME,
				  HOUR));
	ASSERT_EQ(0, start_waiter(&monotonic, self->fd, self->event, variant->flags,
				  CLOCK_MONOTONIC, HOUR));
	ASSERT_TRUE(sleeps(&real));
	ASSERT_EQ(0, move_clock(2 * HOUR));
	EXPECT_EQ(-ETIMEDOUT, join_sleeper(&real));
	EXPECT_TRUE(sleeps(&monotonic));
	EXPECT_EQ(0, set(self->fd, self->event));
	EXPECT_EQ(0, join_sleeper(&monotonic));
}

TEST_F(wait_clock, that_is_set_back_does_not_end_a_wait_early)
{
	struct sleeper real, monotonic;

	if (self->skip)
		return;
	ASSERT_EQ(0, start_waiter(&real, self->fd, self->event, variant->flags, CLOCK_REALTIME, 1));
	ASSERT_EQ(0, move_clock(-HOUR));
	ASSERT_EQ(0, start_waiter(&monotonic, self->fd, self->event, variant->flags,
				  CLOCK_MONOTONIC, 2));
	/* When the other's time is over, the time of this one has not come. */
	EXPECT_EQ(-ETIMEDOUT, join_sleeper(&monotonic));
	EXPECT_TRUE(sleeps(&real));
	ASSERT_EQ(0, move_clock(HOUR));
	EXPECT_EQ(-ETIMEDOUT, join_sleeper(&real));
}

TEST_HARNESS_MAIN
