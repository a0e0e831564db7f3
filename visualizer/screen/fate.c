/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/fate.c - see fate.h. Deprivileging by Popek and Goldberg's classes and the checks of SDM vol. 2; VM
 * exits by the controls that the VMCS really has (SDM vol. 3, 25.1 and 25.3); Xen's rules for a domain.
 */
#include "visualizer/screen/fate.h"

#include "cpu/perform.h"
#include "cpu/vmcs.h"
#include "trap/hvm.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct asked {
	struct fate *fate;
	const struct vm *vm;
	const struct cpu_state *guest;
	const struct insn *insn;
};

__attribute__((format(printf, 2, 3)))
static void say(const struct asked *asked, const char *format, ...)
{
	struct fate *fate = asked->fate;
	va_list arguments;

	if (fate->count == FATE_LINES)
		return;
	va_start(arguments, format);
	vsnprintf(fate->line[fate->count++], FATE_TEXT, format, arguments);
	va_end(arguments);
}

static bool performs(const struct asked *asked, insn_perform *const *list)
{
	for (; *list; list++)
		if (asked->insn->row->perform == *list)
			return true;
	return false;
}

static void say_class(const struct asked *asked)
{
	static const char *const texts[] = {
		[CLASS_INNOCUOUS] = "innocuous",
		[CLASS_PRIVILEGED] = "privileged: it traps above CPL 0 (or IOPL)",
		[CLASS_SENSITIVE] = "sensitive but not privileged: it does not trap",
	};

	say(asked, "%s is %s.", asked->insn->row->mnemonic, texts[asked->insn->row->insn_class]);
}

/* ---- deprivileged: trap, bt, pv ---- */

/* States that no deprivileged processor holds (docs/architecture.md, "What hardware cannot hold"). */
static const char *not_held(const struct cpu_state *guest)
{
	if (!state_protected(guest))
		return "real mode";
	if (state_v86(guest))
		return "virtual-8086 mode";
	return guest->cpl == 1 || guest->cpl == 2 ? "the guest's own rings 1 and 2" : NULL;
}

static bool by_iopl(const struct asked *asked)
{
	static insn_perform *const list[] = {perform_cli, perform_sti,  perform_in, perform_out,
					     perform_ins, perform_outs, NULL};

	return performs(asked, list);
}

static void say_user(const struct asked *asked)
{
	if (asked->insn->row->insn_class == CLASS_PRIVILEGED) {
		say(asked, "In user code it is the guest's mistake: #GP(0) comes to the VMM, the virtual CPU "
			   "at CPL 3 refuses it too, and the guest's own handler gets it.");
	} else if (asked->insn->row->perform == perform_int) {
		say(asked, "The gates are the VMM's and refuse INT n: #GP comes to the VMM, which enters the "
			   "guest's own gate for it.");
	} else {
		say(asked, "User code runs directly, in ring 3 of the processor, at full speed.");
	}
}

static bool closed_by_umip(const struct asked *asked)
{
	static insn_perform *const list[] = {perform_sgdt, perform_sidt, perform_sldt,
					     perform_str,  perform_smsw, NULL};

	return asked->vm->features.umip && performs(asked, list);
}

static void say_kernel_trapped(const struct asked *asked, unsigned ring)
{
	if (by_iopl(asked))
		say(asked, "The processor is in ring %u with IOPL 0, so it raises #GP(0): an exit.", ring);
	else
		say(asked, "It asks for CPL 0 and the processor is in ring %u: it raises #GP(0), an exit.",
		    ring);
	say(asked, "The VMM decodes it and does it on the virtual CPU, which is at CPL 0.");
}

static void say_kernel(const struct asked *asked, unsigned ring)
{
	if (asked->insn->row->insn_class == CLASS_PRIVILEGED || closed_by_umip(asked)) {
		say_kernel_trapped(asked, ring);
	} else if (asked->insn->row->perform == perform_int) {
		say(asked, "The gates are the VMM's and refuse INT n: #GP, an exit; the VMM enters the "
			   "guest's own gate for it.");
	} else if (asked->insn->row->insn_class == CLASS_SENSITIVE) {
		say(asked,
		    "It runs directly in ring %u, and nobody sees it: the guest gets the hardware's truth, "
		    "not its own, unless a segment or page stops it.",
		    ring);
	} else {
		say(asked, "It runs directly, in ring %u of the processor, at full speed.", ring);
	}
	if (asked->insn->memory && asked->vm->paging == PAGING_SHADOW)
		say(asked, "Its operand is reached by the shadow page tables: a page fault may be hidden, "
			   "true or a trace.");
}

static void tell_deprivileged(const struct asked *asked)
{
	const char *state = not_held(asked->guest);

	if (state)
		say(asked, "Hardware cannot hold %s deprivileged: the VMM interprets the guest until it can.",
		    state);
	else if (asked->guest->cpl == 3)
		say_user(asked);
	else
		say_kernel(asked, vm_mode(asked->vm).ring);
}

static void tell_translated(const struct asked *asked)
{
	const struct cpu_state *guest = asked->guest;
	const char *state = not_held(guest);

	if (state)
		say(asked, "Hardware cannot hold %s deprivileged: the VMM interprets the guest until it can.",
		    state);
	else if (guest->cpl == 3)
		say_user(asked);
	else if (!(guest->segment[CS].access & ACCESS_BIG) || guest->eflags & EFLAGS_TF)
		say(asked, "Units are not made of 16-bit code or under TF: the VMM interprets it.");
	else
		say(asked, "No unit in the cache holds it. When the guest comes here the VMM translates from "
			   "here on.");
}

static void tell_domain(const struct asked *asked)
{
	static insn_perform *const emulated[] = {perform_in,   perform_out,    perform_clts,
						 perform_invd, perform_wbinvd, NULL};
	static insn_perform *const nothing[] = {perform_cli, perform_sti, NULL};
	const struct insn *insn = asked->insn;

	if (asked->guest->cpl == 3)
		say(asked, "User code runs directly; its INT goes to the domain's kernel by a real gate "
			   "where the trap table allows it, without the VMM.");
	else if (insn->row->perform == perform_int && (insn->immediate & 0xff) == 0x82)
		say(asked,
		    "A hypercall: number in EAX, arguments in EBX, ECX, EDX, ESI, EDI. The VMM does it.");
	else if (performs(asked, emulated))
		say(asked,
		    "#GP(0), an exit: one of the few instructions that the VMM emulates for a domain.");
	else if (performs(asked, nothing))
		say(asked, "#GP(0), an exit: interrupts are masked by the shared page in a domain, so the "
			   "VMM skips it.");
	else if (insn->row->insn_class == CLASS_PRIVILEGED)
		say(asked, "#GP(0), an exit: a domain should have made a hypercall, so its own trap table "
			   "gets the fault.");
	else
		say(asked, "It runs directly, in ring 1 of the processor.");
}

/* ---- hardware assist ---- */

static const struct control {
	insn_perform *perform;
	enum vmcs_field field;
	uint32_t bit;
	const char *name;
} controls[] = {
	{perform_hlt, VMCS_PRIMARY_CONTROLS, PRIMARY_HLT, "HLT exiting"},
	{perform_invlpg, VMCS_PRIMARY_CONTROLS, PRIMARY_INVLPG, "INVLPG exiting"},
	{perform_rdtsc, VMCS_PRIMARY_CONTROLS, PRIMARY_RDTSC, "RDTSC exiting"},
	{perform_rdpmc, VMCS_PRIMARY_CONTROLS, PRIMARY_RDPMC, "RDPMC exiting"},
	{perform_in, VMCS_PRIMARY_CONTROLS, PRIMARY_IO, "unconditional I/O exiting"},
	{perform_out, VMCS_PRIMARY_CONTROLS, PRIMARY_IO, "unconditional I/O exiting"},
	{perform_ins, VMCS_PRIMARY_CONTROLS, PRIMARY_IO, "unconditional I/O exiting"},
	{perform_outs, VMCS_PRIMARY_CONTROLS, PRIMARY_IO, "unconditional I/O exiting"},
	{perform_mov_from_debug, VMCS_PRIMARY_CONTROLS, PRIMARY_MOV_DR, "MOV-DR exiting"},
	{perform_mov_to_debug, VMCS_PRIMARY_CONTROLS, PRIMARY_MOV_DR, "MOV-DR exiting"},
	{perform_wbinvd, VMCS_SECONDARY_CONTROLS, SECONDARY_WBINVD, "WBINVD exiting"},
	{perform_sgdt, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
	{perform_sidt, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
	{perform_lgdt, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
	{perform_lidt, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
	{perform_sldt, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
	{perform_str, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
	{perform_lldt, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
	{perform_ltr, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES, "descriptor-table exiting"},
};

static bool tell_control(const struct asked *asked, const struct vmcs *vmcs)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++) {
		const struct control *control = &controls[i];
		bool exits = vmcs_get32(vmcs, control->field) & control->bit;

		if (control->perform != asked->insn->row->perform)
			continue;
		if (exits)
			say(asked, "A VM exit: \"%s\" is 1 in the VMCS.", control->name);
		else
			say(asked, "No exit: \"%s\" is 0 in the VMCS; it acts on the guest's own state.",
			    control->name);
		return true;
	}
	return false;
}

static void tell_cr3(const struct asked *asked, const struct vmcs *vmcs, bool load)
{
	bool exits = vmcs_get32(vmcs, VMCS_PRIMARY_CONTROLS) & (load ? PRIMARY_CR3_LOAD : PRIMARY_CR3_STORE);

	say(asked, "%s: \"CR3-%s exiting\" is %d in the VMCS.%s", exits ? "A VM exit" : "No exit",
	    load ? "load" : "store", exits,
	    exits ? " CR3 is the shadow root's." : " The guest's own tables are walked, over nested ones.");
}

/* CR0 and CR4: bits that the mask gives to the VMM are read from the shadow, and may not change without an exit. */
static void tell_masked(const struct asked *asked, const struct vmcs *vmcs, bool write)
{
	bool cr0 = asked->insn->reg == 0;
	uint32_t mask = vmcs_get32(vmcs, cr0 ? VMCS_CR0_MASK : VMCS_CR4_MASK);
	uint32_t shadow = vmcs_get32(vmcs, cr0 ? VMCS_CR0_SHADOW : VMCS_CR4_SHADOW);
	uint32_t value = asked->guest->gpr[asked->insn->rm & 7];

	say(asked, "Guest/host mask of CR%d: %08" PRIx32 ", read shadow: %08" PRIx32 ".", cr0 ? 0 : 4, mask,
	    shadow);
	if (!write)
		say(asked, "No exit: where the mask has a 1 the guest reads the shadow.");
	else if ((value ^ shadow) & mask)
		say(asked, "A VM exit: %08" PRIx32 " would change a bit that the mask gives to the VMM.",
		    value);
	else
		say(asked, "No exit: no bit changes that the mask gives to the VMM.");
}

static bool tell_control_register(const struct asked *asked, const struct vmcs *vmcs)
{
	bool write = asked->insn->row->perform == perform_mov_to_control;

	if (!write && asked->insn->row->perform != perform_mov_from_control)
		return false;
	if (asked->insn->reg == 3)
		tell_cr3(asked, vmcs, write);
	else if (asked->insn->reg == 0 || asked->insn->reg == 4)
		tell_masked(asked, vmcs, write);
	else
		say(asked, "No exit: CR%u is the guest's.", asked->insn->reg);
	return true;
}

static void tell_assisted(const struct asked *asked)
{
	static insn_perform *const always[] = {perform_cpuid, perform_invd, perform_vmcall, NULL};
	static insn_perform *const msr[] = {perform_rdmsr, perform_wrmsr, NULL};
	const struct vmcs *vmcs = hvm(asked->vm)->vmcs;
	bool unrestricted = vmcs_get32(vmcs, VMCS_SECONDARY_CONTROLS) & SECONDARY_UNRESTRICTED;

	if (!state_protected(asked->guest) && !unrestricted)
		say(asked, "Without \"unrestricted guest\" there is no real mode in VMX non-root operation: "
			   "the VMM interprets it.");
	else if (asked->insn->row->insn_class == CLASS_PRIVILEGED && asked->guest->cpl > 0)
		say(asked, "Non-root operation checks CPL first: #GP(0), inside the guest, without an exit.");
	else if (performs(asked, always))
		say(asked, "A VM exit: in non-root operation it always is one.");
	else if (performs(asked, msr))
		say(asked, "A VM exit or none: the MSR bitmap's bit for ECX = %" PRIx32 " decides.",
		    asked->guest->gpr[ECX]);
	else if (!tell_control(asked, vmcs) && !tell_control_register(asked, vmcs))
		say(asked,
		    "It runs in VMX non-root operation at the guest's own CPL, %u: no control of the VMCS "
		    "asks for an exit.",
		    asked->guest->cpl);
	if (asked->insn->memory && !(vmcs_get32(vmcs, VMCS_EXCEPTION_BITMAP) >> VECTOR_PF & 1))
		say(asked, "A page fault would be the guest's own; a page that nested tables lack is an EPT "
			   "violation.");
	else if (asked->insn->memory)
		say(asked, "A page fault would be a VM exit: bit 14 of the exception bitmap is 1.");
}

/* ---- all of them ---- */

static void tell_interpreted(const struct asked *asked)
{
	say(asked,
	    "Nothing runs directly: the VMM's interpreter fetches, decodes and does it on the virtual CPU, "
	    "at CPL %u.",
	    asked->guest->cpl);
}

static void tell_native(const struct asked *asked)
{
	say(asked,
	    "There is no VMM: the processor does it at CPL %u, and what it changes is the processor's own.",
	    asked->guest->cpl);
}

static const struct {
	const struct technique *technique;
	void (*tell)(const struct asked *asked);
} tellers[] = {
	{&technique_native, tell_native},     {&technique_emulate, tell_interpreted},
	{&technique_trap, tell_deprivileged}, {&technique_bt, tell_translated},
	{&technique_pv, tell_domain},         {&technique_hvm, tell_assisted},
};

struct fate fate_of(const struct vm *vm, const struct insn *insn)
{
	struct fate fate = {.count = 0};
	struct asked asked = {&fate, vm, vm_guest_state(vm), insn};

	say_class(&asked);
	for (size_t i = 0; i < sizeof(tellers) / sizeof(*tellers); i++)
		if (tellers[i].technique == vm->technique)
			tellers[i].tell(&asked);
	return fate;
}
