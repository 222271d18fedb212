/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scratch memory: blocks, the mapping of the arena, and what is kept in blocks.
 *
 * Every client of a domain maps the whole arena and can write to all of it.
 * Whatever is read from a block can change while it is read, and need not be
 * what somebody stored.  The functions that are said to copy are safe against
 * that; a pointer into the arena is not.
 */
#ifndef WAPI_SCRATCH_H
#define WAPI_SCRATCH_H

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_scratch() - allocate a block of zeros: %WAPI_IOC_SCRATCH
 * @client: the client, to which it belongs
 * @size: its size, not 0
 * @block: out: its offset, a multiple of %WAPI_BLOCK_ALIGN
 *
 * The block ends with the client if it is not freed or attached before.
 *
 * Return: 0, -EINVAL for a size of 0, -ENOSPC at a limit of the domain, or
 * another negative errno.
 */
int wapi_scratch(struct wapi_client *client, size_t size, uint64_t *block);

/**
 * wapi_scratch_free() - free a block: %WAPI_IOC_SCRATCH_FREE
 * @client: the client
 * @block: a block that belongs to it
 *
 * Return: 0, -EINVAL if @block is not where a block begins, -EPERM if it is not
 * the client's, or another negative errno.
 */
int wapi_scratch_free(struct wapi_client *client, uint64_t block);

/**
 * wapi_block() - ask about a block: %WAPI_IOC_BLOCK
 * @client: the client
 * @offset: any offset in it
 * @block: out: the answer
 *
 * Return: 0, -ENOENT if @offset is in no block, or another negative errno.
 */
int wapi_block(struct wapi_client *client, uint64_t offset,
	       struct wapi_block *block);

/**
 * wapi_scratch_map() - map the arena
 * @client: the client
 * @base: out: where offset 0 is
 * @size: out: size of the mapping; may be NULL
 *
 * Done once for a client in a process, later calls tell the same.  It stays
 * until wapi_client_close(), is left out of core dumps, and is not inherited by
 * a forked child.  Where the address space has no room for the whole arena, as
 * in a 32-bit program, the largest half, quarter, eighth... of it that fits is
 * mapped, but no less than 1 MiB; a block beyond cannot be reached by a pointer.
 *
 * @base plus an offset is the quick way to memory of which the caller knows that
 * it is a block; wapi_scratch_ptr() is the checked way.
 *
 * Return: 0, -ENOMEM if no room is found, or another negative errno.
 */
int wapi_scratch_map(struct wapi_client *client, void **base, size_t *size);

/**
 * wapi_scratch_ptr() - the address of memory in a block, checked
 * @client: the client
 * @offset: where the memory begins, anywhere in a block
 * @length: its length, not 0
 * @ptr: out: its address
 *
 * The client may use a block by right if it belongs to the client, or to an
 * object to which the client holds a reference.  The address is good as long as
 * that is so.  The arena is mapped if it is not yet.
 *
 * Return: 0, -EINVAL for a length of 0, -ENOENT if @offset is in no block,
 * -EPERM if the client has no right to the block, -EFAULT if the memory reaches
 * beyond the block, -ENOMEM if it is not in the part of the arena that could be
 * mapped, or another negative errno.
 */
int wapi_scratch_ptr(struct wapi_client *client, uint64_t offset, size_t length,
		     void **ptr);

/**
 * wapi_scratch_offset() - the offset of an address, checked
 * @client: the client
 * @ptr: an address in a block
 * @offset: out: its offset
 *
 * Return: 0, -EFAULT if @ptr is not in this process's mapping of the arena,
 * -ENOENT if it is in no block, -EPERM if the client has no right to the block,
 * or another negative errno.
 */
int wapi_scratch_offset(struct wapi_client *client, const void *ptr,
			uint64_t *offset);

/**
 * wapi_store() - allocate a block and copy something into it
 * @client: the client, to which the block belongs
 * @data: what to copy
 * @size: its size, and that of the block, not 0
 * @block: out: the block
 *
 * Return: 0, -EINVAL for a size of 0, what wapi_scratch() and wapi_scratch_map()
 * give.
 */
int wapi_store(struct wapi_client *client, const void *data, size_t size,
	       uint64_t *block);

/**
 * wapi_store_string() - store a string with its zero byte
 * @client: the client, to which the block belongs
 * @string: the string
 * @block: out: the block
 *
 * Return: as wapi_store().
 */
int wapi_store_string(struct wapi_client *client, const char *string,
		      uint64_t *block);

/**
 * wapi_load_string() - a copy of a string in a block
 * @client: the client
 * @offset: where the string begins, anywhere in a block
 * @copy: out: the copy, to be freed with free()
 *
 * Right for every string that another client could write to.  Whatever the block
 * holds and whoever writes to it meanwhile, nothing outside the block is read
 * and @copy ends with a zero byte; if it was written to meanwhile, the copy can
 * be a mixture.
 *
 * Return: 0, -EBADMSG if no zero byte follows in the block, -ENOMEM, what
 * wapi_scratch_ptr() gives, or another negative errno.
 */
int wapi_load_string(struct wapi_client *client, uint64_t offset, char **copy);

/**
 * wapi_lookup_string() - a string in a block, in place
 * @client: the client
 * @offset: where the string begins, anywhere in a block
 * @string: out: its address in the arena
 * @length: out: its length, without its zero byte
 *
 * Without a copy, for what the clients of the domain agreed to leave unchanged.
 * The zero byte was there when it was looked for; another client can overwrite
 * it.  Whoever reads @length bytes and no more stays in the block all the same;
 * whoever looks for the zero byte again, as strlen() does, may not.  The address
 * is good as long as that of wapi_scratch_ptr().
 *
 * Return: as wapi_load_string().
 */
int wapi_lookup_string(struct wapi_client *client, uint64_t offset,
		       const char **string, size_t *length);

/**
 * wapi_store_strings() - store an array of strings in one block
 * @client: the client, to which the block belongs
 * @strings: the strings, and a NULL behind the last
 * @block: out: the block
 *
 * The block holds a 32-bit count in the machine's byte order, and then one string
 * after the other, each with its zero byte.  (The 2002 daemon's clients used a
 * block for each string and another one for their offsets.)
 *
 * Return: as wapi_store(); -ENOSPC if there are more than a block can hold.
 */
int wapi_store_strings(struct wapi_client *client, const char *const strings[],
		       uint64_t *block);

/**
 * wapi_load_strings() - a copy of an array of strings in a block
 * @client: the client
 * @offset: where the array begins, anywhere in a block
 * @strings: out: the strings, and a NULL behind the last; to be freed with
 *           wapi_free_strings()
 *
 * As safe as wapi_load_string().  The memory that it takes is a pointer a string
 * and the bytes of the strings, so never more than 9 times the block's.
 *
 * Return: 0, -EBADMSG if the block holds no such array, or as
 * wapi_load_string().
 */
int wapi_load_strings(struct wapi_client *client, uint64_t offset,
		      char ***strings);

/**
 * wapi_free_strings() - free what wapi_load_strings() made
 * @strings: the strings, or NULL for nothing to do
 */
void wapi_free_strings(char **strings);

#include <wapi/end.h>

#endif /* WAPI_SCRATCH_H */
