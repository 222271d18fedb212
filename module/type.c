// SPDX-License-Identifier: GPL-2.0
/*
 * Types: what the objects of each can do.
 *
 * Event, mutex, semaphore, process, thread and timer have a file each.  The others
 * are records of something that their users do themselves; most of them have a
 * signal state all the same, which is set and reset like that of an event.
 */
#include <linux/pid_namespace.h>

#include "object.h"
#include "type.h"

static const struct wapi_type_ops wapi_find_type = { };

const struct wapi_type_ops *const wapi_types[WAPI_TYPE_COUNT] = {
	[WAPI_TYPE_FILE]	= &wapi_record_type,
	[WAPI_TYPE_CONSOLE]	= &wapi_record_type,
	[WAPI_TYPE_THREAD]	= &wapi_thread_type,
	[WAPI_TYPE_SEM]		= &wapi_semaphore_type,
	[WAPI_TYPE_MUTEX]	= &wapi_mutex_type,
	[WAPI_TYPE_EVENT]	= &wapi_event_type,
	[WAPI_TYPE_SOCKET]	= &wapi_record_type,
	[WAPI_TYPE_FIND]	= &wapi_find_type,
	[WAPI_TYPE_PROCESS]	= &wapi_process_type,
	[WAPI_TYPE_PIPE]	= &wapi_record_type,
	[WAPI_TYPE_TIMER]	= &wapi_timer_type,
};

/**
 * wapi_object_describe - tell whether an object is signalled, and what is particular to its type
 * @object: the locked object
 * @by: the thread that asks, as an owner of mutexes, or NULL
 * @state: where to; ids are those of the current task's PID namespace
 *
 * The lock does not stop time, and no thread from ending. What they change goes
 * one way as long as the lock is held, so both are told of the same moment.
 *
 * Return: whether it is signalled for that thread
 */
bool wapi_object_describe(const struct wapi_object *object, const struct wapi_owner *by,
			  struct wapi_state *state)
{
	const struct wapi_type_ops *type = wapi_type_of(object);
	bool signalled;

	do {
		signalled = wapi_object_is_signalled(object, by);
		memset(state, 0, sizeof(*state));
		state->waiters = object->watched - !!object->pollers;
		if (type->describe)
			type->describe(object, task_active_pid_ns(current), state);
	} while (signalled != wapi_object_is_signalled(object, by));
	return signalled;
}
