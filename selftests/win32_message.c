// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: FormatMessage(), the texts of errors and what is put into texts. */
#include "win32_sync.h"

#include <stdarg.h>

#define ROOM 256
#define STRING FORMAT_MESSAGE_FROM_STRING
#define SYSTEM FORMAT_MESSAGE_FROM_SYSTEM
#define ALLOCATE FORMAT_MESSAGE_ALLOCATE_BUFFER
#define ARRAY FORMAT_MESSAGE_ARGUMENT_ARRAY
#define IGNORE FORMAT_MESSAGE_IGNORE_INSERTS

static char text[ROOM];
static WCHAR wide[ROOM];

/* The arguments are those of the call. */
static DWORD format(DWORD flags, const char *source, ...)
{
	va_list arguments;
	DWORD length;

	va_start(arguments, source);
	memset(text, 0x5a, sizeof(text));
	length = FormatMessageA(flags | STRING, source, 0, 0, text, ROOM, &arguments);
	va_end(arguments);
	return length;
}

static DWORD format_wide(DWORD flags, const WCHAR *source, ...)
{
	va_list arguments;
	DWORD length;

	va_start(arguments, source);
	memset(wide, 0x5a, sizeof(wide));
	length = FormatMessageW(flags | STRING, source, 0, 0, wide, ROOM, &arguments);
	va_end(arguments);
	return length;
}

static bool is_wide(const WCHAR *expected)
{
	size_t i = 0;

	while (expected[i] && wide[i] == expected[i])
		i++;
	return !expected[i] && !wide[i];
}

/* A text has its length, and a zero. */
#define EXPECT_TEXT(expected, call) do {			\
	EXPECT_EQ(strlen(expected), call);			\
	EXPECT_STREQ(expected, text);				\
} while (0)

TEST(every_error_has_its_text)
{
	SetLastError(UNTOUCHED);
	EXPECT_EQ(24, FormatMessageA(SYSTEM, NULL, ERROR_INVALID_HANDLE, 0, text, ROOM, NULL));
	EXPECT_STREQ("The handle is invalid.\r\n", text);
	EXPECT_LAST_ERROR(UNTOUCHED);
	EXPECT_NE(0, FormatMessageA(SYSTEM, NULL, 0, 0, text, ROOM, NULL));
	EXPECT_STREQ("The operation completed successfully.\r\n", text);
	EXPECT_NE(0, FormatMessageA(SYSTEM, NULL, ERROR_TOO_MANY_POSTS, 0, text, ROOM, NULL));
	EXPECT_STREQ("Too many posts were made to a semaphore.\r\n", text);
	EXPECT_NE(0, FormatMessageA(SYSTEM, NULL, WAIT_TIMEOUT, 0, text, ROOM, NULL));
	EXPECT_STREQ("The wait operation timed out.\r\n", text);
}

TEST(the_wide_form_has_the_same_text)
{
	EXPECT_EQ(24, FormatMessageW(SYSTEM, NULL, ERROR_INVALID_HANDLE, 0, wide, ROOM, NULL));
	EXPECT_TRUE(is_wide(u"The handle is invalid.\r\n"));
}

TEST(an_hresult_of_an_error_has_its_text)
{
	EXPECT_NE(0, FormatMessageA(SYSTEM, NULL, 0x80070005U, 0, text, ROOM, NULL));
	EXPECT_STREQ("Access is denied.\r\n", text);
}

TEST(an_unknown_number_has_none)
{
	EXPECT_FAILS(ERROR_MR_MID_NOT_FOUND, 0,
		     FormatMessageA(SYSTEM, NULL, 0x12345678, 0, text, ROOM, NULL));
	EXPECT_FAILS(ERROR_MR_MID_NOT_FOUND, 0,
		     FormatMessageW(SYSTEM, NULL, 0x80075678, 0, wide, ROOM, NULL));
}

TEST(english_is_what_there_is)
{
	EXPECT_NE(0, FormatMessageA(SYSTEM, NULL, 5, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT),
				    text, ROOM, NULL));
	EXPECT_NE(0, FormatMessageA(SYSTEM, NULL, 5,
				    MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), text, ROOM,
				    NULL));
	EXPECT_FAILS(ERROR_RESOURCE_LANG_NOT_FOUND, 0,
		     FormatMessageA(SYSTEM, NULL, 5, 0x0407, text, ROOM, NULL));
}

TEST(a_buffer_is_allocated_and_freed)
{
	char *allocated = text;
	WCHAR *allocated_wide = wide;

	EXPECT_EQ(19, FormatMessageA(SYSTEM | ALLOCATE, NULL, 5, 0, (LPSTR)&allocated, 0,
				     NULL));
	ASSERT_NE(NULL, allocated);
	EXPECT_TRUE(allocated != text);
	EXPECT_STREQ("Access is denied.\r\n", allocated);
	EXPECT_EQ(NULL, LocalFree(allocated));
	/* Whoever asks for more than the text needs may write there. */
	EXPECT_EQ(19, FormatMessageW(SYSTEM | ALLOCATE, NULL, 5, 0, (LPWSTR)&allocated_wide,
				     4096, NULL));
	ASSERT_NE(NULL, allocated_wide);
	memset(allocated_wide, 0x5a, 4096 * sizeof(WCHAR));
	EXPECT_EQ(NULL, LocalFree(allocated_wide));
	EXPECT_EQ(NULL, LocalFree(NULL));
	allocated = text;
	EXPECT_FAILS(ERROR_MR_MID_NOT_FOUND, 0,
		     FormatMessageA(SYSTEM | ALLOCATE, NULL, 0x12345678, 0,
				    (LPSTR)&allocated, 0, NULL));
	EXPECT_EQ(NULL, allocated);
}

TEST(a_buffer_has_room_for_the_zero_or_is_too_small)
{
	memset(text, 0x5a, sizeof(text));
	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 0,
		     FormatMessageA(STRING, "four", 0, 0, text, 4, NULL));
	EXPECT_EQ(0x5a, text[0]);
	EXPECT_EQ(4, FormatMessageA(STRING, "four", 0, 0, text, 5, NULL));
	EXPECT_STREQ("four", text);
	EXPECT_EQ(0x5a, text[5]);
	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 0,
		     FormatMessageW(STRING, u"four", 0, 0, wide, 4, NULL));
	EXPECT_EQ(4, FormatMessageW(STRING, u"four", 0, 0, wide, 5, NULL));
}

TEST(what_makes_no_sense_is_refused)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(0, "text", 0, 0, text, ROOM, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(STRING, NULL, 0, 0, text, ROOM, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(STRING, "text", 0, 0, NULL, ROOM, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(SYSTEM | ALLOCATE, NULL, 5, 0, NULL, 0, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(STRING | SYSTEM, "text", 0, 0, text, ROOM, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(STRING | 0x8000, "text", 0, 0, text, ROOM, NULL));
	EXPECT_FAILS(ERROR_RESOURCE_TYPE_NOT_FOUND, 0,
		     FormatMessageA(FORMAT_MESSAGE_FROM_HMODULE, NULL, 5, 0, text, ROOM, NULL));
	EXPECT_EQ(19, FormatMessageA(FORMAT_MESSAGE_FROM_HMODULE | SYSTEM, NULL, 5, 0, text,
				     ROOM, NULL));
}

TEST(arguments_are_put_in_by_their_numbers)
{
	ULONG_PTR array[] = { (ULONG_PTR)"one", (ULONG_PTR)"two", 3 };

	EXPECT_TEXT("two one two", format(0, "%2 %1 %2", "one", "two"));
	EXPECT_TEXT("a12", format(0, "%1%2!d!", "a", 12));
	EXPECT_TEXT("0", format(0, "%10", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0"));
	EXPECT_EQ(11, FormatMessageA(STRING | ARRAY, "%2 %1 %3!d!.0", 0, 0, text, ROOM,
				     (va_list *)array));
	EXPECT_STREQ("two one 3.0", text);
}

TEST(formats_are_those_of_printf)
{
	EXPECT_TEXT("[   -7][7   ][0007][7]",
		    format(0, "[%1!5d!][%2!-4u!][%2!04d!][%2!i!]", -7, 7));
	EXPECT_TEXT("ff FF 0xff 377 -1 65535",
		    format(0, "%1!x! %1!X! %1!#lx! %1!o! %2!hd! %2!hu!", 0xff, 0xffff));
	EXPECT_TEXT("4294967295 -1", format(0, "%1!u! %1!d!", -1));
	EXPECT_TEXT("x[ab][  ab][ab  ]",
		    format(0, "%1!c![%2!.2s!][%2!4.2s!][%2!-4.2s!]", 'x', "abc"));
	EXPECT_TEXT("[    abc]", format(0, "[%1!*s!]", 7, "abc"));
	EXPECT_TEXT("[abc    ]", format(0, "[%1!*s!]", -7, "abc"));
	EXPECT_TEXT("[    ab]", format(0, "[%1!*.*s!]", 6, 2, "abc"));
	EXPECT_TEXT("(null)", format(0, "%1", NULL));
}

TEST(wide_and_narrow_texts_are_put_into_each_other)
{
	EXPECT_TEXT("w\xc3\xa4 n", format(0, "%1!ls! %2!hs!", u"w\u00e4", "n"));
	EXPECT_TEXT("w n", format(0, "%1!S! %2!s!", u"w", "n"));
	EXPECT_EQ(7, format_wide(0, u"%1 %2!S! %3!hs!", u"w\u00e4", "n\xc3\xa4", "m"));
	EXPECT_TRUE(is_wide(u"w\u00e4 n\u00e4 m"));
	EXPECT_EQ(2, format_wide(0, u"%1", u"\U0001f600"));
	EXPECT_TRUE(is_wide(u"\U0001f600"));
}

TEST(no_character_is_cut_in_half)
{
	EXPECT_TEXT("a", format(0, "%1!.2s!", "a\xc3\xa4"));
	EXPECT_TEXT("a\xc3\xa4", format(0, "%1!.3s!", "a\xc3\xa4z"));
	EXPECT_EQ(1, format_wide(0, u"%1!.2s!", u"a\U0001f600"));
	EXPECT_TRUE(is_wide(u"a"));
}

TEST(malformed_text_is_an_error)
{
	static const WCHAR lone[] = { 'a', 0xd800, 'b', 0 };

	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0, format(0, "a\xff"));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0, format(0, "%1", "a\xc3"));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0, format_wide(0, lone));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0, format_wide(0, u"%1", lone));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0, format_wide(0, u"%1!S!", "\xc3"));
}

TEST(malformed_formats_are_refused)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0, format(0, "%1!d", 1));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0, format(0, "%1!n!", text));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0, format(0, "%1!!", 1));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0, format(0, "%1!99999d!", 1));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0, format(0, "end%"));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(STRING, "%1", 0, 0, text, ROOM, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     FormatMessageA(SYSTEM, NULL, ERROR_BAD_EXE_FORMAT, 0, text, ROOM, NULL));
}

TEST(ignored_inserts_stay_as_they_are)
{
	EXPECT_TEXT("%1 %2!d! 100%", format(IGNORE, "%1 %2!d! 100%%"));
	EXPECT_NE(0, FormatMessageA(SYSTEM | IGNORE, NULL, ERROR_BAD_EXE_FORMAT, 0, text, ROOM,
				    NULL));
	EXPECT_STREQ("%1 is not a valid Win32 application.\r\n", text);
}

TEST(characters_that_would_not_stay_are_written_with_a_percent_sign)
{
	EXPECT_TEXT("a b.c!d%e\r\nf\rg", format(0, "a% b%.c%!d%%e%nf%rg"));
	EXPECT_TEXT("ends", format(0, "ends%0here"));
}

TEST(lines_end_where_the_message_or_the_width_says)
{
	EXPECT_TEXT("one\r\ntwo\r\n", format(0, "one\ntwo\r\n"));
	EXPECT_TEXT("one two\r\nthree ", format(0xff, "one\r\ntwo%nthree\n"));
	EXPECT_TEXT("one two\r\nthree\r\nfour", format(8, "one two three\nfour"));
	EXPECT_TEXT("unbreakable\r\nx", format(4, "unbreakable x"));
	EXPECT_NE(0, FormatMessageA(SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, 5, 0, text,
				    ROOM, NULL));
	EXPECT_STREQ("Access is denied. ", text);
}

TEST_HARNESS_MAIN
