/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 01-classify/guest/start.S - the lab guest's way in, its handlers' way in, and the call of a function of detect.c.
 */
#include "shared/start.h"

	START stack_top

/* load_tables(gdt, idt, code, data, ldt, task): GDTR, IDTR, LDTR and TR, then every segment register by them. */
	.globl load_tables
load_tables:
	mov 4(%esp), %eax
	lgdt (%eax)
	mov 8(%esp), %eax
	lidt (%eax)
	mov 20(%esp), %eax
	lldt %ax
	mov 24(%esp), %eax
	test %eax, %eax
	jz 1f
	ltr %ax
1:	mov 16(%esp), %eax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %fs
	mov %ax, %gs
	mov %ax, %ss
	mov 12(%esp), %eax
	push %eax
	push $1f
	lret
1:	ret

/* call_detector(function, eflags, code): flags, CALL, the function, RETURN, its result. IRET, for POPF may lose some of them. */
	.globl call_detector
call_detector:
	push %ebx
	push %esi
	push %edi
	push %ebp
	mov 20(%esp), %ebx
	push 24(%esp)
	push 32(%esp)
	push $1f
	iret
1:	mov $0x2e0, %edx
	mov $0xca11, %eax
	out %eax, %dx
	call *%ebx
	mov %eax, %ecx
	mov $0x2e0, %edx
	mov $0x4e70, %eax
	out %eax, %dx
	mov %ecx, %eax
	out %eax, %dx
	cli
	pop %ebp
	pop %edi
	pop %esi
	pop %ebx
	ret

	ENTRIES 32, common
common:	call faulted /* vector, error code, EIP */

	.bss
	.align 4096
	.globl stack_top
	.skip 16384
stack_top:
