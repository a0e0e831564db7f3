/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/timer.c - ticks, whichever device they come from.
 */
#include "kernel/kernel.h"

enum { SLOWEST = 19, FASTEST = 2000 }; /* the 8254's divisor has 16 bits */

volatile uint32_t timer_ticks;
static uint32_t rate;

/* 0: no timer, so that a run without input is the same whatever time things take. */
void timer_init(uint32_t hertz)
{
	if (hertz == 0)
		return;
	if (hertz < SLOWEST)
		hertz = SLOWEST;
	if (hertz > FASTEST)
		hertz = FASTEST;
	rate = platform->timer_begin(hertz);
}

void timer_interrupt(void)
{
	timer_ticks++;
	process_tick();
}

uint32_t timer_hertz(void)
{
	return rate;
}
