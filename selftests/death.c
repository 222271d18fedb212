// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing outlives its owner: however a process ends, what its clients held is
 * released, and of what others hold nothing is touched.
 *
 * The test process is the observer.  What ends is its child, the victim, and
 * the observer asks right after waitpid(): a parent is told of a death after
 * the descriptors are closed, so all must be gone at that moment.  Descriptors
 * that outlive their client are in left_behind.c.
 */
#include "observe.h"


/* What this program is after it has been started by a test as a role. */
static int play(const char *role, int line, int fd)
{
	struct peer parent = { .pid = getppid(), .line = line };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	REQUIRE(!strcmp(role, "return"));
	/* A client of its own, and then the plainest of all ends. */
	fd = open_device();
	REQUIRE(fd >= 0);
	hold(fd, 10, 10);
	REQUIRE(!send_to(&parent, 1));
	receive(&parent);
	return 0;
}

static void no_cores(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
}

FIXTURE(death)
{
	int fd;
	long long module_references;
};

FIXTURE_SETUP(death)
{
	no_cores();
	self->module_references = module_references();
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
}

FIXTURE_TEARDOWN(death)
{
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_TRUE(within(SOON, module_references() == self->module_references));
}

/*
 * Ways to end that a process has.  Each victim has told its parent that it is
 * ready, and ends when it is told to or by what its parent does.
 */
static int *volatile nowhere;

static void *segment_fault(void *unused)
{
	(void)unused;
	*nowhere = 1;
	return NULL;
}

static void end_by_exit(struct peer *parent)
{
	(void)parent;
	exit(0);
}

static void end_by_exit_group(struct peer *parent)
{
	(void)parent;
	syscall(SYS_exit_group, 0);
}

static void end_by_abort(struct peer *parent)
{
	(void)parent;
	abort();
}

static void end_by_fault(struct peer *parent)
{
	(void)parent;
	segment_fault(NULL);
}

static void end_by_fault_of_a_thread(struct peer *parent)
{
	pthread_t thread;

	(void)parent;
	pthread_create(&thread, NULL, segment_fault, NULL);
	pthread_join(thread, NULL);
}

static void end_by_illegal_instruction(struct peer *parent)
{
	(void)parent;
	__builtin_trap();
}

static void end_by_alarm(struct peer *parent)
{
	struct itimerval now = { .it_value.tv_usec = 1000 };

	(void)parent;
	setitimer(ITIMER_REAL, &now, NULL);
	for (;;)
		pause();
}

static void end_by_cpu_limit(struct peer *parent)
{
	struct rlimit limit = { 0, 0 };

	(void)parent;
	setrlimit(RLIMIT_CPU, &limit);
	for (;;)
		;
}

static void end_by_kill(struct peer *parent)
{
	(void)parent;
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static void end_by_kill_while_stopped(struct peer *parent)
{
	(void)parent;
	raise(SIGSTOP);
	_exit(96);
}

static void end_by_return_from_main(struct peer *parent)
{
	/* The role makes a client of its own after that of before is gone. */
	become_role("return", parent->line, -1);
}

FIXTURE(way)
{
	int fd;
	long long module_references;
};

FIXTURE_VARIANT(way)
{
	void (*end)(struct peer *parent);
	int status;
	bool stops;
};

#define WAY(name, ...)							\
	FIXTURE_VARIANT_ADD(way, name) { .end = end_by_##name, __VA_ARGS__ }

WAY(exit, .status = 0);
WAY(exit_group, .status = 0);
WAY(return_from_main, .status = 0);
WAY(abort, .status = 128 + SIGABRT);
WAY(fault, .status = 128 + SIGSEGV);
WAY(fault_of_a_thread, .status = 128 + SIGSEGV);
WAY(illegal_instruction, .status = 128 + SIGILL);
WAY(alarm, .status = 128 + SIGALRM);
WAY(cpu_limit, .status = 128 + SIGKILL);
WAY(kill, .status = 128 + SIGKILL);
WAY(kill_while_stopped, .status = 128 + SIGKILL, .stops = true);

FIXTURE_SETUP(way)
{
	no_cores();
	self->module_references = module_references();
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(way)
{
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_TRUE(within(SOON, module_references() == self->module_references));
}

TEST_F(way, ends_and_all_is_released_at_once)
{
	__u32 handle = new_handle(self->fd, WAPI_TYPE_MUTEX);
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();
		unsigned char *arena;

		REQUIRE(fd >= 0);
		hold(fd, 9, 10);
		REQUIRE(!open_handle(fd, handle));
		arena = map_arena(fd);
		REQUIRE(arena != MAP_FAILED);
		memset(arena + new_block(fd, 100000), 1, 100000);
		if (variant->end != end_by_return_from_main)
			send_to(&victim, 1);
		variant->end(&victim);
		_exit(95);
	}
	ASSERT_EQ(1, receive(&victim));
	if (variant->end == end_by_return_from_main) {
		EXPECT_COUNTS(self->fd, 11, 11, 10, 2);
		send_to(&victim, 1);
	}
	if (variant->stops) {
		int status;

		ASSERT_EQ(victim.pid, waitpid(victim.pid, &status, WUNTRACED));
		ASSERT_TRUE(WIFSTOPPED(status));
		EXPECT_COUNTS(self->fd, 10, 11, 11, 2);
		kill(victim.pid, SIGKILL);
	}
	EXPECT_EQ(variant->status, wait_for_peer(&victim));
	EXPECT_COUNTS(self->fd, 1, 1, 0, 1);
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

/*
 * However much it held.  Four kinds of references in one victim would not show
 * whose fault a wrong count is: so one victim for each.
 */
FIXTURE(killed_holding)
{
	int fd;
	struct peer victim;
};

FIXTURE_VARIANT(killed_holding)
{
	int count;
};

FIXTURE_VARIANT_ADD(killed_holding, 1_reference) { .count = 1 };
FIXTURE_VARIANT_ADD(killed_holding, 1000_references) { .count = 1000 };
FIXTURE_VARIANT_ADD(killed_holding, 100000_references) { .count = 100000 };

FIXTURE_SETUP(killed_holding)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(killed_holding)
{
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

TEST_F(killed_holding, handles_of_its_own)
{
	__u64 last = 0;
	struct wapi_info info;

	if (!start_peer(&self->victim)) {
		int fd = open_device(), handle = 0;

		for (int i = 0; i < variant->count; i++) {
			handle = new_handle(fd, WAPI_TYPE_EVENT);
			REQUIRE(handle > 0);
		}
		send_to(&self->victim, handle);
		receive(&self->victim);
		_exit(0);
	}
	ASSERT_EQ(0, receive_from(&self->victim, &last));
	info = read_info(self->fd);
	EXPECT_EQ(variant->count, info.handles);
	/* The observer keeps one of them, which its maker must not take along. */
	EXPECT_EQ(0, open_handle(self->fd, last));
	EXPECT_QUERY(self->fd, last, 2, 1, 2);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->victim));
	EXPECT_COUNTS(self->fd, 1, 1, 0, 1);
	EXPECT_QUERY(self->fd, last, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, last));
}

TEST_F(killed_holding, one_handle_many_times)
{
	__u32 handle = new_handle(self->fd, WAPI_TYPE_FILE);

	if (!start_peer(&self->victim)) {
		int fd = open_device();

		for (int i = 0; i < variant->count; i++)
			REQUIRE(!open_handle(fd, handle));
		send_to(&self->victim, 1);
		receive(&self->victim);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->victim));
	EXPECT_QUERY(self->fd, handle, variant->count + 1, 1, 2);
	EXPECT_COUNTS(self->fd, 1, variant->count + 1, 0, 2);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->victim));
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(killed_holding, handles_of_others_and_shared_ones)
{
	/* A tenth is the observer's, each opened ten times; 1 of 1 at least. */
	int handles = variant->count > 10 ? variant->count / 10 : 1;
	int times = variant->count / handles;
	__u32 *handle = calloc(handles, sizeof(*handle));
	__u32 theirs[2] = { 0 };
	struct peer survivor;
	__u64 value;
	int wrong = 0;

	ASSERT_NE(NULL, handle);
	for (int i = 0; i < handles; i++)
		handle[i] = new_handle(self->fd, 1 + i % 10);

	if (!start_peer(&survivor)) {
		int fd = open_device(), own = new_handle(fd, WAPI_TYPE_SEM);

		/* Twice a reference to every third, and one of its own. */
		for (int i = 0; i < handles; i += 3) {
			REQUIRE(!open_handle(fd, handle[i]));
			REQUIRE(!open_handle(fd, handle[i]));
		}
		send_to(&survivor, own);
		receive(&survivor);
		for (int i = 0; i < handles; i += 3)
			REQUIRE(!*query_difference(fd, handle[i], 3, 2, 2));
		REQUIRE(!*query_difference(fd, own, 1, 1, 1));
		_exit(0);
	}
	ASSERT_EQ(0, receive_from(&survivor, &value));
	theirs[0] = value;

	if (!start_peer(&self->victim)) {
		int fd = open_device(), own = new_handle(fd, WAPI_TYPE_PIPE);

		for (int j = 0; j < times; j++)
			for (int i = 0; i < handles; i++)
				REQUIRE(!open_handle(fd, handle[i]));
		REQUIRE(!open_handle(fd, theirs[0]));
		send_to(&self->victim, own);
		receive(&self->victim);
		_exit(0);
	}
	ASSERT_EQ(0, receive_from(&self->victim, &value));
	theirs[1] = value;
	EXPECT_EQ(0, open_handle(self->fd, theirs[1]));
	EXPECT_QUERY(self->fd, handle[0], times + 3, 1, 3);

	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->victim));
	for (int i = 0; i < handles && !wrong; i++) {
		EXPECT_QUERY(self->fd, handle[i], i % 3 ? 1 : 3, 1, i % 3 ? 1 : 2)
			wrong = 1;
	}
	EXPECT_QUERY(self->fd, theirs[1], 1, 1, 1);
	EXPECT_COUNTS(self->fd, handles + 2, handles + 2 * ((handles + 2) / 3) + 2,
		      0, 2);

	send_to(&survivor, 1);
	EXPECT_EQ(0, wait_for_peer(&survivor));
	EXPECT_COUNTS(self->fd, handles + 1, handles + 1, 0, 1);
	for (int i = 0; i < handles && !wrong; i++) {
		EXPECT_EQ(1, close_handle(self->fd, handle[i]))
			wrong = 1;
	}
	EXPECT_EQ(1, close_handle(self->fd, theirs[1]));
	free(handle);
}

TEST_F(killed_holding, blocks)
{
	int count = variant->count;

	if (!start_peer(&self->victim)) {
		int fd = open_device();

		for (int i = 0; i < count; i++)
			REQUIRE(new_block(fd, 1 + i % 100) > 0);
		send_to(&self->victim, 1);
		receive(&self->victim);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->victim));
	EXPECT_EQ(count, read_info(self->fd).blocks);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->victim));
	EXPECT_EQ(0, read_domain(self->fd).arena_used);
}

/* Does everything that there is, in an order that is never the same. */
struct storm {
	int fd;
	const __u32 *shared;
	__u64 seed;
};

enum { STORM_SHARED = 8 };

static void *storm(void *argument)
{
	struct storm *s = argument;
	struct wapi_list list;
	unsigned char records[4 * sizeof(struct wapi_block_record)];
	__u32 own[32] = { 0 };
	__u64 block[32] = { 0 };
	struct wapi_info info;
	struct wapi_new new;
	char data[300] = "x";
	__u32 i;

	for (;;) {
		__u64 dice = next_random(&s->seed);

		i = (dice >> 8) % 32;
		switch (dice % 12) {
		case 0:
		case 1:
			if (own[i])
				close_handle(s->fd, own[i]);
			new = new_request(1 + i % 10);
			if (dice & 0x10000) {
				new.data = address(data);
				new.data_size = 1 + dice % sizeof(data);
			}
			own[i] = wapi_ioctl(s->fd, WAPI_IOC_NEW, &new) ? 0 : new.handle;
			break;
		case 2:
		case 3:
			open_handle(s->fd, s->shared[i % STORM_SHARED]);
			break;
		case 4:
			close_handle(s->fd, s->shared[i % STORM_SHARED]);
			break;
		case 5:
			open_handle(s->fd, own[i]);
			break;
		case 6:
			if (block[i])
				free_block(s->fd, block[i]);
			block[i] = 0;
			break;
		case 7:
			block[i] = new_block(s->fd, 1 + dice % 20000);
			break;
		case 8:
			attach_block(s->fd, own[i], block[(i + 1) % 32]);
			break;
		case 9:
			attach_block(s->fd, s->shared[i % STORM_SHARED], block[i]);
			attach_block(s->fd, s->shared[i % STORM_SHARED], 0);
			break;
		case 10:
			info = info_request();
			wapi_ioctl(s->fd, WAPI_IOC_INFO, &info);
			break;
		case 11:
			list = list_request(WAPI_LIST_HANDLES + dice / 16 % 3, records,
					    sizeof(struct wapi_reference_record), 4);
			wapi_ioctl(s->fd, WAPI_IOC_LIST, &list);
			break;
		}
	}
	return NULL;
}

TEST_F(death, killed_at_any_instant_of_500_storms)
{
	__u32 shared[STORM_SHARED];
	__u64 seed = 20020607;
	struct wapi_query query;
	int attached;

	for (int i = 0; i < STORM_SHARED; i++)
		shared[i] = new_handle(self->fd, WAPI_TYPE_EVENT);

	for (int round = 0; round < 500; round++) {
		__u64 dice = next_random(&seed);
		struct peer victim;

		if (!start_peer(&victim)) {
			struct storm first = { -1, shared, dice };
			struct storm second = { -1, shared, ~dice };
			pthread_t thread;

			first.fd = second.fd = open_device();
			if (round % 4 != 1)
				send_to(&victim, 1);
			if (round % 2)
				pthread_create(&thread, NULL, storm, &second);
			storm(&first);
			_exit(94);
		}
		/* Some do not live to see their descriptor. */
		if (round % 4 != 1) {
			ASSERT_EQ(1, receive(&victim));
		}
		usleep(dice % 4096);
		ASSERT_EQ(128 + SIGKILL, kill_peer(&victim));

		/* A block that it had just attached lives with our object. */
		attached = 0;
		for (int i = 0; i < STORM_SHARED; i++) {
			ASSERT_EQ(0, query_handle(self->fd, shared[i], &query));
			ASSERT_EQ(1, query.references);
			ASSERT_EQ(1, query.clients);
			if (query.block) {
				attached++;
				ASSERT_EQ(0, attach_block(self->fd, shared[i], 0));
				ASSERT_EQ(0, free_block(self->fd, query.block));
			}
		}
		ASSERT_COUNTS(self->fd, STORM_SHARED, STORM_SHARED, 0, 1)
			TH_LOG("in round %d, with %d attached", round, attached);
	}
	for (int i = 0; i < STORM_SHARED; i++)
		EXPECT_EQ(1, close_handle(self->fd, shared[i]));
}

TEST_F(death, crash_after_each_step_of_a_sequence_of_requests)
{
	__u32 shared = new_handle(self->fd, WAPI_TYPE_FILE);
	struct wapi_query query;
	struct peer victim;
	int step;

	for (step = 0; step < 10; step++) {
		if (!start_peer(&victim)) {
			int fd = open_device(), handle = 0, n = 0;
			__s64 block = 0;
			struct wapi_new new = new_request(WAPI_TYPE_FILE);

#define NEXT(request) do {						\
			if (n++ == step)				\
				segment_fault(NULL);			\
			REQUIRE((request) >= 0);			\
		} while (0)
			new.data = address("name");
			new.data_size = 5;
			NEXT(wapi_ioctl(fd, WAPI_IOC_NEW, &new));
			NEXT(open_handle(fd, new.handle));
			NEXT(block = new_block(fd, 5000));
			NEXT(open_handle(fd, shared));
			NEXT(attach_block(fd, shared, block));
			NEXT(attach_block(fd, shared, 0));
			NEXT(handle = new_handle(fd, WAPI_TYPE_EVENT));
			NEXT(attach_block(fd, handle, block));
			NEXT(close_handle(fd, shared));
			NEXT(close_handle(fd, new.handle));
#undef NEXT
			_exit(93);
		}
		ASSERT_EQ(128 + SIGSEGV, wait_for_peer(&victim));
		ASSERT_EQ(0, query_handle(self->fd, shared, &query));
		EXPECT_EQ(step == 5, !!query.block);
		EXPECT_COUNTS(self->fd, 1, 1, step == 5, 1)
			TH_LOG("after a crash in front of request %d", step);
		if (query.block) {
			ASSERT_EQ(0, attach_block(self->fd, shared, 0));
			ASSERT_EQ(0, free_block(self->fd, query.block));
		}
	}
	EXPECT_EQ(1, close_handle(self->fd, shared));
}

TEST_F(death, of_a_namespace_of_processes_at_once)
{
	struct peer init;

	if (!start_peer(&init)) {
		struct peer inner[4];

		/* Its first child is pid 1 there, and takes the others along. */
		REQUIRE(!unshare(CLONE_NEWPID));
		if (!start_peer(&inner[0])) {
			for (int i = 1; i < 4; i++) {
				if (!start_peer(&inner[i])) {
					hold(open_device(), 10, 10);
					send_to(&inner[i], 1);
					for (;;)
						pause();
				}
				REQUIRE(receive(&inner[i]) == 1);
			}
			send_to(&inner[0], 1);
			receive(&inner[0]);
			_exit(0);
		}
		REQUIRE(receive(&inner[0]) == 1);
		send_to(&init, 1);
		receive(&init);
		kill_peer(&inner[0]);
		send_to(&init, 2);
		receive(&init);
		_exit(0);
	}
	if (geteuid()) {
		kill_peer(&init);
		SKIP(return, "needs root");
	}
	ASSERT_EQ(1, receive(&init));
	EXPECT_COUNTS(self->fd, 30, 30, 30, 4);
	send_to(&init, 1);
	ASSERT_EQ(2, receive(&init));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	send_to(&init, 1);
	EXPECT_EQ(0, wait_for_peer(&init));
}

TEST_F(death, of_a_process_with_many_clients)
{
	struct peer victim;

	if (!start_peer(&victim)) {
		for (int i = 0; i < 200; i++)
			hold(open_device(), 5, 1);
		send_to(&victim, 1);
		receive(&victim);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS(self->fd, 1000, 1000, 200, 201);
	kill_peer(&victim);
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

static double processor_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* What it takes to end the first clients of many, each. */
static double cost_of_an_end(int clients)
{
	int *fd = calloc(clients, sizeof(*fd)), ended = clients / 2;
	double begin, cost;

	for (int i = 0; i < clients; i++) {
		fd[i] = open_device();
		if (fd[i] < 0)
			return fd[i];
	}
	begin = processor_seconds();
	for (int i = 0; i < ended; i++)
		close(fd[i]);
	cost = (processor_seconds() - begin) / ended;
	for (int i = ended; i < clients; i++)
		close(fd[i]);
	free(fd);
	return cost;
}

TEST_F(death, costs_what_the_client_held_not_how_many_others_there_are)
{
	struct rlimit files = { 20100, 20100 };
	double few, many;

	if (setrlimit(RLIMIT_NOFILE, &files))
		SKIP(return, "may not have 20,000 descriptors");
	few = cost_of_an_end(1000);
	many = cost_of_an_end(20000);
	ASSERT_LT(0, few);
	/* A scan would be twenty times as much; this leaves room for caches. */
	EXPECT_GT(8 * few, many)
		TH_LOG("%.1f us of 1000, %.1f us of 20000", few * 1e6, many * 1e6);
}

/* Blocks */

TEST_F(death, blocks_go_with_the_client_attached_ones_with_the_object)
{
	int ours = new_handle(self->fd, WAPI_TYPE_FILE);
	unsigned char *arena = map_arena(self->fd);
	__u64 handle, loose, lent, data;
	struct wapi_query query;
	struct wapi_block ask;
	struct peer victim;

	ASSERT_NE(MAP_FAILED, arena);
	if (!start_peer(&victim)) {
		int fd = open_device();
		struct wapi_new new = new_request(WAPI_TYPE_FILE);
		unsigned char *theirs = map_arena(fd);

		new.data = address("made with it");
		new.data_size = sizeof("made with it");
		REQUIRE(!wapi_ioctl(fd, WAPI_IOC_NEW, &new));
		loose = new_block(fd, 100);
		lent = new_block(fd, 100);
		strcpy((char *)theirs + lent, "attached to another's");
		REQUIRE(!open_handle(fd, ours));
		REQUIRE(!attach_block(fd, ours, lent));
		send_to(&victim, new.handle);
		send_to(&victim, new.block);
		send_to(&victim, loose);
		send_to(&victim, lent);
		receive(&victim);
		_exit(0);
	}
	ASSERT_EQ(0, receive_from(&victim, &handle));
	ASSERT_EQ(0, receive_from(&victim, &data));
	ASSERT_EQ(0, receive_from(&victim, &loose));
	ASSERT_EQ(0, receive_from(&victim, &lent));
	ASSERT_EQ(0, open_handle(self->fd, handle));
	EXPECT_COUNTS(self->fd, 2, 4, 3, 2);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
	EXPECT_COUNTS(self->fd, 2, 2, 2, 1);

	ask = block_request(loose);
	EXPECT_EQ(-ENOENT, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &ask));
	ask = block_request(data + 3);
	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &ask));
	EXPECT_EQ(data, ask.block);
	EXPECT_EQ(WAPI_OWNER_OBJECT, ask.owner_kind);
	EXPECT_EQ(handle, ask.owner);
	EXPECT_EQ(1, ask.own);
	EXPECT_STREQ("made with it", (char *)arena + data);

	ASSERT_EQ(0, query_handle(self->fd, ours, &query));
	EXPECT_EQ(lent, query.block);
	EXPECT_EQ(100, query.block_size);
	EXPECT_STREQ("attached to another's", (char *)arena + lent);

	EXPECT_EQ(1, close_handle(self->fd, handle));
	EXPECT_COUNTS(self->fd, 1, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, ours));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	ask = block_request(lent);
	EXPECT_EQ(-ENOENT, wapi_ioctl(self->fd, WAPI_IOC_BLOCK, &ask));
}

/* What is not an end */

TEST_F(death, mapping_does_not_keep_a_client)
{
	int fd = open_device();
	unsigned char *arena = map_arena(fd);
	__s64 block;

	ASSERT_NE(MAP_FAILED, arena);
	hold(fd, 10, 10);
	block = new_block(self->fd, 100);
	ASSERT_LT(0, block);
	EXPECT_EQ(0, close(fd));
	EXPECT_COUNTS(self->fd, 0, 0, 1, 1);
	/* The memory is the domain's, which is alive. */
	arena[block] = 7;
	EXPECT_EQ(7, map_arena(self->fd)[block]);
	EXPECT_EQ(0, free_block(self->fd, block));
}

TEST_F(death, two_clients_in_one_process_are_two)
{
	int fd = open_device(), handle = new_handle(fd, WAPI_TYPE_EVENT);
	__s64 block = new_block(fd, 10);
	struct wapi_query query;

	EXPECT_NE(read_info(fd).client_id, read_info(self->fd).client_id);
	EXPECT_EQ(-EBADF, close_handle(self->fd, handle));
	EXPECT_EQ(-EBADF, query_handle(self->fd, handle, &query));
	EXPECT_EQ(-EPERM, free_block(self->fd, block));
	EXPECT_EQ(0, open_handle(self->fd, handle));
	EXPECT_QUERY(fd, handle, 2, 1, 2);
	EXPECT_EQ(-EPERM, attach_block(self->fd, handle, block));
	EXPECT_EQ(0, close(fd));
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_COUNTS(self->fd, 1, 1, 0, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

EXECABLE_MAIN(play)
#define main harness_main
TEST_HARNESS_MAIN
