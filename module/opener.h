/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processes that have clients.
 */
#ifndef WAPI_OPENER_H
#define WAPI_OPENER_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct pid;
struct wapi_client;
struct wapi_domain;

/**
 * struct wapi_opener - a process that has clients
 * @users: its clients, and the end work while it is queued
 * @process: the thread group
 * @in_openers: in the table of openers by @process
 * @lock: guards @clients
 * @clients: in the order in which they were opened; also read under RCU
 * @exec_id: clients of programs before this one are to end
 * @end_work: ends them
 * @rcu: frees it
 */
struct wapi_opener {
	refcount_t users;
	struct pid *process;
	struct rhash_head in_openers;
	spinlock_t lock;
	struct list_head clients;
	u64 exec_id;
	struct work_struct end_work;
	struct rcu_head rcu;
};

struct wapi_opener *wapi_opener_get(void);
void wapi_opener_put(struct wapi_opener *opener);
void wapi_opener_add(struct wapi_client *client);
void wapi_opener_remove(struct wapi_client *client);
struct wapi_client *wapi_opener_client(struct pid *process, struct wapi_domain *domain,
				       u64 after);
bool wapi_opener_is_past(const struct wapi_client *client);
void wapi_opener_end(struct pid *process, u64 exec_id);
int wapi_openers_init(void);
void wapi_openers_exit(void);

#endif /* WAPI_OPENER_H */
