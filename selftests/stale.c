// SPDX-License-Identifier: GPL-2.0
/*
 * Stale handles: a handle that was closed names nothing any more, whatever
 * comes after it, and nobody guesses one.
 */
#include "wait_test.h"

#define INDEX_MASK ((1u << WAPI_HANDLE_INDEX_BITS) - 1)
#define AT_REST 1024
#define PAIRS 1000000

FIXTURE(stale) {
	int fd;
};

FIXTURE_SETUP(stale)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(stale)
{
	close(self->fd);
}

/* Each request that takes a handle; 0 if all refuse it. */
static int try_all(int fd, __u32 handle)
{
	struct wapi_dup dup = { .handle = handle, .pid = getpid() };
	struct wapi_mark mark = { .handle = handle };
	struct wapi_query query;

	if (open_handle(fd, handle) != -EBADF)
		return 1;
	if (close_handle(fd, handle) != -EBADF)
		return 2;
	if (query_handle(fd, handle, &query) != -EBADF)
		return 3;
	if (attach_block(fd, handle, 0) != -EBADF)
		return 4;
	if (set(fd, handle) != -EBADF)
		return 5;
	if (take(fd, handle) != -EBADF)
		return 6;
	if (object_to_fd(fd, handle, 0) != -EBADF)
		return 7;
	if (wapi_ioctl(fd, WAPI_IOC_DUP, &dup) != -EBADF)
		return 8;
	if (wapi_ioctl(fd, WAPI_IOC_MARK, &mark) != -EBADF)
		return 9;
	return 0;
}

TEST_F(stale, a_stale_handle_is_refused_through_1000000_new_and_close_pairs)
{
	__u32 stale = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_close close;
	struct wapi_new new;
	int tenants = 0;

	ASSERT_EQ(1, close_handle(self->fd, stale));
	for (int i = 0; i < PAIRS; i++) {
		new = new_request(WAPI_TYPE_EVENT);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
		ASSERT_NE(stale, new.handle);
		/* While its slot has a tenant, and while it has none. */
		if (index_of(new.handle) == index_of(stale)) {
			ASSERT_EQ(0, try_all(self->fd, stale));
			tenants++;
		}
		close = close_request(new.handle);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_CLOSE, &close));
		ASSERT_EQ(1, close.destroyed);
		if (i % 500 == 1)
			ASSERT_EQ(0, try_all(self->fd, stale));
	}
	/* The slot comes round. */
	EXPECT_LT(500, tenants);
	EXPECT_EQ(0, read_info(self->fd).handles);
}

TEST_F(stale, a_stale_handle_does_not_reach_the_next_tenant_of_its_slot)
{
	__u32 stale = new_handle(self->fd, WAPI_TYPE_EVENT);
	struct wapi_query query;
	int tenant, i;

	ASSERT_EQ(1, close_handle(self->fd, stale));
	for (i = 0; i < 100000; i++) {
		tenant = new_handle(self->fd, WAPI_TYPE_SEM);
		ASSERT_LT(0, tenant);
		if ((tenant & INDEX_MASK) == (stale & INDEX_MASK))
			break;
		ASSERT_EQ(1, close_handle(self->fd, tenant));
	}
	ASSERT_LT(i, 100000);
	EXPECT_NE(stale, tenant);
	EXPECT_EQ(0, try_all(self->fd, stale));
	ASSERT_EQ(0, query_handle(self->fd, tenant, &query));
	EXPECT_EQ(WAPI_TYPE_SEM, query.type);
	EXPECT_EQ(1, query.references);
}

TEST_F(stale, a_slot_rests_until_1024_others_were_freed)
{
	/* When each slot was freed last, counted in frees. */
	unsigned int *freed = calloc(INDEX_MASK + 1, sizeof(*freed));
	unsigned int frees = 0, reused = 0;
	__u32 index;
	int handle;

	ASSERT_NE(NULL, freed);
	for (int i = 0; i < 20000; i++) {
		handle = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, handle);
		index = handle & INDEX_MASK;
		if (freed[index]) {
			/* Itself not counted. */
			ASSERT_LE(AT_REST, frees - freed[index]);
			reused++;
		}
		ASSERT_EQ(1, close_handle(self->fd, handle));
		freed[index] = ++frees;
	}
	/* Without reuse at all this would have shown nothing. */
	EXPECT_LT(10000, reused);
	free(freed);
}

TEST_F(stale, a_refused_new_wears_no_slot_out)
{
	/*
	 * A handle that was made but could not be delivered is freed like any
	 * other: it must not come back earlier.
	 */
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u32 stale = new_handle(self->fd, WAPI_TYPE_EVENT);

	ASSERT_EQ(1, close_handle(self->fd, stale));
	*(struct wapi_new *)page = new_request(WAPI_TYPE_EVENT);
	ASSERT_EQ(0, mprotect(page, 4096, PROT_READ));
	for (int i = 0; i < 5000; i++) {
		ASSERT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_NEW, page));
		if (i % 100 == 0)
			ASSERT_EQ(0, try_all(self->fd, stale));
	}
	EXPECT_EQ(0, read_info(self->fd).handles);
	EXPECT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
}

TEST_F(stale, handles_are_never_0_and_never_negative)
{
	__u32 generations = 1u << WAPI_HANDLE_GENERATION_BITS;
	int handle;

	/* Through every generation of a slot or more. */
	for (unsigned int i = 0; i < generations * 100; i++) {
		handle = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, handle);
		/* A generation of 0 would make a handle of 0 possible. */
		ASSERT_NE(0, (__u32)handle >> WAPI_HANDLE_INDEX_BITS);
		ASSERT_EQ(1, close_handle(self->fd, handle));
	}
}

TEST_F(stale, a_handle_does_not_come_back_within_its_generations)
{
	/* Every value once, of as many as this test has time for. */
	unsigned char *seen = calloc(1, (1u << 31) / 8);
	__u32 handle;

	if (!seen)
		SKIP(return, "no address space for 256 MiB");
	for (int i = 0; i < 200000; i++) {
		handle = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(handle, 1u << 31);
		ASSERT_EQ(0, seen[handle / 8] & 1 << handle % 8);
		seen[handle / 8] |= 1 << handle % 8;
		ASSERT_EQ(1, close_handle(self->fd, handle));
	}
	free(seen);
}

TEST_F(stale, guesses_are_refused)
{
	__u64 seed = 0x20021126;
	int other = open_device();
	int handles[16];
	__u32 guess;
	bool live;

	for (int i = 0; i < 16; i++) {
		handles[i] = new_handle(self->fd, 1 + i % 10);
		ASSERT_LT(0, handles[i]);
	}
	for (int i = 0; i < 200000; i++) {
		guess = next_random(&seed);
		/* Near the live ones too: same slot, another generation. */
		if (i % 2)
			guess = (guess & ~INDEX_MASK) |
				(handles[i / 2 % 16] & INDEX_MASK);
		live = false;
		for (int j = 0; j < 16; j++)
			live |= guess == (__u32)handles[j];
		if (live)
			continue;
		ASSERT_EQ(-EBADF, open_handle(other, guess));
	}
	EXPECT_EQ(16, count_records(self->fd, WAPI_LIST_REFERENCES));
	close(other);
}

TEST_HARNESS_MAIN
