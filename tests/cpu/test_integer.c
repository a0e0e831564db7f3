/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_integer.c - vectors worked out by hand from the pseudo-code of SDM volume 2, for the
 * corners where instructions are strange. The bulk of ordinary cases is the real CPU's to judge.
 */
#include "tests/cpu/integer.h"
#include "tests/harness.h"

#include <stdio.h>

enum {
	CF = EFLAGS_CF, PF = EFLAGS_PF, AF = EFLAGS_AF, ZF = EFLAGS_ZF, SF = EFLAGS_SF, OF = EFLAGS_OF,
	ALL = EFLAGS_STATUS,
};

/* One instruction on EAX, EBX, ECX, EDX in 32-bit code. */
struct vector_row {
	const char *what;
	uint8_t code[8];
	uint8_t length;
	uint32_t eax, ebx, ecx, edx, flags;
	uint32_t eax_after, ebx_after, edx_after, flags_after;
	uint32_t defined; /* flags that are looked at */
};

static void set_row(struct lab *lab, const struct vector_row *row)
{
	uint32_t *gpr = lab->cpu->state.gpr;

	gpr[EAX] = row->eax;
	gpr[EBX] = row->ebx;
	gpr[ECX] = row->ecx;
	gpr[EDX] = row->edx;
	lab_flags(lab, row->flags);
}

static void run_rows(const struct vector_row *rows, size_t count)
{
	struct lab *lab = lab_new(true, false);

	for (size_t i = 0; i < count; i++) {
		const struct vector_row *row = &rows[i];
		const uint32_t *gpr = lab->cpu->state.gpr;
		char got[200];
		bool ok;

		set_row(lab, row);
		ok = lab_perform(lab, row->code, row->length);
		snprintf(got, sizeof got, "%s: %s eax %08x ebx %08x edx %08x flags %03x", row->what,
		         ok ? "done" : "fault", gpr[EAX], gpr[EBX], gpr[EDX],
		         status_flags(lab->cpu) & row->defined);
		ok = ok && gpr[EAX] == row->eax_after && gpr[EBX] == row->ebx_after &&
		     gpr[EDX] == row->edx_after && gpr[ECX] == row->ecx &&
		     (status_flags(lab->cpu) & row->defined) == row->flags_after;
		CU_assertImplementation(ok, __LINE__, got, __FILE__, "", CU_FALSE);
	}
	lab_free(lab);
}

#define RUN(rows) run_rows(rows, sizeof rows / sizeof *rows)

static void test_decimal(void)
{
	static const struct vector_row rows[] = {
		/* 79 + 35 = AE, to be read as 114 */
		{"daa 1", {0x27}, 1, 0xae, 0, 0, 0, SF | OF, 0x14, 0, 0, AF | PF | CF, ALL & ~OF},
		{"daa 2", {0x27}, 1, 0x2e, 0, 0, 0, SF | OF, 0x34, 0, 0, AF, ALL & ~OF},
		{"daa 3", {0x27}, 1, 0x9a, 0, 0, 0, 0, 0x00, 0, 0, ZF | PF | AF | CF, ALL & ~OF},
		{"daa 4", {0x27}, 1, 0x00, 0, 0, 0, CF, 0x60, 0, 0, PF | CF, ALL & ~OF},
		/* 35 - 47 = EE, to be read as 88 and a borrow */
		{"das 1", {0x2f}, 1, 0xee, 0, 0, 0, PF | AF | CF | SF, 0x88, 0, 0, SF | AF | PF | CF, ALL & ~OF},
		{"das 2", {0x2f}, 1, 0x05, 0, 0, 0, AF, 0xff, 0, 0, SF | AF | PF | CF, ALL & ~OF},
		{"das 3", {0x2f}, 1, 0x66, 0, 0, 0, 0, 0x66, 0, 0, PF, ALL & ~OF},
		{"aaa 1", {0x37}, 1, 0xaaaa00ff, 0, 0, 0, 0, 0xaaaa0205, 0, 0, AF | CF, AF | CF},
		{"aaa 2", {0x37}, 1, 0x0135, 0, 0, 0, CF, 0x0105, 0, 0, 0, AF | CF},
		{"aas 1", {0x3f}, 1, 0x0200, 0, 0, 0, AF, 0x000a, 0, 0, AF | CF, AF | CF},
		{"aas 2", {0x3f}, 1, 0x02f9, 0, 0, 0, 0, 0x0209, 0, 0, 0, AF | CF},
		{"aam 10", {0xd4, 10}, 2, 0xff7f, 0, 0, 0, 0, 0x0c07, 0, 0, 0, SF | ZF | PF},
		{"aam 16", {0xd4, 16}, 2, 0x0050, 0, 0, 0, 0, 0x0500, 0, 0, ZF | PF, SF | ZF | PF},
		{"aad 10", {0xd5, 10}, 2, 0x0c07, 0, 0, 0, 0, 0x007f, 0, 0, 0, SF | ZF | PF},
		{"aad 16", {0xd5, 16}, 2, 0x1213, 0, 0, 0, 0, 0x0033, 0, 0, PF, SF | ZF | PF},
	};

	RUN(rows);
}

static void test_shifts(void)
{
	static const struct vector_row rows[] = {
		{"shl by 0 keeps flags", {0xd3, 0xe0}, 2, 5, 0, 0x20, 0, ALL, 5, 0, 0, ALL, ALL},
		{"shl al,9", {0xc0, 0xe0, 9}, 3, 0xff, 0, 0, 0, SF, 0, 0, 0, ZF | PF, ZF | PF | SF},
		{"shl al,8", {0xc0, 0xe0, 8}, 3, 0x101, 0, 0, 0, 0, 0x100, 0, 0, ZF | PF | CF, ZF | PF | SF | CF},
		{"shl eax,1", {0xd1, 0xe0}, 2, 0x40000000, 0, 0, 0, CF, 0x80000000, 0, 0, SF | PF | OF, ALL & ~AF},
		{"sal /6", {0xd1, 0xf0}, 2, 0xc0000000, 0, 0, 0, 0, 0x80000000, 0, 0, SF | PF | CF, ALL & ~AF},
		{"shr ax,1", {0x66, 0xd1, 0xe8}, 3, 0x98001, 0, 0, 0, 0, 0x94000, 0, 0, PF | CF | OF, ALL & ~AF},
		{"shr al,8", {0xc0, 0xe8, 8}, 3, 0x80, 0, 0, 0, 0, 0, 0, 0, ZF | PF | CF, ZF | PF | SF | CF},
		{"sar al,31", {0xc0, 0xf8, 31}, 3, 0x80, 0, 0, 0, 0, 0xff, 0, 0, SF | PF | CF, ZF | PF | SF | CF},
		{"sar eax,1", {0xd1, 0xf8}, 2, 0x80000001, 0, 0, 0, OF, 0xc0000000, 0, 0, SF | PF | CF, ALL & ~AF},
		{"shl al,33 is 1", {0xc0, 0xe0, 33}, 3, 0x81, 0, 0, 0, 0, 0x02, 0, 0, CF | OF, ALL & ~AF},
	};

	RUN(rows);
}

static void test_rotates(void)
{
	static const struct vector_row rows[] = {
		{"rol al,8 sets CF", {0xc0, 0xc0, 8}, 3, 0x01, 0, 0, 0, ZF, 0x01, 0, 0, ZF | CF, ALL & ~OF},
		{"ror al,8 sets CF", {0xc0, 0xc8, 8}, 3, 0x80, 0, 0, 0, SF, 0x80, 0, 0, SF | CF, ALL & ~OF},
		{"rol al,32", {0xc0, 0xc0, 32}, 3, 0x01, 0, 0, 0, OF, 0x01, 0, 0, OF, ALL},
		{"rol eax,1", {0xd1, 0xc0}, 2, 0x80000000, 0, 0, 0, PF | AF, 1, 0, 0, PF | AF | CF | OF, ALL},
		{"ror ax,20", {0x66, 0xc1, 0xc8, 20}, 4, 0x1234, 0, 0, 0, 0, 0x4123, 0, 0, 0, CF},
		{"ror eax,1", {0xd1, 0xc8}, 2, 1, 0, 0, 0, 0, 0x80000000, 0, 0, CF | OF, ALL},
		{"rcl al,9 is 0", {0xc0, 0xd0, 9}, 3, 0x80, 0, 0, 0, ZF, 0x80, 0, 0, ZF, ALL & ~OF},
		{"rcl al,10 is 1", {0xc0, 0xd0, 10}, 3, 0x80, 0, 0, 0, 0, 0x00, 0, 0, CF, CF},
		{"rcl al,1", {0xd0, 0xd0}, 2, 0x40, 0, 0, 0, CF | ZF, 0x81, 0, 0, OF | ZF, ALL},
		{"rcl eax,31", {0xc1, 0xd0, 31}, 3, 0x80000000, 0, 0, 0, CF, 0x60000000, 0, 0, 0, CF},
		{"rcr ax,17 is 0", {0x66, 0xc1, 0xd8, 17}, 4, 0x5555, 0, 0, 0, CF, 0x5555, 0, 0, CF, CF},
		{"rcr ax,18 is 1", {0x66, 0xc1, 0xd8, 18}, 4, 0x0001, 0, 0, 0, CF, 0x8000, 0, 0, CF, CF},
		{"rcr eax,1", {0xd1, 0xd8}, 2, 0x80000000, 0, 0, 0, 0, 0x40000000, 0, 0, OF, ALL},
		{"rcr al,9 is 0", {0xd2, 0xd8}, 2, 0x11, 0, 9, 0, CF | SF, 0x11, 0, 0, CF | SF, CF | SF},
	};

	RUN(rows);
}

static void test_double_shifts(void)
{
	static const struct vector_row rows[] = {
		{"shld eax,ebx,1", {0x0f, 0xa4, 0xd8, 1}, 4, 0x80000001, 0x40000000, 0, 0, 0,
		 0x00000002, 0x40000000, 0, CF | OF, ALL & ~AF},
		{"shld eax,ebx,4", {0x0f, 0xa4, 0xd8, 4}, 4, 0x12345678, 0xf0000000, 0, 0, 0,
		 0x2345678f, 0xf0000000, 0, CF, CF | ZF | SF | PF},
		{"shrd eax,ebx,cl", {0x0f, 0xad, 0xd8}, 3, 0x12345678, 0x0000000f, 4, 0, 0,
		 0xf1234567, 0x0000000f, 0, SF | CF, CF | ZF | SF | PF},
		{"shrd by 0", {0x0f, 0xad, 0xd8}, 3, 1, 2, 0x40, 0, ALL, 1, 2, 0, ALL, ALL},
		{"shrd eax,ebx,1", {0x0f, 0xac, 0xd8, 1}, 4, 2, 1, 0, 0, 0, 0x80000001, 1, 0, SF | OF, ALL & ~AF},
		/* by more than 16: destination, source, destination in a row */
		{"shld ax,bx,20", {0x66, 0x0f, 0xa4, 0xd8, 20}, 5, 0x1234, 0x5678, 0, 0, 0, 0x6781, 0x5678, 0, 0, 0},
		{"shrd ax,bx,20", {0x66, 0x0f, 0xac, 0xd8, 20}, 5, 0x1234, 0x5678, 0, 0, 0, 0x4567, 0x5678, 0, 0, 0},
		{"shld ax,bx,16", {0x66, 0x0f, 0xa4, 0xd8, 16}, 5, 0x1234, 0x5678, 0, 0, 0, 0x5678, 0x5678, 0, 0, CF},
		{"shrd ax,bx,16", {0x66, 0x0f, 0xac, 0xd8, 16}, 5, 0x9234, 0x5678, 0, 0, 0, 0x5678, 0x5678, 0, CF, CF},
	};

	RUN(rows);
}

static void test_sums(void)
{
	static const struct vector_row rows[] = {
		{"adc carries through", {0x11, 0xd8}, 2, 0xffffffff, 0, 0, 0, CF, 0, 0, 0, ZF | PF | AF | CF, ALL},
		{"adc al", {0x10, 0xd8}, 2, 0x7f, 0, 0, 0, CF, 0x80, 0, 0, SF | AF | OF, ALL},
		{"adc a+ffffffff+1", {0x11, 0xd8}, 2, 5, 0xffffffff, 0, 0, CF, 5, 0xffffffff, 0, PF | AF | CF, ALL},
		{"sbb borrows through", {0x19, 0xd8}, 2, 0, 0, 0, 0, CF, 0xffffffff, 0, 0, SF | PF | AF | CF, ALL},
		{"sbb a-ffffffff-1", {0x19, 0xd8}, 2, 5, 0xffffffff, 0, 0, CF, 5, 0xffffffff, 0, PF | AF | CF, ALL},
		{"sub ax", {0x66, 0x29, 0xd8}, 3, 0x18000, 1, 0, 0, 0, 0x17fff, 1, 0, PF | AF | OF, ALL},
		{"cmp al,bl", {0x38, 0xd8}, 2, 0x80, 0x7f, 0, 0, 0, 0x80, 0x7f, 0, AF | OF, ALL},
		{"inc keeps CF", {0x40}, 1, 0xffffffff, 0, 0, 0, CF, 0, 0, 0, ZF | PF | AF | CF, ALL},
		{"inc overflows", {0xfe, 0xc0}, 2, 0x7f, 0, 0, 0, 0, 0x80, 0, 0, SF | AF | OF, ALL},
		{"dec keeps no CF", {0x48}, 1, 0, 0, 0, 0, 0, 0xffffffff, 0, 0, SF | PF | AF, ALL},
		{"dec overflows", {0x66, 0x48}, 2, 0x8000, 0, 0, 0, CF, 0x7fff, 0, 0, PF | AF | OF | CF, ALL},
		{"neg 80", {0xf6, 0xd8}, 2, 0x80, 0, 0, 0, 0, 0x80, 0, 0, SF | OF | CF, ALL},
		{"neg 0", {0xf7, 0xd8}, 2, 0, 0, 0, 0, CF, 0, 0, 0, ZF | PF, ALL},
		{"not", {0xf7, 0xd0}, 2, 0x0f, 0, 0, 0, ALL, 0xfffffff0, 0, 0, ALL, ALL},
		{"and imm8 extended", {0x83, 0xe0, 0xf0}, 3, 0xabcdef12, 0, 0, 0, ALL, 0xabcdef10, 0, 0, SF, ALL & ~AF},
		{"xadd al,al", {0x0f, 0xc0, 0xc0}, 3, 0x90, 0, 0, 0, 0, 0x20, 0, 0, CF | OF, ALL},
		{"xadd eax,ebx", {0x0f, 0xc1, 0xd8}, 3, 1, 2, 0, 0, 0, 3, 1, 0, PF, ALL},
		{"xadd ah,al", {0x0f, 0xc0, 0xc4}, 3, 0x0102, 0, 0, 0, 0, 0x0301, 0, 0, PF, ALL},
		{"cmpxchg equal", {0x0f, 0xb1, 0xd3}, 3, 7, 7, 0, 9, 0, 7, 9, 9, ZF | PF, ALL},
		{"cmpxchg unequal", {0x0f, 0xb1, 0xd3}, 3, 7, 8, 0, 9, 0, 8, 8, 9, SF | PF | AF | CF, ALL},
		{"cmpxchg byte", {0x0f, 0xb0, 0xd7}, 3, 0x55, 0x1200, 0, 9, 0, 0x12, 0x1200, 9, 0, ALL},
		{"xchg ah,al", {0x86, 0xe0}, 2, 0x1122, 0, 0, 0, 0, 0x2211, 0, 0, 0, ALL},
		{"bswap", {0x0f, 0xc8}, 2, 0x11223344, 0, 0, 0, 0, 0x44332211, 0, 0, 0, ALL},
		{"cbw", {0x66, 0x98}, 2, 0x1180, 0, 0, 0, 0, 0xff80, 0, 0, 0, ALL},
		{"cwde", {0x98}, 1, 0x18000, 0, 0, 0, 0, 0xffff8000, 0, 0, 0, ALL},
		{"cwd", {0x66, 0x99}, 2, 0x8000, 0, 0, 0x12345678, 0, 0x8000, 0, 0x1234ffff, 0, ALL},
		{"cdq", {0x99}, 1, 0x7fffffff, 0, 0, 5, 0, 0x7fffffff, 0, 0, 0, ALL},
		{"salc", {0xd6}, 1, 0x1100, 0, 0, 0, CF, 0x11ff, 0, 0, CF, ALL},
		{"cmc keeps OF", {0xf5}, 1, 0, 0, 0, 0, OF | ZF | SF, 0, 0, 0, OF | CF | ZF | SF, ALL},
		{"clc keeps OF", {0xf8}, 1, 0, 0, 0, 0, ALL, 0, 0, 0, ALL & ~CF, ALL},
		{"movsx ax,bh", {0x66, 0x0f, 0xbe, 0xc7}, 4, 0x12340000, 0x8000, 0, 0, 0, 0x1234ff80, 0x8000, 0, 0, 0},
		{"movzx eax,bx", {0x0f, 0xb7, 0xc3}, 3, 0xffffffff, 0xaaaa8001, 0, 0, 0, 0x8001, 0xaaaa8001, 0, 0, 0},
		{"lea eax,[bx-1]", {0x67, 0x8d, 0x47, 0xff}, 4, 0, 0x10000, 0, 0, 0, 0xffff, 0x10000, 0, 0, 0},
		{"setg ah", {0x0f, 0x9f, 0xc4}, 3, 0x5500, 0, 0, 0, SF | OF, 0x0100, 0, 0, SF | OF, ALL},
		{"cmovl not", {0x0f, 0x4c, 0xc3}, 3, 1, 2, 0, 0, SF | OF, 1, 2, 0, SF | OF, ALL},
		{"cmovle", {0x0f, 0x4e, 0xc3}, 3, 1, 2, 0, 0, SF | OF | ZF, 2, 2, 0, SF | OF | ZF, ALL},
	};

	RUN(rows);
}

static void test_products(void)
{
	static const struct vector_row rows[] = {
		{"mul bl", {0xf6, 0xe3}, 2, 0xff10, 0x10, 0, 0, 0, 0x0100, 0x10, 0, CF | OF, CF | OF},
		{"mul bl small", {0xf6, 0xe3}, 2, 0xff0f, 0x10, 0, 0, CF, 0x00f0, 0x10, 0, 0, CF | OF},
		{"mul bx", {0x66, 0xf7, 0xe3}, 3, 0xffff, 0xffff, 0, 0xabcd0000, 0, 1, 0xffff, 0xabcdfffe, CF | OF, CF | OF},
		{"mul ebx", {0xf7, 0xe3}, 2, 0x80000000, 2, 0, 9, 0, 0, 2, 1, CF | OF, CF | OF},
		{"imul bl", {0xf6, 0xeb}, 2, 0xff, 0x80, 0, 0, 0, 0x0080, 0x80, 0, CF | OF, CF | OF},
		{"imul bl fits", {0xf6, 0xeb}, 2, 0xff, 0x7f, 0, 0, CF | OF, 0xff81, 0x7f, 0, 0, CF | OF},
		{"imul ebx", {0xf7, 0xeb}, 2, 0x80000000, 0xffffffff, 0, 0, 0, 0x80000000, 0xffffffff, 0, CF | OF, CF | OF},
		{"imul ax,bx", {0x66, 0x0f, 0xaf, 0xc3}, 4, 0x58000, 0xffff, 0, 0, 0, 0x58000, 0xffff, 0, CF | OF, CF | OF},
		{"imul eax,ebx,-2", {0x6b, 0xc3, 0xfe}, 3, 0, 3, 0, 0, CF, 0xfffffffa, 3, 0, 0, CF | OF},
		{"imul ax,bx,-2", {0x66, 0x6b, 0xc3, 0xfe}, 4, 0, 0x4000, 0, 0, 0, 0x8000, 0x4000, 0, 0, CF | OF},
		{"div bl", {0xf6, 0xf3}, 2, 0x0fff, 0x10, 0, 0, 0, 0x0fff, 0x10, 0, 0, 0},
		{"div ebx", {0xf7, 0xf3}, 2, 0xfffffffe, 0xffffffff, 0, 0xfffffffe, 0, 0xffffffff, 0xffffffff, 0xfffffffd, 0, 0},
		{"idiv bl", {0xf6, 0xfb}, 2, 0xfff9, 2, 0, 0, 0, 0xfffd, 2, 0, 0, 0},
		{"idiv bl -128", {0xf6, 0xfb}, 2, 0xff80, 1, 0, 0, 0, 0x0080, 1, 0, 0, 0},
		{"idiv bx", {0x66, 0xf7, 0xfb}, 3, 0x7fff, 0xffff, 0, 0, 0, 0x8001, 0xffff, 0, 0, 0},
		{"idiv ebx", {0xf7, 0xfb}, 2, 7, 0xfffffffe, 0, 0, 0, 0xfffffffd, 0xfffffffe, 1, 0, 0},
	};

	RUN(rows);
}

/* What must raise #DE and change nothing. */
static void test_divide_errors(void)
{
	static const struct vector_row rows[] = {
		{"div by 0", {0xf6, 0xf3}, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		{"div bl overflow", {0xf6, 0xf3}, 2, 0x0100, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		{"div bx overflow", {0x66, 0xf7, 0xf3}, 3, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0},
		{"div ebx overflow", {0xf7, 0xf3}, 2, 0, 5, 0, 5, 0, 0, 0, 0, 0, 0},
		{"idiv by 0", {0xf7, 0xfb}, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		{"idiv bl 128", {0xf6, 0xfb}, 2, 0x0080, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		{"idiv bl -129", {0xf6, 0xfb}, 2, 0xff7f, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		{"idiv bl lowest", {0xf6, 0xfb}, 2, 0x8000, 0xff, 0, 0, 0, 0, 0, 0, 0, 0},
		{"idiv bx lowest", {0x66, 0xf7, 0xfb}, 3, 0, 0xffff, 0, 0x8000, 0, 0, 0, 0, 0, 0},
		{"idiv ebx lowest", {0xf7, 0xfb}, 2, 0, 0xffffffff, 0, 0x80000000, 0, 0, 0, 0, 0, 0},
		{"idiv ebx lowest quotient", {0xf7, 0xfb}, 2, 0x80000000, 0xffffffff, 0, 0xffffffff, 0, 0, 0, 0, 0, 0},
		{"aam 0", {0xd4, 0}, 2, 0x1234, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	};
	struct lab *lab = lab_new(true, false);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const uint32_t *gpr = lab->cpu->state.gpr;
		bool ok;

		set_row(lab, &rows[i]);
		ok = !lab_perform(lab, rows[i].code, rows[i].length) && lab->cpu->event.vector == VECTOR_DE &&
		     gpr[EAX] == rows[i].eax && gpr[EDX] == rows[i].edx;
		CU_assertImplementation(ok, __LINE__, rows[i].what, __FILE__, "", CU_FALSE);
	}
	lab_free(lab);
}

/* SAHF makes flags that no result has, such as ZF with SF; LAHF and all conditions see them. */
static void test_flag_combinations(void)
{
	struct lab *lab = lab_new(true, false);
	unsigned wrong = 0;

	for (unsigned i = 0; i < 512; i++) {
		uint32_t of = i & 256 ? OF : 0, expected = (i & 0xd5) | of;
		bool zf = expected & ZF, sf = expected & SF;

		lab_flags(lab, of);
		set_byte_register(lab->cpu, EAX + 4, i & 0xff);
		LAB(lab, 0x9e);
		wrong += status_flags(lab->cpu) != expected;
		LAB(lab, 0x9f);
		wrong += get_byte_register(lab->cpu, EAX + 4) != ((i & 0xd5) | 2);
		wrong += condition(lab->cpu, 0x6) != ((expected & CF) || zf);
		wrong += condition(lab->cpu, 0xa) != !!(expected & PF);
		wrong += condition(lab->cpu, 0xc) != (sf != !!of);
		wrong += condition(lab->cpu, 0xf) != (!zf && sf == !!of);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	lab_free(lab);
}

static void test_bit_strings(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	gpr[EBX] = LAB_DATA + 0x100;
	gpr[EAX] = 0xffffffff;
	CU_ASSERT(LAB(lab, 0x0f, 0xab, 0x03)); /* bts [ebx],eax: bit -1 */
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 0xfc, 4), 0x80000000);
	CU_ASSERT(!flag_cf(lab->cpu));
	CU_ASSERT(LAB(lab, 0x0f, 0xa3, 0x03)); /* bt */
	CU_ASSERT(flag_cf(lab->cpu));

	gpr[EBX] = LAB_DATA + 0x1000;
	gpr[EAX] = 0x12348000; /* as a word: -32768 */
	CU_ASSERT(LAB(lab, 0x66, 0x0f, 0xab, 0x03));
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA, 4), 1);

	gpr[EBX] = LAB_DATA;
	gpr[EAX] = 67;
	CU_ASSERT(LAB(lab, 0x0f, 0xbb, 0x03)); /* btc: third word, bit 3 */
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 8, 4), 8);
	CU_ASSERT(LAB(lab, 0x0f, 0xba, 0x7b, 0x08, 0x23)); /* btc dword [ebx+8],35: bit 3 of the same word */
	CU_ASSERT(flag_cf(lab->cpu));
	CU_ASSERT_EQUAL(lab_read(lab, LAB_DATA + 8, 4), 0);

	gpr[EDX] = 0xf0f0;
	gpr[ECX] = 0xffffffe4; /* in a register the offset is taken modulo the size */
	CU_ASSERT(LAB(lab, 0x0f, 0xb3, 0xca)); /* btr edx,ecx: bit 4 */
	CU_ASSERT_EQUAL(gpr[EDX], 0xf0e0);
	CU_ASSERT(flag_cf(lab->cpu));

	gpr[EDX] = 0x12345678;
	gpr[EAX] = 0xffff0000;
	CU_ASSERT(LAB(lab, 0x66, 0x0f, 0xbc, 0xd0)); /* bsf dx,ax of zero */
	CU_ASSERT_EQUAL(gpr[EDX], 0x12345678);
	CU_ASSERT(flag_zf(lab->cpu));
	CU_ASSERT(LAB(lab, 0x0f, 0xbc, 0xd0));
	CU_ASSERT_EQUAL(gpr[EDX], 16);
	CU_ASSERT(!flag_zf(lab->cpu));
	CU_ASSERT(LAB(lab, 0x0f, 0xbd, 0xd0));
	CU_ASSERT_EQUAL(gpr[EDX], 31);
	lab_free(lab);
}

static void test_cmpxchg8b(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	gpr[ESI] = LAB_DATA;
	lab_write(lab, LAB_DATA, 4, 1);
	lab_write(lab, LAB_DATA + 4, 4, 2);
	gpr[EBX] = 0x55;
	gpr[ECX] = 0x66;
	lab_flags(lab, ALL);
	CU_ASSERT(LAB(lab, 0xf0, 0x0f, 0xc7, 0x0e));
	CU_ASSERT_EQUAL(status_flags(lab->cpu), (uint32_t)(ALL & ~ZF));
	CU_ASSERT(gpr[EAX] == 1 && gpr[EDX] == 2 && lab_read(lab, LAB_DATA, 4) == 1);
	CU_ASSERT(LAB(lab, 0x0f, 0xc7, 0x0e));
	CU_ASSERT_EQUAL(status_flags(lab->cpu), ALL);
	CU_ASSERT(lab_read(lab, LAB_DATA, 4) == 0x55 && lab_read(lab, LAB_DATA + 4, 4) == 0x66);
	lab_free(lab);
}

static void test_stack(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	CU_ASSERT(LAB(lab, 0x54)); /* push esp */
	CU_ASSERT(gpr[ESP] == LAB_STACK - 4 && lab_read(lab, LAB_STACK - 4, 4) == LAB_STACK);
	lab_write(lab, LAB_STACK - 4, 4, 0x7777);
	CU_ASSERT(LAB(lab, 0x5c)); /* pop esp */
	CU_ASSERT_EQUAL(gpr[ESP], 0x7777);

	gpr[ESP] = LAB_STACK;
	CU_ASSERT(LAB(lab, 0x6a, 0x80));
	CU_ASSERT_EQUAL(lab_read(lab, LAB_STACK - 4, 4), 0xffffff80);
	CU_ASSERT(LAB(lab, 0x8f, 0x44, 0x24, 0x04)); /* pop dword [esp+4]: by the new ESP */
	CU_ASSERT(gpr[ESP] == LAB_STACK && lab_read(lab, LAB_STACK + 4, 4) == 0xffffff80);
	CU_ASSERT(LAB(lab, 0x66, 0x68, 0x34, 0x12));
	CU_ASSERT(gpr[ESP] == LAB_STACK - 2 && lab_read(lab, LAB_STACK - 2, 2) == 0x1234);

	gpr[ESP] = LAB_STACK;
	for (unsigned reg = EAX; reg <= EDI; reg++)
		gpr[reg] = reg == ESP ? LAB_STACK : 0x10101010 * (reg + 1);
	CU_ASSERT(LAB(lab, 0x60)); /* pusha */
	CU_ASSERT_EQUAL(lab_read(lab, LAB_STACK - 20, 4), LAB_STACK);
	CU_ASSERT_EQUAL(lab_read(lab, LAB_STACK - 32, 4), gpr[EDI]);
	CU_ASSERT(lab_read(lab, LAB_STACK - 4, 4) == gpr[EAX] && gpr[ESP] == LAB_STACK - 32);
	lab_write(lab, LAB_STACK - 20, 4, 0);
	for (unsigned reg = EAX; reg <= EDI; reg++)
		gpr[reg] = reg == ESP ? gpr[ESP] : 0;
	CU_ASSERT(LAB(lab, 0x61)); /* popa */
	for (unsigned reg = EAX; reg <= EDI; reg++)
		CU_ASSERT_EQUAL(gpr[reg], reg == ESP ? LAB_STACK : 0x10101010 * (reg + 1));
	lab_free(lab);
}

static void test_frames(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	gpr[ESP] = 0x2800;
	gpr[EBP] = 0x3000;
	lab_write(lab, 0x2ffc, 4, 0x11111111);
	lab_write(lab, 0x2ff8, 4, 0x22222222);
	CU_ASSERT(LAB(lab, 0xc8, 0x10, 0x00, 0x23)); /* enter 16,35: level 3 */
	CU_ASSERT_EQUAL(lab_read(lab, 0x27fc, 4), 0x3000);
	CU_ASSERT_EQUAL(lab_read(lab, 0x27f8, 4), 0x11111111);
	CU_ASSERT_EQUAL(lab_read(lab, 0x27f4, 4), 0x22222222);
	CU_ASSERT_EQUAL(lab_read(lab, 0x27f0, 4), 0x27fc);
	CU_ASSERT(gpr[EBP] == 0x27fc && gpr[ESP] == 0x27e0);
	CU_ASSERT(LAB(lab, 0xc9)); /* leave */
	CU_ASSERT(gpr[EBP] == 0x3000 && gpr[ESP] == 0x2800);

	CU_ASSERT(LAB(lab, 0xc8, 0x00, 0x00, 0x01)); /* level 1: no display to copy */
	CU_ASSERT(lab_read(lab, 0x27f8, 4) == 0x27fc && gpr[EBP] == 0x27fc && gpr[ESP] == 0x27f8);

	gpr[ESP] = 0x2800;
	gpr[EBP] = 0xaaaa3000;
	CU_ASSERT(LAB(lab, 0x66, 0xc8, 0x04, 0x00, 0x00)); /* 16-bit operand: BP alone changes */
	CU_ASSERT(lab_read(lab, 0x27fe, 2) == 0x3000 && gpr[EBP] == 0xaaaa27fe && gpr[ESP] == 0x27fa);
	lab_free(lab);
}

/* A 16-bit stack segment: SP wraps, the upper half of ESP stays. */
static void test_small_stack(void)
{
	struct lab *lab = lab_new(false, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	gpr[ESP] = 0xbeef0000;
	gpr[EAX] = 0x1234;
	CU_ASSERT(LAB(lab, 0x50));
	CU_ASSERT(gpr[ESP] == 0xbeeffffe && lab_read(lab, 0xfffe, 2) == 0x1234);
	CU_ASSERT(LAB(lab, 0x5b));
	CU_ASSERT(gpr[ESP] == 0xbeef0000 && gpr[EBX] == 0x1234);
	gpr[EBP] = 0xcafe0100;
	CU_ASSERT(LAB(lab, 0xc9)); /* leave: SP from BP */
	CU_ASSERT(gpr[ESP] == 0xbeef0102 && gpr[EBP] == 0xcafe0000);
	lab_free(lab);
}

static void test_near_transfers(void)
{
	struct lab *lab = lab_new(true, false);
	struct cpu *cpu = lab->cpu;
	uint32_t *gpr = cpu->state.gpr;

	CU_ASSERT(LAB(lab, 0xe8, 0x00, 0x01, 0x00, 0x00));
	CU_ASSERT(cpu->next_eip == LAB_CODE + 0x105 && lab_read(lab, LAB_STACK - 4, 4) == LAB_CODE + 5);
	CU_ASSERT(LAB(lab, 0xc2, 0x08, 0x00));
	CU_ASSERT(cpu->next_eip == LAB_CODE + 5 && gpr[ESP] == LAB_STACK + 8);

	gpr[EAX] = 0x12345678; /* 16-bit operand cuts EIP */
	CU_ASSERT(LAB(lab, 0x66, 0xff, 0xe0));
	CU_ASSERT_EQUAL(cpu->next_eip, 0x5678);

	gpr[ECX] = 0x10001; /* loop with CX ends, with ECX goes on */
	CU_ASSERT(LAB(lab, 0x67, 0xe2, 0x10));
	CU_ASSERT(cpu->next_eip == LAB_CODE + 3 && gpr[ECX] == 0x10000);
	CU_ASSERT(LAB(lab, 0x67, 0xe3, 0x10)); /* jcxz */
	CU_ASSERT_EQUAL(cpu->next_eip, LAB_CODE + 0x13);
	CU_ASSERT(LAB(lab, 0xe2, 0xfe));
	CU_ASSERT(cpu->next_eip == LAB_CODE && gpr[ECX] == 0xffff);
	lab_flags(lab, ZF);
	CU_ASSERT(LAB(lab, 0xe0, 0x10)); /* loopne with ZF */
	CU_ASSERT(cpu->next_eip == LAB_CODE + 2 && gpr[ECX] == 0xfffe);

	cpu->state.segment[CS].limit = 0x1fff;
	segment_changed(cpu, CS);
	gpr[ESP] = LAB_STACK;
	CU_ASSERT(!LAB(lab, 0xe8, 0x00, 0x10, 0x00, 0x00));
	CU_ASSERT(cpu->event.vector == VECTOR_GP && cpu->event.error == 0 && gpr[ESP] == LAB_STACK);
	lab_flags(lab, 0);
	CU_ASSERT(!LAB(lab, 0x0f, 0x85, 0x00, 0x10, 0x00, 0x00));
	CU_ASSERT(LAB(lab, 0x0f, 0x84, 0x00, 0x10, 0x00, 0x00)); /* not taken: not checked */
	gpr[ECX] = 5;
	cpu->state.segment[CS].limit = LAB_CODE + 2;
	CU_ASSERT(!LAB(lab, 0xe2, 0x01) && gpr[ECX] == 5);
	lab_write(lab, LAB_STACK, 4, 0x2000);
	CU_ASSERT(!LAB(lab, 0xc3));
	CU_ASSERT(cpu->event.vector == VECTOR_GP && gpr[ESP] == LAB_STACK);
	lab_free(lab);
}

static void test_bound(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	lab_write(lab, LAB_DATA, 4, 0xffffffff);
	lab_write(lab, LAB_DATA + 4, 4, 10);
	gpr[EBX] = LAB_DATA;
	gpr[EAX] = 10;
	CU_ASSERT(LAB(lab, 0x62, 0x03));
	gpr[EAX] = 0xffffffff;
	CU_ASSERT(LAB(lab, 0x62, 0x03));
	gpr[EAX] = 11;
	CU_ASSERT(!LAB(lab, 0x62, 0x03) && lab->cpu->event.vector == VECTOR_BR);
	gpr[EAX] = 0xfffffffe;
	CU_ASSERT(!LAB(lab, 0x62, 0x03) && lab->cpu->event.vector == VECTOR_BR);
	CU_ASSERT(!LAB(lab, 0x0f, 0x0b) && lab->cpu->event.vector == VECTOR_UD);
	lab_free(lab);
}

/* ---- faults that must leave everything as it was ---- */

static bool faults_writing(struct lab *lab, uint32_t address)
{
	const struct cpu_event *event = &lab->cpu->event;

	return event->vector == VECTOR_PF && event->address == address && (event->error & 2);
}

static void test_faults_change_nothing(void)
{
	static const uint8_t codes[][5] = {
		{0x01, 0x03}, {0x11, 0x03}, {0x29, 0x03}, {0xff, 0x03}, {0xf7, 0x1b}, {0xf7, 0x13}, {0xd1, 0x23},
		{0x87, 0x03}, {0x0f, 0xc1, 0x03}, {0x0f, 0xb1, 0x03}, {0x0f, 0xc7, 0x0b}, {0x0f, 0xab, 0x03},
		{0x0f, 0xa5, 0x03}, {0x8f, 0x03}, {0x89, 0x03}, {0x0f, 0x94, 0x03},
	};
	static const uint8_t lengths[] = {2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 2, 2, 3};
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	lab_paging(lab);
	gpr[EBX] = LAB_DATA;
	gpr[ECX] = gpr[EDX] = gpr[EAX] = 1;
	for (unsigned rights = 0; rights < 2; rights++) { /* not present, then read-only */
		lab_page_rights(lab, LAB_DATA, rights);
		for (size_t i = 0; i < sizeof lengths; i++) {
			uint32_t before[GPR_COUNT];

			lab_flags(lab, CF | SF);
			memcpy(before, gpr, sizeof before);
			CU_ASSERT(!lab_perform(lab, codes[i], lengths[i]));
			CU_ASSERT(faults_writing(lab, LAB_DATA));
			CU_ASSERT(!memcmp(before, gpr, sizeof before));
			CU_ASSERT_EQUAL(status_flags(lab->cpu), CF | SF);
		}
	}
	lab_free(lab);
}

static void test_stack_faults_change_nothing(void)
{
	struct lab *lab = lab_new(true, false);
	uint32_t *gpr = lab->cpu->state.gpr;

	lab_paging(lab);
	lab_page_rights(lab, LAB_STACK - 0x1000, 0);
	gpr[ESP] = LAB_STACK + 8;
	gpr[EAX] = 0x5555;
	CU_ASSERT(!LAB(lab, 0x60));
	CU_ASSERT(faults_writing(lab, LAB_STACK - 4));
	CU_ASSERT(gpr[ESP] == LAB_STACK + 8 && lab_read(lab, LAB_STACK + 4, 4) == 0);
	gpr[EBP] = 0x9000;
	CU_ASSERT(!LAB(lab, 0xc8, 0x00, 0x00, 0x02));
	CU_ASSERT(gpr[ESP] == LAB_STACK + 8 && gpr[EBP] == 0x9000 && lab_read(lab, LAB_STACK + 4, 4) == 0);
	CU_ASSERT(!LAB(lab, 0xc8, 0x08, 0x00, 0x00)); /* the final ESP is checked too */
	CU_ASSERT(gpr[ESP] == LAB_STACK + 8 && gpr[EBP] == 0x9000);
	gpr[ESP] = LAB_STACK - 4;
	CU_ASSERT(!LAB(lab, 0x61) && gpr[ESP] == LAB_STACK - 4 && gpr[EAX] == 0x5555);
	CU_ASSERT(!LAB(lab, 0xc3) && gpr[ESP] == LAB_STACK - 4);
	lab_free(lab);
}

/* CMOV reads its source, and faults, even when it does not move. */
static void test_cmov_reads(void)
{
	struct lab *lab = lab_new(true, false);

	lab_paging(lab);
	lab_page_rights(lab, LAB_DATA, 0);
	lab->cpu->state.gpr[EBX] = LAB_DATA;
	lab_flags(lab, 0);
	CU_ASSERT(!LAB(lab, 0x0f, 0x44, 0x03));
	CU_ASSERT(lab->cpu->event.vector == VECTOR_PF && lab->cpu->event.error == 0);
	lab_free(lab);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"decimal adjustments", test_decimal},
		{"shifts", test_shifts},
		{"rotates", test_rotates},
		{"double shifts", test_double_shifts},
		{"sums, exchanges, moves", test_sums},
		{"products and quotients", test_products},
		{"divide errors", test_divide_errors},
		{"flags that no result has", test_flag_combinations},
		{"bit strings and scans", test_bit_strings},
		{"cmpxchg8b", test_cmpxchg8b},
		{"push and pop", test_stack},
		{"enter and leave", test_frames},
		{"16-bit stack", test_small_stack},
		{"near transfers", test_near_transfers},
		{"bound", test_bound},
		{"faults leave operands alone", test_faults_change_nothing},
		{"faults leave the stack alone", test_stack_faults_change_nothing},
		{"cmov always reads", test_cmov_reads},
		{0},
	};

	return harness_main("integer", tests);
}
