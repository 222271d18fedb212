// SPDX-License-Identifier: GPL-2.0
/*
 * The state functions of events, semaphores, mutexes and timers.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/pid.h>
#include <linux/random.h>

#include "../owner.h"
#include "../queue.h"
#include "../request.h"
#include "../type.h"
#include "../wait.h"
#include "object.h"

static void event_that_resets_itself(struct kunit *test)
{
	struct wapi_object *event = test_object_of(test, WAPI_TYPE_EVENT, 0);

	KUNIT_EXPECT_FALSE(test, wapi_object_is_set(event));
	KUNIT_EXPECT_EQ(test, -EINVAL, test_signal(event, 1));
	KUNIT_EXPECT_FALSE(test, wapi_object_is_set(event));
	KUNIT_EXPECT_EQ(test, 0, test_signal(event, 0));
	KUNIT_EXPECT_EQ(test, 0, test_signal(event, 0));
	KUNIT_EXPECT_TRUE(test, wapi_object_is_set(event));
	test_acquire(event, NULL);
	KUNIT_EXPECT_FALSE(test, wapi_object_is_set(event));
	test_unacquire(event);
	KUNIT_EXPECT_TRUE(test, wapi_object_is_set(event));
}

static void event_that_is_reset_by_hand(struct kunit *test)
{
	struct wapi_object *event = test_object_of(test, WAPI_TYPE_EVENT,
						   WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED);

	KUNIT_EXPECT_TRUE(test, wapi_object_is_set(event));
	test_acquire(event, NULL);
	KUNIT_EXPECT_TRUE(test, wapi_object_is_set(event));
	spin_lock(&event->lock);
	wapi_object_set_signalled(event, false);
	spin_unlock(&event->lock);
	/* Who could not be told does not set it again. */
	test_unacquire(event);
	KUNIT_EXPECT_FALSE(test, wapi_object_is_set(event));
}

static void records_are_reset_by_hand(struct kunit *test)
{
	static const u32 types[] = {
		WAPI_TYPE_FILE, WAPI_TYPE_CONSOLE, WAPI_TYPE_SOCKET, WAPI_TYPE_PIPE,
	};
	struct wapi_object *record;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		record = test_object_of(test, types[i], 0);
		KUNIT_EXPECT_FALSE(test, wapi_object_is_set(record));
		KUNIT_EXPECT_EQ(test, 0, test_signal(record, 0));
		test_acquire(record, NULL);
		KUNIT_EXPECT_TRUE(test, wapi_object_is_set(record));
	}
}

static int semaphore_try(struct kunit *test, u32 count, u32 maximum)
{
	struct wapi_new args = { .type = WAPI_TYPE_SEM, .count = count, .maximum = maximum };
	int err;

	test_object_or(test, test_domain(test), 1, &args, &err);
	return err;
}

static void semaphore_has_a_maximum(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, semaphore_try(test, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, semaphore_try(test, S32_MAX, 0));
	KUNIT_EXPECT_EQ(test, 0, semaphore_try(test, 5, 5));
	KUNIT_EXPECT_EQ(test, -EINVAL, semaphore_try(test, 6, 5));
	KUNIT_EXPECT_EQ(test, -EINVAL, semaphore_try(test, 0, S32_MAX + 1u));
	KUNIT_EXPECT_EQ(test, -EINVAL, semaphore_try(test, S32_MAX + 1u, 0));
}

static void semaphore_counts(struct kunit *test)
{
	struct wapi_new args = { .type = WAPI_TYPE_SEM, .count = 2, .maximum = 9 };
	struct wapi_object *semaphore = test_object(test, test_domain(test), 1, &args);
	struct rnd_state random;
	u32 model = 2, by, i;

	prandom_seed_state(&random, 4);
	for (i = 0; i < 10000; i++) {
		by = prandom_u32_state(&random) % 6;
		if (by == 5) {
			test_unacquire(semaphore);
			model = min(model + 1, 9u);
		} else if (by == 4) {
			if (model) {
				test_acquire(semaphore, NULL);
				model--;
			}
		} else if (!by) {
			KUNIT_ASSERT_EQ(test, -EINVAL, test_signal(semaphore, 0));
		} else if (model + by > 9) {
			KUNIT_ASSERT_EQ(test, -EOVERFLOW, test_signal(semaphore, by));
		} else {
			KUNIT_ASSERT_EQ(test, 0, test_signal(semaphore, by));
			model += by;
		}
		KUNIT_ASSERT_EQ(test, model, semaphore->semaphore.count);
		KUNIT_ASSERT_EQ(test, !!model, wapi_object_is_set(semaphore));
	}
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, test_signal(semaphore, U32_MAX));
}

#define HOUR	(3600ll * NSEC_PER_SEC)

/* Nothing is told to a structure of no size. */
static int timer_set(struct wapi_object *timer, u32 flags, s64 due, u64 period)
{
	struct wapi_request request = { .object = timer };
	int err;

	request.args.timer_set = (struct wapi_timer_set){
		.flags = flags, .due = due, .period = period,
	};
	spin_lock(&timer->lock);
	err = wapi_timer_set_locked(&request);
	spin_unlock(&timer->lock);
	return err;
}

static void timer_is_taken_once(struct kunit *test)
{
	struct wapi_object *timer = test_object_of(test, WAPI_TYPE_TIMER, 0);

	KUNIT_EXPECT_FALSE(test, wapi_object_is_signalled(timer, NULL));
	KUNIT_EXPECT_EQ(test, 0, timer_set(timer, 0, 0, 0));
	KUNIT_EXPECT_TRUE(test, wapi_object_is_set(timer));
	test_acquire(timer, NULL);
	KUNIT_EXPECT_FALSE(test, wapi_object_is_signalled(timer, NULL));
	test_unacquire(timer);
	KUNIT_EXPECT_TRUE(test, wapi_object_is_set(timer));
	/* Who could not be told does not signal what was set anew. */
	test_acquire(timer, NULL);
	KUNIT_EXPECT_EQ(test, 0, timer_set(timer, 0, HOUR, 0));
	test_unacquire(timer);
	KUNIT_EXPECT_FALSE(test, wapi_object_is_signalled(timer, NULL));
	KUNIT_EXPECT_TRUE(test, timer->timer.armed);
	wapi_type_of(timer)->destroy(timer);
}

static void timer_that_is_manual_is_taken_again_and_again(struct kunit *test)
{
	struct wapi_object *timer = test_object_of(test, WAPI_TYPE_TIMER, WAPI_NEW_MANUAL);

	KUNIT_EXPECT_EQ(test, 0, timer_set(timer, 0, 0, HOUR));
	test_acquire(timer, NULL);
	test_acquire(timer, NULL);
	KUNIT_EXPECT_TRUE(test, wapi_object_is_set(timer));
	KUNIT_EXPECT_TRUE(test, timer->timer.armed);
	KUNIT_EXPECT_EQ(test, 0, timer_set(timer, 0, HOUR, 0));
	test_unacquire(timer);
	KUNIT_EXPECT_FALSE(test, wapi_object_is_signalled(timer, NULL));
	wapi_type_of(timer)->destroy(timer);
}

static void timer_goes_on_in_step_with_its_periods(struct kunit *test)
{
	struct wapi_object *timer = test_object_of(test, WAPI_TYPE_TIMER, 0);
	const u64 periods[] = { HOUR, 7 * HOUR + 3, 1000 * HOUR, S64_MAX };
	s64 due, now;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(periods); i++) {
		KUNIT_EXPECT_EQ(test, 0, timer_set(timer, WAPI_TIMER_ABSOLUTE |
						   WAPI_TIMER_REALTIME, 5, periods[i]));
		now = ktime_get_real();
		due = timer->timer.due;
		KUNIT_EXPECT_TRUE(test, wapi_object_is_set(timer));
		KUNIT_EXPECT_TRUE(test, timer->timer.armed);
		KUNIT_EXPECT_GE(test, now + (s64)min_t(u64, periods[i], S64_MAX - now), due);
		KUNIT_EXPECT_TRUE(test, due == KTIME_MAX ||
				  !((u64)(due - 5) % periods[i]));
		test_acquire(timer, NULL);
		KUNIT_EXPECT_GE(test, timer->timer.due, due);
	}
	wapi_type_of(timer)->destroy(timer);
}

static void mutex_is_its_owners(struct kunit *test)
{
	struct wapi_object *mutex = test_object_of(test, WAPI_TYPE_MUTEX, 0);
	struct wapi_owner *owner = wapi_owner_get();
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, owner);
	KUNIT_EXPECT_TRUE(test, wapi_object_is_signalled(mutex, NULL));
	KUNIT_EXPECT_EQ(test, -EPERM, test_signal(mutex, 0));
	for (i = 1; i <= 3; i++) {
		KUNIT_EXPECT_TRUE(test, wapi_object_is_signalled(mutex, owner));
		test_acquire(mutex, owner);
		KUNIT_EXPECT_EQ(test, i, mutex->mutex.count);
		KUNIT_EXPECT_EQ(test, 1, mutex->pins);
		KUNIT_EXPECT_FALSE(test, wapi_object_is_signalled(mutex, NULL));
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, test_signal(mutex, 1));
	test_unacquire(mutex);
	KUNIT_EXPECT_EQ(test, 0, test_signal(mutex, 0));
	KUNIT_EXPECT_FALSE(test, wapi_object_is_signalled(mutex, NULL));
	KUNIT_EXPECT_EQ(test, 0, test_signal(mutex, 0));
	KUNIT_EXPECT_TRUE(test, wapi_object_is_signalled(mutex, NULL));
	KUNIT_EXPECT_EQ(test, 0, mutex->pins);
	KUNIT_EXPECT_EQ(test, -EPERM, test_signal(mutex, 0));
	wapi_type_of(mutex)->destroy(mutex);
}

static void mutex_count_does_not_overflow(struct kunit *test)
{
	struct wapi_object *mutex = test_object_of(test, WAPI_TYPE_MUTEX, 0);
	struct wapi_owner *owner = wapi_owner_get();

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, owner);
	test_acquire(mutex, owner);
	mutex->mutex.count = WAPI_MUTEX_COUNT_MAX - 1;
	KUNIT_EXPECT_TRUE(test, wapi_object_is_signalled(mutex, owner));
	test_acquire(mutex, owner);
	KUNIT_EXPECT_EQ(test, WAPI_MUTEX_COUNT_MAX, mutex->mutex.count);
	KUNIT_EXPECT_FALSE(test, wapi_object_is_signalled(mutex, owner));
	KUNIT_EXPECT_EQ(test, 0, test_signal(mutex, 0));
	KUNIT_EXPECT_TRUE(test, wapi_object_is_signalled(mutex, owner));
	mutex->mutex.count = 1;
	KUNIT_EXPECT_EQ(test, 0, test_signal(mutex, 0));
	KUNIT_EXPECT_EQ(test, 0, mutex->pins);
	wapi_type_of(mutex)->destroy(mutex);
}

static int mutex_take_and_end(void *mutex)
{
	struct wapi_owner *owner = wapi_owner_get();

	if (!IS_ERR(owner))
		test_acquire(mutex, owner);
	/* Where no mutex of it can be released any more. */
	return 0;
}

static void mutex_of_a_thread_that_ended_is_abandoned(struct kunit *test)
{
	struct wapi_object *mutex = test_object_of(test, WAPI_TYPE_MUTEX, 0);
	struct wapi_owner *owner = wapi_owner_get();
	struct wapi_thread_wait wait;
	struct task_struct *thread;
	struct pid *pid;
	int tries;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, owner);
	thread = kthread_create(mutex_take_and_end, mutex, "wapi_kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	pid = get_task_pid(thread, PIDTYPE_PID);
	wake_up_process(thread);
	for (tries = 0; tries < 500 && !READ_ONCE(mutex->mutex.abandoned_by); tries++)
		msleep(20);
	KUNIT_EXPECT_PTR_EQ(test, pid, mutex->mutex.abandoned_by);
	KUNIT_EXPECT_TRUE(test, wapi_object_is_signalled(mutex, NULL));

	wapi_wait_init(&wait, NULL);
	KUNIT_EXPECT_EQ(test, 0, wapi_wait_for_object(&wait, mutex, true));
	KUNIT_EXPECT_EQ(test, 0, wait.abandoned);
	KUNIT_EXPECT_PTR_EQ(test, pid, wait.abandoned_by);
	put_pid(wait.abandoned_by);
	KUNIT_EXPECT_EQ(test, 0, test_signal(mutex, 0));
	/* Told once. */
	wapi_wait_init(&wait, NULL);
	KUNIT_EXPECT_EQ(test, 0, wapi_wait_for_object(&wait, mutex, true));
	KUNIT_EXPECT_NULL(test, wait.abandoned_by);
	KUNIT_EXPECT_EQ(test, 0, test_signal(mutex, 0));
	wapi_type_of(mutex)->destroy(mutex);
	put_pid(pid);
}

static struct kunit_case type_cases[] = {
	KUNIT_CASE(event_that_resets_itself),
	KUNIT_CASE(event_that_is_reset_by_hand),
	KUNIT_CASE(records_are_reset_by_hand),
	KUNIT_CASE(semaphore_has_a_maximum),
	KUNIT_CASE(semaphore_counts),
	KUNIT_CASE(timer_is_taken_once),
	KUNIT_CASE(timer_that_is_manual_is_taken_again_and_again),
	KUNIT_CASE(timer_goes_on_in_step_with_its_periods),
	KUNIT_CASE(mutex_is_its_owners),
	KUNIT_CASE(mutex_count_does_not_overflow),
	KUNIT_CASE(mutex_of_a_thread_that_ended_is_abandoned),
	{ }
};

static struct kunit_suite type_suite = {
	.name = "wapi_type",
	.test_cases = type_cases,
};

kunit_test_suite(type_suite);
