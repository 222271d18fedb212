// SPDX-License-Identifier: GPL-2.0
/*
 * Running: the processes and threads that objects stand for, and their end.
 *
 * Any number of objects can stand for one process.  While it runs it pins them,
 * as long as their domain has a client.  Its end is seen by taskend.c, where
 * nothing may sleep: it is noted there, with the exit status, and a work item
 * wakes who waits.  What is known of it stays until the object goes.
 *
 * wapi_running_lock is taken inside the lock of an object.
 */
#include <linux/pid.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "domain.h"
#include "object.h"
#include "owner.h"
#include "queue.h"
#include "running.h"

static const struct rhashtable_params wapi_running_params = {
	.key_len = sizeof_field(struct wapi_running, pid),
	.key_offset = offsetof(struct wapi_running, pid),
	.head_offset = offsetof(struct wapi_running, in_pids),
	.automatic_shrinking = true,
};

static struct rhltable wapi_runnings;
static struct workqueue_struct *wapi_running_ends;
static DEFINE_SPINLOCK(wapi_running_lock);

static void wapi_running_free_rcu(struct rcu_head *rcu)
{
	struct wapi_running *running = container_of(rcu, struct wapi_running, rcu);

	put_pid(running->pid);
	kfree(running);
}

static void wapi_running_put(struct wapi_running *running)
{
	if (refcount_dec_and_test(&running->users))
		call_rcu(&running->rcu, wapi_running_free_rcu);
}

static void wapi_running_unpin_locked(struct wapi_running *running, struct wapi_object *object)
{
	lockdep_assert_held(&object->lock);
	spin_lock(&wapi_running_lock);
	list_del_init(&running->in_domain);
	spin_unlock(&wapi_running_lock);
	if (running->pins_object) {
		running->pins_object = false;
		object->pins--;
	}
}

/* What a live object stands for; only of those two types it is something. */
static struct wapi_running *wapi_running_of(const struct wapi_object *object)
{
	u32 type = wapi_object_type(object);

	return type == WAPI_TYPE_PROCESS || type == WAPI_TYPE_THREAD ? object->running : NULL;
}

static void wapi_running_end_work(struct work_struct *work)
{
	struct wapi_running *running = container_of(work, struct wapi_running, end_work);
	struct wapi_domain *domain = NULL;
	struct wapi_object *object;

	/* The object may go at any time; RCU keeps it while it is looked at. */
	rcu_read_lock();
	spin_lock(&wapi_running_lock);
	object = running->object;
	spin_unlock(&wapi_running_lock);
	if (object && !wapi_object_lock_live(object))
		object = NULL;
	rcu_read_unlock();

	if (object && wapi_running_of(object) == running) {
		/* Who lets the domain go waits only until the object is unpinned. */
		domain = object->domain;
		wapi_domain_hold(domain);
		wapi_object_set_signalled(object, true);
		wapi_wake_waiters(object);
		wapi_running_unpin_locked(running, object);
		wapi_object_unlock(object);
	} else if (object) {
		wapi_object_unlock_other(object);
	}
	if (domain)
		wapi_domain_put(domain);
	wapi_running_put(running);
}

/*
 * What was told stays: the end may be noted just when an object is made or asked
 * about, and each of these may be the first to see it.
 */
static void wapi_running_ended_now(struct wapi_running *running)
{
	if (!atomic64_read(&running->end_time))
		atomic64_cmpxchg(&running->end_time, 0, ktime_get_boottime_ns());
}

/* The group's exit code is settled before it counts as not alive. */
static void wapi_running_note_end(struct wapi_running *running, const struct task_struct *task)
{
	if (running->is_process && !atomic64_read(&running->end_time)) {
		running->status = task->signal->group_exit_code;
		running->status_known = true;
	}
	wapi_running_ended_now(running);
}

/* It may have ended before, or have ended unseen before it was in the table. */
static void wapi_running_look(struct wapi_running *running)
{
	const struct task_struct *task;

	rcu_read_lock();
	task = pid_task(running->pid, running->is_process ? PIDTYPE_TGID : PIDTYPE_PID);
	if (task)
		running->start_time = task->start_boottime;
	if (!task) {
		/* When and how is not known any more: it had been reaped. */
		wapi_running_ended_now(running);
		running->ended = true;
	} else if (running->is_process && !atomic_read(&task->signal->live)) {
		wapi_running_note_end(running, task);
		running->ended = true;
	}
	rcu_read_unlock();
}

/**
 * wapi_running_watch - let an object stand for a process or thread
 * @object: the object, not published
 * @pid: of the process's leader, or of the thread; the caller keeps its reference
 * @is_process: which of the two
 *
 * Return: 0 or -ENOMEM
 */
int wapi_running_watch(struct wapi_object *object, struct pid *pid, bool is_process)
{
	struct wapi_running *running;
	int err;

	running = kzalloc(sizeof(*running), GFP_KERNEL_ACCOUNT);
	if (!running)
		return -ENOMEM;
	refcount_set(&running->users, 1);
	running->object = object;
	running->pid = get_pid(pid);
	running->is_process = is_process;
	INIT_LIST_HEAD(&running->in_domain);
	INIT_WORK(&running->end_work, wapi_running_end_work);
	object->running = running;

	spin_lock(&object->lock);
	running->pins_object = true;
	object->pins++;
	spin_lock(&wapi_running_lock);
	list_add_tail(&running->in_domain, &object->domain->running);
	spin_unlock(&wapi_running_lock);
	spin_unlock(&object->lock);

	err = rhltable_insert(&wapi_runnings, &running->in_pids, wapi_running_params);
	if (err) {
		spin_lock(&object->lock);
		wapi_running_unpin_locked(running, object);
		spin_unlock(&object->lock);
		object->running = NULL;
		wapi_running_put(running);
		return -ENOMEM;
	}

	wapi_running_look(running);
	if (running->ended) {
		spin_lock(&object->lock);
		wapi_object_set_signalled(object, true);
		wapi_running_unpin_locked(running, object);
		spin_unlock(&object->lock);
	}
	return 0;
}

/**
 * wapi_running_abort - undo the pin of an object that was made for nothing
 * @object: the locked object
 */
void wapi_running_abort(struct wapi_object *object)
{
	if (object->running)
		wapi_running_unpin_locked(object->running, object);
}

/**
 * wapi_running_destroy - an object that stands for a process or thread goes
 * @object: the object, which nobody can find any more
 */
void wapi_running_destroy(struct wapi_object *object)
{
	struct wapi_running *running = object->running;

	if (!running)
		return;
	rhltable_remove(&wapi_runnings, &running->in_pids, wapi_running_params);
	spin_lock(&wapi_running_lock);
	list_del_init(&running->in_domain);
	running->object = NULL;
	spin_unlock(&wapi_running_lock);
	wapi_running_put(running);
}

/* A thread that was joined is known to be ending before taskend.c sees it. */
static bool wapi_running_is_leaving(const struct wapi_running *running)
{
	const struct task_struct *task;
	bool leaving;

	if (running->is_process)
		return false;
	rcu_read_lock();
	task = pid_task(running->pid, PIDTYPE_PID);
	leaving = !task || READ_ONCE(task->flags) & PF_EXITING;
	rcu_read_unlock();
	return leaving;
}

/**
 * wapi_running_is_signalled - has the process or thread ended?
 * @object: the object
 * @by: not used
 *
 * Return: whether it has
 */
bool wapi_running_is_signalled(const struct wapi_object *object, const struct wapi_owner *by)
{
	const struct wapi_running *running = object->running;

	/* Pairs with wapi_running_end_of(): who sees the end sees its status. */
	return running && (smp_load_acquire(&running->ended) || wapi_running_is_leaving(running));
}

/**
 * wapi_running_acquire - nothing: it stays signalled
 * @object: not used
 * @wait: not used
 * @index: not used
 */
void wapi_running_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index)
{
}

/**
 * wapi_running_unacquire - nothing
 * @object: not used
 */
void wapi_running_unacquire(struct wapi_object *object)
{
}

/**
 * wapi_running_describe - tell of the process or thread
 * @object: the locked object
 * @pids: the PID namespace to tell ids of
 * @state: where to
 */
void wapi_running_describe(const struct wapi_object *object, struct pid_namespace *pids,
			   struct wapi_state *state)
{
	struct wapi_running *running = object->running;
	bool ended = wapi_running_is_signalled(object, NULL);

	if (!running)
		return;
	/* A thread that is seen to leave has ended when that was first told. */
	if (ended)
		wapi_running_ended_now(running);
	if (running->is_process)
		state->pid = pid_nr_ns(running->pid, pids);
	else
		state->tid = pid_nr_ns(running->pid, pids);
	state->start_time = running->start_time;
	if (ended) {
		state->flags |= WAPI_STATE_ENDED;
		state->end_time = atomic64_read(&running->end_time);
	}
	if (running->status_known && (ended || !running->is_process)) {
		state->flags |= WAPI_STATE_EXIT_KNOWN;
		state->exit_status = running->status;
	}
}

static void wapi_running_end_of(struct task_struct *task, struct pid *pid, bool is_process)
{
	struct rhlist_head *list, *pos;
	struct wapi_running *running;

	rcu_read_lock();
	list = rhltable_lookup(&wapi_runnings, &pid, wapi_running_params);
	rhl_for_each_entry_rcu(running, pos, list, in_pids) {
		if (running->is_process != is_process || !refcount_inc_not_zero(&running->users))
			continue;
		wapi_running_note_end(running, task);
		/* The parent may ask before the work item runs. */
		smp_store_release(&running->ended, true);
		if (!queue_work(wapi_running_ends, &running->end_work))
			refcount_dec(&running->users);
	}
	rcu_read_unlock();
}

/**
 * wapi_running_end - signal the objects of a thread that ends, and of its process
 * @task: the thread
 * @is_last: it is the last of its process
 *
 * Context: any.
 */
void wapi_running_end(struct task_struct *task, bool is_last)
{
	wapi_running_end_of(task, task_pid(task), false);
	if (is_last)
		wapi_running_end_of(task, task_tgid(task), true);
}

/**
 * wapi_running_renamed - signal the objects of a thread whose id has come to an end
 * @task: the thread, which has become the leader of its process by execve()
 * @pid: the id that it had
 *
 * Context: any.
 */
void wapi_running_renamed(struct task_struct *task, struct pid *pid)
{
	wapi_running_end_of(task, pid, false);
}

/**
 * wapi_running_release_all - unpin the objects of a domain without a client
 * @domain: the domain
 *
 * Context: may sleep.
 */
void wapi_running_release_all(struct wapi_domain *domain)
{
	struct wapi_running *running;
	struct wapi_object *object;

	for (;;) {
		rcu_read_lock();
		spin_lock(&wapi_running_lock);
		running = list_first_entry_or_null(&domain->running, struct wapi_running,
						   in_domain);
		object = running ? running->object : NULL;
		spin_unlock(&wapi_running_lock);
		if (!object) {
			rcu_read_unlock();
			break;
		}
		if (!wapi_object_lock_live(object)) {
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		if (wapi_running_of(object) == running) {
			wapi_running_unpin_locked(running, object);
			wapi_object_unlock(object);
		} else {
			wapi_object_unlock_other(object);
		}
		cond_resched();
	}
}

int wapi_runnings_init(void)
{
	int err;

	wapi_running_ends = alloc_workqueue("wapi_running_ends", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!wapi_running_ends)
		return -ENOMEM;
	err = rhltable_init(&wapi_runnings, &wapi_running_params);
	if (err)
		destroy_workqueue(wapi_running_ends);
	return err;
}

void wapi_runnings_exit(void)
{
	destroy_workqueue(wapi_running_ends);
	rcu_barrier();
	rhltable_destroy(&wapi_runnings);
}
