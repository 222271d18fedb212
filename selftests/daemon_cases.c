// SPDX-License-Identifier: GPL-2.0
/*
 * What clients could do to the daemon of 2002, each case under its number.
 * Whatever the daemon did then, here the client gets an answer, and the others
 * don't notice: each test ends with an innocent client that must be served.
 */
#include <pthread.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <dirent.h>

#include "wait_test.h"

/* The client that does it, and one that has nothing to do with it. */
FIXTURE(daemon) {
	int fd, innocent;
	int innocent_handle;
	__s64 innocent_block;
	unsigned char *arena;
};

FIXTURE_SETUP(daemon)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->innocent = open_device();
	ASSERT_LE(0, self->innocent);
	self->innocent_handle = new_handle(self->innocent, WAPI_TYPE_MUTEX);
	ASSERT_LT(0, self->innocent_handle);
	self->innocent_block = new_block(self->innocent, 4000);
	ASSERT_LT(0, self->innocent_block);
	self->arena = map_arena(self->innocent);
	ASSERT_NE(MAP_FAILED, self->arena);
	strcpy((char *)self->arena + self->innocent_block, "innocent");
}

/* "" if it is served as if it was alone. */
static const char *serve(int fd)
{
	double begin = seconds();
	struct wapi_query query;
	int handle;
	__s64 block;

	if (fd < 0)
		return "no new client";
	handle = new_handle(fd, WAPI_TYPE_EVENT);
	if (handle <= 0)
		return "New";
	if (open_handle(fd, handle) || query_handle(fd, handle, &query) ||
	    query.references != 2)
		return "Open";
	if (close_handle(fd, handle) != 0 || close_handle(fd, handle) != 1)
		return "Close";
	block = new_block(fd, 1000);
	if (block <= 0)
		return "Scratch";
	if (free_block(fd, block))
		return "ScratchFree";
	return seconds() - begin > 10 ? "slow" : "";
}

static const char *innocent_is_served(FIXTURE_DATA(daemon) *self)
{
	struct wapi_query query;
	int fd = open_device();
	const char *wrong = serve(fd);

	if (!wrong[0] && read_info(fd).domain_id != read_info(self->innocent).domain_id)
		wrong = "a new client is in another domain";
	close(fd);
	if (!wrong[0])
		wrong = serve(self->innocent);
	if (!wrong[0] && (query_handle(self->innocent, self->innocent_handle, &query) ||
			  query.type != WAPI_TYPE_MUTEX || query.own_references != 1))
		wrong = "its handle";
	return wrong;
}

FIXTURE_TEARDOWN(daemon)
{
	EXPECT_STREQ("", innocent_is_served(self));
	EXPECT_STREQ("innocent", (char *)self->arena + self->innocent_block);
	EXPECT_EQ(0, free_block(self->innocent, self->innocent_block));
	EXPECT_EQ(1, close_handle(self->innocent, self->innocent_handle));
	close(self->fd);
	close(self->innocent);
}

TEST_F(daemon, case_01_part_of_a_request)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);

	EXPECT_REFUSED(EINVAL, self->fd,
		       _IOC(_IOC_READ | _IOC_WRITE, WAPI_IOC_MAGIC, 0x01, 4), &new);
}

/* There are no two writes; the nearest to it is memory of two kinds. */
TEST_F(daemon, case_02_a_request_in_two_pieces)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_new *new;

	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_NE(MAP_FAILED, mmap(memory + page, page, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_FIXED | MAP_ANONYMOUS, -1, 0));
	for (size_t first = 8; first < sizeof(*new); first += 8) {
		new = (void *)(memory + page - first);
		*new = new_request(WAPI_TYPE_EVENT);
		/* Not in memory, either of them. */
		madvise(memory, page, MADV_PAGEOUT);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, new));
		EXPECT_EQ(1, close_handle(self->fd, new->handle));
	}
}

TEST_F(daemon, case_03_request_type_99)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);

	EXPECT_REFUSED(ENOTTY, self->fd,
		       _IOWR(WAPI_IOC_MAGIC, 99, struct wapi_new), &new);
}

TEST_F(daemon, case_04_close_of_a_handle_it_never_opened)
{
	struct wapi_close close = close_request(self->innocent_handle);

	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_CLOSE, &close);
}

TEST_F(daemon, case_05_open_of_an_unused_number)
{
	struct wapi_open open = open_request(self->innocent_handle + 1);

	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_OPEN, &open);
}

TEST_F(daemon, case_06_open_of_a_huge_number)
{
	struct wapi_open open = open_request(1 << 30);

	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_OPEN, &open);
	open = open_request(~0u);
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_OPEN, &open);
}

TEST_F(daemon, case_07_close_of_a_huge_number)
{
	struct wapi_close close = close_request(1 << 30);

	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_CLOSE, &close);
	close = close_request(~0u);
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_CLOSE, &close);
}

TEST_F(daemon, case_08_open_past_the_table)
{
	/* Anywhere behind what has been used so far, and at its very end. */
	for (__u32 by = 1; by < 1u << WAPI_HANDLE_INDEX_BITS; by += by < 3000 ? 1 : 9973) {
		struct wapi_open open = open_request(self->innocent_handle + by);

		ASSERT_EQ(-EBADF, wapi_ioctl(self->fd, WAPI_IOC_OPEN, &open));
		ASSERT_EQ(POISON32, open.type);
		ASSERT_EQ(POISON64, open.block);
	}
}

TEST_F(daemon, case_09_new_of_type_999)
{
	struct wapi_new new = new_request(999);
	struct wapi_close close;

	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
	close = close_request(new.handle);
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_CLOSE, &close);
}

TEST_F(daemon, case_10_new_of_type_0_three_times)
{
	struct wapi_new new = new_request(WAPI_TYPE_UNUSED);

	for (int i = 0; i < 3; i++)
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
}

TEST_F(daemon, case_11_scratch_of_4294967295_and_of_0_bytes)
{
	struct wapi_scratch scratch = scratch_request(4294967295);

	if (read_info(self->fd).max_arena > 4294967295)
		SKIP(return, "the arena is that large here");
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_SCRATCH, &scratch);
	scratch = scratch_request(0);
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_SCRATCH, &scratch);
}

TEST_F(daemon, case_12_scratch_free_of_the_middle_of_its_own_block)
{
	__s64 block = new_block(self->fd, 1000);
	struct wapi_scratch_free free;

	for (int by = 1; by < 1000; by++) {
		free = free_request(block + by);
		ASSERT_EQ(-EINVAL, wapi_ioctl(self->fd, WAPI_IOC_SCRATCH_FREE, &free));
	}
	free = free_request(block + 496);
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_SCRATCH_FREE, &free);
	EXPECT_EQ(0, free_block(self->fd, block));
}

TEST_F(daemon, case_13_results_that_nobody_reads)
{
	struct peer peer;
	pid_t pid = fork_peer(&peer);
	int fd;

	ASSERT_LE(0, pid);
	if (!pid) {
		fd = open_device();
		for (int i = 0; i < 5000; i++)
			new_handle(fd, WAPI_TYPE_EVENT);
		send_to(&peer, 0);
		receive(&peer);
		_exit(0);
	}
	EXPECT_EQ(0, receive(&peer));
	EXPECT_STREQ("", innocent_is_served(self));
	EXPECT_EQ(5001, read_info(self->fd).handles);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
	EXPECT_TRUE(within(10, read_info(self->fd).handles == 1));
}

/*
 * The nearest to a full socket: memory that takes no result, for ever.  The
 * child's page is write-protected by a userfaultfd that nobody serves; its
 * request hangs in delivering.
 */
static int protect(void *page, size_t size)
{
	struct uffdio_api api = {
		.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct uffdio_register range = {
		.range = { .start = address(page), .len = size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect wp = {
		.range = range.range, .mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ||
	    ioctl(fd, UFFDIO_WRITEPROTECT, &wp)) {
		close(fd);
		return -EOPNOTSUPP;
	}
	return fd;
}

static const char *const stuck_names[] = {
	"info", "new", "open", "close", "search", "query", "attach", "detach",
	"scratch", "block", "list", "records", "batch", "requests of a batch",
};

static void get_stuck(struct peer *peer, unsigned int request, __u32 handle)
{
	size_t size = sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_device(), fault, error = 0;
	__s64 block = new_block(fd, 100);
	struct wapi_open open = open_request(handle);
	struct wapi_batch_request in_batch = batched(WAPI_IOC_OPEN, &open);
	struct wapi_batch batch;
	struct wapi_list list;

	open_handle(fd, handle);
	open_handle(fd, handle);
	memset(page, 0, size);
	switch (request) {
	case 0:
		*(struct wapi_info *)page = info_request();
		break;
	case 1:
		*(struct wapi_new *)page = new_request(WAPI_TYPE_SEM);
		((struct wapi_new *)page)->data_size = 100;
		break;
	case 2:
		*(struct wapi_open *)page = open_request(handle);
		break;
	case 3:
		*(struct wapi_close *)page = close_request(handle);
		break;
	case 4:
		*(struct wapi_search *)page = search_request(0, 0);
		break;
	case 5:
		*(struct wapi_query *)page = query_request(handle);
		break;
	case 6:
		*(struct wapi_attach *)page = attach_request(handle, block);
		break;
	case 7:
		attach_block(fd, handle, block);
		*(struct wapi_attach *)page = attach_request(handle, 0);
		break;
	case 8:
		*(struct wapi_scratch *)page = scratch_request(100);
		break;
	case 9:
		*(struct wapi_block *)page = block_request(block);
		break;
	case 10:
		*(struct wapi_list *)page =
			list_request(WAPI_LIST_HANDLES, (char *)page + 1024, 48, 4);
		break;
	case 12:
		*(struct wapi_batch *)page = batch_request(&in_batch, 1, 0);
		break;
	case 13:
		*(struct wapi_batch_request *)page = in_batch;
		break;
	}
	fault = protect(page, size);
	if (fault < 0) {
		send_to(peer, -fault);
		_exit(1);
	}
	send_fd_to(peer, 0, fault);
	switch (request) {
	case 0: error = wapi_ioctl(fd, WAPI_IOC_INFO, page); break;
	case 1: error = wapi_ioctl(fd, WAPI_IOC_NEW, page); break;
	case 2: error = wapi_ioctl(fd, WAPI_IOC_OPEN, page); break;
	case 3: error = wapi_ioctl(fd, WAPI_IOC_CLOSE, page); break;
	case 4: error = wapi_ioctl(fd, WAPI_IOC_SEARCH, page); break;
	case 5: error = wapi_ioctl(fd, WAPI_IOC_QUERY, page); break;
	case 6: case 7: error = wapi_ioctl(fd, WAPI_IOC_ATTACH, page); break;
	case 8: error = wapi_ioctl(fd, WAPI_IOC_SCRATCH, page); break;
	case 9: error = wapi_ioctl(fd, WAPI_IOC_BLOCK, page); break;
	case 10: error = wapi_ioctl(fd, WAPI_IOC_LIST, page); break;
	case 11:
		list = list_request(WAPI_LIST_REFERENCES, page, 16, 8);
		error = wapi_ioctl(fd, WAPI_IOC_LIST, &list);
		break;
	case 12: error = wapi_ioctl(fd, WAPI_IOC_BATCH, page); break;
	case 13:
		batch = batch_request(page, 1, 0);
		error = wapi_ioctl(fd, WAPI_IOC_BATCH, &batch);
		break;
	}
	/* Nobody lets it get here. */
	_exit(error ? 2 : 3);
}

struct owners {
	int fd, count;
};

/* Each block of an object names one that can be found. */
static void check_owner(void *record, void *context)
{
	struct wapi_block_record *block = record;
	struct owners *owners = context;

	if (block->owner_kind == WAPI_OWNER_OBJECT &&
	    open_handle(owners->fd, block->owner))
		owners->count++;
}

static int blocks_of_nothing(void)
{
	struct owners owners = { .fd = open_device() };

	for_each_record(owners.fd, WAPI_LIST_BLOCKS, check_owner, &owners);
	close(owners.fd);
	return owners.count;
}

TEST_F(daemon, case_13_results_that_cannot_be_delivered)
{
	struct wapi_query query;
	struct pollfd fault;
	struct peer peer;
	__u64 error;
	pid_t pid;

	for (unsigned int i = 0; i < ARRAY_SIZE(stuck_names); i++) {
		struct state before = read_state(self->innocent), after;

		pid = fork_peer(&peer);
		ASSERT_LE(0, pid);
		if (!pid)
			get_stuck(&peer, i, self->innocent_handle);
		ASSERT_EQ(0, receive_fd_from(&peer, &error, &fault.fd));
		if (error) {
			kill_peer(&peer);
			SKIP(return, "userfaultfd: %s", strerror(error));
		}
		fault.events = POLLIN;
		EXPECT_EQ(1, poll(&fault, 1, 20000)) {
			TH_LOG("%s did not get stuck", stuck_names[i]);
		}
		EXPECT_STREQ("", innocent_is_served(self)) {
			TH_LOG("%s is stuck", stuck_names[i]);
		}
		EXPECT_EQ(0, blocks_of_nothing()) {
			TH_LOG("%s is stuck", stuck_names[i]);
		}
		/* The very object that the request is about too. */
		EXPECT_EQ(0, open_handle(self->innocent, self->innocent_handle));
		EXPECT_EQ(0, close_handle(self->innocent, self->innocent_handle));
		EXPECT_LE(2, count_records(self->innocent, WAPI_LIST_CLIENTS));
		EXPECT_LE(1, count_records(self->innocent, WAPI_LIST_REFERENCES));
		EXPECT_LE(1, count_records(self->innocent, WAPI_LIST_BLOCKS));
		EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
		close(fault.fd);

		EXPECT_TRUE(within(10, !query_handle(self->innocent,
						     self->innocent_handle, &query) &&
				       query.references == 1));
		EXPECT_TRUE(within(10, read_info(self->innocent).clients ==
				       before.info.clients));
		/* The block that it attached stays with the object. */
		if (i == 7) {
			query = query_request(self->innocent_handle);
			EXPECT_EQ(0, wapi_ioctl(self->innocent, WAPI_IOC_QUERY, &query));
			EXPECT_NE(0, query.block);
			EXPECT_EQ(0, attach_block(self->innocent,
						  self->innocent_handle, 0));
			EXPECT_EQ(0, free_block(self->innocent, query.block));
		}
		after = read_state(self->innocent);
		EXPECT_STREQ("", state_difference(&before, &after, 0)) {
			TH_LOG("after %s", stuck_names[i]);
		}
	}
}

TEST_F(daemon, case_14_exit_with_100_handles)
{
	struct wapi_query query;
	struct peer peer;
	pid_t pid = fork_peer(&peer);
	int fd;

	ASSERT_LE(0, pid);
	if (!pid) {
		fd = open_device();
		for (int i = 0; i < 100; i++)
			new_handle(fd, 1 + i % 10);
		open_handle(fd, self->innocent_handle);
		send_to(&peer, read_info(fd).handles);
		receive(&peer);
		_exit(0);
	}
	EXPECT_EQ(101, receive(&peer));
	EXPECT_EQ(101, read_info(self->innocent).handles);
	send_to(&peer, 0);
	EXPECT_EQ(0, wait_for_peer(&peer));
	EXPECT_TRUE(within(10, read_info(self->innocent).handles == 1));
	ASSERT_EQ(0, query_handle(self->innocent, self->innocent_handle, &query));
	EXPECT_EQ(1, query.references);
}

/* See the tests of the limits for what comes at the limit. */
TEST_F(daemon, case_15_many_more_than_4096_handles)
{
	int *handles = calloc(20000, sizeof(int));

	for (int i = 0; i < 20000; i++) {
		handles[i] = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, handles[i]);
	}
	EXPECT_EQ(20001, read_info(self->fd).handles);
	for (int i = 0; i < 20000; i++)
		ASSERT_EQ(1, close_handle(self->fd, handles[i]));
	EXPECT_EQ(1, read_info(self->fd).handles);
	free(handles);
}

/* Where the daemon gave 0, for a limit that could not be changed. */
TEST(case_15_as_many_as_the_limit_that_is_set)
{
	long long limit = get_parameter("max_handles");
	int fd, made = 0, answer;

	if (set_parameter("max_handles", 4096))
		SKIP(return, "max_handles is not to be set here");
	fd = open_private_domain();
	ASSERT_LE(0, fd);
	EXPECT_EQ(4096, read_info(fd).max_handles);
	EXPECT_EQ(0, set_parameter("max_handles", limit));
	while ((answer = new_handle(fd, WAPI_TYPE_EVENT)) > 0)
		made++;
	EXPECT_EQ(-ENOSPC, answer);
	EXPECT_EQ(4096, made);
	EXPECT_EQ(0, close(fd));
}

#define MAX_ARENA "/sys/module/wapi/parameters/max_arena"

/* Returns what it was before. */
static long set_max_arena(long size)
{
	FILE *file = fopen(MAX_ARENA, "r+");
	long before = 0;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &before) != 1)
		before = -1;
	rewind(file);
	fprintf(file, "%ld", size);
	return fclose(file) ? -1 : before;
}

/*
 * All of the arena, the space between the blocks included; but of one that is
 * small enough for the machine.
 */
TEST(case_16_random_bytes_over_all_of_the_arena)
{
	const size_t size = 32 << 20;
	long limit = set_max_arena(size);
	int handles[100], fd = open_private_domain(), other = open_device();
	struct state before, after;
	__u64 seed = 16, *words;
	unsigned char *arena;
	struct wapi_new new;
	__s64 block;

	/* The first request makes the domain, with the limit of that moment. */
	ASSERT_LE(0, fd);
	read_info(fd);
	if (limit >= 0)
		set_max_arena(limit);
	if (limit < 0 || read_info(fd).max_arena != size)
		SKIP(return, "needs root to make the arena small");
	for (int i = 0; i < 100; i++) {
		new = new_request(1 + i % 10);
		new.data_size = i * 50;
		ASSERT_EQ(0, wapi_ioctl(i % 2 ? fd : other, WAPI_IOC_NEW, &new));
		handles[i] = new.handle;
		ASSERT_LT(0, new_block(fd, 1 + i * 1000));
	}
	before = read_state(fd);
	arena = map_arena(fd);
	ASSERT_NE(MAP_FAILED, arena);
	words = (void *)arena;
	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = next_random(&seed);
	after = read_state(fd);
	EXPECT_STREQ("", state_difference(&before, &after, 0));
	EXPECT_STREQ("", serve(other));

	for (int i = 0; i < 100; i++)
		EXPECT_EQ(1, close_handle(i % 2 ? fd : other, handles[i]));
	EXPECT_EQ(100, read_info(fd).blocks);
	/* What is allocated from that is zero. */
	block = new_block(other, 20 << 20);
	ASSERT_LT(0, block);
	for (size_t i = 0; i < 20 << 20; i += 8)
		ASSERT_EQ(0, *(__u64 *)(arena + block + i));
	close(fd);
	EXPECT_TRUE(within(10, read_info(other).blocks == 1));
	EXPECT_EQ(0, read_info(other).handles);
	EXPECT_STREQ("", serve(other));
}

static void release_it(struct sleeper *sleeper)
{
	release_mutex(sleeper->fd, sleeper->handles[0]);
}

TEST_F(daemon, case_17_wait_in_one_process_for_an_event_that_another_sets)
{
	struct peer peer;
	int event = new_event(self->fd, 0), fd;
	pid_t pid = start_peer(&peer);
	double begin;

	ASSERT_LE(0, pid);
	if (!pid) {
		fd = open_device();
		REQUIRE(!open_handle(fd, event));
		send_to(&peer, wait_one(fd, event, 60000));
		_exit(0);
	}
	ASSERT_TRUE(within(20, waiters_of(self->fd, event) == 1));
	EXPECT_STREQ("", innocent_is_served(self));
	begin = seconds();
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(0, receive(&peer));
	EXPECT_GT(10, seconds() - begin);
	EXPECT_EQ(0, wait_for_peer(&peer));
	EXPECT_EQ(0, is_signalled(self->fd, event));
}

TEST_F(daemon, case_18_killed_while_it_holds_a_mutex)
{
	struct sleeper sleepers[2];
	struct peer peer;
	int mutex = new_mutex(self->fd, 0), fd;
	pid_t pid = start_peer(&peer);

	ASSERT_LE(0, pid);
	if (!pid) {
		fd = open_device();
		REQUIRE(!open_handle(fd, mutex));
		REQUIRE(!take(fd, mutex));
		send_to(&peer, 0);
		for (;;)
			pause();
	}
	ASSERT_EQ(0, receive(&peer));
	for (int i = 0; i < 2; i++) {
		prepare_sleeper(&sleepers[i], self->fd, &mutex, 1, 0, 60000);
		sleepers[i].after = release_it;
		ASSERT_EQ(0, start_sleeper_at(&sleepers[i], &sleepers[i].wait));
	}
	EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
	/* The first one acquires it and is told; the second one acquires it only. */
	EXPECT_EQ(0, join_sleeper(&sleepers[0]));
	EXPECT_EQ(0, sleepers[0].wait.abandoned);
	EXPECT_EQ(pid, sleepers[0].wait.abandoned_tid);
	EXPECT_EQ(0, join_sleeper(&sleepers[1]));
	EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, sleepers[1].wait.abandoned);
	EXPECT_EQ(0, sleepers[1].wait.abandoned_tid);
}

TEST_F(daemon, case_19_waits_of_1_500_999_and_1500_ms)
{
	static const int times[] = { 1, 500, 999, 1500 };
	__u32 event = new_event(self->fd, 0);
	struct wapi_wait wait;
	__s64 begin, end;

	for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
		begin = clock_ns(CLOCK_MONOTONIC);
		wait = wait_request(&event, 1, 0, 0);
		wait.timeout = begin + times[i] * 1000000ll;
		EXPECT_EQ(-ETIMEDOUT, run_wait(self->fd, &wait));
		end = clock_ns(CLOCK_MONOTONIC);
		EXPECT_LE(times[i] * 1000000ll, end - begin);
		EXPECT_GT(times[i] * 1000000ll + 5000000000, end - begin);
	}
}

/* Nobody forks here for another: a process object is made of a process that is. */
TEST_F(daemon, case_20_a_process_of_nothing)
{
	struct wapi_new new = new_request(WAPI_TYPE_PROCESS);
	int no_pidfd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, no_pidfd);
	new.flags = WAPI_NEW_PIDFD;
	new.pidfd = -1;
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_NEW, &new);
	new.pidfd = no_pidfd;
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_NEW, &new);
	close(no_pidfd);
	/* Closed by now. */
	EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_NEW, &new);
	/* A command is no part of it. */
	new.flags = 0;
	new.data = address("");
	new.pidfd = 0;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
}

/* What the daemon got in one packet: one call, with each its own answer. */
TEST_F(daemon, case_21_three_requests_at_once)
{
	struct wapi_batch_request requests[3];
	struct wapi_new new[3];

	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 3; i++) {
			new[i] = new_request(WAPI_TYPE_EVENT + i);
			requests[i] = batched(WAPI_IOC_NEW, &new[i]);
		}
		ASSERT_EQ(3, make_batch(self->fd, requests, 3, 0));
		for (int i = 0; i < 3; i++) {
			ASSERT_EQ(0, requests[i].result);
			ASSERT_NE(POISON32, new[i].handle);
			ASSERT_EQ((__u32)WAPI_TYPE_EVENT + i, look(self->fd, new[i].handle).type);
		}
		for (int i = 0; i < 3; i++)
			EXPECT_EQ(1, close_handle(self->fd, new[i].handle));
	}
	/* One that is wrong is answered too, and is not in the way of the others. */
	new[0] = new_request(WAPI_TYPE_EVENT);
	new[1] = new_request(999);
	new[2] = new_request(WAPI_TYPE_EVENT);
	for (int i = 0; i < 3; i++)
		requests[i] = batched(WAPI_IOC_NEW, &new[i]);
	ASSERT_EQ(3, make_batch(self->fd, requests, 3, 0));
	EXPECT_EQ(0, requests[0].result);
	EXPECT_EQ(-EINVAL, requests[1].result);
	EXPECT_EQ(0, requests[2].result);
	EXPECT_EQ(1, close_handle(self->fd, new[0].handle));
	EXPECT_EQ(1, close_handle(self->fd, new[2].handle));
}

/* Ticks that all threads of the kernel have used. */
static unsigned long kernel_ticks(void)
{
	unsigned long user, system, sum = 0;
	char path[300], line[512], *rest;
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	FILE *file;
	int parent;

	while (proc && (entry = readdir(proc))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		/* The name before it may have any character. */
		rest = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
		if (rest &&
		    sscanf(rest, ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			   &parent, &user, &system) == 3 && parent == 2)
			sum += user + system;
		fclose(file);
	}
	if (proc)
		closedir(proc);
	return sum;
}

static bool kernel_is_quiet(void)
{
	unsigned long before = kernel_ticks();

	usleep(500000);
	/* A spinning thread would use 50. */
	return (long)(kernel_ticks() - before) < sysconf(_SC_CLK_TCK) / 4;
}

TEST_F(daemon, case_22_one_request_and_then_half_of_the_descriptor)
{
	struct pollfd pollfd = { .events = POLLIN };
	int copy;

	ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	/* It is no socket. */
	EXPECT_EQ(-1, shutdown(self->fd, SHUT_WR));
	EXPECT_EQ(ENOTSOCK, errno);
	/* One of two descriptors closed is not the end of the client. */
	copy = dup(self->fd);
	ASSERT_LE(0, copy);
	close(self->fd);
	self->fd = copy;
	EXPECT_EQ(2, read_info(copy).clients);
	EXPECT_STREQ("", serve(copy));
	pollfd.fd = copy;
	EXPECT_LE(0, poll(&pollfd, 1, 100));
	EXPECT_TRUE(within(20, kernel_is_quiet()));
}

TEST_HARNESS_MAIN
