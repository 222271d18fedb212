// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that a client makes the kernel allocate is charged to its memory
 * cgroup, as far as its limit allows, and given back when it ends.
 */
#include <sys/vfs.h>
#include <linux/magic.h>

#include "observe.h"

#define CGROUPS "/sys/fs/cgroup"
#define MB (1024 * 1024)

/* A cgroup for the client; the observer stays where it is. */
FIXTURE(memcg)
{
	int fd;
	char path[64];
	struct peer client;
};

static int write_control(const char *group, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", group, name);
	return write_text(path, text);
}

static long long read_control(const char *group, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", group, name);
	return read_number(path);
}

static long long current_memory(const FIXTURE_DATA(memcg) *self)
{
	return read_control(self->path, "memory.current");
}

/* A line of memory.stat or memory.events. */
static long long read_line(const char *group, const char *file, const char *name)
{
	char path[128], line[64];
	long long value = -ENOENT;
	FILE *stat;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	stat = fopen(path, "re");
	if (!stat)
		return -errno;
	while (fscanf(stat, "%63s %lld", line, &value) == 2 && strcmp(line, name))
		value = -ENOENT;
	fclose(stat);
	return value;
}

FIXTURE_SETUP(memcg)
{
	struct statfs fs;

	self->fd = -1;
	self->path[0] = 0;
	if (statfs(CGROUPS, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		SKIP(return, "no cgroup2 at " CGROUPS);
	if (geteuid())
		SKIP(return, "needs root to make a cgroup");
	write_control(CGROUPS, "cgroup.subtree_control", "+memory");
	snprintf(self->path, sizeof(self->path), CGROUPS "/wapi-test-%d", getpid());
	ASSERT_EQ(0, mkdir(self->path, 0755));
	if (current_memory(self) < 0)
		SKIP(return, "no memory controller for cgroups of ours");
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
}

FIXTURE_TEARDOWN(memcg)
{
	if (self->fd >= 0) {
		EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
		close(self->fd);
	}
	/* Not even the domain's tables are charged to it any more. */
	if (self->path[0]) {
		if (self->fd >= 0) {
			EXPECT_TRUE(within(10, current_memory(self) < MB))
				TH_LOG("still charged with %lld bytes",
				       current_memory(self));
		}
		EXPECT_EQ(0, rmdir(self->path));
	}
}

/* In a child: into the cgroup, and a client there. */
static int enter(const FIXTURE_DATA(memcg) *self)
{
	int fd;

	REQUIRE(!write_control(self->path, "cgroup.procs", "0"));
	fd = open_device();
	REQUIRE(fd >= 0);
	REQUIRE(read_info(fd).clients == 2);
	return fd;
}

TEST_F(memcg, handles_are_charged_and_given_back)
{
	enum { HANDLES = 100000 };
	long long before, after, slab;

	if (!self->path[0] || self->fd < 0)
		return;
	if (!start_peer(&self->client)) {
		int fd = enter(self);

		send_to(&self->client, 1);
		REQUIRE(receive(&self->client) == 1);
		for (int i = 0; i < HANDLES; i++)
			REQUIRE(new_handle(fd, 1 + i % 10) > 0);
		send_to(&self->client, 1);
		receive(&self->client);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->client));
	before = current_memory(self);
	slab = read_line(self->path, "memory.stat", "slab");
	send_to(&self->client, 1);
	ASSERT_EQ(1, receive(&self->client));
	EXPECT_EQ(HANDLES, read_info(self->fd).handles);
	after = current_memory(self);
	/* An object has a lock, a handle, a reference, lists: 100 bytes at least. */
	EXPECT_LE(before + 100 * HANDLES, after);
	EXPECT_GE(before + 1000 * HANDLES, after);
	EXPECT_LE(slab + 90 * HANDLES, read_line(self->path, "memory.stat", "slab"));
	TH_LOG("%lld bytes for each of %d handles", (after - before) / HANDLES, HANDLES);

	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->client));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	/* Objects are freed after a grace period; the table stays a while. */
	EXPECT_TRUE(within(10, current_memory(self) < 20 * HANDLES + 2 * MB))
		TH_LOG("still charged with %lld bytes", current_memory(self));
}

TEST_F_TIMEOUT(memcg, references_are_charged_and_given_back, 900)
{
	/* A count each, which together are more than is charged in advance. */
	enum { HANDLES = 400000 };
	long long before, after;
	__u32 *handle = calloc(HANDLES, sizeof(*handle));

	if (!self->path[0] || self->fd < 0)
		return;
	for (int i = 0; i < HANDLES; i++)
		handle[i] = new_handle(self->fd, WAPI_TYPE_EVENT);
	if (!start_peer(&self->client)) {
		int fd = enter(self);

		send_to(&self->client, 1);
		REQUIRE(receive(&self->client) == 1);
		for (int i = 0; i < HANDLES; i++)
			REQUIRE(!open_handle(fd, handle[i]));
		send_to(&self->client, 1);
		receive(&self->client);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->client));
	before = current_memory(self);
	send_to(&self->client, 1);
	ASSERT_EQ(1, receive(&self->client));
	after = current_memory(self);
	EXPECT_LE(before + 2 * HANDLES, after);
	TH_LOG("%lld bytes for each of %d references", (after - before) / HANDLES, HANDLES);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->client));
	EXPECT_TRUE(within(10, current_memory(self) < 2 * MB));
	for (int i = 0; i < HANDLES; i++)
		EXPECT_EQ(1, close_handle(self->fd, handle[i]));
	free(handle);
}

TEST_F(memcg, blocks_and_what_is_in_them_are_charged_and_given_back)
{
	enum { BLOCKS = 100000, TOUCHED = 16 * MB };
	long long before, after, touched;

	if (!self->path[0] || self->fd < 0)
		return;
	if (!start_peer(&self->client)) {
		int fd = enter(self);
		unsigned char *arena = map_arena(fd);
		__s64 block;

		send_to(&self->client, 1);
		REQUIRE(receive(&self->client) == 1);
		for (int i = 0; i < BLOCKS; i++)
			REQUIRE(new_block(fd, 16) > 0);
		send_to(&self->client, 1);
		REQUIRE(receive(&self->client) == 1);
		block = new_block(fd, TOUCHED);
		REQUIRE(block > 0);
		memset(arena + block, 1, TOUCHED);
		send_to(&self->client, 1);
		receive(&self->client);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->client));
	before = current_memory(self);
	send_to(&self->client, 1);
	ASSERT_EQ(1, receive(&self->client));
	after = current_memory(self);
	/* The bookkeeping, and the zeroed memory itself. */
	EXPECT_LE(before + (60 + 16) * BLOCKS, after);
	EXPECT_GE(before + 600 * BLOCKS, after);
	TH_LOG("%lld bytes for each of %d blocks of 16", (after - before) / BLOCKS, BLOCKS);
	send_to(&self->client, 1);
	ASSERT_EQ(1, receive(&self->client));
	touched = current_memory(self);
	EXPECT_LE(after + TOUCHED - MB, touched);

	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->client));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	EXPECT_GE(8192, read_domain(self->fd).arena_resident);
	EXPECT_TRUE(within(10, current_memory(self) < 2 * MB))
		TH_LOG("still charged with %lld bytes", current_memory(self));
}

/* Each page of the table, by looking at it only, and no more than once. */
TEST_F(memcg, the_state_table_is_charged_and_has_an_end)
{
	long long before, after, again;

	if (!self->path[0] || self->fd < 0)
		return;
	if (!start_peer(&self->client)) {
		int fd = enter(self);
		const __u32 *states[8];

		send_to(&self->client, 1);
		REQUIRE(receive(&self->client) == 1);
		for (int i = 0; i < 8; i++) {
			states[i] = map_states(fd);
			REQUIRE(states[i] != MAP_FAILED);
			REQUIRE(live_entries(states[i]) == 0);
			if (i != 0 && i != 7)
				continue;
			send_to(&self->client, 1);
			receive(&self->client);
		}
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->client));
	before = current_memory(self);
	send_to(&self->client, 1);
	ASSERT_EQ(1, receive(&self->client));
	after = current_memory(self);
	TH_LOG("%lld bytes for %lu of table", after - before, WAPI_STATES_SIZE);
	/* What it is mapped by included. */
	EXPECT_GE(before + (long long)WAPI_STATES_SIZE + MB / 2, after);
	send_to(&self->client, 1);
	ASSERT_EQ(1, receive(&self->client));
	again = current_memory(self);
	EXPECT_GE(after + MB, again);
	send_to(&self->client, 1);
	EXPECT_EQ(0, wait_for_peer(&self->client));
}

/* Takes one kind of thing until there is no more memory for it. */
static int take_handle(int fd, unsigned char *arena)
{
	(void)arena;
	return new_handle(fd, WAPI_TYPE_EVENT);
}

static int take_block(int fd, unsigned char *arena)
{
	(void)arena;
	return new_block(fd, 16) < 0 ? -ENOMEM : 0;
}

static int take_memory(int fd, unsigned char *arena)
{
	__s64 block = new_block(fd, 65536);

	if (block < 0)
		return block;
	memset(arena + block, 1, 65536);
	return 0;
}

static int take_data(int fd, unsigned char *arena)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.data = address(arena);
	new.data_size = 5000;
	return wapi_ioctl(fd, WAPI_IOC_NEW, &new);
}

static int take_handles(int fd, unsigned char *arena)
{
	struct wapi_batch_request requests[64];
	struct wapi_new new[64];
	int made;

	(void)arena;
	for (int i = 0; i < 64; i++) {
		new[i] = new_request(WAPI_TYPE_EVENT);
		requests[i] = batched(WAPI_IOC_NEW, &new[i]);
	}
	made = make_batch(fd, requests, 64, WAPI_BATCH_STOP);
	return made > 0 ? requests[made - 1].result : made;
}

static int take_client(int fd, unsigned char *arena)
{
	(void)arena;
	fd = open_device();
	return fd < 0 ? fd : new_handle(fd, WAPI_TYPE_EVENT);
}

FIXTURE(memcg_limit)
{
	FIXTURE_DATA(memcg) group;
};

FIXTURE_VARIANT(memcg_limit)
{
	int (*take)(int fd, unsigned char *arena);
};

FIXTURE_VARIANT_ADD(memcg_limit, handles) { .take = take_handle };
FIXTURE_VARIANT_ADD(memcg_limit, blocks) { .take = take_block };
FIXTURE_VARIANT_ADD(memcg_limit, memory) { .take = take_memory };
FIXTURE_VARIANT_ADD(memcg_limit, given_data) { .take = take_data };
FIXTURE_VARIANT_ADD(memcg_limit, batches) { .take = take_handles };
FIXTURE_VARIANT_ADD(memcg_limit, clients) { .take = take_client };

FIXTURE_SETUP(memcg_limit)
{
	memcg_setup(_metadata, &self->group, NULL);
}

FIXTURE_TEARDOWN(memcg_limit)
{
	memcg_teardown(_metadata, &self->group, NULL);
}

TEST_F_TIMEOUT(memcg_limit, is_the_greedy_clients_and_nobody_elses, 600)
{
	FIXTURE_DATA(memcg) *group = &self->group;
	int fd = group->fd, handle, answer;
	struct peer worker;
	__s64 block;

	if (!group->path[0] || fd < 0)
		return;
	handle = new_handle(fd, WAPI_TYPE_EVENT);
	block = new_block(fd, 10000);
	ASSERT_EQ(0, write_control(group->path, "memory.max", "8388608"));
	write_control(group->path, "memory.swap.max", "0");
	if (!start_peer(&group->client)) {
		struct rlimit files = { 1 << 17, 1 << 17 };
		int own = enter(group);
		unsigned char *arena = map_arena(own);

		setrlimit(RLIMIT_NOFILE, &files);
		REQUIRE(!open_handle(own, handle));
		send_to(&group->client, 1);
		do
			answer = variant->take(own, arena);
		while (answer >= 0);
		/* Told, if it was not killed, and still as good as before. */
		REQUIRE(answer == -ENOMEM || answer == -EFAULT || answer == -ENFILE);
		REQUIRE(!*query_difference(own, handle, 2, 1, 2));
		REQUIRE(close_handle(own, handle) == 0);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&group->client));
	/* Another client of the domain, who is nowhere near a limit. */
	if (!start_peer(&worker)) {
		int own = open_device(), made;
		__s64 piece;

		for (int i = 0; i < 20000; i++) {
			made = new_handle(own, 1);
			REQUIRE(made > 0);
			piece = new_block(own, 100);
			REQUIRE(piece > 0);
			REQUIRE(!attach_block(own, made, piece));
			REQUIRE(close_handle(own, made) == 1);
		}
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&worker));
	answer = wait_for_peer(&group->client);
	EXPECT_TRUE(answer == 0 || answer == 128 + SIGKILL)
		TH_LOG("the greedy client ended with %d", answer);
	printf("# siege: 1 greedy clients that %s in a cgroup of 8 MiB\n",
	       answer ? "were killed" : "were told ENOMEM");
	EXPECT_LE(1, read_line(group->path, "memory.events", "max"));

	EXPECT_COUNTS(fd, 1, 1, 1, 1);
	EXPECT_QUERY(fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(fd, handle));
	EXPECT_EQ(0, free_block(fd, block));
	EXPECT_TRUE(within(10, current_memory(group) < 4 * MB))
		TH_LOG("still charged with %lld bytes", current_memory(group));
}

TEST_HARNESS_MAIN
