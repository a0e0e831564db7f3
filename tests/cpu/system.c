/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/system.c - see system.h.
 */
#include "tests/cpu/system.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

uint32_t machine_read(const struct machine *machine, uint32_t address, unsigned size)
{
	uint32_t value = 0;

	memcpy(&value, machine->ram + address, size);
	return value;
}

void machine_write(struct machine *machine, uint32_t address, unsigned size, uint32_t value)
{
	memcpy(machine->ram + address, &value, size);
	cpu_code_written(machine->cpu, address, size);
}

void machine_descriptor(struct machine *machine, uint32_t at, uint32_t base, uint32_t limit, uint32_t access)
{
	machine_write(machine, at, 4, (limit & 0xffff) | base << 16);
	machine_write(machine, at + 4, 4,
	              (base & 0xff000000) | (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000));
}

void machine_gate(struct machine *machine, uint32_t at, uint16_t selector, uint32_t offset, uint32_t type)
{
	machine_write(machine, at, 4, (offset & 0xffff) | (uint32_t)selector << 16);
	machine_write(machine, at + 4, 4, (offset & 0xffff0000) | type);
}

/* ---- the bus ---- */

static struct bus_page page(void *owner, uint64_t frame)
{
	struct machine *machine = owner;
	bool low = frame < RAM_SIZE >> PAGE_SHIFT;
	bool high = frame >= HIGH_AT >> PAGE_SHIFT && frame < (HIGH_AT + HIGH_SIZE) >> PAGE_SHIFT;

	if (!low && !high)
		return (struct bus_page){0};
	return (struct bus_page){.host = machine_host(machine, (uint32_t)frame << PAGE_SHIFT), .writable = true};
}

static uint32_t mmio_read(void *owner, uint64_t address, unsigned size)
{
	(void)owner, (void)address, (void)size;
	return UINT32_MAX;
}

static void mmio_write(void *owner, uint64_t address, unsigned size, uint32_t value)
{
	(void)owner, (void)address, (void)size, (void)value;
}

static void code_cached(void *owner, uint64_t frame, bool cached)
{
	(void)owner, (void)frame, (void)cached;
}

static uint32_t port_read(void *owner, uint16_t port, unsigned size)
{
	struct machine *machine = owner;

	(void)port, (void)size;
	machine->port_accesses++;
	return machine->port_value;
}

static void port_write(void *owner, uint16_t port, unsigned size, uint32_t value)
{
	struct machine *machine = owner;

	(void)port, (void)size;
	machine->port_accesses++;
	machine->port_value = value;
}

static uint8_t acknowledge(void *owner)
{
	struct machine *machine = owner;

	cpu_set_interrupt_line(machine->cpu, false);
	return machine->irq;
}

static void remember(void *owner, const struct cpu_event *event)
{
	struct machine *machine = owner;

	if (machine->events < 16)
		machine->event[machine->events++] = *event;
}

/* ---- descriptor tables ---- */

struct row {
	uint16_t selector;
	uint32_t base, limit, access;
};

static void fill_gdt(struct machine *machine)
{
	static const struct row rows[] = {
		{CODE0, 0, 0xfffff, 0xc09b}, {DATA0, 0, 0xfffff, 0xc093},
		{CODE1, 0, 0xfffff, 0xc0bb}, {DATA1, 0, 0xfffff, 0xc0b3},
		{CODE3, 0, 0xfffff, 0xc0fb}, {DATA3, 0, 0xfffff, 0xc0f3},
		{TSS_SELECTOR, TSS_AT, 0x7f, 0x89}, {TSS2_SELECTOR, TSS2_AT, 0x67, 0x89},
		{TSS16_SELECTOR, TSS16_AT, 0x2b, 0x81}, {LDT_SELECTOR, LDT_AT, 0x1f, 0x82},
		{CONFORMING, 0, 0xfffff, 0xc09f}, {ABSENT_DATA, 0, 0xfffff, 0xc073},
		{ABSENT_CODE, 0, 0xfffff, 0xc01b}, {READ_ONLY, 0, 0xfffff, 0xc0f1},
		{EXECUTE_ONLY, 0, 0xfffff, 0xc0f9}, {SMALL_CODE, 0, 0xffff, 0x40fb},
		{EXPAND_DOWN_DATA, 0, 0xffff, 0x40f7}, {CODE16, 0, 0xfffff, 0x809b},
		{DATA16, 0, 0xffff, 0x0093}, {CODE3_CONFORMING, 0, 0xfffff, 0xc0ff},
		{ABSENT_STACK, 0, 0xfffff, 0xc013},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		machine_descriptor(machine, GDT_AT + rows[i].selector, rows[i].base, rows[i].limit,
		                   rows[i].access);
	machine_gate(machine, GDT_AT + GATE_TO_0, CODE0, TASK_AT, 0xec00);
	machine_gate(machine, GDT_AT + GATE_DPL0, CODE0, TASK_AT, 0x8c00);
	machine_gate(machine, GDT_AT + GATE16, CODE0, TASK_AT, 0xe400);
	machine_gate(machine, GDT_AT + TASK_GATE, TSS2_SELECTOR, 0, 0xe500);
	machine_gate(machine, GDT_AT + ABSENT_GATE, CODE0, TASK_AT, 0x6c00);
	machine_descriptor(machine, LDT_AT + 8, 0, 0xfffff, 0xc0f3);
}


static void fill_idt(struct machine *machine)
{
	for (unsigned vector = 0; vector < 256; vector++)
		machine_gate(machine, IDT_AT + 8 * vector, CODE0, HANDLER_AT + 16 * vector,
		             vector == 3 || vector == 4 || vector >= 0x80 ? 0xee00 : 0x8e00);
}

static void fill_tss(struct machine *machine)
{
	machine_write(machine, TSS_AT + 4, 4, STACK0_AT);
	machine_write(machine, TSS_AT + 8, 4, DATA0);
	machine_write(machine, TSS_AT + 12, 4, STACK1_AT);
	machine_write(machine, TSS_AT + 16, 4, DATA1 | 1);
	machine_write(machine, TSS_AT + 0x66, 2, 0x68);
	for (unsigned i = 0x68; i < 0x80; i++)
		machine_write(machine, TSS_AT + i, 1, 0xff);
}

void machine_task(struct machine *machine, uint32_t tss, unsigned ring)
{
	static const uint16_t code[] = {CODE0, CODE1 | 1, 0, CODE3 | 3};
	static const uint16_t data[] = {DATA0, DATA1 | 1, 0, DATA3 | 3};
	unsigned size = tss == TSS16_AT ? 2 : 4;
	uint32_t mask = size == 2 ? 0xffff : UINT32_MAX;
	uint32_t at = tss + (size == 2 ? 0x0e : 0x20);

	machine_write(machine, at, size, TASK_AT & mask);
	machine_write(machine, at + size, size, 2);
	machine_write(machine, at + 2 * size + ESP * size, size, TASK_STACK_AT & mask);
	at += 10 * size;
	for (unsigned reg = ES; reg <= (size == 2 ? DS : GS); reg++)
		machine_write(machine, at + reg * size, size, reg == CS ? code[ring] : data[ring]);
	machine_write(machine, tss + (size == 2 ? 0x2a : 0x60), 2, 0);
}

/* ---- the machine ---- */

static struct segment flat(uint16_t selector, uint16_t access)
{
	return (struct segment){.limit = UINT32_MAX, .selector = selector, .access = access};
}

void machine_ring(struct machine *machine, unsigned ring)
{
	static const uint16_t code[] = {CODE0, CODE1, 0, CODE3}, data[] = {DATA0, DATA1, 0, DATA3};
	uint16_t dpl = (uint16_t)(ring << ACCESS_DPL_SHIFT);

	for (unsigned reg = ES; reg <= GS; reg++)
		machine->state->segment[reg] = flat((uint16_t)(data[ring] | ring), 0xc093 | dpl);
	machine->state->segment[CS] = flat((uint16_t)(code[ring] | ring), 0xc09b | dpl);
	machine->state->cpl = (uint8_t)ring;
	cpu_state_changed(machine->cpu);
}

static void real_segments(struct machine *machine, uint16_t access)
{
	for (unsigned reg = ES; reg <= GS; reg++)
		machine->state->segment[reg] = (struct segment){.limit = 0xffff, .access = access};
	machine->state->segment[CS].base = CODE_AT;
	machine->state->segment[CS].selector = CODE_AT >> 4;
	machine->state->segment[SS].base = STACK_AT - 0x8000;
	machine->state->segment[SS].selector = (STACK_AT - 0x8000) >> 4;
	machine->state->gpr[ESP] = 0x8000;
	machine->state->eip = 0;
	cpu_state_changed(machine->cpu);
}

void machine_real(struct machine *machine)
{
	machine->state->cr0 &= ~(uint32_t)CR0_PE;
	machine->state->cpl = 0;
	machine->state->idtr = (struct table_register){0, 0x3ff};
	for (unsigned vector = 0; vector < 256; vector++)
		machine_write(machine, 4 * vector, 4, (HANDLER_AT << 12 & 0xffff0000) | 16 * vector);
	real_segments(machine, 0x93);
}

void machine_v86(struct machine *machine)
{
	machine->state->eflags |= EFLAGS_VM;
	machine->state->cpl = 3;
	real_segments(machine, 0xf3);
}

void machine_page(struct machine *machine, uint32_t linear, uint32_t rights)
{
	machine_write(machine, TABLES_AT + 0x1000 + (linear >> 12) * 4, 4, (linear & ~0xfffu) | rights);
	cpu_tlb_flush(machine->cpu);
}

void machine_paging(struct machine *machine)
{
	machine_write(machine, TABLES_AT, 4, (TABLES_AT + 0x1000) | 7);
	for (uint32_t linear = 0; linear < RAM_SIZE; linear += PAGE_SIZE)
		machine_page(machine, linear, 7);
	machine->state->cr3 = TABLES_AT;
	machine->state->cr0 |= CR0_PG;
	cpu_state_changed(machine->cpu);
}

static void begin_state(struct machine *machine)
{
	struct cpu_state *state = machine->state;

	state->cr0 = CR0_PE | CR0_ET;
	state->gdtr = (struct table_register){GDT_AT, GDT_END - 1};
	state->idtr = (struct table_register){IDT_AT, 0x7ff};
	state->segment[TR] = (struct segment){TSS_AT, 0x7f, TSS_SELECTOR, 0x8b};
	state->segment[LDTR] = (struct segment){LDT_AT, 0x1f, LDT_SELECTOR, 0x82};
	state->eip = CODE_AT;
	memset(state->gpr, 0, sizeof state->gpr);
	state->gpr[ESP] = STACK_AT;
	machine_write(machine, GDT_AT + TSS_SELECTOR + 5, 1, 0x8b);
}

static struct machine *make_machine(bool exact, bool pdpte_registers)
{
	struct machine *machine = calloc(1, sizeof *machine);
	struct cpu_hooks hooks = {.owner = machine, .delivered = remember};
	struct cpu_features features;

	machine->ram = calloc(1, RAM_SIZE + HIGH_SIZE);
	cpu_features_default(&features);
	features.cpuid_edx |= 1u << 1; /* VME */
	features.cpuid_edx &= ~(1u << 7); /* MCE: something that is not announced */
	features.umip = true;
	features.nx = true;
	features.pdpte_registers_nested = pdpte_registers;
	cost_profile_default(&machine->costs);
	machine->bus = (struct bus){
		.owner = machine,
		.page = page,
		.mmio_read = mmio_read,
		.mmio_write = mmio_write,
		.code_cached = code_cached,
		.port_read = port_read,
		.port_write = port_write,
		.acknowledge = acknowledge,
	};
	machine->cpu = cpu_new(&(struct cpu_options){
		.bus = &machine->bus,
		.costs = &machine->costs,
		.features = &features,
		.clock = &machine->clock,
		.exact = exact,
	});
	machine->state = cpu_state(machine->cpu);
	memset(machine->ram + HANDLER_AT, 0xf4, 0x2000);
	memset(machine->ram + TASK_AT, 0x90, 16);
	fill_gdt(machine);
	fill_idt(machine);
	fill_tss(machine);
	begin_state(machine);
	machine_ring(machine, 0);
	cpu_set_hooks(machine->cpu, &hooks);
	return machine;
}

struct machine *machine_new_as(bool exact)
{
	return make_machine(exact, false);
}

struct machine *machine_new_with(bool pdpte_registers)
{
	return make_machine(false, pdpte_registers);
}

struct machine *machine_new(void)
{
	return machine_new_as(false);
}

void machine_free(struct machine *machine)
{
	cpu_free(machine->cpu);
	free(machine->ram);
	free(machine);
}

void machine_code(struct machine *machine, const void *bytes, size_t size)
{
	uint32_t at = machine->state->segment[CS].base + machine->state->eip;

	memcpy(machine->ram + at, bytes, size);
	cpu_code_written(machine->cpu, at, (uint32_t)size);
}

enum cpu_stop machine_step(struct machine *machine)
{
	return cpu_step(machine->cpu);
}
