// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the state table tells: types, capabilities and signal states of handles
 * without a system call, where it does not matter which thread asks.  Nothing is
 * kept here; the table is made in table.c and lives as long as the client.
 *
 * An entry says everything of its handle in one word, and the module writes it
 * in one step with the change that it tells of, behind what went before:
 *
 *	who signals				who asks
 *
 *	data = 42
 *	the kernel:
 *	  entry |= WAPI_ENTRY_SIGNALLED
 *	  (store-release)		---->	load-acquire of entry: is signalled
 *						data is 42
 *
 * Where the table cannot be read, the same questions go to the kernel.
 */
#include "internal.h"

#define INDEX_MASK	((1U << WAPI_HANDLE_INDEX_BITS) - 1)

/* How many entries a search looks at; much further, a request is faster. */
#define SEARCH_ENTRIES	64U

static const uint8_t capabilities[WAPI_ENTRY_TYPE + 1] = {
	[WAPI_TYPE_FILE]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_CONSOLE]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_THREAD]	= WAPI_CAP_WAIT,
	[WAPI_TYPE_SEM]		= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_MUTEX]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL | WAPI_CAP_OWN,
	[WAPI_TYPE_EVENT]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_SOCKET]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_FIND]	= 0,
	[WAPI_TYPE_PROCESS]	= WAPI_CAP_WAIT,
	[WAPI_TYPE_PIPE]	= WAPI_CAP_WAIT | WAPI_CAP_SIGNAL,
	[WAPI_TYPE_TIMER]	= WAPI_CAP_WAIT,
};

void libwapi_believe(struct wapi_client *client)
{
	struct libwapi_view *view = libwapi_view(client);
	uint32_t i, entry;

	for (i = 0; i < LIBWAPI_MEANINGS; i++) {
		entry = i + 1;
		view->lacks[i] = ~(uint32_t)capabilities[entry & WAPI_ENTRY_TYPE];
		if (entry & WAPI_ENTRY_SIGNALLED)
			view->signalled[i] = 1;
		else
			view->signalled[i] = entry & WAPI_ENTRY_ASK ? -1 : 0;
	}
	view->mask = INDEX_MASK;
	view->limit = LIBWAPI_MEANINGS;
}

/*
 * Look a handle up.  @meaning becomes its entry without the generation, less 1:
 * an entry of another generation, or none, is beyond the limit then, and so is
 * any if the table is not to be believed.
 */
static inline bool look_up(const struct wapi_client *client, uint32_t handle,
			   uint32_t *meaning)
{
	const struct libwapi_view *view = libwapi_view(client);
	size_t index = handle & view->mask;
	uint32_t entry;

	/* One value in one register: GCC would rather compute it twice. */
	__asm__("" : "+r" (index));
	entry = atomic_load_explicit(&client->states[index],
				     memory_order_acquire);
	*meaning = entry + (uint32_t)index - handle - 1;
	return __builtin_expect(*meaning < view->limit, 1);
}

/*
 * The same after the first look failed.
 *
 * Return: 0, -EBADF, or -EAGAIN if the table cannot tell
 */
static int look_again(struct wapi_client *client, uint32_t handle,
		      uint32_t *meaning)
{
	if (!libwapi_table(client))
		return -EAGAIN;
	return look_up(client, handle, meaning) ? 0 : -EBADF;
}

static uint32_t type_in(uint32_t meaning)
{
	return (meaning & WAPI_ENTRY_TYPE) + 1;
}

__attribute__((noinline, cold))
static int ask_type(struct wapi_client *client, uint32_t handle)
{
	uint32_t index = handle & INDEX_MASK, meaning;
	struct wapi_search request = { 0 };
	int error;

	error = look_again(client, handle, &meaning);
	if (!error)
		return type_in(meaning);
	if (error != -EAGAIN)
		return error;

	/* Behind the index before; of that any generation will do, but not 0. */
	if (index)
		request.after = 1U << WAPI_HANDLE_INDEX_BITS | (index - 1);
	error = libwapi_request(client, WAPI_IOC_SEARCH, &request);
	if (error == -ENOENT || (!error && request.found != handle))
		return -EBADF;
	return error ? error : (int)request.found_type;
}

WAPI_EXPORT int wapi_handle_type(struct wapi_client *client, uint32_t handle)
{
	uint32_t meaning;

	if (!look_up(client, handle, &meaning))
		return ask_type(client, handle);
	return type_in(meaning);
}

__attribute__((noinline, cold))
static int ask_capabilities(struct wapi_client *client, uint32_t handle,
			    uint32_t caps)
{
	int type = ask_type(client, handle);

	if (type < 0)
		return type;
	return !(caps & ~(uint32_t)capabilities[type & WAPI_ENTRY_TYPE]);
}

WAPI_EXPORT int wapi_handle_test_capabilities(struct wapi_client *client,
					      uint32_t handle, uint32_t caps)
{
	uint32_t meaning;

	if (!look_up(client, handle, &meaning))
		return ask_capabilities(client, handle, caps);
	return !(libwapi_view(client)->lacks[meaning] & caps);
}

/* Whether anybody's wait would be satisfied; without a reference to the handle. */
static int list_signalled(struct wapi_client *client, uint32_t handle)
{
	struct wapi_handle_record record;
	struct wapi_list request = {
		.what = WAPI_LIST_HANDLES,
		.records = (uintptr_t)&record,
		.record_size = sizeof(record),
		.capacity = 1,
		.cursor[0] = handle & INDEX_MASK,
	};
	int error;

	error = libwapi_request(client, WAPI_IOC_LIST, &request);
	if (error)
		return error;
	return request.count && record.handle == handle ? (int)record.signalled :
							  -EBADF;
}

__attribute__((noinline, cold))
static int ask_signalled(struct wapi_client *client, uint32_t handle)
{
	struct wapi_query request = { .handle = handle };
	uint32_t meaning;
	int error;

	error = look_again(client, handle, &meaning);
	if (!error && libwapi_view(client)->signalled[meaning] >= 0)
		return libwapi_view(client)->signalled[meaning];
	if (error == -EBADF)
		return error;

	error = libwapi_request(client, WAPI_IOC_QUERY, &request);
	if (!error)
		return request.signalled;
	return error == -EBADF ? list_signalled(client, handle) : error;
}

WAPI_EXPORT int wapi_handle_is_signalled(struct wapi_client *client,
					 uint32_t handle)
{
	uint32_t meaning;
	int signalled;

	if (!look_up(client, handle, &meaning))
		return ask_signalled(client, handle);
	signalled = libwapi_view(client)->signalled[meaning];
	if (__builtin_expect(signalled < 0, 0))
		return ask_signalled(client, handle);
	return signalled;
}

/* The first entry of a type from index @from on, or @end. */
static uint32_t find(const struct wapi_client *client, uint32_t from,
		     uint32_t end, uint32_t type, uint32_t *entry)
{
	uint32_t index, found;

	for (index = from; index < end; index++) {
		*entry = atomic_load_explicit(&client->states[index],
					      memory_order_acquire);
		found = *entry & WAPI_ENTRY_TYPE;
		if (found && (!type || found == type))
			break;
	}
	return index;
}

int libwapi_look_behind(struct wapi_client *client, struct wapi_search *search)
{
	uint32_t from = search->after ? (search->after & INDEX_MASK) + 1 : 0;
	uint32_t end = from + SEARCH_ENTRIES, index, lower, entry = 0, at;

	if (search->type >= WAPI_TYPE_COUNT || end > INDEX_MASK + 1 ||
	    !libwapi_table(client))
		return -EAGAIN;

	index = find(client, from, end, search->type, &entry);
	/* What was made before this one, but behind our back, comes first. */
	while (index < end &&
	       (lower = find(client, from, index, search->type, &at)) < index) {
		index = lower;
		entry = at;
	}
	if (index == end)
		return -EAGAIN;
	search->found = (entry & WAPI_ENTRY_GENERATION) | index;
	search->found_type = entry & WAPI_ENTRY_TYPE;
	return 0;
}

/*
 * As the kernel does it: first it is made sure that all handles may be waited
 * for, then they are looked at one by one.
 */
int libwapi_look_for_any(struct wapi_client *client, const uint32_t *handles,
			 uint32_t count, uint32_t *index)
{
	uint32_t i, meaning;

	if (!libwapi_are_held(client, handles, count))
		return LIBWAPI_LEARN;
	for (i = 0; i < count; i++) {
		if (!look_up(client, handles[i], &meaning))
			return LIBWAPI_ASK;
		if (!libwapi_view(client)->signalled[meaning])
			continue;
		/*
		 * It must stay signalled, and be the lowest of all: whether one
		 * before it was signalled meanwhile, be it for a moment, only the
		 * kernel can tell.
		 */
		if (i || libwapi_view(client)->signalled[meaning] < 0 ||
		    !((meaning + 1) & WAPI_ENTRY_KEEPS))
			return LIBWAPI_ASK;
		*index = i;
		return 0;
	}
	return -ETIMEDOUT;
}
