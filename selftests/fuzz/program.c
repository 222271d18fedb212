// SPDX-License-Identifier: GPL-2.0
/*
 * Programs as text, a line for each call:
 *
 *	LABEL: LANE[&][|] OP [@ATTRIBUTE]... [on=VALUE] [FIELD=VALUE]... [= RESULT]
 *
 * with & for a call that is not waited for, and | for a member of the batch above.
 * A request is made "on" a descriptor. Inputs that are not named are 0. A value
 * is a number, $LABEL for what a call returned, $LABEL.FIELD for what it told
 * there, either with +NUMBER, now+NUMBER, laneNUMBER; and of pointers [VALUE,...]
 * for handles, "NAME", content, readonly or nowhere. @fail=N lets the Nth
 * allocation fail; @longer=N @tail=N change the structure's size; @readonly,
 * @nowhere, @cut=N and @in=$LABEL say where it is. RESULT is 0 or an errno.
 */
#include "fuzz.h"

#include <ctype.h>
#include <stdarg.h>

struct text {
	const char *at;
	struct program *program;
	long labels[MAX_CALLS];
	char *error;
	size_t size;
	unsigned int line;
};

static bool wrong(struct text *text, const char *format, ...)
{
	int n = snprintf(text->error, text->size, "line %u: ", text->line);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text->error + n, text->size - n, format, arguments);
	va_end(arguments);
	return false;
}

static void skip_blanks(struct text *text)
{
	while (*text->at == ' ' || *text->at == '\t' || *text->at == '\r')
		text->at++;
}

static bool accept(struct text *text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(text->at, word, length))
		return false;
	text->at += length;
	return true;
}

static size_t word_length(const struct text *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text->at[length]) || text->at[length] == '_')
		length++;
	return length;
}

static bool read_number(struct text *text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*text->at) && *text->at != '-')
		return wrong(text, "a number is missing: %.20s", text->at);
	*number = *text->at == '-' ? (uint64_t)strtoll(text->at, &end, 0) :
				     strtoull(text->at, &end, 0);
	text->at = end;
	return true;
}

static int find_field(const struct op *op, const char *name, size_t length)
{
	for (unsigned int i = 0; i < op->nr_fields; i++)
		if (!strncmp(op->fields[i].name, name, length) && !op->fields[i].name[length])
			return i;
	return -1;
}

static bool read_label(struct text *text, uint8_t *call)
{
	uint64_t label;

	if (!read_number(text, &label))
		return false;
	for (unsigned int i = 0; i + 1 < text->program->nr_calls; i++) {
		if (text->labels[i] == (long)label) {
			*call = i;
			return true;
		}
	}
	return wrong(text, "no call before has the label %lu", (unsigned long)label);
}

static bool read_value(struct text *text, struct value *value)
{
	const struct op *op;
	size_t length;
	int field;

	memset(value, 0, sizeof(*value));
	if (accept(text, "nowhere")) {
		value->kind = VALUE_NOWHERE;
		return true;
	} else if (accept(text, "now")) {
		value->kind = VALUE_TIME;
	} else if (accept(text, "lane")) {
		value->kind = VALUE_LANE;
		return read_number(text, &value->number);
	} else if (accept(text, "content")) {
		value->kind = VALUE_CONTENT;
		return true;
	} else if (accept(text, "readonly")) {
		value->kind = VALUE_READONLY;
		return true;
	} else if (accept(text, "$")) {
		value->kind = VALUE_RESULT;
		value->field = RETURNED;
		if (!read_label(text, &value->call))
			return false;
		if (accept(text, ".")) {
			length = word_length(text);
			op = &ops[text->program->calls[value->call].op];
			field = find_field(op, text->at, length);
			if (field < 0)
				return wrong(text, "%s has no such field: %.20s", op->name, text->at);
			value->field = field;
			text->at += length;
		}
	} else {
		return read_number(text, &value->number);
	}
	return accept(text, "+") ? read_number(text, &value->number) : true;
}

static bool read_name(struct text *text, struct call *call)
{
	unsigned int byte;
	int n;

	while (*text->at && *text->at != '"' && *text->at != '\n') {
		if (call->name_length == MAX_NAME)
			return wrong(text, "a name is too long");
		byte = (unsigned char)*text->at++;
		if (byte == '\\') {
			if (sscanf(text->at, "x%2x%n", &byte, &n) != 1)
				return wrong(text, "a backslash is no \\xNN");
			text->at += n;
		}
		call->name[call->name_length++] = byte;
	}
	return accept(text, "\"") ? true : wrong(text, "a name has no end");
}

static bool read_field(struct text *text, struct call *call, const struct op *op)
{
	size_t length = word_length(text);
	struct value *value;
	int field;

	if (length == 2 && !op->run && accept(text, "on=")) {
		return read_value(text, &call->fd);
	}
	field = find_field(op, text->at, length);
	if (field < 0 || text->at[length] != '=')
		return wrong(text, "%s has no such field: %.20s", op->name, text->at);
	text->at += length + 1;
	value = &call->fields[field];
	if (op->fields[field].kind == KIND_HANDLES && accept(text, "[")) {
		value->kind = VALUE_CONTENT;
		while (!accept(text, "]")) {
			if (call->nr_items == MAX_ITEMS)
				return wrong(text, "too many handles");
			if (!read_value(text, &call->items[call->nr_items++]))
				return false;
			accept(text, ",");
		}
		return true;
	}
	if (op->fields[field].kind == KIND_NAME && accept(text, "\"")) {
		value->kind = VALUE_CONTENT;
		return read_name(text, call);
	}
	return read_value(text, value);
}

static bool read_attribute(struct text *text, struct call *call)
{
	uint64_t number;

	if (accept(text, "readonly")) {
		call->place = PLACE_READONLY;
		return true;
	}
	if (accept(text, "nowhere")) {
		call->place = PLACE_NOWHERE;
		return true;
	}
	if (accept(text, "in=$")) {
		call->place = PLACE_MAPPED;
		return read_label(text, &call->place_number);
	}
	if (accept(text, "cut=")) {
		call->place = PLACE_CUT;
		return read_number(text, &number) && (call->place_number = number, true);
	}
	if (accept(text, "longer="))
		return read_number(text, &number) && (call->longer = number, true);
	if (accept(text, "tail="))
		return read_number(text, &number) && (call->tail = number, true);
	if (accept(text, "fail="))
		return read_number(text, &number) && (call->fail = number, true);
	return wrong(text, "no such attribute: %.20s", text->at);
}

static bool read_result(struct text *text, struct call *call)
{
	size_t length = word_length(text);
	const char *name;

	call->expects = true;
	if (accept(text, "0"))
		return true;
	for (int number = 1; number < 200; number++) {
		name = strerrorname_np(number);
		if (name && strlen(name) == length && !strncmp(name, text->at, length)) {
			call->expected = number;
			text->at += length;
			return true;
		}
	}
	return wrong(text, "no such result: %.20s", text->at);
}

static bool read_call(struct text *text, struct call *call)
{
	const struct op *op;
	uint64_t number;
	size_t length;
	int found;

	if (!read_number(text, &number))
		return false;
	text->labels[text->program->nr_calls - 1] = number;
	if (!accept(text, ": "))
		return wrong(text, "a label is missing");
	if (!read_number(text, &number))
		return false;
	if (number >= LANES)
		return wrong(text, "no such lane");
	call->lane = number;
	call->async = accept(text, "&");
	call->member = accept(text, "|");
	skip_blanks(text);
	length = word_length(text);
	found = find_op(text->at, length);
	if (found < 0)
		return wrong(text, "nothing like that can be called: %.20s", text->at);
	text->at += length;
	call->op = found;
	op = &ops[found];
	for (skip_blanks(text); *text->at && *text->at != '\n' && *text->at != '#';
	     skip_blanks(text)) {
		if (accept(text, "= ")) {
			if (!read_result(text, call))
				return false;
		} else if (accept(text, "@")) {
			if (!read_attribute(text, call))
				return false;
		} else if (!read_field(text, call, op)) {
			return false;
		}
	}
	return true;
}

bool read_program(struct program *program, const char *source, char *error, size_t size)
{
	struct text text = { .at = source, .program = program, .error = error, .size = size };

	memset(program, 0, sizeof(*program));
	while (*text.at) {
		text.line++;
		skip_blanks(&text);
		if (*text.at != '\n' && *text.at != '#' && *text.at) {
			if (program->nr_calls == MAX_CALLS)
				return wrong(&text, "too many calls");
			if (!read_call(&text, &program->calls[program->nr_calls++]))
				return false;
		}
		text.at += strcspn(text.at, "\n");
		text.at += *text.at == '\n';
	}
	return true;
}

static void print_value(FILE *file, const struct program *program, const struct value *value)
{
	const struct op *op;

	switch (value->kind) {
	case VALUE_NUMBER:
		fprintf(file, value->number < 4096 ? "%llu" : "0x%llx",
			(unsigned long long)value->number);
		return;
	case VALUE_RESULT:
		fprintf(file, "$%u", value->call);
		op = &ops[program->calls[value->call].op];
		if (value->field != RETURNED)
			fprintf(file, ".%s", op->fields[value->field].name);
		break;
	case VALUE_TIME:
		fprintf(file, "now");
		break;
	case VALUE_LANE:
		fprintf(file, "lane%llu", (unsigned long long)value->number);
		return;
	case VALUE_CONTENT:
		fprintf(file, "content");
		return;
	case VALUE_READONLY:
		fprintf(file, "readonly");
		return;
	case VALUE_NOWHERE:
		fprintf(file, "nowhere");
		return;
	}
	if (value->number)
		fprintf(file, "+0x%llx", (unsigned long long)value->number);
}

static void print_name(FILE *file, const struct call *call)
{
	fputc('"', file);
	for (unsigned int i = 0; i < call->name_length; i++) {
		if (isgraph((unsigned char)call->name[i]) && call->name[i] != '"' &&
		    call->name[i] != '\\')
			fputc(call->name[i], file);
		else
			fprintf(file, "\\x%02x", (unsigned char)call->name[i]);
	}
	fputc('"', file);
}

static void print_place(FILE *file, const struct call *call)
{
	switch (call->place) {
	case PLACE_READONLY:
		fprintf(file, " @readonly");
		break;
	case PLACE_NOWHERE:
		fprintf(file, " @nowhere");
		break;
	case PLACE_CUT:
		fprintf(file, " @cut=%u", call->place_number);
		break;
	case PLACE_MAPPED:
		fprintf(file, " @in=$%u", call->place_number);
		break;
	}
}

static void print_field(FILE *file, const struct program *program, const struct call *call,
			unsigned int number)
{
	const struct field *field = &ops[call->op].fields[number];
	const struct value *value = &call->fields[number];

	if (!field->in || (value->kind == VALUE_NUMBER && !value->number))
		return;
	fprintf(file, " %s=", field->name);
	if (field->kind == KIND_HANDLES && value->kind == VALUE_CONTENT) {
		fputc('[', file);
		for (unsigned int i = 0; i < call->nr_items; i++) {
			if (i)
				fputc(',', file);
			print_value(file, program, &call->items[i]);
		}
		fputc(']', file);
	} else if (field->kind == KIND_NAME && value->kind == VALUE_CONTENT) {
		print_name(file, call);
	} else {
		print_value(file, program, value);
	}
}

/* With @results, which are errors as negative numbers, those are told too. */
void print_program(FILE *file, const struct program *program, const int *results)
{
	const struct call *call = program->calls;
	const struct op *op;

	for (unsigned int i = 0; i < program->nr_calls; i++, call++) {
		op = &ops[call->op];
		fprintf(file, "%u: %u%s%s %s", i, call->lane, call->async ? "&" : "",
			call->member ? "|" : "", op->name);
		print_place(file, call);
		if (call->longer)
			fprintf(file, " @longer=%d", call->longer);
		if (call->tail)
			fprintf(file, " @tail=%u", call->tail);
		if (call->fail)
			fprintf(file, " @fail=%u", call->fail);
		if (!op->run) {
			fprintf(file, " on=");
			print_value(file, program, &call->fd);
		}
		for (unsigned int j = 0; j < op->nr_fields; j++)
			print_field(file, program, call, j);
		if (results)
			fprintf(file, " = %s", results[i] < 0 ? strerrorname_np(-results[i]) : "0");
		fputc('\n', file);
	}
}
