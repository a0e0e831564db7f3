/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/hand.h - a virtual CPU worked on by hand, by a VMM that does the guest's instructions itself instead of having the
 * interpreter do them. Between two calls of cpu_run or cpu_step only. Faults are given, not delivered.
 */
#ifndef RINGSIDE_CPU_HAND_H
#define RINGSIDE_CPU_HAND_H

#include "cpu/cpu.h"

/* 1, 2 or 4 bytes at a linear address, as a supervisor or by CPL. False: *fault. */
bool cpu_hand_load(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t *value, struct cpu_event *fault);
bool cpu_hand_store(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t value, struct cpu_event *fault);
/* What a segment register gets from a selector that is not null, and its accessed bit in memory. Checks that there is such a
 * descriptor, of a code or data segment (#GP), and that it is present (`absent`). False: *fault. */
bool cpu_hand_segment(struct cpu *cpu, uint16_t selector, enum vector absent, struct segment *segment, struct cpu_event *fault);
/* Puts the state in place of the present one, control registers with all that hangs on them. False: no processor can hold it, and
 * nothing has changed. `reload`: CR3 is written, though it may be the same value. */
bool cpu_hand_state(struct cpu *cpu, const struct cpu_state *state, bool reload);
/* CPUID's EAX, EBX, ECX and EDX for a leaf. */
void cpu_hand_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t out[4]);
/* RDMSR and WRMSR, which change what the register is about. False: no such MSR, or no such value (#GP). */
bool cpu_hand_read_msr(struct cpu *cpu, uint32_t number, uint64_t *value);
bool cpu_hand_write_msr(struct cpu *cpu, uint32_t number, uint64_t value);
/* An instruction has been done by hand: it counts. */
void cpu_hand_retire(struct cpu *cpu);

#endif
