/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/instructions.c - the operations that are one instruction, and the short way in and out of ring 0: what they need
 * beforehand, and how it shows afterwards that they were done.
 */
#include "core/xen.h"
#include "nano/nano.h"

enum { POST_PORT = 0x80, UART_SCRATCH = 0x3FF, CPUID_TSC = 1 << 4 };

static uint64_t since;

/* The last round stores a count of 1, be it of the warm-up. */
enum { LAST_ROUND = 1 };

void prepare_port(void)
{
	loop_value = port_read8(POST_PORT);
}

bool check_in(uint32_t rounds)
{
	(void)rounds;
	return loop_result[0] == loop_value;
}

bool check_cr(uint32_t rounds)
{
	(void)rounds;
	return read_cr2() == LAST_ROUND;
}

bool check_out(uint32_t rounds)
{
	(void)rounds;
	return port_read8(UART_SCRATCH) == LAST_ROUND;
}

void prepare_divzero(void)
{
	loop_events = 0;
}

bool check_events(uint32_t rounds)
{
	return loop_events == WARM_UP + rounds;
}

void prepare_clock(void)
{
	since = read_tsc();
}

bool check_rdtsc(uint32_t rounds)
{
	uint64_t last = (uint64_t)loop_result[1] << 32 | loop_result[0];

	(void)rounds;
	return last > since && last <= read_tsc();
}

/* As core/xen.h has it for guests that boot like on a bare machine. */
bool has_hypervisor(void)
{
	struct cpuid signature = cpuid(XEN_CPUID_FIRST_LEAF);

	return signature.ebx == XEN_CPUID_SIGNATURE_EBX && signature.ecx == XEN_CPUID_SIGNATURE_ECX &&
	       signature.edx == XEN_CPUID_SIGNATURE_EDX && signature.eax >= XEN_CPUID_FIRST_LEAF + 2;
}

void prepare_hypercall(void)
{
	write_msr(cpuid(XEN_CPUID_FIRST_LEAF + 2).ebx, virtual_to_physical(hypercall_page));
	loop_address = (uint32_t)hypercall_page + __HYPERVISOR_xen_version * 32;
}

bool check_hypercall(uint32_t rounds)
{
	(void)rounds;
	return loop_result[0] == cpuid(XEN_CPUID_FIRST_LEAF + 1).eax;
}

bool check_cpuid(uint32_t rounds)
{
	struct cpuid now = cpuid(0);

	(void)rounds;
	return loop_result[0] == now.eax && loop_result[1] == now.ebx && loop_result[2] == now.ecx &&
	       loop_result[3] == now.edx;
}
