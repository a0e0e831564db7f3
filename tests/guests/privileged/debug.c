/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/debug.c - single steps, breakpoints of the debug registers,
     and the flags about them. SDM vol. 3, 17. */
#include "kit.h"

enum { GD = 1 << 13, LOCAL0 = 1 };
enum { ON_EXECUTE = 0, ON_WRITE = 1, ON_ACCESS = 3 };
static uint8_t data[64] __attribute__((aligned(64)));

/* Clears DR6, so that each event shows its own; sets RF where an instruction breakpoint was met. */
static int go_on(struct frame *frame)
{
	uint32_t dr6 = read_dr6();

	write_dr6(0xffff0ff0);
	if ((dr6 & 15) && !(dr6 & 0x4000))
		frame->eflags |= F_RF;
	return 0;
}

static void step_mode(void)
{
	continue_mask = 1 << 1;
	on_event = go_on;
}

#define STEPS(name, ring, text) do { \
	step_mode(); \
	in.eflags |= F_TF; \
	write_dr6(0xffff0ff0); \
	TEST(name, ring, text); \
	} while (0)

static void single_steps(void)
{
	STEPS("steps", 0, "nop; mov $1, %eax; nop");
	STEPS("steps in ring 3", 3, "nop; mov $1, %eax; nop");
	STEPS("over rep", 0, "mov $3, %ecx; mov $0x3000, %edi; rep stosb; nop");
	STEPS("over rep of nothing", 0, "xor %ecx, %ecx; rep stosb; nop");
	STEPS("over mov ss", 0, "mov %ss, %eax; mov %eax, %ss; nop; nop; xor %eax, %eax");
	STEPS("over pop ss", 0, "push %ss; pop %ss; nop; nop");
	STEPS("over sti", 0, "sti; nop; cli; nop");
	STEPS("over pushf, TF is in the image", 0, "pushf; pop %eax; nop");
	STEPS("over popf that clears TF", 0, "push $2; popf; nop; nop");
	STEPS("over call and ret", 3, "call 1f; jmp 2f; 1: ret; 2: nop");
	STEPS("over a fault", 3, "nop; hlt; nop");
	set_idt(3, CODE0, stubs[3], A_INT | A_DPL(3));
	STEPS("over int3", 3, "nop; int3; nop");
	STEPS("over mov dr", 0, "mov %dr7, %eax; nop; xor %eax, %eax");
	STEPS("over cpuid", 3, "xor %eax, %eax; cpuid; xor %eax, %eax; xor %ebx, %ebx;"
	     "xor %ecx, %ecx; xor %edx, %edx");
	FRAGMENT("nop; iret");
	set_idt(0x50, CODE0, fragment, A_INT | A_DPL(3));
	STEPS("int clears TF, iret brings it back", 3, "nop; int $0x50; nop; nop");
	FRAGMENT("nop; iret");
	set_idt(0x50, CODE0, fragment, A_INT | A_DPL(3));
	STEPS("the same in ring 0", 0, "nop; int $0x50; nop; nop");
	step_mode();
	TEST("popf that sets TF", 0, "pushf; orl $0x100, (%esp); popf; nop; nop; push $2; popf");
	step_mode();
	TEST("iret that sets TF", 0, "pushf; orl $0x100, (%esp); push %cs; push $1f; iret; 1: nop;"
	     "nop");
	step_mode();
	TEST("popf of 16 bits that sets TF", 3, "pushfw; orw $0x100, (%esp); popfw; nop; nop");
	STEPS("loop", 3, "mov $3, %ecx; 1: loop 1b");
	STEPS("jump", 3, "jmp 1f; nop; 1: nop");
}

/* One breakpoint by DR0. */
static void arm(unsigned n, uint32_t at, unsigned kind, unsigned length)
{
	uint32_t others = read_dr7() & ~(0xfu << (16 + 4 * n));
	uint32_t dr7 = others | 1 << (2 * n) | kind << (16 + 4 * n) | (length - 1) << (18 + 4 * n);

	switch (n) {
	case 0: write_dr0(at); break;
	case 1: write_dr1(at); break;
	case 2: write_dr2(at); break;
	default: write_dr3(at); break;
	}
	write_dr6(0xffff0ff0);
	write_dr7(dr7);
}

static void disarm(void)
{
	write_dr7(0x400);
	write_dr6(0xffff0ff0);
}

#define WATCH(name, ring, at, kind, length, text) do { \
	arm(0, (uint32_t)data + (at), kind, length); \
	step_mode(); \
	TEST(name, ring, text); \
	disarm(); \
	} while (0)

static void data_breakpoints(void)
{
	WATCH("write of 4", 3, 0, ON_WRITE, 4, "nop; movl $1, data; nop");
	WATCH("write watched, read", 3, 0, ON_WRITE, 4, "mov data, %eax; xor %eax, %eax");
	WATCH("access watched, read", 3, 0, ON_ACCESS, 4, "mov data, %eax; xor %eax, %eax");
	WATCH("access watched, write", 0, 0, ON_ACCESS, 4, "movb $1, data+3; nop");
	WATCH("byte watched, doubleword before", 3, 4, ON_WRITE, 1, "movl $1, data; nop");
	WATCH("byte watched, doubleword over it", 3, 3, ON_WRITE, 1, "movl $1, data; nop");
	WATCH("byte watched, unaligned over it", 3, 4, ON_WRITE, 1, "movl $1, data+1; nop");
	WATCH("word watched, byte behind", 3, 4, ON_WRITE, 2, "movb $1, data+6; nop");
	WATCH("word watched, its second byte", 3, 4, ON_WRITE, 2, "movb $1, data+5; nop");
	WATCH("4 watched, aligned down", 3, 6, ON_WRITE, 4, "movb $1, data+4; nop");
	WATCH("4 watched, the byte behind", 3, 4, ON_WRITE, 4, "movb $1, data+8; nop");
	WATCH("push", 3, 0, ON_WRITE, 4, "mov %esp, %eax; mov $data+4, %esp; push $5;"
	     "mov %eax, %esp; xor %eax, %eax");
	WATCH("read-modify-write", 3, 0, ON_WRITE, 4, "incl data; nop");
	WATCH("compare", 3, 0, ON_WRITE, 4, "cmpl $0, data; nop");
	WATCH("rep stosb", 3, 2, ON_WRITE, 1, "mov $data, %edi; mov $4, %ecx; rep stosb;"
	     "xor %edi, %edi");
	WATCH("movsb", 3, 0, ON_ACCESS, 1, "mov $data, %esi; mov $0x3000, %edi; movsb;"
	     "xor %esi, %esi; xor %edi, %edi");
	WATCH("held by mov ss", 0, 0, ON_ACCESS, 4, "mov %ss, %eax; mov %eax, data; mov data, %ss;"
	     "nop; nop; xor %eax, %eax");
	WATCH("together with a step", 3, 0, ON_WRITE, 4, "pushf; orl $0x100, (%esp); popf;"
	     "movl $1, data; nop");
	arm(1, (uint32_t)data, ON_WRITE, 4);
	arm(3, (uint32_t)data + 2, ON_ACCESS, 2);
	step_mode();
	TEST("two at once", 3, "movl $1, data; nop");
	step_mode();
	TEST("one of two", 3, "movb $1, data; mov data+2, %al; xor %eax, %eax");
	disarm();
}

static void code_breakpoints(void)
{
	FRAGMENT("nop; nop; 1: mov $5, %eax; nop");
	arm(0, fragment + 2, ON_EXECUTE, 1);
	step_mode();
	run(3);
	report("instruction");
	FRAGMENT("nop; nop; 1: mov $5, %eax; nop");
	arm(2, fragment + 2, ON_EXECUTE, 1);
	in.eflags = 2;
	run(0);
	report("instruction, the event");
	FRAGMENT("mov $3, %ecx; nop; 1: dec %ecx; jnz 1b");
	arm(0, fragment + 6, ON_EXECUTE, 1);
	step_mode();
	run(3);
	report("in a loop");
	FRAGMENT("nop; nop");
	arm(0, fragment, ON_EXECUTE, 1);
	in.eflags = 2 | F_RF;
	step_mode();
	run(3);
	report("RF by iret");
	FRAGMENT("nop; nop");
	arm(0, fragment + 1, ON_EXECUTE, 1);
	in.eflags = 2 | F_RF;
	step_mode();
	run(3);
	report("RF lasts one instruction");
	FRAGMENT("hlt; nop");
	arm(0, fragment, ON_EXECUTE, 1);
	step_mode();
	run(3);
	report("before the fault of the same instruction");
	FRAGMENT("mov %ss, %eax; mov %eax, %ss; nop; nop");
	arm(0, fragment + 4, ON_EXECUTE, 1);
	step_mode();
	run(0);
	report("behind mov ss");
	FRAGMENT("nop; nop; nop");
	arm(0, fragment + 1, ON_EXECUTE, 1);
	step_mode();
	in.eflags = 2 | F_TF;
	run(3);
	report("together with steps");
	FRAGMENT("nop; mov $5, %eax");
	arm(0, fragment + 3, ON_EXECUTE, 1);
	step_mode();
	run(3);
	report("inside an instruction");
	disarm();
	FRAGMENT("nop");
	write_dr0(fragment);
	write_dr7(0x400);
	step_mode();
	run(3);
	report("not enabled");
	disarm();
}

/* Ports, with CR4.DE. */
static void port_breakpoints(void)
{
	enum { ON_PORT = 2 };
	static const unsigned lengths[] = {1, 2, 4};

	for (unsigned i = 0; i < 3; i++) {
		write_cr4(8);
		arm(0, 0x20, ON_PORT, lengths[i]);
		step_mode();
		TEST(i == 0 ? "port, byte" : i == 1 ? "port, word" : "port, doubleword", 0,
		     "in $0x21, %al; nop; in $0x20, %al; nop; mov $0x22, %edx; in %dx, %al; nop;"
		     "xor %edx, %edx; xor %eax, %eax");
		disarm();
	}
	write_cr4(0);
}

static void registers(void)
{
	write_dr6(0xffff0ff0);
	TEST("DR6 at first", 0, "mov %dr6, %eax");
	TEST("DR6 written with ones", 0, "mov $-1, %ebx; mov %ebx, %dr6; mov %dr6, %eax;"
	     "xor %ebx, %ebx");
	TEST("DR6 written with zeros", 0, "xor %ebx, %ebx; mov %ebx, %dr6; mov %dr6, %eax");
	TEST("DR7 written with zeros", 0, "xor %ebx, %ebx; mov %ebx, %dr7; mov %dr7, %eax");
	TEST("DR4 is DR6", 0, "mov $0xffff0ff1, %ebx; mov %ebx, %dr6; .byte 0x0f, 0x21, 0xe0;"
	     "xor %ebx, %ebx");
	TEST("DR5 is DR7", 0, ".byte 0x0f, 0x21, 0xe8");
	write_cr4(8);
	TEST("DR4 with DE", 0, ".byte 0x0f, 0x21, 0xe0");
	TEST("DR5 with DE", 0, ".byte 0x0f, 0x23, 0xe8");
	write_cr4(0);
	write_dr6(0xffff0ff0);
	write_dr7(0x400 | GD);
	TEST("GD, mov from DR0", 0, "nop; mov %dr0, %eax");
	TEST("GD is gone in the handler", 0, "mov %dr7, %eax");
	write_dr6(0xffff0ff0);
	step_mode();
	TEST("int1", 0, "nop; .byte 0xf1; nop");
	step_mode();
	TEST("int1 in ring 3 asks no gate", 3, "nop; .byte 0xf1; nop");
	TEST("int 1 in ring 3 asks the gate", 3, "int $1");
	step_mode();
	TEST("int 1 in ring 0", 0, "int $1; nop");
	write_dr6(0xffff0ff0);
}

void tests_debug(void)
{
	write_dr6(0xffff0ff0);
	registers();
	single_steps();
	data_breakpoints();
	code_breakpoints();
	port_breakpoints();
}
