/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that are signalled by a clock.
 */
#ifndef WAPI_TIMER_H
#define WAPI_TIMER_H

int wapi_timers_init(void);
void wapi_timers_exit(void);

#endif /* WAPI_TIMER_H */
