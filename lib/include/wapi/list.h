/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listings: what a tool shows of a domain. */
#ifndef WAPI_LIST_H
#define WAPI_LIST_H

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * typedef wapi_list_fn - what wapi_list() calls for each record
 * @record: the record; good until the function returns
 * @context: what was given to wapi_list()
 *
 * It may call this library, and may be left by longjmp() or an exception.
 *
 * Return: 0 to go on, anything else to stop.
 */
typedef int wapi_list_fn(const void *record, void *context);

/**
 * wapi_list() - read a listing, record by record: %WAPI_IOC_LIST
 * @client: the client
 * @what: WAPI_LIST_*
 * @domain: which domain, by id; 0 for the client's own
 * @record_size: size of the caller's record, such as sizeof(struct
 *               wapi_handle_record), a multiple of 8, at most 8192; a record is
 *               cut off or extended by zeros to that size
 * @each: called for each record
 * @context: given to @each
 *
 * Each record is true of one moment; a listing read while others work may miss
 * or repeat what changes meanwhile.  Without CAP_SYS_ADMIN only the client's own
 * domain is listed.
 *
 * Return: 0 at the end of the listing, what @each returned if that is not 0,
 * -EINVAL for an unknown @what or a bad size, -EPERM for another domain, -ENOENT
 * if there is no such domain, or another negative errno.  @each may have been
 * called before an error.
 */
int wapi_list(struct wapi_client *client, uint32_t what, uint64_t domain,
	      size_t record_size, wapi_list_fn *each, void *context);

#include <wapi/end.h>

#endif /* WAPI_LIST_H */
