/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/start.S - the first instructions of the bench kernel. It is entered in flat protected mode by a
 * Multiboot loader or by disk.S, which promise nothing about segments' descriptors in memory or the stack.
 */
	.set MAGIC, 0x1badb002
	.set FLAGS, 0

	.section .multiboot, "a"
	.balign 4
	.long MAGIC, FLAGS, -(MAGIC + FLAGS)

	.text
	.globl _start
_start:
	cli
	cld
	lgdt gdt_pointer
	ljmp $8, $1f
1:	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	movl $stack_top, %esp
	movl $bss_start, %edi
	movl $bss_end, %ecx
	subl %edi, %ecx
	xorl %eax, %eax
	rep stosb
	call bench_main
2:	hlt
	jmp 2b

	.section .rodata
	.balign 8
gdt:	.quad 0
	.quad 0x00cf9a000000ffff /* code, base 0, 4 GiB, ring 0 */
	.quad 0x00cf92000000ffff /* data */
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt

	.bss
	.balign 16
	.skip 65536
stack_top:
	.section .note.GNU-stack, "", @progbits
