// SPDX-License-Identifier: GPL-2.0
/* Rows: the end of a client that holds references, for each of them. */
#include <unistd.h>

#include "client.h"

enum { REFERENCES = 10000, REPEATS = 15 };

static void check_counts(const struct wapi_info *before, const struct wapi_info *after)
{
	MUST(before->handles == after->handles);
	MUST(before->blocks == after->blocks);
	MUST(before->clients == after->clients);
}

/*
 * What it takes to close the descriptor of a client that holds what @hold() makes.
 * @check() looks that nothing is put off.
 */
static struct figure measure_end(void (*hold)(void), void (*check)(void))
{
	int observer = new_client();
	struct wapi_info before, after;
	double ns[REPEATS];
	int64_t start;

	/* The first one finds caches empty. */
	for (int i = -1; i < REPEATS; i++) {
		before = read_info(observer);
		client = new_client();
		hold();
		start = now();
		close(client);
		start = now() - start;
		if (i >= 0)
			ns[i] = (double)start / REFERENCES;
		after = read_info(observer);
		check_counts(&before, &after);
		if (check)
			check();
		/* Its garbage is not to be collected while the next is measured. */
		usleep(500 * 1000);
	}
	return figure_of(ns, REPEATS, REFERENCES);
}

static uint32_t handles[REFERENCES];

/* Objects that another client keeps. */
static void hold_others(void)
{
	for (int i = 0; i < REFERENCES; i++)
		open_handle(handles[i]);
}

static int keeper;

/* Only the other one's are left. */
static void check_others(void)
{
	for (int i = 0; i < REFERENCES; i++) {
		struct wapi_query r = { .handle = handles[i] };

		request(keeper, WAPI_IOC_QUERY, &r);
		MUST(r.references == 1 && r.clients == 1);
	}
}

static struct figure end_with_references(void)
{
	open_client();
	keeper = client;
	for (int i = 0; i < REFERENCES; i++)
		handles[i] = new_event();
	return measure_end(hold_others, check_others);
}

static void hold_own(void)
{
	for (int i = 0; i < REFERENCES; i++)
		new_event();
}

static struct figure end_with_objects(void)
{
	return measure_end(hold_own, NULL);
}

static void hold_blocks(void)
{
	for (int i = 0; i < REFERENCES; i++)
		new_block(64);
}

static struct figure end_with_blocks(void)
{
	return measure_end(hold_blocks, NULL);
}

/* A client that comes and goes, with one request between. */
static void come_and_go(void)
{
	close(new_client());
}

static void begin_come_and_go(unsigned long argument)
{
	(void)argument;
	/* So that the domain stays. */
	open_client();
}

const struct row wapi_end_rows[] = {
	{ "wapi", "end of a client, per reference", .special = end_with_references },
	{ "wapi", "end of a client, per object that goes with it",
	  .special = end_with_objects },
	{ "wapi", "end of a client, per block", .special = end_with_blocks },
	{ "wapi", "open /dev/wapi + info + close", begin_come_and_go, 0, come_and_go,
	  .garbage = true },
	{ 0 }
};
