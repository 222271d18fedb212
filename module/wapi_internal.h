/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's structures: what guards each field, and how long each lives.
 *
 * Data goes one way: ioctl.c takes a request apart, finds the client's object
 * and calls the function of the request; objects own their handle and data
 * block; handle table and arena know nothing of who uses them.
 *
 * Lock order, outermost first:
 *
 *   wapi_client.lifecycle	mutex	a client's beginning and end
 *   wapi_domains_lock		mutex	which domains there are, and their clients
 *   wapi_handle_table.growth	mutex	growing a handle table
 *   wapi_object.lock		spin	an object and all references to it
 *   wapi_client.lock		spin	the client's list of references
 *   wapi_handle_table.lock	spin	the slots of a domain
 *   wapi_arena.lock		spin	the blocks of a domain
 *
 * Nothing is allocated and no user memory is faulted in under a spin lock.
 */
#ifndef WAPI_INTERNAL_H
#define WAPI_INTERNAL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <linux/wapi.h>

struct file;
struct seq_file;
struct vfsmount;
struct vm_area_struct;

/* ---- limits.c: what a user may use up; module parameters ---- */

/**
 * struct wapi_limits - the limits of a domain
 * @handles: live handles
 * @clients: clients
 * @blocks: blocks in the arena
 * @arena: bytes of the arena
 */
struct wapi_limits {
	unsigned long handles;
	unsigned long clients;
	unsigned long blocks;
	unsigned long arena;
};

void wapi_limits_read(struct wapi_limits *limits);

/* ---- handle.c: the handle table of a domain ---- */

#define WAPI_HANDLE_INDEX_MASK	(BIT(WAPI_HANDLE_INDEX_BITS) - 1)
#define WAPI_GENERATION_MAX	(BIT(WAPI_HANDLE_GENERATION_BITS) - 1)
#define WAPI_SLOTS_MAX		BIT(WAPI_HANDLE_INDEX_BITS)
#define WAPI_SLOTS_PER_PAGE	256
#define WAPI_SLOT_PAGES		(WAPI_SLOTS_MAX / WAPI_SLOTS_PER_PAGE)

struct wapi_object;


/**
 * struct wapi_handle_table - slots, found by index and guarded by a generation
 * @lock: guards all below and the slots, except where noted
 * @pages: slot pages by page number; they stay until the table goes
 * @growth: held to add a page
 * @size: slots that exist; written under @growth and @lock
 * @fresh: slots that were ever used
 * @live: slots in use, the limit's measure
 * @limit: how many may be
 * @unused: first of the slots that were reserved for nothing
 * @nr_unused: how many
 * @queue_head: first of the freed slots that wait for their next generation
 * @queue_tail: last of them
 * @queued: how many
 * @present: per type, the slot pages that have live handles of that type; [0]
 *           is for handles of any type
 */
struct wapi_handle_table {
	spinlock_t lock;
	struct xarray pages;
	struct mutex growth;
	u32 size;
	u32 fresh;
	u32 live;
	u32 limit;
	u32 unused;
	u32 nr_unused;
	u32 queue_head;
	u32 queue_tail;
	u32 queued;
	DECLARE_BITMAP(present[WAPI_TYPE_COUNT], WAPI_SLOT_PAGES);
};

void wapi_handle_table_init(struct wapi_handle_table *table, u32 limit);
void wapi_handle_table_destroy(struct wapi_handle_table *table);
int wapi_handle_reserve(struct wapi_handle_table *table, u32 *handle);
void wapi_handle_unreserve(struct wapi_handle_table *table, u32 handle);
void wapi_handle_publish(struct wapi_handle_table *table, struct wapi_object *object);
void wapi_handle_remove(struct wapi_handle_table *table, struct wapi_object *object);
struct wapi_object *wapi_handle_find(struct wapi_handle_table *table, u32 handle);
bool wapi_handle_next(struct wapi_handle_table *table, u32 index, u32 type,
		      struct wapi_search *found);
int wapi_handle_cache_create(void);
void wapi_handle_cache_destroy(void);

static inline u32 wapi_handle_index(u32 handle)
{
	return handle & WAPI_HANDLE_INDEX_MASK;
}

/* ---- arena.c: the scratch memory of a domain; block.c: whose it is ---- */

/**
 * struct wapi_arena_block - one allocation in the arena
 *
 * Lives from its allocation until its owner frees it or goes.  All fields are
 * guarded by wapi_arena.lock, but @offset and @size, which never change.
 *
 * @node: in wapi_arena.blocks, in the order of addresses
 * @start: the first byte that it occupies
 * @end: the byte behind the last one
 * @gap: free bytes from @end to the next block
 * @largest_gap: the largest @gap in the subtree of @node
 * @offset: its name: the first byte that its user sees
 * @size: bytes that its user asked for
 * @client: the client that it belongs to, or NULL
 * @object: the object that it belongs to, or NULL; a block that belongs to
 *          nobody comes or goes just now and is not to be seen
 * @in_client: in wapi_client.blocks, if it belongs to a client
 */
struct wapi_arena_block {
	struct rb_node node;
	u64 start;
	u64 end;
	u64 gap;
	u64 largest_gap;
	u64 offset;
	u64 size;
	struct wapi_client *client;
	struct wapi_object *object;
	struct list_head in_client;
};

/**
 * struct wapi_arena - the scratch memory of a domain
 * @lock: guards the blocks
 * @blocks: all blocks by address, augmented with the gaps between them
 * @origin: occupies offset 0, which is no block; the first in @blocks
 * @count: number of blocks, @origin not counted
 * @used: bytes in them
 * @limit: how many blocks may be
 * @size: of the arena in bytes
 * @file: the memory; every mapping holds a reference to it too
 */
struct wapi_arena {
	spinlock_t lock;
	struct rb_root blocks;
	struct wapi_arena_block origin;
	unsigned long count;
	u64 used;
	unsigned long limit;
	u64 size;
	struct file *file;
};

int wapi_arena_init(struct wapi_arena *arena, const struct wapi_limits *limits);
void wapi_arena_destroy(struct wapi_arena *arena);
struct wapi_arena_block *wapi_arena_alloc(struct wapi_arena *arena, u64 size);
void wapi_arena_free(struct wapi_arena *arena, struct wapi_arena_block *block);
int wapi_arena_fill(struct wapi_arena *arena, struct wapi_arena_block *block,
		    const void __user *data);
struct wapi_arena_block *wapi_arena_next_locked(struct wapi_arena *arena, u64 offset);
u64 wapi_arena_resident(struct wapi_arena *arena);
int wapi_arena_mmap(struct wapi_arena *arena, struct vm_area_struct *vma);
int wapi_arena_cache_create(void);
void wapi_arena_cache_destroy(void);

struct wapi_arena_block *wapi_block_take(struct wapi_client *client, u64 offset);
void wapi_block_give_client(struct wapi_arena_block *block, struct wapi_client *client);
void wapi_block_give_object(struct wapi_arena_block *block, struct wapi_object *object);
void wapi_block_free_all(struct wapi_client *client);
bool wapi_block_next(struct wapi_arena *arena, u64 offset, struct wapi_block_record *record);

/* ---- domain.c: who sees what ---- */

/**
 * struct wapi_domain - the clients that see one handle table and one arena
 *
 * Made by the first client with its @uid and @ipc, gone with its last.
 *
 * @id: names it in listings, never used again
 * @uid: user id that its first client's file was opened with
 * @ipc: stands for the IPC namespace, see wapi_domain_ipc()
 * @in_hash: in the domains by @uid and @ipc; wapi_domains_lock
 * @users: clients, and listings under way
 * @limits: as the module parameters were when it was made
 * @refused: requests that ended in an error
 * @clients: all clients by id; written under wapi_domains_lock, read under RCU
 * @nr_clients: how many; wapi_domains_lock
 * @handles: the handle table
 * @arena: the scratch memory
 */
struct wapi_domain {
	u64 id;
	kuid_t uid;
	struct vfsmount *ipc;
	struct hlist_node in_hash;
	refcount_t users;
	struct wapi_limits limits;
	atomic64_t refused;
	struct xarray clients;
	unsigned long nr_clients;
	struct wapi_handle_table handles;
	struct wapi_arena arena;
};

struct vfsmount *wapi_domain_ipc(void);
struct wapi_domain *wapi_domain_get(kuid_t uid, struct vfsmount *ipc);
struct wapi_domain *wapi_domain_next(u64 id);
void wapi_domain_put(struct wapi_domain *domain);
int wapi_domain_add(struct wapi_domain *domain, struct wapi_client *client);
void wapi_domain_remove(struct wapi_domain *domain, struct wapi_client *client);

/* ---- client.c: one open of /dev/wapi ---- */

/**
 * struct wapi_client - one open of /dev/wapi
 *
 * Begins with open() and ends with the last close of the file, or before, with
 * the opening process or its execve().  From then on it holds nothing and
 * answers ESTALE.  The memory stays for @users.
 *
 * @users: the file, and the end work while it is queued
 * @id: names it in listings, never used again
 * @domain: NULL until its first request; never changes after, while it lives
 * @process: the thread group that opened it
 * @exec_id: which of that process's programs opened it
 * @uid: user id that the file was opened with
 * @ipc: stands for the IPC namespace that it was opened in
 * @comm: command name of the process when it opened
 * @lifecycle: serialises its first request and its end
 * @ended: it has ended; written under @lifecycle
 * @lock: guards @references and @nr_references
 * @references: the references that it holds
 * @nr_references: how many; one for a handle, whatever its count
 * @later: its references that are not the first to their object, by handle
 *         index; written under the wapi_object.lock of the object
 * @blocks: the blocks that belong to it; wapi_arena.lock
 * @nr_blocks: how many; wapi_arena.lock
 * @refused: requests that ended in an error
 * @end_work: ends it when the process cannot
 * @in_processes: in the table of clients by @process
 * @rcu: listings find it under RCU
 */
struct wapi_client {
	refcount_t users;
	u64 id;
	struct wapi_domain *domain;
	struct pid *process;
	u64 exec_id;
	kuid_t uid;
	struct vfsmount *ipc;
	char comm[TASK_COMM_LEN];
	struct mutex lifecycle;
	bool ended;
	spinlock_t lock;
	struct list_head references;
	unsigned long nr_references;
	struct xarray later;
	struct list_head blocks;
	unsigned long nr_blocks;
	atomic64_t refused;
	struct work_struct end_work;
	struct rhlist_head in_processes;
	struct rcu_head rcu;
};

struct wapi_client *wapi_client_create(void);
void wapi_client_put(struct wapi_client *client);
bool wapi_client_is_own(struct wapi_client *client);
int wapi_client_bind(struct wapi_client *client);
void wapi_client_end(struct wapi_client *client);
void wapi_client_end_all_of(struct pid *process);
void wapi_client_refused(struct wapi_client *client);
int wapi_clients_init(void);
void wapi_clients_exit(void);

/* ---- taskend.c: processes that end, and programs that are replaced ---- */

bool wapi_process_is_ending(void);
int wapi_taskend_init(void);
void wapi_taskend_exit(void);

/* ---- object.c: what is shared; reference.c: the right to use it ---- */

/**
 * struct wapi_reference - a client's counted references to an object
 * @client: who holds them; NULL if none of an object's first are held
 * @object: what they are to
 * @in_client: in wapi_client.references; wapi_client.lock
 * @in_object: in wapi_object.holders; wapi_object.lock
 * @count: how many; wapi_object.lock
 */
struct wapi_reference {
	struct wapi_client *client;
	struct wapi_object *object;
	struct list_head in_client;
	struct list_head in_object;
	u32 count;
};

/**
 * struct wapi_object - what is shared
 *
 * Lives while a client holds a reference, and is freed one RCU grace period
 * after the last: who finds it in the handle table takes @lock and looks at
 * @references before anything else.
 *
 * @lock: guards all below that changes
 * @handle: its name
 * @domain: where it is; stays while a client has references
 * @type: &enum wapi_type
 * @signalled: its signal state
 * @clients: number of @holders
 * @references: sum of their counts; 0 when it is gone
 * @holders: the references to it
 * @first: the references of one client, so that most objects need no other
 *         allocation
 * @block: the data block, or NULL
 * @rcu: frees it
 */
struct wapi_object {
	spinlock_t lock;
	u32 handle;
	struct wapi_domain *domain;
	u8 type;
	bool signalled;
	u32 clients;
	u32 references;
	struct list_head holders;
	struct wapi_reference first;
	struct wapi_arena_block *block;
	struct rcu_head rcu;
};

u32 wapi_type_caps(u32 type);
struct wapi_object *wapi_object_create(struct wapi_client *client, u32 type);
void wapi_object_publish(struct wapi_object *object, struct wapi_client *client);
void wapi_object_abort(struct wapi_object *object);
struct wapi_object *wapi_object_lock(struct wapi_domain *domain, u32 handle);
bool wapi_object_unlock(struct wapi_object *object);
int wapi_object_cache_create(void);
void wapi_object_cache_destroy(void);

struct wapi_reference *wapi_reference_of(struct wapi_object *object,
					 struct wapi_client *client);
void wapi_reference_first(struct wapi_object *object, struct wapi_client *client);
void wapi_reference_drop(struct wapi_reference *reference, u32 count);
void wapi_reference_drop_all(struct wapi_client *client);

/* ---- ioctl.c: requests ---- */

/**
 * struct wapi_request - a request under way
 * @client: who asks
 * @object: a new object that is not yet published, or the locked object
 * @reference: the client's references to the locked object
 * @block: a block that belongs to nobody until the request is committed
 * @args: the structure that the caller passed, and gets back
 */
struct wapi_request {
	struct wapi_client *client;
	struct wapi_object *object;
	struct wapi_reference *reference;
	struct wapi_arena_block *block;
	union {
		u32 handle;
		struct wapi_info info;
		struct wapi_new new;
		struct wapi_open open;
		struct wapi_close close;
		struct wapi_search search;
		struct wapi_query query;
		struct wapi_attach attach;
		struct wapi_scratch scratch;
		struct wapi_scratch_free scratch_free;
		struct wapi_block block;
		struct wapi_join join;
		struct wapi_list list;
	} args;
};

long wapi_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/*
 * The functions of the requests.  One that is given a locked object must not
 * sleep; an undo function takes back what a request did whose result could not
 * be delivered.
 */
int wapi_info(struct wapi_request *request);
int wapi_new(struct wapi_request *request);
void wapi_new_commit(struct wapi_request *request);
void wapi_new_undo(struct wapi_request *request);
int wapi_open(struct wapi_request *request);
void wapi_open_undo(struct wapi_request *request);
int wapi_close_locked(struct wapi_request *request);
void wapi_close_commit_locked(struct wapi_request *request);
int wapi_search(struct wapi_request *request);
int wapi_query_locked(struct wapi_request *request);
int wapi_attach_locked(struct wapi_request *request);
void wapi_attach_commit_locked(struct wapi_request *request);
void wapi_attach_undo_locked(struct wapi_request *request);
int wapi_scratch(struct wapi_request *request);
void wapi_scratch_commit(struct wapi_request *request);
void wapi_scratch_undo(struct wapi_request *request);
int wapi_scratch_free(struct wapi_request *request);
int wapi_block(struct wapi_request *request);
int wapi_join(struct wapi_request *request);
int wapi_list(struct wapi_request *request);

/* ---- info.c, main.c ---- */

void wapi_show_fdinfo(struct seq_file *m, struct file *file);
extern const struct file_operations wapi_file_operations;

#endif /* WAPI_INTERNAL_H */
