/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/lapic_timer.c - the local APIC's timer: counts the bus clock down to zero, divided, once or again and
 * again (Intel SDM volume 3, 10.5.4). Nothing ticks: the moment of zero is known, and the count is computed from it.
 */
#include "core/devices/lapic.h"

static uint64_t tick_now(const struct board *board)
{
	return time_ticks(board, board->state.now, APIC_BUS_HZ);
}

/* Bits 3, 1 and 0: 111 divides by 1, the others by 2, 4 ... 128. */
static unsigned divider_shift(const struct lapic_state *lapic)
{
	uint32_t divide = lapic->reg[LAPIC_TIMER_DIVIDE];

	return ((divide & 3) + (divide >> 1 & 4) + 1) & 7;
}

static uint64_t period(const struct lapic_state *lapic)
{
	return (uint64_t)lapic->reg[LAPIC_TIMER_INITIAL] << divider_shift(lapic);
}

uint32_t lapic_timer_count(const struct board *board)
{
	const struct lapic_state *lapic = &board->state.lapic;
	uint64_t tick = tick_now(board), round = (UINT64_C(1) << divider_shift(lapic)) - 1;

	if (!lapic->timer_running || lapic->timer_zero <= tick)
		return 0;
	return (uint32_t)((lapic->timer_zero - tick + round) >> divider_shift(lapic));
}

void lapic_timer_start(struct board *board)
{
	struct lapic_state *lapic = &board->state.lapic;

	lapic->timer_running = lapic->reg[LAPIC_TIMER_INITIAL] != 0;
	lapic->timer_zero = tick_now(board) + period(lapic);
}

void lapic_timer_go_on(struct board *board, uint32_t count)
{
	struct lapic_state *lapic = &board->state.lapic;

	lapic->timer_zero = tick_now(board) + ((uint64_t)count << divider_shift(lapic));
}

void lapic_timer_act(struct board *board, unsigned unit)
{
	struct lapic_state *lapic = &board->state.lapic;
	uint64_t tick = tick_now(board);

	(void)unit;
	if (!lapic->timer_running || lapic->timer_zero > tick)
		return;
	lapic_local(board, LAPIC_LVT_TIMER);
	lapic->timer_running = lapic->reg[LAPIC_LVT_TIMER] & LVT_PERIODIC ? 1 : 0;
	if (lapic->timer_running)
		lapic->timer_zero += ((tick - lapic->timer_zero) / period(lapic) + 1) * period(lapic);
}

uint64_t lapic_timer_next(const struct board *board, unsigned unit)
{
	const struct lapic_state *lapic = &board->state.lapic;

	(void)unit;
	if (!lapic->timer_running || lapic->reg[LAPIC_LVT_TIMER] & LVT_MASKED)
		return BOARD_NEVER;
	return time_cycles(board, lapic->timer_zero, APIC_BUS_HZ);
}
