// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads: how they begin, and end by themselves.
 *
 * A new thread makes itself known and parks, see suspend.c, with all signals blocked;
 * whoever made it lets it go when there is a handle, so that it is never seen without
 * one.
 *
 * ExitThread() goes back to where the thread began by longjmp(): nothing is unwound,
 * as nothing is in Windows, and the thread then ends as if its function had returned.
 */
#include "internal.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Windows' granularity of a stack. */
#define GRANULE	((size_t)65536)

/* In the way of longjmp() there is no variable here that it could spoil. */
static void call(struct win32_thread *thread)
{
	if (setjmp(thread->out))
		return;
	thread->can_jump = true;
	/* What was queued before it began. */
	win32_apc_run(&thread->apcs);
	win32_thread_set_code(thread, thread->start(thread->parameter));
}

static void *run(void *data)
{
	struct win32_thread *thread = data;
	int cancel;

	thread->error = win32_thread_begin(thread);
	if (thread->error) {
		atomic_fetch_or(&thread->control, WIN32_ENDED);
		win32_thread_wake(thread);
		return NULL;
	}
	win32_priority_begin(thread);
	if (!win32_park(thread))
		return NULL;
	pthread_sigmask(SIG_SETMASK, &thread->mask, NULL);
	win32_suspend_allow();
	call(thread);
	/* What longjmp() has left cannot be gone back to. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	/* Of a forked child it is not a thread that we made. */
	if (thread == win32_self_known())
		thread->can_jump = false;
	return (void *)(uintptr_t)thread->code;
}

/*
 * Memory is taken when it is touched: so to commit it is not asked for, but there must
 * be as much.
 */
static bool set_stack_size(pthread_attr_t *attributes, SIZE_T size, DWORD flags)
{
	size_t least = sysconf(_SC_THREAD_STACK_MIN), usual;

	if (!size)
		return true;
	if (size > SIZE_MAX / 2)
		return false;
	size = (size + least + GRANULE - 1) / GRANULE * GRANULE;
	if (!(flags & STACK_SIZE_PARAM_IS_A_RESERVATION) &&
	    !pthread_attr_getstacksize(attributes, &usual) && size < usual)
		return true;
	return !pthread_attr_setstacksize(attributes, size);
}

/* False if there is no memory for it; else it has begun, or says why it has not. */
static bool start_pthread(struct win32_thread *thread, SIZE_T stack_size, DWORD flags)
{
	pthread_attr_t attributes;
	pthread_t pthread;
	bool started;
	sigset_t all;

	if (pthread_attr_init(&attributes))
		return false;
	started = set_stack_size(&attributes, stack_size, flags);
	if (started) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &thread->mask);
		started = !pthread_create(&pthread, &attributes, run, thread);
		pthread_sigmask(SIG_SETMASK, &thread->mask, NULL);
	}
	pthread_attr_destroy(&attributes);
	if (!started)
		return false;
	win32_wait_parked(thread);
	if (thread->error)
		pthread_join(pthread, NULL);
	return true;
}

/* Let the thread go, if it has a handle. */
static HANDLE let_go(struct win32_thread *thread, const SECURITY_ATTRIBUTES *attributes)
{
	HANDLE handle = NULL;
	int error;

	error = wapi_open(win32_client(), thread->object, NULL);
	if (error)
		win32_fail_errno(error);
	else
		handle = win32_handle_add(thread->object, win32_inherits(attributes));
	if (!handle)
		atomic_fetch_or(&thread->control, WIN32_QUIT);
	return handle;
}

WIN32_EXPORT HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack_size,
					LPTHREAD_START_ROUTINE start, LPVOID parameter,
					DWORD flags, LPDWORD id)
{
	struct win32_thread *creator, *thread;
	HANDLE handle = NULL;
	pid_t tid;

	if (!start || flags & ~(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION)) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	creator = win32_self();
	thread = creator ? win32_thread_new() : NULL;
	if (!thread)
		return NULL;
	thread->is_ours = true;
	thread->start = start;
	thread->parameter = parameter;
	thread->priority = atomic_load(&creator->block->priority);
	thread->base = atomic_load(&creator->block->base);
	atomic_store(&thread->control, WIN32_HELD | (flags & CREATE_SUSPENDED ? 1 : 0));

	if (!start_pthread(thread, stack_size, flags))
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	else if (thread->error)
		win32_fail(thread->error);
	else
		handle = let_go(thread, attributes);
	tid = thread->tid;
	if (handle && id)
		*id = (DWORD)tid;
	atomic_fetch_and(&thread->control, ~WIN32_HELD);
	win32_thread_wake(thread);
	win32_thread_put(thread);
	return handle;
}

WIN32_EXPORT HANDLE WINAPI OpenThread(DWORD access, BOOL inherit, DWORD id)
{
	struct wapi_client *client = win32_client();
	char name[WIN32_IDENTITY_SIZE];
	uint32_t object;
	int error;

	(void)access;
	if (!client)
		return NULL;
	if (!id || id > INT32_MAX || win32_name_of_thread((pid_t)id, name)) {
		win32_fail(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	/* The calling thread may not be known yet. */
	if ((pid_t)id == gettid() && !win32_self())
		return NULL;
	error = wapi_open_name(client, name, WAPI_TYPE_THREAD, &object, NULL);
	if (!error)
		return win32_handle_add(object, inherit);
	/* It is there, but only it could make its object. */
	win32_fail(error == -ENOENT ? ERROR_NOT_SUPPORTED : win32_error_of(error));
	return NULL;
}

WIN32_EXPORT void WINAPI ExitThread(DWORD code)
{
	struct win32_thread *self = win32_self();
	sigset_t before, all;

	if (!self)
		pthread_exit((void *)(uintptr_t)code);
	/* In a destructor there is nothing to go back to. */
	if (self->rounds) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		win32_thread_cut(self, code);
	}
	win32_thread_set_code(self, code);
	if (self->can_jump)
		longjmp(self->out, 1);
	pthread_exit((void *)(uintptr_t)code);
}
