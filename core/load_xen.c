/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load_xen.c - builds a Xen domain from a kernel's ELF file and its Xen notes (core/xen.h): what lies where at the
 * start of day, and the first page tables, which hold machine addresses.
 *
 *   VIRT_BASE  frame 0 ...  kernel | module | mfn_list | start_info | page tables | boot stack | 512 KiB, to 4 MiB
 *
 * shared_info is the guest's last frame, mapped by nobody yet and not counted in nr_pages.
 */
#include "core/load.h"

#include "core/elf32.h"
#include "core/hypercall_page.h"
#include "core/refuse.h"
#include "core/xen.h"
#include "core/xen_notes.h"
#include "cpu/bus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEGMENTS_MAX = 64, SLACK = 512 << 10, ROUND = 4 << 20 };

struct domain_builder {
	const struct config *config;
	struct memory *memory;
	const uint8_t *image;
	size_t size;
	char *error;
	size_t error_size;
	struct xen_notes notes;
	struct elf32_header elf;
	uint64_t next;       /* first free pseudo-physical address */
	uint64_t end;        /* of what is mapped */
	uint32_t pages;      /* of the domain, without shared_info */
	uint64_t tables;     /* where the page tables begin: the top-level one */
	uint64_t table_next; /* the next one that is free */
	uint64_t tables_end;
	uint64_t stack;
	struct start_info start;
};

static bool refuse_kernel(const struct domain_builder *builder, const char *cause, const char *remedy)
{
	return refuse(builder->error, builder->error_size, "the kernel '%s' %s; %s", builder->config->kernel, cause, remedy);
}

/* ---- the kernel ---- */

static bool check_kernel(struct domain_builder *builder)
{
	if (!xen_notes_find(builder->image, builder->size, &builder->notes))
		return refuse_kernel(builder, "has no Xen notes (.note.Xen)", "take a kernel built for Xen, or --paging shadow");
	if (!elf_take(builder->image, builder->size, 0, &builder->elf, sizeof builder->elf) ||
	    builder->elf.machine != ELF_386 || builder->elf.type != ELF_EXECUTABLE ||
	    builder->elf.phentsize != sizeof(struct elf32_segment) || builder->elf.phnum > SEGMENTS_MAX)
		return refuse_kernel(builder, "is no executable for i386", "build it with -m32, and link it");
	if (!builder->notes.has_base || builder->notes.virt_base & PAGE_MASK)
		return refuse_kernel(builder, "says no VIRT_BASE in its Xen notes", "add the note");
	if (builder->notes.xen_version[0] && strncmp(builder->notes.xen_version, "xen-3.0", 7) != 0)
		return refuse_kernel(builder, "wants another version of Xen's interface", "xen-3.0 is offered");
	if (!builder->notes.has_entry)
		builder->notes.entry = builder->elf.entry;
	return true;
}

static bool no_room(const struct domain_builder *builder, const char *what)
{
	return refuse(builder->error, builder->error_size, "no room for %s of '%s' in %" PRIu64 "K of guest memory; raise memory",
	              what, builder->config->kernel, memory_guest_size(builder->memory) / 1024);
}

/* All that the domain has; the last frame is shared_info's. */
static bool has_room(const struct domain_builder *builder, uint64_t at, uint64_t size)
{
	uint64_t all = (uint64_t)builder->pages << PAGE_SHIFT;

	return at <= all && size <= all - at;
}

static bool load_segment(struct domain_builder *builder, const struct elf32_segment *segment)
{
	uint64_t at = (uint64_t)segment->paddr - builder->notes.paddr_offset;

	if (segment->paddr < builder->notes.paddr_offset || segment->filesz > segment->memsz ||
	    !elf_inside(builder->size, segment->offset, segment->filesz))
		return refuse_kernel(builder, "has a segment that is cut short or lies before PADDR_OFFSET", "is the file whole?");
	if (!has_room(builder, at, segment->memsz))
		return no_room(builder, "a segment");
	memory_write(builder->memory, at, builder->image + segment->offset, segment->filesz);
	if (at + segment->memsz > builder->next)
		builder->next = at + segment->memsz;
	return true;
}

static bool load_kernel(struct domain_builder *builder)
{
	struct elf32_segment segment;

	for (unsigned i = 0; i < builder->elf.phnum; i++) {
		if (!elf_take(builder->image, builder->size, builder->elf.phoff + (uint64_t)i * sizeof segment, &segment,
		              sizeof segment))
			return refuse_kernel(builder, "is cut short in its program headers", "fetch it again");
		if (segment.type == ELF_LOAD && segment.memsz && !load_segment(builder, &segment))
			return false;
	}
	return builder->next || refuse_kernel(builder, "has nothing to load", "link it");
}

/* ---- what lies behind it ---- */

static void align(struct domain_builder *builder)
{
	builder->next = (builder->next + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
}

static uint32_t linear(const struct domain_builder *builder, uint64_t at)
{
	return builder->notes.virt_base + (uint32_t)at;
}

/* Xen hands one module on. Its command line stays behind. */
static bool load_module(struct domain_builder *builder)
{
	char path[CONFIG_TEXT];
	size_t size;
	uint8_t *bytes;

	if (!builder->config->modules)
		return true;
	snprintf(path, sizeof path, "%s", builder->config->module[0]);
	path[strcspn(path, " ")] = '\0';
	bytes = load_file(builder->config->files, "module", path, memory_guest_size(builder->memory), &size, builder->error,
	                  builder->error_size);
	if (!bytes)
		return false;
	if (!has_room(builder, builder->next, size)) {
		free(bytes);
		return no_room(builder, "the module");
	}
	memory_write(builder->memory, builder->next, bytes, size);
	free(bytes);
	builder->start.mod_start = linear(builder, builder->next);
	builder->start.mod_len = (uint32_t)size;
	builder->next += size;
	align(builder);
	return true;
}

static uint64_t mfn_of(const struct domain_builder *builder, uint64_t at)
{
	uint64_t mfn = 0;

	memory_gfn_to_mfn(builder->memory, at >> PAGE_SHIFT, &mfn);
	return mfn;
}

static bool put_list(struct domain_builder *builder)
{
	if (!has_room(builder, builder->next, (uint64_t)builder->pages * 4))
		return no_room(builder, "mfn_list");
	builder->start.mfn_list = linear(builder, builder->next);
	for (uint32_t pfn = 0; pfn < builder->pages; pfn++) {
		uint32_t mfn = (uint32_t)mfn_of(builder, (uint64_t)pfn << PAGE_SHIFT);

		memory_write(builder->memory, builder->next + UINT64_C(4) * pfn, &mfn, sizeof mfn);
	}
	builder->next += (uint64_t)builder->pages * 4;
	align(builder);
	return true;
}

/* ---- page tables ---- */

static unsigned entry_size(const struct domain_builder *builder)
{
	return builder->notes.pae ? 8 : 4;
}

/* Bytes that one table of the last level maps. */
static uint64_t table_reach(const struct domain_builder *builder)
{
	return (uint64_t)PAGE_SIZE / entry_size(builder) * PAGE_SIZE;
}

/* Tables of all levels for a mapping from VIRT_BASE to `end`; with PAE the last GiB's directory must be there too. */
static uint64_t tables_needed(const struct domain_builder *builder, uint64_t end)
{
	uint64_t first = builder->notes.virt_base, last = first + end - 1, reach = table_reach(builder);
	uint64_t lowest = last / reach - first / reach + 1;

	if (!builder->notes.pae)
		return 1 + lowest;
	return 1 + lowest + (last >> 30) - (first >> 30) + 1 + (last >> 30 != 3);
}

/* The end depends on the tables, and they on the end: grows until both fit. */
static bool plan(struct domain_builder *builder)
{
	uint64_t all = (uint64_t)builder->pages << PAGE_SHIFT, tables = 0, start_info = builder->next;

	for (uint64_t needed = 1; needed != tables;) {
		uint64_t used = start_info + PAGE_SIZE + needed * PAGE_SIZE + PAGE_SIZE + SLACK;

		tables = needed;
		builder->end = ((linear(builder, 0) + used + ROUND - 1) & ~(uint64_t)(ROUND - 1)) - linear(builder, 0);
		if (builder->end > all)
			builder->end = all;
		needed = tables_needed(builder, builder->end);
	}
	builder->tables = builder->table_next = start_info + PAGE_SIZE;
	builder->tables_end = builder->tables + tables * PAGE_SIZE;
	builder->stack = builder->tables_end;
	if (builder->stack + PAGE_SIZE > builder->end)
		return no_room(builder, "page tables and stack");
	if (linear(builder, 0) + builder->end > (builder->notes.pae ? HYPERVISOR_VIRT_START_PAE : HYPERVISOR_VIRT_START_NONPAE))
		return refuse_kernel(builder, "would reach into the hypervisor's addresses", "lower its VIRT_BASE, or memory");
	return true;
}

enum { TABLE_RIGHTS = 0x67, PAGE_RIGHTS = 0x63, READ_ONLY = 0x2, POINTER_RIGHTS = 0x1, ACCESSED_DIRTY = 0x60 };

/* The table behind entry `index` of `table`; a new one if there is none. */
static uint64_t table_below(struct domain_builder *builder, uint64_t table, uint64_t index, uint64_t rights)
{
	uint64_t at = table + index * entry_size(builder), entry = 0, gfn;

	memory_read(builder->memory, at, &entry, entry_size(builder));
	if (entry & 1 && memory_mfn_to_gfn(builder->memory, entry >> PAGE_SHIFT, &gfn))
		return gfn << PAGE_SHIFT;
	entry = mfn_of(builder, builder->table_next) << PAGE_SHIFT | rights;
	memory_write(builder->memory, at, &entry, entry_size(builder));
	builder->table_next += PAGE_SIZE;
	return builder->table_next - PAGE_SIZE;
}

static bool is_table(const struct domain_builder *builder, uint64_t at)
{
	return at >= builder->tables && at < builder->tables_end;
}

static void map_page(struct domain_builder *builder, uint64_t at)
{
	uint32_t address = linear(builder, at);
	unsigned size = entry_size(builder), in_table = PAGE_SIZE / size;
	uint64_t table = builder->tables, entry;

	if (builder->notes.pae)
		table = table_below(builder, table, address >> 30, POINTER_RIGHTS);
	table = table_below(builder, table, builder->notes.pae ? address >> 21 & 511 : address >> 22, TABLE_RIGHTS);
	entry = mfn_of(builder, at) << PAGE_SHIFT | PAGE_RIGHTS;
	if (is_table(builder, at))
		entry &= ~(uint64_t)READ_ONLY;
	memory_write(builder->memory, table + (address >> PAGE_SHIFT & (in_table - 1)) * size, &entry, size);
}

static void make_tables(struct domain_builder *builder)
{
	static const uint8_t zeros[PAGE_SIZE];

	for (uint64_t at = builder->tables; at < builder->tables_end; at += PAGE_SIZE)
		memory_write(builder->memory, at, zeros, sizeof zeros);
	builder->table_next = builder->tables + PAGE_SIZE;
	for (uint64_t at = 0; at < builder->end; at += PAGE_SIZE)
		map_page(builder, at);
	if (builder->notes.pae)
		table_below(builder, builder->tables, 3, POINTER_RIGHTS);
}

/* ---- start of day ---- */

static void put_start_info(struct domain_builder *builder)
{
	struct start_info *start = &builder->start;

	snprintf(start->magic, sizeof start->magic, "xen-3.0-x86_32%s", builder->notes.pae ? "p" : "");
	start->nr_pages = builder->pages;
	start->shared_info = (uint32_t)(mfn_of(builder, (uint64_t)builder->pages << PAGE_SHIFT) << PAGE_SHIFT);
	start->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	start->pt_base = linear(builder, builder->tables);
	start->nr_pt_frames = (uint32_t)((builder->tables_end - builder->tables) >> PAGE_SHIFT);
	snprintf(start->cmd_line, sizeof start->cmd_line, "%.*s", MAX_GUEST_CMDLINE - 1, builder->config->cmdline);
	memory_write(builder->memory, builder->next, start, sizeof *start);
}

static bool fill_hypercall_page(const struct domain_builder *builder)
{
	uint64_t at = (uint64_t)builder->notes.hypercall_page - builder->notes.virt_base;
	uint8_t page[PAGE_SIZE];

	if (!builder->notes.has_page)
		return true;
	if (builder->notes.hypercall_page & PAGE_MASK || builder->notes.hypercall_page < builder->notes.virt_base ||
	    !has_room(builder, at, PAGE_SIZE))
		return refuse_kernel(builder, "has its hypercall page outside of itself", "check the note HYPERCALL_PAGE");
	hypercall_page_fill(page, true);
	memory_write(builder->memory, at, page, sizeof page);
	return true;
}

static void set_registers(const struct domain_builder *builder, struct cpu_state *state)
{
	static const uint16_t selectors[] = {
		[ES] = FLAT_RING1_DS, [CS] = FLAT_RING1_CS, [SS] = FLAT_RING1_SS, [DS] = FLAT_RING1_DS, [FS] = 0, [GS] = 0,
	};

	cpu_state_reset(state);
	for (enum segment_register reg = ES; reg <= GS; reg++)
		state->segment[reg] = (struct segment){.selector = selectors[reg]};
	state->eip = builder->notes.entry;
	state->gpr[ESI] = linear(builder, builder->next);
	state->gpr[ESP] = linear(builder, builder->stack + PAGE_SIZE);
	state->eflags = EFLAGS_FIXED | EFLAGS_IF;
	state->cr0 = CR0_PG | CR0_WP | CR0_PE | CR0_ET | CR0_NE;
	state->cr3 = (uint32_t)(mfn_of(builder, builder->tables) << PAGE_SHIFT);
	state->cr4 = builder->notes.pae ? CR4_PAE : 0;
	if (builder->notes.pae)
		memory_read(builder->memory, builder->tables, state->pae_pointer, sizeof state->pae_pointer);
	state->cpl = 1;
}

/* A domain has no firmware: what is ROM on a PC is memory like any other. */
static void take_rom_away(struct memory *memory)
{
	uint64_t mfn;

	for (uint64_t gfn = 0xc0; gfn < 0x100; gfn++)
		if (memory_gfn_to_mfn(memory, gfn, &mfn))
			memory_set_flags(memory, mfn, 0, FRAME_ROM);
}

bool load_xen(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
              struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size)
{
	struct domain_builder builder = {
		.config = config,
		.memory = memory,
		.image = image,
		.size = size,
		.error = error,
		.error_size = error_size,
		.pages = (uint32_t)(memory_guest_size(memory) >> PAGE_SHIFT) - 1,
	};

	if (!check_kernel(&builder) || !load_kernel(&builder))
		return false;
	take_rom_away(memory);
	align(&builder);
	if (!load_module(&builder) || !put_list(&builder) || !plan(&builder))
		return false;
	make_tables(&builder);
	put_start_info(&builder);
	if (!fill_hypercall_page(&builder))
		return false;
	set_registers(&builder, state);
	*loaded = (struct loaded){.form = "xen", .entry = builder.notes.entry};
	return true;
}
