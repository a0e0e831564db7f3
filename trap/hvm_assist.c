/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hvm_assist.c - where hvm asks whether somebody else does its work (assist.h): a lab's piece. What comes back is held to what
 * a VMM must not give away (Popek and Goldberg's resource control); everything else hardware itself refuses, at the VM entry.
 */
#include "core/refuse.h"
#include "trap/hvm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct assist_pieces *pieces(const struct hvm *state)
{
	return state->nested && state->vm->pieces ? state->vm->pieces->assist : NULL;
}

static void is_wrong(struct hvm *state, const char *why)
{
	if (pieces(state))
		pieces(state)->wrong(state->vm->pieces->owner, state->vm, why);
}

static void tell_done(struct hvm *state, const struct assist_call *call)
{
	if (pieces(state))
		pieces(state)->done(state->vm->pieces->owner, state->vm, call);
}

/* ---- controls ---- */

/* What no VMM can do without, whatever its guest is. */
static const struct {
	uint32_t primary; /* one of these must be set */
	const char *why;
} needed[] = {
	{(uint32_t)PRIMARY_SECONDARY, "EPT is off (the secondary controls are not activated): the guest's physical addresses would be "
	                              "machine addresses, and it would have all of the machine's memory"},
	{PRIMARY_HLT, "HLT does not exit: a guest that halts would halt the processor, and nothing else could run on it"},
	{PRIMARY_IO | PRIMARY_IO_BITMAPS, "I/O instructions do not exit: the guest would drive the machine's own devices"},
};

static bool msr_has_field(uint32_t msr)
{
	static const uint32_t numbers[] = {0x174, 0x175, 0x176, 0xc0000080};

	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i] == msr)
			return true;
	return false;
}

static bool lists_are_safe(const struct hvm *state, const struct assist_controls *controls, char *why, size_t size)
{
	if (controls->ports > ASSIST_PORTS || controls->msrs > ASSIST_MSRS)
		return refuse(why, size, "there is room for %d ports and %d MSRs that do not exit", ASSIST_PORTS, ASSIST_MSRS);
	for (unsigned i = 0; i < controls->ports; i++) {
		const char *device = board_port_name(state->vm->board, controls->port[i]);

		if (device)
			return refuse(why, size, "port %03xh does not exit, and is one of the guest's %s: the guest would reach the machine's "
			              "own device", controls->port[i], device);
	}
	for (unsigned i = 0; i < controls->msrs; i++)
		if (!msr_has_field(controls->msr[i]))
			return refuse(why, size, "MSR %08" PRIx32 "h does not exit, and the VMCS has no field for it: the guest would change the "
			              "processor's own", controls->msr[i]);
	return true;
}

static bool controls_are_safe(const struct hvm *state, const struct assist_controls *controls, char *why, size_t size)
{
	uint32_t windows = PRIMARY_INTERRUPT_WINDOW | PRIMARY_NMI_WINDOW;

	for (unsigned i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!(controls->primary & needed[i].primary))
			return refuse(why, size, "%s", needed[i].why);
	if (!(controls->secondary & SECONDARY_EPT))
		return refuse(why, size, "%s", needed[0].why);
	if (controls->primary & windows)
		return refuse(why, size, "the window controls are set before an entry for which something waits, not for good");
	return lists_are_safe(state, controls, why, size);
}

void hvm_assist_controls(struct hvm *state)
{
	struct assist_controls controls = hvm_all_controls(state);
	struct assist_call call = {.kind = ASSIST_CONTROLS, .before = guest_cpu(state), .cycle = state->vm->clock};
	char why[200];

	if (state->controls_asked)
		return;
	state->controls_asked = true;
	if (!pieces(state))
		return;
	if (pieces(state)->controls(state->vm->pieces->owner, state->vm, &controls)) {
		if (controls_are_safe(state, &controls, why, sizeof why))
			hvm_write_controls(state, &controls);
		else
			is_wrong(state, why);
	}
	tell_done(state, &call);
}

/* ---- exits ---- */

/* Not while a debugger's or a rarer mode's rules would have to be known too. */
static bool is_plain(const struct cpu_state *guest)
{
	return state_protected(guest) && !(guest->eflags & (EFLAGS_TF | EFLAGS_VM)) && !guest->pending_debug && !(guest->dr[7] & 0xff);
}

static bool asks_about_exception(const struct hvm *state)
{
	uint32_t information = (uint32_t)hvm_peek(state, VMCS_EXIT_INTERRUPTION), vector = information & INTERRUPTION_VECTOR;

	if (vector == VECTOR_MF)
		return guest_cpu(state)->cr0 & CR0_NE;
	return vector != VECTOR_DB && vector != VECTOR_NMI;
}

bool hvm_assist_asks(const struct hvm *state, uint32_t reason)
{
	enum { STRING = 1 << 4 };

	if (!pieces(state) || !is_plain(guest_cpu(state)))
		return false;
	switch (reason) {
	case REASON_EXCEPTION:
		return asks_about_exception(state);
	case REASON_IO:
		return !(hvm_peek(state, VMCS_EXIT_QUALIFICATION) & STRING);
	case REASON_CPUID:
	case REASON_HLT:
	case REASON_INVLPG:
	case REASON_RDTSC:
	case REASON_CONTROL_REGISTER:
	case REASON_RDMSR:
	case REASON_WRMSR:
		return true;
	default:
		return false;
	}
}

static struct assist_exit exit_of(const struct hvm *state, uint32_t reason)
{
	return (struct assist_exit){
		.reason = reason,
		.qualification = (uint32_t)hvm_peek(state, VMCS_EXIT_QUALIFICATION),
		.length = (uint32_t)hvm_peek(state, VMCS_EXIT_INSTRUCTION_LENGTH),
		.information = (uint32_t)hvm_peek(state, VMCS_EXIT_INSTRUCTION_INFORMATION),
		.interruption = (uint32_t)hvm_peek(state, VMCS_EXIT_INTERRUPTION),
		.error_code = (uint32_t)hvm_peek(state, VMCS_EXIT_ERROR_CODE),
		.linear = (uint32_t)hvm_peek(state, VMCS_GUEST_LINEAR_ADDRESS),
		.gpa = hvm_peek(state, VMCS_GUEST_PHYSICAL_ADDRESS),
	};
}

bool hvm_assist_exit(struct hvm *state, uint32_t reason)
{
	struct assist_exit exit = exit_of(state, reason);

	return pieces(state) && pieces(state)->exit(state->vm->pieces->owner, state->vm, &exit, &state->injection);
}

void hvm_assist_by_entry(struct hvm *state, const struct cpu_state *before)
{
	struct cpu_event *event = &state->delivered;

	if (!pieces(state) || event->type != EVENT_EXCEPTION)
		return;
	*cpu_state(state->vm->vcpu) = *before;
	cpu_state(state->vm->vcpu)->interrupt_shadow = SHADOW_NONE;
	cpu_state(state->vm->vcpu)->eflags |= EFLAGS_RF; /* an entry pushes RFLAGS as they are: of a fault RF must be set (17.3.1.1) */
	if (event->vector == VECTOR_PF)
		cpu_state(state->vm->vcpu)->cr2 = event->address;
	cpu_state_changed(state->vm->vcpu);
	state->injection = (struct injection){
		.information = (uint32_t)INTERRUPTION_VALID | INTERRUPTION_EXCEPTION | event->vector |
		               (event->has_error ? INTERRUPTION_ERROR_CODE : 0),
		.error_code = event->has_error ? event->error : 0,
	};
	event->type = EVENT_NONE;
}

void hvm_assist_exit_done(struct hvm *state, uint32_t reason, const struct cpu_state *before, uint64_t since)
{
	struct assist_exit exit = exit_of(state, reason);

	tell_done(state, &(struct assist_call){.kind = ASSIST_EXIT, .before = before, .cycle = since, .exit = &exit,
	                                       .injection = state->injection});
}

/* ---- EPT violations ---- */

bool hvm_assist_violation(struct hvm *state, bool *emulate)
{
	struct assist_exit exit = exit_of(state, REASON_EPT_VIOLATION);
	uint32_t denied;
	char why[200];

	if (!pieces(state) || !pieces(state)->violation(state->vm->pieces->owner, state->vm, &exit, emulate))
		return false;
	denied = exit.qualification & ~nested_hand_done(state->nested, exit.gpa) & (VIOLATION_READ | VIOLATION_WRITE | VIOLATION_EXECUTE);
	if (!nested_check(state->nested, why, sizeof why)) {
		is_wrong(state, why);
	} else if (denied && !*emulate) {
		snprintf(why, sizeof why, "ept_violation is done, and the tables still do not permit the guest to %s gpa %09" PRIx64 ": it would "
		         "violate them again, for ever", denied & VIOLATION_READ ? "read" : denied & VIOLATION_WRITE ? "write" : "execute",
		         exit.gpa);
		is_wrong(state, why);
	}
	return true;
}

void hvm_assist_violation_done(struct hvm *state, const struct cpu_state *before, uint64_t since)
{
	struct assist_exit exit = exit_of(state, REASON_EPT_VIOLATION);

	tell_done(state, &(struct assist_call){.kind = ASSIST_VIOLATION, .before = before, .cycle = since, .exit = &exit});
}

/* ---- injection ---- */

bool hvm_assist_injects(const struct hvm *state)
{
	return pieces(state) && is_plain(guest_cpu(state)) && !cpu_nmi_pending(state->vm->vcpu) &&
	       (board_interrupt(state->vm->board) || (state->vectored.information && state->injection.information));
}

bool hvm_assist_inject(struct hvm *state)
{
	struct assist_entry entry = {.interrupt_waits = board_interrupt(state->vm->board), .injection = state->injection};

	/* An event that the VMM's own has delivered by software meanwhile is not there any more. */
	if (state->vectored.information && state->injection.information) {
		entry.vectored = state->vectored;
		entry.injection = (struct injection){0};
	}
	if (!pieces(state)->inject(state->vm->pieces->owner, state->vm, &entry))
		return false;
	state->injection = entry.injection;
	state->window = entry.window;
	return true;
}

void hvm_assist_inject_done(struct hvm *state, uint64_t since)
{
	tell_done(state, &(struct assist_call){.kind = ASSIST_INJECT, .before = guest_cpu(state), .cycle = since,
	                                       .injection = state->injection, .window = state->window});
}

/* ---- when it goes wrong ---- */

void hvm_assist_refused(struct hvm *state)
{
	const char *rule = cpu_vmx_entry_rule(state->vm->processor);
	char why[240];

	if (!pieces(state))
		return;
	snprintf(why, sizeof why, "VM entry failed, by the rule of SDM volume 3, %s", rule ? rule : "26.1");
	is_wrong(state, why);
	state->injection.information = 0; /* it may be none that software could deliver */
}

/* Events cut short by several lacking pages, each an exit, are few. */
void hvm_assist_count(struct hvm *state, uint32_t reason)
{
	enum { PATIENCE = 1000 };
	uint64_t instructions = cpu_instructions(state->vm->processor);
	uint32_t eip = guest_cpu(state)->eip;
	char why[200];

	state->exits[reason]++;
	if (state->stuck.instructions != instructions || state->stuck.eip != eip || state->stuck.reason != reason)
		state->stuck.times = 0;
	state->stuck.instructions = instructions;
	state->stuck.eip = eip;
	state->stuck.reason = reason;
	if (++state->stuck.times != PATIENCE || !pieces(state))
		return;
	snprintf(why, sizeof why, "endless exits: the guest is at %08" PRIx32 " and has exited there %d times (%s) without an instruction "
	         "of its own between", eip, PATIENCE, vmx_reason_name(reason));
	is_wrong(state, why);
}
