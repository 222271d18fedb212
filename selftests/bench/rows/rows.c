// SPDX-License-Identifier: GPL-2.0
/* All rows: those of ours, and those of what there is instead. */
#include <stddef.h>

#include "row.h"

extern const struct row wapi_handle_rows[];
extern const struct row wapi_name_rows[];
extern const struct row wapi_signal_rows[];
extern const struct row wapi_wait_rows[];
extern const struct row wapi_scratch_rows[];
extern const struct row wapi_share_rows[];
extern const struct row wapi_batch_rows[];
extern const struct row wapi_end_rows[];
extern const struct row wapi_memory_rows[];
extern const struct row daemon_rows[];
extern const struct row shared_handle_rows[];
extern const struct row descriptor_rows[];
extern const struct row futex_rows[];
extern const struct row semaphore_rows[];
extern const struct row lock_rows[];
extern const struct row ntsync_rows[];
extern const struct row least_rows[];

const struct row *const tables[] = {
	wapi_handle_rows, wapi_name_rows, wapi_signal_rows, wapi_wait_rows,
	wapi_scratch_rows, wapi_share_rows, wapi_batch_rows, wapi_end_rows,
	wapi_memory_rows,
	daemon_rows, shared_handle_rows, descriptor_rows, futex_rows,
	semaphore_rows, lock_rows, ntsync_rows, least_rows,
	NULL
};
