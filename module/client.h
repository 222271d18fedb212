/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One open of /dev/wapi.
 */
#ifndef WAPI_CLIENT_H
#define WAPI_CLIENT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "domain.h"
#include "map.h"

struct vfsmount;
struct wapi_object;
struct wapi_opener;

/** define WAPI_RECENT - how many objects a client finds quickly */
#define WAPI_RECENT		64

/**
 * struct wapi_client - one open of /dev/wapi
 *
 * Begins with open() and ends with the last close of the file, or before, with
 * the opening process or its execve().  From then on it holds nothing and
 * answers ESTALE.  The memory stays for @users.
 *
 * @users: the file, and who else looks at it
 * @id: names it in listings, never used again
 * @domain: NULL until its first request; never changes after, while it lives
 * @opener: the process that opened it
 * @process: the same, as its thread group
 * @exec_id: which of that process's programs opened it
 * @uid: user id that the file was opened with
 * @ipc: stands for the IPC namespace that it was opened in
 * @comm: command name of the process when it opened
 * @lifecycle: serialises its first request and its end
 * @ended: it has ended; written under @lifecycle
 * @user: the threads that may make requests, as their signal struct; NULL before
 *        it is in a domain, and from when it is to end
 * @recent: objects that it used lately, by the end of their handles, see
 *          reference.c
 * @counts: how many references it holds, by handle index; see reference.c
 * @nr_references: how many handles these are to
 * @spare: memory of an object that it closed, for the next that it makes; or NULL
 * @inheritable: leaves of @counts that may have inheritable ones
 * @lock: guards @mutexes
 * @mutexes: mutexes that were last taken through it
 * @blocks: the blocks that belong to it; wapi_arena.lock
 * @nr_blocks: how many; wapi_arena.lock
 * @refused: requests that ended in an error
 * @in_opener: in wapi_opener.clients; wapi_opener.lock
 * @rcu: listings find it under RCU
 */
struct wapi_client {
	struct signal_struct *user;
	struct wapi_domain *domain;
	refcount_t users;
	u64 id;
	struct wapi_opener *opener;
	struct pid *process;
	u64 exec_id;
	kuid_t uid;
	struct vfsmount *ipc;
	char comm[TASK_COMM_LEN];
	struct mutex lifecycle;
	bool ended;
	struct wapi_object *recent[WAPI_RECENT];
	struct wapi_map counts;
	atomic_long_t nr_references;
	struct wapi_object *spare;
	DECLARE_BITMAP(inheritable, WAPI_LEAVES);
	spinlock_t lock;
	struct list_head mutexes;
	struct list_head blocks;
	unsigned long nr_blocks;
	atomic64_t refused;
	struct list_head in_opener;
	struct rcu_head rcu;
};

struct wapi_client *wapi_client_create(void);
void wapi_client_put(struct wapi_client *client);

/**
 * wapi_client_is_of_current - did the current process open this client?
 * @client: the client, which may have ended
 *
 * Return: whether it did, in the program that it still runs
 */
static inline bool wapi_client_is_of_current(const struct wapi_client *client)
{
	return client->process == task_tgid(current) &&
	       client->exec_id == current->self_exec_id;
}

/**
 * wapi_client_is_own - may the current task make requests of this client?
 * @client: the client
 *
 * Return: whether the current process opened it, in the program that it still
 * runs
 */
static inline bool wapi_client_is_own(const struct wapi_client *client)
{
	return wapi_client_is_of_current(client) && !READ_ONCE(client->ended);
}

/**
 * wapi_client_is_ready - can the current task just make requests of this client?
 * @client: the client
 *
 * Return: whether it is wapi_client_is_own(), and in a domain
 */
static inline bool wapi_client_is_ready(const struct wapi_client *client)
{
	/* Pairs with wapi_client_enter_locked(): sees the domain complete. */
	return smp_load_acquire(&client->user) == current->signal;
}

int wapi_client_bind(struct wapi_client *client);
void wapi_client_end(struct wapi_client *client);
void wapi_client_refused(struct wapi_client *client);
struct wapi_client *wapi_client_lock_of(struct pid *process, struct wapi_domain *domain,
					u64 after);
void wapi_client_unlock(struct wapi_client *client);

#endif /* WAPI_CLIENT_H */
