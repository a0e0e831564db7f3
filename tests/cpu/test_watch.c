/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_watch.c - where the processor lets an observer's run stand still: before an instruction in the middle of what was
 * a block, behind an access however it was made, and not for an access of an instruction that then faults.
 */
#include "tests/cpu/system.h"
#include "tests/harness.h"

#include <string.h>

/* What the observer waits for, and what came. */
struct observer {
	uint64_t code, data; /* 0: nothing */
	uint64_t
		passed; /* instructions retired when the run began: the one that it begins at does not stop it */
	unsigned accesses;
	struct cpu_access last;
};

static bool holds(void *owner, const struct cpu *cpu, uint64_t physical)
{
	(void)cpu;
	return physical == ((const struct observer *)owner)->code;
}

static bool reached(void *owner, const struct cpu *cpu, uint32_t linear, uint64_t physical)
{
	const struct observer *observer = owner;

	CU_ASSERT_EQUAL(linear, physical);
	return observer->passed != cpu_instructions(cpu);
}

static bool covers(void *owner, const struct cpu *cpu, uint32_t linear, uint64_t physical)
{
	(void)cpu, (void)physical;
	return ((const struct observer *)owner)->data >> PAGE_SHIFT == linear >> PAGE_SHIFT;
}

static bool matches(void *owner, const struct cpu *cpu, const struct cpu_access *access)
{
	uint64_t data = ((const struct observer *)owner)->data;

	(void)cpu;
	return data - access->linear < access->size;
}

static void accessed(void *owner, const struct cpu *cpu, const struct cpu_access *access)
{
	struct observer *observer = owner;

	observer->accesses++;
	observer->last = *access;
	cpu_stand_still((struct cpu *)cpu, true);
}

static struct machine *watched(struct observer *observer, const uint8_t *code, unsigned size)
{
	struct machine *machine = machine_new();
	struct cpu_watch watch = {observer, observer->code ? holds : NULL,  observer->code ? reached : NULL,
				  NULL,     observer->data ? covers : NULL, matches,
				  accessed};

	machine_code(machine, code, size);
	cpu_set_watch(machine->cpu, &watch);
	observer->passed = UINT64_MAX;
	return machine;
}

static enum cpu_stop go(struct machine *machine, struct observer *observer)
{
	observer->passed = cpu_instructions(machine->cpu);
	return cpu_run(machine->cpu, 1000000);
}

/* Code that has run and been chained before the observer came stops all the same, each time round. */
static void test_middle_of_a_loop(void)
{
	static const uint8_t loop[] = {0x40, 0x43, 0x41, 0x83, 0xf8,
				       100,  0x75, 0xf8, 0xf4}; /* inc eax, ebx, ecx; cmp eax; jne */
	struct observer observer = {.code = CODE_AT + 1};
	struct machine *machine = machine_new();
	unsigned stops = 0;

	machine_code(machine, loop, sizeof loop);
	while (machine->state->gpr[EAX] < 50)
		cpu_run(machine->cpu, machine->clock + 1);
	cpu_set_watch(machine->cpu,
		      &(struct cpu_watch){.owner = &observer, .holds = holds, .reached = reached});
	while (go(machine, &observer) == CPU_STOP_REQUEST && stops < 1000) {
		CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 1);
		CU_ASSERT_EQUAL(machine->state->gpr[EBX], machine->state->gpr[EAX] - 1);
		stops++;
	}
	CU_ASSERT(stops == 50 || stops == 51);
	CU_ASSERT_EQUAL(machine->state->gpr[EAX], 100);
	machine_free(machine);
}

static void test_jump_to_itself(void)
{
	static const uint8_t loop[] = {0xe2, 0xfe, 0xf4}; /* loop $; hlt */
	struct observer observer = {.code = CODE_AT};
	struct machine *machine = watched(&observer, loop, sizeof loop);
	unsigned stops = 0;

	machine->state->gpr[ECX] = 20;
	cpu_state_changed(machine->cpu);
	while (go(machine, &observer) == CPU_STOP_REQUEST)
		stops++;
	CU_ASSERT_EQUAL(stops, 19);
	machine_free(machine);
}

/* A step goes over it, and the deadline comes first. */
static void test_steps_and_deadlines(void)
{
	static const uint8_t code[] = {0x40, 0x43, 0x41, 0xf4};
	struct observer observer = {.code = CODE_AT + 1};
	struct machine *machine = watched(&observer, code, sizeof code);

	CU_ASSERT_EQUAL(cpu_run(machine->cpu, 1), CPU_STOP_TIME);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 1);
	CU_ASSERT_EQUAL(cpu_run(machine->cpu, machine->clock), CPU_STOP_TIME);
	CU_ASSERT_EQUAL(cpu_run(machine->cpu, machine->clock + 100), CPU_STOP_REQUEST);
	cpu_step(machine->cpu);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 2);
	machine_free(machine);
}

/* Behind the instruction that made the access, not behind its block; the rest of the page is not looked for. */
static void test_access_in_a_block(void)
{
	static const uint8_t code[] = {
		0xa3, 0x10, 0x00, 0x04, 0x00,       /* mov [DATA_AT + 10], eax */
		0xff, 0x05, 0x20, 0x00, 0x04, 0x00, /* inc dword [DATA_AT + 20] */
		0x43, 0xa1, 0x22, 0x00, 0x04, 0x00, /* inc ebx; mov eax, [DATA_AT + 22] */
		0x43, 0xf4,
	};
	struct observer observer = {.data = DATA_AT + 0x22};
	struct machine *machine = watched(&observer, code, sizeof code);

	machine_write(machine, DATA_AT + 0x20, 4, 0x12345678);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_REQUEST);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 11);
	CU_ASSERT(!observer.last.write && observer.last.linear == DATA_AT + 0x20 &&
		  observer.last.value == 0x12345678);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_REQUEST);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 17);
	CU_ASSERT_EQUAL(observer.last.value, 0x1234);
	CU_ASSERT_EQUAL(machine->state->gpr[EBX], 1);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_HALT);
	CU_ASSERT_EQUAL(observer.accesses, 2);
	machine_free(machine);
}

/* Each repetition that makes the access by itself. */
static void test_access_of_a_repetition(void)
{
	static const uint8_t code[] = {0xf3, 0xab, 0xf4}; /* rep stosd */
	struct observer observer = {.data = DATA_AT + 0x11};
	struct machine *machine = watched(&observer, code, sizeof code);

	machine->state->gpr[EDI] = DATA_AT;
	machine->state->gpr[ECX] = 100;
	machine->state->gpr[EAX] = 0xabcdef01;
	cpu_state_changed(machine->cpu);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_REQUEST);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT);
	CU_ASSERT_EQUAL(machine->state->gpr[EDI], DATA_AT + 0x14);
	CU_ASSERT(observer.last.write && observer.last.value == 0xabcdef01);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_HALT);
	CU_ASSERT_EQUAL(machine->state->gpr[ECX], 0);
	machine_free(machine);
}

/* Of what lies in two pages, the part in the one that is looked at. */
static void test_access_over_two_pages(void)
{
	static const uint8_t code[] = {0xa3, 0xfe, 0x0f, 0x04, 0x00, 0xa1, 0xfd, 0x0f, 0x04, 0x00, 0xf4};
	struct observer observer = {.data = DATA_AT + 0x1000};
	struct machine *machine = watched(&observer, code, sizeof code);

	machine->state->gpr[EAX] = 0x44332211;
	cpu_state_changed(machine->cpu);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_REQUEST);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 5);
	CU_ASSERT(observer.last.write && observer.last.linear == DATA_AT + 0x1000);
	CU_ASSERT(observer.last.size == 2 && observer.last.value == 0x4433);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_REQUEST);
	CU_ASSERT(!observer.last.write && observer.last.size == 1 && observer.last.value == 0x33);
	machine_free(machine);
}

/* MOVSD loads what is looked for, and faults at its store: it has not been done, and its access has not been made. */
static void test_access_and_fault(void)
{
	static const uint8_t code[] = {0xa5, 0xf4}; /* movsd */
	struct observer observer = {.data = DATA_AT};
	struct machine *machine = watched(&observer, code, sizeof code);

	machine->state->gpr[ESI] = DATA_AT;
	machine->state->gpr[EDI] = DATA_AT + 0x1000;
	machine->state->segment[ES].limit = DATA_AT;
	cpu_state_changed(machine->cpu);
	cpu_set_monitored(machine->cpu, true);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_EVENT);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT);
	CU_ASSERT_EQUAL(observer.accesses, 0);
	machine->state->segment[ES].limit = UINT32_MAX;
	cpu_state_changed(machine->cpu);
	CU_ASSERT_EQUAL(go(machine, &observer), CPU_STOP_REQUEST);
	CU_ASSERT_EQUAL(machine->state->eip, CODE_AT + 1);
	CU_ASSERT_EQUAL(observer.accesses, 1);
	machine_free(machine);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"the middle of a loop that has run before", test_middle_of_a_loop},
		{"a jump to itself", test_jump_to_itself},
		{"steps and deadlines", test_steps_and_deadlines},
		{"an access in the middle of a block", test_access_in_a_block},
		{"an access of one repetition among many", test_access_of_a_repetition},
		{"an access that lies in two pages", test_access_over_two_pages},
		{"an access of an instruction that faults", test_access_and_fault},
		{0},
	};
	return harness_main("watch", tests);
}
