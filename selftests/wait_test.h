/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of signal states and waits share: objects of each type, their
 * operations, waits with a timeout from now, and threads that wait.
 *
 * As in wapi_test.h nothing asserts: functions return what the request tells,
 * or -errno.
 */
#ifndef WAPI_WAIT_TEST_H
#define WAPI_WAIT_TEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "observe.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* Objects of each type, in the state that is asked for: the handle or -errno. */

static inline int new_object(int fd, struct wapi_new new)
{
	int error = wapi_ioctl(fd, WAPI_IOC_NEW, &new);

	return error ? error : (int)new.handle;
}

/* Flags are WAPI_NEW_MANUAL and WAPI_NEW_SIGNALLED. */
static inline int new_event(int fd, __u32 flags)
{
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);

	new.flags = flags;
	return new_object(fd, new);
}

static inline int new_semaphore(int fd, __u32 count, __u32 maximum)
{
	struct wapi_new new = new_request(WAPI_TYPE_SEM);

	new.count = count;
	new.maximum = maximum;
	return new_object(fd, new);
}

/* Flags are WAPI_NEW_OWNED. */
static inline int new_mutex(int fd, __u32 flags)
{
	struct wapi_new new = new_request(WAPI_TYPE_MUTEX);

	new.flags = flags;
	return new_object(fd, new);
}

/* Of the calling thread. */
static inline int new_thread(int fd)
{
	struct wapi_new new = new_request(WAPI_TYPE_THREAD);

	new.flags = WAPI_NEW_SELF;
	return new_object(fd, new);
}

static inline int new_process_of_pidfd(int fd, int pidfd)
{
	struct wapi_new new = new_request(WAPI_TYPE_PROCESS);

	new.flags = WAPI_NEW_PIDFD;
	new.pidfd = pidfd;
	return new_object(fd, new);
}

static inline int new_process(int fd, pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0), handle;

	if (pidfd < 0)
		return -errno;
	handle = new_process_of_pidfd(fd, pidfd);
	close(pidfd);
	return handle;
}

/* Flags are WAPI_NEW_MANUAL. */
static inline int new_timer(int fd, __u32 flags)
{
	struct wapi_new new = new_request(WAPI_TYPE_TIMER);

	new.flags = flags;
	return new_object(fd, new);
}

/* Operations */

static inline struct wapi_timer_set timer_request(__u32 handle, __u32 flags, __s64 due,
						  __u64 period)
{
	struct wapi_timer_set r;

	poison(&r, sizeof(r));
	r.handle = handle;
	r.flags = flags;
	r.due = due;
	r.period = period;
	r.pad = 0;
	return r;
}

/* Was it signalled? */
static inline int set_timer(int fd, __u32 handle, __u32 flags, __s64 due, __u64 period)
{
	struct wapi_timer_set r = timer_request(handle, flags, due, period);
	int error = wapi_ioctl(fd, WAPI_IOC_TIMER_SET, &r);

	return error ? error : (int)r.previous;
}

/* Was it yet to be signalled? */
static inline int cancel_timer(int fd, __u32 handle)
{
	struct wapi_timer_cancel r = { .handle = handle, .armed = POISON32 };
	int error = wapi_ioctl(fd, WAPI_IOC_TIMER_CANCEL, &r);

	return error ? error : (int)r.armed;
}

static inline int signal_request(int fd, unsigned long request, __u32 handle)
{
	struct wapi_signal signal = { .handle = handle, .previous = POISON32 };
	int error = wapi_ioctl(fd, request, &signal);

	return error ? error : (int)signal.previous;
}

static inline int set(int fd, __u32 handle)
{
	return signal_request(fd, WAPI_IOC_SET, handle);
}

static inline int reset(int fd, __u32 handle)
{
	return signal_request(fd, WAPI_IOC_RESET, handle);
}

static inline int pulse(int fd, __u32 handle)
{
	return signal_request(fd, WAPI_IOC_PULSE, handle);
}

/* How often the caller still has it. */
static inline int release_mutex(int fd, __u32 handle)
{
	struct wapi_mutex_release release = { .handle = handle, .count = POISON32 };
	int error = wapi_ioctl(fd, WAPI_IOC_MUTEX_RELEASE, &release);

	return error ? error : (int)release.count;
}

/* The count before. */
static inline int release_semaphore(int fd, __u32 handle, __u32 count)
{
	struct wapi_sem_release release = {
		.handle = handle, .count = count, .previous = POISON32,
	};
	int error = wapi_ioctl(fd, WAPI_IOC_SEM_RELEASE, &release);

	return error ? error : (int)release.previous;
}

static inline int set_exit_code(int fd, __u32 handle, __s32 status)
{
	struct wapi_thread_exit exit = { .handle = handle, .status = status };

	return wapi_ioctl(fd, WAPI_IOC_THREAD_EXIT, &exit);
}

/* The descriptor; @flags are O_CLOEXEC and O_NONBLOCK. */
static inline int object_to_fd(int fd, __u32 handle, __u32 flags)
{
	struct wapi_to_fd to_fd = { .handle = handle, .flags = flags, .fd = (int)POISON32 };
	int error = wapi_ioctl(fd, WAPI_IOC_TO_FD, &to_fd);

	return error ? error : to_fd.fd;
}

/* What is told of an object; all is POISON if it is refused. */
static inline struct wapi_query look(int fd, __u32 handle)
{
	struct wapi_query query;

	query_handle(fd, handle, &query);
	return query;
}

static inline struct wapi_state state_of(int fd, __u32 handle)
{
	return look(fd, handle).state;
}

/* Would a wait of the calling thread be satisfied? */
static inline int is_signalled(int fd, __u32 handle)
{
	return (int)look(fd, handle).signalled;
}

static inline int count_of(int fd, __u32 handle)
{
	return (int)state_of(fd, handle).count;
}

static inline int waiters_of(int fd, __u32 handle)
{
	return (int)state_of(fd, handle).waiters;
}

/* Waits */

#define FOREVER (-1L)

static inline __s64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* @ms from now on CLOCK_MONOTONIC; 0 for a time that has passed, or FOREVER. */
static inline __s64 timeout_in(long ms)
{
	if (ms == FOREVER)
		return WAPI_WAIT_FOREVER;
	return ms ? clock_ns(CLOCK_MONOTONIC) + ms * 1000000ll : 0;
}

/* Outputs are poisoned. */
static inline struct wapi_wait wait_request(const void *handles, __u32 count,
					    __u32 flags, long ms)
{
	struct wapi_wait wait = {
		.handles = address(handles),
		.count = count,
		.flags = flags,
		.timeout = timeout_in(ms),
		.index = POISON32,
		.abandoned = POISON32,
		.abandoned_tid = (__s32)POISON32,
	};

	return wait;
}

/* The index, or -errno; -EPROTO if an output is not as it must be. */
static inline int run_wait(int fd, struct wapi_wait *wait)
{
	__u32 index = wait->index, count = wait->count;
	int error = wapi_ioctl(fd, WAPI_IOC_WAIT, wait);

	if (error)
		return wait->index == index ? error : -EPROTO;
	if (wait->index > count || wait->abandoned == POISON32 ||
	    wait->abandoned_tid == (__s32)POISON32)
		return -EPROTO;
	return (int)wait->index;
}

static inline int wait_any(int fd, const void *handles, __u32 count, long ms)
{
	struct wapi_wait wait = wait_request(handles, count, 0, ms);

	return run_wait(fd, &wait);
}

static inline int wait_all(int fd, const void *handles, __u32 count, long ms)
{
	struct wapi_wait wait = wait_request(handles, count, WAPI_WAIT_ALL, ms);

	return run_wait(fd, &wait);
}

static inline int wait_one(int fd, __u32 handle, long ms)
{
	return wait_any(fd, &handle, 1, ms);
}

/* Without sleeping. */
static inline int take(int fd, __u32 handle)
{
	return wait_one(fd, handle, 0);
}

/* 0 if that acquired an abandoned mutex of @tid, else what happened instead. */
static inline int wait_abandoned(int fd, __u32 handle, pid_t tid, long ms)
{
	struct wapi_wait wait = wait_request(&handle, 1, 0, ms);
	int index = run_wait(fd, &wait);

	if (index)
		return index;
	return wait.abandoned == 0 && wait.abandoned_tid == tid ? 0 : -EPROTO;
}

/*
 * A thread that makes one wait.  Everything but @fd, @wait and @handles is of
 * the helpers.
 */
struct sleeper {
	int fd;
	struct wapi_wait wait;
	__u32 handles[8];

	struct wapi_wait *at;		/* the structure that is passed */
	pthread_t thread;
	_Atomic pid_t tid;
	atomic_bool ended;
	bool started;
	int result;			/* as of run_wait() */
	__s64 end;			/* when, on CLOCK_MONOTONIC */
	/*
	 * To be set between prepare_sleeper() and start_sleeper_at(): what it does
	 * with what it has acquired, and whether it then lives until it is joined.
	 * A thread that ends abandons its mutexes.
	 */
	void (*after)(struct sleeper *sleeper);
	void *context;
	atomic_bool stay;
};

static inline void *sleeper_run(void *argument)
{
	struct sleeper *sleeper = argument;

	sleeper->tid = syscall(SYS_gettid);
	sleeper->result = run_wait(sleeper->fd, sleeper->at);
	sleeper->end = clock_ns(CLOCK_MONOTONIC);
	sleeper->ended = true;
	if (sleeper->after)
		sleeper->after(sleeper);
	while (sleeper->stay)
		usleep(1000);
	return NULL;
}

/* Not a letter of the thread's state, but '?', if there is no such thread. */
static inline char thread_state(pid_t tid)
{
	char path[64], line[256], *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "re");
	if (!file)
		return '?';
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	return end && end[1] == ' ' ? end[2] : '?';
}

/*
 * Starts the thread and returns when it sleeps or has ended; 0 or -errno.
 * Requests whose handles fit are copied, so they may be on the stack.
 */
static inline int start_sleeper_at(struct sleeper *sleeper, struct wapi_wait *at)
{
	int error;

	sleeper->at = at;
	sleeper->tid = 0;
	sleeper->ended = false;
	error = pthread_create(&sleeper->thread, NULL, sleeper_run, sleeper);
	if (error)
		return -error;
	sleeper->started = true;
	return within(20, sleeper->ended ||
			  (sleeper->tid && thread_state(sleeper->tid) == 'S')) ? 0 : -ETIMEDOUT;
}

static inline void prepare_sleeper(struct sleeper *sleeper, int fd, const void *handles,
				   __u32 count, __u32 flags, long ms)
{
	*sleeper = (struct sleeper){ .fd = fd };
	if (count <= sizeof(sleeper->handles) / sizeof(sleeper->handles[0])) {
		memcpy(sleeper->handles, handles, count * sizeof(__u32));
		handles = sleeper->handles;
	}
	sleeper->wait = wait_request(handles, count, flags, ms);
}

static inline int start_sleeper(struct sleeper *sleeper, int fd, const void *handles,
				__u32 count, __u32 flags, long ms)
{
	prepare_sleeper(sleeper, fd, handles, count, flags, ms);
	return start_sleeper_at(sleeper, &sleeper->wait);
}

/* Has its wait ended?  Waits for that a little. */
static inline bool has_ended(struct sleeper *sleeper)
{
	return within(10, sleeper->ended);
}

/* Is it asleep, and not only not yet awake?  For what must not wake it. */
static inline bool sleeps(struct sleeper *sleeper)
{
	for (int i = 0; i < 5; i++) {
		if (sleeper->ended)
			return false;
		usleep(2000);
	}
	return !sleeper->ended && thread_state(sleeper->tid) == 'S';
}

/* The result of its wait; -EINPROGRESS if it still sleeps after a while. */
static inline int join_sleeper(struct sleeper *sleeper)
{
	if (!sleeper->started)
		return -ESRCH;
	if (!within(20, sleeper->ended))
		return -EINPROGRESS;
	sleeper->stay = false;
	pthread_join(sleeper->thread, NULL);
	sleeper->started = false;
	return sleeper->result;
}

/* The queues, as they are listed: calls @each with every record. */
static inline long for_each_waiter(int fd, void (*each)(struct wapi_waiter_record *record,
							void *context),
				   void *context)
{
	struct wapi_waiter_record records[64];
	struct wapi_list list = list_request(WAPI_LIST_WAITERS, records,
					     sizeof(records[0]), 64);
	long total = 0;
	int error;

	while (!(error = wapi_ioctl(fd, WAPI_IOC_LIST, &list)) && list.count) {
		for (__u32 i = 0; each && i < list.count; i++)
			each(&records[i], context);
		total += list.count;
	}
	return error ? error : total;
}

struct find_record {
	__u32 handle;
	struct wapi_handle_record record;
};

static inline void find_handle_record(void *record, void *context)
{
	struct wapi_handle_record *handle = record;
	struct find_record *find = context;

	if (handle->handle == find->handle)
		find->record = *handle;
}

/* As it is listed, or all zeros. */
static inline struct wapi_handle_record listed(int fd, __u32 handle)
{
	struct find_record find = { .handle = handle };

	for_each_record(fd, WAPI_LIST_HANDLES, find_handle_record, &find);
	return find.record;
}

#endif /* WAPI_WAIT_TEST_H */
