/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/xen.h - Xen's public interface for i386 guests, as far as it is offered here: numbers and structures
 * with Xen's own names, shared by the VMM (trap/hypercall.h, core/load_xen.c) and paravirtual guests.
 * Barham et al., Xen and the Art of Virtualization (2003); the interface is that of Xen 3.0 and later.
 *
 * A hypercall: its number in EAX, arguments in EBX, ECX, EDX, ESI, EDI, EBP; the result in EAX, -XEN_E... for an
 * error. Here the other registers keep their values; a guest that wants to run elsewhere takes the argument
 * registers for lost. Pointers are linear addresses of the caller, in its address space as it is now. Entry n
 * of the hypercall page lies at page + 32 * n; it is called with a near CALL.
 *
 * A batch or list has at most 65536 items (-XEN_E2BIG): no call is interrupted and continued. Lists are not nested.
 *
 * There are two ways to speak it.
 *
 * DIRECT (pv/direct): a domain, as Xen builds one for a kernel whose ELF file has Xen notes. All as Xen has it:
 *   - ring 1 from the start, paging on. ESI = start_info; ESP at the end of a page of stack, EFLAGS = IF;
 *     CS = FLAT_RING1_CS, DS, ES, SS = FLAT_RING1_DS (FS, GS null). No GDT but the reserved entries, no trap table.
 *   - from VIRT_BASE on, in this order: the kernel, modules, mfn_list, start_info, page tables, boot stack, at least
 *     512 KiB more, all rounded up to 4 MiB. VIRT_BASE + n * 4096 (- PADDR_OFFSET) maps pseudo-physical frame n. Nothing else
 *     is mapped but the hypervisor's range. start_info, page tables and the rest are found through start_info.
 *   - the page tables hold machine addresses: mfn_list[pfn] = mfn, machine_to_phys_mapping[mfn] = pfn (at
 *     HYPERVISOR_VIRT_START, read-only). The tables are mapped read-only and changed by mmu_update, update_va_mapping
 *     and multicalls of them. A table that is used or pinned has a type (L1, L2, with PAE L3), and no frame is a
 *     table and mapped writable at once. Large pages (PS) and global pages are not offered. No linear page tables.
 *   - shared_info is a machine address: map it with update_va_mapping. Interrupts are event channels, and
 *     vcpu_info.evtchn_upcall_mask is the interrupt flag: EFLAGS.IF is 1 always, CLI and STI do nothing of use.
 *   - an event or trap frame, from the stack's top: [error code] EIP, CS | saved mask << 16, EFLAGS (IF = mask was clear),
 *     and from ring 3 ESP, SS. CR2 is in vcpu_info.arch.cr2. The stack for entries from ring 3 is stack_switch's.
 *     Return: IRET where events need not be unmasked at the same moment; else HYPERVISOR_iret, from the hypercall page:
 *     jump there with EIP, CS, EFLAGS [, ESP, SS] on the stack; the mask becomes !IF of that EFLAGS.
 *   - system calls: a vector of the trap table with DPL 3 and without TI's mask flag (4), other than an exception's,
 *     goes straight from ring 3 to ring 1; its frame has the hardware's CS (no saved mask), EFLAGS with IF set.
 *   - IN and OUT reach the machine's ports (by #GP and the VMM: the domain is privileged and the first). So
 *     isa-debug-exit works as ever. bind_pirq gives the lines of the two PICs, which are the VMM's: a guest must not
 *     program them, and nothing has to be acknowledged. VIRQ_CONSOLE and CONSOLEIO_read give what comes in at COM1
 *     when nobody has bound IRQ 4. VIRQ_TIMER comes at set_timer_op's system time (nanoseconds since start).
 *   - pseudo-physical frames are numbered as guest-physical ones elsewhere: VGA text is at pfn 0xb8, and memory_map says
 *     that 0xa0 to 0xff are not for general use.
 *   - of the privileged instructions IN, OUT, CLI, STI (which do nothing), CLTS, INVD and WBINVD are emulated; the others are #GP. INT n
 *     of a vector with a handler and DPL enough is handed on. A descriptor table is a read-only frame, all of whose 512
 *     descriptors must be fit for rings 1 to 3: flat ones of 4 GiB are cut where the flat segments end, others that reach so far refused.
 *   - there is no store, no grant table, no other domain.
 *   - sched_op shutdown: poweroff ends the guest with exit code 0, reboot resets it, crash is its shutdown.
 *
 * TRANSPARENT (any technique with a VMM, pv/shadow among them): a guest that boots on bare hardware, believes in
 * ring 0, and may call hypercalls, as Xen's fully virtualized guests do:
 *   - CPUID leaf 40000000H says XenVMMXenVMM (EBX, ECX, EDX), EAX the last leaf; +1: EAX version; +2: EAX number of hypercall
 *     pages (1), EBX the MSR. Writing a page's guest-physical address to that MSR fills it with code.
 *     Its instruction is VMCALL in every technique. From ring 3 the result is -XEN_EPERM.
 *   - addresses that Xen has as machine addresses are guest-physical (XENFEAT_auto_translated_physmap): in
 *     page-table entries, mmu_update's ptr, mmuext_op's mfn. Any entry that the guest could have stored itself may be
 *     stored: batches are a saving, not a duty, and plain stores stay possible.
 *   - set_trap_table writes gates into the guest's own IDT (LIDT first; flag 4: an interrupt gate, else a trap gate; cs is
 *     the guest's own selector), stack_switch writes SS0 and ESP0 of the guest's own TSS (LTR first). So the guest's
 *     memory says the same in every technique. Once both have been called, pv/shadow is possible; from then on the guest changes
 *     these gates and its kernel stack by hypercalls alone.
 *   - under pv/shadow the kernel is in ring 1. INT of a vector in the trap table with DPL 3 and without flag 4 (as
 *     above) goes straight to its handler, on the stack of stack_switch; IRET to ring 3 goes straight back. Everything
 *     else is as under trap: exceptions and interrupts come through the guest's IDT.
 *   - interrupts stay the PIC's and the flag stays EFLAGS.IF: CLI and STI trap as under trap. There are no event channels,
 *     set_callbacks, set_timer_op, vcpu_op, set_gdt, set_ldt, iret: -XEN_ENOSYS.
 *     sched_op block is STI and HLT. memory_op has memory_map only. CONSOLEIO_write writes to COM1; there is no CONSOLEIO_read.
 *   - mmuext_op pin and unpin succeed and do nothing; NEW_BASEPTR loads CR3.
 */
#ifndef RINGSIDE_CORE_XEN_H
#define RINGSIDE_CORE_XEN_H

/* ---- hypercall numbers ---- */

#define __HYPERVISOR_set_trap_table 0
#define __HYPERVISOR_mmu_update 1
#define __HYPERVISOR_set_gdt 2
#define __HYPERVISOR_stack_switch 3
#define __HYPERVISOR_set_callbacks 4
#define __HYPERVISOR_fpu_taskswitch 5
#define __HYPERVISOR_sched_op_compat 6
#define __HYPERVISOR_platform_op 7
#define __HYPERVISOR_set_debugreg 8
#define __HYPERVISOR_get_debugreg 9
#define __HYPERVISOR_update_descriptor 10
#define __HYPERVISOR_memory_op 12
#define __HYPERVISOR_multicall 13
#define __HYPERVISOR_update_va_mapping 14
#define __HYPERVISOR_set_timer_op 15
#define __HYPERVISOR_event_channel_op_compat 16
#define __HYPERVISOR_xen_version 17
#define __HYPERVISOR_console_io 18
#define __HYPERVISOR_physdev_op_compat 19
#define __HYPERVISOR_grant_table_op 20
#define __HYPERVISOR_vm_assist 21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret 23
#define __HYPERVISOR_vcpu_op 24
#define __HYPERVISOR_set_segment_base 25
#define __HYPERVISOR_mmuext_op 26
#define __HYPERVISOR_nmi_op 28
#define __HYPERVISOR_sched_op 29
#define __HYPERVISOR_callback_op 30
#define __HYPERVISOR_event_channel_op 32
#define __HYPERVISOR_physdev_op 33

/* ---- errors: a result is minus one of these ---- */

#define XEN_EPERM 1
#define XEN_ENOENT 2
#define XEN_ESRCH 3
#define XEN_EIO 5
#define XEN_E2BIG 7
#define XEN_ENOMEM 12
#define XEN_EACCES 13
#define XEN_EFAULT 14
#define XEN_EBUSY 16
#define XEN_EEXIST 17
#define XEN_EINVAL 22
#define XEN_ENOSPC 28
#define XEN_ENOSYS 38
#define XEN_EOPNOTSUPP 95

/* ---- segments and the address space ---- */

/* The last two of the GDT's 16 pages are Xen's; a guest has the entries below. */
#define FIRST_RESERVED_GDT_PAGE 14
#define FIRST_RESERVED_GDT_BYTE (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

#define FLAT_RING1_CS 0xe019
#define FLAT_RING1_DS 0xe021
#define FLAT_RING1_SS 0xe021
#define FLAT_RING3_CS 0xe02b
#define FLAT_RING3_DS 0xe033
#define FLAT_RING3_SS 0xe033
#define FLAT_KERNEL_CS FLAT_RING1_CS
#define FLAT_KERNEL_DS FLAT_RING1_DS
#define FLAT_KERNEL_SS FLAT_RING1_SS
#define FLAT_USER_CS FLAT_RING3_CS
#define FLAT_USER_DS FLAT_RING3_DS
#define FLAT_USER_SS FLAT_RING3_SS

/* From here on addresses are the hypervisor's: the machine-to-physical table first, which guests may read and which
 * the flat segments reach the end of. */
#define HYPERVISOR_VIRT_START_NONPAE 0xfc000000
#define MACH2PHYS_VIRT_START_NONPAE 0xfc000000
#define MACH2PHYS_VIRT_END_NONPAE 0xfc400000
#define HYPERVISOR_VIRT_START_PAE 0xf5800000
#define MACH2PHYS_VIRT_START_PAE 0xf5800000
#define MACH2PHYS_VIRT_END_PAE 0xf6800000

#define TRAP_INSTR_VECTOR 0x82 /* INT 82H: the hypercall page's instruction in direct mode */

/* ---- CPUID and the MSR of the hypercall page ---- */

#define XEN_CPUID_FIRST_LEAF 0x40000000
#define XEN_HYPERCALL_MSR 0x40000000 /* what the leaf +2 says here: Xen has no name for it */
#define XEN_CPUID_SIGNATURE_EBX 0x566e6558 /* "XenV" */
#define XEN_CPUID_SIGNATURE_ECX 0x65584d4d /* "MMXe" */
#define XEN_CPUID_SIGNATURE_EDX 0x4d4d566e /* "nVMM" */

/* ---- ELF notes of the name "Xen" ---- */

#define XEN_ELFNOTE_INFO 0
#define XEN_ELFNOTE_ENTRY 1
#define XEN_ELFNOTE_HYPERCALL_PAGE 2
#define XEN_ELFNOTE_VIRT_BASE 3
#define XEN_ELFNOTE_PADDR_OFFSET 4
#define XEN_ELFNOTE_XEN_VERSION 5
#define XEN_ELFNOTE_GUEST_OS 6
#define XEN_ELFNOTE_GUEST_VERSION 7
#define XEN_ELFNOTE_LOADER 8
#define XEN_ELFNOTE_PAE_MODE 9
#define XEN_ELFNOTE_FEATURES 10
#define XEN_ELFNOTE_BSD_SYMTAB 11
#define XEN_ELFNOTE_HV_START_LOW 12
#define XEN_ELFNOTE_L1_MFN_VALID 13
#define XEN_ELFNOTE_SUSPEND_CANCEL 14
#define XEN_ELFNOTE_INIT_P2M 15
#define XEN_ELFNOTE_MOD_START_PFN 16
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17

/* ---- commands and flags ---- */

/* set_trap_table(table): trap_info.flags */
#define XEN_TI_DPL 3     /* who may use INT n of the vector */
#define XEN_TI_MASK 4    /* TI_GET_IF: events are masked on entry */

/* mmu_update(requests, count, done, domid): the lowest bits of ptr */
#define MMU_NORMAL_PT_UPDATE 0
#define MMU_MACHPHYS_UPDATE 1
#define MMU_PT_UPDATE_PRESERVE_AD 2

/* update_va_mapping(address, value low, value high, flags) */
#define UVMF_NONE 0
#define UVMF_TLB_FLUSH 1
#define UVMF_INVLPG 2
#define UVMF_FLUSHTYPE_MASK 3
#define UVMF_MULTI 0
#define UVMF_LOCAL 0
#define UVMF_ALL 4

/* mmuext_op(operations, count, done, domid) */
#define MMUEXT_PIN_L1_TABLE 0
#define MMUEXT_PIN_L2_TABLE 1
#define MMUEXT_PIN_L3_TABLE 2
#define MMUEXT_PIN_L4_TABLE 3
#define MMUEXT_UNPIN_TABLE 4
#define MMUEXT_NEW_BASEPTR 5
#define MMUEXT_TLB_FLUSH_LOCAL 6
#define MMUEXT_INVLPG_LOCAL 7
#define MMUEXT_TLB_FLUSH_MULTI 8
#define MMUEXT_INVLPG_MULTI 9
#define MMUEXT_TLB_FLUSH_ALL 10
#define MMUEXT_INVLPG_ALL 11
#define MMUEXT_FLUSH_CACHE 12
#define MMUEXT_SET_LDT 13

/* In the count of mmu_update and mmuext_op: Xen's own mark of a call that goes on where it was interrupted. */
#define MMU_UPDATE_PREEMPTED 0x80000000u

#define DOMID_SELF 0x7ff0
#define DOMID_IO 0x7ff1
#define DOMID_XEN 0x7ff2

/* xen_version(command, buffer) */
#define XEN_VERSION_NUMBER (4 << 16 | 2) /* the last Xen that had an i386 hypervisor */
#define XENVER_version 0
#define XENVER_extraversion 1      /* char [16] */
#define XENVER_compile_info 2
#define XENVER_capabilities 3      /* char [1024] */
#define XENVER_changeset 4         /* char [64] */
#define XENVER_platform_parameters 5 /* uint32_t: where the hypervisor's addresses begin */
#define XENVER_get_features 6      /* struct xen_feature_info */
#define XENVER_pagesize 7
#define XENVER_guest_handle 8      /* 16 bytes */

#define XENFEAT_writable_page_tables 0
#define XENFEAT_writable_descriptor_tables 1
#define XENFEAT_auto_translated_physmap 2
#define XENFEAT_supervisor_mode_kernel 3
#define XENFEAT_pae_pgdir_above_4gb 4
#define XENFEAT_mmu_pt_update_preserve_ad 5
#define XENFEAT_dom0 11

/* console_io(command, count, buffer) */
#define CONSOLEIO_write 0
#define CONSOLEIO_read 1

/* sched_op(command, argument); sched_op_compat takes the shutdown's reason itself */
#define SCHEDOP_yield 0
#define SCHEDOP_block 1
#define SCHEDOP_shutdown 2
#define SCHEDOP_poll 3
#define SHUTDOWN_poweroff 0
#define SHUTDOWN_reboot 1
#define SHUTDOWN_suspend 2
#define SHUTDOWN_crash 3

/* event_channel_op(command, structure) */
#define EVTCHNOP_bind_interdomain 0
#define EVTCHNOP_bind_virq 1
#define EVTCHNOP_bind_pirq 2
#define EVTCHNOP_close 3
#define EVTCHNOP_send 4
#define EVTCHNOP_status 5
#define EVTCHNOP_alloc_unbound 6
#define EVTCHNOP_bind_ipi 7
#define EVTCHNOP_bind_vcpu 8
#define EVTCHNOP_unmask 9
#define EVTCHNOP_reset 10

#define EVTCHNSTAT_closed 0
#define EVTCHNSTAT_unbound 1
#define EVTCHNSTAT_interdomain 2
#define EVTCHNSTAT_pirq 3
#define EVTCHNSTAT_virq 4
#define EVTCHNSTAT_ipi 5

#define VIRQ_TIMER 0
#define VIRQ_DEBUG 1
#define VIRQ_CONSOLE 2
#define NR_VIRQS 24
#define NR_EVENT_CHANNELS 1024

/* vcpu_op(command, vcpu, structure) */
#define VCPUOP_initialise 0
#define VCPUOP_up 1
#define VCPUOP_down 2
#define VCPUOP_is_up 3
#define VCPUOP_set_periodic_timer 6
#define VCPUOP_stop_periodic_timer 7
#define VCPUOP_set_singleshot_timer 8
#define VCPUOP_stop_singleshot_timer 9
#define VCPU_SSHOTTMR_future 1 /* refuse a moment that has passed */

/* memory_op(command, structure) */
#define XENMEM_increase_reservation 0
#define XENMEM_decrease_reservation 1
#define XENMEM_maximum_ram_page 2
#define XENMEM_current_reservation 3
#define XENMEM_maximum_reservation 4
#define XENMEM_machphys_mfn_list 5
#define XENMEM_populate_physmap 6
#define XENMEM_memory_map 9
#define XENMEM_machphys_mapping 12

/* vm_assist(command, type) */
#define VMASST_CMD_enable 0
#define VMASST_CMD_disable 1
#define VMASST_TYPE_4gb_segments 0
#define VMASST_TYPE_4gb_segments_notify 1
#define VMASST_TYPE_writable_pagetables 2
#define VMASST_TYPE_pae_extended_cr3 3

/* physdev_op(command, structure) */
#define PHYSDEVOP_eoi 12
#define PHYSDEVOP_irq_status_query 5
#define PHYSDEVOP_set_iopl 6
#define PHYSDEVOP_set_iobitmap 7

/* start_info.flags */
#define SIF_PRIVILEGED 1
#define SIF_INITDOMAIN 2

#define XEN_LEGACY_MAX_VCPUS 32

#ifndef __ASSEMBLER__

#include <stdint.h>

/* ---- structures, as a 32-bit guest lays them out: every pointer and `unsigned long` is a uint32_t ---- */

struct trap_info {
	uint8_t vector, flags;
	uint16_t cs;
	uint32_t address; /* 0 ends a table */
};

struct mmu_update {
	uint64_t ptr; /* machine address of an entry, and the command; machphys: of the frame */
	uint64_t val; /* the entry; machphys: the pfn */
};

struct mmuext_op {
	uint32_t cmd;
	union {
		uint32_t mfn;
		uint32_t linear_addr;
	} arg1;
	union {
		uint32_t nr_ents;
		uint32_t vcpumask;
		uint32_t src_mfn;
	} arg2;
};

struct multicall_entry {
	uint32_t op, result, args[6];
};

struct xen_feature_info {
	uint32_t submap_idx; /* in */
	uint32_t submap;     /* out: bit n: feature submap_idx * 32 + n */
};

/* system time = system_time + (((TSC - tsc_timestamp) << tsc_shift) * tsc_to_system_mul >> 32), in nanoseconds.
 * While the VMM writes, `version` is odd. */
struct vcpu_time_info {
	uint32_t version, pad0;
	uint64_t tsc_timestamp, system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	int8_t pad1[3];
};

struct arch_vcpu_info {
	uint32_t cr2, pad[5];
};

struct vcpu_info {
	uint8_t evtchn_upcall_pending, evtchn_upcall_mask;
	uint16_t pad;
	uint32_t evtchn_pending_sel;
	struct arch_vcpu_info arch;
	struct vcpu_time_info time;
};

struct arch_shared_info {
	uint32_t max_pfn, pfn_to_mfn_frame_list_list, nmi_reason;
	uint32_t pad[64];
};

struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	uint32_t evtchn_pending[32], evtchn_mask[32];
	uint32_t wc_version, wc_sec, wc_nsec; /* wall clock at system time 0 */
	struct arch_shared_info arch;
};

#define MAX_GUEST_CMDLINE 1024

struct start_info {
	char magic[32];       /* "xen-3.0-x86_32", with PAE "xen-3.0-x86_32p" */
	uint32_t nr_pages;    /* pseudo-physical frames: 0 to nr_pages - 1 */
	uint32_t shared_info; /* machine address */
	uint32_t flags;       /* SIF_... */
	uint32_t store_mfn, store_evtchn; /* 0: no store */
	union {
		struct {
			uint32_t mfn, evtchn;
		} domU;
		struct {
			uint32_t info_off, info_size;
		} dom0;
	} console;            /* 0: console_io is the console */
	uint32_t pt_base;     /* address of the page directory (with PAE: of the four PDPTEs' page) */
	uint32_t nr_pt_frames;
	uint32_t mfn_list;    /* address of uint32_t [nr_pages] */
	uint32_t mod_start, mod_len;
	char cmd_line[MAX_GUEST_CMDLINE];
	uint32_t first_p2m_pfn, nr_p2m_frames; /* 0: mfn_list is mapped */
};

struct evtchn_bind_virq {
	uint32_t virq, vcpu; /* in */
	uint32_t port;       /* out */
};

struct evtchn_bind_pirq {
	uint32_t pirq, flags; /* in */
	uint32_t port;        /* out */
};

struct evtchn_bind_ipi {
	uint32_t vcpu; /* in */
	uint32_t port; /* out */
};

struct evtchn_bind_vcpu {
	uint32_t port, vcpu;
};

/* close, send, unmask */
struct evtchn_port {
	uint32_t port;
};

struct evtchn_alloc_unbound {
	uint16_t dom, remote_dom; /* in */
	uint32_t port;            /* out */
};

struct evtchn_status {
	uint16_t dom, pad;     /* in */
	uint32_t port;         /* in */
	uint32_t status, vcpu; /* out */
	uint32_t u[2];         /* out: pirq or virq */
};

struct evtchn_reset {
	uint16_t dom;
};

struct sched_shutdown {
	uint32_t reason;
};

struct sched_poll {
	uint32_t ports;    /* address of uint32_t [nr_ports] */
	uint32_t nr_ports;
	uint64_t timeout;  /* system time; 0: none */
};

struct vcpu_set_periodic_timer {
	uint64_t period_ns;
};

struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns;
	uint32_t flags;
};

struct xen_memory_reservation {
	uint32_t extent_start; /* address of uint32_t frame numbers */
	uint32_t nr_extents, extent_order, mem_flags;
	uint16_t domid;
};

struct xen_memory_map {
	uint32_t nr_entries; /* in: room; out: entries */
	uint32_t buffer;     /* address of struct e820entry [] */
};

struct e820entry {
	uint64_t addr, size;
	uint32_t type; /* 1: memory, 2: reserved */
} __attribute__((packed));

struct xen_machphys_mapping {
	uint32_t v_start, v_end, max_mfn;
};

struct physdev_set_iopl {
	uint32_t iopl;
};

struct physdev_eoi {
	uint32_t irq;
};

struct physdev_irq_status_query {
	uint32_t irq;   /* in */
	uint32_t flags; /* out: bit 0: needs PHYSDEVOP_eoi */
};

_Static_assert(sizeof(struct vcpu_time_info) == 32 && sizeof(struct vcpu_info) == 64, "Xen's layout");
_Static_assert(sizeof(struct mmuext_op) == 12 && sizeof(struct multicall_entry) == 32, "Xen's layout");
_Static_assert(sizeof(struct start_info) == 1112, "Xen's layout");

#endif
#endif
