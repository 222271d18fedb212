// SPDX-License-Identifier: GPL-2.0
/*
 * Command lines of libwapi-win32: how they become arguments and how arguments become
 * one, and where the program is.
 */
#include "win32_sync.h"

static WCHAR *wide(const char *text)
{
	static WCHAR buffer[4096];
	size_t i;

	for (i = 0; text[i] && i < 4095; i++)
		buffer[i] = (unsigned char)text[i];
	buffer[i] = 0;
	return buffer;
}

static const char *ascii(const WCHAR *text)
{
	static char buffers[4][4096];
	static unsigned int next;
	char *buffer = buffers[next++ % 4];
	size_t i;

	for (i = 0; text && text[i] && i < 4095; i++)
		buffer[i] = text[i] < 128 ? text[i] : '?';
	buffer[i] = 0;
	return buffer;
}

static const struct {
	const char *line;
	const char *arguments;
} by_function[] = {
	{ "prog a \"b c\" d", "<prog><a><b c><d>" },
	{ "\"prog x\" a\\\\\"b c\" d", "<prog x><a\\b c><d>" },
	{ "prog a\\\\\\\"b c", "<prog><a\\\"b><c>" },
	/* Two quotes only leave quotes and come back. */
	{ "prog \"a\"\"b c\"", "<prog><ab c>" },
	{ " prog", "<><prog>" },
	{ "prog a  ", "<prog><a>" },
};

static const char *show(LPWSTR *arguments, int count)
{
	static char text[8192];
	size_t length = 0;

	text[0] = 0;
	for (int i = 0; i < count; i++)
		length += snprintf(text + length, sizeof(text) - length, "<%s>",
				   ascii(arguments[i]));
	return text;
}

TEST(CommandLineToArgvW_parses_as_documented)
{
	LPWSTR *arguments;
	int count;

	for (size_t i = 0; i < ARRAY_SIZE(by_function); i++) {
		count = -1;
		arguments = CommandLineToArgvW(wide(by_function[i].line), &count);
		ASSERT_NE(NULL, arguments);
		EXPECT_STREQ(by_function[i].arguments, show(arguments, count));
		EXPECT_EQ(NULL, arguments[count]);
		EXPECT_EQ(NULL, LocalFree(arguments));
	}
}

TEST(CommandLineToArgvW_of_nothing_is_the_program)
{
	LPWSTR *arguments;
	char path[4096];
	int count = -1;

	ASSERT_NE(0, GetModuleFileNameA(NULL, path, sizeof(path)));
	arguments = CommandLineToArgvW(wide(""), &count);
	ASSERT_NE(NULL, arguments);
	EXPECT_EQ(1, count);
	EXPECT_STREQ(path, ascii(arguments[0]));
	LocalFree(arguments);
}

TEST(CommandLineToArgvW_refuses_what_it_cannot_parse)
{
	static const WCHAR half[] = { 'a', ' ', 0xd800, 'b', 0 };
	int count = POISON;

	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, CommandLineToArgvW(NULL, &count));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, CommandLineToArgvW(wide("a"), NULL));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, NULL, CommandLineToArgvW(half, &count));
	EXPECT_EQ(POISON, count);
}

/* Started by others, a program has only arguments. */
TEST(GetCommandLine_of_arguments_has_quotes_where_they_are_needed)
{
	char command[8192], path[4096], line[8192], expected[8192];
	FILE *output;

	ASSERT_NE(0, GetModuleFileNameA(NULL, path, sizeof(path)));
	snprintf(command, sizeof(command),
		 "%s --child line 'a b' '' 'c\\' 'd e\\' 'f\"g' 'h\\\"i' 'j\\k'", path);
	snprintf(expected, sizeof(expected),
		 "%s --child line \"a b\" \"\" c\\ \"d e\\\\\" \"f\\\"g\" \"h\\\\\\\"i\" j\\k", path);
	output = popen(command, "r");
	ASSERT_NE(NULL, output);
	EXPECT_NE(NULL, fgets(line, sizeof(line), output));
	EXPECT_EQ(0, pclose(output));
	*strchrnul(line, '|') = 0;
	EXPECT_STREQ(expected, line);
}

TEST(GetCommandLine_is_the_same_text_each_time)
{
	LPSTR line;
	LPWSTR wide_line;

	SetLastError(UNTOUCHED);
	line = GetCommandLineA();
	wide_line = GetCommandLineW();
	ASSERT_NE(NULL, line);
	ASSERT_NE(NULL, wide_line);
	EXPECT_LAST_ERROR(UNTOUCHED);
	EXPECT_EQ(line, GetCommandLineA());
	EXPECT_EQ(wide_line, GetCommandLineW());
}

TEST(GetModuleFileName_is_the_program)
{
	char path[4096], link[4096];
	WCHAR wide_path[4096];
	ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);

	ASSERT_GT(n, 0);
	link[n] = 0;
	poison(path, sizeof(path));
	EXPECT_QUIET(n, GetModuleFileNameA(NULL, path, sizeof(path)));
	EXPECT_STREQ(link, path);
	EXPECT_QUIET(n, GetModuleFileNameW(NULL, wide_path, 4096));
	EXPECT_STREQ(link, ascii(wide_path));
	/* Just enough. */
	poison(path, sizeof(path));
	EXPECT_QUIET(n, GetModuleFileNameA(NULL, path, n + 1));
	EXPECT_STREQ(link, path);
	EXPECT_EQ(POISON, (unsigned char)path[n + 1]);
}

TEST(GetModuleFileName_cuts_off_and_says_so)
{
	char whole[4096], path[4096];
	WCHAR wide_path[4096];
	DWORD n = GetModuleFileNameA(NULL, whole, sizeof(whole));

	ASSERT_GT(n, 4);
	poison(path, sizeof(path));
	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, n, GetModuleFileNameA(NULL, path, n));
	EXPECT_EQ(0, strncmp(whole, path, n - 1));
	EXPECT_EQ(0, path[n - 1]);
	EXPECT_EQ(POISON, (unsigned char)path[n]);
	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 4, GetModuleFileNameA(NULL, path, 4));
	whole[3] = 0;
	EXPECT_STREQ(whole, path);
	poison(wide_path, sizeof(wide_path));
	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 4, GetModuleFileNameW(NULL, wide_path, 4));
	EXPECT_STREQ(whole, ascii(wide_path));
	EXPECT_EQ(0xa5a5, wide_path[4]);
	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 1, GetModuleFileNameA(NULL, path, 1));
	EXPECT_EQ(0, path[0]);
}

TEST(GetModuleFileName_refuses_no_room_and_other_modules)
{
	char path[16];
	WCHAR wide_path[16];

	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 0, GetModuleFileNameA(NULL, path, 0));
	EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 0, GetModuleFileNameW(NULL, wide_path, 0));
	EXPECT_FAILS(ERROR_MOD_NOT_FOUND, 0, GetModuleFileNameA((HMODULE)path, path, 16));
	EXPECT_FAILS(ERROR_MOD_NOT_FOUND, 0, GetModuleFileNameW((HMODULE)path, wide_path, 16));
}

int main(int argc, char *argv[])
{
	if (argc > 1 && !strcmp(argv[1], "--child"))
		return printf("%s|%s", GetCommandLineA(), ascii(GetCommandLineW())) < 0;
	return test_harness_run(argc, argv);
}
