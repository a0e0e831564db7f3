/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/entry.S - where the boot sector jumps to, and the way into C for each vector.
 */
#include "layout.h"

	.section .start, "ax"
	.globl	start
start:
	movl	$stack_top, %esp
	movl	$bss_begin, %edi
	movl	$bss_end, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	rep stosb
	call	kernel
1:	cli
	hlt
	jmp	1b

	.text
	.balign	16
	.globl	vectors
vectors:
	.set	n, 0
	.rept	256
	.balign	16
	.if	n != 8 && (n < 10 || n > 14) && n != 17
	pushl	$0		/* in the place of an error code */
	.endif
	pushl	$n
	jmp	common
	.set	n, n + 1
	.endr

common:
	pushal
	pushl	%esp
	call	trap
	addl	$4, %esp
	popal
	addl	$8, %esp	/* number, error code */
	iretl

	.bss
	.balign	16
	.space	8192
stack_top:
