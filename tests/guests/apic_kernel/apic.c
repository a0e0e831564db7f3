/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/apic.c - sets up local APIC, I/O APIC and the 8259As as a small kernel does (Intel SDM volume 3,
 * chapter 10; 82093AA data sheet).
 */
#include "kernel.h"

enum {
	ID = 0x20, VERSION = 0x30, TPR = 0x80, EOI = 0xb0, SVR = 0xf0, ESR = 0x280, ICR = 0x300, ICR_HIGH = 0x310,
	TIMER = 0x320, COUNTERS = 0x340, LINT0 = 0x350, LINT1 = 0x360, LVT_ERROR = 0x370,
};
enum { MASKED = 1 << 16, INIT_DEASSERT_ALL = 0x88500, DELIVERY_STATUS = 1 << 12 };

void lapic_write(unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(machine.lapic + offset) = value;
	(void)*(volatile uint32_t *)(machine.lapic + ID); /* waits until it is done */
}

uint32_t lapic_read(unsigned offset)
{
	return *(volatile uint32_t *)(machine.lapic + offset);
}

void lapic_begin(void)
{
	lapic_write(SVR, 0x100 | SPURIOUS_VECTOR);
	lapic_write(TIMER, MASKED);
	lapic_write(LINT0, MASKED);
	lapic_write(LINT1, MASKED);
	if ((lapic_read(VERSION) >> 16 & 0xff) >= 4)
		lapic_write(COUNTERS, MASKED);
	lapic_write(LVT_ERROR, ERROR_VECTOR);
	lapic_write(ESR, 0);
	lapic_write(ESR, 0);
	lapic_write(EOI, 0);
	lapic_write(ICR_HIGH, 0);
	lapic_write(ICR, INIT_DEASSERT_ALL);
	while (lapic_read(ICR) & DELIVERY_STATUS)
		;
	lapic_write(TPR, 0);
}

static void ioapic_write(unsigned index, uint32_t value)
{
	*(volatile uint32_t *)machine.ioapic = index;
	*(volatile uint32_t *)(machine.ioapic + 0x10) = value;
}

static uint32_t ioapic_read(unsigned index)
{
	*(volatile uint32_t *)machine.ioapic = index;
	return *(volatile uint32_t *)(machine.ioapic + 0x10);
}

void ioapic_begin(void)
{
	unsigned last = ioapic_read(1) >> 16 & 0xff;

	if ((ioapic_read(0) >> 24 & 15) != machine.ioapic_id)
		die("the I/O APIC has another ID than the MP table says");
	for (unsigned pin = 0; pin <= last; pin++) {
		ioapic_write(0x10 + 2 * pin, MASKED | (IRQ_VECTOR + pin));
		ioapic_write(0x11 + 2 * pin, 0);
	}
	say("I/O APIC: %u pins\n", last + 1);
}

void ioapic_open(unsigned irq, bool level)
{
	int pin = machine.pin[irq];

	if (pin < 0)
		die("a line that leads nowhere");
	ioapic_write(0x11 + 2 * (unsigned)pin, lapic_read(ID) & 0xff000000);
	ioapic_write(0x10 + 2 * (unsigned)pin, (level ? 1u << 15 : 0) | (IRQ_VECTOR + irq));
}

void ioapic_close(unsigned irq)
{
	ioapic_write(0x10 + 2 * (unsigned)machine.pin[irq], MASKED | (IRQ_VECTOR + irq));
}

void pic_begin(void)
{
	outb(0x20, 0x11);
	outb(0xa0, 0x11);
	outb(0x21, PIC_VECTOR);
	outb(0xa1, PIC_VECTOR + 8);
	outb(0x21, 0x04);
	outb(0xa1, 0x02);
	outb(0x21, 0x01);
	outb(0xa1, 0x01);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

void pic_open(unsigned irq)
{
	outb(0x21, (uint8_t)(inb(0x21) & ~(1u << irq)));
}

void pic_end(unsigned irq)
{
	outb(0x21, (uint8_t)(inb(0x21) | 1u << irq));
}
