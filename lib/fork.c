// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The process: its one lock, and whether what is known of clients was learned in
 * it or is a copy of what its parent knew.
 *
 * The lock and the mark that this memory has been seen in this process are in a
 * page that the kernel gives to a child filled with zeros (MADV_WIPEONFORK).  So a
 * child finds the lock free and the mark gone, however it was made, and whatever
 * other threads were doing.  A child that shares its parent's memory (vfork())
 * finds the page unchanged and leaves what is its parent's alone; the kernel
 * answers ESTALE to it.
 *
 * The fork handlers add what the page cannot give: that a fork() waits until no
 * thread is in the middle of opening or mapping, so that nothing half done is
 * inherited, and that the inherited descriptors are closed at once.
 *
 * Nothing is called with the lock held that could come back here.
 */
#include "internal.h"

#include <pthread.h>
#include <sys/mman.h>

/* The page that a child finds filled with zeros. */
struct process {
	atomic_bool mark;
	pthread_mutex_t lock;	/* zeros are an unlocked mutex */
};

static struct process *process;
static int start_error = -EAGAIN;
static pthread_once_t start_once = PTHREAD_ONCE_INIT;

/*
 * open() and close() are cancellation points; a thread must not end there with
 * the lock held.
 */
int libwapi_lock(void)
{
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&process->lock);
	/* If not, begin a life of our own. */
	if (!atomic_load(&process->mark)) {
		libwapi_disinherit_locked();
		atomic_store(&process->mark, true);
	}
	return cancel;
}

void libwapi_unlock(int cancel)
{
	pthread_mutex_unlock(&process->lock);
	pthread_setcancelstate(cancel, NULL);
}

static void before_fork(void)
{
	pthread_mutex_lock(&process->lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&process->lock);
}

static void after_fork_in_child(void)
{
#ifdef __SANITIZE_THREAD__
	/* It does not know that the page was wiped, and takes the lock for held. */
	pthread_mutex_destroy(&process->lock);
	pthread_mutex_init(&process->lock, NULL);
#endif
	libwapi_unlock(libwapi_lock());
}

static void start(void)
{
	struct process *page;

	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED) {
		start_error = -errno;
		return;
	}
	if (madvise(page, sizeof(*page), MADV_WIPEONFORK)) {
		start_error = -errno;
		goto unmap;
	}
	pthread_mutex_init(&page->lock, NULL);
	atomic_store(&page->mark, true);
	process = page;

	start_error = -pthread_atfork(before_fork, after_fork_in_parent,
				      after_fork_in_child);
	if (!start_error)
		return;
	process = NULL;
unmap:
	munmap(page, sizeof(*page));
}

int libwapi_start(void)
{
	pthread_once(&start_once, start);
	return process ? 0 : start_error;
}

/*
 * Fork handlers run in an order: the earlier one is registered, the later it
 * runs before a fork and the sooner after it.  Ours come before those of
 * whoever uses us, so that theirs can use us; 101 is the first priority that
 * programs can have, for those that link us statically.
 */
__attribute__((constructor(101))) static void start_early(void)
{
	libwapi_start();
}
