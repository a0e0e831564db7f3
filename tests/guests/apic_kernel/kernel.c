/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/kernel.c - a kernel that does with the APICs and the devices behind them what teaching kernels
 * do, and says what it finds: nothing that depends on time, so that it is the same on every PC.
 */
#include "kernel.h"
#include "layout.h"

enum { EOI = 0xb0, TPR = 0x80, ESR = 0x280, ICR = 0x300, TIMER = 0x320, LINT0 = 0x350, INITIAL = 0x380, DIVIDE = 0x3e0 };
enum { MASKED = 1 << 16, PERIODIC = 1 << 17, TO_SELF = 1 << 18 | 1 << 14, EXTINT = 7 << 8, BY_1 = 0xb, COUNT = 200000 };

/* What common in entry.S pushes. */
struct frame {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

volatile unsigned interrupts[256];
static volatile uint8_t key;
extern const uint8_t vectors[];
void trap(const struct frame *frame);
void kernel(void);

static void interrupt(unsigned vector)
{
	switch (vector) {
	case IRQ_VECTOR + IRQ_KEYBOARD:
		key = inb(0x60);
		break;
	case IRQ_VECTOR + IRQ_UART:
		uart_interrupt();
		break;
	case IRQ_VECTOR + IRQ_DISK:
		inb(0x1f7); /* the drive takes its request back */
		break;
	case IRQ_VECTOR + IRQ_DISK2:
		inb(0x177);
		break;
	case IRQ_VECTOR + IRQ_RTC:
		outb(0x70, 0x0c);
		inb(0x71);
		break;
	default:
		break;
	}
}

void trap(const struct frame *frame)
{
	if (frame->vector < 32) {
		say("exception %u at %x\n", frame->vector, frame->eip);
		die("an exception");
	}
	interrupts[frame->vector]++;
	interrupt(frame->vector);
	if (frame->vector == PIC_VECTOR)
		outb(0x20, 0x20);
	else if (frame->vector != SPURIOUS_VECTOR)
		lapic_write(EOI, 0);
}

static void idt_begin(void)
{
	static struct {
		uint16_t low, selector, type, high;
	} idt[256];
	static struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) idtr;

	for (unsigned i = 0; i < 256; i++) {
		uint32_t handler = (uint32_t)vectors + 16 * i;

		idt[i].low = (uint16_t)handler;
		idt[i].selector = CODE_SELECTOR;
		idt[i].type = 0x8e00;
		idt[i].high = (uint16_t)(handler >> 16);
	}
	idtr.limit = sizeof idt - 1;
	idtr.base = (uint32_t)idt;
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

/* ---- the parts ---- */

static void timer(void)
{
	unsigned before = interrupts[TIMER_VECTOR];

	lapic_write(DIVIDE, BY_1);
	lapic_write(TIMER, PERIODIC | TIMER_VECTOR);
	lapic_write(INITIAL, COUNT);
	while (interrupts[TIMER_VECTOR] - before < 10)
		wait_for_interrupt();
	say("local APIC timer: 10 ticks\n");
	lapic_write(TIMER, MASKED | TIMER_VECTOR);
	lapic_write(INITIAL, 0);
	before = interrupts[TIMER_VECTOR];
	lapic_write(TIMER, TIMER_VECTOR);
	lapic_write(INITIAL, COUNT);
	while (interrupts[TIMER_VECTOR] == before)
		wait_for_interrupt();
	say("one-shot: %u tick\n", interrupts[TIMER_VECTOR] - before);
}

/* To itself; held back by the task priority, and higher ones first. */
static void self(void)
{
	lapic_write(TPR, SELF_VECTOR | 0x0f);
	lapic_write(ICR, TO_SELF | SELF_VECTOR);
	sti();
	for (volatile unsigned i = 0; i < 100; i++)
		;
	cli();
	say("interrupt to itself: %u while priority is %x", interrupts[SELF_VECTOR], lapic_read(TPR));
	lapic_write(TPR, 0);
	while (!interrupts[SELF_VECTOR])
		wait_for_interrupt();
	say(", then %u\n", interrupts[SELF_VECTOR]);
}

static void keyboard_wait(void)
{
	while (inb(0x64) & 2)
		;
}

/* The controller's own commands: a byte as if it came from the keyboard. */
static void keyboard(bool level)
{
	unsigned before;

	cli();
	while (inb(0x64) & 1)
		inb(0x60);
	before = interrupts[IRQ_VECTOR + IRQ_KEYBOARD];
	ioapic_open(IRQ_KEYBOARD, level);
	for (unsigned code = 0x1e; code < 0x21; code++) {
		keyboard_wait();
		outb(0x64, 0xd2);
		keyboard_wait();
		outb(0x60, (uint8_t)code);
		while (key != code)
			wait_for_interrupt();
	}
	ioapic_close(IRQ_KEYBOARD);
	say("keyboard: %u interrupts, last code %x\n", interrupts[IRQ_VECTOR + IRQ_KEYBOARD] - before, key);
}

static uint32_t sum(const uint8_t *bytes, unsigned size)
{
	uint32_t total = 1;

	while (size--)
		total = total * 31 + *bytes++;
	return total;
}

static void disk(void)
{
	static uint8_t one[16 * 512], other[16 * 512];
	static uint16_t words[256];
	unsigned heads, sectors;

	ioapic_open(IRQ_DISK, false);
	disk_identify(words);
	heads = words[3], sectors = words[6];
	say("disk: %u sectors, LBA %u\n", words[60] | (uint32_t)words[61] << 16, words[49] >> 9 & 1u);
	disk_read(0, 1, one);
	say("sector 0: %x, signature %x\n", sum(one, 512), one[510] | (uint32_t)one[511] << 8);
	for (unsigned i = 0; i < sizeof one; i++)
		one[i] = (uint8_t)(i * 7 + i / 512);
	disk_write(200, 16, one);
	disk_flush();
	disk_read(200, 16, other);
	say("16 sectors written and read: %s\n", sum(one, sizeof one) == sum(other, sizeof other) ? "the same" : "others");
	disk_set_multiple(8);
	for (unsigned i = 0; i < sizeof other; i++)
		other[i] = 0;
	disk_read_multiple(200, 13, other);
	say("by blocks of 8: %s\n", sum(one, 13 * 512) == sum(other, 13 * 512) ? "the same" : "others");
	disk_read_chs(200 / (heads * sectors), 200 / sectors % heads, 200 % sectors + 1, other);
	say("by cylinder, head, sector: %s\n", sum(one, 512) == sum(other, 512) ? "the same" : "others");
	ioapic_close(IRQ_DISK);
}

static void uart(void)
{
	ioapic_open(IRQ_UART, false);
	uart_by_interrupt("UART: this line by its interrupts\n");
	ioapic_close(IRQ_UART);
	say("UART: %s interrupts\n", interrupts[IRQ_VECTOR + IRQ_UART] >= 33 ? "enough" : "too few");
}

static void pit(uint16_t count)
{
	outb(0x43, 0x34);
	outb(0x40, (uint8_t)count);
	outb(0x40, (uint8_t)(count >> 8));
}

static void clocks(void)
{
	pit(2000);
	ioapic_open(IRQ_PIT, false);
	while (interrupts[IRQ_VECTOR + IRQ_PIT] < 5)
		wait_for_interrupt();
	ioapic_close(IRQ_PIT);
	say("PIT by the I/O APIC: 5 ticks\n");
	/* Open before the clock's line may rise: an edge at a masked pin is lost, and the line stays high until register C is read. */
	ioapic_open(IRQ_RTC, false);
	outb(0x70, 0x0b);
	uint8_t b = inb(0x71);
	outb(0x70, 0x0b);
	outb(0x71, b | 0x40); /* periodic, 1024 Hz */
	outb(0x70, 0x0c);
	inb(0x71);
	while (interrupts[IRQ_VECTOR + IRQ_RTC] < 3)
		wait_for_interrupt();
	outb(0x70, 0x0b);
	outb(0x71, b);
	ioapic_close(IRQ_RTC);
	say("RTC by the I/O APIC: 3 ticks\n");
}

/* As a kernel without APIC has it: the 8259A through LINT0. */
static void virtual_wire(void)
{
	lapic_write(LINT0, EXTINT);
	pic_open(IRQ_PIT);
	while (interrupts[PIC_VECTOR] < 4)
		wait_for_interrupt();
	pic_end(IRQ_PIT);
	lapic_write(LINT0, MASKED);
	say("PIT by the 8259A and LINT0: 4 ticks\n");
}

static uint32_t errors(void)
{
	lapic_write(ESR, 0);
	return lapic_read(ESR);
}

void kernel(void)
{
	outb(0x3f9, 0);
	outb(0x3fb, 3);
	outb(0x3fa, 0);
	say("apic kernel\n");
	idt_begin();
	pic_begin();
	mp_find();
	say("MP table: processors %u, I/O APICs %u, at %x and %x\n", machine.processors, machine.ioapics, machine.lapic,
	    machine.ioapic);
	for (unsigned irq = 0; irq < 16; irq += irq == 1 ? 3 : irq == 0 ? 1 : 10)
		say("irq %u: pin %u\n", irq, (uint32_t)machine.pin[irq]);
	paging_large();
	lapic_begin();
	ioapic_begin();
	timer();
	self();
	disk();
	channels();
	paging_pae();
	say("PAE\n");
	timer();
	keyboard(false);
	keyboard(true);
	uart();
	clocks();
	virtual_wire();
	say("cursor in column %u, errors %x, spurious %u\n", cga_cursor() % 80, errors(), interrupts[SPURIOUS_VECTOR]);
	say("done\n");
	console_end();
	for (;;)
		outb(0xf4, 2);
}
