/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 06-translate-fast/guest/start.S - the lab guest's way in, and its handlers' way in and out.
 */
#include "shared/start.h"

	START stack_top

	LOAD_TABLES ds, es, fs, gs, ss
	ret

	ENTRIES 15, common

common:
	pusha
	push %esp
	call handle
	add $4, %esp
	popa
	add $8, %esp
	iret

/* run(address): gives what is in EAX in the end; the code leaves ESP as it was. */
	.globl run
run:
	push %ebx
	push %esi
	push %edi
	push %ebp
	mov $1, %eax
	call *20(%esp)
	pop %ebp
	pop %edi
	pop %esi
	pop %ebx
	cld
	ret

	.bss
	.align 4096
	.skip 16384
stack_top:
