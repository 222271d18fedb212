// SPDX-License-Identifier: GPL-2.0
/*
 * The tree of files, and whose share a file is.
 */
#include <errno.h>
#include <fts.h>

#include "demo.h"

/* FNV-1a, then mixed, so that the sum of many says which ones they were. */
uint64_t hash_of(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3;
	return (hash ^ hash >> 31) * 0x9e3779b97f4a7c15;
}

int share_of(const char *path)
{
	return (hash_of(path) >> 32) % WORKERS;
}

static bool is_file(const FTSENT *entry)
{
	return entry->fts_info == FTS_F || entry->fts_info == FTS_SL;
}

int tree_walk(const char *root, bool (*each)(const char *path, void *data),
	      void *data)
{
	char *const roots[] = { (char *)root, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int error;

	if (!tree)
		return -errno;
	errno = 0;
	while ((entry = fts_read(tree)))
		if (is_file(entry) && !each(entry->fts_path, data))
			break;
	error = -errno;
	fts_close(tree);
	return entry ? 0 : error;
}
