/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 03-devices/guest/start.S - the lab guest's way in, and its handlers' way in and out. It runs in ring 0 alone, without paging.
 */
#include "shared/start.h"

	START stack_top

	LOAD_TABLES ds, es, ss
	ret

	ENTRIES 48, common

common:
	pusha
	cld
	push 40(%esp) /* EIP, behind the registers, vector and error code */
	push 36(%esp) /* the vector: a push has come between */
	call handle
	add $8, %esp
	popa
	add $8, %esp
	iret

	.bss
	.align 4096
	.skip 16384
stack_top:
