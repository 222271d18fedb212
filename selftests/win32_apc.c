// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: functions that are queued to a thread, and the sleep that runs them.
 */
#include "win32_apc.h"

FIXTURE(apc) {
	struct wapi_client *client;
	HANDLE set;		/* an event, resets itself */
	HANDLE unset;
};

FIXTURE_SETUP(apc)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	self->set = CreateEventA(NULL, FALSE, TRUE, "set");
	self->unset = CreateEventA(NULL, FALSE, FALSE, "unset");
	ASSERT_NE(NULL, self->unset);
}

FIXTURE_TEARDOWN(apc)
{
	wapi_client_close(self->client);
}

TEST_F(apc, an_alertable_sleep_runs_all_in_order_and_returns_io_completion)
{
	static const DWORD times[] = { 0, 1, PATIENCE_MS, INFINITE };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		ran = 0;
		for (int digit = 1; digit <= 5; digit++)
			EXPECT_QUIET(TRUE, queue(digit));
		EXPECT_EQ(0, ran);
		EXPECT_QUIET(WAIT_IO_COMPLETION, SleepEx(times[i], TRUE));
		EXPECT_EQ(12345, ran);
		EXPECT_EQ(gettid(), runner);
		/* Each once. */
		EXPECT_QUIET(0, SleepEx(0, TRUE));
	}
}

TEST_F(apc, a_wait_that_is_not_alertable_runs_none)
{
	ASSERT_TRUE(queue(1));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->set, INFINITE));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->unset, 1));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForMultipleObjects(1, &self->unset, FALSE, 1));
	Sleep(1);
	EXPECT_EQ(0, SleepEx(1, FALSE));
	EXPECT_EQ(0, ran);
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(1, ran);
}

TEST_F(apc, a_sleep_is_never_early)
{
	for (int alertable = 0; alertable < 2; alertable++) {
		int64_t before = now_ns();

		EXPECT_QUIET(0, SleepEx(A_WHILE, alertable));
		EXPECT_LE(A_WHILE * INT64_C(1000000), now_ns() - before);
	}
}

static VOID CALLBACK queue_two_more(ULONG_PTR digit)
{
	note(digit);
	queue(digit + 2);
	queue(digit + 3);
}

TEST_F(apc, what_is_queued_meanwhile_is_run_too)
{
	ASSERT_TRUE(QueueUserAPC(queue_two_more, PSEUDO_THREAD, 1));
	ASSERT_TRUE(queue(2));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(1234, ran);
}

static VOID CALLBACK sleep_inside(ULONG_PTR digit)
{
	note(digit);
	if (SleepEx(0, TRUE) != WAIT_IO_COMPLETION)
		note(9);
}

TEST_F(apc, one_that_sleeps_alertably_itself_runs_the_rest)
{
	ASSERT_TRUE(QueueUserAPC(sleep_inside, PSEUDO_THREAD, 1));
	ASSERT_TRUE(queue(2));
	ASSERT_TRUE(queue(3));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(123, ran);
}

static DWORD WINAPI sleep_alertably(LPVOID milliseconds)
{
	return SleepEx((DWORD)(uintptr_t)milliseconds, TRUE);
}

static DWORD code_of(HANDLE thread)
{
	DWORD code = POISON32;

	return GetExitCodeThread(thread, &code) ? code : POISON32;
}

TEST_F(apc, one_that_is_queued_wakes_a_thread_that_sleeps)
{
	static const DWORD times[] = { PATIENCE_MS, INFINITE };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		HANDLE thread;
		DWORD id;

		ran = 0;
		thread = CreateThread(NULL, 0, sleep_alertably, (void *)(uintptr_t)times[i], 0,
				      &id);
		ASSERT_TRUE(sleeps(id));
		EXPECT_QUIET(TRUE, !!QueueUserAPC(note, thread, i + 1));
		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
		EXPECT_EQ(WAIT_IO_COMPLETION, code_of(thread));
		EXPECT_EQ(i + 1, ran);
		EXPECT_EQ(id, runner);
	}
}

static DWORD WINAPI note_the_first_instruction(LPVOID unused)
{
	(void)unused;
	note(9);
	return 0;
}

TEST_F(apc, one_queued_before_the_thread_has_started_runs_before_its_first_instruction)
{
	HANDLE thread = CreateThread(NULL, 0, note_the_first_instruction, NULL,
				     CREATE_SUSPENDED, NULL);

	ASSERT_NE(NULL, thread);
	EXPECT_TRUE(QueueUserAPC(note, thread, 1));
	EXPECT_TRUE(QueueUserAPC(note, thread, 2));
	usleep(A_WHILE * 1000);
	EXPECT_EQ(0, ran);
	EXPECT_EQ(1, ResumeThread(thread));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
	EXPECT_EQ(129, ran);
}

static VOID CALLBACK exit_thread(ULONG_PTR code)
{
	ExitThread(code);
}

TEST_F(apc, one_can_end_the_thread)
{
	HANDLE thread = CreateThread(NULL, 0, note_the_first_instruction, NULL,
				     CREATE_SUSPENDED, NULL);

	EXPECT_TRUE(QueueUserAPC(note, thread, 1));
	EXPECT_TRUE(QueueUserAPC(exit_thread, thread, 5));
	EXPECT_TRUE(QueueUserAPC(note, thread, 2));
	EXPECT_EQ(1, ResumeThread(thread));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
	EXPECT_EQ(1, ran);
	EXPECT_EQ(5, code_of(thread));
}

static DWORD WINAPI leave_by_system_call(LPVOID unused)
{
	(void)unused;
	syscall(SYS_exit, 0);
	return 0;
}

TEST_F(apc, one_to_a_dead_thread_is_0_and_gen_failure)
{
	static const LPTHREAD_START_ROUTINE functions[] = {
		note_the_first_instruction, leave_by_system_call,
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		HANDLE thread = CreateThread(NULL, 0, functions[i], NULL, 0, NULL);

		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
		EXPECT_FAILS(ERROR_GEN_FAILURE, 0, QueueUserAPC(note, thread, 1));
		EXPECT_EQ(9, ran);
	}
}

TEST_F(apc, bad_handles_and_no_function_are_refused)
{
	HANDLE closed = CreateEventA(NULL, TRUE, FALSE, NULL);

	EXPECT_TRUE(CloseHandle(closed));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, 0, QueueUserAPC(note, NULL, 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, 0, QueueUserAPC(note, GARBAGE, 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, 0, QueueUserAPC(note, closed, 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, 0, QueueUserAPC(note, self->set, 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, 0, QueueUserAPC(note, PSEUDO_PROCESS, 1));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0, QueueUserAPC(NULL, PSEUDO_THREAD, 1));
	EXPECT_EQ(0, SleepEx(0, TRUE));
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

static DWORD WINAPI receive_all(LPVOID unused)
{
	unsigned int sum;

	(void)unused;
	do {
		sum = 0;
		SleepEx(PATIENCE_MS, TRUE);
		for (int i = 0; i < SENDERS; i++)
			sum += received[i];
	} while (sum < SENDERS * SENT);
	return 0;
}

TEST_F(apc, none_is_lost_and_each_senders_come_in_order)
{
	HANDLE thread = CreateThread(NULL, 0, receive_all, NULL, 0, NULL);
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
