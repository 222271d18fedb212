/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON on standard output, written as it comes.
 *
 * Values are jansson's, which refuses strings that are not UTF-8; the arrays
 * and objects around them are written at once, so that a million records need
 * no more memory than one.  All output is ASCII.
 */
#ifndef WAPICTL_JSON_H
#define WAPICTL_JSON_H

#include <stddef.h>

#include <jansson.h>

/* Opens an array '[' or object '{'; the key is NULL inside of an array. */
void emit_begin(const char *key, char bracket);
/* Writes a value and releases it; out of memory if it is NULL. */
void emit(const char *key, json_t *value);
void emit_end(void);

/* A stranger's bytes: as they are if that is UTF-8, else escaped. */
json_t *json_text(const void *bytes, size_t length);

#endif /* WAPICTL_JSON_H */
