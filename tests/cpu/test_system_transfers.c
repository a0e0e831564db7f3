/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_system_transfers.c - far transfers between rings and tasks, segments and their caches,
 * ports, descriptors asked about. Intel SDM volume 3, chapters 3, 5 and 7; volume 1, chapter 18.
 */
#include "tests/cpu/system.h"
#include "tests/harness.h"

#include <string.h>

static uint32_t stacked(const struct machine *machine, unsigned item)
{
	uint32_t top = machine->state->segment[SS].base + machine->state->gpr[ESP];

	return machine_read(machine, top + 4 * item, 4);
}

/* ---- call gates ---- */

static void test_gate_with_parameters(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, GDT_AT + GATE_TO_0, CODE0, TASK_AT, 0xec02);
	machine_ring(machine, 3);
	machine->state->gpr[ESP] = STACK_AT - 8;
	machine_write(machine, STACK_AT - 8, 4, 0x2222);
	machine_write(machine, STACK_AT - 4, 4, 0x1111);
	RUN(machine, 0x9a, 0xff, 0xff, 0xff, 0xff, GATE_TO_0 | 3, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT_EQUAL(machine->state->cpl, 0);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK0_AT - 24);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 7);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE3 | 3);
	CU_ASSERT_EQUAL(stacked(machine, 2), 0x2222);
	CU_ASSERT_EQUAL(stacked(machine, 3), 0x1111);
	CU_ASSERT_EQUAL(stacked(machine, 4), STACK_AT - 8);
	CU_ASSERT_EQUAL(stacked(machine, 5), DATA3 | 3);

	machine->state->segment[ES] = machine->state->segment[SS]; /* ring 0's, to be dropped */
	cpu_state_changed(machine->cpu);
	RUN(machine, 0xca, 8, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 7);
	CU_ASSERT_EQUAL(machine->state->cpl, 3);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT);
	CU_ASSERT_EQUAL(machine->state->segment[ES].selector, 0);
	CU_ASSERT_EQUAL(machine->state->segment[DS].selector, DATA3 | 3);
	machine_free(machine);
}

static void test_gate_same_ring(void)
{
	struct machine *machine = machine_new();

	RUN(machine, 0x9a, 0, 0, 0, 0, GATE_TO_0, 0);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT - 8);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 7);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE0);
	RUN(machine, 0xcb);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 7);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT);
	machine_free(machine);
}

static void test_gate16(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, GDT_AT + GATE16, CODE0, 0x1234, 0xe401);
	machine_ring(machine, 3);
	machine->state->gpr[ESP] = STACK_AT - 2;
	machine_write(machine, STACK_AT - 2, 2, 0x7777);
	RUN(machine, 0x9a, 0, 0, 0, 0, GATE16 | 3, 0);
	CU_ASSERT_EQUAL(machine->state->eip, 0x1234);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK0_AT - 10);
	CU_ASSERT_EQUAL(machine_read(machine, STACK0_AT - 10, 2), 7);
	CU_ASSERT_EQUAL(machine_read(machine, STACK0_AT - 8, 2), CODE3 | 3);
	CU_ASSERT_EQUAL(machine_read(machine, STACK0_AT - 6, 2), 0x7777);
	CU_ASSERT_EQUAL(machine_read(machine, STACK0_AT - 4, 2), (STACK_AT - 2) & 0xffff);
	CU_ASSERT_EQUAL(machine_read(machine, STACK0_AT - 2, 2), DATA3 | 3);
	machine_free(machine);
}

struct stack_row {
	uint16_t selector;
	uint8_t vector;
	uint32_t error;
};

/* The inner stack that the TSS names. */
static void test_gate_bad_stack(void)
{
	static const struct stack_row rows[] = {
		{0, VECTOR_TS, 0},
		{DATA3, VECTOR_TS, DATA3},
		{DATA0 | 1, VECTOR_TS, DATA0},
		{CODE0, VECTOR_TS, CODE0},
		{GDT_END, VECTOR_TS, GDT_END},
		{ABSENT_STACK, VECTOR_SS, ABSENT_STACK},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct machine *machine = machine_new();
		struct cpu_event event;

		machine_ring(machine, 3);
		machine_write(machine, TSS_AT + 8, 2, rows[i].selector);
		cpu_set_monitored(machine->cpu, true); /* its handler would need that stack too */
		RUN(machine, 0x9a, 0, 0, 0, 0, GATE_TO_0 | 3, 0);
		event = *cpu_stop_event(machine->cpu);
		CU_ASSERT_EQUAL(event.vector, rows[i].vector);
		CU_ASSERT_EQUAL(event.error, rows[i].error);
		CU_ASSERT_EQUAL(machine->state->eip, CODE_AT);
		CU_ASSERT_EQUAL(machine->state->cpl, 3);
		machine_free(machine);
	}
}

static void test_tss_too_short(void)
{
	struct machine *machine = machine_new();

	machine_ring(machine, 3);
	machine->state->segment[TR].limit = 8;
	cpu_set_monitored(machine->cpu, true);
	RUN(machine, 0x9a, 0, 0, 0, 0, GATE_TO_0 | 3, 0);
	CU_ASSERT_EQUAL(cpu_stop_event(machine->cpu)->vector, VECTOR_TS);
	CU_ASSERT_EQUAL(cpu_stop_event(machine->cpu)->error, TSS_SELECTOR);
	machine_free(machine);
}

/* ---- tasks ---- */

static void test_task_jump(void)
{
	struct machine *machine = machine_new();

	machine_task(machine, TSS2_AT, 3);
	machine->state->gpr[EDI] = 0x12345678;
	RUN(machine, 0xea, 0, 0, 0, 0, TSS2_SELECTOR, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT_EQUAL(machine->state->cpl, 3);
	CU_ASSERT_EQUAL(machine->state->segment[TR].selector, TSS2_SELECTOR);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], TASK_STACK_AT);
	CU_ASSERT_EQUAL(machine->state->gpr[EDI], 0);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_NT);
	CU_ASSERT(machine->state->cr0 & CR0_TS);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + TSS_SELECTOR + 5, 1), 0x89);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + TSS2_SELECTOR + 5, 1), 0x8b);
	CU_ASSERT_EQUAL(machine_read(machine, TSS_AT + 0x20, 4), CODE_AT + 7);
	CU_ASSERT_EQUAL(machine_read(machine, TSS_AT + 0x44, 4), 0x12345678);
	CU_ASSERT_EQUAL(machine_read(machine, TSS_AT + 0x4c, 2), CODE0);
	machine_free(machine);
}

static void test_task_call_and_return(void)
{
	struct machine *machine = machine_new();

	machine_task(machine, TSS2_AT, 0);
	RUN(machine, 0x9a, 0, 0, 0, 0, TASK_GATE, 0);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT(machine->state->eflags & EFLAGS_NT);
	CU_ASSERT_EQUAL(machine_read(machine, TSS2_AT, 2), TSS_SELECTOR);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + TSS_SELECTOR + 5, 1), 0x8b);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + TSS2_SELECTOR + 5, 1), 0x8b);

	RUN(machine, 0xcf);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 7);
	CU_ASSERT_EQUAL(machine->state->segment[TR].selector, TSS_SELECTOR);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_NT);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + TSS2_SELECTOR + 5, 1), 0x89);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + TSS_SELECTOR + 5, 1), 0x8b);
	CU_ASSERT_EQUAL(machine_read(machine, TSS2_AT + 0x20, 4), TASK_AT + 1);
	CU_ASSERT_FALSE(machine_read(machine, TSS2_AT + 0x24, 4) & EFLAGS_NT);
	machine_free(machine);
}

/* A double fault's usual handler: a task, whose stack gets the error code. */
static void test_task_gate_event(void)
{
	struct machine *machine = machine_new();

	machine_task(machine, TSS2_AT, 0);
	machine_gate(machine, IDT_AT + 8 * VECTOR_GP, TSS2_SELECTOR, 0, 0x8500);
	machine_ring(machine, 3);
	machine->state->gpr[EAX] = DATA0;
	RUN(machine, 0x8e, 0xd8);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], TASK_STACK_AT - 4);
	CU_ASSERT_EQUAL(stacked(machine, 0), DATA0);
	CU_ASSERT_EQUAL(machine_read(machine, TSS_AT + 0x20, 4), CODE_AT);
	CU_ASSERT(machine_read(machine, TSS_AT + 0x24, 4) & EFLAGS_RF);
	CU_ASSERT(machine->state->eflags & EFLAGS_NT);
	machine_free(machine);
}

static void test_task16(void)
{
	struct machine *machine = machine_new();

	machine_task(machine, TSS16_AT, 0);
	RUN(machine, 0xea, 0, 0, 0, 0, TSS16_SELECTOR, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT & 0xffff);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP] & 0xffff, TASK_STACK_AT & 0xffff);
	CU_ASSERT_EQUAL(machine->state->segment[FS].selector, 0);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + TSS16_SELECTOR + 5, 1), 0x83);
	machine_free(machine);
}

struct task_row {
	uint32_t offset; /* in TSS2, of a selector */
	uint16_t value;
	uint8_t vector;
	uint32_t error;
};

/* These are faults of the new task: EIP and TR are its own (SDM vol. 3, table 7-1). */
static void test_task_bad_segments(void)
{
	static const struct task_row rows[] = {
		{0x4c, 0, VECTOR_TS, 0},
		{0x4c, DATA0, VECTOR_TS, DATA0},
		{0x4c, CODE0 | 3, VECTOR_TS, CODE0},
		{0x4c, ABSENT_CODE, VECTOR_NP, ABSENT_CODE},
		{0x50, DATA3 | 3, VECTOR_TS, DATA3},
		{0x50, ABSENT_STACK, VECTOR_SS, ABSENT_STACK},
		{0x54, GDT_END, VECTOR_TS, GDT_END},
		{0x54, EXECUTE_ONLY, VECTOR_TS, EXECUTE_ONLY},
		{0x58, ABSENT_DATA | 3, VECTOR_NP, ABSENT_DATA},
		{0x60, DATA0, VECTOR_TS, DATA0},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct machine *machine = machine_new();
		const struct cpu_event *event = cpu_stop_event(machine->cpu);

		machine_task(machine, TSS2_AT, 0);
		machine_write(machine, TSS2_AT + rows[i].offset, 2, rows[i].value);
		cpu_set_monitored(machine->cpu, true);
		RUN(machine, 0xea, 0, 0, 0, 0, TSS2_SELECTOR, 0);
		CU_ASSERT_EQUAL(event->vector, rows[i].vector);
		CU_ASSERT_EQUAL(event->error, rows[i].error);
		CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
		CU_ASSERT_EQUAL(machine->state->segment[TR].selector, TSS2_SELECTOR);
		machine_free(machine);
	}
}

/* A TSS below its smallest size is found in time: the old task goes on. */
static void test_task_short(void)
{
	struct machine *machine = machine_new();

	machine_descriptor(machine, GDT_AT + TSS2_SELECTOR, TSS2_AT, 0x66, 0x89);
	RUN(machine, 0xea, 0, 0, 0, 0, TSS2_SELECTOR, 0);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_TS);
	CU_ASSERT_EQUAL(machine->event[0].error, TSS2_SELECTOR);
	CU_ASSERT_EQUAL(machine->state->segment[TR].selector, TSS_SELECTOR);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);
	machine_free(machine);
}

static void test_task_trap_bit(void)
{
	struct machine *machine = machine_new();

	machine_task(machine, TSS2_AT, 0);
	machine_write(machine, TSS2_AT + 0x64, 2, 1);
	machine->state->dr[7] = 0x755;
	RUN(machine, 0xea, 0, 0, 0, 0, TSS2_SELECTOR, 0);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_DB);
	CU_ASSERT_EQUAL(machine->state->dr[6] & 0xe000, 0x8000);
	CU_ASSERT_EQUAL(machine->state->dr[7], 0x600);
	CU_ASSERT_EQUAL(stacked(machine, 0), TASK_AT);
	machine_free(machine);
}

static void test_iret_to_task_not_busy(void)
{
	struct machine *machine = machine_new();

	machine->state->eflags |= EFLAGS_NT;
	machine_write(machine, TSS_AT, 2, TSS2_SELECTOR);
	RUN(machine, 0xcf);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_TS);
	CU_ASSERT_EQUAL(machine->event[0].error, TSS2_SELECTOR);
	machine_free(machine);
}

/* ---- segments and their caches ---- */

static void test_accessed_bit(void)
{
	struct machine *machine = machine_new();

	machine_descriptor(machine, GDT_AT + FREE_SELECTOR, 0x1000, 0x10, 0x0092);
	machine->state->gpr[EAX] = FREE_SELECTOR;
	RUN(machine, 0x8e, 0xd8);
	CU_ASSERT_EQUAL(machine_read(machine, GDT_AT + FREE_SELECTOR + 5, 1), 0x93);
	CU_ASSERT_EQUAL(machine->state->segment[DS].access, 0x93);
	CU_ASSERT_EQUAL(machine->state->segment[DS].base, 0x1000);
	RUN(machine, 0xa0, 0x10, 0, 0, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	RUN(machine, 0xa0, 0x11, 0, 0, 0);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	machine_free(machine);
}

static void test_expand_down(void)
{
	struct machine *machine = machine_new();

	machine_ring(machine, 3);
	machine->state->gpr[EAX] = EXPAND_DOWN_DATA | 3;
	RUN(machine, 0x8e, 0xd8);
	RUN(machine, 0xa0, 0x00, 0x00, 0x01, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	RUN(machine, 0xa0, 0xff, 0xff, 0x00, 0);
	CU_ASSERT_EQUAL(machine->events, 1);
	machine_free(machine);
}

/* Limits stay after the return to real mode; only base and selector change there. */
static void test_unreal_mode(void)
{
	struct machine *machine = machine_new();

	machine_real(machine);
	machine->state->segment[DS].limit = UINT32_MAX;
	cpu_state_changed(machine->cpu);
	machine->state->gpr[EAX] = 0x1000;
	RUN(machine, 0x8e, 0xd8);
	CU_ASSERT_EQUAL(machine->state->segment[DS].base, 0x10000);
	CU_ASSERT_EQUAL(machine->state->segment[DS].limit, UINT32_MAX);
	machine_write(machine, 0x90000, 4, 0xcafe);
	RUN(machine, 0x66, 0x67, 0xa1, 0x00, 0x00, 0x08, 0x00); /* mov eax, [80000] */
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], 0xcafe);
	machine_free(machine);
}

/* From real mode to protected mode and on through a far jump, as every boot loader does. */
static void test_protected_entry(void)
{
	struct machine *machine = machine_new();

	machine_real(machine);
	machine->state->gpr[EAX] = CR0_PE;
	machine_code(machine, "\x0f\x22\xc0\x66\xea\x00\x80\x02\x00\x08\x00", 11);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->state->segment[CS].base, CODE_AT);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->segment[CS].selector, CODE0);
	CU_ASSERT_EQUAL(machine->state->segment[CS].base, 0);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT(machine->state->segment[CS].access & ACCESS_BIG);
	machine_free(machine);
}

static void test_rights_asked(void)
{
	struct machine *machine = machine_new();

	machine->state->gpr[EAX] = CODE3;
	RUN(machine, 0x0f, 0x02, 0xc8); /* lar ecx, eax */
	CU_ASSERT(machine->state->eflags & EFLAGS_ZF);
	CU_ASSERT_EQUAL(machine->state->gpr[ECX], 0x00c0fb00);
	RUN(machine, 0x0f, 0x03, 0xc8); /* lsl ecx, eax */
	CU_ASSERT_EQUAL(machine->state->gpr[ECX], 0xffffffff);
	RUN(machine, 0x0f, 0x00, 0xe8); /* verw ax: code */
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_ZF);
	RUN(machine, 0x0f, 0x00, 0xe0); /* verr ax */
	CU_ASSERT(machine->state->eflags & EFLAGS_ZF);
	machine_ring(machine, 3);
	machine->state->gpr[EAX] = DATA0;
	machine->state->gpr[ECX] = 7;
	RUN(machine, 0x0f, 0x02, 0xc8);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_ZF);
	CU_ASSERT_EQUAL(machine->state->gpr[ECX], 7);
	machine->state->gpr[EAX] = TASK_GATE;
	RUN(machine, 0x0f, 0x03, 0xc8);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_ZF); /* a gate has no limit */
	machine->state->gpr[EAX] = DATA3;
	machine->state->gpr[ECX] = 3;
	RUN(machine, 0x63, 0xc8); /* arpl ax, cx */
	CU_ASSERT(machine->state->eflags & EFLAGS_ZF);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], DATA3 | 3);
	CU_ASSERT_EQUAL(machine->events, 0);
	machine_free(machine);
}

static void test_tables_stored_and_loaded(void)
{
	struct machine *machine = machine_new();

	machine->state->gpr[EAX] = DATA_AT;
	RUN(machine, 0x0f, 0x01, 0x08); /* sidt */
	CU_ASSERT_EQUAL(machine_read(machine, DATA_AT, 2), 0x7ff);
	CU_ASSERT_EQUAL(machine_read(machine, DATA_AT + 2, 4), IDT_AT);
	machine_write(machine, DATA_AT, 2, 0x1234);
	machine_write(machine, DATA_AT + 2, 4, 0x89abcdef);
	RUN(machine, 0x0f, 0x01, 0x10); /* lgdt */
	CU_ASSERT_EQUAL(machine->state->gdtr.base, 0x89abcdef);
	CU_ASSERT_EQUAL(machine->state->gdtr.limit, 0x1234);
	RUN(machine, 0x66, 0x0f, 0x01, 0x10);
	CU_ASSERT_EQUAL(machine->state->gdtr.base, 0xabcdef);
	machine_free(machine);
}

/* ---- flags ---- */

/* The hole: POPF in ring 3 keeps IF and IOPL and says nothing. */
static void test_popf(void)
{
	struct machine *machine = machine_new();

	machine->state->eflags |= EFLAGS_IF;
	machine_ring(machine, 3);
	RUN(machine, 0x6a, 0x00);
	RUN(machine, 0x9d);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eflags, EFLAGS_FIXED | EFLAGS_IF);
	machine_ring(machine, 0);
	RUN(machine, 0x68, 0xff, 0xff, 0xff, 0xff);
	RUN(machine, 0x66, 0x9d);
	CU_ASSERT_EQUAL(machine->state->eflags, 0x7fd7);
	machine_free(machine);
}

static void test_alignment_check(void)
{
	struct machine *machine = machine_new();

	machine->state->cr0 |= CR0_AM;
	machine_ring(machine, 3);
	RUN(machine, 0xa1, 1, 0, 4, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	machine_code(machine, "\x68\x02\x00\x04\x00\x9d\xa1\x01\x00\x04\x00", 11); /* AC by POPF */
	machine_step(machine);
	machine_step(machine);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_AC);
	CU_ASSERT(machine->event[0].has_error && machine->event[0].error == 0);
	machine_free(machine);
}

/* ---- virtual interrupts ---- */

static void test_vme_flags(void)
{
	struct machine *machine = machine_new();

	machine_v86(machine);
	machine->state->cr4 = CR4_VME;
	machine->state->eflags |= EFLAGS_IF;
	cpu_state_changed(machine->cpu);
	RUN(machine, 0xfb);
	CU_ASSERT(machine->state->eflags & EFLAGS_VIF);
	RUN(machine, 0x9c);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 2, 2), EFLAGS_FIXED | EFLAGS_IF | EFLAGS_IOPL);
	RUN(machine, 0xfa);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_VIF);
	CU_ASSERT(machine->state->eflags & EFLAGS_IF);
	RUN(machine, 0x9d);
	CU_ASSERT(machine->state->eflags & EFLAGS_VIF);
	CU_ASSERT_EQUAL(machine->state->eflags & EFLAGS_IOPL, 0);
	CU_ASSERT_EQUAL(machine->events, 0);
	machine->state->eflags |= EFLAGS_VIP;
	cpu_state_changed(machine->cpu);
	RUN(machine, 0xfb);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	machine_free(machine);
}

static void test_vme_redirection(void)
{
	struct machine *machine = machine_new();

	machine_v86(machine);
	machine->state->cr4 = CR4_VME;
	machine->state->segment[TR].limit = 0xff;
	machine_write(machine, TSS_AT + 0x66, 2, 0x88);
	machine_write(machine, TSS_AT + 0x68 + 4, 1, 0xfd); /* INT 21h goes to the program */
	machine_write(machine, 4 * 0x21, 4, 0x20000123);
	RUN(machine, 0xcd, 0x21);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT(machine->state->eflags & EFLAGS_VM);
	CU_ASSERT_EQUAL(machine->state->segment[CS].base, 0x20000);
	CU_ASSERT_EQUAL(machine->state->eip, 0x123);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 6, 2), 2);
	RUN(machine, 0xcf);
	CU_ASSERT_EQUAL(machine->state->segment[CS].base, CODE_AT);
	CU_ASSERT_EQUAL(machine->state->eip, 2);
	RUN(machine, 0xcd, 0x20);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	machine_free(machine);
}

static void test_pvi(void)
{
	struct machine *machine = machine_new();

	machine->state->cr4 = CR4_PVI;
	machine->state->eflags |= EFLAGS_IF;
	machine_ring(machine, 3);
	RUN(machine, 0xfb);
	CU_ASSERT(machine->state->eflags & EFLAGS_VIF);
	RUN(machine, 0xfa);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eflags & (EFLAGS_VIF | EFLAGS_IF), EFLAGS_IF);
	machine_free(machine);
}

/* ---- ports ---- */

static void test_permission_map(void)
{
	struct machine *machine = machine_new();

	machine_ring(machine, 3);
	machine_write(machine, TSS_AT + 0x68 + 0x40 / 8, 1, 0xf0); /* ports 40h to 43h */
	machine->port_value = 0x5a;
	RUN(machine, 0xe4, 0x43);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX] & 0xff, 0x5a);
	RUN(machine, 0x66, 0xe5, 0x43); /* a word reaches port 44h */
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	CU_ASSERT_EQUAL(machine->port_accesses, 1);
	machine_free(machine);
}

static void test_string_ports(void)
{
	struct machine *machine = machine_new();

	machine->state->gpr[ESI] = DATA_AT;
	machine->state->gpr[ECX] = 3;
	machine->state->gpr[EDX] = 0xe9;
	memcpy(machine->ram + DATA_AT, "abc", 3);
	machine_code(machine, "\xf3\x6e\xf4", 3);
	CU_ASSERT_EQUAL(cpu_run(machine->cpu, 100000), CPU_STOP_HALT);
	CU_ASSERT_EQUAL(machine->port_accesses, 3);
	CU_ASSERT_EQUAL(machine->port_value, 'c');
	CU_ASSERT_EQUAL(machine->state->gpr[ECX], 0);
	CU_ASSERT_EQUAL(machine->state->gpr[ESI], DATA_AT + 3);
	CU_ASSERT_EQUAL(cpu_instructions(machine->cpu), 2);
	machine_free(machine);
}

/* The page fault comes before the device is asked. */
static void test_input_to_absent_page(void)
{
	struct machine *machine = machine_new();

	machine_paging(machine);
	machine_page(machine, DATA_AT, 0);
	machine->state->gpr[EDI] = DATA_AT;
	RUN(machine, 0x6c);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_PF);
	CU_ASSERT_EQUAL(machine->port_accesses, 0);
	machine_free(machine);
}

/* ---- fast system calls, CPUID, MSRs ---- */

static void test_sysenter(void)
{
	struct machine *machine = machine_new();

	machine->state->sysenter_cs = CODE0;
	machine->state->sysenter_eip = TASK_AT;
	machine->state->sysenter_esp = STACK0_AT;
	machine->state->eflags |= EFLAGS_IF;
	machine_ring(machine, 3);
	RUN(machine, 0x0f, 0x34);
	CU_ASSERT_EQUAL(machine->state->cpl, 0);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK0_AT);
	CU_ASSERT_EQUAL(machine->state->segment[SS].selector, CODE0 + 8);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_IF);
	machine->state->gpr[EDX] = CODE_AT;
	machine->state->gpr[ECX] = STACK_AT;
	RUN(machine, 0x0f, 0x35);
	CU_ASSERT_EQUAL(machine->state->cpl, 3);
	CU_ASSERT_EQUAL(machine->state->segment[CS].selector, (CODE0 + 16) | 3);
	CU_ASSERT_EQUAL(machine->state->segment[SS].selector, (CODE0 + 24) | 3);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT);
	machine_free(machine);
}

static void test_cpuid_and_msrs(void)
{
	struct machine *machine = machine_new();

	machine->state->gpr[EAX] = 0;
	RUN(machine, 0x0f, 0xa2);
	CU_ASSERT_EQUAL(machine->state->gpr[EBX], 0x756e6547);
	CU_ASSERT_EQUAL(machine->state->gpr[EDX], 0x49656e69);
	CU_ASSERT_EQUAL(machine->state->gpr[ECX], 0x6c65746e);
	machine->state->gpr[ECX] = 0x175;
	machine->state->gpr[EAX] = 0x1234;
	RUN(machine, 0x0f, 0x30);
	CU_ASSERT_EQUAL(machine->state->sysenter_esp, 0x1234);
	machine->state->gpr[ECX] = 0x10;
	machine->state->gpr[EAX] = 1000;
	machine->state->gpr[EDX] = 0;
	RUN(machine, 0x0f, 0x30);
	RUN(machine, 0x0f, 0x31);
	CU_ASSERT(machine->state->gpr[EAX] >= 1000 && machine->state->gpr[EAX] < 1200);
	CU_ASSERT_EQUAL(machine->events, 0);
	machine->state->gpr[ECX] = 0x277;
	machine->state->gpr[EAX] = 2;
	RUN(machine, 0x0f, 0x30);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP); /* no such memory type */
	machine_free(machine);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"call gate with parameters, and back", test_gate_with_parameters},
		{"call gate in the same ring", test_gate_same_ring},
		{"16-bit call gate", test_gate16},
		{"inner stacks that may not be", test_gate_bad_stack},
		{"TSS without that stack", test_tss_too_short},
		{"JMP to a task", test_task_jump},
		{"CALL of a task gate, IRET back", test_task_call_and_return},
		{"exception through a task gate", test_task_gate_event},
		{"16-bit TSS", test_task16},
		{"faults in the new task", test_task_bad_segments},
		{"TSS below its size", test_task_short},
		{"T bit of a TSS", test_task_trap_bit},
		{"IRET to a task that is not busy", test_iret_to_task_not_busy},
		{"accessed bit", test_accessed_bit},
		{"expand-down data", test_expand_down},
		{"unreal mode", test_unreal_mode},
		{"entering protected mode", test_protected_entry},
		{"LAR, LSL, VERR, VERW, ARPL", test_rights_asked},
		{"descriptor tables stored and loaded", test_tables_stored_and_loaded},
		{"POPF", test_popf},
		{"alignment check", test_alignment_check},
		{"VME: virtual IF", test_vme_flags},
		{"VME: INT n redirected", test_vme_redirection},
		{"PVI", test_pvi},
		{"I/O permission bit map", test_permission_map},
		{"OUTS repeated", test_string_ports},
		{"INS to an absent page", test_input_to_absent_page},
		{"SYSENTER and SYSEXIT", test_sysenter},
		{"CPUID and MSRs", test_cpuid_and_msrs},
		{0},
	};
	return harness_main("system transfers", tests);
}
