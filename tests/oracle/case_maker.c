/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/case_maker.c - random cases: rows in turn, starting registers, sequences that grow
 * while they run on the model.
 */
#include "tests/oracle/case_maker.h"

#include "cpu/perform.h"
#include "tests/harness.h"
#include "tests/oracle/candidate.h"

#include <assert.h>
#include <string.h>

enum { ATTEMPTS = 24 };

void maker_make_pristine(struct maker *maker, uint32_t *pristine)
{
	for (uint32_t i = 0; i < CASE_SCRATCH_SIZE / 4; i++)
		pristine[i] = random_value(maker);
	maker_make_lanes(maker, (uint8_t *)pristine, CASE_SCRATCH_SIZE);
	for (uint32_t i = 0; i < POINTERS_SIZE / 4; i++)
		pristine[POINTERS / 4 + i] = random_stop(maker);
	for (uint32_t at = POINTERS + POINTERS_SIZE; at < CASE_SCRATCH_SIZE - 16; at += 16)
		if (chance(maker, 50))
			maker_make_number(maker, (uint8_t *)pristine + at, 16);
	for (uint32_t at = POINTERS + POINTERS_SIZE + 8; at < CASE_SCRATCH_SIZE; at += 16)
		if (chance(maker, 25))
			pristine[at / 4] = 0x1f80 | (random_value(maker) & 0xe03f); /* an MXCSR that FXRSTOR takes */
}

/* ---- rows ---- */

/* What user code cannot compare: it tells the processor's model, or its time; estimates are each model's own. */
static bool is_left_out(const struct instruction *row)
{
	static const char *const names[] = { "rdtsc", "cpuid", "sysenter", "rsqrtps", "rcpps", "rsqrtss", "rcpss" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(row->mnemonic, names[i]) == 0)
			return true;
	}
	/* Sensitive, but their exceptions can be compared. */
	if (row->perform == perform_int3 || row->perform == perform_into)
		return false;
	return row->insn_class != CLASS_INNOCUOUS;
}

static void add_row(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct maker *maker = owner;

	if (is_left_out(row))
		return;
	if (row->feature && !(model_features() >> (row->feature - 1) & 1))
		return;
	assert(maker->rows < MAKER_ROWS);
	maker->row[maker->rows++] = (struct maker_row){ row, two_byte, opcode, reg, 0, 0 };
}

void maker_start(struct maker *maker, uint64_t seed)
{
	memset(maker, 0, sizeof *maker);
	maker->random = seed;
	insn_for_each(add_row, maker);
}

/* ---- cases ---- */

static void start_registers(struct maker *maker, const struct candidate *candidate, struct cpu_state *state)
{
	const struct case_segment *stack = &candidate->world[CASE_SS];

	for (unsigned reg = 0; reg < GPR_COUNT; reg++)
		state->gpr[reg] = chance(maker, 15) ? random_target(maker) : random_value(maker);
	state->gpr[ESP] = (random_target(maker) & (chance(maker, 90) ? ~3u : ~0u)) - stack->base;
	if (!stack->big)
		state->gpr[ESP] |= random_value(maker) << 16;
	state->gpr[GPR_COUNT] = 0;
	state->eflags = (random_value(maker) & (EFLAGS_STATUS | EFLAGS_DF)) |
	                (chance(maker, 6) ? EFLAGS_AC : 0);
	if (chance(maker, 50))
		state->eflags = (state->eflags & ~EFLAGS_STATUS) | ((uint32_t)maker->random & EFLAGS_STATUS);
}

/* Sometimes code goes over the end of a page, or of the last one. */
static uint32_t random_start(struct maker *maker)
{
	switch (random_below(maker, 20)) {
	case 0: return PAGE_SIZE - 1 - random_below(maker, 12);
	case 1: return CASE_CODE_SIZE - 1 - random_below(maker, 12);
	default: return FIRST_START + random_below(maker, 64);
	}
}

static bool try_candidate(struct maker *maker, struct candidate *candidate, struct model *model,
                          struct cpu_state *state, const struct test_case *test_case, uint32_t undefined)
{
	bool first = test_case->input.length == 0;

	if (!candidate_bytes(maker, candidate))
		return false;
	candidate_steer(maker, candidate, state, first);
	if (!candidate_safe(candidate, state, model, &test_case->input))
		return false;
	candidate->effects = flag_effects(&candidate->insn, state);
	return !candidate->effects.result_undefined && !(candidate->effects.read & undefined);
}

/* The first instruction of a case is of the next row in turn; then any. */
static bool find_candidate(struct maker *maker, struct candidate *candidate, struct model *model,
                           struct cpu_state *state, const struct test_case *test_case, uint32_t undefined)
{
	bool first = test_case->input.length == 0;
	const struct cpu_state before = *state;

	candidate->world = case_worlds[test_case->input.world];
	candidate->row = &maker->row[random_below(maker, (uint32_t)maker->rows)];
	if (first)
		candidate->row = &maker->row[maker->next++ % maker->rows];
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		*state = before;
		if (first)
			start_registers(maker, candidate, state);
		if (try_candidate(maker, candidate, model, state, test_case, undefined))
			return true;
	}
	*state = before;
	return false;
}

/* False: the code pages are full. */
static bool append(struct case_input *input, const struct insn *insn, const uint8_t *bytes)
{
	uint32_t room = CASE_CODE_SIZE - input->start - input->length, length = insn->length;

	if (length > room)
		length = room;
	memcpy(input->code + input->length, bytes, length);
	input->length += length;
	return length == insn->length;
}

/* Faults leave the flags as they were, except that DIV's and IDIV's are always undefined. */
static void count_flags(struct made_case *made, const struct flag_effects *effects, bool completed)
{
	if (completed)
		made->undefined &= ~effects->defined;
	if (completed || effects->undefined == EFLAGS_STATUS)
		made->undefined |= effects->undefined;
}

static bool stores_image(const struct insn *insn)
{
	return is_named(insn, "fnstenv") || is_named(insn, "fnsave") || is_named(insn, "fxsave");
}

static bool has_many_accesses(const struct insn *insn)
{
	static const char *const names[] = {"pusha", "popa", "enter", "fldenv", "frstor", "fxrstor", "fbstp"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_named(insn, names[i]))
			return true;
	return stores_image(insn) || is_mask_move(insn) || (is_named(insn, "fstp") && insn->opcode == 0xdb); /* ten bytes */
}

static bool stores_mmx(const struct insn *insn)
{
	return insn->row->operand[1] == OP_Pq || (is_mask_move(insn) && insn->row->operand[0] == OP_Pq);
}

/* Runs the candidate as the case's next instruction. True: it completed, another may follow. */
static bool run_candidate(struct candidate *candidate, const struct cpu_state *state, struct model *model,
                          struct test_case *test_case, struct made_case *made)
{
	struct case_input *input = &test_case->input;
	uint32_t next = case_eip(input) + input->length + candidate->insn.length;
	bool whole = append(input, &candidate->insn, candidate->bytes), completed;
	uint32_t linear = base_of(candidate, candidate->insn.segment);

	linear += offset_of(&candidate->insn, made->instructions ? model_state(model) : state);

	if (made->instructions == 0)
		model_begin(model, input);
	else
		model_set_code(model, input);
	completed = model_step(model);
	count_flags(made, &candidate->effects, completed);
	made->instructions++;
	if (completed && stores_image(&candidate->insn)) {
		made->image.linear = linear;
		made->image.size = is_named(&candidate->insn, "fxsave") ? 32 : 7u * candidate->insn.operand_size;
		whole = false;
	}
	made->x87_open = !completed && stores_mmx(&candidate->insn);
	made->partial = !completed && has_many_accesses(&candidate->insn);
	candidate->row->made++;
	candidate->row->completed += completed;
	return completed && whole && model_state(model)->eip == next &&
	       input->start + input->length < CASE_CODE_SIZE;
}

struct made_case maker_make(struct maker *maker, struct model *model, struct test_case *test_case)
{
	unsigned wanted = chance(maker, 50) ? 1 : 2 + random_below(maker, MAKER_SEQUENCE - 1);
	struct made_case made = { 0 };
	struct candidate candidate;
	struct cpu_state state = *model_state(model);
	bool going = true;

	memset(&test_case->input, 0, sizeof test_case->input);
	test_case->input.start = random_start(maker);
	maker_make_floats(maker, test_case->input.floats);
	if (chance(maker, 60))
		maker_make_simd(maker, test_case->input.floats);
	if (maker->local_segments && chance(maker, 50))
		test_case->input.world = random_below(maker, CASE_WORLDS);
	while (going && made.instructions < wanted) {
		if (made.instructions)
			state = *model_state(model);
		if (!find_candidate(maker, &candidate, model, &state, test_case, made.undefined)) {
			if (made.instructions)
				break;
			continue;
		}
		if (made.instructions == 0) {
			memcpy(test_case->input.gpr, state.gpr, sizeof test_case->input.gpr);
			test_case->input.eflags = state.eflags;
		}
		going = run_candidate(&candidate, &state, model, test_case, &made);
	}
	/* The INT3 behind it, or where it jumped to, unless an event has ended it already. */
	while (model_step(model))
		;
	model_end(model, &test_case->result);
	made.cycles = model_cycles(model);
	made.retired = model_retired(model);
	return made;
}
