// SPDX-License-Identifier: GPL-2.0
/*
 * Maps: every leaf is found at every index that it has, and nothing else is.
 */
#include <kunit/test.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "../handle.h"
#include "../map.h"

static int map_freed;

static void map_count_free(void *leaf)
{
	map_freed++;
}

/* A leaf that tells its number; the map looks at none. */
static void *map_leaf(u32 number)
{
	return (void *)((unsigned long)(number + 1) << 4);
}

static struct wapi_map *map_create(struct kunit *test)
{
	struct wapi_map *map = kunit_kzalloc(test, sizeof(*map), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, map);
	map_freed = 0;
	return map;
}

static void map_is_empty_at_first(struct kunit *test)
{
	struct wapi_map *map = map_create(test);
	u32 index = 0;

	KUNIT_EXPECT_NULL(test, wapi_map_leaf(map, 0));
	KUNIT_EXPECT_NULL(test, wapi_map_leaf(map, WAPI_SLOTS_MAX - 1));
	KUNIT_EXPECT_NULL(test, wapi_map_next(map, &index));
	wapi_map_destroy(map, map_count_free);
	KUNIT_EXPECT_EQ(test, 0, map_freed);
}

static void map_has_a_leaf_once(struct kunit *test)
{
	struct wapi_map *map = map_create(test);

	KUNIT_EXPECT_EQ(test, 0, wapi_map_add(map, 256, map_leaf(1)));
	KUNIT_EXPECT_EQ(test, -EEXIST, wapi_map_add(map, 511, map_leaf(2)));
	KUNIT_EXPECT_PTR_EQ(test, map_leaf(1), wapi_map_leaf(map, 300));
	KUNIT_EXPECT_NULL(test, wapi_map_leaf(map, 255));
	KUNIT_EXPECT_NULL(test, wapi_map_leaf(map, 512));
	wapi_map_destroy(map, map_count_free);
	KUNIT_EXPECT_EQ(test, 1, map_freed);
}

/* Leaves come in a random order until all are there; a bitmap is the model. */
static void map_finds_all_in_order(struct kunit *test)
{
	struct wapi_map *map = map_create(test);
	unsigned long *model = kunit_kzalloc(test, WAPI_LEAVES / 8, GFP_KERNEL);
	struct rnd_state random;
	u32 number, index, next, added = 0, i;
	void *leaf;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, model);
	prandom_seed_state(&random, 1);
	for (i = 0; i < WAPI_LEAVES / 2; i++) {
		number = prandom_u32_state(&random) % WAPI_LEAVES;
		err = wapi_map_add(map, number << WAPI_LEAF_BITS, map_leaf(number));
		KUNIT_ASSERT_EQ(test, err, test_bit(number, model) ? -EEXIST : 0);
		added += !test_and_set_bit(number, model);

		number = prandom_u32_state(&random) % WAPI_LEAVES;
		index = number << WAPI_LEAF_BITS | prandom_u32_state(&random) % WAPI_LEAF_SIZE;
		leaf = wapi_map_leaf(map, index);
		KUNIT_ASSERT_PTR_EQ(test, leaf, test_bit(number, model) ? map_leaf(number) : NULL);
		next = find_next_bit(model, WAPI_LEAVES, number);
		leaf = wapi_map_next(map, &index);
		KUNIT_ASSERT_PTR_EQ(test, leaf, next < WAPI_LEAVES ? map_leaf(next) : NULL);
		if (leaf)
			KUNIT_ASSERT_EQ(test, index, next << WAPI_LEAF_BITS);
	}
	wapi_map_destroy(map, map_count_free);
	KUNIT_EXPECT_EQ(test, added, map_freed);
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(map_is_empty_at_first),
	KUNIT_CASE(map_has_a_leaf_once),
	KUNIT_CASE(map_finds_all_in_order),
	{ }
};

static struct kunit_suite map_suite = {
	.name = "wapi_map",
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);
