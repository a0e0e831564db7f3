/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/user.S - into ring 3 and back, the kernel's side of the system calls that are measured, and the code that runs in
 * ring 3. That is copied to USER_TEXT page by page, so it must not know where it is (SDM vol. 2, SYSENTER and SYSEXIT).
 */
#include "kernel/layout.h"
#include "nano/nano.h"

	.text
	.globl user_run
user_run:
	push %ebp
	push %ebx
	push %esi
	push %edi
	mov %esp, kernel_stack
	mov 20(%esp), %eax
	mov 24(%esp), %ebx
	mov 28(%esp), %ecx
	mov 32(%esp), %edx
	add $(USER_TEXT), %eax
	sub $user_begin, %eax
	mov $USER_DATA, %esi
	mov %esi, %ds
	mov %esi, %es
	push $USER_DATA
	push $USER_STACK_TOP
	push $0x2 /* EFLAGS: interrupts stay off */
	push $USER_CODE
	push %eax
	iret

	/* Back where user_run was called; what is on this stack is of no use any more. */
	.globl handle_leave
handle_leave:
	mov $KERNEL_DATA, %esi
	mov %esi, %ds
	mov %esi, %es
	mov kernel_stack, %esp
	pop %edi
	pop %esi
	pop %ebx
	pop %ebp
	ret

	/* DS is the user's: flat, and no less than the kernel's own. */
	.globl handle_int80
handle_int80:
	incl loop_events
	iret

	/* EDX and ECX are the caller's EIP and ESP. */
	.globl handle_sysenter
handle_sysenter:
	incl loop_events
	sysexit

	.section .rodata
	.align 16
	.globl user_begin
user_begin:

	.globl user_sysenter
user_sysenter:
	mov %esp, %ecx
	call 1f
1:	pop %edx
	add $(3f - 1b), %edx
	test %ebx, %ebx
	jz 4f
2:	sysenter
3:	dec %ebx
	jnz 2b
4:	int $VECTOR_LEAVE

	.globl user_int80
user_int80:
	test %ebx, %ebx
	jz 2f
1:	int $VECTOR_CALL
	dec %ebx
	jnz 1b
2:	int $VECTOR_LEAVE

	.globl user_touch
user_touch:
1:	mov %edx, (%ebx)
	add $4096, %ebx
	dec %ecx
	jnz 1b
	int $VECTOR_LEAVE

	.globl user_end
user_end:

	.bss
	.align 4096
kernel_stack:
	.skip 4
	.align 4096
	.skip 8192
	.globl trap_stack_top
trap_stack_top:
