/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/machine.h - what the kernel asks of the machine: port.c has it, and nothing else in the kernel knows what it
 * runs on. (Linux has the same seam and calls it pv_ops; its lazy MMU mode is updates_begin and updates_end.)
 */
#ifndef LAB_GUEST_MACHINE_H
#define LAB_GUEST_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bare.h"
#include "xen.h"

enum {
	KERNEL_CODE = 0x08, KERNEL_DATA = 0x10, USER_CODE = 0x1b, USER_DATA = 0x23, TASK = 0x28,
	PAGE = 4096,
	UPDATES_MAX = 64, /* calls of store_entry and forget_page, each, between updates_begin and updates_end */
};

struct gate {
	uint8_t vector;
	uint8_t dpl;    /* who may use INT with it */
	bool interrupt; /* entered with interrupts off */
	uint32_t handler;
};

/* ---- port.c ---- */

/* Once, before anything else here. GDT, TSS and paging are on; linear addresses below 16 MiB are physical ones. */
void machine_begin(void);
/* Makes the gates of these vectors; all others are absent. Behind it exceptions and system calls find the kernel. */
void load_gates(const struct gate *gates, unsigned count);

/* Never nested. An interrupt that comes in between is taken when interrupts_on is called. */
void interrupts_off(void);
void interrupts_on(void);
/* The timer's handler asks: true: call timer_tick now. False: it has come where it must not be taken; timer_tick is called later by
 * this file, once. Until timer_tick has run the interrupt controller sends no other one. */
bool interrupt_may_be_taken(void);
/* With interrupts off: waits for one, which is taken, and comes back with interrupts on. */
void wait_for_interrupt(void);

/* To the first serial port. */
void console_write(const char *text, size_t size);

/* An entry of a page table that may be in use. */
void store_entry(uint32_t *entry, uint32_t value);
/* The TLB must not know this page any more. */
void forget_page(uint32_t linear);
/* Loads CR3. */
void load_directory(uint32_t physical);
/* Where entries from user code find their stack. */
void set_kernel_stack(uint32_t top);
/* What is asked by the four functions above in between need not be done before the end. Never nested; the four may also be called
 * outside. */
void updates_begin(void);
void updates_end(void);

/* ---- what the kernel has for it: main.c, start.S ---- */

void timer_tick(void);
/* The task's segment, as LTR has it, and the page where hypercalls go (start.S). */
extern struct task task;
extern uint8_t hypercall_page[PAGE];
/* Ends the run with a message. */
void panic(const char *why, uint32_t number) __attribute__((noreturn));

#endif
