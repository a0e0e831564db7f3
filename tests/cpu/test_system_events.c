/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_system_events.c - what delivery leaves behind: frames, flags, rings, double and triple
 * faults, NMIs, shadows, debug exceptions, monitored mode. Intel SDM volume 3, chapters 6 and 17.
 */
#include "tests/cpu/system.h"
#include "tests/harness.h"

#include <string.h>

#define HANDLER(vector) (HANDLER_AT + 16 * (vector))

static uint32_t stacked(const struct machine *machine, unsigned item)
{
	uint32_t top = machine->state->segment[SS].base + machine->state->gpr[ESP];

	return machine_read(machine, top + 4 * item, 4);
}

/* ---- frames ---- */

static void test_same_ring_frame(void)
{
	struct machine *machine = machine_new();

	machine->state->eflags |= EFLAGS_IF | EFLAGS_NT;
	cpu_state_changed(machine->cpu);
	RUN(machine, 0xcd, 0x20);
	CU_ASSERT_EQUAL(machine->state->eip, HANDLER(0x20));
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT - 12);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 2);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE0);
	CU_ASSERT_EQUAL(stacked(machine, 2), EFLAGS_FIXED | EFLAGS_IF | EFLAGS_NT);
	CU_ASSERT_FALSE(machine->state->eflags & (EFLAGS_IF | EFLAGS_NT));
	machine_free(machine);
}

static void test_inner_ring_frame(void)
{
	struct machine *machine = machine_new();

	machine_ring(machine, 3);
	machine->state->gpr[EAX] = DATA0;
	RUN(machine, 0x8e, 0xd8); /* mov ds, ax: #GP(DATA0) */
	CU_ASSERT_EQUAL(machine->state->eip, HANDLER(VECTOR_GP));
	CU_ASSERT_EQUAL(machine->state->cpl, 0);
	CU_ASSERT_EQUAL(machine->state->segment[CS].selector, CODE0);
	CU_ASSERT_EQUAL(machine->state->segment[SS].selector, DATA0);
	CU_ASSERT_EQUAL(machine->state->segment[DS].selector, DATA3 | 3);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK0_AT - 24);
	CU_ASSERT_EQUAL(stacked(machine, 0), DATA0);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);
	CU_ASSERT_EQUAL(stacked(machine, 2), CODE3 | 3);
	CU_ASSERT_EQUAL(stacked(machine, 3), EFLAGS_FIXED | EFLAGS_RF);
	CU_ASSERT_EQUAL(stacked(machine, 4), STACK_AT);
	CU_ASSERT_EQUAL(stacked(machine, 5), DATA3 | 3);
	machine_free(machine);
}

static void test_ring1_frame(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, IDT_AT + 8 * 0x80, CODE1, HANDLER(0x80), 0xef00);
	machine_ring(machine, 3);
	machine->state->eflags |= EFLAGS_IF;
	RUN(machine, 0xcd, 0x80);
	CU_ASSERT_EQUAL(machine->state->cpl, 1);
	CU_ASSERT_EQUAL(machine->state->segment[CS].selector, CODE1 | 1);
	CU_ASSERT_EQUAL(machine->state->segment[SS].selector, DATA1 | 1);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK1_AT - 20);
	CU_ASSERT(machine->state->eflags & EFLAGS_IF); /* a trap gate */
	machine_free(machine);
}

static void test_16bit_gate(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, IDT_AT + 8 * 0x20, CODE0, 0x1234, 0x8600);
	RUN(machine, 0xcd, 0x20);
	CU_ASSERT_EQUAL(machine->state->eip, 0x1234);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT - 6);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 6, 2), 2); /* IP of 0x10002 */
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 4, 2), CODE0);
	machine_free(machine);
}

static void test_v86_frame(void)
{
	struct machine *machine = machine_new();

	machine_v86(machine);
	machine->state->segment[GS].selector = 0x1111;
	machine->state->segment[DS].selector = 0x2222;
	RUN(machine, 0xcc);
	CU_ASSERT_EQUAL(machine->state->cpl, 0);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_VM);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK0_AT - 36);
	CU_ASSERT_EQUAL(stacked(machine, 0), 1);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT >> 4);
	CU_ASSERT(stacked(machine, 2) & EFLAGS_VM);
	CU_ASSERT_EQUAL(stacked(machine, 3), 0x8000);
	CU_ASSERT_EQUAL(stacked(machine, 6), 0x2222);
	CU_ASSERT_EQUAL(stacked(machine, 8), 0x1111);
	CU_ASSERT_EQUAL(machine->state->segment[DS].selector, 0);
	CU_ASSERT_FALSE(machine->state->segment[GS].access & ACCESS_PRESENT);

	machine->state->eip = CODE_AT + 0x100;
	RUN(machine, 0xcf);
	CU_ASSERT(machine->state->eflags & EFLAGS_VM);
	CU_ASSERT_EQUAL(machine->state->cpl, 3);
	CU_ASSERT_EQUAL(machine->state->eip, 1);
	CU_ASSERT_EQUAL(machine->state->segment[CS].base, CODE_AT);
	CU_ASSERT_EQUAL(machine->state->segment[DS].base, 0x22220);
	CU_ASSERT_EQUAL(machine->state->segment[GS].limit, 0xffff);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], 0x8000);
	machine_free(machine);
}

static void test_v86_needs_ring0_handler(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, IDT_AT + 8 * 3, CODE1, HANDLER(3), 0xee00);
	machine_v86(machine);
	RUN(machine, 0xcc);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	CU_ASSERT_EQUAL(machine->event[0].error, CODE1); /* no EXT: INT3 is the program's own */
	machine_free(machine);
}

static void test_real_mode_frame(void)
{
	struct machine *machine = machine_new();

	machine_real(machine);
	machine->state->eflags |= EFLAGS_IF | EFLAGS_TF;
	machine->state->eflags &= ~(uint32_t)EFLAGS_TF;
	RUN(machine, 0xcd, 0x21);
	CU_ASSERT_EQUAL(machine->state->segment[CS].selector, HANDLER_AT >> 4);
	CU_ASSERT_EQUAL(machine->state->segment[CS].base, HANDLER_AT);
	CU_ASSERT_EQUAL(machine->state->eip, 16 * 0x21);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], 0x8000 - 6);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 6, 2), 2);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 4, 2), CODE_AT >> 4);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 2, 2), EFLAGS_FIXED | EFLAGS_IF);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_IF);

	machine->state->eip = 0;
	machine_code(machine, "\xcf", 1);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->state->segment[CS].base, CODE_AT);
	CU_ASSERT_EQUAL(machine->state->eip, 2);
	CU_ASSERT(machine->state->eflags & EFLAGS_IF);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], 0x8000);
	machine_free(machine);
}

/* A fault in real mode pushes no error code. */
static void test_real_mode_fault(void)
{
	struct machine *machine = machine_new();

	machine_real(machine);
	RUN(machine, 0x66, 0xa1, 0xfe, 0xff); /* mov eax, [fffe]: beyond the limit */
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], 0x8000 - 6);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT - 6, 2), 0);
	machine_free(machine);
}

/* ---- IRET ---- */

static void set_frame(struct machine *machine, uint32_t eip, uint32_t cs, uint32_t eflags, uint32_t esp,
                      uint32_t ss)
{
	const uint32_t frame[] = {eip, cs, eflags, esp, ss};

	machine->state->gpr[ESP] = STACK0_AT - sizeof frame;
	memcpy(machine->ram + STACK0_AT - sizeof frame, frame, sizeof frame);
}

static void test_iret_outer_ring(void)
{
	struct machine *machine = machine_new();

	set_frame(machine, TASK_AT, CODE3 | 3, EFLAGS_FIXED | EFLAGS_IF | EFLAGS_IOPL, 0x1234, DATA3 | 3);
	machine->state->segment[FS] = (struct segment){0, UINT32_MAX, DATA3 | 3, 0xc0f3};
	machine->state->segment[GS] = (struct segment){0, UINT32_MAX, CONFORMING, 0xc09f};
	cpu_state_changed(machine->cpu);
	RUN(machine, 0xcf);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->cpl, 3);
	CU_ASSERT_EQUAL(machine->state->eip, TASK_AT);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], 0x1234);
	CU_ASSERT_EQUAL(machine->state->segment[SS].selector, DATA3 | 3);
	CU_ASSERT_EQUAL(machine->state->eflags, EFLAGS_FIXED | EFLAGS_IF | EFLAGS_IOPL);
	CU_ASSERT_EQUAL(machine->state->segment[DS].selector, 0); /* ring 0's: dropped */
	CU_ASSERT_FALSE(machine->state->segment[ES].access & ACCESS_PRESENT);
	CU_ASSERT_EQUAL(machine->state->segment[FS].selector, DATA3 | 3);
	CU_ASSERT_EQUAL(machine->state->segment[GS].selector, CONFORMING);
	machine_free(machine);
}

static void test_iret_flags_by_ring(void)
{
	struct machine *machine = machine_new();
	const uint32_t frame[] = {TASK_AT, CODE3 | 3, EFLAGS_FIXED | EFLAGS_IF | EFLAGS_IOPL | EFLAGS_ID};

	machine_ring(machine, 3);
	machine->state->gpr[ESP] = STACK_AT - 12;
	memcpy(machine->ram + STACK_AT - 12, frame, 12);
	RUN(machine, 0xcf);
	CU_ASSERT_EQUAL(machine->state->eflags, EFLAGS_FIXED | EFLAGS_ID); /* no word about IF and IOPL */
	machine_free(machine);
}

struct iret_row {
	uint32_t eip, cs, esp, ss;
	uint8_t vector;
	uint32_t error;
};

static void test_iret_checks(void)
{
	static const struct iret_row rows[] = {
		{TASK_AT, 0, 0, DATA3 | 3, VECTOR_GP, 0},
		{TASK_AT, 3, 0, DATA3 | 3, VECTOR_GP, 0},
		{TASK_AT, GDT_END | 3, 0, DATA3 | 3, VECTOR_GP, GDT_END},
		{TASK_AT, DATA3 | 3, 0, DATA3 | 3, VECTOR_GP, DATA3},
		{TASK_AT, CODE0 | 3, 0, DATA3 | 3, VECTOR_GP, CODE0},
		{TASK_AT, CODE3 | 3, 0, 0, VECTOR_GP, 0},
		{TASK_AT, CODE3 | 3, 0, DATA0 | 3, VECTOR_GP, DATA0},
		{TASK_AT, CODE3 | 3, 0, DATA3, VECTOR_GP, DATA3},
		{TASK_AT, CODE3 | 3, 0, READ_ONLY | 3, VECTOR_GP, READ_ONLY},
		{TASK_AT, CODE3 | 3, 0, ABSENT_DATA | 3, VECTOR_SS, ABSENT_DATA},
		{TASK_AT, ABSENT_CODE, 0, 0, VECTOR_NP, ABSENT_CODE},
		{0x10000, SMALL_CODE | 3, 0, DATA3 | 3, VECTOR_GP, 0},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct machine *machine = machine_new();

		set_frame(machine, rows[i].eip, rows[i].cs, EFLAGS_FIXED, rows[i].esp, rows[i].ss);
		RUN(machine, 0xcf);
		CU_ASSERT_EQUAL(machine->events, 1);
		CU_ASSERT_EQUAL(machine->event[0].vector, rows[i].vector);
		CU_ASSERT_EQUAL(machine->event[0].error, rows[i].error);
		CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);
		CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK0_AT - 20 - 16);
		machine_free(machine);
	}
}

/* ---- faults in deliveries ---- */

static void test_double_fault(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, IDT_AT + 8 * VECTOR_GP, CODE0, HANDLER(VECTOR_GP), 0x0e00); /* absent */
	machine->state->gpr[EAX] = DATA0 | 3;
	RUN(machine, 0x8e, 0xd8);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_DF);
	CU_ASSERT(machine->event[0].has_error && machine->event[0].error == 0);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);
	machine_free(machine);
}

/* #UD is benign: a #NP on the way to its handler is delivered as itself, with EXT. */
static void test_benign_then_fault(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, IDT_AT + 8 * VECTOR_UD, CODE0, HANDLER(VECTOR_UD), 0x0e00);
	RUN(machine, 0x0f, 0x0b);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_NP);
	CU_ASSERT_EQUAL(machine->event[0].error, VECTOR_UD * 8 + 2 + 1);
	machine_free(machine);
}

static void test_external_ext_bit(void)
{
	struct machine *machine = machine_new();

	machine_gate(machine, IDT_AT + 8 * 0x30, DATA0, 0, 0x8e00);
	machine->irq = 0x30;
	machine->state->eflags |= EFLAGS_IF;
	cpu_set_interrupt_line(machine->cpu, true);
	RUN(machine, 0x90);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	CU_ASSERT_EQUAL(machine->event[0].error, DATA0 | 1);
	machine_free(machine);
}

static void test_triple_fault(void)
{
	struct machine *machine = machine_new();

	machine->state->idtr.limit = 0;
	CU_ASSERT_EQUAL(RUN(machine, 0x0f, 0x0b), CPU_STOP_SHUTDOWN);
	CU_ASSERT_EQUAL(machine->state->activity, ACTIVITY_SHUTDOWN);
	machine_free(machine);
}

/* INT n beyond the IDT is a fault of the instruction: EIP points at it. */
static void test_failing_int(void)
{
	struct machine *machine = machine_new();

	machine->state->idtr.limit = 0x20 * 8 - 1;
	RUN(machine, 0xcd, 0x20);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	CU_ASSERT_EQUAL(machine->event[0].error, 0x20 * 8 + 2);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);
	machine_free(machine);
}

/* A kernel stack that is not there: #PF in delivery of #PF makes #DF, which needs a stack too. */
static void test_page_faults(void)
{
	struct machine *machine = machine_new();

	machine_paging(machine);
	machine_page(machine, DATA_AT, 0);
	machine_ring(machine, 3);
	RUN(machine, 0xa1, 0x10, 0x00, 0x04, 0x00); /* mov eax, [40010] */
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_PF);
	CU_ASSERT_EQUAL(machine->event[0].error, 4);
	CU_ASSERT_EQUAL(machine->state->cr2, DATA_AT + 0x10);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);

	machine->state->eip = CODE_AT;
	machine->state->gpr[ESP] = STACK_AT;
	machine_ring(machine, 3);
	machine_page(machine, STACK0_AT - 0x1000, 0);
	CU_ASSERT_EQUAL(machine_step(machine), CPU_STOP_SHUTDOWN);
	CU_ASSERT_EQUAL(machine->state->cr2, STACK0_AT - 4);
	machine_free(machine);
}

/* The frame would cross into an absent page: nothing is stored, the program is as it was. */
static void test_frame_is_atomic(void)
{
	struct machine *machine = machine_new();

	machine_paging(machine);
	machine_page(machine, STACK_AT - 0x1000, 0);
	machine->state->gpr[ESP] = STACK_AT + 8; /* room for EFLAGS and CS, not for EIP */
	machine_gate(machine, IDT_AT + 8 * VECTOR_PF, CODE1, HANDLER(VECTOR_PF), 0x8e00);
	machine_ring(machine, 1);
	machine_gate(machine, IDT_AT + 8 * 0x80, CODE1, HANDLER(0x80), 0xee00);
	machine_gate(machine, IDT_AT + 8 * VECTOR_PF, CODE0, HANDLER(VECTOR_PF), 0x8e00);
	RUN(machine, 0xcd, 0x80);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_PF);
	CU_ASSERT_EQUAL(machine->event[0].error, 2);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);
	CU_ASSERT_EQUAL(stacked(machine, 4), STACK_AT + 8);
	CU_ASSERT_EQUAL(machine_read(machine, STACK_AT + 4, 4), 0);
	machine_free(machine);
}

/* ---- interrupts and when they wait ---- */

static void test_sti_shadow(void)
{
	struct machine *machine = machine_new();

	machine->irq = 0x30;
	cpu_set_interrupt_line(machine->cpu, true);
	machine_code(machine, "\xfb\x90\x90", 3);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->state->interrupt_shadow, SHADOW_STI);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 0);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 2);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 2);
	machine_free(machine);
}

static void test_mov_ss_shadow(void)
{
	struct machine *machine = machine_new();

	machine->irq = 0x30;
	machine->state->eflags |= EFLAGS_IF | EFLAGS_TF;
	machine->state->gpr[EAX] = DATA0;
	cpu_state_changed(machine->cpu);
	machine_code(machine, "\x8e\xd0\x90", 3);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 0); /* neither the trap */
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_DB);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 3);
	machine_free(machine);
}

static void test_nmi_blocked_until_iret(void)
{
	struct machine *machine = machine_new();

	cpu_raise_nmi(machine->cpu);
	machine_code(machine, "\x90\x90", 2);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_NMI);
	CU_ASSERT(machine->state->nmi_blocked);
	cpu_raise_nmi(machine->cpu);
	RUN(machine, 0x90);
	CU_ASSERT_EQUAL(machine->events, 1);
	RUN(machine, 0xcf);
	CU_ASSERT_FALSE(machine->state->nmi_blocked);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 2);
	machine_free(machine);
}

static void test_halt_and_wake(void)
{
	struct machine *machine = machine_new();

	machine->irq = 0x30;
	machine->state->eflags |= EFLAGS_IF;
	machine_code(machine, "\xf4\x90", 2);
	CU_ASSERT_EQUAL(cpu_run(machine->cpu, 1000), CPU_STOP_HALT);
	cpu_set_interrupt_line(machine->cpu, true);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 1);
	CU_ASSERT_EQUAL(machine->state->activity, ACTIVITY_ACTIVE);
	machine_free(machine);
}

/* ---- debug exceptions ---- */

static void test_single_step(void)
{
	struct machine *machine = machine_new();

	machine->state->eflags |= EFLAGS_TF;
	cpu_state_changed(machine->cpu);
	RUN(machine, 0x90);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_DB);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 1);
	CU_ASSERT(stacked(machine, 2) & EFLAGS_TF);
	CU_ASSERT_FALSE(stacked(machine, 2) & EFLAGS_RF);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_TF);
	CU_ASSERT_EQUAL(machine->state->dr[6], 0xffff4ff0);
	machine_free(machine);
}

/* INT n clears TF before the trap would be due. */
static void test_single_step_over_int(void)
{
	struct machine *machine = machine_new();

	machine->state->eflags |= EFLAGS_TF;
	cpu_state_changed(machine->cpu);
	RUN(machine, 0xcd, 0x20);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->event[0].vector, 0x20);
	CU_ASSERT_EQUAL(machine->state->eip, HANDLER(0x20));
	CU_ASSERT(stacked(machine, 2) & EFLAGS_TF);
	machine_free(machine);
}

static void test_instruction_breakpoint(void)
{
	struct machine *machine = machine_new();

	machine->state->dr[0] = CODE_AT + 1;
	machine->state->dr[7] = 0x401;
	cpu_state_changed(machine->cpu);
	machine_code(machine, "\x90\x90\x90", 3);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 0);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->state->dr[6], 0xffff0ff1);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 1);
	CU_ASSERT_FALSE(stacked(machine, 2) & EFLAGS_RF);

	/* RF lets the handler's IRET get past it, once */
	machine_write(machine, machine->state->gpr[ESP] + 8, 4, stacked(machine, 2) | EFLAGS_RF);
	RUN(machine, 0xcf);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 2);
	CU_ASSERT_FALSE(machine->state->eflags & EFLAGS_RF);
	machine_free(machine);
}

static void test_data_breakpoint(void)
{
	struct machine *machine = machine_new();

	machine->state->dr[1] = DATA_AT;
	machine->state->dr[7] = 0x400 | 1u << 2 | 0xdu << 20; /* L1, write, 4 bytes */
	cpu_state_changed(machine->cpu);
	machine->state->gpr[EBX] = DATA_AT + 3;
	machine_code(machine, "\x8a\x03\x88\x03\x90", 5);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 0); /* a read */
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->state->dr[6], 0xffff0ff2);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT + 4);
	machine_free(machine);
}

static void test_general_detect(void)
{
	struct machine *machine = machine_new();

	machine->state->dr[7] = 0x2400;
	RUN(machine, 0x0f, 0x21, 0xf0);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_DB);
	CU_ASSERT_EQUAL(machine->state->dr[6], 0xffff2ff0);
	CU_ASSERT_EQUAL(machine->state->dr[7], 0x400);
	CU_ASSERT_EQUAL(stacked(machine, 0), CODE_AT);
	machine_free(machine);
}

/* ---- monitored ---- */

static void test_monitored(void)
{
	struct machine *machine = machine_new();
	const struct cpu_event *event = cpu_stop_event(machine->cpu);

	cpu_set_monitored(machine->cpu, true);
	machine_ring(machine, 3);
	CU_ASSERT_EQUAL(RUN(machine, 0xcd, 0x80), CPU_STOP_EVENT);
	CU_ASSERT(event->type == EVENT_SOFTWARE && event->vector == 0x80 && event->length == 2);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 2);
	CU_ASSERT_EQUAL(machine->state->cpl, 3);
	CU_ASSERT_EQUAL(machine->state->gpr[ESP], STACK_AT);
	CU_ASSERT_EQUAL(machine->events, 0);

	CU_ASSERT_EQUAL(RUN(machine, 0xcd, 0x20), CPU_STOP_EVENT); /* gate of DPL 0 */
	CU_ASSERT(event->type == EVENT_EXCEPTION && event->vector == VECTOR_GP && event->error == 0x102);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 2);

	CU_ASSERT_EQUAL(RUN(machine, 0xfa), CPU_STOP_EVENT);
	CU_ASSERT(event->vector == VECTOR_GP && event->error == 0);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 2);

	machine_code(machine, "\xcd\x80", 2);
	CU_ASSERT_EQUAL(cpu_run(machine->cpu, machine->clock + 1000), CPU_STOP_EVENT);
	CU_ASSERT_EQUAL(event->type, EVENT_SOFTWARE);
	machine_free(machine);
}

static void test_injection(void)
{
	struct machine *machine = machine_new();
	struct cpu_event event = {.type = EVENT_SOFTWARE, .vector = 0x20, .length = 2};

	machine_ring(machine, 3);
	machine->state->eip = CODE_AT + 2;
	cpu_deliver(machine->cpu, &event); /* gate of DPL 0 */
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_GP);
	CU_ASSERT_EQUAL(stacked(machine, 1), CODE_AT);
	machine_free(machine);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"frame in the same ring", test_same_ring_frame},
		{"frame of an inner ring", test_inner_ring_frame},
		{"frame of ring 1, trap gate", test_ring1_frame},
		{"16-bit gate", test_16bit_gate},
		{"from virtual-8086 mode and back", test_v86_frame},
		{"virtual-8086 mode needs a handler in ring 0", test_v86_needs_ring0_handler},
		{"real mode's vector table", test_real_mode_frame},
		{"real mode pushes no error code", test_real_mode_fault},
		{"IRET to an outer ring", test_iret_outer_ring},
		{"IRET changes flags by ring", test_iret_flags_by_ring},
		{"IRET checks what it pops", test_iret_checks},
		{"double fault", test_double_fault},
		{"benign event, then a fault", test_benign_then_fault},
		{"EXT in error codes", test_external_ext_bit},
		{"triple fault", test_triple_fault},
		{"INT n that fails", test_failing_int},
		{"page faults", test_page_faults},
		{"frames are stored whole or not at all", test_frame_is_atomic},
		{"STI holds interrupts", test_sti_shadow},
		{"MOV SS holds traps", test_mov_ss_shadow},
		{"NMI until IRET", test_nmi_blocked_until_iret},
		{"HLT and its end", test_halt_and_wake},
		{"single step", test_single_step},
		{"single step over INT", test_single_step_over_int},
		{"instruction breakpoint and RF", test_instruction_breakpoint},
		{"data breakpoint", test_data_breakpoint},
		{"general detect", test_general_detect},
		{"monitored mode", test_monitored},
		{"an injected INT n that fails", test_injection},
		{0},
	};
	return harness_main("system events", tests);
}
