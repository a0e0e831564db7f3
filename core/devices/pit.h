/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/pit.h - between the ports of the 8254 (pit.c) and the arithmetic of one counter
 * (pit_counter.c). All times are ticks of 1.193182 MHz.
 */
#ifndef RINGSIDE_CORE_DEVICES_PIT_H
#define RINGSIDE_CORE_DEVICES_PIT_H

#include "core/devices/device.h"

#define TICK_NEVER INT64_MAX
#define TICK_NONE INT64_MIN

bool counter_periodic(const struct pit_counter *c);        /* modes 2 and 3 */
bool counter_started_by_gate(const struct pit_counter *c); /* modes 1 and 5 */
bool counter_counting(const struct pit_counter *c);
/* Ticks since loading; negative: the CLK pulse that loads the count is still to come. */
int64_t counter_elapsed(const struct pit_counter *c, int64_t tick);

bool counter_out(const struct pit_counter *c, int64_t tick);
/* The first tick after `tick` at which OUT changes, or rises; TICK_NEVER. */
int64_t counter_next_edge(const struct pit_counter *c, int64_t tick);
int64_t counter_next_rise(const struct pit_counter *c, int64_t tick);
/* The last tick up to `tick` at which OUT rose; TICK_NONE. */
int64_t counter_last_rise(const struct pit_counter *c, int64_t tick);

/* What the guest reads. */
uint16_t counter_value(const struct pit_counter *c, int64_t tick);
uint32_t counter_from_bcd(uint32_t value);

#endif
