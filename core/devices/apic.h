/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/apic.h - between the interrupt controllers: lines from devices (lines.c), the I/O APIC and the local
 * APIC, which send each other messages (Intel SDM volume 3, 10.1 and 10.11; 82093AA data sheet 290566).
 *
 *   device -- line --> 8259A pair -- INTR --> LINT0 of the local APIC, pin 0 of the I/O APIC
 *              |
 *              +-----> pin of the I/O APIC -- message --> local APIC --> processor
 */
#ifndef RINGSIDE_CORE_DEVICES_APIC_H
#define RINGSIDE_CORE_DEVICES_APIC_H

#include "core/devices/device.h"

/* Delivery modes, as they stand in ICR, in LVT entries and in redirection entries. */
enum delivery_mode {
	DELIVER_FIXED, DELIVER_LOWEST_PRIORITY, DELIVER_SMI, DELIVER_REMOTE_READ, DELIVER_NMI, DELIVER_INIT,
	DELIVER_STARTUP, DELIVER_EXTINT
};

enum {
	APIC_BUS_HZ = 100000000, /* the processor bus, whose clock the local APIC's timer counts */
	LAPIC_VERSION = 0x11,    /* integrated, of the P6 family */
	LAPIC_LVT_LAST = 4,      /* timer, performance counters, LINT0, LINT1, error */
	IOAPIC_ID = 1,           /* what firmware gives it */
	IOAPIC_VERSION = 0x11,
	PIN_8259 = 0,            /* of the I/O APIC */
};
#define IOAPIC_BASE UINT64_C(0xfec00000)

/* What goes over the APIC bus. */
struct apic_message {
	uint8_t vector;
	uint8_t mode;        /* enum delivery_mode */
	uint8_t destination; /* APIC ID, or logical address */
	bool logical;
	bool level;          /* trigger mode */
};

/* True: a local APIC has accepted it. */
bool lapic_receive(struct board *board, const struct apic_message *message);
/* Is the message for this APIC? */
bool lapic_is_destination(const struct board *board, uint8_t destination, bool logical);
/* Does IA32_APIC_BASE have it on? */
bool lapic_enabled(const struct board *board);
/* LINT0, wired to the 8259A's INTR. */
void lapic_set_lint0(struct board *board, bool high);
/* Does it pass the 8259A's interrupt on as it is? */
bool lapic_passes_8259(const struct board *board);
/* Does LINT0, or a pin of the I/O APIC, lead to NMI? */
bool lapic_lint0_is_nmi(const struct board *board);
bool ioapic_sends_nmi(const struct board *board);
/* The vector that the processor is to take; -1: none. */
int lapic_pending(const struct board *board);
uint8_t lapic_acknowledge(struct board *board);
uint64_t lapic_base(const struct board *board);
/* What the timer's count register says at state.now. */
uint32_t lapic_timer_count(const struct board *board);

/* A pin's input has this level now. */
void ioapic_set_line(struct board *board, unsigned pin, bool high);
/* The processor is done with a level-triggered interrupt. */
void ioapic_end_of_interrupt(struct board *board, uint8_t vector);
bool ioapic_masked(const struct board *board, unsigned pin);
bool ioapic_active_low(const struct board *board, unsigned pin);
/* Does pin 0 pass the 8259A's interrupt on as it is? */
bool ioapic_passes_8259(const struct board *board);

/* The 8259A's INTR output, as it is. */
bool pic_output(const struct board *board);
uint8_t pic_acknowledge(struct board *board);
/* INTR may have changed: whoever it is wired to is told. */
void lines_follow_8259(struct board *board);
unsigned lines_pin(unsigned irq);

#endif
