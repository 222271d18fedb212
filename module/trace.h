/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what happens to objects and waits, for perf(1) and bpftrace(8).
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM wapi

#if !defined(WAPI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define WAPI_TRACE_H

#include <linux/pid.h>
#include <linux/tracepoint.h>

#include "client.h"
#include "object.h"
#include "queue.h"

DECLARE_EVENT_CLASS(wapi_object,
	TP_PROTO(const struct wapi_object *object, const struct wapi_client *client),
	TP_ARGS(object, client),
	TP_STRUCT__entry(
		__field(u64, domain)
		__field(u64, client)
		__field(u32, handle)
		__field(u32, type)
		__field(u32, references)
	),
	TP_fast_assign(
		__entry->domain = object->domain->id;
		__entry->client = client->id;
		__entry->handle = object->handle;
		__entry->type = wapi_object_type(object);
		__entry->references = object->references;
	),
	TP_printk("domain=%llu client=%llu handle=%08x type=%u references=%u",
		  __entry->domain, __entry->client, __entry->handle, __entry->type,
		  __entry->references)
);

DEFINE_EVENT(wapi_object, wapi_new,
	TP_PROTO(const struct wapi_object *object, const struct wapi_client *client),
	TP_ARGS(object, client));

DEFINE_EVENT(wapi_object, wapi_open,
	TP_PROTO(const struct wapi_object *object, const struct wapi_client *client),
	TP_ARGS(object, client));

/* However the references go: closed, moved away, or with their client. */
TRACE_EVENT(wapi_close,
	TP_PROTO(const struct wapi_object *object, const struct wapi_client *client, u32 count),
	TP_ARGS(object, client, count),
	TP_STRUCT__entry(
		__field(u64, domain)
		__field(u64, client)
		__field(u32, handle)
		__field(u32, type)
		__field(u32, count)
		__field(u32, references)
	),
	TP_fast_assign(
		__entry->domain = object->domain->id;
		__entry->client = client->id;
		__entry->handle = object->handle;
		__entry->type = wapi_object_type(object);
		__entry->count = count;
		__entry->references = object->references - count;
	),
	TP_printk("domain=%llu client=%llu handle=%08x type=%u count=%u references=%u",
		  __entry->domain, __entry->client, __entry->handle, __entry->type,
		  __entry->count, __entry->references)
);

TRACE_EVENT(wapi_signal,
	TP_PROTO(const struct wapi_object *object),
	TP_ARGS(object),
	TP_STRUCT__entry(
		__field(u64, domain)
		__field(u32, handle)
		__field(u32, type)
		__field(u32, waiting)
	),
	TP_fast_assign(
		__entry->domain = object->domain->id;
		__entry->handle = object->handle;
		__entry->type = wapi_object_type(object);
		__entry->waiting = object->watched - !!object->pollers;
	),
	TP_printk("domain=%llu handle=%08x type=%u waiting=%u",
		  __entry->domain, __entry->handle, __entry->type, __entry->waiting)
);

TRACE_EVENT(wapi_abandon,
	TP_PROTO(const struct wapi_object *object, struct pid *owner),
	TP_ARGS(object, owner),
	TP_STRUCT__entry(
		__field(u64, domain)
		__field(u32, handle)
		__field(pid_t, owner)
	),
	TP_fast_assign(
		__entry->domain = object->domain->id;
		__entry->handle = object->handle;
		__entry->owner = pid_nr(owner);
	),
	TP_printk("domain=%llu handle=%08x owner=%d",
		  __entry->domain, __entry->handle, __entry->owner)
);

/* Without a client, a wait is by reading a descriptor. */
TRACE_EVENT(wapi_wait_begin,
	TP_PROTO(const struct wapi_client *client, const u32 *handles, u32 count, u32 flags,
		 s64 timeout),
	TP_ARGS(client, handles, count, flags, timeout),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(s64, timeout)
		__field(u32, first)
		__field(u32, count)
		__field(u32, flags)
	),
	TP_fast_assign(
		__entry->client = client ? client->id : 0;
		__entry->timeout = timeout;
		__entry->first = count ? handles[0] : 0;
		__entry->count = count;
		__entry->flags = flags;
	),
	TP_printk("client=%llu count=%u flags=%x first=%08x timeout=%lld",
		  __entry->client, __entry->count, __entry->flags, __entry->first,
		  __entry->timeout)
);

TRACE_EVENT(wapi_wait_end,
	TP_PROTO(const struct wapi_client *client, int err, int index),
	TP_ARGS(client, err, index),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(int, err)
		__field(int, index)
	),
	TP_fast_assign(
		__entry->client = client ? client->id : 0;
		__entry->err = err;
		__entry->index = index;
	),
	TP_printk("client=%llu err=%d index=%d",
		  __entry->client, __entry->err, __entry->index)
);

#endif /* WAPI_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
