/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_simd.c - MMX, SSE and SSE2: what forbids them, in which order, and what faults leave alone; estimates.
 * Results and flags are the real-CPU oracle's business (tests/oracle/test_realcpu.c). SDM vol. 3, 12.1 to 12.5, 13.1.
 */
#include "tests/cpu/integer.h"
#include "tests/harness.h"

#include <math.h>

#define PADDB_MM 0x0f, 0xfc, 0xc1
#define PADDB_MM_MEMORY 0x0f, 0xfc, 0x06 /* mm0, [esi] */
#define ADDPS 0x0f, 0x58, 0xc1
#define ADDPS_MEMORY 0x0f, 0x58, 0x06
#define DIVSS 0xf3, 0x0f, 0x5e, 0xc1
#define MOVAPS_STORE 0x0f, 0x29, 0x06
#define MOVUPS_STORE 0x0f, 0x11, 0x06

static struct lab *simd_lab(void)
{
	struct lab *lab = lab_new(true, true);

	lab->cpu->features.cpuid_edx |= 1u << 0 | 0xfu << 23;
	lab->cpu->state.cr0 |= CR0_NE;
	lab->cpu->state.cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
	lab->cpu->state.gpr[ESI] = LAB_DATA;
	lab->cpu->floats->x87.status = 3 << 11;
	lab->cpu->floats->x87.valid = 0x10;
	return lab;
}

static unsigned raised(const struct lab *lab)
{
	return lab->cpu->event.vector;
}

/* The first that applies is raised: #UD, #NM, #MF, then the operand's. */
static void test_forbidden(void)
{
	struct lab *lab = simd_lab();
	uint32_t *cr0 = &lab->cpu->state.cr0, *cr4 = &lab->cpu->state.cr4;

	lab->cpu->floats->x87.status |= 0x8081;
	lab->cpu->floats->x87.control = 0x037e;
	CU_ASSERT_FALSE(LAB(lab, PADDB_MM));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_MF);
	CU_ASSERT_TRUE(LAB(lab, ADDPS)); /* reaches no MMX register */
	*cr0 |= CR0_TS;
	CU_ASSERT_FALSE(LAB(lab, PADDB_MM));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_NM);
	CU_ASSERT_FALSE(LAB(lab, ADDPS));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_NM);
	*cr4 &= ~(uint32_t)CR4_OSFXSR;
	CU_ASSERT_FALSE(LAB(lab, ADDPS));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_UD);
	CU_ASSERT_FALSE(LAB(lab, 0x0f, 0xae, 0x16)); /* ldmxcsr */
	CU_ASSERT_EQUAL(raised(lab), VECTOR_UD);
	*cr0 |= CR0_EM;
	CU_ASSERT_FALSE(LAB(lab, PADDB_MM));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_UD);
	CU_ASSERT_TRUE(LAB(lab, 0x0f, 0xae, 0xf8));  /* sfence */
	CU_ASSERT_TRUE(LAB(lab, 0x0f, 0xc3, 0x06)); /* movnti */
	lab_free(lab);
}

static void test_mmx_and_x87(void)
{
	struct lab *lab = simd_lab();
	struct x87_state *x87 = &lab->cpu->floats->x87;

	x87->r[0].significand = 0x01ff;
	x87->r[1].significand = 0x0101;
	CU_ASSERT_TRUE(LAB(lab, PADDB_MM));
	CU_ASSERT_EQUAL(x87->r[0].significand, 0x0200);
	CU_ASSERT_EQUAL(x87->r[0].sign_exponent, 0xffff);
	CU_ASSERT_EQUAL(x87->r[1].sign_exponent, 0);
	CU_ASSERT_EQUAL(x87->valid, 0xff);
	CU_ASSERT_EQUAL(x87->status, 0);
	CU_ASSERT_TRUE(LAB(lab, 0x0f, 0x77)); /* emms */
	CU_ASSERT_EQUAL(x87->valid, 0);
	lab_free(lab);
}

static void test_faults(void)
{
	struct lab *lab = simd_lab();
	const struct float_state before = *lab->cpu->floats;

	lab_paging(lab);
	lab->cpu->state.gpr[ESI] = LAB_DATA + 8;
	CU_ASSERT_FALSE(LAB(lab, ADDPS_MEMORY));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_GP);
	CU_ASSERT_TRUE(LAB(lab, MOVUPS_STORE));
	lab_page_rights(lab, LAB_DATA + 0x1000, 0);
	lab->cpu->state.gpr[ESI] = LAB_DATA + 0x1000 - 4;
	lab_write(lab, LAB_DATA + 0x1000 - 4, 4, 0x12345678);
	CU_ASSERT_FALSE(LAB(lab, MOVUPS_STORE));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_PF);
	CU_ASSERT_EQUAL(lab->cpu->event.address, LAB_DATA + 0x1000);
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 0x1000 - 4, 4), 0x12345678);
	CU_ASSERT_FALSE(LAB(lab, PADDB_MM_MEMORY));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_PF);
	lab->cpu->state.gpr[ESI] = LAB_DATA + 0x1000;
	CU_ASSERT_FALSE(LAB(lab, MOVAPS_STORE));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_PF);
	CU_ASSERT(memcmp(&before, lab->cpu->floats, sizeof before) == 0);
	lab_free(lab);
}

static void test_unmasked(void)
{
	struct lab *lab = simd_lab();
	struct sse_state *sse = &lab->cpu->floats->sse;

	sse->xmm[0].dword[0] = 0x3f800000; /* 1 / 0 */
	sse->mxcsr = 0x1f80 & ~0x200u;
	CU_ASSERT_FALSE(LAB(lab, DIVSS));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_XM);
	CU_ASSERT_EQUAL(sse->mxcsr & 0x3f, 4);
	CU_ASSERT_EQUAL(sse->xmm[0].dword[0], 0x3f800000);
	lab->cpu->state.cr4 &= ~(uint32_t)CR4_OSXMMEXCPT;
	CU_ASSERT_FALSE(LAB(lab, DIVSS));
	CU_ASSERT_EQUAL(raised(lab), VECTOR_UD);
	sse->mxcsr = 0x1f80;
	CU_ASSERT_TRUE(LAB(lab, DIVSS));
	CU_ASSERT_EQUAL(sse->mxcsr, 0x1f84);
	CU_ASSERT_EQUAL(sse->xmm[0].dword[0], 0x7f800000);
	lab_write(lab, LAB_DATA, 4, 0x10000);
	CU_ASSERT_FALSE(LAB(lab, 0x0f, 0xae, 0x16)); /* ldmxcsr: a reserved bit */
	CU_ASSERT_EQUAL(raised(lab), VECTOR_GP);
	CU_ASSERT_EQUAL(sse->mxcsr, 0x1f84);
	lab_free(lab);
}

/* The relative error is at most 1.5 * 2^-12. */
static void test_estimates(void)
{
	struct lab *lab = simd_lab();
	union xmm *xmm = lab->cpu->floats->sse.xmm;
	uint64_t random = harness_seed(99);

	for (unsigned i = 0; i < 20000; i++) {
		uint32_t bits = (uint32_t)harness_random(&random) & 0x3fffffff;
		float x, reciprocal, root;

		bits += 0x20000000;
		memcpy(&x, &bits, 4);
		xmm[1].dword[0] = bits;
		CU_ASSERT_TRUE(LAB(lab, 0xf3, 0x0f, 0x53, 0xc1)); /* rcpss */
		memcpy(&reciprocal, &xmm[0], 4);
		CU_ASSERT_TRUE(LAB(lab, 0xf3, 0x0f, 0x52, 0xc1)); /* rsqrtss */
		memcpy(&root, &xmm[0], 4);
		if (fabs((double)reciprocal * (double)x - 1) > 1.5 / 4096 ||
		    fabs((double)root * sqrt((double)x) - 1) > 1.5 / 4096)
			CU_FAIL("an estimate is too far from the result");
	}
	lab_free(lab);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"what forbids an instruction, in order", test_forbidden},
		{"MMX registers are the x87's", test_mmx_and_x87},
		{"a fault leaves registers and memory alone", test_faults},
		{"exceptions that are not masked", test_unmasked},
		{"estimates keep the manual's bound", test_estimates},
		{0},
	};

	return harness_main("simd", tests);
}
