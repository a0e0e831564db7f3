/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/vmm.h - for this floor and its neighbours: what every VMM that emulates for a virtual CPU has, whether
 * its exits are exceptions in an outer ring or VM exits. The story of an exit (story.c), one instruction done
 * for the guest (emulation.c), stretches of interpretation and the loop (vmm.c).
 */
#ifndef RINGSIDE_TRAP_VMM_H
#define RINGSIDE_TRAP_VMM_H

#include "core/vm.h"
#include "cpu/insn.h"
#include "shadowpt/shadowpt.h"

static inline void charge(struct vm *vm, enum cost cost)
{
	vm_charge(vm, cost, 1);
}

/* Has a device's moment come, or the guest ended? That is the machine's own doing. */
static inline bool is_due(const struct vm *vm)
{
	return vm->clock >= board_next(vm->board) || vm->exited || vm->reset_requested;
}

/* Something that the guest takes as soon as it may. */
static inline bool interrupt_comes(const struct vm *vm)
{
	return board_interrupt(vm->board) || cpu_nmi_waits(vm->vcpu);
}

/* Must the run loop look at devices (one may have chosen an earlier moment), or end? Also when somebody who looks on wants
 * the guest to stand still. */
static inline bool must_stop(const struct vm *vm)
{
	return is_due(vm) || vm->clock >= vm->slice_end || board_next(vm->board) < vm->slice_end || vm->stop_requested;
}

/* ---- story.c ---- */

/* Begins an event; looking the moment up is for those who listen. */
void story_begin(struct vm *vm, struct event *event, enum event_kind kind);
/* Writes down what was charged to the clock since the moment `since` (cycles). */
void story_phase(const struct vm *vm, struct event *event, const char *what, uint64_t since);
/* Charges a price and writes it down. */
void story_charge(struct vm *vm, struct event *event, const char *what, enum cost cost);
/* Begins the event of an exception that the processor has brought to the VMM, which has charged monitor_entry since. */
void story_exception(struct vm *vm, struct event *event, const struct cpu_event *cause);
/* Tells the event if somebody listens, with what has changed in the virtual CPU since `before`. */
void story_tell(struct vm *vm, struct event *event, const struct cpu_state *before);
/* The emulated instruction raised an event, which the virtual CPU has delivered. */
void story_delivered(struct event *event, const struct cpu_event *delivered);
/* Into the guest, or out of it: an event with the two states at that moment. */
void tell_world_switch(struct vm *vm, const char *direction);
/* Out of the guest because the processor came back: not told when it did so for somebody who looks on, nor the way back. */
void tell_way_out(struct vm *vm, enum cpu_stop stop);

/* ---- emulation.c ---- */

/* Why an access must be emulated that the guest's own tables allow: the name under which statistics count it. */
const char *emulation_reason(const struct vm *vm, uint64_t gpa);

/* Prices of a virtual CPU whose VMM charges for its work itself: nothing costs anything. */
void free_of_charge(struct cost_profile *profile, const struct vm *vm);

/* The guest's instruction at the virtual CPU's EIP. False: it cannot be fetched or is none. */
bool fetch_instruction(const struct vm *vm, struct insn *insn);
/* The name under which statistics count an emulated instruction: static. */
const char *reason_of(const struct insn *insn);

/* What one emulation needs: where the virtual CPU's `delivered` hook leaves its event, and how many stores have
 * met a traced page (NULL: none are traced). */
struct emulation {
	struct vm *vm;
	struct cpu_event *delivered;
	const uint64_t *traces;
	void (*before)(struct vm *vm); /* each interpreted instruction; NULL: nothing to do */
};
/* The VMM's parts that can be exchanged: its own, or those that stand in for them. */
const struct vmm_pieces *pieces_of(const struct vm *vm);
/* Delivers an event to the guest by its own IDT. */
void deliver_to_guest(struct vm *vm, const struct cpu_event *event);
/* Runs one instruction (one repetition) against the virtual CPU; *delivered has the event that it delivered to
 * the guest, or EVENT_NONE. Interrupts are left waiting. */
void step_virtual_cpu(const struct emulation *emulation);
/* The same at a price for each; a repeated string instruction goes on while each repetition would exit again.
 * `insn` NULL: it could not be fetched. */
void step_whole(const struct emulation *emulation, const struct insn *insn);

/* What an emulated instruction obliges the VMM to flush from the processor's TLB. */
enum flush { FLUSH_NOTHING, FLUSH_PAGE, FLUSH_ALL };
enum flush flush_of(const struct insn *insn, const struct cpu_state *before, uint32_t *linear);

enum access access_of(uint32_t page_fault_error);

/* The same instruction keeps faulting: the VMM's tables are too small for all that it touches. */
struct patience {
	uint64_t at;   /* instruction count of the last repair */
	unsigned lost; /* repairs without an instruction between them */
};
bool patience_is_lost(struct patience *patience, uint64_t instructions);

/* ---- vmm.c ---- */

/* Interprets guest code until `can_enter`, or `deadline`, or something to do; told as one event. */
typedef bool can_enter(struct vm *vm);
void interpret_until(const struct emulation *emulation, uint64_t deadline, can_enter *can_enter, const char *action);

/* Does one thing for the guest at a time until `deadline`, or a reason to stop. A profile may make exits free;
 * a guest that does nothing but exit must reach its limit all the same. */
typedef enum vm_end go_on(struct vm *vm, uint64_t deadline, bool single);
enum vm_end run_until(struct vm *vm, uint64_t deadline, go_on *go_on);

#endif
