// SPDX-License-Identifier: GPL-2.0
/*
 * One call: its structure is made ready, with outputs that are poisoned, the call
 * is made, and what it wrote is held against what it may write.
 */
#include "fuzz.h"

#include <time.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define STRUCT_AT 1024

static const struct call *call_at(unsigned int at)
{
	return &shared->program.calls[at];
}

/* How large the caller says that the structure is. */
static unsigned int told_size(const struct call *call)
{
	int size = struct_size(&ops[call->op]) + call->longer;

	return size < 0 ? 0 : size;
}

/* The structure where the fuzzer can write to it. */
static unsigned char *structure(unsigned int at)
{
	struct slot *slot = &shared->slots[at];
	unsigned int writable = call_at(at)->place_number;

	switch (call_at(at)->place) {
	case PLACE_READONLY:
		return slot->pages[1] + STRUCT_AT;
	case PLACE_CUT:
		return slot->pages[1] - writable;
	default:
		return slot->pages[0] + STRUCT_AT;
	}
}

static bool mapped_here(unsigned int at)
{
	return at < MAX_CALLS && shared->mappings[at] &&
	       shared->mapping_pids[at] == shared->lanes[this_lane].pid;
}

/* What the kernel is told: none but the last two are in the fuzzer's memory. */
static unsigned char *structure_address(unsigned int at)
{
	const struct call *call = call_at(at);

	if (call->place == PLACE_NOWHERE)
		return (void *)(at & 1 ? 0xffff888000000000 : 0x20000ul);
	if (call->place == PLACE_MAPPED && mapped_here(call->place_number))
		return (void *)(uintptr_t)(shared->mappings[call->place_number] + 256 + 512 * (at & 3));
	return VIEW(structure(at));
}

static off_t offset_in_shared(const void *address)
{
	return (const char *)address - (const char *)shared;
}

uint64_t resolve(const struct value *value, enum kind kind)
{
	uint64_t result = value->number;
	const struct field *field;
	struct timespec now;
	const struct op *op;

	switch (value->kind) {
	case VALUE_RESULT:
		op = &ops[call_at(value->call)->op];
		if (!__atomic_load_n(&shared->done[value->call], __ATOMIC_ACQUIRE))
			return kind == KIND_FD ? -1 : 0;
		if (value->field == RETURNED) {
			result += shared->results[value->call];
		} else if (value->field < op->nr_fields && !shared->results[value->call]) {
			field = &op->fields[value->field];
			result = 0;
			memcpy(&result, structure(value->call) + field->offset,
			       field->size < 8 ? field->size : 8);
			result += value->number;
		}
		break;
	case VALUE_TIME:
		clock_gettime(CLOCK_MONOTONIC, &now);
		result += now.tv_sec * 1000000000ull + now.tv_nsec;
		break;
	case VALUE_LANE:
		result = shared->lanes[result % LANES].pid;
		break;
	}
	/* Those of the fuzzer are not to be played with. */
	if (kind == KIND_FD && (int)result >= OWN_FDS)
		return -1;
	return result;
}

static unsigned int nr_members(unsigned int at)
{
	unsigned int n = 0;

	while (at + 1 + n < shared->program.nr_calls && call_at(at + 1 + n)->member)
		n++;
	return n;
}

static unsigned char *make_ready(unsigned int at);

static void fill(unsigned int at, enum kind kind, unsigned char *buffer)
{
	struct wapi_batch_request *requests = (void *)buffer;
	const struct call *call = call_at(at), *member;
	unsigned int n = nr_members(at);
	uint32_t *handles = (void *)buffer;
	unsigned char *address;

	switch (kind) {
	case KIND_HANDLES:
		memset(buffer, 0, BUFFER_SIZE);
		for (unsigned int i = 0; i < call->nr_items; i++)
			handles[i] = resolve(&call->items[i], KIND_HANDLE);
		/* So that there are many, should many be said to be there. */
		for (unsigned int i = call->nr_items; call->nr_items > 1 && i < BUFFER_SIZE / 4; i++)
			handles[i] = handles[i - call->nr_items];
		break;
	case KIND_NAME:
		memset(buffer, 'n', BUFFER_SIZE);
		memcpy(buffer, call->name, call->name_length);
		break;
	case KIND_REQUESTS:
		memset(buffer, 0, BUFFER_SIZE);
		/* One that is a member is refused. */
		if (call->member)
			break;
		for (unsigned int i = 0; i < n; i++) {
			member = call_at(at + 1 + i);
			address = make_ready(at + 1 + i);
			for (unsigned int j = i; j < 64; j += n) {
				requests[j].cmd = _IOC(_IOC_DIR(ops[member->op].cmd), WAPI_IOC_MAGIC,
						       _IOC_NR(ops[member->op].cmd),
						       told_size(member));
				requests[j].result = 0x5a5a5a5a;
				requests[j].arg = (uintptr_t)address;
			}
		}
		break;
	default:
		memset(buffer, POISON, BUFFER_SIZE);
	}
}

static uint64_t pointer(unsigned int at, unsigned int number, const struct field *field,
			const struct value *value)
{
	unsigned char *buffer = shared->slots[at].buffers[number & 1];

	switch (value->kind) {
	case VALUE_CONTENT:
		fill(at, field->kind, buffer);
		return (uintptr_t)VIEW(buffer);
	case VALUE_READONLY:
		return (uintptr_t)VIEW(shared->slots[at].pages[1]);
	case VALUE_NOWHERE:
		return at & 1 ? 0xffff888000000000 : 0x20000;
	default:
		return resolve(value, field->kind);
	}
}

/* Writes the structure, or the arguments; and keeps what it was. */
static unsigned char *make_ready(unsigned int at)
{
	const struct call *call = call_at(at);
	const struct op *op = &ops[call->op];
	unsigned int size = struct_size(op), pointers = 0;
	unsigned char *bytes = structure(at), *address;
	const struct field *field;
	uint64_t number;

	memset(bytes, POISON, STRUCT_MAX);
	for (unsigned int i = 0; i < op->nr_fields; i++) {
		field = &op->fields[i];
		if (!field->in)
			continue;
		if (is_pointer(field->kind))
			number = pointer(at, pointers++, field, &call->fields[i]);
		else
			number = resolve(&call->fields[i], field->kind);
		memset(bytes + field->offset, 0, field->size);
		memcpy(bytes + field->offset, &number, field->size < 8 ? field->size : 8);
	}
	if (call->longer > 0)
		memset(bytes + size, call->tail, call->longer);
	else if (call->longer < 0)
		memset(bytes + told_size(call), POISON, -call->longer);
	memcpy(shared->before[at], bytes, STRUCT_MAX);
	address = structure_address(at);
	if (call->place == PLACE_MAPPED && address != VIEW(bytes))
		/* The kernel copies it, so that a fault is an error. */
		if (pread(FD_SHARED, address, STRUCT_MAX, offset_in_shared(bytes)) < 0)
			return (void *)0x20000;
	return address;
}

/* An error wrote nothing, but that a wait tells that it has signalled. */
static void check_error(unsigned int at, const unsigned char *after, int error)
{
	const struct op *op = &ops[call_at(at)->op];
	unsigned char *before = shared->before[at];
	const struct field *field;

	for (unsigned int i = 0; i < op->nr_fields; i++) {
		field = &op->fields[i];
		if (field->in && field->out && op->cmd == WAPI_IOC_WAIT &&
		    (error == -EINTR || error == -ETIMEDOUT))
			memcpy(before + field->offset, after + field->offset, field->size);
	}
	for (unsigned int i = 0; i < STRUCT_MAX; i++) {
		if (after[i] == before[i])
			continue;
		complain("%s (call %u) failed with %s and wrote to byte %u of its structure",
			 op->name, at, strerrorname_np(-error), i);
		return;
	}
}

static bool all_poison(const unsigned char *bytes, unsigned int size)
{
	while (size--)
		if (*bytes++ != POISON)
			return false;
	return true;
}

/* Success has written every output, and nothing else. */
static void check_success(unsigned int at, const unsigned char *after)
{
	const struct call *call = call_at(at);
	const struct op *op = &ops[call->op];
	const unsigned char *before = shared->before[at];
	unsigned int size = told_size(call);
	const struct field *field;

	for (unsigned int i = 0; i < op->nr_fields; i++) {
		field = &op->fields[i];
		if (field->offset + field->size > size)
			break;
		if (!field->out &&
		    memcmp(after + field->offset, before + field->offset, field->size))
			complain("%s (call %u) wrote to its input %s", op->name, at, field->name);
		if (field->out && !field->in && all_poison(after + field->offset, field->size))
			complain("%s (call %u) did not write its output %s", op->name, at,
				 field->name);
	}
	for (unsigned int i = size; i < STRUCT_MAX; i++)
		if (after[i] != before[i])
			complain("%s (call %u) wrote behind its structure", op->name, at);
}

/* Records hold nothing but what they tell, and there is nothing behind them. */
static void check_records(unsigned int at, const unsigned char *after)
{
	const struct call *call = call_at(at);
	const unsigned char *buffer = shared->slots[at].buffers[0];
	const struct wapi_list *list = (const void *)after;
	uint64_t used = (uint64_t)list->count * list->record_size, word;

	if (list->count > list->capacity)
		complain("LIST (call %u) tells of more records than there was room for", at);
	if (list->records != (uintptr_t)VIEW(buffer) || used > BUFFER_SIZE || call->longer)
		return;
	if (!all_poison(buffer + used, BUFFER_SIZE - used))
		complain("LIST (call %u) wrote behind its records", at);
	for (unsigned int i = 0; i < used; i += 8) {
		memcpy(&word, buffer + i, 8);
		if (word == POISON * 0x0101010101010101ull)
			complain("LIST (call %u) did not write byte %u of its records", at, i);
	}
}

static void check(unsigned int at, long result)
{
	unsigned char *after = structure(at), *address = structure_address(at);
	unsigned char copy[STRUCT_MAX];
	const struct call *call = call_at(at);

	if (call->place == PLACE_NOWHERE)
		return;
	if (call->place == PLACE_MAPPED && address != VIEW(after)) {
		if (pwrite(FD_SHARED, address, STRUCT_MAX, offset_in_shared(after)) < 0)
			return;
		/* Others may write to it too. */
		if (result < 0)
			return;
	}
	memcpy(copy, after, STRUCT_MAX);
	if (result < 0)
		check_error(at, copy, result);
	else
		check_success(at, copy);
	if (!result && ops[call->op].cmd == WAPI_IOC_LIST)
		check_records(at, copy);
}

static void check_members(unsigned int at, long result)
{
	const struct wapi_batch *batch = (const void *)structure(at);
	unsigned int n = nr_members(at), made = result < 0 ? 0 : batch->made;
	const struct wapi_batch_request *requests = (void *)shared->slots[at].buffers[0];
	bool ready = batch->requests == (uintptr_t)VIEW(requests);

	if (!result && made > batch->count) {
		complain("BATCH (call %u) made more than there were", at);
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		shared->results[at + 1 + i] = ready && i < made ? requests[i].result : -ECANCELED;
		/* Of what was made several times, there is more than one truth. */
		if (ready && made <= n)
			check(at + 1 + i, shared->results[at + 1 + i]);
		__atomic_store_n(&shared->done[at + 1 + i], true, __ATOMIC_RELEASE);
	}
}

static void fail_nth(unsigned int n)
{
	char text[16];

	pwrite(FD_FAIL + this_lane, text, snprintf(text, sizeof(text), "%u", n), 0);
}

/* Of what may sleep, nobody else would wake the first lane. */
static bool may_sleep(const struct call *call)
{
	const struct op *op = &ops[call->op];

	if (is_op(call, "read"))
		return true;
	for (unsigned int i = 0; i < op->nr_fields; i++)
		if (op->fields[i].kind == KIND_TIME &&
		    (call->fields[i].kind != VALUE_NUMBER || call->fields[i].number))
			return true;
	return false;
}

static void alarm_clock(bool on)
{
	const struct timeval patience = {
		.tv_sec = shared->patience / 1000, .tv_usec = shared->patience % 1000 * 1000,
	}, never = { 0 };
	const struct itimerval soon = {
		.it_interval = on ? patience : never, .it_value = on ? patience : never,
	};

	setitimer(ITIMER_REAL, &soon, NULL);
}

void perform(unsigned int at)
{
	const struct call *call = call_at(at);
	const struct op *op = &ops[call->op];
	bool clock = !this_lane && may_sleep(call);
	uint64_t arguments[MAX_FIELDS];
	unsigned char *address;
	unsigned int cmd;
	long result;
	int fd;

	address = make_ready(at);
	if (op->run)
		memcpy(arguments, structure(at), op->nr_fields * 8);
	cmd = _IOC(_IOC_DIR(op->cmd), WAPI_IOC_MAGIC, _IOC_NR(op->cmd), told_size(call));
	fd = resolve(&call->fd, KIND_FD);
	if (clock)
		alarm_clock(true);
	if (call->fail)
		fail_nth(call->fail);
	if (op->run)
		result = op->run(call, arguments);
	else
		result = syscall(SYS_ioctl, fd, cmd, address) < 0 ? -errno : 0;
	if (call->fail)
		fail_nth(0);
	if (clock)
		alarm_clock(false);
	shared->results[at] = result;
	if (!op->run) {
		check(at, result);
		if (op->cmd == WAPI_IOC_BATCH)
			check_members(at, result);
	}
	__atomic_store_n(&shared->done[at], true, __ATOMIC_RELEASE);
}
