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
 *   wapi_opener.lock		spin	the clients of a process
 *   wapi_domains_lock		mutex	which domains there are, and their clients
 *   wapi_handle_table.growth	mutex	growing a handle table
 *   wapi_domain.freeze		spin	all frozen objects of a domain, see freeze.c
 *   wapi_object.lock		spin	an object and all references to it
 *   wapi_client.lock		spin	the client's lists of references and mutexes
 *   wapi_owner.lock		spin	the list of a thread's mutexes
 *   wapi_running_lock		spin	which processes and threads are watched
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
struct pid_namespace;
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
 * @rcu: frees it
 * @id: names it in listings, never used again
 * @uid: user id that its first client's file was opened with
 * @ipc: stands for the IPC namespace, see wapi_domain_ipc()
 * @in_hash: in the domains by @uid and @ipc; wapi_domains_lock
 * @users: clients, listings under way, and descriptors of its objects
 * @limits: as the module parameters were when it was made
 * @refused: requests that ended in an error
 * @clients: all clients by id; written under wapi_domains_lock, read under RCU
 * @nr_clients: how many; wapi_domains_lock
 * @handles: the handle table
 * @arena: the scratch memory
 * @freeze: held to change a frozen object, see freeze.c
 * @names: the named objects
 * @running: watched processes and threads that keep their objects alive;
 *           wapi_running_lock
 */
struct wapi_domain {
	struct rcu_head rcu;
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
	spinlock_t freeze;
	struct rhashtable names;
	struct list_head running;
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
 * @users: the file, and who else looks at it
 * @id: names it in listings, never used again
 * @domain: NULL until its first request; never changes after, while it lives
 * @opener: the process that opened it
 * @process: the same, as its thread group
 * @exec_id: which of that process's programs opened it
 * @uid: user id that the file was opened with
 * @ipc: stands for the IPC namespace that it was opened in
 * @comm: command name of the process when it opened
 * @lifecycle: serialises its first request and its end
 * @ended: it has ended; written under @lifecycle
 * @lock: guards @references, @nr_references and @mutexes
 * @references: the references that it holds, inheritable ones first
 * @nr_references: how many; one for a handle, whatever its count
 * @mutexes: the mutexes that were taken through it
 * @later: its references that are not the first to their object, by handle
 *         index; written under the wapi_object.lock of the object
 * @blocks: the blocks that belong to it; wapi_arena.lock
 * @nr_blocks: how many; wapi_arena.lock
 * @refused: requests that ended in an error
 * @in_opener: in wapi_opener.clients; wapi_opener.lock
 * @rcu: listings find it under RCU
 */
struct wapi_client {
	refcount_t users;
	u64 id;
	struct wapi_domain *domain;
	struct wapi_opener *opener;
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
	struct list_head mutexes;
	struct xarray later;
	struct list_head blocks;
	unsigned long nr_blocks;
	atomic64_t refused;
	struct list_head in_opener;
	struct rcu_head rcu;
};

struct wapi_client *wapi_client_create(void);
void wapi_client_put(struct wapi_client *client);
bool wapi_client_is_own(struct wapi_client *client);
int wapi_client_bind(struct wapi_client *client);
void wapi_client_end(struct wapi_client *client);
void wapi_client_refused(struct wapi_client *client);
struct wapi_client *wapi_client_lock_of(struct pid *process, struct wapi_domain *domain,
					u64 after);
void wapi_client_unlock(struct wapi_client *client);

/* ---- opener.c: the processes that have clients ---- */

/**
 * struct wapi_opener - a process that has clients
 * @users: its clients, and the end work while it is queued
 * @process: the thread group
 * @in_openers: in the table of openers by @process
 * @lock: guards @clients
 * @clients: in the order in which they were opened
 * @exec_id: clients of programs before this one are to end
 * @end_work: ends them
 * @rcu: frees it
 */
struct wapi_opener {
	refcount_t users;
	struct pid *process;
	struct rhash_head in_openers;
	spinlock_t lock;
	struct list_head clients;
	u64 exec_id;
	struct work_struct end_work;
	struct rcu_head rcu;
};

struct wapi_opener *wapi_opener_get(void);
void wapi_opener_put(struct wapi_opener *opener);
void wapi_opener_add(struct wapi_client *client);
void wapi_opener_remove(struct wapi_client *client);
struct wapi_client *wapi_opener_client(struct pid *process, struct wapi_domain *domain,
				       u64 after);
bool wapi_opener_is_past(const struct wapi_client *client);
void wapi_opener_end(struct pid *process, u64 exec_id);
int wapi_openers_init(void);
void wapi_openers_exit(void);

/* ---- taskend.c: processes and threads that end, and programs that are replaced ---- */

bool wapi_process_is_ending(void);
int wapi_taskend_init(void);
void wapi_taskend_exit(void);

/* ---- owner.c: which thread holds which mutex ---- */

/**
 * struct wapi_owner - a thread that has taken a mutex
 *
 * Made with its first, and kept until the thread ends.
 *
 * @task: the thread
 * @pid: its id
 * @in_owners: in the table of owners by @task
 * @lock: guards @mutexes
 * @mutexes: the mutexes that it owns
 * @end_work: abandons them when it has ended
 * @rcu: frees it
 */
struct wapi_owner {
	struct task_struct *task;
	struct pid *pid;
	struct rhash_head in_owners;
	spinlock_t lock;
	struct list_head mutexes;
	struct work_struct end_work;
	struct rcu_head rcu;
};

struct wapi_owner *wapi_owner_find(struct task_struct *task);
struct wapi_owner *wapi_owner_get(void);
bool wapi_owner_is_ending(const struct wapi_owner *owner);
void wapi_owner_end(struct task_struct *task);
void wapi_owner_exec(struct task_struct *task);
int wapi_owners_init(void);
void wapi_owners_exit(void);

/* ---- object.c: what is shared; reference.c: the right to use it ---- */

/**
 * struct wapi_reference - a client's counted references to an object
 * @client: who holds them; NULL if none of an object's first are held
 * @object: what they are to
 * @in_client: in wapi_client.references; wapi_client.lock
 * @in_object: in wapi_object.holders; wapi_object.lock
 * @count: how many; wapi_object.lock
 * @inherit: children may inherit it; wapi_client.lock
 */
struct wapi_reference {
	struct wapi_client *client;
	struct wapi_object *object;
	struct list_head in_client;
	struct list_head in_object;
	u32 count;
	bool inherit;
};

/* The state of each type; guarded by wapi_object.lock. */

struct wapi_event {
	bool manual;
	bool set;
};

struct wapi_semaphore {
	u32 count;
	u32 maximum;
};

/**
 * struct wapi_mutex - the state of a mutex
 * @owner: the thread that has it, or NULL
 * @client: the client through which it was taken, or NULL for a descriptor
 * @in_owner: in wapi_owner.mutexes; wapi_owner.lock
 * @in_client: in wapi_client.mutexes; wapi_client.lock
 * @abandoned_by: the owner that ended with it, until the next one releases it
 * @count: how often the owner has taken it
 */
struct wapi_mutex {
	struct wapi_owner *owner;
	struct wapi_client *client;
	struct list_head in_owner;
	struct list_head in_client;
	struct pid *abandoned_by;
	u32 count;
};

/**
 * struct wapi_object - what is shared
 *
 * Lives while a client holds a reference or something pins it, and is freed one
 * RCU grace period after: who finds it in the handle table takes @lock by
 * wapi_object_lock() and learns whether it is gone.
 *
 * @lock: guards all below that changes
 * @handle: its name
 * @domain: where it is
 * @type: &enum wapi_type
 * @clients: number of @holders
 * @references: sum of their counts
 * @pins: waits, descriptors, the owner of a mutex, a running process
 * @frozen: waits that need it to stay as it is, see freeze.c; changes only while
 *          wapi_domain.freeze is held too
 * @mark: the wait that froze it last, to notice a handle that is there twice
 * @holders: the references to it
 * @rcu: frees it
 * @waiters: who waits for it, in the order of service
 * @waiting: how many
 * @first: the references of one client, so that most objects need no other
 *         allocation
 * @block: the data block, or NULL
 * @name: its name, or NULL; set before it is published
 * @pollers: who polls a descriptor of it, or NULL before there was one
 * @event: state of an event, and of others whose users keep their state
 * @semaphore: state of a semaphore
 * @mutex: state of a mutex
 * @running: the process or thread, or NULL for a record
 */
struct wapi_object {
	spinlock_t lock;
	u32 handle;
	struct wapi_domain *domain;
	u8 type;
	u32 clients;
	u32 references;
	u32 pins;
	u32 frozen;
	const void *mark;
	union {
		struct list_head holders;
		struct rcu_head rcu;
	};
	struct list_head waiters;
	u32 waiting;
	struct wapi_reference first;
	struct wapi_arena_block *block;
	struct wapi_name *name;
	struct wapi_pollers *pollers;
	union {
		struct wapi_event event;
		struct wapi_semaphore semaphore;
		struct wapi_mutex mutex;
		struct wapi_running *running;
	};
};

struct wapi_object *wapi_object_create(struct wapi_client *client, const struct wapi_new *args);
void wapi_object_publish_locked(struct wapi_object *object, struct wapi_client *client);
void wapi_object_abort(struct wapi_object *object);
struct wapi_object *wapi_object_lock(struct wapi_domain *domain, u32 handle);
bool wapi_object_lock_found(struct wapi_object *object);
void wapi_object_thaw_locked(struct wapi_object *object);
bool wapi_object_unlock(struct wapi_object *object);
void wapi_object_unlock_kept(struct wapi_object *object);
struct wapi_object *wapi_object_pin(struct wapi_domain *domain, u32 handle);
void wapi_object_unpin(struct wapi_object *object);
bool wapi_object_is_gone(const struct wapi_object *object);
int wapi_object_cache_create(void);
void wapi_object_cache_destroy(void);

struct wapi_reference *wapi_reference_of(struct wapi_object *object,
					 struct wapi_client *client);
bool wapi_reference_is_held(struct wapi_object *object, struct wapi_client *client);
void wapi_reference_first(struct wapi_object *object, struct wapi_client *client);
int wapi_reference_add(struct wapi_client *client, u32 handle, struct wapi_open *added);
void wapi_reference_remove(struct wapi_client *client, u32 handle);
void wapi_reference_drop(struct wapi_reference *reference, u32 count);
void wapi_reference_drop_all(struct wapi_client *client);
void wapi_reference_mark(struct wapi_reference *reference, bool inherit);

/* ---- type.c: what the types do differently; event.c and so on: how ---- */

struct wapi_thread_wait;

/**
 * struct wapi_type_ops - what the objects of a type do
 *
 * All functions but @create and @destroy are called with the object locked.
 *
 * @caps: WAPI_CAP_* bits
 * @new_flags: WAPI_NEW_* bits that go with the type, besides those of names
 * @create: sets the initial state of an object that is not yet published
 * @abort: takes back what @create keeps the object alive by
 * @destroy: frees what the state needs, of an object that is gone
 * @is_signalled: would a wait of a thread acquire it? The thread is given as an
 *                owner of mutexes, or NULL
 * @acquire: a wait is satisfied
 * @unacquire: undo @acquire
 * @signal: signal it as a part of a wait; the caller wakes waiters then
 * @describe: tell the state
 */
struct wapi_type_ops {
	u32 caps;
	u32 new_flags;
	int (*create)(struct wapi_object *object, struct wapi_client *client,
		      const struct wapi_new *args);
	void (*abort)(struct wapi_object *object);
	void (*destroy)(struct wapi_object *object);
	bool (*is_signalled)(const struct wapi_object *object, const struct wapi_owner *by);
	void (*acquire)(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index);
	void (*unacquire)(struct wapi_object *object);
	int (*signal)(struct wapi_object *object, u32 count);
	void (*describe)(const struct wapi_object *object, struct pid_namespace *pids,
			 struct wapi_state *state);
};

extern const struct wapi_type_ops wapi_event_type;
extern const struct wapi_type_ops wapi_record_type;
extern const struct wapi_type_ops wapi_mutex_type;
extern const struct wapi_type_ops wapi_semaphore_type;
extern const struct wapi_type_ops wapi_process_type;
extern const struct wapi_type_ops wapi_thread_type;

const struct wapi_type_ops *wapi_type(u32 type);
const struct wapi_type_ops *wapi_type_of(const struct wapi_object *object);
bool wapi_object_is_signalled(const struct wapi_object *object, const struct wapi_owner *by);
void wapi_object_describe(const struct wapi_object *object, struct wapi_state *state);

void wapi_mutex_abandon_read(struct wapi_object *object);
void wapi_mutex_settle(struct wapi_object *object);
void wapi_mutex_abandon_all_of_client(struct wapi_client *client);
void wapi_mutex_abandon_all_of_owner(struct wapi_owner *owner);

/* ---- running.c: processes and threads whose end is watched ---- */

/**
 * struct wapi_running - the process or thread that an object stands for
 *
 * @object: the object, NULL when it is gone; wapi_running_lock
 * @pid: of the process's leader, or of the thread
 * @is_process: which of the two
 * @users: the object, and the end work while it is queued
 * @pins_object: keeps the object alive; wapi_object.lock
 * @in_pids: in the table by @pid, as long as there is the object
 * @in_domain: in wapi_domain.running; wapi_running_lock
 * @ended: it has ended, and the object is signalled; set by its end itself
 * @status_known: @status is known
 * @status: exit status
 * @start_time: in nanoseconds of CLOCK_BOOTTIME
 * @end_time: likewise
 * @end_work: wakes who waits for the object
 * @rcu: frees it
 */
struct wapi_running {
	struct wapi_object *object;
	struct pid *pid;
	bool is_process;
	refcount_t users;
	bool pins_object;
	struct rhlist_head in_pids;
	struct list_head in_domain;
	bool ended;
	bool status_known;
	int status;
	u64 start_time;
	u64 end_time;
	struct work_struct end_work;
	struct rcu_head rcu;
};

int wapi_running_watch(struct wapi_object *object, struct pid *pid, bool is_process);
void wapi_running_end(struct task_struct *task, bool is_last);
void wapi_running_renamed(struct task_struct *task, struct pid *pid);
void wapi_running_release_all(struct wapi_domain *domain);
void wapi_running_abort(struct wapi_object *object);
void wapi_running_destroy(struct wapi_object *object);
bool wapi_running_is_signalled(const struct wapi_object *object, const struct wapi_owner *by);
void wapi_running_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index);
void wapi_running_unacquire(struct wapi_object *object);
void wapi_running_describe(const struct wapi_object *object, struct pid_namespace *pids,
			   struct wapi_state *state);
int wapi_runnings_init(void);
void wapi_runnings_exit(void);

/* ---- queue.c: who waits for what; freeze.c: for all; wait.c: and sleeps ---- */

/**
 * struct wapi_waiter - a wait in the queue of one object
 * @in_object: in wapi_object.waiters; wapi_object.lock
 * @wait: the wait
 * @object: the object, which it pins
 * @index: of the handle in the wait
 * @all: it is one of all that the wait needs together
 * @queued: it was put into the queue; of the waiting thread alone
 */
struct wapi_waiter {
	struct list_head in_object;
	struct wapi_thread_wait *wait;
	struct wapi_object *object;
	u32 index;
	bool all;
	bool queued;
};

/**
 * struct wapi_thread_wait - a thread that waits
 * @task: the thread
 * @client: through which it waits, or NULL for a descriptor
 * @owner: the thread as an owner of mutexes, or NULL if none is among the objects
 * @outcome: the index of what ended it, or one of the numbers below
 * @all: all objects are needed together
 * @count: number of objects; the alert object is behind them
 * @total: number of objects, the alert object included
 * @objects: the objects
 * @waiters: as many, or NULL while there is no memory for them
 * @signalled: what it has signalled, pinned until the attempt is over
 * @since: when it began, in nanoseconds of CLOCK_MONOTONIC
 * @abandoned: index of the first mutex acquired from an owner that had ended
 * @abandoned_by: that owner
 */
struct wapi_thread_wait {
	struct task_struct *task;
	struct wapi_client *client;
	struct wapi_owner *owner;
	atomic_t outcome;
	bool all;
	u32 count;
	u32 total;
	struct wapi_object **objects;
	struct wapi_waiter *waiters;
	struct wapi_object *signalled;
	u64 since;
	u32 abandoned;
	struct pid *abandoned_by;
};

#define WAPI_WAIT_PENDING	(-1)
#define WAPI_WAIT_GIVEN_UP	(-2)

void wapi_wait_init(struct wapi_thread_wait *wait, struct wapi_client *client);
int wapi_wait_for_object(struct wapi_thread_wait *wait, struct wapi_object *object, bool nonblock);
bool wapi_wait_end(struct wapi_thread_wait *wait, int outcome);
bool wapi_wait_is_pending(struct wapi_thread_wait *wait);
void wapi_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index);
bool wapi_wait_all_signalled(const struct wapi_thread_wait *wait);
void wapi_acquire_all(struct wapi_thread_wait *wait, struct wapi_object *locked);
void wapi_enqueue_locked(struct wapi_thread_wait *wait, u32 index);
void wapi_dequeue_all(struct wapi_thread_wait *wait);
int wapi_wait_frozen(struct wapi_thread_wait *wait, struct wapi_domain *domain,
		     struct wapi_object *signal, u32 signal_count, bool queue);
void wapi_wait_was_abandoned(struct wapi_thread_wait *wait, u32 index, struct pid *by);
void wapi_wait_give_back(struct wapi_object *object);
void wapi_wake_waiters(struct wapi_object *object);

/* ---- name.c: objects that are found by name ---- */

struct wapi_name *wapi_name_read(u64 address, u32 size);
void wapi_name_put(struct wapi_name *name);
u32 wapi_name_find(struct wapi_domain *domain, struct wapi_name *name, u8 *type);
int wapi_name_bind(struct wapi_object *object, struct wapi_name *name);
void wapi_name_unbind(struct wapi_object *object);
void wapi_name_describe(const struct wapi_object *object, struct wapi_name_record *record,
			struct pid_namespace *pids);
int wapi_names_init(struct wapi_domain *domain);
void wapi_names_destroy(struct wapi_domain *domain);

/* ---- poll.c: an object as a descriptor ---- */

void wapi_pollers_wake(struct wapi_object *object);
void wapi_pollers_free(struct wapi_object *object);

/* ---- ioctl.c: requests ---- */

#define WAPI_FEW_HANDLES	16

/**
 * struct wapi_request - a request under way
 * @client: who asks
 * @object: a new object that is not yet published, or the locked object
 * @reference: the client's references to the locked object
 * @block: a block that belongs to nobody until the request is committed
 * @file: a descriptor's file until the request is committed
 * @abandoned_by: the owner of which a wait tells
 * @other: another client that the request concerns
 * @handles: handles that the request names; @few_handles or allocated
 * @few_handles: room for them
 * @args: the structure that the caller passed, and gets back
 */
struct wapi_request {
	struct wapi_client *client;
	struct wapi_object *object;
	struct wapi_reference *reference;
	struct wapi_arena_block *block;
	struct file *file;
	struct pid *abandoned_by;
	struct wapi_client *other;
	u32 *handles;
	u32 few_handles[WAPI_FEW_HANDLES];
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
		struct wapi_open_name open_name;
		struct wapi_signal signal;
		struct wapi_mutex_release mutex_release;
		struct wapi_sem_release sem_release;
		struct wapi_thread_exit thread_exit;
		struct wapi_wait wait;
		struct wapi_dup dup;
		struct wapi_mark mark;
		struct wapi_inherit inherit;
		struct wapi_to_fd to_fd;
		struct wapi_from_fd from_fd;
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
int wapi_open_name(struct wapi_request *request);
void wapi_open_name_undo(struct wapi_request *request);
int wapi_signal_locked(struct wapi_request *request);
void wapi_set_commit_locked(struct wapi_request *request);
void wapi_reset_commit_locked(struct wapi_request *request);
void wapi_pulse_commit_locked(struct wapi_request *request);
int wapi_mutex_release_locked(struct wapi_request *request);
void wapi_mutex_release_commit_locked(struct wapi_request *request);
int wapi_sem_release_locked(struct wapi_request *request);
void wapi_sem_release_commit_locked(struct wapi_request *request);
int wapi_thread_exit_locked(struct wapi_request *request);
int wapi_wait(struct wapi_request *request);
void wapi_wait_commit(struct wapi_request *request);
void wapi_wait_undo(struct wapi_request *request);
int wapi_dup(struct wapi_request *request);
void wapi_dup_commit(struct wapi_request *request);
void wapi_dup_undo(struct wapi_request *request);
int wapi_mark_locked(struct wapi_request *request);
void wapi_mark_commit_locked(struct wapi_request *request);
int wapi_inherit(struct wapi_request *request);
void wapi_inherit_commit(struct wapi_request *request);
void wapi_inherit_undo(struct wapi_request *request);
int wapi_to_fd(struct wapi_request *request);
void wapi_to_fd_commit(struct wapi_request *request);
void wapi_to_fd_undo(struct wapi_request *request);
int wapi_from_fd(struct wapi_request *request);
void wapi_from_fd_undo(struct wapi_request *request);

/* ---- info.c, main.c ---- */

void wapi_show_fdinfo(struct seq_file *m, struct file *file);
extern const struct file_operations wapi_file_operations;

#endif /* WAPI_INTERNAL_H */
