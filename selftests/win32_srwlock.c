// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: slim reader/writer locks. */
#include "win32_threads.h"

static SRWLOCK lock = SRWLOCK_INIT;

static void write_once(struct worker *worker)
{
	AcquireSRWLockExclusive(worker->subject);
	worker->number++;
	ReleaseSRWLockExclusive(worker->subject);
}

static void read_once(struct worker *worker)
{
	AcquireSRWLockShared(worker->subject);
	worker->number++;
	ReleaseSRWLockShared(worker->subject);
}

/* As bits: what another thread than those that have it could do with the lock. */
#define CAN_READ	1
#define CAN_WRITE	2

static void try_both(struct worker *worker)
{
	SetLastError(LAST_ERROR);
	if (TryAcquireSRWLockShared(worker->subject)) {
		worker->number |= CAN_READ;
		ReleaseSRWLockShared(worker->subject);
	}
	if (TryAcquireSRWLockExclusive(worker->subject)) {
		worker->number |= CAN_WRITE;
		ReleaseSRWLockExclusive(worker->subject);
	}
	worker->error = GetLastError();
}

static int others_can(SRWLOCK *of)
{
	struct worker worker = { 0 };
	int error = let_another(&worker, try_both, of);

	if (error)
		return error;
	return worker.error == LAST_ERROR ? worker.number : -EPROTO;
}

TEST(one_of_zeros_is_free)
{
	EXPECT_EQ(NULL, lock.Ptr);
	EXPECT_EQ(CAN_READ | CAN_WRITE, others_can(&lock));
	poison(&lock, sizeof(lock));
	SetLastError(LAST_ERROR);
	InitializeSRWLock(&lock);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EXPECT_EQ(NULL, lock.Ptr);
	EXPECT_EQ(CAN_READ | CAN_WRITE, others_can(&lock));
}

TEST(writer_keeps_all_out)
{
	AcquireSRWLockExclusive(&lock);
	EXPECT_EQ(0, others_can(&lock));
	ReleaseSRWLockExclusive(&lock);
	EXPECT_EQ(CAN_READ | CAN_WRITE, others_can(&lock));
	EXPECT_TRUE(TryAcquireSRWLockExclusive(&lock));
	EXPECT_EQ(0, others_can(&lock));
	ReleaseSRWLockExclusive(&lock);
	EXPECT_EQ(NULL, lock.Ptr);
}

TEST(readers_keep_writers_out_until_the_last_has_gone)
{
	AcquireSRWLockShared(&lock);
	EXPECT_EQ(CAN_READ, others_can(&lock));
	EXPECT_TRUE(TryAcquireSRWLockShared(&lock));
	EXPECT_EQ(CAN_READ, others_can(&lock));
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(CAN_READ, others_can(&lock));
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(CAN_READ | CAN_WRITE, others_can(&lock));
	EXPECT_EQ(NULL, lock.Ptr);
}

TEST(lock_is_not_recursive)
{
	AcquireSRWLockExclusive(&lock);
	EXPECT_FALSE(TryAcquireSRWLockExclusive(&lock));
	EXPECT_FALSE(TryAcquireSRWLockShared(&lock));
	ReleaseSRWLockExclusive(&lock);
	AcquireSRWLockShared(&lock);
	EXPECT_FALSE(TryAcquireSRWLockExclusive(&lock));
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(CAN_READ | CAN_WRITE, others_can(&lock));
}

TEST(all_who_sleep_get_it_after_a_writer)
{
	struct worker workers[6] = { 0 };

	AcquireSRWLockExclusive(&lock);
	for (int i = 0; i < 6; i++)
		ASSERT_EQ(0, start_sleeping_worker(&workers[i], i % 2 ? read_once : write_once,
						   &lock));
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(0, workers[i].number);
	ReleaseSRWLockExclusive(&lock);
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(0, join_worker(&workers[i]));
		EXPECT_EQ(1, workers[i].number);
	}
	EXPECT_EQ(NULL, lock.Ptr);
}

TEST(writer_sleeps_until_the_last_reader_has_gone)
{
	struct worker worker = { 0 };

	AcquireSRWLockShared(&lock);
	AcquireSRWLockShared(&lock);
	ASSERT_EQ(0, start_sleeping_worker(&worker, write_once, &lock));
	ReleaseSRWLockShared(&lock);
	EXPECT_TRUE(worker_sleeps(&worker));
	EXPECT_EQ(0, worker.number);
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(0, join_worker(&worker));
	EXPECT_EQ(1, worker.number);
}

TEST(new_readers_wait_for_a_waiting_writer)
{
	struct worker writer = { 0 }, reader = { 0 };

	AcquireSRWLockShared(&lock);
	ASSERT_EQ(0, start_sleeping_worker(&writer, write_once, &lock));
	EXPECT_FALSE(TryAcquireSRWLockShared(&lock));
	ASSERT_EQ(0, start_sleeping_worker(&reader, read_once, &lock));
	EXPECT_EQ(0, reader.number);
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(0, join_worker(&writer));
	EXPECT_EQ(0, join_worker(&reader));
	EXPECT_EQ(1, writer.number);
	EXPECT_EQ(1, reader.number);
	EXPECT_EQ(NULL, lock.Ptr);
}

static volatile bool stop;

/* There is always one of these inside, if nobody keeps them out. */
static void read_until_told(struct worker *worker)
{
	while (!stop) {
		AcquireSRWLockShared(worker->subject);
		usleep(1000);
		ReleaseSRWLockShared(worker->subject);
	}
}

TEST(writers_do_not_starve)
{
	struct worker readers[4] = { 0 }, writer = { 0 };

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, start_worker(&readers[i], read_until_told, &lock));
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(0, let_another(&writer, write_once, &lock));
	stop = true;
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, join_worker(&readers[i]));
	EXPECT_EQ(20, writer.number);
}

static void write_until_told(struct worker *worker)
{
	while (!stop) {
		AcquireSRWLockExclusive(worker->subject);
		usleep(100);
		ReleaseSRWLockExclusive(worker->subject);
	}
}

TEST(readers_do_not_starve_either)
{
	struct worker writers[3] = { 0 }, reader = { 0 };

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_worker(&writers[i], write_until_told, &lock));
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(0, let_another(&reader, read_once, &lock));
	stop = true;
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, join_worker(&writers[i]));
	EXPECT_EQ(20, reader.number);
}

TEST(releasing_what_is_not_acquired_so_changes_nothing)
{
	SetLastError(LAST_ERROR);
	ReleaseSRWLockExclusive(&lock);
	EXPECT_EQ(NULL, lock.Ptr);
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(NULL, lock.Ptr);
	AcquireSRWLockShared(&lock);
	ReleaseSRWLockExclusive(&lock);
	EXPECT_EQ(CAN_READ, others_can(&lock));
	ReleaseSRWLockShared(&lock);
	AcquireSRWLockExclusive(&lock);
	ReleaseSRWLockShared(&lock);
	EXPECT_EQ(0, others_can(&lock));
	ReleaseSRWLockExclusive(&lock);
	EXPECT_EQ(CAN_READ | CAN_WRITE, others_can(&lock));
	EXPECT_EQ(LAST_ERROR, GetLastError());
}

#define THREADS	4
#define ROUNDS	3000

static struct {
	volatile int first, second;
	volatile int writers;
} guarded;

static int written, torn, together;

static void read_and_write(struct worker *worker)
{
	for (int i = worker->number; i < ROUNDS + worker->number; i++) {
		if (i % 4) {
			if (i % 3 || !TryAcquireSRWLockShared(worker->subject))
				AcquireSRWLockShared(worker->subject);
			if (guarded.first != guarded.second || guarded.writers)
				__atomic_add_fetch(&torn, 1, __ATOMIC_RELAXED);
			if (i % 32 == 1)
				sched_yield();
			ReleaseSRWLockShared(worker->subject);
			continue;
		}
		if (i % 8 || !TryAcquireSRWLockExclusive(worker->subject))
			AcquireSRWLockExclusive(worker->subject);
		together += guarded.writers++ != 0;
		guarded.first++;
		if (i % 32 == 0)
			sched_yield();
		guarded.second++;
		written++;
		guarded.writers--;
		ReleaseSRWLockExclusive(worker->subject);
	}
}

TEST(no_writer_is_together_with_anybody_and_nobody_is_left_asleep)
{
	struct worker workers[THREADS] = { 0 };

	for (int i = 0; i < THREADS; i++) {
		workers[i].number = i;
		ASSERT_EQ(0, start_worker(&workers[i], read_and_write, &lock));
	}
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
	EXPECT_EQ(0, torn);
	EXPECT_EQ(0, together);
	EXPECT_EQ(THREADS * ROUNDS / 4, written);
	EXPECT_EQ(NULL, lock.Ptr);
}

TEST_HARNESS_MAIN
