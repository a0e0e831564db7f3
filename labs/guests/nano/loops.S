/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/loops.S - the loops in ring 0, void loop_NAME(uint32_t count), and the handlers that belong to them. What is
 * between `rounds` and `again` is measured; those two are op=empty. A count of 0 goes the same way but for the rounds.
 */
#include "kernel/layout.h"
#include "nano/nano.h"

	.macro begin name
	.globl loop_\name
loop_\name:
	push %ebp
	push %ebx
	push %esi
	push %edi
	mov 20(%esp), %ecx
	.endm

	.macro rounds
	jecxz 2f
1:
	.endm

	.macro again counter=%ecx
	dec \counter
	jnz 1b
2:
	.endm

	.macro end
	pop %edi
	pop %esi
	pop %ebx
	pop %ebp
	ret
	.endm

	.text
begin empty
rounds
again
end

begin in
rounds
	in $0x80, %al
again
	in $0x80, %al /* once more, for the result of no round */
	movzx %al, %eax
	mov %eax, loop_result
end

/* CR2 is written by no one else here, and nothing depends on it. */
begin cr
rounds
	mov %ecx, %cr2
again
end

/* The count goes down in the function, so the end shows that it was called. */
begin callret
	jecxz 2f
1:	call 3f
	jnz 1b
2:
end
3:	dec %ecx
	ret

begin divzero
	xor %ebx, %ebx
rounds
	div %ebx
again
end

	.globl handle_divide
handle_divide:
	incl loop_events
	addl $2, (%esp) /* behind DIV EBX */
	iret

begin rdtsc
rounds
	rdtsc
again
	rdtsc
	mov %eax, loop_result
	mov %edx, loop_result + 4
end

begin clisti
rounds
	cli
	sti
again
	cli
end

/* All argument registers are lost, as Xen says. EBX 0 asks for the version. */
begin hypercall
	mov %ecx, %edi
	mov loop_address, %ebp
rounds
	xor %ebx, %ebx
	call *%ebp
again %edi
	xor %ebx, %ebx
	call *%ebp
	mov %eax, loop_result
end

begin cpuid
	mov %ecx, %edi
rounds
	xor %eax, %eax
	cpuid
again %edi
	xor %eax, %eax
	cpuid
	mov %eax, loop_result
	mov %ebx, loop_result + 4
	mov %ecx, loop_result + 8
	mov %edx, loop_result + 12
end

/* The UART's scratch register, which does nothing but keep its value. */
begin out
	mov $0x3FF, %edx
rounds
	mov %ecx, %eax
	out %al, %dx
again
end

begin read
	mov loop_address, %esi
rounds
	mov (%esi), %al
again
end

	.globl handle_page_fault
handle_page_fault:
	mov %eax, loop_result + 4
	mov %cr2, %eax
	mov %eax, loop_result
	mov loop_result + 4, %eax
	incl loop_events
	add $4, %esp    /* the error code */
	addl $2, (%esp) /* behind MOV AL, [ESI] */
	iret

begin store
	mov loop_address, %esi
	mov loop_value, %eax
rounds
	mov %eax, (%esi)
again
end

/* Entries from the last of this count down to the first; the next call begins behind them. */
begin fill
	mov loop_address, %esi
	mov loop_value, %eax
	lea (%esi, %ecx, 4), %edi
	mov %edi, loop_address
rounds
	mov %eax, (%esi, %ecx, 4)
again
end

begin invlpg
	mov loop_address, %esi
rounds
	invlpg (%esi)
again
end

/* One switch a round, to the one address space and to the other. */
begin ctxswitch
	mov loop_value, %ebx
	mov loop_other, %edi
	mov loop_address, %esi
	mov loop_result, %eax
rounds
	mov %ebx, %cr3
	add (%esi), %eax
	xchg %ebx, %edi
again
	mov loop_result + 4, %ebx
	mov %ebx, %cr3
	mov %eax, loop_result
end

	.bss
	.align 4
	.irp name, loop_address, loop_value, loop_other, loop_events
	.globl \name
\name:	.skip 4
	.endr
	.globl loop_result
loop_result:
	.skip 16
	.align 4096
	.globl hypercall_page
hypercall_page:
	.skip 4096
