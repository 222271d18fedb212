// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi across execve(): a program that was started anew opens a client of its
 * own, and takes over what its parent lets it inherit, if it asks for that.
 */
#include "lib_test.h"
#include "observe.h"

/* What the started program is told of; the parent's handle is in the environment. */
static int play(const char *role, int line, int fd)
{
	struct peer parent = { .pid = getppid(), .line = line };
	struct wapi_client *client;
	__u64 handle;
	uint32_t count = POISON32;

	(void)fd;
	CHILD_ASSERT(!receive_from(&parent, &handle));
	CHILD_ASSERT(!wapi_client_open(&client));
	/* Nothing comes by itself. */
	CHILD_ASSERT(wapi_set(client, handle, NULL) == -EBADF);
	if (!strcmp(role, "orphan")) {
		/* Now its parent has ended. */
		CHILD_ASSERT(receive(&parent) == 1);
		CHILD_ASSERT(wapi_inherit(client, &count) == -ESRCH);
		CHILD_ASSERT(count == POISON32);
		CHILD_ASSERT(!send_to(&parent, 3));
		return 0;
	}
	CHILD_ASSERT(!wapi_inherit(client, &count));
	CHILD_ASSERT(count == 1);
	CHILD_ASSERT(!wapi_set(client, handle, NULL));
	CHILD_ASSERT(!send_to(&parent, 2));
	wapi_client_close(client);
	return 0;
}

FIXTURE(exec)
{
	struct wapi_client *client;
	uint32_t marked, unmarked;
};

FIXTURE_SETUP(exec)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_event_new(self->client, 0, NULL, &self->marked, NULL));
	ASSERT_EQ(0, wapi_event_new(self->client, 0, NULL, &self->unmarked, NULL));
	ASSERT_EQ(0, wapi_mark(self->client, self->marked, true, NULL));
}

FIXTURE_TEARDOWN(exec)
{
	EXPECT_TRUE(within(SOON, info_of(self->client).clients == 1));
	EXPECT_EQ(0, wapi_close(self->client, self->marked, NULL));
	EXPECT_EQ(0, wapi_close(self->client, self->unmarked, NULL));
	EXPECT_EQ(0, info_of(self->client).handles);
	wapi_client_close(self->client);
}

TEST_F(exec, a_program_that_asks_has_the_marked_handles_and_no_others)
{
	struct peer child;

	if (!start_peer(&child)) {
		become_role("heir", child.line, -1);
		_exit(97);
	}
	ASSERT_EQ(0, send_to(&child, self->marked));
	EXPECT_EQ(2, receive(&child));
	EXPECT_EQ(0, wait_for_peer(&child));
	EXPECT_EQ(1, wapi_handle_is_signalled(self->client, self->marked));
	EXPECT_EQ(0, wapi_handle_is_signalled(self->client, self->unmarked));
}

/* Its parent is a process in between, with a client in the same domain. */
TEST_F(exec, a_program_whose_parent_has_ended_inherits_nothing)
{
	struct peer between;

	if (!start_peer(&between)) {
		struct wapi_client *client;

		CHILD_ASSERT(!wapi_client_open(&client));
		CHILD_ASSERT(!wapi_open(client, self->marked, NULL));
		CHILD_ASSERT(!wapi_mark(client, self->marked, true, NULL));
		if (!fork()) {
			become_role("orphan", between.line, -1);
			_exit(97);
		}
		_exit(0);
	}
	EXPECT_EQ(0, end_of(between.pid));
	/* The line is the grandchild's now. */
	ASSERT_EQ(0, send_to(&between, self->marked));
	ASSERT_EQ(0, send_to(&between, 1));
	EXPECT_EQ(3, receive(&between));
	close(between.line);
}

EXECABLE_MAIN(play)
#define main harness_main
TEST_HARNESS_MAIN
