/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tlb.c - the TLB: what page walks have found, and the accessed and dirty bits that they leave behind.
 * Intel SDM volume 3, 4.8 (accessed and dirty flags), 4.10 (TLBs).
 *
 * Simplification: the TLB is mapped directly and has entries of 4 KiB only; fetching instructions has a TLB
 * of its own whose walks cost nothing, so that time does not depend on where decoded blocks begin. There
 * is no model of caches.
 */
#include "cpu/block.h"
#include "cpu/engine.h"
#include "cpu/paging.h"
#include "cpu/vmx_inside.h"

/* Accessed and dirty bits of an entry, in memory. */
void paging_mark_entry(struct cpu *cpu, uint64_t address, uint64_t entry)
{
	struct bus_page page = cpu->bus->page(cpu->bus->owner, address >> PAGE_SHIFT);

	if (!page.host || !page.writable)
		return;
	host_store_entry(page.host + (address & PAGE_MASK), entry);
	if (blocks_frame_has_code(cpu, address >> PAGE_SHIFT))
		cpu_code_written(cpu, address, 4);
	if (page.watched)
		cpu->bus->written(cpu->bus->owner, address, 4);
}

/* Sets A in every entry that the walk used, and D in the one that maps the page when it is written. */
static void set_accessed(struct cpu *cpu, struct walk *walk, enum access access)
{
	for (unsigned i = 0; i < walk->steps; i++) {
		struct walk_step *step = &walk->step[i];
		bool leaf = i == walk->steps - 1;
		uint64_t entry = step->entry | ENTRY_A | (leaf && access == ACCESS_WRITE ? ENTRY_D : 0);

		if (entry != step->entry)
			paging_mark_entry(cpu, step->entry_address, entry);
	}
	if (access == ACCESS_WRITE)
		walk->dirty = true;
}

/* The fast side of a data TLB's entry; NULL for the instruction TLB, which has none. */
static struct tlb_tags *tags_of(struct cpu *cpu, const struct tlb_entry *entry)
{
	return entry >= cpu->tlb && entry < cpu->tlb + TLB_ENTRIES ? &cpu->tags[entry - cpu->tlb] : NULL;
}

/* What the entry allows without a further question, by CPL 3 or not, read or write. */
static void tag_entry(struct cpu *cpu, const struct tlb_entry *entry)
{
	struct tlb_tags *tags = tags_of(cpu, entry);

	if (!tags)
		return;
	tags->addend = (uintptr_t)entry->host - entry->linear;
	for (unsigned user = 0; user < 2; user++) {
		bool read = entry->host && !entry->observed && (!user || entry->user);
		bool may_write = entry->nested_writable && (entry->writable || (!user && !(cpu->state.cr0 & CR0_WP)));

		tags->tag[user][0] = read ? entry->linear : TLB_NO_TAG;
		tags->tag[user][1] = read && may_write && entry->dirty && entry->host_writable && !entry->watched
		                             ? entry->linear
		                             : TLB_NO_TAG;
	}
}

static void drop_entry(struct cpu *cpu, struct tlb_entry *entry)
{
	struct tlb_tags *tags = tags_of(cpu, entry);

	entry->linear = TLB_NO_TAG;
	for (unsigned i = 0; tags && i < 4; i++)
		tags->tag[i / 2][i % 2] = TLB_NO_TAG;
}

static void list_entry(struct cpu *cpu, struct tlb_entry *entry)
{
	if (entry->listed || !tags_of(cpu, entry))
		return;
	entry->listed = true;
	cpu->tlb_used[cpu->tlb_used_count++] = (uint16_t)(entry - cpu->tlb);
}

static bool is_observed(const struct cpu *cpu, const struct tlb_entry *entry)
{
	const struct cpu_watch *watch = &cpu->watch;

	return watch->covers && watch->covers(watch->owner, cpu, entry->linear, entry->physical);
}

/* `nested_writable`: nothing but the walk's own rights forbids stores. */
static void fill_entry(struct cpu *cpu, struct tlb_entry *entry, uint32_t linear, const struct walk *walk,
                       bool nested_writable)
{
	uint64_t physical = walk->physical & ~(uint64_t)PAGE_MASK;
	struct bus_page page = cpu->bus->page(cpu->bus->owner, physical >> PAGE_SHIFT);

	entry->linear = linear & ~(uint32_t)PAGE_MASK;
	entry->physical = physical;
	entry->page_size = walk->page_size;
	entry->host = page.host;
	entry->writable = walk->writable;
	entry->user = walk->user;
	entry->global = walk->global;
	entry->dirty = walk->dirty;
	entry->executable = walk->executable;
	entry->nested_writable = nested_writable;
	entry->host_writable = page.writable;
	entry->monitor = page.monitor;
	entry->observed = is_observed(cpu, entry);
	entry->watched = page.watched || blocks_frame_has_code(cpu, physical >> PAGE_SHIFT);
	cpu->large_pages |= walk->page_size > PAGE_SIZE;
	list_entry(cpu, entry);
	tag_entry(cpu, entry);
}

static bool entry_permits(const struct cpu *cpu, const struct tlb_entry *entry, enum access access, bool user)
{
	if (user && !entry->user)
		return false;
	if (access == ACCESS_EXECUTE)
		return entry->executable;
	if (access == ACCESS_READ)
		return true;
	return entry->dirty && entry->nested_writable && (entry->writable || (!user && !(cpu->state.cr0 & CR0_WP)));
}

static void charge_walk(struct cpu *cpu, enum access access, unsigned references)
{
	if (access == ACCESS_EXECUTE)
		return;
	cpu->counters.tlb_misses++;
	cpu->counters.walk_references += references;
	cpu->counters.walk_cycles += (uint64_t)references * cpu->costs->cycles[COST_walk_reference];
	*cpu->clock += (uint64_t)references * cpu->costs->cycles[COST_walk_reference];
}

/* The same over nested tables (nested.c): the entry holds both translations in one. */
static struct tlb_entry *look_up_nested(struct cpu *cpu, struct tlb_entry *entry, uint32_t linear,
                                        enum access access, bool user)
{
	struct nested_walk walk;
	struct walk combined;

	cpu_nested_walk(cpu, &cpu->state, cpu->ept_pointer, linear, access, user, &walk);
	charge_walk(cpu, access, walk.steps);
	if (walk.violation || walk.misconfiguration) {
		drop_entry(cpu, entry);
		nested_exit(cpu, &walk, linear);
		return NULL;
	}
	if (!walk.walk.ok) {
		drop_entry(cpu, entry);
		raise_page_fault(cpu, linear, walk.walk.error);
		return NULL;
	}
	nested_set_accessed(cpu, &walk, access);
	combined = walk.walk;
	combined.physical = walk.ma;
	combined.executable &= (walk.permitted & EPT_EXECUTE) != 0;
	combined.dirty = (walk.walk.dirty && walk.nested_dirty) || access == ACCESS_WRITE;
	fill_entry(cpu, entry, linear, &combined, walk.permitted & EPT_WRITE);
	return entry;
}

/*
 * tour 2.1: The hardware's walk fails
 * The processor walks the tables that its CR3 points to. Under a VMM these are the shadow's, and where the
 * shadow has no entry yet the walk ends in #PF, whatever the guest's own tables say.
 *
 * An entry that does not permit the access (or is not dirty yet) is walked again before a fault is
 * reported, as processors do: relaxing an entry needs no INVLPG (SDM vol. 3, 4.10.4.3).
 */
static struct tlb_entry *lookup(struct cpu *cpu, struct tlb_entry *entry, uint32_t linear, enum access access,
                                bool user)
{
	struct walk walk;

	if (entry->linear == (linear & ~(uint32_t)PAGE_MASK) && entry_permits(cpu, entry, access, user))
		return entry;
	if (cpu->ept_pointer)
		return look_up_nested(cpu, entry, linear, access, user);
	cpu_walk(&cpu->state, cpu->bus, linear, access, user, &walk);
	charge_walk(cpu, access, walk.steps);
	if (!walk.ok) {
		drop_entry(cpu, entry);
		raise_page_fault(cpu, linear, walk.error);
		return NULL;
	}
	set_accessed(cpu, &walk, access);
	fill_entry(cpu, entry, linear, &walk, true);
	return entry;
}

struct tlb_entry *tlb_lookup(struct cpu *cpu, uint32_t linear, enum access access, bool user)
{
	uint32_t page = linear >> PAGE_SHIFT;

	if (access == ACCESS_EXECUTE)
		return lookup(cpu, &cpu->fetch_tlb[page & (FETCH_TLB_ENTRIES - 1)], linear, access, user);
	return lookup(cpu, &cpu->tlb[page & (TLB_ENTRIES - 1)], linear, access, user);
}

/* Walks over the entries of both TLBs that are in use: the listed ones, then the instruction TLB's. */
static struct tlb_entry *used_entry(struct cpu *cpu, unsigned *position)
{
	while (*position < cpu->tlb_used_count + (unsigned)FETCH_TLB_ENTRIES) {
		unsigned at = (*position)++;
		struct tlb_entry *entry = at < cpu->tlb_used_count ? &cpu->tlb[cpu->tlb_used[at]]
		                                                   : &cpu->fetch_tlb[at - cpu->tlb_used_count];
		if (entry->linear != TLB_NO_TAG)
			return entry;
	}
	return NULL;
}

#define for_each_entry(cpu, entry, position)                                                        \
	for (struct tlb_entry *entry = used_entry(cpu, &(position)); entry;                          \
	     entry = used_entry(cpu, &(position)))

void tlb_begin(struct cpu *cpu)
{
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		drop_entry(cpu, &cpu->tlb[i]);
	for (unsigned i = 0; i < FETCH_TLB_ENTRIES; i++)
		drop_entry(cpu, &cpu->fetch_tlb[i]);
}

/* Takes the free entries out of the list. */
static void shorten_list(struct cpu *cpu)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < cpu->tlb_used_count; i++) {
		struct tlb_entry *entry = &cpu->tlb[cpu->tlb_used[i]];

		entry->listed = entry->linear != TLB_NO_TAG;
		if (entry->listed)
			cpu->tlb_used[kept++] = cpu->tlb_used[i];
	}
	cpu->tlb_used_count = kept;
}

void tlb_flush(struct cpu *cpu, bool global_too)
{
	unsigned position = 0;

	cpu->translation++;
	cpu->large_pages = false;
	for_each_entry (cpu, entry, position) {
		if (global_too || !entry->global)
			drop_entry(cpu, entry);
		else
			cpu->large_pages |= entry->page_size > PAGE_SIZE;
	}
	shorten_list(cpu);
}

void tlb_flush_page(struct cpu *cpu, uint32_t linear)
{
	uint32_t page = linear >> PAGE_SHIFT;
	unsigned position = 0;

	cpu->translation++;
	if (cpu->large_pages) {
		for_each_entry (cpu, entry, position) {
			uint32_t size = entry->page_size ? entry->page_size : PAGE_SIZE;
			if (entry->linear / size == linear / size)
				drop_entry(cpu, entry);
		}
		return;
	}
	if (cpu->tlb[page & (TLB_ENTRIES - 1)].linear == page << PAGE_SHIFT)
		drop_entry(cpu, &cpu->tlb[page & (TLB_ENTRIES - 1)]);
	if (cpu->fetch_tlb[page & (FETCH_TLB_ENTRIES - 1)].linear == page << PAGE_SHIFT)
		drop_entry(cpu, &cpu->fetch_tlb[page & (FETCH_TLB_ENTRIES - 1)]);
}

void tlb_retag(struct cpu *cpu)
{
	unsigned position = 0;

	for_each_entry (cpu, entry, position)
		tag_entry(cpu, entry);
}

void tlb_observe(struct cpu *cpu)
{
	unsigned position = 0;

	for_each_entry (cpu, entry, position) {
		entry->observed = is_observed(cpu, entry);
		tag_entry(cpu, entry);
	}
}

void cpu_page_changed(struct cpu *cpu, uint64_t frame)
{
	unsigned position = 0;

	for_each_entry (cpu, entry, position) {
		struct bus_page page;

		if (entry->physical >> PAGE_SHIFT != frame)
			continue;
		page = cpu->bus->page(cpu->bus->owner, frame);
		entry->watched = page.watched || blocks_frame_has_code(cpu, frame);
		entry->host_writable = page.writable;
		tag_entry(cpu, entry);
	}
}

void cpu_tlb_flush(struct cpu *cpu)
{
	tlb_flush(cpu, true);
}

void cpu_tlb_flush_page(struct cpu *cpu, uint32_t linear)
{
	tlb_flush_page(cpu, linear);
}

size_t cpu_tlb_size(const struct cpu *cpu)
{
	(void)cpu;
	return TLB_ENTRIES;
}

static struct tlb_view view_of(const struct tlb_entry *entry)
{
	return (struct tlb_view){
		.linear = entry->linear,
		.physical = entry->physical,
		.valid = entry->linear != TLB_NO_TAG,
		.writable = entry->writable,
		.user = entry->user,
		.global = entry->global,
		.dirty = entry->dirty,
		.executable = entry->executable,
		.page_size = entry->page_size,
	};
}

struct tlb_view cpu_tlb_entry(const struct cpu *cpu, size_t index)
{
	return view_of(&cpu->tlb[index]);
}

size_t cpu_peek_tlb(const struct cpu *cpu, enum access access, uint32_t linear, void *buffer, size_t size)
{
	uint32_t page = linear >> PAGE_SHIFT;
	const struct tlb_entry *entry = access == ACCESS_EXECUTE ? &cpu->fetch_tlb[page & (FETCH_TLB_ENTRIES - 1)] :
	                                                         &cpu->tlb[page & (TLB_ENTRIES - 1)];
	unsigned offset = linear & PAGE_MASK;

	if (entry->linear != linear - offset || !entry->host || offset + size > PAGE_SIZE)
		return 0;
	memcpy(buffer, entry->host + offset, size);
	return size;
}

size_t cpu_fetch_tlb_size(const struct cpu *cpu)
{
	(void)cpu;
	return FETCH_TLB_ENTRIES;
}

struct tlb_view cpu_fetch_tlb_entry(const struct cpu *cpu, size_t index)
{
	return view_of(&cpu->fetch_tlb[index]);
}

/* With PAE the four PDPTEs are read now and kept (SDM vol. 3, 4.4.1). */
static bool load_pdptes(struct cpu *cpu, uint32_t cr3)
{
	uint64_t pointer[4];

	if (cpu->ept_pointer)
		return nested_load_pdptes(cpu, cr3);
	paging_read_pdptes(cpu->bus, cr3, pointer);
	if (!paging_pdptes_valid(pointer))
		return raise_gp(cpu, 0);
	memcpy(cpu->state.pae_pointer, pointer, sizeof pointer);
	return true;
}

bool load_cr3(struct cpu *cpu, uint32_t value)
{
	if (state_paging(&cpu->state) && (cpu->state.cr4 & CR4_PAE) && !load_pdptes(cpu, value))
		return false;
	cpu->state.cr3 = value;
	tlb_flush(cpu, false);
	return true;
}
