/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/pv.h - what the files of the paravirtual platforms offer each other. Read choose.c,
 * updates.c, tables.c, transparent.c; then start.S, direct.c, events.c; then interrupts.c, irq.h and
 * leave.S.
 */
#ifndef GUEST_KERNEL_PV_PV_H
#define GUEST_KERNEL_PV_PV_H

#include "kernel/layout.h"

#define XEN_STARTED 0x2D6E6578 /* what start.S says where a Multiboot loader says MULTIBOOT_LOADED */
#define EVENT_VECTOR 0x81      /* what start.S calls the event callback in a trap frame */

#ifndef __ASSEMBLER__

#include "kernel/pv/hypercall.h"

/* ---- choose.c ---- */

/* Tells the hypervisor where traps go; `with_interrupts`: the PICs' too. Gives its answer. */
int32_t pv_set_trap_table(uint16_t code, bool with_interrupts);

/* ---- updates.c: what changes in page tables and TLB, saved up to be one hypercall ---- */

void pv_update(uint64_t pointer, uint32_t value); /* machine address of an entry, what it shall hold */
void pv_operate(uint32_t command, uint32_t argument);
void pv_forget_page(uint32_t linear);
void pv_forget_all(void);
void pv_flush(void);
/* As pv_flush, and the kernel stack for entries from user code with it. */
void pv_flush_and_switch_stack(uint32_t selector, uint32_t top);

/* ---- tables.c: machine addresses, page tables in use; mostly operations of struct platform ---- */

void tables_begin(const struct start_info *start); /* in direct mode */
uint32_t tables_machine_frame(uint32_t physical);
uint32_t tables_first_directory(void);
uint32_t tables_read_entry(const uint32_t *entry);
void tables_write_entry(uint32_t *entry, uint32_t value);
void tables_made(uint32_t directory, uint32_t table);
void tables_read_only(uint32_t physical); /* in the straight map */
void tables_load(uint32_t directory);     /* at the next flush */
void tables_end(uint32_t directory);
void tables_forget_all(uint32_t directory);

/* ---- transparent.c, direct.c ---- */

extern const struct platform platform_transparent, platform_direct;

void direct_started(uint32_t start_info);

/* ---- events.c, interrupts.c: event channels, and the interrupt flag ---- */

extern volatile struct vcpu_info *shared_vcpu; /* NULL: interrupts are the PICs', the flag is in EFLAGS */

void events_begin(uint32_t shared_info); /* machine address */
void events_interrupt(uint32_t vector);
uint32_t events_timer(uint32_t hertz);
void events_input(void);
uint32_t events_fault_address(void);
void pv_console_write(const char *text, size_t size);

#endif
#endif
