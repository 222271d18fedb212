// SPDX-License-Identifier: GPL-2.0
/*
 * Every request at every size, with every unknown flag, every padding byte and
 * every kind of bad address: either it does its work, or it is refused with the
 * right error and has changed nothing.
 */
#include "subjects.h"

#define BEYOND 64

FIXTURE(sizes) {
	struct subjects on;
	unsigned char *pages;	/* one to write, one to read, one of nothing */
	size_t page;
};

/* One request: see subjects.h. */
FIXTURE_VARIANT(sizes) {
	unsigned long request;
	bool writes;			/* has outputs */
	unsigned int first;		/* size of its first version */
	unsigned int needed;		/* size with which it can be made */
	unsigned int flags;		/* offset of it */
	__u32 known;			/* flags that there are */
	unsigned int pad;		/* offset of it, 0 for none */
	unsigned int pad2;		/* of another one */
	void (*prepare)(struct subjects *self, void *request);
	void (*undo)(struct subjects *self, void *request, bool done);
};

#define VARIANT(variant, structure, number, pad_offset, undo_function, ...)	\
FIXTURE_VARIANT_ADD(sizes, variant) {					\
	.request = number,						\
	.writes = _IOC_DIR(number) & _IOC_READ,				\
	.first = _IOC_SIZE(number),					\
	.needed = _IOC_SIZE(number),					\
	.flags = offsetof(struct structure, flags),			\
	.pad = pad_offset,						\
	.prepare = prepare_##variant,					\
	.undo = undo_function,						\
	__VA_ARGS__							\
}

/* The first version of New ended with its first padding. */
#define VARIANT_NEW(variant, undo_function, known_flags, needed_size)	\
FIXTURE_VARIANT_ADD(sizes, variant) {					\
	.request = WAPI_IOC_NEW,					\
	.writes = true,							\
	.first = 40,							\
	.needed = needed_size,						\
	.flags = offsetof(struct wapi_new, flags),			\
	.known = known_flags,						\
	.pad = offsetof(struct wapi_new, pad),				\
	.pad2 = offsetof(struct wapi_new, pad2),			\
	.prepare = prepare_##variant,					\
	.undo = undo_function,						\
}

#define EVENT_FLAGS (WAPI_NEW_SIGNALLED | WAPI_NEW_MANUAL)
#define NAMED_FLAGS (EVENT_FLAGS | WAPI_NEW_EXCLUSIVE)

VARIANT(info, wapi_info, WAPI_IOC_INFO, 0, undo_nothing);
VARIANT_NEW(new, undo_new, EVENT_FLAGS, 40);
VARIANT_NEW(new_with_data, undo_new, EVENT_FLAGS, 40);
VARIANT_NEW(new_with_block, undo_new, EVENT_FLAGS, 40);
VARIANT_NEW(new_mutex, undo_new_mutex, WAPI_NEW_OWNED, 40);
VARIANT_NEW(new_named, undo_new, NAMED_FLAGS, 52);
VARIANT_NEW(new_named_with_block, undo_new, NAMED_FLAGS, 52);
VARIANT_NEW(new_existing, undo_open_name, NAMED_FLAGS, 52);
VARIANT_NEW(new_semaphore, undo_new, 0, 64);
VARIANT_NEW(new_timer, undo_new, WAPI_NEW_MANUAL, 40);
VARIANT_NEW(new_process, undo_new, WAPI_NEW_PIDFD, 68);
VARIANT(open, wapi_open, WAPI_IOC_OPEN, 0, undo_open);
VARIANT(close, wapi_close, WAPI_IOC_CLOSE, 0, undo_close);
VARIANT(last_close, wapi_close, WAPI_IOC_CLOSE, 0, undo_last_close);
VARIANT(search, wapi_search, WAPI_IOC_SEARCH,
	offsetof(struct wapi_search, pad), undo_nothing);
FIXTURE_VARIANT_ADD(sizes, query) {
	.request = WAPI_IOC_QUERY,
	.writes = true,
	.first = 48,
	.needed = 48,
	.flags = offsetof(struct wapi_query, flags),
	.prepare = prepare_query,
	.undo = undo_nothing,
};
VARIANT(attach, wapi_attach, WAPI_IOC_ATTACH, 0, undo_attach);
VARIANT(detach, wapi_attach, WAPI_IOC_ATTACH, 0, undo_detach);
VARIANT(scratch, wapi_scratch, WAPI_IOC_SCRATCH,
	offsetof(struct wapi_scratch, pad), undo_scratch);
VARIANT(scratch_free, wapi_scratch_free, WAPI_IOC_SCRATCH_FREE,
	offsetof(struct wapi_scratch_free, pad), undo_scratch_free);
VARIANT(block, wapi_block, WAPI_IOC_BLOCK, offsetof(struct wapi_block, pad),
	undo_nothing);
VARIANT(join, wapi_join, WAPI_IOC_JOIN, 0, undo_join);
VARIANT(list, wapi_list, WAPI_IOC_LIST, offsetof(struct wapi_list, pad),
	undo_nothing);
VARIANT(open_name, wapi_open_name, WAPI_IOC_OPEN_NAME, 0, undo_open_name);
VARIANT(set, wapi_signal, WAPI_IOC_SET, offsetof(struct wapi_signal, pad), undo_set);
VARIANT(reset, wapi_signal, WAPI_IOC_RESET, offsetof(struct wapi_signal, pad), undo_set);
VARIANT(pulse, wapi_signal, WAPI_IOC_PULSE, offsetof(struct wapi_signal, pad), undo_set);
VARIANT(mutex_release, wapi_mutex_release, WAPI_IOC_MUTEX_RELEASE,
	offsetof(struct wapi_mutex_release, pad), undo_mutex_release);
VARIANT(sem_release, wapi_sem_release, WAPI_IOC_SEM_RELEASE, 0, undo_sem_release);
VARIANT(thread_exit, wapi_thread_exit, WAPI_IOC_THREAD_EXIT,
	offsetof(struct wapi_thread_exit, pad), undo_nothing);
#define WAIT_VARIANT(variant, undo_function)				\
VARIANT(variant, wapi_wait, WAPI_IOC_WAIT, offsetof(struct wapi_wait, pad),	\
	undo_function, .known = WAPI_WAIT_ALL | WAPI_WAIT_REALTIME,	\
	.pad2 = offsetof(struct wapi_wait, pad[1]))
WAIT_VARIANT(wait, undo_wait);
WAIT_VARIANT(wait_all, undo_wait_all);
WAIT_VARIANT(wait_and_signal, undo_wait_and_signal);
/* To the caller itself, which is one reference more. */
VARIANT(dup, wapi_dup, WAPI_IOC_DUP, offsetof(struct wapi_dup, pad), undo_open,
	.known = WAPI_DUP_MOVE);
VARIANT(mark, wapi_mark, WAPI_IOC_MARK, 0, undo_mark);
VARIANT(to_fd, wapi_to_fd, WAPI_IOC_TO_FD, offsetof(struct wapi_to_fd, pad), undo_to_fd,
	.known = O_CLOEXEC | O_NONBLOCK);
VARIANT(from_fd, wapi_from_fd, WAPI_IOC_FROM_FD, 0, undo_from_fd);
VARIANT(batch, wapi_batch, WAPI_IOC_BATCH, offsetof(struct wapi_batch, pad), undo_batch,
	.known = WAPI_BATCH_STOP);
VARIANT(timer_set, wapi_timer_set, WAPI_IOC_TIMER_SET, offsetof(struct wapi_timer_set, pad),
	undo_timer, .known = WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME);
VARIANT(timer_cancel, wapi_timer_cancel, WAPI_IOC_TIMER_CANCEL,
	offsetof(struct wapi_timer_cancel, pad), undo_timer);

FIXTURE_SETUP(sizes)
{
	ASSERT_EQ(0, make_subjects(&self->on));
	self->page = sysconf(_SC_PAGESIZE);
	self->pages = mmap(NULL, 3 * self->page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->pages);
	ASSERT_EQ(0, munmap(self->pages + 2 * self->page, self->page));
}

FIXTURE_TEARDOWN(sizes)
{
	close(self->on.fd);
}

/* The same request at another size. */
static unsigned long resized(unsigned long request, unsigned int size)
{
	return _IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request), size);
}

TEST_F(sizes, shorter_than_the_first_version_is_refused)
{
	unsigned char buffer[256] = { 0 };

	variant->prepare(&self->on, buffer);
	for (unsigned int size = 0; size < variant->first; size++)
		EXPECT_STREQ("", refused_sized(EINVAL, self->on.fd,
					       resized(variant->request, size),
					       buffer, sizeof(buffer)));
	variant->undo(&self->on, buffer, false);
}

TEST_F(sizes, its_own_size_and_longer_with_zeros_is_done)
{
	unsigned int own = _IOC_SIZE(variant->request);
	struct state before, after;
	unsigned char buffer[256], whole[256] = { 0 };

	for (unsigned int size = variant->needed; size <= own + BEYOND; size++) {
		before = read_state(self->on.fd);
		/* Behind the caller's structure stands what is not ours. */
		poison(buffer, sizeof(buffer));
		memset(buffer, 0, size);
		variant->prepare(&self->on, whole);
		memcpy(buffer, whole, size < own ? size : own);
		ASSERT_EQ(0, wapi_ioctl(self->on.fd, resized(variant->request, size),
					buffer));
		for (unsigned int i = own; i < size; i++)
			ASSERT_EQ(0, buffer[i]);
		for (unsigned int i = size; i < sizeof(buffer); i++)
			ASSERT_EQ(POISON, buffer[i]);
		variant->undo(&self->on, buffer, true);
		after = read_state(self->on.fd);
		/* A handle is not made again, but all counts are as before. */
		ASSERT_EQ(0, memcmp(&before.info, &after.info, sizeof(before.info)));
		ASSERT_EQ(before.refused, after.refused);
	}
}

TEST_F(sizes, the_longest_size_with_zeros_is_done)
{
	unsigned int longest = (1u << _IOC_SIZEBITS) - 1;
	unsigned char *buffer = calloc(1, longest);

	variant->prepare(&self->on, buffer);
	EXPECT_EQ(0, wapi_ioctl(self->on.fd, resized(variant->request, longest),
				buffer));
	for (unsigned int i = _IOC_SIZE(variant->request); i < longest; i++)
		ASSERT_EQ(0, buffer[i]);
	variant->undo(&self->on, buffer, true);
	buffer[longest - 1] = 1;
	variant->prepare(&self->on, buffer);
	EXPECT_STREQ("", refused_sized(E2BIG, self->on.fd,
				       resized(variant->request, longest),
				       buffer, 0));
	variant->undo(&self->on, buffer, false);
	free(buffer);
}

TEST_F(sizes, longer_with_any_other_byte_is_refused)
{
	unsigned int own = _IOC_SIZE(variant->request);
	unsigned char buffer[256] = { 0 };

	variant->prepare(&self->on, buffer);
	for (unsigned int size = own + 1; size <= own + BEYOND; size++) {
		for (unsigned int at = own; at < size; at++) {
			/* All of them at the longest, of the others the edges. */
			if (size < own + BEYOND && at != own && at != size - 1)
				continue;
			buffer[at] = 1 << at % 8;
			EXPECT_STREQ("", refused_sized(E2BIG, self->on.fd,
						       resized(variant->request, size),
						       buffer, sizeof(buffer)));
			buffer[at] = 0;
		}
	}
	variant->undo(&self->on, buffer, false);
}

TEST_F(sizes, each_unknown_flag_is_refused)
{
	unsigned char buffer[256] = { 0 };
	__u32 flag;

	variant->prepare(&self->on, buffer);
	for (unsigned int bit = 0; bit < 32; bit++) {
		flag = 1u << bit;
		if (flag & variant->known)
			continue;
		memcpy(buffer + variant->flags, &flag, sizeof(flag));
		EXPECT_REFUSED(EINVAL, self->on.fd, variant->request, buffer);
	}
	variant->undo(&self->on, buffer, false);
}

TEST_F(sizes, each_padding_byte_is_refused)
{
	unsigned char buffer[256] = { 0 };

	if (!variant->pad)
		return;
	variant->prepare(&self->on, buffer);
	for (unsigned int bit = 0; bit < 32; bit++) {
		buffer[variant->pad + bit / 8] = 1 << bit % 8;
		EXPECT_REFUSED(EINVAL, self->on.fd, variant->request, buffer);
		buffer[variant->pad + bit / 8] = 0;
		if (!variant->pad2)
			continue;
		buffer[variant->pad2 + bit / 8] = 1 << bit % 8;
		EXPECT_REFUSED(EINVAL, self->on.fd, variant->request, buffer);
		buffer[variant->pad2 + bit / 8] = 0;
	}
	variant->undo(&self->on, buffer, false);
}

/* Where no memory of a program is. */
#if __SIZEOF_LONG__ == 8
static const unsigned long nowhere[] = {
	0, 1, 4095,
	0x00007ffffffff000,		/* the last page, never mapped */
	0x0000800000000000,		/* not canonical */
	0x8000000000000000,
	0xffff888000001000,		/* the kernel's own */
	0xffffffff81000000,
	0xfffffffffffff000,
	0xfffffffffffffff8,		/* wraps round */
};
#else
static const unsigned long nowhere[] = { 0, 1, 4095, 0xc0000000, 0xfffff000, 0xfffffff8 };
#endif

TEST_F(sizes, a_structure_at_a_bad_address_is_refused)
{
	unsigned char buffer[256] = { 0 };

	variant->prepare(&self->on, buffer);
	for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++)
		EXPECT_STREQ("", refused_sized(EFAULT, self->on.fd, variant->request,
					       (void *)nowhere[i], 0));
	EXPECT_STREQ("", refused_sized(EFAULT, self->on.fd, variant->request,
				       self->pages + 2 * self->page, 0));
	variant->undo(&self->on, buffer, false);
}

TEST_F(sizes, a_structure_that_runs_into_an_unmapped_page_is_refused)
{
	unsigned int own = _IOC_SIZE(variant->request);
	unsigned char buffer[256] = { 0 };
	unsigned char *at;

	variant->prepare(&self->on, buffer);
	for (unsigned int inside = 1; inside < own; inside++) {
		at = self->pages + 2 * self->page - inside;
		memcpy(at, buffer, inside);
		EXPECT_STREQ("", refused_sized(EFAULT, self->on.fd, variant->request,
					       at, inside));
	}
	variant->undo(&self->on, buffer, false);
}

TEST_F(sizes, a_structure_up_to_an_unmapped_page_is_done)
{
	unsigned int own = _IOC_SIZE(variant->request);
	unsigned char *at = self->pages + 2 * self->page - own;

	variant->prepare(&self->on, at);
	EXPECT_EQ(0, wapi_ioctl(self->on.fd, variant->request, at));
	variant->undo(&self->on, at, true);
}

TEST_F(sizes, a_longer_structure_whose_tail_is_unmapped_is_refused)
{
	unsigned int own = _IOC_SIZE(variant->request);
	unsigned char *at = self->pages + 2 * self->page - own;

	variant->prepare(&self->on, at);
	EXPECT_STREQ("", refused_sized(EFAULT, self->on.fd,
				       resized(variant->request, own + 8),
				       at, own));
	variant->undo(&self->on, at, false);
}

/*
 * The work must not be done where its result can't be delivered: no reference
 * taken or given back, no handle, no block.
 */
TEST_F(sizes, a_result_that_cannot_be_written_undoes_everything)
{
	unsigned int own = _IOC_SIZE(variant->request);
	unsigned char *readable = self->pages + self->page;

	variant->prepare(&self->on, readable);
	ASSERT_EQ(0, mprotect(readable, self->page, PROT_READ));
	if (variant->writes) {
		EXPECT_STREQ("", refused_sized(EFAULT, self->on.fd, variant->request,
					       readable, own));
	} else {
		EXPECT_EQ(0, wapi_ioctl(self->on.fd, variant->request, readable));
	}
	variant->undo(&self->on, readable, !variant->writes);
}

TEST_F(sizes, a_result_that_can_be_written_in_part_undoes_everything)
{
	unsigned int own = _IOC_SIZE(variant->request);
	unsigned char *readable = self->pages + self->page;
	unsigned char *at;

	if (!variant->writes)
		return;
	for (unsigned int inside = 1; inside < own; inside += 7) {
		ASSERT_EQ(0, mprotect(readable, self->page, PROT_READ | PROT_WRITE));
		at = readable - inside;
		variant->prepare(&self->on, at);
		ASSERT_EQ(0, mprotect(readable, self->page, PROT_READ));
		EXPECT_STREQ("", refused_sized(EFAULT, self->on.fd, variant->request,
					       at, own)) {
			TH_LOG("%u bytes can be written", inside);
		}
		variant->undo(&self->on, at, false);
	}
}

/* Its result is not to be written where it is: the kernel copies the page first. */
TEST_F(sizes, a_structure_that_a_forked_child_shares_is_done)
{
	struct peer child;

	variant->prepare(&self->on, self->pages);
	if (!start_peer(&child))
		for (;;)
			pause();
	ASSERT_LT(0, child.pid);
	EXPECT_EQ(0, wapi_ioctl(self->on.fd, variant->request, self->pages));
	EXPECT_EQ(128 + SIGKILL, kill_peer(&child));
	variant->undo(&self->on, self->pages, true);
}

TEST_F(sizes, a_structure_at_an_odd_address_is_done)
{
	unsigned char buffer[256];

	for (unsigned int by = 1; by < 8; by++) {
		union {
			struct wapi_info info;
			struct wapi_list list;
			unsigned char bytes[256];
		} aligned = { 0 };

		variant->prepare(&self->on, &aligned);
		memcpy(buffer + by, &aligned, _IOC_SIZE(variant->request));
		ASSERT_EQ(0, wapi_ioctl(self->on.fd, variant->request, buffer + by));
		memcpy(&aligned, buffer + by, _IOC_SIZE(variant->request));
		variant->undo(&self->on, &aligned, true);
	}
}

#ifdef __x86_64__
/* The 32-bit system call, which any program can make; 54 is its ioctl(). */
static int ioctl32(int fd, unsigned int request, unsigned long argument)
{
	long result;

	asm volatile("int $0x80" : "=a" (result)
		     : "a" (54l), "b" ((long)fd), "c" ((long)request), "d" (argument)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

TEST(a_32_bit_call_with_more_bits_of_address_reaches_only_the_lower)
{
	int fd = open_private_domain();
	struct state before, after;
	struct wapi_new *low, *high;
	int error;

	ASSERT_LE(0, fd);
	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, low);
	*low = new_request(WAPI_TYPE_EVENT);
	error = ioctl32(fd, WAPI_IOC_NEW, address(low));
	if (error == -ENOSYS)
		SKIP(return, "the kernel has no 32-bit system calls");
	ASSERT_EQ(0, error);
	EXPECT_EQ(1, close_handle(fd, low->handle));

	*low = new_request(WAPI_TYPE_EVENT);
	EXPECT_EQ(0, ioctl32(fd, WAPI_IOC_NEW, address(low) | 0xffff888000000000));
	EXPECT_EQ(1, close_handle(fd, low->handle));

	/* A good address, of which it takes the lower half. */
	high = mmap((void *)0x123400000000, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ((void *)0x123400000000, high);
	*high = new_request(WAPI_TYPE_EVENT);
	before = read_state(fd);
	EXPECT_EQ(-EFAULT, ioctl32(fd, WAPI_IOC_NEW, address(high)));
	after = read_state(fd);
	EXPECT_STREQ("", state_difference(&before, &after, 1));
	EXPECT_EQ(POISON32, high->handle);
}
#endif

/* Memory that requests point to */

FIXTURE(pointers) {
	int fd;
	unsigned char *pages;
	size_t page;
};

FIXTURE_SETUP(pointers)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	for (int i = 0; i < 4; i++)
		ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_EVENT));
	self->page = sysconf(_SC_PAGESIZE);
	self->pages = mmap(NULL, 3 * self->page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->pages);
	ASSERT_EQ(0, munmap(self->pages + 2 * self->page, self->page));
	ASSERT_EQ(0, mprotect(self->pages + self->page, self->page, PROT_READ));
}

FIXTURE_TEARDOWN(pointers)
{
	close(self->fd);
}

TEST_F(pointers, new_with_data_at_a_bad_address_makes_nothing)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.data_size = 1000;
	for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++) {
		/* Address 0 asks for zeros. */
		if (!nowhere[i])
			continue;
		new.data = nowhere[i];
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_NEW, &new);
	}
	new.data = address(self->pages + 2 * self->page);
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_NEW, &new);
}

TEST_F(pointers, new_with_data_that_runs_into_an_unmapped_page_makes_nothing)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	static const unsigned int inside[] = { 1, 8, 4096, 8191 };

	for (unsigned int i = 0; i < ARRAY_SIZE(inside); i++) {
		new.data = address(self->pages + 2 * self->page - inside[i]);
		new.data_size = inside[i] + 1;
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_NEW, &new);
	}
	new.data = address(self->pages);
	new.data_size = 10 << 20;
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_NEW, &new);
}

TEST_F(pointers, new_with_data_that_can_only_be_read_is_done)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.data = address(self->pages + self->page);
	new.data_size = self->page;
	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
}

TEST_F(pointers, list_to_a_bad_address_is_refused)
{
	struct wapi_list list;

	for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++) {
		list = list_request(WAPI_LIST_HANDLES, (void *)nowhere[i], 48, 4);
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
	}
	list = list_request(WAPI_LIST_HANDLES, self->pages + 2 * self->page, 48, 4);
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
}

TEST_F(pointers, list_to_memory_that_can_only_be_read_is_refused)
{
	struct wapi_list list = list_request(WAPI_LIST_HANDLES,
					     self->pages + self->page, 48, 4);

	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
}

TEST_F(pointers, list_that_runs_into_memory_that_cannot_be_written_is_refused)
{
	struct wapi_list list;

	/* Room for one record, for half of one, for two and a half. */
	for (unsigned int inside = 24; inside <= 120; inside += 48) {
		list = list_request(WAPI_LIST_HANDLES,
				    self->pages + self->page - inside, 48, 4);
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_LIST, &list);
	}
}

TEST_F(pointers, list_with_a_huge_capacity_writes_what_there_is)
{
	struct wapi_list list =
		list_request(WAPI_LIST_HANDLES, self->pages, 48, ~0u);

	poison(self->pages, self->page);
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	EXPECT_LE(1, list.count);
	EXPECT_LE(list.count, 4);
	for (unsigned int i = 4 * 48; i < self->page; i++)
		ASSERT_EQ(POISON, self->pages[i]);
}

TEST_F(pointers, list_with_a_cursor_of_any_value_ends)
{
	struct wapi_handle_record records[8];
	static const __u64 values[] = {
		1, 1ull << 20, 1ull << 31, 1ull << 32, 1ull << 63, ~0ull,
	};
	struct wapi_list list;
	int error, rounds;

	for (__u32 what = 1; what <= 5; what++)
		for (unsigned int i = 0; i < 36; i++) {
			list = list_request(what, records, 48, 8);
			list.cursor[0] = values[i % 6];
			list.cursor[1] = values[i / 6];
			for (rounds = 0; rounds < 100; rounds++) {
				error = wapi_ioctl(self->fd, WAPI_IOC_LIST, &list);
				if (error || !list.count)
					break;
			}
			EXPECT_TRUE(!error || error == -EINVAL);
			EXPECT_LT(rounds, 100);
		}
}

/* What it takes over comes from the parent, so it is made by a child. */
static void inherit_at_every_size(void)
{
	const unsigned long request = WAPI_IOC_INHERIT;
	unsigned int own = sizeof(struct wapi_inherit), size;
	unsigned char buffer[256];
	int fd = open_device();

	REQUIRE(fd >= 0 && read_info(fd).abi_version);
	for (size = 0; size < own; size++) {
		poison(buffer, sizeof(buffer));
		memset(buffer, 0, size);
		REQUIRE(!*refused_sized(EINVAL, fd, resized(request, size), buffer,
					sizeof(buffer)));
	}
	for (size = own; size <= own + BEYOND; size++) {
		poison(buffer, sizeof(buffer));
		memset(buffer, 0, size);
		REQUIRE(!wapi_ioctl(fd, resized(request, size), buffer));
		REQUIRE(((struct wapi_inherit *)buffer)->count == 1);
		for (unsigned int i = own; i < sizeof(buffer); i++)
			REQUIRE(buffer[i] == (i < size ? 0 : POISON));
		if (size == own)
			continue;
		memset(buffer, 0, size);
		buffer[size - 1] = 1;
		REQUIRE(!*refused_sized(E2BIG, fd, resized(request, size), buffer,
					sizeof(buffer)));
	}
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct wapi_inherit inherit = { .flags = 1u << bit, .count = POISON32 };

		REQUIRE(!*refused(EINVAL, fd, request, &inherit));
	}
	REQUIRE(!*refused_sized(EFAULT, fd, request, NULL, 0));
	REQUIRE(!*refused_sized(EFAULT, fd, request, (void *)-4096l, 0));
	_exit(0);
}

TEST(inherit_at_every_size_with_every_unknown_flag_and_bad_addresses)
{
	struct wapi_mark mark = { .inherit = 1 };
	struct peer child;
	int fd = open_private_domain();

	ASSERT_LE(0, fd);
	mark.handle = new_handle(fd, WAPI_TYPE_EVENT);
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_MARK, &mark));
	if (!start_peer(&child))
		inherit_at_every_size();
	EXPECT_EQ(0, wait_for_peer(&child));
	EXPECT_QUERY(fd, mark.handle, 1, 1, 1);
	EXPECT_EQ(0, close(fd));
}

static bool is_tried(unsigned int direction, unsigned int number)
{
	const struct __fixture_variant_metadata *variant;
	const FIXTURE_VARIANT(sizes) *data;

	for (variant = _sizes_fixture_object.variant; variant; variant = variant->next) {
		data = variant->data;
		if (_IOC_DIR(data->request) == direction && _IOC_NR(data->request) == number)
			return true;
	}
	return number == _IOC_NR(WAPI_IOC_INHERIT);
}

/* All else is ENOTTY, whatever its size. */
TEST(every_request_of_the_module_is_tried)
{
	int fd = open_private_domain(), error, known = 0;

	ASSERT_LE(0, fd);
	for (unsigned int number = 0; number < 256; number++) {
		for (unsigned int direction = 0; direction < 4; direction++) {
			error = wapi_ioctl(fd, _IOC(direction, WAPI_IOC_MAGIC, number, 0), NULL);
			if (error == -ENOTTY)
				continue;
			known++;
			EXPECT_TRUE(is_tried(direction, number))
				TH_LOG("request %u has no variant here", number);
		}
	}
	EXPECT_LT(20, known);
	EXPECT_EQ(0, close(fd));
}

TEST_HARNESS_MAIN
