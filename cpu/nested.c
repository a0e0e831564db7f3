/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/nested.c - nested paging: each address that a guest's walk refers to is a guest-physical one, and goes
 * through the nested tables (EPT) first. Intel SDM volume 3, 28.2 (EPT), 28.2.3 (violations, misconfigurations),
 * 28.2.5 (accessed and dirty bits); Bhargava, Serebrin, Spadini and Manne, "Accelerating Two-Dimensional Page
 * Walks for Virtualized Systems" (ASPLOS 2008).
 *
 *                    nested levels
 *                    4   3   2   1      for n guest levels on m nested ones:
 *   gCR3          -> n   n   n   n  -> gL2 (guest entry)     n rows of m + 1 references,
 *   gL2's address -> n   n   n   n  -> gL1                   and m for the final address:
 *   gL1's address -> n   n   n   n  -> machine address       nm + n + m
 *
 * Simplification: no cache of nested translations or of upper levels makes a walk shorter.
 */
#include "cpu/paging.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

enum { EPT_RIGHTS = EPT_READ | EPT_WRITE | EPT_EXECUTE, EPT_INDEX_BITS = 9, LARGE_LEVEL = 2 };
#define EPT_ADDRESS PAE_ADDRESS                          /* 35:12 */
#define EPT_ADDRESS_RESERVED UINT64_C(0x000ffff000000000) /* 51:36, beyond the physical-address width */
#define EPT_TABLE_RESERVED UINT64_C(0xf8)                /* 7:3 of an entry that refers to a table */
#define EPT_LARGE_ALIGNMENT UINT64_C(0x1ff000)           /* 20:12 of one that maps 2 MiB */

/* A nested walk under way. */
struct nested_walker {
	const struct cpu *cpu;
	uint64_t ept_pointer;
	struct nested_walk *walk;
};

/* What one guest-physical address translates to. */
struct translation {
	uint64_t ma;
	uint32_t page_size;
	uint8_t permitted;
	bool dirty;
};

/* ---- one guest-physical address ---- */

static void note_step(struct nested_walk *walk, struct nested_step step)
{
	assert(walk->steps < sizeof walk->step / sizeof *walk->step);
	walk->step[walk->steps++] = step;
}

/* Memory types 2, 3 and 7 do not exist; bits 5:3 of an entry that maps a page. */
static bool memory_type_valid(uint64_t entry)
{
	unsigned type = entry >> 3 & 7;

	return type != 2 && type != 3 && type != 7;
}

/* 28.2.3.1: reserved bits, a memory type that does not exist, writable or executable but not readable. */
static bool entry_valid(uint64_t entry, unsigned level, bool leaf)
{
	if (!(entry & EPT_READ) || (entry & EPT_ADDRESS_RESERVED))
		return false;
	if (!leaf)
		return !(entry & EPT_TABLE_RESERVED);
	return memory_type_valid(entry) && (level == 1 || !(entry & EPT_LARGE_ALIGNMENT));
}

static bool misconfigured(struct nested_walk *walk, uint64_t gpa)
{
	walk->misconfiguration = true;
	walk->violated = gpa;
	return false;
}

static bool violated(struct nested_walk *walk, uint64_t gpa, uint32_t access, uint8_t permitted)
{
	walk->violation = true;
	walk->violated = gpa;
	walk->qualification = access | (uint32_t)permitted << VIOLATION_PERMITTED_SHIFT;
	return false;
}

static unsigned levels_of(uint64_t ept_pointer)
{
	return (ept_pointer >> 3 & 7) + 1;
}

/* `access`: VIOLATION_READ, WRITE, EXECUTE. False: a violation or misconfiguration has been noted. */
static bool translate(struct nested_walker *walker, uint64_t gpa, uint32_t access, struct translation *result)
{
	unsigned level = levels_of(walker->ept_pointer);
	uint64_t table = walker->ept_pointer & EPT_ADDRESS;
	uint8_t permitted = EPT_RIGHTS;

	if (gpa >> (PAGE_SHIFT + EPT_INDEX_BITS * level))
		return violated(walker->walk, gpa, access, 0); /* no entry is there for it */
	for (;; level--) {
		unsigned shift = PAGE_SHIFT + (level - 1) * EPT_INDEX_BITS;
		uint64_t address = table + (gpa >> shift & ((1u << EPT_INDEX_BITS) - 1)) * 8;
		uint64_t entry = paging_read_entry(walker->cpu->bus, address, 8);
		bool leaf = level == 1 || (level == LARGE_LEVEL && (entry & EPT_LARGE));

		note_step(walker->walk, (struct nested_step){address, entry, true, (uint8_t)level, gpa, 0});
		if (!(entry & EPT_RIGHTS))
			return violated(walker->walk, gpa, access, 0);
		if (!entry_valid(entry, level, leaf))
			return misconfigured(walker->walk, gpa);
		permitted &= entry & EPT_RIGHTS;
		table = entry & EPT_ADDRESS;
		if (!leaf)
			continue;
		*result = (struct translation){
			.ma = table | (gpa & ((UINT64_C(1) << shift) - 1)),
			.page_size = 1u << shift,
			.permitted = permitted,
			.dirty = !(walker->ept_pointer & EPT_POINTER_AD) || (entry & EPT_D),
		};
		return (permitted & access) == access || violated(walker->walk, gpa, access, permitted);
	}
}

/* ---- the guest's tables ---- */

/* With nested accessed and dirty bits a reference to a guest's entry counts as a store (28.2.3.2). */
static bool read_guest_entry(void *owner, uint64_t address, unsigned size, unsigned level, uint64_t *entry)
{
	struct nested_walker *walker = owner;
	uint32_t access = walker->ept_pointer & EPT_POINTER_AD ? VIOLATION_READ | VIOLATION_WRITE : VIOLATION_READ;
	struct translation translation;

	if (!translate(walker, address, access, &translation))
		return false;
	*entry = paging_read_entry(walker->cpu->bus, translation.ma, size);
	note_step(walker->walk, (struct nested_step){
		translation.ma, *entry, false, (uint8_t)level, address, translation.permitted});
	return true;
}

/* What a guest's entry becomes by this access; PDPTEs have neither bit. */
static uint64_t marked(const struct nested_step *step, bool leaf, enum access access)
{
	if (step->level == 3)
		return step->entry;
	return step->entry | ENTRY_A | (leaf && access == ACCESS_WRITE ? ENTRY_D : 0);
}

static const struct nested_step *last_guest_step(const struct nested_walk *walk)
{
	for (unsigned i = walk->steps; i-- > 0;)
		if (!walk->step[i].nested)
			return &walk->step[i];
	return NULL;
}

/* Setting accessed and dirty bits is a store to the guest's table, which the nested tables may forbid. */
static bool may_mark(struct nested_walk *walk, enum access access)
{
	const struct nested_step *leaf = last_guest_step(walk);

	for (unsigned i = 0; i < walk->steps; i++) {
		const struct nested_step *step = &walk->step[i];

		if (step->nested || step->permitted & EPT_WRITE || marked(step, step == leaf, access) == step->entry)
			continue;
		return violated(walk, step->gpa, VIOLATION_WRITE, step->permitted);
	}
	return true;
}

static uint32_t violation_access(enum access access)
{
	static const uint8_t bits[] = {
		[ACCESS_READ] = VIOLATION_READ, [ACCESS_WRITE] = VIOLATION_WRITE, [ACCESS_EXECUTE] = VIOLATION_EXECUTE,
	};

	return bits[access];
}

void cpu_nested_walk(const struct cpu *cpu, const struct cpu_state *guest, uint64_t ept_pointer, uint32_t linear,
                     enum access access, bool user, struct nested_walk *walk)
{
	struct nested_walker walker = {cpu, ept_pointer, walk};
	struct walk_reader reader = {
		.owner = &walker,
		.read = read_guest_entry,
		.reads_pointers = !cpu->features.pdpte_registers_nested,
	};
	struct translation translation;

	walk->steps = 0;
	walk->violation = walk->misconfiguration = false;
	walk->violated = walk->qualification = 0;
	paging_walk(guest, &reader, linear, access, user, &walk->walk);
	if (!walk->walk.ok || !may_mark(walk, access)) {
		walk->qualification |= VIOLATION_LINEAR;
		return;
	}
	if (!translate(&walker, walk->walk.physical, violation_access(access), &translation)) {
		walk->qualification |= VIOLATION_LINEAR | VIOLATION_FINAL;
		return;
	}
	walk->ma = translation.ma;
	walk->page_size = translation.page_size;
	walk->permitted = translation.permitted;
	walk->nested_dirty = translation.dirty;
}

/* ---- what a TLB miss does besides reading ---- */

bool nested_exit(struct cpu *cpu, const struct nested_walk *walk, uint32_t linear)
{
	bool valid = walk->qualification & VIOLATION_LINEAR;
	uint32_t unblocked = cpu->vmx.nmi_unblocked ? VIOLATION_NMI_UNBLOCKED : 0;

	return vmx_raise(cpu, (struct vmx_exit){
		.reason = walk->violation ? REASON_EPT_VIOLATION : REASON_EPT_MISCONFIGURATION,
		.qualification = walk->violation ? walk->qualification | unblocked : 0,
		.linear = walk->violation && valid ? linear : 0,
		.physical = walk->violated,
		.resume_flag = RESUME_FLAG_SET,
	});
}

/* A store for the nested tables: to a guest's entry by any walk, to the page by a store. */
static void mark_nested(struct cpu *cpu, const struct nested_step *step, bool stored)
{
	bool leaf = step->level == 1 || (step->level == LARGE_LEVEL && (step->entry & EPT_LARGE));
	uint64_t old = paging_read_entry(cpu->bus, step->entry_address, 8);
	uint64_t entry = old | EPT_A | (leaf && stored ? EPT_D : 0);

	if (entry != old)
		paging_mark_entry(cpu, step->entry_address, entry);
}

void nested_set_accessed(struct cpu *cpu, const struct nested_walk *walk, enum access access)
{
	const struct nested_step *last = last_guest_step(walk);

	for (unsigned i = 0; i < walk->steps; i++) {
		const struct nested_step *step = &walk->step[i];
		bool final = !last || step > last;
		uint64_t entry = marked(step, step == last, access);

		if (step->nested && (cpu->ept_pointer & EPT_POINTER_AD))
			mark_nested(cpu, step, !final || access == ACCESS_WRITE);
		if (!step->nested && entry != step->entry)
			paging_mark_entry(cpu, step->entry_address, entry);
	}
}

/* ---- PDPTEs as registers ---- */

/* A table of 32 bytes lies in one page. Without registers there is nothing to load: walks read it. */
bool nested_load_pdptes(struct cpu *cpu, uint32_t cr3)
{
	struct nested_walk walk = {0};
	struct nested_walker walker = {cpu, cpu->ept_pointer, &walk};
	uint64_t address = cr3 & ~31u, pointer[4];
	struct translation translation;

	if (!cpu->features.pdpte_registers_nested)
		return true;
	if (!translate(&walker, address, VIOLATION_READ, &translation))
		return nested_exit(cpu, &walk, 0);
	for (unsigned i = 0; i < 4; i++)
		pointer[i] = paging_read_entry(cpu->bus, translation.ma + 8 * i, 8);
	if (!paging_pdptes_valid(pointer))
		return raise_gp(cpu, 0);
	memcpy(cpu->state.pae_pointer, pointer, sizeof pointer);
	return true;
}
