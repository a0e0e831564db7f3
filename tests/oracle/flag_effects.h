/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/flag_effects.h - what the manual says of each instruction and the status flags, so that a
 * comparison can leave out what it leaves undefined. SDM vol. 2, each "Flags Affected"; vol. 1, appendix A.
 */
#ifndef RINGSIDE_TESTS_ORACLE_FLAG_EFFECTS_H
#define RINGSIDE_TESTS_ORACLE_FLAG_EFFECTS_H

#include "cpu/insn.h"
#include "cpu/state.h"

struct flag_effects {
	uint32_t defined;   /* written with a value that the manual gives */
	uint32_t undefined; /* may be anything afterwards */
	uint32_t read;
	bool result_undefined; /* the destination too: not worth comparing */
};

/* For an instruction about to run in `state`. */
struct flag_effects flag_effects(const struct insn *insn, const struct cpu_state *state);

#endif
