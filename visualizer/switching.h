/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/switching.h - moving the guest to other techniques while it runs: --switch, --switch-random, and a key.
 */
#ifndef RINGSIDE_VISUALIZER_SWITCHING_H
#define RINGSIDE_VISUALIZER_SWITCHING_H

#include "core/vm.h"

struct options;

enum { SWITCHING_MOVES = 64, SWITCHING_MODES = 32 };

struct switching {
	struct {
		uint64_t cycle;
		struct vm_mode mode;
	} move[SWITCHING_MOVES]; /* of --switch, in order */
	size_t moves, done;
	bool failed; /* a move was refused */

	/* of --switch-random */
	struct vm_mode mode[SWITCHING_MODES]; /* to choose from */
	size_t modes;
	bool chosen;     /* by the user: then a refusal is a failure */
	uint64_t dice, left, next;
	uint64_t gap;    /* cycles between moves, on average; 0: the short ones */

	/* After each move, and each that was refused: that, too, leaves traces in caches and counts. `clock`: when it began.
	 * NULL: nobody is told. */
	void (*tried)(void *owner, uint64_t clock, const struct vm_mode *mode);
	void *owner;
};

/* Reads both options. False after a message. */
bool switching_begin(struct switching *switching, struct vm *vm, const struct options *options);
/* The cycle of the next move; BOARD_NEVER. */
uint64_t switching_next(const struct switching *switching);
/* Makes the moves whose moment has come. What is refused is told, and the guest goes on as it was. */
void switching_act(struct switching *switching, struct vm *vm);

/* To the next mode of the list that can be, for the key. False: there is no other one. */
bool switching_turn(const struct switching *switching, struct vm *vm);

#endif
