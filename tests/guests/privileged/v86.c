/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/v86.c - virtual-8086 mode: what it traps, how it is left and entered. SDM vol. 3,
     chapter 20. */
#include "kit.h"

#define V86(name, iopl, text) do { \
	in.eflags = 2 | F_IOPL(iopl); \
	set_idt(0x50, CODE0, stubs[0x50], A_INT | A_DPL(3)); \
	set_idt(3, CODE0, stubs[3], A_INT | A_DPL(3)); \
	set_idt(4, CODE0, stubs[4], A_INT | A_DPL(3)); \
	FRAGMENT(".code16\n" text); \
	run_v86(); \
	report(name); \
	} while (0)

static void sensitive(unsigned iopl, const char *which)
{
	put(which);
	put("\n");
	V86("nothing", iopl, "nop");
	V86("cli", iopl, "cli");
	V86("sti", iopl, "sti");
	V86("pushf", iopl, "pushfw; popw %ax");
	V86("pushfd", iopl, "pushfl; popl %eax");
	V86("popf", iopl, "pushw $0x7ed7; popfw; jmp 1f; 1: movw $1, %ax");
	V86("popfd", iopl, "pushl $0x257ed7 - 0x100; popfl; movw $1, %ax");
	V86("int n", iopl, "int $0x50");
	V86("int3", iopl, "int3");
	V86("into", iopl, "movb $0x7f, %al; addb $1, %al; into");
	V86("iret", iopl, "pushw $0x3203; pushw %cs; pushw $(1f - 77b); iretw; nop;"
	     "1: movw $1, %ax");
	V86("hlt", iopl, "hlt");
	V86("in", iopl, "inb $0x61, %al");
	V86("out", iopl, "outb %al, $0x80");
	V86("lgdt", iopl, "lgdtl 0");
	V86("lmsw", iopl, "lmsw %ax");
	V86("smsw", iopl, "smsw %ax; andw $1, %ax");
	V86("clts", iopl, "clts");
	V86("mov cr0", iopl, "movl %cr0, %eax");
	V86("mov dr7", iopl, "movl %dr7, %eax");
	V86("invlpg", iopl, "invlpg 0");
	V86("wbinvd", iopl, "wbinvd");
	V86("rdmsr", iopl, "rdmsr");
	V86("lldt", iopl, "lldt %ax");
	V86("str", iopl, "str %ax");
	V86("lar", iopl, "lar %ax, %bx");
	V86("verr", iopl, "verr %ax");
	V86("arpl", iopl, ".byte 0x63, 0xc0");
	V86("sgdt", iopl, "sgdtl 0x100; movw 0x100, %ax");
	V86("sysenter", iopl, "sysenter");
	V86("ud2", iopl, "ud2");
	V86("lock", iopl, "lock; nop");
	V86("division by zero", iopl, "xorw %cx, %cx; divw %cx");
}

static void segments(void)
{
	V86("segment loads", 3, "movw $0x1234, %ax; movw %ax, %ds; movw %ax, %es; movw %ax, %fs;"
	     "movw %ds, %bx; movw %fs, %cx");
	V86("base is 16 times the selector", 3, "movw $0x900, %ax; movw %ax, %ds;"
	     "movw $0x4321, 0x10; movw $0x8f1, %ax; movw %ax, %es;"
	    "movw %es:0x100, %cx");
	V86("beyond 64 KiB", 3, "movl $0x10000, %esi; movb (%esi), %al");
	V86("a word at FFFFH", 3, "movw 0xffff, %ax");
	V86("a doubleword at FFFEH", 3, "movl 0xfffe, %eax");
	V86("a write at FFFFH by SS", 3, "movw $0xffff, %bp; movw %ax, (%bp)");
	V86("push at SP 1", 3, "movw $1, %sp; pushw %ax");
	V86("push at SP 0", 3, "movw $0, %sp; pushw $0x1234; movw %sp, %ax; movw $0x1000, %sp");
	V86("far call and return", 3, "lcallw $0x7ff, $(1f - 77b + 0x10); jmp 2f;"
	     "1: movw %cs, %ax; lretw; 2: movw %cs, %bx");
	V86("null selectors are segments", 3, "xorw %ax, %ax; movw %ax, %es; movw %es:0x500, %ax;"
	     "movw %es, %ax");
	V86("les", 3, "movw $0x5678, 0x100; movw $0x1234, 0x102; lesw 0x100, %ax; movw %es, %bx");
}

/* Out of it: which segments are pushed and which nulled. */
static void leaving(void)
{
	FRAGMENT("mov %ss:tss_main+4, %eax; sub %esp, %eax; mov 20(%esp), %ecx;"
	     "mov 24(%esp), %edx; mov 28(%esp), %ebx; mov 32(%esp), %esi;"
	         "mov %ds, %edi; mov %gs, %ebp; add %ebp, %edi; mov 16(%esp), %ebp");
	uint32_t at = fragment;
	in.eflags = 2 | F_IOPL(3) | F_VM;
	set_idt(0x50, CODE0, at, A_INT | A_DPL(3));
	FRAGMENT(".code16; movw $0x1111, %ax; movw %ax, %ds; movw $0x2222, %ax; movw %ax, %es;"
	     "movw $0x3333, %ax; movw %ax, %fs;"
	         "movw $0x4444, %ax; movw %ax, %gs; int $0x50");
	run_v86();
	report("frame of an interrupt");
	set_idt(13, CODE0, at, A_INT);
	in.eflags = 2 | F_IF;
	FRAGMENT(".code16; cli");
	run_v86();
	report("frame of a fault"); /* shifted by the error code */
#define LEAVE(name, selector, type) \
	set_idt(0x50, selector, at, (type) | A_DPL(3)); \
	in.eflags = 2 | F_IOPL(3); \
	FRAGMENT(".code16; int $0x50"); run_v86(); report(name)
	LEAVE("by a gate to ring 1", CODE1, A_INT);
	LEAVE("by a gate to ring 3", CODE3, A_INT);
	LEAVE("by a gate to conforming code", CONFORMING, A_INT);
	set_idt(0x50, CODE0, at, A_INT);
	in.eflags = 2 | F_IOPL(3);
	FRAGMENT(".code16; int $0x50");
	run_v86();
	report("by a gate of DPL 0");
	LEAVE("by a 16-bit gate, vector not present", CODE0, A_INT16 & ~0x80);
}

static void entering(void)
{
	/* the fragment of ring 0 itself makes the frame */
	static const uint8_t code[] = {0x8c, 0xd8, 0x8c, 0xc3, 0x8c, 0xe1, 0x9c, 0x5a, 0xcd, 0x40};

	for (unsigned i = 0; i < sizeof code; i++)
		((uint8_t *)0x8000)[i] = code[i];
	TEST("iret to it", 0, "push $0x4444; push $0x3333; push $0x2222; push $0x1111;"
	     "push $0x900; push $0x1000; push $0x23202; push $0x800; push $0; iret");
	TEST("iret to it from ring 3", 3,
	     "mov %esp, %eax; push $0; push $0; push $0; push $0; push $0x43; push %eax;"
	     "push $0x23202; push $0x3b; push $1f; iret; 1: pushf; pop %eax");
	TEST("iret to it beyond the limit", 0,
	     "push $0; push $0; push $0; push $0; push $0x900; push $0x1000; push $0x23202;"
	     "push $0x800; push $0x10000; iret");
	TEST("popf cannot set VM", 0, "push $0x23002; popf; pushf; pop %eax; push $2; popf");
}

/* Where QEMU runs on. */
void tests_v86_limits(void)
{
	V86("v86, far jump beyond the limit", 3, ".byte 0x66, 0xea, 0, 0, 1, 0, 0, 8");
	V86("v86, near jump beyond the limit", 3, "movl $0x10000, %eax; .byte 0x66, 0xff, 0xe0");
}

void tests_v86(void)
{
	sensitive(0, "IOPL 0:");
	sensitive(3, "IOPL 3:");
	segments();
	leaving();
	entering();
}
