/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_simd_estimate.c - RCPPS and RSQRTPS, which give some twelve bits of a result. Processors differ in them, so the
 * host's are not used: these give the true result rounded to twelve bits behind the point, well within the manual's
 * bound of 1.5 * 2^-12. Intel SDM volume 2, RCPPS, RSQRTPS (they raise no exception and look at MXCSR nowhere).
 */
#include "cpu/simd.h"

#include <math.h>

enum { DROPPED = 11 }; /* of the 23 bits behind the point */

static const uint32_t SIGN = 0x80000000, INFINITY_BITS = 0x7f800000, QUIET = 0x00400000, DEFAULT_NAN = 0xffc00000;

static float to_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static uint32_t to_bits(double value)
{
	float single = (float)value;
	uint32_t bits;

	memcpy(&bits, &single, sizeof bits);
	return bits;
}

static bool is_nan(uint32_t bits)
{
	return (bits & ~SIGN) > INFINITY_BITS;
}

/* A denormal counts for zero. */
static bool is_zero(uint32_t bits)
{
	return !(bits & INFINITY_BITS);
}

/* To the nearest; what is too small for a normal number becomes zero. */
static uint32_t shorten(uint32_t bits)
{
	bits = (bits + (1u << (DROPPED - 1))) & ~((1u << DROPPED) - 1);
	return is_zero(bits) ? bits & SIGN : bits;
}

static uint32_t reciprocal(uint32_t bits)
{
	if (is_nan(bits))
		return bits | QUIET;
	if (is_zero(bits))
		return (bits & SIGN) | INFINITY_BITS;
	return shorten(to_bits(1.0 / (double)to_float(bits)));
}

static uint32_t reciprocal_root(uint32_t bits)
{
	if (is_nan(bits))
		return bits | QUIET;
	if (is_zero(bits))
		return (bits & SIGN) | INFINITY_BITS;
	if (bits & SIGN)
		return DEFAULT_NAN;
	return shorten(to_bits(1.0 / sqrt((double)to_float(bits))));
}

#define ESTIMATE(name, lanes, estimate)                                                            \
	static void name(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)  \
	{                                                                                           \
		(void)width, (void)immediate;                                                       \
		for (unsigned i = 0; i < (lanes); i++)                                              \
			to->dword[i] = estimate(from->dword[i]);                                    \
	}                                                                                           \
	SIMD_PERFORM(name)

ESTIMATE(rcpps, 4, reciprocal)
ESTIMATE(rcpss, 1, reciprocal)
ESTIMATE(rsqrtps, 4, reciprocal_root)
ESTIMATE(rsqrtss, 1, reciprocal_root)
