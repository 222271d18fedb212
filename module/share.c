// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing: references that one process gives to another.
 *
 * A handle has the same value for all clients of a domain, so what goes over is
 * the right to use it: to any client of the domain by WAPI_IOC_DUP, and to a
 * child that asks for it by WAPI_IOC_INHERIT, if the parent marked the handle.
 */
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "brief.h"
#include "client.h"
#include "domain.h"
#include "object.h"
#include "reference.h"
#include "request.h"
#include "running.h"

/* The process that is meant, by a process object or by its id.  To be put. */
static struct pid *wapi_dup_target(struct wapi_client *client, const struct wapi_dup *args)
{
	struct wapi_object *object;
	struct pid *pid = NULL;
	int err = 0;

	if (!args->process) {
		pid = find_get_pid(args->pid);
		return pid ?: ERR_PTR(-ESRCH);
	}
	object = wapi_object_lock(client->domain, args->process);
	if (!object)
		return ERR_PTR(-EBADF);
	if (!wapi_reference_of(object, client))
		err = -EBADF;
	else if (wapi_object_type(object) != WAPI_TYPE_PROCESS)
		err = -EOPNOTSUPP;
	else if (!object->running)
		err = -ESRCH;
	else
		pid = get_pid(object->running->pid);
	wapi_object_unlock(object);
	return pid ?: ERR_PTR(err);
}

/* How many references the caller has, or -EBADF. */
static s64 wapi_dup_own(struct wapi_client *client, u32 handle)
{
	struct wapi_object *object = wapi_object_lock(client->domain, handle);
	s64 count;

	if (!object)
		return -EBADF;
	count = wapi_reference_peek(client, handle) ?: (s64)-EBADF;
	wapi_object_unlock(object);
	return count;
}

/**
 * wapi_dup - WAPI_IOC_DUP: give the other client its reference
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_dup tells of
 */
int wapi_dup(struct wapi_request *request)
{
	struct wapi_dup *args = &request->args.dup;
	struct wapi_client *client = request->client, *other;
	struct wapi_open added;
	struct pid *process;
	s64 own;
	int err;

	if (args->flags & ~WAPI_DUP_MOVE || args->pad || (args->process && args->pid))
		return -EINVAL;
	own = wapi_dup_own(client, args->handle);
	if (own < 0)
		return own;
	process = wapi_dup_target(client, args);
	if (IS_ERR(process))
		return PTR_ERR(process);
	other = wapi_client_lock_of(process, client->domain, 0);
	put_pid(process);
	if (!other)
		return -ESRCH;

	err = wapi_reference_add(other, args->handle, NULL, &added);
	if (!err) {
		refcount_inc(&other->users);
		request->other = other;
		if (other == client)
			own = added.references;
		args->references = own - !!(args->flags & WAPI_DUP_MOVE);
	}
	wapi_client_unlock(other);
	return err;
}

/**
 * wapi_dup_commit - let the caller's reference go over, if it is to
 * @request: the request
 */
void wapi_dup_commit(struct wapi_request *request)
{
	struct wapi_dup *args = &request->args.dup;

	if (args->flags & WAPI_DUP_MOVE)
		wapi_reference_remove(request->client, args->handle);
	wapi_client_put(request->other);
}

/**
 * wapi_dup_undo - the caller could not be told
 * @request: the request
 */
void wapi_dup_undo(struct wapi_request *request)
{
	struct wapi_client *other = request->other;

	mutex_lock(&other->lifecycle);
	if (!other->ended)
		wapi_reference_remove(other, request->args.dup.handle);
	mutex_unlock(&other->lifecycle);
	wapi_client_put(other);
}

/**
 * wapi_mark_locked - WAPI_IOC_MARK
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: 0, -EINVAL or -EAGAIN
 */
int wapi_mark_locked(struct wapi_object *object, struct wapi_client *client,
		     struct wapi_word word, void __user *result)
{
	u32 inherit = word.first, previous;
	int err;

	if (inherit > 1)
		return -EINVAL;
	previous = !!(*wapi_reference_of(object, client) & WAPI_REFERENCE_INHERIT);
	err = wapi_tell_word(result, inherit, previous);
	if (!err)
		wapi_reference_mark(object, client, inherit);
	return err;
}

/* What a child takes over, from all clients of its parent. */
struct wapi_heritage {
	u32 *handles;
	u32 count;
	u32 room;
};

/* Make room for at least one handle more. */
static int wapi_heritage_grow(struct wapi_heritage *heritage)
{
	u32 room = max_t(u32, 16, 2 * heritage->room);
	u32 *handles;

	if (heritage->count < heritage->room)
		return 0;
	handles = kvmalloc_array(room, sizeof(*handles), GFP_KERNEL_ACCOUNT);
	if (!handles)
		return -ENOMEM;
	memcpy(handles, heritage->handles, heritage->count * sizeof(*handles));
	kvfree(heritage->handles);
	heritage->handles = handles;
	heritage->room = room;
	return 0;
}

/* Add what children of a client may inherit. */
static int wapi_heritage_add(struct wapi_heritage *heritage, struct wapi_client *parent)
{
	u32 index = 0, handle;
	int err;

	while ((handle = wapi_reference_next_inheritable(parent, &index))) {
		err = wapi_heritage_grow(heritage);
		if (err)
			return err;
		heritage->handles[heritage->count++] = handle;
		cond_resched();
	}
	return 0;
}

/* Take over all handles; those that went meanwhile are left out. */
static int wapi_heritage_take(struct wapi_heritage *heritage, struct wapi_client *client)
{
	u32 *handles = heritage->handles;
	struct wapi_open added;
	u32 i, taken = 0;
	int err;

	for (i = 0; i < heritage->count; i++) {
		err = wapi_reference_add(client, handles[i], NULL, &added);
		if (err == -EBADF)
			continue;
		if (err) {
			while (taken)
				wapi_reference_remove(client, handles[--taken]);
			return err;
		}
		handles[taken++] = handles[i];
		cond_resched();
	}
	heritage->count = taken;
	return 0;
}

/* What all clients of a process in the domain let inherit. */
static int wapi_heritage_of(struct wapi_heritage *heritage, struct pid *process,
			    struct wapi_domain *domain)
{
	struct wapi_client *parent;
	int err = -ESRCH;
	u64 after = 0;

	while ((parent = wapi_client_lock_of(process, domain, after))) {
		err = wapi_heritage_add(heritage, parent);
		after = parent->id;
		wapi_client_unlock(parent);
		if (err)
			break;
	}
	return err;
}

/**
 * wapi_inherit - WAPI_IOC_INHERIT
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_inherit tells of
 */
int wapi_inherit(struct wapi_request *request)
{
	struct wapi_inherit *args = &request->args.inherit;
	struct wapi_heritage heritage = { };
	struct pid *process;
	int err;

	if (args->flags)
		return -EINVAL;
	rcu_read_lock();
	process = get_pid(task_tgid(rcu_dereference(current->real_parent)));
	rcu_read_unlock();
	err = wapi_heritage_of(&heritage, process, request->client->domain);
	put_pid(process);
	if (!err)
		err = wapi_heritage_take(&heritage, request->client);
	if (err) {
		kvfree(heritage.handles);
		return err;
	}
	args->count = heritage.count;
	request->handles = heritage.handles;
	return 0;
}

static void wapi_inherit_mark(struct wapi_client *client, u32 handle)
{
	struct wapi_object *object = wapi_object_lock(client->domain, handle);

	if (!object)
		return;
	if (wapi_reference_of(object, client))
		wapi_reference_mark(object, client, true);
	wapi_object_unlock(object);
}

/**
 * wapi_inherit_commit - pass the marks on, now that the caller knows
 * @request: the request
 */
void wapi_inherit_commit(struct wapi_request *request)
{
	u32 i;

	for (i = 0; i < request->args.inherit.count; i++)
		wapi_inherit_mark(request->client, request->handles[i]);
	kvfree(request->handles);
}

/**
 * wapi_inherit_undo - the caller could not be told
 * @request: the request
 */
void wapi_inherit_undo(struct wapi_request *request)
{
	u32 i;

	for (i = 0; i < request->args.inherit.count; i++)
		wapi_reference_remove(request->client, request->handles[i]);
	kvfree(request->handles);
}
