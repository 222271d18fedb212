// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: waits for one, for any and for all, for a time, and for what is
 * signalled in the same step.  What is alertable is in win32_alertable.c.
 */
#include "win32_sync.h"

FIXTURE(wait) {
	struct wapi_client *client;
	HANDLE event;		/* set, resets itself */
	HANDLE unset;		/* manual, not set */
	HANDLE mutex;		/* free */
	HANDLE semaphore;	/* of 1 */
};

FIXTURE_SETUP(wait)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	self->event = CreateEventA(NULL, FALSE, TRUE, "event");
	self->unset = CreateEventA(NULL, TRUE, FALSE, "unset");
	self->mutex = CreateMutexA(NULL, FALSE, "mutex");
	self->semaphore = CreateSemaphoreA(NULL, 1, 1, "semaphore");
	ASSERT_NE(NULL, self->semaphore);
}

FIXTURE_TEARDOWN(wait)
{
	wapi_client_close(self->client);
}

/* How many of the three are signalled. */
static uint32_t signalled(struct wapi_client *client)
{
	return look_at(client, "event").signalled + look_at(client, "mutex").signalled +
	       look_at(client, "semaphore").signalled;
}

static void *abandon(void *mutex)
{
	WaitForSingleObject(mutex, INFINITE);
	return NULL;
}

TEST_F(wait, success_and_timeout_leave_the_last_error_alone)
{
	HANDLE both[] = { self->mutex, self->semaphore };

	EXPECT_QUIET(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(self->event, 0));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(self->event, 1));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObjectEx(self->event, 1, TRUE));
	EXPECT_QUIET(WAIT_OBJECT_0, WaitForMultipleObjects(2, both, TRUE, INFINITE));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForMultipleObjects(2, both, TRUE, 1));
	EXPECT_QUIET(WAIT_OBJECT_0, SignalObjectAndWait(self->event, self->event, 0, FALSE));
	EXPECT_QUIET(WAIT_TIMEOUT, SignalObjectAndWait(self->event, self->unset, 1, TRUE));
	EXPECT_QUIET(0, SleepEx(1, FALSE));
	EXPECT_QUIET(0, SleepEx(1, TRUE));
}

TEST_F(wait, a_timeout_is_not_early)
{
	HANDLE handles[] = { self->unset };
	int64_t start;

	start = now_ns();
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->unset, A_WHILE));
	EXPECT_LE(A_WHILE * 1000000LL, now_ns() - start);
	start = now_ns();
	EXPECT_EQ(WAIT_TIMEOUT, WaitForMultipleObjectsEx(1, handles, TRUE, A_WHILE, TRUE));
	EXPECT_LE(A_WHILE * 1000000LL, now_ns() - start);
	start = now_ns();
	EXPECT_EQ(WAIT_TIMEOUT, SignalObjectAndWait(self->event, self->unset, A_WHILE, TRUE));
	EXPECT_LE(A_WHILE * 1000000LL, now_ns() - start);
	start = now_ns();
	Sleep(A_WHILE);
	EXPECT_LE(A_WHILE * 1000000LL, now_ns() - start);
	start = now_ns();
	EXPECT_EQ(0, SleepEx(A_WHILE, TRUE));
	EXPECT_LE(A_WHILE * 1000000LL, now_ns() - start);
}

static void *set_after_a_while(void *event)
{
	usleep(A_WHILE * 1000);
	SetEvent(event);
	return NULL;
}

TEST_F(wait, infinite_has_no_end_and_0_polls)
{
	pthread_t thread;

	EXPECT_EQ(0xffffffffU, INFINITE);
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->unset, 0));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForMultipleObjects(1, &self->unset, FALSE, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, set_after_a_while, self->unset));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->unset, INFINITE));
	pthread_join(thread, NULL);
	EXPECT_TRUE(ResetEvent(self->unset));
	ASSERT_EQ(0, pthread_create(&thread, NULL, set_after_a_while, self->unset));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForMultipleObjects(1, &self->unset, TRUE, INFINITE));
	pthread_join(thread, NULL);
}

static void ignore(int number)
{
	(void)number;
}

TEST_F(wait, a_signal_handler_neither_ends_nor_stretches_it)
{
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, never = { 0 };
	struct sigaction action = { .sa_handler = ignore };
	int64_t start = now_ns();

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->unset, A_WHILE));
	EXPECT_EQ(0, SleepEx(A_WHILE, TRUE));
	Sleep(A_WHILE);
	setitimer(ITIMER_REAL, &never, NULL);
	EXPECT_LE(3 * A_WHILE * 1000000LL, now_ns() - start);
}

TEST_F(wait, any_takes_the_first_that_is_signalled_and_no_other)
{
	HANDLE handles[] = { self->unset, self->semaphore, self->event, self->mutex };

	EXPECT_EQ(WAIT_OBJECT_0 + 1, WaitForMultipleObjects(4, handles, FALSE, 0));
	EXPECT_EQ(2, signalled(self->client));
	EXPECT_EQ(WAIT_OBJECT_0 + 2, WaitForMultipleObjects(4, handles, FALSE, INFINITE));
	EXPECT_EQ(WAIT_OBJECT_0 + 3, WaitForMultipleObjects(4, handles, FALSE, INFINITE));
	EXPECT_EQ(0, look_at(self->client, "event").signalled);
}

TEST_F(wait, all_takes_nothing_until_all_are_signalled)
{
	HANDLE handles[] = { self->event, self->mutex, self->semaphore, self->unset };

	EXPECT_EQ(WAIT_TIMEOUT, WaitForMultipleObjects(4, handles, TRUE, 0));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForMultipleObjects(4, handles, TRUE, 1));
	EXPECT_EQ(3, signalled(self->client));
	EXPECT_TRUE(SetEvent(self->unset));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForMultipleObjects(4, handles, TRUE, INFINITE));
	EXPECT_EQ(0, look_at(self->client, "event").signalled);
	EXPECT_EQ(0, look_at(self->client, "semaphore").signalled);
	EXPECT_QUIET(TRUE, ReleaseMutex(self->mutex));
	EXPECT_FAILS(ERROR_NOT_OWNER, FALSE, ReleaseMutex(self->mutex));
}

TEST_F(wait, abandoned_tells_the_index_for_any)
{
	HANDLE handles[] = { self->unset, self->unset, self->mutex };

	in_thread(abandon, self->mutex);
	EXPECT_QUIET(WAIT_ABANDONED_0 + 2, WaitForMultipleObjects(3, handles, FALSE, 0));
	EXPECT_QUIET(WAIT_OBJECT_0 + 2, WaitForMultipleObjects(3, handles, FALSE, 0));
}

TEST_F(wait, abandoned_tells_the_first_index_for_all)
{
	HANDLE other = CreateMutexA(NULL, FALSE, NULL);
	HANDLE handles[] = { self->event, self->mutex, self->semaphore, other };

	in_thread(abandon, self->mutex);
	in_thread(abandon, other);
	EXPECT_QUIET(WAIT_ABANDONED_0 + 1, WaitForMultipleObjects(4, handles, TRUE, 0));
	EXPECT_TRUE(ReleaseMutex(other));
	EXPECT_TRUE(ReleaseMutex(self->mutex));
}

TEST_F(wait, abandoned_is_told_of_a_single_one)
{
	in_thread(abandon, self->mutex);
	EXPECT_QUIET(WAIT_ABANDONED, WaitForSingleObject(self->mutex, INFINITE));
}

TEST_F(wait, the_same_handle_twice_is_an_invalid_parameter_for_all)
{
	HANDLE twice[] = { self->event, self->mutex, self->event };

	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjects(3, twice, TRUE, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjects(3, twice, TRUE, INFINITE));
	EXPECT_EQ(3, signalled(self->client));
}

/* As in Windows, which compares the objects, not the values. */
TEST_F(wait, two_handles_of_one_object_are_an_invalid_parameter_for_all)
{
	HANDLE twice[] = { self->event, OpenEventA(0, FALSE, "event") };

	ASSERT_NE(NULL, twice[1]);
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjects(2, twice, TRUE, 0));
	EXPECT_QUIET(WAIT_OBJECT_0, WaitForMultipleObjects(2, twice, FALSE, 0));
}

TEST_F(wait, the_same_handle_twice_is_fine_for_any)
{
	HANDLE twice[] = { self->unset, self->unset, self->semaphore, self->semaphore };

	EXPECT_QUIET(WAIT_OBJECT_0 + 2, WaitForMultipleObjects(4, twice, FALSE, 0));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForMultipleObjects(4, twice, FALSE, 1));
}

TEST_F(wait, none_or_more_than_64_are_an_invalid_parameter)
{
	HANDLE handles[MAXIMUM_WAIT_OBJECTS + 1];

	EXPECT_EQ(64, MAXIMUM_WAIT_OBJECTS);
	for (int i = 0; i <= MAXIMUM_WAIT_OBJECTS; i++)
		handles[i] = CreateEventA(NULL, FALSE, i >= 63, NULL);
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjects(0, handles, FALSE, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjects(65, handles, FALSE, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjects(65, handles, TRUE, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjects(1, NULL, FALSE, 0));
	EXPECT_QUIET(WAIT_OBJECT_0 + 63, WaitForMultipleObjectsEx(64, handles, FALSE, 1, TRUE));
	for (int i = 0; i < MAXIMUM_WAIT_OBJECTS; i++)
		SetEvent(handles[i]);
	EXPECT_QUIET(WAIT_OBJECT_0, WaitForMultipleObjectsEx(64, handles, TRUE, 1, TRUE));
}

TEST_F(wait, pseudo_handles_time_out_singly)
{
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(PSEUDO_PROCESS, 0));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(PSEUDO_THREAD, 0));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(PSEUDO_PROCESS, 1));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObjectEx(PSEUDO_THREAD, 1, TRUE));
	EXPECT_QUIET(WAIT_TIMEOUT, SignalObjectAndWait(self->unset, PSEUDO_THREAD, 1, FALSE));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->unset, 0));
}

TEST_F(wait, pseudo_handles_are_invalid_in_arrays)
{
	HANDLE process[] = { self->event, PSEUDO_PROCESS };
	HANDLE thread[] = { PSEUDO_THREAD };

	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     WaitForMultipleObjects(2, process, FALSE, 0));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     WaitForMultipleObjects(2, process, TRUE, 0));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     WaitForMultipleObjects(1, thread, FALSE, 0));
	EXPECT_EQ(3, signalled(self->client));
}

TEST_F(wait, one_bad_handle_among_good_ones_fails_and_consumes_nothing)
{
	HANDLE closed = CreateEventA(NULL, TRUE, TRUE, NULL);
	HANDLE bad[] = { NULL, GARBAGE, closed };

	EXPECT_TRUE(CloseHandle(closed));
	for (int i = 0; i < 3; i++) {
		for (int at = 0; at < 4; at++) {
			HANDLE handles[] = {
				self->event, self->mutex, self->semaphore, self->unset,
			};

			handles[at] = bad[i];
			EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
				     WaitForMultipleObjects(4, handles, FALSE, 0));
			EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
				     WaitForMultipleObjects(4, handles, TRUE, INFINITE));
		}
		EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
			     WaitForSingleObject(bad[i], 0));
	}
	EXPECT_EQ(3, signalled(self->client));
}

TEST_F(wait, signalling_and_waiting_does_both)
{
	EXPECT_EQ(WAIT_OBJECT_0, SignalObjectAndWait(self->unset, self->event, 0, FALSE));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->unset, 0));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->mutex, 0));
	EXPECT_EQ(WAIT_OBJECT_0, SignalObjectAndWait(self->mutex, self->semaphore, 0, FALSE));
	EXPECT_EQ(1, look_at(self->client, "mutex").signalled);
	EXPECT_EQ(WAIT_OBJECT_0, SignalObjectAndWait(self->semaphore, self->mutex, 0, FALSE));
	EXPECT_EQ(1, look_at(self->client, "semaphore").state.count);
	/* What is signalled can be what is waited for. */
	EXPECT_EQ(WAIT_OBJECT_0, SignalObjectAndWait(self->event, self->event, 0, FALSE));
}

TEST_F(wait, a_timeout_leaves_signalled_what_was_to_be)
{
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
	EXPECT_EQ(WAIT_TIMEOUT, SignalObjectAndWait(self->event, self->unset, 0, FALSE));
	EXPECT_EQ(1, look_at(self->client, "event").signalled);
}

TEST_F(wait, a_first_handle_that_cannot_be_signalled_means_no_wait)
{
	EXPECT_FAILS(ERROR_NOT_OWNER, WAIT_FAILED,
		     SignalObjectAndWait(self->mutex, self->event, 0, FALSE));
	EXPECT_FAILS(ERROR_TOO_MANY_POSTS, WAIT_FAILED,
		     SignalObjectAndWait(self->semaphore, self->event, INFINITE, FALSE));
	EXPECT_FAILS(ERROR_NOT_OWNER, WAIT_FAILED,
		     SignalObjectAndWait(self->mutex, self->event, 0, TRUE));
	EXPECT_FAILS(ERROR_TOO_MANY_POSTS, WAIT_FAILED,
		     SignalObjectAndWait(self->semaphore, self->event, INFINITE, TRUE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     SignalObjectAndWait(NULL, self->event, 0, FALSE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     SignalObjectAndWait(GARBAGE, self->event, 0, FALSE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     SignalObjectAndWait(PSEUDO_PROCESS, self->event, 0, FALSE));
	EXPECT_EQ(3, signalled(self->client));
}

TEST_F(wait, a_second_handle_that_is_bad_means_no_signal)
{
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     SignalObjectAndWait(self->unset, NULL, 0, FALSE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     SignalObjectAndWait(self->unset, GARBAGE, 0, TRUE));
	EXPECT_EQ(0, look_at(self->client, "unset").signalled);
}

static void *takes_turns(void *argument)
{
	HANDLE *turns = argument;

	for (int i = 0; i < 500; i++) {
		if (WaitForSingleObject(turns[1], PATIENCE_MS) != WAIT_OBJECT_0)
			return "no turn";
		if (!SetEvent(turns[0]))
			return "no answer";
	}
	return NULL;
}

TEST_F(wait, signalling_and_waiting_is_one_step_of_a_dance)
{
	HANDLE turns[] = {
		CreateEventA(NULL, FALSE, FALSE, NULL), CreateEventA(NULL, FALSE, FALSE, NULL),
	};
	void *result = NULL;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, takes_turns, turns));
	for (int i = 0; i < 500; i++)
		ASSERT_EQ(WAIT_OBJECT_0, SignalObjectAndWait(turns[1], turns[0], PATIENCE_MS,
							     i % 2));
	pthread_join(thread, &result);
	EXPECT_EQ(NULL, result);
}

static void *waits_for_any(void *argument)
{
	HANDLE *handles = argument;

	return (void *)(uintptr_t)WaitForMultipleObjects(2, handles, FALSE, PATIENCE_MS);
}

TEST_F(wait, an_object_that_is_waited_for_stays_though_its_handle_is_closed)
{
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, "awaited");
	HANDLE handles[] = { self->unset, event };
	void *result = NULL;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, waits_for_any, handles));
	ASSERT_TRUE(has_waiters(self->client, "awaited", 1));
	EXPECT_TRUE(CloseHandle(event));
	EXPECT_TRUE(SetEvent(self->unset));
	pthread_join(thread, &result);
	EXPECT_EQ(WAIT_OBJECT_0, (uintptr_t)result);
}

static void waits_for_all(struct peer *parent)
{
	HANDLE handles[] = {
		OpenEventA(0, FALSE, "event"), OpenMutexA(0, FALSE, "mutex"),
		OpenSemaphoreA(0, FALSE, "semaphore"), OpenEventA(0, FALSE, "unset"),
	};

	CHILD_ASSERT(tell(parent, 1));
	CHILD_ASSERT(WaitForMultipleObjects(4, handles, TRUE, INFINITE) == WAIT_OBJECT_0);
	CHILD_ASSERT(tell(parent, 2));
	pause();
}

TEST_F(wait, a_process_that_is_killed_in_a_wait_for_all_took_nothing)
{
	struct peer child;
	pid_t pid = start_child(&child, waits_for_all);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_TRUE(has_waiters(self->client, "unset", 1));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(3, signalled(self->client));
	EXPECT_EQ(0, look_at(self->client, "unset").state.waiters);
}

TEST_F(wait, a_process_that_is_killed_after_a_wait_for_all_abandons_the_mutex)
{
	struct peer child;
	pid_t pid = start_child(&child, waits_for_all);

	ASSERT_EQ(1, told_by(&child));
	EXPECT_TRUE(SetEvent(self->unset));
	ASSERT_EQ(2, told_by(&child));
	EXPECT_EQ(0, signalled(self->client));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(WAIT_ABANDONED_0, WaitForSingleObject(self->mutex, PATIENCE_MS));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->semaphore, 0));
}

static void releases_and_waits(struct peer *parent)
{
	HANDLE mutex = OpenMutexA(0, FALSE, "mutex"), unset = OpenEventA(0, FALSE, "unset");

	CHILD_ASSERT(WaitForSingleObject(mutex, PATIENCE_MS) == WAIT_OBJECT_0);
	CHILD_ASSERT(tell(parent, 1));
	SignalObjectAndWait(mutex, unset, INFINITE, FALSE);
	pause();
}

TEST_F(wait, a_process_that_is_killed_after_it_signalled_has_signalled)
{
	struct peer child;
	pid_t pid = start_child(&child, releases_and_waits);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_TRUE(has_waiters(self->client, "unset", 1));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->mutex, 0));
	EXPECT_EQ(0, look_at(self->client, "unset").state.waiters);
}

TEST_HARNESS_MAIN
