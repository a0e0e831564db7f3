/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/blocks.h - the fixed set of guest code whose translation is kept as expected files.
 */
#ifndef RINGSIDE_TESTS_BT_BLOCKS_H
#define RINGSIDE_TESTS_BT_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

enum { BLOCK_BYTES = 64 };

struct block_case {
	const char *name; /* of the expected file, too */
	uint32_t at;      /* EIP; 0: RIG_CODE */
	bool small_stack; /* SS.B clear */
	uint32_t limit;   /* of CS; 0: flat */
	bool counters;    /* with unit counters */
	unsigned size;
	uint8_t bytes[BLOCK_BYTES];
};

extern const struct block_case block_cases[]; /* the last without a name */

#endif
