// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas: the scratch memory of a domain, and what of it is in use.
 *
 * The memory is a file of shmem: demand-allocated, swappable, charged to who
 * touches it, mapped by every client.  All bookkeeping is outside of it, so a
 * client that writes anywhere in it hurts nothing but data.
 *
 * Blocks are in a red-black tree by address.  Each knows the gap behind it and
 * the largest gap in its subtree, so the lowest gap that is large enough is
 * found in O(log n), and freeing a block needs no memory.  (The maple tree
 * finds gaps too, but may have to allocate when something is erased.)
 *
 * Memory is zeroed when it is allocated, not when it is freed: free space is
 * mapped too, and anybody may have written there.
 *
 * wapi_arena.lock is the innermost lock; memory is zeroed and given back
 * outside of it, while the block is in the tree and belongs to nobody.
 */
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/pagemap.h>
#include <linux/rbtree_augmented.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <linux/wapi.h>

#include "arena.h"
#include "compat.h"
#include "limits.h"
#include "states.h"

static struct kmem_cache *wapi_block_cache;

static u64 wapi_block_gap(struct wapi_arena_block *block)
{
	return block->gap;
}

RB_DECLARE_CALLBACKS_MAX(static, wapi_gaps, struct wapi_arena_block, node, u64, largest_gap,
			 wapi_block_gap)

static struct wapi_arena_block *wapi_block_entry(struct rb_node *node)
{
	return rb_entry_safe(node, struct wapi_arena_block, node);
}

static u64 wapi_largest_gap(struct rb_node *node)
{
	return node ? wapi_block_entry(node)->largest_gap : 0;
}

static void wapi_block_set_gap(struct wapi_arena_block *block, u64 gap)
{
	block->gap = gap;
	wapi_gaps_propagate(&block->node, NULL);
}

/* The block before the lowest gap of at least @length bytes. */
static struct wapi_arena_block *wapi_arena_find_gap_locked(struct wapi_arena *arena, u64 length)
{
	struct rb_node *node = arena->blocks.rb_node;
	struct wapi_arena_block *block;

	lockdep_assert_held(&arena->lock);
	if (wapi_largest_gap(node) < length)
		return NULL;
	for (;;) {
		block = wapi_block_entry(node);
		if (wapi_largest_gap(node->rb_left) >= length) {
			node = node->rb_left;
			continue;
		}
		if (block->gap >= length)
			return block;
		node = node->rb_right;
	}
}

/* Put @block, with its addresses, behind @before. */
static void wapi_arena_insert_locked(struct wapi_arena *arena, struct wapi_arena_block *block,
				     struct wapi_arena_block *before)
{
	struct rb_node *parent = &before->node;
	struct rb_node **link = &parent->rb_right;

	lockdep_assert_held(&arena->lock);
	block->gap = before->gap - (block->end - block->start);
	block->largest_gap = block->gap;
	wapi_block_set_gap(before, 0);

	while (*link) {
		parent = *link;
		link = &parent->rb_left;
	}
	rb_link_node(&block->node, parent, link);
	wapi_gaps_propagate(parent, NULL);
	rb_insert_augmented(&block->node, &arena->blocks, &wapi_gaps);

	arena->count++;
	arena->used += block->end - block->start;
}

static void wapi_arena_erase_locked(struct wapi_arena *arena, struct wapi_arena_block *block)
{
	struct wapi_arena_block *before = wapi_block_entry(rb_prev(&block->node));
	u64 gap = before->gap + (block->end - block->start) + block->gap;

	lockdep_assert_held(&arena->lock);
	rb_erase_augmented(&block->node, &arena->blocks, &wapi_gaps);
	wapi_block_set_gap(before, gap);
}

/* The pages that the block alone stands in the way of, as [*first, *last). */
static void wapi_arena_claim_pages_locked(struct wapi_arena_block *block, u64 *first, u64 *last)
{
	struct wapi_arena_block *before = wapi_block_entry(rb_prev(&block->node));
	u64 start = max_t(u64, round_down(block->start, PAGE_SIZE), before->end);
	u64 end = min_t(u64, round_up(block->end, PAGE_SIZE), block->end + block->gap);

	*first = round_up(start, PAGE_SIZE);
	*last = round_down(end, PAGE_SIZE);
	if (*first >= *last)
		return;

	/* Take the free ends of these pages too, so that nobody else does. */
	wapi_block_set_gap(before, start - before->end);
	wapi_block_set_gap(block, block->end + block->gap - end);
	block->start = start;
	block->end = end;
}

/*
 * Give pages back to the system; what is read there next is zero.  Not by
 * vfs_fallocate(), whose locks are taken before mmap_lock elsewhere: see main.c.
 */
static void wapi_arena_punch(struct wapi_arena *arena, u64 first, u64 last)
{
	shmem_truncate_range(file_inode(arena->file), first, last - 1);
}

/* The part of a page from @offset on, up to @end; which page is *@index. */
static u32 wapi_part_of_page(u64 offset, u64 end, pgoff_t *index)
{
	*index = offset >> PAGE_SHIFT;
	return min_t(u64, end - offset, PAGE_SIZE - offset_in_page(offset));
}

static struct page *wapi_arena_page(struct wapi_arena *arena, pgoff_t index)
{
	return shmem_read_mapping_page(arena->file->f_mapping, index);
}

static int wapi_arena_zero_part(struct wapi_arena *arena, u64 offset, u64 end)
{
	struct page *page;
	pgoff_t index;
	u32 length;

	if (offset == end)
		return 0;
	length = wapi_part_of_page(offset, end, &index);
	page = wapi_arena_page(arena, index);
	if (IS_ERR(page))
		return PTR_ERR(page);
	memzero_page(page, offset_in_page(offset), length);
	set_page_dirty(page);
	put_page(page);
	return 0;
}

/* Zero a block: whole pages by giving them back, the ends by writing. */
static int wapi_arena_zero(struct wapi_arena *arena, u64 start, u64 end)
{
	u64 first = round_up(start, PAGE_SIZE);
	u64 last = round_down(end, PAGE_SIZE);
	int err;

	if (first > last)
		return wapi_arena_zero_part(arena, start, end);
	err = wapi_arena_zero_part(arena, start, first);
	if (!err)
		err = wapi_arena_zero_part(arena, last, end);
	if (!err && first < last)
		wapi_arena_punch(arena, first, last);
	return err;
}

/**
 * wapi_arena_alloc - allocate a block
 * @arena: the domain's arena
 * @size: bytes, not 0
 *
 * Context: may sleep.
 *
 * Return: the zeroed block, which belongs to nobody yet; or -ENOSPC, -ENOMEM
 */
struct wapi_arena_block *wapi_arena_alloc(struct wapi_arena *arena, u64 size)
{
	struct wapi_arena_block *block, *before = NULL;
	int err;

	if (size > arena->size)
		return ERR_PTR(-ENOSPC);

	block = kmem_cache_zalloc(wapi_block_cache, GFP_KERNEL_ACCOUNT);
	if (!block)
		return ERR_PTR(-ENOMEM);
	block->size = size;
	INIT_LIST_HEAD(&block->in_client);

	spin_lock(&arena->lock);
	if (arena->count < arena->limit)
		before = wapi_arena_find_gap_locked(arena, round_up(size, WAPI_BLOCK_ALIGN));
	if (before) {
		block->start = before->end;
		block->end = block->start + round_up(size, WAPI_BLOCK_ALIGN);
		block->offset = block->start;
		wapi_arena_insert_locked(arena, block, before);
	}
	spin_unlock(&arena->lock);
	if (!before) {
		kmem_cache_free(wapi_block_cache, block);
		return ERR_PTR(-ENOSPC);
	}

	err = wapi_arena_zero(arena, block->start, block->end);
	if (err) {
		wapi_arena_free(arena, block);
		return ERR_PTR(err);
	}
	return block;
}

/**
 * wapi_arena_free - free a block
 * @arena: the domain's arena
 * @block: a block that belongs to nobody, or whose owner is gone
 *
 * Context: may sleep.
 */
void wapi_arena_free(struct wapi_arena *arena, struct wapi_arena_block *block)
{
	u64 first, last;

	spin_lock(&arena->lock);
	block->object = NULL;
	arena->count--;
	arena->used -= block->end - block->start;
	wapi_arena_claim_pages_locked(block, &first, &last);
	if (first < last) {
		spin_unlock(&arena->lock);
		wapi_arena_punch(arena, first, last);
		spin_lock(&arena->lock);
	}
	wapi_arena_erase_locked(arena, block);
	spin_unlock(&arena->lock);
	kmem_cache_free(wapi_block_cache, block);
}

/**
 * wapi_arena_fill - copy a user's data into a block
 * @arena: the domain's arena
 * @block: a block that belongs to nobody yet
 * @data: as many bytes as the block has
 *
 * Return: 0, -EFAULT or -ENOMEM
 */
int wapi_arena_fill(struct wapi_arena *arena, struct wapi_arena_block *block,
		    const void __user *data)
{
	u64 offset = block->offset, end = block->offset + block->size;
	unsigned long left;
	struct page *page;
	pgoff_t index;
	u32 length;
	void *to;

	for (; offset < end; offset += length, data += length) {
		if (fatal_signal_pending(current))
			return -EINTR;
		length = wapi_part_of_page(offset, end, &index);
		page = wapi_arena_page(arena, index);
		if (IS_ERR(page))
			return PTR_ERR(page);
		to = kmap_local_page(page);
		left = copy_from_user(to + offset_in_page(offset), data, length);
		kunmap_local(to);
		set_page_dirty(page);
		put_page(page);
		if (left)
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/**
 * wapi_arena_next_locked - the block at or after an offset
 * @arena: the domain's arena, locked
 * @offset: any number
 *
 * Return: the block that contains @offset, or else the next one, or NULL
 */
struct wapi_arena_block *wapi_arena_next_locked(struct wapi_arena *arena, u64 offset)
{
	struct rb_node *node = arena->blocks.rb_node;
	struct wapi_arena_block *block, *next = NULL;

	lockdep_assert_held(&arena->lock);
	while (node) {
		block = wapi_block_entry(node);
		if (offset < block->end) {
			next = block;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return next;
}

/**
 * wapi_arena_resident - how much memory the arena occupies
 * @arena: the arena
 *
 * Return: bytes, in memory or swapped out
 */
u64 wapi_arena_resident(struct wapi_arena *arena)
{
	return (u64)READ_ONCE(file_inode(arena->file)->i_blocks) << SECTOR_SHIFT;
}

/**
 * wapi_arena_mmap - map the arena
 * @arena: the arena
 * @vma: where; from now on it is a mapping of the arena's file, so it neither
 *       keeps a client alive nor the module
 *
 * Return: 0; -EINVAL for a private mapping or one beyond the end; -EPERM for an
 * executable one
 */
int wapi_arena_mmap(struct wapi_arena *arena, struct vm_area_struct *vma)
{
	unsigned long pages = arena->size >> PAGE_SHIFT;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);
	/* A core dump would touch, and so allocate, all of it. */
	vm_flags_set(vma, VM_DONTDUMP);

	vma_set_file(vma, arena->file);
	return arena->file->f_op->mmap(arena->file, vma);
}

/**
 * wapi_arena_init - an empty arena
 * @arena: the arena, zeroed
 * @limits: its limits
 *
 * Return: 0 or -ENOMEM
 */
int wapi_arena_init(struct wapi_arena *arena, const struct wapi_limits *limits)
{
	spin_lock_init(&arena->lock);
	arena->limit = limits->blocks;
	arena->size = limits->arena;
	arena->blocks = RB_ROOT;
	arena->origin.end = WAPI_BLOCK_ALIGN;
	arena->origin.gap = arena->size - arena->origin.end;
	arena->origin.largest_gap = arena->origin.gap;
	rb_link_node(&arena->origin.node, NULL, &arena->blocks.rb_node);
	rb_insert_augmented(&arena->origin.node, &arena->blocks, &wapi_gaps);

	/* To give pages back is to write. */
	arena->file = wapi_shmem_create("wapi-arena", arena->size, O_WRONLY);
	return PTR_ERR_OR_ZERO(arena->file);
}

/**
 * wapi_arena_destroy - free an arena without blocks
 * @arena: the arena; mappings of it stay valid
 */
void wapi_arena_destroy(struct wapi_arena *arena)
{
	WARN_ON_ONCE(arena->count);
	fput(arena->file);
}

int wapi_arena_cache_create(void)
{
	wapi_block_cache = kmem_cache_create("wapi_block", sizeof(struct wapi_arena_block), 0, 0,
					     NULL);
	return wapi_block_cache ? 0 : -ENOMEM;
}

void wapi_arena_cache_destroy(void)
{
	kmem_cache_destroy(wapi_block_cache);
}
