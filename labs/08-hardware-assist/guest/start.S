/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 08-hardware-assist/guest/start.S - the way in, and the way into handle() and back: all in ring 0, for with hardware assist that is
 * where a guest's kernel is.
 */
	.section .multiboot, "a"
	.align 4
	.long 0x1BADB002, 0, -0x1BADB002

	.text
	.globl start
start:
	cli
	mov $first_stack, %esp
	push %ebx /* the Multiboot information */
	call begin

	.globl load_segments
load_segments: /* by the GDT that LGDT has just loaded */
	ljmp $0x08, $1f
1:	mov $0x10, %eax
	.irp segment, ds, es, fs, gs, ss
	mov %eax, %\segment
	.endr
	ret

/* Sixteen bytes a vector: what hardware has not pushed, then on. */
	.macro entry vector, has_error
	.balign 16
	.if \has_error == 0
	push $0
	.endif
	push $\vector
	jmp common
	.endm

	.globl entries
	.balign 16
entries:
	.altmacro
	.set number, 0
	.rept 49
	.if (number == 8) || ((number >= 10) && (number <= 14)) || (number == 17)
	entry %number, 1
	.else
	entry %number, 0
	.endif
	.set number, number + 1
	.endr

common:
	pusha
	cld
	push %esp
	call handle
	pop %eax
	popa
	add $8, %esp
	iret

/* fresh(stack, what): calls `what` on another stack. */
	.globl fresh
fresh:
	push %ebp
	mov %esp, %ebp
	mov 8(%ebp), %esp
	call *12(%ebp)
	mov %ebp, %esp
	pop %ebp
	ret

	.bss
	.balign 4096
	.skip 8192
first_stack:
