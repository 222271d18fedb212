// SPDX-License-Identifier: GPL-2.0
/*
 * What is mapped stays what it was mapped as: no system call makes the arena
 * executable, or the state table writable, and none reaches beyond either.
 */
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>

#include "wapi_test.h"

enum { PAGE = 4096, PAGES = 16 };

FIXTURE(maps)
{
	int fd;
	unsigned char *at;
	__u64 max_arena;
};

FIXTURE_VARIANT(maps)
{
	__u64 offset;
	int protection;
};

FIXTURE_VARIANT_ADD(maps, arena)
{
	.offset = 0,
	.protection = PROT_READ | PROT_WRITE,
};

FIXTURE_VARIANT_ADD(maps, table)
{
	.offset = WAPI_STATES_OFFSET,
	.protection = PROT_READ,
};

FIXTURE_SETUP(maps)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->max_arena = read_info(self->fd).max_arena;
	self->at = mmap64(NULL, PAGES * PAGE, variant->protection, MAP_SHARED, self->fd,
			  variant->offset);
	ASSERT_NE(MAP_FAILED, self->at);
}

FIXTURE_TEARDOWN(maps)
{
	close(self->fd);
}

/* "" if a page cannot be had in any way that it was not mapped in. */
static const char *more_than_mapped(void *at, const FIXTURE_VARIANT(maps) *variant)
{
	static const int more[] = {
		PROT_EXEC, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(more); i++)
		if (!mprotect(at, PAGE, more[i]))
			return "executable";
	if (!(variant->protection & PROT_WRITE) &&
	    !mprotect(at, PAGE, PROT_READ | PROT_WRITE))
		return "writable";
	return mprotect(at, PAGE, variant->protection) ? "not as it was" : "";
}

TEST_F(maps, remap_file_pages_gives_nothing_more)
{
	/* Of a part, of all, of another page of the file; over the first's end. */
	static const struct {
		size_t from, pages, to;
	} ways[] = { { 0, PAGES, 0 }, { 1, 1, 1 }, { 2, 1, 7 }, { 4, 8, 0 }, { 0, PAGES, 1 } };
	struct wapi_info info = read_info(self->fd);

	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		unsigned char *at = self->at + ways[i].from * PAGE;

		if (syscall(SYS_remap_file_pages, at, ways[i].pages * PAGE, 0, ways[i].to, 0) &&
		    errno == ENOSYS)
			SKIP(return, "the kernel has no remap_file_pages()");
		for (unsigned int j = 0; j < PAGES; j++) {
			ASSERT_STREQ("", more_than_mapped(self->at + j * PAGE, variant)) {
				TH_LOG("way %u, page %u", i, j);
			}
		}
	}
	EXPECT_EQ(info.clients, read_info(self->fd).clients);
}

TEST_F(maps, mremap_gives_nothing_more)
{
	/* Moved, grown where it is or elsewhere, once more beside itself, shrunk. */
	unsigned char *room = mmap(NULL, 4 * PAGES * PAGE, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *again, *moved;

	ASSERT_NE(MAP_FAILED, room);
	again = mremap(self->at, 0, PAGES * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_STREQ("", more_than_mapped(again, variant));
	moved = mremap(self->at, PAGES * PAGE, 2 * PAGES * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, room);
	ASSERT_NE(MAP_FAILED, moved);
	for (unsigned int i = 0; i < 2 * PAGES; i++) {
		EXPECT_STREQ("", more_than_mapped(moved + i * PAGE, variant));
	}
	moved = mremap(moved, 2 * PAGES * PAGE, PAGE, 0);
	ASSERT_NE(MAP_FAILED, moved);
	EXPECT_STREQ("", more_than_mapped(moved, variant));
}

TEST_F(maps, a_program_whose_every_page_is_executable_gets_none)
{
	unsigned char *at;

	ASSERT_LE(0, personality(READ_IMPLIES_EXEC));
	at = mmap64(NULL, PAGE, variant->protection, MAP_SHARED, self->fd, variant->offset);
	if (at != MAP_FAILED) {
		EXPECT_STREQ("", more_than_mapped(at, variant));
	}
	/* What was mapped before is not made so by any change of it. */
	mprotect(self->at, PAGE, PROT_READ);
	ASSERT_LE(0, personality(PER_LINUX));
	EXPECT_STREQ("", more_than_mapped(self->at, variant));
}

TEST_F(maps, a_forked_child_gets_nothing_more)
{
	pid_t pid = fork();
	int status;

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(*more_than_mapped(self->at, variant) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Opens what is mapped as a file, as /proc/PID/map_files names it; 0 or -errno. */
static int open_mapped(const void *at, int flags)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)at,
		 (unsigned long)at + PAGES * PAGE);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

TEST_F(maps, the_file_behind_it_is_not_opened_without_a_capability)
{
	static const int how[] = { O_RDONLY, O_WRONLY, O_RDWR };
	pid_t pid;
	int status;

	ASSERT_EQ(0, open_mapped(self->at, O_RDONLY));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (become(NOBODY) || prctl(PR_SET_DUMPABLE, 1))
			_exit(1);
		for (unsigned int i = 0; i < ARRAY_SIZE(how); i++)
			if (open_mapped(self->at, how[i]) != -EPERM)
				_exit(2);
		/* All capabilities of a namespace of one's own are none here. */
		if (unshare(CLONE_NEWUSER))
			_exit(3);
		for (unsigned int i = 0; i < ARRAY_SIZE(how); i++)
			if (open_mapped(self->at, how[i]) != -EPERM)
				_exit(4);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* What the documentation lets be mapped. */
static bool may_be_mapped(__u64 offset, __u64 size, int protection, int flags, __u64 max_arena)
{
	bool table = offset >= WAPI_STATES_OFFSET;
	__u64 limit = table ? WAPI_STATES_OFFSET + WAPI_STATES_SIZE : max_arena;

	if (!size || offset % PAGE || !(flags & MAP_SHARED) || protection & PROT_EXEC)
		return false;
	if (table && protection & PROT_WRITE)
		return false;
	return offset <= limit && size <= limit - offset;
}

/* Near one of the bounds, or anywhere. */
static __u64 odd_number(__u64 *seed, __u64 max_arena)
{
	const __u64 bounds[] = {
		0, max_arena, WAPI_STATES_OFFSET, WAPI_STATES_SIZE,
		WAPI_STATES_OFFSET + WAPI_STATES_SIZE, 1ull << 32, 1ull << 44, 1ull << 63,
	};
	__u64 number = bounds[next_random(seed) % ARRAY_SIZE(bounds)];

	switch (next_random(seed) % 8) {
	case 0:	return next_random(seed) >> next_random(seed) % 64;
	case 1:	return number + next_random(seed) % (4 * PAGE) - 2 * PAGE;
	default: return number + (next_random(seed) % 5 - 2) * PAGE;
	}
}

TEST(odd_offsets_sizes_and_protections_map_just_what_they_may)
{
	static const int flags[] = { MAP_SHARED, MAP_SHARED, MAP_SHARED_VALIDATE, MAP_PRIVATE };
	int fd = open_private_domain(), mapped = 0, refused = 0;
	__u64 max_arena, seed = 2002;

	ASSERT_LE(0, fd);
	max_arena = read_info(fd).max_arena;
	for (int i = 0; i < 50000; i++) {
		__u64 offset = odd_number(&seed, max_arena);
		__u64 size = odd_number(&seed, max_arena);
		int flag = flags[next_random(&seed) % ARRAY_SIZE(flags)];
		int protection = next_random(&seed) % 8;
		void *at;
		bool may;

		if (next_random(&seed) % 2)
			protection &= PROT_READ;
		/* Not libc's: it looks at the offset too. */
		at = (void *)syscall(SYS_mmap, NULL, size, protection, flag, fd, offset);
		may = may_be_mapped(offset, size, protection, flag, max_arena);
		ASSERT_EQ(may, at != MAP_FAILED) {
			TH_LOG("offset %#llx, size %#llx, protection %d, flags %#x: %s", offset,
			       size, protection, flag, at == MAP_FAILED ? strerror(errno) : "mapped");
		}
		if (may) {
			ASSERT_EQ(0, munmap(at, size));
		}
		*(may ? &mapped : &refused) += 1;
	}
	EXPECT_LT(1000, mapped);
	EXPECT_LT(1000, refused);
}

TEST_HARNESS_MAIN
