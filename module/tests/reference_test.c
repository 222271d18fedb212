// SPDX-License-Identifier: GPL-2.0
/*
 * Counts of references at their limits, which no client reaches in the time that a
 * test has.
 */
#include "../client.h"
#include "../map.h"
#include "../reference.h"
#include "object.h"

#define REFERENCE_HANDLE	(BIT(WAPI_HANDLE_INDEX_BITS) | 300)

static void reference_free_leaf(void *leaf)
{
	kfree(leaf);
}

static struct wapi_client *reference_client(struct kunit *test, bool with_room)
{
	struct wapi_client *client = kunit_kzalloc(test, sizeof(*client), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, client);
	if (with_room)
		KUNIT_ASSERT_EQ(test, 0, wapi_reference_make_room(client, REFERENCE_HANDLE));
	return client;
}

/* With a handle that a client has leaves for, and nobody's reference. */
static struct wapi_object *reference_object(struct kunit *test)
{
	struct wapi_object *object = test_object_of(test, WAPI_TYPE_EVENT, 0);

	object->handle = REFERENCE_HANDLE;
	object->references = 0;
	return object;
}

static int reference_take(struct wapi_object *object, struct wapi_client *client)
{
	int err;

	spin_lock(&object->lock);
	err = wapi_reference_take(object, client);
	spin_unlock(&object->lock);
	return err;
}

/* As if it had been taken so many times more. */
static void reference_pretend(struct wapi_object *object, struct wapi_client *client, u32 more)
{
	spin_lock(&object->lock);
	*wapi_reference_of(object, client) += more;
	object->references += more;
	spin_unlock(&object->lock);
}

static void reference_needs_room_first(struct kunit *test)
{
	struct wapi_object *object = reference_object(test);
	struct wapi_client *client = reference_client(test, false);

	KUNIT_EXPECT_EQ(test, -EAGAIN, reference_take(object, client));
	KUNIT_EXPECT_EQ(test, 0, object->references);
	KUNIT_ASSERT_EQ(test, 0, wapi_reference_make_room(client, REFERENCE_HANDLE));
	/* Room that is there already is good enough. */
	KUNIT_EXPECT_EQ(test, 0, wapi_reference_make_room(client, REFERENCE_HANDLE));
	KUNIT_EXPECT_EQ(test, 0, reference_take(object, client));
	KUNIT_EXPECT_EQ(test, 1, object->references);
	KUNIT_EXPECT_EQ(test, 1, object->clients);
	KUNIT_EXPECT_EQ(test, 1, wapi_reference_peek(client, REFERENCE_HANDLE));
	wapi_map_destroy(&client->counts, reference_free_leaf);
}

/* Nor does the count run into the mark beside it. */
static void reference_of_a_client_has_31_bits(struct kunit *test)
{
	struct wapi_object *object = reference_object(test);
	struct wapi_client *client = reference_client(test, true);

	KUNIT_ASSERT_EQ(test, 0, reference_take(object, client));
	reference_pretend(object, client, WAPI_REFERENCE_COUNT - 2);
	KUNIT_EXPECT_EQ(test, 0, reference_take(object, client));
	KUNIT_EXPECT_EQ(test, WAPI_REFERENCE_COUNT, *wapi_reference_of(object, client));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, reference_take(object, client));
	KUNIT_EXPECT_EQ(test, WAPI_REFERENCE_COUNT, *wapi_reference_of(object, client));
	KUNIT_EXPECT_EQ(test, WAPI_REFERENCE_COUNT, object->references);

	*wapi_reference_of(object, client) |= WAPI_REFERENCE_INHERIT;
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, reference_take(object, client));
	KUNIT_EXPECT_EQ(test, U32_MAX, *wapi_reference_of(object, client));
	KUNIT_EXPECT_EQ(test, WAPI_REFERENCE_COUNT,
			wapi_reference_peek(client, REFERENCE_HANDLE));
	wapi_map_destroy(&client->counts, reference_free_leaf);
}

static void reference_of_all_clients_have_32_bits(struct kunit *test)
{
	struct wapi_object *object = reference_object(test);
	struct wapi_client *clients[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(clients); i++)
		clients[i] = reference_client(test, true);
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, 0, reference_take(object, clients[i]));
		reference_pretend(object, clients[i], WAPI_REFERENCE_COUNT - 1);
	}
	KUNIT_EXPECT_EQ(test, U32_MAX - 1, object->references);
	KUNIT_EXPECT_EQ(test, 0, reference_take(object, clients[2]));
	KUNIT_EXPECT_EQ(test, U32_MAX, object->references);
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, reference_take(object, clients[2]));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, reference_take(object, clients[3]));
	KUNIT_EXPECT_EQ(test, U32_MAX, object->references);
	KUNIT_EXPECT_EQ(test, 3, object->clients);
	KUNIT_EXPECT_EQ(test, 1, wapi_reference_peek(clients[2], REFERENCE_HANDLE));
	KUNIT_EXPECT_EQ(test, 0, wapi_reference_peek(clients[3], REFERENCE_HANDLE));
	for (i = 0; i < ARRAY_SIZE(clients); i++)
		wapi_map_destroy(&clients[i]->counts, reference_free_leaf);
}

static struct kunit_case reference_cases[] = {
	KUNIT_CASE(reference_needs_room_first),
	KUNIT_CASE(reference_of_a_client_has_31_bits),
	KUNIT_CASE(reference_of_all_clients_have_32_bits),
	{ }
};

static struct kunit_suite reference_suite = {
	.name = "wapi_reference",
	.test_cases = reference_cases,
};

kunit_test_suite(reference_suite);
