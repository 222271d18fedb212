// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is told of threads, of this process and of others, also after their end.
 */
#include "internal.h"

#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

WIN32_EXPORT HANDLE WINAPI GetCurrentThread(void)
{
	return WIN32_PSEUDO_THREAD;
}

WIN32_EXPORT DWORD WINAPI GetCurrentThreadId(void)
{
	return (DWORD)gettid();
}

WIN32_EXPORT DWORD WINAPI GetThreadId(HANDLE thread)
{
	struct wapi_query query;
	uint32_t object;

	if (!win32_thread_hold(thread, &object, &query))
		return 0;
	wapi_close(win32_client(), object, NULL);
	return (DWORD)query.state.tid;
}

WIN32_EXPORT DWORD WINAPI GetProcessIdOfThread(HANDLE thread)
{
	struct win32_thread_block *block;
	struct wapi_query query;
	uint32_t object;
	DWORD pid = 0;

	if (!win32_thread_hold(thread, &object, &query))
		return 0;
	block = win32_thread_block_of(&query);
	if (block)
		pid = (DWORD)atomic_load(&block->pid);
	else
		win32_fail(ERROR_INVALID_HANDLE);
	wapi_close(win32_client(), object, NULL);
	return pid;
}

WIN32_EXPORT BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD code)
{
	struct wapi_query query;
	uint32_t object;

	if (!win32_thread_hold(thread, &object, &query))
		return FALSE;
	wapi_close(win32_client(), object, NULL);
	if (!code)
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (!(query.state.flags & WAPI_STATE_ENDED))
		*code = STILL_ACTIVE;
	else if (query.state.flags & WAPI_STATE_EXIT_KNOWN)
		*code = (DWORD)query.state.exit_status;
	else
		*code = 0;
	return TRUE;
}

/* In units of 100 ns. */
struct times {
	uint64_t created;
	uint64_t ended;
	uint64_t kernel;
	uint64_t user;
};

/* The query is made after that of the system, so as to know of whom it told. */
static int look(struct wapi_client *client, uint32_t object, struct wapi_query *query,
		struct times *times)
{
	struct win32_thread_block *block = win32_thread_block_of(query);
	struct win32_stat stat = { 0 };
	int error;

	if (!block)
		return -EBADF;
	win32_stat_of(query->state.tid, &stat);
	error = wapi_query(client, object, query);
	if (error)
		return error;
	times->created = atomic_load(&block->created);
	if (query->state.flags & WAPI_STATE_ENDED) {
		times->ended = times->created +
			       (query->state.end_time - query->state.start_time) / 100;
		times->kernel = atomic_load(&block->kernel);
		times->user = atomic_load(&block->user);
	} else {
		times->ended = 0;
		times->kernel = win32_ticks_of_clock(stat.kernel);
		times->user = win32_ticks_of_clock(stat.user);
	}
	return 0;
}

WIN32_EXPORT BOOL WINAPI GetThreadTimes(HANDLE thread, LPFILETIME created, LPFILETIME ended,
					LPFILETIME kernel, LPFILETIME user)
{
	struct wapi_query query;
	struct times times;
	uint32_t object;
	int error;

	if (!win32_thread_hold(thread, &object, &query))
		return FALSE;
	error = look(win32_client(), object, &query, &times);
	wapi_close(win32_client(), object, NULL);
	if (error)
		return win32_fail_errno(error);
	if (!created || !ended || !kernel || !user)
		return win32_fail(ERROR_INVALID_PARAMETER);
	*created = win32_file_time(times.created);
	*ended = win32_file_time(times.ended);
	*kernel = win32_file_time(times.kernel);
	*user = win32_file_time(times.user);
	return TRUE;
}

/* How often another thread was given this one's processor. */
static long switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		return 0;
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

WIN32_EXPORT BOOL WINAPI SwitchToThread(void)
{
	long before = switches();

	sched_yield();
	return switches() != before;
}
