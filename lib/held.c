// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a client is known to hold: references, as far as it has learned of them
 * from waits that the kernel answered.  The kernel alone decides; this is only
 * never wrong when it says yes.  It lives in the client's memory, see table.c,
 * and is empty in a forked child.
 *
 * known[index of the handle] is
 *
 *	the handle	a reference was held, and the object can be waited for
 *	a token		somebody asks the kernel about a handle of that index
 *	0		nothing is known
 *
 * There is no lock.  Who asks must not write down what is no longer true:
 *
 *	who asks				who gives back
 *
 *	known = token				begun++
 *	------ full barrier ------
 *	the kernel: is it held?  yes
 *						the kernel: gives it back
 *						------ full barrier ------
 *						known = 0, if it is not 0
 *	known = handle, if it is token
 *						finished++
 *
 * The kernel said yes before it was given back; so who gives back sees the token,
 * and the last step of who asks fails; or that step came first, and is undone.  No
 * token is used twice, so it cannot be taken for that of who asks again.
 *
 * Between the two, what is known is not true.  So it is believed only if nobody
 * is giving back anything:
 *
 *	finished is n
 *	known is the handle
 *	begun is n
 */
#include "internal.h"

/* No handle has this bit; and handle 0, which any word may stand for, is not live. */
#define TOKEN	0x80000000U

static inline size_t index_of(uint32_t handle)
{
	return handle & ((1U << WAPI_HANDLE_INDEX_BITS) - 1);
}

/* The table can be read, or there would be nothing to write to. */
uint32_t libwapi_learn(struct wapi_client *client, uint32_t handle)
{
	_Atomic uint32_t *known = &libwapi_known(client)[index_of(handle)];
	struct libwapi_view *view = libwapi_view(client);
	uint32_t token;

	if (!atomic_load(&view->learning))
		atomic_store(&view->learning, true);
	if (atomic_load(known) == handle)
		return 0;
	token = TOKEN | atomic_fetch_add(&view->tokens, 1);
	atomic_store(known, token);
	atomic_fetch_add(&view->written, 1);
	atomic_thread_fence(memory_order_seq_cst);
	return token;
}

void libwapi_learned(struct wapi_client *client, uint32_t handle, uint32_t token)
{
	_Atomic uint32_t *known = &libwapi_known(client)[index_of(handle)];

	if (token)
		atomic_compare_exchange_strong(known, &token, handle);
}

bool libwapi_are_held(struct wapi_client *client, const uint32_t *handles,
		      uint32_t count)
{
	const _Atomic uint32_t *known = libwapi_known(client);
	struct libwapi_view *view = libwapi_view(client);
	uint32_t finished, i;

	if (!atomic_load_explicit(&view->learning, memory_order_acquire))
		return false;
	finished = atomic_load_explicit(&view->finished, memory_order_acquire);
	for (i = 0; i < count; i++) {
		if (atomic_load_explicit(&known[index_of(handles[i])],
					 memory_order_acquire) != handles[i])
			return false;
	}
	return atomic_load_explicit(&view->begun, memory_order_relaxed) == finished;
}

static void forget(struct wapi_client *client, uint32_t handle)
{
	_Atomic uint32_t *known = &libwapi_known(client)[index_of(handle)];

	if (atomic_load_explicit(&libwapi_view(client)->learning,
				 memory_order_relaxed) &&
	    atomic_load_explicit(known, memory_order_relaxed))
		atomic_store_explicit(known, 0, memory_order_relaxed);
}

int libwapi_request_giving(struct wapi_client *client, unsigned long request,
			   void *argument, uint32_t handle)
{
	struct libwapi_view *view = libwapi_view(client);
	int error;

	atomic_fetch_add(&view->begun, 1);
	error = libwapi_request(client, request, argument);
	atomic_thread_fence(memory_order_seq_cst);
	forget(client, handle);
	atomic_fetch_add(&view->finished, 1);
	return error;
}

/*
 * What was there when this was done last need not be wiped away again.  Of a
 * token that is not written yet, the kernel is still to be asked.
 */
static void forget_all(struct wapi_client *client)
{
	struct libwapi_view *view = libwapi_view(client);
	uint32_t written = atomic_load(&view->written);

	if (written == atomic_load(&view->wiped))
		return;
	libwapi_known_wipe(client);
	atomic_store(&view->wiped, written);
}

int libwapi_request_forgetting(struct wapi_client *client, unsigned long request,
			       void *argument)
{
	struct libwapi_view *view = libwapi_view(client);
	int error;

	atomic_fetch_add(&view->begun, 1);
	error = libwapi_request(client, request, argument);
	atomic_thread_fence(memory_order_seq_cst);
	forget_all(client);
	atomic_fetch_add(&view->finished, 1);
	return error;
}
