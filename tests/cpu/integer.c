/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/integer.c - see integer.h.
 */
#include "tests/cpu/integer.h"

#include <stdlib.h>

enum { DIRECTORY = LAB_RAM - 0x1000, TABLE = LAB_RAM - 0x2000, ALL_RIGHTS = 7 };

static struct bus_page lab_page(void *owner, uint64_t frame)
{
	struct lab *lab = owner;

	if (frame >= LAB_RAM >> PAGE_SHIFT)
		return (struct bus_page){0};
	return (struct bus_page){.host = lab->ram + (frame << PAGE_SHIFT), .writable = true};
}

static uint32_t lab_mmio_read(void *owner, uint64_t address, unsigned size)
{
	(void)owner;
	(void)address;
	(void)size;
	return UINT32_MAX;
}

static void lab_mmio_write(void *owner, uint64_t address, unsigned size, uint32_t value)
{
	(void)owner;
	(void)address;
	(void)size;
	(void)value;
}

static uint32_t lab_port_read(void *owner, uint16_t port, unsigned size)
{
	(void)owner;
	(void)size;
	return port * 0x10001u;
}

static void lab_port_write(void *owner, uint16_t port, unsigned size, uint32_t value)
{
	(void)owner;
	(void)port;
	(void)size;
	(void)value;
}

static void flat_segments(struct cpu_state *state, bool big)
{
	for (unsigned reg = ES; reg <= GS; reg++)
		state->segment[reg] = (struct segment){
			.limit = UINT32_MAX,
			.selector = reg == CS ? 8 : 16,
			.access = ACCESS_S | ACCESS_PRESENT | ACCESS_WRITABLE | ACCESS_ACCESSED |
		                  ACCESS_GRANULARITY | (big ? ACCESS_BIG : 0) | (reg == CS ? ACCESS_CODE : 0),
		};
}

struct lab *lab_new(bool big, bool exact)
{
	struct lab *lab = calloc(1, sizeof *lab);
	struct cpu_features features;
	struct cpu_state *state;

	cpu_features_default(&features);
	cost_profile_default(&lab->costs);
	lab->ram = calloc(1, LAB_RAM);
	lab->bus = (struct bus){
		.owner = lab,
		.page = lab_page,
		.mmio_read = lab_mmio_read,
		.mmio_write = lab_mmio_write,
		.port_read = lab_port_read,
		.port_write = lab_port_write,
	};
	lab->cpu = cpu_new(&(struct cpu_options){
		.bus = &lab->bus,
		.costs = &lab->costs,
		.features = &features,
		.clock = &lab->clock,
		.exact = exact,
	});
	state = cpu_state(lab->cpu);
	memset(state->gpr, 0, sizeof state->gpr);
	state->gpr[ESP] = LAB_STACK;
	state->cr0 |= CR0_PE;
	flat_segments(state, big);
	cpu_state_changed(lab->cpu);
	lab->cpu->deadline = UINT64_MAX;
	return lab;
}

void lab_free(struct lab *lab)
{
	cpu_free(lab->cpu);
	free(lab->ram);
	free(lab);
}

bool lab_perform(struct lab *lab, const uint8_t *bytes, size_t size)
{
	struct cpu *cpu = lab->cpu;
	struct insn insn;

	cpu->event.type = EVENT_NONE;
	if (insn_decode(&insn, bytes, size, cpu->code_big) != (int)size)
		return raise_ud(cpu);
	cpu->state.eip = LAB_CODE;
	cpu->next_eip = LAB_CODE + (uint32_t)size;
	return insn.row->perform(cpu, &insn);
}

void lab_flags(struct lab *lab, uint32_t status)
{
	write_eflags(lab->cpu, (lab->cpu->state.eflags & ~(uint32_t)EFLAGS_STATUS) | status);
}

uint32_t lab_read(const struct lab *lab, uint32_t address, unsigned size)
{
	return host_load(lab->ram + address, size);
}

void lab_write(struct lab *lab, uint32_t address, unsigned size, uint32_t value)
{
	host_store(lab->ram + address, size, value);
}

void lab_paging(struct lab *lab)
{
	struct cpu_state *state = cpu_state(lab->cpu);

	lab_write(lab, DIRECTORY, 4, TABLE | ALL_RIGHTS);
	for (uint32_t i = 0; i < 1024; i++)
		lab_write(lab, TABLE + 4 * i, 4, i << PAGE_SHIFT | ALL_RIGHTS);
	state->cr3 = DIRECTORY;
	state->cr0 |= CR0_PG | CR0_WP;
	cpu_state_changed(lab->cpu);
	cpu_tlb_flush(lab->cpu);
	lab->cpu->deadline = UINT64_MAX;
}

void lab_page_rights(struct lab *lab, uint32_t linear, uint32_t rights)
{
	lab_write(lab, TABLE + 4 * (linear >> PAGE_SHIFT), 4, (linear & ~(uint32_t)PAGE_MASK) | rights);
	cpu_tlb_flush_page(lab->cpu, linear);
}
