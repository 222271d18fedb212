// SPDX-License-Identifier: LGPL-2.1-or-later
/* FormatMessage(): where a message is found, and how its text is handed out. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define FROM_ANY (FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_FROM_SYSTEM | \
		  FORMAT_MESSAGE_FROM_HMODULE)
#define KNOWN_FLAGS (FROM_ANY | FORMAT_MESSAGE_ALLOCATE_BUFFER | \
		     FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_ARGUMENT_ARRAY | \
		     FORMAT_MESSAGE_MAX_WIDTH_MASK)

/* An HRESULT that is made of an error. */
#define FACILITY_WIN32	0x80070000u
#define FACILITY	0xffff0000u

static bool speaks(DWORD language)
{
	WORD primary = language & 0x3ff;

	return primary == LANG_NEUTRAL || primary == LANG_ENGLISH;
}

/* A text of the system, or NULL with the last error set. */
static char *from_system(DWORD message, DWORD language)
{
	const char *text;
	size_t length;
	char *copy;

	if (!speaks(language)) {
		win32_fail(ERROR_RESOURCE_LANG_NOT_FOUND);
		return NULL;
	}
	if ((message & FACILITY) == FACILITY_WIN32)
		message &= ~FACILITY;
	text = win32_system_message(message);
	if (!text) {
		win32_fail(ERROR_MR_MID_NOT_FOUND);
		return NULL;
	}
	length = strlen(text);
	copy = malloc(length + sizeof("\r\n"));
	if (!copy) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	memcpy(copy, text, length);
	memcpy(copy + length, "\r\n", sizeof("\r\n"));
	return copy;
}

/* What a string says, in UTF-8 that is well-formed. */
static char *from_string(LPCVOID source, bool wide)
{
	WCHAR *checked;
	char *copy;

	if (wide)
		return win32_utf8_of(source);
	checked = win32_utf16_of(source);
	if (!checked)
		return NULL;
	free(checked);
	copy = strdup(source);
	if (!copy)
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	return copy;
}

/* The message as it is before anything is put in. */
static char *find(DWORD flags, LPCVOID source, DWORD message, DWORD language, bool wide)
{
	if (flags & FORMAT_MESSAGE_FROM_STRING)
		return from_string(source, wide);
	if (flags & FORMAT_MESSAGE_FROM_SYSTEM)
		return from_system(message, language);
	win32_fail(ERROR_RESOURCE_TYPE_NOT_FOUND);
	return NULL;
}

static bool are_good(DWORD flags, LPCVOID source, const void *buffer)
{
	DWORD from = flags & FROM_ANY;

	if (!(flags & ~KNOWN_FLAGS) && from && buffer &&
	    (!(from & FORMAT_MESSAGE_FROM_STRING) ||
	     (from == FORMAT_MESSAGE_FROM_STRING && source)))
		return true;
	win32_fail(ERROR_INVALID_PARAMETER);
	return false;
}

/* All of it but the last step: UTF-8 for free(), or NULL with the last error set. */
static char *make(DWORD flags, LPCVOID source, DWORD message, DWORD language, bool wide,
		  va_list *arguments)
{
	struct win32_inserts inserts = {
		.wide = wide,
		.ignore = flags & FORMAT_MESSAGE_IGNORE_INSERTS,
	};
	char *text = find(flags, source, message, language, wide), *expanded;

	if (!text)
		return NULL;
	if (flags & FORMAT_MESSAGE_ARGUMENT_ARRAY)
		inserts.array = (const ULONG_PTR *)arguments;
	else
		inserts.list = arguments;
	expanded = win32_message_expand(text, flags & FORMAT_MESSAGE_MAX_WIDTH_MASK, &inserts);
	free(text);
	return expanded;
}

/* Hand out @length characters and a zero; takes @text over. */
static DWORD deliver(DWORD flags, void *text, size_t length, size_t width, void *buffer,
		     DWORD size)
{
	void *roomy;

	if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
		roomy = size > length ? realloc(text, size * width) : text;
		if (!roomy) {
			free(text);
			return win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		}
		*(void **)buffer = roomy;
		return length;
	}
	if (size <= length) {
		free(text);
		return win32_fail(ERROR_INSUFFICIENT_BUFFER);
	}
	memcpy(buffer, text, (length + 1) * width);
	free(text);
	return length;
}

static void clear(DWORD flags, void *buffer)
{
	if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER && buffer)
		*(void **)buffer = NULL;
}

WIN32_EXPORT DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD message,
					 DWORD language, LPSTR buffer, DWORD size,
					 va_list *arguments)
{
	char *text;

	if (!are_good(flags, source, buffer))
		return 0;
	clear(flags, buffer);
	text = make(flags, source, message, language, false, arguments);
	if (!text)
		return 0;
	return deliver(flags, text, strlen(text), sizeof(*text), buffer, size);
}

WIN32_EXPORT DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD message,
					 DWORD language, LPWSTR buffer, DWORD size,
					 va_list *arguments)
{
	WCHAR *wide;
	char *text;

	if (!are_good(flags, source, buffer))
		return 0;
	clear(flags, buffer);
	text = make(flags, source, message, language, true, arguments);
	if (!text)
		return 0;
	wide = win32_utf16_of(text);
	free(text);
	if (!wide)
		return 0;
	return deliver(flags, wide, win32_length(wide), sizeof(*wide), buffer, size);
}

WIN32_EXPORT HLOCAL WINAPI LocalFree(HLOCAL memory)
{
	free(memory);
	return NULL;
}
