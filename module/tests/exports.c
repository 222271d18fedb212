// SPDX-License-Identifier: GPL-2.0
/*
 * What the module of the KUnit tests calls.  It is a part of wapi.ko on kernels
 * that have KUnit.
 */
#include <kunit/visibility.h>
#include <linux/module.h>

#include "../arena.h"
#include "../freeze.h"
#include "../handle.h"
#include "../map.h"
#include "../object.h"
#include "../owner.h"
#include "../queue.h"
#include "../reference.h"
#include "../request.h"
#include "../type.h"
#include "../wait.h"

EXPORT_SYMBOL_IF_KUNIT(wapi_map_add);
EXPORT_SYMBOL_IF_KUNIT(wapi_map_next);
EXPORT_SYMBOL_IF_KUNIT(wapi_map_destroy);
EXPORT_SYMBOL_IF_KUNIT(wapi_handle_table_init);
EXPORT_SYMBOL_IF_KUNIT(wapi_handle_table_destroy);
EXPORT_SYMBOL_IF_KUNIT(wapi_handle_reserve);
EXPORT_SYMBOL_IF_KUNIT(wapi_handle_unreserve);
EXPORT_SYMBOL_IF_KUNIT(wapi_handle_publish);
EXPORT_SYMBOL_IF_KUNIT(wapi_handle_remove);
EXPORT_SYMBOL_IF_KUNIT(wapi_handle_next);
EXPORT_SYMBOL_IF_KUNIT(wapi_reference_make_room);
EXPORT_SYMBOL_IF_KUNIT(wapi_reference_take);
EXPORT_SYMBOL_IF_KUNIT(wapi_reference_peek);
EXPORT_SYMBOL_IF_KUNIT(wapi_arena_init);
EXPORT_SYMBOL_IF_KUNIT(wapi_arena_destroy);
EXPORT_SYMBOL_IF_KUNIT(wapi_arena_alloc);
EXPORT_SYMBOL_IF_KUNIT(wapi_arena_free);
EXPORT_SYMBOL_IF_KUNIT(wapi_arena_next_locked);
EXPORT_SYMBOL_IF_KUNIT(wapi_arena_resident);
EXPORT_SYMBOL_IF_KUNIT(wapi_types);
EXPORT_SYMBOL_IF_KUNIT(wapi_timer_set_locked);
EXPORT_SYMBOL_IF_KUNIT(wapi_object_lock_freeze);
EXPORT_SYMBOL_IF_KUNIT(wapi_object_free_locked);
EXPORT_SYMBOL_IF_KUNIT(wapi_owner_get);
EXPORT_SYMBOL_IF_KUNIT(wapi_wait_init);
EXPORT_SYMBOL_IF_KUNIT(wapi_wait_for_object);
EXPORT_SYMBOL_IF_KUNIT(wapi_wait_frozen);
EXPORT_SYMBOL_IF_KUNIT(wapi_serve);
EXPORT_SYMBOL_IF_KUNIT(wapi_dequeue_all);
