// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi in forked children: each gets a client of its own at its first use,
 * however it was made and whatever other threads were doing, and what its
 * parent has is not touched.
 */
#include "lib_test.h"

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/resource.h>

extern char **environ;

FIXTURE(fork) {
	struct wapi_client *client;
	uint32_t handle;
	uint64_t block;
	char *base;
	int fd;
};

/* With fork handlers, and in two ways without. */
FIXTURE_VARIANT(fork) {
	pid_t (*fork)(void);
};

static pid_t raw_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

FIXTURE_VARIANT_ADD(fork, by_fork) { .fork = fork };
FIXTURE_VARIANT_ADD(fork, by__Fork) { .fork = _Fork };
FIXTURE_VARIANT_ADD(fork, by_clone) { .fork = raw_clone };

FIXTURE_SETUP(fork)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, "name", 5,
				   &self->handle, &self->block));
	ASSERT_EQ(0, wapi_scratch_map(self->client, (void **)&self->base, NULL));
	self->fd = wapi_client_fd(self->client);
	fflush(NULL);
}

FIXTURE_TEARDOWN(fork)
{
	struct wapi_query query;

	/* After whatever a child did. */
	EXPECT_EQ(0, wapi_query(self->client, self->handle, &query));
	EXPECT_EQ(1, query.references);
	EXPECT_EQ(1, info_of(self->client).clients);
	EXPECT_EQ(1, info_of(self->client).blocks);
	EXPECT_EQ(self->fd, wapi_client_fd(self->client));
	EXPECT_STREQ("name", self->base + self->block);
	wapi_client_close(self->client);
}

static void use_in_child(struct wapi_client *client, uint32_t handle)
{
	struct wapi_open opened;
	char *copy, *base;
	uint64_t block;
	uint32_t made;

	CHILD_ASSERT(wapi_open(client, handle, &opened) == 0);
	CHILD_ASSERT(opened.references == 1);
	CHILD_ASSERT(wapi_load_string(client, opened.block, &copy) == 0);
	CHILD_ASSERT(strcmp(copy, "name") == 0);
	free(copy);
	CHILD_ASSERT(wapi_store_string(client, "own", &block) == 0);
	CHILD_ASSERT(wapi_scratch_map(client, (void **)&base, NULL) == 0);
	CHILD_ASSERT(strcmp(base + block, "own") == 0);
	CHILD_ASSERT(wapi_new(client, WAPI_TYPE_EVENT, &made) == 0);
	CHILD_ASSERT(wapi_close(client, handle, NULL) == 0);
	CHILD_ASSERT(wapi_close(client, handle, NULL) == -EBADF);
}

TEST_F(fork, a_child_that_makes_no_request_makes_no_client)
{
	pid_t pid = variant->fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	usleep(100000);
	EXPECT_EQ(1, info_of(self->client).clients);
	kill(pid, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
}

TEST_F(fork, a_child_gets_a_client_of_its_own_at_its_first_use)
{
	struct wapi_info parents = info_of(self->client), mine;
	pid_t pid = variant->fork();

	if (!pid) {
		/* Held by the parent's client, not by the child's. */
		struct wapi_query query;

		CHILD_ASSERT(wapi_query(self->client, self->handle, &query) == -EBADF);
		CHILD_ASSERT(wapi_close(self->client, self->handle, NULL) == -EBADF);
		CHILD_ASSERT(wapi_scratch_free(self->client, self->block) == -EPERM);
		CHILD_ASSERT(wapi_info(self->client, &mine) == 0);
		CHILD_ASSERT(mine.client_id != parents.client_id);
		CHILD_ASSERT(mine.domain_id == parents.domain_id);
		CHILD_ASSERT(mine.clients == 2);
		use_in_child(self->client, self->handle);
		wapi_client_close(self->client);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

TEST_F(fork, a_child_that_is_killed_leaves_nothing)
{
	pid_t pid = variant->fork();

	if (!pid) {
		use_in_child(self->client, self->handle);
		raise(SIGKILL);
	}
	EXPECT_EQ(128 + SIGKILL, end_of(pid));
}

TEST_F(fork, a_child_of_a_child_gets_its_own_too)
{
	pid_t pid = variant->fork(), grandchild;

	if (!pid) {
		grandchild = variant->fork();
		if (!grandchild) {
			use_in_child(self->client, self->handle);
			CHILD_ASSERT(info_of(self->client).clients == 2);
			_exit(0);
		}
		CHILD_ASSERT(end_of(grandchild) == 0);
		use_in_child(self->client, self->handle);
		grandchild = variant->fork();
		if (!grandchild) {
			use_in_child(self->client, self->handle);
			CHILD_ASSERT(info_of(self->client).clients == 3);
			_exit(0);
		}
		CHILD_ASSERT(end_of(grandchild) == 0);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

TEST_F(fork, the_parents_mapping_is_not_the_childs)
{
	pid_t pid = variant->fork();

	if (!pid) {
		uint64_t offset = POISON64;

		CHILD_ASSERT(msync(self->base, 4096, MS_ASYNC) < 0 &&
			     errno == ENOMEM);
		CHILD_ASSERT(wapi_scratch_offset(self->client,
				self->base + self->block, &offset) == -EFAULT);
		CHILD_ASSERT(offset == POISON64);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

/* What is in the place of the parent's mapping is not unmapped by accident. */
TEST_F(fork, memory_of_the_child_where_the_parents_mapping_was_is_left_alone)
{
	pid_t pid = variant->fork();

	if (!pid) {
		void *page = mmap(self->base, 4096, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
				  -1, 0);

		CHILD_ASSERT(page == self->base);
		use_in_child(self->client, self->handle);
		wapi_client_close(self->client);
		CHILD_ASSERT(msync(page, 4096, MS_ASYNC) == 0);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

/* As daemons do. */
TEST_F(fork, a_file_of_the_child_under_the_parents_number_is_left_alone)
{
	pid_t pid = variant->fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		if (null != self->fd)
			CHILD_ASSERT(dup2(null, self->fd) == self->fd);
		use_in_child(self->client, self->handle);
		CHILD_ASSERT(wapi_client_fd(self->client) != self->fd);
		wapi_client_close(self->client);
		CHILD_ASSERT(write(self->fd, "x", 1) == 1);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

TEST_F(fork, a_child_can_close_the_client_and_open_another)
{
	pid_t pid = variant->fork();

	if (!pid) {
		struct wapi_client *client;

		wapi_client_close(self->client);
		CHILD_ASSERT(wapi_client_open(&client) == 0);
		use_in_child(client, self->handle);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

TEST_F(fork, clients_that_were_closed_in_any_order_are_no_matter_to_a_child)
{
	static const int orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
		{ 2, 1, 0 },
	};
	struct wapi_client *clients[3], *later;

	for (int i = 0; i < 6; i++) {
		pid_t pid;

		for (int j = 0; j < 3; j++)
			ASSERT_EQ(0, wapi_client_open(&clients[j]));
		wapi_client_close(clients[orders[i][0]]);
		wapi_client_close(clients[orders[i][1]]);
		/* It may get the memory of the one closed last. */
		ASSERT_EQ(0, wapi_client_open(&later));
		pid = variant->fork();
		if (!pid) {
			alarm(CHILD_PATIENCE);
			use_in_child(clients[orders[i][2]], self->handle);
			use_in_child(later, self->handle);
			use_in_child(self->client, self->handle);
			_exit(0);
		}
		EXPECT_EQ(0, end_of(pid));
		wapi_client_close(later);
		wapi_client_close(clients[orders[i][2]]);
	}
}

TEST_F(fork, a_first_use_that_fails_is_made_again_by_the_next)
{
	pid_t pid = variant->fork();

	if (!pid) {
		struct rlimit none = { .rlim_max = 100 }, some = { 100, 100 };
		struct wapi_info info;
		void *base = POISON_POINTER;

		poison(&info, sizeof(info));
		CHILD_ASSERT(setrlimit(RLIMIT_NOFILE, &none) == 0);
		CHILD_ASSERT(wapi_info(self->client, &info) == -EMFILE);
		CHILD_ASSERT(info.client_id == POISON64);
		CHILD_ASSERT(wapi_client_fd(self->client) == -EMFILE);
		CHILD_ASSERT(wapi_scratch_map(self->client, &base, NULL) == -EMFILE);
		CHILD_ASSERT(base == POISON_POINTER);
		CHILD_ASSERT(setrlimit(RLIMIT_NOFILE, &some) == 0);
		use_in_child(self->client, self->handle);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

static void *first_use(void *context)
{
	struct wapi_info info;

	return wapi_info(context, &info) || info.clients != 2 ?
	       POISON_POINTER : (void *)(uintptr_t)info.client_id;
}

TEST_F(fork, threads_that_race_for_the_first_use_share_one_client)
{
	for (int round = 0; round < 20; round++) {
		pid_t pid = variant->fork();

		if (!pid) {
			pthread_t threads[8];
			void *first, *id;

			alarm(CHILD_PATIENCE);
			for (int i = 0; i < 8; i++)
				CHILD_ASSERT(!pthread_create(&threads[i], NULL,
							     first_use, self->client));
			pthread_join(threads[0], &first);
			CHILD_ASSERT(first != POISON_POINTER);
			for (int i = 1; i < 8; i++) {
				pthread_join(threads[i], &id);
				CHILD_ASSERT(id == first);
			}
			_exit(0);
		}
		ASSERT_EQ(0, end_of(pid));
	}
}

static atomic_bool enough;

/* Everything in the library that takes its lock, and some that does not. */
static void *keep_busy(void *context)
{
	struct wapi_client *shared = context, *own;
	uint32_t handle;
	void *base;

	while (!atomic_load(&enough)) {
		if (wapi_client_open(&own) ||
		    wapi_scratch_map(own, &base, NULL) ||
		    wapi_new(own, WAPI_TYPE_EVENT, &handle) ||
		    wapi_open(shared, handle, NULL) ||
		    wapi_close(shared, handle, NULL))
			return POISON_POINTER;
		wapi_client_close(own);
	}
	return NULL;
}

TEST_F(fork, a_child_of_a_busy_program_is_not_stuck)
{
	pthread_t threads[4];
	void *result;

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, keep_busy,
					    self->client));
	for (int round = 0; round < 200; round++) {
		pid_t pid = variant->fork();

		if (!pid) {
			struct wapi_client *client;
			uint32_t handle;
			void *base;

			/* Nothing here that takes malloc()'s locks after _Fork(). */
			alarm(CHILD_PATIENCE);
			CHILD_ASSERT(wapi_open(self->client, self->handle, NULL) == 0);
			CHILD_ASSERT(wapi_new(self->client, WAPI_TYPE_SEM, &handle) == 0);
			CHILD_ASSERT(wapi_scratch_map(self->client, &base, NULL) == 0);
			if (variant->fork == fork) {
				CHILD_ASSERT(wapi_client_open(&client) == 0);
				CHILD_ASSERT(wapi_new(client, WAPI_TYPE_SEM,
						      &handle) == 0);
				wapi_client_close(client);
				wapi_client_close(self->client);
			}
			_exit(0);
		}
		EXPECT_EQ(0, end_of(pid)) {
			break;
		}
	}
	atomic_store(&enough, true);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		EXPECT_EQ(NULL, result);
	}
}

static struct wapi_client *in_handlers;
static int handled;

static void use_in_handler(void)
{
	struct wapi_client *client;
	struct wapi_info info;

	if (in_handlers && !wapi_client_open(&client)) {
		handled += !wapi_info(in_handlers, &info) &&
			   !wapi_info(client, &info);
		wapi_client_close(client);
	}
}

/* As early as any user of the library can. */
__attribute__((constructor)) static void register_handlers(void)
{
	pthread_atfork(use_in_handler, use_in_handler, use_in_handler);
}

/* Only fork() has handlers. */
TEST_F(fork, fork_handlers_of_others_can_use_the_library)
{
	pid_t pid;

	alarm(CHILD_PATIENCE);
	in_handlers = self->client;
	pid = fork();
	if (!pid)
		_exit(handled == 2 ? 0 : 1);
	in_handlers = NULL;
	EXPECT_EQ(2, handled);
	EXPECT_EQ(0, end_of(pid));
}

TEST_F(fork, the_inherited_descriptor_is_closed_at_once_or_at_first_use)
{
	pid_t pid = variant->fork();

	if (!pid) {
		struct rlimit none = { .rlim_max = 100 };
		struct wapi_info info;

		if (variant->fork == fork)
			CHILD_ASSERT(fcntl(self->fd, F_GETFD) < 0);
		setrlimit(RLIMIT_NOFILE, &none);
		CHILD_ASSERT(wapi_info(self->client, &info) == -EMFILE);
		CHILD_ASSERT(fcntl(self->fd, F_GETFD) < 0);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

static int sharing_child(void *context)
{
	struct wapi_info info;

	return wapi_info(context, &info) == -ESTALE ? 0 : 1;
}

/* Its parent's client must not be taken for inherited. */
TEST_F(fork, a_child_in_its_parents_memory_is_refused_and_harms_nothing)
{
	size_t size = 256 << 10;
	char *stack = malloc(size);
	pid_t pid;

	ASSERT_NE(NULL, stack);
	pid = clone(sharing_child, stack + size, CLONE_VM | SIGCHLD, self->client);
	EXPECT_EQ(0, end_of(pid));
	free(stack);
}

TEST_F(fork, a_program_that_is_spawned_does_not_end_the_client)
{
	char *const argv[] = { "true", NULL };
	pid_t pid;

	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ));
		EXPECT_EQ(0, end_of(pid));
	}
}

TEST_F(fork, an_exec_that_fails_does_not_end_the_client)
{
	char *const argv[] = { "/", NULL };

	EXPECT_EQ(-1, execv(argv[0], argv));
	EXPECT_EQ(self->fd, wapi_client_fd(self->client));
}

/*
 * A client in another domain, through a descriptor.  The grantor goes once the
 * line to it is closed.
 */
static struct wapi_client *join_another(struct peer *grantor, __u64 *handle)
{
	struct wapi_client *client = NULL;
	pid_t pid = fork_peer(grantor);
	int fd = -1;

	if (!pid) {
		uint32_t made;

		client = lonely_client();
		CHILD_ASSERT(client);
		CHILD_ASSERT(wapi_new_data(client, WAPI_TYPE_FILE, "name", 5,
					   &made, NULL) == 0);
		send_fd_to(grantor, made, wapi_client_fd(client));
		receive(grantor);
		_exit(0);
	}
	if (pid < 0 || receive_fd_from(grantor, handle, &fd))
		return NULL;
	if (wapi_client_join(&client, fd))
		client = NULL;
	close(fd);
	return client;
}

TEST_F(fork, a_child_joins_the_domain_that_its_parent_joined)
{
	struct wapi_info parents;
	struct wapi_client *joined;
	struct peer grantor;
	__u64 handle;
	pid_t pid;

	joined = join_another(&grantor, &handle);
	ASSERT_NE(NULL, joined);
	/* The way in is the parent's client, not the grantor's. */
	ASSERT_EQ(128 + SIGKILL, kill_peer(&grantor));
	ASSERT_EQ(-EBADF, wapi_open(joined, handle, NULL));
	parents = info_of(joined);
	{
		uint32_t made;

		ASSERT_EQ(0, wapi_new_data(joined, WAPI_TYPE_FILE, "name", 5,
					   &made, NULL));
		handle = made;
	}

	pid = variant->fork();
	if (!pid) {
		struct wapi_info mine;
		pid_t grandchild;

		/* Through one that was never used. */
		grandchild = variant->fork();
		if (!grandchild) {
			use_in_child(joined, handle);
			_exit(0);
		}
		CHILD_ASSERT(end_of(grandchild) == 0);

		use_in_child(joined, handle);
		CHILD_ASSERT(wapi_info(joined, &mine) == 0);
		CHILD_ASSERT(mine.domain_id == parents.domain_id);
		CHILD_ASSERT(mine.client_id != parents.client_id);
		CHILD_ASSERT(mine.clients == 2);

		/* And through one that was. */
		grandchild = variant->fork();
		if (!grandchild) {
			use_in_child(joined, handle);
			_exit(0);
		}
		CHILD_ASSERT(end_of(grandchild) == 0);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
	EXPECT_EQ(1, info_of(joined).clients);
	wapi_client_close(joined);
}

/* What the child found is told on a pipe, as its parent has ended. */
TEST_F(fork, a_child_that_can_join_no_more_is_refused_for_ever)
{
	int parent_ended[2], told[2];
	struct wapi_client *joined;
	struct peer grantor;
	__u64 handle;
	char c = 0;
	pid_t pid;

	ASSERT_EQ(0, pipe(parent_ended));
	ASSERT_EQ(0, pipe(told));
	pid = fork();
	if (!pid) {
		joined = join_another(&grantor, &handle);
		CHILD_ASSERT(joined);
		pid = variant->fork();
		if (!pid) {
			struct wapi_client *own;
			struct wapi_info info;
			void *base;

			close(parent_ended[1]);
			CHILD_ASSERT(read(parent_ended[0], &c, 1) == 0);
			CHILD_ASSERT(wapi_info(joined, &info) == -ESTALE);
			CHILD_ASSERT(wapi_client_fd(joined) == -ESTALE);
			CHILD_ASSERT(wapi_scratch_map(joined, &base, NULL) == -ESTALE);
			CHILD_ASSERT(wapi_info(joined, &info) == -ESTALE);
			wapi_client_close(joined);
			CHILD_ASSERT(wapi_client_open(&own) == 0);
			CHILD_ASSERT(wapi_info(own, &info) == 0);
			wapi_client_close(own);
			CHILD_ASSERT(write(told[1], "y", 1) == 1);
			_exit(0);
		}
		kill_peer(&grantor);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
	close(parent_ended[1]);
	close(told[1]);
	EXPECT_EQ(1, read(told[0], &c, 1));
	EXPECT_EQ('y', c);
}

TEST_F(fork, a_child_that_closed_its_way_into_a_joined_domain_is_refused)
{
	struct wapi_client *joined;
	struct peer grantor;
	__u64 handle;
	int fd;
	pid_t pid;

	joined = join_another(&grantor, &handle);
	ASSERT_NE(NULL, joined);
	fd = wapi_client_fd(joined);
	for (int reuse = 0; reuse < 2; reuse++) {
		pid = variant->fork();
		if (!pid) {
			struct wapi_info info;

			close(fd);
			if (reuse)
				CHILD_ASSERT(dup2(2, fd) == fd);
			CHILD_ASSERT(wapi_info(joined, &info) == -ESTALE);
			CHILD_ASSERT(wapi_info(joined, &info) == -ESTALE);
			wapi_client_close(joined);
			CHILD_ASSERT((fcntl(fd, F_GETFD) >= 0) == reuse);
			_exit(0);
		}
		EXPECT_EQ(0, end_of(pid));
	}
	EXPECT_EQ(0, wapi_open(joined, handle, NULL));
	wapi_client_close(joined);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&grantor));
}

/* Privileges given up between fork() and the first use count. */
TEST_F(fork, a_child_that_became_another_user_is_in_that_users_domain)
{
	pid_t pid;

	if (geteuid())
		SKIP(return, "needs root");
	pid = variant->fork();
	if (!pid) {
		CHILD_ASSERT(become(NOBODY) == 0);
		CHILD_ASSERT(wapi_open(self->client, self->handle, NULL) == -EBADF);
		CHILD_ASSERT(info_of(self->client).clients == 1);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(pid));
}

TEST_HARNESS_MAIN
