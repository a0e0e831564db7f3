/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/attacker/tables.c - page tables: rightful entries, and those by which a guest would get out of its memory. (Barham
 * et al. 2003, 3.3.3 has what a VMM must keep true.)
 */
#include "attacker.h"

enum { LIST = 4, PRESERVE = 2, MACHPHYS = 1, NO_COMMAND = 3 };

struct mmu_update {
	uint64_t ptr, val;
};

static uint64_t address_of(uint32_t mfn, uint32_t index)
{
	return (uint64_t)mfn * PAGE + index * 4;
}

static uint32_t some_table(void)
{
	return one_in(2) ? directory_mfn : table_mfn;
}

/* What an entry of the last level may say. Half of it is right, as long as the frame is no table. */
static uint64_t page_entry(void)
{
	uint32_t rights = PRESENT | (one_in(2) ? WRITABLE : 0) | (one_in(2) ? USER : 0);

	switch (below(10)) {
	case 0: return 0;
	case 1: return (uint64_t)some_table() * PAGE | PRESENT | (one_in(2) ? WRITABLE : 0);
	case 2: return (uint64_t)foreign_frame() * PAGE | rights;
	case 3: return (uint64_t)free_frame() * PAGE | rights | (one_in(2) ? LARGE : GLOBAL);
	case 4: return (uint64_t)free_frame() * PAGE | rights | UINT64_C(1) << (32 + below(8));
	case 5: return random_number() & ~(uint32_t)PRESENT;
	default: return (uint64_t)free_frame() * PAGE | rights;
	}
}

static uint64_t scratch_entry(void)
{
	return address_of(table_mfn, (SCRATCH - BASE) / PAGE + below(SCRATCHES));
}

/* Of the directory: a spare slot becomes a table, or nothing; slots of the VMM. */
static struct mmu_update directory_request(void)
{
	uint64_t slot = address_of(directory_mfn, SPARE_SLOT + below(SPARE_SLOTS));

	switch (below(8)) {
	case 0: return (struct mmu_update){slot, one_in(2) ? 0 : (uint64_t)free_frame() * PAGE | WRITABLE}; /* not present */
	case 1: return (struct mmu_update){address_of(directory_mfn, 1008 + below(16)), one_in(2) ? 0 : page_entry()};
	case 2: return (struct mmu_update){slot, (uint64_t)some_table() * PAGE | PRESENT | WRITABLE};
	case 3: return (struct mmu_update){slot, (uint64_t)foreign_frame() * PAGE | PRESENT};
	case 4: return (struct mmu_update){slot, (uint64_t)free_frame() * PAGE | PRESENT | LARGE};
	default: return (struct mmu_update){slot, (uint64_t)free_frame() * PAGE | PRESENT | WRITABLE | USER};
	}
}

/* A word in a frame that may become a table later. */
static struct mmu_update prepare_request(void)
{
	uint32_t mfn = free_frame();
	uint64_t at = address_of(mfn, one_in(2) ? 7 : below(1024)) | (one_in(4) ? PRESERVE : 0);

	if (one_in(2))
		return (struct mmu_update){at, 0};
	return (struct mmu_update){at, one_in(4) ? (uint64_t)mfn * PAGE | PRESENT | WRITABLE : page_entry()};
}

static struct mmu_update odd_request(void)
{
	switch (below(6)) {
	case 0: return (struct mmu_update){address_of(foreign_frame(), below(1024)), page_entry()};
	case 1: return (struct mmu_update){scratch_entry() | UINT64_C(1) << (32 + below(16)), page_entry()};
	case 2: return (struct mmu_update){scratch_entry() | NO_COMMAND, page_entry()};
	case 3: return (struct mmu_update){(uint64_t)foreign_frame() * PAGE | MACHPHYS, below(1024)};
	case 4: return (struct mmu_update){(uint64_t)free_frame() * PAGE | MACHPHYS, UINT64_C(1) << 32 | below(1024)};
	default: return (struct mmu_update){(uint64_t)free_frame() * PAGE | MACHPHYS, FREE_FRAME + below(FREE_FRAMES)};
	}
}

static struct mmu_update request(void)
{
	switch (below(10)) {
	case 0: return odd_request();
	case 1:
	case 2: return prepare_request();
	case 3:
	case 4: return directory_request();
	case 5: return (struct mmu_update){scratch_entry() | PRESERVE, page_entry()};
	case 6: return (struct mmu_update){scratch_entry(), 0};
	default: return (struct mmu_update){scratch_entry(), page_entry()};
	}
}

void try_mmu(void)
{
	static struct mmu_update list[LIST];
	static uint32_t done;
	uint32_t count = 1 + below(LIST), told = one_in(3) ? pointer((uint32_t)&done) : 0;

	for (uint32_t i = 0; i < count; i++)
		list[i] = request();
	if (one_in(16))
		count = one_in(2) ? 0xFFFFFFFF : 0x10001;
	fire(CALL_mmu_update, pointer((uint32_t)list), count, told, one_in(16) ? 1 + below(3) : one_in(2) ? SELF : 0);
}

void try_va(void)
{
	static const uint32_t odd[] = {HOLE, 0xFFE00000, 0xFFFFF000, 0x00400000, (uint32_t)SPARE_SLOT << 22, (SPARE_SLOT + 1u) << 22};
	uint64_t value = page_entry();
	uint32_t linear = SCRATCH + below(SCRATCHES) * PAGE + below(PAGE);

	if (one_in(6))
		linear = odd[below(sizeof odd / sizeof *odd)];
	fire(CALL_update_va_mapping, linear, (uint32_t)value, (uint32_t)(value >> 32), below(8));
}
