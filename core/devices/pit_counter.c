/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/pit_counter.c - one counter of the 8254 as a function of time, by Intel's data sheet.
 *
 * No counter is ticked. A counter knows at which tick its count was loaded; OUT, the count and the
 * next edge follow by arithmetic. E = ticks since loading, N = count:
 *
 *   mode 0  ____________/~~~~   rises at N           mode 3  ~~~~~\_____/~~~~~   high (N+1)/2 of N
 *   mode 1  ~\__________/~~~~   rises at N           mode 4  ~~~~~~~~~~\_/~~~~   low at N, one tick
 *   mode 2  ~~~~~~~~~~\_/~~~~   low at N-1, again    mode 5  as 4, started by the gate
 */
#include "core/devices/pit.h"

bool counter_periodic(const struct pit_counter *c)
{
	return c->mode == 2 || c->mode == 3;
}

bool counter_started_by_gate(const struct pit_counter *c)
{
	return c->mode == 1 || c->mode == 5;
}

bool counter_counting(const struct pit_counter *c)
{
	return c->running && !c->hold;
}

int64_t counter_elapsed(const struct pit_counter *c, int64_t tick)
{
	return c->hold ? c->held : tick - c->loaded;
}

bool counter_out(const struct pit_counter *c, int64_t tick)
{
	int64_t e = counter_elapsed(c, tick), n = c->initial;

	if (!c->running || e < 0)
		return c->mode != 0;
	switch (c->mode) {
	case 0:
	case 1:
		return e >= n;
	case 2:
		return c->hold || e % n != n - 1;
	case 3:
		return c->hold || e % n < (n + 1) / 2;
	default:
		return e != n;
	}
}

int64_t counter_next_edge(const struct pit_counter *c, int64_t tick)
{
	int64_t e = counter_elapsed(c, tick), n = c->initial, phase, low;

	if (!counter_counting(c))
		return TICK_NEVER;
	if (e < 0)
		e = -1;
	switch (c->mode) {
	case 0:
	case 1:
		return e < n ? c->loaded + n : TICK_NEVER;
	case 2:
	case 3:
		if (n == 1)
			return TICK_NEVER;
		low = c->mode == 2 ? n - 1 : (n + 1) / 2;
		phase = e < 0 ? -1 : e % n;
		return c->loaded + e - phase + (phase < low ? low : n);
	default:
		return e < n ? c->loaded + n : e == n ? c->loaded + n + 1 : TICK_NEVER;
	}
}

int64_t counter_next_rise(const struct pit_counter *c, int64_t tick)
{
	int64_t edge = counter_next_edge(c, tick);

	return edge != TICK_NEVER && !counter_out(c, edge) ? counter_next_edge(c, edge) : edge;
}

int64_t counter_last_rise(const struct pit_counter *c, int64_t tick)
{
	int64_t e = counter_elapsed(c, tick), n = c->initial;

	if (!counter_counting(c) || e < 0)
		return TICK_NONE;
	switch (c->mode) {
	case 0:
	case 1:
		return e >= n ? c->loaded + n : TICK_NONE;
	case 2:
	case 3:
		return n > 1 && e >= n ? c->loaded + e / n * n : TICK_NONE;
	default:
		return e > n ? c->loaded + n + 1 : TICK_NONE;
	}
}

uint32_t counter_from_bcd(uint32_t value)
{
	uint32_t n = 0;

	for (int shift = 12; shift >= 0; shift -= 4)
		n = n * 10 + (value >> shift & 15);
	return n % 10000;
}

static uint16_t to_bcd(uint32_t n)
{
	uint32_t value = 0;

	for (int shift = 0; shift < 16; shift += 4, n /= 10)
		value |= n % 10 << shift;
	return (uint16_t)value;
}

uint16_t counter_value(const struct pit_counter *c, int64_t tick)
{
	int64_t modulus = c->bcd ? 10000 : 65536, value;
	int64_t n = c->initial, e = counter_elapsed(c, tick);

	if (!c->running || e < 0)
		e = 0;
	if (c->mode == 2) {
		value = n - e % n;
	} else if (c->mode == 3) {
		int64_t h = e % n, half = (n + 1) / 2;

		value = (n & ~(int64_t)1) - 2 * (h < half ? h : h - half);
	} else {
		value = (n - e % modulus + modulus) % modulus;
	}
	value %= modulus;
	return c->bcd ? to_bcd((uint32_t)value) : (uint16_t)value;
}
