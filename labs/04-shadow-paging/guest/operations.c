/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 04-shadow-paging/guest/operations.c - what the lab guest does with its tables. After each change it tells the processor what it must
 * (INVLPG, or a load of CR3), as the manual wants it (SDM vol. 3, 4.10.4): a guest that forgot it could see either mapping.
 */
#include "guest.h"

extern uint8_t user_code[];

static unsigned current; /* space */

static void load_cr3(void)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(directories[current]) : "memory");
}

static void invalidate(uint32_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* ---- entries ---- */

/* None of these leads to memory that the guest uses for something else. */
static uint32_t wild_entry(void)
{
	static const uint32_t places[] = {0x01000000, 0x7ffff000, 0xf0000000, 0xfffff000, 0x000f0000};

	return places[below(5)] | (random_number() & 0xfff) | P;
}

static uint32_t rights(void)
{
	uint32_t entry = P | RW | US;

	if (has(OP_absent) && below(4) == 0)
		entry &= ~(uint32_t)P;
	if (has(OP_rights))
		entry &= ~(uint32_t)(below(4) ? 0 : RW) & ~(uint32_t)(below(4) ? 0 : US);
	return entry;
}

static uint32_t page_entry(void)
{
	return (uint32_t)pool[below(POOL)] | rights();
}

static uint32_t table_entry(void)
{
	return (uint32_t)test_tables[below(TABLES - 1)] | rights();
}

static uint32_t large_entry(void)
{
	return (8 + 4 * below(2)) << 20 | PS | rights();
}

void begin_spaces(void)
{
	for (unsigned table = 0; table < TABLES; table++)
		for (unsigned i = 0; i < USED; i++)
			test_tables[table][i] = page_entry();
	kernel_table[(uint32_t)user_code >> 12] |= US;
	for (unsigned space = 0; space < SPACES; space++) {
		directories[space][0] = (uint32_t)kernel_table | P | RW | US;
		for (unsigned slot = 0; slot < SLOTS; slot++)
			directories[space][FIRST_SLOT + slot] = table_entry();
		directories[space][SELF_SLOT] = (uint32_t)directories[space] | P | RW;
		for (unsigned slot = 0; has(OP_large) && slot < 2; slot++)
			directories[space][LARGE_SLOT + slot] = large_entry();
	}
}

/* ---- accesses ---- */

static void access_as(uint32_t address, bool write, bool user)
{
	uint32_t value = random_number();

	fault.is = false;
	value = (user ? user_access : kernel_access)(address, write, value);
	note(fault.is ? fault.error : value);
	if (fault.is)
		note(fault.address);
}

static void access_at(uint32_t address)
{
	access_as(address, below(2), below(2));
}

static uint32_t some_page(unsigned slot)
{
	return (FIRST_SLOT + slot) << 22 | below(has(OP_absent) ? USED + 1 : USED) << 12;
}

static void touch(void)
{
	for (unsigned i = 0; i < 4; i++)
		access_at(some_page(below(SLOTS)) + 4 * below(4));
}

/* A kernel may write to pages that are read-only while CR0.WP is clear. */
static void without_protection(void)
{
	uint32_t cr0;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 & ~0x10000u));
	for (unsigned i = 0; i < 3; i++)
		access_as(some_page(below(SLOTS)), true, below(4) == 0);
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
}

/* ---- changes of a page's entry ---- */

/* The table behind a slot of this space; NULL: none of ours. */
static uint32_t *table_of(unsigned slot)
{
	uint32_t entry = directories[current][FIRST_SLOT + slot];

	for (unsigned table = 0; table < TABLES; table++)
		if ((entry & P) && (entry & ~0xfffu) == (uint32_t)test_tables[table])
			return test_tables[table];
	return 0;
}

/* Wherever the table is in use, for other spaces lose all when they are loaded. */
static void forget(const uint32_t *table, unsigned index)
{
	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (table_of(slot) == table)
			invalidate((FIRST_SLOT + slot) << 22 | index << 12);
}

/* One store to the halves of two entries: the first stays what it is, of the second the rights change. */
static void change_across(unsigned slot, uint32_t *table)
{
	unsigned index = below(USED - 1);
	volatile uint32_t *at = (uint32_t *)((uint8_t *)&table[index] + 2);

	access_at((FIRST_SLOT + slot) << 22 | (index + 1) << 12);
	*at = table[index] >> 16 | ((table[index + 1] ^ RW) & 0xff9f) << 16;
	forget(table, index + 1);
	access_at((FIRST_SLOT + slot) << 22 | (index + 1) << 12);
}

static void change(unsigned slot, bool clear)
{
	uint32_t *table = table_of(slot);
	unsigned index = below(USED);

	if (!table)
		return;
	if (clear && below(3) == 0)
		change_across(slot, table);
	if (clear)
		table[index] &= ~(uint32_t)(below(2) ? A | D : D);
	else
		table[index] = page_entry();
	forget(table, index);
	access_at((FIRST_SLOT + slot) << 22 | index << 12);
	note(table[index]);
}

static void look(void)
{
	const uint32_t *table = test_tables[below(TABLES)];

	for (unsigned i = 0; i < USED; i++)
		note(table[i]);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		note(directories[current][FIRST_SLOT + slot]);
}

static void batch(void)
{
	uint32_t *table = test_tables[below(TABLES - 1)], *at = table, count = USED;

	__asm__ volatile("rep stosl" : "+D"(at), "+c"(count) : "a"(0) : "memory");
	for (unsigned i = 0; i < USED; i++)
		table[i] = page_entry();
	load_cr3();
	touch();
}

/* ---- changes of a directory's entry ---- */

static void change_directory(void)
{
	unsigned slot = below(SLOTS);

	directories[current][FIRST_SLOT + slot] = table_entry();
	load_cr3();
	access_at(some_page(slot));
	note(directories[current][FIRST_SLOT + slot]);
}

static void large(void)
{
	uint32_t slot = LARGE_SLOT + below(2), address = slot << 22, *entry = &directories[current][slot];

	switch (below(5)) {
	case 0: *entry = large_entry(); break;
	case 1: *entry = table_entry(); break;
	case 2: *entry &= ~(uint32_t)(A | D); break;
	default: break;
	}
	load_cr3();
	for (unsigned i = 0; i < 4; i++)
		access_at(address + (below(USED) << 12) + 4 * below(4));
	note(*entry);
}

static void switch_space(void)
{
	current = below(SPACES);
	load_cr3();
	touch();
}

/* Entries by way of the directory that is a table too: their own addresses. */
static void self(void)
{
	unsigned slot = below(SLOTS), index = below(USED);
	uint32_t entry = SELF_SLOT << 22 | (FIRST_SLOT + slot) << 12 | index << 2;

	access_as(entry, false, below(4) == 0);
	if (!table_of(slot))
		return;
	kernel_access(entry, true, page_entry());
	load_cr3();
	access_at((FIRST_SLOT + slot) << 22 | index << 12);
	access_as(SELF_SLOT << 22 | SELF_SLOT << 12 | (FIRST_SLOT + slot) << 2, false, false);
}

/* ---- what no kernel does on purpose ---- */

static void wild(void)
{
	unsigned slot = below(SLOTS), index = below(USED);
	uint32_t *table = table_of(slot), *entry, old;

	entry = table && below(3) ? &table[index] : &directories[current][FIRST_SLOT + slot];
	old = *entry;
	*entry = wild_entry();
	load_cr3();
	for (unsigned i = 0; i < 3; i++)
		access_at((FIRST_SLOT + slot) << 22 | index << 12);
	note(*entry);
	*entry = old;
	load_cr3();
}

/* A table that is one for a while, and then memory like any other. */
static void reuse(void)
{
	uint32_t *table = test_tables[TABLES - 1], *entry = &directories[current][FIRST_SLOT + SLOTS - 1], old = *entry;

	*entry = (uint32_t)table | P | RW | US;
	load_cr3();
	for (unsigned i = 0; i < 4; i++)
		access_at((FIRST_SLOT + SLOTS - 1) << 22 | below(USED) << 12);
	*entry = old;
	load_cr3();
	for (unsigned i = 0; i < 200; i++)
		table[512 + i] = random_number();
}

void operate(void)
{
	enum operation operation;

	do
		operation = (enum operation)below(OPERATIONS);
	while (!has(operation));
	switch (operation) {
	case OP_touch: touch(); break;
	case OP_absent: access_at(0x50000000 + (below(64) << 20)); break;
	case OP_rights: touch(); break;
	case OP_wp: without_protection(); break;
	case OP_look: look(); break;
	case OP_clear: change(below(SLOTS), true); break;
	case OP_map: change(below(SLOTS), false); break;
	case OP_directory: change_directory(); break;
	case OP_switch: switch_space(); break;
	case OP_large: large(); break;
	case OP_self: self(); break;
	case OP_wild: wild(); break;
	case OP_batch: batch(); break;
	case OP_reuse: reuse(); break;
	case OPERATIONS: break;
	}
}
