// SPDX-License-Identifier: LGPL-2.1-or-later
/* Creating a process: all that is made ready before anything is started. */
#include "create_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND_LINE_MAX	32767

/* What there is nothing of here. */
#define FLAGS_NOT_SUPPORTED	(DEBUG_PROCESS | DEBUG_ONLY_THIS_PROCESS |		\
				 CREATE_NEW_CONSOLE | CREATE_PROTECTED_PROCESS |	\
				 EXTENDED_STARTUPINFO_PRESENT | CREATE_SECURE_PROCESS)

#define PRIORITY_CLASSES	(NORMAL_PRIORITY_CLASS | IDLE_PRIORITY_CLASS |		\
				 HIGH_PRIORITY_CLASS | REALTIME_PRIORITY_CLASS |	\
				 BELOW_NORMAL_PRIORITY_CLASS | ABOVE_NORMAL_PRIORITY_CLASS)

/* The last of them are of what is not here, so that nothing is left to be done. */
#define FLAGS_SUPPORTED		(CREATE_SUSPENDED | DETACHED_PROCESS |			\
				 CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT |\
				 CREATE_NO_WINDOW | PRIORITY_CLASSES |			\
				 CREATE_SEPARATE_WOW_VDM | CREATE_SHARED_WOW_VDM |	\
				 INHERIT_PARENT_AFFINITY | CREATE_BREAKAWAY_FROM_JOB |	\
				 CREATE_PRESERVE_CODE_AUTHZ_LEVEL | CREATE_DEFAULT_ERROR_MODE)

BOOL win32_create_check(const struct win32_request *request)
{
	DWORD class = request->flags & PRIORITY_CLASSES;
	const char *line = request->command_line;

	if ((!request->application && (!line || !*line)) ||
	    request->flags & ~(FLAGS_SUPPORTED | FLAGS_NOT_SUPPORTED) ||
	    class & (class - 1) ||
	    (request->flags & DETACHED_PROCESS && request->flags & CREATE_NEW_CONSOLE))
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (request->flags & FLAGS_NOT_SUPPORTED)
		return win32_fail(ERROR_NOT_SUPPORTED);
	if (line && strlen(line) > COMMAND_LINE_MAX)
		return win32_fail(ERROR_FILENAME_EXCED_RANGE);
	return TRUE;
}

/* Relative to where this process is, wherever the new one begins. */
static BOOL make_absolute(char **path)
{
	char *here, *whole;

	if (**path == '/')
		return TRUE;
	here = getcwd(NULL, 0);
	if (!here)
		return win32_fail_errno(-errno);
	if (asprintf(&whole, "%s/%s", here, *path) < 0)
		whole = NULL;
	free(here);
	if (!whole)
		return win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	free(*path);
	*path = whole;
	return TRUE;
}

static BOOL find_program(struct win32_creation *creation, const struct win32_request *request)
{
	const char *given = request->command_line ? request->command_line :
						    request->application;
	DWORD error;

	given += strspn(given, " \t");
	if (!win32_program_find(request->application, given, &creation->path,
				&creation->line))
		return FALSE;
	if (request->directory && !make_absolute(&creation->path))
		return FALSE;
	error = request->flags & CREATE_SUSPENDED ? win32_program_check(creation->path) :
						    NO_ERROR;
	if (error)
		return win32_fail(error);
	/* Of a path as the command line blanks are not what is between arguments. */
	if (!creation->line && !request->command_line)
		creation->line = win32_command_line_of((char *[]){ (char *)given, NULL });
	else if (!creation->line)
		creation->line = strdup(given);
	if (creation->line)
		creation->arguments = win32_arguments_of(creation->line, true);
	if (!creation->arguments)
		return win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	creation->environment = win32_environment_of(request->environment,
						     request->flags &
						     CREATE_UNICODE_ENVIRONMENT);
	return creation->environment ? TRUE : FALSE;
}

/* A standard handle that was set: the child has it if it inherits it. */
static void give_standard(struct win32_creation *creation, int index, HANDLE handle)
{
	const struct win32_gift *gift = win32_heritage_find(&creation->heritage, handle);
	bool is_file = gift && gift->slot.is_file;

	creation->heritage.is_standard[index] = true;
	creation->heritage.standard[index] = gift ? (gift->number + 1) * 4 : 0;
	creation->spawn.standard[index] = is_file ? gift->fd : -1;
}

/*
 * What was not asked for otherwise is what this process has.  A handle that is not
 * inherited is none for the child, but its descriptor is.
 */
static void pass_standard(struct win32_creation *creation, int index)
{
	HANDLE handle;

	creation->spawn.standard[index] = index;
	if (!win32_standard_is_set(index, &handle))
		return;
	creation->files[index] = handle ? win32_file_get(handle) : NULL;
	if (win32_heritage_find(&creation->heritage, handle))
		give_standard(creation, index, handle);
	else if (creation->files[index])
		creation->spawn.standard[index] = creation->files[index]->fd;
	else
		give_standard(creation, index, NULL);
}

static BOOL make_heritage(struct win32_creation *creation, const struct win32_request *request)
{
	DWORD last_error = GetLastError();
	int error, i;

	if (request->inherit) {
		error = win32_heritage_collect(creation->process, &creation->heritage);
		if (error)
			return win32_fail_errno(error);
	}
	creation->heritage.command_line = creation->line;
	for (i = 0; i < 3; i++) {
		if (request->startup_flags & STARTF_USESTDHANDLES)
			give_standard(creation, i, request->standard[i]);
		else
			pass_standard(creation, i);
	}
	/* That a standard handle is none is no error. */
	SetLastError(last_error);
	return TRUE;
}

/* What lets it begin is an event, of which it has a descriptor. */
static BOOL make_resume(struct win32_creation *creation)
{
	struct wapi_client *client = creation->process->client;
	int error, fd;

	error = wapi_event_new(client, WAPI_NEW_MANUAL, NULL, &creation->event, NULL);
	if (error) {
		creation->event = 0;
		return win32_fail_errno(error);
	}
	error = wapi_to_fd(client, creation->event, O_CLOEXEC, &fd);
	if (error)
		return win32_fail_errno(error);
	creation->spawn.resume_fd = win32_fd_above_standard(fd);
	if (creation->spawn.resume_fd < 0)
		return win32_fail_errno(-errno);
	creation->heritage.resume = creation->event;
	return TRUE;
}

static void set_priority(struct win32_spawn *spawn, DWORD flags)
{
	static const struct {
		DWORD class;
		int nice;
	} classes[] = {
		{ IDLE_PRIORITY_CLASS,		19 },
		{ BELOW_NORMAL_PRIORITY_CLASS,	10 },
		{ NORMAL_PRIORITY_CLASS,	0 },
		{ ABOVE_NORMAL_PRIORITY_CLASS,	-5 },
		{ HIGH_PRIORITY_CLASS,		-10 },
		{ REALTIME_PRIORITY_CLASS,	-20 },
	};
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!(flags & classes[i].class))
			continue;
		spawn->has_nice = true;
		spawn->nice = classes[i].nice;
	}
}

BOOL win32_create_prepare(struct win32_creation *creation,
			  const struct win32_request *request)
{
	struct win32_spawn *spawn = &creation->spawn;

	if (!find_program(creation, request) || !make_heritage(creation, request) ||
	    (request->flags & CREATE_SUSPENDED && !make_resume(creation)))
		return FALSE;
	spawn->path = creation->path;
	spawn->arguments = creation->arguments;
	spawn->environment = creation->environment;
	spawn->directory = request->directory;
	spawn->heritage = &creation->heritage;
	spawn->new_group = request->flags & CREATE_NEW_PROCESS_GROUP;
	spawn->new_session = request->flags & (DETACHED_PROCESS | CREATE_NO_WINDOW);
	set_priority(spawn, request->flags);
	return TRUE;
}
