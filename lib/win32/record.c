// SPDX-License-Identifier: LGPL-2.1-or-later
/* The record of a process: where it is. */
#include "record.h"

size_t win32_block_size(void)
{
	return win32_table_size() + sizeof(struct win32_record);
}

struct win32_record *win32_record_of(struct win32_table *table)
{
	return (struct win32_record *)((char *)table + win32_table_size());
}

struct win32_record *win32_record_find(struct wapi_client *client, uint32_t process)
{
	struct win32_table *block = win32_block_of(client, process);

	return block ? win32_record_of(block) : NULL;
}
