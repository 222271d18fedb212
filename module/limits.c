// SPDX-License-Identifier: GPL-2.0
/*
 * Limits: what the clients of one domain may use up together.
 *
 * Each is a module parameter that can be set at any time; a domain keeps the
 * values of the time when its first client made it.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/sysfs.h>

#include "handle.h"
#include "limits.h"

/**
 * struct wapi_limit - a module parameter with a range
 * @value: what it is
 * @min: the least that it may be
 * @max: the most
 */
struct wapi_limit {
	unsigned long value;
	unsigned long min;
	unsigned long max;
};

static int wapi_limit_set(const char *string, const struct kernel_param *param)
{
	struct wapi_limit *limit = param->arg;
	unsigned long value;
	int err;

	err = kstrtoul(string, 0, &value);
	if (err)
		return err;
	if (value < limit->min || value > limit->max)
		return -ERANGE;
	WRITE_ONCE(limit->value, value);
	return 0;
}

static int wapi_limit_get(char *buffer, const struct kernel_param *param)
{
	const struct wapi_limit *limit = param->arg;

	return sysfs_emit(buffer, "%lu\n", READ_ONCE(limit->value));
}

static const struct kernel_param_ops wapi_limit_ops = {
	.set = wapi_limit_set,
	.get = wapi_limit_get,
};

static struct wapi_limit max_handles = { WAPI_SLOTS_MAX, 1, WAPI_SLOTS_MAX };
module_param_cb(max_handles, &wapi_limit_ops, &max_handles, 0644);
MODULE_PARM_DESC(max_handles, "live handles in a domain, 1 to 1048576 (default 1048576)");

static struct wapi_limit max_clients = { 65536, 1, INT_MAX };
module_param_cb(max_clients, &wapi_limit_ops, &max_clients, 0644);
MODULE_PARM_DESC(max_clients, "clients in a domain (default 65536)");

static struct wapi_limit max_blocks = { 4194304, 1, INT_MAX };
module_param_cb(max_blocks, &wapi_limit_ops, &max_blocks, 0644);
MODULE_PARM_DESC(max_blocks, "scratch blocks in a domain (default 4194304)");

static struct wapi_limit max_arena = { SZ_1G, PAGE_SIZE, SZ_1G * 1024UL };
module_param_cb(max_arena, &wapi_limit_ops, &max_arena, 0644);
MODULE_PARM_DESC(max_arena, "bytes of scratch memory in a domain, rounded up to pages, at most 1 TiB (default 1 GiB)");

/**
 * wapi_limits_read - the limits for a new domain
 * @limits: where to write them
 */
void wapi_limits_read(struct wapi_limits *limits)
{
	limits->handles = READ_ONCE(max_handles.value);
	limits->clients = READ_ONCE(max_clients.value);
	limits->blocks = READ_ONCE(max_blocks.value);
	limits->arena = PAGE_ALIGN(READ_ONCE(max_arena.value));
}
