// SPDX-License-Identifier: GPL-2.0
/*
 * The memory ordering of the state table, tried: who sees an object signalled
 * sees what was written before it was signalled, an entry changes in one step
 * with what it tells of, and none is seen of what never was.
 *
 * Each test is two sides on two processors, threads of one process or two
 * processes, that go through a fixed number of rounds.  Nothing here may be
 * seen to go wrong once.  What a version of the module would have to do wrong to
 * fail is told at each test; each was made to fail by that.
 */
#include "rounds.h"
#include "state_test.h"

enum { ROUNDS = 5000, WORDS = 8, LINE = 64 };

/* What both sides see.  Each part has cache lines of its own. */
struct shared {
	struct rounds rounds;
	_Atomic __u32 wrong, line;	/* how much was, and where first */
	__u32 handle;
	struct {
		unsigned long word __attribute__((aligned(LINE)));
	} data[WORDS], reply[WORDS];
	/* Odd while the writer changes something; else what is told of @index. */
	_Atomic __u32 phase __attribute__((aligned(LINE)));
	_Atomic __u32 index, entry;
	_Atomic __u32 sampled __attribute__((aligned(LINE)));
	atomic_bool running, done;	/* the reader, and the writer */
	_Atomic unsigned long samples;
};

/* One of the two sides. */
struct side {
	struct shared *shared;
	const __u32 *states;
	int fd;
	__u32 kind;
	bool is_process;
	void (*run)(struct side *side);
};

#define IS(side, condition) do {					\
	if (!(condition) && !(side)->shared->wrong++)			\
		(side)->shared->line = __LINE__;			\
} while (0)

/*
 * Spins, but not for ever: when something has gone wrong once, all that follows
 * is not worth waiting for.
 */
#define spin_until(side, condition) do {				\
	double deadline_ = 0;						\
									\
	for (unsigned int spins_ = 1; !(condition); spins_++) {		\
		if (spins_ % 256)					\
			continue;					\
		sched_yield();						\
		if ((side)->shared->wrong)				\
			break;						\
		if (!deadline_)						\
			deadline_ = seconds() + 30;			\
		if (seconds() > deadline_) {				\
			IS(side, !"waited for in vain");		\
			break;						\
		}							\
	}								\
} while (0)

static bool shows(struct side *side)
{
	return told_of(side->states, side->shared->handle) & SIGNALLED;
}

/* ---- objects that can be signalled, and how ---- */

static int signal_by_batch(int fd, __u32 handle)
{
	struct wapi_signal signal = { .handle = handle };
	struct wapi_batch_request request = batched(WAPI_IOC_SET, &signal);
	int made = make_batch(fd, &request, 1, 0);

	return made == 1 ? request.result : -EPROTO;
}

/* By a wait for nothing. */
static int signal_by_wait(int fd, __u32 handle)
{
	struct wapi_wait wait = wait_request(NULL, 0, 0, 0);
	int error;

	wait.signal = handle;
	error = wapi_ioctl(fd, WAPI_IOC_WAIT, &wait);
	return error == -ETIMEDOUT && !wait.signal ? 0 : -EPROTO;
}

static int add_one(int fd, __u32 handle)
{
	return release_semaphore(fd, handle, 1);
}

static int take_all(int fd, __u32 handle)
{
	return wait_all(fd, &handle, 1, 0);
}

static int set_timer_now(int fd, __u32 handle)
{
	return set_timer(fd, handle, 0, 0, 0);
}

static const struct {
	const char *name;
	__u32 type, flags;
	int (*signal)(int fd, __u32 handle);
	int (*unsignal)(int fd, __u32 handle);
	int unsignalled;	/* what that gives */
	bool owned;		/* only who has signalled it can take it back */
} kinds[] = {
	{ "manual event",	WAPI_TYPE_EVENT, WAPI_NEW_MANUAL, set, reset, 1, false },
	{ "event",		WAPI_TYPE_EVENT, 0, set, take, 0, false },
	{ "event, wait for all", WAPI_TYPE_EVENT, 0, set, take_all, 0, false },
	{ "event, batch",	WAPI_TYPE_EVENT, 0, signal_by_batch, take, 0, false },
	{ "event, signal and wait", WAPI_TYPE_EVENT, 0, signal_by_wait, take, 0, false },
	{ "event, pulsed after", WAPI_TYPE_EVENT, 0, set, pulse, 1, false },
	{ "semaphore",		WAPI_TYPE_SEM, 0, add_one, take, 0, false },
	{ "pipe",		WAPI_TYPE_PIPE, 0, set, reset, 1, false },
	{ "timer",		WAPI_TYPE_TIMER, 0, set_timer_now, take, 0, false },
	{ "mutex",		WAPI_TYPE_MUTEX, WAPI_NEW_OWNED, release_mutex, take, 0, true },
};

/* ---- the two sides ---- */

FIXTURE(litmus)
{
	int fd;
	const __u32 *states;
	struct shared *shared;
};

FIXTURE_VARIANT(litmus)
{
	bool processes;
};

FIXTURE_VARIANT_ADD(litmus, threads) { .processes = false };
FIXTURE_VARIANT_ADD(litmus, processes) { .processes = true };

FIXTURE_SETUP(litmus)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->states = map_states(self->fd);
	ASSERT_NE(MAP_FAILED, self->states);
	self->shared = shared_memory(sizeof(*self->shared));
	ASSERT_NE(MAP_FAILED, self->shared);
}

FIXTURE_TEARDOWN(litmus)
{
	close(self->fd);
	EXPECT_TRUE(within(SOON, !live_entries(self->states)));
}

static void *run_side(void *argument)
{
	struct side *side = argument;

	stay_on_processor(1);
	side->shared->running = true;
	side->run(side);
	return NULL;
}

/* In its own process, the second side is a client of its own. */
static void run_in_child(struct side *side)
{
	side->fd = open_device();
	REQUIRE(side->fd >= 0);
	if (side->shared->handle)
		REQUIRE(!open_handle(side->fd, side->shared->handle));
	run_side(side);
	_exit(0);
}

/* "" if nothing was seen to be wrong. */
static const char *run_both(FIXTURE_DATA(litmus) *self, bool processes, __u32 kind,
			    void (*writer)(struct side *), void (*reader)(struct side *))
{
	struct side first = {
		.shared = self->shared, .states = self->states, .fd = self->fd,
		.kind = kind, .run = writer,
	};
	struct side second = first;
	static char text[80];
	pthread_t thread;
	struct peer peer;

	second.run = reader;
	second.is_process = processes;
	if (processes) {
		if (!start_peer(&peer))
			run_in_child(&second);
	} else if (pthread_create(&thread, NULL, run_side, &second)) {
		return "no thread";
	}
	stay_on_processor(0);
	spin_until(&first, self->shared->running);
	writer(&first);
	if (!processes)
		pthread_join(thread, NULL);
	else if (wait_for_peer(&peer))
		return "the second side failed";
	if (!self->shared->wrong)
		return "";
	snprintf(text, sizeof(text), "wrong %u times, first in line %u", self->shared->wrong,
		 self->shared->line);
	return text;
}

static const char *run_kind(FIXTURE_DATA(litmus) *self, bool processes, unsigned int kind,
			    void (*writer)(struct side *), void (*reader)(struct side *))
{
	struct wapi_new new = new_request(kinds[kind].type);
	const char *difference;
	int handle;

	memset(self->shared, 0, sizeof(*self->shared));
	new.flags = kinds[kind].flags;
	handle = new_object(self->fd, new);
	if (handle < 0)
		return "no object";
	self->shared->handle = handle;
	difference = run_both(self, processes, kind, writer, reader);
	close_handle(self->fd, handle);
	return difference;
}

/*
 * Messages, by nothing but the entry:
 *
 *	writer				reader
 *	data = n
 *	SET				until the entry is signalled: load, acquire
 *					data must be n
 *					reply = n
 *	until it is not: load, acquire	RESET, or a wait that acquires
 *	reply must be n
 *
 * Fails if an entry is set before, or is cleared after the request has done its
 * work: then either side goes on with what was written in the round before.
 */
static void send_messages(struct side *side)
{
	struct shared *shared = side->shared;

	for (unsigned long n = 1; n <= ROUNDS; n++) {
		for (int i = 0; i < WORDS; i++)
			shared->data[i].word = n;
		IS(side, kinds[side->kind].signal(side->fd, shared->handle) >= 0);
		spin_until(side, !shows(side));
		for (int i = WORDS - 1; i >= 0; i--)
			IS(side, shared->reply[i].word == n);
	}
}

static void receive_messages(struct side *side)
{
	struct shared *shared = side->shared;

	for (unsigned long n = 1; n <= ROUNDS; n++) {
		spin_until(side, shows(side));
		for (int i = WORDS - 1; i >= 0; i--)
			IS(side, shared->data[i].word == n);
		for (int i = 0; i < WORDS; i++)
			shared->reply[i].word = n;
		IS(side, kinds[side->kind].unsignal(side->fd, shared->handle) ==
			 kinds[side->kind].unsignalled);
	}
}

TEST_F(litmus, who_sees_it_signalled_sees_what_was_written_before)
{
	for (unsigned int kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		if (kinds[kind].owned)
			continue;
		ASSERT_STREQ("", run_kind(self, variant->processes, kind, send_messages,
					  receive_messages)) {
			TH_LOG("%s", kinds[kind].name);
		}
	}
}

/*
 * The same where the writer alone changes the object, and with a meeting at which
 * both know what the entry must show: a request that has returned is seen by all.
 */
static void send_and_take_back(struct side *side)
{
	struct shared *shared = side->shared;
	__u64 seed = 1;

	for (unsigned long n = 1; n <= ROUNDS; n++) {
		meet(&shared->rounds);
		stagger(&seed);
		for (int i = 0; i < WORDS; i++)
			shared->data[i].word = n;
		IS(side, kinds[side->kind].signal(side->fd, shared->handle) >= 0);
		meet(&shared->rounds);
		IS(side, kinds[side->kind].unsignal(side->fd, shared->handle) ==
			 kinds[side->kind].unsignalled);
		IS(side, !shows(side));
	}
}

static void receive_at_meetings(struct side *side)
{
	struct shared *shared = side->shared;
	__u64 seed = 2;

	for (unsigned long n = 1; n <= ROUNDS; n++) {
		meet(&shared->rounds);
		stagger(&seed);
		IS(side, !shows(side) || shared->data[0].word == n);
		spin_until(side, shows(side));
		for (int i = WORDS - 1; i >= 0; i--)
			IS(side, shared->data[i].word == n);
		meet(&shared->rounds);
	}
}

TEST_F(litmus, who_sees_it_signalled_by_its_owner_sees_what_was_written_before)
{
	for (unsigned int kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		ASSERT_STREQ("", run_kind(self, variant->processes, kind, send_and_take_back,
					  receive_at_meetings)) {
			TH_LOG("%s", kinds[kind].name);
		}
	}
}

/*
 * Outside of requests the table is exact, all of an entry:
 *
 *	writer				reader
 *	phase = odd			p = phase
 *	request				e = entry
 *	phase = even, what is told	if phase is p still, and even: e is that
 *
 * Fails if an entry is written after the request has returned, in more than one
 * step, or by somebody else too: from a work item, with a generation apart from
 * its type, or by who still tells of an object that is gone.
 */
static void begin_change(struct shared *shared)
{
	atomic_fetch_add(&shared->phase, 1);
}

static void end_change(struct side *side, __u32 index, __u32 entry, bool wait)
{
	struct shared *shared = side->shared;
	__u32 phase = shared->phase + 1;

	atomic_store_explicit(&shared->index, index, memory_order_relaxed);
	atomic_store_explicit(&shared->entry, entry, memory_order_relaxed);
	atomic_store_explicit(&shared->phase, phase, memory_order_release);
	/* Now and then, until it was looked at for sure. */
	if (wait)
		spin_until(side, shared->sampled == phase);
}

static void sample(struct side *side)
{
	struct shared *shared = side->shared;
	__u32 phase, index, entry, seen;

	while (!shared->done) {
		phase = atomic_load_explicit(&shared->phase, memory_order_acquire);
		index = atomic_load_explicit(&shared->index, memory_order_relaxed);
		entry = atomic_load_explicit(&shared->entry, memory_order_relaxed);
		seen = entry_at(side->states, index);
		if (phase % 2 || !phase)
			continue;
		if (atomic_load_explicit(&shared->phase, memory_order_relaxed) != phase)
			continue;
		IS(side, seen == entry);
		shared->samples++;
		shared->sampled = phase;
	}
}

static void signal_and_unsignal(struct side *side)
{
	struct shared *shared = side->shared;
	__u32 entry = entry_at(side->states, index_of(shared->handle));
	__u64 seed = 3;

	IS(side, !(entry & SIGNALLED) && entry);
	for (int n = 0; n < ROUNDS; n++) {
		begin_change(shared);
		IS(side, kinds[side->kind].signal(side->fd, shared->handle) >= 0);
		end_change(side, index_of(shared->handle), entry | SIGNALLED, n % 2);
		stagger(&seed);
		begin_change(shared);
		IS(side, kinds[side->kind].unsignal(side->fd, shared->handle) ==
			 kinds[side->kind].unsignalled);
		end_change(side, index_of(shared->handle), entry, n % 3 == 0);
		stagger(&seed);
	}
	shared->done = true;
}

TEST_F(litmus, an_entry_is_exact_outside_of_requests)
{
	for (unsigned int kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		ASSERT_STREQ("", run_kind(self, variant->processes, kind, signal_and_unsignal,
					  sample)) {
			TH_LOG("%s", kinds[kind].name);
		}
		EXPECT_LE(ROUNDS / 2, self->shared->samples);
	}
}

/* What can be made, with what is told of it. */
static const struct {
	__u32 type, flags, told;
} makes[] = {
	{ WAPI_TYPE_EVENT,	WAPI_NEW_SIGNALLED, AUTO | SIGNALLED },
	{ WAPI_TYPE_FILE,	0, FILE_RECORD },
	{ WAPI_TYPE_MUTEX,	0, MUTEX | SIGNALLED },
	{ WAPI_TYPE_FIND,	0, WAPI_TYPE_FIND },
	{ WAPI_TYPE_EVENT,	WAPI_NEW_MANUAL, MANUAL },
	{ WAPI_TYPE_THREAD,	0, THREAD },
	{ WAPI_TYPE_PIPE,	WAPI_NEW_SIGNALLED, WAPI_TYPE_PIPE | KEEPS | SIGNALLED },
	{ WAPI_TYPE_TIMER,	WAPI_NEW_MANUAL, TIMER | KEEPS },
};

static void make_and_close(struct side *side)
{
	__u64 seed = 4;

	for (int n = 0; n < ROUNDS; n++) {
		struct wapi_new new = new_request(makes[n % ARRAY_SIZE(makes)].type);

		new.flags = makes[n % ARRAY_SIZE(makes)].flags;
		begin_change(side->shared);
		IS(side, !wapi_ioctl(side->fd, WAPI_IOC_NEW, &new));
		end_change(side, index_of(new.handle),
			   (new.handle & WAPI_ENTRY_GENERATION) |
			   makes[n % ARRAY_SIZE(makes)].told, n % 2);
		stagger(&seed);
		begin_change(side->shared);
		IS(side, close_handle(side->fd, new.handle) == 1);
		end_change(side, index_of(new.handle), 0, n % 3 == 0);
		stagger(&seed);
	}
	side->shared->done = true;
}

TEST_F(litmus, an_entry_is_there_from_new_to_close)
{
	EXPECT_STREQ("", run_both(self, variant->processes, 0, make_and_close, sample));
	EXPECT_LE(ROUNDS / 2, self->shared->samples);
}

/* ---- what must not be seen even within a request ---- */

/* Who waits for the object as long as there are rounds, and takes it each time. */
static void *wait_for_each(void *argument)
{
	struct side *side = argument;

	for (int n = 0; n < ROUNDS / 5; n++)
		IS(side, !wait_one(side->fd, side->shared->handle, 60000));
	return NULL;
}

/*
 * What is set for who waits goes over to them in one step, and so does what is
 * pulsed: nobody else's wait would ever be satisfied by it, and no reader may
 * see it signalled.
 *
 * Fails if the entry is written when the event is set, and again when the wait
 * is given it.
 */
static void hand_over(struct side *side)
{
	int (*const signal)(int fd, __u32 handle) = kinds[side->kind].signal;
	struct shared *shared = side->shared;
	struct side waiting = *side;
	pthread_t thread;

	IS(side, !pthread_create(&thread, NULL, wait_for_each, &waiting));
	for (int n = 0; n < ROUNDS / 5; n++) {
		spin_until(side, waiters_of(side->fd, shared->handle) == 1);
		IS(side, (n % 2 && kinds[side->kind].type == WAPI_TYPE_EVENT ? pulse : signal)
			 (side->fd, shared->handle) >= 0);
		IS(side, !shows(side));
	}
	pthread_join(thread, NULL);
	shared->done = true;
}

static void never_see_it_signalled(struct side *side)
{
	while (!side->shared->done) {
		IS(side, !shows(side));
		side->shared->samples++;
	}
}

TEST_F(litmus, what_goes_to_who_waits_is_not_seen_signalled)
{
	for (unsigned int kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		if (kinds[kind].unsignal != take || kinds[kind].owned)
			continue;
		ASSERT_STREQ("", run_kind(self, variant->processes, kind, hand_over,
					  never_see_it_signalled)) {
			TH_LOG("%s", kinds[kind].name);
		}
		EXPECT_LT(0, self->shared->samples);
	}
}

/* With nobody there. */
static void pulse_often(struct side *side)
{
	for (int n = 0; n < 4 * ROUNDS; n++)
		IS(side, pulse(side->fd, side->shared->handle) == 0);
	side->shared->done = true;
}

TEST_F(litmus, what_is_pulsed_is_not_seen_signalled)
{
	for (unsigned int kind = 0; kind < 2; kind++) {
		ASSERT_STREQ("", run_kind(self, variant->processes, kind, pulse_often,
					  never_see_it_signalled)) {
			TH_LOG("%s", kinds[kind].name);
		}
		EXPECT_LT(0, self->shared->samples);
	}
}

/* ---- generations ---- */

enum { INDICES = 2048, GENERATIONS = 64, MAKES = 4 * ROUNDS };

/* What was told of each handle: by who made it, and as it was seen. */
struct history {
	unsigned char made[INDICES][GENERATIONS], seen[INDICES][GENERATIONS];
	_Atomic __u32 last;		/* index made last */
	__u32 number_seen;
};

static struct history *history;

static bool is_of_history(__u32 handle)
{
	return index_of(handle) < INDICES &&
	       handle >> WAPI_HANDLE_INDEX_BITS < GENERATIONS;
}

static void make_history(struct side *side)
{
	__u32 held[4] = { 0 };
	__u64 seed = 5;

	for (int n = 0; n < MAKES; n++) {
		unsigned int make = next_random(&seed) % ARRAY_SIZE(makes);
		struct wapi_new new = new_request(makes[make].type);

		if (held[n % 4])
			IS(side, close_handle(side->fd, held[n % 4]) == 1);
		new.flags = makes[make].flags;
		IS(side, !wapi_ioctl(side->fd, WAPI_IOC_NEW, &new));
		held[n % 4] = new.handle;
		if (!is_of_history(new.handle))
			continue;
		history->made[index_of(new.handle)][new.handle >> WAPI_HANDLE_INDEX_BITS] =
			makes[make].told;
		history->last = index_of(new.handle);
		/* Not faster than they can be looked at. */
		if (n % 16 == 0) {
			unsigned long samples = side->shared->samples;

			spin_until(side, side->shared->samples != samples);
		}
	}
	for (int i = 0; i < 4; i++)
		IS(side, close_handle(side->fd, held[i]) == 1);
	side->shared->done = true;
}

static void look_at(struct side *side, __u32 index)
{
	__u32 entry = entry_at(side->states, index % INDICES);
	unsigned char *seen;

	if (!entry)
		return;
	IS(side, !(entry & ~(WAPI_ENTRY_GENERATION | WAPI_ENTRY_TYPE | SIGNALLED | ASK | KEEPS)));
	IS(side, entry & WAPI_ENTRY_GENERATION);
	if (!is_of_history(entry & WAPI_ENTRY_GENERATION))
		return;
	seen = &history->seen[index % INDICES][entry >> WAPI_HANDLE_INDEX_BITS];
	IS(side, !*seen || *seen == (entry & ~WAPI_ENTRY_GENERATION));
	history->number_seen += !*seen;
	*seen = entry & ~WAPI_ENTRY_GENERATION;
}

static void look_at_history(struct side *side)
{
	while (!side->shared->done) {
		/* Most of all where the next will come, or the last goes. */
		for (int i = 0; i < 256; i++)
			look_at(side, history->last + i % 16 + INDICES - 8);
		side->shared->samples++;
		for (__u32 index = 0; index < INDICES; index++)
			look_at(side, index);
	}
}

/*
 * An index has one tenant after the other.  Whatever is seen in its entry is, all
 * of it together, what was told of a handle that existed: no type with another's
 * generation, no state that an object never had.
 *
 * Fails if type, generation and flags are not written in one step, or if an
 * entry is made from an object that is not complete.
 */
TEST_F(litmus, no_entry_is_seen_that_no_handle_ever_had)
{
	history = shared_memory(sizeof(*history));
	ASSERT_NE(MAP_FAILED, history);
	EXPECT_STREQ("", run_both(self, variant->processes, 0, make_history, look_at_history));
	for (__u32 index = 0; index < INDICES; index++)
		for (__u32 generation = 0; generation < GENERATIONS; generation++)
			if (history->seen[index][generation]) {
				ASSERT_EQ(history->made[index][generation],
					  history->seen[index][generation]);
			}
	EXPECT_LT(MAKES / 16, history->number_seen);
	TH_LOG("saw %u of %u", history->number_seen, MAKES);
}

/* A request whose result both sides can see. */
static struct wapi_new *told_new;

static void make_and_tell(struct side *side)
{
	struct shared *shared = side->shared;
	__u64 seed = 6;

	for (int n = 0; n < ROUNDS; n++) {
		*told_new = new_request(WAPI_TYPE_EVENT);
		told_new->flags = WAPI_NEW_SIGNALLED;
		atomic_fetch_add(&shared->phase, 1);
		IS(side, !wapi_ioctl(side->fd, WAPI_IOC_NEW, told_new));
		shared->index = index_of(told_new->handle);
		stagger(&seed);
		stagger(&seed);
		IS(side, close_handle(side->fd, told_new->handle) == 1);
		atomic_fetch_add(&shared->phase, 1);
	}
	shared->done = true;
}

static void see_and_be_told(struct side *side)
{
	struct shared *shared = side->shared;
	__u32 phase, entry, index, handle;

	while (!shared->done) {
		for (int i = 0; i < 4; i++) {
			index = (shared->index + i) % INDICES;
			phase = atomic_load(&shared->phase);
			entry = entry_at(side->states, index);
			handle = __atomic_load_n(&told_new->handle, __ATOMIC_ACQUIRE);
			if (!(phase % 2) || !entry || atomic_load(&shared->phase) != phase)
				continue;
			IS(side, handle == ((entry & WAPI_ENTRY_GENERATION) | index));
			shared->samples++;
		}
	}
}

/*
 * Who makes an object is told its handle before others can see it:
 *
 *	writer				reader
 *	New: handle to memory
 *	     entry			entry of a new object: load, acquire
 *					the handle in memory is its
 *
 * Fails if the entry is written before the result is delivered, and so may have
 * to be taken back.
 */
TEST_F(litmus, no_entry_is_seen_before_its_maker_is_told)
{
	told_new = shared_memory(sizeof(*told_new));
	ASSERT_NE(MAP_FAILED, told_new);
	EXPECT_STREQ("", run_both(self, variant->processes, 0, make_and_tell, see_and_be_told));
	EXPECT_LT(0, self->shared->samples);
}

/* ---- ends, which come from outside of any request ---- */

/*
 * The end of a process or thread is a signal too: what it wrote is seen by who
 * sees it signalled.  Fails if the entry is written before the last instruction
 * of the process, or of its last thread.
 */
TEST_F(litmus, who_sees_the_end_of_a_process_sees_what_it_wrote)
{
	struct side side = { .shared = self->shared, .states = self->states };
	struct peer child;

	if (!variant->processes)
		return;
	stay_on_processor(0);
	for (unsigned long n = 1; n <= ROUNDS / 20; n++) {
		if (!start_peer(&child)) {
			stay_on_processor(1);
			spin_until(&side, self->shared->data[0].word == n);
			for (int i = 1; i < WORDS; i++)
				self->shared->data[i].word = n;
			_exit(0);
		}
		self->shared->handle = new_process(self->fd, child.pid);
		self->shared->data[0].word = n;
		spin_until(&side, shows(&side));
		for (int i = 1; i < WORDS; i++)
			ASSERT_EQ(n, self->shared->data[i].word);
		ASSERT_EQ(0, wait_for_peer(&child));
		ASSERT_LE(0, close_handle(self->fd, self->shared->handle));
	}
	EXPECT_EQ(0, self->shared->wrong);
}

static void *write_and_end(void *argument)
{
	struct side *side = argument;
	struct shared *shared = side->shared;

	stay_on_processor(1);
	if (side->kind == WAPI_TYPE_THREAD)
		shared->handle = new_thread(side->fd);
	else
		IS(side, !take(side->fd, shared->handle));
	shared->sampled = 1;
	spin_until(side, !shared->sampled);
	for (int i = 0; i < WORDS; i++)
		shared->data[i].word++;
	return NULL;
}

/* And of a mutex that a thread leaves behind. */
TEST_F(litmus, who_sees_the_end_of_a_thread_sees_what_it_wrote)
{
	struct side side = {
		.shared = self->shared, .states = self->states, .fd = self->fd,
	};
	__u32 mutex = new_mutex(self->fd, 0);
	pthread_t thread;

	if (variant->processes)
		return;
	stay_on_processor(0);
	for (unsigned long n = 1; n <= ROUNDS / 10; n++) {
		side.kind = n % 2 ? WAPI_TYPE_THREAD : WAPI_TYPE_MUTEX;
		self->shared->handle = mutex;
		ASSERT_EQ(0, pthread_create(&thread, NULL, write_and_end, &side));
		spin_until(&side, self->shared->sampled);
		ASSERT_FALSE(shows(&side));
		self->shared->sampled = 0;
		spin_until(&side, shows(&side));
		for (int i = WORDS - 1; i >= 0; i--)
			ASSERT_EQ(n, self->shared->data[i].word);
		pthread_join(thread, NULL);
		if (n % 2)
			ASSERT_LE(0, close_handle(self->fd, self->shared->handle));
	}
	EXPECT_EQ(0, self->shared->wrong);
	EXPECT_EQ(1, close_handle(self->fd, mutex));
}

/*
 * The end of a process and the last close of its object come together, or its end
 * and New.  Fails if an end that is seen late writes into an entry that is no
 * longer its object's, or if one that is seen early is written over.
 */
TEST_F(litmus, an_end_that_comes_with_the_last_close_leaves_no_entry)
{
	struct peer child;
	__u64 seed = 7;
	int handle;

	for (int n = 0; n < ROUNDS / 20; n++) {
		self->shared->sampled = 0;
		if (!start_peer(&child)) {
			__u64 own_seed = 1000 + n;

			stay_on_processor(1);
			while (!self->shared->sampled)
				sched_yield();
			stagger(&own_seed);
			_exit(0);
		}
		stay_on_processor(0);
		handle = new_process(self->fd, child.pid);
		ASSERT_LT(0, handle);
		self->shared->sampled = 1;
		for (__u64 i = 0; i <= seed % 16; i++)
			stagger(&seed);
		ASSERT_LE(0, close_handle(self->fd, handle));
		if (n % 2)
			ASSERT_EQ(0, wait_for_peer(&child));
		ASSERT_TRUE(within(SOON, !entry_at(self->states, index_of(handle))));
		if (n % 2 == 0)
			ASSERT_EQ(0, wait_for_peer(&child));
	}
	usleep(100000);
	EXPECT_EQ(0, live_entries(self->states));
}

TEST_F(litmus, an_end_that_comes_with_new_is_told)
{
	struct peer child;
	__u64 seed = 8;
	int handle;

	for (int n = 0; n < ROUNDS / 20; n++) {
		int pidfd;

		self->shared->sampled = 0;
		if (!start_peer(&child)) {
			__u64 own_seed = 2000 + n;

			stay_on_processor(1);
			while (!self->shared->sampled)
				sched_yield();
			stagger(&own_seed);
			_exit(0);
		}
		stay_on_processor(0);
		pidfd = syscall(SYS_pidfd_open, child.pid, 0);
		ASSERT_LE(0, pidfd);
		self->shared->sampled = 1;
		for (__u64 i = 0; i <= seed % 16; i++)
			stagger(&seed);
		handle = new_process_of_pidfd(self->fd, pidfd);
		ASSERT_LT(0, handle);
		ASSERT_TRUE(within(SOON, told_of(self->states, handle) == (PROCESS | SIGNALLED)))
			TH_LOG("%#x in round %d", told_of(self->states, handle), n);
		ASSERT_EQ(0, wait_for_peer(&child));
		close(pidfd);
		ASSERT_LE(0, close_handle(self->fd, handle));
	}
	EXPECT_TRUE(within(SOON, !live_entries(self->states)));
}

/* ---- all at once ---- */

enum { OBJECTS = 24, STORMERS = 4 };

struct stormer {
	FIXTURE_DATA(litmus) *self;
	__u32 *handles;
	int *fds;
	__u64 seed;
	pthread_t thread;
};

static void *storm(void *argument)
{
	struct stormer *stormer = argument;
	struct wapi_acquired acquired;
	__u32 *handles = stormer->handles, one, some[3];
	int fd = stormer->self->fd;
	struct wapi_wait wait;

	for (int n = 0; n < ROUNDS; n++) {
		__u64 dice = next_random(&stormer->seed);

		one = dice % OBJECTS;
		for (int i = 0; i < 3; i++)
			some[i] = handles[(one + i * 5) % OBJECTS];
		switch (dice / 256 % 12) {
		case 0: case 1: case 2:
			set(fd, handles[one]);
			release_semaphore(fd, handles[one], 1 + dice / 65536 % 3);
			release_mutex(fd, handles[one]);
			break;
		case 3:
			reset(fd, handles[one]);
			break;
		case 4:
			pulse(fd, handles[one]);
			break;
		case 5:
			wait_all(fd, some, 3, dice / 65536 % 2);
			break;
		case 6:
			wait_any(fd, some, 3, dice / 65536 % 2);
			break;
		case 7:
			wait = wait_request(some, 2, dice & 4096 ? WAPI_WAIT_ALL : 0, 0);
			wait.signal = handles[(one + 3) % OBJECTS];
			wapi_ioctl(fd, WAPI_IOC_WAIT, &wait);
			break;
		case 8:
			if (read(stormer->fds[one], &acquired, sizeof(acquired)) < 0 &&
			    errno != EAGAIN)
				stormer->self->shared->wrong++;
			break;
		default:
			take(fd, handles[one]);
			break;
		}
	}
	return NULL;
}

/*
 * Whatever was done by many at once, when all is quiet the table agrees with what
 * each object says of itself.  Fails if a way to change a state does not write
 * the entry, or writes it without the object's lock: of two that change it, the
 * entry then tells what the first has done.
 */
TEST_F(litmus, after_a_storm_the_table_is_exact)
{
	static const __u32 types[] = {
		WAPI_TYPE_EVENT, WAPI_TYPE_SEM, WAPI_TYPE_MUTEX, WAPI_TYPE_FILE,
	};
	struct stormer stormers[STORMERS];
	__u32 handles[OBJECTS];
	int fds[OBJECTS];

	if (variant->processes)
		return;
	for (int i = 0; i < OBJECTS; i++) {
		struct wapi_new new = new_request(types[i % 4]);

		if (i % 8 == 0)
			new.flags = WAPI_NEW_MANUAL;
		handles[i] = new_object(self->fd, new);
		ASSERT_LT(0, (int)handles[i]);
		fds[i] = object_to_fd(self->fd, handles[i], O_NONBLOCK | O_CLOEXEC);
		ASSERT_LE(0, fds[i]);
	}
	for (int pass = 0; pass < 5; pass++) {
		for (int i = 0; i < STORMERS; i++) {
			stormers[i] = (struct stormer){
				.self = self, .handles = handles, .fds = fds,
				.seed = 1 + pass * STORMERS + i,
			};
			ASSERT_EQ(0, pthread_create(&stormers[i].thread, NULL, storm,
						    &stormers[i]));
		}
		for (int i = 0; i < STORMERS; i++)
			ASSERT_EQ(0, pthread_join(stormers[i].thread, NULL));
		for (int i = 0; i < OBJECTS; i++) {
			/* Mutexes that the threads left may be seen so a little later. */
			if (types[i % 4] == WAPI_TYPE_MUTEX) {
				EXPECT_TRUE(within(SOON, told_of(self->states, handles[i]) ==
						   (MUTEX | SIGNALLED)));
			}
			EXPECT_EQ(is_signalled(self->fd, handles[i]),
				  !!(told_of(self->states, handles[i]) & SIGNALLED)) {
				TH_LOG("object %d of type %u", i, types[i % 4]);
			}
			EXPECT_EQ(types[i % 4],
				  told_of(self->states, handles[i]) & WAPI_ENTRY_TYPE);
		}
	}
	EXPECT_EQ(0, self->shared->wrong);
	for (int i = 0; i < OBJECTS; i++) {
		EXPECT_EQ(0, close_handle(self->fd, handles[i]));
		close(fds[i]);
	}
}

TEST_HARNESS_MAIN
