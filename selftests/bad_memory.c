// SPDX-License-Identifier: GPL-2.0
/*
 * What a request points to, each way out of bounds: it begins in memory of the
 * program's, and its first, second, third... byte is where none is, or where it
 * cannot be written.  The request is refused and has changed nothing.
 *
 * The same for the structures themselves is in sizes.c.
 */
#include "subjects.h"

enum { PAGE = 4096, ROOM = 3 * PAGE };

FIXTURE(bad_memory) {
	struct subjects on;
	unsigned char *memory;	/* ROOM to use, then a page that is bad */
};

/* What that page is. */
FIXTURE_VARIANT(bad_memory) {
	int protection;
};

FIXTURE_VARIANT_ADD(bad_memory, not_there) { .protection = PROT_NONE };
FIXTURE_VARIANT_ADD(bad_memory, not_writable) { .protection = PROT_READ };

FIXTURE_SETUP(bad_memory)
{
	ASSERT_EQ(0, make_subjects(&self->on));
	self->memory = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->memory);
}

FIXTURE_TEARDOWN(bad_memory)
{
	close(self->on.fd);
}

/*
 * Makes the request with what it points to, of @size bytes, so that @inside of
 * them are good, for every such number; *@pointer is the field that points.
 */
static const char *refused_everywhere(FIXTURE_DATA(bad_memory) *self, int protection,
				      unsigned long request, void *argument, __u64 *pointer,
				      const void *bytes, size_t size, size_t step)
{
	unsigned char *bad = self->memory + ROOM, *place;
	const char *wrong;

	for (size_t inside = 0; inside < size; inside += step) {
		place = bad - inside;
		if (mprotect(bad, PAGE, PROT_READ | PROT_WRITE))
			return "mprotect failed";
		memcpy(place, bytes, size);
		if (mprotect(bad, PAGE, protection))
			return "mprotect failed";
		*pointer = address(place);
		wrong = refused(EFAULT, self->on.fd, request, argument);
		if (*wrong)
			return wrong;
		if (memcmp(place, bytes, inside))
			return "what it points to was written to";
	}
	return "";
}

#define EXPECT_REFUSED_EVERYWHERE(request, argument, pointer, bytes, size, step) \
	EXPECT_STREQ("", refused_everywhere(self, variant->protection, request, argument, \
					    pointer, bytes, size, step))

/* What is only read may be where nothing can be written. */
#define ONLY_READ							\
	if (variant->protection != PROT_NONE)				\
		return

TEST_F(bad_memory, name_of_new)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);
	char name[300];

	ONLY_READ;
	memset(name, 'n', sizeof(name));
	for (new.name_size = 1; new.name_size <= sizeof(name); new.name_size += 23)
		EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_NEW, &new, &new.name, name, new.name_size, 1);
}

TEST_F(bad_memory, name_of_open_name)
{
	struct wapi_open_name open;

	ONLY_READ;
	prepare_open_name(&self->on, &open);
	EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_OPEN_NAME, &open, &open.name, "named", 5, 1);
}

TEST_F(bad_memory, data_of_new)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	static char data[2 * PAGE + 100];

	ONLY_READ;
	new.data_size = 77;
	EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_NEW, &new, &new.data, data, 77, 1);
	new.data_size = sizeof(data);
	EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_NEW, &new, &new.data, data, sizeof(data), 611);
}

/* Of an object that is signalled: nothing of it is acquired. */
TEST_F(bad_memory, handles_of_a_wait)
{
	static const __u32 flags[] = { 0, WAPI_WAIT_ALL };
	__u32 many[100];
	struct wapi_wait wait;

	ONLY_READ;
	for (int i = 0; i < 2; i++) {
		wait = wait_request(NULL, 1, flags[i], 0);
		EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_WAIT, &wait, &wait.handles,
					  self->on.handles, 4, 1);
		wait = wait_request(NULL, 2, flags[i], 0);
		EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_WAIT, &wait, &wait.handles,
					  self->on.handles, 8, 1);
	}
	for (int i = 0; i < 100; i++)
		many[i] = self->on.event;
	wait = wait_request(NULL, 100, 0, 0);
	EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_WAIT, &wait, &wait.handles, many, sizeof(many), 1);
	/* And what it signals is not. */
	wait.signal = self->on.semaphore;
	wait.signal_count = 1;
	EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_WAIT, &wait, &wait.handles, many, sizeof(many), 37);
}

TEST_F(bad_memory, records_of_a_list)
{
	static const __u32 kinds[] = {
		WAPI_LIST_DOMAINS, WAPI_LIST_CLIENTS, WAPI_LIST_HANDLES,
		WAPI_LIST_REFERENCES, WAPI_LIST_BLOCKS, WAPI_LIST_NAMES,
	};
	unsigned char records[64];
	struct wapi_list list;

	poison(records, sizeof(records));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		list = list_request(kinds[i], NULL, sizeof(records), 1);
		EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_LIST, &list, &list.records, records,
					  sizeof(records), 1);
	}
}

/* None of them is made, though the first could be. */
TEST_F(bad_memory, requests_of_a_batch)
{
	size_t size = sizeof(self->on.requests);
	struct wapi_batch batch;

	prepare_batch(&self->on, &batch);
	/* Behind its result, a request is only read. */
	if (variant->protection != PROT_NONE)
		size -= sizeof(self->on.requests[0].arg);
	EXPECT_REFUSED_EVERYWHERE(WAPI_IOC_BATCH, &batch, &batch.requests,
				  self->on.requests, size, 1);
	EXPECT_EQ(POISON32, self->on.opens[0].references);
}

/* In its own process, whose parent lets something be inherited. */
TEST_F(bad_memory, inherit)
{
	struct wapi_mark mark = { .handle = self->on.handle, .inherit = 1 };
	struct wapi_inherit *inherit;
	struct peer peer;
	int fd;

	ASSERT_EQ(0, wapi_ioctl(self->on.fd, WAPI_IOC_MARK, &mark));
	if (!start_peer(&peer)) {
		fd = open_device();
		REQUIRE(read_info(fd).abi_version);
		for (size_t inside = 0; inside < sizeof(*inherit); inside++) {
			unsigned char *bad = self->memory + ROOM;

			inherit = (void *)(bad - inside);
			REQUIRE(!mprotect(bad, PAGE, PROT_READ | PROT_WRITE));
			memset(inherit, 0, sizeof(*inherit));
			REQUIRE(!mprotect(bad, PAGE, variant->protection));
			REQUIRE(!*refused_sized(EFAULT, fd, WAPI_IOC_INHERIT, inherit, inside));
		}
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&peer));
}

TEST_HARNESS_MAIN
