/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_x87.c - the x87's own rules: the stack and its faults, exceptions pending, #NM and #MF, images in four
 * formats. The arithmetic and the bulk of all cases are the real CPU's to judge (tests/oracle/test_realcpu.c).
 * Intel SDM volume 1, chapter 8.
 */
#include "cpu/float_host.h"
#include "cpu/system.h"
#include "cpu/x87.h"
#include "tests/cpu/integer.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

static struct lab *x87_lab(void)
{
	struct lab *lab = lab_new(true, false);

	lab->cpu->features.cpuid_edx |= 1u << CPUID_FPU | 1u << CPUID_FXSR | 1u << CPUID_CMOV;
	lab->cpu->features.cpuid_edx &= ~(1u << CPUID_SSE);
	lab->cpu->state.cr0 = (lab->cpu->state.cr0 | CR0_NE | CR0_MP) & ~(uint32_t)(CR0_EM | CR0_TS);
	lab->cpu->state.gpr[EBX] = LAB_DATA;
	CU_ASSERT(LAB(lab, 0xdb, 0xe3)); /* fninit */
	return lab;
}

static struct x87_state *x87_of(struct lab *lab)
{
	return &lab->cpu->floats->x87;
}

static bool is_value(struct float80 value, uint16_t sign_exponent, uint64_t significand)
{
	return value.sign_exponent == sign_exponent && value.significand == significand;
}

static bool is_indefinite(struct float80 value)
{
	return is_value(value, 0xffff, UINT64_C(0xc000000000000000));
}

#define FLD1(lab) LAB(lab, 0xd9, 0xe8)
#define FLDZ(lab) LAB(lab, 0xd9, 0xee)
#define FLDPI(lab) LAB(lab, 0xd9, 0xeb)

/* Control words with one exception unmasked. */
static void set_control(struct lab *lab, uint16_t control)
{
	lab_write(lab, LAB_DATA, 2, control);
	CU_ASSERT(LAB(lab, 0xd9, 0x2b)); /* fldcw [ebx] */
}

/* ---- values ---- */

static void test_initialize(void)
{
	struct lab *lab = x87_lab();

	CU_ASSERT_EQUAL(x87_of(lab)->control, 0x37f);
	CU_ASSERT_EQUAL(x87_of(lab)->status, 0);
	CU_ASSERT_EQUAL(x87_tag_word(x87_of(lab)), 0xffff);
	CU_ASSERT(LAB(lab, 0xd9, 0x7b, 0x10)); /* fnstcw [ebx+10h] */
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 0x10, 2), 0x37f);
	CU_ASSERT(LAB(lab, 0xdf, 0xe0)); /* fnstsw ax */
	CU_ASSERT_EQUAL(lab->cpu->state.gpr[EAX], 0);
	lab_free(lab);
}

static void test_arithmetic(void)
{
	struct lab *lab = x87_lab();

	CU_ASSERT(FLDPI(lab));
	CU_ASSERT(FLD1(lab));
	CU_ASSERT(LAB(lab, 0xde, 0xc1)); /* faddp st(1), st */
	CU_ASSERT_EQUAL(x87_index(x87_of(lab), 0), 7);
	CU_ASSERT(is_value(x87_get(x87_of(lab), 0), 0x4001, UINT64_C(0x8487ed5110b4611a)));
	CU_ASSERT(LAB(lab, 0xdd, 0x1b)); /* fstp qword [ebx] */
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA, 4), 0xaa22168c);
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 4, 4), 0x401090fd);
	CU_ASSERT_EQUAL(x87_of(lab)->valid, 0);
	CU_ASSERT(x87_of(lab)->status & X87_PE);
	lab_write(lab, LAB_DATA, 4, 0xfffffffd);
	CU_ASSERT(LAB(lab, 0xdb, 0x03));       /* fild dword [ebx]: -3 */
	CU_ASSERT(LAB(lab, 0xdf, 0x73, 0x10)); /* fbstp [ebx+10h] */
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 0x10, 4), 3);
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 0x18, 2), 0x8000);
	lab_free(lab);
}

/* DC and DE subtract and divide the other way round than D8. */
static void test_reversed(void)
{
	struct lab *lab = x87_lab();

	lab_write(lab, LAB_DATA, 2, 7);
	CU_ASSERT(LAB(lab, 0xdf, 0x03)); /* fild word [ebx] */
	CU_ASSERT(FLD1(lab));
	CU_ASSERT(LAB(lab, 0xdc, 0xe9)); /* fsub st(1), st: 7 - 1 */
	CU_ASSERT(is_value(x87_get(x87_of(lab), 1), 0x4001, UINT64_C(0xc000000000000000)));
	CU_ASSERT(LAB(lab, 0xd8, 0xe1)); /* fsub st, st(1): 1 - 6 */
	CU_ASSERT(is_value(x87_get(x87_of(lab), 0), 0xc001, UINT64_C(0xa000000000000000)));
	CU_ASSERT(LAB(lab, 0xde, 0xe1)); /* fsubrp st(1), st: -5 - 6 */
	CU_ASSERT(is_value(x87_get(x87_of(lab), 0), 0xc002, UINT64_C(0xb000000000000000)));
	lab_free(lab);
}

static void test_compare_flags(void)
{
	struct lab *lab = x87_lab();

	lab_flags(lab, EFLAGS_STATUS);
	CU_ASSERT(FLD1(lab) && FLDZ(lab));
	CU_ASSERT(LAB(lab, 0xdb, 0xf1)); /* fcomi st, st(1) */
	CU_ASSERT_EQUAL(status_flags(lab->cpu), EFLAGS_CF);
	CU_ASSERT(LAB(lab, 0xda, 0xc1)); /* fcmovb st, st(1) */
	CU_ASSERT(LAB(lab, 0xdf, 0xe9)); /* fucomip st, st(1) */
	CU_ASSERT_EQUAL(status_flags(lab->cpu), EFLAGS_ZF);
	CU_ASSERT_EQUAL(x87_of(lab)->valid, 0x80);
	lab_free(lab);
}

/* ---- the stack's faults ---- */

static void test_underflow(void)
{
	struct lab *lab = x87_lab();

	CU_ASSERT(LAB(lab, 0xd8, 0xc1)); /* fadd st, st(1) */
	CU_ASSERT_EQUAL(x87_of(lab)->status, X87_IE | X87_SF);
	CU_ASSERT(is_indefinite(x87_get(x87_of(lab), 0)));
	CU_ASSERT_EQUAL(x87_of(lab)->valid, 1);
	CU_ASSERT(LAB(lab, 0xdb, 0xe3));
	set_control(lab, 0x37e);
	CU_ASSERT(LAB(lab, 0xd8, 0xc1));
	CU_ASSERT_EQUAL(x87_of(lab)->status, X87_IE | X87_SF | X87_ES | X87_B);
	CU_ASSERT_EQUAL(x87_of(lab)->valid, 0);
	CU_ASSERT(!FLD1(lab));
	CU_ASSERT_EQUAL(lab->cpu->event.vector, VECTOR_MF);
	CU_ASSERT(LAB(lab, 0xdb, 0xe2)); /* fnclex */
	CU_ASSERT(FLD1(lab));
	lab_free(lab);
}

static void test_overflow(void)
{
	struct lab *lab = x87_lab();

	for (unsigned i = 0; i < 8; i++)
		CU_ASSERT(FLD1(lab));
	CU_ASSERT_EQUAL(x87_of(lab)->status, 0);
	CU_ASSERT(FLDPI(lab));
	CU_ASSERT_EQUAL(x87_of(lab)->status, X87_IE | X87_SF | X87_C1 | 7 << X87_TOP_SHIFT);
	CU_ASSERT(is_indefinite(x87_get(x87_of(lab), 0)));
	CU_ASSERT(LAB(lab, 0xdb, 0xe2));
	set_control(lab, 0x37e);
	CU_ASSERT(FLDPI(lab));
	CU_ASSERT_EQUAL(x87_index(x87_of(lab), 0), 7);
	lab_free(lab);
}

/* ---- reporting ---- */

static void test_device_not_available(void)
{
	static const struct {
		uint32_t cr0;
		bool x87, wait; /* does it raise #NM? */
	} rows[] = {
		{0, false, false}, {CR0_MP, false, false}, {CR0_EM, true, false}, {CR0_TS, true, false},
		{CR0_TS | CR0_MP, true, true}, {CR0_EM | CR0_MP, true, false},
	};
	struct lab *lab = x87_lab();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		lab->cpu->state.cr0 = (lab->cpu->state.cr0 & ~(uint32_t)(CR0_MP | CR0_EM | CR0_TS)) | rows[i].cr0;
		CU_ASSERT_EQUAL(LAB(lab, 0xdb, 0xe3), !rows[i].x87);
		CU_ASSERT(!rows[i].x87 || lab->cpu->event.vector == VECTOR_NM);
		CU_ASSERT_EQUAL(LAB(lab, 0x9b), !rows[i].wait);
		CU_ASSERT(!rows[i].wait || lab->cpu->event.vector == VECTOR_NM);
	}
	lab_free(lab);
}

/* Unmasked exceptions wait for the next instruction that waits; those without do not report them. */
static void test_pending(void)
{
	struct lab *lab = x87_lab();

	set_control(lab, 0x37b); /* division by zero is not masked */
	CU_ASSERT(FLD1(lab) && FLDZ(lab));
	CU_ASSERT(LAB(lab, 0xd8, 0xf9)); /* fdivr st, st(1) */
	CU_ASSERT_EQUAL(x87_of(lab)->status & ~X87_TOP, X87_ZE | X87_ES | X87_B);
	CU_ASSERT(is_value(x87_get(x87_of(lab), 0), 0, 0));
	CU_ASSERT(LAB(lab, 0xdf, 0xe0)); /* fnstsw ax */
	CU_ASSERT(!LAB(lab, 0x9b));      /* wait */
	CU_ASSERT_EQUAL(lab->cpu->event.vector, VECTOR_MF);
	CU_ASSERT(!LAB(lab, 0xdd, 0x1b)); /* fstp qword [ebx] */
	CU_ASSERT(LAB(lab, 0xd9, 0x33));  /* fnstenv [ebx]: masks all */
	CU_ASSERT_EQUAL(x87_of(lab)->status & ~X87_TOP, X87_ZE);
	CU_ASSERT(LAB(lab, 0x9b));
	set_control(lab, 0x37b);
	CU_ASSERT(!LAB(lab, 0x9b));
	lab_free(lab);
}

static void test_empty_socket(void)
{
	struct lab *lab = x87_lab();

	lab->cpu->features.cpuid_edx &= ~(1u << CPUID_FPU);
	lab->cpu->state.gpr[EAX] = 0x5a5a;
	CU_ASSERT(LAB(lab, 0xdf, 0xe0)); /* fnstsw ax: nobody answers */
	CU_ASSERT_EQUAL(lab->cpu->state.gpr[EAX], 0x5a5a);
	CU_ASSERT(LAB(lab, 0xd9, 0xd1)); /* no instruction */
	lab->cpu->features.cpuid_edx |= 1u << CPUID_FPU;
	CU_ASSERT(!LAB(lab, 0xd9, 0xd1));
	CU_ASSERT_EQUAL(lab->cpu->event.vector, VECTOR_UD);
	lab_free(lab);
}

/* A fault of the operand comes before anything happens to the x87. */
static void test_operand_faults(void)
{
	static const uint8_t rows[][2] = {
		{0xd9, 0x03}, {0xd9, 0x1b}, {0xdd, 0x03}, {0xdd, 0x1b}, {0xdb, 0x2b}, {0xdb, 0x3b}, {0xdf, 0x33}, {0xdf, 0x23},
		{0xd8, 0x03}, {0xdc, 0x1b}, {0xda, 0x03}, {0xd9, 0x2b}, {0xdd, 0x33}, {0xdd, 0x23}, {0xd9, 0x33}, {0xd9, 0x23},
	};
	struct lab *lab = x87_lab();
	struct x87_state before;

	lab_paging(lab);
	lab_page_rights(lab, LAB_DATA + 0x1000, 0);
	lab->cpu->state.gpr[EBX] = LAB_DATA + 0xfff;
	CU_ASSERT(FLD1(lab) && FLDPI(lab));
	before = *x87_of(lab);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CU_ASSERT(!lab_perform(lab, rows[i], 2));
		CU_ASSERT_EQUAL(lab->cpu->event.vector, VECTOR_PF);
		CU_ASSERT_EQUAL(lab->cpu->event.address, LAB_DATA + 0x1000);
		CU_ASSERT(!memcmp(&before, x87_of(lab), sizeof before));
		CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 0xfff, 1), 0);
	}
	lab_free(lab);
}

/* ---- images ---- */

static void fill_pointers(struct x87_state *x87)
{
	x87->opcode = 0x5a5;
	x87->instruction_selector = 0x1234;
	x87->instruction_offset = 0x89ab;
	x87->data_selector = 0x4321;
	x87->data_offset = 0xcdef;
}

/* SDM vol. 1, figures 8-9 to 8-12. 1234:89AB and 4321:CDEF are 1ACEB and 4FFFF. */
static void test_environments(void)
{
	static const struct {
		bool wide, real;
		uint32_t field[7];
	} rows[] = {
		{true, false, {0xffff037f, 0xffff3800, 0xffff3fff, 0x89ab, 0x05a51234, 0xcdef, 0xffff4321}},
		{true, true, {0xffff037f, 0xffff3800, 0xffff3fff, 0xffffaceb, 0x000015a5, 0xffffffff, 0x00004000}},
		{false, false, {0x037f, 0x3800, 0x3fff, 0x89ab, 0x1234, 0xcdef, 0x4321}},
		{false, true, {0x037f, 0x3800, 0x3fff, 0xaceb, 0x15a5, 0xffff, 0x4000}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lab *lab = x87_lab();
		unsigned size = rows[i].wide ? 4 : 2;

		CU_ASSERT(FLD1(lab));
		fill_pointers(x87_of(lab));
		if (rows[i].real)
			lab->cpu->state.cr0 &= ~(uint32_t)CR0_PE;
		CU_ASSERT(rows[i].wide ? LAB(lab, 0xd9, 0x33) : LAB(lab, 0x66, 0xd9, 0x33));
		for (unsigned n = 0; n < 7; n++)
			CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + n * size, size), rows[i].field[n]);
		CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 7 * size, 4), 0);
		lab_free(lab);
	}
}

static void test_save_and_restore(void)
{
	struct lab *lab = x87_lab();
	struct x87_state before;

	CU_ASSERT(FLDPI(lab) && FLD1(lab) && FLDZ(lab));
	before = *x87_of(lab);
	CU_ASSERT(LAB(lab, 0xdd, 0x33)); /* fnsave [ebx] */
	CU_ASSERT_EQUAL(x87_of(lab)->valid, 0);
	CU_ASSERT_EQUAL(x87_of(lab)->control, 0x37f);
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 8, 4), 0xffff07ff); /* zero, then numbers */
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 28 + 18, 2), 0x3fff);
	CU_ASSERT(LAB(lab, 0xdd, 0x23)); /* frstor [ebx] */
	CU_ASSERT(!memcmp(&before, x87_of(lab), sizeof before));
	CU_ASSERT(LAB(lab, 0x0f, 0xae, 0x03)); /* fxsave [ebx] */
	CU_ASSERT(LAB(lab, 0xdb, 0xe3));
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 4, 1), 0xe0);
	CU_ASSERT(LAB(lab, 0x0f, 0xae, 0x0b)); /* fxrstor [ebx] */
	CU_ASSERT(!memcmp(&before, x87_of(lab), sizeof before));
	lab->cpu->state.gpr[EBX]++;
	CU_ASSERT(!LAB(lab, 0x0f, 0xae, 0x0b));
	CU_ASSERT_EQUAL(lab->cpu->event.vector, VECTOR_GP);
	lab_free(lab);
}

/* XMM registers and MXCSR belong to the image when CR4.OSFXSR says so; MXCSR's reserved bits are no value. */
static void test_image_of_sse(void)
{
	struct lab *lab = x87_lab();
	struct sse_state *sse = &lab->cpu->floats->sse;

	lab->cpu->features.cpuid_edx |= 1u << CPUID_SSE;
	sse->xmm[7].qword[1] = UINT64_C(0x1122334455667788);
	lab_write(lab, LAB_DATA + 24, 4, 0x5a5a5a5a);
	CU_ASSERT(LAB(lab, 0x0f, 0xae, 0x03));
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 24, 4), 0x5a5a5a5a);
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 160 + 7 * 16 + 8, 4), 0);
	lab->cpu->state.cr4 |= CR4_OSFXSR;
	CU_ASSERT(LAB(lab, 0x0f, 0xae, 0x03));
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 24, 4), 0x1f80);
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 160 + 7 * 16 + 8, 4), 0x55667788);
	sse->xmm[7].qword[1] = 0;
	CU_ASSERT(LAB(lab, 0x0f, 0xae, 0x0b));
	CU_ASSERT_EQUAL(sse->xmm[7].qword[1], UINT64_C(0x1122334455667788));
	lab_write(lab, LAB_DATA + 24, 4, 0x10000);
	CU_ASSERT(!LAB(lab, 0x0f, 0xae, 0x0b));
	CU_ASSERT_EQUAL(lab->cpu->event.vector, VECTOR_GP);
	lab_free(lab);
}

/* ---- the host ---- */

static uint16_t host_control(void)
{
	uint16_t control = 0;

#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("fnstcw %0" : "=m"(control));
#endif
	return control;
}

static void test_host_untouched(void)
{
	uint16_t before = host_control();
	struct float_job job = {.control = 0x0c40};

	for (unsigned operation = 0; operation < FLOAT_OPERATIONS; operation++)
		float_host_do((enum float_operation)operation, &job);
	CU_ASSERT_EQUAL(host_control(), before);
	CU_ASSERT_EQUAL(strtold("1.5", NULL) * 2, 3.0L);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"FNINIT", test_initialize},
		{"loads, an addition, stores", test_arithmetic},
		{"subtractions and their reverse", test_reversed},
		{"comparisons that set EFLAGS", test_compare_flags},
		{"stack underflow", test_underflow},
		{"stack overflow", test_overflow},
		{"#NM", test_device_not_available},
		{"pending exceptions, #MF", test_pending},
		{"an empty socket", test_empty_socket},
		{"an operand's fault", test_operand_faults},
		{"environments in four formats", test_environments},
		{"FNSAVE, FRSTOR, FXSAVE, FXRSTOR", test_save_and_restore},
		{"XMM registers and MXCSR in the image", test_image_of_sse},
		{"the host's x87 is left as it was", test_host_untouched},
		{0},
	};

	if (!FLOAT_HOST_HERE) {
		printf("skipped: this host has no x87\n");
		return 0;
	}
	return harness_main("x87", tests);
}
