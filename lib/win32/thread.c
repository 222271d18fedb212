// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads that this library knows: those that it made, and those that have asked for
 * something that needs to know them.
 *
 * Each has an object with a name, which its thread makes itself, and is in a list.
 * A thread leaves the list when the system does not know it any more: until then it
 * can be seen to be leaving, which is how the last one knows that it is the last.
 * What it uses is given back earlier, when it ends and nobody else uses it.
 *
 * The list and its lock are in a page that the kernel gives to a child filled with
 * zeros: of the threads of its parent, a child knows none, and the one that it has is
 * known anew.
 *
 * With the lock held all signals are blocked: a thread that is suspended or
 * terminated does not have it.
 */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct registry {
	atomic_uint generation;		/* of this process; 0: none yet */
	pthread_mutex_t lock;		/* zeros are an unlocked mutex */
	struct win32_thread *first;
};

static struct registry *registry;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
/* How many processes have come down to this one. */
static atomic_uint generations;

static _Thread_local struct win32_thread *current;

static void lock(sigset_t *mask)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, mask);
	pthread_mutex_lock(&registry->lock);
}

static void unlock(const sigset_t *mask)
{
	pthread_mutex_unlock(&registry->lock);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

static uint32_t generation_now(void)
{
	unsigned int none = 0, ours;

	ours = atomic_load(&registry->generation);
	if (ours)
		return ours;
	ours = atomic_fetch_add(&generations, 1) + 1;
	if (atomic_compare_exchange_strong(&registry->generation, &none, ours))
		return ours;
	return none;
}

struct win32_thread *win32_self_known(void)
{
	struct win32_thread *self = current;

	return self && self->generation == generation_now() ? self : NULL;
}

/* What it used; but for its memory, which others may look at. */
static void release(struct win32_thread *thread)
{
	struct wapi_client *client;

	win32_apc_free(&thread->apcs);
	client = thread->object ? win32_client() : NULL;
	if (client)
		wapi_close(client, thread->object, NULL);
}

static void disown(struct win32_thread *thread)
{
	if (atomic_fetch_sub(&thread->owners, 1) == 1)
		free(thread);
}

void win32_thread_use(struct win32_thread *thread)
{
	atomic_fetch_add(&thread->users, 1);
}

void win32_thread_put(struct win32_thread *thread)
{
	if (atomic_fetch_sub(&thread->users, 1) != 1)
		return;
	release(thread);
	disown(thread);
}

bool win32_tid_is_gone(pid_t tid)
{
	return syscall(SYS_tgkill, getpid(), tid, 0) && errno == ESRCH;
}

/* Take those out of the list that have ended and are gone; @tid has another now. */
static struct win32_thread *sweep_locked(pid_t tid)
{
	struct win32_thread **at = &registry->first, *dead = NULL, *thread;

	while ((thread = *at)) {
		if (thread->tid != tid && (!(atomic_load(&thread->control) & WIN32_ENDED) ||
					   !win32_tid_is_gone(thread->tid))) {
			at = &thread->next;
			continue;
		}
		*at = thread->next;
		thread->next = dead;
		dead = thread;
	}
	return dead;
}

static void bury(struct win32_thread *dead)
{
	while (dead) {
		struct win32_thread *next = dead->next;

		/* It could not give back what it used, nor its stack. */
		if (dead->was_cut && dead->is_ours)
			pthread_join(dead->pthread, NULL);
		if (dead->was_cut)
			win32_thread_put(dead);
		disown(dead);
		dead = next;
	}
}

/* One that left by a system call of its own is signalled before the system shows it. */
static bool leaves_locked(pid_t tid)
{
	struct win32_thread *thread;

	for (thread = registry->first; thread; thread = thread->next)
		if (thread->tid == tid)
			return atomic_load(&thread->control) & WIN32_ENDED ||
			       !wapi_wait_one(win32_client(), thread->object, 0, NULL);
	return false;
}

/*
 * The thread runs nothing more that others see, but that it is the last: then it is
 * to end the process.
 */
static bool end(struct win32_thread *self)
{
	sigset_t mask;
	bool last;

	win32_block_note_times(self->block);
	win32_apc_end(&self->apcs);
	lock(&mask);
	last = win32_thread_is_last(leaves_locked);
	if (!last)
		atomic_fetch_or(&self->control, WIN32_ENDED);
	unlock(&mask);
	if (!last)
		win32_thread_wake(self);
	return last;
}

/* Called as often as can be: the destructors of others may still need the thread. */
static void destroy(void *data)
{
	struct win32_thread *self = data;

	if (!self || self != win32_self_known())
		return;
	if (++self->rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
	    !pthread_setspecific(key, self))
		return;
	if (end(self))
		win32_exit_last(self->code, false);
	if (self->is_ours)
		pthread_detach(pthread_self());
	current = NULL;
	win32_thread_put(self);
}

void win32_thread_set_code(struct win32_thread *thread, DWORD code)
{
	thread->code = code;
	wapi_thread_exit(win32_client(), thread->object, (int32_t)code);
}

_Noreturn void win32_thread_cut(struct win32_thread *self, DWORD code)
{
	win32_thread_set_code(self, code);
	self->was_cut = true;
	if (end(self))
		win32_exit_last(code, true);
	for (;;)
		syscall(SYS_exit, 0);
}

static void init(void)
{
	void *page;

	if (pthread_key_create(&key, destroy))
		return;
	page = mmap(NULL, sizeof(*registry), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	if (madvise(page, sizeof(*registry), MADV_WIPEONFORK)) {
		munmap(page, sizeof(*registry));
		return;
	}
	registry = page;
	win32_suspend_init();
}

struct win32_thread *win32_thread_new(void)
{
	struct win32_thread *thread;

	pthread_once(&once, init);
	thread = registry ? calloc(1, sizeof(*thread)) : NULL;
	if (!thread) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	thread->generation = generation_now();
	atomic_init(&thread->owners, 1);
	atomic_init(&thread->users, 1);
	win32_apc_begin(&thread->apcs);
	return thread;
}

static int make_object(struct wapi_client *client, struct win32_thread *thread)
{
	char name[WIN32_IDENTITY_SIZE];
	int error = win32_name_of_thread(thread->tid, name);

	return error ? error : wapi_thread_new(client, 0, name, &thread->object, NULL);
}

DWORD win32_thread_begin(struct win32_thread *thread)
{
	struct wapi_client *client = win32_client();
	struct win32_thread *dead;
	sigset_t mask;
	int error;

	if (!client)
		return GetLastError();
	thread->tid = gettid();
	thread->pthread = pthread_self();
	error = make_object(client, thread);
	if (!error)
		error = win32_block_make(client, thread->object, &thread->block);
	if (error)
		return win32_error_of(error);
	if (pthread_setspecific(key, thread))
		return ERROR_NOT_ENOUGH_MEMORY;
	win32_thread_use(thread);
	atomic_fetch_add(&thread->owners, 1);
	lock(&mask);
	dead = sweep_locked(thread->tid);
	thread->next = registry->first;
	registry->first = thread;
	unlock(&mask);
	current = thread;
	bury(dead);
	return NO_ERROR;
}

static struct win32_thread *register_self(void)
{
	struct win32_thread *thread = win32_thread_new();
	DWORD error;
	int cancel;

	if (!thread)
		return NULL;
	/* Files are read there; and it must not be known by half. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	error = win32_thread_begin(thread);
	if (!error)
		win32_suspend_allow();
	pthread_setcancelstate(cancel, NULL);
	/* The thread itself is a user, if it has begun. */
	win32_thread_put(thread);
	if (!error)
		return current;
	win32_fail(error);
	return NULL;
}

struct win32_thread *win32_self(void)
{
	struct win32_thread *self = current ? win32_self_known() : NULL;
	DWORD before;

	if (self)
		return self;
	before = GetLastError();
	self = register_self();
	if (self)
		SetLastError(before);
	return self;
}

/* One that has not ended, with a user more, or NULL. */
static struct win32_thread *find(uint32_t object)
{
	struct win32_thread *thread;
	sigset_t mask;

	pthread_once(&once, init);
	if (!registry)
		return NULL;
	lock(&mask);
	for (thread = registry->first; thread; thread = thread->next)
		if (thread->object == object &&
		    !(atomic_load(&thread->control) & WIN32_ENDED))
			break;
	if (thread)
		win32_thread_use(thread);
	unlock(&mask);
	return thread;
}

/* Why none of this process's threads that go on has this object. */
static DWORD why_not(uint32_t object)
{
	struct win32_thread_block *block;
	struct wapi_query query;
	int error;

	error = wapi_query(win32_client(), object, &query);
	if (error)
		return win32_error_of(error);
	if (query.state.flags & WAPI_STATE_ENDED)
		return ERROR_GEN_FAILURE;
	block = win32_thread_block_of(&query);
	if (block && atomic_load(&block->pid) == getpid())
		return ERROR_GEN_FAILURE;
	return ERROR_NOT_SUPPORTED;
}

struct win32_thread *win32_thread_get(HANDLE handle)
{
	struct win32_thread *thread;
	uint32_t object;

	if (handle == WIN32_PSEUDO_THREAD) {
		thread = win32_self();
		if (thread)
			win32_thread_use(thread);
		return thread;
	}
	if (!win32_handle_object_of(handle, WAPI_TYPE_THREAD, &object))
		return NULL;
	thread = find(object);
	/* It may have ended without our knowing, by the system call. */
	if (thread && wapi_wait_one(win32_client(), object, 0, NULL) == -ETIMEDOUT)
		return thread;
	if (thread)
		win32_thread_put(thread);
	win32_fail(why_not(object));
	return NULL;
}

BOOL win32_thread_hold(HANDLE handle, uint32_t *object, struct wapi_query *query)
{
	struct wapi_client *client;
	int error;

	if (!win32_handle_hold(handle, object))
		return FALSE;
	client = win32_client();
	error = wapi_query(client, *object, query);
	if (!error && query->type == WAPI_TYPE_THREAD)
		return TRUE;
	wapi_close(client, *object, NULL);
	return error ? win32_fail_errno(error) : win32_fail(ERROR_INVALID_HANDLE);
}
