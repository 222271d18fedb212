/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of libwapi-win32's processes share: programs that they start.  A test
 * program starts itself, with "--child" and what to do; see CHILD_MAIN.
 * Nothing here asserts.
 */
#ifndef WIN32_CHILD_H
#define WIN32_CHILD_H

#include "win32_sync.h"

#define DIRECTORY "/tmp/wapi-win32-test"

/* One thing that the program does when it is started for it; its exit code. */
struct child_mode {
	const char *name;
	UINT (*run)(int argc, char *argv[]);
};

static inline UINT run_child(const struct child_mode *modes, int argc, char *argv[])
{
	alarm(CHILD_PATIENCE);
	for (; argc > 2 && modes->name; modes++)
		if (!strcmp(modes->name, argv[2]))
			return modes->run(argc - 3, argv + 3);
	fprintf(stderr, "# no such child: %s\n", argc > 2 ? argv[2] : "");
	return 99;
}

/* Instead of TEST_HARNESS_MAIN. */
#define CHILD_MAIN(modes)						\
int main(int argc, char *argv[])					\
{									\
	if (argc > 1 && !strcmp(argv[1], "--child"))			\
		return run_child(modes, argc, argv);			\
	return test_harness_run(argc, argv);				\
}

/* The command line for this program to do something; good until the next call. */
static inline char *child_line(const char *what)
{
	static char line[8192];
	char path[4096];

	if (!GetModuleFileNameA(NULL, path, sizeof(path)))
		return NULL;
	snprintf(line, sizeof(line), "\"%s\" --child %s", path, what);
	return line;
}

static inline BOOL start_line(char *line, BOOL inherit, DWORD flags, STARTUPINFOA *startup,
			      PROCESS_INFORMATION *information)
{
	STARTUPINFOA plain = { .cb = sizeof(plain) };

	poison(information, sizeof(*information));
	return CreateProcessA(NULL, line, NULL, NULL, inherit, flags, NULL, NULL,
			      startup ? startup : &plain, information);
}

static inline BOOL start(const char *what, BOOL inherit, DWORD flags, STARTUPINFOA *startup,
			 PROCESS_INFORMATION *information)
{
	return start_line(child_line(what), inherit, flags, startup, information);
}

/* Its exit code, when it has ended; closes the handles. */
static inline DWORD code_of(PROCESS_INFORMATION *information)
{
	DWORD code = POISON32;

	if (WaitForSingleObject(information->hProcess, PATIENCE_MS) == WAIT_OBJECT_0)
		GetExitCodeProcess(information->hProcess, &code);
	CloseHandle(information->hProcess);
	CloseHandle(information->hThread);
	return code;
}

static inline DWORD code_of_child(const char *what)
{
	PROCESS_INFORMATION information;

	if (!start(what, FALSE, 0, NULL, &information))
		return POISON32;
	return code_of(&information);
}

static inline SECURITY_ATTRIBUTES *inheritable(void)
{
	static SECURITY_ATTRIBUTES attributes = {
		.nLength = sizeof(attributes), .bInheritHandle = TRUE,
	};

	return &attributes;
}

/*
 * As refuses_bad_handles(), where the pseudo-handle of the process is a good one and
 * @other is a handle of another type.
 */
static inline const char *refuses_but_process(BOOL (*function)(HANDLE), HANDLE other)
{
	static char text[80];
	HANDLE closed = CreateEventA(NULL, TRUE, FALSE, NULL);
	const HANDLE bad[] = { NULL, GARBAGE, closed, PSEUDO_THREAD, other };

	if (!CloseHandle(closed))
		return "nothing can be closed";
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		SetLastError(UNTOUCHED);
		if (!function(bad[i]) && GetLastError() == ERROR_INVALID_HANDLE)
			continue;
		snprintf(text, sizeof(text), "%p: last error %u", bad[i], GetLastError());
		return text;
	}
	return "";
}

/* A handle as a word of a command line, and back. */
static inline unsigned long value_of(HANDLE handle)
{
	return (unsigned long)(uintptr_t)handle;
}

static inline HANDLE handle_of(const char *text)
{
	return (HANDLE)(uintptr_t)strtoul(text, NULL, 0);
}

/* All that can be read from a pipe; its length, or -1 if that did not end well. */
static inline int read_all(HANDLE pipe, char *text, size_t size)
{
	size_t length = 0;
	DWORD n;

	while (length < size - 1 && ReadFile(pipe, text + length, size - 1 - length, &n, NULL))
		length += n;
	text[length] = 0;
	return GetLastError() == ERROR_BROKEN_PIPE ? (int)length : -1;
}

/* How a program is started, and what it wrote. */
struct output {
	char text[8192];
	int length;
	DWORD code;
	DWORD error;	/* of CreateProcess(), or 0 */
};

static inline const struct output *run(LPCSTR application, char *line, DWORD flags,
				       void *environment, LPCSTR directory)
{
	static struct output output;
	PROCESS_INFORMATION information;
	STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	HANDLE from = NULL;
	BOOL done;

	memset(&output, 0, sizeof(output));
	output.length = -1;
	if (!CreatePipe(&from, &startup.hStdOutput, inheritable(), 0))
		return &output;
	SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0);
	startup.hStdError = startup.hStdOutput;
	SetLastError(UNTOUCHED);
	done = CreateProcessA(application, line, NULL, NULL, TRUE, flags, environment,
			      directory, &startup, &information);
	output.error = done ? 0 : GetLastError();
	CloseHandle(startup.hStdOutput);
	if (done) {
		output.length = read_all(from, output.text, sizeof(output.text));
		output.code = code_of(&information);
	}
	CloseHandle(from);
	return &output;
}

/* Of a child mode that writes. */
static inline const char *text_of(const char *what)
{
	return run(NULL, child_line(what), 0, NULL, NULL)->text;
}

#endif /* WIN32_CHILD_H */
