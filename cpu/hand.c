/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/hand.c - see hand.h: accesses and register loads outside any instruction. What an instruction would have raised is taken
 * back and given to the caller.
 */
#include "cpu/hand.h"

#include "cpu/system.h"

static bool take_fault(struct cpu *cpu, struct cpu_event *fault)
{
	*fault = cpu->event;
	cpu->event.type = EVENT_NONE;
	return false;
}

bool cpu_hand_load(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t *value, struct cpu_event *fault)
{
	bool done;

	cpu->at_device = true;
	done = load_linear(cpu, linear, size, system, value);
	cpu->at_device = false;
	return done || take_fault(cpu, fault);
}

bool cpu_hand_store(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t value, struct cpu_event *fault)
{
	bool done;

	cpu->at_device = true;
	done = store_linear(cpu, linear, size, system, value);
	cpu->at_device = false;
	return done || take_fault(cpu, fault);
}

bool cpu_hand_segment(struct cpu *cpu, uint16_t selector, enum vector absent, struct segment *segment, struct cpu_event *fault)
{
	uint32_t error = selector_error(selector);
	bool fine;

	if (selector_null(selector))
		fine = raise_gp(cpu, 0);
	else if (!read_segment(cpu, selector, segment, VECTOR_GP))
		fine = false;
	else if (!(segment->access & ACCESS_S))
		fine = raise_gp(cpu, error);
	else if (!segment_present(segment))
		fine = raise_fault_error(cpu, absent, error);
	else
		fine = mark_accessed(cpu, segment);
	return fine || take_fault(cpu, fault);
}

static bool write_controls(struct cpu *cpu, const struct cpu_state *wanted, bool reload)
{
	if (wanted->cr4 != cpu->state.cr4 && !write_cr4(cpu, wanted->cr4))
		return false;
	if (wanted->cr0 != cpu->state.cr0 && !write_cr0(cpu, wanted->cr0))
		return false;
	return (!reload && wanted->cr3 == cpu->state.cr3) || load_cr3(cpu, wanted->cr3);
}

bool cpu_hand_state(struct cpu *cpu, const struct cpu_state *state, bool reload)
{
	struct cpu_state before = cpu->state, controls;
	struct cpu_event fault;

	if (!write_controls(cpu, state, reload)) {
		cpu->state = before;
		cpu_state_changed(cpu);
		return take_fault(cpu, &fault);
	}
	controls = cpu->state;
	cpu->state = *state;
	cpu->state.cr0 = controls.cr0; /* without the bits that do not exist */
	cpu->state.cr3 = controls.cr3;
	cpu->state.cr4 = controls.cr4;
	memcpy(cpu->state.pae_pointer, controls.pae_pointer, sizeof controls.pae_pointer);
	cpu_state_changed(cpu);
	if (cpu->mode_changed && before.cpl != state->cpl)
		cpu->mode_changed(cpu->mode_owner);
	return true;
}

void cpu_hand_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t out[4])
{
	read_cpuid(cpu, leaf, out);
}

bool cpu_hand_read_msr(struct cpu *cpu, uint32_t number, uint64_t *value)
{
	return read_msr(cpu, number, value);
}

bool cpu_hand_write_msr(struct cpu *cpu, uint32_t number, uint64_t value)
{
	return write_msr(cpu, number, value);
}

void cpu_hand_retire(struct cpu *cpu)
{
	cpu->instructions++;
}
