// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi: timers; each function and each of its errors.  What the kernel does
 * with them is in timer.c.
 */
#include "lib_test.h"

#include <pthread.h>
#include <stdatomic.h>

#define HANDLE_NEVER_MADE 0x7ff
#define MS 1000000LL
#define SECOND 1000000000LL
#define HOUR (3600 * SECOND)
/* For what is there at once, on a busy emulated machine. */
#define PATIENCE (60 * SECOND)

FIXTURE(timer) {
	struct wapi_client *client;
	struct wapi_client *other;	/* same process and domain */
};

FIXTURE_SETUP(timer)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_client_open(&self->other));
}

FIXTURE_TEARDOWN(timer)
{
	wapi_client_close(self->other);
	wapi_client_close(self->client);
}

static uint32_t new_timer(struct wapi_client *client, uint32_t flags)
{
	uint32_t handle = 0;

	wapi_timer_new(client, flags, NULL, &handle, NULL);
	return handle;
}

static struct wapi_state state_of(struct wapi_client *client, uint32_t handle)
{
	struct wapi_query query = { 0 };

	wapi_query(client, handle, &query);
	return query.state;
}

static int64_t now_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

TEST_F(timer, is_made_or_opened_by_its_name)
{
	uint32_t handle = POISON32, again = POISON32, event = 0;
	bool existed = true;

	ASSERT_EQ(0, wapi_timer_new(self->client, WAPI_NEW_MANUAL, "tick", &handle, &existed));
	EXPECT_FALSE(existed);
	EXPECT_EQ(WAPI_STATE_MANUAL, state_of(self->client, handle).flags);
	ASSERT_EQ(0, wapi_timer_new(self->other, 0, "tick", &again, &existed));
	EXPECT_TRUE(existed);
	EXPECT_EQ(handle, again);
	EXPECT_EQ(WAPI_STATE_MANUAL, state_of(self->other, again).flags);

	again = POISON32;
	EXPECT_EQ(-EEXIST, wapi_timer_new(self->client, WAPI_NEW_EXCLUSIVE, "tick", &again,
					  NULL));
	ASSERT_EQ(0, wapi_event_new(self->client, 0, "event", &event, NULL));
	EXPECT_EQ(-EPROTOTYPE, wapi_timer_new(self->client, 0, "event", &again, NULL));
	EXPECT_EQ(-EINVAL, wapi_timer_new(self->client, WAPI_NEW_SIGNALLED, NULL, &again, NULL));
	EXPECT_EQ(-EINVAL, wapi_timer_new(self->client, WAPI_NEW_EXCLUSIVE, NULL, &again, NULL));
	EXPECT_EQ(-EINVAL, wapi_timer_new(self->client, 0, "a\\b", &again, NULL));
	EXPECT_EQ(POISON32, again);
}

TEST_F(timer, is_signalled_at_its_time_by_each_clock)
{
	uint32_t handle = new_timer(self->client, 0);
	struct wapi_timer_set told;
	struct wapi_waited waited;
	int64_t due;

	ASSERT_EQ(0, wapi_timer_set(self->client, handle, 0, 2 * MS, 0, &told));
	EXPECT_EQ(0, told.previous);
	EXPECT_EQ(0, told.armed);
	EXPECT_EQ(1, told.count);
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, PATIENCE, &waited));
	EXPECT_LE(told.at, now_of(CLOCK_MONOTONIC));

	due = now_of(CLOCK_MONOTONIC) + 2 * MS;
	ASSERT_EQ(0, wapi_timer_set(self->client, handle, WAPI_TIMER_ABSOLUTE, due, 0, &told));
	EXPECT_EQ(due, told.at);
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, PATIENCE, NULL));
	EXPECT_LE(due, now_of(CLOCK_MONOTONIC));

	due = now_of(CLOCK_REALTIME) + 2 * MS;
	ASSERT_EQ(0, wapi_timer_set(self->client, handle,
				    WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME, due, 0, NULL));
	EXPECT_EQ(0, wapi_wait_any(self->client, &handle, 1, wapi_deadline(PATIENCE), NULL));
	EXPECT_LE(due, now_of(CLOCK_REALTIME));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(3, state_of(self->client, handle).count);
}

/* Also what is answered from the state table, where the kernel must be asked. */
TEST_F(timer, who_asks_after_its_time_is_told_so)
{
	for (uint32_t manual = 0; manual <= WAPI_NEW_MANUAL; manual += WAPI_NEW_MANUAL) {
		uint32_t handle = new_timer(self->client, manual);
		struct wapi_timer_set told;

		for (int i = 0; i < 50; i++) {
			ASSERT_EQ(0, wapi_timer_set(self->client, handle, 0, MS / 2, 0, &told));
			while (now_of(CLOCK_MONOTONIC) < told.at)
				;
			EXPECT_EQ(1, wapi_handle_is_signalled(self->client, handle));
			EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
			EXPECT_EQ(manual ? 0 : -ETIMEDOUT,
				  wapi_wait_one(self->client, handle, 0, NULL));
			EXPECT_EQ(!!manual, wapi_handle_is_signalled(self->client, handle));
		}
	}
}

TEST_F(timer, is_periodic_until_it_is_cancelled)
{
	uint32_t handle = new_timer(self->client, 0);
	bool armed = false;

	ASSERT_EQ(0, wapi_timer_set(self->client, handle, 0, 0, MS, NULL));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(0, wapi_wait_one(self->client, handle, PATIENCE, NULL));
	EXPECT_EQ(0, wapi_timer_cancel(self->client, handle, &armed));
	EXPECT_TRUE(armed);
	wapi_wait_one(self->client, handle, 0, NULL);
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, 5 * MS, NULL));
	EXPECT_EQ(0, wapi_timer_cancel(self->client, handle, &armed));
	EXPECT_FALSE(armed);
	EXPECT_EQ(0, wapi_timer_cancel(self->client, handle, NULL));
}

TEST_F(timer, functions_refuse_what_is_wrong_and_write_nothing)
{
	uint32_t handle = new_timer(self->client, 0), foreign = new_timer(self->other, 0);
	struct wapi_timer_set told, before;
	uint32_t event = 0;
	bool armed = true;
	const struct {
		int error;
		uint32_t handle, flags;
		int64_t due;
		uint64_t period;
	} wrong[] = {
		{ -EINVAL, handle, WAPI_TIMER_REALTIME, 0, 0 },
		{ -EINVAL, handle, 4, 0, 0 },
		{ -EINVAL, handle, 0, -1, 0 },
		{ -EINVAL, handle, WAPI_TIMER_ABSOLUTE, INT64_MIN, 0 },
		{ -EINVAL, handle, 0, 0, WAPI_TIMER_PERIOD_MIN - 1 },
		{ -EINVAL, handle, 0, 0, 1ULL << 63 },
		{ -EBADF, foreign, 0, HOUR, 0 },
		{ -EBADF, HANDLE_NEVER_MADE, 0, HOUR, 0 },
		{ -EBADF, 0, 0, HOUR, 0 },
	};

	poison(&told, sizeof(told));
	before = told;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(wrong[i].error, wapi_timer_set(self->client, wrong[i].handle,
							 wrong[i].flags, wrong[i].due,
							 wrong[i].period, &told)) {
			TH_LOG("case %u", i);
		}
	}
	ASSERT_EQ(0, wapi_event_new(self->client, 0, NULL, &event, NULL));
	EXPECT_EQ(-EOPNOTSUPP, wapi_timer_set(self->client, event, 0, HOUR, 0, &told));
	EXPECT_EQ(0, memcmp(&before, &told, sizeof(told)));
	EXPECT_EQ(0, state_of(self->client, handle).count);

	EXPECT_EQ(-EOPNOTSUPP, wapi_timer_cancel(self->client, event, &armed));
	EXPECT_EQ(-EBADF, wapi_timer_cancel(self->client, foreign, &armed));
	EXPECT_EQ(-EBADF, wapi_timer_cancel(self->client, HANDLE_NEVER_MADE, &armed));
	EXPECT_TRUE(armed);
	EXPECT_EQ(-EOPNOTSUPP, wapi_set(self->client, handle, NULL));
}

TEST_F(timer, a_forked_child_sets_the_one_that_it_inherits)
{
	uint32_t handle = new_timer(self->client, 0);
	pid_t pid;

	ASSERT_EQ(0, wapi_mark(self->client, handle, true, NULL));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		CHILD_ASSERT(!wapi_timer_set(self->client, handle, 0, MS, 0, NULL));
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, PATIENCE, NULL));
}

TEST_HARNESS_MAIN
