/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/choose.h - for this folder: which moments of a run are asked about. Drawn at random, but so that rings and kinds of exits
 * take turns, and of moments alike (the same instruction too) there is one only as long as there are others.
 */
#ifndef RINGSIDE_LABS_QUIZ_CHOOSE_H
#define RINGSIDE_LABS_QUIZ_CHOOSE_H

#include "labs/quiz/moment.h"

enum { ALIKE = 96, OF_ALIKE = 3 };

struct choice {
	uint64_t random; /* state */
	struct alike {
		uint32_t key;
		unsigned seen, taken;
		uint64_t step[OF_ALIKE];
	} alike[ALIKE];
	unsigned count;
};

uint64_t draw(uint64_t *random);
/* The moment could be asked about. */
void choose_offer(struct choice *choice, const struct moment *moment);
/* Steps of `count` moments, rising. Gives how many there are. */
unsigned choose(struct choice *choice, uint64_t *steps, unsigned count);

#endif
