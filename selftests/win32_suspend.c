// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: threads that are suspended, and threads that are terminated.
 */
#include "win32_sync.h"

#define FAILED ((DWORD)-1)

FIXTURE(suspend) {
	struct wapi_client *client;
	HANDLE event;		/* nobody sets it, or the test does */
};

FIXTURE_SETUP(suspend)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	self->event = CreateEventA(NULL, TRUE, FALSE, "event");
}

FIXTURE_TEARDOWN(suspend)
{
	wapi_client_close(self->client);
}

static bool ends(HANDLE thread)
{
	return WaitForSingleObject(thread, PATIENCE_MS) == WAIT_OBJECT_0;
}

static bool goes_on(HANDLE thread)
{
	return WaitForSingleObject(thread, A_WHILE) == WAIT_TIMEOUT;
}

static DWORD code_of(HANDLE thread)
{
	DWORD code = POISON32;

	return GetExitCodeThread(thread, &code) ? code : POISON32;
}

static atomic_ulong counted;
static atomic_bool stop;

static DWORD WINAPI count(LPVOID unused)
{
	(void)unused;
	while (!stop)
		counted++;
	return 11;
}

static bool counts(void)
{
	unsigned long before = counted;

	for (int i = 0; i < PATIENCE_MS && counted == before; i++)
		usleep(1000);
	return counted != before;
}

static bool stands_still(void)
{
	unsigned long before = counted;

	usleep(A_WHILE * 1000);
	return counted == before;
}

static HANDLE start(LPTHREAD_START_ROUTINE function, void *argument, DWORD flags)
{
	return CreateThread(NULL, 0, function, argument, flags, NULL);
}

TEST_F(suspend, a_suspended_thread_runs_nothing_from_the_return_on)
{
	HANDLE thread = start(count, NULL, 0);

	for (int round = 0; round < 3; round++) {
		ASSERT_TRUE(counts());
		EXPECT_QUIET(0, SuspendThread(thread));
		EXPECT_TRUE(stands_still());
		EXPECT_QUIET(1, ResumeThread(thread));
	}
	ASSERT_TRUE(counts());
	stop = true;
	EXPECT_TRUE(ends(thread));
	EXPECT_EQ(11, code_of(thread));
}

/* Seen at once, where the one before looks for a while. */
TEST_F(suspend, a_suspended_thread_has_stopped_when_the_call_returns)
{
	HANDLE thread = start(count, NULL, 0);
	unsigned long before;

	ASSERT_TRUE(counts());
	for (int round = 0; round < 500; round++) {
		ASSERT_EQ(0, SuspendThread(thread));
		before = counted;
		for (int i = 0; i < 1000; i++)
			ASSERT_EQ(before, counted);
		ASSERT_EQ(1, ResumeThread(thread));
	}
}

TEST_F(suspend, resume_returns_the_previous_count)
{
	HANDLE thread = start(count, NULL, 0);

	EXPECT_QUIET(0, ResumeThread(thread));
	for (DWORD i = 0; i < 3; i++)
		EXPECT_QUIET(i, SuspendThread(thread));
	for (DWORD i = 3; i > 0; i--) {
		EXPECT_TRUE(stands_still());
		EXPECT_QUIET(i, ResumeThread(thread));
	}
	EXPECT_QUIET(0, ResumeThread(thread));
	EXPECT_TRUE(counts());
}

TEST_F(suspend, it_is_refused_beyond_the_maximum)
{
	HANDLE thread = start(count, NULL, 0);

	for (DWORD i = 0; i < MAXIMUM_SUSPEND_COUNT; i++)
		ASSERT_EQ(i, SuspendThread(thread));
	EXPECT_FAILS(ERROR_SIGNAL_REFUSED, FAILED, SuspendThread(thread));
	EXPECT_EQ(MAXIMUM_SUSPEND_COUNT, ResumeThread(thread));
	EXPECT_EQ(MAXIMUM_SUSPEND_COUNT - 1, SuspendThread(thread));
	EXPECT_TRUE(stands_still());
	for (DWORD i = MAXIMUM_SUSPEND_COUNT; i > 0; i--)
		ASSERT_EQ(i, ResumeThread(thread));
	EXPECT_TRUE(counts());
}

TEST_F(suspend, a_thread_created_suspended_begins_when_it_is_resumed)
{
	HANDLE thread = start(count, NULL, CREATE_SUSPENDED);

	ASSERT_NE(NULL, thread);
	EXPECT_TRUE(stands_still());
	EXPECT_EQ(0, counted);
	EXPECT_QUIET(1, SuspendThread(thread));
	EXPECT_QUIET(2, ResumeThread(thread));
	EXPECT_TRUE(stands_still());
	EXPECT_EQ(STILL_ACTIVE, code_of(thread));
	EXPECT_QUIET(1, ResumeThread(thread));
	EXPECT_TRUE(counts());
}

static DWORD WINAPI wait_for(LPVOID event)
{
	return WaitForSingleObject(event, INFINITE);
}

TEST_F(suspend, a_wait_goes_on_when_the_thread_is_resumed)
{
	HANDLE thread = start(wait_for, self->event, 0);

	ASSERT_TRUE(has_waiters(self->client, "event", 1));
	EXPECT_EQ(0, SuspendThread(thread));
	EXPECT_EQ(1, ResumeThread(thread));
	ASSERT_TRUE(has_waiters(self->client, "event", 1));
	EXPECT_TRUE(goes_on(thread));
	EXPECT_EQ(0, SuspendThread(thread));
	EXPECT_TRUE(SetEvent(self->event));
	EXPECT_TRUE(goes_on(thread));
	EXPECT_EQ(1, ResumeThread(thread));
	EXPECT_TRUE(ends(thread));
	EXPECT_EQ(WAIT_OBJECT_0, code_of(thread));
}

static DWORD WINAPI sleep_so_long(LPVOID milliseconds)
{
	int64_t before = now_ns();

	Sleep((DWORD)(uintptr_t)milliseconds);
	return now_ns() - before < (int64_t)(uintptr_t)milliseconds * 1000000;
}

TEST_F(suspend, a_sleep_is_not_cut_short_by_it)
{
	HANDLE thread = start(sleep_so_long, (void *)(uintptr_t)300, 0);

	for (int i = 0; i < 10; i++) {
		SuspendThread(thread);
		usleep(1000);
		ResumeThread(thread);
	}
	EXPECT_TRUE(ends(thread));
	EXPECT_EQ(0, code_of(thread));
}

static DWORD WINAPI suspend_oneself(LPVOID unused)
{
	(void)unused;
	return SuspendThread(PSEUDO_THREAD);
}

TEST_F(suspend, a_thread_can_suspend_itself)
{
	HANDLE thread = start(suspend_oneself, NULL, 0);
	DWORD previous = 0;

	for (int i = 0; i < PATIENCE_MS && !previous; i++) {
		usleep(1000);
		previous = ResumeThread(thread);
	}
	EXPECT_EQ(1, previous);
	EXPECT_TRUE(ends(thread));
	EXPECT_EQ(0, code_of(thread));
}

static atomic_int handled;

static void handle(int signal)
{
	handled += signal == SIGUSR1;
}

TEST_F(suspend, no_signal_handler_runs_in_a_suspended_thread)
{
	HANDLE thread = start(count, NULL, 0);

	signal(SIGUSR1, handle);
	ASSERT_TRUE(counts());
	EXPECT_EQ(0, SuspendThread(thread));
	EXPECT_EQ(0, syscall(SYS_tgkill, getpid(), GetThreadId(thread), SIGUSR1));
	usleep(A_WHILE * 1000);
	EXPECT_EQ(0, handled);
	EXPECT_EQ(1, ResumeThread(thread));
	for (int i = 0; i < PATIENCE_MS && !handled; i++)
		usleep(1000);
	EXPECT_EQ(1, handled);
}

static DWORD WINAPI watch_errors(LPVOID unused)
{
	(void)unused;
	errno = 77;
	SetLastError(78);
	while (!stop)
		counted++;
	return errno == 77 && GetLastError() == 78;
}

TEST_F(suspend, the_thread_does_not_see_that_it_was_suspended)
{
	HANDLE thread = start(watch_errors, NULL, 0);

	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, SuspendThread(thread));
		ASSERT_EQ(1, ResumeThread(thread));
	}
	stop = true;
	EXPECT_TRUE(ends(thread));
	EXPECT_EQ(1, code_of(thread));
}

static DWORD WINAPI suspend_and_resume(LPVOID thread)
{
	for (int i = 0; i < 300; i++) {
		if (SuspendThread(thread) == FAILED || !ResumeThread(thread))
			return 1;
	}
	return 0;
}

TEST_F(suspend, several_can_suspend_one_thread_at_once)
{
	HANDLE thread = start(count, NULL, 0), others[3];

	for (int i = 0; i < 3; i++)
		others[i] = start(suspend_and_resume, thread, 0);
	for (int i = 0; i < 3; i++) {
		EXPECT_TRUE(ends(others[i]));
		EXPECT_EQ(0, code_of(others[i]));
	}
	EXPECT_TRUE(counts());
	EXPECT_EQ(0, ResumeThread(thread));
}

static DWORD WINAPI sleep_for_ever(LPVOID unused)
{
	(void)unused;
	Sleep(INFINITE);
	return 0;
}

static DWORD WINAPI sleep_alertably(LPVOID unused)
{
	(void)unused;
	SleepEx(INFINITE, TRUE);
	return 0;
}

TEST_F(suspend, a_terminated_thread_ends_with_the_code_whatever_it_does)
{
	const struct {
		LPTHREAD_START_ROUTINE function;
		DWORD flags;
		bool suspend;
	} cases[] = {
		{ .function = count }, { .function = wait_for },
		{ .function = sleep_for_ever }, { .function = sleep_alertably },
		{ .function = count, .suspend = true }, { .function = wait_for, .suspend = true },
		{ .function = count, .flags = CREATE_SUSPENDED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		HANDLE thread = start(cases[i].function, self->event, cases[i].flags);

		ASSERT_NE(NULL, thread);
		usleep(10000);
		if (cases[i].suspend)
			ASSERT_EQ(0, SuspendThread(thread));
		EXPECT_QUIET(TRUE, TerminateThread(thread, 0xf0000000 + i));
		ASSERT_TRUE(ends(thread)) TH_LOG("case %zu", i);
		EXPECT_EQ(0xf0000000 + i, code_of(thread));
		counted = 0;
		EXPECT_TRUE(stands_still());
	}
}

static pthread_key_t key;
static atomic_int unwound;

static void unwind(void *unused)
{
	(void)unused;
	unwound++;
}

static void clean(int *unused)
{
	(void)unused;
	unwound++;
}

static DWORD WINAPI have_things_to_unwind(LPVOID argument)
{
	int scope __attribute__((cleanup(clean))) = 0;

	(void)scope;
	pthread_setspecific(key, &key);
	pthread_cleanup_push(unwind, NULL);
	counted = 1;
	if (argument)
		TerminateThread(PSEUDO_THREAD, 5);
	for (;;)
		usleep(1000);
	pthread_cleanup_pop(0);
	return 0;
}

TEST_F(suspend, a_terminated_thread_unwinds_nothing)
{
	HANDLE thread;

	ASSERT_EQ(0, pthread_key_create(&key, unwind));
	for (int by_itself = 0; by_itself < 2; by_itself++) {
		counted = 0;
		thread = start(have_things_to_unwind, by_itself ? &key : NULL, 0);
		while (!counted)
			usleep(1000);
		if (!by_itself)
			EXPECT_TRUE(TerminateThread(thread, 5));
		ASSERT_TRUE(ends(thread));
		EXPECT_EQ(5, code_of(thread));
		EXPECT_EQ(0, unwound);
	}
}

static DWORD WINAPI hold(LPVOID mutex)
{
	WaitForSingleObject(mutex, INFINITE);
	counted = 1;
	Sleep(INFINITE);
	return 0;
}

TEST_F(suspend, the_mutex_of_a_terminated_thread_is_abandoned)
{
	HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
	HANDLE thread = start(hold, mutex, 0);

	while (!counted)
		usleep(1000);
	EXPECT_TRUE(TerminateThread(thread, 0));
	EXPECT_EQ(WAIT_ABANDONED_0, WaitForSingleObject(mutex, PATIENCE_MS));
}

/* In kB. */
static long address_space(void)
{
	char line[128];
	long size = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && !size && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmSize: %ld", &size) != 1)
			size = 0;
	if (file)
		fclose(file);
	return size;
}

#define STACK_SIZE ((size_t)256 << 20)

TEST_F(suspend, the_stacks_of_terminated_threads_are_given_back)
{
	long before = address_space();

	for (int i = 0; i < 40; i++) {
		HANDLE thread = CreateThread(NULL, STACK_SIZE, sleep_for_ever, NULL, 0, NULL);

		ASSERT_NE(NULL, thread);
		ASSERT_TRUE(TerminateThread(thread, 0));
		ASSERT_TRUE(ends(thread));
		ASSERT_TRUE(CloseHandle(thread));
	}
	/* malloc() takes up to 1 GiB for threads. */
	EXPECT_GT(before + 10 * (long)(STACK_SIZE / 1024), address_space());
}

static DWORD WINAPI terminate_oneself(LPVOID main_thread)
{
	if (!ends(main_thread))
		_exit(100);
	TerminateThread(PSEUDO_THREAD, 77);
	_exit(101);
}

static DWORD WINAPI terminate_main(LPVOID main_thread)
{
	if (!TerminateThread(main_thread, 6) || !ends(main_thread) || code_of(main_thread) != 6)
		_exit(102);
	return 78;
}

TEST_F(suspend, the_main_thread_can_be_terminated_and_the_last_ends_the_process)
{
	for (int how = 0; how < 2; how++) {
		pid_t pid = fork();
		HANDLE own = NULL;

		if (!pid) {
			alarm(CHILD_PATIENCE);
			DuplicateHandle(PSEUDO_PROCESS, PSEUDO_THREAD, PSEUDO_PROCESS, &own, 0,
					FALSE, DUPLICATE_SAME_ACCESS);
			start(how ? terminate_main : terminate_oneself, own, 0);
			if (how)
				Sleep(INFINITE);
			ExitThread(1);
		}
		EXPECT_EQ(77 + how, end_of(pid));
	}
}

static DWORD WINAPI end_at_once(LPVOID unused)
{
	(void)unused;
	return 9;
}

TEST_F(suspend, a_thread_that_has_ended_is_not_stopped)
{
	HANDLE thread = start(end_at_once, NULL, 0);

	ASSERT_TRUE(ends(thread));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FAILED, SuspendThread(thread));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, TerminateThread(thread, 1));
	EXPECT_QUIET(0, ResumeThread(thread));
	EXPECT_EQ(9, code_of(thread));
}

TEST_F(suspend, bad_handles_are_refused)
{
	HANDLE closed = CreateEventA(NULL, TRUE, FALSE, NULL);
	HANDLE bad[] = { NULL, GARBAGE, closed, self->event, PSEUDO_PROCESS };

	EXPECT_TRUE(CloseHandle(closed));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FAILS(ERROR_INVALID_HANDLE, FAILED, SuspendThread(bad[i]));
		EXPECT_FAILS(ERROR_INVALID_HANDLE, FAILED, ResumeThread(bad[i]));
		EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, TerminateThread(bad[i], 1));
	}
}

TEST_HARNESS_MAIN
