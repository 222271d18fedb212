/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fail_nth.c tries: each request as in subjects.h, those that need memory in
 * more ways than one in each of them, and the system calls.  Included by it alone.
 */

static int errno_of(bool failed)
{
	return failed ? -errno : 0;
}

/* A second client of the domain, with or without a request made. */

static void prepare_stranger(struct subjects *on, void *buffer)
{
	(void)buffer;
	on->fresh_fd = open_device();
}

static void prepare_client(struct subjects *on, void *buffer)
{
	prepare_stranger(on, buffer);
	read_info(on->fresh_fd);
}

static void undo_client(struct subjects *on, void *buffer, bool done)
{
	(void)buffer;
	(void)done;
	close(on->fresh_fd);
}

/* The one that makes the domain. */
static void prepare_first_request(struct subjects *on, void *buffer)
{
	if (unshare(CLONE_NEWIPC))
		abort();
	prepare_stranger(on, buffer);
	*(struct wapi_info *)buffer = info_request();
}

static void prepare_second_client(struct subjects *on, void *buffer)
{
	prepare_stranger(on, buffer);
	*(struct wapi_info *)buffer = info_request();
}

static void prepare_first_new(struct subjects *on, void *buffer)
{
	prepare_client(on, buffer);
	*(struct wapi_new *)buffer = new_request(WAPI_TYPE_FILE);
}

static void prepare_first_open(struct subjects *on, void *buffer)
{
	prepare_client(on, buffer);
	prepare_open(on, buffer);
}

static void prepare_first_open_name(struct subjects *on, void *buffer)
{
	prepare_client(on, buffer);
	prepare_open_name(on, buffer);
}

static void prepare_first_from_fd(struct subjects *on, void *buffer)
{
	prepare_client(on, buffer);
	prepare_from_fd(on, buffer);
}

/* The next handle needs more room in the table, or in the state table too. */

static __u32 made[1024];
static unsigned int nr_made;

static void make_up_to(struct subjects *on, void *buffer, __u32 boundary)
{
	int handle;

	nr_made = 0;
	do {
		handle = new_handle(on->fd, WAPI_TYPE_FILE);
		if (handle < 0)
			abort();
		made[nr_made++] = handle;
	} while (index_of(handle) % boundary != boundary - 1);
	*(struct wapi_new *)buffer = new_request(WAPI_TYPE_FILE);
}

static void prepare_new_leaf(struct subjects *on, void *buffer)
{
	make_up_to(on, buffer, 256);
}

static void prepare_new_page(struct subjects *on, void *buffer)
{
	make_up_to(on, buffer, 1024);
}

static void undo_new_page(struct subjects *on, void *buffer, bool done)
{
	undo_new(on, buffer, done);
	while (nr_made)
		close_handle(on->fd, made[--nr_made]);
}

static void prepare_new_large(struct subjects *on, void *buffer)
{
	static const char data[3 * 4096];

	prepare_new_with_data(on, buffer);
	((struct wapi_new *)buffer)->data = address(data);
	((struct wapi_new *)buffer)->data_size = sizeof(data);
}

static void prepare_new_thread(struct subjects *on, void *buffer)
{
	struct wapi_new *new = buffer;

	(void)on;
	*new = new_request(WAPI_TYPE_THREAD);
	new->flags = WAPI_NEW_SELF;
}

/* Across pages: memory is zeroed by giving some back, and writing to others. */
static void prepare_scratch_large(struct subjects *on, void *buffer)
{
	(void)on;
	*(struct wapi_scratch *)buffer = scratch_request(3 * 4096 + 8);
}

static void prepare_scratch_free_large(struct subjects *on, void *buffer)
{
	*(struct wapi_scratch_free *)buffer = free_request(new_block(on->fd, 3 * 4096 + 8));
}

/* The other kinds of listing. */

#define PREPARE_LIST(name, kind)					\
static void prepare_list_##name(struct subjects *on, void *buffer)	\
{									\
	poison(on->records, sizeof(on->records));			\
	prepare_list(on, buffer);					\
	((struct wapi_list *)buffer)->what = kind;			\
}

PREPARE_LIST(domains, WAPI_LIST_DOMAINS)
PREPARE_LIST(clients, WAPI_LIST_CLIENTS)
PREPARE_LIST(references, WAPI_LIST_REFERENCES)
PREPARE_LIST(blocks, WAPI_LIST_BLOCKS)
PREPARE_LIST(waiters, WAPI_LIST_WAITERS)
PREPARE_LIST(names, WAPI_LIST_NAMES)

/* Waits. */

static void undo_thread_exit(struct subjects *on, void *buffer, bool done)
{
	(void)buffer;
	(void)done;
	set_exit_code(on->fd, on->thread, 0);
}

/* For so many handles that neither they nor the places in queues have room. */
static __u32 many[MANY];

static void prepare_wait_many(struct subjects *on, void *buffer)
{
	for (int i = 0; i < MANY; i++)
		many[i] = on->event;
	*(struct wapi_wait *)buffer = wait_request(many, MANY, 0, FOREVER);
}

static void prepare_wait_in_vain(struct subjects *on, void *buffer)
{
	for (int i = 0; i < MANY; i++)
		many[i] = on->handle;
	*(struct wapi_wait *)buffer = wait_request(many, MANY, 0, 5);
}

static int attempt_in_vain(struct subjects *on, unsigned long request, void *buffer,
			   struct injection *injection)
{
	int error = attempt_on(on->fd, request, buffer, injection);

	return error == -ETIMEDOUT ? 0 : error;
}

/* What gives references to others. */

static struct peer peer;

static void prepare_dup_to_another(struct subjects *on, void *buffer)
{
	int fd;

	if (!start_peer(&peer)) {
		fd = open_device();
		REQUIRE(read_info(fd).abi_version);
		send_to(&peer, 1);
		receive(&peer);
		_exit(0);
	}
	receive(&peer);
	prepare_dup(on, buffer);
	((struct wapi_dup *)buffer)->pid = peer.pid;
}

static void undo_dup_to_another(struct subjects *on, void *buffer, bool done)
{
	(void)on;
	(void)buffer;
	(void)done;
	kill_peer(&peer);
}

static void undo_inherit(struct subjects *on, void *buffer, bool done)
{
	(void)done;
	undo_mark(on, buffer, true);
}

static void prepare_inherit(struct subjects *on, void *buffer)
{
	struct wapi_mark mark = { .handle = on->handle, .inherit = 1 };

	wapi_ioctl(on->fd, WAPI_IOC_MARK, &mark);
	*(struct wapi_inherit *)buffer = (struct wapi_inherit){ .count = POISON32 };
}

/* By a child, which sees that nothing was taken over if it is refused. */
static void inherit_as_child(unsigned long request, unsigned int nth)
{
	struct wapi_inherit inherit = { .count = POISON32 };
	struct injection injection;
	struct state before, after;
	const char *wrong = "";
	int fd = open_device(), error;

	REQUIRE(read_info(fd).abi_version);
	REQUIRE(!inject(&injection, nth));
	before = read_state(fd);
	error = attempt_on(fd, request, &inherit, &injection);
	after = read_state(fd);
	if (error)
		wrong = state_difference(&before, &after, 1);
	else if (inherit.count != 1)
		wrong = "not all was inherited";
	if (*wrong)
		fprintf(stderr, "# inherit: %s\n", wrong);
	send_to(&peer, injection.reached);
	send_to(&peer, *wrong ? EPROTO : -error);
	_exit(0);
}

static int attempt_inherit(struct subjects *on, unsigned long request, void *buffer,
			   struct injection *injection)
{
	int error;

	(void)on;
	(void)buffer;
	if (!start_peer(&peer))
		inherit_as_child(request, injection->nth);
	injection->reached = receive(&peer) == 1;
	error = receive(&peer);
	wait_for_peer(&peer);
	return -error;
}

/* Objects' descriptors. */

static void undo_read(struct subjects *on, void *buffer, bool done)
{
	(void)buffer;
	(void)done;
	set(on->fd, on->event);
}

static int attempt_read(struct subjects *on, unsigned long request, void *buffer,
			struct injection *injection)
{
	ssize_t n;

	(void)request;
	arm(injection);
	n = read(on->object_fd, buffer, sizeof(struct wapi_acquired));
	disarm(injection);
	return errno_of(n != sizeof(struct wapi_acquired));
}

/* Of a mutex, which makes the thread an owner. */
static int mutex_fd;

static void prepare_read_mutex(struct subjects *on, void *buffer)
{
	(void)buffer;
	mutex_fd = object_to_fd(on->fd, on->mutex, O_CLOEXEC);
}

static void undo_read_mutex(struct subjects *on, void *buffer, bool done)
{
	(void)buffer;
	if (done && release_mutex(on->fd, on->mutex))
		abort();
	close(mutex_fd);
}

static int attempt_read_mutex(struct subjects *on, unsigned long request, void *buffer,
			      struct injection *injection)
{
	ssize_t n;

	(void)on;
	(void)request;
	arm(injection);
	n = read(mutex_fd, buffer, sizeof(struct wapi_acquired));
	disarm(injection);
	return errno_of(n != sizeof(struct wapi_acquired));
}

static int epoll_fd;

static void prepare_epoll(struct subjects *on, void *buffer)
{
	(void)on;
	(void)buffer;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
}

static void undo_epoll(struct subjects *on, void *buffer, bool done)
{
	(void)on;
	(void)buffer;
	(void)done;
	close(epoll_fd);
}

static int attempt_epoll(struct subjects *on, unsigned long request, void *buffer,
			 struct injection *injection)
{
	struct epoll_event event = { .events = EPOLLIN };
	int result;

	(void)request;
	(void)buffer;
	arm(injection);
	result = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, on->object_fd, &event);
	disarm(injection);
	return errno_of(result);
}

/* The system calls on a descriptor of the device. */

static int attempt_open(struct subjects *on, unsigned long request, void *buffer,
			struct injection *injection)
{
	(void)request;
	(void)buffer;
	arm(injection);
	on->fresh_fd = open(WAPI_DEVICE, O_RDWR | O_CLOEXEC);
	disarm(injection);
	return errno_of(on->fresh_fd < 0);
}

/* By a child that has no client yet. */
static int attempt_first_device_open(struct subjects *on, unsigned long request, void *buffer,
				     struct injection *injection)
{
	int error;

	if (!start_peer(&peer)) {
		REQUIRE(!inject(injection, injection->nth));
		error = attempt_open(on, request, buffer, injection);
		send_to(&peer, injection->reached);
		send_to(&peer, -error);
		_exit(0);
	}
	injection->reached = receive(&peer) == 1;
	error = receive(&peer);
	wait_for_peer(&peer);
	return -error;
}

static void *mapping;
static size_t mapped;

static void undo_mmap(struct subjects *on, void *buffer, bool done)
{
	(void)on;
	(void)buffer;
	if (done)
		munmap(mapping, mapped);
}

static int attempt_mmap(int fd, int protection, __u64 offset, size_t size,
			struct injection *injection)
{
	mapped = size;
	arm(injection);
	mapping = mmap64(NULL, size, protection, MAP_SHARED, fd, offset);
	disarm(injection);
	return errno_of(mapping == MAP_FAILED);
}

static int attempt_mmap_arena(struct subjects *on, unsigned long request, void *buffer,
			      struct injection *injection)
{
	(void)request;
	(void)buffer;
	return attempt_mmap(on->fd, PROT_READ | PROT_WRITE, 0, 65536, injection);
}

static int attempt_mmap_states(struct subjects *on, unsigned long request, void *buffer,
			       struct injection *injection)
{
	(void)request;
	(void)buffer;
	return attempt_mmap(on->fd, PROT_READ, WAPI_STATES_OFFSET, WAPI_STATES_SIZE, injection);
}

/* By a client that enters its domain with it. */
static int attempt_mmap_first(struct subjects *on, unsigned long request, void *buffer,
			      struct injection *injection)
{
	(void)request;
	(void)buffer;
	return attempt_mmap(on->fresh_fd, PROT_READ | PROT_WRITE, 0, 65536, injection);
}

static void undo_mmap_first(struct subjects *on, void *buffer, bool done)
{
	undo_mmap(on, buffer, done);
	close(on->fresh_fd);
}

/* With the arena mapped. */
static void prepare_fork(struct subjects *on, void *buffer)
{
	(void)buffer;
	mapped = 65536;
	mapping = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, on->fd, 0);
	memset(mapping, 0, mapped);
}

static int attempt_fork(struct subjects *on, unsigned long request, void *buffer,
			struct injection *injection)
{
	pid_t pid;
	int error;

	(void)on;
	(void)request;
	(void)buffer;
	/* vmalloc() warns of each failure; what is worse than that still shows. */
	klogctl(SYSLOG_CONSOLE_LEVEL, NULL, 4);
	arm(injection);
	pid = fork();
	if (!pid)
		_exit(0);
	error = errno_of(pid < 0);
	disarm(injection);
	klogctl(SYSLOG_CONSOLE_LEVEL, NULL, 5);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return error;
}

static void undo_fork(struct subjects *on, void *buffer, bool done)
{
	(void)done;
	undo_mmap(on, buffer, true);
}

/* Whatever fails, all that a client holds is given back when it ends. */

static void hold_all(struct subjects *on, int fd)
{
	hold(fd, 12, 3);
	if (open_handle(fd, on->handle) || open_handle(fd, on->mutex) || take(fd, on->mutex))
		abort();
}

static void prepare_release(struct subjects *on, void *buffer)
{
	prepare_client(on, buffer);
	hold_all(on, on->fresh_fd);
}

static int attempt_release(struct subjects *on, unsigned long request, void *buffer,
			   struct injection *injection)
{
	int result;

	(void)request;
	(void)buffer;
	arm(injection);
	result = close(on->fresh_fd);
	disarm(injection);
	return errno_of(result);
}

/* The mutex was abandoned. */
static void undo_release(struct subjects *on, void *buffer, bool done)
{
	(void)buffer;
	(void)done;
	if (wait_abandoned(on->fd, on->mutex, syscall(SYS_gettid), 0) ||
	    release_mutex(on->fd, on->mutex))
		abort();
}

/* The same with a process that ends.  Its fail-nth can be read until it is reaped. */
static int attempt_death(struct subjects *on, unsigned long request, void *buffer,
			 struct injection *injection)
{
	char path[64], text[16] = "";
	siginfo_t info;
	int fd;

	(void)request;
	(void)buffer;
	if (!start_peer(&peer)) {
		hold_all(on, open_device());
		REQUIRE(!inject(injection, injection->nth));
		arm(injection);
		syscall(SYS_exit_group, 0);
	}
	if (waitid(P_PID, peer.pid, &info, WEXITED | WNOWAIT) || info.si_status)
		return -EPROTO;
	snprintf(path, sizeof(path), "/proc/%d/fail-nth", peer.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -EPROTO;
	close(fd);
	injection->reached = !strtoul(text, NULL, 10);
	wait_for_peer(&peer);
	return 0;
}

static void undo_death(struct subjects *on, void *buffer, bool done)
{
	(void)buffer;
	(void)done;
	if (wait_abandoned(on->fd, on->mutex, peer.pid, 0) || release_mutex(on->fd, on->mutex))
		abort();
}

/*
 * All cases: REQUEST() those that are as in subjects.h, and CASE() in full.
 */
#define CASES								\
	REQUEST(info, INFO, undo_nothing)				\
	CASE(first_request, INFO, undo_client, attempt_afresh, .uncounted = true) \
	CASE(second_client, INFO, undo_client, attempt_afresh, .uncounted = true) \
	REQUEST(new, NEW, undo_new)					\
	REQUEST(new_with_data, NEW, undo_new)				\
	REQUEST(new_large, NEW, undo_new)				\
	REQUEST(new_with_block, NEW, undo_new)				\
	REQUEST(new_named, NEW, undo_new)				\
	REQUEST(new_named_with_block, NEW, undo_new)			\
	REQUEST(new_existing, NEW, undo_open_name)			\
	REQUEST(new_semaphore, NEW, undo_new)				\
	REQUEST(new_process, NEW, undo_new)				\
	REQUEST(new_timer, NEW, undo_new)				\
	REQUEST(new_leaf, NEW, undo_new_page)				\
	REQUEST(new_page, NEW, undo_new_page)				\
	CASE(new_mutex, NEW, undo_new_mutex, attempt_request, .in_thread = true) \
	CASE(new_thread, NEW, undo_new, attempt_request, .in_thread = true, .lasts = true) \
	CASE(first_new, NEW, undo_client, attempt_afresh, .uncounted = true) \
	REQUEST(open, OPEN, undo_open)					\
	CASE(first_open, OPEN, undo_client, attempt_afresh, .uncounted = true) \
	REQUEST(close, CLOSE, undo_close)				\
	REQUEST(last_close, CLOSE, undo_last_close)			\
	TELLS(search, SEARCH)						\
	TELLS(query, QUERY)						\
	REQUEST(attach, ATTACH, undo_attach)				\
	REQUEST(detach, ATTACH, undo_detach)				\
	REQUEST(scratch, SCRATCH, undo_scratch)				\
	REQUEST(scratch_large, SCRATCH, undo_scratch)			\
	REQUEST(scratch_free, SCRATCH_FREE, undo_scratch_free)		\
	REQUEST(scratch_free_large, SCRATCH_FREE, undo_scratch_free)	\
	TELLS(block, BLOCK)						\
	REQUEST(join, JOIN, undo_join)					\
	TELLS(list, LIST)						\
	TELLS(list_domains, LIST)					\
	TELLS(list_clients, LIST)					\
	TELLS(list_references, LIST)					\
	TELLS(list_blocks, LIST)					\
	TELLS(list_waiters, LIST)					\
	TELLS(list_names, LIST)						\
	REQUEST(open_name, OPEN_NAME, undo_open_name)			\
	CASE(first_open_name, OPEN_NAME, undo_client, attempt_afresh, .uncounted = true) \
	REQUEST(set, SET, undo_set)					\
	REQUEST(reset, RESET, undo_set)					\
	REQUEST(pulse, PULSE, undo_set)					\
	REQUEST(mutex_release, MUTEX_RELEASE, undo_mutex_release)	\
	REQUEST(sem_release, SEM_RELEASE, undo_sem_release)		\
	REQUEST(thread_exit, THREAD_EXIT, undo_thread_exit)		\
	REQUEST(wait, WAIT, undo_wait)					\
	CASE(wait_all, WAIT, undo_wait_all, attempt_request, .in_thread = true) \
	REQUEST(wait_and_signal, WAIT, undo_wait_and_signal)		\
	REQUEST(wait_many, WAIT, undo_wait)				\
	CASE(wait_in_vain, WAIT, undo_nothing, attempt_in_vain)		\
	REQUEST(dup, DUP, undo_open)					\
	REQUEST(dup_to_another, DUP, undo_dup_to_another)		\
	REQUEST(mark, MARK, undo_mark)					\
	CASE(inherit, INHERIT, undo_inherit, attempt_inherit, .uncounted = true) \
	REQUEST(to_fd, TO_FD, undo_to_fd)				\
	REQUEST(from_fd, FROM_FD, undo_from_fd)				\
	CASE(first_from_fd, FROM_FD, undo_client, attempt_afresh, .uncounted = true) \
	REQUEST(batch, BATCH, undo_batch)				\
	REQUEST(timer_set, TIMER_SET, undo_timer)			\
	REQUEST(timer_cancel, TIMER_CANCEL, undo_timer)		\
	CALL(read, undo_read, prepare_nothing, attempt_read)		\
	CALL(read_mutex, undo_read_mutex, prepare_read_mutex, attempt_read_mutex, \
	     .in_thread = true)						\
	CALL(epoll, undo_epoll, prepare_epoll, attempt_epoll)		\
	CALL(device_open, undo_device_open, prepare_nothing, attempt_open) \
	CALL(first_device_open, undo_first_device_open, prepare_nothing, \
	     attempt_first_device_open)					\
	CALL(mmap_arena, undo_mmap, prepare_nothing, attempt_mmap_arena) \
	CALL(mmap_states, undo_mmap, prepare_nothing, attempt_mmap_states) \
	CALL(mmap_first, undo_mmap_first, prepare_stranger, attempt_mmap_first) \
	CALL(fork, undo_fork, prepare_fork, attempt_fork, .other_error = EAGAIN) \
	CALL(release, undo_release, prepare_release, attempt_release)	\
	CALL(death, undo_death, prepare_nothing, attempt_death)

static void undo_device_open(struct subjects *on, void *buffer, bool done)
{
	if (done)
		undo_client(on, buffer, done);
}

static void undo_first_device_open(struct subjects *on, void *buffer, bool done)
{
	/* The child has ended. */
	(void)on;
	(void)buffer;
	(void)done;
}

#define REQUEST(name, number, undo) CASE(name, number, undo, attempt_request)
#define TELLS(name, number) CASE(name, number, undo_nothing, attempt_request, .repeatable = true)
#define CASE(case_name, number, undo_function, attempt_function, ...)	\
FIXTURE_VARIANT_ADD(fail_nth, case_name) {				\
	.name = #case_name,						\
	.request = WAPI_IOC_##number,					\
	.prepare = prepare_##case_name,					\
	.undo = undo_function,						\
	.attempt = attempt_function,					\
	__VA_ARGS__							\
};
#define CALL(case_name, undo_function, prepare_function, attempt_function, ...) \
FIXTURE_VARIANT_ADD(fail_nth, case_name) {				\
	.name = #case_name,						\
	.prepare = prepare_function,					\
	.undo = undo_function,						\
	.attempt = attempt_function,					\
	__VA_ARGS__							\
};
CASES
#undef CASE
#undef CALL

#define CASE(case_name, number, ...) WAPI_IOC_##number,
#define CALL(...)
static const unsigned long tried[] = { CASES };

static bool is_tried(unsigned int direction, unsigned int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(tried); i++)
		if (_IOC_DIR(tried[i]) == direction && _IOC_NR(tried[i]) == number)
			return true;
	return false;
}
