/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes of strangers, made fit to be shown.
 *
 * Command names and data blocks are whatever another process wrote.  All that
 * reaches the terminal is printable ASCII; everything else becomes \xNN.
 */
#ifndef WAPICTL_TEXT_H
#define WAPICTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that a byte can become, "\xNN". */
#define TEXT_ESCAPED	4

/* The length up to the first zero byte, as strnlen(). */
size_t text_length(const void *bytes, size_t size);

/* Worth showing as text: most of it is printable. */
bool text_likely(const void *bytes, size_t length);

/* Writes the bytes escaped, and a zero byte, to length * TEXT_ESCAPED + 1. */
void text_escape(char *out, const void *bytes, size_t length);

/* Writes the bytes as hex digits, and a zero byte, to length * 2 + 1. */
void text_hex(char *out, const void *bytes, size_t length);

#endif /* WAPICTL_TEXT_H */
