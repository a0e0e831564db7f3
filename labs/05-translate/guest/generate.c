/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/generate.c - a program: so many operations of the kinds that the command line names, RET, and a few routines that
 * they call. Encodings: Intel SDM volume 2, chapter 2 and appendix B.
 */
#include "guest.h"

uint8_t code[PROGRAMS * PROGRAM_SIZE] __attribute__((aligned(4096)));
uint8_t behind[PROGRAMS * PROGRAM_SIZE];

enum { LONGEST = 64, ROUTINE_LONGEST = 40, REFERENCES = 64 };

static uint32_t at; /* offset in `code` */

/* Places that name a routine; filled in when it is known where that is. */
static struct { uint32_t at; bool relative; } reference[REFERENCES];
static unsigned references;

void byte(unsigned value)
{
	code[at++] = (uint8_t)value;
}

void bytes(const char *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		byte((uint8_t)values[i]);
}

void dword(uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		byte(value >> 8 * i & 0xff);
}

uint32_t here(void)
{
	return (uint32_t)code + at;
}

void patch(uint32_t address, uint32_t value)
{
	uint8_t *to = (uint8_t *)address;

	for (unsigned i = 0; i < 4; i++)
		to[i] = value >> 8 * i & 0xff;
}

void patch_jump(uint32_t address)
{
	patch(address, here() - (address + 4));
}

uint32_t open_instruction(void)
{
	return at;
}

void close_instruction(uint32_t from)
{
	behind[from] = (uint8_t)(at - from);
}

void load_register(unsigned reg, uint32_t value) /* mov reg, imm32 */
{
	byte(0xb8 + reg);
	dword(value);
}

unsigned any_register(void)
{
	static const uint8_t registers[] = {EAX, ECX, EDX, EBX, ESI, EDI};

	return registers[below(6)];
}

/* [ebp + disp8], [ebp + disp32], or [disp32] */
void data_operand(unsigned reg, unsigned align)
{
	int32_t offset = (int32_t)(below((DATA_SIZE - 16) / align) * align) - DATA_SIZE / 2;

	switch (below(3)) {
	case 0:
		byte(0x40 | reg << 3 | EBP);
		byte(offset & 0xff);
		break;
	case 1:
		byte(0x80 | reg << 3 | EBP);
		dword((uint32_t)offset);
		break;
	default:
		byte(reg << 3 | 5);
		dword((uint32_t)data + DATA_SIZE / 2 + (uint32_t)offset);
	}
}

void any_operand(unsigned reg)
{
	uint8_t *const pages[] = {absent_page, read_only_page, absent_page - 2};

	if (!has(OP_fault) || below(4)) {
		data_operand(reg, 1);
		return;
	}
	byte(reg << 3 | 5);
	dword((uint32_t)pages[below(3)]);
}

/* ---- routines ---- */

static void refer(bool relative)
{
	if (references < REFERENCES) {
		reference[references].at = here();
		reference[references++].relative = relative;
	}
	dword(0);
}

void routine_reference(void)
{
	refer(false);
}

void routine_displacement(void)
{
	refer(true);
}

static void make_routines(void)
{
	uint32_t address[ROUTINES];

	for (unsigned i = 0; i < ROUTINES; i++) {
		address[i] = here();
		if (has(OP_plain))
			make_plain();
		byte(0xc3);
	}
	for (unsigned i = 0; i < references; i++) {
		uint32_t target = address[below(ROUTINES)];

		patch(reference[i].at, reference[i].relative ? target - (reference[i].at + 4) : target);
	}
}

/* ---- a program ---- */

static void (*const makers[OPERATIONS])(void) = {
	make_plain, make_stack, make_branch, make_loop, make_call, make_indirect, make_cli, make_pushf, make_popf, make_from_cr, make_to_cr,
	make_tables, make_segment, make_port, make_int, make_far, make_irq, make_fault,
};

uint32_t generate(unsigned number, unsigned count)
{
	uint32_t begin = number * PROGRAM_SIZE, end = begin + PROGRAM_SIZE - ROUTINES * ROUTINE_LONGEST;

	at = begin;
	references = 0;
	while (count > 0 && at < end - LONGEST) {
		unsigned operation = below(OPERATIONS);

		if (!has((enum operation)operation))
			continue;
		makers[operation]();
		count--;
	}
	byte(0xc3);
	make_routines();
	return (uint32_t)code + begin;
}
