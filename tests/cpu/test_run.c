/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_run.c - the run loop's promises: stops, deadlines, stores into running code, instructions
 * over two pages, a TLB that stays stale.
 */
#include "tests/cpu/system.h"
#include "tests/harness.h"

#include <string.h>

static void test_step_after_request(void)
{
	struct machine *machine = machine_new();

	cpu_request_stop(machine->cpu);
	RUN(machine, 0x40); /* inc eax */
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], 1);
	machine_free(machine);
}

static void test_request_stops_a_run(void)
{
	static const uint8_t loop[] = {0x40, 0xeb, 0xfd}; /* inc eax; jmp $-1 */
	struct machine *machine = machine_new();

	machine_code(machine, loop, sizeof loop);
	cpu_request_stop(machine->cpu);
	CU_ASSERT_EQUAL(cpu_run(machine->cpu, 1000000), CPU_STOP_REQUEST);
	CU_ASSERT_EQUAL(cpu_run(machine->cpu, machine->clock + 1000), CPU_STOP_TIME);
	CU_ASSERT(machine->state->gpr[EAX] > 100);
	machine_free(machine);
}

/* Cut anywhere, a run stops at the first boundary at or after its deadline, and adds up to the same. */
static void test_deadlines_cut_anywhere(void)
{
	static const uint8_t loop[] = {0x40, 0xf7, 0xe0, 0x50, 0x58, 0xeb, 0xf9}; /* inc eax; mul eax; push; pop; jmp */
	struct machine *whole = machine_new(), *cut = machine_new();

	machine_code(whole, loop, sizeof loop);
	machine_code(cut, loop, sizeof loop);
	cpu_run(whole->cpu, 100000);
	for (uint64_t deadline = 7; cut->clock < 100000; deadline += 13)
		cpu_run(cut->cpu, deadline < 100000 ? deadline : 100000);
	CU_ASSERT_EQUAL(whole->clock, cut->clock);
	CU_ASSERT_EQUAL(cpu_instructions(whole->cpu), cpu_instructions(cut->cpu));
	CU_ASSERT_EQUAL(memcmp(whole->state, cut->state, sizeof *cut->state), 0);
	machine_free(whole);
	machine_free(cut);
}

/* mov byte [next], 0x48: the INC EAX that follows in the same block has become DEC EAX. */
static void test_store_into_the_running_block(void)
{
	static const uint8_t code[] = {0xc6, 0x05, 0x07, 0x00, 0x01, 0x00, 0x48, 0x40, 0xf4};
	struct machine *machine = machine_new();

	machine_code(machine, code, sizeof code);
	cpu_run(machine->cpu, 1000);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], UINT32_MAX);
	machine_free(machine);
}

/* An instruction over two pages is decoded anew when either half changes. */
static void test_instruction_over_two_pages(void)
{
	struct machine *machine = machine_new();
	static const uint8_t code[] = {0xb8, 0x11, 0x22, 0x33, 0x44}; /* mov eax, 44332211 */

	for (unsigned change = 0; change < 3; change++) {
		machine->state->eip = CODE_AT + 0xffe;
		cpu_state_changed(machine->cpu);
		machine_code(machine, code, sizeof code);
		if (change == 1)
			machine_write(machine, CODE_AT + 0x1000, 1, 0x99); /* the half in the second page */
		if (change == 2)
			machine_write(machine, CODE_AT + 0xffe, 1, 0xbb); /* the opcode: EBX */
		machine_step(machine);
	}
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], 0x44339911);
	CU_ASSERT_EQUAL(machine->state->gpr[EBX], 0x44332211);
	machine_free(machine);
}

/* SDM vol. 3, 4.10.4: what is cached stays until it is invalidated. */
static void test_stale_tlb(void)
{
	static const uint8_t read[] = {0xa1, 0x00, 0x00, 0x04, 0x00}; /* mov eax, [DATA_AT] */
	static const uint8_t invlpg[] = {0x0f, 0x01, 0x3d, 0x00, 0x00, 0x04, 0x00};
	struct machine *machine = machine_new();
	uint32_t entry = TABLES_AT + 0x1000 + (DATA_AT >> 12) * 4;

	machine_paging(machine);
	machine_write(machine, DATA_AT, 4, 0xaaaa);
	machine_write(machine, DATA_AT + 0x1000, 4, 0xbbbb);
	machine_code(machine, read, sizeof read);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], 0xaaaa);
	machine_write(machine, entry, 4, machine_read(machine, entry, 4) + 0x1000);
	machine_code(machine, read, sizeof read);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], 0xaaaa);
	machine_code(machine, invlpg, sizeof invlpg);
	machine_step(machine);
	machine_code(machine, read, sizeof read);
	machine_step(machine);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], 0xbbbb);
	machine_free(machine);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"a step after a request to stop", test_step_after_request},
		{"a request stops a run", test_request_stops_a_run},
		{"deadlines cut anywhere", test_deadlines_cut_anywhere},
		{"a store into the running block", test_store_into_the_running_block},
		{"an instruction over two pages", test_instruction_over_two_pages},
		{"a stale TLB", test_stale_tlb},
		{0},
	};
	return harness_main("run", tests);
}
