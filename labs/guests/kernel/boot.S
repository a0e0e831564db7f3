/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/boot.S - the first instructions. The loader left us in protected mode with flat segments,
 * paging off, EAX the magic number and EBX the information (Multiboot Specification 0.6.96, 3.2).
 * We map the first 16 MiB twice, at 0 and at 3 GiB, turn paging on and go on up there.
 */
#include "kernel/layout.h"
#include "kernel/multiboot.h"

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_HEADER_MAGIC
	.long MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO
	.long -(MULTIBOOT_HEADER_MAGIC + (MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO))

	.section .boot, "ax"
	.globl start
start:
	cli
	cld
	mov %eax, %ebp

	/* Page tables: frame i for entry i, present and writable. */
	mov $(boot_tables - KERNEL_BASE), %edi
	mov $3, %eax
	mov $(BOOT_TABLES * 1024), %ecx
1:	stosl
	add $4096, %eax
	loop 1b

	/* Directory: the same tables from 0 and from 3 GiB. */
	mov $(boot_directory - KERNEL_BASE), %edi
	mov $(boot_tables - KERNEL_BASE + 3), %eax
	mov $BOOT_TABLES, %ecx
2:	mov %eax, (%edi)
	mov %eax, (KERNEL_BASE >> 22 << 2)(%edi)
	add $4096, %eax
	add $4, %edi
	loop 2b

	mov $(boot_directory - KERNEL_BASE), %eax
	mov %eax, %cr3
	mov %cr0, %eax
	or $(CR0_PG | CR0_WP), %eax
	mov %eax, %cr0
	mov $high, %eax
	jmp *%eax

	.text
high:
	mov $boot_stack_top, %esp
	push %ebx
	push %ebp
	xor %ebp, %ebp
	call kernel_main
3:	cli
	hlt
	jmp 3b

	.bss
	.align 4096
boot_directory:
	.skip 4096
boot_tables:
	.skip 4096 * BOOT_TABLES
	.skip 8192
	.globl boot_stack_top
boot_stack_top:
