/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/machine.h - the privileged instructions as C functions: ports, control registers, flags.
 * Everything here traps when the kernel has been moved out of ring 0; what does not trap is in irq.h.
 */
#ifndef GUEST_KERNEL_MACHINE_H
#define GUEST_KERNEL_MACHINE_H

#include "kernel/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void port_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t port_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void port_write32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

#ifdef PARAVIRTUAL

/* pv/interrupts.c: by these instructions, or as the hypervisor has it. */
void interrupts_off(void);
void interrupts_on(void);
void halt_for_interrupt(void);

#else

static inline void interrupts_off(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void interrupts_on(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* STI holds interrupts back for one more instruction, so none slips in before HLT. */
static inline void halt_for_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

#endif

static inline uint32_t read_cr0(void)
{
	uint32_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static inline uint32_t read_cr2(void)
{
	uint32_t value;

	__asm__ volatile("mov %%cr2, %0" : "=r"(value));
	return value;
}

static inline void write_cr3(uint32_t directory)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory");
}

static inline void write_msr(uint32_t number, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(number), "A"(value) : "memory");
}

static inline uint64_t read_tsc(void)
{
	uint64_t value;

	__asm__ volatile("rdtsc" : "=A"(value));
	return value;
}

static inline void set_cr4_bits(uint32_t bits)
{
	uint32_t value;

	__asm__ volatile("mov %%cr4, %0; or %1, %0; mov %0, %%cr4" : "=&r"(value) : "r"(bits) : "memory");
}

static inline void invalidate_page(uint32_t linear)
{
	__asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid result = { leaf, 0, 0, 0 };

	__asm__ volatile("cpuid" : "+a"(result.eax), "=b"(result.ebx), "+c"(result.ecx), "=d"(result.edx));
	return result;
}

#endif
