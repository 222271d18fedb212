// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A client: one open of /dev/wapi.  It lives from wapi_client_open() or
 * wapi_client_join() to wapi_client_close(); in a forked child, what stands for
 * the parent's client is emptied, and filled again by its first use.
 *
 * It has two parts: the view, which the kernel empties in a child, see table.c,
 * and what a child must know of its parent's client, which is kept.
 *
 * Locking: the lock of fork.c guards the list of clients, what is kept, and what
 * is written to the view here.
 */
#include "internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE		"/dev/wapi"

/* Of a mapping less than this, a caller gets -ENOMEM instead. */
#define LEAST_MAPPING	((uint64_t)1 << 20)

struct libwapi_kept {
	struct wapi_client *client;
	int fd;			/* -1: not open, or disinherited */
	bool joined;		/* another's domain, not that of our user id */
	bool lost;		/* and no way into it is left */
	int grant;		/* joined: the inherited descriptor, or -1 */
	pid_t opener;		/* the process that opened it */
	bool passes_on;		/* it may have inheritable handles */
	dev_t device;		/* what the descriptors are of */
	uint64_t features;	/* of the module */
	bool whole;		/* there is room for the state table */
	bool has_table;		/* which is mapped there, or the parent's is */
	struct libwapi_kept *next;
	struct libwapi_kept **link;	/* what points at us */
};

static struct libwapi_kept *clients;

static struct libwapi_kept *kept_locked(struct wapi_client *client)
{
	struct libwapi_view *view = libwapi_view(client);
	struct libwapi_kept *kept = view->kept;

	if (kept)
		return kept;
	/* A child's first use. */
	for (kept = clients; kept->client != client; kept = kept->next)
		;
	view->kept = kept;
	return kept;
}

/* errno of a call that gave -1, as we return it. */
static int failed(void)
{
	return -errno;
}

/* The one ioctl() that is made again when a signal interrupted it. */
static int control(int fd, unsigned long request, void *argument)
{
	while (ioctl(fd, request, argument) < 0) {
		if (errno != EINTR)
			return failed();
	}
	return 0;
}

static bool is_device(int fd, dev_t device)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == device;
}

void libwapi_disinherit_locked(void)
{
	struct libwapi_kept *kept;

	for (kept = clients; kept; kept = kept->next) {
		/*
		 * A child that was made without fork handlers may have closed
		 * it long ago, and the number may be another file's now.
		 */
		if (kept->fd >= 0 && kept->joined)
			kept->grant = kept->fd;
		else if (kept->fd >= 0 && is_device(kept->fd, kept->device))
			close(kept->fd);
		kept->fd = -1;
	}
}

/*
 * Open the device, and enter the domain that @grant is of, if it is not -1.
 * The first request binds a client to its domain: that is made here, so that it
 * does not depend on what the process becomes later.
 */
static int open_device(int grant, int *opened, struct libwapi_kept *kept)
{
	struct wapi_info info = { 0 };
	struct stat status;
	int error, fd;

	do {
		fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return failed();

	if (fstat(fd, &status)) {
		error = failed();
		goto close;
	}
	if (grant >= 0) {
		struct wapi_join join = { .client_fd = fd };

		/* Not every device takes an unknown ioctl() well. */
		if (fcntl(grant, F_GETFD) < 0)
			error = -EBADF;
		else if (!is_device(grant, status.st_rdev))
			error = -ENOTTY;
		else
			error = control(grant, WAPI_IOC_JOIN, &join);
		if (error)
			goto close;
	}
	error = control(fd, WAPI_IOC_INFO, &info);
	if (!error && info.abi_version != WAPI_ABI_VERSION)
		error = -EPROTONOSUPPORT;
	if (error)
		goto close;

	*opened = fd;
	kept->device = status.st_rdev;
	kept->features = info.features;
	return 0;
close:
	close(fd);
	return error;
}

void libwapi_will_pass_on(struct wapi_client *client)
{
	struct libwapi_view *view = libwapi_view(client);
	int cancel;

	if (atomic_load(&view->passes_on))
		return;
	cancel = libwapi_lock();
	kept_locked(client)->passes_on = true;
	atomic_store(&view->passes_on, true);
	libwapi_unlock(cancel);
}

/*
 * Take over what the parent's client marked inheritable.  Who was adopted since
 * has another parent, whose handles are none of ours.  In a new PID namespace
 * the parent is not seen, and is the one all the same.
 */
static int inherit(const struct libwapi_kept *kept, int fd)
{
	struct wapi_inherit request = { 0 };
	pid_t parent = getppid();
	int error;

	if (!kept->passes_on || (parent && parent != kept->opener))
		return 0;
	error = control(fd, WAPI_IOC_INHERIT, &request);
	/* It may have ended, or never have used its client. */
	return error == -ESRCH ? 0 : error;
}

/* Whether this process has one thread only, as far as can be seen. */
static bool is_alone(void)
{
	struct stat tasks;

	/* "." and "..", and a directory for each. */
	return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink == 3;
}

static void map_table_locked(struct wapi_client *client,
			     struct libwapi_kept *kept)
{
	int table = LIBWAPI_TABLE_NONE;

	if (libwapi_view(client)->limit && kept->features & WAPI_FEATURE_STATES) {
		/* Before it is true, for a child that is made just then. */
		kept->has_table = true;
		if (libwapi_table_map(client, kept->fd))
			table = LIBWAPI_TABLE_MAPPED;
	}
	atomic_store_explicit(&libwapi_view(client)->table, table,
			      memory_order_release);
}

/* Let a child read a table that is its own. */
static void believe_again_locked(struct wapi_client *client,
				 struct libwapi_kept *kept)
{
	struct libwapi_view *view = libwapi_view(client);

	if (!kept->whole || !is_alone())
		return;
	libwapi_believe(client);
	if (!kept->has_table)
		return;
	map_table_locked(client, kept);
	if (atomic_load(&view->table) == LIBWAPI_TABLE_NONE)
		view->limit = 0;
}

/* Open again what a fork closed. */
static int reopen_locked(struct wapi_client *client)
{
	struct libwapi_view *view = libwapi_view(client);
	struct libwapi_kept *kept = kept_locked(client);
	int error, fd = atomic_load(&view->opened) - 1;

	if (fd >= 0)
		return fd;
	if (kept->lost)
		return -ESTALE;

	error = open_device(kept->joined ? kept->grant : -1, &fd, kept);
	if (!error) {
		error = inherit(kept, fd);
		if (error)
			close(fd);
	}
	if (kept->joined) {
		/* Whatever has the number now, it is not our way in. */
		if (error == -EBADF || error == -ENOTTY) {
			kept->grant = -1;
			error = -ESTALE;
		}
		kept->lost = error == -ESTALE;
		if (kept->grant >= 0 && (!error || kept->lost)) {
			close(kept->grant);
			kept->grant = -1;
		}
	}
	if (error)
		return error;
	kept->opener = getpid();
	kept->fd = fd;
	believe_again_locked(client, kept);
	atomic_store_explicit(&view->opened, 1 + fd, memory_order_release);
	return fd;
}

__attribute__((noinline))
static int reopen(struct wapi_client *client)
{
	int cancel = libwapi_lock();
	int fd = reopen_locked(client);

	libwapi_unlock(cancel);
	return fd;
}

static inline int current_fd(struct wapi_client *client)
{
	int opened = atomic_load_explicit(&libwapi_view(client)->opened,
					  memory_order_acquire);

	return opened ? opened - 1 : reopen(client);
}

WAPI_EXPORT int wapi_client_fd(struct wapi_client *client)
{
	return current_fd(client);
}

int libwapi_request(struct wapi_client *client, unsigned long request,
		    void *argument)
{
	int fd = current_fd(client);

	return fd < 0 ? fd : control(fd, request, argument);
}

static int client_open(struct wapi_client **opened, bool joined, int granted_fd)
{
	struct libwapi_kept *kept;
	struct wapi_client *client;
	int cancel, error, fd;
	bool whole;

	error = libwapi_start();
	if (error)
		return error;

	kept = malloc(sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	client = libwapi_memory(&whole);
	if (!client) {
		free(kept);
		return -ENOMEM;
	}
	*kept = (struct libwapi_kept){
		.client = client,
		.joined = joined,
		.grant = -1,
		.whole = whole,
	};

	cancel = libwapi_lock();
	error = open_device(granted_fd, &fd, kept);
	if (!error) {
		kept->opener = getpid();
		kept->fd = fd;
		kept->next = clients;
		kept->link = &clients;
		if (clients)
			clients->link = &kept->next;
		clients = kept;
		if (whole)
			libwapi_believe(client);
		atomic_store(&libwapi_view(client)->opened, 1 + fd);
	}
	libwapi_unlock(cancel);

	if (error) {
		libwapi_memory_free(client, whole);
		free(kept);
	} else {
		*opened = client;
	}
	return error;
}

WAPI_EXPORT int wapi_client_open(struct wapi_client **client)
{
	return client_open(client, false, -1);
}

WAPI_EXPORT int wapi_client_join(struct wapi_client **client, int granted_fd)
{
	if (granted_fd < 0)
		return -EBADF;
	return client_open(client, true, granted_fd);
}

WAPI_EXPORT void wapi_client_close(struct wapi_client *client)
{
	struct libwapi_kept *kept;
	int cancel;
	char *arena;

	if (!client)
		return;

	cancel = libwapi_lock();
	kept = kept_locked(client);
	*kept->link = kept->next;
	if (kept->next)
		kept->next->link = kept->link;

	arena = atomic_load(&libwapi_view(client)->arena);
	if (arena)
		munmap(arena, libwapi_view(client)->arena_size);
	if (kept->fd >= 0)
		close(kept->fd);
	if (kept->grant >= 0 && is_device(kept->grant, kept->device))
		close(kept->grant);
	libwapi_unlock(cancel);
	libwapi_memory_free(client, kept->whole);
	free(kept);
}

WAPI_EXPORT int wapi_info(struct wapi_client *client, struct wapi_info *info)
{
	struct wapi_info request = { 0 };
	int error;

	error = libwapi_request(client, WAPI_IOC_INFO, &request);
	if (!error)
		*info = request;
	return error;
}

WAPI_EXPORT const char *wapi_version(void)
{
	return LIBWAPI_VERSION;
}

static int map_locked(struct wapi_client *client)
{
	struct libwapi_view *view = libwapi_view(client);
	struct wapi_info info = { 0 };
	uint64_t size;
	int error, fd;
	void *arena;

	if (atomic_load(&view->arena))
		return 0;
	fd = reopen_locked(client);
	if (fd < 0)
		return fd;
	error = control(fd, WAPI_IOC_INFO, &info);
	if (error)
		return error;

	for (size = info.max_arena; ; size /= 2) {
		if (size <= PTRDIFF_MAX) {
			arena = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_SHARED, fd, 0);
			if (arena != MAP_FAILED)
				break;
			if (errno != ENOMEM)
				return failed();
		}
		if (size / 2 < LEAST_MAPPING)
			return -ENOMEM;
	}

	/* A dump would touch, and so allocate, every page of it. */
	madvise(arena, size, MADV_DONTDUMP);
	if (madvise(arena, size, MADV_DONTFORK)) {
		error = failed();
		munmap(arena, size);
		return error;
	}
	view->arena_size = size;
	atomic_store_explicit(&view->arena, arena, memory_order_release);
	return 0;
}

char *libwapi_mapped(struct wapi_client *client, size_t *size)
{
	struct libwapi_view *view = libwapi_view(client);
	char *arena;

	arena = atomic_load_explicit(&view->arena, memory_order_acquire);
	if (arena)
		*size = view->arena_size;
	return arena;
}

int libwapi_map(struct wapi_client *client, char **base, size_t *size)
{
	int cancel, error;

	*base = libwapi_mapped(client, size);
	if (*base)
		return 0;

	cancel = libwapi_lock();
	error = map_locked(client);
	libwapi_unlock(cancel);
	if (!error)
		*base = libwapi_mapped(client, size);
	return error;
}

bool libwapi_table(struct wapi_client *client)
{
	struct libwapi_view *view = libwapi_view(client);
	int cancel, table;

	table = atomic_load_explicit(&view->table, memory_order_acquire);
	if (table == LIBWAPI_TABLE_UNTRIED) {
		cancel = libwapi_lock();
		/* If it cannot be opened now, requests will tell why. */
		if (reopen_locked(client) >= 0 &&
		    atomic_load(&view->table) == LIBWAPI_TABLE_UNTRIED)
			map_table_locked(client, kept_locked(client));
		table = atomic_load(&view->table);
		libwapi_unlock(cancel);
	}
	return table == LIBWAPI_TABLE_MAPPED;
}
