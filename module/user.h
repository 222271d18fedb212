/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User memory: copies of the structures of requests, which are small, and of
 * lists of handles and names, which mostly are.
 */
#ifndef WAPI_USER_H
#define WAPI_USER_H

#include <linux/pagemap.h>
#include <linux/uaccess.h>

/*
 * Structures are small, and their sizes multiples of 8 bytes: words are copied
 * in a fraction of the time of a call to copy_from_user().
 */
static __always_inline int wapi_copy_in(void *to, const void __user *from, size_t size)
{
	size_t i;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS))
		return copy_from_user(to, from, size) ? -EFAULT : 0;
	if (!user_read_access_begin(from, size))
		return -EFAULT;
#pragma GCC unroll 16
	for (i = 0; i < size; i += sizeof(unsigned long))
		unsafe_get_user(*(unsigned long *)(to + i), (unsigned long __user *)(from + i),
				fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

/* The same, for a few bytes of any number. */
static inline int wapi_copy_in_bytes(void *to, const void __user *from, size_t size)
{
	const size_t word = sizeof(unsigned long);
	size_t i;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) || size > 64)
		return copy_from_user(to, from, size) ? -EFAULT : 0;
	if (!user_read_access_begin(from, size))
		return -EFAULT;
	for (i = 0; i + word <= size; i += word)
		unsafe_get_user(*(unsigned long *)(to + i), (unsigned long __user *)(from + i),
				fault);
	/* The rest, together with some of what was read before. */
	if (i < size && size >= word) {
		i = size - word;
		unsafe_get_user(*(unsigned long *)(to + i), (unsigned long __user *)(from + i),
				fault);
		i = size;
	}
	for (; i < size; i++)
		unsafe_get_user(*(u8 *)(to + i), (u8 __user *)(from + i), fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

static __always_inline int wapi_copy_in_u32(u32 *to, const u32 __user *from)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS))
		return get_user(*to, from);
	if (!user_read_access_begin(from, sizeof(*from)))
		return -EFAULT;
	unsafe_get_user(*to, from, fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

static __always_inline int wapi_copy_out(void __user *to, const void *from, size_t size)
{
	size_t i;

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS))
		return copy_to_user(to, from, size) ? -EFAULT : 0;
	if (!user_write_access_begin(to, size))
		return -EFAULT;
#pragma GCC unroll 8
	for (i = 0; i + sizeof(unsigned long) <= size; i += sizeof(unsigned long))
		unsafe_put_user(*(unsigned long *)(from + i), (unsigned long __user *)(to + i),
				fault);
	/* A caller may know a part of a field. */
	for (; i < size; i++)
		unsafe_put_user(*(u8 *)(from + i), (u8 __user *)(to + i), fault);
	user_write_access_end();
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

/* With a spin lock held, memory that is not there is not faulted in anyway. */
#define WAPI_LOCKS_SLEEP	(IS_ENABLED(CONFIG_PREEMPT_RT) || !IS_ENABLED(CONFIG_PREEMPT_COUNT))

/*
 * Copy out with an object locked.  Return: 0; -EAGAIN if the memory is not there:
 * to be faulted in, or refused, by the dispatcher, when everything is again as it
 * was.
 */
static __always_inline int wapi_copy_out_locked(void __user *to, const void *from, size_t size)
{
	int err;

	if (WAPI_LOCKS_SLEEP)
		pagefault_disable();
	err = wapi_copy_out(to, from, size);
	if (WAPI_LOCKS_SLEEP)
		pagefault_enable();
	return unlikely(err) ? -EAGAIN : 0;
}

/*
 * Into one page a structure can be written or not; into two not just a part.
 * Return: 0 or -EFAULT
 */
static __always_inline int wapi_check_both_pages(void __user *to, size_t size)
{
	return unlikely(offset_in_page(to) + size > PAGE_SIZE) &&
	       fault_in_safe_writeable(to, size) ? -EFAULT : 0;
}

int wapi_make_room(void __user *result, size_t size);

#endif /* WAPI_USER_H */
