/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * privileged/kit.S - the kit's assembly: the way in, the way into a fragment of code and the way out of it,
 * which is always an exception or an interrupt. Real mode's part lies below 64 KiB, where it is copied.
 */
#define CODE0 0x08
#define DATA0 0x10
#define CODE16 0x48
#define DATA16 0x50
#define REAL_BASE 0x7000

	.section .multiboot, "a"
	.align 4
	.long 0x1BADB002, 0, -0x1BADB002

	.text
	.globl start
start:
	cli
	mov $stack_top, %esp
	push %ebx
	call reset /* by the loader's segments */
	lgdt gdtr
	ljmp $CODE0, $1f
1:	mov $DATA0, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %fs
	mov %ecx, %gs
	mov %ecx, %ss
	call main

	/* void go(void): goes on as `in` says. Comes back when the handler has had enough. */
	.globl go
go:	push %edi
	push %esi
	push %ebx
	push %ebp
	mov %esp, resume
	mov $in, %eax
	testl $0x20000, 40(%eax)
	jnz 2f
	testl $3, 36(%eax)
	jnz 3f
	mov 44(%eax), %ss
	mov 16(%eax), %esp
	jmp 4f
2:	push 60(%eax)
	push 56(%eax)
	push 48(%eax)
	push 52(%eax)
3:	push 44(%eax)
	push 16(%eax)
4:	push 40(%eax)
	push 36(%eax)
	push 32(%eax)
	testl $0x20000, 40(%eax)
	jz 5f
	pushl $0
	pushl $0
	pushl $0
	pushl $0
	jmp 6f
5:	push 48(%eax)
	push 52(%eax)
	push 56(%eax)
	push 60(%eax)
6:	push 0(%eax)
	push 4(%eax)
	push 8(%eax)
	push 12(%eax)
	push 16(%eax)
	push 20(%eax)
	push 24(%eax)
	push 28(%eax)
	popa
	pop %gs
	pop %fs
	pop %es
	pop %ds
	iret

	.globl finish
finish:
	mov $DATA0, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov %eax, %ss
	mov resume, %esp
	push $2
	popf
	pop %ebp
	pop %ebx
	pop %esi
	pop %edi
	ret

	/* What all vectors have in common. */
common:
	pusha
	push %ds
	push %es
	push %fs
	push %gs
	mov $DATA0, %eax
	mov %eax, %ds
	mov %eax, %es
	cld
	push %esp
	call handle
	add $4, %esp
	test %eax, %eax
	jnz finish
	pop %gs
	pop %fs
	pop %es
	pop %ds
	popa
	add $8, %esp
	iret

	/* ---- real mode ---- */

	/* void go_real(void): the code at 0800:0000, with interrupts by the table at 0. GS stays 4 GiB long. */
	.globl go_real
go_real:
	push %edi
	push %esi
	push %ebx
	push %ebp
	mov %esp, resume
	mov $DATA16, %ecx
	mov %ecx, %fs
	lidt real_idtr
	ljmp $CODE16, $REAL_BASE + (1f - real_begin)
	.globl real_begin, real_end
real_begin:
	.code16
1:	movw %cx, %ds
	movw %cx, %es
	movw %cx, %ss
	movl %cr0, %eax
	andl $~1, %eax
	movl %eax, %cr0
	ljmpw $REAL_BASE / 16, $(2f - real_begin)
2:	movw $0x900, %ax
	movw %ax, %ss
	movw $0x1000, %sp
	movw $0x800, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	xorl %eax, %eax
	movl %eax, %ecx
	movl %eax, %edx
	movl %eax, %ebx
	movl %eax, %ebp
	movl %eax, %esi
	movl %eax, %edi
	pushw %cs:0xDF0 /* FLAGS, where real.c put them */
	popfw
	ljmpw $0x800, $0
real_common:
	movl %eax, %cs:0xE00
	movl %ecx, %cs:0xE04
	movl %edx, %cs:0xE08
	movl %ebx, %cs:0xE0C
	movl %ebp, %cs:0xE14
	movl %esi, %cs:0xE18
	movl %edi, %cs:0xE1C
	popw %cs:0xE30
	popw %cs:0xE32
	popw %cs:0xE34
	popw %cs:0xE36
	pushfw
	popw %cs:0xE38
	movl %cr0, %eax
	orl $1, %eax
	movl %eax, %cr0
	ljmpl $CODE0, $3f
	.code32
	.globl real_stubs
	.align 8
real_stubs:
	.code16
	.set vector, 0
	.rept 256
	.byte 0x68
	.word vector
	jmp real_common
	.align 8
	.set vector, vector + 1
	.endr
	.code32
real_end:
3:	mov $DATA0, %eax
	mov %eax, %ds
	lidt idtr
	jmp finish

	.macro stub vector
	.pushsection .rodata.stubs, "a"
	.long 9f
	.popsection
9:
	.if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17)
	.else
	push $0
	.endif
	push $\vector
	jmp common
	.endm

	.section .rodata.stubs, "a"
	.globl stubs
stubs:
	.text
	.set vector, 0
	.rept 256
	stub vector
	.set vector, vector + 1
	.endr

	.data
	.globl gdtr, idtr
	.word 0
gdtr:	.word 64 * 8 - 1
	.long gdt
	.word 0
idtr:	.word 256 * 8 - 1
	.long idt
real_idtr:
	.word 0x3FF
	.long 0

	.bss
resume:	.skip 4
	.align 16
	.skip 16384
stack_top:
