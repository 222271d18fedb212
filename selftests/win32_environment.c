// SPDX-License-Identifier: GPL-2.0
/*
 * The environment by its Win32 names: each function and each of its errors, and what a
 * started program gets of it.
 */
#include "win32_child.h"

static const WCHAR w_name[] = { 'W', 'A', 'P', 'I', '_', 'T', 0 };
static const WCHAR w_missing[] = { 'W', 'A', 'P', 'I', '_', 'N', 0 };
/* A penguin, and half of one. */
static const WCHAR w_value[] = { 0xe4, 'x', 0xd83d, 0xdc27, 0 };
static const WCHAR w_half[] = { 'a', 0xd83d, 0 };
#define U8_VALUE "\xc3\xa4x\xf0\x9f\x90\xa7"

static UINT show_variable(int argc, char *argv[])
{
	char value[256];

	for (int i = 0; i < argc; i++)
		printf("<%s>", GetEnvironmentVariableA(argv[i], value, sizeof(value)) ?
			       value : "");
	return 0;
}

static UINT count_variables(int argc, char *argv[])
{
	(void)argv;
	for (argc = 0; environ[argc]; argc++)
		;
	return argc;
}

static const struct child_mode modes[] = {
	{ "variable", show_variable },
	{ "count", count_variables },
	{ 0 },
};

FIXTURE(environment) {
	char value[64];
	WCHAR wide[64];
};

FIXTURE_SETUP(environment)
{
	poison(self->value, sizeof(self->value));
	poison(self->wide, sizeof(self->wide));
	setenv("WAPI_T", "value", 1);
	setenv("WAPI_E", "", 1);
	unsetenv("WAPI_N");
}

FIXTURE_TEARDOWN(environment)
{
}

#define UNWRITTEN(buffer) ((unsigned char)*(const char *)(buffer) == POISON)

TEST_F(environment, GetEnvironmentVariable_gives_the_length_without_the_zero)
{
	EXPECT_QUIET(5, GetEnvironmentVariableA("WAPI_T", self->value, 64));
	EXPECT_STREQ("value", self->value);
	EXPECT_QUIET(5, GetEnvironmentVariableW(w_name, self->wide, 64));
	EXPECT_EQ('v', self->wide[0]);
	EXPECT_EQ(0, self->wide[5]);
	EXPECT_QUIET(5, GetEnvironmentVariableA("WAPI_T", self->value, 6));
}

TEST_F(environment, GetEnvironmentVariable_gives_what_is_needed_with_the_zero)
{
	EXPECT_QUIET(6, GetEnvironmentVariableA("WAPI_T", self->value, 5));
	EXPECT_QUIET(6, GetEnvironmentVariableA("WAPI_T", NULL, 0));
	EXPECT_QUIET(6, GetEnvironmentVariableW(w_name, self->wide, 5));
	EXPECT_QUIET(6, GetEnvironmentVariableW(w_name, NULL, 0));
	EXPECT_TRUE(UNWRITTEN(self->value));
	EXPECT_TRUE(UNWRITTEN(self->wide));
}

TEST_F(environment, GetEnvironmentVariable_of_an_empty_one_is_no_error)
{
	EXPECT_QUIET(0, GetEnvironmentVariableA("WAPI_E", self->value, 64));
	EXPECT_STREQ("", self->value);
	EXPECT_QUIET(1, GetEnvironmentVariableA("WAPI_E", self->value, 0));
}

TEST_F(environment, GetEnvironmentVariable_of_none)
{
	EXPECT_FAILS(ERROR_ENVVAR_NOT_FOUND, 0,
		     GetEnvironmentVariableA("WAPI_N", self->value, 64));
	EXPECT_FAILS(ERROR_ENVVAR_NOT_FOUND, 0,
		     GetEnvironmentVariableW(w_missing, self->wide, 64));
	EXPECT_FAILS(ERROR_ENVVAR_NOT_FOUND, 0,
		     GetEnvironmentVariableA("wapi_t", self->value, 64));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     GetEnvironmentVariableA("", self->value, 64));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     GetEnvironmentVariableA(NULL, self->value, 64));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     GetEnvironmentVariableW(NULL, self->wide, 64));
	EXPECT_TRUE(UNWRITTEN(self->value));
	EXPECT_TRUE(UNWRITTEN(self->wide));
}

TEST_F(environment, SetEnvironmentVariable_is_seen_by_all)
{
	EXPECT_QUIET(TRUE, SetEnvironmentVariableA("WAPI_N", "new"));
	EXPECT_STREQ("new", getenv("WAPI_N"));
	EXPECT_QUIET(TRUE, SetEnvironmentVariableA("WAPI_N", "newer"));
	EXPECT_STREQ("newer", getenv("WAPI_N"));
	EXPECT_QUIET(TRUE, SetEnvironmentVariableA("WAPI_N", ""));
	EXPECT_STREQ("", getenv("WAPI_N"));
	EXPECT_QUIET(TRUE, SetEnvironmentVariableA("WAPI_N", NULL));
	EXPECT_EQ(NULL, getenv("WAPI_N"));
	EXPECT_QUIET(TRUE, SetEnvironmentVariableW(w_missing, w_value));
	EXPECT_STREQ(U8_VALUE, getenv("WAPI_N"));
	EXPECT_QUIET(4, GetEnvironmentVariableW(w_missing, self->wide, 64));
	EXPECT_EQ(0, memcmp(w_value, self->wide, sizeof(w_value)));
	EXPECT_QUIET(TRUE, SetEnvironmentVariableW(w_missing, NULL));
	EXPECT_EQ(NULL, getenv("WAPI_N"));
}

TEST_F(environment, SetEnvironmentVariable_refuses)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, SetEnvironmentVariableA("", "x"));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, SetEnvironmentVariableA(NULL, "x"));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, SetEnvironmentVariableA("A=B", "x"));
	EXPECT_FAILS(ERROR_ENVVAR_NOT_FOUND, FALSE, SetEnvironmentVariableA("WAPI_N", NULL));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, FALSE,
		     SetEnvironmentVariableW(w_name, w_half));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, FALSE,
		     SetEnvironmentVariableW(w_half, w_value));
	EXPECT_STREQ("value", getenv("WAPI_T"));
}

TEST_F(environment, malformed_text_is_an_error_in_UTF_16_only)
{
	setenv("WAPI_T", "a\xff", 1);
	EXPECT_QUIET(2, GetEnvironmentVariableA("WAPI_T", self->value, 64));
	EXPECT_STREQ("a\xff", self->value);
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0,
		     GetEnvironmentVariableW(w_name, self->wide, 64));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, NULL, GetEnvironmentStringsW());
	EXPECT_TRUE(UNWRITTEN(self->wide));
}

TEST_F(environment, GetEnvironmentStrings_has_all)
{
	LPSTR strings, at;
	LPWSTR wide, w;
	size_t count = 0, all = 0, wide_count = 0;
	bool found = false;

	while (environ[all])
		all++;
	SetLastError(UNTOUCHED);
	strings = GetEnvironmentStringsA();
	wide = GetEnvironmentStringsW();
	EXPECT_LAST_ERROR(UNTOUCHED);
	ASSERT_NE(NULL, strings);
	ASSERT_NE(NULL, wide);
	for (at = strings; *at; at += strlen(at) + 1, count++)
		found = found || !strcmp(at, "WAPI_T=value");
	for (w = wide; *w; wide_count++) {
		while (*w)
			w++;
		w++;
	}
	EXPECT_TRUE(found);
	EXPECT_EQ(all, count);
	EXPECT_EQ(all, wide_count);
	/* A copy. */
	strings[0] ^= 1;
	EXPECT_TRUE(FreeEnvironmentStringsA(strings));
	EXPECT_TRUE(FreeEnvironmentStringsW(wide));
}

TEST_F(environment, GetEnvironmentStrings_of_nothing_is_two_zeros)
{
	LPSTR strings;
	LPWSTR wide;

	clearenv();
	strings = GetEnvironmentStringsA();
	wide = GetEnvironmentStringsW();
	ASSERT_NE(NULL, strings);
	ASSERT_NE(NULL, wide);
	EXPECT_EQ(0, strings[0] | strings[1] | wide[0] | wide[1]);
	FreeEnvironmentStringsA(strings);
	FreeEnvironmentStringsW(wide);
}

static const char *expand(const char *source)
{
	static char text[256];

	return ExpandEnvironmentStringsA(source, text, sizeof(text)) == strlen(text) + 1 ?
	       text : "wrong length";
}

TEST_F(environment, ExpandEnvironmentStrings_puts_values_in)
{
	EXPECT_STREQ("", expand(""));
	EXPECT_STREQ("nothing", expand("nothing"));
	EXPECT_STREQ("value", expand("%WAPI_T%"));
	EXPECT_STREQ("a value, value", expand("a %WAPI_T%, %WAPI_T%"));
	EXPECT_STREQ("valuevalue", expand("%WAPI_T%%WAPI_T%"));
	EXPECT_STREQ("", expand("%WAPI_E%"));
	EXPECT_STREQ("%WAPI_N%", expand("%WAPI_N%"));
	EXPECT_STREQ("50%", expand("50%"));
	EXPECT_STREQ("%%", expand("%%"));
	EXPECT_STREQ("% value", expand("% %WAPI_T%"));
	EXPECT_STREQ("%WAPI_N value", expand("%WAPI_N %WAPI_T%"));
	/* What comes out is not looked at again. */
	setenv("WAPI_T", "%WAPI_E%", 1);
	EXPECT_STREQ("%WAPI_E%", expand("%WAPI_T%"));
}

TEST_F(environment, ExpandEnvironmentStrings_tells_what_is_needed)
{
	static const WCHAR source[] = { '%', 'W', 'A', 'P', 'I', '_', 'T', '%', '!', 0 };

	EXPECT_QUIET(7, ExpandEnvironmentStringsA("%WAPI_T%!", NULL, 0));
	EXPECT_QUIET(7, ExpandEnvironmentStringsA("%WAPI_T%!", self->value, 6));
	EXPECT_TRUE(UNWRITTEN(self->value));
	EXPECT_QUIET(7, ExpandEnvironmentStringsA("%WAPI_T%!", self->value, 7));
	EXPECT_STREQ("value!", self->value);
	EXPECT_QUIET(7, ExpandEnvironmentStringsW(source, self->wide, 6));
	EXPECT_TRUE(UNWRITTEN(self->wide));
	EXPECT_QUIET(7, ExpandEnvironmentStringsW(source, self->wide, 7));
	EXPECT_EQ('!', self->wide[5]);
	EXPECT_EQ(0, self->wide[6]);
}

TEST_F(environment, ExpandEnvironmentStrings_refuses)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     ExpandEnvironmentStringsA(NULL, self->value, 64));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0,
		     ExpandEnvironmentStringsW(NULL, self->wide, 64));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0,
		     ExpandEnvironmentStringsW(w_half, self->wide, 64));
}

TEST_F(environment, a_program_gets_the_callers)
{
	ASSERT_TRUE(SetEnvironmentVariableA("WAPI_N", "to the child"));
	EXPECT_STREQ("<value><to the child>", text_of("variable WAPI_T WAPI_N"));
}

TEST_F(environment, a_program_gets_a_block_and_nothing_else)
{
	char block[] = "WAPI_N=of the block\0=C:=C:\\dir\0";
	const struct output *output;
	char line[8192];

	strcpy(line, child_line("variable WAPI_T WAPI_N"));
	output = run(NULL, line, 0, block, NULL);
	EXPECT_STREQ("<><of the block>", output->text);
	strcpy(line, child_line("count"));
	output = run(NULL, line, 0, block, NULL);
	EXPECT_EQ(2, output->code);
	output = run(NULL, line, 0, "\0", NULL);
	EXPECT_EQ(0, output->code);
}

TEST_F(environment, a_program_gets_a_block_in_UTF_16)
{
	WCHAR block[32] = { 'W', 'A', 'P', 'I', '_', 'N', '=' };
	static const WCHAR half[] = { 'X', '=', 0xdc00, 0, 0 };
	char line[8192];

	memcpy(block + 7, w_value, sizeof(w_value));
	strcpy(line, child_line("variable WAPI_T WAPI_N"));
	EXPECT_STREQ("<><" U8_VALUE ">",
		     run(NULL, line, CREATE_UNICODE_ENVIRONMENT, block, NULL)->text);
	EXPECT_EQ(ERROR_NO_UNICODE_TRANSLATION,
		  run(NULL, line, CREATE_UNICODE_ENVIRONMENT, (void *)half, NULL)->error);
}

static atomic_bool changes_end;

static void *change_all_the_time(void *unused)
{
	(void)unused;
	while (!atomic_load(&changes_end)) {
		SetEnvironmentVariableA("WAPI_T", "some value that takes a while to copy");
		SetEnvironmentVariableA("WAPI_T", NULL);
	}
	return NULL;
}

static UINT ask_after_fork(void)
{
	char value[64];

	alarm(CHILD_PATIENCE);
	GetEnvironmentVariableA("WAPI_T", value, sizeof(value));
	return SetEnvironmentVariableA("WAPI_T", "x") &&
	       GetEnvironmentVariableA("WAPI_T", value, sizeof(value)) == 1 ? 0 : 1;
}

TEST_F(environment, is_not_left_locked_in_a_child_that_is_forked_meanwhile)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, change_all_the_time, NULL));
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(ask_after_fork());
		ASSERT_EQ(0, end_of(pid));
	}
	atomic_store(&changes_end, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

CHILD_MAIN(modes)
