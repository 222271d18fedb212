/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command that shows one domain after the other, as text or as JSON.
 */
#ifndef WAPICTL_SHOW_H
#define WAPICTL_SHOW_H

#include <stdint.h>

struct listing;
struct wapi_client;

struct show {
	/* What to read, LISTING_*. */
	unsigned int what;
	void (*text)(struct wapi_client *client, const struct listing *listing);
	/* Members of an object that is open already. */
	void (*json)(struct wapi_client *client, const struct listing *listing);
};

/* Returns what the command exits with. */
int show_domains(int argc, char **argv, const struct show *show);

/* "" for 1, else "s". */
const char *plural(uint64_t count);

#endif /* WAPICTL_SHOW_H */
