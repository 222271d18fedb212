// SPDX-License-Identifier: GPL-2.0
/* Rows: the futex, which leaves all but the sleeping to its user. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "row.h"
#include "syscall.h"

static struct words {
	atomic_uint there, back;
} *words;
static int private;

/* In memory that processes could share, or known to be of one only. */
static void begin(unsigned long argument)
{
	private = argument;
	words = mmap(NULL, sizeof(*words), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(words != MAP_FAILED);
}

static void wake_nobody(void)
{
	MUST(!sys3(SYS_futex, (long)&words->there, FUTEX_WAKE | private, 1));
}

static void set(atomic_uint *word)
{
	atomic_store(word, 1);
	MUST(sys3(SYS_futex, (long)word, FUTEX_WAKE | private, 1) >= 0);
}

static void take(atomic_uint *word)
{
	long error;

	while (!atomic_exchange(word, 0)) {
		error = sys4(SYS_futex, (long)word, FUTEX_WAIT | private, 0, 0);
		MUST(!error || error == -EAGAIN);
	}
}

static void *answer(void *unused)
{
	for (;;) {
		take(&words->there);
		set(&words->back);
	}
	return unused;
}

static void begin_round_trip(unsigned long argument)
{
	pthread_t partner;

	begin(argument);
	MUST(!pthread_create(&partner, NULL, answer, NULL));
}

static void round_trip(void)
{
	set(&words->there);
	take(&words->back);
}

const struct row futex_rows[] = {
	{ "futex", "wake nobody", begin, 0, wake_nobody },
	{ "futex", "wake nobody, of one process", begin, FUTEX_PRIVATE_FLAG, wake_nobody },
	{ "futex", "round trip", begin_round_trip, 0, round_trip },
	{ "futex", "round trip, of one process", begin_round_trip, FUTEX_PRIVATE_FLAG,
	  round_trip },
	{ 0 }
};
