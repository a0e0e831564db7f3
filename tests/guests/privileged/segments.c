/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/segments.c - what is in descriptors: types, limits, rights,
     and questions about them. SDM vol. 3, 3 and 5. */
#include "kit.h"

/* LAR, LSL, VERR, VERW of SPARE with each type of descriptor, asked in rings 0 and 3. */
static void questions(void)
{
	static const char hex[] = "0123456789abcdef";
	static char name[] = "type 0x dpl 0, asked in ring 0";

	for (unsigned type = 0; type < 32; type++)
		for (unsigned dpl = 0; dpl < 4; dpl += 3)
			for (unsigned ring = 0; ring < 4; ring += 3) {
				set_segment(SPARE, 0x12345678, 0xabcdefff,
				     0x80 | type | A_DPL(dpl) | (type & 16 ? A_FLAT : 0));
				name[5] = hex[type >> 4];
				name[6] = hex[type & 15];
				name[12] = hex[dpl];
				name[sizeof name - 2] = hex[ring];
				in.eax = in.ecx = 0x99999999;
				in.ebx = SPARE;
				TEST(name, ring, "lar %ebx, %eax; jz 1f; mov $0, %eax;"
				     "1: lsl %ebx, %ecx; jz 1f; mov $0, %ecx; 1: verr %bx;"
				     "setz %dl;"
				     "verw %bx; setz %dh; xor %ebx, %ebx");
			}
	set_segment(SPARE, 0, 0xfff, A_DATA & ~0x80);
	in.ebx = SPARE;
	TEST("not present", 0, "lar %ebx, %eax; setz %dl; verr %bx; setz %dh; lsl %ebx, %ecx");
	TEST("null", 0, "mov $1, %eax; xor %ebx, %ebx; lar %ebx, %eax; setz %dl; verr %bx;"
	     "setz %dh; lsl %ebx, %ecx");
	TEST("outside the GDT", 0, "mov $1, %eax; mov $0x200, %ebx; lar %ebx, %eax; setz %dl;"
	     "verw %bx; setz %dh; lsl %ebx, %ecx");
	TEST("in no LDT", 0, "mov $1, %eax; mov $0x0c, %ebx; lar %ebx, %eax; setz %dl; verw %bx;"
	     "setz %dh; lsl %ebx, %ecx");
	set_segment(SPARE, 0, 0xfff, A_DATA | A_DPL(2));
	TEST("an RPL of 3 asks too", 0, "mov $0x83, %ebx; lar %ebx, %eax; setz %dl; verw %bx;"
	     "setz %dh");
	TEST("lar of 16 bits", 0, "mov $-1, %eax; mov $0x10, %ebx; lar %bx, %ax; lsl %bx, %cx");
	TEST("lsl in bytes", 0, "mov $0x48, %ebx; lsl %ebx, %eax; mov $0x8, %ebx; lsl %ebx, %ecx");
}

static void arpl(void)
{
	TEST("arpl raises", 3, "mov $0x10, %eax; mov $3, %ecx; arpl %cx, %ax; setz %dl");
	TEST("arpl leaves", 0, "mov $0x13, %eax; mov $1, %ecx; arpl %cx, %ax; setz %dl");
	TEST("arpl of equals", 0, "mov $0x12, %eax; mov $0xfffe, %ecx; arpl %cx, %ax; setz %dl");
	TEST("arpl keeps upper bits", 0, "mov $0xabcd1234, %eax; mov $3, %ecx; arpl %cx, %ax");
}

static void accessed(void)
{
	set_segment(SPARE, 0, 0xfff, A_DATA & ~1);
	TEST("mov sets the accessed bit", 0, "movzbl gdt+0x85, %eax; mov $0x80, %ebx;"
	     "mov %ebx, %fs; movzbl gdt+0x85, %ecx");
	set_segment(SPARE, 0, 0xfff, A_DATA & ~1);
	TEST("lar and verr do not", 0, "mov $0x80, %ebx; lar %ebx, %edx; verr %bx;"
	     "movzbl gdt+0x85, %ecx");
	set_segment(SPARE, 0, 0xffffffff, (A_CODE | A_FLAT) & ~1);
	TEST("a far jump does", 0, "ljmp $0x80, $1f; 1: movzbl gdt+0x85, %ecx");
	set_segment(SPARE, 0, 0xffffffff, (A_DATA | A_FLAT) & ~1);
	TEST("a load of SS does", 0, "mov $0x80, %ebx; mov %ebx, %ss; movzbl gdt+0x85, %ecx");
	set_segment(SPARE, 0, 0xffffffff, (A_DATA | A_DPL(3)) & ~0x81);
	TEST("one that faults does not", 0, "mov $0x83, %ebx; mov %ebx, %ss");
	say("one that faults does not", "access", gdt[SPARE / 8] >> 40 & 0xff);
	set_segment(SPARE, 0, 0xfff, A_DATA & ~1 & ~0x80);
	FRAGMENT("mov $0x80, %ebx; mov %ebx, %es");
	run(0);
	say("nor one not present", "access", gdt[SPARE / 8] >> 40 & 0xff);
	reset();
}

static void local(void)
{
	load_ldt(LDT);
	set_segment(0x0c, 0x300000, 0xfff, A_DATA | A_DPL(3));
	*(volatile uint32_t *)0x300010 = 0xcafe;
	TEST("data by the LDT", 3, "mov $0x0f, %ebx; mov %ebx, %fs; mov %fs:0x10, %eax;"
	     "mov %fs, %ecx");
	TEST("beyond the LDT", 3, "mov $0x87, %ebx; mov %ebx, %fs");
	set_segment(0x14, 0, 0xffffffff, A_CODE | A_FLAT | A_DPL(3));
	TEST("code by the LDT", 3, "ljmp $0x17, $1f; 1: mov %cs, %eax");
	set_segment(0x1c, 0, 0xfff, A_LDT);
	TEST("an LDT in the LDT", 0, "mov $0x1c, %eax; lldt %ax");
	TEST("sldt", 3, "mov $-1, %eax; sldt %eax");
	TEST("lldt null, then a selector in it", 0, "xor %eax, %eax; lldt %ax; mov $0x0c, %ebx;"
	     "mov %ebx, %fs");
	load_ldt(0);
}

static void sixteen(void)
{
	set_segment(SPARE, fragment, 0xffff, A_CODE);
	FRAGMENT(".code16; movl $0x12345678, %eax; movw $0x1111, %ax; movw %cs, %cx;"
	     ".byte 0x66, 0xea; .long 1f; .word 8; .code32; 1: mov %cs, %ebx");
	set_segment(SPARE, fragment, 0xffff, A_CODE);
	in.edx = fragment;
	FRAGMENT("push $0x80; push $0; lret");
	run(0);
	out.edx = started.edx;
	report("a 16-bit code segment");
	set_segment(SPARE, 0x300000, 0xffff, A_DATA);
	TEST("a 16-bit stack wraps SP only", 0,
	     "mov %esp, %edi; mov $0x80, %ebx; mov $0xabcd0002, %esp; mov %ebx, %ss; pushw $1;"
	     "pushw $2; mov %esp, %eax;"
	     "mov $0x10, %ecx; mov %ecx, %ss; mov %edi, %esp; movzwl 0x30fffe, %edx;"
	     "xor %edi, %edi");
	set_segment(SPARE, 0x300000, 0xffff, A_DATA);
	TEST("leave on a 16-bit stack", 0,
	     "mov %esp, %edi; mov $0x80, %ebx; mov $0xabcd1000, %esp; mov %ebx, %ss;"
	     "push $0x12345678; mov $0x98760ffc, %ebp; leave;"
	     "mov %esp, %eax; mov $0x10, %ecx; mov %ecx, %ss; mov %edi, %esp; xor %edi, %edi");
}

/* Limits and types at each access, which QEMU does not look at. */
void tests_segment_limits(void)
{
#define DATA(name, base, limit, access, text) \
	set_segment(SPARE, base, limit, access); \
	TEST(name, 3, "mov $0x83, %ebx; mov %ebx, %fs; " text)
	enum { D3 = A_DATA | A_DPL(3), DOWN = A_DOWN | A_DPL(3), B = 0x300000 };
	DATA("last byte", B, 0xfff, D3, "movb $1, %fs:0xfff");
	DATA("a byte beyond", B, 0xfff, D3, "movb $1, %fs:0x1000");
	DATA("a word across", B, 0xfff, D3, "mov %fs:0xfff, %ax");
	DATA("a doubleword across", B, 0xfff, D3, "mov %eax, %fs:0xffd");
	DATA("limit in pages", B, 0x1fff, D3 | A_G, "mov %fs:0x1ffc, %eax; xor %eax, %eax;"
	     "mov %fs:0x1ffd, %eax");
	DATA("expand-down, below", B, 0xfff, DOWN, "movb %fs:0xfff, %al");
	DATA("expand-down, above", B, 0xfff, DOWN, "movb $1, %fs:0x1000");
	DATA("expand-down, 16 bits, at the end", B, 0xfff, DOWN, "movb $1, %fs:0xffff");
	DATA("expand-down, 16 bits, beyond", B, 0xfff, DOWN, "movb $1, %fs:0x10000");
	DATA("expand-down, 16 bits, across", B, 0xfff, DOWN, "mov %fs:0xffff, %ax");
	DATA("expand-down, 32 bits", B, 0xfff, DOWN | A_BIG, "movb $1, %fs:0x10000");
	DATA("expand-down, all of it", B, 0xffffffff, DOWN | A_FLAT, "movb %fs:0xffffffff, %al");
	DATA("read-only, read", B, 0xfff, A_READ_ONLY | A_DPL(3), "movb %fs:0, %al;"
	     "xor %eax, %eax");
	DATA("read-only, written", B, 0xfff, A_READ_ONLY | A_DPL(3), "movb $1, %fs:0");
	DATA("code, read", B, 0xfff, A_CODE | A_DPL(3), "movb %fs:0, %al; xor %eax, %eax");
	DATA("code, written", B, 0xfff, A_CODE | A_DPL(3), "movb $1, %fs:0");
	TEST("code that cannot be read, loaded", 3, "mov $0x83, %ebx; mov %ebx, %fs");
	set_segment(SPARE, 0, 0xffffffff, A_CODE_ONLY | A_FLAT | A_DPL(3));
	TEST("code that cannot be read, read by CS", 3, "ljmp $0x83, $1f;"
	     "1: mov %cs:0x100000, %eax");
	TEST("written by CS", 3, "mov %eax, %cs:0x300000");
	TEST("null selector, loaded and used", 3, "xor %ebx, %ebx; mov %ebx, %fs; mov %fs, %eax;"
	     "mov %fs:0x300000, %al");
	TEST("null selector with RPL 3", 3, "mov $3, %ebx; mov %ebx, %es; movb $1, %es:0x300000");
	set_segment(SPARE, 0, 0xffff, A_DATA | A_BIG | A_DPL(3));
	TEST("SS, beyond", 3, "mov $0x83, %ebx; mov %ebx, %ss; mov $0xffff, %ebp; mov (%ebp), %ax");
	set_segment(SPARE, 0x300000, 0xfff, A_DATA | A_BIG | A_DPL(3));
	TEST("push below a stack's end", 3, "mov $0x83, %ebx; mov %ebx, %ss; mov $0, %esp;"
	     "push %eax");
	set_segment(SPARE, 0x300000, 0xfff, A_DATA | A_BIG | A_DPL(3));
	TEST("pop above a stack's end", 3, "mov $0x83, %ebx; mov %ebx, %ss; mov $0xffd, %esp;"
	     "pop %eax");
	set_segment(SPARE, 0x300000, 0xfff, A_DOWN | A_BIG | A_DPL(3));
	TEST("expand-down stack, its last push", 3, "mov $0x83, %ebx; mov %ebx, %ss;"
	     "mov $0x1004, %esp; push %eax; push %eax");
	in.ebx = 0;
	FRAGMENT("nop; nop; jmp .+0x1000");
	set_segment(SPARE, fragment, 0xfff, A_CODE | A_BIG);
	FRAGMENT("ljmp $0x80, $0");
	run(0);
	report("near jump beyond the limit");
	FRAGMENT("nop; .byte 0xb8, 1, 2, 3, 4; nop");
	set_segment(SPARE, fragment, 3, A_CODE | A_BIG);
	FRAGMENT("ljmp $0x80, $0");
	run(0);
	report("an instruction across the limit");
	FRAGMENT("nop; nop; nop");
	set_segment(SPARE, fragment, 1, A_CODE | A_BIG);
	FRAGMENT("ljmp $0x80, $0");
	run(0);
	report("running over the limit");
	FRAGMENT("mov $0x2000, %eax; call *%eax");
	set_segment(SPARE, fragment, 0xfff, A_CODE | A_BIG);
	FRAGMENT("ljmp $0x80, $0");
	run(0);
	report("near call beyond the limit");
}

void tests_segments(void)
{
	questions();
	arpl();
	accessed();
	local();
	sixteen();
}
