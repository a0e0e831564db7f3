/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/attacker/descriptors.c - descriptor tables, gates, stacks: everything by which a kernel in ring 1 could get into
 * ring 0, or reach the VMM's part of the address space (Intel SDM volume 3, 3.4.5 and 5.8).
 */
#include "attacker.h"

enum { TRAPS = 8, TRAPS_MOST = 257, FLAT_CODE = 0xe019, FLAT_DATA = 0xe021 };

struct trap_info {
	uint8_t vector, flags;
	uint16_t cs;
	uint32_t address;
};

struct descriptor {
	uint32_t low, high;
};

static struct descriptor segment(uint32_t base, uint32_t limit, uint32_t access)
{
	return (struct descriptor){base << 16 | (limit & 0xffff),
	                           (base & 0xff000000) | (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000)};
}

static struct descriptor some_descriptor(void)
{
	uint32_t ring = (1 + below(3)) << 5;

	switch (below(12)) {
	case 0: return segment(0, 0xfffff, 0xc09b | ring);                     /* flat: cut by the VMM */
	case 1: return segment(0, 0xfc3ff, 0xc093 | ring);                     /* as far as it may reach */
	case 2: return segment(one_in(2) ? 0x1000 : 0x800, one_in(2) ? 0xfffff : 0xfc3ff, 0xc093 | ring); /* farther */
	case 3: return segment(0xfc000000, 0xfffff, 0x4093 | ring);            /* up to the VMM */
	case 4: return segment(0xfc400000 - below(3), 0, 0x4093 | ring);
	case 5: return segment(0, 0xfffff, one_in(2) ? 0xc09b : 0xc093);       /* ring 0 */
	case 6: return segment(random_number(), 0xffff, 0x89 | ring);          /* a TSS */
	case 7: return segment(0x00190000, below(0x10000), 0x8c00 >> 8 | ring); /* a call gate */
	case 8: return segment(0, below(0x1000), 0x4097 | ring);               /* grows down */
	case 9: return (struct descriptor){random_number(), random_number() & ~UINT32_C(0x8000)};
	case 10: return segment(0, 0xfffff, 0x4093 | ring);                    /* 1 MiB */
	default: return segment(below(0x10000000), below(0x10000), (one_in(2) ? 0x409b : 0x4093) | ring);
	}
}

void try_descriptor(void)
{
	struct descriptor descriptor = some_descriptor();
	uint64_t at = (uint64_t)segment_frame() * PAGE + below(512) * 8;

	switch (below(10)) {
	case 0: at += 1 + below(7); break;
	case 1: at = (uint64_t)foreign_frame() * PAGE + below(512) * 8; break;
	case 2: at = (uint64_t)(one_in(2) ? directory_mfn : table_mfn) * PAGE + 8; break;
	case 3: at |= UINT64_C(1) << (32 + below(8)); break;
	default: break;
	}
	fire(CALL_update_descriptor, (uint32_t)at, (uint32_t)(at >> 32), descriptor.low, descriptor.high);
}

void try_gdt(void)
{
	static const uint32_t odd[] = {0xFFFFFFFF, 7169, 0x10000, 7168};
	static uint32_t list[14];
	uint32_t entries = below(3 * 512 + 1);

	for (unsigned i = 0; i < 14; i++)
		list[i] = segment_frame();
	if (one_in(4))
		list[below(3)] = one_in(2) ? foreign_frame() : one_in(2) ? table_mfn : directory_mfn;
	if (one_in(6))
		entries = odd[below(sizeof odd / sizeof *odd)];
	fire(CALL_set_gdt, pointer((uint32_t)list), entries, 0, 0);
}

void try_stack(void)
{
	static const uint32_t selectors[] = {FLAT_DATA, FLAT_DATA & ~3u, 0, 3, 0x10, 0x1e021, 0xFFFFFFFF, 0xfff8, 0xe023};

	fire(CALL_stack_switch, selectors[below(sizeof selectors / sizeof *selectors)], random_number(), 0, 0);
}

static struct trap_info some_trap(void)
{
	/* The guest's own, the VMM's code in all its RPLs, null, the LDT's */
	static const uint16_t selectors[] = {FLAT_CODE, FLAT_CODE & 0xfffc, 8, 9, 0, 0xfff0, 0xfff1, 0xfff8, 0xffe0, 0x0c, 0xfffc, 0xe02b};
	static const uint8_t vectors[] = {0, 13, 14, 31, 32, 0x80, 0x81, 0x82, 0xff};

	return (struct trap_info){vectors[below(sizeof vectors)], (uint8_t)(one_in(2) ? 3 : below(8)),
	                          selectors[below(sizeof selectors / sizeof *selectors)], 1 + below(0xFFFFFFFE)};
}

void try_traps(void)
{
	static struct trap_info list[TRAPS_MOST];
	unsigned count = one_in(20) ? TRAPS_MOST : below(TRAPS);

	for (unsigned i = 0; i < count; i++)
		list[i] = some_trap();
	if (count < TRAPS_MOST)
		list[count] = (struct trap_info){0};
	fire(CALL_set_trap_table, one_in(16) ? 0 : pointer((uint32_t)list), 0, 0, 0);
}
