/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_integer_string.c - repetition: where it stops, what a fault in the middle leaves, and that
 * many repetitions done at once are exactly the same as one after the other, in state and in time.
 */
#include "tests/cpu/integer.h"
#include "tests/harness.h"

enum { MOVSB = 0xa4, MOVSD = 0xa5, CMPSB = 0xa6, STOSD = 0xab, LODSD = 0xad, SCASB = 0xae };
enum { REP = 0xf3, REPNE = 0xf2 };

static uint32_t iteration(const struct lab *lab)
{
	return lab->costs.cycles[COST_string_iteration];
}

static void test_single(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	gpr[ESI] = LAB_DATA;
	gpr[EDI] = LAB_DATA + 0x100;
	gpr[ECX] = 5;
	lab_write(lab, LAB_DATA, 4, 0x12345678);
	CU_ASSERT(LAB(lab, MOVSD));
	CU_ASSERT(lab_read(lab, LAB_DATA + 0x100, 4) == 0x12345678 && gpr[ECX] == 5);
	CU_ASSERT(gpr[ESI] == LAB_DATA + 4 && gpr[EDI] == LAB_DATA + 0x104);
	LAB(lab, 0xfd); /* std */
	gpr[ESI] = LAB_DATA;
	CU_ASSERT(LAB(lab, LODSD));
	CU_ASSERT(gpr[EAX] == 0x12345678 && gpr[ESI] == LAB_DATA - 4);
	CU_ASSERT(LAB(lab, 0x66, STOSD));
	CU_ASSERT(lab_read(lab, LAB_DATA + 0x104, 4) == 0x5678 && gpr[EDI] == LAB_DATA + 0x102);
	lab_free(lab);
}

/* 16-bit addresses: SI, DI and CX wrap by themselves, upper halves stay. */
static void test_small_addresses(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	gpr[EDI] = 0xaaaafffe;
	gpr[ECX] = 0xbbbb0004;
	gpr[EAX] = 0x99;
	CU_ASSERT(LAB(lab, 0x67, REP, 0xaa));
	CU_ASSERT(gpr[EDI] == 0xaaaa0002 && gpr[ECX] == 0xbbbb0000);
	CU_ASSERT(lab_read(lab, 0xfffe, 2) == 0x9999 && lab_read(lab, 0, 2) == 0x9999);
	CU_ASSERT(lab_read(lab, 2, 1) == 0 && lab_read(lab, 0x10000, 1) == 0);
	gpr[ECX] = 0xbbbb0000; /* CX is zero: nothing happens */
	CU_ASSERT(LAB(lab, 0x67, REP, MOVSB));
	CU_ASSERT(gpr[EDI] == 0xaaaa0002);
	lab_free(lab);
}

static void test_comparisons(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	memcpy(lab->ram + LAB_DATA, "ringside", 9);
	memcpy(lab->ram + LAB_DATA + 0x100, "ringsite", 9);
	gpr[ESI] = LAB_DATA;
	gpr[EDI] = LAB_DATA + 0x100;
	gpr[ECX] = 9;
	CU_ASSERT(LAB(lab, REP, CMPSB));
	CU_ASSERT(gpr[ECX] == 2 && gpr[ESI] == LAB_DATA + 7 && !flag_zf(lab->cpu) && flag_cf(lab->cpu));
	gpr[EDI] = LAB_DATA;
	gpr[ECX] = 0xffffffff;
	CU_ASSERT(LAB(lab, REPNE, SCASB)); /* strlen */
	CU_ASSERT(gpr[ECX] == 0xffffffff - 9 && flag_zf(lab->cpu));
	lab_flags(lab, EFLAGS_CF);
	gpr[ECX] = 0;
	CU_ASSERT(LAB(lab, REPNE, SCASB)); /* none: flags stay */
	CU_ASSERT_EQUAL(status_flags(lab->cpu), EFLAGS_CF);
	lab_free(lab);
}

static void test_fault_in_the_middle(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	lab_paging(lab);
	lab_page_rights(lab, LAB_DATA + 0x1000, 1); /* read-only */
	gpr[EDI] = LAB_DATA + 0xff0;
	gpr[ECX] = 10;
	gpr[EAX] = 0xabababab;
	CU_ASSERT(!LAB(lab, REP, STOSD));
	CU_ASSERT(lab->cpu->event.vector == VECTOR_PF && lab->cpu->event.address == LAB_DATA + 0x1000);
	CU_ASSERT(gpr[ECX] == 6 && gpr[EDI] == LAB_DATA + 0x1000);
	CU_ASSERT(lab_read(lab, LAB_DATA + 0xffc, 4) == 0xabababab && lab->cpu->state.eip == LAB_CODE);
	lab_page_rights(lab, LAB_DATA + 0x1000, 3);
	CU_ASSERT(LAB(lab, REP, STOSD));
	CU_ASSERT(gpr[ECX] == 0 && gpr[EDI] == LAB_DATA + 0x1018);
	lab_free(lab);
}

/* The repetition that reaches the deadline is the last; at least one is made. */
static void test_deadline(void)
{
	for (unsigned exact = 0; exact < 2; exact++) {
		struct lab *lab = lab_new(true, exact);
		uint32_t *gpr = lab->cpu->state.gpr;

		gpr[EDI] = LAB_DATA;
		gpr[ECX] = 100;
		lab->cpu->deadline = lab->clock + 10 * iteration(lab) - 1;
		CU_ASSERT(LAB(lab, REP, STOSD));
		CU_ASSERT(gpr[ECX] == 90 && lab->clock == 10 * iteration(lab));
		CU_ASSERT_EQUAL(lab->cpu->next_eip, LAB_CODE);
		CU_ASSERT(LAB(lab, REP, STOSD));
		CU_ASSERT(gpr[ECX] == 89 && lab->cpu->next_eip == LAB_CODE);
		lab->cpu->deadline = UINT64_MAX;
		CU_ASSERT(LAB(lab, REP, STOSD));
		CU_ASSERT(gpr[ECX] == 0 && lab->cpu->next_eip == LAB_CODE + 2);
		lab_free(lab);
	}
}

static uint32_t pick(uint64_t *seed, uint32_t below)
{
	return (uint32_t)(harness_random(seed) % below);
}

struct random_string {
	uint8_t code[4];
	size_t length;
	uint32_t source, destination, count, deadline;
	uint32_t limit; /* of ES */
	bool paging, down, hole;
	uint32_t hole_page;
};

static struct random_string pick_string(uint64_t *seed)
{
	static const uint8_t opcodes[] = {0xa4, 0xa5, 0xaa, 0xab, 0xa4, 0xa5, 0xa6, 0xae, 0xad};
	struct random_string string = {.length = 0};

	if (pick(seed, 3) == 0)
		string.code[string.length++] = 0x66;
	if (pick(seed, 4) == 0)
		string.code[string.length++] = 0x67;
	string.code[string.length++] = pick(seed, 2) ? REP : REPNE;
	string.code[string.length++] = opcodes[pick(seed, sizeof opcodes)];
	string.source = LAB_DATA + pick(seed, 0x8000);
	string.destination = pick(seed, 2) ? string.source - 32 + pick(seed, 64)
	                                   : 0x7000 + pick(seed, 0x9200);
	string.count = pick(seed, 4) ? pick(seed, 64) : pick(seed, 9000);
	string.deadline = pick(seed, 3) ? UINT32_MAX : pick(seed, 20000);
	string.limit = pick(seed, 4) ? UINT32_MAX : string.destination + pick(seed, 0x2000);
	string.paging = pick(seed, 2);
	string.down = pick(seed, 4) == 0;
	string.hole = string.paging && pick(seed, 3) == 0;
	string.hole_page = (2 + pick(seed, 16)) << PAGE_SHIFT;
	return string;
}

static struct lab *run_string(const struct random_string *string, uint64_t seed, bool exact, bool *ok)
{
	struct lab *lab = lab_new(true, exact);
	struct cpu *cpu = lab->cpu;

	for (uint32_t i = LAB_DATA; i < 0x14000; i += 4)
		lab_write(lab, i, 4, (uint32_t)harness_random(&seed) & 0x01010101);
	if (string->paging)
		lab_paging(lab);
	if (string->hole)
		lab_page_rights(lab, string->hole_page, (uint32_t)seed & 1);
	cpu->state.segment[ES].limit = string->limit;
	segment_changed(cpu, ES);
	cpu->state.gpr[ESI] = string->source;
	cpu->state.gpr[EDI] = string->destination;
	cpu->state.gpr[ECX] = string->count;
	cpu->state.gpr[EAX] = 0x01000100;
	cpu->state.eflags |= string->down ? EFLAGS_DF : 0;
	cpu->deadline = lab->clock + string->deadline;
	*ok = lab_perform(lab, string->code, string->length);
	return lab;
}

static void test_many_is_one_by_one(void)
{
	uint64_t seed = harness_seed(3), rounds = harness_count(3000);
	unsigned differ = 0;

	for (uint64_t i = 0; i < rounds; i++) {
		struct random_string string = pick_string(&seed);
		bool ok[2];
		struct lab *many = run_string(&string, i, false, &ok[0]);
		struct lab *one = run_string(&string, i, true, &ok[1]);
		bool same = ok[0] == ok[1] && many->clock == one->clock &&
		            !memcmp(many->ram, one->ram, LAB_RAM) &&
		            !memcmp(many->cpu->state.gpr, one->cpu->state.gpr, sizeof one->cpu->state.gpr) &&
		            many->cpu->next_eip == one->cpu->next_eip &&
		            !memcmp(&many->cpu->event, &one->cpu->event, sizeof one->cpu->event) &&
		            status_flags(many->cpu) == status_flags(one->cpu);

		differ += !same;
		lab_free(many);
		lab_free(one);
	}
	CU_ASSERT_EQUAL(differ, 0);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"one repetition", test_single},
		{"16-bit addresses", test_small_addresses},
		{"comparisons", test_comparisons},
		{"a fault in the middle", test_fault_in_the_middle},
		{"the deadline", test_deadline},
		{"many at once are as one by one", test_many_is_one_by_one},
		{0},
	};

	return harness_main("integer strings", tests);
}
