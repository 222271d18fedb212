/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handles: making objects, taking and giving back references, finding, asking. */
#ifndef WAPI_HANDLE_H
#define WAPI_HANDLE_H

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_new() - make an object without a data block: %WAPI_IOC_NEW
 * @client: the client; it gets one reference
 * @type: &enum wapi_type
 * @handle: out: the handle
 *
 * Return: 0, -EINVAL for a type that is none, -ENOSPC at the domain's limit of
 * handles, or another negative errno.
 */
int wapi_new(struct wapi_client *client, uint32_t type, uint32_t *handle);

/**
 * wapi_new_data() - make an object and its data block in one request
 * @client: the client; it gets one reference
 * @type: &enum wapi_type
 * @data: what the data block begins with, or NULL for zeros; copied
 * @size: size of the data block, not 0
 * @handle: out: the handle
 * @block: out: the data block, which belongs to the object; may be NULL
 *
 * Return: 0, -EINVAL for a size of 0 or a type that is none, -ENOSPC at a limit
 * of the domain, -EFAULT if @data cannot be read, or another negative errno.
 */
int wapi_new_data(struct wapi_client *client, uint32_t type, const void *data,
		  size_t size, uint32_t *handle, uint64_t *block);

/**
 * wapi_new_block() - make an object of which a block becomes the data block
 * @client: the client; it gets one reference
 * @type: &enum wapi_type
 * @block: a block that belongs to the client, and then to the object
 * @handle: out: the handle
 *
 * Return: 0, -EINVAL if @block is not where a block begins or the type is none,
 * -EPERM if it is not the client's, -ENOSPC at the domain's limit of handles, or
 * another negative errno.
 */
int wapi_new_block(struct wapi_client *client, uint32_t type, uint64_t block,
		   uint32_t *handle);

/**
 * wapi_open() - take a reference to a live handle: %WAPI_IOC_OPEN
 * @client: the client
 * @handle: the handle
 * @opened: out: type, references and data block; may be NULL
 *
 * Return: 0, -EBADF if no such handle is live in the domain, -EOVERFLOW if the
 * client has 2^31 - 1 references already, or another negative errno.
 */
int wapi_open(struct wapi_client *client, uint32_t handle,
	      struct wapi_open *opened);

/**
 * wapi_close() - give a reference back: %WAPI_IOC_CLOSE
 * @client: the client
 * @handle: the handle
 * @closed: out: references that remain, and whether the object is gone; may be
 *          NULL
 *
 * Return: 0, -EBADF if the client holds no reference, or another negative errno.
 */
int wapi_close(struct wapi_client *client, uint32_t handle,
	       struct wapi_close *closed);

/**
 * wapi_search() - find the next live handle: %WAPI_IOC_SEARCH
 * @client: the client
 * @after: look behind this handle, live or not; 0 to begin
 * @type: find only this type; %WAPI_TYPE_UNUSED for any
 * @found: out: the handle, to which the client gets no reference
 * @found_type: out: its &enum wapi_type; may be NULL
 *
 * Return: 0, -ENOENT if there is no further one, -EINVAL for an unknown type, or
 * another negative errno.
 */
int wapi_search(struct wapi_client *client, uint32_t after, uint32_t type,
		uint32_t *found, uint32_t *found_type);

/**
 * wapi_query() - ask about an object: %WAPI_IOC_QUERY
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @query: out: the answer
 *
 * Return: 0, -EBADF if the client holds no reference, or another negative errno.
 */
int wapi_query(struct wapi_client *client, uint32_t handle,
	       struct wapi_query *query);

/**
 * wapi_attach() - give a block to an object: %WAPI_IOC_ATTACH
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @block: a block that belongs to the client; from now on the object's data
 *         block, freed with the object
 *
 * Return: 0, -EBADF if the client holds no reference, -EINVAL if @block is 0 or
 * not where a block begins, -EPERM if it is not the client's, -EBUSY if the
 * object has a data block already, or another negative errno.
 */
int wapi_attach(struct wapi_client *client, uint32_t handle, uint64_t block);

/**
 * wapi_detach() - take the data block of an object: %WAPI_IOC_ATTACH
 * @client: the client
 * @handle: a handle that it holds a reference to
 * @block: out: the block, which now belongs to the client
 *
 * Return: 0, -EBADF if the client holds no reference, -ENOENT if the object has
 * no data block, or another negative errno.
 */
int wapi_detach(struct wapi_client *client, uint32_t handle, uint64_t *block);

/**
 * wapi_type_name() - what a type is called
 * @type: &enum wapi_type
 *
 * Return: a string never freed, "file", "mutex" and so on, "unused" for
 * %WAPI_TYPE_UNUSED, "unknown" for a number that is no type.
 */
const char *wapi_type_name(uint32_t type);

/**
 * wapi_type_from_name() - the type that is called so
 * @name: a name that wapi_type_name() gives for a type
 * @type: out: &enum wapi_type
 *
 * Return: 0, or -EINVAL if no type is called so.
 */
int wapi_type_from_name(const char *name, uint32_t *type);

#include <wapi/end.h>

#endif /* WAPI_HANDLE_H */
