// SPDX-License-Identifier: GPL-2.0
/*
 * Domains: who sees what.
 *
 * What one user id opens in one IPC namespace meets in one domain, as it would
 * in one SysV shared memory segment.  A domain is made by its first client and
 * freed with the last; a listing may hold it a moment longer.
 *
 * Which domains there are, and which clients each has, changes under
 * wapi_domains_lock.
 */
#include <linux/hashtable.h>
#include <linux/ipc_namespace.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>

#include "arena.h"
#include "client.h"
#include "domain.h"
#include "handle.h"
#include "limits.h"
#include "name.h"
#include "running.h"

#if IS_ENABLED(CONFIG_IPC_NS) && !IS_ENABLED(CONFIG_POSIX_MQUEUE)
#error "wapi tells IPC namespaces apart by their message queue mounts"
#endif

static DEFINE_MUTEX(wapi_domains_lock);
static DEFINE_HASHTABLE(wapi_domains_by_owner, 10);
static DEFINE_XARRAY_FLAGS(wapi_domains_by_id, XA_FLAGS_ACCOUNT);
static u64 wapi_domain_last_id;

/**
 * wapi_domain_ipc - what stands for the IPC namespace of the current task
 *
 * A module can take a reference to an IPC namespace but cannot give it back,
 * and without one the namespace's address and inode number may soon be those of
 * another.  Its message queue mount is as unique, and can be held.
 *
 * Return: the mount, to be given back by mntput()
 */
struct vfsmount *wapi_domain_ipc(void)
{
	return mntget(current->nsproxy->ipc_ns->mq_mnt);
}

static struct hlist_head *wapi_domain_bucket(kuid_t uid, struct vfsmount *ipc)
{
	unsigned long key = (unsigned long)ipc ^ __kuid_val(uid);

	return &wapi_domains_by_owner[hash_min(key, HASH_BITS(wapi_domains_by_owner))];
}

static void wapi_domain_free(struct wapi_domain *domain)
{
	wapi_arena_destroy(&domain->arena);
	wapi_handle_table_destroy(&domain->handles);
	wapi_names_destroy(domain);
	WARN_ON_ONCE(!xa_empty(&domain->clients) || !list_empty(&domain->running));
	mntput(domain->ipc);
	kvfree_rcu(domain, rcu);
}

static struct wapi_domain *wapi_domain_create_locked(kuid_t uid, struct vfsmount *ipc)
{
	struct wapi_domain *domain;
	int err;

	lockdep_assert_held(&wapi_domains_lock);
	domain = kvzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	domain->uid = uid;
	wapi_limits_read(&domain->limits);
	refcount_set(&domain->users, 1);
	xa_init_flags(&domain->clients, XA_FLAGS_ACCOUNT);
	spin_lock_init(&domain->freeze);
	INIT_LIST_HEAD(&domain->running);
	err = wapi_handle_table_init(&domain->handles, domain->limits.handles);
	if (err)
		goto free;
	err = wapi_arena_init(&domain->arena, &domain->limits);
	if (err)
		goto destroy_handles;
	err = wapi_names_init(domain);
	if (err)
		goto destroy_arena;

	domain->id = wapi_domain_last_id + 1;
	err = xa_err(xa_store(&wapi_domains_by_id, domain->id, domain, GFP_KERNEL_ACCOUNT));
	if (err)
		goto destroy;
	wapi_domain_last_id++;
	domain->ipc = mntget(ipc);
	hlist_add_head(&domain->in_hash, wapi_domain_bucket(uid, ipc));
	return domain;

destroy:
	wapi_names_destroy(domain);
destroy_arena:
	wapi_arena_destroy(&domain->arena);
destroy_handles:
	wapi_handle_table_destroy(&domain->handles);
free:
	kvfree(domain);
	return ERR_PTR(err);
}

/**
 * wapi_domain_get - the domain of a user in an IPC namespace
 * @uid: the user id
 * @ipc: what stands for the namespace
 *
 * Return: the domain, made if it was not there, to be given back by
 * wapi_domain_put(); or -ENOMEM
 */
struct wapi_domain *wapi_domain_get(kuid_t uid, struct vfsmount *ipc)
{
	struct wapi_domain *domain;

	mutex_lock(&wapi_domains_lock);
	hlist_for_each_entry(domain, wapi_domain_bucket(uid, ipc), in_hash) {
		if (uid_eq(domain->uid, uid) && domain->ipc == ipc) {
			refcount_inc(&domain->users);
			goto unlock;
		}
	}
	domain = wapi_domain_create_locked(uid, ipc);
unlock:
	mutex_unlock(&wapi_domains_lock);
	return domain;
}

/**
 * wapi_domain_next - the domain with the next id
 * @id: the lowest id that it may have
 *
 * Return: the domain, to be given back by wapi_domain_put(), or NULL
 */
struct wapi_domain *wapi_domain_next(u64 id)
{
	struct wapi_domain *domain;
	unsigned long index = id;

	mutex_lock(&wapi_domains_lock);
	domain = xa_find(&wapi_domains_by_id, &index, ULONG_MAX, XA_PRESENT);
	if (domain)
		refcount_inc(&domain->users);
	mutex_unlock(&wapi_domains_lock);
	return domain;
}

/**
 * wapi_domain_hold - keep a domain
 * @domain: the domain, which somebody else keeps just now; for wapi_domain_put()
 */
void wapi_domain_hold(struct wapi_domain *domain)
{
	refcount_inc(&domain->users);
}

/**
 * wapi_domain_put - give back a domain
 * @domain: the domain, freed with its last user
 *
 * Context: may sleep.
 */
void wapi_domain_put(struct wapi_domain *domain)
{
	if (!refcount_dec_and_mutex_lock(&domain->users, &wapi_domains_lock))
		return;
	hlist_del(&domain->in_hash);
	xa_erase(&wapi_domains_by_id, domain->id);
	mutex_unlock(&wapi_domains_lock);
	wapi_domain_free(domain);
}

/**
 * wapi_domain_add - let a client be seen in a domain
 * @domain: the domain
 * @client: the client
 *
 * Return: 0; -ENOSPC at the limit; -ENOMEM
 */
int wapi_domain_add(struct wapi_domain *domain, struct wapi_client *client)
{
	int err = -ENOSPC;

	mutex_lock(&wapi_domains_lock);
	if (domain->nr_clients < domain->limits.clients)
		err = xa_err(xa_store(&domain->clients, client->id, client, GFP_KERNEL_ACCOUNT));
	if (!err)
		domain->nr_clients++;
	mutex_unlock(&wapi_domains_lock);
	return err;
}

/**
 * wapi_domain_remove - undo wapi_domain_add()
 * @domain: the domain
 * @client: the client
 */
void wapi_domain_remove(struct wapi_domain *domain, struct wapi_client *client)
{
	bool last;

	mutex_lock(&wapi_domains_lock);
	xa_erase(&domain->clients, client->id);
	last = !--domain->nr_clients;
	mutex_unlock(&wapi_domains_lock);
	if (last)
		wapi_running_release_all(domain);
}
