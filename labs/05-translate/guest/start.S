/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/start.S - the lab guest's way in, its handlers' way in and out, and its way into a program and back.
 */
#include "shared/start.h"

	START stack_top

	LOAD_TABLES ds, es, fs, ss
	mov $0x30, %eax
	mov %ax, %gs
	mov $0x28, %eax
	ltr %ax
	ret

	ENTRIES 48, common

common:
	pusha
	cld
	push %esp
	call handle
	add $4, %esp
	popa
	add $8, %esp
	iret

/* run_program(address, registers): the eight of PUSHA, loaded before and stored behind, but for ESP; then EFLAGS. */
	.globl run_program
run_program:
	pusha
	mov 40(%esp), %eax
	mov 0(%eax), %edi
	mov 4(%eax), %esi
	mov 8(%eax), %ebp
	mov 16(%eax), %ebx
	mov 20(%eax), %edx
	mov 24(%eax), %ecx
	mov 28(%eax), %eax
	call *36(%esp)
	pushf
	cli
	cld
	push %eax
	mov 48(%esp), %eax
	mov %edi, 0(%eax)
	mov %esi, 4(%eax)
	mov %ebp, 8(%eax)
	mov %ebx, 16(%eax)
	mov %edx, 20(%eax)
	mov %ecx, 24(%eax)
	pop 28(%eax)
	pop 32(%eax)
	popa
	ret

	.bss
	.align 4096
	.globl stack_top
	.skip 16384
stack_top:
