// SPDX-License-Identifier: GPL-2.0
/*
 * Programs at random: from nothing, and from others by small changes.
 */
#include "fuzz.h"

uint64_t any(struct random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state * 0x2545f4914f6cdd1dull;
}

unsigned int below(struct random *random, unsigned int limit)
{
	return (any(random) >> 32) % limit;
}

bool one_in(struct random *random, unsigned int n)
{
	return !below(random, n);
}

static uint64_t any_number(struct random *random)
{
	static const uint64_t special[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 24, 63, 64, 100, 255, 256, 4095, 4096, 4097, 1000000,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ull << 42,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
	};

	if (one_in(random, 8))
		return any(random) >> below(random, 64);
	if (one_in(random, 2))
		return below(random, 17);
	return special[below(random, sizeof(special) / sizeof(special[0]))];
}

/*
 * A result of a kind that one of the calls before @at tells. One of a batch has
 * not told yet when the others are made ready, but may at the next time.
 */
static bool any_result(struct random *random, const struct program *program, unsigned int at,
		       enum kind kind, struct value *value)
{
	const struct op *op;
	unsigned int found = 0;

	for (unsigned int i = 0; i < at; i++) {
		op = &ops[program->calls[i].op];
		if (op->run && op->gives == kind && one_in(random, ++found))
			*value = (struct value){ VALUE_RESULT, i, RETURNED, 0 };
		for (unsigned int j = 0; j < op->nr_fields; j++)
			if (op->fields[j].out && op->fields[j].kind == kind &&
			    one_in(random, ++found))
				*value = (struct value){ VALUE_RESULT, i, j, 0 };
	}
	return found;
}

static struct value number(uint64_t n)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = n };
}

static struct value any_value(struct random *random, const struct program *program,
			      unsigned int at, const struct field *field)
{
	struct value value = number(0);

	/* Sometimes what makes no sense. */
	if (one_in(random, 60))
		return number(any_number(random));
	switch (field->kind) {
	case KIND_ZERO:
	case KIND_BYTES:
		break;
	case KIND_NUMBER:
		value.number = any_number(random);
		break;
	case KIND_FLAGS:
		for (unsigned int i = 0; i < field->nr_values; i++)
			if (one_in(random, 6))
				value.number |= field->values[i];
		break;
	case KIND_CHOICE:
		value.number = field->values[below(random, field->nr_values)];
		break;
	case KIND_HANDLE:
	case KIND_BLOCK:
		if (one_in(random, 6) || !any_result(random, program, at, field->kind, &value))
			break;
		if (one_in(random, 20))
			value.number = field->kind == KIND_BLOCK ? any_number(random) :
				       1u << below(random, 31);
		break;
	case KIND_FD:
	case KIND_ID:
		any_result(random, program, at, field->kind, &value);
		break;
	case KIND_PID:
	case KIND_LANE:
		value.kind = field->kind == KIND_PID ? VALUE_LANE : VALUE_NUMBER;
		value.number = one_in(random, 3) ? below(random, LANES) : 0;
		break;
	case KIND_MAPPING:
		if (any_result(random, program, at, KIND_MAPPING, &value))
			value = number(value.call);
		break;
	case KIND_TIME:
		if (one_in(random, 4)) {
			value.kind = VALUE_TIME;
			value.number = below(random, 1000000);
		} else if (one_in(random, 8)) {
			value.number = WAPI_WAIT_FOREVER;
		}
		break;
	case KIND_COUNT:
		value.number = one_in(random, 8) ? any_number(random) : 1 + below(random, 4);
		break;
	case KIND_NAME:
	case KIND_BUFFER:
		/* Without, mostly: there is much else that a request can be about. */
		if (one_in(random, 2))
			break;
		/* fall through */
	case KIND_HANDLES:
	case KIND_REQUESTS:
		value.kind = VALUE_CONTENT;
		if (one_in(random, 20))
			value.kind = one_in(random, 2) ? VALUE_READONLY : VALUE_NOWHERE;
		break;
	}
	return value;
}

static void any_name(struct random *random, struct call *call)
{
	static const char *const names[] = {
		"a", "a", "b", "c", "Global\\a", "Local\\a", "Local\\b", "a\\b", "Global\\",
		"Global\\Local\\a", "", "a\0b",
	};
	const char *name = names[below(random, sizeof(names) / sizeof(names[0]))];

	memset(call->name, 0, sizeof(call->name));
	call->name_length = strlen(name);
	memcpy(call->name, name, call->name_length);
}

static void any_items(struct random *random, const struct program *program, unsigned int at,
		      struct call *call)
{
	static const struct field handle = { .kind = KIND_HANDLE, .in = true };

	call->nr_items = below(random, MAX_ITEMS + 1);
	if (one_in(random, 2))
		call->nr_items = 1;
	for (unsigned int i = 0; i < call->nr_items; i++)
		call->items[i] = any_value(random, program, at, &handle);
}

static void any_field(struct random *random, const struct program *program, unsigned int at,
		      struct call *call, unsigned int number)
{
	const struct op *op = &ops[call->op];
	const struct field *field = &op->fields[number];

	if (!field->in)
		return;
	call->fields[number] = any_value(random, program, at, field);
	if (field->kind == KIND_NAME)
		any_name(random, call);
	if (field->kind == KIND_HANDLES)
		any_items(random, program, at, call);
}

/* The sizes of what pointers lead to, in most cases the right ones. */
static void fit_counts(struct random *random, struct call *call, unsigned int members)
{
	const struct op *op = &ops[call->op];
	bool content = false;
	uint64_t size = 0;

	for (unsigned int i = 0; i < op->nr_fields; i++) {
		if (is_pointer(op->fields[i].kind)) {
			content = call->fields[i].kind == VALUE_CONTENT;
			size = op->fields[i].kind == KIND_HANDLES ? call->nr_items :
			       op->fields[i].kind == KIND_NAME ? call->name_length :
			       op->fields[i].kind == KIND_REQUESTS ? members :
			       1 + below(random, 5000);
		} else if (op->fields[i].kind == KIND_COUNT && !one_in(random, 12)) {
			call->fields[i] = (struct value){ .kind = VALUE_NUMBER,
							  .number = content ? size : 0 };
			/* A block needs no data to begin with. */
			if (!content && op->cmd == WAPI_IOC_NEW && one_in(random, 4))
				call->fields[i].number = any_number(random);
		}
	}
	if (op->cmd == WAPI_IOC_LIST && !one_in(random, 8)) {
		for (unsigned int i = 0; i < op->nr_fields; i++) {
			if (!strcmp(op->fields[i].name, "record_size"))
				call->fields[i].number = 8 * (1 + below(random, 16));
			else if (!strcmp(op->fields[i].name, "capacity"))
				call->fields[i].number = 1 + below(random, 16);
			else if (op->fields[i].kind == KIND_BUFFER)
				call->fields[i].kind = VALUE_CONTENT;
		}
	}
}

static void any_attributes(struct random *random, const struct program *program, unsigned int at,
			   struct call *call)
{
	const struct op *op = &ops[call->op];
	struct value mapping;

	if (!op->run && one_in(random, 25))
		call->longer = below(random, 2) ? 8 * (1 + (int)below(random, 8)) :
					-4 * (1 + (int)below(random, 12));
	if (call->longer > 0 && one_in(random, 4))
		call->tail = 1;
	if (!op->run && one_in(random, 25)) {
		call->place = 1 + below(random, PLACE_MAPPED);
		call->place_number = 4 * below(random, struct_size(op) / 4);
		if (call->place == PLACE_MAPPED) {
			if (any_result(random, program, at, KIND_MAPPING, &mapping))
				call->place_number = mapping.call;
			else
				call->place = PLACE_NORMAL;
		}
	}
	if (one_in(random, 30))
		call->fail = 1 + below(random, 6);
}

/* What is called more often than all else. */
static unsigned int any_op(struct random *random)
{
	unsigned int op = below(random, nr_ops);

	if (op >= nr_requests && !one_in(random, 2))
		op = below(random, nr_requests);
	if (one_in(random, 6))
		op = find_op("NEW", 3);
	return op;
}

/* What a request can well do without. */
static bool is_optional(const struct op *op, unsigned int number)
{
	const struct field *field = &op->fields[number];

	switch (field->kind) {
	case KIND_NUMBER:
	case KIND_FLAGS:
	case KIND_HANDLE:
	case KIND_BLOCK:
	case KIND_FD:
	case KIND_ID:
	case KIND_TIME:
	case KIND_NAME:
	case KIND_BUFFER:
		return !op->run && number;
	default:
		return false;
	}
}

static void any_call(struct random *random, const struct program *program, unsigned int at,
		     struct call *call, unsigned int lanes)
{
	static const struct field fd = { .kind = KIND_FD, .in = true };
	const struct op *op;
	bool sparse = !one_in(random, 3);

	memset(call, 0, sizeof(*call));
	do
		call->op = any_op(random);
	while (lanes < 3 && (is_op(call, "exec") || is_op(call, "become")));
	op = &ops[call->op];
	if (lanes > 1 && one_in(random, 3)) {
		call->lane = below(random, lanes);
		call->async = call->lane && one_in(random, 3);
	}
	if (!op->run && !any_result(random, program, at, KIND_FD, &call->fd))
		call->fd = any_value(random, program, at, &fd);
	/* Descriptors of the device, rather than of what it has made. */
	if (!op->run && !one_in(random, 30)) {
		for (unsigned int i = 0; i < at; i++) {
			if (is_op(&program->calls[i], "open") ||
			    (is_op(&program->calls[i], "receive") && one_in(random, 2))) {
				call->fd = (struct value){ VALUE_RESULT, i, RETURNED, 0 };
				if (!one_in(random, 3))
					break;
			}
		}
	}
	for (unsigned int i = 0; i < op->nr_fields; i++)
		if (!sparse || !is_optional(op, i) || one_in(random, 5))
			any_field(random, program, at, call, i);
	any_attributes(random, program, at, call);
	fit_counts(random, call, 0);
}

/* Adapts all that refers to calls at @at and behind it, which are moved by @by. */
static void move_references(struct program *program, unsigned int at, int by)
{
	struct call *call;

	for (unsigned int i = 0; i < program->nr_calls; i++) {
		call = &program->calls[i];
#define MOVE(which, absent) do {					\
		if (by < 0 && (which) == at)				\
			absent;						\
		else if ((which) >= at)					\
			(which) += by;					\
	} while (0)
#define MOVE_VALUE(value) do {						\
		if ((value)->kind == VALUE_RESULT)			\
			MOVE((value)->call, *(value) = number(0));	\
	} while (0)
		MOVE_VALUE(&call->fd);
		for (unsigned int j = 0; j < MAX_FIELDS; j++) {
			MOVE_VALUE(&call->fields[j]);
			if (j < ops[call->op].nr_fields &&
			    ops[call->op].fields[j].kind == KIND_MAPPING)
				MOVE(call->fields[j].number, call->fields[j].number = MAX_CALLS - 1);
		}
		for (unsigned int j = 0; j < call->nr_items; j++)
			MOVE_VALUE(&call->items[j]);
		if (call->place == PLACE_MAPPED)
			MOVE(call->place_number, call->place = PLACE_NORMAL);
	}
}

void remove_call(struct program *program, unsigned int at)
{
	move_references(program, at, -1);
	program->nr_calls--;
	memmove(&program->calls[at], &program->calls[at + 1],
		(program->nr_calls - at) * sizeof(program->calls[0]));
	/* A member without its batch is none. */
	if (at < program->nr_calls && program->calls[at].member &&
	    (!at || (!program->calls[at - 1].member &&
		     ops[program->calls[at - 1].op].cmd != WAPI_IOC_BATCH)))
		program->calls[at].member = false;
}

static void insert_call(struct program *program, unsigned int at, const struct call *call)
{
	move_references(program, at, 1);
	memmove(&program->calls[at + 1], &program->calls[at],
		(program->nr_calls - at) * sizeof(program->calls[0]));
	program->calls[at] = *call;
	program->nr_calls++;
}

static void any_members(struct random *random, struct program *program, unsigned int lanes)
{
	unsigned int at = program->nr_calls - 1, members = 0;
	struct call *call;

	while (program->nr_calls < MAX_CALLS && !one_in(random, 4)) {
		call = &program->calls[program->nr_calls];
		do
			any_call(random, program, at, call, lanes);
		while (ops[call->op].run);
		call->member = true;
		call->async = false;
		call->lane = program->calls[at].lane;
		if (!one_in(random, 8))
			call->fail = 0;
		program->nr_calls++;
		members++;
	}
	fit_counts(random, &program->calls[at], members);
}

static void add_call(struct random *random, struct program *program, unsigned int lanes)
{
	unsigned int at = program->nr_calls;

	any_call(random, program, at, &program->calls[at], lanes);
	program->nr_calls++;
	if (ops[program->calls[at].op].cmd == WAPI_IOC_BATCH)
		any_members(random, program, lanes);
}

/* How many lanes: a thread costs little, a process much. */
static unsigned int any_lanes(struct random *random)
{
	if (one_in(random, 30))
		return LANES;
	return one_in(random, 5) ? 2 : 1;
}

void generate(struct random *random, struct program *program)
{
	unsigned int lanes = any_lanes(random), length = 3 + below(random, MAX_CALLS - 4);
	struct call *call = program->calls;

	memset(program, 0, sizeof(*program));
	call->op = find_op("open", 4);
	program->nr_calls = 1;
	for (unsigned int i = 0; i < 3 && one_in(random, 2); i++) {
		call = &program->calls[program->nr_calls];
		call->op = find_op("NEW", 3);
		call->fd = (struct value){ VALUE_RESULT, 0, RETURNED, 0 };
		call->fields[0] = number(1 + below(random, WAPI_TYPE_COUNT - 1));
		program->nr_calls++;
	}
	while (program->nr_calls < length)
		add_call(random, program, lanes);
}

static void change_call(struct random *random, struct program *program, unsigned int at,
			unsigned int lanes)
{
	struct call *call = &program->calls[at];
	const struct op *op = &ops[call->op];

	switch (below(random, 8)) {
	case 0:
		call->lane = call->member ? call->lane : below(random, lanes);
		call->async = call->lane && !call->member && one_in(random, 2);
		break;
	case 1:
		call->place = call->longer = call->tail = call->fail = 0;
		any_attributes(random, program, at, call);
		break;
	case 2:
		call->fail = below(random, 12);
		break;
	case 3:
		if (!op->run)
			any_result(random, program, at, KIND_FD, &call->fd);
		break;
	default:
		if (op->nr_fields)
			any_field(random, program, at, call, below(random, op->nr_fields));
	}
}

/* What refers to a call that is not before, or to what that does not tell, is 0. */
static void mend_value(const struct program *program, unsigned int at, struct value *value)
{
	if (value->kind == VALUE_RESULT &&
	    (value->call >= at || (value->field != RETURNED &&
				 value->field >= ops[program->calls[value->call].op].nr_fields)))
		*value = number(0);
}

static void mend(struct program *program)
{
	struct call *call = program->calls;

	for (unsigned int i = 0; i < program->nr_calls; i++, call++) {
		mend_value(program, i, &call->fd);
		for (unsigned int j = 0; j < MAX_FIELDS; j++)
			mend_value(program, i, &call->fields[j]);
		for (unsigned int j = 0; j < MAX_ITEMS; j++)
			mend_value(program, i, &call->items[j]);
		if (call->place == PLACE_MAPPED && call->place_number >= i)
			call->place = PLACE_NORMAL;
		if (call->member && (!i || (!call[-1].member &&
					    ops[call[-1].op].cmd != WAPI_IOC_BATCH)))
			call->member = false;
		if (call->member && ops[call->op].run)
			call->member = false;
	}
}

/* The end of another behind the beginning of this. */
static void cross(struct random *random, struct program *program, const struct program *other)
{
	unsigned int at = 1 + below(random, program->nr_calls);
	unsigned int from = below(random, other->nr_calls);

	while (program->nr_calls > at)
		remove_call(program, program->nr_calls - 1);
	for (; from < other->nr_calls && program->nr_calls < MAX_CALLS; from++)
		program->calls[program->nr_calls++] = other->calls[from];
	/* What it refers to must be before. */
	for (unsigned int i = at; i < program->nr_calls; i++) {
		struct call *call = &program->calls[i];

		if (i == at)
			call->member = false;
		if (call->fd.kind == VALUE_RESULT && call->fd.call >= i)
			call->fd.call = 0;
		for (unsigned int j = 0; j < ops[call->op].nr_fields; j++)
			if (call->fields[j].kind == VALUE_RESULT)
				any_field(random, program, i, call, j);
		if (call->nr_items)
			any_items(random, program, i, call);
		if (call->place == PLACE_MAPPED)
			call->place = PLACE_NORMAL;
	}
}

void mutate(struct random *random, struct program *program, const struct program *other)
{
	unsigned int changes = 1 + below(random, 3), lanes = any_lanes(random), at;
	struct call call;

	while (changes--) {
		at = below(random, program->nr_calls);
		switch (below(random, 10)) {
		case 0:
			if (program->nr_calls > 2)
				remove_call(program, at);
			break;
		case 1:
		case 2:
			if (program->nr_calls < MAX_CALLS)
				add_call(random, program, lanes);
			break;
		case 3:
			if (program->nr_calls < MAX_CALLS) {
				any_call(random, program, at, &call, lanes);
				insert_call(program, at, &call);
			}
			break;
		case 4:
			if (program->nr_calls < MAX_CALLS) {
				call = program->calls[at];
				insert_call(program, at, &call);
			}
			break;
		case 5:
			cross(random, program, other);
			break;
		default:
			change_call(random, program, at, lanes);
		}
	}
	mend(program);
}
