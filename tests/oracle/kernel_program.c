/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_program.c - which slots a program is made of; printing it.
 */
#include "tests/oracle/kernel_program.h"

#include "core/disassemble.h"
#include "cpu/insn.h"
#include "tests/oracle/kernel_maker.h"

#include <inttypes.h>
#include <stdio.h>

/* Kinds of slots, and how often each is taken in a program of each kind. */
static const struct {
	void (*fill)(struct maker *maker);
	uint8_t weight[2]; /* by enum program_kind */
} kinds[] = {
	{load_register, {12, 6}}, {touch_memory, {12, 6}}, {slot_touch_string, {6, 6}},
	{slot_edit_entry, {18, 14}}, {slot_edit_large, {6, 4}}, {slot_edit_in_loop, {2, 3}}, {slot_switch_directory, {6, 5}},
	{slot_observe_entry, {6, 8}}, {slot_flip_control, {6, 6}}, {slot_load_segment, {12, 12}}, {slot_edit_descriptor, {6, 5}},
	{slot_load_table, {6, 5}}, {slot_interrupt, {6, 6}}, {slot_system_register, {6, 6}}, {slot_far_jump, {6, 5}},
	{slot_excursion, {6, 7}}, {slot_branch, {6, 14}}, {slot_call, {6, 14}}, {slot_loop, {4, 8}}, {slot_go_back, {1, 2}},
	{slot_change_code, {4, 14}}, {slot_change_mapping_of_code, {2, 5}},
	{slot_read_sensitive, {0, 24}}, {slot_load_flags, {0, 12}}, {slot_raise_line, {0, 10}},
	{slot_single_step, {0, 6}}, {slot_set_breakpoint, {0, 6}}, /* the last two: in programs that debug */
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Takes the torn instruction at the end of a full slot out again. */
static void finish_slot(struct maker *maker)
{
	unsigned at = 0;

	while (at < maker->size) {
		struct insn insn;
		int length = insn_decode(&insn, maker->to + at, maker->size - at, true);

		if (length <= 0 && at + INSN_MAX_LENGTH > maker->size)
			break;
		at += length > 0 ? (unsigned)length : 1;
	}
	memset(maker->to + at, 0x90, SLOT - at);
}

static void fill_slot(struct maker *maker)
{
	unsigned kind = maker->program->kind, count = maker->program->debugs ? KINDS : KINDS - 2, total = 0, dice;

	for (unsigned i = 0; i < count; i++)
		total += kinds[i].weight[kind];
	dice = pick(maker, total);
	for (unsigned i = 0; i < count; dice -= kinds[i++].weight[kind]) {
		if (dice >= kinds[i].weight[kind])
			continue;
		kinds[i].fill(maker);
		break;
	}
	touch_memory(maker);
}

/* The first slot: stack, plain flags, and out when there is no fuel any more. */
static void make_first(struct maker *maker)
{
	PUT(maker, "\xbc\x00\x90\x00\x00");
	if (maker->program->kind == PROGRAM_SENSITIVE)
		PUT(maker, "\x6a\x02\x9d");
	PUT(maker, "\x36\x83\x2d");
	number(maker, FUEL, 4);
	PUT(maker, "\x08\x0f\x88");
	relative(maker, END_OF_CODE);
}

static void fill_user_slot(struct maker *maker)
{
	static const char *const steps[] = {"\xfa", "\x0f\x06", "\xf4", "\xe4\x80", "\x0f\x20\xc0", "\xcc", "\x58", "\x50",
	                                    "\xeb\xff\xc0", "\xc3", "\x9c\x58", "\x9c\x9d", "\x0f\x00\xe1"};
	enum { STEPS = sizeof steps / sizeof *steps, INNOCUOUS_STEPS = 10 };

	load_register(maker);
	touch_memory(maker);
	if (!pick(maker, 4))
		store_byte(maker, USER_CODE + pick(maker, USER_SLOTS) * SLOT + 31, (uint8_t)(0x40 | pick(maker, 4)));
	if (!pick(maker, 3)) {
		const char *step = steps[pick(maker, maker->program->kind == PROGRAM_SENSITIVE ? STEPS : INNOCUOUS_STEPS)];

		bytes(maker, step, (unsigned)strlen(step));
	}
	if (pick(maker, 2))
		PUT(maker, "\xcd\x80");
	if (pick(maker, 2))
		touch_memory(maker);
}

static void begin_slot(struct maker *maker, uint8_t *slot, uint32_t address, unsigned index)
{
	maker->to = slot;
	maker->size = 0;
	maker->full = false;
	maker->address = address;
	maker->index = index;
	memset(slot, 0x90, SLOT);
}

/* Moments are spread over what a program usually takes. */
static void make_interrupts(struct maker *maker, struct program *program)
{
	switch (pick(maker, 8)) {
	case 0:
		program->timer = 3 + pick(maker, 30);
		break;
	case 1:
	case 2:
		program->moments = 1 + pick(maker, MOMENTS);
		for (unsigned i = 0; i < program->moments; i++)
			program->moment[i] = pick(maker, 200);
		break;
	default:
		break;
	}
}

void program_make(struct program *program, enum program_kind kind, uint64_t seed)
{
	struct maker maker = {.dice = seed, .program = program};

	maker.dice = harness_random(&maker.dice); /* neighbouring seeds have nothing in common */
	memset(program, 0, sizeof *program);
	program->seed = seed;
	program->kind = (uint8_t)kind;
	program->pae = pick(&maker, 2);
	program->tight = !pick(&maker, 8);
	if (kind == PROGRAM_SENSITIVE) {
		program->debugs = !pick(&maker, 3);
		make_interrupts(&maker, program);
	}
	for (unsigned i = 0; i < SLOTS; i++) {
		begin_slot(&maker, program->slot[i], CODE + i * SLOT, i);
		if (i)
			fill_slot(&maker);
		else
			make_first(&maker);
		finish_slot(&maker);
	}
	for (unsigned i = 0; i < USER_SLOTS; i++) {
		begin_slot(&maker, program->user[i], USER_CODE + i * SLOT, i);
		fill_user_slot(&maker);
		finish_slot(&maker);
	}
	memcpy(program->user[USER_SLOTS - 1] + SLOT - 2, "\xcd\x80", 2);
	make_routines(&maker, program);
}

/* ---- printing ---- */

static unsigned used(const uint8_t *slot)
{
	unsigned size = SLOT;

	while (size && slot[size - 1] == 0x90)
		size--;
	return size;
}

static void print_slot(const uint8_t *slot, uint32_t address)
{
	unsigned size = used(slot);

	for (unsigned at = 0; at < size;) {
		char text[96];
		size_t length = disassemble(slot + at, SLOT - at, address + at, true, text, sizeof text);

		printf("#   %05x:", address + at);
		for (size_t i = 0; i < 12; i++)
			printf(i < length ? " %02x" : "   ", slot[at + i < SLOT ? at + i : SLOT - 1]);
		printf(" %s\n", text);
		at += length ? (unsigned)length : 1;
	}
}

void program_print(const struct program *program)
{
	printf("# RINGSIDE_SEED=%" PRIu64 " RINGSIDE_COUNT=1 %s%s", program->seed, program->pae ? "PAE" : "32-bit",
	       program->tight ? ", little shadow memory" : "");
	if (program->timer)
		printf(", timer %u", program->timer);
	for (unsigned i = 0; i < program->moments; i++)
		if (program->moment[i] != NO_MOMENT)
			printf("%s%u", i ? " " : ", interrupts at slots begun ", program->moment[i]);
	printf("\n");
	for (unsigned i = 0; i < SLOTS; i++)
		if (!program->left_out[i])
			print_slot(program->slot[i], CODE + i * SLOT);
	for (unsigned i = 0; i < USER_SLOTS; i++)
		print_slot(program->user[i], USER_CODE + i * SLOT);
}
