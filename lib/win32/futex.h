/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sleeping in this process until a word changes: all that its own locks need of the
 * kernel.
 */
#ifndef WIN32_FUTEX_H
#define WIN32_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The part of a lock that a futex is: its memory has another type for its user. */
typedef uint32_t __attribute__((may_alias)) win32_word;

#define WIN32_FUTEX_ANY	FUTEX_BITSET_MATCH_ANY

static inline long win32_futex(win32_word *word, int operation, uint32_t value,
			       const struct timespec *deadline, uint32_t mask)
{
	/* Where a time of the C library has 64 bits, and one of the kernel once had 32. */
#ifdef SYS_futex_time64
	const long number = SYS_futex_time64;
#else
	const long number = SYS_futex;
#endif

	return syscall(number, word, operation | FUTEX_PRIVATE_FLAG, value, deadline, NULL, mask);
}

/*
 * Sleep while the word has that value, until it is woken by one of the bits of @mask,
 * or until a time of CLOCK_MONOTONIC; may end for nothing.  False: it is that late.
 */
static inline bool win32_futex_wait(win32_word *word, uint32_t value, uint32_t mask,
				    const struct timespec *deadline)
{
	return !win32_futex(word, FUTEX_WAIT_BITSET, value, deadline, mask) ||
	       errno != ETIMEDOUT;
}

/*
 * The memory may be something else by now, as who wakes has given up the lock before:
 * then this wakes nobody, or somebody for nothing.
 */
static inline void win32_futex_wake(win32_word *word, int count, uint32_t mask)
{
	win32_futex(word, FUTEX_WAKE_BITSET, (uint32_t)count, NULL, mask);
}

/* In so many milliseconds, rounded to no side; NULL for INFINITE. */
static inline const struct timespec *win32_futex_deadline(struct timespec *deadline,
							  uint32_t milliseconds)
{
	if (milliseconds == UINT32_MAX)
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, deadline);
	deadline->tv_sec += milliseconds / 1000;
	deadline->tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (deadline->tv_nsec >= 1000000000) {
		deadline->tv_sec++;
		deadline->tv_nsec -= 1000000000;
	}
	return deadline;
}

#endif /* WIN32_FUTEX_H */
