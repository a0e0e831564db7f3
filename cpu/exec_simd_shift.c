/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_simd_shift.c - shifts of packed integers, and what brings lanes to other places: interleaving and shuffles.
 * Intel SDM volume 2, PSLLW to PSRLDQ, PUNPCKLBW to PUNPCKHQDQ, PSHUFW to SHUFPD; UNPCKLPS and its kin are the same.
 */
#include "cpu/simd.h"

/* ---- shifts: one count for all lanes, 64 bits of it ---- */

/* Beyond the lane's width nothing is left, or the sign alone. */
#define SHIFT(name, lane, type, in_range, beyond)                                                  \
	static void name(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)  \
	{                                                                                           \
		uint64_t count = from->qword[0];                                                    \
		bool all = count >= 8 * sizeof(type);                                               \
                                                                                                    \
		(void)immediate;                                                                    \
		for (unsigned i = 0; i < width / sizeof(type); i++) {                               \
			type a = (type)to->lane[i];                                                 \
			to->lane[i] = all ? (beyond) : (in_range);                                  \
		}                                                                                   \
	}                                                                                           \
	SIMD_PERFORM(name)

SHIFT(psllw, word, uint16_t, (uint16_t)(a << count), 0 * a)
SHIFT(pslld, dword, uint32_t, a << count, 0 * a)
SHIFT(psllq, qword, uint64_t, a << count, 0 * a)
SHIFT(psrlw, word, uint16_t, (uint16_t)(a >> count), 0 * a)
SHIFT(psrld, dword, uint32_t, a >> count, 0 * a)
SHIFT(psrlq, qword, uint64_t, a >> count, 0 * a)
SHIFT(psraw, word, int16_t, (uint16_t)(a >> count), (uint16_t)(a >> 15))
SHIFT(psrad, dword, int32_t, (uint32_t)(a >> count), (uint32_t)(a >> 31))

/* The whole register, by bytes. */
static void pslldq(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	unsigned count = from->byte[0] < width ? from->byte[0] : width;

	(void)immediate;
	memmove(to->byte + count, to->byte, width - count);
	memset(to->byte, 0, count);
}
SIMD_PERFORM(pslldq)

static void psrldq(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	unsigned count = from->byte[0] < width ? from->byte[0] : width;

	(void)immediate;
	memmove(to->byte, to->byte + count, width - count);
	memset(to->byte + width - count, 0, count);
}
SIMD_PERFORM(psrldq)

/* ---- interleaving: lanes of both operands in turn, of their low or high halves ---- */

#define INTERLEAVE(name, lane, high)                                                               \
	static void name(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)  \
	{                                                                                           \
		unsigned lanes = width / sizeof to->lane[0], first = (high) ? lanes / 2 : 0;        \
		union xmm a = *to;                                                                  \
                                                                                                    \
		(void)immediate;                                                                    \
		for (unsigned i = 0; i < lanes / 2; i++) {                                          \
			to->lane[2 * i] = a.lane[first + i];                                        \
			to->lane[2 * i + 1] = from->lane[first + i];                                \
		}                                                                                   \
	}                                                                                           \
	SIMD_PERFORM(name)

INTERLEAVE(punpcklbw, byte, false)
INTERLEAVE(punpcklwd, word, false)
INTERLEAVE(punpckldq, dword, false)
INTERLEAVE(punpckhbw, byte, true)
INTERLEAVE(punpckhwd, word, true)
INTERLEAVE(punpckhdq, dword, true)

static void punpcklqdq(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width, (void)immediate;
	to->qword[1] = from->qword[0];
}
SIMD_PERFORM(punpcklqdq)

static void punpckhqdq(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width, (void)immediate;
	*to = (union xmm){.qword = {to->qword[1], from->qword[1]}};
}
SIMD_PERFORM(punpckhqdq)

/* ---- shuffles: two bits of the immediate a lane ---- */

static unsigned pick(uint32_t immediate, unsigned i)
{
	return immediate >> 2 * i & 3;
}

static void shuffle_words(uint16_t *to, const uint16_t *from, uint32_t immediate)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = from[pick(immediate, i)];
}

static void pshufw(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width;
	shuffle_words(to->word, from->word, immediate);
}
SIMD_PERFORM(pshufw)

static void pshuflw(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width;
	to->qword[1] = from->qword[1];
	shuffle_words(to->word, from->word, immediate);
}
SIMD_PERFORM(pshuflw)

static void pshufhw(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width;
	to->qword[0] = from->qword[0];
	shuffle_words(to->word + 4, from->word + 4, immediate);
}
SIMD_PERFORM(pshufhw)

static void pshufd(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width;
	for (unsigned i = 0; i < 4; i++)
		to->dword[i] = from->dword[pick(immediate, i)];
}
SIMD_PERFORM(pshufd)

/* The low half is taken from the destination, the high half from the source. */
static void shufps(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	union xmm a = *to;

	(void)width;
	for (unsigned i = 0; i < 4; i++)
		to->dword[i] = (i < 2 ? &a : from)->dword[pick(immediate, i)];
}
SIMD_PERFORM(shufps)

static void shufpd(union xmm *to, const union xmm *from, unsigned width, uint32_t immediate)
{
	(void)width;
	to->qword[0] = to->qword[immediate & 1];
	to->qword[1] = from->qword[immediate >> 1 & 1];
}
SIMD_PERFORM(shufpd)
