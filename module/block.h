/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose a block of the arena is.
 */
#ifndef WAPI_BLOCK_H
#define WAPI_BLOCK_H

#include <linux/types.h>

struct wapi_arena;
struct wapi_arena_block;
struct wapi_block_record;
struct wapi_client;
struct wapi_object;

struct wapi_arena_block *wapi_block_take(struct wapi_client *client, u64 offset);
void wapi_block_give_client(struct wapi_arena_block *block, struct wapi_client *client);
void wapi_block_give_object(struct wapi_arena_block *block, struct wapi_object *object);
void wapi_block_free_all(struct wapi_client *client);
bool wapi_block_next(struct wapi_arena *arena, u64 offset, struct wapi_block_record *record);

#endif /* WAPI_BLOCK_H */
