// SPDX-License-Identifier: GPL-2.0
/*
 * Rows: what libwapi reads in the state table, with no system call.
 *
 * That is so little that the round's own frame would be a good part of it: so
 * there are eight in each, of which the figure is one.
 */
#include <errno.h>

#include "lib_client.h"

enum { IN_A_ROUND = 8 };

#define EIGHT_TIMES(what) do {			\
	what; what; what; what;			\
	what; what; what; what;			\
} while (0)

static uint32_t handle;

static void begin(unsigned long type)
{
	open_lib_client();
	MUST(!wapi_new(lib_client, type, &handle));
}

static void types(void)
{
	EIGHT_TIMES(MUST(wapi_handle_type(lib_client, handle) == WAPI_TYPE_EVENT));
}

static void capabilities(void)
{
	EIGHT_TIMES(MUST(wapi_handle_test_capabilities(lib_client, handle, WAPI_CAP_WAIT) == 1));
}

static void signals(void)
{
	EIGHT_TIMES(MUST(wapi_handle_is_signalled(lib_client, handle) == 0));
}

static struct figure each(void (*round)(void))
{
	struct figure figure;

	begin(WAPI_TYPE_EVENT);
	figure = measure(round);
	figure.ns /= IN_A_ROUND;
	figure.best /= IN_A_ROUND;
	figure.worst /= IN_A_ROUND;
	return figure;
}

static struct figure type(void)
{
	return each(types);
}

static struct figure capability(void)
{
	return each(capabilities);
}

static struct figure signalled(void)
{
	return each(signals);
}

static void wait_in_vain(void)
{
	MUST(wapi_wait_one(lib_client, handle, 0, NULL) == -ETIMEDOUT);
}

const struct row lib_state_rows[] = {
	{ "libwapi", "type of a handle", .special = type },
	{ "libwapi", "capabilities of a handle", .special = capability },
	{ "libwapi", "signalled state of a handle", .special = signalled },
	{ "libwapi", "wait for one that is not, no time", begin, WAPI_TYPE_EVENT,
	  wait_in_vain },
	{ 0 }
};
