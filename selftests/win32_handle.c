// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: the values of handles, their flags, closing, comparing and duplicating
 * them in the process that has them.
 */
#include "win32_sync.h"

#define BOTH (HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE)
#define HANDLES_MAX 65535
#define ROUNDS 300

static const HANDLE untouched = (HANDLE)(LONG_PTR)0x5a5a5a5a;

FIXTURE(handle) {
	struct wapi_client *client;
	HANDLE event;
	HANDLE other;		/* to another object of the same type */
	HANDLE closed;
};

FIXTURE_SETUP(handle)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	self->event = CreateEventA(NULL, TRUE, FALSE, "event");
	self->other = CreateEventA(NULL, TRUE, FALSE, "other");
	self->closed = CreateEventA(NULL, TRUE, FALSE, NULL);
	ASSERT_TRUE(CloseHandle(self->closed));
}

FIXTURE_TEARDOWN(handle)
{
	wapi_client_close(self->client);
}

static HANDLE value(unsigned int number)
{
	return (HANDLE)(uintptr_t)(4 * number);
}

static HANDLE plus(HANDLE handle, unsigned int more)
{
	return (HANDLE)((uintptr_t)handle + more);
}

static BOOL is_set(HANDLE handle)
{
	return WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
}

static HANDLE duplicate(HANDLE handle)
{
	HANDLE made = NULL;

	return DuplicateHandle(PSEUDO_PROCESS, handle, PSEUDO_PROCESS, &made, 0, FALSE,
			       DUPLICATE_SAME_ACCESS) ? made : NULL;
}

/* The name of the object that stands for a process: see Documentation/win32-api.md. */
static const char *own_name(pid_t pid)
{
	unsigned long long start = 0;
	static char name[64];
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file ||
	    fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
		   "%*d %*d %*d %*d %*d %*d %llu", &start) != 1)
		start = 0;
	if (file)
		fclose(file);
	snprintf(name, sizeof(name), "\001win32 process %d %llu", pid, start);
	return name;
}

static DWORD flags_of(HANDLE handle)
{
	DWORD flags = UNTOUCHED;

	return GetHandleInformation(handle, &flags) ? flags : UNTOUCHED;
}

TEST_F(handle, values_are_multiples_of_4_and_the_lowest_free_one_is_next)
{
	HANDLE handles[6];

	EXPECT_EQ(value(1), self->event);
	EXPECT_EQ(value(2), self->other);
	for (unsigned int i = 0; i < 6; i++) {
		handles[i] = CreateEventA(NULL, TRUE, FALSE, NULL);
		EXPECT_EQ(value(3 + i), handles[i]);
	}
	EXPECT_TRUE(CloseHandle(handles[4]));
	EXPECT_TRUE(CloseHandle(handles[1]));
	EXPECT_EQ(handles[1], CreateMutexA(NULL, FALSE, NULL));
	EXPECT_EQ(handles[4], CreateSemaphoreA(NULL, 0, 1, NULL));
	EXPECT_EQ(value(9), CreateEventA(NULL, TRUE, FALSE, NULL));
}

TEST_F(handle, the_two_low_bits_are_ignored)
{
	EXPECT_TRUE(SetEvent(plus(self->event, 1)));
	EXPECT_TRUE(is_set(plus(self->event, 2)));
	EXPECT_TRUE(CompareObjectHandles(self->event, plus(self->event, 3)));
	EXPECT_TRUE(CloseHandle(plus(self->event, 3)));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetEvent(self->event));
	/* Nothing is below the first. */
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(plus(NULL, 3)));
}

TEST_F(handle, two_handles_to_one_object_are_closed_each_by_itself)
{
	HANDLE second = OpenEventA(EVENT_ALL_ACCESS, FALSE, "event");

	ASSERT_NE(NULL, second);
	EXPECT_NE(self->event, second);
	EXPECT_TRUE(SetEvent(second));
	EXPECT_TRUE(is_set(self->event));
	EXPECT_TRUE(CloseHandle(self->event));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, ResetEvent(self->event));
	EXPECT_TRUE(is_set(second));
	EXPECT_EQ(1, look_at(self->client, "event").references - 1);
	EXPECT_TRUE(CloseHandle(second));
	EXPECT_EQ(0, kernel_handle(self->client, "event"));
}

TEST_F(handle, closing_leaves_the_last_error_alone)
{
	EXPECT_QUIET(TRUE, CloseHandle(self->event));
	EXPECT_QUIET(TRUE, CloseHandle(self->other));
}

TEST_F(handle, closing_what_is_no_handle_is_refused)
{
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(NULL));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(GARBAGE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(self->closed));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(value(HANDLES_MAX)));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(value(HANDLES_MAX + 1)));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle((HANDLE)(LONG_PTR)-3));
	EXPECT_TRUE(SetEvent(self->event));
}

TEST_F(handle, closing_a_pseudo_handle_does_nothing_and_succeeds)
{
	EXPECT_QUIET(TRUE, CloseHandle(PSEUDO_PROCESS));
	EXPECT_QUIET(TRUE, CloseHandle(PSEUDO_THREAD));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(PSEUDO_PROCESS, 0));
}

TEST_F(handle, a_closed_handle_is_closed_for_every_function)
{
	DWORD flags = UNTOUCHED;
	HANDLE made = untouched;

	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(self->closed));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, GetHandleInformation(self->closed, &flags));
	EXPECT_EQ(UNTOUCHED, flags);
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetHandleInformation(self->closed, 1, 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
		     CompareObjectHandles(self->closed, self->event));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
		     CompareObjectHandles(self->event, self->closed));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
		     DuplicateHandle(PSEUDO_PROCESS, self->closed, PSEUDO_PROCESS, &made, 0,
				     FALSE, DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(untouched, made);
}

TEST_F(handle, attributes_say_whether_a_handle_is_inherited)
{
	SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };

	EXPECT_EQ(0, flags_of(self->event));
	EXPECT_EQ(0, flags_of(CreateMutexA(&attributes, FALSE, NULL)));
	attributes.bInheritHandle = TRUE;
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(CreateMutexA(&attributes, FALSE, NULL)));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(CreateEventA(&attributes, TRUE, FALSE, "event")));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(OpenEventA(0, TRUE, "event")));
	EXPECT_EQ(0, flags_of(OpenEventA(0, FALSE, "event")));
	/* A flag is a handle's, not its object's. */
	EXPECT_EQ(0, flags_of(self->event));
}

TEST_F(handle, only_the_flags_of_the_mask_change)
{
	EXPECT_QUIET(TRUE, SetHandleInformation(self->event, BOTH, HANDLE_FLAG_INHERIT));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(self->event));
	EXPECT_QUIET(TRUE, SetHandleInformation(self->event, HANDLE_FLAG_PROTECT_FROM_CLOSE,
						HANDLE_FLAG_PROTECT_FROM_CLOSE));
	EXPECT_EQ(BOTH, flags_of(self->event));
	EXPECT_QUIET(TRUE, SetHandleInformation(self->event, HANDLE_FLAG_INHERIT, 0));
	EXPECT_EQ(HANDLE_FLAG_PROTECT_FROM_CLOSE, flags_of(self->event));
	EXPECT_QUIET(TRUE, SetHandleInformation(self->event, 0, BOTH));
	EXPECT_EQ(HANDLE_FLAG_PROTECT_FROM_CLOSE, flags_of(self->event));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, SetHandleInformation(self->event, 4, 0));
	EXPECT_EQ(0, flags_of(self->other));
}

TEST_F(handle, flags_of_what_is_no_handle_are_not_told)
{
	DWORD flags = UNTOUCHED;

	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, GetHandleInformation(NULL, &flags));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, GetHandleInformation(GARBAGE, &flags));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, GetHandleInformation(self->event, NULL));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetHandleInformation(NULL, 1, 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetHandleInformation(GARBAGE, 1, 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetHandleInformation(PSEUDO_PROCESS, 1, 1));
	EXPECT_EQ(UNTOUCHED, flags);
	EXPECT_QUIET(TRUE, GetHandleInformation(PSEUDO_THREAD, &flags));
	EXPECT_EQ(0, flags);
}

TEST_F(handle, a_protected_handle_is_not_closed)
{
	HANDLE made = untouched;

	SetHandleInformation(self->event, BOTH, HANDLE_FLAG_PROTECT_FROM_CLOSE);
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(self->event));
	EXPECT_TRUE(SetEvent(self->event));
	EXPECT_TRUE(DuplicateHandle(PSEUDO_PROCESS, self->event, PSEUDO_PROCESS, &made, 0, FALSE,
				    DUPLICATE_CLOSE_SOURCE));
	EXPECT_TRUE(is_set(made));
	EXPECT_TRUE(is_set(self->event));
	EXPECT_EQ(0, flags_of(made));
	SetHandleInformation(self->event, BOTH, 0);
	EXPECT_TRUE(CloseHandle(self->event));
}

TEST_F(handle, handles_are_compared_by_their_objects)
{
	HANDLE second = OpenEventA(0, FALSE, "event");

	EXPECT_QUIET(TRUE, CompareObjectHandles(self->event, self->event));
	EXPECT_QUIET(TRUE, CompareObjectHandles(self->event, second));
	EXPECT_QUIET(TRUE, CompareObjectHandles(duplicate(second), self->event));
	EXPECT_FAILS(ERROR_NOT_SAME_OBJECT, FALSE,
		     CompareObjectHandles(self->event, self->other));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CompareObjectHandles(self->event, NULL));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CompareObjectHandles(GARBAGE, self->event));
}

TEST_F(handle, pseudo_handles_are_compared_by_what_they_stand_for)
{
	EXPECT_QUIET(TRUE, CompareObjectHandles(PSEUDO_PROCESS, PSEUDO_PROCESS));
	EXPECT_QUIET(TRUE, CompareObjectHandles(PSEUDO_THREAD, PSEUDO_THREAD));
	EXPECT_QUIET(TRUE, CompareObjectHandles(PSEUDO_PROCESS, duplicate(PSEUDO_PROCESS)));
	EXPECT_QUIET(TRUE, CompareObjectHandles(duplicate(PSEUDO_THREAD), PSEUDO_THREAD));
	EXPECT_FAILS(ERROR_NOT_SAME_OBJECT, FALSE,
		     CompareObjectHandles(PSEUDO_PROCESS, PSEUDO_THREAD));
	EXPECT_FAILS(ERROR_NOT_SAME_OBJECT, FALSE,
		     CompareObjectHandles(self->event, PSEUDO_PROCESS));
}

TEST_F(handle, a_duplicate_is_a_handle_of_its_own)
{
	HANDLE made = untouched;

	EXPECT_QUIET(TRUE, DuplicateHandle(PSEUDO_PROCESS, self->event, PSEUDO_PROCESS, &made, 0,
					   TRUE, DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(value(3), made);
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(made));
	EXPECT_TRUE(CloseHandle(self->event));
	EXPECT_TRUE(SetEvent(made));
	EXPECT_TRUE(is_set(made));
	EXPECT_TRUE(CloseHandle(made));
	EXPECT_EQ(0, kernel_handle(self->client, "event"));
}

/* What a thread gives to others: its own pseudo-handle would be theirs there. */
static void *compare_with_own(void *argument)
{
	return CompareObjectHandles(PSEUDO_THREAD, argument) ? "same" : NULL;
}

TEST_F(handle, the_duplicate_of_a_pseudo_handle_is_a_real_one)
{
	HANDLE process = duplicate(PSEUDO_PROCESS), thread = duplicate(PSEUDO_THREAD);

	ASSERT_NE(NULL, process);
	ASSERT_NE(NULL, thread);
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(process, 0));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(thread, 0));
	EXPECT_EQ(NULL, in_thread(compare_with_own, thread));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetEvent(process));
	EXPECT_TRUE(CloseHandle(process));
	EXPECT_TRUE(CloseHandle(thread));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(thread));
}

TEST_F(handle, the_process_may_be_told_by_a_real_handle_too)
{
	HANDLE process = duplicate(PSEUDO_PROCESS), made = untouched;

	EXPECT_QUIET(TRUE, DuplicateHandle(process, self->event, process, &made, 0, FALSE, 0));
	EXPECT_TRUE(CompareObjectHandles(made, self->event));
	EXPECT_QUIET(TRUE, DuplicateHandle(process, made, PSEUDO_PROCESS, NULL, 0, FALSE,
					   DUPLICATE_CLOSE_SOURCE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(made));
}

TEST_F(handle, duplicating_from_or_to_what_is_no_process_is_refused)
{
	HANDLE bad[] = { NULL, GARBAGE, self->closed, self->other, PSEUDO_THREAD };
	HANDLE made = untouched;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
			     DuplicateHandle(bad[i], self->event, PSEUDO_PROCESS, &made, 0,
					     FALSE, 0));
		if (bad[i])
			EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
				     DuplicateHandle(PSEUDO_PROCESS, self->event, bad[i], &made,
						     0, FALSE, 0));
	}
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     DuplicateHandle(PSEUDO_PROCESS, self->event, NULL, &made, 0, FALSE, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     DuplicateHandle(PSEUDO_PROCESS, self->event, PSEUDO_PROCESS, &made, 0,
				     FALSE, 4));
	EXPECT_EQ(untouched, made);
	EXPECT_TRUE(SetEvent(self->event));
	EXPECT_EQ(2, look_at(self->client, "event").references);
}

TEST_F(handle, close_source_closes_it_and_the_duplicate_may_get_its_value_next)
{
	HANDLE made = untouched;

	EXPECT_QUIET(TRUE, DuplicateHandle(PSEUDO_PROCESS, self->event, PSEUDO_PROCESS, &made, 0,
					   FALSE, DUPLICATE_CLOSE_SOURCE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetEvent(self->event));
	EXPECT_TRUE(SetEvent(made));
	EXPECT_EQ(self->event, CreateEventA(NULL, TRUE, FALSE, NULL));
}

TEST_F(handle, close_source_closes_it_even_when_duplicating_fails)
{
	HANDLE made = untouched;

	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
		     DuplicateHandle(PSEUDO_PROCESS, self->event, GARBAGE, &made, 0, FALSE,
				     DUPLICATE_CLOSE_SOURCE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetEvent(self->event));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     DuplicateHandle(PSEUDO_PROCESS, self->other, PSEUDO_PROCESS, &made, 0,
				     FALSE, DUPLICATE_CLOSE_SOURCE | 4));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetEvent(self->other));
	EXPECT_EQ(untouched, made);
}

TEST_F(handle, close_source_without_a_target_only_closes)
{
	EXPECT_QUIET(TRUE, DuplicateHandle(PSEUDO_PROCESS, self->event, NULL, NULL, 0, FALSE,
					   DUPLICATE_CLOSE_SOURCE));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetEvent(self->event));
	EXPECT_QUIET(TRUE, DuplicateHandle(PSEUDO_PROCESS, PSEUDO_PROCESS, NULL, NULL, 0, FALSE,
					   DUPLICATE_CLOSE_SOURCE));
}

TEST_F(handle, a_full_table_takes_one_more_when_one_is_closed)
{
	HANDLE last = NULL;

	for (unsigned int i = 3; i <= HANDLES_MAX; i++) {
		last = OpenEventA(0, FALSE, "event");
		ASSERT_EQ(value(i), last);
	}
	EXPECT_FAILS(ERROR_NO_SYSTEM_RESOURCES, NULL, OpenEventA(0, FALSE, "event"));
	EXPECT_FAILS(ERROR_NO_SYSTEM_RESOURCES, NULL, CreateEventA(NULL, TRUE, FALSE, NULL));
	EXPECT_EQ(NULL, duplicate(self->event));
	/* What was refused has left nothing behind. */
	EXPECT_EQ(HANDLES_MAX, look_at(self->client, "event").references);
	EXPECT_TRUE(CloseHandle(value(4711)));
	EXPECT_EQ(value(4711), duplicate(self->event));
}

static void child_of_fork(struct peer *parent)
{
	HANDLE event = (HANDLE)(uintptr_t)told_by(parent);

	CHILD_ASSERT(!SetEvent(event) && GetLastError() == ERROR_INVALID_HANDLE);
	CHILD_ASSERT(!CloseHandle(event) && GetLastError() == ERROR_INVALID_HANDLE);
	CHILD_ASSERT(OpenEventA(0, FALSE, "event") == value(1));
	CHILD_ASSERT(SetEvent(value(1)));
}

TEST_F(handle, a_forked_child_has_no_handles_and_takes_none_away)
{
	struct peer peer;
	pid_t child = start_child(&peer, child_of_fork);

	ASSERT_GT(child, 0);
	ASSERT_TRUE(tell(&peer, (uintptr_t)self->other));
	EXPECT_EQ(0, end_of(child));
	EXPECT_TRUE(is_set(self->event));
	EXPECT_FALSE(is_set(self->other));
	EXPECT_EQ(value(3), CreateEventA(NULL, TRUE, FALSE, NULL));
}

static void holder(struct peer *parent)
{
	for (int i = 0; i < 10; i++)
		CHILD_ASSERT(OpenEventA(0, FALSE, "event"));
	tell(parent, 1);
	told_by(parent);
}

TEST_F(handle, what_a_killed_process_had_is_given_back)
{
	struct peer peer;
	pid_t child = start_child(&peer, holder);

	ASSERT_GT(child, 0);
	ASSERT_EQ(1, told_by(&peer));
	EXPECT_EQ(12, look_at(self->client, "event").references);
	EXPECT_EQ(0, end_by_sigkill(child));
	EXPECT_EQ(2, look_at(self->client, "event").references);
}

/* Everything that looks into the table, whatever it says. */
static void use_garbage(struct peer *parent)
{
	HANDLE some[MAXIMUM_WAIT_OBJECTS], made;
	DWORD flags;

	CHILD_ASSERT(CreateEventA(NULL, TRUE, FALSE, NULL) == value(1));
	CHILD_ASSERT(tell(parent, 1) && told_by(parent));
	for (unsigned int i = 1; i <= HANDLES_MAX; i += i < 600 ? 1 : 997) {
		GetHandleInformation(value(i), &flags);
		SetHandleInformation(value(i), HANDLE_FLAG_INHERIT, i);
		CompareObjectHandles(value(i), value(i + 1));
		SetEvent(value(i));
		ReleaseMutex(value(i));
		ReleaseSemaphore(value(i), 1, NULL);
		WaitForSingleObject(value(i), 0);
		DuplicateHandle(PSEUDO_PROCESS, value(i), PSEUDO_PROCESS, &made, 0, FALSE,
				i % 4);
		DuplicateHandle(value(i), value(1), value(i), &made, 0, FALSE, 0);
		some[i % MAXIMUM_WAIT_OBJECTS] = value(i);
		if (i >= MAXIMUM_WAIT_OBJECTS)
			WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, some, i % 2, 0);
		OpenEventA(0, FALSE, "event");
		if (i % 2)
			CloseHandle(value(i));
	}
}

/* The table's own marks stay, so that it is taken for one. */
static void fill(unsigned char *table, size_t size)
{
	__u64 seed = 0x5eed;

	for (size_t i = 64; i < size; i++)
		table[i] = next_random(&seed);
}

TEST_F(handle, whatever_another_process_of_the_domain_writes_into_the_table_crashes_nothing)
{
	struct wapi_query query = { 0 };
	uint32_t process = 0;
	struct peer peer;
	void *table;
	pid_t child = start_child(&peer, use_garbage);

	ASSERT_GT(child, 0);
	ASSERT_EQ(1, told_by(&peer));
	ASSERT_EQ(0, wapi_process_new_pid(self->client, 0, child, own_name(child), &process,
					  NULL));
	ASSERT_EQ(0, wapi_query(self->client, process, &query));
	ASSERT_LT(64 + 8 * HANDLES_MAX, query.block_size);
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, query.block, query.block_size, &table));
	fill(table, query.block_size);
	ASSERT_TRUE(tell(&peer, 1));
	EXPECT_EQ(0, end_of(child));
	/* Nobody else has lost anything. */
	EXPECT_TRUE(SetEvent(self->event));
	EXPECT_TRUE(is_set(self->event));
	EXPECT_TRUE(CloseHandle(self->other));
}

struct race {
	pthread_barrier_t start;
	HANDLE handle;
	atomic_int closed;
};

static void *close_it(void *argument)
{
	struct race *race = argument;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&race->start);
		if (CloseHandle(race->handle))
			atomic_fetch_add(&race->closed, 1);
		pthread_barrier_wait(&race->start);
	}
	return NULL;
}

TEST_F(handle, of_threads_that_close_a_handle_at_once_one_does)
{
	struct race race = { .closed = 0 };
	pthread_t threads[2];

	pthread_barrier_init(&race.start, NULL, 3);
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, close_it, &race));
	for (int i = 0; i < ROUNDS; i++) {
		race.handle = duplicate(self->event);
		pthread_barrier_wait(&race.start);
		pthread_barrier_wait(&race.start);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(ROUNDS, race.closed);
	EXPECT_EQ(2, look_at(self->client, "event").references);
}

TEST_HARNESS_MAIN
