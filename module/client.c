// SPDX-License-Identifier: GPL-2.0
/*
 * Clients: one open of /dev/wapi each.
 *
 * A client belongs to the process that opened it and to the program that this
 * process ran then.  It ends, and gives back all that it held, with the first
 * of: the last close of its file, the end of the process, execve().  A forked
 * child, or who received the descriptor, holds the file but not the client.
 *
 * It enters its domain with its first request, so that until then it can still
 * join another one; it never changes its domain after.
 *
 * wapi_client.lifecycle is the outermost lock.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "block.h"
#include "client.h"
#include "domain.h"
#include "main.h"
#include "mutex.h"
#include "object.h"
#include "opener.h"
#include "reference.h"
#include "request.h"

static atomic64_t wapi_client_last_id;

/**
 * wapi_client_create - a client of the current process
 *
 * Return: the client, to be ended and then given back by wapi_client_put(); or
 * -ENOMEM
 */
struct wapi_client *wapi_client_create(void)
{
	struct wapi_client *client;

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return ERR_PTR(-ENOMEM);
	refcount_set(&client->users, 1);
	client->id = atomic64_inc_return(&wapi_client_last_id);
	client->exec_id = current->self_exec_id;
	client->uid = current_euid();
	get_task_comm(client->comm, current->group_leader);
	mutex_init(&client->lifecycle);
	spin_lock_init(&client->lock);
	INIT_LIST_HEAD(&client->mutexes);
	INIT_LIST_HEAD(&client->blocks);
	client->opener = wapi_opener_get();
	if (IS_ERR(client->opener)) {
		kfree(client);
		return ERR_PTR(-ENOMEM);
	}
	client->process = client->opener->process;
	client->ipc = wapi_domain_ipc();
	wapi_opener_add(client);
	return client;
}

static void wapi_client_free_rcu(struct rcu_head *rcu)
{
	struct wapi_client *client = container_of(rcu, struct wapi_client, rcu);

	wapi_references_free(client);
	kfree(client);
}

/**
 * wapi_client_put - give back a client
 * @client: the client; freed with its last user, and ended before
 */
void wapi_client_put(struct wapi_client *client)
{
	if (!refcount_dec_and_test(&client->users))
		return;
	WARN_ON_ONCE(!client->ended);
	mntput(client->ipc);
	wapi_opener_put(client->opener);
	call_rcu(&client->rcu, wapi_client_free_rcu);
}

/* Enter a domain for good.  On success the caller's use of it becomes the client's. */
static int wapi_client_enter_locked(struct wapi_client *client, struct wapi_domain *domain)
{
	int err;

	lockdep_assert_held(&client->lifecycle);
	err = wapi_domain_add(domain, client);
	if (err)
		return err;
	/* Pairs with wapi_client_bind() and wapi_client_is_ready(). */
	smp_store_release(&client->domain, domain);
	/* Likewise: who sees the user sees the domain. */
	smp_store_release(&client->user, current->signal);
	return 0;
}

static int wapi_client_enter_own_locked(struct wapi_client *client)
{
	struct wapi_domain *domain;
	int err;

	domain = wapi_domain_get(client->uid, client->ipc);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	err = wapi_client_enter_locked(client, domain);
	if (err)
		wapi_domain_put(domain);
	return err;
}

/**
 * wapi_client_bind - be sure that a client is in a domain
 * @client: the client
 *
 * Return: 0; -ESTALE if it has ended; -ENOSPC; -ENOMEM
 */
int wapi_client_bind(struct wapi_client *client)
{
	int err = 0;

	/* Pairs with wapi_client_enter_locked(): sees the domain complete. */
	if (likely(smp_load_acquire(&client->domain)))
		return 0;

	mutex_lock(&client->lifecycle);
	if (client->ended)
		err = -ESTALE;
	else if (!client->domain)
		err = wapi_client_enter_own_locked(client);
	mutex_unlock(&client->lifecycle);
	return err;
}

/**
 * wapi_client_end - release all that a client holds
 * @client: the client; nobody makes requests of it any more
 *
 * Context: may sleep.  Can be called more than once; returns when it has ended.
 */
void wapi_client_end(struct wapi_client *client)
{
	mutex_lock(&client->lifecycle);
	if (!client->ended) {
		WRITE_ONCE(client->ended, true);
		WRITE_ONCE(client->user, NULL);
		wapi_opener_remove(client);
		if (client->domain) {
			wapi_mutex_abandon_all_of_client(client);
			wapi_reference_drop_all(client);
			wapi_object_free_spare(client);
			wapi_block_free_all(client);
			wapi_domain_remove(client->domain, client);
			wapi_domain_put(client->domain);
		}
	}
	mutex_unlock(&client->lifecycle);
}

/**
 * wapi_client_lock_of - a client of a process in a domain, kept from ending
 * @process: the process
 * @domain: the domain
 * @after: the id of the one before, 0 for the first
 *
 * Context: may sleep.  The current task must hold no other client's lock.
 *
 * Return: the next of its clients, for wapi_client_unlock(), or NULL
 */
struct wapi_client *wapi_client_lock_of(struct pid *process, struct wapi_domain *domain,
					u64 after)
{
	struct wapi_client *client;

	while ((client = wapi_opener_client(process, domain, after))) {
		mutex_lock(&client->lifecycle);
		if (!client->ended)
			return client;
		after = client->id;
		wapi_client_unlock(client);
	}
	return NULL;
}

/**
 * wapi_client_unlock - give back what wapi_client_lock_of() found
 * @client: the client
 */
void wapi_client_unlock(struct wapi_client *client)
{
	mutex_unlock(&client->lifecycle);
	wapi_client_put(client);
}

/**
 * wapi_client_refused - count a request that ended in an error
 * @client: whose request it was
 */
void wapi_client_refused(struct wapi_client *client)
{
	atomic64_inc(&client->refused);
	/* Only while it is the caller's own is its domain sure to stay. */
	if (wapi_client_is_own(client) && READ_ONCE(client->domain))
		atomic64_inc(&client->domain->refused);
}

/* The domain that a descriptor grants, for as long as its client lives. */
static struct wapi_domain *wapi_client_granted(struct wapi_client *client)
{
	struct wapi_domain *domain;
	int err;

	err = wapi_client_bind(client);
	if (err)
		return ERR_PTR(err);
	mutex_lock(&client->lifecycle);
	if (client->ended || wapi_opener_is_past(client)) {
		domain = ERR_PTR(-ESTALE);
	} else {
		domain = client->domain;
		refcount_inc(&domain->users);
	}
	mutex_unlock(&client->lifecycle);
	return domain;
}

/* Can the client still enter a domain? */
static int wapi_client_check_fresh(struct wapi_client *client)
{
	if (!wapi_client_is_own(client))
		return -ESTALE;
	/* Pairs with the entering of one. */
	return smp_load_acquire(&client->domain) ? -EBUSY : 0;
}

static int wapi_client_join(struct wapi_client *client, struct wapi_client *grantor)
{
	struct wapi_domain *domain;
	int err;

	/* A request that is refused must not make the grantor enter its domain. */
	err = wapi_client_check_fresh(client);
	if (err)
		return err;
	if (client == grantor)
		return -EBUSY;
	domain = wapi_client_granted(grantor);
	if (IS_ERR(domain))
		return PTR_ERR(domain);

	mutex_lock(&client->lifecycle);
	err = wapi_client_check_fresh(client);
	if (!err)
		err = wapi_client_enter_locked(client, domain);
	mutex_unlock(&client->lifecycle);
	if (err)
		wapi_domain_put(domain);
	return err;
}

/**
 * wapi_join - WAPI_IOC_JOIN
 * @request: the request, made of any client that lives
 *
 * Return: 0, or an error that &struct wapi_join tells of
 */
int wapi_join(struct wapi_request *request)
{
	struct wapi_join *args = &request->args.join;
	struct file *file;
	int err = -EBADF;

	if (args->flags)
		return -EINVAL;
	file = fget(args->client_fd);
	if (!file)
		return -EBADF;
	if (file->f_op == &wapi_file_operations)
		err = wapi_client_join(file->private_data, request->client);
	fput(file);
	return err;
}
