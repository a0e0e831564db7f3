/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/simd_host.h - SSE and SSE2 arithmetic by the host's own SSE2. What x86-64 processors do in these instructions is
 * fixed to the last bit (Intel SDM volume 1, 4.8, 11.5), so results do not depend on which one it is. On
 * another host nothing of this is there, and the features are not announced.
 */
#ifndef RINGSIDE_CPU_SIMD_HOST_H
#define RINGSIDE_CPU_SIMD_HOST_H

#include "cpu/float_state.h"

#include <stdbool.h>

/*
 * `to` becomes the result of itself and `from`, what is beyond the lanes that the instruction computes staying. `mxcsr`: rounding,
 * FZ and DAZ; gets flags of the exceptions, all of which must be masked. The host's own MXCSR is as before.
 */
typedef void simd_host(union xmm *to, const union xmm *from, uint32_t *mxcsr);

/* HOST(name): the instruction of that name, between XMM registers. */
#define SIMD_HOST_FOUR(HOST, name) HOST(name##ps) HOST(name##pd) HOST(name##ss) HOST(name##sd)
#define SIMD_HOST_LIST(HOST)                                                                       \
	SIMD_HOST_FOUR(HOST, add) SIMD_HOST_FOUR(HOST, sub) SIMD_HOST_FOUR(HOST, mul)               \
	SIMD_HOST_FOUR(HOST, div) SIMD_HOST_FOUR(HOST, min) SIMD_HOST_FOUR(HOST, max)               \
	SIMD_HOST_FOUR(HOST, sqrt)                                                                  \
	SIMD_HOST_FOUR(HOST, cmpeq) SIMD_HOST_FOUR(HOST, cmplt) SIMD_HOST_FOUR(HOST, cmple)         \
	SIMD_HOST_FOUR(HOST, cmpunord) SIMD_HOST_FOUR(HOST, cmpneq) SIMD_HOST_FOUR(HOST, cmpnlt)    \
	SIMD_HOST_FOUR(HOST, cmpnle) SIMD_HOST_FOUR(HOST, cmpord)                                   \
	HOST(cvtps2pd) HOST(cvtpd2ps) HOST(cvtss2sd) HOST(cvtsd2ss)                                 \
	HOST(cvtdq2ps) HOST(cvtdq2pd)                                                               \
	HOST(cvtps2dq) HOST(cvttps2dq) HOST(cvtpd2dq) HOST(cvttpd2dq)

#define SIMD_HOST_DECLARATION(name) simd_host host_##name;
SIMD_HOST_LIST(SIMD_HOST_DECLARATION)
#undef SIMD_HOST_DECLARATION

/* The same with a doubleword: an integer in from->dword[0], or one that to->dword[0] becomes. */
simd_host host_cvtsi2ss, host_cvtsi2sd, host_cvtss2si, host_cvtsd2si, host_cvttss2si, host_cvttsd2si;
/* to->dword[0] becomes the status flags of EFLAGS. */
simd_host host_comiss, host_comisd, host_ucomiss, host_ucomisd;

/* Would the result be exact in so many bits if exponents had no bounds? a and b: numbers other than zero. */
typedef bool simd_exact(double a, double b, unsigned bits);
simd_exact host_exact_add, host_exact_sub, host_exact_mul, host_exact_div;
simd_exact host_exact_cvt; /* of b alone */

/* Bits of CPUID.1:EDX that a processor on this host cannot have. */
uint32_t simd_host_missing(void);

#endif
