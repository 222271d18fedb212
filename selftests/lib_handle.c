// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi: clients, handles and listings; each function and each of its errors.
 */
#include "lib_test.h"

#include <setjmp.h>
#include <sys/resource.h>

FIXTURE(handle) {
	struct wapi_client *client;
	struct wapi_client *other;	/* same process and domain */
};

FIXTURE_SETUP(handle)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_client_open(&self->other));
}

FIXTURE_TEARDOWN(handle)
{
	wapi_client_close(self->other);
	wapi_client_close(self->client);
}

#define HANDLE_NEVER_MADE 0x7ff

TEST_F(handle, info_is_of_the_client_asked)
{
	struct wapi_info info, other;

	poison(&info, sizeof(info));
	poison(&other, sizeof(other));
	EXPECT_EQ(0, wapi_info(self->client, &info));
	EXPECT_EQ(0, wapi_info(self->other, &other));
	EXPECT_EQ(WAPI_ABI_VERSION, info.abi_version);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(2, info.clients);
	EXPECT_EQ(0, info.handles);
	EXPECT_EQ(0, info.refused);
	EXPECT_NE(info.client_id, other.client_id);
	EXPECT_EQ(info.domain_id, other.domain_id);
}

TEST(version_is_three_numbers)
{
	int a, b, c, end = 0;
	int read = sscanf(wapi_version(), "%d.%d.%d%n", &a, &b, &c, &end);

	EXPECT_EQ(3, read);
	EXPECT_EQ(0, wapi_version()[end]);
}

TEST(every_type_has_a_name_that_leads_back)
{
	uint32_t type, back;

	for (type = 0; type < WAPI_TYPE_COUNT; type++) {
		back = POISON32;
		EXPECT_EQ(0, wapi_type_from_name(wapi_type_name(type), &back));
		EXPECT_EQ(type, back);
	}
	EXPECT_STREQ("mutex", wapi_type_name(WAPI_TYPE_MUTEX));
}

TEST(no_type_has_no_name)
{
	uint32_t type = POISON32;

	EXPECT_STREQ("unknown", wapi_type_name(WAPI_TYPE_COUNT));
	EXPECT_STREQ("unknown", wapi_type_name(UINT32_MAX));
	EXPECT_EQ(-EINVAL, wapi_type_from_name("unknown", &type));
	EXPECT_EQ(-EINVAL, wapi_type_from_name("", &type));
	EXPECT_EQ(-EINVAL, wapi_type_from_name("mute", &type));
	EXPECT_EQ(-EINVAL, wapi_type_from_name("mutexes", &type));
	EXPECT_EQ(POISON32, type);
}

TEST_F(handle, new_makes_an_object_with_one_reference)
{
	struct wapi_query query;
	uint32_t type, handle;

	for (type = WAPI_TYPE_FILE; type < WAPI_TYPE_COUNT; type++) {
		handle = 0;
		ASSERT_EQ(0, wapi_new(self->client, type, &handle));
		EXPECT_GT((int32_t)handle, 0);
		poison(&query, sizeof(query));
		ASSERT_EQ(0, wapi_query(self->client, handle, &query));
		EXPECT_EQ(handle, query.handle);
		EXPECT_EQ(type, query.type);
		EXPECT_EQ(1, query.references);
		EXPECT_EQ(1, query.own_references);
		EXPECT_EQ(1, query.clients);
		EXPECT_EQ(0, query.block);
		EXPECT_EQ(0, query.block_size);
	}
}

TEST_F(handle, new_refuses_a_type_that_is_none)
{
	uint32_t handle = POISON32;
	uint64_t block = POISON64, own;

	ASSERT_EQ(0, wapi_scratch(self->client, 16, &own));
	EXPECT_EQ(-EINVAL, wapi_new(self->client, WAPI_TYPE_UNUSED, &handle));
	EXPECT_EQ(-EINVAL, wapi_new(self->client, WAPI_TYPE_COUNT, &handle));
	EXPECT_EQ(-EINVAL, wapi_new_data(self->client, WAPI_TYPE_COUNT, "x", 1,
					 &handle, &block));
	EXPECT_EQ(-EINVAL, wapi_new_block(self->client, WAPI_TYPE_COUNT, own,
					  &handle));
	EXPECT_EQ(POISON32, handle);
	EXPECT_EQ(POISON64, block);
	EXPECT_EQ(0, info_of(self->client).handles);
}

TEST_F(handle, new_data_copies_into_the_data_block)
{
	static const char data[] = "a file's record";
	struct wapi_query query;
	uint32_t handle = 0;
	uint64_t block = 0;
	void *p = NULL;

	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, data,
				   sizeof(data), &handle, &block));
	ASSERT_EQ(0, wapi_query(self->client, handle, &query));
	EXPECT_NE(0, block);
	EXPECT_EQ(block, query.block);
	EXPECT_EQ(sizeof(data), query.block_size);
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, sizeof(data), &p));
	EXPECT_EQ(0, memcmp(data, p, sizeof(data)));
}

TEST_F(handle, new_data_without_data_gives_zeros)
{
	static const char zeros[100];
	uint64_t block = 0;
	uint32_t handle;
	void *p = NULL;

	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, NULL,
				   sizeof(zeros), &handle, &block));
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, sizeof(zeros), &p));
	EXPECT_EQ(0, memcmp(zeros, p, sizeof(zeros)));
}

TEST_F(handle, new_data_need_not_tell_the_block)
{
	struct wapi_query query;
	uint32_t handle = 0;

	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, "x", 1, &handle,
				   NULL));
	ASSERT_EQ(0, wapi_query(self->client, handle, &query));
	EXPECT_EQ(1, query.block_size);
}

TEST_F(handle, new_data_refuses_a_size_of_0)
{
	uint32_t handle = POISON32;
	uint64_t block = POISON64;

	EXPECT_EQ(-EINVAL, wapi_new_data(self->client, WAPI_TYPE_FILE, "x", 0,
					 &handle, &block));
	EXPECT_EQ(-EINVAL, wapi_new_data(self->client, WAPI_TYPE_FILE, NULL, 0,
					 &handle, &block));
	EXPECT_EQ(POISON32, handle);
	EXPECT_EQ(POISON64, block);
	EXPECT_EQ(0, info_of(self->client).handles);
}

TEST_F(handle, new_data_refuses_data_that_cannot_be_read)
{
	uint32_t handle = POISON32;
	uint64_t block = POISON64;
	char *page;

	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EQ(-EFAULT, wapi_new_data(self->client, WAPI_TYPE_FILE, page, 1,
					 &handle, &block));
	EXPECT_EQ(POISON32, handle);
	EXPECT_EQ(POISON64, block);
	EXPECT_EQ(0, info_of(self->client).handles);
	EXPECT_EQ(0, info_of(self->client).blocks);
}

TEST_F(handle, new_block_takes_the_block)
{
	struct wapi_block owner;
	uint32_t handle = 0;
	uint64_t block;

	ASSERT_EQ(0, wapi_scratch(self->client, 40, &block));
	ASSERT_EQ(0, wapi_new_block(self->client, WAPI_TYPE_FIND, block, &handle));
	ASSERT_EQ(0, wapi_block(self->client, block, &owner));
	EXPECT_EQ(WAPI_OWNER_OBJECT, owner.owner_kind);
	EXPECT_EQ(handle, owner.owner);
}

TEST_F(handle, new_block_refuses_what_is_not_a_block_of_the_client)
{
	uint32_t handle = POISON32;
	uint64_t own, others;

	ASSERT_EQ(0, wapi_scratch(self->client, 64, &own));
	ASSERT_EQ(0, wapi_scratch(self->other, 64, &others));
	EXPECT_EQ(-EINVAL, wapi_new_block(self->client, WAPI_TYPE_FIND, 0, &handle));
	EXPECT_EQ(-EINVAL, wapi_new_block(self->client, WAPI_TYPE_FIND, own + 16,
					  &handle));
	EXPECT_EQ(-EPERM, wapi_new_block(self->client, WAPI_TYPE_FIND, others,
					 &handle));
	EXPECT_EQ(POISON32, handle);
	EXPECT_EQ(0, info_of(self->client).handles);
}

TEST_F(handle, open_counts_the_references_of_each_client)
{
	struct wapi_open opened;
	uint64_t block;
	uint32_t handle;

	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_PIPE, "x", 1, &handle,
				   &block));
	for (uint32_t i = 1; i <= 3; i++) {
		poison(&opened, sizeof(opened));
		ASSERT_EQ(0, wapi_open(self->other, handle, &opened));
		EXPECT_EQ(handle, opened.handle);
		EXPECT_EQ(WAPI_TYPE_PIPE, opened.type);
		EXPECT_EQ(i, opened.references);
		EXPECT_EQ(block, opened.block);
	}
	ASSERT_EQ(0, wapi_open(self->client, handle, NULL));
	ASSERT_EQ(0, wapi_open(self->client, handle, &opened));
	EXPECT_EQ(3, opened.references);
}

TEST_F(handle, open_refuses_a_handle_that_is_not_live)
{
	struct wapi_open opened, poisoned;
	uint32_t handle;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_EVENT, &handle));
	ASSERT_EQ(0, wapi_close(self->client, handle, NULL));
	poison(&opened, sizeof(opened));
	poison(&poisoned, sizeof(poisoned));
	EXPECT_EQ(-EBADF, wapi_open(self->client, handle, &opened));
	EXPECT_EQ(-EBADF, wapi_open(self->client, HANDLE_NEVER_MADE, &opened));
	EXPECT_EQ(-EBADF, wapi_open(self->client, 0, NULL));
	EXPECT_EQ(0, memcmp(&opened, &poisoned, sizeof(opened)));
}

TEST_F(handle, close_tells_what_remains)
{
	struct wapi_close closed;
	uint32_t handle;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_EVENT, &handle));
	ASSERT_EQ(0, wapi_open(self->client, handle, NULL));
	ASSERT_EQ(0, wapi_open(self->other, handle, NULL));

	poison(&closed, sizeof(closed));
	ASSERT_EQ(0, wapi_close(self->client, handle, &closed));
	EXPECT_EQ(handle, closed.handle);
	EXPECT_EQ(1, closed.references);
	EXPECT_EQ(0, closed.destroyed);
	ASSERT_EQ(0, wapi_close(self->client, handle, &closed));
	EXPECT_EQ(0, closed.references);
	EXPECT_EQ(0, closed.destroyed);
	ASSERT_EQ(0, wapi_close(self->other, handle, &closed));
	EXPECT_EQ(0, closed.references);
	EXPECT_EQ(1, closed.destroyed);
}

TEST_F(handle, close_refuses_one_more_than_opened)
{
	struct wapi_close closed, poisoned;
	uint32_t handle;

	poison(&closed, sizeof(closed));
	poison(&poisoned, sizeof(poisoned));
	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_EVENT, &handle));
	EXPECT_EQ(-EBADF, wapi_close(self->other, handle, &closed));
	ASSERT_EQ(0, wapi_close(self->client, handle, NULL));
	EXPECT_EQ(-EBADF, wapi_close(self->client, handle, &closed));
	EXPECT_EQ(0, memcmp(&closed, &poisoned, sizeof(closed)));
}

TEST_F(handle, search_finds_every_handle_once)
{
	uint32_t handle = 0, type, found = 0, events = 0;

	for (int i = 0; i < 100; i++)
		ASSERT_EQ(0, wapi_new(self->client, i % 2 ? WAPI_TYPE_EVENT :
				      WAPI_TYPE_SEM, &handle));
	handle = 0;
	while (!wapi_search(self->other, handle, WAPI_TYPE_UNUSED, &handle, &type)) {
		found++;
		events += type == WAPI_TYPE_EVENT;
	}
	EXPECT_EQ(100, found);
	EXPECT_EQ(50, events);

	for (handle = found = 0;
	     !wapi_search(self->other, handle, WAPI_TYPE_SEM, &handle, NULL);)
		found++;
	EXPECT_EQ(50, found);
}

TEST_F(handle, search_says_when_there_is_none)
{
	uint32_t handle, found = POISON32, type = POISON32;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_EVENT, &handle));
	EXPECT_EQ(-ENOENT, wapi_search(self->client, handle, WAPI_TYPE_UNUSED,
				       &found, &type));
	EXPECT_EQ(-ENOENT, wapi_search(self->client, 0, WAPI_TYPE_SEM, &found,
				       &type));
	EXPECT_EQ(-EINVAL, wapi_search(self->client, 0, WAPI_TYPE_COUNT, &found,
				       &type));
	EXPECT_EQ(POISON32, found);
	EXPECT_EQ(POISON32, type);
}

TEST_F(handle, query_refuses_without_a_reference)
{
	struct wapi_query query, poisoned;
	uint32_t handle;

	poison(&query, sizeof(query));
	poison(&poisoned, sizeof(poisoned));
	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_EVENT, &handle));
	EXPECT_EQ(-EBADF, wapi_query(self->other, handle, &query));
	EXPECT_EQ(-EBADF, wapi_query(self->client, HANDLE_NEVER_MADE, &query));
	EXPECT_EQ(0, memcmp(&query, &poisoned, sizeof(query)));
}

TEST_F(handle, a_block_is_attached_and_taken_back)
{
	struct wapi_block owner;
	uint64_t block, back = 0;
	uint32_t handle;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_FILE, &handle));
	ASSERT_EQ(0, wapi_open(self->other, handle, NULL));
	ASSERT_EQ(0, wapi_scratch(self->client, 8, &block));
	ASSERT_EQ(0, wapi_attach(self->client, handle, block));
	ASSERT_EQ(0, wapi_block(self->other, block, &owner));
	EXPECT_EQ(WAPI_OWNER_OBJECT, owner.owner_kind);
	EXPECT_EQ(1, owner.own);

	ASSERT_EQ(0, wapi_detach(self->other, handle, &back));
	EXPECT_EQ(block, back);
	ASSERT_EQ(0, wapi_block(self->other, block, &owner));
	EXPECT_EQ(WAPI_OWNER_CLIENT, owner.owner_kind);
	EXPECT_EQ(info_of(self->other).client_id, owner.owner);
}

TEST_F(handle, attach_refuses_each_thing_that_does_not_fit)
{
	uint32_t handle, full, others;
	uint64_t block, others_block;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_FILE, &handle));
	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, "x", 1, &full,
				   NULL));
	ASSERT_EQ(0, wapi_new(self->other, WAPI_TYPE_FILE, &others));
	ASSERT_EQ(0, wapi_scratch(self->client, 64, &block));
	ASSERT_EQ(0, wapi_scratch(self->other, 64, &others_block));

	EXPECT_EQ(-EBADF, wapi_attach(self->client, others, block));
	EXPECT_EQ(-EINVAL, wapi_attach(self->client, handle, block + 16));
	EXPECT_EQ(-EPERM, wapi_attach(self->client, handle, others_block));
	EXPECT_EQ(-EBUSY, wapi_attach(self->client, full, block));
	EXPECT_EQ(0, wapi_attach(self->client, handle, block));
}

TEST_F(handle, attach_of_block_0_does_not_detach)
{
	struct wapi_query query;
	uint32_t handle;
	uint64_t block;

	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, "x", 1, &handle,
				   &block));
	EXPECT_EQ(-EINVAL, wapi_attach(self->client, handle, 0));
	ASSERT_EQ(0, wapi_query(self->client, handle, &query));
	EXPECT_EQ(block, query.block);
}

TEST_F(handle, detach_refuses_where_there_is_nothing_to_take)
{
	uint32_t handle, others;
	uint64_t block = POISON64;

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_FILE, &handle));
	ASSERT_EQ(0, wapi_new_data(self->other, WAPI_TYPE_FILE, "x", 1, &others,
				   NULL));
	EXPECT_EQ(-ENOENT, wapi_detach(self->client, handle, &block));
	EXPECT_EQ(-EBADF, wapi_detach(self->client, others, &block));
	EXPECT_EQ(POISON64, block);
}

TEST_F(handle, client_close_releases_all)
{
	struct wapi_client *client;
	uint32_t handle;
	uint64_t block;
	void *base;

	ASSERT_EQ(0, wapi_client_open(&client));
	ASSERT_EQ(0, wapi_new(client, WAPI_TYPE_EVENT, &handle));
	ASSERT_EQ(0, wapi_scratch(client, 8, &block));
	ASSERT_EQ(0, wapi_scratch_map(client, &base, NULL));
	wapi_client_close(client);
	EXPECT_EQ(2, info_of(self->client).clients);
	EXPECT_EQ(0, info_of(self->client).handles);
	EXPECT_EQ(0, info_of(self->client).blocks);
	EXPECT_EQ(-1, msync(base, 4096, MS_ASYNC));
	EXPECT_EQ(ENOMEM, errno);
}

TEST(client_close_of_no_client_is_nothing)
{
	wapi_client_close(NULL);
}

TEST_F(handle, client_open_says_why_not)
{
	struct rlimit limit = { .rlim_cur = 3, .rlim_max = 100 };
	struct wapi_client *client = POISON_POINTER;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, wapi_client_open(&client));
	EXPECT_EQ(POISON_POINTER, client);
	EXPECT_EQ(2, info_of(self->client).clients);
}

TEST_F(handle, client_fd_is_of_the_client_and_closed_on_exec)
{
	int fd = wapi_client_fd(self->client);
	struct wapi_info info = info_request();

	ASSERT_GE(fd, 0);
	EXPECT_EQ(fd, wapi_client_fd(self->client));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(0, wapi_ioctl(fd, WAPI_IOC_INFO, &info));
	EXPECT_EQ(info_of(self->client).client_id, info.client_id);
}

/* Another process with a client in a domain of its own. */
static int start_grantor(struct peer *peer, __u64 *handle, int *fd)
{
	pid_t pid = fork_peer(peer);
	struct wapi_client *client;
	uint32_t made;

	if (pid)
		return pid < 0 ? pid : receive_fd_from(peer, handle, fd);
	client = lonely_client();
	CHILD_ASSERT(client);
	CHILD_ASSERT(wapi_new(client, WAPI_TYPE_EVENT, &made) == 0);
	send_fd_to(peer, made, wapi_client_fd(client));
	receive(peer);
	_exit(0);
}

TEST_F(handle, join_enters_the_domain_of_the_descriptor)
{
	struct wapi_client *joined;
	struct wapi_open opened;
	struct peer grantor;
	__u64 handle;
	int fd;

	ASSERT_EQ(0, start_grantor(&grantor, &handle, &fd));
	EXPECT_EQ(-EBADF, wapi_open(self->client, handle, NULL));
	ASSERT_EQ(0, wapi_client_join(&joined, fd));
	EXPECT_EQ(0, wapi_open(joined, handle, &opened));
	EXPECT_EQ(WAPI_TYPE_EVENT, opened.type);
	EXPECT_NE(info_of(self->client).domain_id, info_of(joined).domain_id);

	/* It remains the caller's. */
	EXPECT_NE(fd, wapi_client_fd(joined));
	EXPECT_EQ(0, close(fd));

	/* And neither is needed any more. */
	EXPECT_EQ(128 + SIGKILL, kill_peer(&grantor));
	EXPECT_EQ(0, wapi_open(joined, handle, NULL));
	wapi_client_close(joined);
}

TEST_F(handle, join_refuses_a_descriptor_that_grants_nothing)
{
	struct wapi_client *joined = POISON_POINTER;
	struct peer grantor;
	__u64 handle;
	int fd, pipes[2], null;

	ASSERT_EQ(0, start_grantor(&grantor, &handle, &fd));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&grantor));
	EXPECT_EQ(-ESTALE, wapi_client_join(&joined, fd));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(-EBADF, wapi_client_join(&joined, fd));
	EXPECT_EQ(-EBADF, wapi_client_join(&joined, -1));

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(-ENOTTY, wapi_client_join(&joined, pipes[0]));
	null = open("/dev/null", O_RDWR);
	ASSERT_GE(null, 0);
	EXPECT_EQ(-ENOTTY, wapi_client_join(&joined, null));
	EXPECT_EQ(POISON_POINTER, joined);
	EXPECT_EQ(2, info_of(self->client).clients);
}

struct seen {
	unsigned int count, own;
	uint64_t sum;
	int stop_with;
};

static int see_client(const void *record, void *context)
{
	const struct wapi_client_record *client = record;
	struct seen *seen = context;

	seen->count++;
	seen->own += client->own;
	seen->sum += client->pid == getpid();
	return 0;
}

static int see_domain(const void *record, void *context)
{
	const struct wapi_domain_record *domain = record;
	struct seen *seen = context;

	seen->count++;
	seen->own += domain->own;
	if (domain->own)
		seen->sum = domain->handles;
	return 0;
}

static int see_handle(const void *record, void *context)
{
	const struct wapi_handle_record *handle = record;
	struct seen *seen = context;

	seen->count++;
	seen->sum += handle->handle;
	return seen->count == 700 ? seen->stop_with : 0;
}

static int see_reference(const void *record, void *context)
{
	const struct wapi_reference_record *reference = record;
	struct seen *seen = context;

	seen->count++;
	seen->sum += reference->references;
	return 0;
}

static int see_block(const void *record, void *context)
{
	const struct wapi_block_record *block = record;
	struct seen *seen = context;

	seen->count++;
	seen->sum += block->size;
	return 0;
}

TEST_F(handle, list_shows_every_record_of_each_kind)
{
	struct seen seen = { 0 };
	uint64_t sum = 0, block;
	uint32_t handle;

	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_SEM, &handle));
		sum += handle;
	}
	ASSERT_EQ(0, wapi_open(self->client, handle, NULL));
	ASSERT_EQ(0, wapi_open(self->other, handle, NULL));
	ASSERT_EQ(0, wapi_scratch(self->client, 5, &block));
	ASSERT_EQ(0, wapi_scratch(self->other, 70000, &block));

	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_HANDLES, 0,
			       sizeof(struct wapi_handle_record), see_handle, &seen));
	EXPECT_EQ(1000, seen.count);
	EXPECT_EQ(sum, seen.sum);

	seen = (struct seen){ 0 };
	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_REFERENCES, 0,
			       sizeof(struct wapi_reference_record),
			       see_reference, &seen));
	EXPECT_EQ(1001, seen.count);
	EXPECT_EQ(1002, seen.sum);

	seen = (struct seen){ 0 };
	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_BLOCKS, 0,
			       sizeof(struct wapi_block_record), see_block, &seen));
	EXPECT_EQ(2, seen.count);
	EXPECT_EQ(70005, seen.sum);

	seen = (struct seen){ 0 };
	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_CLIENTS,
			       info_of(self->client).domain_id,
			       sizeof(struct wapi_client_record), see_client, &seen));
	EXPECT_EQ(2, seen.count);
	EXPECT_EQ(1, seen.own);
	EXPECT_EQ(2, seen.sum);

	seen = (struct seen){ 0 };
	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_DOMAINS, 0,
			       sizeof(struct wapi_domain_record), see_domain, &seen));
	EXPECT_EQ(1, seen.own);
	EXPECT_EQ(1000, seen.sum);
}

TEST_F(handle, list_stops_when_told_to_and_says_so)
{
	struct seen seen = { .stop_with = 42 };
	uint32_t handle;

	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_SEM, &handle));
	EXPECT_EQ(42, wapi_list(self->client, WAPI_LIST_HANDLES, 0,
				sizeof(struct wapi_handle_record), see_handle,
				&seen));
	EXPECT_EQ(700, seen.count);
}

static int see_larger_record(const void *record, void *context)
{
	const unsigned char *bytes = record;
	unsigned int *zeros = context;

	for (size_t i = sizeof(struct wapi_handle_record); i < 512; i++)
		*zeros += !bytes[i];
	return 0;
}

static int see_smaller_record(const void *record, void *context)
{
	return memcmp(record, context, 8) ? 1 : 0;
}

TEST_F(handle, list_cuts_off_and_extends_records)
{
	unsigned int zeros = 0;
	uint32_t start[2] = { 0, WAPI_TYPE_SEM };

	ASSERT_EQ(0, wapi_new(self->client, WAPI_TYPE_SEM, &start[0]));
	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_HANDLES, 0, 512,
			       see_larger_record, &zeros));
	EXPECT_EQ(512 - sizeof(struct wapi_handle_record), zeros);
	EXPECT_EQ(0, wapi_list(self->client, WAPI_LIST_HANDLES, 0, 8,
			       see_smaller_record, start));
}

static int see_none(const void *record __attribute__((unused)), void *context)
{
	++*(unsigned int *)context;
	return 0;
}

TEST_F(handle, list_refuses_bad_requests)
{
	unsigned int called = 0;

	EXPECT_EQ(-EINVAL, wapi_list(self->client, WAPI_LIST_CLIENTS, 0, 0,
				     see_none, &called));
	EXPECT_EQ(-EINVAL, wapi_list(self->client, WAPI_LIST_CLIENTS, 0, 12,
				     see_none, &called));
	EXPECT_EQ(-EINVAL, wapi_list(self->client, WAPI_LIST_CLIENTS, 0, 8200,
				     see_none, &called));
	EXPECT_EQ(-EINVAL, wapi_list(self->client, 0, 0, 8, see_none, &called));
	EXPECT_EQ(-EINVAL, wapi_list(self->client, 99, 0, 8, see_none, &called));
	EXPECT_EQ(0, called);
}

TEST_F(handle, list_of_another_domain_needs_the_capability)
{
	unsigned int called = 0;
	int error;

	error = wapi_list(self->client, WAPI_LIST_CLIENTS, 1ull << 60, 8, see_none,
			  &called);
	EXPECT_EQ(geteuid() ? -EPERM : -ENOENT, error);
	ASSERT_EQ(0, geteuid() ? 0 : become(NOBODY));
	EXPECT_EQ(-EPERM, wapi_list(self->client, WAPI_LIST_CLIENTS, 1ull << 60, 8,
				    see_none, &called));
	EXPECT_EQ(0, called);
}

static jmp_buf away;

static int jump(const void *record __attribute__((unused)),
		void *context __attribute__((unused)))
{
	longjmp(away, 1);
}

TEST_F(handle, list_may_be_left_by_longjmp)
{
	if (!setjmp(away))
		wapi_list(self->client, WAPI_LIST_CLIENTS, 0,
			  sizeof(struct wapi_client_record), jump, NULL);
	EXPECT_EQ(2, info_of(self->client).clients);
}

TEST_HARNESS_MAIN
