/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/lapic.h - between the two halves of the local APIC: registers and priorities (lapic.c), and its timer
 * (lapic_timer.c). Register numbers are offsets in its page, shifted right by 4 (Intel SDM volume 3, table 10-1).
 */
#ifndef RINGSIDE_CORE_DEVICES_LAPIC_H
#define RINGSIDE_CORE_DEVICES_LAPIC_H

#include "core/devices/apic.h"
#include "cpu/state.h"

enum lapic_register {
	LAPIC_ID = 0x02,
	LAPIC_VERSION_REGISTER = 0x03,
	LAPIC_TPR = 0x08, /* task priority */
	LAPIC_APR = 0x09, /* arbitration priority */
	LAPIC_PPR = 0x0a, /* processor priority */
	LAPIC_EOI = 0x0b,
	LAPIC_REMOTE_READ = 0x0c,
	LAPIC_LDR = 0x0d, /* logical destination */
	LAPIC_DFR = 0x0e, /* its format: flat or cluster */
	LAPIC_SVR = 0x0f, /* spurious-interrupt vector */
	LAPIC_ISR = 0x10, /* in service: 8 words */
	LAPIC_TMR = 0x18, /* trigger mode: 8 words */
	LAPIC_IRR = 0x20, /* requests: 8 words */
	LAPIC_ESR = 0x28, /* errors */
	LAPIC_ICR_LOW = 0x30,
	LAPIC_ICR_HIGH = 0x31,
	LAPIC_LVT_TIMER = 0x32,
	LAPIC_LVT_COUNTERS = 0x34,
	LAPIC_LVT_LINT0 = 0x35,
	LAPIC_LVT_LINT1 = 0x36,
	LAPIC_LVT_ERROR = 0x37,
	LAPIC_TIMER_INITIAL = 0x38,
	LAPIC_TIMER_CURRENT = 0x39,
	LAPIC_TIMER_DIVIDE = 0x3e,
};

enum { LAPIC_BASE_ENABLE = APIC_BASE_ENABLE, LAPIC_BASE_BOOTSTRAP = APIC_BASE_BOOTSTRAP };
#define LAPIC_BASE_ADDRESS APIC_BASE_ADDRESS
#define LAPIC_BASE_RESET APIC_BASE_RESET

/*
 * An entry of the local vector table (figure 10-8)
 *
 *  17       16   15    14         13         12     10..8 7..0
 *  periodic mask level remote IRR active low status mode  vector
 */
enum {
	LVT_VECTOR = 0xff,
	LVT_MODE_SHIFT = 8,
	LVT_ACTIVE_LOW = 1 << 13,
	LVT_REMOTE_IRR = 1 << 14,
	LVT_LEVEL = 1 << 15,
	LVT_MASKED = 1 << 16,
	LVT_PERIODIC = 1 << 17,
	SVR_ENABLE = 1 << 8,
};

/* Of ESR. */
enum {
	ERROR_NOT_ACCEPTED = 1 << 2,
	ERROR_SENT_VECTOR = 1 << 5,
	ERROR_RECEIVED_VECTOR = 1 << 6,
	ERROR_ILLEGAL_REGISTER = 1 << 7,
};

enum { VECTOR_FIRST = 16 }; /* those below cannot be sent */

/* The LVT's entry `reg` has its occasion. */
void lapic_local(struct board *board, unsigned reg);

/* The initial count was written. */
void lapic_timer_start(struct board *board);
/* The divider has changed: counts on from here. */
void lapic_timer_go_on(struct board *board, uint32_t count);
void lapic_timer_act(struct board *board, unsigned unit);
uint64_t lapic_timer_next(const struct board *board, unsigned unit);

#endif
