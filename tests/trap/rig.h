/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/rig.h - a guest without a file, for tests of techniques: descriptor tables, page tables and
 * code are put into its memory, its registers are set, and it runs under the technique asked for.
 */
#ifndef RINGSIDE_TESTS_TRAP_RIG_H
#define RINGSIDE_TESTS_TRAP_RIG_H

#include "core/vm.h"
#include "trap/techniques.h"

enum {
	RIG_MEMORY = 2 << 20,
	RIG_GDT = 0x1000,
	RIG_IDT = 0x2000,
	RIG_TSS = 0x3000,
	RIG_LDT = 0x3800,
	RIG_HANDLER = 0x4000, /* vector v: RIG_HANDLER + 16 * v, to 0x5000 */
	RIG_STACK0 = 0x8000,  /* top of the stack that the TSS names for ring 0 */
	RIG_STACK = 0x9000,   /* top of the stack at the start */
	RIG_STACK3 = 0xa000,
	RIG_DATA = 0xb000,
	RIG_CODE = 0x20000,
	RIG_TABLES = 0x30000, /* page tables of the guest, from here on */
};

/* Selectors in the GDT. */
enum {
	RIG_CODE0 = 0x08, RIG_DATA0 = 0x10, RIG_CODE3 = 0x18, RIG_DATA3 = 0x20, RIG_TASK = 0x28, RIG_LOCAL = 0x30,
	RIG_SMALL = 0x38, /* data, ring 0, limit FFFH */
	RIG_READ_ONLY = 0x40, RIG_CONFORMING = 0x48, RIG_CALL_GATE = 0x50, /* to ring 0 */
	RIG_CODE1 = 0x58, RIG_DATA1 = 0x60, RIG_FREE = 0x68, RIG_GDT_END = 0xc0,
};

/* How a guest is run. */
struct rig_way {
	const char *name;
	const struct technique *technique;
	unsigned ring;
	const char *paging; /* NULL: the technique's own */
};
enum { RIG_WAYS = 8, RIG_TRAP = 2, RIG_BT = 4, RIG_HVM = 6 };
/* native, emulate, trap in ring 1 and 3, bt in ring 1 and 3, hvm on shadow and nested tables */
extern const struct rig_way rig_ways[RIG_WAYS];

/* A machine in flat 32-bit protected mode whose memory is zero, with the GDT, IDT and TSS above in use.
 * `change` (may be NULL) may change the configuration. */
struct vm *rig_new(const struct rig_way *way, void (*change)(struct config *config));

/* The guest's own processor state; rig_changed after writing to it. */
struct cpu_state *rig_state(struct vm *vm);
void rig_changed(struct vm *vm);

void rig_write(struct vm *vm, uint32_t gpa, const void *bytes, size_t size);
void rig_put(struct vm *vm, uint32_t gpa, unsigned size, uint64_t value);
uint32_t rig_get(const struct vm *vm, uint32_t gpa);
void rig_gate(struct vm *vm, unsigned vector, uint16_t selector, uint32_t offset, uint32_t type);
void rig_descriptor(struct vm *vm, uint16_t selector, uint32_t base, uint32_t limit, uint32_t access);
/* Loads a segment register from the GDT as the guest's own MOV would, without its checks. */
void rig_segment(struct vm *vm, enum segment_register reg, uint16_t selector);

/* Paging with 32-bit entries: a directory at RIG_TABLES and one table behind it, which map the first 4 MiB
 * to themselves with these rights (ENTRY_... of cpu/paging.h). */
void rig_paging(struct vm *vm, uint32_t rights);
uint32_t rig_entry_at(uint32_t linear); /* where the table's entry of an address is */

/* Puts code at RIG_CODE and runs it until it stops or `cycles` have passed. */
enum vm_end rig_run(struct vm *vm, const void *code, size_t size, uint64_t cycles);
#define RIG_RUN(vm, cycles, ...)                                                                    \
	rig_run(vm, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), cycles)

#endif
