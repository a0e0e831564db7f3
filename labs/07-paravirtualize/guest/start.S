/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/start.S - the kernel's way in, the entries of its handlers, the switch between two kernel stacks, and the page
 * that a hypervisor fills with its calls.
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
	cld
	mov $boot_stack_top, %esp
	push %ebx /* the Multiboot information */
	call begin
1:	jmp 1b

	.globl load_segments
load_segments: /* (GDTR's table) */
	mov 4(%esp), %eax
	lgdt (%eax)
	ljmp $0x08, $1f
1:	mov $0x10, %eax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %fs
	mov %ax, %gs
	mov %ax, %ss
	mov $0x28, %eax
	ltr %ax
	ret

/* 34 entries of 16 bytes: error code or 0, vector, on to the common part. The last one is the system call's. */
	.globl trap_entries
	.align 16
trap_entries:
	vector = 0
	.rept 34
	.align 16
	.if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17)
	push $0
	.endif
	push $vector
	jmp trap_entry
	vector = vector + 1
	.endr

	.globl trap_entry, trap_leave
trap_entry:
	pusha
	push %ds
	push %es
	mov $0x10, %eax
	mov %ax, %ds
	mov %ax, %es
	cld
	push %esp
	call trap
	add $4, %esp
trap_leave: /* IRET to ring 3 needs no privilege */
	pop %es
	pop %ds
	popa
	add $8, %esp
	iret

	.globl switch_stacks
switch_stacks: /* (where to keep ESP, the next one's ESP) */
	mov 4(%esp), %eax
	mov 8(%esp), %edx
	push %ebx
	push %ebp
	push %esi
	push %edi
	mov %esp, (%eax)
	mov %edx, %esp
	pop %edi
	pop %esi
	pop %ebp
	pop %ebx
	ret

	.section .pages, "aw"
	.align 4096
	.globl hypercall_page
hypercall_page:
	.skip 4096

	.bss
	.align 4096
	.skip 8192
	.globl boot_stack_top
boot_stack_top:
