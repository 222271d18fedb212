/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libwapi - handles, waiting and scratch memory shared by the processes of a user
 *
 * The words (object, handle, client, domain, arena, block) are explained in
 * <linux/wapi.h>, whose structures are used here; libwapi(7) is the overview.
 *
 * All sizes and offsets are in bytes.
 *
 * Errors.  Functions that return int return 0, or a negative errno value, if
 * nothing else is said.  A function that fails changed nothing and wrote
 * nothing through its pointers.  errno itself has no meaning after a call.
 * What <linux/wapi.h> says about a request's errors holds for the function of
 * that request; any function that needs the client can also give
 *
 *   -ESTALE           the client has ended, or it cannot be used in this
 *                     process: see wapi_client_join()
 *   what wapi_client_open() gives, in a forked child whose client is not open
 *   yet
 *
 * Pointers must not be NULL if nothing else is said.
 *
 * Threads.  Every function can be called by any number of threads at once, on
 * the same client too; only wapi_client_close() must be the last call on its
 * client.  No function takes a lock on its usual path.  None is
 * async-signal-safe.  Thread cancellation never leaves the library locked.
 *
 * fork().  A client belongs to the process that opened it.  In a forked child
 * the same struct wapi_client stands for a client of the child's own, which
 * is opened by the first call that needs it; of references it holds those that
 * the parent marked with wapi_mark(), and no others; it holds no blocks, it owns
 * no mutex, and the arena is not mapped, so that pointers into it that were
 * copied from the parent must not be used.  The parent's client is not
 * touched.  The child is recognized however it was made: by fork(), _Fork() or
 * clone(); one that shares its parent's memory, as after vfork(), must not
 * call this library and gets -ESTALE from requests.  fork() can be called at
 * any time, while other threads are inside the library too.
 *
 * execve() ends the process's clients.
 */
#ifndef WAPI_WAPI_H
#define WAPI_WAPI_H

#include <linux/wapi.h>

#include <wapi/client.h>
#include <wapi/handle.h>
#include <wapi/scratch.h>
#include <wapi/list.h>
#include <wapi/state.h>
#include <wapi/batch.h>

#include <wapi/name.h>
#include <wapi/event.h>
#include <wapi/mutex.h>
#include <wapi/sem.h>
#include <wapi/timer.h>
#include <wapi/process.h>
#include <wapi/thread.h>
#include <wapi/wait.h>
#include <wapi/share.h>
#include <wapi/poll.h>

#endif /* WAPI_WAPI_H */
