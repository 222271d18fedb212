// SPDX-License-Identifier: GPL-2.0
/*
 * Processes by their Win32 names: starting and ending them, their ids and exit codes,
 * and what can be asked about them, each function with its errors and bad handles.
 */
#include "win32_child.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define READY "win32-process-test-ready"

/* Tells that it is there, in the way that is asked for. */
static void tell_ready(void)
{
	HANDLE ready = OpenEventA(EVENT_ALL_ACCESS, FALSE, READY);

	SetEvent(ready);
	CloseHandle(ready);
}

static UINT exit_process(int argc, char *argv[])
{
	(void)argc;
	ExitProcess(strtoul(argv[0], NULL, 0));
}

static UINT return_code(int argc, char *argv[])
{
	if (argc > 1)
		tell_ready();
	return strtoul(argv[0], NULL, 0);
}

static UINT raise_signal(int argc, char *argv[])
{
	struct rlimit none = { 0, 0 };

	(void)argc;
	setrlimit(RLIMIT_CORE, &none);
	raise(atoi(argv[0]));
	return 99;
}

static UINT sleep_long(int argc, char *argv[])
{
	(void)argv;
	if (argc)
		tell_ready();
	while (pause() < 0)
		;
	return 0;
}

/* Has nothing open any more, but goes on. */
static UINT close_all(int argc, char *argv[])
{
	tell_ready();
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	return sleep_long(0, argv + argc);
}

/* Another process's exit code, of which this one is not the parent. */
static UINT code_of_another(int argc, char *argv[])
{
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, strtoul(argv[0], NULL, 0));
	DWORD code = POISON32;

	(void)argc;
	if (!process || !GetExitCodeProcess(process, &code) || code != STILL_ACTIVE)
		return 98;
	tell_ready();
	if (WaitForSingleObject(process, PATIENCE_MS) != WAIT_OBJECT_0 ||
	    !GetExitCodeProcess(process, &code))
		return 97;
	return code;
}

static UINT show_directory(int argc, char *argv[])
{
	char path[4096];

	(void)argc;
	(void)argv;
	printf("%s", getcwd(path, sizeof(path)));
	return 0;
}

/* Its nice value, and whether it leads a group or a session. */
static UINT show_group(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
	printf("%d %d %d", getpriority(PRIO_PROCESS, 0), getpgid(0) == getpid(),
	       getsid(0) == getpid());
	return 0;
}

/* How it stands with signals. */
static UINT show_signals(int argc, char *argv[])
{
	struct sigaction one, two;
	sigset_t mask;

	(void)argc;
	(void)argv;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigaction(SIGUSR1, NULL, &one);
	sigaction(SIGUSR2, NULL, &two);
	return sigismember(&mask, SIGUSR1) | sigismember(&mask, SIGUSR2) << 1 |
	       (one.sa_handler == SIG_DFL) << 2 | (two.sa_handler == SIG_IGN) << 3;
}

/* Starts programs until it is killed. */
static UINT start_many(int argc, char *argv[])
{
	PROCESS_INFORMATION information;

	(void)argv;
	(void)argc;
	for (int i = 0; i < 1000; i++) {
		if (!start("return 0 0", FALSE, 0, NULL, &information))
			return 96;
		CloseHandle(information.hProcess);
		CloseHandle(information.hThread);
	}
	return 95;
}

static const struct child_mode modes[] = {
	{ "exit", exit_process },
	{ "return", return_code },
	{ "raise", raise_signal },
	{ "sleep", sleep_long },
	{ "close", close_all },
	{ "code", code_of_another },
	{ "directory", show_directory },
	{ "group", show_group },
	{ "signals", show_signals },
	{ "many", start_many },
	{ 0 },
};

/* One that runs, and has used the library. */
FIXTURE(process) {
	PROCESS_INFORMATION child;
	HANDLE ready;
	DWORD n;
};

FIXTURE_SETUP(process)
{
	self->ready = CreateEventA(NULL, FALSE, FALSE, READY);
	ASSERT_NE(NULL, self->ready);
	ASSERT_TRUE(start("sleep ready", FALSE, 0, NULL, &self->child));
	ASSERT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->ready, PATIENCE_MS));
	self->n = POISON32;
}

FIXTURE_TEARDOWN(process)
{
	TerminateProcess(self->child.hProcess, 1);
	CloseHandle(self->child.hProcess);
	CloseHandle(self->child.hThread);
	CloseHandle(self->ready);
}

TEST_F(process, has_two_handles_and_ids)
{
	DWORD flags = POISON32;

	EXPECT_NE(self->child.hProcess, self->child.hThread);
	EXPECT_FALSE(CompareObjectHandles(self->child.hProcess, self->child.hThread));
	EXPECT_QUIET(self->child.dwProcessId, GetProcessId(self->child.hProcess));
	EXPECT_EQ(self->child.dwProcessId, self->child.dwThreadId);
	EXPECT_EQ(0, kill(self->child.dwProcessId, 0));
	EXPECT_TRUE(GetHandleInformation(self->child.hProcess, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_TRUE(GetHandleInformation(self->child.hThread, &flags));
	EXPECT_EQ(0, flags);
}

TEST(CreateProcess_succeeds_quietly_and_its_handles_are_inherited_if_asked_for)
{
	STARTUPINFOA startup = { .cb = sizeof(startup) };
	PROCESS_INFORMATION information;
	DWORD flags = POISON32;

	EXPECT_QUIET(TRUE, CreateProcessA(NULL, child_line("return 3"), inheritable(), NULL,
					  FALSE, 0, NULL, NULL, &startup, &information));
	EXPECT_TRUE(GetHandleInformation(information.hProcess, &flags));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags);
	EXPECT_TRUE(GetHandleInformation(information.hThread, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_EQ(3, code_of(&information));
}

TEST_F(process, is_signalled_when_it_ends_and_so_is_its_thread)
{
	HANDLE both[] = { self->child.hProcess, self->child.hThread };

	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(both[0], 0));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(both[1], 0));
	EXPECT_QUIET(TRUE, TerminateProcess(both[0], 5));
	EXPECT_QUIET(WAIT_OBJECT_0, WaitForMultipleObjects(2, both, TRUE, PATIENCE_MS));
	EXPECT_QUIET(WAIT_OBJECT_0, WaitForSingleObject(both[0], 0));
}

TEST(the_end_is_not_when_it_closes_its_files)
{
	HANDLE ready = CreateEventA(NULL, FALSE, FALSE, READY), from, to;
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	PROCESS_INFORMATION information;
	DWORD code;
	char text[8];

	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	ASSERT_TRUE(SetHandleInformation(to, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	startup.hStdOutput = to;
	ASSERT_TRUE(start("close", TRUE, 0, &startup, &information));
	CloseHandle(to);
	/* Now it has none any more. */
	EXPECT_EQ(0, read_all(from, text, sizeof(text)));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(ready, PATIENCE_MS));
	EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(information.hProcess, A_WHILE));
	EXPECT_TRUE(GetExitCodeProcess(information.hProcess, &code));
	EXPECT_EQ(STILL_ACTIVE, code);
	EXPECT_TRUE(TerminateProcess(information.hProcess, 6));
	EXPECT_EQ(6, code_of(&information));
}

static const struct {
	const char *what;
	DWORD code;
} ends[] = {
	{ "exit 0", 0 },
	{ "exit 1", 1 },
	{ "exit 255", 255 },
	{ "exit 256", 256 },
	{ "exit 259", 259 },
	{ "exit 0x80000001", 0x80000001 },
	{ "exit 0xffffffff", 0xffffffff },
	{ "return 7", 7 },
	/* Of a program that has not used the library there are 8 bits. */
	{ "return 0x1234", 0x34 },
	{ "return 0x1234 ready", 0x1234 },
	{ "raise 6", 128 + 6 },
	{ "raise 11", 128 + 11 },
	{ "raise 9", 128 + 9 },
};

TEST(exit_codes_are_what_the_process_ended_with)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		EXPECT_EQ(ends[i].code, code_of_child(ends[i].what))
			TH_LOG("%s", ends[i].what);
	}
}

TEST_F(process, GetExitCodeProcess_is_STILL_ACTIVE_while_it_runs)
{
	EXPECT_QUIET(TRUE, GetExitCodeProcess(self->child.hProcess, &self->n));
	EXPECT_EQ(STILL_ACTIVE, self->n);
	self->n = POISON32;
	EXPECT_QUIET(TRUE, GetExitCodeProcess((HANDLE)-1, &self->n));
	EXPECT_EQ(STILL_ACTIVE, self->n);
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetExitCodeProcess(self->child.hProcess, NULL));
}

TEST_F(process, TerminateProcess_gives_all_bits_of_a_code)
{
	EXPECT_QUIET(TRUE, TerminateProcess(self->child.hProcess, 0xdeadbeef));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->child.hProcess, PATIENCE_MS));
	EXPECT_QUIET(TRUE, GetExitCodeProcess(self->child.hProcess, &self->n));
	EXPECT_EQ(0xdeadbeef, self->n);
}

TEST_F(process, TerminateProcess_of_one_that_has_ended_is_ERROR_ACCESS_DENIED)
{
	EXPECT_TRUE(TerminateProcess(self->child.hProcess, 4));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->child.hProcess, PATIENCE_MS));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, TerminateProcess(self->child.hProcess, 5));
	EXPECT_TRUE(GetExitCodeProcess(self->child.hProcess, &self->n));
	EXPECT_EQ(4, self->n);
}

TEST(TerminateProcess_reaches_one_that_has_not_used_the_library)
{
	PROCESS_INFORMATION information;
	pid_t pid = fork();
	HANDLE process;
	DWORD code;

	if (!pid) {
		alarm(CHILD_PATIENCE);
		for (;;)
			pause();
	}
	process = OpenProcess(PROCESS_TERMINATE, FALSE, pid);
	ASSERT_NE(NULL, process);
	EXPECT_TRUE(TerminateProcess(process, 0x12345678));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(process, PATIENCE_MS));
	EXPECT_TRUE(GetExitCodeProcess(process, &code));
	EXPECT_EQ(0x12345678, code);
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
	ASSERT_TRUE(start("sleep", FALSE, 0, NULL, &information));
	EXPECT_TRUE(TerminateProcess(information.hProcess, 0x9abcdef0));
	EXPECT_EQ(0x9abcdef0, code_of(&information));
}

TEST(a_process_can_terminate_itself)
{
	HANDLE process;
	DWORD code;
	pid_t pid = fork();

	if (!pid) {
		alarm(CHILD_PATIENCE);
		/* Not before somebody has a handle. */
		raise(SIGSTOP);
		TerminateProcess((HANDLE)-1, 0x70000001);
		_exit(1);
	}
	process = OpenProcess(0, FALSE, pid);
	ASSERT_NE(NULL, process);
	while (WaitForSingleObject(process, 1) == WAIT_TIMEOUT)
		kill(pid, SIGCONT);
	EXPECT_TRUE(GetExitCodeProcess(process, &code));
	EXPECT_EQ(0x70000001, code);
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
}

TEST_F(process, its_code_is_known_to_one_that_is_not_its_parent_after_SIGKILL)
{
	PROCESS_INFORMATION other;
	char what[64];

	snprintf(what, sizeof(what), "code %u", self->child.dwProcessId);
	ASSERT_TRUE(start(what, FALSE, 0, NULL, &other));
	ASSERT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->ready, PATIENCE_MS));
	EXPECT_EQ(0, kill(self->child.dwProcessId, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, code_of(&other));
	EXPECT_EQ(128 + SIGKILL, code_of(&self->child));
}

TEST_F(process, its_code_from_TerminateProcess_is_known_to_all)
{
	PROCESS_INFORMATION other;
	char what[64];

	snprintf(what, sizeof(what), "code %u", self->child.dwProcessId);
	ASSERT_TRUE(start(what, FALSE, 0, NULL, &other));
	ASSERT_EQ(WAIT_OBJECT_0, WaitForSingleObject(self->ready, PATIENCE_MS));
	EXPECT_TRUE(TerminateProcess(self->child.hProcess, 0xcafe0001));
	EXPECT_EQ(0xcafe0001, code_of(&other));
}

TEST_F(process, OpenProcess_finds_the_same_object)
{
	HANDLE process;
	DWORD flags = POISON32;

	SetLastError(UNTOUCHED);
	process = OpenProcess(PROCESS_ALL_ACCESS, TRUE, self->child.dwProcessId);
	EXPECT_LAST_ERROR(UNTOUCHED);
	ASSERT_NE(NULL, process);
	EXPECT_NE(self->child.hProcess, process);
	EXPECT_TRUE(CompareObjectHandles(self->child.hProcess, process));
	EXPECT_TRUE(GetHandleInformation(process, &flags));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags);
	EXPECT_TRUE(CloseHandle(process));
	process = OpenProcess(0, FALSE, GetCurrentProcessId());
	ASSERT_NE(NULL, process);
	EXPECT_TRUE(CompareObjectHandles(process, GetCurrentProcess()));
	EXPECT_EQ(getpid(), GetProcessId(process));
	EXPECT_TRUE(CloseHandle(process));
}

static void *tell_tid(void *tid)
{
	*(DWORD *)tid = gettid();
	SetLastError(UNTOUCHED);
	return OpenProcess(0, FALSE, gettid()) ? (void *)-1 : (void *)(uintptr_t)GetLastError();
}

TEST(OpenProcess_of_no_process_is_ERROR_INVALID_PARAMETER)
{
	pid_t pid = fork();
	DWORD tid;

	if (!pid)
		_exit(0);
	EXPECT_EQ(0, end_of(pid));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenProcess(0, FALSE, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenProcess(0, FALSE, pid));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenProcess(0, FALSE, 0xffffffff));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenProcess(0, FALSE, 0x7fffffff));
	/* Nor is a thread that is not the first. */
	EXPECT_EQ((void *)ERROR_INVALID_PARAMETER, in_thread(tell_tid, &tid));
}

TEST(OpenProcess_for_PROCESS_TERMINATE_needs_the_permission)
{
	pid_t pid;

	if (getuid())
		SKIP(return, "not root");
	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		CHILD_ASSERT(!setuid(NOBODY));
		CHILD_ASSERT(!OpenProcess(PROCESS_TERMINATE, FALSE, getppid()));
		CHILD_ASSERT(GetLastError() == ERROR_ACCESS_DENIED);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

TEST(the_current_process)
{
	EXPECT_QUIET(INVALID_HANDLE_VALUE, GetCurrentProcess());
	EXPECT_QUIET((DWORD)getpid(), GetCurrentProcessId());
	EXPECT_QUIET((DWORD)getpid(), GetProcessId(GetCurrentProcess()));
	EXPECT_QUIET(WAIT_TIMEOUT, WaitForSingleObject(GetCurrentProcess(), 0));
}

static BOOL has_code(HANDLE handle)
{
	DWORD code;

	return GetExitCodeProcess(handle, &code);
}

static BOOL is_terminated(HANDLE handle)
{
	return TerminateProcess(handle, 99);
}

static BOOL has_id(HANDLE handle)
{
	return GetProcessId(handle) != 0;
}

static BOOL has_times(HANDLE handle)
{
	FILETIME times[4];

	return GetProcessTimes(handle, times, times + 1, times + 2, times + 3);
}

static BOOL has_working_set(HANDLE handle)
{
	SIZE_T sizes[2];

	return GetProcessWorkingSetSize(handle, sizes, sizes + 1);
}

static BOOL is_idle(HANDLE handle)
{
	return WaitForInputIdle(handle, 0) != WAIT_FAILED;
}

TEST_F(process, bad_handles_are_refused)
{
	HANDLE from, to;
	HANDLE others[3] = { self->ready, self->child.hThread, NULL };

	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	others[2] = from;
	for (int i = 0; i < 3; i++) {
		EXPECT_STREQ("", refuses_but_process(has_code, others[i]));
		EXPECT_STREQ("", refuses_but_process(is_terminated, others[i]));
		EXPECT_STREQ("", refuses_but_process(has_id, others[i]));
		EXPECT_STREQ("", refuses_but_process(has_times, others[i]));
		EXPECT_STREQ("", refuses_but_process(has_working_set, others[i]));
		EXPECT_STREQ("", refuses_but_process(is_idle, others[i]));
	}
	EXPECT_TRUE(GetExitCodeProcess(self->child.hProcess, &self->n));
	EXPECT_EQ(STILL_ACTIVE, self->n);
}

static uint64_t number(FILETIME time)
{
	return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

TEST(GetProcessTimes_tells_when_it_began_and_what_it_used)
{
	FILETIME before, creation, exit, kernel, user, now, used;
	PROCESS_INFORMATION information;
	volatile unsigned int spin = 0;

	GetSystemTimeAsFileTime(&before);
	ASSERT_TRUE(start("sleep", FALSE, 0, NULL, &information));
	poison(&exit, sizeof(exit));
	EXPECT_QUIET(TRUE, GetProcessTimes(information.hProcess, &creation, &exit, &kernel,
					   &user));
	GetSystemTimeAsFileTime(&now);
	/* The clock may have been set, but not by minutes. */
	EXPECT_LT(number(before) - 600000000, number(creation));
	EXPECT_GT(number(now) + 600000000, number(creation));
	EXPECT_EQ(0, number(exit));
	EXPECT_TRUE(TerminateProcess(information.hProcess, 0));
	EXPECT_EQ(0, code_of(&information));

	EXPECT_TRUE(GetProcessTimes(GetCurrentProcess(), &creation, &exit, &kernel, &user));
	do {
		for (int i = 0; i < 1000000; i++)
			spin++;
		EXPECT_TRUE(GetProcessTimes(GetCurrentProcess(), &creation, &exit, &kernel,
					    &used));
	} while (number(used) <= number(user));
}

TEST_F(process, GetProcessTimes_and_GetProcessWorkingSetSize_refuse)
{
	FILETIME a, b, c, d;
	SIZE_T low, high;
	HANDLE process = self->child.hProcess;

	EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetProcessTimes(process, NULL, &b, &c, &d));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetProcessTimes(process, &a, NULL, &c, &d));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetProcessTimes(process, &a, &b, NULL, &d));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetProcessTimes(process, &a, &b, &c, NULL));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetProcessWorkingSetSize(process, NULL, &high));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetProcessWorkingSetSize(process, &low, NULL));
	EXPECT_TRUE(TerminateProcess(process, 4));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(process, PATIENCE_MS));
	EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE, GetProcessTimes(process, &a, &b, &c, &d));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE,
		     GetProcessWorkingSetSize(process, &low, &high));
}

TEST_F(process, GetProcessWorkingSetSize_is_from_nothing_to_the_limit)
{
	struct rlimit limit = { .rlim_cur = 1 << 30, .rlim_max = 1 << 30 };
	SIZE_T low = POISON32, high = POISON32;

	ASSERT_EQ(0, prlimit(self->child.dwProcessId, RLIMIT_RSS, &limit, NULL));
	EXPECT_QUIET(TRUE, GetProcessWorkingSetSize(self->child.hProcess, &low, &high));
	EXPECT_EQ(0, low);
	EXPECT_EQ(1 << 30, high);
}

TEST_F(process, WaitForInputIdle_of_a_console_program_is_refused_at_once)
{
	EXPECT_FAILS(ERROR_NOT_GUI_PROCESS, WAIT_FAILED,
		     WaitForInputIdle(self->child.hProcess, INFINITE));
	EXPECT_FAILS(ERROR_NOT_GUI_PROCESS, WAIT_FAILED,
		     WaitForInputIdle(GetCurrentProcess(), 0));
}

static int has(const DWORD *ids, DWORD size, DWORD id)
{
	int found = 0;

	for (DWORD i = 0; i < size / sizeof(*ids); i++)
		found += ids[i] == id;
	return found;
}

TEST_F(process, EnumProcesses_has_each_once)
{
	static DWORD ids[65536];

	EXPECT_QUIET(TRUE, EnumProcesses(ids, sizeof(ids), &self->n));
	EXPECT_EQ(0, self->n % sizeof(*ids));
	EXPECT_EQ(1, has(ids, self->n, getpid()));
	EXPECT_EQ(1, has(ids, self->n, self->child.dwProcessId));
	EXPECT_QUIET(TRUE, K32EnumProcesses(ids, sizeof(ids), &self->n));
	EXPECT_EQ(1, has(ids, self->n, getpid()));
	poison(ids, sizeof(ids));
	EXPECT_QUIET(TRUE, EnumProcesses(ids, 7, &self->n));
	EXPECT_EQ(4, self->n);
	EXPECT_EQ(POISON32, ids[1]);
	EXPECT_QUIET(TRUE, EnumProcesses(NULL, 0, &self->n));
	EXPECT_EQ(0, self->n);
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, EnumProcesses(NULL, 4, &self->n));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, EnumProcesses(ids, 4, NULL));
}

TEST(a_program_begins_in_its_directory)
{
	char line[8192], here[4096];

	strcpy(line, child_line("directory"));
	ASSERT_NE(NULL, getcwd(here, sizeof(here)));
	EXPECT_STREQ(here, run(NULL, line, 0, NULL, NULL)->text);
	EXPECT_STREQ("/proc", run(NULL, line, 0, NULL, "/proc")->text);
	EXPECT_EQ(ERROR_DIRECTORY, run(NULL, line, 0, NULL, "/wapi-nowhere")->error);
	EXPECT_EQ(ERROR_DIRECTORY, run(NULL, line, 0, NULL, "/proc/self/exe")->error);
}

TEST(flags_give_a_priority_a_group_or_a_session)
{
	char line[8192];

	strcpy(line, child_line("group"));
	EXPECT_STREQ("0 0 0", run(NULL, line, 0, NULL, NULL)->text);
	EXPECT_STREQ("19 0 0", run(NULL, line, IDLE_PRIORITY_CLASS, NULL, NULL)->text);
	EXPECT_STREQ("10 0 0", run(NULL, line, BELOW_NORMAL_PRIORITY_CLASS, NULL, NULL)->text);
	EXPECT_STREQ("0 1 0", run(NULL, line, CREATE_NEW_PROCESS_GROUP, NULL, NULL)->text);
	EXPECT_STREQ("0 1 1", run(NULL, line, DETACHED_PROCESS, NULL, NULL)->text);
	EXPECT_STREQ("0 1 1", run(NULL, line, CREATE_NO_WINDOW, NULL, NULL)->text);
}

static void ignore(int signal)
{
	(void)signal;
}

TEST(signals_are_as_after_execve)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	signal(SIGUSR1, ignore);
	signal(SIGUSR2, SIG_IGN);
	EXPECT_EQ(14, code_of_child("signals"));
}

static DWORD error_of_flags(DWORD flags)
{
	PROCESS_INFORMATION information;

	if (!start("return 0", FALSE, flags, NULL, &information))
		return GetLastError();
	code_of(&information);
	return 0;
}

TEST(CreateProcess_refuses_what_it_cannot_do)
{
	STARTUPINFOA startup = { .cb = sizeof(startup) };
	PROCESS_INFORMATION information, poisoned;
	static char much[40000];
	char line[] = "x";

	poison(&information, sizeof(information));
	poison(&poisoned, sizeof(poisoned));
	EXPECT_EQ(ERROR_NOT_SUPPORTED, error_of_flags(DEBUG_PROCESS));
	EXPECT_EQ(ERROR_NOT_SUPPORTED, error_of_flags(CREATE_NEW_CONSOLE));
	EXPECT_EQ(ERROR_NOT_SUPPORTED, error_of_flags(EXTENDED_STARTUPINFO_PRESENT));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, error_of_flags(0x40000000));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, error_of_flags(0x80000000));
	EXPECT_EQ(ERROR_INVALID_PARAMETER,
		  error_of_flags(IDLE_PRIORITY_CLASS | HIGH_PRIORITY_CLASS));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, NULL,
				    &information));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
				    NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     CreateProcessA(NULL, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
				    &information));
	memset(much, 'x', sizeof(much) - 1);
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, FALSE,
		     CreateProcessA(NULL, much, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
				    &information));
	EXPECT_EQ(0, memcmp(&poisoned, &information, sizeof(information)));
}

/* As W, with a directory and a name that are not ASCII. */
TEST(CreateProcessW_takes_text_in_UTF_16)
{
	static const WCHAR half[] = { 'x', 0xd800, 0 };
	static const WCHAR directory[] = { '/', 't', 'm', 'p', '/', 0xe4, 0xd83d, 0xdc27, 0 };
	STARTUPINFOW startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	WCHAR path[4096], line[] = { 'x', ' ', '-', '-', 'c', 'h', 'i', 'l', 'd', ' ', 'd',
				     'i', 'r', 'e', 'c', 't', 'o', 'r', 'y', 0 };
	PROCESS_INFORMATION information;
	HANDLE from = NULL;
	char text[256];

	ASSERT_NE(0, GetModuleFileNameW(NULL, path, 4096));
	mkdir("/tmp/\xc3\xa4\xf0\x9f\x90\xa7", 0755);
	ASSERT_TRUE(CreatePipe(&from, &startup.hStdOutput, inheritable(), 0));
	EXPECT_QUIET(TRUE, CreateProcessW(path, line, NULL, NULL, TRUE, 0, NULL, directory,
					  &startup, &information));
	CloseHandle(startup.hStdOutput);
	EXPECT_EQ(0, code_of(&information));
	SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0);
	EXPECT_LT(0, read_all(from, text, sizeof(text)));
	EXPECT_STREQ("/tmp/\xc3\xa4\xf0\x9f\x90\xa7", text);
	rmdir("/tmp/\xc3\xa4\xf0\x9f\x90\xa7");
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, FALSE,
		     CreateProcessW(half, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
				    &information));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, FALSE,
		     CreateProcessW(path, (WCHAR *)half, NULL, NULL, FALSE, 0, NULL, NULL,
				    &startup, &information));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, FALSE,
		     CreateProcessW(path, line, NULL, NULL, FALSE, 0, NULL, half, &startup,
				    &information));
}

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

TEST(a_started_program_is_no_child_for_wait)
{
	signal(SIGCHLD, count_signal);
	EXPECT_EQ(3, code_of_child("return 3"));
	EXPECT_EQ(-1, waitpid(-1, NULL, WNOHANG));
	EXPECT_EQ(ECHILD, errno);
	EXPECT_EQ(-1, waitpid(-1, NULL, WNOHANG | __WALL));
	EXPECT_EQ(0, signals);
}

TEST(a_forked_child_can_start_programs)
{
	pid_t pid;

	EXPECT_EQ(3, code_of_child("exit 3"));
	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		CHILD_ASSERT(code_of_child("exit 0x12345") == 0x12345);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

static void *start_in_thread(void *unused)
{
	return (void *)(uintptr_t)(code_of_child("exit 0x777") + (unused != NULL));
}

TEST(threads_start_programs_at_once)
{
	pthread_t threads[4];
	void *code;

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, start_in_thread, NULL));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &code));
		EXPECT_EQ(0x777, (uintptr_t)code);
	}
}

/* Processes whose parent is another one, but for who has ended. */
static int children_of(pid_t parent, pid_t *children, int room)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char path[300], line[512], state;
	int count = 0, pid, ppid;
	FILE *file;

	while (processes && (entry = readdir(processes))) {
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = atoi(entry->d_name) ? fopen(path, "r") : NULL;
		if (file && fgets(line, sizeof(line), file) &&
		    sscanf(line, "%d (%*[^)]) %c %d", &pid, &state, &ppid) == 3 &&
		    ppid == parent && state != 'Z' && count < room)
			children[count++] = pid;
		if (file)
			fclose(file);
	}
	if (processes)
		closedir(processes);
	return count;
}

static atomic_bool killer_ends;

/* The first child that the first thread of a process has, quickly; or 0. */
static pid_t first_child(pid_t parent)
{
	char path[64], line[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[n > 0 ? n : 0] = 0;
	return atoi(line);
}

/* Kills helpers, or what they start, in whatever step they are. */
static void *kill_children(void *parent)
{
	pid_t helper, begun;
	__u64 seed = 1;

	while (!atomic_load(&killer_ends)) {
		helper = first_child((pid_t)(intptr_t)parent);
		if (!helper)
			continue;
		usleep(next_random(&seed) % 20000);
		begun = first_child(helper);
		kill(begun && next_random(&seed) % 2 ? begun : helper, SIGKILL);
	}
	return NULL;
}

TEST(a_program_or_its_helper_that_is_killed_at_any_step_is_no_hang)
{
	int begun = 0, aborted = 0;
	PROCESS_INFORMATION information;
	pthread_t killer;
	DWORD code;

	ASSERT_EQ(0, pthread_create(&killer, NULL, kill_children, (void *)(intptr_t)getpid()));
	for (int i = 0; i < 40; i++) {
		if (start("return 0", FALSE, 0, NULL, &information)) {
			code = code_of(&information);
			begun++;
			EXPECT_TRUE(!code || code == 128 + SIGKILL)
				TH_LOG("exit code %u", code);
		} else {
			aborted++;
			EXPECT_LAST_ERROR(ERROR_PROCESS_ABORTED);
		}
	}
	atomic_store(&killer_ends, true);
	pthread_join(killer, NULL);
	TH_LOG("%d began, %d were killed before", begun, aborted);
	/* No handle is left, and nothing that runs. */
	EXPECT_EQ(4, (uintptr_t)CreateEventA(NULL, TRUE, FALSE, NULL));
	EXPECT_EQ(0, children_of(getpid(), &(pid_t){ 0 }, 1));
}

/* Adopts what it leaves behind, instead of init, and so can see it. */
TEST(a_parent_that_is_killed_at_any_step_leaves_nothing_that_waits)
{
	pid_t left[8];

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (!pid) {
			start_many(0, NULL);
			_exit(1);
		}
		usleep(20000 + 3000 * i);
		kill(pid, SIGKILL);
		/* What has begun ends by itself, what has not ends with its parent. */
		EXPECT_TRUE(within(60, (waitpid(-1, NULL, WNOHANG | __WALL),
					!children_of(getpid(), left, 8))));
	}
}

CHILD_MAIN(modes)
