/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_random_guests.c - guests of random bytes in every technique: each ends by its own fault,
 * by halt, exit or reset, or at the time limit; never by a crash, a hang, or a damaged VMM.
 */
#include "cpu/insn.h"
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GUESTS = SLOW_BUILD ? 4800 : 10000, CODE_SIZE = 0x1000, CYCLES = 100000, HOST_SECONDS = 10 };

/* ---- random choices ---- */

struct dice {
	uint64_t state;
};

static uint32_t any(struct dice *dice)
{
	return (uint32_t)harness_random(&dice->state);
}

static uint32_t pick(struct dice *dice, uint32_t below)
{
	return any(dice) % below;
}

/* ---- code ---- */

struct opcode {
	uint8_t prefix, opcode, two_byte;
	int16_t reg; /* of a group; -1; or the whole ModRM (insn_for_each) */
};

/* The table's rows, sensitive and privileged ones apart. */
struct opcodes {
	struct opcode every[1024], system[256];
	unsigned count, systems;
};

static void collect(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct opcodes *opcodes = owner;
	struct opcode one = {row->prefix, opcode, two_byte, (int16_t)reg};

	if (opcodes->count < 1024)
		opcodes->every[opcodes->count++] = one;
	if (row->insn_class != CLASS_INNOCUOUS && opcodes->systems < 256)
		opcodes->system[opcodes->systems++] = one;
}

static const uint32_t addresses[] = {
	0, RIG_GDT, RIG_IDT, RIG_TSS, RIG_LDT, RIG_HANDLER, RIG_STACK, RIG_DATA, RIG_CODE, RIG_TABLES,
	RIG_TABLES + 0x1000, RIG_TABLES + 0x2000, 0xa0000, 0xb8000, 0xc0000, 0xff000, 0x1ff000, RIG_MEMORY,
	0x400000, 0x80000000, 0xc0000000, 0xffc00000, 0xffe00000, 0xffe40000, 0xfffff000, 0xfffffffc,
};

static uint32_t address(struct dice *dice)
{
	return addresses[pick(dice, sizeof addresses / sizeof *addresses)] + (pick(dice, 3) ? 4 * pick(dice, 1024) : 0);
}

static uint32_t value(struct dice *dice)
{
	switch (pick(dice, 6)) {
	case 0: return any(dice);
	case 1: return address(dice) | pick(dice, 256);
	case 2: return pick(dice, 256);
	case 3: return pick(dice, RIG_GDT_END + 16);
	case 4: return 0x80000011 ^ (1u << pick(dice, 32)); /* like a CR0 */
	default: return address(dice);
	}
}

static unsigned put(uint8_t *code, uint32_t number, unsigned size)
{
	memcpy(code, &number, size);
	return size;
}

/* MOV reg, value: what later instructions use as address, selector or control register. */
static unsigned make_load(struct dice *dice, uint8_t *code)
{
	code[0] = (uint8_t)(0xb8 + pick(dice, 8));
	return 1 + put(code + 1, value(dice), 4);
}

static unsigned make_from_row(struct dice *dice, uint8_t *code, struct opcode row)
{
	static const uint8_t prefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
	unsigned size = 0;
	uint8_t modrm = (uint8_t)any(dice);

	if (!pick(dice, 6))
		code[size++] = prefixes[pick(dice, sizeof prefixes)];
	if (row.prefix)
		code[size++] = row.prefix;
	if (row.two_byte)
		code[size++] = 0x0f;
	code[size++] = row.opcode;
	if (row.reg >= 0xc0)
		modrm = (uint8_t)row.reg;
	else if (row.reg >= 0)
		modrm = (uint8_t)((modrm & 0xc7) | row.reg << 3);
	if (!pick(dice, 3))
		modrm = (uint8_t)((modrm & 0x38) | 5); /* [disp32] */
	code[size++] = modrm;
	size += put(code + size, value(dice), 4);
	return size - pick(dice, 5); /* the rest is the beginning of something else */
}

static unsigned make_instruction(struct dice *dice, const struct opcodes *opcodes, uint8_t *code)
{
	switch (pick(dice, 8)) {
	case 0: return put(code, any(dice), 4);
	case 1:
	case 2: return make_load(dice, code);
	case 3:
	case 4:
	case 5: return make_from_row(dice, code, opcodes->system[pick(dice, opcodes->systems)]);
	default: return make_from_row(dice, code, opcodes->every[pick(dice, opcodes->count)]);
	}
}

static void make_code(struct dice *dice, const struct opcodes *opcodes, struct vm *vm, uint32_t at)
{
	uint8_t code[CODE_SIZE + 32];
	bool bytes = !pick(dice, 4);

	for (unsigned size = 0; size < CODE_SIZE;)
		size += bytes ? put(code + size, any(dice), 4) : make_instruction(dice, opcodes, code + size);
	rig_write(vm, at, code, CODE_SIZE);
}

/* Handlers: mostly ones that drop an error code, or none, and return; some do as they like. */
static void make_handlers(struct dice *dice, const struct opcodes *opcodes, struct vm *vm)
{
	static const uint8_t with_error[] = {0x83, 0xc4, 0x04, 0xff, 0x04, 0x24, 0xcf}; /* skips a byte */
	static const uint8_t without[] = {0xff, 0x04, 0x24, 0xcf};

	for (unsigned vector = 0; vector < 256; vector++) {
		uint32_t at = RIG_HANDLER + 16 * vector;
		bool error = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
		uint8_t code[64];

		if (!pick(dice, 12)) {
			make_instruction(dice, opcodes, code);
			rig_write(vm, at, code, 16);
		} else if (error) {
			rig_write(vm, at, with_error, sizeof with_error);
		} else {
			rig_write(vm, at, without, sizeof without);
		}
	}
}

/* ---- tables ---- */

static void damage(struct dice *dice, struct vm *vm, uint32_t at, uint32_t size, unsigned bits)
{
	for (unsigned i = 0; i < bits; i++) {
		uint32_t where = at + pick(dice, size);

		rig_put(vm, where, 1, (rig_get(vm, where) ^ 1u << pick(dice, 8)) & 0xff);
	}
}

static uint32_t random_rights(struct dice *dice)
{
	return pick(dice, 8) ? ENTRY_P | ENTRY_RW | ENTRY_US : any(dice) & 0xfff;
}

static uint64_t random_entry(struct dice *dice)
{
	return (pick(dice, 8) ? pick(dice, RIG_MEMORY >> PAGE_SHIFT) : any(dice) >> 12) << PAGE_SHIFT | random_rights(dice);
}

/* 32-bit: the first 4 MiB mostly to themselves, and a few entries of the directory anywhere. */
static void make_tables(struct dice *dice, struct vm *vm)
{
	rig_paging(vm, ENTRY_P | ENTRY_RW | ENTRY_US);
	for (unsigned i = 0; i < 200; i++) {
		uint32_t page = pick(dice, 1024);
		uint64_t entry = pick(dice, 3) ? page << PAGE_SHIFT | random_rights(dice) : random_entry(dice);

		rig_put(vm, RIG_TABLES + PAGE_SIZE + 4 * page, 4, entry);
	}
	for (unsigned i = 0; i < 24; i++)
		rig_put(vm, RIG_TABLES + 4 * (1 + pick(dice, 1023)), 4, random_entry(dice));
	if (pick(dice, 2)) /* the tables map themselves */
		rig_put(vm, RIG_TABLES + 4 * (pick(dice, 2) ? 1023 : pick(dice, 1024)), 4, RIG_TABLES | 7);
	rig_state(vm)->cr4 = any(dice) & (CR4_PSE | CR4_PGE);
}

/* PAE: pointers, a directory of large and small pages, a table. */
static void make_pae_tables(struct dice *dice, struct vm *vm)
{
	enum { DIRECTORY = RIG_TABLES + PAGE_SIZE, TABLE = RIG_TABLES + 2 * PAGE_SIZE };
	struct cpu_state *state = rig_state(vm);

	for (unsigned i = 0; i < 4; i++) {
		state->pae_pointer[i] = (i && pick(dice, 2) ? DIRECTORY + pick(dice, 4) * PAGE_SIZE : DIRECTORY) | ENTRY_P;
		if (i && !pick(dice, 3))
			state->pae_pointer[i] = 0;
		rig_put(vm, RIG_TABLES + 8 * i, 8, state->pae_pointer[i]);
	}
	rig_put(vm, DIRECTORY, 8, TABLE | 7);
	for (uint32_t i = 1; i < 512; i++)
		rig_put(vm, DIRECTORY + 8 * i, 8, pick(dice, 2) ? (i & 1) << 21 | 0x87 : random_entry(dice));
	for (uint32_t page = 0; page < 512; page++)
		rig_put(vm, TABLE + 8 * page, 8, pick(dice, 8) ? page << PAGE_SHIFT | random_rights(dice) : random_entry(dice));
	state->cr3 = RIG_TABLES;
	state->cr4 = CR4_PAE | (any(dice) & (CR4_PSE | CR4_PGE));
	state->efer = pick(dice, 2) ? EFER_NXE : 0;
	if (state->efer)
		for (unsigned i = 0; i < 40; i++)
			rig_put(vm, TABLE + 8 * pick(dice, 512) + 7, 1, 0x80);
	state->cr0 |= CR0_PG;
}

static void make_registers(struct dice *dice, struct vm *vm)
{
	struct cpu_state *state = rig_state(vm);

	for (unsigned i = 0; i < GPR_COUNT; i++)
		state->gpr[i] = value(dice);
	state->gpr[ESP] = pick(dice, 8) ? RIG_STACK - 4 * pick(dice, 64) : value(dice);
	if (!pick(dice, 4))
		state->eflags |= any(dice) & 0x247fd5;
	if (!pick(dice, 16)) {
		state->dr[7] = (any(dice) & ~0xd800u) | 0x400;
		for (unsigned i = 0; i < 4; i++)
			state->dr[i] = address(dice);
	}
}

static void enter_ring3(struct dice *dice, struct vm *vm)
{
	struct cpu_state *state = rig_state(vm);

	for (enum segment_register reg = ES; reg <= GS; reg++)
		rig_segment(vm, reg, (reg == CS ? RIG_CODE3 : RIG_DATA3) | 3);
	state->cpl = 3;
	state->eflags |= EFLAGS_IF | (pick(dice, 4) ? 0 : EFLAGS_IOPL);
	state->gpr[ESP] = RIG_STACK3;
}

static void make_real(struct vm *vm)
{
	struct cpu_state *state = rig_state(vm);

	cpu_state_reset(state);
	for (enum segment_register reg = ES; reg <= GS; reg++) {
		state->segment[reg].selector = reg == CS ? RIG_CODE >> 4 : 0;
		state->segment[reg].base = reg == CS ? RIG_CODE : 0;
	}
	state->eip = 0;
}

static void make_guest(struct dice *dice, const struct opcodes *opcodes, struct vm *vm)
{
	unsigned kind = pick(dice, 8);

	for (unsigned vector = 0; vector < 256; vector++)
		rig_gate(vm, vector, RIG_CODE0, RIG_HANDLER + 16 * vector, pick(dice, 4) ? 0xee : 0x8f);
	make_handlers(dice, opcodes, vm);
	make_code(dice, opcodes, vm, RIG_CODE);
	if (kind == 0) {
		make_real(vm);
	} else if (kind > 1) {
		if (kind >= 6)
			make_pae_tables(dice, vm);
		else if (kind >= 3)
			make_tables(dice, vm);
		if (!pick(dice, 3))
			enter_ring3(dice, vm);
		damage(dice, vm, RIG_GDT, RIG_GDT_END, pick(dice, 2) * pick(dice, 12));
		damage(dice, vm, RIG_IDT, 256 * 8, pick(dice, 2) * pick(dice, 60));
		damage(dice, vm, RIG_TSS, 104, pick(dice, 2) * pick(dice, 6));
	}
	make_registers(dice, vm);
	if (pick(dice, 2))
		rig_state(vm)->cr0 |= CR0_WP;
	rig_changed(vm);
}

/* ---- running ---- */

static void small(struct config *config)
{
	config->vmm_frames = strcmp(config->technique, "bt") ? 100 : 200; /* a translation cache needs its own */
}

static void checked(struct config *config)
{
	config->check_shadow = true;
	config->umip = true;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* whatever else the host is busy with */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool state_is_sane(const struct cpu_state *state)
{
	if (!(state->eflags & EFLAGS_FIXED) || (state->eflags & ~(uint32_t)(EFLAGS_DEFINED | EFLAGS_FIXED)))
		return false;
	if (!state_protected(state))
		return state->cpl == 0 && !(state->cr0 & CR0_PG);
	return !state_v86(state) || state->cpl == 3;
}

static void run_guest(uint64_t seed, const struct opcodes *opcodes)
{
	struct dice dice = {seed};
	const struct rig_way *way = &rig_ways[pick(&dice, RIG_WAYS)];
	struct vm *vm = rig_new(way, !pick(&dice, 8) ? checked : pick(&dice, 3) ? NULL : small);
	double begin = seconds();
	enum vm_end end;

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	make_guest(&dice, opcodes, vm);
	end = vm_run(vm, vm->clock + CYCLES);
	if (end == VM_UNSUPPORTED || end == VM_STOPPED || !state_is_sane(vm_guest_state(vm))) {
		printf("# RINGSIDE_SEED=%" PRIu64 " RINGSIDE_COUNT=1, %s: %s: %s\n", seed, way->name, vm_end_name(end),
		       vm->message);
		CU_FAIL("the guest ended as no guest may");
	}
	if (seconds() - begin > HOST_SECONDS) {
		printf("# RINGSIDE_SEED=%" PRIu64 " RINGSIDE_COUNT=1, %s: %.1f s\n", seed, way->name, seconds() - begin);
		CU_FAIL("a guest that is slow for the host");
	}
	vm_free(vm);
}

static void test_random_guests(void)
{
	uint64_t state = harness_seed(0x4e57), count = harness_count(GUESTS);
	struct opcodes *opcodes = calloc(1, sizeof *opcodes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(opcodes);
	insn_for_each(collect, opcodes);
	/* The first guest has the seed itself, so that a failure's seed with a count of 1 repeats it. */
	for (; count; count--, harness_random(&state))
		run_guest(state, opcodes);
	free(opcodes);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"random guests end as guests may", test_random_guests},
		{0},
	};
	return harness_main("random guests", tests);
}
