/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libwapi share.
 *
 * There is one lock in the library, in fork.c.  It guards what is rarely
 * done: opening, closing and mapping.  A request takes none.
 */
#ifndef LIBWAPI_INTERNAL_H
#define LIBWAPI_INTERNAL_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wapi/wapi.h>

/* A function of libwapi.map; everything else is hidden. */
#define WAPI_EXPORT	__attribute__((visibility("default")))

/* The page that a child finds filled with zeros: see fork.c. */
struct libwapi_process {
	atomic_bool mark;
	pthread_mutex_t lock;	/* zeros are an unlocked mutex */
};

extern struct libwapi_process *libwapi_process;

/* Make it, once. */
int libwapi_start(void);

/* The lock; what the one returns is for the other. */
int libwapi_lock(void);
void libwapi_unlock(int cancel);

/* Whether what is known of clients was learned in this process. */
static inline bool libwapi_is_ours(void)
{
	return atomic_load_explicit(&libwapi_process->mark, memory_order_acquire);
}

/* In a child, once: let no client be open. */
void libwapi_disinherit_locked(void);

/*
 * Make a request.  @argument is one of the structures of <linux/wapi.h>, not
 * the caller's of the library: it is written only on success all the same, but
 * holds what goes in.
 */
int libwapi_request(struct wapi_client *client, unsigned long request,
		    void *argument);

/* Before a handle of @client becomes inheritable: forked children will ask for it. */
void libwapi_will_pass_on(struct wapi_client *client);

/* Make the object of @request with a name, or NULL; or open the one of that name. */
int libwapi_new_named(struct wapi_client *client, struct wapi_new *request,
		      const char *name, uint32_t *handle, bool *existed);

/* The mapping of the arena, made if it is not there yet. */
int libwapi_map(struct wapi_client *client, char **base, size_t *size);

/* The mapping if it is there in this process, else NULL. */
char *libwapi_mapped(struct wapi_client *client, size_t *size);

/*
 * The address of @offset, which must be in a block that the client may use, and
 * how many bytes follow up to the end of the block.
 */
int libwapi_extent(struct wapi_client *client, uint64_t offset, char **address,
		   size_t *room);

#endif /* LIBWAPI_INTERNAL_H */
