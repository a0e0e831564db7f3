/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 08-hardware-assist/guest/start.S - the way in, and the way into handle() and back: all in ring 0, for with hardware assist that is
 * where a guest's kernel is.
 */
#include "shared/start.h"

	START first_stack

	.globl load_segments
load_segments: /* by the GDT that LGDT has just loaded */
	FLAT_SEGMENTS ds, es, fs, gs, ss
	ret

	ENTRIES 49, common

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
