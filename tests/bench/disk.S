/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/disk.S - the boot sector of the bench disk: reads the flat kernel behind it with INT 13h
 * (function 42h, logical blocks), enters protected mode and copies it to where it is linked. This is how
 * Bochs, which has no Multiboot loader, gets to run the very same kernel. SECTORS comes from the Makefile.
 */
	.code16
	.globl _start
_start:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp
	ljmp $0, $1f
1:	movb %dl, drive
	movw $SECTORS, %cx
2:	pushw %cx /* one sector a call: some firmware refuses more at once */
	movw $packet, %si
	movb $0x42, %ah
	movb drive, %dl
	int $0x13
	jc failed
	addw $32, packet_segment /* 512 bytes on */
	incl packet_block
	popw %cx
	loop 2b

	movb $2, %al
	outb %al, $0x92 /* A20 */
	cli
	lgdt gdt_pointer
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmp $8, $protected

failed:	movw $message, %si
3:	lodsb
	testb %al, %al
	jz 4f
	outb %al, $0xe9
	jmp 3b
4:	hlt
	jmp 4b

	.code32
protected:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	cld
	movl $0x10000, %esi
	movl $0x100000, %edi
	movl $SECTORS * 128, %ecx
	rep movsl
	movl $0x10000c, %eax /* behind the Multiboot header */
	jmp *%eax

message: .asciz "error: the disk cannot be read\n"
drive:	.byte 0
	.balign 4
packet:	.byte 16, 0
	.word 1
	.word 0
packet_segment: .word 0x1000
packet_block: .long 1, 0
	.balign 8
gdt:	.quad 0
	.quad 0x00cf9a000000ffff
	.quad 0x00cf92000000ffff
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt

	.org 510
	.word 0xaa55
