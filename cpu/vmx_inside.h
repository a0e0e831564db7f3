/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_inside.h - what the rest of the processor calls of VMX operation. Native execution pays one test of
 * cpu->non_root in instructions that are rare, at deliveries and at instruction boundaries, nowhere else.
 *
 * A VM exit is an event like any other until its instruction boundary: what causes it notes it in cpu->vmx.exit,
 * makes EVENT_VM_EXIT the pending event and returns false as raise_gp does.
 */
#ifndef RINGSIDE_CPU_VMX_INSIDE_H
#define RINGSIDE_CPU_VMX_INSIDE_H

#include "cpu/engine.h"
#include "cpu/vmcs.h"

/* ---- making exits (vmx_exit.c) ---- */

/* The exit is pending; gives false. */
bool vmx_raise(struct cpu *cpu, struct vmx_exit exit);
/* The exit of an instruction that is not executed; gives false. */
bool vmx_exit_instruction(struct cpu *cpu, const struct insn *insn, enum exit_reason reason,
                          uint32_t qualification);
/* The pending exit happens: information and guest state into the VMCS, host state into the processor. */
void vmx_leave(struct cpu *cpu);
/* What a VM-entry failure does instead (26.7). */
void vmx_fail_entry(struct cpu *cpu, uint32_t qualification);

/* ---- instructions (vmx_intercept.c) ---- */

/* Always an exit in non-root operation. False: it is pending. */
static inline bool vmx_permits(struct cpu *cpu, const struct insn *insn, enum exit_reason reason)
{
	return !cpu->non_root || vmx_exit_instruction(cpu, insn, reason, 0);
}

/* An exit with this primary control. */
static inline bool vmx_permits_primary(struct cpu *cpu, const struct insn *insn, uint32_t control,
                                       enum exit_reason reason)
{
	return !cpu->non_root || !(cpu->vmx.primary & control) || vmx_exit_instruction(cpu, insn, reason, 0);
}

static inline bool vmx_permits_secondary(struct cpu *cpu, const struct insn *insn, uint32_t control,
                                         enum exit_reason reason)
{
	return !cpu->non_root || !(cpu->vmx.secondary & control) || vmx_exit_instruction(cpu, insn, reason, 0);
}

/* In non-root operation only: the whole rule of the instruction, once its privilege has been checked. */
bool vmx_mov_to_control(struct cpu *cpu, const struct insn *insn, uint32_t value);
bool vmx_mov_from_control(struct cpu *cpu, const struct insn *insn, uint32_t *value);
bool vmx_clts(struct cpu *cpu, const struct insn *insn);
bool vmx_lmsw(struct cpu *cpu, const struct insn *insn, uint32_t value);
uint32_t vmx_visible_cr0(const struct cpu *cpu);

/* In non-root operation only. False: an exit is pending. */
bool vmx_permits_debug_register(struct cpu *cpu, const struct insn *insn, bool from);
bool vmx_permits_invlpg(struct cpu *cpu, const struct insn *insn, uint32_t linear);
bool vmx_permits_msr(struct cpu *cpu, const struct insn *insn, bool write);
enum port_access { PORT_OUT, PORT_IN };
bool vmx_permits_port(struct cpu *cpu, const struct insn *insn, uint16_t port, enum port_access direction);
bool vmx_permits_table(struct cpu *cpu, const struct insn *insn, enum exit_reason reason, unsigned identity);
bool vmx_permits_task_switch(struct cpu *cpu, uint16_t selector, enum task_reason reason);

/* ---- events (vmx_event.c); in non-root operation only ---- */

/* Does this event leave the guest by the VMCS? Then its exit is pending. `first`: the event in whose delivery it
 * came, or NULL. */
bool vmx_event_exits(struct cpu *cpu, const struct cpu_event *event, const struct cpu_event *first);
/* The pending exit cut the delivery of `first` short. */
void vmx_cut_delivery(struct cpu *cpu, const struct cpu_event *first);
bool vmx_triple_fault(struct cpu *cpu);
/* What is due at an instruction boundary, in the order of 25.5 and table 6-2. True: an exit is pending. */
bool vmx_monitor_trap_due(struct cpu *cpu);
bool vmx_timer_due(struct cpu *cpu);
bool vmx_window_due(struct cpu *cpu);
/* IRET begins: the blocking of NMIs ends, unless it is the host's own (25.3, IRET). */
static inline void vmx_unblock_nmi(struct cpu *cpu)
{
	if ((cpu->vmx.pin & PIN_NMI) && !(cpu->vmx.pin & PIN_VIRTUAL_NMI))
		return;
	cpu->vmx.nmi_unblocked = cpu->state.nmi_blocked;
	cpu->state.nmi_blocked = false;
}

/* An instruction (one repetition) or a delivery has been completed. */
static inline void vmx_progress(struct cpu *cpu)
{
	cpu->vmx.trap_pending |= (cpu->vmx.primary & PRIMARY_MONITOR_TRAP) != 0;
}

/* ---- nested paging (nested.c) ---- */

/* The exit of a walk that ended in a violation or misconfiguration; gives false. */
bool nested_exit(struct cpu *cpu, const struct nested_walk *walk, uint32_t linear);
/* Accessed and dirty bits of guest and nested entries after a walk that succeeded. */
void nested_set_accessed(struct cpu *cpu, const struct nested_walk *walk, enum access access);
/* Reads the PDPTEs at a guest-physical address. False: a #GP or an exit is pending. */
bool nested_load_pdptes(struct cpu *cpu, uint32_t cr3);

/* ---- VM entry (vmx_checks.c, vmx_guest_checks.c, vmx_entry.c) ---- */

/* The rules of 26.2.1: the first that is broken, in words; NULL: none. And of 26.2.2 to 26.2.4. */
const char *vmx_controls_rule(const struct vmcs *vmcs);
bool vmx_host_valid(const struct cpu *cpu, const struct vmcs *vmcs);
/* Those of 26.3.1. Not NULL: `qualification` is the entry failure's. */
const char *vmx_guest_rule(const struct cpu *cpu, const struct vmcs *vmcs, uint32_t *qualification);
void vmx_enter(struct cpu *cpu);

/* The controls in force: secondary ones count only when they are activated. */
static inline uint32_t vmcs_secondary(const struct vmcs *vmcs)
{
	if (!(vmcs_get32(vmcs, VMCS_PRIMARY_CONTROLS) & (uint32_t)PRIMARY_SECONDARY))
		return 0;
	return vmcs_get32(vmcs, VMCS_SECONDARY_CONTROLS);
}

bool vmx_ept_pointer_valid(uint64_t ept_pointer);

#endif
