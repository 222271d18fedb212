// SPDX-License-Identifier: GPL-2.0
/*
 * Polling: an object as a descriptor, for event loops.
 *
 * Such a descriptor pins its object, and its domain.  It is readable while a wait
 * of the polling thread would be satisfied, and reading it is such a wait.
 */
#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "client.h"
#include "domain.h"
#include "mutex.h"
#include "object.h"
#include "owner.h"
#include "poll.h"
#include "queue.h"
#include "reference.h"
#include "request.h"
#include "type.h"
#include "wait.h"

/**
 * struct wapi_pollers - who polls an object
 * @queue: the wait queue of all its descriptors
 * @descriptors: how many there are; wapi_object.lock
 *
 * Lives from the first descriptor on as long as the object.
 */
struct wapi_pollers {
	wait_queue_head_t queue;
	u32 descriptors;
};

/**
 * wapi_pollers_wake - tell those who poll that an object is signalled
 * @object: the locked object, which has pollers
 */
void wapi_pollers_wake(struct wapi_object *object)
{
	wake_up_poll(&object->pollers->queue, EPOLLIN | EPOLLRDNORM);
}

/**
 * wapi_pollers_free - free what the descriptors of an object needed
 * @object: the object, which is gone
 */
void wapi_pollers_free(struct wapi_object *object)
{
	kfree(object->pollers);
}

/* Undo wapi_poll_pin(). */
static void wapi_poll_unpin(struct wapi_object *object)
{
	struct wapi_domain *domain = object->domain;

	wapi_object_lock_kept(object);
	/* What was taken by reading is not kept beyond the last that could be read. */
	if (!--object->pollers->descriptors)
		wapi_mutex_abandon_read(object);
	object->pins--;
	wapi_object_unlock(object);
	wapi_domain_put(domain);
}

static int wapi_poll_release(struct inode *inode, struct file *file)
{
	wapi_poll_unpin(file->private_data);
	return 0;
}

static __poll_t wapi_poll_poll(struct file *file, poll_table *table)
{
	struct wapi_object *object = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &object->pollers->queue, table);
	wapi_object_lock_kept(object);
	if (wapi_object_is_signalled(object, wapi_owner_find()))
		events = EPOLLIN | EPOLLRDNORM;
	wapi_object_unlock_kept(object);
	return events;
}

static ssize_t wapi_poll_read(struct file *file, char __user *buffer, size_t size, loff_t *pos)
{
	struct wapi_object *object = file->private_data;
	struct wapi_acquired acquired = { };
	struct wapi_thread_wait wait;
	int err;

	if (size < sizeof(acquired))
		return -EINVAL;
	/* What is acquired must be told, so be sure that it can be. */
	if (fault_in_safe_writeable(buffer, sizeof(acquired)))
		return -EFAULT;
	wapi_wait_init(&wait, NULL);
	err = wapi_wait_for_object(&wait, object, file->f_flags & O_NONBLOCK);
	if (err)
		return err;
	if (wait.abandoned_by) {
		acquired.abandoned = 1;
		acquired.abandoned_tid = pid_vnr(wait.abandoned_by);
	}
	if (copy_to_user(buffer, &acquired, sizeof(acquired))) {
		wapi_wait_give_back(object);
		put_pid(wait.abandoned_by);
		return -EFAULT;
	}
	put_pid(wait.abandoned_by);
	return sizeof(acquired);
}

static void wapi_poll_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct wapi_object *object = file->private_data;

	seq_printf(m, "wapi-domain:\t%llu\n", object->domain->id);
	seq_printf(m, "wapi-handle:\t%08x\n", object->handle);
	seq_printf(m, "wapi-type:\t%u\n", wapi_object_type(object));
}

static const struct file_operations wapi_poll_operations = {
	.owner		= THIS_MODULE,
	.release	= wapi_poll_release,
	.poll		= wapi_poll_poll,
	.read		= wapi_poll_read,
	.show_fdinfo	= wapi_poll_show_fdinfo,
	.llseek		= noop_llseek,
};

/* Pin an object and its domain for a descriptor.  Uses up *@pollers if it has none yet. */
static struct wapi_object *wapi_poll_pin(struct wapi_client *client, u32 handle,
					 struct wapi_pollers **pollers)
{
	struct wapi_object *object = wapi_object_lock(client->domain, handle);
	int err = 0;

	if (!object)
		return ERR_PTR(-EBADF);
	if (!wapi_reference_of(object, client)) {
		err = -EBADF;
	} else if (!(wapi_type_of(object)->caps & WAPI_CAP_WAIT)) {
		err = -EOPNOTSUPP;
	} else {
		object->pins++;
		if (!object->pollers) {
			swap(object->pollers, *pollers);
			object->watched++;
		}
		object->pollers->descriptors++;
		refcount_inc(&client->domain->users);
	}
	wapi_object_unlock(object);
	return err ? ERR_PTR(err) : object;
}

/**
 * wapi_to_fd - WAPI_IOC_TO_FD: make the file
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_to_fd tells of
 */
int wapi_to_fd(struct wapi_request *request)
{
	struct wapi_to_fd *args = &request->args.to_fd;
	struct wapi_client *client = request->client;
	struct wapi_pollers *pollers;
	struct wapi_object *object;
	int fd;

	if (args->flags & ~(O_CLOEXEC | O_NONBLOCK) || args->pad)
		return -EINVAL;
	pollers = kzalloc(sizeof(*pollers), GFP_KERNEL_ACCOUNT);
	if (!pollers)
		return -ENOMEM;
	init_waitqueue_head(&pollers->queue);
	object = wapi_poll_pin(client, args->handle, &pollers);
	kfree(pollers);
	if (IS_ERR(object))
		return PTR_ERR(object);

	/* From here on the file gives back what it holds. */
	request->file = anon_inode_getfile("[wapi]", &wapi_poll_operations, object,
					   O_RDONLY | (args->flags & O_NONBLOCK));
	if (IS_ERR(request->file)) {
		wapi_poll_unpin(object);
		return PTR_ERR(request->file);
	}
	fd = get_unused_fd_flags(args->flags & O_CLOEXEC);
	if (fd < 0) {
		fput(request->file);
		return fd;
	}
	args->fd = fd;
	return 0;
}

/**
 * wapi_to_fd_commit - install the descriptor that the caller knows of
 * @request: the request
 */
void wapi_to_fd_commit(struct wapi_request *request)
{
	fd_install(request->args.to_fd.fd, request->file);
}

/**
 * wapi_to_fd_undo - the caller could not be told the descriptor
 * @request: the request
 */
void wapi_to_fd_undo(struct wapi_request *request)
{
	put_unused_fd(request->args.to_fd.fd);
	fput(request->file);
}

/**
 * wapi_from_fd - WAPI_IOC_FROM_FD
 * @request: the request
 *
 * Return: 0, or an error that &struct wapi_from_fd tells of
 */
int wapi_from_fd(struct wapi_request *request)
{
	struct wapi_from_fd *args = &request->args.from_fd;
	struct wapi_client *client = request->client;
	struct wapi_object *object;
	struct wapi_open added;
	struct file *file;
	int err;

	if (args->flags)
		return -EINVAL;
	file = fget(args->fd);
	if (!file)
		return -EBADF;
	err = -EBADF;
	if (file->f_op != &wapi_poll_operations)
		goto put;
	object = file->private_data;
	err = -ESTALE;
	if (object->domain != client->domain)
		goto put;
	err = wapi_reference_add(client, object->handle, NULL, &added);
	if (err)
		goto put;
	args->handle = object->handle;
	args->type = wapi_object_type(object);
put:
	fput(file);
	return err;
}

/**
 * wapi_from_fd_undo - the caller could not be told the handle
 * @request: the request
 */
void wapi_from_fd_undo(struct wapi_request *request)
{
	wapi_reference_remove(request->client, request->args.from_fd.handle);
}
