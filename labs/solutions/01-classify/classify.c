/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/solutions/01-classify/classify.c - the reference solution of lab 1, parts A and B. The table is what Intel SDM volume 3, 5.9, and
 * Robin and Irvine (USENIX Security 2000) list, with what they leave out; outcomes are the checks of volume 3, chapter 5, made
 * twice: with the guest's ring and table, and with the real ones.
 */
#include "ringside_lab.h"

/* ---- part A ---- */

enum {
	P = LAB_CLASS_PRIVILEGED, S = LAB_CLASS_SENSITIVE,
	C = LAB_WAY_CONTROL, M = LAB_WAY_MODE, L = LAB_WAY_LOCATION,
	ANY = 8, /* ModRM's reg field is not part of the opcode */
};

struct row {
	uint8_t two_byte, first, last, reg, insn_class, ways;
};

static const struct row rows[] = {
	{0, 0x06, 0x06, ANY, S, L}, {0, 0x0e, 0x0e, ANY, S, M}, {0, 0x16, 0x16, ANY, S, M}, {0, 0x1e, 0x1e, ANY, S, L}, /* push */
	{1, 0xa0, 0xa0, ANY, S, L}, {1, 0xa8, 0xa8, ANY, S, L},
	{0, 0x07, 0x07, ANY, S, C | M}, {0, 0x17, 0x17, ANY, S, C | M}, {0, 0x1f, 0x1f, ANY, S, C | M}, /* pop */
	{1, 0xa1, 0xa1, ANY, S, C | M}, {1, 0xa9, 0xa9, ANY, S, C | M},
	{0, 0x8c, 0x8c, ANY, S, M | L}, {0, 0x8e, 0x8e, ANY, S, C | M}, /* mov from and to a segment register */
	{0, 0xc4, 0xc5, ANY, S, C | M}, {1, 0xb2, 0xb2, ANY, S, C | M}, {1, 0xb4, 0xb5, ANY, S, C | M}, /* les, lds, lss, lfs, lgs */
	{0, 0x9a, 0x9a, ANY, S, C | M}, {0, 0xea, 0xea, ANY, S, C | M}, /* call, jmp */
	{0, 0xff, 0xff, 3, S, C | M}, {0, 0xff, 0xff, 5, S, C | M},
	{0, 0xca, 0xcb, ANY, S, C | M}, {0, 0xcf, 0xcf, ANY, S, C | M}, /* ret, iret */
	{0, 0x9c, 0x9c, ANY, S, L}, {0, 0x9d, 0x9d, ANY, S, C | M}, /* pushf, popf */
	{0, 0xcc, 0xce, ANY, S, C | M | L}, {1, 0x34, 0x34, ANY, S, C | M | L}, /* int3, int, into; sysenter */
	{1, 0x02, 0x03, ANY, S, M | L}, {1, 0x00, 0x00, 4, S, M | L}, {1, 0x00, 0x00, 5, S, M | L}, /* lar, lsl, verr, verw */
	{1, 0x31, 0x31, ANY, S, L}, {1, 0xa2, 0xa2, ANY, S, L}, /* rdtsc, cpuid */

	{0, 0x6c, 0x6f, ANY, P, 0}, {0, 0xe4, 0xe7, ANY, P, 0}, {0, 0xec, 0xef, ANY, P, 0}, /* ports */
	{0, 0xf4, 0xf4, ANY, P, 0}, {0, 0xfa, 0xfb, ANY, P, 0}, /* hlt; cli, sti */
	{1, 0x00, 0x00, 2, P, 0}, {1, 0x00, 0x00, 3, P, 0}, /* lldt, ltr */
	{1, 0x01, 0x01, 2, P, 0}, {1, 0x01, 0x01, 3, P, 0}, {1, 0x01, 0x01, 6, P, 0}, {1, 0x01, 0x01, 7, P, 0}, /* lgdt, lidt, lmsw, invlpg */
	{1, 0x06, 0x06, ANY, P, 0}, {1, 0x08, 0x09, ANY, P, 0}, /* clts, invd, wbinvd */
	{1, 0x20, 0x23, ANY, P, 0}, {1, 0x30, 0x30, ANY, P, 0}, {1, 0x32, 0x33, ANY, P, 0}, /* mov cr, dr; wrmsr, rdmsr, rdpmc */
	{1, 0x35, 0x35, ANY, P, 0}, /* sysexit */
};

/* SLDT, STR, SGDT, SIDT, SMSW: UMIP makes them privileged (volume 3, 2.5). */
static const struct row stores[] = {
	{1, 0x00, 0x00, 0, S, L}, {1, 0x00, 0x00, 1, S, L}, {1, 0x01, 0x01, 0, S, L}, {1, 0x01, 0x01, 1, S, L}, {1, 0x01, 0x01, 4, S, L},
};

static bool is_row(const struct row *row, const struct lab_classify *question)
{
	return question->two_byte == row->two_byte && question->opcode >= row->first && question->opcode <= row->last &&
	       (row->reg == ANY || (question->modrm >> 3 & 7) == row->reg);
}

static enum lab_result classify(struct lab_vm *vm, struct lab_classify *question)
{
	(void)vm;
	question->insn_class = LAB_CLASS_INNOCUOUS;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is_row(&rows[i], question)) {
			question->insn_class = rows[i].insn_class;
			question->ways = rows[i].ways;
		}
	for (unsigned i = 0; i < sizeof stores / sizeof *stores; i++)
		if (is_row(&stores[i], question)) {
			question->insn_class = question->umip ? LAB_CLASS_PRIVILEGED : stores[i].insn_class;
			question->ways = question->umip ? 0 : stores[i].ways;
		}
	return LAB_DONE;
}

/* ---- part B: descriptors (volume 3, 3.4.5 and 5.5 to 5.8) ---- */

enum { TYPE = 15, WRITABLE = 2, READABLE = 2, CONFORMING = 4, CODE = 8, NOT_SYSTEM = 16 };

static unsigned dpl(const struct lab_segment *segment)
{
	return segment->access >> 5 & 3;
}

static unsigned rpl(const struct lab_classify *question)
{
	return question->selector & 3;
}

static bool is_null(const struct lab_classify *question)
{
	return !(question->selector & 0xfffc);
}

static bool has(const struct lab_segment *segment, unsigned bits)
{
	return (segment->access & bits) == bits;
}

static bool is_data(const struct lab_segment *segment)
{
	return has(segment, NOT_SYSTEM) && !has(segment, CODE);
}

/* Is the segment the caller's to use: both CPL and RPL at least as privileged as DPL asks? A conforming one is everybody's. */
static bool is_open(const struct lab_classify *question, const struct lab_segment *segment, unsigned cpl)
{
	unsigned weakest = cpl > rpl(question) ? cpl : rpl(question);

	return has(segment, NOT_SYSTEM | CODE | CONFORMING) || dpl(segment) >= weakest;
}

static bool may_load(const struct lab_classify *question, const struct lab_segment *segment, unsigned cpl, bool stack)
{
	if (stack)
		return is_data(segment) && has(segment, WRITABLE) && rpl(question) == cpl && dpl(segment) == cpl;
	if (is_null(question))
		return true;
	return (is_data(segment) || has(segment, NOT_SYSTEM | CODE | READABLE)) && is_open(question, segment, cpl);
}

static bool may_go(const struct lab_classify *question, const struct lab_segment *segment, unsigned cpl)
{
	if (!has(segment, NOT_SYSTEM | CODE))
		return false;
	if (has(segment, CONFORMING))
		return dpl(segment) <= cpl;
	return rpl(question) <= cpl && dpl(segment) == cpl;
}

/* ---- part B: outcomes ---- */

/* Allowed or not, by the real ring and table; and would it have been, by the guest's? */
static enum lab_outcome checked(bool really, bool rightly)
{
	if (!really)
		return LAB_OUTCOME_TRAPS;
	return rightly ? LAB_OUTCOME_SAME : LAB_OUTCOME_DIFFERS;
}

static enum lab_outcome load(const struct lab_classify *question, bool stack)
{
	return checked(may_load(question, &question->hardware, question->ring, stack), may_load(question, &question->guest, 0, stack));
}

/* CALL pushes CS, with the real ring in it. */
static enum lab_outcome go(const struct lab_classify *question, bool call)
{
	return checked(may_go(question, &question->hardware, question->ring), !call && may_go(question, &question->guest, 0));
}

static bool flag_if(const struct lab_classify *question)
{
	return question->flags >> 9 & 1;
}

/* What the guest wants of IF and IOPL and only ring 0 can do. */
static bool keeps_flags(const struct lab_classify *question)
{
	return flag_if(question) == question->guest_if && (question->flags >> 12 & 3) == question->iopl;
}

/* An inner ring cannot be returned to. To the real one it is a return within the ring, where the guest means one to another. */
static enum lab_outcome go_back(const struct lab_classify *question, bool flags)
{
	const struct lab_segment *segment = &question->hardware;

	if (rpl(question) < question->ring || !has(segment, NOT_SYSTEM | CODE) || dpl(segment) != rpl(question))
		return LAB_OUTCOME_TRAPS;
	if (rpl(question) == question->ring || (flags && !keeps_flags(question)))
		return LAB_OUTCOME_DIFFERS;
	return LAB_OUTCOME_SAME;
}

static enum lab_outcome pop_flags(const struct lab_classify *question)
{
	if (question->ring <= question->iopl && !flag_if(question))
		return LAB_OUTCOME_TAKES;
	return keeps_flags(question) ? LAB_OUTCOME_SAME : LAB_OUTCOME_DIFFERS;
}

/* CLI, STI, IN and OUT ask IOPL (volume 1, 19.5.1). STI changes no IF that is set. */
static enum lab_outcome by_iopl(const struct lab_classify *question)
{
	if (question->ring > question->iopl)
		return LAB_OUTCOME_TRAPS;
	if (question->opcode != 0xfb)
		return LAB_OUTCOME_TAKES;
	return question->guest_if ? LAB_OUTCOME_SAME : LAB_OUTCOME_DIFFERS;
}

/* What LAR, LSL, VERR and VERW give; 0: ZF is clear. */
static uint32_t look(const struct lab_classify *question, const struct lab_segment *segment, unsigned cpl)
{
	enum { LAR_TYPES = 0x1a3e, LSL_TYPES = 0x0a0e };
	unsigned group = question->modrm >> 3 & 7;
	bool system = !has(segment, NOT_SYSTEM);

	if (is_null(question) || !is_open(question, segment, cpl))
		return 0;
	if (question->opcode == 0x02)
		return system && !(LAR_TYPES >> (segment->access & TYPE) & 1) ? 0 : (segment->access & 0xf0ff) | 0x10000;
	if (question->opcode == 0x03)
		return system && !(LSL_TYPES >> (segment->access & TYPE) & 1) ? 0 : segment->limit;
	return group == 4 ? is_data(segment) || has(segment, NOT_SYSTEM | CODE | READABLE) : is_data(segment) && has(segment, WRITABLE);
}

static enum lab_outcome compare(const struct lab_classify *question)
{
	return look(question, &question->hardware, question->ring) == look(question, &question->guest, 0) ? LAB_OUTCOME_SAME
	                                                                                                   : LAB_OUTCOME_DIFFERS;
}

static enum lab_outcome two_byte_outcome(const struct lab_classify *question)
{
	switch (question->opcode) {
	case 0x00: case 0x02: case 0x03: return compare(question);
	case 0xb2: return load(question, true);
	default: return load(question, false);
	}
}

static enum lab_outcome one_byte_outcome(const struct lab_classify *question)
{
	switch (question->opcode) {
	case 0x9c: return question->guest_if ? LAB_OUTCOME_SAME : LAB_OUTCOME_DIFFERS;
	case 0x9d: return pop_flags(question);
	case 0x8c: case 0x0e: return LAB_OUTCOME_DIFFERS;
	case 0x17: return load(question, true);
	case 0x8e: return load(question, (question->modrm >> 3 & 7) == LAB_SS);
	case 0x07: case 0x1f: case 0xc4: case 0xc5: return load(question, false);
	case 0x9a: return go(question, true);
	case 0xea: return go(question, false);
	case 0xff: return go(question, (question->modrm >> 3 & 7) == 3);
	case 0xca: case 0xcb: return go_back(question, false);
	case 0xcf: return go_back(question, true);
	default: return by_iopl(question);
	}
}

static enum lab_result outcome(struct lab_vm *vm, struct lab_classify *question)
{
	(void)vm;
	question->outcome = question->two_byte ? two_byte_outcome(question) : one_byte_outcome(question);
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 1",
	.classify = {.classify = classify, .outcome = outcome},
};
