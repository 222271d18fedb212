/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The handle table of a domain.
 */
#ifndef WAPI_HANDLE_H
#define WAPI_HANDLE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <linux/wapi.h>

#include "map.h"

struct file;
struct wapi_object;

#define WAPI_HANDLE_INDEX_MASK	(BIT(WAPI_HANDLE_INDEX_BITS) - 1)
#define WAPI_GENERATION_MAX	(BIT(WAPI_HANDLE_GENERATION_BITS) - 1)
#define WAPI_SLOTS_MAX		BIT(WAPI_HANDLE_INDEX_BITS)

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

#endif /* WAPI_HANDLE_H */
