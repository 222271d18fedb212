// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: waitable timers, and their completion routines.
 *
 * What the clock does is never awaited in vain: a timer that is not to be signalled is
 * set to a time far away, or looked at in the kernel.
 */
#include "win32_sync.h"

#include <time.h>

#define TICKS_PER_MS INT64_C(10000)
#define HOUR (3600000 * TICKS_PER_MS)
#define NS_PER_TICK 100
#define UNIX_EPOCH INT64_C(116444736000000000)

FIXTURE(timer) {
	struct wapi_client *client;
	HANDLE event;		/* not set, resets itself */
};

FIXTURE_SETUP(timer)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	self->event = CreateEventA(NULL, FALSE, FALSE, "event");
	ASSERT_NE(NULL, self->event);
}

FIXTURE_TEARDOWN(timer)
{
	wapi_client_close(self->client);
}

static DWORD poll(HANDLE handle)
{
	return WaitForSingleObject(handle, 0);
}

static BOOL set(HANDLE timer, LONGLONG ticks, LONG period)
{
	LARGE_INTEGER due = { .QuadPart = ticks };

	return SetWaitableTimer(timer, &due, period, NULL, NULL, FALSE);
}

static HANDLE manual_timer(const char *name)
{
	return CreateWaitableTimerA(NULL, TRUE, name);
}

static HANDLE auto_timer(const char *name)
{
	return CreateWaitableTimerA(NULL, FALSE, name);
}

static int64_t utc_now(void)
{
	FILETIME now;

	GetSystemTimeAsFileTime(&now);
	return ((int64_t)now.dwHighDateTime << 32) + now.dwLowDateTime;
}

static bool is_armed(struct wapi_client *client, const char *name)
{
	return look_at(client, name).state.flags & WAPI_STATE_ARMED;
}

/* ---- making and opening ---- */

TEST_F(timer, a_fresh_create_sets_the_last_error_to_0)
{
	EXPECT_FAILS(0, TRUE, manual_timer("fresh") != NULL);
	EXPECT_FAILS(0, TRUE, manual_timer(NULL) != NULL);
	EXPECT_FAILS(0, TRUE, manual_timer("") != NULL);
	EXPECT_FAILS(0, TRUE, CreateWaitableTimerW(NULL, TRUE, u"wide") != NULL);
	EXPECT_FAILS(0, TRUE, CreateWaitableTimerExA(NULL, "ex", 0, 0) != NULL);
	EXPECT_FAILS(0, TRUE, CreateWaitableTimerExW(NULL, u"wide ex", 0, 0) != NULL);
}

TEST_F(timer, an_existing_one_is_opened_with_already_exists_and_stays_as_it_is)
{
	HANDLE first = auto_timer("name"), others[4];

	ASSERT_TRUE(set(first, 0, 0));
	SetLastError(UNTOUCHED);
	others[0] = CreateWaitableTimerA(NULL, TRUE, "name");
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	SetLastError(UNTOUCHED);
	others[1] = CreateWaitableTimerW(NULL, TRUE, u"name");
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	SetLastError(UNTOUCHED);
	others[2] = CreateWaitableTimerExA(NULL, "name", CREATE_WAITABLE_TIMER_MANUAL_RESET, 0);
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	SetLastError(UNTOUCHED);
	others[3] = CreateWaitableTimerExW(NULL, u"name", CREATE_WAITABLE_TIMER_MANUAL_RESET, 0);
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	for (int i = 0; i < 4; i++) {
		ASSERT_NE(NULL, others[i]);
		EXPECT_NE(first, others[i]);
	}
	EXPECT_EQ(WAIT_OBJECT_0, poll(others[0]));
	EXPECT_EQ(WAIT_TIMEOUT, poll(first));
	EXPECT_TRUE(CloseHandle(first));
	EXPECT_TRUE(set(others[3], 0, 0));
	EXPECT_EQ(WAIT_OBJECT_0, poll(others[1]));
}

TEST_F(timer, it_is_manual_as_it_was_made_and_neither_set_nor_signalled)
{
	for (int manual = 0; manual <= 1; manual++) {
		DWORD flags = manual ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0;
		HANDLE made[] = {
			CreateWaitableTimerA(NULL, manual ? 0x100 : 0, "1"),
			CreateWaitableTimerW(NULL, manual, u"2"),
			CreateWaitableTimerExA(NULL, "3", flags, TIMER_ALL_ACCESS),
			CreateWaitableTimerExW(NULL, u"4", flags, TIMER_ALL_ACCESS),
			CreateWaitableTimerExW(NULL, u"5", flags |
					       CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, 0),
		};

		for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
			char name[] = { '1' + i, '\0' };

			ASSERT_NE(NULL, made[i]);
			EXPECT_EQ(WAIT_TIMEOUT, poll(made[i]));
			EXPECT_FALSE(is_armed(self->client, name));
			EXPECT_QUIET(TRUE, set(made[i], 0, 0));
			EXPECT_EQ(WAIT_OBJECT_0, poll(made[i]));
			EXPECT_EQ(manual ? WAIT_OBJECT_0 : WAIT_TIMEOUT, poll(made[i]));
			EXPECT_TRUE(CloseHandle(made[i]));
		}
	}
}

TEST_F(timer, other_flags_are_refused)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, CreateWaitableTimerExA(NULL, "name", 4, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
		     CreateWaitableTimerExW(NULL, u"name", 0x80000001, 0));
	EXPECT_EQ(0, kernel_handle(self->client, "name"));
}

TEST_F(timer, its_names_are_those_of_all_types)
{
	ASSERT_NE(NULL, CreateMutexA(NULL, FALSE, "mutex"));
	ASSERT_NE(NULL, CreateSemaphoreA(NULL, 0, 1, "semaphore"));
	ASSERT_NE(NULL, manual_timer("timer"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateWaitableTimerA(NULL, TRUE, "event"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateWaitableTimerW(NULL, TRUE, u"mutex"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateWaitableTimerExA(NULL, "semaphore", 0, 0));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateWaitableTimerExW(NULL, u"event", 0, 0));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenWaitableTimerA(0, FALSE, "mutex"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenWaitableTimerW(0, FALSE, u"semaphore"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateEventA(NULL, TRUE, TRUE, "timer"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateMutexA(NULL, TRUE, "timer"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateSemaphoreW(NULL, 0, 1, u"timer"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenEventW(0, FALSE, u"timer"));
	EXPECT_QUIET(TRUE, CloseHandle(OpenWaitableTimerA(0, FALSE, "Global\\timer")));
	EXPECT_QUIET(TRUE, CloseHandle(OpenWaitableTimerW(0, FALSE, u"Local\\timer")));
}

TEST_F(timer, a_missing_name_is_file_not_found_and_none_an_invalid_parameter)
{
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenWaitableTimerA(0, FALSE, "missing"));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenWaitableTimerW(0, FALSE, u"missing"));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenWaitableTimerA(0, FALSE, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenWaitableTimerW(0, FALSE, NULL));
}

TEST_F(timer, a_name_that_is_malformed_is_refused)
{
	static const WCHAR unpaired[] = { u'a', 0xd800, u'b', 0 };
	char name[MAX_PATH + 2];

	memset(name, 'n', sizeof(name));
	name[MAX_PATH + 1] = '\0';
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, CreateWaitableTimerA(NULL, TRUE, name));
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, OpenWaitableTimerA(0, FALSE, name));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, CreateWaitableTimerA(NULL, TRUE, "a\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, CreateWaitableTimerW(NULL, TRUE, u"a\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, OpenWaitableTimerW(0, FALSE, u"a\\name"));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, NULL,
		     CreateWaitableTimerExA(NULL, "a\xff", 0, 0));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, NULL,
		     CreateWaitableTimerExW(NULL, unpaired, 0, 0));
}

static DWORD flags_of(HANDLE handle)
{
	DWORD flags = POISON32;

	GetHandleInformation(handle, &flags);
	return flags;
}

TEST_F(timer, the_attributes_say_whether_the_handle_is_inherited)
{
	SECURITY_ATTRIBUTES yes = { .nLength = sizeof(yes), .bInheritHandle = TRUE };
	SECURITY_ATTRIBUTES no = { .nLength = sizeof(no) };

	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(CreateWaitableTimerA(&yes, TRUE, "name")));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(CreateWaitableTimerExW(&yes, NULL, 0, 0)));
	EXPECT_EQ(0, flags_of(CreateWaitableTimerW(&no, TRUE, u"name")));
	EXPECT_EQ(0, flags_of(CreateWaitableTimerExA(NULL, "name", 0, 0)));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(OpenWaitableTimerA(0, TRUE, "name")));
	EXPECT_EQ(0, flags_of(OpenWaitableTimerW(0, FALSE, u"name")));
}

/* ---- when it is signalled ---- */

TEST_F(timer, a_time_from_now_is_never_early)
{
	HANDLE timer = auto_timer(NULL);

	for (int ms = 0; ms < 4; ms++) {
		int64_t before = now_ns();

		ASSERT_TRUE(set(timer, -(ms * TICKS_PER_MS + 1), 0));
		EXPECT_QUIET(WAIT_OBJECT_0, WaitForSingleObject(timer, PATIENCE_MS));
		EXPECT_LE((ms * TICKS_PER_MS + 1) * NS_PER_TICK, now_ns() - before);
		EXPECT_EQ(WAIT_TIMEOUT, poll(timer));
	}
}

TEST_F(timer, a_time_of_the_day_is_never_early)
{
	HANDLE timer = auto_timer(NULL);

	for (int ms = 0; ms < 4; ms++) {
		int64_t due = utc_now() + ms * TICKS_PER_MS;

		ASSERT_TRUE(set(timer, due, 0));
		EXPECT_QUIET(WAIT_OBJECT_0, WaitForSingleObject(timer, PATIENCE_MS));
		EXPECT_LE(due, utc_now());
	}
}

TEST_F(timer, a_time_that_has_passed_is_now)
{
	const int64_t past[] = { 0, 1, UNIX_EPOCH - 1, UNIX_EPOCH, UNIX_EPOCH + 1, utc_now() - 1 };
	HANDLE timer = auto_timer(NULL);

	for (size_t i = 0; i < ARRAY_SIZE(past); i++) {
		ASSERT_TRUE(set(timer, past[i], 0));
		EXPECT_EQ(WAIT_OBJECT_0, poll(timer));
	}
}

TEST_F(timer, a_time_out_of_reach_never_comes)
{
	const int64_t never[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1 };
	HANDLE timer = auto_timer("never");

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		EXPECT_QUIET(TRUE, set(timer, never[i], 0));
		EXPECT_EQ(WAIT_TIMEOUT, poll(timer));
		EXPECT_TRUE(is_armed(self->client, "never"));
		EXPECT_EQ(WAPI_TIMER_NEVER, (int64_t)look_at(self->client, "never").state.due);
	}
}

TEST_F(timer, it_is_told_to_the_kernel_as_it_is_given)
{
	HANDLE timer = auto_timer("told");
	int64_t due = utc_now() + HOUR;
	struct wapi_state state;

	EXPECT_TRUE(set(timer, due, 3000));
	state = look_at(self->client, "told").state;
	EXPECT_EQ(WAPI_STATE_ARMED | WAPI_STATE_REALTIME, state.flags);
	EXPECT_EQ((due - UNIX_EPOCH) * NS_PER_TICK, (int64_t)state.due);
	EXPECT_EQ(3000000000, state.period);

	due = now_ns() + HOUR * NS_PER_TICK;
	EXPECT_TRUE(set(timer, -HOUR, INT32_MAX));
	state = look_at(self->client, "told").state;
	EXPECT_EQ(WAPI_STATE_ARMED, state.flags);
	EXPECT_LE(due, (int64_t)state.due);
	EXPECT_GE(now_ns() + HOUR * NS_PER_TICK, (int64_t)state.due);
	EXPECT_EQ(INT32_MAX * UINT64_C(1000000), state.period);
}

static int move_clock(int64_t seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += seconds;
	return clock_settime(CLOCK_REALTIME, &now);
}

TEST_F(timer, a_time_of_the_day_follows_who_sets_the_clock)
{
	HANDLE absolute = manual_timer(NULL), relative = manual_timer(NULL);

	ASSERT_TRUE(set(absolute, utc_now() + HOUR, 0));
	ASSERT_TRUE(set(relative, -HOUR, 0));
	if (move_clock(3601))
		SKIP(return, "the clock cannot be set here");
	EXPECT_EQ(WAIT_OBJECT_0, poll(absolute));
	EXPECT_EQ(WAIT_TIMEOUT, poll(relative));
	EXPECT_EQ(0, move_clock(-3601));
}

TEST_F(timer, a_periodic_one_is_signalled_again_and_again_and_never_early)
{
	HANDLE timer = auto_timer(NULL);
	int64_t before = now_ns();

	ASSERT_TRUE(set(timer, -2 * TICKS_PER_MS, 3));
	for (int i = 0; i < 10; i++) {
		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(timer, PATIENCE_MS));
		EXPECT_LE((2 + 3 * i) * INT64_C(1000000), now_ns() - before);
	}
}

TEST_F(timer, one_that_is_set_anew_is_not_signalled_before_that_time)
{
	HANDLE timer = manual_timer("timer");

	ASSERT_TRUE(set(timer, 0, 0));
	EXPECT_EQ(WAIT_OBJECT_0, poll(timer));
	EXPECT_QUIET(TRUE, set(timer, -HOUR, 0));
	EXPECT_EQ(WAIT_TIMEOUT, poll(timer));
	EXPECT_TRUE(is_armed(self->client, "timer"));
}

TEST_F(timer, to_cancel_one_does_not_change_whether_it_is_signalled)
{
	HANDLE timer = manual_timer("timer");

	EXPECT_QUIET(TRUE, CancelWaitableTimer(timer));
	EXPECT_EQ(WAIT_TIMEOUT, poll(timer));
	ASSERT_TRUE(set(timer, -HOUR, 0));
	EXPECT_QUIET(TRUE, CancelWaitableTimer(timer));
	EXPECT_FALSE(is_armed(self->client, "timer"));
	EXPECT_EQ(WAIT_TIMEOUT, poll(timer));
	ASSERT_TRUE(set(timer, 0, 1000));
	EXPECT_QUIET(TRUE, CancelWaitableTimer(timer));
	EXPECT_FALSE(is_armed(self->client, "timer"));
	EXPECT_EQ(WAIT_OBJECT_0, poll(timer));
}

/* ---- what is refused ---- */

static BOOL set_any(HANDLE timer)
{
	return set(timer, 0, 0);
}

TEST_F(timer, to_set_and_to_cancel_refuse_bad_handles)
{
	EXPECT_STREQ("", refuses_bad_handles(set_any, self->event));
	EXPECT_STREQ("", refuses_bad_handles(CancelWaitableTimer, self->event));
	EXPECT_STREQ("", refuses_bad_handles(SetEvent, auto_timer(NULL)));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED,
		     SignalObjectAndWait(auto_timer(NULL), self->event, 0, FALSE));
}

static VOID CALLBACK must_not_run(LPVOID argument, DWORD low, DWORD high)
{
	fprintf(stderr, "# a routine ran that must not: %p %u %u\n", argument, low, high);
	abort();
}

TEST_F(timer, a_negative_period_and_no_time_are_refused_and_change_nothing)
{
	static const LONG wrong[] = { -1, INT32_MIN };
	LARGE_INTEGER due = { .QuadPart = 0 };
	HANDLE timer = auto_timer("timer");

	ASSERT_TRUE(set(timer, -HOUR, 0));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
			     SetWaitableTimer(timer, &due, wrong[i], must_not_run, NULL, FALSE));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE,
		     SetWaitableTimer(timer, NULL, 0, must_not_run, NULL, FALSE));
	EXPECT_EQ(0, SleepEx(0, TRUE));
	EXPECT_EQ(WAIT_TIMEOUT, poll(timer));
	EXPECT_EQ(1, look_at(self->client, "timer").state.count);
}

TEST_F(timer, to_wake_the_system_succeeds_and_is_not_supported)
{
	LARGE_INTEGER due = { .QuadPart = 0 };
	HANDLE timer = auto_timer(NULL);

	EXPECT_FAILS(ERROR_NOT_SUPPORTED, TRUE,
		     SetWaitableTimer(timer, &due, 0, NULL, NULL, TRUE));
	EXPECT_EQ(WAIT_OBJECT_0, poll(timer));
	EXPECT_QUIET(TRUE, SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
}

/* ---- between processes ---- */

static void sets_it_twice(struct peer *parent)
{
	HANDLE timer = OpenWaitableTimerA(TIMER_ALL_ACCESS, FALSE, "shared");

	CHILD_ASSERT(timer && set(timer, -TICKS_PER_MS, 0));
	CHILD_ASSERT(told_by(parent) == 1);
	CHILD_ASSERT(set(timer, -HOUR, 0) && tell(parent, 2));
	CHILD_ASSERT(told_by(parent) == 3);
	CHILD_ASSERT(poll(timer) == WAIT_OBJECT_0);
}

TEST_F(timer, two_processes_share_one_by_name)
{
	HANDLE timer = auto_timer("shared");
	struct peer child;
	pid_t pid = start_child(&child, sets_it_twice);

	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(timer, PATIENCE_MS));
	EXPECT_TRUE(tell(&child, 1));
	EXPECT_EQ(2, told_by(&child));
	EXPECT_TRUE(is_armed(self->client, "shared"));
	EXPECT_TRUE(set(timer, 0, 0));
	EXPECT_TRUE(tell(&child, 3));
	EXPECT_EQ(0, end_of(pid));
}

static void sets_it_and_stays(struct peer *parent)
{
	HANDLE timer = auto_timer("theirs");

	CHILD_ASSERT(set(timer, -5 * TICKS_PER_MS, 0));
	CHILD_ASSERT(tell(parent, 1));
	pause();
}

TEST_F(timer, one_goes_on_when_who_set_it_is_killed_and_ends_with_its_last_handle)
{
	struct peer child;
	HANDLE timer;
	pid_t pid = start_child(&child, sets_it_and_stays);

	ASSERT_EQ(1, told_by(&child));
	timer = OpenWaitableTimerW(0, FALSE, u"theirs");
	ASSERT_NE(NULL, timer);
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(timer, PATIENCE_MS));
	EXPECT_TRUE(CloseHandle(timer));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenWaitableTimerA(0, FALSE, "theirs"));
}

TEST_F(timer, who_is_killed_while_it_is_set_leaves_nothing)
{
	struct peer child;
	pid_t pid = start_child(&child, sets_it_and_stays);

	ASSERT_EQ(1, told_by(&child));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenWaitableTimerA(0, FALSE, "theirs"));
}

static void waits_for_it(struct peer *parent)
{
	HANDLE timer = OpenWaitableTimerA(0, FALSE, "awaited");

	CHILD_ASSERT(timer && tell(parent, 1));
	WaitForSingleObject(timer, INFINITE);
	tell(parent, 2);
}

TEST_F(timer, who_is_killed_while_it_waits_takes_nothing)
{
	HANDLE timer = auto_timer("awaited");
	struct peer child;
	pid_t pid = start_child(&child, waits_for_it);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_TRUE(has_waiters(self->client, "awaited", 1));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_TRUE(set(timer, 0, 0));
	EXPECT_EQ(WAIT_OBJECT_0, poll(timer));
}

TEST_F(timer, a_duplicate_is_another_value_of_the_same_one)
{
	HANDLE timer = auto_timer(NULL), duplicate = NULL;

	ASSERT_TRUE(DuplicateHandle(PSEUDO_PROCESS, timer, PSEUDO_PROCESS, &duplicate, 0, FALSE,
				    DUPLICATE_CLOSE_SOURCE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CancelWaitableTimer(timer));
	EXPECT_TRUE(set(duplicate, 0, 0));
	EXPECT_EQ(WAIT_OBJECT_0, poll(duplicate));
}

/* ---- completion routines ---- */

static _Atomic unsigned long ran;	/* one digit for each, in order */
static atomic_int runner;
static int64_t signalled_at;		/* as the last was told */

static VOID CALLBACK note(LPVOID digit, DWORD low, DWORD high)
{
	ran = ran * 10 + (uintptr_t)digit;
	runner = gettid();
	signalled_at = ((int64_t)high << 32) + low;
}

static BOOL set_routine(HANDLE timer, LONGLONG ticks, LONG period, PTIMERAPCROUTINE routine,
			uintptr_t digit)
{
	LARGE_INTEGER due = { .QuadPart = ticks };

	return SetWaitableTimer(timer, &due, period, routine, (void *)digit, FALSE);
}

TEST_F(timer, a_routine_is_told_when_its_timer_was_signalled_and_is_never_early)
{
	HANDLE timer = auto_timer(NULL);
	int64_t before, due;

	/* In time, which a busy machine may not be at first. */
	do {
		due = utc_now() + A_WHILE * TICKS_PER_MS;
		ASSERT_TRUE(set_routine(timer, due, 0, note, 1));
	} while (utc_now() >= due);
	EXPECT_QUIET(WAIT_IO_COMPLETION, SleepEx(PATIENCE_MS, TRUE));
	EXPECT_EQ(1, ran);
	EXPECT_EQ(gettid(), runner);
	EXPECT_EQ(due, signalled_at);
	EXPECT_LE(due, utc_now());

	before = utc_now();
	ASSERT_TRUE(set_routine(timer, -3 * TICKS_PER_MS, 0, note, 2));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(INFINITE, TRUE));
	EXPECT_EQ(12, ran);
	/* Two clocks were read one after the other. */
	EXPECT_LE(before + 2 * TICKS_PER_MS, signalled_at);
	EXPECT_GE(utc_now() + TICKS_PER_MS, signalled_at);

	/* Signalled when it was set. */
	before = utc_now();
	ASSERT_TRUE(set_routine(timer, 0, 0, note, 3));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(123, ran);
	EXPECT_LE(before, signalled_at);
	EXPECT_GE(utc_now(), signalled_at);
	/* Each once. */
	EXPECT_EQ(0, SleepEx(0, TRUE));
}

TEST_F(timer, a_wait_that_is_not_alertable_runs_no_routine)
{
	HANDLE timer = manual_timer(NULL);

	ASSERT_TRUE(set_routine(timer, 0, 0, note, 1));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(timer, PATIENCE_MS));
	EXPECT_EQ(0, SleepEx(1, FALSE));
	EXPECT_EQ(0, ran);
	EXPECT_EQ(WAIT_IO_COMPLETION, WaitForSingleObjectEx(timer, 0, TRUE));
	EXPECT_EQ(1, ran);
}

TEST_F(timer, a_routine_that_becomes_due_ends_an_alertable_wait)
{
	HANDLE timer = auto_timer(NULL), both[] = { self->event, auto_timer(NULL) };

	ASSERT_TRUE(set_routine(timer, -TICKS_PER_MS, 0, note, 1));
	EXPECT_EQ(WAIT_IO_COMPLETION, WaitForSingleObjectEx(self->event, PATIENCE_MS, TRUE));
	ASSERT_TRUE(set_routine(timer, -TICKS_PER_MS, 0, note, 2));
	EXPECT_EQ(WAIT_IO_COMPLETION, WaitForMultipleObjectsEx(2, both, FALSE, INFINITE, TRUE));
	ASSERT_TRUE(set_routine(timer, -TICKS_PER_MS, 0, note, 3));
	EXPECT_EQ(WAIT_IO_COMPLETION, WaitForMultipleObjectsEx(2, both, TRUE, INFINITE, TRUE));
	ASSERT_TRUE(set_routine(timer, 0, 0, note, 4));
	EXPECT_EQ(WAIT_IO_COMPLETION, SignalObjectAndWait(self->event, both[1], 0, TRUE));
	EXPECT_EQ(WAIT_OBJECT_0, poll(self->event));
	EXPECT_EQ(1234, ran);
}

static VOID CALLBACK note_apc(ULONG_PTR digit)
{
	ran = ran * 10 + digit;
}

TEST_F(timer, routines_run_in_the_order_in_which_they_became_due)
{
	HANDLE first = auto_timer(NULL), second = auto_timer(NULL);
	int64_t now = utc_now();

	ASSERT_TRUE(set_routine(second, now + 2 * TICKS_PER_MS, 0, note, 2));
	ASSERT_TRUE(set_routine(first, now + TICKS_PER_MS, 0, note, 1));
	Sleep(5);
	ASSERT_NE(0, QueueUserAPC(note_apc, PSEUDO_THREAD, 3));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(123, ran);
}

TEST_F(timer, a_periodic_routine_runs_again_and_again_in_step)
{
	HANDLE timer = auto_timer(NULL);
	int64_t due, last = 0;

	do {
		due = utc_now() + A_WHILE * TICKS_PER_MS;
		ASSERT_TRUE(set_routine(timer, due, 50, note, 0));
	} while (utc_now() >= due);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(INFINITE, TRUE));
		EXPECT_EQ(0, (signalled_at - due) % (50 * TICKS_PER_MS));
		EXPECT_LT(last, signalled_at);
		EXPECT_LE(signalled_at, utc_now());
		last = signalled_at;
	}
	/* However many periods have passed. */
	ran = 0;
	ASSERT_TRUE(set_routine(timer, utc_now() - 2 * HOUR, 3600000, note, 1));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(1, ran);
	EXPECT_EQ(0, SleepEx(0, TRUE));
	EXPECT_QUIET(TRUE, CancelWaitableTimer(timer));
}

TEST_F(timer, one_that_is_cancelled_or_set_anew_has_its_routine_no_more)
{
	HANDLE timer = auto_timer(NULL);

	ASSERT_TRUE(set_routine(timer, 0, 0, must_not_run, 1));
	EXPECT_TRUE(CancelWaitableTimer(timer));
	EXPECT_EQ(0, SleepEx(0, TRUE));
	ASSERT_TRUE(set_routine(timer, 0, 1, must_not_run, 1));
	EXPECT_TRUE(set(timer, 0, 0));
	EXPECT_EQ(0, SleepEx(2, TRUE));
	ASSERT_TRUE(set_routine(timer, 0, 0, must_not_run, 1));
	ASSERT_TRUE(set_routine(timer, 0, 0, note, 2));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(2, ran);
}

static void *cancel(void *timer)
{
	return (void *)(uintptr_t)CancelWaitableTimer(timer);
}

static void *set_anew(void *timer)
{
	return (void *)(uintptr_t)set(timer, 0, 0);
}

TEST_F(timer, another_thread_can_take_a_routine_back)
{
	HANDLE timer = auto_timer(NULL);

	ASSERT_TRUE(set_routine(timer, 0, 0, must_not_run, 1));
	EXPECT_EQ((void *)TRUE, in_thread(cancel, timer));
	EXPECT_EQ(0, SleepEx(0, TRUE));
	ASSERT_TRUE(set_routine(timer, -TICKS_PER_MS, 1, must_not_run, 1));
	EXPECT_EQ((void *)TRUE, in_thread(set_anew, timer));
	EXPECT_EQ(0, SleepEx(3, TRUE));
}

static void cancels_it(struct peer *parent)
{
	HANDLE timer = OpenWaitableTimerA(TIMER_MODIFY_STATE, FALSE, "shared");

	CHILD_ASSERT(told_by(parent) == 1);
	CHILD_ASSERT(CancelWaitableTimer(timer));
}

TEST_F(timer, another_process_can_take_a_routine_back)
{
	HANDLE timer = auto_timer("shared");
	struct peer child;
	pid_t pid = start_child(&child, cancels_it);

	ASSERT_TRUE(set_routine(timer, 0, 0, must_not_run, 1));
	EXPECT_TRUE(tell(&child, 1));
	EXPECT_EQ(0, end_of(pid));
	EXPECT_EQ(0, SleepEx(0, TRUE));
	EXPECT_EQ(WAIT_OBJECT_0, poll(timer));
}

TEST_F(timer, a_routine_goes_with_its_timer)
{
	HANDLE timer = auto_timer(NULL);

	ASSERT_TRUE(set_routine(timer, 0, 0, must_not_run, 1));
	EXPECT_TRUE(CloseHandle(timer));
	EXPECT_EQ(0, SleepEx(0, TRUE));
}

static HANDLE own;

static VOID CALLBACK set_own_anew(LPVOID digit, DWORD low, DWORD high)
{
	note(digit, low, high);
	if ((uintptr_t)digit < 4)
		set_routine(own, 0, 0, set_own_anew, (uintptr_t)digit + 1);
}

static VOID CALLBACK cancel_own(LPVOID digit, DWORD low, DWORD high)
{
	note(digit, low, high);
	CancelWaitableTimer(own);
}

TEST_F(timer, a_routine_may_set_its_own_timer_anew_or_cancel_it)
{
	own = auto_timer(NULL);
	ASSERT_TRUE(set_routine(own, 0, 0, set_own_anew, 1));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(1234, ran);
	ran = 0;
	ASSERT_TRUE(set_routine(own, 0, 1, cancel_own, 5));
	EXPECT_EQ(WAIT_IO_COMPLETION, SleepEx(0, TRUE));
	EXPECT_EQ(0, SleepEx(3, TRUE));
	EXPECT_EQ(5, ran);
}

static DWORD WINAPI set_and_end(LPVOID timer)
{
	return set_routine(timer, -HOUR, 0, must_not_run, 1);
}

static DWORD WINAPI set_without_and_end(LPVOID timer)
{
	return set(timer, -HOUR, 0);
}

static DWORD WINAPI set_and_stay(LPVOID timer)
{
	set_routine(timer, -HOUR, 0, must_not_run, 1);
	Sleep(INFINITE);
	return 0;
}

TEST_F(timer, a_thread_that_ends_stops_what_it_set_with_a_routine)
{
	HANDLE timer = auto_timer("timer"), thread;

	thread = CreateThread(NULL, 0, set_and_end, timer, 0, NULL);
	ASSERT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
	EXPECT_EQ(2, look_at(self->client, "timer").state.count);
	EXPECT_FALSE(is_armed(self->client, "timer"));

	thread = CreateThread(NULL, 0, set_without_and_end, timer, 0, NULL);
	ASSERT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
	EXPECT_EQ(3, look_at(self->client, "timer").state.count);
	EXPECT_TRUE(is_armed(self->client, "timer"));
}

TEST_F(timer, a_thread_that_ends_leaves_what_another_has_set_anew)
{
	HANDLE timer = auto_timer("timer"), thread;
	bool there = false;

	thread = CreateThread(NULL, 0, set_and_stay, timer, 0, NULL);
	for (int i = 0; i < PATIENCE_MS && !there; i++) {
		there = is_armed(self->client, "timer");
		usleep(1000);
	}
	ASSERT_TRUE(there);
	ASSERT_TRUE(set(timer, -2 * HOUR, 0));
	ASSERT_TRUE(TerminateThread(thread, 1));
	ASSERT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, PATIENCE_MS));
	EXPECT_TRUE(is_armed(self->client, "timer"));
	EXPECT_EQ(2, look_at(self->client, "timer").state.count);
}

TEST_HARNESS_MAIN
