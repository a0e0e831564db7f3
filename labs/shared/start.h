/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/shared/start.h - for the assembler: the way into a lab guest (Multiboot specification 0.6.96, 3.1), segments by tables of its
 * own, and entries of handlers that all have pushed the same (SDM vol. 3, table 6-1 and figure 6-4).
 */

	.macro MULTIBOOT_HEADER
	.section .multiboot, "a"
	.align 4
	.long 0x1BADB002
	.long 0
	.long -0x1BADB002
	.text
	.endm

/* begin(the Multiboot information), on the stack that ends at `stack`. */
	.macro START stack
	MULTIBOOT_HEADER
	.globl start
start:
	cli
	mov $\stack, %esp
	push %ebx
	call begin
1:	jmp 1b
	.endm

/* CS by selector 8, the others that are named by 10H: flat segments of ring 0. */
	.macro FLAT_SEGMENTS segments:vararg
	ljmp $0x08, $1f
1:	mov $0x10, %eax
	.irp segment, \segments
	mov %ax, %\segment
	.endr
	.endm

/* The beginning of load_tables(gdt, idt): GDTR, IDTR, then the segment registers that are named. */
	.macro LOAD_TABLES segments:vararg
	.globl load_tables
load_tables:
	mov 4(%esp), %eax
	lgdt (%eax)
	mov 8(%esp), %eax
	lidt (%eax)
	FLAT_SEGMENTS \segments
	.endm

/* `count` entries of 16 bytes: error code or 0, vector, on to `common`. */
	.macro ENTRIES count, common
	.globl entries
	.align 16
entries:
	vector = 0
	.rept \count
	.align 16
	.if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17)
	push $0
	.endif
	push $vector
	jmp \common
	vector = vector + 1
	.endr
	.endm
