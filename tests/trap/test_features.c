/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_features.c - what a processor announces works, and what it does not announce raises #UD or #GP: a guest asks CPUID and
 * then tries, on each model, with each feature taken away, under each technique.
 */
#include "core/processor.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <string.h>

enum { CYCLES = 1000000, ENDED = 0x100, FREE = 0x200 }; /* ENDED: no event; FREE: the manual leaves it open */

static char choice[64];

static void choose(struct config *config)
{
	strcpy(config->cpu, choice);
}

#define CODE(...) {__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define MOV_ECX(number) 0xb9, (number) & 0xff, (number) >> 8 & 0xff, (number) >> 16 & 0xff, (number) >> 24 & 0xff
#define OR_CR4(bits) 0x0f, 0x20, 0xe0, 0x0d, (bits) & 0xff, (bits) >> 8, 0, 0, 0x0f, 0x22, 0xe0
#define POINT_AT_DATA 0xbf, 0x00, 0xb0, 0, 0 /* mov edi, RIG_DATA */

/* One way to use a feature. */
struct trial {
	enum cpu_feature feature;
	uint16_t with, without; /* vector, or ENDED */
	uint8_t code[24];
	uint8_t size;
};

static const struct trial trials[] = {
	{CPU_HAS_FPU, ENDED, FREE, CODE(0xdb, 0xe3, 0xd9, 0xe8, 0xdd, 0x1d, 0x00, 0xb0, 0, 0)}, /* fninit; fld1; fstp */
	{CPU_HAS_VME, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_VME))},
	{CPU_HAS_VME, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_PVI))},
	{CPU_HAS_DE, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_DE))},
	{CPU_HAS_PSE, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_PSE))},
	{CPU_HAS_TSC, ENDED, VECTOR_UD, CODE(0x0f, 0x31)},
	{CPU_HAS_TSC, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_TSD))},
	{CPU_HAS_MSR, VECTOR_GP, VECTOR_UD, CODE(MOV_ECX(0xffffffff), 0x0f, 0x32)},
	{CPU_HAS_MSR, VECTOR_GP, VECTOR_UD, CODE(MOV_ECX(0xffffffff), 0x0f, 0x30)},
	{CPU_HAS_PAE, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_PAE))},
	{CPU_HAS_MCE, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_MCE))},
	{CPU_HAS_CX8, ENDED, VECTOR_UD, CODE(POINT_AT_DATA, 0x0f, 0xc7, 0x0f)},
	{CPU_HAS_SEP, VECTOR_GP, VECTOR_UD, CODE(0x0f, 0x35)}, /* without a segment to go to */
	{CPU_HAS_PGE, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_PGE))},
	{CPU_HAS_CMOV, ENDED, VECTOR_UD, CODE(0x0f, 0x44, 0xc1)},
	{CPU_HAS_CLFSH, ENDED, VECTOR_UD, CODE(POINT_AT_DATA, 0x0f, 0xae, 0x3f)},
	{CPU_HAS_MMX, ENDED, VECTOR_UD, CODE(0x0f, 0xef, 0xc0, 0x0f, 0x77)},                                 /* pxor; emms */
	{CPU_HAS_FXSR, ENDED, VECTOR_UD, CODE(POINT_AT_DATA, 0x0f, 0xae, 0x07)},                             /* fxsave */
	{CPU_HAS_FXSR, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_OSFXSR))},
	{CPU_HAS_SSE, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_OSXMMEXCPT))},
	{CPU_HAS_UMIP, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_UMIP))},
	{CPU_HAS_HINTS, ENDED, VECTOR_UD, CODE(0x0f, 0x1f, 0x44, 0x00, 0x00)}, /* nop dword [eax+eax+0] */
	{CPU_HAS_HINTS, ENDED, VECTOR_UD, CODE(0x66, 0x0f, 0x19, 0xc0)},
	{CPU_HAS_HINTS, ENDED, VECTOR_UD, CODE(0x0f, 0x18, 0x05, 0xff, 0xff, 0xff, 0xff)}, /* prefetchnta: where nothing is */
	{CPU_HAS_HINTS, ENDED, VECTOR_UD, CODE(0x0f, 0x18, 0xc8)},
	{CPU_HAS_RDPMC, ENDED, VECTOR_GP, CODE(OR_CR4(CR4_PCE))},
};

/* MSRs that a feature brings, since the P6. */
static const struct trial trials_p6[] = {
	{CPU_HAS_MTRR, ENDED, VECTOR_GP, CODE(MOV_ECX(0xfe), 0x0f, 0x32)},
	{CPU_HAS_MCA, ENDED, VECTOR_GP, CODE(MOV_ECX(0x179), 0x0f, 0x32)},
	{CPU_HAS_PAT, ENDED, VECTOR_GP, CODE(MOV_ECX(0x277), 0x0f, 0x32)},
	{CPU_HAS_SEP, ENDED, VECTOR_GP, CODE(MOV_ECX(0x174), 0x0f, 0x32)},
	{CPU_HAS_NX, ENDED, VECTOR_GP, CODE(MOV_ECX(0xc0000080), 0x0f, 0x32)},
};

/* Instructions that want CR4.OSFXSR, and so FXSR. */
static const struct trial trials_sse[] = {
	{CPU_HAS_SSE, ENDED, VECTOR_UD, CODE(OR_CR4(CR4_OSFXSR), 0x0f, 0x57, 0xc0)},
	{CPU_HAS_SSE2, ENDED, VECTOR_UD, CODE(OR_CR4(CR4_OSFXSR), 0x66, 0x0f, 0x57, 0xc0)},
};

/* Runs code until HLT behind it, or in a handler: gives the handler's vector. */
static unsigned run(struct vm *vm, const uint8_t *code, size_t size)
{
	uint8_t whole[32];
	uint32_t eip;

	memcpy(whole, code, size);
	whole[size] = 0xf4;
	rig_state(vm)->activity = ACTIVITY_ACTIVE;
	rig_state(vm)->gpr[ESP] = RIG_STACK;
	rig_state(vm)->cr4 = 0;
	rig_changed(vm);
	if (rig_run(vm, whole, size + 1, vm->clock + CYCLES) != VM_HALTED)
		return FREE;
	eip = vm_guest_state(vm)->eip;
	return eip == RIG_CODE + size + 1 ? ENDED : (eip - RIG_HANDLER) / 16;
}

static uint32_t cpuid(struct vm *vm, uint32_t leaf, enum gpr reg)
{
	uint8_t code[] = {0xb8, 0, 0, 0, 0, 0x0f, 0xa2};

	memcpy(code + 1, &leaf, 4);
	CU_ASSERT_EQUAL(run(vm, code, sizeof code), ENDED);
	return vm_guest_state(vm)->gpr[reg];
}

/* What CPUID tells the guest. */
static bool announced(struct vm *vm, enum cpu_feature feature)
{
	const struct feature_row *row = &cpu_feature_rows[feature];

	switch (row->leaf) {
	case LEAF1_EDX:
		return cpuid(vm, 1, EDX) >> row->bit & 1;
	case LEAF7_ECX:
		return cpuid(vm, 0, EAX) >= 7 && (cpuid(vm, 7, ECX) >> row->bit & 1);
	case EXTENDED_EDX:
		return cpuid(vm, 0x80000000, EAX) > 0x80000000 && (cpuid(vm, 0x80000001, EDX) >> row->bit & 1);
	default:
		return feature == CPU_HAS_RDPMC ? vm->features.rdpmc : vm->features.hints; /* the family tells */
	}
}

static void try_all(struct vm *vm, const char *way, const struct trial *list, size_t count)
{
	for (const struct trial *trial = list; trial < list + count; trial++) {
		bool there = announced(vm, trial->feature);
		unsigned wanted = there ? trial->with : trial->without, got = run(vm, trial->code, trial->size);

		if (wanted == got || wanted == FREE)
			continue;
		printf("# %s, %s: %s is %sannounced, and gives %x\n", choice, way, cpu_feature_rows[trial->feature].name,
		       there ? "" : "not ", got);
		CU_FAIL("what is announced is not what works");
	}
}

static void try_processor(const struct rig_way *way)
{
	struct vm *vm = rig_new(way, choose);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	try_all(vm, way->name, trials, sizeof trials / sizeof *trials);
	if (announced(vm, CPU_HAS_MSR) && (cpuid(vm, 1, EAX) >> 8 & 15) >= 6)
		try_all(vm, way->name, trials_p6, sizeof trials_p6 / sizeof *trials_p6);
	if (announced(vm, CPU_HAS_FXSR))
		try_all(vm, way->name, trials_sse, sizeof trials_sse / sizeof *trials_sse);
	vm_free(vm);
}

static void test_models(void)
{
	for (size_t i = 0; cpu_model(i); i++)
		for (unsigned way = 0; way < RIG_WAYS; way++) {
			snprintf(choice, sizeof choice, "%s", cpu_model(i)->name);
			try_processor(&rig_ways[way]);
		}
}

/* Each feature taken from the richest model, or added to the poorest, where that makes a processor. */
static void test_single_features(void)
{
	struct cpu_features features;
	char error[256];

	for (unsigned i = 0; i < CPU_FEATURES; i++)
		for (unsigned more = 0; more < 2; more++) {
			snprintf(choice, sizeof choice, "%s%s", more ? "i486,+" : "max,-", cpu_feature_rows[i].name);
			if (!processor_parse(choice, &features, error, sizeof error))
				continue;
			try_processor(&rig_ways[0]);
			try_processor(&rig_ways[RIG_TRAP]);
			try_processor(&rig_ways[RIG_HVM + 1]);
		}
}

/* Leaves that there are tell what the model's row has; a leaf beyond answers as the highest basic one. */
static void test_leaves(void)
{
	for (size_t i = 0; cpu_model(i); i++) {
		const struct cpu_model *model = cpu_model(i);
		struct vm *vm;

		snprintf(choice, sizeof choice, "%s", model->name);
		vm = rig_new(&rig_ways[0], choose);
		CU_ASSERT_EQUAL(cpuid(vm, 1, EAX), model->version);
		CU_ASSERT_EQUAL(cpuid(vm, 1, EBX) & 0xff, model->brand_index);
		CU_ASSERT_EQUAL(cpuid(vm, 0, EBX), 0x756e6547);
		if (model->highest_basic >= 2)
			CU_ASSERT_EQUAL(cpuid(vm, 2, EDX), model->caches[3]);
		CU_ASSERT_EQUAL(cpuid(vm, 0x70000000, EDX), cpuid(vm, cpuid(vm, 0, EAX), EDX));
		if (model->highest_extended) {
			char brand[5] = "";
			uint32_t word = cpuid(vm, 0x80000002, EAX);

			memcpy(brand, &word, 4);
			CU_ASSERT_EQUAL(cpuid(vm, 0x80000000, EAX), model->highest_extended);
			CU_ASSERT(!strncmp(model->brand, brand, 4));
		} else {
			CU_ASSERT_EQUAL(cpuid(vm, 0x80000002, EDX), cpuid(vm, cpuid(vm, 0, EAX), EDX));
		}
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"models", test_models},
		{"single features", test_single_features},
		{"leaves", test_leaves},
		{0},
	};
	return harness_main("features", tests);
}
