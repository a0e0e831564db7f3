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

/* What a result may be: a number so small that it is an underflow even if it is exact, when that is not masked. */
enum result { EXACT_OR_NONE, ONE_SINGLE, SINGLES, ONE_DOUBLE, DOUBLES };

static bool single_is_tiny(uint32_t bits)
{
	return !(bits & 0x7f800000) && bits & 0x007fffff;
}

static bool double_is_tiny(uint64_t bits)
{
	return !(bits & UINT64_C(0x7ff0000000000000)) && bits & UINT64_C(0x000fffffffffffff);
}

static bool is_tiny(const union xmm *value, enum result result)
{
	bool tiny = false;

	if (result == ONE_SINGLE || result == SINGLES)
		for (unsigned i = 0; i < (result == SINGLES ? 4 : 1); i++)
			tiny |= single_is_tiny(value->dword[i]);
	if (result == ONE_DOUBLE || result == DOUBLES)
		for (unsigned i = 0; i < (result == DOUBLES ? 2 : 1); i++)
			tiny |= double_is_tiny(value->qword[i]);
	return tiny;
}

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

/* FZ means nothing while underflow is not masked. */
static bool compute(struct cpu *cpu, simd_host *host, enum result result, union xmm *to, const union xmm *from)
{
	uint32_t mxcsr = cpu->floats->sse.mxcsr, flags;
	bool underflow_masked = mxcsr & MXCSR_UM;

	mxcsr = (mxcsr | MXCSR_MASKS) & ~(uint32_t)MXCSR_FLAGS;
	if (!underflow_masked)
		mxcsr &= ~(uint32_t)MXCSR_FZ;
	host(to, from, &mxcsr);
	flags = mxcsr & MXCSR_FLAGS;
	if (!underflow_masked && is_tiny(to, result))
		flags |= MXCSR_UE;
	return settle(cpu, flags);
}

static bool perform(struct cpu *cpu, const struct insn *insn, simd_host *host, enum result result)
{
	union xmm to, from;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	simd_read(cpu, insn, 0, &to);
	return compute(cpu, host, result, &to, &from) && simd_write(cpu, insn, 0, &to);
}

#define PERFORM(name, result)                                                                      \
	bool perform_##name(struct cpu *cpu, const struct insn *insn)                               \
	{                                                                                           \
		return perform(cpu, insn, host_##name, result);                                     \
	}

#define FOUR(name)                                                                                 \
	PERFORM(name##ps, SINGLES)                                                                  \
	PERFORM(name##pd, DOUBLES)                                                                  \
	PERFORM(name##ss, ONE_SINGLE)                                                               \
	PERFORM(name##sd, ONE_DOUBLE)

#define FOUR_EXACT(name)                                                                           \
	PERFORM(name##ps, EXACT_OR_NONE)                                                            \
	PERFORM(name##pd, EXACT_OR_NONE)                                                            \
	PERFORM(name##ss, EXACT_OR_NONE)                                                            \
	PERFORM(name##sd, EXACT_OR_NONE)

/* ---- arithmetic; MIN and MAX give one of their operands as it is ---- */

FOUR(add)
FOUR(sub)
FOUR(mul)
FOUR(div)
FOUR_EXACT(sqrt)
FOUR_EXACT(min)
FOUR_EXACT(max)

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
		return perform(cpu, insn, hosts[insn->immediate & 7], EXACT_OR_NONE);               \
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
	if (!compute(cpu, host, EXACT_OR_NONE, &to, &from))
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

PERFORM(cvtps2pd, EXACT_OR_NONE)
PERFORM(cvtpd2ps, SINGLES)
PERFORM(cvtss2sd, EXACT_OR_NONE)
PERFORM(cvtsd2ss, ONE_SINGLE)
PERFORM(cvtdq2ps, EXACT_OR_NONE)
PERFORM(cvtdq2pd, EXACT_OR_NONE)
PERFORM(cvtps2dq, EXACT_OR_NONE)
PERFORM(cvttps2dq, EXACT_OR_NONE)
PERFORM(cvtpd2dq, EXACT_OR_NONE)
PERFORM(cvttpd2dq, EXACT_OR_NONE)
PERFORM(cvtsi2ss, EXACT_OR_NONE)
PERFORM(cvtsi2sd, EXACT_OR_NONE)
PERFORM(cvtss2si, EXACT_OR_NONE)
PERFORM(cvtsd2si, EXACT_OR_NONE)
PERFORM(cvttss2si, EXACT_OR_NONE)
PERFORM(cvttsd2si, EXACT_OR_NONE)

/* Those with MMX registers compute in the low half of XMM registers, where the high half is zero. */
static bool convert_half(struct cpu *cpu, const struct insn *insn, simd_host *host)
{
	union xmm to = {.qword = {0, 0}}, from;

	if (!simd_ready(cpu, insn) || !simd_read(cpu, insn, 1, &from))
		return false;
	if (simd_is_mmx(operand_kind(insn, 0)) && operand_kind(insn, 1) == OP_Wq)
		from.qword[1] = 0;
	return compute(cpu, host, EXACT_OR_NONE, &to, &from) && simd_write(cpu, insn, 0, &to);
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
	if (!compute(cpu, host_cvtdq2ps, EXACT_OR_NONE, &result, &from))
		return false;
	to.qword[0] = result.qword[0];
	return simd_write(cpu, insn, 0, &to);
}
