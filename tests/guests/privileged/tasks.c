/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/tasks.c - the hardware task switch, every way into one. SDM vol. 3, chapter 7. */
#include "kit.h"

static uint32_t directory_own[1024] __attribute__((aligned(4096))),
     directory_other[1024] __attribute__((aligned(4096)));

/* TSS_OTHER will run the present fragment in ring 0. */
static void make_task(unsigned ring)
{
	unsigned code = CODE0 + 17 * ring, data = DATA0 + 17 * ring;

	tss_other = (struct tss32){.esp0 = top(stack_entry[0]), .ss0 = DATA0,
	     .esp1 = top(stack_entry[1]), .ss1 = DATA1,
		.cr3 = read_cr3(), .eip = fragment, .eflags = 2, .eax = 0xa, .ecx = 0xc,
		     .edx = 0xd, .ebx = 0xb,
		.esp = top(stack_task), .ebp = 0xbb, .esi = 0x51, .edi = 0xd1, .es = data,
		     .cs = code, .ss = data, .ds = data,
		.fs = data, .gs = data, .map = 0xffff};
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, A_TSS);
}
#define TASK(ring, text) do { FRAGMENT(text); make_task(ring); } while (0)

static unsigned busy(unsigned selector) { return gdt[selector / 8] >> 41 & 1; }

static void back_to_main(void)
{
	asm volatile("clts");
	set_segment(TSS_MAIN, (uint32_t)&tss_main, sizeof tss_main - 1, A_TSS);
	load_tr(TSS_MAIN);
	load_ldt(0);
}

/* What the switch left behind (not TR, which STR would show: a hole): busy flags, back link,
     the old task's NT. */
static void put_state(void)
{
	put(busy(TSS_MAIN) ? " main busy" : "");
	put(busy(TSS_OTHER) ? " other busy" : "");
	put(read_cr0() & 8 ? " TS" : "");
	put(" link=");
	put_hex(tss_other.link);
	put(tss_main.eflags & F_NT ? " old NT" : "");
	back_to_main();
}

static void ended(const char *name)
{
	put_more = put_state;
	report(name);
}
#define SWITCH(name, ring, text) do { \
	tss_main.eflags = 0; \
	tss_main.link = 0; \
	FRAGMENT(text); \
	run(ring); \
	ended(name); \
	} while (0)

static void ways(void)
{
	TASK(0, "str %edi; pushf; pop %esi");
	SWITCH("jmp", 0, "ljmp $0x60, $0");
	TASK(0, "str %edi; pushf; pop %esi");
	SWITCH("call", 0, "lcall $0x60, $0");
	TASK(0, "mov $0x123, %ebp; mov $0x124, %eax; iret");
	SWITCH("call and iret", 0, "mov $7, %eax; mov $8, %ecx; lcall $0x60, $0; pushf; pop %edx;"
	     "str %ebx");
	SWITCH("call it again", 0, "lcall $0x60, $0; str %ebx");
	TASK(0, "ljmp $0x58, $0; mov $0x77, %ebp");
	SWITCH("jmp and jmp back", 0, "mov $7, %eax; ljmp $0x60, $0; mov $3, %ecx");
	TASK(3, "mov %cs, %edi; mov %ds, %esi");
	SWITCH("jmp to a task in ring 3", 0, "ljmp $0x60, $0");
	TASK(0, "mov %cs, %edi");
	SWITCH("jmp from ring 3 to DPL 0", 3, "ljmp $0x60, $0");
	TASK(0, "mov %cs, %edi");
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, A_TSS | A_DPL(3));
	SWITCH("jmp from ring 3 to DPL 3", 3, "ljmp $0x63, $0");
	TASK(0, "mov %cs, %edi; iret");
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, A_TSS | A_DPL(3));
	SWITCH("call from ring 3 and iret", 3, "lcall $0x63, $0; pushf; pop %edx");
	TASK(0, "mov %cs, %edi");
	SWITCH("call to a busy task", 0, "lcall $0x58, $0");
	TASK(0, "mov %cs, %edi");
	SWITCH("jmp with RPL above DPL", 0, "ljmp $0x63, $0");
	TASK(0, "mov %cs, %edi");
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, A_TSS & ~0x80);
	SWITCH("jmp to a TSS not present", 0, "ljmp $0x60, $0");
	TASK(0, "mov %cs, %edi");
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x66, A_TSS);
	SWITCH("jmp to a TSS too small", 0, "ljmp $0x60, $0");
	TASK(0, "mov %cs, %edi");
	set_segment(0x84, (uint32_t)&tss_other, 0x67, A_TSS);
	SWITCH("jmp to a TSS in the LDT", 0, "mov $0x70, %eax; lldt %ax; ljmp $0x84, $0");
	TASK(0, "iret; mov $5, %ebp");
	SWITCH("jmp, then iret with NT and a busy link", 0, "ljmp $0x60, $0");
}

static void nested_returns(void)
{
	tss_main.link = 0;
#define RETURN(name, link_) do { \
	FRAGMENT("iret"); \
	tss_main.link = (link_); \
	in.eflags = 2 | F_NT; \
	run(0); \
	ended(name); \
	} while (0)
	TASK(0, "mov %cs, %edi");
	RETURN("iret with NT to a task not busy", TSS_OTHER);
	TASK(0, "mov %cs, %edi");
	RETURN("iret with NT to null", 0);
	RETURN("iret with NT outside the GDT", 0x200);
	RETURN("iret with NT to the LDT", 0x64);
	RETURN("iret with NT to data", DATA0);
	TASK(0, "pushf; pop %edi");
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, A_TSS | 2);
	RETURN("iret with NT to a busy task", TSS_OTHER);
	TASK(0, "pushf; pop %edi");
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, (A_TSS | 2) & ~0x80);
	RETURN("iret with NT to a task not present", TSS_OTHER);
}

static void by_gates(void)
{
	TASK(0, "mov (%esp), %edi; sub $stack_task, %esp; mov %esp, %esi;"
	     "mov $stack_task+0x1000, %esp");
	set_gate(GDT(SPARE), TSS_OTHER, 0, A_TASK_GATE, 0);
	SWITCH("call by a task gate", 0, "lcall $0x80, $0");
	TASK(0, "mov %cs, %edi");
	set_gate(GDT(SPARE), TSS_OTHER, 0, A_TASK_GATE | A_DPL(3), 0);
	SWITCH("jmp by a task gate from ring 3", 3, "ljmp $0x83, $0");
	set_gate(GDT(SPARE), TSS_OTHER, 0, A_TASK_GATE, 0);
	SWITCH("jmp by a task gate of DPL 0 from ring 3", 3, "ljmp $0x83, $0");
	set_gate(GDT(SPARE), TSS_OTHER, 0, A_TASK_GATE & ~0x80, 0);
	SWITCH("call by a task gate not present", 0, "lcall $0x80, $0");
	set_gate(GDT(SPARE), DATA0, 0, A_TASK_GATE, 0);
	SWITCH("call by a task gate to data", 0, "lcall $0x80, $0");
	set_gate(GDT(SPARE), TSS_MAIN, 0, A_TASK_GATE, 0);
	SWITCH("call by a task gate to a busy task", 0, "lcall $0x80, $0");
	set_gate(GDT(SPARE), 0x64, 0, A_TASK_GATE, 0);
	SWITCH("call by a task gate to the LDT", 0, "lcall $0x80, $0");

	TASK(0, "iret; mov $1, %edi");
	set_idt(0x50, TSS_OTHER, 0, A_TASK_GATE | A_DPL(3));
	SWITCH("int by a task gate and iret", 3, "mov $9, %ecx; int $0x50; pushf; pop %edx");
	TASK(0, "mov tss_main+32, %edi; sub fragment, %edi; movzwl tss_main+36, %esi;"
	     "mov %esp, %ebp; sub $stack_task, %ebp");
	set_idt(6, TSS_OTHER, 0, A_TASK_GATE);
	SWITCH("a fault by a task gate", 3, "nop; ud2");
	TASK(0, "pop %ebp; mov tss_main+32, %edi; sub fragment, %edi; movzwl tss_main+36, %esi");
	set_idt(13, TSS_OTHER, 0, A_TASK_GATE);
	SWITCH("an error code by a task gate", 3, "mov $0x203, %ebx; mov %ebx, %ds");
	TASK(0, "pop %ebp; addl $1, tss_main+32; iret");
	set_idt(13, TSS_OTHER, 0, A_TASK_GATE);
	SWITCH("an error code by a task gate, and iret", 3, "cli; mov $5, %ecx");
	TASK(0, "pop %ebp; mov tss_main+32, %edi; sub fragment, %edi");
	set_idt(8, TSS_OTHER, 0, A_TASK_GATE);
	set_idt(13, CODE0, 0, A_INT & ~0x80);
	SWITCH("#DF by a task gate", 3, "nop; hlt");
	set_idt(0x50, TSS_MAIN, 0, A_TASK_GATE | A_DPL(3));
	SWITCH("int by a task gate to a busy task", 3, "int $0x50");
	set_idt(6, TSS_MAIN, 0, A_TASK_GATE);
	SWITCH("a fault by a task gate to a busy task", 3, "ud2");
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, A_TSS & ~0x80);
	set_idt(0x50, TSS_OTHER, 0, A_TASK_GATE | A_DPL(3));
	SWITCH("int by a task gate to a task not present", 3, "int $0x50");
}

/*
 * What the new task's TSS may have wrong: the fault is the new task's,
     so its handler has to be a task,
 * here the old one, which finds the error code on its stack and its link pointing back.
 */
static void bad_state(void)
{
#define BAD(name, change) do { \
	TASK(0, "nop"); \
	change; \
	for (unsigned vector = 10; vector <= 13; vector++) \
		set_idt(vector, TSS_MAIN, vector, A_TASK_GATE); \
	SWITCH(name, 0, "ljmp $0x60, $0; pop %eax; movzwl tss_main, %ebx;" \
	                "movzwl tss_other+0x24, %ecx; mov tss_other+0x4c, %esi; mov tss_other+0x54, %edi"); \
	} while (0)
	BAD("CS null", tss_other.cs = 0);
	BAD("CS data", tss_other.cs = DATA0);
	BAD("CS outside the GDT", tss_other.cs = 0x200);
	BAD("CS of RPL 3 and DPL 0", tss_other.cs = CODE0 | 3);
	BAD("CS not present", { set_segment(0x80, 0, 0xffff,
	     A_CODE & ~0x80); tss_other.cs = 0x80; });
	BAD("SS null", tss_other.ss = 0);
	BAD("SS of another ring", tss_other.ss = DATA3);
	BAD("SS not present", { set_segment(0x80, 0, 0xffff,
	     A_DATA & ~0x80); tss_other.ss = 0x80; });
	BAD("DS code that cannot be read", { set_segment(0x80, 0, 0xffff,
	     A_CODE_ONLY); tss_other.ds = 0x80; });
	BAD("ES outside the GDT", tss_other.es = 0x200);
	BAD("FS with RPL above DPL", tss_other.fs = DATA0 | 3);
	BAD("GS not present", { set_segment(0x80, 0, 0xffff,
	     A_DATA & ~0x80); tss_other.gs = 0x80; });
	BAD("LDT in the LDT", tss_other.ldt = LDT | 4);
	BAD("LDT data", tss_other.ldt = DATA0);
	BAD("LDT not present", { set_segment(0x80, 0, 0xffff,
	     A_LDT & ~0x80); tss_other.ldt = 0x80; });
	TASK(0, "nop");
	tss_other.cs = 0;
	set_idt(10, TSS_MAIN, 0, A_TASK_GATE);
	SWITCH("EIP is the new task's, and RF", 0, "ljmp $0x60, $0; mov tss_other+0x20, %edx;"
	     "sub fragment, %edx;"
	       "mov tss_other+0x24, %ecx");
	TASK(0, "mov %ds, %edi");
	tss_other.ds = 0;
	SWITCH("DS null", 0, "ljmp $0x60, $0");
}

static void contents(void)
{
	TASK(0, "nop");
	tss_other.trap = 1;
	SWITCH("T flag", 0, "ljmp $0x60, $0");
	write_dr6(0xffff0ff0);

	set_segment(0x0c, 0, 0xfff, A_DATA);
	FRAGMENT("sldt %edi; mov $0x0c, %esi; lsl %esi, %esi");
	make_task(0);
	tss_other.ldt = LDT;
	tss_other.gs = 0x0c;
	SWITCH("LDT of the task", 0, "ljmp $0x60, $0");

	TASK(0, "pushf; pop %edi");
	tss_other.eflags = 2 | F_IF | F_AC | F_IOPL(2) | F_CF;
	SWITCH("EFLAGS of the task", 0, "ljmp $0x60, $0");
	TASK(0, "mov %ds, %edi");
	tss_other.eflags = 2 | F_VM | F_IOPL(3);
	FRAGMENT(".code16; mov %ds, %di; mov %ss, %si");
	for (unsigned i = 0; i < 64; i++)
		((uint8_t *)0x8000)[i] = ((const uint8_t *)fragment)[i];
	tss_other.cs = 0x800;
	tss_other.eip = 0;
	tss_other.ss = 0x900;
	tss_other.esp = 0x1000;
	tss_other.ds = tss_other.es = 0x1234;
	SWITCH("a task in virtual-8086 mode", 0, "ljmp $0x60, $0");

	TASK(0, "mov %cr3, %edi; sub $directory_other, %edi; mov 0x400000, %esi");
	tss_other.cr3 = (uint32_t)directory_other;
	directory_own[0] = directory_other[0] = 0x83;
	directory_own[1] = 0x400083;
	directory_other[1] = 0x800083;
	*(uint32_t *)0x400000 = 0x11111111;
	*(uint32_t *)0x800000 = 0x22222222;
	write_cr4(read_cr4() | 0x10);
	write_cr3((uint32_t)directory_own);
	write_cr0(read_cr0() | 0x80000000);
	SWITCH("CR3 of the task", 0, "mov 0x400000, %eax; ljmp $0x60, $0");
	TASK(0, "mov 0x400000, %esi; iret");
	tss_other.cr3 = (uint32_t)directory_other;
	write_cr3((uint32_t)directory_own);
	tss_main.cr3 = (uint32_t)directory_other;
	SWITCH("CR3 is not saved", 0, "lcall $0x60, $0; mov 0x400000, %eax");
	write_cr0(read_cr0() & ~0x80000000);
	write_cr4(read_cr4() & ~0x10);
	write_cr3(0);
}

static void sixteen(void)
{
	FRAGMENT("mov $0x5000, %esp; int $0x40");
	for (unsigned i = 0; i < 64; i++)
		((uint8_t *)0x8000)[i] = ((const uint8_t *)fragment)[i];
	tss_16 = (struct tss16){.sp0 = 0x5000, .ss0 = DATA0, .ip = 0x8000, .flags = 2 | F_CF,
	     .ax = 0x1a, .cx = 0x1c, .dx = 0x1d,
		.bx = 0x1b, .sp = 0x5000, .bp = 0x5b, .si = 0x51, .di = 0x5d, .es = DATA0,
		     .cs = CODE0, .ss = DATA0, .ds = DATA0};
	FRAGMENT("ljmp $0x68, $0");
	run(0);
	say("16-bit task", "eax low", out.eax & 0xffff);
	say("16-bit task", "edi low", out.edi & 0xffff);
	say("16-bit task", "fs", out.fs);
	out.eax &= 0xffff;
	out.ecx = out.edx = out.ebx = out.ebp = out.esi = out.edi = 0;
	ended("16-bit task");
	FRAGMENT("mov $0x5000, %esp; int $0x51; int $0x40");
	tss_16.ip = 0x8000;
	for (unsigned i = 0; i < 64; i++)
		((uint8_t *)0x8000)[i] = ((const uint8_t *)fragment)[i];
	tss_16.sp0 = 0x4000;
	tss_16.sp = 0x5000;
	tss_16.cs = CODE3;
	tss_16.ss = tss_16.ds = tss_16.es = DATA3;
	FRAGMENT("mov %esp, %ebx; mov %ss, %ecx; mov 12(%esp), %edx; xor %eax, %eax;"
	     "xor %ebp, %ebp; xor %esi, %esi; xor %edi, %edi");
	set_idt(0x51, CODE0, fragment, A_INT | A_DPL(3));
	set_segment(TSS_16, (uint32_t)&tss_16, 0x2b, A_TSS16);
	SWITCH("16-bit TSS, its stack of ring 0", 0, "ljmp $0x68, $0");
	set_segment(TSS_16, (uint32_t)&tss_16, 0x2a, A_TSS16);
	SWITCH("16-bit TSS too small", 0, "ljmp $0x68, $0");
}

void tests_tasks(void)
{
	ways();
	nested_returns();
	by_gates();
	bad_state();
	contents();
	sixteen();
}
