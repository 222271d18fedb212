/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The algorithm of waits, for the model checker spin: module/wait.c, queue.c and
 * freeze.c, every interleaving of a few threads and two objects.
 *
 * What stands for what:
 *
 *   lock_object, unlock_object	wapi_object_lock_kept(), wapi_object_unlock_kept()
 *   wait_end			wapi_wait_end(), one compare and exchange
 *   serve			wapi_serve(), with wapi_satisfy() and wapi_acquire_all()
 *   settle			wapi_mutex_settle()
 *   try_any			wapi_wait_any(), with wapi_wait_try()
 *   try_all			wapi_wait_frozen(), for a wait for all
 *   sleep			wapi_sleep()
 *   dequeue			wapi_dequeue_all()
 *   death			a thread that ends with a mutex: it is seen to be ending,
 *				and then wapi_owner_end_work() abandons it
 *   asleep[]			a task's state; 0 is what wake_up_process() makes of it
 *
 * Formal parameters are called the_..., since spin replaces them by text.
 *
 * An object is a semaphore, or, object 1 with -DMUTEX, a mutex that a thread has
 * that is about to end. One statement is one step that others can come between;
 * what goes together as atomic { } is one instruction, or is under a lock that
 * all who look take too.
 *
 * Checked: nobody takes what is not there; what was put in is there, or was told
 * to exactly one waiter, as one or as both together; a mutex has one owner; that
 * it was abandoned is told once. When nothing more can happen: nobody sleeps who
 * could have what it waits for, everybody else has come to an end, and no lock is
 * held. And by LTL, with -DLTL: who was satisfied returns.
 *
 * Parameters, each with -D: WAITERS (2 or 3), ALL (a bit for each waiter that
 * waits for all), REVERSED (a bit for each that has the objects in the other
 * order), GIVES_UP (a bit for each that may run out of time), SETS (how often each
 * semaphore is released), MUTEX. With one of -DBROKEN_... the algorithm is wrong,
 * and the checker must find that.
 */
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef ALL
#define ALL 0
#endif
#ifndef REVERSED
#define REVERSED 0
#endif
#ifndef GIVES_UP
#define GIVES_UP 0
#endif
#ifndef SETS
#define SETS 1
#endif

#define OBJECTS		2
#define PENDING		255
#define GIVEN_UP	254
#define NOBODY		255
#define THE_DYING	254

#define is_all(w)	((ALL >> (w)) & 1)
/* The object with index i of a wait; and the index of an object. */
#define object_of(w, i)	((i) ^ ((REVERSED >> (w)) & 1))

#ifdef MUTEX
#define is_mutex(o)	((o) == 1)
#else
#define is_mutex(o)	0
#endif

/* wapi_object_is_signalled() */
#define is_signalled(o)							\
	((!is_mutex(o) && count[o] > 0) ||				\
	 (is_mutex(o) && (owner == NOBODY || (owner == THE_DYING && ending))))
#define both_signalled	(is_signalled(0) && is_signalled(1))

/* Objects; each guarded by its lock, and while it is frozen by freeze too. */
bit lock[OBJECTS];
bit freeze;
byte frozen[OBJECTS];
byte count[OBJECTS];
byte owner = NOBODY;
bit ending, abandoned;
typedef queue { byte waiter[WAITERS]; byte length };
queue waiters[OBJECTS];

/* Waits */
byte outcome[WAITERS] = PENDING;
bit asleep[WAITERS];
bit returned[WAITERS];

/* What is checked */
byte put[OBJECTS], taken[OBJECTS];
byte told_abandoned, deaths;

inline take_lock(the_variable)
{
	atomic { !the_variable -> the_variable = 1 }
}

/* @holds: whether that took freeze too */
inline lock_object(the_o, the_holds)
{
	the_holds = 0;
	take_lock(lock[the_o]);
#ifndef BROKEN_SIGNAL_IN_FREEZE
	do
	:: frozen[the_o] && !the_holds ->
#ifdef BROKEN_LOCK_ORDER
		take_lock(freeze);
		the_holds = 1
#else
		lock[the_o] = 0;
		take_lock(freeze);
		take_lock(lock[the_o]);
		if
		:: frozen[the_o] -> the_holds = 1
		:: else -> freeze = 0
		fi
#endif
	:: else -> break
	od
#endif
}

inline unlock_object(the_o, the_holds)
{
	lock[the_o] = 0;
	if
	:: the_holds -> freeze = 0; the_holds = 0
	:: else
	fi
}

/* @won: whether this is now the outcome */
inline wait_end(the_w, the_value, the_won)
{
#ifdef BROKEN_END_IN_TWO_STEPS
	the_won = (outcome[the_w] == PENDING);
	if
	:: the_won -> outcome[the_w] = the_value
	:: else
	fi
#else
	atomic {
		the_won = (outcome[the_w] == PENDING);
		if
		:: the_won -> outcome[the_w] = the_value
		:: else
		fi
	}
#endif
}

inline acquire(the_o, the_w)
{
	atomic {
		if
		:: !is_mutex(the_o) ->
			assert(count[the_o] > 0);
			count[the_o]--
		:: else ->
			assert(owner == NOBODY || (owner == THE_DYING && ending));
			if
			:: owner == THE_DYING -> abandoned = 1
			:: else
			fi;
			told_abandoned = told_abandoned + abandoned;
			owner = the_w
		fi
	}
}

/* wapi_satisfy() and wapi_leave_queue_locked(); the rest of the queue moves up. */
inline leave_queue(the_o, the_w, the_at)
{
	d_step {
		the_at = 0;
		do
		:: the_at < waiters[the_o].length && waiters[the_o].waiter[the_at] != the_w -> the_at++
		:: else -> break
		od;
		if
		:: the_at < waiters[the_o].length ->
			do
			:: the_at + 1 < waiters[the_o].length ->
				waiters[the_o].waiter[the_at] = waiters[the_o].waiter[the_at + 1];
				the_at++
			:: else -> break
			od;
			waiters[the_o].length--;
			waiters[the_o].waiter[waiters[the_o].length] = 0
		:: else
		fi;
		the_at = 0
	}
}

/* Object o is locked; and freeze is, if it is frozen. */
inline serve(the_o)
{
	place = 0;
	do
	:: place < waiters[the_o].length && is_signalled(the_o) ->
		served = waiters[the_o].waiter[place];
		won = 0;
		if
#ifdef BROKEN_TAKE_A_PART
		:: is_all(served) ->
			wait_end(served, 0, won)
#else
		:: is_all(served) && both_signalled ->
			wait_end(served, 0, won)
		:: is_all(served) && !both_signalled
#endif
		:: !is_all(served) ->
			wait_end(served, object_of(served, the_o), won)
		fi;
		if
		:: won ->
			acquire(the_o, served);
			if
			:: is_all(served) ->
				take_lock(lock[1 - the_o]);
				acquire(1 - the_o, served);
				lock[1 - the_o] = 0
			:: else
			fi;
			leave_queue(the_o, served, at);
			asleep[served] = 0
#ifdef BROKEN_FIRST_ONLY
		:: else -> break
#else
		:: else -> place++
#endif
		fi
	:: else -> break
	od;
	place = 0;
	served = 0;
	won = 0
}

inline abandon(the_o)
{
	atomic { abandoned = 1; owner = NOBODY }
#ifndef BROKEN_SILENT_DEATH
	serve(the_o)
#endif
}

inline settle(the_o)
{
#ifdef BROKEN_SILENT_DEATH
	skip
#else
	if
	:: is_mutex(the_o) && owner == THE_DYING && ending -> abandon(the_o)
	:: else
	fi
#endif
}

inline enqueue(the_o, the_w)
{
	d_step {
		waiters[the_o].waiter[waiters[the_o].length] = the_w;
		waiters[the_o].length++;
		queued = queued | (1 << the_o)
	}
}

/* First without queueing, and looking before locking; then with. */
inline try_any(the_w, the_queue)
{
	i = 0;
	do
	:: i < OBJECTS && outcome[the_w] == PENDING ->
		o = object_of(the_w, i);
		if
		:: !the_queue && !is_signalled(o) -> i++
		:: else ->
			lock_object(o, holds);
			settle(o);
			if
			:: !is_signalled(o) ->
#ifdef BROKEN_LOOK_THEN_QUEUE
				unlock_object(o, holds);
				lock_object(o, holds);
#endif
				if
				:: the_queue -> enqueue(o, the_w)
				:: else
				fi;
				i++
			:: else ->
				if
				:: !the_queue && i == 1 && is_signalled(1 - o) -> i = 0
				:: else ->
					wait_end(the_w, i, won);
					if
					:: won -> acquire(o, the_w)
					:: else
					fi;
					won = 0;
					i++
				fi
			fi;
			unlock_object(o, holds)
		fi
	:: else -> break
	od;
	i = 0;
	o = 0
}

inline try_all(the_w, the_queue)
{
	take_lock(freeze);
	can = 1;
	i = 0;
	do
	:: i < OBJECTS ->
		o = object_of(the_w, i);
		take_lock(lock[o]);
		settle(o);
		frozen[o]++;
		can = can && is_signalled(o);
		lock[o] = 0;
		i++
	:: else -> break
	od;
	if
	:: can -> wait_end(the_w, 0, won); won = 0
	:: else
	fi;
	i = 0;
	do
	:: i < OBJECTS ->
		o = object_of(the_w, i);
		take_lock(lock[o]);
		if
		:: can -> acquire(o, the_w); frozen[o]--
		:: !can && the_queue -> enqueue(o, the_w)
		:: else -> frozen[o]--
		fi;
		lock[o] = 0;
		i++
	:: else -> break
	od;
	freeze = 0;
	can = 0;
	i = 0;
	o = 0
}

inline sleep(the_w)
{
#ifdef BROKEN_LOOK_THEN_SLEEP
	if
	:: outcome[the_w] == PENDING -> asleep[the_w] = 1
	:: else
	fi;
#else
	asleep[the_w] = 1;
	if
	:: outcome[the_w] != PENDING -> asleep[the_w] = 0
	:: else
	fi;
#endif
end_asleep:
	if
	:: !asleep[the_w]
	:: (GIVES_UP >> the_w) & 1 ->
		asleep[the_w] = 0;
#ifdef BROKEN_GIVE_UP_ANYWAY
		outcome[the_w] = GIVEN_UP
#else
		wait_end(the_w, GIVEN_UP, won);
		won = 0
#endif
	fi
}

inline dequeue(the_w)
{
	i = 0;
	do
	:: i < OBJECTS && (queued >> object_of(the_w, i)) & 1 ->
		o = object_of(the_w, i);
		lock_object(o, holds);
		leave_queue(o, the_w, at);
		if
		:: is_all(the_w) ->
			frozen[o]--;
			if
			:: holds && !frozen[o] -> freeze = 0; holds = 0
			:: else
			fi
		:: else
		fi;
		unlock_object(o, holds);
		i++
	:: i < OBJECTS && !((queued >> object_of(the_w, i)) & 1) -> i++
	:: else -> break
	od;
	queued = 0;
	i = 0;
	o = 0
}

inline try(the_w, the_queue)
{
	if
	:: is_all(the_w) -> try_all(the_w, the_queue)
	:: else -> try_any(the_w, the_queue)
	fi
}

/* What is released of what it has; object 0 is for signallers only. */
inline release_mutex(the_w)
{
	lock_object(1, holds);
	assert(owner == the_w);
	atomic { owner = NOBODY; abandoned = 0 }
	serve(1);
	unlock_object(1, holds)
}

proctype wait(byte w)
{
	byte i, o, place, served, at, queued;
	bit holds, won, can;

	try(w, 0);
	if
	:: outcome[w] == PENDING ->
		try(w, 1);
		if
		:: outcome[w] == PENDING -> sleep(w)
		:: else
		fi;
		dequeue(w)
	:: else
	fi;
	atomic {
		assert(outcome[w] != PENDING);
		if
		:: outcome[w] == GIVEN_UP
		:: else ->
			if
			:: is_all(w) -> taken[0]++; taken[1]++
			:: else -> taken[object_of(w, outcome[w])]++
			fi
		fi
	}
	if
	:: is_mutex(1) && outcome[w] != GIVEN_UP &&
	   (is_all(w) || object_of(w, outcome[w]) == 1) -> release_mutex(w)
	:: else
	fi;
	returned[w] = 1
}

proctype signal(byte o)
{
	byte sets, place, served, at;
	bit holds, won;

	do
	:: sets < SETS ->
		lock_object(o, holds);
		atomic { count[o]++; put[o]++ }
		serve(o);
		unlock_object(o, holds);
		sets++
	:: else -> break
	od
}

#ifdef MUTEX
proctype death()
{
	byte place, served, at;
	bit holds, won;

	ending = 1;
	lock_object(1, holds);
	if
	:: owner == THE_DYING -> abandon(1)
	:: else
	fi;
	unlock_object(1, holds)
}
#endif

#define could_go_on(w)							\
	((is_all(w) && both_signalled) ||				\
	 (!is_all(w) && (is_signalled(0) || is_signalled(1))))

/* When nothing more can happen. */
proctype judge()
{
	byte w, sleepers, freezers;

	timeout;
	d_step {
		assert(!lock[0] && !lock[1] && !freeze);
		do
		:: w < WAITERS ->
			if
			:: returned[w]
			:: else ->
				assert(asleep[w] && outcome[w] == PENDING);
				assert(!could_go_on(w));
				sleepers++;
				freezers = freezers + is_all(w)
			fi;
			w++
		:: else -> break
		od;
		assert(waiters[0].length == sleepers && waiters[1].length == sleepers);
		assert(frozen[0] == freezers && frozen[1] == freezers);
		assert(put[0] == taken[0] + count[0]);
		if
		:: is_mutex(1) ->
			assert(owner == NOBODY);
			assert(told_abandoned == (taken[1] > 0))
		:: else ->
			assert(put[1] == taken[1] + count[1])
		fi
	}
}

init {
	byte w;

	atomic {
		do
		:: w < WAITERS -> run wait(w); w++
		:: else -> break
		od;
		run signal(0);
#ifdef MUTEX
		owner = THE_DYING;
		run death();
#else
		run signal(1);
#endif
		run judge()
	}
}

#ifdef LTL
ltl returns {
	[] ((outcome[0] != PENDING) -> <> returned[0]) &&
	[] ((outcome[1] != PENDING) -> <> returned[1])
}
#endif
