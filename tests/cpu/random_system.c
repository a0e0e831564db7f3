/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/random_system.c - see random_system.h.
 */
#include "tests/cpu/random_system.h"

enum { CODE_SIZE = 256 };

/* One-byte and 0F opcodes of the system side, between which some arithmetic stands. */
static const uint8_t one_byte[] = {
	0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x63, 0x6c, 0x6d, 0x6e, 0x6f, 0x8c, 0x8e, 0x9a, 0x9b, 0x9c,
	0x9d, 0xc4, 0xc5, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xe4, 0xe5, 0xe6, 0xe7, 0xea, 0xec, 0xed, 0xee,
	0xef, 0xf1, 0xf4, 0xfa, 0xfb, 0xff, 0x01, 0x29, 0x50, 0x5b, 0x89, 0x8b, 0xa5, 0xab, 0xe8, 0x75,
};
static const uint8_t two_byte[] = {
	0x00, 0x01, 0x02, 0x03, 0x06, 0x08, 0x09, 0x20, 0x21, 0x22, 0x23, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35,
	0xa0, 0xa1, 0xa2, 0xa8, 0xa9, 0xb2, 0xb4, 0xb5,
};
static const uint8_t prefixes[] = {0x66, 0x67, 0xf3, 0x2e};

#define PICK(generator, table) (table)[pick(generator, sizeof(table))]

/* ---- making a guest ---- */

static unsigned make_instruction(struct generator *generator, uint8_t *code)
{
	unsigned size = 0;

	if (!pick(generator, 5))
		code[size++] = PICK(generator, prefixes);
	if (pick(generator, 3)) {
		code[size++] = PICK(generator, one_byte);
	} else {
		code[size++] = 0x0f;
		code[size++] = PICK(generator, two_byte);
	}
	code[size++] = (uint8_t)any(generator);
	if (pick(generator, 2))
		return size;
	code[size++] = (uint8_t)any(generator);
	code[size++] = (uint8_t)any(generator);
	code[size++] = 0;
	code[size++] = 0;
	code[size++] = (uint8_t)pick(generator, GDT_END);
	code[size++] = 0;
	return size;
}

static void make_code(struct generator *generator, struct machine *machine)
{
	for (unsigned at = 0; at < CODE_SIZE;)
		at += make_instruction(generator, machine->ram + CODE_AT + at);
	for (unsigned vector = 0; vector < 256; vector++)
		if (pick(generator, 2))
			machine->ram[HANDLER_AT + 16 * vector] = pick(generator, 2) ? 0xcf : 0xcb;
}

static void damage(struct generator *generator, struct machine *machine, uint32_t at, uint32_t size)
{
	if (pick(generator, 4))
		return;
	for (unsigned i = 0; i < 40; i++) {
		uint32_t where = at + pick(generator, size);
		machine->ram[where] ^= (uint8_t)(1u << pick(generator, 8));
	}
}

static void make_registers(struct generator *generator, struct machine *machine)
{
	for (unsigned i = 0; i < GPR_COUNT; i++)
		machine->state->gpr[i] = pick(generator, 2) ? any(generator) & 0xff
		                                            : DATA_AT + pick(generator, 0x1000);
	machine->state->gpr[ESP] = STACK_AT - pick(generator, 0x100);
}

static void make_mode(struct generator *generator, struct machine *machine)
{
	switch (pick(generator, 6)) {
	case 1: machine_ring(machine, 1); break;
	case 2: machine_ring(machine, 3); break;
	case 3: machine_real(machine); return;
	case 4: machine_v86(machine); break;
	default: break;
	}
	if (pick(generator, 2))
		return;
	machine_paging(machine);
	for (unsigned i = 0; i < 8 && !pick(generator, 2); i++)
		machine_page(machine, pick(generator, 0x50) << PAGE_SHIFT, pick(generator, 8));
}

static void make_debug(struct generator *generator, struct machine *machine)
{
	if (pick(generator, 6))
		return;
	machine->state->dr[7] = (any(generator) & ~0xd800u) | 0x400;
	for (unsigned i = 0; i < 4; i++)
		machine->state->dr[i] = (pick(generator, 2) ? CODE_AT : DATA_AT) + pick(generator, 32);
}

struct machine *random_system(uint64_t seed, bool exact)
{
	struct machine *machine = machine_new_as(exact);
	struct generator generator = {seed};

	machine_task(machine, TSS2_AT, pick(&generator, 2) ? 0 : 3);
	machine_task(machine, TSS16_AT, 0);
	make_registers(&generator, machine);
	make_mode(&generator, machine);
	if (!pick(&generator, 3))
		machine->state->eflags |= any(&generator) & 0x247fd5;
	damage(&generator, machine, GDT_AT, GDT_END);
	damage(&generator, machine, IDT_AT, 0x800);
	damage(&generator, machine, TSS_AT, 0x900);
	make_debug(&generator, machine);
	make_code(&generator, machine);
	cpu_state_changed(machine->cpu);
	machine->irq = (uint8_t)any(&generator);
	cpu_set_monitored(machine->cpu, !pick(&generator, 3));
	return machine;
}
