/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/test_realcpu.c - our processor against the real one: random cases out of the
 * instruction table run on our exact rows, on our fast paths and natively in 32-bit code, and end in
 * the same registers, flags, memory and event, but for the flags that the manual leaves undefined.
 * RINGSIDE_SEED repeats a run, RINGSIDE_COUNT sets the number of instructions.
 */
#include "core/disassemble.h"
#include "tests/harness.h"
#include "tests/oracle/case_maker.h"
#include "tests/oracle/native_cpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPORTED = 5 };

struct oracle {
	struct maker maker;
	struct model *exact, *fast;
	struct native *native;     /* NULL: compare ours with ours only */
	struct shared *shared;     /* the helper's, or our own */
	struct test_case cases[CASE_BATCH]; /* with our exact results */
	struct made_case made[CASE_BATCH];
	uint64_t instructions, compared, different;
};

/* ---- comparing ---- */

static bool has_error_code(uint32_t vector)
{
	return vector == VECTOR_DF || (vector >= VECTOR_TS && vector <= VECTOR_PF) || vector == VECTOR_AC;
}

/* Present, write, user: whether fetches are told apart depends on NX. */
static uint32_t error_of(const struct case_result *result)
{
	if (!has_error_code(result->vector))
		return 0;
	return result->vector == VECTOR_PF ? result->error & 7 : result->error;
}

static uint32_t flags_mask(const struct made_case *made)
{
	return (EFLAGS_STATUS | EFLAGS_DF | EFLAGS_AC) & ~made->undefined;
}

/* The next change that is to be compared, from the `i`th on. */
static uint32_t next_change(const struct case_result *result, uint32_t i, const struct made_case *made)
{
	uint32_t first = made->image.linear - CASE_SCRATCH, last = first + made->image.size;

	while (i < result->changed && i < CASE_CHANGES && result->change[i].offset + 4 > first &&
	       result->change[i].offset < last && made->image.size)
		i++;
	return i;
}

static bool same_changes(const struct case_result *a, const struct case_result *b, const struct made_case *made)
{
	uint32_t i = next_change(a, 0, made), k = next_change(b, 0, made);

	while (i < a->changed && i < CASE_CHANGES && k < b->changed && k < CASE_CHANGES) {
		if (a->change[i].offset != b->change[k].offset || a->change[i].value != b->change[k].value)
			return false;
		i = next_change(a, i + 1, made);
		k = next_change(b, k + 1, made);
	}
	return (i < a->changed && i < CASE_CHANGES) == (k < b->changed && k < CASE_CHANGES);
}

static const char *partial_difference(const struct case_result *a, const struct case_result *b)
{
	if (a->eip != b->eip || a->gpr[ESP] != b->gpr[ESP])
		return "EIP or ESP";
	return (a->vector == VECTOR_BP) == (b->vector == VECTOR_BP) ? NULL : "event";
}

/* What differs, or NULL. */
static const char *difference(const struct case_result *a, const struct case_result *b,
                              const struct made_case *made)
{
	const char *what;

	if (made->partial)
		return partial_difference(a, b);
	if (a->vector != b->vector)
		return "event";
	if (error_of(a) != error_of(b))
		return "error code";
	if (a->vector == VECTOR_PF && a->address != b->address)
		return "CR2";
	if (a->eip != b->eip)
		return "EIP";
	if ((a->eflags ^ b->eflags) & flags_mask(made))
		return "flags";
	if (memcmp(a->gpr, b->gpr, sizeof a->gpr))
		return "registers";
	what = floats_difference(a->floats, b->floats, !made->x87_open);
	if (what)
		return what;
	return same_changes(a, b, made) ? NULL : "memory";
}

/* ---- reporting ---- */

static void print_code(const struct case_input *input)
{
	uint32_t position = 0;
	char text[96];

	while (position < input->length) {
		uint32_t address = case_eip(input) + position;
		size_t length = disassemble(input->code + position, input->length - position, address,
		                            case_worlds[input->world][CASE_CS].big, text, sizeof text);
		if (!length)
			length = input->length - position;
		printf("   %08" PRIx32 " ", address);
		for (size_t i = 0; i < length; i++)
			printf(" %02x", input->code[position + i]);
		printf("  %s\n", text);
		position += (uint32_t)length;
	}
}

static void print_registers(const char *name, const uint32_t *gpr, uint32_t eip, uint32_t eflags)
{
	static const char *const names[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };

	printf("   %-7s", name);
	for (int i = 0; i < 8; i++)
		printf(" %s=%08" PRIx32, names[i], gpr[i]);
	printf(" eip=%08" PRIx32 " flags=%06" PRIx32 "\n", eip, eflags & (uint32_t)EFLAGS_DEFINED);
}

static void print_result(const char *name, const struct case_result *result)
{
	print_registers(name, result->gpr, result->eip, result->eflags);
	printf("           vector %" PRIu32 " error %" PRIx32 " address %08" PRIx32 ", %" PRIu32
	       " doublewords changed:",
	       result->vector, result->error, result->address, result->changed);
	for (uint32_t i = 0; i < result->changed && i < 6; i++)
		printf(" [%08" PRIx32 "]=%08" PRIx32, CASE_SCRATCH + result->change[i].offset,
		       result->change[i].value);
	printf("\n");
}

static void print_floats(const char *name, const uint8_t *image)
{
	unsigned status = image[2] | image[3] << 8;

	printf("   %-7s control %02x%02x status %04x valid %02x eip %02x%02x%02x%02x top %u mxcsr %02x%02x\n", name, image[1],
	       image[0], status, image[FLOATS_VALID], image[11], image[10], image[9], image[8], status >> 11 & 7,
	       image[FLOATS_MXCSR + 1], image[FLOATS_MXCSR]);
	for (unsigned i = 0; i < 8; i++) {
		printf(" %s%u:", (image[FLOATS_VALID] >> (((status >> 11) + i) & 7) & 1) ? "st" : "--", i);
		for (unsigned k = 10; k--;)
			printf("%02x%s", image[FLOATS_STACK + 16 * i + k], k == 8 ? "." : "");
		printf(i % 4 == 3 ? "\n" : " ");
	}
}

static void report(struct oracle *oracle, const char *what, const char *other, const struct case_input *input,
		   const struct made_case *made, const struct case_result *ours,
		   const struct case_result *theirs)
{
	if (oracle->different++ >= REPORTED)
		return;
	printf("   different %s (flags compared: %06" PRIx32 ") with segments of world %" PRIu32 "\n", what,
	       flags_mask(made), input->world);
	print_code(input);
	print_registers("before", input->gpr, case_eip(input), input->eflags);
	print_floats("before", input->floats);
	print_result("rows", ours);
	print_floats("rows", ours->floats);
	print_result(other, theirs);
	print_floats(other, theirs->floats);
}

/* ---- running ---- */

static void make_batch(struct oracle *oracle, uint32_t *count, uint64_t wanted)
{
	maker_make_pristine(&oracle->maker, oracle->shared->pristine);
	model_set_pristine(oracle->exact, oracle->shared->pristine);
	model_set_pristine(oracle->fast, oracle->shared->pristine);
	for (*count = 0; *count < CASE_BATCH && oracle->instructions < wanted; ++*count) {
		struct test_case *test_case = &oracle->cases[*count];
		oracle->made[*count] = maker_make(&oracle->maker, oracle->exact, test_case);
		oracle->shared->cases[*count].input = test_case->input;
		oracle->instructions += oracle->made[*count].instructions;
	}
}

/* Ours must agree on time too, whether it is stepped or runs. */
static const char *time_difference(const struct made_case *made, const struct model *fast)
{
	if (made->retired != model_retired(fast))
		return "instruction count";
	return made->cycles == model_cycles(fast) ? NULL : "clock";
}

/* Our two ways must agree on undefined flags too. */
static void compare_fast(struct oracle *oracle, uint32_t count)
{
	const struct made_case all_defined = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		const struct test_case *test_case = &oracle->cases[i];
		struct case_result result;
		const char *what;

		model_begin(oracle->fast, &test_case->input);
		model_run(oracle->fast);
		model_end(oracle->fast, &result);
		what = difference(&test_case->result, &result, &all_defined);
		if (!what)
			what = time_difference(&oracle->made[i], oracle->fast);
		oracle->compared++;
		if (what)
			report(oracle, what, "fast", &test_case->input, &all_defined, &test_case->result,
			       &result);
	}
}

static bool compare_native(struct oracle *oracle, uint32_t count)
{
	if (!native_run(oracle->native, count))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct test_case *test_case = &oracle->cases[i];
		const struct case_result *result = &oracle->shared->cases[i].result;
		const char *what = difference(&test_case->result, result, &oracle->made[i]);
		oracle->compared++;
		if (what)
			report(oracle, what, "native", &test_case->input, &oracle->made[i],
			       &test_case->result, result);
	}
	return true;
}

/* Every row has been run, and every row that can complete has done so. */
static void check_coverage(const struct maker *maker)
{
	static const char *const never[] = { "ud0", "ud1", "ud2", "rsm", "int1", "int3" };
	size_t covered = 0;

	for (size_t i = 0; i < maker->rows; i++) {
		const struct maker_row *row = &maker->row[i];
		bool ok = row->completed > 0;
		for (size_t n = 0; n < sizeof never / sizeof never[0]; n++)
			ok |= row->made > 0 && strcmp(row->row->mnemonic, never[n]) == 0;
		if (!ok)
			printf("   never completed: %s%02x /%d %s (%" PRIu32 " tried)\n",
			       row->two_byte ? "0f " : "", row->opcode, row->reg, row->row->mnemonic,
			       row->made);
		covered += ok;
	}
	printf("   %zu of %zu innocuous rows covered\n", covered, maker->rows);
	CU_ASSERT_EQUAL(covered, maker->rows);
}

static struct oracle *oracle_new(uint64_t seed)
{
	struct oracle *oracle = calloc(1, sizeof *oracle);

	if (!oracle)
		return NULL;
	maker_start(&oracle->maker, seed);
	oracle->exact = model_new(true);
	oracle->fast = model_new(false);
	return oracle;
}

static void oracle_free(struct oracle *oracle)
{
	if (!oracle->native)
		free(oracle->shared);
	native_stop(oracle->native);
	model_free(oracle->exact);
	model_free(oracle->fast);
	free(oracle);
}

static void run(struct oracle *oracle, uint64_t wanted)
{
	uint64_t cases = 0;
	uint32_t count;

	while (oracle->instructions < wanted && oracle->different < 1000) {
		make_batch(oracle, &count, wanted);
		cases += count;
		compare_fast(oracle, count);
		if (oracle->native && !compare_native(oracle, count)) {
			CU_FAIL("the native helper died or hangs");
			return;
		}
	}
	printf("   %" PRIu64 " instructions in %" PRIu64 " cases, %" PRIu64 " different\n",
	       oracle->instructions, cases, oracle->different);
	CU_ASSERT_EQUAL(oracle->different, 0);
	if (wanted >= 100000 && !oracle->different)
		check_coverage(&oracle->maker);
}

static void test_fast_paths(void)
{
	struct oracle *oracle = oracle_new(harness_seed(386));

	CU_ASSERT_PTR_NOT_NULL_FATAL(oracle);
	oracle->shared = calloc(1, sizeof *oracle->shared);
	CU_ASSERT_PTR_NOT_NULL_FATAL(oracle->shared);
	oracle->maker.local_segments = true;
	run(oracle, harness_count(200000));
	oracle_free(oracle);
}

static void test_native(void)
{
	struct oracle *oracle = oracle_new(harness_seed(686));
	char why[4200] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(oracle);
	oracle->native = native_start(why, sizeof why);
	if (oracle->native) {
		oracle->shared = native_shared(oracle->native);
		oracle->maker.local_segments = oracle->shared->has_local_segments;
		CU_ASSERT(oracle->shared->has_floats);
		if (!oracle->maker.local_segments)
			printf("   this kernel has no local 16-bit segments: flat ones only\n");
		run(oracle, harness_count(1000000));
	} else {
		printf("   skipped: %s\n", why);
	}
	oracle_free(oracle);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "fast paths as the rows", test_fast_paths },
		{ "the rows as the real CPU", test_native },
		{ 0 },
	};

	return harness_main("real CPU", tests);
}
