// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit program on a 64-bit kernel: one layout, every request, and addresses
 * that have more bits than it can have.
 */
#include "wapi_test.h"
#include "layout.h"

_Static_assert(sizeof(void *) == 4, "to be built with -m32");

FIXTURE(compat) {
	int fd, other;
};

FIXTURE_SETUP(compat)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->other = open_device();
	ASSERT_LE(0, self->other);
	ASSERT_LT(0, read_info(self->other).abi_version);
}

FIXTURE_TEARDOWN(compat)
{
	close(self->fd);
	close(self->other);
}

TEST_F(compat, info)
{
	struct wapi_info info = read_info(self->fd);

	EXPECT_EQ(WAPI_ABI_VERSION, info.abi_version);
	EXPECT_NE(0, info.module_version[0]);
	EXPECT_LT(0, info.client_id);
	EXPECT_LT(0, info.max_arena);
	EXPECT_EQ(2, info.clients);
	EXPECT_EQ(0, info.handles);
	EXPECT_EQ(0, info.domain_refused);
}

TEST_F(compat, new_open_query_and_close)
{
	struct wapi_new new = new_request(WAPI_TYPE_MUTEX);
	struct wapi_query query;
	struct wapi_close close;
	struct wapi_open open;
	struct wapi_block block;
	char data[] = "32 bits";

	new.data = address(data);
	new.data_size = sizeof(data);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_LT(0, (int)new.handle);
	EXPECT_LT(0, new.block);

	open = open_request(new.handle);
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_OPEN, &open));
	EXPECT_EQ(WAPI_TYPE_MUTEX, open.type);
	EXPECT_EQ(1, open.references);
	EXPECT_EQ(new.block, open.block);

	ASSERT_EQ(0, query_handle(self->fd, new.handle, &query));
	EXPECT_EQ(WAPI_CAP_WAIT | WAPI_CAP_SIGNAL | WAPI_CAP_OWN, query.caps);
	EXPECT_EQ(2, query.references);
	EXPECT_EQ(2, query.clients);
	EXPECT_EQ(sizeof(data), query.block_size);

	block = block_request(new.block + 3);
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_BLOCK, &block));
	EXPECT_EQ(new.block, block.block);
	EXPECT_EQ(new.handle, block.owner);
	EXPECT_EQ(1, block.own);

	close = close_request(new.handle);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_CLOSE, &close));
	EXPECT_EQ(0, close.destroyed);
	close = close_request(new.handle);
	ASSERT_EQ(0, wapi_ioctl(self->other, WAPI_IOC_CLOSE, &close));
	EXPECT_EQ(1, close.destroyed);
	EXPECT_REFUSED(EBADF, self->other, WAPI_IOC_CLOSE, &close);
}

TEST_F(compat, search)
{
	struct wapi_search search = search_request(0, WAPI_TYPE_FIND);
	int handle = new_handle(self->fd, WAPI_TYPE_FIND);

	ASSERT_LT(0, handle);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_SEARCH, &search));
	EXPECT_EQ(handle, search.found);
	EXPECT_EQ(WAPI_TYPE_FIND, search.found_type);
	search = search_request(handle, WAPI_TYPE_FIND);
	EXPECT_REFUSED(ENOENT, self->fd, WAPI_IOC_SEARCH, &search);
}

TEST_F(compat, scratch_attach_and_the_mapping)
{
	int handle = new_handle(self->fd, WAPI_TYPE_FILE);
	__s64 block = new_block(self->fd, 10000);
	__s64 start = block & ~4095ll;
	unsigned char *part;

	ASSERT_LT(0, block);
	/* A part of it: the address space is small. */
	part = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, start);
	ASSERT_NE(MAP_FAILED, part);
	for (int i = 0; i < 10000; i++)
		ASSERT_EQ(0, part[block - start + i]);
	ASSERT_EQ(0, attach_block(self->fd, handle, block));
	EXPECT_EQ(-EPERM, free_block(self->fd, block));
	ASSERT_EQ(0, attach_block(self->fd, handle, 0));
	EXPECT_EQ(0, free_block(self->fd, block));
	EXPECT_EQ(0, read_info(self->fd).blocks);
}

TEST_F(compat, list)
{
	ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	ASSERT_LT(0, new_block(self->fd, 10));
	EXPECT_EQ(2, count_records(self->fd, WAPI_LIST_CLIENTS));
	EXPECT_EQ(1, count_records(self->fd, WAPI_LIST_HANDLES));
	EXPECT_EQ(1, count_records(self->fd, WAPI_LIST_REFERENCES));
	EXPECT_EQ(1, count_records(self->fd, WAPI_LIST_BLOCKS));
	EXPECT_EQ(read_info(self->fd).domain_id, read_domain(self->fd).id);
}

TEST_F(compat, the_state_table)
{
	const __u32 *states = map_states(self->fd);
	int handle = new_handle(self->fd, WAPI_TYPE_FILE);
	struct wapi_signal set = { .handle = handle };

	ASSERT_NE(MAP_FAILED, states);
	EXPECT_EQ(WAPI_TYPE_FILE | WAPI_ENTRY_KEEPS, told_of(states, handle));
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_SET, &set));
	EXPECT_EQ(WAPI_TYPE_FILE | WAPI_ENTRY_KEEPS | WAPI_ENTRY_SIGNALLED,
		  told_of(states, handle));
	ASSERT_EQ(1, close_handle(self->fd, handle));
	EXPECT_EQ(0, live_entries(states));
	EXPECT_EQ(-1, mprotect((void *)states, 4096, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(compat, batch)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);
	struct wapi_open stale = open_request(1 << 30);
	struct wapi_batch_request requests[] = {
		batched(WAPI_IOC_NEW, &new), batched(WAPI_IOC_OPEN, &new.handle),
		batched(WAPI_IOC_OPEN, &stale), batched(WAPI_IOC_CLOSE, &new.handle),
		batched(WAPI_IOC_CLOSE, &new.handle),
	};
	struct wapi_query query;

	ASSERT_EQ(5, make_batch(self->fd, requests, 5, 0));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(i == 2 ? -EBADF : 0, requests[i].result);
	EXPECT_EQ(0, read_info(self->fd).handles);
	new = new_request(WAPI_TYPE_EVENT);
	ASSERT_EQ(3, make_batch(self->fd, requests, 5, WAPI_BATCH_STOP));
	EXPECT_EQ(-ECANCELED, requests[3].result);
	ASSERT_EQ(0, query_handle(self->fd, new.handle, &query));
	EXPECT_EQ(2, query.references);
}

TEST_F(compat, join)
{
	struct peer peer;
	pid_t pid = fork_peer(&peer);
	int fd;

	ASSERT_LE(0, pid);
	if (!pid) {
		if (unshare(CLONE_NEWIPC))
			_exit(1);
		fd = open_device();
		if (join_domain(self->fd, fd))
			_exit(2);
		send_to(&peer, read_info(fd).domain_id);
		_exit(0);
	}
	EXPECT_EQ(read_info(self->fd).domain_id, receive(&peer));
	EXPECT_EQ(0, wait_for_peer(&peer));
}

TEST_F(compat, unknown_requests_are_refused)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);

	EXPECT_REFUSED(ENOTTY, self->fd, _IOWR(WAPI_IOC_MAGIC, 99, struct wapi_new),
		       &new);
	EXPECT_REFUSED(EINVAL, self->fd, _IOWR(WAPI_IOC_MAGIC, 1, __u32), &new);
}

/* Bits that a 32-bit address has not: never cut off, never followed. */
static const __u64 forged[] = {
	1ull << 32, 1ull << 46, 1ull << 47, 1ull << 63, 0xffffffffull << 32,
	0xffff888000000000ull,
};

TEST_F(compat, forged_addresses_of_data_are_refused)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	for (unsigned int i = 0; i < ARRAY_SIZE(forged); i++) {
		new.data = address("data") | forged[i];
		new.data_size = 5;
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_NEW, &new);
	}
}

TEST_F(compat, forged_addresses_of_records_are_refused)
{
	struct wapi_handle_record record;
	struct wapi_list list;

	ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	for (unsigned int i = 0; i < ARRAY_SIZE(forged); i++) {
		poison(&record, sizeof(record));
		list = list_request(WAPI_LIST_HANDLES, &record, sizeof(record), 1);
		list.records |= forged[i];
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
		EXPECT_EQ(POISON32, record.handle);
	}
}

TEST_F(compat, forged_addresses_of_batches_are_refused)
{
	struct wapi_open open = open_request(new_handle(self->fd, WAPI_TYPE_EVENT));
	struct wapi_batch_request request = batched(WAPI_IOC_OPEN, &open);
	struct wapi_batch batch;

	for (unsigned int i = 0; i < ARRAY_SIZE(forged); i++) {
		batch = batch_request(&request, 1, 0);
		batch.requests |= forged[i];
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_BATCH, &batch);
		EXPECT_EQ((__s32)POISON32, request.result);
		EXPECT_EQ(POISON32, open.type);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(forged); i++) {
		request = batched(WAPI_IOC_OPEN, &open);
		request.arg |= forged[i];
		EXPECT_EQ(1, make_batch(self->fd, &request, 1, 0));
		EXPECT_EQ(-EFAULT, request.result);
		EXPECT_EQ(POISON32, open.type);
	}
}

TEST_F(compat, bad_addresses_of_structures_are_refused)
{
	static const unsigned long nowhere[] = {
		0, 1, 4095, 0xfffff000, 0xfffffff8, 0xffffffff,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++)
		EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_NEW,
					       (void *)nowhere[i], 0));
}

TEST_HARNESS_MAIN
