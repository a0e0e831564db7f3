/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float_state.c - x87, MMX and SSE after power-up. Intel SDM volume 3, table 9-1.
 */
#include "cpu/float_state.h"

void float_state_reset(struct float_state *floats)
{
	*floats = (struct float_state){
		.x87.control = 0x0040, /* FNINIT makes it 037FH */
		.x87.valid = 0xff,     /* with the value 0: tag word 5555H */
		.sse.mxcsr = 0x1f80,
	};
}
