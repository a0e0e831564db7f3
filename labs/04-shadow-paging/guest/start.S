/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 04-shadow-paging/guest/start.S - the lab guest's way in, its accesses that may fault, and tables that stand in the file already, so
 * that little is executed before paging is on.
 */
#include "shared/start.h"

	MULTIBOOT_HEADER
	.globl start
start:
	cli
	mov $stack_top, %esp
	push %ebx /* the Multiboot information */
	lgdt gdt_register
	FLAT_SEGMENTS ds, es, fs, gs, ss
	call begin
1:	jmp 1b

/* ---- accesses of the kernel ---- */

	.globl kernel_access, kernel_load, kernel_store, kernel_done
kernel_access: /* (address, write, value): what was loaded */
	mov 4(%esp), %ecx
	mov 12(%esp), %edx
	cmpl $0, 8(%esp)
	jne kernel_store
kernel_load:
	mov (%ecx), %eax
	ret
kernel_store:
	mov %edx, (%ecx)
kernel_done:
	mov %edx, %eax
	ret

/* ---- and of ring 3 ---- */

	.globl user_access
user_access:
	pusha
	mov %esp, kernel_esp
	mov 36(%esp), %ecx
	mov 40(%esp), %ebx
	mov 44(%esp), %edx
	mov $0x23, %eax
	mov %ax, %ds
	mov %ax, %es
	push $0x23
	push $0
	push $0x002
	push $0x1b
	push $user_code
	iret

	.section .user, "ax"
	.align 4096
	.globl user_code
user_code:
	test %ebx, %ebx
	jne 1f
	mov (%ecx), %eax
	int $0x80
1:	mov %edx, (%ecx)
	mov %edx, %eax
	int $0x80
	.align 4096

	.text
/* Back from ring 3, whatever it did. */
	.globl leave_user
leave_user:
	mov $0x10, %ecx
	mov %cx, %ds
	mov %cx, %es
	mov kernel_esp, %esp
	mov %eax, 28(%esp)
	popa
	ret

/* ---- faults ---- */

	.globl page_fault, other_fault
page_fault: /* error, EIP, CS, ... */
	pusha
	mov $0x10, %eax
	mov %ax, %ds
	mov %ax, %es
	cld
	push %esp
	call handle_page_fault
	add $4, %esp
	testl $3, 40(%esp) /* CS */
	jne 1f
	popa
	add $4, %esp
	iret
1:	xor %eax, %eax
	jmp leave_user

other_fault:
	cld
	call handle_other_fault

/* ---- tables that the processor wants ---- */

	.section .tables, "aw"
	.align 4096
	.globl gdt, task
gdt:
	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00cffb000000ffff, 0x00cff3000000ffff
	.quad 0 /* the task, by begin_tables */
	.align 4096
	.globl idt
idt:
	.fill 129, 8, 0
	.align 4096
task:
	.fill 26, 4, 0
	.align 4096
gdt_register:
	.word 6 * 8 - 1
	.long gdt
	.align 4096

/* ---- the guest's page tables: the first 4 MiB to themselves, for the kernel ---- */

	.globl kernel_table, test_tables, directories, pool
kernel_table:
	page = 0
	.rept 1024
	.long page | 3
	page = page + 4096
	.endr
test_tables:
	.fill 8 * 1024, 4, 0
directories:
	.fill 4 * 1024, 4, 0
/* Frames to be mapped: each begins with a number of its own. */
pool:
	page = 0x70000000
	.rept 48
	.long page
	.fill 1023, 4, 0
	page = page + 1
	.endr

	.bss
	.align 4096
	.skip 8192
	.globl fault_stack_top, stack_top
fault_stack_top:
	.skip 8192
stack_top:
kernel_esp:
	.long 0
