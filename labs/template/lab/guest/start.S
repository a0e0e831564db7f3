/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * start.S - the way into the guest: a Multiboot header, a stack, on to C.
 */
	.section .multiboot, "a"
	.align 4
	.long 0x1BADB002
	.long 0
	.long -0x1BADB002

	.text
	.globl start
start:
	mov $stack_top, %esp
	push %ebx /* the Multiboot information */
	call begin
1:	jmp 1b

	.bss
	.align 16
	.skip 4096
stack_top:
