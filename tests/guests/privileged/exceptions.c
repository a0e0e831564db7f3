/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/exceptions.c - vectors, error codes, what is pushed,
     which of two comes first. SDM vol. 3, ch. 6. */
#include "kit.h"

static void vectors(void)
{
	TEST("div by zero", 0, "xor %ecx, %ecx; div %ecx");
	TEST("div by zero in ring 3", 3, "nop; xor %ecx, %ecx; div %ecx");
	TEST("quotient too large", 3, "mov $0x10, %edx; mov $2, %ecx; div %ecx");
	TEST("idiv of the most negative", 3, "mov $0x80000000, %eax; cltd; mov $-1, %ecx;"
	     "idiv %ecx");
	TEST("aam 0", 3, "mov $7, %eax; .byte 0xd4, 0");
	TEST("int3 in ring 0", 0, "int3");
	set_idt(3, CODE0, stubs[3], A_TRAP | A_DPL(3));
	TEST("int3 in ring 3", 3, "int3");
	TEST("int3 in ring 3 with gate DPL 0", 3, "int3");
	TEST("int 3 of two bytes in ring 0", 0, "int $3");
	TEST("into without OF", 0, "test %eax, %eax; into");
	TEST("into with OF", 0, "mov $0x7fffffff, %eax; add $1, %eax; into");
	TEST("into in ring 3 with gate DPL 0", 3, "mov $0x7fffffff, %eax; add $1, %eax; into");
	TEST("bound within", 0, "push $9; push $1; mov $5, %eax; bound %eax, (%esp)");
	TEST("bound above", 3, "push $9; push $1; mov $10, %eax; bound %eax, (%esp)");
	TEST("bound below", 3, "push $9; push $1; xor %eax, %eax; bound %eax, (%esp)");
	TEST("ud2", 0, "nop; ud2");
	TEST("ud2 in ring 3", 3, "ud2");
	in.eflags = 2 | F_IF | F_IOPL(2) | F_AC | F_ID;
	TEST("flags are pushed whole", 3, "ud2");
	TEST("int to a gate of DPL 0 from ring 3", 3, "int $0x50");
	TEST("int to a gate of DPL 0 from ring 0", 0, "int $0x50");
	FRAGMENT("sub %esp, %edi");
	set_idt(13, CODE0, fragment, A_INT);
	TEST("an int pushes no error code", 0, "mov %esp, %edi; int $13");
	set_idt(0x50, CODE0, stubs[0x50], A_TRAP | A_DPL(3));
	in.eflags = 2 | F_RF;
	TEST("int pushes RF cleared", 3, "int $0x50");
}

static void privileged(void)
{
	TEST("hlt in ring 3", 3, "hlt");
	TEST("cli in ring 3", 3, "cli");
	TEST("lgdt in ring 3", 3, "lgdt gdtr");
	TEST("lidt in ring 1", 1, "lidt idtr");
	TEST("ltr in ring 3", 3, "ltr %ax");
	TEST("lldt in ring 3", 3, "lldt %ax");
	TEST("clts in ring 3", 3, "clts");
	TEST("lmsw in ring 3", 3, "lmsw %ax");
	TEST("mov to CR0 in ring 3", 3, "mov %eax, %cr0");
	TEST("mov from CR3 in ring 1", 1, "mov %cr3, %eax");
	TEST("mov to DR7 in ring 3", 3, "mov %eax, %dr7");
	TEST("invlpg in ring 3", 3, "invlpg (%eax)");
	TEST("invd in ring 2", 2, "invd");
	TEST("wbinvd in ring 3", 3, "wbinvd");
	TEST("rdmsr in ring 3", 3, "rdmsr");
	TEST("wrmsr in ring 3", 3, "wrmsr");
	TEST("in at IOPL 0 in ring 3", 3, "in $0x80, %al");
	TEST("out at IOPL 0 in ring 1", 1, "out %al, $0x80");
	in.ecx = 0;
	TEST("rep insb without repetitions in ring 3", 3, "rep insb");
}

static void undefined(void)
{
	TEST("lock on an instruction without memory", 0, "lock; .byte 0x01, 0xc0");
	TEST("lock on a load", 0, "lock; .byte 0x8b, 0x04, 0x24");
	TEST("lock hlt in ring 3", 3, "lock; hlt");
	TEST("mov to CS", 0, ".byte 0x8e, 0xc8");
	TEST("mov from segment register 6", 0, ".byte 0x8c, 0xf0");
	TEST("mov to CR1 in ring 0", 0, ".byte 0x0f, 0x22, 0xc8");
	TEST("mov from CR7 in ring 0", 0, ".byte 0x0f, 0x20, 0xf8");
	TEST("mov from CR5 in ring 3", 3, ".byte 0x0f, 0x20, 0xe8");
	TEST("lgdt of a register", 0, ".byte 0x0f, 0x01, 0xd0");
	TEST("lea of a register", 0, ".byte 0x8d, 0xc0");
	TEST("les of a register", 0, ".byte 0xc4, 0xc0");
	TEST("group 5, 7", 3, ".byte 0xff, 0xff");
	TEST("far jump by a register", 3, ".byte 0xff, 0xe8");
	TEST("cmpxchg8b of a register", 3, ".byte 0x0f, 0xc7, 0xc8");
	TEST("rsm", 0, "rsm");
	TEST("15 bytes", 0, ".fill 14, 1, 0x66; nop");
	TEST("16 bytes", 0, ".fill 15, 1, 0x66; nop");
	TEST("16 bytes of an undefined instruction", 3, ".fill 14, 1, 0x66; ud2");
}

static void no_x87(void)
{
	uint32_t cr0 = read_cr0();

	write_cr0((cr0 & ~8u) | 4);
	TEST("x87 with EM", 3, "fninit");
	TEST("wait with EM", 3, "fwait");
	write_cr0((cr0 & ~4u) | 0xa);
	TEST("x87 with TS", 0, "fninit");
	TEST("wait with TS and MP", 3, "fwait");
	write_cr0((cr0 & ~6u) | 8);
	TEST("wait with TS alone", 3, "fwait");
	write_cr0(cr0);
}

static void alignment(void)
{
	uint32_t cr0 = read_cr0();

	in.eflags = 2 | F_AC;
	TEST("unaligned without AM", 3, "mov 1(%esp), %eax; sub %eax, %eax");
	write_cr0(cr0 | 0x40000);
	in.eflags = 2 | F_AC;
	TEST("unaligned in ring 3", 3, "mov 1(%esp), %eax; sub %eax, %eax");
	in.eflags = 2 | F_AC;
	TEST("unaligned push in ring 3", 3, "sub $2, %esp; push %eax");
	in.eflags = 2 | F_AC;
	TEST("unaligned word in ring 3", 3, "mov %ax, -7(%esp)");
	in.eflags = 2 | F_AC;
	TEST("unaligned in ring 0", 0, "mov 1(%esp), %eax; sub %eax, %eax");
	TEST("unaligned without AC", 3, "mov 1(%esp), %eax; sub %eax, %eax");
	write_cr0(cr0);
}

/* Error codes of segment loads: index, TI, IDT, EXT. */
static void selectors(void)
{
	set_segment(SPARE, 0, 0xffff, A_DATA & ~0x80);
	set_segment(SPARE + 8, 0, 0xffff, A_CODE & ~0x80);
	set_segment(SPARE + 16, 0, 0xffff, A_LDT & ~0x80);
	uint64_t kept[3] = {gdt[SPARE / 8], gdt[SPARE / 8 + 1], gdt[SPARE / 8 + 2]};
#define KEEP() \
	for (unsigned i = 0; i < 3; i++) \
		gdt[SPARE / 8 + i] = kept[i]
	TEST("DS not present", 0, "mov $0x80, %ebx; mov %ebx, %ds");
	KEEP();
	TEST("DS not present, with an RPL", 0, "mov $0x83, %ebx; mov %ebx, %ds");
	KEEP();
	TEST("SS not present", 0, "mov $0x80, %ebx; mov %ebx, %ss");
	KEEP();
	TEST("pop ES not present", 0, "push $0x80; pop %es");
	KEEP();
	TEST("CS not present", 0, "ljmp $0x88, $0");
	KEEP();
	TEST("LDT not present", 0, "mov $0x90, %ebx; lldt %bx");
	KEEP();
	TEST("LDT of another type, not present", 0, "mov $0x80, %ebx; lldt %bx");
	TEST("TR null", 0, "xor %ebx, %ebx; ltr %bx");
	set_segment(TSS_MAIN, (uint32_t)&tss_main, sizeof tss_main - 1, A_TSS);
	load_tr(TSS_MAIN);
	TEST("TR busy", 0, "mov $" S(0x58) ", %ebx; ltr %bx");
	TEST("DS outside the GDT", 0, "mov $0x203, %ebx; mov %ebx, %ds");
	TEST("FS in the LDT without one", 0, "mov $0x0c, %ebx; mov %ebx, %fs");
	TEST("SS null", 0, "xor %ebx, %ebx; mov %ebx, %ss");
	TEST("SS null in ring 3", 3, "mov $3, %ebx; mov %ebx, %ss");
	TEST("SS with another RPL", 0, "mov $0x11, %ebx; mov %ebx, %ss");
	TEST("SS read-only or code", 0, "mov $8, %ebx; mov %ebx, %ss");
	TEST("DS of ring 0 in ring 3", 3, "mov $0x10, %ebx; mov %ebx, %ds");
	TEST("DS of ring 3 with RPL 0 in ring 3", 3, "mov $0x40, %ebx; mov %ebx, %ds;"
	     "mov %ds, %eax");
	TEST("DS of a TSS", 0, "mov $0x58, %ebx; mov %ebx, %ds");
	TEST("jump to null", 0, "ljmp $3, $0");
	TEST("jump to data", 0, "ljmp $0x10, $0");
	TEST("call of ring 3 from ring 0", 0, "lcall $0x3b, $0");
	TEST("call of ring 0 from ring 3", 3, "lcall $8, $0");
}

static void gates_missing(void)
{
	set_idt(0x50, CODE0, 0, (A_INT | A_DPL(3)) & ~0x80);
	TEST("int to a gate not present", 3, "int $0x50");
	set_idt(0x50, CODE0, 0, A_INT & ~0x80);
	TEST("int to a gate not present, DPL 0", 3, "int $0x50");
	set_idt(0x50, CODE0, 0, A_CALL | A_DPL(3));
	TEST("int to a call gate", 3, "int $0x50");
	set_idt(0x50, 0, 0, A_INT | A_DPL(3));
	TEST("int to a gate with null selector", 3, "int $0x50");
	set_idt(0x50, DATA0, 0, A_INT | A_DPL(3));
	TEST("int to data", 3, "int $0x50");
	set_idt(0x50, 0x200, 0, A_INT | A_DPL(3));
	TEST("int outside the GDT", 3, "int $0x50");
	set_idt(0x50, CODE3, 0, A_INT);
	TEST("int to an outer ring", 0, "int $0x50");
	set_idt(0x50, 0x80, 0, A_INT | A_DPL(3));
	set_segment(0x80, 0, 0xffff, A_CODE & ~0x80);
	TEST("int to code not present", 3, "int $0x50");
	set_idt(6, CODE0, 0, A_INT & ~0x80);
	TEST("fault to a gate not present", 3, "ud2");
	set_idt(6, DATA0, 0, A_INT);
	TEST("fault to data", 3, "ud2");
	set_idt(6, 0, 0, A_INT);
	TEST("fault to a gate with null selector", 3, "ud2");
	set_idt(6, CODE3, 0, A_INT);
	TEST("fault to an outer ring", 0, "ud2");
	set_idt(3, CODE0, 0, (A_INT | A_DPL(3)) & ~0x80);
	TEST("int3 to a gate not present", 3, "int3");
	set_idt(1, CODE0, 0, A_INT & ~0x80);
	TEST("int 1 to a gate not present", 0, "int $1");

	const struct { uint16_t limit; const uint64_t *base; } __attribute__((packed))
		shorter = {0x50 * 8 + 6, idt}, whole = {sizeof idt - 1, idt};
	asm volatile("lidt %0" :: "m"(shorter));
	TEST("int beyond the IDT's limit", 3, "int $0x50");
	asm volatile("lidt %0" :: "m"(whole));
}

static void doubled(void)
{
	set_idt(13, CODE0, 0, A_INT & ~0x80);
	TEST("#GP whose gate is not present", 3, "hlt");
	set_idt(13, 0, 0, A_INT);
	TEST("#GP whose gate has a null selector", 0, "mov $0x203, %ebx; mov %ebx, %ds");
	set_idt(13, CODE0, 0, A_CALL);
	TEST("#GP whose gate is a call gate", 3, "nop; hlt");
	set_idt(0, DATA0, 0, A_INT);
	TEST("#DE whose gate is bad", 3, "xor %ecx, %ecx; div %ecx");
	set_idt(6, CODE0, 0, A_INT & ~0x80);
	set_idt(11, CODE0, 0, A_INT & ~0x80);
	TEST("#UD, then #NP, then #NP", 3, "ud2");
	set_idt(0x50, CODE0, 0, (A_INT | A_DPL(3)) & ~0x80);
	set_idt(11, CODE0, 0, A_INT & ~0x80);
	TEST("int, then #NP, then #NP", 3, "int $0x50");
	set_idt(5, CODE0, 0, A_INT & ~0x80);
	TEST("#BR, then #NP", 3, "push $9; push $1; bound %eax, (%esp)");
}

static void order(void)
{
	TEST("privilege before the operand's segment", 3, "xor %ebx, %ebx; mov %ebx, %es;"
	     "lgdt %es:0");
	TEST("type before presence", 0, "mov $0x80, %ebx; lldt %bx");
	set_segment(0x80, 0, 0xffff, (A_CODE | A_DPL(3)) & ~0x80);
	TEST("privilege before presence", 0, "ljmp $0x80, $0");
	set_segment(0x80, 0, 0xffff, A_DATA & ~0x80);
	TEST("privilege before presence, data", 3, "mov $0x83, %ebx; mov %ebx, %ds");
	set_segment(0x80, 0, 0xffff, A_DATA & ~0x80);
	TEST("presence before the limit", 0, "mov $0x80, %ebx; mov %ebx, %gs;"
	     "mov %gs:0x10000, %al");
}

/* What QEMU does not survive. */
void tests_manual(void)
{
	FRAGMENT("mov 4(%esp), %eax");
	for (unsigned i = 0; i < 16; i++)
		((uint8_t *)0x6000)[i] = ((const uint8_t *)fragment)[i];
	set_gate(&idt[0x50], CODE0, 0xabcd6000, A_TRAP16 | A_DPL(3), 0);
	TEST("a 16-bit gate's upper offset", 0, "int $0x50");
	tests_v86_limits();
	tests_control_limits();
	tests_real_limits();
	tests_segment_limits();
}

void tests_exceptions(void)
{
	vectors();
	privileged();
	undefined();
	no_x87();
	alignment();
	selectors();
	gates_missing();
	doubled();
	order();
}

/* The last thing that this guest says; then a #GP without any handler resets the machine. */
void tests_triple(void)
{
	static const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) none;

	put("triple: now\n");
	asm volatile("lidt %0; int3" :: "m"(none));
	put("triple: still here\n");
}
