// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Thread-local storage: slots that are allocated while the program runs.
 *
 * A slot has a number that goes up when it is allocated, to an odd one, and when it is
 * freed, to an even one.  A value is one of its slot only if it was set while the slot
 * had the number that it has now: so in all threads, whatever they are doing, a slot
 * that is allocated again is zero.
 *
 * As in Windows, a thread has a few of them at hand, and memory for the rest if it
 * uses one of those.
 */
#include "internal.h"

#include <stdlib.h>

#define AT_HAND		64
#define SLOTS		1088

struct value {
	unsigned int number;	/* of the slot, when it was set */
	LPVOID value;
};

static atomic_uint numbers[SLOTS];

static _Thread_local struct value at_hand[AT_HAND];
static _Thread_local struct value *rest;

static pthread_key_t key;
static bool has_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* What is set by later destructors is freed in the next round of them. */
static void free_rest(void *memory)
{
	rest = NULL;
	free(memory);
}

static void make_key(void)
{
	has_key = !pthread_key_create(&key, free_rest);
}

static struct value *make_rest(void)
{
	struct value *memory;

	pthread_once(&once, make_key);
	memory = has_key ? calloc(SLOTS - AT_HAND, sizeof(*memory)) : NULL;
	if (memory && pthread_setspecific(key, memory)) {
		free(memory);
		memory = NULL;
	}
	return memory;
}

/* The number of a slot that is allocated, or 0. */
static unsigned int number_of(DWORD index)
{
	unsigned int number = index < SLOTS ? atomic_load(&numbers[index]) : 0;

	return number & 1 ? number : 0;
}

WIN32_EXPORT DWORD WINAPI TlsAlloc(void)
{
	for (DWORD index = 0; index < SLOTS; index++) {
		unsigned int number = atomic_load(&numbers[index]);

		if (!(number & 1) &&
		    atomic_compare_exchange_strong(&numbers[index], &number, number + 1))
			return index;
	}
	win32_fail(ERROR_NO_MORE_ITEMS);
	return TLS_OUT_OF_INDEXES;
}

WIN32_EXPORT BOOL WINAPI TlsFree(DWORD index)
{
	unsigned int number = number_of(index);

	/* Of two that free it, one is told so. */
	if (!number || !atomic_compare_exchange_strong(&numbers[index], &number, number + 1))
		return win32_fail(ERROR_INVALID_PARAMETER);
	return TRUE;
}

WIN32_EXPORT LPVOID WINAPI TlsGetValue(DWORD index)
{
	unsigned int number = number_of(index);
	const struct value *value = NULL;

	if (!number) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	SetLastError(NO_ERROR);
	if (index < AT_HAND)
		value = &at_hand[index];
	else if (rest)
		value = &rest[index - AT_HAND];
	return value && value->number == number ? value->value : NULL;
}

WIN32_EXPORT BOOL WINAPI TlsSetValue(DWORD index, LPVOID value)
{
	struct value set = { .number = number_of(index), .value = value };

	if (!set.number)
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (index < AT_HAND) {
		at_hand[index] = set;
		return TRUE;
	}
	if (!rest)
		rest = make_rest();
	if (!rest)
		return win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	rest[index - AT_HAND] = set;
	return TRUE;
}
