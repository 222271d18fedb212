// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Command lines: the arguments of a program in one text, as Windows has them.
 *
 * A backslash is nothing particular but before a quote: there two of them are one, and
 * one that is left makes the quote a character.  The first argument is a path, in which
 * only quotes count.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/* The first argument; returns where it ends. */
static const char *parse_path(const char *from, char **to)
{
	bool quoted = false;

	for (; *from && (quoted || !is_blank(*from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*(*to)++ = *from;
	}
	*(*to)++ = '\0';
	return from;
}

/* A quote behind so many backslashes, of which half are left. */
static const char *parse_quote(const char *from, size_t slashes, char **to, bool pairs,
			       bool *quoted)
{
	memset(*to, '\\', slashes / 2);
	*to += slashes / 2;
	if (slashes % 2) {
		*(*to)++ = '"';
	} else if (pairs && *quoted && from[1] == '"') {
		*(*to)++ = '"';
		from++;
	} else {
		*quoted = !*quoted;
	}
	return from + 1;
}

/* Another one.  @pairs: two quotes between quotes are one character. */
static const char *parse_argument(const char *from, char **to, bool pairs)
{
	bool quoted = false;
	size_t slashes;

	for (;;) {
		slashes = strspn(from, "\\");
		from += slashes;
		if (*from == '"') {
			from = parse_quote(from, slashes, to, pairs, &quoted);
			continue;
		}
		memset(*to, '\\', slashes);
		*to += slashes;
		if (!*from || (!quoted && is_blank(*from)))
			break;
		*(*to)++ = *from++;
	}
	*(*to)++ = '\0';
	return from;
}

char **win32_arguments_of(const char *command_line, bool pairs)
{
	/* Each argument but the first has a blank before it. */
	size_t length = strlen(command_line), most = length / 2 + 2, count = 0;
	char **arguments = malloc((most + 1) * sizeof(*arguments) + length + 2);
	const char *from = command_line;
	char *to;

	if (!arguments)
		return NULL;
	to = (char *)(arguments + most + 1);
	arguments[count++] = to;
	from = parse_path(from, &to);
	for (from = skip_blanks(from); *from; from = skip_blanks(from)) {
		arguments[count++] = to;
		from = parse_argument(from, &to, pairs);
	}
	arguments[count] = NULL;
	return arguments;
}

/* Never more than 2 for each character, and 3 beside. */
static char *quote_argument(char *to, const char *argument, bool is_path)
{
	bool quoted = !*argument || strpbrk(argument, is_path ? " \t" : " \t\n\v\"");
	size_t slashes;

	if (quoted)
		*to++ = '"';
	for (; *argument; *to++ = *argument++) {
		slashes = strspn(argument, "\\");
		if (slashes && !is_path) {
			memset(to, '\\', 2 * slashes);
			/* Doubled only where a quote follows. */
			to += argument[slashes] == '"' || (quoted && !argument[slashes]) ?
			      2 * slashes : slashes;
			argument += slashes;
			if (!*argument)
				break;
		}
		if (*argument == '"' && !is_path)
			*to++ = '\\';
	}
	if (quoted)
		*to++ = '"';
	return to;
}

char *win32_command_line_of(char *const arguments[])
{
	size_t size = 1, i;
	char *text, *to;

	for (i = 0; arguments[i]; i++)
		size += 2 * strlen(arguments[i]) + 3;
	text = malloc(size);
	if (!text)
		return NULL;
	for (to = text, i = 0; arguments[i]; i++) {
		if (i)
			*to++ = ' ';
		to = quote_argument(to, arguments[i], !i);
	}
	*to = '\0';
	return text;
}

/* All that a file of /proc has, and a zero behind; or NULL. */
static char *read_all(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 0, used = 0;
	char *text = NULL, *more;
	ssize_t n = -1;

	while (fd >= 0) {
		if (room - used < 2) {
			room = room ? 2 * room : 4096;
			more = realloc(text, room);
			if (!more)
				break;
			text = more;
		}
		n = read(fd, text + used, room - used - 1);
		if (n > 0)
			used += n;
		else if (!n || errno != EINTR)
			break;
	}
	if (fd >= 0)
		close(fd);
	if (n) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	*size = used;
	return text;
}

/* Of the arguments that the kernel has. */
static char *command_line_of_this_process(void)
{
	size_t size = 0, count = 0, i;
	char *text = read_all("/proc/self/cmdline", &size), *line = NULL;
	char **arguments;

	if (!text)
		return NULL;
	for (i = 0; i < size; i++)
		count += !text[i];
	arguments = calloc(count + 2, sizeof(*arguments));
	for (i = 0, count = 0; arguments && i < size; i += strlen(text + i) + 1)
		arguments[count++] = text + i;
	if (arguments)
		line = win32_command_line_of(arguments);
	free(arguments);
	free(text);
	return line;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *own_line;
static WCHAR *own_wide_line;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

/* The last, and so the first that is locked: who has it may take others. */
__attribute__((constructor(107))) static void start(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

WIN32_EXPORT LPSTR WINAPI GetCommandLineA(void)
{
	char *line;

	pthread_mutex_lock(&lock);
	if (!own_line)
		own_line = win32_heritage_command_line();
	if (!own_line)
		own_line = command_line_of_this_process();
	line = own_line;
	pthread_mutex_unlock(&lock);
	if (!line)
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	return line;
}

WIN32_EXPORT LPWSTR WINAPI GetCommandLineW(void)
{
	const char *narrow = GetCommandLineA();
	WCHAR *line;

	if (!narrow)
		return NULL;
	pthread_mutex_lock(&lock);
	if (!own_wide_line)
		own_wide_line = win32_utf16_of(narrow);
	line = own_wide_line;
	pthread_mutex_unlock(&lock);
	return line;
}

/* In one piece: the pointers, and behind them the texts. */
static LPWSTR *wide_arguments(WCHAR *const *texts, size_t count)
{
	size_t size = (count + 1) * sizeof(WCHAR *), i;
	LPWSTR *arguments;
	WCHAR *to;

	for (i = 0; i < count; i++)
		size += (win32_length(texts[i]) + 1) * sizeof(WCHAR);
	arguments = malloc(size);
	if (!arguments)
		return NULL;
	to = (WCHAR *)(arguments + count + 1);
	for (i = 0; i < count; i++) {
		size = win32_length(texts[i]) + 1;
		memcpy(to, texts[i], size * sizeof(WCHAR));
		arguments[i] = to;
		to += size;
	}
	arguments[count] = NULL;
	return arguments;
}

static LPWSTR *to_wide(char *const *arguments, int *count)
{
	size_t all = 0, done;
	LPWSTR *wide = NULL;
	WCHAR **texts;

	while (arguments[all])
		all++;
	texts = calloc(all + 1, sizeof(*texts));
	for (done = 0; texts && done < all; done++) {
		texts[done] = win32_utf16_of(arguments[done]);
		if (!texts[done])
			break;
	}
	if (texts && done == all)
		wide = wide_arguments(texts, all);
	if (!wide && (!texts || done == all))
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	if (wide)
		*count = all;
	while (texts && done)
		free(texts[--done]);
	free(texts);
	return wide;
}

WIN32_EXPORT LPWSTR *CommandLineToArgvW(LPCWSTR command_line, int *count)
{
	char *text, **arguments = NULL, *program[2] = { 0 };
	LPWSTR *wide = NULL;

	if (!command_line || !count) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	if (!*command_line) {
		program[0] = win32_program_path();
		if (program[0])
			wide = to_wide(program, count);
		free(program[0]);
		return wide;
	}
	text = win32_utf8_of(command_line);
	if (!text)
		return NULL;
	arguments = win32_arguments_of(text, false);
	if (arguments)
		wide = to_wide(arguments, count);
	else
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	free(arguments);
	free(text);
	return wide;
}
