/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pit.c - the 8254 timer, counter 0 as a rate generator (mode 2) on IRQ 0.
 */
#include "kernel/kernel.h"

enum {
	PIT_HERTZ = 1193182,
	COUNTER_0 = 0x40,
	CONTROL = 0x43,
	RATE_GENERATOR = 0x34, /* counter 0, low then high byte, mode 2, binary */
	LATCH_0 = 0x00,
};

uint32_t pit_begin(uint32_t hertz)
{
	uint32_t divisor = PIT_HERTZ / hertz;

	port_write8(CONTROL, RATE_GENERATOR);
	port_write8(COUNTER_0, (uint8_t)divisor);
	port_write8(COUNTER_0, (uint8_t)(divisor >> 8));
	pic_enable(IRQ_TIMER);
	return hertz;
}

/* Counts down from the divisor to 1, once a tick. */
uint16_t pit_count(void)
{
	uint16_t count;

	port_write8(CONTROL, LATCH_0);
	count = port_read8(COUNTER_0);
	return (uint16_t)(count | port_read8(COUNTER_0) << 8);
}
