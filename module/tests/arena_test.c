// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas against a simple model, a bit for each 16 bytes: a block is where the
 * lowest gap is that has room for it, and gaps are as large as they can be.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/random.h>
#include <linux/slab.h>

#include <linux/wapi.h>

#include "../arena.h"
#include "../limits.h"

/* A million in all. */
#define ARENA_STEPS	100000
#define ARENA_SEEDS	10
#define ARENA_UNITS	2048
#define ARENA_BLOCKS	160

struct arena_model {
	struct wapi_arena arena;
	struct wapi_arena_block *blocks[2 * ARENA_BLOCKS];
	u32 count;
	DECLARE_BITMAP(used, ARENA_UNITS);
};

/* The tree, block by block: in order, with the gaps between them, and no others. */
static void arena_check_all(struct kunit *test, struct arena_model *model)
{
	struct wapi_arena *arena = &model->arena;
	struct wapi_arena_block *block;
	u64 end = WAPI_BLOCK_ALIGN, used = 0;
	u64 before_gap = arena->origin.gap;
	bool in_place = true;
	u32 count = 0;

	spin_lock(&arena->lock);
	while ((block = wapi_arena_next_locked(arena, end))) {
		in_place &= end + before_gap == block->start;
		before_gap = block->gap;
		end = block->end;
		used += block->end - block->start;
		count++;
	}
	spin_unlock(&arena->lock);
	KUNIT_EXPECT_TRUE(test, in_place);
	KUNIT_EXPECT_EQ(test, arena->size, end + before_gap);
	KUNIT_EXPECT_EQ(test, model->count, count);
	KUNIT_EXPECT_EQ(test, arena->count, count);
	KUNIT_EXPECT_EQ(test, arena->used, used);
	KUNIT_EXPECT_EQ(test, used / WAPI_BLOCK_ALIGN + 1,
			bitmap_weight(model->used, ARENA_UNITS));
}

static void arena_step_alloc(struct kunit *test, struct arena_model *model, u32 place, u32 size)
{
	u32 units = DIV_ROUND_UP(size, WAPI_BLOCK_ALIGN), at;
	struct wapi_arena_block *block;

	at = bitmap_find_next_zero_area(model->used, ARENA_UNITS, 0, units, 0);
	block = wapi_arena_alloc(&model->arena, size);
	if (at >= ARENA_UNITS || model->count == ARENA_BLOCKS) {
		KUNIT_ASSERT_EQ(test, -ENOSPC, PTR_ERR_OR_ZERO(block));
		return;
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, block);
	KUNIT_ASSERT_EQ(test, at * WAPI_BLOCK_ALIGN, block->offset);
	KUNIT_ASSERT_EQ(test, size, block->size);
	bitmap_set(model->used, at, units);
	model->blocks[place] = block;
	model->count++;
}

static void arena_step_free(struct arena_model *model, u32 place)
{
	struct wapi_arena_block *block = model->blocks[place];

	bitmap_clear(model->used, block->offset / WAPI_BLOCK_ALIGN,
		     DIV_ROUND_UP(block->size, WAPI_BLOCK_ALIGN));
	wapi_arena_free(&model->arena, block);
	model->blocks[place] = NULL;
	model->count--;
}

/* Mostly small, some of many, and some of exactly the free bytes of a page. */
static u32 arena_size(struct rnd_state *random)
{
	u32 dice = prandom_u32_state(random);

	switch (dice % 64) {
	case 0:
		return 1 + dice / 64 % (3 * PAGE_SIZE);
	case 1:
		return PAGE_SIZE;
	default:
		return 1 + dice / 64 % 300;
	}
}

static const u32 arena_seeds[ARENA_SEEDS] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

static void arena_tell_seed(const u32 *seed, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "seed %u", *seed);
}

KUNIT_ARRAY_PARAM(arena_seed, arena_seeds, arena_tell_seed);

static void arena_is_as_the_model(struct kunit *test)
{
	const u32 *seed = test->param_value;
	struct wapi_limits limits = {
		.blocks = ARENA_BLOCKS, .arena = ARENA_UNITS * WAPI_BLOCK_ALIGN,
	};
	struct arena_model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	struct rnd_state random;
	u32 step, place;

	KUNIT_ASSERT_NOT_NULL(test, model);
	KUNIT_ASSERT_EQ(test, 0, wapi_arena_init(&model->arena, &limits));
	set_bit(0, model->used);
	prandom_seed_state(&random, *seed);
	for (step = 0; step < ARENA_STEPS; step++) {
		place = prandom_u32_state(&random) % ARRAY_SIZE(model->blocks);
		if (model->blocks[place])
			arena_step_free(model, place);
		else
			arena_step_alloc(test, model, place, arena_size(&random));
		if (step % 1000 == 0) {
			arena_check_all(test, model);
			cond_resched();
		}
	}
	for (place = 0; place < ARRAY_SIZE(model->blocks); place++)
		if (model->blocks[place])
			arena_step_free(model, place);
	arena_check_all(test, model);
	/* Of the first page, the beginning is never free. */
	KUNIT_EXPECT_LE(test, wapi_arena_resident(&model->arena), PAGE_SIZE);
	wapi_arena_destroy(&model->arena);
}

static void arena_refuses_more_than_it_has(struct kunit *test)
{
	struct wapi_limits limits = { .blocks = 10, .arena = 4 * PAGE_SIZE };
	struct arena_model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	struct wapi_arena_block *block;

	KUNIT_ASSERT_NOT_NULL(test, model);
	KUNIT_ASSERT_EQ(test, 0, wapi_arena_init(&model->arena, &limits));
	KUNIT_EXPECT_EQ(test, -ENOSPC, PTR_ERR(wapi_arena_alloc(&model->arena, U64_MAX)));
	KUNIT_EXPECT_EQ(test, -ENOSPC, PTR_ERR(wapi_arena_alloc(&model->arena, limits.arena)));
	/* All but the beginning, which is no block. */
	block = wapi_arena_alloc(&model->arena, limits.arena - WAPI_BLOCK_ALIGN);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, block);
	KUNIT_EXPECT_EQ(test, -ENOSPC, PTR_ERR(wapi_arena_alloc(&model->arena, 1)));
	wapi_arena_free(&model->arena, block);
	wapi_arena_destroy(&model->arena);
}

static struct kunit_case arena_cases[] = {
	KUNIT_CASE_PARAM(arena_is_as_the_model, arena_seed_gen_params),
	KUNIT_CASE(arena_refuses_more_than_it_has),
	{ }
};

static struct kunit_suite arena_suite = {
	.name = "wapi_arena",
	.test_cases = arena_cases,
};

kunit_test_suite(arena_suite);
