// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold when a program has run: while its clients are there, that all
 * that can be asked of their domain agrees; when they are gone, that so is the
 * domain; and that the kernel has not complained.
 *
 * Programs run in an IPC namespace of their own. The observer is a client of the
 * one before, and sees all domains.
 */
#include "fuzz.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define MAX_RECORDS	64

uint64_t nr_late;
static unsigned int strays;

static void need(bool right, const char *what)
{
	if (!right) {
		perror(what);
		exit(1);
	}
}

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	/* Not every kernel has it. */
	if (fd >= 0) {
		if (write(fd, text, strlen(text)) < 0)
			perror(name);
		close(fd);
	}
}

static int list(int fd, struct wapi_list *list)
{
	return ioctl(fd, WAPI_IOC_LIST, list) ? -errno : 0;
}

static unsigned int nr_domains(struct wapi_domain_record *records)
{
	struct wapi_list request = {
		.what = WAPI_LIST_DOMAINS, .records = (uintptr_t)records,
		.record_size = sizeof(records[0]), .capacity = MAX_RECORDS,
	};

	need(!list(FD_OBSERVER, &request), "fuzz: LIST of the observer");
	return request.count;
}

static void fault_injection(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char name[64];

	for (unsigned int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "/sys/kernel/debug/%s/verbose", kinds[i]);
		write_file(name, "0");
		snprintf(name, sizeof(name), "/sys/kernel/debug/%s/ignore-gfp-wait", kinds[i]);
		write_file(name, "N");
	}
	write_file("/sys/kernel/debug/fail_page_alloc/min-order", "0");
}

/* In the process that runs programs: no other could be the observer. */
void oracle_begin(void)
{
	struct wapi_domain_record records[MAX_RECORDS];
	struct wapi_info info = { 0 };
	int line[2], fd;

	need(own_fd(open("/dev/wapi", O_RDWR), FD_OBSERVER) >= 0, "fuzz: /dev/wapi");
	need(own_fd(open("/dev/zero", O_RDONLY), FD_ZERO) >= 0, "fuzz: /dev/zero");
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	need(own_fd(fd, FD_KMSG) >= 0, "fuzz: /dev/kmsg");
	lseek(FD_KMSG, 0, SEEK_END);
	need(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, line), "fuzz: socketpair");
	own_fd(line[0], FD_LINE);
	own_fd(line[1], FD_LINE + 1);
	fault_injection();
	need(!ioctl(FD_OBSERVER, WAPI_IOC_INFO, &info), "fuzz: INFO of the observer");
	strays = nr_domains(records) - 1;
	need(!unshare(CLONE_NEWIPC), "fuzz: unshare");
}

/*
 * What of the kernel's warnings is about us, so that it is told with its program;
 * guest.sh looks for more of the kind when all is over. On an emulator the kernel
 * warns of many a clock too.
 */
static bool is_complaint(const char *text)
{
	static const char *const kinds[] = {
		"BUG", "WARNING:", "KASAN", "UBSAN", "ODEBUG", "Oops", "general protection",
		"unable to handle", "refcount_t", "corruption", "possible recursive",
		"possible circular", "inconsistent lock", "bad unlock", "lock held when",
		"held lock freed", "suspicious RCU", "sleeping function", "while atomic",
		"blocked for more", "invalid wait context", "Invalid wait context",
		"still has objects", "Objects remaining", "Bad page",
	};

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(text, kinds[i]))
			return true;
	return false;
}

bool kernel_complains(void)
{
	char record[2048], *text;
	unsigned int level;
	ssize_t n;

	for (;;) {
		n = read(FD_KMSG, record, sizeof(record) - 1);
		if (n < 0 && errno != EPIPE)
			return false;
		if (n <= 0)
			continue;
		record[n] = '\0';
		level = strtoul(record, NULL, 10);
		text = strchr(record, ';');
		/* A warning or worse, of facility 0, the kernel. */
		if (level > 4 || !text || !is_complaint(text))
			continue;
		text[strcspn(text, "\n")] = '\0';
		complain("the kernel says: %s", text + 1);
		return true;
	}
}

/* All records of a listing, or as many as there is room for. */
static int read_all(int fd, uint32_t what, void *records, size_t size)
{
	struct wapi_list request = {
		.what = what, .records = (uintptr_t)records,
		.record_size = size, .capacity = MAX_RECORDS,
	};

	return list(fd, &request) ? -1 : (int)request.count;
}

static const char *check_handles(int fd, const struct wapi_info *info, const uint32_t *states)
{
	static struct wapi_handle_record handles[MAX_RECORDS];
	static struct wapi_reference_record references[MAX_RECORDS];
	int nr_handles = read_all(fd, WAPI_LIST_HANDLES, handles, sizeof(handles[0]));
	int nr_references = read_all(fd, WAPI_LIST_REFERENCES, references, sizeof(references[0]));
	uint32_t entry, sum, clients;

	if (nr_handles != (int)info->handles)
		return "INFO and LIST count different handles";
	for (int i = 0; i < nr_handles; i++) {
		sum = clients = 0;
		for (int j = 0; j < nr_references; j++) {
			if (references[j].handle == handles[i].handle) {
				sum += references[j].references;
				clients++;
			}
		}
		if (sum != handles[i].references || clients != handles[i].clients)
			return "the references to a handle are not the sum of all clients'";
		entry = states[handles[i].handle & ((1u << WAPI_HANDLE_INDEX_BITS) - 1)];
		if ((entry & WAPI_ENTRY_GENERATION) != (handles[i].handle & WAPI_ENTRY_GENERATION) ||
		    (entry & WAPI_ENTRY_TYPE) != handles[i].type)
			return "the state table tells of another object";
		if (entry & WAPI_ENTRY_SIGNALLED ? !handles[i].signalled :
		    !(entry & WAPI_ENTRY_ASK) && handles[i].signalled)
			return "the state table tells another signal state";
		if (handles[i].state.waiters)
			return "somebody is said to wait";
	}
	return NULL;
}

static const char *check_blocks(int fd, const struct wapi_info *info)
{
	static struct wapi_client_record clients[MAX_RECORDS];
	static struct wapi_block_record blocks[MAX_RECORDS];
	int nr_clients = read_all(fd, WAPI_LIST_CLIENTS, clients, sizeof(clients[0]));
	int nr_blocks = read_all(fd, WAPI_LIST_BLOCKS, blocks, sizeof(blocks[0]));
	uint64_t used = 0, end = WAPI_BLOCK_ALIGN;
	unsigned int owned;

	if (nr_clients != (int)info->clients)
		return "INFO and LIST count different clients";
	if (nr_blocks != (int)info->blocks)
		return "INFO and LIST count different blocks";
	for (int i = 0; i < nr_clients; i++) {
		owned = 0;
		for (int j = 0; j < nr_blocks; j++)
			owned += blocks[j].owner_kind == WAPI_OWNER_CLIENT &&
				 blocks[j].owner == clients[i].id;
		if (owned != clients[i].blocks)
			return "a client is said to have other blocks than are its";
	}
	for (int i = 0; i < nr_blocks; i++) {
		if (blocks[i].block < end)
			return "blocks overlap";
		end = blocks[i].block + blocks[i].size;
		used += (blocks[i].size + WAPI_BLOCK_ALIGN - 1) / WAPI_BLOCK_ALIGN *
			WAPI_BLOCK_ALIGN;
	}
	if (used != info->arena_used)
		return "the bytes in blocks are not their sizes' sum";
	return NULL;
}

static const char *check_client(int fd, const uint32_t *states)
{
	struct wapi_info info = { 0 };

	if (ioctl(fd, WAPI_IOC_INFO, &info))
		return NULL;
	if (info.handles >= MAX_RECORDS || info.blocks >= MAX_RECORDS ||
	    info.clients >= MAX_RECORDS)
		return NULL;
	return check_handles(fd, &info, states) ?: check_blocks(fd, &info);
}

/* While nobody makes calls; but the end of a process takes its time to be told. */
static void check_clients(void)
{
	const struct program *program = &shared->program;
	const uint32_t *states;
	const char *wrong;
	int fd;

	for (unsigned int i = 0; i < program->nr_calls; i++) {
		fd = shared->results[i];
		if (!is_op(&program->calls[i], "open") || program->calls[i].lane > 1 ||
		    !shared->done[i] || fd <= STDERR_FILENO || fd >= OWN_FDS)
			continue;
		states = mmap(NULL, WAPI_STATES_SIZE, PROT_READ, MAP_SHARED, fd,
			      WAPI_STATES_OFFSET);
		if (states == MAP_FAILED)
			continue;
		for (unsigned int tries = 0; (wrong = check_client(fd, states)); tries++) {
			if (tries == shared->grace) {
				complain("%s", wrong);
				break;
			}
			usleep(1000);
		}
		munmap((void *)states, WAPI_STATES_SIZE);
	}
}

static void close_all(void)
{
	const struct program *program = &shared->program;
	char byte;

	for (unsigned int i = 0; i < program->nr_calls; i++) {
		if (shared->mappings[i] && shared->mapping_pids[i] == shared->lanes[0].pid)
			munmap((void *)(uintptr_t)shared->mappings[i], shared->mapping_sizes[i]);
		shared->mappings[i] = 0;
	}
	close_range(STDERR_FILENO + 1, OWN_FDS - 1, 0);
	/* Descriptors that nobody received are closed with their message. */
	while (recv(FD_LINE + 1, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}

/*
 * A thread or process that runs keeps its object while the domain has a client. Of
 * what runs programs, some may have been made.
 */
static bool runs_still(uint64_t domain)
{
	static struct wapi_handle_record handles[MAX_RECORDS];
	struct wapi_list request = {
		.what = WAPI_LIST_HANDLES, .domain = domain, .records = (uintptr_t)handles,
		.record_size = sizeof(handles[0]), .capacity = MAX_RECORDS,
	};

	if (list(FD_OBSERVER, &request))
		return false;
	for (unsigned int i = 0; i < request.count; i++)
		if ((handles[i].type != WAPI_TYPE_PROCESS && handles[i].type != WAPI_TYPE_THREAD) ||
		    handles[i].references ||
		    (!handles[i].state.pid && !handles[i].state.tid))
			return false;
	return true;
}

/* "" if all is gone that should be. */
static const char *left(void)
{
	struct wapi_domain_record records[MAX_RECORDS], *record = records;
	unsigned int n = nr_domains(records), others = n;
	static char text[128];

	for (unsigned int i = 0; i < n; i++) {
		if (!shared->kept_domain || records[i].id != shared->kept_domain)
			continue;
		others--;
		record = &records[i];
		/* With those that are left a block each can be. */
		if (record->clients == 1 && record->blocks <= record->handles &&
		    (record->handles ? runs_still(record->id) : !record->arena_used))
			continue;
		snprintf(text, sizeof(text), "%llu clients, %llu handles, %llu blocks are left",
			 (unsigned long long)record->clients - 1,
			 (unsigned long long)record->handles, (unsigned long long)record->blocks);
		return text;
	}
	if (others <= 1 + strays)
		return "";
	record = &records[n - 1];
	snprintf(text, sizeof(text), "a domain is left, of %llu clients, %llu handles, %llu blocks",
		 (unsigned long long)record->clients, (unsigned long long)record->handles,
		 (unsigned long long)record->blocks);
	return text;
}

static void check_gone(void)
{
	struct wapi_domain_record records[MAX_RECORDS];
	const char *what = "";

	for (unsigned int tries = 0; tries < shared->grace; tries++) {
		what = left();
		if (!*what)
			return;
		nr_late += !tries;
		usleep(1000);
	}
	complain("%s", what);
	/* So that what was left by this program is not told of the next. */
	keeper_hold(false);
	strays = nr_domains(records) - 1;
}

static void check_expected(void)
{
	const struct program *program = &shared->program;
	const struct call *call;
	long result;

	for (unsigned int i = 0; i < program->nr_calls; i++) {
		call = &program->calls[i];
		if (!call->expects)
			continue;
		result = shared->done[i] && shared->results[i] < 0 ? -shared->results[i] : 0;
		if (result != call->expected)
			complain("%s (call %u) gave %s, not %s", ops[call->op].name, i,
				 result ? strerrorname_np(result) : "0",
				 call->expected ? strerrorname_np(call->expected) : "0");
	}
}

void run_program(const struct program *program)
{
	memcpy(&shared->program, program, sizeof(*program));
	memset(shared->done, 0, sizeof(shared->done));
	memset(shared->results, 0, sizeof(shared->results));
	shared->complains = 0;
	/* One program in some begins and ends its domain itself. */
	keeper_hold(shared->runs % 16);
	cover_reset();
	lanes_spread(shared->runs % 4 == 3);
	for (unsigned int i = 0; i < program->nr_calls; i++)
		if (!program->calls[i].member)
			lane_run(i);
	lanes_end();
	shared->runs++;
	shared->calls += program->nr_calls;
	if (shared->runs % 8 == 0)
		check_clients();
	close_all();
	check_gone();
	check_expected();
	kernel_complains();
}
