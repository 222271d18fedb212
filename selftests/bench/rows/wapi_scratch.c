// SPDX-License-Identifier: GPL-2.0
/* Rows: blocks of scratch memory. */
#include "client.h"

static uint64_t size;
static uint64_t kept;
static uint32_t handle;

/* One block stays, so that the page is there: warm. */
static void begin(unsigned long argument)
{
	open_client();
	size = argument;
	kept = new_block(64);
}

static void end(void)
{
	free_block(kept);
}

/* Nothing else is in the arena: its page comes and goes. */
static void begin_cold(unsigned long argument)
{
	open_client();
	size = argument;
}

static void scratch_free(void)
{
	free_block(new_block(size));
}

static void begin_attach(unsigned long argument)
{
	begin(argument);
	handle = new_object(WAPI_TYPE_FILE, 0);
}

static void end_attach(void)
{
	close_handle(handle);
	end();
}

static void attach_detach(void)
{
	struct wapi_attach r = { .handle = handle, .block = kept };

	request(client, WAPI_IOC_ATTACH, &r);
	r = (struct wapi_attach){ .handle = handle };
	request(client, WAPI_IOC_ATTACH, &r);
}

static void find_block(void)
{
	struct wapi_block r = { .offset = kept + 1 };

	request(client, WAPI_IOC_BLOCK, &r);
}

const struct row wapi_scratch_rows[] = {
	{ "wapi", "scratch 64 B + free", begin, 64, scratch_free, end },
	{ "wapi", "scratch 64 B + free, the only block", begin_cold, 64, scratch_free },
	{ "wapi", "scratch 4096 B + free", begin, 4096, scratch_free, end },
	{ "wapi", "attach + detach", begin_attach, 0, attach_detach, end_attach },
	{ "wapi", "block", begin, 0, find_block, end },
	{ 0 }
};
