/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 03-devices/guest/start.S - the lab guest's way in, and its handlers' way in and out. It runs in ring 0 alone, without paging.
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
	mov %ax, %ss
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
	push 40(%esp) /* EIP, behind the registers, vector and error code */
	push 36(%esp) /* the vector: a push has come between */
	call handle
	add $8, %esp
	popa
	add $8, %esp
	iret

	.bss
	.align 4096
	.skip 16384
stack_top:
