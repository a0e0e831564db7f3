/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/memory.c - memory accesses that the fast path of access.h does not serve: the whole rule of
 * segment, limit, alignment, paging, devices and watched pages.
 * Intel SDM volume 3: 5.3 (limit), 5.5 (type), 6.15 (#AC), chapter 4 by way of tlb.c.
 */
#include "cpu/access.h"
#include "cpu/block.h"

/* ---- segmentation ---- */

static bool segment_fault(struct cpu *cpu, enum segment_register reg)
{
	return raise_fault_error(cpu, reg == SS ? VECTOR_SS : VECTOR_GP, 0);
}

static bool within_limit(const struct segment *segment, uint32_t offset, unsigned size)
{
	uint32_t last = offset + (size - 1);
	bool data = !(segment->access & ACCESS_CODE);

	if (last < offset)
		return segment->limit == UINT32_MAX && !(data && (segment->access & ACCESS_EXPAND_DOWN));
	if (data && (segment->access & ACCESS_EXPAND_DOWN)) {
		uint32_t top = segment->access & ACCESS_BIG ? UINT32_MAX : 0xffff;
		return offset > segment->limit && last <= top;
	}
	return last <= segment->limit;
}

static bool type_allows(const struct segment *segment, bool write)
{
	if (!(segment->access & ACCESS_PRESENT))
		return false;
	if (segment->access & ACCESS_CODE)
		return !write && (segment->access & ACCESS_READABLE);
	return !write || (segment->access & ACCESS_WRITABLE);
}

bool segment_linear(struct cpu *cpu, enum segment_register reg, uint32_t offset, unsigned size, unsigned alignment,
                    bool write, uint32_t *linear)
{
	const struct segment *segment = &cpu->state.segment[reg];

	if (state_protected(&cpu->state) && !state_v86(&cpu->state) && !type_allows(segment, write))
		return segment_fault(cpu, reg);
	if (!within_limit(segment, offset, size))
		return segment_fault(cpu, reg);
	*linear = segment->base + offset;
	if (cpu->state.cpl == 3 && (*linear & (alignment - 1)) && (cpu->state.cr0 & CR0_AM) &&
	    (cpu->state.eflags & EFLAGS_AC))
		return raise_fault_error(cpu, VECTOR_AC, 0);
	return true;
}

/* Checks an access and gives its linear address. */
static bool to_linear(struct cpu *cpu, enum segment_register reg, uint32_t offset, unsigned size, bool write,
                      uint32_t *linear)
{
	return segment_linear(cpu, reg, offset, size, size, write, linear);
}

/* ---- one page at a time ---- */

uint32_t load_page(struct cpu *cpu, const struct tlb_entry *entry, uint32_t linear, unsigned size)
{
	uint64_t physical = entry->physical | (linear & PAGE_MASK);

	if (entry->host)
		return host_load(entry->host + (linear & PAGE_MASK), size);
	return cpu->bus->mmio_read(cpu->bus->owner, physical, size);
}

void page_stored(struct cpu *cpu, const struct tlb_entry *entry, uint64_t physical, uint32_t size)
{
	if (!entry->watched)
		return;
	cpu_code_written(cpu, physical, size);
	if (cpu->bus->written)
		cpu->bus->written(cpu->bus->owner, physical, size);
}

void store_page(struct cpu *cpu, const struct tlb_entry *entry, uint32_t linear, unsigned size, uint32_t value)
{
	uint64_t physical = entry->physical | (linear & PAGE_MASK);

	if (!entry->host) {
		cpu->bus->mmio_write(cpu->bus->owner, physical, size, value);
		return;
	}
	if (!entry->host_writable)
		return;
	host_store(entry->host + (linear & PAGE_MASK), size, value);
	page_stored(cpu, entry, physical, size);
}

static bool crosses_page(uint32_t linear, unsigned size)
{
	return (linear & PAGE_MASK) + size > PAGE_SIZE;
}

/* Bytes of an access that lie in its first page. */
static unsigned first_part(uint32_t linear)
{
	return PAGE_SIZE - (linear & PAGE_MASK);
}

/* Byte `i` of an access that lies in two pages has been done: whether it was the last one in its page. `value`: so far. */
static void observe_part(struct cpu *cpu, const struct tlb_entry *entry, uint32_t linear, unsigned size, unsigned i,
                         uint32_t value, bool write)
{
	unsigned first = first_part(linear), from = i < first ? 0 : first, part = i + 1 - from;

	if (entry->observed && (i == first - 1 || i == size - 1))
		watch_access(cpu, entry, linear + from, part, value >> 8 * from & UINT32_MAX >> (32 - 8 * part), write);
}

static bool load_crossing(struct cpu *cpu, uint32_t linear, unsigned size, bool user, uint32_t *value)
{
	uint32_t result = 0;

	for (unsigned i = 0; i < size; i++) {
		const struct tlb_entry *entry = tlb_lookup(cpu, linear + i, ACCESS_READ, user);
		if (!entry || (!entry->host && !device_ready(cpu)))
			return false;
		result |= load_page(cpu, entry, linear + i, 1) << 8 * i;
		observe_part(cpu, entry, linear, size, i, result, false);
	}
	*value = result;
	return true;
}

static bool may_store(struct cpu *cpu, uint32_t linear, bool user)
{
	const struct tlb_entry *entry = tlb_lookup(cpu, linear, ACCESS_WRITE, user);

	return entry && (entry->host || device_ready(cpu));
}

/* Both pages are checked before the first byte is stored. */
static bool store_crossing(struct cpu *cpu, uint32_t linear, unsigned size, bool user, uint32_t value)
{
	if (!may_store(cpu, linear, user) || !may_store(cpu, linear + first_part(linear), user))
		return false;
	for (unsigned i = 0; i < size; i++) {
		const struct tlb_entry *entry = tlb_lookup(cpu, linear + i, ACCESS_WRITE, user);
		if (!entry || (!entry->host && !device_ready(cpu)))
			return false;
		store_page(cpu, entry, linear + i, 1, value >> 8 * i & 0xff);
		observe_part(cpu, entry, linear, size, i, value, true);
	}
	return true;
}

static bool load_user(struct cpu *cpu, uint32_t linear, unsigned size, bool user, uint32_t *value)
{
	const struct tlb_entry *entry;

	if (crosses_page(linear, size))
		return load_crossing(cpu, linear, size, user, value);
	entry = tlb_lookup(cpu, linear, ACCESS_READ, user);
	if (!entry || (!entry->host && !device_ready(cpu)))
		return false;
	*value = load_page(cpu, entry, linear, size);
	if (entry->observed)
		watch_access(cpu, entry, linear, size, *value, false);
	return true;
}

static bool store_user(struct cpu *cpu, uint32_t linear, unsigned size, bool user, uint32_t value)
{
	const struct tlb_entry *entry;

	if (crosses_page(linear, size))
		return store_crossing(cpu, linear, size, user, value);
	entry = tlb_lookup(cpu, linear, ACCESS_WRITE, user);
	if (!entry || (!entry->host && !device_ready(cpu)))
		return false;
	store_page(cpu, entry, linear, size, value);
	if (entry->observed)
		watch_access(cpu, entry, linear, size, value, true);
	return true;
}

/* ---- what engine.h offers ---- */

bool load_slow(struct cpu *cpu, enum segment_register segment, uint32_t offset, unsigned size)
{
	uint32_t linear = 0;

	if (!to_linear(cpu, segment, offset, size, false, &linear) ||
	    !load_user(cpu, linear, size, cpu->user, &cpu->loaded))
		return false;
	if (debug_enabled_data(cpu))
		debug_check_data(cpu, linear, size, false);
	return true;
}

bool store_slow(struct cpu *cpu, enum segment_register segment, uint32_t offset, unsigned size, uint32_t value)
{
	uint32_t linear = 0;

	if (!to_linear(cpu, segment, offset, size, true, &linear) ||
	    !store_user(cpu, linear, size, cpu->user, value))
		return false;
	if (debug_enabled_data(cpu))
		debug_check_data(cpu, linear, size, true);
	return true;
}

bool load_linear(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t *value)
{
	return load_user(cpu, linear, size, cpu->user && !system, value);
}

bool store_linear(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t value)
{
	return store_user(cpu, linear, size, cpu->user && !system, value);
}

bool probe_store_linear(struct cpu *cpu, uint32_t linear, unsigned size, bool system)
{
	bool user = cpu->user && !system;

	if (!tlb_lookup(cpu, linear, ACCESS_WRITE, user))
		return false;
	return !crosses_page(linear, size) || tlb_lookup(cpu, linear + first_part(linear), ACCESS_WRITE, user);
}

bool probe_store(struct cpu *cpu, enum segment_register segment, uint32_t offset, unsigned size)
{
	uint32_t linear = 0;

	return to_linear(cpu, segment, offset, size, true, &linear) &&
	       probe_store_linear(cpu, linear, size, false);
}
