// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: semaphores; their counts, and what is refused of them. */
#include "win32_sync.h"

FIXTURE(semaphore) {
	struct wapi_client *client;
};

FIXTURE_SETUP(semaphore)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(semaphore)
{
	wapi_client_close(self->client);
}

static BOOL release_one(HANDLE semaphore)
{
	return ReleaseSemaphore(semaphore, 1, NULL);
}

TEST_F(semaphore, it_counts_from_what_it_was_made_with)
{
	HANDLE made[] = {
		CreateSemaphoreA(NULL, 2, 3, NULL),
		CreateSemaphoreW(NULL, 2, 3, NULL),
		CreateSemaphoreExA(NULL, 2, 3, NULL, 0, SEMAPHORE_ALL_ACCESS),
		CreateSemaphoreExW(NULL, 2, 3, NULL, 0, SEMAPHORE_ALL_ACCESS),
	};

	for (int i = 0; i < 4; i++) {
		LONG previous = (LONG)POISON32;

		ASSERT_NE(NULL, made[i]);
		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(made[i], 0));
		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(made[i], 0));
		EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(made[i], 0));
		EXPECT_QUIET(TRUE, ReleaseSemaphore(made[i], 3, &previous));
		EXPECT_EQ(0, previous);
	}
}

TEST_F(semaphore, bad_counts_are_invalid_parameters)
{
	static const struct {
		LONG initial, maximum;
	} bad[] = { { -1, 1 }, { 0, 0 }, { 0, -1 }, { 2, 1 }, { INT32_MIN, INT32_MAX } };

	for (int i = 0; i < 5; i++) {
		LONG initial = bad[i].initial, maximum = bad[i].maximum;

		EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
			     CreateSemaphoreA(NULL, initial, maximum, "name"));
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
			     CreateSemaphoreW(NULL, initial, maximum, u"name"));
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
			     CreateSemaphoreExA(NULL, initial, maximum, "name", 0, 0));
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
			     CreateSemaphoreExW(NULL, initial, maximum, u"name", 0, 0));
	}
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
		     CreateSemaphoreExA(NULL, 0, 1, "name", 1, 0));
	EXPECT_EQ(0, kernel_handle(self->client, "name"));
}

TEST_F(semaphore, the_greatest_maximum_is_that_of_a_long)
{
	HANDLE semaphore = CreateSemaphoreA(NULL, INT32_MAX, INT32_MAX, "name");
	LONG previous = (LONG)POISON32;

	ASSERT_NE(NULL, semaphore);
	EXPECT_FAILS(ERROR_TOO_MANY_POSTS, FALSE, ReleaseSemaphore(semaphore, 1, &previous));
	EXPECT_EQ((LONG)POISON32, previous);
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(semaphore, 0));
	EXPECT_TRUE(ReleaseSemaphore(semaphore, 1, &previous));
	EXPECT_EQ(INT32_MAX - 1, previous);
}

TEST_F(semaphore, an_existing_one_keeps_its_count_and_its_maximum)
{
	HANDLE first = CreateSemaphoreA(NULL, 0, 1, "name"), second;

	SetLastError(UNTOUCHED);
	second = CreateSemaphoreA(NULL, 5, 9, "name");
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	ASSERT_NE(NULL, second);
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(second, 0));
	EXPECT_FAILS(ERROR_TOO_MANY_POSTS, FALSE, ReleaseSemaphore(second, 2, NULL));
	EXPECT_TRUE(ReleaseSemaphore(first, 1, NULL));
	SetLastError(UNTOUCHED);
	EXPECT_NE(NULL, CreateSemaphoreW(NULL, 0, 1, u"another"));
	EXPECT_LAST_ERROR(0);
}

TEST_F(semaphore, a_release_of_0_or_less_is_an_invalid_parameter)
{
	HANDLE semaphore = CreateSemaphoreA(NULL, 1, 3, "name");
	LONG previous = (LONG)POISON32;

	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     ReleaseSemaphore(semaphore, 0, &previous));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     ReleaseSemaphore(semaphore, -1, &previous));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     ReleaseSemaphore(semaphore, INT32_MIN, &previous));
	EXPECT_EQ((LONG)POISON32, previous);
	EXPECT_EQ(1, look_at(self->client, "name").state.count);
}

TEST_F(semaphore, a_release_beyond_the_maximum_is_too_many_posts_and_changes_nothing)
{
	HANDLE semaphore = CreateSemaphoreA(NULL, 1, 3, "name");
	LONG previous = (LONG)POISON32;

	EXPECT_FAILS(ERROR_TOO_MANY_POSTS, FALSE, ReleaseSemaphore(semaphore, 3, &previous));
	EXPECT_FAILS(ERROR_TOO_MANY_POSTS, FALSE,
		     ReleaseSemaphore(semaphore, INT32_MAX, &previous));
	EXPECT_EQ((LONG)POISON32, previous);
	EXPECT_EQ(1, look_at(self->client, "name").state.count);
	EXPECT_QUIET(TRUE, ReleaseSemaphore(semaphore, 2, &previous));
	EXPECT_EQ(1, previous);
}

TEST_F(semaphore, the_previous_count_need_not_be_asked_for)
{
	HANDLE semaphore = CreateSemaphoreA(NULL, 0, 2, NULL);

	EXPECT_QUIET(TRUE, ReleaseSemaphore(semaphore, 2, NULL));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(semaphore, 0));
}

TEST_F(semaphore, release_refuses_bad_handles)
{
	EXPECT_STREQ("", refuses_bad_handles(release_one, CreateMutexA(NULL, 0, NULL)));
}

static void takes_one_and_gives_two(struct peer *parent)
{
	HANDLE semaphore = OpenSemaphoreW(0, FALSE, u"shared");
	LONG previous = -1;

	CHILD_ASSERT(semaphore);
	CHILD_ASSERT(WaitForSingleObject(semaphore, PATIENCE_MS) == WAIT_OBJECT_0);
	CHILD_ASSERT(ReleaseSemaphore(semaphore, 2, &previous));
	CHILD_ASSERT(tell(parent, 10 + previous));
}

TEST_F(semaphore, two_processes_share_one_by_name)
{
	HANDLE semaphore = CreateSemaphoreA(NULL, 1, 5, "shared");
	struct peer child;
	pid_t pid = start_child(&child, takes_one_and_gives_two);

	ASSERT_EQ(10, told_by(&child));
	EXPECT_EQ(0, end_of(pid));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(semaphore, 0));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(semaphore, 0));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(semaphore, 0));
}

static void takes_one_and_is_killed(struct peer *parent)
{
	HANDLE semaphore = OpenSemaphoreA(0, FALSE, "shared");

	CHILD_ASSERT(semaphore);
	CHILD_ASSERT(WaitForSingleObject(semaphore, PATIENCE_MS) == WAIT_OBJECT_0);
	CHILD_ASSERT(tell(parent, 1));
	WaitForSingleObject(semaphore, INFINITE);
	pause();
}

/* As in Windows, what was taken is not given back: no thread owns a semaphore. */
TEST_F(semaphore, who_is_killed_keeps_what_it_took_and_takes_no_more)
{
	HANDLE semaphore = CreateSemaphoreA(NULL, 1, 2, "shared");
	struct peer child;
	pid_t pid = start_child(&child, takes_one_and_is_killed);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_TRUE(has_waiters(self->client, "shared", 1));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(0, look_at(self->client, "shared").state.count);
	EXPECT_TRUE(ReleaseSemaphore(semaphore, 1, NULL));
	EXPECT_EQ(1, look_at(self->client, "shared").state.count);
}

TEST_HARNESS_MAIN
