/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module is built for: 6.1 and later.
 * Every test of the kernel's version is here.
 */
#ifndef WAPI_COMPAT_H
#define WAPI_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* The arguments of the sched_process_exit tracepoint. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define WAPI_TRACE_EXIT_ARGS void *data, struct task_struct *task
#else
#define WAPI_TRACE_EXIT_ARGS void *data, struct task_struct *task, bool group_dead
#endif

#endif /* WAPI_COMPAT_H */
