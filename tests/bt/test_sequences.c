/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_sequences.c - one instruction, translated, does what the interpreter does: same registers, flags,
 * memory, and the same exception where it faults. Random operands, flags, stacks and page rights; each
 * instruction that the translator treats in a way of its own, and each row of the instruction table.
 */
#include "bt/bt.h"
#include "bt/translator.h"
#include "core/disassemble.h"
#include "cpu/paging.h"
#include "cpu/perform.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 4000, CYCLES = 20000, PATIENT = 20000000, CODE = 64, TARGETS = RIG_CODE + 0x800 };

/* The interpreter first: the others are held to it. */
static const struct rig_way ways[] = {
	{.name = "emulate", .technique = &technique_emulate, .ring = 1},
	{.name = "bt ring 1", .technique = &technique_bt, .ring = 1},
	{.name = "bt ring 3", .technique = &technique_bt, .ring = 3},
};
enum { WAYS = sizeof ways / sizeof *ways };

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

/* ---- instructions ---- */

struct opcode {
	uint8_t prefix, opcode, two_byte;
	int16_t reg; /* of a group; -1; or the whole ModRM (insn_for_each) */
};

struct opcodes {
	struct opcode every[1024], own[256];
	unsigned count, owns;
};

/* What depends on the clock, or reaches devices. */
static bool is_excluded(const struct instruction *row)
{
	static insn_perform *const excluded[] = {perform_rdtsc, perform_in, perform_out, perform_ins, perform_outs,
	                                         perform_rdmsr, perform_wrmsr};

	for (unsigned i = 0; i < sizeof excluded / sizeof *excluded; i++)
		if (row->perform == excluded[i])
			return true;
	return false;
}

static bool is_own(const struct instruction *row)
{
	return row->insn_class != CLASS_INNOCUOUS || row->cost == COST_branch;
}

static void collect(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct opcodes *opcodes = owner;
	struct opcode one = {row->prefix, opcode, two_byte, (int16_t)reg};

	if (is_excluded(row) || row->flags & INSN_PREFIX)
		return;
	if (opcodes->count < 1024)
		opcodes->every[opcodes->count++] = one;
	if (is_own(row) && opcodes->owns < 256)
		opcodes->own[opcodes->owns++] = one;
}

static unsigned put_prefixes(struct dice *dice, uint8_t *code)
{
	static const uint8_t prefixes[] = {0x66, 0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0, 0xf2, 0xf3, 0x66, 0x67};
	unsigned size = 0;

	while (size < 3 && !pick(dice, 3))
		code[size++] = prefixes[pick(dice, sizeof prefixes)];
	return size;
}

/* Prefixes, an opcode and whatever follows; HLT from there on, so that the guest ends where it goes on. */
static void put_code(struct dice *dice, const struct opcodes *opcodes, uint8_t *code)
{
	const struct opcode *opcode = pick(dice, 3) ? &opcodes->own[pick(dice, opcodes->owns)]
	                                            : &opcodes->every[pick(dice, opcodes->count)];
	struct insn insn;
	unsigned at = put_prefixes(dice, code);
	int length;

	if (opcode->prefix)
		code[at++] = opcode->prefix;
	if (opcode->two_byte)
		code[at++] = 0x0f;
	code[at++] = opcode->opcode;
	for (unsigned i = at; i < at + 12; i++)
		code[i] = (uint8_t)any(dice);
	if (pick(dice, 2)) /* a near displacement or immediate */
		memset(code + at + 2, pick(dice, 2) ? 0 : 0xff, 3);
	if (opcode->reg >= 0xc0)
		code[at] = (uint8_t)opcode->reg;
	else if (opcode->reg >= 0)
		code[at] = (uint8_t)((code[at] & 0xc7) | opcode->reg << 3);
	length = insn_decode(&insn, code, CODE, true);
	if (length > 0)
		memset(code + length, 0xf4, CODE - (size_t)length);
}

/* ---- states ---- */

static uint32_t address(struct dice *dice)
{
	static const uint32_t bases[] = {RIG_DATA, RIG_DATA + 0x1000, RIG_DATA + 0x2000, RIG_DATA + 0x3000, RIG_STACK - 0x100,
	                                 TARGETS, RIG_TABLES + 0x1000, RIG_GDT, 0xb8000, 0, 0xfffff000};
	uint32_t base = bases[pick(dice, pick(dice, 2) ? 5 : sizeof bases / sizeof *bases)];

	return base + (pick(dice, 3) ? 4 * pick(dice, 64) : 0x1000 - pick(dice, 8));
}

static uint32_t value(struct dice *dice)
{
	switch (pick(dice, 5)) {
	case 0: return any(dice);
	case 1: return pick(dice, 256);
	case 2: return (uint32_t)(8 * pick(dice, 0xc0 / 8)) | pick(dice, 4); /* a selector */
	default: return address(dice);
	}
}

/* What one round makes of a machine: the same for each way. */
struct start {
	uint8_t code[CODE];
	uint32_t gpr[GPR_COUNT], eflags, data[4][64], rights[4];
	uint16_t selector[6];
	bool paging, wp;
};

/* Descriptors of this test's own. */
enum { BASED = RIG_FREE, SMALL_STACK = RIG_FREE + 8, BASED_CODE = RIG_FREE + 16, SHORT_CODE = RIG_FREE + 24, BASE = 0x1000 };

/* Mostly flat; segments with a base, a short limit, 16 bits of stack pointer, and null ones for data. */
static void choose_segments(struct dice *dice, struct start *start)
{
	static const uint16_t code[] = {RIG_CODE0, RIG_CODE0, RIG_CODE0, BASED_CODE, SHORT_CODE};
	static const uint16_t stack[] = {RIG_DATA0, RIG_DATA0, RIG_DATA0, RIG_DATA0, SMALL_STACK, BASED};
	static const uint16_t data[] = {RIG_DATA0, RIG_DATA0, RIG_DATA3 | 3, RIG_DATA3, RIG_SMALL, BASED, RIG_READ_ONLY, 0};

	for (enum segment_register reg = ES; reg <= GS; reg++)
		start->selector[reg] = data[pick(dice, sizeof data / sizeof *data)];
	start->selector[CS] = code[pick(dice, sizeof code / sizeof *code)];
	start->selector[SS] = stack[pick(dice, sizeof stack / sizeof *stack)];
}

static void choose(struct dice *dice, const struct opcodes *opcodes, struct start *start)
{
	static const uint32_t rights[] = {0, ENTRY_P, ENTRY_P | ENTRY_RW, ENTRY_P | ENTRY_RW | ENTRY_US};

	memset(start, 0, sizeof *start);
	put_code(dice, opcodes, start->code);
	for (unsigned i = 0; i < GPR_COUNT; i++)
		start->gpr[i] = value(dice);
	start->gpr[ESP] = pick(dice, 4) ? RIG_STACK - 4 * pick(dice, 16) : address(dice);
	start->eflags = (any(dice) & (EFLAGS_STATUS | EFLAGS_DF | EFLAGS_IF | EFLAGS_IOPL | EFLAGS_AC | EFLAGS_ID)) |
	                EFLAGS_FIXED | (pick(dice, 24) ? 0 : EFLAGS_TF) | (pick(dice, 24) ? 0 : EFLAGS_NT);
	for (unsigned page = 0; page < 4; page++) {
		start->rights[page] = pick(dice, 2) ? ENTRY_P | ENTRY_RW : rights[pick(dice, 4)];
		for (unsigned i = 0; i < 64; i++)
			start->data[page][i] = value(dice);
	}
	start->paging = pick(dice, 4);
	start->wp = pick(dice, 2);
	choose_segments(dice, start);
}

/* Bytes and words that a round may have changed, as they were. */
static void put_memory(struct vm *vm, const struct start *start, const uint8_t *image)
{
	for (uint32_t at = 0; at < RIG_MEMORY; at += PAGE_SIZE)
		if (memcmp(memory_guest_frame(vm->memory, at >> PAGE_SHIFT), image + at, PAGE_SIZE) != 0)
			rig_write(vm, at, image + at, PAGE_SIZE);
	rig_write(vm, RIG_CODE, start->code, CODE);
	for (unsigned page = 0; page < 4; page++) {
		rig_write(vm, RIG_DATA + page * PAGE_SIZE, start->data[page], sizeof start->data[page]);
		rig_write(vm, RIG_DATA + (page + 1) * PAGE_SIZE - sizeof start->data[page], start->data[page],
		          sizeof start->data[page]);
		if (start->paging)
			rig_put(vm, rig_entry_at(RIG_DATA + page * PAGE_SIZE), 4,
			        (RIG_DATA + page * PAGE_SIZE) | start->rights[page]);
	}
}

static void put_state(struct vm *vm, const struct start *start, const struct cpu_state *usual)
{
	struct cpu_state *state = rig_state(vm);

	*state = *usual;
	for (enum segment_register reg = ES; reg <= GS; reg++) {
		rig_segment(vm, reg, start->selector[reg]);
		if (!start->selector[reg])
			state->segment[reg] = (struct segment){0};
	}
	memcpy(state->gpr, start->gpr, sizeof start->gpr);
	state->eflags = start->eflags;
	state->eip = RIG_CODE - state->segment[CS].base;
	if (start->paging)
		state->cr0 |= CR0_PG;
	if (start->wp)
		state->cr0 |= CR0_WP;
	rig_changed(vm);
	float_state_reset(cpu_floats(vm->processor)); /* which the rounds of other ways may have left elsewhere */
	cpu_tlb_flush(vm->vcpu);
	cpu_tlb_flush(vm->processor);
}

/* ---- comparing ---- */

static bool same_registers(const struct cpu_state *a, const struct cpu_state *b)
{
	return !memcmp(a->gpr, b->gpr, sizeof a->gpr) && a->eip == b->eip && a->eflags == b->eflags && a->cr0 == b->cr0 &&
	       a->cr2 == b->cr2 && a->cr3 == b->cr3 && a->cr4 == b->cr4 && a->cpl == b->cpl &&
	       !memcmp(a->segment, b->segment, sizeof a->segment) && !memcmp(a->dr, b->dr, sizeof a->dr) &&
	       !memcmp(&a->gdtr, &b->gdtr, sizeof a->gdtr) && !memcmp(&a->idtr, &b->idtr, sizeof a->idtr) &&
	       a->activity == b->activity;
}

/* But for where the last x87 instruction was: in the translation cache, perhaps. */
static bool same_floats(struct vm *a, struct vm *b)
{
	const struct float_state *one = cpu_floats(a->processor), *other = cpu_floats(b->processor);

	return !memcmp(one->x87.r, other->x87.r, sizeof one->x87.r) && one->x87.control == other->x87.control &&
	       one->x87.status == other->x87.status && one->x87.valid == other->x87.valid &&
	       !memcmp(one->sse.xmm, other->sse.xmm, sizeof one->sse.xmm) && one->sse.mxcsr == other->sse.mxcsr;
}

static bool same_memory(const struct vm *a, const struct vm *b)
{
	for (uint64_t gfn = 0; gfn < RIG_MEMORY >> PAGE_SHIFT; gfn++)
		if (memcmp(memory_guest_frame(a->memory, gfn), memory_guest_frame(b->memory, gfn), PAGE_SIZE) != 0)
			return false;
	return true;
}

static void print_state(const char *name, const struct cpu_state *state)
{
	printf("%-10s", name);
	for (unsigned i = 0; i < GPR_COUNT; i++)
		printf(" %08" PRIx32, state->gpr[i]);
	printf(" eip %08" PRIx32 " flags %08" PRIx32 " cr2 %08" PRIx32 " cpl %u activity %u\n", state->eip, state->eflags,
	       state->cr2, state->cpl, state->activity);
}

static void print_memory(const struct vm *a, const struct vm *b)
{
	unsigned shown = 0;

	for (uint32_t at = 0; at < RIG_MEMORY && shown < 8; at += 4)
		if (rig_get(a, at) != rig_get(b, at) && ++shown)
			printf("%08" PRIx32 ": %08" PRIx32 " %08" PRIx32 "\n", at, rig_get(a, at), rig_get(b, at));
}

static void complain(uint64_t round, const struct start *start, unsigned way, struct vm *const *vm)
{
	char text[96];
	size_t size = disassemble(start->code, CODE, RIG_CODE, true, text, sizeof text);

	printf("round %" PRIu64 ", %s: %s:", round, ways[way].name, text);
	for (size_t i = 0; i < size; i++)
		printf(" %02x", start->code[i]);
	printf("%s%s;", start->paging ? " paging" : "", start->wp ? " wp" : "");
	for (enum segment_register reg = ES; reg <= GS; reg++)
		printf(" %x", start->selector[reg]);
	printf("\nbefore     ");
	for (unsigned i = 0; i < GPR_COUNT; i++)
		printf("%08" PRIx32 " ", start->gpr[i]);
	printf("flags %08" PRIx32 "\n", start->eflags);
	print_state(ways[0].name, rig_state(vm[0]));
	print_state(ways[way].name, rig_state(vm[way]));
	print_memory(vm[0], vm[way]);
}

/* ---- rounds ---- */

static void prepare(struct vm *vm, uint8_t *image, struct cpu_state *usual)
{
	uint8_t halts[PAGE_SIZE];

	memset(halts, 0xf4, sizeof halts);
	rig_descriptor(vm, BASED, BASE, 0xfffff, 0xc093);
	rig_descriptor(vm, SMALL_STACK, 0, 0xfffff, 0x8093); /* B clear */
	rig_descriptor(vm, BASED_CODE, BASE, 0xfffff, 0xc09b);
	rig_descriptor(vm, SHORT_CODE, 0, RIG_CODE + 0xbff, 0x409b);
	rig_paging(vm, ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D);
	for (uint32_t at = 0; at < RIG_MEMORY; at += PAGE_SIZE)
		if (at < RIG_GDT || (at > RIG_HANDLER && at < RIG_TABLES) || at >= RIG_TABLES + 0x2000)
			rig_write(vm, at, halts, sizeof halts);
	*usual = *rig_state(vm);
	usual->cr0 &= ~(uint32_t)CR0_PG;
	memory_read(vm->memory, 0, image, RIG_MEMORY);
}

static bool run_round(uint64_t round, struct dice *dice, const struct opcodes *opcodes, struct vm *const *vm,
                      const uint8_t *image, const struct cpu_state *usual)
{
	enum vm_end end[WAYS];
	struct start start;
	bool same = true;

	choose(dice, opcodes, &start);
	for (unsigned way = 0; way < WAYS; way++) {
		put_memory(vm[way], &start, image);
		put_state(vm[way], &start, usual);
		vm[way]->exited = vm[way]->reset_requested = false;
		end[way] = vm_run(vm[way], vm[way]->clock + (way ? PATIENT : CYCLES));
		if (end[0] == VM_RUNNING) /* it ran into data that never ends */
			return true;
	}
	for (unsigned way = 1; way < WAYS && same; way++) {
		same = end[way] == end[0] && (end[0] == VM_SHUTDOWN || same_registers(rig_state(vm[0]), rig_state(vm[way]))) &&
		       same_floats(vm[0], vm[way]) && same_memory(vm[0], vm[way]);
		if (!same) {
			printf("%s, %s %s\n", vm_end_name(end[0]), vm_end_name(end[way]), vm[way]->message);
			complain(round, &start, way, vm);
		}
	}
	return same;
}

/* It has been translated code that ran, of every kind. */
static void check_counters(const struct translator_counters *counters, uint64_t rounds)
{
	CU_ASSERT_FATAL(counters != NULL);
	CU_ASSERT(counters->units_made > rounds / 2);
	for (unsigned treatment = 0; treatment < TREAT_COUNT && rounds >= 1000; treatment++)
		CU_ASSERT(treatment == TREAT_ADAPTED || counters->treated[treatment] > rounds / 100);
	CU_ASSERT(rounds < 1000 || counters->lookup_misses > 0);
}

static void test_single_instructions(void)
{
	static uint8_t image[RIG_MEMORY];
	static struct opcodes opcodes;
	struct dice dice = {harness_seed(20060321)};
	uint64_t rounds = harness_count(ROUNDS), wrong = 0;
	struct cpu_state usual;
	struct vm *vm[WAYS];

	insn_for_each(collect, &opcodes);
	for (unsigned way = 0; way < WAYS; way++) {
		vm[way] = rig_new(&ways[way], NULL);
		CU_ASSERT_FATAL(vm[way] != NULL);
		prepare(vm[way], image, &usual);
	}
	for (uint64_t round = 0; round < rounds && wrong < 5; round++)
		wrong += !run_round(round, &dice, &opcodes, vm, image, &usual);
	CU_ASSERT_EQUAL(wrong, 0);
	for (unsigned way = 1; way < WAYS; way++)
		check_counters(translator_counters(vm[way]), rounds);
	for (unsigned way = 0; way < WAYS; way++)
		vm_free(vm[way]);
}

/* Found by the rounds: a hidden fault at ENTER's last check let it begin again on what it had stored. */
static void test_enter_is_whole(void)
{
	static const uint8_t enter[] = {0xc8, 0x00, 0x10, 0x04, 0xf4}; /* enter 1000h, 4 */

	for (unsigned way = 0; way < WAYS; way++) {
		struct vm *vm = rig_new(&ways[way], NULL);

		CU_ASSERT_FATAL(vm != NULL);
		rig_paging(vm, ENTRY_P | ENTRY_RW);
		rig_put(vm, rig_entry_at(RIG_DATA + 0x1000), 4, 0); /* where its store at the end goes */
		rig_state(vm)->gpr[ESP] = RIG_DATA + 0x2020;
		rig_state(vm)->gpr[EBP] = RIG_DATA + 0x2040;
		CU_ASSERT_EQUAL(rig_run(vm, enter, sizeof enter, PATIENT), VM_HALTED);
		CU_ASSERT_EQUAL(rig_state(vm)->cr2 & 0xfffff000, RIG_DATA + 0x1000);
		CU_ASSERT_EQUAL(rig_get(vm, RIG_DATA + 0x2020 - 20), 0); /* below the exception's frame */
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"an ENTER that faults has stored nothing", test_enter_is_whole},
		{"an instruction translated does what the interpreter does", test_single_instructions},
		{0},
	};

	return harness_main("sequences", tests);
}
