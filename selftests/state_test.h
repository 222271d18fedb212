/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the state table share: a domain with its table, and what
 * entries there look like.
 */
#ifndef WAPI_STATE_TEST_H
#define WAPI_STATE_TEST_H

#include "wait_test.h"

#define SIGNALLED	WAPI_ENTRY_SIGNALLED
#define ASK		WAPI_ENTRY_ASK
#define KEEPS		WAPI_ENTRY_KEEPS

/* What is told of an object that is not signalled. */
#define AUTO		WAPI_TYPE_EVENT
#define MANUAL		(WAPI_TYPE_EVENT | KEEPS)
#define SEMAPHORE	WAPI_TYPE_SEM
#define MUTEX		(WAPI_TYPE_MUTEX | ASK)
#define PROCESS		(WAPI_TYPE_PROCESS | ASK | KEEPS)
#define THREAD		(WAPI_TYPE_THREAD | ASK | KEEPS)
#define TIMER		(WAPI_TYPE_TIMER | ASK)
#define FILE_RECORD	(WAPI_TYPE_FILE | KEEPS)

#define TOLD(handle) told_of(self->states, handle)

/* Two clients of one domain where nobody else is, and its table. */
FIXTURE(table)
{
	int fd, other;
	const __u32 *states;
};

FIXTURE_SETUP(table)
{
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	self->other = open_device();
	ASSERT_LE(0, self->other);
	ASSERT_EQ(0, read_info(self->other).refused);
	self->states = map_states(self->fd);
	ASSERT_NE(MAP_FAILED, self->states);
	ASSERT_EQ(0, live_entries(self->states));
}

FIXTURE_TEARDOWN(table)
{
	/* The domain is gone with them, and all its objects. */
	close(self->fd);
	close(self->other);
	EXPECT_TRUE(within(SOON, live_entries(self->states) == 0)) {
		TH_LOG("%ld entries are left", live_entries(self->states));
	}
}

/* Acquires by a descriptor: 0 or -errno. */
static inline int read_object(int fd)
{
	struct wapi_acquired acquired;

	return read(fd, &acquired, sizeof(acquired)) < 0 ? -errno : 0;
}

#endif /* WAPI_STATE_TEST_H */
