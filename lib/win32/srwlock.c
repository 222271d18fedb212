// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Slim reader/writer locks: one word of 32 bits, in which both kinds of waiters
 * sleep, told apart by the futex's mask.
 *
 * As long as writers wait, no reader is let in, so that those inside become fewer;
 * the last of them wakes a writer.  Who releases the lock as a writer makes it free
 * for everybody and wakes all readers and one writer, so that readers have their turn
 * too.  That writer knows nothing of others, and takes the lock as if they waited.
 */
#include "futex.h"
#include "internal.h"

#define WRITER		1U
#define WRITERS_WAIT	2U	/* without WRITER: one of them is awake, or readers are in */
#define READERS_WAIT	4U	/* only with one of the other two */
#define READER		8U	/* what one counts */

#define TO_WRITERS	1U
#define TO_READERS	2U

static win32_word *word_of(PSRWLOCK lock)
{
	return (win32_word *)lock;
}

static uint32_t load(win32_word *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* On failure @value is what the word is. */
static bool change(win32_word *word, uint32_t *value, uint32_t to)
{
	return __atomic_compare_exchange_n(word, value, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static bool is_open_to_writers(uint32_t value)
{
	return value < READER && !(value & WRITER);
}

static bool is_open_to_readers(uint32_t value)
{
	return !(value & (WRITER | WRITERS_WAIT));
}

/* Until somebody has changed the word, with the flag of those who wait so in it. */
static void sleep_as(win32_word *word, uint32_t value, uint32_t flag, uint32_t mask)
{
	if (value & flag || change(word, &value, value | flag))
		win32_futex_wait(word, value | flag, mask, NULL);
}

WIN32_EXPORT void WINAPI InitializeSRWLock(PSRWLOCK lock)
{
	lock->Ptr = NULL;
}

WIN32_EXPORT void WINAPI AcquireSRWLockExclusive(PSRWLOCK lock)
{
	win32_word *word = word_of(lock);
	uint32_t value, others = 0;

	for (;;) {
		value = load(word);
		if (!is_open_to_writers(value)) {
			sleep_as(word, value, WRITERS_WAIT, TO_WRITERS);
			others = WRITERS_WAIT;
		} else if (change(word, &value, value | WRITER | others)) {
			return;
		}
	}
}

WIN32_EXPORT void WINAPI AcquireSRWLockShared(PSRWLOCK lock)
{
	win32_word *word = word_of(lock);
	uint32_t value;

	for (;;) {
		value = load(word);
		if (!is_open_to_readers(value))
			sleep_as(word, value, READERS_WAIT, TO_READERS);
		else if (change(word, &value, value + READER))
			return;
	}
}

WIN32_EXPORT BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK lock)
{
	uint32_t value = load(word_of(lock));

	while (is_open_to_writers(value))
		if (change(word_of(lock), &value, value | WRITER))
			return TRUE;
	return FALSE;
}

WIN32_EXPORT BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK lock)
{
	uint32_t value = load(word_of(lock));

	while (is_open_to_readers(value))
		if (change(word_of(lock), &value, value + READER))
			return TRUE;
	return FALSE;
}

bool win32_srwlock_release_exclusive(PSRWLOCK lock)
{
	win32_word *word = word_of(lock);
	uint32_t value = load(word);

	do {
		if (!(value & WRITER))
			return false;
	} while (!change(word, &value, 0));
	if (value & READERS_WAIT)
		win32_futex_wake(word, INT_MAX, TO_READERS);
	if (value & WRITERS_WAIT)
		win32_futex_wake(word, 1, TO_WRITERS);
	return true;
}

bool win32_srwlock_release_shared(PSRWLOCK lock)
{
	win32_word *word = word_of(lock);
	uint32_t value = load(word);

	do {
		if (value < READER)
			return false;
	} while (!change(word, &value, value - READER));
	if (value - READER < READER && value & WRITERS_WAIT)
		win32_futex_wake(word, 1, TO_WRITERS);
	return true;
}

WIN32_EXPORT void WINAPI ReleaseSRWLockExclusive(PSRWLOCK lock)
{
	win32_srwlock_release_exclusive(lock);
}

WIN32_EXPORT void WINAPI ReleaseSRWLockShared(PSRWLOCK lock)
{
	win32_srwlock_release_shared(lock);
}
