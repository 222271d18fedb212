// SPDX-License-Identifier: GPL-2.0
/*
 * Owners: which thread holds which mutex.
 *
 * A thread becomes an owner with the first mutex that it takes, or when it makes
 * an object that stands for itself, and stays one until it ends, so that taking
 * the next costs a look-up only.  Its end is seen by taskend.c, where nothing may
 * sleep, nor take a lock that sleeps on a real-time kernel, as those of the table
 * do: there it is marked as ended, and a work item takes it out of the table and
 * abandons the mutexes.  Until that runs, a mutex of a thread that is ending
 * counts as free.
 */
#include <linux/pid.h>
#include <linux/rhashtable.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "mutex.h"
#include "owner.h"
#include "running.h"

/*
 * A thread that runs another program may come back before the work item has run,
 * as another owner: the one that has ended is not found any more.
 */
static int wapi_owner_differs(struct rhashtable_compare_arg *arg, const void *object)
{
	struct task_struct *const *task = arg->key;
	const struct wapi_owner *owner = object;

	return owner->task != *task || owner->ended;
}

static const struct rhashtable_params wapi_owner_params = {
	.key_len = sizeof_field(struct wapi_owner, task),
	.key_offset = offsetof(struct wapi_owner, task),
	.head_offset = offsetof(struct wapi_owner, in_owners),
	.obj_cmpfn = wapi_owner_differs,
	.automatic_shrinking = true,
};

static struct rhashtable wapi_owners;

/* The owner that was looked up last on each CPU; of a thread that lives. */
DEFINE_PER_CPU(struct wapi_owner *, wapi_owner_here);
static struct workqueue_struct *wapi_owner_ends;

/* Who looks at a mutex under RCU may look at its owner's task too. */
static void wapi_owner_free_rcu(struct rcu_head *rcu)
{
	struct wapi_owner *owner = container_of(rcu, struct wapi_owner, rcu);

	put_pid(owner->pid);
	put_task_struct(owner->task);
	kfree(owner);
}

static void wapi_owner_end_work(struct work_struct *work)
{
	struct wapi_owner *owner = container_of(work, struct wapi_owner, end_work);

	rhashtable_remove_fast(&wapi_owners, &owner->in_owners, wapi_owner_params);
	wapi_mutex_abandon_all_of_owner(owner);
	call_rcu(&owner->rcu, wapi_owner_free_rcu);
}

/**
 * wapi_owner_look_up - the current thread as an owner, if it was not the last one here
 * @task: the current thread
 *
 * Return: the owner, or NULL if it has never taken a mutex
 */
struct wapi_owner *wapi_owner_look_up(struct task_struct *task)
{
	struct wapi_owner *owner;

	owner = rhashtable_lookup_fast(&wapi_owners, &task, wapi_owner_params);
	if (owner)
		this_cpu_write(wapi_owner_here, owner);
	return owner;
}

/* Only the thread itself could bring it back, and it has ended. */
static void wapi_owner_forget(struct wapi_owner *owner)
{
	int cpu;

	for_each_possible_cpu(cpu)
		cmpxchg(per_cpu_ptr(&wapi_owner_here, cpu), owner, NULL);
}

/**
 * wapi_owner_get - the current thread as an owner of mutexes
 *
 * Return: the owner, or -ENOMEM
 */
struct wapi_owner *wapi_owner_get(void)
{
	struct wapi_owner *owner = wapi_owner_find();
	int err;

	if (owner)
		return owner;
	owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&owner->lock);
	INIT_LIST_HEAD(&owner->mutexes);
	INIT_WORK(&owner->end_work, wapi_owner_end_work);
	owner->task = get_task_struct(current);
	owner->pid = get_task_pid(current, PIDTYPE_PID);
	err = rhashtable_insert_fast(&wapi_owners, &owner->in_owners, wapi_owner_params);
	if (err) {
		put_pid(owner->pid);
		put_task_struct(owner->task);
		kfree(owner);
		return ERR_PTR(-ENOMEM);
	}
	return owner;
}

/**
 * wapi_owner_is_ending - can an owner not release its mutexes any more?
 * @owner: the owner
 *
 * A thread that was joined is known to be ending here, though taskend.c may
 * still be to see it.
 *
 * Return: whether it is ending
 */
bool wapi_owner_is_ending(const struct wapi_owner *owner)
{
	return READ_ONCE(owner->task->flags) & PF_EXITING;
}

/**
 * wapi_owner_end - abandon the mutexes of a thread that ends
 * @task: the current thread
 *
 * Context: any; takes no lock.
 */
void wapi_owner_end(struct task_struct *task)
{
	struct wapi_owner *owner;

	rcu_read_lock();
	owner = rhashtable_lookup_fast(&wapi_owners, &task, wapi_owner_params);
	if (owner) {
		/* Read by this thread alone. */
		owner->ended = true;
		wapi_owner_forget(owner);
		queue_work(wapi_owner_ends, &owner->end_work);
	}
	rcu_read_unlock();
}

/**
 * wapi_owner_exec - a thread runs another program
 * @task: the thread
 *
 * If it was not the leader of its process it is now, under the leader's id, and
 * the id that it had has ended unseen.
 *
 * Context: any.
 */
void wapi_owner_exec(struct task_struct *task)
{
	struct wapi_owner *owner;

	rcu_read_lock();
	owner = rhashtable_lookup_fast(&wapi_owners, &task, wapi_owner_params);
	if (owner && owner->pid != task_pid(task)) {
		wapi_running_renamed(task, owner->pid);
		wapi_owner_end(task);
	}
	rcu_read_unlock();
}

static void wapi_owner_free(void *owner, void *unused)
{
	wapi_owner_free_rcu(&((struct wapi_owner *)owner)->rcu);
}

int wapi_owners_init(void)
{
	int err;

	wapi_owner_ends = alloc_workqueue("wapi_owner_ends", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!wapi_owner_ends)
		return -ENOMEM;
	err = rhashtable_init(&wapi_owners, &wapi_owner_params);
	if (err)
		destroy_workqueue(wapi_owner_ends);
	return err;
}

void wapi_owners_exit(void)
{
	destroy_workqueue(wapi_owner_ends);
	rcu_barrier();
	/* Threads that live on; none has a mutex. */
	rhashtable_free_and_destroy(&wapi_owners, wapi_owner_free, NULL);
}
