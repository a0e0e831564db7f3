/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/simd_cases.c - random MMX and XMM registers, memory and MXCSR. Numbers are those where the manual's rules change
 * (SDM vol. 1, 4.2.2 and 4.8.3): zeros, denormals, the least and the greatest normal ones, infinities, NaNs with payloads,
 * the ends of integers.
 */
#include "cpu/float_state.h"
#include "tests/harness.h"
#include "tests/oracle/candidate.h"

#include <string.h>

/* ---- numbers ---- */

static uint32_t random_single(struct maker *maker)
{
	static const uint32_t special[] = {
		0,          1,          0x00000100, 0x007fffff, 0x00800000, 0x00800001, 0x01000000, 0x20000000,
		0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40000000, 0x4b000001, 0x4effffff,
		0x4f000000, 0x4f000001, 0x5f000000, 0x60000000, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001,
		0x7fa12345, 0x7fc00000, 0x7fc54321, 0x7fffffff,
	};
	uint32_t value = (uint32_t)harness_random(&maker->random), sign = value & 0x80000000;

	switch (random_below(maker, 4)) {
	case 0: return sign | special[random_below(maker, sizeof special / sizeof *special)];
	case 1: return sign | (value & 0x007fffff) | (0x3f800000 + ((value >> 23 & 0x1f) << 23) - (16 << 23));
	case 2: return sign | (value & 0x007f8000) | 0x3f800000; /* few bits: exact results */
	default: return value;
	}
}

static uint64_t random_double(struct maker *maker)
{
	static const uint64_t special[] = {
		0,                  1,                  0x000fffffffffffff, 0x0010000000000000, 0x0010000000000001,
		0x36a0000000000000, 0x380fffffffffffff, 0x3810000000000000, 0x3fe0000000000000, 0x3fefffffffffffff,
		0x3ff0000000000000, 0x3ff0000000000001, 0x3ff8000000000000, 0x4330000000000001, 0x41dfffffffc00000,
		0x41dfffffffe00000, 0x41e0000000000000, 0x41e0000000100000, 0x47efffffe0000000, 0x47effffff0000000,
		0x7fe0000000000000, 0x7fefffffffffffff, 0x7ff0000000000000, 0x7ff0000000000001, 0x7ff4123456789abc,
		0x7ff8000000000000, 0x7ff8000012345678, 0x7fffffffffffffff,
	};
	uint64_t value = harness_random(&maker->random), sign = value & UINT64_C(0x8000000000000000);

	switch (random_below(maker, 4)) {
	case 0: return sign | special[random_below(maker, sizeof special / sizeof *special)];
	case 1: return sign | (value & UINT64_C(0x000fffffffffffff)) | (uint64_t)(1023 - 64 + random_below(maker, 128)) << 52;
	case 2: return sign | (value & UINT64_C(0x000ff00000000000)) | UINT64_C(0x3ff0000000000000);
	default: return value;
	}
}

static uint64_t random_bytes(struct maker *maker)
{
	static const uint8_t special[] = {0, 1, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x40};
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | special[random_below(maker, sizeof special)];
	return value;
}

static uint64_t random_lanes(struct maker *maker)
{
	switch (random_below(maker, 6)) {
	case 0:
	case 1: return random_single(maker) | (uint64_t)random_single(maker) << 32;
	case 2:
	case 3: return random_double(maker);
	case 4: return random_bytes(maker);
	default: return random_value(maker) | (uint64_t)random_value(maker) << 32;
	}
}

/* ---- registers and memory ---- */

/* Mostly all exceptions are masked, as most programs have it. */
static uint32_t random_mxcsr(struct maker *maker)
{
	uint32_t value = (uint32_t)harness_random(&maker->random), mxcsr = value & 0x6000;

	if (chance(maker, 25))
		mxcsr |= value & 0x003f;
	if (chance(maker, 25))
		mxcsr |= value & MXCSR_FZ;
	if (chance(maker, 25))
		mxcsr |= value & 0x0040; /* DAZ */
	return mxcsr | (chance(maker, 60) ? (uint32_t)MXCSR_MASKS : value & MXCSR_MASKS);
}

void maker_make_simd(struct maker *maker, uint8_t *image)
{
	uint32_t mxcsr = random_mxcsr(maker);

	memcpy(image + FLOATS_MXCSR, &mxcsr, sizeof mxcsr);
	for (unsigned i = 0; i < 16; i++) {
		uint64_t lanes = random_lanes(maker);
		memcpy(image + FLOATS_XMM + 8 * i, &lanes, sizeof lanes);
	}
	for (unsigned i = 0; i < 8 && chance(maker, 80); i++) {
		uint64_t lanes = random_lanes(maker);
		memcpy(image + FLOATS_STACK + 16 * i, &lanes, sizeof lanes);
	}
}

void maker_make_lanes(struct maker *maker, uint8_t *memory, uint32_t size)
{
	for (uint32_t at = 0; at + 8 <= size; at += 8 * (1 + random_below(maker, 3))) {
		uint64_t lanes = random_lanes(maker);
		memcpy(memory + at, &lanes, sizeof lanes);
	}
}
