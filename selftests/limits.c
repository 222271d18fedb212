// SPDX-License-Identifier: GPL-2.0
/*
 * Limits: reached, they give ENOSPC and leave everything usable; by default
 * they are as promised; they are set by module parameters, which refuse
 * nonsense.
 *
 * A domain takes the limits over when it is made, so each test sets them and
 * then makes a domain of its own; nobody else is disturbed much.
 */
#include "wapi_test.h"

#define PARAMETERS "/sys/module/wapi/parameters/"

static const struct {
	const char *name;
	unsigned long long value;
} defaults[] = {
	{ "max_handles", 1048576 },
	{ "max_clients", 65536 },
	{ "max_blocks", 4194304 },
	{ "max_arena", 1ull << 30 },
};

static long long read_parameter(const char *name)
{
	char path[128], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtoll(text, NULL, 10);
}

static int write_parameter(const char *name, const char *text)
{
	char path[128];
	int fd, error;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return error;
}

static int set_parameter(const char *name, unsigned long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", value);
	return write_parameter(name, text);
}

/* As they were when this program began. */
static long long before[ARRAY_SIZE(defaults)];

static void __attribute__((constructor)) save_parameters(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(defaults); i++)
		before[i] = read_parameter(defaults[i].name);
}

/* Before each test too: one that was given up has not cleaned up. */
static void __attribute__((destructor)) restore_parameters(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(defaults); i++)
		if (before[i] > 0)
			set_parameter(defaults[i].name, before[i]);
}

FIXTURE(limits) {
	int fd;
};

FIXTURE_SETUP(limits)
{
	self->fd = -1;
	if (geteuid())
		SKIP(return, "needs root to set module parameters");
	restore_parameters();
	for (unsigned int i = 0; i < ARRAY_SIZE(defaults); i++)
		ASSERT_LT(0, before[i]);
}

FIXTURE_TEARDOWN(limits)
{
	if (self->fd >= 0)
		close(self->fd);
	restore_parameters();
}

TEST(parameters_can_be_read_by_all)
{
	struct peer peer;
	pid_t pid;

	if (geteuid())
		SKIP(return, "needs root to become another user");
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		if (become(NOBODY))
			_exit(1);
		for (unsigned int i = 0; i < ARRAY_SIZE(defaults); i++) {
			if (read_parameter(defaults[i].name) <= 0)
				_exit(2);
			if (set_parameter(defaults[i].name, 5) != -EACCES)
				_exit(3);
		}
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
}

TEST(limits_in_info_are_the_parameters)
{
	int fd = open_private_domain();
	struct wapi_info info;

	ASSERT_LE(0, fd);
	info = read_info(fd);
	EXPECT_EQ(read_parameter("max_handles"), info.max_handles);
	EXPECT_EQ(read_parameter("max_clients"), info.max_clients);
	EXPECT_EQ(read_parameter("max_blocks"), info.max_blocks);
	EXPECT_EQ(read_parameter("max_arena"), info.max_arena);
}

TEST_F(limits, max_handles_reached_is_enospc_and_leaves_everything_usable)
{
	int handles[2000], made = 0, again;
	struct wapi_new new;
	struct wapi_query query;

	ASSERT_EQ(0, set_parameter("max_handles", 2000));
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(2000, read_info(self->fd).max_handles);
	for (; made < 2000; made++) {
		handles[made] = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, handles[made]);
	}
	new = new_request(WAPI_TYPE_EVENT);
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_NEW, &new);
	/* Nor is anything left behind of what would have come with it. */
	new.data_size = 100;
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_NEW, &new);
	new.data_size = 0;
	new.block = new_block(self->fd, 100);
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_NEW, &new);
	EXPECT_EQ(0, free_block(self->fd, new.block));

	EXPECT_EQ(0, query_handle(self->fd, handles[0], &query));
	EXPECT_EQ(0, open_handle(self->fd, handles[1999]));
	EXPECT_EQ(0, close_handle(self->fd, handles[1999]));
	for (int i = 0; i < 2000; i += 7) {
		ASSERT_EQ(1, close_handle(self->fd, handles[i]));
		again = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, again);
		ASSERT_EQ(-ENOSPC, new_handle(self->fd, WAPI_TYPE_EVENT));
	}
}

TEST_F(limits, max_handles_of_one_lets_one_live)
{
	int handle;

	ASSERT_EQ(0, set_parameter("max_handles", 1));
	self->fd = open_private_domain();
	for (int i = 0; i < 5000; i++) {
		handle = new_handle(self->fd, WAPI_TYPE_EVENT);
		ASSERT_LT(0, handle);
		ASSERT_EQ(-ENOSPC, new_handle(self->fd, WAPI_TYPE_EVENT));
		ASSERT_EQ(1, close_handle(self->fd, handle));
	}
}

TEST_F(limits, max_clients_reached_is_enospc_and_leaves_everything_usable)
{
	struct wapi_info request;
	int fds[10], one_more;

	ASSERT_EQ(0, set_parameter("max_clients", 10));
	fds[0] = open_private_domain();
	ASSERT_LE(0, fds[0]);
	for (int i = 1; i < 10; i++)
		fds[i] = open_device();
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(10, read_info(fds[i]).max_clients);

	/* Refused at its first request, or already when it is opened. */
	for (int i = 0; i < 3; i++) {
		one_more = open_device();
		if (one_more >= 0) {
			request = info_request();
			EXPECT_EQ(-ENOSPC, wapi_ioctl(one_more, WAPI_IOC_INFO,
						      &request));
			EXPECT_EQ(POISON64, request.clients);
			EXPECT_EQ(-ENOSPC, new_handle(one_more, WAPI_TYPE_EVENT));
			EXPECT_EQ(MAP_FAILED, mmap(NULL, 65536, PROT_READ, MAP_SHARED, one_more, 0));
			EXPECT_EQ(ENOSPC, errno);
			close(one_more);
		} else {
			EXPECT_EQ(-ENOSPC, one_more);
		}
		EXPECT_EQ(10, read_info(fds[0]).clients);
	}
	EXPECT_LT(0, new_handle(fds[0], WAPI_TYPE_EVENT));
	EXPECT_LT(0, new_handle(fds[9], WAPI_TYPE_EVENT));

	/* One goes, another one comes; refused before, it may succeed now. */
	one_more = open_device();
	ASSERT_LE(0, one_more);
	EXPECT_EQ(-ENOSPC, new_handle(one_more, WAPI_TYPE_EVENT));
	close(fds[5]);
	EXPECT_TRUE(within(10, new_handle(one_more, WAPI_TYPE_EVENT) > 0));
	EXPECT_EQ(10, read_info(one_more).clients);
}

TEST_F(limits, max_clients_counts_those_who_join)
{
	struct wapi_join join;
	int granting, joining;

	ASSERT_EQ(0, set_parameter("max_clients", 2));
	self->fd = open_private_domain();
	granting = open_device();
	ASSERT_EQ(1, read_info(self->fd).clients);
	ASSERT_EQ(2, read_info(granting).clients);

	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	joining = open_device();
	join = (struct wapi_join){ .client_fd = joining };
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_JOIN, &join);
	/* It is as fresh as before. */
	close(granting);
	EXPECT_TRUE(within(10, !join_domain(self->fd, joining)));
	EXPECT_EQ(read_info(self->fd).domain_id, read_info(joining).domain_id);
}

TEST_F(limits, max_blocks_reached_is_enospc_and_leaves_everything_usable)
{
	struct wapi_scratch scratch = scratch_request(16);
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	__s64 blocks[500], again;

	ASSERT_EQ(0, set_parameter("max_blocks", 500));
	self->fd = open_private_domain();
	EXPECT_EQ(500, read_info(self->fd).max_blocks);
	for (int i = 0; i < 500; i++) {
		blocks[i] = new_block(self->fd, 100);
		ASSERT_LT(0, blocks[i]);
	}
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_SCRATCH, &scratch);
	new.data_size = 16;
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_NEW, &new);
	/* It takes no new block to use one. */
	new.data_size = 0;
	new.block = blocks[0];
	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, close_handle(self->fd, new.handle));
	blocks[0] = new_block(self->fd, 100);
	EXPECT_LT(0, blocks[0]);

	for (int i = 0; i < 500; i += 7) {
		ASSERT_EQ(0, free_block(self->fd, blocks[i]));
		again = new_block(self->fd, 100);
		ASSERT_LT(0, again);
		ASSERT_EQ(-ENOSPC, new_block(self->fd, 1));
	}
	EXPECT_EQ(500, read_info(self->fd).blocks);
}

TEST_F(limits, max_arena_reached_is_enospc_and_leaves_everything_usable)
{
	struct wapi_scratch scratch = scratch_request(16);
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	__s64 blocks[256], again;
	int made = 0;

	ASSERT_EQ(0, set_parameter("max_arena", 1 << 20));
	self->fd = open_private_domain();
	EXPECT_EQ(1 << 20, read_info(self->fd).max_arena);
	while (made < 256) {
		again = new_block(self->fd, 8192);
		if (again == -ENOSPC)
			break;
		ASSERT_LT(0, again);
		blocks[made++] = again;
	}
	/* Offset 0 is no block, so something is lost, but not much. */
	EXPECT_LE((1 << 20) / 8192 - 1, made);
	while (new_block(self->fd, 16) > 0)
		;
	EXPECT_LE((1 << 20) - 4096, read_info(self->fd).arena_used);
	EXPECT_GT(1 << 20, read_info(self->fd).arena_used);

	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_SCRATCH, &scratch);
	new.data_size = 1;
	EXPECT_REFUSED(ENOSPC, self->fd, WAPI_IOC_NEW, &new);
	for (int i = 0; i < made; i += 7) {
		ASSERT_EQ(0, free_block(self->fd, blocks[i]));
		again = new_block(self->fd, 8192);
		ASSERT_LT(0, again);
		ASSERT_EQ(-ENOSPC, new_block(self->fd, 1));
	}
}

TEST_F(limits, max_arena_is_rounded_up_to_pages)
{
	ASSERT_EQ(0, set_parameter("max_arena", (1 << 20) + 1));
	self->fd = open_private_domain();
	EXPECT_EQ((1 << 20) + sysconf(_SC_PAGESIZE), read_info(self->fd).max_arena);
}

TEST_F(limits, a_domain_keeps_the_limits_that_it_began_with)
{
	self->fd = open_private_domain();
	ASSERT_EQ(before[0], read_info(self->fd).max_handles);
	ASSERT_EQ(0, set_parameter("max_handles", 3));
	EXPECT_EQ(before[0], read_info(self->fd).max_handles);
	for (int i = 0; i < 5; i++)
		EXPECT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
}

TEST_F(limits, nonsense_is_refused_and_changes_nothing)
{
	static const char *const nonsense[] = {
		"0", "-1", "", "many", "1x", "18446744073709551616",
		"18446744073709551615", "0x", "1 2",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(defaults); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(nonsense); j++) {
			/* An empty write does not reach the module. */
			if (nonsense[j][0])
				EXPECT_GT(0, write_parameter(defaults[i].name,
							     nonsense[j]));
			EXPECT_EQ(before[i], read_parameter(defaults[i].name));
		}
	/* What a handle's index has no room for. */
	EXPECT_GT(0, set_parameter("max_handles", 1048577));
	EXPECT_EQ(before[0], read_parameter("max_handles"));
}

/*
 * One domain with as many handles as there are indices.  A slot that was freed
 * waits behind 1,024 others, so from a full table one handle can be made again
 * only after 1,025 were closed; with max_handles of 1,047,552 or less this
 * never shows.
 */
TEST_F_TIMEOUT(limits, one_domain_has_1048576_handles, 1800)
{
	const __u32 mask = (1u << WAPI_HANDLE_INDEX_BITS) - 1;
	unsigned char *seen = calloc(1, (mask + 1) / 8);
	struct wapi_new new;
	int made, first[1026];

	ASSERT_EQ(0, set_parameter("max_handles", 1048576));
	self->fd = open_private_domain();
	for (made = 0; made < 1048576; made++) {
		new = new_request(WAPI_TYPE_EVENT);
		if (wapi_ioctl(self->fd, WAPI_IOC_NEW, &new))
			break;
		if (made < 1026)
			first[made] = new.handle;
		new.handle &= mask;
		ASSERT_EQ(0, seen[new.handle / 8] & 1 << new.handle % 8);
		seen[new.handle / 8] |= 1 << new.handle % 8;
	}
	ASSERT_EQ(1048576, made);
	free(seen);
	EXPECT_EQ(1048576, read_info(self->fd).handles);
	ASSERT_EQ(-ENOSPC, new_handle(self->fd, WAPI_TYPE_EVENT));
	printf("# siege: %d handles in a domain at its limit\n", made);

	for (int i = 0; i < 1026; i++)
		ASSERT_EQ(1, close_handle(self->fd, first[i]));
	EXPECT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	EXPECT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	EXPECT_EQ(-ENOSPC, new_handle(self->fd, WAPI_TYPE_EVENT));
	EXPECT_EQ(1048576 - 1026 + 2, read_info(self->fd).handles);
}

/* By loading the module */

static int run(const char *const command[])
{
	int status, null;
	pid_t pid = fork();

	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		dup2(null, 2);
		execvp(command[0], (char *const *)command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int unload(void)
{
	return run((const char *const[]){ "modprobe", "-r", "wapi", NULL });
}

static int load(const char *option)
{
	return run((const char *const[]){ "modprobe", "wapi", option, NULL });
}

FIXTURE(loading) {
};

FIXTURE_SETUP(loading)
{
	if (geteuid())
		SKIP(return, "needs root to load modules");
	if (unload())
		SKIP(return, "modprobe cannot unload the module: in use?");
}

FIXTURE_TEARDOWN(loading)
{
	load(NULL);
	restore_parameters();
}

TEST_F(loading, the_defaults_are_as_promised)
{
	struct wapi_info info;
	int fd;

	ASSERT_EQ(0, load(NULL));
	for (unsigned int i = 0; i < ARRAY_SIZE(defaults); i++)
		EXPECT_EQ(defaults[i].value, read_parameter(defaults[i].name));
	fd = open_private_domain();
	ASSERT_LE(0, fd);
	info = read_info(fd);
	EXPECT_EQ(1048576, info.max_handles);
	EXPECT_EQ(65536, info.max_clients);
	EXPECT_EQ(4194304, info.max_blocks);
	EXPECT_EQ(1ull << 30, info.max_arena);
}

TEST_F(loading, the_options_set_the_limits)
{
	static const char *const options[] = {
		"max_handles=1234", "max_clients=123", "max_blocks=2345",
		"max_arena=1048576",
	};
	static const __u64 values[] = { 1234, 123, 2345, 1048576 };

	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		ASSERT_EQ(0, load(options[i]));
		EXPECT_EQ(values[i], read_parameter(defaults[i].name));
		ASSERT_EQ(0, unload());
	}
}

TEST_F(loading, nonsense_keeps_the_module_out)
{
	static const char *const options[] = {
		"max_handles=0", "max_handles=1048577", "max_handles=-1",
		"max_handles=many", "max_clients=0", "max_clients=-1",
		"max_blocks=0", "max_blocks=-1", "max_arena=0", "max_arena=1",
		"max_arena=18446744073709551615",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		EXPECT_NE(0, load(options[i])) {
			TH_LOG("%s was taken", options[i]);
			unload();
		}
		EXPECT_EQ(-ENOENT, read_parameter("max_handles"));
	}
	EXPECT_EQ(0, load(NULL));
}

TEST_F(loading, a_module_in_use_is_not_unloaded)
{
	int fd;

	ASSERT_EQ(0, load(NULL));
	fd = open_device();
	ASSERT_LE(0, fd);
	EXPECT_NE(0, unload());
	EXPECT_LT(0, new_handle(fd, WAPI_TYPE_EVENT));
	close(fd);
	EXPECT_EQ(0, unload());
}

TEST_HARNESS_MAIN
