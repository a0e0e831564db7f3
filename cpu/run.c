/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/run.c - the processor's run loop: blocks one after the other, and between them whatever is due
 * at an instruction boundary, in the order of SDM volume 3, table 6-2 (priority among events).
 */
#include "cpu/block.h"
#include "cpu/engine.h"
#include "cpu/flags.h"
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* ---- the threaded forms that any row can run by ---- */

void run_row(struct cpu *cpu, const struct insn *insn)
{
	if (!insn->row->perform(cpu, insn)) {
		abandon(cpu, insn);
		return;
	}
	if (__builtin_expect(cpu->accessed, 0)) /* what an observer looks for: the run stands still behind it */
		leave_block(cpu, insn, cpu->block_eip + insn->offset + insn->length);
	else
		insn[1].execute(cpu, insn + 1);
}

static bool observed(const struct cpu *cpu, const struct insn *insn)
{
	return cpu->hooks.sensitive && cpu->monitored && insn->row->insn_class == CLASS_SENSITIVE;
}

/* A repeated string instruction retires, and costs what its row says, when its last repetition is done. */
static bool has_repetitions_left(const struct cpu *cpu, const struct insn *insn)
{
	return insn->repeat && insn->row->flags & INSN_STRING && cpu->next_eip == cpu->state.eip;
}

void end_row(struct cpu *cpu, const struct insn *insn)
{
	bool done;

	end_mark(cpu, insn); /* exact up to here */
	cpu->next_eip = cpu->state.eip + insn->length;
	cpu->attention = true;
	if (observed(cpu, insn)) {
		cpu->state.eflags = read_eflags(cpu);
		cpu->hooks.sensitive(cpu->hooks.owner, insn);
	}
	assert(insn->row->perform);
	cpu->at_device = true;
	done = insn->row->perform(cpu, insn) && !has_repetitions_left(cpu, insn);
	cpu->at_device = false;
	if (!done)
		return;
	*cpu->clock += insn->cost - cost_before(insn);
	cpu->instructions++;
	cpu->state.eip = cpu->next_eip;
}

/* ---- one instruction by itself ---- */

/* An instruction that loads RF from the stack keeps what it loaded; any other one clears it when done. */
static bool loads_rf(const struct insn *insn)
{
	return insn->row->perform == perform_iret;
}

static void run_one(struct cpu *cpu, const struct block *block)
{
	struct insn alone[2] = {block->insn[0]};

	alone[1] = (struct insn){
		.execute = end_mark,
		.index_in_block = 1,
		.offset = alone[0].length,
	};
	cpu->block_eip = cpu->state.eip;
	assert(alone[0].execute);
	alone[0].execute(cpu, alone);
}

/* The same, with the second attempt of one that meets a device: what it saw in the first is seen again. */
static void run_whole(struct cpu *cpu, const struct block *block)
{
	uint32_t pending_debug = cpu->state.pending_debug;

	run_one(cpu, block);
	if (device_met(cpu)) {
		cpu->state.pending_debug = pending_debug;
		run_one(cpu, block);
	}
	cpu->at_device = false;
}

/*
 * Runs one instruction with all that holds for one: the shadow of STI and MOV SS ends, RF is cleared,
 * TF traps after it. Of a string instruction that is watched so, one repetition.
 * (SDM vol. 3, 6.8.3, 17.3.1.1, 17.3.1.4.)
 */
static void run_single(struct cpu *cpu)
{
	bool trap = cpu->state.eflags & EFLAGS_TF, resume = cpu->state.eflags & EFLAGS_RF;
	bool monitor_trap = cpu->non_root && (cpu->vmx.primary & PRIMARY_MONITOR_TRAP);
	uint8_t shadow = cpu->state.interrupt_shadow;
	uint64_t retired = cpu->instructions, deadline = cpu->deadline;
	uint32_t held_off = cpu->state.pending_debug;
	const struct block *block = block_find(cpu);

	cpu->attention = true;
	if (!block) {
		cpu->at_device = false;
		return;
	}
	cpu->state.interrupt_shadow = SHADOW_NONE;
	if (trap || monitor_trap || (cpu->state.dr[7] & 0xff))
		cpu->deadline = *cpu->clock;
	run_whole(cpu, block);
	cpu->deadline = deadline;
	cpu->attention = true;
	watch_settle(cpu);
	if (cpu->event.type != EVENT_NONE) {
		/* if the instruction leaves for a VMM, it has not been executed yet; a delivery ends the shadow */
		cpu->state.interrupt_shadow = shadow;
		if (!event_is_software(&cpu->event))
			cpu->state.pending_debug = held_off; /* what it accessed traps when it has been */
		return;
	}
	if (monitor_trap)
		vmx_progress(cpu);
	if (trap)
		cpu->state.pending_debug |= DR6_BS;
	if (resume && cpu->instructions != retired && !loads_rf(block->insn))
		cpu->state.eflags &= ~(uint32_t)EFLAGS_RF;
}

/* ---- instruction boundaries ---- */

enum boundary { GO_ON, GO_SINGLE, RESUME, STOP };

/* The pending VM exit happens. */
static enum boundary leave_guest(struct cpu *cpu, enum cpu_stop *stop)
{
	cpu->accessed = false; /* in the delivery that the exit has cut short */
	vmx_leave(cpu);
	*stop = CPU_STOP_VMEXIT;
	return STOP;
}

/*
 * tour 1.2: The fault becomes an event at an instruction boundary
 * The block was left with EIP on the CLI, and the pending event is delivered before anything else may
 * happen. With a VMM under the guest the processor is `monitored`: what should enter a handler in ring 0
 * leaves cpu_run instead, for that handler is the VMM, and the VMM is C.
 */
static enum boundary deliver(struct cpu *cpu, struct cpu_event event, enum cpu_stop *stop)
{
	bool alive;

	cpu->event.type = EVENT_NONE;
	if (event.type == EVENT_VM_EXIT)
		return leave_guest(cpu, stop);
	cpu->counters.events_delivered++;
	alive = deliver_event(cpu, &event);
	if (cpu->event.type == EVENT_VM_EXIT) {
		cpu->counters.events_delivered--;
		return leave_guest(cpu, stop);
	}
	cpu->event.type = EVENT_NONE;
	watch_settle(cpu);
	cpu->vmx.nmi_unblocked = false;
	if (cpu->non_root)
		vmx_progress(cpu);
	if (!alive) {
		cpu->state.activity = ACTIVITY_SHUTDOWN;
		*stop = CPU_STOP_SHUTDOWN;
		return STOP;
	}
	if (cpu->left_for_monitor) {
		*stop = CPU_STOP_EVENT;
		return STOP;
	}
	return RESUME;
}

/* Single step and data breakpoints of the instruction before: a trap (#DB). */
static enum boundary deliver_debug_trap(struct cpu *cpu, enum cpu_stop *stop)
{
	struct cpu_event event = {.type = EVENT_EXCEPTION, .vector = VECTOR_DB, .dr6 = cpu->state.pending_debug};

	cpu->state.pending_debug = 0;
	return deliver(cpu, event, stop);
}

static bool interrupt_due(const struct cpu *cpu)
{
	return cpu->interrupt_line && (cpu->state.eflags & EFLAGS_IF) && !cpu->state.interrupt_shadow;
}

static bool runs_single(const struct cpu *cpu)
{
	return (cpu->state.eflags & (EFLAGS_TF | EFLAGS_RF)) || cpu->state.interrupt_shadow ||
	       (cpu->state.dr[7] & 0xff) || (cpu->non_root && (cpu->vmx.primary & PRIMARY_MONITOR_TRAP));
}

static enum boundary deliver_interrupt(struct cpu *cpu, enum cpu_stop *stop)
{
	struct cpu_event event = {.type = EVENT_EXTERNAL};

	cpu->state.activity = ACTIVITY_ACTIVE;
	event.vector = cpu->bus->acknowledge(cpu->bus->owner);
	return deliver(cpu, event, stop);
}

static enum boundary deliver_nmi(struct cpu *cpu, enum cpu_stop *stop)
{
	struct cpu_event event = {.type = EVENT_NMI, .vector = VECTOR_NMI};

	cpu->nmi_pending = false;
	cpu->state.activity = ACTIVITY_ACTIVE;
	return deliver(cpu, event, stop);
}

/* A VMM whose code is C has been called: the fetch found its page. */
static bool monitor_called(struct cpu *cpu, enum cpu_stop *stop)
{
	if (!cpu->monitor_called)
		return false;
	cpu->monitor_called = false;
	*stop = CPU_STOP_MONITOR;
	return true;
}

/* An NMI, an interrupt, or a window for one that a VMM waits for. GO_ON: none. */
static enum boundary take_interrupt(struct cpu *cpu, enum cpu_stop *stop)
{
	if (cpu->non_root && vmx_window_due(cpu))
		return leave_guest(cpu, stop);
	if (cpu_nmi_deliverable(cpu)) {
		cpu->attention = true;
		return deliver_nmi(cpu, stop);
	}
	if (interrupt_due(cpu)) {
		cpu->attention = true;
		return deliver_interrupt(cpu, stop);
	}
	return GO_ON;
}

/* What is due before the next instruction. */
static enum boundary attend(struct cpu *cpu, enum cpu_stop *stop)
{
	enum boundary next;

	cpu->attention = false;
	watch_settle(cpu);
	if (monitor_called(cpu, stop))
		return STOP;
	if (device_met(cpu))
		return GO_SINGLE;
	if (cpu->event.type != EVENT_NONE) {
		cpu->attention = true;
		return deliver(cpu, cpu->event, stop);
	}
	cpu->attention = cpu->state.activity || runs_single(cpu);
	if (cpu->state.activity == ACTIVITY_SHUTDOWN) {
		*stop = CPU_STOP_SHUTDOWN;
		return STOP;
	}
	if (cpu->non_root && vmx_monitor_trap_due(cpu))
		return leave_guest(cpu, stop);
	if (cpu->state.pending_debug && cpu->state.interrupt_shadow != SHADOW_MOV_SS) {
		cpu->attention = true;
		return deliver_debug_trap(cpu, stop);
	}
	if (cpu->stop_requested) {
		cpu->stop_requested = false;
		cpu->attention = true;
		*stop = CPU_STOP_REQUEST;
		return STOP;
	}
	if (*cpu->clock >= cpu->deadline) {
		if (cpu->non_root && vmx_timer_due(cpu))
			return leave_guest(cpu, stop);
		cpu->attention = true;
		*stop = CPU_STOP_TIME;
		return STOP;
	}
	next = take_interrupt(cpu, stop);
	if (next != GO_ON)
		return next;
	if (cpu->state.activity == ACTIVITY_HALTED) {
		*stop = CPU_STOP_HALT;
		return STOP;
	}
	if (cpu->stand_still && cpu->running) {
		cpu->stand_still = false;
		cpu->attention = true;
		*stop = CPU_STOP_REQUEST;
		return STOP;
	}
	if ((cpu->state.dr[7] & 0xff) && !debug_instruction_breakpoint(cpu))
		return RESUME;
	return runs_single(cpu) ? GO_SINGLE : GO_ON;
}

/* Cycles that the walks of one instruction may cost beyond its block's `worst` (block.c): those of three accesses
 * on two pages each, where a walk through nested tables has up to 24 references instead of three. */
static uint64_t nested_extra(const struct cpu *cpu)
{
	return cpu->ept_pointer ? UINT64_C(6) * (24 - 3) * cpu->costs->cycles[COST_walk_reference] : 0;
}

static uint64_t nested_margin(const struct cpu *cpu, uint64_t deadline)
{
	uint64_t margin = BLOCK_INSNS * nested_extra(cpu);

	return margin < deadline ? margin : deadline;
}

static void begin(struct cpu *cpu, uint64_t deadline)
{
	if (cpu->non_root && deadline > cpu->vmx.timer_end)
		deadline = cpu->vmx.timer_end;
	cpu->deadline = deadline;
	cpu->block_deadline = deadline - nested_margin(cpu, deadline);
	cpu->attention = true;
	cpu->running = false;
	account_begin(cpu);
	set_status_flags(cpu, cpu->state.eflags);
}

static enum cpu_stop finish(struct cpu *cpu, enum cpu_stop stop)
{
	cpu->state.eflags = read_eflags(cpu);
	account_end(cpu);
	return stop;
}

/* The exact answer, where block_deadline is too careful. */
static bool near_deadline(const struct cpu *cpu, const struct block *block)
{
	return *cpu->clock + block->worst + block->count * nested_extra(cpu) >= cpu->deadline;
}

enum cpu_stop cpu_run(struct cpu *cpu, uint64_t deadline)
{
	enum cpu_stop stop = CPU_STOP_TIME;
	uint64_t block_deadline;

	begin(cpu, deadline);
	cpu->running = true;
	block_deadline = cpu->block_deadline;
	for (;;) {
		const struct block *block;

		if (cpu->attention) {
			enum boundary next = attend(cpu, &stop);
			if (next == STOP)
				return finish(cpu, stop);
			if (next == GO_SINGLE)
				run_single(cpu);
			if (next != GO_ON)
				continue;
		}
		block = block_find(cpu);
		if (!block || (*cpu->clock + block->worst >= block_deadline && near_deadline(cpu, block))) {
			/* a fault, or so near the deadline that every boundary counts */
			if (block)
				run_single(cpu);
			cpu->attention = true;
			continue;
		}
		cpu->block_eip = cpu->state.eip;
		block->insn[0].execute(cpu, block->insn);
	}
}

/* Delivers what an instruction has just raised, or an earlier one left. */
static bool deliver_pending(struct cpu *cpu, enum cpu_stop *stop)
{
	return cpu->event.type == EVENT_NONE || deliver(cpu, cpu->event, stop) == RESUME;
}

enum cpu_stop cpu_step(struct cpu *cpu)
{
	enum cpu_stop stop = CPU_STOP_TIME;
	uint64_t delivered = cpu->counters.events_delivered;
	enum boundary next;

	begin(cpu, *cpu->clock + 1);
	cpu->stop_requested = false; /* a step stops by itself */
	next = attend(cpu, &stop);
	if (next == RESUME && cpu->event.type != EVENT_NONE)
		next = attend(cpu, &stop);
	if (next == STOP || cpu->counters.events_delivered != delivered)
		return finish(cpu, stop);
	cpu->deadline = *cpu->clock; /* one repetition of a string instruction */
	run_single(cpu);
	if (monitor_called(cpu, &stop))
		return finish(cpu, stop);
	if (deliver_pending(cpu, &stop) && cpu->state.pending_debug && cpu->state.interrupt_shadow != SHADOW_MOV_SS)
		deliver_debug_trap(cpu, &stop);
	return finish(cpu, stop);
}

enum cpu_stop cpu_deliver(struct cpu *cpu, const struct cpu_event *event)
{
	enum cpu_stop stop = CPU_STOP_TIME;
	bool monitored = cpu->monitored;

	begin(cpu, *cpu->clock);
	cpu->monitored = false;
	cpu->state.activity = ACTIVITY_ACTIVE;
	deliver(cpu, *event, &stop);
	cpu->monitored = monitored;
	return finish(cpu, stop);
}
