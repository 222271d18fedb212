/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that are found by name.
 */
#ifndef WAPI_NAME_H
#define WAPI_NAME_H

#include <linux/types.h>

struct pid_namespace;
struct wapi_domain;
struct wapi_name;
struct wapi_name_record;
struct wapi_object;

struct wapi_name *wapi_name_read(u64 address, u32 size);
void wapi_name_put(struct wapi_name *name);
u32 wapi_name_find(struct wapi_domain *domain, struct wapi_name *name);
bool wapi_name_is_of(const struct wapi_name *name, const struct wapi_object *object);
int wapi_name_bind(struct wapi_object *object, struct wapi_name *name);
void wapi_name_unbind(struct wapi_object *object);
void wapi_name_describe(const struct wapi_object *object, struct wapi_name_record *record,
			struct pid_namespace *pids);
int wapi_names_init(struct wapi_domain *domain);
void wapi_names_destroy(struct wapi_domain *domain);
int wapi_name_cache_create(void);
void wapi_name_cache_destroy(void);

#endif /* WAPI_NAME_H */
