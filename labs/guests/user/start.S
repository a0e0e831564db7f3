/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/start.S - where a program begins: argc and argv are on the stack, as a C function wants them.
 */
	.text
	.globl start
start:
	call main
	push %eax
	call exit
