/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/exits.c - what the VMM does about each exit. One table row an exception: repair (page faults),
 * reflect (the guest's own exceptions) or emulate (what hardware refused a deprivileged kernel).
 *
 * Emulation is one instruction of the interpreter against the virtual CPU, which is at its own CPL 0: it
 * completes, or raises what bare hardware would have raised, through the guest's own IDT.
 */
#include "cpu/paging.h"
#include "cpu/perform.h"
#include "trap/deprivileged.h"

#include <assert.h>

/* ---- the story of an exit ---- */

/* Looking the moment up is for those who listen. */
static void begin_event(struct vm *vm, struct event *event, enum event_kind kind)
{
	if (vm->events.wanted)
		vm_event_begin(vm, event, kind);
	else
		*event = (struct event){.kind = (uint8_t)kind};
}

/* An event that began when the instruction trapped: the processor has charged monitor_entry since. */
static void begin_exit(struct deprivileged *state, struct event *event, const struct cpu_event *cause)
{
	struct vm *vm = state->vm;
	uint32_t entry = vm->costs.cycles[COST_monitor_entry];

	begin_event(vm, event, EV_TRAP);
	event->cycle = vm->clock - entry;
	event->has_vector = true;
	event->vector = cause->vector;
	event->has_error = cause->has_error;
	event->error = cause->error;
	event_add_phase(event, "exception to the VMM", entry);
	charge(vm, COST_monitor_save);
	event_add_phase(event, "save the guest", vm->costs.cycles[COST_monitor_save]);
}

static void phase(struct deprivileged *state, struct event *event, const char *what, uint64_t since)
{
	event_add_phase(event, what, (uint32_t)(state->vm->clock - since));
}

static void note(struct event *event, const char *what, uint32_t before, uint32_t after)
{
	if (before != after)
		event_add_change(event, what, before, after);
}

/* What the exit has changed in the virtual CPU. */
static void note_changes(struct event *event, const struct cpu_state *before, const struct cpu_state *after)
{
	note(event, "cpl", before->cpl, after->cpl);
	note(event, "if", before->eflags >> 9 & 1, after->eflags >> 9 & 1);
	note(event, "cr0", before->cr0, after->cr0);
	note(event, "cr2", before->cr2, after->cr2);
	note(event, "cr3", before->cr3, after->cr3);
	note(event, "cr4", before->cr4, after->cr4);
	note(event, "gdtr", before->gdtr.base, after->gdtr.base);
	note(event, "idtr", before->idtr.base, after->idtr.base);
	note(event, "tr", before->segment[TR].selector, after->segment[TR].selector);
	note(event, "eax", before->gpr[EAX], after->gpr[EAX]);
	note(event, "eip", before->eip, after->eip);
}

/*
 * tour 1.6: The exit is told
 * Each phase has charged its cycles to the clock and is written down with them, so that the story of an
 * event and the clock can never disagree. When nobody listens only the charges remain.
 */
static void finish_exit(struct deprivileged *state, struct event *event, const struct cpu_state *before)
{
	struct vm *vm = state->vm;

	charge(vm, COST_monitor_return);
	event_add_phase(event, "return to the guest", vm->costs.cycles[COST_monitor_return]);
	if (!event_wanted(&vm->events, event->kind))
		return;
	note_changes(event, before, cpu_state_const(vm->vcpu));
	event_emit(&vm->events, event);
}

/* ---- emulation ---- */

/* The name under which statistics count an emulated instruction. */
static const char *reason_of(const struct insn *insn)
{
	for (unsigned i = 0; i < 2; i++) {
		switch (insn->row->operand[i]) {
		case OP_Cd:
			return "mov cr";
		case OP_Dd:
			return "mov dr";
		case OP_Sw:
		case OP_ES:
		case OP_CS:
		case OP_SS:
		case OP_DS:
		case OP_FS:
		case OP_GS:
			return "segment load";
		default:
			break;
		}
	}
	return insn->row->mnemonic;
}

static bool fetch(const struct vm *vm, struct insn *insn)
{
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	uint8_t bytes[INSN_MAX_LENGTH];
	size_t have = cpu_peek(guest, &vm->guest_bus, guest->segment[CS].base + guest->eip, bytes, sizeof bytes);

	return insn_decode(insn, bytes, have, guest->segment[CS].access & ACCESS_BIG) > 0;
}

/* INVLPG, and loading a control register, must reach the processor's TLB too. */
static void carry_flush(const struct vm *vm, const struct insn *insn, const struct cpu_state *before)
{
	uint32_t offset;

	if (insn->row->operand[0] == OP_Cd)
		cpu_tlb_flush(vm->processor);
	if (insn->row->perform != perform_invlpg)
		return;
	offset = (before->gpr[insn->base] + (before->gpr[insn->index] << insn->scale) + insn->displacement) &
	         insn->address_mask;
	cpu_tlb_flush_page(vm->processor, before->segment[insn->segment].base + offset);
}

/* Runs one instruction (one repetition) against the virtual CPU; what it delivers is in state->delivered. */
static void step_virtual_cpu(struct deprivileged *state)
{
	struct vm *vm = state->vm;

	cpu_set_interrupt_line(vm->vcpu, false); /* an interrupt is injected by itself, and counted */
	state->delivered.type = EVENT_NONE;
	cpu_step(vm->vcpu);
	cpu_set_interrupt_line(vm->vcpu, board_interrupt(vm->board));
}

/*
 * A repeated string instruction is emulated on and on while each repetition would trap again (a port, a
 * traced page), until a device's moment comes.
 */
static void step_whole(struct deprivileged *state, const struct insn *insn, uint32_t eip)
{
	struct vm *vm = state->vm;
	const struct shadow_counters *counters = shadow_counters(state->shadow);
	bool repeats = insn && insn->repeat && insn->row->flags & INSN_STRING, again;

	do {
		uint64_t traces = counters->traces;

		step_virtual_cpu(state);
		charge(vm, COST_emulate_execute);
		again = insn && (insn->row->insn_class == CLASS_PRIVILEGED || counters->traces != traces);
	} while (repeats && again && state->delivered.type == EVENT_NONE && cpu_state_const(vm->vcpu)->eip == eip &&
	         vm->clock < vm->slice_end);
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
	uint64_t traces = shadow_counters(state->shadow)->traces, since = vm->clock;
	struct insn insn;
	bool decoded = fetch(vm, &insn);

	charge(vm, COST_emulate_decode);
	phase(state, event, "decode", since);
	since = vm->clock;
	if (!known)
		event->reason = decoded ? reason_of(&insn) : "fetch";
	state->traced_page_table = state->traced_descriptor = false;
	step_whole(state, decoded ? &insn : NULL, before.eip);
	if (decoded)
		carry_flush(vm, &insn, &before);
	phase(state, event, "emulate on the virtual CPU", since);
	if (state->delivered.type != EVENT_NONE) {
		event->kind = EV_REFLECT;
		event->vector = state->delivered.vector;
		event->has_error = state->delivered.has_error;
		event->error = state->delivered.error;
		event->action = "handed to the guest's IDT";
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
	cpu_deliver(vm->vcpu, to_deliver);
	phase(state, event, "push the frame for the guest", since);
	finish_exit(state, event, &before);
}

/* An exception that deprivileging has nothing to do with. */
static void exit_reflect(struct deprivileged *state, struct event *event, const struct cpu_event *cause)
{
	event->kind = EV_REFLECT;
	event->action = "handed to the guest's IDT";
	deliver(state, event, cause);
}

static enum access access_of(uint32_t error)
{
	return error & PF_WRITE ? ACCESS_WRITE : error & PF_FETCH ? ACCESS_EXECUTE : ACCESS_READ;
}

/* The same instruction keeps faulting: shadow memory is too small for all that it touches. */
static bool is_stuck(struct deprivileged *state)
{
	enum { PATIENCE = 12 };
	uint64_t instructions = cpu_instructions(state->vm->processor);

	state->stuck = instructions == state->stuck_at ? state->stuck + 1 : 0;
	state->stuck_at = instructions;
	return state->stuck > PATIENCE;
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
	verdict = shadow_fault(state->shadow, cause->address, access_of(cause->error), before.cpl == 3, &walk);
	phase(state, event, "walk the guest's tables, fill", since);
	if (verdict == SHADOW_TRUE) {
		true_fault(state, event, cause->address, walk.error);
	} else if (verdict == SHADOW_EMULATE || is_stuck(state)) {
		event->reason = "protected memory";
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
	[VECTOR_UD] = {"#UD", exit_reflect}, [VECTOR_NM] = {"#NM", exit_reflect},
	[VECTOR_TS] = {"#TS", exit_emulate}, [VECTOR_NP] = {"#NP", exit_emulate},
	[VECTOR_SS] = {"#SS", exit_emulate}, [VECTOR_GP] = {"#GP", exit_emulate},
	[VECTOR_PF] = {"#PF", exit_page_fault}, [VECTOR_MF] = {"#MF", exit_reflect},
	[VECTOR_AC] = {"#AC", exit_reflect}, [VECTOR_MC] = {"#MC", exit_reflect},
};

void exit_event(struct deprivileged *state)
{
	const struct cpu_event *cause = cpu_stop_event(state->vm->processor);
	struct event event;

	/* INT n never comes by itself: the VMM's gates raise #GP for it. A #DF would be the VMM's own. */
	assert(cause->vector < sizeof exits / sizeof *exits && exits[cause->vector].handle);
	begin_exit(state, &event, cause);
	event.reason = exits[cause->vector].reason;
	exits[cause->vector].handle(state, &event, cause);
}

void exit_interrupt(struct deprivileged *state)
{
	struct vm *vm = state->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct event event;

	charge(vm, COST_monitor_entry);
	begin_exit(state, &event, &(struct cpu_event){0});
	event.kind = EV_INTERRUPT;
	event.has_vector = false;
	event.reason = "interrupt";
	event.action = "the VMM's device model takes it";
	finish_exit(state, &event, &before);
}

/* ---- injection ---- */

bool inject_interrupt(struct deprivileged *state)
{
	struct vm *vm = state->vm;
	struct cpu_event interrupt = {.type = EVENT_EXTERNAL};
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct event event;
	uint64_t since = vm->clock;

	if (!board_interrupt(vm->board) || !cpu_interruptible(vm->vcpu))
		return false;
	begin_event(vm, &event, EV_INJECT);
	interrupt.vector = vm->guest_bus.acknowledge(vm);
	charge(vm, COST_inject);
	cpu_deliver(vm->vcpu, &interrupt);
	phase(state, &event, "push the frame for the guest", since);
	if (event_wanted(&vm->events, EV_INJECT)) {
		event.has_vector = true;
		event.vector = interrupt.vector;
		event.reason = "inject";
		event.action = "delivered an interrupt to the virtual CPU";
		note_changes(&event, &before, cpu_state_const(vm->vcpu));
		event_emit(&vm->events, &event);
	}
	return true;
}

/* ---- code that hardware cannot hold ---- */

static bool interpret_one(struct deprivileged *state)
{
	struct vm *vm = state->vm;

	if (board_interrupt(vm->board) && cpu_interruptible(vm->vcpu))
		return false; /* injected, and told, by itself */
	step_virtual_cpu(state);
	charge(vm, COST_interpret);
	if (!vm->costs.cycles[COST_interpret])
		vm->clock++; /* a profile may make it free, but a guest that spins must reach its limit */
	return !cpu_state_const(vm->vcpu)->activity && !must_stop(vm);
}

/* Gives the cycles that it took; what copying descriptor tables takes is told by itself. */
static uint64_t interpret_some(struct deprivileged *state, uint64_t deadline)
{
	const struct vm *vm = state->vm;
	uint64_t spent = 0;
	bool more = true;

	while (more && vm->clock < deadline) {
		uint64_t since = vm->clock;

		more = interpret_one(state);
		spent += vm->clock - since;
		more = more && !world_can_enter(state);
	}
	return spent;
}

void interpret(struct deprivileged *state, uint64_t deadline)
{
	struct vm *vm = state->vm;
	uint64_t instructions = cpu_instructions(vm->vcpu), spent;
	struct event event;

	begin_event(vm, &event, EV_EMULATE);
	spent = interpret_some(state, deadline);
	cpu_tlb_flush(vm->processor); /* MOV CR3 or INVLPG may have been among it */
	if (!event_wanted(&vm->events, EV_EMULATE))
		return;
	event.reason = "interpreter";
	event.action = "interpreted what hardware cannot hold deprivileged";
	event_add_change(&event, "instructions", 0, (uint32_t)(cpu_instructions(vm->vcpu) - instructions));
	event_add_phase(&event, "interpret", (uint32_t)spent);
	event_emit(&vm->events, &event);
}
