// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: mutexes; who owns them, and what becomes of them when that ends.
 */
#include "win32_sync.h"

FIXTURE(mutex) {
	struct wapi_client *client;
};

FIXTURE_SETUP(mutex)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(mutex)
{
	wapi_client_close(self->client);
}

static void *poll_elsewhere(void *handle)
{
	DWORD result = WaitForSingleObject(handle, 0);

	if (result == WAIT_OBJECT_0 || result == WAIT_ABANDONED_0)
		ReleaseMutex(handle);
	return (void *)(uintptr_t)result;
}

/* What a wait of another thread comes to, which releases it again. */
static DWORD elsewhere(HANDLE handle)
{
	return (uintptr_t)in_thread(poll_elsewhere, handle);
}

TEST_F(mutex, it_is_owned_from_the_beginning_or_not)
{
	HANDLE made[] = {
		CreateMutexA(NULL, TRUE, NULL),
		CreateMutexW(NULL, 2, NULL),
		CreateMutexExA(NULL, NULL, CREATE_MUTEX_INITIAL_OWNER, MUTEX_ALL_ACCESS),
		CreateMutexExW(NULL, NULL, CREATE_MUTEX_INITIAL_OWNER, 0),
		CreateMutexA(NULL, FALSE, NULL),
		CreateMutexW(NULL, FALSE, NULL),
		CreateMutexExA(NULL, NULL, 0, MUTEX_ALL_ACCESS),
		CreateMutexExW(NULL, NULL, 0, MUTEX_ALL_ACCESS),
	};

	for (int i = 0; i < 8; i++) {
		ASSERT_NE(NULL, made[i]);
		EXPECT_EQ(i < 4 ? WAIT_TIMEOUT : WAIT_OBJECT_0, elsewhere(made[i]));
	}
	EXPECT_QUIET(TRUE, ReleaseMutex(made[0]));
	EXPECT_EQ(WAIT_OBJECT_0, elsewhere(made[0]));
}

TEST_F(mutex, a_fresh_create_sets_the_last_error_to_0)
{
	SetLastError(UNTOUCHED);
	EXPECT_NE(NULL, CreateMutexA(NULL, TRUE, "name"));
	EXPECT_LAST_ERROR(0);
}

TEST_F(mutex, owned_does_not_take_an_existing_one)
{
	HANDLE first = CreateMutexA(NULL, FALSE, "name"), second;

	SetLastError(UNTOUCHED);
	second = CreateMutexA(NULL, TRUE, "name");
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	ASSERT_NE(NULL, second);
	EXPECT_FAILS(ERROR_NOT_OWNER, FALSE, ReleaseMutex(second));
	EXPECT_EQ(WAIT_OBJECT_0, elsewhere(first));

	SetLastError(UNTOUCHED);
	EXPECT_NE(NULL, CreateMutexExW(NULL, u"name", CREATE_MUTEX_INITIAL_OWNER, 0));
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	EXPECT_FAILS(ERROR_NOT_OWNER, FALSE, ReleaseMutex(first));
}

TEST_F(mutex, other_flags_are_refused)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, CreateMutexExA(NULL, "name", 2, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, CreateMutexExW(NULL, u"name", 2, 0));
	EXPECT_EQ(0, kernel_handle(self->client, "name"));
}

TEST_F(mutex, one_that_is_taken_recursively_needs_as_many_releases)
{
	HANDLE mutex = CreateMutexA(NULL, TRUE, "name");
	HANDLE other = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "name");

	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(other, 0));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(mutex, INFINITE));
	EXPECT_QUIET(TRUE, ReleaseMutex(mutex));
	EXPECT_QUIET(TRUE, ReleaseMutex(other));
	EXPECT_EQ(WAIT_TIMEOUT, elsewhere(mutex));
	EXPECT_QUIET(TRUE, ReleaseMutex(mutex));
	EXPECT_EQ(WAIT_OBJECT_0, elsewhere(mutex));
	EXPECT_FAILS(ERROR_NOT_OWNER, FALSE, ReleaseMutex(mutex));
}

static void *release_elsewhere(void *handle)
{
	SetLastError(UNTOUCHED);
	return (void *)(uintptr_t)(ReleaseMutex(handle) ? 0 : GetLastError());
}

TEST_F(mutex, only_its_owner_releases_it)
{
	HANDLE mutex = CreateMutexA(NULL, TRUE, NULL);

	EXPECT_EQ(ERROR_NOT_OWNER, (uintptr_t)in_thread(release_elsewhere, mutex));
	EXPECT_TRUE(ReleaseMutex(mutex));
	EXPECT_FAILS(ERROR_NOT_OWNER, FALSE, ReleaseMutex(mutex));
}

TEST_F(mutex, release_refuses_bad_handles)
{
	EXPECT_STREQ("", refuses_bad_handles(ReleaseMutex, CreateEventA(NULL, 1, 1, NULL)));
}

static void *take_and_end(void *handle)
{
	WaitForSingleObject(handle, 0);
	return NULL;
}

static atomic_uint said;

static void *take_and_exit_by_the_system_call(void *handle)
{
	said = 1 + WaitForSingleObject(handle, 0);
	syscall(SYS_exit, 0);
	return NULL;
}

TEST_F(mutex, a_thread_that_returns_abandons_it)
{
	HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);

	in_thread(take_and_end, mutex);
	EXPECT_QUIET(WAIT_ABANDONED_0, WaitForSingleObject(mutex, 0));
	EXPECT_TRUE(ReleaseMutex(mutex));
	/* Told once. */
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(mutex, 0));
}

TEST_F(mutex, a_thread_that_leaves_by_the_system_call_abandons_it)
{
	HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, take_and_exit_by_the_system_call, mutex));
	pthread_detach(thread);
	while (!said)
		usleep(1000);
	EXPECT_EQ(1 + WAIT_OBJECT_0, said);
	EXPECT_EQ(WAIT_ABANDONED_0, WaitForSingleObject(mutex, PATIENCE_MS));
}

static void *waits_for_the_main_thread(void *handle)
{
	said = WaitForSingleObject(handle, PATIENCE_MS);
	_exit(said == WAIT_ABANDONED_0 ? 0 : 1);
}

static void ends_its_main_thread(struct peer *parent)
{
	HANDLE mutex = CreateMutexA(NULL, TRUE, NULL);
	pthread_t thread;

	(void)parent;
	CHILD_ASSERT(mutex);
	CHILD_ASSERT(!pthread_create(&thread, NULL, waits_for_the_main_thread, mutex));
	syscall(SYS_exit, 0);
}

TEST_F(mutex, the_main_thread_abandons_it_too)
{
	struct peer child;

	EXPECT_EQ(0, end_of(start_child(&child, ends_its_main_thread)));
}

static void takes_it_and_stays(struct peer *parent)
{
	HANDLE mutex = OpenMutexA(0, FALSE, "shared");

	CHILD_ASSERT(mutex);
	CHILD_ASSERT(WaitForSingleObject(mutex, PATIENCE_MS) == WAIT_OBJECT_0);
	CHILD_ASSERT(tell(parent, 1));
	told_by(parent);
	CHILD_ASSERT(ReleaseMutex(mutex));
	CHILD_ASSERT(tell(parent, 2));
	pause();
}

TEST_F(mutex, two_processes_exclude_each_other_by_name)
{
	HANDLE mutex = CreateMutexA(NULL, FALSE, "shared");
	struct peer child;
	pid_t pid = start_child(&child, takes_it_and_stays);

	ASSERT_EQ(1, told_by(&child));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(mutex, 0));
	EXPECT_FAILS(ERROR_NOT_OWNER, FALSE, ReleaseMutex(mutex));
	EXPECT_TRUE(tell(&child, 1));
	ASSERT_EQ(2, told_by(&child));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(mutex, 0));
	/* It had released it before. */
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_TRUE(ReleaseMutex(mutex));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(mutex, 0));
}

static void *take_patiently(void *handle)
{
	DWORD result = WaitForSingleObject(handle, PATIENCE_MS);

	ReleaseMutex(handle);
	return (void *)(uintptr_t)result;
}

TEST_F(mutex, a_process_that_is_killed_abandons_it_to_who_waits)
{
	HANDLE mutex = CreateMutexA(NULL, FALSE, "shared");
	struct peer child;
	pthread_t thread;
	void *result = NULL;
	pid_t pid = start_child(&child, takes_it_and_stays);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_EQ(0, pthread_create(&thread, NULL, take_patiently, mutex));
	ASSERT_TRUE(has_waiters(self->client, "shared", 1));
	EXPECT_EQ(0, end_by_sigkill(pid));
	pthread_join(thread, &result);
	EXPECT_EQ(WAIT_ABANDONED_0, (uintptr_t)result);
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(mutex, 0));
}

static void waits_for_it(struct peer *parent)
{
	HANDLE mutex = OpenMutexA(0, FALSE, "shared");

	CHILD_ASSERT(mutex && tell(parent, 1));
	WaitForSingleObject(mutex, INFINITE);
	tell(parent, 2);
	pause();
}

TEST_F(mutex, who_is_killed_while_it_waits_never_owns_it)
{
	HANDLE mutex = CreateMutexA(NULL, TRUE, "shared");
	struct peer child;
	pid_t pid = start_child(&child, waits_for_it);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_TRUE(has_waiters(self->client, "shared", 1));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_TRUE(ReleaseMutex(mutex));
	EXPECT_EQ(WAIT_OBJECT_0, elsewhere(mutex));
}

TEST_F(mutex, who_was_given_it_and_is_killed_abandons_it)
{
	HANDLE mutex = CreateMutexA(NULL, TRUE, "shared");
	struct peer child;
	pid_t pid = start_child(&child, waits_for_it);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_TRUE(has_waiters(self->client, "shared", 1));
	EXPECT_TRUE(ReleaseMutex(mutex));
	ASSERT_EQ(2, told_by(&child));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(mutex, 0));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(WAIT_ABANDONED_0, WaitForSingleObject(mutex, PATIENCE_MS));
}

static void makes_it_owned_and_is_killed(struct peer *parent)
{
	CHILD_ASSERT(CreateMutexA(NULL, TRUE, "theirs"));
	CHILD_ASSERT(tell(parent, 1));
	pause();
}

TEST_F(mutex, its_maker_that_is_killed_abandons_it)
{
	struct peer child;
	HANDLE mutex;
	pid_t pid = start_child(&child, makes_it_owned_and_is_killed);

	ASSERT_EQ(1, told_by(&child));
	mutex = OpenMutexW(0, FALSE, u"theirs");
	ASSERT_NE(NULL, mutex);
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(WAIT_ABANDONED_0, WaitForSingleObject(mutex, PATIENCE_MS));
}

TEST_HARNESS_MAIN
