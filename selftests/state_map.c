// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping of the state table: what can be mapped, who can see what, that it
 * keeps nothing and stays, and that nobody but the module writes it.
 */
#include <linux/userfaultfd.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "state_test.h"

#define PAGE 4096

/* ---- how it is mapped ---- */

/* 0 or -errno. */
static int try_map(int fd, size_t size, int protection, int flags, __u64 offset)
{
	void *at = mmap64(NULL, size, protection, flags, fd, offset);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, size);
	return 0;
}

TEST_F(table, is_mapped_for_reading_only)
{
	static const struct {
		int protection, flags, error;
	} wrong[] = {
		{ PROT_READ | PROT_WRITE, MAP_SHARED, -EPERM },
		{ PROT_WRITE, MAP_SHARED, -EPERM },
		{ PROT_READ | PROT_EXEC, MAP_SHARED, -EPERM },
		{ PROT_EXEC, MAP_SHARED, -EPERM },
		{ PROT_READ, MAP_PRIVATE, -EINVAL },
	};
	struct state before = read_state(self->fd), after;

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(wrong[i].error, try_map(self->fd, PAGE, wrong[i].protection,
						  wrong[i].flags, WAPI_STATES_OFFSET)) {
			TH_LOG("protection %d, flags %#x", wrong[i].protection, wrong[i].flags);
		}
		EXPECT_EQ(wrong[i].error, try_map(self->fd, WAPI_STATES_SIZE,
						  wrong[i].protection, wrong[i].flags,
						  WAPI_STATES_OFFSET));
	}
	after = read_state(self->fd);
	EXPECT_STREQ("", state_difference(&before, &after, 0));
	EXPECT_EQ(0, try_map(self->fd, PAGE, PROT_READ, MAP_SHARED, WAPI_STATES_OFFSET));
	EXPECT_EQ(0, try_map(self->fd, PAGE, PROT_NONE, MAP_SHARED, WAPI_STATES_OFFSET));
	EXPECT_EQ(0, try_map(self->fd, PAGE, PROT_READ, MAP_SHARED_VALIDATE,
			     WAPI_STATES_OFFSET));
}

TEST_F(table, is_mapped_within_its_bounds_only)
{
	static const struct {
		__u64 offset;
		size_t size;
	} wrong[] = {
		{ WAPI_STATES_OFFSET, WAPI_STATES_SIZE + PAGE },
		{ WAPI_STATES_OFFSET + WAPI_STATES_SIZE, PAGE },
		{ WAPI_STATES_OFFSET + WAPI_STATES_SIZE - PAGE, 2 * PAGE },
		{ WAPI_STATES_OFFSET + PAGE, WAPI_STATES_SIZE },
		{ WAPI_STATES_OFFSET - PAGE, PAGE },
		{ WAPI_STATES_OFFSET - PAGE, 2 * PAGE },
		{ WAPI_STATES_OFFSET << 1, PAGE },
		{ WAPI_STATES_OFFSET << 20, PAGE },
		{ WAPI_STATES_OFFSET + 4, PAGE },
		{ WAPI_STATES_OFFSET + PAGE / 2, PAGE },
	};
	static const struct {
		__u64 offset;
		size_t size;
	} right[] = {
		{ WAPI_STATES_OFFSET, 1 },
		{ WAPI_STATES_OFFSET, PAGE },
		{ WAPI_STATES_OFFSET, WAPI_STATES_SIZE },
		{ WAPI_STATES_OFFSET + PAGE, PAGE },
		{ WAPI_STATES_OFFSET + PAGE, WAPI_STATES_SIZE - PAGE },
		{ WAPI_STATES_OFFSET + WAPI_STATES_SIZE - PAGE, PAGE },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-EINVAL, try_map(self->fd, wrong[i].size, PROT_READ, MAP_SHARED,
					   wrong[i].offset)) {
			TH_LOG("%zu bytes at %#llx", wrong[i].size, wrong[i].offset);
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(right); i++) {
		EXPECT_EQ(0, try_map(self->fd, right[i].size, PROT_READ, MAP_SHARED,
				     right[i].offset)) {
			TH_LOG("%zu bytes at %#llx", right[i].size, right[i].offset);
		}
	}
}

TEST_F(table, is_the_same_however_it_is_mapped)
{
	const __u32 *again = map_states(self->fd), *others = map_states(self->other);
	const __u32 *second = mmap64(NULL, PAGE, PROT_READ, MAP_SHARED, self->other,
				     WAPI_STATES_OFFSET + PAGE);
	__u32 handle = 0;

	ASSERT_NE(MAP_FAILED, again);
	ASSERT_NE(MAP_FAILED, others);
	ASSERT_NE(MAP_FAILED, second);
	/* Into the second page. */
	while (index_of(handle) < PAGE / 4 + 5)
		handle = new_event(self->fd, 0);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(i ? AUTO | SIGNALLED : AUTO, TOLD(handle));
		EXPECT_EQ(TOLD(handle), told_of(again, handle));
		EXPECT_EQ(TOLD(handle), told_of(others, handle));
		EXPECT_EQ(entry_at(again, index_of(handle)),
			  entry_at(second, index_of(handle) - PAGE / 4));
		EXPECT_EQ(i, set(self->fd, handle));
	}
	EXPECT_EQ(0, munmap((void *)others, WAPI_STATES_SIZE));
	EXPECT_EQ(AUTO | SIGNALLED, told_of(again, handle));
}

TEST_F(table, is_mapped_by_a_descriptor_that_is_opened_for_reading)
{
	int readable = open(WAPI_DEVICE, O_RDONLY | O_CLOEXEC);
	__u32 event = new_event(self->fd, WAPI_NEW_SIGNALLED);
	const __u32 *states;

	ASSERT_LE(0, readable);
	states = map_states(readable);
	ASSERT_NE(MAP_FAILED, states);
	EXPECT_EQ(AUTO | SIGNALLED, told_of(states, event));
	EXPECT_EQ(0, take(self->fd, event));
	EXPECT_EQ(AUTO, told_of(states, event));
	EXPECT_EQ(-1, mprotect((void *)states, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	close(readable);
}

/* To map it is to enter the domain, like the first request. */
TEST_F(table, is_mapped_by_a_client_that_has_made_no_request)
{
	int fd = open_device();
	__u32 event = new_event(self->fd, 0);
	const __u32 *states;

	ASSERT_LE(0, fd);
	EXPECT_EQ(2, read_info(self->fd).clients);
	states = map_states(fd);
	ASSERT_NE(MAP_FAILED, states);
	EXPECT_EQ(AUTO, told_of(states, event));
	EXPECT_EQ(3, read_info(self->fd).clients);
	EXPECT_EQ(-EBUSY, join_domain(self->fd, fd));
	close(fd);
}

/* ---- that it keeps nothing, and stays ---- */

TEST_F(table, keeps_no_client_and_not_the_module)
{
	long long before = module_references();
	int fd = open_device();
	__u32 handle = new_event(fd, WAPI_NEW_SIGNALLED);
	const __u32 *states = map_states(fd);

	ASSERT_NE(MAP_FAILED, states);
	EXPECT_EQ(AUTO | SIGNALLED, told_of(states, handle));
	EXPECT_EQ(before + 1, module_references());
	close(fd);
	EXPECT_EQ(before, module_references());
	EXPECT_EQ(2, read_info(self->fd).clients);
	/* It goes on to tell of the domain that is still there. */
	EXPECT_EQ(0, live_entries(states));
	handle = new_event(self->fd, 0);
	EXPECT_EQ(AUTO, told_of(states, handle));
	EXPECT_EQ(0, set(self->fd, handle));
	EXPECT_EQ(AUTO | SIGNALLED, told_of(states, handle));
}

TEST_F(table, stays_readable_when_the_domain_is_gone)
{
	int handles[300];
	const __u32 *states;

	for (int i = 0; i < 300; i++)
		handles[i] = new_handle(self->fd, 1 + i % 10);
	EXPECT_EQ(300, live_entries(self->states));
	close(self->fd);
	close(self->other);
	EXPECT_EQ(0, live_entries(self->states));
	/* The next domain of this user has a table of its own. */
	self->fd = open_device();
	self->other = open_device();
	for (int i = 0; i < 300; i++)
		ASSERT_EQ(handles[i], new_handle(self->fd, 1 + i % 10));
	EXPECT_EQ(0, live_entries(self->states));
	states = map_states(self->fd);
	ASSERT_NE(MAP_FAILED, states);
	EXPECT_EQ(300, live_entries(states));
}

TEST_F(table, tells_of_a_domain_that_only_a_descriptor_keeps)
{
	__u32 semaphore = new_semaphore(self->fd, 2, 2), event = new_event(self->fd, 0);
	int fd = object_to_fd(self->fd, semaphore, O_NONBLOCK | O_CLOEXEC);

	ASSERT_LE(0, fd);
	close(self->fd);
	close(self->other);
	EXPECT_EQ(0, TOLD(event));
	EXPECT_EQ(1, live_entries(self->states));
	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(semaphore));
	EXPECT_EQ(0, read_object(fd));
	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(semaphore));
	EXPECT_EQ(0, read_object(fd));
	EXPECT_EQ(SEMAPHORE, TOLD(semaphore));
	close(fd);
	EXPECT_EQ(0, live_entries(self->states));
	self->fd = open_device();
	self->other = open_device();
}

/* ---- who can see it ---- */

TEST_F(table, is_read_by_a_forked_child_but_not_mapped)
{
	__u32 event = new_event(self->fd, 0);
	struct peer child;

	if (!start_peer(&child)) {
		REQUIRE(TOLD(event) == AUTO);
		send_to(&child, 1);
		REQUIRE(receive(&child) == 2);
		REQUIRE(TOLD(event) == (AUTO | SIGNALLED));
		/* The descriptor that it has is not its own. */
		REQUIRE(try_map(self->fd, PAGE, PROT_READ, MAP_SHARED,
				WAPI_STATES_OFFSET) == -ESTALE);
		REQUIRE(mprotect((void *)self->states, PAGE, PROT_READ | PROT_WRITE));
		_exit(0);
	}
	EXPECT_EQ(1, receive(&child));
	EXPECT_EQ(0, set(self->fd, event));
	send_to(&child, 2);
	EXPECT_EQ(0, wait_for_peer(&child));
}

TEST_F(table, is_not_mapped_by_a_descriptor_of_another_process)
{
	struct peer other;
	int received;
	__u64 value;

	if (!start_peer(&other)) {
		REQUIRE(!receive_fd_from(&other, &value, &received));
		REQUIRE(received >= 0);
		REQUIRE(try_map(received, PAGE, PROT_READ, MAP_SHARED,
				WAPI_STATES_OFFSET) == -ESTALE);
		REQUIRE(try_map(received, WAPI_STATES_SIZE, PROT_READ, MAP_SHARED,
				WAPI_STATES_OFFSET) == -ESTALE);
		_exit(0);
	}
	ASSERT_EQ(0, send_fd_to(&other, 0, self->fd));
	EXPECT_EQ(0, wait_for_peer(&other));
}

/* In a child: its own domain's, with nothing of ours; says what it has made. */
static void see_nothing(struct peer *parent, __u32 handle)
{
	int fd = open_device(), own;
	const __u32 *states;

	REQUIRE(fd >= 0);
	states = map_states(fd);
	REQUIRE(states != MAP_FAILED);
	REQUIRE(live_entries(states) == 0);
	own = new_event(fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
	REQUIRE(told_of(states, own) == (MANUAL | SIGNALLED));
	REQUIRE(live_entries(states) == 1);
	send_to(parent, 1);
	REQUIRE(receive(parent) == 2);
	/* What we have changed since is not seen there either. */
	REQUIRE(told_of(states, own) == (MANUAL | SIGNALLED));
	REQUIRE((__u32)own == handle || !told_of(states, handle));
	REQUIRE(live_entries(states) == 1);
	_exit(0);
}

TEST_F(table, of_another_user_tells_nothing_of_ours)
{
	__u32 event = new_event(self->fd, 0);
	struct peer other;

	if (geteuid())
		SKIP(return, "needs root");
	if (!start_peer(&other)) {
		REQUIRE(!become(NOBODY));
		see_nothing(&other, event);
	}
	EXPECT_EQ(1, receive(&other));
	EXPECT_EQ(1, live_entries(self->states));
	EXPECT_EQ(AUTO, TOLD(event));
	ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_FILE));
	send_to(&other, 2);
	EXPECT_EQ(0, wait_for_peer(&other));
}

TEST_F(table, of_another_ipc_namespace_tells_nothing_of_ours)
{
	__u32 event = new_event(self->fd, 0);
	struct peer other;

	if (!start_peer(&other)) {
		REQUIRE(!unshare(CLONE_NEWIPC));
		see_nothing(&other, event);
	}
	EXPECT_EQ(1, receive(&other));
	EXPECT_EQ(1, live_entries(self->states));
	EXPECT_EQ(AUTO, TOLD(event));
	ASSERT_LT(0, new_handle(self->fd, WAPI_TYPE_FILE));
	send_to(&other, 2);
	EXPECT_EQ(0, wait_for_peer(&other));
}

TEST_F(table, of_the_domain_that_was_joined_tells_all)
{
	__u32 event = new_event(self->fd, 0);
	struct peer other;

	if (!start_peer(&other)) {
		const __u32 *states;
		int fd;

		REQUIRE(!unshare(CLONE_NEWIPC));
		if (!geteuid())
			REQUIRE(!become(NOBODY));
		fd = open_device();
		REQUIRE(!join_domain(self->fd, fd));
		states = map_states(fd);
		REQUIRE(states != MAP_FAILED);
		REQUIRE(told_of(states, event) == AUTO);
		REQUIRE(!open_handle(fd, event));
		REQUIRE(!set(fd, event));
		REQUIRE(told_of(states, event) == (AUTO | SIGNALLED));
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&other));
	EXPECT_EQ(AUTO | SIGNALLED, TOLD(event));
}

/* ---- that nobody writes it ---- */

/* What all that was tried must leave: the entry as it is, and a table that follows. */
static const char *untouched(FIXTURE_DATA(table) *self, __u32 event)
{
	if (TOLD(event) != MANUAL)
		return "the entry is touched";
	if (set(self->fd, event) || TOLD(event) != (MANUAL | SIGNALLED) ||
	    reset(self->fd, event) != 1 || TOLD(event) != MANUAL)
		return "the table does not follow";
	return live_entries(self->states) == 1 ? "" : "there is an entry of nothing";
}

TEST_F(table, cannot_be_made_writable_or_executable)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	static const int wrong[] = {
		PROT_WRITE, PROT_READ | PROT_WRITE, PROT_EXEC, PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-1, mprotect((void *)self->states, WAPI_STATES_SIZE, wrong[i]));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(-1, mprotect((void *)self->states, PAGE, wrong[i]));
		EXPECT_EQ(EACCES, errno);
	}
	EXPECT_EQ(0, mprotect((void *)self->states, PAGE, PROT_NONE));
	EXPECT_EQ(0, mprotect((void *)self->states, PAGE, PROT_READ));
	EXPECT_STREQ("", untouched(self, event));
}

/*
 * That call maps the file behind the mapping again, by itself: what is allowed
 * for the new mapping must not be more than for the old one.
 */
TEST_F(table, cannot_be_made_writable_by_remap_file_pages)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	const __u32 *states = map_states(self->fd);

	ASSERT_NE(MAP_FAILED, states);
	if (syscall(SYS_remap_file_pages, states, 16 * PAGE, 0, 0, 0) && errno == ENOSYS)
		SKIP(return, "the kernel has no remap_file_pages()");
	EXPECT_EQ(-1, mprotect((void *)states, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_STREQ("", untouched(self, event));
}

TEST_F(table, cannot_be_written_through_process_memory)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL), bytes = ~0u, seen;
	const __u32 *at = &self->states[index_of(event)];
	struct iovec from = { &bytes, 4 }, to = { (void *)at, 4 }, back = { &seen, 4 };
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC), lines[2];

	ASSERT_LE(0, mem);
	EXPECT_EQ(-1, pwrite(mem, &bytes, 4, address(at)));
	EXPECT_TRUE(errno == EIO || errno == EFAULT);
	EXPECT_EQ(4, pread(mem, &seen, 4, address(at)));
	EXPECT_EQ(*at, seen);
	close(mem);
	EXPECT_EQ(-1, process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	seen = 0;
	EXPECT_EQ(4, process_vm_readv(getpid(), &back, 1, &to, 1, 0));
	EXPECT_EQ(*at, seen);
	/* Nor does the kernel itself write there for a program. */
	ASSERT_EQ(0, pipe(lines));
	ASSERT_EQ(4, write(lines[1], &bytes, 4));
	EXPECT_EQ(-1, read(lines[0], (void *)at, 4));
	EXPECT_EQ(EFAULT, errno);
	close(lines[0]);
	close(lines[1]);
	EXPECT_STREQ("", untouched(self, event));
}

TEST_F(table, cannot_be_written_by_the_results_of_requests)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	struct wapi_handle_record *records = (void *)self->states;
	struct wapi_list list = list_request(WAPI_LIST_HANDLES, records, sizeof(*records), 1);
	struct wapi_batch batch = batch_request((void *)self->states, 1, 0);

	/* As a structure it is even a good one, of the right size. */
	EXPECT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_INFO, (void *)(self->states + 4096)));
	EXPECT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
	EXPECT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_BATCH, &batch));
	EXPECT_STREQ("", untouched(self, event));
}

TEST_F(table, cannot_be_written_by_ptrace)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	const __u32 *at = &self->states[index_of(event) & ~1u];
	int status;
	pid_t pid = fork();
	long word;

	ASSERT_LE(0, pid);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, at, NULL);
	EXPECT_EQ(0, errno);
	EXPECT_EQ(0, memcmp(&word, at, sizeof(word)));
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, at, -1l));
	EXPECT_TRUE(errno == EIO || errno == EFAULT);
	EXPECT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_STREQ("", untouched(self, event));
}

/* It would fill the pages that are not there yet. */
TEST_F(table, cannot_be_filled_by_userfaultfd)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	const __u32 *states = map_states(self->fd);
	static const __u64 modes[] = {
		UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_MINOR,
		UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range;
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		SKIP(return, "userfaultfd: %s", strerror(errno));
	ASSERT_NE(MAP_FAILED, states);
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		range = (struct uffdio_register){
			.range = { address(states), WAPI_STATES_SIZE }, .mode = modes[i],
		};
		EXPECT_EQ(-1, ioctl(fd, UFFDIO_REGISTER, &range));
		EXPECT_TRUE(errno == EPERM || errno == EINVAL) {
			TH_LOG("%s", strerror(errno));
		}
	}
	close(fd);
	EXPECT_STREQ("", untouched(self, event));
}

TEST_F(table, is_not_harmed_by_any_advice)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	const size_t huge = 2 << 20;
	char *room, *at;

	for (int advice = 0; advice < 30; advice++) {
		/* Where a huge page would fit. */
		room = mmap(NULL, WAPI_STATES_SIZE + huge, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		ASSERT_NE(MAP_FAILED, room);
		at = (char *)((address(room) + huge - 1) & ~(huge - 1));
		ASSERT_EQ(at, mmap64(at, WAPI_STATES_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED,
				     self->fd, WAPI_STATES_OFFSET));
		EXPECT_EQ(MANUAL, told_of((void *)at, event));
		/* To take the pages away from the file is to write to it. */
		if (advice == MADV_REMOVE) {
			EXPECT_EQ(-1, madvise(at, WAPI_STATES_SIZE, advice));
		} else {
			madvise(at, WAPI_STATES_SIZE, advice);
		}
		EXPECT_STREQ("", untouched(self, event)) {
			TH_LOG("advice %d", advice);
		}
		EXPECT_EQ(MANUAL, told_of((void *)at, event)) {
			TH_LOG("advice %d", advice);
		}
		EXPECT_EQ(0, live_entries((void *)at) - live_entries(self->states));
		ASSERT_EQ(0, munmap(room, WAPI_STATES_SIZE + huge));
	}
}

/* In a child: how reading there ends. */
static int read_there(const volatile __u32 *at)
{
	struct peer child;

	if (!start_peer(&child)) {
		prctl(PR_SET_DUMPABLE, 0);
		_exit(*at ? 1 : 0);
	}
	return wait_for_peer(&child);
}

TEST_F(table, does_not_grow)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);
	char *last = mmap64(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd,
			    WAPI_STATES_OFFSET + WAPI_STATES_SIZE - PAGE);
	char *grown;

	ASSERT_NE(MAP_FAILED, last);
	EXPECT_EQ(0, read_there((void *)last));
	grown = mremap(last, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	if (grown != MAP_FAILED) {
		/* There is nothing behind it. */
		EXPECT_EQ(0, read_there((void *)grown));
		EXPECT_EQ(128 + SIGBUS, read_there((void *)(grown + PAGE)));
		EXPECT_EQ(128 + SIGBUS, read_there((void *)(grown + 2 * PAGE)));
		EXPECT_EQ(-1, mprotect(grown, 3 * PAGE, PROT_READ | PROT_WRITE));
	}
	/* Within its bounds it can be moved and mapped in parts. */
	grown = mremap((void *)self->states, WAPI_STATES_SIZE, 2 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, grown);
	EXPECT_EQ(MANUAL, told_of((void *)grown, event));
	EXPECT_EQ(-1, mprotect(grown, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	self->states = map_states(self->fd);
	ASSERT_NE(MAP_FAILED, self->states);
	EXPECT_STREQ("", untouched(self, event));
}

/* Copies the lines of a mapping from /proc/self/smaps. */
static void read_smaps(const void *at, char *text, size_t size)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	char line[512];
	bool found = false;
	size_t length = 0;

	text[0] = 0;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			found = start == (unsigned long)at;
		if (found && length + strlen(line) < size)
			length += sprintf(text + length, "%s", line);
	}
	if (file)
		fclose(file);
}

TEST_F(table, is_told_in_proc_for_what_it_is)
{
	char text[4096], *flags;

	read_smaps(self->states, text, sizeof(text));
	EXPECT_NE(NULL, strstr(text, " r--s "));
	EXPECT_NE(NULL, strstr(text, "wapi-states")) {
		TH_LOG("%s", text);
	}
	flags = strstr(text, "VmFlags:");
	ASSERT_NE(NULL, flags);
	/* May not be written or executed, now or ever; not dumped. */
	EXPECT_EQ(NULL, strstr(flags, " wr"));
	EXPECT_EQ(NULL, strstr(flags, " mw"));
	EXPECT_EQ(NULL, strstr(flags, " ex"));
	EXPECT_EQ(NULL, strstr(flags, " me"));
	EXPECT_NE(NULL, strstr(flags, " dd"));
}

TEST_HARNESS_MAIN
