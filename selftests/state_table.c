// SPDX-License-Identifier: GPL-2.0
/*
 * The state table: what it tells of each object, and that it follows whatever
 * changes a state.
 *
 * How it is mapped, and that nobody writes it, is in state_map.c; its memory
 * ordering in state_litmus.c.  states.c compares it with QUERY in every state
 * and after every operation.
 */
#include "state_test.h"

#define PAGE 4096
#define LAST_INDEX ((1u << WAPI_HANDLE_INDEX_BITS) - 1)

/* A thread that owns the mutex, if there is one, until it is told to end. */
struct helper {
	int fd;
	__u32 mutex;
	_Atomic __u32 handle;		/* of itself, if there is no mutex */
	atomic_bool ready, leave;
	pthread_t thread;
};

static void *helper_run(void *argument)
{
	struct helper *helper = argument;

	if (helper->mutex)
		helper->ready = !take(helper->fd, helper->mutex);
	else
		helper->ready = (int)(helper->handle = new_thread(helper->fd)) > 0;
	while (!helper->leave)
		usleep(500);
	return NULL;
}

static bool start_helper(struct helper *helper, int fd, __u32 mutex)
{
	*helper = (struct helper){ .fd = fd, .mutex = mutex };
	return !pthread_create(&helper->thread, NULL, helper_run, helper) &&
	       within(20, helper->ready);
}

static void end_helper(struct helper *helper)
{
	helper->leave = true;
	pthread_join(helper->thread, NULL);
}

/* ---- what an entry tells ---- */

#define RECORD(type)							\
	{ type, 0, 0, (type) | KEEPS },					\
	{ type, WAPI_NEW_SIGNALLED, 0, (type) | KEEPS | SIGNALLED }

static const struct {
	__u32 type, flags, count, told;
} made[] = {
	RECORD(WAPI_TYPE_FILE),
	RECORD(WAPI_TYPE_CONSOLE),
	{ WAPI_TYPE_THREAD, 0, 0, THREAD },
	{ WAPI_TYPE_THREAD, WAPI_NEW_SELF, 0, THREAD },
	{ WAPI_TYPE_SEM, 0, 0, SEMAPHORE },
	{ WAPI_TYPE_SEM, 0, 3, SEMAPHORE | SIGNALLED },
	{ WAPI_TYPE_MUTEX, 0, 0, MUTEX | SIGNALLED },
	{ WAPI_TYPE_MUTEX, WAPI_NEW_OWNED, 0, MUTEX },
	{ WAPI_TYPE_EVENT, 0, 0, AUTO },
	{ WAPI_TYPE_EVENT, WAPI_NEW_SIGNALLED, 0, AUTO | SIGNALLED },
	{ WAPI_TYPE_EVENT, WAPI_NEW_MANUAL, 0, MANUAL },
	{ WAPI_TYPE_EVENT, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED, 0, MANUAL | SIGNALLED },
	RECORD(WAPI_TYPE_SOCKET),
	{ WAPI_TYPE_FIND, 0, 0, WAPI_TYPE_FIND },
	{ WAPI_TYPE_PROCESS, 0, 0, PROCESS },
	RECORD(WAPI_TYPE_PIPE),
	{ WAPI_TYPE_TIMER, 0, 0, TIMER },
	{ WAPI_TYPE_TIMER, WAPI_NEW_MANUAL, 0, TIMER | KEEPS },
};

TEST_F(table, tells_type_generation_and_state_of_each_type)
{
	struct wapi_new new;
	int handle;

	/* So that not all are of the first generation. */
	for (int i = 0; i < 1030; i++)
		ASSERT_EQ(1, close_handle(self->fd, new_handle(self->fd, WAPI_TYPE_EVENT)));
	for (unsigned int i = 0; i < ARRAY_SIZE(made); i++) {
		new = new_request(made[i].type);
		new.flags = made[i].flags;
		new.count = made[i].count;
		handle = new_object(self->fd, new);
		ASSERT_LT(0, handle);
		EXPECT_EQ((handle & WAPI_ENTRY_GENERATION) | made[i].told,
			  entry_at(self->states, index_of(handle))) {
			TH_LOG("type %u, flags %#x", made[i].type, made[i].flags);
		}
		EXPECT_EQ(i + 1, live_entries(self->states));
	}
}

TEST_F(table, tells_of_a_process_that_runs_and_of_one_that_has_ended)
{
	struct peer child;
	siginfo_t info;
	int running, ended;
	pid_t pid;

	if (!start_peer(&child)) {
		receive(&child);
		_exit(0);
	}
	running = new_process(self->fd, child.pid);
	ASSERT_LT(0, running);
	EXPECT_EQ(PROCESS, TOLD(running));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(0);
	ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	ended = new_process(self->fd, pid);
	ASSERT_LT(0, ended);
	EXPECT_EQ(PROCESS | SIGNALLED, TOLD(ended));
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(PROCESS | SIGNALLED, TOLD(ended));
	EXPECT_EQ(PROCESS, TOLD(running));
	kill_peer(&child);
	EXPECT_TRUE(within(SOON, TOLD(running) == (PROCESS | SIGNALLED)));
}

TEST_F(table, tells_of_a_handle_from_new_to_the_last_close)
{
	int handle;

	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		handle = new_handle(self->fd, type);
		ASSERT_LT(0, handle);
		EXPECT_EQ(1, live_entries(self->states));
		EXPECT_EQ(type, TOLD(handle) & WAPI_ENTRY_TYPE);
		ASSERT_EQ(0, open_handle(self->fd, handle));
		ASSERT_EQ(0, open_handle(self->other, handle));
		ASSERT_EQ(0, close_handle(self->fd, handle));
		ASSERT_EQ(0, close_handle(self->fd, handle));
		EXPECT_EQ(type, TOLD(handle) & WAPI_ENTRY_TYPE);
		ASSERT_EQ(1, close_handle(self->other, handle));
		EXPECT_EQ(0, entry_at(self->states, index_of(handle)));
		EXPECT_EQ(0, live_entries(self->states));
	}
}

/* Nobody holds a reference, but the object is there. */
TEST_F(table, tells_of_an_object_as_long_as_something_keeps_it)
{
	__u32 event = new_event(self->fd, 0), mutex = new_mutex(self->fd, 0);
	__u32 waited = new_event(self->fd, 0);
	struct sleeper sleeper;
	struct helper helper;
	int fd;

	/* A descriptor... */
	fd = object_to_fd(self->fd, event, O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, close_handle(self->fd, event));
	EXPECT_EQ(AUTO, TOLD(event));
	close(fd);
	EXPECT_EQ(0, entry_at(self->states, index_of(event)));
	/* ...the thread that owns it... */
	ASSERT_TRUE(start_helper(&helper, self->fd, mutex));
	ASSERT_EQ(0, close_handle(self->fd, mutex));
	EXPECT_EQ(MUTEX, TOLD(mutex));
	end_helper(&helper);
	EXPECT_TRUE(within(SOON, !entry_at(self->states, index_of(mutex))));
	/* ...one who waits for it. */
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &waited, 1, 0, 300));
	ASSERT_EQ(0, close_handle(self->fd, waited));
	EXPECT_EQ(AUTO, TOLD(waited));
	EXPECT_EQ(-ETIMEDOUT, join_sleeper(&sleeper));
	EXPECT_EQ(0, entry_at(self->states, index_of(waited)));
	EXPECT_EQ(0, live_entries(self->states));
}

TEST_F(table, tells_a_stale_handle_from_the_next_tenant_of_its_index)
{
	__u32 stale = new_event(self->fd, WAPI_NEW_SIGNALLED);
	int tenant, i;

	ASSERT_EQ(1, close_handle(self->fd, stale));
	EXPECT_EQ(0, TOLD(stale));
	for (i = 0; i < 100000; i++) {
		tenant = new_event(self->fd, WAPI_NEW_SIGNALLED | WAPI_NEW_MANUAL);
		ASSERT_LT(0, tenant);
		if (index_of(tenant) == index_of(stale))
			break;
		ASSERT_EQ(1, close_handle(self->fd, tenant));
	}
	ASSERT_LT(i, 100000);
	EXPECT_EQ(MANUAL | SIGNALLED, TOLD(tenant));
	EXPECT_EQ(0, TOLD(stale));
	EXPECT_EQ((__u32)tenant & WAPI_ENTRY_GENERATION,
		  entry_at(self->states, index_of(stale)) & WAPI_ENTRY_GENERATION);
	EXPECT_NE((__u32)tenant & WAPI_ENTRY_GENERATION, stale & WAPI_ENTRY_GENERATION);
	/* What can be said of the one, is not of the other. */
	EXPECT_EQ(-EBADF, reset(self->fd, stale));
	EXPECT_EQ(MANUAL | SIGNALLED, TOLD(tenant));
}

TEST_F(table, tells_nothing_of_an_index_above_all_that_exist)
{
	__u32 last = 0;
	int handle;

	for (int i = 0; i < 3000; i++) {
		handle = new_handle(self->fd, WAPI_TYPE_MUTEX);
		ASSERT_LT(0, handle);
		if (index_of(handle) > last)
			last = index_of(handle);
	}
	EXPECT_EQ(3000, live_entries(self->states));
	for (__u32 index = last + 1; index; index = index * 2 & LAST_INDEX)
		EXPECT_EQ(0, entry_at(self->states, index));
	EXPECT_EQ(0, entry_at(self->states, LAST_INDEX));
}

/* Takes off what is listed, so that nothing may remain. */
struct compare {
	__u32 *entries;
	const __u32 *states;
	long missing, different;
};

static void compare_entry(void *record, void *context)
{
	struct wapi_handle_record *handle = record;
	struct compare *compare = context;
	__u32 told = told_of(compare->states, handle->handle);

	compare->missing += !told;
	if (told && ((told & WAPI_ENTRY_TYPE) != handle->type ||
		     !(told & SIGNALLED) != !handle->signalled))
		compare->different++;
	compare->entries[index_of(handle->handle)] = 0;
}

TEST_F(table, tells_what_a_listing_tells_after_any_history)
{
	enum { HELD = 2000 };
	struct compare compare = { .states = self->states };
	int held[HELD] = { 0 }, fds[2] = { self->fd, self->other };
	__u64 seed = 1;
	long left = 0;

	for (int step = 1; step <= 20000; step++) {
		int i = next_random(&seed) % HELD;

		if (!held[i]) {
			struct wapi_new new = new_request(1 + next_random(&seed) % 10);

			if (new.type != WAPI_TYPE_THREAD && new.type != WAPI_TYPE_PROCESS &&
			    new.type != WAPI_TYPE_FIND && new.type != WAPI_TYPE_SEM &&
			    new.type != WAPI_TYPE_MUTEX)
				new.flags = next_random(&seed) % 2 ? WAPI_NEW_SIGNALLED : 0;
			held[i] = new_object(fds[i % 2], new);
			ASSERT_LT(0, held[i]);
		} else if (next_random(&seed) % 2) {
			ASSERT_EQ(1, close_handle(fds[i % 2], held[i]));
			held[i] = 0;
		} else {
			set(fds[i % 2], held[i]);
			release_semaphore(fds[i % 2], held[i], 1);
			if (next_random(&seed) % 2)
				take(fds[i % 2], held[i]);
			/* One that is owned would outlive its handle. */
			release_mutex(fds[i % 2], held[i]);
		}
		if (step % 5000)
			continue;
		compare.entries = malloc(WAPI_STATES_SIZE);
		ASSERT_NE(NULL, compare.entries);
		memcpy(compare.entries, self->states, WAPI_STATES_SIZE);
		EXPECT_EQ((long)read_info(self->fd).handles, live_entries(self->states));
		ASSERT_LE(0, for_each_record(self->fd, WAPI_LIST_HANDLES, compare_entry,
					     &compare));
		EXPECT_EQ(0, compare.missing);
		EXPECT_EQ(0, compare.different);
		for (__u32 index = 0; index <= LAST_INDEX; index++)
			left += compare.entries[index] != 0;
		EXPECT_EQ(0, left);
		free(compare.entries);
	}
}

/* A result that cannot be told is no result: see also sizes.c. */
TEST_F(table, tells_nothing_of_a_new_that_came_to_nothing)
{
	static const struct {
		__u32 type, flags, count;
	} news[] = {
		{ WAPI_TYPE_FILE, 0, 0 },
		{ WAPI_TYPE_EVENT, WAPI_NEW_SIGNALLED, 0 },
		{ WAPI_TYPE_SEM, 0, 2 },
		{ WAPI_TYPE_MUTEX, WAPI_NEW_OWNED, 0 },
		{ WAPI_TYPE_THREAD, WAPI_NEW_SELF, 0 },
	};
	struct wapi_new *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct wapi_new wrong = new_request(WAPI_TYPE_EVENT);
	__u32 named, told;

	ASSERT_NE(MAP_FAILED, page);
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(news); i++) {
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		*page = new_request(news[i / 2].type);
		page->flags = news[i / 2].flags;
		page->count = news[i / 2].count;
		if (i % 2) {
			page->name = address("name");
			page->name_size = 4;
		}
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_NEW, page));
		EXPECT_EQ(0, live_entries(self->states)) {
			TH_LOG("type %u, %s", page->type, i % 2 ? "named" : "unnamed");
		}
	}
	/* What was there before stays as it is. */
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	*page = new_request(WAPI_TYPE_EVENT);
	page->flags = WAPI_NEW_SIGNALLED;
	page->name = address("name");
	page->name_size = 4;
	ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, page));
	named = page->handle;
	told = TOLD(named);
	EXPECT_EQ(AUTO | SIGNALLED, told);
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_NEW, page));
	EXPECT_EQ(told, TOLD(named));

	wrong.data = 8;
	wrong.data_size = 8;
	EXPECT_REFUSED(EFAULT, self->fd, WAPI_IOC_NEW, &wrong);
	wrong = new_request(WAPI_TYPE_EVENT);
	wrong.block = 32;
	EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &wrong);
	EXPECT_EQ(1, live_entries(self->states));
}

TEST_F(table, tells_nothing_of_what_a_client_held_that_is_dead)
{
	__u32 kept = new_event(self->fd, WAPI_NEW_SIGNALLED), mutex = new_mutex(self->fd, 0);
	struct peer victim;

	for (int i = 0; i < 10; i++) {
		if (!start_peer(&victim)) {
			int fd = open_device();

			hold(fd, 500, 0);
			REQUIRE(!open_handle(fd, kept));
			REQUIRE(!open_handle(fd, mutex));
			REQUIRE(!take(fd, mutex));
			send_to(&victim, 0);
			for (;;)
				pause();
		}
		ASSERT_EQ(0, receive(&victim));
		EXPECT_EQ(502, live_entries(self->states));
		EXPECT_EQ(MUTEX, TOLD(mutex));
		EXPECT_EQ(128 + SIGKILL, kill_peer(&victim));
		/* At once. */
		EXPECT_EQ(2, live_entries(self->states));
		EXPECT_EQ(AUTO | SIGNALLED, TOLD(kept));
		EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));
	}
}

/* ---- that it follows ---- */

TEST_F(table, follows_an_event_that_is_reset_by_hand)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL);

	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(MANUAL, TOLD(event));
		EXPECT_EQ(-ETIMEDOUT, take(self->fd, event));
		EXPECT_EQ(0, set(self->fd, event));
		EXPECT_EQ(MANUAL | SIGNALLED, TOLD(event));
		EXPECT_EQ(1, set(self->fd, event));
		EXPECT_EQ(MANUAL | SIGNALLED, TOLD(event));
		EXPECT_EQ(0, take(self->fd, event));
		EXPECT_EQ(MANUAL | SIGNALLED, TOLD(event));
		EXPECT_EQ(1, i ? reset(self->fd, event) : pulse(self->fd, event));
		EXPECT_EQ(MANUAL, TOLD(event));
		EXPECT_EQ(0, i ? reset(self->fd, event) : pulse(self->fd, event));
		EXPECT_EQ(MANUAL, TOLD(event));
	}
}

TEST_F(table, follows_an_event_that_resets_itself)
{
	__u32 events[3];

	for (int i = 0; i < 3; i++) {
		events[i] = new_event(self->fd, 0);
		EXPECT_EQ(0, set(self->fd, events[i]));
		EXPECT_EQ(AUTO | SIGNALLED, TOLD(events[i]));
	}
	EXPECT_EQ(1, pulse(self->fd, events[0]));
	EXPECT_EQ(AUTO, TOLD(events[0]));
	/* A wait for any acquires the first only. */
	EXPECT_EQ(1, wait_any(self->fd, events, 3, 0));
	EXPECT_EQ(AUTO, TOLD(events[1]));
	EXPECT_EQ(AUTO | SIGNALLED, TOLD(events[2]));
	EXPECT_EQ(2, wait_any(self->fd, events, 3, 0));
	EXPECT_EQ(AUTO, TOLD(events[2]));
	EXPECT_EQ(-ETIMEDOUT, wait_any(self->fd, events, 3, 0));
}

TEST_F(table, follows_an_event_that_goes_to_who_waits)
{
	__u32 event = new_event(self->fd, 0), manual = new_event(self->fd, WAPI_NEW_MANUAL);
	struct sleeper sleepers[2];

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &event, 1, 0, FOREVER));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, set(self->fd, event));
		EXPECT_EQ(AUTO, TOLD(event));
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
	}
	EXPECT_EQ(0, set(self->fd, event));
	EXPECT_EQ(AUTO | SIGNALLED, TOLD(event));

	ASSERT_EQ(0, start_sleeper(&sleepers[0], self->fd, &manual, 1, 0, FOREVER));
	EXPECT_EQ(0, pulse(self->fd, manual));
	EXPECT_EQ(MANUAL, TOLD(manual));
	EXPECT_EQ(0, join_sleeper(&sleepers[0]));
	ASSERT_EQ(0, start_sleeper(&sleepers[0], self->fd, &manual, 1, 0, FOREVER));
	EXPECT_EQ(0, set(self->fd, manual));
	EXPECT_EQ(MANUAL | SIGNALLED, TOLD(manual));
	EXPECT_EQ(0, join_sleeper(&sleepers[0]));
	EXPECT_EQ(MANUAL | SIGNALLED, TOLD(manual));
}

TEST_F(table, follows_a_semaphore_to_0_and_back)
{
	__u32 semaphore = new_semaphore(self->fd, 2, 3);
	struct sleeper sleepers[2];

	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(semaphore));
	EXPECT_EQ(0, take(self->fd, semaphore));
	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(semaphore));
	EXPECT_EQ(0, take(self->fd, semaphore));
	EXPECT_EQ(SEMAPHORE, TOLD(semaphore));
	EXPECT_EQ(-ETIMEDOUT, take(self->fd, semaphore));
	EXPECT_EQ(-EOVERFLOW, release_semaphore(self->fd, semaphore, 4));
	EXPECT_EQ(SEMAPHORE, TOLD(semaphore));
	EXPECT_EQ(0, release_semaphore(self->fd, semaphore, 1));
	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(semaphore));
	EXPECT_EQ(0, take(self->fd, semaphore));
	EXPECT_EQ(SEMAPHORE, TOLD(semaphore));

	/* To two who wait, and to one more than wait. */
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &semaphore, 1, 0, FOREVER));
	EXPECT_EQ(0, release_semaphore(self->fd, semaphore, 1));
	EXPECT_EQ(SEMAPHORE, TOLD(semaphore));
	EXPECT_EQ(0, release_semaphore(self->fd, semaphore, 2));
	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(semaphore));
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
}

TEST_F(table, follows_a_mutex_as_others_see_it)
{
	__u32 mutex = new_mutex(self->fd, 0);
	struct sleeper sleeper;

	EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));
	/* For its owner it is signalled, which is to be asked for. */
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, take(self->fd, mutex));
		EXPECT_EQ(MUTEX, TOLD(mutex));
		EXPECT_EQ(1, is_signalled(self->fd, mutex));
	}
	for (int i = 2; i; i--) {
		EXPECT_EQ(i, release_mutex(self->fd, mutex));
		EXPECT_EQ(MUTEX, TOLD(mutex));
	}
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));
	EXPECT_EQ(-EPERM, release_mutex(self->fd, mutex));
	EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));

	/* Released to who waits it is another's. */
	EXPECT_EQ(0, take(self->fd, mutex));
	prepare_sleeper(&sleeper, self->fd, &mutex, 1, 0, FOREVER);
	sleeper.stay = true;
	ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(MUTEX, TOLD(mutex));
	EXPECT_EQ(0, is_signalled(self->fd, mutex));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_TRUE(within(SOON, TOLD(mutex) == (MUTEX | SIGNALLED)));
}

TEST_F(table, follows_a_mutex_whose_owner_ends)
{
	__u32 mutex = new_mutex(self->fd, 0);
	struct helper helper;
	struct peer peer;
	int fd;

	for (int i = 0; i < 5; i++) {
		/* A thread; its end may be seen a little later. */
		ASSERT_TRUE(start_helper(&helper, self->fd, mutex));
		EXPECT_EQ(MUTEX, TOLD(mutex));
		end_helper(&helper);
		EXPECT_TRUE(within(SOON, TOLD(mutex) == (MUTEX | SIGNALLED)));

		/* A process. */
		if (!start_peer(&peer)) {
			fd = open_device();
			REQUIRE(!open_handle(fd, mutex));
			REQUIRE(take(fd, mutex) == 0 && take(fd, mutex) == 0);
			send_to(&peer, 0);
			for (;;)
				pause();
		}
		ASSERT_EQ(0, receive(&peer));
		EXPECT_EQ(MUTEX, TOLD(mutex));
		EXPECT_EQ(128 + SIGKILL, kill_peer(&peer));
		EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));

		/* The client through which this thread took it. */
		fd = open_device();
		EXPECT_EQ(0, open_handle(fd, mutex));
		EXPECT_EQ(0, wait_abandoned(fd, mutex, peer.pid, 0));
		EXPECT_EQ(MUTEX, TOLD(mutex));
		close(fd);
		EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));
	}
}

TEST_F(table, follows_a_mutex_that_an_ended_owner_leaves_to_who_waits)
{
	__u32 mutex = new_mutex(self->fd, 0);
	struct helper helper;
	struct sleeper sleeper;

	ASSERT_TRUE(start_helper(&helper, self->fd, mutex));
	prepare_sleeper(&sleeper, self->fd, &mutex, 1, 0, FOREVER);
	sleeper.stay = true;
	ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
	end_helper(&helper);
	ASSERT_TRUE(has_ended(&sleeper));
	EXPECT_EQ(0, sleeper.result);
	EXPECT_EQ(MUTEX, TOLD(mutex));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_TRUE(within(SOON, TOLD(mutex) == (MUTEX | SIGNALLED)));
}

TEST_F(table, follows_the_end_of_a_process)
{
	int handles[2];
	struct peer child;

	for (int i = 0; i < 20; i++) {
		if (!start_peer(&child)) {
			receive(&child);
			_exit(3);
		}
		/* Two objects that stand for it. */
		handles[0] = new_process(self->fd, child.pid);
		handles[1] = new_process(self->other, child.pid);
		ASSERT_LT(0, handles[0]);
		ASSERT_LT(0, handles[1]);
		EXPECT_EQ(PROCESS, TOLD(handles[0]));
		if (i % 2)
			kill(child.pid, SIGKILL);
		else
			send_to(&child, 0);
		/* Its end is told in no particular order to whom it concerns. */
		for (int j = 0; j < 2; j++) {
			EXPECT_TRUE(within(SOON, TOLD(handles[j]) == (PROCESS | SIGNALLED)));
			EXPECT_EQ(1, is_signalled(j ? self->other : self->fd, handles[j]));
		}
		EXPECT_EQ(i % 2 ? 128 + SIGKILL : 3, wait_for_peer(&child));
		EXPECT_EQ(PROCESS | SIGNALLED, TOLD(handles[0]));
		EXPECT_LE(0, close_handle(self->fd, handles[0]));
		EXPECT_LE(0, close_handle(self->other, handles[1]));
		EXPECT_TRUE(within(SOON, !live_entries(self->states)));
	}
}

TEST_F(table, follows_the_end_of_a_thread)
{
	struct helper helper;

	for (int i = 0; i < 20; i++) {
		ASSERT_TRUE(start_helper(&helper, self->fd, 0));
		EXPECT_EQ(THREAD, TOLD(helper.handle));
		end_helper(&helper);
		EXPECT_TRUE(within(SOON, TOLD(helper.handle) == (THREAD | SIGNALLED)));
		EXPECT_EQ(1, is_signalled(self->fd, helper.handle));
		EXPECT_EQ(0, take(self->fd, helper.handle));
		EXPECT_EQ(THREAD | SIGNALLED, TOLD(helper.handle));
		EXPECT_LE(0, close_handle(self->fd, helper.handle));
		EXPECT_TRUE(within(SOON, !live_entries(self->states)));
	}
}

TEST_F(table, follows_a_wait_for_all)
{
	__u32 handles[4] = {
		new_event(self->fd, WAPI_NEW_SIGNALLED), new_semaphore(self->fd, 1, 1),
		new_mutex(self->fd, 0), new_event(self->fd, WAPI_NEW_MANUAL),
	};
	struct sleeper sleeper;

	/* One is missing: nothing is acquired. */
	EXPECT_EQ(-ETIMEDOUT, wait_all(self->fd, handles, 4, 0));
	EXPECT_EQ(AUTO | SIGNALLED, TOLD(handles[0]));
	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(handles[1]));
	EXPECT_EQ(MUTEX | SIGNALLED, TOLD(handles[2]));
	EXPECT_EQ(MANUAL, TOLD(handles[3]));
	EXPECT_EQ(0, set(self->fd, handles[3]));
	EXPECT_EQ(0, wait_all(self->fd, handles, 4, 0));
	EXPECT_EQ(AUTO, TOLD(handles[0]));
	EXPECT_EQ(SEMAPHORE, TOLD(handles[1]));
	EXPECT_EQ(MUTEX, TOLD(handles[2]));
	EXPECT_EQ(MANUAL | SIGNALLED, TOLD(handles[3]));

	/* One that sleeps acquires when the last comes, whatever that is. */
	EXPECT_EQ(0, release_mutex(self->fd, handles[2]));
	for (int last = 0; last < 2; last++) {
		prepare_sleeper(&sleeper, self->fd, handles, 4, WAPI_WAIT_ALL, FOREVER);
		sleeper.stay = true;
		ASSERT_EQ(0, start_sleeper_at(&sleeper, &sleeper.wait));
		if (last) {
			EXPECT_EQ(0, release_semaphore(self->fd, handles[1], 1));
			EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(handles[1]));
			EXPECT_EQ(0, set(self->fd, handles[0]));
		} else {
			EXPECT_EQ(0, set(self->fd, handles[0]));
			EXPECT_EQ(AUTO | SIGNALLED, TOLD(handles[0]));
			EXPECT_EQ(0, release_semaphore(self->fd, handles[1], 1));
		}
		EXPECT_EQ(AUTO, TOLD(handles[0]));
		EXPECT_EQ(SEMAPHORE, TOLD(handles[1]));
		EXPECT_EQ(MUTEX, TOLD(handles[2]));
		EXPECT_EQ(MANUAL | SIGNALLED, TOLD(handles[3]));
		EXPECT_EQ(0, join_sleeper(&sleeper));
		EXPECT_TRUE(within(SOON, TOLD(handles[2]) == (MUTEX | SIGNALLED)));
	}
}

TEST_F(table, follows_a_wait_that_signals_first)
{
	__u32 event = new_event(self->fd, 0), semaphore = new_semaphore(self->fd, 0, 5);
	__u32 mutex = new_mutex(self->fd, WAPI_NEW_OWNED), set_one = new_event(self->fd, 0);
	const struct {
		__u32 signal, count, told;
	} steps[] = {
		{ event, 0, AUTO }, { semaphore, 2, SEMAPHORE }, { mutex, 0, MUTEX },
	};
	struct wapi_wait wait;

	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		EXPECT_EQ(steps[i].told, TOLD(steps[i].signal));
		/* Satisfied, or not. */
		if (i)
			EXPECT_EQ(0, set(self->fd, set_one));
		wait = wait_request(&set_one, 1, 0, 0);
		wait.signal = steps[i].signal;
		wait.signal_count = steps[i].count;
		EXPECT_EQ(i ? 0 : -ETIMEDOUT, run_wait(self->fd, &wait));
		EXPECT_EQ(0, wait.signal);
		EXPECT_EQ(steps[i].told | SIGNALLED, TOLD(steps[i].signal));
		EXPECT_EQ(AUTO, TOLD(set_one));
	}
	/* What is signalled is what is waited for. */
	EXPECT_EQ(1, reset(self->fd, event));
	wait = wait_request(&event, 1, 0, 0);
	wait.signal = event;
	EXPECT_EQ(0, run_wait(self->fd, &wait));
	EXPECT_EQ(AUTO, TOLD(event));
	/* One that cannot be signalled is not. */
	wait = wait_request(&event, 1, 0, 0);
	wait.signal = semaphore;
	wait.signal_count = 4;
	EXPECT_EQ(-EOVERFLOW, run_wait(self->fd, &wait));
	EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(semaphore));
	EXPECT_EQ(2, count_of(self->fd, semaphore));
}

TEST_F(table, follows_what_is_acquired_by_reading_a_descriptor)
{
	__u32 event = new_event(self->fd, WAPI_NEW_SIGNALLED);
	__u32 manual = new_event(self->fd, WAPI_NEW_SIGNALLED | WAPI_NEW_MANUAL);
	__u32 semaphore = new_semaphore(self->fd, 1, 1), mutex = new_mutex(self->fd, 0);
	const struct {
		__u32 handle, before, after;
	} steps[] = {
		{ event, AUTO | SIGNALLED, AUTO },
		{ manual, MANUAL | SIGNALLED, MANUAL | SIGNALLED },
		{ semaphore, SEMAPHORE | SIGNALLED, SEMAPHORE },
		{ mutex, MUTEX | SIGNALLED, MUTEX },
	};
	int fds[ARRAY_SIZE(steps)];

	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		fds[i] = object_to_fd(self->fd, steps[i].handle, O_NONBLOCK | O_CLOEXEC);
		ASSERT_LE(0, fds[i]);
		EXPECT_EQ(steps[i].before, TOLD(steps[i].handle));
		/* Where it cannot be told it is not acquired. */
		EXPECT_EQ(-1, read(fds[i], (void *)self->states, 8));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(steps[i].before, TOLD(steps[i].handle));
		EXPECT_EQ(0, read_object(fds[i]));
		EXPECT_EQ(steps[i].after, TOLD(steps[i].handle));
	}
	EXPECT_EQ(-EAGAIN, read_object(fds[0]));
	EXPECT_EQ(AUTO, TOLD(event));
	/* Released by a request, or by the end of what it was read from. */
	EXPECT_EQ(0, release_mutex(self->fd, mutex));
	EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));
	EXPECT_EQ(0, read_object(fds[3]));
	EXPECT_EQ(MUTEX, TOLD(mutex));
	close(fds[3]);
	EXPECT_EQ(MUTEX | SIGNALLED, TOLD(mutex));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

TEST_F(table, follows_no_wait_that_came_to_nothing)
{
	__u32 handles[3] = {
		new_event(self->fd, WAPI_NEW_SIGNALLED), new_semaphore(self->fd, 1, 1),
		new_mutex(self->fd, 0),
	};
	struct wapi_wait *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		*page = i < 3 ? wait_request(&handles[i], 1, 0, FOREVER) :
				wait_request(handles, 3, WAPI_WAIT_ALL, FOREVER);
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, wapi_ioctl(self->fd, WAPI_IOC_WAIT, page));
		EXPECT_EQ(AUTO | SIGNALLED, TOLD(handles[0]));
		EXPECT_EQ(SEMAPHORE | SIGNALLED, TOLD(handles[1]));
		EXPECT_EQ(MUTEX | SIGNALLED, TOLD(handles[2]));
	}
}

TEST_F(table, follows_no_request_that_is_refused)
{
	__u32 event = new_event(self->fd, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);
	__u32 mutex = new_mutex(self->fd, WAPI_NEW_OWNED), find = new_handle(self->fd, 8);
	__u32 semaphore = new_semaphore(self->fd, 0, 1);
	struct wapi_signal signal = { .handle = event, .flags = 1 };

	/* The other client holds no reference. */
	EXPECT_EQ(-EBADF, reset(self->other, event));
	EXPECT_EQ(-EBADF, pulse(self->other, event));
	EXPECT_EQ(-EBADF, release_mutex(self->other, mutex));
	EXPECT_EQ(-EBADF, release_semaphore(self->other, semaphore, 1));
	EXPECT_EQ(-EBADF, close_handle(self->other, event));
	EXPECT_EQ(-EOPNOTSUPP, set(self->fd, find));
	EXPECT_EQ(-EOPNOTSUPP, set(self->fd, semaphore));
	EXPECT_EQ(-EINVAL, wapi_ioctl(self->fd, WAPI_IOC_RESET, &signal));
	EXPECT_EQ(MANUAL | SIGNALLED, TOLD(event));
	EXPECT_EQ(MUTEX, TOLD(mutex));
	EXPECT_EQ(SEMAPHORE, TOLD(semaphore));
	EXPECT_EQ(WAPI_TYPE_FIND, TOLD(find));
}

TEST_F(table, follows_each_request_of_a_batch)
{
	__u32 event = new_event(self->fd, 0), semaphore = new_semaphore(self->fd, 0, 9);
	struct wapi_signal signal = { .handle = event }, missing = { .handle = 1 << 30 };
	struct wapi_sem_release release = { .handle = semaphore, .count = 2 };
	struct wapi_wait waits[2] = {
		wait_request(&semaphore, 1, 0, 0), wait_request(&event, 1, 0, 0),
	};
	struct wapi_batch_request requests[] = {
		batched(WAPI_IOC_SET, &signal), batched(WAPI_IOC_SEM_RELEASE, &release),
		batched(WAPI_IOC_WAIT, &waits[0]), batched(WAPI_IOC_WAIT, &waits[0]),
		batched(WAPI_IOC_SET, &missing), batched(WAPI_IOC_WAIT, &waits[1]),
	};

	for (__u32 count = 1; count <= 4; count++) {
		EXPECT_EQ(count, make_batch(self->fd, requests, count, 0));
		EXPECT_EQ(AUTO | SIGNALLED, TOLD(event));
		EXPECT_EQ(count == 2 || count == 3 ? SEMAPHORE | SIGNALLED : SEMAPHORE,
			  TOLD(semaphore));
		reset(self->fd, event);
		while (!take(self->fd, semaphore))
			;
	}
	/* Stopped before the wait that would take it. */
	EXPECT_EQ(5, make_batch(self->fd, requests, 6, WAPI_BATCH_STOP));
	EXPECT_EQ(AUTO | SIGNALLED, TOLD(event));
	EXPECT_EQ(6, make_batch(self->fd, requests, 6, 0));
	EXPECT_EQ(AUTO, TOLD(event));
}

TEST_HARNESS_MAIN
