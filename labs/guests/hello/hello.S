/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hello/hello.S - the smallest guest worth watching: segments and IDT of its own, a line on UART and
 * screen, three timer interrupts awaited by STI and HLT, then off by port F4H with value 21.
 */
#include "kernel/multiboot.h"

#define CODE 0x08
#define DATA 0x10
#define TIMER_VECTOR 0x20

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_HEADER_MAGIC
	.long 0
	.long -MULTIBOOT_HEADER_MAGIC

	.text
	.globl start
start:
	cli
	mov $stack_top, %esp
	lgdt gdtr
	ljmp $CODE, $1f
1:	mov $DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss

	/* The timer's gate: an interrupt gate with DPL 0. */
	mov $timer, %eax
	mov %ax, idt + TIMER_VECTOR * 8
	movw $CODE, idt + TIMER_VECTOR * 8 + 2
	movw $0x8E00, idt + TIMER_VECTOR * 8 + 4
	shr $16, %eax
	mov %ax, idt + TIMER_VECTOR * 8 + 6
	lidt idtr

	mov $greeting, %esi
	call say

	/* 8259A: vectors from 20H, only the timer let through. 8254: 100 Hz. */
	mov $devices, %esi
	mov $(devices_end - devices) / 2, %ecx
2:	movzbl (%esi), %edx
	mov 1(%esi), %al
	out %al, %dx
	add $2, %esi
	loop 2b

3:	sti
	hlt
	cli
	cmpl $3, ticks
	jb 3b

	mov $farewell, %esi
	call say
	mov $21, %eax
	mov $0xF4, %edx
	out %eax, %dx
4:	cli
	hlt
	jmp 4b

	/* Text at ESI, to the UART and to the screen. */
say:
	mov screen, %edi
5:	lodsb
	test %al, %al
	jz 7f
	mov %al, %ah
	mov $0x3FD, %edx
6:	in %dx, %al
	test $0x20, %al
	jz 6b
	mov $0x3F8, %edx
	mov %ah, %al
	out %al, %dx
	cmp $'\n', %al
	je 5b
	mov $0x0A, %ah
	stosw
	jmp 5b
7:	addl $160, screen
	ret

timer:
	push %eax
	incl ticks
	mov $0x20, %al
	out %al, $0x20
	pop %eax
	iret

	.data
	.align 8
gdt:
	.quad 0
	.quad 0x00CF9A000000FFFF
	.quad 0x00CF92000000FFFF
gdtr:
	.word gdtr - gdt - 1
	.long gdt
idtr:
	.word (TIMER_VECTOR + 1) * 8 - 1
	.long idt
screen:
	.long 0xB8000
ticks:
	.long 0
devices:
	.byte 0x20, 0x11, 0x21, TIMER_VECTOR, 0x21, 4, 0x21, 1, 0x21, 0xFE
	.byte 0x43, 0x34, 0x40, 0x9B, 0x40, 0x2E
devices_end:
greeting:
	.asciz "hello from ring 0, or so I believe\n"
farewell:
	.asciz "three timer interrupts later: goodbye\n"

	.bss
	.align 8
idt:
	.skip (TIMER_VECTOR + 1) * 8
	.skip 1024
stack_top:
