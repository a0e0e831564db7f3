/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/memory.c - page faults, stores to page tables, INVLPG, two address spaces in turn (SDM vol. 3, 4.3 and 4.10).
 *
 * Stores to page tables have a page table to themselves, whose pages are all one frame: entries 0 to 1022 are for the
 * rounds, entry 1023 stays present and has been used, so that a VMM with shadow tables has this table among them.
 */
#include "nano/nano.h"

enum {
	ENTRIES = 1024,
	TABLE_START = 0x40000000, /* 4 MiB that the page table is for */
	ABSENT = 0x40400000,      /* a page that is never present, of another one */
	TOUCHED = 0x40401000,     /* a page beside it that is */
};

static uint32_t *table, shared_frame;
static uint32_t next_entry; /* that loop_fill has not come to */

static uint32_t frame_or_panic(void)
{
	uint32_t frame = frame_allocate();

	if (!frame)
		panic("no memory");
	return frame;
}

static uint32_t *entry_or_panic(uint32_t directory, uint32_t linear)
{
	uint32_t *entry = page_entry(directory, linear, true);

	if (!entry)
		panic("no memory for page tables");
	return entry;
}

static uint8_t touch(uint32_t linear)
{
	return *(volatile uint8_t *)linear;
}

static void map_touched(void)
{
	uint32_t *entry = entry_or_panic(paging_kernel_directory(), TOUCHED);

	if (!(*entry & PAGE_PRESENT))
		*entry = frame_or_panic() | PAGE_WRITABLE | PAGE_PRESENT;
	(void)touch(TOUCHED);
}

/* ---- true faults ---- */

void prepare_pgfault(void)
{
	*entry_or_panic(paging_kernel_directory(), ABSENT) = 0;
	loop_events = 0;
	loop_address = ABSENT;
	gates_page_fault(true);
}

bool check_pgfault(uint32_t rounds)
{
	return check_events(rounds) && loop_result[0] == ABSENT;
}

/* ---- stores to a page table in use ---- */

/* The first `present` entries present and used, and the last one. */
static void make_table(uint32_t present)
{
	if (!table) {
		table = entry_or_panic(paging_kernel_directory(), TABLE_START);
		shared_frame = frame_or_panic();
	}
	for (uint32_t i = 0; i < ENTRIES; i++)
		table[i] = i < present || i == ENTRIES - 1 ? shared_frame | PAGE_WRITABLE | PAGE_PRESENT : 0;
	write_cr3(paging_kernel_directory());
	for (uint32_t i = 0; i < ENTRIES; i++) {
		if (table[i])
			(void)touch(TABLE_START + i * FRAME_SIZE);
	}
	next_entry = 0;
}

/* Unchanged includes the accessed bit, which the processor has set. */
void prepare_ptemod_same(void)
{
	make_table(1);
	loop_address = (uint32_t)table;
	loop_value = table[0];
}

bool check_ptemod_same(uint32_t rounds)
{
	(void)rounds;
	return table[0] == loop_value && (loop_value & PAGE_ACCESSED) && touch(TABLE_START) == 0;
}

/* loop_fill goes on where it ended. */
static void begin_filling(uint32_t value)
{
	loop_address = (uint32_t)table - sizeof(*table); /* its counts end with 1 */
	loop_value = value;
}

void prepare_ptemod_clear(void)
{
	make_table(ENTRIES);
	begin_filling(0);
}

void prepare_ptemod_set(void)
{
	make_table(0);
	begin_filling(shared_frame | PAGE_WRITABLE | PAGE_PRESENT);
}

/* How many entries, apart from the last, are present? And are they the first or the last ones? */
static bool filled_up_to(uint32_t rounds, bool present)
{
	for (uint32_t i = 0; i < ENTRIES - 1; i++) {
		if ((table[i] & PAGE_PRESENT) != (i < rounds ? present : !present))
			return false;
	}
	return true;
}

bool check_ptemod_clear(uint32_t rounds)
{
	return filled_up_to(WARM_UP + rounds, false);
}

bool check_ptemod_set(uint32_t rounds)
{
	return filled_up_to(WARM_UP + rounds, true) && touch(TABLE_START) == 0;
}

/* ---- INVLPG ---- */

void prepare_invlpg(void)
{
	map_touched();
	loop_address = TOUCHED;
}

/* After it the page is found again, and a new mapping is used at once. */
bool check_invlpg(uint32_t rounds)
{
	uint32_t *entry = page_entry(paging_kernel_directory(), TOUCHED, false);
	uint32_t other = frame_or_panic(), before = *entry;
	bool right;

	*(uint8_t *)physical_to_virtual(other) = 0x5A;
	right = touch(TOUCHED) == 0;
	*entry = other | PAGE_WRITABLE | PAGE_PRESENT;
	loop_invlpg(1);
	right = right && touch(TOUCHED) == 0x5A;
	*entry = before;
	loop_invlpg(1);
	frame_release(other);
	(void)rounds;
	return right;
}

/* ---- two address spaces in turn ---- */

enum { OF_FIRST = 1, OF_SECOND = 0x1000 };

static uint32_t new_space(uint32_t value)
{
	uint32_t directory = directory_new(), frame = frame_or_panic();

	if (!directory)
		panic("no memory");
	*entry_or_panic(directory, TOUCHED) = frame | PAGE_WRITABLE | PAGE_PRESENT;
	*(uint32_t *)physical_to_virtual(frame) = value;
	return directory;
}

void prepare_ctxswitch(void)
{
	loop_value = new_space(OF_FIRST);
	loop_other = new_space(OF_SECOND);
	loop_address = TOUCHED;
	loop_result[0] = 0;
	loop_result[1] = paging_kernel_directory();
}

bool check_ctxswitch(uint32_t rounds)
{
	uint32_t first = WARM_UP / 2 + (rounds + 1) / 2, second = WARM_UP / 2 + rounds / 2;

	return loop_result[0] == first * OF_FIRST + second * OF_SECOND;
}
