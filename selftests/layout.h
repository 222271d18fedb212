/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layout of every structure of the contract, in numbers, so that a build for
 * any word size fails if it differs, and what was once published cannot move.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stddef.h>
#include <linux/wapi.h>

#ifdef __cplusplus
#define _Static_assert static_assert
#endif

#define LAYOUT_SIZE(structure, size) \
	_Static_assert(sizeof(struct structure) == (size), #structure)
#define LAYOUT(structure, field, offset) \
	_Static_assert(offsetof(struct structure, field) == (offset), \
		       #structure "." #field)
#define LAYOUT_REQUEST(name, number) \
	_Static_assert(name == (number), #name)

/* The state table. */
_Static_assert(WAPI_HANDLE_INDEX_BITS == 20, "index");
_Static_assert(WAPI_STATES_OFFSET == 0x40000000000, "states");
_Static_assert(WAPI_STATES_SIZE == 0x400000, "states");
_Static_assert(WAPI_ENTRY_TYPE == 0x0000000f, "entry");
_Static_assert(WAPI_ENTRY_SIGNALLED == 0x00000010, "entry");
_Static_assert(WAPI_ENTRY_ASK == 0x00000020, "entry");
_Static_assert(WAPI_ENTRY_KEEPS == 0x00000040, "entry");
_Static_assert(WAPI_ENTRY_GENERATION == 0x7ff00000, "entry");

LAYOUT_SIZE(wapi_info, 128);
LAYOUT(wapi_info, flags, 0);
LAYOUT(wapi_info, abi_version, 4);
LAYOUT(wapi_info, features, 8);
LAYOUT(wapi_info, module_version, 16);
LAYOUT(wapi_info, client_id, 32);
LAYOUT(wapi_info, domain_id, 40);
LAYOUT(wapi_info, max_handles, 48);
LAYOUT(wapi_info, max_clients, 56);
LAYOUT(wapi_info, max_blocks, 64);
LAYOUT(wapi_info, max_arena, 72);
LAYOUT(wapi_info, handles, 80);
LAYOUT(wapi_info, clients, 88);
LAYOUT(wapi_info, blocks, 96);
LAYOUT(wapi_info, arena_used, 104);
LAYOUT(wapi_info, refused, 112);
LAYOUT(wapi_info, domain_refused, 120);

LAYOUT_SIZE(wapi_new, 72);
LAYOUT(wapi_new, type, 0);
LAYOUT(wapi_new, flags, 4);
LAYOUT(wapi_new, data, 8);
LAYOUT(wapi_new, data_size, 16);
LAYOUT(wapi_new, block, 24);
LAYOUT(wapi_new, handle, 32);
LAYOUT(wapi_new, pad, 36);
LAYOUT(wapi_new, name, 40);
LAYOUT(wapi_new, name_size, 48);
LAYOUT(wapi_new, existed, 52);
LAYOUT(wapi_new, count, 56);
LAYOUT(wapi_new, maximum, 60);
LAYOUT(wapi_new, pidfd, 64);
LAYOUT(wapi_new, pad2, 68);

LAYOUT_SIZE(wapi_open, 24);
LAYOUT(wapi_open, handle, 0);
LAYOUT(wapi_open, flags, 4);
LAYOUT(wapi_open, type, 8);
LAYOUT(wapi_open, references, 12);
LAYOUT(wapi_open, block, 16);

LAYOUT_SIZE(wapi_close, 16);
LAYOUT(wapi_close, handle, 0);
LAYOUT(wapi_close, flags, 4);
LAYOUT(wapi_close, references, 8);
LAYOUT(wapi_close, destroyed, 12);

LAYOUT_SIZE(wapi_search, 24);
LAYOUT(wapi_search, after, 0);
LAYOUT(wapi_search, type, 4);
LAYOUT(wapi_search, flags, 8);
LAYOUT(wapi_search, found, 12);
LAYOUT(wapi_search, found_type, 16);
LAYOUT(wapi_search, pad, 20);

LAYOUT_SIZE(wapi_state, 48);
LAYOUT(wapi_state, flags, 0);
LAYOUT(wapi_state, waiters, 4);
LAYOUT(wapi_state, pid, 8);
LAYOUT(wapi_state, tid, 12);
LAYOUT(wapi_state, count, 16);
LAYOUT(wapi_state, maximum, 20);
LAYOUT(wapi_state, exit_status, 24);
LAYOUT(wapi_state, pad, 28);
LAYOUT(wapi_state, start_time, 32);
LAYOUT(wapi_state, end_time, 40);
LAYOUT(wapi_state, due, 32);
LAYOUT(wapi_state, period, 40);

LAYOUT_SIZE(wapi_query, 96);
LAYOUT(wapi_query, handle, 0);
LAYOUT(wapi_query, flags, 4);
LAYOUT(wapi_query, type, 8);
LAYOUT(wapi_query, caps, 12);
LAYOUT(wapi_query, references, 16);
LAYOUT(wapi_query, own_references, 20);
LAYOUT(wapi_query, clients, 24);
LAYOUT(wapi_query, signalled, 28);
LAYOUT(wapi_query, block, 32);
LAYOUT(wapi_query, block_size, 40);
LAYOUT(wapi_query, state, 48);

LAYOUT_SIZE(wapi_attach, 16);
LAYOUT(wapi_attach, handle, 0);
LAYOUT(wapi_attach, flags, 4);
LAYOUT(wapi_attach, block, 8);

LAYOUT_SIZE(wapi_scratch, 24);
LAYOUT(wapi_scratch, size, 0);
LAYOUT(wapi_scratch, flags, 8);
LAYOUT(wapi_scratch, pad, 12);
LAYOUT(wapi_scratch, block, 16);

LAYOUT_SIZE(wapi_scratch_free, 16);
LAYOUT(wapi_scratch_free, block, 0);
LAYOUT(wapi_scratch_free, flags, 8);
LAYOUT(wapi_scratch_free, pad, 12);

LAYOUT_SIZE(wapi_block, 48);
LAYOUT(wapi_block, offset, 0);
LAYOUT(wapi_block, flags, 8);
LAYOUT(wapi_block, pad, 12);
LAYOUT(wapi_block, block, 16);
LAYOUT(wapi_block, size, 24);
LAYOUT(wapi_block, owner_kind, 32);
LAYOUT(wapi_block, own, 36);
LAYOUT(wapi_block, owner, 40);

LAYOUT_SIZE(wapi_join, 8);
LAYOUT(wapi_join, client_fd, 0);
LAYOUT(wapi_join, flags, 4);

LAYOUT_SIZE(wapi_list, 56);
LAYOUT(wapi_list, what, 0);
LAYOUT(wapi_list, flags, 4);
LAYOUT(wapi_list, domain, 8);
LAYOUT(wapi_list, records, 16);
LAYOUT(wapi_list, record_size, 24);
LAYOUT(wapi_list, capacity, 28);
LAYOUT(wapi_list, cursor, 32);
LAYOUT(wapi_list, count, 48);
LAYOUT(wapi_list, pad, 52);

LAYOUT_SIZE(wapi_domain_record, 72);
LAYOUT(wapi_domain_record, id, 0);
LAYOUT(wapi_domain_record, uid, 8);
LAYOUT(wapi_domain_record, own, 12);
LAYOUT(wapi_domain_record, clients, 16);
LAYOUT(wapi_domain_record, handles, 24);
LAYOUT(wapi_domain_record, blocks, 32);
LAYOUT(wapi_domain_record, arena_used, 40);
LAYOUT(wapi_domain_record, arena_resident, 48);
LAYOUT(wapi_domain_record, max_arena, 56);
LAYOUT(wapi_domain_record, refused, 64);

LAYOUT_SIZE(wapi_client_record, 56);
LAYOUT(wapi_client_record, id, 0);
LAYOUT(wapi_client_record, pid, 8);
LAYOUT(wapi_client_record, own, 12);
LAYOUT(wapi_client_record, comm, 16);
LAYOUT(wapi_client_record, handles, 32);
LAYOUT(wapi_client_record, blocks, 40);
LAYOUT(wapi_client_record, refused, 48);

LAYOUT_SIZE(wapi_handle_record, 88);
LAYOUT(wapi_handle_record, handle, 0);
LAYOUT(wapi_handle_record, type, 4);
LAYOUT(wapi_handle_record, references, 8);
LAYOUT(wapi_handle_record, clients, 12);
LAYOUT(wapi_handle_record, signalled, 16);
LAYOUT(wapi_handle_record, pad, 20);
LAYOUT(wapi_handle_record, block, 24);
LAYOUT(wapi_handle_record, block_size, 32);
LAYOUT(wapi_handle_record, state, 40);

LAYOUT_SIZE(wapi_reference_record, 16);
LAYOUT(wapi_reference_record, handle, 0);
LAYOUT(wapi_reference_record, references, 4);
LAYOUT(wapi_reference_record, client, 8);

LAYOUT_SIZE(wapi_block_record, 32);
LAYOUT(wapi_block_record, block, 0);
LAYOUT(wapi_block_record, size, 8);
LAYOUT(wapi_block_record, owner_kind, 16);
LAYOUT(wapi_block_record, pad, 20);
LAYOUT(wapi_block_record, owner, 24);

LAYOUT_SIZE(wapi_waiter_record, 24);
LAYOUT(wapi_waiter_record, handle, 0);
LAYOUT(wapi_waiter_record, tid, 4);
LAYOUT(wapi_waiter_record, pid, 8);
LAYOUT(wapi_waiter_record, all, 12);
LAYOUT(wapi_waiter_record, since, 16);

LAYOUT_SIZE(wapi_name_record, 4112);
LAYOUT(wapi_name_record, handle, 0);
LAYOUT(wapi_name_record, size, 4);
LAYOUT(wapi_name_record, session, 8);
LAYOUT(wapi_name_record, pad, 12);
LAYOUT(wapi_name_record, name, 16);

LAYOUT_SIZE(wapi_open_name, 40);
LAYOUT(wapi_open_name, name, 0);
LAYOUT(wapi_open_name, name_size, 8);
LAYOUT(wapi_open_name, type, 12);
LAYOUT(wapi_open_name, flags, 16);
LAYOUT(wapi_open_name, handle, 20);
LAYOUT(wapi_open_name, found_type, 24);
LAYOUT(wapi_open_name, references, 28);
LAYOUT(wapi_open_name, block, 32);

LAYOUT_SIZE(wapi_signal, 16);
LAYOUT(wapi_signal, handle, 0);
LAYOUT(wapi_signal, flags, 4);
LAYOUT(wapi_signal, previous, 8);
LAYOUT(wapi_signal, pad, 12);

LAYOUT_SIZE(wapi_mutex_release, 16);
LAYOUT(wapi_mutex_release, handle, 0);
LAYOUT(wapi_mutex_release, flags, 4);
LAYOUT(wapi_mutex_release, count, 8);
LAYOUT(wapi_mutex_release, pad, 12);

LAYOUT_SIZE(wapi_sem_release, 16);
LAYOUT(wapi_sem_release, handle, 0);
LAYOUT(wapi_sem_release, flags, 4);
LAYOUT(wapi_sem_release, count, 8);
LAYOUT(wapi_sem_release, previous, 12);

LAYOUT_SIZE(wapi_thread_exit, 16);
LAYOUT(wapi_thread_exit, handle, 0);
LAYOUT(wapi_thread_exit, flags, 4);
LAYOUT(wapi_thread_exit, status, 8);
LAYOUT(wapi_thread_exit, pad, 12);

LAYOUT_SIZE(wapi_wait, 56);
LAYOUT(wapi_wait, handles, 0);
LAYOUT(wapi_wait, count, 8);
LAYOUT(wapi_wait, flags, 12);
LAYOUT(wapi_wait, timeout, 16);
LAYOUT(wapi_wait, alert, 24);
LAYOUT(wapi_wait, signal, 28);
LAYOUT(wapi_wait, signal_count, 32);
LAYOUT(wapi_wait, index, 36);
LAYOUT(wapi_wait, abandoned, 40);
LAYOUT(wapi_wait, abandoned_tid, 44);
LAYOUT(wapi_wait, pad, 48);

LAYOUT_SIZE(wapi_dup, 24);
LAYOUT(wapi_dup, handle, 0);
LAYOUT(wapi_dup, flags, 4);
LAYOUT(wapi_dup, process, 8);
LAYOUT(wapi_dup, pid, 12);
LAYOUT(wapi_dup, references, 16);
LAYOUT(wapi_dup, pad, 20);

LAYOUT_SIZE(wapi_mark, 16);
LAYOUT(wapi_mark, handle, 0);
LAYOUT(wapi_mark, flags, 4);
LAYOUT(wapi_mark, inherit, 8);
LAYOUT(wapi_mark, previous, 12);

LAYOUT_SIZE(wapi_inherit, 8);
LAYOUT(wapi_inherit, flags, 0);
LAYOUT(wapi_inherit, count, 4);

LAYOUT_SIZE(wapi_to_fd, 16);
LAYOUT(wapi_to_fd, handle, 0);
LAYOUT(wapi_to_fd, flags, 4);
LAYOUT(wapi_to_fd, fd, 8);
LAYOUT(wapi_to_fd, pad, 12);

LAYOUT_SIZE(wapi_acquired, 8);
LAYOUT(wapi_acquired, abandoned, 0);
LAYOUT(wapi_acquired, abandoned_tid, 4);

LAYOUT_SIZE(wapi_from_fd, 16);
LAYOUT(wapi_from_fd, fd, 0);
LAYOUT(wapi_from_fd, flags, 4);
LAYOUT(wapi_from_fd, handle, 8);
LAYOUT(wapi_from_fd, type, 12);

LAYOUT_SIZE(wapi_batch_request, 16);
LAYOUT(wapi_batch_request, cmd, 0);
LAYOUT(wapi_batch_request, result, 4);
LAYOUT(wapi_batch_request, arg, 8);

LAYOUT_SIZE(wapi_batch, 24);
LAYOUT(wapi_batch, requests, 0);
LAYOUT(wapi_batch, count, 8);
LAYOUT(wapi_batch, flags, 12);
LAYOUT(wapi_batch, made, 16);
LAYOUT(wapi_batch, pad, 20);

LAYOUT_SIZE(wapi_timer_set, 48);
LAYOUT(wapi_timer_set, handle, 0);
LAYOUT(wapi_timer_set, flags, 4);
LAYOUT(wapi_timer_set, due, 8);
LAYOUT(wapi_timer_set, period, 16);
LAYOUT(wapi_timer_set, at, 24);
LAYOUT(wapi_timer_set, previous, 32);
LAYOUT(wapi_timer_set, armed, 36);
LAYOUT(wapi_timer_set, count, 40);
LAYOUT(wapi_timer_set, pad, 44);

LAYOUT_SIZE(wapi_timer_cancel, 16);
LAYOUT(wapi_timer_cancel, handle, 0);
LAYOUT(wapi_timer_cancel, flags, 4);
LAYOUT(wapi_timer_cancel, armed, 8);
LAYOUT(wapi_timer_cancel, pad, 12);

LAYOUT_REQUEST(WAPI_IOC_INFO, 0xc080da00u);
LAYOUT_REQUEST(WAPI_IOC_NEW, 0xc048da01u);
LAYOUT_REQUEST(WAPI_IOC_OPEN, 0xc018da02u);
LAYOUT_REQUEST(WAPI_IOC_CLOSE, 0xc010da03u);
LAYOUT_REQUEST(WAPI_IOC_SEARCH, 0xc018da04u);
LAYOUT_REQUEST(WAPI_IOC_QUERY, 0xc060da05u);
LAYOUT_REQUEST(WAPI_IOC_ATTACH, 0xc010da06u);
LAYOUT_REQUEST(WAPI_IOC_SCRATCH, 0xc018da07u);
LAYOUT_REQUEST(WAPI_IOC_SCRATCH_FREE, 0x4010da08u);
LAYOUT_REQUEST(WAPI_IOC_BLOCK, 0xc030da09u);
LAYOUT_REQUEST(WAPI_IOC_JOIN, 0x4008da0au);
LAYOUT_REQUEST(WAPI_IOC_LIST, 0xc038da0bu);
LAYOUT_REQUEST(WAPI_IOC_OPEN_NAME, 0xc028da0cu);
LAYOUT_REQUEST(WAPI_IOC_SET, 0xc010da0du);
LAYOUT_REQUEST(WAPI_IOC_RESET, 0xc010da0eu);
LAYOUT_REQUEST(WAPI_IOC_PULSE, 0xc010da0fu);
LAYOUT_REQUEST(WAPI_IOC_MUTEX_RELEASE, 0xc010da10u);
LAYOUT_REQUEST(WAPI_IOC_SEM_RELEASE, 0xc010da11u);
LAYOUT_REQUEST(WAPI_IOC_THREAD_EXIT, 0x4010da12u);
LAYOUT_REQUEST(WAPI_IOC_WAIT, 0xc038da13u);
LAYOUT_REQUEST(WAPI_IOC_DUP, 0xc018da14u);
LAYOUT_REQUEST(WAPI_IOC_MARK, 0xc010da15u);
LAYOUT_REQUEST(WAPI_IOC_INHERIT, 0xc008da16u);
LAYOUT_REQUEST(WAPI_IOC_TO_FD, 0xc010da17u);
LAYOUT_REQUEST(WAPI_IOC_FROM_FD, 0xc010da18u);
LAYOUT_REQUEST(WAPI_IOC_BATCH, 0xc018da19u);
LAYOUT_REQUEST(WAPI_IOC_TIMER_SET, 0xc030da1au);
LAYOUT_REQUEST(WAPI_IOC_TIMER_CANCEL, 0xc010da1bu);

#endif /* LAYOUT_H */
