/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/pit.c - 8254 interval timer at 1.193182 MHz, by Intel's data sheet 231164, and port 61
 * that holds counter 2's gate: control words, latches, and the edges of OUT 0 that reach IRQ 0. What
 * a counter does between accesses: pit_counter.c.
 */
#include "core/devices/pit.h"

#include <stdio.h>

enum { PIT_HZ = 1193182 };
enum { ACCESS_LATCH, ACCESS_LOW, ACCESS_HIGH, ACCESS_BOTH };
enum { PORT61_GATE2 = 0x01, PORT61_REFRESH = 0x10, PORT61_OUT2 = 0x20 };

static int64_t tick_now(const struct board *board)
{
	return (int64_t)time_ticks(board, board->state.now, PIT_HZ);
}

/* ---- catching up ---- */

static void tell_irq0(struct board *board, int64_t tick)
{
	struct pit_state *pit = &board->state.pit;
	const struct pit_counter *c = &pit->counter[0];

	if (counter_last_rise(c, tick) > pit->tick) {
		line_set(board, IRQ_PIT, false);
		line_set(board, IRQ_PIT, true);
	}
	line_set(board, IRQ_PIT, counter_out(c, tick));
	pit->tick = tick;
}

/* Where a new count of a periodic mode takes effect: end of the period (mode 3: of the half). */
static int64_t reload_tick(const struct pit_counter *c)
{
	return c->held;
}

static void take_reload(struct pit_counter *c)
{
	int64_t boundary = reload_tick(c);
	bool second_half = c->mode == 3 && !counter_out(c, boundary);

	c->initial = c->reload;
	c->loaded = second_half ? boundary - (c->initial + 1) / 2 : boundary;
	c->pending = 0;
}

static void catch_up(struct board *board, unsigned index, int64_t tick)
{
	struct pit_counter *c = &board->state.pit.counter[index];

	if (c->pending && counter_periodic(c) && counter_counting(c) && reload_tick(c) <= tick) {
		if (index == 0)
			tell_irq0(board, reload_tick(c));
		take_reload(c);
	}
	if (index == 0)
		tell_irq0(board, tick);
}

static void pit_act(struct board *board, unsigned unit)
{
	int64_t tick = tick_now(board);

	(void)unit;
	for (unsigned i = 0; i < 3; i++)
		catch_up(board, i, tick);
}

static uint64_t pit_next(const struct board *board, unsigned unit)
{
	const struct pit_counter *c = &board->state.pit.counter[0];
	int64_t tick = board->state.pit.tick, edge;

	(void)unit;
	if (line_masked(board, IRQ_PIT))
		return BOARD_NEVER;
	/* A falling edge counts only while it could take a request back. */
	edge = line_fall_counts(board, IRQ_PIT) || c->pending ? counter_next_edge(c, tick)
							   : counter_next_rise(c, tick);
	if (edge == TICK_NEVER)
		return BOARD_NEVER;
	return time_cycles(board, (uint64_t)edge, PIT_HZ);
}

/* ---- the gate ---- */

static void gate_falls(struct pit_counter *c, int64_t tick)
{
	if (counter_started_by_gate(c) || c->hold || !c->running)
		return;
	c->held = counter_elapsed(c, tick) < 0 ? 0 : counter_elapsed(c, tick);
	c->hold = 1;
}

static void gate_rises(struct pit_counter *c, int64_t tick)
{
	if (counter_started_by_gate(c) || counter_periodic(c)) {
		if (!c->written)
			return;
		c->initial = c->reload;
		c->loaded = tick + 1;
		c->running = 1;
		c->pending = c->hold = 0;
		return;
	}
	if (c->hold)
		c->loaded = tick - c->held;
	c->hold = 0;
}

static void set_gate(struct pit_counter *c, bool high, int64_t tick)
{
	if (c->gate == high)
		return;
	c->gate = high;
	if (high)
		gate_rises(c, tick);
	else
		gate_falls(c, tick);
}

/* ---- counts ---- */

static void count_written(struct pit_counter *c, uint16_t value, int64_t tick)
{
	uint32_t n = c->bcd ? counter_from_bcd(value) : value;

	c->reload = n ? n : c->bcd ? 10000 : 65536;
	c->written = 1;
	if (counter_started_by_gate(c)) {
		c->pending = 1;
		return;
	}
	if (counter_periodic(c) && counter_counting(c) && counter_elapsed(c, tick) >= 0) {
		if (!c->pending) {
			int64_t edge = counter_next_edge(c, tick);

			/* Mode 2 reloads where OUT rises, mode 3 at each end of a half. */
			if (c->mode == 2)
				edge = counter_next_rise(c, tick);
			c->held = edge == TICK_NEVER ? tick + 1 : edge;
		}
		c->pending = 1;
		return;
	}
	c->initial = c->reload;
	c->loaded = tick + 1;
	c->running = 1;
	c->pending = 0;
	c->hold = !c->gate;
	c->held = 0;
}

static void latch_count(struct pit_counter *c, int64_t tick)
{
	if (c->latched)
		return;
	c->latch = counter_value(c, tick);
	c->latched = c->access == ACCESS_BOTH ? 2 : 1;
}

/* OUT, null count, access, mode, BCD. */
static void latch_status(struct pit_counter *c, int64_t tick)
{
	bool null = c->pending || !c->written || (c->running && !c->hold && tick < c->loaded);

	if (c->status_latched)
		return;
	c->status = (uint8_t)(counter_out(c, tick) << 7 | null << 6 | c->access << 4 |
			      c->mode << 1 | c->bcd);
	c->status_latched = 1;
}

static void read_back(struct pit_state *pit, uint8_t value, int64_t tick)
{
	for (unsigned i = 0; i < 3; i++) {
		if (!(value >> (i + 1) & 1))
			continue;
		if (!(value & 0x20))
			latch_count(&pit->counter[i], tick);
		if (!(value & 0x10))
			latch_status(&pit->counter[i], tick);
	}
}

static void control(struct pit_state *pit, uint8_t value, int64_t tick)
{
	unsigned index = value >> 6, access = value >> 4 & 3, mode = value >> 1 & 7;
	struct pit_counter *c;

	if (index == 3) {
		read_back(pit, value, tick);
		return;
	}
	c = &pit->counter[index];
	if (access == ACCESS_LATCH) {
		latch_count(c, tick);
		return;
	}
	c->access = (uint8_t)access;
	c->mode = (uint8_t)(mode > 5 ? mode & 3 : mode);
	c->bcd = value & 1;
	c->running = c->hold = c->pending = c->written = 0;
	c->read_high = c->write_high = c->latched = c->status_latched = 0;
}

static void write_counter(struct pit_counter *c, uint8_t value, int64_t tick)
{
	switch (c->access) {
	case ACCESS_LOW:
		count_written(c, value, tick);
		return;
	case ACCESS_HIGH:
		count_written(c, (uint16_t)(value << 8), tick);
		return;
	default:
		break;
	}
	if (!c->write_high) {
		c->low = value;
		c->write_high = 1;
		if (c->mode == 0)
			c->running = 0; /* the first byte stops the count and OUT goes low */
		return;
	}
	c->write_high = 0;
	count_written(c, (uint16_t)(value << 8 | c->low), tick);
}

static uint8_t read_counter(struct pit_counter *c, int64_t tick)
{
	uint16_t value = c->latched ? c->latch : counter_value(c, tick);
	bool high = c->access == ACCESS_HIGH;

	if (c->status_latched) {
		c->status_latched = 0;
		return c->status;
	}
	if (c->access == ACCESS_BOTH) {
		high = c->read_high;
		c->read_high ^= 1;
	}
	if (c->latched)
		c->latched--;
	return (uint8_t)(high ? value >> 8 : value);
}

/* ---- ports ---- */

static uint8_t read_port61(const struct pit_state *pit, int64_t tick)
{
	const struct pit_counter *refresh = &pit->counter[1];
	int64_t e = counter_elapsed(refresh, tick);
	uint8_t value = pit->port61;

	if (counter_counting(refresh) && e > 0 && e / refresh->initial & 1)
		value |= PORT61_REFRESH;
	if (counter_out(&pit->counter[2], tick))
		value |= PORT61_OUT2;
	return value;
}

static uint32_t pit_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	struct pit_state *pit = &board->state.pit;

	(void)unit, (void)size;
	if (port == 0x61)
		return read_port61(pit, tick_now(board));
	if (port == 0x43)
		return 0xff; /* the control word cannot be read */
	return read_counter(&pit->counter[port & 3], tick_now(board));
}

static void pit_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
		      uint32_t value)
{
	struct pit_state *pit = &board->state.pit;
	int64_t tick = tick_now(board);
	uint8_t byte = (uint8_t)value;

	(void)unit, (void)size;
	if (port == 0x61) {
		pit->port61 = byte & 0x0f;
		set_gate(&pit->counter[2], byte & PORT61_GATE2, tick);
	} else if (port == 0x43) {
		control(pit, byte, tick);
	} else {
		write_counter(&pit->counter[port & 3], byte, tick);
	}
	line_set(board, IRQ_PIT, counter_out(&pit->counter[0], tick));
}

static void pit_reset(struct board *board, unsigned unit)
{
	struct pit_state *pit = &board->state.pit;

	(void)unit;
	memset(pit, 0, sizeof *pit);
	pit->tick = tick_now(board);
	for (unsigned i = 0; i < 3; i++) {
		struct pit_counter *c = &pit->counter[i];

		c->mode = 3;
		c->access = ACCESS_BOTH;
		c->initial = c->reload = 65536;
		c->gate = i != 2;
	}
}

static bool pit_valid(const struct board_state *state, unsigned unit)
{
	const int64_t limit = INT64_MAX / 4;

	(void)unit;
	if (state->pit.tick < 0 || state->pit.tick > limit)
		return false;
	for (unsigned i = 0; i < 3; i++) {
		const struct pit_counter *c = &state->pit.counter[i];

		if (c->initial < 1 || c->initial > 65536 || c->reload < 1 || c->reload > 65536 ||
		    c->mode > 5 || c->access > 3 || c->bcd > 1 || c->latched > 2 ||
		    c->loaded > limit || c->loaded < -65536 || c->held < 0 || c->held > limit)
			return false;
	}
	return true;
}

static void pit_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct pit_counter *c = board->state.pit.counter;
	int64_t tick = tick_now(board);

	(void)unit;
	snprintf(
		text, size,
		"0: mode %u count %u of %u; 2: mode %u count %u of %u, gate %u, OUT %d; speaker %s",
		c[0].mode, counter_value(&c[0], tick), c[0].reload, c[2].mode,
		counter_value(&c[2], tick), c[2].reload, c[2].gate, counter_out(&c[2], tick),
		board->state.pit.port61 & 2 ? "on" : "off");
}

const struct device pit_device = {
	.name = "pit",
	.ranges = 2,
	.range = { { 0x40, 0x43, false }, { 0x61, 0x61, false } },
	.reset = pit_reset,
	.read = pit_read,
	.write = pit_write,
	.act = pit_act,
	.next = pit_next,
	.valid = pit_valid,
	.describe = pit_describe,
};
