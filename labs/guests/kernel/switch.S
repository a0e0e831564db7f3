/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/switch.S - from one process's kernel stack to another's. Only what the C calling convention
 * wants kept is kept; the rest of the process lies in its trap frame. Flags are not: both sides run
 * with interrupts off.
 */
	.text

	/* void switch_context(uint32_t *save_esp, uint32_t load_esp) */
	.globl switch_context
switch_context:
	mov 4(%esp), %eax
	mov 8(%esp), %edx
	push %ebp
	push %ebx
	push %esi
	push %edi
	mov %esp, (%eax)
	mov %edx, %esp
	pop %edi
	pop %esi
	pop %ebx
	pop %ebp
	ret

	/* A new process "returns" from switch_context to here: its trap frame is on the stack. */
	.globl process_begin
process_begin:
	push %esp
	call trap_leave
	add $4, %esp
	jmp trap_return
