/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scratch memory of a domain.
 */
#ifndef WAPI_ARENA_H
#define WAPI_ARENA_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct file;
struct vm_area_struct;
struct wapi_client;
struct wapi_limits;
struct wapi_object;

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

#endif /* WAPI_ARENA_H */
