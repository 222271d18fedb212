// SPDX-License-Identifier: GPL-2.0
/*
 * The module comes and goes, but not while a descriptor is open; a mapping does
 * not keep it, and keeps its memory.
 *
 * Only for root, and only on a machine where nobody else uses wapi right now.
 */
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "inject.h"

#define MISC_MAJOR 10

/* 0 or -errno; what rmmod does, with its answer. */
static int unload(void)
{
	return syscall(SYS_delete_module, "wapi", O_NONBLOCK) ? -errno : 0;
}

/* Clients end in a moment, and the module goes when they have. */
static int unload_soon(void)
{
	int error;

	within(SOON, (error = unload()) != -EWOULDBLOCK);
	return error;
}

/* Its exit status.  Without a shell, which might have a modprobe built in. */
static int run(const char *program, const char *option)
{
	char *argv[] = { (char *)program, (char *)(option ?: "wapi"),
			 option ? "wapi" : NULL, NULL };
	char path[64];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "/sbin/%s", program);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execv(path, argv);
		execvp(program, argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int load(void)
{
	return run("modprobe", NULL);
}

static bool is_loaded(void)
{
	return !access("/sys/module/wapi/refcnt", F_OK);
}

FIXTURE(module)
{
	bool skip;
};

FIXTURE_SETUP(module)
{
	self->skip = true;
	if (geteuid())
		SKIP(return, "needs root");
	if (module_references() != 0)
		SKIP(return, "the module is not loaded, or in use by others");
	/* Where modprobe does not find it, what is unloaded would be lost. */
	if (run("modprobe", "-n"))
		SKIP(return, "modprobe does not know the module");
	self->skip = false;
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
}

FIXTURE_TEARDOWN(module)
{
	if (!self->skip) {
		if (!is_loaded())
			load();
		EXPECT_TRUE(is_loaded());
		EXPECT_TRUE(within(SOON, module_references() == 0));
	}
}

/* Some of all that a client can hold. */
static int use(void)
{
	int fd = open_device(), handle;
	unsigned char *arena;
	__s64 block;

	REQUIRE(fd >= 0);
	arena = map_arena(fd);
	REQUIRE(arena != MAP_FAILED);
	for (int i = 0; i < 300; i++) {
		handle = new_handle(fd, 1 + i % 10);
		REQUIRE(handle > 0);
		block = new_block(fd, 1 + 50 * i);
		REQUIRE(block > 0);
		arena[block] = 1;
		if (i % 2)
			REQUIRE(!attach_block(fd, handle, block));
		if (i % 3 == 0)
			REQUIRE(close_handle(fd, handle) == 1);
	}
	return fd;
}

TEST_F_TIMEOUT(module, is_loaded_used_and_unloaded_100_times, 1800)
{
	struct peer user, bystander;

	if (self->skip)
		return;
	/* Processes come and go, and look for the module's hooks. */
	if (!start_peer(&bystander)) {
		for (;;) {
			pid_t pid = fork();

			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
			usleep(5000);
		}
	}
	for (unsigned long i = 0; i < scaled(100); i++) {
		ASSERT_TRUE(is_loaded());
		ASSERT_EQ(0, module_references());
		if (!start_peer(&user)) {
			int fd = use();

			/* Ends in this way and that. */
			if (i % 3 == 0)
				close(fd);
			if (i % 3 == 1)
				kill(getpid(), SIGKILL);
			_exit(0);
		}
		ASSERT_EQ(i % 3 == 1 ? 128 + SIGKILL : 0, wait_for_peer(&user));
		ASSERT_EQ(0, module_references());
		ASSERT_EQ(0, unload());
		ASSERT_FALSE(is_loaded());
		ASSERT_EQ(0, load());
	}
	EXPECT_EQ(128 + SIGKILL, kill_peer(&bystander));
}

TEST_F(module, unload_is_refused_while_a_descriptor_is_open)
{
	int fd, second, handle, lines[2];
	struct peer nobody, child;

	if (self->skip)
		return;
	fd = open_device();
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, module_references());
	handle = new_handle(fd, WAPI_TYPE_EVENT);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_NE(0, run("rmmod", NULL));
	/* And that did no harm. */
	EXPECT_COUNTS(fd, 1, 1, 0, 1);
	EXPECT_EQ(1, close_handle(fd, handle));
	second = open_device();
	ASSERT_LE(0, second);
	EXPECT_EQ(2, module_references());
	EXPECT_EQ(0, close(second));

	/* One that is on its way to somebody is open, too... */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, lines));
	nobody.line = lines[0];
	EXPECT_EQ(0, send_fd_to(&nobody, 1, fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ(0, close(lines[0]));
	EXPECT_EQ(0, close(lines[1]));
	EXPECT_TRUE(within(SOON, module_references() == 0));

	/* ...and one whose client has ended. */
	if (!start_peer(&child)) {
		struct peer keeper;

		fd = open_device();
		new_handle(fd, 1);
		if (!start_peer(&keeper)) {
			prctl(PR_SET_PDEATHSIG, 0);
			send_to(&child, 1);
			receive(&child);
			_exit(0);
		}
		receive(&keeper);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&child));
	kill(child.pid, SIGKILL);
	ASSERT_EQ(child.pid, waitpid(child.pid, NULL, 0));
	EXPECT_EQ(-EWOULDBLOCK, unload());
	send_to(&child, 1);
	EXPECT_EQ(-EPIPE, receive(&child));
	close(child.line);
	EXPECT_EQ(0, unload_soon());
	EXPECT_EQ(0, load());
}

TEST_F(module, unload_leaves_mappings_as_they_are)
{
	unsigned char *arena, *rest;
	const __u32 *states;
	struct peer child;
	__s64 block;
	int fd, handle;

	if (self->skip)
		return;
	fd = open_device();
	arena = map_arena(fd);
	ASSERT_NE(MAP_FAILED, arena);
	block = new_block(fd, 100000);
	ASSERT_LT(0, block);
	memset(arena + block, 0x77, 100000);
	states = map_states(fd);
	ASSERT_NE(MAP_FAILED, states);
	handle = new_handle(fd, WAPI_TYPE_EVENT);
	EXPECT_EQ(WAPI_TYPE_EVENT, told_of(states, handle));
	EXPECT_EQ(0, close(fd));
	ASSERT_EQ(0, unload_soon());
	ASSERT_FALSE(is_loaded());

	/* It is the memory that it was, only nobody's block any more. */
	rest = arena + 1000000;
	*rest = 5;
	EXPECT_EQ(5, *rest);
	memset(arena + block, 0x78, 100000);
	EXPECT_EQ(0x78, arena[block + 99999]);
	/* Pages that nobody has looked at yet included. */
	EXPECT_EQ(0, live_entries(states));
	EXPECT_EQ(-1, mprotect((void *)states, WAPI_STATES_SIZE, PROT_READ | PROT_WRITE));
	/* In a child, too. */
	if (!start_peer(&child)) {
		REQUIRE(*rest == 5);
		*rest = 6;
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&child));
	EXPECT_EQ(6, *rest);

	/* A module that comes anew knows nothing of it. */
	ASSERT_EQ(0, load());
	fd = open_device();
	ASSERT_LE(0, fd);
	EXPECT_COUNTS(fd, 0, 0, 0, 1);
	EXPECT_EQ(0, map_arena(fd)[1000000]);
	EXPECT_EQ(6, *rest);
	EXPECT_EQ(handle, new_handle(fd, WAPI_TYPE_EVENT));
	EXPECT_EQ(0, live_entries(states));
	EXPECT_EQ(0, close(fd));
	/* And ends without it being unmapped. */
	ASSERT_EQ(0, unload());
	EXPECT_EQ(6, *rest);
	EXPECT_EQ(0, load());
}

/* It is known as an owner until it ends, which the module then does not see. */
TEST_F(module, unload_while_a_thread_lives_that_had_a_mutex)
{
	struct peer owner;

	if (self->skip)
		return;
	for (int i = 0; i < 3; i++) {
		if (!start_peer(&owner)) {
			struct wapi_new new = new_request(WAPI_TYPE_MUTEX);
			int fd = open_device();

			REQUIRE(fd >= 0);
			new.flags = WAPI_NEW_OWNED;
			REQUIRE(!wapi_ioctl(fd, WAPI_IOC_NEW, &new));
			close(fd);
			send_to(&owner, 1);
			receive(&owner);
			_exit(0);
		}
		ASSERT_EQ(1, receive(&owner));
		ASSERT_EQ(0, unload_soon());
		if (i)
			ASSERT_EQ(0, load());
		send_to(&owner, 1);
		EXPECT_EQ(0, wait_for_peer(&owner));
		if (!i)
			ASSERT_EQ(0, load());
	}
}

TEST_F(module, unload_right_after_a_death)
{
	struct peer victim;

	if (self->skip)
		return;
	/* What has just been released may wait for a grace period... */
	for (int i = 0; i < 5; i++) {
		if (!start_peer(&victim)) {
			int fd = open_device();

			for (int j = 0; j < 5000; j++)
				new_handle(fd, 1);
			send_to(&victim, 1);
			for (;;)
				pause();
		}
		ASSERT_EQ(1, receive(&victim));
		kill_peer(&victim);
		ASSERT_EQ(0, unload());
		ASSERT_EQ(0, load());
	}
	/* ...or for a worker, when a child kept the descriptor till now. */
	for (int i = 0; i < 5; i++) {
		if (!start_peer(&victim)) {
			int fd = open_device();

			for (int j = 0; j < 5000; j++)
				new_handle(fd, 1);
			if (!syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0)) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				send_to(&victim, 1);
				for (;;)
					pause();
			}
			for (;;)
				pause();
		}
		ASSERT_EQ(1, receive(&victim));
		kill_peer(&victim);
		ASSERT_EQ(0, unload_soon());
		ASSERT_EQ(0, load());
	}
}

/* A line of modules.devname: "wapi wapi c10:247". */
static int static_minor(void)
{
	char path[192], line[256], node[64], type;
	unsigned int major, minor;
	struct utsname uts;
	int found = -ENOENT;
	FILE *file;

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.devname", uts.release);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "wapi %63s %c%u:%u", node, &type, &major, &minor) == 4 &&
		    !strcmp(node, "wapi") && type == 'c' && major == MISC_MAJOR)
			found = minor;
	fclose(file);
	return found;
}

TEST_F(module, is_loaded_by_opening_its_node)
{
	const char *node = "/dev/wapi-test-node";
	int minor = static_minor(), fd;
	struct stat device;

	if (self->skip)
		return;
	/* What makes nodes at boot knows its number... */
	ASSERT_LE(0, minor);
	ASSERT_EQ(0, stat(WAPI_DEVICE, &device));
	EXPECT_EQ(makedev(MISC_MAJOR, minor), device.st_rdev);

	/* ...and whoever opens such a node has the module. */
	ASSERT_EQ(0, unload());
	unlink(node);
	ASSERT_EQ(0, mknod(node, S_IFCHR | 0666, makedev(MISC_MAJOR, minor)));
	fd = open(node, O_RDWR | O_CLOEXEC);
	EXPECT_LE(0, fd)
		TH_LOG("%s", strerror(errno));
	EXPECT_EQ(0, unlink(node));
	EXPECT_TRUE(is_loaded());
	if (fd >= 0) {
		EXPECT_LT(0, new_handle(fd, WAPI_TYPE_EVENT));
		EXPECT_COUNTS(fd, 1, 1, 0, 1);
		EXPECT_EQ(0, close(fd));
	}
}

/* Where modprobe would find the module, open; or -errno. */
static int open_module(void)
{
	struct utsname system;
	char path[sizeof(system.release) + 48];
	int fd;

	uname(&system);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/wapi.ko", system.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Memory that was given a name of ours, and has it still. */
static bool has_caches(void)
{
	return !access("/sys/kernel/slab/wapi_object", F_OK) ||
	       !access("/sys/kernel/slab/wapi_block", F_OK);
}

/*
 * How many allocations and copies the kernel's loader has made when it comes to the
 * module's parameters: it complains if some of those fail, and they are not ours.
 */
static long faults_before_parameters(int fd)
{
	const long many = 100000;
	struct injection injection;
	char text[16] = "";

	if (inject(&injection, many))
		return -1;
	arm(&injection);
	if (!syscall(SYS_finit_module, fd, "max_handles=nonsense", 0))
		return -1;
	if (pread(injection.fd, text, sizeof(text) - 1, 0) <= 0)
		return -1;
	disarm(&injection);
	close(injection.fd);
	return many - strtol(text, NULL, 10);
}

TEST_F_TIMEOUT(module, whose_loading_fails_at_any_allocation_leaves_nothing, 3600)
{
	struct injection injection = { .reached = true };
	unsigned int nth, refused = 0;
	long before;
	int fd, error;

	if (self->skip)
		return;
	if (injection_missing())
		SKIP(return, "%s", injection_missing());
	fd = open_module();
	if (fd < 0)
		SKIP(return, "no wapi.ko in the kernel's updates directory");
	ASSERT_EQ(0, unload_soon());
	before = faults_before_parameters(fd);
	ASSERT_LT(0, before);
	for (nth = before; injection.reached && nth < 10000; nth++) {
		ASSERT_EQ(0, inject(&injection, nth));
		arm(&injection);
		error = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
		disarm(&injection);
		close(injection.fd);
		refused += error != 0;
		if (!error) {
			ASSERT_TRUE(is_loaded());
			ASSERT_EQ(0, unload_soon());
			continue;
		}
		ASSERT_TRUE(injection.reached);
		/* Some of the loader's own steps tell of it otherwise. */
		EXPECT_TRUE(error == -ENOMEM || error == -EINVAL || error == -EFAULT)
			TH_LOG("allocation %u: %s", nth, strerror(-error));
		ASSERT_FALSE(is_loaded());
		ASSERT_FALSE(has_caches());
		ASSERT_NE(0, access(WAPI_DEVICE, F_OK));
	}
	TH_LOG("%ld allocations of loading, %u of them refused it", nth - before - 1, refused);
	EXPECT_FALSE(injection.reached);
	EXPECT_LT(0, refused);
	close(fd);
	EXPECT_EQ(0, load());
}

TEST_HARNESS_MAIN
