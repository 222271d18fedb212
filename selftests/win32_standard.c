// SPDX-License-Identifier: GPL-2.0
/*
 * Standard handles and files of started programs: what they inherit of them, and what
 * becomes of pipes when one of the two ends.
 */
#include "win32_child.h"

static UINT copy_input(int argc, char *argv[])
{
	HANDLE from = GetStdHandle(STD_INPUT_HANDLE), to = GetStdHandle(STD_OUTPUT_HANDLE);
	char text[256];
	DWORD n, m;

	(void)argc;
	(void)argv;
	while (ReadFile(from, text, sizeof(text), &n, NULL) && n)
		if (!WriteFile(to, text, n, &m, NULL) || m != n)
			return 1;
	return GetLastError() == ERROR_BROKEN_PIPE ? 0 : 2;
}

/* By the C library, which knows the descriptors only. */
static UINT print(int argc, char *argv[])
{
	for (int i = 0; i < argc; i++)
		printf("%s", argv[i]);
	fflush(stdout);
	fprintf(stderr, "!");
	return 0;
}

/* What it has for standard handles: values, - for none; and types. */
static UINT show_standard(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
	for (DWORD i = 0; i < 3; i++) {
		HANDLE handle = GetStdHandle(STD_INPUT_HANDLE - i);

		fprintf(stderr, handle ? "%lu:%u " : "- ", value_of(handle),
			GetFileType(handle));
	}
	return 0;
}

/* Writes to a handle that it inherited under a value. */
static UINT write_to(int argc, char *argv[])
{
	HANDLE handle = handle_of(argv[0]);
	DWORD flags, n;

	(void)argc;
	if (!WriteFile(handle, "inherited", 9, &n, NULL))
		return GetLastError();
	/* As Windows has it: inherited handles are inheritable. */
	return GetHandleInformation(handle, &flags) && flags == HANDLE_FLAG_INHERIT ? 0 : 99;
}

/* How many descriptors are left for others, but for the standard ones. */
static UINT open_files(int argc, char *argv[])
{
	int count = 0;

	(void)argc;
	(void)argv;
	if (!GetStdHandle(STD_INPUT_HANDLE))
		return 99;
	for (int fd = 3; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	return count;
}

static UINT sleep_long(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
	while (pause() < 0)
		;
	return 0;
}

static const struct child_mode modes[] = {
	{ "copy", copy_input },
	{ "print", print },
	{ "standard", show_standard },
	{ "write", write_to },
	{ "files", open_files },
	{ "sleep", sleep_long },
	{ 0 },
};

TEST(a_program_reads_and_writes_its_standard_handles)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	HANDLE to_child, from_child;
	PROCESS_INFORMATION information;
	char text[256];
	DWORD n;

	ASSERT_TRUE(CreatePipe(&startup.hStdInput, &to_child, inheritable(), 0));
	ASSERT_TRUE(CreatePipe(&from_child, &startup.hStdOutput, inheritable(), 0));
	ASSERT_TRUE(SetHandleInformation(to_child, HANDLE_FLAG_INHERIT, 0));
	ASSERT_TRUE(SetHandleInformation(from_child, HANDLE_FLAG_INHERIT, 0));
	ASSERT_TRUE(start("copy", TRUE, 0, &startup, &information));
	CloseHandle(startup.hStdInput);
	CloseHandle(startup.hStdOutput);
	EXPECT_TRUE(WriteFile(to_child, "0123456789", 10, &n, NULL));
	EXPECT_TRUE(ReadFile(from_child, text, sizeof(text), &n, NULL));
	EXPECT_EQ(10, n);
	/* The other end is nobody's now, as the child has no copy of it. */
	CloseHandle(to_child);
	EXPECT_EQ(0, read_all(from_child, text, sizeof(text)));
	EXPECT_EQ(0, code_of(&information));
}

TEST(a_program_that_knows_descriptors_only_has_them_too)
{
	const struct output *output;

	output = run(NULL, child_line("print a b"), 0, NULL, NULL);
	EXPECT_STREQ("ab!", output->text);
	output = run(NULL, (char[]){ "sh -c \"echo out; echo err >&2; read x; echo $?\"" }, 0,
		     NULL, NULL);
	/* It was given no input, which is an empty one. */
	EXPECT_STREQ("out\nerr\n1\n", output->text);
}

TEST(standard_handles_can_be_exchanged)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	int first[2], second[2], saved;
	PROCESS_INFORMATION information;
	char text[8] = { 0 };

	/* Descriptors 1 and 2 are each other's. */
	ASSERT_EQ(0, pipe2(first, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(second, O_CLOEXEC));
	saved = dup(2);
	dup2(first[1], 1);
	dup2(second[1], 2);
	startup.hStdOutput = GetStdHandle(STD_ERROR_HANDLE);
	startup.hStdError = GetStdHandle(STD_OUTPUT_HANDLE);
	EXPECT_TRUE(start("print x", TRUE, 0, &startup, &information));
	EXPECT_EQ(0, code_of(&information));
	EXPECT_EQ(1, read(first[0], text, 4));
	EXPECT_EQ('!', text[0]);
	EXPECT_EQ(1, read(second[0], text, 4));
	EXPECT_EQ('x', text[0]);
	dup2(saved, 2);
	dup2(saved, 1);
}

static const char *standard_of(STARTUPINFOA *startup, BOOL inherit)
{
	static char text[256];
	PROCESS_INFORMATION information;
	int saved = dup(2), ends[2];
	ssize_t n;

	text[0] = 0;
	if (pipe2(ends, O_CLOEXEC))
		return "no pipe";
	dup2(ends[1], 2);
	close(ends[1]);
	if (!start("standard", inherit, 0, startup, &information))
		snprintf(text, sizeof(text), "not started: %u", GetLastError());
	else
		code_of(&information);
	dup2(saved, 2);
	close(saved);
	n = text[0] ? -1 : read(ends[0], text, sizeof(text) - 1);
	if (n >= 0)
		text[n] = 0;
	close(ends[0]);
	return text;
}

TEST(standard_handles_have_the_same_values_if_they_are_inherited)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	HANDLE from, to;
	char expected[64];

	ASSERT_TRUE(CreatePipe(&from, &to, inheritable(), 0));
	startup.hStdInput = from;
	startup.hStdOutput = to;
	startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
	ASSERT_NE(NULL, startup.hStdError);
	snprintf(expected, sizeof(expected), "%lu:3 %lu:3 %lu:3 ", value_of(from),
		 value_of(to), value_of(startup.hStdError));
	EXPECT_STREQ(expected, standard_of(&startup, TRUE));
}

TEST(standard_handles_that_are_none)
{
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	HANDLE event = CreateEventA(inheritable(), TRUE, FALSE, NULL), from, to;
	char expected[64];

	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
	snprintf(expected, sizeof(expected), "- - %lu:3 ",
		 value_of(startup.hStdError));
	startup.hStdInput = INVALID_HANDLE_VALUE;
	EXPECT_STREQ(expected, standard_of(&startup, TRUE));
	startup.hStdInput = from;	/* not inheritable */
	startup.hStdOutput = GARBAGE;
	EXPECT_STREQ(expected, standard_of(&startup, TRUE));
	/* An event it has, but nothing can be read from it. */
	startup.hStdInput = event;
	EXPECT_NE(NULL, strstr(standard_of(&startup, TRUE), ":0 - "));
}

TEST(without_STARTF_USESTDHANDLES_the_callers_are_passed_on)
{
	HANDLE from, to;
	char expected[64];

	/* Never asked for, and asked for. */
	EXPECT_STREQ("4:2 8:3 12:3 ", standard_of(NULL, FALSE));
	ASSERT_TRUE(CreatePipe(&from, &to, inheritable(), 0));
	ASSERT_TRUE(SetStdHandle(STD_INPUT_HANDLE, from));
	snprintf(expected, sizeof(expected), "%lu:3 ", value_of(from));
	EXPECT_EQ(0, strncmp(expected, standard_of(NULL, TRUE), strlen(expected)));
	/* Without its handle there is the descriptor still. */
	EXPECT_STREQ("4:3 8:3 12:3 ", standard_of(NULL, FALSE));
	ASSERT_TRUE(SetStdHandle(STD_INPUT_HANDLE, NULL));
	EXPECT_EQ('-', *standard_of(NULL, TRUE));
}

TEST(a_file_is_inherited_under_its_value)
{
	PROCESS_INFORMATION information;
	HANDLE from, to;
	char what[64], text[64];
	DWORD n = 0;

	CreateEventA(NULL, TRUE, FALSE, NULL);
	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	ASSERT_TRUE(SetHandleInformation(to, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	snprintf(what, sizeof(what), "write %lu", value_of(to));
	ASSERT_TRUE(start(what, TRUE, 0, NULL, &information));
	EXPECT_EQ(0, code_of(&information));
	CloseHandle(to);
	EXPECT_TRUE(ReadFile(from, text, sizeof(text), &n, NULL));
	EXPECT_EQ(9, n);
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, ReadFile(from, text, sizeof(text), &n, NULL));
}

TEST(a_file_is_not_inherited_unless_both_say_so)
{
	PROCESS_INFORMATION information;
	HANDLE from, to;
	char what[64];

	ASSERT_TRUE(CreatePipe(&from, &to, inheritable(), 0));
	snprintf(what, sizeof(what), "write %lu", value_of(to));
	ASSERT_TRUE(start(what, FALSE, 0, NULL, &information));
	EXPECT_EQ(ERROR_INVALID_HANDLE, code_of(&information));
	ASSERT_TRUE(SetHandleInformation(to, HANDLE_FLAG_INHERIT, 0));
	ASSERT_TRUE(start(what, TRUE, 0, NULL, &information));
	EXPECT_EQ(ERROR_INVALID_HANDLE, code_of(&information));
}

TEST(duplicates_of_a_file_are_inherited_as_such)
{
	PROCESS_INFORMATION information;
	HANDLE from, to, copy;
	char what[64], text[64];
	DWORD n;

	ASSERT_TRUE(CreatePipe(&from, &to, inheritable(), 0));
	ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), to, GetCurrentProcess(), &copy, 0,
				    TRUE, DUPLICATE_SAME_ACCESS));
	snprintf(what, sizeof(what), "write %lu", value_of(copy));
	ASSERT_TRUE(start(what, TRUE, 0, NULL, &information));
	EXPECT_EQ(0, code_of(&information));
	EXPECT_TRUE(ReadFile(from, text, sizeof(text), &n, NULL));
	EXPECT_EQ(9, n);
}

/* When the library has taken it over, nothing but files is left open for others. */
TEST(what_was_inherited_is_no_descriptor_any_more)
{
	PROCESS_INFORMATION information;
	HANDLE from, to;

	for (int fd = 3; fd < 256; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	CreateEventA(inheritable(), TRUE, FALSE, NULL);
	CreateMutexA(inheritable(), FALSE, NULL);
	ASSERT_TRUE(CreatePipe(&from, &to, inheritable(), 0));
	ASSERT_TRUE(start("files", TRUE, 0, NULL, &information));
	EXPECT_EQ(0, code_of(&information));
}

TEST(a_killed_program_closes_its_end)
{
	PROCESS_INFORMATION information;
	HANDLE from, to;
	char text[8];

	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	ASSERT_TRUE(SetHandleInformation(to, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	ASSERT_TRUE(start("sleep", TRUE, 0, NULL, &information));
	CloseHandle(to);
	EXPECT_TRUE(TerminateProcess(information.hProcess, 3));
	EXPECT_EQ(0, read_all(from, text, sizeof(text)));
	EXPECT_EQ(3, code_of(&information));
}

CHILD_MAIN(modes)
