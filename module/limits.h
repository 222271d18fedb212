/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a user may use up; module parameters.
 */
#ifndef WAPI_LIMITS_H
#define WAPI_LIMITS_H

/**
 * struct wapi_limits - the limits of a domain
 * @handles: live handles
 * @clients: clients
 * @blocks: blocks in the arena
 * @arena: bytes of the arena
 */
struct wapi_limits {
	unsigned long handles;
	unsigned long clients;
	unsigned long blocks;
	unsigned long arena;
};

void wapi_limits_read(struct wapi_limits *limits);

#endif /* WAPI_LIMITS_H */
