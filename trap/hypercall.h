/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hypercall.h - the paravirtual interface as a technique sees it: Xen's numbers and structures (core/xen.h),
 * offered under every technique that has a VMM.
 */
#ifndef RINGSIDE_TRAP_HYPERCALL_H
#define RINGSIDE_TRAP_HYPERCALL_H

#include "core/vm.h"

/* Offers the interface on the virtual CPU: its VMCALL and the MSR of the hypercall page come here. For a technique's `enter`;
 * what the guest has registered outlives a switch of technique. False: no memory, vm->message. */
bool hypercall_begin(struct vm *vm);

/*
 * The guest has executed VMCALL. The virtual CPU is up to date, with EIP behind the instruction, and may be changed in
 * every respect: result in EAX, CR3, IF and activity (sched_op block), memory (by the gate, so that traces are told).
 * Both processors' TLBs are flushed as far as the call obliges to. Charges COST_hypercall and what hangs on it, and tells
 * EV_HYPERCALL with just that: way in and out are the caller's. False: the guest has set up no
 * hypercall page, so that VMCALL is an undefined opcode as on any other machine (nothing charged or changed).
 */
bool hypercall(struct vm *vm);

/* Is the instruction at the virtual CPU's EIP a VMCALL? For those who get it as a #UD. Charges nothing. */
bool hypercall_is_next(const struct vm *vm);
enum { HYPERCALL_LENGTH = 3 };

/* A guest's WRMSR to the MSR of the hypercall page, if it is. False: it is another one, or the value is bad. */
bool hypercall_write_msr(struct vm *vm, uint32_t number, uint64_t value);

/* Cycles that EV_HYPERCALL events have told of so far: for those who tell of stretches in which there were some. */
uint64_t hypercall_cycles(const struct vm *vm);

/* The same of the last call, if it began at this moment of the clock or later; else 0. */
uint64_t hypercall_cycles_since(const struct vm *vm, uint64_t clock);

/* Has the guest registered a trap table and a kernel stack, so that its kernel can run in ring 1 by its own wish?
 * If not, `reason` says what is missing. */
bool hypercall_guest_speaks(const struct vm *vm, const char **reason);

#endif
