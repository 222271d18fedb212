// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Programs: where CreateProcess() finds one, and why one cannot be started.
 *
 * Windows' directories are not here: after the program's own and the current one come
 * those of PATH.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

DWORD win32_program_error(int error)
{
	switch (error) {
	case ENOENT:
		return ERROR_FILE_NOT_FOUND;
	case ENOTDIR:
		return ERROR_PATH_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ERROR_ACCESS_DENIED;
	case ENOEXEC:
	case ELIBBAD:
	case EINVAL:
		return ERROR_BAD_EXE_FORMAT;
	case ETXTBSY:
		return ERROR_SHARING_VIOLATION;
	case E2BIG:
	case ENAMETOOLONG:
		return ERROR_FILENAME_EXCED_RANGE;
	case ELOOP:
		return ERROR_CANT_RESOLVE_FILENAME;
	default:
		return win32_error_of(-error);
	}
}

/* A search, and the error of what came nearest to being found. */
struct search {
	char *found;
	DWORD error;
};

/* Take it, if it is a program; true ends the search. */
static bool try_path(struct search *search, const char *path)
{
	struct stat status;

	if (stat(path, &status)) {
		if (errno == EACCES || errno == ENAMETOOLONG || errno == ELOOP)
			search->error = win32_program_error(errno);
		return false;
	}
	if (!S_ISREG(status.st_mode) || access(path, X_OK)) {
		search->error = ERROR_ACCESS_DENIED;
		return false;
	}
	search->found = strdup(path);
	if (!search->found)
		search->error = ERROR_NOT_ENOUGH_MEMORY;
	return true;
}

static bool try_in(struct search *search, const char *directory, size_t length,
		   const char *name, const char *ending)
{
	char *path;
	bool done;

	if (asprintf(&path, "%.*s%s%s%s", (int)length, directory, length ? "/" : "", name,
		     ending) < 0) {
		search->error = ERROR_NOT_ENOUGH_MEMORY;
		return true;
	}
	done = try_path(search, path);
	free(path);
	return done;
}

static bool try_environment_path(struct search *search, const char *path, const char *name,
				 const char *ending)
{
	size_t length;

	for (; path && *path; path += length + (path[length] == ':')) {
		length = strcspn(path, ":");
		/* An empty one is the current directory, where it is not. */
		if (length && try_in(search, path, length, name, ending))
			return true;
	}
	return false;
}

/* Where it may be, in the order in which it is looked for. */
static bool try_everywhere(struct search *search, const char *name, const char *ending)
{
	char *own, *path;
	bool done;

	if (strchr(name, '/'))
		return try_in(search, "", 0, name, ending);
	own = win32_program_path();
	done = own && try_in(search, own, strrchr(own, '/') - own, name, ending);
	free(own);
	if (done || try_in(search, ".", 1, name, ending))
		return true;
	path = win32_environment_value("PATH");
	done = try_environment_path(search, path, name, ending);
	free(path);
	return done;
}

static bool try_name(struct search *search, const char *name)
{
	const char *last = strrchr(name, '/');

	if (!*name)
		return false;
	if (try_everywhere(search, name, ""))
		return true;
	return !strchr(last ? last : name, '.') && try_everywhere(search, name, ".exe");
}

/* The directory of a path may be what is missing. */
static DWORD error_of_missing(const char *path)
{
	const char *last = strrchr(path, '/');
	DWORD error = ERROR_FILE_NOT_FOUND;
	struct stat status;
	char *directory;

	if (!last || last == path)
		return error;
	directory = strndup(path, last - path);
	if (!directory)
		return ERROR_NOT_ENOUGH_MEMORY;
	if (stat(directory, &status) || !S_ISDIR(status.st_mode))
		error = ERROR_PATH_NOT_FOUND;
	free(directory);
	return error;
}

/* How much of a command line is the name, quotes included, if it ends at the first blank. */
static size_t first_word(const char *line)
{
	return *line == '"' ? strcspn(line + 1, "\"") + 1 : strcspn(line, " \t");
}

/* The blanks may be of the path: as much is the name as is a program. */
static bool try_words(struct search *search, const char *line, size_t *length)
{
	size_t end = first_word(line), first = *line == '"';
	char *name;
	bool done;

	for (;;) {
		name = strndup(line + first, end - first);
		if (!name) {
			search->error = ERROR_NOT_ENOUGH_MEMORY;
			return true;
		}
		done = try_name(search, name);
		if (!done && search->error == ERROR_SUCCESS)
			search->error = error_of_missing(name);
		free(name);
		*length = end;
		if (done || first || !line[end])
			return done;
		end += strspn(line + end, " \t");
		end += strcspn(line + end, " \t");
	}
}

/* The name in quotes, as it has blanks, so that the program finds it in one piece. */
static bool quote_name(const char *line, size_t length, char **quoted)
{
	return asprintf(quoted, "\"%.*s\"%s", (int)length, line, line + length) >= 0;
}

BOOL win32_program_find(const char *application, const char *command_line, char **path,
			char **line)
{
	struct search search = { .error = ERROR_SUCCESS };
	size_t length = 0;

	*line = NULL;
	if (application) {
		if (!try_path(&search, application) && !search.error)
			search.error = *application ? error_of_missing(application) :
						      ERROR_PATH_NOT_FOUND;
	} else if (try_words(&search, command_line, &length) && search.found &&
		   *command_line != '"' && length > first_word(command_line) &&
		   !quote_name(command_line, length, line)) {
		*line = NULL;
		free(search.found);
		search.found = NULL;
		search.error = ERROR_NOT_ENOUGH_MEMORY;
	}
	*path = search.found;
	return search.found ? TRUE : win32_fail(search.error);
}

/* What a script and a program begin with.  What else binfmt_misc takes is not known. */
DWORD win32_program_check(const char *path)
{
	static const char elf[4] = { 0x7f, 'E', 'L', 'F' };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char begins[4] = { 0 };
	ssize_t n;

	/* Who may only execute it cannot look: let execve() say it. */
	if (fd < 0)
		return NO_ERROR;
	do
		n = read(fd, begins, sizeof(begins));
	while (n < 0 && errno == EINTR);
	close(fd);
	if (n < 0 || !memcmp(begins, elf, sizeof(elf)) || !memcmp(begins, "#!", 2))
		return NO_ERROR;
	return ERROR_BAD_EXE_FORMAT;
}
