// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * This process: its client, the object that stands for it and its table of handles.
 * They are made by the first call that needs them, and go with the process.
 *
 * What is true in this process only is in a page that the kernel gives to a child
 * filled with zeros (MADV_WIPEONFORK), so that a child begins anew however it was made,
 * and whatever other threads were doing.  The client outlives a fork: in a child it
 * stands for one of the child's own, see libwapi(7).
 */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

struct view {
	atomic_bool is_there;	/* all of @process is */
	pthread_mutex_t lock;	/* zeros are an unlocked mutex */
	struct win32_process process;
};

static struct view *view;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Written with the lock held, once for all children too. */
static struct wapi_client *client;

static void map_view(void)
{
	void *page = mmap(NULL, sizeof(*view), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	if (madvise(page, sizeof(*view), MADV_WIPEONFORK))
		munmap(page, sizeof(*view));
	else
		view = page;
}

/* The table in the data block of an object, if it is one, and the block's size. */
static struct win32_table *table_in(struct wapi_client *of, uint32_t process, size_t *size)
{
	struct wapi_query query;
	void *table;

	if (wapi_query(of, process, &query) || query.block_size < win32_block_size() ||
	    wapi_scratch_ptr(of, query.block, query.block_size, &table))
		return NULL;
	*size = query.block_size;
	return table;
}

struct win32_table *win32_block_of(struct wapi_client *of, uint32_t process)
{
	size_t size;

	return table_in(of, process, &size);
}

struct win32_table *win32_table_of(struct wapi_client *of, uint32_t process)
{
	struct win32_table *table = win32_block_of(of, process);

	return table && win32_table_is_one(table) ? table : NULL;
}

int win32_table_make(struct wapi_client *of, uint32_t process, struct win32_table **table,
		     size_t *size)
{
	uint64_t block;
	int error;

	*table = table_in(of, process, size);
	if (*table)
		return 0;
	error = wapi_scratch(of, win32_block_size(), &block);
	if (error)
		return error;
	error = wapi_attach(of, process, block);
	if (error)
		wapi_scratch_free(of, block);
	/* Another was quicker. */
	if (error && error != -EBUSY)
		return error;
	*table = table_in(of, process, size);
	return *table ? 0 : -ENOMEM;
}

static int make_object(struct win32_process *process)
{
	char name[WIN32_IDENTITY_SIZE];
	int error = win32_name_of_process(getpid(), name);

	return error ? error : wapi_process_new_pid(process->client, 0, getpid(), name,
						    &process->object, NULL);
}

/* The references of our client to our object, or 0. */
static uint32_t own_references(const struct win32_process *process)
{
	struct wapi_query query;

	return wapi_query(process->client, process->object, &query) ? 0 : query.own_references;
}

/*
 * What another process gives goes to the first client of this one.  If that is another
 * than ours, which the program opened itself, it would be of no use here.
 */
static bool others_reach(const struct win32_process *process)
{
	uint32_t before = own_references(process);

	if (wapi_dup_to(process->client, process->object, process->object, 0, NULL) ||
	    own_references(process) == before)
		return false;
	wapi_close(process->client, process->object, NULL);
	return true;
}

static int make_table(struct win32_process *process)
{
	size_t size;
	int error = win32_table_make(process->client, process->object, &process->table, &size);

	if (error)
		return error;
	if (win32_table_is_one(process->table))
		error = win32_heritage_take(process, size);
	if (error)
		return error;
	win32_table_refuse_others(process->table, !others_reach(process));
	win32_table_begin(process->table);
	return 0;
}

static int make_locked(struct win32_process *process)
{
	int error = 0;

	if (!client)
		error = wapi_client_open(&client);
	process->client = client;
	if (!error && !process->object)
		error = make_object(process);
	if (!error)
		error = make_table(process);
	return error;
}

/* A thread that is cancelled must not leave the lock held. */
static int make(void)
{
	int cancel, error;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&view->lock);
	error = atomic_load(&view->is_there) ? 0 : make_locked(&view->process);
	if (!error)
		atomic_store_explicit(&view->is_there, true, memory_order_release);
	pthread_mutex_unlock(&view->lock);
	pthread_setcancelstate(cancel, NULL);
	return error;
}

const struct win32_process *win32_this_process(void)
{
	int error;

	pthread_once(&once, map_view);
	if (!view) {
		win32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	if (atomic_load_explicit(&view->is_there, memory_order_acquire))
		return &view->process;
	error = make();
	if (error) {
		/* There is no device where the module is not loaded. */
		win32_fail(error == -ENOENT ? ERROR_NOT_READY : win32_error_of(error));
		return NULL;
	}
	return &view->process;
}

struct win32_table *win32_own_table(void)
{
	return view && atomic_load_explicit(&view->is_there, memory_order_acquire) ?
	       view->process.table : NULL;
}

struct wapi_client *win32_client(void)
{
	const struct win32_process *process = win32_this_process();

	return process ? process->client : NULL;
}
