// SPDX-License-Identifier: GPL-2.0
/*
 * Every request, and what else can be done with a descriptor, with its first,
 * second, third... allocation or copy of user memory failing: it says so and has
 * changed nothing, or it is done all the same.
 *
 * Each is tried in a process of its own, in a domain of its own, so that nothing
 * is there from the time before.
 */
#include <sys/epoll.h>
#include <sys/klog.h>
#include <sys/rseq.h>

#include "inject.h"
#include "subjects.h"

#define NTH_MAX 400
#define MANY 100
/* For klogctl(). */
#define SYSLOG_CONSOLE_LEVEL 8

/* Kept for all processes. */
static struct tally {
	_Atomic unsigned int reached, refused;
} *tally;
static pid_t main_process;

static void __attribute__((constructor)) begin_tally(void)
{
	main_process = getpid();
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void __attribute__((destructor)) print_tally(void)
{
	if (getpid() == main_process)
		printf("# fail-nth: %u points reached\n# fail-nth: %u of them refused the request\n",
		       tally->reached, tally->refused);
}

/* What one trial came to, told by its process. */
struct outcome {
	bool reached, done;
	char wrong[200];
};

/* All that can be seen of the domain, also by other ways than read_state(). */
struct snapshot {
	struct state state;
	__u64 hash;
	long domains;
	int descriptors;
};

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void hash_listing(__u64 *hash, int fd, __u32 what, size_t record_size)
{
	struct wapi_list list;
	char records[8192];

	list = list_request(what, records, record_size, sizeof(records) / record_size);
	do {
		if (wapi_ioctl(fd, WAPI_IOC_LIST, &list))
			list.count = 0;
		hash_bytes(hash, records, list.count * record_size);
	} while (list.count);
}

static struct snapshot take_snapshot(const struct subjects *on)
{
	const __u32 subjects[] = { on->handle, on->event, on->semaphore, on->mutex,
				   on->thread, on->named };
	struct snapshot snapshot = {
		.state = read_state(on->fd),
		.hash = 0xcbf29ce484222325ull,
		.domains = count_records(on->fd, WAPI_LIST_DOMAINS),
		.descriptors = count_descriptors(),
	};
	const __u32 *states = map_states(on->fd);

	hash_listing(&snapshot.hash, on->fd, WAPI_LIST_NAMES, sizeof(struct wapi_name_record));
	hash_listing(&snapshot.hash, on->fd, WAPI_LIST_WAITERS, sizeof(struct wapi_waiter_record));
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		struct wapi_query query = look(on->fd, subjects[i]);

		hash_bytes(&snapshot.hash, &query, sizeof(query));
	}
	hash_bytes(&snapshot.hash, states, 4096);
	munmap((void *)states, WAPI_STATES_SIZE);
	return snapshot;
}

static const char *snapshot_difference(const struct snapshot *before, const struct snapshot *after,
				       __u64 refused)
{
	if (before->domains != after->domains)
		return "there are more or less domains";
	if (before->descriptors != after->descriptors)
		return "there are more or less descriptors";
	if (before->hash != after->hash)
		return "names, waiters, states or what is told of objects differ";
	return state_difference(&before->state, &after->state, refused);
}

FIXTURE(fail_nth) {
	struct outcome *outcome;
};

/*
 * What is tried: a request as in subjects.h, or what attempt() does.
 */
FIXTURE_VARIANT(fail_nth) {
	const char *name;
	unsigned long request;
	void (*prepare)(struct subjects *on, void *buffer);
	void (*undo)(struct subjects *on, void *buffer, bool done);
	/* Returns 0 or -errno. */
	int (*attempt)(struct subjects *on, unsigned long request, void *buffer,
		       struct injection *injection);
	bool in_thread;		/* in one that owns no mutex yet */
	bool uncounted;		/* as a refusal of the first client */
	bool repeatable;	/* tells the same again */
	bool lasts;		/* what is done can only be undone by the thread's end */
	int other_error;	/* that it may give too */
};

static int attempt_on(int fd, unsigned long request, void *buffer, struct injection *injection)
{
	int error;

	arm(injection);
	error = wapi_ioctl(fd, request, buffer);
	disarm(injection);
	return error;
}

static int attempt_request(struct subjects *on, unsigned long request, void *buffer,
			   struct injection *injection)
{
	return attempt_on(on->fd, request, buffer, injection);
}

/* By another client, which has less than the first one. */
static int attempt_afresh(struct subjects *on, unsigned long request, void *buffer,
			  struct injection *injection)
{
	return attempt_on(on->fresh_fd, request, buffer, injection);
}

static void prepare_nothing(struct subjects *on, void *buffer)
{
	(void)on;
	(void)buffer;
}

#include "fail_nth_cases.h"

/*
 * The kernel ends by SIGSEGV a thread that it cannot tell its processor, as when
 * there is no memory for that page's copy after a fork.
 */
static void leave_rseq(void)
{
	/* Since glibc 2.40 it is registered with more than the size that is told. */
	size_t size = __rseq_size > 32 ? __rseq_size : 32;
	char *area = (char *)__builtin_thread_pointer() + __rseq_offset;

	if (__rseq_size && syscall(SYS_rseq, area, size, RSEQ_FLAG_UNREGISTER, RSEQ_SIG))
		abort();
}

/* One trial, in its own process; says what was wrong. */
static const char *try_nth(const FIXTURE_VARIANT(fail_nth) *variant, struct subjects *on,
			   unsigned int nth, struct outcome *outcome)
{
	size_t size = _IOC_SIZE(variant->request);
	_Alignas(8) static unsigned char buffer[256], copy[256];
	struct wapi_handle_record records[4];
	struct snapshot first, before, after;
	struct injection injection;
	static char text[200];
	const char *wrong;
	int error;

	leave_rseq();
	if (inject(&injection, nth))
		return "fail-nth cannot be opened";
	first = take_snapshot(on);
	variant->prepare(on, buffer);
	memcpy(copy, buffer, sizeof(copy));
	before = take_snapshot(on);
	error = variant->attempt(on, variant->request, buffer, &injection);
	after = take_snapshot(on);
	outcome->reached = injection.reached;
	outcome->done = !error;

	if (error) {
		if (!injection.reached || (error != -ENOMEM && error != -EFAULT &&
					   error != -variant->other_error)) {
			snprintf(text, sizeof(text), "%s, with the fault %sreached", strerror(-error),
				 injection.reached ? "" : "not ");
			return text;
		}
		wrong = snapshot_difference(&before, &after,
					    variant->request && !variant->uncounted);
		if (*wrong)
			return wrong;
		if (memcmp(copy, buffer, sizeof(copy)))
			return "what was refused was written to";
	} else if (variant->repeatable) {
		memcpy(records, on->records, sizeof(records));
		variant->prepare(on, copy);
		if (wapi_ioctl(on->fd, variant->request, copy) ||
		    memcmp(copy, buffer, size) || memcmp(records, on->records, sizeof(records)))
			return "it tells less than without a fault";
	}
	variant->undo(on, buffer, !error);
	if (!error && variant->lasts)
		return "";
	after = take_snapshot(on);
	return snapshot_difference(&first, &after,
				   error && variant->request && !variant->uncounted);
}

struct trial {
	const FIXTURE_VARIANT(fail_nth) *variant;
	unsigned int nth;
	struct outcome *outcome;
	struct subjects on;
};

static void *run_trial(void *argument)
{
	struct trial *trial = argument;
	const char *wrong = try_nth(trial->variant, &trial->on, trial->nth, trial->outcome);

	snprintf(trial->outcome->wrong, sizeof(trial->outcome->wrong), "%s", wrong);
	return NULL;
}

/* Return: whether all was well so far; *@outcome tells more. */
static bool try_in_process(const FIXTURE_VARIANT(fail_nth) *variant, unsigned int nth,
			   struct outcome *outcome)
{
	struct trial trial = { .variant = variant, .nth = nth, .outcome = outcome };
	pthread_t thread;
	int status, line;
	pid_t pid;

	*outcome = (struct outcome){ .wrong = "its process came to nothing" };
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		line = make_subjects(&trial.on);
		if (line)
			snprintf(outcome->wrong, sizeof(outcome->wrong), "subjects.h:%d", line);
		else if (!variant->in_thread)
			run_trial(&trial);
		else if (!pthread_create(&thread, NULL, run_trial, &trial))
			pthread_join(thread, NULL);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		snprintf(outcome->wrong, sizeof(outcome->wrong), "it has no process");
	else if (status)
		snprintf(outcome->wrong, sizeof(outcome->wrong),
			 "its process ended with wait status %#x", status);
	return !*outcome->wrong;
}

FIXTURE_SETUP(fail_nth)
{
	const char *missing = injection_missing();

	if (missing)
		SKIP(return, "%s", missing);
	self->outcome = mmap(NULL, sizeof(*self->outcome), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->outcome);
}

FIXTURE_TEARDOWN(fail_nth)
{
}

TEST_F(fail_nth, is_refused_without_a_trace_or_done)
{
	struct outcome *outcome = self->outcome;
	unsigned int nth, refused = 0;

	for (nth = 1; nth < NTH_MAX; nth++) {
		ASSERT_TRUE(try_in_process(variant, nth, outcome)) {
			TH_LOG("%s, fault %u: %s", variant->name, nth, outcome->wrong);
		}
		if (!outcome->reached)
			break;
		tally->reached++;
		tally->refused += !outcome->done;
		refused += !outcome->done;
	}
	/* In the end there is no fault left. */
	ASSERT_LT(nth, NTH_MAX);
	EXPECT_TRUE(outcome->done);
	printf("# fail-nth: %s: %u points, %u refused\n", variant->name, nth - 1, refused);
}

/* The request numbers that the module knows: all else is ENOTTY, whatever its size. */
TEST(every_request_of_the_module_is_tried)
{
	int fd = open_private_domain(), error;
	unsigned int known = 0;

	ASSERT_LE(0, fd);
	for (unsigned int number = 0; number < 256; number++) {
		for (unsigned int direction = 0; direction < 4; direction++) {
			error = wapi_ioctl(fd, _IOC(direction, WAPI_IOC_MAGIC, number, 0), NULL);
			if (error == -ENOTTY)
				continue;
			ASSERT_EQ(-EINVAL, error);
			known++;
			EXPECT_TRUE(is_tried(direction, number)) {
				TH_LOG("request %u has no case in fail_nth_cases.h", number);
			}
		}
	}
	EXPECT_LT(0, known);
	close(fd);
}

TEST_HARNESS_MAIN
