// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl: what its commands print and exit with, whatever clients put into
 * names and data, and what doctor finds when something is wrong.
 *
 * wapictl is taken from the path.
 */
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "observe.h"
#include "wapictl_runs.h"

static __u32 new_with_data(int fd, const void *data, size_t size)
{
	struct wapi_new r = new_request(WAPI_TYPE_FILE);

	r.data = address(data);
	r.data_size = size;
	return wapi_ioctl(fd, WAPI_IOC_NEW, &r) ? 0 : r.handle;
}

/* A domain of its own, so that the listings hold only what a test puts there. */
FIXTURE(tool)
{
	int fd;
};

FIXTURE_SETUP(tool)
{
	if (!wapictl(0, "help"))
		SKIP(return, "there is no wapictl in the path");
	prctl(PR_SET_NAME, "maker");
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	/* The first request makes it a client of the domain. */
	ASSERT_NE(0, read_info(self->fd).abi_version);
}

FIXTURE_TEARDOWN(tool)
{
	close(self->fd);
}

TEST_F(tool, ps_of_an_empty_domain_counts_to_0)
{
	close(self->fd);
	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_STREQ("0 handles, 0 references, 0 clients, 0 blocks\n", run.out);
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_STREQ("[]", value("domains.0.handles"));
	EXPECT_STREQ("[]", value("domains.0.clients"));
	EXPECT_STREQ("true", value("domains.0.own"));
}

/* A client of the same domain that holds two references to a handle. */
static void hold_two(struct peer *peer, __u32 handle)
{
	int fd;

	prctl(PR_SET_NAME, "other");
	fd = open_device();
	REQUIRE(!open_handle(fd, handle) && !open_handle(fd, handle));
	send_to(peer, 0);
	receive(peer);
	_exit(0);
}

TEST_F(tool, ps_shows_each_handle_with_its_clients_and_data)
{
	__u32 handle = new_with_data(self->fd, "hello", 6);
	__u32 bare = new_handle(self->fd, WAPI_TYPE_MUTEX);
	struct peer peer;

	ASSERT_NE(0, handle);
	if (!start_peer(&peer))
		hold_two(&peer, handle);
	ASSERT_EQ(0, receive(&peer));

	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(prints("\n%08x  file ", handle));
	EXPECT_TRUE(prints("%d maker", getpid()));
	EXPECT_TRUE(prints("%d other x2", peer.pid));
	EXPECT_TRUE(prints("\"hello\"\n"));
	EXPECT_TRUE(prints("\n%08x  mutex ", bare));
	EXPECT_TRUE(prints("\n2 handles, 4 references, 2 clients, 1 block\n"));
	kill_peer(&peer);
}

TEST_F(tool, ps_json_says_the_same)
{
	__u32 handle = new_with_data(self->fd, "hello", 6);
	struct peer peer;
	char text[32];

	if (!start_peer(&peer))
		hold_two(&peer, handle);
	ASSERT_EQ(0, receive(&peer));

	ASSERT_TRUE(wapictl(0, "ps --json"));
	snprintf(text, sizeof(text), "\"%08x\"", handle);
	EXPECT_STREQ(text, value("domains.0.handles.0.hex"));
	EXPECT_STREQ("\"file\"", value("domains.0.handles.0.type"));
	EXPECT_STREQ("3", value("domains.0.handles.0.references"));
	EXPECT_STREQ("\"hello\"", value("domains.0.handles.0.block.text"));
	EXPECT_STREQ("\"68656c6c6f00\"", value("domains.0.handles.0.block.begins"));
	EXPECT_STREQ("6", value("domains.0.handles.0.block.size"));
	EXPECT_STREQ("2", value("domains.0.handles.0.clients.1.references"));
	EXPECT_STREQ("\"maker\"", value("domains.0.clients.0.command"));
	snprintf(text, sizeof(text), "%d", getpid());
	EXPECT_STREQ(text, value("domains.0.clients.0.pid"));
	EXPECT_STREQ("\"other\"", value("domains.0.clients.1.command"));
	/* wapictl itself is none of them. */
	EXPECT_STREQ("(nothing)", value("domains.0.clients.2"));
	kill_peer(&peer);
}

TEST_F(tool, a_process_of_another_pid_namespace_has_no_pid)
{
	int status;
	pid_t pid;

	ASSERT_NE(0, new_with_data(self->fd, "x", 1));
	fflush(NULL);
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = fork();
	if (!pid)
		_exit(!(wapictl(0, "ps") && prints("  ? maker") &&
			wapictl(0, "ps --json") &&
			!strcmp(value("domains.0.clients.0.pid"), "null")));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(tool, a_hostile_command_name_cannot_reach_the_terminal)
{
	prctl(PR_SET_NAME, "\033[2J\r\n\"\\\x9b\xff");
	close(self->fd);
	self->fd = open_device();
	ASSERT_NE(0, new_with_data(self->fd, "x", 1));
	ASSERT_LT(0, new_block(self->fd, 5));

	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(prints("\\x1b[2J\\x0d\\x0a\\\"\\\\\\x9b\\xff"));
	EXPECT_TRUE(only_printable(run.out));
	ASSERT_TRUE(wapictl(0, "scratch"));
	EXPECT_TRUE(prints("\\x1b[2J\\x0d\\x0a\\\"\\\\\\x9b\\xff"));
	EXPECT_TRUE(only_printable(run.out));
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_STRNE("(bad JSON)", value(""));
	EXPECT_TRUE(only_printable(run.out));
	ASSERT_TRUE(wapictl(0, "scratch --json"));
	EXPECT_STRNE("(bad JSON)", value(""));
}

TEST_F(tool, hostile_data_cannot_reach_the_terminal)
{
	static const char data[] = "mostly text \033[2J \"quoted\" \x9b\xc3\xa9";

	ASSERT_NE(0, new_with_data(self->fd, data, sizeof(data)));
	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(prints("\"mostly text \\x1b[2J \\\"quoted\\\" \\x9b\\xc3\\xa9\""));
	EXPECT_TRUE(only_printable(run.out));
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_STRNE("(bad JSON)", value(""));
	EXPECT_TRUE(only_printable(run.out));
}

TEST_F(tool, random_data_and_names_always_print_well)
{
	__u64 seed = 42;
	unsigned char data[64];
	char name[16] = "";
	int fds[32];

	for (int i = 0; i < 32; i++) {
		for (unsigned int j = 0; j < sizeof(data); j++)
			data[j] = next_random(&seed);
		/* Half of them nearly text. */
		for (unsigned int j = 0; i % 2 && j < sizeof(data); j++)
			data[j] = data[j] % 8 ? 32 + data[j] % 96 : data[j];
		memcpy(name, data, 15);
		prctl(PR_SET_NAME, name);
		fds[i] = open_device();
		ASSERT_NE(0, new_with_data(fds[i], data, 1 + i * 2));
	}
	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(only_printable(run.out));
	EXPECT_TRUE(prints("\n32 handles, 32 references, 33 clients, 32 blocks\n"));
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_TRUE(only_printable(run.out));
	EXPECT_STRNE("(bad JSON)", value(""));
	EXPECT_STRNE("(nothing)", value("domains.0.handles.31"));
	for (int i = 0; i < 32; i++)
		close(fds[i]);
}

TEST_F(tool, a_look_takes_no_memory)
{
	struct wapi_new r = new_request(WAPI_TYPE_FILE);
	__u64 resident;

	r.data_size = 1 << 20;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &r));
	resident = read_domain(self->fd).arena_resident;
	ASSERT_TRUE(wapictl(0, "ps"));
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_EQ(resident, read_domain(self->fd).arena_resident);
}

/* Processor time of all wapictl that have ended, in seconds. */
static double spent(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What it takes to list them, when there are @count. */
static double list_handles(struct __test_metadata *_metadata, int fd, int count)
{
	double begin = spent();
	char text[80];

	for (int i = read_info(fd).handles; i < count; i++)
		ASSERT_LT(0, new_handle(fd, WAPI_TYPE_EVENT));
	ASSERT_TRUE(wapictl(0, "ps | tail -n 1"));
	sprintf(text, "%d handles, %d references, 1 client, 0 blocks\n", count, count);
	EXPECT_STREQ(text, run.out);
	ASSERT_TRUE(wapictl(0, "ps --json"));
	sprintf(text, "domains.0.handles.%d", count - 1);
	EXPECT_STRNE("(nothing)", value(text));
	return spent() - begin;
}

TEST_F_TIMEOUT(tool, ten_times_the_handles_are_listed_in_about_ten_times_the_time, 600)
{
	double few = list_handles(_metadata, self->fd, 10000);
	double many = list_handles(_metadata, self->fd, 100000);

	/* What is not linear takes a hundred times. */
	EXPECT_GT(30 * few, many) TH_LOG("%f and %f seconds", few, many);
}

TEST_F(tool, all_domains_need_a_capability)
{
	ASSERT_EQ(0, become(NOBODY));
	ASSERT_TRUE(wapictl(1, "ps --all"));
	EXPECT_STREQ("", run.out);
	EXPECT_TRUE(prints("CAP_SYS_ADMIN"));
	EXPECT_TRUE(wapictl(1, "scratch --all --json"));
	EXPECT_TRUE(wapictl(0, "ps"));
}

/* Another user's domain, with a handle in it. */
static void be_another_user(struct peer *peer)
{
	int fd;

	REQUIRE(!become(NOBODY));
	fd = open_device();
	REQUIRE(new_with_data(fd, "secret", 6));
	send_to(peer, read_info(fd).domain_id);
	receive(peer);
	_exit(0);
}

TEST_F(tool, ps_all_shows_other_domains_but_not_their_data)
{
	struct peer peer;
	__s64 domain;

	if (!start_peer(&peer))
		be_another_user(&peer);
	domain = receive(&peer);
	ASSERT_LE(0, domain);

	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(prints("0 handles, 0 references, 1 client,"));
	ASSERT_TRUE(wapictl(0, "ps --all"));
	EXPECT_TRUE(prints("domain %lld of user 65534\n", (long long)domain));
	EXPECT_TRUE(prints(", your own\n"));
	EXPECT_EQ(NULL, strstr(run.out, "secret"));
	ASSERT_TRUE(wapictl(0, "ps --all --json"));
	EXPECT_TRUE(prints("\"user\": 65534"));
	EXPECT_EQ(NULL, strstr(run.out, "secret"));
	EXPECT_STRNE("(bad JSON)", value(""));
	kill_peer(&peer);
}

TEST_F(tool, scratch_shows_blocks_owners_and_gaps)
{
	__u64 first = new_block(self->fd, 100), middle = new_block(self->fd, 32);
	__u32 handle = new_with_data(self->fd, "hello", 6);
	unsigned long long free_bytes, largest;
	double fragmentation;

	ASSERT_EQ(0, free_block(self->fd, middle));
	ASSERT_TRUE(wapictl(0, "scratch"));
	EXPECT_TRUE(prints("%#llx   100  %d maker", first, getpid()));
	EXPECT_TRUE(prints("handle %08x", handle));
	EXPECT_TRUE(prints("\n2 blocks, 128 bytes; "));

	ASSERT_TRUE(wapictl(0, "scratch --json"));
	EXPECT_STREQ("100", value("domains.0.blocks.0.size"));
	EXPECT_STREQ("\"maker\"", value("domains.0.blocks.0.owner.command"));
	EXPECT_EQ(handle, strtoul(value("domains.0.blocks.1.owner.handle"),
				  NULL, 10));
	EXPECT_STREQ("128", value("domains.0.used"));
	EXPECT_STREQ("2", value("domains.0.gaps"));
	free_bytes = strtoull(value("domains.0.free"), NULL, 10);
	largest = strtoull(value("domains.0.largest_gap"), NULL, 10);
	EXPECT_EQ(free_bytes, largest + 32);
	fragmentation = strtod(value("domains.0.fragmentation"), NULL);
	EXPECT_LT(0, fragmentation);
	fragmentation -= 1 - (double)largest / free_bytes;
	EXPECT_TRUE(fragmentation > -1e-9 && fragmentation < 1e-9);
	ASSERT_TRUE(wapictl(0, "scratch"));
	EXPECT_TRUE(prints("bytes free in 2 gaps, the largest %llu; fragmentation ", largest));
}

TEST_F(tool, info_is_what_the_module_says)
{
	struct wapi_info info;
	char text[64];

	ASSERT_NE(0, new_with_data(self->fd, "hello", 6));
	ASSERT_EQ(-EBADF, close_handle(self->fd, 1));
	info = read_info(self->fd);

	ASSERT_TRUE(wapictl(0, "info"));
	EXPECT_TRUE(prints("handles    1 of %llu\n", info.max_handles));
	EXPECT_TRUE(prints("clients    1 of %llu\n", info.max_clients));
	EXPECT_TRUE(prints("features   handles scratch join list wait names share poll"));
	/* A tool of the same age knows them all. */
	EXPECT_FALSE(prints(" bit "));
	EXPECT_TRUE(prints("%s", info.module_version));
	EXPECT_TRUE(prints("refused    1\n"));

	ASSERT_TRUE(wapictl(0, "info --json"));
	snprintf(text, sizeof(text), "\"%s\"", info.module_version);
	EXPECT_STREQ(text, value("module.version"));
	EXPECT_STREQ("1", value("handles.count"));
	EXPECT_STREQ("1", value("refused"));
	EXPECT_STREQ("\"handles\"", value("features.0"));
	EXPECT_EQ(info.max_arena, strtoull(value("arena.limit"), NULL, 10));
}

TEST_F(tool, wrong_usage_exits_with_2_and_says_why)
{
	static const struct {
		const char *arguments, *message;
	} cases[] = {
		{ "", "wapictl: which command?" },
		{ "nothing", "wapictl: no command 'nothing'" },
		{ "--nothing", "wapictl: no option '--nothing'" },
		{ "ps --nothing", "wapictl ps: no option '--nothing'" },
		{ "ps -x", "wapictl ps: no option '-x'" },
		{ "ps 17", "wapictl ps: unexpected argument '17'" },
		{ "info --all", "wapictl info: no option '--all'" },
		{ "ps --json=yes", "wapictl ps: no option '--json=yes'" },
		{ "scratch --json x", "wapictl scratch: unexpected argument 'x'" },
		{ "doctor me", "wapictl doctor: unexpected argument 'me'" },
		{ "help nothing", "wapictl help: no command 'nothing'" },
		{ "help ps ps", "wapictl help: unexpected argument 'ps'" },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EXPECT_TRUE(wapictl(2, cases[i].arguments));
		EXPECT_TRUE(prints("%s\n", cases[i].message));
		EXPECT_STREQ("", run.out);
	}
	EXPECT_TRUE(wapictl(0, "--version"));
	EXPECT_TRUE(wapictl(0, "ps --help"));
}

TEST_F(tool, a_listing_that_cannot_be_written_is_a_failure)
{
	EXPECT_TRUE(wapictl(1, "ps >/dev/full"));
	EXPECT_TRUE(prints("cannot write"));
	EXPECT_TRUE(wapictl(1, "info --json >/dev/full"));
}

TEST_F(tool, doctor_finds_all_well)
{
	ASSERT_TRUE(wapictl(0, "doctor"));
	EXPECT_TRUE(prints("all well\n"));
	EXPECT_TRUE(prints("loaded, version %s", read_info(self->fd).module_version));
	EXPECT_TRUE(prints("answered by version %s", read_info(self->fd).module_version));
	ASSERT_TRUE(wapictl(0, "doctor --json"));
	EXPECT_STREQ("0", value("problems"));
	EXPECT_STREQ("\"ok\"", value("findings.0.verdict"));
}

TEST_F(tool, doctor_sees_that_other_users_are_shut_out)
{
	if (chmod(WAPI_DEVICE, 0600))
		SKIP(return, "needs root");
	EXPECT_TRUE(wapictl(1, "doctor"));
	EXPECT_TRUE(prints("has mode 0600"));
	EXPECT_TRUE(prints("chmod 0666"));
	if (!fork()) {
		REQUIRE(!become(NOBODY));
		REQUIRE(wapictl(1, "doctor --json"));
		REQUIRE(!strcmp(value("problems"), "2"));
		REQUIRE(prints("user 65534 cannot open /dev/wapi: Permission denied"));
		REQUIRE(wapictl(1, "ps"));
		REQUIRE(prints("Permission denied; 'wapictl doctor' tells more"));
		_exit(0);
	}
	int status;

	wait(&status);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, chmod(WAPI_DEVICE, 0666));
}

/* In a mount namespace of its own, where it may cover what it likes. */
static bool cover(const char *source, const char *target, const char *type)
{
	return !unshare(CLONE_NEWNS) &&
	       !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount(source, target, type, type ? 0 : MS_BIND, NULL);
}

TEST_F(tool, doctor_sees_a_container_without_the_device)
{
	if (!cover("tmpfs", "/dev", "tmpfs"))
		SKIP(return, "needs root");
	unsetenv("container");
	ASSERT_TRUE(wapictl(1, "doctor"));
	EXPECT_TRUE(prints("the module is loaded, but there is no /dev/wapi here"));
	setenv("container", "test", 1);
	ASSERT_TRUE(wapictl(1, "doctor"));
	EXPECT_TRUE(prints("--device /dev/wapi"));
	ASSERT_TRUE(wapictl(1, "ps"));
	EXPECT_TRUE(prints("No such file or directory"));
}

TEST_F(tool, doctor_sees_a_wrong_node)
{
	struct stat node;

	ASSERT_EQ(0, stat(WAPI_DEVICE, &node));
	if (!cover("/dev/null", WAPI_DEVICE, NULL))
		SKIP(return, "needs root");
	ASSERT_TRUE(wapictl(1, "doctor"));
	EXPECT_TRUE(prints("/dev/wapi is device 1:3, which is not wapi's"));
	EXPECT_TRUE(prints("mknod -m 0666 /dev/wapi c %u %u", major(node.st_rdev), minor(node.st_rdev)));
}

TEST_F(tool, doctor_sees_a_file_in_place_of_the_node)
{
	if (!cover("/etc/passwd", WAPI_DEVICE, NULL))
		SKIP(return, "needs root");
	ASSERT_TRUE(wapictl(1, "doctor --json"));
	EXPECT_TRUE(prints("/dev/wapi is not a character device"));
	EXPECT_STRNE("(bad JSON)", value(""));
}

TEST_F(tool, doctor_without_the_module_says_how_to_load_it)
{
	close(self->fd);
	self->fd = -1;
	if (system("rmmod wapi 2>/dev/null"))
		SKIP(return, "the module cannot be unloaded now");
	EXPECT_TRUE(wapictl(1, "doctor"));
	EXPECT_TRUE(prints("installed, not loaded: /lib/modules/"));
	EXPECT_TRUE(prints("modprobe wapi"));
	EXPECT_TRUE(wapictl(1, "doctor --json"));
	EXPECT_STREQ("1", value("problems"));
	EXPECT_TRUE(wapictl(1, "ps --json"));
	EXPECT_STREQ("", run.out);
	ASSERT_EQ(0, system("modprobe wapi"));
	EXPECT_TRUE(wapictl(0, "doctor"));
}

TEST_F(tool, doctor_knows_a_module_of_another_kernel)
{
	close(self->fd);
	self->fd = -1;
	if (!cover("tmpfs", "/lib/modules", "tmpfs"))
		SKIP(return, "needs root");
	if (system("rmmod wapi 2>/dev/null"))
		SKIP(return, "the module cannot be unloaded now");
	EXPECT_TRUE(wapictl(1, "doctor"));
	EXPECT_TRUE(prints("not loaded and not installed"));
	mkdir("/lib/modules/1.2.3-other", 0755);
	system("echo 'updates/wapi.ko:' >/lib/modules/1.2.3-other/modules.dep");
	EXPECT_TRUE(wapictl(1, "doctor"));
	EXPECT_TRUE(prints("installed for kernel 1.2.3-other, not for this one"));
	EXPECT_EQ(0, umount("/lib/modules"));
	ASSERT_EQ(0, system("modprobe wapi"));
}

TEST_HARNESS_MAIN
