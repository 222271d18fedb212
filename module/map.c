// SPDX-License-Identifier: GPL-2.0
/*
 * Maps: see map.h.
 */
#include <linux/slab.h>

#include "map.h"

/**
 * wapi_map_add - add a leaf
 * @map: the map
 * @index: an index that the leaf has
 * @leaf: the leaf, complete
 *
 * Return: 0; -EEXIST if there is one, perhaps added just now; -ENOMEM
 */
int wapi_map_add(struct wapi_map *map, u32 index, void *leaf)
{
	u32 number = index >> WAPI_LEAF_BITS;
	struct wapi_map_node **place = &map->nodes[number / WAPI_NODE_SIZE], *node;

	node = READ_ONCE(*place);
	if (!node) {
		struct wapi_map_node *found;

		node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
		if (!node)
			return -ENOMEM;
		found = cmpxchg(place, NULL, node);
		if (found) {
			kfree(node);
			node = found;
		}
	}
	return cmpxchg(&node->leaves[number % WAPI_NODE_SIZE], NULL, leaf) ? -EEXIST : 0;
}

/**
 * wapi_map_next - the next leaf
 * @map: the map
 * @index: in: the lowest index that it may have; out: the lowest that it has
 *
 * Return: the leaf, or NULL if there is none
 */
void *wapi_map_next(const struct wapi_map *map, u32 *index)
{
	u32 number = *index >> WAPI_LEAF_BITS;
	void *leaf;

	while (number < WAPI_LEAVES) {
		if (!READ_ONCE(map->nodes[number / WAPI_NODE_SIZE])) {
			number = round_down(number, WAPI_NODE_SIZE) + WAPI_NODE_SIZE;
			continue;
		}
		leaf = wapi_map_leaf(map, number << WAPI_LEAF_BITS);
		if (leaf) {
			*index = number << WAPI_LEAF_BITS;
			return leaf;
		}
		number++;
	}
	return NULL;
}

/**
 * wapi_map_destroy - free a map and its leaves
 * @map: the map, which nobody looks at any more
 * @free: frees a leaf
 */
void wapi_map_destroy(struct wapi_map *map, void (*free)(void *leaf))
{
	u32 index = 0;
	void *leaf;
	u32 i;

	for (; (leaf = wapi_map_next(map, &index)); index += WAPI_LEAF_SIZE)
		free(leaf);
	for (i = 0; i < WAPI_NODES; i++)
		kfree(map->nodes[i]);
}
