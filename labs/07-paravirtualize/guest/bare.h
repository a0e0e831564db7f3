/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/bare.h - instructions that belong to the machine, as functions (Intel SDM volume 2). In ring 1 most of them
 * are exits.
 */
#ifndef LAB_GUEST_BARE_H
#define LAB_GUEST_BARE_H

#include <stdint.h>

struct table {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

/* SDM volume 3, figure 7-2. */
struct task {
	uint32_t link, esp0, ss0, unused[22];
	uint16_t trap, map;
} __attribute__((packed));

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline void bare_cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void bare_sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* Nothing slips in between the two. */
static inline void bare_sti_hlt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

static inline void bare_load_cr3(uint32_t directory)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory");
}

static inline void bare_invlpg(uint32_t linear)
{
	__asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

static inline void bare_lidt(const struct table *table)
{
	__asm__ volatile("lidt %0" : : "m"(*table));
}

static inline void bare_out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t bare_in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* Not privileged. */
static inline struct cpuid bare_cpuid(uint32_t leaf)
{
	struct cpuid cpuid;

	__asm__ volatile("cpuid" : "=a"(cpuid.eax), "=b"(cpuid.ebx), "=c"(cpuid.ecx), "=d"(cpuid.edx) : "a"(leaf), "c"(0));
	return cpuid;
}

static inline void bare_write_msr(uint32_t number, uint32_t value)
{
	__asm__ volatile("wrmsr" : : "c"(number), "a"(value), "d"(0) : "memory");
}

#endif
