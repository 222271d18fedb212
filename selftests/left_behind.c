// SPDX-License-Identifier: GPL-2.0
/*
 * A client belongs to the program that opened it, not to a descriptor: it ends
 * with that, although a child, another process or the next program still has
 * the descriptor, and it does not end with anything else.
 *
 * Where the end of the opener closes a descriptor of its own, all is released
 * before its parent is told.  Where it has none to close, or keeps it across
 * execve(), the kernel may take a little longer.
 */
#include "observe.h"

static int join_and_leave(int received)
{
	int fd = open_device(), answer = join_domain(received, fd);

	close(fd);
	return answer;
}

/* What this program is after it has been started by a test as a role. */
static int play(const char *role, int line, int fd)
{
	struct peer parent = { .pid = getppid(), .line = line };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!strcmp(role, "closed")) {
		/* The descriptor was close-on-exec. */
		REQUIRE(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
		REQUIRE(!send_to(&parent, 1));
		receive(&parent);
		return 0;
	}
	if (!strcmp(role, "survived")) {
		/* It was not: it is open, and good for nothing. */
		const char *difference = stale_difference(fd, 1, 16);
		int own;

		if (*difference)
			fprintf(stderr, "# after execve(): %s\n", difference);
		REQUIRE(!*difference);
		own = open_device();
		REQUIRE(own >= 0);
		REQUIRE(join_domain(own, fd) == -ESTALE);
		/* Until it has ended, it grants as it did before. */
		REQUIRE(within(SOON, join_and_leave(fd) == -ESTALE));
		/* The program is as good as any other. */
		REQUIRE(new_handle(own, WAPI_TYPE_EVENT) > 0);
		close(own);
		REQUIRE(!send_to(&parent, 1));
		receive(&parent);
		return 0;
	}
	return 97;
}

FIXTURE(left_behind)
{
	int fd;
	long long module_references;
};

FIXTURE_SETUP(left_behind)
{
	self->module_references = module_references();
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
}

FIXTURE_TEARDOWN(left_behind)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_TRUE(within(SOON, module_references() == self->module_references));
}

/* execve() */

TEST_F(left_behind, exec_closes_the_descriptor)
{
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();

		hold(fd, 10, 10);
		become_role("closed", victim.line, fd);
		_exit(92);
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_for_peer(&victim));
}

TEST_F(left_behind, exec_leaves_a_descriptor_that_is_good_for_nothing)
{
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();

		hold(fd, 10, 10);
		fcntl(fd, F_SETFD, 0);
		become_role("survived", victim.line, fd);
		_exit(92);
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_for_peer(&victim));
}

struct exec_by_thread {
	int line, fd;
	const char *role;
};

static void *exec_by_thread(void *argument)
{
	struct exec_by_thread *e = argument;

	become_role(e->role, e->line, e->fd);
	_exit(92);
}

static void exec_from_a_thread(const char *role, int line, bool survives)
{
	struct exec_by_thread e = { .line = line, .fd = open_device(), .role = role };
	pthread_t thread;

	hold(e.fd, 10, 10);
	if (survives)
		fcntl(e.fd, F_SETFD, 0);
	/* It becomes the leader, and this thread is gone. */
	pthread_create(&thread, NULL, exec_by_thread, &e);
	pthread_join(thread, NULL);
	_exit(91);
}

TEST_F(left_behind, exec_by_a_thread_closes_the_descriptor)
{
	struct peer victim;

	if (!start_peer(&victim))
		exec_from_a_thread("closed", victim.line, false);
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_for_peer(&victim));
}

TEST_F(left_behind, exec_by_a_thread_leaves_a_descriptor_that_is_good_for_nothing)
{
	struct peer victim;

	if (!start_peer(&victim))
		exec_from_a_thread("survived", victim.line, true);
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_for_peer(&victim));
}

TEST_F(left_behind, exec_while_a_forked_child_keeps_the_descriptor)
{
	struct peer victim, child;

	if (!start_peer(&victim)) {
		int fd = open_device();
		__s64 block = new_block(fd, 100);
		int handle = new_handle(fd, WAPI_TYPE_EVENT);

		hold(fd, 9, 9);
		if (!start_peer(&child)) {
			REQUIRE(receive(&child) == 1);
			REQUIRE(!*stale_difference(fd, handle, block));
			send_to(&victim, 2);
			receive(&victim);
			_exit(0);
		}
		send_to(&child, 1);
		become_role("closed", victim.line, fd);
		_exit(92);
	}
	/* The child and the new program speak on one line. */
	ASSERT_EQ(3, receive(&victim) + receive(&victim));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_for_peer(&victim));
}

TEST_F(left_behind, failed_exec_ends_nothing)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	char *argv[] = { "nothing", NULL };

	EXPECT_EQ(-1, execve("/nonexistent/program", argv, argv));
	EXPECT_EQ(-1, execve("/proc/self/cmdline", argv, argv));
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

/* Descriptors that stay behind in others */

TEST_F(left_behind, exit_while_a_forked_child_keeps_the_descriptor)
{
	struct peer victim, child;
	int shared = new_handle(self->fd, WAPI_TYPE_EVENT);

	if (!start_peer(&victim)) {
		int fd = open_device();
		__s64 block = new_block(fd, 100);
		unsigned char *arena = map_arena(fd);

		REQUIRE(arena != MAP_FAILED && block > 0);
		arena[block] = 1;
		hold(fd, 10, 10);
		REQUIRE(!open_handle(fd, shared));
		if (!start_peer(&child)) {
			/* It shall live on, but not longer than the test. */
			prctl(PR_SET_PDEATHSIG, 0);
			REQUIRE(!*stale_difference(fd, shared, block));
			send_to(&victim, 1);
			REQUIRE(receive(&victim) == 1);
			REQUIRE(!*stale_difference(fd, shared, block));
			REQUIRE(join_domain(fd, open_device()) == -ESTALE);
			/* Its mapping is memory like any other's. */
			arena[block] = 2;
			arena[block + 100000] = 2;
			send_to(&victim, 2);
			receive(&victim);
			_exit(0);
		}
		receive(&child);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS(self->fd, 11, 12, 11, 2);
	/* The victim only, and not its child. */
	kill(victim.pid, SIGKILL);
	ASSERT_EQ(victim.pid, waitpid(victim.pid, NULL, 0));
	EXPECT_COUNTS(self->fd, 1, 1, 0, 1);
	EXPECT_QUERY(self->fd, shared, 1, 1, 1);
	send_to(&victim, 1);
	EXPECT_EQ(2, receive(&victim));
	EXPECT_EQ(1, close_handle(self->fd, shared));
	send_to(&victim, 1);
	/* The line ends with the child. */
	EXPECT_EQ(-EPIPE, receive(&victim));
	close(victim.line);
}

TEST_F(left_behind, forked_child_that_ends_takes_nothing_along)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	__s64 block = new_block(self->fd, 10);
	struct peer child;

	for (int kill_it = 0; kill_it < 2; kill_it++) {
		if (!start_peer(&child)) {
			REQUIRE(!*stale_difference(self->fd, handle, block));
			send_to(&child, 1);
			receive(&child);
			close(self->fd);
			exit(0);
		}
		ASSERT_EQ(1, receive(&child));
		if (kill_it)
			kill(child.pid, SIGKILL);
		else
			send_to(&child, 1);
		EXPECT_EQ(kill_it ? 128 + SIGKILL : 0, wait_for_peer(&child));
		EXPECT_COUNTS(self->fd, 1, 1, 1, 1);
		EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	}
	EXPECT_EQ(1, close_handle(self->fd, handle));
	EXPECT_EQ(0, free_block(self->fd, block));
}

TEST_F(left_behind, opener_that_gave_its_descriptor_away)
{
	int shared = new_handle(self->fd, WAPI_TYPE_EVENT), received;
	struct peer victim;
	__u64 value;

	if (!start_peer(&victim)) {
		int fd = open_device();

		hold(fd, 10, 10);
		REQUIRE(!open_handle(fd, shared));
		REQUIRE(!send_fd_to(&victim, 1, fd));
		close(fd);
		receive(&victim);
		_exit(0);
	}
	ASSERT_EQ(0, receive_fd_from(&victim, &value, &received));
	ASSERT_LE(0, received);
	/* The descriptor that the opener closed was not the last. */
	EXPECT_COUNTS(self->fd, 11, 12, 10, 2);
	EXPECT_STALE(received, shared, 16);
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_for_peer(&victim));
	EXPECT_COUNTS_SOON(self->fd, 1, 1, 0, 1);
	EXPECT_STALE(received, shared, 16);
	EXPECT_EQ(0, close(received));
	EXPECT_EQ(1, close_handle(self->fd, shared));
}

TEST_F(left_behind, opener_whose_descriptor_is_on_its_way)
{
	struct peer victim;
	int lines[2];

	/* In a message that nobody ever receives. */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, lines));
	if (!start_peer(&victim)) {
		struct peer nobody = { .line = lines[0] };
		int fd = open_device();

		hold(fd, 10, 10);
		REQUIRE(!send_fd_to(&nobody, 1, fd));
		close(fd);
		send_to(&victim, 1);
		receive(&victim);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS(self->fd, 10, 10, 10, 2);
	kill_peer(&victim);
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	close(lines[0]);
	close(lines[1]);
}

/* Threads and shared descriptor tables */

struct last_thread {
	struct peer *parent;
	int fd;
};

static void *last_thread(void *argument)
{
	struct last_thread *t = argument;
	char path[64], state = 'R';

	/* Until the main thread is a zombie. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	while (state != 'Z') {
		FILE *file = fopen(path, "re");

		REQUIRE(file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
		fclose(file);
	}
	/* The client is the process's, and that goes on. */
	REQUIRE(new_handle(t->fd, WAPI_TYPE_EVENT) > 0);
	send_to(t->parent, 1);
	receive(t->parent);
	return NULL;
}

TEST_F(left_behind, last_thread_after_the_main_thread)
{
	struct peer victim, child;

	for (int kept = 0; kept < 2; kept++) {
		if (!start_peer(&victim)) {
			static struct last_thread t;
			pthread_t thread;

			t.parent = &victim;
			t.fd = open_device();
			hold(t.fd, 9, 10);
			/* With another holding the descriptor, too. */
			if (kept && !start_peer(&child)) {
				prctl(PR_SET_PDEATHSIG, 0);
				while (receive(&child) >= 0)
					;
				receive(&victim);
				_exit(0);
			}
			pthread_create(&thread, NULL, last_thread, &t);
			pthread_exit(NULL);
		}
		ASSERT_EQ(1, receive(&victim));
		EXPECT_COUNTS(self->fd, 10, 10, 10, 2);
		usleep(20000);
		EXPECT_COUNTS(self->fd, 10, 10, 10, 2);
		send_to(&victim, 1);
		ASSERT_EQ(victim.pid, waitpid(victim.pid, NULL, 0));
		EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
		send_to(&victim, 1);
		if (kept) {
			EXPECT_EQ(-EPIPE, receive(&victim));
		}
		close(victim.line);
	}
}

static void *hold_in_thread(void *argument)
{
	int *fd = argument;

	if (*fd < 0)
		*fd = open_device();
	hold(*fd, 5, 5);
	return NULL;
}

TEST_F(left_behind, thread_that_ends_takes_nothing_along)
{
	int fd = -1;
	pthread_t thread;

	/* Not even the one that opened the client. */
	ASSERT_EQ(0, pthread_create(&thread, NULL, hold_in_thread, &fd));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_COUNTS(self->fd, 5, 5, 5, 2);
	EXPECT_EQ(2, read_info(fd).clients);
	/* And any thread may use it. */
	hold(fd, 5, 5);
	ASSERT_EQ(0, pthread_create(&thread, NULL, hold_in_thread, &fd));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_COUNTS(self->fd, 15, 15, 15, 2);
	EXPECT_EQ(0, close(fd));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

static pid_t clone_with_files(void)
{
	fflush(NULL);
	return syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
}

TEST_F(left_behind, process_that_shares_the_descriptor_table_is_another)
{
	int fd = open_device(), status;
	int handle = new_handle(fd, WAPI_TYPE_EVENT);
	pid_t pid;

	/* Its end is not the client's, although the table lives on... */
	pid = clone_with_files();
	if (!pid)
		_exit(*stale_difference(fd, handle, 16) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_QUERY(fd, handle, 1, 1, 1);

	/* ...but the descriptor that it closes is this process's own. */
	pid = clone_with_files();
	if (!pid)
		_exit(close(fd) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EBADF, open_handle(fd, handle));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

TEST_F(left_behind, opener_while_another_shares_its_descriptor_table)
{
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device(), handle = new_handle(fd, WAPI_TYPE_EVENT);

		hold(fd, 9, 10);
		/* Nothing of the table is closed when this process ends. */
		if (!clone_with_files()) {
			send_to(&victim, 1);
			receive(&victim);
			REQUIRE(!*stale_difference(fd, handle, 16));
			send_to(&victim, 2);
			receive(&victim);
			_exit(0);
		}
		for (;;)
			pause();
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS(self->fd, 10, 10, 10, 2);
	kill(victim.pid, SIGKILL);
	ASSERT_EQ(victim.pid, waitpid(victim.pid, NULL, 0));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	EXPECT_EQ(2, receive(&victim));
	send_to(&victim, 1);
	EXPECT_EQ(-EPIPE, receive(&victim));
	close(victim.line);
}

/* A vfork() child has this process's very memory: what it is answered. */
static int info_in_vfork_child(int fd)
{
	static volatile int seen;
	pid_t pid;

	seen = 1;
	pid = vfork();
	if (!pid) {
		seen = wapi_ioctl(fd, WAPI_IOC_INFO,
				  &(struct wapi_info) { .flags = 0 });
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid ? seen : -ECHILD;
}

static int exec_in_vfork_child(void)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		become_role("none", 0, 0);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -ECHILD;
}

TEST_F(left_behind, vfork_child_is_another_process)
{
	int handle = new_handle(self->fd, WAPI_TYPE_EVENT);

	EXPECT_EQ(-ESTALE, info_in_vfork_child(self->fd));
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	/* Nor is it this process that executes another program. */
	EXPECT_EQ(97, exec_in_vfork_child());
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(left_behind, vfork_parent_killed_while_its_child_runs)
{
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();

		hold(fd, 10, 10);
		if (!vfork()) {
			/* The descriptors are copies, only memory is shared. */
			prctl(PR_SET_PDEATHSIG, 0);
			send_to(&victim, 1);
			receive(&victim);
			_exit(0);
		}
		for (;;)
			pause();
	}
	ASSERT_EQ(1, receive(&victim));
	kill(victim.pid, SIGKILL);
	ASSERT_EQ(victim.pid, waitpid(victim.pid, NULL, 0));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	EXPECT_EQ(-EPIPE, receive(&victim));
	close(victim.line);
}

TEST_F(left_behind, closing_one_of_two_descriptors_releases_nothing)
{
	int fd = open_device(), second;

	hold(fd, 10, 10);
	second = dup(fd);
	ASSERT_LE(0, second);
	EXPECT_EQ(0, close(fd));
	EXPECT_COUNTS(self->fd, 10, 10, 10, 2);
	/* And it goes on under the other number. */
	hold(second, 1, 0);
	EXPECT_COUNTS(self->fd, 11, 11, 10, 2);
	/* The last, and not by close(). */
	EXPECT_EQ(second, dup2(STDERR_FILENO, second));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	close(second);
}

/* However much it held. */
FIXTURE(holding)
{
	int fd;
};

FIXTURE_VARIANT(holding)
{
	int count;
};

FIXTURE_VARIANT_ADD(holding, 1_reference) { .count = 1 };
FIXTURE_VARIANT_ADD(holding, 1000_references) { .count = 1000 };
FIXTURE_VARIANT_ADD(holding, 100000_references) { .count = 100000 };

FIXTURE_SETUP(holding)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(holding)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
}

TEST_F(holding, and_the_next_program_keeps_the_descriptor)
{
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();

		hold(fd, variant->count, 0);
		fcntl(fd, F_SETFD, 0);
		become_role("survived", victim.line, fd);
		_exit(92);
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_TRUE(within(10 * SOON, read_info(self->fd).clients == 1));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	send_to(&victim, 1);
	EXPECT_EQ(0, wait_for_peer(&victim));
}

TEST_F(holding, and_a_forked_child_keeps_the_descriptor)
{
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();

		hold(fd, variant->count, 0);
		if (!fork()) {
			send_to(&victim, 1);
			receive(&victim);
			_exit(0);
		}
		pause();
	}
	ASSERT_EQ(1, receive(&victim));
	EXPECT_COUNTS(self->fd, variant->count, variant->count, 0, 2);
	kill(victim.pid, SIGKILL);
	ASSERT_EQ(victim.pid, waitpid(victim.pid, NULL, 0));
	/* At once, as the victim closes a descriptor of its own. */
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	/* The line ends with the child. */
	send_to(&victim, 1);
	EXPECT_EQ(-EPIPE, receive(&victim));
	close(victim.line);
}

EXECABLE_MAIN(play)
#define main harness_main
TEST_HARNESS_MAIN
