// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi: batches.  The requests of one do what they do alone, and what a batch
 * gives back, no wait believes in any more.
 */
#include "lib_test.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#define HANDLE_NEVER_MADE 0x7ff
#define MANY 128

FIXTURE(batch) {
	struct wapi_client *client;
	struct wapi_client *other;	/* same process and domain */
};

FIXTURE_SETUP(batch)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_client_open(&self->other));
}

FIXTURE_TEARDOWN(batch)
{
	wapi_client_close(self->other);
	wapi_client_close(self->client);
}

static atomic_uint requests;
static atomic_bool module_is_old;

/* libwapi calls this one. */
int ioctl(int fd, unsigned long request, ...)
{
	void *argument;
	va_list list;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	atomic_fetch_add(&requests, 1);
	if (request == WAPI_IOC_BATCH && atomic_load(&module_is_old)) {
		errno = ENOTTY;
		return -1;
	}
	return syscall(SYS_ioctl, fd, request, argument);
}

/* With a result that no request has. */
static struct wapi_batch_request one(uint32_t cmd, const void *argument)
{
	struct wapi_batch_request request = {
		.cmd = cmd,
		.result = 77,
		.arg = address(argument),
	};

	return request;
}

static uint32_t event(struct wapi_client *client, uint32_t flags)
{
	uint32_t handle = 0;

	wapi_event_new(client, flags, NULL, &handle, NULL);
	return handle;
}

static uint32_t references_of(struct wapi_client *client, uint32_t handle)
{
	struct wapi_query query;

	return wapi_query(client, handle, &query) ? 0 : query.own_references;
}

TEST_F(batch, the_requests_of_a_batch_do_what_they_do_alone)
{
	uint32_t handle = event(self->other, 0), made = POISON32, before;
	struct wapi_open open = open_request(handle);
	struct wapi_new new = new_request(WAPI_TYPE_SEM);
	struct wapi_signal set = { .handle = handle, .previous = POISON32 };
	struct wapi_query query = query_request(handle);
	struct wapi_wait wait = { .handles = address(&handle), .count = 1 };
	struct wapi_wait again = wait;
	struct wapi_close close = close_request(handle), twice = close;
	struct wapi_scratch scratch = scratch_request(100);
	struct wapi_info info = info_request();
	struct wapi_batch_request batch[] = {
		one(WAPI_IOC_OPEN, &open),
		one(WAPI_IOC_NEW, &new),
		one(WAPI_IOC_SET, &set),
		one(WAPI_IOC_QUERY, &query),
		one(WAPI_IOC_WAIT, &wait),
		one(WAPI_IOC_WAIT, &again),
		one(WAPI_IOC_CLOSE, &close),
		one(WAPI_IOC_CLOSE, &twice),
		one(WAPI_IOC_SCRATCH, &scratch),
		one(WAPI_IOC_INFO, &info),
	};

	before = atomic_load(&requests);
	ASSERT_EQ(0, wapi_batch(self->client, batch, 10, 0, &made));
	EXPECT_EQ(before + 1, atomic_load(&requests));
	EXPECT_EQ(10, made);
	for (int i = 0; i < 10; i++) {
		int expected = i == 5 ? -ETIMEDOUT : i == 7 ? -EBADF : 0;

		EXPECT_EQ(expected, batch[i].result);
	}
	EXPECT_EQ(WAPI_TYPE_EVENT, open.type);
	EXPECT_EQ(1, open.references);
	EXPECT_EQ(0, set.previous);
	EXPECT_EQ(1, query.signalled);
	EXPECT_EQ(2, query.clients);
	EXPECT_EQ(0, wait.index);
	EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, wait.abandoned);
	EXPECT_EQ(0, close.references);
	EXPECT_EQ(0, close.destroyed);
	EXPECT_EQ(POISON32, twice.references);
	EXPECT_NE(0, scratch.block);
	EXPECT_EQ(2, info.handles);
	EXPECT_EQ(1, info.blocks);
	EXPECT_EQ(1, references_of(self->client, new.handle));
	EXPECT_EQ(0, references_of(self->client, handle));
}

TEST_F(batch, a_batch_opens_and_closes_many)
{
	struct wapi_batch_request batch[2 * MANY];
	struct wapi_open open[MANY];
	struct wapi_close close[MANY];
	uint32_t handles[MANY], made;

	for (int i = 0; i < MANY; i++) {
		handles[i] = event(self->other, 0);
		open[i] = open_request(handles[i]);
		close[i] = close_request(handles[i]);
		batch[2 * i] = one(WAPI_IOC_OPEN, &open[i]);
		batch[2 * i + 1] = one(WAPI_IOC_CLOSE, &close[i]);
	}
	ASSERT_EQ(0, wapi_batch(self->client, batch, 2 * MANY, WAPI_BATCH_STOP, &made));
	EXPECT_EQ(2 * MANY, made);
	for (int i = 0; i < 2 * MANY; i++)
		EXPECT_EQ(0, batch[i].result);
	for (int i = 0; i < MANY; i++)
		EXPECT_EQ(0, close[i].references);
	EXPECT_EQ(MANY, info_of(self->client).handles);
}

TEST_F(batch, a_request_can_take_what_an_earlier_one_has_told)
{
	union {
		struct wapi_new new;
		struct wapi_close close;
	} share = { .new = new_request(WAPI_TYPE_EVENT) };
	struct wapi_wait wait = { .handles = address(&share.new.handle), .count = 1 };
	struct wapi_batch_request batch[] = {
		one(WAPI_IOC_NEW, &share.new),
		one(WAPI_IOC_WAIT, &wait),
	};

	share.new.flags = WAPI_NEW_SIGNALLED;
	ASSERT_EQ(0, wapi_batch(self->client, batch, 2, 0, NULL));
	EXPECT_EQ(0, batch[0].result);
	EXPECT_EQ(0, batch[1].result);
	EXPECT_EQ(1, references_of(self->client, share.new.handle));
}

TEST_F(batch, a_batch_stops_at_an_error_if_it_is_asked_to)
{
	uint32_t handle = event(self->client, 0), made = POISON32;
	struct wapi_signal set[3] = {
		{ .handle = handle }, { .handle = HANDLE_NEVER_MADE }, { .handle = handle },
	};
	struct wapi_batch_request batch[3];

	for (int stop = 0; stop <= 1; stop++) {
		set[2].previous = POISON32;
		for (int i = 0; i < 3; i++)
			batch[i] = one(i == 2 ? WAPI_IOC_RESET : WAPI_IOC_SET, &set[i]);
		ASSERT_EQ(0, wapi_batch(self->client, batch, 3,
					stop ? WAPI_BATCH_STOP : 0, &made));
		EXPECT_EQ(stop ? 2 : 3, made);
		EXPECT_EQ(0, batch[0].result);
		EXPECT_EQ(-EBADF, batch[1].result);
		EXPECT_EQ(stop ? -ECANCELED : 0, batch[2].result);
		EXPECT_EQ(stop ? POISON32 : 1, set[2].previous);
		EXPECT_EQ(stop, wapi_handle_is_signalled(self->client, handle));
	}
}

TEST_F(batch, what_cannot_be_in_a_batch_is_refused_alone)
{
	uint32_t handle = event(self->client, WAPI_NEW_SIGNALLED), made = POISON32;
	struct wapi_wait forever = {
		.handles = address(&handle),
		.count = 1,
		.timeout = WAPI_WAIT_FOREVER,
	}, late = forever;
	struct wapi_join join = { .client_fd = wapi_client_fd(self->other) };
	struct wapi_batch nothing = { .count = 0 };
	struct wapi_signal set = { .handle = handle, .previous = POISON32 };
	struct wapi_batch_request batch[] = {
		one(WAPI_IOC_WAIT, &forever),
		one(WAPI_IOC_WAIT, &late),
		one(WAPI_IOC_JOIN, &join),
		one(WAPI_IOC_BATCH, &nothing),
		one(0, &set),
		one(_IOWR(WAPI_IOC_MAGIC, 0x7f, struct wapi_signal), &set),
		one(WAPI_IOC_SET, (void *)8),
		one(WAPI_IOC_SET, &set),
	};

	late.timeout = wapi_deadline(1000000000);
	ASSERT_EQ(0, wapi_batch(self->client, batch, 8, 0, &made));
	EXPECT_EQ(8, made);
	EXPECT_EQ(-EINVAL, batch[0].result);
	EXPECT_EQ(-EINVAL, batch[1].result);
	EXPECT_EQ(-ENOTTY, batch[2].result);
	EXPECT_EQ(-ENOTTY, batch[3].result);
	EXPECT_EQ(-ENOTTY, batch[4].result);
	EXPECT_EQ(-ENOTTY, batch[5].result);
	EXPECT_EQ(-EFAULT, batch[6].result);
	EXPECT_EQ(0, batch[7].result);
	EXPECT_EQ(1, set.previous);
}

TEST_F(batch, a_wrong_batch_makes_no_request)
{
	uint32_t handle = event(self->client, 0), made = POISON32;
	struct wapi_close close = close_request(handle);
	struct wapi_batch_request batch[1] = { one(WAPI_IOC_CLOSE, &close) };

	EXPECT_EQ(-EINVAL, wapi_batch(self->client, batch, 0, 0, &made));
	EXPECT_EQ(-EINVAL, wapi_batch(self->client, batch, WAPI_BATCH_MAX + 1, 0, &made));
	EXPECT_EQ(-EINVAL, wapi_batch(self->client, batch, ~0u, 0, &made));
	EXPECT_EQ(-EINVAL, wapi_batch(self->client, batch, 1, 2, &made));
	EXPECT_EQ(-EFAULT, wapi_batch(self->client, NULL, 1, 0, &made));
	atomic_store(&module_is_old, true);
	EXPECT_EQ(-ENOTTY, wapi_batch(self->client, batch, 1, 0, &made));
	atomic_store(&module_is_old, false);
	EXPECT_EQ(POISON32, made);
	EXPECT_EQ(77, batch[0].result);
	EXPECT_EQ(POISON32, close.references);
	EXPECT_EQ(1, references_of(self->client, handle));
}

/* The object of which the client is known to hold a reference lives on. */
static uint32_t known_event(struct wapi_client *client, struct wapi_client *other)
{
	uint32_t handle = event(other, WAPI_NEW_MANUAL);

	if (wapi_open(client, handle, NULL))
		return 0;
	for (int i = 0; i < 2; i++) {
		if (wapi_wait_one(client, handle, 0, NULL) != -ETIMEDOUT)
			return 0;
	}
	return handle;
}

TEST_F(batch, what_a_batch_gave_back_is_not_believed_in)
{
	uint32_t handle = known_event(self->client, self->other);
	uint32_t second = known_event(self->client, self->other);
	struct wapi_close close = close_request(handle);
	struct wapi_batch_request batch[] = { one(WAPI_IOC_CLOSE, &close) };

	ASSERT_NE(0, handle);
	ASSERT_NE(0, second);
	ASSERT_EQ(0, wapi_batch(self->client, batch, 1, 0, NULL));
	EXPECT_EQ(0, batch[0].result);
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, second, 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, second, 0, NULL));

	close.handle = second;
	ASSERT_EQ(0, wapi_batch(self->client, batch, 1, 0, NULL));
	EXPECT_EQ(0, batch[0].result);
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, second, 0, NULL));
}

/* Of locked memory, nothing can be given up. */
TEST_F(batch, what_a_batch_gave_back_is_not_believed_in_by_a_locked_program)
{
	uint32_t handle = known_event(self->client, self->other);
	struct wapi_close close = close_request(handle);
	struct wapi_batch_request batch[] = { one(WAPI_IOC_CLOSE, &close) };

	ASSERT_NE(0, handle);
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	ASSERT_EQ(0, wapi_batch(self->client, batch, 1, 0, NULL));
	EXPECT_EQ(0, batch[0].result);
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(0, munlockall());
}

TEST_F(batch, what_a_batch_moved_is_not_believed_in)
{
	uint32_t handle = known_event(self->client, self->other);
	struct wapi_dup move = { .handle = handle, .flags = WAPI_DUP_MOVE };
	struct wapi_batch_request batch[] = { one(WAPI_IOC_DUP, &move) };
	struct peer peer;

	ASSERT_NE(0, handle);
	if (!fork_peer(&peer)) {
		send_to(&peer, info_of(self->client).clients);
		receive(&peer);
		_exit(0);
	}
	ASSERT_EQ(3, receive(&peer));
	move.pid = peer.pid;
	ASSERT_EQ(0, wapi_batch(self->client, batch, 1, 0, NULL));
	EXPECT_EQ(0, batch[0].result);
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, handle, 0, NULL));
	kill_peer(&peer);
}

/* No look at the requests before the batch is made tells which handle it closes. */
TEST_F(batch, what_is_closed_where_another_request_told_it_is_not_believed_in)
{
	uint32_t handle = 0;
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);
	struct wapi_close *close = (void *)&new.handle;
	struct wapi_batch_request batch[] = {
		one(WAPI_IOC_NEW, &new),
		one(WAPI_IOC_CLOSE, close),
		one(WAPI_IOC_CLOSE, close),
	};

	ASSERT_EQ(0, wapi_event_new(self->other, 0, "told", &handle, NULL));
	ASSERT_EQ(0, wapi_open(self->client, handle, NULL));
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(-ETIMEDOUT, wapi_wait_one(self->client, handle, 0, NULL));

	new.name = address("told");
	new.name_size = 4;
	ASSERT_EQ(0, wapi_batch(self->client, batch, 3, 0, NULL));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, batch[i].result);
	EXPECT_EQ(handle, new.handle);
	EXPECT_EQ(1, new.existed);
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(-EBADF, wapi_wait_one(self->client, handle, 0, NULL));
}

TEST_F(batch, a_batch_that_gives_nothing_back_changes_nothing_for_waits)
{
	uint32_t handle = known_event(self->client, self->other), before;
	struct wapi_signal set = { .handle = handle };
	struct wapi_batch_request batch[] = { one(WAPI_IOC_SET, &set) };

	ASSERT_NE(0, handle);
	ASSERT_EQ(0, wapi_batch(self->client, batch, 1, 0, NULL));
	before = atomic_load(&requests);
	EXPECT_EQ(0, wapi_wait_one(self->client, handle, 0, NULL));
	EXPECT_EQ(before, atomic_load(&requests));
}

struct race {
	struct wapi_client *client;
	uint32_t handle;
	atomic_bool end;
};

static void *wait_all_the_time(void *context)
{
	struct race *race = context;

	while (!atomic_load(&race->end))
		wapi_wait_one(race->client, race->handle, 0, NULL);
	return NULL;
}

/* Others learn of the reference while the batch has it, and before it gives it back. */
TEST_F_TIMEOUT(batch, no_race_of_waits_makes_a_wait_believe_in_what_a_batch_closed, 600)
{
	struct race race = { .client = self->client };
	struct wapi_query query;
	struct wapi_open open;
	struct wapi_close close;
	struct wapi_batch_request batch[MANY];
	uint32_t failed = 0, believed = 0;
	pthread_t threads[2];

	race.handle = event(self->other, WAPI_NEW_MANUAL);
	query = query_request(race.handle);
	batch[0] = one(WAPI_IOC_OPEN, &open);
	for (int i = 1; i < MANY - 1; i++)
		batch[i] = one(WAPI_IOC_QUERY, &query);
	batch[MANY - 1] = one(WAPI_IOC_CLOSE, &close);
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, wait_all_the_time, &race));
	for (unsigned long i = 0; i < scaled(2000); i++) {
		open = open_request(race.handle);
		close = close_request(race.handle);
		failed += wapi_batch(self->client, batch, MANY, 0, NULL) != 0;
		failed += batch[0].result || batch[MANY - 1].result;
		for (int j = 0; j < 3; j++)
			believed += wapi_wait_one(self->client, race.handle, 0,
						  NULL) != -EBADF;
	}
	atomic_store(&race.end, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, failed);
	EXPECT_EQ(0, believed);
}

TEST_F(batch, a_forked_child_makes_a_batch_with_a_client_of_its_own)
{
	uint32_t handle = event(self->client, 0);
	struct wapi_close close = close_request(handle);
	struct wapi_open open = open_request(handle);
	struct wapi_info info = info_request();
	struct wapi_batch_request batch[] = {
		one(WAPI_IOC_CLOSE, &close),
		one(WAPI_IOC_OPEN, &open),
		one(WAPI_IOC_INFO, &info),
	};
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		CHILD_ASSERT(wapi_batch(self->client, batch, 3, 0, NULL) == 0);
		CHILD_ASSERT(batch[0].result == -EBADF);
		CHILD_ASSERT(batch[1].result == 0 && open.references == 1);
		CHILD_ASSERT(batch[2].result == 0 && info.clients == 3);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

TEST_HARNESS_MAIN
