/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads, as the files see them that make, stop and end them.  Included by
 * internal.h, after what is said there of them and of what is queued to them.
 */
#ifndef WIN32_THREAD_H
#define WIN32_THREAD_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

/* The parts of a control word: how a thread is stopped, and what it does. */
#define WIN32_SUSPENDED		0xffu	/* how often */
#define WIN32_HELD		0x100u	/* by who creates it */
#define WIN32_PARKED		0x200u	/* it runs nothing: see suspend.c */
#define WIN32_TERMINATED	0x400u	/* it is to leave at once */
#define WIN32_QUIT		0x800u	/* it was held, and is not to run */
#define WIN32_ENDED		0x1000u	/* it runs nothing more, or could not begin */

/*
 * What any process can be told of a thread, also after its end: the data block of
 * its object.  The same in programs of 32 and of 64 bits; others could write to it.
 */
struct win32_thread_block {
	_Atomic uint32_t magic;
	_Atomic int32_t pid;
	_Atomic int32_t priority;	/* as SetThreadPriority() was told */
	_Atomic int32_t base;		/* the nice value of a normal one */
	_Atomic uint64_t created;	/* in units of 100 ns, of a FILETIME */
	_Atomic uint64_t user;		/* likewise, how long it ran; when it had ended */
	_Atomic uint64_t kernel;
};

struct win32_thread {
	struct win32_thread *next;	/* in the list of thread.c */
	uint32_t generation;		/* the process that it is a thread of */
	atomic_uint owners;		/* of this memory: the list, and all users */
	atomic_uint users;		/* of all else: the thread, and win32_thread_get() */
	atomic_uint control;		/* a futex */
	_Atomic uint64_t termination;	/* 0, or 1 << 32 and its exit code */
	bool was_cut;			/* it ended by that */

	pid_t tid;
	pthread_t pthread;
	uint32_t object;		/* a reference to its object */
	struct win32_thread_block *block;
	struct win32_apcs apcs;

	/* All else is the thread's own. */
	DWORD code;			/* its exit code */
	int rounds;			/* of destructors that it has been through */

	/* Made by CreateThread(): */
	bool is_ours;
	bool can_jump;			/* to @out, which is where it ends */
	jmp_buf out;
	DWORD (*start)(LPVOID parameter);
	LPVOID parameter;
	sigset_t mask;			/* the signals that it has blocked */
	int32_t priority;		/* what it has inherited */
	int32_t base;
	DWORD error;			/* why it could not begin */
};

/* ---- thread.c ---- */

/* The calling thread, if it is known already. */
struct win32_thread *win32_self_known(void);

/* A thread that has not begun, with the calling thread as its one user. */
struct win32_thread *win32_thread_new(void);

/* By the thread itself: make it known.  NO_ERROR, or why not. */
DWORD win32_thread_begin(struct win32_thread *thread);

/* One user more.  The caller is, or knows, one. */
void win32_thread_use(struct win32_thread *thread);

/* By the thread itself: what its exit code will be. */
void win32_thread_set_code(struct win32_thread *thread, DWORD code);

/* By the thread itself, with all signals blocked: end here and now. */
_Noreturn void win32_thread_cut(struct win32_thread *thread, DWORD code);

/* Whether a thread of this process has ended, whichever way. */
bool win32_tid_is_gone(pid_t tid);

/*
 * A reference to the object of a handle of a thread, of any process, pseudo-handle
 * included, and what the kernel tells of it; FALSE with ERROR_INVALID_HANDLE.
 */
BOOL win32_thread_hold(HANDLE handle, uint32_t *object, struct wapi_query *query);

/* ---- thread_block.c ---- */

/*
 * The block of the calling thread's object.  One that has one keeps it: the thread was
 * known before an execve().  0 or a negative errno.
 */
int win32_block_make(struct wapi_client *client, uint32_t object,
		     struct win32_thread_block **made);

/* What is told of a thread in its block, or NULL if there is none. */
struct win32_thread_block *win32_thread_block_of(const struct wapi_query *query);

/* By a thread that ends: how long it has run. */
void win32_block_note_times(struct win32_thread_block *block);

/* ---- last.c ---- */

/* Is there no other thread in this process but those that @leave? */
bool win32_thread_is_last(bool (*leaves)(pid_t tid));

/* By the last one: end the process; at once, if that is in a signal handler. */
_Noreturn void win32_exit_last(DWORD code, bool at_once);

/* ---- suspend.c ---- */

/* Once: so that threads can be stopped. */
void win32_suspend_init(void);

/* Let the signal through by which the calling thread is stopped. */
void win32_suspend_allow(void);

/*
 * By the thread itself, with all signals blocked: run nothing as long as it is
 * suspended or held.  False if it is to quit then.
 */
bool win32_park(struct win32_thread *self);

/* Wait until a thread that is suspended or held is parked, or has ended. */
void win32_wait_parked(struct win32_thread *thread);

/* After a change of its control word. */
void win32_thread_wake(struct win32_thread *thread);

/* ---- priority.c ---- */

/* By a thread that has begun: be a normal one, whatever the one was that made it. */
void win32_priority_begin(struct win32_thread *thread);

#endif /* WIN32_THREAD_H */
