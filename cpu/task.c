/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/task.c - the hardware task switch. Steps and checks are those of Intel SDM volume 3, 7.3 and table 7-1.
 * Up to the moment of commitment a fault leaves the old task as it was; later ones are the new task's.
 */
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* Offsets in a TSS (SDM vol. 3, figures 7-2 and 7-10). 0: the TSS has no such field. */
struct tss_layout {
	uint8_t size;        /* of a field */
	uint8_t last;        /* smallest limit */
	uint8_t cr3, eip, eflags, gpr, segment, ldt, trap;
	uint8_t segments;    /* ES CS SS DS, and FS GS */
};

static const struct tss_layout layouts[] = {
	{.size = 2, .last = 0x2b, .eip = 0x0e, .eflags = 0x10, .gpr = 0x12, .segment = 0x22, .ldt = 0x2a,
	 .segments = 4},
	{.size = 4, .last = 0x67, .cr3 = 0x1c, .eip = 0x20, .eflags = 0x24, .gpr = 0x28, .segment = 0x48,
	 .ldt = 0x60, .trap = 0x64, .segments = 6},
};

static const struct tss_layout *tss_layout(const struct segment *tss)
{
	return &layouts[(tss->access & TYPE_32BIT) != 0];
}

/* What a TSS says of its task. */
struct task_state {
	uint32_t cr3, eip, eflags;
	uint32_t gpr[GPR_COUNT];
	uint16_t selector[6];
	uint16_t ldt;
	bool trap;
};

/* ---- reading the new task's TSS ---- */

static bool read_field(struct cpu *cpu, const struct segment *tss, unsigned offset, uint32_t *value)
{
	return load_linear(cpu, tss->base + offset, tss_layout(tss)->size, true, value);
}

/* A 16-bit TSS leaves the upper halves of the registers undefined; processors set them. */
static bool read_registers(struct cpu *cpu, const struct segment *tss, struct task_state *task)
{
	const struct tss_layout *layout = tss_layout(tss);

	for (unsigned i = 0; i < GPR_COUNT; i++) {
		if (!read_field(cpu, tss, layout->gpr + i * layout->size, &task->gpr[i]))
			return false;
		if (layout->size == 2)
			task->gpr[i] |= 0xffff0000;
	}
	return true;
}

static bool read_selectors(struct cpu *cpu, const struct segment *tss, struct task_state *task)
{
	const struct tss_layout *layout = tss_layout(tss);
	uint32_t value;

	for (unsigned i = 0; i < layout->segments; i++) {
		if (!load_linear(cpu, tss->base + layout->segment + i * layout->size, 2, true, &value))
			return false;
		task->selector[i] = (uint16_t)value;
	}
	if (!load_linear(cpu, tss->base + layout->ldt, 2, true, &value))
		return false;
	task->ldt = (uint16_t)value;
	return true;
}

static bool read_task(struct cpu *cpu, const struct segment *tss, struct task_state *task)
{
	const struct tss_layout *layout = tss_layout(tss);
	uint32_t trap = 0;

	memset(task, 0, sizeof *task);
	if (layout->cr3 && !read_field(cpu, tss, layout->cr3, &task->cr3))
		return false;
	if (layout->trap && !load_linear(cpu, tss->base + layout->trap, 2, true, &trap))
		return false;
	task->trap = trap & 1;
	return read_field(cpu, tss, layout->eip, &task->eip) &&
	       read_field(cpu, tss, layout->eflags, &task->eflags) && read_registers(cpu, tss, task) &&
	       read_selectors(cpu, tss, task);
}

/* ---- saving the old task ---- */

/* The dynamic fields lie together, from EIP to the last selector. */
static bool probe_old_task(struct cpu *cpu)
{
	const struct segment *tss = &cpu->state.segment[TR];
	const struct tss_layout *layout = tss_layout(tss);
	unsigned end = layout->segment + layout->segments * layout->size;

	if (!segment_present(tss) || tss->limit < end - 1)
		return raise_fault_error(cpu, VECTOR_TS, selector_error(tss->selector));
	return probe_store_linear(cpu, tss->base + layout->eip, end - layout->eip, true);
}

static bool save_field(struct cpu *cpu, unsigned offset, uint32_t value)
{
	const struct segment *tss = &cpu->state.segment[TR];

	return store_linear(cpu, tss->base + offset, tss_layout(tss)->size, true, value);
}

static bool save_old_task(struct cpu *cpu, uint32_t eflags)
{
	const struct tss_layout *layout = tss_layout(&cpu->state.segment[TR]);

	if (!save_field(cpu, layout->eip, cpu->next_eip) || !save_field(cpu, layout->eflags, eflags))
		return false;
	for (unsigned i = 0; i < GPR_COUNT; i++)
		if (!save_field(cpu, layout->gpr + i * layout->size, cpu->state.gpr[i]))
			return false;
	for (unsigned i = 0; i < layout->segments; i++) {
		uint32_t at = cpu->state.segment[TR].base + layout->segment + i * layout->size;

		if (!store_linear(cpu, at, 2, true, cpu->state.segment[i].selector))
			return false;
	}
	return true;
}

/* ---- the new task's segments (SDM vol. 3, table 7-1) ---- */

static bool invalid_tss(struct cpu *cpu, uint16_t selector)
{
	return raise_fault_error(cpu, VECTOR_TS, selector_error(selector));
}

static bool load_task_ldt(struct cpu *cpu, uint16_t selector)
{
	struct segment ldt;

	install_null(cpu, LDTR, selector);
	if (selector & 4)
		return invalid_tss(cpu, selector);
	if (selector_null(selector))
		return true;
	if (!read_segment(cpu, selector, &ldt, VECTOR_TS))
		return false;
	if (system_type(&ldt) != TYPE_LDT || !segment_present(&ldt))
		return invalid_tss(cpu, selector);
	install_segment(cpu, LDTR, &ldt);
	return true;
}

static bool load_task_code(struct cpu *cpu, uint16_t selector)
{
	unsigned rpl = selector_rpl(selector);
	struct segment code;

	if (selector_null(selector))
		return invalid_tss(cpu, selector);
	if (!read_segment(cpu, selector, &code, VECTOR_TS))
		return false;
	if (!segment_is_code(&code))
		return invalid_tss(cpu, selector);
	if (segment_is_conforming(&code) ? segment_dpl(&code) > rpl : segment_dpl(&code) != rpl)
		return invalid_tss(cpu, selector);
	if (!segment_present(&code))
		return raise_fault_error(cpu, VECTOR_NP, selector_error(selector));
	if (!mark_accessed(cpu, &code))
		return false;
	install_segment(cpu, CS, &code);
	return true;
}

static bool load_task_stack(struct cpu *cpu, uint16_t selector)
{
	struct segment stack;

	if (selector_null(selector))
		return invalid_tss(cpu, selector);
	if (!read_segment(cpu, selector, &stack, VECTOR_TS))
		return false;
	if (!segment_is_writable_data(&stack) || segment_dpl(&stack) != cpu->state.cpl ||
	    selector_rpl(selector) != cpu->state.cpl)
		return invalid_tss(cpu, selector);
	if (!segment_present(&stack))
		return raise_fault_error(cpu, VECTOR_SS, selector_error(selector));
	if (!mark_accessed(cpu, &stack))
		return false;
	install_segment(cpu, SS, &stack);
	return true;
}

static bool load_task_data(struct cpu *cpu, enum segment_register reg, uint16_t selector)
{
	struct segment data;

	if (selector_null(selector))
		return true;
	if (!read_segment(cpu, selector, &data, VECTOR_TS))
		return false;
	if (!segment_is_readable(&data))
		return invalid_tss(cpu, selector);
	if (!segment_is_conforming(&data) &&
	    (selector_rpl(selector) > segment_dpl(&data) || cpu->state.cpl > segment_dpl(&data)))
		return invalid_tss(cpu, selector);
	if (!segment_present(&data))
		return raise_fault_error(cpu, VECTOR_NP, selector_error(selector));
	if (!mark_accessed(cpu, &data))
		return false;
	install_segment(cpu, reg, &data);
	return true;
}

/* All selectors are the new task's before the first descriptor is looked at. */
static bool load_task_segments(struct cpu *cpu, const struct task_state *task)
{
	bool v86 = state_v86(&cpu->state);

	set_cpl(cpu, v86 ? 3 : selector_rpl(task->selector[CS]));
	for (unsigned reg = ES; reg <= GS; reg++)
		install_null(cpu, (enum segment_register)reg, task->selector[reg]);
	if (!load_task_ldt(cpu, task->ldt))
		return false;
	if (v86) {
		for (unsigned reg = ES; reg <= GS; reg++)
			set_real_segment(cpu, (enum segment_register)reg, task->selector[reg]);
		return true;
	}
	return load_task_code(cpu, task->selector[CS]) && load_task_stack(cpu, task->selector[SS]) &&
	       load_task_data(cpu, DS, task->selector[DS]) && load_task_data(cpu, ES, task->selector[ES]) &&
	       load_task_data(cpu, FS, task->selector[FS]) && load_task_data(cpu, GS, task->selector[GS]);
}

/* ---- the switch ---- */

static bool nests(enum task_reason reason)
{
	return reason == TASK_CALL || reason == TASK_GATE_EVENT;
}

/* Everything that may fault in the old task's context. */
static bool prepare(struct cpu *cpu, const struct segment *tss, enum task_reason reason,
                    struct task_state *task)
{
	uint32_t linear;

	if (tss->limit < tss_layout(tss)->last)
		return invalid_tss(cpu, tss->selector);
	if (!read_task(cpu, tss, task) || !probe_old_task(cpu))
		return false;
	if (nests(reason) && !probe_store_linear(cpu, tss->base, 2, true))
		return false;
	if (descriptor_address(cpu, tss->selector, &linear) && !probe_store_linear(cpu, linear + 5, 1, true))
		return false;
	return !descriptor_address(cpu, cpu->state.segment[TR].selector, &linear) ||
	       probe_store_linear(cpu, linear + 5, 1, true);
}

/* Busy flags, back link and the old TSS (SDM vol. 3, table 7-2). */
static bool leave_old_task(struct cpu *cpu, const struct segment *tss, enum task_reason reason)
{
	uint16_t old = cpu->state.segment[TR].selector;
	uint32_t eflags = read_eflags(cpu);

	if (reason == TASK_IRET)
		eflags &= ~(uint32_t)EFLAGS_NT;
	if (!nests(reason) && !set_busy(cpu, old, false))
		return false;
	if (!save_old_task(cpu, eflags))
		return false;
	if (nests(reason) && !store_linear(cpu, tss->base, 2, true, old))
		return false;
	return reason == TASK_IRET || set_busy(cpu, tss->selector, true);
}

static bool load_task_paging(struct cpu *cpu, const struct segment *tss, const struct task_state *task)
{
	if (!tss_layout(tss)->cr3 || !state_paging(&cpu->state))
		return true;
	return load_cr3(cpu, task->cr3);
}

static bool enter_new_task(struct cpu *cpu, const struct segment *tss, const struct task_state *task,
                           enum task_reason reason)
{
	struct segment busy = *tss;

	busy.access |= TYPE_BUSY;
	install_segment(cpu, TR, &busy);
	cpu->state.cr0 |= CR0_TS;
	cpu->state.dr[7] &= ~(uint32_t)DR7_LOCAL;
	memcpy(cpu->state.gpr, task->gpr, sizeof task->gpr);
	cpu->state.eip = cpu->next_eip = task->eip;
	change_eflags(cpu, task->eflags | (nests(reason) ? EFLAGS_NT : 0), EFLAGS_DEFINED);
	if (task->trap)
		cpu->state.pending_debug |= DR6_BT;
	return load_task_paging(cpu, tss, task) && load_task_segments(cpu, task);
}

static bool push_task_error(struct cpu *cpu, const struct segment *tss, uint32_t error)
{
	struct frame frame;

	frame_here(cpu, &frame, tss_layout(tss)->size);
	frame_push(&frame, error);
	if (!frame_probe(cpu, &frame) || !frame_store(cpu, &frame))
		return false;
	frame_commit(cpu, &frame);
	return true;
}

/* The caller has checked type, privilege and presence of the TSS descriptor. */
bool task_switch(struct cpu *cpu, uint16_t selector, enum task_reason reason, bool has_error, uint32_t error)
{
	struct segment tss;
	struct task_state task;
	bool entered;

	if (cpu->non_root)
		return vmx_permits_task_switch(cpu, selector, reason);
	if (!read_segment(cpu, selector, &tss, VECTOR_TS) || !prepare(cpu, &tss, reason, &task) ||
	    !leave_old_task(cpu, &tss, reason))
		return false;
	charge(cpu, COST_task_switch);
	entered = enter_new_task(cpu, &tss, &task, reason);
	derive_all(cpu);
	if (!entered)
		return false;
	if (has_error && !push_task_error(cpu, &tss, error))
		return false;
	return check_code_offset(cpu, &cpu->state.segment[CS], task.eip);
}
