/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/simd_host.c - see simd_host.h. Each operation loads MXCSR, computes and puts the host's MXCSR back within one piece of
 * assembly, so that no compiler can move arithmetic of its own in between.
 */
#include "cpu/simd_host.h"

#include "cpu/state.h"

#include <string.h>

#if defined(__x86_64__)

uint32_t simd_host_missing(void)
{
	return 0;
}

#define WITH_MXCSR(instructions) "stmxcsr %[own]\n\tldmxcsr %[mxcsr]\n\t" instructions "stmxcsr %[mxcsr]\n\tldmxcsr %[own]"

#define HOST(name)                                                                                 \
	void host_##name(union xmm *to, const union xmm *from, uint32_t *mxcsr)                     \
	{                                                                                           \
		uint32_t own;                                                                       \
                                                                                                    \
		__asm__ volatile(WITH_MXCSR("movups %[to], %%xmm0\n\t"                              \
					    "movups %[from], %%xmm1\n\t" #name " %%xmm1, %%xmm0\n\t" \
					    "movups %%xmm0, %[to]\n\t")                              \
				 : [own] "=m"(own), [mxcsr] "+m"(*mxcsr), [to] "+m"(*to)             \
				 : [from] "m"(*from)                                                \
				 : "xmm0", "xmm1");                                                 \
	}

SIMD_HOST_LIST(HOST)

#define FROM_INTEGER(name)                                                                         \
	void host_##name(union xmm *to, const union xmm *from, uint32_t *mxcsr)                     \
	{                                                                                           \
		uint32_t own;                                                                       \
                                                                                                    \
		__asm__ volatile(WITH_MXCSR("movups %[to], %%xmm0\n\t" #name "l %[from], %%xmm0\n\t" \
					    "movups %%xmm0, %[to]\n\t")                              \
				 : [own] "=m"(own), [mxcsr] "+m"(*mxcsr), [to] "+m"(*to)             \
				 : [from] "m"(from->dword[0])                                       \
				 : "xmm0");                                                         \
	}

FROM_INTEGER(cvtsi2ss)
FROM_INTEGER(cvtsi2sd)

#define TO_INTEGER(name)                                                                           \
	void host_##name(union xmm *to, const union xmm *from, uint32_t *mxcsr)                     \
	{                                                                                           \
		uint32_t own, result;                                                               \
                                                                                                    \
		__asm__ volatile(WITH_MXCSR("movups %[from], %%xmm1\n\t" #name " %%xmm1, %[result]\n\t") \
				 : [own] "=m"(own), [mxcsr] "+m"(*mxcsr), [result] "=&r"(result)     \
				 : [from] "m"(*from)                                                \
				 : "xmm1");                                                         \
		to->dword[0] = result;                                                              \
	}

TO_INTEGER(cvtss2si)
TO_INTEGER(cvtsd2si)
TO_INTEGER(cvttss2si)
TO_INTEGER(cvttsd2si)

#define TO_FLAGS(name)                                                                             \
	void host_##name(union xmm *to, const union xmm *from, uint32_t *mxcsr)                     \
	{                                                                                           \
		uint32_t own;                                                                       \
		bool zero, parity, carry;                                                           \
                                                                                                    \
		__asm__ volatile(WITH_MXCSR("movups %[to], %%xmm0\n\t"                              \
					    "movups %[from], %%xmm1\n\t" #name " %%xmm1, %%xmm0\n\t") \
				 : [own] "=m"(own), [mxcsr] "+m"(*mxcsr), "=@ccz"(zero),             \
				   "=@ccp"(parity), "=@ccc"(carry)                                  \
				 : [to] "m"(*to), [from] "m"(*from)                                 \
				 : "xmm0", "xmm1");                                                 \
		to->dword[0] = (zero ? EFLAGS_ZF : 0) | (parity ? EFLAGS_PF : 0) | (carry ? EFLAGS_CF : 0); \
	}

TO_FLAGS(comiss)
TO_FLAGS(comisd)
TO_FLAGS(ucomiss)
TO_FLAGS(ucomisd)

/* The x87 has room: 15 bits of exponent, and 64 of significand, of which the lowest that are asked for must be zero. */
static bool fits(long double value, uint16_t status, unsigned bits)
{
	enum { PRECISION = 1 << 5 };
	uint64_t significand;

	memcpy(&significand, &value, sizeof significand);
	return !(status & PRECISION) && !(significand << bits);
}

#define EXACT(name, instruction)                                                                   \
	bool host_exact_##name(double a, double b, unsigned bits)                                   \
	{                                                                                           \
		long double value = a;                                                              \
		uint16_t status;                                                                    \
                                                                                                    \
		__asm__ volatile("fnclex\n\t" instruction " %%st(1), %%st\n\tfnstsw %[status]"      \
				 : "+t"(value), [status] "=a"(status)                              \
				 : "u"((long double)b));                                            \
		return fits(value, status, bits);                                                   \
	}

EXACT(add, "fadd")
EXACT(sub, "fsub")
EXACT(mul, "fmul")
EXACT(div, "fdiv")

bool host_exact_cvt(double a, double b, unsigned bits)
{
	(void)a;
	return fits(b, 0, bits);
}

#else

#define EXACT(name)                                                                                \
	bool host_exact_##name(double a, double b, unsigned bits)                                   \
	{                                                                                           \
		(void)a, (void)b, (void)bits;                                                       \
		return false;                                                                       \
	}

EXACT(add) EXACT(sub) EXACT(mul) EXACT(div) EXACT(cvt)

uint32_t simd_host_missing(void)
{
	return 3u << 25; /* SSE, SSE2 */
}

/* Never called: nothing decodes to them where the features are not announced. */
#define HOST(name)                                                                                 \
	void host_##name(union xmm *to, const union xmm *from, uint32_t *mxcsr)                     \
	{                                                                                           \
		(void)to, (void)from, (void)mxcsr;                                                  \
	}

SIMD_HOST_LIST(HOST)
HOST(cvtsi2ss) HOST(cvtsi2sd) HOST(cvtss2si) HOST(cvtsd2si) HOST(cvttss2si) HOST(cvttsd2si)
HOST(comiss) HOST(comisd) HOST(ucomiss) HOST(ucomisd)

#endif
