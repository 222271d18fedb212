// SPDX-License-Identifier: GPL-2.0
/*
 * Every request does what the contract says, and refuses what it should: the
 * five requests of the 2002 daemon in what they became, and the new ones.
 */
#include "wapi_test.h"
#include "layout.h"

static int by_index(const void *a, const void *b)
{
	return (int)index_of(*(const int *)a) - (int)index_of(*(const int *)b);
}

/* Two clients of one domain where nobody else is. */
FIXTURE(requests) {
	int fd, other;
	unsigned char *arena;
};

FIXTURE_SETUP(requests)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->other = open_device();
	ASSERT_LE(0, self->other);
	/* The first request brings a client into its domain. */
	ASSERT_EQ(0, read_info(self->other).refused);
	self->arena = map_arena(self->fd);
	ASSERT_NE(MAP_FAILED, self->arena);
}

FIXTURE_TEARDOWN(requests)
{
	close(self->fd);
	close(self->other);
}

/* What users keep the state of can be signalled by them; a new mutex is free. */
static const struct {
	__u32 type, caps, signalled;
} types[] = {
	{ WAPI_TYPE_FILE, WAPI_CAP_WAIT | WAPI_CAP_SIGNAL, 0 },
	{ WAPI_TYPE_CONSOLE, WAPI_CAP_WAIT | WAPI_CAP_SIGNAL, 0 },
	{ WAPI_TYPE_THREAD, WAPI_CAP_WAIT, 0 },
	{ WAPI_TYPE_SEM, WAPI_CAP_WAIT | WAPI_CAP_SIGNAL, 0 },
	{ WAPI_TYPE_MUTEX, WAPI_CAP_WAIT | WAPI_CAP_SIGNAL | WAPI_CAP_OWN, 1 },
	{ WAPI_TYPE_EVENT, WAPI_CAP_WAIT | WAPI_CAP_SIGNAL, 0 },
	{ WAPI_TYPE_SOCKET, WAPI_CAP_WAIT | WAPI_CAP_SIGNAL, 0 },
	{ WAPI_TYPE_FIND, 0, 0 },
	{ WAPI_TYPE_PROCESS, WAPI_CAP_WAIT, 0 },
	{ WAPI_TYPE_PIPE, WAPI_CAP_WAIT | WAPI_CAP_SIGNAL, 0 },
	{ WAPI_TYPE_TIMER, WAPI_CAP_WAIT, 0 },
};

/* New */

TEST_F(requests, new_makes_each_of_the_types)
{
	struct wapi_query query;
	int handle;

	ASSERT_EQ(WAPI_TYPE_COUNT - 1, ARRAY_SIZE(types));
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		handle = new_handle(self->fd, types[i].type);
		ASSERT_LT(0, handle);
		ASSERT_EQ(0, query_handle(self->fd, handle, &query));
		EXPECT_EQ(types[i].type, query.type);
		EXPECT_EQ(types[i].caps, query.caps);
		EXPECT_EQ(1, query.references);
		EXPECT_EQ(1, query.own_references);
		EXPECT_EQ(1, query.clients);
		EXPECT_EQ(types[i].signalled, query.signalled);
		EXPECT_EQ(0, query.block);
		EXPECT_EQ(0, query.block_size);
		EXPECT_EQ(i + 1, read_info(self->fd).handles);
	}
}

TEST_F(requests, new_tells_no_block_where_there_is_none)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);

	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(0, new.block);
	EXPECT_NE(POISON32, new.handle);
	EXPECT_EQ(0, new.pad);
}

TEST_F(requests, new_refuses_what_is_no_type)
{
	static const __u32 wrong[] = {
		WAPI_TYPE_UNUSED, WAPI_TYPE_COUNT, 999, 1u << 31, ~0u,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_new new = new_request(wrong[i]);

		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
	}
}

TEST_F(requests, new_gives_distinct_handles)
{
	int handles[300];

	for (int i = 0; i < 300; i++) {
		handles[i] = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, handles[i]);
		for (int j = 0; j < i; j++)
			ASSERT_NE(handles[j], handles[i]);
	}
}

TEST_F(requests, new_with_bytes_makes_a_block_that_begins_with_them)
{
	char bytes[] = "what the block begins with";
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct wapi_block block;
	struct wapi_query query;

	new.data = address(bytes);
	new.data_size = sizeof(bytes);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_LT(0, new.block);
	EXPECT_EQ(0, new.block % WAPI_BLOCK_ALIGN);
	EXPECT_EQ(0, memcmp(self->arena + new.block, bytes, sizeof(bytes)));

	ASSERT_EQ(0, query_handle(self->fd, new.handle, &query));
	EXPECT_EQ(new.block, query.block);
	EXPECT_EQ(sizeof(bytes), query.block_size);

	block = block_request(new.block);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &block));
	EXPECT_EQ(new.block, block.block);
	EXPECT_EQ(sizeof(bytes), block.size);
	EXPECT_EQ(WAPI_OWNER_OBJECT, block.owner_kind);
	EXPECT_EQ(new.handle, block.owner);
	EXPECT_EQ(1, block.own);
}

TEST_F(requests, new_with_many_pages_of_bytes_copies_all_of_them)
{
	size_t size = 300000;
	unsigned char *bytes = malloc(size);
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	for (size_t i = 0; i < size; i++)
		bytes[i] = i * 7 + (i >> 8);
	new.data = address(bytes);
	new.data_size = size;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(0, memcmp(self->arena + new.block, bytes, size));
	free(bytes);
}

TEST_F(requests, new_without_bytes_makes_a_block_of_zeros)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	__s64 dirty = new_block(self->fd, 1000);

	ASSERT_LT(0, dirty);
	memset(self->arena + dirty, 0xff, 1000);
	ASSERT_EQ(0, free_block(self->fd, dirty));

	new.data_size = 1000;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_LT(0, new.block);
	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(0, self->arena[new.block + i]);
}

TEST_F(requests, new_takes_a_block_of_the_callers_as_it_is)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	__s64 block = new_block(self->fd, 100);
	struct wapi_query query;

	ASSERT_LT(0, block);
	memset(self->arena + block, 0x77, 100);
	new.block = block;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(block, new.block);
	ASSERT_EQ(0, query_handle(self->fd, new.handle, &query));
	EXPECT_EQ(block, query.block);
	EXPECT_EQ(100, query.block_size);
	EXPECT_EQ(0x77, self->arena[block]);
	EXPECT_EQ(0x77, self->arena[block + 99]);

	/* It is the object's now, and goes with it. */
	EXPECT_EQ(-EPERM, free_block(self->fd, block));
	EXPECT_EQ(1, close_handle(self->fd, new.handle));
	EXPECT_EQ(0, read_info(self->fd).blocks);
	EXPECT_EQ(0, read_info(self->fd).arena_used);
}

TEST_F(requests, new_refuses_a_block_and_a_size_both)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.block = new_block(self->fd, 100);
	new.data_size = 100;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
}

TEST_F(requests, new_refuses_bytes_without_a_size)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.data = address("bytes");
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
}

TEST_F(requests, new_refuses_what_is_no_block)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	__s64 block = new_block(self->fd, 100);
	const __u64 wrong[] = { block + 16, block + 1, block + 99, 1ull << 40, ~0ull };

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		new.block = wrong[i];
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
	}
}

TEST_F(requests, new_refuses_the_block_of_another_client)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.block = new_block(self->other, 100);
	EXPECT_REFUSED(EPERM, self->fd, WAPI_IOC_NEW, &new);
}

TEST_F(requests, new_refuses_the_block_of_an_object)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.data_size = 100;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	new.data_size = 0;
	EXPECT_REFUSED(EPERM, self->fd, WAPI_IOC_NEW, &new);
}

TEST_F(requests, new_refuses_more_data_than_the_arena_has)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	const __u64 wrong[] = {
		read_info(self->fd).max_arena, 1ull << 40, 1ull << 63, ~0ull,
		~0ull - 14, ~0ull - 4094,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		new.data_size = wrong[i];
		EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_NEW, &new);
	}
}

/* Open */

TEST_F(requests, open_by_another_process_finds_the_handle_by_its_number)
{
	struct wapi_new new = new_request(WAPI_TYPE_SEM);
	struct wapi_query query;
	struct wapi_open open;
	struct peer peer;
	pid_t pid;
	int fd;

	new.data = address("data");
	new.data_size = 5;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));

	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		fd = open_device();
		open = open_request(receive(&peer));
		if (wapi_ioctl(fd, WAPI_IOC_OPEN, &open))
			_exit(1);
		if (open.type != WAPI_TYPE_SEM || open.references != 1)
			_exit(2);
		if (open.block != (__u64)receive(&peer))
			_exit(3);
		if (memcmp(map_arena(fd) + open.block, "data", 5))
			_exit(4);
		send_to(&peer, 0);
		receive(&peer);
		_exit(0);
	}
	ASSERT_EQ(0, send_to(&peer, new.handle));
	ASSERT_EQ(0, send_to(&peer, new.block));
	EXPECT_EQ(0, receive(&peer));
	ASSERT_EQ(0, query_handle(self->fd, new.handle, &query));
	EXPECT_EQ(2, query.references);
	EXPECT_EQ(1, query.own_references);
	EXPECT_EQ(2, query.clients);
	send_to(&peer, 0);
	EXPECT_EQ(0, wait_for_peer(&peer));
	/* Its references went with it. */
	EXPECT_TRUE(within(10, !query_handle(self->fd, new.handle, &query) &&
			       query.references == 1));
	EXPECT_EQ(1, query.clients);
}

TEST_F(requests, open_counts_the_references_of_each_client)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_query query;
	struct wapi_open open;

	for (__u32 i = 2; i < 10; i++) {
		open = open_request(handle);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_OPEN, &open));
		EXPECT_EQ(i, open.references);
		EXPECT_EQ(WAPI_TYPE_EVENT, open.type);
		EXPECT_EQ(0, open.block);
		EXPECT_EQ(handle, open.handle);
	}
	for (__u32 i = 1; i < 5; i++) {
		open = open_request(handle);
		ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_OPEN, &open));
		EXPECT_EQ(i, open.references);
	}
	ASSERT_EQ(0, query_handle(self->other, handle, &query));
	EXPECT_EQ(13, query.references);
	EXPECT_EQ(4, query.own_references);
	EXPECT_EQ(2, query.clients);
	EXPECT_EQ(1, read_info(self->fd).handles);
	EXPECT_EQ(2, count_records(self->fd, WAPI_LIST_REFERENCES));
}

/* Numbers around a live handle: every one of them is another handle. */
#define wrong_handles(h) {						\
	0, (h) + 1, (h) ^ (1u << WAPI_HANDLE_INDEX_BITS),		\
	(h) | 1u << 31, ~(h), 1u << 30, 1u << 31, ~0u,			\
	(h) + (2u << WAPI_HANDLE_INDEX_BITS),				\
}

TEST_F(requests, open_refuses_what_is_no_live_handle)
{
	__u32 handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	const __u32 wrong[] = wrong_handles(handle);

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_open open = open_request(wrong[i]);

		EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_OPEN, &open);
	}
}

TEST_F(requests, open_refuses_a_handle_that_was_closed)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_open open = open_request(handle);

	ASSERT_EQ(1, close_handle(self->fd, handle));
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_OPEN, &open);
}

/* Close */

TEST_F(requests, close_tells_the_end_of_the_object_at_the_last_of_all)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	static const struct {
		int other;
		__u32 references, destroyed;
	} steps[] = {
		{ 0, 1, 0 }, { 1, 1, 0 }, { 0, 0, 0 }, { 1, 0, 1 },
	};

	ASSERT_EQ(0, open_handle(self->fd, handle));
	ASSERT_EQ(0, open_handle(self->other, handle));
	ASSERT_EQ(0, open_handle(self->other, handle));
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		struct wapi_close close = close_request(handle);

		ASSERT_EQ(0, wapi_ioctl(steps[i].other ? self->other : self->fd,
					WAPI_IOC_CLOSE, &close));
		EXPECT_EQ(steps[i].references, close.references);
		EXPECT_EQ(steps[i].destroyed, close.destroyed);
	}
	EXPECT_EQ(0, read_info(self->fd).handles);
}

TEST_F(requests, close_by_a_client_without_a_reference_is_refused)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_close close = close_request(handle);

	EXPECT_REFUSED(EBADF, self->other, WAPI_IOC_CLOSE, &close);
}

TEST_F(requests, close_once_too_often_is_refused)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_close close = close_request(handle);

	ASSERT_EQ(0, open_handle(self->other, handle));
	ASSERT_EQ(0, close_handle(self->fd, handle));
	/* The object lives, by the other's reference. */
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_CLOSE, &close);
	ASSERT_EQ(1, close_handle(self->other, handle));
	EXPECT_REFUSED(EBADF, self->other, WAPI_IOC_CLOSE, &close);
}

TEST_F(requests, close_refuses_what_is_no_live_handle)
{
	__u32 handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	const __u32 wrong[] = wrong_handles(handle);

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_close close = close_request(wrong[i]);

		EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_CLOSE, &close);
	}
}

TEST_F(requests, close_frees_the_data_block_with_the_object)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.data_size = 5000;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	ASSERT_EQ(0, open_handle(self->other, new.handle));
	ASSERT_EQ(0, close_handle(self->fd, new.handle));
	EXPECT_EQ(1, read_info(self->fd).blocks);
	ASSERT_EQ(1, close_handle(self->other, new.handle));
	EXPECT_EQ(0, read_info(self->fd).blocks);
	EXPECT_EQ(0, read_info(self->fd).arena_used);
}

/* Query */

TEST_F(requests, query_without_a_reference_is_refused)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_query query = query_request(handle);

	EXPECT_REFUSED(EBADF, self->other, WAPI_IOC_QUERY, &query);
}

TEST_F(requests, query_refuses_what_is_no_live_handle)
{
	__u32 handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	const __u32 wrong[] = wrong_handles(handle);

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_query query = query_request(wrong[i]);

		EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_QUERY, &query);
	}
}

/* Search */

TEST_F(requests, search_finds_every_handle_once_in_the_order_of_its_index)
{
	struct wapi_search search;
	int made[100], found = 0;
	__u32 after = 0;
	bool seen;

	for (int i = 0; i < 100; i++)
		made[i] = new_handle(i % 2 ? self->fd : self->other,
				     1 + i % 10);
	for (;;) {
		search = search_request(after, WAPI_TYPE_UNUSED);
		if (wapi_ioctl(self->fd, WAPI_IOC_SEARCH, &search))
			break;
		ASSERT_TRUE(!after || index_of(after) < index_of(search.found));
		seen = false;
		for (int i = 0; i < 100; i++)
			if ((__u32)made[i] == search.found) {
				seen = true;
				EXPECT_EQ(1 + i % 10, search.found_type);
			}
		ASSERT_TRUE(seen);
		after = search.found;
		found++;
	}
	EXPECT_EQ(100, found);
	EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_SEARCH, &search);
}

TEST_F(requests, search_gives_no_reference)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_search search = search_request(0, WAPI_TYPE_UNUSED);
	struct wapi_query query;

	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_SEARCH, &search));
	EXPECT_EQ(handle, search.found);
	EXPECT_EQ(-EBADF, query_handle(self->other, handle, &query));
	ASSERT_EQ(0, query_handle(self->fd, handle, &query));
	EXPECT_EQ(1, query.references);
}

TEST_F(requests, search_for_a_type_finds_only_that_type)
{
	struct wapi_search search = search_request(0, WAPI_TYPE_MUTEX);
	int mutexes[3];

	for (int i = 0; i < 3; i++) {
		new_handle(self->fd, WAPI_TYPE_EVENT);
		mutexes[i] = new_handle(self->fd, WAPI_TYPE_MUTEX);
		new_handle(self->fd, WAPI_TYPE_SEM);
	}
	qsort(mutexes, 3, sizeof(int), by_index);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_SEARCH, &search));
		EXPECT_EQ(mutexes[i], search.found);
		EXPECT_EQ(WAPI_TYPE_MUTEX, search.found_type);
		search = search_request(search.found, WAPI_TYPE_MUTEX);
	}
	EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_SEARCH, &search);
	search = search_request(0, WAPI_TYPE_PIPE);
	EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_SEARCH, &search);
}

TEST_F(requests, search_goes_on_behind_a_handle_that_is_dead)
{
	struct wapi_search search;
	int handles[3];

	for (int i = 0; i < 3; i++)
		handles[i] = new_handle(self->fd, WAPI_TYPE_EVENT);
	qsort(handles, 3, sizeof(int), by_index);
	ASSERT_EQ(1, close_handle(self->fd, handles[1]));
	for (int i = 0; i < 2; i++) {
		search = search_request(handles[i], WAPI_TYPE_UNUSED);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_SEARCH, &search));
		EXPECT_EQ(handles[2], search.found);
	}
}

TEST_F(requests, search_behind_any_number_ends)
{
	static const __u32 numbers[] = {
		(1u << WAPI_HANDLE_INDEX_BITS) - 1, 0x7fffffff, ~0u,
	};

	new_handle(self->fd, WAPI_TYPE_EVENT);
	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct wapi_search search = search_request(numbers[i], 0);

		EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_SEARCH, &search);
	}
}

TEST_F(requests, search_of_an_empty_domain_finds_nothing)
{
	struct wapi_search search = search_request(0, WAPI_TYPE_UNUSED);

	EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_SEARCH, &search);
}

TEST_F(requests, search_refuses_what_is_no_type)
{
	static const __u32 wrong[] = { WAPI_TYPE_COUNT, 999, ~0u };

	new_handle(self->fd, WAPI_TYPE_EVENT);
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_search search = search_request(0, wrong[i]);

		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_SEARCH, &search);
	}
}

/* Attach */

TEST_F(requests, attach_gives_a_block_to_the_object_and_takes_it_back)
{
	int handle = new_handle(self->fd, WAPI_TYPE_FILE);
	__s64 block = new_block(self->fd, 100);
	struct wapi_attach attach = attach_request(handle, block);
	struct wapi_block where;
	struct wapi_query query;

	memset(self->arena + block, 0x66, 100);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_ATTACH, &attach));
	EXPECT_EQ(block, attach.block);
	ASSERT_EQ(0, query_handle(self->fd, handle, &query));
	EXPECT_EQ(block, query.block);
	EXPECT_EQ(100, query.block_size);
	EXPECT_EQ(-EPERM, free_block(self->fd, block));

	/* Whoever holds a reference can take it, and then it is theirs. */
	ASSERT_EQ(0, open_handle(self->other, handle));
	attach = attach_request(handle, 0);
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_ATTACH, &attach));
	EXPECT_EQ(block, attach.block);
	ASSERT_EQ(0, query_handle(self->fd, handle, &query));
	EXPECT_EQ(0, query.block);
	EXPECT_EQ(0, query.block_size);
	where = block_request(block);
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_BLOCK, &where));
	EXPECT_EQ(WAPI_OWNER_CLIENT, where.owner_kind);
	EXPECT_EQ(read_info(self->other).client_id, where.owner);
	EXPECT_EQ(1, where.own);
	EXPECT_EQ(0x66, self->arena[block + 99]);
	EXPECT_EQ(-EPERM, free_block(self->fd, block));
	EXPECT_EQ(0, free_block(self->other, block));
}

TEST_F(requests, attach_to_an_object_without_a_reference_is_refused)
{
	int handle = new_handle(self->other, WAPI_TYPE_FILE);
	struct wapi_attach attach =
		attach_request(handle, new_block(self->fd, 100));

	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_ATTACH, &attach);
}

TEST_F(requests, attach_of_what_is_no_block_is_refused)
{
	int handle = new_handle(self->fd, WAPI_TYPE_FILE);
	__s64 block = new_block(self->fd, 100);
	const __u64 wrong[] = { block + 16, block + 1, 1ull << 40, ~0ull };

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_attach attach = attach_request(handle, wrong[i]);

		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_ATTACH, &attach);
	}
}

TEST_F(requests, attach_of_another_clients_block_is_refused)
{
	int handle = new_handle(self->fd, WAPI_TYPE_FILE);
	struct wapi_attach attach =
		attach_request(handle, new_block(self->other, 100));

	EXPECT_REFUSED(EPERM, self->fd, WAPI_IOC_ATTACH, &attach);
}

TEST_F(requests, attach_of_another_objects_block_is_refused)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct wapi_attach attach;

	new.data_size = 100;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	attach = attach_request(new_handle(self->fd, WAPI_TYPE_FILE), new.block);
	EXPECT_REFUSED(EPERM, self->fd, WAPI_IOC_ATTACH, &attach);
}

TEST_F(requests, attach_of_a_second_block_is_refused)
{
	int handle = new_handle(self->fd, WAPI_TYPE_FILE);
	struct wapi_attach attach;

	ASSERT_EQ(0, attach_block(self->fd, handle, new_block(self->fd, 10)));
	attach = attach_request(handle, new_block(self->fd, 20));
	EXPECT_REFUSED(EBUSY, self->fd, WAPI_IOC_ATTACH, &attach);
}

TEST_F(requests, attach_takes_nothing_from_an_object_without_a_block)
{
	struct wapi_attach attach =
		attach_request(new_handle(self->fd, WAPI_TYPE_FILE), 0);

	EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_ATTACH, &attach);
}

/* Scratch and ScratchFree */

TEST_F(requests, scratch_is_aligned_distinct_and_zero)
{
	__s64 blocks[200];

	for (int i = 0; i < 200; i++) {
		blocks[i] = new_block(self->fd, i + 1);
		ASSERT_LT(0, blocks[i]);
		ASSERT_EQ(0, blocks[i] % WAPI_BLOCK_ALIGN);
		for (int b = 0; b <= i; b++)
			ASSERT_EQ(0, self->arena[blocks[i] + b]);
		for (int j = 0; j < i; j++)
			ASSERT_TRUE(blocks[j] + j + 1 <= blocks[i] ||
				    blocks[i] + i + 1 <= blocks[j]);
		memset(self->arena + blocks[i], 0xff, i + 1);
	}
	EXPECT_EQ(200, read_info(self->fd).blocks);
}

TEST_F(requests, scratch_is_zero_again_when_it_is_reused)
{
	__s64 block;

	/* More often than any amount of fresh memory would last. */
	for (int i = 0; i < 20; i++) {
		block = new_block(self->fd, 3 << 20);
		ASSERT_LT(0, block);
		for (int b = 0; b < 3 << 20; b += 61)
			ASSERT_EQ(0, self->arena[block + b]);
		memset(self->arena + block, 0xff, 3 << 20);
		ASSERT_EQ(0, free_block(self->fd, block));
	}
}

TEST_F(requests, scratch_of_no_bytes_is_refused)
{
	struct wapi_scratch scratch = scratch_request(0);

	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_SCRATCH, &scratch);
}

TEST_F(requests, scratch_of_more_than_the_arena_is_refused)
{
	const __u64 wrong[] = {
		read_info(self->fd).max_arena, read_info(self->fd).max_arena + 1,
		1ull << 32, 1ull << 40, (1ull << 63) - 1, 1ull << 63,
		~0ull, ~0ull - 14, ~0ull - 15, ~0ull - 4094,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_scratch scratch = scratch_request(wrong[i]);

		EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_SCRATCH, &scratch);
	}
}

TEST_F(requests, scratch_free_gives_the_block_back)
{
	__s64 block = new_block(self->fd, 100);

	ASSERT_LT(0, block);
	EXPECT_EQ(112, read_info(self->fd).arena_used);
	EXPECT_EQ(0, free_block(self->fd, block));
	EXPECT_EQ(0, read_info(self->fd).blocks);
	EXPECT_EQ(0, read_info(self->fd).arena_used);
}

TEST_F(requests, scratch_free_of_a_block_twice_is_refused)
{
	__s64 block = new_block(self->fd, 100);
	struct wapi_scratch_free free = free_request(block);

	ASSERT_EQ(0, free_block(self->fd, block));
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_SCRATCH_FREE, &free);
}

TEST_F(requests, scratch_free_of_what_is_no_block_is_refused)
{
	__s64 block = new_block(self->fd, 100);
	const __u64 wrong[] = {
		0, 1, 16, block + 16, block + 96, block + 1, block + 112,
		read_info(self->fd).max_arena, 1ull << 40, 1ull << 63, ~0ull,
		~0ull << 4,
	};

	ASSERT_LT(0, block);
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_scratch_free free = free_request(wrong[i]);

		/* The first block may begin at 16. */
		if ((__s64)wrong[i] == block)
			continue;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_SCRATCH_FREE, &free);
	}
}

TEST_F(requests, scratch_free_of_another_clients_block_is_refused)
{
	struct wapi_scratch_free free = free_request(new_block(self->other, 100));

	EXPECT_REFUSED(EPERM, self->fd, WAPI_IOC_SCRATCH_FREE, &free);
}

TEST_F(requests, scratch_free_of_an_objects_block_is_refused)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct wapi_scratch_free free;

	new.data_size = 100;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	free = free_request(new.block);
	EXPECT_REFUSED(EPERM, self->fd, WAPI_IOC_SCRATCH_FREE, &free);
}

/* Block */

TEST_F(requests, block_is_found_by_any_offset_in_it)
{
	__s64 blocks[3];

	/* Neighbours, so that a wrong edge would be the other's. */
	for (int i = 0; i < 3; i++)
		blocks[i] = new_block(self->fd, 64);
	for (int i = 0; i < 3; i++)
		for (int b = 0; b < 64; b++) {
			struct wapi_block block = block_request(blocks[i] + b);

			ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &block));
			ASSERT_EQ(blocks[i], block.block);
			ASSERT_EQ(64, block.size);
			ASSERT_EQ(WAPI_OWNER_CLIENT, block.owner_kind);
			ASSERT_EQ(read_info(self->fd).client_id, block.owner);
			ASSERT_EQ(1, block.own);
			ASSERT_EQ(blocks[i] + b, block.offset);
		}
}

TEST_F(requests, block_says_nothing_of_an_offset_in_no_block)
{
	__s64 block = new_block(self->fd, 64);
	__s64 freed = new_block(self->fd, 64);
	const __u64 wrong[] = {
		0, 15, freed, freed + 63, read_info(self->fd).max_arena - 1,
		read_info(self->fd).max_arena, 1ull << 40, 1ull << 63, ~0ull,
	};

	ASSERT_LT(0, block);
	ASSERT_EQ(0, free_block(self->fd, freed));
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_block where = block_request(wrong[i]);

		EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_BLOCK, &where);
	}
}

TEST_F(requests, block_of_a_client_is_its_own_only)
{
	__s64 offset = new_block(self->fd, 64);
	struct wapi_block block = block_request(offset);

	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_BLOCK, &block));
	EXPECT_EQ(0, block.own);
	EXPECT_EQ(WAPI_OWNER_CLIENT, block.owner_kind);
	EXPECT_EQ(read_info(self->fd).client_id, block.owner);
}

TEST_F(requests, block_of_an_object_is_own_to_all_who_hold_it)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct wapi_block block;

	new.data_size = 64;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	block = block_request(new.block);
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_BLOCK, &block));
	EXPECT_EQ(0, block.own);
	EXPECT_EQ(WAPI_OWNER_OBJECT, block.owner_kind);
	EXPECT_EQ(new.handle, block.owner);

	ASSERT_EQ(0, open_handle(self->other, new.handle));
	block = block_request(new.block);
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_BLOCK, &block));
	EXPECT_EQ(1, block.own);

	ASSERT_EQ(0, close_handle(self->fd, new.handle));
	block = block_request(new.block);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &block));
	EXPECT_EQ(0, block.own);
}

/* Anything else */

TEST_F(requests, unknown_request_numbers_are_refused)
{
	__u64 memory[64] = { 0 };

	for (unsigned int nr = _IOC_NR(WAPI_IOC_TIMER_CANCEL) + 1; nr <= 0xff; nr++) {
		EXPECT_REFUSED(ENOTTY, self->fd,
			       _IOC(_IOC_READ | _IOC_WRITE, WAPI_IOC_MAGIC, nr, 16),
			       memory);
	}
}

TEST_F(requests, other_magic_numbers_are_refused)
{
	__u64 memory[64] = { 0 };

	for (unsigned int magic = 0; magic <= 0xff; magic++) {
		if (magic == WAPI_IOC_MAGIC)
			continue;
		EXPECT_REFUSED(ENOTTY, self->fd,
			       _IOC(_IOC_READ | _IOC_WRITE, magic, 0x01,
				    sizeof(struct wapi_new)), memory);
	}
}

TEST_F(requests, wrong_directions_are_refused)
{
	static const unsigned long requests[] = {
		WAPI_IOC_INFO, WAPI_IOC_NEW, WAPI_IOC_OPEN, WAPI_IOC_CLOSE,
		WAPI_IOC_SEARCH, WAPI_IOC_QUERY, WAPI_IOC_ATTACH,
		WAPI_IOC_SCRATCH, WAPI_IOC_SCRATCH_FREE, WAPI_IOC_BLOCK,
		WAPI_IOC_JOIN, WAPI_IOC_LIST, WAPI_IOC_OPEN_NAME, WAPI_IOC_SET,
		WAPI_IOC_RESET, WAPI_IOC_PULSE, WAPI_IOC_MUTEX_RELEASE,
		WAPI_IOC_SEM_RELEASE, WAPI_IOC_THREAD_EXIT, WAPI_IOC_WAIT,
		WAPI_IOC_DUP, WAPI_IOC_MARK, WAPI_IOC_INHERIT, WAPI_IOC_TO_FD,
		WAPI_IOC_FROM_FD, WAPI_IOC_BATCH, WAPI_IOC_TIMER_SET,
		WAPI_IOC_TIMER_CANCEL,
	};
	__u64 memory[64] = { 0 };

	ASSERT_EQ(_IOC_NR(WAPI_IOC_TIMER_CANCEL) + 1, ARRAY_SIZE(requests));

	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++)
		for (unsigned int direction = 0; direction < 4; direction++) {
			if (direction == _IOC_DIR(requests[i]))
				continue;
			EXPECT_REFUSED(ENOTTY, self->fd,
				       _IOC(direction, WAPI_IOC_MAGIC,
					    _IOC_NR(requests[i]),
					    _IOC_SIZE(requests[i])), memory);
		}
}

TEST_F(requests, reading_and_writing_the_descriptor_does_nothing)
{
	struct state before = read_state(self->fd), after;
	char byte = 0;

	EXPECT_EQ(-1, read(self->fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	after = read_state(self->fd);
	EXPECT_STREQ("", state_difference(&before, &after, 0));
}

/* The end of a client, and of a domain */

TEST_F(requests, closing_the_descriptor_gives_everything_back)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct wapi_query query;
	struct wapi_info info;

	ASSERT_EQ(0, open_handle(self->other, handle));
	ASSERT_EQ(0, open_handle(self->other, handle));
	for (int i = 0; i < 100; i++) {
		ASSERT_LT(0, new_handle(self->other, WAPI_TYPE_MUTEX));
		ASSERT_LT(0, new_block(self->other, 1000));
	}
	new.data_size = 1000;
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_NEW, &new));

	close(self->other);
	EXPECT_TRUE(within(10, read_info(self->fd).clients == 1));
	info = read_info(self->fd);
	EXPECT_EQ(1, info.handles);
	EXPECT_EQ(0, info.blocks);
	EXPECT_EQ(0, info.arena_used);
	ASSERT_EQ(0, query_handle(self->fd, handle, &query));
	EXPECT_EQ(1, query.references);
	EXPECT_EQ(1, query.clients);
}

TEST_F(requests, the_domain_goes_with_its_last_client)
{
	__u64 domain = read_info(self->fd).domain_id;
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_info info;
	struct wapi_open open;

	EXPECT_EQ(domain, read_info(self->other).domain_id);
	close(self->fd);
	close(self->other);
	/* What is mapped must not keep it. */
	self->fd = open_device();
	ASSERT_LE(0, self->fd);
	info = read_info(self->fd);
	EXPECT_NE(domain, info.domain_id);
	EXPECT_EQ(0, info.handles);
	EXPECT_EQ(1, info.clients);
	EXPECT_EQ(0, info.domain_refused);
	open = open_request(handle);
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_OPEN, &open);
}

/* Info */

TEST_F(requests, info_tells_versions_features_and_limits)
{
	struct wapi_info info = read_info(self->fd);

	EXPECT_EQ(WAPI_ABI_VERSION, info.abi_version);
	EXPECT_EQ(WAPI_FEATURE_HANDLES | WAPI_FEATURE_SCRATCH | WAPI_FEATURE_JOIN |
		  WAPI_FEATURE_LIST | WAPI_FEATURE_WAIT | WAPI_FEATURE_NAMES |
		  WAPI_FEATURE_SHARE | WAPI_FEATURE_POLL | WAPI_FEATURE_STATES |
		  WAPI_FEATURE_BATCH | WAPI_FEATURE_TIMER, info.features);
	EXPECT_NE(0, info.module_version[0]);
	EXPECT_LT(strnlen(info.module_version, sizeof(info.module_version)),
		  sizeof(info.module_version));
	EXPECT_LT(0, info.max_handles);
	EXPECT_LT(0, info.max_clients);
	EXPECT_LT(0, info.max_blocks);
	EXPECT_LT(0, info.max_arena);
	EXPECT_EQ(0, info.max_arena % sysconf(_SC_PAGESIZE));
}

TEST_F(requests, info_names_the_client_and_the_domain)
{
	struct wapi_info mine = read_info(self->fd);
	struct wapi_info others = read_info(self->other);

	EXPECT_LT(0, mine.client_id);
	EXPECT_LT(0, mine.domain_id);
	EXPECT_NE(mine.client_id, others.client_id);
	EXPECT_EQ(mine.domain_id, others.domain_id);
}

TEST_F(requests, info_counts_what_lives)
{
	struct wapi_info info = read_info(self->fd);
	int third, handle;
	__s64 block;

	EXPECT_EQ(0, info.handles);
	EXPECT_EQ(2, info.clients);
	EXPECT_EQ(0, info.blocks);
	EXPECT_EQ(0, info.arena_used);
	EXPECT_EQ(0, info.refused);
	EXPECT_EQ(0, info.domain_refused);

	third = open_device();
	EXPECT_EQ(3, read_info(third).clients);
	EXPECT_EQ(3, read_info(self->fd).clients);
	handle = new_handle(third, WAPI_TYPE_EVENT);
	EXPECT_EQ(1, read_info(self->fd).handles);
	block = new_block(third, 17);
	EXPECT_EQ(1, read_info(self->fd).blocks);
	EXPECT_EQ(32, read_info(self->fd).arena_used);
	EXPECT_EQ(-EPERM, free_block(self->other, block));
	EXPECT_EQ(0, read_info(self->fd).refused);
	EXPECT_EQ(1, read_info(self->other).refused);
	EXPECT_EQ(1, read_info(self->fd).domain_refused);
	EXPECT_EQ(0, free_block(third, block));
	EXPECT_EQ(0, read_info(self->fd).blocks);
	EXPECT_EQ(1, close_handle(third, handle));
	EXPECT_EQ(0, read_info(self->fd).handles);
	close(third);
	EXPECT_TRUE(within(10, read_info(self->fd).clients == 2));
	/* The count of the domain stays when its client goes. */
	close(self->other);
	EXPECT_TRUE(within(10, read_info(self->fd).clients == 1));
	EXPECT_EQ(1, read_info(self->fd).domain_refused);
}

/* List */

struct found {
	int count;
	unsigned char records[8][256];
};

static void keep(void *record, void *context)
{
	struct found *found = context;

	if (found->count < 8)
		memcpy(found->records[found->count], record, 96);
	found->count++;
}

TEST_F(requests, list_of_clients_names_every_client)
{
	struct found found = { 0 };
	bool own_seen = false, other_seen = false;

	new_handle(self->fd, WAPI_TYPE_EVENT);
	new_block(self->other, 10);
	new_block(self->other, 0);
	ASSERT_EQ(2, for_each_record(self->fd, WAPI_LIST_CLIENTS, keep, &found));
	for (int i = 0; i < 2; i++) {
		struct wapi_client_record *client = (void *)found.records[i];

		EXPECT_EQ(getpid(), client->pid);
		EXPECT_STREQ(program_invocation_short_name, client->comm);
		if (client->own) {
			own_seen = true;
			EXPECT_EQ(1, client->own);
			EXPECT_EQ(read_info(self->fd).client_id, client->id);
			EXPECT_EQ(1, client->handles);
			EXPECT_EQ(0, client->blocks);
			EXPECT_EQ(0, client->refused);
		} else {
			other_seen = true;
			EXPECT_EQ(read_info(self->other).client_id, client->id);
			EXPECT_EQ(0, client->handles);
			EXPECT_EQ(1, client->blocks);
			EXPECT_EQ(1, client->refused);
		}
	}
	EXPECT_TRUE(own_seen && other_seen);
}

TEST_F(requests, list_of_handles_tells_what_query_tells)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct found found = { 0 };
	struct wapi_handle_record *record = (void *)found.records[0];

	new.data_size = 77;
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_NEW, &new));
	ASSERT_EQ(0, open_handle(self->fd, new.handle));
	ASSERT_EQ(0, open_handle(self->fd, new.handle));
	/* Of all the domain, held by the caller or not. */
	ASSERT_LT(0, new_handle(self->other, WAPI_TYPE_EVENT));
	ASSERT_EQ(2, for_each_record(self->fd, WAPI_LIST_HANDLES, keep, &found));
	if (record->handle != new.handle)
		record = (void *)found.records[1];
	EXPECT_EQ(new.handle, record->handle);
	EXPECT_EQ(WAPI_TYPE_FILE, record->type);
	EXPECT_EQ(3, record->references);
	EXPECT_EQ(2, record->clients);
	EXPECT_EQ(0, record->signalled);
	EXPECT_EQ(0, record->pad);
	EXPECT_EQ(new.block, record->block);
	EXPECT_EQ(77, record->block_size);
}

TEST_F(requests, list_of_references_tells_who_holds_what)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	__u64 mine = read_info(self->fd).client_id;
	__u64 others = read_info(self->other).client_id;
	struct found found = { 0 };

	ASSERT_EQ(0, open_handle(self->other, handle));
	ASSERT_EQ(0, open_handle(self->other, handle));
	ASSERT_EQ(2, for_each_record(self->fd, WAPI_LIST_REFERENCES, keep, &found));
	for (int i = 0; i < 2; i++) {
		struct wapi_reference_record *record = (void *)found.records[i];

		EXPECT_EQ(handle, record->handle);
		EXPECT_TRUE(record->client == mine || record->client == others);
		EXPECT_EQ(record->client == mine ? 1 : 2, record->references);
	}
}

TEST_F(requests, list_of_blocks_is_in_the_order_of_offsets)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct found found = { 0 };
	__u64 last = 0;
	__s64 block;

	block = new_block(self->fd, 33);
	new.data_size = 44;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	ASSERT_LT(0, new_block(self->other, 55));
	ASSERT_EQ(3, for_each_record(self->fd, WAPI_LIST_BLOCKS, keep, &found));
	for (int i = 0; i < 3; i++) {
		struct wapi_block_record *record = (void *)found.records[i];

		EXPECT_LT(last, record->block);
		last = record->block;
		EXPECT_EQ(0, record->pad);
		if (record->block == (__u64)block) {
			EXPECT_EQ(33, record->size);
			EXPECT_EQ(WAPI_OWNER_CLIENT, record->owner_kind);
			EXPECT_EQ(read_info(self->fd).client_id, record->owner);
		} else if (record->block == new.block) {
			EXPECT_EQ(44, record->size);
			EXPECT_EQ(WAPI_OWNER_OBJECT, record->owner_kind);
			EXPECT_EQ(new.handle, record->owner);
		} else {
			EXPECT_EQ(55, record->size);
			EXPECT_EQ(WAPI_OWNER_CLIENT, record->owner_kind);
			EXPECT_EQ(read_info(self->other).client_id, record->owner);
		}
	}
}

TEST_F(requests, list_of_domains_tells_of_the_callers_own)
{
	struct wapi_domain_record domain;

	new_handle(self->fd, WAPI_TYPE_EVENT);
	new_block(self->fd, 20);
	new_block(self->fd, 0);
	domain = read_domain(self->fd);
	EXPECT_EQ(read_info(self->fd).domain_id, domain.id);
	EXPECT_EQ(getuid(), domain.uid);
	EXPECT_EQ(1, domain.own);
	EXPECT_EQ(2, domain.clients);
	EXPECT_EQ(1, domain.handles);
	EXPECT_EQ(1, domain.blocks);
	EXPECT_EQ(32, domain.arena_used);
	EXPECT_EQ(read_info(self->fd).max_arena, domain.max_arena);
	EXPECT_EQ(1, domain.refused);
}

TEST_F(requests, list_goes_on_where_a_small_buffer_ended)
{
	struct wapi_handle_record record;
	struct wapi_list list;
	__u32 last = 0;

	for (int i = 0; i < 20; i++)
		ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	list = list_request(WAPI_LIST_HANDLES, &record, sizeof(record), 1);
	for (int i = 0; i < 20; i++) {
		poison(&record, sizeof(record));
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
		ASSERT_EQ(1, list.count);
		ASSERT_TRUE(!last || index_of(last) < index_of(record.handle));
		last = record.handle;
	}
	poison(&record, sizeof(record));
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	EXPECT_EQ(0, list.count);
	EXPECT_EQ(POISON32, record.handle);
	/* And stays at its end. */
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	EXPECT_EQ(0, list.count);
}

TEST_F(requests, list_writes_no_more_than_the_buffer)
{
	struct wapi_handle_record records[5];
	struct wapi_list list;

	for (int i = 0; i < 20; i++)
		ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	poison(records, sizeof(records));
	list = list_request(WAPI_LIST_HANDLES, records, sizeof(records[0]), 3);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	EXPECT_EQ(3, list.count);
	for (unsigned char *p = (void *)(records + 3); p < (unsigned char *)(records + 5); p++)
		ASSERT_EQ(POISON, *p);
}

TEST_F(requests, list_cuts_records_off_and_extends_them_by_zeros)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_handle_record *record;
	unsigned char buffer[256];
	struct wapi_list list;

	for (__u32 size = 8; size <= 128; size += 8) {
		poison(buffer, sizeof(buffer));
		list = list_request(WAPI_LIST_HANDLES, buffer, size, 1);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
		ASSERT_EQ(1, list.count);
		record = (void *)buffer;
		ASSERT_EQ(handle, record->handle);
		ASSERT_EQ(WAPI_TYPE_EVENT, record->type);
		for (unsigned int i = sizeof(*record); i < size; i++)
			ASSERT_EQ(0, buffer[i]);
		for (unsigned int i = size; i < sizeof(buffer); i++)
			ASSERT_EQ(POISON, buffer[i]);
	}
}

TEST_F(requests, list_of_an_unknown_kind_is_refused)
{
	static const __u32 wrong[] = { 0, WAPI_LIST_NAMES + 1, 1000, ~0u };
	unsigned char buffer[256];

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_list list = list_request(wrong[i], buffer, 8, 1);

		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_LIST, &list);
	}
}

TEST_F(requests, list_with_a_bad_record_size_is_refused)
{
	static const __u32 wrong[] = { 0, 1, 4, 7, 9, 12, 47, ~0u };
	unsigned char buffer[256];

	new_handle(self->fd, WAPI_TYPE_EVENT);
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wapi_list list =
			list_request(WAPI_LIST_HANDLES, buffer, wrong[i], 1);

		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_LIST, &list);
	}
}

TEST_F(requests, list_of_a_domain_that_is_not_there_is_refused)
{
	unsigned char buffer[256];
	struct wapi_list list = list_request(WAPI_LIST_HANDLES, buffer, 48, 1);

	list.domain = 1ull << 60;
	if (geteuid())
		SKIP(return, "needs CAP_SYS_ADMIN");
	EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_LIST, &list);
}

TEST_F(requests, list_of_another_domain_needs_a_capability)
{
	__u64 domain = read_info(self->fd).domain_id;
	unsigned char buffer[sizeof(struct wapi_name_record)];
	struct wapi_list list;
	struct peer peer;
	pid_t pid;
	int fd;

	if (geteuid())
		SKIP(return, "needs root to become another user");
	ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		if (become(NOBODY))
			_exit(1);
		fd = open_device();
		for (__u32 what = WAPI_LIST_CLIENTS; what <= WAPI_LIST_NAMES; what++) {
			list = list_request(what, buffer, record_size_of(what), 1);
			list.domain = domain;
			if (refused(EPERM, fd, WAPI_IOC_LIST, &list)[0])
				_exit(2);
		}
		/* It does not see that there is another. */
		if (count_records(fd, WAPI_LIST_DOMAINS) != 1)
			_exit(3);
		if (count_records(fd, WAPI_LIST_CLIENTS) != 1)
			_exit(4);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
	/* And with it, by number, of any. */
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	fd = open_device();
	ASSERT_LE(0, fd);
	list = list_request(WAPI_LIST_HANDLES, buffer, 48, 1);
	list.domain = domain;
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_LIST, &list));
	EXPECT_EQ(1, list.count);
	EXPECT_NE(domain, read_info(fd).domain_id);
	close(fd);
}

TEST_HARNESS_MAIN
