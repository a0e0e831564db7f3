/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/choose.c - is there a hypervisor, and how were we started? One file runs in three ways: on
 * the bare machine, whatever makes it; booted there with a hypervisor below that says so by CPUID; and
 * built by the hypervisor itself, in ring 1 from the start (core/xen.h: TRANSPARENT and DIRECT).
 */
#include "kernel/pv/pv.h"

extern const uint32_t trap_stubs[IRQ_BASE + IRQ_COUNT];
extern const char trap_system_call[];

enum { BREAKPOINT = 3, GATES_MAX = IRQ_BASE + IRQ_COUNT + 2 };

static bool has_hypervisor(void)
{
	struct cpuid signature = cpuid(XEN_CPUID_FIRST_LEAF);

	return signature.ebx == XEN_CPUID_SIGNATURE_EBX && signature.ecx == XEN_CPUID_SIGNATURE_ECX &&
	       signature.edx == XEN_CPUID_SIGNATURE_EDX && signature.eax >= XEN_CPUID_FIRST_LEAF + 2;
}

static void ask_for_hypercall_page(void)
{
	write_msr(cpuid(XEN_CPUID_FIRST_LEAF + 2).ebx, virtual_to_physical(hypercall_page));
}

void platform_choose(uint32_t magic, uint32_t information)
{
	if (magic == XEN_STARTED) {
		direct_started(information);
		platform = &platform_direct;
	} else if (has_hypervisor()) {
		ask_for_hypercall_page();
		platform = &platform_transparent;
	}
}

bool pv_enters_open(uint32_t vector)
{
	return platform != &platform_bare && (vector < IRQ_BASE || vector == SYSTEM_CALL_VECTOR);
}

static uint8_t gate_flags(unsigned vector)
{
	if (vector >= IRQ_BASE)
		return XEN_TI_MASK;
	return vector == BREAKPOINT ? 3 : 0;
}

/* Exceptions and system calls leave interrupts as they are: nothing has to be put back then. */
int32_t pv_set_trap_table(uint16_t code, bool with_interrupts)
{
	static struct trap_info gates[GATES_MAX];
	unsigned count = 0, last = with_interrupts ? IRQ_BASE + IRQ_COUNT : IRQ_BASE;

	for (unsigned vector = 0; vector < last; vector++)
		gates[count++] =
			(struct trap_info){(uint8_t)vector, gate_flags(vector), code, trap_stubs[vector]};
	gates[count++] = (struct trap_info){SYSTEM_CALL_VECTOR, 3, code, address_of(trap_system_call)};
	gates[count] = (struct trap_info){0};
	return hypercall(__HYPERVISOR_set_trap_table, address_of(gates), 0, 0, 0);
}
