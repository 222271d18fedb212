/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients: opening, closing, joining a domain, asking for versions and limits. */
#ifndef WAPI_CLIENT_H
#define WAPI_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <linux/wapi.h>

#include <wapi/begin.h>

/*
 * struct wapi_client - a client of /dev/wapi, and what stands for it in a child
 *
 * Made by wapi_client_open() or wapi_client_join(), freed by
 * wapi_client_close().
 */
struct wapi_client;

/**
 * wapi_client_open() - become a client of the caller's domain
 * @client: out: the client, to be ended with wapi_client_close()
 *
 * The domain is that of the caller's user id and IPC namespace at this moment;
 * in a forked child, at the moment of its first use.
 *
 * Return: 0, or what open() gives (-ENOENT or -ENODEV: the module is not
 * loaded; -EACCES: not permitted; -EMFILE), -ENOMEM, -ENOSPC at the domain's
 * limit of clients, -EPROTONOSUPPORT if the module speaks another version of
 * the ABI than this library.
 */
int wapi_client_open(struct wapi_client **client);

/**
 * wapi_client_join() - become a client of the domain of a received descriptor
 * @client: out: the client, to be ended with wapi_client_close()
 * @granted_fd: a descriptor of /dev/wapi that another process opened, typically
 *              received with SCM_RIGHTS; it remains the caller's, to close
 *
 * In a forked child the client joins the same domain again, through the
 * descriptor that it inherited.  That works only as long as the client of its
 * parent lives.  If that has ended before the child's first use, every call on
 * the client gives -ESTALE in the child, for ever: it is not put into another
 * domain silently.
 *
 * Return: 0, -EBADF if @granted_fd is not open, -ENOTTY if it is not of
 * /dev/wapi, -ESTALE if its client has ended, or what wapi_client_open() gives.
 */
int wapi_client_join(struct wapi_client **client, int granted_fd);

/**
 * wapi_client_close() - end a client and free it
 * @client: the client, or NULL for nothing to do
 *
 * Its references, blocks and its mapping of the arena are released; the
 * references and blocks only when every copy of its descriptor is closed or this
 * process ends, if another process was handed one or inherited one.  No other
 * thread may be using the client or a pointer into the arena.
 */
void wapi_client_close(struct wapi_client *client);

/**
 * wapi_client_fd() - the client's descriptor
 * @client: the client
 *
 * For handing it to another process, which can join this client's domain with
 * it and do nothing else.  It remains the client's: neither close it nor keep
 * it in a forked child.  Requests that give references back must be made of it by
 * this library only, which would not notice otherwise.
 *
 * Return: the descriptor, or a negative errno.
 */
int wapi_client_fd(struct wapi_client *client);

/**
 * wapi_info() - versions, limits and live counts: %WAPI_IOC_INFO
 * @client: the client
 * @info: out: the answer
 *
 * Return: 0 or a negative errno.
 */
int wapi_info(struct wapi_client *client, struct wapi_info *info);

/**
 * wapi_version() - the version of this library
 *
 * Return: a string such as "0.3.0", never freed.
 */
const char *wapi_version(void);

#include <wapi/end.h>

#endif /* WAPI_CLIENT_H */
