/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/choose.c - see choose.h. A run is too long to keep: of what comes by, each group keeps a few by reservoir sampling (Vitter
 * 1985, algorithm R).
 */
#include "labs/quiz/choose.h"

#include <stdlib.h>

/* splitmix64 (Steele, Lea and Flood 2014) */
uint64_t draw(uint64_t *random)
{
	uint64_t value = *random += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

enum { CLASS_SHIFT = 12 }; /* of a key: ring and kind of exit are above, the instruction below */

static uint32_t key_of(const struct moment *moment)
{
	const struct insn *insn = &moment->insn;
	uint32_t extension = insn->two_byte && insn->has_modrm ? insn->reg : 0;

	return insn->opcode | (uint32_t)insn->two_byte << 8 | extension << 9 | (uint32_t)moment->before.cpl << CLASS_SHIFT |
	       (moment->exited ? moment->exit.kind + 1u : 0) << (CLASS_SHIFT + 2);
}

void choose_offer(struct choice *choice, const struct moment *moment)
{
	uint32_t key = key_of(moment);
	struct alike *alike = choice->alike;
	uint64_t place;

	while (alike < choice->alike + choice->count && alike->key != key)
		alike++;
	if (alike == choice->alike + ALIKE)
		return;
	if (alike == choice->alike + choice->count)
		choice->alike[choice->count++].key = key;
	place = alike->seen < OF_ALIKE ? alike->seen : draw(&choice->random) % (alike->seen + 1);
	alike->seen++;
	if (place < OF_ALIKE)
		alike->step[place] = moment->step;
}

static int rising(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void shuffle(struct choice *choice)
{
	for (unsigned i = choice->count; i > 1; i--) {
		unsigned with = (unsigned)(draw(&choice->random) % i);
		struct alike kept = choice->alike[i - 1];

		choice->alike[i - 1] = choice->alike[with];
		choice->alike[with] = kept;
	}
}

/* How often something like it has been taken: of the same class, then of the same instruction. */
static unsigned wear(const struct choice *choice, const struct alike *alike)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < choice->count; i++)
		if (choice->alike[i].key >> CLASS_SHIFT == alike->key >> CLASS_SHIFT)
			taken += choice->alike[i].taken;
	return taken * (OF_ALIKE + 1) + alike->taken;
}

static struct alike *least_worn(struct choice *choice)
{
	struct alike *best = NULL;

	for (struct alike *alike = choice->alike; alike < choice->alike + choice->count; alike++)
		if (alike->taken < alike->seen && alike->taken < OF_ALIKE && (!best || wear(choice, alike) < wear(choice, best)))
			best = alike;
	return best;
}

unsigned choose(struct choice *choice, uint64_t *steps, unsigned count)
{
	unsigned chosen = 0;
	struct alike *alike;

	shuffle(choice);
	while (chosen < count && (alike = least_worn(choice)))
		steps[chosen++] = alike->step[alike->taken++];
	qsort(steps, chosen, sizeof *steps, rising);
	return chosen;
}
