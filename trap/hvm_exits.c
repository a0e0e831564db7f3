/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hvm_exits.c - what the VMM does about each VM exit. One table row a reason: its handler, and the fields of
 * the VMCS that the handler must read. What it changes in the virtual CPU is written back by the entry, field by
 * field. Intel SDM volume 3, chapter 27 and appendix C.
 *
 * Compare exits.c: there an exception says only where the guest came to a stop, and the VMM fetches and decodes
 * the instruction to learn why. Here hardware says why, and decoding is left for accesses to memory.
 */
#include "trap/hvm.h"

#include "cpu/paging.h"
#include "core/refuse.h"

#include <assert.h>
#include <string.h>

enum { MOST_READS = 6 };

struct exit;

struct exit_row {
	const char *reason; /* the handler may know better */
	void (*handle)(struct hvm *state, struct exit *exit);
	uint16_t reads[MOST_READS]; /* enum vmcs_field; 0 ends */
};

/* A VM exit, while it is handled. */
struct exit {
	struct event event;
	struct cpu_state before;
	const struct exit_row *row;
	uint64_t value[MOST_READS];
	uint32_t number;  /* enum exit_reason */
	bool asks;        /* another part is asked about it */
	bool in_delivery; /* an event was being delivered; it waits as state->injection */
};

/* A field that the row has read. */
static uint64_t field(const struct exit *exit, enum vmcs_field wanted)
{
	unsigned i = 0;

	while (exit->row->reads[i] != wanted) {
		i++;
		assert(i < MOST_READS);
	}
	return exit->value[i];
}

/* ---- emulation ---- */

static struct emulation emulation_of(struct hvm *state)
{
	return (struct emulation){
		.vm = state->vm,
		.delivered = &state->delivered,
		.traces = state->shadow ? &shadow_counters(state->shadow)->traces : NULL,
	};
}

/* Where the instruction is, for a VMM that has to fetch it. */
static void read_and_decode(struct hvm *state)
{
	static const enum vmcs_field fields[] = {VMCS_GUEST_RIP, VMCS_GUEST_CS_BASE, VMCS_GUEST_CS_ACCESS, VMCS_GUEST_CR3};

	for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
		hvm_read(state, fields[i]);
	charge(state->vm, COST_emulate_decode);
}

static void note_flush(struct hvm *state, const struct insn *insn, const struct cpu_state *before)
{
	const struct cpu_state *guest = guest_cpu(state);
	enum flush flush = insn ? flush_of(insn, before, &state->flush_linear) : FLUSH_NOTHING;

	if (before->cr0 != guest->cr0 || before->cr3 != guest->cr3 || before->cr4 != guest->cr4 ||
	    before->efer != guest->efer)
		flush = FLUSH_ALL;
	if (flush > state->flush)
		state->flush = flush;
}

static bool by_other_part(struct hvm *state, const struct exit *exit)
{
	state->delivered.type = EVENT_NONE;
	if (!hvm_assist_exit(state, exit->number))
		return false;
	charge(state->vm, COST_emulate_execute);
	return true;
}

static void tell_injected(struct exit *exit, const struct injection *injection)
{
	exit->event.kind = EV_REFLECT;
	exit->event.has_vector = true;
	exit->event.vector = injection->information & INTERRUPTION_VECTOR;
	exit->event.has_error = injection->information & INTERRUPTION_ERROR_CODE;
	exit->event.error = injection->error_code;
	exit->event.action = "handed to the guest's IDT by the VM entry";
}

/* One instruction by the interpreter, or `asks`: by another part. Gives the instruction's name for statistics, NULL when it has none. */
static const char *emulate(struct hvm *state, struct exit *exit, bool asks)
{
	struct vm *vm = state->vm;
	struct emulation emulation = emulation_of(state);
	struct insn insn;
	bool decoded;

	if (state->nested)
		cpu_tlb_flush(vm->vcpu); /* the guest flushes hardware's without a word */
	decoded = fetch_instruction(vm, &insn);
	state->traced_page_table = false;
	if (!asks || !by_other_part(state, exit))
		step_whole(&emulation, decoded ? &insn : NULL);
	if (asks)
		hvm_assist_by_entry(state, &exit->before);
	note_flush(state, decoded ? &insn : NULL, &exit->before);
	exit->event.action = "emulated on the virtual CPU";
	if (state->delivered.type != EVENT_NONE)
		story_delivered(&exit->event, &state->delivered);
	return decoded ? reason_of(&insn) : NULL;
}

/* Hardware says all that there is to know: no fetch, no decoding. */
static void exit_instruction(struct hvm *state, struct exit *exit)
{
	uint64_t since = state->vm->clock;
	const char *name = emulate(state, exit, exit->asks);

	if (name)
		exit->event.reason = name;
	if (exit->asks && state->injection.information)
		tell_injected(exit, &state->injection);
	story_phase(state->vm, &exit->event, "emulate on the virtual CPU", since);
}

/* The VMM does an access to memory for the guest, or the rest of a delivery. */
static void emulate_access(struct hvm *state, struct exit *exit, uint64_t gpa)
{
	struct vm *vm = state->vm;
	uint64_t traces = state->shadow ? shadow_counters(state->shadow)->traces : 0, since = vm->clock;

	exit->event.reason = emulation_reason(vm, gpa);
	if (exit->in_delivery) {
		charge(vm, COST_inject);
		hvm_deliver(state);
		exit->event.action = "delivered the event by software";
	} else {
		read_and_decode(state);
		hvm_drop_resume_flag(state);
		emulate(state, exit, false);
	}
	story_phase(vm, &exit->event, "decode, emulate on the virtual CPU", since);
	if (exit->event.kind == EV_REFLECT || !state->shadow || shadow_counters(state->shadow)->traces == traces)
		return;
	exit->event.kind = EV_TRACE;
	exit->event.reason = state->traced_page_table ? "trace" : "trace, other data";
	exit->event.action = state->traced_page_table ? "carried the store over to the shadow page table"
	                                              : "did the store: the page is traced for other data in it";
}

/* ---- page faults, with shadow paging ---- */

/* In the delivery of another event the two may make a double fault: the virtual CPU's own delivery knows. */
static void true_fault(struct hvm *state, struct exit *exit, uint32_t linear, uint32_t error)
{
	uint64_t since = state->vm->clock;

	exit->event.kind = EV_TRUE_FAULT;
	exit->event.reason = "true fault";
	exit->event.error = error;
	if (exit->in_delivery) {
		charge(state->vm, COST_inject);
		hvm_deliver(state);
		exit->event.action = "delivered both events by software";
		story_phase(state->vm, &exit->event, "push the frame for the guest", since);
		return;
	}
	exit->event.action = "handed to the guest's IDT by the VM entry";
	hvm_inject_exception(state, VECTOR_PF, error);
	cpu_state(state->vm->vcpu)->cr2 = linear;
	cpu_state_changed(state->vm->vcpu);
}

static void page_fault(struct hvm *state, struct exit *exit)
{
	struct vm *vm = state->vm;
	uint32_t linear = (uint32_t)field(exit, VMCS_EXIT_QUALIFICATION);
	uint32_t error = (uint32_t)field(exit, VMCS_EXIT_ERROR_CODE);
	enum shadow_verdict verdict;
	uint64_t since = vm->clock;
	struct walk walk;

	state->page_exit = cpu_instructions(vm->processor);
	exit->event.has_vector = exit->event.has_error = true;
	exit->event.vector = VECTOR_PF;
	exit->event.error = error;
	exit->event.address = linear;
	verdict = shadow_fault(state->shadow, linear, access_of(error), error & PF_USER, &walk);
	story_phase(vm, &exit->event, "walk the guest's tables, fill", since);
	if (verdict == SHADOW_TRUE) {
		true_fault(state, exit, linear, walk.error);
	} else if (verdict == SHADOW_EMULATE || patience_is_lost(&state->patience, cpu_instructions(vm->processor))) {
		emulate_access(state, exit, walk.physical);
	} else {
		exit->event.kind = EV_HIDDEN_FAULT;
		exit->event.reason = "hidden fault";
		exit->event.action = "made the shadow entry";
	}
}

/* ---- exceptions ---- */

/*
 * VMX operation fixes CR0.NE at 1, so hardware has #MF where a guest with NE clear expects FERR# and an interrupt. The virtual
 * CPU, whose NE is clear, asserts the line, or does the instruction while the board says IGNNE#.
 */
static void numeric_error(struct hvm *state, struct exit *exit)
{
	uint64_t since = state->vm->clock;

	exit->event.reason = "#MF";
	exit->event.has_vector = true;
	exit->event.vector = VECTOR_MF;
	state->page_exit = cpu_instructions(state->vm->processor); /* a fault's exit too: its RF is none of the guest's */
	read_and_decode(state);
	hvm_drop_resume_flag(state);
	emulate(state, exit, false);
	story_phase(state->vm, &exit->event, "decode, emulate on the virtual CPU", since);
}

/* What the exit has kept from the guest (27.1): CR2, and the conditions in DR6. */
static void give_conditions(struct hvm *state, const struct exit *exit, uint32_t vector)
{
	struct cpu_state *guest = cpu_state(state->vm->vcpu);
	uint32_t qualification = (uint32_t)field(exit, VMCS_EXIT_QUALIFICATION);

	if (vector == VECTOR_PF)
		guest->cr2 = qualification;
	if (vector == VECTOR_DB)
		guest->dr[6] |= qualification;
	guest->interrupt_shadow = SHADOW_NONE;
	cpu_state_changed(state->vm->vcpu);
}

/* An exception that is the guest's own business, and exits only because the exception bitmap says so. */
static void reflect(struct hvm *state, struct exit *exit)
{
	enum { SAME_IN_BOTH = INTERRUPTION_VECTOR | INTERRUPTION_TYPE | INTERRUPTION_ERROR_CODE };
	uint32_t information = (uint32_t)field(exit, VMCS_EXIT_INTERRUPTION);
	uint64_t since = state->vm->clock;

	exit->event.reason = "exception";
	if (exit->in_delivery) {
		charge(state->vm, COST_inject);
		hvm_deliver(state); /* and meets it again: the two may make a double fault */
		exit->event.action = "delivered both events by software";
		story_phase(state->vm, &exit->event, "push the frame for the guest", since);
		return;
	}
	if (!exit->asks || !hvm_assist_exit(state, exit->number)) {
		give_conditions(state, exit, information & INTERRUPTION_VECTOR);
		state->injection = (struct injection){
			.information = (uint32_t)INTERRUPTION_VALID | (information & SAME_IN_BOTH),
			.error_code = (uint32_t)field(exit, VMCS_EXIT_ERROR_CODE),
			.length = (uint32_t)hvm_peek(state, VMCS_EXIT_INSTRUCTION_LENGTH), /* of INT3 and INTO */
		};
	}
	tell_injected(exit, &state->injection);
}

static void exit_exception(struct hvm *state, struct exit *exit)
{
	uint32_t vector = field(exit, VMCS_EXIT_INTERRUPTION) & INTERRUPTION_VECTOR;

	if (vector == VECTOR_MF && !(guest_cpu(state)->cr0 & CR0_NE))
		numeric_error(state, exit);
	else if (vector == VECTOR_PF && state->shadow)
		page_fault(state, exit);
	else
		reflect(state, exit);
}

/* ---- nested paging ---- */

static void exit_violation(struct hvm *state, struct exit *exit)
{
	struct vm *vm = state->vm;
	uint64_t gpa = field(exit, VMCS_GUEST_PHYSICAL_ADDRESS), since = vm->clock;
	bool write = field(exit, VMCS_EXIT_QUALIFICATION) & VIOLATION_WRITE;
	bool emulates = false;

	state->page_exit = cpu_instructions(vm->processor);
	exit->event.address = (uint32_t)gpa;
	exit->event.action = "made the nested entry";
	if (!hvm_assist_violation(state, &emulates))
		emulates = nested_violation(state->nested, gpa, write) == NESTED_EMULATE;
	hvm_assist_violation_done(state, &exit->before, since);
	story_phase(vm, &exit->event, "look the memory map up, fill", since);
	if (emulates || patience_is_lost(&state->patience, cpu_instructions(vm->processor)))
		emulate_access(state, exit, gpa);
}

/* ---- events ---- */

static void exit_interrupt(struct hvm *state, struct exit *exit)
{
	(void)state;
	exit->event.kind = EV_INTERRUPT;
	exit->event.action = "the VMM's device model takes it";
}

static void exit_window(struct hvm *state, struct exit *exit)
{
	(void)state;
	exit->event.action = "the guest takes interrupts again";
}

static void exit_nmi_window(struct hvm *state, struct exit *exit)
{
	(void)state;
	exit->event.action = "the guest takes NMIs again";
}

/* No task switch happens in non-root operation (25.4.2): by an instruction, or by a task gate in the IDT. */
static void exit_task_switch(struct hvm *state, struct exit *exit)
{
	const char *reason = exit->row->reason;

	hvm_drop_resume_flag(state);
	emulate_access(state, exit, 0);
	exit->event.reason = reason;
}

/* A monitor trap, which nothing here asks for but a student's controls. */
static void exit_nothing(struct hvm *state, struct exit *exit)
{
	(void)state;
	exit->event.action = "nothing";
}

static void exit_triple_fault(struct hvm *state, struct exit *exit)
{
	cpu_state(state->vm->vcpu)->activity = ACTIVITY_SHUTDOWN;
	cpu_state_changed(state->vm->vcpu);
	exit->event.action = "the guest has shut down";
}

/* ---- the table ---- */

#define STEPPED_OVER VMCS_GUEST_RIP, VMCS_EXIT_INSTRUCTION_LENGTH

static const struct exit_row rows[REASON_COUNT] = {
	[REASON_EXCEPTION] = {"#PF", exit_exception, {VMCS_EXIT_INTERRUPTION, VMCS_EXIT_ERROR_CODE,
		VMCS_EXIT_QUALIFICATION, VMCS_IDT_VECTORING}},
	[REASON_EXTERNAL_INTERRUPT] = {"interrupt", exit_interrupt, {0}},
	[REASON_TRIPLE_FAULT] = {"triple fault", exit_triple_fault, {0}},
	[REASON_INTERRUPT_WINDOW] = {"interrupt window", exit_window, {0}},
	[REASON_NMI_WINDOW] = {"NMI window", exit_nmi_window, {0}},
	[REASON_TASK_SWITCH] = {"task switch", exit_task_switch, {VMCS_EXIT_QUALIFICATION, VMCS_IDT_VECTORING}},
	[REASON_CPUID] = {"cpuid", exit_instruction, {STEPPED_OVER}},
	[REASON_HLT] = {"hlt", exit_instruction, {STEPPED_OVER}},
	[REASON_INVD] = {"invd", exit_instruction, {STEPPED_OVER}},
	[REASON_INVLPG] = {"invlpg", exit_instruction, {STEPPED_OVER, VMCS_EXIT_QUALIFICATION}},
	[REASON_RDTSC] = {"rdtsc", exit_instruction, {STEPPED_OVER}},
	[REASON_MOV_DR] = {"mov dr", exit_instruction, {STEPPED_OVER, VMCS_EXIT_QUALIFICATION}},
	[REASON_MONITOR_TRAP] = {"monitor trap", exit_nothing, {0}},
	[REASON_PAUSE] = {"pause", exit_instruction, {STEPPED_OVER}},
	[REASON_GDTR_IDTR] = {"gdtr or idtr", exit_instruction, {STEPPED_OVER, VMCS_EXIT_QUALIFICATION}},
	[REASON_LDTR_TR] = {"ldtr or tr", exit_instruction, {STEPPED_OVER, VMCS_EXIT_QUALIFICATION}},
	[REASON_WBINVD] = {"wbinvd", exit_instruction, {STEPPED_OVER}},
	[REASON_RDPMC] = {"rdpmc", exit_instruction, {STEPPED_OVER}},
	/* VMCALL is the virtual CPU's: #UD, unless software has extended it (cpu_set_extension). */
	[REASON_VMCALL] = {"vmcall", exit_instruction, {STEPPED_OVER}},
	[REASON_CONTROL_REGISTER] = {"mov cr", exit_instruction, {STEPPED_OVER, VMCS_EXIT_QUALIFICATION}},
	[REASON_IO] = {"io", exit_instruction, {STEPPED_OVER, VMCS_EXIT_QUALIFICATION}},
	[REASON_RDMSR] = {"rdmsr", exit_instruction, {STEPPED_OVER}},
	[REASON_WRMSR] = {"wrmsr", exit_instruction, {STEPPED_OVER}},
	[REASON_EPT_VIOLATION] = {"EPT violation", exit_violation, {VMCS_EXIT_QUALIFICATION,
		VMCS_GUEST_PHYSICAL_ADDRESS, VMCS_IDT_VECTORING}},
};

static void begin_exit(struct hvm *state, struct exit *exit)
{
	struct vm *vm = state->vm;
	uint32_t price = vm->costs.cycles[COST_vm_exit];

	tell_world_switch(vm, "to the VMM");
	exit->before = *guest_cpu(state);
	story_begin(vm, &exit->event, EV_VM_EXIT);
	exit->event.cycle = vm->clock - price;
	event_add_phase(&exit->event, "VM exit", price);
	story_charge(vm, &exit->event, "dispatch", COST_exit_dispatch);
}

/*
 * RF of the frame that is to be pushed: faults set it. An exception's exit has left its own RF, which is 1; that
 * of an EPT violation is right already (27.3.3).
 */
static void set_resume_flag(struct hvm *state, const struct exit *exit, uint32_t information)
{
	bool exception = (information & INTERRUPTION_TYPE) == INTERRUPTION_EXCEPTION;
	bool fault = exception && (information & INTERRUPTION_VECTOR) != VECTOR_DB;

	if (exit->number == REASON_EPT_VIOLATION || fault)
		return;
	cpu_state(state->vm->vcpu)->eflags &= ~(uint32_t)EFLAGS_RF;
	cpu_state_changed(state->vm->vcpu);
}

/* The event whose delivery this exit cut short is to be delivered again (27.2.4). */
static void keep_vectored(struct hvm *state, struct exit *exit, uint32_t information)
{
	enum { SAME_IN_BOTH = INTERRUPTION_VECTOR | INTERRUPTION_TYPE | INTERRUPTION_ERROR_CODE };

	if (!(information & (uint32_t)INTERRUPTION_VALID))
		return;
	exit->in_delivery = true;
	state->vectored = (struct injection){
		.information = information,
		.error_code = (uint32_t)hvm_peek(state, VMCS_IDT_VECTORING_ERROR_CODE),
		.length = (uint32_t)hvm_peek(state, VMCS_EXIT_INSTRUCTION_LENGTH),
	};
	state->injection = (struct injection){
		.information = (uint32_t)INTERRUPTION_VALID | (information & SAME_IN_BOTH),
		.length = (uint32_t)hvm_read(state, VMCS_EXIT_INSTRUCTION_LENGTH),
	};
	if (information & INTERRUPTION_ERROR_CODE)
		state->injection.error_code = (uint32_t)hvm_read(state, VMCS_IDT_VECTORING_ERROR_CODE);
	set_resume_flag(state, exit, information);
}

static void read_fields(struct hvm *state, struct exit *exit)
{
	const struct exit_row *row = exit->row;

	for (unsigned i = 0; i < MOST_READS && row->reads[i]; i++) {
		exit->value[i] = hvm_read(state, (enum vmcs_field)row->reads[i]);
		if (row->reads[i] == VMCS_IDT_VECTORING)
			keep_vectored(state, exit, (uint32_t)exit->value[i]);
	}
}

/* The test build's conscience: tables and guest must agree after every exit. */
static bool agrees(struct hvm *state)
{
	struct vm *vm = state->vm;

	if (!vm_check_due(vm))
		return true;
	return state->nested ? nested_check(state->nested, vm->message, sizeof vm->message)
	                     : shadow_check(state->shadow, vm->message, sizeof vm->message);
}

static bool refuse_reason(struct vm *vm, uint32_t reason)
{
	const char *name = vmx_reason_name(reason & 0xffff);

	return refuse(vm->message, sizeof vm->message, "a VM exit that nothing here asks for (%s): this is a bug in ringside",
	              name ? name : "unknown reason");
}

/* Injecting an exception loses a debug trap that MOV SS holds off (26.6.3). By software it is kept. */
static void keep_debug_trap(struct hvm *state, struct exit *exit)
{
	uint64_t since = state->vm->clock;

	if (!guest_cpu(state)->pending_debug || !state->injection.information)
		return;
	charge(state->vm, COST_inject);
	hvm_deliver(state);
	story_phase(state->vm, &exit->event, "push the frame for the guest", since);
}

bool hvm_exit(struct hvm *state)
{
	struct exit exit = {.in_delivery = false};
	uint64_t since;
	uint32_t reason;

	begin_exit(state, &exit);
	state->vectored.information = 0;
	since = state->vm->clock;
	reason = (uint32_t)hvm_read(state, VMCS_EXIT_REASON);
	if (reason >= REASON_COUNT || !rows[reason].handle)
		return refuse_reason(state->vm, reason);
	exit.row = &rows[reason];
	exit.number = reason;
	hvm_assist_count(state, reason);
	exit.event.reason = exit.row->reason;
	read_fields(state, &exit);
	story_phase(state->vm, &exit.event, "VMREAD", since);
	exit.asks = !exit.in_delivery && hvm_assist_asks(state, reason);
	exit.row->handle(state, &exit);
	if (exit.asks)
		hvm_assist_exit_done(state, reason, &exit.before, since);
	if (!agrees(state))
		return false;
	keep_debug_trap(state, &exit);
	hvm_wake(state);
	if (hvm_runnable(state))
		hvm_enter(state, &exit.event);
	story_tell(state->vm, &exit.event, &exit.before);
	return true;
}
