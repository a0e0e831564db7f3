/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 02-trap-and-emulate/guest/start.S - the lab guest's way in, its handlers' way in and out, and its way to ring 3 and back.
 */
#include "shared/start.h"

	START stack_top

	LOAD_TABLES ds, es, fs, gs, ss
	mov $0x28, %eax
	ltr %ax
	ret

	ENTRIES 48, common

common:
	pusha
	push %ds
	push %es
	mov $0x10, %eax
	mov %ax, %ds
	mov %ax, %es
	cld
	push %esp
	call handle
	add $4, %esp
	pop %es
	pop %ds
	popa
	add $8, %esp
	iret

/* run_user(eip, eflags): comes back by INT 80H. */
	.globl run_user
run_user:
	pusha
	mov %esp, kernel_esp
	mov 36(%esp), %eax
	mov 40(%esp), %edx
	mov $0x23, %ecx
	mov %cx, %ds
	mov %cx, %es
	push $0x23
	push $user_stack_top
	push %edx
	push $0x1b
	push %eax
	iret

	.globl leave_user
leave_user:
	mov $0x10, %eax
	mov %ax, %ds
	mov %ax, %es
	mov kernel_esp, %esp
	popa
	ret

/* run_kernel(address): the registers are the generated code's, which must leave ESP as it was. */
	.globl run_kernel
run_kernel:
	pusha
	call *36(%esp)
	popa
	cld
	ret

	.bss
	.align 4096
	.globl stack_top, user_stack_top
	.skip 16384
stack_top:
	.skip 8192
user_stack_top:
kernel_esp:
	.long 0
