/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/real.c - real-address mode, entered from protected mode and left again. SDM vol. 3,
     9.9 and 20.1. */
#include "kit.h"

/* kit.S copies itself there: code, then the stubs of the vector table, what is passed,
     what is recorded. */
enum { REAL_BASE = 0x7000, PASSED = REAL_BASE + 0xdf0, RECORD = REAL_BASE + 0xe00 };
struct record {
	uint32_t gpr[12];
	uint16_t vector, ip, cs, flags, flags_now;
};
extern const uint8_t real_begin[], real_end[], real_stubs[];
void go_real(void);

static void run_real(void)
{
	volatile uint32_t *table;
	const volatile struct record *record = (const volatile struct record *)RECORD;

	asm("mov $0, %0" : "=r"(table));
	for (const uint8_t *from = real_begin; from < real_end; from++)
		((volatile uint8_t *)REAL_BASE)[from - real_begin] = *from;
	for (unsigned vector = 0; vector < 256; vector++)
		table[vector] = (uint32_t)REAL_BASE << 12 | (uint32_t)(real_stubs - real_begin + 8 * vector);
	for (unsigned i = 0; i < 512; i++)
		((volatile uint8_t *)0x8000)[i] = ((const uint8_t *)fragment)[i];
	*(volatile uint16_t *)PASSED = (uint16_t)in.eflags;
	started = (struct machine){.cs = 0x800};
	origin = 0;
	go_real();
	event_count = 1;
	/* error codes and CR2 are nothing that real mode knows */
	events[0] = (struct event){.vector = record->vector, .eip = record->ip, .cs = record->cs,
	     .eflags = record->flags};
	for (unsigned i = 0; i < 8; i++)
		(&out.eax)[i] = record->gpr[i];
}

#define REAL(name, text) do { FRAGMENT(".code16\n" text); run_real(); report(name); } while (0)

static void ordinary(void)
{
	REAL("nothing", "nop");
	REAL("CS and CR0", "movw %cs, %ax; movl %cr0, %ecx; andl $0x80000001, %ecx; smsw %bx;"
	     "andw $1, %bx");
	REAL("segment bases", "movw $0x900, %ax; movw %ax, %ds; movw $0x4321, 0x10;"
	     "movw $0x8f1, %ax; movw %ax, %es; movw %es:0x100, %cx");
	REAL("null selectors are segments", "xorw %ax, %ax; movw %ax, %es; movw %es:0x102, %ax");
	REAL("far call and return", "lcallw $0x7ff, $(1f - 77b + 0x10); jmp 2f; 1: movw %cs, %ax;"
	     "lretw; 2: movw %cs, %bx");
	REAL("far call of 32 bits", "lcalll $0x7ff, $(1f - 77b + 0x10); jmp 2f; 1: movw %sp, %ax;"
	     "lretl; 2: movw %cs, %bx; movw %sp, %cx");
	REAL("popf sets IOPL and NT", "pushw $0x7002; popfw; pushfw; popw %ax; pushw $2; popfw");
	REAL("popfd", "pushl $0x247002; popfl; pushfl; popl %eax; pushw $2; popfw; pushl $2;"
	     "popfl");
	REAL("popfd cannot set VM", "pushl $0x20002; popfl; pushfl; popl %eax");
	REAL("iret", "pushw $0x3203; pushw %cs; pushw $(1f - 77b); iretw; nop; 1: movw $1, %ax;"
	     "pushfw; popw %bx; pushw $2; popfw");
	REAL("iret of 32 bits", "pushl $0x40203; pushl $0x800; pushl $(1f - 77b); iretl; nop;"
	     "1: pushfl; popl %ebx; pushl $2; popfl");
	REAL("cli and sti", "sti; pushfw; popw %ax; cli; pushfw; popw %bx");
	REAL("sgdt and lgdt", "sgdtl 0x100; lgdtl 0x100; movw 0x100, %ax");
	REAL("sidt", "sidtl 0x100; movw 0x100, %ax; movl 0x102, %ebx");
	REAL("clts and lmsw", "movl %cr0, %edx; orl $8, %edx; movl %edx, %cr0; smsw %ax; clts;"
	     "smsw %bx; andw $9, %ax; andw $9, %bx; xorl %edx, %edx");
	REAL("in and out", "xorw %ax, %ax; inb $0x21, %al");
	REAL("4 GiB left from protected mode", "movl $0x100000, %esi; movl %gs:(%esi), %eax");
	REAL("PE for three instructions", "movl %cr0, %eax; orb $1, %al; movl %eax, %cr0;"
	     "movw %cs, %bx; smsw %cx; andb $~1, %al; movl %eax, %cr0; xorl %eax, %eax;"
	     "andw $1, %cx");
	REAL("data loaded with PE keeps its limit", "movl %cr0, %eax; orb $1, %al;"
	     "movl %eax, %cr0; movw $0x10, %bx; movw %bx, %es;"
	     "andb $~1, %al; movl %eax, %cr0; movl $0x100000, %esi; movl %es:(%esi), %eax;"
	     "movw $0x800, %bx; movw %bx, %es");
}

static void events_of(void)
{
	REAL("int", "int $0x51");
	REAL("int3", "int3");
	REAL("into", "movb $0x7f, %al; addb $1, %al; into");
	REAL("division by zero", "xorw %cx, %cx; divw %cx");
	REAL("bound", "movw $5, 0x100; movw $6, 0x102; boundw %ax, 0x100");
	REAL("ud2", "nop; ud2");
	in.eflags = 2 | F_IF | F_AC;
	REAL("flags pushed", "int $0x51");
	in.eflags = 2 | F_IF;
	FRAGMENT(".code16; pushw $0x3302; popfw; nop");
	run_real();
	report("single step");
	REAL("flags in the handler", "movw $(1f - 77b), %ax; pushw $0; popw %es;"
	     "movw %ax, %es:0x144; movw $0x800, %es:0x146; sti; int $0x51; hlt;"
	     "1: pushfw; popw %bx; movw %sp, %cx; popw %dx; popw %dx; popw %si");
	REAL("lldt", "lldt %ax");
	REAL("sldt", "sldt %ax");
	REAL("ltr", "ltr %ax");
	REAL("str", "str %ax");
	REAL("lar", "lar %ax, %bx");
	REAL("lsl", "lsl %ax, %bx");
	REAL("verr", "verr %ax");
	REAL("verw", "verw %ax");
	REAL("arpl", ".byte 0x63, 0xc0");
	REAL("sysenter", "sysenter");
	REAL("sysexit", "sysexit");
	REAL("mov to CS", ".byte 0x8e, 0xc8");
	REAL("the table moved", "movl $0x100, %eax; sidtl 0x100; movl $0x900, 0x102; lidtl 0x100;"
	     "movl %eax, 0x102; pushw $0; popw %es;"
	     "movl $0x08000000 + (1f - 77b), %es:0x900 + 4 * 0x51; int $0x51; nop;"
	     "1: movl $0, 0x102; lidtl 0x100; movw $1, %bx; popw %ax; popw %ax; popw %ax");
}

/* Limits, which QEMU does not look at. */
void tests_real_limits(void)
{
	REAL("real, beyond 64 KiB", "movl $0x10000, %esi; movb (%esi), %al");
	REAL("real, a word at FFFFH", "movw 0xffff, %ax");
	REAL("real, a doubleword at FFFDH", "movl 0xfffd, %eax");
	REAL("real, a word at FFFFH by SS", "movw $0xffff, %bp; movw (%bp), %ax");
	REAL("real, far jump beyond the limit", ".byte 0x66, 0xea, 0, 0, 1, 0, 0, 8");
	REAL("real, near jump beyond the limit", "movl $0x10000, %eax; .byte 0x66, 0xff, 0xe0");
	REAL("real, PG without PE", "movl %cr0, %eax; orl $0x80000000, %eax; movl %eax, %cr0");
	REAL("real, 4 GiB by GS, 64 KiB by DS", "movl $0x100000, %esi; movl %gs:(%esi), %eax;"
	     "movl (%esi), %eax");
}

void tests_real(void)
{
	ordinary();
	events_of();
}
