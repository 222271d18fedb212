/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages: the texts of errors, and other texts with things put in. */
#ifndef WAPI_WIN32_MESSAGE_H
#define WAPI_WIN32_MESSAGE_H

#include <stdarg.h>

#include <wapi/win32/types.h>

#include <wapi/begin.h>

typedef HANDLE HLOCAL;

#define FORMAT_MESSAGE_ALLOCATE_BUFFER	0x00000100U
#define FORMAT_MESSAGE_IGNORE_INSERTS	0x00000200U
#define FORMAT_MESSAGE_FROM_STRING	0x00000400U
#define FORMAT_MESSAGE_FROM_HMODULE	0x00000800U
#define FORMAT_MESSAGE_FROM_SYSTEM	0x00001000U
#define FORMAT_MESSAGE_ARGUMENT_ARRAY	0x00002000U
#define FORMAT_MESSAGE_MAX_WIDTH_MASK	0x000000ffU

#define LANG_NEUTRAL		0x00
#define LANG_ENGLISH		0x09
#define SUBLANG_NEUTRAL		0x00
#define SUBLANG_DEFAULT		0x01
#define SUBLANG_SYS_DEFAULT	0x02
#define SUBLANG_ENGLISH_US	0x01
#define MAKELANGID(language, sub) ((WORD)((sub) << 10 | (language)))

/**
 * FormatMessageA() - make a text of a message
 * @flags: where the message is from: FORMAT_MESSAGE_FROM_STRING, @source; or
 *         FORMAT_MESSAGE_FROM_SYSTEM, the texts of the errors; what to do with it:
 *         FORMAT_MESSAGE_IGNORE_INSERTS, %1 and so on stay as they are;
 *         FORMAT_MESSAGE_ALLOCATE_BUFFER; FORMAT_MESSAGE_ARGUMENT_ARRAY; and in the low
 *         byte after how many characters a line is broken, 0 for where the message has
 *         line breaks, FORMAT_MESSAGE_MAX_WIDTH_MASK only where it has %n
 * @source: the message, if it is from a string
 * @message: else its number, such as GetLastError() gives; an HRESULT that stands for an
 *           error is taken for it
 * @language: 0, the neutral or the default language, or English
 * @buffer: out: the text; or, with FORMAT_MESSAGE_ALLOCATE_BUFFER, where to put a pointer
 *          to it, for LocalFree()
 * @size: how many characters, with the zero, @buffer has room for; or at least how many
 *        are allocated
 * @arguments: what is put in: a pointer to a va_list; with
 *             FORMAT_MESSAGE_ARGUMENT_ARRAY an array of DWORD_PTR, cast to that; or NULL
 *
 * In a message, %1 to %99 are the arguments: text, or what a format of printf() says that
 * follows between two '!', with the conversions c, C, d, i, o, p, s, S, u, x, X, the
 * sizes h, l, w, and '*'.  %0 ends the text, %n is a line break, %r a carriage return;
 * %%, %!, %. and "% " are these characters.
 *
 * Return: the characters of the text without the zero; or 0 with ERROR_MR_MID_NOT_FOUND
 * if there is no such message, ERROR_RESOURCE_LANG_NOT_FOUND for another language,
 * ERROR_RESOURCE_TYPE_NOT_FOUND for messages of a module, which there are none of,
 * ERROR_INSUFFICIENT_BUFFER, ERROR_NO_UNICODE_TRANSLATION for text that is malformed,
 * ERROR_INVALID_PARAMETER for anything else, an argument that is not there included
 */
DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD message, DWORD language,
			    LPSTR buffer, DWORD size, va_list *arguments);

/**
 * FormatMessageW() - FormatMessageA() in UTF-16
 * @flags: as there
 * @source: as there, in UTF-16
 * @message: as there
 * @language: as there
 * @buffer: as there, in UTF-16
 * @size: as there
 * @arguments: as there; the text of %1 and of the conversion s is UTF-16, that of S UTF-8
 *
 * Return: as FormatMessageA()
 */
DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD message, DWORD language,
			    LPWSTR buffer, DWORD size, va_list *arguments);

/**
 * LocalFree() - free what a function has allocated
 * @memory: that, or NULL
 *
 * Return: NULL
 */
HLOCAL WINAPI LocalFree(HLOCAL memory);

#ifdef UNICODE
#define FormatMessage FormatMessageW
#else
#define FormatMessage FormatMessageA
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_MESSAGE_H */
