// SPDX-License-Identifier: GPL-2.0
/*
 * Command lines of libwapi-win32: how they become arguments and how arguments become
 * one, which program they name, and what the program itself sees of them.
 */
#include "win32_child.h"

#include <sys/stat.h>

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

/* Each argument between < and >. */
static UINT show_arguments(int argc, char *argv[])
{
	for (int i = 0; i < argc; i++)
		printf("<%s>", argv[i]);
	return 0;
}

/* argv[0] of the whole program too, which the harness's main() has not left out. */
static UINT show_name(int argc, char *argv[])
{
	(void)argc;
	printf("<%s>", argv[-3]);
	return 0;
}

static UINT show_line(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
	printf("%s|%s", GetCommandLineA(), ascii(GetCommandLineW()));
	return 0;
}

static const struct child_mode modes[] = {
	{ "arguments", show_arguments },
	{ "name", show_name },
	{ "line", show_line },
	{ 0 },
};

/* Those of Microsoft's documentation of C programs, and some more. */
static const struct {
	const char *line;
	const char *arguments;
} parsed[] = {
	{ "\"a b c\" d e", "<a b c><d><e>" },
	{ "\"ab\\\"c\" \"\\\\\" d", "<ab\"c><\\><d>" },
	{ "a\\\\\\b d\"e f\"g h", "<a\\\\\\b><de fg><h>" },
	{ "a\\\\\\\"b c d", "<a\\\"b><c><d>" },
	{ "a\\\\\\\\\"b c\" d e", "<a\\\\b c><d><e>" },
	{ "a\"b\"\" c d", "<ab\" c d>" },
	{ "", "" },
	{ "  \t a \t\tb  ", "<a><b>" },
	{ "\"\" a", "<><a>" },
	{ "a \"", "<a><>" },
	{ "\"a b", "<a b>" },
	{ "a\\ b\\", "<a\\><b\\>" },
	{ "\"a\\\\\" b", "<a\\><b>" },
	{ "\"a\\\" b\"", "<a\" b>" },
	{ "'a b' ^c", "<'a><b'><^c>" },
	{ "\xc3\xa4 \xf0\x9f\x90\xa7", "<\xc3\xa4><\xf0\x9f\x90\xa7>" },
};

TEST(arguments_are_parsed_as_documented)
{
	char what[256];

	for (size_t i = 0; i < ARRAY_SIZE(parsed); i++) {
		snprintf(what, sizeof(what), "arguments %s", parsed[i].line);
		EXPECT_STREQ(parsed[i].arguments, text_of(what));
	}
}

TEST(the_name_is_parsed_by_rules_of_its_own)
{
	char path[4096], line[8192], expected[8192];

	ASSERT_NE(0, GetModuleFileNameA(NULL, path, sizeof(path)));
	/* Backslashes are nothing there, and quotes can be anywhere. */
	snprintf(line, sizeof(line), "a\\\"b c\"\\ --child name");
	EXPECT_STREQ("<a\\b c\\>", run(path, line, 0, NULL, NULL)->text);
	snprintf(line, sizeof(line), "%s --child name", path);
	snprintf(expected, sizeof(expected), "<%s>", path);
	EXPECT_STREQ(expected, run(NULL, line, 0, NULL, NULL)->text);
	/* Blanks in front are not the end of an empty name. */
	snprintf(line, sizeof(line), "  \t%s --child name", path);
	EXPECT_STREQ(expected, run(NULL, line, 0, NULL, NULL)->text);
}

TEST(the_application_can_have_any_name)
{
	char path[4096];

	ASSERT_NE(0, GetModuleFileNameA(NULL, path, sizeof(path)));
	EXPECT_STREQ("<other>", run(path, "other --child name", 0, NULL, NULL)->text);
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

TEST(GetCommandLine_is_what_CreateProcess_was_given)
{
	char expected[20000], *line = child_line("line  a \t \"b  c\"   d");

	snprintf(expected, sizeof(expected), "%s|%s", line, line);
	EXPECT_STREQ(expected, run(NULL, line, 0, NULL, NULL)->text);
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

/*
 * Which program is started: copies of a shell script that tells its own path.
 */
FIXTURE(search) {
	char old[4096];
	char *path;
};

static int make_script(const char *path, mode_t mode)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	fprintf(file, "#!/bin/sh\necho \"$0\"\n");
	return fclose(file) || chmod(path, mode) ? -1 : 0;
}

FIXTURE_SETUP(search)
{
	self->path = getenv("PATH") ? strdup(getenv("PATH")) : NULL;
	ASSERT_NE(NULL, getcwd(self->old, sizeof(self->old)));
	if (system("rm -rf " DIRECTORY))
		ksft_print_msg("nothing to remove\n");
	ASSERT_EQ(0, mkdir(DIRECTORY, 0755));
	ASSERT_EQ(0, mkdir(DIRECTORY "/bin", 0755));
	ASSERT_EQ(0, mkdir(DIRECTORY "/other", 0755));
	ASSERT_EQ(0, mkdir(DIRECTORY "/with blank", 0755));
	ASSERT_EQ(0, chdir(DIRECTORY "/other"));
	ASSERT_EQ(0, setenv("PATH", DIRECTORY "/nowhere:" DIRECTORY "/bin::/bin", 1));
}

FIXTURE_TEARDOWN(search)
{
	if (self->path)
		setenv("PATH", self->path, 1);
	EXPECT_EQ(0, chdir(self->old));
	EXPECT_EQ(0, system("rm -rf " DIRECTORY));
	free(self->path);
}

static const char *started(const char *line)
{
	const struct output *output;
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", line);
	output = run(NULL, copy, 0, NULL, NULL);
	return output->text;
}

TEST_F(search, in_PATH)
{
	ASSERT_EQ(0, make_script("../bin/wapi-test-tool", 0755));
	EXPECT_STREQ(DIRECTORY "/bin/wapi-test-tool\n", started("wapi-test-tool a"));
	EXPECT_STREQ(DIRECTORY "/bin/wapi-test-tool\n", started("\"wapi-test-tool\" a"));
}

TEST_F(search, in_the_current_directory_before_PATH)
{
	ASSERT_EQ(0, make_script("../bin/wapi-test-tool", 0755));
	ASSERT_EQ(0, make_script("wapi-test-tool", 0755));
	EXPECT_STREQ("./wapi-test-tool\n", started("wapi-test-tool a"));
}

TEST_F(search, what_cannot_be_executed_hides_nothing)
{
	ASSERT_EQ(0, make_script("../bin/wapi-test-tool", 0755));
	ASSERT_EQ(0, make_script("wapi-test-tool", 0644));
	EXPECT_STREQ(DIRECTORY "/bin/wapi-test-tool\n", started("wapi-test-tool a"));
	EXPECT_EQ(0, unlink("wapi-test-tool"));
	ASSERT_EQ(0, mkdir("wapi-test-tool", 0755));
	EXPECT_STREQ(DIRECTORY "/bin/wapi-test-tool\n", started("wapi-test-tool a"));
}

TEST_F(search, with_exe_where_there_is_no_other)
{
	ASSERT_EQ(0, make_script("../bin/wapi-test-tool.exe", 0755));
	EXPECT_STREQ(DIRECTORY "/bin/wapi-test-tool.exe\n", started("wapi-test-tool a"));
	EXPECT_STREQ(DIRECTORY "/bin/wapi-test-tool.exe\n", started("wapi-test-tool.exe a"));
	EXPECT_STREQ("../bin/wapi-test-tool.exe\n", started("../bin/wapi-test-tool"));
	ASSERT_EQ(0, make_script("../bin/wapi-test-tool", 0755));
	EXPECT_STREQ(DIRECTORY "/bin/wapi-test-tool\n", started("wapi-test-tool a"));
}

/* The shortest that there is, as documented: with all the hazards of that. */
TEST_F(search, unquoted_blanks_may_be_of_the_path)
{
	ASSERT_EQ(0, make_script(DIRECTORY "/with blank/a tool", 0755));
	EXPECT_STREQ(DIRECTORY "/with blank/a tool\n",
		     started(DIRECTORY "/with blank/a tool b"));
	ASSERT_EQ(0, make_script(DIRECTORY "/with blank/a", 0755));
	EXPECT_STREQ(DIRECTORY "/with blank/a\n", started(DIRECTORY "/with blank/a tool b"));
	ASSERT_EQ(0, make_script(DIRECTORY "/with", 0755));
	EXPECT_STREQ(DIRECTORY "/with\n", started(DIRECTORY "/with blank/a tool b"));
	EXPECT_STREQ(DIRECTORY "/with blank/a tool\n",
		     started("\"" DIRECTORY "/with blank/a tool\" b"));
}

TEST_F(search, blanks_of_the_path_are_not_between_arguments)
{
	char line[8192], path[4096], copy[4200];

	ASSERT_NE(0, GetModuleFileNameA(NULL, path, sizeof(path)));
	snprintf(copy, sizeof(copy), "cp '%s' '%s/with blank/me'", path, DIRECTORY);
	ASSERT_EQ(0, system(copy));
	snprintf(line, sizeof(line), DIRECTORY "/with blank/me --child name");
	EXPECT_STREQ("<" DIRECTORY "/with blank/me>", run(NULL, line, 0, NULL, NULL)->text);
	snprintf(line, sizeof(line), DIRECTORY "/with blank/me --child line");
	EXPECT_EQ(0, strncmp("\"" DIRECTORY "/with blank/me\" --child line|",
			     run(NULL, line, 0, NULL, NULL)->text,
			     sizeof("\"" DIRECTORY "/with blank/me\" --child line|") - 1));
}

TEST_F(search, an_application_is_no_word_to_be_looked_for)
{
	ASSERT_EQ(0, make_script("../bin/wapi-test-tool", 0755));
	EXPECT_EQ(ERROR_FILE_NOT_FOUND, run("wapi-test-tool", NULL, 0, NULL, NULL)->error);
	ASSERT_EQ(0, make_script("wapi-test-tool.exe", 0755));
	EXPECT_EQ(ERROR_FILE_NOT_FOUND, run("wapi-test-tool", NULL, 0, NULL, NULL)->error);
	ASSERT_EQ(0, make_script("wapi-test-tool", 0755));
	EXPECT_STREQ("wapi-test-tool\n", run("wapi-test-tool", NULL, 0, NULL, NULL)->text);
	ASSERT_EQ(0, make_script(DIRECTORY "/with blank/a tool", 0755));
	EXPECT_STREQ(DIRECTORY "/with blank/a tool\n",
		     run(DIRECTORY "/with blank/a tool", NULL, 0, NULL, NULL)->text);
}

TEST_F(search, a_relative_application_is_of_the_callers_directory)
{
	ASSERT_EQ(0, make_script("wapi-test-tool", 0755));
	EXPECT_STREQ(DIRECTORY "/other/wapi-test-tool\n",
		     run("wapi-test-tool", NULL, 0, NULL, "/")->text);
	EXPECT_STREQ(DIRECTORY "/other/./wapi-test-tool\n",
		     run(NULL, (char[]){ "wapi-test-tool" }, 0, NULL, "/")->text);
}

TEST_F(search, what_is_not_there)
{
	EXPECT_EQ(ERROR_FILE_NOT_FOUND,
		  run(NULL, (char[]){ "wapi-no-tool a" }, 0, NULL, NULL)->error);
	EXPECT_EQ(ERROR_FILE_NOT_FOUND,
		  run(NULL, (char[]){ "/bin/wapi-no-tool a" }, 0, NULL, NULL)->error);
	EXPECT_EQ(ERROR_FILE_NOT_FOUND, run("/bin/wapi-no-tool", NULL, 0, NULL, NULL)->error);
	EXPECT_EQ(ERROR_PATH_NOT_FOUND,
		  run(NULL, (char[]){ "/wapi-nowhere/tool a" }, 0, NULL, NULL)->error);
	EXPECT_EQ(ERROR_PATH_NOT_FOUND, run("/wapi-nowhere/tool", NULL, 0, NULL, NULL)->error);
	EXPECT_EQ(ERROR_PATH_NOT_FOUND, run("/bin/sh/tool", NULL, 0, NULL, NULL)->error);
	EXPECT_EQ(ERROR_PATH_NOT_FOUND, run("", NULL, 0, NULL, NULL)->error);
}

static int write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(data, 1, size, file) != size)
		return -1;
	return fclose(file) || chmod(path, 0755) ? -1 : 0;
}

TEST_F(search, what_cannot_be_executed)
{
	static const char elf[128] = "\177ELF but no more";

	EXPECT_EQ(ERROR_ACCESS_DENIED, run(DIRECTORY, NULL, 0, NULL, NULL)->error);
	ASSERT_EQ(0, make_script("tool", 0644));
	EXPECT_EQ(ERROR_ACCESS_DENIED, run("./tool", NULL, 0, NULL, NULL)->error);
	EXPECT_EQ(ERROR_ACCESS_DENIED, run(NULL, (char[]){ "./tool a" }, 0, NULL, NULL)->error);
	ASSERT_EQ(0, write_file("text", "no program\n", 11));
	EXPECT_EQ(ERROR_BAD_EXE_FORMAT, run("./text", NULL, 0, NULL, NULL)->error);
	ASSERT_EQ(0, write_file("half", elf, sizeof(elf)));
	EXPECT_EQ(ERROR_BAD_EXE_FORMAT, run("./half", NULL, 0, NULL, NULL)->error);
	ASSERT_EQ(0, write_file("nothing", "", 0));
	EXPECT_EQ(ERROR_BAD_EXE_FORMAT, run("./nothing", NULL, 0, NULL, NULL)->error);
	ASSERT_EQ(0, write_file("lost", "#!/wapi-no-interpreter\n", 23));
	EXPECT_EQ(ERROR_FILE_NOT_FOUND, run("./lost", NULL, 0, NULL, NULL)->error);
}

TEST_F(search, a_file_that_is_written_to_is_in_use)
{
	char path[4096], copy[8192];
	int fd;

	ASSERT_NE(0, GetModuleFileNameA(NULL, path, sizeof(path)));
	snprintf(copy, sizeof(copy), "cp '%s' me", path);
	ASSERT_EQ(0, system(copy));
	fd = open("me", O_RDWR);
	ASSERT_LT(0, fd);
	EXPECT_EQ(ERROR_SHARING_VIOLATION, run("./me", NULL, 0, NULL, NULL)->error);
	close(fd);
}

CHILD_MAIN(modes)
