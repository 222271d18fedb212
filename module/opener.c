// SPDX-License-Identifier: GPL-2.0
/*
 * Openers: the processes that have clients.
 *
 * An opener lives while a client of its process does.  It is found where the
 * process ends or runs another program, where nothing may sleep, and a work item
 * then ends the clients.  It keeps them in the order in which they were opened,
 * so those of a program that was replaced come before those of the next one.
 *
 * wapi_opener.lock is taken inside wapi_client.lifecycle.
 */
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "client.h"
#include "domain.h"
#include "opener.h"

static const struct rhashtable_params wapi_opener_params = {
	.key_len = sizeof_field(struct wapi_opener, process),
	.key_offset = offsetof(struct wapi_opener, process),
	.head_offset = offsetof(struct wapi_opener, in_openers),
	.automatic_shrinking = true,
};

static struct rhashtable wapi_openers;
static struct workqueue_struct *wapi_opener_ends;

static void wapi_opener_free_rcu(struct rcu_head *rcu)
{
	struct wapi_opener *opener = container_of(rcu, struct wapi_opener, rcu);

	put_pid(opener->process);
	kfree(opener);
}

static struct wapi_opener *wapi_opener_find(struct pid *process)
{
	struct wapi_opener *opener;

	rcu_read_lock();
	opener = rhashtable_lookup(&wapi_openers, &process, wapi_opener_params);
	if (opener && !refcount_inc_not_zero(&opener->users))
		opener = NULL;
	rcu_read_unlock();
	return opener;
}

/**
 * wapi_opener_put - give back an opener
 * @opener: the opener, freed with its last user
 */
void wapi_opener_put(struct wapi_opener *opener)
{
	if (!refcount_dec_and_test(&opener->users))
		return;
	rhashtable_remove_fast(&wapi_openers, &opener->in_openers, wapi_opener_params);
	call_rcu(&opener->rcu, wapi_opener_free_rcu);
}

/**
 * wapi_opener_is_past - has the process of a client ended, or replaced its program?
 * @client: the client, which is ended soon if so
 *
 * Return: whether it has
 */
bool wapi_opener_is_past(const struct wapi_client *client)
{
	return client->exec_id < READ_ONCE(client->opener->exec_id);
}

/* The next client of a program that is no longer run, kept alive. */
static struct wapi_client *wapi_opener_next_ended(struct wapi_opener *opener)
{
	struct wapi_client *client;

	spin_lock(&opener->lock);
	client = list_first_entry_or_null(&opener->clients, struct wapi_client, in_opener);
	if (client && wapi_opener_is_past(client))
		refcount_inc(&client->users);
	else
		client = NULL;
	spin_unlock(&opener->lock);
	return client;
}

static void wapi_opener_end_work(struct work_struct *work)
{
	struct wapi_opener *opener = container_of(work, struct wapi_opener, end_work);
	struct wapi_client *client;

	while ((client = wapi_opener_next_ended(opener))) {
		wapi_client_end(client);
		wapi_client_put(client);
		cond_resched();
	}
	wapi_opener_put(opener);
}

/**
 * wapi_opener_get - the current process as an opener
 *
 * Return: the opener, for wapi_opener_put(), or -ENOMEM
 */
struct wapi_opener *wapi_opener_get(void)
{
	struct wapi_opener *opener, *found;

	for (;;) {
		found = wapi_opener_find(task_tgid(current));
		if (found)
			return found;

		opener = kzalloc(sizeof(*opener), GFP_KERNEL_ACCOUNT);
		if (!opener)
			return ERR_PTR(-ENOMEM);
		refcount_set(&opener->users, 1);
		spin_lock_init(&opener->lock);
		INIT_LIST_HEAD(&opener->clients);
		INIT_WORK(&opener->end_work, wapi_opener_end_work);
		opener->process = get_pid(task_tgid(current));
		opener->exec_id = current->self_exec_id;
		found = rhashtable_lookup_get_insert_fast(&wapi_openers, &opener->in_openers,
							  wapi_opener_params);
		if (!found)
			return opener;
		put_pid(opener->process);
		kfree(opener);
		if (IS_ERR(found))
			return ERR_PTR(-ENOMEM);
		/* Another thread's, or one that is about to leave the table. */
		cond_resched();
	}
}

/**
 * wapi_opener_add - let the end of its process end a client
 * @client: the client, with its opener
 */
void wapi_opener_add(struct wapi_client *client)
{
	struct wapi_opener *opener = client->opener;

	spin_lock(&opener->lock);
	list_add_tail_rcu(&client->in_opener, &opener->clients);
	spin_unlock(&opener->lock);
}

/**
 * wapi_opener_remove - undo wapi_opener_add()
 * @client: the client
 */
void wapi_opener_remove(struct wapi_client *client)
{
	struct wapi_opener *opener = client->opener;

	spin_lock(&opener->lock);
	list_del_rcu(&client->in_opener);
	spin_unlock(&opener->lock);
}

/**
 * wapi_opener_client - the next client of a process in a domain
 * @process: the process
 * @domain: the domain
 * @after: the id of the one before, 0 for the first
 *
 * None that is to end: from when the process is seen to have ended, it has none.
 *
 * Return: the client, for wapi_client_put(), or NULL
 */
struct wapi_client *wapi_opener_client(struct pid *process, struct wapi_domain *domain, u64 after)
{
	struct wapi_opener *opener = wapi_opener_find(process);
	struct wapi_client *client, *found = NULL;

	if (!opener)
		return NULL;
	spin_lock(&opener->lock);
	list_for_each_entry(client, &opener->clients, in_opener) {
		if (client->id > after && READ_ONCE(client->domain) == domain &&
		    !wapi_opener_is_past(client)) {
			refcount_inc(&client->users);
			found = client;
			break;
		}
	}
	spin_unlock(&opener->lock);
	wapi_opener_put(opener);
	return found;
}

/* From here on no request is made of a client that is to end. */
static void wapi_opener_lock_out(struct wapi_opener *opener)
{
	struct wapi_client *client;

	rcu_read_lock();
	list_for_each_entry_rcu(client, &opener->clients, in_opener)
		if (wapi_opener_is_past(client))
			WRITE_ONCE(client->user, NULL);
	rcu_read_unlock();
}

/**
 * wapi_opener_end - end the clients of a process that ends or runs another program
 * @process: the process
 * @exec_id: the first of its programs whose clients live on
 *
 * Context: any; takes no lock.  The clients end soon; who can wait calls wapi_client_end()
 *          himself, which then leaves nothing to do.
 */
void wapi_opener_end(struct pid *process, u64 exec_id)
{
	struct wapi_opener *opener = wapi_opener_find(process);

	if (!opener)
		return;
	WRITE_ONCE(opener->exec_id, exec_id);
	wapi_opener_lock_out(opener);
	/*
	 * The work item takes the reference over, unless it waits already with one
	 * of its own.  The last one is not given back here, as the locks of the
	 * table sleep on a real-time kernel.
	 */
	while (!queue_work(wapi_opener_ends, &opener->end_work))
		if (refcount_dec_not_one(&opener->users))
			break;
}

int wapi_openers_init(void)
{
	int err;

	wapi_opener_ends = alloc_workqueue("wapi_opener_ends", WQ_UNBOUND, 0);
	if (!wapi_opener_ends)
		return -ENOMEM;
	err = rhashtable_init(&wapi_openers, &wapi_opener_params);
	if (err)
		destroy_workqueue(wapi_opener_ends);
	return err;
}

void wapi_openers_exit(void)
{
	destroy_workqueue(wapi_opener_ends);
	rcu_barrier();
	rhashtable_destroy(&wapi_openers);
}
