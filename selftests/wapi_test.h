/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all of wapi's selftests share: requests with poisoned outputs, the proof
 * that a refusal changed nothing, other processes, and deadlines.
 *
 * Nothing here asserts, so that all of it can be used in child processes:
 * functions return 0 or -errno, or a text that says what was wrong.
 */
#ifndef WAPI_TEST_H
#define WAPI_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <linux/wapi.h>

#ifndef WAPI_TEST_NO_HARNESS
#include <kselftest_harness.h>
/* An emulated guest on a busy machine is slow; this only ends a hang. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 240
#endif

#define WAPI_DEVICE "/dev/wapi"
#define POISON 0xa5
#define POISON32 0xa5a5a5a5u
#define POISON64 0xa5a5a5a5a5a5a5a5ull
#define NOBODY 65534

static inline void poison(void *memory, size_t size)
{
	memset(memory, POISON, size);
}

/* For the addresses that travel in requests. */
static inline __u64 address(const void *memory)
{
	return (uintptr_t)memory;
}

/* A new client, or -errno. */
static inline int open_device(void)
{
	int fd = open(WAPI_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * Leaves for an IPC namespace, and so a domain, where nobody else is, so that
 * counts are exact on a machine in use too.  Opens a client there.
 */
static inline int open_private_domain(void)
{
	if (unshare(CLONE_NEWIPC) && unshare(CLONE_NEWUSER | CLONE_NEWIPC))
		return -errno;
	return open_device();
}

/* 0 or -errno.  The system call itself, as a libc might look at the number. */
static inline int wapi_ioctl(int fd, unsigned long request, void *argument)
{
	return syscall(SYS_ioctl, fd, request, argument) < 0 ? -errno : 0;
}

/*
 * Requests, ready to be made: inputs set, paddings zero, outputs poisoned.
 */
static inline struct wapi_info info_request(void)
{
	struct wapi_info r;

	poison(&r, sizeof(r));
	r.flags = 0;
	return r;
}

static inline struct wapi_new new_request(__u32 type)
{
	struct wapi_new r = { .type = type, .handle = POISON32 };

	return r;
}

static inline struct wapi_open open_request(__u32 handle)
{
	struct wapi_open r;

	poison(&r, sizeof(r));
	r.handle = handle;
	r.flags = 0;
	return r;
}

static inline struct wapi_close close_request(__u32 handle)
{
	struct wapi_close r;

	poison(&r, sizeof(r));
	r.handle = handle;
	r.flags = 0;
	return r;
}

static inline struct wapi_search search_request(__u32 after, __u32 type)
{
	struct wapi_search r;

	poison(&r, sizeof(r));
	r.after = after;
	r.type = type;
	r.flags = 0;
	r.pad = 0;
	return r;
}

static inline struct wapi_query query_request(__u32 handle)
{
	struct wapi_query r;

	poison(&r, sizeof(r));
	r.handle = handle;
	r.flags = 0;
	return r;
}

static inline struct wapi_attach attach_request(__u32 handle, __u64 block)
{
	struct wapi_attach r = { .handle = handle, .block = block };

	return r;
}

static inline struct wapi_scratch scratch_request(__u64 size)
{
	struct wapi_scratch r = { .size = size, .block = POISON64 };

	return r;
}

static inline struct wapi_scratch_free free_request(__u64 block)
{
	struct wapi_scratch_free r = { .block = block };

	return r;
}

static inline struct wapi_block block_request(__u64 offset)
{
	struct wapi_block r;

	poison(&r, sizeof(r));
	r.offset = offset;
	r.flags = 0;
	r.pad = 0;
	return r;
}

static inline struct wapi_list list_request(__u32 what, void *records,
					    __u32 record_size, __u32 capacity)
{
	struct wapi_list r = {
		.what = what,
		.records = address(records),
		.record_size = record_size,
		.capacity = capacity,
		.count = POISON32,
	};

	return r;
}

static inline struct wapi_batch_request batched(__u32 cmd, const void *argument)
{
	struct wapi_batch_request r = {
		.cmd = cmd, .result = (__s32)POISON32, .arg = address(argument),
	};

	return r;
}

static inline struct wapi_batch batch_request(const struct wapi_batch_request *requests,
					      __u32 count, __u32 flags)
{
	struct wapi_batch r = {
		.requests = address(requests),
		.count = count,
		.flags = flags,
		.made = POISON32,
	};

	return r;
}

/*
 * The same made at once, where only the main result matters: it, or -errno.
 */
static inline int new_handle(int fd, __u32 type)
{
	struct wapi_new r = new_request(type);
	int error = wapi_ioctl(fd, WAPI_IOC_NEW, &r);

	return error ? error : (int)r.handle;
}

static inline int open_handle(int fd, __u32 handle)
{
	struct wapi_open r = open_request(handle);

	return wapi_ioctl(fd, WAPI_IOC_OPEN, &r);
}

/* 1 if that destroyed the object, 0 if not, or -errno. */
static inline int close_handle(int fd, __u32 handle)
{
	struct wapi_close r = close_request(handle);
	int error = wapi_ioctl(fd, WAPI_IOC_CLOSE, &r);

	return error ? error : (int)r.destroyed;
}

static inline __s64 new_block(int fd, __u64 size)
{
	struct wapi_scratch r = scratch_request(size);
	int error = wapi_ioctl(fd, WAPI_IOC_SCRATCH, &r);

	return error ? error : (__s64)r.block;
}

static inline int free_block(int fd, __u64 block)
{
	struct wapi_scratch_free r = free_request(block);

	return wapi_ioctl(fd, WAPI_IOC_SCRATCH_FREE, &r);
}

static inline int attach_block(int fd, __u32 handle, __u64 block)
{
	struct wapi_attach r = attach_request(handle, block);

	return wapi_ioctl(fd, WAPI_IOC_ATTACH, &r);
}

static inline int query_handle(int fd, __u32 handle, struct wapi_query *query)
{
	*query = query_request(handle);
	return wapi_ioctl(fd, WAPI_IOC_QUERY, query);
}

static inline int join_domain(int received_fd, int client_fd)
{
	struct wapi_join r = { .client_fd = client_fd };

	return wapi_ioctl(received_fd, WAPI_IOC_JOIN, &r);
}

/* How many were made; -EPROTO if that is not told, or is told of a failed call. */
static inline int make_batch(int fd, struct wapi_batch_request *requests, __u32 count,
			     __u32 flags)
{
	struct wapi_batch r = batch_request(requests, count, flags);
	int error = wapi_ioctl(fd, WAPI_IOC_BATCH, &r);

	if (error)
		return r.made == POISON32 ? error : -EPROTO;
	return r.made <= count ? (int)r.made : -EPROTO;
}

/* All zeros, which no answer is, if it was refused. */
static inline struct wapi_info read_info(int fd)
{
	struct wapi_info r = info_request();

	if (wapi_ioctl(fd, WAPI_IOC_INFO, &r))
		memset(&r, 0, sizeof(r));
	return r;
}

/* The whole arena, or MAP_FAILED. */
static inline unsigned char *map_arena(int fd)
{
	return mmap(NULL, read_info(fd).max_arena, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, 0);
}

/*
 * The state table.
 */

/* The whole of it, or MAP_FAILED.  The off_t of a 32-bit program is too small. */
static inline const __u32 *map_states(int fd)
{
	return mmap64(NULL, WAPI_STATES_SIZE, PROT_READ, MAP_SHARED, fd, WAPI_STATES_OFFSET);
}

static inline __u32 index_of(__u32 handle)
{
	return handle & ((1u << WAPI_HANDLE_INDEX_BITS) - 1);
}

static inline __u32 entry_at(const __u32 *states, __u32 index)
{
	return __atomic_load_n(&states[index], __ATOMIC_ACQUIRE);
}

/* The type and the flags that are told of a handle; 0 if it is not live. */
static inline __u32 told_of(const __u32 *states, __u32 handle)
{
	__u32 entry = entry_at(states, index_of(handle));

	return (entry ^ handle) & WAPI_ENTRY_GENERATION ? 0 : entry & ~WAPI_ENTRY_GENERATION;
}

static inline long live_entries(const __u32 *states)
{
	long live = 0;

	for (__u32 index = 0; index < 1u << WAPI_HANDLE_INDEX_BITS; index++)
		live += entry_at(states, index) != 0;
	return live;
}

static inline size_t record_size_of(__u32 what)
{
	switch (what) {
	case WAPI_LIST_DOMAINS:
		return sizeof(struct wapi_domain_record);
	case WAPI_LIST_CLIENTS:
		return sizeof(struct wapi_client_record);
	case WAPI_LIST_HANDLES:
		return sizeof(struct wapi_handle_record);
	case WAPI_LIST_REFERENCES:
		return sizeof(struct wapi_reference_record);
	case WAPI_LIST_WAITERS:
		return sizeof(struct wapi_waiter_record);
	case WAPI_LIST_NAMES:
		return sizeof(struct wapi_name_record);
	default:
		return sizeof(struct wapi_block_record);
	}
}

/*
 * Calls @each, if not NULL, with every record of a listing of the caller's
 * domain; returns their number, or -errno.
 */
static inline long for_each_record(int fd, __u32 what,
				   void (*each)(void *record, void *context),
				   void *context)
{
	size_t size = record_size_of(what);
	unsigned int capacity = size > 1024 ? 4 : 64;
	unsigned char *records;
	struct wapi_list r;
	long total = 0;
	int error;

	records = malloc(size * capacity);
	if (!records)
		return -ENOMEM;
	r = list_request(what, records, size, capacity);
	for (;;) {
		poison(records, size * capacity);
		error = wapi_ioctl(fd, WAPI_IOC_LIST, &r);
		if (error || !r.count)
			break;
		for (unsigned int i = 0; each && i < r.count; i++)
			each(records + i * size, context);
		total += r.count;
	}
	free(records);
	return error ? error : total;
}

static inline long count_records(int fd, __u32 what)
{
	return for_each_record(fd, what, NULL, NULL);
}

static inline void find_own_domain(void *record, void *context)
{
	struct wapi_domain_record *domain = record;

	if (domain->own)
		memcpy(context, domain, sizeof(*domain));
}

/* All zeros if it is not listed. */
static inline struct wapi_domain_record read_domain(int fd)
{
	struct wapi_domain_record domain = { 0 };

	for_each_record(fd, WAPI_LIST_DOMAINS, find_own_domain, &domain);
	return domain;
}

/*
 * All that a client can see of its domain, but for the counters of refusals.
 */
struct state {
	struct wapi_info info;
	__u64 hash;
	__u64 refused, domain_refused;
};

static inline void hash_bytes(__u64 *hash, const void *bytes, size_t size)
{
	for (const unsigned char *p = bytes; size--; p++)
		*hash = (*hash ^ *p) * 0x100000001b3ull;
}

static inline void hash_record(void *record, void *context)
{
	__u64 *hash = context;

	hash_bytes(hash, record, hash[1]);
}

static inline struct state read_state(int fd)
{
	static const __u32 listings[] = {
		WAPI_LIST_HANDLES, WAPI_LIST_REFERENCES, WAPI_LIST_BLOCKS,
		WAPI_LIST_CLIENTS, WAPI_LIST_NAMES,
	};
	struct state state = { .info = read_info(fd) };
	__u64 hash[2] = { 0xcbf29ce484222325ull, 0 };

	state.refused = state.info.refused;
	state.domain_refused = state.info.domain_refused;
	state.info.refused = 0;
	state.info.domain_refused = 0;
	for (unsigned int i = 0; i < 5; i++) {
		hash[1] = record_size_of(listings[i]);
		/* The counter of refusals stands last in it. */
		if (listings[i] == WAPI_LIST_CLIENTS)
			hash[1] = offsetof(struct wapi_client_record, refused);
		for_each_record(fd, listings[i], hash_record, hash);
	}
	state.hash = hash[0];
	return state;
}

/*
 * "" if nothing but the counters differs and these are up by @refused, else
 * what is wrong.
 */
static inline const char *state_difference(const struct state *before,
					   const struct state *after,
					   __u64 refused)
{
	static char text[160];

	if (!before->info.abi_version || !after->info.abi_version)
		return "INFO is refused";
	if (memcmp(&before->info, &after->info, sizeof(before->info)))
		return "INFO differs";
	if (before->hash != after->hash)
		return "the listings differ";
	if (after->refused - before->refused != refused) {
		snprintf(text, sizeof(text), "refused is up by %lld, not by %lld",
			 (long long)(after->refused - before->refused),
			 (long long)refused);
		return text;
	}
	if (after->domain_refused - before->domain_refused < refused)
		return "domain_refused is not up";
	return "";
}

/*
 * Makes a request that must end in @error; "" if it did, changed and wrote
 * nothing and was counted, else what is wrong.  @size is that of the memory at
 * @argument that is looked at, 0 where it can't be.
 */
static inline const char *refused_sized(int error, int fd, unsigned long request,
					void *argument, size_t size)
{
	static char text[160];
	struct state before, after;
	unsigned char copy[4096];
	int seen;

	if (size > sizeof(copy))
		return "refused_sized() is used wrongly";
	before = read_state(fd);
	if (size)
		memcpy(copy, argument, size);
	seen = wapi_ioctl(fd, request, argument);
	after = read_state(fd);
	if (seen != -error) {
		snprintf(text, sizeof(text), "got %s, not %s",
			 seen ? strerror(-seen) : "success", strerror(error));
		return text;
	}
	if (size && memcmp(copy, argument, size))
		return "the structure was written to";
	return state_difference(&before, &after, 1);
}

static inline const char *refused(int error, int fd, unsigned long request,
				  void *argument)
{
	return refused_sized(error, fd, request, argument, _IOC_SIZE(request));
}

#define EXPECT_REFUSED(error, fd, request, argument) \
	EXPECT_STREQ("", refused(error, fd, request, argument))
#define ASSERT_REFUSED(error, fd, request, argument) \
	ASSERT_STREQ("", refused(error, fd, request, argument))

/*
 * Another process, and a line to it.  Both sides have one that stands for the
 * other; receiving from a process that has ended gives -EPIPE.
 */
struct peer {
	pid_t pid;
	int line;
};

/* Like fork(). */
static inline pid_t fork_peer(struct peer *peer)
{
	struct timeval patience = { .tv_sec = 200 };
	pid_t parent = getpid(), pid;
	int lines[2];

	*peer = (struct peer){ .pid = -1, .line = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines))
		return -errno;
	for (int i = 0; i < 2; i++)
		setsockopt(lines[i], SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		close(lines[0]);
		close(lines[1]);
		return -errno;
	}
	peer->line = lines[pid ? 0 : 1];
	close(lines[pid ? 1 : 0]);
	peer->pid = pid ? pid : parent;
	return pid;
}

/* Sends a number and, unless it is -1, a descriptor. */
static inline int send_fd_to(struct peer *peer, __u64 value, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { .iov_base = &value, .iov_len = sizeof(value) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(peer->line, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* *fd becomes -1 if none came. */
static inline int receive_fd_from(struct peer *peer, __u64 *value, int *fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { .iov_base = value, .iov_len = sizeof(*value) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t n;

	if (fd)
		*fd = -1;
	n = recvmsg(peer->line, &message, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	if (n != sizeof(*value))
		return -EPIPE;
	header = CMSG_FIRSTHDR(&message);
	if (fd && header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return 0;
}

static inline int send_to(struct peer *peer, __u64 value)
{
	return send_fd_to(peer, value, -1);
}

static inline int receive_from(struct peer *peer, __u64 *value)
{
	return receive_fd_from(peer, value, NULL);
}

/* The number that was sent; for those that fit, else -errno. */
static inline __s64 receive(struct peer *peer)
{
	__u64 value = 0;
	int error = receive_from(peer, &value);

	return error ? error : (__s64)value;
}

/* Waits for the child's end: its exit status, or 128 + the signal. */
static inline int wait_for_peer(struct peer *peer)
{
	int status;

	if (peer->pid <= 0)
		return -ECHILD;
	if (waitpid(peer->pid, &status, 0) != peer->pid)
		return -errno;
	close(peer->line);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline int kill_peer(struct peer *peer)
{
	if (peer->pid > 0)
		kill(peer->pid, SIGKILL);
	return wait_for_peer(peer);
}

/* For good, the saved ids included. */
static inline int become(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* How many times as long as usual may things take here? */
static inline double patience(void)
{
	const char *times = getenv("WAPI_PATIENCE");

	return times ? strtod(times, NULL) : 1;
}

/*
 * For what ends by itself, but not within the call that caused it: true as soon
 * as @condition is, false if it is still not after @limit seconds.
 */
#define within(limit, condition) ({					\
	double deadline_ = seconds() + (limit);				\
	bool true_;							\
	while (!(true_ = (condition)) && seconds() < deadline_)		\
		usleep(1000);						\
	true_;								\
})

/* What is long, as long as is wanted: where all is checked, less must do. */
static inline unsigned long scaled(unsigned long number)
{
	const char *percent = getenv("WAPI_STORM_PERCENT");

	number = percent ? number * strtoul(percent, NULL, 10) / 100 : number;
	return number ? number : 1;
}

/* Small, fast and the same in every run. */
static inline __u64 next_random(__u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif /* WAPI_TEST_H */
