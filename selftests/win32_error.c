// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: the last error, which each thread has for itself. */
#include "win32_sync.h"

static void *look_and_set(void *argument)
{
	DWORD first = GetLastError();

	(void)argument;
	SetLastError(ERROR_BROKEN_PIPE);
	CloseHandle(NULL);
	return first || GetLastError() != ERROR_INVALID_HANDLE ? "wrong" : NULL;
}

TEST(what_is_set_is_got)
{
	SetLastError(UNTOUCHED);
	EXPECT_LAST_ERROR(UNTOUCHED);
	EXPECT_LAST_ERROR(UNTOUCHED);
	SetLastError(0);
	EXPECT_LAST_ERROR(0);
	SetLastError(0xffffffffU);
	EXPECT_LAST_ERROR(0xffffffffU);
}

TEST(each_thread_has_its_own_and_begins_with_0)
{
	SetLastError(UNTOUCHED);
	EXPECT_EQ(NULL, in_thread(look_and_set, NULL));
	EXPECT_LAST_ERROR(UNTOUCHED);
}

TEST(errno_is_left_alone_by_success)
{
	HANDLE event;

	ASSERT_EQ(0, leave_for_own_domain());
	event = CreateEventA(NULL, TRUE, FALSE, "event");
	errno = 4711;
	EXPECT_TRUE(SetEvent(event));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(event, 0));
	EXPECT_TRUE(CloseHandle(event));
	EXPECT_EQ(4711, errno);
}

static void without_device(struct peer *parent)
{
	(void)parent;
	CHILD_ASSERT(!chroot("/tmp"));
	SetLastError(UNTOUCHED);
	CHILD_ASSERT(!CreateEventA(NULL, TRUE, FALSE, NULL));
	CHILD_ASSERT(GetLastError() == ERROR_NOT_READY);
	CHILD_ASSERT(WaitForSingleObject(GARBAGE, 0) == WAIT_FAILED);
	CHILD_ASSERT(GetLastError() == ERROR_NOT_READY);
	SetLastError(UNTOUCHED);
	CHILD_ASSERT(!CloseHandle((HANDLE)4));
	CHILD_ASSERT(GetLastError() == ERROR_NOT_READY);
}

TEST(without_the_device_all_is_refused)
{
	struct peer peer;

	EXPECT_EQ(0, end_of(start_child(&peer, without_device)));
}

TEST_HARNESS_MAIN
