/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_machine.c - see classify_machine.h: descriptor tables and registers for each of the seven runs.
 * Intel SDM volume 3, chapters 3, 5 and 6.
 */
#include "trap/classify_machine.h"

#include "cpu/descriptor.h"

#include <stdlib.h>
#include <string.h>

enum {
	RAM_SIZE = 1 << 16,
	RAM_PAGES = RAM_SIZE >> PAGE_SHIFT,
	GUEST_IDT_AT = 0,
	GUEST_GDT_AT = 0x4000,
	GUEST_LDT_AT = 0x4200,
	GUEST_TSS_AT = 0x4400,
	GUEST_FREE_TSS_AT = 0x4500,
	GUEST_HANDLERS = 0x5000,
	GUEST_SYSENTER = 0x6200,
	GUEST_STACK0 = 0x7800,
	VMM_GDT_AT = 0x8000,
	VMM_TSS_AT = 0x8400,
	VMM_IDT_AT = 0x8800,
	VMM_HANDLERS = 0x9000,
	VMM_SYSENTER = 0x9900,
	VMM_STACK0 = 0xa800,
	PAGE_DIRECTORY = 0xb000,
	PAGE_TABLE = 0xc000,
	IDT_LIMIT = 0x7ff,
	TSS_LIMIT = 0x67,
	LDT_LIMIT = 0x1f,
	CLOCK = 1000,
};

struct machine {
	struct cpu *cpu[2]; /* the guest's own, the VMM's */
	struct bus bus;
	struct cost_profile costs;
	uint64_t clock;
	uint8_t ram[RAM_SIZE];
	uint8_t image[RUN_COUNT][RAM_SIZE]; /* what stands in memory before */
	struct cpu_state state[RUN_COUNT];
	uint32_t dirty; /* pages of `ram` that are not those of the image */
	struct aftermath *aftermath; /* of the run that runs */
};

static bool is_moved(enum classify_run run)
{
	return run >= RUN_MOVED;
}

/* ---- the bus ---- */

static struct bus_page page(void *owner, uint64_t frame)
{
	struct machine *machine = owner;

	if (frame >= RAM_PAGES)
		return (struct bus_page){0};
	return (struct bus_page){.host = machine->ram + (frame << PAGE_SHIFT), .writable = true, .watched = true};
}

static void written(void *owner, uint64_t address, uint32_t size)
{
	struct machine *machine = owner;

	(void)size;
	machine->dirty |= 1u << (address >> PAGE_SHIFT);
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
	machine->aftermath->ports++;
	return 0;
}

static void port_write(void *owner, uint16_t port, unsigned size, uint32_t value)
{
	struct machine *machine = owner;

	(void)port, (void)size, (void)value;
	machine->aftermath->ports++;
}

static uint8_t acknowledge(void *owner)
{
	(void)owner;
	return 0;
}

/* The first exception is what the instruction did; INT n is none. */
static void delivered(void *owner, const struct cpu_event *event)
{
	struct machine *machine = owner;

	if (event->type != EVENT_EXCEPTION || machine->aftermath->trapped)
		return;
	machine->aftermath->trapped = true;
	machine->aftermath->event = *event;
}

/* ---- memory before the instruction ---- */

static void put(uint8_t *image, uint32_t at, uint32_t value)
{
	memcpy(image + at, &value, sizeof value);
}

static struct descriptor make_descriptor(uint32_t base, uint32_t limit, unsigned access, unsigned dpl)
{
	return (struct descriptor){
		.low = (limit & 0xffff) | base << 16,
		.high = (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | access << 8 |
		        dpl << DESCRIPTOR_DPL_SHIFT,
	};
}

static void put_descriptor(uint8_t *table, uint16_t selector, struct descriptor descriptor)
{
	put(table, selector, descriptor.low);
	put(table, selector + 4u, descriptor.high);
}

static void put_gate(uint8_t *image, uint32_t at, uint16_t selector, uint32_t offset, uint32_t access)
{
	put(image, at, (uint32_t)selector << 16 | (offset & 0xffff));
	put(image, at + 4, (offset & 0xffff0000) | access << 8);
}

/* Access rights without DPL: G, D and the type, present and accessed. */
enum { CODE_RIGHTS = 0xc09b, DATA_RIGHTS = 0xc093, CONFORMING_RIGHTS = 0xc09f };

/*
 * Code and data of the guest. What it runs in has the DPL of the ring, in every run. Its other segments of
 * ring 0 keep theirs, until a VMM shadows the table: it compresses ring 0 into the ring it leaves to the guest, and
 * cuts its own part off the limits.
 */
static void put_segments(uint8_t *gdt, unsigned ring, bool moved)
{
	uint32_t limit = moved ? 0xffbff : 0xfffff;
	unsigned dpl0 = moved ? ring : 0, dpl1 = moved && ring > 1 ? ring : 1;

	put_descriptor(gdt, OWN_CODE, make_descriptor(0, limit, CODE_RIGHTS, ring));
	put_descriptor(gdt, OWN_DATA, make_descriptor(0, limit, DATA_RIGHTS, ring));
	put_descriptor(gdt, RING0_CODE, make_descriptor(0, limit, CODE_RIGHTS, dpl0));
	put_descriptor(gdt, RING0_DATA, make_descriptor(0, limit, DATA_RIGHTS, dpl0));
	put_descriptor(gdt, RING3_CODE, make_descriptor(0, limit, CODE_RIGHTS, 3));
	put_descriptor(gdt, RING3_DATA, make_descriptor(0, limit, DATA_RIGHTS, 3));
	put_descriptor(gdt, CONFORMING_CODE, make_descriptor(0, limit, CONFORMING_RIGHTS, dpl0));
	put_descriptor(gdt, RING1_CODE, make_descriptor(0, limit, CODE_RIGHTS, dpl1));
	put_descriptor(gdt, RING1_DATA, make_descriptor(0, limit, DATA_RIGHTS, dpl1));
}

static void put_guest_tables(uint8_t *image)
{
	uint8_t *gdt = image + GUEST_GDT_AT;

	put_descriptor(gdt, GUEST_TSS, make_descriptor(GUEST_TSS_AT, TSS_LIMIT, 0x8b, 0));
	put_descriptor(gdt, FREE_TSS, make_descriptor(GUEST_FREE_TSS_AT, TSS_LIMIT, 0x89, 0));
	put_descriptor(gdt, GUEST_LDT, make_descriptor(GUEST_LDT_AT, LDT_LIMIT, 0x82, 0));
	put_gate(gdt, GATE3, RING0_CODE, AT_TARGET + 0x100, 0xec);
	put_gate(gdt, GATE0, RING0_CODE, AT_TARGET + 0x100, 0x8c);
	put(image, GUEST_TSS_AT + 4, GUEST_STACK0);
	put(image, GUEST_TSS_AT + 8, RING0_DATA);
	put(image, GUEST_TSS_AT + 0x64, 0xffff0000); /* I/O bitmap beyond the limit: closed */
}

/* System descriptors of the guest are not in the VMM's table: nothing is there. */
static void put_vmm_tables(uint8_t *image, unsigned ring)
{
	uint8_t *gdt = image + VMM_GDT_AT;

	put_descriptor(gdt, VMM_CODE_SELECTOR, make_descriptor(0, 0xfffff, CODE_RIGHTS, 0));
	put_descriptor(gdt, VMM_DATA_SELECTOR, make_descriptor(0, 0xfffff, DATA_RIGHTS, 0));
	put_descriptor(gdt, VMM_GUEST_DATA_SELECTOR, make_descriptor(0, 0xffbff, DATA_RIGHTS, ring));
	put_descriptor(gdt, VMM_TSS_SELECTOR, make_descriptor(VMM_TSS_AT, TSS_LIMIT, 0x8b, 0));
	put(image, VMM_TSS_AT + 4, VMM_STACK0);
	put(image, VMM_TSS_AT + 8, VMM_DATA_SELECTOR);
	put(image, VMM_TSS_AT + 0x64, 0xffff0000);
	put(image, PAGE_DIRECTORY, PAGE_TABLE | 0x67);
	for (uint32_t frame = 0; frame < RAM_PAGES; frame++)
		put(image, PAGE_TABLE + 4 * frame, frame << PAGE_SHIFT | 0x67);
}

/* Trap gates. Programs may use those of INT3, INTO and INT 80h. */
static void put_idt(uint8_t *image, uint32_t at, uint16_t selector, uint32_t handlers)
{
	for (uint32_t vector = 0; vector < 256; vector++)
		put_gate(image, at + 8 * vector, selector, handlers + 8 * vector,
		         vector == 3 || vector == 4 || vector == 0x80 ? 0xef : 0x8f);
}

static void make_image(uint8_t *image, enum classify_run run)
{
	unsigned ring = classify_ring(run);

	put_segments(image + GUEST_GDT_AT, ring, false);
	put_segments(image + VMM_GDT_AT, ring, is_moved(run));
	put_guest_tables(image);
	put_vmm_tables(image, ring);
	put_idt(image, GUEST_IDT_AT, OWN_CODE, GUEST_HANDLERS);
	put_idt(image, VMM_IDT_AT, VMM_CODE_SELECTOR, VMM_HANDLERS);
}

/* ---- registers before the instruction ---- */

static struct segment load(const uint8_t *table, uint16_t selector)
{
	struct descriptor descriptor;

	memcpy(&descriptor, table + (selector & 0xfff8), sizeof descriptor);
	return descriptor_segment(selector, descriptor);
}

/* Segment registers are IA-32's relocation registers: a VMM may hold others in them, with what its guest addresses
 * in the same place. */
static void set_segments(struct cpu_state *state, const uint8_t *gdt, unsigned ring, bool moved)
{
	for (unsigned reg = ES; reg <= GS; reg++)
		state->segment[reg] = load(gdt, moved ? (uint16_t)(VMM_GUEST_DATA_SELECTOR | ring) : OWN_DATA);
	state->segment[CS] = load(gdt, (uint16_t)(OWN_CODE | ring));
	state->segment[SS] = load(gdt, (uint16_t)(OWN_DATA | ring));
	state->cpl = (uint8_t)ring;
}

static void set_guest_registers(struct cpu_state *state, const uint8_t *image)
{
	state->gdtr = (struct table_register){GUEST_GDT_AT, GUEST_GDT_END - 1};
	state->idtr = (struct table_register){GUEST_IDT_AT, IDT_LIMIT};
	state->segment[LDTR] = load(image + GUEST_GDT_AT, GUEST_LDT);
	state->segment[TR] = load(image + GUEST_GDT_AT, GUEST_TSS);
	state->cr0 = CR0_PE | CR0_ET;
	state->sysenter_cs = RING0_CODE;
	state->sysenter_esp = GUEST_STACK0;
	state->sysenter_eip = GUEST_SYSENTER;
	state->tsc_offset = 0x100000;
}

static void set_vmm_registers(struct cpu_state *state, const uint8_t *image)
{
	state->gdtr = (struct table_register){VMM_GDT_AT, VMM_GDT_END - 1};
	state->idtr = (struct table_register){VMM_IDT_AT, IDT_LIMIT};
	state->segment[LDTR] = (struct segment){0};
	state->segment[TR] = load(image + VMM_GDT_AT, VMM_TSS_SELECTOR);
	state->cr0 = CR0_PE | CR0_MP | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
	state->cr3 = PAGE_DIRECTORY;
	state->cr4 = CR4_PSE;
	state->sysenter_cs = VMM_CODE_SELECTOR;
	state->sysenter_esp = VMM_STACK0;
	state->sysenter_eip = VMM_SYSENTER;
	state->tsc_offset = 0x98765432;
	state->eflags |= EFLAGS_IF;
}

static void make_state(struct cpu_state *state, const uint8_t *image, enum classify_run run, bool umip)
{
	cpu_state_reset(state);
	state->eflags = EFLAGS_FIXED;
	set_segments(state, image + (is_moved(run) ? VMM_GDT_AT : GUEST_GDT_AT), classify_ring(run),
	             is_moved(run));
	if (is_moved(run))
		set_vmm_registers(state, image);
	else
		set_guest_registers(state, image);
	state->cr4 |= umip ? CR4_UMIP : 0;
	state->eip = AT_CODE;
	memset(state->gpr, 0, sizeof state->gpr);
	state->gpr[EBX] = AT_DATA;
	state->gpr[ESI] = AT_DATA + 0x40;
	state->gpr[EDI] = AT_DATA + 0x80;
	state->gpr[ESP] = AT_STACK;
	state->gpr[EBP] = AT_STACK + 0x40;
}

/* ---- making and freeing ---- */

static bool make_processors(struct machine *machine, bool umip)
{
	struct cpu_features features;
	struct cpu_options options = {
		.bus = &machine->bus, .costs = &machine->costs, .features = &features, .clock = &machine->clock,
	};
	struct cpu_hooks hooks = {.owner = machine, .delivered = delivered};

	for (unsigned i = 0; i < 2; i++) {
		cpu_features_default(&features);
		features.umip = umip;
		if (i == 1) {
			features.cpuid_version = 0x000006f6;
			strcpy(features.brand, "what the VMM runs on");
		}
		machine->cpu[i] = cpu_new(&options);
		if (!machine->cpu[i])
			return false;
		cpu_set_hooks(machine->cpu[i], &hooks);
	}
	return true;
}

struct machine *machine_new(bool umip)
{
	struct machine *machine = calloc(1, sizeof *machine);

	if (!machine)
		return NULL;
	cost_profile_default(&machine->costs);
	machine->bus = (struct bus){
		.owner = machine,
		.page = page,
		.mmio_read = mmio_read,
		.mmio_write = mmio_write,
		.written = written,
		.code_cached = code_cached,
		.port_read = port_read,
		.port_write = port_write,
		.acknowledge = acknowledge,
	};
	if (!make_processors(machine, umip)) {
		machine_free(machine);
		return NULL;
	}
	for (unsigned run = 0; run < RUN_COUNT; run++) {
		make_image(machine->image[run], (enum classify_run)run);
		make_state(&machine->state[run], machine->image[run], (enum classify_run)run, umip);
	}
	machine->dirty = UINT32_MAX;
	return machine;
}

void machine_free(struct machine *machine)
{
	if (!machine)
		return;
	cpu_free(machine->cpu[0]);
	cpu_free(machine->cpu[1]);
	free(machine);
}

/* ---- one run ---- */

/* Memory as the image has it: what was stored into, and the tables, which differ from run to run. */
static void restore(struct machine *machine, enum classify_run run)
{
	uint32_t stale = machine->dirty | 1u << (GUEST_GDT_AT >> PAGE_SHIFT) | 1u << (VMM_GDT_AT >> PAGE_SHIFT) |
	                 1u << (AT_DATA >> PAGE_SHIFT) | 1u << (AT_STACK >> PAGE_SHIFT);

	for (unsigned i = 0; i < RAM_PAGES; i++)
		if (stale >> i & 1)
			memcpy(machine->ram + (i << PAGE_SHIFT), machine->image[run] + (i << PAGE_SHIFT), PAGE_SIZE);
	machine->dirty = 0;
}

static void put_operands(struct machine *machine, const struct operands *operands)
{
	memcpy(machine->ram + AT_DATA, operands->memory, sizeof operands->memory);
	memcpy(machine->ram + AT_STACK, operands->stack, sizeof operands->stack);
}

/* HLT behind it ends the block. */
static void put_code(struct machine *machine, const uint8_t *bytes, unsigned length)
{
	memcpy(machine->ram + AT_CODE, bytes, length);
	memset(machine->ram + AT_CODE + length, 0xf4, INSN_MAX_LENGTH);
	for (unsigned i = 0; i < 2; i++)
		cpu_code_written(machine->cpu[i], AT_CODE, length + INSN_MAX_LENGTH);
}

struct segment machine_descriptor(const struct machine *machine, enum classify_run run, uint16_t selector)
{
	const struct table_register *table = &machine->state[run].gdtr;

	if (!(selector & 0xfffc) || selector & 4 || (selector | 7u) > table->limit)
		return (struct segment){.selector = selector};
	return load(machine->image[run] + table->base, selector);
}

static bool remapped(const struct cpu_state *before, const struct cpu_state *after)
{
	return before->cr0 != after->cr0 || before->cr3 != after->cr3 || before->cr4 != after->cr4;
}

void machine_execute(struct machine *machine, enum classify_run run, const uint8_t *bytes, unsigned length,
                     const struct operands *operands, bool guest_if, struct aftermath *aftermath)
{
	struct cpu *cpu = machine->cpu[is_moved(run)];
	struct cpu_state *state = cpu_state(cpu);

	restore(machine, run);
	put_operands(machine, operands);
	put_code(machine, bytes, length);
	*state = machine->state[run];
	state->gpr[EAX] = operands->eax;
	state->gpr[ECX] = operands->ecx;
	state->gpr[EDX] = operands->edx;
	state->eflags |= operands->status | (guest_if ? EFLAGS_IF : 0) | (uint32_t)operands->iopl << 12;
	state->cr0 |= guest_if ? CR0_TS : 0;
	float_state_reset(cpu_floats(cpu));
	cpu_state_changed(cpu);
	float_state_reset(cpu_floats(cpu));
	machine->clock = CLOCK;
	machine->aftermath = aftermath;
	aftermath->trapped = false;
	aftermath->ports = 0;
	aftermath->before = *state;
	if (cpu_step(cpu) == CPU_STOP_SHUTDOWN && !aftermath->trapped) {
		aftermath->trapped = true;
		aftermath->event = (struct cpu_event){.type = EVENT_EXCEPTION, .vector = VECTOR_DF, .has_error = true};
	}
	aftermath->after = *state;
	memcpy(aftermath->data, machine->ram + AT_DATA_PAGE, PAGE_SIZE);
	memcpy(aftermath->stack, machine->ram + AT_STACK_PAGE, PAGE_SIZE);
	if (remapped(&aftermath->before, &aftermath->after))
		cpu_tlb_flush(cpu);
	machine->aftermath = NULL;
}
