// SPDX-License-Identifier: GPL-2.0
/*
 * Races: whatever happens at the same time, each answer is one that could have
 * been given, and all counts are exact at the end.
 */
#include "rounds.h"
#include "wait_test.h"

/* After the exec of exec_races_with_requests: the descriptor that survived. */
static int play(const char *role, int line, int fd)
{
	struct peer parent = { .pid = getppid(), .line = line };
	struct wapi_info info = info_request();

	REQUIRE(!strcmp(role, "survived"));
	REQUIRE(wapi_ioctl(fd, WAPI_IOC_INFO, &info) == -ESTALE);
	send_to(&parent, 1);
	receive(&parent);
	return 0;
}

FIXTURE(race)
{
	int fd;
	long long module_references;
};

FIXTURE_SETUP(race)
{
	self->module_references = module_references();
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
}

FIXTURE_TEARDOWN(race)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_TRUE(within(SOON, module_references() == self->module_references));
}

/*
 * Rounds that are left after one more: on a machine so busy that the two sides
 * hardly ever run at the same time, fewer must do.
 */
static int count_down(int rounds_left, double *until)
{
	if (!*until)
		*until = seconds() + 4;
	return seconds() < *until ? rounds_left - 1 : 0;
}

/* OPEN and CLOSE */

static long million(void)
{
	return scaled(1000000);
}

struct counting {
	int fd;
	__u32 handle;
	long opened, closed, wrong;
};

static void *open_a_million_times(void *argument)
{
	struct counting *c = argument;
	long rounds = million();

	for (long i = 0; i < rounds; i++) {
		if (open_handle(c->fd, c->handle))
			c->wrong++;
		else
			c->opened++;
	}
	return NULL;
}

/* Until there is nothing left of what the other opens. */
static void *close_a_million_times(void *argument)
{
	struct counting *c = argument;
	long rounds = million();
	int answer;

	while (c->closed < rounds && !c->wrong) {
		answer = close_handle(c->fd, c->handle);
		if (!answer)
			c->closed++;
		else if (answer != -EBADF)
			c->wrong++;
	}
	return NULL;
}

TEST_F(race, one_opens_and_one_closes_a_handle_1000000_times)
{
	int fd = open_device();
	__u32 handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct counting opening = { .fd = fd, .handle = handle };
	struct counting closing = { .fd = fd, .handle = handle };
	pthread_t thread;

	/* The observer's reference keeps it; the client has none, or some. */
	ASSERT_EQ(0, pthread_create(&thread, NULL, close_a_million_times, &closing));
	open_a_million_times(&opening);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, opening.wrong);
	EXPECT_EQ(0, closing.wrong);
	EXPECT_EQ(million(), opening.opened);
	EXPECT_EQ(million(), closing.closed);
	EXPECT_EQ(-EBADF, close_handle(fd, handle));
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

static void *open_and_close_pairs(void *argument)
{
	struct counting *c = argument;
	long rounds = million() / 8;
	int answer;

	for (long i = 0; i < rounds; i++) {
		c->wrong += !!open_handle(c->fd, c->handle);
		c->wrong += !!open_handle(c->fd, c->handle);
		for (int j = 0; j < 2; j++) {
			answer = close_handle(c->fd, c->handle);
			c->wrong += answer != 0;
		}
	}
	return NULL;
}

TEST_F(race, two_threads_each_open_and_close_it)
{
	__u32 handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct counting one = { .fd = self->fd, .handle = handle };
	struct counting two = one;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, open_and_close_pairs, &one));
	open_and_close_pairs(&two);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, one.wrong + two.wrong);
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

struct last_close {
	struct rounds rounds;
	atomic_int rounds_left;
	atomic_uint handle;
	atomic_int opened, destroyed;
};

TEST_F(race, open_in_one_process_against_the_last_close_in_another)
{
	struct last_close *shared = shared_memory(sizeof(*shared));
	int answer, won = 0, rounds = 0;
	double until = 0;
	struct peer other;
	__u64 seed = 1;

	ASSERT_NE(MAP_FAILED, shared);
	shared->rounds_left = 15000;
	if (!start_peer(&other)) {
		int fd = open_device();

		seed = 2;
		while (shared->rounds_left) {
			meet(&shared->rounds);
			stagger(&seed);
			answer = open_handle(fd, shared->handle);
			REQUIRE(!answer || answer == -EBADF);
			shared->opened = !answer;
			meet(&shared->rounds);
			/* Alive, if it was got, with this one reference. */
			if (!answer) {
				REQUIRE(!*query_difference(fd, shared->handle, 1, 1, 1));
				REQUIRE(close_handle(fd, shared->handle) == 1);
			}
			meet(&shared->rounds);
		}
		REQUIRE(!*count_difference(fd, 0, 0, 0, 2));
		_exit(0);
	}
	for (; shared->rounds_left; rounds++) {
		answer = new_handle(self->fd, 1 + rounds % 10);
		ASSERT_LT(0, answer);
		shared->handle = answer;
		meet(&shared->rounds);
		stagger(&seed);
		answer = close_handle(self->fd, shared->handle);
		ASSERT_LE(0, answer);
		meet(&shared->rounds);
		/* Either it was the last, or the other came before. */
		ASSERT_EQ(!answer, shared->opened);
		won += answer;
		shared->rounds_left = count_down(shared->rounds_left, &until);
		meet(&shared->rounds);
	}
	EXPECT_EQ(0, wait_for_peer(&other));
	TH_LOG("closed first in %d of %d rounds", won, rounds);
}

struct pair {
	struct rounds rounds;
	int fd;
	__u32 handle;
	__u64 block;
	int rounds_left;
	int answer;
};

static void *close_in_rounds(void *argument)
{
	struct pair *p = argument;
	__u64 seed = 3;

	while (p->rounds_left) {
		meet(&p->rounds);
		stagger(&seed);
		p->answer = close_handle(p->fd, p->handle);
		meet(&p->rounds);
		meet(&p->rounds);
	}
	return NULL;
}

TEST_F(race, two_threads_close_the_same_last_reference)
{
	struct pair p = { .fd = self->fd, .rounds_left = 15000 };
	double until = 0;
	pthread_t thread;
	__u64 seed = 4;
	int answer;

	ASSERT_EQ(0, pthread_create(&thread, NULL, close_in_rounds, &p));
	while (p.rounds_left) {
		answer = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, answer);
		p.handle = answer;
		meet(&p.rounds);
		stagger(&seed);
		answer = close_handle(self->fd, p.handle);
		meet(&p.rounds);
		/* Exactly one closed it, and that destroyed it. */
		ASSERT_TRUE((answer == 1 && p.answer == -EBADF) ||
			    (answer == -EBADF && p.answer == 1))
			TH_LOG("answers %d and %d", answer, p.answer);
		p.rounds_left = count_down(p.rounds_left, &until);
		meet(&p.rounds);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

/* NEW and CLOSE, with all that looks at them */

static void count_if_held(void *record, void *context)
{
	struct wapi_handle_record *handle = record;
	__u32 *held = context;

	for (__u32 *h = held + 2; h < held + 2 + held[1]; h++)
		held[0] += *h == handle->handle;
}

/* Makes and closes, and finds all that it holds whenever it looks for it. */
static void churn(int fd, __u64 seed, double until)
{
	enum { N = 100 };
	__u32 held[2 + N] = { 0 };
	struct wapi_search search;
	struct wapi_query query;
	__u32 *handle = held + 2;
	__u32 seen, type;
	int i;

	for (int step = 1; seconds() < until; step++) {
		i = next_random(&seed) % N;
		if (handle[i]) {
			REQUIRE(!query_handle(fd, handle[i], &query));
			REQUIRE(query.type == (__u32)(1 + i % 10));
			REQUIRE(query.own_references == 1 && query.references >= 1);
			/* The observer may hold it for a moment, too. */
			REQUIRE(close_handle(fd, handle[i]) >= 0);
			handle[i] = 0;
		} else {
			handle[i] = new_handle(fd, 1 + i % 10);
			REQUIRE((int)handle[i] > 0);
		}
		if (step % 512)
			continue;

		/* Each exactly once, though all others come and go. */
		held[0] = 0;
		held[1] = N;
		REQUIRE(for_each_record(fd, WAPI_LIST_HANDLES, count_if_held, held) >= 0);
		seen = 0;
		for (i = 0; i < N; i++)
			seen += !!handle[i];
		REQUIRE(held[0] >= seen && held[0] <= N);
		REQUIRE(held[0] == seen);
		type = 1 + step / 512 % 10;
		for (i = type - 1; i < N; i += 10) {
			if ((handle[i] & 0xfffff) == 0)
				continue;
			/* After any handle of the index before, of which 0 is none. */
			search = search_request(1 << 20 | ((handle[i] & 0xfffff) - 1), type);
			REQUIRE(!wapi_ioctl(fd, WAPI_IOC_SEARCH, &search));
			REQUIRE(search.found == handle[i]);
			REQUIRE(search.found_type == type);
		}
	}
	for (i = 0; i < N; i++)
		REQUIRE(!handle[i] || close_handle(fd, handle[i]) >= 0);
}

static const char *bad_record;

static void check_handle_record(void *record, void *context)
{
	struct wapi_handle_record *handle = record;
	__u32 *last = context, index = handle->handle & 0xfffff;

	if (!handle->handle || (__s32)handle->handle < 0)
		bad_record = "no handle";
	if (handle->type < 1 || handle->type >= WAPI_TYPE_COUNT)
		bad_record = "no type";
	if (handle->references < 1 || handle->references > 2 ||
	    handle->clients < 1 || handle->clients > handle->references)
		bad_record = "impossible counts";
	if (*last != ~0u && index <= *last)
		bad_record = "not in the order of indices";
	*last = index;
}

static void check_reference_record(void *record, void *context)
{
	struct wapi_reference_record *reference = record;

	(void)context;
	if (!reference->handle || reference->references != 1 || !reference->client)
		bad_record = "impossible reference";
}

static void check_client_record(void *record, void *context)
{
	struct wapi_client_record *client = record;

	(void)context;
	if (!client->id || client->pid <= 0 || client->handles > 101)
		bad_record = "impossible client";
}

TEST_F(race, new_and_close_in_4_processes_while_others_look)
{
	double until = seconds() + 4;
	struct wapi_search search;
	struct wapi_query query;
	struct wapi_info info;
	struct peer worker[4];
	long looks = 0, met = 0;
	__u32 last, index;

	for (int i = 0; i < 4; i++) {
		if (!start_peer(&worker[i])) {
			churn(open_device(), 77 + i, until);
			_exit(0);
		}
	}
	while (seconds() < until) {
		last = ~0u;
		ASSERT_LE(0, for_each_record(self->fd, WAPI_LIST_HANDLES,
					     check_handle_record, &last));
		ASSERT_LE(0, for_each_record(self->fd, WAPI_LIST_REFERENCES,
					     check_reference_record, NULL));
		ASSERT_LE(0, for_each_record(self->fd, WAPI_LIST_CLIENTS,
					     check_client_record, NULL));
		ASSERT_STREQ("", bad_record ?: "");
		info = read_info(self->fd);
		ASSERT_GE(401, info.handles);
		ASSERT_GE(5, info.clients);

		search = search_request(0, looks % WAPI_TYPE_COUNT);
		last = ~0u;
		while (!wapi_ioctl(self->fd, WAPI_IOC_SEARCH, &search)) {
			index = search.found & 0xfffff;
			ASSERT_TRUE(last == ~0u || last < index);
			last = index;
			ASSERT_TRUE(!search.type || search.type == search.found_type);
			/* It may be gone by now; if not, it is what it was. */
			if (!open_handle(self->fd, search.found)) {
				ASSERT_EQ(0, query_handle(self->fd, search.found, &query));
				ASSERT_EQ(search.found_type, query.type);
				ASSERT_EQ(1, query.own_references);
				ASSERT_LE(0, close_handle(self->fd, search.found));
				met++;
			}
			search.after = search.found;
		}
		looks++;
	}
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, wait_for_peer(&worker[i]));
	EXPECT_LT(0, met);
	TH_LOG("looked %ld times, met %ld handles alive", looks, met);
}

TEST_F(race, listings_while_clients_die)
{
	struct peer looker, victim;
	__u64 seed = 5;

	if (!start_peer(&looker)) {
		int fd = open_device();

		send_to(&looker, 1);
		for (;;) {
			REQUIRE(count_records(fd, WAPI_LIST_CLIENTS) >= 2);
			REQUIRE(count_records(fd, WAPI_LIST_REFERENCES) >= 0);
			REQUIRE(count_records(fd, WAPI_LIST_BLOCKS) >= 0);
			REQUIRE(count_records(fd, WAPI_LIST_HANDLES) >= 0);
		}
	}
	ASSERT_EQ(1, receive(&looker));
	for (int i = 0; i < 100; i++) {
		if (!start_peer(&victim)) {
			int fd = open_device();

			for (int j = 0; j < 100; j++) {
				new_handle(fd, 1);
				new_block(fd, 100);
			}
			send_to(&victim, 1);
			for (;;)
				pause();
		}
		ASSERT_EQ(1, receive(&victim));
		usleep(next_random(&seed) % 1000);
		kill_peer(&victim);
		ASSERT_COUNTS(self->fd, 0, 0, 0, 2);
	}
	EXPECT_EQ(128 + SIGKILL, kill_peer(&looker));
}

/* SCRATCH and SCRATCH_FREE */

enum { SLOTS = 32 };

struct slots {
	int fd;
	unsigned char *arena;
	_Atomic __u64 *slot;
	unsigned char mark;
	const char *wrong;
};

/* The block's size is written at both of its ends, and a mark between. */
static void *allocate_and_free(void *argument)
{
	struct slots *s = argument;
	__u64 seed = s->mark * 1000 + 1, size;
	__s64 block;

	for (int i = 0; i < 40000 && !s->wrong; i++) {
		_Atomic __u64 *slot = &s->slot[next_random(&seed) % SLOTS];

		block = atomic_exchange(slot, 0);
		if (block) {
			memcpy(&size, s->arena + block, 8);
			if (size < 16 || size > 9000 ||
			    memcmp(s->arena + block + size - 8, &size, 8))
				s->wrong = "a block was overwritten";
			else if (free_block(s->fd, block))
				s->wrong = "a block was not to be freed";
			continue;
		}
		size = 16 + next_random(&seed) % (i % 8 ? 200 : 9000 - 16);
		block = new_block(s->fd, size);
		if (block <= 0)
			s->wrong = "no block";
		else if (s->arena[block] || memcmp(s->arena + block,
						   s->arena + block + 1, size - 1))
			s->wrong = "a block was not zero";
		if (s->wrong)
			break;
		memset(s->arena + block, s->mark, size);
		memcpy(s->arena + block, &size, 8);
		memcpy(s->arena + block + size - 8, &size, 8);
		block = atomic_exchange(slot, block);
		if (block && free_block(s->fd, block))
			s->wrong = "a replaced block was not to be freed";
	}
	return NULL;
}

TEST_F(race, two_threads_allocate_and_free_each_others_blocks)
{
	_Atomic __u64 slot[SLOTS] = { 0 };
	struct slots one = { self->fd, map_arena(self->fd), slot, 1, NULL };
	struct slots two = { self->fd, one.arena, slot, 2, NULL };
	pthread_t thread;

	ASSERT_NE(MAP_FAILED, one.arena);
	ASSERT_EQ(0, pthread_create(&thread, NULL, allocate_and_free, &one));
	allocate_and_free(&two);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_STREQ("", one.wrong ?: "");
	EXPECT_STREQ("", two.wrong ?: "");
	for (int i = 0; i < SLOTS; i++)
		EXPECT_TRUE(!slot[i] || !free_block(self->fd, slot[i]));
	EXPECT_EQ(0, read_info(self->fd).arena_used);
}

static void *free_in_rounds(void *argument)
{
	struct pair *p = argument;
	__u64 seed = 6;

	while (p->rounds_left) {
		meet(&p->rounds);
		stagger(&seed);
		p->answer = free_block(p->fd, p->block);
		meet(&p->rounds);
		meet(&p->rounds);
	}
	return NULL;
}

TEST_F(race, two_threads_free_the_same_block)
{
	struct pair p = { .fd = self->fd, .rounds_left = 10000 };
	double until = 0;
	pthread_t thread;
	__u64 seed = 7;
	int answer;

	ASSERT_EQ(0, pthread_create(&thread, NULL, free_in_rounds, &p));
	while (p.rounds_left) {
		p.block = new_block(self->fd, 1 + p.rounds_left % 9000);
		ASSERT_LT(0, (__s64)p.block);
		meet(&p.rounds);
		stagger(&seed);
		answer = free_block(self->fd, p.block);
		meet(&p.rounds);
		ASSERT_TRUE((!answer && p.answer == -EINVAL) ||
			    (answer == -EINVAL && !p.answer))
			TH_LOG("answers %d and %d", answer, p.answer);
		p.rounds_left = count_down(p.rounds_left, &until);
		meet(&p.rounds);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

/* ATTACH */

TEST_F(race, attach_against_the_last_close)
{
	struct pair p = { .fd = self->fd, .rounds_left = 10000 };
	double until = 0;
	struct wapi_block ask;
	int answer, attached = 0;
	pthread_t thread;
	__u64 seed = 8;

	ASSERT_EQ(0, pthread_create(&thread, NULL, close_in_rounds, &p));
	p.block = 0;
	while (p.rounds_left) {
		if (!p.block)
			p.block = new_block(self->fd, 100);
		answer = new_handle(self->fd, WAPI_TYPE_FILE);
		ASSERT_LT(0, answer);
		p.handle = answer;
		meet(&p.rounds);
		stagger(&seed);
		answer = attach_block(self->fd, p.handle, p.block);
		meet(&p.rounds);
		ASSERT_EQ(1, p.answer);
		/* Gone with the object, or never given away. */
		ask = block_request(p.block);
		if (!answer) {
			ASSERT_EQ(-ENOENT, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &ask));
			p.block = 0;
			attached++;
		} else {
			ASSERT_EQ(-EBADF, answer);
			ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &ask));
			ASSERT_EQ(WAPI_OWNER_CLIENT, ask.owner_kind);
		}
		p.rounds_left = count_down(p.rounds_left, &until);
		meet(&p.rounds);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_TRUE(!p.block || !free_block(self->fd, p.block));
	TH_LOG("attached first in %d rounds", attached);
}

TEST_F(race, attach_against_free)
{
	struct pair p = { .fd = self->fd, .rounds_left = 10000 };
	double until = 0;
	int handle = new_handle(self->fd, WAPI_TYPE_FILE), answer;
	pthread_t thread;
	__u64 seed = 9;

	ASSERT_EQ(0, pthread_create(&thread, NULL, free_in_rounds, &p));
	while (p.rounds_left) {
		p.block = new_block(self->fd, 100);
		meet(&p.rounds);
		stagger(&seed);
		answer = attach_block(self->fd, handle, p.block);
		meet(&p.rounds);
		if (!answer) {
			/* Not the client's to free, or just changing hands. */
			ASSERT_TRUE(p.answer == -EPERM || p.answer == -EINVAL)
				TH_LOG("free: %d", p.answer);
			ASSERT_EQ(0, attach_block(self->fd, handle, 0));
			ASSERT_EQ(0, free_block(self->fd, p.block));
		} else {
			ASSERT_EQ(-EINVAL, answer);
			ASSERT_EQ(0, p.answer);
		}
		p.rounds_left = count_down(p.rounds_left, &until);
		meet(&p.rounds);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

static void *attach_in_rounds(void *argument)
{
	struct pair *p = argument;
	__u64 seed = 10, block = new_block(p->fd, 50);

	while (p->rounds_left) {
		meet(&p->rounds);
		stagger(&seed);
		p->answer = attach_block(p->fd, p->handle, block);
		meet(&p->rounds);
		meet(&p->rounds);
	}
	free_block(p->fd, block);
	return NULL;
}

TEST_F(race, two_blocks_attached_to_one_object)
{
	struct pair p = { .fd = self->fd, .rounds_left = 10000 };
	double until = 0;
	__u64 seed = 11, block = new_block(self->fd, 60);
	pthread_t thread;
	int answer;

	p.handle = new_handle(self->fd, WAPI_TYPE_FILE);
	ASSERT_EQ(0, pthread_create(&thread, NULL, attach_in_rounds, &p));
	while (p.rounds_left) {
		meet(&p.rounds);
		stagger(&seed);
		answer = attach_block(self->fd, p.handle, block);
		meet(&p.rounds);
		ASSERT_TRUE((!answer && p.answer == -EBUSY) ||
			    (answer == -EBUSY && !p.answer))
			TH_LOG("answers %d and %d", answer, p.answer);
		ASSERT_EQ(0, attach_block(self->fd, p.handle, 0));
		p.rounds_left = count_down(p.rounds_left, &until);
		meet(&p.rounds);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, free_block(self->fd, block));
	EXPECT_EQ(1, close_handle(self->fd, p.handle));
}

/* JOIN */

static void *join_in_rounds(void *argument)
{
	struct pair *p = argument;
	__u64 seed = 12;

	while (p->rounds_left) {
		meet(&p->rounds);
		stagger(&seed);
		p->answer = join_domain((int)p->handle, p->fd);
		meet(&p->rounds);
		meet(&p->rounds);
	}
	return NULL;
}

TEST_F(race, join_against_the_first_request)
{
	struct pair p = { .rounds_left = 2000 };
	double until = 0;
	__u64 granted = read_info(self->fd).domain_id, seed = 13, seen;
	int keeper, won = 0, handle;
	pthread_t thread;

	/* At home elsewhere. */
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	keeper = open_device();
	ASSERT_LE(0, keeper);
	p.handle = self->fd;
	p.fd = -1;
	ASSERT_EQ(0, pthread_create(&thread, NULL, join_in_rounds, &p));
	while (p.rounds_left) {
		p.fd = open_device();
		ASSERT_LE(0, p.fd);
		meet(&p.rounds);
		stagger(&seed);
		handle = new_handle(p.fd, WAPI_TYPE_EVENT);
		meet(&p.rounds);
		ASSERT_LT(0, handle);
		seen = read_info(p.fd).domain_id;
		if (!p.answer) {
			/* Then the handle is one of the other domain. */
			ASSERT_EQ(granted, seen);
			ASSERT_EQ(1, read_info(self->fd).handles);
			ASSERT_EQ(2, read_info(self->fd).clients);
			ASSERT_EQ(1, read_info(keeper).clients);
			won++;
		} else {
			ASSERT_EQ(-EBUSY, p.answer);
			ASSERT_EQ(read_info(keeper).domain_id, seen);
			ASSERT_EQ(0, read_info(self->fd).handles);
			ASSERT_EQ(1, read_info(self->fd).clients);
			ASSERT_EQ(2, read_info(keeper).clients);
		}
		ASSERT_EQ(1, close_handle(p.fd, handle));
		ASSERT_EQ(0, close(p.fd));
		p.rounds_left = count_down(p.rounds_left, &until);
		meet(&p.rounds);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_COUNTS(keeper, 0, 0, 0, 1);
	EXPECT_EQ(0, close(keeper));
	TH_LOG("JOIN won %d rounds", won);
}

TEST_F(race, two_joins_of_one_client)
{
	struct pair p = { .rounds_left = 2000 };
	double until = 0;
	__u64 ids[2] = { read_info(self->fd).domain_id }, seed = 14;
	pthread_t thread;
	int second, answer;

	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	second = open_device();
	ids[1] = read_info(second).domain_id;
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	p.handle = second;
	ASSERT_EQ(0, pthread_create(&thread, NULL, join_in_rounds, &p));
	while (p.rounds_left) {
		p.fd = open_device();
		meet(&p.rounds);
		stagger(&seed);
		answer = join_domain(self->fd, p.fd);
		meet(&p.rounds);
		ASSERT_TRUE((!answer && p.answer == -EBUSY) ||
			    (answer == -EBUSY && !p.answer));
		ASSERT_EQ(ids[!!answer], read_info(p.fd).domain_id);
		ASSERT_EQ(0, close(p.fd));
		ASSERT_EQ(1, read_info(self->fd).clients);
		ASSERT_EQ(1, read_info(second).clients);
		p.rounds_left = count_down(p.rounds_left, &until);
		meet(&p.rounds);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, close(second));
}

/* The ends of things */

static void *request_until_it_is_closed(void *argument)
{
	struct pair *p = argument;
	int answer;

	for (;;) {
		answer = new_handle(p->fd, WAPI_TYPE_EVENT);
		if (answer < 0)
			break;
		if (answer % 2)
			new_block(p->fd, 100);
		atomic_fetch_add(&p->rounds.round, 1);
	}
	p->answer = answer;
	return NULL;
}

TEST_F(race, close_of_the_descriptor_against_requests)
{
	struct pair p;
	pthread_t thread;
	__u64 seed = 15;

	for (int i = 0; i < 300; i++) {
		memset(&p, 0, sizeof(p));
		p.fd = open_device();
		ASSERT_LE(0, p.fd);
		ASSERT_EQ(0, pthread_create(&thread, NULL, request_until_it_is_closed, &p));
		while (atomic_load(&p.rounds.round) < (unsigned int)i % 4)
			sched_yield();
		stagger(&seed);
		ASSERT_EQ(0, close(p.fd));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		ASSERT_EQ(-EBADF, p.answer);
		/* What was under way has ended with the thread at the latest. */
		ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
	}
}

TEST_F(race, domains_that_come_and_go_with_their_clients)
{
	__u64 id = read_info(self->fd).domain_id;
	struct peer worker[2];

	/* No client stays in this one, so it is made and unmade all the time. */
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	for (int i = 0; i < 2; i++) {
		if (!start_peer(&worker[i])) {
			for (int j = 0; j < 3000; j++) {
				int fd = open_device(), handle;
				struct wapi_info info = read_info(fd);

				REQUIRE(fd >= 0 && info.abi_version);
				REQUIRE(info.domain_id != id);
				REQUIRE(info.clients == 1 || info.clients == 2);
				handle = new_handle(fd, 1);
				REQUIRE(handle > 0);
				if (j % 2)
					REQUIRE(close_handle(fd, handle) == 1);
				close(fd);
			}
			_exit(0);
		}
	}
	EXPECT_EQ(0, wait_for_peer(&worker[0]));
	EXPECT_EQ(0, wait_for_peer(&worker[1]));
	EXPECT_EQ(0, read_info(self->fd).handles);
}

static void *map_and_touch(void *argument)
{
	int fd = *(int *)argument;

	for (;;) {
		unsigned char *map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
					  MAP_SHARED, fd, 0);

		if (map == MAP_FAILED)
			break;
		for (int i = 0; i < 1 << 20; i += 4096)
			map[i] = 1;
		if (next_random(&(__u64) { (uintptr_t)map }) % 2)
			munmap(map, 1 << 20);
	}
	return NULL;
}

TEST_F(race, mmap_against_exit)
{
	struct peer victim;
	__u64 seed = 16;

	for (int i = 0; i < 100; i++) {
		if (!start_peer(&victim)) {
			int fd = open_device();
			pthread_t thread;

			new_block(fd, 1 << 20);
			pthread_create(&thread, NULL, map_and_touch, &fd);
			send_to(&victim, 1);
			usleep(next_random(&seed) % 1000);
			if (i % 3 == 0)
				_exit(0);
			if (i % 3 == 1)
				close(fd);
			for (;;)
				map_and_touch(&fd);
		}
		ASSERT_EQ(1, receive(&victim));
		usleep(next_random(&seed) % 2000);
		kill_peer(&victim);
		ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
	}
}

struct reuse {
	int fd;
	atomic_bool over;
	_Atomic __u32 handle;
};

static void *look_at_the_handle(void *argument)
{
	struct reuse *reuse = argument;
	__u32 handles[8];

	stay_on_processor(1);
	while (!reuse->over) {
		for (int i = 0; i < 8; i++)
			handles[i] = reuse->handle;
		wait_any(reuse->fd, handles, 8, 0);
	}
	return NULL;
}

/*
 * The memory of an object that is closed is that of the client's next one. Who looks
 * at the first meanwhile, a process or a mutex, must not take the numbers of the
 * second for its pointers.
 */
TEST_F(race, wait_against_close_and_another_type_in_the_same_memory)
{
	struct reuse reuse = { .fd = self->fd };
	pid_t ended = fork();
	pthread_t thread;
	int pidfd;

	/* The object of one that runs would outlive its handle. */
	if (!ended)
		_exit(0);
	pidfd = syscall(SYS_pidfd_open, ended, 0);
	ASSERT_LE(0, pidfd);
	ASSERT_EQ(ended, waitpid(ended, NULL, 0));
	stay_on_processor(0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, look_at_the_handle, &reuse));
	for (unsigned long i = 0; i < scaled(100000); i++) {
		int first = i % 2 ? new_mutex(self->fd, WAPI_NEW_OWNED) :
				    new_process_of_pidfd(self->fd, pidfd);
		int second;

		ASSERT_LT(0, first);
		reuse.handle = first;
		if (i % 2)
			ASSERT_EQ(0, release_mutex(self->fd, first));
		ASSERT_LE(0, close_handle(self->fd, first));
		if (i & 2)
			second = new_semaphore(self->fd, 0x41414141, 0x42424242);
		else
			second = new_timer(self->fd, 0);
		ASSERT_LT(0, second);
		if (!(i & 2))
			ASSERT_EQ(0, set_timer(self->fd, second, WAPI_TIMER_ABSOLUTE,
					       0x4141414141414141, 0x4242424242424242));
		ASSERT_EQ(1, close_handle(self->fd, second));
	}
	reuse.over = true;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	close(pidfd);
}

/* What both are about, and what each has got. */
struct openers {
	struct rounds rounds;
	int fds[2];
};

static void open_once(struct openers *openers, int number, __u64 *seed)
{
	meet(&openers->rounds);
	stagger(seed);
	openers->fds[number] = open_device();
	meet(&openers->rounds);
}

static void *open_as_the_other(void *argument)
{
	struct openers *openers = argument;
	__u64 seed = 18;

	stay_on_processor(1);
	for (unsigned long i = 0; i < scaled(5000); i++) {
		open_once(openers, 1, &seed);
		/* While the first looks at both. */
		meet(&openers->rounds);
	}
	return NULL;
}

TEST_F(race, two_first_opens_of_a_process)
{
	struct peer process;

	if (!start_peer(&process)) {
		static struct openers openers;
		pthread_t thread;
		__u64 seed = 17;

		/* What was inherited is no client of this process. */
		close(self->fd);
		stay_on_processor(0);
		REQUIRE(!pthread_create(&thread, NULL, open_as_the_other, &openers));
		for (unsigned long i = 0; i < scaled(5000); i++) {
			int handle;

			open_once(&openers, 0, &seed);
			REQUIRE(openers.fds[0] >= 0 && openers.fds[1] >= 0);
			handle = new_handle(openers.fds[0], WAPI_TYPE_EVENT);
			REQUIRE(handle > 0);
			REQUIRE(!open_handle(openers.fds[1], handle));
			REQUIRE(read_info(openers.fds[0]).clients == 3);
			close(openers.fds[0]);
			close(openers.fds[1]);
			meet(&openers.rounds);
		}
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&process));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

TEST_F(race, exec_against_requests_of_other_threads)
{
	struct peer victim;
	__u64 seed = 17;

	for (int i = 0; i < 50; i++) {
		if (!start_peer(&victim)) {
			struct pair p = { .fd = open_device() };
			pthread_t thread;

			fcntl(p.fd, F_SETFD, 0);
			pthread_create(&thread, NULL, request_until_it_is_closed, &p);
			usleep(next_random(&seed) % 1000);
			become_role("survived", victim.line, p.fd);
			_exit(1);
		}
		ASSERT_EQ(1, receive(&victim));
		ASSERT_STREQ("", count_difference_soon(self->fd, 0, 0, 0, 1));
		send_to(&victim, 1);
		ASSERT_EQ(0, wait_for_peer(&victim));
	}
}

EXECABLE_MAIN(play)
#define main harness_main
TEST_HARNESS_MAIN
