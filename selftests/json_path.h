/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A strict reader of JSON, for tests of what prints it: nothing but what RFC
 * 8259 allows is taken, and a value can be picked out by its path.
 */
#ifndef WAPI_JSON_PATH_H
#define WAPI_JSON_PATH_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is being read, and the value looked for: from begin to end. */
struct json_reader {
	const char *at;
	const char *begin;
	const char *end;
	bool bad;
};

static inline void json_value(struct json_reader *r, const char *path);

static inline void json_space(struct json_reader *r)
{
	r->at += strspn(r->at, " \t\n\r");
}

static inline bool json_take(struct json_reader *r, const char *token)
{
	size_t length = strlen(token);

	if (strncmp(r->at, token, length))
		return false;
	r->at += length;
	return true;
}

static inline void json_expect(struct json_reader *r, const char *token)
{
	if (!json_take(r, token))
		r->bad = true;
}

/* Behind a backslash. */
static inline void json_escape(struct json_reader *r)
{
	if (*r->at == 'u') {
		for (int i = 1; i <= 4; i++) {
			if (!isxdigit((unsigned char)r->at[i])) {
				r->bad = true;
				return;
			}
		}
		r->at += 5;
	} else if (*r->at && strchr("\"\\/bfnrt", *r->at)) {
		r->at++;
	} else {
		r->bad = true;
	}
}

static inline void json_string(struct json_reader *r)
{
	json_expect(r, "\"");
	while (!r->bad && *r->at != '"') {
		/* Bytes beyond ASCII would have to be UTF-8; ours prints none. */
		if ((unsigned char)*r->at < 0x20 || (unsigned char)*r->at > 0x7e)
			r->bad = true;
		else if (*r->at++ == '\\')
			json_escape(r);
	}
	if (!r->bad)
		r->at++;
}

static inline void json_digits(struct json_reader *r)
{
	size_t count = strspn(r->at, "0123456789");

	r->bad |= !count;
	r->at += count;
}

static inline void json_number(struct json_reader *r)
{
	json_take(r, "-");
	if (!json_take(r, "0"))
		json_digits(r);
	if (json_take(r, "."))
		json_digits(r);
	if (json_take(r, "e") || json_take(r, "E")) {
		if (!json_take(r, "-"))
			json_take(r, "+");
		json_digits(r);
	}
}

/* The rest of the path behind its first part, if that is this; else NULL. */
static inline const char *json_step(const char *path, const char *part,
				    size_t length)
{
	if (!path || !*path || strncmp(path, part, length))
		return NULL;
	path += length;
	if (*path == '.')
		return path + 1;
	return *path ? NULL : path;
}

static inline void json_members(struct json_reader *r, const char *path,
				bool object)
{
	const char *close = object ? "}" : "]";
	const char *key;
	char number[16];

	json_space(r);
	if (json_take(r, close))
		return;
	for (int i = 0; !r->bad; i++) {
		json_space(r);
		key = number;
		sprintf(number, "%d", i);
		if (object) {
			key = r->at + 1;
			json_string(r);
		}
		const char *rest = r->bad ? NULL :
			json_step(path, key, object ? (size_t)(r->at - 1 - key) :
						      strlen(number));
		if (object) {
			json_space(r);
			json_expect(r, ":");
		}
		json_value(r, rest);
		json_space(r);
		if (json_take(r, close))
			return;
		json_expect(r, ",");
	}
}

static inline void json_value(struct json_reader *r, const char *path)
{
	const char *begin;

	json_space(r);
	begin = r->at;
	if (json_take(r, "{"))
		json_members(r, path, true);
	else if (json_take(r, "["))
		json_members(r, path, false);
	else if (*r->at == '"')
		json_string(r);
	else if (!json_take(r, "true") && !json_take(r, "false") &&
		 !json_take(r, "null"))
		json_number(r);
	if (path && !*path) {
		r->begin = begin;
		r->end = r->at;
	}
}

/*
 * The value at a path such as "domains.0.handles", as it is written, to be
 * freed; "(bad JSON)" or "(nothing)".  An empty path is the whole.
 */
static inline char *json_path(const char *text, const char *path)
{
	struct json_reader r = { .at = text };

	json_value(&r, path);
	json_space(&r);
	if (r.bad || *r.at)
		return strdup("(bad JSON)");
	if (!r.begin)
		return strdup("(nothing)");
	return strndup(r.begin, r.end - r.begin);
}

#endif /* WAPI_JSON_PATH_H */
