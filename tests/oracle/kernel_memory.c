/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_memory.c - slots that touch data and change how it is mapped. Each change of a present
 * entry is followed by INVLPG or a load of CR3 at once: what a TLB does without is nobody's promise.
 */
#include "tests/oracle/kernel_maker.h"

#include "cpu/paging.h"

uint32_t data_address(struct maker *maker)
{
	uint32_t offset = pick(maker, 3) ? 4 * pick(maker, DATA_PAGES * 1024)
	                                 : (1 + pick(maker, DATA_PAGES - 1)) * PAGE_SIZE - pick(maker, 6);

	switch (pick(maker, 6)) {
	case 0: return LARGE + DATA + offset;
	case 1:
	case 2: return SMALL + offset;
	case 3: return 0xfffff100 + pick(maker, 0x380) * 4; /* the directory, in the VMM's window */
	default: return DATA + offset;
	}
}

static uint32_t rights(struct maker *maker)
{
	static const uint16_t usual[] = {7, 7, 5, 3, 1, 0x67, 0x27, 0x65, 0, 6, 0x63, 0x23};

	return ANY_OF(maker, usual);
}

static uint32_t data_frame(struct maker *maker)
{
	static const uint32_t odd[] = {0xb8000, 0xc8000, 0x400000};

	return pick(maker, 10) ? DATA + pick(maker, DATA_PAGES) * PAGE_SIZE : ANY_OF(maker, odd);
}

void load_register(struct maker *maker)
{
	static const uint8_t registers[] = {0, 1, 2, 3, 5, 6, 7};

	number(maker, 0xb8 + ANY_OF(maker, registers), 1);
	number(maker, pick(maker, 2) ? data_address(maker) : any(maker), 4);
}

/* Loads, stores, read-modify-writes of a 32-bit place, and of a byte: 6 or 7 bytes. */
void touch_memory(struct maker *maker)
{
	static const uint8_t opcodes[] = {0x8b, 0x89, 0x01, 0x29, 0x31, 0x87, 0x8a, 0x88, 0x3b, 0xff, 0x8f};
	static const uint8_t registers[] = {0, 1, 2, 3, 5, 6, 7};
	static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x64, 0x65, 0x65};
	uint8_t opcode = ANY_OF(maker, opcodes), reg = ANY_OF(maker, registers);

	if (opcode == 0xff || opcode == 0x8f)
		reg = opcode == 0xff ? 6 : 0; /* PUSH, POP */
	if (room(maker) < 7)
		return;
	if (!pick(maker, 4))
		number(maker, ANY_OF(maker, prefixes), 1);
	number(maker, opcode, 1);
	number(maker, reg << 3 | 5, 1);
	number(maker, data_address(maker), 4);
}

void slot_touch_string(struct maker *maker)
{
	static const uint8_t opcodes[] = {0xa5, 0xaa, 0xa5, 0xaa, 0xa4, 0xab, 0xac, 0xad, 0xae, 0xa7};

	PUT(maker, "\xbf");
	number(maker, data_address(maker), 4);
	PUT(maker, "\xbe");
	number(maker, data_address(maker), 4);
	PUT(maker, "\xb9");
	number(maker, pick(maker, 80), 4);
	if (!pick(maker, 4))
		number(maker, pick(maker, 2) ? 0xfd : 0xfc, 1); /* STD, CLD */
	number(maker, pick(maker, 4) ? 0xf3 : 0xf2, 1);
	if (!pick(maker, 12))
		PUT(maker, "\x6e"); /* OUTSB, to the port in DX, whatever it is: see raise_line */
	else
		number(maker, ANY_OF(maker, opcodes), 1);
}

void invalidate(struct maker *maker, uint32_t linear)
{
	PUT(maker, "\x36\x0f\x01\x3d");
	number(maker, linear, 4);
}

static void reload_cr3(struct maker *maker)
{
	PUT(maker, "\x0f\x20\xd8\x0f\x22\xd8");
}

static void store_entry(struct maker *maker, uint32_t entry, uint32_t value, uint32_t linear)
{
	store(maker, entry, value);
	if (pick(maker, 4))
		invalidate(maker, linear);
	else
		reload_cr3(maker);
}

void slot_edit_entry(struct maker *maker)
{
	unsigned page = pick(maker, DATA_PAGES);
	uint32_t value = data_frame(maker) | rights(maker), linear = DATA + page * PAGE_SIZE;

	if (pick(maker, 3))
		store_entry(maker, small_entry(maker->program, page), value, SMALL + page * PAGE_SIZE);
	else
		store_entry(maker, straight_entry(maker->program, linear), value, linear);
	touch_memory(maker);
}

void slot_edit_large(struct maker *maker)
{
	static const uint16_t usual[] = {0x87, 0xe7, 0xa5, 0x83, 0xe5, 0x80, 0x81};

	store(maker, large_entry(maker->program), ANY_OF(maker, usual));
	if (pick(maker, 2))
		reload_cr3(maker);
	else
		invalidate(maker, LARGE + pick(maker, DATA_PAGES) * PAGE_SIZE);
	touch_memory(maker);
}

void slot_switch_directory(struct maker *maker)
{
	PUT(maker, "\xb8");
	number(maker, pick(maker, 2) ? DIRECTORY : DIRECTORY_2, 4);
	PUT(maker, "\x0f\x22\xd8");
	touch_memory(maker);
	touch_memory(maker);
}

/* The accessed and dirty bits as the program sees them, around a touch of the page. */
void slot_observe_entry(struct maker *maker)
{
	unsigned page = pick(maker, DATA_PAGES);
	bool small = pick(maker, 2);
	uint32_t linear = DATA + page * PAGE_SIZE + 4 * pick(maker, 1024);
	uint32_t entry = small ? small_entry(maker->program, page) : straight_entry(maker->program, linear);

	if (small)
		linear += SMALL - DATA;
	if (pick(maker, 2)) { /* clears them first */
		PUT(maker, "\x36\x83\x25"); /* AND DWORD SS:[entry], ~60h */
		number(maker, entry, 4);
		number(maker, 0x9f, 1);
		invalidate(maker, linear);
	}
	number(maker, 0x36, 1);
	number(maker, pick(maker, 2) ? 0xa1 : 0xa3, 1); /* MOV EAX, SS:[linear], or back */
	number(maker, linear, 4);
	PUT(maker, "\x36\xa1");
	number(maker, entry, 4);
	observe(maker);
}

/* One store to a page table many times: what adapts to that must do it right before and after. */
void slot_edit_in_loop(struct maker *maker)
{
	unsigned page = pick(maker, DATA_PAGES);

	PUT(maker, "\xb9"); /* MOV ECX */
	number(maker, 2 + pick(maker, 60), 4);
	PUT(maker, "\x36\x81\x35"); /* XOR DWORD SS:[entry], imm */
	number(maker, small_entry(maker->program, page), 4);
	number(maker, pick(maker, 2) ? 0x40 : 2, 4);
	invalidate(maker, SMALL + page * PAGE_SIZE);
	PUT(maker, "\xe2\xeb"); /* LOOP to the XOR */
	PUT(maker, "\xa1");
	number(maker, SMALL + page * PAGE_SIZE, 4);
}
