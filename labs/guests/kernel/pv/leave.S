/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/leave.S - back to what a trap interrupted, with interrupts as they will be there. No
 * instruction here needs ring 0: IRET from ring 1 to ring 3 is the processor's own business. What is due
 * before user code goes on is looked at once more, because an interrupt may have come since; if one comes
 * between the two marks, its handler sees where it was and does it (irq.h).
 */
#include "kernel/layout.h"

	.macro restore
	pop %gs
	pop %fs
	pop %es
	pop %ds
	popa
	add $8, %esp
	.endm

	.text
again:
	call trap_before_user

	/* The stack pointer is at a trap frame. */
	.globl trap_return
trap_return:
	mov FRAME_CS(%esp), %eax
	and $3, %eax
	cmp $3, %eax
	jne 1f

	.globl leaving_begin
leaving_begin:
	cmpb $0, reschedule
	jne again
	restore
	iret
	.globl leaving_end
leaving_end:

1:	restore
	iret
