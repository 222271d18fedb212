/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module is built for: 6.1 and later.
 * Every test of the kernel's version is here.
 */
#ifndef WAPI_COMPAT_H
#define WAPI_COMPAT_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

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

/*
 * The process of a pidfd, or NULL if the file is none: pidfd_pid() is not
 * exported.  Before pidfs, a pidfd was an anonymous inode's file of a name that
 * no other has.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
static inline struct pid *wapi_compat_pidfd_pid(struct file *file)
{
	if (file_inode(file)->i_sb->s_magic != ANON_INODE_FS_MAGIC ||
	    strcmp(file->f_path.dentry->d_name.name, "[pidfd]"))
		return NULL;
	return file->private_data;
}
#else
static inline struct pid *wapi_compat_pidfd_pid(struct file *file)
{
	if (file_inode(file)->i_sb->s_magic != PID_FS_MAGIC)
		return NULL;
	return file_inode(file)->i_private;
}
#endif

static inline void wapi_compat_hrtimer_setup(struct hrtimer *timer,
					     enum hrtimer_restart (*function)(struct hrtimer *),
					     clockid_t clock)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	hrtimer_init(timer, clock, HRTIMER_MODE_ABS);
	timer->function = function;
#else
	hrtimer_setup(timer, function, clock, HRTIMER_MODE_ABS);
#endif
}

#endif /* WAPI_COMPAT_H */
