/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes and threads whose end is watched.
 */
#ifndef WAPI_RUNNING_H
#define WAPI_RUNNING_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct pid;
struct pid_namespace;
struct task_struct;
struct wapi_domain;
struct wapi_object;
struct wapi_owner;
struct wapi_state;
struct wapi_thread_wait;

/**
 * struct wapi_running - the process or thread that an object stands for
 *
 * @object: the object, NULL when it is gone; wapi_running_lock
 * @pid: of the process's leader, or of the thread
 * @is_process: which of the two
 * @users: the object, and the end work while it is queued
 * @pins_object: keeps the object alive; wapi_object.lock
 * @in_pids: in the table by @pid, as long as there is the object
 * @in_domain: in wapi_domain.running; wapi_running_lock
 * @ended: it has ended, and the object is signalled; set by its end itself
 * @status_known: @status is known
 * @status: exit status
 * @start_time: in nanoseconds of CLOCK_BOOTTIME
 * @end_time: likewise, or 0; whoever sees the end first sets it, and it stays
 * @end_work: wakes who waits for the object
 * @rcu: frees it
 */
struct wapi_running {
	struct wapi_object *object;
	struct pid *pid;
	bool is_process;
	refcount_t users;
	bool pins_object;
	struct rhlist_head in_pids;
	struct list_head in_domain;
	bool ended;
	bool status_known;
	int status;
	u64 start_time;
	atomic64_t end_time;
	struct work_struct end_work;
	struct rcu_head rcu;
};

int wapi_running_watch(struct wapi_object *object, struct pid *pid, bool is_process);
void wapi_running_end(struct task_struct *task, bool is_last);
void wapi_running_renamed(struct task_struct *task, struct pid *pid);
void wapi_running_release_all(struct wapi_domain *domain);
void wapi_running_abort(struct wapi_object *object);
void wapi_running_destroy(struct wapi_object *object);
bool wapi_running_is_signalled(const struct wapi_object *object, const struct wapi_owner *by);
void wapi_running_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index);
void wapi_running_unacquire(struct wapi_object *object);
void wapi_running_describe(const struct wapi_object *object, struct pid_namespace *pids,
			   struct wapi_state *state);
int wapi_runnings_init(void);
void wapi_runnings_exit(void);

#endif /* WAPI_RUNNING_H */
