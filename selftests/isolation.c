// SPDX-License-Identifier: GPL-2.0
/*
 * Domains do not meet: another user, or another IPC namespace, sees nothing and
 * can open nothing, unless it is given a descriptor, and that is good for JOIN
 * only.
 */
#include <linux/capability.h>

#include "observe.h"

enum { HANDLES = 50, BLOCKS = 20 };

/* A domain with something in it that others must not get at. */
FIXTURE(domain)
{
	int fd;
	__u64 id;
	unsigned char *arena;
	__u32 handle[HANDLES];
	__u64 block[BLOCKS];
};

FIXTURE_SETUP(domain)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->id = read_info(self->fd).domain_id;
	self->arena = map_arena(self->fd);
	ASSERT_NE(MAP_FAILED, self->arena);
	for (int i = 0; i < HANDLES; i++) {
		/* Some of them not of the first generation. */
		if (i % 3 == 0)
			close_handle(self->fd, new_handle(self->fd, 1));
		self->handle[i] = new_handle(self->fd, 1 + i % 10);
	}
	for (int i = 0; i < BLOCKS; i++) {
		self->block[i] = new_block(self->fd, 1000);
		memset(self->arena + self->block[i], 0x5e, 1000);
	}
	ASSERT_COUNTS(self->fd, HANDLES, HANDLES, BLOCKS, 1);
}

FIXTURE_TEARDOWN(domain)
{
	/* Whatever was tried, nothing is changed. */
	EXPECT_COUNTS_SOON(self->fd, HANDLES, HANDLES, BLOCKS, 1);
	for (int i = 0; i < HANDLES; i++)
		EXPECT_EQ(1, close_handle(self->fd, self->handle[i]));
}

/*
 * In a child: a new client must see only itself and reach nothing.  Returns its
 * descriptor.
 */
static int see_nothing(const FIXTURE_DATA(domain) *self)
{
	int fd = open_device(), own;
	struct wapi_search search;
	struct wapi_query query;
	struct wapi_info info;
	unsigned char *arena;

	REQUIRE(fd >= 0);
	info = read_info(fd);
	REQUIRE(info.abi_version);
	REQUIRE(info.domain_id != self->id);
	REQUIRE(!*count_difference(fd, 0, 0, 0, 1));
	search = search_request(0, WAPI_TYPE_UNUSED);
	REQUIRE(wapi_ioctl(fd, WAPI_IOC_SEARCH, &search) == -ENOENT);
	for (int i = 0; i < HANDLES; i++) {
		REQUIRE(open_handle(fd, self->handle[i]) == -EBADF);
		REQUIRE(query_handle(fd, self->handle[i], &query) == -EBADF);
		REQUIRE(close_handle(fd, self->handle[i]) == -EBADF);
		REQUIRE(attach_block(fd, self->handle[i], 0) == -EBADF);
	}
	for (int i = 0; i < BLOCKS; i++) {
		struct wapi_block ask = block_request(self->block[i]);

		REQUIRE(wapi_ioctl(fd, WAPI_IOC_BLOCK, &ask) == -ENOENT);
		REQUIRE(free_block(fd, self->block[i]) == -EINVAL);
	}
	/* The same offset, and other memory. */
	arena = map_arena(fd);
	REQUIRE(arena != MAP_FAILED);
	for (int i = 0; i < BLOCKS; i++) {
		REQUIRE(arena[self->block[i]] == 0);
		arena[self->block[i]] = 0x11;
	}
	/* And a handle of its own is its own, if it has the same value even. */
	own = new_handle(fd, WAPI_TYPE_EVENT);
	REQUIRE(own > 0);
	REQUIRE(!*query_difference(fd, own, 1, 1, 1));
	REQUIRE(!*count_difference(fd, 1, 1, 0, 1));
	return fd;
}

static const char *untouched(const FIXTURE_DATA(domain) *self)
{
	for (int i = 0; i < HANDLES; i++)
		if (*query_difference(self->fd, self->handle[i], 1, 1, 1))
			return "a handle is touched";
	for (int i = 0; i < BLOCKS; i++)
		for (int j = 0; j < 1000; j++)
			if (self->arena[self->block[i] + j] != 0x5e)
				return "a block is touched";
	return count_difference(self->fd, HANDLES, HANDLES, BLOCKS, 1);
}

static int list_domain(int fd, __u32 what, __u64 id)
{
	unsigned char record[sizeof(struct wapi_name_record)];
	struct wapi_list list = list_request(what, record, record_size_of(what), 1);

	list.domain = id;
	return wapi_ioctl(fd, WAPI_IOC_LIST, &list);
}

/* "" if no listing of the domain is to be had. */
static const char *listing_difference(int fd, __u64 id, int error)
{
	static char text[80];
	int seen;

	for (__u32 what = WAPI_LIST_CLIENTS; what <= WAPI_LIST_NAMES; what++) {
		seen = list_domain(fd, what, id);
		if (seen != -error) {
			snprintf(text, sizeof(text), "listing %u: %s", what,
				 seen ? strerror(-seen) : "success");
			return text;
		}
	}
	return "";
}

TEST_F(domain, another_user_sees_nothing_and_opens_nothing)
{
	struct peer other;

	if (geteuid())
		SKIP(return, "needs root");
	if (!start_peer(&other)) {
		int fd;

		REQUIRE(!become(NOBODY));
		fd = see_nothing(self);
		REQUIRE(!*listing_difference(fd, self->id, EPERM));
		/* Nor is told which other domains there are. */
		REQUIRE(count_records(fd, WAPI_LIST_DOMAINS) == 1);
		REQUIRE(list_domain(fd, WAPI_LIST_DOMAINS, self->id) < 0);
		send_to(&other, 1);
		receive(&other);
		_exit(0);
	}
	EXPECT_EQ(1, receive(&other));
	EXPECT_STREQ("", untouched(self));
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
}

TEST_F(domain, another_ipc_namespace_sees_nothing_and_opens_nothing)
{
	struct peer other;

	if (!start_peer(&other)) {
		REQUIRE(!unshare(CLONE_NEWIPC));
		see_nothing(self);
		send_to(&other, 1);
		receive(&other);
		_exit(0);
	}
	EXPECT_EQ(1, receive(&other));
	EXPECT_STREQ("", untouched(self));
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
}

/* Becomes root of a user namespace of its own. */
static int become_inner_root(void)
{
	char map[32];
	int error;

	snprintf(map, sizeof(map), "0 %d 1", geteuid());
	if (unshare(CLONE_NEWUSER))
		return -errno;
	error = write_text("/proc/self/uid_map", map);
	return error ? error : geteuid() ? -EPERM : 0;
}

TEST_F(domain, root_of_a_user_namespace_is_who_it_is_outside)
{
	struct peer other, inner;
	int inner_result;

	if (geteuid())
		SKIP(return, "needs root");
	if (!start_peer(&other)) {
		int fd, handle;
		__u64 value;

		REQUIRE(!become(NOBODY));
		/* Its own files in /proc are root's otherwise. */
		prctl(PR_SET_DUMPABLE, 1);
		fd = open_device();
		handle = new_handle(fd, WAPI_TYPE_EVENT);
		REQUIRE(handle > 0);
		if (!start_peer(&inner)) {
			struct wapi_domain_record domain;
			int error;

			prctl(PR_SET_DUMPABLE, 1);
			error = become_inner_root();
			if (error) {
				send_to(&inner, 0);
				_exit(0);
			}
			/* It is not the root who made self's domain... */
			fd = open_device();
			REQUIRE(read_info(fd).domain_id != self->id);
			REQUIRE(open_handle(fd, self->handle[0]) ==
				(self->handle[0] == (__u32)handle ? 0 : -EBADF));
			if (self->handle[0] == (__u32)handle)
				REQUIRE(!close_handle(fd, handle));
			/* ...but the user it was before, in the same namespace. */
			REQUIRE(!open_handle(fd, handle));
			REQUIRE(!*query_difference(fd, handle, 2, 1, 2));
			/* All capabilities in there are none out here. */
			REQUIRE(!*listing_difference(fd, self->id, EPERM));
			REQUIRE(count_records(fd, WAPI_LIST_DOMAINS) == 1);
			/* User ids are as it sees them. */
			domain = read_domain(fd);
			REQUIRE(domain.own == 1 && domain.uid == 0);
			send_to(&inner, 1);
			_exit(0);
		}
		REQUIRE(!receive_from(&inner, &value));
		REQUIRE(!wait_for_peer(&inner));
		REQUIRE(read_domain(fd).uid == NOBODY);
		send_to(&other, value);
		receive(&other);
		_exit(0);
	}
	inner_result = receive(&other);
	if (!inner_result) {
		kill_peer(&other);
		SKIP(return, "no user namespaces for users here");
	}
	EXPECT_EQ(1, inner_result);
	EXPECT_STREQ("", untouched(self));
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
}

static int drop_capability(int number)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[CAP_TO_INDEX(number)].effective &= ~CAP_TO_MASK(number);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

struct domain_count {
	__u64 id;
	int found, own, total;
	struct wapi_domain_record record;
};

static void count_domain(void *record, void *context)
{
	struct wapi_domain_record *domain = record;
	struct domain_count *count = context;

	count->total++;
	count->own += domain->own;
	if (domain->id == count->id) {
		count->found++;
		count->record = *domain;
	}
}

TEST_F(domain, listing_another_domain_needs_cap_sys_admin)
{
	struct domain_count count = { .id = self->id };
	struct wapi_client_record client;
	struct wapi_handle_record handle;
	struct wapi_list list;
	struct peer other;

	if (geteuid())
		SKIP(return, "needs root");
	if (!start_peer(&other)) {
		__u64 gone;
		int fd;

		REQUIRE(!unshare(CLONE_NEWIPC));
		fd = open_device();
		gone = read_info(fd).domain_id;
		REQUIRE(!close(fd));
		REQUIRE(!unshare(CLONE_NEWIPC));
		fd = open_device();
		REQUIRE(new_handle(fd, 1) > 0);
		/* With it, everything of every domain... */
		for_each_record(fd, WAPI_LIST_DOMAINS, count_domain, &count);
		REQUIRE(count.found == 1);
		REQUIRE(count.own == 1);
		REQUIRE(count.record.own == 0);
		REQUIRE(count.record.uid == 0);
		REQUIRE(count.record.clients == 1);
		REQUIRE(count.record.handles == HANDLES);
		REQUIRE(count.record.blocks == BLOCKS);
		REQUIRE(!*listing_difference(fd, self->id, 0));
		list = list_request(WAPI_LIST_CLIENTS, &client, sizeof(client), 1);
		list.domain = self->id;
		REQUIRE(!wapi_ioctl(fd, WAPI_IOC_LIST, &list) && list.count == 1);
		REQUIRE(client.pid == other.pid && !client.own);
		REQUIRE(client.handles == HANDLES && client.blocks == BLOCKS);
		list = list_request(WAPI_LIST_HANDLES, &handle, sizeof(handle), 1);
		list.domain = self->id;
		REQUIRE(!wapi_ioctl(fd, WAPI_IOC_LIST, &list) && list.count == 1);
		REQUIRE(handle.references == 1 && handle.clients == 1);
		/* ...but there is no domain with such a number, */
		REQUIRE(!*listing_difference(fd, ~0ull, ENOENT));
		/* nor with that of one that has gone, though a later one is there, */
		REQUIRE(!*listing_difference(fd, gone, ENOENT));
		/* and looking gives no rights. */
		REQUIRE(open_handle(fd, self->handle[HANDLES - 1]) == -EBADF);
		/* Without it, the same user is refused. */
		REQUIRE(!drop_capability(CAP_SYS_ADMIN));
		REQUIRE(!*listing_difference(fd, self->id, EPERM));
		REQUIRE(count_records(fd, WAPI_LIST_DOMAINS) == 1);
		REQUIRE(!*listing_difference(fd, read_info(fd).domain_id, 0));
		REQUIRE(!*listing_difference(fd, 0, 0));
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_STREQ("", untouched(self));
}

TEST_F(domain, same_user_in_the_same_namespace_shares_it)
{
	struct peer other;

	if (!start_peer(&other)) {
		int fd = open_device();

		REQUIRE(read_info(fd).domain_id == self->id);
		REQUIRE(!*count_difference(fd, HANDLES, HANDLES, BLOCKS, 2));
		for (int i = 0; i < HANDLES; i++)
			REQUIRE(!open_handle(fd, self->handle[i]));
		REQUIRE(map_arena(fd)[self->block[0]] == 0x5e);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&other));
}

TEST_F(domain, namespace_entered_again_is_the_same_domain)
{
	int namespace = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC), fd;

	ASSERT_LE(0, namespace);
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	fd = open_device();
	EXPECT_NE(self->id, read_info(fd).domain_id);
	/* A client stays where it was opened. */
	EXPECT_EQ(self->id, read_info(self->fd).domain_id);
	ASSERT_EQ(0, close(fd));
	if (setns(namespace, CLONE_NEWIPC))
		SKIP(return, "may not enter the namespace again");
	fd = open_device();
	EXPECT_EQ(self->id, read_info(fd).domain_id);
	EXPECT_EQ(0, open_handle(fd, self->handle[0]));
	EXPECT_EQ(0, close(fd));
	close(namespace);
}

TEST_F(domain, is_that_of_the_time_of_open_not_of_the_first_request)
{
	int fd = open_device(), other;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	other = open_device();
	EXPECT_NE(self->id, read_info(other).domain_id);
	EXPECT_EQ(self->id, read_info(fd).domain_id);
	EXPECT_EQ(0, open_handle(fd, self->handle[0]));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(other));
}

TEST_F(domain, setuid_after_open_does_not_change_it)
{
	struct peer other;

	if (geteuid())
		SKIP(return, "needs root");
	if (!start_peer(&other)) {
		int early = open_device(), used = open_device(), late, handle;

		REQUIRE(read_info(used).domain_id == self->id);
		REQUIRE(!become(NOBODY));
		REQUIRE(read_info(used).domain_id == self->id);
		REQUIRE(!open_handle(used, self->handle[0]));
		/* Nor if it makes its first request only now. */
		REQUIRE(read_info(early).domain_id == self->id);
		late = open_device();
		REQUIRE(late >= 0);
		REQUIRE(read_info(late).domain_id != self->id);
		/* Two domains in one process: each has its own handles. */
		handle = new_handle(late, WAPI_TYPE_EVENT);
		REQUIRE(handle > 0);
		REQUIRE(!*count_difference(late, 1, 1, 0, 1));
		REQUIRE(!*count_difference(used, HANDLES, HANDLES + 1, BLOCKS, 3));
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&other));
}

/* JOIN */

/* A child in an IPC namespace of its own that has received the descriptor. */
static int receive_in_another_namespace(struct peer *parent)
{
	__u64 value;
	int fd;

	REQUIRE(!unshare(CLONE_NEWIPC));
	REQUIRE(!receive_fd_from(parent, &value, &fd));
	REQUIRE(fd >= 0);
	return fd;
}

TEST_F(domain, received_descriptor_is_good_for_join_only)
{
	struct peer other;

	if (!start_peer(&other)) {
		int received = receive_in_another_namespace(&other), fd;
		__u64 value;

		REQUIRE(!*stale_difference(received, self->handle[0], self->block[0]));
		/* Nor is one of the same domain any better. */
		REQUIRE(!receive_fd_from(&other, &value, &fd));
		REQUIRE(!*stale_difference(fd, self->handle[0], self->block[0]));
		_exit(0);
	}
	EXPECT_EQ(0, send_fd_to(&other, 1, self->fd));
	EXPECT_EQ(0, send_fd_to(&other, 1, self->fd));
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_STREQ("", untouched(self));
}

TEST_F(domain, join_lets_another_user_in)
{
	struct peer other;
	int handle;

	if (geteuid())
		SKIP(return, "needs root");
	if (!start_peer(&other)) {
		int received, fd, made;
		__u64 value;

		REQUIRE(!become(NOBODY));
		REQUIRE(!receive_fd_from(&other, &value, &received));
		fd = open_device();
		REQUIRE(!join_domain(received, fd));
		REQUIRE(read_info(fd).domain_id == self->id);
		REQUIRE(!*count_difference(fd, HANDLES, HANDLES, BLOCKS, 2));
		for (int i = 0; i < HANDLES; i++)
			REQUIRE(!open_handle(fd, self->handle[i]));
		REQUIRE(map_arena(fd)[self->block[0]] == 0x5e);
		/* A client like any other there, with no more rights. */
		REQUIRE(free_block(fd, self->block[0]) == -EPERM);
		made = new_handle(fd, WAPI_TYPE_EVENT);
		/* Its process's next client is at home again. */
		REQUIRE(read_info(open_device()).domain_id != self->id);
		/* The descriptor is good for JOIN again, and for nothing else. */
		REQUIRE(!*stale_difference(received, made, self->block[0]));
		REQUIRE(!join_domain(received, open_device()));
		REQUIRE(!*count_difference(fd, HANDLES + 1, 2 * HANDLES + 1,
					   BLOCKS, 3));
		/* What the domain's owner may ask, it may too. */
		REQUIRE(!*listing_difference(fd, self->id, 0));
		send_to(&other, made);
		receive(&other);
		_exit(0);
	}
	EXPECT_EQ(0, send_fd_to(&other, 1, self->fd));
	handle = receive(&other);
	ASSERT_LT(0, handle);
	EXPECT_EQ(0, open_handle(self->fd, handle));
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(domain, join_outlives_the_grantor_but_the_grant_does_not)
{
	struct peer grantor, other;
	int granted = -1;
	__u64 value;

	if (!start_peer(&grantor)) {
		int fd = open_device();

		REQUIRE(!send_fd_to(&grantor, new_handle(fd, 1), fd));
		receive(&grantor);
		_exit(0);
	}
	ASSERT_EQ(0, receive_fd_from(&grantor, &value, &granted));
	if (!start_peer(&other)) {
		int received = receive_in_another_namespace(&other);
		int fd = open_device(), late = open_device();

		REQUIRE(!join_domain(received, fd));
		REQUIRE(!open_handle(fd, value));
		send_to(&other, 1);
		receive(&other);
		REQUIRE(!*query_difference(fd, value, 1, 1, 1));
		REQUIRE(!open_handle(fd, self->handle[0]));
		REQUIRE(join_domain(received, late) == -ESTALE);
		REQUIRE(!*stale_difference(received, value, self->block[0]));
		/* Refused, it is as fresh as it was. */
		REQUIRE(!*count_difference(late, 0, 0, 0, 1));
		_exit(0);
	}
	send_fd_to(&other, 1, granted);
	ASSERT_EQ(1, receive(&other));
	EXPECT_COUNTS(self->fd, HANDLES + 1, HANDLES + 2, BLOCKS, 3);
	kill_peer(&grantor);
	/* Its descriptors are elsewhere, but it closed its own when it died. */
	EXPECT_COUNTS(self->fd, HANDLES + 1, HANDLES + 1, BLOCKS, 2);
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
	close(granted);
}

TEST_F(domain, joined_clients_keep_it_when_its_makers_are_gone)
{
	struct peer maker, other;
	int granted = -1, handle;
	__u64 value;

	if (!start_peer(&maker)) {
		int fd;

		REQUIRE(!unshare(CLONE_NEWIPC));
		fd = open_device();
		handle = new_handle(fd, WAPI_TYPE_EVENT);
		REQUIRE(!send_fd_to(&maker, handle, fd));
		receive(&maker);
		_exit(0);
	}
	ASSERT_EQ(0, receive_fd_from(&maker, &value, &granted));
	if (!start_peer(&other)) {
		int fd = open_device();

		REQUIRE(!join_domain(granted, fd));
		REQUIRE(!open_handle(fd, value));
		send_to(&other, 1);
		receive(&other);
		/* Its namespace has ended; it has not. */
		REQUIRE(!*query_difference(fd, value, 1, 1, 1));
		REQUIRE(new_handle(fd, 1) > 0);
		REQUIRE(new_block(fd, 10000) > 0);
		REQUIRE(!*count_difference(fd, 2, 2, 1, 1));
		_exit(0);
	}
	ASSERT_EQ(1, receive(&other));
	kill_peer(&maker);
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
	close(granted);
}

TEST_F(domain, join_errors_change_nothing)
{
	struct peer other;

	if (!start_peer(&other)) {
		int received = receive_in_another_namespace(&other);
		int fresh = open_device(), used = open_device(), second, pipes[2];
		struct wapi_join join = { .client_fd = fresh };
		struct wapi_query query;
		void *map;
		__u64 value;

		REQUIRE(!receive_fd_from(&other, &value, &second));
		REQUIRE(!pipe2(pipes, O_CLOEXEC));
		/* No descriptor at all, and none of /dev/wapi. */
		REQUIRE(join_domain(received, -1) == -EBADF);
		REQUIRE(join_domain(received, 9999) == -EBADF);
		REQUIRE(join_domain(received, pipes[0]) == -EBADF);
		REQUIRE(join_domain(received, other.line) == -EBADF);
		REQUIRE(join_domain(received, open("/dev/null", O_RDONLY)) == -EBADF);
		REQUIRE(join_domain(received, open(WAPI_DEVICE, O_PATH)) == -EBADF);
		/* A client of another process: received, or inherited. */
		REQUIRE(join_domain(received, second) == -ESTALE);
		REQUIRE(join_domain(received, received) == -ESTALE);
		REQUIRE(join_domain(received, self->fd) == -ESTALE);
		/* Used before, if refused even. */
		read_info(used);
		REQUIRE(join_domain(received, used) == -EBUSY);
		used = open_device();
		REQUIRE(query_handle(used, 1, &query) == -EBADF);
		REQUIRE(join_domain(received, used) == -EBUSY);
		/* Who has mapped one arena does not get another's handles. */
		used = open_device();
		map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, used, 0);
		REQUIRE(map != MAP_FAILED);
		REQUIRE(join_domain(received, used) == -EBUSY);
		/* Flags to come. */
		for (int bit = 0; bit < 32; bit++) {
			join.flags = 1u << bit;
			REQUIRE(wapi_ioctl(received, WAPI_IOC_JOIN, &join) == -EINVAL);
		}
		/* After all that it is still fresh, and joins once. */
		REQUIRE(!join_domain(received, fresh));
		REQUIRE(read_info(fresh).domain_id == self->id);
		REQUIRE(!*count_difference(fresh, HANDLES, HANDLES, BLOCKS, 2));
		REQUIRE(join_domain(received, fresh) == -EBUSY);
		REQUIRE(read_info(fresh).domain_id == self->id);
		_exit(0);
	}
	EXPECT_EQ(0, send_fd_to(&other, 1, self->fd));
	EXPECT_EQ(0, send_fd_to(&other, 1, self->fd));
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_STREQ("", untouched(self));
}

TEST_F(domain, refused_join_does_not_use_up_the_grantor)
{
	int fresh = open_device();
	struct peer other;

	/* A client that has made no request is in no domain yet... */
	ASSERT_LE(0, fresh);
	if (!start_peer(&other)) {
		int received = receive_in_another_namespace(&other);
		int used = open_device();

		read_info(used);
		REQUIRE(join_domain(received, used) == -EBUSY);
		_exit(0);
	}
	EXPECT_EQ(0, send_fd_to(&other, 1, fresh));
	EXPECT_EQ(0, wait_for_peer(&other));
	/* ...and is not, because another's request was refused. */
	EXPECT_COUNTS(self->fd, HANDLES, HANDLES, BLOCKS, 1);
	EXPECT_EQ(0, close(fresh));
}

TEST_F(domain, join_with_a_fresh_grantor_brings_both_in)
{
	int fresh = open_device();
	struct peer other;

	ASSERT_LE(0, fresh);
	if (!start_peer(&other)) {
		int received = receive_in_another_namespace(&other);
		int fd = open_device();

		REQUIRE(!join_domain(received, fd));
		REQUIRE(read_info(fd).domain_id == self->id);
		REQUIRE(!open_handle(fd, self->handle[0]));
		_exit(0);
	}
	EXPECT_EQ(0, send_fd_to(&other, 1, fresh));
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_EQ(self->id, read_info(fresh).domain_id);
	EXPECT_EQ(0, close(fresh));
}

TEST_F(domain, join_through_ones_own_other_client)
{
	struct domain_count count = { 0 };
	int away, at_home;

	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	away = open_device();
	EXPECT_EQ(0, join_domain(self->fd, away));
	EXPECT_EQ(self->id, read_info(away).domain_id);
	EXPECT_EQ(0, open_handle(away, self->handle[0]));
	EXPECT_COUNTS(self->fd, HANDLES, HANDLES + 1, BLOCKS, 2);
	EXPECT_EQ(0, close(away));

	/* One that joins itself has made a request with that. */
	at_home = open_device();
	EXPECT_EQ(-EBUSY, join_domain(at_home, at_home));
	EXPECT_NE(self->id, read_info(at_home).domain_id);
	EXPECT_EQ(0, close(at_home));

	/* The domain that it would have made was never made. */
	if (geteuid() == 0) {
		for_each_record(self->fd, WAPI_LIST_DOMAINS, count_domain, &count);
		EXPECT_EQ(1, count.own);
	}
}

/* Limits of domains that are made from now on; to be set back. */
TEST_F(domain, join_at_the_limit_of_clients)
{
	long long limit = get_parameter("max_clients");
	int first, second, third, home;
	struct peer other;

	if (set_parameter("max_clients", 2))
		SKIP(return, "max_clients is not to be set here");
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	first = open_device();
	EXPECT_EQ(2, read_info(first).max_clients);
	EXPECT_EQ(0, set_parameter("max_clients", limit));
	second = open_device();
	EXPECT_EQ(2, read_info(second).clients);

	/* Neither in the plain way... */
	third = open_device();
	EXPECT_EQ(-ENOSPC, new_handle(third, WAPI_TYPE_EVENT));
	/* ...nor through one that has not come in itself... */
	home = open_device();
	EXPECT_EQ(-ENOSPC, join_domain(third, home));
	EXPECT_EQ(0, close(home));
	/* ...nor by JOIN. */
	if (!start_peer(&other)) {
		int received = receive_in_another_namespace(&other);

		/* Only the parent's shall keep them. */
		close(second);
		close(third);
		home = open_device();
		REQUIRE(join_domain(received, home) == -ENOSPC);
		send_to(&other, 1);
		REQUIRE(receive(&other) == 1);
		REQUIRE(!join_domain(received, home));
		REQUIRE(!*count_difference(home, 1, 1, 0, 2));
		send_to(&other, 1);
		receive(&other);
		_exit(0);
	}
	EXPECT_EQ(0, send_fd_to(&other, 1, first));
	EXPECT_EQ(1, receive(&other));
	EXPECT_COUNTS(first, 0, 0, 0, 2);
	EXPECT_LT(0, new_handle(first, WAPI_TYPE_EVENT));
	/* There is room again as soon as one leaves. */
	EXPECT_EQ(0, close(second));
	send_to(&other, 1);
	EXPECT_EQ(1, receive(&other));
	EXPECT_EQ(-ENOSPC, new_handle(third, WAPI_TYPE_EVENT));
	send_to(&other, 1);
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_LT(0, new_handle(third, WAPI_TYPE_EVENT));
	EXPECT_COUNTS(first, 2, 2, 0, 2);
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(third));
}

/* What needs no domain of its own before */

TEST(namespaces_that_come_and_go_never_share_a_domain)
{
	enum { ROUNDS = 300, KEPT = 16 };
	__u64 last_id = 0;
	int kept[KEPT];

	memset(kept, -1, sizeof(kept));
	for (int i = 0; i < ROUNDS; i++) {
		int *slot = &kept[i % KEPT], fd;

		/* The one before ends with this, if no client remembers it. */
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		fd = open_device();
		ASSERT_COUNTS(fd, 0, 0, 0, 1)
			TH_LOG("in namespace %d", i);
		ASSERT_LT(0, new_handle(fd, WAPI_TYPE_EVENT));
		ASSERT_LT(0, new_block(fd, 100));
		ASSERT_LT(last_id, read_info(fd).domain_id);
		last_id = read_info(fd).domain_id;
		/* Half of the domains outlive their namespace by a while. */
		if (i % 2) {
			if (*slot >= 0)
				ASSERT_COUNTS(*slot, 1, 1, 1, 1);
			close(*slot);
			*slot = fd;
		} else {
			close(fd);
		}
	}
}

TEST(device_is_everybodys)
{
	struct stat device;
	struct peer other;

	ASSERT_EQ(0, stat(WAPI_DEVICE, &device));
	EXPECT_TRUE(S_ISCHR(device.st_mode));
	EXPECT_EQ(0666, device.st_mode & 07777);
	if (geteuid())
		SKIP(return, "needs root for the rest");

	if (!start_peer(&other)) {
		unsigned char *arena;
		int fd, handle;
		__s64 block;

		REQUIRE(!unshare(CLONE_NEWIPC));
		REQUIRE(!become(NOBODY));
		fd = open_device();
		REQUIRE(fd >= 0);
		handle = new_handle(fd, WAPI_TYPE_EVENT);
		REQUIRE(handle > 0);
		REQUIRE(!open_handle(fd, handle));
		REQUIRE(!*query_difference(fd, handle, 2, 2, 1));
		block = new_block(fd, 5000);
		REQUIRE(block > 0);
		arena = map_arena(fd);
		REQUIRE(arena != MAP_FAILED);
		memset(arena + block, 1, 5000);
		REQUIRE(!attach_block(fd, handle, block));
		REQUIRE(!*count_difference(fd, 1, 2, 1, 1));
		REQUIRE(read_domain(fd).uid == NOBODY);
		REQUIRE(close_handle(fd, handle) == 0);
		REQUIRE(close_handle(fd, handle) == 1);
		REQUIRE(!*count_difference(fd, 0, 0, 0, 1));
		/* Limits are root's to set. */
		REQUIRE(set_parameter("max_handles", 5) == -EACCES);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&other));
}

TEST(descriptor_opened_read_only_is_as_good)
{
	int fd = open_private_domain(), second;

	/* There is nothing to be read or written, so modes mean nothing. */
	ASSERT_LE(0, fd);
	second = open(WAPI_DEVICE, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, second);
	EXPECT_LT(0, new_handle(second, WAPI_TYPE_EVENT));
	EXPECT_COUNTS(fd, 1, 1, 0, 2);
}

TEST_HARNESS_MAIN
