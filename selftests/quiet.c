// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log stays quiet: nothing that an unprivileged user asks for, however
 * wrong, makes a line in it, so that nobody can flood it.
 */
#include "wapi_test.h"

#define STORM 30000

static int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd < 0 ? -errno : fd;
}

/* How many lines came that are about us; shows them. */
static int read_log(int fd, const char *comm)
{
	char line[8192];
	int lines = 0;
	ssize_t n;

	for (;;) {
		n = read(fd, line, sizeof(line) - 1);
		/* The log went round faster than we read. */
		if (n < 0 && errno == EPIPE)
			return 1000000;
		if (n <= 0)
			return lines;
		line[n] = 0;
		/* DEBUG_STACK_USAGE tells of each process that uses more than any before. */
		if (strstr(line, "used greatest stack depth"))
			continue;
		if (strstr(line, "wapi") || strstr(line, comm)) {
			printf("# the kernel said: %s", line);
			lines++;
		}
	}
}

/* A request of any kind, in any way wrong, or right by chance. */
static void storm(int fd, int foreign, __u64 *seed, unsigned char *page)
{
	static const __u64 values[] = {
		0, 1, 2, 5, 10, 11, 16, 4096, 1 << 20, 0x00100000, 0x00100001,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ull << 62,
		1ull << 63, ~0ull, ~0ull - 15,
	};
	unsigned int size = next_random(seed) % 200;
	unsigned int nr = next_random(seed) % 64;
	unsigned int direction = next_random(seed) % 8 ? 3 : next_random(seed) % 4;
	unsigned char *at = page + 4096;
	__u64 value;

	/* Half of them with the right size and direction. */
	if (next_random(seed) % 2) {
		static const unsigned long requests[] = {
			WAPI_IOC_INFO, WAPI_IOC_NEW, WAPI_IOC_OPEN, WAPI_IOC_CLOSE,
			WAPI_IOC_SEARCH, WAPI_IOC_QUERY, WAPI_IOC_ATTACH, WAPI_IOC_SCRATCH,
			WAPI_IOC_SCRATCH_FREE, WAPI_IOC_BLOCK, WAPI_IOC_JOIN, WAPI_IOC_LIST,
			WAPI_IOC_OPEN_NAME, WAPI_IOC_SET, WAPI_IOC_RESET, WAPI_IOC_PULSE,
			WAPI_IOC_MUTEX_RELEASE, WAPI_IOC_SEM_RELEASE, WAPI_IOC_THREAD_EXIT,
			WAPI_IOC_WAIT, WAPI_IOC_DUP, WAPI_IOC_MARK, WAPI_IOC_INHERIT,
			WAPI_IOC_TO_FD, WAPI_IOC_FROM_FD, WAPI_IOC_BATCH,
		};

		unsigned long request = requests[nr % ARRAY_SIZE(requests)];

		nr = _IOC_NR(request);
		size = _IOC_SIZE(request);
		direction = _IOC_DIR(request);
	}
	memset(at, 0, 256);
	for (unsigned int i = 0; i < 64; i += next_random(seed) % 3 ? 8 : 4) {
		value = values[next_random(seed) % ARRAY_SIZE(values)];
		if (next_random(seed) % 4 == 0)
			value = address(page + next_random(seed) % 4096);
		if (next_random(seed) % 2)
			memcpy(at + i, &value, i % 8 ? 4 : 8);
	}
	/* Not a number that is really a descriptor of something else. */
	if (nr == _IOC_NR(WAPI_IOC_JOIN))
		((struct wapi_join *)at)->client_fd = next_random(seed) % 2 ?
			(int)(1000 + next_random(seed) % 10) : foreign;
	/* Sometimes it runs out of the memory that there is. */
	if (next_random(seed) % 16 == 0)
		at = page + 3 * 4096 - size / 2;
	else if (next_random(seed) % 16 == 0)
		at = NULL;
	if (!wapi_ioctl(fd, _IOC(direction, WAPI_IOC_MAGIC, nr, size), at) &&
	    nr == _IOC_NR(WAPI_IOC_TO_FD))
		close(((struct wapi_to_fd *)at)->fd);
}

static void interrupt(int number)
{
	(void)number;
}

/* A wait that is right by chance may sleep. */
static void interrupt_what_sleeps(void)
{
	const struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	const struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

TEST(a_storm_of_bad_requests_is_not_logged)
{
	struct peer peer;
	int log, lines;
	pid_t pid;

	if (geteuid())
		SKIP(return, "needs root to become another user");
	log = open_log();
	if (log < 0)
		SKIP(return, "/dev/kmsg: %s", strerror(-log));
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		unsigned char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		__u64 seed = 0x5eed;
		int fd, foreign, own;

		if (become(NOBODY))
			_exit(1);
		fd = open_device();
		if (fd < 0)
			_exit(2);
		foreign = open("/dev/null", O_RDWR | O_CLOEXEC);
		interrupt_what_sleeps();
		for (int i = 0; i < STORM; i++) {
			/* What succeeds must not use the machine up. */
			if (i % 1000 == 999) {
				close(fd);
				fd = open_device();
			}
			storm(fd, foreign, &seed, page);
		}
		/* Fresh clients that begin with something wrong. */
		for (int i = 0; i < 300; i++) {
			own = open_device();
			storm(own, fd, &seed, page);
			storm(fd, own, &seed, page);
			close(own);
		}
		_exit(read_info(fd).domain_refused > 0 ? 0 : 3);
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
	lines = read_log(log, "quiet");
	EXPECT_EQ(0, lines);
}

TEST(bad_mappings_are_not_logged)
{
	struct peer peer;
	pid_t pid;
	int log;

	if (geteuid())
		SKIP(return, "needs root to become another user");
	log = open_log();
	if (log < 0)
		SKIP(return, "/dev/kmsg: %s", strerror(-log));
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		static const size_t sizes[] = { 1, 4096, 1 << 20, 1 << 30, 1ull << 40, 1ull << 46 };
		static const off_t offsets[] = { 0, 4096, 1 << 30, 1ull << 40, 1ull << 62 };
		int fd;

		if (become(NOBODY))
			_exit(1);
		for (int i = 0; i < 6 * 5 * 8 * 2 * 2; i++) {
			/* With and without a request before. */
			fd = open_device();
			if (i >= 6 * 5 * 8 * 2 && !read_info(fd).abi_version)
				_exit(2);
			/* Memory that is not there is reported by others. */
			mmap(NULL, sizes[i % 6], i / 30 % 8, MAP_NORESERVE |
			     (i / 240 % 2 ? MAP_PRIVATE : MAP_SHARED), fd,
			     offsets[i / 6 % 5]);
			close(fd);
		}
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
	EXPECT_EQ(0, read_log(log, "quiet"));
}

TEST(the_use_of_a_descriptor_of_another_process_is_not_logged)
{
	struct peer peer;
	pid_t pid;
	int log;

	if (geteuid())
		SKIP(return, "needs root to become another user");
	log = open_log();
	if (log < 0)
		SKIP(return, "/dev/kmsg: %s", strerror(-log));
	pid = fork_peer(&peer);
	ASSERT_LE(0, pid);
	if (!pid) {
		unsigned char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct peer grandchild;
		__u64 seed = 0xf0e;
		int fd, own;

		if (become(NOBODY))
			_exit(1);
		fd = open_device();
		read_info(fd);
		pid = fork_peer(&grandchild);
		if (!pid) {
			own = open_device();
			for (int i = 0; i < 2000; i++) {
				storm(fd, i % 2 ? fd : own, &seed, page);
				mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
			}
			_exit(0);
		}
		_exit(wait_for_peer(&grandchild));
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
	EXPECT_EQ(0, read_log(log, "quiet"));
}

TEST_HARNESS_MAIN
