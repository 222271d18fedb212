/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer of /dev/wapi.
 *
 * A program is a list of calls: requests, and what else a process can do with a
 * descriptor. Each call is made by a lane: 0 is the process that runs programs, 1
 * a second thread of it, 2 and 3 are children that are forked when they are first
 * needed. Lanes take turns, but for calls that are told not to be waited for. All
 * that they share is in one memory, at one address, which exec() does not lose.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include <linux/wapi.h>

#define POISON		0xa5
#define PAGE		4096ul

#define MAX_CALLS	20
#define MAX_FIELDS	18
#define MAX_ITEMS	6
#define MAX_NAME	32
#define STRUCT_MAX	512
#define BUFFER_SIZE	(4 * PAGE)
#define LANES		4

/* Descriptors from here on are the fuzzer's own, see own_fd(). */
#define OWN_FDS		200

/* ---- the grammar: ops.c, and what grammar.pl makes ---- */

enum kind {
	KIND_ZERO,	/* must be 0 */
	KIND_NUMBER,
	KIND_BYTES,
	KIND_FLAGS,	/* any of some bits */
	KIND_CHOICE,	/* one of some numbers */
	KIND_HANDLE,
	KIND_BLOCK,
	KIND_FD,
	KIND_PID,
	KIND_ID,
	KIND_LANE,
	KIND_MAPPING,
	KIND_TIME,
	KIND_COUNT,	/* the size of what the field before leads to */
	KIND_HANDLES,	/* pointers: to handles */
	KIND_NAME,
	KIND_BUFFER,
	KIND_REQUESTS,	/* to the members of a batch, the calls that follow */
};

static inline bool is_pointer(enum kind kind)
{
	return kind >= KIND_HANDLES;
}

struct field {
	const char *name;
	unsigned int offset, size;
	enum kind kind;
	bool in, out;
	const uint64_t *values;
	unsigned int nr_values;
};

struct call;

/*
 * What can be called: a request, or, with @run, something else, whose arguments
 * are then an array of numbers, and which is found a result of the kind @gives.
 */
struct op {
	const char *name;
	unsigned int cmd, min_size;
	const struct field *fields;
	unsigned int nr_fields;
	long (*run)(const struct call *call, const uint64_t *arguments);
	enum kind gives;
};

extern const struct op ops[];
extern const unsigned int nr_ops, nr_requests;

bool is_op(const struct call *call, const char *name);
int find_op(const char *name, size_t length);
unsigned int struct_size(const struct op *op);

/* ---- programs: program.c as text, generate.c ---- */

enum value_kind {
	VALUE_NUMBER,
	VALUE_RESULT,	/* what @call told in @field, @number added */
	VALUE_TIME,	/* @number nanoseconds from now */
	VALUE_LANE,	/* the process of lane @number */
	VALUE_CONTENT,	/* a pointer to what it should lead to */
	VALUE_READONLY,	/* a pointer to memory that cannot be written to */
	VALUE_NOWHERE,	/* a pointer to no memory */
};

#define RETURNED 255	/* a field: what the call returned */

struct value {
	uint8_t kind, call, field;
	uint64_t number;
};

enum place {
	PLACE_NORMAL,
	PLACE_READONLY,
	PLACE_NOWHERE,
	PLACE_CUT,	/* the first @place_number bytes can be written to */
	PLACE_MAPPED,	/* @place_number is the call whose mapping it is in */
};

struct call {
	uint8_t op, lane;
	bool async;		/* is not waited for */
	bool member;		/* of the batch before */
	uint8_t place, place_number;
	uint8_t fail;		/* the how manyeth allocation fails, 0: none */
	int8_t longer;		/* than the structure is */
	uint8_t tail;		/* what is in the bytes that it is longer */
	uint8_t nr_items, name_length;
	bool expects;		/* ... this result */
	int expected;
	struct value fd;
	struct value fields[MAX_FIELDS];
	struct value items[MAX_ITEMS];
	char name[MAX_NAME];
};

struct program {
	unsigned int nr_calls;
	struct call calls[MAX_CALLS];
};

bool read_program(struct program *program, const char *text, char *error, size_t size);
void print_program(FILE *file, const struct program *program, const int *results);

struct random {
	uint64_t state;
};

uint64_t any(struct random *random);
unsigned int below(struct random *random, unsigned int limit);
bool one_in(struct random *random, unsigned int n);
void generate(struct random *random, struct program *program);
void mutate(struct random *random, struct program *program, const struct program *other);
void remove_call(struct program *program, unsigned int at);

/* ---- what lanes share: shared.c ---- */

/* Each call's own memory: a page, one that is read-only to it, and buffers. */
struct slot {
	unsigned char pages[2][PAGE];
	unsigned char buffers[2][BUFFER_SIZE];
};

struct lane {
	pid_t pid, tid;
	int todo;		/* a futex: number of the call to make, and 1; 0 once made */
};

struct shared {
	struct program program;
	struct lane lanes[LANES];
	int64_t results[MAX_CALLS];
	bool done[MAX_CALLS];
	uint64_t mappings[MAX_CALLS], mapping_sizes[MAX_CALLS];
	pid_t mapping_pids[MAX_CALLS];
	unsigned char before[MAX_CALLS][STRUCT_MAX];
	uint64_t runs, calls;
	unsigned int patience;	/* with a call that sleeps, in milliseconds */
	unsigned int grace;	/* for what takes its time to end, likewise */
	int keeper_wanted, keeper_has;	/* futexes */
	uint64_t kept_domain;
	int complains;
	char complaint[512];
	struct slot slots[MAX_CALLS] __attribute__((aligned(PAGE)));
};

extern struct shared *const shared;

void share(void);
void share_again(void);
int own_fd(int fd, int number);
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define VIEW(address) ((unsigned char *)(address) + VIEW_OFFSET)
#define VIEW_OFFSET	(1ul << 32)

/* The fuzzer's own descriptors. */
enum {
	FD_SHARED = OWN_FDS,
	FD_OBSERVER,
	FD_KMSG,
	FD_LINE,		/* and the next: a socket pair, for descriptors */
	FD_ZERO = FD_LINE + 2,
	FD_KCOV,		/* and for each lane */
	FD_FAIL = FD_KCOV + LANES,
};

/* ---- running: perform.c one call, lanes.c in its lane, oracle.c all ---- */

void perform(unsigned int at);
uint64_t resolve(const struct value *value, enum kind kind);
void lanes_begin(void);
void lanes_end(void);
void lanes_spread(bool wanted);
void lane_run(unsigned int at);
void lane_again(unsigned int lane) __attribute__((noreturn));
void lane_main(unsigned int lane) __attribute__((noreturn));
void hold_signals(bool hold);
bool lane_kill(unsigned int lane);
extern _Thread_local unsigned int this_lane;

void keeper_hold(bool wanted);

void oracle_begin(void);
void run_program(const struct program *program);
bool kernel_complains(void);

/* ---- cover.c ---- */

extern bool guided;	/* by KCOV */
void cover_begin(void);
void cover_lane(unsigned int lane);
void cover_reset(void);
unsigned int cover_new(bool keep);
unsigned int cover_points(void);

#endif /* FUZZ_H */
