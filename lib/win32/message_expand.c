// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is put into messages, and where their lines end.
 *
 * All is done in UTF-8; of widths and precisions, a character is one of the text that
 * the caller asked for.
 */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line break that stays one, unlike a space where a line may be broken. */
#define HARD_BREAK "\r\n"
#define NOT_GIVEN (-1)
#define WIDTH_MAX 65535

/* One conversion of printf(). */
struct conversion {
	bool left;
	char flags[8];
	int width;
	int precision;		/* or negative: none */
	char size;		/* 0, or one of "hlw" */
	char what;
};

struct expansion {
	FILE *out;
	struct win32_inserts *inserts;
	unsigned int line;	/* what a line may have; 0: lines end where they do */
	DWORD error;
};

static bool fail(struct expansion *expansion, DWORD error)
{
	if (!expansion->error)
		expansion->error = error;
	return false;
}

/* The arguments of a va_list can only be fetched in order, and each once. */
static bool argument(struct expansion *expansion, unsigned int number, ULONG_PTR *value)
{
	struct win32_inserts *inserts = expansion->inserts;

	if (inserts->array) {
		*value = inserts->array[number - 1];
		return true;
	}
	if (!inserts->list || number > WIN32_INSERTS)
		return fail(expansion, ERROR_INVALID_PARAMETER);
	/* NOLINTBEGIN(clang-analyzer-valist.Uninitialized): the caller's, who began it */
	while (inserts->fetched < number)
		inserts->values[inserts->fetched++] = va_arg(*inserts->list, ULONG_PTR);
	/* NOLINTEND(clang-analyzer-valist.Uninitialized) */
	*value = inserts->values[number - 1];
	return true;
}

/* A number, or a '*' for the next argument; @number stays if neither is there. */
static bool parse_number(struct expansion *expansion, const char **format,
			 unsigned int *next, int *number)
{
	ULONG_PTR value;

	if (**format == '*') {
		++*format;
		if (!argument(expansion, (*next)++, &value))
			return false;
		*number = (LONG)value;
	} else if (isdigit((unsigned char)**format)) {
		*number = 0;
		while (isdigit((unsigned char)**format) && *number <= WIDTH_MAX)
			*number = *number * 10 + *(*format)++ - '0';
	}
	if (*number > WIDTH_MAX || *number < -WIDTH_MAX)
		return fail(expansion, ERROR_INVALID_PARAMETER);
	return true;
}

/* What is between two '!'; @format is left behind the second. */
static bool parse(struct expansion *expansion, const char **format, unsigned int *next,
		  struct conversion *conversion)
{
	size_t n = 0;

	for (; **format && strchr("-+ #0", **format); ++*format) {
		if (**format == '-')
			conversion->left = true;
		else if (n < sizeof(conversion->flags) - 1)
			conversion->flags[n++] = **format;
	}
	if (!parse_number(expansion, format, next, &conversion->width))
		return false;
	if (conversion->width < 0) {
		conversion->left = true;
		conversion->width = -conversion->width;
	}
	if (**format == '.') {
		++*format;
		conversion->precision = 0;
		if (!parse_number(expansion, format, next, &conversion->precision))
			return false;
	}
	if (**format && strchr("hlw", **format))
		conversion->size = *(*format)++;
	conversion->what = *(*format)++;
	if (!conversion->what || !strchr("cCdiopsSuxX", conversion->what) || **format != '!')
		return fail(expansion, ERROR_INVALID_PARAMETER);
	++*format;
	return true;
}

static void pad(struct expansion *expansion, const struct conversion *conversion, size_t used)
{
	for (; used < (size_t)conversion->width; used++)
		putc(' ', expansion->out);
}

/* So many bytes of UTF-8, which are @used characters for the caller. */
static void put_padded(struct expansion *expansion, const struct conversion *conversion,
		       const char *text, size_t bytes, size_t used)
{
	if (!conversion->left)
		pad(expansion, conversion, used);
	fwrite(text, 1, bytes, expansion->out);
	if (conversion->left)
		pad(expansion, conversion, used);
}

/* @text, of so many characters, if that is well-formed. */
static bool put_wide(struct expansion *expansion, const struct conversion *conversion,
		     const WCHAR *text, size_t length)
{
	size_t bytes;
	char *narrow = win32_utf8_of_part(text, length, &bytes);

	if (!narrow)
		return fail(expansion, GetLastError());
	put_padded(expansion, conversion, narrow, bytes,
		   expansion->inserts->wide ? length : bytes);
	free(narrow);
	return true;
}

static bool put_narrow(struct expansion *expansion, const struct conversion *conversion,
		       const char *text, size_t bytes)
{
	size_t length;
	WCHAR *checked = win32_utf16_of_part(text, bytes, &length);

	if (!checked)
		return fail(expansion, GetLastError());
	free(checked);
	put_padded(expansion, conversion, text, bytes,
		   expansion->inserts->wide ? length : bytes);
	return true;
}

static bool is_wide(const struct expansion *expansion, const struct conversion *conversion)
{
	bool other = conversion->what == 'S' || conversion->what == 'C';

	if (conversion->size)
		return conversion->size != 'h';
	return expansion->inserts->wide != other;
}

/* What there is of a text of so many bytes without a character that is cut off there. */
static size_t whole(const char *text, size_t bytes)
{
	size_t begin = bytes, needed = 1;
	unsigned char lead;

	while (begin && (text[begin - 1] & 0xc0) == 0x80)
		begin--;
	if (!begin)
		return bytes;
	lead = text[--begin];
	if (lead >= 0xc0)
		needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	return begin + needed > bytes ? begin : bytes;
}

/* No more than the precision, and no half of a character. */
static bool put_text(struct expansion *expansion, const struct conversion *conversion,
		     ULONG_PTR value)
{
	size_t most = conversion->precision < 0 ? PTRDIFF_MAX : (size_t)conversion->precision;
	const WCHAR *wide = (const WCHAR *)value;
	const char *narrow = (const char *)value;
	size_t length;

	if (!value)
		return put_narrow(expansion, conversion, "(null)", strlen("(null)"));
	if (!is_wide(expansion, conversion)) {
		length = strnlen(narrow, most);
		if (length == most)
			length = whole(narrow, length);
		return put_narrow(expansion, conversion, narrow, length);
	}
	for (length = 0; length < most && wide[length]; length++)
		;
	if (length == most && length && wide[length - 1] >= 0xd800 && wide[length - 1] < 0xdc00)
		length--;
	return put_wide(expansion, conversion, wide, length);
}

static bool put_character(struct expansion *expansion, const struct conversion *conversion,
			  ULONG_PTR value)
{
	WCHAR wide = value;
	char narrow = value;

	return is_wide(expansion, conversion) ? put_wide(expansion, conversion, &wide, 1) :
						put_narrow(expansion, conversion, &narrow, 1);
}

/* Numbers are of 32 bits, or of 16; printf() does the rest. */
static bool put_integer(struct expansion *expansion, const struct conversion *conversion,
			ULONG_PTR value)
{
	bool is_signed = conversion->what == 'd' || conversion->what == 'i';
	char format[32];

	snprintf(format, sizeof(format), "%%%s%s*.*ll%c", conversion->flags,
		 conversion->left ? "-" : "", conversion->what);
	if (conversion->size == 'h')
		value = is_signed ? (ULONG_PTR)(LONG_PTR)(SHORT)value : (WORD)value;
	fprintf(expansion->out, format, conversion->width, conversion->precision,
		is_signed ? (long long)(LONG)value : (long long)(DWORD)value);
	return true;
}

static bool put(struct expansion *expansion, const struct conversion *conversion,
		ULONG_PTR value)
{
	switch (conversion->what) {
	case 's':
	case 'S':
		return put_text(expansion, conversion, value);
	case 'c':
	case 'C':
		return put_character(expansion, conversion, value);
	case 'p':
		fprintf(expansion->out, "%0*llX", (int)sizeof(void *) * 2,
			(unsigned long long)value);
		return true;
	default:
		return put_integer(expansion, conversion, value);
	}
}

/* %1 to %99, of which @text is left at the number. */
static bool insert(struct expansion *expansion, const char **text)
{
	struct conversion conversion = {
		.precision = NOT_GIVEN, .what = 's'
	};
	unsigned int number = *(*text)++ - '0';
	ULONG_PTR value = 0;

	if (isdigit((unsigned char)**text))
		number = number * 10 + *(*text)++ - '0';
	if (**text == '!') {
		++*text;
		if (!parse(expansion, text, &number, &conversion))
			return false;
	}
	return argument(expansion, number, &value) && put(expansion, &conversion, value);
}

/* What follows a '%'; false at an error, and at the end that %0 is. */
static bool escape(struct expansion *expansion, const char **text)
{
	if (**text >= '1' && **text <= '9') {
		if (!expansion->inserts->ignore)
			return insert(expansion, text);
		putc('%', expansion->out);
		return true;
	}
	switch (*(*text)++) {
	case '0':
		return false;
	case 'n':
		fputs(HARD_BREAK, expansion->out);
		return true;
	case 'r':
		putc('\r', expansion->out);
		return true;
	case '\0':
		return fail(expansion, ERROR_INVALID_PARAMETER);
	default:
		putc((*text)[-1], expansion->out);
		return true;
	}
}

static void soft_break(struct expansion *expansion)
{
	fputs(expansion->line ? " " : HARD_BREAK, expansion->out);
}

static void expand(struct expansion *expansion, const char *text)
{
	while (*text) {
		switch (*text++) {
		case '%':
			if (!escape(expansion, &text))
				return;
			break;
		case '\r':
			if (*text != '\n')
				soft_break(expansion);
			break;
		case '\n':
			soft_break(expansion);
			break;
		default:
			putc(text[-1], expansion->out);
		}
	}
}

/* Break lines where the last space is before they become too long. */
static char *wrap(const char *text, unsigned int line)
{
	size_t most = 2 * strlen(text) + 1, done = 0, begin = 0, space = 0;
	char *out = malloc(most);

	if (!out)
		return NULL;
	for (; *text; text++) {
		if (*text == ' ')
			space = done;
		out[done++] = *text;
		if (*text == '\n') {
			begin = done;
			space = 0;
		}
		if (done - begin > line && space > begin) {
			memmove(out + space + 2, out + space + 1, done - space - 1);
			memcpy(out + space, HARD_BREAK, strlen(HARD_BREAK));
			done++;
			begin = space + 2;
			space = 0;
		}
	}
	out[done] = '\0';
	return out;
}

char *win32_message_expand(const char *text, unsigned int line, struct win32_inserts *inserts)
{
	struct expansion expansion = { .inserts = inserts, .line = line };
	char *expanded = NULL, *wrapped;
	size_t size;

	expansion.out = open_memstream(&expanded, &size);
	if (expansion.out) {
		expand(&expansion, text);
		if (ferror(expansion.out))
			fail(&expansion, ERROR_NOT_ENOUGH_MEMORY);
		if (fclose(expansion.out))
			fail(&expansion, ERROR_NOT_ENOUGH_MEMORY);
	} else {
		fail(&expansion, ERROR_NOT_ENOUGH_MEMORY);
	}
	if (!expansion.error && line && line != FORMAT_MESSAGE_MAX_WIDTH_MASK) {
		wrapped = wrap(expanded, line);
		if (!wrapped)
			fail(&expansion, ERROR_NOT_ENOUGH_MEMORY);
		free(expanded);
		expanded = wrapped;
	}
	if (!expansion.error)
		return expanded;
	free(expanded);
	win32_fail(expansion.error);
	return NULL;
}
