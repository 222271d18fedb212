// SPDX-License-Identifier: GPL-2.0
/*
 * Names: who asks for a name gets its object or makes it, in one step, and the
 * name is gone with the last reference, whoever held it and however it ended.
 */
#include "wait_test.h"

static struct wapi_new named_request(__u32 type, const void *name, size_t size)
{
	struct wapi_new new = new_request(type);

	new.name = address(name);
	new.name_size = size;
	new.existed = POISON32;
	new.block = 0;
	return new;
}

/* The handle, or -errno; -EPROTO if @existed was told wrongly. */
static int new_named_sized(int fd, __u32 type, const void *name, size_t size, __u32 existed)
{
	struct wapi_new new = named_request(type, name, size);
	int error = wapi_ioctl(fd, WAPI_IOC_NEW, &new);

	return error ? error : new.existed == existed ? (int)new.handle : -EPROTO;
}

static int new_named(int fd, const char *name, __u32 existed)
{
	return new_named_sized(fd, WAPI_TYPE_EVENT, name, strlen(name), existed);
}

static struct wapi_open_name open_name_request(__u32 type, const void *name, size_t size)
{
	struct wapi_open_name open;

	poison(&open, sizeof(open));
	open.name = address(name);
	open.name_size = size;
	open.type = type;
	open.flags = 0;
	return open;
}

static int open_named(int fd, __u32 type, const char *name)
{
	struct wapi_open_name open = open_name_request(type, name, strlen(name));
	int error = wapi_ioctl(fd, WAPI_IOC_OPEN_NAME, &open);

	return error ? error : (int)open.handle;
}

/* How many names are listed; the last one is in *@record. */
static long list_names(int fd, struct wapi_name_record *record)
{
	struct wapi_list list = list_request(WAPI_LIST_NAMES, record, sizeof(*record), 1);
	struct wapi_name_record one;
	long total = 0;
	int error;

	list.records = address(&one);
	for (;;) {
		poison(&one, sizeof(one));
		error = wapi_ioctl(fd, WAPI_IOC_LIST, &list);
		if (error || !list.count)
			return error ? error : total;
		if (record)
			*record = one;
		total++;
	}
}

FIXTURE(names)
{
	int fd;
	struct peer child;
};

FIXTURE_SETUP(names)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_COUNTS(self->fd, 0, 0, 0, 1);
}

FIXTURE_TEARDOWN(names)
{
	EXPECT_COUNTS_SOON(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, list_names(self->fd, NULL));
	EXPECT_EQ(0, close(self->fd));
}

TEST_F(names, first_is_made_and_then_opened_and_existed_says_which)
{
	int handle = new_named(self->fd, "name", 0);

	ASSERT_LT(0, handle);
	EXPECT_EQ(handle, new_named(self->fd, "name", 1));
	EXPECT_QUERY(self->fd, handle, 2, 2, 1);
	EXPECT_EQ(handle, open_named(self->fd, WAPI_TYPE_EVENT, "name"));
	EXPECT_EQ(handle, open_named(self->fd, WAPI_TYPE_UNUSED, "name"));
	EXPECT_QUERY(self->fd, handle, 4, 4, 1);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, close_handle(self->fd, handle));
	EXPECT_EQ(1, close_handle(self->fd, handle));
	EXPECT_EQ(-ENOENT, open_named(self->fd, WAPI_TYPE_EVENT, "name"));
	handle = new_named(self->fd, "name", 0);
	EXPECT_LT(0, handle);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, of_every_type_are_told_by_open)
{
	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		struct wapi_open_name open = open_name_request(WAPI_TYPE_UNUSED, "typed", 5);
		int handle = new_named_sized(self->fd, type, "typed", 5, 0);

		ASSERT_LT(0, handle);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_OPEN_NAME, &open));
		EXPECT_EQ(handle, (int)open.handle);
		EXPECT_EQ(type, open.found_type);
		EXPECT_EQ(2, open.references);
		EXPECT_EQ(0, open.block);
		EXPECT_EQ(0, close_handle(self->fd, handle));
		EXPECT_EQ(1, close_handle(self->fd, handle));
	}
}

TEST_F(names, that_nobody_has_cannot_be_opened)
{
	struct wapi_open_name open = open_name_request(WAPI_TYPE_EVENT, "nobody", 6);

	EXPECT_STREQ("", refused(ENOENT, self->fd, WAPI_IOC_OPEN_NAME, &open));
	open.type = WAPI_TYPE_UNUSED;
	EXPECT_STREQ("", refused(ENOENT, self->fd, WAPI_IOC_OPEN_NAME, &open));
}

TEST_F(names, that_are_taken_are_refused_to_who_wants_them_alone)
{
	struct wapi_new new = named_request(WAPI_TYPE_EVENT, "name", 4);

	new.flags = WAPI_NEW_EXCLUSIVE;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(0, new.existed);
	EXPECT_STREQ("", refused(EEXIST, self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, close_handle(self->fd, new.handle));
	new = named_request(WAPI_TYPE_EVENT, NULL, 0);
	new.flags = WAPI_NEW_EXCLUSIVE;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
}

TEST_F(names, of_another_type_are_refused)
{
	int handle = new_named_sized(self->fd, WAPI_TYPE_MUTEX, "name", 4, 0);

	/* One name space for all types. */
	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		struct wapi_new new = named_request(type, "name", 4);
		struct wapi_open_name open = open_name_request(type, "name", 4);

		if (type == WAPI_TYPE_MUTEX)
			continue;
		EXPECT_STREQ("", refused(EPROTOTYPE, self->fd, WAPI_IOC_NEW, &new));
		EXPECT_STREQ("", refused(EPROTOTYPE, self->fd, WAPI_IOC_OPEN_NAME, &open));
		/* That comes before whether it is taken. */
		new.flags = WAPI_NEW_EXCLUSIVE;
		EXPECT_STREQ("", refused(EPROTOTYPE, self->fd, WAPI_IOC_NEW, &new));
	}
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, have_1_to_4095_bytes)
{
	static char name[WAPI_NAME_MAX + 1];
	struct wapi_name_record record;
	struct wapi_open_name open;
	struct wapi_new new;
	int handle[4];

	memset(name, 'x', sizeof(name));
	handle[0] = new_named_sized(self->fd, WAPI_TYPE_EVENT, name, 1, 0);
	ASSERT_LT(0, handle[0]);
	handle[1] = new_named_sized(self->fd, WAPI_TYPE_EVENT, name, WAPI_NAME_MAX - 1, 0);
	ASSERT_LT(0, handle[1]);
	handle[2] = new_named_sized(self->fd, WAPI_TYPE_EVENT, name, WAPI_NAME_MAX, 0);
	ASSERT_LT(0, handle[2]);
	EXPECT_EQ(3, list_names(self->fd, &record));
	EXPECT_EQ(WAPI_NAME_MAX, record.size);
	EXPECT_EQ(0, memcmp(name, record.name, WAPI_NAME_MAX));
	EXPECT_EQ(0, record.name[WAPI_NAME_MAX]);
	for (int i = 0; i < 3; i++) {
		int size = i ? WAPI_NAME_MAX - 2 + i : 1;

		EXPECT_EQ(handle[i],
			  new_named_sized(self->fd, WAPI_TYPE_EVENT, name, size, 1));
		EXPECT_EQ(0, close_handle(self->fd, handle[i]));
		EXPECT_EQ(1, close_handle(self->fd, handle[i]));
	}

	new = named_request(WAPI_TYPE_EVENT, name, WAPI_NAME_MAX + 1);
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	open = open_name_request(WAPI_TYPE_EVENT, name, WAPI_NAME_MAX + 1);
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_OPEN_NAME, &open));
	new = named_request(WAPI_TYPE_EVENT, name, 0xffffffff);
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	/* A name of no bytes is none to open, and none to be given. */
	open = open_name_request(WAPI_TYPE_EVENT, name, 0);
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_OPEN_NAME, &open));
	new = named_request(WAPI_TYPE_EVENT, name, 0);
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
}

TEST_F(names, count_their_prefix_among_the_4095_bytes)
{
	static char name[WAPI_NAME_MAX + 1];
	struct wapi_new new;
	int handle;

	memset(name, 'x', sizeof(name));
	memcpy(name, "Global\\", 7);
	handle = new_named_sized(self->fd, WAPI_TYPE_EVENT, name, WAPI_NAME_MAX, 0);
	ASSERT_LT(0, handle);
	EXPECT_EQ(1, close_handle(self->fd, handle));
	new = named_request(WAPI_TYPE_EVENT, name, WAPI_NAME_MAX + 1);
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));

	memcpy(name, "Local\\x", 7);
	handle = new_named_sized(self->fd, WAPI_TYPE_EVENT, name, WAPI_NAME_MAX, 0);
	ASSERT_LT(0, handle);
	EXPECT_EQ(1, close_handle(self->fd, handle));
	new = named_request(WAPI_TYPE_EVENT, name, WAPI_NAME_MAX + 1);
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
}

TEST_F(names, are_any_bytes_but_zero_and_backslash)
{
	struct wapi_name_record record;
	unsigned char all[254], wrong[3];
	int handle, size = 0;

	for (int byte = 1; byte < 256; byte++)
		if (byte != '\\')
			all[size++] = byte;
	ASSERT_EQ(254, size);
	handle = new_named_sized(self->fd, WAPI_TYPE_EVENT, all, size, 0);
	ASSERT_LT(0, handle);
	EXPECT_EQ(1, list_names(self->fd, &record));
	EXPECT_EQ(254, record.size);
	EXPECT_EQ(0, memcmp(all, record.name, size));
	EXPECT_EQ(handle, (int)record.handle);
	EXPECT_EQ(0, record.session);
	/* Another byte is another name. */
	all[200] ^= 1;
	{
		struct wapi_open_name open = open_name_request(WAPI_TYPE_EVENT, all, size);

		EXPECT_STREQ("", refused(ENOENT, self->fd, WAPI_IOC_OPEN_NAME, &open));
	}
	EXPECT_EQ(1, close_handle(self->fd, handle));

	for (int byte = 1; byte < 256; byte++) {
		unsigned char name = byte;

		if (byte == '\\')
			continue;
		handle = new_named_sized(self->fd, WAPI_TYPE_EVENT, &name, 1, 0);
		ASSERT_LT(0, handle);
		ASSERT_EQ(1, close_handle(self->fd, handle));
	}
	/* First, in the middle, last: wrong in any place. */
	for (int i = 0; i < 6; i++) {
		struct wapi_new new = named_request(WAPI_TYPE_EVENT, wrong, 3);
		struct wapi_open_name open = open_name_request(WAPI_TYPE_EVENT, wrong, 3);

		memcpy(wrong, "abc", 3);
		wrong[i / 2] = i % 2 ? 0 : '\\';
		EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
		EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_OPEN_NAME, &open));
	}
}

TEST_F(names, that_are_not_utf8_are_names)
{
	static const char *const bad[] = {
		"\xff\xfe", "\xc3\x28", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf",
	};

	for (int i = 0; i < 5; i++) {
		int handle = new_named(self->fd, bad[i], 0);

		ASSERT_LT(0, handle);
		EXPECT_EQ(handle, new_named(self->fd, bad[i], 1));
		EXPECT_EQ(0, close_handle(self->fd, handle));
		EXPECT_EQ(1, close_handle(self->fd, handle));
	}
}

TEST_F(names, differ_in_case_and_length)
{
	static const char *const different[] = { "name", "Name", "NAME", "nam", "names", " name" };
	int handles[6];

	for (int i = 0; i < 6; i++) {
		handles[i] = new_named(self->fd, different[i], 0);
		ASSERT_LT(0, handles[i]);
	}
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(handles[i], open_named(self->fd, WAPI_TYPE_EVENT, different[i]));
		EXPECT_EQ(0, close_handle(self->fd, handles[i]));
		EXPECT_EQ(1, close_handle(self->fd, handles[i]));
	}
}

TEST_F(names, with_the_prefix_of_the_domain_are_those_without)
{
	int handle = new_named(self->fd, "Global\\name", 0);
	struct wapi_name_record record;

	ASSERT_LT(0, handle);
	EXPECT_EQ(handle, new_named(self->fd, "name", 1));
	EXPECT_EQ(-ENOENT, open_named(self->fd, 0, "Local\\name"));
	EXPECT_EQ(1, list_names(self->fd, &record));
	EXPECT_STREQ("name", record.name);
	EXPECT_EQ(4, record.size);
	EXPECT_EQ(0, record.session);
	EXPECT_EQ(0, close_handle(self->fd, handle));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, of_a_session_are_not_those_of_another_session)
{
	int global, local, other;
	struct wapi_name_record record;

	/* A session of this process's own, so that it has a number here. */
	if (getsid(0) != getpid())
		setsid();
	local = new_named(self->fd, "Local\\name", 0);
	ASSERT_LT(0, local);
	EXPECT_EQ(1, list_names(self->fd, &record));
	EXPECT_EQ(getsid(0), record.session);
	EXPECT_STREQ("name", record.name);
	global = new_named(self->fd, "name", 0);
	ASSERT_LT(0, global);
	EXPECT_NE(local, global);
	/* A child of the session sees it, until it has a session of its own. */
	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(open_named(fd, WAPI_TYPE_EVENT, "Local\\name") == local);
		REQUIRE(setsid() > 0);
		REQUIRE(open_named(fd, WAPI_TYPE_EVENT, "Local\\name") == -ENOENT);
		REQUIRE(open_named(fd, WAPI_TYPE_EVENT, "name") == global);
		other = new_named(fd, "Local\\name", 0);
		REQUIRE(other > 0 && other != local && other != global);
		send_to(&self->child, other);
		receive(&self->child);
		_exit(0);
	}
	other = receive(&self->child);
	ASSERT_LT(0, other);
	EXPECT_EQ(local, open_named(self->fd, WAPI_TYPE_EVENT, "Local\\name"));
	EXPECT_EQ(0, close_handle(self->fd, local));
	EXPECT_EQ(3, list_names(self->fd, NULL));
	send_to(&self->child, 1);
	EXPECT_EQ(0, wait_for_peer(&self->child));
	EXPECT_EQ(1, close_handle(self->fd, local));
	EXPECT_EQ(1, close_handle(self->fd, global));
}

/* The session ended, and its number may be another's: the name is not. */
TEST_F(names, of_a_session_outlive_it_for_who_has_a_reference)
{
	int handle;

	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(setsid() > 0);
		send_to(&self->child, new_named(fd, "Local\\mine", 0));
		receive(&self->child);
		_exit(0);
	}
	handle = receive(&self->child);
	ASSERT_EQ(0, open_handle(self->fd, handle));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->child));
	EXPECT_EQ(-ENOENT, open_named(self->fd, 0, "Local\\mine"));
	EXPECT_EQ(1, list_names(self->fd, NULL));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, with_other_prefixes_are_malformed)
{
	static const char *const malformed[] = {
		"Global\\", "Local\\", "global\\x", "local\\x", "GLOBAL\\x", "Session\\x",
		"\\", "\\x", "x\\", "Global\\Global\\x", "Global\\Local\\x", "Local\\x\\y",
		"Globa\\x", " Global\\x",
	};

	for (unsigned int i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		const char *name = malformed[i];
		struct wapi_new new = named_request(WAPI_TYPE_EVENT, name, strlen(name));
		struct wapi_open_name open = open_name_request(0, name, strlen(name));

		EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new)) TH_LOG("%s", name);
		EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_OPEN_NAME, &open));
	}
	/* Names that only look like one. */
	static const char *const fine[] = { "Global", "Local", "Global/x", "Local:" };

	for (int i = 0; i < 4; i++) {
		int handle = new_named(self->fd, fine[i], 0);

		ASSERT_LT(0, handle);
		EXPECT_EQ(1, close_handle(self->fd, handle));
	}
}

TEST_F(names, that_existed_take_nothing_else_from_the_request)
{
	static const char data[] = "first", other[] = "second";
	struct wapi_new new = named_request(WAPI_TYPE_SEM, "sem", 3);
	unsigned char *arena = map_arena(self->fd);
	struct wapi_query query;
	__u64 block;

	ASSERT_NE(MAP_FAILED, arena);
	new.count = 3;
	new.maximum = 5;
	new.data = address(data);
	new.data_size = sizeof(data);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(0, new.existed);
	block = new.block;
	ASSERT_NE(0, block);

	new = named_request(WAPI_TYPE_SEM, "sem", 3);
	new.count = 1;
	new.maximum = 9;
	new.data = address(other);
	new.data_size = sizeof(other);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, new.existed);
	EXPECT_EQ(block, new.block);
	EXPECT_STREQ("first", (char *)arena + block);
	query = look(self->fd, new.handle);
	EXPECT_EQ(3, query.state.count);
	EXPECT_EQ(5, query.state.maximum);
	EXPECT_EQ(sizeof(data), query.block_size);
	EXPECT_COUNTS(self->fd, 1, 2, 1, 1);

	/* A block of the caller's stays the caller's. */
	new = named_request(WAPI_TYPE_SEM, "sem", 3);
	new.block = new_block(self->fd, 32);
	block = new.block;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, new.existed);
	EXPECT_NE(block, new.block);
	EXPECT_EQ(0, free_block(self->fd, block));
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, close_handle(self->fd, new.handle));
	EXPECT_EQ(1, close_handle(self->fd, new.handle));
}

TEST_F(names, that_existed_keep_their_signal_state_and_owner)
{
	int event = new_named(self->fd, "event", 0);
	int mutex = new_named_sized(self->fd, WAPI_TYPE_MUTEX, "mutex", 5, 0);
	struct wapi_new new = named_request(WAPI_TYPE_EVENT, "event", 5);

	new.flags = WAPI_NEW_SIGNALLED | WAPI_NEW_MANUAL;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, new.existed);
	EXPECT_EQ(0, is_signalled(self->fd, event));
	EXPECT_EQ(0, state_of(self->fd, event).flags);
	new = named_request(WAPI_TYPE_MUTEX, "mutex", 5);
	new.flags = WAPI_NEW_OWNED;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, new.existed);
	EXPECT_EQ(0, count_of(self->fd, mutex));
	EXPECT_EQ(-EPERM, release_mutex(self->fd, mutex));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(i, close_handle(self->fd, event));
		EXPECT_EQ(i, close_handle(self->fd, mutex));
	}
}

TEST_F(names, of_who_crashed_are_free)
{
	int handle;

	for (int i = 0; i < 20; i++) {
		if (!start_peer(&self->child)) {
			int fd = open_device();

			REQUIRE(new_named(fd, "crash", 0) > 0);
			REQUIRE(new_named(fd, "Local\\crash", 0) > 0);
			send_to(&self->child, 1);
			for (;;)
				pause();
		}
		ASSERT_EQ(1, receive(&self->child));
		ASSERT_EQ(2, list_names(self->fd, NULL));
		ASSERT_EQ(128 + SIGKILL, kill_peer(&self->child));
		ASSERT_EQ(-ENOENT, open_named(self->fd, 0, "crash"));
		handle = new_named(self->fd, "crash", 0);
		ASSERT_LT(0, handle);
		ASSERT_EQ(1, close_handle(self->fd, handle));
	}
}

TEST_F(names, of_a_crashed_maker_stay_for_who_has_a_reference)
{
	int handle;

	if (!start_peer(&self->child)) {
		int fd = open_device();

		REQUIRE(new_named(fd, "shared", 0) > 0);
		send_to(&self->child, 1);
		for (;;)
			pause();
	}
	ASSERT_EQ(1, receive(&self->child));
	handle = new_named(self->fd, "shared", 1);
	ASSERT_LT(0, handle);
	EXPECT_EQ(128 + SIGKILL, kill_peer(&self->child));
	EXPECT_EQ(handle, new_named(self->fd, "shared", 1));
	EXPECT_EQ(0, close_handle(self->fd, handle));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, of_a_held_mutex_stay_without_a_handle)
{
	int handle = new_named_sized(self->fd, WAPI_TYPE_MUTEX, "held", 4, 0);

	ASSERT_LT(0, handle);
	ASSERT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(0, close_handle(self->fd, handle));
	EXPECT_EQ(1, list_names(self->fd, NULL));
	EXPECT_COUNTS(self->fd, 1, 0, 0, 1);
	EXPECT_EQ(handle, open_named(self->fd, WAPI_TYPE_MUTEX, "held"));
	EXPECT_EQ(0, release_mutex(self->fd, handle));
	EXPECT_EQ(1, close_handle(self->fd, handle));
	EXPECT_EQ(-ENOENT, open_named(self->fd, WAPI_TYPE_MUTEX, "held"));
}

TEST_F(names, are_not_seen_from_another_domain)
{
	int handle = new_named(self->fd, "mine", 0);

	ASSERT_LT(0, handle);
	for (int way = 0; way < 2; way++) {
		if (!start_peer(&self->child)) {
			int fd, own;

			if (way)
				REQUIRE(!unshare(CLONE_NEWIPC));
			else
				REQUIRE(!become(NOBODY));
			fd = open_device();
			REQUIRE(fd >= 0);
			REQUIRE(open_named(fd, 0, "mine") == -ENOENT);
			REQUIRE(list_names(fd, NULL) == 0);
			/* The same name is another object there, of any type. */
			own = new_named_sized(fd, WAPI_TYPE_MUTEX, "mine", 4, 0);
			REQUIRE(own > 0);
			_exit(0);
		}
		EXPECT_EQ(0, wait_for_peer(&self->child));
	}
	EXPECT_EQ(handle, open_named(self->fd, WAPI_TYPE_EVENT, "mine"));
	EXPECT_EQ(0, close_handle(self->fd, handle));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, at_bad_addresses_are_refused)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_open_name open;
	struct wapi_new new;
	int handle;

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + 4096, 4096));
	memset(page, 'n', 4096);
	/* Up to the end of what is there, and one byte more. */
	handle = new_named_sized(self->fd, WAPI_TYPE_EVENT, page + 4090, 6, 0);
	ASSERT_LT(0, handle);
	new = named_request(WAPI_TYPE_EVENT, page + 4090, 7);
	EXPECT_STREQ("", refused(EFAULT, self->fd, WAPI_IOC_NEW, &new));
	open = open_name_request(WAPI_TYPE_EVENT, page + 4090, 7);
	EXPECT_STREQ("", refused(EFAULT, self->fd, WAPI_IOC_OPEN_NAME, &open));
	new = named_request(WAPI_TYPE_EVENT, NULL, 7);
	EXPECT_STREQ("", refused(EFAULT, self->fd, WAPI_IOC_NEW, &new));
	new.name = 0xffff800000000000ull;
	EXPECT_STREQ("", refused(EFAULT, self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, that_could_not_be_told_of_are_free)
{
	struct wapi_new *new = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_open_name *open = (void *)(new + 1);
	int handle;

	ASSERT_NE(MAP_FAILED, new);
	*new = named_request(WAPI_TYPE_EVENT, "name", 4);
	*open = open_name_request(WAPI_TYPE_EVENT, "name", 4);
	ASSERT_EQ(0, mprotect(new, 4096, PROT_READ));
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_NEW, new, 0));
	EXPECT_EQ(0, list_names(self->fd, NULL));
	handle = new_named(self->fd, "name", 0);
	ASSERT_LT(0, handle);
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_NEW, new, 0));
	EXPECT_STREQ("", refused_sized(EFAULT, self->fd, WAPI_IOC_OPEN_NAME, open, 0));
	EXPECT_QUERY(self->fd, handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(names, requests_that_are_malformed_are_refused)
{
	int handle = new_named(self->fd, "name", 0);
	struct wapi_open_name open = open_name_request(WAPI_TYPE_EVENT, "name", 4);
	struct wapi_new new;

	open.flags = 1;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_OPEN_NAME, &open));
	open.flags = 0;
	open.type = WAPI_TYPE_COUNT;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_OPEN_NAME, &open));
	/* What is malformed is so even where the name exists. */
	new = named_request(WAPI_TYPE_EVENT, "name", 4);
	new.pad2 = 1;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	new = named_request(WAPI_TYPE_EVENT, "name", 4);
	new.flags = WAPI_NEW_OWNED;
	EXPECT_STREQ("", refused(EINVAL, self->fd, WAPI_IOC_NEW, &new));
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

/*
 * Names under load
 */
enum { NAMES = 10000, MAKERS = 8 };

struct board {
	_Atomic __u32 made[NAMES];		/* how often the object was made */
	_Atomic __u32 handles[NAMES];		/* which one it is */
	_Atomic int ready, go, done, failed;
};

static struct board *new_board(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return board == MAP_FAILED ? NULL : board;
}

/* All of them in an order of its own, so that each meets all others. */
static void maker(struct board *board, int who)
{
	static const int steps[MAKERS] = { 1, 1, 7, 3, 9, 11, 9999, 13 };
	int fd = open_device();
	char text[64];

	board->ready++;
	while (!board->go)
		sched_yield();
	for (int n = 0; n < NAMES; n++) {
		int i = ((long)n * steps[who] + who / 2 * 17) % NAMES;
		struct wapi_new new;
		__u32 other = 0;

		snprintf(text, sizeof(text), "name number %d", i);
		new = named_request(1 + i % 10, text, strlen(text));
		if (wapi_ioctl(fd, WAPI_IOC_NEW, &new) || new.existed > 1) {
			board->failed++;
			continue;
		}
		board->made[i] += !new.existed;
		if (!atomic_compare_exchange_strong(&board->handles[i], &other, new.handle) &&
		    other != new.handle)
			board->failed++;
	}
	board->done++;
	/* Until all have them: a name that goes could be made again. */
	while (board->go < 2)
		usleep(1000);
	_exit(0);
}

TEST_F(names, made_by_8_processes_at_once_are_made_once_each)
{
	struct board *board = new_board();
	pid_t pids[MAKERS];
	int once = 0;

	ASSERT_NE(NULL, board);
	for (int i = 0; i < MAKERS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			maker(board, i);
		}
	}
	ASSERT_TRUE(within(60, board->ready == MAKERS));
	board->go = 1;
	ASSERT_TRUE(within(180, board->done == MAKERS));
	EXPECT_EQ(0, board->failed);
	for (int i = 0; i < NAMES; i++)
		once += board->made[i] == 1;
	EXPECT_EQ(NAMES, once);
	EXPECT_COUNTS(self->fd, NAMES, (__u64)NAMES * MAKERS, 0, 1 + MAKERS);
	EXPECT_EQ(NAMES, list_names(self->fd, NULL));
	/* One dies, the others go. */
	kill(pids[0], SIGKILL);
	EXPECT_EQ(pids[0], waitpid(pids[0], NULL, 0));
	EXPECT_COUNTS(self->fd, NAMES, (__u64)NAMES * (MAKERS - 1), 0, MAKERS);
	board->go = 2;
	for (int i = 1; i < MAKERS; i++)
		EXPECT_EQ(pids[i], waitpid(pids[i], NULL, 0));
	EXPECT_COUNTS(self->fd, 0, 0, 0, 1);
	EXPECT_EQ(0, list_names(self->fd, NULL));
	munmap(board, sizeof(*board));
}

/*
 * One name that is made and goes all the time.  Each holds it while it looks
 * whether the object is the one that its holder number says, so two objects of
 * one name at a time would show.
 */
static void racer(struct board *board, int rounds)
{
	int fd = open_device(), made = 0;

	board->ready++;
	while (!board->go)
		sched_yield();
	for (int i = 0; i < rounds; i++) {
		struct wapi_new new = named_request(WAPI_TYPE_EVENT, "contended", 9);
		struct wapi_query query;
		int open;

		if (wapi_ioctl(fd, WAPI_IOC_NEW, &new)) {
			board->failed++;
			continue;
		}
		made += !new.existed;
		/* While it is held the name is that object's. */
		open = i % 8 ? (int)new.handle : open_named(fd, WAPI_TYPE_EVENT, "contended");
		if (open != (int)new.handle || query_handle(fd, new.handle, &query) ||
		    query.own_references != 1u + !(i % 8))
			board->failed++;
		if (!(i % 8) && close_handle(fd, new.handle) != 0)
			board->failed++;
		if (close_handle(fd, new.handle) < 0)
			board->failed++;
	}
	board->made[0] += made;
	_exit(0);
}

TEST_F(names, made_and_given_up_by_4_processes_are_always_one_object)
{
	struct board *board = new_board();
	int rounds = scaled(25000);
	pid_t pids[4];

	ASSERT_NE(NULL, board);
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			racer(board, rounds);
		}
	}
	ASSERT_TRUE(within(60, board->ready == 4));
	board->go = 1;
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(pids[i], waitpid(pids[i], NULL, 0));
	EXPECT_EQ(0, board->failed);
	EXPECT_LE(1, board->made[0]);
	TH_LOG("%d rounds, made %u times", 4 * rounds, board->made[0]);
	munmap(board, sizeof(*board));
}

TEST_HARNESS_MAIN
