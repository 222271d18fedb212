/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of deaths, isolation and races share: an observer's exact
 * counts of a domain, other processes that end with the test, and the proof
 * that a descriptor is good for nothing.
 */
#ifndef WAPI_OBSERVE_H
#define WAPI_OBSERVE_H

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "wapi_test.h"

/* In a child process, where a failed assertion of the harness would be lost. */
#define REQUIRE(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "# line %d in a child: not true: %s\n",	\
			__LINE__, #condition);				\
		_exit(99);						\
	}								\
} while (0)

/* Takes @handles handles with one reference each, and @blocks blocks. */
static inline void hold(int fd, int handles, int blocks)
{
	for (int i = 0; i < handles; i++)
		REQUIRE(new_handle(fd, 1 + i % (WAPI_TYPE_COUNT - 1)) > 0);
	for (int i = 0; i < blocks; i++)
		REQUIRE(new_block(fd, 1 + 37 * i) > 0);
}

/* What the kernel must do at once, and what it may do a little later. */
#define SOON (2.0 * patience())

/* Like fork_peer(), but no child outlives a test that fails. */
static inline pid_t start_peer(struct peer *peer)
{
	pid_t pid = fork_peer(peer);

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* 0 is a parent outside of the PID namespace. */
		if (getppid() && getppid() != peer->pid)
			_exit(98);
	}
	return pid;
}

static inline void add_references(void *record, void *context)
{
	*(__u64 *)context += ((struct wapi_reference_record *)record)->references;
}

static inline void add_handle_references(void *record, void *context)
{
	*(__u64 *)context += ((struct wapi_handle_record *)record)->references;
}

/*
 * "" if the domain has exactly this much, however one asks, else what is wrong.
 * @references are those of all clients.
 */
static inline const char *count_difference(int fd, __u64 handles,
					   __u64 references, __u64 blocks,
					   __u64 clients)
{
	static char text[200];
	struct wapi_info info = read_info(fd);
	struct wapi_domain_record domain;
	__u64 listed = 0, held = 0;
	long n;

	if (!info.abi_version)
		return "INFO is refused";
	if (info.handles != handles || info.blocks != blocks ||
	    info.clients != clients) {
		snprintf(text, sizeof(text),
			 "%llu handles, %llu blocks, %llu clients instead of %llu, %llu, %llu",
			 info.handles, info.blocks, info.clients,
			 handles, blocks, clients);
		return text;
	}
	if (!blocks != !info.arena_used) {
		snprintf(text, sizeof(text), "%llu bytes used in %llu blocks",
			 info.arena_used, blocks);
		return text;
	}
	domain = read_domain(fd);
	if (domain.handles != handles || domain.blocks != blocks ||
	    domain.clients != clients || domain.arena_used != info.arena_used)
		return "the domain's record is not what INFO says";
	n = for_each_record(fd, WAPI_LIST_HANDLES, add_handle_references, &listed);
	if (n != (long)handles || listed != references) {
		snprintf(text, sizeof(text),
			 "%ld handles with %llu references listed instead of %llu, %llu",
			 n, listed, handles, references);
		return text;
	}
	for_each_record(fd, WAPI_LIST_REFERENCES, add_references, &held);
	if (held != references) {
		snprintf(text, sizeof(text),
			 "clients are listed with %llu references instead of %llu",
			 held, references);
		return text;
	}
	n = count_records(fd, WAPI_LIST_BLOCKS);
	if (n != (long)blocks) {
		snprintf(text, sizeof(text), "%ld blocks listed instead of %llu",
			 n, blocks);
		return text;
	}
	n = count_records(fd, WAPI_LIST_CLIENTS);
	if (n != (long)clients) {
		snprintf(text, sizeof(text), "%ld clients listed instead of %llu",
			 n, clients);
		return text;
	}
	return "";
}

/* The same for what the kernel may notice a little later. */
static inline const char *count_difference_soon(int fd, __u64 handles,
						__u64 references, __u64 blocks,
						__u64 clients)
{
	const char *difference;

	within(SOON, !*(difference = count_difference(fd, handles, references,
						      blocks, clients)));
	return difference;
}

#define EXPECT_COUNTS(fd, handles, references, blocks, clients)		\
	EXPECT_STREQ("", count_difference(fd, handles, references, blocks, clients))
#define ASSERT_COUNTS(fd, handles, references, blocks, clients)		\
	ASSERT_STREQ("", count_difference(fd, handles, references, blocks, clients))
#define EXPECT_COUNTS_SOON(fd, handles, references, blocks, clients)	\
	EXPECT_STREQ("", count_difference_soon(fd, handles, references, blocks, clients))

/* "" if the handle has exactly these counts for this client, else what not. */
static inline const char *query_difference(int fd, __u32 handle, __u32 references,
					   __u32 own, __u32 clients)
{
	static char text[160];
	struct wapi_query query;
	int error = query_handle(fd, handle, &query);

	if (error)
		return strerror(-error);
	if (query.references == references && query.own_references == own &&
	    query.clients == clients)
		return "";
	snprintf(text, sizeof(text),
		 "%u references, %u own, %u clients instead of %u, %u, %u",
		 query.references, query.own_references, query.clients,
		 references, own, clients);
	return text;
}

#define EXPECT_QUERY(fd, handle, references, own, clients)		\
	EXPECT_STREQ("", query_difference(fd, handle, references, own, clients))

/*
 * "" if the requests, a batch of one of them, and mmap(), made on this
 * descriptor with arguments that its own client could use, give ESTALE; else the
 * first that does not.  @handle and @block are live ones, as far as there are any.
 */
static inline const char *stale_difference(int fd, __u32 handle, __u64 block)
{
	static char text[80];
	unsigned char record[256];
	struct wapi_info info = info_request();
	struct wapi_new new = new_request(WAPI_TYPE_EVENT);
	struct wapi_open open = open_request(handle);
	struct wapi_close close = close_request(handle);
	struct wapi_search search = search_request(0, WAPI_TYPE_UNUSED);
	struct wapi_query query = query_request(handle);
	struct wapi_attach attach = attach_request(handle, block);
	struct wapi_scratch scratch = scratch_request(16);
	struct wapi_scratch_free free = free_request(block);
	struct wapi_block ask = block_request(block);
	struct wapi_list list = list_request(WAPI_LIST_HANDLES, record,
					     sizeof(struct wapi_handle_record), 1);
	struct wapi_open_name open_name = { .name = address("x"), .name_size = 1 };
	struct wapi_signal signal = { .handle = handle };
	struct wapi_mutex_release mutex_release = { .handle = handle };
	struct wapi_sem_release sem_release = { .handle = handle, .count = 1 };
	struct wapi_thread_exit thread_exit = { .handle = handle };
	struct wapi_wait wait = { .handles = address(&handle), .count = 1 };
	struct wapi_dup dup = { .handle = handle, .pid = getpid() };
	struct wapi_mark mark = { .handle = handle };
	struct wapi_inherit inherit = { 0 };
	struct wapi_to_fd to_fd = { .handle = handle };
	struct wapi_from_fd from_fd = { .fd = fd };
	struct wapi_batch_request in_batch = batched(WAPI_IOC_INFO, &info);
	struct wapi_batch batch = batch_request(&in_batch, 1, 0);
	const struct {
		const char *name;
		__u64 offset;
		int protection;
	} maps[] = {
		{ "mmap of the arena", 0, PROT_READ | PROT_WRITE },
		{ "mmap of the state table", WAPI_STATES_OFFSET, PROT_READ },
	};
	struct {
		const char *name;
		unsigned long request;
		void *argument;
	} requests[] = {
		{ "INFO", WAPI_IOC_INFO, &info },
		{ "NEW", WAPI_IOC_NEW, &new },
		{ "OPEN", WAPI_IOC_OPEN, &open },
		{ "CLOSE", WAPI_IOC_CLOSE, &close },
		{ "SEARCH", WAPI_IOC_SEARCH, &search },
		{ "QUERY", WAPI_IOC_QUERY, &query },
		{ "ATTACH", WAPI_IOC_ATTACH, &attach },
		{ "SCRATCH", WAPI_IOC_SCRATCH, &scratch },
		{ "SCRATCH_FREE", WAPI_IOC_SCRATCH_FREE, &free },
		{ "BLOCK", WAPI_IOC_BLOCK, &ask },
		{ "LIST", WAPI_IOC_LIST, &list },
		{ "BATCH", WAPI_IOC_BATCH, &batch },
		{ "OPEN_NAME", WAPI_IOC_OPEN_NAME, &open_name },
		{ "SET", WAPI_IOC_SET, &signal },
		{ "RESET", WAPI_IOC_RESET, &signal },
		{ "PULSE", WAPI_IOC_PULSE, &signal },
		{ "MUTEX_RELEASE", WAPI_IOC_MUTEX_RELEASE, &mutex_release },
		{ "SEM_RELEASE", WAPI_IOC_SEM_RELEASE, &sem_release },
		{ "THREAD_EXIT", WAPI_IOC_THREAD_EXIT, &thread_exit },
		{ "WAIT", WAPI_IOC_WAIT, &wait },
		{ "DUP", WAPI_IOC_DUP, &dup },
		{ "MARK", WAPI_IOC_MARK, &mark },
		{ "INHERIT", WAPI_IOC_INHERIT, &inherit },
		{ "TO_FD", WAPI_IOC_TO_FD, &to_fd },
		{ "FROM_FD", WAPI_IOC_FROM_FD, &from_fd },
	};
	unsigned char copy[256];
	void *map;
	int seen;

	/* All that there are but JOIN. */
	_Static_assert(sizeof(requests) / sizeof(requests[0]) == 25, "a request is missing");
	for (unsigned int i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		memcpy(copy, requests[i].argument, _IOC_SIZE(requests[i].request));
		seen = wapi_ioctl(fd, requests[i].request, requests[i].argument);
		if (seen != -ESTALE) {
			snprintf(text, sizeof(text), "%s: %s", requests[i].name,
				 seen ? strerror(-seen) : "success");
			return text;
		}
		if (memcmp(copy, requests[i].argument,
			   _IOC_SIZE(requests[i].request))) {
			snprintf(text, sizeof(text), "%s was written to",
				 requests[i].name);
			return text;
		}
	}
	if (in_batch.result != (__s32)POISON32)
		return "BATCH wrote a result";
	for (unsigned int i = 0; i < 2; i++) {
		map = mmap64(NULL, 4096, maps[i].protection, MAP_SHARED, fd, maps[i].offset);
		if (map == MAP_FAILED && errno == ESTALE)
			continue;
		snprintf(text, sizeof(text), "%s: %s", maps[i].name,
			 map == MAP_FAILED ? strerror(errno) : "success");
		return text;
	}
	return "";
}

#define EXPECT_STALE(fd, handle, block) \
	EXPECT_STREQ("", stale_difference(fd, handle, block))

/* A number in a file, or -errno. */
static inline long long read_number(const char *path)
{
	long long number = -EIO;
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	if (fscanf(file, "%lld", &number) != 1)
		number = -EIO;
	fclose(file);
	return number;
}

static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return n;
}

/* How many descriptors of the device are open anywhere, or -errno. */
static inline long long module_references(void)
{
	return read_number("/sys/module/wapi/refcnt");
}

/*
 * A limit of domains yet to be made, where the module lets root set it; 0 or
 * -errno.
 */
static inline int set_parameter(const char *name, __u64 value)
{
	char path[96], text[24];

	snprintf(path, sizeof(path), "/sys/module/wapi/parameters/%s", name);
	snprintf(text, sizeof(text), "%llu", value);
	return write_text(path, text);
}

static inline long long get_parameter(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/module/wapi/parameters/%s", name);
	return read_number(path);
}

/*
 * For programs that start themselves again: as role, with a descriptor or two.
 * Use EXECABLE_MAIN(play) where others have TEST_HARNESS_MAIN; play() gets the
 * role's name and its descriptors.
 */
static inline int become_role(const char *role, int line, int fd)
{
	char line_text[16], fd_text[16];
	char *argv[] = { "wapi-role", (char *)role, line_text, fd_text, NULL };
	char *envp[] = { "WAPI_ROLE=1", NULL };

	snprintf(line_text, sizeof(line_text), "%d", line);
	snprintf(fd_text, sizeof(fd_text), "%d", fd);
	fcntl(line, F_SETFD, 0);
	execve("/proc/self/exe", argv, envp);
	return -errno;
}

#define EXECABLE_MAIN(play)						\
	static int harness_main(int argc, char **argv);			\
	int main(int argc, char **argv)					\
	{								\
		if (argc == 4 && getenv("WAPI_ROLE"))			\
			return play(argv[1], atoi(argv[2]), atoi(argv[3])); \
		return harness_main(argc, argv);			\
	}

#endif /* WAPI_OBSERVE_H */
