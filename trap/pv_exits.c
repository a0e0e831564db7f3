/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/pv_exits.c - what the VMM does about a domain's exits. Most are calls; exceptions are handed to the trap table; of the
 * privileged instructions those few are emulated that Xen emulates for its guests.
 *
 * Simplification: INS and OUTS are not emulated, they raise #GP.
 */
#include "cpu/paging.h"
#include "cpu/perform.h"
#include "trap/domain.h"

/* ---- privileged instructions ---- */

static void port_in(struct vm *vm, const struct insn *insn, uint16_t port)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);
	uint32_t mask = UINT32_MAX >> (32 - 8 * insn->operand_size);
	uint32_t value = vm->guest_bus.port_read(vm, port, insn->operand_size);

	guest->gpr[EAX] = (guest->gpr[EAX] & ~mask) | (value & mask);
}

static void port_out(struct vm *vm, const struct insn *insn, uint16_t port)
{
	uint32_t value = cpu_state_const(vm->vcpu)->gpr[EAX] & UINT32_MAX >> (32 - 8 * insn->operand_size);

	vm->guest_bus.port_write(vm, port, insn->operand_size, value);
}

static bool is_port_access(const struct insn *insn)
{
	return insn->row->perform == perform_in || insn->row->perform == perform_out;
}

/* IN and OUT name the port by a byte in them or by DX. */
static void access_port(struct vm *vm, const struct insn *insn)
{
	bool in = insn->row->perform == perform_in;
	bool immediate = insn->row->operand[in] == OP_Ib;
	uint16_t port = (uint16_t)(immediate ? insn->immediate & 0xff : cpu_state_const(vm->vcpu)->gpr[EDX]);

	if (in)
		port_in(vm, insn, port);
	else
		port_out(vm, insn, port);
}

/* True: it has been done for the guest's kernel. CLI and STI are done with by doing nothing: IF is the VMM's. */
static bool emulate_privileged(struct vm *vm, const struct insn *insn)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);
	insn_perform *perform = insn->row->perform;

	if (is_port_access(insn))
		access_port(vm, insn);
	else if (perform == perform_clts)
		guest->cr0 &= ~(uint32_t)CR0_TS;
	else if (perform != perform_cli && perform != perform_sti && perform != perform_invd && perform != perform_wbinvd)
		return false;
	guest->eip += insn->length;
	return true;
}

/* ---- exceptions ---- */

static void hand_over(struct domain *domain, struct event *event, const struct cpu_event *cause)
{
	event->kind = cause->vector == VECTOR_PF ? EV_TRUE_FAULT : EV_REFLECT;
	event->action = "entered the handler of the trap table";
	story_charge(domain->vm, event, "push the frame for the guest", COST_inject);
	domain_enter_trap(domain, cause->vector, cause->has_error, cause->error);
}

/* INT n whose gate is the VMM's: #GP with an error code that names the IDT's entry. The trap table says who may. */
static bool software_interrupt(struct domain *domain, struct event *event, const struct cpu_event *cause)
{
	enum { IN_IDT = 2, LENGTH = 2 };
	uint32_t vector = cause->error >> 3;
	const struct trap_info *trap = &domain->xen->trap[vector & 0xff];
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);

	if (!(cause->error & IN_IDT) || cause->error & 1 || vector > 255 || !trap->address ||
	    (trap->flags & XEN_TI_DPL) < guest->cpl)
		return false;
	guest->eip += LENGTH;
	event->reason = "int n";
	hand_over(domain, event, &(struct cpu_event){.vector = (uint8_t)vector});
	return true;
}

static void general_protection(struct domain *domain, struct event *event, const struct cpu_event *cause)
{
	struct vm *vm = domain->vm;
	struct insn insn;

	if (software_interrupt(domain, event, cause))
		return;
	story_charge(vm, event, "decode", COST_emulate_decode);
	if (cpu_state_const(vm->vcpu)->cpl == 1 && !cause->error && fetch_instruction(vm, &insn)) {
		uint64_t since = vm->clock;

		charge(vm, COST_emulate_execute);
		if (emulate_privileged(vm, &insn)) {
			event->reason = reason_of(&insn);
			event->action = "emulated for the domain";
			story_phase(vm, event, "emulate", since);
			return;
		}
		story_phase(vm, event, "find it not to be emulated", since);
	}
	hand_over(domain, event, cause);
}

static const char *const names[32] = {
	[VECTOR_DE] = "#DE", [VECTOR_DB] = "#DB", [VECTOR_NMI] = "NMI", [VECTOR_BP] = "#BP", [VECTOR_OF] = "#OF",
	[VECTOR_BR] = "#BR", [VECTOR_UD] = "#UD", [VECTOR_NM] = "#NM", [VECTOR_DF] = "#DF", [VECTOR_TS] = "#TS",
	[VECTOR_NP] = "#NP", [VECTOR_SS] = "#SS", [VECTOR_GP] = "#GP", [VECTOR_PF] = "#PF", [VECTOR_MF] = "#MF",
	[VECTOR_AC] = "#AC", [VECTOR_MC] = "#MC", [VECTOR_XM] = "#XM",
};

static void begin_exit(struct domain *domain, struct event *event, const struct cpu_event *cause)
{
	story_exception(domain->vm, event, cause);
	event->address = cause->address;
	event->reason = cause->vector < 32 ? names[cause->vector] : "int n";
}

static void end_exit(struct domain *domain, struct event *event, const struct cpu_state *before)
{
	story_charge(domain->vm, event, "return to the guest", COST_monitor_return);
	story_tell(domain->vm, event, before);
}

void domain_exit(struct domain *domain)
{
	const struct cpu_event cause = *cpu_stop_event(domain->vm->processor);
	struct cpu_state before = *cpu_state_const(domain->vm->vcpu);
	struct event event;

	if (cause.type == EVENT_SOFTWARE && cause.vector == TRAP_INSTR_VECTOR) {
		hypercall_of_domain(domain->vm);
		return;
	}
	begin_exit(domain, &event, &cause);
	if (cause.vector == VECTOR_GP)
		general_protection(domain, &event, &cause);
	else
		hand_over(domain, &event, &cause);
	end_exit(domain, &event, &before);
}

void domain_exit_interrupt(struct domain *domain)
{
	struct cpu_state before = *cpu_state_const(domain->vm->vcpu);
	struct event event;

	charge(domain->vm, COST_monitor_entry);
	begin_exit(domain, &event, &(struct cpu_event){0});
	event.kind = EV_INTERRUPT;
	event.has_vector = false;
	event.reason = "interrupt";
	event.action = "the VMM takes it";
	end_exit(domain, &event, &before);
}
