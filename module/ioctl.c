// SPDX-License-Identifier: GPL-2.0
/*
 * The dispatcher: the table of what can be asked by ioctl(), and the functions
 * that copy arguments in, find the object, and tell the result.
 *
 * A request is run, its result is told, and then it takes effect, or is undone
 * if user memory could not be written: so that an error changed nothing.  Until
 * it takes effect nobody else sees anything of it.
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>

#include "brief.h"
#include "client.h"
#include "exact.h"
#include "object.h"
#include "reference.h"

/**
 * struct wapi_op - a request that can be made
 * @cmd: the ioctl's number, with the size of the structure as it is now
 * @min_size: the size of its first version
 * @told: where results begin in it
 * @foreign: may be made of the client of another process
 * @alone: cannot be one of a batch
 * @locked: is run with the object locked whose handle is the structure's first
 *          field, and to which the client must have a reference; @run tells its
 *          result
 * @brief: what a brief request does, see brief.h
 * @exact: makes the whole request, if its structure is not shorter than ours
 * @run: does all that can fail, and writes the results into the structure; NULL
 *       if the structure always had our size
 * @commit: makes it take effect; cannot fail
 * @undo: takes back what @run did
 */
struct wapi_op {
	unsigned int cmd;
	u16 min_size;
	u16 told;
	bool foreign;
	bool alone;
	bool locked;
	wapi_brief_t *brief;
	wapi_exact_t *exact;
	int (*run)(struct wapi_request *request);
	void (*commit)(struct wapi_request *request);
	void (*undo)(struct wapi_request *request);
	/* So that it takes a shift to find one. */
} __aligned(64);

/* The requests that are worth it. */
static WAPI_EXACT(wapi_exact_new, wapi_new, block, existed, wapi_new, wapi_new_commit,
		  wapi_new_undo)
static WAPI_EXACT(wapi_exact_scratch, wapi_scratch, block, block, wapi_scratch, wapi_scratch_commit,
	   wapi_scratch_undo)
static WAPI_EXACT_TELLS(wapi_exact_scratch_free, wapi_scratch_free, wapi_scratch_free)

#define WAPI_OP(name, type, last_of_version_1, first_result, ...)		\
	[_IOC_NR(name)] = {							\
		.cmd = name + BUILD_BUG_ON_ZERO(sizeof(struct type) % 8),	\
		.min_size = offsetofend(struct type, last_of_version_1),	\
		.told = round_down(offsetof(struct type, first_result), 8),	\
		__VA_ARGS__							\
	}

static const struct wapi_op wapi_ops[32] = {
	WAPI_OP(WAPI_IOC_INFO, wapi_info, domain_refused, abi_version,
		.run = wapi_info),
	WAPI_OP(WAPI_IOC_NEW, wapi_new, pad, block,
		.exact = wapi_exact_new,
		.run = wapi_new, .commit = wapi_new_commit, .undo = wapi_new_undo),
	WAPI_OP(WAPI_IOC_OPEN, wapi_open, block, type,
		.exact = wapi_open),
	WAPI_OP(WAPI_IOC_CLOSE, wapi_close, destroyed, references,
		.brief = wapi_close_locked),
	WAPI_OP(WAPI_IOC_SEARCH, wapi_search, pad, found,
		.run = wapi_search),
	WAPI_OP(WAPI_IOC_QUERY, wapi_query, block_size, type,
		.locked = true, .run = wapi_query_locked),
	WAPI_OP(WAPI_IOC_ATTACH, wapi_attach, block, block,
		.brief = wapi_attach_locked),
	WAPI_OP(WAPI_IOC_SCRATCH, wapi_scratch, block, block,
		.exact = wapi_exact_scratch),
	WAPI_OP(WAPI_IOC_SCRATCH_FREE, wapi_scratch_free, pad, pad,
		.exact = wapi_exact_scratch_free),
	WAPI_OP(WAPI_IOC_BLOCK, wapi_block, owner, block,
		.run = wapi_block),
	WAPI_OP(WAPI_IOC_JOIN, wapi_join, flags, flags,
		.foreign = true, .alone = true, .run = wapi_join),
	WAPI_OP(WAPI_IOC_LIST, wapi_list, pad, cursor,
		.run = wapi_list),
	WAPI_OP(WAPI_IOC_OPEN_NAME, wapi_open_name, block, handle,
		.run = wapi_open_name, .undo = wapi_open_name_undo),
	WAPI_OP(WAPI_IOC_SET, wapi_signal, pad, previous,
		.brief = wapi_set_locked),
	WAPI_OP(WAPI_IOC_RESET, wapi_signal, pad, previous,
		.brief = wapi_reset_locked),
	WAPI_OP(WAPI_IOC_PULSE, wapi_signal, pad, previous,
		.brief = wapi_pulse_locked),
	WAPI_OP(WAPI_IOC_MUTEX_RELEASE, wapi_mutex_release, pad, count,
		.brief = wapi_mutex_release_locked),
	WAPI_OP(WAPI_IOC_SEM_RELEASE, wapi_sem_release, previous, previous,
		.brief = wapi_sem_release_locked),
	WAPI_OP(WAPI_IOC_THREAD_EXIT, wapi_thread_exit, pad, pad,
		.brief = wapi_thread_exit_locked),
	WAPI_OP(WAPI_IOC_WAIT, wapi_wait, pad, signal,
		.exact = wapi_wait_quick),
	WAPI_OP(WAPI_IOC_DUP, wapi_dup, pad, references,
		.run = wapi_dup, .commit = wapi_dup_commit, .undo = wapi_dup_undo),
	WAPI_OP(WAPI_IOC_MARK, wapi_mark, previous, previous,
		.brief = wapi_mark_locked),
	WAPI_OP(WAPI_IOC_INHERIT, wapi_inherit, count, count,
		.run = wapi_inherit, .commit = wapi_inherit_commit, .undo = wapi_inherit_undo),
	WAPI_OP(WAPI_IOC_TO_FD, wapi_to_fd, pad, fd,
		.run = wapi_to_fd, .commit = wapi_to_fd_commit, .undo = wapi_to_fd_undo),
	WAPI_OP(WAPI_IOC_FROM_FD, wapi_from_fd, type, handle,
		.run = wapi_from_fd, .undo = wapi_from_fd_undo),
	WAPI_OP(WAPI_IOC_BATCH, wapi_batch, pad, made,
		.alone = true, .run = wapi_batch),
	WAPI_OP(WAPI_IOC_TIMER_SET, wapi_timer_set, pad, at,
		.locked = true, .run = wapi_timer_set_locked),
	WAPI_OP(WAPI_IOC_TIMER_CANCEL, wapi_timer_cancel, pad, armed,
		.brief = wapi_timer_cancel_locked),
};

/*
 * The request with a number, if there is one: the table has a place for each
 * number that the mask leaves, so that nothing is read behind it even in
 * speculation.
 */
static const struct wapi_op *wapi_op_at(unsigned int cmd)
{
	return &wapi_ops[cmd % ARRAY_SIZE(wapi_ops)];
}

static const struct wapi_op *wapi_op_find(unsigned int cmd)
{
	const struct wapi_op *op = wapi_op_at(cmd);

	return (cmd ^ op->cmd) & ~IOCSIZE_MASK ? NULL : op;
}

/**
 * wapi_is_no_refusal - what a request may end in though nothing is wrong with it
 * @err: what it ended in
 *
 * Return: whether it is that
 */
bool wapi_is_no_refusal(int err)
{
	return err == -ETIMEDOUT || err == -ERESTARTSYS || err == -EINTR;
}

/**
 * wapi_make_room - fault in the memory that a result goes to
 * @result: where it is
 * @size: its size in bytes
 *
 * Return: 0; -EFAULT if it cannot be written; -EINTR if the caller is killed
 */
int wapi_make_room(void __user *result, size_t size)
{
	if (fault_in_safe_writeable(result, size))
		return -EFAULT;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static int wapi_run(const struct wapi_op *op, struct wapi_request *request)
{
	size_t told = op->told;
	int err;

	err = op->run(request);
	if (err)
		return err;
	if (request->size > told && wapi_copy_out(request->result + told,
						  (void *)&request->args + told,
						  request->size - told)) {
		if (op->undo)
			op->undo(request);
		return -EFAULT;
	}
	if (op->commit)
		op->commit(request);
	return 0;
}

/*
 * The result must be told before the object is unlocked, so user memory that is
 * not there is faulted in between two attempts.
 */
static int wapi_run_locked(const struct wapi_op *op, struct wapi_request *request)
{
	struct wapi_client *client = request->client;
	struct wapi_object *object;
	int err;

	for (;;) {
		object = wapi_object_lock(client->domain, request->args.handle);
		if (!object)
			return -EBADF;
		request->object = object;
		request->reference = wapi_reference_of(object, client);
		err = request->reference ? op->run(request) : -EBADF;
		wapi_object_unlock(object);
		if (likely(err != -EAGAIN))
			return err;

		err = wapi_make_room(request->result, request->size);
		if (err)
			return err;
	}
}

/* Structures of another size than ours: shorter, or longer with zeros behind. */
static int wapi_copy_in_other(const struct wapi_op *op, struct wapi_request *request, size_t size)
{
	size_t known = _IOC_SIZE(op->cmd);

	request->size = min_t(size_t, request->size, size);
	return copy_struct_from_user(&request->args, known, request->result, size);
}

/* What is behind a structure of our size must be zeros. */
static int wapi_make_longer(const struct wapi_op *op, struct wapi_client *client,
			    void __user *arg, bool batched, size_t size)
{
	size_t known = _IOC_SIZE(op->cmd);
	int err = check_zeroed_user(arg + known, size - known);

	if (err <= 0)
		return err ?: -E2BIG;
	return op->brief ? wapi_make_brief(client, arg, op->brief) :
			   op->exact(client, arg, batched);
}

static noinline int wapi_make_any(struct wapi_client *client, unsigned int cmd, void __user *arg,
				  bool batched)
{
	const struct wapi_op *op = wapi_op_find(cmd);
	size_t size = _IOC_SIZE(cmd);
	/* Of the arguments, all that is read was copied in before. */
	struct wapi_request request __uninitialized;
	int err;

	if (unlikely(!op || (batched && op->alone)))
		return -ENOTTY;
	if (unlikely(size < op->min_size))
		return -EINVAL;
	if ((op->brief || op->exact) && size >= _IOC_SIZE(op->cmd))
		return wapi_make_longer(op, client, arg, batched, size);
	request.client = client;
	request.result = arg;
	request.told = op->told;
	request.size = op->cmd & IOC_OUT ? _IOC_SIZE(op->cmd) : 0;
	request.batched = batched;
	if (likely(size == _IOC_SIZE(op->cmd)))
		err = wapi_copy_in(&request.args, arg, size);
	else
		err = wapi_copy_in_other(op, &request, size);
	if (unlikely(err))
		return err;

	if (unlikely(wapi_check_both_pages(arg, request.size)))
		return -EFAULT;
	if (op->locked)
		return wapi_run_locked(op, &request);
	return wapi_run(op, &request);
}

static __always_inline int wapi_dispatch(struct wapi_client *client, unsigned int cmd,
					 void __user *arg, bool batched)
{
	const struct wapi_op *op = wapi_op_at(cmd);

	/* Else its address is computed for each use. */
	OPTIMIZER_HIDE_VAR(op);
	if (unlikely(cmd != op->cmd)) {
		/* Not even of another size? */
		if ((cmd ^ op->cmd) & ~IOCSIZE_MASK)
			return -ENOTTY;
		return wapi_make_any(client, cmd, arg, batched);
	}
	if (op->brief)
		return wapi_make_brief(client, arg, op->brief);
	if (op->exact)
		return op->exact(client, arg, batched);
	return wapi_make_any(client, cmd, arg, batched);
}

/* Count what is refused. */
static noinline long wapi_ioctl_failed(struct wapi_client *client, int err)
{
	if (!wapi_is_no_refusal(err))
		wapi_client_refused(client);
	return err;
}

/**
 * wapi_make_next - make a request of a batch
 * @client: the client, in a domain and the caller's own
 * @place: which request, and where its result goes
 *
 * Return: its result, 0 or an error, see uapi/linux/wapi.h; or 1 if @place is not
 * there
 */
int wapi_make_next(struct wapi_client *client, struct wapi_batch_request __user *place)
{
	unsigned int cmd;
	u64 arg;
	int err;

	if (!user_read_access_begin(place, sizeof(*place)))
		return 1;
	unsafe_get_user(cmd, &place->cmd, no_read);
	unsafe_get_user(arg, &place->arg, no_read);
	user_read_access_end();

	err = wapi_dispatch(client, cmd, u64_to_user_ptr(arg), true);
	if (unlikely(err))
		wapi_ioctl_failed(client, err);

	if (!user_write_access_begin(place, sizeof(*place)))
		return 1;
	unsafe_put_user(err, &place->result, no_write);
	user_write_access_end();
	return err;
no_read:
	user_read_access_end();
	return 1;
no_write:
	user_write_access_end();
	return 1;
}

/* Only its own process can use a client, but for what leads into its domain. */
static int wapi_ioctl_check(struct wapi_client *client, unsigned int cmd)
{
	const struct wapi_op *op = wapi_op_find(cmd);

	if (!op)
		return -ENOTTY;
	if (op->foreign)
		return 0;
	return wapi_client_is_own(client) ? wapi_client_bind(client) : -ESTALE;
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
	int err = 0;

	if (unlikely(!wapi_client_is_ready(client)))
		err = wapi_ioctl_check(client, cmd);
	if (likely(!err))
		err = wapi_dispatch(client, cmd, (void __user *)arg, false);
	return likely(!err) ? 0 : wapi_ioctl_failed(client, err);
}
