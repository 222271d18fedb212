// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that are created suspended: that they do not begin before ResumeThread(),
 * and what can be done with them until then, handles that they are given included.
 */
#include "win32_child.h"

static UINT return_code(int argc, char *argv[])
{
	(void)argc;
	return strtoul(argv[0], NULL, 0);
}

static UINT resume(int argc, char *argv[])
{
	(void)argc;
	return ResumeThread(handle_of(argv[0]));
}

/* What becomes of two handles that it reads: they are of one event, or of nothing. */
static UINT use_given(int argc, char *argv[])
{
	HANDLE handles[2];
	DWORD flags;

	(void)argc;
	if (read(0, handles, sizeof(handles)) != sizeof(handles))
		return 100;
	if (!GetHandleInformation(handles[0], &flags))
		return GetLastError();
	if (flags || !CompareObjectHandles(handles[0], handles[1]) || !SetEvent(handles[0]))
		return 101;
	/* Each is closed by itself. */
	if (!CloseHandle(handles[0]) || SetEvent(handles[0]) || !SetEvent(handles[1]))
		return 102;
	if (!strcmp(argv[0], "close") && !CloseHandle(handles[1]))
		return 103;
	return 0;
}

/* One of the handles was closed by who gave it; the other one is a good one. */
static UINT use_other(int argc, char *argv[])
{
	HANDLE handles[2];

	(void)argc;
	(void)argv;
	if (read(0, handles, sizeof(handles)) != sizeof(handles))
		return 100;
	if (SetEvent(handles[0]))
		return 101;
	/* What was closed is given back now, and its value is free. */
	if (CreateEventA(NULL, TRUE, FALSE, NULL) != handles[0])
		return 102;
	return SetEvent(handles[1]) ? 0 : 103;
}

static const struct child_mode modes[] = {
	{ "return", return_code },
	{ "given", use_given },
	{ "other", use_other },
	{ "resume", resume },
	{ 0 },
};

FIXTURE(suspended) {
	PROCESS_INFORMATION child;
	DWORD n;
};

FIXTURE_SETUP(suspended)
{
	ASSERT_TRUE(start("return 7", FALSE, CREATE_SUSPENDED, NULL, &self->child));
	self->n = POISON32;
}

FIXTURE_TEARDOWN(suspended)
{
	TerminateProcess(self->child.hProcess, 1);
	CloseHandle(self->child.hProcess);
	CloseHandle(self->child.hThread);
}

TEST_F(suspended, does_not_begin_before_it_is_resumed)
{
	char path[64], name[64] = "";
	FILE *file;

	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->child.hProcess, A_WHILE));
	EXPECT_TRUE(GetExitCodeProcess(self->child.hProcess, &self->n));
	EXPECT_EQ(STILL_ACTIVE, self->n);
	/* It is not yet a program with arguments of its own. */
	snprintf(path, sizeof(path), "/proc/%u/cmdline", self->child.dwProcessId);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	name[fread(name, 1, sizeof(name) - 1, file)] = 0;
	fclose(file);
	EXPECT_EQ(NULL, memmem(name, sizeof(name), "--child", 7));
	EXPECT_QUIET(1, ResumeThread(self->child.hThread));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->child.hThread, PATIENCE_MS));
	/* One that has ended is not suspended. */
	EXPECT_QUIET(0, ResumeThread(self->child.hThread));
	EXPECT_EQ(7, code_of(&self->child));
}

static BOOL is_resumed(HANDLE handle)
{
	return ResumeThread(handle) != (DWORD)-1;
}

TEST_F(suspended, bad_handles_resume_nothing)
{
	HANDLE closed = CreateEventA(NULL, TRUE, FALSE, NULL);
	const HANDLE bad[] = { NULL, GARBAGE, closed, (HANDLE)(LONG_PTR)-1,
			       self->child.hProcess };

	ASSERT_TRUE(CloseHandle(closed));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, is_resumed(bad[i]));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(self->child.hProcess, A_WHILE));
}

static void *resume_at_once(void *handle)
{
	return (void *)(uintptr_t)(ResumeThread(handle) == 1);
}

TEST_F(suspended, is_resumed_once_by_two_who_do_it_at_once)
{
	pthread_t threads[2];
	uintptr_t first = 0;
	void *is_first;

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, resume_at_once,
					    self->child.hThread));
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &is_first);
		first += (uintptr_t)is_first;
	}
	EXPECT_EQ(1, first);
	EXPECT_EQ(7, code_of(&self->child));
}

TEST_F(suspended, is_resumed_by_another_process_with_a_handle)
{
	PROCESS_INFORMATION other;
	char what[64];

	ASSERT_TRUE(SetHandleInformation(self->child.hThread, HANDLE_FLAG_INHERIT,
					 HANDLE_FLAG_INHERIT));
	snprintf(what, sizeof(what), "resume %lu", value_of(self->child.hThread));
	ASSERT_TRUE(start(what, TRUE, 0, NULL, &other));
	EXPECT_EQ(1, code_of(&other));
	EXPECT_EQ(7, code_of(&self->child));
}

TEST_F(suspended, is_terminated_before_it_begins)
{
	EXPECT_QUIET(TRUE, TerminateProcess(self->child.hProcess, 0x87654321));
	EXPECT_EQ(0x87654321, code_of(&self->child));
}

TEST_F(suspended, is_killed_before_it_begins)
{
	EXPECT_EQ(0, kill(self->child.dwProcessId, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, code_of(&self->child));
}

TEST(a_parent_that_ends_leaves_it_suspended)
{
	PROCESS_INFORMATION child;
	HANDLE process;
	int line[2];
	DWORD id, code;
	pid_t pid;

	ASSERT_EQ(0, pipe2(line, O_CLOEXEC));
	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		CHILD_ASSERT(start("return 7", FALSE, CREATE_SUSPENDED, NULL, &child));
		CHILD_ASSERT(write(line[1], &child.dwProcessId, sizeof(DWORD)) > 0);
		raise(SIGKILL);
	}
	ASSERT_EQ(sizeof(id), read(line[0], &id, sizeof(id)));
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
	process = OpenProcess(PROCESS_TERMINATE, FALSE, id);
	ASSERT_NE(NULL, process);
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(process, A_WHILE));
	EXPECT_TRUE(TerminateProcess(process, 8));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(process, PATIENCE_MS));
	EXPECT_TRUE(GetExitCodeProcess(process, &code));
	EXPECT_EQ(8, code);
}

/* One that has not begun has none of what it will not have: here the reading end. */
TEST(a_suspended_program_keeps_no_end_open)
{
	PROCESS_INFORMATION information;
	HANDLE from, to;
	DWORD n;

	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	ASSERT_TRUE(start("return 0", TRUE, CREATE_SUSPENDED, NULL, &information));
	CloseHandle(from);
	EXPECT_TRUE(within(20, !WriteFile(to, "x", 1, &n, NULL) &&
			       GetLastError() == ERROR_BROKEN_PIPE));
	EXPECT_TRUE(TerminateProcess(information.hProcess, 4));
	EXPECT_EQ(4, code_of(&information));
}

TEST(a_file_that_is_no_program_is_refused_before)
{
	STARTUPINFOA startup = { .cb = sizeof(startup) };
	PROCESS_INFORMATION information;
	FILE *file = fopen("/tmp/wapi-no-program", "w");

	ASSERT_NE(NULL, file);
	fputs("nothing\n", file);
	fclose(file);
	ASSERT_EQ(0, chmod("/tmp/wapi-no-program", 0755));
	EXPECT_FAILS(ERROR_BAD_EXE_FORMAT, FALSE,
		     CreateProcessA("/tmp/wapi-no-program", NULL, NULL, NULL, FALSE,
				    CREATE_SUSPENDED, NULL, NULL, &startup, &information));
	unlink("/tmp/wapi-no-program");
}

#define NAME "win32-suspended-test"

/* Suspended, with an input, and two handles that it was given there. */
FIXTURE(given) {
	PROCESS_INFORMATION child;
	HANDLE event, to;
	HANDLE values[2];
};

static bool create(FIXTURE_DATA(given) *self, const char *what)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };

	return CreatePipe(&startup.hStdInput, &self->to, inheritable(), 0) &&
	       SetHandleInformation(self->to, HANDLE_FLAG_INHERIT, 0) &&
	       start(what, TRUE, CREATE_SUSPENDED, &startup, &self->child) &&
	       CloseHandle(startup.hStdInput);
}

static bool give(FIXTURE_DATA(given) *self)
{
	for (int i = 0; i < 2; i++)
		if (!DuplicateHandle(GetCurrentProcess(), self->event, self->child.hProcess,
				     &self->values[i], 0, FALSE, DUPLICATE_SAME_ACCESS))
			return false;
	return true;
}

static DWORD let_go(FIXTURE_DATA(given) *self)
{
	DWORD n;

	if (ResumeThread(self->child.hThread) != 1 ||
	    !WriteFile(self->to, self->values, sizeof(self->values), &n, NULL))
		return POISON32;
	return code_of(&self->child);
}

static bool is_there(void)
{
	HANDLE event = OpenEventA(EVENT_ALL_ACCESS, FALSE, NAME);

	return event && CloseHandle(event);
}

FIXTURE_SETUP(given)
{
	self->event = CreateEventA(NULL, TRUE, FALSE, NAME);
	ASSERT_NE(NULL, self->event);
}

FIXTURE_TEARDOWN(given)
{
	TerminateProcess(self->child.hProcess, 1);
}

TEST_F(given, handles_are_good_when_it_begins)
{
	ASSERT_TRUE(create(self, "given keep"));
	EXPECT_TRUE(give(self));
	EXPECT_NE(self->values[0], self->values[1]);
	EXPECT_EQ(0, let_go(self));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
}

TEST_F(given, objects_live_on_though_the_giver_has_closed_its_own)
{
	ASSERT_TRUE(create(self, "given close"));
	EXPECT_TRUE(give(self));
	EXPECT_TRUE(CloseHandle(self->event));
	EXPECT_TRUE(is_there());
	EXPECT_EQ(0, let_go(self));
	/* And no longer than that: the two are closed, and code_of() has closed another. */
	EXPECT_FALSE(is_there());
}

TEST_F(given, objects_live_no_longer_than_one_that_never_begins)
{
	ASSERT_TRUE(create(self, "given keep"));
	EXPECT_TRUE(give(self));
	EXPECT_TRUE(CloseHandle(self->event));
	EXPECT_TRUE(TerminateProcess(self->child.hProcess, 3));
	EXPECT_EQ(3, code_of(&self->child));
	EXPECT_FALSE(is_there());
}

TEST_F(given, handles_can_be_closed_before_it_begins)
{
	ASSERT_TRUE(create(self, "other"));
	EXPECT_TRUE(give(self));
	EXPECT_QUIET(TRUE, DuplicateHandle(self->child.hProcess, self->values[0], NULL, NULL, 0,
					   FALSE, DUPLICATE_CLOSE_SOURCE));
	EXPECT_EQ(0, let_go(self));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->event, 0));
}

TEST_F(given, handles_are_invalid_if_the_giver_was_killed_before)
{
	int line[2];
	pid_t pid;

	ASSERT_TRUE(create(self, "given keep"));
	ASSERT_EQ(0, pipe2(line, O_CLOEXEC));
	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		self->child.hProcess = OpenProcess(0, FALSE, self->child.dwProcessId);
		self->event = CreateEventA(NULL, TRUE, FALSE, NULL);
		CHILD_ASSERT(give(self));
		CHILD_ASSERT(write(line[1], self->values, sizeof(self->values)) > 0);
		raise(SIGKILL);
	}
	ASSERT_EQ(sizeof(self->values), read(line[0], self->values, sizeof(self->values)));
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
	EXPECT_EQ(ERROR_INVALID_HANDLE, let_go(self));
}

CHILD_MAIN(modes)
