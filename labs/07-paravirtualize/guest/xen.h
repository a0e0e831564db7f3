/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/xen.h - the part of Xen's i386 interface that a port of this kernel needs, with Xen's own names and numbers.
 * It is the transparent form: the guest boots as on any PC, holds guest-physical addresses, and calls where that is cheaper.
 */
#ifndef LAB_GUEST_XEN_H
#define LAB_GUEST_XEN_H

#include <stdint.h>

/* ---- is there a hypervisor? CPUID leaf 40000000H: EAX the last leaf, EBX, ECX, EDX "XenVMMXenVMM"; leaf 40000002H: EBX the MSR ---- */

#define XEN_CPUID_FIRST_LEAF 0x40000000u
#define XEN_CPUID_SIGNATURE_EBX 0x566e6558u
#define XEN_CPUID_SIGNATURE_ECX 0x65584d4du
#define XEN_CPUID_SIGNATURE_EDX 0x4d4d566eu

/* ---- calls. A result below 0 is an error. Pointers are linear addresses. ---- */

#define __HYPERVISOR_set_trap_table 0    /* (struct trap_info *): up to one whose address is 0 */
#define __HYPERVISOR_mmu_update 1        /* (struct mmu_update *, count, uint32_t *done or 0, DOMID_SELF) */
#define __HYPERVISOR_stack_switch 3      /* (selector, ESP) */
#define __HYPERVISOR_multicall 13        /* (struct multicall_entry *, count) */
#define __HYPERVISOR_update_va_mapping 14 /* (linear, value, 0, UVMF_...): the last level's entry of a page */
#define __HYPERVISOR_console_io 18       /* (CONSOLEIO_write, count, char *) */
#define __HYPERVISOR_mmuext_op 26        /* (struct mmuext_op *, count, uint32_t *done or 0, DOMID_SELF) */
#define __HYPERVISOR_sched_op 29         /* (SCHEDOP_..., 0) */

#define DOMID_SELF 0x7ff0u
#define CONSOLEIO_write 0
#define SCHEDOP_yield 0
#define SCHEDOP_block 1 /* IF = 1 and wait, in one */
#define UVMF_NONE 0
#define UVMF_TLB_FLUSH 1
#define UVMF_INVLPG 2
#define MMUEXT_NEW_BASEPTR 5 /* mfn */
#define MMUEXT_TLB_FLUSH_LOCAL 6
#define MMUEXT_INVLPG_LOCAL 7 /* linear_addr */

/* trap_info.flags: who may use INT with it; and whether it is entered with interrupts off. A vector from 32 on with flags 3 goes
 * straight from ring 3 to the kernel, without the VMM. */
#define XEN_TI_DPL 3
#define XEN_TI_MASK 4

struct trap_info {
	uint8_t vector, flags;
	uint16_t cs;
	uint32_t address;
};

/* `ptr`: physical address of the entry. */
struct mmu_update {
	uint64_t ptr, val;
};

struct mmuext_op {
	uint32_t cmd;
	uint32_t arg1; /* mfn (a frame's number) or linear address */
	uint32_t arg2;
};

struct multicall_entry {
	uint32_t op, result, args[6];
};

/* Entry `number` of the hypercall page (32 bytes each): the number's call. The argument registers are lost. */
static inline int32_t hypercall_at(const uint8_t *page, unsigned number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
	int32_t result;

	__asm__ volatile("call *%%eax"
	                 : "=a"(result), "+b"(first), "+c"(second), "+d"(third), "+S"(fourth)
	                 : "0"(page + number * 32)
	                 : "memory", "cc");
	return result;
}

#endif
