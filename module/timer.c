// SPDX-License-Identifier: GPL-2.0
/*
 * Timers: signalled at a time, once or again after each period.
 *
 * A timer has an alarm, which lives as long as the object, and a little longer if
 * it rings just then.  It rings where nothing may sleep and no lock of an object
 * can be taken: so it only queues a work item, and that looks at the timer under
 * its lock, signals it if it is due, and lets those who wait have it.  A thread
 * that asks before the work item ran sees by the clock that the timer is due:
 *
 *   clock           thread                      work item
 *   -----           ------                      ---------
 *   alarm rings
 *                   lock, due: acquire it, or
 *                   leave it to who waits
 *                   unlock
 *                                               lock; not due any more, or
 *                                               signal it; unlock
 *
 * The alarm runs only while the timer is not signalled.  A periodic timer whose
 * alarm rang is wound up again by the wait that it satisfies: however short the
 * period, time alone gives the system no work.
 */
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "brief.h"
#include "client.h"
#include "compat.h"
#include "object.h"
#include "owner.h"
#include "queue.h"
#include "request.h"
#include "timer.h"
#include "type.h"

/**
 * struct wapi_alarm - what tells a timer that it is due
 * @object: the timer, NULL when it is gone; cleared under wapi_object.lock
 * @monotonic: runs if the timer was set by CLOCK_MONOTONIC
 * @realtime: runs if it was set by CLOCK_REALTIME
 * @users: the object, and the work item while it is queued
 * @work: signals the timer
 */
struct wapi_alarm {
	struct wapi_object *object;
	struct hrtimer monotonic;
	struct hrtimer realtime;
	refcount_t users;
	struct work_struct work;
};

static struct workqueue_struct *wapi_timer_works;

static void wapi_alarm_put(struct wapi_alarm *alarm)
{
	if (refcount_dec_and_test(&alarm->users))
		kfree(alarm);
}

static ktime_t wapi_timer_now(const struct wapi_timer *timer)
{
	return timer->realtime ? ktime_get_real() : ktime_get();
}

static bool wapi_timer_is_due(const struct wapi_timer *timer)
{
	return timer->armed && timer->due <= wapi_timer_now(timer);
}

/* Let the times of an armed timer that have passed be over. */
static void wapi_timer_pass(struct wapi_timer *timer)
{
	ktime_t now;
	u64 periods;

	timer->armed = timer->period;
	if (!timer->armed)
		return;
	now = wapi_timer_now(timer);
	if (timer->due > now)
		return;
	periods = div64_u64(now - timer->due, timer->period) + 1;
	timer->due = ktime_add_safe(timer->due, periods * timer->period);
}

static bool wapi_timer_is_manual(const struct wapi_object *object)
{
	return object->state & WAPI_ENTRY_KEEPS;
}

/* If one is ringing just now, the work item looks what the timer is like then. */
static void wapi_timer_stop(struct wapi_timer *timer)
{
	hrtimer_try_to_cancel(&timer->alarm->monotonic);
	hrtimer_try_to_cancel(&timer->alarm->realtime);
}

static void wapi_timer_start(struct wapi_timer *timer)
{
	struct wapi_alarm *alarm = timer->alarm;

	if (timer->armed && timer->due != KTIME_MAX)
		hrtimer_start(timer->realtime ? &alarm->realtime : &alarm->monotonic, timer->due,
			      HRTIMER_MODE_ABS);
}

/* Signal a locked timer if it is due. */
static void wapi_timer_settle(struct wapi_object *object)
{
	if (!wapi_timer_is_due(&object->timer))
		return;
	wapi_object_set_signalled(object, true);
	/* Pairs with wapi_timer_is_signalled(). */
	smp_wmb();
	wapi_timer_pass(&object->timer);
	wapi_wake_waiters(object);
}

static void wapi_alarm_work(struct work_struct *work)
{
	struct wapi_alarm *alarm = container_of(work, struct wapi_alarm, work);
	struct wapi_object *object;

	/* The object may go at any time; RCU keeps it while it is looked at. */
	rcu_read_lock();
	object = READ_ONCE(alarm->object);
	if (object && !wapi_object_lock_live(object))
		object = NULL;
	rcu_read_unlock();

	/* Who locked it in time keeps it; else it may be another one. */
	if (object && READ_ONCE(alarm->object) == object) {
		wapi_timer_settle(object);
		/* It was set anew meanwhile, or somebody set the clock back. */
		if (!wapi_object_is_set(object))
			wapi_timer_start(&object->timer);
		wapi_object_unlock(object);
	} else if (object) {
		wapi_object_unlock_other(object);
	}
	wapi_alarm_put(alarm);
}

static enum hrtimer_restart wapi_alarm_ring(struct wapi_alarm *alarm)
{
	/* The object is one of the users until no alarm can ring. */
	refcount_inc(&alarm->users);
	if (!queue_work(wapi_timer_works, &alarm->work))
		refcount_dec(&alarm->users);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart wapi_alarm_monotonic(struct hrtimer *timer)
{
	return wapi_alarm_ring(container_of(timer, struct wapi_alarm, monotonic));
}

static enum hrtimer_restart wapi_alarm_realtime(struct hrtimer *timer)
{
	return wapi_alarm_ring(container_of(timer, struct wapi_alarm, realtime));
}

static int wapi_timer_create(struct wapi_object *object, struct wapi_client *client,
			     const struct wapi_new *args)
{
	struct wapi_alarm *alarm;

	alarm = kzalloc(sizeof(*alarm), GFP_KERNEL_ACCOUNT);
	if (!alarm)
		return -ENOMEM;
	alarm->object = object;
	refcount_set(&alarm->users, 1);
	INIT_WORK(&alarm->work, wapi_alarm_work);
	wapi_compat_hrtimer_setup(&alarm->monotonic, wapi_alarm_monotonic, CLOCK_MONOTONIC);
	wapi_compat_hrtimer_setup(&alarm->realtime, wapi_alarm_realtime, CLOCK_REALTIME);

	/* All but what is never written. */
	object->timer.sets = 0;
	object->timer.taken = 0;
	object->timer.alarm = alarm;
	object->timer.due = 0;
	object->timer.period = 0;
	object->timer.realtime = false;
	object->timer.armed = false;
	if (args->flags & WAPI_NEW_MANUAL)
		WRITE_ONCE(object->state, object->state | WAPI_ENTRY_KEEPS);
	return 0;
}

static void wapi_timer_destroy(struct wapi_object *object)
{
	struct wapi_alarm *alarm = object->timer.alarm;

	/*
	 * A work item that has read it keeps the memory of the object by RCU, and
	 * looks again when it has the lock.
	 */
	spin_lock(&object->lock);
	WRITE_ONCE(alarm->object, NULL);
	spin_unlock(&object->lock);
	hrtimer_cancel(&alarm->monotonic);
	hrtimer_cancel(&alarm->realtime);
	wapi_alarm_put(alarm);
}

/*
 * It is due, but the work item did not run yet.  A timer that satisfies one wait is
 * not for somebody who comes later than those in the queue.
 */
static bool wapi_timer_is_signalled(const struct wapi_object *object, const struct wapi_owner *by)
{
	if (wapi_timer_is_due(&object->timer))
		return wapi_timer_is_manual(object) || object->watched == !!object->pollers;
	/*
	 * Who looks without the lock may have come when it was not signalled yet, and
	 * find that it is not due any more.  Pairs with wapi_timer_settle().
	 */
	smp_rmb();
	return wapi_object_is_set(object);
}

/* If it was not signalled, it was seen to be due. */
static void wapi_timer_acquire(struct wapi_object *object, struct wapi_thread_wait *wait, u32 index)
{
	struct wapi_timer *timer = &object->timer;

	if (wapi_timer_is_manual(object))
		return;
	if (timer->armed)
		wapi_timer_pass(timer);
	timer->taken = timer->sets;
	wapi_object_set_signalled(object, false);
	wapi_timer_start(timer);
}

/* It may have been set anew meanwhile, and then it is not signalled before that time. */
static void wapi_timer_unacquire(struct wapi_object *object)
{
	if (!wapi_timer_is_manual(object) && object->timer.taken == object->timer.sets)
		wapi_object_set_signalled(object, true);
}

static void wapi_timer_describe(const struct wapi_object *object, struct pid_namespace *pids,
				struct wapi_state *state)
{
	struct wapi_timer timer = object->timer;

	/* What it will be like when the work item has run, or somebody waits for it. */
	if (wapi_timer_is_due(&timer))
		wapi_timer_pass(&timer);
	if (wapi_timer_is_manual(object))
		state->flags |= WAPI_STATE_MANUAL;
	if (timer.armed)
		state->flags |= WAPI_STATE_ARMED;
	if (timer.realtime)
		state->flags |= WAPI_STATE_REALTIME;
	state->count = timer.sets;
	state->due = timer.due;
	state->period = timer.period;
}

const struct wapi_type_ops wapi_timer_type = {
	.caps		= WAPI_CAP_WAIT,
	.entry		= WAPI_ENTRY_ASK,
	.new_flags	= WAPI_NEW_MANUAL,
	.create		= wapi_timer_create,
	.destroy	= wapi_timer_destroy,
	.is_signalled	= wapi_timer_is_signalled,
	.acquire	= wapi_timer_acquire,
	.unacquire	= wapi_timer_unacquire,
	.describe	= wapi_timer_describe,
};

static bool wapi_timer_set_is_well_formed(const struct wapi_timer_set *args)
{
	return !(args->flags & ~(WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME)) &&
	       args->flags != WAPI_TIMER_REALTIME && args->due >= 0 &&
	       (!args->period || (args->period >= WAPI_TIMER_PERIOD_MIN &&
				  args->period <= S64_MAX)) && !args->pad;
}

/**
 * wapi_timer_set_locked - WAPI_IOC_TIMER_SET
 * @request: the request, with the locked object
 *
 * Return: 0, or an error that &struct wapi_timer_set tells of; -EAGAIN
 */
int wapi_timer_set_locked(struct wapi_request *request)
{
	struct wapi_timer_set *args = &request->args.timer_set;
	struct wapi_object *object = request->object;
	struct wapi_timer *timer = &object->timer;
	int err;

	if (!wapi_timer_set_is_well_formed(args))
		return -EINVAL;
	if (wapi_object_type(object) != WAPI_TYPE_TIMER)
		return -EOPNOTSUPP;
	/* What time has done before comes before. */
	wapi_timer_settle(object);
	args->at = args->due;
	if (!(args->flags & WAPI_TIMER_ABSOLUTE))
		args->at = ktime_add_safe(ktime_get(), args->due);
	args->previous = wapi_object_is_set(object);
	args->armed = timer->armed;
	args->count = timer->sets + 1;
	err = wapi_tell(request);
	if (unlikely(err))
		return err;

	wapi_timer_stop(timer);
	timer->sets++;
	timer->due = args->at;
	timer->period = args->period;
	timer->realtime = args->flags & WAPI_TIMER_REALTIME;
	timer->armed = true;
	wapi_object_set_signalled(object, false);
	wapi_timer_settle(object);
	if (!wapi_object_is_set(object))
		wapi_timer_start(timer);
	return 0;
}

/**
 * wapi_timer_cancel_locked - WAPI_IOC_TIMER_CANCEL
 * @object: the locked object
 * @client: whose request it is
 * @word: what it is given
 * @result: where to tell
 *
 * Return: 0, or an error that &struct wapi_timer_cancel tells of; -EAGAIN
 */
int wapi_timer_cancel_locked(struct wapi_object *object, struct wapi_client *client,
			     struct wapi_word word, void __user *result)
{
	struct wapi_timer *timer = &object->timer;
	int err;

	/* The second field is padding. */
	if (word.second)
		return -EINVAL;
	if (wapi_object_type(object) != WAPI_TYPE_TIMER)
		return -EOPNOTSUPP;
	wapi_timer_settle(object);
	err = wapi_tell_word(result, timer->armed, 0);
	if (unlikely(err))
		return err;
	/* What a wait could not be told of is still given back. */
	if (timer->taken == timer->sets)
		timer->taken++;
	timer->sets++;
	timer->armed = false;
	wapi_timer_stop(timer);
	return 0;
}

int wapi_timers_init(void)
{
	wapi_timer_works = alloc_workqueue("wapi_timers", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return wapi_timer_works ? 0 : -ENOMEM;
}

void wapi_timers_exit(void)
{
	destroy_workqueue(wapi_timer_works);
}
