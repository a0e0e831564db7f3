/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 01-classify/guest/start.S - the lab guest's way in, its handlers' way in, and the call of a function of detect.c.
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

/* 32 entries of 16 bytes: vector, on to the common part. */
	.globl entries
	.align 16
entries:
	vector = 0
	.rept 32
	.align 16
	.if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17)
	push $0
	.endif
	push $vector
	jmp 1f
	vector = vector + 1
	.endr
1:	call faulted /* vector, error code, EIP */

	.bss
	.align 4096
	.globl stack_top
	.skip 16384
stack_top:
