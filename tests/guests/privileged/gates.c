/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/gates.c - from ring to ring: interrupt, trap and call gates, far returns. SDM vol. 3,
     5.8 and 6.12. */
#include "kit.h"

enum { LOW = 0x6000 }; /* where a 16-bit gate can point */

static void copy_low(void)
{
	const uint8_t *from = (const uint8_t *)fragment;

	for (unsigned i = 0; i < 256; i++)
		((uint8_t *)LOW)[i] = from[i];
}

/* EAX: EFLAGS in the handler; EBX: depth of its frame; CS and SS show its ring. */
static uint32_t shows_flags(void)
{
	return HANDLER("mov tss_main+4, %ebx; sub %esp, %ebx; pushf; pop %eax; mov 4(%esp), %ecx;"
	     "mov 16(%esp), %edx");
}

static void interrupt_gates(void)
{
	uint32_t at = shows_flags();

	for (unsigned type = A_INT; type <= A_TRAP; type++) {
		set_idt(0x50, CODE0, at, type | A_DPL(3));
		in.eflags = 2 | F_IF | F_NT | F_IOPL(3);
		TEST(type == A_INT ? "interrupt gate, ring 3 to 0" : "trap gate, ring 3 to 0", 3,
		     "int $0x50");
	}
	set_idt(0x50, CODE1, at, A_TRAP | A_DPL(3));
	in.eflags = 2 | F_IF;
	TEST("trap gate, ring 3 to 1", 3, "mov $0, %ebx; int $0x50");
	at = HANDLER("mov %cs, %eax; mov %ss, %ecx");
	set_idt(0x50, CODE2, at, A_INT | A_DPL(3));
	TEST("interrupt gate, ring 3 to 2", 3, "int $0x50");
	set_idt(0x50, CODE3, at, A_INT | A_DPL(3));
	TEST("interrupt gate, ring 3 to 3", 3, "int $0x50");
	set_idt(0x50, CONFORMING, at, A_INT | A_DPL(3));
	TEST("interrupt gate to conforming code", 3, "int $0x50");
	set_idt(0x50, CODE1, at, A_INT | A_DPL(2));
	TEST("ring 2 to 1, DPL 2", 2, "int $0x50");
	set_idt(0x50, CODE1, at, A_INT | A_DPL(2));
	TEST("ring 3 to 1, DPL 2", 3, "int $0x50");
	set_idt(6, CODE1, at, A_INT);
	TEST("a fault, ring 3 to 1", 3, "ud2");
	set_idt(6, CODE1, at, A_INT);
	TEST("a fault, ring 0 to 1", 0, "ud2");
	/* the gate's own RPL does not count */
	set_idt(0x50, CODE0 | 3, at, A_INT | A_DPL(3));
	TEST("a gate's RPL", 3, "int $0x50");
}

static void interrupt_gates_16(void)
{
	FRAGMENT("mov 2(%esp), %eax; movzwl 8(%esp), %ecx; mov tss_main+4, %ebx; sub %esp, %ebx;"
	     "pushf; pop %edx");
	copy_low();
	set_idt(0x50, CODE0, LOW, A_INT16 | A_DPL(3));
	in.eflags = 2 | F_IF | F_AC;
	TEST("16-bit interrupt gate, ring 3 to 0", 3, "int $0x50");
	set_idt(0x50, CODE0, LOW, A_TRAP16 | A_DPL(3));
	in.eflags = 2 | F_IF | F_AC;
	TEST("16-bit trap gate, ring 3 to 0", 3, "int $0x50");
	FRAGMENT("movzwl (%esp), %eax; movzwl 4(%esp), %ecx; mov tss_main+4, %ebx; sub %esp, %ebx");
	copy_low();
	set_idt(13, CODE0, LOW, A_INT16);
	TEST("a 16-bit gate's error code", 3, "mov $0x203, %ebx; mov %ebx, %ds");
	FRAGMENT("mov 2(%esp), %ecx; mov 4(%esp), %eax; add $6, %esp");
	copy_low();
	set_idt(0x50, CODE0, LOW, A_INT16);
	TEST("16-bit gate, same ring", 0, "int $0x50");
	FRAGMENT("int $0x50; mov $6, %ecx; int $0x40; .fill 32, 1, 0x90; iretw");
	copy_low();
	*(uint16_t *)(LOW + 0x80) = 0xcf66; /* iretw */
	set_idt(0x50, CODE3, LOW + 0x80, A_INT16 | A_DPL(3));
	fragment = LOW;
	run(3);
	report("16-bit gate and iretw, same ring");
	in.eflags = 2 | F_IF | F_IOPL(3);
	fragment = LOW;
	in.esp = 0x5000;
	set_idt(0x50, CODE0, LOW + 0x80, A_INT16 | A_DPL(3));
	run(3);
	report("16-bit gate and iretw, ring 3 to 0");
}

static void returns_from(void)
{
	uint32_t at;

	FRAGMENT("mov %ds, %eax; mov %es, %ecx; mov %fs, %edx; mov %gs, %ebx; mov %ss, %esi");
	in.eax = fragment;
	set_segment(SPARE, 0, 0xffffffff, A_CODE | A_FLAT | A_DPL(3));
	TEST("far return to ring 3 drops segments", 0,
	     "mov %ds, %ecx; mov %ecx, %es; mov $0x43, %ecx; mov %ecx, %fs; mov $0x78, %ecx;"
	     "mov %ecx, %gs;"
	     "push $0x43; push $stack_fragment+0x6000+0x1f00; push $0x3b; push %eax; lret");
	FRAGMENT("mov %ds, %eax; mov %es, %ecx; mov %fs, %edx; mov %gs, %ebx; mov %ss, %esi");
	in.eax = fragment;
	TEST("iret to ring 3 drops segments", 0,
	     "mov $0x43, %ecx; mov %ecx, %es; mov $8, %ecx; mov %ecx, %fs; mov $0x32, %ecx;"
	     "mov %ecx, %gs;"
	     "push $0x43; push $stack_fragment+0x6000+0x1f00; push $0x3202; push $0x3b; push %eax;"
	     "iret");
	at = HANDLER("mov %ds, %eax; mov %ss, %esi");
	in.eax = at;
	TEST("iret to ring 1", 0, "push $0x21; push $stack_fragment+0x2000+0x1f00; push $2;"
	     "push $0x19; push %eax; iret");
	in.eax = at;
	TEST("lret to ring 2, releasing", 0,
	     "push $0x32; push $stack_fragment+0x4000+0x1f00; push $1; push $2; push $0x2a;"
	     "push %eax; lret $8");
	TEST("lret to an inner ring", 3, "push $8; push $0; lret");
	TEST("iret to an inner ring", 3, "push $2; push $8; push $0; iret");
	TEST("lret to null", 3, "push $3; push $0; lret");
	TEST("lret to data", 0, "push $0x10; push $0; lret");
	TEST("iret outside the GDT", 0, "push $2; push $0x200; push $0; iret");
	TEST("lret with an RPL that is not DPL", 0, "push $0x43; push $0; push $0x0b; push $0;"
	     "lret");
	TEST("iret with null SS", 0, "push $3; push $0; push $2; push $0x3b; push $0; iret");
	TEST("iret with SS of another ring", 0, "push $0x21; push $0; push $2; push $0x3b;"
	     "push $0; iret");
	TEST("iret with SS of code", 0, "push $0x3b; push $0; push $2; push $0x3b; push $0; iret");
	TEST("iret with SS outside the GDT", 0, "push $0x203; push $0; push $2; push $0x3b;"
	     "push $0; iret");
	set_segment(SPARE, 0, 0xffff, (A_DATA | A_DPL(3)) & ~0x80);
	TEST("iret with SS not present", 0, "push $0x83; push $0; push $2; push $0x3b; push $0;"
	     "iret");
	set_segment(SPARE, 0, 0xffff, (A_CODE | A_DPL(3)) & ~0x80);
	TEST("lret to code not present", 0, "push $0x43; push $0; push $0x83; push $0; lret");
	set_segment(SPARE, 0, 0xfff, A_CODE | A_DPL(3) | A_BIG);
	TEST("lret beyond the limit of outer code", 0, "push $0x43; push $0; push $0x83;"
	     "push $0x1000; lret");
	set_segment(SPARE, 0, 0xfff, A_CODE | A_BIG);
	TEST("jump beyond the limit", 0, "ljmp $0x80, $0x1000");
	FRAGMENT("mov %cs, %eax; mov %ss, %ecx");
	in.eax = fragment;
	TEST("lret to conforming code of another RPL", 0, "push $0x43;"
	     "push $stack_fragment+0x7f00; push $0x7b; push %eax; lret");
}

static void call_gate(unsigned access, unsigned selector, uint32_t at, unsigned count)
{
	set_gate(GDT(SPARE), selector, at, access, count);
}

static void call_gates(void)
{
	uint32_t at;

	at = HANDLER("mov %cs, %eax; mov %ss, %ecx; mov 8(%esp), %edx; mov 16(%esp), %ebx;"
	     "mov 24(%esp), %esi; lret $12");
	call_gate(A_CALL | A_DPL(3), CODE0, at, 3);
	TEST("call gate with 3 parameters, ring 3 to 0 and back", 3,
	     "mov %esp, %edi; push $11; push $12; push $13; lcall $0x83, $0; sub %esp, %edi;"
	     "mov %cs, %ebp");
	call_gate(A_CALL | A_DPL(3), CODE1, at, 3);
	TEST("call gate, ring 3 to 1", 3, "push $11; push $12; push $13; lcall $0x83, $0");
	at = HANDLER("mov 8(%esp), %eax; mov 128(%esp), %ecx; mov 132(%esp), %edx;"
	     "sub $stack_fragment+0x6000, %edx;"
	             "mov tss_main+4, %ebx; sub %esp, %ebx");
	call_gate(A_CALL | A_DPL(3), CODE0, at, 31);
	TEST("call gate with 31 parameters", 3, "push $11; sub $116, %esp; push $13;"
	     "lcall $0x83, $0");
	at = HANDLER("mov %cs, %eax; mov %ss, %ecx; lret");
	call_gate(A_CALL | A_DPL(3), CODE3, at, 5);
	TEST("call gate, same ring", 3, "mov %esp, %edi; lcall $0x83, $0; sub %esp, %edi");
	call_gate(A_CALL | A_DPL(3), CONFORMING, at, 5);
	TEST("call gate to conforming code", 3, "lcall $0x83, $0");
	at = HANDLER("mov %cs, %eax");
	call_gate(A_CALL | A_DPL(3), CODE3, at, 0);
	TEST("jump by a call gate, same ring", 3, "ljmp $0x83, $0");
	call_gate(A_CALL | A_DPL(3), CONFORMING, at, 0);
	TEST("jump by a call gate to conforming code", 3, "ljmp $0x83, $0");
	call_gate(A_CALL | A_DPL(3), CODE0, at, 0);
	TEST("jump by a call gate to ring 0", 3, "ljmp $0x83, $0");
	call_gate(A_CALL | A_DPL(2), CODE0, at, 0);
	TEST("call gate of DPL 2 from ring 3", 3, "lcall $0x80, $0");
	call_gate(A_CALL | A_DPL(2), CODE0, at, 0);
	TEST("call gate of DPL 2 with RPL 3", 0, "lcall $0x83, $0");
	call_gate((A_CALL | A_DPL(3)) & ~0x80, CODE0, at, 0);
	TEST("call gate not present", 3, "lcall $0x83, $0");
	call_gate(A_CALL | A_DPL(3), DATA0, at, 0);
	TEST("call gate to data", 3, "lcall $0x83, $0");
	call_gate(A_CALL | A_DPL(3), 0, at, 0);
	TEST("call gate to null", 3, "lcall $0x83, $0");
	call_gate(A_CALL | A_DPL(3), CODE3, at, 0);
	TEST("call gate to an outer ring", 0, "lcall $0x80, $0");
	call_gate(A_CALL | A_DPL(3), 0x88, at, 0);
	set_segment(0x88, 0, 0xffff, A_CODE & ~0x80);
	TEST("call gate to code not present", 3, "lcall $0x83, $0");
	call_gate(A_CALL | A_DPL(3), 0x88, 0x2000, 0);
	set_segment(0x88, 0, 0xfff, A_CODE | A_BIG);
	TEST("call gate beyond the limit", 3, "lcall $0x83, $0");
	FRAGMENT("movzwl 2(%esp), %eax; movzwl 4(%esp), %ebx; movzwl 6(%esp), %ecx;"
	     "movzwl 10(%esp), %edx; lretw $4");
	copy_low();
	call_gate(A_CALL16 | A_DPL(3), CODE0, LOW, 2);
	FRAGMENT("mov %esp, %edi; pushw $0x2211; pushw $0x4433; .byte 0x9a, 0, 0, 0, 0, 0x83, 0;"
	     "mov %ss, %ebp");
	for (unsigned i = 0; i < 64; i++)
		((uint8_t *)LOW)[0x80 + i] = ((const uint8_t *)fragment)[i];
	fragment = LOW + 0x80;
	in.esp = 0x5000;
	run(3);
	report("16-bit call gate with 2 parameters");
	TEST("direct call to conforming code", 3, "lcall $0x78, $1f; jmp 2f; 1: mov %cs, %eax;"
	     "mov (%esp), %ecx; sub $2f, %ecx; lret; 2:");
	TEST("direct call to the same ring", 3, "lcall $0x38, $1f; jmp 2f; 1: mov %cs, %eax;"
	     "mov 4(%esp), %ecx; lret; 2:");
	TEST("direct call with an RPL too high", 2, "lcall $0x2b, $0");
}

static void inner_stacks(void)
{
	uint32_t at;

	at = HANDLER("mov %ss, %ecx; mov tss_main+12, %ebx; sub %esp, %ebx");
#define TO_RING1 set_idt(0x50, CODE1, at, A_INT | A_DPL(3)); set_idt(6, CODE1, at, A_INT); \
	call_gate(A_CALL | A_DPL(3), CODE1, at, 0)
#define STACK_TEST(what, setup) \
	TO_RING1; setup; TEST("int, SS1 " what, 3, "int $0x50"); \
	TO_RING1; setup; TEST("fault, SS1 " what, 3, "ud2"); \
	TO_RING1; setup; TEST("call gate, SS1 " what, 3, "lcall $0x83, $0")
	STACK_TEST("as it should be", (void)0);
	STACK_TEST("null", tss_main.ss1 = 0);
	STACK_TEST("null with RPL 1", tss_main.ss1 = 1);
	STACK_TEST("outside the GDT", tss_main.ss1 = 0x201);
	STACK_TEST("of RPL 0", tss_main.ss1 = DATA1 & ~3);
	STACK_TEST("of DPL 0", tss_main.ss1 = DATA0 | 1);
	STACK_TEST("of code", tss_main.ss1 = CODE1);
	STACK_TEST("in the LDT without one", tss_main.ss1 = 0xd);
	STACK_TEST("read-only", set_segment(0x88, 0, 0xffffffff,
	     A_READ_ONLY | A_FLAT | A_DPL(1)); tss_main.ss1 = 0x89);
	STACK_TEST("not present", set_segment(0x88, 0, 0xffffffff,
	     (A_DATA | A_FLAT | A_DPL(1)) & ~0x80); tss_main.ss1 = 0x89);
	STACK_TEST("of another type, not present", set_segment(0x88, 0, 0xffff,
	     (A_CODE | A_DPL(1)) & ~0x80); tss_main.ss1 = 0x89);
	STACK_TEST("too small", set_segment(0x88, 0, 0xfff,
	     A_DATA | A_BIG | A_DPL(1)); tss_main.ss1 = 0x89; tss_main.esp1 = 8);
	at = HANDLER("mov %ss, %ecx; mov %esp, %ebx; mov $0x3f80, %esp");
	STACK_TEST("of 16 bits", set_segment(0x88, 0, 0xffff,
	     A_DATA | A_DPL(1)); tss_main.ss1 = 0x89; tss_main.esp1 = 0x12344000);
}

void tests_gates(void)
{
	interrupt_gates();
	interrupt_gates_16();
	returns_from();
	call_gates();
	inner_stacks();
}
