// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: critical sections. */
#include "win32_threads.h"

#define NO_DEBUG_INFO	((PRTL_CRITICAL_SECTION_DEBUG)(LONG_PTR)-1)

static CRITICAL_SECTION section;

static void enter(struct worker *worker)
{
	EnterCriticalSection(worker->subject);
	worker->number++;
	LeaveCriticalSection(worker->subject);
}

static void try_to_enter(struct worker *worker)
{
	SetLastError(LAST_ERROR);
	worker->result = TryEnterCriticalSection(worker->subject);
	worker->error = GetLastError();
	if (worker->result)
		LeaveCriticalSection(worker->subject);
}

static void leave(struct worker *worker)
{
	SetLastError(LAST_ERROR);
	LeaveCriticalSection(worker->subject);
	worker->error = GetLastError();
}

/* Asked by another thread than those that may own it. */
static bool is_free(CRITICAL_SECTION *of)
{
	struct worker worker = { 0 };

	return !let_another(&worker, try_to_enter, of) && worker.result;
}

TEST(fresh_one_is_initialised_and_free)
{
	poison(&section, sizeof(section));
	SetLastError(LAST_ERROR);
	InitializeCriticalSection(&section);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EXPECT_EQ(NO_DEBUG_INFO, section.DebugInfo);
	EXPECT_EQ(-1, section.LockCount);
	EXPECT_EQ(0, section.RecursionCount);
	EXPECT_EQ(NULL, section.OwningThread);
	EXPECT_EQ(NULL, section.LockSemaphore);
	EXPECT_EQ(0, section.SpinCount);
	EXPECT_TRUE(is_free(&section));
}

TEST(owner_enters_again_and_must_leave_as_often)
{
	InitializeCriticalSection(&section);
	EnterCriticalSection(&section);
	EXPECT_EQ((HANDLE)(ULONG_PTR)gettid(), section.OwningThread);
	EXPECT_EQ(1, section.RecursionCount);
	EnterCriticalSection(&section);
	EXPECT_EQ(2, section.RecursionCount);
	EXPECT_TRUE(TryEnterCriticalSection(&section));
	EXPECT_EQ(3, section.RecursionCount);
	for (int i = 0; i < 3; i++) {
		EXPECT_FALSE(is_free(&section));
		LeaveCriticalSection(&section);
	}
	EXPECT_TRUE(is_free(&section));
	EXPECT_EQ(NULL, section.OwningThread);
	EXPECT_EQ(-1, section.LockCount);
}

TEST(trying_fails_for_others_and_leaves_the_last_error_alone)
{
	struct worker worker = { 0 };

	InitializeCriticalSection(&section);
	EXPECT_TRUE(TryEnterCriticalSection(&section));
	ASSERT_EQ(0, let_another(&worker, try_to_enter, &section));
	EXPECT_FALSE(worker.result);
	EXPECT_EQ(LAST_ERROR, worker.error);
	LeaveCriticalSection(&section);
	ASSERT_EQ(0, let_another(&worker, try_to_enter, &section));
	EXPECT_TRUE(worker.result);
	EXPECT_EQ(LAST_ERROR, worker.error);
}

TEST(others_sleep_until_the_last_leaving)
{
	struct worker workers[3] = { 0 };

	InitializeCriticalSection(&section);
	EnterCriticalSection(&section);
	EnterCriticalSection(&section);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeping_worker(&workers[i], enter, &section));
	LeaveCriticalSection(&section);
	for (int i = 0; i < 3; i++) {
		EXPECT_TRUE(worker_sleeps(&workers[i]));
		EXPECT_EQ(0, workers[i].number);
	}
	LeaveCriticalSection(&section);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, join_worker(&workers[i]));
		EXPECT_EQ(1, workers[i].number);
	}
	EXPECT_TRUE(is_free(&section));
}

TEST(leaving_what_another_owns_changes_nothing)
{
	struct worker worker = { 0 };

	InitializeCriticalSection(&section);
	EnterCriticalSection(&section);
	ASSERT_EQ(0, let_another(&worker, leave, &section));
	EXPECT_EQ(LAST_ERROR, worker.error);
	EXPECT_EQ((HANDLE)(ULONG_PTR)gettid(), section.OwningThread);
	EXPECT_EQ(1, section.RecursionCount);
	EXPECT_FALSE(is_free(&section));
	LeaveCriticalSection(&section);
	EXPECT_TRUE(is_free(&section));
}

TEST(leaving_what_nobody_owns_changes_nothing)
{
	CRITICAL_SECTION before;

	InitializeCriticalSection(&section);
	before = section;
	LeaveCriticalSection(&section);
	EXPECT_EQ(0, memcmp(&before, &section, sizeof(section)));
	EnterCriticalSection(&section);
	EXPECT_EQ(1, section.RecursionCount);
	EXPECT_FALSE(is_free(&section));
}

TEST(spin_count_is_what_was_set_but_for_its_high_bits)
{
	bool one = sysconf(_SC_NPROCESSORS_ONLN) == 1;

	poison(&section, sizeof(section));
	EXPECT_TRUE(InitializeCriticalSectionAndSpinCount(&section, 0x80000400));
	EXPECT_EQ(one ? 0 : 0x400, section.SpinCount);
	EXPECT_EQ(one ? 0 : 0x400, SetCriticalSectionSpinCount(&section, 4000));
	EXPECT_EQ(one ? 0 : 4000, section.SpinCount);
	EXPECT_EQ(one ? 0 : 4000, SetCriticalSectionSpinCount(&section, 0));
	EXPECT_EQ(0, section.SpinCount);
	EXPECT_TRUE(is_free(&section));
}

TEST(ex_knows_one_flag_and_refuses_others)
{
	CRITICAL_SECTION before;

	poison(&section, sizeof(section));
	SetLastError(LAST_ERROR);
	EXPECT_TRUE(InitializeCriticalSectionEx(&section, 5, CRITICAL_SECTION_NO_DEBUG_INFO));
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EXPECT_EQ(NO_DEBUG_INFO, section.DebugInfo);
	EXPECT_TRUE(is_free(&section));
	poison(&section, sizeof(section));
	EXPECT_TRUE(InitializeCriticalSectionEx(&section, 5, 0));
	EXPECT_TRUE(is_free(&section));

	poison(&section, sizeof(section));
	before = section;
	EXPECT_FALSE(InitializeCriticalSectionEx(&section, 5, 1));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	EXPECT_EQ(0, memcmp(&before, &section, sizeof(section)));
}

TEST(deleted_one_is_all_zeros_and_can_be_made_again)
{
	CRITICAL_SECTION zeros = { 0 };

	InitializeCriticalSectionAndSpinCount(&section, 100);
	EnterCriticalSection(&section);
	LeaveCriticalSection(&section);
	SetLastError(LAST_ERROR);
	DeleteCriticalSection(&section);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EXPECT_EQ(0, memcmp(&zeros, &section, sizeof(section)));
	InitializeCriticalSection(&section);
	EXPECT_EQ(NO_DEBUG_INFO, section.DebugInfo);
	EXPECT_TRUE(is_free(&section));
}

TEST(one_of_zeros_is_not_initialised_and_does_not_hang)
{
	static CRITICAL_SECTION zeros;
	struct worker worker = { 0 };

	EXPECT_EQ(NULL, zeros.DebugInfo);
	EXPECT_TRUE(is_free(&zeros));
	memset(&zeros, 0, sizeof(zeros));
	EnterCriticalSection(&zeros);
	EXPECT_FALSE(is_free(&zeros));
	ASSERT_EQ(0, start_sleeping_worker(&worker, enter, &zeros));
	LeaveCriticalSection(&zeros);
	EXPECT_EQ(0, join_worker(&worker));
	EXPECT_EQ(1, worker.number);
	EXPECT_EQ(NULL, zeros.DebugInfo);
}

/* What was free at the fork; and the id that this thread had before it is known. */
TEST(thread_of_a_forked_child_owns_by_its_own_id)
{
	int status;
	pid_t child;

	InitializeCriticalSection(&section);
	EnterCriticalSection(&section);
	LeaveCriticalSection(&section);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		EnterCriticalSection(&section);
		if (section.OwningThread != (HANDLE)(ULONG_PTR)getpid())
			_exit(1);
		EnterCriticalSection(&section);
		if (section.RecursionCount != 2 || is_free(&section))
			_exit(2);
		LeaveCriticalSection(&section);
		LeaveCriticalSection(&section);
		_exit(is_free(&section) ? 0 : 3);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EnterCriticalSection(&section);
	EXPECT_EQ((HANDLE)(ULONG_PTR)getpid(), section.OwningThread);
}

#define THREADS	4
#define ROUNDS	3000

static int guarded, inside, together;

static void go_in_and_out(struct worker *worker)
{
	CRITICAL_SECTION *of = worker->subject;

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 7)
			EnterCriticalSection(of);
		else
			while (!TryEnterCriticalSection(of))
				sched_yield();
		EnterCriticalSection(of);
		together += inside++ != 0;
		guarded++;
		if (i % 64 == worker->number)
			sched_yield();
		inside--;
		LeaveCriticalSection(of);
		LeaveCriticalSection(of);
	}
}

static int crowd(CRITICAL_SECTION *of)
{
	struct worker workers[THREADS] = { 0 };
	int error;

	guarded = 0;
	for (int i = 0; i < THREADS; i++) {
		workers[i].number = i;
		error = start_worker(&workers[i], go_in_and_out, of);
		if (error)
			return error;
	}
	for (int i = 0; i < THREADS; i++) {
		error = -pthread_join(workers[i].thread, NULL);
		if (error)
			return error;
	}
	return 0;
}

TEST(no_two_are_inside_and_nobody_is_left_asleep)
{
	InitializeCriticalSection(&section);
	ASSERT_EQ(0, crowd(&section));
	EXPECT_EQ(0, together);
	EXPECT_EQ(THREADS * ROUNDS, guarded);
	EXPECT_TRUE(is_free(&section));
}

TEST(no_two_are_inside_where_they_spin_first)
{
	InitializeCriticalSectionAndSpinCount(&section, 200);
	ASSERT_EQ(0, crowd(&section));
	EXPECT_EQ(0, together);
	EXPECT_EQ(THREADS * ROUNDS, guarded);
	EXPECT_TRUE(is_free(&section));
}

TEST_HARNESS_MAIN
