// SPDX-License-Identifier: GPL-2.0
/*
 * Handles: the table of a domain that leads from a handle to its object.
 *
 * A handle is an index, which names a slot, and the slot's generation.  When a
 * handle is removed, its slot goes to the end of a queue and is not used again
 * while fewer than WAPI_SLOTS_AT_REST others are behind it; then it has its
 * next generation.  So a handle value comes back after 2047 generations of
 * more than 1024 removals each, and a stale one is refused all that time.
 *
 * A leaf of slots stays as long as the domain: lookups need nothing but RCU, and
 * removing a handle allocates and frees nothing.
 *
 * wapi_handle_table.lock is the innermost but one; wapi_handle_find() takes
 * none.
 */
#include <linux/bitmap.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "handle.h"
#include "map.h"
#include "object.h"
#include "request.h"
#include "states.h"

#define WAPI_SLOTS_AT_REST	1024

static struct kmem_cache *wapi_slots_cache;

/*
 * A slot is the address of its object, or, with the lowest bit set, free: then
 * it has the index of the next free slot in its list or queue above the
 * generation that its next handle gets, which is never 0.
 */
static unsigned long wapi_free_slot(u32 next, u32 generation)
{
	return (unsigned long)next << (WAPI_HANDLE_GENERATION_BITS + 1) | generation << 1 | 1;
}

static u32 wapi_slot_next(unsigned long slot)
{
	return slot >> (WAPI_HANDLE_GENERATION_BITS + 1);
}

static u32 wapi_slot_generation(unsigned long slot)
{
	return slot >> 1 & WAPI_GENERATION_MAX;
}

static struct wapi_slots *wapi_slots(struct wapi_handle_table *table, u32 index)
{
	return wapi_map_leaf(&table->map, index);
}

static void wapi_slots_free(void *leaf)
{
	struct wapi_slots *slots = leaf;

	wapi_states_put_page(slots->entries);
	kmem_cache_free(wapi_slots_cache, slots);
}

/* Make one more leaf of slots, unless another task does it just now. */
static int wapi_handle_grow(struct wapi_handle_table *table, u32 size)
{
	struct wapi_slots *slots;
	u32 *entries;
	int err = 0, i;

	mutex_lock(&table->growth);
	if (table->size != size)
		goto unlock;

	slots = kmem_cache_zalloc(wapi_slots_cache, GFP_KERNEL_ACCOUNT);
	if (!slots) {
		err = -ENOMEM;
		goto unlock;
	}
	entries = wapi_states_page(table->states, size);
	if (IS_ERR(entries)) {
		err = -ENOMEM;
		kmem_cache_free(wapi_slots_cache, slots);
		goto unlock;
	}
	slots->entries = entries;
	for (i = 0; i < WAPI_LEAF_SIZE; i++)
		slots->slots[i] = wapi_free_slot(0, 1);

	err = wapi_map_add(&table->map, size, slots);
	if (err) {
		wapi_slots_free(slots);
		goto unlock;
	}
	spin_lock(&table->lock);
	table->size += WAPI_LEAF_SIZE;
	spin_unlock(&table->lock);
unlock:
	mutex_unlock(&table->growth);
	return err;
}

/* A leaf has one more handle of a type, or of any with 0. */
static __always_inline void wapi_handle_count_locked(struct wapi_handle_table *table,
						     struct wapi_slots *slots, u32 index, u32 type)
{
	lockdep_assert_held(&table->lock);
	if (unlikely(!slots->live[type]++))
		__set_bit(index >> WAPI_LEAF_BITS, table->present[type]);
}

static __always_inline void wapi_handle_uncount_locked(struct wapi_handle_table *table,
						       struct wapi_slots *slots, u32 index,
						       u32 type)
{
	lockdep_assert_held(&table->lock);
	if (unlikely(!--slots->live[type]))
		__clear_bit(index >> WAPI_LEAF_BITS, table->present[type]);
}

/* Choose a slot.  Return: its leaf and, in *@index, its index; NULL if there is none */
static __always_inline struct wapi_slots *wapi_handle_take_locked(struct wapi_handle_table *table,
								  u32 *index)
{
	struct wapi_slots *slots;

	lockdep_assert_held(&table->lock);
	if (likely(!table->nr_unused && table->queued > WAPI_SLOTS_AT_REST)) {
		*index = table->queue_head;
		slots = wapi_slots(table, *index);
		table->queue_head = wapi_slot_next(slots->slots[*index % WAPI_LEAF_SIZE]);
		table->queued--;
		return slots;
	}
	if (table->nr_unused) {
		*index = table->unused;
		slots = wapi_slots(table, *index);
		table->unused = wapi_slot_next(slots->slots[*index % WAPI_LEAF_SIZE]);
		table->nr_unused--;
		return slots;
	}
	if (table->fresh == table->size)
		return NULL;
	*index = table->fresh++;
	return wapi_slots(table, *index);
}

/**
 * wapi_handle_reserve - choose the handle of a new object
 * @table: the domain's table
 * @type: the object's type
 * @handle: out: the handle; nobody can find it until it is published
 *
 * Return: 0; -ENOSPC at the limit, or when only slots at rest are left; -ENOMEM
 */
int wapi_handle_reserve(struct wapi_handle_table *table, u32 type, u32 *handle)
{
	struct wapi_slots *slots;
	u32 index, size;
	int err;

	for (;;) {
		spin_lock(&table->lock);
		if (unlikely(table->live >= table->limit)) {
			spin_unlock(&table->lock);
			return -ENOSPC;
		}
		slots = wapi_handle_take_locked(table, &index);
		if (likely(slots))
			break;
		size = table->size;
		spin_unlock(&table->lock);
		if (size == WAPI_SLOTS_MAX)
			return -ENOSPC;

		err = wapi_handle_grow(table, size);
		if (err)
			return err;
	}
	table->live++;
	wapi_handle_count_locked(table, slots, index, type);
	wapi_handle_count_locked(table, slots, index, WAPI_TYPE_UNUSED);
	*handle = wapi_slot_generation(slots->slots[index % WAPI_LEAF_SIZE])
		  << WAPI_HANDLE_INDEX_BITS | index;
	spin_unlock(&table->lock);
	return 0;
}

/**
 * wapi_handle_unreserve - give a handle back that was never published
 * @table: the domain's table
 * @type: the object's type
 * @handle: the handle; it is the next to be used, as if it had not been reserved
 */
void wapi_handle_unreserve(struct wapi_handle_table *table, u32 type, u32 handle)
{
	u32 index = wapi_handle_index(handle);
	struct wapi_slots *slots = wapi_slots(table, index);

	unsigned long *slot = &slots->slots[index % WAPI_LEAF_SIZE];

	spin_lock(&table->lock);
	*slot = wapi_free_slot(table->unused, wapi_slot_generation(*slot));
	table->unused = index;
	table->nr_unused++;
	table->live--;
	wapi_handle_uncount_locked(table, slots, index, type);
	wapi_handle_uncount_locked(table, slots, index, WAPI_TYPE_UNUSED);
	spin_unlock(&table->lock);
}

/**
 * wapi_handle_publish - let a new object be found by its handle
 * @table: the domain's table
 * @object: the locked object, complete, with the handle that was reserved for it
 */
void wapi_handle_publish(struct wapi_handle_table *table, struct wapi_object *object)
{
	u32 index = wapi_handle_index(object->handle);
	struct wapi_slots *slots = wapi_slots(table, index);

	/* Pairs with wapi_handle_find(): sees the object complete. */
	smp_store_release(&slots->slots[index % WAPI_LEAF_SIZE], (unsigned long)object);
	object->entry = &slots->entries[index % WAPI_LEAF_SIZE];
	/* Pairs with processes that read the state table, see states.c. */
	smp_store_release(object->entry, object->state);
}

/**
 * wapi_handle_remove - make the handle of an object stale
 * @table: the domain's table
 * @object: the locked object, which is gone
 */
void wapi_handle_remove(struct wapi_handle_table *table, struct wapi_object *object)
{
	u32 index = wapi_handle_index(object->handle);
	u32 generation = object->handle >> WAPI_HANDLE_INDEX_BITS;
	struct wapi_slots *slots = wapi_slots(table, index);

	WRITE_ONCE(*object->entry, 0);
	generation = generation == WAPI_GENERATION_MAX ? 1 : generation + 1;

	spin_lock(&table->lock);
	WRITE_ONCE(slots->slots[index % WAPI_LEAF_SIZE], wapi_free_slot(0, generation));
	if (likely(table->queued++))
		*table->queue_tail = wapi_free_slot(index,
						    wapi_slot_generation(*table->queue_tail));
	else
		table->queue_head = index;
	table->queue_tail = &slots->slots[index % WAPI_LEAF_SIZE];
	table->live--;
	wapi_handle_uncount_locked(table, slots, index, wapi_object_type(object));
	wapi_handle_uncount_locked(table, slots, index, WAPI_TYPE_UNUSED);
	spin_unlock(&table->lock);
}

/* The first handle from @index on in its own leaf that is published and of @type. */
static u32 wapi_handle_next_in_leaf(const struct wapi_slots *slots, u32 index, u32 type,
				    struct wapi_search *found)
{
	u32 entry, i;

	if (!slots || !slots->live[type])
		return 0;
	for (i = index % WAPI_LEAF_SIZE; i < WAPI_LEAF_SIZE; i++) {
		entry = READ_ONCE(slots->entries[i]);
		if (!entry || (type && (entry & WAPI_ENTRY_TYPE) != type))
			continue;
		found->found = (entry & WAPI_ENTRY_GENERATION) |
			       (round_down(index, WAPI_LEAF_SIZE) + i);
		found->found_type = entry & WAPI_ENTRY_TYPE;
		return found->found;
	}
	return 0;
}

/**
 * wapi_handle_next - the next live handle
 * @table: the domain's table
 * @index: the first index that it may have
 * @type: the type that it must have, or %WAPI_TYPE_UNUSED
 * @found: out: the handle and its type
 *
 * Looks at one bit per leaf, at the slots of the first, and at those of leaves
 * that have such a handle: one, and those where it comes or goes just now.
 *
 * Return: whether there is one
 */
bool wapi_handle_next(struct wapi_handle_table *table, u32 index, u32 type,
		      struct wapi_search *found)
{
	u32 leaf, live = 0;

	if (index >= WAPI_SLOTS_MAX)
		return false;

	spin_lock(&table->lock);
	for (;;) {
		live = wapi_handle_next_in_leaf(wapi_slots(table, index), index, type, found);
		if (live)
			break;
		leaf = find_next_bit(table->present[type], WAPI_LEAVES,
				     (index >> WAPI_LEAF_BITS) + 1);
		if (leaf >= WAPI_LEAVES)
			break;
		index = leaf << WAPI_LEAF_BITS;
	}
	spin_unlock(&table->lock);
	return live;
}

/**
 * wapi_search - WAPI_IOC_SEARCH
 * @request: the request
 *
 * Return: 0, -EINVAL or -ENOENT
 */
int wapi_search(struct wapi_request *request)
{
	struct wapi_search *args = &request->args.search;
	u32 index = args->after ? wapi_handle_index(args->after) + 1 : 0;

	if (args->flags || args->pad || args->type >= WAPI_TYPE_COUNT)
		return -EINVAL;
	if (!wapi_handle_next(&request->client->domain->handles, index, args->type, args))
		return -ENOENT;
	return 0;
}

/**
 * wapi_handle_table_init - an empty table
 * @table: the table, zeroed
 * @limit: how many live handles it may have
 *
 * Return: 0 or -ENOMEM
 */
int wapi_handle_table_init(struct wapi_handle_table *table, u32 limit)
{
	spin_lock_init(&table->lock);
	mutex_init(&table->growth);
	table->limit = limit;
	table->states = wapi_states_create();
	return PTR_ERR_OR_ZERO(table->states);
}

/**
 * wapi_handle_table_destroy - free the memory of a table without live handles
 * @table: the table; mappings of its states stay valid
 */
void wapi_handle_table_destroy(struct wapi_handle_table *table)
{
	WARN_ON_ONCE(table->live);
	wapi_map_destroy(&table->map, wapi_slots_free);
	fput(table->states);
}

int wapi_handle_cache_create(void)
{
	wapi_slots_cache = KMEM_CACHE(wapi_slots, 0);
	return wapi_slots_cache ? 0 : -ENOMEM;
}

void wapi_handle_cache_destroy(void)
{
	kmem_cache_destroy(wapi_slots_cache);
}
