/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/system.h - a bare machine with descriptor tables, for tests of the processor's system side:
 * code is given as bytes, runs a step at a time, and each delivered event is remembered.
 */
#ifndef RINGSIDE_TESTS_CPU_SYSTEM_H
#define RINGSIDE_TESTS_CPU_SYSTEM_H

#include "cpu/cpu.h"

enum {
	RAM_SIZE = 1 << 20,
	IDT_AT = 0x1000,
	GDT_AT = 0x2000,
	LDT_AT = 0x3000,
	TSS_AT = 0x4000,
	TSS2_AT = 0x4400,
	TSS16_AT = 0x4800,
	CODE_AT = 0x10000,
	HANDLER_AT = 0x20000, /* vector v: HANDLER_AT + 16 * v, filled with HLT */
	TASK_AT = 0x28000,
	STACK0_AT = 0x30000, /* ring 0 from the TSS */
	STACK1_AT = 0x34000,
	STACK_AT = 0x38000,  /* of the program under test, whatever its ring */
	TASK_STACK_AT = 0x3c000,
	DATA_AT = 0x40000,
	TABLES_AT = 0x80000, /* page tables: directory, then table */
	HIGH_AT = 1 << 24,   /* more memory, which no program under test looks for */
	HIGH_SIZE = 1 << 17,
};

/* Selectors in the GDT. */
enum {
	CODE0 = 0x08, DATA0 = 0x10, CODE1 = 0x18, DATA1 = 0x20, CODE3 = 0x28, DATA3 = 0x30,
	TSS_SELECTOR = 0x38, TSS2_SELECTOR = 0x40, TSS16_SELECTOR = 0x48, LDT_SELECTOR = 0x50,
	CONFORMING = 0x58, ABSENT_DATA = 0x60, ABSENT_CODE = 0x68, READ_ONLY = 0x70, EXECUTE_ONLY = 0x78,
	GATE_TO_0 = 0x80, GATE_DPL0 = 0x88, GATE16 = 0x90, TASK_GATE = 0x98, SMALL_CODE = 0xa0,
	EXPAND_DOWN_DATA = 0xa8, CODE16 = 0xb0, DATA16 = 0xb8, ABSENT_GATE = 0xc0, CODE3_CONFORMING = 0xc8,
	ABSENT_STACK = 0xd0, FREE_SELECTOR = 0xd8, GDT_END = 0xe0,
};

struct machine {
	struct cpu *cpu;
	struct cpu_state *state;
	uint8_t *ram; /* RAM_SIZE bytes at 0, then HIGH_SIZE bytes at HIGH_AT: machine_host */
	uint64_t clock;
	struct bus bus;
	struct cost_profile costs;
	struct cpu_event event[16]; /* delivered, in order */
	unsigned events;
	uint32_t port_value; /* last written; what is read */
	unsigned port_accesses;
	uint8_t irq;
};

struct machine *machine_new(void); /* ring 0, 32-bit, flat, no paging */
struct machine *machine_new_as(bool exact);
struct machine *machine_new_with(bool pdpte_registers); /* cpu_features.pdpte_registers_nested */
void machine_free(struct machine *machine);

/* Puts the program into another ring: CS, SS, DS, ES of that ring. */
void machine_ring(struct machine *machine, unsigned ring);
void machine_real(struct machine *machine);
void machine_v86(struct machine *machine);
void machine_paging(struct machine *machine); /* identity, 4 KiB, user pages, all writable */
void machine_page(struct machine *machine, uint32_t linear, uint32_t rights);

void machine_code(struct machine *machine, const void *bytes, size_t size); /* at EIP */
enum cpu_stop machine_step(struct machine *machine);
/* Writes the bytes at EIP and runs one instruction. */
#define RUN(machine, ...)                                                                           \
	(machine_code(machine, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})), \
	 machine_step(machine))

/* Where the byte at a physical address is. */
static inline uint8_t *machine_host(const struct machine *machine, uint32_t address)
{
	return machine->ram + (address < HIGH_AT ? address : RAM_SIZE + (address - HIGH_AT));
}
uint32_t machine_read(const struct machine *machine, uint32_t address, unsigned size);
void machine_write(struct machine *machine, uint32_t address, unsigned size, uint32_t value);
void machine_descriptor(struct machine *machine, uint32_t at, uint32_t base, uint32_t limit, uint32_t access);
/* `type`: the low half of the second word: P, DPL, type, count. */
void machine_gate(struct machine *machine, uint32_t at, uint16_t selector, uint32_t offset, uint32_t type);
/* Fills TSS2 (or the 16-bit one) so that a switch to it goes on at TASK_AT. */
void machine_task(struct machine *machine, uint32_t tss, unsigned ring);

#endif
