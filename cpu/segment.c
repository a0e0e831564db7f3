/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/segment.c - descriptors, loading segment registers, and what the fast path keeps of them.
 * Intel SDM volume 3, 3.4 and 5.1 to 5.6; volume 2, MOV (the pseudo-code of segment loads).
 */
#include "cpu/system.h"

/* ---- descriptors in memory ---- */

bool descriptor_address(const struct cpu *cpu, uint16_t selector, uint32_t *linear)
{
	const struct segment *ldt = &cpu->state.segment[LDTR];
	bool local = selector & 4;
	uint32_t offset = selector & 0xfff8;

	if (local && !segment_present(ldt))
		return false;
	*linear = (local ? ldt->base : cpu->state.gdtr.base) + offset;
	return offset + 7 <= (local ? ldt->limit : cpu->state.gdtr.limit);
}

bool read_descriptor(struct cpu *cpu, uint16_t selector, struct descriptor *descriptor, enum vector fault)
{
	uint32_t linear;

	if (!descriptor_address(cpu, selector, &linear))
		return raise_fault_error(cpu, fault, selector_error(selector));
	return load_linear(cpu, linear, 4, true, &descriptor->low) &&
	       load_linear(cpu, linear + 4, 4, true, &descriptor->high);
}

/*
 * A segment descriptor (SDM vol. 3, figure 3-8)
 *
 *  31      24 23        20 19          16 15           8 7        0
 *  base 31:24 G D/B 0 AVL  limit 19:16    P DPL S type   base 23:16   high
 *  base 15:0                              limit 15:0                  low
 */
struct segment descriptor_segment(uint16_t selector, struct descriptor descriptor)
{
	uint32_t limit = (descriptor.high & 0x000f0000) | (descriptor.low & 0xffff);
	uint16_t access = descriptor.high >> 8 & 0xf0ff;

	return (struct segment){
		.base = (descriptor.high & 0xff000000) | (descriptor.high & 0xff) << 16 | descriptor.low >> 16,
		.limit = access & ACCESS_GRANULARITY ? limit << 12 | 0xfff : limit,
		.selector = selector,
		.access = access,
	};
}

bool read_segment(struct cpu *cpu, uint16_t selector, struct segment *segment, enum vector fault)
{
	struct descriptor descriptor;

	if (!read_descriptor(cpu, selector, &descriptor, fault))
		return false;
	*segment = descriptor_segment(selector, descriptor);
	return true;
}

/* Changes the byte with type and P, the sixth of a descriptor. */
static bool change_type(struct cpu *cpu, uint16_t selector, uint32_t set, uint32_t clear)
{
	uint32_t linear, type;

	if (!descriptor_address(cpu, selector, &linear) || !load_linear(cpu, linear + 5, 1, true, &type))
		return false;
	return store_linear(cpu, linear + 5, 1, true, (type | set) & ~clear);
}

bool mark_accessed(struct cpu *cpu, struct segment *segment)
{
	if (segment->access & ACCESS_ACCESSED)
		return true;
	segment->access |= ACCESS_ACCESSED;
	return change_type(cpu, segment->selector, ACCESS_ACCESSED, 0);
}

bool set_busy(struct cpu *cpu, uint16_t selector, bool busy)
{
	return change_type(cpu, selector, busy ? TYPE_BUSY : 0, busy ? 0 : TYPE_BUSY);
}

/* ---- registers ---- */

void install_segment(struct cpu *cpu, enum segment_register reg, const struct segment *segment)
{
	cpu->state.segment[reg] = *segment;
	segment_changed(cpu, reg);
}

void install_null(struct cpu *cpu, enum segment_register reg, uint16_t selector)
{
	cpu->state.segment[reg].selector = selector;
	cpu->state.segment[reg].access = 0;
	segment_changed(cpu, reg);
}

/*
 * In real mode only selector and base change: limit, granularity and size stay as protected mode left
 * them, on which "unreal mode" rests. Virtual-8086 mode sets the whole cache (SDM vol. 3, 20.2).
 */
void set_real_segment(struct cpu *cpu, enum segment_register reg, uint16_t selector)
{
	enum { DATA = ACCESS_PRESENT | ACCESS_S | ACCESS_WRITABLE | ACCESS_ACCESSED };
	struct segment *segment = &cpu->state.segment[reg];

	segment->selector = selector;
	segment->base = (uint32_t)selector << 4;
	if (state_v86(&cpu->state)) {
		segment->limit = 0xffff;
		segment->access = DATA | ACCESS_DPL;
	} else {
		segment->access = (segment->access & (ACCESS_BIG | ACCESS_GRANULARITY | ACCESS_AVL)) | DATA;
	}
	segment_changed(cpu, reg);
}

static bool load_stack_segment(struct cpu *cpu, uint16_t selector)
{
	uint32_t error = selector_error(selector);
	struct segment segment;

	if (selector_null(selector))
		return raise_gp(cpu, 0);
	if (!read_segment(cpu, selector, &segment, VECTOR_GP))
		return false;
	if (selector_rpl(selector) != cpu->state.cpl || !segment_is_writable_data(&segment) ||
	    segment_dpl(&segment) != cpu->state.cpl)
		return raise_gp(cpu, error);
	if (!segment_present(&segment))
		return raise_fault_error(cpu, VECTOR_SS, error);
	if (!mark_accessed(cpu, &segment))
		return false;
	install_segment(cpu, SS, &segment);
	return true;
}

static bool load_data_segment(struct cpu *cpu, enum segment_register reg, uint16_t selector)
{
	uint32_t error = selector_error(selector);
	struct segment segment;

	if (selector_null(selector)) {
		install_null(cpu, reg, selector);
		return true;
	}
	if (!read_segment(cpu, selector, &segment, VECTOR_GP))
		return false;
	if (!segment_is_readable(&segment))
		return raise_gp(cpu, error);
	if (!segment_is_conforming(&segment) &&
	    (selector_rpl(selector) > segment_dpl(&segment) || cpu->state.cpl > segment_dpl(&segment)))
		return raise_gp(cpu, error);
	if (!segment_present(&segment))
		return raise_fault_error(cpu, VECTOR_NP, error);
	if (!mark_accessed(cpu, &segment))
		return false;
	install_segment(cpu, reg, &segment);
	return true;
}

bool load_segment(struct cpu *cpu, enum segment_register reg, uint16_t selector)
{
	if (!state_protected(&cpu->state) || state_v86(&cpu->state)) {
		set_real_segment(cpu, reg, selector);
		return true;
	}
	charge(cpu, COST_segment_load);
	return reg == SS ? load_stack_segment(cpu, selector) : load_data_segment(cpu, reg, selector);
}

void drop_privileged_segments(struct cpu *cpu)
{
	static const enum segment_register data[] = {ES, DS, FS, GS};

	for (unsigned i = 0; i < sizeof data / sizeof *data; i++) {
		const struct segment *segment = &cpu->state.segment[data[i]];
		if (segment_present(segment) && !segment_is_conforming(segment) &&
		    segment_dpl(segment) < cpu->state.cpl)
			install_null(cpu, data[i], 0);
	}
}

/* ---- what is derived for the fast path ---- */

static bool alignment_checked(const struct cpu_state *state)
{
	return state->cpl == 3 && (state->cr0 & CR0_AM) && (state->eflags & EFLAGS_AC);
}

/* The type rule of SDM vol. 3, 5.5; real and virtual-8086 mode know limits only. */
static bool fast_type(const struct cpu_state *state, const struct segment *segment, bool write)
{
	bool code = segment->access & ACCESS_CODE;

	if (!code && (segment->access & ACCESS_EXPAND_DOWN))
		return false;
	if (!state_protected(state) || state_v86(state))
		return true;
	if (!(segment->access & ACCESS_PRESENT))
		return false;
	if (code)
		return !write && (segment->access & ACCESS_READABLE);
	return !write || (segment->access & ACCESS_WRITABLE);
}

static uint32_t fast_top(const struct cpu *cpu, const struct segment *segment, bool write)
{
	if (segment->limit < 3 || !fast_type(&cpu->state, segment, write))
		return 0;
	if (alignment_checked(&cpu->state) || debug_enabled_data(cpu))
		return 0;
	return segment->limit - 2;
}

void segment_changed(struct cpu *cpu, enum segment_register reg)
{
	const struct segment *segment = &cpu->state.segment[reg];

	cpu->fast[reg].base = segment->base;
	for (unsigned write = 0; write < 2; write++)
		cpu->fast[reg].top[write] = fast_top(cpu, segment, write);
	if (reg == CS)
		cpu->code_big = segment->access & ACCESS_BIG;
	if (reg == SS)
		cpu->stack_mask = segment->access & ACCESS_BIG ? UINT32_MAX : 0xffff;
}

void set_cpl(struct cpu *cpu, unsigned cpl)
{
	bool checked = alignment_checked(&cpu->state);

	if (cpu->mode_changed && cpu->state.cpl != cpl)
		cpu->mode_changed(cpu->mode_owner);
	cpu->state.cpl = (uint8_t)cpl;
	cpu->user = cpl == 3;
	if (checked != alignment_checked(&cpu->state))
		derive_all(cpu);
}

void derive_all(struct cpu *cpu)
{
	cpu->user = cpu->state.cpl == 3;
	for (unsigned reg = ES; reg <= GS; reg++)
		segment_changed(cpu, (enum segment_register)reg);
	cpu->attention = true;
}
