/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/test_blocks.c - decoded blocks, fast paths and deadlines against one exact row at a
 * time: random programs that loop and overwrite their own code end in the same state at the same cycle,
 * however their run was cut into pieces, and blocks that are found again do what they did first.
 */
#include "tests/harness.h"
#include "tests/oracle/candidate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PROGRAM_START = 0x700, CYCLES = 2000, REPORTED = 4 };

struct pair {
	struct maker maker;
	struct model *exact, *fast;
	uint32_t pristine[CASE_SCRATCH_SIZE / 4];
	unsigned different;
};

static bool pair_start(struct pair *pair, uint64_t seed)
{
	memset(pair, 0, sizeof *pair);
	maker_start(&pair->maker, seed);
	pair->exact = model_new(true);
	pair->fast = model_new(false);
	return pair->exact && pair->fast;
}

static void pair_end(struct pair *pair)
{
	model_free(pair->exact);
	model_free(pair->fast);
}

static const char *difference(const struct model *exact, const struct model *fast)
{
	const struct cpu_state *a = model_state((struct model *)exact),
			       *b = model_state((struct model *)fast);

	if (model_retired(exact) != model_retired(fast))
		return "instruction count";
	if (model_cycles(exact) != model_cycles(fast))
		return "clock";
	if (a->eip != b->eip)
		return "EIP";
	if (memcmp(a->gpr, b->gpr, sizeof a->gpr) != 0)
		return "registers";
	if (a->eflags != b->eflags)
		return "flags";
	return memcmp(model_memory(exact), model_memory(fast), MODEL_MEMORY_SIZE) == 0 ? NULL : "memory";
}

static void compare(struct pair *pair, uint64_t number)
{
	const char *what = difference(pair->exact, pair->fast);
	const struct cpu_state *a = model_state(pair->exact), *b = model_state(pair->fast);

	if (!what || pair->different++ >= REPORTED)
		return;
	printf("   program %" PRIu64 ": different %s: rows eip=%08" PRIx32 " retired %" PRIu64
	       " cycles %" PRIu64 ", fast eip=%08" PRIx32 " retired %" PRIu64 " cycles %" PRIu64 "\n",
	       number, what, a->eip, model_retired(pair->exact), model_cycles(pair->exact), b->eip,
	       model_retired(pair->fast), model_cycles(pair->fast));
}

/* ---- random programs ---- */

/* Registers that mostly point into the scratch pages, now and then into the code. */
static uint32_t random_register(struct maker *maker)
{
	if (chance(maker, 10))
		return CASE_CODE + PROGRAM_START + random_below(maker, 0x80);
	return chance(maker, 60) ? random_target(maker) : random_value(maker);
}

/* Operands with absolute addresses: of the scratch pages, or of this program. */
static void steer(struct maker *maker, struct candidate *candidate)
{
	struct cpu_state nowhere = { 0 };

	candidate_steer(maker, candidate, &nowhere, false);
	if (candidate->insn.memory && (candidate->insn.modrm & 0xc7) == 5 && candidate->world == case_worlds[0] &&
	    candidate->insn.address_mask == 0xffffffff && chance(maker, 15))
		candidate_displacement(candidate, CASE_CODE + PROGRAM_START + random_below(maker, 0x80));
}

static void append_random(struct maker *maker, struct case_input *input)
{
	struct candidate candidate = { .world = case_worlds[input->world] };

	candidate.row = &maker->row[random_below(maker, (uint32_t)maker->rows)];
	if (!candidate_bytes(maker, &candidate) || is_named(&candidate.insn, "(undefined)"))
		return;
	steer(maker, &candidate);
	if (input->length + candidate.insn.length + 8u > sizeof input->code)
		return;
	memcpy(input->code + input->length, candidate.bytes, candidate.insn.length);
	input->length += candidate.insn.length;
}

/* A dozen instructions and a jump back to somewhere among them. */
static void make_program(struct maker *maker, struct case_input *input)
{
	memset(input, 0, sizeof *input);
	input->start = PROGRAM_START;
	input->world = chance(maker, 60) ? 0 : random_below(maker, CASE_WORLDS);
	for (unsigned i = 2 + random_below(maker, 14); i; i--)
		append_random(maker, input);
	input->code[input->length] = 0xeb;
	input->code[input->length + 1] = (uint8_t)-(2 + (int)random_below(maker, 3) * (int)input->length / 2);
	input->length += 2;
	for (unsigned reg = 0; reg < 8; reg++)
		input->gpr[reg] = random_register(maker);
	input->gpr[ESP] = (random_target(maker) & ~3u) - case_worlds[input->world][CASE_SS].base;
	input->eflags = random_value(maker) & (EFLAGS_STATUS | EFLAGS_DF);
}

/* In one run, or in pieces of any length. */
static void run_in_pieces(struct maker *maker, struct model *model)
{
	uint64_t piece = chance(maker, 50) ? CYCLES : 1 + random_below(maker, 60);

	while (model_cycles(model) < CYCLES) {
		uint64_t ahead = CYCLES - model_cycles(model);
		if (model_run_until(model, model_clock(model) + (piece < ahead ? piece : ahead)))
			return;
	}
}

/* The code pages as they were: a program may have written anywhere. */
static void reset(struct pair *pair)
{
	static const struct case_input nothing;
	struct case_input all = nothing;

	for (uint32_t start = 0; start < CASE_CODE_SIZE; start += sizeof all.code) {
		all.start = start;
		all.length =
			CASE_CODE_SIZE - start < sizeof all.code ? CASE_CODE_SIZE - start : sizeof all.code;
		model_begin(pair->exact, &all);
		model_begin(pair->fast, &all);
	}
	model_set_pristine(pair->exact, pair->pristine);
	model_set_pristine(pair->fast, pair->pristine);
}

static void test_random_programs(void)
{
	uint64_t seed = harness_seed(8086), programs = harness_count(200000) / 10;
	struct pair pair;
	uint64_t retired = 0;

	CU_ASSERT_FATAL(pair_start(&pair, seed));
	model_let_code_be_written(pair.exact);
	model_let_code_be_written(pair.fast);
	maker_make_pristine(&pair.maker, pair.pristine);
	for (uint64_t i = 0; i < programs; i++) {
		struct case_input input;
		reset(&pair);
		make_program(&pair.maker, &input);
		model_begin(pair.exact, &input);
		model_begin(pair.fast, &input);
		while (model_cycles(pair.exact) < CYCLES && model_single(pair.exact))
			;
		run_in_pieces(&pair.maker, pair.fast);
		retired += model_retired(pair.exact);
		compare(&pair, i);
	}
	printf("   %" PRIu64 " programs, %" PRIu64 " instructions, %u different\n", programs, retired,
	       pair.different);
	CU_ASSERT_EQUAL(pair.different, 0);
	pair_end(&pair);
}

/* ---- blocks found again ---- */

static bool same_end(const struct case_result *a, const struct case_result *b)
{
	return a->eip == b->eip && a->vector == b->vector && a->eflags == b->eflags &&
	       a->changed == b->changed && memcmp(a->gpr, b->gpr, sizeof a->gpr) == 0;
}

/* Runs the case three times: whole, in pieces, whole. The second finds the TLB as it was left. */
static bool runs_again(struct model *model, const struct test_case *test_case, uint64_t cycles)
{
	struct case_result result;

	model_begin(model, &test_case->input);
	for (unsigned run = 0; run < 3; run++) {
		bool ended = run == 1 ? model_run_in_steps(model, 3) : model_run(model);
		model_end(model, &result);
		if (!ended || !same_end(&result, &test_case->result))
			return false;
		if (run != 1 && model_cycles(model) != cycles)
			return false;
		cycles = model_cycles(model);
		model_again(model);
	}
	return true;
}

static void test_blocks_again(void)
{
	uint64_t seed = harness_seed(8088), cases = harness_count(200000);
	struct pair pair;

	CU_ASSERT_FATAL(pair_start(&pair, seed));
	pair.maker.local_segments = true;
	maker_make_pristine(&pair.maker, pair.pristine);
	model_set_pristine(pair.exact, pair.pristine);
	model_set_pristine(pair.fast, pair.pristine);
	for (uint64_t i = 0; i < cases; i++) {
		struct test_case test_case;
		struct made_case made = maker_make(&pair.maker, pair.exact, &test_case);

		pair.different += !runs_again(pair.fast, &test_case, made.cycles);
	}
	printf("   %" PRIu64 " cases, %u different\n", cases, pair.different);
	CU_ASSERT_EQUAL(pair.different, 0);
	pair_end(&pair);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "blocks found again do what they did first", test_blocks_again },
		{ "random programs that write their own code", test_random_programs },
		{ 0 },
	};

	return harness_main("blocks against single rows", tests);
}
