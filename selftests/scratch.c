// SPDX-License-Identifier: GPL-2.0
/*
 * Scratch memory has malloc()'s and free()'s meaning, with zeros, whatever is
 * written where; what is freed goes back to the system; and its mapping lets
 * nobody at anything else.
 */
#include <setjmp.h>

#include "wapi_test.h"

#define MIB (1ull << 20)

FIXTURE(scratch) {
	int fd;
	size_t page;
};

FIXTURE_SETUP(scratch)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->page = sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(scratch)
{
	close(self->fd);
}

/* Allocation */

#define LIVE 200

struct model {
	__u64 offset, size, pattern;
};

static void fill(unsigned char *at, __u64 size, __u64 pattern)
{
	for (__u64 i = 0; i < size; i++)
		at[i] = pattern + i * 31;
}

static bool holds(const unsigned char *at, __u64 size, __u64 pattern)
{
	for (__u64 i = 0; i < size; i++)
		if (at[i] != (unsigned char)(pattern + i * 31))
			return false;
	return true;
}

static bool is_zero(const unsigned char *at, __u64 size)
{
	for (__u64 i = 0; i < size; i++)
		if (at[i])
			return false;
	return true;
}

static __u64 random_size(__u64 *seed)
{
	__u64 r = next_random(seed) >> 8;

	switch (next_random(seed) % 8) {
	case 0:
		return 1 + r % 16;
	case 1:
	case 2:
	case 3:
		return 1 + r % 200;
	case 4:
	case 5:
		return 1 + r % 9000;
	case 6:
		/* Whole pages, and one byte more or less. */
		return 4096 * (1 + r % 4) + r / 7 % 3 - 1;
	default:
		return 1 + r % 100000;
	}
}

static void random_work(struct __test_metadata *_metadata, int fd, int owner,
			unsigned int steps, __u64 seed)
{
	unsigned char *arena = map_arena(fd);
	struct model blocks[LIVE] = { 0 };
	__u64 used = 0, live = 0;
	struct wapi_info info;

	ASSERT_NE(MAP_FAILED, arena);
	for (unsigned int step = 0; step < steps; step++) {
		struct model *b = &blocks[next_random(&seed) % LIVE];
		__s64 offset;

		if (b->size) {
			ASSERT_TRUE(holds(arena + b->offset, b->size, b->pattern));
			/* Where free space begins and ends is not in there. */
			if (step % 2)
				memset(arena + b->offset, 0xff, b->size);
			ASSERT_EQ(0, free_block(owner, b->offset));
			used -= (b->size + 15) / 16 * 16;
			live--;
			/* Nobody's now; the mapping does not care. */
			if (step % 3 == 0)
				memset(arena + b->offset, 0xee, b->size);
			b->size = 0;
			continue;
		}
		b->size = random_size(&seed);
		b->pattern = next_random(&seed);
		offset = new_block(owner, b->size);
		ASSERT_LT(0, offset);
		ASSERT_EQ(0, offset % WAPI_BLOCK_ALIGN);
		b->offset = offset;
		for (int i = 0; i < LIVE; i++) {
			if (!blocks[i].size || &blocks[i] == b)
				continue;
			ASSERT_TRUE(blocks[i].offset + blocks[i].size <= b->offset ||
				    b->offset + b->size <= blocks[i].offset);
		}
		ASSERT_TRUE(is_zero(arena + b->offset, b->size));
		fill(arena + b->offset, b->size, b->pattern);
		used += (b->size + 15) / 16 * 16;
		live++;
		if (step % 64)
			continue;
		info = read_info(owner);
		ASSERT_EQ(live, info.blocks);
		ASSERT_EQ(used, info.arena_used);
		ASSERT_EQ(live, count_records(owner, WAPI_LIST_BLOCKS));
	}
	for (int i = 0; i < LIVE; i++)
		if (blocks[i].size) {
			ASSERT_TRUE(holds(arena + blocks[i].offset, blocks[i].size,
					  blocks[i].pattern));
			ASSERT_EQ(0, free_block(owner, blocks[i].offset));
		}
	info = read_info(owner);
	EXPECT_EQ(0, info.blocks);
	EXPECT_EQ(0, info.arena_used);
	munmap(arena, info.max_arena);
}

TEST_F(scratch, random_work_agrees_with_a_model)
{
	random_work(_metadata, self->fd, self->fd, 6000, 1);
	random_work(_metadata, self->fd, self->fd, 3000, 2002);
}

TEST_F(scratch, random_work_agrees_with_a_model_beside_other_clients)
{
	struct peer peers[2];
	unsigned char *arena;
	pid_t pid;

	/* Their blocks lie among ours, and they write all over them. */
	for (int i = 0; i < 2; i++) {
		pid = fork_peer(&peers[i]);
		ASSERT_LE(0, pid);
		if (!pid) {
			int fd = open_device();
			__u64 seed = 3 + i;

			arena = map_arena(fd);
			for (int step = 0; step < 1500; step++) {
				__u64 size = random_size(&seed);
				__s64 offset = new_block(fd, size);

				if (offset <= 0 || !is_zero(arena + offset, size))
					_exit(1);
				fill(arena + offset, size, step);
				if (!holds(arena + offset, size, step))
					_exit(2);
				if (step % 4 && free_block(fd, offset))
					_exit(3);
			}
			_exit(0);
		}
	}
	/* Counts are not only ours, so without the model's. */
	arena = map_arena(self->fd);
	for (int step = 0; step < 1500; step++) {
		__u64 seed = step + 99, size = random_size(&seed);
		__s64 offset = new_block(self->fd, size);

		ASSERT_LT(0, offset);
		ASSERT_TRUE(is_zero(arena + offset, size));
		fill(arena + offset, size, step);
		ASSERT_TRUE(holds(arena + offset, size, step));
		ASSERT_EQ(0, free_block(self->fd, offset));
	}
	EXPECT_EQ(0, wait_for_peer(&peers[0]));
	EXPECT_EQ(0, wait_for_peer(&peers[1]));
	EXPECT_TRUE(within(10, !read_info(self->fd).blocks));
}

TEST_F(scratch, a_block_is_zero_though_free_space_was_written_to)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 block;

	ASSERT_LT(0, read_info(self->fd).max_arena);
	memset(arena, 0xdd, 4 * MIB);
	for (int i = 0; i < 300; i++) {
		__u64 size = 1 + i * 41;

		block = new_block(self->fd, size);
		ASSERT_LT(0, block);
		ASSERT_TRUE(is_zero(arena + block, size));
	}
}

TEST_F(scratch, a_block_of_zeros_touches_none_of_its_neighbours)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 left, middle, right;

	/* In every position to the ends of pages. */
	for (int shift = 0; shift < 300; shift++) {
		left = new_block(self->fd, 16 + shift * 16);
		middle = new_block(self->fd, 5000);
		right = new_block(self->fd, 100);
		ASSERT_LT(0, left);
		ASSERT_LT(0, right);
		memset(arena + left, 1, 16 + shift * 16);
		memset(arena + right, 2, 100);
		memset(arena + middle, 3, 5000);
		ASSERT_EQ(0, free_block(self->fd, middle));
		ASSERT_EQ(1, arena[left + shift * 16 + 15]);
		ASSERT_EQ(2, arena[right]);
		middle = new_block(self->fd, 4990);
		ASSERT_LT(0, middle);
		ASSERT_TRUE(is_zero(arena + middle, 4990));
		for (int i = 0; i < 16 + shift * 16; i += 15)
			ASSERT_EQ(1, arena[left + i]);
		for (int i = 0; i < 100; i++)
			ASSERT_EQ(2, arena[right + i]);
		ASSERT_EQ(0, free_block(self->fd, left));
		ASSERT_EQ(0, free_block(self->fd, middle));
		ASSERT_EQ(0, free_block(self->fd, right));
	}
}

/* What is freed goes back */

static __u64 resident(int fd)
{
	return read_domain(fd).arena_resident;
}

TEST_F(scratch, the_pages_of_a_large_block_go_back)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 block = new_block(self->fd, 64 * MIB);

	ASSERT_LT(0, block);
	/* Allocated on demand. */
	EXPECT_GT(MIB, resident(self->fd));
	for (__u64 i = 0; i < 64 * MIB; i += self->page)
		arena[block + i] = 1;
	EXPECT_LE(63 * MIB, resident(self->fd));
	ASSERT_EQ(0, free_block(self->fd, block));
	EXPECT_LE(resident(self->fd), 4 * self->page);
}

#define SMALL 32768

TEST_F(scratch, the_pages_of_many_small_blocks_go_back)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 *blocks = calloc(SMALL, sizeof(*blocks)), swap;
	__u64 seed = 7;
	int j;

	for (int i = 0; i < SMALL; i++) {
		blocks[i] = new_block(self->fd, 700);
		ASSERT_LT(0, blocks[i]);
		memset(arena + blocks[i], 1, 700);
	}
	EXPECT_LE(SMALL * 700, resident(self->fd));
	for (int i = SMALL - 1; i > 0; i--) {
		j = next_random(&seed) % (i + 1);
		swap = blocks[i];
		blocks[i] = blocks[j];
		blocks[j] = swap;
	}
	for (int i = 0; i < SMALL; i++)
		ASSERT_EQ(0, free_block(self->fd, blocks[i]));
	EXPECT_LE(resident(self->fd), 4 * self->page);
	free(blocks);
}

TEST_F(scratch, the_pages_of_a_client_that_ends_go_back)
{
	struct peer peer;
	pid_t pid = fork_peer(&peer);

	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open_device();
		unsigned char *arena = map_arena(fd);

		for (int i = 0; i < 32; i++)
			memset(arena + new_block(fd, MIB), 1, MIB);
		send_to(&peer, 0);
		receive(&peer);
		_exit(0);
	}
	EXPECT_EQ(0, receive(&peer));
	EXPECT_LE(32 * MIB, resident(self->fd));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
	EXPECT_TRUE(within(10, resident(self->fd) <= 4 * self->page));
}

TEST_F(scratch, a_page_stays_as_long_as_any_block_is_in_it)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 blocks[64];

	/* 64 of them in one page or two. */
	for (int i = 0; i < 64; i++) {
		blocks[i] = new_block(self->fd, 64);
		memset(arena + blocks[i], i, 64);
	}
	for (int i = 0; i < 64; i++) {
		if (i == 20)
			continue;
		ASSERT_EQ(0, free_block(self->fd, blocks[i]));
		for (int b = 0; b < 64; b++)
			ASSERT_EQ(20, arena[blocks[20] + b]);
	}
	EXPECT_LE(self->page, resident(self->fd));
	EXPECT_EQ(0, free_block(self->fd, blocks[20]));
}

/* Free space is used again */

#define MAX_ARENA "/sys/module/wapi/parameters/max_arena"

/* A client in an arena of @size; -EACCES where that can't be set. */
static int open_small_arena(__u64 size)
{
	FILE *file = fopen(MAX_ARENA, "r");
	long long before = 0;
	int fd;

	if (!file || fscanf(file, "%lld", &before) != 1)
		return -EACCES;
	fclose(file);
	file = fopen(MAX_ARENA, "w");
	if (!file)
		return -EACCES;
	fprintf(file, "%llu", (unsigned long long)size);
	fclose(file);
	/* The first request makes the domain. */
	fd = open_private_domain();
	if (fd >= 0)
		read_info(fd);
	file = fopen(MAX_ARENA, "w");
	if (file) {
		fprintf(file, "%lld", before);
		fclose(file);
	}
	return fd;
}

TEST(neighbours_that_are_freed_become_one_gap_in_any_order)
{
	static const int orders[][3] = {
		{ 3, 4, 5 }, { 3, 5, 4 }, { 4, 3, 5 }, { 4, 5, 3 }, { 5, 3, 4 },
		{ 5, 4, 3 },
	};
	__s64 blocks[8], whole;
	int fd = open_small_arena(MIB);

	if (fd == -EACCES)
		SKIP(return, "needs root to make the arena small");
	ASSERT_LE(0, fd);
	for (int i = 0; i < 8; i++) {
		blocks[i] = new_block(fd, 100000);
		ASSERT_LT(0, blocks[i]);
	}
	while (new_block(fd, 10000) > 0)
		;
	while (new_block(fd, 16) > 0)
		;
	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
		ASSERT_EQ(-ENOSPC, new_block(fd, 1));
		for (int j = 0; j < 3; j++)
			ASSERT_EQ(0, free_block(fd, blocks[orders[i][j]]));
		ASSERT_EQ(-ENOSPC, new_block(fd, 300001));
		whole = new_block(fd, 300000);
		ASSERT_LT(0, whole);
		ASSERT_EQ(0, free_block(fd, whole));
		for (int j = 3; j < 6; j++) {
			blocks[j] = new_block(fd, 100000);
			ASSERT_LT(0, blocks[j]);
		}
	}
	close(fd);
}

TEST(a_gap_that_just_fits_is_found_among_many)
{
	__s64 blocks[2048], again;
	int fd = open_small_arena(2 * MIB), n = 0;

	if (fd == -EACCES)
		SKIP(return, "needs root to make the arena small");
	ASSERT_LE(0, fd);
	while (n < 2048) {
		again = new_block(fd, 1024);
		if (again < 0)
			break;
		blocks[n++] = again;
	}
	ASSERT_LT(2000, n);
	while (new_block(fd, 16) > 0)
		;
	/* Every second one free, and of one its neighbour too. */
	for (int i = 0; i < n; i += 2)
		ASSERT_EQ(0, free_block(fd, blocks[i]));
	ASSERT_EQ(-ENOSPC, new_block(fd, 1025));
	ASSERT_EQ(0, free_block(fd, blocks[1501]));
	ASSERT_EQ(-ENOSPC, new_block(fd, 3 * 1024 + 1));
	again = new_block(fd, 3 * 1024);
	EXPECT_EQ(blocks[1500], again);
	/* All gaps are found. */
	for (int i = 0; i < n; i += 2)
		if (i != 1500 && i != 1502)
			ASSERT_LT(0, new_block(fd, 1010));
	EXPECT_EQ(-ENOSPC, new_block(fd, 1));
	close(fd);
}

TEST(the_arena_is_whole_again_after_any_work)
{
	int fd = open_small_arena(4 * MIB);
	__s64 all;

	if (fd == -EACCES)
		SKIP(return, "needs root to make the arena small");
	ASSERT_LE(0, fd);
	for (__u64 seed = 1; seed < 40; seed++) {
		__s64 blocks[100];
		__u64 s = seed;

		for (int i = 0; i < 100; i++)
			blocks[i] = new_block(fd, 1 + next_random(&s) % 30000);
		for (int i = 0; i < 100; i++)
			if (blocks[i] > 0)
				ASSERT_EQ(0, free_block(fd, blocks[i]));
		all = new_block(fd, 4 * MIB - WAPI_BLOCK_ALIGN);
		ASSERT_LT(0, all);
		ASSERT_EQ(0, free_block(fd, all));
	}
	close(fd);
}

/* The mapping */

TEST_F(scratch, what_one_client_writes_the_others_read)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 block = new_block(self->fd, 10000);
	struct peer peer;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, arena);
	strcpy((char *)arena + block + 5000, "ping");
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		/* Not what it inherits: its own client's. */
		int fd = open_device();
		unsigned char *own = map_arena(fd);

		munmap(arena, read_info(fd).max_arena);
		if (own == MAP_FAILED || strcmp((char *)own + block + 5000, "ping"))
			_exit(1);
		strcpy((char *)own + block + 5000, "pong");
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
	EXPECT_STREQ("pong", (char *)arena + block + 5000);
}

TEST_F(scratch, any_part_of_the_arena_can_be_mapped)
{
	__u64 max = read_info(self->fd).max_arena;
	unsigned char *arena = map_arena(self->fd), *part;
	const __u64 offsets[] = { 0, self->page, 16 * MIB, max - self->page };

	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
		part = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED,
			    self->fd, offsets[i]);
		ASSERT_NE(MAP_FAILED, part);
		part[7] = 100 + i;
		EXPECT_EQ(100 + i, arena[offsets[i] + 7]);
		/* A length that is no multiple of the page is rounded up. */
		munmap(part, self->page);
		part = mmap(NULL, 1, PROT_READ, MAP_SHARED, self->fd, offsets[i]);
		ASSERT_NE(MAP_FAILED, part);
		EXPECT_EQ(100 + i, part[7]);
		munmap(part, 1);
	}
}

TEST_F(scratch, what_is_beyond_the_arena_cannot_be_mapped)
{
	const size_t page = self->page;
	const __u64 max = read_info(self->fd).max_arena;
	const struct {
		__u64 offset, length;
	} wrong[] = {
		{ 0, max + 1 }, { 0, max + page }, { page, max },
		{ max, page }, { max - page, 2 * page }, { max + page, page },
		{ 1ull << 40, page }, { 1ull << 62, page },
		{ (1ull << 63) - page, page },
	};
	struct state before = read_state(self->fd), after;

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(MAP_FAILED, mmap(NULL, wrong[i].length, PROT_READ,
					   MAP_SHARED, self->fd, wrong[i].offset));
		/* The last one the kernel itself may refuse. */
		EXPECT_TRUE(errno == EINVAL || errno == EOVERFLOW);
	}
	after = read_state(self->fd);
	EXPECT_STREQ("", state_difference(&before, &after,
					  after.refused - before.refused));
}

TEST_F(scratch, a_private_mapping_is_refused)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_PRIVATE,
				   self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(scratch, an_executable_mapping_is_refused)
{
	unsigned char *part;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_EXEC,
				   MAP_SHARED, self->fd, 0));
	EXPECT_TRUE(errno == EPERM || errno == EACCES);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page,
				   PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED,
				   self->fd, 0));
	EXPECT_TRUE(errno == EPERM || errno == EACCES);

	part = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(-1, mprotect(part, self->page, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(part, self->page, PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(scratch, a_mapping_can_be_for_reading_only)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 block = new_block(self->fd, 100);
	const unsigned char *reading =
		mmap(NULL, read_info(self->fd).max_arena, PROT_READ, MAP_SHARED,
		     self->fd, 0);

	ASSERT_NE(MAP_FAILED, reading);
	arena[block] = 42;
	EXPECT_EQ(42, reading[block]);
}

TEST_F(scratch, a_descriptor_for_reading_does_not_map_for_writing)
{
	int fd = open(WAPI_DEVICE, O_RDONLY | O_CLOEXEC);
	unsigned char *reading;

	/* It may be that a client must be able to write. */
	if (fd < 0) {
		EXPECT_EQ(EACCES, errno);
		return;
	}
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	reading = mmap(NULL, self->page, PROT_READ, MAP_SHARED, fd, 0);
	if (reading != MAP_FAILED) {
		EXPECT_EQ(-1, mprotect(reading, self->page, PROT_READ | PROT_WRITE));
		EXPECT_EQ(EACCES, errno);
	}
	close(fd);
}

TEST_F(scratch, mapping_can_be_the_first_request_of_a_client)
{
	__s64 block = new_block(self->fd, 100);
	unsigned char *arena = map_arena(self->fd), *other;
	int fd = open_device();

	arena[block] = 43;
	other = mmap(NULL, block + 100, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	EXPECT_EQ(43, other[block]);
	EXPECT_EQ(2, read_info(self->fd).clients);
	close(fd);
}

TEST_F(scratch, a_mapping_holds_neither_the_client_nor_the_domain)
{
	unsigned char *arena = map_arena(self->fd), *fresh;
	__u64 domain = read_info(self->fd).domain_id;
	__s64 block = new_block(self->fd, 100);

	strcpy((char *)arena + block, "old");
	close(self->fd);
	self->fd = open_device();
	ASSERT_LE(0, self->fd);
	EXPECT_NE(domain, read_info(self->fd).domain_id);
	EXPECT_EQ(0, read_info(self->fd).blocks);
	fresh = map_arena(self->fd);
	EXPECT_EQ(0, fresh[block]);
	/* And it is memory of its own. */
	strcpy((char *)fresh + block, "new");
	EXPECT_STREQ("old", (char *)arena + block);
}

TEST_F(scratch, domains_have_memory_of_their_own)
{
	unsigned char *arena = map_arena(self->fd), *other;
	int fd;

	memset(arena, 0x11, MIB);
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	fd = open_device();
	ASSERT_LE(0, fd);
	other = map_arena(fd);
	ASSERT_NE(MAP_FAILED, other);
	EXPECT_TRUE(is_zero(other, MIB));
	memset(other, 0x22, MIB);
	EXPECT_EQ(0x11, arena[0]);
	EXPECT_EQ(0x11, arena[MIB - 1]);
	close(fd);
}

TEST_F(scratch, a_descriptor_of_another_process_maps_nothing)
{
	struct peer peer;
	pid_t pid;

	read_info(self->fd);
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		if (mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, 0) !=
		    MAP_FAILED)
			_exit(1);
		_exit(errno == ESTALE ? 0 : 2);
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
}

static sigjmp_buf after_fault;

static void on_fault(int signal)
{
	siglongjmp(after_fault, signal);
}

TEST_F(scratch, a_mapping_does_not_grow_beyond_the_arena)
{
	__u64 max = read_info(self->fd).max_arena;
	unsigned char *last = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
				   MAP_SHARED, self->fd, max - self->page);
	unsigned char *larger;

	ASSERT_NE(MAP_FAILED, last);
	larger = mremap(last, self->page, 2 * self->page, MREMAP_MAYMOVE);
	if (larger == MAP_FAILED)
		return;
	larger[0] = 1;
	signal(SIGBUS, on_fault);
	if (!sigsetjmp(after_fault, 1)) {
		larger[self->page] = 1;
		ASSERT_TRUE(!"there is memory beyond the arena");
	}
	EXPECT_EQ(max, read_info(self->fd).max_arena);
}

TEST_F(scratch, advice_on_the_mapping_removes_nothing_but_data)
{
	unsigned char *arena = map_arena(self->fd);
	struct state before, after;
	__s64 block;

	for (int i = 0; i < 50; i++)
		memset(arena + new_block(self->fd, 5000), 1, 5000);
	before = read_state(self->fd);
	EXPECT_EQ(0, madvise(arena, read_info(self->fd).max_arena, MADV_REMOVE));
	after = read_state(self->fd);
	EXPECT_STREQ("", state_difference(&before, &after, 0));
	block = new_block(self->fd, 5000);
	ASSERT_LT(0, block);
	EXPECT_TRUE(is_zero(arena + block, 5000));
	EXPECT_EQ(0, free_block(self->fd, block));
}

TEST_F(scratch, the_descriptor_itself_is_no_file_to_change)
{
	struct state before = read_state(self->fd), after;

	EXPECT_EQ(-1, ftruncate(self->fd, 0));
	EXPECT_EQ(-1, fallocate(self->fd, 0, 0, 4096));
	after = read_state(self->fd);
	EXPECT_STREQ("", state_difference(&before, &after, 0));
}

TEST_HARNESS_MAIN
