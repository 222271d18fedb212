// SPDX-License-Identifier: GPL-2.0
/*
 * What can be called: the requests, as grammar.pl finds them, and what else a
 * process can do that the module notices.
 */
#include "fuzz.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "grammar.h"
#include "syzkaller.h"

static long told(long result)
{
	return result < 0 ? -errno : result;
}

static long run_open(const struct call *call, const uint64_t *arguments)
{
	(void)call;
	return told(open("/dev/wapi", O_RDWR | (arguments[0] & (O_CLOEXEC | O_NONBLOCK))));
}

static long run_close(const struct call *call, const uint64_t *arguments)
{
	(void)call;
	if ((int)arguments[0] <= STDERR_FILENO)
		return -EBADF;
	return told(close(arguments[0]));
}

static long run_dup(const struct call *call, const uint64_t *arguments)
{
	(void)call;
	return told(dup(arguments[0]));
}

static long run_mmap(const struct call *call, const uint64_t *arguments)
{
	size_t size = arguments[2] & 0xffffffff;
	unsigned int at = call - shared->program.calls;
	unsigned char *memory;
	ssize_t n;

	/* Where the caller likes is not where the fuzzer is. */
	memory = mmap(NULL, size, arguments[3] & 7, (arguments[4] & (MAP_SHARED | MAP_PRIVATE)) |
		      MAP_NORESERVE, arguments[0], arguments[1]);
	if (memory == MAP_FAILED)
		return -errno;
	shared->mappings[at] = (uintptr_t)memory;
	shared->mapping_sizes[at] = size;
	shared->mapping_pids[at] = shared->lanes[this_lane].pid;
	/* The kernel touches it, so that nobody gets a SIGBUS. */
	n = read(FD_ZERO, memory, 8);
	n += read(FD_ZERO, memory + size - 8, 8);
	return n == 16;
}

/* All that can be done with a mapping. */
static long run_mchange(const struct call *call, const uint64_t *arguments)
{
	unsigned int at = arguments[0] % MAX_CALLS;
	unsigned char *memory = (void *)(uintptr_t)shared->mappings[at];
	size_t size = shared->mapping_sizes[at];
	void *moved;

	(void)call;
	if (!memory || shared->mapping_pids[at] != shared->lanes[this_lane].pid)
		return -ENOENT;
	switch (arguments[1]) {
	case 0:
		shared->mappings[at] = 0;
		return told(munmap(memory, size));
	case 1:
		moved = mremap(memory, size, size * 2, MREMAP_MAYMOVE);
		if (moved == MAP_FAILED)
			return -errno;
		shared->mappings[at] = (uintptr_t)moved;
		shared->mapping_sizes[at] = size * 2;
		return 0;
	case 2:
		return told(mprotect(memory, size, PROT_READ | PROT_WRITE));
	case 3:
		return told(mprotect(memory, size, PROT_READ | PROT_EXEC));
	case 4:
		return told(madvise(memory, size, MADV_DONTNEED));
	case 5:
		return told(madvise(memory, size, MADV_REMOVE));
	case 6:
		return told(syscall(SYS_remap_file_pages, memory, PAGE, 0, 1, 0));
	case 7:
		return told(madvise(memory, size, MADV_DONTFORK));
	default:
		return told(read(FD_ZERO, memory, size < 8 * PAGE ? size : 8 * PAGE));
	}
}

static long run_send(const struct call *call, const uint64_t *arguments)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { .iov_base = &control, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = arguments[0];

	(void)call;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return told(sendmsg(FD_LINE, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static long run_receive(const struct call *call, const uint64_t *arguments)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	int fd = -EBADF;

	(void)call;
	(void)arguments;
	if (recvmsg(FD_LINE + 1, &message, MSG_DONTWAIT) < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static long run_read(const struct call *call, const uint64_t *arguments)
{
	char memory[64];

	(void)call;
	return told(read(arguments[0], memory, arguments[1] & 63));
}

static long run_poll(const struct call *call, const uint64_t *arguments)
{
	struct pollfd fd = { .fd = arguments[0], .events = POLLIN | POLLOUT };

	(void)call;
	return told(poll(&fd, 1, arguments[1] & 1));
}

static long run_epoll(const struct call *call, const uint64_t *arguments)
{
	struct epoll_event event = {
		.events = EPOLLIN | (arguments[1] & 1 ? EPOLLET : 0) |
			  (arguments[1] & 2 ? EPOLLEXCLUSIVE : 0),
	};
	int fd = epoll_create1(EPOLL_CLOEXEC), err;

	(void)call;
	if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, arguments[0], &event)) {
		err = errno;
		close(fd);
		return -err;
	}
	return told(fd);
}

static long run_nonblock(const struct call *call, const uint64_t *arguments)
{
	(void)call;
	if ((int)arguments[0] <= STDERR_FILENO)
		return -EBADF;
	return told(fcntl(arguments[0], F_SETFL, arguments[1] & 1 ? O_NONBLOCK : 0));
}

static long run_fdinfo(const struct call *call, const uint64_t *arguments)
{
	char text[512];
	long n;
	int fd;

	(void)call;
	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", (int)arguments[0]);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = told(read(fd, text, sizeof(text)));
	close(fd);
	return n < 0 ? n : 0;
}

static long run_pidfd(const struct call *call, const uint64_t *arguments)
{
	(void)call;
	return told(syscall(SYS_pidfd_open, shared->lanes[arguments[0] % LANES].pid, 0));
}

static long run_sleep(const struct call *call, const uint64_t *arguments)
{
	(void)call;
	return told(usleep(arguments[0] % 500));
}

/* What changes who the caller is, for children alone. */
static long run_become(const struct call *call, const uint64_t *arguments)
{
	if (call->lane < 2)
		return -EPERM;
	switch (arguments[0]) {
	case 0:
		return told(setsid());
	case 1:
		return told(unshare(CLONE_NEWIPC));
	case 2:
		if (setresuid(1000, 1000, 1000))
			return -errno;
		/* As that may have forgotten it. */
		return told(prctl(PR_SET_PDEATHSIG, SIGKILL));
	default:
		return told(unshare(CLONE_NEWPID));
	}
}

static long run_exec(const struct call *call, const uint64_t *arguments)
{
	char lane[] = { '0' + call->lane, '\0' };
	char *argv[] = { "fuzz", "-L", lane, NULL };
	char *envp[] = { NULL };
	int err;

	(void)arguments;
	if (call->lane < 2)
		return -EPERM;
	hold_signals(true);
	execve("/proc/self/exe", argv, envp);
	err = errno;
	hold_signals(false);
	return -err;
}

static long run_exit(const struct call *call, const uint64_t *arguments)
{
	(void)arguments;
	/* Lanes see to it. */
	return call->lane ? 0 : -EPERM;
}

static long run_kill(const struct call *call, const uint64_t *arguments)
{
	/* Who forked it waits for it. */
	if (call->lane)
		return -EPERM;
	return lane_kill(arguments[0]) ? 0 : -ESRCH;
}

#define ARGUMENT(n, name, kind, ...) \
	{ name, 8 * (n), 8, kind, true, false, __VA_ARGS__ }
#define NONE NULL, 0
#define VALUES(name) name, sizeof(name) / sizeof(name[0])

static const uint64_t open_flags[] = { O_CLOEXEC, O_NONBLOCK };
static const uint64_t offsets[] = { 0, WAPI_STATES_OFFSET, PAGE, WAPI_STATES_OFFSET + PAGE };
static const uint64_t sizes[] = {
	PAGE, WAPI_STATES_SIZE, 1 << 20, 1 << 30, WAPI_STATES_SIZE + PAGE, 0,
};
static const uint64_t protections[] = { PROT_READ, PROT_WRITE, PROT_EXEC };
static const uint64_t map_flags[] = { MAP_SHARED, MAP_PRIVATE };
static const uint64_t changes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint64_t read_sizes[] = { 8, 16, 4, 0 };
static const uint64_t two_bits[] = { 1, 2 };
static const uint64_t roles[] = { 0, 1, 2, 3 };

static const struct field fields_open[] = { ARGUMENT(0, "flags", KIND_FLAGS, VALUES(open_flags)) };
static const struct field fields_fd[] = { ARGUMENT(0, "fd", KIND_FD, NONE) };
static const struct field fields_mmap[] = {
	ARGUMENT(0, "fd", KIND_FD, NONE),
	ARGUMENT(1, "offset", KIND_CHOICE, VALUES(offsets)),
	ARGUMENT(2, "size", KIND_CHOICE, VALUES(sizes)),
	ARGUMENT(3, "prot", KIND_FLAGS, VALUES(protections)),
	ARGUMENT(4, "flags", KIND_CHOICE, VALUES(map_flags)),
};
static const struct field fields_mchange[] = {
	ARGUMENT(0, "mapping", KIND_MAPPING, NONE),
	ARGUMENT(1, "how", KIND_CHOICE, VALUES(changes)),
};
static const struct field fields_read[] = {
	ARGUMENT(0, "fd", KIND_FD, NONE),
	ARGUMENT(1, "size", KIND_CHOICE, VALUES(read_sizes)),
};
static const struct field fields_fd_flags[] = {
	ARGUMENT(0, "fd", KIND_FD, NONE),
	ARGUMENT(1, "flags", KIND_FLAGS, VALUES(two_bits)),
};
static const struct field fields_lane[] = { ARGUMENT(0, "lane", KIND_LANE, NONE) };
static const struct field fields_sleep[] = { ARGUMENT(0, "us", KIND_NUMBER, NONE) };
static const struct field fields_become[] = { ARGUMENT(0, "what", KIND_CHOICE, VALUES(roles)) };

#define PLAIN(name, fields, gives) \
	{ #name, 0, 0, fields, sizeof(fields) / sizeof(fields[0]), run_##name, gives }
#define PLAIN_BARE(name) { #name, 0, 0, NULL, 0, run_##name, KIND_NUMBER }

const struct op ops[] = {
	REQUESTS,
	PLAIN(open, fields_open, KIND_FD),
	PLAIN(close, fields_fd, KIND_NUMBER),
	PLAIN(dup, fields_fd, KIND_FD),
	PLAIN(mmap, fields_mmap, KIND_MAPPING),
	PLAIN(mchange, fields_mchange, KIND_NUMBER),
	PLAIN(send, fields_fd, KIND_NUMBER),
	{ "receive", 0, 0, NULL, 0, run_receive, KIND_FD },
	PLAIN(read, fields_read, KIND_NUMBER),
	PLAIN(poll, fields_fd_flags, KIND_NUMBER),
	PLAIN(epoll, fields_fd_flags, KIND_FD),
	PLAIN(nonblock, fields_fd_flags, KIND_NUMBER),
	PLAIN(fdinfo, fields_fd, KIND_NUMBER),
	PLAIN(pidfd, fields_lane, KIND_FD),
	PLAIN(sleep, fields_sleep, KIND_NUMBER),
	PLAIN(become, fields_become, KIND_NUMBER),
	PLAIN_BARE(exec),
	PLAIN_BARE(exit),
	PLAIN(kill, fields_lane, KIND_NUMBER),
};
const unsigned int nr_ops = sizeof(ops) / sizeof(ops[0]), nr_requests = NR_REQUESTS;
_Static_assert(sizeof(ops) / sizeof(ops[0]) < 256, "more than a call's op can tell");

int find_op(const char *name, size_t length)
{
	for (unsigned int i = 0; i < nr_ops; i++)
		if (!strncmp(ops[i].name, name, length) && !ops[i].name[length])
			return i;
	return -1;
}

unsigned int struct_size(const struct op *op)
{
	return op->run ? op->nr_fields * 8 : _IOC_SIZE(op->cmd);
}

bool is_op(const struct call *call, const char *name)
{
	return !strcmp(ops[call->op].name, name);
}
