// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing that is told holds an address of the kernel's, or what its memory held
 * before: neither in a result, nor in a padding, nor in a record or a text.
 *
 * The kernel's stack and its free memory are filled with a pattern first, by
 * requests that are refused and by attributes of a file that are removed; what then
 * comes out with four bytes of it was never written.  (Of free memory that shows
 * only where the kernel runs with init_on_alloc=0, as in our guests.)
 */
#include <sys/xattr.h>

#include "wait_test.h"

#define STALE	0xc7
#define STALE32	0xc7c7c7c7u
#define BEYOND	64

FIXTURE(leaks)
{
	int fd, other_fd, object_fd, pidfd;
	__u32 event, semaphore, mutex, thread, timer, process, file;
	__u64 block;
	__u32 handles[2];
	struct wapi_batch_request requests[2];
	struct wapi_open opens[2];
	unsigned char *records;
};

enum { RECORDS_SIZE = 1 << 20 };

FIXTURE_SETUP(leaks)
{
	struct wapi_new named = new_request(WAPI_TYPE_FILE);

	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->other_fd = open_device();
	ASSERT_LE(0, self->other_fd);
	self->event = new_event(self->fd, WAPI_NEW_MANUAL);
	self->semaphore = new_semaphore(self->fd, 1, 1000000);
	self->mutex = new_mutex(self->fd, 0);
	self->thread = new_thread(self->fd);
	self->timer = new_timer(self->fd, 0);
	self->pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	self->process = new_process_of_pidfd(self->fd, self->pidfd);
	named.name = address("a name");
	named.name_size = 6;
	named.data_size = 100;
	self->file = new_object(self->fd, named);
	ASSERT_LT(0, (int)self->file);
	self->block = new_block(self->fd, 100);
	self->object_fd = object_to_fd(self->fd, self->event, 0);
	ASSERT_LE(0, self->object_fd);
	set(self->fd, self->event);
	self->handles[0] = self->event;
	self->handles[1] = self->semaphore;
	self->records = malloc(RECORDS_SIZE);
	ASSERT_NE(NULL, self->records);
}

FIXTURE_TEARDOWN(leaks)
{
	free(self->records);
	close(self->object_fd);
	close(self->pidfd);
	close(self->other_fd);
	close(self->fd);
}

/* Attributes of a file, of every size that kmalloc() has a cache for, there and gone. */
static bool make_free_memory_stale(void)
{
	static unsigned char stale[8192];
	int file = memfd_create("stale", MFD_CLOEXEC);
	char name[] = "trusted.0";
	bool made = true;

	memset(stale, STALE, sizeof(stale));
	for (size_t size = 16; size <= sizeof(stale); size *= 2) {
		for (name[8] = '0'; name[8] <= '7'; name[8]++)
			made &= !fsetxattr(file, name, stale, size * 7 / 8, 0);
		for (name[8] = '0'; name[8] <= '7'; name[8]++)
			made &= !fremovexattr(file, name);
	}
	close(file);
	return made;
}

/* The stack, where the request will have it, and what poll() keeps there. */
static void make_stack_stale(int fd, unsigned long request)
{
	unsigned char stale[512];

	memset(stale, STALE, sizeof(stale));
	syscall(SYS_poll, stale, 30, 0);
	if (request != WAPI_IOC_INFO)
		ioctl(fd, request, stale);
}

/* "" if nothing that is told looks like the kernel's. */
static const char *kernels_own(const void *told, size_t size)
{
	const unsigned char *bytes = told;
	__u32 word;
	__u64 value;

	for (size_t i = 0; i + sizeof(word) <= size; i++) {
		memcpy(&word, bytes + i, sizeof(word));
		if (word == STALE32)
			return "stale memory";
	}
	for (size_t i = 0; i + sizeof(value) <= size; i += sizeof(word)) {
		memcpy(&value, bytes + i, sizeof(value));
		/* With page tables of five levels it begins there; not {1, -1} and the like. */
		if (value >= 0xff00000000000000 && value != ~0ull &&
		    (value >> 32 != ~0u || (__u32)value >= 0x80000000))
			return "an address of the kernel's";
	}
	return "";
}

TEST(an_address_or_stale_memory_would_be_seen)
{
	unsigned char told[64] = { 0 };
	__u64 address_of_kernels = 0xff1ae55b5f832678;

	EXPECT_STREQ("", kernels_own(told, sizeof(told)));
	memset(told + 33, STALE, 4);
	EXPECT_STREQ("stale memory", kernels_own(told, sizeof(told)));
	memset(told, 0, sizeof(told));
	memcpy(told + 20, &address_of_kernels, sizeof(address_of_kernels));
	EXPECT_STREQ("an address of the kernel's", kernels_own(told, sizeof(told)));
}

/* Everything that can be asked, in an order that makes all of it succeed. */
static int make(FIXTURE_DATA(leaks) *self, unsigned int number, unsigned char *memory,
		unsigned long *request, size_t *size)
{
	struct wapi_wait wait = wait_request(self->handles, 2, 0, 0);
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct wapi_open_name open_name = {
		.name = address("a name"), .name_size = 6, .type = WAPI_TYPE_FILE,
	};

#define ASK(ioc, structure, ...) do {					\
	struct structure r = __VA_ARGS__;				\
	*request = ioc;							\
	*size = sizeof(r);						\
	memcpy(memory, &r, sizeof(r));					\
} while (0)

	wait.timeout = 0;
	switch (number) {
	case 0: ASK(WAPI_IOC_INFO, wapi_info, info_request()); break;
	case 1: new.data_size = 40; ASK(WAPI_IOC_NEW, wapi_new, new); break;
	case 2: ASK(WAPI_IOC_OPEN, wapi_open, open_request(self->file)); break;
	case 3: ASK(WAPI_IOC_CLOSE, wapi_close, close_request(self->file)); break;
	case 4: ASK(WAPI_IOC_SEARCH, wapi_search, search_request(0, 0)); break;
	case 5: ASK(WAPI_IOC_QUERY, wapi_query, query_request(self->event)); break;
	case 6: ASK(WAPI_IOC_QUERY, wapi_query, query_request(self->semaphore)); break;
	case 7: ASK(WAPI_IOC_QUERY, wapi_query, query_request(self->mutex)); break;
	case 8: ASK(WAPI_IOC_QUERY, wapi_query, query_request(self->thread)); break;
	case 9: ASK(WAPI_IOC_QUERY, wapi_query, query_request(self->process)); break;
	case 10: ASK(WAPI_IOC_QUERY, wapi_query, query_request(self->file)); break;
	case 11: ASK(WAPI_IOC_SCRATCH, wapi_scratch, scratch_request(50)); break;
	case 12: ASK(WAPI_IOC_BLOCK, wapi_block, block_request(self->block)); break;
	case 13: ASK(WAPI_IOC_ATTACH, wapi_attach, attach_request(self->event, self->block)); break;
	case 14: ASK(WAPI_IOC_ATTACH, wapi_attach, attach_request(self->event, 0)); break;
	case 15: ASK(WAPI_IOC_OPEN_NAME, wapi_open_name, open_name); break;
	case 16: ASK(WAPI_IOC_SET, wapi_signal, { .handle = self->event }); break;
	case 17: ASK(WAPI_IOC_PULSE, wapi_signal, { .handle = self->event }); break;
	case 18: ASK(WAPI_IOC_RESET, wapi_signal, { .handle = self->event }); break;
	case 19: ASK(WAPI_IOC_WAIT, wapi_wait, wait); break;
	case 20:
		self->handles[0] = self->mutex;
		ASK(WAPI_IOC_WAIT, wapi_wait, wait);
		break;
	case 21:
		ASK(WAPI_IOC_MUTEX_RELEASE, wapi_mutex_release, { .handle = self->mutex });
		break;
	case 22:
		ASK(WAPI_IOC_SEM_RELEASE, wapi_sem_release,
		    { .handle = self->semaphore, .count = 1 });
		break;
	case 23: ASK(WAPI_IOC_THREAD_EXIT, wapi_thread_exit, { .handle = self->thread }); break;
	case 24: ASK(WAPI_IOC_DUP, wapi_dup, { .handle = self->file, .pid = getpid() }); break;
	case 25: ASK(WAPI_IOC_MARK, wapi_mark, { .handle = self->file, .inherit = 1 }); break;
	case 26: ASK(WAPI_IOC_TO_FD, wapi_to_fd, { .handle = self->event }); break;
	case 27: ASK(WAPI_IOC_FROM_FD, wapi_from_fd, { .fd = self->object_fd }); break;
	case 28:
		self->opens[0] = self->opens[1] = open_request(self->file);
		self->requests[0] = batched(WAPI_IOC_OPEN, &self->opens[0]);
		self->requests[1] = batched(WAPI_IOC_OPEN, &self->opens[1]);
		ASK(WAPI_IOC_BATCH, wapi_batch, batch_request(self->requests, 2, 0));
		break;
	case 29: ASK(WAPI_IOC_SCRATCH_FREE, wapi_scratch_free, free_request(self->block)); break;
	case 30:
		ASK(WAPI_IOC_TIMER_SET, wapi_timer_set,
		    timer_request(self->timer, 0, 1000000, 1000000));
		break;
	case 31:
		ASK(WAPI_IOC_TIMER_CANCEL, wapi_timer_cancel, { .handle = self->timer });
		break;
	default: return -1;
	}
	return 0;
#undef ASK
}

TEST_F(leaks, no_result_has_an_address_or_stale_memory)
{
	unsigned char memory[512];
	unsigned long request;
	unsigned int number;
	size_t size;

	for (number = 0; !make(self, number, memory, &request, &size); number++) {
		ASSERT_TRUE(make_free_memory_stale());
		make_stack_stale(self->fd, request);
		memset(memory + size, 0, sizeof(memory) - size);
		ASSERT_LE(0, wapi_ioctl(self->fd, request, memory)) {
			TH_LOG("case %u: %s", number, strerror(errno));
		}
		EXPECT_STREQ("", kernels_own(memory, sizeof(memory))) {
			TH_LOG("case %u", number);
		}
		/* Nothing is written behind it. */
		for (size_t i = size; i < sizeof(memory); i++) {
			ASSERT_EQ(0, memory[i]);
		}
	}
	EXPECT_LT(25, number);
	EXPECT_STREQ("", kernels_own(self->opens, sizeof(self->opens)));
}

TEST_F(leaks, no_result_of_a_larger_structure_has_an_address_or_stale_memory)
{
	unsigned char memory[512];
	unsigned long request;
	unsigned int number;
	size_t size;

	for (number = 0; !make(self, number, memory, &request, &size); number++) {
		memset(memory + size, 0, sizeof(memory) - size);
		request = _IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request),
			       size + BEYOND);
		ASSERT_TRUE(make_free_memory_stale());
		make_stack_stale(self->fd, request);
		ASSERT_LE(0, wapi_ioctl(self->fd, request, memory)) {
			TH_LOG("case %u: %s", number, strerror(errno));
		}
		EXPECT_STREQ("", kernels_own(memory, sizeof(memory))) {
			TH_LOG("case %u", number);
		}
		for (size_t i = size; i < sizeof(memory); i++) {
			ASSERT_EQ(0, memory[i]);
		}
	}
	EXPECT_LT(25, number);
}

TEST_F(leaks, no_result_of_a_refused_request_is_written)
{
	unsigned char memory[512], before[512];
	unsigned long request;
	unsigned int number;
	size_t size;

	for (number = 0; !make(self, number, memory, &request, &size); number++) {
		/* Every one has flags, or a padding, in its last or second word. */
		memset(memory, STALE, size);
		memcpy(before, memory, size);
		ASSERT_TRUE(make_free_memory_stale());
		EXPECT_GT(0, wapi_ioctl(self->fd, request, memory)) {
			TH_LOG("case %u", number);
		}
		EXPECT_EQ(0, memcmp(before, memory, size)) {
			TH_LOG("case %u", number);
		}
	}
}

TEST_F(leaks, no_record_has_an_address_or_stale_memory)
{
	static const size_t sizes[] = {
		[WAPI_LIST_DOMAINS] = sizeof(struct wapi_domain_record),
		[WAPI_LIST_CLIENTS] = sizeof(struct wapi_client_record),
		[WAPI_LIST_HANDLES] = sizeof(struct wapi_handle_record),
		[WAPI_LIST_REFERENCES] = sizeof(struct wapi_reference_record),
		[WAPI_LIST_BLOCKS] = sizeof(struct wapi_block_record),
		[WAPI_LIST_WAITERS] = sizeof(struct wapi_waiter_record),
		[WAPI_LIST_NAMES] = sizeof(struct wapi_name_record),
	};
	struct sleeper sleeper;
	__u32 never = new_event(self->fd, 0);

	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &never, 1, 0, 100000));
	ASSERT_TRUE(within(10, sleeps(&sleeper)));
	for (__u32 what = WAPI_LIST_DOMAINS; what <= WAPI_LIST_NAMES; what++) {
		for (size_t more = 0; more <= BEYOND; more += BEYOND) {
			size_t size = sizes[what] + more, length;
			struct wapi_list list = list_request(what, self->records, size,
							     RECORDS_SIZE / size);

			memset(self->records, POISON, RECORDS_SIZE);
			ASSERT_TRUE(make_free_memory_stale());
			make_stack_stale(self->fd, WAPI_IOC_LIST);
			ASSERT_LE(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
			ASSERT_LE(1, list.count);
			length = list.count * size;
			EXPECT_STREQ("", kernels_own(&list.cursor, sizeof(list) -
						     offsetof(struct wapi_list, cursor)));
			EXPECT_STREQ("", kernels_own(self->records, length)) {
				TH_LOG("listing %u", what);
			}
			for (size_t i = length; i < RECORDS_SIZE; i++) {
				ASSERT_EQ(POISON, self->records[i]);
			}
			for (size_t i = 0; i + 4 <= length; i++) {
				__u32 word;

				memcpy(&word, self->records + i, sizeof(word));
				ASSERT_NE(POISON32, word) {
					TH_LOG("listing %u, byte %zu is not written", what, i);
				}
			}
		}
	}
	set(self->fd, never);
	EXPECT_LE(0, join_sleeper(&sleeper));
}

TEST_F(leaks, no_acquired_has_an_address_or_stale_memory)
{
	struct wapi_acquired acquired;

	poison(&acquired, sizeof(acquired));
	ASSERT_TRUE(make_free_memory_stale());
	make_stack_stale(self->fd, WAPI_IOC_WAIT);
	ASSERT_EQ(sizeof(acquired), read(self->object_fd, &acquired, sizeof(acquired)));
	EXPECT_EQ(0, acquired.abandoned);
	EXPECT_EQ(0, acquired.abandoned_tid);
}

/* Does a text have sixteen hexadecimal digits that begin like a kernel's address? */
static bool has_address(const char *text)
{
	for (const char *at = text; (at = strcasestr(at, "ff")); at++)
		if (strspn(at, "0123456789abcdefABCDEF") == 16)
			return true;
	return false;
}

TEST_F(leaks, no_text_has_an_address)
{
	static const char *const paths[] = {
		"/proc/self/fdinfo/%d", "/proc/self/fdinfo/%d", "/proc/self/maps",
	};
	const int fds[] = { self->fd, self->object_fd, 0 };

	ASSERT_NE(MAP_FAILED, map_arena(self->fd));
	ASSERT_NE(MAP_FAILED, map_states(self->fd));
	EXPECT_TRUE(has_address("of 0xffff888012345678."));
	for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++) {
		char path[64], *text = (char *)self->records;
		ssize_t length;
		int fd;

		snprintf(path, sizeof(path), paths[i], fds[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, fd);
		length = read(fd, text, RECORDS_SIZE - 1);
		ASSERT_LT(0, length);
		text[length] = '\0';
		/* The kernel's own page in every process. */
		if (strstr(text, "[vsyscall]"))
			*strstr(text, "ffffffffff600000") = '\0';
		EXPECT_FALSE(has_address(text)) {
			TH_LOG("%s", text);
		}
		close(fd);
	}
}

TEST_HARNESS_MAIN
