/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which thread holds which mutex.
 */
#ifndef WAPI_OWNER_H
#define WAPI_OWNER_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "find.h"

struct pid;

/**
 * struct wapi_owner - a thread that has taken a mutex
 *
 * Made with its first, and kept until the thread ends.
 *
 * @task: the thread
 * @pid: its id
 * @in_owners: in the table of owners by @task
 * @ended: it is found there no more; only for the thread itself
 * @lock: guards @mutexes
 * @mutexes: the mutexes that it owns, and others that it was the last to own
 * @end_work: abandons them when it has ended
 * @rcu: frees it
 */
struct wapi_owner {
	struct task_struct *task;
	struct pid *pid;
	struct rhash_head in_owners;
	bool ended;
	spinlock_t lock;
	struct list_head mutexes;
	struct work_struct end_work;
	struct rcu_head rcu;
};

DECLARE_PER_CPU(struct wapi_owner *, wapi_owner_here);

struct wapi_owner *wapi_owner_look_up(struct task_struct *task);
struct wapi_owner *wapi_owner_get(void);

/**
 * wapi_owner_find - the current thread as an owner of mutexes
 *
 * Return: the owner, or NULL if it has never taken a mutex
 */
static inline struct wapi_owner *wapi_owner_find(void)
{
	struct wapi_owner *owner;
	bool found;

	/* RCU keeps an owner that is here. */
	wapi_find_begin();
	owner = raw_cpu_read(wapi_owner_here);
	found = owner && owner->task == current;
	wapi_find_end();
	return likely(found) ? owner : wapi_owner_look_up(current);
}

bool wapi_owner_is_ending(const struct wapi_owner *owner);
void wapi_owner_end(struct task_struct *task);
void wapi_owner_exec(struct task_struct *task);
int wapi_owners_init(void);
void wapi_owners_exit(void);

#endif /* WAPI_OWNER_H */
