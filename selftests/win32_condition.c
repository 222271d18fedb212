// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: condition variables, with both kinds of locks. */
#include "win32_threads.h"

static CONDITION_VARIABLE variable = CONDITION_VARIABLE_INIT;
static CRITICAL_SECTION section;
static SRWLOCK lock = SRWLOCK_INIT;

/* What the lock guards: each ticket lets one thread go. */
static int tickets;

static double elapsed_ms(double since)
{
	return (seconds() - since) * 1000;
}

static void take_ticket_cs(struct worker *worker)
{
	EnterCriticalSection(&section);
	SetLastError(LAST_ERROR);
	worker->result = TRUE;
	while (!tickets && worker->result)
		worker->result = SleepConditionVariableCS(&variable, &section, INFINITE);
	worker->error = GetLastError();
	tickets--;
	worker->number++;
	LeaveCriticalSection(&section);
}

static void take_ticket_srw(struct worker *worker)
{
	AcquireSRWLockExclusive(&lock);
	SetLastError(LAST_ERROR);
	worker->result = TRUE;
	while (!tickets && worker->result)
		worker->result = SleepConditionVariableSRW(&variable, &lock, INFINITE, 0);
	worker->error = GetLastError();
	tickets--;
	worker->number++;
	ReleaseSRWLockExclusive(&lock);
}

static void see_ticket_shared(struct worker *worker)
{
	AcquireSRWLockShared(&lock);
	SetLastError(LAST_ERROR);
	worker->result = TRUE;
	while (!tickets && worker->result)
		worker->result = SleepConditionVariableSRW(&variable, &lock, INFINITE,
							   CONDITION_VARIABLE_LOCKMODE_SHARED);
	worker->error = GetLastError();
	worker->number++;
	ReleaseSRWLockShared(&lock);
}

static void try_locks(struct worker *worker)
{
	worker->number = 0;
	if (TryEnterCriticalSection(&section)) {
		worker->number |= 1;
		LeaveCriticalSection(&section);
	}
	if (TryAcquireSRWLockShared(&lock)) {
		worker->number |= 2;
		ReleaseSRWLockShared(&lock);
	}
	if (TryAcquireSRWLockExclusive(&lock)) {
		worker->number |= 4;
		ReleaseSRWLockExclusive(&lock);
	}
}

/* Bits: 1 for the section, 2 to share and 4 to have the lock, for another thread. */
static int others_can(void)
{
	struct worker worker = { 0 };
	int error = let_another(&worker, try_locks, NULL);

	return error ? error : worker.number;
}

FIXTURE(condition)
{
	struct worker workers[3];
};

FIXTURE_SETUP(condition)
{
	InitializeCriticalSection(&section);
	memset(self->workers, 0, sizeof(self->workers));
}

FIXTURE_TEARDOWN(condition)
{
}

TEST_F(condition, fresh_one_is_zeros)
{
	EXPECT_EQ(NULL, variable.Ptr);
	poison(&variable, sizeof(variable));
	SetLastError(LAST_ERROR);
	InitializeConditionVariable(&variable);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EXPECT_EQ(NULL, variable.Ptr);
}

TEST_F(condition, timeout_is_not_early_and_has_the_section_again)
{
	double start = seconds();

	EnterCriticalSection(&section);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableCS(&variable, &section, 50));
	EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
	EXPECT_GE(elapsed_ms(start), 50);
	EXPECT_EQ(1, section.RecursionCount);
	EXPECT_EQ(2 | 4, others_can());
	LeaveCriticalSection(&section);
	EXPECT_EQ(1 | 2 | 4, others_can());
}

TEST_F(condition, timeout_is_not_early_and_has_the_lock_again_as_before)
{
	double start = seconds();

	AcquireSRWLockExclusive(&lock);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableSRW(&variable, &lock, 50, 0));
	EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
	EXPECT_GE(elapsed_ms(start), 50);
	EXPECT_EQ(1, others_can());
	ReleaseSRWLockExclusive(&lock);

	start = seconds();
	AcquireSRWLockShared(&lock);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableSRW(&variable, &lock, 50,
					       CONDITION_VARIABLE_LOCKMODE_SHARED));
	EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
	EXPECT_GE(elapsed_ms(start), 50);
	EXPECT_EQ(1 | 2, others_can());
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(1 | 2 | 4, others_can());
}

TEST_F(condition, timeout_of_0_does_not_sleep)
{
	EnterCriticalSection(&section);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableCS(&variable, &section, 0));
	EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
	LeaveCriticalSection(&section);
	AcquireSRWLockExclusive(&lock);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableSRW(&variable, &lock, 0, 0));
	EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
	ReleaseSRWLockExclusive(&lock);
	EXPECT_EQ(1 | 2 | 4, others_can());
}

TEST_F(condition, wakings_are_not_kept_for_later)
{
	SetLastError(LAST_ERROR);
	WakeConditionVariable(&variable);
	WakeAllConditionVariable(&variable);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EnterCriticalSection(&section);
	EXPECT_FALSE(SleepConditionVariableCS(&variable, &section, 20));
	EXPECT_EQ(ERROR_TIMEOUT, GetLastError());
	WakeConditionVariable(&variable);
	WakeAllConditionVariable(&variable);
	EXPECT_FALSE(SleepConditionVariableCS(&variable, &section, 20));
}

TEST_F(condition, sleeper_has_released_its_lock)
{
	ASSERT_EQ(0, start_sleeping_worker(&self->workers[0], take_ticket_cs, NULL));
	ASSERT_EQ(0, start_sleeping_worker(&self->workers[1], take_ticket_srw, NULL));
	ASSERT_EQ(0, start_sleeping_worker(&self->workers[2], see_ticket_shared, NULL));
	EXPECT_EQ(1 | 2 | 4, others_can());
}

static void wake_one_after_the_other(struct __test_metadata *_metadata, struct worker *workers,
				     void (*take)(struct worker *worker))
{
	int went = 0;

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeping_worker(&workers[i], take, NULL));
	for (int turn = 1; turn <= 3; turn++) {
		EnterCriticalSection(&section);
		AcquireSRWLockExclusive(&lock);
		tickets = 1;
		ReleaseSRWLockExclusive(&lock);
		LeaveCriticalSection(&section);
		WakeConditionVariable(&variable);
		EXPECT_TRUE(within(20, (went = workers[0].ended + workers[1].ended +
					       workers[2].ended) >= turn));
		EXPECT_EQ(turn, went);
		for (int i = 0; i < 3; i++)
			EXPECT_TRUE(workers[i].ended || worker_sleeps(&workers[i]));
	}
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, join_worker(&workers[i]));
		EXPECT_TRUE(workers[i].result);
		EXPECT_EQ(LAST_ERROR, workers[i].error);
	}
	EXPECT_EQ(0, tickets);
}

TEST_F(condition, each_waking_lets_one_go_by_a_section)
{
	wake_one_after_the_other(_metadata, self->workers, take_ticket_cs);
}

TEST_F(condition, each_waking_lets_one_go_by_a_lock)
{
	wake_one_after_the_other(_metadata, self->workers, take_ticket_srw);
}

TEST_F(condition, waking_all_wakes_all_whatever_their_locks)
{
	ASSERT_EQ(0, start_sleeping_worker(&self->workers[0], take_ticket_srw, NULL));
	ASSERT_EQ(0, start_sleeping_worker(&self->workers[1], take_ticket_srw, NULL));
	ASSERT_EQ(0, start_sleeping_worker(&self->workers[2], see_ticket_shared, NULL));
	AcquireSRWLockExclusive(&lock);
	tickets = 3;
	WakeAllConditionVariable(&variable);
	/* Woken, they wait for the lock. */
	for (int i = 0; i < 3; i++)
		EXPECT_FALSE(self->workers[i].ended);
	ReleaseSRWLockExclusive(&lock);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, join_worker(&self->workers[i]));
		EXPECT_TRUE(self->workers[i].result);
		EXPECT_EQ(LAST_ERROR, self->workers[i].error);
	}
	EXPECT_EQ(1, tickets);
	EXPECT_EQ(1 | 2 | 4, others_can());
}

TEST_F(condition, section_entered_twice_is_left_once)
{
	EnterCriticalSection(&section);
	EnterCriticalSection(&section);
	EXPECT_FALSE(SleepConditionVariableCS(&variable, &section, 1));
	EXPECT_EQ(2, section.RecursionCount);
	LeaveCriticalSection(&section);
	EXPECT_EQ(2 | 4, others_can());
	LeaveCriticalSection(&section);
	EXPECT_EQ(1 | 2 | 4, others_can());
}

static void sleep_twice_entered(struct worker *worker)
{
	EnterCriticalSection(&section);
	EnterCriticalSection(&section);
	worker->result = SleepConditionVariableCS(&variable, &section, INFINITE);
	LeaveCriticalSection(&section);
	LeaveCriticalSection(&section);
}

TEST_F(condition, section_entered_twice_is_kept_while_sleeping)
{
	ASSERT_EQ(0, start_sleeping_worker(&self->workers[0], sleep_twice_entered, NULL));
	EXPECT_EQ(2 | 4, others_can());
	WakeConditionVariable(&variable);
	EXPECT_EQ(0, join_worker(&self->workers[0]));
	EXPECT_TRUE(self->workers[0].result);
	EXPECT_EQ(1 | 2 | 4, others_can());
}

TEST_F(condition, sleep_without_the_lock_is_refused)
{
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableCS(&variable, &section, INFINITE));
	EXPECT_EQ(ERROR_NOT_OWNER, GetLastError());
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableSRW(&variable, &lock, INFINITE, 0));
	EXPECT_EQ(ERROR_NOT_OWNER, GetLastError());
	AcquireSRWLockExclusive(&lock);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableSRW(&variable, &lock, INFINITE,
					       CONDITION_VARIABLE_LOCKMODE_SHARED));
	EXPECT_EQ(ERROR_NOT_OWNER, GetLastError());
	EXPECT_EQ(1, others_can());
}

TEST_F(condition, unknown_flags_are_refused_and_the_lock_is_kept)
{
	AcquireSRWLockExclusive(&lock);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SleepConditionVariableSRW(&variable, &lock, INFINITE, 2));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	EXPECT_EQ(1, others_can());
}

/*
 * Two threads pass a turn to each other, and wake each other without the lock: where
 * the waking falls between releasing and sleeping, it must not be lost.
 */
#define TURNS	3000

static int turn;

static void pass_cs(struct worker *worker)
{
	for (int i = 0; i < TURNS; i++) {
		EnterCriticalSection(&section);
		while (turn != worker->number)
			if (!SleepConditionVariableCS(&variable, &section, 60000))
				worker->error++;
		turn = !turn;
		LeaveCriticalSection(&section);
		WakeConditionVariable(&variable);
	}
}

static void pass_srw(struct worker *worker)
{
	for (int i = 0; i < TURNS; i++) {
		AcquireSRWLockExclusive(&lock);
		while (turn != worker->number)
			if (!SleepConditionVariableSRW(&variable, &lock, 60000, 0))
				worker->error++;
		turn = !turn;
		ReleaseSRWLockExclusive(&lock);
		if (i % 2)
			WakeConditionVariable(&variable);
		else
			WakeAllConditionVariable(&variable);
	}
}

static void pass_turns(struct __test_metadata *_metadata, struct worker *workers,
		       void (*pass)(struct worker *worker))
{
	for (int i = 0; i < 2; i++) {
		workers[i].number = i;
		ASSERT_EQ(0, start_worker(&workers[i], pass, NULL));
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_EQ(0, workers[i].error);
	}
}

TEST_F(condition, no_waking_is_lost_by_a_section)
{
	pass_turns(_metadata, self->workers, pass_cs);
}

TEST_F(condition, no_waking_is_lost_by_a_lock)
{
	pass_turns(_metadata, self->workers, pass_srw);
}

/* A buffer of a few places: more threads than that, of both sorts. */
#define PLACES	2
#define ITEMS	2000

static CONDITION_VARIABLE not_full, not_empty;
static int filled, sum;

static void produce(struct worker *worker)
{
	(void)worker;
	for (int i = 1; i <= ITEMS; i++) {
		EnterCriticalSection(&section);
		while (filled == PLACES)
			SleepConditionVariableCS(&not_full, &section, INFINITE);
		filled++;
		sum += i;
		LeaveCriticalSection(&section);
		WakeConditionVariable(&not_empty);
	}
}

static void consume(struct worker *worker)
{
	for (int i = 1; i <= ITEMS; i++) {
		EnterCriticalSection(&section);
		while (!filled)
			SleepConditionVariableCS(&not_empty, &section, INFINITE);
		worker->error += filled < 0 || filled > PLACES;
		filled--;
		sum -= i;
		LeaveCriticalSection(&section);
		WakeConditionVariable(&not_full);
	}
}

TEST_F(condition, producers_and_consumers_come_to_an_end)
{
	struct worker workers[6] = { 0 };

	for (int i = 0; i < 6; i++)
		ASSERT_EQ(0, start_worker(&workers[i], i % 2 ? produce : consume, NULL));
	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_EQ(0, workers[i].error);
	}
	EXPECT_EQ(0, filled);
	EXPECT_EQ(0, sum);
}

TEST_HARNESS_MAIN
