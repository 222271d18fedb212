// SPDX-License-Identifier: GPL-2.0
/*
 * Handles of started programs: objects of each type that are inherited, or duplicated
 * into a program and out of it, and what becomes of them when one of the two ends.
 */
#include "win32_child.h"

#define READY "win32-inherit-test-ready"

static void tell_ready(void)
{
	HANDLE ready = OpenEventA(EVENT_ALL_ACCESS, FALSE, READY);

	SetEvent(ready);
	CloseHandle(ready);
}

/* One handle of each type. */
enum { EVENT, MUTEX, SEMAPHORE, TIMER, PROCESS, THREAD, TYPES };

/* What can be done with one object of each type: 0, or which it was that failed. */
static UINT use_all(const HANDLE handles[TYPES])
{
	HANDLE event = handles[EVENT], mutex = handles[MUTEX], semaphore = handles[SEMAPHORE];
	HANDLE timer = handles[TIMER], process = handles[PROCESS], thread = handles[THREAD];
	LARGE_INTEGER soon = { .QuadPart = -1 };
	LONG previous = -1;

	if (WaitForSingleObject(event, 0) != WAIT_TIMEOUT || !SetEvent(event))
		return 1;
	if (WaitForSingleObject(mutex, 0) != WAIT_OBJECT_0 || !ReleaseMutex(mutex))
		return 2;
	if (!ReleaseSemaphore(semaphore, 2, &previous) || previous != 1)
		return 3;
	if (!GetProcessId(process) || GetProcessId(process) == GetCurrentProcessId())
		return 4;
	if (WaitForSingleObject(thread, 0) != WAIT_TIMEOUT)
		return 5;
	if (WaitForSingleObject(timer, 0) != WAIT_TIMEOUT ||
	    !SetWaitableTimer(timer, &soon, 0, NULL, NULL, FALSE) ||
	    WaitForSingleObject(timer, PATIENCE_MS) != WAIT_OBJECT_0)
		return 6;
	return 0;
}

/* Its own error, or 200 if a handle has other flags than inherited ones have. */
static UINT use_inherited(int argc, char *argv[])
{
	HANDLE handles[TYPES];
	DWORD flags;

	for (int i = 0; i < TYPES; i++) {
		handles[i] = handle_of(argv[i]);
		if (!GetHandleInformation(handles[i], &flags))
			return GetLastError();
		if (flags != HANDLE_FLAG_INHERIT)
			return 200;
	}
	(void)argc;
	return use_all(handles);
}

/* Takes its time before it first uses the library: until its input ends. */
static UINT use_event_late(int argc, char *argv[])
{
	HANDLE event = handle_of(argv[0]);
	char c;

	(void)argc;
	while (read(0, &c, 1) > 0)
		;
	if (WaitForSingleObject(event, 0) != WAIT_TIMEOUT || !SetEvent(event))
		return GetLastError();
	return WaitForSingleObject(event, 0) == WAIT_OBJECT_0 ? 0x600d : 1;
}

/* Starts one that does that, with an event of its own; ends at once, with its id. */
static UINT start_late(int argc, char *argv[])
{
	HANDLE event = CreateEventA(inheritable(), TRUE, FALSE, NULL);
	PROCESS_INFORMATION information;
	char what[64];

	snprintf(what, sizeof(what), "late %lu", value_of(event));
	if (!start(what, TRUE, 0, NULL, &information))
		return 0;
	if (argc && !strcmp(argv[0], "crash")) {
		HANDLE told = handle_of(argv[1]);
		DWORD n;

		WriteFile(told, &information.dwProcessId, sizeof(DWORD), &n, NULL);
		raise(SIGKILL);
	}
	return information.dwProcessId;
}

/* Reads values of handles that it was given meanwhile. */
static UINT use_given(int argc, char *argv[])
{
	HANDLE handles[TYPES];
	DWORD n, flags;

	(void)argc;
	(void)argv;
	tell_ready();
	for (int i = 0; i < TYPES; i++) {
		if (!ReadFile(GetStdHandle(STD_INPUT_HANDLE), &handles[i], sizeof(HANDLE), &n,
			      NULL) || n != sizeof(HANDLE))
			return 100;
		if (!GetHandleInformation(handles[i], &flags) || flags)
			return 101;
	}
	return use_all(handles);
}

/* Makes a semaphore that others may take from here; tells its value. */
static UINT lend(int argc, char *argv[])
{
	HANDLE semaphore = CreateSemaphoreA(NULL, 3, 5, NULL);
	DWORD n;

	(void)argc;
	(void)argv;
	WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), &semaphore, sizeof(semaphore), &n, NULL);
	while (pause() < 0)
		;
	return 0;
}

/* Closes what it has inherited, and opens another: the lowest value that is free. */
static UINT reuse(int argc, char *argv[])
{
	HANDLE event = handle_of(argv[0]);

	(void)argc;
	if (!CloseHandle(event) || CloseHandle(event) ||
	    GetLastError() != ERROR_INVALID_HANDLE)
		return 1;
	return value_of(CreateEventA(NULL, TRUE, FALSE, NULL));
}

/* Has closed all descriptors before it uses the library. */
static UINT lose(int argc, char *argv[])
{
	HANDLE event = handle_of(argv[0]);

	(void)argc;
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	if (SetEvent(event) || GetLastError() != ERROR_INVALID_HANDLE)
		return 1;
	return CreateEventA(NULL, TRUE, FALSE, NULL) ? 0 : 2;
}

static UINT forked(int argc, char *argv[])
{
	HANDLE event = handle_of(argv[0]);
	pid_t pid;

	(void)argc;
	if (!SetEvent(event))
		return 1;
	pid = fork();
	if (!pid)
		_exit(SetEvent(event) || GetLastError() != ERROR_INVALID_HANDLE);
	return end_of(pid);
}

static UINT abandon(int argc, char *argv[])
{
	(void)argc;
	return WaitForSingleObject(handle_of(argv[0]), 0) == WAIT_OBJECT_0 ? 0 : 1;
}

static const struct child_mode modes[] = {
	{ "use", use_inherited },
	{ "late", use_event_late },
	{ "start", start_late },
	{ "given", use_given },
	{ "lend", lend },
	{ "reuse", reuse },
	{ "lose", lose },
	{ "fork", forked },
	{ "abandon", abandon },
	{ 0 },
};

/* One object of each type. */
FIXTURE(all) {
	PROCESS_INFORMATION child;
	HANDLE event, mutex, semaphore, timer, process, thread;
	char what[128];
};

FIXTURE_SETUP(all)
{
	HANDLE self_ = GetCurrentProcess();

	/* Values that are not the lowest. */
	for (int i = 0; i < 100; i++)
		ASSERT_NE(NULL, CreateEventA(NULL, TRUE, FALSE, NULL));
	self->event = CreateEventA(inheritable(), TRUE, FALSE, NULL);
	self->mutex = CreateMutexA(inheritable(), FALSE, NULL);
	self->semaphore = CreateSemaphoreA(inheritable(), 1, 9, NULL);
	self->timer = CreateWaitableTimerA(inheritable(), TRUE, NULL);
	ASSERT_TRUE(DuplicateHandle(self_, self_, self_, &self->process, 0, TRUE,
				    DUPLICATE_SAME_ACCESS));
	ASSERT_TRUE(DuplicateHandle(self_, PSEUDO_THREAD, self_, &self->thread, 0, TRUE,
				    DUPLICATE_SAME_ACCESS));
	for (HANDLE value = (HANDLE)4; value_of(value) <= 400;
	     value = (HANDLE)(value_of(value) + 4))
		ASSERT_TRUE(CloseHandle(value));
	snprintf(self->what, sizeof(self->what), "use %lu %lu %lu %lu %lu %lu",
		 value_of(self->event), value_of(self->mutex), value_of(self->semaphore),
		 value_of(self->timer), value_of(self->process), value_of(self->thread));
}

FIXTURE_TEARDOWN(all)
{
}

TEST_F(all, types_are_inherited_under_the_same_values)
{
	LONG previous = -1;

	ASSERT_TRUE(start(self->what, TRUE, 0, NULL, &self->child));
	EXPECT_EQ(0, code_of(&self->child));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->timer, 0));
	EXPECT_TRUE(ReleaseSemaphore(self->semaphore, 1, &previous));
	EXPECT_EQ(3, previous);
}

TEST_F(all, types_are_not_inherited_unless_CreateProcess_says_so)
{
	ASSERT_TRUE(start(self->what, FALSE, 0, NULL, &self->child));
	EXPECT_EQ(ERROR_INVALID_HANDLE, code_of(&self->child));
}

TEST_F(all, types_are_not_inherited_if_one_handle_is_not_inheritable)
{
	ASSERT_TRUE(SetHandleInformation(self->event, HANDLE_FLAG_INHERIT, 0));
	ASSERT_TRUE(start(self->what, TRUE, 0, NULL, &self->child));
	EXPECT_EQ(ERROR_INVALID_HANDLE, code_of(&self->child));
}

/* Protection is of the handle, and so of the copy too. */
TEST_F(all, flags_are_inherited)
{
	ASSERT_TRUE(SetHandleInformation(self->event, HANDLE_FLAG_PROTECT_FROM_CLOSE,
					 HANDLE_FLAG_PROTECT_FROM_CLOSE));
	ASSERT_TRUE(start(self->what, TRUE, 0, NULL, &self->child));
	EXPECT_EQ(200, code_of(&self->child));
}

TEST_F(all, types_are_duplicated_into_another_process)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	HANDLE ready = CreateEventA(NULL, FALSE, FALSE, READY), to, value;
	HANDLE sources[TYPES] = {
		self->event, self->mutex, self->semaphore, self->timer,
		PSEUDO_PROCESS, PSEUDO_THREAD,
	};
	LONG previous = -1;
	DWORD n;

	ASSERT_TRUE(CreatePipe(&startup.hStdInput, &to, inheritable(), 0));
	ASSERT_TRUE(SetHandleInformation(to, HANDLE_FLAG_INHERIT, 0));
	startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
	ASSERT_TRUE(start("given", TRUE, 0, &startup, &self->child));
	ASSERT_EQ(WAIT_OBJECT_0, WaitForSingleObject(ready, PATIENCE_MS));
	for (int i = 0; i < TYPES; i++) {
		value = NULL;
		EXPECT_QUIET(TRUE, DuplicateHandle(GetCurrentProcess(), sources[i],
						   self->child.hProcess, &value, 0, FALSE,
						   DUPLICATE_SAME_ACCESS));
		EXPECT_TRUE(WriteFile(to, &value, sizeof(value), &n, NULL));
	}
	EXPECT_EQ(0, code_of(&self->child));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->timer, 0));
	EXPECT_TRUE(ReleaseSemaphore(self->semaphore, 1, &previous));
	EXPECT_EQ(3, previous);
}

/* A file cannot; and what has ended, or has never used the library, takes nothing. */
TEST_F(all, what_cannot_be_duplicated_into_another_process)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	HANDLE from, to, value = GARBAGE, other;
	char what[64];
	pid_t pid;

	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		pause();
	}
	other = OpenProcess(0, FALSE, pid);
	ASSERT_NE(NULL, other);
	EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE,
		     DuplicateHandle(GetCurrentProcess(), self->mutex, other, &value, 0, FALSE,
				     DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE,
		     DuplicateHandle(GetCurrentProcess(), self->mutex, other, &value, 0, FALSE,
				     DUPLICATE_SAME_ACCESS));
	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	ASSERT_TRUE(SetHandleInformation(from, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	startup.hStdInput = from;
	snprintf(what, sizeof(what), "late %lu", value_of(self->event));
	ASSERT_TRUE(start(what, TRUE, 0, &startup, &self->child));
	EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE,
		     DuplicateHandle(GetCurrentProcess(), from, self->child.hProcess, &value,
				     0, FALSE, DUPLICATE_SAME_ACCESS));
	CloseHandle(to);
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->child.hProcess, PATIENCE_MS));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE,
		     DuplicateHandle(GetCurrentProcess(), self->mutex, self->child.hProcess,
				     &value, 0, FALSE, DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(GARBAGE, value);
	EXPECT_EQ(0x600d, code_of(&self->child));
}

TEST(a_handle_is_taken_from_another_process_also_if_that_is_killed)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	PROCESS_INFORMATION child;
	HANDLE from, theirs, copy = NULL;
	LONG previous = -1;
	DWORD n;

	ASSERT_TRUE(CreatePipe(&from, &startup.hStdOutput, inheritable(), 0));
	ASSERT_TRUE(SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0));
	ASSERT_TRUE(start("lend", TRUE, 0, &startup, &child));
	CloseHandle(startup.hStdOutput);
	ASSERT_TRUE(ReadFile(from, &theirs, sizeof(theirs), &n, NULL));
	EXPECT_QUIET(TRUE, DuplicateHandle(child.hProcess, theirs, GetCurrentProcess(), &copy,
					   0, FALSE, DUPLICATE_SAME_ACCESS));
	EXPECT_TRUE(TerminateProcess(child.hProcess, 1));
	EXPECT_EQ(1, code_of(&child));
	EXPECT_QUIET(TRUE, ReleaseSemaphore(copy, 1, &previous));
	EXPECT_EQ(3, previous);
}

static DWORD code_of_id(DWORD id, HANDLE input)
{
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, id);
	DWORD code = POISON32;

	if (!process)
		return GetLastError();
	/* Now it begins to use what it has inherited. */
	CloseHandle(input);
	if (WaitForSingleObject(process, PATIENCE_MS) == WAIT_OBJECT_0)
		GetExitCodeProcess(process, &code);
	CloseHandle(process);
	return code;
}

TEST(inherited_objects_live_on_when_the_parent_has_ended)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	PROCESS_INFORMATION child;
	HANDLE to;

	ASSERT_TRUE(CreatePipe(&startup.hStdInput, &to, inheritable(), 0));
	ASSERT_TRUE(SetHandleInformation(to, HANDLE_FLAG_INHERIT, 0));
	ASSERT_TRUE(start("start", TRUE, 0, &startup, &child));
	EXPECT_EQ(0x600d, code_of_id(code_of(&child), to));
}

TEST(inherited_objects_live_on_when_the_parent_was_killed)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	PROCESS_INFORMATION child;
	HANDLE to, from, told;
	char what[64];
	DWORD n, id = 0;

	ASSERT_TRUE(CreatePipe(&startup.hStdInput, &to, inheritable(), 0));
	ASSERT_TRUE(SetHandleInformation(to, HANDLE_FLAG_INHERIT, 0));
	ASSERT_TRUE(CreatePipe(&from, &told, inheritable(), 0));
	ASSERT_TRUE(SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0));
	snprintf(what, sizeof(what), "start crash %lu", value_of(told));
	ASSERT_TRUE(start(what, TRUE, 0, &startup, &child));
	EXPECT_TRUE(ReadFile(from, &id, sizeof(id), &n, NULL));
	EXPECT_EQ(128 + SIGKILL, code_of(&child));
	EXPECT_EQ(0x600d, code_of_id(id, to));
}

TEST(inherited_values_are_reused_like_others)
{
	HANDLE first = CreateEventA(inheritable(), TRUE, FALSE, NULL);
	HANDLE second = CreateEventA(inheritable(), TRUE, FALSE, NULL);
	PROCESS_INFORMATION child;

	ASSERT_EQ(4, value_of(first));
	ASSERT_EQ(8, value_of(second));
	ASSERT_TRUE(start("reuse 8", TRUE, 0, NULL, &child));
	EXPECT_EQ(8, code_of(&child));
	ASSERT_TRUE(start("reuse 4", TRUE, 0, NULL, &child));
	EXPECT_EQ(4, code_of(&child));
}

TEST(two_handles_of_one_object_are_inherited_as_two)
{
	HANDLE first = CreateEventA(inheritable(), TRUE, FALSE, NULL), second = NULL;
	PROCESS_INFORMATION child;

	ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(), &second,
				    0, TRUE, DUPLICATE_SAME_ACCESS));
	ASSERT_EQ(8, value_of(second));
	ASSERT_TRUE(start("reuse 4", TRUE, 0, NULL, &child));
	EXPECT_EQ(4, code_of(&child));
	ASSERT_TRUE(start("fork 8", TRUE, 0, NULL, &child));
	EXPECT_EQ(0, code_of(&child));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(first, 0));
}

TEST(a_program_that_closes_all_descriptors_has_no_handles)
{
	HANDLE event = CreateEventA(inheritable(), TRUE, FALSE, NULL);
	PROCESS_INFORMATION child;

	ASSERT_EQ(4, value_of(event));
	ASSERT_TRUE(start("lose 4", TRUE, 0, NULL, &child));
	EXPECT_EQ(0, code_of(&child));
}

TEST(a_forked_child_of_a_program_has_none_of_what_that_inherited)
{
	HANDLE event = CreateEventA(inheritable(), TRUE, FALSE, NULL);
	PROCESS_INFORMATION child;

	ASSERT_EQ(4, value_of(event));
	ASSERT_TRUE(start("fork 4", TRUE, 0, NULL, &child));
	EXPECT_EQ(0, code_of(&child));
}

TEST(an_inherited_mutex_is_abandoned_by_a_program_that_ends)
{
	HANDLE mutex = CreateMutexA(inheritable(), FALSE, NULL);
	PROCESS_INFORMATION child;

	ASSERT_EQ(4, value_of(mutex));
	ASSERT_TRUE(start("abandon 4", TRUE, 0, NULL, &child));
	EXPECT_EQ(0, code_of(&child));
	EXPECT_EQ(WAIT_ABANDONED_0, WaitForSingleObject(mutex, PATIENCE_MS));
}

CHILD_MAIN(modes)
