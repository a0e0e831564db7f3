/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_boot.S - the boot sector of a disk that holds a guest's memory as a loader has left it: for peers
 * that cannot load the guest's file themselves. It goes to protected mode, moves out of the guest's way, reads the pieces
 * by ATA commands (PIO, LBA28: AT Attachment with Packet Interface 5, 9.5), and enters the guest. `peers_build` makes peers_boot_image.c of it.
 */
#include "visualizer/compare/peers_boot.h"

	.set SECTOR, 512
	.set ATA, 0x1f0
	.set ATA_CONTROL, 0x3f6
	.set READ, 0x20
	.set BUSY_OR_DATA, 0x88
	.set DATA_ONLY, 0x08

	.code16
	.globl _start
_start:
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	lgdt gdt_pointer
	inb $0x92, %al /* A20 */
	orb $2, %al
	outb %al, $0x92
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmp $8, $protected

	.code32
protected:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl _start + BOOT_HOME, %ebp
	movl $_start, %esi
	movl %ebp, %edi
	movl $SECTOR / 4, %ecx
	rep movsl
	leal moved - _start(%ebp), %eax
	jmp *%eax

moved:	leal BOOT_HOME_SIZE(%ebp), %esp
	movl $ATA_CONTROL, %edx
	movb $2, %al /* no interrupts */
	outb %al, %dx
	leal SECTOR(%ebp), %edi
	movl BOOT_TABLE_SECTORS(%ebp), %ecx
	movl $1, %ebx
	call read
	leal SECTOR + BOOT_PIECES(%ebp), %esi
next:	movl (%esi), %edi
	movl 4(%esi), %ecx
	jecxz enter
	movl 8(%esi), %ebx
	addl $BOOT_PIECE_SIZE, %esi
	testl %ebx, %ebx
	jz zeros
	call read
	jmp next
zeros:	shll $7, %ecx
	xorl %eax, %eax
	rep stosl
	jmp next

enter:	movl $ATA_CONTROL, %edx
	xorl %eax, %eax
	outb %al, %dx
	lgdt SECTOR + BOOT_GDT_POINTER(%ebp)
	movl SECTOR + BOOT_DATA(%ebp), %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	leal SECTOR + BOOT_FRAME(%ebp), %esp
	popal
	popfl
	lretl

/* ECX sectors from EBX on go to EDI. Keeps ESI, EBP. */
read:	pushl %ecx
	movl $ATA + 2, %edx
	movb $1, %al
	outb %al, %dx
	incl %edx
	movl %ebx, %eax
	outb %al, %dx
	incl %edx
	shrl $8, %eax
	outb %al, %dx
	incl %edx
	shrl $8, %eax
	outb %al, %dx
	incl %edx
	shrl $8, %eax
	orb $0xe0, %al /* LBA, drive 0 */
	outb %al, %dx
	incl %edx
	movb $READ, %al
	outb %al, %dx
1:	inb %dx, %al
	andb $BUSY_OR_DATA, %al
	cmpb $DATA_ONLY, %al
	jne 1b
	movl $ATA, %edx
	movl $SECTOR / 4, %ecx
	rep insl
	incl %ebx
	popl %ecx
	loop read
	ret

	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00cf93000000ffff
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt

	.org BOOT_HOME
	.long 0, 0
	.org 510
	.word 0xaa55
	.section .note.GNU-stack, "", @progbits
