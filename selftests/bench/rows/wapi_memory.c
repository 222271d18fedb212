// SPDX-License-Identifier: GPL-2.0
/*
 * Rows: the memory that a handle takes, all tables included: as it is charged
 * to the client's memory cgroup, and with what is left over in the slabs' pages,
 * which nobody is charged for.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client.h"

#define CGROUP "/sys/fs/cgroup/bench"

enum { HANDLES = 200000 };

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("write %s: %m", path);
	close(fd);
}

static long long read_number(const char *path, const char *before)
{
	char line[128];
	FILE *file = fopen(path, "re");

	if (!file)
		die("open %s: %m", path);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, before, strlen(before))) {
			fclose(file);
			return strtoll(line + strlen(before), NULL, 10);
		}
	die("no %s in %s", before, path);
}

static long long charged(void)
{
	return read_number(CGROUP "/memory.current", "");
}

static long long in_pages(void)
{
	return 1024 * (read_number("/proc/meminfo", "Slab:") +
		       read_number("/proc/meminfo", "VmallocUsed:") +
		       read_number("/proc/meminfo", "Percpu:"));
}

static struct figure measure_memory(long long (*used)(void))
{
	struct figure figure = { .rounds = HANDLES };
	long long before;

	write_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(CGROUP, 0755) && errno != EEXIST)
		die("mkdir " CGROUP ": %m");
	write_text(CGROUP "/cgroup.procs", "0");
	open_client();
	/* What is there once, whatever the number of handles. */
	close_handle(new_event());
	/* What was freed by others is back then. */
	sleep(10);

	before = used();
	for (int i = 0; i < HANDLES; i++)
		new_event();
	figure.ns = (double)(used() - before) / HANDLES;
	figure.best = figure.worst = figure.ns;
	MUST(figure.ns > 0);
	return figure;
}

static struct figure memory_charged(void)
{
	return measure_memory(charged);
}

static struct figure memory_in_pages(void)
{
	return measure_memory(in_pages);
}

const struct row wapi_memory_rows[] = {
	{ "memory", "plain object, as charged", .special = memory_charged,
	  .unit = "bytes" },
	{ "memory", "plain object, in whole pages",
	  .special = memory_in_pages, .unit = "bytes" },
	{ 0 }
};
