// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel is never at a client's mercy: who overwrites the whole arena, as
 * every client may, changes data and nothing else.
 *
 * With a small arena where root can set its limit, so that the whole of it can
 * be written; else with the beginning of it, where all blocks are.
 */
#include "observe.h"

enum { ARENA = 8 << 20 };

FIXTURE(scribble)
{
	int fd;
	__u64 *arena;
	__u64 seed;
	bool whole;
};

FIXTURE_SETUP(scribble)
{
	long long limit = get_parameter("max_arena");

	self->whole = !set_parameter("max_arena", ARENA);
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_LE(ARENA, read_info(self->fd).max_arena);
	if (self->whole) {
		EXPECT_EQ(ARENA, read_info(self->fd).max_arena);
		EXPECT_EQ(0, set_parameter("max_arena", limit));
	}
	self->arena = (__u64 *)map_arena(self->fd);
	ASSERT_NE(MAP_FAILED, self->arena);
	self->seed = 0x5c21bb1e;
}

FIXTURE_TEARDOWN(scribble)
{
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

static void scribble_over(__u64 *arena, __u64 *seed)
{
	for (size_t i = 0; i < ARENA / sizeof(*arena); i++)
		arena[i] = next_random(seed);
}

static bool is_zero(const void *memory, size_t size)
{
	const unsigned char *bytes = memory;

	return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

TEST_F(scribble, changes_no_count_name_or_owner)
{
	enum { N = 100 };
	__u32 handle[N];
	__u64 block[N];
	struct state before, after;
	struct wapi_query query;
	struct wapi_block ask;
	struct peer other;

	for (int i = 0; i < N; i++) {
		handle[i] = new_handle(self->fd, 1 + i % 10);
		block[i] = new_block(self->fd, 1 + 97 * i);
		if (i % 2) {
			ASSERT_EQ(0, attach_block(self->fd, handle[i], block[i]));
		}
	}
	/* Another has things there, too. */
	if (!start_peer(&other)) {
		int fd = open_device(), made = new_handle(fd, WAPI_TYPE_EVENT);
		__s64 own = new_block(fd, 12345);

		for (int i = 0; i < N; i += 3)
			REQUIRE(!open_handle(fd, handle[i]));
		send_to(&other, 1);
		REQUIRE(receive(&other) == 1);
		for (int i = 0; i < N; i += 3)
			REQUIRE(!*query_difference(fd, handle[i], 2, 1, 2));
		REQUIRE(!*query_difference(fd, made, 1, 1, 1));
		REQUIRE(!free_block(fd, own));
		_exit(0);
	}
	ASSERT_EQ(1, receive(&other));

	before = read_state(self->fd);
	for (int i = 0; i < 3; i++)
		scribble_over(self->arena, &self->seed);
	after = read_state(self->fd);
	EXPECT_STREQ("", state_difference(&before, &after, 0));

	/* Nor by giving pages back behind the kernel's back. */
	EXPECT_EQ(0, madvise(self->arena, ARENA / 2, MADV_REMOVE));
	EXPECT_EQ(0, madvise(self->arena, ARENA, MADV_DONTNEED));
	scribble_over(self->arena, &self->seed);
	after = read_state(self->fd);
	EXPECT_STREQ("", state_difference(&before, &after, 0));

	/* And all of it works. */
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
	for (int i = 0; i < N; i++) {
		ASSERT_EQ(0, query_handle(self->fd, handle[i], &query));
		EXPECT_EQ(1 + i % 10, query.type);
		EXPECT_EQ(i % 2 ? block[i] : 0, query.block);
		ask = block_request(block[i] + 97 * i);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &ask));
		EXPECT_EQ(block[i], ask.block);
		EXPECT_EQ(1 + 97 * i, ask.size);
		EXPECT_EQ(1, close_handle(self->fd, handle[i]));
		if (i % 2 == 0) {
			EXPECT_EQ(0, free_block(self->fd, block[i]));
		}
		EXPECT_EQ(-EINVAL, free_block(self->fd, block[i]));
	}
}

TEST_F(scribble, blocks_are_zero_when_handed_out)
{
	enum { N = 2000 };
	__s64 block[N] = { 0 };
	struct wapi_new new;
	__u64 size;

	for (int round = 0; round < 6; round++) {
		for (int i = 0; i < N; i++) {
			if (block[i] > 0 || next_random(&self->seed) % 3 == 0)
				continue;
			/* Most of them small, some of many pages. */
			size = 1 + next_random(&self->seed) %
			       (i % 20 ? 700 : 20000);
			if (i % 2) {
				block[i] = new_block(self->fd, size);
			} else {
				new = new_request(WAPI_TYPE_FILE);
				new.data_size = size;
				ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
				block[i] = new.block;
				ASSERT_EQ(new.block, attach_block(self->fd, new.handle, 0) ?
					  0 : new.block);
				ASSERT_EQ(1, close_handle(self->fd, new.handle));
			}
			ASSERT_LT(0, block[i]);
			ASSERT_LE(block[i] + size, ARENA);
			ASSERT_TRUE(is_zero((char *)self->arena + block[i], size))
				TH_LOG("round %d, block %d of %llu bytes at %lld",
				       round, i, size, block[i]);
		}
		/* What is free is written to, before and after it is freed. */
		scribble_over(self->arena, &self->seed);
		for (int i = 0; i < N; i++) {
			if (block[i] > 0 && (round == 5 || next_random(&self->seed) % 2)) {
				ASSERT_EQ(0, free_block(self->fd, block[i]));
				block[i] = 0;
			}
		}
		if (round % 2)
			scribble_over(self->arena, &self->seed);
	}
}

TEST_F(scribble, data_given_with_new_is_all_that_the_block_holds)
{
	unsigned char data[10000];
	struct wapi_new new;

	memset(data, 0x42, sizeof(data));
	for (size_t size = 1; size <= sizeof(data); size = size * 3 + 1) {
		scribble_over(self->arena, &self->seed);
		new = new_request(WAPI_TYPE_FILE);
		new.data = address(data);
		new.data_size = size;
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
		EXPECT_EQ(0, memcmp((char *)self->arena + new.block, data, size));
		EXPECT_EQ(1, close_handle(self->fd, new.handle));
	}
}

/* Works with a table of its own, where each answer must be exact. */
static void work(int fd, __u64 seed, int steps)
{
	enum { N = 64 };
	int handle[N] = { 0 }, references[N] = { 0 };
	__s64 block[N] = { 0 };
	__u64 size[N] = { 0 };
	bool attached[N] = { false };
	struct wapi_close close;
	struct wapi_query query;
	struct wapi_block ask;
	int i;

	while (steps--) {
		__u64 dice = next_random(&seed);

		i = dice / 64 % N;
		switch (dice % 8) {
		case 0:
			if (handle[i])
				break;
			handle[i] = new_handle(fd, 1 + i % 10);
			REQUIRE(handle[i] > 0);
			references[i] = 1;
			break;
		case 1:
			REQUIRE(!handle[i] || !open_handle(fd, handle[i]));
			references[i] += !!handle[i];
			break;
		case 2:
		case 3:
			if (!handle[i])
				break;
			close = close_request(handle[i]);
			REQUIRE(!wapi_ioctl(fd, WAPI_IOC_CLOSE, &close));
			REQUIRE(close.references == (__u32)--references[i]);
			REQUIRE(close.destroyed == !references[i]);
			if (references[i])
				break;
			handle[i] = 0;
			if (attached[i])
				block[i] = attached[i] = 0;
			break;
		case 4:
			if (block[i])
				break;
			size[i] = 1 + dice / 4096 % 5000;
			block[i] = new_block(fd, size[i]);
			REQUIRE(block[i] > 0);
			break;
		case 5:
			if (!block[i])
				break;
			REQUIRE(free_block(fd, block[i]) == (attached[i] ? -EPERM : 0));
			if (!attached[i])
				block[i] = 0;
			break;
		case 6:
			if (!handle[i] || !block[i] || attached[i])
				break;
			REQUIRE(!attach_block(fd, handle[i], block[i]));
			attached[i] = true;
			break;
		case 7:
			if (handle[i]) {
				REQUIRE(!query_handle(fd, handle[i], &query));
				REQUIRE(query.references == (__u32)references[i]);
				REQUIRE(query.type == (__u32)(1 + i % 10));
				REQUIRE(query.block == (attached[i] ? (__u64)block[i] : 0));
			}
			if (block[i]) {
				ask = block_request(block[i]);
				REQUIRE(!wapi_ioctl(fd, WAPI_IOC_BLOCK, &ask));
				REQUIRE(ask.size == size[i] && ask.own == 1);
			}
			break;
		}
	}
	for (i = 0; i < N; i++) {
		while (references[i]--)
			REQUIRE(close_handle(fd, handle[i]) == !references[i]);
		REQUIRE(!block[i] || attached[i] || !free_block(fd, block[i]));
	}
}

TEST_F(scribble, while_others_work_all_their_answers_are_exact)
{
	struct peer vandal, worker[2];

	if (!start_peer(&vandal)) {
		__u64 *arena = (__u64 *)map_arena(open_device());

		REQUIRE(arena != MAP_FAILED);
		send_to(&vandal, 1);
		for (;;)
			scribble_over(arena, &self->seed);
	}
	ASSERT_EQ(1, receive(&vandal));
	for (int i = 0; i < 2; i++) {
		if (!start_peer(&worker[i])) {
			work(open_device(), 4711 + i, 100000);
			_exit(0);
		}
	}
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, wait_for_peer(&worker[i]));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 2);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&vandal));
}

TEST_F(scribble, freed_pages_are_not_a_way_around_the_limit)
{
	struct wapi_domain_record domain;
	__s64 block;

	if (!self->whole)
		SKIP(return, "max_arena is not to be set here");
	scribble_over(self->arena, &self->seed);
	domain = read_domain(self->fd);
	EXPECT_EQ(0, domain.arena_used);
	EXPECT_EQ(ARENA, domain.arena_resident);
	/* What was written without a block goes when one is freed there. */
	block = new_block(self->fd, ARENA - WAPI_BLOCK_ALIGN);
	ASSERT_LT(0, block);
	EXPECT_TRUE(is_zero((char *)self->arena + block, ARENA - WAPI_BLOCK_ALIGN));
	EXPECT_EQ(-ENOSPC, new_block(self->fd, 1));
	EXPECT_EQ(0, free_block(self->fd, block));
	EXPECT_GE(2 * 4096, read_domain(self->fd).arena_resident);
	/* Beyond its end there is nothing to write to. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
				   self->fd, ARENA));
	EXPECT_EQ(EINVAL, errno);
}

TEST_HARNESS_MAIN
