/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/model_cpu.c - the address space of native/cases.h for our processor.
 */
#include "tests/oracle/model_cpu.h"

#include <stdlib.h>
#include <string.h>

/* Physical pages. The system's tables are at SYSTEM in linear memory, for the supervisor alone. */
enum page {
	PAGE_DIRECTORY,
	PAGE_TABLE_CODE,
	PAGE_TABLE_SCRATCH,
	PAGE_TABLE_SYSTEM,
	PAGE_GDT,
	PAGE_IDT,
	PAGE_TSS,
	PAGE_CODE,
	PAGE_SCRATCH = PAGE_CODE + CASE_CODE_SIZE / PAGE_SIZE,
	PAGE_COUNT = PAGE_SCRATCH + CASE_SCRATCH_SIZE / PAGE_SIZE,
};

static const uint32_t SYSTEM = 0xe0000000;

struct model {
	struct cpu *cpu;
	uint64_t clock;
	struct bus bus;
	struct cost_profile costs;
	uint32_t pristine[CASE_SCRATCH_SIZE / 4];
	struct case_input input;
	uint64_t clock_before, retired_before;
	enum cpu_stop stop; /* CPU_STOP_TIME: the case goes on */
	uint8_t memory[PAGE_COUNT][PAGE_SIZE];
};

/* ---- the bus ---- */

static struct bus_page bus_page(void *owner, uint64_t frame)
{
	struct model *model = owner;

	if (frame >= PAGE_COUNT)
		return (struct bus_page){ 0 };
	return (struct bus_page){ .host = model->memory[frame], .writable = true };
}

static uint32_t no_read(void *owner, uint64_t address, unsigned size)
{
	(void)owner, (void)address, (void)size;
	return 0xffffffff;
}

static void no_write(void *owner, uint64_t address, unsigned size, uint32_t value)
{
	(void)owner, (void)address, (void)size, (void)value;
}

static uint32_t no_port_read(void *owner, uint16_t port, unsigned size)
{
	(void)owner, (void)port, (void)size;
	return 0xffffffff;
}

static void no_port_write(void *owner, uint16_t port, unsigned size, uint32_t value)
{
	(void)owner, (void)port, (void)size, (void)value;
}

static void not_told(void *owner, uint64_t address, uint32_t size)
{
	(void)owner, (void)address, (void)size;
}

static void not_cached(void *owner, uint64_t frame, bool cached)
{
	(void)owner, (void)frame, (void)cached;
}

static uint8_t no_vector(void *owner)
{
	(void)owner;
	return 0;
}

/* ---- tables ---- */

enum { PTE_PRESENT = 1, PTE_WRITABLE = 2, PTE_USER = 4, PTE_SEEN = 0x60 };

static void put(struct model *model, enum page page, uint32_t index, uint32_t value)
{
	memcpy(&model->memory[page][index * 4], &value, 4);
}

static void map_page(struct model *model, uint32_t linear, enum page table, uint32_t page, uint32_t rights)
{
	rights |= PTE_PRESENT | PTE_SEEN;
	put(model, PAGE_DIRECTORY, linear >> 22,
	    table << PAGE_SHIFT | PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_SEEN);
	put(model, table, linear >> PAGE_SHIFT & 0x3ff, page << PAGE_SHIFT | rights);
}

static void make_pages(struct model *model)
{
	for (uint32_t i = 0; i < CASE_CODE_SIZE / PAGE_SIZE; i++)
		map_page(model, CASE_CODE + i * PAGE_SIZE, PAGE_TABLE_CODE, PAGE_CODE + i, PTE_USER);
	for (uint32_t i = 0; i < CASE_SCRATCH_SIZE / PAGE_SIZE; i++)
		map_page(model, CASE_SCRATCH + i * PAGE_SIZE, PAGE_TABLE_SCRATCH, PAGE_SCRATCH + i,
		         i < CASE_WRITABLE / PAGE_SIZE ? PTE_USER | PTE_WRITABLE : PTE_USER);
	for (uint32_t i = 0; i < 3; i++)
		map_page(model, SYSTEM + i * PAGE_SIZE, PAGE_TABLE_SYSTEM, PAGE_GDT + i, PTE_WRITABLE);
	memset(model->memory[PAGE_CODE], 0xcc, CASE_CODE_SIZE);
}

enum {
	SYSTEM_CODE = 0x10,
	SYSTEM_STACK = 0x18,
	RIGHTS_DATA = ACCESS_BIG | ACCESS_GRANULARITY | ACCESS_PRESENT | ACCESS_S | ACCESS_WRITABLE |
		      ACCESS_ACCESSED,
	RIGHTS_CODE = RIGHTS_DATA | ACCESS_CODE,
	RIGHTS_USER = ACCESS_DPL,
};

static void put_descriptor(struct model *model, uint16_t selector, uint32_t base, uint32_t limit,
                           uint32_t rights)
{
	uint32_t index = (selector >> 3) * 2u;

	put(model, PAGE_GDT, index, (limit & 0xffff) | base << 16);
	put(model, PAGE_GDT, index + 1,
	    (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | rights << 8);
}

/* Linux opens two gates to CPL 3: INT3's and INTO's. */
static void make_tables(struct model *model)
{
	put_descriptor(model, SYSTEM_CODE, 0, 0xfffff, RIGHTS_CODE);
	put_descriptor(model, SYSTEM_STACK, 0, 0xfffff, RIGHTS_DATA);
	for (uint32_t vector = 0; vector < 256; vector++) {
		uint32_t dpl = vector == VECTOR_BP || vector == VECTOR_OF ? 3 : 0;
		put(model, PAGE_IDT, vector * 2, SYSTEM_CODE << 16 | 0x1000);
		put(model, PAGE_IDT, vector * 2 + 1, (SYSTEM & 0xffff0000) | 0x8e00 | dpl << 13);
	}
}

static struct segment make_segment(const struct case_segment *segment)
{
	uint32_t rights = (segment->code ? RIGHTS_CODE : RIGHTS_DATA) | RIGHTS_USER;

	if (!segment->big)
		rights &= ~(uint32_t)ACCESS_BIG;
	if (segment->limit != 0xffffffff)
		rights &= ~(uint32_t)ACCESS_GRANULARITY;
	if (segment->expand_down)
		rights |= ACCESS_EXPAND_DOWN;
	return (struct segment){ segment->base, segment->limit, segment->selector, (uint16_t)rights };
}

static void set_world(struct cpu_state *state, uint32_t world)
{
	state->segment[CS] = make_segment(&case_worlds[world][CASE_CS]);
	state->segment[SS] = make_segment(&case_worlds[world][CASE_SS]);
	state->segment[DS] = make_segment(&case_worlds[world][CASE_DS]);
	state->segment[ES] = make_segment(&case_worlds[world][CASE_ES]);
}

static void set_segments(struct cpu_state *state)
{
	set_world(state, 0);
	state->segment[FS] = (struct segment){ CASE_FS_BASE, CASE_FS_LIMIT, CASE_SELECTOR_FS,
		                               (RIGHTS_DATA & ~ACCESS_GRANULARITY) | RIGHTS_USER };
	state->segment[GS] = (struct segment){ 0 };
	state->segment[TR] = (struct segment){ SYSTEM + 2 * PAGE_SIZE, 0x67, 0x40, ACCESS_PRESENT | 0xb };
}

static void set_system(struct cpu_state *state)
{
	state->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
	state->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
	state->cr3 = PAGE_DIRECTORY << PAGE_SHIFT;
	state->gdtr = (struct table_register){ SYSTEM, 16 * 8 - 1 };
	state->idtr = (struct table_register){ SYSTEM + PAGE_SIZE, 256 * 8 - 1 };
	state->cpl = 3;
	set_segments(state);
}

/* CPUID.1:EDX of a processor with x87 (bit 0), CMOV (15), CLFLUSH (19), MMX, FXSAVE, SSE and SSE2 (23 to 26). */
enum { HAS_FLOATS = 1 << 0 | 1 << 15 | 1 << 19 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 26 };

/* ---- a model's life ---- */

uint32_t model_features(void)
{
	struct cpu_features features;

	cpu_features_default(&features);
	return features.cpuid_edx | HAS_FLOATS;
}

struct model *model_new(bool exact)
{
	struct model *model = calloc(1, sizeof *model);
	struct cpu_features features;

	if (!model)
		return NULL;
	cpu_features_default(&features);
	features.cpuid_edx = model_features();
	cost_profile_default(&model->costs);
	model->bus = (struct bus){ .owner = model, .page = bus_page, .mmio_read = no_read,
		                   .mmio_write = no_write, .written = not_told, .code_cached = not_cached,
		                   .port_read = no_port_read, .port_write = no_port_write,
		                   .acknowledge = no_vector };
	model->cpu = cpu_new(&(struct cpu_options){ .bus = &model->bus, .costs = &model->costs,
	                                            .features = &features, .clock = &model->clock,
	                                            .exact = exact });
	if (!model->cpu) {
		free(model);
		return NULL;
	}
	make_pages(model);
	make_tables(model);
	set_system(cpu_state(model->cpu));
	cpu_state_changed(model->cpu);
	cpu_set_monitored(model->cpu, true);
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	cpu_free(model->cpu);
	free(model);
}

void model_set_pristine(struct model *model, const uint32_t *pristine)
{
	memcpy(model->pristine, pristine, sizeof model->pristine);
	memcpy(model->memory[PAGE_SCRATCH], pristine, CASE_SCRATCH_SIZE);
	cpu_code_written(model->cpu, PAGE_SCRATCH << PAGE_SHIFT, CASE_SCRATCH_SIZE);
}

/* ---- x87, MMX and SSE as the image of FXSAVE ---- */

static void take_floats(struct float_state *floats, const uint8_t *image)
{
	struct x87_state *x87 = &floats->x87;
	unsigned top;

	memset(floats, 0, sizeof *floats);
	memcpy(&x87->control, image + FLOATS_CONTROL, 2);
	memcpy(&x87->status, image + FLOATS_STATUS, 2);
	x87->valid = image[FLOATS_VALID];
	memcpy(&x87->opcode, image + FLOATS_OPCODE, 2);
	memcpy(&x87->instruction_offset, image + FLOATS_EIP, 4);
	memcpy(&x87->instruction_selector, image + FLOATS_CS, 2);
	memcpy(&x87->data_offset, image + FLOATS_DATA, 4);
	memcpy(&x87->data_selector, image + FLOATS_DS, 2);
	memcpy(&floats->sse.mxcsr, image + FLOATS_MXCSR, 4);
	memcpy(floats->sse.xmm, image + FLOATS_XMM, sizeof floats->sse.xmm);
	top = x87->status >> 11 & 7;
	for (unsigned i = 0; i < 8; i++) {
		memcpy(&x87->r[(top + i) & 7].significand, image + FLOATS_STACK + 16 * i, 8);
		memcpy(&x87->r[(top + i) & 7].sign_exponent, image + FLOATS_STACK + 16 * i + 8, 2);
	}
}

static void give_floats(const struct float_state *floats, uint8_t *image)
{
	const struct x87_state *x87 = &floats->x87;
	unsigned top = x87->status >> 11 & 7;

	memset(image, 0, CASE_FLOATS_USED);
	memcpy(image + FLOATS_CONTROL, &x87->control, 2);
	memcpy(image + FLOATS_STATUS, &x87->status, 2);
	image[FLOATS_VALID] = x87->valid;
	memcpy(image + FLOATS_OPCODE, &x87->opcode, 2);
	memcpy(image + FLOATS_EIP, &x87->instruction_offset, 4);
	memcpy(image + FLOATS_CS, &x87->instruction_selector, 2);
	memcpy(image + FLOATS_DATA, &x87->data_offset, 4);
	memcpy(image + FLOATS_DS, &x87->data_selector, 2);
	memcpy(image + FLOATS_MXCSR, &floats->sse.mxcsr, 4);
	memcpy(image + FLOATS_XMM, floats->sse.xmm, sizeof floats->sse.xmm);
	for (unsigned i = 0; i < 8; i++) {
		memcpy(image + FLOATS_STACK + 16 * i, &x87->r[(top + i) & 7].significand, 8);
		memcpy(image + FLOATS_STACK + 16 * i + 8, &x87->r[(top + i) & 7].sign_exponent, 2);
	}
}

/* ---- cases ---- */

static void write_code(struct model *model, uint32_t start, const uint8_t *code, uint32_t length)
{
	if (code)
		memcpy(&model->memory[PAGE_CODE][0] + start, code, length);
	else
		memset(&model->memory[PAGE_CODE][0] + start, 0xcc, length);
	cpu_code_written(model->cpu, (PAGE_CODE << PAGE_SHIFT) + start, length);
}

void model_begin(struct model *model, const struct case_input *input)
{
	write_code(model, model->input.start, NULL, model->input.length);
	write_code(model, input->start, input->code, input->length);
	model->input = *input;
	model_again(model);
}

void model_again(struct model *model)
{
	const struct case_input *input = &model->input;
	struct cpu_state *state = cpu_state(model->cpu);

	model->stop = CPU_STOP_TIME;
	model->clock_before = model->clock;
	model->retired_before = cpu_instructions(model->cpu);
	memcpy(state->gpr, input->gpr, sizeof input->gpr);
	take_floats(cpu_floats(model->cpu), input->floats);
	set_world(state, input->world);
	state->eip = case_eip(input);
	state->eflags = input->eflags | EFLAGS_IF | EFLAGS_FIXED;
	cpu_state_changed(model->cpu);
}

void model_set_code(struct model *model, const struct case_input *input)
{
	write_code(model, model->input.start, NULL, model->input.length);
	write_code(model, input->start, input->code, input->length);
	model->input.length = input->length;
	memcpy(model->input.code, input->code, sizeof input->code);
}

bool model_step(struct model *model)
{
	uint32_t eip = cpu_state(model->cpu)->eip;

	/* A repeated string instruction steps by repetition. */
	while (model->stop == CPU_STOP_TIME) {
		model->stop = cpu_step(model->cpu);
		if (cpu_state(model->cpu)->eip != eip)
			break;
	}
	return model->stop == CPU_STOP_TIME;
}

bool model_run(struct model *model)
{
	return model_run_until(model, model->clock + 10000000);
}

bool model_single(struct model *model)
{
	model->stop = cpu_step(model->cpu);
	return model->stop == CPU_STOP_TIME;
}

bool model_run_in_steps(struct model *model, uint64_t cycles)
{
	for (unsigned i = 0; i < 100000; i++) {
		if (model_run_until(model, model->clock + cycles))
			return true;
	}
	return false;
}

bool model_run_until(struct model *model, uint64_t deadline)
{
	model->stop = cpu_run(model->cpu, deadline);
	return model->stop == CPU_STOP_EVENT;
}

static void note_changes(struct model *model, struct case_result *result)
{
	uint32_t *scratch = (uint32_t *)(void *)model->memory[PAGE_SCRATCH];

	result->changed = 0;
	if (memcmp(scratch, model->pristine, CASE_WRITABLE) == 0)
		return;
	for (uint32_t i = 0; i < CASE_WRITABLE / 4; i++) {
		if (scratch[i] == model->pristine[i])
			continue;
		if (result->changed < CASE_CHANGES) {
			result->change[result->changed].offset = i * 4;
			result->change[result->changed].value = scratch[i];
		}
		result->changed++;
		scratch[i] = model->pristine[i];
	}
}

void model_end(struct model *model, struct case_result *result)
{
	const struct cpu_event *event = cpu_stop_event(model->cpu);
	const struct cpu_state *state = cpu_state(model->cpu);

	memcpy(result->gpr, state->gpr, sizeof result->gpr);
	result->eip = state->eip;
	result->eflags = state->eflags;
	result->vector = model->stop == CPU_STOP_EVENT ? event->vector : 0xffff;
	result->error = event->has_error ? event->error : 0;
	result->address = event->address;
	give_floats(cpu_floats(model->cpu), result->floats);
	note_changes(model, result);
}

void model_let_code_be_written(struct model *model)
{
	for (uint32_t i = 0; i < CASE_CODE_SIZE / PAGE_SIZE; i++)
		map_page(model, CASE_CODE + i * PAGE_SIZE, PAGE_TABLE_CODE, PAGE_CODE + i,
			 PTE_USER | PTE_WRITABLE);
	cpu_tlb_flush(model->cpu);
}

const uint8_t *model_memory(const struct model *model)
{
	return model->memory[PAGE_CODE];
}

uint64_t model_cycles(const struct model *model)
{
	return model->clock - model->clock_before;
}

uint64_t model_clock(const struct model *model)
{
	return model->clock;
}

uint64_t model_retired(const struct model *model)
{
	return cpu_instructions(model->cpu) - model->retired_before;
}

struct cpu_state *model_state(struct model *model)
{
	return cpu_state(model->cpu);
}

uint32_t model_peek(const struct model *model, uint32_t linear)
{
	uint32_t value = 0;

	if (linear >= CASE_SCRATCH && linear <= CASE_SCRATCH + CASE_SCRATCH_SIZE - 4)
		memcpy(&value, &model->memory[PAGE_SCRATCH][0] + (linear - CASE_SCRATCH), 4);
	return value;
}
