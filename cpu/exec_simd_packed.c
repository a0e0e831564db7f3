/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_simd_packed.c - arithmetic, comparisons and logic on packed integers, lane by lane; the same for 8 bytes in
 * MMX registers and 16 in XMM registers. Intel SDM volume 2, PADDB to PXOR; volume 1, 9.4 (saturation).
 */
#include "cpu/simd.h"

/* ---- saturation ---- */

static int32_t clamp(int32_t value, int32_t least, int32_t most)
{
	return value < least ? least : value > most ? most : value;
}

static uint8_t to_signed_byte(int32_t value)
{
	return (uint8_t)clamp(value, INT8_MIN, INT8_MAX);
}

static uint8_t to_unsigned_byte(int32_t value)
{
	return (uint8_t)clamp(value, 0, UINT8_MAX);
}

static uint16_t to_signed_word(int32_t value)
{
	return (uint16_t)clamp(value, INT16_MIN, INT16_MAX);
}

static uint16_t to_unsigned_word(int32_t value)
{
	return (uint16_t)clamp(value, 0, UINT16_MAX);
}

/* ---- lane by lane: a is of the destination, b of the source ---- */

/* `lane`: a member of union xmm; `type`: how its lanes are read. */
#define LANES(name, lane, type, expression)                                                        \
	static void name(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)  \
	{                                                                                           \
		(void)immediate;                                                                    \
		for (unsigned i = 0; i < width / sizeof(type); i++) {                               \
			type a = (type)to->lane[i], b = (type)from->lane[i];                        \
			to->lane[i] = (expression);                                                 \
		}                                                                                   \
	}                                                                                           \
	SIMD_PERFORM(name)

LANES(paddb, byte, uint8_t, (uint8_t)(a + b))
LANES(paddw, word, uint16_t, (uint16_t)(a + b))
LANES(paddd, dword, uint32_t, a + b)
LANES(paddq, qword, uint64_t, a + b)
LANES(psubb, byte, uint8_t, (uint8_t)(a - b))
LANES(psubw, word, uint16_t, (uint16_t)(a - b))
LANES(psubd, dword, uint32_t, a - b)
LANES(psubq, qword, uint64_t, a - b)

LANES(paddsb, byte, int8_t, to_signed_byte(a + b))
LANES(paddsw, word, int16_t, to_signed_word(a + b))
LANES(psubsb, byte, int8_t, to_signed_byte(a - b))
LANES(psubsw, word, int16_t, to_signed_word(a - b))
LANES(paddusb, byte, uint8_t, to_unsigned_byte(a + b))
LANES(paddusw, word, uint16_t, to_unsigned_word(a + b))
LANES(psubusb, byte, uint8_t, to_unsigned_byte(a - b))
LANES(psubusw, word, uint16_t, to_unsigned_word(a - b))

LANES(pmullw, word, int16_t, (uint16_t)(a * b))
LANES(pmulhw, word, int16_t, (uint16_t)(a * b >> 16))
LANES(pmulhuw, word, uint16_t, (uint16_t)((uint32_t)a * b >> 16))
LANES(pmuludq, qword, uint64_t, (a & UINT32_MAX) * (b & UINT32_MAX))

LANES(pavgb, byte, uint8_t, (uint8_t)((a + b + 1) >> 1))
LANES(pavgw, word, uint16_t, (uint16_t)((a + b + 1) >> 1))
LANES(pminub, byte, uint8_t, a < b ? a : b)
LANES(pmaxub, byte, uint8_t, a > b ? a : b)
LANES(pminsw, word, int16_t, (uint16_t)(a < b ? a : b))
LANES(pmaxsw, word, int16_t, (uint16_t)(a > b ? a : b))

LANES(pcmpeqb, byte, uint8_t, a == b ? UINT8_MAX : 0)
LANES(pcmpeqw, word, uint16_t, a == b ? UINT16_MAX : 0)
LANES(pcmpeqd, dword, uint32_t, a == b ? UINT32_MAX : 0)
LANES(pcmpgtb, byte, int8_t, a > b ? UINT8_MAX : 0)
LANES(pcmpgtw, word, int16_t, a > b ? UINT16_MAX : 0)
LANES(pcmpgtd, dword, int32_t, a > b ? UINT32_MAX : 0)

LANES(pand, qword, uint64_t, a & b)
LANES(pandn, qword, uint64_t, ~a & b)
LANES(por, qword, uint64_t, a | b)
LANES(pxor, qword, uint64_t, a ^ b)

/* ---- across lanes ---- */

static int32_t product(const union xmm *a, const union xmm *b, unsigned i)
{
	return (int16_t)a->word[i] * (int16_t)b->word[i];
}

/* The only sum that overflows is of four times 8000H: it stays 80000000H. */
static void pmaddwd(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)immediate;
	for (unsigned i = 0; i < width / 4; i++)
		to->dword[i] = (uint32_t)product(to, from, 2 * i) + (uint32_t)product(to, from, 2 * i + 1);
}
SIMD_PERFORM(pmaddwd)

static void psadbw(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)immediate;
	for (unsigned i = 0; i < width / 8; i++) {
		uint64_t sum = 0;

		for (unsigned k = 8 * i; k < 8 * i + 8; k++)
			sum += to->byte[k] < from->byte[k] ? from->byte[k] - to->byte[k] : to->byte[k] - from->byte[k];
		to->qword[i] = sum;
	}
}
SIMD_PERFORM(psadbw)

/* Two operands into one of half as wide lanes: the destination's first. */
#define PACK(name, wide, type, narrow, saturate)                                                   \
	static void name(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)  \
	{                                                                                           \
		unsigned lanes = width / sizeof(type);                                              \
		union xmm result = *to;                                                             \
                                                                                                    \
		(void)immediate;                                                                    \
		for (unsigned i = 0; i < lanes; i++) {                                              \
			result.narrow[i] = saturate((type)to->wide[i]);                             \
			result.narrow[i + lanes] = saturate((type)from->wide[i]);                   \
		}                                                                                   \
		*to = result;                                                                       \
	}                                                                                           \
	SIMD_PERFORM(name)

PACK(packsswb, word, int16_t, byte, to_signed_byte)
PACK(packuswb, word, int16_t, byte, to_unsigned_byte)
PACK(packssdw, dword, int32_t, word, to_signed_word)
