// SPDX-License-Identifier: GPL-2.0
/*
 * The states of every type: what each operation does in each of them, what is
 * told of them, in the state table too, and whom it wakes.  The tables here are
 * meant to be read.
 */
#include <limits.h>

#include "wait_test.h"

/* ---- the states, and what is told of each ---- */

enum state_name {
	SAME,			/* in the tables: the state does not change */
	MANUAL_RESET,
	MANUAL_SET,
	AUTO_RESET,
	AUTO_SET,
	SEM_0_OF_3,
	SEM_1_OF_3,
	SEM_2_OF_3,
	SEM_3_OF_3,
	MUTEX_FREE,
	MUTEX_OWN_ONCE,		/* the calling thread has it */
	MUTEX_OWN_TWICE,
	MUTEX_OWN_THRICE,
	MUTEX_OTHERS,		/* another thread has it */
	MUTEX_ABANDONED,
	PROCESS_RECORD,		/* stands for no process */
	PROCESS_RUNNING,
	PROCESS_ENDED,
	THREAD_RECORD,
	THREAD_SELF,		/* stands for the calling thread */
	THREAD_SELF_TOLD,	/* which has told its exit code */
	THREAD_OTHER,
	THREAD_ENDED,
	FILE_RESET,
	FILE_SET,
	CONSOLE_RESET,
	CONSOLE_SET,
	SOCKET_RESET,
	SOCKET_SET,
	PIPE_RESET,
	PIPE_SET,
	TIMER_MANUAL_IDLE,	/* not signalled, and not to be */
	TIMER_MANUAL_ARMED,
	TIMER_MANUAL_DUE,	/* signalled, and not to be again */
	TIMER_MANUAL_PERIODIC,	/* signalled, and to be again */
	TIMER_AUTO_IDLE,
	TIMER_AUTO_ARMED,
	TIMER_AUTO_DUE,
	TIMER_AUTO_PERIODIC,
	FIND,
	STATES
};

enum whose { NOBODYS, OWN, OTHERS, ENDED };

#define EXIT_CODE 7

static const struct {
	const char *name;
	__u32 type;
	__u32 flags;		/* of wapi_state */
	bool signalled;		/* to the calling thread, and to any but the owner */
	__u32 count, maximum;
	enum whose whose;	/* pid and tid that are told */
} states[STATES] = {
#define STATE(name, type, ...) [name] = { #name, WAPI_TYPE_##type, __VA_ARGS__ }
	STATE(MANUAL_RESET,	EVENT,	 WAPI_STATE_MANUAL,	false),
	STATE(MANUAL_SET,	EVENT,	 WAPI_STATE_MANUAL,	true),
	STATE(AUTO_RESET,	EVENT,	 0,			false),
	STATE(AUTO_SET,		EVENT,	 0,			true),
	STATE(SEM_0_OF_3,	SEM,	 0,			false,	0, 3),
	STATE(SEM_1_OF_3,	SEM,	 0,			true,	1, 3),
	STATE(SEM_2_OF_3,	SEM,	 0,			true,	2, 3),
	STATE(SEM_3_OF_3,	SEM,	 0,			true,	3, 3),
	STATE(MUTEX_FREE,	MUTEX,	 0,			true),
	STATE(MUTEX_OWN_ONCE,	MUTEX,	 0,			true,	1, 0, OWN),
	STATE(MUTEX_OWN_TWICE,	MUTEX,	 0,			true,	2, 0, OWN),
	STATE(MUTEX_OWN_THRICE,	MUTEX,	 0,			true,	3, 0, OWN),
	STATE(MUTEX_OTHERS,	MUTEX,	 0,			false,	1, 0, OTHERS),
	STATE(MUTEX_ABANDONED,	MUTEX,	 WAPI_STATE_ABANDONED,	true,	0, 0, ENDED),
	STATE(PROCESS_RECORD,	PROCESS, 0,			false),
	STATE(PROCESS_RUNNING,	PROCESS, 0,			false,	0, 0, OTHERS),
	STATE(PROCESS_ENDED,	PROCESS, WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, true,
								0, 0, ENDED),
	STATE(THREAD_RECORD,	THREAD,	 0,			false),
	STATE(THREAD_SELF,	THREAD,	 0,			false,	0, 0, OWN),
	STATE(THREAD_SELF_TOLD,	THREAD,	 WAPI_STATE_EXIT_KNOWN,	false,	0, 0, OWN),
	STATE(THREAD_OTHER,	THREAD,	 0,			false,	0, 0, OTHERS),
	STATE(THREAD_ENDED,	THREAD,	 WAPI_STATE_ENDED,	true,	0, 0, ENDED),
	STATE(FILE_RESET,	FILE,	 0,			false),
	STATE(FILE_SET,		FILE,	 0,			true),
	STATE(CONSOLE_RESET,	CONSOLE, 0,			false),
	STATE(CONSOLE_SET,	CONSOLE, 0,			true),
	STATE(SOCKET_RESET,	SOCKET,	 0,			false),
	STATE(SOCKET_SET,	SOCKET,	 0,			true),
	STATE(PIPE_RESET,	PIPE,	 0,			false),
	STATE(PIPE_SET,		PIPE,	 0,			true),
	STATE(TIMER_MANUAL_IDLE, TIMER,	 WAPI_STATE_MANUAL,	false),
	STATE(TIMER_MANUAL_ARMED, TIMER, WAPI_STATE_MANUAL | WAPI_STATE_ARMED, false),
	STATE(TIMER_MANUAL_DUE,	TIMER,	 WAPI_STATE_MANUAL,	true),
	STATE(TIMER_MANUAL_PERIODIC, TIMER, WAPI_STATE_MANUAL | WAPI_STATE_ARMED, true),
	STATE(TIMER_AUTO_IDLE,	TIMER,	 0,			false),
	STATE(TIMER_AUTO_ARMED,	TIMER,	 WAPI_STATE_ARMED,	false),
	STATE(TIMER_AUTO_DUE,	TIMER,	 0,			true),
	STATE(TIMER_AUTO_PERIODIC, TIMER, WAPI_STATE_ARMED,	true),
	STATE(FIND,		FIND,	 0,			false),
};

/* ---- what each operation does in each state ---- */

enum operation {
	WAIT, SET, RESET, PULSE, RELEASE, ADD_0, ADD_1, ADD_2, ADD_4, EXIT, TO_FD,
	ARM, ARM_NOW, ARM_PERIOD, CANCEL,
	OPERATIONS
};

static const char *const operation_names[OPERATIONS] = {
	"wait", "set", "reset", "pulse", "mutex_release", "sem_release by 0",
	"sem_release by 1", "sem_release by 2", "sem_release by 4", "thread_exit", "to_fd",
	"timer_set", "timer_set to now", "timer_set to now, with a period", "timer_cancel",
};

/*
 * What the request tells (the index that ended a wait, the previous state or
 * count, how often the mutex is still had) or the error, and the new state.
 */
struct outcome {
	int result;
	enum state_name state;
};

#define NOT	{ -EOPNOTSUPP, SAME }
#define LATE	{ -ETIMEDOUT, SAME }
#define MUCH	{ -EOVERFLOW, SAME }
#define NONE	{ -EINVAL, SAME }
#define EPERMIT	{ -EPERM, SAME }
#define DONE	{ 0, SAME }
#define SET_STAYS	{ 1, SAME }
#define TIMERS_NOT	NOT, NOT, NOT, NOT

static const struct outcome outcomes[STATES][OPERATIONS] = {
	/*
	 * wait 0, set, reset, pulse, mutex_release, sem_release 0, 1, 2, 4, thread_exit, to_fd,
	 * timer_set, to now, with a period, timer_cancel
	 */
	[MANUAL_RESET] = {
		LATE, { 0, MANUAL_SET }, DONE, DONE,
		NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[MANUAL_SET] = {
		DONE, SET_STAYS, { 1, MANUAL_RESET }, { 1, MANUAL_RESET },
		NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[AUTO_RESET] = {
		LATE, { 0, AUTO_SET }, DONE, DONE,
		NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[AUTO_SET] = {
		{ 0, AUTO_RESET }, SET_STAYS, { 1, AUTO_RESET }, { 1, AUTO_RESET },
		NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },

	[SEM_0_OF_3] = {
		LATE, NOT, NOT, NOT, NOT,
		NONE, { 0, SEM_1_OF_3 }, { 0, SEM_2_OF_3 }, MUCH, NOT, DONE, TIMERS_NOT },
	[SEM_1_OF_3] = {
		{ 0, SEM_0_OF_3 }, NOT, NOT, NOT, NOT,
		NONE, { 1, SEM_2_OF_3 }, { 1, SEM_3_OF_3 }, MUCH, NOT, DONE, TIMERS_NOT },
	[SEM_2_OF_3] = {
		{ 0, SEM_1_OF_3 }, NOT, NOT, NOT, NOT,
		NONE, { 2, SEM_3_OF_3 }, MUCH, MUCH, NOT, DONE, TIMERS_NOT },
	[SEM_3_OF_3] = {
		{ 0, SEM_2_OF_3 }, NOT, NOT, NOT, NOT,
		NONE, MUCH, MUCH, MUCH, NOT, DONE, TIMERS_NOT },

	[MUTEX_FREE] = {
		{ 0, MUTEX_OWN_ONCE }, NOT, NOT, NOT, EPERMIT,
		NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[MUTEX_OWN_ONCE] = {
		{ 0, MUTEX_OWN_TWICE }, NOT, NOT, NOT, { 0, MUTEX_FREE },
		NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[MUTEX_OWN_TWICE] = {
		{ 0, MUTEX_OWN_THRICE }, NOT, NOT, NOT, { 1, MUTEX_OWN_ONCE },
		NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[MUTEX_OWN_THRICE] = {
		DONE, NOT, NOT, NOT, { 2, MUTEX_OWN_TWICE },
		NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[MUTEX_OTHERS] = {
		LATE, NOT, NOT, NOT, EPERMIT,
		NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[MUTEX_ABANDONED] = {
		{ 0, MUTEX_OWN_ONCE }, NOT, NOT, NOT, EPERMIT,
		NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },

	[PROCESS_RECORD] = {
		LATE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[PROCESS_RUNNING] = {
		LATE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },
	[PROCESS_ENDED] = {
		DONE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },

	[THREAD_RECORD] = {
		LATE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, EPERMIT, DONE, TIMERS_NOT },
	[THREAD_SELF] = {
		LATE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT,
		{ 0, THREAD_SELF_TOLD }, DONE, TIMERS_NOT },
	[THREAD_SELF_TOLD] = {
		LATE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, DONE, DONE, TIMERS_NOT },
	[THREAD_OTHER] = {
		LATE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, EPERMIT, DONE, TIMERS_NOT },
	[THREAD_ENDED] = {
		DONE, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, EPERMIT, DONE, TIMERS_NOT },

	/* Files, consoles, sockets and pipes are like events reset by hand. */
#define RECORDS(type)								\
	[type##_RESET] = {							\
		LATE, { 0, type##_SET }, DONE, DONE,				\
		NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT },				\
	[type##_SET] = {							\
		DONE, SET_STAYS, { 1, type##_RESET }, { 1, type##_RESET },	\
		NOT, NOT, NOT, NOT, NOT, NOT, DONE, TIMERS_NOT }
	RECORDS(FILE),
	RECORDS(CONSOLE),
	RECORDS(SOCKET),
	RECORDS(PIPE),

	/* What was signalled before is told, and whether it was to be. */
#define TIMER(manual, state, wait, armed, signalled)				\
	[TIMER_##manual##_##state] = {						\
		wait, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, DONE,	\
		{ signalled, TIMER_##manual##_ARMED },				\
		{ signalled, TIMER_##manual##_DUE },				\
		{ signalled, TIMER_##manual##_PERIODIC }, armed }
#define WAS_ARMED(state) { 1, state }
#define TAKEN(state) { 0, state }
	TIMER(MANUAL, IDLE,	LATE, DONE, 0),
	TIMER(MANUAL, ARMED,	LATE, WAS_ARMED(TIMER_MANUAL_IDLE), 0),
	TIMER(MANUAL, DUE,	DONE, DONE, 1),
	TIMER(MANUAL, PERIODIC,	DONE, WAS_ARMED(TIMER_MANUAL_DUE), 1),
	TIMER(AUTO, IDLE,	LATE, DONE, 0),
	TIMER(AUTO, ARMED,	LATE, WAS_ARMED(TIMER_AUTO_IDLE), 0),
	TIMER(AUTO, DUE,	TAKEN(TIMER_AUTO_IDLE), DONE, 1),
	TIMER(AUTO, PERIODIC,	TAKEN(TIMER_AUTO_ARMED), WAS_ARMED(TIMER_AUTO_DUE), 1),

	[FIND] = {
		NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, TIMERS_NOT },
};

/* ---- whom an operation wakes, of three who wait in this order ---- */

/* More than the operations above: the end of what an object stands for. */
#define PROCESS_END	OPERATIONS		/* of the process that is meant */
#define THREAD_END	(OPERATIONS + 1)	/* of the thread that is meant, or the owner */

static const char *name_of(unsigned int operation)
{
	if (operation == PROCESS_END)
		return "the end of the process";
	if (operation == THREAD_END)
		return "the end of the thread";
	return operation_names[operation];
}

static const struct {
	enum state_name from;
	unsigned int operation;
	int woken;			/* so many from the front of the queue */
	enum state_name to[4];		/* with 0, 1, 2 and 3 who wait */
} wakes[] = {
	{ MANUAL_RESET,	SET,	3, { MANUAL_SET, MANUAL_SET, MANUAL_SET, MANUAL_SET } },
	{ MANUAL_RESET,	PULSE,	3, { MANUAL_RESET, MANUAL_RESET, MANUAL_RESET, MANUAL_RESET } },
	{ MANUAL_RESET,	RESET,	0, { MANUAL_RESET, MANUAL_RESET, MANUAL_RESET, MANUAL_RESET } },
	{ AUTO_RESET,	SET,	1, { AUTO_SET, AUTO_RESET, AUTO_RESET, AUTO_RESET } },
	{ AUTO_RESET,	PULSE,	1, { AUTO_RESET, AUTO_RESET, AUTO_RESET, AUTO_RESET } },
	{ AUTO_RESET,	RESET,	0, { AUTO_RESET, AUTO_RESET, AUTO_RESET, AUTO_RESET } },
	{ SEM_0_OF_3,	ADD_0,	0, { SEM_0_OF_3, SEM_0_OF_3, SEM_0_OF_3, SEM_0_OF_3 } },
	{ SEM_0_OF_3,	ADD_1,	1, { SEM_1_OF_3, SEM_0_OF_3, SEM_0_OF_3, SEM_0_OF_3 } },
	{ SEM_0_OF_3,	ADD_2,	2, { SEM_2_OF_3, SEM_1_OF_3, SEM_0_OF_3, SEM_0_OF_3 } },
	/* More than the maximum, though three of it would be taken at once. */
	{ SEM_0_OF_3,	ADD_4,	0, { SEM_0_OF_3, SEM_0_OF_3, SEM_0_OF_3, SEM_0_OF_3 } },
	{ MUTEX_OWN_ONCE,  RELEASE, 1, { MUTEX_FREE, MUTEX_OTHERS, MUTEX_OTHERS, MUTEX_OTHERS } },
	{ MUTEX_OWN_TWICE, RELEASE, 0, { MUTEX_OWN_ONCE, MUTEX_OWN_ONCE, MUTEX_OWN_ONCE,
					 MUTEX_OWN_ONCE } },
	/* By one who does not own it. */
	{ MUTEX_OTHERS,	RELEASE, 0, { MUTEX_OTHERS, MUTEX_OTHERS, MUTEX_OTHERS, MUTEX_OTHERS } },
	{ MUTEX_OTHERS,	THREAD_END, 1, { MUTEX_ABANDONED, MUTEX_OTHERS, MUTEX_OTHERS,
					 MUTEX_OTHERS } },
	{ PROCESS_RUNNING, PROCESS_END, 3, { PROCESS_ENDED, PROCESS_ENDED, PROCESS_ENDED,
					     PROCESS_ENDED } },
	{ THREAD_OTHER,	THREAD_END, 3, { THREAD_ENDED, THREAD_ENDED, THREAD_ENDED,
					 THREAD_ENDED } },
	{ THREAD_SELF,	EXIT,	0, { THREAD_SELF_TOLD, THREAD_SELF_TOLD, THREAD_SELF_TOLD,
				     THREAD_SELF_TOLD } },
	{ FILE_RESET,	SET,	3, { FILE_SET, FILE_SET, FILE_SET, FILE_SET } },
	{ FILE_RESET,	PULSE,	3, { FILE_RESET, FILE_RESET, FILE_RESET, FILE_RESET } },
	{ CONSOLE_RESET, SET,	3, { CONSOLE_SET, CONSOLE_SET, CONSOLE_SET, CONSOLE_SET } },
	{ CONSOLE_RESET, PULSE,	3, { CONSOLE_RESET, CONSOLE_RESET, CONSOLE_RESET,
				     CONSOLE_RESET } },
	{ TIMER_MANUAL_IDLE, ARM_NOW, 3, { TIMER_MANUAL_DUE, TIMER_MANUAL_DUE, TIMER_MANUAL_DUE,
					   TIMER_MANUAL_DUE } },
	{ TIMER_MANUAL_ARMED, CANCEL, 0, { TIMER_MANUAL_IDLE, TIMER_MANUAL_IDLE,
					   TIMER_MANUAL_IDLE, TIMER_MANUAL_IDLE } },
	{ TIMER_AUTO_IDLE, ARM, 0, { TIMER_AUTO_ARMED, TIMER_AUTO_ARMED, TIMER_AUTO_ARMED,
				     TIMER_AUTO_ARMED } },
	{ TIMER_AUTO_IDLE, ARM_NOW, 1, { TIMER_AUTO_DUE, TIMER_AUTO_IDLE, TIMER_AUTO_IDLE,
					 TIMER_AUTO_IDLE } },
	{ TIMER_AUTO_ARMED, ARM_PERIOD, 1, { TIMER_AUTO_PERIODIC, TIMER_AUTO_ARMED,
					     TIMER_AUTO_ARMED, TIMER_AUTO_ARMED } },
	{ TIMER_AUTO_ARMED, CANCEL, 0, { TIMER_AUTO_IDLE, TIMER_AUTO_IDLE, TIMER_AUTO_IDLE,
					 TIMER_AUTO_IDLE } },
	{ SOCKET_RESET,	SET,	3, { SOCKET_SET, SOCKET_SET, SOCKET_SET, SOCKET_SET } },
	{ SOCKET_RESET,	PULSE,	3, { SOCKET_RESET, SOCKET_RESET, SOCKET_RESET, SOCKET_RESET } },
	{ PIPE_RESET,	SET,	3, { PIPE_SET, PIPE_SET, PIPE_SET, PIPE_SET } },
	{ PIPE_RESET,	PULSE,	3, { PIPE_RESET, PIPE_RESET, PIPE_RESET, PIPE_RESET } },
};

/* ---- the machinery ---- */

/*
 * An object in a state, and who it takes for that: a thread that owns the mutex
 * or is what is meant, or a child process.
 */
struct subject {
	int fd;
	int handle;
	enum state_name state;
	pthread_t thread;
	bool has_thread;
	_Atomic int ready;		/* the thread has done its part */
	atomic_bool leave;
	_Atomic pid_t tid;
	struct peer peer;
	pid_t pid;
	__s64 begin;			/* CLOCK_BOOTTIME when it was made */
};

static void *second_thread(void *argument)
{
	struct subject *subject = argument;

	subject->tid = syscall(SYS_gettid);
	if (states[subject->state].type == WAPI_TYPE_MUTEX)
		subject->ready = take(subject->fd, subject->handle) ? -1 : 1;
	else
		subject->ready = (subject->handle = new_thread(subject->fd)) > 0 ? 1 : -1;
	while (!subject->leave)
		usleep(500);
	return NULL;
}

static int start_second_thread(struct subject *subject)
{
	if (pthread_create(&subject->thread, NULL, second_thread, subject))
		return -EAGAIN;
	subject->has_thread = true;
	return within(20, subject->ready) && subject->ready == 1 ? 0 : -EPROTO;
}

static void end_second_thread(struct subject *subject)
{
	if (!subject->has_thread)
		return;
	subject->leave = true;
	pthread_join(subject->thread, NULL);
	subject->has_thread = false;
}

static int start_child(struct subject *subject)
{
	pid_t pid = start_peer(&subject->peer);

	if (pid < 0)
		return pid;
	if (!pid) {
		receive(&subject->peer);
		_exit(EXIT_CODE);
	}
	subject->pid = pid;
	subject->handle = new_process(subject->fd, pid);
	return subject->handle < 0 ? subject->handle : 0;
}

static int end_child(struct subject *subject)
{
	send_to(&subject->peer, 0);
	return wait_for_peer(&subject->peer) == EXIT_CODE ? 0 : -EPROTO;
}

#define HOUR (3600 * 1000000000ll)

static int arm(int fd, __u32 handle, unsigned int operation)
{
	return set_timer(fd, handle, 0, operation == ARM ? HOUR : 0,
			 operation == ARM_PERIOD ? HOUR : 0);
}

/* 0 or -errno. */
static int enter(struct subject *subject, int fd, enum state_name state)
{
	struct wapi_new new = new_request(states[state].type);
	int error = 0;

	*subject = (struct subject){
		.fd = fd, .state = state, .begin = clock_ns(CLOCK_BOOTTIME),
	};
	switch (state) {
	case PROCESS_RUNNING:
		return start_child(subject);
	case PROCESS_ENDED:
		error = start_child(subject);
		if (!error)
			error = end_child(subject);
		/* Its end and what is told of it come within this call. */
		return error ? error : wait_one(fd, subject->handle, 20000);
	case THREAD_SELF:
	case THREAD_SELF_TOLD:
		subject->handle = new_thread(fd);
		if (subject->handle > 0 && state == THREAD_SELF_TOLD)
			error = set_exit_code(fd, subject->handle, EXIT_CODE);
		return subject->handle < 0 ? subject->handle : error;
	case THREAD_OTHER:
		return start_second_thread(subject);
	case THREAD_ENDED:
		error = start_second_thread(subject);
		end_second_thread(subject);
		return error ? error : wait_one(fd, subject->handle, 20000);
	default:
		break;
	}

	switch (state) {
	case MANUAL_SET:
		new.flags = WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED;
		break;
	case MANUAL_RESET:
		new.flags = WAPI_NEW_MANUAL;
		break;
	case AUTO_SET:
	case FILE_SET:
	case CONSOLE_SET:
	case SOCKET_SET:
	case PIPE_SET:
		new.flags = WAPI_NEW_SIGNALLED;
		break;
	case MUTEX_OWN_ONCE:
	case MUTEX_OWN_TWICE:
	case MUTEX_OWN_THRICE:
		new.flags = WAPI_NEW_OWNED;
		break;
	case TIMER_MANUAL_IDLE:
	case TIMER_MANUAL_ARMED:
	case TIMER_MANUAL_DUE:
	case TIMER_MANUAL_PERIODIC:
		new.flags = WAPI_NEW_MANUAL;
		break;
	default:
		break;
	}
	if (new.type == WAPI_TYPE_SEM) {
		new.count = states[state].count;
		new.maximum = states[state].maximum;
	}
	subject->handle = new_object(fd, new);
	if (subject->handle < 0)
		return subject->handle;
	switch (state) {
	case TIMER_MANUAL_ARMED:
	case TIMER_AUTO_ARMED:
		error = arm(fd, subject->handle, ARM);
		break;
	case TIMER_MANUAL_DUE:
	case TIMER_AUTO_DUE:
		error = arm(fd, subject->handle, ARM_NOW);
		break;
	case TIMER_MANUAL_PERIODIC:
	case TIMER_AUTO_PERIODIC:
		error = arm(fd, subject->handle, ARM_PERIOD);
		break;
	default:
		break;
	}
	if (new.flags & WAPI_NEW_OWNED)
		for (__u32 i = 1; i < states[state].count && !error; i++)
			error = take(fd, subject->handle);
	if (state == MUTEX_OTHERS || state == MUTEX_ABANDONED)
		error = start_second_thread(subject);
	if (state == MUTEX_ABANDONED) {
		end_second_thread(subject);
		if (!within(SOON, state_of(fd, subject->handle).flags & WAPI_STATE_ABANDONED))
			error = -EPROTO;
	}
	return error;
}

static void leave(struct subject *subject)
{
	while (subject->handle > 0 && release_mutex(subject->fd, subject->handle) > 0)
		;
	end_second_thread(subject);
	if (subject->peer.pid > 0 && subject->peer.line >= 0)
		kill_peer(&subject->peer);
	if (subject->handle > 0)
		close_handle(subject->fd, subject->handle);
}

/* The state table, of the domain of the test that runs. */
static const __u32 *table;

/* What stands there for an object in that state, its generation apart. */
static __u32 told_of_state(enum state_name state)
{
	__u32 type = states[state].type, told = type;

	/* To anybody: not to the owner alone. */
	if (states[state].signalled && states[state].whose != OWN)
		told |= WAPI_ENTRY_SIGNALLED;
	/* Only the kernel knows who asks, whether a thread is just ending, and what time it is. */
	if (type == WAPI_TYPE_MUTEX || type == WAPI_TYPE_PROCESS || type == WAPI_TYPE_THREAD ||
	    type == WAPI_TYPE_TIMER)
		told |= WAPI_ENTRY_ASK;
	if (states[state].flags & WAPI_STATE_MANUAL ||
	    (type != WAPI_TYPE_EVENT && type != WAPI_TYPE_MUTEX && type != WAPI_TYPE_SEM &&
	     type != WAPI_TYPE_FIND && type != WAPI_TYPE_TIMER))
		told |= WAPI_ENTRY_KEEPS;
	return told;
}

/* "" if the object is in that state by all that is told of it. */
static const char *difference(const struct subject *subject, enum state_name state,
			      __u32 waiters)
{
	static char text[300];
	struct wapi_query query = look(subject->fd, subject->handle);
	struct wapi_handle_record record = listed(subject->fd, subject->handle);
	__u32 type = states[state].type;
	bool for_others = states[state].signalled && states[state].whose != OWN;
	pid_t pid = 0, tid = 0, self = syscall(SYS_gettid);

	switch (states[state].whose) {
	case NOBODYS:
		break;
	case OWN:
		tid = self;
		pid = type == WAPI_TYPE_MUTEX ? getpid() : 0;
		break;
	case OTHERS:
		tid = type == WAPI_TYPE_PROCESS ? 0 : subject->tid;
		pid = type == WAPI_TYPE_PROCESS ? subject->pid :
		      type == WAPI_TYPE_MUTEX ? getpid() : 0;
		break;
	case ENDED:
		tid = type == WAPI_TYPE_PROCESS ? 0 : subject->tid;
		pid = type == WAPI_TYPE_PROCESS ? subject->pid : 0;
		break;
	}

#define DIFFERS(what, format, seen, expected)					\
	if ((seen) != (expected)) {						\
		snprintf(text, sizeof(text), "%s: %s is " format ", not " format, \
			 states[state].name, what, seen, expected);		\
		return text;							\
	}
	DIFFERS("type", "%u", query.type, type);
	DIFFERS("listed type", "%u", record.type, type);
	DIFFERS("signalled", "%u", query.signalled, (__u32)states[state].signalled);
	DIFFERS("listed signalled", "%u", record.signalled, (__u32)for_others);
	DIFFERS("flags", "%#x", query.state.flags, states[state].flags);
	DIFFERS("waiters", "%u", query.state.waiters, waiters);
	DIFFERS("pid", "%d", query.state.pid, pid);
	DIFFERS("tid", "%d", query.state.tid, tid);
	/* How often a timer was set is in timer.c. */
	if (type != WAPI_TYPE_TIMER)
		DIFFERS("count", "%u", query.state.count, states[state].count);
	DIFFERS("maximum", "%u", query.state.maximum, states[state].maximum);
	DIFFERS("padding", "%u", query.state.pad, 0u);
	DIFFERS("exit status", "%#x", query.state.exit_status,
		state == PROCESS_ENDED ? EXIT_CODE << 8 :
		state == THREAD_SELF_TOLD ? EXIT_CODE : 0);
	if (memcmp(&query.state, &record.state, sizeof(query.state))) {
		snprintf(text, sizeof(text), "%s: QUERY and LIST tell different states",
			 states[state].name);
		return text;
	}

	/* What is to be asked for may come a little later. */
	if (told_of_state(state) & WAPI_ENTRY_ASK)
		within(SOON, told_of(table, subject->handle) == told_of_state(state));
	DIFFERS("entry in the table", "%#x", told_of(table, subject->handle),
		told_of_state(state));

	/* Times are told for what runs or ran, and make sense. */
	if (type == WAPI_TYPE_PROCESS || type == WAPI_TYPE_THREAD) {
		__s64 now = clock_ns(CLOCK_BOOTTIME), start = query.state.start_time;
		__s64 end = query.state.end_time;
		bool known = states[state].whose != NOBODYS;
		bool ended = states[state].whose == ENDED;

		if (!known != !start || start > now ||
		    (known && states[state].whose != OWN && start < subject->begin - 20000000)) {
			snprintf(text, sizeof(text), "%s: starts at %lld, made at %lld",
				 states[state].name, start, subject->begin);
			return text;
		}
		if (!ended != !end || (end && (end < start || end > now))) {
			snprintf(text, sizeof(text), "%s: ends at %lld, starts at %lld",
				 states[state].name, end, start);
			return text;
		}
	} else if (type != WAPI_TYPE_TIMER && (query.state.start_time || query.state.end_time)) {
		return "times of what does not run";
	}
	return "";
}

static int operate(const struct subject *subject, unsigned int operation)
{
	int fd = subject->fd, handle = subject->handle, result;

	switch (operation) {
	case WAIT:
		return take(fd, handle);
	case SET:
		return set(fd, handle);
	case RESET:
		return reset(fd, handle);
	case PULSE:
		return pulse(fd, handle);
	case RELEASE:
		return release_mutex(fd, handle);
	case ADD_0:
		return release_semaphore(fd, handle, 0);
	case ADD_1:
		return release_semaphore(fd, handle, 1);
	case ADD_2:
		return release_semaphore(fd, handle, 2);
	case ADD_4:
		return release_semaphore(fd, handle, 4);
	case EXIT:
		return set_exit_code(fd, handle, EXIT_CODE);
	case TO_FD:
		result = object_to_fd(fd, handle, O_CLOEXEC);
		if (result >= 0)
			close(result);
		return result < 0 ? result : 0;
	case ARM:
	case ARM_NOW:
	case ARM_PERIOD:
		return arm(fd, handle, operation);
	case CANCEL:
		return cancel_timer(fd, handle);
	}
	return -ENOSYS;
}

FIXTURE(states) {
	int fd;
};

FIXTURE_SETUP(states)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	table = map_states(self->fd);
	ASSERT_NE(MAP_FAILED, table);
}

FIXTURE_TEARDOWN(states)
{
	close(self->fd);
}

TEST_F(states, each_state_is_told_by_query_and_list)
{
	struct subject subject;

	for (unsigned int state = SAME + 1; state < STATES; state++) {
		ASSERT_EQ(0, enter(&subject, self->fd, state)) {
			TH_LOG("%s", states[state].name);
		}
		EXPECT_STREQ("", difference(&subject, state, 0));
		leave(&subject);
	}
	/* Those of this thread live as long as it does. */
	EXPECT_TRUE(within(SOON, read_info(self->fd).handles == 2));
	EXPECT_EQ(2, live_entries(table));
}

TEST_F(states, each_operation_in_each_state_does_what_the_table_says)
{
	struct subject subject;
	enum state_name to;
	int result;

	for (unsigned int state = SAME + 1; state < STATES; state++)
		for (unsigned int operation = 0; operation < OPERATIONS; operation++) {
			const struct outcome *outcome = &outcomes[state][operation];

			/* There is no fourth time in the table. */
			if (state == MUTEX_OWN_THRICE && operation == WAIT)
				continue;
			ASSERT_EQ(0, enter(&subject, self->fd, state)) {
				TH_LOG("%s", states[state].name);
			}
			result = operate(&subject, operation);
			EXPECT_EQ(outcome->result, result) {
				TH_LOG("%s of %s", name_of(operation), states[state].name);
			}
			to = outcome->state == SAME ? state : outcome->state;
			EXPECT_STREQ("", difference(&subject, to, 0)) {
				TH_LOG("after %s of %s", name_of(operation), states[state].name);
			}
			leave(&subject);
		}
	/* Those of this thread live as long as it does. */
	EXPECT_TRUE(within(SOON, read_info(self->fd).handles == 2 * OPERATIONS));
}

struct many_objects {
	int fd;
	int handles[64];
};

static void *thread_of_many_objects(void *argument)
{
	struct many_objects *objects = argument;

	for (unsigned int i = 0; i < ARRAY_SIZE(objects->handles); i++)
		objects->handles[i] = new_thread(objects->fd);
	return NULL;
}

/*
 * Who joined a thread is told that it has ended at once, and the kernel goes
 * through its objects at about that time: so one is asked about just as it is
 * noted of it.
 */
TEST_F(states, when_a_thread_ended_is_told_alike_by_whoever_is_asked_first)
{
	struct many_objects objects = { .fd = self->fd };
	const int many = ARRAY_SIZE(objects.handles);
	__s64 first[ARRAY_SIZE(objects.handles)];
	pthread_t thread;

	for (int round = 0; round < 1500; round++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, thread_of_many_objects, &objects));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		for (int i = 0; i < many; i++) {
			int of = round % 2 ? i : many - 1 - i;

			first[of] = state_of(self->fd, objects.handles[of]).end_time;
		}
		usleep(200);
		for (int i = 0; i < many; i++) {
			ASSERT_LT(0, first[i]);
			ASSERT_EQ(first[i], state_of(self->fd, objects.handles[i]).end_time) {
				TH_LOG("of object %d in round %d", i, round);
			}
			ASSERT_LE(0, close_handle(self->fd, objects.handles[i]));
		}
	}
}

/* What happens without a request: an end, and time. */
static const struct happening {
	enum state_name before;
	__u32 flag;			/* that it has then, or has no more */
	bool has;
} happenings[] = {
	{ THREAD_OTHER,		WAPI_STATE_ENDED,	true },
	{ PROCESS_RUNNING,	WAPI_STATE_ENDED,	true },
	{ MUTEX_OTHERS,		WAPI_STATE_ABANDONED,	true },
	{ TIMER_MANUAL_ARMED,	WAPI_STATE_ARMED,	false },
};

static void make_happen(struct subject *subject)
{
	if (subject->state == PROCESS_RUNNING)
		send_to(&subject->peer, 0);
	else if (subject->state == TIMER_MANUAL_ARMED)
		set_timer(subject->fd, subject->handle, 0, 100000, 0);
	else
		subject->leave = true;
}

/* It may be asked about at each moment of that. */
TEST_F(states, are_told_of_one_moment_with_whether_it_is_signalled)
{
	for (unsigned int round = 0; round < 1200; round++) {
		const struct happening *happening = &happenings[round % ARRAY_SIZE(happenings)];
		bool by_list = round / ARRAY_SIZE(happenings) % 2, past = false;
		struct subject subject;

		ASSERT_EQ(0, enter(&subject, self->fd, happening->before));
		make_happen(&subject);
		while (!past) {
			struct wapi_handle_record record;
			struct wapi_query query;

			if (by_list) {
				record = listed(self->fd, subject.handle);
				query.signalled = record.signalled;
				query.state = record.state;
			} else {
				query = look(self->fd, subject.handle);
			}
			past = !(query.state.flags & happening->flag) == !happening->has;
			ASSERT_EQ(past, query.signalled) {
				TH_LOG("round %u, of what was %s", round,
				       states[happening->before].name);
			}
		}
		leave(&subject);
	}
}

TEST_F(states, each_operation_wakes_those_that_the_table_says)
{
	struct sleeper sleepers[3];
	struct subject subject;

	for (unsigned int i = 0; i < ARRAY_SIZE(wakes); i++)
		for (int waiting = 0; waiting <= 3; waiting++) {
			int woken = wakes[i].woken < waiting ? wakes[i].woken : waiting;
			enum state_name to = wakes[i].to[waiting];

			ASSERT_EQ(0, enter(&subject, self->fd, wakes[i].from));
			for (int j = 0; j < waiting; j++) {
				prepare_sleeper(&sleepers[j], self->fd, &subject.handle,
						1, 0, FOREVER);
				sleepers[j].stay = true;
				ASSERT_EQ(0, start_sleeper_at(&sleepers[j],
							      &sleepers[j].wait));
				ASSERT_EQ(j + 1, waiters_of(self->fd, subject.handle));
			}
			if (wakes[i].operation == PROCESS_END) {
				ASSERT_EQ(0, end_child(&subject));
			} else if (wakes[i].operation == THREAD_END) {
				end_second_thread(&subject);
			} else {
				operate(&subject, wakes[i].operation);
			}

			for (int j = 0; j < woken; j++) {
				ASSERT_TRUE(has_ended(&sleepers[j])) {
					TH_LOG("%s of %s does not wake waiter %d of %d",
					       name_of(wakes[i].operation),
					       states[wakes[i].from].name, j + 1, waiting);
				}
				EXPECT_EQ(0, sleepers[j].result);
				/* Told whose mutex it was only if that one ended. */
				EXPECT_EQ(wakes[i].from == MUTEX_OTHERS ? 0 :
						WAPI_WAIT_NOT_ABANDONED,
					  sleepers[j].wait.abandoned);
				EXPECT_EQ(wakes[i].from == MUTEX_OTHERS ? (int)subject.tid : 0,
					  sleepers[j].wait.abandoned_tid);
			}
			for (int j = woken; j < waiting; j++) {
				EXPECT_TRUE(sleeps(&sleepers[j])) {
					TH_LOG("%s of %s wakes waiter %d of %d",
					       name_of(wakes[i].operation),
					       states[wakes[i].from].name, j + 1, waiting);
				}
			}
			/* The owner is now the one who waited first. */
			if (states[wakes[i].from].type == WAPI_TYPE_MUTEX && woken)
				subject.tid = sleepers[0].tid;
			/* What follows an end does not follow within a call. */
			if (wakes[i].operation >= OPERATIONS && !waiting)
				within(SOON, !*difference(&subject, to, 0));
			EXPECT_STREQ("", difference(&subject, to, waiting - woken)) {
				TH_LOG("after %s of %s with %d waiting",
				       name_of(wakes[i].operation),
				       states[wakes[i].from].name, waiting);
			}

			/* Let the others go, by a signal handler or what it takes. */
			while (woken < waiting) {
				struct wapi_state state = state_of(self->fd, subject.handle);

				if (states[wakes[i].from].type == WAPI_TYPE_MUTEX) {
					/* The present owner ends, whoever it is. */
					for (int j = 0; j < woken; j++) {
						if (!sleepers[j].started)
							continue;
						ASSERT_EQ(0, join_sleeper(&sleepers[j]));
					}
					while (release_mutex(self->fd, subject.handle) > 0)
						;
					end_second_thread(&subject);
				} else if (states[wakes[i].from].type == WAPI_TYPE_SEM) {
					release_semaphore(self->fd, subject.handle, 1);
				} else if (states[wakes[i].from].type == WAPI_TYPE_TIMER) {
					arm(self->fd, subject.handle, ARM_NOW);
				} else if (wakes[i].from == THREAD_SELF) {
					break;
				} else {
					set(self->fd, subject.handle);
				}
				ASSERT_TRUE(has_ended(&sleepers[woken])) {
					TH_LOG("%s: count %u", states[wakes[i].from].name,
					       state.count);
				}
				woken++;
			}
			if (wakes[i].from == THREAD_SELF) {
				/* They wait for the end of this very thread. */
				for (int j = 0; j < waiting; j++) {
					sleepers[j].stay = false;
					EXPECT_TRUE(sleeps(&sleepers[j]));
				}
				break;
			}
			for (int j = 0; j < waiting; j++) {
				if (!sleepers[j].started)
					continue;
				EXPECT_EQ(0, join_sleeper(&sleepers[j]));
			}
			leave(&subject);
		}
}

/* ---- the flags of New, and the states that it makes ---- */

static const struct {
	__u32 type, flags;
} new_flags[] = {
	{ WAPI_TYPE_FILE,	WAPI_NEW_SIGNALLED },
	{ WAPI_TYPE_CONSOLE,	WAPI_NEW_SIGNALLED },
	{ WAPI_TYPE_THREAD,	WAPI_NEW_SELF },
	{ WAPI_TYPE_SEM,	0 },
	{ WAPI_TYPE_MUTEX,	WAPI_NEW_OWNED },
	{ WAPI_TYPE_EVENT,	WAPI_NEW_SIGNALLED | WAPI_NEW_MANUAL },
	{ WAPI_TYPE_SOCKET,	WAPI_NEW_SIGNALLED },
	{ WAPI_TYPE_FIND,	0 },
	{ WAPI_TYPE_PROCESS,	WAPI_NEW_PIDFD },
	{ WAPI_TYPE_PIPE,	WAPI_NEW_SIGNALLED },
	{ WAPI_TYPE_TIMER,	WAPI_NEW_MANUAL },
};

TEST_F(states, new_takes_the_flags_of_the_type_and_refuses_each_other)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	struct wapi_new new;

	ASSERT_LE(0, pidfd);
	for (unsigned int i = 0; i < ARRAY_SIZE(new_flags); i++)
		for (unsigned int bit = 0; bit < 32; bit++) {
			new = new_request(new_flags[i].type);
			new.flags = 1u << bit;
			if (!(new_flags[i].flags & new.flags)) {
				EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new) {
					TH_LOG("type %u, flag %u", new.type, bit);
				}
				continue;
			}
			if (new.flags == WAPI_NEW_PIDFD)
				new.pidfd = pidfd;
			EXPECT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_NEW, &new)) {
				TH_LOG("type %u, flag %u", new.type, bit);
			}
			EXPECT_EQ(0, new.existed);
		}
	close(pidfd);
}

TEST_F(states, new_refuses_counts_of_what_is_no_semaphore)
{
	struct wapi_new new;

	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		if (type == WAPI_TYPE_SEM)
			continue;
		new = new_request(type);
		new.count = 1;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
		new.count = 0;
		new.maximum = 1;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
	}
}

TEST_F(states, new_refuses_a_pidfd_that_is_not_asked_for)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	struct wapi_new new;

	ASSERT_LT(0, pidfd);
	for (__u32 type = 1; type < WAPI_TYPE_COUNT; type++) {
		new = new_request(type);
		new.pidfd = pidfd;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
	}
	close(pidfd);
}

TEST_F(states, new_refuses_what_is_no_pidfd)
{
	struct wapi_new new = new_request(WAPI_TYPE_PROCESS);
	int proc = open("/proc/self", O_RDONLY | O_DIRECTORY);
	const int wrong[] = { -1, 1000000, self->fd, proc, INT_MIN };

	new.flags = WAPI_NEW_PIDFD;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		new.pidfd = wrong[i];
		EXPECT_REFUSED(EBADF, self->fd, WAPI_IOC_NEW, &new);
	}
	close(proc);
}

/* Limits of semaphores */

TEST_F(states, a_semaphore_has_a_maximum_from_1_to_2_to_the_31_less_1)
{
	static const struct {
		__u32 count, maximum, told;
	} good[] = {
		{ 0, 0, 0x7fffffff }, { 5, 0, 0x7fffffff }, { 0x7fffffff, 0, 0x7fffffff },
		{ 0, 1, 1 }, { 1, 1, 1 }, { 0, 0x7fffffff, 0x7fffffff },
		{ 0x7fffffff, 0x7fffffff, 0x7fffffff },
	};
	static const struct {
		__u32 count, maximum;
	} wrong[] = {
		{ 2, 1 }, { 0, 0x80000000 }, { 0, ~0u }, { 0x80000000, 0 }, { ~0u, 0 },
	};
	struct wapi_new new = new_request(WAPI_TYPE_SEM);
	struct wapi_state state;
	int handle;

	for (unsigned int i = 0; i < ARRAY_SIZE(good); i++) {
		handle = new_semaphore(self->fd, good[i].count, good[i].maximum);
		ASSERT_LT(0, handle);
		state = state_of(self->fd, handle);
		EXPECT_EQ(good[i].count, state.count);
		EXPECT_EQ(good[i].told, state.maximum);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		new.count = wrong[i].count;
		new.maximum = wrong[i].maximum;
		EXPECT_REFUSED(EINVAL, self->fd, WAPI_IOC_NEW, &new);
	}
}

TEST_F(states, a_semaphore_is_released_up_to_its_maximum_and_not_beyond)
{
	static const __u32 maxima[] = { 1, 2, 1000, 0x7fffffff };
	struct wapi_sem_release release;
	int handle;

	for (unsigned int i = 0; i < ARRAY_SIZE(maxima); i++)
		for (__u32 count = 0; count <= maxima[i]; count += (maxima[i] + 1) / 2) {
			const __u32 beyond[] = {
				maxima[i] - count + 1, 0x7fffffff, 0x80000000, ~0u, ~count + 1,
			};

			handle = new_semaphore(self->fd, count, maxima[i]);
			ASSERT_LT(0, handle);
			for (unsigned int j = 0; j < ARRAY_SIZE(beyond); j++) {
				if (beyond[j] <= maxima[i] - count)
					continue;
				release = (struct wapi_sem_release){
					.handle = handle, .count = beyond[j], .previous = POISON32,
				};
				EXPECT_REFUSED(EOVERFLOW, self->fd, WAPI_IOC_SEM_RELEASE,
					       &release);
			}
			if (count < maxima[i]) {
				EXPECT_EQ(count, release_semaphore(self->fd, handle,
								   maxima[i] - count));
			}
			EXPECT_EQ(maxima[i], count_of(self->fd, handle));
			close_handle(self->fd, handle);
		}
}

TEST_F(states, a_mutex_is_released_as_often_as_it_was_taken)
{
	int handle = new_mutex(self->fd, 0);
	struct sleeper sleeper;

	for (int i = 1; i <= 1000; i++) {
		ASSERT_EQ(0, take(self->fd, handle));
		ASSERT_EQ(i, count_of(self->fd, handle));
	}
	ASSERT_EQ(0, start_sleeper(&sleeper, self->fd, &handle, 1, 0, FOREVER));
	for (int i = 999; i >= 1; i--) {
		ASSERT_EQ(i, release_mutex(self->fd, handle));
		ASSERT_EQ(i, count_of(self->fd, handle));
	}
	EXPECT_TRUE(sleeps(&sleeper));
	EXPECT_EQ(0, release_mutex(self->fd, handle));
	EXPECT_EQ(0, join_sleeper(&sleeper));
	EXPECT_EQ(WAPI_WAIT_NOT_ABANDONED, sleeper.wait.abandoned);
	EXPECT_EQ(-EPERM, release_mutex(self->fd, handle));
}

/* ---- what is told of owners, waiters, processes and threads ---- */

TEST_F(states, the_owner_of_a_mutex_is_told_to_another_process)
{
	int handle = new_mutex(self->fd, 0), fd;
	struct wapi_state state;
	struct peer peer;
	pid_t pid = start_peer(&peer);

	ASSERT_LE(0, pid);
	if (!pid) {
		fd = open_device();
		REQUIRE(!open_handle(fd, handle));
		REQUIRE(take(fd, handle) == 0 && take(fd, handle) == 0);
		send_to(&peer, 0);
		receive(&peer);
		_exit(0);
	}
	ASSERT_EQ(0, receive(&peer));
	state = state_of(self->fd, handle);
	EXPECT_EQ(pid, state.pid);
	EXPECT_EQ(pid, state.tid);
	EXPECT_EQ(2, state.count);
	EXPECT_EQ(0, state.flags);
	EXPECT_EQ(0, is_signalled(self->fd, handle));
	EXPECT_EQ(-EPERM, release_mutex(self->fd, handle));
	send_to(&peer, 0);
	EXPECT_EQ(0, wait_for_peer(&peer));
	EXPECT_EQ(0, wait_abandoned(self->fd, handle, pid, 5000));
}

static void find_waiters(struct wapi_waiter_record *record, void *context)
{
	struct wapi_waiter_record **next = context;

	*(*next)++ = *record;
}

TEST_F(states, who_waits_is_told_in_the_order_of_service)
{
	int handles[2] = { new_event(self->fd, 0), new_semaphore(self->fd, 0, 1) };
	struct wapi_waiter_record records[8], *next = records;
	__s64 begin = clock_ns(CLOCK_MONOTONIC);
	struct sleeper sleepers[3];

	EXPECT_EQ(0, for_each_waiter(self->fd, NULL, NULL));
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, handles, 2,
					   i == 1 ? WAPI_WAIT_ALL : 0, FOREVER));
	EXPECT_EQ(3, waiters_of(self->fd, handles[0]));
	EXPECT_EQ(3, waiters_of(self->fd, handles[1]));
	ASSERT_EQ(6, for_each_waiter(self->fd, find_waiters, &next));
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ((__u32)handles[i / 3], records[i].handle);
		EXPECT_EQ(sleepers[i % 3].tid, records[i].tid);
		EXPECT_EQ(getpid(), records[i].pid);
		EXPECT_EQ(i % 3 == 1, records[i].all);
		EXPECT_LE(begin, (__s64)records[i].since);
		EXPECT_GE(clock_ns(CLOCK_MONOTONIC), (__s64)records[i].since);
		EXPECT_TRUE(i % 3 == 0 || records[i - 1].since <= records[i].since);
	}
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, set(self->fd, handles[0]));
	EXPECT_EQ(0, join_sleeper(&sleepers[0]));
	EXPECT_EQ(0, join_sleeper(&sleepers[2]));
	EXPECT_EQ(1, waiters_of(self->fd, handles[0]));
	EXPECT_EQ(0, set(self->fd, handles[0]));
	EXPECT_EQ(0, release_semaphore(self->fd, handles[1], 1));
	EXPECT_EQ(0, join_sleeper(&sleepers[1]));
	EXPECT_EQ(0, for_each_waiter(self->fd, NULL, NULL));
}

TEST_F(states, who_waits_is_told_though_one_answer_has_no_room_for_all)
{
	enum { SLEEPERS = 5, ROOM = 2 };
	struct wapi_waiter_record records[ROOM];
	struct wapi_list list = list_request(WAPI_LIST_WAITERS, records, sizeof(records[0]), ROOM);
	int event = new_event(self->fd, WAPI_NEW_MANUAL);
	struct sleeper sleepers[SLEEPERS];
	unsigned int told = 0;

	for (int i = 0; i < SLEEPERS; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], self->fd, &event, 1, 0, FOREVER));
	for (;;) {
		poison(records, sizeof(records));
		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_LIST, &list));
		if (!list.count)
			break;
		ASSERT_GE(ROOM, list.count);
		for (unsigned int i = 0; i < list.count; i++, told++) {
			ASSERT_GT(SLEEPERS, told);
			EXPECT_EQ(sleepers[told].tid, records[i].tid);
		}
	}
	EXPECT_EQ(SLEEPERS, told);
	EXPECT_EQ(0, set(self->fd, event));
	for (int i = 0; i < SLEEPERS; i++)
		EXPECT_EQ(0, join_sleeper(&sleepers[i]));
}

TEST_F(states, the_exit_status_of_a_process_is_told_after_it_was_reaped)
{
	static const struct {
		int code, signal;
	} ends[] = {
		{ 0, 0 }, { 1, 0 }, { 255, 0 }, { 0, SIGKILL }, { 0, SIGTERM }, { 0, SIGUSR1 },
	};
	struct wapi_state state, later;
	int handle, status;
	pid_t pid;

	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (!ends[i].signal)
				_exit(ends[i].code);
			for (;;)
				pause();
		}
		handle = new_process(self->fd, pid);
		ASSERT_LT(0, handle);
		if (ends[i].signal)
			kill(pid, ends[i].signal);
		/* It need not be reaped for that. */
		ASSERT_EQ(0, wait_one(self->fd, handle, 20000));
		state = state_of(self->fd, handle);
		EXPECT_EQ(pid, state.pid);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(status, state.exit_status);
		EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, state.flags);
		later = state_of(self->fd, handle);
		EXPECT_EQ(0, memcmp(&state, &later, sizeof(state)));
		EXPECT_EQ(0, take(self->fd, handle));
	}
}

TEST_F(states, a_process_that_has_ended_before_is_signalled_from_the_beginning)
{
	siginfo_t info;
	int handle;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(EXIT_CODE);
	ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	handle = new_process(self->fd, pid);
	ASSERT_LT(0, handle);
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, state_of(self->fd, handle).flags);
	EXPECT_EQ(EXIT_CODE << 8, state_of(self->fd, handle).exit_status);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(0, take(self->fd, handle));
}

TEST_F(states, a_process_that_has_been_reaped_before_is_signalled_with_no_status)
{
	int handle, pidfd;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(EXIT_CODE);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	ASSERT_LE(0, pidfd);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	handle = new_process_of_pidfd(self->fd, pidfd);
	ASSERT_LT(0, handle);
	EXPECT_EQ(0, take(self->fd, handle));
	EXPECT_EQ(WAPI_STATE_ENDED, state_of(self->fd, handle).flags);
	EXPECT_EQ(0, state_of(self->fd, handle).exit_status);
	close(pidfd);
}

struct told_thread {
	int fd, handle, error;
	__s32 status;
	bool twice;
};

static void *tell_and_end(void *argument)
{
	struct told_thread *told = argument;

	told->handle = new_thread(told->fd);
	if (told->twice)
		set_exit_code(told->fd, told->handle, ~told->status);
	told->error = set_exit_code(told->fd, told->handle, told->status);
	return NULL;
}

TEST_F(states, the_exit_code_of_a_thread_is_what_it_told_last)
{
	static const __s32 codes[] = { 0, 1, -1, 0x7fffffff, (__s32)0x80000000, 259 };
	struct told_thread told;
	struct wapi_state state;
	pthread_t thread;

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(codes); i++) {
		told = (struct told_thread){
			.fd = self->fd, .status = codes[i / 2], .twice = i % 2,
		};
		ASSERT_EQ(0, pthread_create(&thread, NULL, tell_and_end, &told));
		pthread_join(thread, NULL);
		ASSERT_LT(0, told.handle);
		ASSERT_EQ(0, told.error);
		ASSERT_EQ(0, wait_one(self->fd, told.handle, 20000));
		state = state_of(self->fd, told.handle);
		EXPECT_EQ(codes[i / 2], state.exit_status);
		EXPECT_EQ(WAPI_STATE_ENDED | WAPI_STATE_EXIT_KNOWN, state.flags);
		/* The kernel may hold it a little longer. */
		EXPECT_LE(0, close_handle(self->fd, told.handle));
		EXPECT_TRUE(within(SOON, read_info(self->fd).handles == 0));
	}
}

TEST_HARNESS_MAIN
