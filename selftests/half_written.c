// SPDX-License-Identifier: GPL-2.0
/*
 * An answer that cannot be written as a whole is not written at all, and what
 * it would have told has not happened: for structures that begin in memory that
 * can be written to and end in memory that can only be read.
 */
#include "wait_test.h"

enum { PAGE = 4096 };

FIXTURE(half_written)
{
	int fd;
	int handle;
	__s64 block, loose;
	unsigned char *memory;
};

FIXTURE_SETUP(half_written)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->handle = new_handle(self->fd, WAPI_TYPE_FILE);
	self->block = new_block(self->fd, 100);
	self->loose = new_block(self->fd, 100);
	ASSERT_EQ(0, attach_block(self->fd, self->handle, self->block));
	self->memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->memory);
}

FIXTURE_TEARDOWN(half_written)
{
	EXPECT_COUNTS(self->fd, 1, 1, 2, 1);
	munmap(self->memory, 2 * PAGE);
	close(self->fd);
}

/* "" if the request is refused without a trace wherever it is cut. */
static const char *cut_everywhere(FIXTURE_DATA(half_written) *self,
				  unsigned long request, const void *argument)
{
	size_t size = _IOC_SIZE(request);
	const char *difference;
	unsigned char *place;

	for (size_t writable = 0; writable < size; writable += 4) {
		place = self->memory + PAGE - writable;
		if (mprotect(self->memory, 2 * PAGE, PROT_READ | PROT_WRITE))
			return "mprotect failed";
		memcpy(place, argument, size);
		if (mprotect(self->memory + PAGE, PAGE, PROT_READ))
			return "mprotect failed";
		difference = refused(EFAULT, self->fd, request, place);
		if (*difference)
			return difference;
	}
	return "";
}

#define EXPECT_CUT_EVERYWHERE(request, argument) \
	EXPECT_STREQ("", cut_everywhere(self, request, argument))

TEST_F(half_written, info)
{
	struct wapi_info info = info_request();

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_INFO, &info);
}

TEST_F(half_written, new)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_NEW, &new);
	new.data_size = 10000;
	EXPECT_CUT_EVERYWHERE(WAPI_IOC_NEW, &new);
	new.data_size = 0;
	new.block = self->loose;
	EXPECT_CUT_EVERYWHERE(WAPI_IOC_NEW, &new);
}

TEST_F(half_written, open)
{
	struct wapi_open open = open_request(self->handle);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_OPEN, &open);
}

TEST_F(half_written, close)
{
	struct wapi_close close = close_request(self->handle);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_CLOSE, &close);
}

TEST_F(half_written, search)
{
	struct wapi_search search = search_request(0, WAPI_TYPE_UNUSED);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_SEARCH, &search);
}

TEST_F(half_written, query)
{
	struct wapi_query query = query_request(self->handle);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_QUERY, &query);
}

TEST_F(half_written, attach)
{
	struct wapi_attach attach = attach_request(self->handle, 0);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_ATTACH, &attach);
}

TEST_F(half_written, scratch)
{
	struct wapi_scratch scratch = scratch_request(10000);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_SCRATCH, &scratch);
}

TEST_F(half_written, block)
{
	struct wapi_block block = block_request(self->block);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_BLOCK, &block);
}

TEST_F(half_written, list)
{
	struct wapi_handle_record record;
	struct wapi_list list = list_request(WAPI_LIST_HANDLES, &record,
					     sizeof(record), 1);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_LIST, &list);
}

TEST_F(half_written, timer_set)
{
	__u32 timer = new_timer(self->fd, 0);
	struct wapi_timer_set set = timer_request(timer, 0, 0, 0);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_TIMER_SET, &set);
	EXPECT_EQ(0, state_of(self->fd, timer).count);
	EXPECT_EQ(1, close_handle(self->fd, timer));
}

TEST_F(half_written, batch)
{
	struct wapi_close close = close_request(self->handle);
	struct wapi_batch_request request = batched(WAPI_IOC_CLOSE, &close);
	struct wapi_batch batch = batch_request(&request, 1, 0);

	EXPECT_CUT_EVERYWHERE(WAPI_IOC_BATCH, &batch);
	EXPECT_EQ((__s32)POISON32, request.result);
	EXPECT_EQ(POISON32, close.destroyed);
}

/* A result of a batch, with the batch's own structure where it can be written. */
TEST_F(half_written, requests_of_a_batch)
{
	struct wapi_close close = close_request(self->handle);
	struct wapi_batch_request *requests;
	struct wapi_batch batch;

	for (int cut = 1; cut < 3; cut++) {
		requests = (void *)(self->memory + PAGE - cut * 8);
		ASSERT_EQ(0, mprotect(self->memory, 2 * PAGE, PROT_READ | PROT_WRITE));
		requests[0] = batched(WAPI_IOC_CLOSE, &close);
		requests[1] = batched(WAPI_IOC_CLOSE, &close);
		ASSERT_EQ(0, mprotect(self->memory + PAGE, PAGE, PROT_READ));
		batch = batch_request(requests, 2, 0);
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_BATCH, &batch);
		EXPECT_EQ((__s32)POISON32, requests[0].result);
		EXPECT_EQ((__s32)POISON32, requests[1].result);
		EXPECT_EQ(POISON32, close.destroyed);
	}
}

/* A request of a batch: the batch is made, and says which could not be told. */
TEST_F(half_written, structure_of_a_request_of_a_batch)
{
	struct wapi_batch_request request;
	struct state before, after;
	struct wapi_close *close;

	for (size_t writable = 0; writable < sizeof(*close); writable += 4) {
		close = (void *)(self->memory + PAGE - writable);
		ASSERT_EQ(0, mprotect(self->memory, 2 * PAGE, PROT_READ | PROT_WRITE));
		*close = close_request(self->handle);
		ASSERT_EQ(0, mprotect(self->memory + PAGE, PAGE, PROT_READ));
		request = batched(WAPI_IOC_CLOSE, close);
		before = read_state(self->fd);
		EXPECT_EQ(1, make_batch(self->fd, &request, 1, 0));
		after = read_state(self->fd);
		EXPECT_EQ(-EFAULT, request.result);
		EXPECT_EQ(POISON32, close->references);
		EXPECT_EQ(POISON32, close->destroyed);
		EXPECT_STREQ("", state_difference(&before, &after, 1));
	}
}

TEST_HARNESS_MAIN
