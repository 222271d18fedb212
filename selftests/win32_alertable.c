// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: alertable waits, which run what is queued to the thread.  That it is
 * queued, and that a sleep runs it, is in win32_apc.c.
 */
#include "win32_apc.h"

FIXTURE(alertable) {
	struct wapi_client *client;
	HANDLE set;		/* an event, resets itself */
	HANDLE unset;
};

FIXTURE_SETUP(alertable)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	self->set = CreateEventA(NULL, FALSE, TRUE, "set");
	self->unset = CreateEventA(NULL, FALSE, FALSE, "unset");
	ASSERT_NE(NULL, self->unset);
}

FIXTURE_TEARDOWN(alertable)
{
	wapi_client_close(self->client);
}

TEST_F(alertable, waits_run_all_in_order_and_return_io_completion)
{
	HANDLE handles[] = { self->unset, CreateEventA(NULL, TRUE, FALSE, NULL) };

	for (int how = 0; how < 5; how++) {
		DWORD result = 0;

		ran = 0;
		for (int digit = 1; digit <= 5; digit++)
			ASSERT_TRUE(queue(digit));
		EXPECT_EQ(0, ran);
		SetLastError(UNTOUCHED);
		switch (how) {
		case 0:
			result = SleepEx(INFINITE, TRUE);
			break;
		case 1:
			result = WaitForSingleObjectEx(self->unset, INFINITE, TRUE);
			break;
		case 2:
			result = WaitForMultipleObjectsEx(2, handles, FALSE, INFINITE, TRUE);
			break;
		case 3:
			result = WaitForMultipleObjectsEx(2, handles, TRUE, INFINITE, TRUE);
			break;
		case 4:
			result = SignalObjectAndWait(self->set, self->unset, INFINITE, TRUE);
			break;
		}
		EXPECT_EQ(WAIT_IO_COMPLETION, result);
		EXPECT_LAST_ERROR(UNTOUCHED);
		EXPECT_EQ(12345, ran);
		EXPECT_EQ(gettid(), runner);
		/* Each once. */
		EXPECT_EQ(0, SleepEx(0, TRUE));
	}
}

TEST_F(alertable, a_timeout_of_0_runs_what_is_queued_too)
{
	ASSERT_TRUE(queue(1));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	ASSERT_TRUE(queue(2));
	EXPECT_EQ(WAIT_IO_COMPLETION, WaitForSingleObjectEx(self->unset, 0, TRUE));
	ASSERT_TRUE(queue(3));
	EXPECT_EQ(WAIT_IO_COMPLETION, WaitForSingleObjectEx(PSEUDO_THREAD, 0, TRUE));
	EXPECT_EQ(123, ran);
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObjectEx(self->unset, 0, TRUE));
}

TEST_F(alertable, a_wait_that_is_not_runs_none)
{
	ASSERT_TRUE(queue(1));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->set, INFINITE));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->unset, 1));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObjectEx(self->unset, 1, FALSE));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForMultipleObjectsEx(1, &self->unset, FALSE, 1, FALSE));
	EXPECT_EQ(WAIT_TIMEOUT, SignalObjectAndWait(self->set, self->unset, 1, FALSE));
	Sleep(1);
	EXPECT_EQ(0, SleepEx(1, FALSE));
	EXPECT_EQ(0, ran);
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(1, ran);
}

TEST_F(alertable, what_is_queued_comes_before_an_object_that_is_signalled)
{
	ASSERT_TRUE(queue(1));
	EXPECT_EQ(WAIT_IO_COMPLETION, WaitForSingleObjectEx(self->set, INFINITE, TRUE));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObjectEx(self->set, INFINITE, TRUE));
}

TEST_F(alertable, signalling_comes_first_then_what_is_queued_and_then_no_wait)
{
	HANDLE manual = CreateEventA(NULL, TRUE, FALSE, NULL);

	ASSERT_TRUE(queue(1));
	EXPECT_QUIET(WAIT_IO_COMPLETION, SignalObjectAndWait(manual, self->set, 0, TRUE));
	EXPECT_EQ(1, ran);
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(manual, 0));
	EXPECT_EQ(1, look_at(self->client, "set").signalled);
}

static VOID CALLBACK look_whether_it_is_set(ULONG_PTR event)
{
	ran = WaitForSingleObject((HANDLE)event, 0) == WAIT_OBJECT_0 ? 1 : 2;
}

TEST_F(alertable, what_is_queued_sees_what_was_signalled)
{
	ASSERT_TRUE(QueueUserAPC(look_whether_it_is_set, PSEUDO_THREAD,
				 (ULONG_PTR)self->unset));
	EXPECT_EQ(WAIT_IO_COMPLETION, SignalObjectAndWait(self->unset, self->set, 0, TRUE));
	EXPECT_EQ(1, ran);
}

TEST_F(alertable, a_first_handle_that_cannot_be_signalled_runs_nothing)
{
	HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
	HANDLE full = CreateSemaphoreA(NULL, 1, 1, NULL);

	ASSERT_TRUE(queue(1));
	EXPECT_FAILS(ERROR_NOT_OWNER, WAIT_FAILED,
		     SignalObjectAndWait(mutex, self->set, 0, TRUE));
	EXPECT_FAILS(ERROR_TOO_MANY_POSTS, WAIT_FAILED,
		     SignalObjectAndWait(full, self->set, 0, TRUE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     SignalObjectAndWait(GARBAGE, self->set, 0, TRUE));
	EXPECT_EQ(0, ran);
	EXPECT_EQ(1, look_at(self->client, "set").signalled);
}

TEST_F(alertable, a_wait_that_fails_runs_nothing)
{
	HANDLE twice[] = { self->set, self->set }, bad[] = { self->set, GARBAGE };

	ASSERT_TRUE(queue(1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     WaitForSingleObjectEx(GARBAGE, 0, TRUE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     WaitForMultipleObjectsEx(2, bad, FALSE, 0, TRUE));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjectsEx(2, twice, TRUE, 0, TRUE));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, WAIT_FAILED,
		     WaitForMultipleObjectsEx(0, bad, FALSE, 0, TRUE));
	EXPECT_EQ(0, ran);
}

struct sleeper {
	HANDLE thread;
	HANDLE unset, other;
	int how;
	atomic_int tid;
	atomic_uint result;
};

static DWORD WINAPI sleep_alertably(LPVOID argument)
{
	struct sleeper *sleeper = argument;
	HANDLE handles[] = { sleeper->unset, sleeper->other };

	sleeper->tid = gettid();
	switch (sleeper->how) {
	case 0:
		sleeper->result = SleepEx(INFINITE, TRUE);
		break;
	case 1:
		sleeper->result = WaitForSingleObjectEx(sleeper->unset, INFINITE, TRUE);
		break;
	case 2:
		sleeper->result = WaitForMultipleObjectsEx(2, handles, FALSE, INFINITE, TRUE);
		break;
	case 3:
		sleeper->result = WaitForMultipleObjectsEx(2, handles, TRUE, PATIENCE_MS, TRUE);
		break;
	default:
		sleeper->result = SignalObjectAndWait(sleeper->other, sleeper->unset,
						      PATIENCE_MS, TRUE);
		break;
	}
	return 0;
}

TEST_F(alertable, one_that_is_queued_wakes_a_thread_that_sleeps)
{
	for (int how = 0; how < 5; how++) {
		struct sleeper sleeper = { .how = how, .unset = self->unset };

		ran = 0;
		sleeper.other = CreateEventA(NULL, TRUE, FALSE, NULL);
		sleeper.thread = CreateThread(NULL, 0, sleep_alertably, &sleeper, 0, NULL);
		ASSERT_NE(NULL, sleeper.thread);
		while (!sleeper.tid)
			usleep(1000);
		ASSERT_TRUE(sleeps(sleeper.tid));
		EXPECT_QUIET(TRUE, !!QueueUserAPC(note, sleeper.thread, how + 1));
		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(sleeper.thread, PATIENCE_MS));
		EXPECT_EQ(WAIT_IO_COMPLETION, sleeper.result);
		EXPECT_EQ(how + 1, ran);
		EXPECT_EQ(sleeper.tid, runner);
		EXPECT_EQ(how == 4 ? WAIT_OBJECT_0 : WAIT_TIMEOUT,
			  WaitForSingleObject(sleeper.other, 0));
	}
}

TEST_F(alertable, an_object_ends_a_wait_as_any_other)
{
	struct sleeper sleeper = { .how = 1, .unset = self->unset };

	sleeper.thread = CreateThread(NULL, 0, sleep_alertably, &sleeper, 0, NULL);
	ASSERT_TRUE(has_waiters(self->client, "unset", 1));
	EXPECT_TRUE(SetEvent(self->unset));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(sleeper.thread, PATIENCE_MS));
	EXPECT_EQ(WAIT_OBJECT_0, sleeper.result);
	EXPECT_EQ(0, ran);
}

#define SENDERS 4
#define SENT 2000

static atomic_uint received[SENDERS];
static atomic_uint out_of_order;

static VOID CALLBACK count_one(ULONG_PTR what)
{
	unsigned int sender = what / SENT, number = what % SENT;

	if (received[sender]++ != number)
		out_of_order++;
}

struct sender {
	HANDLE thread;
	unsigned int number;
};

static void *send_many(void *argument)
{
	struct sender *sender = argument;

	for (unsigned int i = 0; i < SENT; i++)
		if (!QueueUserAPC(count_one, sender->thread, sender->number * SENT + i))
			return "refused";
	return NULL;
}

static DWORD WINAPI receive_all(LPVOID unset)
{
	unsigned int sum;

	do {
		sum = 0;
		/* As many of them by the one way to sleep as by the other. */
		if (received[0] % 2)
			SleepEx(PATIENCE_MS, TRUE);
		else
			WaitForSingleObjectEx(unset, PATIENCE_MS, TRUE);
		for (int i = 0; i < SENDERS; i++)
			sum += received[i];
	} while (sum < SENDERS * SENT);
	return 0;
}

TEST_F(alertable, none_is_lost_and_each_senders_come_in_order)
{
	HANDLE thread = CreateThread(NULL, 0, receive_all, self->unset, 0, NULL);
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS];
	void *result;

	for (unsigned int i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){ thread, i };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, send_many, &senders[i]));
	}
	for (int i = 0; i < SENDERS; i++) {
		pthread_join(threads[i], &result);
		EXPECT_EQ(NULL, result);
	}
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
	EXPECT_EQ(0, out_of_order);
}

TEST_HARNESS_MAIN
