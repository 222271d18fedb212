/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layout of every structure of version 1 of the contract, in numbers, so
 * that a build for any word size fails if it differs.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stddef.h>
#include <linux/wapi.h>

#define LAYOUT_SIZE(structure, size) \
	_Static_assert(sizeof(struct structure) == (size), #structure)
#define LAYOUT(structure, field, offset) \
	_Static_assert(offsetof(struct structure, field) == (offset), \
		       #structure "." #field)
#define LAYOUT_REQUEST(name, number) \
	_Static_assert(name == (number), #name)

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

LAYOUT_SIZE(wapi_new, 40);
LAYOUT(wapi_new, type, 0);
LAYOUT(wapi_new, flags, 4);
LAYOUT(wapi_new, data, 8);
LAYOUT(wapi_new, data_size, 16);
LAYOUT(wapi_new, block, 24);
LAYOUT(wapi_new, handle, 32);
LAYOUT(wapi_new, pad, 36);

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

LAYOUT_SIZE(wapi_query, 48);
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

LAYOUT_SIZE(wapi_handle_record, 40);
LAYOUT(wapi_handle_record, handle, 0);
LAYOUT(wapi_handle_record, type, 4);
LAYOUT(wapi_handle_record, references, 8);
LAYOUT(wapi_handle_record, clients, 12);
LAYOUT(wapi_handle_record, signalled, 16);
LAYOUT(wapi_handle_record, pad, 20);
LAYOUT(wapi_handle_record, block, 24);
LAYOUT(wapi_handle_record, block_size, 32);

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

LAYOUT_REQUEST(WAPI_IOC_INFO, 0xc080da00u);
LAYOUT_REQUEST(WAPI_IOC_NEW, 0xc028da01u);
LAYOUT_REQUEST(WAPI_IOC_OPEN, 0xc018da02u);
LAYOUT_REQUEST(WAPI_IOC_CLOSE, 0xc010da03u);
LAYOUT_REQUEST(WAPI_IOC_SEARCH, 0xc018da04u);
LAYOUT_REQUEST(WAPI_IOC_QUERY, 0xc030da05u);
LAYOUT_REQUEST(WAPI_IOC_ATTACH, 0xc010da06u);
LAYOUT_REQUEST(WAPI_IOC_SCRATCH, 0xc018da07u);
LAYOUT_REQUEST(WAPI_IOC_SCRATCH_FREE, 0x4010da08u);
LAYOUT_REQUEST(WAPI_IOC_BLOCK, 0xc030da09u);
LAYOUT_REQUEST(WAPI_IOC_JOIN, 0x4008da0au);
LAYOUT_REQUEST(WAPI_IOC_LIST, 0xc038da0bu);

#endif /* LAYOUT_H */
