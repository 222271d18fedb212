/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A look at the beginnings of data blocks.
 *
 * Only the arena of the caller's own domain can be mapped.  What is read there
 * can change at any moment: it is copied once and only the copy is judged.
 */
#ifndef WAPICTL_PEEK_H
#define WAPICTL_PEEK_H

#include <stddef.h>
#include <stdint.h>

#include <wapi/wapi.h>

/* Maps the arena; without one every later look shows nothing. */
void peek_begin(struct wapi_client *client);
void peek_end(void);

/* Copies at most size bytes of the block's beginning; returns how many. */
size_t peek_read(void *bytes, size_t size, uint64_t block,
		 uint64_t block_size);

#endif /* WAPICTL_PEEK_H */
