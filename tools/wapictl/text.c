// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes of strangers, made fit to be shown.
 */
#include <stdio.h>
#include <string.h>

#include "text.h"

static bool printable(unsigned char byte)
{
	return byte >= ' ' && byte <= '~';
}

size_t text_length(const void *bytes, size_t size)
{
	return strnlen(bytes, size);
}

bool text_likely(const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += printable(byte[i]);
	return length && count * 4 >= length * 3;
}

void text_escape(char *out, const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < length; i++) {
		if (!printable(byte[i])) {
			out += sprintf(out, "\\x%02x", byte[i]);
			continue;
		}
		if (byte[i] == '\\' || byte[i] == '"')
			*out++ = '\\';
		*out++ = byte[i];
	}
	*out = '\0';
}

void text_hex(char *out, const void *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < length; i++) {
		*out++ = digits[byte[i] >> 4];
		*out++ = digits[byte[i] & 15];
	}
	*out = '\0';
}
