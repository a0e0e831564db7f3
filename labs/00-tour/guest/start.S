/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/00-tour/guest/start.S - the tour's guest: its way in, handlers of three or four instructions that one reads at a glance, and its
 * way to ring 3 and back. Whoever makes an exception has put into EBP where to go on.
 */
#include "shared/start.h"

	MULTIBOOT_HEADER
	.globl start
start:
	cli
	mov $kernel_stack, %esp
	push %ebx /* the Multiboot information */
	call begin

/* load_tables(&gdt, &idt): and every segment register by them. */
	.globl load_tables
load_tables:
	mov 4(%esp), %eax
	mov 8(%esp), %edx
	lgdt (%eax)
	lidt (%edx)
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	ljmp $0x08, $1f
1:	mov $0x28, %eax
	ltr %ax
	ret

/* 32 handlers of exceptions, 16 bytes each: drop the error code where there is one (SDM vol. 3, table 6-1), go on at EBP. */
	.globl exceptions
	.align 16
exceptions:
	vector = 0
	.rept 32
	.align 16
	.if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17)
	add $4, %esp
	.endif
	mov %ebp, (%esp)
	iret
	vector = vector + 1
	.endr

/* INT 30H comes and goes; INT 31H leaves ring 3 for good. */
	.globl come_and_go, leave_user
	.align 16
come_and_go:
	iret

	.align 16
leave_user:
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov user_left, %esp
	popa
	ret

/* run_kernel(address), run_user(address): ring 3 with interrupts on. */
	.globl run_kernel
run_kernel:
	pusha
	call *36(%esp)
	popa
	ret

	.globl run_user
run_user:
	pusha
	mov %esp, user_left
	mov 36(%esp), %edx
	mov $0x23, %eax
	mov %eax, %ds
	mov %eax, %es
	push $0x23
	push $user_stack
	push $0x202
	push $0x1b
	push %edx
	iret

	.bss
	.align 4096
	.globl kernel_stack, exception_stack, user_stack
	.skip 4096
exception_stack: /* of what comes from ring 3 */
	.skip 4096
kernel_stack:
	.skip 4096
user_stack:
user_left:
	.long 0
