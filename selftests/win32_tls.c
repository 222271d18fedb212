// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: thread-local storage.
 */
#include "win32_sync.h"

#include <semaphore.h>

#define SLOTS 1088

static DWORD all[SLOTS + 1];

static DWORD allocate_all(void)
{
	DWORD count = 0;

	while (count < ARRAY_SIZE(all) && (all[count] = TlsAlloc()) != TLS_OUT_OF_INDEXES)
		count++;
	return count;
}

TEST(there_are_1088_slots_and_no_more)
{
	SetLastError(UNTOUCHED);
	EXPECT_NE(TLS_OUT_OF_INDEXES, TlsAlloc());
	EXPECT_LAST_ERROR(UNTOUCHED);
	EXPECT_EQ(SLOTS - 1, allocate_all());
	EXPECT_FAILS(ERROR_NO_MORE_ITEMS, TLS_OUT_OF_INDEXES, TlsAlloc());
	EXPECT_QUIET(TRUE, TlsFree(all[500]));
	EXPECT_QUIET(all[500], TlsAlloc());
	EXPECT_FAILS(ERROR_NO_MORE_ITEMS, TLS_OUT_OF_INDEXES, TlsAlloc());
}

TEST(each_slot_has_a_value_of_its_own)
{
	ASSERT_EQ(SLOTS, allocate_all());
	for (size_t i = 0; i < SLOTS; i++) {
		ASSERT_EQ(NULL, TlsGetValue(all[i]));
		SetLastError(UNTOUCHED);
		ASSERT_TRUE(TlsSetValue(all[i], &all[i]));
		ASSERT_EQ(UNTOUCHED, GetLastError());
	}
	for (size_t i = 0; i < SLOTS; i++)
		ASSERT_EQ(&all[i], TlsGetValue(all[i]));
}

TEST(get_sets_the_last_error_to_0)
{
	DWORD slot = TlsAlloc();

	EXPECT_FAILS(NO_ERROR, NULL, TlsGetValue(slot));
	EXPECT_TRUE(TlsSetValue(slot, &slot));
	EXPECT_FAILS(NO_ERROR, &slot, TlsGetValue(slot));
	EXPECT_TRUE(TlsSetValue(slot, NULL));
	EXPECT_FAILS(NO_ERROR, NULL, TlsGetValue(slot));
}

/* NULL if every slot is zero, can be set, and then is as it was set. */
static void *use_all(void *slots)
{
	DWORD count = *(DWORD *)slots;

	for (DWORD i = 0; i < count; i++) {
		SetLastError(UNTOUCHED);
		if (TlsGetValue(all[i]) || GetLastError() != NO_ERROR)
			return "not zero";
	}
	for (DWORD i = 0; i < count; i++)
		if (!TlsSetValue(all[i], (void *)((uintptr_t)gettid() + i)))
			return "not set";
	sched_yield();
	for (DWORD i = 0; i < count; i++)
		if (TlsGetValue(all[i]) != (void *)((uintptr_t)gettid() + i))
			return "another's";
	return NULL;
}

TEST(slots_are_zero_in_new_threads_and_each_threads_own)
{
	DWORD count = allocate_all();
	pthread_t threads[8];
	void *result;

	ASSERT_EQ(NULL, use_all(&count));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, use_all, &count));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &result);
		EXPECT_EQ(NULL, result) TH_LOG("%s", (char *)result);
	}
	EXPECT_EQ((void *)(uintptr_t)gettid(), TlsGetValue(all[0]));
}

struct holder {
	pthread_t thread;
	sem_t has_set, again;
	DWORD slots[2];
	atomic_bool zero;
};

static void *hold_values(void *argument)
{
	struct holder *holder = argument;

	for (int i = 0; i < 2; i++)
		TlsSetValue(holder->slots[i], holder);
	sem_post(&holder->has_set);
	sem_wait(&holder->again);
	holder->zero = !TlsGetValue(holder->slots[0]) && !TlsGetValue(holder->slots[1]);
	return NULL;
}

TEST(a_slot_that_is_allocated_again_is_zero_in_all_threads)
{
	struct holder holder;
	DWORD first, last;

	ASSERT_EQ(SLOTS, allocate_all());
	first = all[3];
	last = all[1000];
	holder.slots[0] = first;
	holder.slots[1] = last;
	sem_init(&holder.has_set, 0, 0);
	sem_init(&holder.again, 0, 0);
	ASSERT_EQ(0, pthread_create(&holder.thread, NULL, hold_values, &holder));
	sem_wait(&holder.has_set);
	EXPECT_TRUE(TlsSetValue(first, &first));
	EXPECT_TRUE(TlsSetValue(last, &last));
	EXPECT_TRUE(TlsFree(first));
	EXPECT_TRUE(TlsFree(last));
	EXPECT_EQ(first, TlsAlloc());
	EXPECT_EQ(last, TlsAlloc());
	EXPECT_EQ(NULL, TlsGetValue(first));
	EXPECT_EQ(NULL, TlsGetValue(last));
	sem_post(&holder.again);
	pthread_join(holder.thread, NULL);
	EXPECT_TRUE(holder.zero);
}

TEST(what_is_not_allocated_is_refused)
{
	DWORD freed = TlsAlloc();
	DWORD bad[] = { freed, 1000, SLOTS, 0x80000000, TLS_OUT_OF_INDEXES };

	EXPECT_TRUE(TlsFree(freed));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, TlsGetValue(bad[i]));
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, TlsSetValue(bad[i], &freed));
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, TlsFree(bad[i]));
	}
}

/* NULL if no slot that it had was another's too. */
static void *allocate_and_free(void *unused)
{
	(void)unused;
	for (int i = 0; i < 2000; i++) {
		DWORD slot = TlsAlloc();

		if (slot == TLS_OUT_OF_INDEXES || TlsGetValue(slot))
			return "none, or not zero";
		if (!TlsSetValue(slot, &slot) || TlsGetValue(slot) != &slot || !TlsFree(slot))
			return "another's";
	}
	return NULL;
}

TEST(threads_that_allocate_at_once_get_different_slots)
{
	pthread_t threads[4];
	void *result;

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, allocate_and_free, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &result);
		EXPECT_EQ(NULL, result) TH_LOG("%s", (char *)result);
	}
	EXPECT_EQ(SLOTS, allocate_all());
}

static pthread_key_t key;
static atomic_int late;

/* It runs after or before the one that frees a thread's slots. */
static void use_slots_late(void *slot)
{
	late = TlsSetValue(*(DWORD *)slot, &late) && TlsGetValue(*(DWORD *)slot) == &late;
}

static void *leave_a_destructor(void *slot)
{
	TlsSetValue(*(DWORD *)slot, slot);
	pthread_setspecific(key, slot);
	return NULL;
}

TEST(destructors_can_use_slots)
{
	ASSERT_EQ(SLOTS, allocate_all());
	in_thread(leave_a_destructor, &all[5]);
	ASSERT_EQ(0, pthread_key_create(&key, use_slots_late));
	in_thread(leave_a_destructor, &all[1005]);
	EXPECT_EQ(1, late);
}

TEST_HARNESS_MAIN
