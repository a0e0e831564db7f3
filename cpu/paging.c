/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/paging.c - from linear to physical addresses: the page walk, which only reads. What remembers it is in tlb.c.
 * Intel SDM volume 3, chapter 4: 4.3 (32-bit paging), 4.4 (PAE), 4.6 (access rights), 4.7 (page-fault exceptions).
 */
#include "cpu/engine.h"
#include "cpu/paging.h"

uint64_t paging_read_entry(const struct bus *bus, uint64_t address, unsigned size)
{
	struct bus_page page = bus->page(bus->owner, address >> PAGE_SHIFT);
	uint64_t entry = 0;

	if (!page.host)
		return ~UINT64_C(0) >> (64 - 8 * size);
	memcpy(&entry, page.host + (address & PAGE_MASK), size);
	return entry;
}

/* Bits that must be zero in a present entry. `leaf`: it maps a page. */
static uint64_t reserved_bits(const struct cpu_state *state, unsigned level, bool large)
{
	uint64_t reserved = 0;

	if (!(state->cr4 & CR4_PAE))
		return large ? PDE_LARGE_RESERVED : 0;
	reserved = PAE_ADDRESS_RESERVED;
	if (!(state->efer & EFER_NXE))
		reserved |= ENTRY_NX;
	if (level == 2 && large)
		reserved |= PAE_LARGE_RESERVED;
	return reserved;
}

static uint32_t fault_error(const struct cpu_state *state, enum access access, bool user, uint32_t cause)
{
	bool nx = (state->cr4 & CR4_PAE) && (state->efer & EFER_NXE);

	return cause | (access == ACCESS_WRITE ? PF_WRITE : 0) | (user ? PF_USER : 0) |
	       (access == ACCESS_EXECUTE && nx ? PF_FETCH : 0);
}

static bool permitted(const struct cpu_state *state, enum access access, bool user, const struct walk *walk)
{
	if (user && !walk->user)
		return false;
	if (access == ACCESS_WRITE && !walk->writable && (user || state->cr0 & CR0_WP))
		return false;
	return access != ACCESS_EXECUTE || walk->executable;
}

/* A PDPTE that the walk itself reads, since no register holds it. */
static bool read_pointer(const struct cpu_state *state, const struct walk_reader *reader, uint32_t linear,
                         struct walk *walk, uint64_t *pointer)
{
	uint64_t address = (state->cr3 & ~31u) + 8 * (linear >> 30);

	if (!reader->read(reader->owner, address, 8, 3, pointer))
		return false;
	walk->step[walk->steps++] = (struct walk_step){address, *pointer, 3};
	if ((*pointer & ENTRY_P) && (*pointer & PDPTE_RESERVED)) {
		walk->error |= PF_PRESENT | PF_RESERVED;
		return false;
	}
	return true;
}

/* The table that the walk begins with. False: a PDPTE is not present, or wrong. */
static bool first_table(const struct cpu_state *state, const struct walk_reader *reader, uint32_t linear,
                        struct walk *walk, uint64_t *table)
{
	uint64_t pointer;

	if (!(state->cr4 & CR4_PAE)) {
		*table = state->cr3 & ~(uint64_t)PAGE_MASK;
		return true;
	}
	pointer = state->pae_pointer[linear >> 30];
	if (reader->reads_pointers && !read_pointer(state, reader, linear, walk, &pointer))
		return false;
	*table = pointer & PAE_ADDRESS;
	return pointer & ENTRY_P;
}

/* Whether the entry just read ends the walk as a large page. */
static bool is_large(const struct cpu_state *state, unsigned level, uint64_t entry)
{
	if (level != 2 || !(entry & ENTRY_PS))
		return false;
	return state->cr4 & (CR4_PAE | CR4_PSE);
}

/*
 * Simplification: with A20 held low only what a walk leads to is masked, not where its tables lie. Nobody has paging and the gate
 * of a PC/AT at the same time.
 */
static uint64_t gated(const struct cpu_state *state, uint64_t physical)
{
	return state->a20_masked ? physical & ~(UINT64_C(1) << 20) : physical;
}

static void finish_walk(const struct cpu_state *state, uint32_t linear, uint64_t entry, unsigned level,
                        struct walk *walk)
{
	bool pae = state->cr4 & CR4_PAE;

	walk->page_size = level == 1 ? PAGE_SIZE : pae ? 2u << 20 : 4u << 20;
	walk->physical = gated(state, (entry & (pae ? PAE_ADDRESS : UINT64_C(0xfffff000)) & ~(uint64_t)(walk->page_size - 1)) |
	                              (linear & (walk->page_size - 1)));
	walk->dirty = entry & ENTRY_D;
	walk->global = (entry & ENTRY_G) && (state->cr4 & CR4_PGE);
}

void paging_walk(const struct cpu_state *state, const struct walk_reader *reader, uint32_t linear,
                 enum access access, bool user, struct walk *walk)
{
	bool pae = state->cr4 & CR4_PAE;
	unsigned entry_size = pae ? 8 : 4, index_bits = pae ? 9 : 10;
	uint64_t index_mask = (1u << index_bits) - 1, table;

	*walk = (struct walk){.writable = true, .user = true, .executable = true};
	if (!state_paging(state)) {
		walk->ok = true;
		walk->dirty = true;
		walk->physical = gated(state, linear);
		return;
	}
	walk->error = fault_error(state, access, user, 0);
	if (!first_table(state, reader, linear, walk, &table))
		return;
	for (unsigned level = 2; level; level--) {
		unsigned shift = PAGE_SHIFT + (level - 1) * index_bits;
		uint64_t address = table + (linear >> shift & index_mask) * entry_size;
		uint64_t entry;
		bool large;

		if (!reader->read(reader->owner, address, entry_size, level, &entry))
			return;
		large = is_large(state, level, entry);
		walk->step[walk->steps++] = (struct walk_step){address, entry, (uint8_t)level};
		if (!(entry & ENTRY_P))
			return;
		if (entry & reserved_bits(state, level, large)) {
			walk->error |= PF_PRESENT | PF_RESERVED;
			return;
		}
		walk->writable &= (entry & ENTRY_RW) != 0;
		walk->user &= (entry & ENTRY_US) != 0;
		walk->executable &= !(entry & ENTRY_NX);
		if (level == 1 || large) {
			finish_walk(state, linear, entry, level, walk);
			break;
		}
		table = entry & (pae ? PAE_ADDRESS : UINT64_C(0xfffff000));
	}
	walk->ok = permitted(state, access, user, walk);
	if (!walk->ok)
		walk->error |= PF_PRESENT;
}

/* ---- what reads by it ---- */

static bool read_from_bus(void *owner, uint64_t address, unsigned size, unsigned level, uint64_t *entry)
{
	(void)level;
	*entry = paging_read_entry(owner, address, size);
	return true;
}

void cpu_walk(const struct cpu_state *state, const struct bus *bus, uint32_t linear, enum access access,
              bool user, struct walk *walk)
{
	struct walk_reader reader = {.owner = (void *)bus, .read = read_from_bus};

	paging_walk(state, &reader, linear, access, user, walk);
}

size_t cpu_peek(const struct cpu_state *state, const struct bus *bus, uint32_t linear, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		uint32_t address = linear + (uint32_t)done;
		size_t part = PAGE_SIZE - (address & PAGE_MASK);
		struct bus_page page;
		struct walk walk;

		if (part > size - done)
			part = size - done;
		cpu_walk(state, bus, address, ACCESS_READ, false, &walk);
		if (!walk.ok)
			break;
		page = bus->page(bus->owner, walk.physical >> PAGE_SHIFT);
		if (!page.host)
			break;
		memcpy((uint8_t *)buffer + done, page.host + (walk.physical & PAGE_MASK), part);
		done += part;
	}
	return done;
}

/* ---- PDPTEs ---- */

void paging_read_pdptes(const struct bus *bus, uint32_t cr3, uint64_t pointer[4])
{
	for (unsigned i = 0; i < 4; i++)
		pointer[i] = paging_read_entry(bus, (cr3 & ~31u) + 8 * i, 8);
}

bool paging_pdptes_valid(const uint64_t pointer[4])
{
	for (unsigned i = 0; i < 4; i++)
		if ((pointer[i] & ENTRY_P) && (pointer[i] & PDPTE_RESERVED))
			return false;
	return true;
}
