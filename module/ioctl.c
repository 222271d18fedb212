// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: the table of what can be asked by ioctl(), and the one function
 * that copies arguments in, finds the object, and delivers the result.
 *
 * A request is run, its result is delivered to user memory, and then it is
 * committed, or undone if the memory could not be written: so that an error
 * changed nothing.  While it is run and until it is committed nobody else sees
 * its effect.
 */
#include <linux/fs.h>
#include <linux/nospec.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "wapi_internal.h"

/**
 * struct wapi_op - a request that can be made
 * @cmd: the ioctl's number, with the size of the structure as it is now
 * @min_size: the size of its first version
 * @foreign: may be made of the client of another process
 * @resumes: the structure is delivered on a timeout and a signal too, so that
 *           the call can be made again
 * @locked: needs a reference to the object whose handle is the structure's
 *          first field, and is called with that object locked
 * @run: does all that can fail, and writes the results into the structure
 * @commit: makes it take effect; cannot fail
 * @undo: takes back what @run did
 */
struct wapi_op {
	unsigned int cmd;
	u16 min_size;
	bool foreign;
	bool resumes;
	bool locked;
	int (*run)(struct wapi_request *request);
	void (*commit)(struct wapi_request *request);
	void (*undo)(struct wapi_request *request);
};

#define WAPI_OP(name, last_field_of_version_1, ...)				\
	[_IOC_NR(name)] = {							\
		.cmd = name,							\
		.min_size = last_field_of_version_1,				\
		__VA_ARGS__							\
	}

static const struct wapi_op wapi_ops[] = {
	WAPI_OP(WAPI_IOC_INFO, offsetofend(struct wapi_info, domain_refused),
		.run = wapi_info),
	WAPI_OP(WAPI_IOC_NEW, offsetofend(struct wapi_new, pad),
		.run = wapi_new, .commit = wapi_new_commit, .undo = wapi_new_undo),
	WAPI_OP(WAPI_IOC_OPEN, offsetofend(struct wapi_open, block),
		.run = wapi_open, .undo = wapi_open_undo),
	WAPI_OP(WAPI_IOC_CLOSE, offsetofend(struct wapi_close, destroyed),
		.locked = true, .run = wapi_close_locked, .commit = wapi_close_commit_locked),
	WAPI_OP(WAPI_IOC_SEARCH, offsetofend(struct wapi_search, pad),
		.run = wapi_search),
	WAPI_OP(WAPI_IOC_QUERY, offsetofend(struct wapi_query, block_size),
		.locked = true, .run = wapi_query_locked),
	WAPI_OP(WAPI_IOC_ATTACH, offsetofend(struct wapi_attach, block),
		.locked = true, .run = wapi_attach_locked, .commit = wapi_attach_commit_locked,
		.undo = wapi_attach_undo_locked),
	WAPI_OP(WAPI_IOC_SCRATCH, offsetofend(struct wapi_scratch, block),
		.run = wapi_scratch, .commit = wapi_scratch_commit, .undo = wapi_scratch_undo),
	WAPI_OP(WAPI_IOC_SCRATCH_FREE, offsetofend(struct wapi_scratch_free, pad),
		.run = wapi_scratch_free),
	WAPI_OP(WAPI_IOC_BLOCK, offsetofend(struct wapi_block, owner),
		.run = wapi_block),
	WAPI_OP(WAPI_IOC_JOIN, offsetofend(struct wapi_join, flags),
		.foreign = true, .run = wapi_join),
	WAPI_OP(WAPI_IOC_LIST, offsetofend(struct wapi_list, pad),
		.run = wapi_list),
	WAPI_OP(WAPI_IOC_OPEN_NAME, offsetofend(struct wapi_open_name, block),
		.run = wapi_open_name, .undo = wapi_open_name_undo),
	WAPI_OP(WAPI_IOC_SET, offsetofend(struct wapi_signal, pad),
		.locked = true, .run = wapi_signal_locked, .commit = wapi_set_commit_locked),
	WAPI_OP(WAPI_IOC_RESET, offsetofend(struct wapi_signal, pad),
		.locked = true, .run = wapi_signal_locked, .commit = wapi_reset_commit_locked),
	WAPI_OP(WAPI_IOC_PULSE, offsetofend(struct wapi_signal, pad),
		.locked = true, .run = wapi_signal_locked, .commit = wapi_pulse_commit_locked),
	WAPI_OP(WAPI_IOC_MUTEX_RELEASE, offsetofend(struct wapi_mutex_release, pad),
		.locked = true, .run = wapi_mutex_release_locked,
		.commit = wapi_mutex_release_commit_locked),
	WAPI_OP(WAPI_IOC_SEM_RELEASE, offsetofend(struct wapi_sem_release, previous),
		.locked = true, .run = wapi_sem_release_locked,
		.commit = wapi_sem_release_commit_locked),
	WAPI_OP(WAPI_IOC_THREAD_EXIT, offsetofend(struct wapi_thread_exit, pad),
		.locked = true, .run = wapi_thread_exit_locked),
	WAPI_OP(WAPI_IOC_WAIT, offsetofend(struct wapi_wait, pad),
		.resumes = true, .run = wapi_wait, .commit = wapi_wait_commit,
		.undo = wapi_wait_undo),
	WAPI_OP(WAPI_IOC_DUP, offsetofend(struct wapi_dup, pad),
		.run = wapi_dup, .commit = wapi_dup_commit, .undo = wapi_dup_undo),
	WAPI_OP(WAPI_IOC_MARK, offsetofend(struct wapi_mark, previous),
		.locked = true, .run = wapi_mark_locked, .commit = wapi_mark_commit_locked),
	WAPI_OP(WAPI_IOC_INHERIT, offsetofend(struct wapi_inherit, count),
		.run = wapi_inherit, .commit = wapi_inherit_commit, .undo = wapi_inherit_undo),
	WAPI_OP(WAPI_IOC_TO_FD, offsetofend(struct wapi_to_fd, pad),
		.run = wapi_to_fd, .commit = wapi_to_fd_commit, .undo = wapi_to_fd_undo),
	WAPI_OP(WAPI_IOC_FROM_FD, offsetofend(struct wapi_from_fd, type),
		.run = wapi_from_fd, .undo = wapi_from_fd_undo),
};

static const struct wapi_op *wapi_op_find(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct wapi_op *op;

	if (_IOC_TYPE(cmd) != WAPI_IOC_MAGIC || nr >= ARRAY_SIZE(wapi_ops))
		return NULL;
	op = &wapi_ops[array_index_nospec(nr, ARRAY_SIZE(wapi_ops))];
	return op->run && _IOC_DIR(cmd) == _IOC_DIR(op->cmd) ? op : NULL;
}

/* What a request may end in though nothing is wrong with it. */
static bool wapi_is_no_refusal(int err)
{
	return err == -ETIMEDOUT || err == -ERESTARTSYS || err == -EINTR;
}

static void wapi_op_commit(const struct wapi_op *op, struct wapi_request *request)
{
	if (op->commit)
		op->commit(request);
}

static void wapi_op_undo(const struct wapi_op *op, struct wapi_request *request)
{
	if (op->undo)
		op->undo(request);
}

/*
 * Can all of the result be written?  Within one page either all of it can be or
 * nothing; into two it must not be written in part.
 */
static bool wapi_can_deliver(void __user *arg, size_t size)
{
	return offset_in_page(arg) + size <= PAGE_SIZE ||
	       !fault_in_safe_writeable(arg, size);
}

static int wapi_run(const struct wapi_op *op, struct wapi_request *request, void __user *arg,
		    size_t size)
{
	int err;

	/* What it signals cannot be undone, so be sure that it can be told. */
	if (op->resumes && copy_to_user(arg, &request->args, size))
		return -EFAULT;
	err = op->run(request);
	if (err && !(op->resumes && wapi_is_no_refusal(err)))
		return err;
	if (copy_to_user(arg, &request->args, size)) {
		if (!err)
			wapi_op_undo(op, request);
		return -EFAULT;
	}
	if (!err)
		wapi_op_commit(op, request);
	return err;
}

/*
 * The result must be delivered before the object is unlocked, so user memory
 * that is not there is faulted in between two attempts.
 */
static int wapi_run_locked(const struct wapi_op *op, struct wapi_request *request,
			   void __user *arg, size_t size)
{
	struct wapi_client *client = request->client;
	bool delivered;
	int err;

	for (;;) {
		request->object = wapi_object_lock(client->domain, request->args.handle);
		if (!request->object)
			return -EBADF;
		request->reference = wapi_reference_of(request->object, client);
		err = request->reference ? op->run(request) : -EBADF;
		if (err) {
			wapi_object_unlock(request->object);
			return err;
		}
		delivered = !copy_to_user_nofault(arg, &request->args, size);
		if (delivered)
			wapi_op_commit(op, request);
		else
			wapi_op_undo(op, request);
		wapi_object_unlock(request->object);

		if (delivered)
			return 0;
		if (fault_in_safe_writeable(arg, size))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

static int wapi_dispatch(struct wapi_client *client, unsigned int cmd, void __user *arg)
{
	const struct wapi_op *op = wapi_op_find(cmd);
	struct wapi_request request = { .client = client };
	size_t size = _IOC_SIZE(cmd), known;
	int err;

	if (!op)
		return -ENOTTY;
	if (!op->foreign) {
		if (!wapi_client_is_own(client))
			return -ESTALE;
		err = wapi_client_bind(client);
		if (err)
			return err;
	}

	known = _IOC_SIZE(op->cmd);
	if (size < op->min_size)
		return -EINVAL;
	err = copy_struct_from_user(&request.args, known, arg, size);
	if (err)
		return err;

	size = _IOC_DIR(op->cmd) & _IOC_READ ? min(size, known) : 0;
	if (!wapi_can_deliver(arg, size))
		return -EFAULT;
	if (op->locked)
		return wapi_run_locked(op, &request, arg, size);
	return wapi_run(op, &request, arg, size);
}

/**
 * wapi_ioctl - make a request of a client
 * @file: the client's
 * @cmd: which
 * @arg: address of the request's structure
 *
 * Return: 0 or an error, see uapi/linux/wapi.h
 */
long wapi_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct wapi_client *client = file->private_data;
	int err;

	err = wapi_dispatch(client, cmd, (void __user *)arg);
	if (err && !wapi_is_no_refusal(err))
		wapi_client_refused(client);
	return err;
}
