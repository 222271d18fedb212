/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a domain holds, read in one go and joined.
 *
 * Everything is sorted once and found by bisection after that: a million
 * handles are listed in seconds.  A listing read while others work may miss or
 * repeat what changes meanwhile, so what one record names need not be in the
 * others.
 */
#ifndef WAPICTL_LISTING_H
#define WAPICTL_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wapi/wapi.h>

/* A growing array of records of one size. */
struct records {
	void *data;
	size_t count;
	size_t room;
	size_t size;
};

/* A name, as long as it is. */
struct name {
	uint32_t handle;
	uint32_t size;
	int32_t session;
	char *bytes;
};

struct listing {
	struct wapi_domain_record domain;
	struct records handles;		/* struct wapi_handle_record */
	struct records references;	/* struct wapi_reference_record */
	struct records waiters;		/* struct wapi_waiter_record */
	struct records names;		/* struct name */
	uint64_t now;			/* when waiters were read, as they count */
	struct records blocks;		/* struct wapi_block_record */
	struct records clients;		/* struct wapi_client_record, by id */
	struct records processes;	/* the same, by process id */
	uint64_t client_count;		/* without wapictl's own */
};

/* What to read; clients always are. */
#define LISTING_HANDLES	(1 << 0)	/* handles and all that is of them */
#define LISTING_BLOCKS	(1 << 1)

typedef void listing_function(struct wapi_client *client,
			      const struct listing *listing, void *data);

/*
 * Calls the function for the caller's domain, or for all, one after the other.
 * Returns what a command exits with.
 */
int listing_each(struct wapi_client *client, bool all, unsigned int what,
		 listing_function *each, void *data);

/* Without CAP_SYS_ADMIN the module lists the own domain only. */
bool listing_may_read_all(void);

/* The references to a handle, lying one behind the other. */
const struct wapi_reference_record *
listing_references(const struct listing *listing, uint32_t handle,
		   size_t *count);

/* Who waits for a handle, in the order of coming, lying one behind the other. */
const struct wapi_waiter_record *
listing_waiters(const struct listing *listing, uint32_t handle, size_t *count);

/* NULL if it has none. */
const struct name *listing_name(const struct listing *listing, uint32_t handle);

/* NULL for a process that has no client. */
const struct wapi_client_record *
listing_client_of(const struct listing *listing, int32_t pid);

/* NULL for one that is not in the listing. */
const struct wapi_client_record *
listing_client(const struct listing *listing, uint64_t id);

/* "PID COMMAND", escaped; PID is "?" for a process that is not seen here. */
#define CLIENT_NAME_SIZE	96
void client_name(char name[CLIENT_NAME_SIZE],
		 const struct wapi_client_record *client, uint64_t id);

#endif /* WAPICTL_LISTING_H */
