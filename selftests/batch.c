// SPDX-License-Identifier: GPL-2.0
/*
 * Batches: each request of one does and tells what it would alone, in their
 * order, and the batch itself does nothing beside.
 */
#include "rounds.h"
#include "wait_test.h"

#define PAGE 4096

FIXTURE(batch)
{
	int fd;
	__u32 handle;
};

FIXTURE_SETUP(batch)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	ASSERT_LT(0, (int)self->handle);
	ASSERT_COUNTS(self->fd, 1, 1, 0, 1);
}

FIXTURE_TEARDOWN(batch)
{
	EXPECT_COUNTS_SOON(self->fd, 1, 1, 0, 1);
	EXPECT_EQ(1, close_handle(self->fd, self->handle));
	EXPECT_EQ(0, close(self->fd));
}

/* One request alone in a batch: its result, or -EPROTO if the batch is not right. */
static int batch_one(int fd, __u32 cmd, void *argument)
{
	struct wapi_batch_request request = batched(cmd, argument);

	return make_batch(fd, &request, 1, 0) == 1 && request.cmd == cmd &&
	       request.arg == address(argument) ? request.result : -EPROTO;
}

/* ---- what it does ---- */

TEST_F(batch, of_64_times_open_and_close)
{
	struct wapi_batch_request requests[128];
	struct wapi_close closes[64];
	struct wapi_open opens[64];
	struct wapi_info before = read_info(self->fd), after;

	for (int i = 0; i < 64; i++) {
		opens[i] = open_request(self->handle);
		closes[i] = close_request(self->handle);
		requests[2 * i] = batched(WAPI_IOC_OPEN, &opens[i]);
		requests[2 * i + 1] = batched(WAPI_IOC_CLOSE, &closes[i]);
	}
	EXPECT_EQ(128, make_batch(self->fd, requests, 128, WAPI_BATCH_STOP));
	for (int i = 0; i < 64; i++) {
		EXPECT_EQ(0, requests[2 * i].result);
		EXPECT_EQ(0, requests[2 * i + 1].result);
		EXPECT_EQ(WAPI_TYPE_EVENT, opens[i].type);
		EXPECT_EQ(2, opens[i].references);
		EXPECT_EQ(0, opens[i].block);
		EXPECT_EQ(1, closes[i].references);
		EXPECT_EQ(0, closes[i].destroyed);
	}
	after = read_info(self->fd);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(after)));
	EXPECT_QUERY(self->fd, self->handle, 1, 1, 1);

	/* All opened first, then all closed. */
	for (int i = 0; i < 64; i++) {
		requests[i] = batched(WAPI_IOC_OPEN, &opens[i]);
		requests[64 + i] = batched(WAPI_IOC_CLOSE, &closes[i]);
	}
	EXPECT_EQ(128, make_batch(self->fd, requests, 128, 0));
	for (int i = 0; i < 64; i++) {
		EXPECT_EQ(i + 2, opens[i].references);
		EXPECT_EQ(64 - i, closes[i].references);
	}
}

/*
 * Structures that overlap, so that one request takes what another has told: the
 * handle stands first in those that take one, with flags behind that are 0 as
 * the padding behind it in New is.
 */
TEST_F(batch, of_the_five_requests_of_the_daemon_with_what_the_first_has_told)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	struct {
		struct wapi_scratch scratch;
		__u64 flags_and_padding;
	} block = { .scratch = scratch_request(1000) };
	struct wapi_batch_request requests[] = {
		batched(WAPI_IOC_NEW, &new),
		batched(WAPI_IOC_OPEN, &new.handle),
		batched(WAPI_IOC_CLOSE, &new.handle),
		batched(WAPI_IOC_SCRATCH, &block),
		batched(WAPI_IOC_SCRATCH_FREE, &block.scratch.block),
		batched(WAPI_IOC_CLOSE, &new.handle),
		batched(WAPI_IOC_CLOSE, &new.handle),
		batched(WAPI_IOC_SCRATCH_FREE, &block.scratch.block),
	};
	struct wapi_close *closed = (void *)&new.handle;

	_Static_assert(offsetof(struct wapi_new, handle) + 4 == offsetof(struct wapi_new, pad) &&
		       offsetof(struct wapi_open, flags) == 4 &&
		       offsetof(struct wapi_close, flags) == 4, "the flags are the padding");
	ASSERT_EQ(8, make_batch(self->fd, requests, 8, 0));
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(0, requests[i].result) {
			TH_LOG("request %d", i);
		}
	}
	/* Once more was once too often. */
	EXPECT_EQ(-EBADF, requests[6].result);
	EXPECT_EQ(-EINVAL, requests[7].result);
	EXPECT_EQ(0, closed->references);
	EXPECT_EQ(1, closed->destroyed);
	EXPECT_NE(POISON64, block.scratch.block);
	EXPECT_COUNTS(self->fd, 1, 1, 0, 1);
}

TEST_F(batch, of_signals_and_waits)
{
	__u32 semaphore = new_semaphore(self->fd, 0, 3), mutex = new_mutex(self->fd, 0);
	__u32 both[2] = { self->handle, semaphore };
	struct wapi_signal set = { .handle = self->handle, .previous = POISON32 };
	struct wapi_signal again = set, reset = set, pulse = set;
	struct wapi_sem_release add = {
		.handle = semaphore, .count = 2, .previous = POISON32,
	};
	struct wapi_mutex_release once = { .handle = mutex, .count = POISON32 };
	struct wapi_mutex_release twice = once, thrice = once;
	struct wapi_wait any = wait_request(both, 2, 0, 0), all = any, late = any;
	struct wapi_wait taken = wait_request(&mutex, 1, 0, 0), more = taken;
	struct wapi_wait signals = wait_request(NULL, 0, 0, 0);
	const struct {
		__u32 cmd;
		void *argument;
		int result;
	} steps[] = {
		{ WAPI_IOC_WAIT, &late, -ETIMEDOUT },
		{ WAPI_IOC_SET, &set, 0 },
		{ WAPI_IOC_SET, &again, 0 },
		{ WAPI_IOC_SEM_RELEASE, &add, 0 },
		{ WAPI_IOC_WAIT, &all, 0 },
		{ WAPI_IOC_WAIT, &any, 0 },
		{ WAPI_IOC_WAIT, &late, -ETIMEDOUT },
		{ WAPI_IOC_RESET, &reset, 0 },
		{ WAPI_IOC_PULSE, &pulse, 0 },
		{ WAPI_IOC_WAIT, &taken, 0 },
		{ WAPI_IOC_WAIT, &more, 0 },
		{ WAPI_IOC_MUTEX_RELEASE, &once, 0 },
		{ WAPI_IOC_MUTEX_RELEASE, &twice, 0 },
		{ WAPI_IOC_MUTEX_RELEASE, &thrice, -EPERM },
		{ WAPI_IOC_WAIT, &signals, -ETIMEDOUT },
	};
	struct wapi_batch_request requests[ARRAY_SIZE(steps)];
	__u64 refused = read_info(self->fd).refused;

	all.flags = WAPI_WAIT_ALL;
	signals.signal = self->handle;
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++)
		requests[i] = batched(steps[i].cmd, steps[i].argument);
	ASSERT_EQ(ARRAY_SIZE(steps), make_batch(self->fd, requests, ARRAY_SIZE(steps), 0));
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		EXPECT_EQ(steps[i].result, requests[i].result) {
			TH_LOG("request %u", i);
		}
	}
	EXPECT_EQ(0, set.previous);
	EXPECT_EQ(1, again.previous);
	EXPECT_EQ(0, add.previous);
	EXPECT_EQ(0, all.index);
	EXPECT_EQ(1, any.index);
	EXPECT_EQ(POISON32, late.index);
	EXPECT_EQ(0, reset.previous);
	EXPECT_EQ(0, pulse.previous);
	EXPECT_EQ(0, taken.index);
	EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, taken.abandoned);
	EXPECT_EQ(1, once.count);
	EXPECT_EQ(0, twice.count);
	EXPECT_EQ(POISON32, thrice.count);
	/* The signal of a wait that timed out was given. */
	EXPECT_EQ(0, signals.signal);
	EXPECT_EQ(1, is_signalled(self->fd, self->handle));
	EXPECT_EQ(0, count_of(self->fd, semaphore));
	/* Not signalled in time is no refusal; not the owner is one. */
	EXPECT_EQ(refused + 1, read_info(self->fd).refused);
	EXPECT_EQ(1, close_handle(self->fd, semaphore));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(batch, that_takes_a_mutex_takes_it_for_the_thread)
{
	__u32 mutex = new_mutex(self->fd, 0);
	struct wapi_wait wait = wait_request(&mutex, 1, 0, 0);
	struct sleeper sleeper;

	EXPECT_EQ(0, batch_one(self->fd, WAPI_IOC_WAIT, &wait));
	EXPECT_EQ(syscall(SYS_gettid), state_of(self->fd, mutex).tid);
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &mutex, 1, 0, FOREVER));
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	/* It has ended with it. */
	EXPECT_TRUE(within(SOON, state_of(self->fd, mutex).flags & WAPI_STATE_ABANDONED));
	wait = wait_request(&mutex, 1, 0, 0);
	EXPECT_EQ(0, batch_one(self->fd, WAPI_IOC_WAIT, &wait));
	EXPECT_EQ(0, wait.abandoned);
	EXPECT_EQ(sleeper.tid, wait.abandoned_tid);
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(batch, wakes_who_waits)
{
	struct wapi_signal set = { .handle = self->handle };
	struct sleeper sleepers[3];
	struct wapi_batch_request requests[3];

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &self->handle, 1, 0, FOREVER));
		requests[i] = batched(WAPI_IOC_SET, &set);
	}
	EXPECT_EQ(3, make_batch(self->fd, requests, 3, 0));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
	EXPECT_EQ(0, is_signalled(self->fd, self->handle));
}

TEST_F(batch, can_have_each_request_but_two)
{
	char text[] = "data";
	struct wapi_handle_record records[8];
	struct wapi_info info = info_request();
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);
	struct wapi_open open = open_request(self->handle);
	struct wapi_close close_one = close_request(self->handle);
	struct wapi_search search = search_request(0, 0);
	struct wapi_query query = query_request(self->handle);
	struct wapi_attach attach = attach_request(self->handle, new_block(self->fd, 10));
	struct wapi_attach detach = attach_request(self->handle, 0);
	struct wapi_scratch scratch = scratch_request(10);
	struct wapi_scratch_free free_one = free_request(attach.block);
	struct wapi_block block = block_request(attach.block);
	struct wapi_list list = list_request(WAPI_LIST_HANDLES, records, sizeof(records[0]), 8);
	struct wapi_open_name open_name = { .name = address("name"), .name_size = 4 };
	struct wapi_signal set = { .handle = self->handle }, reset = set, pulse = set;
	struct wapi_mutex_release release = { .handle = new_mutex(self->fd, WAPI_NEW_OWNED) };
	struct wapi_sem_release add = { .handle = new_semaphore(self->fd, 0, 1), .count = 1 };
	struct wapi_thread_exit exit = { .handle = new_thread(self->fd), .status = 9 };
	struct wapi_wait wait = wait_request(&self->handle, 1, 0, 0);
	struct wapi_dup dup = { .handle = self->handle, .pid = getpid() };
	struct wapi_mark mark = { .handle = self->handle, .inherit = 1, .previous = POISON32 };
	struct wapi_inherit inherit = { .count = POISON32 };
	struct wapi_timer_set timer_set = timer_request(new_timer(self->fd, 0), 0, 1 << 30, 0);
	struct wapi_timer_cancel timer_cancel = { .handle = timer_set.handle };
	/* The descriptor that the first tells is what the second takes. */
	union {
		struct wapi_to_fd to;
		struct {
			__u32 handle, flags;
			struct wapi_from_fd from;
		};
	} fd = { .to = { .handle = self->handle, .flags = O_CLOEXEC } };
	struct wapi_batch_request requests[] = {
		batched(WAPI_IOC_INFO, &info), batched(WAPI_IOC_NEW, &new),
		batched(WAPI_IOC_OPEN, &open), batched(WAPI_IOC_CLOSE, &close_one),
		batched(WAPI_IOC_SEARCH, &search), batched(WAPI_IOC_QUERY, &query),
		batched(WAPI_IOC_ATTACH, &attach), batched(WAPI_IOC_ATTACH, &detach),
		batched(WAPI_IOC_SCRATCH, &scratch), batched(WAPI_IOC_BLOCK, &block),
		batched(WAPI_IOC_SCRATCH_FREE, &free_one), batched(WAPI_IOC_LIST, &list),
		batched(WAPI_IOC_OPEN_NAME, &open_name), batched(WAPI_IOC_SET, &set),
		batched(WAPI_IOC_RESET, &reset), batched(WAPI_IOC_PULSE, &pulse),
		batched(WAPI_IOC_MUTEX_RELEASE, &release), batched(WAPI_IOC_SEM_RELEASE, &add),
		batched(WAPI_IOC_THREAD_EXIT, &exit), batched(WAPI_IOC_SET, &set),
		batched(WAPI_IOC_WAIT, &wait), batched(WAPI_IOC_DUP, &dup),
		batched(WAPI_IOC_MARK, &mark), batched(WAPI_IOC_TO_FD, &fd.to),
		batched(WAPI_IOC_FROM_FD, &fd.from), batched(WAPI_IOC_TIMER_SET, &timer_set),
		batched(WAPI_IOC_TIMER_CANCEL, &timer_cancel),
	};
	struct peer child;

	new.data = address(text);
	new.data_size = sizeof(text);
	new.name = address("name");
	new.name_size = 4;
	ASSERT_LT(0, (int)exit.handle);
	ASSERT_EQ(ARRAY_SIZE(requests), make_batch(self->fd, requests, ARRAY_SIZE(requests), 0));
	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(0, requests[i].result) {
			TH_LOG("request %u, number %#x", i, _IOC_NR(requests[i].cmd));
		}
	}
	EXPECT_EQ(WAPI_ABI_VERSION, info.abi_version);
	EXPECT_EQ(new.handle, open_name.handle);
	EXPECT_EQ(2, open_name.references);
	EXPECT_EQ(self->handle, search.found);
	EXPECT_EQ(1, query.own_references);
	EXPECT_EQ(attach.block, detach.block);
	EXPECT_EQ(10, block.size);
	EXPECT_EQ(6, list.count);
	EXPECT_EQ(1, timer_set.count);
	EXPECT_EQ(1, timer_cancel.armed);
	EXPECT_EQ(9, state_of(self->fd, exit.handle).exit_status);
	EXPECT_EQ(0, wait.index);
	EXPECT_EQ(0, mark.previous);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd.to.fd, F_GETFD));
	EXPECT_EQ(self->handle, fd.from.handle);
	EXPECT_EQ(WAPI_TYPE_EVENT, fd.from.type);
	EXPECT_QUERY(self->fd, self->handle, 3, 3, 1);

	/* The last one is for children. */
	if (!start_peer(&child)) {
		int own = open_device();

		REQUIRE(batch_one(own, WAPI_IOC_INHERIT, &inherit) == 0);
		REQUIRE(inherit.count == 1);
		REQUIRE(!*query_difference(own, self->handle, 4, 1, 2));
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&child));

	close(fd.to.fd);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(i, close_handle(self->fd, new.handle));
		EXPECT_EQ(0, close_handle(self->fd, self->handle));
	}
	EXPECT_EQ(0, free_block(self->fd, scratch.block));
	EXPECT_EQ(1, close_handle(self->fd, release.handle));
	EXPECT_EQ(1, close_handle(self->fd, add.handle));
	/* This thread is what it stands for; the domain is to be as it was. */
	close(self->fd);
	self->fd = open_device();
	self->handle = new_handle(self->fd, WAPI_TYPE_EVENT);
}

TEST_F(batch, can_have_as_many_as_it_says)
{
	struct wapi_batch_request *requests = calloc(WAPI_BATCH_MAX, sizeof(*requests));
	struct wapi_new *new = calloc(WAPI_BATCH_MAX, sizeof(*new));

	for (int i = 0; i < WAPI_BATCH_MAX; i++) {
		new[i] = new_request(1 + i % 10);
		requests[i] = batched(WAPI_IOC_NEW, &new[i]);
	}
	ASSERT_EQ(WAPI_BATCH_MAX, make_batch(self->fd, requests, WAPI_BATCH_MAX, 0));
	EXPECT_EQ(WAPI_BATCH_MAX + 1, read_info(self->fd).handles);
	for (int i = 0; i < WAPI_BATCH_MAX; i++) {
		ASSERT_EQ(0, requests[i].result);
		requests[i] = batched(WAPI_IOC_CLOSE, &new[i].handle);
	}
	ASSERT_EQ(WAPI_BATCH_MAX, make_batch(self->fd, requests, WAPI_BATCH_MAX,
					     WAPI_BATCH_STOP));
	for (int i = 0; i < WAPI_BATCH_MAX; i++)
		ASSERT_EQ(0, requests[i].result);
	free(requests);
	free(new);
}

/* The array and the structures may be anywhere, also where others write. */
TEST_F(batch, can_stand_in_the_arena)
{
	unsigned char *arena = map_arena(self->fd);
	__s64 block = new_block(self->fd, 2 * PAGE);
	struct wapi_batch_request *requests;
	struct wapi_batch *batch;
	struct wapi_open *open;

	ASSERT_NE(MAP_FAILED, arena);
	/* Over the edge of a page, each of them. */
	open = (void *)(arena + (block / PAGE + 1) * PAGE - 8);
	requests = (void *)(open + 1);
	batch = (void *)(requests + 2);
	*open = open_request(self->handle);
	requests[0] = batched(WAPI_IOC_OPEN, open);
	requests[1] = batched(WAPI_IOC_CLOSE, open);
	*batch = batch_request(requests, 2, 0);
	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BATCH, batch));
	EXPECT_EQ(2, batch->made);
	EXPECT_EQ(0, requests[0].result);
	EXPECT_EQ(0, requests[1].result);
	EXPECT_EQ(0, free_block(self->fd, block));
}

static void do_nothing(int signal)
{
	(void)signal;
}

TEST_F(batch, is_not_cut_short_by_signals)
{
	struct itimerval often = { .it_interval = { 0, 300 }, .it_value = { 0, 300 } };
	struct wapi_batch_request requests[512];
	struct wapi_open open = open_request(self->handle);
	/* Without SA_RESTART, a call that is cut short says EINTR. */
	struct sigaction action = { .sa_handler = do_nothing };
	long wrong = 0;

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 512; i++)
			requests[i] = batched(i % 2 ? WAPI_IOC_CLOSE : WAPI_IOC_OPEN, &open);
		ASSERT_EQ(512, make_batch(self->fd, requests, 512, WAPI_BATCH_STOP));
		for (int i = 0; i < 512; i++)
			wrong += requests[i].result != 0;
	}
	memset(&often, 0, sizeof(often));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	EXPECT_EQ(0, wrong);
}

/* ---- the same as one by one ---- */

enum { STEPS = 4000 };

/* A request with its structure, as it was before and as it is after. */
struct step {
	__u32 cmd;
	bool nowhere;		/* its structure is not in memory */
	int result;
	__u32 handles[3];	/* of a wait */
	union {
		struct wapi_new new;
		struct wapi_open open;
		struct wapi_close close;
		struct wapi_search search;
		struct wapi_query query;
		struct wapi_attach attach;
		struct wapi_scratch scratch;
		struct wapi_scratch_free free;
		struct wapi_block block;
		struct wapi_open_name open_name;
		struct wapi_signal signal;
		struct wapi_mutex_release mutex_release;
		struct wapi_sem_release sem_release;
		struct wapi_wait wait;
		struct wapi_dup dup;
		struct wapi_mark mark;
		struct wapi_from_fd from_fd;
		struct wapi_timer_set timer_set;
		__u32 words[40];
	} before, after;
};

/* What there may be to make requests of: not all of it is there any more. */
struct found {
	__u32 handles[64];
	__u64 blocks[16];
};

static void choose_new(struct step *step, const struct found *found, __u64 *seed)
{
	static const __u32 flags[] = {
		0, 0, 0, WAPI_NEW_SIGNALLED, WAPI_NEW_MANUAL, WAPI_NEW_OWNED,
		WAPI_NEW_EXCLUSIVE, WAPI_NEW_PIDFD,
	};
	struct wapi_new *new = &step->before.new;
	__u64 dice = next_random(seed);

	/* What stands for this thread would not go. */
	*new = new_request(next_random(seed) % 40 ? 1 + dice % (WAPI_TYPE_COUNT - 1) : dice);
	new->flags = flags[dice / 16 % ARRAY_SIZE(flags)];
	if (new->type == WAPI_TYPE_SEM && dice & 256)
		new->count = dice / 512 % 3;
	if (dice / 4096 % 4 == 0) {
		new->name = address("abcd" + dice / 65536 % 4);
		new->name_size = 1;
	}
	if (dice / 16384 % 8 == 0)
		new->data_size = dice / 65536 % 300;
	else if (dice / 16384 % 8 == 1)
		new->block = found->blocks[dice % 16];
}

static void choose_wait(struct step *step, const struct found *found, __u64 *seed)
{
	__u64 dice = next_random(seed);

	for (int i = 0; i < 3; i++)
		step->handles[i] = found->handles[next_random(seed) % 64];
	step->before.wait = wait_request(step->handles, dice % 4, dice & 16 ? WAPI_WAIT_ALL : 0, 0);
	if (dice / 32 % 4 == 0)
		step->before.wait.signal = found->handles[dice / 256 % 64];
	if (dice / 32 % 8 == 0)
		step->before.wait.signal_count = 1;
}

/* One that has its handle first, and what else there is behind. */
static void choose_words(struct step *step, __u32 cmd, __u32 handle, __u32 third)
{
	step->cmd = cmd;
	memset(step->before.words, 0, _IOC_SIZE(cmd));
	step->before.words[0] = handle;
	step->before.words[2] = third;
}

static void choose(struct step *step, const struct found *found, __u64 *seed)
{
	__u64 dice = next_random(seed);
	__u32 handle = found->handles[next_random(seed) % 64];
	__u64 block = found->blocks[next_random(seed) % 16];

	memset(step, 0, sizeof(*step));
	poison(&step->before, sizeof(step->before));
	switch (dice % 26) {
	case 0: case 1: case 2: case 3:
		step->cmd = WAPI_IOC_NEW;
		choose_new(step, found, seed);
		break;
	case 4: case 5:
		step->cmd = WAPI_IOC_OPEN;
		step->before.open = open_request(handle);
		break;
	case 6: case 7: case 8:
		step->cmd = WAPI_IOC_CLOSE;
		step->before.close = close_request(handle);
		break;
	case 9:
		step->cmd = WAPI_IOC_SEARCH;
		step->before.search = search_request(handle, dice / 32 % (WAPI_TYPE_COUNT + 1));
		break;
	case 10:
		step->cmd = WAPI_IOC_QUERY;
		step->before.query = query_request(handle);
		break;
	case 11:
		step->cmd = WAPI_IOC_ATTACH;
		step->before.attach = attach_request(handle, dice & 32 ? block : 0);
		break;
	case 12:
		step->cmd = WAPI_IOC_SCRATCH;
		step->before.scratch = scratch_request(dice / 32 % 5000);
		break;
	case 13:
		step->cmd = WAPI_IOC_SCRATCH_FREE;
		step->before.free = free_request(block);
		break;
	case 14:
		step->cmd = WAPI_IOC_BLOCK;
		step->before.block = block_request(block + dice / 32 % 20);
		break;
	case 15:
		step->cmd = WAPI_IOC_OPEN_NAME;
		step->before.open_name.name = address("abcd" + dice / 32 % 4);
		step->before.open_name.name_size = 1;
		step->before.open_name.type = dice / 128 % (WAPI_TYPE_COUNT + 1);
		step->before.open_name.flags = 0;
		break;
	case 16:
		choose_words(step, WAPI_IOC_SET, handle, POISON32);
		break;
	case 17:
		choose_words(step, dice & 32 ? WAPI_IOC_RESET : WAPI_IOC_PULSE, handle, POISON32);
		break;
	case 18:
		choose_words(step, WAPI_IOC_MUTEX_RELEASE, handle, POISON32);
		break;
	case 19:
		choose_words(step, WAPI_IOC_SEM_RELEASE, handle, dice / 32 % 3);
		break;
	case 20: case 21:
		step->cmd = WAPI_IOC_WAIT;
		choose_wait(step, found, seed);
		break;
	case 22:
		choose_words(step, WAPI_IOC_MARK, handle, dice / 32 % 3);
		break;
	case 23:
		/* Signalled at once or never, the same in both domains. */
		step->cmd = WAPI_IOC_TIMER_SET;
		step->before.timer_set = timer_request(handle, WAPI_TIMER_ABSOLUTE,
						       dice & 32 ? WAPI_TIMER_NEVER : 0, 0);
		break;
	case 24:
		choose_words(step, WAPI_IOC_TIMER_CANCEL, handle, POISON32);
		break;
	default:
		choose_words(step, WAPI_IOC_DUP, handle, 0);
		step->before.dup.flags = dice & 32 ? WAPI_DUP_MOVE : 0;
		step->before.dup.pid = dice & 64 ? getpid() : 1 << 30;
		break;
	}
	/* And now and then one that cannot be right. */
	switch (dice / 4096 % 64) {
	case 0:
		step->before.words[1] = 1 << 20;
		break;
	case 1:
		step->cmd = _IOC(_IOC_DIR(step->cmd), WAPI_IOC_MAGIC, _IOC_NR(step->cmd),
				 _IOC_SIZE(step->cmd) + 8);
		break;
	case 2:
		step->cmd = _IOC(_IOC_DIR(step->cmd), WAPI_IOC_MAGIC, _IOC_NR(step->cmd), 4);
		break;
	case 3:
		step->cmd ^= 0x80;
		break;
	case 4:
		step->nowhere = true;
		break;
	}
}

static void find_more(struct found *found, const struct step *step, __u64 *seed)
{
	__u64 block = 0;

	if (step->result)
		return;
	if (step->cmd == WAPI_IOC_NEW) {
		found->handles[next_random(seed) % 64] = step->after.new.handle;
		block = step->after.new.block;
	} else if (step->cmd == WAPI_IOC_SCRATCH) {
		block = step->after.scratch.block;
	}
	if (block)
		found->blocks[next_random(seed) % 16] = block;
}

/* Clients have numbers of their own. */
static bool same_answer(const struct step *one, const struct step *other)
{
	struct step a = *one, b = *other;

	if (!a.result && a.cmd == WAPI_IOC_BLOCK && a.after.block.owner_kind == WAPI_OWNER_CLIENT)
		a.after.block.owner = b.after.block.owner = 0;
	return a.result == b.result && !memcmp(&a.after, &b.after, sizeof(a.after));
}

/*
 * The requests of one client, and the same in batches by another, in a domain of
 * its own, where the same handles and blocks come: whatever they are, and however
 * they are divided.
 */
TEST_F(batch, gives_the_same_results_as_single_requests)
{
	struct step *steps = calloc(STEPS, sizeof(*steps)), *step;
	struct step *others = calloc(STEPS, sizeof(*others));
	struct wapi_batch_request requests[64];
	__u64 seed = 4, failed = 0, stopped = 0;
	struct found found = { 0 };
	struct wapi_info one, two;
	int count, made, batches = 0;
	bool stop;
	int fds[2];

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		fds[i] = open_device();
		ASSERT_LE(0, fds[i]);
	}
	for (int i = 0; i < STEPS; i++) {
		step = &steps[i];
		choose(step, &found, &seed);
		step->after = step->before;
		step->result = wapi_ioctl(fds[0], step->cmd, step->nowhere ? NULL : &step->after);
		find_more(&found, step, &seed);
		failed += !!step->result;
	}
	/* As good as it is bad. */
	EXPECT_LT(STEPS / 4, failed);
	EXPECT_GT(STEPS * 3 / 4, failed);

	for (int i = 0; i < STEPS; i += made) {
		count = 1 + next_random(&seed) % 64;
		if (count > STEPS - i)
			count = STEPS - i;
		stop = next_random(&seed) % 2;
		for (int j = 0; j < count; j++) {
			others[i + j] = steps[i + j];
			others[i + j].after = steps[i + j].before;
			requests[j] = batched(steps[i + j].cmd,
					      steps[i + j].nowhere ? NULL : &others[i + j].after);
		}
		made = make_batch(fds[1], requests, count, stop ? WAPI_BATCH_STOP : 0);
		ASSERT_LT(0, made);
		ASSERT_TRUE(stop || made == count);
		batches++;
		for (int j = 0; j < count; j++) {
			if (j >= made) {
				/* Not made: it is in the next batch. */
				ASSERT_EQ(-ECANCELED, requests[j].result);
				ASSERT_EQ(0, memcmp(&others[i + j].after, &steps[i + j].before,
						    sizeof(others[i + j].after)));
				stopped++;
				continue;
			}
			others[i + j].result = requests[j].result;
			ASSERT_TRUE(same_answer(&steps[i + j], &others[i + j])) {
				TH_LOG("step %d, request %#x: %d, not %d", i + j,
				       _IOC_NR(steps[i + j].cmd), requests[j].result,
				       steps[i + j].result);
			}
			ASSERT_TRUE(!stop || !requests[j].result || j == made - 1);
		}
	}
	EXPECT_LT(0, stopped);
	one = read_info(fds[0]);
	two = read_info(fds[1]);
	EXPECT_EQ(one.handles, two.handles);
	EXPECT_EQ(one.blocks, two.blocks);
	EXPECT_EQ(one.arena_used, two.arena_used);
	EXPECT_EQ(one.refused, two.refused);
	EXPECT_EQ(one.domain_refused, two.domain_refused);
	TH_LOG("%d requests, %llu of them refused, in %d batches; %llu made later", STEPS,
	       failed, batches, stopped);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	free(steps);
	free(others);
}

/* ---- what is wrong with a request ---- */

struct wrong {
	const char *name;
	__u32 cmd;
	void *argument;
	int result;
};

TEST_F(batch, tells_of_each_request_that_is_wrong_and_makes_the_others)
{
	__u64 zeros[40] = { 0 }, tail[40] = { 0 };
	unsigned char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_open *readable = (void *)pages;
	struct wapi_open stale = open_request(1 << 30), flags = open_request(self->handle);
	struct wapi_open *cut = (void *)(pages + 2 * PAGE - 8);
	struct wapi_wait late = wait_request(&self->handle, 1, 0, 0), sleeps = late;
	struct wapi_wait forever = late, before = late;
	struct wapi_join join = { .client_fd = open_device() };
	struct wapi_batch_request inner_request = batched(WAPI_IOC_OPEN, &stale);
	struct wapi_batch inner = batch_request(&inner_request, 1, 0);
	const struct wrong wrong[] = {
		{ "unknown number", _IOWR(WAPI_IOC_MAGIC, 0x7f, struct wapi_open), zeros, -ENOTTY },
		{ "another magic", _IOWR(0xdb, 0x02, struct wapi_open), zeros, -ENOTTY },
		{ "nothing", 0, zeros, -ENOTTY },
		{ "all bits", ~0u, zeros, -ENOTTY },
		{ "wrong direction", _IOW(WAPI_IOC_MAGIC, 0x02, struct wapi_open), zeros, -ENOTTY },
		{ "join", WAPI_IOC_JOIN, &join, -ENOTTY },
		{ "batch", WAPI_IOC_BATCH, &inner, -ENOTTY },
		{ "too short", _IOC(3, WAPI_IOC_MAGIC, 0x02, 20), &stale, -EINVAL },
		{ "too long", _IOC(3, WAPI_IOC_MAGIC, 0x02, 40), tail, -E2BIG },
		{ "unknown flag", WAPI_IOC_OPEN, &flags, -EINVAL },
		{ "no such handle", WAPI_IOC_OPEN, &stale, -EBADF },
		{ "no address", WAPI_IOC_OPEN, NULL, -EFAULT },
		{ "the last byte", WAPI_IOC_OPEN, (void *)~0ul, -EFAULT },
		{ "the kernel's address", WAPI_IOC_OPEN, (void *)0xffff888000001000, -EFAULT },
		{ "no canonical address", WAPI_IOC_OPEN, (void *)(1ul << 47), -EFAULT },
		{ "cut off", WAPI_IOC_OPEN, cut, -EFAULT },
		{ "read-only", WAPI_IOC_OPEN, readable, -EFAULT },
		{ "not in time", WAPI_IOC_WAIT, &late, -ETIMEDOUT },
		{ "a wait that could sleep", WAPI_IOC_WAIT, &sleeps, -EINVAL },
		{ "a wait for ever", WAPI_IOC_WAIT, &forever, -EINVAL },
		{ "a wait until before", WAPI_IOC_WAIT, &before, -EINVAL },
	};
	struct wapi_batch_request requests[3];
	struct wapi_open first, last;
	struct state state, after;

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_LE(0, join.client_fd);
	*readable = open_request(self->handle);
	*(__u64 *)cut = self->handle;
	ASSERT_EQ(0, mprotect(pages, PAGE, PROT_READ));
	ASSERT_EQ(0, munmap(pages + 2 * PAGE, PAGE));
	*(struct wapi_open *)tail = open_request(self->handle);
	tail[4] = 1;
	flags.flags = 1 << 5;
	sleeps.timeout = clock_ns(CLOCK_MONOTONIC) + 1000000000;
	forever.timeout = WAPI_WAIT_FOREVER;
	before.timeout = -1;

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		first = open_request(self->handle);
		last = open_request(self->handle);
		requests[0] = batched(WAPI_IOC_OPEN, &first);
		requests[1] = batched(wrong[i].cmd, wrong[i].argument);
		requests[2] = batched(WAPI_IOC_OPEN, &last);
		/* Alone, so that all that it could do would show. */
		state = read_state(self->fd);
		EXPECT_EQ(1, make_batch(self->fd, &requests[1], 1, 0));
		after = read_state(self->fd);
		EXPECT_EQ(wrong[i].result, requests[1].result) {
			TH_LOG("%s", wrong[i].name);
		}
		EXPECT_STREQ("", state_difference(&state, &after,
						  wrong[i].result != -ETIMEDOUT)) {
			TH_LOG("%s", wrong[i].name);
		}
		/* Between two good ones. */
		requests[1].result = (__s32)POISON32;
		EXPECT_EQ(3, make_batch(self->fd, requests, 3, 0));
		EXPECT_EQ(0, requests[0].result);
		EXPECT_EQ(wrong[i].result, requests[1].result) {
			TH_LOG("%s", wrong[i].name);
		}
		EXPECT_EQ(0, requests[2].result);
		EXPECT_EQ(2, first.references);
		EXPECT_EQ(3, last.references);
		for (int j = 0; j < 2; j++)
			EXPECT_EQ(0, close_handle(self->fd, self->handle));
	}
	/* None has written anything. */
	EXPECT_EQ(POISON32, stale.references);
	EXPECT_EQ(POISON32, flags.references);
	EXPECT_EQ(POISON32, readable->references);
	EXPECT_EQ(POISON32, ((struct wapi_open *)tail)->references);
	EXPECT_EQ(POISON32, inner.made);
	EXPECT_EQ((__s32)POISON32, inner_request.result);
	EXPECT_EQ(POISON32, sleeps.index);
	EXPECT_EQ(POISON32, forever.index);
	EXPECT_EQ(0, close(join.client_fd));
}

TEST_F(batch, stops_at_the_first_that_fails_if_it_is_asked_to)
{
	static const int errors[] = { -EBADF, -ENOTTY, -EFAULT, -ETIMEDOUT };
	struct wapi_wait late = wait_request(&self->handle, 1, 0, 0);
	struct wapi_open wrong = open_request(1 << 30);
	struct wapi_batch_request requests[6];
	struct wapi_open opens[6];
	__u64 refused;

	for (unsigned int error = 0; error < ARRAY_SIZE(errors); error++)
		for (int at = 0; at < 6; at++)
			for (int stop = 0; stop < 2; stop++) {
				int good = stop ? at : 5;

				for (int i = 0; i < 6; i++) {
					opens[i] = open_request(self->handle);
					requests[i] = batched(WAPI_IOC_OPEN, &opens[i]);
				}
				if (errors[error] == -EBADF)
					requests[at].arg = address(&wrong);
				if (errors[error] == -ENOTTY)
					requests[at].cmd = 0;
				if (errors[error] == -EFAULT)
					requests[at].arg = 8;
				if (errors[error] == -ETIMEDOUT)
					requests[at] = batched(WAPI_IOC_WAIT, &late);
				refused = read_info(self->fd).refused;
				/* The one that failed was made. */
				ASSERT_EQ(stop ? at + 1 : 6,
					  make_batch(self->fd, requests, 6,
						     stop ? WAPI_BATCH_STOP : 0));
				for (int i = 0; i < 6; i++) {
					bool canceled = stop && i > at;

					ASSERT_EQ(i == at ? errors[error] :
						  canceled ? -ECANCELED : 0, requests[i].result);
					ASSERT_EQ(i == at || canceled, opens[i].type == POISON32);
				}
				EXPECT_QUERY(self->fd, self->handle, 1 + good, 1 + good, 1);
				EXPECT_EQ(refused + (errors[error] != -ETIMEDOUT),
					  read_info(self->fd).refused);
				while (good--)
					ASSERT_EQ(0, close_handle(self->fd, self->handle));
			}
}

TEST_F(batch, counts_each_request_that_is_refused)
{
	struct wapi_open wrong = open_request(1 << 30), right = open_request(self->handle);
	struct wapi_batch_request requests[10];
	struct wapi_info before = read_info(self->fd), after;

	for (int i = 0; i < 10; i++)
		requests[i] = batched(WAPI_IOC_OPEN, i % 3 ? &wrong : &right);
	EXPECT_EQ(10, make_batch(self->fd, requests, 10, 0));
	after = read_info(self->fd);
	EXPECT_EQ(before.refused + 6, after.refused);
	EXPECT_EQ(before.domain_refused + 6, after.domain_refused);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, close_handle(self->fd, self->handle));
}

/* ---- what is wrong with the batch ---- */

TEST_F(batch, that_is_malformed_is_refused)
{
	struct wapi_open open = open_request(self->handle);
	struct wapi_batch_request *requests = calloc(WAPI_BATCH_MAX + 1, sizeof(*requests));
	static const __u32 counts[] = {
		0, WAPI_BATCH_MAX + 1, 1u << 16, 1u << 28, 0x10000001, 1u << 31, ~0u,
	};
	struct wapi_batch batch;

	for (int i = 0; i <= WAPI_BATCH_MAX; i++)
		requests[i] = batched(WAPI_IOC_OPEN, &open);
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		batch = batch_request(requests, counts[i], 0);
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_BATCH, &batch);
	}
	for (unsigned int bit = 0; bit < 32; bit++) {
		batch = batch_request(requests, 1, 1u << bit);
		if (batch.flags != WAPI_BATCH_STOP)
			EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_BATCH, &batch);
		batch = batch_request(requests, 1, 0);
		batch.pad = 1u << bit;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_BATCH, &batch);
	}
	EXPECT_EQ((__s32)POISON32, requests[0].result);
	EXPECT_EQ(POISON32, open.type);
	free(requests);
}

TEST_F(batch, whose_array_is_not_there_is_refused)
{
	static const unsigned long nowhere[] = {
		0, 8, 4096, 0x00007ffffffff000, 0x0000800000000000, 0x8000000000000000,
		0xffff888000001000, 0xffffffffff600000, 0xfffffffffffff000, 0xfffffffffffffff0,
		~0ul,
	};
	unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_open open = open_request(self->handle);
	struct wapi_batch_request *requests;
	struct wapi_batch batch;

	ASSERT_NE(MAP_FAILED, pages);
	for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++) {
		batch = batch_request((void *)nowhere[i], 1, 0);
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_BATCH, &batch);
		batch = batch_request((void *)nowhere[i], WAPI_BATCH_MAX, 0);
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_BATCH, &batch);
	}
	/* It ends where there is nothing: in the last of its requests, or between two. */
	ASSERT_EQ(0, munmap(pages + PAGE, PAGE));
	for (int inside = 1; inside < 64; inside++) {
		requests = (void *)(pages + PAGE - inside);
		for (int i = 0; i < inside / 16; i++)
			requests[i] = batched(WAPI_IOC_OPEN, &open);
		batch = batch_request(requests, inside / 16 + 1, 0);
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_BATCH, &batch);
		for (int i = 0; i < inside / 16; i++)
			EXPECT_EQ((__s32)POISON32, requests[i].result);
	}
	EXPECT_EQ(POISON32, open.type);
	/* Up to there it is as good as any. */
	requests = (void *)(pages + PAGE - 32);
	for (int i = 0; i < 2; i++)
		requests[i] = batched(WAPI_IOC_OPEN, &open);
	EXPECT_EQ(2, make_batch(self->fd, requests, 2, 0));
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, close_handle(self->fd, self->handle));
}

TEST_F(batch, whose_results_cannot_be_told_is_refused)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_open open = open_request(self->handle);
	struct wapi_batch_request *requests;
	struct wapi_batch batch;

	ASSERT_NE(MAP_FAILED, pages);
	/* Of all of them, of the last, of the first. */
	for (int at = 0; at < 3; at++) {
		ASSERT_EQ(0, mprotect(pages, 2 * PAGE, PROT_READ | PROT_WRITE));
		requests = (void *)(pages + PAGE - 32);
		for (int i = 0; i < 4; i++)
			requests[i] = batched(WAPI_IOC_OPEN, &open);
		ASSERT_EQ(0, mprotect(pages + (at == 1 ? PAGE : 0), at ? PAGE : 2 * PAGE,
				      PROT_READ));
		batch = batch_request(requests, 4, 0);
		EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_BATCH, &batch);
		for (int i = 0; i < 4; i++)
			EXPECT_EQ((__s32)POISON32, requests[i].result);
	}
	EXPECT_EQ(POISON32, open.type);
}

/* How many were made is told last, but that it can be told is known first. */
TEST_F(batch, whose_own_result_cannot_be_told_is_refused)
{
	struct wapi_batch *batch = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_open open = open_request(self->handle);
	struct wapi_batch_request request = batched(WAPI_IOC_OPEN, &open);

	ASSERT_NE(MAP_FAILED, batch);
	*batch = batch_request(&request, 1, 0);
	ASSERT_EQ(0, mprotect(batch, PAGE, PROT_READ));
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_BATCH, batch);
	EXPECT_EQ((__s32)POISON32, request.result);
	EXPECT_EQ(POISON32, open.type);
}

/* Takes the array away as soon as the first request has shown an effect. */
struct taker {
	const __u32 *states;
	void *pages;
	size_t size;
	__u32 handle;
	bool unmap;
	atomic_bool ready;
};

static void *take_away(void *argument)
{
	struct taker *taker = argument;

	taker->ready = true;
	for (int i = 1; !(told_of(taker->states, taker->handle) & WAPI_ENTRY_SIGNALLED); i++)
		if (i % 4096 == 0)
			sched_yield();
	if (taker->unmap)
		munmap(taker->pages, taker->size);
	else
		mprotect(taker->pages, taker->size, PROT_READ);
	return NULL;
}

TEST_F(batch, whose_array_is_taken_away_says_so)
{
	const size_t size = WAPI_BATCH_MAX * sizeof(struct wapi_batch_request);
	struct taker taker = {
		.states = map_states(self->fd), .handle = self->handle, .size = size,
	};
	struct wapi_signal signal = { .handle = self->handle };
	struct wapi_query query = query_request(self->handle);
	struct wapi_batch_request *requests;
	int result, faults[2] = { 0 };
	pthread_t thread;

	ASSERT_NE(MAP_FAILED, taker.states);
	/* On a busy machine the taker is often too late: until each was in time once. */
	for (int round = 0; round < 40 || (!(faults[0] && faults[1]) && round < 1000); round++) {
		requests = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);
		ASSERT_NE(MAP_FAILED, requests);
		requests[0] = batched(WAPI_IOC_SET, &signal);
		for (int i = 1; i < WAPI_BATCH_MAX; i++)
			requests[i] = batched(WAPI_IOC_QUERY, &query);
		taker.pages = requests;
		taker.unmap = round % 2;
		taker.ready = false;
		ASSERT_EQ(0, pthread_create(&thread, NULL, take_away, &taker));
		ASSERT_TRUE(within(20, taker.ready));
		result = make_batch(self->fd, requests, WAPI_BATCH_MAX, 0);
		pthread_join(thread, NULL);
		/* All was made before it came to that, or it is told. */
		EXPECT_TRUE(result == -EFAULT || result == WAPI_BATCH_MAX) {
			TH_LOG("%d", result);
		}
		faults[taker.unmap] += result == -EFAULT;
		/* What was made was made. */
		EXPECT_EQ(1, reset(self->fd, self->handle));
		munmap(requests, size);
	}
	EXPECT_LT(0, faults[false]);
	EXPECT_LT(0, faults[true]);
	EXPECT_EQ(0, munmap((void *)taker.states, WAPI_STATES_SIZE));
}

/* What a batch writes over itself is nobody's trouble but the caller's. */
TEST_F(batch, that_overwrites_itself_hurts_nobody)
{
	unsigned char *arena = map_arena(self->fd);
	struct wapi_batch_request *requests;
	struct wapi_scratch scratch;
	struct wapi_batch batch;
	int result;

	/* A result that is written over the requests, what was made included. */
	for (int at = 0; at < 8; at++) {
		requests = calloc(64, sizeof(*requests));
		for (int i = 0; i < 16; i++)
			requests[i] = batched(WAPI_IOC_INFO, &requests[at]);
		memset(&requests[at], 0, 4);
		result = make_batch(self->fd, requests, 16, 0);
		EXPECT_LE(0, result);
		free(requests);
	}
	/* The batch's own structure among them. */
	requests = calloc(8, sizeof(*requests));
	batch = batch_request(requests, 2, 0);
	memcpy(&requests[1], &batch, sizeof(batch));
	requests[0] = batched(WAPI_IOC_OPEN, &requests[4]);
	*(struct wapi_open *)&requests[4] = open_request(self->handle);
	EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_BATCH, &requests[1]));
	EXPECT_EQ(0, close_handle(self->fd, self->handle));
	free(requests);
	/* In memory that is free, and that a request of the batch makes zero. */
	ASSERT_NE(MAP_FAILED, arena);
	scratch = scratch_request(4 * PAGE);
	requests = (void *)(arena + PAGE);
	for (int i = 0; i < 4; i++)
		requests[i] = batched(WAPI_IOC_SCRATCH, &scratch);
	result = make_batch(self->fd, requests, 4, WAPI_BATCH_STOP);
	EXPECT_LE(1, result);
	/* However many blocks that were. */
	close(self->fd);
	self->fd = open_device();
	self->handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	EXPECT_COUNTS(self->fd, 1, 1, 0, 1);
}

TEST_F(batch, by_a_descriptor_of_another_process_is_stale)
{
	struct wapi_open open = open_request(self->handle);
	struct wapi_batch_request requests[2] = {
		batched(WAPI_IOC_OPEN, &open), batched(WAPI_IOC_JOIN, &open),
	};
	struct peer child;

	if (!start_peer(&child)) {
		REQUIRE(make_batch(self->fd, requests, 1, 0) == -ESTALE);
		/* Not even for what such a descriptor is good for, alone. */
		REQUIRE(make_batch(self->fd, &requests[1], 1, 0) == -ESTALE);
		REQUIRE(requests[0].result == (__s32)POISON32);
		REQUIRE(requests[1].result == (__s32)POISON32);
		REQUIRE(open.type == POISON32);
		_exit(0);
	}
	EXPECT_EQ(0, wait_for_peer(&child));
	EXPECT_QUERY(self->fd, self->handle, 1, 1, 1);
}

/* ---- at once, and to the end ---- */

enum { THREADS = 4, BATCHES = 150, PAIRS = 32 };

struct worker {
	int fd;
	__u32 event, semaphore, mutex;
	__u64 seed;
	long wrong, added, taken, owned;
	pthread_t thread;
};

/* Opens, closes, adds and takes: as often the one as the other, in the end. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	struct wapi_batch_request requests[4 * PAIRS];
	struct wapi_sem_release adds[PAIRS];
	struct wapi_wait takes[PAIRS], locks[PAIRS];
	struct wapi_mutex_release unlocks[PAIRS];
	struct wapi_open opens[PAIRS];
	__u32 first;
	int made;

	for (int n = 0; n < BATCHES; n++) {
		for (int i = 0; i < PAIRS; i++) {
			opens[i] = open_request(worker->event);
			requests[2 * i] = batched(WAPI_IOC_OPEN, &opens[i]);
			requests[2 * i + 1] = batched(WAPI_IOC_CLOSE, &opens[i]);
			adds[i] = (struct wapi_sem_release){
				.handle = worker->semaphore, .count = 1,
			};
			takes[i] = wait_request(&worker->semaphore, 1, 0, 0);
			requests[2 * PAIRS + i] = batched(n % 2 ? WAPI_IOC_SEM_RELEASE :
							  WAPI_IOC_WAIT,
							  n % 2 ? (void *)&adds[i] : &takes[i]);
			locks[i] = wait_request(&worker->mutex, 1, 0, 0);
			unlocks[i] = (struct wapi_mutex_release){ .handle = worker->mutex };
			requests[3 * PAIRS + i] = i % 2 ?
				batched(WAPI_IOC_MUTEX_RELEASE, &unlocks[i - 1]) :
				batched(WAPI_IOC_WAIT, &locks[i]);
		}
		made = make_batch(worker->fd, requests, 4 * PAIRS, 0);
		worker->wrong += made != 4 * PAIRS;
		first = requests[2 * PAIRS].cmd;
		for (int i = 0; i < 4 * PAIRS; i++) {
			int result = requests[i].result;

			if (i < 2 * PAIRS) {
				worker->wrong += !!result;
			} else if (i < 3 * PAIRS) {
				worker->added += first == WAPI_IOC_SEM_RELEASE && !result;
				worker->taken += first == WAPI_IOC_WAIT && !result;
				worker->wrong += result && result != -ETIMEDOUT;
			} else if (i % 2 == 0) {
				/* Who has got it releases it, and who has not, does not. */
				worker->owned += !result;
				worker->wrong += requests[i + 1].result != (result ? -EPERM : 0);
			}
		}
	}
	return NULL;
}

TEST_F(batch, by_several_threads_keeps_counts_right)
{
	__u32 semaphore = new_semaphore(self->fd, 100, 0), mutex = new_mutex(self->fd, 0);
	struct worker workers[THREADS];
	long count = 100, owned = 0;

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.fd = self->fd, .event = self->handle, .semaphore = semaphore,
			.mutex = mutex, .seed = i + 1,
		};
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (int i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_EQ(0, workers[i].wrong);
		count += workers[i].added - workers[i].taken;
		owned += workers[i].owned;
	}
	EXPECT_EQ(count, count_of(self->fd, semaphore));
	EXPECT_LT(0, owned);
	EXPECT_EQ(0, state_of(self->fd, mutex).count);
	EXPECT_QUERY(self->fd, self->handle, 1, 1, 1);
	EXPECT_EQ(1, close_handle(self->fd, semaphore));
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

/* A large one, over and over, of all that leaves something behind. */
static void make_for_ever(__u32 handle, __u32 mutex)
{
	struct wapi_batch_request *requests = calloc(WAPI_BATCH_MAX, sizeof(*requests));
	struct wapi_scratch *scratch = calloc(WAPI_BATCH_MAX, sizeof(*scratch));
	struct wapi_new *new = calloc(WAPI_BATCH_MAX, sizeof(*new));
	struct wapi_open *open = calloc(WAPI_BATCH_MAX, sizeof(*open));
	struct wapi_wait wait = wait_request(&mutex, 1, 0, 0);
	struct wapi_to_fd to_fd = { .handle = handle };
	int fd = open_device();

	REQUIRE(!open_handle(fd, mutex));
	REQUIRE(!open_handle(fd, handle));
	for (int i = 0; i < WAPI_BATCH_MAX; i++) {
		switch (i % 4) {
		case 0:
			new[i] = new_request(1 + i % 10);
			new[i].data_size = i % 8 ? 100 : 0;
			requests[i] = batched(WAPI_IOC_NEW, &new[i]);
			break;
		case 1:
			scratch[i] = scratch_request(1 + i);
			requests[i] = batched(WAPI_IOC_SCRATCH, &scratch[i]);
			break;
		case 2:
			open[i] = open_request(handle);
			requests[i] = batched(WAPI_IOC_OPEN, &open[i]);
			break;
		default:
			requests[i] = i % 128 == 3 ? batched(WAPI_IOC_TO_FD, &to_fd) :
						     batched(WAPI_IOC_WAIT, &wait);
			break;
		}
	}
	for (;;)
		REQUIRE(make_batch(fd, requests, WAPI_BATCH_MAX, 0) > 0);
}

static void *crash_soon(void *us)
{
	usleep((unsigned long)us);
	raise(SIGSEGV);
	return NULL;
}

TEST_F(batch, in_the_middle_of_which_its_process_crashes_leaves_nothing)
{
	__u32 mutex = new_mutex(self->fd, 0);
	struct rlimit no_core = { 0, 0 };
	struct peer victim;
	__u64 seed = 10;

	for (int round = 0; round < 20; round++) {
		if (!start_peer(&victim)) {
			unsigned long us = 1000 + next_random(&seed) % 20000 + round * 500;
			pthread_t thread;

			setrlimit(RLIMIT_CORE, &no_core);
			if (!pthread_create(&thread, NULL, crash_soon, (void *)us))
				make_for_ever(self->handle, mutex);
			_exit(90);
		}
		EXPECT_EQ(128 + SIGSEGV, wait_for_peer(&victim));
		ASSERT_COUNTS(self->fd, 2, 2, 0, 1);
		EXPECT_EQ(0, take(self->fd, mutex));
		EXPECT_EQ(0, release_mutex(self->fd, mutex));
	}
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

TEST_F(batch, that_is_killed_leaves_nothing)
{
	__u32 mutex = new_mutex(self->fd, 0);
	struct peer victim;
	__u64 seed = 9;
	double begin;

	for (int round = 0; round < 40; round++) {
		if (!start_peer(&victim)) {
			make_for_ever(self->handle, mutex);
			_exit(90);
		}
		/* It has begun. */
		ASSERT_TRUE(within(60, read_info(self->fd).handles > 2));
		usleep(next_random(&seed) % 30000);
		begin = seconds();
		EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
		EXPECT_GT(20, seconds() - begin);
		ASSERT_COUNTS(self->fd, 2, 2, 0, 1);
		/* It may not have come to that. */
		EXPECT_TRUE(!(state_of(self->fd, mutex).flags & ~WAPI_STATE_ABANDONED));
		EXPECT_EQ(0, take(self->fd, mutex));
		EXPECT_EQ(0, release_mutex(self->fd, mutex));
	}
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

/* It does not first make what would take minutes. */
TEST_F(batch, that_is_killed_ends_at_the_next_request)
{
	enum { HANDLES = 4000 };
	struct wapi_batch_request *requests = calloc(WAPI_BATCH_MAX, sizeof(*requests));
	struct wapi_handle_record *records = calloc(HANDLES, sizeof(*records));
	struct wapi_list *lists = calloc(WAPI_BATCH_MAX, sizeof(*lists));
	double begin, one;
	struct peer victim;

	if (!start_peer(&victim)) {
		int fd = open_device();

		hold(fd, HANDLES, 0);
		for (int i = 0; i < WAPI_BATCH_MAX; i++) {
			lists[i] = list_request(WAPI_LIST_HANDLES, records, sizeof(*records),
						HANDLES);
			requests[i] = batched(WAPI_IOC_LIST, &lists[i]);
		}
		begin = seconds();
		REQUIRE(make_batch(fd, requests, 1, 0) == 1 && !requests[0].result);
		send_to(&victim, (__u64)((seconds() - begin) * 1e6));
		lists[0].cursor[0] = lists[0].cursor[1] = 0;
		make_batch(fd, requests, WAPI_BATCH_MAX, 0);
		send_to(&victim, 1);
		for (;;)
			pause();
	}
	one = receive(&victim) / 1e6;
	ASSERT_LT(0, one);
	usleep(20000);
	begin = seconds();
	EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
	TH_LOG("%.1f s for all of it, killed in %.3f s", one * WAPI_BATCH_MAX, seconds() - begin);
	EXPECT_GT(2 + one * WAPI_BATCH_MAX / 8, seconds() - begin);
}

struct closer {
	int fd, observer;
	pthread_t thread;
};

static void *close_it(void *argument)
{
	struct closer *closer = argument;

	/* The batch has begun. */
	while (read_info(closer->observer).handles < 2)
		sched_yield();
	close(closer->fd);
	return NULL;
}

/* The descriptor goes while the batch is made: the client ends after it. */
TEST_F(batch, whose_descriptor_is_closed_is_made)
{
	struct wapi_batch_request *requests = calloc(WAPI_BATCH_MAX, sizeof(*requests));
	struct wapi_new *new = calloc(WAPI_BATCH_MAX, sizeof(*new));
	struct closer closer;

	for (int round = 0; round < 20; round++) {
		closer = (struct closer){ .fd = open_device(), .observer = self->fd };
		ASSERT_LE(0, closer.fd);
		for (int i = 0; i < WAPI_BATCH_MAX; i++) {
			new[i] = new_request(WAPI_TYPE_EVENT);
			requests[i] = batched(WAPI_IOC_NEW, &new[i]);
		}
		ASSERT_EQ(0, pthread_create(&closer.thread, NULL, close_it, &closer));
		EXPECT_EQ(WAPI_BATCH_MAX, make_batch(closer.fd, requests, WAPI_BATCH_MAX, 0));
		for (int i = 0; i < WAPI_BATCH_MAX; i++)
			ASSERT_EQ(0, requests[i].result);
		ASSERT_EQ(0, pthread_join(closer.thread, NULL));
		EXPECT_COUNTS_SOON(self->fd, 1, 1, 0, 1);
	}
	free(requests);
	free(new);
}

TEST_HARNESS_MAIN
