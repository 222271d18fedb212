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
 *   wapi_client.lock		spin	the mutexes that were taken through a client
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
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/tracepoint-defs.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <linux/wapi.h>

#include "map.h"

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

struct wapi_object;

/**
 * struct wapi_slots - slots that were made together, a leaf of the handle table
 * @slots: each an object's address, or free, see handle.c; written under
 *         wapi_handle_table.lock or, while it is reserved, without
 * @entries: as many entries of the state table, see states.c
 * @live: how many handles of each type are in use; [0] of any
 */
struct wapi_slots {
	unsigned long slots[WAPI_LEAF_SIZE];
	u32 *entries;
	u16 live[WAPI_TYPE_COUNT];
};

/**
 * struct wapi_handle_table - slots, found by index and guarded by a generation
 * @map: the slots; they stay until the table goes
 * @lock: guards all below and the slots, except where noted
 * @growth: held to add slots
 * @states: the state table
 * @size: slots that exist; written under @growth and @lock
 * @fresh: slots that were ever used
 * @live: slots in use, the limit's measure
 * @limit: how many may be
 * @unused: first of the slots that were reserved for nothing
 * @nr_unused: how many
 * @queue_head: first of the freed slots that wait for their next generation
 * @queued: how many
 * @queue_tail: the last of them
 * @present: per type, the leaves that have handles of that type; [0] is for
 *           handles of any type
 */
struct wapi_handle_table {
	struct wapi_map map;
	spinlock_t lock ____cacheline_aligned_in_smp;
	struct mutex growth;
	struct file *states;
	u32 size;
	u32 fresh;
	u32 live;
	u32 limit;
	u32 unused;
	u32 nr_unused;
	u32 queue_head;
	u32 queued;
	unsigned long *queue_tail;
	DECLARE_BITMAP(present[WAPI_TYPE_COUNT], WAPI_LEAVES);
};

int wapi_handle_table_init(struct wapi_handle_table *table, u32 limit);
void wapi_handle_table_destroy(struct wapi_handle_table *table);
int wapi_handle_reserve(struct wapi_handle_table *table, u32 type, u32 *handle);
void wapi_handle_unreserve(struct wapi_handle_table *table, u32 type, u32 handle);
void wapi_handle_publish(struct wapi_handle_table *table, struct wapi_object *object);
void wapi_handle_remove(struct wapi_handle_table *table, struct wapi_object *object);
bool wapi_handle_next(struct wapi_handle_table *table, u32 index, u32 type,
		      struct wapi_search *found);
int wapi_handle_cache_create(void);
void wapi_handle_cache_destroy(void);

static inline u32 wapi_handle_index(u32 handle)
{
	return handle & WAPI_HANDLE_INDEX_MASK;
}

/*
 * Between these two, RCU keeps what is found.  Disabling preemption is the cheapest
 * read-side section, but does not go with locks that sleep.
 */
static inline void wapi_find_begin(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_lock();
	else
		rcu_read_lock_sched();
}

static inline void wapi_find_end(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_unlock();
	else
		rcu_read_unlock_sched();
}

/**
 * wapi_handle_at - the object that has an index
 * @table: the domain's table
 * @index: the index
 *
 * Context: between wapi_find_begin() and wapi_find_end(), or under
 *          rcu_read_lock().  The object may be gone, and its memory be that of
 *          another object, as soon as it is found: take its lock and look.
 *
 * Return: the object, or NULL
 */
static inline struct wapi_object *wapi_handle_at(const struct wapi_handle_table *table, u32 index)
{
	const struct wapi_slots *slots = wapi_map_leaf(&table->map, index);
	unsigned long slot;

	if (!slots)
		return NULL;
	/* Pairs with wapi_handle_publish(). */
	slot = smp_load_acquire(&slots->slots[index % WAPI_LEAF_SIZE]);
	return slot & 1 ? NULL : (struct wapi_object *)slot;
}

/* ---- states.c: the state table of a domain ---- */

struct file *wapi_shmem_create(const char *name, u64 size, int access);
struct file *wapi_states_create(void);
u32 *wapi_states_page(struct file *states, u32 index);
void wapi_states_put_page(u32 *entries);
int wapi_states_mmap(struct file *states, struct vm_area_struct *vma);

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
void wapi_domain_hold(struct wapi_domain *domain);
void wapi_domain_put(struct wapi_domain *domain);
int wapi_domain_add(struct wapi_domain *domain, struct wapi_client *client);
void wapi_domain_remove(struct wapi_domain *domain, struct wapi_client *client);

/* ---- client.c: one open of /dev/wapi ---- */

/** define WAPI_RECENT - how many objects a client finds quickly */
#define WAPI_RECENT		64

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
 * @user: the threads that may make requests, as their signal struct; NULL before
 *        it is in a domain, and from when it is to end
 * @recent: objects that it used lately, by the end of their handles, see
 *          reference.c
 * @counts: how many references it holds, by handle index; see reference.c
 * @nr_references: how many handles these are to
 * @spare: memory of an object that it closed, for the next that it makes; or NULL
 * @inheritable: leaves of @counts that may have inheritable ones
 * @lock: guards @mutexes
 * @mutexes: mutexes that were last taken through it
 * @blocks: the blocks that belong to it; wapi_arena.lock
 * @nr_blocks: how many; wapi_arena.lock
 * @refused: requests that ended in an error
 * @in_opener: in wapi_opener.clients; wapi_opener.lock
 * @rcu: listings find it under RCU
 */
struct wapi_client {
	struct signal_struct *user;
	struct wapi_domain *domain;
	refcount_t users;
	u64 id;
	struct wapi_opener *opener;
	struct pid *process;
	u64 exec_id;
	kuid_t uid;
	struct vfsmount *ipc;
	char comm[TASK_COMM_LEN];
	struct mutex lifecycle;
	bool ended;
	struct wapi_object *recent[WAPI_RECENT];
	struct wapi_map counts;
	atomic_long_t nr_references;
	struct wapi_object *spare;
	DECLARE_BITMAP(inheritable, WAPI_LEAVES);
	spinlock_t lock;
	struct list_head mutexes;
	struct list_head blocks;
	unsigned long nr_blocks;
	atomic64_t refused;
	struct list_head in_opener;
	struct rcu_head rcu;
};

struct wapi_client *wapi_client_create(void);
void wapi_client_put(struct wapi_client *client);

/**
 * wapi_client_is_of_current - did the current process open this client?
 * @client: the client, which may have ended
 *
 * Return: whether it did, in the program that it still runs
 */
static inline bool wapi_client_is_of_current(const struct wapi_client *client)
{
	return client->process == task_tgid(current) &&
	       client->exec_id == current->self_exec_id;
}

/**
 * wapi_client_is_own - may the current task make requests of this client?
 * @client: the client
 *
 * Return: whether the current process opened it, in the program that it still
 * runs
 */
static inline bool wapi_client_is_own(const struct wapi_client *client)
{
	return wapi_client_is_of_current(client) && !READ_ONCE(client->ended);
}

/**
 * wapi_client_is_ready - can the current task just make requests of this client?
 * @client: the client
 *
 * Return: whether it is wapi_client_is_own(), and in a domain
 */
static inline bool wapi_client_is_ready(const struct wapi_client *client)
{
	/* Pairs with wapi_client_enter_locked(): sees the domain complete. */
	return smp_load_acquire(&client->user) == current->signal;
}

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
 * @clients: in the order in which they were opened; also read under RCU
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
 * @ended: it is found there no more; only for the thread itself
 * @lock: guards @mutexes
 * @mutexes: the mutexes that it owns, and others that it was the last to own
 * @end_work: abandons them when it has ended
 * @rcu: frees it
 */
struct wapi_owner {
	struct task_struct *task;
	struct pid *pid;
	struct rhash_head in_owners;
	bool ended;
	spinlock_t lock;
	struct list_head mutexes;
	struct work_struct end_work;
	struct rcu_head rcu;
};

DECLARE_PER_CPU(struct wapi_owner *, wapi_owner_here);

struct wapi_owner *wapi_owner_look_up(struct task_struct *task);
struct wapi_owner *wapi_owner_get(void);

/**
 * wapi_owner_find - the current thread as an owner of mutexes
 *
 * Return: the owner, or NULL if it has never taken a mutex
 */
static inline struct wapi_owner *wapi_owner_find(void)
{
	struct wapi_owner *owner;
	bool found;

	/* RCU keeps an owner that is here. */
	wapi_find_begin();
	owner = raw_cpu_read(wapi_owner_here);
	found = owner && owner->task == current;
	wapi_find_end();
	return likely(found) ? owner : wapi_owner_look_up(current);
}

bool wapi_owner_is_ending(const struct wapi_owner *owner);
void wapi_owner_end(struct task_struct *task);
void wapi_owner_exec(struct task_struct *task);
int wapi_owners_init(void);
void wapi_owners_exit(void);

/* ---- object.c: what is shared; reference.c: the right to use it ---- */

/* The state of each type; guarded by wapi_object.lock. */

struct wapi_semaphore {
	u32 count;
	u32 maximum;
};

/* It is not signalled to an owner who has taken it that often. */
#define WAPI_MUTEX_COUNT_MAX	U32_MAX

/**
 * struct wapi_mutex - the state of a mutex
 * @count: how often the owner has taken it
 * @owner: the thread that has it, or NULL; nothing else is ever at this place
 * @client: the client through which @owner took it, or NULL for a descriptor
 * @in_owner: in wapi_owner.mutexes of @listed_owner; wapi_owner.lock
 * @in_client: in wapi_client.mutexes of @listed_client; wapi_client.lock
 * @listed_owner: the last one that took it, or NULL
 * @listed_client: the last one through which it was taken, or NULL
 * @abandoned_by: the owner that ended with it, until the next one releases it
 */
struct wapi_mutex {
	u32 count;
	struct wapi_owner *owner;
	struct wapi_client *client;
	struct list_head in_owner;
	struct list_head in_client;
	struct wapi_owner *listed_owner;
	struct wapi_client *listed_client;
	struct pid *abandoned_by;
};

struct wapi_alarm;

/**
 * struct wapi_timer - the state of a timer
 * @sets: how often it was set or stopped
 * @taken: what @sets was when a wait was last satisfied
 * @no_owner: where a mutex has its owner; never written
 * @alarm: tells that it is due, see timer.c
 * @due: when it is to be signalled next, or last was to be
 * @period: in nanoseconds, or 0
 * @realtime: @due is of CLOCK_REALTIME, not of CLOCK_MONOTONIC
 * @armed: it is to be signalled at @due
 */
struct wapi_timer {
	u32 sets;
	u32 taken;
	const struct wapi_owner *no_owner;
	struct wapi_alarm *alarm;
	ktime_t due;
	u64 period;
	bool realtime;
	bool armed;
};

/**
 * struct wapi_object - what is shared
 *
 * Lives while a client holds a reference or something pins it.  Its memory may
 * be that of another object as soon as it is gone, but of an object always: who
 * found it under RCU takes its lock and looks whether it is still the one.
 *
 * All fields are guarded by @lock, but those that never change: @handle, @domain
 * and, once it is published, @entry.  A frozen object is changed
 * only while wapi_domain.freeze is held too, see freeze.c.
 *
 * @lock: also guards the references to the object in all clients
 * @handle: its handle
 * @references: references of all clients
 * @pins: what else keeps it alive; its own state, waits, descriptors
 * @frozen: how many waits have frozen it
 * @state: what its entry in the state table tells
 * @entry: its entry in the state table; or @state before it is published
 * @domain: where it is
 * @watched: how many waits there are in @waiters, and 1 more with @pollers
 * @waiters: who waits for it, in the order of service
 * @pollers: who polls a descriptor of it, or NULL before there was one
 * @clients: how many clients hold references
 * @mark: of a wait that looks for a handle that is there twice
 * @block: the data block, or NULL
 * @name: its name, or NULL; set before it is published
 * @running: the process or thread; or NULL, for a record or another type
 * @semaphore: state of a semaphore
 * @mutex: state of a mutex
 * @timer: state of a timer
 *
 * By pahole, on x86-64: what a request looks at is in the first line, and the rest
 * is only looked at when there is something there, or by the type.
 *
 *   lock 0, handle 4, references 8, pins 12, frozen 16, state 20, entry 24,
 *   domain 32, watched 40, clients 44, waiters 48
 *   --- 64 ---
 *   pollers 64, mark 72, block 80, name 88, running 96, the state of its type 104
 *   --- 128 ---
 *   mutex goes on to 184: size 184, a hole of 4 behind its count
 */
struct wapi_object {
	spinlock_t lock;
	u32 handle;
	u32 references;
	u32 pins;
	u32 frozen;
	u32 state;
	u32 *entry;
	struct wapi_domain *domain;
	u32 watched;
	u32 clients;
	struct list_head waiters;
	struct wapi_pollers *pollers;
	const void *mark;
	struct wapi_arena_block *block;
	struct wapi_name *name;
	struct wapi_running *running;
	/*
	 * Who looks without the lock, and finds that it is a mutex or stands for a
	 * process, may follow a pointer when it is an object of another type already.
	 * So these pointers are never where something else has a number.
	 */
	union {
		struct wapi_semaphore semaphore;
		struct wapi_mutex mutex;
		struct wapi_timer timer;
	};
};

static_assert(offsetof(struct wapi_mutex, owner) >= sizeof(struct wapi_semaphore));
static_assert(offsetof(struct wapi_mutex, owner) == offsetof(struct wapi_timer, no_owner));
static_assert(sizeof(struct wapi_timer) <= sizeof(struct wapi_mutex));

struct wapi_object *wapi_object_create(struct wapi_client *client, const struct wapi_new *args);
void wapi_object_publish_locked(struct wapi_object *object, struct wapi_client *client);
void wapi_object_abort(struct wapi_object *object);
void wapi_object_lock_freeze(struct wapi_object *object);
void wapi_object_thaw_locked(struct wapi_object *object);
void wapi_object_free_locked(struct wapi_object *object, struct wapi_client *client);
void wapi_object_free_spare(struct wapi_client *client);
struct wapi_object *wapi_object_pin(struct wapi_domain *domain, u32 handle);
void wapi_object_unpin(struct wapi_object *object);
int wapi_object_cache_create(void);
void wapi_object_cache_destroy(void);

static inline u32 wapi_object_type(const struct wapi_object *object)
{
	return object->state & WAPI_ENTRY_TYPE;
}

/**
 * wapi_object_is_gone - has nobody a reference, and does nothing pin it?
 * @object: the locked object
 *
 * Return: whether it is gone
 */
static inline bool wapi_object_is_gone(const struct wapi_object *object)
{
	return !object->references && !object->pins;
}

/**
 * wapi_object_lock_kept - lock an object, and wapi_domain.freeze if it is frozen
 * @object: the object; if only RCU keeps it, it may be gone or another one
 */
static inline void wapi_object_lock_kept(struct wapi_object *object)
{
	spin_lock(&object->lock);
	if (unlikely(object->frozen))
		wapi_object_lock_freeze(object);
}

/**
 * wapi_object_tell - write what has become of an object into the state table
 * @object: the locked object
 *
 * Only when it is to be unlocked: what is signalled and goes to somebody who
 * waits is never to be seen in between.
 */
static inline void wapi_object_tell(struct wapi_object *object)
{
	if (READ_ONCE(*object->entry) != object->state)
		/* Who reads it with acquire semantics sees what was before; states.c. */
		smp_store_release(object->entry, object->state);
}

/**
 * wapi_object_unlock_kept - unlock an object that cannot be gone
 * @object: the locked object
 */
static inline void wapi_object_unlock_kept(struct wapi_object *object)
{
	spinlock_t *freeze = unlikely(object->frozen) ? &object->domain->freeze : NULL;

	wapi_object_tell(object);
	spin_unlock(&object->lock);
	if (unlikely(freeze))
		spin_unlock(freeze);
}

/**
 * wapi_object_unlock_other - unlock an object that was not the one that was meant
 * @object: the locked object; it may be gone, or not be published
 */
static inline void wapi_object_unlock_other(struct wapi_object *object)
{
	spinlock_t *freeze = unlikely(object->frozen) ? &object->domain->freeze : NULL;

	spin_unlock(&object->lock);
	if (unlikely(freeze))
		spin_unlock(freeze);
}

/**
 * wapi_object_is_still - is an object there, and that of a handle?
 * @object: the locked object; if only RCU keeps it, it may be gone or another one
 * @handle: the handle by which it was found
 *
 * Memory that is gone is made another object without its lock: its handle is written
 * before its pin, which is looked at before the handle here.
 *
 * Return: whether it is
 */
static inline bool wapi_object_is_still(const struct wapi_object *object, u32 handle)
{
	/* Pairs with wapi_object_create(). */
	return (object->references || smp_load_acquire(&object->pins)) &&
	       READ_ONCE(object->handle) == handle;
}

/**
 * wapi_object_lock_found - lock an object that was found by its handle
 * @object: the object, which RCU or a pin keeps
 * @handle: the handle
 *
 * Return: true; or false if the object is gone, and then nothing is locked
 */
static inline bool wapi_object_lock_found(struct wapi_object *object, u32 handle)
{
	wapi_object_lock_kept(object);
	if (likely(wapi_object_is_still(object, handle)))
		return true;
	wapi_object_unlock_other(object);
	return false;
}

/**
 * wapi_object_lock_live - lock an object that may be gone, or be another by now
 * @object: the object, which RCU keeps
 *
 * Return: true; or false if it is gone, and then nothing is locked
 */
static inline bool wapi_object_lock_live(struct wapi_object *object)
{
	return wapi_object_lock_found(object, READ_ONCE(object->handle));
}

/**
 * wapi_object_lock - find an object by its handle and lock it
 * @domain: where to look
 * @handle: any number
 *
 * Return: the object, locked as by wapi_object_lock_kept(), or NULL
 */
static inline struct wapi_object *wapi_object_lock(struct wapi_domain *domain, u32 handle)
{
	struct wapi_object *object;

	wapi_find_begin();
	object = wapi_handle_at(&domain->handles, wapi_handle_index(handle));
	if (object && !wapi_object_lock_found(object, handle))
		object = NULL;
	wapi_find_end();
	return object;
}

/**
 * wapi_object_unlock_by - unlock an object, and free it if it is gone
 * @object: the locked object, not to be used any more
 * @client: who may use the memory for the next one; or NULL
 *
 * Context: may sleep after unlocking.
 */
static inline void wapi_object_unlock_by(struct wapi_object *object, struct wapi_client *client)
{
	if (likely(!wapi_object_is_gone(object)))
		wapi_object_unlock_kept(object);
	else
		wapi_object_free_locked(object, client);
}

/**
 * wapi_object_unlock - unlock an object, and free it if it is gone
 * @object: the locked object, not to be used any more
 *
 * Context: may sleep after unlocking.
 */
static inline void wapi_object_unlock(struct wapi_object *object)
{
	wapi_object_unlock_by(object, NULL);
}

/**
 * wapi_object_set_signalled - change whether anybody's wait would be satisfied
 * @object: the locked object, or one that is not published
 * @signalled: whether it would; told when it is unlocked
 */
static inline void wapi_object_set_signalled(struct wapi_object *object, bool signalled)
{
	u32 state = object->state & ~WAPI_ENTRY_SIGNALLED;

	if (signalled)
		state |= WAPI_ENTRY_SIGNALLED;
	WRITE_ONCE(object->state, state);
}

/**
 * wapi_object_is_set - would anybody's wait for the object be satisfied?
 * @object: the object; if it is not locked, the answer may be outdated
 *
 * Return: whether it would; of a mutex, process or thread it may still be
 * signalled for somebody
 */
static inline bool wapi_object_is_set(const struct wapi_object *object)
{
	return READ_ONCE(object->state) & WAPI_ENTRY_SIGNALLED;
}

struct wapi_object *wapi_reference_lock_other(struct wapi_client *client, u32 handle);

/* How many references a client holds, and whether children may inherit them. */
#define WAPI_REFERENCE_COUNT	0x7fffffffU
#define WAPI_REFERENCE_INHERIT	0x80000000U

/**
 * struct wapi_counts - a leaf of the references of a client
 * @counts: for each handle, a count and WAPI_REFERENCE_INHERIT; 0 if none is
 *          held; written under wapi_object.lock
 */
struct wapi_counts {
	u32 counts[WAPI_LEAF_SIZE];
};

/**
 * wapi_reference_of - the references of a client to an object
 * @object: the locked object
 * @client: the client
 *
 * Return: the client's count, or NULL if it has none
 */
static inline u32 *wapi_reference_of(struct wapi_object *object, struct wapi_client *client)
{
	u32 index = wapi_handle_index(object->handle);
	struct wapi_counts *leaf = wapi_map_leaf(&client->counts, index);
	u32 *reference;

	if (unlikely(!leaf))
		return NULL;
	reference = &leaf->counts[index % WAPI_LEAF_SIZE];
	return *reference ? reference : NULL;
}

/**
 * wapi_reference_lock - find an object that a client holds references to and lock it
 * @client: the client
 * @handle: any number
 *
 * Return: the locked object, or NULL
 */
static inline struct wapi_object *wapi_reference_lock(struct wapi_client *client, u32 handle)
{
	struct wapi_object *const *recent = &client->recent[handle % WAPI_RECENT], *object;

	wapi_find_begin();
	object = READ_ONCE(*recent);
	if (likely(object)) {
		wapi_object_lock_kept(object);
		/* If it still is there now, so is the reference. */
		if (likely(object->handle == handle && READ_ONCE(*recent) == object)) {
			wapi_find_end();
			return object;
		}
		wapi_object_unlock_other(object);
	}
	wapi_find_end();
	return wapi_reference_lock_other(client, handle);
}

int wapi_reference_make_room(struct wapi_client *client, u32 handle);

/**
 * wapi_reference_prepare - get the memory that a reference to an object needs
 * @client: the client
 * @handle: of the object
 *
 * Return: 0 or -ENOMEM
 */
static inline int wapi_reference_prepare(struct wapi_client *client, u32 handle)
{
	if (likely(wapi_map_leaf(&client->counts, wapi_handle_index(handle))))
		return 0;
	return wapi_reference_make_room(client, handle);
}

void wapi_reference_first(struct wapi_object *object, struct wapi_client *client);
int wapi_reference_take(struct wapi_object *object, struct wapi_client *client);

/**
 * struct wapi_sought - what an object that is looked for by name must be
 * @name: the name that it must have
 * @type: the type that it must have, or %WAPI_TYPE_UNUSED for any
 * @exclusive: it must not be there at all
 */
struct wapi_sought {
	struct wapi_name *name;
	u32 type;
	bool exclusive;
};

int wapi_reference_add(struct wapi_client *client, u32 handle, const struct wapi_sought *sought,
		       struct wapi_open *added);
void wapi_reference_remove(struct wapi_client *client, u32 handle);
void wapi_reference_drop_all(struct wapi_client *client);
void wapi_reference_mark(struct wapi_object *object, struct wapi_client *client, bool inherit);
u32 wapi_reference_peek(struct wapi_client *client, u32 handle);
u32 wapi_reference_next_inheritable(struct wapi_client *client, u32 *index);
void wapi_references_free(struct wapi_client *client);

/* ---- type.c: what the types do differently; event.c and so on: how ---- */

struct wapi_thread_wait;

/**
 * struct wapi_type_ops - what the objects of a type do
 *
 * All functions but @create and @destroy are called with the object locked.
 *
 * @caps: WAPI_CAP_* bits
 * @entry: WAPI_ENTRY_* bits that the entries of all its objects have
 * @new_flags: WAPI_NEW_* bits that go with the type, besides those of names
 * @create: sets the initial state of an object that is not yet published
 * @abort: takes back what @create keeps the object alive by
 * @destroy: frees what the state needs, of an object that is gone
 * @is_signalled: with %WAPI_ENTRY_ASK: would a wait of a thread be satisfied,
 *                though not anybody's? The thread is given as an owner of
 *                mutexes, or NULL
 * @acquire: a wait is satisfied
 * @unacquire: undo @acquire
 * @signal: signal it as a part of a wait; the caller wakes waiters then
 * @describe: tell the state
 */
struct wapi_type_ops {
	u8 caps;
	u8 entry;
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
extern const struct wapi_type_ops wapi_timer_type;

extern const struct wapi_type_ops *const wapi_types[WAPI_TYPE_COUNT];

/**
 * wapi_type - what objects of a type do
 * @type: any number
 *
 * Return: the type, or NULL if there is none of that number
 */
static inline const struct wapi_type_ops *wapi_type(u32 type)
{
	if (unlikely(type >= WAPI_TYPE_COUNT))
		return NULL;
	return wapi_types[array_index_nospec(type, WAPI_TYPE_COUNT)];
}

/**
 * wapi_type_of - what an object does
 * @object: the object
 *
 * Return: its type
 */
static inline const struct wapi_type_ops *wapi_type_of(const struct wapi_object *object)
{
	return wapi_types[wapi_object_type(object)];
}

/**
 * wapi_object_is_signalled - would a wait for the object be satisfied now?
 * @object: the object; if it is not locked, the answer may be outdated
 * @by: the thread that would wait, or NULL
 *
 * Return: whether it would
 */
static inline bool wapi_object_is_signalled(const struct wapi_object *object,
					    const struct wapi_owner *by)
{
	return wapi_object_is_set(object) ||
	       (object->state & WAPI_ENTRY_ASK && wapi_type_of(object)->is_signalled(object, by));
}

void wapi_object_describe(const struct wapi_object *object, struct wapi_state *state);

void wapi_mutex_take(struct wapi_object *object, struct wapi_owner *owner,
		     struct wapi_client *client);
void wapi_mutex_abandon_read(struct wapi_object *object);
void wapi_mutex_settle_owned(struct wapi_object *object);

/**
 * wapi_mutex_settle - let those who wait for a mutex have it if its owner is ending
 * @object: any locked object
 */
static inline void wapi_mutex_settle(struct wapi_object *object)
{
	if (wapi_object_type(object) == WAPI_TYPE_MUTEX && !wapi_object_is_set(object))
		wapi_mutex_settle_owned(object);
}

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

/* ---- timer.c: objects that are signalled by a clock ---- */

int wapi_timers_init(void);
void wapi_timers_exit(void);

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
 * @handles: the handles of the objects
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
	const u32 *handles;
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
		     struct wapi_object *signal, u32 signal_handle, u32 signal_count,
		     bool queue);
void wapi_wait_was_abandoned(struct wapi_thread_wait *wait, u32 index, struct pid *by);
void wapi_wait_give_back(struct wapi_object *object);
void wapi_serve(struct wapi_object *object);

DECLARE_TRACEPOINT(wapi_signal);

/**
 * wapi_wake_waiters - let waits have an object that has been signalled
 * @object: the locked object
 */
static inline void wapi_wake_waiters(struct wapi_object *object)
{
	if (unlikely(object->watched) || tracepoint_enabled(wapi_signal))
		wapi_serve(object);
}

/* ---- name.c: objects that are found by name ---- */

struct wapi_name *wapi_name_read(u64 address, u32 size);
void wapi_name_put(struct wapi_name *name);
u32 wapi_name_find(struct wapi_domain *domain, struct wapi_name *name);
bool wapi_name_is_of(const struct wapi_name *name, const struct wapi_object *object);
int wapi_name_bind(struct wapi_object *object, struct wapi_name *name);
void wapi_name_unbind(struct wapi_object *object);
void wapi_name_describe(const struct wapi_object *object, struct wapi_name_record *record,
			struct pid_namespace *pids);
int wapi_names_init(struct wapi_domain *domain);
void wapi_names_destroy(struct wapi_domain *domain);
int wapi_name_cache_create(void);
void wapi_name_cache_destroy(void);

/* ---- poll.c: an object as a descriptor ---- */

void wapi_pollers_wake(struct wapi_object *object);
void wapi_pollers_free(struct wapi_object *object);

/* ---- info.c, main.c ---- */

void wapi_show_fdinfo(struct seq_file *m, struct file *file);
extern const struct file_operations wapi_file_operations;

#endif /* WAPI_INTERNAL_H */
