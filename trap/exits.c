/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/exits.c - what the VMM does about each exit. One table row an exception: repair (page faults),
 * reflect (the guest's own exceptions) or emulate (what hardware refused a deprivileged kernel).
 *
 * Emulation is one instruction of the interpreter against the virtual CPU, which is at its own CPL 0: it
 * completes, or raises what bare hardware would have raised, through the guest's own IDT.
 */
#include "cpu/paging.h"
#include "trap/deprivileged.h"
#include "trap/hypercall.h"

#include <assert.h>

static struct emulation emulation_of(struct deprivileged *state)
{
	return (struct emulation){.vm = state->vm, .delivered = &state->delivered,
	                          .traces = &shadow_counters(state->shadow)->traces};
}

/* ---- the story of an exit ---- */

/*
 * tour 1.6: The exit is told
 * Each phase has charged its cycles to the clock and is written down with them, so that the story of an
 * event and the clock can never disagree. When nobody listens only the charges remain.
 */
static void finish_exit(struct deprivileged *state, struct event *event, const struct cpu_state *before)
{
	story_charge(state->vm, event, "return to the guest", COST_monitor_return);
	story_tell(state->vm, event, before);
}

/* ---- emulation ---- */

void carry_flush(const struct vm *vm, const struct insn *insn, const struct cpu_state *before)
{
	uint32_t linear;

	switch (flush_of(insn, before, &linear)) {
	case FLUSH_NOTHING:
		break;
	case FLUSH_PAGE:
		shadow_invalidate(deprivileged(vm)->shadow, linear);
		break;
	case FLUSH_ALL:
		cpu_tlb_flush(vm->processor);
		break;
	}
}

/* Pages are traced whole: the store may have hit something else that lies in one. */
static const char *trace_action(const struct deprivileged *state)
{
	if (state->traced_page_table)
		return "carried the store over to the shadow page table";
	if (state->traced_descriptor)
		return "carried the store over to the shadow descriptors";
	return "did the store: the page is traced for other data in it";
}

static void emulate(struct deprivileged *state, struct event *event, bool known)
{
	struct vm *vm = state->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	uint64_t traces = shadow_counters(state->shadow)->traces, since;
	struct emulation emulation = emulation_of(state);
	struct insn insn;
	bool decoded = fetch_instruction(vm, &insn);

	story_charge(vm, event, "decode", COST_emulate_decode);
	since = vm->clock;
	if (!known)
		event->reason = decoded ? reason_of(&insn) : "fetch";
	state->traced_page_table = state->traced_descriptor = false;
	step_whole(&emulation, decoded ? &insn : NULL);
	if (decoded)
		carry_flush(vm, &insn, &before);
	story_phase(state->vm, event, "emulate on the virtual CPU", since);
	if (state->delivered.type != EVENT_NONE) {
		story_delivered(event, &state->delivered);
	} else if (known && shadow_counters(state->shadow)->traces != traces) {
		event->kind = EV_TRACE;
		event->reason = state->traced_page_table || state->traced_descriptor ? "trace" : "trace, other data";
		event->action = trace_action(state);
	} else if (!known && decoded && insn.row->insn_class != CLASS_PRIVILEGED) {
		event->kind = EV_DESCRIPTOR;
		event->action = "did it against the guest's own descriptor";
	} else {
		event->action = "emulated on the virtual CPU";
	}
	finish_exit(state, event, &before);
}

/* ---- the exits ---- */

static void exit_emulate(struct deprivileged *state, struct event *event, const struct cpu_event *cause)
{
	(void)cause;
	emulate(state, event, false);
}

static void deliver(struct deprivileged *state, struct event *event, const struct cpu_event *to_deliver)
{
	struct vm *vm = state->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	uint64_t since = vm->clock;

	charge(vm, COST_inject);
	deliver_to_guest(vm, to_deliver);
	story_phase(state->vm, event, "push the frame for the guest", since);
	finish_exit(state, event, &before);
}

/* An exception that deprivileging has nothing to do with. */
static void exit_reflect(struct deprivileged *state, struct event *event, const struct cpu_event *cause)
{
	event->kind = EV_REFLECT;
	event->action = "handed to the guest's IDT";
	deliver(state, event, cause);
}

/* With CR0.NE clear a guest expects an interrupt by way of FERR#: the virtual CPU asserts it, or ignores the exception while the
 * board says so. */
static void exit_numeric(struct deprivileged *state, struct event *event, const struct cpu_event *cause)
{
	if (cpu_state_const(state->vm->vcpu)->cr0 & CR0_NE)
		exit_reflect(state, event, cause);
	else
		emulate(state, event, true);
}

/* VMCALL is an undefined opcode to hardware without VMX, and a hypercall to a guest that has asked for them: its way in
 * and out is this exit, and what is done for it tells itself. */
static void exit_undefined(struct deprivileged *state, struct event *event, const struct cpu_event *cause)
{
	struct vm *vm = state->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);

	if (!hypercall_is_next(vm)) {
		exit_reflect(state, event, cause);
		return;
	}
	story_charge(vm, event, "decode", COST_emulate_decode);
	cpu_state(vm->vcpu)->eip += HYPERCALL_LENGTH;
	hypercall(vm);
	event->reason = "vmcall";
	event->action = "did the hypercall";
	finish_exit(state, event, &before);
}

static void true_fault(struct deprivileged *state, struct event *event, uint32_t linear, uint32_t error)
{
	struct cpu_event fault = {
		.type = EVENT_EXCEPTION,
		.vector = VECTOR_PF,
		.has_error = true,
		.error = error,
		.address = linear,
	};

	event->kind = EV_TRUE_FAULT;
	event->reason = "true fault";
	event->action = "handed to the guest's IDT";
	event->error = error;
	deliver(state, event, &fault);
}

/* In ring 1 the guest's kernel is a supervisor for the page tables, and so is a gate to it that pushes while CPL is 3. */
static bool as_user(const struct deprivileged *state, const struct cpu_event *cause)
{
	return state->ring == 1 ? cause->error & PF_USER : cpu_state_const(state->vm->vcpu)->cpl == 3;
}

/*
 * tour 2.2: Hidden or true?
 * The pager walks the guest's tables for the same access. If the guest has the fault too it is a true one
 * and goes to the guest's IDT. If not it is hidden: the guest never learns of it.
 */
static void exit_page_fault(struct deprivileged *state, struct event *event, const struct cpu_event *cause)
{
	struct cpu_state before = *cpu_state_const(state->vm->vcpu);
	enum shadow_verdict verdict;
	uint64_t since = state->vm->clock;
	struct walk walk;

	event->address = cause->address;
	verdict = shadow_fault(state->shadow, cause->address, access_of(cause->error), as_user(state, cause), &walk);
	story_phase(state->vm, event, "walk the guest's tables, fill", since);
	if (verdict == SHADOW_TRUE) {
		true_fault(state, event, cause->address, walk.error);
	} else if (verdict == SHADOW_EMULATE || patience_is_lost(&state->patience, cpu_instructions(state->vm->processor))) {
		event->reason = emulation_reason(state->vm, walk.physical);
		emulate(state, event, true);
	} else {
		event->kind = EV_HIDDEN_FAULT;
		event->reason = "hidden fault";
		event->action = "made the shadow entry";
		finish_exit(state, event, &before);
	}
}

/*
 * tour 1.5: Whose fault was it?
 * #GP is what hardware raises for whatever a deprivileged kernel may not do, and also for its honest
 * mistakes. The VMM need not tell them apart: it lets the virtual CPU, which is in its own ring 0, do
 * the one instruction, and either it works or the guest gets its exception.
 */
static const struct {
	const char *reason; /* the handler may know better */
	void (*handle)(struct deprivileged *state, struct event *event, const struct cpu_event *cause);
} exits[] = {
	[VECTOR_DE] = {"#DE", exit_reflect}, [VECTOR_DB] = {"#DB", exit_reflect},
	[VECTOR_NMI] = {"NMI", exit_reflect}, [VECTOR_BP] = {"#BP", exit_reflect},
	[VECTOR_OF] = {"#OF", exit_reflect}, [VECTOR_BR] = {"#BR", exit_reflect},
	[VECTOR_UD] = {"#UD", exit_undefined}, [VECTOR_NM] = {"#NM", exit_reflect},
	[VECTOR_TS] = {"#TS", exit_emulate}, [VECTOR_NP] = {"#NP", exit_emulate},
	[VECTOR_SS] = {"#SS", exit_emulate}, [VECTOR_GP] = {"#GP", exit_emulate},
	[VECTOR_PF] = {"#PF", exit_page_fault}, [VECTOR_MF] = {"#MF", exit_numeric},
	[VECTOR_AC] = {"#AC", exit_reflect}, [VECTOR_MC] = {"#MC", exit_reflect},
	[VECTOR_XM] = {"#XM", exit_reflect},
};

void exit_event(struct deprivileged *state)
{
	const struct cpu_event *cause = cpu_stop_event(state->vm->processor);
	struct event event;

	/* INT n never comes by itself: the VMM's gates raise #GP for it. A #DF would be the VMM's own. */
	assert(cause->vector < sizeof exits / sizeof *exits && exits[cause->vector].handle);
	story_exception(state->vm, &event, cause);
	event.reason = exits[cause->vector].reason;
	exits[cause->vector].handle(state, &event, cause);
}

void exit_own(struct deprivileged *state, const char *reason, const char *action)
{
	struct cpu_state before = *cpu_state_const(state->vm->vcpu);
	struct event event;

	story_exception(state->vm, &event, cpu_stop_event(state->vm->processor));
	event.reason = reason;
	event.action = action;
	finish_exit(state, &event, &before);
}

void exit_interrupt(struct deprivileged *state)
{
	struct vm *vm = state->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct event event;

	charge(vm, COST_monitor_entry);
	story_exception(state->vm, &event, &(struct cpu_event){0});
	event.kind = EV_INTERRUPT;
	event.has_vector = false;
	event.reason = "interrupt";
	event.action = "the VMM's device model takes it";
	finish_exit(state, &event, &before);
}

/* ---- injection ---- */

/* What the guest would take at this boundary: an NMI first. False: nothing. */
static bool take_interrupt(struct vm *vm, struct cpu_event *interrupt)
{
	if (cpu_take_nmi(vm->vcpu)) {
		*interrupt = (struct cpu_event){.type = EVENT_NMI, .vector = VECTOR_NMI};
		return true;
	}
	if (!board_interrupt(vm->board) || !cpu_interruptible(vm->vcpu))
		return false;
	*interrupt = (struct cpu_event){.type = EVENT_EXTERNAL, .vector = vm->guest_bus.acknowledge(vm)};
	return true;
}

bool inject_interrupt(struct deprivileged *state)
{
	struct vm *vm = state->vm;
	struct cpu_event interrupt;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct event event;
	uint64_t since = vm->clock;

	if (!take_interrupt(vm, &interrupt))
		return false;
	story_begin(vm, &event, EV_INJECT);
	charge(vm, COST_inject);
	deliver_to_guest(vm, &interrupt);
	story_phase(vm, &event, "push the frame for the guest", since);
	event.has_vector = true;
	event.vector = interrupt.vector;
	event.reason = "inject";
	event.action = interrupt.type == EVENT_NMI ? "delivered an NMI to the virtual CPU"
	                                           : "delivered an interrupt to the virtual CPU";
	story_tell(vm, &event, &before);
	return true;
}

/* ---- code that hardware cannot hold ---- */

static bool can_run_directly(struct vm *vm)
{
	return world_can_enter(deprivileged(vm));
}

void interpret(struct deprivileged *state, uint64_t deadline)
{
	struct emulation emulation = emulation_of(state);

	interpret_until(&emulation, deadline, can_run_directly, "interpreted what hardware cannot hold deprivileged");
	cpu_tlb_flush(state->vm->processor); /* MOV CR3 or INVLPG may have been among it */
}
