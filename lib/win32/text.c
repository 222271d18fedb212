// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Text: from UTF-8 to UTF-16 and back.
 *
 * What is not ASCII is converted by the C library, in a locale of UTF-8 that is no
 * thread's own but for that moment.  A pair of surrogates is put together here, as the
 * C library's functions for UTF-16 tell lone ones differently.
 */
#include "internal.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

/* Bytes of UTF-8 for a WCHAR, at most; a pair of surrogates is 4. */
#define BYTES_MAX	3

#define FIRST_PAIRED	0x10000u
#define LAST_CHARACTER	0x10ffffu

static locale_t utf8;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* By trying: a static program knows of no locale which code it has. */
static bool is_utf8(locale_t locale)
{
	locale_t own = uselocale(locale);
	mbstate_t state = { 0 };
	char32_t c = 0;
	bool is = mbrtoc32(&c, "\xe2\x82\xac", 3, &state) == 3 && c == 0x20ac;

	uselocale(own);
	return is;
}

/* The second is for a system that has not the first: the user's, if it is of UTF-8. */
static void find_locale(void)
{
	static const char *const names[] = { "C.UTF-8", "" };
	locale_t found;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !utf8; i++) {
		found = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
		if (found && is_utf8(found))
			utf8 = found;
		else if (found)
			freelocale(found);
	}
}

/* The thread's own locale, for leave(); or 0 with the last error set. */
static locale_t enter(void)
{
	pthread_once(&once, find_locale);
	if (!utf8) {
		win32_fail(ERROR_NOT_SUPPORTED);
		return (locale_t)0;
	}
	return uselocale(utf8);
}

static void leave(locale_t own)
{
	uselocale(own);
}

static bool is_high(char32_t c)
{
	return c >= 0xd800 && c < 0xdc00;
}

static bool is_low(char32_t c)
{
	return c >= 0xdc00 && c < 0xe000;
}

size_t win32_length(const WCHAR *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

/* How many characters are ASCII, from the beginning. */
static size_t ascii_to_narrow(const WCHAR *from, size_t length, char *to)
{
	size_t i;

	for (i = 0; i < length && from[i] < 0x80; i++)
		to[i] = (char)from[i];
	return i;
}

static size_t ascii_to_wide(const char *from, size_t bytes, WCHAR *to)
{
	size_t i;

	for (i = 0; i < bytes && !(from[i] & 0x80); i++)
		to[i] = (unsigned char)from[i];
	return i;
}

/* How many bytes that gives, or -1. */
static ssize_t to_narrow(const WCHAR *from, size_t length, char *to)
{
	mbstate_t state = { 0 };
	size_t i, n, done = 0;
	char32_t c;

	for (i = 0; i < length; i++) {
		c = from[i];
		if (is_high(c) && i + 1 < length && is_low(from[i + 1]))
			c = FIRST_PAIRED + ((c - 0xd800) << 10) + (from[++i] - 0xdc00);
		else if (is_high(c) || is_low(c))
			return -1;
		n = c32rtomb(to + done, c, &state);
		if (n == (size_t)-1)
			return -1;
		done += n;
	}
	return done;
}

/* How many characters that gives, or -1. */
static ssize_t to_wide(const char *from, size_t bytes, WCHAR *to)
{
	mbstate_t state = { 0 };
	size_t i, n, done = 0;
	char32_t c;

	for (i = 0; i < bytes; i += n) {
		n = mbrtoc32(&c, from + i, bytes - i, &state);
		/* No character, or only the beginning of one. */
		if (n > bytes - i || c > LAST_CHARACTER || is_high(c) || is_low(c))
			return -1;
		if (!n)
			n = 1;
		if (c >= FIRST_PAIRED) {
			to[done++] = 0xd800 + ((c - FIRST_PAIRED) >> 10);
			c = 0xdc00 + ((c - FIRST_PAIRED) & 0x3ff);
		}
		to[done++] = c;
	}
	return done;
}

static void *no_translation(void *memory)
{
	free(memory);
	win32_fail(ERROR_NO_UNICODE_TRANSLATION);
	return NULL;
}

char *win32_utf8_of_part(const WCHAR *text, size_t length, size_t *bytes)
{
	char *copy = malloc(length * BYTES_MAX + 1);
	ssize_t n = 0;
	size_t ascii;
	locale_t own;

	if (!copy) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	ascii = ascii_to_narrow(text, length, copy);
	if (ascii < length) {
		own = enter();
		if (!own) {
			free(copy);
			return NULL;
		}
		n = to_narrow(text + ascii, length - ascii, copy + ascii);
		leave(own);
	}
	if (n < 0)
		return no_translation(copy);
	copy[ascii + n] = '\0';
	*bytes = ascii + n;
	return copy;
}

WCHAR *win32_utf16_of_part(const char *text, size_t bytes, size_t *length)
{
	WCHAR *copy = malloc((bytes + 1) * sizeof(*copy));
	ssize_t n = 0;
	size_t ascii;
	locale_t own;

	if (!copy) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	ascii = ascii_to_wide(text, bytes, copy);
	if (ascii < bytes) {
		own = enter();
		if (!own) {
			free(copy);
			return NULL;
		}
		n = to_wide(text + ascii, bytes - ascii, copy + ascii);
		leave(own);
	}
	if (n < 0)
		return no_translation(copy);
	copy[ascii + n] = 0;
	*length = ascii + n;
	return copy;
}

char *win32_utf8_of(const WCHAR *text)
{
	size_t bytes;

	return win32_utf8_of_part(text, win32_length(text), &bytes);
}

WCHAR *win32_utf16_of(const char *text)
{
	size_t length;

	return win32_utf16_of_part(text, strlen(text), &length);
}
