// SPDX-License-Identifier: GPL-2.0
/*
 * Handle tables against a simple model: which handles are live, and when the slot
 * of each was last given back.
 */
#include <kunit/test.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "../handle.h"
#include "../object.h"

#define HANDLE_STEPS	20000
#define HANDLE_LIMIT	700
#define HANDLE_SLOTS	4096
#define AT_REST		1024

/* What the table should be like. */
struct handle_model {
	struct wapi_handle_table table;
	struct wapi_object objects[HANDLE_LIMIT];	/* 0 as a handle: not in use */
	u32 live;
	u32 removals;
	u32 removed_at[HANDLE_SLOTS];			/* by index; 0 for never */
	u32 generation[HANDLE_SLOTS];
	DECLARE_BITMAP(used, HANDLE_SLOTS);
};

static struct handle_model *handle_model_create(struct kunit *test, u32 limit)
{
	struct handle_model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, model);
	KUNIT_ASSERT_EQ(test, 0, wapi_handle_table_init(&model->table, limit));
	for (i = 0; i < HANDLE_LIMIT; i++)
		spin_lock_init(&model->objects[i].lock);
	return model;
}

static struct wapi_object *handle_find(struct handle_model *model, u32 handle)
{
	struct wapi_object *object;

	rcu_read_lock();
	object = wapi_handle_at(&model->table, wapi_handle_index(handle));
	if (object && object->handle != handle)
		object = NULL;
	rcu_read_unlock();
	return object;
}

/* Reserve, and publish or not. */
static void handle_step_new(struct kunit *test, struct handle_model *model,
			    struct wapi_object *object, u32 type, bool publish)
{
	u32 handle, index, generation;

	KUNIT_ASSERT_EQ(test, 0, wapi_handle_reserve(&model->table, type, &handle));
	index = wapi_handle_index(handle);
	generation = handle >> WAPI_HANDLE_INDEX_BITS;
	KUNIT_ASSERT_GT(test, (s32)handle, 0);
	KUNIT_ASSERT_LT(test, index, HANDLE_SLOTS);
	KUNIT_ASSERT_FALSE(test, test_bit(index, model->used));
	/* The next generation, but only after a rest. */
	KUNIT_ASSERT_EQ(test, generation, model->generation[index] % WAPI_GENERATION_MAX + 1);
	if (model->removed_at[index])
		KUNIT_ASSERT_GE(test, model->removals - model->removed_at[index], AT_REST);
	KUNIT_ASSERT_NULL(test, handle_find(model, handle));
	if (!publish) {
		wapi_handle_unreserve(&model->table, type, handle);
		return;
	}
	object->handle = handle;
	object->state = (handle & WAPI_ENTRY_GENERATION) | type;
	spin_lock(&object->lock);
	wapi_handle_publish(&model->table, object);
	spin_unlock(&object->lock);
	set_bit(index, model->used);
	model->live++;
	KUNIT_ASSERT_PTR_EQ(test, object, handle_find(model, handle));
	KUNIT_ASSERT_EQ(test, *object->entry, object->state);
}

static void handle_step_remove(struct kunit *test, struct handle_model *model,
			       struct wapi_object *object)
{
	u32 handle = object->handle, index = wapi_handle_index(handle);

	spin_lock(&object->lock);
	wapi_handle_remove(&model->table, object);
	spin_unlock(&object->lock);
	KUNIT_ASSERT_NULL(test, handle_find(model, handle));
	KUNIT_ASSERT_EQ(test, 0, *object->entry);
	object->handle = 0;
	clear_bit(index, model->used);
	model->removed_at[index] = ++model->removals;
	model->generation[index] = handle >> WAPI_HANDLE_INDEX_BITS;
	model->live--;
}

/* The next live handle of a type behind a random index, by the table and the model. */
static void handle_step_next(struct kunit *test, struct handle_model *model, u32 start, u32 type)
{
	u32 index, best = U32_MAX, handle = 0, i;
	struct wapi_search found = { };

	for (i = 0; i < HANDLE_LIMIT; i++) {
		const struct wapi_object *object = &model->objects[i];

		index = wapi_handle_index(object->handle);
		if (object->handle && index >= start && index < best &&
		    (!type || wapi_object_type(object) == type)) {
			best = index;
			handle = object->handle;
		}
	}
	KUNIT_ASSERT_EQ(test, !!handle, wapi_handle_next(&model->table, start, type, &found));
	KUNIT_ASSERT_EQ(test, handle, found.found);
}

static void handle_table_is_as_the_model(struct kunit *test)
{
	struct handle_model *model = handle_model_create(test, HANDLE_LIMIT);
	struct rnd_state random;
	struct wapi_object *object;
	u32 step, type, dice, handle;

	prandom_seed_state(&random, 2);
	for (step = 0; step < HANDLE_STEPS; step++) {
		dice = prandom_u32_state(&random);
		object = &model->objects[dice % HANDLE_LIMIT];
		type = 1 + dice / HANDLE_LIMIT % (WAPI_TYPE_COUNT - 1);
		if (object->handle)
			handle_step_remove(test, model, object);
		else
			handle_step_new(test, model, object, type, prandom_u32_state(&random) % 8);
		KUNIT_ASSERT_EQ(test, model->live, model->table.live);
		if (step % 16 == 0)
			handle_step_next(test, model,
					 prandom_u32_state(&random) % HANDLE_SLOTS, type);
		if (step % 1024 == 0)
			cond_resched();
	}
	/* Up to the limit, and not beyond. */
	for (object = model->objects; object < model->objects + HANDLE_LIMIT; object++)
		if (!object->handle)
			handle_step_new(test, model, object, WAPI_TYPE_FILE, true);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			wapi_handle_reserve(&model->table, WAPI_TYPE_FILE, &handle));
	for (object = model->objects; object < model->objects + HANDLE_LIMIT; object++)
		handle_step_remove(test, model, object);
	wapi_handle_table_destroy(&model->table);
}

/* One object at a time: the same slot comes back, with each generation in turn. */
static void handle_generations_go_round(struct kunit *test)
{
	struct handle_model *model = handle_model_create(test, 1);
	u32 i;

	/* More than all generations of the slots at rest would take: too long. */
	for (i = 0; i < 3 * (AT_REST + 1); i++) {
		handle_step_new(test, model, model->objects, WAPI_TYPE_EVENT, true);
		handle_step_remove(test, model, model->objects);
	}
	KUNIT_EXPECT_EQ(test, 3, model->generation[0]);
	wapi_handle_table_destroy(&model->table);
}

/* The last generation of a slot is followed by the first, never by 0. */
static void handle_generation_is_never_0(struct kunit *test)
{
	struct handle_model *model = handle_model_create(test, 1);
	struct wapi_object *object = model->objects;
	u32 index, i;

	handle_step_new(test, model, object, WAPI_TYPE_EVENT, true);
	index = wapi_handle_index(object->handle);
	object->handle = WAPI_GENERATION_MAX << WAPI_HANDLE_INDEX_BITS | index;
	handle_step_remove(test, model, object);
	for (i = 0; i < AT_REST + 1; i++) {
		handle_step_new(test, model, object, WAPI_TYPE_EVENT, true);
		if (wapi_handle_index(object->handle) == index)
			break;
		handle_step_remove(test, model, object);
	}
	KUNIT_EXPECT_EQ(test, index, wapi_handle_index(object->handle));
	KUNIT_EXPECT_EQ(test, 1, object->handle >> WAPI_HANDLE_INDEX_BITS);
	handle_step_remove(test, model, object);
	wapi_handle_table_destroy(&model->table);
}

static struct kunit_case handle_cases[] = {
	KUNIT_CASE(handle_table_is_as_the_model),
	KUNIT_CASE(handle_generations_go_round),
	KUNIT_CASE(handle_generation_is_never_0),
	{ }
};

static struct kunit_suite handle_suite = {
	.name = "wapi_handle",
	.test_cases = handle_cases,
};

kunit_test_suite(handle_suite);
