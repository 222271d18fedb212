// SPDX-License-Identifier: GPL-2.0
/*
 * wapi: handles and scratch memory shared by the processes of a user.
 *
 * The module: its beginning and end, and the device.
 *
 * Data goes one way: ioctl.c takes a request apart, finds the client's object
 * and calls the function of the request; objects own their handle and data
 * block; handle table and arena know nothing of who uses them.
 *
 * Lock order, outermost first:
 *
 *   wapi_client.lifecycle	mutex	a client's beginning and end
 *   wapi_opener.lock		spin	the clients of a process
 *   wapi_domains_lock		mutex	which domains there are, and their clients
 *   wapi_handle_table.growth	mutex	growing a handle table
 *   wapi_domain.freeze		spin	all frozen objects of a domain, see freeze.c
 *   wapi_object.lock		spin	an object and all references to it
 *   wapi_client.lock		spin	the mutexes that were taken through a client
 *   wapi_owner.lock		spin	the list of a thread's mutexes
 *   wapi_running_lock		spin	which processes and threads are watched
 *   wapi_handle_table.lock	spin	the slots of a domain
 *   wapi_arena.lock		spin	the blocks of a domain
 *
 * Nothing is allocated and no user memory is faulted in under a spin lock.  mmap()
 * takes the outermost under mmap_lock, so under that one nothing is faulted in either,
 * and no lock is taken that other code takes before mmap_lock.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "arena.h"
#include "client.h"
#include "handle.h"
#include "info.h"
#include "main.h"
#include "name.h"
#include "object.h"
#include "opener.h"
#include "owner.h"
#include "request.h"
#include "running.h"
#include "states.h"
#include "taskend.h"
#include "timer.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* One of the minors for local use: known before the module is, so that open() loads it. */
#define WAPI_MINOR	247

static int wapi_file_open(struct inode *inode, struct file *file)
{
	struct wapi_client *client = wapi_client_create();

	if (IS_ERR(client))
		return PTR_ERR(client);
	file->private_data = client;
	return 0;
}

/*
 * Any close of a descriptor, of which the file may have more.  If a work item has
 * begun to end the client, as the opener's end was seen before, wait for that: the
 * opener's parent is not told before all is released.
 */
static int wapi_file_flush(struct file *file, fl_owner_t id)
{
	struct wapi_client *client = file->private_data;

	if (wapi_client_is_of_current(client) && wapi_process_is_ending())
		wapi_client_end(client);
	return 0;
}

static int wapi_file_release(struct inode *inode, struct file *file)
{
	struct wapi_client *client = file->private_data;

	wapi_client_end(client);
	wapi_client_put(client);
	return 0;
}

static int wapi_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct wapi_client *client = file->private_data;
	int err;

	if (!wapi_client_is_own(client))
		return -ESTALE;
	err = wapi_client_bind(client);
	if (err)
		return err;
	if (vma->vm_pgoff >= WAPI_STATES_OFFSET >> PAGE_SHIFT)
		return wapi_states_mmap(client->domain->handles.states, vma);
	return wapi_arena_mmap(&client->domain->arena, vma);
}

const struct file_operations wapi_file_operations = {
	.owner		= THIS_MODULE,
	.open		= wapi_file_open,
	.flush		= wapi_file_flush,
	.release	= wapi_file_release,
	.mmap		= wapi_file_mmap,
	.unlocked_ioctl	= wapi_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.show_fdinfo	= wapi_show_fdinfo,
	.llseek		= noop_llseek,
};

static struct miscdevice wapi_device = {
	.minor	= WAPI_MINOR,
	.name	= "wapi",
	.fops	= &wapi_file_operations,
	.mode	= 0666,
};

static int __init wapi_init(void)
{
	int err;

	err = wapi_handle_cache_create();
	if (err)
		return err;
	err = wapi_object_cache_create();
	if (err)
		goto handle;
	err = wapi_arena_cache_create();
	if (err)
		goto object;
	err = wapi_name_cache_create();
	if (err)
		goto arena;
	err = wapi_timers_init();
	if (err)
		goto name;
	err = wapi_openers_init();
	if (err)
		goto timers;
	err = wapi_owners_init();
	if (err)
		goto openers;
	err = wapi_runnings_init();
	if (err)
		goto owners;
	err = wapi_taskend_init();
	if (err)
		goto runnings;
	err = misc_register(&wapi_device);
	if (err)
		goto taskend;
	return 0;

taskend:
	wapi_taskend_exit();
runnings:
	wapi_runnings_exit();
owners:
	wapi_owners_exit();
openers:
	wapi_openers_exit();
timers:
	wapi_timers_exit();
name:
	wapi_name_cache_destroy();
arena:
	wapi_arena_cache_destroy();
object:
	wapi_object_cache_destroy();
handle:
	wapi_handle_cache_destroy();
	return err;
}

static void __exit wapi_exit(void)
{
	misc_deregister(&wapi_device);
	wapi_taskend_exit();
	wapi_runnings_exit();
	wapi_owners_exit();
	wapi_openers_exit();
	/* Those before may have been giving back the last timers. */
	wapi_timers_exit();
	wapi_name_cache_destroy();
	wapi_arena_cache_destroy();
	wapi_object_cache_destroy();
	wapi_handle_cache_destroy();
}

module_init(wapi_init);
module_exit(wapi_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Handles and scratch memory shared by the processes of a user");
MODULE_AUTHOR("The wapi engineers");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_MISCDEV(WAPI_MINOR);
MODULE_ALIAS("devname:wapi");
