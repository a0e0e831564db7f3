/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/assist_part.c - the table `assist`: controls, exits, injection and EPT violations of hvm (trap/assist.h), by a piece.
 * What comes back is taken as it is, for hardware is its judge: a VM entry that breaks a rule of SDM vol. 3, 26.2 and 26.3 fails, and
 * which rule it was is told.
 */
#include "core/disassemble.h"
#include "cpu/hand.h"
#include "cpu/insn.h"
#include "labs/plugin/inside.h"
#include "trap/hvm.h"

#include <stdio.h>
#include <string.h>

static struct lab_interruption interruption_of(const struct injection *injection)
{
	return (struct lab_interruption){injection->information, injection->error_code, injection->length};
}

static struct injection injection_of(const struct lab_interruption *told)
{
	return (struct injection){told->information, told->error_code, told->length};
}

/* ---- one call ---- */

static void begin(struct lab *lab, struct exchange *call, enum handler handler)
{
	const struct cpu_state *guest = cpu_state_const(lab->vm->vcpu);

	exchange_begin(call, handler);
	lab->pending = *guest;
	lab->acknowledged = false;
	lab_cpu_of(&call->given.vm.cpu, guest);
}

static void tell_exit(struct lab_assist *request, const struct assist_exit *exit)
{
	request->reason = exit->reason;
	request->qualification = exit->qualification;
	request->length = exit->length;
	request->linear = exit->linear;
	request->gpa = exit->gpa;
	if (exit->reason == REASON_EXCEPTION)
		request->exception = (struct lab_interruption){exit->interruption, exit->error_code, exit->length};
}

/* False: it has failed, or has left its work to the VMM. */
static bool make(struct lab *lab, struct exchange *call)
{
	const struct call_frame *given = &call->given, *back = &call->back;

	if (!exchange_call(lab, call) ||
	    !exchange_same(lab, call, &given->request.assist, &back->request.assist, offsetof(struct lab_assist, controls),
	                   "the part of its second argument that is to look at") ||
	    !exchange_same(lab, call, &given->vm.insn, &back->vm.insn, sizeof given->vm.insn, "vm->insn") ||
	    !exchange_same(lab, call, &given->vm.event, &back->vm.event, sizeof given->vm.event, "vm->event") ||
	    !exchange_same(lab, call, given->vm.cpu.segment, back->vm.cpu.segment, sizeof given->vm.cpu.segment, "vm->cpu.segment"))
		return false;
	lab->declined = call->result != LAB_DONE;
	return !lab->declined;
}

/* ---- controls ---- */

static struct lab_controls controls_told(const struct assist_controls *controls)
{
	struct lab_controls told = {
		controls->primary, controls->secondary, controls->exceptions, controls->cr0_mask, controls->cr4_mask, {0}, {0},
		(uint8_t)controls->ports, (uint8_t)controls->msrs, {0},
	};

	memcpy(told.port, controls->port, sizeof told.port);
	memcpy(told.msr, controls->msr, sizeof told.msr);
	return told;
}

static struct assist_controls controls_wanted(const struct lab_controls *told)
{
	struct assist_controls controls = {
		.primary = told->primary,
		.secondary = told->secondary,
		.exceptions = told->exceptions,
		.cr0_mask = told->cr0_mask,
		.cr4_mask = told->cr4_mask,
		.ports = told->ports,
		.msrs = told->msrs,
	};

	memcpy(controls.port, told->port, sizeof controls.port);
	memcpy(controls.msr, told->msr, sizeof controls.msr);
	return controls;
}
_Static_assert(sizeof((struct lab_controls *)0)->port == sizeof((struct assist_controls *)0)->port, "the same ports");
_Static_assert(sizeof((struct lab_controls *)0)->msr == sizeof((struct assist_controls *)0)->msr, "the same MSRs");

static bool controls(void *owner, struct vm *vm, struct assist_controls *wanted)
{
	struct lab *lab = owner;
	struct exchange call;

	(void)vm;
	lab->declined = false;
	if (!piece_does(lab, HANDLER_assist_controls))
		return false;
	begin(lab, &call, HANDLER_assist_controls);
	call.given.request.assist.controls = controls_told(wanted);
	if (!make(lab, &call))
		return false;
	*wanted = controls_wanted(&call.back.request.assist.controls);
	return true;
}

/* ---- exits ---- */

static bool writes_control_register(const struct assist_exit *exit)
{
	enum { ACCESS = 3 << 4 };

	return exit->reason == REASON_CONTROL_REGISTER && !(exit->qualification & ACCESS);
}

/* With an event for the guest the instruction has not been done: it does not count, and what holds off interrupts is over. */
static bool finish(struct lab *lab, const struct assist_exit *exit, bool injects)
{
	lab->pending.interrupt_shadow = SHADOW_NONE;
	if (!injects)
		lab->pending.eflags &= ~(uint32_t)EFLAGS_RF;
	if (!cpu_hand_state(lab->vm->vcpu, &lab->pending, !injects && writes_control_register(exit)))
		return lab_fails(lab, "exit left control registers that no processor can hold");
	if (!injects)
		cpu_hand_retire(lab->vm->vcpu);
	return true;
}

static bool handle_exit(void *owner, struct vm *vm, const struct assist_exit *exit, struct injection *injection)
{
	struct lab *lab = owner;
	struct injection wanted;
	struct exchange call;

	(void)vm;
	lab->declined = false;
	if (!piece_does(lab, HANDLER_assist_exit))
		return false;
	begin(lab, &call, HANDLER_assist_exit);
	tell_exit(&call.given.request.assist, exit);
	if (!make(lab, &call) || !take_cpu(lab, HANDLER_assist_exit, &call.back.vm.cpu))
		return false;
	wanted = injection_of(&call.back.request.assist.entry);
	if (!finish(lab, exit, wanted.information & (uint32_t)INTERRUPTION_VALID))
		return false;
	*injection = wanted;
	return true;
}

/* ---- EPT violations ---- */

static bool violation(void *owner, struct vm *vm, const struct assist_exit *exit, bool *emulate)
{
	struct lab *lab = owner;
	struct exchange call;
	struct lab_assist *request = &call.given.request.assist;
	uint64_t pointer = nested_pointer(hvm(vm)->nested);

	lab->declined = false;
	if (!piece_does(lab, HANDLER_assist_ept_violation))
		return false;
	begin(lab, &call, HANDLER_assist_ept_violation);
	tell_exit(request, exit);
	request->ept_root = pointer & ~(uint64_t)PAGE_MASK;
	request->ept_levels = (uint8_t)((pointer >> 3 & 7) + 1);
	request->large_pages = vm->config.nested_large;
	if (!make(lab, &call))
		return false;
	*emulate = call.back.request.assist.emulate;
	return true;
}

/* ---- injection ---- */

static bool is_external(const struct lab_interruption *event)
{
	return (event->information & LAB_VALID) && (event->information & LAB_TYPE) == LAB_TYPE_EXTERNAL;
}

static bool inject(void *owner, struct vm *vm, struct assist_entry *entry)
{
	struct lab *lab = owner;
	struct exchange call;
	struct lab_assist *request = &call.given.request.assist;
	const struct lab_interruption *wanted = &call.back.request.assist.entry;

	lab->declined = false;
	if (!piece_does(lab, HANDLER_assist_inject))
		return false;
	begin(lab, &call, HANDLER_assist_inject);
	call.given.vm.cpu.shadow = cpu_state_const(vm->vcpu)->interrupt_shadow != SHADOW_NONE;
	request->vectored = interruption_of(&entry->vectored);
	request->interrupt_waits = entry->interrupt_waits;
	request->entry = interruption_of(&entry->injection);
	if (!make(lab, &call))
		return false;
	if (lab->acknowledged && !is_external(wanted))
		return lab_fails(lab, "inject acknowledged an interrupt and gives none to the entry: it is lost");
	if (!lab->acknowledged && is_external(wanted) && !is_external(&request->vectored))
		return lab_fails(lab, "inject gives an external interrupt that it has not acknowledged: its controller would give it again");
	entry->injection = injection_of(wanted);
	entry->window = call.back.request.assist.window;
	return true;
}

/* ---- who looks on ---- */

static void tell_about(const struct vm *vm, const struct assist_call *call, char *text, size_t size)
{
	const struct assist_exit *exit = call->exit;
	uint8_t bytes[INSN_MAX_LENGTH];
	uint32_t eip = call->before->eip, length = exit ? exit->length : 0;

	if (call->kind == ASSIST_CONTROLS)
		snprintf(text, size, "before the first entry");
	else if (call->kind == ASSIST_INJECT)
		snprintf(text, size, "before an entry (IF=%u)", call->before->eflags >> 9 & 1);
	else if (exit->reason == REASON_EXCEPTION)
		snprintf(text, size, "exit of exception %u", exit->interruption & INTERRUPTION_VECTOR);
	else if (exit->reason == REASON_EPT_VIOLATION)
		snprintf(text, size, "EPT violation at gpa %09llx", (unsigned long long)exit->gpa);
	else if (length <= sizeof bytes && cpu_peek(call->before, &vm->guest_bus, call->before->segment[CS].base + eip, bytes, length))
		disassemble(bytes, length, eip, call->before->segment[CS].access & ACCESS_BIG, text, size);
	else
		snprintf(text, size, "%s", vmx_reason_name(exit->reason));
}

/* An error code and a length count only with the events that have one. */
static void tell_given(const struct assist_call *call, struct lab_given given[LAB_GIVEN])
{
	uint32_t information = call->injection.information;
	bool valid = information & (uint32_t)INTERRUPTION_VALID, software = valid && (information & 4u << 8);

	given[0] = (struct lab_given){"entry.information", valid ? information : 0};
	given[1] = (struct lab_given){"entry.error_code",
	                              valid && (information & INTERRUPTION_ERROR_CODE) ? call->injection.error_code : 0};
	given[2] = (struct lab_given){"entry.length", software ? call->injection.length : 0};
	given[3] = (struct lab_given){"window", call->window};
}

static void done(void *owner, struct vm *vm, const struct assist_call *call)
{
	static const uint8_t handlers[] = {
		[ASSIST_CONTROLS] = HANDLER_assist_controls, [ASSIST_EXIT] = HANDLER_assist_exit,
		[ASSIST_VIOLATION] = HANDLER_assist_ept_violation, [ASSIST_INJECT] = HANDLER_assist_inject,
	};
	struct lab *lab = owner;
	struct lab_call told = {.handler = (enum handler)handlers[call->kind], .cycle = call->cycle, .before = call->before,
	                        .request = call};
	char about[64];

	if (!goes_through(lab, told.handler))
		return;
	tell_about(vm, call, about, sizeof about);
	told.about = about;
	if (call->kind == ASSIST_EXIT || call->kind == ASSIST_INJECT)
		tell_given(call, told.given);
	observe(lab, &told);
}

static void wrong(void *owner, struct vm *vm, const char *why)
{
	struct lab *lab = owner;

	(void)vm;
	if (lab->file >= 0)
		lab_fails(lab, "%s", why);
}

static const struct assist_pieces own_pieces = {
	.controls = controls, .exit = handle_exit, .violation = violation, .inject = inject, .done = done, .wrong = wrong,
};

void assist_part(struct lab *lab)
{
	for (enum handler handler = HANDLER_assist_controls; handler <= HANDLER_assist_ept_violation; handler++)
		if (goes_through(lab, handler) && (lab->file < 0 || lab->process.has >> handler & 1))
			lab->table.assist = &own_pieces;
}
