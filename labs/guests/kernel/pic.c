/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pic.c - the two 8259A interrupt controllers: IRQ 0 to 15 become vectors 20H to 2FH, out of
 * the way of the exceptions.
 */
#include "kernel/kernel.h"

enum {
	MASTER = 0x20,
	SLAVE = 0xA0,
	ICW1_START = 0x11,  /* edge-triggered, cascaded, ICW4 follows */
	ICW4_8086 = 0x01,
	OCW2_END = 0x20,    /* non-specific end of interrupt */
	OCW3_IN_SERVICE = 0x0B,
};

static uint16_t masked = 0xFFFF;

static void write_masks(void)
{
	port_write8(MASTER + 1, (uint8_t)masked);
	port_write8(SLAVE + 1, (uint8_t)(masked >> 8));
}

void pic_init(void)
{
	port_write8(MASTER, ICW1_START);
	port_write8(MASTER + 1, IRQ_BASE);
	port_write8(MASTER + 1, 1 << IRQ_CASCADE);
	port_write8(MASTER + 1, ICW4_8086);
	port_write8(SLAVE, ICW1_START);
	port_write8(SLAVE + 1, IRQ_BASE + 8);
	port_write8(SLAVE + 1, IRQ_CASCADE);
	port_write8(SLAVE + 1, ICW4_8086);
	masked = (uint16_t)~(1u << IRQ_CASCADE);
	write_masks();
}

void pic_enable(unsigned irq)
{
	masked &= (uint16_t)~(1u << irq);
	write_masks();
}

/* The lowest line of each controller is also its way to say "it was nothing". */
static bool spurious(uint16_t port)
{
	port_write8(port, OCW3_IN_SERVICE);
	return !(port_read8(port) & 0x80);
}

static bool acknowledge(unsigned irq)
{
	if (irq == 7 && spurious(MASTER))
		return false;
	if (irq == 15 && spurious(SLAVE)) {
		port_write8(MASTER, OCW2_END); /* the master saw a true one */
		return false;
	}
	if (irq >= 8)
		port_write8(SLAVE, OCW2_END);
	port_write8(MASTER, OCW2_END);
	return true;
}

void pic_interrupt(uint32_t vector)
{
	unsigned irq = vector - IRQ_BASE;

	if (!acknowledge(irq))
		return;
	if (irq == IRQ_TIMER)
		timer_interrupt();
	else
		keyboard_interrupt(irq);
}
