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
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wapi/wapi.h>

/* A function of libwapi.map; everything else is hidden. */
#define WAPI_EXPORT	__attribute__((visibility("default")))

/* The process, and its lock; what taking it returns is for giving it back. */
int libwapi_start(void);
int libwapi_lock(void);
void libwapi_unlock(int cancel);

/* In a child, before anything else is done with the lock held. */
void libwapi_disinherit_locked(void);

/*
 * What a struct wapi_client * points to is the state table, so that no
 * instruction is needed to find it.  What else belongs to a client stands in
 * front of that, see table.c.
 */
struct wapi_client {
	_Atomic uint32_t states[1 << WAPI_HANDLE_INDEX_BITS];
};

/* What an entry has below the generation, less 1: so 0, no entry, is not there. */
#define LIBWAPI_MEANINGS	128

/* What is true in this process only: all zeros in a forked child. */
struct libwapi_view {
	/* How to read the table: see state.c. */
	uint32_t limit;		/* LIBWAPI_MEANINGS, or 0: believe nothing */
	uint32_t mask;		/* of a handle's index, or 0 */
	uint32_t lacks[LIBWAPI_MEANINGS];	/* capabilities */
	int32_t signalled[LIBWAPI_MEANINGS];	/* 1, 0, or -1: ask */

	/* See client.c. */
	atomic_int opened;	/* 1 + the descriptor, or 0: not open */
	atomic_int table;	/* LIBWAPI_TABLE_* */
	atomic_bool passes_on;	/* handles may be inheritable, and that is kept */
	char *_Atomic arena;	/* NULL: not mapped */
	size_t arena_size;	/* written before arena */
	struct libwapi_kept *kept;	/* only with the lock held; NULL: to be found */

	/* See held.c; apart from what is hardly written. */
	_Alignas(64) atomic_uint begun;	/* requests that may give references back */
	atomic_uint finished;
	atomic_bool learning;	/* something has been written to known */
	atomic_uint tokens;	/* how many were taken, */
	atomic_uint written;	/* and have been in known, */
	atomic_uint wiped;	/* and are there no more */
};

#define LIBWAPI_TABLE_UNTRIED	0
#define LIBWAPI_TABLE_MAPPED	1
#define LIBWAPI_TABLE_NONE	2

/* Multiples of every page size. */
#define LIBWAPI_VIEW_SIZE	65536
#define LIBWAPI_KNOWN_SIZE	sizeof(struct wapi_client)

static inline struct libwapi_view *libwapi_view(const struct wapi_client *client)
{
	return (struct libwapi_view *)((char *)client - LIBWAPI_VIEW_SIZE);
}

/* A word for each handle's index; not there if view->limit is 0. */
static inline _Atomic uint32_t *libwapi_known(const struct wapi_client *client)
{
	return (_Atomic uint32_t *)((char *)libwapi_view(client) -
				    LIBWAPI_KNOWN_SIZE);
}

/*
 * The memory of a client, or NULL.  If it is not the @whole of it, there is no
 * room for the table.
 */
struct wapi_client *libwapi_memory(bool *whole);
void libwapi_memory_free(struct wapi_client *client, bool whole);

/* Map the state table of @fd's domain. */
bool libwapi_table_map(struct wapi_client *client, int fd);

/* From now on, what stands in the table is believed.  No other thread sees the client. */
void libwapi_believe(struct wapi_client *client);

/* Whether the table is mapped, which is tried once. */
bool libwapi_table(struct wapi_client *client);

/* Forget all that is known. */
void libwapi_known_wipe(struct wapi_client *client);

/*
 * Make a request.  @argument is one of the structures of <linux/wapi.h>, not
 * the caller's of the library: it is written only on success all the same, but
 * holds what goes in.
 */
int libwapi_request(struct wapi_client *client, unsigned long request,
		    void *argument);

/*
 * Make a request that may give back a reference to @handle.  Any that may do so
 * must be made by this, or by libwapi_request_forgetting().
 */
int libwapi_request_giving(struct wapi_client *client, unsigned long request,
			   void *argument, uint32_t handle);

/* Make a request that may give back references to whatever handles. */
int libwapi_request_forgetting(struct wapi_client *client, unsigned long request,
			       void *argument);

/*
 * Before and after a request that succeeds only for a handle that the client
 * holds a reference to, and that can be waited for.  A token of 0 learns nothing.
 */
uint32_t libwapi_learn(struct wapi_client *client, uint32_t handle);
void libwapi_learned(struct wapi_client *client, uint32_t handle, uint32_t token);

/* Whether this was learned of all, and no reference was given back since. */
bool libwapi_are_held(struct wapi_client *client, const uint32_t *handles,
		      uint32_t count);

/*
 * Is one of the handles to be acquired, by the look of it?  A hint, that a longer
 * look would be in vain.
 */
static inline bool libwapi_acquires(const struct wapi_client *client,
				    const uint32_t *handles, uint32_t count)
{
	uint32_t i, mask = libwapi_view(client)->mask, entry;

	for (i = 0; i < count; i++) {
		entry = atomic_load_explicit(&client->states[handles[i] & mask],
					     memory_order_relaxed);
		if ((entry & (WAPI_ENTRY_SIGNALLED | WAPI_ENTRY_KEEPS)) ==
		    WAPI_ENTRY_SIGNALLED)
			return true;
	}
	return false;
}

/*
 * A wait for any of the handles that does not sleep, and acquires nothing: 0 and
 * which it was, or -ETIMEDOUT; or that the kernel must be asked, or that something
 * can be learned from that too.
 */
#define LIBWAPI_ASK	1
#define LIBWAPI_LEARN	2
int libwapi_look_for_any(struct wapi_client *client, const uint32_t *handles,
			 uint32_t count, uint32_t *index);

/* WAPI_IOC_SEARCH in a part of the table: 0, or -EAGAIN if the kernel must be asked. */
int libwapi_look_behind(struct wapi_client *client, struct wapi_search *search);

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
