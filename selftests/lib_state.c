// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi: types, capabilities and signal states, searches and waits that are
 * answered from the state table.  They tell what the kernel tells, make no system
 * call, and work without the table too; and no wait believes in a reference that
 * was given back.
 */
#include "lib_test.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define HANDLE_NEVER_MADE 0x7ff
#define ALL_CAPS (WAPI_CAP_WAIT | WAPI_CAP_SIGNAL | WAPI_CAP_OWN)
#define MS 1000000LL
#define SECOND 1000000000LL
/* For what is there at once, on a busy emulated machine. */
#define PATIENCE (60 * SECOND)

static atomic_uint requests;
static atomic_bool module_is_old;

/* libwapi calls this one. */
int ioctl(int fd, unsigned long request, ...)
{
	void *argument;
	va_list list;
	int result;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	atomic_fetch_add(&requests, 1);
	result = syscall(SYS_ioctl, fd, request, argument);
	if (!result && request == WAPI_IOC_INFO && atomic_load(&module_is_old))
		((struct wapi_info *)argument)->features &= ~WAPI_FEATURE_STATES;
	return result;
}

/* Address space for 1 MiB more than there is, or as much as before. */
static void limit_address_space(bool limit)
{
	struct rlimit space;
	unsigned long pages = 0;
	FILE *file;

	getrlimit(RLIMIT_AS, &space);
	space.rlim_cur = space.rlim_max;
	if (limit) {
		file = fopen("/proc/self/statm", "r");
		if (!file || fscanf(file, "%lu", &pages) != 1)
			abort();
		fclose(file);
		space.rlim_cur = pages * sysconf(_SC_PAGESIZE) + (1 << 20);
	}
	if (setrlimit(RLIMIT_AS, &space))
		abort();
}

FIXTURE(state) {
	struct wapi_client *client;
	struct wapi_client *other;	/* same process and domain */
};

/* With the table, and with each reason why there may be none. */
FIXTURE_VARIANT(state) {
	bool old_module;
	bool no_room;
};

FIXTURE_VARIANT_ADD(state, from_the_table) { };
FIXTURE_VARIANT_ADD(state, of_an_old_module) { .old_module = true };
FIXTURE_VARIANT_ADD(state, without_address_space) { .no_room = true };

static bool has_table(const FIXTURE_VARIANT(state) *variant)
{
	return !variant->old_module && !variant->no_room;
}

FIXTURE_SETUP(state)
{
	atomic_store(&module_is_old, variant->old_module);
	limit_address_space(variant->no_room);
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_client_open(&self->other));
	limit_address_space(false);
	/* The first look maps the table, or finds out that it cannot. */
	EXPECT_EQ(-EBADF, wapi_handle_type(self->client, HANDLE_NEVER_MADE));
	EXPECT_EQ(-EBADF, wapi_handle_type(self->other, HANDLE_NEVER_MADE));
}

FIXTURE_TEARDOWN(state)
{
	wapi_client_close(self->other);
	wapi_client_close(self->client);
}

/* Requests that @expression makes. */
#define REQUESTS_OF(expression) ({					\
	uint32_t before_ = atomic_load(&requests);			\
	(void)(expression);						\
	atomic_load(&requests) - before_;				\
})

/*
 * "" if the three functions say of a handle that this client holds what is
 * expected and what the kernel says, else what is wrong.
 */
static const char *wrong(struct wapi_client *client, uint32_t handle, uint32_t type,
			 bool signalled)
{
	static const uint32_t more_caps[] = { 8, 9, 1u << 31, ~0u };
	static __thread char text[160];
	struct wapi_query query = { 0 };
	uint32_t caps, i;
	int seen;

	if (wapi_query(client, handle, &query) || query.type != type ||
	    query.signalled != signalled) {
		snprintf(text, sizeof(text), "QUERY says type %u, signalled %u",
			 query.type, query.signalled);
		return text;
	}
	seen = wapi_handle_type(client, handle);
	if (seen != (int)type) {
		snprintf(text, sizeof(text), "type %d", seen);
		return text;
	}
	for (i = 0; i < 8 + 4; i++) {
		caps = i < 8 ? i : more_caps[i - 8];
		seen = wapi_handle_test_capabilities(client, handle, caps);
		if (seen != !(caps & ~query.caps)) {
			snprintf(text, sizeof(text), "%d for capabilities %#x of %#x",
				 seen, caps, query.caps);
			return text;
		}
	}
	seen = wapi_handle_is_signalled(client, handle);
	if (seen != signalled) {
		snprintf(text, sizeof(text), "signalled %d", seen);
		return text;
	}
	return "";
}

#define EXPECT_TOLD(client, handle, type, signalled) \
	EXPECT_STREQ("", wrong(client, handle, type, signalled))

/* "" if all three functions refuse the number. */
static const char *not_refused(struct wapi_client *client, uint32_t handle)
{
	static char text[80];
	int type = wapi_handle_type(client, handle);
	int none = wapi_handle_test_capabilities(client, handle, 0);
	int wait = wapi_handle_test_capabilities(client, handle, WAPI_CAP_WAIT);
	int signalled = wapi_handle_is_signalled(client, handle);

	if (type == -EBADF && none == -EBADF && wait == -EBADF && signalled == -EBADF)
		return "";
	snprintf(text, sizeof(text), "%#x: %d, %d, %d, %d", handle, type, none, wait,
		 signalled);
	return text;
}

#define EXPECT_NOT_LIVE(client, handle) \
	EXPECT_STREQ("", not_refused(client, handle))

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

static uint32_t sem(struct wapi_client *client, uint32_t count)
{
	uint32_t handle = 0;

	wapi_sem_new(client, 0, count, 0, NULL, &handle, NULL);
	return handle;
}

static uint32_t object(struct wapi_client *client, uint32_t type)
{
	uint32_t handle = 0;

	wapi_new(client, type, &handle);
	return handle;
}

/* The request itself, whatever the library makes of the others. */
static int wait_by_request(struct wapi_client *client, const uint32_t *handles,
			   uint32_t count, uint32_t *index)
{
	struct wapi_wait wait = {
		.handles = (uintptr_t)handles,
		.count = count,
	};
	int error = wapi_wait(client, &wait);

	if (!error)
		*index = wait.index;
	return error;
}

/* A thread that does things for the test and stays what it is meanwhile. */
struct helper {
	pthread_t thread;
	struct wapi_client *client;
	uint32_t handle;
	atomic_int step;
	int error;
};

static void next_step(struct helper *helper)
{
	int step = atomic_fetch_add(&helper->step, 1) + 2;

	while (atomic_load(&helper->step) < step)
		usleep(1000);
	atomic_store(&helper->step, 0);
}

/* In the helper: what it does at its turn comes after this. */
static void wait_for_turn(struct helper *helper)
{
	while (atomic_load(&helper->step) != 1)
		usleep(1000);
}

static void done(struct helper *helper)
{
	atomic_store(&helper->step, 2);
	while (atomic_load(&helper->step) == 2)
		usleep(1000);
}

TEST_F(state, every_type_tells_what_a_query_tells)
{
	for (uint32_t type = 1; type < WAPI_TYPE_COUNT; type++) {
		uint32_t handle = object(self->client, type);

		ASSERT_NE(0, handle);
		EXPECT_TOLD(self->client, handle, type, type == WAPI_TYPE_MUTEX);
		EXPECT_EQ(0, wapi_close(self->client, handle, NULL));
		EXPECT_NOT_LIVE(self->client, handle);
	}
}

TEST_F(state, what_is_made_signalled_is_so_at_once)
{
	static const uint32_t types[] = {
		WAPI_TYPE_FILE, WAPI_TYPE_CONSOLE, WAPI_TYPE_SOCKET, WAPI_TYPE_PIPE,
		WAPI_TYPE_EVENT,
	};

	for (int i = 0; i < 5; i++) {
		struct wapi_new new = {
			.type = types[i],
			.flags = WAPI_NEW_SIGNALLED,
		};

		ASSERT_EQ(0, wapi_ioctl(wapi_client_fd(self->client), WAPI_IOC_NEW, &new));
		EXPECT_TOLD(self->client, new.handle, types[i], true);
		EXPECT_EQ(0, wapi_reset(self->client, new.handle, NULL));
		EXPECT_TOLD(self->client, new.handle, types[i], false);
		EXPECT_EQ(0, wapi_set(self->client, new.handle, NULL));
		EXPECT_TOLD(self->client, new.handle, types[i], true);
	}
	EXPECT_TOLD(self->client, sem(self->client, 1), WAPI_TYPE_SEM, true);
}

TEST_F(state, an_event_is_followed_through_set_reset_pulse_and_wait)
{
	for (uint32_t manual = 0; manual <= WAPI_NEW_MANUAL; manual += WAPI_NEW_MANUAL) {
		uint32_t handle = event(self->client, manual);

		EXPECT_TOLD(self->client, handle, WAPI_TYPE_EVENT, false);
		EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
		EXPECT_TOLD(self->client, handle, WAPI_TYPE_EVENT, true);
		EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
		EXPECT_TOLD(self->client, handle, WAPI_TYPE_EVENT, true);
		EXPECT_EQ(0, wapi_reset(self->client, handle, NULL));
		EXPECT_TOLD(self->client, handle, WAPI_TYPE_EVENT, false);
		EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
		EXPECT_EQ(0, wapi_pulse(self->client, handle, NULL));
		EXPECT_TOLD(self->client, handle, WAPI_TYPE_EVENT, false);
		EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
		EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
		EXPECT_TOLD(self->client, handle, WAPI_TYPE_EVENT, manual);
	}
}

TEST_F(state, a_semaphore_is_signalled_while_it_has_a_count)
{
	uint32_t handle = sem(self->client, 0);

	EXPECT_TOLD(self->client, handle, WAPI_TYPE_SEM, false);
	EXPECT_EQ(0, wapi_sem_release(self->client, handle, 2, NULL));
	EXPECT_TOLD(self->client, handle, WAPI_TYPE_SEM, true);
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_TOLD(self->client, handle, WAPI_TYPE_SEM, true);
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_TOLD(self->client, handle, WAPI_TYPE_SEM, false);
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, 0, NULL));
}

static void *own_and_end(void *context)
{
	struct helper *helper = context;

	wait_for_turn(helper);
	helper->error = wapi_wait_one(helper->client, helper->handle, 0, NULL);
	done(helper);
	wait_for_turn(helper);
	helper->error = helper->error ?:
		wapi_mutex_release(helper->client, helper->handle, NULL);
	done(helper);
	wait_for_turn(helper);
	helper->error = helper->error ?:
		wapi_wait_one(helper->client, helper->handle, 0, NULL);
	done(helper);
	wait_for_turn(helper);
	/* And so abandons it. */
	atomic_store(&helper->step, 2);
	return NULL;
}

TEST_F(state, a_mutex_is_signalled_for_its_owner_and_for_all_if_it_has_none)
{
	struct helper helper = { .client = self->client };
	struct wapi_waited waited;

	helper.handle = mutex(self->client, 0);
	ASSERT_EQ(0, pthread_create(&helper.thread, NULL, own_and_end, &helper));
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, true);

	EXPECT_EQ(0, wapi_wait_one(self->client, helper.handle, 0, NULL));
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, true);
	EXPECT_EQ(0, wapi_wait_one(self->client, helper.handle, 0, NULL));
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, true);
	EXPECT_EQ(0, wapi_mutex_release(self->client, helper.handle, NULL));
	EXPECT_EQ(0, wapi_mutex_release(self->client, helper.handle, NULL));
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, true);

	next_step(&helper);
	EXPECT_EQ(0, helper.error);
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, false);
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, helper.handle, 0, NULL));
	next_step(&helper);
	EXPECT_EQ(0, helper.error);
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, true);
	next_step(&helper);
	EXPECT_EQ(0, helper.error);
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, false);
	next_step(&helper);
	pthread_join(helper.thread, NULL);
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, true);
	EXPECT_EQ(0, wapi_wait_one(self->client, helper.handle, 0, &waited));
	EXPECT_EQ(0, waited.abandoned);
	EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_MUTEX, true);
	EXPECT_EQ(0, wapi_mutex_release(self->client, helper.handle, NULL));

	EXPECT_TOLD(self->client, mutex(self->client, WAPI_NEW_OWNED), WAPI_TYPE_MUTEX,
		    true);
}

TEST_F(state, a_process_is_signalled_from_its_end_on)
{
	uint32_t handle = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	ASSERT_EQ(0, wapi_process_new_pid(self->client, 0, pid, NULL, &handle, NULL));
	EXPECT_TOLD(self->client, handle, WAPI_TYPE_PROCESS, false);
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, 0, NULL));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	/* Not before it is reaped: whoever has seen its end sees it here too. */
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
	EXPECT_TOLD(self->client, handle, WAPI_TYPE_PROCESS, true);
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_TOLD(self->client, handle, WAPI_TYPE_PROCESS, true);
}

static void *be_an_object(void *context)
{
	struct helper *helper = context;

	wait_for_turn(helper);
	helper->error = wapi_thread_new(helper->client, 0, NULL, &helper->handle, NULL);
	done(helper);
	wait_for_turn(helper);
	atomic_store(&helper->step, 2);
	return NULL;
}

TEST_F(state, a_thread_is_signalled_from_its_end_on)
{
	for (int round = 0; round < 50; round++) {
		struct helper helper = { .client = self->client };

		ASSERT_EQ(0, pthread_create(&helper.thread, NULL, be_an_object, &helper));
		next_step(&helper);
		ASSERT_EQ(0, helper.error);
		EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_THREAD, false);
		EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, helper.handle, 0, NULL));
		next_step(&helper);
		pthread_join(helper.thread, NULL);
		EXPECT_TOLD(self->client, helper.handle, WAPI_TYPE_THREAD, true);
		EXPECT_EQ(0, wapi_wait_one(self->client, helper.handle, 0, NULL));
		EXPECT_EQ(0, wapi_close(self->client, helper.handle, NULL));
	}
}

TEST_F(state, a_handle_is_told_of_without_a_reference)
{
	uint32_t set = event(self->other, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
	uint32_t reset = event(self->other, 0), owned, find, gone;
	struct wapi_query query;

	find = object(self->other, WAPI_TYPE_FIND);
	owned = mutex(self->other, WAPI_NEW_OWNED);
	gone = event(self->other, 0);
	EXPECT_EQ(0, wapi_close(self->other, gone, NULL));

	EXPECT_EQ(-EBADF, wapi_query(self->client, set, &query));
	EXPECT_EQ(WAPI_TYPE_EVENT, wapi_handle_type(self->client, set));
	EXPECT_EQ(1, wapi_handle_is_signalled(self->client, set));
	EXPECT_EQ(0, wapi_handle_is_signalled(self->client, reset));
	EXPECT_EQ(1, wapi_handle_test_capabilities(self->client, set, WAPI_CAP_SIGNAL));
	EXPECT_EQ(0, wapi_handle_test_capabilities(self->client, set, WAPI_CAP_OWN));
	EXPECT_EQ(WAPI_TYPE_FIND, wapi_handle_type(self->client, find));
	EXPECT_EQ(0, wapi_handle_is_signalled(self->client, find));
	EXPECT_EQ(0, wapi_handle_test_capabilities(self->client, find, WAPI_CAP_WAIT));
	EXPECT_EQ(1, wapi_handle_test_capabilities(self->client, find, 0));
	EXPECT_NOT_LIVE(self->client, gone);

	/* Of the thread that owns it, but not by this client. */
	EXPECT_EQ(WAPI_TYPE_MUTEX, wapi_handle_type(self->client, owned));
	EXPECT_EQ(1, wapi_handle_is_signalled(self->other, owned));
	EXPECT_EQ(0, wapi_handle_is_signalled(self->client, owned));
	EXPECT_EQ(0, wapi_mutex_release(self->other, owned, NULL));
	EXPECT_EQ(1, wapi_handle_is_signalled(self->client, owned));

	/* And none was taken. */
	EXPECT_EQ(0, wapi_query(self->other, set, &query));
	EXPECT_EQ(1, query.references);
}

TEST_F(state, the_next_tenant_of_a_slot_is_another_handle)
{
	uint32_t first = event(self->client, 0), next = 0, mask = (1 << 20) - 1, i;

	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, first, 0, NULL));
	EXPECT_EQ(0, wapi_close(self->client, first, NULL));
	for (i = 0; i < 5000; i++) {
		next = object(self->client, WAPI_TYPE_FILE);
		if (((next ^ first) & mask) == 0)
			break;
		ASSERT_EQ(0, wapi_close(self->client, next, NULL));
	}
	ASSERT_EQ(0, (next ^ first) & mask);
	EXPECT_NE(first, next);
	EXPECT_NOT_LIVE(self->client, first);
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, first, 0, NULL));
	EXPECT_TOLD(self->client, next, WAPI_TYPE_FILE, false);
}

TEST_F(state, what_is_no_handle_is_refused)
{
	uint32_t handle = event(self->client, 0), index = handle & ((1 << 20) - 1);

	EXPECT_NOT_LIVE(self->client, 0);
	EXPECT_NOT_LIVE(self->client, 1);
	EXPECT_NOT_LIVE(self->client, index);
	EXPECT_NOT_LIVE(self->client, index + 1);
	EXPECT_NOT_LIVE(self->client, handle | 1u << 31);
	EXPECT_NOT_LIVE(self->client, handle + (1 << 20));
	EXPECT_NOT_LIVE(self->client, handle + 1);
	EXPECT_NOT_LIVE(self->client, HANDLE_NEVER_MADE);
	EXPECT_NOT_LIVE(self->client, (1 << 20) - 1);
	EXPECT_NOT_LIVE(self->client, ~0u >> 1);
	for (uint32_t i = 0; i < 256; i++)
		EXPECT_NOT_LIVE(self->client, ~i);
	EXPECT_TOLD(self->client, handle, WAPI_TYPE_EVENT, false);
}

TEST_F(state, the_functions_make_requests_only_without_the_table)
{
	uint32_t handle = event(self->client, WAPI_NEW_MANUAL), any = !has_table(variant);
	uint32_t owned = mutex(self->client, WAPI_NEW_OWNED);

	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(any, REQUESTS_OF(wapi_handle_type(self->client, handle)));
		EXPECT_EQ(any, REQUESTS_OF(wapi_handle_test_capabilities(self->client,
									 handle, 1)));
		EXPECT_EQ(any, REQUESTS_OF(wapi_handle_is_signalled(self->client, handle)));
		EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
	}
	EXPECT_EQ(any, REQUESTS_OF(wapi_handle_type(self->client, owned)));
	/* What is for the calling thread only. */
	EXPECT_EQ(1, REQUESTS_OF(wapi_handle_is_signalled(self->client, owned)));
	EXPECT_EQ(0, wapi_mutex_release(self->client, owned, NULL));
	EXPECT_EQ(any, REQUESTS_OF(wapi_handle_is_signalled(self->client, owned)));
}

static int search(struct wapi_client *client, uint32_t after, uint32_t type,
		  uint32_t *found, uint32_t *found_type)
{
	struct wapi_search request = search_request(after, type);
	int error = wapi_ioctl(wapi_client_fd(client), WAPI_IOC_SEARCH, &request);

	*found = error ? POISON32 : request.found;
	*found_type = error ? POISON32 : request.found_type;
	return error;
}

TEST_F(state, a_search_finds_what_the_request_finds)
{
	static const uint32_t afters[] = { 0, 1, 0x100000, 0x7fffffff, 0xfffff, 0xfffef,
					   0xffffffff };
	uint32_t handles[700], found, found_type, expected, expected_type, seed = 1;

	for (int i = 0; i < 700; i++) {
		handles[i] = object(self->client, 1 + i % 13 % (WAPI_TYPE_COUNT - 1));
		ASSERT_NE(0, handles[i]);
	}
	/* Gaps of all sizes, up to what a search does not look across. */
	for (int i = 0; i < 700; i++) {
		if ((i > 100 && i < 400) || i % 7 > 3)
			EXPECT_EQ(0, wapi_close(self->client, handles[i], NULL));
	}
	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t type = (seed = seed * 1103515245 + 12345) >> 16 & 15;
		uint32_t after = i < 7 ? afters[i] : handles[i % 700];

		found = found_type = POISON32;
		ASSERT_EQ(search(self->client, after, type, &expected, &expected_type),
			  wapi_search(self->client, after, type, &found, &found_type));
		ASSERT_EQ(expected, found);
		ASSERT_EQ(expected_type, found_type);
	}
	EXPECT_EQ(has_table(variant) ? 0 : 1,
		  REQUESTS_OF(wapi_search(self->client, handles[0], 0, &found, NULL)));
}

/*
 * What can be waited for, brought into a state that does not depend on what
 * others of them have.
 */
#define WAITED 9

static uint32_t waited_for(struct wapi_client *client, int kind)
{
	switch (kind) {
	case 0:
	case 1:
		return event(client, WAPI_NEW_MANUAL);
	case 2:
		return event(client, 0);
	case 3:
		return sem(client, 0);
	case 4:
		return mutex(client, 0);
	case 5:
		return object(client, WAPI_TYPE_FILE);
	case 6:
		return object(client, WAPI_TYPE_PIPE);
	case 7:
		/* A record, never signalled. */
		return object(client, WAPI_TYPE_PROCESS);
	default:
		return object(client, WAPI_TYPE_FIND);
	}
}

static void bring_into_state(struct wapi_client *client, uint32_t handle, int kind,
			     bool signalled)
{
	uint32_t index;

	switch (kind) {
	case 3:
		while (!wait_by_request(client, &handle, 1, &index))
			;
		if (signalled)
			wapi_sem_release(client, handle, 2, NULL);
		break;
	case 4:
		while (!wapi_mutex_release(client, handle, NULL))
			;
		/* Signalled in both cases, and owned in one. */
		if (signalled)
			wait_by_request(client, &handle, 1, &index);
		break;
	case 7:
	case 8:
		break;
	default:
		if (signalled)
			wapi_set(client, handle, NULL);
		else
			wapi_reset(client, handle, NULL);
	}
}

static uint32_t states_of(struct wapi_client *client, const uint32_t *handles)
{
	struct wapi_query query;
	uint32_t states = 0;

	for (int i = 0; i < WAITED; i++) {
		if (wapi_query(client, handles[i], &query))
			return ~0u;
		states = states * 7 + query.signalled + query.state.count;
	}
	return states;
}

TEST_F(state, a_wait_of_no_time_ends_as_the_request_does)
{
	uint32_t handles[WAITED], wait[4], index, expected_index, states, seed = 1, asked = 0;
	struct wapi_waited waited;
	int expected, error;

	for (int i = 0; i < WAITED; i++)
		handles[i] = waited_for(self->client, i);
	for (int round = 0; round < 3000; round++) {
		uint32_t signalled = (seed = seed * 1103515245 + 12345) >> 16;
		uint32_t which = (seed = seed * 1103515245 + 12345) >> 8;
		uint32_t count = 1 + round % 4;

		/* Few are waited for together with what cannot be. */
		for (uint32_t i = 0; i < count; i++, which /= WAITED)
			wait[i] = handles[which % (WAITED - (round % 20 != 0))];

		for (int i = 0; i < WAITED; i++)
			bring_into_state(self->client, handles[i], i, signalled >> i & 1);
		expected_index = POISON32;
		expected = wait_by_request(self->client, wait, count, &expected_index);
		states = states_of(self->client, handles);

		for (int i = 0; i < WAITED; i++)
			bring_into_state(self->client, handles[i], i, signalled >> i & 1);
		poison(&waited, sizeof(waited));
		asked += REQUESTS_OF(error = wapi_wait_any(self->client, wait, count,
							   -(round % 2), &waited));
		ASSERT_EQ(expected, error);
		ASSERT_EQ(states, states_of(self->client, handles));
		index = waited.index;
		ASSERT_EQ(expected_index, index);
		if (!error) {
			ASSERT_EQ(WAPI_WAIT_NOT_ABANDONED, waited.abandoned);
			ASSERT_EQ(0, waited.abandoned_tid);
		}
	}
	/* Enough of both kinds. */
	EXPECT_EQ(!has_table(variant), asked == 3000);
	EXPECT_LT(500, asked);
	EXPECT_TRUE(asked < 2500 || !has_table(variant));
}

TEST_F(state, a_wait_makes_requests_only_if_it_must)
{
	uint32_t manual = event(self->client, WAPI_NEW_MANUAL), index;
	uint32_t once = event(self->client, 0), both[2] = { once, manual };
	uint32_t first[2] = { manual, once };
	uint32_t many[65], any = !has_table(variant);
	struct wapi_waited waited;
	int error;

#define WAIT_ONE(handle) wapi_wait_one(self->client, handle, 0, NULL)
#define WAIT_BOTH() wapi_wait_any(self->client, both, 2, 0, &waited)
	/* Until it is known that the client holds a reference. */
	EXPECT_EQ(1, REQUESTS_OF(WAIT_ONE(manual)));
	EXPECT_EQ(any, REQUESTS_OF(WAIT_ONE(manual)));
	EXPECT_EQ(1, REQUESTS_OF(WAIT_BOTH()));
	EXPECT_EQ(any, REQUESTS_OF(WAIT_BOTH()));
	EXPECT_EQ(any, REQUESTS_OF(WAIT_ONE(once)));
	EXPECT_EQ(0, wapi_set(self->client, manual, NULL));
	EXPECT_EQ(any, REQUESTS_OF(error = WAIT_ONE(manual)));
	EXPECT_EQ(0, error);
	/* Whether it is the lowest, only the kernel can tell. */
	EXPECT_EQ(1, REQUESTS_OF(error = WAIT_BOTH()));
	EXPECT_EQ(0, error);
	EXPECT_EQ(1, waited.index);
	EXPECT_EQ(any, REQUESTS_OF(error = wapi_wait_any(self->client, first, 2, -1, &waited)));
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, waited.index);

	/* What acquires, what might sleep, and what is malformed. */
	EXPECT_EQ(0, wapi_set(self->client, once, NULL));
	EXPECT_EQ(1, REQUESTS_OF(error = WAIT_BOTH()));
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, waited.index);
	EXPECT_EQ(1, REQUESTS_OF(wapi_wait_one(self->client, manual, 1, NULL)));
	EXPECT_EQ(1, REQUESTS_OF(wapi_wait_any(self->client, both, 2, 1, NULL)));
	EXPECT_EQ(1, REQUESTS_OF(wapi_wait_all(self->client, both, 2, 0, NULL)));
	EXPECT_EQ(1, REQUESTS_OF(wait_by_request(self->client, both, 2, &index)));
	EXPECT_EQ(-EBADF, WAIT_ONE(HANDLE_NEVER_MADE));
	EXPECT_EQ(-EBADF, WAIT_ONE(0));
	EXPECT_EQ(-EBADF, WAIT_ONE(~0u));
	both[1] = HANDLE_NEVER_MADE;
	EXPECT_EQ(-EBADF, WAIT_BOTH());
	both[0] = manual;
	EXPECT_EQ(-EBADF, WAIT_BOTH());
	EXPECT_EQ(-EOPNOTSUPP, WAIT_ONE(object(self->client, WAPI_TYPE_FIND)));
	EXPECT_EQ(-EFAULT, wapi_wait_any(self->client, NULL, 1, 0, NULL));
	EXPECT_EQ(-EINVAL, wapi_wait_any(self->client, both, WAPI_WAIT_MAX + 1, 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_any(self->client, NULL, 0, 0, NULL));

	/* For more than a few, it makes no difference. */
	for (int i = 0; i < 65; i++)
		many[i] = manual;
	EXPECT_EQ(0, WAIT_ONE(manual));
	EXPECT_EQ(any, REQUESTS_OF(wapi_wait_any(self->client, many, 64, 0, NULL)));
	EXPECT_EQ(1, REQUESTS_OF(wapi_wait_any(self->client, many, 65, 0, NULL)));
#undef WAIT_ONE
#undef WAIT_BOTH
}

/*
 * From here on in this process: no system call but to complain and to leave.
 */
static int forbid_system_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 5, .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

TEST_F(state, no_system_call_is_made_where_the_table_tells)
{
	uint32_t set = event(self->client, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
	uint32_t reset = event(self->client, 0), file, found, type, handles[3];
	struct wapi_waited waited;
	pid_t pid;

	if (!has_table(variant))
		SKIP(return, "there is no table");
	if (SANITIZED)
		SKIP(return, "a sanitizer makes system calls of its own");
	file = object(self->client, WAPI_TYPE_FILE);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		handles[0] = set;
		handles[1] = reset;
		handles[2] = file;
		for (int i = 0; i < 3; i++)
			CHILD_ASSERT(wapi_open(self->client, handles[i], NULL) == 0);
		CHILD_ASSERT(wapi_wait_any(self->client, handles, 3, 0, NULL) == 0);
		CHILD_ASSERT(forbid_system_calls() == 0);

		CHILD_ASSERT(wapi_handle_type(self->client, file) == WAPI_TYPE_FILE);
		CHILD_ASSERT(wapi_handle_type(self->client, 0) == -EBADF);
		CHILD_ASSERT(wapi_handle_test_capabilities(self->client, set, 3) == 1);
		CHILD_ASSERT(wapi_handle_test_capabilities(self->client, set, 4) == 0);
		CHILD_ASSERT(wapi_handle_is_signalled(self->client, set) == 1);
		CHILD_ASSERT(wapi_handle_is_signalled(self->client, reset) == 0);
		CHILD_ASSERT(wapi_handle_is_signalled(self->client, file) == 0);
		CHILD_ASSERT(wapi_search(self->client, 0, 0, &found, &type) == 0);
		CHILD_ASSERT(wapi_search(self->client, set, WAPI_TYPE_FILE, &found,
					 &type) == 0);
		CHILD_ASSERT(found == file && type == WAPI_TYPE_FILE);
		CHILD_ASSERT(wapi_wait_one(self->client, set, 0, NULL) == 0);
		CHILD_ASSERT(wapi_wait_one(self->client, reset, 0, NULL) == -ETIMEDOUT);
		CHILD_ASSERT(wapi_wait_any(self->client, handles, 3, 0, &waited) == 0);
		CHILD_ASSERT(waited.index == 0);
		CHILD_ASSERT(wapi_wait_any(self->client, handles + 1, 2, 0, NULL) ==
			     -ETIMEDOUT);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));

	/* The same that must make one, to see that it is noticed. */
	pid = fork();
	if (!pid) {
		CHILD_ASSERT(wapi_open(self->client, set, NULL) == 0);
		CHILD_ASSERT(wapi_handle_type(self->client, set) == WAPI_TYPE_EVENT);
		CHILD_ASSERT(forbid_system_calls() == 0);
		wapi_wait_one(self->client, set, 0, NULL);
		_exit(0);
	}
	EXPECT_EQ(128 + SIGSYS, end_of(pid));
}

/* Each has one reference of the client, which is known to be there; others too. */
static uint32_t known_event(struct wapi_client *client, struct wapi_client *other)
{
	uint32_t handle = event(other, WAPI_NEW_MANUAL);

	if (wapi_open(client, handle, NULL) ||
	    wapi_wait_one(client, handle, 0, NULL) != -ETIMEDOUT)
		return 0;
	return handle;
}

#define WAIT(client, handle) wapi_wait_one(client, handle, 0, NULL)

TEST_F(state, a_reference_that_was_given_back_is_not_believed_in)
{
	uint32_t handle = known_event(self->client, self->other);

	/* The object lives on by the other's. */
	ASSERT_NE(0, handle);
	EXPECT_EQ(0, wapi_open(self->client, handle, NULL));
	EXPECT_EQ(0, wapi_close(self->client, handle, NULL));
	EXPECT_EQ(-ETIMEDOUT, WAIT(self->client, handle));
	EXPECT_EQ(-ETIMEDOUT, WAIT(self->client, handle));
	EXPECT_EQ(0, wapi_close(self->client, handle, NULL));
	EXPECT_EQ(-EBADF, WAIT(self->client, handle));
	EXPECT_EQ(-EBADF, WAIT(self->client, handle));
	EXPECT_EQ(0, wapi_set(self->other, handle, NULL));
	EXPECT_EQ(-EBADF, WAIT(self->client, handle));
	EXPECT_EQ(0, WAIT(self->other, handle));
	EXPECT_EQ(WAPI_TYPE_EVENT, wapi_handle_type(self->client, handle));

	EXPECT_EQ(0, wapi_open(self->client, handle, NULL));
	EXPECT_EQ(0, WAIT(self->client, handle));
	EXPECT_EQ(0, WAIT(self->client, handle));
	EXPECT_EQ(0, wapi_close(self->client, handle, NULL));
	EXPECT_EQ(-EBADF, WAIT(self->client, handle));
	EXPECT_EQ(-EBADF, wapi_close(self->client, handle, NULL));
}

TEST_F(state, a_reference_that_was_moved_is_not_believed_in)
{
	uint32_t handle = known_event(self->client, self->other), process, left;
	struct peer peer;
	pid_t pid;

	ASSERT_NE(0, handle);
	pid = fork_peer(&peer);
	if (!pid) {
		CHILD_ASSERT(info_of(self->client).clients == 3);
		send_to(&peer, 0);
		receive(&peer);
		_exit(0);
	}
	ASSERT_EQ(0, receive(&peer));
	ASSERT_EQ(0, wapi_process_new_pid(self->client, 0, pid, NULL, &process, NULL));
	EXPECT_EQ(0, wapi_dup(self->client, handle, pid, 0, &left));
	EXPECT_EQ(1, left);
	EXPECT_EQ(-ETIMEDOUT, WAIT(self->client, handle));
	EXPECT_EQ(-ETIMEDOUT, WAIT(self->client, handle));
	EXPECT_EQ(0, wapi_dup(self->client, handle, pid, WAPI_DUP_MOVE, &left));
	EXPECT_EQ(0, left);
	EXPECT_EQ(-EBADF, WAIT(self->client, handle));

	EXPECT_EQ(0, wapi_open(self->client, handle, NULL));
	EXPECT_EQ(-ETIMEDOUT, WAIT(self->client, handle));
	EXPECT_EQ(-ETIMEDOUT, WAIT(self->client, handle));
	EXPECT_EQ(0, wapi_dup_to(self->client, handle, process, WAPI_DUP_MOVE, &left));
	EXPECT_EQ(-EBADF, WAIT(self->client, handle));
	kill_peer(&peer);
}

TEST_F(state, a_request_that_fails_gives_nothing_back)
{
	uint32_t handle = known_event(self->client, self->other);

	ASSERT_NE(0, handle);
	EXPECT_EQ(-ESRCH, wapi_dup(self->client, handle, 0, WAPI_DUP_MOVE, NULL));
	EXPECT_EQ(-ETIMEDOUT, WAIT(self->client, handle));
	EXPECT_EQ(0, wapi_set(self->other, handle, NULL));
	EXPECT_EQ(0, WAIT(self->client, handle));
}

struct race {
	struct wapi_client *client, *other;
	uint32_t handle, lower;
	atomic_bool end;
	atomic_uint turns;
	atomic_uint opened;	/* odd: may be opened just now */
};

static void *wait_all_the_time(void *context)
{
	struct race *race = context;
	int error;

	while (!atomic_load(&race->end)) {
		error = wapi_wait_one(race->client, race->handle, 0, NULL);
		if (error != -ETIMEDOUT && error != -EBADF)
			return "an error that cannot be";
		atomic_fetch_add(&race->turns, 1);
	}
	return NULL;
}

/* Whom the kernel has told that there is no reference, nobody tells another thing. */
static void *query_and_wait(void *context)
{
	struct race *race = context;
	struct wapi_query query;
	uint32_t opened;

	while (!atomic_load(&race->end)) {
		opened = atomic_load(&race->opened);
		if (opened % 2 == 0 &&
		    wapi_query(race->client, race->handle, &query) == -EBADF &&
		    wapi_wait_one(race->client, race->handle, 0, NULL) != -EBADF &&
		    atomic_load(&race->opened) == opened)
			return "it is believed in, although the kernel has closed it";
	}
	return NULL;
}

/* Whether the client's waits are as its reference comes and goes. */
static const char *open_and_close(struct race *race, bool wait)
{
	struct wapi_client *client = race->client;
	uint32_t handle = race->handle;
	int error;

	atomic_fetch_add(&race->opened, 1);
	error = wapi_open(client, handle, NULL);
	atomic_fetch_add(&race->opened, 1);
	if (error)
		return "open";
	if (wait && WAIT(client, handle) != -ETIMEDOUT)
		return "the wait with a reference";
	if (wapi_close(client, handle, NULL))
		return "close";
	for (int i = 0; i < 3; i++) {
		if (WAIT(client, handle) != -EBADF)
			return "the wait without a reference";
	}
	return "";
}

/*
 * One thread opens and closes, and waits; others only wait, and so may learn of
 * the reference just when it is given back.
 */
TEST_F(state, no_race_of_waits_makes_a_wait_believe_in_a_closed_handle)
{
	struct race race = { .client = self->client };
	const char *problem = "";
	pthread_t threads[3];
	void *result;

	race.handle = event(self->other, WAPI_NEW_MANUAL);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    i ? wait_all_the_time : query_and_wait, &race));
	for (int i = 0; i < 20000 && !*problem; i++) {
		problem = open_and_close(&race, i % 3);
		if (i % 64 == 0)
			sched_yield();
	}
	EXPECT_STREQ("", problem);
	atomic_store(&race.end, true);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &result);
		EXPECT_STREQ("", (char *)result ?: "");
	}
	EXPECT_LT(100, atomic_load(&race.turns));
}

/* The lower one is signalled whenever the higher one is. */
static void *signal_both(void *context)
{
	struct race *race = context;

	while (!atomic_load(&race->end)) {
		if (wapi_set(race->client, race->lower, NULL) ||
		    wapi_set(race->client, race->handle, NULL) ||
		    wapi_reset(race->client, race->handle, NULL) ||
		    wapi_reset(race->client, race->lower, NULL))
			return "signalling failed";
		atomic_fetch_add(&race->turns, 1);
	}
	return NULL;
}

/* With so many between the two that one can be signalled while they are looked at. */
TEST_F(state, the_signalled_handle_with_the_lowest_index_ends_a_wait)
{
	struct race race = { .client = self->other };
	uint32_t handles[64], ended = 0, never;
	struct wapi_waited waited;
	pthread_t thread;
	void *result;
	int error;

	race.lower = known_event(self->client, self->other);
	race.handle = known_event(self->client, self->other);
	never = known_event(self->client, self->other);
	for (int i = 0; i < 64; i++)
		handles[i] = i == 0 ? race.lower : i == 63 ? race.handle : never;
	ASSERT_EQ(0, pthread_create(&thread, NULL, signal_both, &race));
	do {
		error = wapi_wait_any(self->client, handles, 64, 0, &waited);
		ended += !error;
	} while ((error == -ETIMEDOUT || (!error && !waited.index)) &&
		 atomic_load(&race.turns) < 20000);
	EXPECT_TRUE(error == -ETIMEDOUT || (!error && !waited.index)) {
		TH_LOG("error %d, index %u", error, waited.index);
	}
	atomic_store(&race.end, true);
	pthread_join(thread, &result);
	EXPECT_STREQ("", (char *)result ?: "");
	EXPECT_LT(0, ended);
}

static void *pulse_all_the_time(void *context)
{
	struct race *race = context;

	while (!atomic_load(&race->end)) {
		if (wapi_pulse(race->client, race->handle, NULL))
			return "pulse failed";
		atomic_fetch_add(&race->turns, 1);
	}
	return NULL;
}

/* Only those who wait already. */
TEST_F(state, a_pulse_lets_no_wait_of_no_time_through)
{
	struct race race = { .client = self->other };
	uint32_t through = 0, signalled = 0;
	pthread_t thread;
	void *result;

	race.handle = known_event(self->client, self->other);
	ASSERT_NE(0, race.handle);
	ASSERT_EQ(0, pthread_create(&thread, NULL, pulse_all_the_time, &race));
	while (atomic_load(&race.turns) < 50000) {
		through += !WAIT(self->client, race.handle);
		signalled += wapi_handle_is_signalled(self->client, race.handle);
	}
	atomic_store(&race.end, true);
	pthread_join(thread, &result);
	EXPECT_STREQ("", (char *)result ?: "");
	EXPECT_EQ(0, through);
	EXPECT_EQ(0, signalled);
}

static volatile uint32_t written[2];

/* Writes, and then says so. */
static void *write_and_signal(void *context)
{
	struct race *race = context;

	for (uint32_t i = 1; i <= 20000; i++) {
		written[0] = i;
		written[1] = i;
		if (wapi_set(race->client, race->handle, NULL))
			return "signalling failed";
		while (wapi_handle_is_signalled(race->client, race->handle) == 1) {
			if (atomic_load(&race->end))
				return NULL;
		}
	}
	return NULL;
}

TEST_F(state, what_was_written_before_an_object_was_signalled_is_seen_after)
{
	struct race race = { .client = self->other };
	uint32_t seen[2] = { 0, 0 };
	pthread_t thread;
	void *result;

	race.handle = event(self->other, WAPI_NEW_MANUAL);
	ASSERT_EQ(0, wapi_open(self->client, race.handle, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_and_signal, &race));
	for (uint32_t i = 1; i <= 20000 && seen[0] == i - 1; i++) {
		if (i % 2)
			while (wapi_handle_is_signalled(self->client, race.handle) != 1)
				;
		else
			while (WAIT(self->client, race.handle))
				;
		seen[1] = written[1];
		seen[0] = written[0];
		if (seen[1] != i || wapi_reset(self->client, race.handle, NULL))
			break;
	}
	EXPECT_EQ(20000, seen[0]);
	EXPECT_EQ(20000, seen[1]);
	atomic_store(&race.end, true);
	pthread_join(thread, &result);
	EXPECT_STREQ("", (char *)result ?: "");
}

static void *look_first(void *context)
{
	struct race *race = context;

	return (void *)(intptr_t)wapi_handle_type(race->client, race->handle);
}

TEST_F(state, threads_that_race_for_the_first_look_all_see)
{
	struct race race = { .handle = event(self->client, 0) };
	pthread_t threads[8];
	void *type;

	for (int round = 0; round < 50; round++) {
		ASSERT_EQ(0, wapi_client_open(&race.client));
		for (int i = 0; i < 8; i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, look_first, &race));
		for (int i = 0; i < 8; i++) {
			pthread_join(threads[i], &type);
			EXPECT_EQ(WAPI_TYPE_EVENT, (intptr_t)type);
		}
		wapi_client_close(race.client);
		ASSERT_EQ(2, info_of(self->client).clients);
	}
}

static pid_t raw_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* With fork handlers, and in two ways without. */
static pid_t (*const forks[])(void) = { fork, _Fork, raw_clone };

TEST_F(state, a_child_has_none_of_its_parents_references)
{
	uint32_t handle = known_event(self->client, self->other);
	pid_t pid;

	ASSERT_NE(0, handle);
	EXPECT_EQ(0, wapi_set(self->client, handle, NULL));
	EXPECT_EQ(0, WAIT(self->client, handle));
	for (int i = 0; i < 3; i++) {
		fflush(NULL);
		pid = forks[i]();
		if (!pid) {
			for (int j = 0; j < 3; j++) {
				CHILD_ASSERT(WAIT(self->client, handle) == -EBADF);
				CHILD_ASSERT(wapi_handle_type(self->client, handle) ==
					     WAPI_TYPE_EVENT);
				CHILD_ASSERT(wapi_handle_is_signalled(self->client,
								      handle) == 1);
			}
			CHILD_ASSERT(wapi_open(self->client, handle, NULL) == 0);
			CHILD_ASSERT(WAIT(self->client, handle) == 0);
			CHILD_ASSERT(WAIT(self->client, handle) == 0);
			CHILD_ASSERT(wapi_reset(self->client, handle, NULL) == 0);
			CHILD_ASSERT(WAIT(self->client, handle) == -ETIMEDOUT);
			CHILD_ASSERT(wapi_set(self->client, handle, NULL) == 0);
			CHILD_ASSERT(wapi_close(self->client, handle, NULL) == 0);
			CHILD_ASSERT(WAIT(self->client, handle) == -EBADF);
			_exit(0);
		}
		EXPECT_EQ(0, end_of(pid));
		EXPECT_EQ(0, WAIT(self->client, handle));
		EXPECT_EQ(WAPI_TYPE_EVENT, wapi_handle_type(self->client, handle));
	}
}

/* The parent's table is there, but the child's client is not in that domain. */
TEST_F(state, a_child_looks_into_its_own_domain)
{
	uint32_t handle = known_event(self->client, self->other), made;
	pid_t pid;

	ASSERT_NE(0, handle);
	for (int i = 0; i < 3; i++) {
		fflush(NULL);
		pid = forks[i]();
		if (!pid) {
			CHILD_ASSERT(leave_for_own_domain() == 0);
			CHILD_ASSERT(wapi_handle_type(self->client, handle) == -EBADF);
			CHILD_ASSERT(wapi_handle_is_signalled(self->client, handle) ==
				     -EBADF);
			CHILD_ASSERT(WAIT(self->client, handle) == -EBADF);
			CHILD_ASSERT(wapi_search(self->client, 0, 0, &made, NULL) ==
				     -ENOENT);
			CHILD_ASSERT(wapi_new(self->client, WAPI_TYPE_PIPE, &made) == 0);
			CHILD_ASSERT(wapi_handle_type(self->client, made) ==
				     WAPI_TYPE_PIPE);
			_exit(0);
		}
		EXPECT_EQ(0, end_of(pid));
	}
}

TEST_F(state, a_forked_child_reads_the_table_too)
{
	uint32_t handle = event(self->client, 0), made;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		fflush(NULL);
		pid = forks[i]();
		if (pid) {
			EXPECT_EQ(0, end_of(pid));
			continue;
		}
		/* And its child in turn, which forks before or after its first use. */
		for (int j = 0; j < 3; j++) {
			CHILD_ASSERT(wapi_handle_type(self->client, handle) ==
				     WAPI_TYPE_EVENT);
			made = REQUESTS_OF(wapi_handle_type(self->client, handle));
			CHILD_ASSERT(made == !has_table(variant));
			pid = forks[i]();
			if (!pid && j == 0)
				pid = forks[i]();
			if (pid) {
				CHILD_ASSERT(end_of(pid) == 0);
				_exit(0);
			}
		}
		_exit(0);
	}
}

/* Those of its parent may read it at any time. */
TEST_F(state, a_child_with_threads_makes_requests_if_it_had_not_before)
{
	uint32_t handle = event(self->client, 0), made;
	struct helper helper = { .client = self->client };
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		fflush(NULL);
		pid = forks[i]();
		if (pid) {
			EXPECT_EQ(0, end_of(pid));
			continue;
		}
		alarm(CHILD_PATIENCE);
		CHILD_ASSERT(!pthread_create(&helper.thread, NULL, be_an_object, &helper));
		for (int j = 0; j < 2; j++)
			CHILD_ASSERT(wapi_handle_type(self->client, handle) ==
				     WAPI_TYPE_EVENT);
		made = REQUESTS_OF(wapi_handle_type(self->client, handle));
		CHILD_ASSERT(made == 1);
		_exit(0);
	}
}

static void *look_and_wait_first(void *context)
{
	struct race *race = context;
	intptr_t type = wapi_handle_type(race->client, race->handle);

	return (void *)(WAIT(race->client, race->handle) == -EBADF ? type : -1);
}

TEST_F(state, threads_of_a_child_race_for_the_first_look)
{
	struct race race = { .client = self->client };
	pthread_t threads[8];
	void *type;
	pid_t pid;

	race.handle = known_event(self->client, self->other);
	for (int round = 0; round < 20; round++) {
		fflush(NULL);
		pid = forks[round % 3]();
		if (!pid) {
			alarm(CHILD_PATIENCE);
			for (int i = 0; i < 8; i++)
				CHILD_ASSERT(!pthread_create(&threads[i], NULL,
							     look_and_wait_first, &race));
			for (int i = 0; i < 8; i++) {
				pthread_join(threads[i], &type);
				CHILD_ASSERT((intptr_t)type == WAPI_TYPE_EVENT);
			}
			_exit(0);
		}
		ASSERT_EQ(0, end_of(pid));
	}
}

TEST_F(state, a_childs_copy_of_the_table_keeps_no_client_alive)
{
	struct wapi_client *third;
	uint32_t handle;
	struct peer peer;

	ASSERT_EQ(0, wapi_client_open(&third));
	handle = event(third, 0);
	ASSERT_EQ(WAPI_TYPE_EVENT, wapi_handle_type(third, handle));
	if (!fork_peer(&peer)) {
		receive(&peer);
		_exit(0);
	}
	EXPECT_EQ(3, info_of(self->client).clients);
	wapi_client_close(third);
	EXPECT_TRUE(within(10, info_of(self->client).clients == 2));
	EXPECT_NOT_LIVE(self->client, handle);
	kill_peer(&peer);
}

TEST_F(state, a_closed_client_leaves_no_memory_behind)
{
	unsigned long before, after, resident;
	struct wapi_client *client;

	for (int i = 0; i < 200; i++) {
		FILE *file;

		ASSERT_EQ(0, wapi_client_open(&client));
		WAIT(client, event(client, 0));
		wapi_client_close(client);
		if (i && i != 199)
			continue;
		file = fopen("/proc/self/statm", "r");
		ASSERT_NE(NULL, file);
		ASSERT_EQ(2, fscanf(file, "%lu %lu", &after, &resident));
		fclose(file);
		if (!i)
			before = after;
	}
	/* In pages; one client is more than a thousand. */
	EXPECT_GT(before + 1000, after);
}

TEST_HARNESS_MAIN
