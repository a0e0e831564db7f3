/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk/walk.S - misses the TLB n times (n=COUNT) and does nothing else: loads CR3, which empties the TLB, and reads a
 * word. Made twice: walk.elf has page tables of two levels, walk-pae.elf (WITH_PAE) of three (SDM vol. 3, 4.3 and 4.4). All pages are
 * 4 KiB, so that each miss walks every level.
 */
#include "kernel/multiboot.h"

#define PRESENT_WRITABLE 3
#define CR0_PG 0x80000000
#define CR4_PAE 0x20
#define COMMAND_LINE_THERE 4 /* in the Multiboot information's flags */
#define EXIT_PORT 0xF4
#define N_EQUALS 0x3D6E /* "n=" */

#ifdef WITH_PAE
#define ENTRIES 512
#define ENTRY_SIZE 8
#else
#define ENTRIES 1024
#define ENTRY_SIZE 4
#endif

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_HEADER_MAGIC
	.long 0
	.long -MULTIBOOT_HEADER_MAGIC

	.text
	.globl start
start:
	cli
	mov $stack_top, %esp
	call count_wanted
	mov %eax, %esi

	/* One page table: the machine's first addresses as they are. */
	mov $table, %edi
	mov $PRESENT_WRITABLE, %eax
	mov $ENTRIES, %ecx
1:	mov %eax, (%edi)
	add $0x1000, %eax
	add $ENTRY_SIZE, %edi
	loop 1b
	movl $table + PRESENT_WRITABLE, directory
#ifdef WITH_PAE
	movl $directory + 1, pointers /* of its bits only P is not reserved */
	mov %cr4, %eax
	or $CR4_PAE, %eax
	mov %eax, %cr4
	mov $pointers, %ebx
#else
	mov $directory, %ebx
#endif
	mov %ebx, %cr3
	mov %cr0, %eax
	or $CR0_PG, %eax
	mov %eax, %cr0
	jmp 2f
2:
	/* Whatever is there only once - nested entries, accessed bits - is there before the count begins. */
	mov $2, %ecx
	call miss
	mov %esi, %ecx
	call miss
	mov $EXIT_PORT, %edx
	xor %eax, %eax
	out %eax, %dx
	hlt

miss:
	test %ecx, %ecx
	jz 2f
1:	mov %ebx, %cr3
	mov table, %eax
	loop 1b
2:	ret

/* EAX: the number behind the last "n=" of the command line, 1000 without. EBX: Multiboot information. */
count_wanted:
	mov $1000, %eax
	testl $COMMAND_LINE_THERE, (%ebx)
	jz 4f
	mov 16(%ebx), %edi
1:	cmpb $0, (%edi)
	je 4f
	inc %edi
	cmpw $N_EQUALS, -1(%edi)
	jne 1b
	xor %eax, %eax
2:	inc %edi
	movzbl (%edi), %edx
	sub $'0', %edx
	cmp $9, %edx
	ja 1b
	imul $10, %eax
	add %edx, %eax
	jmp 2b
4:	ret

	.bss
	.align 4096
table:
	.skip 4096
directory:
	.skip 4096
pointers:
	.skip 4096
	.skip 4096
stack_top:
