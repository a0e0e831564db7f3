/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/start.S - what makes this file one that Xen can start: the notes by which its domain builder
 * knows how (core/xen.h), the first instructions of a kernel that begins in ring 1 with paging on, the
 * page that the hypervisor fills with its calls, and where its two callbacks arrive.
 */
#include "core/xen.h"
#include "kernel/pv/pv.h"

	.macro note type, contents:vararg
	.align 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	\contents
2:	.align 4
	.endm

	.section .note.Xen, "a", @note
	note XEN_ELFNOTE_GUEST_OS, .asciz "lab kernel"
	note XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
	note XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	note XEN_ELFNOTE_LOADER, .asciz "generic"
	note XEN_ELFNOTE_PAE_MODE, .asciz "no"
	note XEN_ELFNOTE_FEATURES, .asciz ""
	note XEN_ELFNOTE_VIRT_BASE, .long KERNEL_BASE
	note XEN_ELFNOTE_PADDR_OFFSET, .long 0
	note XEN_ELFNOTE_ENTRY, .long xen_start
	note XEN_ELFNOTE_HYPERCALL_PAGE, .long hypercall_page
	note XEN_ELFNOTE_HV_START_LOW, .long HYPERVISOR_VIRT_START_NONPAE

	.text
xen_start:
	cld
	mov $boot_stack_top, %esp
	push %esi
	push $XEN_STARTED
	xor %ebp, %ebp
	call kernel_main
	ud2

	/* An event channel has something, and the mask was clear; now it is set. */
	.globl event_callback
event_callback:
	push $0
	push $EVENT_VECTOR
	jmp trap_entry

	/* A segment register could not be loaded on the way back to us: DS, ES, FS, GS lie on the stack. */
	.globl failsafe_callback
failsafe_callback:
	add $16, %esp
	push $0
	push $13
	jmp trap_entry

	.align 4096
	.globl hypercall_page
hypercall_page:
	.skip 4096
