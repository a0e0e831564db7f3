/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 06-translate-fast/guest/start.S - the lab guest's way in, and its handlers' way in and out.
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
	ret

/* Exceptions 0 to 14, 16 bytes each: error code or 0, vector, on to the common part. */
	.globl entries
	.align 16
entries:
	vector = 0
	.rept 15
	.align 16
	.if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14)
	push $0
	.endif
	push $vector
	jmp common
	vector = vector + 1
	.endr

common:
	pusha
	push %esp
	call handle
	add $4, %esp
	popa
	add $8, %esp
	iret

/* run(address): gives what is in EAX in the end; the code leaves ESP as it was. */
	.globl run
run:
	push %ebx
	push %esi
	push %edi
	push %ebp
	mov $1, %eax
	call *20(%esp)
	pop %ebp
	pop %edi
	pop %esi
	pop %ebx
	cld
	ret

	.bss
	.align 4096
	.skip 16384
stack_top:
