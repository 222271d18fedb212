/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device.
 */
#ifndef WAPI_MAIN_H
#define WAPI_MAIN_H

#include <linux/fs.h>

extern const struct file_operations wapi_file_operations;

#endif /* WAPI_MAIN_H */
