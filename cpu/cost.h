/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cost.h - what things cost in model time. One row a cost; core/profile.c reads a cost profile
 * (a text file with the same names) into a struct cost_profile. Defaults are the idealized machine's.
 */
#ifndef RINGSIDE_CPU_COST_H
#define RINGSIDE_CPU_COST_H

#include <stdint.h>

/* COST(name, cycles by default, what it is the price of) */
#define COST_LIST(COST)                                                                            \
	COST(simple, 1, "an instruction with nothing special about it")                             \
	COST(branch, 2, "a taken or untaken near branch, call or return")                           \
	COST(multiply, 4, "MUL, IMUL")                                                              \
	COST(divide, 24, "DIV, IDIV")                                                               \
	COST(float_simple, 3, "an x87 instruction that is none of the following: a move, an addition, a comparison") \
	COST(float_multiply, 5, "FMUL")                                                             \
	COST(float_divide, 38, "FDIV, FSQRT, FPREM and their kin")                                  \
	COST(float_transcendental, 100, "FSIN, FCOS, FPTAN, FPATAN, FYL2X, F2XM1")                  \
	COST(float_decimal, 80, "FBLD, FBSTP")                                                      \
	COST(float_state, 60, "FSAVE, FRSTOR, FSTENV, FLDENV, FNINIT, FXSAVE, FXRSTOR")             \
	COST(simd, 1, "an MMX, SSE or SSE2 instruction on integers, or a move")                     \
	COST(simd_float, 4, "an SSE or SSE2 addition, multiplication, comparison or conversion")    \
	COST(simd_divide, 32, "an SSE or SSE2 division or square root")                             \
	COST(string_setup, 8, "a repeated string instruction, once")                                \
	COST(string_iteration, 2, "one repetition of a string instruction")                         \
	COST(locked, 20, "a LOCK prefix or an XCHG with memory, on top")                            \
	COST(segment_load, 12, "loading a segment register in protected mode")                      \
	COST(far_transfer, 40, "far CALL, JMP, RET without a change of ring")                       \
	COST(gate_transfer, 90, "far CALL or RET through a gate or between rings")                  \
	COST(interrupt_delivery, 120, "delivery of an exception, interrupt or INT n by a gate")     \
	COST(interrupt_return, 100, "IRET")                                                         \
	COST(task_switch, 400, "a hardware task switch")                                            \
	COST(fast_system_call, 50, "SYSENTER or SYSEXIT")                                           \
	COST(control_register, 30, "MOV to or from a control or debug register, CLTS, LMSW")        \
	COST(descriptor_table, 30, "LGDT, LIDT, LLDT, LTR and their stores")                        \
	COST(flag_change, 8, "CLI, STI, PUSHF, POPF")                                               \
	COST(cpuid, 100, "CPUID")                                                                   \
	COST(rdtsc, 30, "RDTSC")                                                                    \
	COST(msr, 60, "RDMSR, WRMSR")                                                               \
	COST(invlpg, 100, "INVLPG")                                                                 \
	COST(cache_flush, 2000, "INVD, WBINVD")                                                     \
	COST(port_access, 500, "IN or OUT that reaches a device")                                   \
	COST(walk_reference, 6, "one memory reference of a page walk")                              \
	COST(monitor_entry, 200, "an exception or interrupt that leaves a guest for its VMM")       \
	COST(monitor_return, 180, "going back from the VMM to its guest")                           \
	COST(monitor_save, 150, "the VMM saving and restoring guest registers around an exit")      \
	COST(emulate_decode, 120, "the VMM fetching and decoding a guest instruction")              \
	COST(emulate_execute, 80, "the VMM executing it against the virtual CPU")                   \
	COST(inject, 150, "the VMM pushing an exception or interrupt frame for its guest")          \
	COST(shadow_walk_reference, 12, "one guest page-table entry read by the VMM")               \
	COST(shadow_fill, 120, "one shadow entry made")                                             \
	COST(shadow_flush, 200, "a shadow page emptied or thrown out")                              \
	COST(shadow_trace, 150, "a store to a traced page checked and carried over")                \
	COST(shadow_root, 300, "finding or making a shadow root at a CR3 switch")                   \
	COST(descriptor_shadow, 60, "one guest descriptor read, compressed and copied")             \
	COST(translate, 300, "one guest instruction read, classified, transformed and placed by the translator") \
	COST(callout, 60, "translated code calling the VMM and going on")                           \
	COST(chain, 40, "a unit's exit patched to lead to another unit")                            \
	COST(unit_lookup, 100, "the VMM finding the unit of a guest address")                       \
	COST(unit_drop, 60, "a translation unit dropped and unchained")                             \
	COST(vm_entry, 300, "VMLAUNCH or VMRESUME")                                                 \
	COST(vm_exit, 250, "a VM exit")                                                             \
	COST(vmcs_read, 10, "VMREAD")                                                               \
	COST(vmcs_write, 10, "VMWRITE")                                                             \
	COST(exit_dispatch, 60, "the VMM finding and running the handler of a VM exit")             \
	COST(nested_fill, 150, "one nested (EPT) entry made")                                       \
	COST(hypercall, 180, "a hypercall's way in, dispatch and way back")                         \
	COST(hypercall_item, 30, "one page-table update of a batch validated and applied")          \
	COST(hypercall_pin, 2, "one entry of a page table validated when it becomes one")           \
	COST(interpret, 40, "one instruction interpreted in software by `emulate`")

enum cost {
#define COST(name, cycles, text) COST_##name,
	COST_LIST(COST)
#undef COST
	COST_COUNT
};

struct cost_profile {
	char name[32];
	uint32_t cycles[COST_COUNT];
	uint64_t frequency; /* cycles in a second of model time */
};

/* What the clock was charged beside the instructions that processors run (cpu_counters has those): in cycles, by price.
 * `total` is the sum of all. core/spending.h makes parts of it. */
struct cost_ledger {
	uint64_t spent[COST_COUNT];
	uint64_t idle; /* nothing ran: the guest had halted */
	uint64_t total;
};

static inline void ledger_add(struct cost_ledger *ledger, enum cost cost, uint64_t cycles)
{
	ledger->spent[cost] += cycles;
	ledger->total += cycles;
}

/* The idealized machine: the defaults above at 1 GHz. */
void cost_profile_default(struct cost_profile *profile);

/* A cost's name and what it is the price of. */
const char *cost_name(enum cost cost);
const char *cost_text(enum cost cost);

#endif
