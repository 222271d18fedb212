/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is told of a domain and of a client.
 */
#ifndef WAPI_INFO_H
#define WAPI_INFO_H

#include <linux/compiler.h>

struct file;
struct seq_file;

/* A count as it was just now: nobody is kept from changing it while it is told. */
#define wapi_just_now(count) data_race(count)

void wapi_show_fdinfo(struct seq_file *m, struct file *file);

#endif /* WAPI_INFO_H */
