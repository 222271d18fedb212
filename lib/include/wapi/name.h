/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names: objects that the clients of a domain find by name.
 *
 * A name is a string of up to %WAPI_NAME_MAX bytes, case-sensitive, without a
 * backslash but that of a scope prefix: "Global\" is the whole domain's, as is
 * no prefix; "Local\" is also bound to the caller's session, see setsid().  All
 * types share one name space.  The name goes with the object: a process that
 * crashed leaves none.
 *
 * The functions that make an object take a name or NULL.  With a name they make
 * the object or open the one of that name and type, in one step, and tell which
 * they did; an object that existed stays as it is, whatever else was asked for.
 */
#ifndef WAPI_NAME_H
#define WAPI_NAME_H

#include <stdbool.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_open_name() - take a reference to a named object: %WAPI_IOC_OPEN_NAME
 * @client: the client
 * @name: the name
 * @type: &enum wapi_type that it must have, %WAPI_TYPE_UNUSED for any
 * @handle: out: the handle
 * @found_type: out: its &enum wapi_type; may be NULL
 *
 * Return: 0, -ENOENT if there is none of that name, -EPROTOTYPE if it is of
 * another type, -EINVAL for a malformed name or an unknown type, -EOVERFLOW if
 * the client has 2^31 - 1 references already, or another negative errno.
 */
int wapi_open_name(struct wapi_client *client, const char *name, uint32_t type,
		   uint32_t *handle, uint32_t *found_type);

#include <wapi/end.h>

#endif /* WAPI_NAME_H */
