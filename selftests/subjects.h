/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every request can be tried on: a client with objects and blocks, and for
 * each request how to make a good one and how to take back what it did.
 *
 * prepare_...() makes a good request in the memory given; undo_...() takes back
 * what it did, or what prepare_...() did if it was refused.
 */
#ifndef WAPI_SUBJECTS_H
#define WAPI_SUBJECTS_H

#include "wait_test.h"

/* A client, objects and a block that the requests can be about. */
struct subjects {
	int fd;
	__u32 handle, event, semaphore, mutex, thread, timer, named;
	__u32 handles[2];
	__u64 block, data;
	int fresh_fd, object_fd, pidfd;
	struct wapi_handle_record records[4];
	struct wapi_batch_request requests[2];
	struct wapi_open opens[2];
};

static inline void prepare_info(struct subjects *self, void *request)
{
	(void)self;
	*(struct wapi_info *)request = info_request();
}

static inline void prepare_new(struct subjects *self, void *request)
{
	(void)self;
	*(struct wapi_new *)request = new_request(WAPI_TYPE_EVENT);
}

static inline void prepare_new_with_data(struct subjects *self, void *request)
{
	struct wapi_new *new = request;

	(void)self;
	*new = new_request(WAPI_TYPE_EVENT);
	new->data = address("data");
	new->data_size = 5;
}

static inline void prepare_new_with_block(struct subjects *self, void *request)
{
	struct wapi_new *new = request;

	*new = new_request(WAPI_TYPE_EVENT);
	self->block = new_block(self->fd, 32);
	new->block = self->block;
}

static inline void prepare_new_timer(struct subjects *self, void *request)
{
	(void)self;
	*(struct wapi_new *)request = new_request(WAPI_TYPE_TIMER);
}

static inline void undo_new(struct subjects *self, void *request, bool done)
{
	struct wapi_new *new = request;

	if (done)
		close_handle(self->fd, new->handle);
	else if (self->block)
		free_block(self->fd, self->block);
	self->block = 0;
}

static inline void prepare_open(struct subjects *self, void *request)
{
	*(struct wapi_open *)request = open_request(self->handle);
}

static inline void undo_open(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (done)
		close_handle(self->fd, self->handle);
}

static inline void prepare_close(struct subjects *self, void *request)
{
	open_handle(self->fd, self->handle);
	*(struct wapi_close *)request = close_request(self->handle);
}

static inline void undo_close(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (!done)
		close_handle(self->fd, self->handle);
}

/* The close that ends the object, with its data block. */
static inline void prepare_last_close(struct subjects *self, void *request)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);

	new.data_size = 100;
	wapi_ioctl(self->fd, WAPI_IOC_NEW, &new);
	*(struct wapi_close *)request = close_request(new.handle);
}

static inline void undo_last_close(struct subjects *self, void *request, bool done)
{
	struct wapi_close *close = request;

	if (!done)
		close_handle(self->fd, close->handle);
}

static inline void prepare_search(struct subjects *self, void *request)
{
	(void)self;
	*(struct wapi_search *)request = search_request(0, 0);
}

static inline void prepare_query(struct subjects *self, void *request)
{
	*(struct wapi_query *)request = query_request(self->handle);
}

static inline void prepare_attach(struct subjects *self, void *request)
{
	self->block = new_block(self->fd, 32);
	*(struct wapi_attach *)request = attach_request(self->handle, self->block);
}

static inline void undo_attach(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (done)
		attach_block(self->fd, self->handle, 0);
	free_block(self->fd, self->block);
}

static inline void prepare_detach(struct subjects *self, void *request)
{
	self->block = new_block(self->fd, 32);
	attach_block(self->fd, self->handle, self->block);
	*(struct wapi_attach *)request = attach_request(self->handle, 0);
}

static inline void undo_detach(struct subjects *self, void *request, bool done)
{
	undo_attach(self, request, !done);
}

static inline void prepare_scratch(struct subjects *self, void *request)
{
	(void)self;
	*(struct wapi_scratch *)request = scratch_request(50);
}

static inline void undo_scratch(struct subjects *self, void *request, bool done)
{
	struct wapi_scratch *scratch = request;

	if (done)
		free_block(self->fd, scratch->block);
}

static inline void prepare_scratch_free(struct subjects *self, void *request)
{
	*(struct wapi_scratch_free *)request =
		free_request(new_block(self->fd, 50));
}

static inline void undo_scratch_free(struct subjects *self, void *request, bool done)
{
	struct wapi_scratch_free *free = request;

	if (!done)
		free_block(self->fd, free->block);
}

static inline void prepare_block(struct subjects *self, void *request)
{
	*(struct wapi_block *)request = block_request(self->data);
}

static inline void prepare_join(struct subjects *self, void *request)
{
	struct wapi_join *join = request;

	self->fresh_fd = open_device();
	*join = (struct wapi_join){ .client_fd = self->fresh_fd };
}

static inline void undo_join(struct subjects *self, void *request, bool done)
{
	(void)request;
	(void)done;
	close(self->fresh_fd);
}

static inline void prepare_list(struct subjects *self, void *request)
{
	*(struct wapi_list *)request =
		list_request(WAPI_LIST_HANDLES, self->records,
			     sizeof(self->records[0]), 4);
}

/* Those that make or find an object by its name. */

static inline void set_name(struct wapi_new *new, const char *name)
{
	new->name = address(name);
	new->name_size = strlen(name);
}

static inline void prepare_new_named(struct subjects *self, void *request)
{
	(void)self;
	*(struct wapi_new *)request = new_request(WAPI_TYPE_EVENT);
	set_name(request, "new");
}

static inline void prepare_new_named_with_block(struct subjects *self, void *request)
{
	prepare_new_with_block(self, request);
	set_name(request, "new");
}

static inline void prepare_new_existing(struct subjects *self, void *request)
{
	(void)self;
	*(struct wapi_new *)request = new_request(WAPI_TYPE_EVENT);
	set_name(request, "named");
}

static inline void prepare_open_name(struct subjects *self, void *request)
{
	struct wapi_open_name *open = request;

	(void)self;
	poison(open, sizeof(*open));
	open->name = address("named");
	open->name_size = 5;
	open->type = WAPI_TYPE_UNUSED;
	open->flags = 0;
}

static inline void undo_open_name(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (done)
		close_handle(self->fd, self->named);
}

/* Objects with a state, and what changes it. */

static inline void prepare_new_semaphore(struct subjects *self, void *request)
{
	struct wapi_new *new = request;

	(void)self;
	*new = new_request(WAPI_TYPE_SEM);
	new->count = 3;
	new->maximum = 5;
}

static inline void prepare_new_mutex(struct subjects *self, void *request)
{
	struct wapi_new *new = request;

	(void)self;
	*new = new_request(WAPI_TYPE_MUTEX);
	new->flags = WAPI_NEW_OWNED;
}

static inline void undo_new_mutex(struct subjects *self, void *request, bool done)
{
	struct wapi_new *new = request;

	if (!done)
		return;
	release_mutex(self->fd, new->handle);
	close_handle(self->fd, new->handle);
}

static inline void prepare_new_process(struct subjects *self, void *request)
{
	struct wapi_new *new = request;

	*new = new_request(WAPI_TYPE_PROCESS);
	new->flags = WAPI_NEW_PIDFD;
	new->pidfd = self->pidfd;
}

static inline void prepare_reset(struct subjects *self, void *request)
{
	*(struct wapi_signal *)request = (struct wapi_signal){
		.handle = self->event, .previous = POISON32,
	};
}

static inline void prepare_pulse(struct subjects *self, void *request)
{
	prepare_reset(self, request);
}

static inline void prepare_set(struct subjects *self, void *request)
{
	reset(self->fd, self->event);
	prepare_reset(self, request);
}

static inline void undo_set(struct subjects *self, void *request, bool done)
{
	(void)request;
	(void)done;
	set(self->fd, self->event);
}

static inline void prepare_mutex_release(struct subjects *self, void *request)
{
	take(self->fd, self->mutex);
	*(struct wapi_mutex_release *)request = (struct wapi_mutex_release){
		.handle = self->mutex, .count = POISON32,
	};
}

static inline void undo_mutex_release(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (!done)
		release_mutex(self->fd, self->mutex);
}

static inline void prepare_sem_release(struct subjects *self, void *request)
{
	*(struct wapi_sem_release *)request = (struct wapi_sem_release){
		.handle = self->semaphore, .count = 1, .previous = POISON32,
	};
}

static inline void undo_sem_release(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (done)
		take(self->fd, self->semaphore);
}

static inline void prepare_thread_exit(struct subjects *self, void *request)
{
	*(struct wapi_thread_exit *)request = (struct wapi_thread_exit){
		.handle = self->thread, .status = 7,
	};
}

static inline void prepare_wait(struct subjects *self, void *request)
{
	*(struct wapi_wait *)request = wait_request(self->handles, 2, 0, FOREVER);
}

static inline void prepare_wait_all(struct subjects *self, void *request)
{
	*(struct wapi_wait *)request =
		wait_request(self->handles, 2, WAPI_WAIT_ALL, FOREVER);
}

/* Any takes the event, all the mutex too. */
static inline void undo_wait(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (done)
		set(self->fd, self->event);
}

static inline void undo_wait_all(struct subjects *self, void *request, bool done)
{
	undo_wait(self, request, done);
	if (done)
		release_mutex(self->fd, self->mutex);
}

static inline void prepare_wait_and_signal(struct subjects *self, void *request)
{
	struct wapi_wait *wait = request;

	prepare_wait(self, wait);
	wait->signal = self->semaphore;
	wait->signal_count = 1;
}

static inline void undo_wait_and_signal(struct subjects *self, void *request, bool done)
{
	undo_wait(self, request, done);
	undo_sem_release(self, request, done);
}

/* Of a new one, as nothing takes back that a timer was set; to a time that does not come. */
static inline void prepare_timer_set(struct subjects *self, void *request)
{
	self->timer = new_timer(self->fd, 0);
	*(struct wapi_timer_set *)request =
		timer_request(self->timer, WAPI_TIMER_ABSOLUTE, WAPI_TIMER_NEVER, 0);
}

static inline void prepare_timer_cancel(struct subjects *self, void *request)
{
	self->timer = new_timer(self->fd, 0);
	set_timer(self->fd, self->timer, WAPI_TIMER_ABSOLUTE, WAPI_TIMER_NEVER, 0);
	*(struct wapi_timer_cancel *)request = (struct wapi_timer_cancel){
		.handle = self->timer, .armed = POISON32,
	};
}

static inline void undo_timer(struct subjects *self, void *request, bool done)
{
	(void)request;
	(void)done;
	close_handle(self->fd, self->timer);
}

/* What gives references. */

static inline void prepare_dup(struct subjects *self, void *request)
{
	*(struct wapi_dup *)request = (struct wapi_dup){
		.handle = self->handle, .pid = getpid(), .references = POISON32,
	};
}

static inline void prepare_mark(struct subjects *self, void *request)
{
	*(struct wapi_mark *)request = (struct wapi_mark){
		.handle = self->handle, .inherit = 1, .previous = POISON32,
	};
}

static inline void undo_mark(struct subjects *self, void *request, bool done)
{
	struct wapi_mark mark = { .handle = self->handle };

	(void)request;
	if (done)
		wapi_ioctl(self->fd, WAPI_IOC_MARK, &mark);
}

static inline void prepare_to_fd(struct subjects *self, void *request)
{
	*(struct wapi_to_fd *)request = (struct wapi_to_fd){
		.handle = self->event, .fd = (__s32)POISON32,
	};
}

static inline void undo_to_fd(struct subjects *self, void *request, bool done)
{
	struct wapi_to_fd *to_fd = request;

	(void)self;
	if (done)
		close(to_fd->fd);
}

static inline void prepare_from_fd(struct subjects *self, void *request)
{
	*(struct wapi_from_fd *)request = (struct wapi_from_fd){
		.fd = self->object_fd, .handle = POISON32, .type = POISON32,
	};
}

static inline void undo_from_fd(struct subjects *self, void *request, bool done)
{
	(void)request;
	if (done)
		close_handle(self->fd, self->event);
}

/* Two of a batch; what they did shows in the listings. */
static inline void prepare_batch(struct subjects *self, void *request)
{
	for (int i = 0; i < 2; i++) {
		self->opens[i] = open_request(self->handle);
		self->requests[i] = batched(WAPI_IOC_OPEN, &self->opens[i]);
	}
	*(struct wapi_batch *)request = batch_request(self->requests, 2, 0);
}

static inline void undo_batch(struct subjects *self, void *request, bool done)
{
	for (int i = 0; i < 2; i++)
		undo_open(self, request, done && !self->requests[i].result);
}

static inline void undo_nothing(struct subjects *self, void *request, bool done)
{
	(void)self;
	(void)request;
	(void)done;
}

/* In a domain where nobody else is.  Return: 0, or the line where that failed. */
static inline int make_subjects(struct subjects *self)
{
	struct wapi_new new = new_request(WAPI_TYPE_FILE);
	pid_t pid;

#define NEED(condition) do { if (!(condition)) return __LINE__; } while (0)
	memset(self, 0, sizeof(*self));
	self->fd = open_private_domain();
	NEED(self->fd >= 0);
	/*
	 * Something more, that a wrong refusal could hurt; and so that no byte of
	 * the other handles is 0.
	 */
	new.data_size = 100;
	NEED(!wapi_ioctl(self->fd, WAPI_IOC_NEW, &new));
	self->data = new.block;
	self->handle = new_handle(self->fd, WAPI_TYPE_EVENT);
	self->event = new_event(self->fd, WAPI_NEW_SIGNALLED);
	self->semaphore = new_semaphore(self->fd, 1, 5);
	self->mutex = new_mutex(self->fd, 0);
	self->thread = new_thread(self->fd);
	NEED((int)self->thread > 0);
	NEED(!set_exit_code(self->fd, self->thread, 0));
	self->handles[0] = self->event;
	self->handles[1] = self->mutex;
	new = new_request(WAPI_TYPE_EVENT);
	set_name(&new, "named");
	self->named = new_object(self->fd, new);
	NEED((int)self->named > 0);
	self->object_fd = object_to_fd(self->fd, self->event, 0);
	NEED(self->object_fd >= 0);
	pid = fork();
	NEED(pid >= 0);
	if (!pid)
		_exit(0);
	/* One that is no more: the object of a running one would outlive its handle. */
	self->pidfd = syscall(SYS_pidfd_open, pid, 0);
	NEED(self->pidfd > 0);
	NEED(waitpid(pid, NULL, 0) == pid);
	NEED(new_block(self->fd, 1000) > 0);
#undef NEED
	return 0;
}

#endif /* WAPI_SUBJECTS_H */
