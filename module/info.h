/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is told of a domain and of a client.
 */
#ifndef WAPI_INFO_H
#define WAPI_INFO_H

struct file;
struct seq_file;

void wapi_show_fdinfo(struct seq_file *m, struct file *file);

#endif /* WAPI_INFO_H */
