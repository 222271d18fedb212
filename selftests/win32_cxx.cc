// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32 from C++, all rooms of it: written as a program for Windows would
 * be, with the plain names, so that win32_cxx_wide.cc can build it for UTF-16.  The
 * harness is C, so this program prints its KTAP itself.
 */
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sched.h>

#include <wapi/win32.h>

namespace {

/* Not std::wstring, which is compiled into its library for wide characters of 32 bits. */
size_t length(const TCHAR *text)
{
	size_t count = 0;

	while (text[count])
		count++;
	return count;
}

bool begins(const TCHAR *text, const TCHAR *other)
{
	while (*other && *text == *other)
		text++, other++;
	return !*other;
}

bool same(const TCHAR *text, const TCHAR *other)
{
	return length(text) == length(other) && begins(text, other);
}

bool contains(const TCHAR *text, const TCHAR *other)
{
	while (*text && !begins(text, other))
		text++;
	return *text;
}

void expect(bool condition, const char *what, int line)
{
	if (!condition)
		throw std::runtime_error("line " + std::to_string(line) + ": " + what +
					 ", error " + std::to_string(GetLastError()));
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)

/* The usual class: closes its handle. */
class handle {
public:
	handle(HANDLE value = nullptr) : value(value) { }
	handle(handle &&other) : value(std::exchange(other.value, nullptr)) { }
	handle &operator=(handle &&other)
	{
		std::swap(value, other.value);
		return *this;
	}
	~handle()
	{
		if (value)
			CloseHandle(value);
	}
	operator HANDLE() const { return value; }
	HANDLE *operator&() { return &value; }

private:
	HANDLE value;
};

DWORD wait(HANDLE object, DWORD timeout = 0)
{
	return WaitForSingleObject(object, timeout);
}

void handles()
{
	handle event(CreateEvent(nullptr, TRUE, FALSE, nullptr)), copy;
	DWORD flags = 0xffff;

	EXPECT(event);
	EXPECT(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0,
			       FALSE, DUPLICATE_SAME_ACCESS));
	EXPECT(copy != static_cast<HANDLE>(event));
	EXPECT(CompareObjectHandles(event, copy));
	EXPECT(SetEvent(copy) && wait(event) == WAIT_OBJECT_0);
	EXPECT(SetHandleInformation(copy, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	EXPECT(GetHandleInformation(copy, &flags) && flags == HANDLE_FLAG_INHERIT);
	EXPECT(SetHandleInformation(copy, HANDLE_FLAG_PROTECT_FROM_CLOSE,
				    HANDLE_FLAG_PROTECT_FROM_CLOSE));
	EXPECT(!CloseHandle(copy) && GetLastError() == ERROR_INVALID_HANDLE);
	EXPECT(SetHandleInformation(copy, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
}

void errors()
{
	TCHAR text[256] = {};

	SetLastError(ERROR_TOO_MANY_POSTS);
	EXPECT(GetLastError() == ERROR_TOO_MANY_POSTS);
	EXPECT(FormatMessage(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
			     nullptr, ERROR_FILE_NOT_FOUND, 0, text, 256, nullptr) ==
	       length(text));
	EXPECT(text[0] != 0);
}

void named_objects()
{
	handle mutex(CreateMutex(nullptr, TRUE, TEXT("c++")));
	handle semaphore(CreateSemaphore(nullptr, 1, 2, TEXT("Local\\semaphore")));
	handle event(CreateEventEx(nullptr, TEXT("event"), CREATE_EVENT_INITIAL_SET,
				   EVENT_ALL_ACCESS));
	LONG previous = -1;

	EXPECT(mutex && semaphore && event);
	handle same(CreateMutex(nullptr, TRUE, TEXT("Global\\c++")));
	EXPECT(same && GetLastError() == ERROR_ALREADY_EXISTS);
	EXPECT(ReleaseMutex(same) && !ReleaseMutex(mutex));
	EXPECT(GetLastError() == ERROR_NOT_OWNER);
	EXPECT(!CreateEvent(nullptr, FALSE, FALSE, TEXT("c++")));
	EXPECT(GetLastError() == ERROR_INVALID_HANDLE);
	handle opened(OpenSemaphore(SEMAPHORE_ALL_ACCESS, FALSE, TEXT("semaphore")));
	EXPECT(opened && ReleaseSemaphore(opened, 1, &previous) && previous == 1);
	EXPECT(!ReleaseSemaphore(semaphore, 1, &previous));
	EXPECT(GetLastError() == ERROR_TOO_MANY_POSTS && previous == 1);
	EXPECT(!OpenEvent(EVENT_ALL_ACCESS, FALSE, TEXT("nothing")));
	EXPECT(GetLastError() == ERROR_FILE_NOT_FOUND);
	HANDLE all[] = { mutex, semaphore, event };
	EXPECT(WaitForMultipleObjects(3, all, TRUE, 0) == WAIT_OBJECT_0);
	EXPECT(wait(event) == WAIT_TIMEOUT && ReleaseMutex(mutex));
	EXPECT(SignalObjectAndWait(event, semaphore, 0, FALSE) == WAIT_OBJECT_0);
	EXPECT(ResetEvent(event) && PulseEvent(event) && wait(event) == WAIT_TIMEOUT);
}

VOID CALLBACK note_time(LPVOID argument, DWORD, DWORD)
{
	++*static_cast<int *>(argument);
}

void timers()
{
	handle timer(CreateWaitableTimer(nullptr, TRUE, TEXT("timer")));
	handle opened(OpenWaitableTimer(TIMER_ALL_ACCESS, FALSE, TEXT("timer")));
	LARGE_INTEGER due = {};
	int called = 0;

	EXPECT(timer && opened);
	due.QuadPart = -10000;
	EXPECT(SetWaitableTimer(timer, &due, 0, note_time, &called, FALSE));
	EXPECT(wait(opened, INFINITE) == WAIT_OBJECT_0 && !called);
	EXPECT(SleepEx(INFINITE, TRUE) == WAIT_IO_COMPLETION && called == 1);
	EXPECT(CancelWaitableTimer(timer));
}

VOID CALLBACK append(ULONG_PTR argument)
{
	auto *item = reinterpret_cast<std::pair<std::string *, char> *>(argument);

	*item->first += item->second;
}

DWORD WINAPI sleep_alertably(LPVOID)
{
	return SleepEx(INFINITE, TRUE);
}

void apcs_of_another_thread()
{
	std::string said;
	std::pair<std::string *, char> a(&said, 'a'), b(&said, 'b');
	handle thread(CreateThread(nullptr, 0, sleep_alertably, nullptr, CREATE_SUSPENDED,
				   nullptr));
	handle sleeper(CreateThread(nullptr, 65536, sleep_alertably, nullptr, 0, nullptr));
	DWORD code = 0;

	EXPECT(QueueUserAPC(append, thread, reinterpret_cast<ULONG_PTR>(&a)));
	EXPECT(QueueUserAPC(append, thread, reinterpret_cast<ULONG_PTR>(&b)));
	EXPECT(said.empty() && ResumeThread(thread) == 1);
	while (wait(thread, 10) == WAIT_TIMEOUT)
		EXPECT(QueueUserAPC(append, thread, reinterpret_cast<ULONG_PTR>(&b)) ||
		       GetLastError() == ERROR_GEN_FAILURE);
	EXPECT(said.substr(0, 2) == "ab");
	EXPECT(QueueUserAPC(append, sleeper, reinterpret_cast<ULONG_PTR>(&a)));
	EXPECT(wait(sleeper, INFINITE) == WAIT_OBJECT_0);
	EXPECT(GetExitCodeThread(sleeper, &code) && code == WAIT_IO_COMPLETION);
}

DWORD slot;

DWORD WINAPI use_slot(LPVOID argument)
{
	if (TlsGetValue(slot))
		return 1;
	TlsSetValue(slot, argument);
	if (TlsGetValue(slot) != argument)
		return 2;
	ExitThread(GetCurrentThreadId());
}

void threads()
{
	FILETIME created = {}, ended = {}, kernel = {}, user = {};
	DWORD id = 0, code = 0;

	slot = TlsAlloc();
	EXPECT(slot != TLS_OUT_OF_INDEXES && TlsSetValue(slot, &id));
	handle thread(CreateThread(nullptr, 0, use_slot, &slot, CREATE_SUSPENDED, &id));
	EXPECT(thread && id && id == GetThreadId(thread));
	EXPECT(SuspendThread(thread) == 1 && ResumeThread(thread) == 2);
	EXPECT(GetExitCodeThread(thread, &code) && code == STILL_ACTIVE);
	EXPECT(SetThreadPriority(thread, THREAD_PRIORITY_BELOW_NORMAL));
	EXPECT(GetThreadPriority(thread) == THREAD_PRIORITY_BELOW_NORMAL);
	handle opened(OpenThread(THREAD_ALL_ACCESS, FALSE, id));
	EXPECT(opened && CompareObjectHandles(opened, thread));
	EXPECT(ResumeThread(opened) == 1 && wait(thread, INFINITE) == WAIT_OBJECT_0);
	EXPECT(GetExitCodeThread(opened, &code) && code == id);
	EXPECT(GetThreadTimes(thread, &created, &ended, &kernel, &user));
	EXPECT(CompareFileTime(&created, &ended) <= 0);
	EXPECT(TlsGetValue(slot) == &id && TlsFree(slot));
	SwitchToThread();

	handle stuck(CreateThread(nullptr, 0, sleep_alertably, nullptr, 0, nullptr));
	EXPECT(TerminateThread(stuck, 7) && wait(stuck, INFINITE) == WAIT_OBJECT_0);
	EXPECT(GetExitCodeThread(stuck, &code) && code == 7);
	EXPECT(wait(GetCurrentThread()) == WAIT_TIMEOUT);
}

struct shared {
	CRITICAL_SECTION section;
	SRWLOCK lock = SRWLOCK_INIT;
	CONDITION_VARIABLE condition = CONDITION_VARIABLE_INIT;
	INIT_ONCE once = INIT_ONCE_STATIC_INIT;
	LONG atomic = 0;
	int sum = 0, arrived = 0, initialized = 0;
};

BOOL CALLBACK initialize(PINIT_ONCE, PVOID parameter, PVOID *)
{
	return ++static_cast<shared *>(parameter)->initialized;
}

DWORD WINAPI add(LPVOID argument)
{
	auto *common = static_cast<shared *>(argument);

	InitOnceExecuteOnce(&common->once, initialize, common, nullptr);
	for (int i = 0; i < 1000; i++) {
		EnterCriticalSection(&common->section);
		common->sum++;
		LeaveCriticalSection(&common->section);
		InterlockedIncrement(&common->atomic);
	}
	AcquireSRWLockExclusive(&common->lock);
	common->arrived++;
	ReleaseSRWLockExclusive(&common->lock);
	WakeConditionVariable(&common->condition);
	return 0;
}

void locks_of_one_process()
{
	shared common;
	HANDLE workers[4];

	InitializeCriticalSectionAndSpinCount(&common.section, 100);
	for (HANDLE &worker : workers)
		EXPECT((worker = CreateThread(nullptr, 0, add, &common, 0, nullptr)));
	AcquireSRWLockShared(&common.lock);
	while (common.arrived < 4)
		EXPECT(SleepConditionVariableSRW(&common.condition, &common.lock, INFINITE,
						 CONDITION_VARIABLE_LOCKMODE_SHARED));
	ReleaseSRWLockShared(&common.lock);
	EXPECT(WaitForMultipleObjects(4, workers, TRUE, INFINITE) == WAIT_OBJECT_0);
	EXPECT(common.sum == 4000 && common.atomic == 4000 && common.initialized == 1);
	EXPECT(TryEnterCriticalSection(&common.section));
	LeaveCriticalSection(&common.section);
	DeleteCriticalSection(&common.section);
	for (HANDLE worker : workers)
		EXPECT(CloseHandle(worker));
}

void interlocked()
{
	PVOID pointer = nullptr;
	LONG number = 5;

	EXPECT(InterlockedExchange(&number, 7) == 5);
	EXPECT(InterlockedExchangeAdd(&number, 3) == 7);
	EXPECT(InterlockedCompareExchange(&number, 1, 10) == 10);
	EXPECT(InterlockedDecrement(&number) == 0);
	EXPECT(!InterlockedCompareExchangePointer(&pointer, &number, nullptr));
	EXPECT(InterlockedExchangePointer(&pointer, nullptr) == &number && !pointer);
}

/* This program again, as a child that does as it is told. */
struct child {
	handle process, thread;

	child(const TCHAR *told, DWORD flags = 0, HANDLE output = nullptr,
	      LPVOID environment = nullptr)
	{
		STARTUPINFO startup = {};
		PROCESS_INFORMATION made = {};
		TCHAR program[MAX_PATH];

		startup.cb = sizeof(startup);
		if (output) {
			startup.dwFlags = STARTF_USESTDHANDLES;
			startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
			startup.hStdOutput = output;
			startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
		}
		EXPECT(GetModuleFileName(nullptr, program, MAX_PATH));
		std::vector<TCHAR> line;
		for (const TCHAR *part : std::initializer_list<const TCHAR *>{
			     TEXT("\""), program, TEXT("\" child "), told })
			line.insert(line.end(), part, part + length(part));
		line.push_back(0);
#ifdef UNICODE
		flags |= CREATE_UNICODE_ENVIRONMENT;
#endif
		EXPECT(CreateProcess(nullptr, line.data(), nullptr, nullptr, TRUE, flags,
				     environment, nullptr, &startup, &made));
		process = handle(made.hProcess);
		thread = handle(made.hThread);
		EXPECT(GetProcessId(process) == made.dwProcessId);
	}

	DWORD end()
	{
		DWORD code = STILL_ACTIVE;

		EXPECT(wait(process, INFINITE) == WAIT_OBJECT_0);
		EXPECT(GetExitCodeProcess(process, &code));
		return code;
	}
};

/* Returns its exit code. */
DWORD be_child(int argc, char *argv[])
{
	const std::string told = argc > 2 ? argv[2] : "";
	DWORD written;

	if (told == "exit")
		ExitProcess(0xc0ffee);
	if (told == "abandon") {
		HANDLE mutex = OpenMutex(MUTEX_ALL_ACCESS, FALSE, TEXT("to be abandoned"));

		if (wait(mutex, INFINITE) == WAIT_OBJECT_0)
			TerminateProcess(GetCurrentProcess(), 9);
	}
	if (told == "write") {
		TCHAR value[16];
		DWORD count = GetEnvironmentVariable(TEXT("LANGUAGE_OF"), value, 16);

		return !WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), value,
				  count * sizeof(TCHAR), &written, nullptr);
	}
	if (told == "hang")
		Sleep(INFINITE);
	return 1;
}

void processes()
{
	handle mutex(CreateMutex(nullptr, FALSE, TEXT("to be abandoned")));
	FILETIME created = {}, ended = {}, kernel = {}, user = {};
	SIZE_T least = 0, most = 0;
	DWORD code = 0, ids[1024], size = 0;

	EXPECT(child(TEXT("exit")).end() == 0xc0ffee);
	EXPECT(child(TEXT("abandon")).end() == 9);
	EXPECT(wait(mutex) == WAIT_ABANDONED && ReleaseMutex(mutex));

	child hanging(TEXT("hang"), CREATE_SUSPENDED);
	EXPECT(GetExitCodeProcess(hanging.process, &code) && code == STILL_ACTIVE);
	EXPECT(EnumProcesses(ids, sizeof(ids), &size) && size % sizeof(DWORD) == 0);
	handle opened(OpenProcess(PROCESS_ALL_ACCESS, FALSE, GetProcessId(hanging.process)));
	EXPECT(opened && CompareObjectHandles(opened, hanging.process));
	EXPECT(GetProcessWorkingSetSize(GetCurrentProcess(), &least, &most));
	EXPECT(ResumeThread(hanging.thread) == 1);
	EXPECT(GetProcessTimes(opened, &created, &ended, &kernel, &user));
	EXPECT(CompareFileTime(&created, &ended) > 0);
	EXPECT(TerminateProcess(opened, 33) && hanging.end() == 33);
}

void pipes_and_environment()
{
	TCHAR variables[] = TEXT("LANGUAGE_OF=c++\0");
	SECURITY_ATTRIBUTES inherited = {};
	handle reading, writing;
	TCHAR answer[16] = {}, value[16];
	DWORD size = 0;

	inherited.nLength = sizeof(inherited);
	inherited.bInheritHandle = TRUE;
	EXPECT(CreatePipe(&reading, &writing, &inherited, 0));
	EXPECT(SetHandleInformation(reading, HANDLE_FLAG_INHERIT, 0));
	EXPECT(GetFileType(reading) == FILE_TYPE_PIPE);
	EXPECT(child(TEXT("write"), 0, writing, variables).end() == 0);
	EXPECT(ReadFile(reading, answer, sizeof(answer), &size, nullptr));
	EXPECT(size == 3 * sizeof(TCHAR) && same(answer, TEXT("c++")));
	writing = handle();
	EXPECT(!ReadFile(reading, answer, sizeof(answer), &size, nullptr));
	EXPECT(GetLastError() == ERROR_BROKEN_PIPE);

	EXPECT(SetEnvironmentVariable(TEXT("SOME"), TEXT("thing")));
	EXPECT(GetEnvironmentVariable(TEXT("SOME"), value, 16) == 5);
	EXPECT(same(value, TEXT("thing")));
	EXPECT(contains(GetCommandLine(), TEXT("win32_cxx")));
}

void time_and_system()
{
	LARGE_INTEGER frequency = {}, count = {};
	FILETIME time = {}, back = {};
	SYSTEMTIME date = {};
	SYSTEM_INFO info = {};
	const ULONGLONG before = GetTickCount();

	EXPECT(GetTickCount64() >= before);
	EXPECT(QueryPerformanceFrequency(&frequency) && QueryPerformanceCounter(&count));
	GetSystemTimeAsFileTime(&time);
	EXPECT(FileTimeToSystemTime(&time, &date) && SystemTimeToFileTime(&date, &back));
	EXPECT(CompareFileTime(&time, &back) >= 0);
	GetSystemTime(&date);
	GetSystemInfo(&info);
	EXPECT(info.dwNumberOfProcessors > 0 && info.wProcessorArchitecture != 0xffff);
}

const struct {
	const char *name;
	void (*run)();
} tests[] = {
#define TEST(name) { #name, name }
	TEST(handles), TEST(errors), TEST(named_objects), TEST(timers),
	TEST(apcs_of_another_thread), TEST(threads), TEST(locks_of_one_process),
	TEST(interlocked), TEST(processes), TEST(pipes_and_environment),
	TEST(time_and_system),
};

} // namespace

int main(int argc, char *argv[])
{
	unsigned int number = 0, failed = 0;

	if (argc > 1 && !std::strcmp(argv[1], "child"))
		return static_cast<int>(be_child(argc, argv));
	if (unshare(CLONE_NEWIPC) && unshare(CLONE_NEWUSER | CLONE_NEWIPC))
		std::puts("# no domain of its own");
	std::printf("TAP version 13\n1..%zu\n", sizeof(tests) / sizeof(tests[0]));
	std::fflush(stdout);
	for (const auto &test : tests) {
		const char *result = "ok";

		try {
			test.run();
		} catch (const std::exception &what) {
			std::printf("# not so: %s\n", what.what());
			result = "not ok";
			failed++;
		}
		std::printf("%s %u %s\n", result, ++number, test.name);
		std::fflush(stdout);
	}
	return failed ? 1 : 0;
}
