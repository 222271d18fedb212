// SPDX-License-Identifier: GPL-2.0
/*
 * JSON on standard output, written as it comes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"
#include "wapictl.h"

#define DEPTH	8
#define STYLE	(JSON_ENCODE_ANY | JSON_ENSURE_ASCII)

/* What is open: how deep, how it closes, whether something is in it. */
static char closing[DEPTH];
static bool filled[DEPTH];
static int depth;

static void indent(void)
{
	printf("\n%*s", 2 * depth, "");
}

/* DEL is the one byte of ASCII that jansson leaves as it is and we do not. */
static int write_text(const char *text, size_t size, void *data)
{
	const char *del;

	(void)data;
	for (; (del = memchr(text, '\x7f', size)); text = del + 1) {
		fwrite_unlocked(text, 1, del - text, stdout);
		fputs("\\u007f", stdout);
		size -= del + 1 - text;
	}
	fwrite_unlocked(text, 1, size, stdout);
	/* An error of the output shows when the program ends. */
	return 0;
}

static void dump(json_t *value)
{
	json_dump_callback(need(value), write_text, NULL, STYLE);
	json_decref(value);
}

static void begin_value(const char *key)
{
	if (depth) {
		if (filled[depth])
			putchar(',');
		filled[depth] = true;
		indent();
	}
	if (key) {
		dump(json_string(key));
		fputs(": ", stdout);
	}
}

void emit_begin(const char *key, char bracket)
{
	begin_value(key);
	putchar(bracket);
	depth++;
	closing[depth] = bracket == '[' ? ']' : '}';
	filled[depth] = false;
}

void emit(const char *key, json_t *value)
{
	begin_value(key);
	dump(value);
}

void emit_end(void)
{
	char bracket = closing[depth];
	bool empty = !filled[depth];

	depth--;
	if (!empty)
		indent();
	putchar(bracket);
	if (!depth)
		putchar('\n');
}

json_t *json_text(const void *bytes, size_t length)
{
	json_t *value = json_stringn(bytes, length);
	char *escaped;

	if (value)
		return value;
	escaped = need(malloc(length * TEXT_ESCAPED + 1));
	text_escape(escaped, bytes, length);
	value = json_string(escaped);
	free(escaped);
	return value;
}
