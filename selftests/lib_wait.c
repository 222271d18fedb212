// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi: objects with a state, names, waits, sharing and descriptors; each
 * function and each of its errors, waits that signals interrupt, and what a
 * forked child has of its parent.
 */
#include "lib_test.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define HANDLE_NEVER_MADE 0x7ff
#define MS 1000000LL
#define SECOND 1000000000LL
/* For what is there at once, on a busy emulated machine. */
#define PATIENCE (60 * SECOND)
/* Long enough that nothing but a wait takes it. */
#define WHILE (200 * MS)

FIXTURE(wait) {
	struct wapi_client *client;
	struct wapi_client *other;	/* same process and domain */
};

FIXTURE_SETUP(wait)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_client_open(&self->other));
}

FIXTURE_TEARDOWN(wait)
{
	wapi_client_close(self->other);
	wapi_client_close(self->client);
}

static int64_t now(void)
{
	return wapi_deadline(0);
}

static struct wapi_query query_of(struct wapi_client *client, uint32_t handle)
{
	struct wapi_query query = { 0 };

	wapi_query(client, handle, &query);
	return query;
}

static uint32_t event(struct wapi_client *client, uint32_t flags)
{
	uint32_t handle = 0;

	wapi_event_new(client, flags, NULL, &handle, NULL);
	return handle;
}

static uint32_t mutex(struct wapi_client *client, uint32_t flags)
{
	uint32_t handle = 0;

	wapi_mutex_new(client, flags, NULL, &handle, NULL);
	return handle;
}

/* Until so many threads wait for it. */
static bool has_waiters(struct wapi_client *client, uint32_t handle,
			uint32_t count)
{
	for (int i = 0; i < 60000; i++) {
		if (query_of(client, handle).state.waiters == count)
			return true;
		usleep(1000);
	}
	return false;
}

TEST_F(wait, an_event_stays_set_or_resets_itself_as_it_was_made)
{
	uint32_t self_reset = event(self->client, WAPI_NEW_SIGNALLED);
	uint32_t manual = event(self->client, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);

	EXPECT_EQ(0, wapi_wait_one(self->client, self_reset, 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, self_reset, 0, NULL));
	EXPECT_EQ(0, wapi_wait_one(self->client, manual, 0, NULL));
	EXPECT_EQ(0, wapi_wait_one(self->client, manual, 0, NULL));
	EXPECT_EQ(WAPI_STATE_MANUAL, query_of(self->client, manual).state.flags);
	EXPECT_EQ(0, query_of(self->client, self_reset).state.flags);
}

TEST_F(wait, set_reset_and_pulse_tell_what_was_before)
{
	uint32_t handle = event(self->client, WAPI_NEW_MANUAL);
	bool previous = true;

	EXPECT_EQ(0, wapi_set(self->client, handle, &previous));
	EXPECT_FALSE(previous);
	EXPECT_EQ(0, wapi_set(self->client, handle, &previous));
	EXPECT_TRUE(previous);
	previous = false;
	EXPECT_EQ(0, wapi_reset(self->client, handle, &previous));
	EXPECT_TRUE(previous);
	EXPECT_EQ(0, wapi_reset(self->client, handle, &previous));
	EXPECT_FALSE(previous);
	EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
	EXPECT_EQ(0, wapi_pulse(self->client, handle, &previous));
	EXPECT_TRUE(previous);
	EXPECT_EQ(0, query_of(self->client, handle).signalled);
	EXPECT_EQ(0, wapi_pulse(self->client, handle, NULL));
	EXPECT_EQ(0, wapi_reset(self->client, handle, NULL));
}

TEST_F(wait, set_reset_and_pulse_refuse_what_is_no_event)
{
	uint32_t handle = mutex(self->client, 0), foreign = event(self->other, 0);
	bool previous = true;

	EXPECT_EQ(-EOPNOTSUPP, wapi_set(self->client, handle, &previous));
	EXPECT_EQ(-EOPNOTSUPP, wapi_reset(self->client, handle, &previous));
	EXPECT_EQ(-EOPNOTSUPP, wapi_pulse(self->client, handle, &previous));
	EXPECT_EQ(-EBADF, wapi_set(self->client, foreign, &previous));
	EXPECT_EQ(-EBADF, wapi_reset(self->client, HANDLE_NEVER_MADE, &previous));
	EXPECT_EQ(-EBADF, wapi_pulse(self->client, 0, &previous));
	EXPECT_TRUE(previous);
}

TEST_F(wait, a_mutex_is_owned_as_often_as_it_was_taken)
{
	uint32_t handle = mutex(self->client, WAPI_NEW_OWNED), count = POISON32;
	struct wapi_query query;

	EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
	query = query_of(self->client, handle);
	EXPECT_EQ(2, query.state.count);
	EXPECT_EQ(getpid(), query.state.pid);
	EXPECT_EQ(gettid(), query.state.tid);
	EXPECT_EQ(0, wapi_mutex_release(self->client, handle, &count));
	EXPECT_EQ(1, count);
	EXPECT_EQ(0, wapi_mutex_release(self->client, handle, NULL));
	count = POISON32;
	EXPECT_EQ(-EPERM, wapi_mutex_release(self->client, handle, &count));
	EXPECT_EQ(-EBADF, wapi_mutex_release(self->client, HANDLE_NEVER_MADE, &count));
	EXPECT_EQ(-EOPNOTSUPP, wapi_mutex_release(self->client,
						  event(self->client, 0), &count));
	EXPECT_EQ(POISON32, count);
}

TEST_F(wait, a_semaphore_counts_up_to_its_maximum)
{
	uint32_t handle, previous = POISON32;

	ASSERT_EQ(0, wapi_sem_new(self->client, 0, 1, 3, NULL, &handle, NULL));
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(0, wapi_sem_release(self->client, handle, 2, &previous));
	EXPECT_EQ(0, previous);
	EXPECT_EQ(0, wapi_sem_release(self->client, handle, 1, NULL));
	previous = POISON32;
	EXPECT_EQ(-EOVERFLOW, wapi_sem_release(self->client, handle, 1, &previous));
	EXPECT_EQ(-EINVAL, wapi_sem_release(self->client, handle, 0, &previous));
	EXPECT_EQ(-EBADF, wapi_sem_release(self->client, 0, 1, &previous));
	EXPECT_EQ(-EOPNOTSUPP, wapi_sem_release(self->client, event(self->client, 0),
						1, &previous));
	EXPECT_EQ(POISON32, previous);
	EXPECT_EQ(3, query_of(self->client, handle).state.count);
	EXPECT_EQ(3, query_of(self->client, handle).state.maximum);

	handle = POISON32;
	EXPECT_EQ(-EINVAL, wapi_sem_new(self->client, 0, 4, 3, NULL, &handle, NULL));
	EXPECT_EQ(POISON32, handle);
	ASSERT_EQ(0, wapi_sem_new(self->client, 0, 0, 0, NULL, &handle, NULL));
	EXPECT_EQ(INT32_MAX, query_of(self->client, handle).state.maximum);
}

TEST_F(wait, a_process_is_signalled_by_its_end_and_keeps_its_status)
{
	uint32_t by_pid = 0, by_fd = 0;
	struct wapi_query query;
	int pidfd;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	ASSERT_LE(0, pidfd);
	ASSERT_EQ(0, wapi_process_new_pid(self->client, 0, pid, NULL, &by_pid, NULL));
	ASSERT_EQ(0, wapi_process_new(self->client, 0, pidfd, NULL, &by_fd, NULL));
	EXPECT_EQ(0, close(pidfd));
	EXPECT_NE(by_pid, by_fd);
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, by_pid, WHILE, NULL));
	EXPECT_EQ(pid, query_of(self->client, by_pid).state.pid);

	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(0, wapi_wait_one(self->client, by_pid, PATIENCE, NULL));
	EXPECT_EQ(0, wapi_wait_one(self->client, by_fd, PATIENCE, NULL));
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
	query = query_of(self->client, by_pid);
	EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, query.state.flags);
	EXPECT_TRUE(WIFSIGNALED(query.state.exit_status));
	EXPECT_EQ(SIGKILL, WTERMSIG(query.state.exit_status));
}

TEST_F(wait, a_process_needs_a_pidfd_or_a_pid)
{
	int next = dup(0), null = open("/dev/null", O_RDONLY);
	uint32_t handle = POISON32;
	bool existed = true;
	pid_t pid;

	close(next);
	EXPECT_EQ(-EBADF, wapi_process_new(self->client, 0, -1, NULL, &handle, &existed));
	EXPECT_EQ(-EBADF, wapi_process_new(self->client, 0, null, NULL, &handle, &existed));
	EXPECT_EQ(-EINVAL, wapi_process_new(self->client, WAPI_NEW_OWNED, null, NULL,
					    &handle, &existed));
	EXPECT_EQ(-EINVAL, wapi_process_new_pid(self->client, 0, -1, NULL, &handle,
						&existed));
	pid = fork();
	if (!pid)
		_exit(0);
	EXPECT_EQ(0, end_of(pid));
	EXPECT_EQ(-ESRCH, wapi_process_new_pid(self->client, 0, pid, NULL, &handle,
					       &existed));
	EXPECT_EQ(-EINVAL, wapi_process_new_pid(self->client, 0, getpid(), "", &handle,
						&existed));
	EXPECT_EQ(POISON32, handle);
	EXPECT_TRUE(existed);
	close(null);
	/* Nothing is left open. */
	EXPECT_EQ(next, dup(0));
	close(next);
}

struct thread_object {
	struct wapi_client *client;
	uint32_t handle;
	pid_t tid;
	int error;
	atomic_bool made, end;
};

static void *be_an_object(void *context)
{
	struct thread_object *object = context;

	object->tid = gettid();
	object->error = wapi_thread_new(object->client, 0, NULL, &object->handle,
					NULL) ?:
			wapi_thread_exit(object->client, object->handle, 1) ?:
			wapi_thread_exit(object->client, object->handle, -7);
	atomic_store(&object->made, true);
	while (!atomic_load(&object->end))
		usleep(1000);
	return NULL;
}

TEST_F(wait, a_thread_is_signalled_by_its_end_and_keeps_its_code)
{
	struct thread_object object = { .client = self->client };
	struct wapi_query query;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, be_an_object, &object));
	while (!atomic_load(&object.made))
		usleep(1000);
	ASSERT_EQ(0, object.error);
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, object.handle, WHILE, NULL));
	EXPECT_EQ(-EPERM, wapi_thread_exit(self->client, object.handle, 3));
	EXPECT_EQ(-EBADF, wapi_thread_exit(self->other, object.handle, 3));
	EXPECT_EQ(-EOPNOTSUPP, wapi_thread_exit(self->client,
						event(self->client, 0), 3));
	atomic_store(&object.end, true);
	EXPECT_EQ(0, wapi_wait_one(self->client, object.handle, PATIENCE, NULL));
	pthread_join(thread, NULL);
	query = query_of(self->client, object.handle);
	EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, query.state.flags);
	EXPECT_EQ(-7, query.state.exit_status);
}

TEST_F(wait, each_maker_opens_what_is_there)
{
	uint32_t made[5], opened = 0;
	bool existed = true;

	ASSERT_EQ(0, wapi_event_new(self->client, 0, "event", &made[0], &existed));
	EXPECT_FALSE(existed);
	ASSERT_EQ(0, wapi_mutex_new(self->client, WAPI_NEW_OWNED, "mutex", &made[1],
				    &existed));
	EXPECT_FALSE(existed);
	ASSERT_EQ(0, wapi_sem_new(self->client, 0, 2, 5, "sem", &made[2], &existed));
	EXPECT_FALSE(existed);
	ASSERT_EQ(0, wapi_process_new_pid(self->client, 0, getpid(), "process",
					  &made[3], &existed));
	EXPECT_FALSE(existed);
	ASSERT_EQ(0, wapi_thread_new(self->client, 0, "thread", &made[4], &existed));
	EXPECT_FALSE(existed);

	EXPECT_EQ(0, wapi_event_new(self->other, WAPI_NEW_SIGNALLED, "event", &opened,
				    &existed));
	EXPECT_EQ(made[0], opened);
	EXPECT_TRUE(existed);
	/* Nothing of it was used. */
	EXPECT_EQ(0, query_of(self->other, opened).signalled);
	EXPECT_EQ(0, wapi_mutex_new(self->other, WAPI_NEW_OWNED, "Global\\mutex",
				    &opened, NULL));
	EXPECT_EQ(made[1], opened);
	EXPECT_EQ(1, query_of(self->other, opened).state.count);
	existed = false;
	EXPECT_EQ(0, wapi_sem_new(self->other, 0, 1, 1, "sem", &opened, &existed));
	EXPECT_EQ(made[2], opened);
	EXPECT_TRUE(existed);
	EXPECT_EQ(5, query_of(self->other, opened).state.maximum);
	EXPECT_EQ(0, wapi_process_new_pid(self->other, 0, getppid(), "process",
					  &opened, &existed));
	EXPECT_EQ(made[3], opened);
	EXPECT_EQ(getpid(), query_of(self->other, opened).state.pid);
	EXPECT_EQ(0, wapi_thread_new(self->other, 0, "thread", &opened, &existed));
	EXPECT_EQ(made[4], opened);
}

TEST_F(wait, a_name_that_is_taken_is_refused)
{
	uint32_t made, handle = POISON32, found = POISON32;
	bool existed = true;

	ASSERT_EQ(0, wapi_event_new(self->client, WAPI_NEW_EXCLUSIVE, "a", &made, NULL));
	EXPECT_EQ(-EEXIST, wapi_event_new(self->client, WAPI_NEW_EXCLUSIVE, "a",
					  &handle, &existed));
	EXPECT_EQ(-EPROTOTYPE, wapi_mutex_new(self->client, 0, "a", &handle, &existed));
	EXPECT_EQ(-EPROTOTYPE, wapi_sem_new(self->client, 0, 0, 0, "a", &handle,
					    &existed));
	EXPECT_EQ(-EPROTOTYPE, wapi_thread_new(self->client, 0, "a", &handle, &existed));
	EXPECT_EQ(-EPROTOTYPE, wapi_process_new_pid(self->client, 0, getpid(), "a",
						    &handle, &existed));
	EXPECT_EQ(-EPROTOTYPE, wapi_open_name(self->client, "a", WAPI_TYPE_SEM,
					      &handle, &found));
	EXPECT_EQ(POISON32, handle);
	EXPECT_EQ(POISON32, found);
	EXPECT_TRUE(existed);
	EXPECT_EQ(1, query_of(self->client, made).own_references);
}

TEST_F(wait, a_name_is_opened_by_whoever_knows_it_and_goes_with_the_object)
{
	uint32_t made, handle = POISON32, found = POISON32;

	ASSERT_EQ(0, wapi_event_new(self->client, 0, "a", &made, NULL));
	EXPECT_EQ(0, wapi_open_name(self->other, "a", WAPI_TYPE_UNUSED, &handle,
				    &found));
	EXPECT_EQ(made, handle);
	EXPECT_EQ(WAPI_TYPE_EVENT, found);
	EXPECT_EQ(0, wapi_open_name(self->other, "a", WAPI_TYPE_EVENT, &handle, NULL));
	EXPECT_EQ(2, query_of(self->other, handle).own_references);

	EXPECT_EQ(0, wapi_close(self->client, made, NULL));
	EXPECT_EQ(0, wapi_close(self->other, made, NULL));
	EXPECT_EQ(0, wapi_close(self->other, made, NULL));
	handle = found = POISON32;
	EXPECT_EQ(-ENOENT, wapi_open_name(self->other, "a", WAPI_TYPE_UNUSED, &handle,
					  &found));
	EXPECT_EQ(POISON32, handle);
	EXPECT_EQ(POISON32, found);
}

TEST_F(wait, a_malformed_name_is_refused)
{
	char longest[WAPI_NAME_MAX + 2];
	uint32_t handle = POISON32, found = POISON32;
	static const char *const bad[] = {
		"", "a\\b", "Global\\", "Local\\", "Global\\a\\b", "\\a",
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_EQ(-EINVAL, wapi_event_new(self->client, 0, bad[i], &handle,
						  NULL));
		EXPECT_EQ(-EINVAL, wapi_open_name(self->client, bad[i], 0, &handle,
						  &found));
	}
	memset(longest, 'x', sizeof(longest));
	longest[WAPI_NAME_MAX + 1] = '\0';
	EXPECT_EQ(-EINVAL, wapi_event_new(self->client, 0, longest, &handle, NULL));
	EXPECT_EQ(-EINVAL, wapi_open_name(self->client, longest, 0, &handle, &found));
	EXPECT_EQ(-EINVAL, wapi_open_name(self->client, "a", WAPI_TYPE_COUNT, &handle,
					  &found));
	EXPECT_EQ(POISON32, handle);
	EXPECT_EQ(POISON32, found);
	longest[WAPI_NAME_MAX] = '\0';
	EXPECT_EQ(0, wapi_event_new(self->client, 0, longest, &handle, NULL));
	EXPECT_EQ(0, wapi_open_name(self->client, longest, 0, &found, NULL));
	EXPECT_EQ(handle, found);
}

struct names_seen {
	int count;
	struct wapi_name_record last;
};

static int see_name(const void *record, void *context)
{
	struct names_seen *seen = context;

	seen->count++;
	memcpy(&seen->last, record, sizeof(seen->last));
	return 0;
}

TEST_F(wait, list_shows_names_of_any_length)
{
	struct names_seen seen = { 0 };
	char longest[WAPI_NAME_MAX + 1] = "";
	uint32_t handle;

	for (int i = 0; i < 10; i++) {
		memset(longest, 'a' + i, WAPI_NAME_MAX);
		ASSERT_EQ(0, wapi_event_new(self->client, 0, longest, &handle, NULL));
	}
	event(self->client, 0);
	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_NAMES, 0,
			       sizeof(struct wapi_name_record), see_name, &seen));
	EXPECT_EQ(10, seen.count);
	EXPECT_EQ(handle, seen.last.handle);
	EXPECT_EQ(WAPI_NAME_MAX, seen.last.size);
	EXPECT_STREQ(longest, seen.last.name);
}

TEST_F(wait, a_deadline_is_so_far_from_now)
{
	struct timespec time;
	int64_t before, after;

	before = wapi_deadline(0);
	clock_gettime(CLOCK_MONOTONIC, &time);
	after = wapi_deadline(5 * SECOND);
	EXPECT_LE(before, time.tv_sec * SECOND + time.tv_nsec);
	EXPECT_LE(time.tv_sec * SECOND + time.tv_nsec + 5 * SECOND, after);
	EXPECT_EQ(WAPI_WAIT_FOREVER, wapi_deadline(-1));
	EXPECT_EQ(WAPI_WAIT_FOREVER, wapi_deadline(INT64_MIN));
	EXPECT_EQ(WAPI_WAIT_FOREVER, wapi_deadline(INT64_MAX));
}

TEST_F(wait, a_wait_ends_at_its_deadline_and_not_before)
{
	uint32_t handle = event(self->client, 0);
	struct wapi_waited waited;
	int64_t begin = now();

	poison(&waited, sizeof(waited));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, WHILE, &waited));
	EXPECT_LE(begin + WHILE, now());
	begin = now();
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_any(self->client, &handle, 1, begin + WHILE,
					    &waited));
	EXPECT_LE(begin + WHILE, now());
	begin = now();
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_all(self->client, &handle, 1, begin + WHILE,
					    &waited));
	EXPECT_LE(begin + WHILE, now());
	/* For the time only. */
	begin = now();
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_any(self->client, NULL, 0, begin + WHILE,
					    &waited));
	EXPECT_LE(begin + WHILE, now());
	/* Passed. */
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_any(self->client, &handle, 1, 1, &waited));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_any(self->client, &handle, 1, -1, &waited));
	EXPECT_EQ(POISON32, waited.index);
	EXPECT_EQ(POISON32, waited.abandoned);
	EXPECT_EQ((int32_t)POISON32, waited.abandoned_tid);
}

TEST_F(wait, any_takes_the_first_and_all_takes_all)
{
	uint32_t handles[3] = {
		event(self->client, 0), event(self->client, WAPI_NEW_SIGNALLED),
		event(self->client, WAPI_NEW_SIGNALLED),
	};
	struct wapi_waited waited;

	poison(&waited, sizeof(waited));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_all(self->client, handles, 3, 0, NULL));
	EXPECT_EQ(0, wapi_wait_any(self->client, handles, 3, 0, &waited));
	EXPECT_EQ(1, waited.index);
	EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, waited.abandoned);
	EXPECT_EQ(0, waited.abandoned_tid);
	EXPECT_EQ(1, query_of(self->client, handles[2]).signalled);
	wapi_set(self->client, handles[0], NULL);
	wapi_set(self->client, handles[1], NULL);
	EXPECT_EQ(0, wapi_wait_all(self->client, handles, 3, WAPI_WAIT_FOREVER, &waited));
	EXPECT_EQ(0, waited.index);
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_any(self->client, handles, 3, 0, NULL));
}

TEST_F(wait, bad_waits_are_refused)
{
	static uint32_t many[WAPI_WAIT_MAX + 1];
	uint32_t twice[2] = { event(self->client, WAPI_NEW_SIGNALLED) };
	uint32_t find, foreign = event(self->other, WAPI_NEW_SIGNALLED);
	struct wapi_waited waited;

	twice[1] = twice[0];
	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_FIND, &find));
	for (unsigned int i = 0; i <= WAPI_WAIT_MAX; i++)
		many[i] = twice[0];
	poison(&waited, sizeof(waited));
	EXPECT_EQ(-EINVAL, wapi_wait_any(self->client, many, WAPI_WAIT_MAX + 1, 0,
					 &waited));
	EXPECT_EQ(-EINVAL, wapi_wait_all(self->client, twice, 2, 0, &waited));
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, foreign, 0, &waited));
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, 0, -1, &waited));
	EXPECT_EQ(-EOPNOTSUPP, wapi_wait_one(self->client, find, -1, &waited));
	EXPECT_EQ(-EFAULT, wapi_wait_any(self->client, NULL, 1, 0, &waited));
	EXPECT_EQ(POISON32, waited.index);
	EXPECT_EQ(POISON32, waited.abandoned);
	EXPECT_EQ(1, query_of(self->client, twice[0]).signalled);
	EXPECT_EQ(0, wapi_wait_any(self->client, many, WAPI_WAIT_MAX, 0, &waited));
	EXPECT_EQ(0, waited.index);
}

struct waiter {
	struct wapi_client *client;
	uint32_t handle;
	int64_t timeout;
	struct wapi_waited waited;
	int error;
	int64_t ended;
	pid_t tid;
};

static void *wait_in_thread(void *context)
{
	struct waiter *waiter = context;

	waiter->tid = gettid();
	waiter->error = wapi_wait_one(waiter->client, waiter->handle,
				      waiter->timeout, &waiter->waited);
	waiter->ended = now();
	return NULL;
}

TEST_F(wait, a_mutex_whose_thread_ended_is_told_to_be_abandoned_once)
{
	struct waiter owner = { .client = self->client, .timeout = 0 };
	uint32_t handles[2] = { event(self->client, 0), mutex(self->client, 0) };
	struct wapi_waited waited;
	pthread_t thread;

	owner.handle = handles[1];
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_in_thread, &owner));
	pthread_join(thread, NULL);
	ASSERT_EQ(0, owner.error);
	EXPECT_EQ(0, wapi_wait_any(self->client, handles, 2, wapi_deadline(PATIENCE),
				   &waited));
	EXPECT_EQ(1, waited.index);
	EXPECT_EQ(1, waited.abandoned);
	EXPECT_EQ(owner.tid, waited.abandoned_tid);
	EXPECT_EQ(0, wapi_wait_one(self->client, handles[1], 0, &waited));
	EXPECT_EQ(0, waited.index);
	EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, waited.abandoned);
}

TEST_F(wait, signal_and_wait_signals_each_type)
{
	uint32_t set = event(self->client, 0), go = event(self->client, 0);
	uint32_t owned = mutex(self->client, WAPI_NEW_OWNED), sem;
	struct wapi_waited waited;

	ASSERT_EQ(0, wapi_sem_new(self->client, 0, 0, 9, NULL, &sem, NULL));
	poison(&waited, sizeof(waited));
	EXPECT_EQ(-ETIMEDOUT, wapi_signal_and_wait(self->client, set, 0, go, 0, &waited));
	EXPECT_EQ(1, query_of(self->client, set).signalled);
	EXPECT_EQ(-ETIMEDOUT, wapi_signal_and_wait(self->client, owned, 0, go, MS,
						   &waited));
	EXPECT_EQ(0, query_of(self->client, owned).state.count);
	EXPECT_EQ(-ETIMEDOUT, wapi_signal_and_wait(self->client, sem, 4, go, 0, &waited));
	EXPECT_EQ(4, query_of(self->client, sem).state.count);
	EXPECT_EQ(POISON32, waited.index);
	/* For what it signals itself. */
	EXPECT_EQ(0, wapi_signal_and_wait(self->client, go, 0, go, 0, &waited));
	EXPECT_EQ(0, waited.index);
}

TEST_F(wait, signal_and_wait_refuses_and_signals_nothing)
{
	uint32_t go = event(self->client, WAPI_NEW_SIGNALLED), free = mutex(self->client, 0);
	uint32_t set = event(self->client, 0), sem;
	struct wapi_waited waited;

	ASSERT_EQ(0, wapi_sem_new(self->client, 0, 0, 9, NULL, &sem, NULL));
	poison(&waited, sizeof(waited));
	EXPECT_EQ(-EINVAL, wapi_signal_and_wait(self->client, 0, 0, go, 0, &waited));
	EXPECT_EQ(-EBADF, wapi_signal_and_wait(self->client, set, 0, 0, 0, &waited));
	EXPECT_EQ(-EBADF, wapi_signal_and_wait(self->client, HANDLE_NEVER_MADE, 0, go, 0,
					       &waited));
	EXPECT_EQ(-EPERM, wapi_signal_and_wait(self->client, free, 0, go, 0, &waited));
	EXPECT_EQ(-EOVERFLOW, wapi_signal_and_wait(self->client, sem, 10, go, 0,
						   &waited));
	EXPECT_EQ(-EINVAL, wapi_signal_and_wait(self->client, sem, 0, go, 0, &waited));
	EXPECT_EQ(-EINVAL, wapi_signal_and_wait(self->client, set, 1, go, 0, &waited));
	EXPECT_EQ(POISON32, waited.index);
	EXPECT_EQ(0, query_of(self->client, set).signalled);
	EXPECT_EQ(0, query_of(self->client, sem).state.count);
	EXPECT_EQ(1, query_of(self->client, go).signalled);
}

TEST_F(wait, the_general_wait_has_an_alert_and_the_real_time)
{
	uint32_t handles[2] = { event(self->client, 0), event(self->client, 0) };
	uint32_t set = event(self->client, 0);
	struct timespec time;
	struct wapi_wait wait = {
		.handles = address(handles),
		.count = 2,
		.flags = WAPI_WAIT_ALL,
		.timeout = WAPI_WAIT_FOREVER,
		.alert = event(self->client, WAPI_NEW_SIGNALLED),
		.signal = set,
		.index = POISON32,
	};

	EXPECT_EQ(0, wapi_wait(self->client, &wait));
	EXPECT_EQ(2, wait.index);
	EXPECT_EQ(1, query_of(self->client, set).signalled);

	clock_gettime(CLOCK_REALTIME, &time);
	wait = (struct wapi_wait){
		.handles = address(handles),
		.count = 2,
		.flags = WAPI_WAIT_REALTIME,
		.timeout = time.tv_sec * SECOND + time.tv_nsec + WHILE,
		.signal = set,
		.index = POISON32,
	};
	EXPECT_EQ(-ETIMEDOUT, wapi_wait(self->client, &wait));
	EXPECT_EQ(0, wait.signal);
	EXPECT_EQ(POISON32, wait.index);
	clock_gettime(CLOCK_REALTIME, &time);
	EXPECT_LE(wait.timeout, time.tv_sec * SECOND + time.tv_nsec);
	/* It can be made again as it is. */
	wapi_set(self->client, handles[1], NULL);
	EXPECT_EQ(0, wapi_wait(self->client, &wait));
	EXPECT_EQ(1, wait.index);
}

static atomic_int interruptions;

static void interrupt(int signal)
{
	(void)signal;
	atomic_fetch_add(&interruptions, 1);
}

/* Both ways: the library makes the call again, or the kernel does. */
static void handle_alarms(int flags)
{
	struct sigaction action = { .sa_handler = interrupt, .sa_flags = flags };
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } };

	atomic_store(&interruptions, 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void ignore_alarms(void)
{
	struct itimerval never = { 0 };

	setitimer(ITIMER_REAL, &never, NULL);
}

TEST_F(wait, a_wait_that_signals_interrupt_keeps_its_deadline)
{
	uint32_t handle = event(self->client, 0), sem;
	int64_t begin;

	ASSERT_EQ(0, wapi_sem_new(self->client, 0, 0, 0, NULL, &sem, NULL));
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		handle_alarms(flags);
		begin = now();
		EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, WHILE, NULL));
		EXPECT_LE(begin + WHILE, now());
		/* If each restart began anew, it would never end. */
		EXPECT_GT(begin + PATIENCE, now());
		EXPECT_EQ(-ETIMEDOUT, wapi_wait_all(self->client, &handle, 1,
						    wapi_deadline(WHILE), NULL));
		/* And signals once. */
		EXPECT_EQ(-ETIMEDOUT, wapi_signal_and_wait(self->client, sem, 1, handle,
							   WHILE, NULL));
		ignore_alarms();
		EXPECT_LT(3, atomic_load(&interruptions));
		EXPECT_EQ(0, wapi_wait_one(self->client, sem, 0, NULL));
		EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, sem, 0, NULL));
	}
}

static void *set_later(void *context)
{
	struct waiter *waiter = context;

	usleep(300000);
	waiter->error = wapi_set(waiter->client, waiter->handle, NULL);
	return NULL;
}

TEST_F(wait, a_wait_that_signals_interrupt_is_satisfied_once)
{
	struct waiter setter = {
		.client = self->client,
		.handle = event(self->client, 0),
	};
	pthread_t thread;
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		pthread_sigmask(SIG_BLOCK, &alarms, NULL);
		ASSERT_EQ(0, pthread_create(&thread, NULL, set_later, &setter));
		pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
		handle_alarms(flags);
		EXPECT_EQ(0, wapi_wait_one(self->client, setter.handle, -1, NULL));
		ignore_alarms();
		pthread_join(thread, NULL);
		EXPECT_EQ(0, setter.error);
		EXPECT_LT(3, atomic_load(&interruptions));
		EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, setter.handle, 0, NULL));
	}
}

TEST_F(wait, waiters_are_listed_with_their_threads)
{
	struct waiter waiter = {
		.client = self->client,
		.handle = event(self->client, 0),
		.timeout = -1,
	};
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_in_thread, &waiter));
	EXPECT_TRUE(has_waiters(self->client, waiter.handle, 1));
	EXPECT_EQ(0, wapi_pulse(self->client, waiter.handle, NULL));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, waiter.error);
	EXPECT_EQ(0, query_of(self->client, waiter.handle).state.waiters);
}

static pid_t raw_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static pid_t (*const forks[])(void) = { fork, _Fork, raw_clone };
#define EACH_FORK(f) for (unsigned int f = 0; f < 3; f++)

TEST_F(wait, a_forked_child_waits_with_a_client_of_its_own)
{
	uint32_t go = event(self->client, 0), done = event(self->client, 0);
	uint32_t owned = mutex(self->client, WAPI_NEW_OWNED);
	pid_t pid;

	fflush(NULL);
	EACH_FORK(f) {
		pid = forks[f]();
		if (!pid) {
			alarm(CHILD_PATIENCE);
			/* It holds nothing. */
			CHILD_ASSERT(wapi_wait_one(self->client, go, 0, NULL) == -EBADF);
			CHILD_ASSERT(wapi_open(self->client, go, NULL) == 0);
			CHILD_ASSERT(wapi_open(self->client, done, NULL) == 0);
			CHILD_ASSERT(wapi_open(self->client, owned, NULL) == 0);
			/* And it owns nothing, though the thread looks the same. */
			CHILD_ASSERT(wapi_mutex_release(self->client, owned, NULL) == -EPERM);
			CHILD_ASSERT(wapi_wait_one(self->client, owned, 0, NULL) == -ETIMEDOUT);
			CHILD_ASSERT(wapi_signal_and_wait(self->client, done, 0, go, -1,
							  NULL) == 0);
			_exit(0);
		}
		EXPECT_EQ(0, wapi_wait_one(self->client, done, PATIENCE, NULL));
		EXPECT_EQ(1, query_of(self->client, go).state.waiters);
		EXPECT_EQ(0, wapi_set(self->client, go, NULL));
		EXPECT_EQ(0, end_of(pid));
	}
	EXPECT_EQ(0, wapi_mutex_release(self->client, owned, NULL));
}

TEST_F(wait, a_mutex_of_a_killed_child_is_abandoned_to_its_parent)
{
	uint32_t handle = mutex(self->client, 0);
	struct wapi_waited waited;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		CHILD_ASSERT(wapi_open(self->client, handle, NULL) == 0);
		CHILD_ASSERT(wapi_wait_one(self->client, handle, 0, NULL) == 0);
		raise(SIGKILL);
	}
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, PATIENCE, &waited));
	EXPECT_EQ(0, waited.abandoned);
	EXPECT_EQ(pid, waited.abandoned_tid);
}

TEST_F(wait, a_forked_child_inherits_what_is_marked)
{
	uint32_t marked = event(self->client, 0), not_marked = event(self->client, 0);
	bool previous = true;
	pid_t pid, grandchild;

	EXPECT_EQ(0, wapi_mark(self->client, marked, true, &previous));
	EXPECT_FALSE(previous);
	EXPECT_EQ(0, wapi_mark(self->client, not_marked, true, NULL));
	EXPECT_EQ(0, wapi_mark(self->client, not_marked, false, &previous));
	EXPECT_TRUE(previous);
	fflush(NULL);
	EACH_FORK(f) {
		pid = forks[f]();
		if (!pid) {
			CHILD_ASSERT(query_of(self->client, marked).own_references == 1);
			CHILD_ASSERT(query_of(self->client, marked).state.flags &
				     WAPI_STATE_INHERIT);
			CHILD_ASSERT(query_of(self->client, not_marked).handle == 0);
			CHILD_ASSERT(wapi_set(self->client, marked, NULL) == 0);
			/* And so on. */
			grandchild = forks[f]();
			if (!grandchild) {
				CHILD_ASSERT(wapi_wait_one(self->client, marked, 0, NULL) == 0);
				_exit(0);
			}
			CHILD_ASSERT(end_of(grandchild) == 0);
			CHILD_ASSERT(wapi_close(self->client, marked, NULL) == 0);
			CHILD_ASSERT(wapi_close(self->client, marked, NULL) == -EBADF);
			_exit(0);
		}
		EXPECT_EQ(0, end_of(pid));
	}
	EXPECT_EQ(1, query_of(self->client, marked).references);
	EXPECT_EQ(0, info_of(self->client).refused);
}

TEST_F(wait, a_child_inherits_what_is_marked_at_its_first_use)
{
	uint32_t early = event(self->client, 0), late = event(self->client, 0);
	int go[2];
	char c;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, wapi_mark(self->client, early, true, NULL));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		CHILD_ASSERT(read(go[0], &c, 1) == 1);
		CHILD_ASSERT(wapi_set(self->client, early, NULL) == -EBADF);
		CHILD_ASSERT(wapi_set(self->client, late, NULL) == 0);
		_exit(0);
	}
	ASSERT_EQ(0, wapi_mark(self->client, early, false, NULL));
	ASSERT_EQ(0, wapi_mark(self->client, late, true, NULL));
	ASSERT_EQ(1, write(go[1], "g", 1));
	EXPECT_EQ(0, end_of(pid));
}

/* Adopted by a process that has a client in the domain too. */
TEST_F(wait, an_orphan_inherits_nothing_of_who_adopts_it)
{
	uint32_t handle = event(self->client, 0);
	int orphaned[2], told[2];
	char c = 0;
	pid_t pid;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, pipe(orphaned));
	ASSERT_EQ(0, pipe(told));
	ASSERT_EQ(0, wapi_mark(self->client, handle, true, NULL));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		CHILD_ASSERT(wapi_set(self->client, handle, NULL) == 0);
		if (!fork()) {
			close(orphaned[1]);
			CHILD_ASSERT(read(orphaned[0], &c, 1) == 0);
			CHILD_ASSERT(wapi_set(self->client, handle, NULL) == -EBADF);
			CHILD_ASSERT(write(told[1], "y", 1) == 1);
			_exit(0);
		}
		_exit(0);
	}
	close(told[1]);
	EXPECT_EQ(0, end_of(pid));
	close(orphaned[1]);
	EXPECT_EQ(1, read(told[0], &c, 1));
	EXPECT_EQ('y', c);
	EXPECT_LT(0, wait(NULL));
}

TEST_F(wait, inherit_is_for_a_child_that_opened_its_own_client)
{
	uint32_t handle = event(self->client, 0), count = POISON32;
	pid_t pid;

	/* The harness's process has no client. */
	EXPECT_EQ(-ESRCH, wapi_inherit(self->client, &count));
	EXPECT_EQ(POISON32, count);
	EXPECT_EQ(0, wapi_mark(self->client, handle, true, NULL));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		struct wapi_client *own;

		CHILD_ASSERT(wapi_client_open(&own) == 0);
		CHILD_ASSERT(wapi_set(own, handle, NULL) == -EBADF);
		CHILD_ASSERT(wapi_inherit(own, &count) == 0);
		CHILD_ASSERT(count == 1);
		CHILD_ASSERT(wapi_set(own, handle, NULL) == 0);
		CHILD_ASSERT(wapi_inherit(own, NULL) == 0);
		CHILD_ASSERT(query_of(own, handle).own_references == 2);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
	EXPECT_EQ(-EBADF, wapi_mark(self->client, HANDLE_NEVER_MADE, true, NULL));
}

TEST_F(wait, dup_gives_a_reference_to_another_process)
{
	uint32_t handle = event(self->client, 0), process, left = POISON32;
	struct peer peer;
	pid_t pid;

	fflush(NULL);
	pid = fork_peer(&peer);
	if (!pid) {
		CHILD_ASSERT(info_of(self->client).clients == 3);
		send_to(&peer, 0);
		CHILD_ASSERT(receive(&peer) == 1);
		CHILD_ASSERT(query_of(self->client, handle).own_references == 3);
		CHILD_ASSERT(wapi_set(self->client, handle, NULL) == 0);
		send_to(&peer, 0);
		receive(&peer);
		_exit(0);
	}
	ASSERT_EQ(0, receive(&peer));
	ASSERT_EQ(0, wapi_process_new_pid(self->client, 0, pid, NULL, &process, NULL));
	EXPECT_EQ(0, wapi_dup(self->client, handle, pid, 0, &left));
	EXPECT_EQ(1, left);
	EXPECT_EQ(0, wapi_dup_to(self->client, handle, process, 0, &left));
	EXPECT_EQ(1, left);
	EXPECT_EQ(0, wapi_open(self->client, handle, NULL));
	EXPECT_EQ(0, wapi_dup_to(self->client, handle, process, WAPI_DUP_MOVE, &left));
	EXPECT_EQ(1, left);
	send_to(&peer, 1);
	EXPECT_EQ(0, receive(&peer));
	EXPECT_EQ(4, query_of(self->client, handle).references);
	EXPECT_EQ(0, wapi_dup(self->client, handle, pid, WAPI_DUP_MOVE, NULL));
	EXPECT_EQ(-EBADF, wapi_dup(self->client, handle, pid, 0, NULL));
	kill_peer(&peer);
}

TEST_F(wait, dup_refuses_who_is_not_there)
{
	uint32_t handle = event(self->client, 0), record, left = POISON32;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_PROCESS, &record));
	/* Not a client of this domain. */
	EXPECT_EQ(-ESRCH, wapi_dup(self->client, handle, getppid(), 0, &left));
	EXPECT_EQ(-ESRCH, wapi_dup(self->client, handle, 0, 0, &left));
	EXPECT_EQ(-ESRCH, wapi_dup(self->client, handle, -1, 0, &left));
	EXPECT_EQ(-EINVAL, wapi_dup(self->client, handle, getpid(), 8, &left));
	EXPECT_EQ(-EBADF, wapi_dup(self->client, 0, getpid(), 0, &left));
	EXPECT_EQ(-EBADF, wapi_dup_to(self->client, handle, 0, 0, &left));
	EXPECT_EQ(-EBADF, wapi_dup_to(self->client, handle, HANDLE_NEVER_MADE, 0, &left));
	EXPECT_EQ(-EOPNOTSUPP, wapi_dup_to(self->client, handle, handle, 0, &left));
	/* A record of no process. */
	EXPECT_EQ(-ESRCH, wapi_dup_to(self->client, handle, record, 0, &left));
	EXPECT_EQ(POISON32, left);
	EXPECT_EQ(1, query_of(self->client, handle).references);
}

TEST_F(wait, an_event_loop_waits_for_an_object_like_for_a_socket)
{
	uint32_t handle = event(self->client, 0), back = 0, type = POISON32;
	struct epoll_event ready, in = { .events = EPOLLIN };
	int loop = epoll_create1(EPOLL_CLOEXEC), fd = -1;
	struct wapi_acquired acquired;
	struct waiter setter = { .client = self->client, .handle = handle };
	pthread_t thread;

	ASSERT_EQ(0, wapi_to_fd(self->client, handle, O_CLOEXEC | O_NONBLOCK, &fd));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	ASSERT_EQ(0, epoll_ctl(loop, EPOLL_CTL_ADD, fd, &in));
	EXPECT_EQ(0, epoll_wait(loop, &ready, 1, 0));
	poison(&acquired, sizeof(acquired));
	EXPECT_EQ(-EAGAIN, wapi_fd_read(fd, &acquired));
	EXPECT_EQ(POISON32, acquired.abandoned);

	ASSERT_EQ(0, pthread_create(&thread, NULL, set_later, &setter));
	EXPECT_EQ(1, epoll_wait(loop, &ready, 1, 60000));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, wapi_fd_read(fd, &acquired));
	EXPECT_EQ(0, acquired.abandoned);
	EXPECT_EQ(0, epoll_wait(loop, &ready, 1, 0));
	EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
	EXPECT_EQ(0, wapi_fd_read(fd, NULL));

	EXPECT_EQ(0, wapi_from_fd(self->other, fd, &back, &type));
	EXPECT_EQ(handle, back);
	EXPECT_EQ(WAPI_TYPE_EVENT, type);
	EXPECT_EQ(0, wapi_from_fd(self->other, fd, &back, NULL));
	EXPECT_EQ(2, query_of(self->other, back).own_references);
	close(fd);
	close(loop);
}

TEST_F(wait, reading_blocks_through_signals_until_it_acquires)
{
	struct waiter setter = {
		.client = self->client,
		.handle = event(self->client, 0),
	};
	pthread_t thread;
	sigset_t alarms;
	int fd;

	ASSERT_EQ(0, wapi_to_fd(self->client, setter.handle, O_CLOEXEC, &fd));
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarms, NULL);
	ASSERT_EQ(0, pthread_create(&thread, NULL, set_later, &setter));
	pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
	handle_alarms(0);
	EXPECT_EQ(0, wapi_fd_read(fd, NULL));
	ignore_alarms();
	pthread_join(thread, NULL);
	EXPECT_LT(3, atomic_load(&interruptions));
	EXPECT_EQ(0, query_of(self->client, setter.handle).signalled);
	close(fd);
}

TEST_F(wait, descriptors_are_refused_where_they_do_not_fit)
{
	uint32_t handle = event(self->client, 0), find, back = POISON32, type = POISON32;
	int null = open("/dev/zero", O_RDONLY), fd = -77;
	struct rlimit none = { .rlim_max = 100 }, some = { 100, 100 };
	struct wapi_acquired acquired;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_FIND, &find));
	poison(&acquired, sizeof(acquired));
	EXPECT_EQ(-EBADF, wapi_to_fd(self->client, HANDLE_NEVER_MADE, 0, &fd));
	EXPECT_EQ(-EOPNOTSUPP, wapi_to_fd(self->client, find, 0, &fd));
	EXPECT_EQ(-EINVAL, wapi_to_fd(self->client, handle, O_APPEND, &fd));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, wapi_to_fd(self->client, handle, 0, &fd));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &some));
	EXPECT_EQ(-77, fd);
	EXPECT_EQ(-EBADF, wapi_from_fd(self->client, -1, &back, &type));
	EXPECT_EQ(-EBADF, wapi_from_fd(self->client, null, &back, &type));
	EXPECT_EQ(POISON32, back);
	EXPECT_EQ(POISON32, type);
	EXPECT_EQ(-EBADF, wapi_fd_read(-1, &acquired));
	EXPECT_EQ(POISON32, acquired.abandoned);
	close(null);
}

TEST_F(wait, a_descriptor_of_another_domain_is_stale)
{
	uint32_t back = POISON32, type = POISON32;
	struct wapi_client *elsewhere;
	int fd;

	ASSERT_EQ(0, wapi_to_fd(self->client, event(self->client, 0), O_CLOEXEC, &fd));
	elsewhere = lonely_client();
	ASSERT_NE(NULL, elsewhere);
	EXPECT_EQ(-ESTALE, wapi_from_fd(elsewhere, fd, &back, &type));
	EXPECT_EQ(POISON32, back);
	EXPECT_EQ(POISON32, type);
	wapi_client_close(elsewhere);
	close(fd);
}

TEST_F(wait, a_read_mutex_tells_that_it_was_abandoned)
{
	struct waiter owner = { .client = self->client, .timeout = 0 };
	struct wapi_acquired acquired;
	struct pollfd polled = { .events = POLLIN };
	pthread_t thread;

	owner.handle = mutex(self->client, 0);
	ASSERT_EQ(0, wapi_to_fd(self->client, owner.handle, O_CLOEXEC, &polled.fd));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_in_thread, &owner));
	pthread_join(thread, NULL);
	ASSERT_EQ(0, owner.error);
	EXPECT_EQ(1, poll(&polled, 1, 60000));
	EXPECT_EQ(0, wapi_fd_read(polled.fd, &acquired));
	EXPECT_EQ(1, acquired.abandoned);
	EXPECT_EQ(owner.tid, acquired.abandoned_tid);
	EXPECT_EQ(0, wapi_mutex_release(self->client, owner.handle, NULL));
	close(polled.fd);
}

TEST_HARNESS_MAIN
