// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: threads, from their beginning to their end, whichever way that comes.
 */
#include "win32_sync.h"

#include <semaphore.h>
#include <sys/resource.h>


FIXTURE(thread) {
	struct wapi_client *client;
};

FIXTURE_SETUP(thread)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(thread)
{
	wapi_client_close(self->client);
}

/* How a thread ends. */
enum way {
	BY_RETURN, BY_EXIT_THREAD, BY_TERMINATE_THREAD,
	/* These leave no exit code. */
	BY_PTHREAD_EXIT, BY_CANCEL, BY_SYSTEM_CALL,
	WAYS,
};

struct ending {
	enum way way;
	DWORD code;
	HANDLE mutex;		/* to be taken, or NULL */
	HANDLE go;		/* to be waited for, or NULL */
	atomic_int tid;
	pthread_t pthread;
};

static void end_by(enum way way, DWORD code)
{
	switch (way) {
	case BY_EXIT_THREAD:
		ExitThread(code);
	case BY_TERMINATE_THREAD:
		TerminateThread(PSEUDO_THREAD, code);
		break;
	case BY_PTHREAD_EXIT:
		pthread_exit(NULL);
	case BY_CANCEL:
		pthread_cancel(pthread_self());
		pthread_testcancel();
		break;
	case BY_SYSTEM_CALL:
		syscall(SYS_exit, 0);
		break;
	default:
		break;
	}
}

static DWORD WINAPI end_in_a_way(LPVOID argument)
{
	struct ending *ending = argument;

	ending->pthread = pthread_self();
	ending->tid = gettid();
	if (ending->mutex)
		WaitForSingleObject(ending->mutex, INFINITE);
	if (ending->go)
		WaitForSingleObject(ending->go, INFINITE);
	end_by(ending->way, ending->code);
	return ending->code;
}

static bool ends(HANDLE thread)
{
	return WaitForSingleObject(thread, PATIENCE_MS) == WAIT_OBJECT_0;
}

static DWORD code_of(HANDLE thread)
{
	DWORD code = POISON32;

	return GetExitCodeThread(thread, &code) ? code : POISON32;
}

static DWORD WINAPI return_it(LPVOID argument)
{
	return (DWORD)(uintptr_t)argument;
}

TEST_F(thread, runs_with_its_parameter_and_its_id_is_told)
{
	struct ending ending = { .code = 5 };
	DWORD id = POISON32;
	HANDLE thread;

	SetLastError(UNTOUCHED);
	thread = CreateThread(NULL, 0, end_in_a_way, &ending, 0, &id);
	EXPECT_LAST_ERROR(UNTOUCHED);
	ASSERT_NE(NULL, thread);
	EXPECT_EQ(0, (uintptr_t)thread % 4);
	ASSERT_TRUE(ends(thread));
	EXPECT_EQ(ending.tid, id);
	EXPECT_NE(gettid(), id);
	EXPECT_QUIET(id, GetThreadId(thread));
	EXPECT_QUIET(getpid(), GetProcessIdOfThread(thread));
	EXPECT_QUIET(5, code_of(thread));
	EXPECT_TRUE(CloseHandle(thread));
}

TEST_F(thread, the_calling_thread_is_a_pseudo_handle_and_its_id_linuxs)
{
	EXPECT_QUIET(PSEUDO_THREAD, GetCurrentThread());
	EXPECT_QUIET(gettid(), GetCurrentThreadId());
	EXPECT_QUIET(gettid(), GetThreadId(GetCurrentThread()));
	EXPECT_QUIET(getpid(), GetProcessIdOfThread(GetCurrentThread()));
	EXPECT_QUIET(STILL_ACTIVE, code_of(GetCurrentThread()));
}

TEST_F(thread, is_signalled_and_has_its_code_from_its_end_on_whichever_way_it_ends)
{
	for (enum way way = 0; way < WAYS; way++) {
		struct ending ending = { .way = way, .code = 0xfedcba98 };
		HANDLE thread;

		ending.go = CreateEventA(NULL, FALSE, FALSE, NULL);
		thread = CreateThread(NULL, 0, end_in_a_way, &ending, 0, NULL);
		ASSERT_NE(NULL, thread);
		EXPECT_EQ(WAIT_TIMEOUT, WaitForSingleObject(thread, 1));
		EXPECT_QUIET(STILL_ACTIVE, code_of(thread));
		EXPECT_TRUE(SetEvent(ending.go));
		ASSERT_TRUE(ends(thread)) TH_LOG("way %d", way);
		EXPECT_EQ(way < BY_PTHREAD_EXIT ? ending.code : 0, code_of(thread))
			TH_LOG("way %d", way);
		/* It stays so. */
		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(thread, 0));
		EXPECT_TRUE(CloseHandle(thread));
	}
}

TEST_F(thread, that_ends_holding_a_mutex_abandons_it_whichever_way_it_ends)
{
	for (enum way way = 0; way < WAYS; way++) {
		struct ending ending = { .way = way };
		HANDLE thread;

		ending.mutex = CreateMutexA(NULL, FALSE, NULL);
		thread = CreateThread(NULL, 0, end_in_a_way, &ending, 0, NULL);
		ASSERT_TRUE(ends(thread));
		EXPECT_EQ(WAIT_ABANDONED_0, WaitForSingleObject(ending.mutex, PATIENCE_MS))
			TH_LOG("way %d", way);
	}
}

static atomic_int cleaned;

static void clean(void *unused)
{
	(void)unused;
	cleaned++;
}

static DWORD WINAPI exit_inside(LPVOID argument)
{
	pthread_cleanup_push(clean, NULL);
	ExitThread((DWORD)(uintptr_t)argument);
	pthread_cleanup_pop(0);
	return 0;
}

TEST_F(thread, exit_thread_unwinds_nothing)
{
	HANDLE thread = CreateThread(NULL, 0, exit_inside, (void *)8, 0, NULL);

	ASSERT_TRUE(ends(thread));
	EXPECT_EQ(8, code_of(thread));
	EXPECT_EQ(0, cleaned);
}

static pthread_key_t key;
static HANDLE late_event;

static void use_it_late(void *thread)
{
	struct sigaction action;

	(void)thread;
	/* A destructor may still wait alertably, and be a thread. */
	if (!SleepEx(0, TRUE) && GetThreadId(PSEUDO_THREAD) == (DWORD)gettid() &&
	    !sigaction(SIGRTMAX - 1, NULL, &action))
		SetEvent(late_event);
}

static DWORD WINAPI leave_a_destructor(LPVOID argument)
{
	pthread_setspecific(key, argument);
	ExitThread(3);
}

TEST_F(thread, destructors_of_others_can_use_it_until_its_end)
{
	HANDLE thread;

	late_event = CreateEventA(NULL, TRUE, FALSE, NULL);
	ASSERT_EQ(0, pthread_key_create(&key, use_it_late));
	thread = CreateThread(NULL, 0, leave_a_destructor, &key, 0, NULL);
	ASSERT_TRUE(ends(thread));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(late_event, 0));
	EXPECT_EQ(3, code_of(thread));
}

static HANDLE go_on;

/* The only one left then. */
static DWORD WINAPI outlive_main(LPVOID main_thread)
{
	if (!ends(main_thread) || code_of(main_thread) != 4)
		_exit(101);
	if (WaitForSingleObject(go_on, PATIENCE_MS) != WAIT_ABANDONED_0)
		_exit(102);
	end_by((enum way)cleaned, 0x12345617);
	return 0x12345617;
}

static HANDLE own_handle(void)
{
	HANDLE handle = NULL;

	DuplicateHandle(PSEUDO_PROCESS, PSEUDO_THREAD, PSEUDO_PROCESS, &handle, 0, FALSE,
			DUPLICATE_SAME_ACCESS);
	return handle;
}

TEST_F(thread, main_can_exit_while_others_go_on_and_the_last_ends_the_process_with_its_code)
{
	for (enum way way = BY_RETURN; way <= BY_TERMINATE_THREAD; way++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(CHILD_PATIENCE);
			cleaned = way;
			go_on = CreateMutexA(NULL, TRUE, NULL);
			CreateThread(NULL, 0, outlive_main, own_handle(), 0, NULL);
			ExitThread(4);
		}
		EXPECT_EQ(0x17, end_of(pid)) TH_LOG("way %d", way);
	}
}

static DWORD WINAPI outlive_main_that_just_left(LPVOID main_thread)
{
	return ends(main_thread) && code_of(main_thread) == 0 ? 43 : 101;
}

TEST_F(thread, is_the_last_also_if_main_left_by_the_system_call)
{
	for (int round = 0; round < 20; round++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(CHILD_PATIENCE);
			CreateThread(NULL, 0, outlive_main_that_just_left, own_handle(), 0,
				     NULL);
			syscall(SYS_exit, 0);
		}
		ASSERT_EQ(43, end_of(pid));
	}
}

/* Its code has 32 bits, of which wait() tells 8. */
static void exit_as_the_last(struct peer *parent)
{
	/* Known to others from now on. */
	GetThreadId(PSEUDO_THREAD);
	end_by((enum way)told_by(parent), 0x89abcd21);
}

TEST_F(thread, that_is_the_last_leaves_the_process_all_32_bits_of_its_code)
{
	for (enum way way = BY_EXIT_THREAD; way <= BY_TERMINATE_THREAD; way++) {
		DWORD code = POISON32;
		struct peer child;
		HANDLE process;
		pid_t pid;

		pid = start_child(&child, exit_as_the_last);
		process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, pid);
		ASSERT_NE(NULL, process);
		tell(&child, way);
		EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(process, PATIENCE_MS));
		EXPECT_TRUE(GetExitCodeProcess(process, &code));
		EXPECT_EQ(0x89abcd21, code) TH_LOG("way %d", way);
		EXPECT_EQ(0x21, end_of(pid));
		EXPECT_TRUE(CloseHandle(process));
	}
}

static DWORD WINAPI end_before_main(LPVOID argument)
{
	return (DWORD)(uintptr_t)argument;
}

TEST_F(thread, main_can_be_the_last)
{
	HANDLE thread;
	pid_t pid = fork();

	if (!pid) {
		alarm(CHILD_PATIENCE);
		thread = CreateThread(NULL, 0, end_before_main, (void *)9, 0, NULL);
		CHILD_ASSERT(ends(thread));
		ExitThread(35);
	}
	EXPECT_EQ(35, end_of(pid));
	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		TerminateThread(PSEUDO_THREAD, 36);
		_exit(99);
	}
	EXPECT_EQ(36, end_of(pid));
}

static HANDLE all_at_once;

static DWORD WINAPI end_together(LPVOID argument)
{
	WaitForSingleObject(all_at_once, INFINITE);
	return (DWORD)(uintptr_t)argument;
}

TEST_F(thread, of_many_that_end_at_once_one_is_the_last)
{
	for (int round = 0; round < 20; round++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(CHILD_PATIENCE);
			all_at_once = CreateEventA(NULL, TRUE, FALSE, NULL);
			for (int i = 0; i < 8; i++)
				CreateThread(NULL, 0, end_together, (void *)41, 0, NULL);
			SetEvent(all_at_once);
			ExitThread(41);
		}
		ASSERT_EQ(41, end_of(pid));
	}
}

TEST_F(thread, its_handle_is_inherited_if_that_is_asked_for)
{
	SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };
	HANDLE thread;
	DWORD flags;

	for (int inherit = 0; inherit < 2; inherit++) {
		attributes.bInheritHandle = inherit;
		thread = CreateThread(&attributes, 0, return_it, NULL, 0, NULL);
		flags = POISON32;
		ASSERT_TRUE(GetHandleInformation(thread, &flags));
		EXPECT_EQ(inherit ? HANDLE_FLAG_INHERIT : 0, flags);
		ASSERT_TRUE(ends(thread));
		thread = OpenThread(THREAD_ALL_ACCESS, inherit, gettid());
		if (!thread)
			continue;
		ASSERT_TRUE(GetHandleInformation(thread, &flags));
		EXPECT_EQ(inherit ? HANDLE_FLAG_INHERIT : 0, flags);
	}
}

static DWORD WINAPI use_stack(LPVOID argument)
{
	size_t size = (size_t)argument;
	volatile char *stack = __builtin_alloca(size);

	for (size_t at = 0; at < size; at += 4096)
		stack[at] = 1;
	return stack[0];
}

static DWORD WINAPI tell_stack_size(LPVOID argument)
{
	pthread_attr_t attributes;
	size_t *size = argument;

	if (!pthread_getattr_np(pthread_self(), &attributes)) {
		pthread_attr_getstacksize(&attributes, size);
		pthread_attr_destroy(&attributes);
	}
	return 0;
}

TEST_F(thread, has_the_stack_that_is_asked_for)
{
	size_t usual = 0, small = 0, commit = 0, large = (size_t)20 << 20;
	HANDLE thread;

	thread = CreateThread(NULL, large + 65536, use_stack, (void *)large, 0, NULL);
	ASSERT_TRUE(ends(thread));
	EXPECT_EQ(1, code_of(thread));
	thread = CreateThread(NULL, 0, tell_stack_size, &usual, 0, NULL);
	ASSERT_TRUE(ends(thread));
	thread = CreateThread(NULL, 65536, tell_stack_size, &commit, 0, NULL);
	ASSERT_TRUE(ends(thread));
	EXPECT_EQ(usual, commit);
	thread = CreateThread(NULL, 65536, tell_stack_size, &small,
			      STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
	ASSERT_TRUE(ends(thread));
	EXPECT_LE(65536, small);
	EXPECT_GT(1 << 20, small);
	EXPECT_FAILS(ERROR_NOT_ENOUGH_MEMORY, NULL,
		     CreateThread(NULL, SIZE_MAX, return_it, NULL, 0, NULL));
	EXPECT_FAILS(ERROR_NOT_ENOUGH_MEMORY, NULL,
		     CreateThread(NULL, SIZE_MAX / 4, return_it, NULL, 0, NULL));
}

TEST_F(thread, that_cannot_be_made_is_refused_and_no_id_told)
{
	DWORD id = POISON32;

	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
		     CreateThread(NULL, 0, NULL, NULL, 0, &id));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
		     CreateThread(NULL, 0, return_it, NULL, 1, &id));
	EXPECT_EQ(POISON32, id);
}

static void *be_unknown(void *ready)
{
	sem_t *semaphores = ready;

	sem_post(&semaphores[0]);
	sem_wait(&semaphores[1]);
	return (void *)(uintptr_t)gettid();
}

TEST_F(thread, is_opened_by_its_id_as_the_same_object)
{
	struct ending ending = { .go = CreateEventA(NULL, TRUE, FALSE, NULL) };
	HANDLE thread, opened;
	DWORD id;

	thread = CreateThread(NULL, 0, end_in_a_way, &ending, 0, &id);
	ASSERT_NE(NULL, thread);
	SetLastError(UNTOUCHED);
	opened = OpenThread(SYNCHRONIZE, FALSE, id);
	EXPECT_LAST_ERROR(UNTOUCHED);
	ASSERT_NE(NULL, opened);
	EXPECT_NE(thread, opened);
	EXPECT_TRUE(CompareObjectHandles(thread, opened));
	EXPECT_TRUE(CloseHandle(thread));
	EXPECT_TRUE(SetEvent(ending.go));
	EXPECT_TRUE(ends(opened));
	opened = OpenThread(SYNCHRONIZE, FALSE, gettid());
	ASSERT_NE(NULL, opened);
	EXPECT_TRUE(CompareObjectHandles(PSEUDO_THREAD, opened));
}

TEST_F(thread, that_is_not_there_or_not_known_is_not_opened)
{
	sem_t semaphores[2];
	pthread_t pthread;
	char path[64];
	FILE *tasks;
	int tid = 0;

	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenThread(SYNCHRONIZE, FALSE, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenThread(SYNCHRONIZE, FALSE, POISON32));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL,
		     OpenThread(SYNCHRONIZE, FALSE, 0x7fffffff));
	sem_init(&semaphores[0], 0, 0);
	sem_init(&semaphores[1], 0, 0);
	ASSERT_EQ(0, pthread_create(&pthread, NULL, be_unknown, semaphores));
	sem_wait(&semaphores[0]);
	snprintf(path, sizeof(path), "ls /proc/%d/task | tail -n 1", getpid());
	tasks = popen(path, "r");
	ASSERT_NE(NULL, tasks);
	ASSERT_EQ(1, fscanf(tasks, "%d", &tid));
	pclose(tasks);
	ASSERT_NE(gettid(), tid);
	EXPECT_FAILS(ERROR_NOT_SUPPORTED, NULL, OpenThread(SYNCHRONIZE, FALSE, tid));
	sem_post(&semaphores[1]);
	pthread_join(pthread, NULL);
}

static VOID CALLBACK do_nothing(ULONG_PTR unused)
{
	(void)unused;
}

/* What another process can do with a thread, and what it cannot. */
static void look_from_outside(struct peer *parent)
{
	FILETIME created, ended, kernel, user;
	HANDLE thread;
	DWORD id = told_by(parent);

	thread = OpenThread(THREAD_ALL_ACCESS, FALSE, id);
	CHILD_ASSERT(thread);
	CHILD_ASSERT(GetThreadId(thread) == id);
	CHILD_ASSERT(GetProcessIdOfThread(thread) == (DWORD)getppid());
	CHILD_ASSERT(code_of(thread) == STILL_ACTIVE);
	CHILD_ASSERT(GetThreadPriority(thread) == THREAD_PRIORITY_BELOW_NORMAL);
	CHILD_ASSERT(SetThreadPriority(thread, THREAD_PRIORITY_LOWEST));
	CHILD_ASSERT(GetThreadTimes(thread, &created, &ended, &kernel, &user));
	CHILD_ASSERT(!ended.dwLowDateTime && !ended.dwHighDateTime && created.dwLowDateTime);
	SetLastError(0);
	CHILD_ASSERT(SuspendThread(thread) == (DWORD)-1);
	CHILD_ASSERT(GetLastError() == ERROR_NOT_SUPPORTED);
	SetLastError(0);
	CHILD_ASSERT(ResumeThread(thread) == (DWORD)-1);
	CHILD_ASSERT(GetLastError() == ERROR_NOT_SUPPORTED);
	SetLastError(0);
	CHILD_ASSERT(!TerminateThread(thread, 1));
	CHILD_ASSERT(GetLastError() == ERROR_NOT_SUPPORTED);
	SetLastError(0);
	CHILD_ASSERT(!QueueUserAPC(do_nothing, thread, 1));
	CHILD_ASSERT(GetLastError() == ERROR_NOT_SUPPORTED);
	tell(parent, 1);
	CHILD_ASSERT(ends(thread));
	CHILD_ASSERT(code_of(thread) == 0x87654321);
	CHILD_ASSERT(GetThreadId(thread) == id);
	CHILD_ASSERT(GetProcessIdOfThread(thread) == (DWORD)getppid());
	CHILD_ASSERT(GetThreadTimes(thread, &created, &ended, &kernel, &user));
	CHILD_ASSERT(CompareFileTime(&created, &ended) < 0);
	SetLastError(0);
	CHILD_ASSERT(!QueueUserAPC(do_nothing, thread, 1));
	CHILD_ASSERT(GetLastError() == ERROR_GEN_FAILURE);
}

TEST_F(thread, of_another_process_tells_all_and_cannot_be_stopped)
{
	struct ending ending = { .code = 0x87654321 };
	struct peer child;
	HANDLE thread;
	pid_t pid;
	DWORD id;

	pid = start_child(&child, look_from_outside);
	ending.go = CreateEventA(NULL, TRUE, FALSE, NULL);
	thread = CreateThread(NULL, 0, end_in_a_way, &ending, 0, &id);
	ASSERT_NE(NULL, thread);
	EXPECT_TRUE(SetThreadPriority(thread, THREAD_PRIORITY_BELOW_NORMAL));
	tell(&child, id);
	EXPECT_EQ(1, told_by(&child));
	EXPECT_EQ(THREAD_PRIORITY_LOWEST, GetThreadPriority(thread));
	EXPECT_TRUE(SetEvent(ending.go));
	EXPECT_EQ(0, end_of(pid));
}

static DWORD WINAPI sleep_for_ever(LPVOID unused)
{
	(void)unused;
	Sleep(INFINITE);
	return 0;
}

/* One that sleeps, one that is suspended, and the main thread. */
static void be_killed(struct peer *parent)
{
	DWORD id;

	CreateThread(NULL, 0, sleep_for_ever, NULL, 0, &id);
	tell(parent, id);
	CreateThread(NULL, 0, sleep_for_ever, NULL, CREATE_SUSPENDED, &id);
	tell(parent, id);
	tell(parent, GetThreadId(PSEUDO_THREAD));
	pause();
}

TEST_F(thread, of_a_process_that_is_killed_is_signalled)
{
	HANDLE threads[3];
	struct peer child;
	pid_t pid;

	pid = start_child(&child, be_killed);
	for (int i = 0; i < 3; i++) {
		threads[i] = OpenThread(THREAD_ALL_ACCESS, FALSE, told_by(&child));
		ASSERT_NE(NULL, threads[i]);
		EXPECT_EQ(pid, GetProcessIdOfThread(threads[i]));
		EXPECT_EQ(STILL_ACTIVE, code_of(threads[i]));
	}
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(WAIT_OBJECT_0, WaitForMultipleObjects(3, threads, TRUE, PATIENCE_MS));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, code_of(threads[i]));
		EXPECT_EQ(pid, GetProcessIdOfThread(threads[i]));
		EXPECT_TRUE(CloseHandle(threads[i]));
	}
}

static void *cancel_oneself(void *handle)
{
	pthread_cancel(pthread_self());
	*(HANDLE *)handle = own_handle();
	pthread_testcancel();
	return NULL;
}

TEST_F(thread, to_be_cancelled_becomes_known_all_the_same)
{
	HANDLE thread = NULL;

	EXPECT_EQ(PTHREAD_CANCELED, in_thread(cancel_oneself, &thread));
	ASSERT_NE(NULL, thread);
	EXPECT_TRUE(ends(thread));
}

static void *use_win32(void *handle)
{
	*(HANDLE *)handle = own_handle();
	return NULL;
}

TEST_F(thread, of_pthread_create_is_one_too)
{
	HANDLE thread = NULL;

	in_thread(use_win32, &thread);
	ASSERT_NE(NULL, thread);
	EXPECT_TRUE(ends(thread));
	EXPECT_EQ(0, code_of(thread));
	EXPECT_NE(gettid(), GetThreadId(thread));
	EXPECT_EQ(getpid(), GetProcessIdOfThread(thread));
}

static FILETIME times[4];

static BOOL call_get_id(HANDLE handle)
{
	return GetThreadId(handle) != 0;
}

static BOOL call_get_pid(HANDLE handle)
{
	return GetProcessIdOfThread(handle) != 0;
}

static BOOL call_get_code(HANDLE handle)
{
	DWORD code;

	return GetExitCodeThread(handle, &code);
}

static BOOL call_get_priority(HANDLE handle)
{
	return GetThreadPriority(handle) != THREAD_PRIORITY_ERROR_RETURN;
}

static BOOL call_set_priority(HANDLE handle)
{
	return SetThreadPriority(handle, 0);
}

static BOOL call_get_times(HANDLE handle)
{
	return GetThreadTimes(handle, &times[0], &times[1], &times[2], &times[3]);
}

TEST_F(thread, that_a_handle_is_not_of_is_refused_by_every_function)
{
	static BOOL (*const functions[])(HANDLE) = {
		call_get_id, call_get_pid, call_get_code, call_get_priority,
		call_set_priority, call_get_times,
	};
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
	HANDLE closed = CreateEventA(NULL, TRUE, FALSE, NULL);
	HANDLE bad[] = { NULL, GARBAGE, closed, event, PSEUDO_PROCESS };

	EXPECT_TRUE(CloseHandle(closed));
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		for (size_t j = 0; j < ARRAY_SIZE(bad); j++)
			EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, functions[i](bad[j]));
}

TEST_F(thread, what_has_nowhere_to_go_is_refused)
{
	FILETIME *t[4];

	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, GetExitCodeThread(PSEUDO_THREAD, NULL));
	for (int missing = 0; missing < 4; missing++) {
		for (int i = 0; i < 4; i++)
			t[i] = i == missing ? NULL : &times[i];
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
			     GetThreadTimes(PSEUDO_THREAD, t[0], t[1], t[2], t[3]));
	}
}

TEST_F(thread, has_the_priority_that_was_set_and_the_nice_value_that_belongs_to_it)
{
	static const struct {
		int priority, nice;
	} cases[] = {
		{ THREAD_PRIORITY_IDLE, 19 }, { THREAD_PRIORITY_LOWEST, 10 },
		{ THREAD_PRIORITY_BELOW_NORMAL, 5 }, { THREAD_PRIORITY_ABOVE_NORMAL, -5 },
		{ THREAD_PRIORITY_HIGHEST, -10 }, { THREAD_PRIORITY_TIME_CRITICAL, -20 },
		{ THREAD_PRIORITY_NORMAL, 0 },
	};
	static const int wrong[] = { -16, -14, -3, 3, 14, 16, 0x10000, 0x20000 };
	struct ending ending = { .go = CreateEventA(NULL, TRUE, FALSE, NULL) };
	HANDLE thread;
	DWORD id;

	thread = CreateThread(NULL, 0, end_in_a_way, &ending, 0, &id);
	EXPECT_QUIET(THREAD_PRIORITY_NORMAL, GetThreadPriority(thread));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT_QUIET(TRUE, SetThreadPriority(thread, cases[i].priority));
		EXPECT_QUIET(cases[i].priority, GetThreadPriority(thread));
		EXPECT_EQ(cases[i].nice, getpriority(PRIO_PROCESS, id));
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
			     SetThreadPriority(thread, wrong[i]));
	EXPECT_EQ(0, GetThreadPriority(thread));
	EXPECT_EQ(0, getpriority(PRIO_PROCESS, 0));
	EXPECT_TRUE(SetEvent(ending.go));
	EXPECT_TRUE(ends(thread));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, SetThreadPriority(thread, 1));
	EXPECT_QUIET(0, GetThreadPriority(thread));
}

static DWORD WINAPI tell_niceness(LPVOID unused)
{
	(void)unused;
	return 100 + getpriority(PRIO_PROCESS, 0) + 1000 * GetThreadPriority(PSEUDO_THREAD);
}

TEST_F(thread, begins_with_the_normal_priority_whatever_its_maker_has)
{
	HANDLE thread;

	ASSERT_TRUE(SetThreadPriority(PSEUDO_THREAD, THREAD_PRIORITY_LOWEST));
	thread = CreateThread(NULL, 0, tell_niceness, NULL, 0, NULL);
	ASSERT_TRUE(ends(thread));
	EXPECT_EQ(100, code_of(thread));
}

TEST_F(thread, without_rights_a_priority_can_be_lowered_only)
{
	pid_t pid = fork();
	HANDLE thread;

	if (!pid) {
		struct rlimit none = { 0, 0 };

		alarm(CHILD_PATIENCE);
		CHILD_ASSERT(GetThreadPriority(PSEUDO_THREAD) == 0);
		CHILD_ASSERT(!setrlimit(RLIMIT_NICE, &none));
		CHILD_ASSERT(!setresuid(NOBODY, NOBODY, NOBODY));
		SetLastError(0);
		CHILD_ASSERT(!SetThreadPriority(PSEUDO_THREAD, THREAD_PRIORITY_HIGHEST));
		CHILD_ASSERT(GetLastError() == ERROR_ACCESS_DENIED);
		CHILD_ASSERT(GetThreadPriority(PSEUDO_THREAD) == 0);
		CHILD_ASSERT(SetThreadPriority(PSEUDO_THREAD, THREAD_PRIORITY_LOWEST));
		SetLastError(0);
		CHILD_ASSERT(!SetThreadPriority(PSEUDO_THREAD, THREAD_PRIORITY_NORMAL));
		CHILD_ASSERT(GetLastError() == ERROR_ACCESS_DENIED);
		CHILD_ASSERT(GetThreadPriority(PSEUDO_THREAD) == THREAD_PRIORITY_LOWEST);
		/* It has its maker's, and says so. */
		thread = CreateThread(NULL, 0, tell_niceness, NULL, 0, NULL);
		CHILD_ASSERT(ends(thread));
		CHILD_ASSERT(code_of(thread) == (DWORD)(100 + 10 - 2000));
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

static uint64_t units(FILETIME time)
{
	return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static uint64_t now(void)
{
	FILETIME time;

	GetSystemTimeAsFileTime(&time);
	return units(time);
}

#define ENOUGH 300000		/* 30 ms, in units of 100 ns */

static DWORD WINAPI run_for_a_while(LPVOID argument)
{
	struct ending *ending = argument;
	struct rusage usage;

	do
		getrusage(RUSAGE_THREAD, &usage);
	while ((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 10000000ll +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 10 < ENOUGH);
	ending->tid = gettid();
	return end_in_a_way(argument);
}

TEST_F(thread, tells_when_it_began_and_ended_and_how_long_it_ran)
{
	struct ending ending = { .go = CreateEventA(NULL, TRUE, FALSE, NULL) };
	uint64_t before = now(), then, created;
	HANDLE thread;

	thread = CreateThread(NULL, 0, run_for_a_while, &ending, 0, NULL);
	ASSERT_NE(NULL, thread);
	then = now();
	while (!ending.tid)
		usleep(1000);
	poison(times, sizeof(times));
	EXPECT_QUIET(TRUE, call_get_times(thread));
	created = units(times[0]);
	/* The clocks are read one after the other. */
	EXPECT_LE(before, created + 10000000);
	EXPECT_GE(then + 10000000, created);
	EXPECT_EQ(0, units(times[1]));
	EXPECT_TRUE(SetEvent(ending.go));
	ASSERT_TRUE(ends(thread));
	poison(times, sizeof(times));
	EXPECT_QUIET(TRUE, call_get_times(thread));
	EXPECT_EQ(created, units(times[0]));
	EXPECT_LT(created + ENOUGH, units(times[1]));
	EXPECT_GE(now() + 10000000, units(times[1]));
	EXPECT_LE(ENOUGH, units(times[2]) + units(times[3]));
	/* Also when it is asked again. */
	then = units(times[1]);
	EXPECT_TRUE(call_get_times(thread));
	EXPECT_EQ(then, units(times[1]));
}

static atomic_bool stop;

static DWORD WINAPI spin(LPVOID unused)
{
	(void)unused;
	while (!stop)
		;
	return 0;
}

TEST_F(thread, is_told_whether_another_was_switched_to)
{
	cpu_set_t one;
	HANDLE thread;
	int i;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	thread = CreateThread(NULL, 0, spin, NULL, 0, NULL);
	SetLastError(UNTOUCHED);
	for (i = 0; i < 1000000 && !SwitchToThread(); i++)
		;
	EXPECT_LAST_ERROR(UNTOUCHED);
	EXPECT_GT(1000000, i);
	stop = true;
	EXPECT_TRUE(ends(thread));
	/* With nobody else there, it is not each time. */
	for (i = 0; i < 1000000 && SwitchToThread(); i++)
		;
	EXPECT_GT(1000000, i);
}

static int threads_there(struct wapi_client *client)
{
	uint32_t handle = 0;
	int count = 0;

	while (!wapi_search(client, handle, WAPI_TYPE_THREAD, &handle, NULL))
		count++;
	return count;
}

TEST_F(thread, leaves_nothing_behind_when_its_handle_is_closed)
{
	HANDLE thread;
	int before;

	for (int i = 0; i < 200; i++) {
		thread = CreateThread(NULL, 0, return_it, (void *)(uintptr_t)i, 0, NULL);
		ASSERT_TRUE(ends(thread));
		ASSERT_EQ(i, code_of(thread));
		ASSERT_TRUE(CloseHandle(thread));
		if (!i)
			before = threads_there(self->client);
	}
	/* Of those that have just ended, the last may be there. */
	EXPECT_GE(before + 1, threads_there(self->client));
}

static atomic_uint ran;

static VOID CALLBACK note(ULONG_PTR what)
{
	ran += what;
}

static DWORD WINAPI fork_and_look(LPVOID unused)
{
	HANDLE before = own_handle();
	pid_t pid;

	(void)unused;
	QueueUserAPC(note, PSEUDO_THREAD, 1);
	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		CHILD_ASSERT(GetThreadId(PSEUDO_THREAD) == (DWORD)gettid());
		SetLastError(0);
		CHILD_ASSERT(SuspendThread(before) == (DWORD)-1);
		CHILD_ASSERT(GetLastError() == ERROR_INVALID_HANDLE);
		CHILD_ASSERT(SleepEx(0, TRUE) == 0);
		CHILD_ASSERT(QueueUserAPC(note, PSEUDO_THREAD, 2));
		CHILD_ASSERT(SleepEx(0, TRUE) == WAIT_IO_COMPLETION);
		CHILD_ASSERT(ran == 2);
		CHILD_ASSERT(ends(CreateThread(NULL, 0, return_it, NULL, 0, NULL)));
		ExitThread(21);
	}
	return end_of(pid);
}

TEST_F(thread, in_a_forked_child_is_known_anew)
{
	HANDLE thread = CreateThread(NULL, 0, fork_and_look, NULL, 0, NULL);

	ASSERT_TRUE(ends(thread));
	EXPECT_EQ(21, code_of(thread));
}

TEST_HARNESS_MAIN
