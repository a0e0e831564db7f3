/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/case_floats.c - random registers and memory for x87, MMX and SSE: numbers of every class that there is, at the
 * edges of every format, and what of two images is compared.
 *
 * Not compared, for processors differ on purpose (SDM vol. 1, 8.1.8): FCS and FDS, which new ones give as zero
 * (CPUID.7.0:EBX bit 13); FDP, which they note for unmasked exceptions alone (bit 6); FOP, likewise (8.1.9.1).
 */
#include "tests/oracle/candidate.h"

#include <string.h>

/* ---- numbers ---- */

static uint64_t random_significand(struct maker *maker)
{
	uint64_t value = (uint64_t)random_value(maker) << 32 | random_value(maker);

	switch (random_below(maker, 8)) {
	case 0: return 0;
	case 1: return UINT64_C(1) << random_below(maker, 64);
	case 2: return ~UINT64_C(0) << random_below(maker, 64);
	case 3: return ~UINT64_C(0) >> random_below(maker, 64);
	case 4: return value << random_below(maker, 60);
	default: return value;
	}
}

/* Exponents at which something happens: 1, integers' ends, those of singles and doubles, infinity, zero, denormals. */
static unsigned random_exponent(struct maker *maker)
{
	static const uint16_t centers[] = {0x3fff, 0x3fff, 0x3fff, 0x3fff, 0x400e, 0x401e, 0x403e, 0x3f81, 0x407e, 0x3c01, 0x43fe,
	                                   0x3f6a, 0x3bcd, 0x4040, 0x7ffe, 0x0001};

	switch (random_below(maker, 8)) {
	case 0: return 0;
	case 1: return 0x7fff;
	case 2: return random_value(maker) & 0x7fff;
	case 3: return 0x3fff + random_below(maker, 64);
	default: return (centers[random_below(maker, 16)] + random_below(maker, 7) - 3) & 0x7fff;
	}
}

/* Mostly what the processor makes itself; also unnormals, pseudo-denormals, pseudo-NaNs, pseudo-infinities. */
static void make_extended(struct maker *maker, uint8_t *bytes)
{
	unsigned exponent = random_exponent(maker);
	uint64_t significand = random_significand(maker);
	uint16_t word;

	if (chance(maker, 94))
		significand = exponent ? significand | UINT64_C(1) << 63 : significand & ~(UINT64_C(1) << 63);
	if (chance(maker, 8))
		exponent = 0, significand = 0;
	word = (uint16_t)(exponent | (chance(maker, 50) ? 0x8000 : 0));
	memcpy(bytes, &significand, 8);
	memcpy(bytes + 8, &word, 2);
}

static void make_double(struct maker *maker, uint8_t *bytes)
{
	unsigned exponent = chance(maker, 30) ? random_exponent(maker) & 0x7ff
	                                      : 0x3ff + random_below(maker, 64) - (chance(maker, 30) ? 32 : 0);
	uint64_t value = (random_significand(maker) & ~UINT64_C(0) >> 12) | (uint64_t)(exponent & 0x7ff) << 52;

	if (chance(maker, 20))
		value = (value & ~UINT64_C(0) >> 12) | (chance(maker, 50) ? UINT64_C(0x7ff) << 52 : 0);
	value |= (uint64_t)chance(maker, 50) << 63;
	memcpy(bytes, &value, 8);
}

static void make_single(struct maker *maker, uint8_t *bytes)
{
	uint32_t value = (uint32_t)random_significand(maker) & 0x7fffff;

	switch (random_below(maker, 4)) {
	case 0: break;
	case 1: value |= 0x7f800000; break;
	case 2: value |= random_value(maker) & 0x7f800000; break;
	default: value |= (0x70 + random_below(maker, 0x30)) << 23; break;
	}
	value |= chance(maker, 50) ? 0x80000000 : 0;
	memcpy(bytes, &value, 4);
}

/* Packed decimals, now and then with a digit that is none. */
static void make_decimal(struct maker *maker, uint8_t *bytes)
{
	for (unsigned i = 0; i < 9; i++)
		bytes[i] = (uint8_t)(random_below(maker, 10) << 4 | random_below(maker, 10));
	bytes[9] = chance(maker, 50) ? 0x80 : 0;
	if (chance(maker, 20))
		bytes[random_below(maker, 10)] = (uint8_t)random_value(maker);
}

void maker_make_number(struct maker *maker, uint8_t *bytes, unsigned size)
{
	uint8_t number[16] = {0};

	switch (random_below(maker, 6)) {
	case 0: make_decimal(maker, number); break;
	case 1:
	case 2:
		for (unsigned i = 0; i < 16; i += 4)
			make_single(maker, number + i);
		break;
	case 3:
	case 4:
		make_double(maker, number);
		make_double(maker, number + 8);
		break;
	default: make_extended(maker, number); break;
	}
	memcpy(bytes, number, size < sizeof number ? size : sizeof number);
}

/* ---- registers ---- */

static void put_word(uint8_t *image, unsigned at, uint32_t value)
{
	image[at] = (uint8_t)value;
	image[at + 1] = (uint8_t)(value >> 8);
}

static uint32_t random_control(struct maker *maker)
{
	uint32_t rounding = random_below(maker, 4) << 10, precision = chance(maker, 60) ? 3 : random_below(maker, 4);
	uint32_t masks = chance(maker, 60) ? 0x3f : random_value(maker) & 0x3f;

	if (chance(maker, 20))
		masks = 0x3f & ~(1u << random_below(maker, 6));
	return rounding | precision << 8 | masks | 0x40;
}

/* ES and B say what the exceptions and their masks say, as loading would have it. */
static uint32_t random_status(struct maker *maker, uint32_t control)
{
	uint32_t status = random_value(maker) & 0x7f00;

	if (chance(maker, 30))
		status |= random_value(maker) & (chance(maker, 90) ? (control & 0x3f) | 0x40 : 0x7fu);
	return status | (status & ~control & 0x3f ? 0x8080 : 0);
}

/* Mostly a stack of some depth. */
static uint8_t random_valid(struct maker *maker, unsigned top)
{
	unsigned depth = chance(maker, 60) ? 2 + random_below(maker, 6) : random_below(maker, 9), valid = 0;

	for (unsigned i = 0; i < depth; i++)
		valid |= 1u << ((top + i) & 7);
	return (uint8_t)(chance(maker, 10) ? random_value(maker) : valid);
}

void maker_make_floats(struct maker *maker, uint8_t *image)
{
	uint32_t control = random_control(maker), status = random_status(maker, control);

	memset(image, 0, CASE_FLOATS_USED);
	put_word(image, FLOATS_CONTROL, control);
	put_word(image, FLOATS_STATUS, status);
	image[FLOATS_VALID] = random_valid(maker, status >> 11 & 7);
	put_word(image, FLOATS_EIP, random_value(maker));
	put_word(image, FLOATS_MXCSR, 0x1f80 | (chance(maker, 20) ? random_value(maker) & 0xe03f : 0));
	for (unsigned i = 0; i < 8; i++)
		make_extended(maker, image + FLOATS_STACK + 16 * i);
	for (unsigned i = 0; i < 8; i++)
		maker_make_number(maker, image + FLOATS_XMM + 16 * i, 16);
}

/* ---- comparing ---- */

static const char *x87_difference(const uint8_t *a, const uint8_t *b)
{
	if (memcmp(a + FLOATS_CONTROL, b + FLOATS_CONTROL, 2))
		return "x87 control word";
	if (memcmp(a + FLOATS_STATUS, b + FLOATS_STATUS, 2))
		return "x87 status word";
	if (a[FLOATS_VALID] != b[FLOATS_VALID])
		return "x87 tags";
	if (memcmp(a + FLOATS_EIP, b + FLOATS_EIP, 4))
		return "x87 instruction pointer";
	for (unsigned i = 0; i < 8; i++)
		if (memcmp(a + FLOATS_STACK + 16 * i, b + FLOATS_STACK + 16 * i, 10))
			return "x87 register";
	return NULL;
}

const char *floats_difference(const uint8_t *a, const uint8_t *b, bool x87)
{
	const char *what = x87 ? x87_difference(a, b) : NULL;

	if (what)
		return what;
	if (memcmp(a + FLOATS_MXCSR, b + FLOATS_MXCSR, 4))
		return "MXCSR";
	return memcmp(a + FLOATS_XMM, b + FLOATS_XMM, CASE_FLOATS_USED - FLOATS_XMM) ? "XMM register" : NULL;
}
