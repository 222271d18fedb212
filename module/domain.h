/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who sees what.
 */
#ifndef WAPI_DOMAIN_H
#define WAPI_DOMAIN_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#include "arena.h"
#include "handle.h"
#include "limits.h"

struct vfsmount;
struct wapi_client;

/**
 * struct wapi_domain - the clients that see one handle table and one arena
 *
 * Made by the first client with its @uid and @ipc, gone with its last.
 *
 * @rcu: frees it
 * @id: names it in listings, never used again
 * @uid: user id that its first client's file was opened with
 * @ipc: stands for the IPC namespace, see wapi_domain_ipc()
 * @in_hash: in the domains by @uid and @ipc; wapi_domains_lock
 * @users: clients, listings under way, and descriptors of its objects
 * @limits: as the module parameters were when it was made
 * @refused: requests that ended in an error
 * @clients: all clients by id; written under wapi_domains_lock, read under RCU
 * @nr_clients: how many; wapi_domains_lock
 * @handles: the handle table
 * @arena: the scratch memory
 * @freeze: held to change a frozen object, see freeze.c
 * @names: the named objects
 * @running: watched processes and threads that keep their objects alive;
 *           wapi_running_lock
 */
struct wapi_domain {
	struct rcu_head rcu;
	u64 id;
	kuid_t uid;
	struct vfsmount *ipc;
	struct hlist_node in_hash;
	refcount_t users;
	struct wapi_limits limits;
	atomic64_t refused;
	struct xarray clients;
	unsigned long nr_clients;
	struct wapi_handle_table handles;
	struct wapi_arena arena;
	spinlock_t freeze;
	struct rhashtable names;
	struct list_head running;
};

struct vfsmount *wapi_domain_ipc(void);
struct wapi_domain *wapi_domain_get(kuid_t uid, struct vfsmount *ipc);
struct wapi_domain *wapi_domain_next(u64 id);
void wapi_domain_hold(struct wapi_domain *domain);
void wapi_domain_put(struct wapi_domain *domain);
int wapi_domain_add(struct wapi_domain *domain, struct wapi_client *client);
void wapi_domain_remove(struct wapi_domain *domain, struct wapi_client *client);

#endif /* WAPI_DOMAIN_H */
