// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The environment, which is that of the C library.
 *
 * The lock is for those who use these functions; whoever calls setenv() himself while
 * others read does what the C library forbids anyway.
 */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor(105))) static void start(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

static bool is_name(const char *name)
{
	return name && *name && !strchr(name, '=');
}

/* A copy of a value, or NULL with the last error set. */
static char *value_of(const char *name)
{
	const char *value;
	char *copy = NULL;

	if (!is_name(name)) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	pthread_mutex_lock(&lock);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): with the lock */
	value = getenv(name);
	if (value)
		copy = strdup(value);
	pthread_mutex_unlock(&lock);
	if (!copy)
		win32_fail(value ? ERROR_NOT_ENOUGH_MEMORY : ERROR_ENVVAR_NOT_FOUND);
	return copy;
}

char *win32_environment_value(const char *name)
{
	const char *value;
	char *copy;

	pthread_mutex_lock(&lock);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): with the lock */
	value = getenv(name);
	copy = value ? strdup(value) : NULL;
	pthread_mutex_unlock(&lock);
	return copy;
}

/* All strings, one after the other, and an empty one; @size with that. */
static char *all_strings(size_t *size)
{
	char **variable, *strings, *to;

	pthread_mutex_lock(&lock);
	*size = 1;
	for (variable = environ; variable && *variable; variable++)
		*size += strlen(*variable) + 1;
	/* Without any there are two zeros all the same. */
	strings = calloc(1, *size + 1);
	to = strings;
	for (variable = environ; to && variable && *variable; variable++)
		to = stpcpy(to, *variable) + 1;
	pthread_mutex_unlock(&lock);
	if (!strings)
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	return strings;
}

/* In UTF-16, with all the zeros; or NULL with the last error set. */
static WCHAR *wide_strings(const char *strings, size_t size)
{
	WCHAR *wide = calloc(size + 1, sizeof(*wide)), *to = wide, *one;
	const char *from;
	size_t length;

	if (!wide) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	/* In UTF-16 nothing has more units than it has bytes in UTF-8. */
	for (from = strings; *from; from += strlen(from) + 1) {
		one = win32_utf16_of(from);
		if (!one) {
			free(wide);
			return NULL;
		}
		length = win32_length(one) + 1;
		memcpy(to, one, length * sizeof(*to));
		to += length;
		free(one);
	}
	return wide;
}

/* In UTF-8; or NULL with the last error set. */
static char *narrow_strings(const WCHAR *wide)
{
	char *strings, *to, *one;
	const WCHAR *from;

	for (from = wide; *from; from += win32_length(from) + 1)
		;
	strings = calloc(1, 3 * (size_t)(from - wide) + 2);
	to = strings;
	if (!strings) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	for (from = wide; *from; from += win32_length(from) + 1) {
		one = win32_utf8_of(from);
		if (!one) {
			free(strings);
			return NULL;
		}
		to = stpcpy(to, one) + 1;
		free(one);
	}
	return strings;
}

char **win32_environment_of(const void *block, bool unicode)
{
	size_t size = 0, count = 0, i;
	char *strings, *from, **variables;

	if (!block) {
		strings = all_strings(&size);
	} else if (unicode) {
		strings = narrow_strings(block);
	} else {
		/* Lent, until it is copied below. */
		strings = (char *)block;
	}
	if (!strings)
		return NULL;
	for (from = strings; *from; from += strlen(from) + 1)
		count++;
	size = from - strings + 1;
	variables = malloc((count + 1) * sizeof(*variables) + size);
	if (variables) {
		from = memcpy(variables + count + 1, strings, size);
		for (i = 0; i < count; i++, from += strlen(from) + 1)
			variables[i] = from;
		variables[count] = NULL;
	} else {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	}
	if (strings != block)
		free(strings);
	return variables;
}

/* How all who give text end, the final zero counted or not: nothing is cut off. */
static DWORD give(void *to, DWORD room, const void *text, size_t length, size_t unit,
		  bool count_zero)
{
	if (length >= UINT32_MAX) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return 0;
	}
	if (!to || room <= length)
		return length + 1;
	memcpy(to, text, (length + 1) * unit);
	return length + count_zero;
}

static DWORD give_wide(WCHAR *to, DWORD room, const char *text, bool count_zero)
{
	WCHAR *wide = win32_utf16_of(text);
	DWORD length = 0;

	if (wide)
		length = give(to, room, wide, win32_length(wide), sizeof(*wide), count_zero);
	free(wide);
	return length;
}

WIN32_EXPORT DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR value, DWORD size)
{
	char *copy = value_of(name);
	DWORD length = 0;

	if (copy)
		length = give(value, size, copy, strlen(copy), 1, false);
	free(copy);
	return length;
}

/* NULL stays NULL, which is no error. */
static bool narrow(const WCHAR *text, char **copy)
{
	*copy = text ? win32_utf8_of(text) : NULL;
	return *copy || !text;
}

WIN32_EXPORT DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR value, DWORD size)
{
	char *narrow_name, *copy = NULL;
	DWORD length = 0;

	if (!narrow(name, &narrow_name))
		return 0;
	copy = value_of(narrow_name);
	if (copy)
		length = give_wide(value, size, copy, false);
	free(copy);
	free(narrow_name);
	return length;
}

WIN32_EXPORT BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value)
{
	bool is_there = true;
	int error;

	if (!is_name(name))
		return win32_fail(ERROR_INVALID_PARAMETER);
	pthread_mutex_lock(&lock);
	if (!value)
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): with the lock */
		is_there = getenv(name);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): with the lock */
	error = value ? setenv(name, value, 1) : unsetenv(name);
	pthread_mutex_unlock(&lock);
	if (error)
		return win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	return is_there ? TRUE : win32_fail(ERROR_ENVVAR_NOT_FOUND);
}

WIN32_EXPORT BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value)
{
	char *narrow_name = NULL, *narrow_value = NULL;
	BOOL done = FALSE;

	if (narrow(name, &narrow_name) && narrow(value, &narrow_value))
		done = SetEnvironmentVariableA(narrow_name, narrow_value);
	free(narrow_name);
	free(narrow_value);
	return done;
}

WIN32_EXPORT LPSTR WINAPI GetEnvironmentStringsA(void)
{
	size_t size;

	return all_strings(&size);
}

WIN32_EXPORT LPWSTR WINAPI GetEnvironmentStringsW(void)
{
	size_t size;
	char *strings = all_strings(&size);
	WCHAR *wide = strings ? wide_strings(strings, size) : NULL;

	free(strings);
	return wide;
}

WIN32_EXPORT BOOL WINAPI FreeEnvironmentStringsA(LPSTR strings)
{
	free(strings);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI FreeEnvironmentStringsW(LPWSTR strings)
{
	free(strings);
	return TRUE;
}

/* What stands for %name%, or NULL: it stays. */
static const char *value_between(const char *name, size_t length)
{
	char *copy = strndup(name, length);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): with the lock */
	const char *value = copy && is_name(copy) ? getenv(copy) : NULL;

	free(copy);
	return value;
}

/* Written to @to, if that is not NULL; returns the length. */
static size_t expand_locked(const char *from, char *to)
{
	const char *percent, *value;
	size_t length = 0, n;

	for (; *from; from += n) {
		percent = *from == '%' ? strchr(from + 1, '%') : NULL;
		value = percent ? value_between(from + 1, percent - from - 1) : NULL;
		if (value) {
			if (to)
				memcpy(to + length, value, strlen(value));
			length += strlen(value);
			n = percent - from + 1;
			continue;
		}
		/* The second "%" may be the first of a variable. */
		n = 1 + strcspn(from + 1, "%");
		if (to)
			memcpy(to + length, from, n);
		length += n;
	}
	if (to)
		to[length] = '\0';
	return length;
}

static char *expanded(const char *source)
{
	char *text;

	if (!source) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	pthread_mutex_lock(&lock);
	text = malloc(expand_locked(source, NULL) + 1);
	if (text)
		expand_locked(source, text);
	pthread_mutex_unlock(&lock);
	if (!text)
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	return text;
}

WIN32_EXPORT DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR source, LPSTR destination,
						    DWORD size)
{
	char *text = expanded(source);
	DWORD length = 0;

	if (text)
		length = give(destination, size, text, strlen(text), 1, true);
	free(text);
	return length;
}

WIN32_EXPORT DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR source, LPWSTR destination,
						    DWORD size)
{
	char *narrow_source, *text = NULL;
	DWORD length = 0;

	if (!narrow(source, &narrow_source))
		return 0;
	text = expanded(narrow_source);
	if (text)
		length = give_wide(destination, size, text, true);
	free(text);
	free(narrow_source);
	return length;
}
