// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: what is initialised once. */
#include "win32_threads.h"

#define CONTEXT		((LPVOID)(ULONG_PTR)0xabcd0)
#define OTHER		((LPVOID)(ULONG_PTR)0x12340)
#define POISONED	((LPVOID)(ULONG_PTR)POISON32)

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

/* The outputs of the last begin(), and its last error. */
static BOOL pending;
static LPVOID context;
static DWORD error;

static BOOL begin(DWORD flags)
{
	BOOL result;

	poison(&pending, sizeof(pending));
	context = POISONED;
	SetLastError(LAST_ERROR);
	result = InitOnceBeginInitialize(&once, flags, &pending, &context);
	error = GetLastError();
	return result;
}

static BOOL complete(DWORD flags, LPVOID with)
{
	BOOL result;

	SetLastError(LAST_ERROR);
	result = InitOnceComplete(&once, flags, with);
	error = GetLastError();
	return result;
}

/* A call that tells who has to initialise. */
#define EXPECT_PENDING(flags) do {					\
	EXPECT_EQ(TRUE, begin(flags));					\
	EXPECT_EQ(TRUE, pending);					\
	EXPECT_EQ(LAST_ERROR, error);					\
} while (0)

#define EXPECT_DONE(flags, with) do {					\
	EXPECT_EQ(TRUE, begin(flags));					\
	EXPECT_EQ(FALSE, pending);					\
	EXPECT_EQ((with), context);					\
	EXPECT_EQ(LAST_ERROR, error);					\
} while (0)

#define EXPECT_NOT_BEGUN(flags, why) do {				\
	EXPECT_EQ(FALSE, begin(flags));					\
	EXPECT_EQ((why), error);					\
	EXPECT_EQ((BOOL)POISON32, pending);				\
	EXPECT_EQ(POISONED, context);					\
} while (0)

#define EXPECT_COMPLETES(flags, with) do {				\
	EXPECT_EQ(TRUE, complete(flags, with));				\
	EXPECT_EQ(LAST_ERROR, error);					\
} while (0)

#define EXPECT_NOT_COMPLETED(flags, with, why) do {			\
	LPVOID before_ = once.Ptr;					\
									\
	EXPECT_EQ(FALSE, complete(flags, with));			\
	EXPECT_EQ((why), error);					\
	EXPECT_EQ(before_, once.Ptr);					\
} while (0)

TEST(fresh_one_is_zeros)
{
	EXPECT_EQ(NULL, once.Ptr);
	poison(&once, sizeof(once));
	SetLastError(LAST_ERROR);
	InitOnceInitialize(&once);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EXPECT_EQ(NULL, once.Ptr);
}

TEST(first_is_to_initialise_and_others_find_it_done)
{
	EXPECT_PENDING(0);
	EXPECT_COMPLETES(0, CONTEXT);
	EXPECT_DONE(0, CONTEXT);
	EXPECT_DONE(INIT_ONCE_CHECK_ONLY, CONTEXT);
	EXPECT_DONE(INIT_ONCE_ASYNC, CONTEXT);
	SetLastError(LAST_ERROR);
	EXPECT_TRUE(InitOnceBeginInitialize(&once, 0, &pending, NULL));
	EXPECT_EQ(LAST_ERROR, GetLastError());
}

TEST(context_may_be_null_and_has_all_other_bits)
{
	LPVOID all = (LPVOID)~(ULONG_PTR)3;

	EXPECT_PENDING(0);
	EXPECT_COMPLETES(0, NULL);
	EXPECT_DONE(0, NULL);
	InitOnceInitialize(&once);
	EXPECT_PENDING(0);
	EXPECT_COMPLETES(0, all);
	EXPECT_DONE(0, all);
}

TEST(context_with_low_bits_is_refused)
{
	EXPECT_PENDING(0);
	EXPECT_NOT_COMPLETED(0, (LPVOID)1, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_COMPLETED(0, (LPVOID)2, ERROR_INVALID_PARAMETER);
	EXPECT_COMPLETES(0, (LPVOID)4);
	EXPECT_DONE(0, (LPVOID)4);
}

TEST(check_only_begins_nothing)
{
	EXPECT_NOT_BEGUN(INIT_ONCE_CHECK_ONLY, ERROR_GEN_FAILURE);
	EXPECT_EQ(NULL, once.Ptr);
	EXPECT_PENDING(0);
	EXPECT_NOT_BEGUN(INIT_ONCE_CHECK_ONLY, ERROR_GEN_FAILURE);
	EXPECT_COMPLETES(0, CONTEXT);
	InitOnceInitialize(&once);
	EXPECT_PENDING(INIT_ONCE_ASYNC);
	EXPECT_NOT_BEGUN(INIT_ONCE_CHECK_ONLY, ERROR_GEN_FAILURE);
}

TEST(unknown_flags_are_refused)
{
	EXPECT_NOT_BEGUN(INIT_ONCE_INIT_FAILED, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_BEGUN(8, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_BEGUN(INIT_ONCE_CHECK_ONLY | INIT_ONCE_ASYNC, ERROR_INVALID_PARAMETER);
	EXPECT_EQ(NULL, once.Ptr);
	EXPECT_PENDING(0);
	EXPECT_NOT_COMPLETED(INIT_ONCE_CHECK_ONLY, CONTEXT, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_COMPLETED(8, CONTEXT, ERROR_INVALID_PARAMETER);
}

TEST(failure_lets_the_next_try)
{
	EXPECT_PENDING(0);
	EXPECT_COMPLETES(INIT_ONCE_INIT_FAILED, NULL);
	EXPECT_NOT_BEGUN(INIT_ONCE_CHECK_ONLY, ERROR_GEN_FAILURE);
	EXPECT_PENDING(0);
	EXPECT_NOT_COMPLETED(INIT_ONCE_INIT_FAILED, CONTEXT, ERROR_INVALID_PARAMETER);
	EXPECT_COMPLETES(0, CONTEXT);
	EXPECT_DONE(0, CONTEXT);
}

TEST(completing_what_has_not_begun_or_is_done_fails)
{
	EXPECT_NOT_COMPLETED(0, CONTEXT, ERROR_GEN_FAILURE);
	EXPECT_NOT_COMPLETED(INIT_ONCE_ASYNC, CONTEXT, ERROR_GEN_FAILURE);
	EXPECT_NOT_COMPLETED(INIT_ONCE_INIT_FAILED, NULL, ERROR_GEN_FAILURE);
	EXPECT_PENDING(0);
	EXPECT_COMPLETES(0, CONTEXT);
	EXPECT_NOT_COMPLETED(0, OTHER, ERROR_GEN_FAILURE);
	EXPECT_NOT_COMPLETED(INIT_ONCE_INIT_FAILED, NULL, ERROR_GEN_FAILURE);
	EXPECT_DONE(0, CONTEXT);
}

TEST(asynchronous_first_to_complete_counts)
{
	EXPECT_PENDING(INIT_ONCE_ASYNC);
	EXPECT_PENDING(INIT_ONCE_ASYNC);
	EXPECT_COMPLETES(INIT_ONCE_ASYNC, CONTEXT);
	EXPECT_NOT_COMPLETED(INIT_ONCE_ASYNC, OTHER, ERROR_GEN_FAILURE);
	EXPECT_DONE(INIT_ONCE_CHECK_ONLY, CONTEXT);
	EXPECT_DONE(INIT_ONCE_ASYNC, CONTEXT);
}

TEST(asynchronous_and_not_do_not_mix)
{
	EXPECT_PENDING(INIT_ONCE_ASYNC);
	EXPECT_NOT_BEGUN(0, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_COMPLETED(0, CONTEXT, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_COMPLETED(INIT_ONCE_INIT_FAILED, NULL, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_COMPLETED(INIT_ONCE_ASYNC | INIT_ONCE_INIT_FAILED, NULL,
			     ERROR_INVALID_PARAMETER);
	EXPECT_COMPLETES(INIT_ONCE_ASYNC, CONTEXT);
	InitOnceInitialize(&once);
	EXPECT_PENDING(0);
	EXPECT_NOT_BEGUN(INIT_ONCE_ASYNC, ERROR_INVALID_PARAMETER);
	EXPECT_NOT_COMPLETED(INIT_ONCE_ASYNC, CONTEXT, ERROR_INVALID_PARAMETER);
	EXPECT_COMPLETES(0, CONTEXT);
}

static int calls;

struct recipe {
	BOOL result;
	LPVOID made;
	DWORD error;
	int wrong;
};

static BOOL CALLBACK make(PINIT_ONCE own, PVOID parameter, PVOID *made)
{
	struct recipe *recipe = parameter;

	__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	recipe->wrong += own != &once || *made;
	*made = recipe->made;
	if (!recipe->result)
		SetLastError(recipe->error);
	return recipe->result;
}

TEST(function_is_executed_once_and_its_context_kept)
{
	struct recipe first = { TRUE, CONTEXT, 0, 0 }, second = { TRUE, OTHER, 0, 0 };

	for (int i = 0; i < 3; i++) {
		context = POISONED;
		SetLastError(LAST_ERROR);
		EXPECT_EQ(TRUE, InitOnceExecuteOnce(&once, make, i ? &second : &first,
						    &context));
		EXPECT_EQ(LAST_ERROR, GetLastError());
		EXPECT_EQ(CONTEXT, context);
	}
	EXPECT_EQ(1, calls);
	EXPECT_EQ(0, first.wrong);
	EXPECT_TRUE(InitOnceExecuteOnce(&once, make, &second, NULL));
	EXPECT_EQ(1, calls);
}

TEST(context_is_not_needed)
{
	struct recipe recipe = { TRUE, CONTEXT, 0, 0 };

	EXPECT_TRUE(InitOnceExecuteOnce(&once, make, &recipe, NULL));
	EXPECT_EQ(0, recipe.wrong);
	EXPECT_DONE(0, CONTEXT);
}

TEST(function_that_fails_has_its_error_and_is_not_the_last)
{
	struct recipe bad = { FALSE, OTHER, 4711, 0 }, good = { TRUE, CONTEXT, 0, 0 };

	for (int i = 0; i < 2; i++) {
		context = POISONED;
		SetLastError(LAST_ERROR);
		EXPECT_EQ(FALSE, InitOnceExecuteOnce(&once, make, &bad, &context));
		EXPECT_EQ(4711, GetLastError());
		EXPECT_EQ(POISONED, context);
		EXPECT_EQ(NULL, once.Ptr);
	}
	EXPECT_TRUE(InitOnceExecuteOnce(&once, make, &good, &context));
	EXPECT_EQ(CONTEXT, context);
	EXPECT_EQ(3, calls);
}

TEST(function_that_gives_low_bits_fails)
{
	struct recipe bad = { TRUE, (LPVOID)2, 0, 0 };

	context = POISONED;
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(InitOnceExecuteOnce(&once, make, &bad, &context));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	EXPECT_EQ(POISONED, context);
	EXPECT_PENDING(0);
}

TEST(function_is_not_executed_where_it_has_begun_asynchronously)
{
	struct recipe recipe = { TRUE, CONTEXT, 0, 0 };

	EXPECT_PENDING(INIT_ONCE_ASYNC);
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(InitOnceExecuteOnce(&once, make, &recipe, &context));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	EXPECT_EQ(0, calls);
}

static void begin_in_thread(struct worker *worker)
{
	BOOL own_pending = (BOOL)POISON32;

	worker->result = InitOnceBeginInitialize(&once, 0, &own_pending, &worker->subject);
	worker->number = own_pending;
	if (own_pending)
		InitOnceComplete(&once, 0, OTHER);
}

TEST(others_sleep_until_it_is_complete)
{
	struct worker workers[3] = { 0 };

	EXPECT_PENDING(0);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeping_worker(&workers[i], begin_in_thread, NULL));
	EXPECT_COMPLETES(0, CONTEXT);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, join_worker(&workers[i]));
		EXPECT_TRUE(workers[i].result);
		EXPECT_EQ(FALSE, workers[i].number);
		EXPECT_EQ(CONTEXT, workers[i].subject);
	}
}

TEST(after_a_failure_one_of_those_who_sleep_tries)
{
	struct worker workers[3] = { 0 };
	int tries = 0;

	EXPECT_PENDING(0);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeping_worker(&workers[i], begin_in_thread, NULL));
	EXPECT_COMPLETES(INIT_ONCE_INIT_FAILED, NULL);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, join_worker(&workers[i]));
		EXPECT_TRUE(workers[i].result);
		tries += workers[i].number == TRUE;
	}
	EXPECT_EQ(1, tries);
	EXPECT_DONE(0, OTHER);
}

/* Many at once; what one has written the others see. */
#define THREADS	4
#define ROUNDS	300

static struct {
	INIT_ONCE once;
	int made[2];
} rounds[ROUNDS];

static BOOL CALLBACK make_round(PINIT_ONCE own, PVOID parameter, PVOID *made)
{
	int i = (int)((char *)own - (char *)rounds) / (int)sizeof(rounds[0]);

	(void)parameter;
	/* Every third fails once. */
	if (i % 3 == 0 && !rounds[i].made[0]++)
		return FALSE;
	if (i % 5 == 0)
		sched_yield();
	rounds[i].made[1]++;
	*made = &rounds[i].made[1];
	return TRUE;
}

static void all_rounds(struct worker *worker)
{
	for (int i = 0; i < ROUNDS; i++) {
		LPVOID made = NULL;

		while (!InitOnceExecuteOnce(&rounds[i].once, make_round, NULL, &made))
			;
		worker->number += made != &rounds[i].made[1] || *(int *)made != 1;
	}
}

TEST(no_two_initialise_and_all_see_what_was_made)
{
	struct worker workers[THREADS] = { 0 };

	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, start_worker(&workers[i], all_rounds, NULL));
	for (int i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_EQ(0, workers[i].number);
	}
}

TEST_HARNESS_MAIN
