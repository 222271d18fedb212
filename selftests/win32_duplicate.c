// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: DuplicateHandle() between processes, of which one may be killed at any
 * step; and several at once.
 */
#include "win32_sync.h"

#include <sys/ptrace.h>

#define MANY 400
#define STEPS_MAX 400

FIXTURE(duplicate) {
	struct wapi_client *client;
	HANDLE event;
};

FIXTURE_SETUP(duplicate)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	self->event = CreateEventA(NULL, TRUE, FALSE, "event");
	ASSERT_NE(NULL, self->event);
}

FIXTURE_TEARDOWN(duplicate)
{
	wapi_client_close(self->client);
}

static uint32_t references(struct wapi_client *client)
{
	/* Without the one by which it is looked at. */
	return look_at(client, "event").references - 1;
}

/* What a target is told to do; the answer is a number. */
enum order { CLOSE_ALL = 1, LOWEST_FREE, SET, CLOSE, END };

static uint64_t order(struct peer *target, enum order what, HANDLE handle)
{
	if (!tell(target, what | (uint64_t)(uintptr_t)handle << 8))
		return 0;
	return told_by(target);
}

/* How many handles there are from the second on: all of them are closed. */
static uint64_t close_all(void)
{
	uint64_t closed = 0;

	for (uintptr_t value = 8; value <= 4 * 4 * MANY; value += 4)
		closed += CloseHandle((HANDLE)value);
	return closed;
}

static uint64_t lowest_free(void)
{
	HANDLE handle = CreateEventA(NULL, TRUE, FALSE, NULL);

	CloseHandle(handle);
	return (uintptr_t)handle;
}

/* Has one handle of its own, of the event. */
static void be_target(struct peer *parent)
{
	uint64_t told, answer;
	HANDLE handle;

	CHILD_ASSERT(OpenEventA(0, FALSE, "event") == (HANDLE)4);
	CHILD_ASSERT(tell(parent, 1));
	while ((told = told_by(parent)) != 0) {
		handle = (HANDLE)(uintptr_t)(told >> 8);
		switch (told & 0xff) {
		case CLOSE_ALL:
			answer = close_all();
			break;
		case LOWEST_FREE:
			answer = lowest_free();
			break;
		case SET:
			answer = SetEvent(handle) ? NO_ERROR : GetLastError();
			break;
		case CLOSE:
			answer = CloseHandle(handle) ? NO_ERROR : GetLastError();
			break;
		default:
			return;
		}
		/* 0 would be the end. */
		CHILD_ASSERT(tell(parent, answer + 1));
	}
}

static pid_t start_target(struct peer *target)
{
	pid_t pid = start_child(target, be_target);

	return pid > 0 && told_by(target) == 1 ? pid : -1;
}

TEST_F(duplicate, works_in_the_other_process_under_the_value_that_is_returned)
{
	HANDLE process, made = NULL;
	struct peer target;
	pid_t pid = start_target(&target);

	ASSERT_GT(pid, 0);
	process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pid);
	EXPECT_QUIET(TRUE, DuplicateHandle(GetCurrentProcess(), self->event, process, &made, 0,
					   FALSE, DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(8, (uintptr_t)made);
	EXPECT_EQ(3, references(self->client));
	EXPECT_EQ(NO_ERROR + 1, order(&target, SET, made));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
	/* It is the other's: of no use here, and closed there. */
	EXPECT_FALSE(CompareObjectHandles(made, self->event));
	EXPECT_EQ(NO_ERROR + 1, order(&target, CLOSE, made));
	EXPECT_EQ(ERROR_INVALID_HANDLE + 1, order(&target, CLOSE, made));
	EXPECT_EQ(2, references(self->client));
	EXPECT_EQ(0, end_by_sigkill(pid));
}

TEST_F(duplicate, dies_with_that_processs_references)
{
	HANDLE process, made = NULL;
	struct peer target;
	pid_t pid = start_target(&target);

	ASSERT_GT(pid, 0);
	process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pid);
	for (int i = 0; i < 10; i++)
		EXPECT_TRUE(DuplicateHandle(GetCurrentProcess(), self->event, process, &made, 0,
					    FALSE, DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(12, references(self->client));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(1, references(self->client));
	made = GARBAGE;
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE,
		     DuplicateHandle(GetCurrentProcess(), self->event, process, &made, 0, FALSE,
				     DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(GARBAGE, made);
	EXPECT_EQ(1, references(self->client));
}

TEST_F(duplicate, of_a_source_that_is_closed_in_another_process_is_invalid_there_at_once)
{
	HANDLE process, made = NULL;
	struct peer target;
	pid_t pid = start_target(&target);

	ASSERT_GT(pid, 0);
	process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pid);
	EXPECT_QUIET(TRUE, DuplicateHandle(process, (HANDLE)4, GetCurrentProcess(), &made, 0,
					   FALSE, DUPLICATE_CLOSE_SOURCE));
	EXPECT_TRUE(CompareObjectHandles(made, self->event));
	EXPECT_EQ(ERROR_INVALID_HANDLE + 1, order(&target, SET, (HANDLE)4));
	/* What it does next with its handles gives the reference back, and the value. */
	EXPECT_EQ(4 + 1, order(&target, LOWEST_FREE, NULL));
	EXPECT_EQ(2, references(self->client));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
		     DuplicateHandle(process, (HANDLE)4, GetCurrentProcess(), &made, 0, FALSE,
				     DUPLICATE_CLOSE_SOURCE));
	EXPECT_EQ(0, end_by_sigkill(pid));
}

TEST_F(duplicate, from_one_process_into_another_by_a_third)
{
	struct peer target, source;
	HANDLE from, to, made = NULL;
	pid_t one = start_target(&source), other = start_target(&target);

	ASSERT_GT(one, 0);
	ASSERT_GT(other, 0);
	from = OpenProcess(PROCESS_ALL_ACCESS, FALSE, one);
	to = OpenProcess(PROCESS_ALL_ACCESS, FALSE, other);
	EXPECT_QUIET(TRUE, DuplicateHandle(from, (HANDLE)4, to, &made, 0, FALSE,
					   DUPLICATE_CLOSE_SOURCE));
	EXPECT_EQ(8, (uintptr_t)made);
	EXPECT_EQ(ERROR_INVALID_HANDLE + 1, order(&source, SET, (HANDLE)4));
	EXPECT_EQ(0, end_by_sigkill(one));
	EXPECT_EQ(NO_ERROR + 1, order(&target, SET, made));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
	EXPECT_EQ(0, end_by_sigkill(other));
}

static void duplicate_many(struct peer *parent)
{
	HANDLE event = OpenEventA(0, FALSE, "event"), made;
	HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, told_by(parent));

	for (int i = 0; i < MANY; i++) {
		made = NULL;
		CHILD_ASSERT(DuplicateHandle(GetCurrentProcess(), event, process, &made, 0,
					     FALSE, DUPLICATE_SAME_ACCESS));
		CHILD_ASSERT(made);
	}
}

TEST_F(duplicate, by_several_processes_at_once_gives_each_a_value_of_its_own)
{
	struct peer target, peers[3];
	pid_t pid = start_target(&target), children[3];

	ASSERT_GT(pid, 0);
	for (int i = 0; i < 3; i++) {
		children[i] = start_child(&peers[i], duplicate_many);
		ASSERT_TRUE(tell(&peers[i], pid));
	}
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, end_of(children[i]));
	EXPECT_EQ(3 * MANY + 2, references(self->client));
	EXPECT_EQ(3 * MANY + 1, order(&target, CLOSE_ALL, NULL));
	EXPECT_EQ(2, references(self->client));
	EXPECT_EQ(8 + 1, order(&target, LOWEST_FREE, NULL));
	EXPECT_EQ(0, end_by_sigkill(pid));
}

/* Is stepped through the call by its parent. */
static void duplicate_step_by_step(struct peer *parent)
{
	HANDLE event = OpenEventA(0, FALSE, "event"), made = NULL;
	HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, told_by(parent));

	CHILD_ASSERT(process && !ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
	CHILD_ASSERT(DuplicateHandle(GetCurrentProcess(), event, process, &made, 0, FALSE,
				     DUPLICATE_SAME_ACCESS));
	syscall(SYS_exit_group, 77);
}

/* Kills it at the beginning or the end of its @steps-th system call; false: it ended. */
static bool kill_at(pid_t pid, int steps)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return false;
	for (int i = 0; i < steps; i++) {
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			return false;
	}
	return !end_by_sigkill(pid);
}

TEST_F(duplicate, that_is_killed_at_any_step_takes_one_number_and_one_reference_at_most)
{
	int complete = 0, numbers = 0, lost_references = 0, steps;
	uint64_t lowest = 8, now;
	uint32_t before = 2, after;
	struct peer target, peer;
	pid_t pid = start_target(&target), child;

	ASSERT_GT(pid, 0);
	for (steps = 0; steps < STEPS_MAX; steps++) {
		bool killed, done;

		child = start_child(&peer, duplicate_step_by_step);
		ASSERT_GT(child, 0);
		ASSERT_TRUE(tell(&peer, pid));
		killed = kill_at(child, steps);
		done = order(&target, CLOSE_ALL, NULL) - 1 == 1;
		now = order(&target, LOWEST_FREE, NULL) - 1;
		after = references(self->client);
		/* A handle is there, or a number is lost, with a reference or without. */
		ASSERT_LE(now, lowest + 4);
		ASSERT_LE(after, before + 1);
		ASSERT_GE(now, lowest);
		ASSERT_GE(after, before);
		ASSERT_FALSE(done && now > lowest);
		ASSERT_FALSE(after > before && now == lowest);
		complete += done;
		numbers += now > lowest;
		lost_references += after > before;
		lowest = now;
		before = after;
		if (!killed)
			break;
	}
	TH_LOG("%d steps: %d handles, %d lost numbers, %d of them with a reference", steps,
	       complete, numbers, lost_references);
	ASSERT_LT(steps, STEPS_MAX);
	EXPECT_LT(0, complete);
	EXPECT_LT(0, lost_references);
	EXPECT_LT(lost_references, numbers);
	/* All of it goes with the process that it was for. */
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(1, references(self->client));
}

static void duplicate_until_killed(struct peer *parent)
{
	HANDLE event = OpenEventA(0, FALSE, "event"), made;
	HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, told_by(parent));

	tell(parent, 1);
	while (DuplicateHandle(GetCurrentProcess(), event, process, &made, 0, FALSE,
			       DUPLICATE_SAME_ACCESS))
		;
}

TEST_F(duplicate, into_a_process_that_is_killed_meanwhile_is_refused_from_then_on)
{
	struct peer target, peer;
	pid_t pid, child;

	for (int i = 0; i < 10; i++) {
		pid = start_target(&target);
		ASSERT_GT(pid, 0);
		child = start_child(&peer, duplicate_until_killed);
		ASSERT_TRUE(tell(&peer, pid));
		ASSERT_EQ(1, told_by(&peer));
		usleep(1000 * i);
		EXPECT_EQ(0, end_by_sigkill(pid));
		EXPECT_EQ(0, end_of(child));
		EXPECT_EQ(1, references(self->client));
	}
}

TEST_HARNESS_MAIN
