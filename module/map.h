/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Maps: from the index of a handle to a leaf of what belongs to 256 of them.
 *
 * A leaf is added once and stays as long as its map, so it is found without a
 * lock and by two loads; each user has its own struct of a leaf, and decides
 * what guards the entries.  An XArray would do as well, at three times the
 * instructions, of which every request pays some.
 */
#ifndef WAPI_MAP_H
#define WAPI_MAP_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include <linux/wapi.h>

#define WAPI_LEAF_BITS		8
#define WAPI_LEAF_SIZE		BIT(WAPI_LEAF_BITS)
#define WAPI_LEAVES		(BIT(WAPI_HANDLE_INDEX_BITS) >> WAPI_LEAF_BITS)
#define WAPI_NODE_BITS		6
#define WAPI_NODE_SIZE		BIT(WAPI_NODE_BITS)
#define WAPI_NODES		(WAPI_LEAVES / WAPI_NODE_SIZE)

/* Leaves by the middle bits of an index. */
struct wapi_map_node {
	void *leaves[WAPI_NODE_SIZE];
};

/**
 * struct wapi_map - leaves by handle index
 * @nodes: by its highest bits; written once each, read without a lock
 */
struct wapi_map {
	struct wapi_map_node *nodes[WAPI_NODES];
};

/**
 * wapi_map_leaf - the leaf that has an index
 * @map: the map
 * @index: the index, of WAPI_HANDLE_INDEX_BITS bits
 *
 * Return: the leaf, or NULL if there is none yet
 */
static inline void *wapi_map_leaf(const struct wapi_map *map, u32 index)
{
	/* Both pairs with wapi_map_add(): what is pointed at is seen complete. */
	const struct wapi_map_node *node =
		READ_ONCE(map->nodes[index >> (WAPI_LEAF_BITS + WAPI_NODE_BITS)]);

	return node ? READ_ONCE(node->leaves[(index >> WAPI_LEAF_BITS) % WAPI_NODE_SIZE]) : NULL;
}

int wapi_map_add(struct wapi_map *map, u32 index, void *leaf);
void *wapi_map_next(const struct wapi_map *map, u32 *index);
void wapi_map_destroy(struct wapi_map *map, void (*free)(void *leaf));

#endif /* WAPI_MAP_H */
