/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_integer_forms.c - random code runs three times: by the specialized forms and blocks, by each
 * row's perform alone, and one instruction at a time. State, memory, time and count must be the same.
 */
#include "tests/cpu/integer.h"
#include "tests/harness.h"

#include <stdio.h>

enum { CODE_BYTES = 240 };

struct program {
	bool big, paging, user;
	uint32_t data_limit;
	uint8_t rights[LAB_RAM >> PAGE_SHIFT]; /* of each page, with paging */
	uint8_t code[CODE_BYTES];
	size_t size;
	uint32_t gpr[GPR_COUNT], eflags;
	uint64_t deadline;
	uint64_t fill;
};

static uint32_t pick(uint64_t *seed, uint32_t below)
{
	return (uint32_t)(harness_random(seed) % below);
}

/* Privileged instructions and ports are of no interest here; those that touch segments would need tables. */
static bool wanted(const struct insn *insn)
{
	return insn->row->insn_class == CLASS_INNOCUOUS && insn->row->operand[0] && insn->row->cost != COST_cpuid;
}

static void add_instruction(struct program *program, uint64_t *seed)
{
	uint8_t bytes[INSN_MAX_LENGTH];
	struct insn insn;

	do {
		for (unsigned i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)harness_random(seed);
		if (pick(seed, 4) == 0)
			bytes[0] = 0x0f;
		if (pick(seed, 12) == 0)
			bytes[0] = (uint8_t[]){0x66, 0x67, 0xf3, 0xf2, 0xf0, 0x65}[pick(seed, 6)];
	} while (insn_decode(&insn, bytes, sizeof bytes, program->big) <= 0 || !wanted(&insn));
	if (program->size + insn.length > CODE_BYTES)
		return;
	memcpy(program->code + program->size, bytes, insn.length);
	program->size += insn.length;
}

static struct program pick_program(uint64_t *seed)
{
	struct program program = {.big = pick(seed, 3), .paging = pick(seed, 2), .user = pick(seed, 2)};

	program.data_limit = pick(seed, 4) ? UINT32_MAX : 0x4000 + pick(seed, 0x10000);
	for (unsigned page = 0; page < LAB_RAM >> PAGE_SHIFT; page++)
		program.rights[page] = pick(seed, 12) ? 7 : (uint8_t)pick(seed, 8);
	program.rights[LAB_CODE >> PAGE_SHIFT] = 7;

	for (unsigned i = 0; i < 50; i++)
		add_instruction(&program, seed);
	for (unsigned reg = EAX; reg <= EDI; reg++)
		program.gpr[reg] = pick(seed, 4) ? pick(seed, LAB_RAM / 2) : (uint32_t)harness_random(seed);
	program.gpr[ESP] = LAB_STACK + pick(seed, 64);
	program.eflags = (uint32_t)harness_random(seed) & (EFLAGS_STATUS | EFLAGS_DF);
	if (pick(seed, 16) == 0)
		program.eflags |= EFLAGS_TF;
	if (pick(seed, 4) == 0)
		program.eflags |= EFLAGS_AC;
	program.deadline = pick(seed, 8) ? pick(seed, 400) : pick(seed, 20000);
	program.fill = harness_random(seed);
	return program;
}

static void become_user(struct cpu_state *state)
{
	state->cpl = 3;
	for (unsigned reg = ES; reg <= GS; reg++) {
		state->segment[reg].access |= ACCESS_DPL;
		state->segment[reg].selector |= 3;
	}
}

static struct lab *set_up(const struct program *program, bool exact)
{
	struct lab *lab = lab_new(program->big, exact);
	struct cpu_state *state = cpu_state(lab->cpu);
	uint64_t fill = program->fill;

	for (uint32_t address = 0; address < LAB_RAM; address += 4)
		lab_write(lab, address, 4, (uint32_t)harness_random(&fill));
	memcpy(lab->ram + LAB_CODE, program->code, program->size);
	if (program->paging)
		lab_paging(lab);
	for (uint32_t page = 0; program->paging && page < (LAB_RAM >> PAGE_SHIFT) - 2; page++)
		lab_page_rights(lab, page << PAGE_SHIFT, program->rights[page]);
	state->segment[DS].limit = state->segment[SS].limit = program->data_limit;
	state->cr0 |= CR0_AM;
	if (program->user)
		become_user(state);
	memcpy(state->gpr, program->gpr, sizeof program->gpr);
	state->eip = LAB_CODE;
	state->eflags = program->eflags | EFLAGS_FIXED;
	state->idtr.limit = 0; /* a fault is the end */
	cpu_state_changed(lab->cpu);
	return lab;
}

static enum cpu_stop step_until(struct lab *lab, uint64_t deadline)
{
	enum cpu_stop stop = CPU_STOP_TIME;

	while (lab->clock < deadline && stop == CPU_STOP_TIME)
		stop = cpu_step(lab->cpu);
	return stop;
}

static bool same(struct lab *a, struct lab *b)
{
	return !memcmp(&a->cpu->state, &b->cpu->state, sizeof a->cpu->state) && a->clock == b->clock &&
	       a->cpu->instructions == b->cpu->instructions && !memcmp(a->ram, b->ram, LAB_RAM);
}

static void tell(const char *what, uint64_t round, const struct program *program, struct lab *a, struct lab *b)
{
	const struct cpu_state *x = &a->cpu->state, *y = &b->cpu->state;

	printf("# round %llu, %s: big %d paging %d deadline %llu\n", (unsigned long long)round, what, program->big,
	       program->paging, (unsigned long long)program->deadline);
	for (unsigned reg = EAX; reg <= EDI; reg++)
		printf("# r%u %08x -> %08x %08x\n", reg, program->gpr[reg], x->gpr[reg], y->gpr[reg]);
	printf("# eip %08x %08x eflags %08x -> %08x %08x clock %llu %llu retired %llu %llu\n#", x->eip, y->eip,
	       program->eflags, x->eflags, y->eflags, (unsigned long long)a->clock, (unsigned long long)b->clock,
	       (unsigned long long)a->cpu->instructions, (unsigned long long)b->cpu->instructions);
	for (size_t i = 0; i < program->size; i++)
		printf(" %02x", program->code[i]);
	printf("\n");
}

static bool run_program(const struct program *program, uint64_t round)
{
	struct lab *lab[3] = {set_up(program, false), set_up(program, true), set_up(program, false)};
	enum cpu_stop stop[3] = {
		cpu_run(lab[0]->cpu, program->deadline),
		cpu_run(lab[1]->cpu, program->deadline),
		step_until(lab[2], program->deadline),
	};
	bool forms = stop[0] == stop[1] && same(lab[0], lab[1]);
	bool steps = stop[0] == stop[2] && same(lab[0], lab[2]);

	if (!forms)
		tell("forms against performs", round, program, lab[0], lab[1]);
	if (!steps)
		tell("running against stepping", round, program, lab[0], lab[2]);
	for (unsigned i = 0; i < 3; i++)
		lab_free(lab[i]);
	return forms && steps;
}

static void test_forms(void)
{
	uint64_t seed = harness_seed(7), rounds = harness_count(2000);
	unsigned differ = 0;

	for (uint64_t round = 0; round < rounds && differ < 3; round++) {
		struct program program = pick_program(&seed);

		differ += !run_program(&program, round);
	}
	CU_ASSERT_EQUAL(differ, 0);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"forms, performs and steps agree", test_forms},
		{0},
	};

	return harness_main("integer forms", tests);
}
