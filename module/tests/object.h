/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that are in no table, for the tests of their states and of waits.
 */
#ifndef WAPI_TESTS_OBJECT_H
#define WAPI_TESTS_OBJECT_H

#include <kunit/test.h>
#include <linux/slab.h>

#include "../domain.h"
#include "../owner.h"
#include "../queue.h"
#include "../type.h"
#include "../wait.h"

static inline struct wapi_domain *test_domain(struct kunit *test)
{
	struct wapi_domain *domain = kunit_kzalloc(test, sizeof(*domain), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, domain);
	spin_lock_init(&domain->freeze);
	return domain;
}

/* With a reference, as if it were published.  *@err is what its type says of @args. */
static inline struct wapi_object *test_object_or(struct kunit *test, struct wapi_domain *domain,
						 u32 handle, const struct wapi_new *args,
						 int *err)
{
	struct wapi_object *object = kunit_kzalloc(test, sizeof(*object), GFP_KERNEL);
	const struct wapi_type_ops *type = wapi_types[args->type];

	KUNIT_ASSERT_NOT_NULL(test, object);
	spin_lock_init(&object->lock);
	INIT_LIST_HEAD(&object->waiters);
	object->handle = handle;
	object->references = 1;
	object->state = type->entry | args->type;
	object->entry = &object->state;
	object->domain = domain;
	*err = type->create ? type->create(object, NULL, args) : 0;
	return object;
}

static inline struct wapi_object *test_object(struct kunit *test, struct wapi_domain *domain,
					      u32 handle, const struct wapi_new *args)
{
	struct wapi_object *object;
	int err;

	object = test_object_or(test, domain, handle, args, &err);
	KUNIT_ASSERT_EQ(test, 0, err);
	return object;
}

static inline struct wapi_object *test_object_of(struct kunit *test, u32 type, u32 flags)
{
	struct wapi_new args = { .type = type, .flags = flags };

	return test_object(test, test_domain(test), 1, &args);
}

static inline void test_acquire(struct wapi_object *object, struct wapi_owner *owner)
{
	struct wapi_thread_wait wait;

	wapi_wait_init(&wait, NULL);
	wait.owner = owner;
	spin_lock(&object->lock);
	wapi_type_of(object)->acquire(object, &wait, 0);
	spin_unlock(&object->lock);
	put_pid(wait.abandoned_by);
}

static inline int test_signal(struct wapi_object *object, u32 count)
{
	int err;

	spin_lock(&object->lock);
	err = wapi_type_of(object)->signal(object, count);
	spin_unlock(&object->lock);
	return err;
}

static inline void test_unacquire(struct wapi_object *object)
{
	spin_lock(&object->lock);
	wapi_type_of(object)->unacquire(object);
	spin_unlock(&object->lock);
}

#endif /* WAPI_TESTS_OBJECT_H */
