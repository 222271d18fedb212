// SPDX-License-Identifier: GPL-2.0
/* Rows: many requests in one call, for each pair of them. */
#include "client.h"

enum { PAIRS = 64 };

static struct wapi_open opens[PAIRS];
static struct wapi_close closes[PAIRS];
static struct wapi_batch_request requests[2 * PAIRS];

static void begin(unsigned long argument)
{
	(void)argument;
	open_client();
	for (int i = 0; i < PAIRS; i++) {
		opens[i].handle = new_event();
		closes[i].handle = opens[i].handle;
		requests[2 * i].cmd = WAPI_IOC_OPEN;
		requests[2 * i].arg = (uintptr_t)&opens[i];
		requests[2 * i + 1].cmd = WAPI_IOC_CLOSE;
		requests[2 * i + 1].arg = (uintptr_t)&closes[i];
	}
}

static void end(void)
{
	for (int i = 0; i < PAIRS; i++)
		close_handle(opens[i].handle);
}

static void batch(void)
{
	struct wapi_batch r = {
		.requests = (uintptr_t)requests,
		.count = 2 * PAIRS,
		.flags = WAPI_BATCH_STOP,
	};

	request(client, WAPI_IOC_BATCH, &r);
	MUST(r.made == 2 * PAIRS && !requests[2 * PAIRS - 1].result);
}

static struct figure per_pair(void)
{
	struct figure figure;

	begin(0);
	figure = measure(batch);
	figure.ns /= PAIRS;
	figure.best /= PAIRS;
	figure.worst /= PAIRS;
	return figure;
}

const struct row wapi_batch_rows[] = {
	{ "wapi", "batch of 64 open + close, per pair", .special = per_pair },
	{ "wapi", "batch of 64 open + close", begin, 0, batch, end },
	{ 0 }
};
