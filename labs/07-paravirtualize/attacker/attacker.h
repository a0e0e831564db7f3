/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/attacker/attacker.h - what the attacker's files offer each other. Read main.c, tables.c, descriptors.c.
 */
#ifndef LAB_ATTACKER_H
#define LAB_ATTACKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PAGE = 4096,
	BASE = 0xC0000000,
	HOLE = 0xFC000000, /* from here on addresses are the VMM's */
	SCRATCH = BASE + 0x10000, SCRATCHES = 16, /* pages whose mappings may be anything */
	SPARE_SLOT = 512, SPARE_SLOTS = 4,        /* of the directory */
	FREE_FRAME = 0x400, FREE_FRAMES = 12,     /* pfns of frames that nobody has mapped in the beginning */
	SEGMENT_FRAMES = 3,                       /* the first ones of them are tried as descriptor tables too */
	PRESENT = 1, WRITABLE = 2, USER = 4, LARGE = 0x80, GLOBAL = 0x100,
	SELF = 0x7ff0,
};

/* Xen's numbers (core/xen.h). */
enum call {
	CALL_set_trap_table = 0, CALL_mmu_update = 1, CALL_set_gdt = 2, CALL_stack_switch = 3, CALL_update_descriptor = 10,
	CALL_multicall = 13, CALL_update_va_mapping = 14, CALL_console_io = 18, CALL_sched_op = 29,
};

/* ---- main.c ---- */

uint32_t random_number(void);
static inline uint32_t below(uint32_t bound)
{
	return random_number() % bound;
}
static inline bool one_in(uint32_t bound)
{
	return below(bound) == 0;
}

int32_t hypercall(enum call number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth);
/* The same, counted: what it answers goes into the checksum. */
void fire(enum call number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth);

extern uint32_t directory_mfn, table_mfn; /* in CR3; of the first 4 MiB from BASE on */
uint32_t free_frame(void);
uint32_t segment_frame(void);
/* Somebody else's: the VMM's, one that there is not. */
uint32_t foreign_frame(void);
/* `good`, or what a pointer must not be: the VMM's, nobody's, at the end of the address space. */
uint32_t pointer(uint32_t good);

/* ---- tables.c, descriptors.c: one attempt each ---- */

void try_mmu(void);
void try_va(void);
void try_gdt(void);
void try_descriptor(void);
void try_stack(void);
void try_traps(void);

#endif
