/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cpu.c - making a processor and looking at it from outside.
 */
#include "cpu/block.h"
#include "cpu/engine.h"
#include "cpu/flags.h"
#include "cpu/simd_host.h"

struct cpu *cpu_new(const struct cpu_options *options)
{
	struct cpu *cpu = arena_take(options->arena, sizeof *cpu);

	if (!cpu)
		return NULL;
	cpu->arena = options->arena;
	cpu->blocks = blocks_new(cpu->arena);
	if (!cpu->blocks) {
		arena_give(options->arena, cpu);
		return NULL;
	}
	cpu->bus = options->bus;
	cpu->costs = options->costs;
	cpu->features = *options->features;
	cpu->features.cpuid_edx &= ~simd_host_missing();
	cpu->clock = options->clock;
	cpu->ledger = options->ledger ? options->ledger : &cpu->own_ledger;
	cpu->exact = options->exact;
	cpu->floats = options->floats ? options->floats : &cpu->own_floats;
	float_state_reset(cpu->floats);
	msr_state_reset(&cpu->msrs);
	tlb_begin(cpu);
	cpu_state_reset(&cpu->state);
	cpu_state_changed(cpu);
	return cpu;
}

void cpu_free(struct cpu *cpu)
{
	if (!cpu)
		return;
	arena_give(cpu->arena, cpu->blocks);
	arena_give(cpu->arena, cpu);
}

struct cpu_state *cpu_state(struct cpu *cpu)
{
	return &cpu->state;
}

const struct cpu_state *cpu_state_const(const struct cpu *cpu)
{
	return &cpu->state;
}

struct float_state *cpu_floats(struct cpu *cpu)
{
	return cpu->floats;
}

struct msr_state *cpu_msrs(struct cpu *cpu)
{
	return &cpu->msrs;
}

const struct msr_state *cpu_msrs_const(const struct cpu *cpu)
{
	return &cpu->msrs;
}

/* Has what paging depends on changed since the last look? A VMM's world switch often leaves it alone. */
static bool paging_changed(struct cpu *cpu)
{
	const struct cpu_state *state = &cpu->state;
	struct paging_registers now = {
		.cr0 = state->cr0 & (CR0_PG | CR0_WP | CR0_PE),
		.cr3 = state->cr3,
		.cr4 = state->cr4,
		.efer = (uint32_t)state->efer,
	};

	if (!memcmp(&now, &cpu->paging_seen, sizeof now))
		return false;
	cpu->paging_seen = now;
	return true;
}

void cpu_state_changed(struct cpu *cpu)
{
	cpu->event.type = EVENT_NONE;
	cpu->attention = true;
	set_status_flags(cpu, cpu->state.eflags);
	derive_all(cpu);
	if (!paging_changed(cpu))
		return;
	cpu->translation++;
	tlb_retag(cpu);
}

void cpu_set_costs(struct cpu *cpu, const struct cost_profile *costs)
{
	cpu->costs = costs;
	blocks_flush(cpu);
}

const struct cpu_event *cpu_stop_event(const struct cpu *cpu)
{
	return &cpu->stopped;
}

void cpu_set_monitored(struct cpu *cpu, bool monitored)
{
	cpu->monitored = monitored;
}

void cpu_set_interrupt_line(struct cpu *cpu, bool raised)
{
	cpu->interrupt_line = raised;
	cpu->attention = true;
}

void cpu_raise_nmi(struct cpu *cpu)
{
	cpu->nmi_pending = true;
	cpu->attention = true;
}

bool cpu_nmi_pending(const struct cpu *cpu)
{
	return cpu->nmi_pending;
}

bool cpu_nmi_waits(const struct cpu *cpu)
{
	return cpu->nmi_pending && !cpu->state.nmi_blocked;
}

bool cpu_nmi_deliverable(const struct cpu *cpu)
{
	return cpu_nmi_waits(cpu) && !cpu->state.interrupt_shadow;
}

bool cpu_take_nmi(struct cpu *cpu)
{
	if (!cpu_nmi_deliverable(cpu))
		return false;
	cpu->nmi_pending = false;
	return true;
}

void cpu_set_ignore_numeric_error(struct cpu *cpu, bool asserted)
{
	cpu->ignores_numeric_error = asserted;
}

bool cpu_interruptible(const struct cpu *cpu)
{
	return (cpu->state.eflags & EFLAGS_IF) && !cpu->state.interrupt_shadow;
}

void cpu_request_stop(struct cpu *cpu)
{
	cpu->stop_requested = true;
	cpu->attention = true;
}

void cpu_set_hooks(struct cpu *cpu, const struct cpu_hooks *hooks)
{
	cpu->hooks = hooks ? *hooks : (struct cpu_hooks){0};
}

void cpu_set_extension(struct cpu *cpu, const struct cpu_extension *extension)
{
	cpu->extension = extension ? *extension : (struct cpu_extension){0};
}

uint64_t cpu_instructions(const struct cpu *cpu)
{
	return cpu->instructions;
}

const struct cpu_counters *cpu_counters(const struct cpu *cpu)
{
	return &cpu->counters;
}
