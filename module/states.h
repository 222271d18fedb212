/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state table of a domain.
 */
#ifndef WAPI_STATES_H
#define WAPI_STATES_H

#include <linux/types.h>

struct file;
struct vm_area_struct;

struct file *wapi_shmem_create(const char *name, u64 size, int access);
struct file *wapi_states_create(void);
u32 *wapi_states_page(struct file *states, u32 index);
void wapi_states_put_page(u32 *entries);
int wapi_states_mmap(struct file *states, struct vm_area_struct *vma);

#endif /* WAPI_STATES_H */
