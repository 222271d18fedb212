// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A client: one open of /dev/wapi.  It lives from wapi_client_open() or
 * wapi_client_join() to wapi_client_close(); in a forked child, what stands for
 * the parent's client is emptied, and filled again by its first use.
 *
 * Locking: the lock of fork.c guards the list of clients and every field that is
 * not atomic.
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

struct wapi_client {
	_Atomic int fd;		/* -1: not open in this process */
	_Atomic(char *) arena;	/* NULL: not mapped in this process */
	size_t arena_size;	/* written before arena */

	bool joined;		/* another's domain, not that of our user id */
	bool lost;		/* and no way into it is left */
	int grant;		/* joined: the inherited descriptor, or -1 */
	pid_t opener;		/* the process that opened it */
	atomic_bool passes_on;	/* it may have inheritable handles */
	dev_t device;		/* what the descriptors are of */
	struct wapi_client *next;
	struct wapi_client **link;	/* what points at us */
};

static struct wapi_client *clients;

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
	struct wapi_client *client;

	for (client = clients; client; client = client->next) {
		int fd = atomic_load(&client->fd);

		/*
		 * A child that was made without fork handlers may have closed
		 * it long ago, and the number may be another file's now.
		 */
		if (fd >= 0 && client->joined)
			client->grant = fd;
		else if (fd >= 0 && is_device(fd, client->device))
			close(fd);
		atomic_store(&client->fd, -1);

		/* Not unmapped: MADV_DONTFORK kept it out of this process. */
		atomic_store(&client->arena, NULL);
	}
}

/*
 * Open the device, and enter the domain that @grant is of, if it is not -1.
 * The first request binds a client to its domain: that is made here, so that it
 * does not depend on what the process becomes later.
 */
static int open_device(int grant, int *opened, dev_t *device)
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
	*device = status.st_rdev;
	return 0;
close:
	close(fd);
	return error;
}

void libwapi_will_pass_on(struct wapi_client *client)
{
	atomic_store(&client->passes_on, true);
}

/*
 * Take over what the parent's client marked inheritable.  Who was adopted since
 * has another parent, whose handles are none of ours.  In a new PID namespace
 * the parent is not seen, and is the one all the same.
 */
static int inherit(struct wapi_client *client, int fd)
{
	struct wapi_inherit request = { 0 };
	pid_t parent = getppid();
	int error;

	if (!atomic_load(&client->passes_on) ||
	    (parent && parent != client->opener))
		return 0;
	error = control(fd, WAPI_IOC_INHERIT, &request);
	/* It may have ended, or never have used its client. */
	return error == -ESRCH ? 0 : error;
}

/* Open again what a fork closed. */
static int reopen_locked(struct wapi_client *client)
{
	int error, fd = atomic_load(&client->fd);

	if (fd >= 0)
		return fd;
	if (client->lost)
		return -ESTALE;

	error = open_device(client->joined ? client->grant : -1, &fd,
			    &client->device);
	if (!error) {
		error = inherit(client, fd);
		if (error)
			close(fd);
	}
	if (client->joined) {
		/* Whatever has the number now, it is not our way in. */
		if (error == -EBADF || error == -ENOTTY) {
			client->grant = -1;
			error = -ESTALE;
		}
		client->lost = error == -ESTALE;
		if (client->grant >= 0 && (!error || client->lost)) {
			close(client->grant);
			client->grant = -1;
		}
	}
	if (error)
		return error;
	client->opener = getpid();
	atomic_store_explicit(&client->fd, fd, memory_order_release);
	return fd;
}

static inline int current_fd(struct wapi_client *client)
{
	int cancel, fd;

	if (libwapi_is_ours()) {
		fd = atomic_load_explicit(&client->fd, memory_order_acquire);
		if (fd >= 0)
			return fd;
	}
	cancel = libwapi_lock();
	fd = reopen_locked(client);
	libwapi_unlock(cancel);
	return fd;
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
	struct wapi_client *client;
	int cancel, error, fd;

	error = libwapi_start();
	if (error)
		return error;
	client = malloc(sizeof(*client));
	if (!client)
		return -ENOMEM;
	*client = (struct wapi_client){
		.fd = -1,
		.joined = joined,
		.grant = -1,
	};

	cancel = libwapi_lock();
	error = open_device(granted_fd, &fd, &client->device);
	if (!error) {
		client->opener = getpid();
		atomic_store(&client->fd, fd);
		client->next = clients;
		client->link = &clients;
		if (clients)
			clients->link = &client->next;
		clients = client;
	}
	libwapi_unlock(cancel);

	if (error)
		free(client);
	else
		*opened = client;
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
	int cancel, fd;
	char *arena;

	if (!client)
		return;

	cancel = libwapi_lock();
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;

	arena = atomic_load(&client->arena);
	if (arena)
		munmap(arena, client->arena_size);
	fd = atomic_load(&client->fd);
	if (fd >= 0)
		close(fd);
	if (client->grant >= 0 && is_device(client->grant, client->device))
		close(client->grant);
	libwapi_unlock(cancel);
	free(client);
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
	struct wapi_info info = { 0 };
	uint64_t size;
	int error, fd;
	void *arena;

	if (atomic_load(&client->arena))
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
	client->arena_size = size;
	atomic_store_explicit(&client->arena, arena, memory_order_release);
	return 0;
}

char *libwapi_mapped(struct wapi_client *client, size_t *size)
{
	char *arena = NULL;

	if (libwapi_is_ours())
		arena = atomic_load_explicit(&client->arena,
					     memory_order_acquire);
	if (arena)
		*size = client->arena_size;
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
	if (!error) {
		*base = atomic_load(&client->arena);
		*size = client->arena_size;
	}
	libwapi_unlock(cancel);
	return error;
}
