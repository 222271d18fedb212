// SPDX-License-Identifier: GPL-2.0
/*
 * Process and thread ids are told as the asking process's PID namespace has them,
 * and taken so: what is outside of it has the id 0.
 */
#include "wait_test.h"

FIXTURE(pid_namespace)
{
	int fd, mutex, away;
	/* One outside of the namespace, which owns the mutex that is away. */
	struct peer outer;
	/* Process 1 of the namespace, which owns the other one; its id here. */
	struct peer inner;
};

/* Answers with the pid, tid and flags that it is told of the mutex. */
static void tell_of_the_mutex(struct peer *outer, int fd, int mutex)
{
	struct wapi_state state = state_of(fd, mutex);

	send_to(outer, state.pid);
	send_to(outer, state.tid);
}

static void live_inside(struct peer *outer, int mutex, int away)
{
	struct wapi_wait wait;
	int fd = open_device();

	REQUIRE(getpid() == 1);
	REQUIRE(fd >= 0 && !open_handle(fd, mutex) && !open_handle(fd, away));
	REQUIRE(take(fd, mutex) == 0);
	send_to(outer, 1);
	/* As it sees itself. */
	REQUIRE(receive(outer) == 1);
	tell_of_the_mutex(outer, fd, mutex);
	/* An owner that it cannot see. */
	REQUIRE(receive(outer) == 2);
	tell_of_the_mutex(outer, fd, away);
	/* Nor its end, but that the mutex was abandoned. */
	REQUIRE(receive(outer) == 3);
	wait = wait_request(&away, 1, 0, 20000);
	REQUIRE(run_wait(fd, &wait) == 0);
	send_to(outer, wait.abandoned == 0);
	send_to(outer, wait.abandoned_tid);
	for (;;)
		pause();
}

FIXTURE_SETUP(pid_namespace)
{
	if (geteuid())
		SKIP(return, "needs root");
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->mutex = new_mutex(self->fd, 0);
	self->away = new_mutex(self->fd, 0);
	if (!start_peer(&self->outer)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && !open_handle(fd, self->away));
		REQUIRE(take(fd, self->away) == 0);
		send_to(&self->outer, 1);
		receive(&self->outer);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->outer));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	if (!start_peer(&self->inner))
		live_inside(&self->inner, self->mutex, self->away);
	ASSERT_EQ(1, receive(&self->inner));
}

FIXTURE_TEARDOWN(pid_namespace)
{
	if (geteuid())
		return;
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->inner));
	if (self->outer.pid > 0)
		EXPECT_EQ(128 + SIGKILL, kill_peer(&self->outer));
	EXPECT_EQ(1, close_handle(self->fd, self->mutex));
	EXPECT_EQ(1, close_handle(self->fd, self->away));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	close(self->fd);
}

TEST_F(pid_namespace, owners_have_the_ids_of_who_asks)
{
	struct wapi_state state = state_of(self->fd, self->mutex);

	EXPECT_EQ(self->inner.pid, state.pid);
	EXPECT_EQ(self->inner.pid, state.tid);
	send_to(&self->inner, 1);
	EXPECT_EQ(1, receive(&self->inner));
	EXPECT_EQ(1, receive(&self->inner));
}

TEST_F(pid_namespace, who_is_outside_has_none_and_is_abandoned_from_all_the_same)
{
	EXPECT_EQ(self->outer.pid, state_of(self->fd, self->away).pid);
	send_to(&self->inner, 1);
	EXPECT_EQ(1, receive(&self->inner));
	EXPECT_EQ(1, receive(&self->inner));
	send_to(&self->inner, 2);
	EXPECT_EQ(0, receive(&self->inner));
	EXPECT_EQ(0, receive(&self->inner));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->outer));
	self->outer.pid = 0;
	send_to(&self->inner, 3);
	EXPECT_EQ(1, receive(&self->inner));
	EXPECT_EQ(0, receive(&self->inner));
}

TEST_F(pid_namespace, waiters_have_the_ids_of_who_asks)
{
	struct wapi_waiter_record record;
	struct wapi_list list = list_request(WAPI_LIST_WAITERS, &record, sizeof(record), 1);
	struct peer waiter;

	if (!start_peer(&waiter)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && !open_handle(fd, self->mutex));
		wait_one(fd, self->mutex, FOREVER);
		_exit(0);
	}
	ASSERT_TRUE(within(20, waiters_of(self->fd, self->mutex) == 1));
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	ASSERT_EQ(1, list.count);
	EXPECT_EQ(waiter.pid, record.pid);
	EXPECT_EQ(waiter.pid, record.tid);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&waiter));
}

TEST_F(pid_namespace, dup_goes_by_the_id_that_the_caller_knows)
{
	struct wapi_dup dup = { .handle = self->away, .pid = self->inner.pid };

	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_DUP, &dup));
	EXPECT_QUERY(self->fd, self->away, 4, 1, 3);
	/* Its id inside is that of another here. */
	dup.pid = 1;
	EXPECT_EQ(-ESRCH, wapi_ioctl(self->fd, WAPI_IOC_DUP, &dup));
}

TEST_HARNESS_MAIN
