/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 02-trap-and-emulate/guest/start.S - the lab guest's way in, its handlers' way in and out, and its way to ring 3 and back.
 */
	.section .multiboot, "a"
	.align 4
	.long 0x1BADB002
	.long 0
	.long -0x1BADB002

	.text
	.globl start
start:
	cli
	mov $stack_top, %esp
	push %ebx /* the Multiboot information */
	call begin
1:	jmp 1b

	.globl load_tables
load_tables: /* GDTR, IDTR, then every segment register by them */
	mov 4(%esp), %eax
	lgdt (%eax)
	mov 8(%esp), %eax
	lidt (%eax)
	ljmp $0x08, $1f
1:	mov $0x10, %eax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %fs
	mov %ax, %gs
	mov %ax, %ss
	mov $0x28, %eax
	ltr %ax
	ret

/* 48 entries of 16 bytes: error code or 0, vector, on to the common part. */
	.globl entries
	.align 16
entries:
	vector = 0
	.rept 48
	.align 16
	.if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17)
	push $0
	.endif
	push $vector
	jmp common
	vector = vector + 1
	.endr

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
