// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The ends of processes: how they are brought about, and what is known of them.
 *
 * Of an exit code Linux keeps 8 bits, and of SIGKILL none.  So the code that was meant
 * is in the process's block, from before its end, in two words: what the process said
 * itself, and what another one did that ends it.  A word counts only if the kernel
 * tells of an end that fits: one that was left by somebody who was killed before he
 * did what he announced says nothing.
 */
#include "record.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_KNOWN	(UINT64_C(1) << 32)

/* What exit() is given has more bits than the kernel keeps, so it is kept here. */
static void note_exit(int status, void *unused)
{
	struct win32_table *table = win32_own_table();

	(void)unused;
	/* ExitProcess() has said it already, where this is from its exit(). */
	if (table && (int)atomic_load(&win32_record_of(table)->exited) != status)
		atomic_store(&win32_record_of(table)->exited, EXIT_KNOWN | (uint32_t)status);
}

__attribute__((constructor(105))) static void start(void)
{
	on_exit(note_exit, NULL);
}

void win32_exit_note(DWORD code)
{
	const struct win32_process *process = win32_this_process();

	if (process)
		atomic_store(&win32_record_of(process->table)->exited, EXIT_KNOWN | code);
}

WIN32_EXPORT void WINAPI ExitProcess(UINT code)
{
	win32_exit_note(code);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): of others that call it, one does it */
	exit((int)code);
}

/* The id of the process of an object, and a pidfd; it may have ended.  0 or an errno. */
static int open_process(struct wapi_client *client, uint32_t object, int *pidfd)
{
	struct wapi_query query;
	int error;

	error = wapi_query(client, object, &query);
	if (error)
		return error;
	if (!query.state.pid)
		return -ESRCH;
	*pidfd = win32_open_pidfd(query.state.pid);
	if (*pidfd < 0)
		return -ESRCH;
	/* If it has not ended by now, the id was not another's when that was opened. */
	error = wapi_query(client, object, &query);
	if (!error && !(query.state.flags & WAPI_STATE_ENDED))
		return 0;
	close(*pidfd);
	return error ? error : -ESRCH;
}

/* As if the process itself had said it; where there is no room for more, 8 bits are. */
static void note_termination(struct wapi_client *client, uint32_t object, UINT code)
{
	struct win32_table *table;
	size_t size;

	if (!win32_table_make(client, object, &table, &size))
		atomic_store(&win32_record_of(table)->terminated, EXIT_KNOWN | code);
}

static int terminate(struct wapi_client *client, uint32_t object, UINT code)
{
	int error, pidfd;

	error = open_process(client, object, &pidfd);
	if (error)
		return error;
	/* Of those that may not be ended nothing is changed. */
	error = win32_signal_pidfd(pidfd, 0);
	if (!error) {
		note_termination(client, object, code);
		error = win32_signal_pidfd(pidfd, SIGKILL);
	}
	close(pidfd);
	return error;
}

WIN32_EXPORT BOOL WINAPI TerminateProcess(HANDLE handle, UINT code)
{
	struct wapi_client *client = win32_client();
	uint32_t object;
	int error;

	if (!client || !win32_process_object(handle, &object))
		return FALSE;
	error = terminate(client, object, code);
	if (error == -ESRCH || error == -EPERM)
		return win32_fail(ERROR_ACCESS_DENIED);
	return error ? win32_fail_errno(error) : TRUE;
}

/* What was meant, if the kernel's status fits; else what that is in numbers. */
static DWORD code_of(const struct win32_record *record, int status)
{
	uint64_t exited = record ? atomic_load(&record->exited) : 0;
	uint64_t terminated = record ? atomic_load(&record->terminated) : 0;

	if (WIFEXITED(status))
		return exited & EXIT_KNOWN && (exited & 0xff) == (uint64_t)WEXITSTATUS(status) ?
		       (DWORD)exited : (DWORD)WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGKILL && terminated & EXIT_KNOWN)
		return terminated;
	return 128 + WTERMSIG(status);
}

WIN32_EXPORT BOOL WINAPI GetExitCodeProcess(HANDLE handle, LPDWORD code)
{
	struct wapi_client *client = win32_client();
	struct wapi_query query;
	uint32_t object;
	int error;

	if (!client || !win32_process_object(handle, &object))
		return FALSE;
	if (!code)
		return win32_fail(ERROR_NOACCESS);
	error = wapi_query(client, object, &query);
	if (error)
		return win32_fail_errno(error);
	if (!(query.state.flags & WAPI_STATE_ENDED))
		*code = STILL_ACTIVE;
	else if (query.state.flags & WAPI_STATE_EXIT_KNOWN)
		*code = code_of(win32_record_find(client, object), query.state.exit_status);
	else
		/* It was reaped before anybody here knew of it. */
		return win32_fail(ERROR_NOT_SUPPORTED);
	return TRUE;
}
