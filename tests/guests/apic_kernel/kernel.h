/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/kernel.h - what the parts of this small kernel offer each other.
 */
#ifndef APIC_KERNEL_H
#define APIC_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IRQ_VECTOR = 0x30, /* of ISA line 0, by the I/O APIC */
	PIC_VECTOR = 0x50, /* by the 8259As */
	TIMER_VECTOR = 0x61,
	SELF_VECTOR = 0x42,
	ERROR_VECTOR = 0x63,
	SPURIOUS_VECTOR = 0xff,
};
enum { IRQ_PIT = 0, IRQ_KEYBOARD = 1, IRQ_UART = 4, IRQ_RTC = 8, IRQ_DISK = 14, IRQ_DISK2 = 15 };

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void insl(uint16_t port, void *to, size_t words)
{
	__asm__ volatile("cld; rep insl" : "+D"(to), "+c"(words) : "d"(port) : "memory");
}

static inline void outsl(uint16_t port, const void *from, size_t words)
{
	__asm__ volatile("cld; rep outsl" : "+S"(from), "+c"(words) : "d"(port) : "memory");
}

static inline void cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* Interrupts are off before and after: one comes in between at least. */
static inline void wait_for_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* console.c: UART and CGA text */
void say(const char *format, ...) __attribute__((format(printf, 1, 2))); /* %s %u %x */
void die(const char *why) __attribute__((noreturn));
void uart_by_interrupt(const char *text);
void uart_interrupt(void);
void console_end(void); /* nothing is left in the UART */
unsigned cga_cursor(void);

/* mp.c */
struct machine {
	uint32_t lapic, ioapic;
	unsigned processors, ioapics, ioapic_id;
	int pin[16]; /* of ISA line; -1: not wired */
};
extern struct machine machine;
void mp_find(void);

/* paging.c: identity; the APICs' pages uncached */
void paging_large(void); /* 4 MiB pages, and a table for the APICs */
void paging_pae(void);   /* 2 MiB pages, likewise */

/* apic.c */
void lapic_begin(void);
void lapic_write(unsigned offset, uint32_t value);
uint32_t lapic_read(unsigned offset);
void ioapic_begin(void);
void ioapic_open(unsigned irq, bool level);
void ioapic_close(unsigned irq);
void pic_begin(void);
void pic_open(unsigned irq);
void pic_end(unsigned irq);

/* disk.c: by interrupts */
void disk_identify(uint16_t words[256]);
void disk_read(uint32_t sector, unsigned count, void *to);
void disk_write(uint32_t sector, unsigned count, const void *from);
void disk_read_multiple(uint32_t sector, unsigned count, void *to);
void disk_read_chs(unsigned cylinder, unsigned head, unsigned sector, void *to);
void disk_set_multiple(unsigned count);
void disk_flush(void);

/* channels.c: all places of disks, by interrupts */
void channels(void);

/* kernel.c: interrupts so far, by vector */
extern volatile unsigned interrupts[256];

#endif
