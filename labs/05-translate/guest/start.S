/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/start.S - the lab guest's way in, its handlers' way in and out, and its way into a program and back.
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
	mov %ax, %ss
	mov $0x30, %eax
	mov %ax, %gs
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
	cld
	push %esp
	call handle
	add $4, %esp
	popa
	add $8, %esp
	iret

/* run_program(address, registers): the eight of PUSHA, loaded before and stored behind, but for ESP; then EFLAGS. */
	.globl run_program
run_program:
	pusha
	mov 40(%esp), %eax
	mov 0(%eax), %edi
	mov 4(%eax), %esi
	mov 8(%eax), %ebp
	mov 16(%eax), %ebx
	mov 20(%eax), %edx
	mov 24(%eax), %ecx
	mov 28(%eax), %eax
	call *36(%esp)
	pushf
	cli
	cld
	push %eax
	mov 48(%esp), %eax
	mov %edi, 0(%eax)
	mov %esi, 4(%eax)
	mov %ebp, 8(%eax)
	mov %ebx, 16(%eax)
	mov %edx, 20(%eax)
	mov %ecx, 24(%eax)
	pop 28(%eax)
	pop 32(%eax)
	popa
	ret

	.bss
	.align 4096
	.globl stack_top
	.skip 16384
stack_top:
