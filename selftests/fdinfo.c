// SPDX-License-Identifier: GPL-2.0
/*
 * What can be seen from outside: /proc/PID/fdinfo, and the listings, which are
 * complete and exact whatever buffer they are read into.
 */
#include "observe.h"

/* A line of fdinfo as a number, or -errno. */
static long long fdinfo_number(pid_t pid, int fd, const char *name)
{
	char path[64], line[256];
	long long number = -ENOENT;
	size_t length = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, length) && !strncmp(line + length, ":\t", 2)) {
			if (number != -ENOENT)
				number = -EEXIST;
			else if (sscanf(line + length + 2, "%lld\n", &number) != 1)
				number = -EINVAL;
		}
	}
	fclose(file);
	return number;
}

#define EXPECT_FDINFO(value, fd, name) \
	EXPECT_EQ((long long)(value), fdinfo_number(getpid(), fd, name))

TEST(fdinfo_tells_of_the_client)
{
	int fd = open_private_domain(), second;
	struct wapi_info info;
	struct wapi_query query;

	ASSERT_LE(0, fd);
	info = read_info(fd);
	EXPECT_FDINFO(info.client_id, fd, "wapi-client");
	EXPECT_FDINFO(info.domain_id, fd, "wapi-domain");
	EXPECT_FDINFO(getpid(), fd, "wapi-pid");
	EXPECT_FDINFO(0, fd, "wapi-handles");
	EXPECT_FDINFO(0, fd, "wapi-blocks");
	EXPECT_FDINFO(0, fd, "wapi-refused");

	for (int i = 0; i < 7; i++) {
		int handle = new_handle(fd, 1);

		ASSERT_LT(0, handle);
		/* Handles are counted, not references. */
		if (i % 2) {
			EXPECT_EQ(0, open_handle(fd, handle));
		}
	}
	for (int i = 0; i < 3; i++)
		ASSERT_LT(0, new_block(fd, 10));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(-EBADF, query_handle(fd, 0, &query));
	EXPECT_FDINFO(7, fd, "wapi-handles");
	EXPECT_FDINFO(3, fd, "wapi-blocks");
	EXPECT_FDINFO(5, fd, "wapi-refused");

	/* Of this client, not of the domain. */
	second = open_device();
	info = read_info(second);
	EXPECT_FDINFO(info.client_id, second, "wapi-client");
	EXPECT_FDINFO(info.domain_id, second, "wapi-domain");
	EXPECT_FDINFO(0, second, "wapi-handles");
	EXPECT_FDINFO(0, second, "wapi-blocks");
	EXPECT_FDINFO(0, second, "wapi-refused");
	/* A dup()ed descriptor is the same client. */
	EXPECT_FDINFO(info.client_id, dup(second), "wapi-client");
}

TEST(fdinfo_does_not_put_a_client_into_a_domain)
{
	int fd = open_private_domain(), fresh = open_device();

	EXPECT_EQ(1, read_info(fd).clients);
	EXPECT_LT(0, fdinfo_number(getpid(), fresh, "wapi-client"));
	EXPECT_FDINFO(0, fresh, "wapi-domain");
	EXPECT_EQ(1, read_info(fd).clients);
	/* It could still join one. */
	EXPECT_EQ(0, join_domain(fd, fresh));
	EXPECT_FDINFO(read_info(fd).domain_id, fresh, "wapi-domain");
}

TEST(fdinfo_of_a_descriptor_left_behind_shows_an_empty_client)
{
	int fd = open_private_domain();
	struct peer opener, child;

	ASSERT_LE(0, fd);
	if (!start_peer(&opener)) {
		int own = open_device();
		long long id;

		for (int i = 0; i < 10; i++) {
			REQUIRE(new_handle(own, 1) > 0);
			REQUIRE(new_block(own, 1) > 0);
		}
		id = read_info(own).client_id;
		if (!start_peer(&child)) {
			prctl(PR_SET_PDEATHSIG, 0);
			REQUIRE(fdinfo_number(getpid(), own, "wapi-handles") == 10);
			send_to(&opener, 1);
			REQUIRE(receive(&opener) == 1);
			REQUIRE(fdinfo_number(getpid(), own, "wapi-client") == id);
			REQUIRE(fdinfo_number(getpid(), own, "wapi-handles") == 0);
			REQUIRE(fdinfo_number(getpid(), own, "wapi-blocks") == 0);
			send_to(&opener, 2);
			_exit(0);
		}
		for (;;)
			pause();
	}
	ASSERT_EQ(1, receive(&opener));
	kill(opener.pid, SIGKILL);
	ASSERT_EQ(opener.pid, waitpid(opener.pid, NULL, 0));
	send_to(&opener, 1);
	/* From the child, on the same line. */
	EXPECT_EQ(2, receive(&opener));
	close(opener.line);
}

/* A domain in which all is known. */
enum { HANDLES = 25, BLOCKS = 9, OTHERS = 3 };

FIXTURE(listing)
{
	int fd;
	int other[OTHERS];
	__u64 id[1 + OTHERS];
	__u32 handle[HANDLES];
	__u64 block[BLOCKS];
};

/* Of client @i (0 is the maker) to handle @j. */
static __u32 references_of(int i, int j)
{
	return i == 0 ? 1 + j % 3 : (j + i) % 4;
}

static __u32 references_to(int j)
{
	__u32 n = 0;

	for (int i = 0; i <= OTHERS; i++)
		n += references_of(i, j);
	return n;
}

static __u32 clients_of(int j)
{
	__u32 n = 0;

	for (int i = 0; i <= OTHERS; i++)
		n += !!references_of(i, j);
	return n;
}

/* Each fifth handle has one of the first blocks as its data block. */
static int handle_of_block(int i)
{
	return i < HANDLES / 5 ? i * 5 : -1;
}

static __u64 size_of_block(int i)
{
	return 1 + 1000 * i;
}

FIXTURE_SETUP(listing)
{
	int fd[1 + OTHERS], handle;

	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	fd[0] = self->fd;
	for (int i = 0; i < OTHERS; i++)
		fd[1 + i] = self->other[i] = open_device();
	for (int i = 0; i <= OTHERS; i++)
		self->id[i] = read_info(fd[i]).client_id;
	for (int j = 0; j < HANDLES; j++) {
		handle = new_handle(self->fd, 1 + j % 10);
		ASSERT_LT(0, handle);
		self->handle[j] = handle;
		for (int i = 0; i <= OTHERS; i++)
			for (__u32 n = !i; n < references_of(i, j); n++)
				ASSERT_EQ(0, open_handle(fd[i], handle));
	}
	for (int i = 0; i < BLOCKS; i++) {
		/* Those without a handle belong to this client and that. */
		self->block[i] = new_block(handle_of_block(i) < 0 ?
					   fd[i % (1 + OTHERS)] : self->fd,
					   size_of_block(i));
		ASSERT_LT(0, (__s64)self->block[i]);
		if (handle_of_block(i) >= 0) {
			ASSERT_EQ(0, attach_block(self->fd,
						  self->handle[handle_of_block(i)],
						  self->block[i]));
		}
	}
}

FIXTURE_TEARDOWN(listing)
{
	for (int i = 0; i < OTHERS; i++)
		close(self->other[i]);
	close(self->fd);
}

static const char *check_record(FIXTURE_DATA(listing) *self, __u32 what,
				const void *record, int number)
{
	if (what == WAPI_LIST_HANDLES) {
		const struct wapi_handle_record *r = record;
		int block = number % 5 ? -1 : number / 5;

		if (r->handle != self->handle[number] ||
		    r->type != (__u32)(1 + number % 10) ||
		    r->references != references_to(number) ||
		    r->clients != clients_of(number) ||
		    r->signalled != (r->type == WAPI_TYPE_MUTEX) || r->pad != 0 ||
		    r->block != (block < 0 ? 0 : self->block[block]) ||
		    r->block_size != (block < 0 ? 0 : size_of_block(block)))
			return "a handle is not as it was made";
	} else if (what == WAPI_LIST_BLOCKS) {
		const struct wapi_block_record *r = record;
		int handle = handle_of_block(number);

		if (r->block != self->block[number] ||
		    r->size != size_of_block(number) || r->pad != 0 ||
		    r->owner_kind != (handle < 0 ? WAPI_OWNER_CLIENT : WAPI_OWNER_OBJECT) ||
		    r->owner != (handle < 0 ? self->id[number % (1 + OTHERS)] :
				 self->handle[handle]))
			return "a block is not as it was made";
	} else if (what == WAPI_LIST_CLIENTS) {
		const struct wapi_client_record *r = record;
		char comm[16] = "";
		__u64 handles = 0, blocks = 0;

		for (int j = 0; j < HANDLES; j++)
			handles += !!references_of(number, j);
		for (int i = 0; i < BLOCKS; i++)
			blocks += handle_of_block(i) < 0 && i % (1 + OTHERS) == number;
		prctl(PR_GET_NAME, comm);
		if (r->id != self->id[number] || r->pid != getpid() ||
		    r->own != !number || strcmp(r->comm, comm) ||
		    r->handles != handles || r->blocks != blocks || r->refused)
			return "a client is not as it was made";
	}
	return "";
}

/* What references were listed, by client and handle. */
struct seen {
	__u32 references[1 + OTHERS][HANDLES];
	int wrong;
};

static void see_reference(FIXTURE_DATA(listing) *self,
			  const struct wapi_reference_record *r, struct seen *seen)
{
	for (int i = 0; i <= OTHERS; i++) {
		for (int j = 0; j < HANDLES; j++) {
			if (self->id[i] != r->client || self->handle[j] != r->handle)
				continue;
			seen->wrong += !!seen->references[i][j];
			seen->references[i][j] = r->references;
			return;
		}
	}
	seen->wrong++;
}

/*
 * Reads a listing with a buffer of @capacity records and checks each; "" if it
 * is complete and exact.
 */
static const char *listing_difference(FIXTURE_DATA(listing) *self, __u32 what,
				      __u32 capacity)
{
	static unsigned char buffer[64 * 128 + 64];
	size_t size = record_size_of(what);
	struct seen seen = { 0 };
	struct wapi_list list;
	const char *difference;
	int number = 0, expected;

	list = list_request(what, buffer, size, capacity);
	for (;;) {
		poison(buffer, sizeof(buffer));
		if (wapi_ioctl(self->fd, WAPI_IOC_LIST, &list))
			return "LIST is refused";
		if (list.count > capacity)
			return "more records than there is room for";
		for (size_t i = list.count * size; i < sizeof(buffer); i++)
			if (buffer[i] != POISON)
				return "what is behind the records was written to";
		if (!list.count)
			break;
		for (__u32 i = 0; i < list.count; i++) {
			if (what == WAPI_LIST_REFERENCES)
				see_reference(self, (void *)(buffer + i * size), &seen);
			difference = check_record(self, what, buffer + i * size, number++);
			if (*difference)
				return difference;
		}
	}
	/* At its end it stays there. */
	if (wapi_ioctl(self->fd, WAPI_IOC_LIST, &list) || list.count)
		return "the end of the listing is not its end";

	expected = what == WAPI_LIST_HANDLES ? HANDLES :
		   what == WAPI_LIST_BLOCKS ? BLOCKS :
		   what == WAPI_LIST_CLIENTS ? 1 + OTHERS : number;
	if (what == WAPI_LIST_REFERENCES) {
		for (int i = 0; i <= OTHERS; i++)
			for (int j = 0; j < HANDLES; j++)
				seen.wrong += seen.references[i][j] != references_of(i, j);
		if (seen.wrong)
			return "the references are not what was opened";
	}
	return number == expected ? "" : "records are missing";
}

TEST_F(listing, is_complete_and_exact_with_any_capacity)
{
	for (__u32 what = WAPI_LIST_CLIENTS; what <= WAPI_LIST_BLOCKS; what++) {
		for (__u32 capacity = 1; capacity <= 64; capacity++) {
			EXPECT_STREQ("", listing_difference(self, what, capacity))
				TH_LOG("listing %u, capacity %u", what, capacity);
		}
	}
}

TEST_F(listing, of_domains_tells_of_ones_own)
{
	struct wapi_domain_record domain = read_domain(self->fd);
	struct wapi_info info = read_info(self->fd);

	EXPECT_EQ(info.domain_id, domain.id);
	EXPECT_EQ(geteuid(), domain.uid);
	EXPECT_EQ(1, domain.own);
	EXPECT_EQ(1 + OTHERS, domain.clients);
	EXPECT_EQ(HANDLES, domain.handles);
	EXPECT_EQ(BLOCKS, domain.blocks);
	EXPECT_EQ(info.arena_used, domain.arena_used);
	EXPECT_LT(0, domain.arena_used);
	EXPECT_EQ(0, domain.arena_used % WAPI_BLOCK_ALIGN);
	EXPECT_EQ(info.max_arena, domain.max_arena);
	EXPECT_EQ(0, domain.refused);
	/* Memory that nobody touched is not there. */
	EXPECT_GE(domain.arena_used + BLOCKS * 8192, domain.arena_resident);
}

TEST_F(listing, records_are_cut_off_or_extended_by_zeros)
{
	static unsigned char full[64 * 128], other[64 * 512 + 8];
	size_t size, part;
	struct wapi_list list;
	__u32 count;

	for (__u32 what = WAPI_LIST_DOMAINS; what <= WAPI_LIST_BLOCKS; what++) {
		size = record_size_of(what);
		list = list_request(what, full, size, 64);
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
		count = list.count;
		ASSERT_LT(0, count);
		for (part = 8; part <= 256; part += 8) {
			poison(other, sizeof(other));
			list = list_request(what, other, part, 64);
			ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
			ASSERT_EQ(count, list.count);
			for (__u32 i = 0; i < count; i++) {
				ASSERT_EQ(0, memcmp(other + i * part, full + i * size,
						    part < size ? part : size))
					TH_LOG("listing %u, records of %zu bytes", what, part);
				for (size_t j = size; j < part; j++)
					ASSERT_EQ(0, other[i * part + j]);
			}
			ASSERT_EQ(POISON, other[count * part]);
		}
	}
}

TEST_F(listing, errors)
{
	unsigned char buffer[256];
	struct wapi_list list, good = list_request(WAPI_LIST_HANDLES, buffer,
						   sizeof(struct wapi_handle_record), 2);
	void *map;

	for (__u64 what = 0; what <= 256; what++) {
		if (what >= WAPI_LIST_DOMAINS && what <= WAPI_LIST_NAMES)
			continue;
		list = good;
		list.what = what == 256 ? ~0u : what;
		ASSERT_EQ(-EINVAL, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	}
	list = good;
	list.what = WAPI_LIST_NAMES + 1;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_LIST, &list);
	list = good;
	list.flags = 1;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_LIST, &list);
	list = good;
	list.pad = 1;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_LIST, &list);
	list = good;
	list.record_size = 0;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_LIST, &list);
	for (__u32 size = 1; size < 64; size++) {
		list = good;
		list.record_size = size;
		if (size % 8)
			ASSERT_EQ(-EINVAL, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	}
	list = good;
	list.record_size = ~7u;
	EXPECT_EQ(-EINVAL, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));

	/* Memory that is not there, at all or only for the second record. */
	list = good;
	list.records = 8;
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
	list = good;
	list.records = ~0ull - 15;
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect((char *)map + 4096, 4096, PROT_READ));
	memset(map, POISON, 4096);
	list = good;
	list.records = address(map) + 4096 - list.record_size;
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
	for (int i = 0; i < 4096; i++)
		ASSERT_EQ(POISON, ((unsigned char *)map)[i]);

	/* A cursor is only a number: any leads somewhere or to the end. */
	for (int bit = 0; bit < 64; bit++) {
		for (__u32 what = WAPI_LIST_DOMAINS; what <= WAPI_LIST_BLOCKS; what++) {
			list = list_request(what, buffer, 8, 4);
			list.cursor[0] = (1ull << bit) | (1ull << (bit / 2));
			list.cursor[1] = ~(1ull << bit);
			ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
			ASSERT_GE(4, list.count);
		}
	}
	/* A capacity that no memory holds: as much as there is. */
	map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	list = good;
	list.records = address(map);
	list.capacity = ~0u;
	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	EXPECT_EQ(HANDLES, list.count);
}

TEST(listed_client_has_the_pid_of_the_callers_namespace)
{
	int fd = open_private_domain();
	struct wapi_client_record record[2];
	struct wapi_list list;
	struct peer outer, inner;

	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(1, read_info(fd).clients);
	if (!start_peer(&outer)) {
		REQUIRE(!unshare(CLONE_NEWPID));
		if (!start_peer(&inner)) {
			int own = open_device();

			list = list_request(WAPI_LIST_CLIENTS, record,
					    sizeof(record[0]), 2);
			REQUIRE(!wapi_ioctl(own, WAPI_IOC_LIST, &list));
			REQUIRE(list.count == 2);
			/* It does not see us, and itself it sees as 1. */
			REQUIRE(record[0].pid == 0 && !record[0].own);
			REQUIRE(record[1].pid == 1 && record[1].own);
			send_to(&inner, 1);
			receive(&inner);
			_exit(0);
		}
		REQUIRE(receive(&inner) == 1);
		send_to(&outer, inner.pid);
		receive(&outer);
		_exit(0);
	}
	/* The middle one does not live in the new namespace itself. */
	list = list_request(WAPI_LIST_CLIENTS, record, sizeof(record[0]), 2);
	inner.pid = receive(&outer);
	ASSERT_LT(0, inner.pid);
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_LIST, &list));
	ASSERT_EQ(2, list.count);
	EXPECT_EQ(getpid(), record[0].pid);
	EXPECT_EQ(inner.pid, record[1].pid);
	kill_peer(&outer);
}

TEST_HARNESS_MAIN
