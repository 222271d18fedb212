// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: processes of 32 and of 64 bits share objects, by name, by
 * inheritance and by DuplicateHandle() in both directions.
 *
 * This is two programs: win32_bits has the bits of the machine, and
 * compat32_win32 is the same with 32.  Each starts the other one as its child.
 */
#include "wapi_test.h"

#include <wapi/win32.h>

#ifdef __LP64__
#define OTHER	"compat32_win32"
#else
#define OTHER	"win32_bits"
#endif

#define HANDLE_OF(number)	((HANDLE)(uintptr_t)(number))
#define NUMBER_OF(handle)	((unsigned int)(uintptr_t)(handle))
#define ENDED			0xfedcba98u

struct other {
	PROCESS_INFORMATION process;
	HANDLE to, from;	/* pipes */
};

/* A process of the other program, that is told what to do.  Whether it runs. */
static bool start_other(struct other *other, const char *told, DWORD flags)
{
	SECURITY_ATTRIBUTES inherited = { .nLength = sizeof(inherited),
					  .bInheritHandle = TRUE };
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	char path[MAX_PATH], line[MAX_PATH + 200];
	BOOL started;

	if (!GetModuleFileNameA(NULL, path, sizeof(path)))
		return false;
	snprintf(strrchr(path, '/') + 1, 20, "%s", OTHER);
	snprintf(line, sizeof(line), "%s child %s", OTHER, told);
	if (!CreatePipe(&startup.hStdInput, &other->to, &inherited, 0) ||
	    !CreatePipe(&other->from, &startup.hStdOutput, &inherited, 0))
		return false;
	startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
	SetHandleInformation(other->to, HANDLE_FLAG_INHERIT, 0);
	SetHandleInformation(other->from, HANDLE_FLAG_INHERIT, 0);
	started = CreateProcessA(path, line, NULL, NULL, TRUE, flags, NULL, NULL, &startup,
				 &other->process);
	CloseHandle(startup.hStdInput);
	CloseHandle(startup.hStdOutput);
	return started;
}

/* Its exit code, or STILL_ACTIVE if that is not to be had. */
static DWORD end_of_other(struct other *other)
{
	DWORD code = STILL_ACTIVE;

	CloseHandle(other->to);
	CloseHandle(other->from);
	WaitForSingleObject(other->process.hProcess, INFINITE);
	GetExitCodeProcess(other->process.hProcess, &code);
	CloseHandle(other->process.hProcess);
	CloseHandle(other->process.hThread);
	return code;
}

static bool tell(HANDLE pipe, unsigned int number)
{
	DWORD count;

	return WriteFile(pipe, &number, sizeof(number), &count, NULL) &&
	       count == sizeof(number);
}

static unsigned int told_by(HANDLE pipe)
{
	unsigned int number;
	DWORD count;

	if (!ReadFile(pipe, &number, sizeof(number), &count, NULL) ||
	    count != sizeof(number))
		return 0;
	return number;
}

static DWORD state_of(HANDLE handle)
{
	return WaitForSingleObject(handle, 0);
}

/*
 * The child's side.
 */
static int use_names(void)
{
	HANDLE event = OpenEventA(EVENT_ALL_ACCESS, FALSE, "bits event");
	HANDLE mutex = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "bits mutex");
	HANDLE semaphore = OpenSemaphoreW(SEMAPHORE_ALL_ACCESS, FALSE, u"bits \u00fcber");
	HANDLE timer = OpenWaitableTimerA(TIMER_ALL_ACCESS, FALSE, "bits timer");
	LARGE_INTEGER due = { .QuadPart = -1 };
	LONG previous = 0;

	if (!event || !mutex || !semaphore || !timer)
		return 1;
	if (OpenEventA(EVENT_ALL_ACCESS, FALSE, "bits mutex") ||
	    GetLastError() != ERROR_INVALID_HANDLE)
		return 2;
	if (!ReleaseSemaphore(semaphore, 3, &previous) || previous != 1)
		return 3;
	if (WaitForSingleObject(mutex, INFINITE) != WAIT_OBJECT_0)
		return 4;
	if (!SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE) || !SetEvent(event))
		return 5;
	TerminateProcess(GetCurrentProcess(), ENDED);
	return 6;
}

static int use_inherited(HANDLE event)
{
	return SetEvent(event) && CloseHandle(event) && !SetEvent(event) ? 0 : 1;
}

/* The parent gives one handle, and is given another. */
static int exchange_handles(DWORD parent)
{
	HANDLE in = GetStdHandle(STD_INPUT_HANDLE), out = GetStdHandle(STD_OUTPUT_HANDLE);
	HANDLE process, given, semaphore, copy = NULL;

	given = HANDLE_OF(told_by(in));
	if (!SetEvent(given))
		return 1;
	process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, parent);
	semaphore = CreateSemaphoreA(NULL, 1, 2, NULL);
	if (!process || !semaphore)
		return 2;
	if (!DuplicateHandle(GetCurrentProcess(), semaphore, process, &copy, 0, FALSE,
			     DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE))
		return 3;
	if (state_of(semaphore) != WAIT_FAILED || !tell(out, NUMBER_OF(copy)))
		return 4;
	/* What the parent takes out of this process by itself. */
	if (!tell(out, NUMBER_OF(CreateEventA(NULL, TRUE, TRUE, NULL))))
		return 5;
	told_by(in);	/* until it has done so */
	return 0;
}

static int be_child(int argc, char *argv[])
{
	unsigned long number = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;

	if (!strcmp(argv[2], "names"))
		return use_names();
	if (!strcmp(argv[2], "inherited"))
		return use_inherited(HANDLE_OF(number));
	if (!strcmp(argv[2], "exchange"))
		return exchange_handles(number);
	if (!strcmp(argv[2], "hang"))
		Sleep(INFINITE);
	if (!strcmp(argv[2], "bits"))
		return 8 * sizeof(void *);
	return 99;
}

/*
 * The parent's side.
 */
FIXTURE(bits) {
	struct other other;
};

FIXTURE_SETUP(bits)
{
	int fd = open_private_domain();

	ASSERT_LE(0, fd);
	close(fd);
}

FIXTURE_TEARDOWN(bits)
{
}

TEST_F(bits, the_other_program_has_other_bits)
{
	ASSERT_TRUE(start_other(&self->other, "bits", 0));
	EXPECT_EQ(sizeof(void *) == 8 ? 32 : 64, end_of_other(&self->other));
}

TEST_F(bits, objects_of_each_type_are_shared_by_name)
{
	HANDLE event = CreateEventA(NULL, FALSE, FALSE, "bits event");
	HANDLE mutex = CreateMutexA(NULL, FALSE, "Local\\bits mutex");
	HANDLE semaphore = CreateSemaphoreW(NULL, 1, 4, u"Global\\bits \u00fcber");
	HANDLE timer = CreateWaitableTimerA(NULL, TRUE, "bits timer");

	ASSERT_NE(NULL, event);
	ASSERT_NE(NULL, mutex);
	ASSERT_NE(NULL, semaphore);
	ASSERT_NE(NULL, timer);
	ASSERT_TRUE(start_other(&self->other, "names", 0));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(event, 100000));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(timer, 100000));
	EXPECT_EQ(WAIT_ABANDONED, WaitForSingleObject(mutex, 100000));
	EXPECT_EQ(ENDED, end_of_other(&self->other));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(WAIT_OBJECT_0, state_of(semaphore));
	EXPECT_EQ(WAIT_TIMEOUT, state_of(semaphore));
}

TEST_F(bits, an_inherited_handle_has_the_same_value)
{
	SECURITY_ATTRIBUTES inherited = { .nLength = sizeof(inherited),
					  .bInheritHandle = TRUE };
	HANDLE event = CreateEventA(&inherited, TRUE, FALSE, NULL);
	char told[40];

	ASSERT_NE(NULL, event);
	snprintf(told, sizeof(told), "inherited %u", NUMBER_OF(event));
	ASSERT_TRUE(start_other(&self->other, told, 0));
	EXPECT_EQ(0, end_of_other(&self->other));
	EXPECT_EQ(WAIT_OBJECT_0, state_of(event));
}

TEST_F(bits, handles_are_duplicated_in_both_directions)
{
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
	HANDLE child, there = NULL, semaphore, taken = NULL;
	char told[40];
	unsigned int value;

	ASSERT_NE(NULL, event);
	snprintf(told, sizeof(told), "exchange %u", GetCurrentProcessId());
	ASSERT_TRUE(start_other(&self->other, told, 0));
	child = self->other.process.hProcess;
	ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), event, child, &there, 0, FALSE,
				    DUPLICATE_SAME_ACCESS));
	ASSERT_TRUE(tell(self->other.to, NUMBER_OF(there)));
	semaphore = HANDLE_OF(told_by(self->other.from));
	EXPECT_EQ(WAIT_OBJECT_0, state_of(event));
	EXPECT_EQ(WAIT_OBJECT_0, state_of(semaphore));
	EXPECT_EQ(WAIT_TIMEOUT, state_of(semaphore));
	EXPECT_TRUE(ReleaseSemaphore(semaphore, 2, NULL));

	value = told_by(self->other.from);
	ASSERT_NE(0, value);
	ASSERT_TRUE(DuplicateHandle(child, HANDLE_OF(value), GetCurrentProcess(), &taken, 0,
				    FALSE, DUPLICATE_SAME_ACCESS));
	EXPECT_EQ(WAIT_OBJECT_0, state_of(taken));
	EXPECT_TRUE(tell(self->other.to, 1));
	EXPECT_EQ(0, end_of_other(&self->other));
	EXPECT_EQ(WAIT_OBJECT_0, state_of(taken));
	EXPECT_TRUE(ResetEvent(taken));
}

TEST_F(bits, a_process_of_other_bits_is_opened_and_terminated)
{
	HANDLE opened;

	ASSERT_TRUE(start_other(&self->other, "hang", CREATE_SUSPENDED));
	opened = OpenProcess(PROCESS_ALL_ACCESS, FALSE, self->other.process.dwProcessId);
	ASSERT_NE(NULL, opened);
	EXPECT_TRUE(CompareObjectHandles(opened, self->other.process.hProcess));
	EXPECT_EQ(WAIT_TIMEOUT, state_of(opened));
	EXPECT_EQ(1, ResumeThread(self->other.process.hThread));
	EXPECT_TRUE(TerminateProcess(opened, ENDED));
	EXPECT_EQ(ENDED, end_of_other(&self->other));
	EXPECT_EQ(WAIT_OBJECT_0, state_of(opened));
}

int main(int argc, char *argv[])
{
	if (argc > 2 && !strcmp(argv[1], "child"))
		return be_child(argc, argv);
	return test_harness_run(argc, argv);
}
