// SPDX-License-Identifier: GPL-2.0
/* Rows: objects signalled and acquired by one thread, which never sleeps. */
#include "client.h"

static uint32_t handle;

static void begin(unsigned long type)
{
	open_client();
	handle = new_object(type, 0);
}

static void begin_owned(unsigned long type)
{
	open_client();
	handle = new_object(type, WAPI_NEW_OWNED);
}

static void end(void)
{
	close_handle(handle);
}

/* What is owned would stay. */
static void end_owned(void)
{
	release_mutex(handle);
	end();
}

static void set(void)
{
	set_event(handle);
}

static void reset(void)
{
	signal_handle(WAPI_IOC_RESET, handle);
}

static void pulse(void)
{
	signal_handle(WAPI_IOC_PULSE, handle);
}

static void set_wait(void)
{
	set_event(handle);
	wait_one(handle);
}

static void lock_unlock(void)
{
	wait_one(handle);
	release_mutex(handle);
}

static void release_acquire(void)
{
	release_semaphore(handle);
	wait_one(handle);
}

const struct row wapi_signal_rows[] = {
	{ "wapi", "set", begin, WAPI_TYPE_EVENT, set, end },
	{ "wapi", "reset", begin, WAPI_TYPE_EVENT, reset, end },
	{ "wapi", "pulse", begin, WAPI_TYPE_EVENT, pulse, end },
	{ "wapi", "set + wait", begin, WAPI_TYPE_EVENT, set_wait, end },
	{ "wapi", "mutex lock + unlock", begin, WAPI_TYPE_MUTEX, lock_unlock, end },
	{ "wapi", "recursive lock + unlock", begin_owned, WAPI_TYPE_MUTEX,
	  lock_unlock, end_owned },
	{ "wapi", "semaphore release + acquire", begin, WAPI_TYPE_SEM,
	  release_acquire, end },
	{ 0 }
};
