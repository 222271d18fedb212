/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * wapi - handles and scratch memory shared by the processes of a user
 *
 * Everything here is requested by ioctl() on a descriptor of /dev/wapi.
 *
 * An *object* is what is shared; a *handle* is its 32-bit name, valid in one
 * *domain*; a *client* is one open of /dev/wapi, belonging to the process that
 * opened it, and holds counted references to handles.  A domain is the set of
 * clients that see one handle table and one *arena*: what one user id opened in
 * one IPC namespace.  A *block* is one allocation in the arena, named by its
 * offset; 0 is no block.
 *
 * A client enters its domain, and is counted there, with its first request or
 * mmap(); until then it can still join another.  Whatever way a process ends,
 * execve() included, its clients end with it and all that they held is released.
 *
 * Sizes.  The size of a structure travels in the ioctl number.  A shorter
 * structure of an older program is taken as extended by zeros, but never below
 * the size of its first version; a longer one of a newer program is taken if
 * what is beyond is zero.  No more is copied back than the caller's size.
 * Structures grow at their end only and have one layout in 32 and 64 bits.
 *
 * Errors.  An error changed nothing and wrote nothing.  Any request can give:
 *
 *   ENOTTY      no such request
 *   EFAULT      the structure, or memory that it points to, is not accessible
 *   EINVAL      malformed: too short, an unknown flag or type, a non-zero
 *               padding, a size of 0, an offset that no block has
 *   E2BIG       longer than this module knows, and the tail is not zero
 *   ESTALE      the descriptor's client belongs to another process, or has ended
 *   ENOMEM      no memory, or the memory cgroup's limit is reached
 *   ENOSPC      a limit of the domain is reached (see struct wapi_info)
 *
 * and those that use a handle, a block or another descriptor:
 *
 *   EBADF       no such handle here, or this client holds no reference to it
 *   EPERM       not the owner, or not permitted
 *   EBUSY       in use: the object has a data block already, the client to
 *               join with has made requests already
 *   EOVERFLOW   a count would overflow
 *   ENOENT      nothing is there that fits
 *   EEXIST      the name is taken
 *   EPROTOTYPE  the name is that of an object of another type
 *   EOPNOTSUPP  not an operation of this type of object
 *   ETIMEDOUT   not signalled in time
 *   EINTR       a signal came before; the call can be made again as it is
 *   ESRCH       no such process, or it has no client in this domain
 *   ECANCELED   a request of a batch that was not made
 *
 * The state table.  mmap() at offset %WAPI_STATES_OFFSET, shared and read-only,
 * maps one __u32 for each handle of the domain, %WAPI_STATES_SIZE bytes at most,
 * at the handle's index; whoever can see the domain can read it.  An entry is 0
 * while no object has that index, and else::
 *
 *   bits 20-30  the generation: the same bits as in the handle
 *   bit 6       %WAPI_ENTRY_KEEPS
 *   bit 5       %WAPI_ENTRY_ASK
 *   bit 4       %WAPI_ENTRY_SIGNALLED
 *   bits 0-3    &enum wapi_type
 *
 * The module writes it in one step with the change that it tells of.  Load it
 * with acquire semantics: who sees an object signalled sees what was written
 * before it was signalled.
 */
#ifndef _UAPI_LINUX_WAPI_H
#define _UAPI_LINUX_WAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** define WAPI_ABI_VERSION - counts up when a request changes its meaning */
#define WAPI_ABI_VERSION	1

/**
 * enum wapi_type - what an object is
 *
 * The numbers are those of the 2002 daemon's WapiHandleType; it had no timers.
 *
 * @WAPI_TYPE_UNUSED: no object; "any type" in a search
 * @WAPI_TYPE_FILE: a file record
 * @WAPI_TYPE_CONSOLE: a console
 * @WAPI_TYPE_THREAD: a thread
 * @WAPI_TYPE_SEM: a semaphore
 * @WAPI_TYPE_MUTEX: a mutex
 * @WAPI_TYPE_EVENT: an event
 * @WAPI_TYPE_SOCKET: a socket record
 * @WAPI_TYPE_FIND: a directory search
 * @WAPI_TYPE_PROCESS: a process
 * @WAPI_TYPE_PIPE: a pipe
 * @WAPI_TYPE_TIMER: a waitable timer
 * @WAPI_TYPE_COUNT: how many numbers there are, not a type
 */
enum wapi_type {
	WAPI_TYPE_UNUSED	= 0,
	WAPI_TYPE_FILE		= 1,
	WAPI_TYPE_CONSOLE	= 2,
	WAPI_TYPE_THREAD	= 3,
	WAPI_TYPE_SEM		= 4,
	WAPI_TYPE_MUTEX		= 5,
	WAPI_TYPE_EVENT		= 6,
	WAPI_TYPE_SOCKET	= 7,
	WAPI_TYPE_FIND		= 8,
	WAPI_TYPE_PROCESS	= 9,
	WAPI_TYPE_PIPE		= 10,
	WAPI_TYPE_TIMER		= 11,
	WAPI_TYPE_COUNT
};

/* What can be done with the objects of a type; the daemon's numbers. */
#define WAPI_CAP_WAIT		1	/* can be waited for */
#define WAPI_CAP_SIGNAL		2	/* can be signalled by its users */
#define WAPI_CAP_OWN		4	/* is owned by a thread */

/*
 * A handle is 20 bits of index below 11 bits of generation: never 0 and never
 * negative as a signed number.
 */
#define WAPI_HANDLE_INDEX_BITS		20
#define WAPI_HANDLE_GENERATION_BITS	11

/** define WAPI_STATES_OFFSET - where mmap() finds the state table */
#define WAPI_STATES_OFFSET	(1ULL << 42)

/** define WAPI_STATES_SIZE - size of the state table in bytes */
#define WAPI_STATES_SIZE	(4UL << WAPI_HANDLE_INDEX_BITS)

/* The parts of an entry of the state table. */
#define WAPI_ENTRY_TYPE		0x0000000fU	/* &enum wapi_type */
#define WAPI_ENTRY_SIGNALLED	0x00000010U	/* anybody's wait would be satisfied */
#define WAPI_ENTRY_ASK		0x00000020U	/* if not signalled: ask, it may be for you */
#define WAPI_ENTRY_KEEPS	0x00000040U	/* stays signalled when a wait is satisfied */
#define WAPI_ENTRY_GENERATION	0x7ff00000U	/* the same bits as in the handle */

/** define WAPI_BLOCK_ALIGN - what every block's offset is a multiple of, bytes */
#define WAPI_BLOCK_ALIGN	16

/* The parts of this interface that a module has, in &wapi_info.features. */
#define WAPI_FEATURE_HANDLES	(1ULL << 0)	/* new, open, close, search, query */
#define WAPI_FEATURE_SCRATCH	(1ULL << 1)	/* scratch, blocks, mmap() */
#define WAPI_FEATURE_JOIN	(1ULL << 2)	/* domains can be joined */
#define WAPI_FEATURE_LIST	(1ULL << 3)	/* listings */
#define WAPI_FEATURE_WAIT	(1ULL << 4)	/* signal states and waiting */
#define WAPI_FEATURE_NAMES	(1ULL << 5)	/* named objects */
#define WAPI_FEATURE_SHARE	(1ULL << 6)	/* dup, inherit */
#define WAPI_FEATURE_POLL	(1ULL << 7)	/* objects as descriptors */
#define WAPI_FEATURE_STATES	(1ULL << 8)	/* the state table */
#define WAPI_FEATURE_BATCH	(1ULL << 9)	/* batches of requests */
#define WAPI_FEATURE_TIMER	(1ULL << 10)	/* waitable timers */

/**
 * struct wapi_info - WAPI_IOC_INFO: versions, limits and live counts
 *
 * @flags: in: must be 0
 * @abi_version: out: %WAPI_ABI_VERSION of the module
 * @features: out: WAPI_FEATURE_* bits
 * @module_version: out: the module's version, a string ending in a zero byte
 * @client_id: out: the caller's client, as listings name it
 * @domain_id: out: the caller's domain, as listings name it
 * @max_handles: out: limit of live handles in this domain
 * @max_clients: out: limit of clients in this domain
 * @max_blocks: out: limit of blocks in this domain
 * @max_arena: out: size of the arena in bytes; what mmap() can map
 * @handles: out: live handles in this domain
 * @clients: out: clients in this domain, the caller's included
 * @blocks: out: blocks in this domain
 * @arena_used: out: bytes in blocks, each rounded up to %WAPI_BLOCK_ALIGN
 * @refused: out: requests of this client that ended in an error
 * @domain_refused: out: the same, of all clients that the domain has had
 *
 * The limits are module parameters; a domain takes them over when its first
 * client makes it.
 */
struct wapi_info {
	__u32 flags;
	__u32 abi_version;
	__aligned_u64 features;
	char module_version[16];
	__aligned_u64 client_id;
	__aligned_u64 domain_id;
	__aligned_u64 max_handles;
	__aligned_u64 max_clients;
	__aligned_u64 max_blocks;
	__aligned_u64 max_arena;
	__aligned_u64 handles;
	__aligned_u64 clients;
	__aligned_u64 blocks;
	__aligned_u64 arena_used;
	__aligned_u64 refused;
	__aligned_u64 domain_refused;
};

/* Flags of &struct wapi_new. */
#define WAPI_NEW_EXCLUSIVE	(1U << 0)	/* the name must not be taken */
#define WAPI_NEW_SIGNALLED	(1U << 1)	/* signalled from the beginning */
#define WAPI_NEW_MANUAL		(1U << 2)	/* event, timer: stays signalled until told */
#define WAPI_NEW_OWNED		(1U << 3)	/* mutex: owned by the calling thread */
#define WAPI_NEW_PIDFD		(1U << 4)	/* process: that of @pidfd */
#define WAPI_NEW_SELF		(1U << 5)	/* thread: the calling one */

/** define WAPI_NAME_MAX - the longest name, scope prefix included, bytes */
#define WAPI_NAME_MAX		4095

/**
 * struct wapi_new - WAPI_IOC_NEW: make an object and a handle for it
 *
 * @type: in: &enum wapi_type, not %WAPI_TYPE_UNUSED
 * @flags: in: WAPI_NEW_* bits that go with the type
 * @data: in: address of @data_size bytes that the data block begins with, or
 *        0 for a block of zeros
 * @data_size: in: size in bytes of the data block to allocate, 0 for none
 * @block: in: with @data_size 0, a block of the caller's that becomes the data
 *         block, or 0 for none; out: the data block's offset
 * @handle: out: the handle; the caller holds one reference more
 * @pad: must be 0
 * @name: in: address of the name, of @name_size bytes without a final zero
 * @name_size: in: its size in bytes, 0 for no name
 * @existed: out: 1 if an object of that name and type was there and the handle
 *           is its; then nothing else of this request was used
 * @count: in: semaphore: its count
 * @maximum: in: semaphore: its greatest count; 0 for 2^31 - 1
 * @pidfd: in: process: with %WAPI_NEW_PIDFD, a pidfd
 * @pad2: must be 0
 *
 * The data block belongs to the object and is freed with it.
 *
 * A name is any bytes but zero, and no backslash but that of a scope prefix:
 * ``Global\`` is the whole domain's, as is no prefix; ``Local\`` is also bound
 * to the caller's session, see setsid(2).  All types share one name space.  The
 * name goes with the object.
 *
 * An event is reset and resets itself when a wait is satisfied, unless told
 * otherwise; so does a timer, which is not set.  A process or thread that is not
 * told which is a record only, and is never signalled.
 *
 * Errors: EINVAL for both @data_size and @block, @data without @data_size, a
 * flag or count that does not go with the type, or a malformed name; for
 * @block those of &struct wapi_attach; EBADF if @pidfd is no pidfd; EEXIST with
 * %WAPI_NEW_EXCLUSIVE; EPROTOTYPE; ENOSPC at the limit of handles, of blocks or
 * of the arena.
 */
struct wapi_new {
	__u32 type;
	__u32 flags;
	__aligned_u64 data;
	__aligned_u64 data_size;
	__aligned_u64 block;
	__u32 handle;
	__u32 pad;
	__aligned_u64 name;
	__u32 name_size;
	__u32 existed;
	__u32 count;
	__u32 maximum;
	__s32 pidfd;
	__u32 pad2;
};

/**
 * struct wapi_open - WAPI_IOC_OPEN: take a reference to a live handle
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @type: out: &enum wapi_type of the object
 * @references: out: references of this client to it, the new one included
 * @block: out: offset of the data block, 0 if there is none
 *
 * The one request that needs no reference held before.
 *
 * Errors: EBADF for a handle that is not live in this domain; EOVERFLOW beyond
 * 2^31 - 1 references of a client or 2^32 - 1 of an object.
 */
struct wapi_open {
	__u32 handle;
	__u32 flags;
	__u32 type;
	__u32 references;
	__aligned_u64 block;
};

/**
 * struct wapi_close - WAPI_IOC_CLOSE: give a reference back
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @references: out: references of this client to it that remain
 * @destroyed: out: 1 if that was the last reference of all and the object is
 *             gone with its handle and data block, else 0
 *
 * Errors: EBADF.
 */
struct wapi_close {
	__u32 handle;
	__u32 flags;
	__u32 references;
	__u32 destroyed;
};

/**
 * struct wapi_search - WAPI_IOC_SEARCH: find the next live handle
 *
 * @after: in: look behind this handle, live or not; 0 to begin
 * @type: in: find only this type; %WAPI_TYPE_UNUSED for any
 * @flags: in: must be 0
 * @found: out: the handle found
 * @found_type: out: its &enum wapi_type
 * @pad: must be 0
 *
 * Handles come in the order of their index, so that a search from handle to
 * handle ends.  The caller gets no reference.
 *
 * Errors: ENOENT if there is no further handle.
 */
struct wapi_search {
	__u32 after;
	__u32 type;
	__u32 flags;
	__u32 found;
	__u32 found_type;
	__u32 pad;
};

/* Flags of &struct wapi_state. */
#define WAPI_STATE_MANUAL	(1U << 0)	/* an event or timer that stays signalled */
#define WAPI_STATE_ABANDONED	(1U << 1)	/* a mutex whose owner ended */
#define WAPI_STATE_ENDED	(1U << 2)	/* a process or thread that ended */
#define WAPI_STATE_EXIT_KNOWN	(1U << 3)	/* @exit_status is known */
#define WAPI_STATE_INHERIT	(1U << 4)	/* this client's reference is inheritable */
#define WAPI_STATE_ARMED	(1U << 5)	/* a timer that is yet to be signalled */
#define WAPI_STATE_REALTIME	(1U << 6)	/* a timer whose @due is of CLOCK_REALTIME */

/**
 * struct wapi_state - what is particular to the type of an object
 *
 * @flags: WAPI_STATE_* bits
 * @waiters: how many threads wait for the object
 * @pid: of the process that owns the mutex, or that is meant; in the caller's
 *       PID namespace, 0 if there is none or it is not seen there
 * @tid: the thread's, likewise
 * @count: of the semaphore; how often the mutex's owner has taken it; how often the
 *         timer was set or stopped, modulo 2^32
 * @maximum: of the semaphore
 * @exit_status: of the process, as wait(2) tells it; of the thread, as it set it
 * @pad: 0
 * @start_time: of the process or thread, in nanoseconds of CLOCK_BOOTTIME; 0 if it
 *              had been reaped before the object was made
 * @end_time: likewise, 0 while it runs, and the same whenever it is told; if it had
 *            ended before the object was made, when that was made
 * @due: when the timer is to be signalled next, in nanoseconds of CLOCK_MONOTONIC or
 *       CLOCK_REALTIME; if it is not armed, when it last was to be; 0 if it was
 *       never set
 * @period: the timer's, in nanoseconds, 0 if it is signalled once
 */
struct wapi_state {
	__u32 flags;
	__u32 waiters;
	__s32 pid;
	__s32 tid;
	__u32 count;
	__u32 maximum;
	__s32 exit_status;
	__u32 pad;
	union {
		__aligned_u64 start_time;
		__aligned_u64 due;
	};
	union {
		__aligned_u64 end_time;
		__aligned_u64 period;
	};
};

/**
 * struct wapi_query - WAPI_IOC_QUERY: ask about an object
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @type: out: &enum wapi_type
 * @caps: out: WAPI_CAP_* bits of the type
 * @references: out: references of all clients
 * @own_references: out: references of this client
 * @clients: out: number of clients that hold references
 * @signalled: out: 1 if the object is signalled, else 0
 * @block: out: offset of the data block, 0 if there is none
 * @block_size: out: its size in bytes as it was asked for
 * @state: out: what is particular to the type, at the moment that @signalled tells of
 *
 * Errors: EBADF.
 */
struct wapi_query {
	__u32 handle;
	__u32 flags;
	__u32 type;
	__u32 caps;
	__u32 references;
	__u32 own_references;
	__u32 clients;
	__u32 signalled;
	__aligned_u64 block;
	__aligned_u64 block_size;
	struct wapi_state state;
};

/**
 * struct wapi_attach - WAPI_IOC_ATTACH: give a block to an object, or take it back
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @block: in: a block of the caller's, which from now on belongs to the object
 *         as its data block; or 0 to take the data block away from the object,
 *         after which it belongs to the caller; out: the block that changed hands
 *
 * Errors: EBADF; EINVAL if @block is not the offset of a block; EPERM if it
 * is not the caller's; EBUSY if the object has a data block already; ENOENT
 * if @block is 0 and there is none.
 */
struct wapi_attach {
	__u32 handle;
	__u32 flags;
	__aligned_u64 block;
};

/**
 * struct wapi_scratch - WAPI_IOC_SCRATCH: allocate a block of the arena
 *
 * @size: in: size in bytes, not 0
 * @flags: in: must be 0
 * @pad: must be 0
 * @block: out: the block's offset, a multiple of %WAPI_BLOCK_ALIGN
 *
 * The block is filled with zeros and belongs to the caller's client.
 *
 * Errors: EINVAL for a size of 0; ENOSPC if no gap of that size is left or the
 * limit of blocks is reached.
 */
struct wapi_scratch {
	__aligned_u64 size;
	__u32 flags;
	__u32 pad;
	__aligned_u64 block;
};

/**
 * struct wapi_scratch_free - WAPI_IOC_SCRATCH_FREE: free a block
 *
 * @block: in: the block's offset
 * @flags: in: must be 0
 * @pad: must be 0
 *
 * Pages that hold no other block go back to the system.
 *
 * Errors: EINVAL if no block begins there, a block freed before and the middle
 * of one included; EPERM if it belongs to another client or to an object.
 */
struct wapi_scratch_free {
	__aligned_u64 block;
	__u32 flags;
	__u32 pad;
};

/* Whom a block belongs to. */
#define WAPI_OWNER_CLIENT	1	/* the client &wapi_block.owner */
#define WAPI_OWNER_OBJECT	2	/* the object with handle &wapi_block.owner */

/**
 * struct wapi_block - WAPI_IOC_BLOCK: ask about a block
 *
 * @offset: in: any offset in it, less than @size behind its beginning
 * @flags: in: must be 0
 * @pad: must be 0
 * @block: out: where it begins
 * @size: out: its size in bytes as it was asked for
 * @owner_kind: out: WAPI_OWNER_CLIENT or WAPI_OWNER_OBJECT
 * @own: out: 1 if the caller may use it by right: it belongs to the caller's
 *       client, or to an object that the client holds a reference to; else 0
 * @owner: out: the owner, by client id or handle
 *
 * Errors: ENOENT if @offset is in no block.
 */
struct wapi_block {
	__aligned_u64 offset;
	__u32 flags;
	__u32 pad;
	__aligned_u64 block;
	__aligned_u64 size;
	__u32 owner_kind;
	__u32 own;
	__aligned_u64 owner;
};

/**
 * struct wapi_join - WAPI_IOC_JOIN: enter the domain of another's descriptor
 *
 * @client_fd: in: a descriptor of /dev/wapi that the calling process opened
 *             itself and made no request with yet
 * @flags: in: must be 0
 *
 * The request is made on the descriptor that was received, typically with
 * SCM_RIGHTS; it is the only request that such a descriptor is good for, and
 * only as long as its own client lives.
 *
 * Errors: EBADF if @client_fd is no descriptor of /dev/wapi; ESTALE if the
 * client of either descriptor has ended, or that of @client_fd belongs to
 * another process; EBUSY if it has made a request before; ENOSPC at the
 * domain's limit of clients.
 */
struct wapi_join {
	__s32 client_fd;
	__u32 flags;
};

/* What WAPI_IOC_LIST lists, and the structure of each record. */
#define WAPI_LIST_DOMAINS	1	/* struct wapi_domain_record */
#define WAPI_LIST_CLIENTS	2	/* struct wapi_client_record */
#define WAPI_LIST_HANDLES	3	/* struct wapi_handle_record */
#define WAPI_LIST_REFERENCES	4	/* struct wapi_reference_record */
#define WAPI_LIST_BLOCKS	5	/* struct wapi_block_record */
#define WAPI_LIST_WAITERS	6	/* struct wapi_waiter_record */
#define WAPI_LIST_NAMES		7	/* struct wapi_name_record */

/**
 * struct wapi_list - WAPI_IOC_LIST: read a listing, a buffer at a time
 *
 * @what: in: WAPI_LIST_*
 * @flags: in: must be 0
 * @domain: in: which domain, by id; 0 for the caller's own
 * @records: in: address of the buffer
 * @record_size: in: bytes from record to record in the buffer, a multiple of
 *               8; a record is cut off or extended by zeros to that size
 * @capacity: in: number of records that the buffer has room for
 * @cursor: in: zeros to begin; in and out: where to go on; of handles, and what
 *          belongs to handles, the first number is the index to go on from
 * @count: out: number of records written; 0 at the end of the listing
 * @pad: must be 0
 *
 * Each record is true of one moment; a listing read while others work may miss
 * or repeat what changes meanwhile.  Without CAP_SYS_ADMIN only the caller's
 * own domain is listed.
 *
 * Errors: EINVAL for an unknown @what, a @capacity of 0, or a @record_size that
 * is 0, no multiple of 8 or above 8192; EPERM for another domain; ENOENT if
 * there is no such domain.
 */
struct wapi_list {
	__u32 what;
	__u32 flags;
	__aligned_u64 domain;
	__aligned_u64 records;
	__u32 record_size;
	__u32 capacity;
	__aligned_u64 cursor[2];
	__u32 count;
	__u32 pad;
};

/**
 * struct wapi_domain_record - a domain in a listing
 * @id: the domain
 * @uid: the user id that its clients opened with, as the caller's user
 *       namespace sees it
 * @own: 1 for the caller's own domain, else 0
 * @clients: number of clients
 * @handles: number of live handles
 * @blocks: number of blocks
 * @arena_used: bytes in blocks
 * @arena_resident: bytes of memory that the arena occupies now
 * @max_arena: size of the arena in bytes
 * @refused: requests that ended in an error
 */
struct wapi_domain_record {
	__aligned_u64 id;
	__u32 uid;
	__u32 own;
	__aligned_u64 clients;
	__aligned_u64 handles;
	__aligned_u64 blocks;
	__aligned_u64 arena_used;
	__aligned_u64 arena_resident;
	__aligned_u64 max_arena;
	__aligned_u64 refused;
};

/**
 * struct wapi_client_record - a client in a listing
 * @id: the client
 * @pid: the process that opened it, in the caller's PID namespace, 0 if it is
 *       not seen there
 * @own: 1 for the caller's own client, else 0
 * @comm: the process's command name when it opened, ending in a zero byte
 * @handles: number of handles that it holds references to
 * @blocks: number of blocks that belong to it
 * @refused: requests that ended in an error
 */
struct wapi_client_record {
	__aligned_u64 id;
	__s32 pid;
	__u32 own;
	char comm[16];
	__aligned_u64 handles;
	__aligned_u64 blocks;
	__aligned_u64 refused;
};

/**
 * struct wapi_handle_record - a live handle in a listing
 * @handle: the handle
 * @type: &enum wapi_type
 * @references: references of all clients
 * @clients: number of clients that hold them
 * @signalled: 1 if the object is signalled, else 0
 * @pad: 0
 * @block: offset of the data block, 0 if there is none
 * @block_size: its size in bytes as it was asked for
 * @state: what is particular to the type, at the moment that @signalled tells of
 */
struct wapi_handle_record {
	__u32 handle;
	__u32 type;
	__u32 references;
	__u32 clients;
	__u32 signalled;
	__u32 pad;
	__aligned_u64 block;
	__aligned_u64 block_size;
	struct wapi_state state;
};

/**
 * struct wapi_reference_record - a client's references to a handle, in a listing
 * @handle: the handle
 * @references: how many references the client holds
 * @client: the client
 */
struct wapi_reference_record {
	__u32 handle;
	__u32 references;
	__aligned_u64 client;
};

/**
 * struct wapi_block_record - a block in a listing, in the order of offsets
 * @block: its offset
 * @size: its size in bytes as it was asked for
 * @owner_kind: WAPI_OWNER_CLIENT or WAPI_OWNER_OBJECT
 * @pad: 0
 * @owner: the owner, by client id or handle
 */
struct wapi_block_record {
	__aligned_u64 block;
	__aligned_u64 size;
	__u32 owner_kind;
	__u32 pad;
	__aligned_u64 owner;
};

/**
 * struct wapi_waiter_record - a thread that waits for an object, in a listing
 * @handle: the handle
 * @tid: the thread, in the caller's PID namespace, 0 if it is not seen there
 * @pid: its process, likewise
 * @all: 1 if it waits for this and others together, else 0
 * @since: when the wait began, in nanoseconds of CLOCK_MONOTONIC
 */
struct wapi_waiter_record {
	__u32 handle;
	__s32 tid;
	__s32 pid;
	__u32 all;
	__aligned_u64 since;
};

/**
 * struct wapi_name_record - the name of an object, in a listing
 * @handle: the handle
 * @size: of the name in bytes
 * @session: the session that a ``Local\`` name is bound to, in the caller's
 *           PID namespace; else 0
 * @pad: 0
 * @name: the name without its prefix, ending in a zero byte
 */
struct wapi_name_record {
	__u32 handle;
	__u32 size;
	__s32 session;
	__u32 pad;
	char name[WAPI_NAME_MAX + 1];
};

/**
 * struct wapi_open_name - WAPI_IOC_OPEN_NAME: take a reference to a named object
 *
 * @name: in: address of the name, see &struct wapi_new
 * @name_size: in: its size in bytes, not 0
 * @type: in: &enum wapi_type that it must have; %WAPI_TYPE_UNUSED for any
 * @flags: in: must be 0
 * @handle: out: the handle
 * @found_type: out: &enum wapi_type of the object
 * @references: out: references of this client to it, the new one included
 * @block: out: offset of the data block, 0 if there is none
 *
 * Errors: EINVAL for a malformed name; ENOENT if there is none of that name;
 * EPROTOTYPE if it is of another type; EOVERFLOW.
 */
struct wapi_open_name {
	__aligned_u64 name;
	__u32 name_size;
	__u32 type;
	__u32 flags;
	__u32 handle;
	__u32 found_type;
	__u32 references;
	__aligned_u64 block;
};

/**
 * struct wapi_signal - WAPI_IOC_SET, WAPI_IOC_RESET, WAPI_IOC_PULSE
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @previous: out: 1 if the object was signalled before, else 0
 * @pad: must be 0
 *
 * Set signals an event, or a file, console, socket or pipe whose users keep
 * its state; reset undoes that.  Pulse lets go whoever waits at this moment:
 * all of them, or one if the event resets itself; and leaves the event reset.
 *
 * Errors: EBADF; EOPNOTSUPP for other types.
 */
struct wapi_signal {
	__u32 handle;
	__u32 flags;
	__u32 previous;
	__u32 pad;
};

/**
 * struct wapi_mutex_release - WAPI_IOC_MUTEX_RELEASE: release a mutex once
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @count: out: how often the calling thread still has it
 * @pad: must be 0
 *
 * Errors: EBADF; EOPNOTSUPP for another type; EPERM if the calling thread is
 * not its owner.
 */
struct wapi_mutex_release {
	__u32 handle;
	__u32 flags;
	__u32 count;
	__u32 pad;
};

/**
 * struct wapi_sem_release - WAPI_IOC_SEM_RELEASE: add to a semaphore's count
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @count: in: how much, not 0
 * @previous: out: the count before
 *
 * Errors: EBADF; EOPNOTSUPP for another type; EINVAL for 0; EOVERFLOW if the
 * count would exceed the maximum.
 */
struct wapi_sem_release {
	__u32 handle;
	__u32 flags;
	__u32 count;
	__u32 previous;
};

/**
 * struct wapi_thread_exit - WAPI_IOC_THREAD_EXIT: set the exit code in advance
 *
 * @handle: in: a thread object made with %WAPI_NEW_SELF by the calling thread
 * @flags: in: must be 0
 * @status: in: any number; told by &wapi_state.exit_status at once
 * @pad: must be 0
 *
 * Errors: EBADF; EOPNOTSUPP for another type; EPERM if it is not the caller.
 */
struct wapi_thread_exit {
	__u32 handle;
	__u32 flags;
	__s32 status;
	__u32 pad;
};

/* Flags of &struct wapi_wait. */
#define WAPI_WAIT_ALL		(1U << 0)	/* for all handles, not any */
#define WAPI_WAIT_REALTIME	(1U << 1)	/* @timeout is of CLOCK_REALTIME */

/** define WAPI_WAIT_FOREVER - a timeout that never comes */
#define WAPI_WAIT_FOREVER	((__s64)0x7fffffffffffffffLL)

/** define WAPI_WAIT_MAX - how many handles one call can wait for */
#define WAPI_WAIT_MAX		4096

/** define WAPI_WAIT_NOT_ABANDONED - no mutex that was acquired was abandoned */
#define WAPI_WAIT_NOT_ABANDONED	0xffffffffU

/**
 * struct wapi_wait - WAPI_IOC_WAIT: wait until objects are signalled
 *
 * @handles: in: address of @count handles, each a __u32
 * @count: in: how many; 0 to wait for @alert or the time only
 * @flags: in: WAPI_WAIT_* bits
 * @timeout: in: when to give up: an absolute time in nanoseconds, of
 *           CLOCK_MONOTONIC unless told otherwise; a time that has passed does
 *           not wait at all
 * @alert: in: an event that ends the wait too, or 0
 * @signal: in: signal this object first, or 0: set the event, release the mutex
 *          once, or the semaphore by @signal_count; out: 0 when that was done
 * @signal_count: in: for a semaphore; else 0; out: 0 when @signal was signalled
 * @index: out: which handle ended the wait; with %WAPI_WAIT_ALL 0; @count if
 *         @alert did
 * @abandoned: out: the index of the first handle whose mutex was acquired from
 *             an owner that had ended, or %WAPI_WAIT_NOT_ABANDONED
 * @abandoned_tid: out: the thread id of that owner in the caller's PID namespace
 * @pad: must be 0
 *
 * A wait for any handle is satisfied by the signalled one with the lowest index,
 * and acquires only that: an event that resets itself is reset, a semaphore's
 * count goes down by one, a mutex is owned by the calling thread, once more if
 * it is already.  A wait for all acquires nothing until it can acquire all
 * together.  Threads that wait for one object are served in the order in which
 * they began; one that a signal interrupted begins anew, at the end, also where the
 * kernel makes the call again, and does not see a pulse in between.  A mutex that
 * its owner has taken 2^32 - 1 times is not signalled to it.  An object that is
 * waited for stays, though its handle is closed.
 *
 * @signal is signalled and the wait begun in one step: nobody who sees the one
 * can act before the other.
 *
 * Errors: EBADF for any of the handles; EINVAL for too many handles, or with
 * %WAPI_WAIT_ALL for one that is there twice; EOPNOTSUPP for an object that
 * cannot be waited for, for an @alert that is no event, and for a @signal that
 * cannot be signalled; EPERM and EOVERFLOW as for releasing @signal; ETIMEDOUT,
 * EINTR: @signal was signalled, and is 0 now, so that the call can be made again.
 */
struct wapi_wait {
	__aligned_u64 handles;
	__u32 count;
	__u32 flags;
	__aligned_s64 timeout;
	__u32 alert;
	__u32 signal;
	__u32 signal_count;
	__u32 index;
	__u32 abandoned;
	__s32 abandoned_tid;
	__u32 pad[2];
};

/* Flags of &struct wapi_dup. */
#define WAPI_DUP_MOVE		(1U << 0)	/* the caller's reference goes over */

/**
 * struct wapi_dup - WAPI_IOC_DUP: give another client a reference
 *
 * @handle: in: the handle; it has the same value for the other client
 * @flags: in: WAPI_DUP_* bits
 * @process: in: a process object that names the process, or 0
 * @pid: in: with @process 0, its id in the caller's PID namespace
 * @references: out: references of the caller that remain
 * @pad: must be 0
 *
 * The reference goes to the first client of that process in this domain.  A
 * process that has ended has none from when its process object is signalled.
 *
 * Errors: EBADF for either handle; EOPNOTSUPP if @process is no process; ESRCH;
 * EOVERFLOW.
 */
struct wapi_dup {
	__u32 handle;
	__u32 flags;
	__u32 process;
	__s32 pid;
	__u32 references;
	__u32 pad;
};

/**
 * struct wapi_mark - WAPI_IOC_MARK: let children inherit a handle, or not
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @inherit: in: 1 if children may inherit it, else 0
 * @previous: out: what it was
 *
 * Errors: EBADF; EINVAL.
 */
struct wapi_mark {
	__u32 handle;
	__u32 flags;
	__u32 inherit;
	__u32 previous;
};

/**
 * struct wapi_inherit - WAPI_IOC_INHERIT: take over what the parent lets inherit
 *
 * @flags: in: must be 0
 * @count: out: number of handles that the caller's client got a reference to
 *
 * From all clients that the calling process's parent has in this domain, as they
 * are at this moment; the handles have the same values, and are marked
 * inheritable.
 *
 * Errors: ESRCH if the parent has no client in this domain; EOVERFLOW, and then
 * none is taken over.
 */
struct wapi_inherit {
	__u32 flags;
	__u32 count;
};

/**
 * struct wapi_to_fd - WAPI_IOC_TO_FD: an object as a descriptor
 *
 * @handle: in: the handle
 * @flags: in: O_CLOEXEC, O_NONBLOCK or 0
 * @fd: out: the descriptor
 * @pad: must be 0
 *
 * The descriptor is readable to poll(2), epoll(7) and io_uring while a wait for
 * the object would be satisfied.  read(2) is such a wait: it acquires, blocking
 * unless O_NONBLOCK is set, and gives a &struct wapi_acquired.  The descriptor
 * keeps the object alive and can be passed to any process.  A mutex that was
 * acquired by reading is abandoned with the object's last descriptor too.
 *
 * Errors: EBADF; EOPNOTSUPP for a type that cannot be waited for; EMFILE.
 */
struct wapi_to_fd {
	__u32 handle;
	__u32 flags;
	__s32 fd;
	__u32 pad;
};

/**
 * struct wapi_acquired - what reading an object's descriptor gives
 * @abandoned: 1 if a mutex was acquired from an owner that had ended
 * @abandoned_tid: the thread id of that owner in the reader's PID namespace
 */
struct wapi_acquired {
	__u32 abandoned;
	__s32 abandoned_tid;
};

/**
 * struct wapi_from_fd - WAPI_IOC_FROM_FD: the handle of an object's descriptor
 *
 * @fd: in: a descriptor made by WAPI_IOC_TO_FD in this domain
 * @flags: in: must be 0
 * @handle: out: the handle; the caller holds one reference more
 * @type: out: &enum wapi_type of the object
 *
 * Errors: EBADF if @fd is no such descriptor; ESTALE if it is of another domain;
 * EOVERFLOW.
 */
struct wapi_from_fd {
	__s32 fd;
	__u32 flags;
	__u32 handle;
	__u32 type;
};

/* Flags of &struct wapi_batch. */
#define WAPI_BATCH_STOP		(1U << 0)	/* make none after one that failed */

/** define WAPI_BATCH_MAX - how many requests a batch can have */
#define WAPI_BATCH_MAX		4096

/**
 * struct wapi_batch_request - a request of a batch
 *
 * @cmd: in: WAPI_IOC_*, any but WAPI_IOC_JOIN and WAPI_IOC_BATCH
 * @result: out: 0 or a negative errno, as if it had been made alone; -ECANCELED
 *          if it was not made
 * @arg: in: address of the request's structure
 */
struct wapi_batch_request {
	__u32 cmd;
	__s32 result;
	__aligned_u64 arg;
};

/**
 * struct wapi_batch - WAPI_IOC_BATCH: make several requests in one call
 *
 * @requests: in: address of @count requests, each a &struct wapi_batch_request
 * @count: in: how many, not 0 and not above %WAPI_BATCH_MAX
 * @flags: in: WAPI_BATCH_* bits
 * @made: out: how many were made, failed ones included
 * @pad: must be 0
 *
 * The requests are made one after the other, each with its own effect and
 * result, as if it had been made alone; others may come in between.  The
 * structure of each is read when its turn comes, so one can take what an earlier
 * one of the batch has told.  A wait does not sleep: its timeout must be 0.
 *
 * The call fails only for what is wrong with the batch itself, and then none was
 * made; but with EFAULT if @requests is taken away while they are made, and with
 * EINTR if the caller is killed.
 *
 * Errors: EINVAL for a @count of 0 or too many; per request also ENOTTY for
 * WAPI_IOC_JOIN and WAPI_IOC_BATCH, and EINVAL for a wait that could sleep.
 */
struct wapi_batch {
	__aligned_u64 requests;
	__u32 count;
	__u32 flags;
	__u32 made;
	__u32 pad;
};

/* Flags of &struct wapi_timer_set. */
#define WAPI_TIMER_ABSOLUTE	(1U << 0)	/* @due is a time, not a time from now */
#define WAPI_TIMER_REALTIME	(1U << 1)	/* it is one of CLOCK_REALTIME */

/** define WAPI_TIMER_NEVER - a time at which no timer is signalled */
#define WAPI_TIMER_NEVER	((__s64)0x7fffffffffffffffLL)

/** define WAPI_TIMER_PERIOD_MIN - the shortest period of a timer, nanoseconds */
#define WAPI_TIMER_PERIOD_MIN	1000000

/**
 * struct wapi_timer_set - WAPI_IOC_TIMER_SET: set a timer, anew if it was set
 *
 * @handle: in: the handle
 * @flags: in: WAPI_TIMER_* bits
 * @due: in: when it is signalled, not negative: in nanoseconds from now, or of
 *       CLOCK_MONOTONIC or CLOCK_REALTIME; a time that has passed is now, and
 *       %WAPI_TIMER_NEVER is never
 * @period: in: in nanoseconds, after which it is signalled again and again; 0 for
 *          once
 * @at: out: @due as a time of its clock
 * @previous: out: 1 if the timer was signalled before, else 0
 * @armed: out: 1 if it was yet to be signalled, again or at all, else 0
 * @count: out: how often it was set or stopped, this time included, modulo 2^32:
 *         as long as it is told in &struct wapi_state, nobody has done so since
 * @pad: must be 0
 *
 * The timer is not signalled until @due.  One that was made with %WAPI_NEW_MANUAL
 * then stays signalled until it is set anew; any other satisfies one wait.  A timer
 * that is signalled again while it still is changes nothing: periods in which
 * nobody waited do not add up.
 *
 * A timer that is set by CLOCK_REALTIME follows whoever sets that clock; one by
 * CLOCK_MONOTONIC stands still while the system is suspended.  It belongs to no
 * process: it goes on when the one that set it has ended, and goes with the object.
 *
 * Errors: EBADF; EOPNOTSUPP for another type; EINVAL for a negative @due, for
 * %WAPI_TIMER_REALTIME without %WAPI_TIMER_ABSOLUTE, and for a @period other than 0
 * that is below %WAPI_TIMER_PERIOD_MIN or above 2^63 - 1.
 */
struct wapi_timer_set {
	__u32 handle;
	__u32 flags;
	__aligned_s64 due;
	__aligned_u64 period;
	__aligned_s64 at;
	__u32 previous;
	__u32 armed;
	__u32 count;
	__u32 pad;
};

/**
 * struct wapi_timer_cancel - WAPI_IOC_TIMER_CANCEL: stop a timer
 *
 * @handle: in: the handle
 * @flags: in: must be 0
 * @armed: out: 1 if it was yet to be signalled, again or at all, else 0
 * @pad: must be 0
 *
 * It stays signalled if it is, but becomes so no more until it is set anew.
 *
 * Errors: EBADF; EOPNOTSUPP for another type.
 */
struct wapi_timer_cancel {
	__u32 handle;
	__u32 flags;
	__u32 armed;
	__u32 pad;
};

#define WAPI_IOC_MAGIC	0xda

#define WAPI_IOC_INFO		_IOWR(WAPI_IOC_MAGIC, 0x00, struct wapi_info)
#define WAPI_IOC_NEW		_IOWR(WAPI_IOC_MAGIC, 0x01, struct wapi_new)
#define WAPI_IOC_OPEN		_IOWR(WAPI_IOC_MAGIC, 0x02, struct wapi_open)
#define WAPI_IOC_CLOSE		_IOWR(WAPI_IOC_MAGIC, 0x03, struct wapi_close)
#define WAPI_IOC_SEARCH		_IOWR(WAPI_IOC_MAGIC, 0x04, struct wapi_search)
#define WAPI_IOC_QUERY		_IOWR(WAPI_IOC_MAGIC, 0x05, struct wapi_query)
#define WAPI_IOC_ATTACH		_IOWR(WAPI_IOC_MAGIC, 0x06, struct wapi_attach)
#define WAPI_IOC_SCRATCH	_IOWR(WAPI_IOC_MAGIC, 0x07, struct wapi_scratch)
#define WAPI_IOC_SCRATCH_FREE	_IOW(WAPI_IOC_MAGIC, 0x08, struct wapi_scratch_free)
#define WAPI_IOC_BLOCK		_IOWR(WAPI_IOC_MAGIC, 0x09, struct wapi_block)
#define WAPI_IOC_JOIN		_IOW(WAPI_IOC_MAGIC, 0x0a, struct wapi_join)
#define WAPI_IOC_LIST		_IOWR(WAPI_IOC_MAGIC, 0x0b, struct wapi_list)
#define WAPI_IOC_OPEN_NAME	_IOWR(WAPI_IOC_MAGIC, 0x0c, struct wapi_open_name)
#define WAPI_IOC_SET		_IOWR(WAPI_IOC_MAGIC, 0x0d, struct wapi_signal)
#define WAPI_IOC_RESET		_IOWR(WAPI_IOC_MAGIC, 0x0e, struct wapi_signal)
#define WAPI_IOC_PULSE		_IOWR(WAPI_IOC_MAGIC, 0x0f, struct wapi_signal)
#define WAPI_IOC_MUTEX_RELEASE	_IOWR(WAPI_IOC_MAGIC, 0x10, struct wapi_mutex_release)
#define WAPI_IOC_SEM_RELEASE	_IOWR(WAPI_IOC_MAGIC, 0x11, struct wapi_sem_release)
#define WAPI_IOC_THREAD_EXIT	_IOW(WAPI_IOC_MAGIC, 0x12, struct wapi_thread_exit)
#define WAPI_IOC_WAIT		_IOWR(WAPI_IOC_MAGIC, 0x13, struct wapi_wait)
#define WAPI_IOC_DUP		_IOWR(WAPI_IOC_MAGIC, 0x14, struct wapi_dup)
#define WAPI_IOC_MARK		_IOWR(WAPI_IOC_MAGIC, 0x15, struct wapi_mark)
#define WAPI_IOC_INHERIT	_IOWR(WAPI_IOC_MAGIC, 0x16, struct wapi_inherit)
#define WAPI_IOC_TO_FD		_IOWR(WAPI_IOC_MAGIC, 0x17, struct wapi_to_fd)
#define WAPI_IOC_FROM_FD	_IOWR(WAPI_IOC_MAGIC, 0x18, struct wapi_from_fd)
#define WAPI_IOC_BATCH		_IOWR(WAPI_IOC_MAGIC, 0x19, struct wapi_batch)
#define WAPI_IOC_TIMER_SET	_IOWR(WAPI_IOC_MAGIC, 0x1a, struct wapi_timer_set)
#define WAPI_IOC_TIMER_CANCEL	_IOWR(WAPI_IOC_MAGIC, 0x1b, struct wapi_timer_cancel)

#endif /* _UAPI_LINUX_WAPI_H */
