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
 * A slot page stays as long as the domain: lookups need nothing but RCU, and
 * removing a handle allocates and frees nothing.
 *
 * wapi_handle_table.lock is the innermost but one; wapi_handle_find() takes
 * none.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>

#include "wapi_internal.h"

#define WAPI_SLOTS_AT_REST	1024

/**
 * struct wapi_slot - where a handle leads
 * @object: the published object, or NULL; read under RCU
 * @next: index of the next in the queue of freed slots, or in the list of unused
 * @generation: of the handle in use, or the next to be; never 0
 */
struct wapi_slot {
	struct wapi_object __rcu *object;
	u32 next;
	u16 generation;
};

/**
 * struct wapi_slot_page - slots that were made together
 * @slots: the slots
 * @live: how many published handles there are of each type; [0] of any
 */
struct wapi_slot_page {
	struct wapi_slot slots[WAPI_SLOTS_PER_PAGE];
	u16 live[WAPI_TYPE_COUNT];
};

static struct kmem_cache *wapi_slot_page_cache;

static u32 wapi_handle_of(u32 index, u32 generation)
{
	return generation << WAPI_HANDLE_INDEX_BITS | index;
}

static struct wapi_slot_page *wapi_slot_page(struct wapi_handle_table *table, u32 index)
{
	return xa_load(&table->pages, index / WAPI_SLOTS_PER_PAGE);
}

static struct wapi_slot *wapi_slot(struct wapi_handle_table *table, u32 index)
{
	return &wapi_slot_page(table, index)->slots[index % WAPI_SLOTS_PER_PAGE];
}

/* Make one more page of slots, unless another task does it just now. */
static int wapi_handle_grow(struct wapi_handle_table *table, u32 size)
{
	struct wapi_slot_page *page;
	int err = 0, i;

	mutex_lock(&table->growth);
	if (table->size != size)
		goto unlock;

	page = kmem_cache_zalloc(wapi_slot_page_cache, GFP_KERNEL_ACCOUNT);
	if (!page) {
		err = -ENOMEM;
		goto unlock;
	}
	for (i = 0; i < WAPI_SLOTS_PER_PAGE; i++)
		page->slots[i].generation = 1;

	err = xa_err(xa_store(&table->pages, size / WAPI_SLOTS_PER_PAGE, page,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		kmem_cache_free(wapi_slot_page_cache, page);
		goto unlock;
	}
	spin_lock(&table->lock);
	table->size += WAPI_SLOTS_PER_PAGE;
	spin_unlock(&table->lock);
unlock:
	mutex_unlock(&table->growth);
	return err;
}

static u32 wapi_handle_dequeue_locked(struct wapi_handle_table *table)
{
	u32 index = table->queue_head;

	lockdep_assert_held(&table->lock);
	table->queue_head = wapi_slot(table, index)->next;
	table->queued--;
	return index;
}

static void wapi_handle_enqueue_locked(struct wapi_handle_table *table, u32 index)
{
	struct wapi_slot *slot = wapi_slot(table, index);

	lockdep_assert_held(&table->lock);
	slot->generation = slot->generation == WAPI_GENERATION_MAX ? 1 : slot->generation + 1;
	if (table->queued)
		wapi_slot(table, table->queue_tail)->next = index;
	else
		table->queue_head = index;
	table->queue_tail = index;
	table->queued++;
}

/**
 * wapi_handle_reserve - choose the handle of a new object
 * @table: the domain's table
 * @handle: out: the handle; nobody can find it until it is published
 *
 * Return: 0; -ENOSPC at the limit, or when only slots at rest are left; -ENOMEM
 */
int wapi_handle_reserve(struct wapi_handle_table *table, u32 *handle)
{
	u32 index, size;
	int err;

	for (;;) {
		spin_lock(&table->lock);
		if (table->live >= table->limit)
			break;
		if (table->nr_unused) {
			index = table->unused;
			table->unused = wapi_slot(table, index)->next;
			table->nr_unused--;
			goto found;
		}
		if (table->queued > WAPI_SLOTS_AT_REST) {
			index = wapi_handle_dequeue_locked(table);
			goto found;
		}
		if (table->fresh < table->size) {
			index = table->fresh++;
			goto found;
		}
		size = table->size;
		if (size == WAPI_SLOTS_MAX)
			break;
		spin_unlock(&table->lock);

		err = wapi_handle_grow(table, size);
		if (err)
			return err;
	}
	spin_unlock(&table->lock);
	return -ENOSPC;

found:
	table->live++;
	*handle = wapi_handle_of(index, wapi_slot(table, index)->generation);
	spin_unlock(&table->lock);
	return 0;
}

/**
 * wapi_handle_unreserve - give a handle back that was never published
 * @table: the domain's table
 * @handle: the handle; it is the next to be used, as if it had not been reserved
 */
void wapi_handle_unreserve(struct wapi_handle_table *table, u32 handle)
{
	u32 index = wapi_handle_index(handle);

	spin_lock(&table->lock);
	wapi_slot(table, index)->next = table->unused;
	table->unused = index;
	table->nr_unused++;
	table->live--;
	spin_unlock(&table->lock);
}

static void wapi_handle_count_locked(struct wapi_handle_table *table, u32 index, u32 type,
				     int change)
{
	struct wapi_slot_page *page = wapi_slot_page(table, index);

	lockdep_assert_held(&table->lock);
	page->live[type] += change;
	if (page->live[type])
		__set_bit(index / WAPI_SLOTS_PER_PAGE, table->present[type]);
	else
		__clear_bit(index / WAPI_SLOTS_PER_PAGE, table->present[type]);
}

/**
 * wapi_handle_publish - let a new object be found by its handle
 * @table: the domain's table
 * @object: the object, complete, with the handle that was reserved for it
 */
void wapi_handle_publish(struct wapi_handle_table *table, struct wapi_object *object)
{
	u32 index = wapi_handle_index(object->handle);

	spin_lock(&table->lock);
	wapi_handle_count_locked(table, index, object->type, 1);
	wapi_handle_count_locked(table, index, WAPI_TYPE_UNUSED, 1);
	rcu_assign_pointer(wapi_slot(table, index)->object, object);
	spin_unlock(&table->lock);
}

/**
 * wapi_handle_remove - make the handle of an object stale
 * @table: the domain's table
 * @object: the object; others may look at it until an RCU grace period has passed
 */
void wapi_handle_remove(struct wapi_handle_table *table, struct wapi_object *object)
{
	u32 index = wapi_handle_index(object->handle);

	spin_lock(&table->lock);
	RCU_INIT_POINTER(wapi_slot(table, index)->object, NULL);
	wapi_handle_count_locked(table, index, object->type, -1);
	wapi_handle_count_locked(table, index, WAPI_TYPE_UNUSED, -1);
	wapi_handle_enqueue_locked(table, index);
	table->live--;
	spin_unlock(&table->lock);
}

/**
 * wapi_handle_find - the object that a handle leads to
 * @table: the domain's table
 * @handle: any number
 *
 * Context: under rcu_read_lock().  The object may be gone as soon as it is
 *          found: take its lock and look.
 *
 * Return: the object whose handle is @handle, or NULL
 */
struct wapi_object *wapi_handle_find(struct wapi_handle_table *table, u32 handle)
{
	u32 index = wapi_handle_index(handle);
	struct wapi_slot_page *page = wapi_slot_page(table, index);
	struct wapi_object *object;

	if (!page)
		return NULL;
	object = rcu_dereference(page->slots[index % WAPI_SLOTS_PER_PAGE].object);
	if (!object || object->handle != handle)
		return NULL;
	return object;
}

/* The first slot from @index on in its own page that has an object of @type. */
static struct wapi_object *wapi_handle_next_in_page_locked(struct wapi_handle_table *table,
							   u32 index, u32 type)
{
	struct wapi_slot_page *page = wapi_slot_page(table, index);
	struct wapi_object *object;
	struct wapi_slot *slot;

	if (!page || !page->live[type])
		return NULL;
	do {
		slot = &page->slots[index % WAPI_SLOTS_PER_PAGE];
		object = rcu_dereference_protected(slot->object, lockdep_is_held(&table->lock));
		if (object && (!type || object->type == type))
			return object;
	} while (++index % WAPI_SLOTS_PER_PAGE);
	return NULL;
}

/**
 * wapi_handle_next - the next live handle
 * @table: the domain's table
 * @index: the first index that it may have
 * @type: the type that it must have, or %WAPI_TYPE_UNUSED
 * @found: out: the handle and its type
 *
 * Looks at one bit per page, and at the slots of two pages at most, however
 * many handles there are.
 *
 * Return: whether there is one
 */
bool wapi_handle_next(struct wapi_handle_table *table, u32 index, u32 type,
		      struct wapi_search *found)
{
	struct wapi_object *object = NULL;
	u32 page;

	if (index >= WAPI_SLOTS_MAX)
		return false;

	spin_lock(&table->lock);
	object = wapi_handle_next_in_page_locked(table, index, type);
	if (!object) {
		page = find_next_bit(table->present[type], WAPI_SLOT_PAGES,
				     index / WAPI_SLOTS_PER_PAGE + 1);
		if (page < WAPI_SLOT_PAGES)
			object = wapi_handle_next_in_page_locked(table,
								 page * WAPI_SLOTS_PER_PAGE, type);
	}
	if (object) {
		found->found = object->handle;
		found->found_type = object->type;
	}
	spin_unlock(&table->lock);
	return object;
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
 * @table: the table
 * @limit: how many live handles it may have
 */
void wapi_handle_table_init(struct wapi_handle_table *table, u32 limit)
{
	spin_lock_init(&table->lock);
	xa_init_flags(&table->pages, XA_FLAGS_ACCOUNT);
	mutex_init(&table->growth);
	table->limit = limit;
}

/**
 * wapi_handle_table_destroy - free the memory of a table without live handles
 * @table: the table
 */
void wapi_handle_table_destroy(struct wapi_handle_table *table)
{
	struct wapi_slot_page *page;
	unsigned long i;

	WARN_ON_ONCE(table->live);
	xa_for_each(&table->pages, i, page)
		kmem_cache_free(wapi_slot_page_cache, page);
	xa_destroy(&table->pages);
}

int wapi_handle_cache_create(void)
{
	wapi_slot_page_cache = KMEM_CACHE(wapi_slot_page, 0);
	return wapi_slot_page_cache ? 0 : -ENOMEM;
}

void wapi_handle_cache_destroy(void)
{
	kmem_cache_destroy(wapi_slot_page_cache);
}
