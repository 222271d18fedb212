/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes: signalled from their end on, whoever their parent is.
 *
 * wapi_query() tells the process id, the start and end times and the exit
 * status, as wait() tells it, for as long as the object lives.
 */
#ifndef WAPI_PROCESS_H
#define WAPI_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include <wapi/client.h>

#include <wapi/begin.h>

/**
 * wapi_process_new() - make an object for a process, or open the one of that name
 * @client: the client; it gets one reference
 * @flags: %WAPI_NEW_EXCLUSIVE: the name must not be taken
 * @pidfd: a pidfd of the process; it remains the caller's, to close
 * @name: its name, or NULL for none; see <wapi/name.h>
 * @handle: out: the handle
 * @existed: out: whether it was there before, and so may be of another process;
 *           may be NULL
 *
 * Return: as wapi_event_new(); -EBADF if @pidfd is none.
 */
int wapi_process_new(struct wapi_client *client, uint32_t flags, int pidfd,
		     const char *name, uint32_t *handle, bool *existed);

/**
 * wapi_process_new_pid() - make an object for the process of an id
 * @client: the client; it gets one reference
 * @flags: as for wapi_process_new()
 * @pid: the process id
 * @name: as for wapi_process_new()
 * @handle: out: the handle
 * @existed: out: as for wapi_process_new()
 *
 * Right for a child that was not waited for yet; the id of any other process may
 * be that of a new one by now.
 *
 * Return: as wapi_process_new(); -ESRCH if there is no such process, and what
 * pidfd_open() gives.
 */
int wapi_process_new_pid(struct wapi_client *client, uint32_t flags, pid_t pid,
			 const char *name, uint32_t *handle, bool *existed);

#include <wapi/end.h>

#endif /* WAPI_PROCESS_H */
