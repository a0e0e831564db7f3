/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/boot.S - the boot sector: A20 by the 8042, protected mode, then KERNEL_SECTORS sectors of
 * the disk to KERNEL_AT by polled PIO, as teaching kernels boot.
 */
#include "layout.h"

	.code16
	.globl start
start:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
1:	inb	$0x64, %al	/* input buffer empty? */
	testb	$2, %al
	jnz	1b
	movb	$0xd1, %al	/* the next byte goes to the output port */
	outb	%al, $0x64
2:	inb	$0x64, %al
	testb	$2, %al
	jnz	2b
	movb	$0xdf, %al	/* A20 on, no reset */
	outb	%al, $0x60
	inb	$0x92, %al
	orb	$2, %al
	outb	%al, $0x92
	lgdt	gdt_register
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmp	$CODE_SELECTOR, $protected

	.code32
protected:
	movw	$DATA_SELECTOR, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	%ax, %fs
	movw	%ax, %gs
	movl	$0x7c00, %esp
	movl	$KERNEL_AT, %edi
	movl	$1, %ebx	/* the next sector */
3:	call	wait
	movb	$1, %al
	movw	$0x1f2, %dx
	outb	%al, %dx
	movl	%ebx, %eax
	incl	%edx
	outb	%al, %dx
	shrl	$8, %eax
	incl	%edx
	outb	%al, %dx
	shrl	$8, %eax
	incl	%edx
	outb	%al, %dx
	movb	$0xe0, %al
	incl	%edx
	outb	%al, %dx
	movb	$0x20, %al	/* READ SECTORS */
	incl	%edx
	outb	%al, %dx
	call	wait
	movw	$0x1f0, %dx
	movl	$128, %ecx
	rep insl
	incl	%ebx
	cmpl	$KERNEL_SECTORS, %ebx
	jbe	3b
	movl	$KERNEL_AT, %eax
	jmp	*%eax

wait:	movw	$0x1f7, %dx
4:	inb	%dx, %al
	andb	$0xc0, %al
	cmpb	$0x40, %al
	jne	4b
	ret

	.balign 4
gdt:	.quad	0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_register:
	.word	gdt_register - gdt - 1
	.long	gdt

	.org	510
	.word	0xaa55
