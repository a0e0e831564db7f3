/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/hypercall.h - calls into the hypervisor, as functions (core/xen.h says what each does). The
 * code that gets there is the hypervisor's own: entry n of the hypercall page, which it fills.
 */
#ifndef GUEST_KERNEL_PV_HYPERCALL_H
#define GUEST_KERNEL_PV_HYPERCALL_H

#include "core/xen.h"
#include "kernel/kernel.h"

extern const char hypercall_page[];

/* All argument registers are taken for lost, as Xen says. */
static inline int32_t hypercall(unsigned number, uint32_t first, uint32_t second, uint32_t third,
				uint32_t fourth)
{
	int32_t result;

	__asm__ volatile("call *%%eax"
			 : "=a"(result), "+b"(first), "+c"(second), "+d"(third), "+S"(fourth)
			 : "0"(hypercall_page + number * 32)
			 : "memory", "cc");
	return result;
}

static inline uint32_t address_of(const volatile void *object)
{
	return (uint32_t)object;
}

/* What the kernel asks is never wrong: an error is the end of it. */
static inline void must(const char *call, int32_t result)
{
	if (result < 0)
		panic("hypercall %s: error %d", call, -result);
}

#define MUST(name, ...) must(#name, hypercall(__HYPERVISOR_##name, __VA_ARGS__))

#endif
