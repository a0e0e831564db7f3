/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_control.c - slots that go elsewhere, and slots that change code: their own next
 * instruction, another slot, another page, through another linear address, or what is mapped.
 */
#include "tests/oracle/kernel_maker.h"

#include "cpu/paging.h"
#include "tests/trap/rig.h"

static uint32_t slot_address(unsigned index)
{
	return CODE + index * SLOT;
}

/* A slot ahead, not far. */
static uint32_t ahead(struct maker *maker)
{
	unsigned index = maker->index + 1 + pick(maker, 6);

	return slot_address(index < SLOTS ? index : SLOTS);
}

static uint32_t routine(struct maker *maker)
{
	return ROUTINE_CODE + pick(maker, ROUTINES) * SLOT;
}

static bool is_sensitive(const struct maker *maker)
{
	return maker->program->kind == PROGRAM_SENSITIVE;
}

void slot_branch(struct maker *maker)
{
	switch (pick(maker, 7)) {
	case 0: /* conditional, over something */
		number(maker, 0x70 | pick(maker, 16), 1);
		number(maker, 7, 1);
		touch_memory(maker);
		touch_memory(maker);
		break;
	case 1:
		number(maker, 0x0f, 1);
		number(maker, 0x80 | pick(maker, 16), 1);
		relative(maker, ahead(maker));
		break;
	case 2:
		PUT(maker, "\xe9");
		relative(maker, ahead(maker));
		break;
	case 3:
		PUT(maker, "\xb8");
		number(maker, ahead(maker), 4);
		PUT(maker, "\xff\xe0");
		break;
	case 4: /* through a table in memory, whose entry may be written before */
		if (pick(maker, 2))
			store(maker, JUMP_TABLE + 4 * maker->index, ahead(maker));
		PUT(maker, "\x36\xff\x25");
		number(maker, JUMP_TABLE + 4 * maker->index, 4);
		break;
	case 5:
		PUT(maker, "\x68");
		number(maker, ahead(maker), 4);
		PUT(maker, "\xc3");
		break;
	default: /* into its own last byte: INC EAX */
		PUT(maker, "\xeb\xff\xc0\x31\xc9\xe3\x01\x40"); /* and JECXZ */
		touch_memory(maker);
		break;
	}
}

void slot_call(struct maker *maker)
{
	switch (pick(maker, is_sensitive(maker) ? 9 : 8)) {
	case 0:
	case 1:
		PUT(maker, "\xe8");
		relative(maker, routine(maker));
		break;
	case 2:
		PUT(maker, "\xb8");
		number(maker, routine(maker), 4);
		PUT(maker, "\xff\xd0");
		break;
	case 3:
		store(maker, SCRATCH, routine(maker));
		PUT(maker, "\x36\xff\x15");
		number(maker, SCRATCH, 4);
		break;
	case 4:
	case 5: /* within the slot: CALL, JMP; the body; RET */
		PUT(maker, "\xe8\x02\0\0\0\xeb\x08");
		touch_memory(maker);
		while (maker->size < 14)
			PUT(maker, "\x40");
		PUT(maker, "\xc3");
		break;
	case 6: /* the same page in ring 0 */
		PUT(maker, "\xe8");
		relative(maker, USER_CODE + USER_SLOTS * SLOT);
		break;
	case 7: /* across a page */
		PUT(maker, "\xe8");
		relative(maker, CROSS_CODE);
		observe(maker);
		break;
	default: /* far, which leaves CS on the stack, to the first routine, which is a far one */
		PUT(maker, "\x9a");
		number(maker, ROUTINE_CODE, 4);
		number(maker, RIG_CODE0, 2);
		break;
	}
	touch_memory(maker);
}

/* Counted in memory, for the body may use any register; a fault leaves it by the next slot. */
void slot_loop(struct maker *maker)
{
	unsigned begin;

	store(maker, LOOP_COUNT, 1 + pick(maker, 20));
	begin = maker->size;
	touch_memory(maker);
	if (maker->size - begin < 6)
		PUT(maker, "\x40\x43");
	PUT(maker, "\x36\xff\x0d");
	number(maker, LOOP_COUNT, 4);
	PUT(maker, "\x75");
	number(maker, begin - (maker->size + 1), 1);
}

void slot_go_back(struct maker *maker)
{
	unsigned back = 1 + pick(maker, 10), index = maker->index > back ? maker->index - back : 1;

	PUT(maker, "\x36\x83\x2d"); /* SUB DWORD SS:[FUEL], 1 */
	number(maker, FUEL, 4);
	PUT(maker, "\x01\x0f\x89"); /* JNS */
	relative(maker, slot_address(index));
}

/* ---- code that changes ---- */

/* Two bytes of code and a jump to the next slot: what follows is torn. */
static uint32_t harmless(struct maker *maker)
{
	static const uint32_t codes[] = {0x1ceb9090, 0x1ceb4140, 0x901deb40, 0x90901eeb, 0x1ceb4348, 0x1cebf9f8,
	                                 0x1ceb589c, 0x1cebfafb, 0x1ceb580e, 0x1ceb5816}; /* PUSHF; STI, CLI; PUSH CS, SS */

	return codes[pick(maker, is_sensitive(maker) ? 10 : 6)];
}

/* The body of a loop changes its own operand. */
static void change_in_loop(struct maker *maker)
{
	unsigned begin;

	store(maker, LOOP_COUNT, 2 + pick(maker, 12));
	begin = maker->size;
	PUT(maker, "\x05"); /* ADD EAX, imm */
	number(maker, any(maker), 4);
	PUT(maker, "\x36\xfe\x05"); /* INC BYTE of it */
	number(maker, maker->address + begin + 1 + pick(maker, 4), 4);
	PUT(maker, "\x36\xff\x0d");
	number(maker, LOOP_COUNT, 4);
	PUT(maker, "\x75");
	number(maker, begin - (maker->size + 1), 1);
}

/* By another linear address, which an entry has just made, and at which nobody else writes: to change an INVLPG would
 * be to leave it to the TLB what the program does. */
static void change_through_alias(struct maker *maker)
{
	enum { page = DATA_PAGES };

	store(maker, small_entry(maker->program, page), (maker->address & ~(uint32_t)PAGE_MASK) | 7);
	invalidate(maker, SMALL + page * PAGE_SIZE);
	store_byte(maker, SMALL + page * PAGE_SIZE + (maker->address & PAGE_MASK) + 28, (uint8_t)any(maker));
	PUT(maker, "\xb8"); /* at 27 */
	number(maker, any(maker), 4);
}

static void copy_code(struct maker *maker)
{
	PUT(maker, "\xfc\xbe");
	number(maker, TEMPLATE_CODE + pick(maker, TEMPLATES) * SLOT, 4);
	PUT(maker, "\xbf");
	number(maker, ahead(maker), 4);
	PUT(maker, "\xb9");
	number(maker, SLOT, 4);
	PUT(maker, "\x6a\x10\x07\x6a\x10\x1f\xf3\xa4");
}

void slot_change_code(struct maker *maker)
{
	switch (pick(maker, 9)) {
	case 0: /* the operand of the next instruction */
		store(maker, here(maker) + 12, any(maker));
		PUT(maker, "\xb8");
		number(maker, 0, 4);
		break;
	case 1: /* the next instruction: INC or DEC of any register but ESP */
		store_byte(maker, here(maker) + 8, (uint8_t)(0x40 | (pick(maker, 16) & 0xb)));
		PUT(maker, "\x90\x40");
		break;
	case 2: store(maker, ahead(maker), harmless(maker)); break;
	case 3: store(maker, slot_address(1 + pick(maker, SLOTS - 1)), harmless(maker)); break;
	case 4: change_in_loop(maker); return;
	case 5: /* a routine, in another page */
		store_byte(maker, routine(maker) + pick(maker, 2), (uint8_t)(0x40 | pick(maker, 4)));
		PUT(maker, "\xe8");
		relative(maker, routine(maker));
		break;
	case 6: /* the instruction that crosses a page, on either side */
		store_byte(maker, CROSS_CODE + 1 + pick(maker, 4), (uint8_t)any(maker));
		PUT(maker, "\xe8");
		relative(maker, CROSS_CODE);
		break;
	case 7: change_through_alias(maker); return;
	default: copy_code(maker); return;
	}
	observe(maker);
}

void slot_change_mapping_of_code(struct maker *maker)
{
	static const uint8_t rights[] = {0x63, 0x63, 0x63, 0x61, 0x67, 0x60};
	uint32_t linear = CROSS_PAGE + PAGE_SIZE;

	store(maker, straight_entry(maker->program, linear), (pick(maker, 2) ? CROSS_OTHER : linear) | ANY_OF(maker, rights));
	invalidate(maker, linear);
	PUT(maker, "\xe8");
	relative(maker, CROSS_CODE);
	observe(maker);
}

static void make_template(struct maker *maker, uint8_t *template)
{
	static const char *const steps[] = {"\x40", "\x43", "\x4b", "\x83\xc0\x07", "\x35\x11\x22\x33\x44", "\x8e\xd8",
	                                    "\x9c\x58", "\xfa", "\xfb", "\x0f\x01\xe0", "\x16\x58"};

	maker->to = template;
	maker->size = 0;
	maker->full = false;
	memset(template, 0x90, SLOT);
	while (maker->size < SLOT - 5) {
		const char *step = steps[pick(maker, is_sensitive(maker) ? sizeof steps / sizeof *steps : 5)];

		bytes(maker, step, (unsigned)strlen(step));
	}
}

/* ---- routines: whoever is called begins with two bytes that others change ---- */

void make_routines(struct maker *maker, struct program *program)
{
	static const char *const bodies[ROUTINES] = {
		"\x90\x90\xcb", "\x90\x90\xc3", "\x90\x90\x9c\x58\xc3", "\x90\x90\xfa\xc3",
		"\x90\x90\x8b\x04\x24\xc3", "\x90\x90\x74\x01\xc3\x40\xc3", "\x90\x90\x6a\x01\x58\xc3", "\x90\x90\x59\xff\xe1",
	};

	for (unsigned i = 0; i < TEMPLATES; i++)
		make_template(maker, program->template[i]);
	for (unsigned i = 0; i < ROUTINES; i++) {
		maker->to = program->routine[i];
		maker->full = false;
		maker->address = ROUTINE_CODE + i * SLOT;
		maker->size = 0;
		memset(maker->to, 0x90, SLOT);
		bytes(maker, bodies[i], (unsigned)strlen(bodies[i]));
		if (i == 2 && !is_sensitive(maker))
			memset(maker->to + 2, 0x90, 2);
	}
}
