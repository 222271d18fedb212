/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of libwapi-win32's events, mutexes, semaphores, waits and APCs share.
 * Nothing here asserts.  What the kernel knows of an object is looked up by a plain
 * client of the same domain, which finds it by its name.
 */
#ifndef WIN32_SYNC_H
#define WIN32_SYNC_H

#include "lib_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include <wapi/win32.h>

/* No error has it; what leaves the last error alone leaves this. */
#define UNTOUCHED 0x2badbeefU
#define A_WHILE 50		/* ms: long enough that nothing but a wait takes it */
#define PATIENCE_MS 120000	/* for what is there at once, on a busy machine */
#define GARBAGE ((HANDLE)(uintptr_t)0x7ffffffcU)
#define PSEUDO_PROCESS ((HANDLE)(LONG_PTR)-1)
#define PSEUDO_THREAD ((HANDLE)(LONG_PTR)-2)

static inline int64_t now_ns(void)
{
	return wapi_deadline(0);
}

static inline uint32_t kernel_handle(struct wapi_client *client, const char *name)
{
	uint32_t handle = 0;

	wapi_open_name(client, name, WAPI_TYPE_UNUSED, &handle, NULL);
	return handle;
}

/* Until so many threads wait for the object of a name. */
static inline bool has_waiters(struct wapi_client *client, const char *name, uint32_t count)
{
	uint32_t handle = kernel_handle(client, name);
	struct wapi_query query;
	bool has = false;

	for (int i = 0; handle && !has && i < PATIENCE_MS; i++) {
		memset(&query, 0, sizeof(query));
		has = !wapi_query(client, handle, &query) && query.state.waiters == count;
		if (!has)
			usleep(1000);
	}
	if (handle)
		wapi_close(client, handle, NULL);
	return has;
}

/* What the kernel knows of the object of a name. */
static inline struct wapi_query look_at(struct wapi_client *client, const char *name)
{
	uint32_t handle = kernel_handle(client, name);
	struct wapi_query query = { 0 };

	if (handle) {
		wapi_query(client, handle, &query);
		wapi_close(client, handle, NULL);
	}
	return query;
}

/* Runs a function in a thread of its own, and waits for its end. */
static inline void *in_thread(void *(*function)(void *), void *argument)
{
	void *result = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, argument))
		return (void *)-1;
	pthread_join(thread, &result);
	return result;
}

/* A child that has a line to its parent, and ends with it. */
static inline pid_t start_child(struct peer *peer, void (*function)(struct peer *parent))
{
	pid_t pid = fork_peer(peer);

	if (pid)
		return pid;
	alarm(CHILD_PATIENCE);
	function(peer);
	_exit(0);
}

static inline bool tell(struct peer *peer, uint64_t what)
{
	return !send_fd_to(peer, what, -1);
}

/* What the other side told; 0 if it has ended. */
static inline uint64_t told_by(struct peer *peer)
{
	__u64 what = 0;
	int fd = -1;

	return receive_fd_from(peer, &what, &fd) ? 0 : what;
}

static inline int end_by_sigkill(pid_t pid)
{
	kill(pid, SIGKILL);
	return end_of(pid) == 128 + SIGKILL ? 0 : -1;
}

/*
 * The right handle of each kind of bad one: each is wrong in one way.  @other is a
 * handle to an object of another type.
 */
static inline const char *refuses_bad_handles(BOOL (*function)(HANDLE), HANDLE other)
{
	static char text[80];
	HANDLE closed = CreateEventA(NULL, TRUE, FALSE, NULL);
	const struct {
		const char *name;
		HANDLE handle;
	} bad[] = {
		{ "NULL", NULL },
		{ "garbage", GARBAGE },
		{ "a closed handle", closed },
		{ "the process", PSEUDO_PROCESS },
		{ "the thread", PSEUDO_THREAD },
		{ "another type", other },
	};

	if (!CloseHandle(closed))
		return "nothing can be closed";
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		SetLastError(UNTOUCHED);
		if (!function(bad[i].handle) && GetLastError() == ERROR_INVALID_HANDLE)
			continue;
		snprintf(text, sizeof(text), "%s: last error %u", bad[i].name,
			 GetLastError());
		return text;
	}
	return "";
}

#define EXPECT_LAST_ERROR(error) EXPECT_EQ(error, GetLastError())

/* A call that fails with a last error. */
#define EXPECT_FAILS(error, value, call) do {	\
	SetLastError(UNTOUCHED);		\
	EXPECT_EQ(value, call);			\
	EXPECT_LAST_ERROR(error);		\
} while (0)

/* A call that succeeds and leaves the last error alone. */
#define EXPECT_QUIET(value, call) EXPECT_FAILS(UNTOUCHED, value, call)

#endif /* WIN32_SYNC_H */
