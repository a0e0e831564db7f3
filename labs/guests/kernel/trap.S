/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/trap.S - where the IDT points. Each stub brings the stack to the same form, a struct
 * trap_frame, whether or not the processor pushed an error code (SDM vol. 3, 6.12.1 and 6.13).
 */
#include "kernel/layout.h"

	.macro stub vector, has_error
	.pushsection .rodata
	.long 1f
	.popsection
1:
	.if !\has_error
	push $0
	.endif
	push $\vector
	jmp trap_entry
	.endm

	.section .rodata
	.align 4
	.globl trap_stubs
trap_stubs:
	.text
	.irp vector, 0, 1, 2, 3, 4, 5, 6, 7
	stub \vector, 0
	.endr
	stub 8, 1
	stub 9, 0
	.irp vector, 10, 11, 12, 13, 14
	stub \vector, 1
	.endr
	stub 15, 0
	stub 16, 0
	stub 17, 1
	.irp vector, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	stub \vector, 0
	.endr
	.irp vector, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47
	stub \vector, 0
	.endr
	.globl trap_system_call
trap_system_call:
	push $0
	push $0x80

	.globl trap_entry
trap_entry:
	pusha
	push %ds
	push %es
	push %fs
	push %gs
	mov $KERNEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	cld
	push %esp
	call trap
	add $4, %esp

#ifdef PARAVIRTUAL
	jmp trap_return /* pv/leave.S */
#else
	/* The stack pointer is at a trap frame and interrupts are off. */
	.globl trap_return
trap_return:
	pop %gs
	pop %fs
	pop %es
	pop %ds
	popa
	add $8, %esp
#ifdef AVOID_HOLES
	/* Out of ring 0 an IRET to ring 3 runs without a trap and leaves IF as the processor has it
	 * (SDM vol. 2, IRET: IF changes only if CPL <= IOPL). STI traps, so the VMM hears of it; on
	 * real hardware it holds interrupts back until IRET is done, and IRET sets the same flag. */
	testl $EFLAGS_IF, 8(%esp)
	jz 1f
	sti
1:
#endif
	iret
#endif
