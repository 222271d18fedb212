// SPDX-License-Identifier: LGPL-2.1-or-later
/* The program of this process: where it is. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *win32_program_path(void)
{
	static const char deleted[] = " (deleted)";
	size_t room = 256, length;
	char *path, *more;
	ssize_t n;

	for (path = NULL;; room *= 2) {
		more = realloc(path, room);
		if (!more) {
			free(path);
			win32_fail(ERROR_NOT_ENOUGH_MEMORY);
			return NULL;
		}
		path = more;
		n = readlink("/proc/self/exe", path, room - 1);
		if (n < 0) {
			win32_fail_errno(-errno);
			free(path);
			return NULL;
		}
		if ((size_t)n < room - 1)
			break;
	}
	path[n] = '\0';
	length = sizeof(deleted) - 1;
	/* Said of a program whose file is gone, not a part of its name. */
	if ((size_t)n > length && !strcmp(path + n - length, deleted) && access(path, F_OK))
		path[n - length] = '\0';
	return path;
}

WIN32_EXPORT DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR path, DWORD size)
{
	char *whole;
	size_t length;

	if (module) {
		win32_fail(ERROR_MOD_NOT_FOUND);
		return 0;
	}
	if (!path || !size) {
		win32_fail(ERROR_INSUFFICIENT_BUFFER);
		return 0;
	}
	whole = win32_program_path();
	if (!whole)
		return 0;
	length = strlen(whole);
	if (length >= size) {
		/* Not in the middle of a character. */
		for (length = size - 1; length && (whole[length] & 0xc0) == 0x80; length--)
			;
		memset(path, 0, size);
		win32_fail(ERROR_INSUFFICIENT_BUFFER);
		memcpy(path, whole, length);
		length = size;
	} else {
		memcpy(path, whole, length + 1);
	}
	free(whole);
	return length;
}

WIN32_EXPORT DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR path, DWORD size)
{
	char *narrow;
	size_t length;
	WCHAR *whole;

	if (module) {
		win32_fail(ERROR_MOD_NOT_FOUND);
		return 0;
	}
	if (!path || !size) {
		win32_fail(ERROR_INSUFFICIENT_BUFFER);
		return 0;
	}
	narrow = win32_program_path();
	whole = narrow ? win32_utf16_of(narrow) : NULL;
	free(narrow);
	if (!whole)
		return 0;
	length = win32_length(whole);
	if (length >= size) {
		memcpy(path, whole, (size - 1) * sizeof(*path));
		path[size - 1] = 0;
		win32_fail(ERROR_INSUFFICIENT_BUFFER);
		length = size;
	} else {
		memcpy(path, whole, (length + 1) * sizeof(*path));
	}
	free(whole);
	return length;
}
