// SPDX-License-Identifier: GPL-2.0
/*
 * References that one process gives to another, or lets its children take
 * over; counted exactly on both sides, and nothing for anybody else.
 */
#include "wait_test.h"

static struct wapi_dup dup_request(__u32 handle, __u32 flags, __u32 process, pid_t pid)
{
	struct wapi_dup dup = {
		.handle = handle, .flags = flags, .process = process, .pid = pid,
		.references = POISON32,
	};

	return dup;
}

/* References that remain, or -errno. */
static int dup_to_pid(int fd, __u32 handle, __u32 flags, pid_t pid)
{
	struct wapi_dup dup = dup_request(handle, flags, 0, pid);
	int error = wapi_ioctl(fd, WAPI_IOC_DUP, &dup);

	return error ? error : (int)dup.references;
}

static int dup_to_process(int fd, __u32 handle, __u32 flags, __u32 process)
{
	struct wapi_dup dup = dup_request(handle, flags, process, 0);
	int error = wapi_ioctl(fd, WAPI_IOC_DUP, &dup);

	return error ? error : (int)dup.references;
}

/* What the mark was, or -errno. */
static int mark(int fd, __u32 handle, __u32 inherit)
{
	struct wapi_mark mark = { .handle = handle, .inherit = inherit, .previous = POISON32 };
	int error = wapi_ioctl(fd, WAPI_IOC_MARK, &mark);

	return error ? error : (int)mark.previous;
}

/* How many handles, or -errno. */
static int inherit(int fd)
{
	struct wapi_inherit inherit = { .count = POISON32 };
	int error = wapi_ioctl(fd, WAPI_IOC_INHERIT, &inherit);

	return error ? error : (int)inherit.count;
}

/* References of this client, 0 for none. */
static int own(int fd, __u32 handle)
{
	struct wapi_query query;

	return query_handle(fd, handle, &query) ? 0 : (int)query.own_references;
}

/*
 * A process with a client that answers: it tells how many references it has to
 * the handle that it is asked for, or closes one if it is asked for -handle.
 */
#define CLOSE (1ull << 32)
static void answer(struct peer *parent)
{
	int fd = open_device();
	__u64 question;

	REQUIRE(fd >= 0 && read_info(fd).abi_version);
	REQUIRE(!send_to(parent, 1));
	while (!receive_from(parent, &question)) {
		if (question & CLOSE)
			REQUIRE(close_handle(fd, question) >= 0);
		REQUIRE(!send_to(parent, own(fd, question)));
	}
	_exit(0);
}

static int ask(struct peer *peer, __u64 question)
{
	send_to(peer, question);
	return receive(peer);
}

FIXTURE(share)
{
	int fd;
	__u32 event, process;
	struct peer peer;
};

FIXTURE_SETUP(share)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->event = new_event(self->fd, 0);
	ASSERT_LT(0, (int)self->event);
	if (!start_peer(&self->peer))
		answer(&self->peer);
	ASSERT_EQ(1, receive(&self->peer));
	self->process = new_process(self->fd, self->peer.pid);
	ASSERT_LT(0, (int)self->process);
	ASSERT_COUNTS(self->fd, 2, 2, 0, 2);
}

FIXTURE_TEARDOWN(share)
{
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->peer));
	/* What was given went with whom it was given to. */
	EXPECT_TRUE(within(SOON, is_signalled(self->fd, self->process)));
	EXPECT_LE(0, close_handle(self->fd, self->process));
	EXPECT_LE(0, close_handle(self->fd, self->event));
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
}

TEST_F(share, a_reference_is_given_to_the_process_with_a_pid)
{
	EXPECT_EQ(0, ask(&self->peer, self->event));
	EXPECT_EQ(1, dup_to_pid(self->fd, self->event, 0, self->peer.pid));
	EXPECT_EQ(1, ask(&self->peer, self->event));
	EXPECT_QUERY(self->fd, self->event, 2, 1, 2);
	EXPECT_EQ(1, dup_to_pid(self->fd, self->event, 0, self->peer.pid));
	EXPECT_EQ(2, ask(&self->peer, self->event));
	EXPECT_QUERY(self->fd, self->event, 3, 1, 2);
	/* They are its own to close. */
	EXPECT_EQ(1, ask(&self->peer, self->event | CLOSE));
	EXPECT_QUERY(self->fd, self->event, 2, 1, 2);
}

TEST_F(share, a_reference_is_given_to_the_process_of_an_object)
{
	EXPECT_EQ(1, dup_to_process(self->fd, self->event, 0, self->process));
	EXPECT_EQ(1, ask(&self->peer, self->event));
	EXPECT_QUERY(self->fd, self->event, 2, 1, 2);
	EXPECT_COUNTS(self->fd, 2, 3, 0, 2);
	/* The process object itself, too. */
	EXPECT_EQ(1, dup_to_process(self->fd, self->process, 0, self->process));
	EXPECT_EQ(1, ask(&self->peer, self->process));
}

TEST_F(share, a_reference_that_is_moved_is_the_callers_no_more)
{
	EXPECT_EQ(0, open_handle(self->fd, self->event));
	EXPECT_EQ(1, dup_to_pid(self->fd, self->event, WAPI_DUP_MOVE, self->peer.pid));
	EXPECT_EQ(1, ask(&self->peer, self->event));
	EXPECT_QUERY(self->fd, self->event, 2, 1, 2);
	EXPECT_EQ(0, dup_to_process(self->fd, self->event, WAPI_DUP_MOVE, self->process));
	EXPECT_EQ(2, ask(&self->peer, self->event));
	EXPECT_EQ(-EBADF, set(self->fd, self->event));
	EXPECT_COUNTS(self->fd, 2, 3, 0, 2);
	/* The object lives with the other. */
	EXPECT_EQ(0, open_handle(self->fd, self->event));
	EXPECT_QUERY(self->fd, self->event, 3, 1, 2);
}

TEST_F(share, the_owner_of_a_mutex_that_is_moved_is_who_took_it)
{
	int mutex = new_mutex(self->fd, WAPI_NEW_OWNED);

	ASSERT_LT(0, mutex);
	EXPECT_EQ(0, dup_to_pid(self->fd, mutex, WAPI_DUP_MOVE, self->peer.pid));
	EXPECT_EQ(1, ask(&self->peer, mutex));
	/* The right to use it has gone, that it is owned has not. */
	EXPECT_EQ(-EBADF, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, open_handle(self->fd, mutex));
	EXPECT_EQ(1, count_of(self->fd, mutex));
	EXPECT_EQ(getpid(), state_of(self->fd, mutex).pid);
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, ask(&self->peer, mutex | CLOSE));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(share, what_was_moved_goes_with_its_new_holder)
{
	__u32 handle = new_event(self->fd, 0);

	EXPECT_EQ(0, dup_to_pid(self->fd, handle, WAPI_DUP_MOVE, self->peer.pid));
	EXPECT_COUNTS(self->fd, 3, 3, 0, 2);
	kill(self->peer.pid, SIGKILL);
	EXPECT_TRUE(within(SOON, is_signalled(self->fd, self->process)));
	EXPECT_TRUE(within(SOON, read_info(self->fd).handles == 2));
	EXPECT_EQ(-EBADF, open_handle(self->fd, handle));
}

TEST_F(share, the_caller_may_give_to_itself)
{
	EXPECT_EQ(2, dup_to_pid(self->fd, self->event, 0, getpid()));
	EXPECT_QUERY(self->fd, self->event, 2, 2, 1);
	EXPECT_EQ(2, dup_to_pid(self->fd, self->event, WAPI_DUP_MOVE, getpid()));
	EXPECT_QUERY(self->fd, self->event, 2, 2, 1);
	EXPECT_EQ(0, close_handle(self->fd, self->event));
	EXPECT_EQ(1, dup_to_pid(self->fd, self->event, WAPI_DUP_MOVE, getpid()));
	EXPECT_QUERY(self->fd, self->event, 1, 1, 1);
}

TEST_F(share, the_first_client_of_a_process_is_given_the_reference)
{
	int second = open_device();

	ASSERT_LT(0, (int)read_info(second).abi_version);
	EXPECT_EQ(0, open_handle(second, self->event));
	EXPECT_EQ(1, dup_to_pid(second, self->event, 0, getpid()));
	EXPECT_QUERY(self->fd, self->event, 3, 2, 2);
	EXPECT_QUERY(second, self->event, 3, 1, 2);
	EXPECT_EQ(0, close(second));
	EXPECT_EQ(0, close_handle(self->fd, self->event));
}

#define EXPECT_DUP_REFUSED(error, handle, flags, process, pid) do {		\
	struct wapi_dup dup_ = dup_request(handle, flags, process, pid);	\
	EXPECT_STREQ("", refused(error, self->fd, WAPI_IOC_DUP, &dup_));	\
} while (0)

TEST_F(share, giving_is_refused_where_it_is_not_possible)
{
	__u32 theirs, record = new_handle(self->fd, WAPI_TYPE_PROCESS);
	struct wapi_dup dup;
	struct peer none;
	pid_t pid;

	/* What the caller does not have it cannot give. */
	theirs = new_event(self->fd, 0);
	ASSERT_EQ(0, dup_to_pid(self->fd, theirs, WAPI_DUP_MOVE, self->peer.pid));
	EXPECT_DUP_REFUSED(EBADF, theirs, 0, 0, self->peer.pid);
	EXPECT_DUP_REFUSED(EBADF, theirs, WAPI_DUP_MOVE, 0, self->peer.pid);
	EXPECT_DUP_REFUSED(EBADF, 0, 0, 0, self->peer.pid);
	/* Nor name a process by what it does not have, or what is none. */
	EXPECT_DUP_REFUSED(EBADF, self->event, 0, theirs, 0);
	EXPECT_DUP_REFUSED(EBADF, self->event, 0, 0x7fffffff, 0);
	EXPECT_DUP_REFUSED(EOPNOTSUPP, self->event, 0, self->event, 0);
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, record, 0);
	/* Nobody, or nobody here. */
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, 0);
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, -1);
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, -self->peer.pid);
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, 0x7fffffff);
	if (!start_peer(&none)) {
		close(self->fd);
		receive(&none);
		_exit(0);
	}
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, none.pid);
	EXPECT_DUP_REFUSED(ESRCH, self->event, WAPI_DUP_MOVE, 0, none.pid);
	pid = none.pid;
	EXPECT_EQ(128 + SIGKILL, kill_peer(&none));
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, pid);
	/* Malformed. */
	EXPECT_DUP_REFUSED(EINVAL, self->event, WAPI_DUP_MOVE << 1, 0, self->peer.pid);
	EXPECT_DUP_REFUSED(EINVAL, self->event, 0, self->process, self->peer.pid);
	dup = dup_request(self->event, 0, 0, self->peer.pid);
	dup.pad = 1;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_DUP, &dup));
	EXPECT_EQ(0, ask(&self->peer, self->event));
	EXPECT_EQ(1, close_handle(self->fd, record));
	EXPECT_EQ(0, ask(&self->peer, theirs | CLOSE));
}

TEST_F(share, a_process_in_another_domain_is_not_given_anything)
{
	struct peer other;

	if (!start_peer(&other)) {
		REQUIRE(!unshare(CLONE_NEWIPC));
		answer(&other);
	}
	ASSERT_EQ(1, receive(&other));
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, other.pid);
	EXPECT_EQ(0, ask(&other, self->event));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&other));
}

TEST_F(share, a_process_that_ended_is_not_given_anything)
{
	kill(self->peer.pid, SIGKILL);
	EXPECT_EQ(0, wait_one(self->fd, self->process, 20000));
	/* It is not reaped yet; then again when it is. */
	EXPECT_TRUE(within(SOON, read_info(self->fd).clients == 1));
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, self->process, 0);
	EXPECT_DUP_REFUSED(ESRCH, self->event, 0, 0, self->peer.pid);
}

/* A process whose clients take a while to end. */
static void hold_much(struct peer *parent)
{
	for (int i = 0; i < 50; i++) {
		int fd = open_device();

		REQUIRE(fd >= 0);
		for (int k = 0; k < 100; k++)
			REQUIRE(new_event(fd, 0) > 0);
	}
	REQUIRE(!send_to(parent, 1));
	pause();
}

TEST_F(share, a_process_is_not_given_anything_from_when_its_end_is_seen)
{
	for (unsigned long i = 0; i < scaled(20); i++) {
		struct peer peer;
		__u32 process;

		if (!start_peer(&peer))
			hold_much(&peer);
		ASSERT_EQ(1, receive(&peer));
		process = new_process(self->fd, peer.pid);
		kill(peer.pid, SIGKILL);
		EXPECT_EQ(0, wait_one(self->fd, process, 20000));
		EXPECT_EQ(-ESRCH, dup_to_process(self->fd, self->event, 0, process));
		EXPECT_EQ(-ESRCH, dup_to_process(self->fd, self->event, WAPI_DUP_MOVE, process));
		EXPECT_EQ(1, own(self->fd, self->event));
		EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
		EXPECT_EQ(1, close_handle(self->fd, process));
	}
}

TEST_F(share, giving_that_could_not_be_told_gave_nothing)
{
	struct wapi_dup *dup = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, dup);
	for (__u32 flags = 0; flags < 2; flags++) {
		ASSERT_EQ(0, mprotect(dup, 4096, PROT_READ | PROT_WRITE));
		*dup = dup_request(self->event, flags, 0, self->peer.pid);
		ASSERT_EQ(0, mprotect(dup, 4096, PROT_READ));
		EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_DUP, dup, 0));
		EXPECT_EQ(0, ask(&self->peer, self->event));
	}
}

/*
 * Inheritance
 */
FIXTURE(heirs)
{
	int fd;
	__u32 handles[8];	/* the even ones are marked */
	struct peer child;
};

FIXTURE_SETUP(heirs)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	for (int i = 0; i < 8; i++) {
		self->handles[i] = new_event(self->fd, 0);
		ASSERT_LT(0, (int)self->handles[i]);
	}
	for (int i = 0; i < 8; i += 2)
		ASSERT_EQ(0, mark(self->fd, self->handles[i], 1));
}

FIXTURE_TEARDOWN(heirs)
{
	for (int i = 0; i < 8; i++) {
		EXPECT_QUERY(self->fd, self->handles[i], 1, 1, 1);
		EXPECT_EQ(1, close_handle(self->fd, self->handles[i]));
	}
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

static bool has_exactly_the_marked(int fd, const __u32 *handles)
{
	for (int i = 0; i < 8; i++) {
		if (own(fd, handles[i]) != (i % 2 ? 0 : 1))
			return false;
		if (i % 2 == 0 &&
		    !(state_of(fd, handles[i]).flags & WAPI_STATE_INHERIT))
			return false;
	}
	return count_records(fd, WAPI_LIST_HANDLES) == 8;
}

/* What a role is told: how many handles it gets. */
static int play(const char *role, int line, int fd)
{
	struct peer parent = { .pid = getppid(), .line = line };
	__u64 handle;
	__u32 handles[8];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	REQUIRE(!strcmp(role, "heir"));
	for (int i = 0; i < 8; i++) {
		REQUIRE(!receive_from(&parent, &handle));
		handles[i] = handle;
	}
	fd = open_device();
	REQUIRE(fd >= 0 && inherit(fd) == 4);
	REQUIRE(has_exactly_the_marked(fd, handles));
	send_to(&parent, 4);
	receive(&parent);
	return 0;
}

TEST_F(heirs, a_forked_child_that_asks_has_exactly_the_marked_handles)
{
	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(fd >= 0);
		for (int i = 0; i < 8; i++)
			REQUIRE(own(fd, self->handles[i]) == 0);
		REQUIRE(inherit(fd) == 4);
		REQUIRE(has_exactly_the_marked(fd, self->handles));
		send_to(&self->child, 1);
		receive(&self->child);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->child));
	for (int i = 0; i < 8; i++)
		EXPECT_QUERY(self->fd, self->handles[i], i % 2 ? 1 : 2, 1, i % 2 ? 1 : 2);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->child));
}

TEST_F(heirs, a_child_that_does_not_ask_has_nothing)
{
	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && read_info(fd).handles == 8);
		for (int i = 0; i < 8; i++)
			REQUIRE(own(fd, self->handles[i]) == 0);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

TEST_F(heirs, an_executed_child_that_asks_has_them_too)
{
	if (!start_peer(&self->child)) {
		become_role("heir", self->child.line, -1);
		_exit(94);
	}
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, send_to(&self->child, self->handles[i]));
	EXPECT_EQ(4, receive(&self->child));
	for (int i = 0; i < 8; i++)
		EXPECT_QUERY(self->fd, self->handles[i], i % 2 ? 1 : 2, 1, i % 2 ? 1 : 2);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->child));
}

TEST_F(heirs, the_marks_pass_on_to_grandchildren)
{
	if (!start_peer(&self->child)) {
		int fd = open_device();
		struct peer grandchild;

		REQUIRE(fd >= 0 && inherit(fd) == 4);
		/* One is not for the next generation, and one is new. */
		REQUIRE(mark(fd, self->handles[0], 0) == 1);
		REQUIRE(mark(fd, new_event(fd, 0), 1) == 0);
		if (!fork_peer(&grandchild)) {
			fd = open_device();
			REQUIRE(fd >= 0 && inherit(fd) == 4);
			for (int i = 0; i < 8; i++)
				REQUIRE(own(fd, self->handles[i]) == (i && i % 2 == 0));
			_exit(0);
		}
		REQUIRE(wait_for_peer(&grandchild) == 0);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

TEST_F(heirs, a_mark_is_told_and_taken_back)
{
	EXPECT_EQ(WAPI_STATE_INHERIT, state_of(self->fd, self->handles[0]).flags &
				      WAPI_STATE_INHERIT);
	EXPECT_EQ(0, state_of(self->fd, self->handles[1]).flags & WAPI_STATE_INHERIT);
	EXPECT_EQ(1, mark(self->fd, self->handles[0], 1));
	EXPECT_EQ(1, mark(self->fd, self->handles[0], 0));
	EXPECT_EQ(0, mark(self->fd, self->handles[0], 0));
	EXPECT_EQ(0, state_of(self->fd, self->handles[0]).flags & WAPI_STATE_INHERIT);
	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && inherit(fd) == 3);
		REQUIRE(own(fd, self->handles[0]) == 0);
		REQUIRE(own(fd, self->handles[2]) == 1);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

TEST_F(heirs, who_asks_twice_has_two_references)
{
	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && inherit(fd) == 4 && inherit(fd) == 4);
		REQUIRE(own(fd, self->handles[0]) == 2);
		REQUIRE(close_handle(fd, self->handles[0]) == 0);
		REQUIRE(has_exactly_the_marked(fd, self->handles) == false);
		REQUIRE(own(fd, self->handles[0]) == 1);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

TEST_F(heirs, all_clients_of_the_parent_leave_their_handles)
{
	int second = open_device();
	__u32 handle = new_event(second, 0);

	ASSERT_LT(0, (int)handle);
	ASSERT_EQ(0, mark(second, handle, 1));
	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(fd >= 0 && inherit(fd) == 5);
		REQUIRE(own(fd, handle) == 1);
		REQUIRE(has_exactly_the_marked(fd, self->handles) == false);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
	EXPECT_EQ(1, close_handle(second, handle));
	EXPECT_EQ(0, close(second));
}

TEST_F(heirs, nothing_comes_from_another_domain_of_the_parent)
{
	/* The parent has a client there, with nothing marked. */
	if (!start_peer(&self->child)) {
		int fd;

		REQUIRE(!unshare(CLONE_NEWIPC));
		fd = open_device();
		REQUIRE(fd >= 0 && inherit(fd) == -ESRCH);
		REQUIRE(read_info(fd).handles == 0);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

TEST_F(heirs, nothing_comes_from_a_parent_without_a_client)
{
	struct wapi_inherit request = { .count = POISON32 };

	if (!start_peer(&self->child)) {
		struct peer grandchild;

		/* It has its parent's descriptor, which is not a client of its own. */
		if (!fork_peer(&grandchild)) {
			int fd = open_device();

			REQUIRE(fd >= 0);
			REQUIRE(!*refused(ESRCH, fd, WAPI_IOC_INHERIT, &request));
			_exit(0);
		}
		_exit(wait_for_peer(&grandchild));
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

TEST_F(heirs, malformed_requests_are_refused)
{
	struct wapi_inherit inherit = { .flags = 1, .count = POISON32 };
	struct wapi_mark mark = { .handle = self->handles[0], .inherit = 2, .previous = POISON32 };

	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_INHERIT, &inherit));
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_MARK, &mark));
	mark.inherit = 0;
	mark.flags = 1;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_MARK, &mark));
	mark.flags = 0;
	mark.handle = 0x7fffffff;
	EXPECT_STREQ("", refused(EBADF, self->fd, WAPI_IOC_MARK, &mark));
}

TEST_F(heirs, an_inheritance_that_could_not_be_told_was_not_taken)
{
	if (!start_peer(&self->child)) {
		struct wapi_inherit *request = mmap(NULL, 4096, PROT_READ,
						    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int fd = open_device();

		/* One is there before, and not marked: so it must stay. */
		REQUIRE(fd >= 0 && request != MAP_FAILED);
		REQUIRE(!open_handle(fd, self->handles[0]));
		REQUIRE(wapi_ioctl(fd, WAPI_IOC_INHERIT, request) == -EFAULT);
		for (int i = 1; i < 8; i++)
			REQUIRE(own(fd, self->handles[i]) == 0);
		REQUIRE(own(fd, self->handles[0]) == 1);
		REQUIRE(!(state_of(fd, self->handles[0]).flags & WAPI_STATE_INHERIT));
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&self->child));
}

EXECABLE_MAIN(play)
#define main harness_main
TEST_HARNESS_MAIN
