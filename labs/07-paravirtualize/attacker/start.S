/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/attacker/start.S - a domain's beginning: ring 1, paging on, start_info in ESI; and the notes by which a domain
 * builder knows how to start it.
 */
	.macro note type, contents:vararg
	.align 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	\contents
2:	.align 4
	.endm

	.section .note.Xen, "a", @note
	note 6, .asciz "attacker"   /* GUEST_OS */
	note 5, .asciz "xen-3.0"    /* XEN_VERSION */
	note 8, .asciz "generic"    /* LOADER */
	note 9, .asciz "no"         /* PAE_MODE */
	note 3, .long 0xC0000000    /* VIRT_BASE */
	note 4, .long 0             /* PADDR_OFFSET */
	note 1, .long start         /* ENTRY */

	.text
	.globl start
start:
	cld
	mov $stack_top, %esp
	push %esi
	call begin
1:	jmp 1b

	.bss
	.align 4096
	.skip 16384
stack_top:
