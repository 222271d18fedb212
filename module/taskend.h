/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes and threads that end, and programs that are replaced.
 */
#ifndef WAPI_TASKEND_H
#define WAPI_TASKEND_H

#include <linux/types.h>

bool wapi_process_is_ending(void);
int wapi_taskend_init(void);
void wapi_taskend_exit(void);

#endif /* WAPI_TASKEND_H */
