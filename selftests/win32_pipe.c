// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes and what can be done with files by their Win32 names: each function, its errors
 * and each kind of bad handle.
 */
#include "win32_sync.h"

#include <sys/resource.h>

FIXTURE(pipe) {
	HANDLE from, to;
	HANDLE event;
	char text[64];
	DWORD n;
};

FIXTURE_SETUP(pipe)
{
	ASSERT_TRUE(CreatePipe(&self->from, &self->to, NULL, 0));
	self->event = CreateEventA(NULL, TRUE, FALSE, NULL);
	ASSERT_NE(NULL, self->event);
	poison(self->text, sizeof(self->text));
	self->n = POISON32;
}

FIXTURE_TEARDOWN(pipe)
{
	CloseHandle(self->from);
	CloseHandle(self->to);
	CloseHandle(self->event);
}

TEST(CreatePipe_makes_two_handles)
{
	SECURITY_ATTRIBUTES inheritable = {
		.nLength = sizeof(inheritable), .bInheritHandle = TRUE,
	};
	HANDLE from = NULL, to = NULL;
	DWORD flags = POISON32;

	EXPECT_QUIET(TRUE, CreatePipe(&from, &to, NULL, 0));
	EXPECT_EQ(4, (uintptr_t)from);
	EXPECT_EQ(8, (uintptr_t)to);
	EXPECT_TRUE(GetHandleInformation(from, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_FALSE(CompareObjectHandles(from, to));
	EXPECT_TRUE(CompareObjectHandles(from, from));
	EXPECT_QUIET(TRUE, CloseHandle(from));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(from));
	EXPECT_QUIET(TRUE, CloseHandle(to));
	EXPECT_QUIET(TRUE, CreatePipe(&from, &to, &inheritable, 100000));
	EXPECT_EQ(4, (uintptr_t)from);
	EXPECT_TRUE(GetHandleInformation(to, &flags));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags);
	EXPECT_QUIET(TRUE, CreatePipe(&from, &to, NULL, 0xffffffff));
}

TEST(CreatePipe_refuses_and_changes_nothing)
{
	struct rlimit limit = { .rlim_max = 64 };
	HANDLE from = GARBAGE, to = GARBAGE, other;

	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, CreatePipe(NULL, &to, NULL, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, CreatePipe(&from, NULL, NULL, 0));
	other = CreateEventA(NULL, TRUE, FALSE, NULL);
	ASSERT_EQ(4, (uintptr_t)other);
	limit.rlim_cur = dup(0);
	ASSERT_EQ(0, close(limit.rlim_cur));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_FAILS(ERROR_TOO_MANY_OPEN_FILES, FALSE, CreatePipe(&from, &to, NULL, 0));
	EXPECT_EQ(GARBAGE, from);
	EXPECT_EQ(GARBAGE, to);
	EXPECT_EQ(8, (uintptr_t)CreateEventA(NULL, TRUE, FALSE, NULL));
}

TEST_F(pipe, reads_what_was_written)
{
	EXPECT_QUIET(TRUE, WriteFile(self->to, "12345", 5, &self->n, NULL));
	EXPECT_EQ(5, self->n);
	self->n = POISON32;
	EXPECT_QUIET(TRUE, ReadFile(self->from, self->text, 3, &self->n, NULL));
	EXPECT_EQ(3, self->n);
	EXPECT_EQ(0, memcmp(self->text, "123", 3));
	/* What is there, though less than is asked for. */
	EXPECT_QUIET(TRUE, ReadFile(self->from, self->text, 64, &self->n, NULL));
	EXPECT_EQ(2, self->n);
	EXPECT_EQ(0, memcmp(self->text, "45", 2));
	EXPECT_EQ(POISON, (unsigned char)self->text[3]);
}

TEST_F(pipe, two_low_bits_of_a_handle_are_ignored)
{
	HANDLE odd = (HANDLE)((uintptr_t)self->to | 3);

	EXPECT_QUIET(TRUE, WriteFile(odd, "x", 1, &self->n, NULL));
	EXPECT_QUIET(FILE_TYPE_PIPE, GetFileType(odd));
}

TEST_F(pipe, reading_after_the_last_writer_is_ERROR_BROKEN_PIPE)
{
	EXPECT_TRUE(WriteFile(self->to, "end", 3, &self->n, NULL));
	CloseHandle(self->to);
	EXPECT_QUIET(TRUE, ReadFile(self->from, self->text, 64, &self->n, NULL));
	EXPECT_EQ(3, self->n);
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE,
		     ReadFile(self->from, self->text, 64, &self->n, NULL));
	EXPECT_EQ(0, self->n);
}

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

TEST_F(pipe, writing_without_a_reader_is_ERROR_BROKEN_PIPE_and_no_signal)
{
	sigset_t pipe, pending;

	CloseHandle(self->from);
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, WriteFile(self->to, "x", 1, &self->n, NULL));
	EXPECT_EQ(0, self->n);
	signal(SIGPIPE, count_signal);
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, WriteFile(self->to, "x", 1, &self->n, NULL));
	EXPECT_EQ(0, signals);
	/* One that is there already stays. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	raise(SIGPIPE);
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, WriteFile(self->to, "x", 1, &self->n, NULL));
	sigpending(&pending);
	EXPECT_EQ(1, sigismember(&pending, SIGPIPE));
}

static void *write_much(void *handle)
{
	static char much[1 << 20];
	DWORD n;

	return (void *)(uintptr_t)(WriteFile(handle, much, sizeof(much), &n, NULL) ? n : 0);
}

TEST_F(pipe, a_write_returns_when_all_is_written)
{
	static char much[1 << 16];
	size_t total = 0;
	pthread_t thread;
	void *written;

	ASSERT_EQ(0, pthread_create(&thread, NULL, write_much, self->to));
	while (total < 1 << 20) {
		ASSERT_TRUE(ReadFile(self->from, much, sizeof(much), &self->n, NULL));
		total += self->n;
	}
	pthread_join(thread, &written);
	EXPECT_EQ(1 << 20, (uintptr_t)written);
	EXPECT_EQ(1 << 20, total);
}

TEST_F(pipe, a_handle_that_is_closed_keeps_the_file_of_a_call)
{
	static char much[1 << 16];
	size_t total = 0;
	pthread_t thread;
	void *written;

	ASSERT_EQ(0, pthread_create(&thread, NULL, write_much, self->to));
	ASSERT_TRUE(ReadFile(self->from, much, 1, &self->n, NULL));
	EXPECT_TRUE(CloseHandle(self->to));
	for (total = 1; ReadFile(self->from, much, sizeof(much), &self->n, NULL);)
		total += self->n;
	EXPECT_LAST_ERROR(ERROR_BROKEN_PIPE);
	pthread_join(thread, &written);
	EXPECT_EQ(1 << 20, total);
}

TEST_F(pipe, the_wrong_end_is_ERROR_ACCESS_DENIED)
{
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE,
		     WriteFile(self->from, "x", 1, &self->n, NULL));
	EXPECT_EQ(0, self->n);
	self->n = POISON32;
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE,
		     ReadFile(self->to, self->text, 1, &self->n, NULL));
	EXPECT_EQ(0, self->n);
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, FlushFileBuffers(self->from));
}

TEST_F(pipe, bad_memory_is_an_error)
{
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, WriteFile(self->to, (void *)8, 1, &self->n, NULL));
	EXPECT_TRUE(WriteFile(self->to, "x", 1, &self->n, NULL));
	EXPECT_FAILS(ERROR_NOACCESS, FALSE, ReadFile(self->from, (void *)8, 1, &self->n, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, WriteFile(self->to, "x", 1, NULL, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
		     ReadFile(self->from, self->text, 1, NULL, NULL));
}

static BOOL reads(HANDLE handle)
{
	DWORD n = POISON32;
	char c;

	return ReadFile(handle, &c, 1, &n, NULL) || n;
}

static BOOL writes(HANDLE handle)
{
	DWORD n = POISON32;

	return WriteFile(handle, "x", 1, &n, NULL) || n;
}

static BOOL has_type(HANDLE handle)
{
	return GetFileType(handle) != FILE_TYPE_UNKNOWN;
}

TEST_F(pipe, bad_handles_are_refused)
{
	EXPECT_STREQ("", refuses_bad_handles(reads, self->event));
	EXPECT_STREQ("", refuses_bad_handles(writes, self->event));
	EXPECT_STREQ("", refuses_bad_handles(has_type, self->event));
	EXPECT_STREQ("", refuses_bad_handles(FlushFileBuffers, self->event));
}

TEST_F(pipe, is_nothing_to_wait_for)
{
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED, WaitForSingleObject(self->from, 0));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetEvent(self->from));
}

TEST_F(pipe, overlapped_is_ignored_as_documented)
{
	OVERLAPPED overlapped = { .Offset = 5, .hEvent = GARBAGE, .Internal = POISON32 };

	EXPECT_QUIET(TRUE, WriteFile(self->to, "x", 1, &self->n, &overlapped));
	EXPECT_EQ(1, self->n);
	EXPECT_QUIET(TRUE, ReadFile(self->from, self->text, 4, &self->n, &overlapped));
	EXPECT_EQ(1, self->n);
	EXPECT_EQ(POISON32, overlapped.Internal);
	EXPECT_QUIET(TRUE, WriteFile(self->to, "x", 1, NULL, &overlapped));
}

TEST_F(pipe, duplicates_share_one_end)
{
	HANDLE copy = NULL;

	ASSERT_TRUE(DuplicateHandle((HANDLE)-1, self->to, (HANDLE)-1, &copy, 0, FALSE,
				    DUPLICATE_SAME_ACCESS));
	EXPECT_NE(self->to, copy);
	EXPECT_TRUE(CompareObjectHandles(self->to, copy));
	EXPECT_TRUE(CloseHandle(self->to));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, WriteFile(self->to, "x", 1, &self->n, NULL));
	EXPECT_QUIET(TRUE, WriteFile(copy, "x", 1, &self->n, NULL));
	EXPECT_TRUE(CloseHandle(copy));
	EXPECT_TRUE(ReadFile(self->from, self->text, 4, &self->n, NULL));
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE,
		     ReadFile(self->from, self->text, 4, &self->n, NULL));
}

static atomic_bool was_read;

static void *read_later(void *handle)
{
	DWORD n;
	char c;

	usleep(A_WHILE * 1000);
	atomic_store(&was_read, true);
	ReadFile(handle, &c, 1, &n, NULL);
	return NULL;
}

TEST_F(pipe, FlushFileBuffers_waits_until_all_is_read)
{
	pthread_t thread;

	EXPECT_QUIET(TRUE, FlushFileBuffers(self->to));
	EXPECT_TRUE(WriteFile(self->to, "x", 1, &self->n, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_later, self->from));
	EXPECT_QUIET(TRUE, FlushFileBuffers(self->to));
	EXPECT_TRUE(atomic_load(&was_read));
	pthread_join(thread, NULL);
	EXPECT_TRUE(WriteFile(self->to, "x", 1, &self->n, NULL));
	CloseHandle(self->from);
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, FlushFileBuffers(self->to));
}

/* A file on a disk, which only inheritance and standard handles bring here yet. */
static HANDLE disk_file(const char *text, int flags)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600), other;
	char path[64];
	HANDLE handle;

	if (fd < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, flags);
	dup2(other, 0);
	close(other);
	close(fd);
	handle = GetStdHandle(STD_INPUT_HANDLE);
	return handle;
}

TEST(a_disk_file_ends_without_an_error)
{
	HANDLE file = disk_file("some text", O_RDWR);
	char text[64];
	DWORD n = POISON32;

	ASSERT_NE(NULL, file);
	EXPECT_QUIET(FILE_TYPE_DISK, GetFileType(file));
	EXPECT_QUIET(TRUE, ReadFile(file, text, 64, &n, NULL));
	EXPECT_EQ(9, n);
	EXPECT_QUIET(TRUE, ReadFile(file, text, 64, &n, NULL));
	EXPECT_EQ(0, n);
	EXPECT_QUIET(TRUE, FlushFileBuffers(file));
}

TEST(a_disk_file_is_read_and_written_where_OVERLAPPED_says)
{
	HANDLE file = disk_file("0123456789", O_RDWR);
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
	OVERLAPPED overlapped = { .Offset = 4, .hEvent = event };
	char text[64];
	DWORD n = POISON32;

	EXPECT_QUIET(TRUE, ReadFile(file, text, 3, &n, &overlapped));
	EXPECT_EQ(3, n);
	EXPECT_EQ(0, memcmp("456", text, 3));
	EXPECT_EQ(0, overlapped.Internal);
	EXPECT_EQ(3, overlapped.InternalHigh);
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(event, 0));
	/* The file is where that ended. */
	EXPECT_QUIET(TRUE, ReadFile(file, text, 1, &n, NULL));
	EXPECT_EQ('7', text[0]);
	overlapped.Offset = 2;
	EXPECT_QUIET(TRUE, WriteFile(file, "xy", 2, NULL, &overlapped));
	EXPECT_EQ(2, overlapped.InternalHigh);
	overlapped.Offset = overlapped.OffsetHigh = 0xffffffff;
	EXPECT_QUIET(TRUE, WriteFile(file, "!", 1, &n, &overlapped));
	overlapped.Offset = overlapped.OffsetHigh = 0;
	EXPECT_QUIET(TRUE, ReadFile(file, text, 64, &n, &overlapped));
	EXPECT_EQ(11, n);
	EXPECT_EQ(0, memcmp("01xy456789!", text, 11));
	overlapped.Offset = 11;
	EXPECT_FAILS(ERROR_HANDLE_EOF, FALSE, ReadFile(file, text, 64, &n, &overlapped));
	EXPECT_EQ(0, n);
	EXPECT_EQ(0xc0000011, overlapped.Internal);
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(event, 0));
}

TEST(a_disk_file_refuses_bad_OVERLAPPED)
{
	HANDLE file = disk_file("0123456789", O_RDONLY);
	OVERLAPPED overlapped = { .hEvent = GARBAGE };
	DWORD n = POISON32;
	char text[4];

	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, ReadFile(file, text, 4, &n, &overlapped));
	EXPECT_EQ(0, n);
	overlapped.hEvent = NULL;
	overlapped.OffsetHigh = 0x80000000;
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, ReadFile(file, text, 4, &n, &overlapped));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, WriteFile(file, "x", 1, &n, NULL));
	EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, FlushFileBuffers(file));
}

TEST(a_full_disk_is_ERROR_DISK_FULL)
{
	DWORD n;

	ASSERT_EQ(0, dup2(open("/dev/full", O_RDWR), 0));
	EXPECT_FAILS(ERROR_DISK_FULL, FALSE,
		     WriteFile(GetStdHandle(STD_INPUT_HANDLE), "x", 1, &n, NULL));
}

TEST(GetFileType_tells_what_is_behind)
{
	int sockets[2], terminal;
	static const struct {
		const char *path;
		DWORD type;
	} files[] = {
		{ "/dev/null", FILE_TYPE_CHAR },
		{ "/", FILE_TYPE_DISK },
		{ "/proc/self/exe", FILE_TYPE_DISK },
	};
	HANDLE handle;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(0, dup2(open(files[i].path, O_RDONLY), 0));
		EXPECT_QUIET(files[i].type, GetFileType(GetStdHandle(STD_INPUT_HANDLE)));
	}
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, dup2(sockets[0], 0));
	handle = GetStdHandle(STD_INPUT_HANDLE);
	EXPECT_QUIET(FILE_TYPE_PIPE, GetFileType(handle));
	EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE, FlushFileBuffers(handle));
	terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (terminal >= 0) {
		ASSERT_EQ(0, dup2(terminal, 0));
		EXPECT_QUIET(FILE_TYPE_CHAR, GetFileType(handle));
		EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, FlushFileBuffers(handle));
	}
	/* It is no file to the kernel's mind either. */
	ASSERT_EQ(0, dup2(syscall(SYS_epoll_create1, 0), 0));
	SetLastError(UNTOUCHED);
	EXPECT_EQ(FILE_TYPE_UNKNOWN, GetFileType(handle));
	EXPECT_LAST_ERROR(NO_ERROR);
}

TEST(GetStdHandle_is_of_the_descriptors)
{
	HANDLE in, out, error;
	DWORD flags = POISON32;

	SetLastError(UNTOUCHED);
	in = GetStdHandle(STD_INPUT_HANDLE);
	out = GetStdHandle(STD_OUTPUT_HANDLE);
	error = GetStdHandle(STD_ERROR_HANDLE);
	EXPECT_LAST_ERROR(UNTOUCHED);
	ASSERT_NE(NULL, in);
	ASSERT_NE(NULL, out);
	ASSERT_NE(NULL, error);
	EXPECT_NE(in, out);
	EXPECT_NE(out, error);
	EXPECT_EQ(in, GetStdHandle(STD_INPUT_HANDLE));
	EXPECT_TRUE(GetHandleInformation(in, &flags));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags);
}

TEST(GetStdHandle_of_a_closed_descriptor_is_none)
{
	close(0);
	EXPECT_QUIET(NULL, GetStdHandle(STD_INPUT_HANDLE));
}

TEST(GetStdHandle_and_SetStdHandle_refuse_another_one)
{
	EXPECT_FAILS(ERROR_INVALID_HANDLE, INVALID_HANDLE_VALUE, GetStdHandle(0));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, INVALID_HANDLE_VALUE,
		     GetStdHandle(STD_ERROR_HANDLE - 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, INVALID_HANDLE_VALUE,
		     GetStdHandle(STD_INPUT_HANDLE + 1));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, SetStdHandle(0, NULL));
}

TEST_F(pipe, SetStdHandle_sets_whatever_it_is_given)
{
	EXPECT_QUIET(TRUE, SetStdHandle(STD_OUTPUT_HANDLE, self->to));
	EXPECT_QUIET(self->to, GetStdHandle(STD_OUTPUT_HANDLE));
	EXPECT_QUIET(TRUE, SetStdHandle(STD_OUTPUT_HANDLE, GARBAGE));
	EXPECT_QUIET(GARBAGE, GetStdHandle(STD_OUTPUT_HANDLE));
	EXPECT_QUIET(TRUE, SetStdHandle(STD_OUTPUT_HANDLE, NULL));
	EXPECT_QUIET(NULL, GetStdHandle(STD_OUTPUT_HANDLE));
}

TEST(a_closed_standard_handle_ends_what_is_at_the_other_end)
{
	int ends[2];
	char c;

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, dup2(ends[1], 0));
	close(ends[1]);
	EXPECT_TRUE(CloseHandle(GetStdHandle(STD_INPUT_HANDLE)));
	EXPECT_EQ(0, read(ends[0], &c, 1));
	/* And what is opened next does not become the standard one. */
	EXPECT_NE(0, open("/dev/null", O_RDONLY));
}

TEST(a_forked_child_has_no_handles_of_files)
{
	HANDLE from, to;
	pid_t pid;
	DWORD n;
	char c;

	ASSERT_TRUE(CreatePipe(&from, &to, NULL, 0));
	pid = fork();
	if (!pid) {
		alarm(CHILD_PATIENCE);
		CHILD_ASSERT(!WriteFile(to, "x", 1, &n, NULL));
		CHILD_ASSERT(GetLastError() == ERROR_INVALID_HANDLE);
		CHILD_ASSERT(GetStdHandle(STD_ERROR_HANDLE));
		CHILD_ASSERT(CreatePipe(&from, &to, NULL, 0));
		_exit(0);
	}
	/* Not even their descriptors. */
	CloseHandle(to);
	EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, ReadFile(from, &c, 1, &n, NULL));
	EXPECT_EQ(0, end_of(pid));
}

TEST_HARNESS_MAIN
