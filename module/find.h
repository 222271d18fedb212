/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding objects, and owners of mutexes, without a lock.
 */
#ifndef WAPI_FIND_H
#define WAPI_FIND_H

#include <linux/rcupdate.h>

/*
 * Between these two, RCU keeps what is found.  Disabling preemption is the cheapest
 * read-side section, but does not go with locks that sleep.
 */
static inline void wapi_find_begin(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_lock();
	else
		rcu_read_lock_sched();
}

static inline void wapi_find_end(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_unlock();
	else
		rcu_read_unlock_sched();
}

#endif /* WAPI_FIND_H */
