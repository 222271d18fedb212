// SPDX-License-Identifier: GPL-2.0
/*
 * Objects as descriptors: readable exactly while a wait would be satisfied, and
 * reading is that wait.  A descriptor keeps its object, and only that, for
 * whoever gets it.
 */
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "wait_test.h"

static bool readable_in(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, ms) == 1 && pollfd.revents == POLLIN;
}

static bool readable(int fd)
{
	return readable_in(fd, 0);
}

/* 0 or -errno; what was read must be whole and, if nothing was abandoned, zeros. */
static int read_fd(int fd)
{
	struct wapi_acquired acquired;
	ssize_t n;

	poison(&acquired, sizeof(acquired));
	n = read(fd, &acquired, sizeof(acquired));
	if (n < 0)
		return -errno;
	return n == sizeof(acquired) && !acquired.abandoned && !acquired.abandoned_tid ?
	       0 : -EPROTO;
}

static int fd_to_object(int fd, int object_fd, __u32 *type)
{
	struct wapi_from_fd from = { .fd = object_fd, .handle = POISON32, .type = POISON32 };
	int error = wapi_ioctl(fd, WAPI_IOC_FROM_FD, &from);

	if (type)
		*type = from.type;
	return error ? error : (int)from.handle;
}

FIXTURE(pollfd)
{
	int fd;
	struct peer peer;
};

FIXTURE_SETUP(pollfd)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
}

FIXTURE_TEARDOWN(pollfd)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, close(self->fd));
}

TEST_F(pollfd, of_a_manual_event_is_readable_while_the_event_is_set)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	int fd = object_to_fd(self->fd, event, O_NONBLOCK | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_NONBLOCK, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_FALSE(readable(fd));
	EXPECT_EQ(-EAGAIN, read_fd(fd));
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_TRUE(readable(fd));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_TRUE(readable(fd));
	EXPECT_EQ(1, reset(self->fd, event));
	EXPECT_FALSE(readable(fd));
	EXPECT_EQ(-EAGAIN, read_fd(fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, event));
}

TEST_F(pollfd, of_an_event_that_resets_itself_is_read_once)
{
	__u32 event = new_event(self->fd, 0);
	int fd = object_to_fd(self->fd, event, O_NONBLOCK);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fcntl(fd, F_GETFD));
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_TRUE(readable(fd));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_FALSE(readable(fd));
	EXPECT_EQ(-EAGAIN, read_fd(fd));
	/* What a wait takes cannot be read, and the other way round. */
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(0, take(self->fd, event));
	EXPECT_FALSE(readable(fd));
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, event));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, event));
}

TEST_F(pollfd, of_a_semaphore_is_read_as_often_as_it_counts)
{
	__u32 semaphore = new_semaphore(self->fd, 2, 5);
	int fd = object_to_fd(self->fd, semaphore, O_NONBLOCK);

	ASSERT_LE(0, fd);
	for (int i = 2; i; i--) {
		EXPECT_TRUE(readable(fd));
		EXPECT_EQ(i, count_of(self->fd, semaphore));
		EXPECT_EQ(0, read_fd(fd));
	}
	EXPECT_FALSE(readable(fd));
	EXPECT_EQ(-EAGAIN, read_fd(fd));
	EXPECT_EQ(0, release_semaphore(self->fd, semaphore, 1));
	EXPECT_TRUE(readable(fd));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, semaphore));
}

TEST_F(pollfd, of_a_mutex_is_readable_to_its_owner_only)
{
	__u32 mutex = new_mutex(self->fd, 0);
	int fd = object_to_fd(self->fd, mutex, O_NONBLOCK);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(readable(fd));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(1, count_of(self->fd, mutex));
	EXPECT_EQ(syscall(SYS_gettid), state_of(self->fd, mutex).tid);
	/* It could take it once more. */
	EXPECT_TRUE(readable(fd));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(2, count_of(self->fd, mutex));
	if (!start_peer(&self->peer)) {
		REQUIRE(!readable(fd));
		REQUIRE(read_fd(fd) == -EAGAIN);
		send_to(&self->peer, 1);
		receive(&self->peer);
		REQUIRE(readable(fd));
		REQUIRE(!read_fd(fd));
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->peer));
	EXPECT_EQ(1, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	send_to(&self->peer, 1);
	EXPECT_EQ(0, wait_for_peer(&self->peer));
	/* The child took it, without a client of its own, and is dead. */
	EXPECT_EQ(0, wait_abandoned(self->fd, mutex, self->peer.pid, 0));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(pollfd, of_an_abandoned_mutex_tells_so_once)
{
	__u32 mutex = new_mutex(self->fd, 0);
	int fd = object_to_fd(self->fd, mutex, O_NONBLOCK);
	struct wapi_acquired acquired;

	ASSERT_LE(0, fd);
	if (!start_peer(&self->peer)) {
		REQUIRE(!read_fd(fd));
		send_to(&self->peer, 1);
		receive(&self->peer);
		_exit(0);
	}
	ASSERT_EQ(1, receive(&self->peer));
	EXPECT_FALSE(readable(fd));
	kill(self->peer.pid, SIGKILL);
	EXPECT_TRUE(readable_in(fd, 20000));
	EXPECT_EQ(128 + SIGKILL, wait_for_peer(&self->peer));
	poison(&acquired, sizeof(acquired));
	EXPECT_EQ(sizeof(acquired), read(fd, &acquired, sizeof(acquired)));
	EXPECT_EQ(1, acquired.abandoned);
	EXPECT_EQ(self->peer.pid, acquired.abandoned_tid);
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(1, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(pollfd, of_a_process_and_a_thread_are_readable_from_their_end_on)
{
	__u32 handles[2];
	int fds[2];

	if (!start_peer(&self->peer)) {
		int fd = open_device();

		send_to(&self->peer, new_thread(fd));
		receive(&self->peer);
		_exit(0);
	}
	handles[0] = receive(&self->peer);
	ASSERT_EQ(0, open_handle(self->fd, handles[0]));
	handles[1] = new_process(self->fd, self->peer.pid);
	for (int i = 0; i < 2; i++) {
		fds[i] = object_to_fd(self->fd, handles[i], O_NONBLOCK);
		ASSERT_LE(0, fds[i]);
		EXPECT_FALSE(readable(fds[i]));
		EXPECT_EQ(-EAGAIN, read_fd(fds[i]));
	}
	send_to(&self->peer, 1);
	for (int i = 0; i < 2; i++) {
		EXPECT_TRUE(readable_in(fds[i], 20000));
		EXPECT_EQ(0, read_fd(fds[i]));
		EXPECT_TRUE(readable(fds[i]));
	}
	EXPECT_EQ(0, wait_for_peer(&self->peer));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, read_fd(fds[i]));
		EXPECT_EQ(0, close(fds[i]));
		EXPECT_EQ(1, close_handle(self->fd, handles[i]));
	}
}

TEST_F(pollfd, that_blocks_sleeps_until_the_object_is_signalled)
{
	__u32 event = new_event(self->fd, 0);
	int fd = object_to_fd(self->fd, event, 0);

	ASSERT_LE(0, fd);
	if (!start_peer(&self->peer))
		_exit(-read_fd(fd));
	EXPECT_TRUE(within(20, waiters_of(self->fd, event) == 1));
	/* It stands in the queue, so what is set is its own: no one else's. */
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(0, is_signalled(self->fd, event));
	EXPECT_EQ(0, wait_for_peer(&self->peer));
	EXPECT_EQ(0, waiters_of(self->fd, event));

	/* And who is killed in there takes nothing along. */
	if (!start_peer(&self->peer))
		_exit(-read_fd(fd));
	EXPECT_TRUE(within(20, waiters_of(self->fd, event) == 1));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->peer));
	EXPECT_EQ(0, waiters_of(self->fd, event));
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(0, read_fd(fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, event));
}

TEST_F(pollfd, that_sleeps_in_poll_is_woken)
{
	__u32 event = new_event(self->fd, 0);
	int fd = object_to_fd(self->fd, event, 0);

	ASSERT_LE(0, fd);
	if (!start_peer(&self->peer)) {
		send_to(&self->peer, 1);
		_exit(!readable_in(fd, 30000));
	}
	ASSERT_EQ(1, receive(&self->peer));
	usleep(50000);
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(0, wait_for_peer(&self->peer));
	EXPECT_EQ(1, is_signalled(self->fd, event));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, event));
}

/* How many events are reported now, and that they are of @fd. */
static int epoll_now(int epoll, int fd, int ms)
{
	struct epoll_event events[4];
	int n = epoll_wait(epoll, events, 4, ms);

	for (int i = 0; i < n; i++)
		if (events[i].data.fd != fd || events[i].events != EPOLLIN)
			return -EPROTO;
	return n;
}

TEST_F(pollfd, is_reported_by_epoll_as_long_as_it_is_readable)
{
	__u32 semaphore = new_semaphore(self->fd, 0, 9);
	int fd = object_to_fd(self->fd, semaphore, O_NONBLOCK), epoll = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	EXPECT_EQ(0, epoll_now(epoll, fd, 0));
	EXPECT_EQ(0, release_semaphore(self->fd, semaphore, 2));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(1, epoll_now(epoll, fd, 0));
		EXPECT_EQ(1, epoll_now(epoll, fd, 0));
		EXPECT_EQ(0, read_fd(fd));
	}
	EXPECT_EQ(0, epoll_now(epoll, fd, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(epoll));
	EXPECT_EQ(1, close_handle(self->fd, semaphore));
}

TEST_F(pollfd, is_reported_by_edge_triggered_epoll_with_every_signal)
{
	__u32 semaphore = new_semaphore(self->fd, 0, 9), event = new_event(self->fd, 0);
	__u32 objects[2] = { semaphore, event };

	for (int i = 0; i < 2; i++) {
		int fd = object_to_fd(self->fd, objects[i], O_NONBLOCK);
		int epoll = epoll_create1(0);
		struct epoll_event watched = { .events = EPOLLIN | EPOLLET, .data.fd = fd };

		ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &watched));
		EXPECT_EQ(0, epoll_now(epoll, fd, 0));
		for (int round = 0; round < 3; round++) {
			if (i)
				set(self->fd, event);
			else
				release_semaphore(self->fd, semaphore, 1);
			EXPECT_EQ(1, epoll_now(epoll, fd, 0));
			EXPECT_EQ(0, epoll_now(epoll, fd, 0));
			/* The next signal is an edge, whether this was read or not. */
			if (round)
				EXPECT_EQ(0, read_fd(fd));
		}
		EXPECT_EQ(0, close(fd));
		EXPECT_EQ(0, close(epoll));
		EXPECT_EQ(1, close_handle(self->fd, objects[i]));
	}
}

/*
 * io_uring, by its system calls: one poll request at a time.
 */
struct ring {
	int fd;
	struct io_uring_params params;
	unsigned char *submissions, *completions;
	struct io_uring_sqe *entries;
};

static int new_ring(struct ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return -errno;
	ring->submissions = mmap(NULL, ring->params.sq_off.array +
				 ring->params.sq_entries * sizeof(__u32),
				 PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->completions = mmap(NULL, ring->params.cq_off.cqes + ring->params.cq_entries *
				 sizeof(struct io_uring_cqe),
				 PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
	ring->entries = mmap(NULL, ring->params.sq_entries * sizeof(struct io_uring_sqe),
			     PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	return ring->submissions == MAP_FAILED || ring->completions == MAP_FAILED ||
	       ring->entries == MAP_FAILED ? -ENOMEM : 0;
}

#define RING(part, offset) ((_Atomic __u32 *)(void *)(ring->part + (offset)))

static int submit_poll(struct ring *ring, int fd)
{
	__u32 tail = *RING(submissions, ring->params.sq_off.tail);
	__u32 i = tail & *RING(submissions, ring->params.sq_off.ring_mask);

	ring->entries[i] = (struct io_uring_sqe){
		.opcode = IORING_OP_POLL_ADD, .fd = fd, .poll32_events = POLLIN, .user_data = 7,
	};
	RING(submissions, ring->params.sq_off.array)[i] = i;
	*RING(submissions, ring->params.sq_off.tail) = tail + 1;
	return syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) == 1 ? 0 : -errno;
}

/* What the poll came to, or -EAGAIN. */
static int completed(struct ring *ring)
{
	__u32 head = *RING(completions, ring->params.cq_off.head), mask;
	struct io_uring_cqe *entry;

	/* So that work of this task, if there is any, is done. */
	syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
	if (head == *RING(completions, ring->params.cq_off.tail))
		return -EAGAIN;
	mask = *RING(completions, ring->params.cq_off.ring_mask);
	entry = (struct io_uring_cqe *)(void *)(ring->completions + ring->params.cq_off.cqes);
	*RING(completions, ring->params.cq_off.head) = head + 1;
	return entry[head & mask].user_data == 7 ? entry[head & mask].res : -EPROTO;
}

TEST_F(pollfd, is_polled_by_io_uring)
{
	__u32 event = new_event(self->fd, 0), mutex = new_mutex(self->fd, 0);
	int fd = object_to_fd(self->fd, event, O_NONBLOCK);
	int mutex_fd = object_to_fd(self->fd, mutex, O_NONBLOCK);
	struct ring ring;
	int error = new_ring(&ring), result;

	if (!error) {
		ASSERT_EQ(0, submit_poll(&ring, fd));
		EXPECT_EQ(-EAGAIN, completed(&ring));
		EXPECT_EQ(0, set(self->fd, event));
		EXPECT_TRUE(within(10, (result = completed(&ring)) != -EAGAIN));
		EXPECT_EQ(POLLIN, result);
		EXPECT_EQ(0, read_fd(fd));
		/* Readable at once: the mutex is free. */
		ASSERT_EQ(0, submit_poll(&ring, mutex_fd));
		EXPECT_TRUE(within(10, (result = completed(&ring)) != -EAGAIN));
		EXPECT_EQ(POLLIN, result);
		/* And when its owner ends. */
		if (!start_peer(&self->peer)) {
			REQUIRE(!read_fd(mutex_fd));
			send_to(&self->peer, 1);
			for (;;)
				pause();
		}
		ASSERT_EQ(1, receive(&self->peer));
		ASSERT_EQ(0, submit_poll(&ring, mutex_fd));
		EXPECT_EQ(-EAGAIN, completed(&ring));
		EXPECT_EQ(128 + SIGKILL, kill_peer(&self->peer));
		EXPECT_TRUE(within(10, (result = completed(&ring)) != -EAGAIN));
		EXPECT_EQ(POLLIN, result);
		close(ring.fd);
	}
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(mutex_fd));
	/* The ring lets go of its files a little later. */
	EXPECT_EQ(1, close_handle(self->fd, event));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
	if (error)
		SKIP(return, "this kernel has no io_uring: %s", strerror(-error));
}

/*
 * Descriptors, handles and domains
 */
TEST_F(pollfd, gives_the_handle_of_its_object)
{
	__u32 mutex = new_mutex(self->fd, 0), type = POISON32;
	int fd = object_to_fd(self->fd, mutex, 0);

	EXPECT_EQ(mutex, (__u32)fd_to_object(self->fd, fd, &type));
	EXPECT_EQ(WAPI_TYPE_MUTEX, type);
	EXPECT_QUERY(self->fd, mutex, 2, 2, 1);
	EXPECT_EQ(0, close_handle(self->fd, mutex));
	EXPECT_EQ(0, close_handle(self->fd, mutex));
	/* None left, and the object is there all the same. */
	EXPECT_COUNTS(self->fd, 1, 0, 0, 1);
	EXPECT_EQ(mutex, (__u32)fd_to_object(self->fd, fd, NULL));
	EXPECT_QUERY(self->fd, mutex, 1, 1, 1);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(pollfd, is_told_apart_from_other_files)
{
	struct wapi_from_fd from = { .handle = POISON32, .type = POISON32 };
	int others[] = { -1, 0x7fffffff, self->fd, eventfd(0, 0), epoll_create1(0),
			 open("/proc/self/exe", O_RDONLY), syscall(SYS_pidfd_open, getpid(), 0) };

	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		from.fd = others[i];
		EXPECT_STREQ("", refused(EBADF, self->fd, WAPI_IOC_FROM_FD, &from));
		if (i > 2)
			close(others[i]);
	}
	from.fd = 0;
	from.flags = 1;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_FROM_FD, &from));
}

TEST_F(pollfd, is_made_only_of_what_can_be_waited_for)
{
	__u32 find = new_handle(self->fd, WAPI_TYPE_FIND), event = new_event(self->fd, 0);
	struct wapi_to_fd to = { .handle = find, .fd = (int)POISON32 };
	struct rlimit limit, none;

	EXPECT_STREQ("", refused(EOPNOTSUPP, self->fd, WAPI_IOC_TO_FD, &to));
	to.handle = 0x7fffffff;
	EXPECT_STREQ("", refused(EBADF, self->fd, WAPI_IOC_TO_FD, &to));
	to.handle = event;
	to.flags = O_APPEND;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_TO_FD, &to));
	to.flags = 0;
	to.pad = 1;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_TO_FD, &to));
	to.pad = 0;
	getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit){ 0, limit.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	EXPECT_STREQ("", refused(EMFILE, self->fd, WAPI_IOC_TO_FD, &to));
	setrlimit(RLIMIT_NOFILE, &limit);
	EXPECT_EQ(1, close_handle(self->fd, event));
	EXPECT_EQ(1, close_handle(self->fd, find));
}

TEST_F(pollfd, that_could_not_be_told_is_not_left_behind)
{
	struct wapi_to_fd *to = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u32 event = new_event(self->fd, 0);
	int next = dup(0);

	close(next);
	*to = (struct wapi_to_fd){ .handle = event };
	ASSERT_EQ(0, mprotect(to, 4096, PROT_READ));
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_TO_FD, to, 0));
	EXPECT_EQ(next, dup(0));
	close(next);
	EXPECT_EQ(1, close_handle(self->fd, event));
}

TEST_F(pollfd, in_the_hands_of_another_user_is_good_for_its_object_only)
{
	__u32 event = new_event(self->fd, 0), other = new_event(self->fd, 0);
	int fd = object_to_fd(self->fd, event, O_NONBLOCK), status;

	if (geteuid())
		SKIP(return, "needs to be root");
	if (!start_peer(&self->peer)) {
		int received, own;
		__u64 value;

		close(self->fd);
		close(fd);
		REQUIRE(!become(NOBODY));
		own = open_device();
		REQUIRE(own >= 0 && read_info(own).handles == 0);
		REQUIRE(!receive_fd_from(&self->peer, &value, &received) && received >= 0);
		/* It can poll and read it, but has no handle to it or to others. */
		REQUIRE(!readable(received) && read_fd(received) == -EAGAIN);
		REQUIRE(fd_to_object(own, received, NULL) == -ESTALE);
		REQUIRE(open_handle(own, event) == -EBADF);
		REQUIRE(open_handle(own, other) == -EBADF);
		REQUIRE(set(own, event) == -EBADF);
		REQUIRE(join_domain(received, own) != 0);
		for (unsigned long nr = 0; nr <= _IOC_NR(WAPI_IOC_TIMER_CANCEL); nr++)
			REQUIRE(ioctl(received, _IOC(3, WAPI_IOC_MAGIC, nr, 8), &value) &&
				errno == ENOTTY);
		send_to(&self->peer, 1);
		REQUIRE(readable_in(received, 20000));
		REQUIRE(!read_fd(received));
		send_to(&self->peer, 2);
		receive(&self->peer);
		_exit(0);
	}
	EXPECT_EQ(0, send_fd_to(&self->peer, 1, fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, receive(&self->peer));
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(2, receive(&self->peer));
	EXPECT_EQ(0, is_signalled(self->fd, event));
	EXPECT_EQ(0, close_handle(self->fd, event));
	EXPECT_EQ(0, open_handle(self->fd, event));
	kill(self->peer.pid, SIGKILL);
	EXPECT_EQ(self->peer.pid, waitpid(self->peer.pid, &status, 0));
	EXPECT_EQ(1, close_handle(self->fd, event));
	EXPECT_EQ(1, close_handle(self->fd, other));
}

TEST_F(pollfd, keeps_its_object_after_all_clients_and_for_the_next)
{
	struct wapi_new new = new_request(WAPI_TYPE_SEM);
	int fd;

	new.count = 2;
	new.maximum = 4;
	new.name = address("kept");
	new.name_size = 4;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	fd = object_to_fd(self->fd, new.handle, O_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_TRUE(readable(fd));
	EXPECT_EQ(0, read_fd(fd));
	self->fd = open_device();
	EXPECT_COUNTS(self->fd, 1, 0, 0, 1);
	EXPECT_EQ(new.handle, (__u32)fd_to_object(self->fd, fd, NULL));
	EXPECT_EQ(1, count_of(self->fd, new.handle));
	EXPECT_EQ(1, release_semaphore(self->fd, new.handle, 1));
	EXPECT_EQ(0, close_handle(self->fd, new.handle));
	EXPECT_EQ(0, close(fd));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
}

TEST_F(pollfd, keeps_the_module)
{
	__u32 event = new_event(self->fd, 0);
	int fd = object_to_fd(self->fd, event, 0);
	long long before;

	if (geteuid() || module_references() < 0)
		SKIP(return, "needs to be root, and /sys");
	EXPECT_EQ(0, close_handle(self->fd, event));
	EXPECT_EQ(0, close(self->fd));
	before = module_references();
	EXPECT_LE(1, before);
	EXPECT_EQ(-1, syscall(SYS_delete_module, "wapi", O_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(within(SOON, module_references() == before - 1));
	self->fd = open_device();
}

/*
 * Reading
 */
TEST_F(pollfd, read_into_too_little_or_nowhere_takes_nothing)
{
	__u32 semaphore = new_semaphore(self->fd, 1, 1);
	int fd = object_to_fd(self->fd, semaphore, O_NONBLOCK);
	unsigned char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char buffer[64];
	ssize_t n;

	for (size_t size = 0; size < sizeof(struct wapi_acquired); size++) {
		EXPECT_EQ(-1, read(fd, buffer, size));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, read(fd, page, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_read, fd, NULL, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(1, count_of(self->fd, semaphore));
	EXPECT_TRUE(readable(fd));
	/* More room than needed is not written to. */
	poison(buffer, sizeof(buffer));
	n = read(fd, buffer, sizeof(buffer));
	EXPECT_EQ(sizeof(struct wapi_acquired), n);
	for (size_t i = sizeof(struct wapi_acquired); i < sizeof(buffer); i++)
		EXPECT_EQ(POISON, buffer[i]);
	EXPECT_EQ(0, count_of(self->fd, semaphore));
	EXPECT_EQ(-1, write(fd, buffer, 8));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, close_handle(self->fd, semaphore));
}

/* Taken without a client, so that nothing but the thread's end gives it back. */
TEST_F(pollfd, mutexes_taken_by_reading_outlive_neither_descriptor_nor_domain)
{
	for (int round = 0; round < 20; round++) {
		if (!start_peer(&self->peer)) {
			int fd, fds[50];

			close(self->fd);
			REQUIRE(!unshare(CLONE_NEWIPC));
			fd = open_device();
			REQUIRE(fd >= 0);
			for (int i = 0; i < 50; i++) {
				fds[i] = object_to_fd(fd, new_mutex(fd, 0), 0);
				REQUIRE(fds[i] >= 0 && !read_fd(fds[i]));
			}
			/* The last client goes, then the last descriptors. */
			close(fd);
			for (int i = 0; i < 50; i++)
				close(fds[i]);
			fd = open_device();
			REQUIRE(fd >= 0 && read_info(fd).handles == 0);
			_exit(0);
		}
		ASSERT_EQ(0, wait_for_peer(&self->peer));
	}
}

TEST_HARNESS_MAIN
