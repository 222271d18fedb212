// SPDX-License-Identifier: GPL-2.0
/*
 * Waits against a simple model: which index satisfies one, what it acquires, and
 * whom a signal goes to of those that are queued.
 */
#include <linux/pid.h>
#include <linux/random.h>

#include "../domain.h"
#include "../freeze.h"
#include "../owner.h"
#include "../queue.h"
#include "../type.h"
#include "../wait.h"
#include "object.h"

#define OBJECTS	6
#define WAITS	5

/* Of events and semaphores; mutexes belong to nobody, to us or to another thread. */
enum kind { AUTO, MANUAL, SEMAPHORE, MUTEX, KINDS };
enum { NOBODY, OURS, OTHER };

struct wait_model {
	struct kunit *test;
	struct rnd_state random;
	struct wapi_domain *domain;
	struct wapi_owner *ours, *other;
	struct wapi_object *objects[OBJECTS];
	enum kind kinds[OBJECTS];
	u32 states[OBJECTS];	/* set or not, a count, or whose */
};

/* A wait, for the objects with these numbers. */
struct model_wait {
	struct wapi_thread_wait wait;
	struct wapi_object *objects[OBJECTS];
	struct wapi_waiter waiters[OBJECTS];
	u32 handles[OBJECTS];
	u32 numbers[OBJECTS];
	int outcome;
};

static u32 dice(struct wait_model *model, u32 faces)
{
	return prandom_u32_state(&model->random) % faces;
}

static void model_object(struct wait_model *model, u32 number, u32 kinds)
{
	static const u32 types[] = {
		WAPI_TYPE_EVENT, WAPI_TYPE_EVENT, WAPI_TYPE_SEM, WAPI_TYPE_MUTEX,
	};
	enum kind kind = dice(model, kinds);
	struct wapi_new args = {
		.type = types[kind],
		.flags = kind == MANUAL ? WAPI_NEW_MANUAL : 0,
	};
	struct wapi_object *object;
	u32 state;

	object = test_object(model->test, model->domain, number + 1, &args);
	state = dice(model, kind == SEMAPHORE || kind == MUTEX ? 3 : 2);
	if (kind == MUTEX && state != NOBODY)
		test_acquire(object, state == OURS ? model->ours : model->other);
	else if (kind != MUTEX && state)
		KUNIT_ASSERT_EQ(model->test, 0, test_signal(object, kind == SEMAPHORE ? state : 0));
	model->objects[number] = object;
	model->kinds[number] = kind;
	model->states[number] = state;
}

static struct wait_model *model_create(struct kunit *test, u32 seed)
{
	struct wait_model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, model);
	model->test = test;
	prandom_seed_state(&model->random, seed);
	model->domain = test_domain(test);
	model->ours = wapi_owner_get();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, model->ours);
	/* Of a thread that is sure to live. */
	model->other = kunit_kzalloc(test, sizeof(*model->other), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model->other);
	model->other->task = &init_task;
	spin_lock_init(&model->other->lock);
	INIT_LIST_HEAD(&model->other->mutexes);
	return model;
}

static void model_renew(struct wait_model *model, u32 kinds)
{
	u32 i;

	for (i = 0; i < OBJECTS; i++) {
		if (model->objects[i]) {
			if (model->kinds[i] == MUTEX)
				wapi_type_of(model->objects[i])->destroy(model->objects[i]);
			kunit_kfree(model->test, model->objects[i]);
		}
		model_object(model, i, kinds);
	}
}

static bool model_is_signalled(struct wait_model *model, u32 number)
{
	u32 state = model->states[number];

	return model->kinds[number] == MUTEX ? state != OTHER : state;
}

static void model_acquire(struct wait_model *model, u32 number)
{
	switch (model->kinds[number]) {
	case AUTO:
		model->states[number] = 0;
		break;
	case SEMAPHORE:
		model->states[number]--;
		break;
	case MUTEX:
		model->states[number] = OURS;
		break;
	default:
		break;
	}
}

/* Take the wait as the objects are now; false if none would be satisfied. */
static bool model_satisfy(struct wait_model *model, struct model_wait *mw)
{
	struct wapi_thread_wait *wait = &mw->wait;
	u32 i;

	for (i = 0; wait->all && i < wait->count; i++)
		if (!model_is_signalled(model, mw->numbers[i]))
			break;
	if (wait->all && wait->count && i == wait->count) {
		while (i--)
			model_acquire(model, mw->numbers[i]);
		mw->outcome = 0;
		return true;
	}
	/* All but the alert were needed together. */
	for (i = wait->all ? wait->count : 0; i < wait->total; i++) {
		if (!model_is_signalled(model, mw->numbers[i]))
			continue;
		model_acquire(model, mw->numbers[i]);
		mw->outcome = i;
		return true;
	}
	return false;
}

static void model_expect_same(struct wait_model *model)
{
	const struct wapi_object *object;
	u32 i, state;

	for (i = 0; i < OBJECTS; i++) {
		object = model->objects[i];
		state = wapi_object_is_set(object);
		if (model->kinds[i] == SEMAPHORE)
			state = object->semaphore.count;
		else if (model->kinds[i] == MUTEX)
			state = !object->mutex.owner ? NOBODY :
				object->mutex.owner == model->ours ? OURS : OTHER;
		KUNIT_ASSERT_EQ(model->test, model->states[i], state);
	}
}

/* For some of the objects, each once, in any order. */
static void model_wait_init(struct wait_model *model, struct model_wait *mw)
{
	u32 order[OBJECTS], i, other;

	for (i = 0; i < OBJECTS; i++)
		order[i] = i;
	for (i = OBJECTS - 1; i; i--) {
		other = dice(model, i + 1);
		swap(order[i], order[other]);
	}
	memset(mw, 0, sizeof(*mw));
	wapi_wait_init(&mw->wait, NULL);
	mw->wait.owner = model->ours;
	mw->wait.all = dice(model, 2);
	mw->wait.total = 1 + dice(model, OBJECTS);
	/* An alert, if any, is an event. */
	mw->wait.count = mw->wait.total - (model->kinds[order[mw->wait.total - 1]] <= MANUAL &&
					   dice(model, 2));
	mw->wait.handles = mw->handles;
	mw->wait.objects = mw->objects;
	mw->wait.waiters = mw->waiters;
	for (i = 0; i < mw->wait.total; i++) {
		mw->numbers[i] = order[i];
		mw->objects[i] = model->objects[order[i]];
		mw->handles[i] = mw->objects[i]->handle;
	}
	mw->outcome = WAPI_WAIT_PENDING;
}

static void wait_chooses_the_lowest_or_all(struct kunit *test)
{
	struct wait_model *model = model_create(test, 5);
	struct model_wait *mw = kunit_kzalloc(test, sizeof(*mw), GFP_KERNEL);
	u32 round;
	bool can;

	KUNIT_ASSERT_NOT_NULL(test, mw);
	for (round = 0; round < 20000; round++) {
		if (round % 4 == 0)
			model_renew(model, KINDS);
		model_wait_init(model, mw);
		can = model_satisfy(model, mw);
		KUNIT_ASSERT_EQ(test, can ? 0 : -EAGAIN,
				wapi_wait_frozen(&mw->wait, model->domain, NULL, 0, 0, false));
		KUNIT_ASSERT_EQ(test, mw->outcome, atomic_read(&mw->wait.outcome));
		model_expect_same(model);
		if (round % 64 == 0)
			cond_resched();
	}
	for (round = 0; round < OBJECTS; round++) {
		KUNIT_EXPECT_EQ(test, 0, model->objects[round]->frozen);
		if (model->kinds[round] == MUTEX)
			wapi_type_of(model->objects[round])->destroy(model->objects[round]);
	}
}

/* Signal an object and let the queue have it; by the model, in the order of coming. */
static void model_signal(struct wait_model *model, struct model_wait *waits, u32 number)
{
	struct wapi_object *object = model->objects[number];
	struct model_wait *mw;
	u32 i, j;
	int err;

	wapi_object_lock_kept(object);
	err = wapi_type_of(object)->signal(object, model->kinds[number] == SEMAPHORE);
	wapi_serve(object);
	wapi_object_unlock(object);
	KUNIT_ASSERT_EQ(model->test, 0, err);

	model->states[number] = model->kinds[number] == SEMAPHORE ? model->states[number] + 1 : 1;
	for (i = 0; i < WAITS; i++) {
		mw = &waits[i];
		for (j = 0; j < mw->wait.total && mw->numbers[j] != number; j++)
			;
		if (mw->outcome != WAPI_WAIT_PENDING || j == mw->wait.total)
			continue;
		if (model_is_signalled(model, number))
			model_satisfy(model, mw);
	}
}

static void wait_is_served_in_the_order_of_coming(struct kunit *test)
{
	struct wait_model *model = model_create(test, 6);
	struct model_wait *waits = kunit_kcalloc(test, WAITS, sizeof(*waits), GFP_KERNEL);
	u32 round, i;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, waits);
	for (round = 0; round < 5000; round++) {
		model_renew(model, MUTEX);
		for (i = 0; i < WAITS; i++) {
			model_wait_init(model, &waits[i]);
			err = model_satisfy(model, &waits[i]) ? 0 : -EAGAIN;
			KUNIT_ASSERT_EQ(test, err, wapi_wait_frozen(&waits[i].wait, model->domain,
								    NULL, 0, 0, true));
		}
		for (i = 0; i < 4; i++) {
			model_signal(model, waits, dice(model, OBJECTS));
			model_expect_same(model);
		}
		for (i = 0; i < WAITS; i++) {
			KUNIT_ASSERT_EQ(test, waits[i].outcome,
					atomic_read(&waits[i].wait.outcome));
			wapi_dequeue_all(&waits[i].wait);
		}
		for (i = 0; i < OBJECTS; i++) {
			KUNIT_ASSERT_TRUE(test, list_empty(&model->objects[i]->waiters));
			KUNIT_ASSERT_EQ(test, 0, model->objects[i]->frozen);
			KUNIT_ASSERT_EQ(test, 0, model->objects[i]->pins);
		}
		cond_resched();
	}
}

static struct kunit_case wait_cases[] = {
	KUNIT_CASE(wait_chooses_the_lowest_or_all),
	KUNIT_CASE(wait_is_served_in_the_order_of_coming),
	{ }
};

static struct kunit_suite wait_suite = {
	.name = "wapi_wait",
	.test_cases = wait_cases,
};

kunit_test_suite(wait_suite);
