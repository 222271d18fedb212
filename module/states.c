// SPDX-License-Identifier: GPL-2.0
/*
 * The state table: what every client of a domain can read of its handles
 * without a request.
 *
 * One u32 for each handle, see uapi/linux/wapi.h, in a file of shmem that clients
 * map and cannot write.  Its pages come with those of the handle table, and stay
 * as long: the module holds and writes them where they are.
 *
 * An entry is written under the lock of its object, after what it tells of, and
 * with release semantics:
 *
 *   who signals                     who reads
 *   -----------                     ---------
 *   data = 1
 *   ioctl(SET)
 *     lock, set
 *     store_release(entry, signalled)
 *                                   load_acquire(entry): signalled
 *     unlock                        data is 1
 *
 *   who makes an object             who reads
 *   -------------------             ---------
 *   ioctl(NEW)
 *     fill in the object
 *     slot = object                 load_acquire(entry): live, of generation g
 *     store_release(entry, live)    ioctl(OPEN): finds the object of generation g
 *
 * An entry is cleared before its slot is free for another handle, and what comes
 * next there has another generation: who compares the generation never takes
 * one object for another.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>

#include <linux/wapi.h>

#include "compat.h"
#include "states.h"

/**
 * wapi_states_page - the entries of a leaf of handles
 * @states: the file
 * @index: of the first handle
 *
 * Return: the first entry, to be given back by wapi_states_put_page(); or
 * -ENOMEM
 */
u32 *wapi_states_page(struct file *states, u32 index)
{
	u64 offset = (u64)index * sizeof(u32);
	struct page *page;

	page = shmem_read_mapping_page(states->f_mapping, offset >> PAGE_SHIFT);
	if (IS_ERR(page))
		return ERR_CAST(page);
	return page_address(page) + offset_in_page(offset);
}

/**
 * wapi_states_put_page - undo wapi_states_page()
 * @entries: what it returned
 */
void wapi_states_put_page(u32 *entries)
{
	put_page(virt_to_page(entries));
}

/**
 * wapi_states_mmap - map a state table
 * @states: the file
 * @vma: where, at WAPI_STATES_OFFSET; from now on it is a mapping of the file, so
 *       it keeps neither a client alive nor the module
 *
 * Return: 0; -EINVAL for a private mapping or one beyond the end; -EPERM for one
 * that could be written or executed
 */
int wapi_states_mmap(struct file *states, struct vm_area_struct *vma)
{
	unsigned long pages = WAPI_STATES_SIZE >> PAGE_SHIFT;
	unsigned long first = vma->vm_pgoff - (WAPI_STATES_OFFSET >> PAGE_SHIFT);

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (first > pages || vma_pages(vma) > pages - first)
		return -EINVAL;
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	/* A core dump would touch, and so allocate, all of it. */
	vm_flags_set(vma, VM_DONTDUMP);

	vma->vm_pgoff = first;
	vma_set_file(vma, states);
	return states->f_op->mmap(states, vma);
}

/**
 * wapi_shmem_create - a file of shmem that clients can map by us only
 * @name: its name in /proc/PID/maps
 * @size: in bytes
 * @access: O_WRONLY; or O_ACCMODE, which is neither for reading nor for writing
 *
 * A system call that maps anew what is mapped, as remap_file_pages() does, would
 * do that without what our mmap forbids: it could be made executable then, or
 * writable.  What is not open for reading it does not map.
 *
 * Return: the file, to be given back by fput(); or -ENOMEM
 */
struct file *wapi_shmem_create(const char *name, u64 size, int access)
{
	struct file *made, *file;

	made = shmem_file_setup(name, size, VM_NORESERVE);
	/* Shmem says ENOSPC where there is no memory for an inode. */
	if (IS_ERR(made))
		return ERR_PTR(-ENOMEM);
	file = dentry_open(&made->f_path, access | O_LARGEFILE, current_cred());
	fput(made);
	return file;
}

/**
 * wapi_states_create - an empty state table
 *
 * Return: the file, to be given back by fput(); or -ENOMEM
 */
struct file *wapi_states_create(void)
{
	struct file *states = wapi_shmem_create("wapi-states", WAPI_STATES_SIZE, O_ACCMODE);

	if (IS_ERR(states))
		return states;
	/* The module writes its pages at any time, and keeps them. */
	mapping_set_gfp_mask(states->f_mapping, GFP_KERNEL);
	mapping_set_unevictable(states->f_mapping);
	return states;
}
