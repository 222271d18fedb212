// SPDX-License-Identifier: GPL-2.0
/*
 * The end of tasks: how the module learns that a thread or process ends, or runs
 * another program, also while somebody else still holds its descriptor.
 *
 * Most often the process itself closes its descriptors then, and flush() asks
 * wapi_process_is_ending(): it can sleep there, so everything is released
 * before the parent is told.  A process that has no descriptor of its client
 * left (it passed it away and closed it), or keeps one across execve(), is seen
 * by the sched_process_exit and sched_process_exec tracepoints, where nothing
 * may sleep.
 */
#include <linux/binfmts.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "opener.h"
#include "owner.h"
#include "running.h"
#include "taskend.h"

/**
 * wapi_process_is_ending - why does the current task close its files?
 *
 * Return: whether its process, and not only one thread, ends or runs another
 * program
 */
bool wapi_process_is_ending(void)
{
	if (current->flags & PF_EXITING)
		return !atomic_read(&current->signal->live);
	/* Other threads are gone before execve() closes files. */
	return current->in_execve;
}

static void wapi_probe_exit(WAPI_TRACE_EXIT_ARGS)
{
	/* Threads that leave together may each see 0: no harm. */
	bool is_last = !atomic_read(&task->signal->live);

	if (is_last)
		wapi_opener_end(task_tgid(task), U64_MAX);
	wapi_owner_end(task);
	wapi_running_end(task, is_last);
}

static void wapi_probe_exec(void *data, struct task_struct *task, pid_t old_pid,
			    struct linux_binprm *bprm)
{
	wapi_opener_end(task_tgid(task), task->self_exec_id);
	wapi_owner_exec(task);
}

/**
 * struct wapi_probe - a tracepoint that the module listens to
 * @name: of the tracepoint
 * @function: what is called there
 * @tracepoint: the tracepoint, once found
 */
struct wapi_probe {
	const char *name;
	void *function;
	struct tracepoint *tracepoint;
};

static struct wapi_probe wapi_probes[] = {
	{ .name = "sched_process_exit", .function = wapi_probe_exit },
	{ .name = "sched_process_exec", .function = wapi_probe_exec },
};

static void wapi_probe_find(struct tracepoint *tracepoint, void *unused)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(wapi_probes); i++)
		if (!strcmp(tracepoint->name, wapi_probes[i].name))
			wapi_probes[i].tracepoint = tracepoint;
}

int wapi_taskend_init(void)
{
	int err, i;

	for_each_kernel_tracepoint(wapi_probe_find, NULL);
	for (i = 0; i < ARRAY_SIZE(wapi_probes); i++) {
		err = -ENOENT;
		if (wapi_probes[i].tracepoint)
			err = tracepoint_probe_register(wapi_probes[i].tracepoint,
							wapi_probes[i].function, NULL);
		if (err)
			goto unregister;
	}
	return 0;

unregister:
	while (i--)
		tracepoint_probe_unregister(wapi_probes[i].tracepoint, wapi_probes[i].function,
					    NULL);
	tracepoint_synchronize_unregister();
	return err;
}

void wapi_taskend_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(wapi_probes); i++)
		tracepoint_probe_unregister(wapi_probes[i].tracepoint, wapi_probes[i].function,
					    NULL);
	tracepoint_synchronize_unregister();
}
