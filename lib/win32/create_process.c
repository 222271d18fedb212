// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CreateProcess(): what it is asked for is made ready by prepare.c, started by spawn.c,
 * and given what it inherits before it begins.
 *
 * All that can fail comes before it begins, but for what only execve() can tell.
 */
#include "create_process.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static DWORD error_of_step(int error, enum win32_spawn_step step)
{
	if (error == -ECANCELED)
		return ERROR_PROCESS_ABORTED;
	switch (step) {
	case WIN32_SPAWN_DIRECTORY:
		return ERROR_DIRECTORY;
	case WIN32_SPAWN_PRIORITY:
		return ERROR_PRIVILEGE_NOT_HELD;
	case WIN32_SPAWN_PROGRAM:
		return win32_program_error(-error);
	default:
		return win32_error_of(error);
	}
}

/* The process waits: its object, with its block, and its thread's. */
static int identify(struct win32_creation *creation, uint32_t *process, uint32_t *thread)
{
	struct wapi_client *client = creation->process->client;
	char process_name[WIN32_IDENTITY_SIZE], thread_name[WIN32_IDENTITY_SIZE];
	struct win32_spawn *spawn = &creation->spawn;
	struct win32_table *child;
	int error, fd;

	error = win32_name_of_process(spawn->pid, process_name);
	if (!error)
		error = win32_name_of_thread(spawn->pid, thread_name);
	if (!error)
		error = wapi_process_new(client, 0, spawn->pidfd, process_name, process, NULL);
	if (error)
		return error;
	error = win32_heritage_give(client, &creation->heritage, *process, &child);
	if (!error)
		error = win32_spawn_identify(spawn, process_name, thread_name, &fd);
	if (!error) {
		win32_heritage_complete(child, fd);
		error = wapi_open_name(client, thread_name, WAPI_TYPE_THREAD, thread, NULL);
	}
	if (error)
		wapi_close(client, *process, NULL);
	return error;
}

static BOOL add_handles(struct win32_creation *creation, const struct win32_request *request)
{
	uint32_t process, thread;
	int error;

	error = identify(creation, &process, &thread);
	/* Of one that was killed there is no name to be made, or no object. */
	if (error == -ESRCH || error == -ENOENT)
		error = -ECANCELED;
	if (error)
		return win32_fail(error_of_step(error, WIN32_SPAWN_OTHER));
	creation->process_handle = win32_handle_add(process, request->inherit_process);
	creation->thread_handle = win32_handle_add(thread, request->inherit_thread);
	return creation->process_handle && creation->thread_handle;
}

static BOOL start(struct win32_creation *creation, const struct win32_request *request)
{
	enum win32_spawn_step step = WIN32_SPAWN_OTHER;
	struct win32_spawn *spawn = &creation->spawn;
	int error;

	error = win32_spawn_begin(spawn);
	if (error)
		return win32_fail(error_of_step(error, step));
	if (!add_handles(creation, request)) {
		win32_spawn_give_up(spawn);
		return FALSE;
	}
	error = win32_spawn_start(spawn, &step);
	if (error)
		return win32_fail(error_of_step(error, step));
	close(spawn->pidfd);
	return TRUE;
}

static void clean_up(struct win32_creation *creation, BOOL done)
{
	DWORD error = GetLastError();
	int i;

	if (!done && creation->process_handle)
		CloseHandle(creation->process_handle);
	if (!done && creation->thread_handle)
		CloseHandle(creation->thread_handle);
	for (i = 0; i < 3; i++)
		if (creation->files[i])
			win32_file_put(creation->files[i]);
	if (creation->spawn.resume_fd >= 0)
		close(creation->spawn.resume_fd);
	if (creation->event)
		wapi_close(creation->process->client, creation->event, NULL);
	win32_heritage_free(&creation->heritage);
	free(creation->environment);
	free(creation->arguments);
	free(creation->line);
	free(creation->path);
	SetLastError(error);
}

static BOOL create(const struct win32_request *request, LPPROCESS_INFORMATION information)
{
	struct win32_creation creation = { .spawn.resume_fd = -1 };
	BOOL done;

	if (!win32_create_check(request))
		return FALSE;
	creation.process = win32_this_process();
	done = creation.process && win32_create_prepare(&creation, request) &&
	       start(&creation, request);
	if (done)
		*information = (PROCESS_INFORMATION){
			.hProcess = creation.process_handle,
			.hThread = creation.thread_handle,
			.dwProcessId = creation.spawn.pid,
			.dwThreadId = creation.spawn.pid,
		};
	clean_up(&creation, done);
	return done;
}

WIN32_EXPORT BOOL WINAPI CreateProcessA(LPCSTR application, LPSTR command_line,
					LPSECURITY_ATTRIBUTES process_attributes,
					LPSECURITY_ATTRIBUTES thread_attributes,
					BOOL inherit, DWORD flags, LPVOID environment,
					LPCSTR directory, LPSTARTUPINFOA startup,
					LPPROCESS_INFORMATION information)
{
	struct win32_request request = {
		.application = application,
		.command_line = command_line,
		.directory = directory,
		.environment = environment,
		.inherit = inherit,
		.inherit_process = win32_inherits(process_attributes),
		.inherit_thread = win32_inherits(thread_attributes),
		.flags = flags,
	};

	if (!startup || !information)
		return win32_fail(ERROR_INVALID_PARAMETER);
	request.startup_flags = startup->dwFlags;
	request.standard[0] = startup->hStdInput;
	request.standard[1] = startup->hStdOutput;
	request.standard[2] = startup->hStdError;
	return create(&request, information);
}

/* NULL stays NULL, which is no error. */
static bool narrow(const WCHAR *text, char **copy)
{
	*copy = text ? win32_utf8_of(text) : NULL;
	return *copy || !text;
}

WIN32_EXPORT BOOL WINAPI CreateProcessW(LPCWSTR application, LPWSTR command_line,
					LPSECURITY_ATTRIBUTES process_attributes,
					LPSECURITY_ATTRIBUTES thread_attributes,
					BOOL inherit, DWORD flags, LPVOID environment,
					LPCWSTR directory, LPSTARTUPINFOW startup,
					LPPROCESS_INFORMATION information)
{
	char *narrow_application = NULL, *narrow_line = NULL, *narrow_directory = NULL;
	STARTUPINFOA narrow_startup = { .cb = sizeof(narrow_startup) };
	BOOL done = FALSE;

	if (!startup)
		return win32_fail(ERROR_INVALID_PARAMETER);
	narrow_startup.dwFlags = startup->dwFlags;
	narrow_startup.hStdInput = startup->hStdInput;
	narrow_startup.hStdOutput = startup->hStdOutput;
	narrow_startup.hStdError = startup->hStdError;
	if (narrow(application, &narrow_application) && narrow(command_line, &narrow_line) &&
	    narrow(directory, &narrow_directory))
		done = CreateProcessA(narrow_application, narrow_line, process_attributes,
				      thread_attributes, inherit, flags, environment,
				      narrow_directory, &narrow_startup, information);
	free(narrow_application);
	free(narrow_line);
	free(narrow_directory);
	return done;
}
