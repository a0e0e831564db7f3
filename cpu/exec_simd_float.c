/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_simd_float.c - SSE and SSE2 floating point: arithmetic, comparisons, conversions, and the exceptions of MXCSR.
 * Intel SDM volume 1, 11.5 (SIMD floating-point exceptions); volume 2, ADDPS to UCOMISD.
 *
 * The host computes with every exception masked (simd_host.h). Its flags say which exceptions there were, and an
 * unmasked one is raised instead of writing the result.
 */
#include "cpu/simd_host.h"

#include "cpu/simd.h"

/* ---- exceptions ---- */

/* Notes the exceptions. False: one is not masked, and #XM (or #UD, for an operating system that does not know of it) is
 * pending. Those found before computing keep the others from being found (SDM vol. 1, 11.5.3). */
static bool settle(struct cpu *cpu, uint32_t flags)
{
	uint32_t *mxcsr = &cpu->floats->sse.mxcsr;
	uint32_t unmasked = flags & ~(*mxcsr >> MXCSR_MASK_SHIFT);

	if (unmasked & MXCSR_BEFORE)
		flags &= MXCSR_BEFORE;
	*mxcsr |= flags;
	if (!unmasked)
		return true;
	return raise_fault(cpu, cpu->state.cr4 & CR4_OSXMMEXCPT ? VECTOR_XM : VECTOR_UD);
}

/* With all exceptions masked. FZ means nothing while underflow is not. Gives the flags. */
static uint32_t compute_masked(uint32_t mxcsr, simd_host *host, union xmm *to, const union xmm *from)
{
	uint32_t with_flags = (mxcsr | MXCSR_MASKS) & ~(uint32_t)MXCSR_FLAGS;

	if (!(mxcsr & MXCSR_UM))
		with_flags &= ~(uint32_t)MXCSR_FZ;
	host(to, from, &with_flags);
	return with_flags & MXCSR_FLAGS;
}

/* The registers become MMX's even if the result is not written. */
static bool compute(struct cpu *cpu, const struct insn *insn, simd_host *host, union xmm *to, const union xmm *from)
{
	uint32_t flags = compute_masked(cpu->floats->sse.mxcsr, host, to, from);

	if (simd_uses_mmx(insn))
		simd_enter_mmx(cpu);
	return settle(cpu, flags);
}

static bool perform(struct cpu *cpu, const struct insn *insn, simd_host *host)
{
	union xmm to, from;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	simd_read(cpu, insn, 0, &to);
	return compute(cpu, insn, host, &to, &from) && simd_write(cpu, insn, 0, &to);
}

#define PERFORM(name)                                                                              \
	bool perform_##name(struct cpu *cpu, const struct insn *insn)                               \
	{                                                                                           \
		return perform(cpu, insn, host_##name);                                             \
	}

#define FOUR(name) PERFORM(name##ps) PERFORM(name##pd) PERFORM(name##ss) PERFORM(name##sd)

/* ---- results that may be too large or too small ---- */

/*
 * When overflow or underflow is not masked there is no result that a bounded exponent has spoilt: a small number is an
 * underflow even if it is exact, and the precision exception is of the significand alone (SDM vol. 1, 4.9.1.4 to 4.9.1.6).
 * The host, which masks all, says neither; such lanes are computed once more, one by one.
 */
struct arithmetic {
	simd_host *host, *scalar;
	simd_exact *exact;
	uint8_t lanes, from_size, to_size; /* bytes of a lane's source and result */
};

static bool is_tiny(const union xmm *value, unsigned size)
{
	uint64_t bits = size == 4 ? (uint64_t)value->dword[0] << 32 : value->qword[0];
	uint64_t exponent = size == 4 ? UINT64_C(0x7f80000000000000) : UINT64_C(0x7ff0000000000000);

	return !(bits & exponent) && bits << 1;
}

static union xmm lane_of(const union xmm *value, unsigned lane, unsigned size)
{
	union xmm alone = {.qword = {0, 0}};

	memcpy(&alone, value->byte + lane * size, size);
	return alone;
}

static double number_of(const union xmm *value, unsigned size, bool denormals_are_zeros)
{
	float single;
	double number;

	if (denormals_are_zeros && is_tiny(value, size))
		return 0;
	memcpy(&single, value, sizeof single);
	memcpy(&number, value, sizeof number);
	return size == 4 ? (double)single : number;
}

static uint32_t lane_flags(const struct arithmetic *how, uint32_t mxcsr, union xmm a, union xmm b)
{
	bool zeros = mxcsr & MXCSR_DAZ;
	double x = number_of(&a, how->from_size, zeros), y = number_of(&b, how->from_size, zeros);
	uint32_t flags = compute_masked(mxcsr, how->scalar, &a, &b);

	if (!(mxcsr & MXCSR_UM) && is_tiny(&a, how->to_size))
		flags |= MXCSR_UE;
	if (flags & (MXCSR_OE | MXCSR_UE) & ~(mxcsr >> MXCSR_MASK_SHIFT)) {
		flags &= ~(uint32_t)MXCSR_PE;
		if (!how->exact(x, y, how->to_size == 4 ? 24 : 53))
			flags |= MXCSR_PE;
	}
	return flags;
}

static bool perform_arithmetic(struct cpu *cpu, const struct insn *insn, const struct arithmetic *how)
{
	uint32_t mxcsr = cpu->floats->sse.mxcsr, flags = 0;
	union xmm to, from, result;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	simd_read(cpu, insn, 0, &to);
	result = to;
	if ((mxcsr & (MXCSR_OM | MXCSR_UM)) == (MXCSR_OM | MXCSR_UM))
		return compute(cpu, insn, how->host, &result, &from) && simd_write(cpu, insn, 0, &result);
	compute_masked(mxcsr, how->host, &result, &from);
	for (unsigned i = 0; i < how->lanes; i++)
		flags |= lane_flags(how, mxcsr, lane_of(&to, i, how->from_size), lane_of(&from, i, how->from_size));
	return settle(cpu, flags) && simd_write(cpu, insn, 0, &result);
}

#define ARITHMETIC(name, one, rule, lanes, from_size, to_size)                                     \
	bool perform_##name(struct cpu *cpu, const struct insn *insn)                               \
	{                                                                                           \
		static const struct arithmetic how = {host_##name, host_##one,  host_exact_##rule,   \
			                              lanes,       from_size,   to_size};            \
                                                                                                    \
		return perform_arithmetic(cpu, insn, &how);                                         \
	}

#define FOUR_ARITHMETIC(name)                                                                      \
	ARITHMETIC(name##ps, name##ss, name, 4, 4, 4)                                               \
	ARITHMETIC(name##pd, name##sd, name, 2, 8, 8)                                               \
	ARITHMETIC(name##ss, name##ss, name, 1, 4, 4)                                               \
	ARITHMETIC(name##sd, name##sd, name, 1, 8, 8)

FOUR_ARITHMETIC(add)
FOUR_ARITHMETIC(sub)
FOUR_ARITHMETIC(mul)
FOUR_ARITHMETIC(div)
ARITHMETIC(cvtpd2ps, cvtsd2ss, cvt, 2, 8, 4)
ARITHMETIC(cvtsd2ss, cvtsd2ss, cvt, 1, 8, 4)

/* ---- roots; MIN and MAX, which give one of their operands as it is ---- */

FOUR(sqrt)
FOUR(min)
FOUR(max)

/* ---- comparisons ---- */

/* In the order of the immediate's low three bits. */
#define COMPARISONS(form)                                                                          \
	{ host_cmpeq##form, host_cmplt##form, host_cmple##form, host_cmpunord##form,                \
	  host_cmpneq##form, host_cmpnlt##form, host_cmpnle##form, host_cmpord##form }

#define COMPARE(form)                                                                              \
	bool perform_cmp##form(struct cpu *cpu, const struct insn *insn)                            \
	{                                                                                           \
		static simd_host *const hosts[8] = COMPARISONS(form);                               \
                                                                                                    \
		return perform(cpu, insn, hosts[insn->immediate & 7]);               \
	}

COMPARE(ps)
COMPARE(pd)
COMPARE(ss)
COMPARE(sd)

static bool compare_to_flags(struct cpu *cpu, const struct insn *insn, simd_host *host)
{
	union xmm to, from;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	simd_read(cpu, insn, 0, &to);
	if (!compute(cpu, insn, host, &to, &from))
		return false;
	set_status_flags(cpu, to.dword[0]);
	return true;
}

#define COMPARE_TO_FLAGS(name)                                                                     \
	bool perform_##name(struct cpu *cpu, const struct insn *insn)                               \
	{                                                                                           \
		return compare_to_flags(cpu, insn, host_##name);                                    \
	}

COMPARE_TO_FLAGS(comiss)
COMPARE_TO_FLAGS(comisd)
COMPARE_TO_FLAGS(ucomiss)
COMPARE_TO_FLAGS(ucomisd)

/* ---- conversions ---- */

PERFORM(cvtps2pd)
PERFORM(cvtss2sd)
PERFORM(cvtdq2ps)
PERFORM(cvtdq2pd)
PERFORM(cvtps2dq)
PERFORM(cvttps2dq)
PERFORM(cvtpd2dq)
PERFORM(cvttpd2dq)
PERFORM(cvtsi2ss)
PERFORM(cvtsi2sd)
PERFORM(cvtss2si)
PERFORM(cvtsd2si)
PERFORM(cvttss2si)
PERFORM(cvttsd2si)

/* Those with MMX registers compute in the low half of XMM registers, where the high half is zero. */
static bool convert_half(struct cpu *cpu, const struct insn *insn, simd_host *host)
{
	union xmm to = {.qword = {0, 0}}, from;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	if (simd_is_mmx(operand_kind(insn, 0)) && operand_kind(insn, 1) == OP_Wq)
		from.qword[1] = 0;
	return compute(cpu, insn, host, &to, &from) && simd_write(cpu, insn, 0, &to);
}

bool perform_cvtps2pi(struct cpu *cpu, const struct insn *insn)
{
	return convert_half(cpu, insn, host_cvtps2dq);
}

bool perform_cvttps2pi(struct cpu *cpu, const struct insn *insn)
{
	return convert_half(cpu, insn, host_cvttps2dq);
}

bool perform_cvtpd2pi(struct cpu *cpu, const struct insn *insn)
{
	return convert_half(cpu, insn, host_cvtpd2dq);
}

bool perform_cvttpd2pi(struct cpu *cpu, const struct insn *insn)
{
	return convert_half(cpu, insn, host_cvttpd2dq);
}

bool perform_cvtpi2pd(struct cpu *cpu, const struct insn *insn)
{
	return convert_half(cpu, insn, host_cvtdq2pd);
}

/* Two singles replace the low half. */
bool perform_cvtpi2ps(struct cpu *cpu, const struct insn *insn)
{
	union xmm to, from, result = {.qword = {0, 0}};

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	simd_read(cpu, insn, 0, &to);
	if (!compute(cpu, insn, host_cvtdq2ps, &result, &from))
		return false;
	to.qword[0] = result.qword[0];
	return simd_write(cpu, insn, 0, &to);
}
