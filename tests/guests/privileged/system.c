/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/system.c - control registers, MSRs, ports, and who may change which flag. SDM vol. 3,
     2; vol. 2. */
#include "kit.h"

static void control(void)
{
	uint32_t cr0 = read_cr0();

	TEST("smsw", 3, "smsw %eax; and $1, %eax");
	TEST("smsw to memory stores 16 bits", 3, "push $-1; smsw (%esp); pop %eax;"
	     "and $0xffff0001, %eax");
	TEST("lmsw sets TS, clts clears it", 0, "smsw %eax; or $8, %eax; lmsw %ax; smsw %ebx;"
	     "clts; smsw %ecx; and $8, %ebx; and $8, %ecx; xor %eax, %eax");
	TEST("lmsw cannot clear PE", 0, "smsw %eax; and $~1, %eax; lmsw %ax; smsw %ecx;"
	     "and $1, %ecx; xor %eax, %eax");
	TEST("lmsw cannot set NE", 0, "mov %cr0, %edx; mov %edx, %ebx; and $~0x20, %edx;"
	     "mov %edx, %cr0; mov $0x21, %eax; lmsw %ax; mov %cr0, %ecx;"
	     "mov %ebx, %cr0; and $0x20, %ecx; xor %ebx, %ebx; xor %edx, %edx");
	TEST("CR0, CD", 0, "mov %cr0, %ebx; mov %ebx, %eax; or $0x40000000, %eax; mov %eax, %cr0;"
	     "mov %cr0, %ecx; and $0x60000000, %ecx;"
	     "mov %ebx, %cr0; xor %eax, %eax; xor %ebx, %ebx");
	TEST("CR0, ET stays", 0, "mov %cr0, %ebx; mov %ebx, %eax; and $~0x10, %eax;"
	     "mov %eax, %cr0; mov %cr0, %ecx; and $0x10, %ecx; mov %ebx, %cr0;"
	     "xor %eax, %eax; xor %ebx, %ebx");
	TEST("CR0, undefined bits are lost", 0, "mov %cr0, %ebx; mov %ebx, %eax;"
	     "or $0x0ffaff00, %eax; mov %eax, %cr0; mov %cr0, %ecx;"
	     "and $0x0ffaffc0, %ecx; mov %ebx, %cr0; xor %eax, %eax; xor %ebx, %ebx");
	write_cr0(cr0);
	TEST("CR4, what is announced", 0, "mov $0xbc, %eax; mov %eax, %cr4; mov %cr4, %ecx;"
	     "xor %eax, %eax; mov %eax, %cr4");
	TEST("CR2 is a register", 0, "mov $0x12345678, %eax; mov %eax, %cr2; mov %cr2, %ecx;"
	     "xor %eax, %eax; mov %eax, %cr2");
	TEST("CR3, low bits without paging", 0, "mov $0x123018, %eax; mov %eax, %cr3;"
	     "mov %cr3, %ecx; xor %eax, %eax; mov %eax, %cr3");
	TEST("mov of CR ignores MOD", 0, ".byte 0x0f, 0x20, 0x10; xor %eax, %eax");
}

static void msrs(void)
{
	in.ecx = 0x12345;
	TEST("rdmsr of none", 0, "rdmsr");
	in.ecx = 0x174, in.eax = 8;
	TEST("SYSENTER_CS", 0, "wrmsr; xor %eax, %eax; rdmsr");
	in.ecx = 0x175, in.eax = 0x12345678;
	TEST("SYSENTER_ESP", 0, "wrmsr; xor %eax, %eax; rdmsr");
	in.ecx = 0x176, in.eax = 0x9abcdef0;
	TEST("SYSENTER_EIP", 0, "wrmsr; xor %eax, %eax; rdmsr");
	in.ecx = 0x277;
	TEST("PAT at first", 0, "rdmsr");
	in.ecx = 0x10;
	TEST("TSC can be written", 0, "xor %eax, %eax; mov $5, %edx; wrmsr; rdmsr; xor %eax, %eax");

	/* the way in and out by them */
	static const struct { uint32_t number; } numbers[] = {{0x174}, {0x175}, {0x176}};
	uint32_t stack = top(stack_entry[1]);
	FRAGMENT("mov %cs, %eax; mov %ss, %ebx; sub $stack_entry+0x2000, %esp; mov %esp, %esi;"
	     "add $stack_entry+0x2000, %esp; pushf; pop %edi");
	uint32_t values[] = {CODE0, stack, fragment};
	for (unsigned i = 0; i < 3; i++)
		asm volatile("wrmsr" :: "c"(numbers[i].number), "a"(values[i]), "d"(0));
	in.eflags = 2 | F_IF | F_IOPL(1);
	TEST("sysenter", 3, "sysenter");
	/* SYSEXIT wants CS, SS, then ring 3's: those are 16 bytes further */
	set_segment(SPARE, 0, 0xffffffff, A_CODE | A_FLAT);
	set_segment(SPARE + 8, 0, 0xffffffff, A_DATA | A_FLAT);
	set_segment(SPARE + 16, 0, 0xffffffff, A_CODE | A_FLAT | A_DPL(3));
	set_segment(SPARE + 24, 0, 0xffffffff, A_DATA | A_FLAT | A_DPL(3));
	asm volatile("wrmsr" :: "c"(0x174), "a"(SPARE), "d"(0));
	FRAGMENT("mov %cs, %eax; mov %ss, %ebx; mov $0, %ecx; mov $0, %edx");
	in.edx = fragment, in.ecx = top(stack_fragment[3]);
	TEST("sysexit", 0, "sysexit");
	TEST("sysexit in ring 3", 3, "sysexit");
	asm volatile("wrmsr" :: "c"(0x174), "a"(0), "d"(0));
	TEST("sysenter with null CS", 3, "sysenter");
	TEST("sysexit with null CS", 0, "sysexit");
}

static void cpuid(void)
{
	TEST("cpuid 0 by name", 3, "xor %eax, %eax; cpuid; xor %eax, %eax");
	TEST("cpuid 1", 3, "mov $1, %eax; cpuid; and $0x0001a938, %edx; xor %eax, %eax;"
	     "xor %ebx, %ebx; xor %ecx, %ecx");
	TEST("ID can be changed", 3, "push $0x200002; popf; pushf; pop %eax; push $2; popf");
	write_cr4(4);
	TEST("rdtsc with TSD in ring 3", 3, "rdtsc");
	TEST("rdtsc with TSD in ring 0", 0, "rdtsc; xor %eax, %eax; xor %edx, %edx");
	write_cr4(0);
	TEST("rdtsc without TSD in ring 3", 3, "rdtsc; xor %eax, %eax; xor %edx, %edx");
}

static void ports(void)
{
	uint8_t *bits = tss_main.bits;
	uint32_t map = (uint32_t)bits - (uint32_t)&tss_main;

#define PORT(name, ring, iopl, text) do { \
	tss_main.map = (uint16_t)map; \
	in.eflags = 2 | F_IOPL(iopl); \
	TEST(name, ring, text); \
	} while (0)
	for (unsigned i = 0; i < 0x2001; i++)
		bits[i] = 0xff;
	bits[0x21 / 8] &= ~(1 << (0x21 % 8));
	bits[0x27 / 8] &= ~(1 << (0x27 % 8));
	bits[0x28 / 8] &= ~(1 << (0x28 % 8));
	bits[0xfff0 / 8] = 0;
	bits[0x1fff] = 0;
	PORT("IOPL 3, ring 3", 3, 3, "in $0x21, %al");
	PORT("IOPL 2, ring 2", 2, 2, "in $0x21, %al");
	PORT("by the bitmap", 3, 0, "in $0x21, %al");
	PORT("against the bitmap", 3, 0, "in $0x20, %al");
	PORT("a word, half of it against the bitmap", 3, 0, "in $0x20, %ax");
	PORT("a word over two bytes of the bitmap", 3, 0, "in $0x27, %ax; xor %eax, %eax");
	PORT("a doubleword against the bitmap", 3, 0, "in $0x27, %eax");
	PORT("out against the bitmap", 1, 0, "mov $0x22, %edx; out %al, %dx");
	PORT("the last port", 3, 0, "mov $0xffff, %edx; in %dx, %al; xor %eax, %eax");
	PORT("a word at the last port", 3, 0, "mov $0xffff, %edx; in %dx, %ax");
	PORT("rep outsb against the bitmap", 3, 0, "mov $2, %ecx; mov $0x22, %edx;"
	     "mov $0x300000, %esi; rep outsb");
	map = sizeof tss_main - 2;
	PORT("the limit cuts the bitmap off", 3, 0, "in $0x21, %al");
	map = 0xffff;
	PORT("no bitmap", 3, 0, "in $0x21, %al");
	PORT("no bitmap in ring 0", 0, 0, "in $0x21, %al");
}

static void flags(void)
{
#define FLAGS(name, ring, iopl, more) do { \
	in.eflags = 2 | F_IOPL(iopl) | (more); \
	TEST(name, ring, "push $0x7ed7 - 0x4000; popf; pushf; pop %ecx; push $2; popf; pushf; pop %edx"); \
	} while (0)
	FLAGS("popf in ring 0", 0, 0, 0);
	FLAGS("popf in ring 1, IOPL 0", 1, 0, 0);
	FLAGS("popf in ring 1, IOPL 1", 1, 1, 0);
	FLAGS("popf in ring 3, IOPL 0", 3, 0, 0);
	FLAGS("popf in ring 3, IOPL 0, IF set", 3, 0, F_IF);
	FLAGS("popf in ring 3, IOPL 3", 3, 3, 0);
	FLAGS("popf in ring 3, IOPL 2", 3, 2, F_IF);
	in.eflags = 2 | F_IF;
	TEST("popf of 16 bits in ring 3", 3, "pushw $0x3ed7 - 0x200; popfw; pushf; pop %ecx");
	TEST("popf sets AC and ID, not VM, RF, VIF, VIP", 0, "push $0x3f0002; popf; pushf;"
	     "pop %eax; push $2; popf");
	in.eflags = 2 | F_IOPL(3);
	TEST("cli and sti by IOPL 3 in ring 3", 3, "sti; pushf; pop %eax; cli; pushf; pop %ecx");
	in.eflags = 2 | F_IOPL(2);
	TEST("sti by IOPL 2 in ring 3", 3, "sti");
	in.eflags = 2 | F_IF;
	TEST("iret in ring 3 cannot change IF and IOPL", 3, "push $0x3002; push %cs; push $1f;"
	     "iret; 1: pushf; pop %eax");
	in.eflags = 2 | F_IF | F_IOPL(3);
	TEST("iret in ring 3, IOPL 3, changes IF", 3, "push $2; push %cs; push $1f; iret;"
	     "1: pushf; pop %eax");
	TEST("iret in ring 0 changes both", 0, "push $0x3202; push %cs; push $1f; iret; 1: pushf;"
	     "pop %eax; push $2; popf");
}

/* The timer's interrupt, vector 60H: once, by the 8254 as a one-shot. */
static void set_timer(unsigned ticks)
{
	static const uint8_t chip[][2] = {{0x20, 0x11}, {0x21, 0x60}, {0x21, 4}, {0x21, 1}, {0xa0,
	     0x11}, {0xa1, 0x68}, {0xa1, 2},
		{0xa1, 1}, {0x21, 0xfe}, {0xa1, 0xff}, {0x43, 0x30}};

	for (unsigned i = 0; i < sizeof chip / sizeof *chip; i++)
		outb(chip[i][0], chip[i][1]);
	outb(0x40, ticks & 0xff);
	outb(0x40, ticks >> 8);
}

/* Until the request stands. */
static void await_request(void)
{
	do
		outb(0x20, 0x0a);
	while (!(inb(0x20) & 1));
}

static void interrupts(void)
{
	set_timer(2000);
	TEST("hlt, ended by an interrupt", 0, "sti; hlt; nop");
	set_timer(100);
	await_request();
	TEST("sti holds it for one instruction", 0, "sti; inc %eax; inc %eax; inc %eax");
	set_timer(100);
	await_request();
	TEST("sti and cli let nothing in", 0, "sti; cli; nop; nop");
	await_request();
	TEST("popf lets it in at once", 0, "pushf; orl $0x200, (%esp); popf; inc %eax");
	set_timer(100);
	await_request();
	TEST("iret lets it in at once", 0, "push $0x202; push %cs; push $1f; iret; 1: inc %eax");
	set_timer(100);
	await_request();
	TEST("sti, mov ss, and one more", 0, "mov %ss, %ebx; sti; mov %ebx, %ss; inc %eax;"
	     "inc %eax");
	set_timer(100);
	await_request();
	in.eflags = 2 | F_IF;
	TEST("in ring 3 at once", 3, "inc %eax; inc %eax");
	set_timer(100);
	await_request();
	in.edi = 0x300000, in.ecx = 100, in.eflags = 2 | F_IF;
	TEST("before the first repetition", 3, "rep stosb");
	set_timer(100);
	await_request();
	in.eflags = 2 | F_IF;
	set_idt(0x60, CODE0, 0, A_INT & ~0x80);
	TEST("to a gate not present", 3, "inc %eax; inc %eax");
	set_timer(100);
	await_request();
	in.eflags = 2 | F_IF;
	set_idt(0x60, DATA0, 0, A_INT);
	TEST("to data", 3, "inc %eax; inc %eax");
	set_timer(100);
	await_request();
	in.eflags = 2 | F_IF | F_IOPL(1);
	FRAGMENT(".code16; inc %ax; inc %ax");
	run_v86();
	report("in virtual-8086 mode");
	outb(0x21, 0xff);
}

/* What QEMU does all the same, and does not survive. */
void tests_control_limits(void)
{
	TEST("CR4, a reserved bit", 0, "mov $0x80000000, %eax; mov %eax, %cr4");
	TEST("CR4, bit 13", 0, "mov $0x2000, %eax; mov %eax, %cr4");
	TEST("CR0, PG without PE", 0, "mov $0x80000010, %eax; mov %eax, %cr0");
	TEST("CR0, NW without CD", 0, "mov %cr0, %eax; or $0x20000000, %eax;"
	     "and $~0x40000000, %eax; mov %eax, %cr0; xor %eax, %eax");
}

void tests_system(void)
{
	control();
	msrs();
	cpuid();
	ports();
	flags();
	interrupts();
}
