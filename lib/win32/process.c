// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes: found by their ids, and asked about.
 *
 * The kernel's object of a process tells the most of it, for as long as there is a
 * handle.  An id is Linux's, and may be that of another process when its own has ended.
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

BOOL win32_process_object(HANDLE handle, uint32_t *object)
{
	const struct win32_process *process;

	if (handle != WIN32_PSEUDO_PROCESS)
		return win32_handle_object_of(handle, WAPI_TYPE_PROCESS, object);
	process = win32_this_process();
	if (!process)
		return FALSE;
	*object = process->object;
	return TRUE;
}

WIN32_EXPORT HANDLE WINAPI GetCurrentProcess(void)
{
	return WIN32_PSEUDO_PROCESS;
}

WIN32_EXPORT DWORD WINAPI GetCurrentProcessId(void)
{
	return getpid();
}

/* What the kernel knows of the process of a handle; FALSE with the last error set. */
static BOOL query_process(HANDLE handle, struct wapi_query *query)
{
	struct wapi_client *client = win32_client();
	uint32_t object;
	int error;

	if (!client || !win32_process_object(handle, &object))
		return FALSE;
	error = wapi_query(client, object, query);
	return error ? win32_fail_errno(error) : TRUE;
}

WIN32_EXPORT DWORD WINAPI GetProcessId(HANDLE handle)
{
	struct wapi_query query;

	return query_process(handle, &query) ? query.state.pid : 0;
}

WIN32_EXPORT HANDLE WINAPI OpenProcess(DWORD access, BOOL inherit, DWORD id)
{
	struct wapi_client *client = win32_client();
	uint32_t object = 0;
	int error, pidfd;

	if (!client)
		return NULL;
	pidfd = id && id <= INT32_MAX ? win32_open_pidfd(id) : -ESRCH;
	if (pidfd < 0) {
		/* A thread that is not the first of a process has an id too, but not here. */
		win32_fail(pidfd == -EMFILE || pidfd == -ENFILE || pidfd == -ENOMEM ?
			   win32_error_of(pidfd) : ERROR_INVALID_PARAMETER);
		return NULL;
	}
	error = access & PROCESS_TERMINATE ? win32_signal_pidfd(pidfd, 0) : 0;
	if (!error)
		error = win32_process_object_of(client, id, pidfd, &object);
	close(pidfd);
	if (error) {
		win32_fail(error == -ENOENT || error == -ESRCH ? ERROR_INVALID_PARAMETER :
								 win32_error_of(error));
		return NULL;
	}
	return win32_handle_add(object, inherit);
}

WIN32_EXPORT BOOL WINAPI GetProcessTimes(HANDLE handle, LPFILETIME creation, LPFILETIME exit,
					 LPFILETIME kernel, LPFILETIME user)
{
	struct wapi_query query, after;
	struct win32_stat stat;
	bool is_known;

	if (!query_process(handle, &query))
		return FALSE;
	if (!creation || !exit || !kernel || !user)
		return win32_fail(ERROR_NOACCESS);
	is_known = query.state.pid && !win32_stat_of(query.state.pid, &stat);
	/* While it had not ended, the id was its own. */
	if (!query_process(handle, &after))
		return FALSE;
	if (!is_known || after.state.flags & WAPI_STATE_ENDED)
		return win32_fail(ERROR_NOT_SUPPORTED);
	*creation = win32_file_time(win32_date_of(query.state.start_time));
	*exit = win32_file_time(0);
	*kernel = win32_file_time(win32_ticks_of_clock(stat.kernel));
	*user = win32_file_time(win32_ticks_of_clock(stat.user));
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI GetProcessWorkingSetSize(HANDLE handle, PSIZE_T minimum,
						  PSIZE_T maximum)
{
	struct wapi_query query, after;
	struct rlimit limit;

	if (!query_process(handle, &query))
		return FALSE;
	if (!minimum || !maximum)
		return win32_fail(ERROR_NOACCESS);
	if (!query.state.pid || prlimit(query.state.pid, RLIMIT_RSS, NULL, &limit))
		return win32_fail(ERROR_ACCESS_DENIED);
	if (!query_process(handle, &after))
		return FALSE;
	if (after.state.flags & WAPI_STATE_ENDED)
		return win32_fail(ERROR_ACCESS_DENIED);
	*minimum = 0;
	*maximum = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > SIZE_MAX ?
		   SIZE_MAX : (SIZE_T)limit.rlim_cur;
	return TRUE;
}

/* The process of an entry of /proc, or 0. */
static DWORD process_of(const char *name)
{
	unsigned long id;
	char *end;

	if (*name < '1' || *name > '9')
		return 0;
	id = strtoul(name, &end, 10);
	return *end || id > INT32_MAX ? 0 : id;
}

WIN32_EXPORT BOOL WINAPI K32EnumProcesses(LPDWORD ids, DWORD size, LPDWORD needed)
{
	DWORD count = 0, id;
	struct dirent *entry;
	DIR *processes;

	if (!needed || (!ids && size))
		return win32_fail(ERROR_NOACCESS);
	processes = opendir("/proc");
	if (!processes)
		return win32_fail_errno(-errno);
	/* Nobody else has it. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (count < size / sizeof(*ids) && (entry = readdir(processes))) {
		id = process_of(entry->d_name);
		if (id)
			ids[count++] = id;
	}
	closedir(processes);
	*needed = count * sizeof(*ids);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI EnumProcesses(LPDWORD ids, DWORD size, LPDWORD needed)
{
	return K32EnumProcesses(ids, size, needed);
}

WIN32_EXPORT DWORD WINAPI WaitForInputIdle(HANDLE handle, DWORD milliseconds)
{
	struct wapi_query query;

	(void)milliseconds;
	if (query_process(handle, &query))
		win32_fail(ERROR_NOT_GUI_PROCESS);
	return WAIT_FAILED;
}
