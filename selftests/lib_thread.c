// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi used by many threads at once, by threads that are cancelled, and
 * while signals arrive.
 */
#include "lib_test.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#define THREADS 8

FIXTURE(thread) {
	struct wapi_client *client;
};

FIXTURE_SETUP(thread)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(thread)
{
	wapi_client_close(self->client);
}

static pthread_barrier_t start;

/* Runs a function in all threads at once; NULL if all of them returned NULL. */
static void *in_threads(void *(*function)(void *), void *context)
{
	pthread_t threads[THREADS];
	void *result = NULL, *one;
	int n;

	pthread_barrier_init(&start, NULL, THREADS);
	for (n = 0; n < THREADS; n++) {
		if (pthread_create(&threads[n], NULL, function, context))
			_exit(1);
	}
	while (n--) {
		pthread_join(threads[n], &one);
		if (one)
			result = one;
	}
	pthread_barrier_destroy(&start);
	return result;
}

#define FAIL_UNLESS(condition) do {					\
	if (!(condition))						\
		return #condition;					\
} while (0)

static void *all_functions(void *context)
{
	static const char *const strings[] = { "one", "two", NULL };
	struct wapi_client *client = context;

	pthread_barrier_wait(&start);
	for (int i = 0; i < 2000; i++) {
		uint64_t block, data, offset;
		struct wapi_close closed;
		struct wapi_query query;
		char *copy, **copies;
		uint32_t handle;
		void *p;

		FAIL_UNLESS(!wapi_new_data(client, WAPI_TYPE_FILE, "x", 2, &handle,
					   &data));
		FAIL_UNLESS(!wapi_open(client, handle, NULL));
		FAIL_UNLESS(!wapi_query(client, handle, &query));
		FAIL_UNLESS(query.own_references == 2 && query.block == data);
		FAIL_UNLESS(!wapi_scratch_ptr(client, data, 2, &p));
		FAIL_UNLESS(!wapi_scratch_offset(client, p, &offset));
		FAIL_UNLESS(offset == data);
		FAIL_UNLESS(!wapi_detach(client, handle, &block));
		FAIL_UNLESS(block == data);
		FAIL_UNLESS(!wapi_attach(client, handle, block));
		FAIL_UNLESS(!wapi_load_string(client, data, &copy));
		FAIL_UNLESS(!strcmp(copy, "x"));
		free(copy);
		FAIL_UNLESS(!wapi_close(client, handle, &closed));
		FAIL_UNLESS(closed.references == 1 && !closed.destroyed);
		FAIL_UNLESS(!wapi_close(client, handle, &closed));
		FAIL_UNLESS(closed.references == 0 && closed.destroyed);

		FAIL_UNLESS(!wapi_store_strings(client, strings, &block));
		FAIL_UNLESS(!wapi_load_strings(client, block, &copies));
		FAIL_UNLESS(!strcmp(copies[1], "two"));
		wapi_free_strings(copies);
		FAIL_UNLESS(!wapi_scratch_free(client, block));
	}
	return NULL;
}

TEST_F(thread, eight_threads_use_one_client_and_nothing_is_left)
{
	EXPECT_STREQ("", in_threads(all_functions, self->client) ?: "");
	EXPECT_EQ(1, info_of(self->client).clients);
	EXPECT_EQ(0, info_of(self->client).handles);
	EXPECT_EQ(0, info_of(self->client).blocks);
	EXPECT_EQ(0, info_of(self->client).refused);
}

static void *map(void *context)
{
	void *base;

	pthread_barrier_wait(&start);
	return wapi_scratch_map(context, &base, NULL) ? NULL : base;
}

TEST_F(thread, threads_that_race_to_map_get_one_mapping)
{
	pthread_t threads[THREADS];
	struct wapi_client *client;
	void *base, *first;

	for (int round = 0; round < 50; round++) {
		ASSERT_EQ(0, wapi_client_open(&client));
		pthread_barrier_init(&start, NULL, THREADS);
		for (int i = 0; i < THREADS; i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, map, client));
		pthread_join(threads[0], &first);
		ASSERT_NE(NULL, first);
		for (int i = 1; i < THREADS; i++) {
			pthread_join(threads[i], &base);
			ASSERT_EQ(first, base);
		}
		wapi_client_close(client);
		ASSERT_EQ(-1, msync(first, 4096, MS_ASYNC));
	}
}

static void *come_and_go(void *context)
{
	struct wapi_client *shared = context, *client[3];
	uint32_t handle;

	pthread_barrier_wait(&start);
	for (int i = 0; i < 500; i++) {
		for (int j = 0; j < 3; j++)
			FAIL_UNLESS(!wapi_client_open(&client[j]));
		FAIL_UNLESS(!wapi_new(client[0], WAPI_TYPE_EVENT, &handle));
		FAIL_UNLESS(!wapi_open(shared, handle, NULL));
		wapi_client_close(client[i % 3]);
		FAIL_UNLESS(!wapi_close(shared, handle, NULL));
		wapi_client_close(client[(i + 1) % 3]);
		wapi_client_close(client[(i + 2) % 3]);
	}
	return NULL;
}

TEST_F_TIMEOUT(thread, clients_come_and_go_in_eight_threads, 300)
{
	EXPECT_STREQ("", in_threads(come_and_go, self->client) ?: "");
	EXPECT_EQ(1, info_of(self->client).clients);
	EXPECT_EQ(0, info_of(self->client).handles);
}

static void *open_and_close_for_ever(void *context __attribute__((unused)))
{
	struct wapi_client *client;
	void *base;

	for (;;) {
		if (wapi_client_open(&client))
			return "open";
		wapi_scratch_map(client, &base, NULL);
		wapi_client_close(client);
		pthread_testcancel();
	}
}

TEST_F(thread, a_cancelled_thread_leaves_nothing_locked_or_open)
{
	struct wapi_client *client;
	pthread_t thread;
	void *result;

	alarm(200);
	for (int round = 0; round < 200; round++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, open_and_close_for_ever,
					    NULL));
		usleep(round * 20);
		ASSERT_EQ(0, pthread_cancel(thread));
		ASSERT_EQ(0, pthread_join(thread, &result));
		ASSERT_EQ(PTHREAD_CANCELED, result);
		ASSERT_EQ(0, wapi_client_open(&client));
		wapi_client_close(client);
		ASSERT_EQ(1, info_of(self->client).clients);
	}
}

/*
 * libwapi calls this one.  No request of the module waits interruptibly yet, so
 * that signals alone would prove nothing.
 */
static atomic_int interruptions;

int ioctl(int fd, unsigned long request, ...)
{
	void *argument;
	va_list list;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	if (atomic_load(&interruptions) > 0) {
		atomic_fetch_sub(&interruptions, 1);
		errno = EINTR;
		return -1;
	}
	return syscall(SYS_ioctl, fd, request, argument);
}

TEST_F(thread, a_request_that_was_interrupted_is_made_again)
{
	struct wapi_client *client;
	uint32_t handle = 0;
	void *base;

	atomic_store(&interruptions, 3);
	EXPECT_EQ(0, wapi_new(self->client, WAPI_TYPE_EVENT, &handle));
	EXPECT_EQ(0, atomic_load(&interruptions));
	EXPECT_EQ(1, info_of(self->client).handles);
	atomic_store(&interruptions, 3);
	EXPECT_EQ(0, wapi_client_open(&client));
	EXPECT_EQ(0, atomic_load(&interruptions));
	atomic_store(&interruptions, 3);
	EXPECT_EQ(0, wapi_scratch_map(client, &base, NULL));
	EXPECT_EQ(0, atomic_load(&interruptions));
	wapi_client_close(client);
}

static atomic_uint signals;

static void count_signal(int signal __attribute__((unused)))
{
	atomic_fetch_add(&signals, 1);
}

TEST_F(thread, no_call_is_interrupted_by_signals)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct itimerval often = { { 0, 200 }, { 0, 200 } };
	struct wapi_client *client;
	uint32_t handle;
	uint64_t block;
	void *base;

	/* Without SA_RESTART. */
	ASSERT_EQ(0, sigaction(SIGPROF, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_PROF, &often, NULL));
	for (int i = 0; i < 20000; i++) {
		ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, NULL, 4096,
					   &handle, NULL));
		ASSERT_EQ(0, wapi_close(self->client, handle, NULL));
		ASSERT_EQ(0, wapi_scratch(self->client, 1 << 20, &block));
		ASSERT_EQ(0, wapi_scratch_free(self->client, block));
		if (i % 20)
			continue;
		ASSERT_EQ(0, wapi_client_open(&client));
		ASSERT_EQ(0, wapi_scratch_map(client, &base, NULL));
		wapi_client_close(client);
	}
	EXPECT_GT(atomic_load(&signals), 10);
}

TEST_HARNESS_MAIN
