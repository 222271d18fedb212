// SPDX-License-Identifier: GPL-2.0
/*
 * Information: what a client can learn of the module, its domain and itself
 * without a handle.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/seq_file.h>

#include "client.h"
#include "domain.h"
#include "info.h"
#include "request.h"

#define WAPI_FEATURES	(WAPI_FEATURE_HANDLES | WAPI_FEATURE_SCRATCH | WAPI_FEATURE_JOIN | \
			 WAPI_FEATURE_LIST | WAPI_FEATURE_WAIT | WAPI_FEATURE_NAMES | \
			 WAPI_FEATURE_SHARE | WAPI_FEATURE_POLL | WAPI_FEATURE_STATES | \
			 WAPI_FEATURE_BATCH | WAPI_FEATURE_TIMER)

/**
 * wapi_info - WAPI_IOC_INFO
 * @request: the request
 *
 * Return: 0 or -EINVAL
 */
int wapi_info(struct wapi_request *request)
{
	struct wapi_info *args = &request->args.info;
	struct wapi_client *client = request->client;
	struct wapi_domain *domain = client->domain;

	if (args->flags)
		return -EINVAL;
	memset(args, 0, sizeof(*args));
	args->abi_version = WAPI_ABI_VERSION;
	args->features = WAPI_FEATURES;
	strscpy(args->module_version, THIS_MODULE->version, sizeof(args->module_version));
	args->client_id = client->id;
	args->domain_id = domain->id;
	args->max_handles = domain->limits.handles;
	args->max_clients = domain->limits.clients;
	args->max_blocks = domain->limits.blocks;
	args->max_arena = domain->limits.arena;
	args->handles = wapi_just_now(domain->handles.live);
	args->clients = wapi_just_now(domain->nr_clients);
	args->blocks = wapi_just_now(domain->arena.count);
	args->arena_used = wapi_just_now(domain->arena.used);
	args->refused = atomic64_read(&client->refused);
	args->domain_refused = atomic64_read(&domain->refused);
	return 0;
}

/**
 * wapi_show_fdinfo - tell of a client in /proc/PID/fdinfo/FD
 * @m: where to
 * @file: the client's
 */
void wapi_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct wapi_client *client = file->private_data;

	mutex_lock(&client->lifecycle);
	seq_printf(m, "wapi-client:\t%llu\n", client->id);
	seq_printf(m, "wapi-domain:\t%llu\n",
		   client->domain && !client->ended ? client->domain->id : 0);
	seq_printf(m, "wapi-pid:\t%d\n",
		   pid_nr_ns(client->process, task_active_pid_ns(current)));
	seq_printf(m, "wapi-ended:\t%d\n", client->ended);
	seq_printf(m, "wapi-handles:\t%lu\n", atomic_long_read(&client->nr_references));
	seq_printf(m, "wapi-blocks:\t%lu\n", wapi_just_now(client->nr_blocks));
	seq_printf(m, "wapi-refused:\t%lld\n", atomic64_read(&client->refused));
	mutex_unlock(&client->lifecycle);
}
